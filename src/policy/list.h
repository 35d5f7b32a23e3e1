/* This host's mailing lists (L1 to L3): a post whose author's domain asks receivers to refuse
 * what a list makes of it either goes out under the list's own name, or is refused once, at
 * the door. A list is known by the envelope's recipient, never by a field of the message. */
#ifndef POLICY_LIST_H
#define POLICY_LIST_H

#include "policy.h"

#define LIST_NAME_MAX 128 /* octets of a name in the new From, before its encoding */
#define LIST_REPLY_TO_MAX \
 998 /* octets of a From with several authors that becomes Reply-To, RFC 5322 2.1.1 */

enum list_step {
    LIST_NOTHING, /* no list, or none that has to do anything */
    LIST_REWRITE,
    LIST_REFUSE,
};

/* The list of that recipient, if it may have to rewrite or refuse; NULL. */
const struct policy_list *list_find(const struct policy_config *config,
                                    struct sceau_slice recipient);

/* The list that all of a message's recipients are; NULL for none, and for a mix: the session
 * keeps those apart. */
const struct policy_list *list_of_message(const struct policy_config *config,
                                          const struct policy_facts *facts);

/* What `list` does with a message that would be delivered. */
enum list_step list_step_of(const struct policy_list *list,
                            const struct sceau_verdict *verdict);

/* The list whose software rewrote the From that we had written for it: what the list sends
 * names the list as its author, X-Original-From tells who it was, and From is not what we
 * made of that. Two who rewrite lose the author between them, so the administrator is
 * warned. NULL: none, or one cannot tell. To be asked for this host's own mail alone: anybody
 * may write such fields. */
const struct policy_list *list_munged(struct sceau_arena *arena,
                                      const struct policy_config *config,
                                      const struct sceau_header *header);

/* The new From: "Ann via Dev" <dev@example.org>, folded with CRLF and a tab. ASCII but for the
 * local part of the list; a name of other letters becomes encoded words (RFC 2047). Empty
 * when the arena is full. */
struct sceau_slice list_from(struct sceau_arena *arena, const struct policy_list *list,
                             const struct sceau_author *author);

/* Where answers to the author go: his address, or all of a From with several. */
struct sceau_slice list_reply_to(struct sceau_arena *arena,
                                 const struct sceau_author *author,
                                 const struct sceau_field *from);

#endif
