/* A script of nsupdate in: whatever it is, its entries laid end to end are the text again, each field
 * and each error lies inside it, and records hold what their type asks. */
#include "nsupdate.h"

#include "../../tests/fuzz/check.h"
#include "changes.h"
#include "dns/rdata.h"

static bool
is_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.len == 0 ||
           (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void
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
static void
check_error(const struct zone_error *error)
{
    struct sceau_slice rest = error->file->text, line;
    size_t number = 0;
    while (number < error->line && slice_next(&rest, '\n', &line))
        number++;
    CHECK(error->problem != NULL && error->column >= 1);
    CHECK(number == error->line && error->column <= line.len + 1);
}

/* What is deleted has the form of its type, and what a deletion takes back is not there. */
static void
check_deletions(struct sceau_arena *arena, const struct zone_document *document)
{
    const struct dns_name root = dns_name_root();
    const struct zone_part part = {document, dns_name_slice(&root), true};
    struct zone_index index;
    for (size_t i = 0; i < document->deletion_count; i++) {
        const struct zone_deletion *deletion = &document->deletions[i];
        CHECK(dns_name_length(deletion->owner) == deletion->owner.len);
        CHECK(deletion->after <= document->record_count);
        CHECK(deletion->rdata.ptr == NULL ||
              dns_rdata_is_valid(deletion->type, deletion->rdata));
    }
    if (zone_index_make(arena, &part, 1, &index) != SCEAU_OK)
        return;
    for (size_t i = 0; i < index.count; i++) {
        for (size_t k = 0; k < index.sets[i].count; k++)
            CHECK(!zone_changes_take_back(&index, document, index.sets[i].records[k]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024 * 1024);
    struct zone_document document;
    if (arena == NULL)
        return 0;
    if (zone_nsupdate_read(arena, SCEAU_SLICE("s"), text, &document) == SCEAU_OK) {
        CHECK(document.file_count == 1);
        check_file(document.files[0]);
        check_deletions(arena, &document);
        for (size_t i = 0; i < document.error_count; i++)
            check_error(&document.errors[i]);
        for (size_t i = 0; i < document.record_count; i++) {
            const struct zone_record *record = &document.records[i];
            CHECK(dns_name_length(record->owner) == record->owner.len);
            CHECK(is_inside(zone_record_text(record), text));
            CHECK(record->rdata.ptr == NULL ||
                  dns_rdata_is_valid(record->type, record->rdata));
        }
    }
    sceau_arena_free(arena);
    return 0;
}
