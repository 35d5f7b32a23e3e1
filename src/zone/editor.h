/* The state of an edit: what becomes of each record, shared by the plan (edit.c) and its
 * text (edit_text.c). */
#ifndef ZONE_EDITOR_H
#define ZONE_EDITOR_H

#include "edit.h"

#define EDIT_NONE SIZE_MAX

/* What becomes of a record of the document. */
struct edit_fate {
    bool is_removed;
    bool needs_ttl;   /* it inherited its TTL, and what it inherits would change */
    size_t becomes;   /* the wanted record it is changed to, or EDIT_NONE */
    size_t first_new; /* wanted records that come behind it: a list */
};

struct editor {
    struct sceau_arena *arena;
    const struct zone_document *document;
    const struct zone_file *file; /* the first: the one that is edited */
    struct sceau_slice origin;
    const struct zone_wish *wish;
    struct edit_fate *fates; /* one a record */
    bool *is_there;          /* one a wanted record */
    size_t *next_new;        /* of a wanted record: the next behind the same record */
    size_t end_new;          /* wanted records at the end of the file: a list */
    size_t soa;              /* index of the record */
    struct zone_splice *splices;
    size_t splice_count, splice_capacity;
    bool is_full;
    struct zone_edit *edit;
};

/* Refuse at a record, or at a place. Gives SCEAU_E_SYNTAX. */
enum sceau_status editor_refuse(struct editor *e, const struct zone_record *record,
                                const char *problem);

/* Write the splices that the fates ask for, in order. */
void editor_splice(struct editor *e);

/* The old text with the splices applied; {NULL, 0} when the arena is full. */
struct sceau_slice editor_apply(struct editor *e);

/* TTL of a new record: its set's, its own, or the zone's (false). */
bool editor_ttl(const struct editor *e, const struct zone_wanted *wanted,
                uint32_t *ttl);

#endif
