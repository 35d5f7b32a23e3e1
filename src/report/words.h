/* The words of reports and the spellings they come in. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "report.h"

enum word_set {
    WORDS_DISPOSITION, /* enum report_disposition: what was done */
    WORDS_POLICY,      /* the same: what the domain asks */
    WORDS_ALIGNED,
    WORDS_DKIM,
    WORDS_SPF,
    WORDS_REASON,
    WORDS_MODE,
    WORDS_SCOPE,
    WORDS_TESTING,
    WORDS_DISCOVERY,
};

enum word_fit {
    WORD_EXACT,    /* as a standard has it */
    WORD_REPAIRED, /* understood all the same */
    WORD_UNKNOWN,  /* *value is 0, or what the set has for anything else */
};

/* The value of a word, trimmed; the empty one is unknown. */
enum word_fit word_read(enum word_set set, struct sceau_slice text, unsigned *value);

/* The word as the standard has it; NULL for 0. */
const char *word_name(enum word_set set, unsigned value);

#endif
