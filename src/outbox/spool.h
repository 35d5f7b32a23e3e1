/* Where built documents lie until they have left. With a store in a file they are files of the
 * outbox's folder. Where several hosts share a store they lie in it, put there by the
 * transaction that takes their rows away, so that any host can send them: the one that built
 * them may be gone. What is read is looked for in both places: an older version, or a store that
 * was copied, has files with a server as well. */
#ifndef OUTBOX_SPOOL_H
#define OUTBOX_SPOOL_H

#include "folder.h"
#include "store/database.h"

#define SPOOL_PIECE ((size_t)16 * 1024) /* octets of a row */
#define SPOOL_KEEP \
 (14 * 86400) /* seconds behind the last delivery: bounces come late */

enum spool_form {
    SPOOL_AGGREGATE, /* RFC 9990, packed */
    SPOOL_RFC7489,   /* the same for who reads no other */
    SPOOL_FAILURE,   /* all of a failure report's mail but its first fields */
};

#define OUTBOX_RFC7489_SUFFIX \
 "-7489" /* of the name of the file for who reads no other */
#define OUTBOX_FAILURE_SUFFIX ".eml"

/* What follows the report's id in the name of the file. */
const char *outbox_spool_suffix(enum spool_form form);

/* Which folder has a report that is built now, as `outgoing` says it: "" when the store has it.
 * False, and errno. */
bool outbox_spool_place(struct database *db, const char *folder,
                        char name[OUTBOX_FOLDER_NAME]);

/* Into the store, in a transaction of the caller: the octets, or all of an open file. False
 * when the database fails, with errno 0, or when `fd` cannot be read, with another one. */
bool outbox_spool_put(struct database *db, const char *id, enum spool_form form,
                      struct sceau_slice octets);
bool outbox_spool_put_file(struct database *db, const char *id, enum spool_form form,
                           int fd);

enum spool_found {
    SPOOL_FOUND,
    SPOOL_ABSENT, /* in neither place, or unreadable; errno */
    SPOOL_FAILED, /* the database */
};

/* Its octets, in pieces. */
enum spool_found outbox_spool_read(struct database *db, const char *folder,
                                   const char *id, enum spool_form form,
                                   void (*take)(void *self, struct sceau_slice octets),
                                   void *self);

enum spool_found outbox_spool_look(struct database *db, const char *folder,
                                   const char *id, enum spool_form form);

/* Both places, every form, in a transaction of the caller. False when the database fails. */
bool outbox_spool_forget(struct database *db, const char *folder, const char *id);

/* Out of the store goes what was finished before `before`. */
bool outbox_spool_expire(struct database *db, int64_t before);

#endif
