/* What a report that leaves is called: Report-ID, file name, subject (RFC 9990 section
 * 3.5). All of it follows from what the report is about and which store it comes from: hosts of
 * one name with a store each make different ones. Once planned it keeps the id. */
#ifndef OUTBOX_IDENTITY_H
#define OUTBOX_IDENTITY_H

#include "core/slice.h"

#define OUTBOX_ID_SIZE 33 /* octets of an id with its NUL */

struct outbox_identity {
    struct sceau_slice receiver;      /* who reports: a domain name */
    struct sceau_slice policy_domain; /* A-labels, lower case */
    int64_t begin, end;               /* the period, seconds since the epoch */
    struct sceau_slice policy_hash;   /* octets: one report for each configuration */
    struct sceau_slice store;         /* octets: a random number of the store */
};

/* The first `size` - 1 digits (an even number, at most 64) of a SHA-256 over the parts, each with
 * its length in front, so that no two lists of parts are the same text. */
void outbox_digest(const struct sceau_slice *parts, size_t count, char *hex,
                   size_t size);

/* The id: 32 of [0-9a-f], a unique-id of the file name and a dot-atom of the Report-ID
 * (section 3.1.4 wants them alike). Equal for equal identities, different for others. */
void outbox_id(const struct outbox_identity *identity, char id[OUTBOX_ID_SIZE]);

/* "receiver!policy-domain!begin!end!id.xml.gz"; {NULL, 0} when the arena is full. */
struct sceau_slice outbox_file_name(struct sceau_arena *arena,
                                    const struct outbox_identity *identity,
                                    const char *id);

/* The value of Subject, folded so that no line is over 78 octets where names allow it. */
struct sceau_slice outbox_subject(struct sceau_arena *arena,
                                  const struct outbox_identity *identity,
                                  const char *id);

#endif
