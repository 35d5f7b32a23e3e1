/* What holds for every file that was read as a zone's text, whatever stood in it: of the fuzz
 * targets that read one. */
#ifndef ZONE_DOCUMENT_TESTING_H
#define ZONE_DOCUMENT_TESTING_H

#include "../../tests/fuzz/check.h"
#include "document.h"

static inline bool
is_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.len == 0 ||
           (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* Its entries laid end to end are the text again, and each field lies inside its entry. */
static inline void
check_file(const struct zone_file *file)
{
    size_t at = 0, line = 1;
    for (size_t i = 0; i < file->entry_count; i++) {
        const struct zone_entry *entry = file->entries[i];
        CHECK(entry->text.ptr == file->text.ptr + at && entry->text.len > 0);
        CHECK(entry->line == line);
        for (size_t f = 0; f < entry->field_count; f++) {
            const struct zone_field *field = &entry->fields[f];
            CHECK(is_inside(field->text, entry->text));
            CHECK(field->line >= entry->line && field->column >= 1);
        }
        for (size_t c = 0; c < entry->text.len; c++)
            line += entry->text.ptr[c] == '\n';
        at += entry->text.len;
    }
    CHECK(at == file->text.len);
}

/* The column may be one behind the end of its line. */
static inline void
check_error(const struct zone_error *error)
{
    struct sceau_slice rest = error->file->text, line;
    size_t number = 0;
    while (number < error->line && slice_next(&rest, '\n', &line))
        number++;
    CHECK(error->problem != NULL && error->column >= 1);
    CHECK(number == error->line && error->column <= line.len + 1);
}

#endif
