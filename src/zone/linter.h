/* A lint under way, shared by the rules. */
#ifndef ZONE_LINTER_H
#define ZONE_LINTER_H

#include "core/text.h"
#include "lint.h"

struct linter {
    struct sceau_arena *arena;
    const struct zone_index *index;
    const struct zone_part *part;
    const struct zone_document *document;
    const struct sceau_psl *psl; /* or NULL */
    int64_t now;
    struct zone_finding *findings;
    size_t count;
    bool is_cut;
    bool has_failed; /* the arena is full */
};

/* Add one about a record, at that field (NULL: at the record). Never NULL; what does not
 * fit is written to a spare. */
struct zone_finding *linter_add(struct linter *l, enum zone_fault fault,
                                const struct zone_record *record,
                                const struct zone_field *field);

/* Add one at a place of a file. */
struct zone_finding *linter_add_at(struct linter *l, enum zone_fault fault,
                                   const struct zone_file *file, size_t line,
                                   size_t column);

/* The record's lines with one field replaced; empty for what $GENERATE made. */
struct sceau_slice linter_replace(struct linter *l, const struct zone_record *record,
                                  const struct zone_field *field,
                                  struct sceau_slice replacement);

/* The record's line up to its type, then this text in quotes, split at 255 octets. */
struct sceau_slice linter_quoted(struct linter *l, const struct zone_record *record,
                                 struct sceau_slice text);

/* The presentation form of a wire name. */
struct sceau_slice linter_name(struct linter *l, struct sceau_slice wire);

/* Printed into the arena. */
struct sceau_slice linter_format(struct linter *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The joined strings of a TXT or SPF record; {NULL, 0} for others and broken ones. */
struct sceau_slice linter_text(struct linter *l, const struct zone_record *record);

/* Does the name lie in a zone of this document? A script may have several. */
static inline bool
linter_is_ours(const struct linter *l, struct sceau_slice name)
{
    const struct zone_part *part = zone_index_part(l->index, name);
    return part != NULL && part->document == l->document;
}

static inline bool
linter_is_text(const struct zone_record *record)
{
    return record->type == SCEAU_DNS_TXT || record->type == SCEAU_DNS_SPF;
}

/* The rules. */
void lint_document(struct linter *l);
void lint_zone(struct linter *l);
void lint_names(struct linter *l);
void lint_sets(struct linter *l);
void lint_texts(struct linter *l);
void lint_typography(struct linter *l);

#endif
