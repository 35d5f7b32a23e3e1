/* Each set is a table: first the words of RFC 9990 and RFC 7489, letter for letter, then
 * what reporters were seen to write instead. Letter case, blanks and hyphens for
 * underscores are one rule for all. */
#include "words.h"

struct word {
    const char *text;
    unsigned char value;
    bool is_other; /* understood, but not the standard's */
};

static const struct word dispositions[] = {
    {"none",        REPORT_DISPOSITION_NONE,       false},
    {"pass",        REPORT_DISPOSITION_PASS,       false},
    {"quarantine",  REPORT_DISPOSITION_QUARANTINE, false},
    {"reject",      REPORT_DISPOSITION_REJECT,     false},
    {"accept",      REPORT_DISPOSITION_NONE,       true },
    {"deliver",     REPORT_DISPOSITION_NONE,       true },
    {"delivered",   REPORT_DISPOSITION_NONE,       true },
    {"rejected",    REPORT_DISPOSITION_REJECT,     true },
    {"quarantined", REPORT_DISPOSITION_QUARANTINE, true },
};
static const struct word policies[] = {
    {"none",       REPORT_DISPOSITION_NONE,       false},
    {"quarantine", REPORT_DISPOSITION_QUARANTINE, false},
    {"reject",     REPORT_DISPOSITION_REJECT,     false},
};
/* Anything but a pass is none: "none", "temperror" and the like stand here too. */
static const struct word aligned[] = {
    {"pass",      REPORT_ALIGNED_PASS, false},
    {"fail",      REPORT_ALIGNED_FAIL, false},
    {"passed",    REPORT_ALIGNED_PASS, true },
    {"failed",    REPORT_ALIGNED_FAIL, true },
    {"none",      REPORT_ALIGNED_FAIL, true },
    {"neutral",   REPORT_ALIGNED_FAIL, true },
    {"softfail",  REPORT_ALIGNED_FAIL, true },
    {"policy",    REPORT_ALIGNED_FAIL, true },
    {"temperror", REPORT_ALIGNED_FAIL, true },
    {"permerror", REPORT_ALIGNED_FAIL, true },
};
static const struct word dkim_results[] = {
    {"pass",       REPORT_RESULT_PASS,      false},
    {"fail",       REPORT_RESULT_FAIL,      false},
    {"none",       REPORT_RESULT_NONE,      false},
    {"policy",     REPORT_RESULT_POLICY,    false},
    {"neutral",    REPORT_RESULT_NEUTRAL,   false},
    {"temperror",  REPORT_RESULT_TEMPERROR, false},
    {"permerror",  REPORT_RESULT_PERMERROR, false},
    {"passed",     REPORT_RESULT_PASS,      true },
    {"failed",     REPORT_RESULT_FAIL,      true },
    {"invalid",    REPORT_RESULT_PERMERROR, true },
    {"temp_error", REPORT_RESULT_TEMPERROR, true },
    {"perm_error", REPORT_RESULT_PERMERROR, true },
};
/* "TempError" commonly implemented as "unknown", "PermError" as "error": RFC 7489. */
static const struct word spf_results[] = {
    {"pass",       REPORT_RESULT_PASS,      false},
    {"fail",       REPORT_RESULT_FAIL,      false},
    {"softfail",   REPORT_RESULT_SOFTFAIL,  false},
    {"none",       REPORT_RESULT_NONE,      false},
    {"neutral",    REPORT_RESULT_NEUTRAL,   false},
    {"policy",     REPORT_RESULT_POLICY,    false},
    {"temperror",  REPORT_RESULT_TEMPERROR, false},
    {"permerror",  REPORT_RESULT_PERMERROR, false},
    {"hardfail",   REPORT_RESULT_FAIL,      true },
    {"hard_fail",  REPORT_RESULT_FAIL,      true },
    {"soft_fail",  REPORT_RESULT_SOFTFAIL,  true },
    {"unknown",    REPORT_RESULT_TEMPERROR, true },
    {"error",      REPORT_RESULT_PERMERROR, true },
    {"temp_error", REPORT_RESULT_TEMPERROR, true },
    {"perm_error", REPORT_RESULT_PERMERROR, true },
};
static const struct word reasons[] = {
    {"forwarded",         REPORT_REASON_FORWARDED,         false},
    {"sampled_out",       REPORT_REASON_SAMPLED_OUT,       false},
    {"trusted_forwarder", REPORT_REASON_TRUSTED_FORWARDER, false},
    {"mailing_list",      REPORT_REASON_MAILING_LIST,      false},
    {"local_policy",      REPORT_REASON_LOCAL_POLICY,      false},
    {"policy_test_mode",  REPORT_REASON_POLICY_TEST_MODE,  false},
    {"other",             REPORT_REASON_OTHER,             false},
};
static const struct word modes[] = {
    {"r",       REPORT_MODE_RELAXED, false},
    {"s",       REPORT_MODE_STRICT,  false},
    {"relaxed", REPORT_MODE_RELAXED, true },
    {"strict",  REPORT_MODE_STRICT,  true },
};
static const struct word scopes[] = {
    {"mfrom",     REPORT_SCOPE_MFROM, false},
    {"helo",      REPORT_SCOPE_HELO,  false},
    {"mailfrom",  REPORT_SCOPE_MFROM, true },
    {"mail_from", REPORT_SCOPE_MFROM, true },
    {"ehlo",      REPORT_SCOPE_HELO,  true },
};
static const struct word testing[] = {
    {"n",     REPORT_TESTING_NO,  false},
    {"y",     REPORT_TESTING_YES, false},
    {"no",    REPORT_TESTING_NO,  true },
    {"yes",   REPORT_TESTING_YES, true },
    {"false", REPORT_TESTING_NO,  true },
    {"true",  REPORT_TESTING_YES, true },
};
static const struct word discoveries[] = {
    {"psl",       REPORT_DISCOVERY_PSL,      false},
    {"treewalk",  REPORT_DISCOVERY_TREEWALK, false},
    {"tree_walk", REPORT_DISCOVERY_TREEWALK, true },
};

