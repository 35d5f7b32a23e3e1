/* A whole store from one engine to the other, table by table in the order of their keys, some
 * thousand rows a transaction. Where it was killed it goes on: what lies there already is the
 * beginning of the table. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "database.h"

#define STORE_COPY_TABLES  64
#define STORE_COPY_COLUMNS 64
#define STORE_COPY_SILENT  360 /* seconds; a sceau-reportd heard of later still writes */

enum store_copy_outcome {
    STORE_COPY_DONE,
    STORE_COPY_ALIKE,   /* two files, or two servers: each has tools of its own */
    STORE_COPY_FULL,    /* what it goes to holds other data: `table` */
    STORE_COPY_WRITTEN, /* a sceau-reportd writes to one of them */
    STORE_COPY_DIFFERS, /* in the end the rows of `table` are not the same */
    STORE_COPY_FROM,    /* database_error(from) says why */
    STORE_COPY_TO,      /* database_error(to) says why */
};

struct store_copy_table {
    const char *name;
    const char *columns[STORE_COPY_COLUMNS];
    enum store_copy_kind {
        STORE_COPY_NUMBER,
        STORE_COPY_TEXT,
        STORE_COPY_OCTETS,
    } kinds[STORE_COPY_COLUMNS];
    int column_count;
    int key[STORE_COPY_COLUMNS]; /* columns, in the order of the key */
    int key_count;
    int64_t rows, copied; /* in all, and this time */
};

struct store_copy {
    struct database *from, *to;
    struct sceau_slice name;   /* of `from`: who goes on has to mean the same */
    int64_t now;               /* time */
    struct sceau_arena *arena; /* outlives both databases */
    void (*tell)(void *self, const char *table, int64_t copied); /* NULL is fine */
    void *self;
    struct store_copy_table tables[STORE_COPY_TABLES];
    size_t count;
    const struct store_copy_table *table; /* the one that the outcome is about */
};

/* `tables` are set when this gives STORE_COPY_DONE. Leases and who is at work stay behind. */
enum store_copy_outcome store_copy(struct store_copy *copy);

#endif
