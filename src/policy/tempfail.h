/* How often a message was sent away for trouble with DNS (V6): twice within an hour, and then
 * it is let in. Kept by what a message says of itself, so that a sender who comes back from
 * another address, or to another process of ours, is known again.
 *
 *     mark = tempfail_mark_of(arena, verdict->header, &facts);
 *     facts.tempfails_so_far = tempfail_count(table, &mark, now);
 *     …policy_decide says tempfail…   tempfail_note(table, &mark, now);
 *
 * A table in memory: no file, no clock, no lock. What is to outlive the process is written by
 * tempfail_save and read by tempfail_load; the owner keeps the text. */
#ifndef POLICY_TEMPFAIL_H
#define POLICY_TEMPFAIL_H

#include "core/hash.h"
#include "core/text.h"
#include "policy.h"

#include <limits.h>

#define TEMPFAIL_WINDOW_S 3600 /* from the first one: later it is let in */
/* How long a message is remembered: senders give up after 4 to 5 days (RFC 5321 section
 * 4.5.4.1), and one that comes back after the hour must not begin anew. */
#define TEMPFAIL_KEEP_S             ((int64_t)5 * 86400)
#define TEMPFAIL_CAPACITY           16384u /* messages, when nobody says */
#define TEMPFAIL_SPENT              UINT_MAX
#define TEMPFAIL_LINE_MAX           64 /* octets of a line of the saved text, its end included */
#define TEMPFAIL_TEXT_MAX(capacity) (((size_t)(capacity) + 2) * TEMPFAIL_LINE_MAX)

/* What makes two deliveries one message: Message-ID, From, Date and the recipients, each with
 * its length. Never the client's address: the next try may come from another. */
struct tempfail_mark {
    struct sceau_slice text; /* in the arena; empty when it was full: counts as spent */
};

struct tempfail_mark tempfail_mark_of(struct sceau_arena *arena,
                                      const struct sceau_header *header,
                                      const struct policy_facts *facts);

struct tempfail_table;

/** An empty table for at most `capacity` messages (24 octets each, rounded up to sets of 8).
 *
 * key  random: marks are made by strangers, and kept as hashes
 *
 * NULL when memory is exhausted. */
struct tempfail_table *tempfail_new(unsigned capacity, const struct hash_key *key);

/** NULL is fine. */
void tempfail_free(struct tempfail_table *table);

/** The tempfails that this message got. TEMPFAIL_SPENT: it must get no more, for its hour is
 * over, or there is no room to remember another (a bound that can be forgotten is none). */
unsigned tempfail_count(const struct tempfail_table *table,
                        const struct tempfail_mark *mark, int64_t now);

/** It got one more. */
void tempfail_note(struct tempfail_table *table, const struct tempfail_mark *mark,
                   int64_t now);

/** The table as lines of text, its key included; at most TEMPFAIL_TEXT_MAX(capacity) octets.
 * What is too old is left out. */
void tempfail_save(const struct tempfail_table *table, int64_t now, struct text *out);

/** Read what tempfail_save wrote, key included, into an empty table; also one of another
 * capacity: what does not fit is left out. Returns SCEAU_OK, or SCEAU_E_SYNTAX with the
 * table empty: a damaged file is worth no more than none. */
enum sceau_status tempfail_load(struct tempfail_table *table, struct sceau_slice text,
                                int64_t now);

#endif
