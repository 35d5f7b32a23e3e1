/* Each set is a table: first the words of RFC 9990 and RFC 7489, letter for letter, then
 * what reporters were seen to write instead. Letter case, blanks and hyphens for
 * underscores are one rule for all. */
#include "words.h"

struct word {
    struct sceau_slice text;
    unsigned char value;
    bool is_other; /* understood, but not the standard's */
};

static const struct word dispositions[] = {
    {SLICE_STATIC("none"),        REPORT_DISPOSITION_NONE,       false},
    {SLICE_STATIC("pass"),        REPORT_DISPOSITION_PASS,       false},
    {SLICE_STATIC("quarantine"),  REPORT_DISPOSITION_QUARANTINE, false},
    {SLICE_STATIC("reject"),      REPORT_DISPOSITION_REJECT,     false},
    {SLICE_STATIC("accept"),      REPORT_DISPOSITION_NONE,       true },
    {SLICE_STATIC("deliver"),     REPORT_DISPOSITION_NONE,       true },
    {SLICE_STATIC("delivered"),   REPORT_DISPOSITION_NONE,       true },
    {SLICE_STATIC("rejected"),    REPORT_DISPOSITION_REJECT,     true },
    {SLICE_STATIC("quarantined"), REPORT_DISPOSITION_QUARANTINE, true },
};
static const struct word policies[] = {
    {SLICE_STATIC("none"),       REPORT_DISPOSITION_NONE,       false},
    {SLICE_STATIC("quarantine"), REPORT_DISPOSITION_QUARANTINE, false},
    {SLICE_STATIC("reject"),     REPORT_DISPOSITION_REJECT,     false},
};
/* Anything but a pass is none: "none", "temperror" and the like stand here too. */
static const struct word aligned[] = {
    {SLICE_STATIC("pass"),      REPORT_ALIGNED_PASS, false},
    {SLICE_STATIC("fail"),      REPORT_ALIGNED_FAIL, false},
    {SLICE_STATIC("passed"),    REPORT_ALIGNED_PASS, true },
    {SLICE_STATIC("failed"),    REPORT_ALIGNED_FAIL, true },
    {SLICE_STATIC("none"),      REPORT_ALIGNED_FAIL, true },
    {SLICE_STATIC("neutral"),   REPORT_ALIGNED_FAIL, true },
    {SLICE_STATIC("softfail"),  REPORT_ALIGNED_FAIL, true },
    {SLICE_STATIC("policy"),    REPORT_ALIGNED_FAIL, true },
    {SLICE_STATIC("temperror"), REPORT_ALIGNED_FAIL, true },
    {SLICE_STATIC("permerror"), REPORT_ALIGNED_FAIL, true },
};
static const struct word dkim_results[] = {
    {SLICE_STATIC("pass"),       REPORT_RESULT_PASS,      false},
    {SLICE_STATIC("fail"),       REPORT_RESULT_FAIL,      false},
    {SLICE_STATIC("none"),       REPORT_RESULT_NONE,      false},
    {SLICE_STATIC("policy"),     REPORT_RESULT_POLICY,    false},
    {SLICE_STATIC("neutral"),    REPORT_RESULT_NEUTRAL,   false},
    {SLICE_STATIC("temperror"),  REPORT_RESULT_TEMPERROR, false},
    {SLICE_STATIC("permerror"),  REPORT_RESULT_PERMERROR, false},
    {SLICE_STATIC("passed"),     REPORT_RESULT_PASS,      true },
    {SLICE_STATIC("failed"),     REPORT_RESULT_FAIL,      true },
    {SLICE_STATIC("invalid"),    REPORT_RESULT_PERMERROR, true },
    {SLICE_STATIC("temp_error"), REPORT_RESULT_TEMPERROR, true },
    {SLICE_STATIC("perm_error"), REPORT_RESULT_PERMERROR, true },
};
/* "TempError" commonly implemented as "unknown", "PermError" as "error": RFC 7489. */
static const struct word spf_results[] = {
    {SLICE_STATIC("pass"),       REPORT_RESULT_PASS,      false},
    {SLICE_STATIC("fail"),       REPORT_RESULT_FAIL,      false},
    {SLICE_STATIC("softfail"),   REPORT_RESULT_SOFTFAIL,  false},
    {SLICE_STATIC("none"),       REPORT_RESULT_NONE,      false},
    {SLICE_STATIC("neutral"),    REPORT_RESULT_NEUTRAL,   false},
    {SLICE_STATIC("policy"),     REPORT_RESULT_POLICY,    false},
    {SLICE_STATIC("temperror"),  REPORT_RESULT_TEMPERROR, false},
    {SLICE_STATIC("permerror"),  REPORT_RESULT_PERMERROR, false},
    {SLICE_STATIC("hardfail"),   REPORT_RESULT_FAIL,      true },
    {SLICE_STATIC("hard_fail"),  REPORT_RESULT_FAIL,      true },
    {SLICE_STATIC("soft_fail"),  REPORT_RESULT_SOFTFAIL,  true },
    {SLICE_STATIC("unknown"),    REPORT_RESULT_TEMPERROR, true },
    {SLICE_STATIC("error"),      REPORT_RESULT_PERMERROR, true },
    {SLICE_STATIC("temp_error"), REPORT_RESULT_TEMPERROR, true },
    {SLICE_STATIC("perm_error"), REPORT_RESULT_PERMERROR, true },
};
static const struct word reasons[] = {
    {SLICE_STATIC("forwarded"),         REPORT_REASON_FORWARDED,         false},
    {SLICE_STATIC("sampled_out"),       REPORT_REASON_SAMPLED_OUT,       false},
    {SLICE_STATIC("trusted_forwarder"), REPORT_REASON_TRUSTED_FORWARDER, false},
    {SLICE_STATIC("mailing_list"),      REPORT_REASON_MAILING_LIST,      false},
    {SLICE_STATIC("local_policy"),      REPORT_REASON_LOCAL_POLICY,      false},
    {SLICE_STATIC("policy_test_mode"),  REPORT_REASON_POLICY_TEST_MODE,  false},
    {SLICE_STATIC("other"),             REPORT_REASON_OTHER,             false},
};
static const struct word modes[] = {
    {SLICE_STATIC("r"),       REPORT_MODE_RELAXED, false},
    {SLICE_STATIC("s"),       REPORT_MODE_STRICT,  false},
    {SLICE_STATIC("relaxed"), REPORT_MODE_RELAXED, true },
    {SLICE_STATIC("strict"),  REPORT_MODE_STRICT,  true },
};
static const struct word scopes[] = {
    {SLICE_STATIC("mfrom"),     REPORT_SCOPE_MFROM, false},
    {SLICE_STATIC("helo"),      REPORT_SCOPE_HELO,  false},
    {SLICE_STATIC("mailfrom"),  REPORT_SCOPE_MFROM, true },
    {SLICE_STATIC("mail_from"), REPORT_SCOPE_MFROM, true },
    {SLICE_STATIC("ehlo"),      REPORT_SCOPE_HELO,  true },
};
static const struct word testing[] = {
    {SLICE_STATIC("n"),     REPORT_TESTING_NO,  false},
    {SLICE_STATIC("y"),     REPORT_TESTING_YES, false},
    {SLICE_STATIC("no"),    REPORT_TESTING_NO,  true },
    {SLICE_STATIC("yes"),   REPORT_TESTING_YES, true },
    {SLICE_STATIC("false"), REPORT_TESTING_NO,  true },
    {SLICE_STATIC("true"),  REPORT_TESTING_YES, true },
};
static const struct word discoveries[] = {
    {SLICE_STATIC("psl"),       REPORT_DISCOVERY_PSL,      false},
    {SLICE_STATIC("treewalk"),  REPORT_DISCOVERY_TREEWALK, false},
    {SLICE_STATIC("tree_walk"), REPORT_DISCOVERY_TREEWALK, true },
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
is_like(struct sceau_slice text, struct sceau_slice word)
{
    if (text.len != word.len)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        char c =
            text.ptr[i] == ' ' || text.ptr[i] == '-' ? '_' : ascii_lower(text.ptr[i]);
        if (c != word.ptr[i])
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
        if (!is_like(word, w->text))
            continue;
        *value = w->value;
        return w->is_other || !slice_eq(word, w->text) ? WORD_REPAIRED : WORD_EXACT;
    }
    *value = word.len > 0 ? sets[set].other : 0;
    return WORD_UNKNOWN;
}

const char *
word_name(enum word_set set, unsigned value)
{
    for (size_t i = 0; i < sets[set].count; i++)
        if (sets[set].words[i].value == value)
            return sets[set].words[i].text.ptr;
    return NULL;
}