#define SET(table, other)                           \
 {                                                  \
  (table), sizeof(table) / sizeof *(table), (other) \
 }

static const struct {
    const struct word *words;
    size_t count;
    unsigned other; /* what a word that nobody knows comes to */
} sets[] = {
    [WORDS_DISPOSITION] = SET(dispositions, REPORT_DISPOSITION_UNKNOWN),
    [WORDS_POLICY] = SET(policies, REPORT_DISPOSITION_UNKNOWN),
    [WORDS_ALIGNED] = SET(aligned, REPORT_ALIGNED_UNKNOWN),
    [WORDS_DKIM] = SET(dkim_results, REPORT_RESULT_UNKNOWN),
    [WORDS_SPF] = SET(spf_results, REPORT_RESULT_UNKNOWN),
    [WORDS_REASON] = SET(reasons, REPORT_REASON_OTHER),
    [WORDS_MODE] = SET(modes, REPORT_MODE_UNKNOWN),
    [WORDS_SCOPE] = SET(scopes, REPORT_SCOPE_UNKNOWN),
    [WORDS_TESTING] = SET(testing, REPORT_TESTING_UNKNOWN),
    [WORDS_DISCOVERY] = SET(discoveries, REPORT_DISCOVERY_UNKNOWN),
};

/* Letter case aside; a blank or a hyphen for an underscore. */
static bool
is_like(struct sceau_slice text, const char *word, size_t len)
{
    if (text.len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c =
            text.ptr[i] == ' ' || text.ptr[i] == '-' ? '_' : ascii_lower(text.ptr[i]);
        if (c != word[i])
            return false;
    }
    return true;
}

enum word_fit
word_read(enum word_set set, struct sceau_slice text, unsigned *value)
{
    struct sceau_slice word = slice_trim(text);
    for (size_t i = 0; i < sets[set].count; i++) {
        const struct word *w = &sets[set].words[i];
        size_t len = strlen(w->text);
        if (!is_like(word, w->text, len))
            continue;
        *value = w->value;
        return w->is_other || memcmp(word.ptr, w->text, len) != 0 ? WORD_REPAIRED
                                                                  : WORD_EXACT;
    }
    *value = word.len > 0 ? sets[set].other : 0;
    return WORD_UNKNOWN;
}

const char *
word_name(enum word_set set, unsigned value)
{
    for (size_t i = 0; i < sets[set].count; i++)
        if (sets[set].words[i].value == value)
            return sets[set].words[i].text;
    return NULL;
}
