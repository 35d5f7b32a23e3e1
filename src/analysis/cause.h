/* What one row of an aggregate report shows: which mechanisms are aligned by its own
 * results, whether the reporter's evaluation agrees with them, whether somebody passed the
 * mail on, and, when nothing is aligned, why. Of the row alone: no DNS, no clock. */
#ifndef ANALYSIS_CAUSE_H
#define ANALYSIS_CAUSE_H

#include "sceau/dmarc.h"

#include "report/report.h"

/* Kept in the store: numbers stay. Whether a failure is somebody else's forgery depends on
 * its source's class and is said where sources are known. */
enum analysis_cause {
    ANALYSIS_CAUSE_NONE,     /* something is aligned */
    ANALYSIS_CAUSE_UNSIGNED, /* no signature, and SPF did not pass */
    ANALYSIS_CAUSE_BROKEN,   /* a signature of the domain's own did not verify */
    ANALYSIS_CAUSE_OTHER_SIGNER,
    ANALYSIS_CAUSE_OTHER_SPF, /* SPF passed for another domain */
    ANALYSIS_CAUSE_STRICT,    /* aligned, if adkim or aspf were relaxed */
    ANALYSIS_CAUSE_DNS,     /* an identifier of the domain's own met an error of DNS */
    ANALYSIS_CAUSE_NOTHING, /* signatures of others, none valid, and SPF did not pass */
};
#define ANALYSIS_CAUSES (ANALYSIS_CAUSE_NOTHING + 1)

/* Bits of `flags` in the store's rows and roll-ups. */
#define ANALYSIS_FLAG_CONTRADICTS 1U /* what the reporter evaluated its results deny */
#define ANALYSIS_FLAG_FORWARDED   2U /* forwarded, mailing_list or trusted_forwarder */
#define ANALYSIS_FLAG_SPREAD      4U /* of a range of several days, spread evenly */

struct analysis_judgement {
    bool dkim_aligned, spf_aligned; /* by its results and the modes published */
    unsigned flags;
    enum analysis_cause cause;
};

/* What the suffix list said of two names, kept from one record to the next: a report asks
 * about the same few over and over. Zeroed to begin with; of one list. */
#define ANALYSIS_PAIRS 32
#define ANALYSIS_PAIR_MAX \
 94 /* octets of both names; longer ones are asked about each time */

struct analysis_pairs {
    struct analysis_pair {
        uint8_t len, domain_len; /* 0: a free place */
        bool is_shared;
        char octets[ANALYSIS_PAIR_MAX];
    } items[ANALYSIS_PAIRS];
};

/**
 * Judge one record (RFC 9989 section 4.4; RFC 9990 section 3.1.1).
 *
 * scratch  for names; nothing of it is needed afterwards. When it is full, two names that
 *          differ are not aligned
 * psl      the suffix list by which two names share an organisation; NULL: they do when
 *          one is the other's ancestor, or both stand within the policy's domain
 * pairs    what the list said before, and says now; NULL: nothing is kept
 * policy   of the report, for its domain and modes
 *
 * A contradiction is told only where every reading of the standards denies the evaluation:
 * results that a reporter left out altogether deny nothing. The suffix list is asked only
 * about names that share their last two labels.
 */
void analysis_judge(struct sceau_arena *scratch, const struct sceau_psl *psl,
                    struct analysis_pairs *pairs, const struct report_policy *policy,
                    const struct report_record *record,
                    struct analysis_judgement *judgement);

/* "unsigned", "broken" ...: the word of URLs, JSON and CSV. */
const char *analysis_cause_word(enum analysis_cause cause);

/* The cause of that word; false when there is none. */
bool analysis_cause_read(struct sceau_slice word, enum analysis_cause *cause);

/* A few words for people, in English, to be translated by who shows them. */
const char *analysis_cause_text(enum analysis_cause cause);

#endif
