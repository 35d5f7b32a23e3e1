/* The rules about SPF: their functions, and what they share. The rows stand in spf.c. */
#ifndef CHECK_SPF_RULES_H
#define CHECK_SPF_RULES_H

#include "facts.h"
#include "spftree.h"

#define SPF_TTL 10800 /* of the lines to paste: seed 1's for SPF and DMARC */

/* The one SPF record of the name, parsed; NULL when there is none, or it is broken, and
 * then why is reported (unknown, skipped). */
const struct spf_record *spf_own_record(struct check_subject *s);

/* The record with all it includes; NULL as above. */
const struct spftree *spf_own_tree(struct check_subject *s);

/* Report about the record of the name: found is the record as seen, and its place. */
struct check_finding *spf_report(struct check_subject *s, enum check_outcome outcome);

/* The record as a line to paste, with other text. */
struct sceau_slice spf_line(struct check_subject *s, struct sceau_slice text);

/* The record with a term put in front of its "all" (or its end). */
struct sceau_slice spf_with_term(struct check_subject *s,
                                 const struct spf_record *record,
                                 struct sceau_slice term);

/* ---- spf.c: the record itself ---- */
void spf_exists(struct check_subject *s);
void spf_multiple(struct check_subject *s);
void spf_syntax(struct check_subject *s);
void spf_type99(struct check_subject *s);
void spf_string_255(struct check_subject *s);
void spf_split_blank(struct check_subject *s);
void spf_size(struct check_subject *s);
void spf_parked(struct check_subject *s);
void spf_senderid(struct check_subject *s);

/* ---- spf_terms.c: what stands in it ---- */
void spf_all_permissive(struct check_subject *s);
void spf_terminator(struct check_subject *s);
void spf_after_all(struct check_subject *s);
void spf_ptr(struct check_subject *s);
void spf_prefix(struct check_subject *s);

/* ---- spf_lookups.c: what it asks, and whom it lets in ---- */

/* The sentence that some of what the record includes could not be read. */
struct sceau_slice spf_some_unread(struct check_subject *s);

void spf_lookups(struct check_subject *s);
void spf_void_lookups(struct check_subject *s);
void spf_include_valid(struct check_subject *s);
void spf_covers_senders(struct check_subject *s);
void spf_helo(struct check_subject *s);

#endif
