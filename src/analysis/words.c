/* Counts, shares, and the words of classes and findings. */
#include "core/text.h"
#include "sources.h"

uint64_t
analysis_dkim(const struct analysis_counts *c)
{
    return c->both + c->dkim_only;
}

uint64_t
analysis_spf(const struct analysis_counts *c)
{
    return c->both + c->spf_only;
}

uint64_t
analysis_compliant(const struct analysis_counts *c)
{
    return c->both + c->dkim_only + c->spf_only;
}

int
analysis_share(uint64_t part, uint64_t whole)
{
    if (whole == 0)
        return -1;
    if (part >= whole)
        return 1000;
    return (int)(whole > UINT64_MAX / 1000 ? part / (whole / 1000)
                                           : part * 1000 / whole);
}

int
analysis_share_shown(uint64_t part, uint64_t whole)
{
    if (whole == 0 || part == 0 || part >= whole)
        return analysis_share(part, whole);
    for (; whole > UINT64_MAX / 2000; whole /= 2)
        part /= 2;
    int nearest = (int)((part * 2000 / whole + 1) / 2);
    return nearest < 1 ? 1 : nearest > 999 ? 999 : nearest;
}

void
analysis_counts_add(struct analysis_counts *c, const struct analysis_row *row)
{
    bool dkim = row->dkim == REPORT_ALIGNED_PASS, spf = row->spf == REPORT_ALIGNED_PASS;
    uint64_t *sum = dkim && spf ? &c->both
                    : dkim      ? &c->dkim_only
                    : spf       ? &c->spf_only
                                : &c->neither;
    *sum += row->count;
    c->messages += row->count;
    c->dispositions[row->disposition] += row->count;
    c->causes[row->cause] += row->count;
    if (row->flags & ANALYSIS_FLAG_FORWARDED)
        c->forwarded += row->count;
}

void
analysis_counts_join(struct analysis_counts *c, const struct analysis_counts *more)
{
    c->messages += more->messages;
    c->both += more->both;
    c->dkim_only += more->dkim_only;
    c->spf_only += more->spf_only;
    c->neither += more->neither;
    c->forwarded += more->forwarded;
    for (size_t i = 0; i < REPORT_DISPOSITIONS; i++)
        c->dispositions[i] += more->dispositions[i];
    for (size_t i = 0; i < ANALYSIS_CAUSES; i++)
        c->causes[i] += more->causes[i];
}

/* ---- words ---- */

static const struct class_words {
    const char *word, *text;
} classes[ANALYSIS_CLASSES] = {
    [ANALYSIS_OURS] = {"ours",       N_("yours")            },
    [ANALYSIS_SENDS_WELL] = {"sends-well", N_("sends well")       },
    [ANALYSIS_FORWARDER] = {"forwarder",  N_("forwarder or list")},
    [ANALYSIS_TO_FIX] = {"to-fix",     N_("to fix")           },
    [ANALYSIS_NOT_YOURS] = {"not-yours",  N_("not yours")        },
    [ANALYSIS_TOO_LITTLE] = {"too-little", N_("too little")       },
};

const char *analysis_class_word(enum analysis_class class)
{
    return classes[class].word;
}

const char *analysis_class_text(enum analysis_class class)
{
    return classes[class].text;
}

/* "fix" and "well" will do on a command line. */
bool
analysis_class_read(struct sceau_slice word, enum analysis_class *class)
{
    static const char *const shorter[ANALYSIS_CLASSES] = {
        [ANALYSIS_OURS] = "our",          [ANALYSIS_SENDS_WELL] = "well",
        [ANALYSIS_FORWARDER] = "list",    [ANALYSIS_TO_FIX] = "fix",
        [ANALYSIS_NOT_YOURS] = "foreign", [ANALYSIS_TOO_LITTLE] = "little",
    };
    for (size_t i = 0; i < ANALYSIS_CLASSES; i++)
        if (slice_eq_ci(word, sceau_slice_from(classes[i].word)) ||
            slice_eq_ci(word, sceau_slice_from(shorter[i]))) {
            *class = (enum analysis_class)i;
            return true;
        }
    return false;
}

static const char *const findings[ANALYSIS_FINDING_RULES] = {
    [ANALYSIS_FINDING_OURS_FAILS] = "ours-fails",
    [ANALYSIS_FINDING_STARTS] = "starts-failing",
    [ANALYSIS_FINDING_TO_FIX] = "to-fix",
    [ANALYSIS_FINDING_NEW] = "new-source",
    [ANALYSIS_FINDING_COMPLIANCE] = "compliance",
    [ANALYSIS_FINDING_NO_REPORTS] = "no-reports",
    [ANALYSIS_FINDING_SILENT] = "silent-reporter",
    [ANALYSIS_FINDING_RECORD] = "record-changed",
    [ANALYSIS_FINDING_CONTRADICTS] = "contradiction",
    [ANALYSIS_FINDING_INTAKE] = "intake",
    [ANALYSIS_FINDING_FORGED] = "forged",
    [ANALYSIS_FINDING_OLD_KEY] = "old-key",
    [ANALYSIS_FINDING_KEY_END] = "key-end",
    [ANALYSIS_FINDING_CERTIFICATE] = "certificate-end",
    [ANALYSIS_FINDING_TLS] = "tls",
    [ANALYSIS_FINDING_READY] = "ready",
};

const char *
analysis_finding_word(enum analysis_finding_rule rule)
{
    return findings[rule];
}

bool
analysis_finding_read(struct sceau_slice word, enum analysis_finding_rule *rule)
{
    for (size_t i = 0; i < ANALYSIS_FINDING_RULES; i++)
        if (slice_eq(word, sceau_slice_from(findings[i]))) {
            *rule = (enum analysis_finding_rule)i;
            return true;
        }
    return false;
}
