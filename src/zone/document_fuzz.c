/* Zone text in: whatever it is, its entries laid end to end are the text again, each field
 * and each error lies inside it, and records hold what their type asks. */
#include "document.h"

#include "dns/rdata.h"
#include "document_testing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024 * 1024);
    const struct dns_name origin = dns_name_root();
    struct zone_document document;
    if (arena == NULL)
        return 0;
    if (zone_document_read(arena, SCEAU_SLICE("z"), text, &origin, NULL, &document) ==
        SCEAU_OK) {
        CHECK(document.file_count == 1);
        check_file(document.files[0]);
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
