/* A report's file: packed (RFC 1952) while it is written, under a name of its own until it
 * is whole; read back before it counts. */
#ifndef OUTBOX_PACKED_H
#define OUTBOX_PACKED_H

#include "report/aggregate_write.h"

struct packed_file {
    struct aggregate_writer writer; /* first: put gets a pointer to it */
    void *stream;                   /* gzFile */
    int fd;
    char name[4096], new_name[4096];
};

/* Begin FOLDER/ID.xml.gz under another name. False, and errno. */
bool packed_open(struct packed_file *f, const char *folder, const char *id);

/* For aggregate_write_begin. */
bool packed_put(struct aggregate_writer *writer, struct sceau_slice octets);

/* All of it is on the disk; *octets is its size. False, and errno: it is gone then. */
bool packed_close(struct packed_file *f, uint64_t *octets);

/* It gets its name, which is on the disk as well when this returns true. Else errno. */
bool packed_publish(struct packed_file *f, const char *folder);

/* It is not wanted. */
void packed_drop(struct packed_file *f);

/* Read what was closed with the strict reader: so many records and messages, and nothing
 * to repair. */
bool packed_is_valid(const struct packed_file *f, uint64_t records, uint64_t messages);

#endif
