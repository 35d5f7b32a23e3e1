/* Who may send as whom: the text of a Postfix table as smtpd_sender_login_maps has it
 * (postmap(1)'s input):
 *
 *     # comment
 *     ann@example.org      ann, annette
 *     @example.net         bob
 *
 * A line that begins with white space continues the one before it. An address is looked up
 * whole, then as @domain; the first entry found decides, as in Postfix. */
#ifndef POLICY_LOGINS_H
#define POLICY_LOGINS_H

#include "sceau/core.h"

struct policy_logins;

/* Read a table.
 *
 * arena   owns the entries, which borrow `text`
 * logins  set on SCEAU_OK only
 * diag    set on SCEAU_E_SYNTAX: an entry without logins
 *
 * SCEAU_OK, SCEAU_E_SYNTAX, SCEAU_E_LIMIT (the arena). O(n log n). */
enum sceau_status policy_logins_parse(struct sceau_arena *arena,
                                      struct sceau_slice text,
                                      const struct policy_logins **logins,
                                      struct sceau_diag *diag);

/* May `login` send as local@domain? Logins are compared without letter case. NULL is an
 * empty table. */
bool policy_logins_may(const struct policy_logins *logins, struct sceau_slice login,
                       struct sceau_slice local, struct sceau_slice domain);

/* Entries of the table. */
size_t policy_logins_count(const struct policy_logins *logins);

#endif
