/* A script of nsupdate in: whatever it is, its entries laid end to end are the text again, each field
 * and each error lies inside it, and records hold what their type asks. */
#include "nsupdate.h"

#include "changes.h"
#include "dns/rdata.h"
#include "document_testing.h"

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
