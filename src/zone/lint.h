/* What is wrong with a zone as it is written: faults that DNS no longer shows once the
 * zone is loaded, each with its place and the mended line. Which check of the catalogue
 * each belongs to, and the words for it, are src/check/zone.c's. */
#ifndef ZONE_LINT_H
#define ZONE_LINT_H

#include "sceau/dmarc.h"
#include "sceau/dns.h"

#include "index.h"

/* What `written`, `meant` and `other` hold stands beside each. */
enum zone_fault {
    /* the text */
    ZONE_FAULT_SYNTAX, /* written: what is refused; the error's problem */
    ZONE_FAULT_CUT,    /* there are more errors than are noted */
    ZONE_FAULT_OWNER,  /* a class or TTL stands as owner; written, meant: the name it
                        * becomes */
    ZONE_FAULT_RNAME,  /* "@" inside the SOA's mail name; written, meant */
    ZONE_FAULT_NO_SOA, /* BIND refuses the file as a whole zone */
    ZONE_FAULT_SECOND_SOA,
    ZONE_FAULT_NO_NS,
    ZONE_FAULT_NS_ADDRESS, /* written: the name server inside the zone without address */
    /* names */
    ZONE_FAULT_DOT,         /* written without final dot; meant: what it becomes */
    ZONE_FAULT_DOUBLED,     /* written: ends in the zone's name twice; meant: once */
    ZONE_FAULT_OUT_OF_ZONE, /* written: the owner */
    ZONE_FAULT_BELOW_CUT,   /* other: the NS record above it */
    ZONE_FAULT_CNAME,       /* other: a record beside it */
    ZONE_FAULT_WILDCARD,    /* a wildcard that answers for _dmarc names; written: it */
    ZONE_FAULT_REPORTS,     /* *._report._dmarc: anyone may send reports here */
    ZONE_FAULT_KEY_OWNER,   /* a DKIM key elsewhere; meant: the owner it should have */
    /* sets */
    ZONE_FAULT_DUPLICATE,      /* other: the same record */
    ZONE_FAULT_NEAR_DUPLICATE, /* other: differs in letter case or in the cut of strings */
    ZONE_FAULT_TTL_DIFFERS,    /* other: the first of the set; meant: its TTL */
    /* texts */
    ZONE_FAULT_SEMICOLON,  /* written: what is left; the rest is a comment */
    ZONE_FAULT_BLANKS,     /* unquoted: several strings, joined without blanks */
    ZONE_FAULT_BACKSLASH,  /* a quote or backslash inside a mail record */
    ZONE_FAULT_TYPOGRAPHY, /* written: U+XXXX; meant: the ASCII for it */
    ZONE_FAULT_LONG_SPF,   /* a string above 255 octets */
    ZONE_FAULT_LONG_KEY,   /* the same in a DKIM key */
    ZONE_FAULT_LONG_TEXT,  /* the same in another text */
    /* numbers */
    ZONE_FAULT_SERIAL_FUTURE, /* written: the serial; meant: today's */
    ZONE_FAULT_NO_TTL,        /* no $TTL, and records without one */
    ZONE_FAULT_TTL_SHORT,     /* of a mail record; meant: the least */
    ZONE_FAULT_TTL_LONG,      /* meant: the most */
};

#define ZONE_MAIL_TTL_MIN 300   /* seconds */
#define ZONE_MAIL_TTL_MAX 86400 /* a mistake lasts a day */

struct zone_finding {
    enum zone_fault fault;
    struct zone_place place;
    const struct zone_record *record; /* NULL: the file, or words that make no record */
    const struct zone_record *other;
    const struct zone_error *error;    /* SYNTAX */
    struct sceau_slice written, meant; /* see the fault */
    struct sceau_slice text;           /* TYPOGRAPHY: the entry as it stands */
    struct sceau_slice line; /* the mended line or lines; empty when only a person can
                              * tell */
};

#define ZONE_FINDINGS_MAX 1000 /* then the lint stops */

struct zone_lint {
    const struct zone_finding *findings; /* in the order of the file, rule by rule */
    size_t count;
    bool is_cut;
};

/* Lint one part of an index.
 *
 * arena   owns the findings
 * psl     endings of names on the Internet; NULL: a few that everybody knows
 * now     seconds since the epoch: for serials that are dates
 *
 * Returns SCEAU_OK or SCEAU_E_LIMIT (the arena is full). O(n log n). */
enum sceau_status zone_lint(struct sceau_arena *arena, const struct zone_index *index,
                            size_t part, const struct sceau_psl *psl, int64_t now,
                            struct zone_lint *lint);

/* Is this text one that mail reads: SPF, DKIM, DMARC, and the other records of that
 * form? */
bool zone_text_is_mail(struct sceau_slice text);

#endif
