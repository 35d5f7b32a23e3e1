/* The table `finding`: what needs a look, made anew after reports came in. */
#ifndef INSIGHT_FINDINGS_H
#define INSIGHT_FINDINGS_H

#include "insight.h"

/* Look at every domain and write what was found in one transaction of its own; a finding
 * that is still there keeps its id and when it was first found, one that is gone leaves.
 * `in->db` writes. False as the others. */
bool findings_run(struct insight *in);

/* Mute until then, with a note; unknown ids are muted as well. False: the store. */
bool findings_mute(struct insight *in, struct sceau_slice id, int64_t until,
                   struct sceau_slice note, struct sceau_slice author);

/* What the checker found of a domain, kept with the time (now); is_known false: DNS could
 * not tell, and what was known stays. Is it older than `age` seconds, or was it never? */
bool insight_check_write(struct insight *in, struct sceau_slice domain,
                         const struct insight_check *check);
bool insight_check_due(struct insight *in, struct sceau_slice domain, int64_t age,
                       bool *is_due);

/* The administrator's class of a source (domain empty: of all domains). */
bool insight_mark(struct insight *in, struct sceau_slice domain,
                  struct sceau_slice source, enum analysis_class class,
                  struct sceau_slice note, struct sceau_slice author);
bool insight_unmark(struct insight *in, struct sceau_slice domain,
                    struct sceau_slice source);

/* A reporter of no account, or of account again: the figures come to that at once, as far
 * back as rows are kept (store/recount.h). `in->db` writes. */
bool insight_ignore(struct insight *in, struct sceau_slice reporter, bool is_ignored,
                    struct sceau_slice note);

#endif
