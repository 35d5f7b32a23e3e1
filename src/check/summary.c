/* The three lines of MXToolbox (a tutorial of 2023 is written around them). */
#include "summary.h"

#include "facts.h"

/* A row of its table: one label, whatever the state. */
struct summary_row {
    const char *label, *met, *unmet;
    enum check_outcome severity;
};

static const struct summary_row record_row = {"DMARC Record Published",
                                              "DMARC Record found",
                                              "No DMARC Record found", CHECK_PROBLEM};
static const struct summary_row policy_row = {
    "DMARC Policy Not Enabled", "DMARC Quarantine/Reject policy enabled",
    "DMARC Quarantine/Reject policy not enabled", CHECK_WARNING};
static const struct summary_row dns_row = {"DNS Record Published", "DNS Record found",
                                           "DNS Record not found", CHECK_PROBLEM};

static struct check_status_line
line_of(const struct summary_row *row, bool is_known, bool is_met)
{
    static const char *const words[] = {
        [CHECK_OK] = "Ok",           [CHECK_INFO] = "Ok",
        [CHECK_WARNING] = "Warning", [CHECK_PROBLEM] = "Problem",
        [CHECK_UNKNOWN] = "Unknown", [CHECK_SKIPPED] = "Unknown",
    };
    enum check_outcome outcome = !is_known ? CHECK_UNKNOWN
                                 : is_met  ? CHECK_OK
                                           : row->severity;
    return (struct check_status_line){outcome, words[outcome], row->label,
                                      !is_known ? "DNS could not tell"
                                      : is_met  ? row->met
                                                : row->unmet};
}

/* Insertion: equals stay in their order. */
static void
sort_lines(struct check_status_line *lines)
{
    for (size_t i = 1; i < CHECK_SUMMARY_LINES; i++) {
        for (size_t k = i; k > 0 && check_outcome_weight(lines[k].outcome) >
                                        check_outcome_weight(lines[k - 1].outcome);
             k--) {
            struct check_status_line moved = lines[k];
            lines[k] = lines[k - 1];
            lines[k - 1] = moved;
        }
    }
}

void
check_summary(struct check_subject *s,
              struct check_status_line lines[CHECK_SUMMARY_LINES])
{
    const struct check_mx *mx = check_mx(s);
    const struct check_dmarc *d = check_dmarc(s);
    const struct sceau_dmarc_record *record = d->walk.record;
    bool is_known = d->walk.result != SCEAU_DMARC_TEMPERROR || record != NULL;
    /* a record that no receiver can use (permerror) is there to be seen */
    bool is_found = record != NULL || d->walk.result == SCEAU_DMARC_PERMERROR;
    bool is_enforced = record != NULL && record->p != SCEAU_DMARC_POLICY_NONE;
    lines[0] = line_of(&record_row, is_known, is_found);
    lines[1] = line_of(&policy_row, is_known, is_enforced);
    lines[2] =
        line_of(&dns_row, !sceau_dns_is_trouble(mx->answer.status), mx->count > 0);
    sort_lines(lines);
}

int
check_summary_status(const struct check_status_line lines[CHECK_SUMMARY_LINES])
{
    switch (lines[0].outcome) {
    case CHECK_OK:
    case CHECK_INFO:
    case CHECK_SKIPPED: break;
    case CHECK_WARNING: return 1;
    case CHECK_PROBLEM: return 2;
    case CHECK_UNKNOWN: return 3;
    }
    return 0;
}
