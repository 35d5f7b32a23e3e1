/* What policy says to people: the SMTP reply and the log line. Text from the peer or from DNS
 * is escaped here, whatever it was before (rule R6). */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

#include "core/text.h"
#include "policy.h"

#define POLICY_REPLY_MAX \
 510 /* octets of a reply line without CRLF, RFC 5321 4.5.3.1.5 */
#define POLICY_VALUE_MAX 255 /* octets of one value in the log, before its escapes */

/* Each returns an empty slice when the arena is full. */

/* "550 5.7.1 …": the author domain asks to reject. Names domain, reason and URL (P7). */
struct sceau_slice policy_reply_failed(struct sceau_arena *arena,
                                       const struct policy_config *config,
                                       const struct sceau_verdict *verdict);

/* "550 5.7.1 …": refused for what the message is, not for what its author asks. `what` and
 * `reason` (may be NULL) are static text. */
struct sceau_slice policy_reply_refused(struct sceau_arena *arena,
                                        const struct policy_config *config,
                                        const char *what, const char *reason);

/* "550 5.7.23 …" (RFC 7372 section 3.2): SPF alone refused it. */
struct sceau_slice policy_reply_spf(struct sceau_arena *arena,
                                    const struct policy_config *config,
                                    const struct sceau_verdict *verdict);

/* "550 5.7.1 …": it names a domain of this host as its author's. */
struct sceau_slice policy_reply_own_domain(struct sceau_arena *arena,
                                           const struct policy_config *config,
                                           const struct sceau_verdict *verdict);

/* "550 5.7.1 …": this list takes no posts from such a domain, and what to do (L2). */
struct sceau_slice policy_reply_list(struct sceau_arena *arena,
                                     const struct policy_config *config,
                                     const struct policy_list *list,
                                     const struct sceau_verdict *verdict);

/* "451 4.7.1 …": come again. `what` is static text. */
struct sceau_slice policy_reply_later(struct sceau_arena *arena,
                                      const struct policy_config *config,
                                      struct sceau_slice domain, const char *what);

/* One line: queue id, then key=value. Values that come from the peer or from DNS are in
 * double quotes, but for the author domain, which is letters, digits and hyphens.
 * verdict may be NULL. */
struct sceau_slice policy_log_line(struct sceau_arena *arena,
                                   const struct policy_facts *facts,
                                   const struct sceau_verdict *verdict,
                                   const struct policy_decision *decision);

/* Parts of such a line: the queue id and a colon; " key="value"", or nothing for an empty
 * value. */
void policy_put_queue_id(struct text *line, struct sceau_slice id);
void policy_put_value(struct text *line, const char *key, struct sceau_slice value);

#endif
