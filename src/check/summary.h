/* The three lines of MXToolbox's MX lookup, in its words and its logic: the policy is the p
 * of the record found, whatever is in force for the name; a name without MX is a Problem.
 * The words are English in every language: they are what its users look for. */
#ifndef CHECK_SUMMARY_H
#define CHECK_SUMMARY_H

#include "check.h"

#define CHECK_SUMMARY_LINES 3

struct check_status_line {
    enum check_outcome
        outcome;        /* ok, warning, problem; unknown when DNS could not tell */
    const char *status; /* "Ok", "Warning", "Problem", "Unknown" */
    const char *label;  /* "DMARC Record Published" */
    const char *text;   /* "DMARC Record found" */
};

/* In its order: Problem, (Unknown,) Warning, Ok; equals: record, policy, DNS. */
void check_summary(struct check_subject *s,
                   struct check_status_line lines[CHECK_SUMMARY_LINES]);

/* 0, 1, 2 by the worst of them; 3 when one is unknown and none worse. */
int check_summary_status(const struct check_status_line lines[CHECK_SUMMARY_LINES]);

#endif
