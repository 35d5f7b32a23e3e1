/* The rules of the family "dmarc", spread over files; their rows stand in dmarc.c. */
#ifndef CHECK_DMARC_RULES_H
#define CHECK_DMARC_RULES_H

#include "facts.h"

/* The record that the rules about a record's text look at: the one at _dmarc.NAME when
 * there is one, or what tries to be one there; else the one in force, wherever it is. */
struct dmarc_target {
    struct sceau_slice owner;      /* "_dmarc.example.org" */
    struct sceau_slice domain;     /* "example.org" */
    const struct sceau_dns_rr *rr; /* NULL: there is none */
    bool is_in_force;
    struct sceau_dmarc_record record; /* parsed; only when is_in_force */
};

/* Find it. When there is none, reports why (unknown or skipped) and gives false. */
bool dmarc_target_find(struct check_subject *s, struct dmarc_target *target);

/* Report about the target: `found` is its record and the sentence. Set the line that mends
 * it: `text` is the record's new text. */
struct check_finding *dmarc_report(struct check_subject *s,
                                   const struct dmarc_target *target,
                                   enum check_outcome outcome,
                                   struct sceau_slice sentence);
void dmarc_mend(struct check_subject *s, struct check_finding *finding,
                const struct dmarc_target *target, struct sceau_slice text);

/* The target's record mended, with an address for reports if it had none. */
struct sceau_slice dmarc_with_rua(struct check_subject *s,
                                  const struct dmarc_target *target);

/* Does this text try to be a DMARC record without being one? */
bool dmarc_is_near_miss(struct sceau_slice text);

/* Report that DNS could not tell the policy; false when it could. */
bool dmarc_policy_unknown(struct check_subject *s, const struct check_dmarc *d);

/* dmarc_text.c: what one record's text tells */
void dmarc_multiple(struct check_subject *s);
void dmarc_syntax(struct check_subject *s);
void dmarc_translated(struct check_subject *s);
void dmarc_place(struct check_subject *s);
void dmarc_pct(struct check_subject *s);
void dmarc_testing(struct check_subject *s);
void dmarc_sp_weaker(struct check_subject *s);
void dmarc_np(struct check_subject *s);
void dmarc_tags(struct check_subject *s);
void dmarc_ruf(struct check_subject *s);
void dmarc_rua(struct check_subject *s);

/* dmarc_policy.c: the policy in force, and what it does */
void dmarc_exists(struct check_subject *s);
void dmarc_policy_enforced(struct check_subject *s);
void dmarc_reject_people(struct check_subject *s);
void dmarc_redundant(struct check_subject *s);
void dmarc_alignment_strict(struct check_subject *s);
void dmarc_authenticates(struct check_subject *s);

/* dmarc_reports.c: where reports go */
void dmarc_rua_delivers(struct check_subject *s);
void dmarc_external_auth(struct check_subject *s);
void dmarc_external_auth_open(struct check_subject *s);

#endif
