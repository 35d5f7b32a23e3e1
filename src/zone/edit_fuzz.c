/* Any text as a zone that is edited: what comes out is read again and holds the wish, a
 * second edit finds nothing to do, and every octet outside of the splices is the old one. */
#include "edit.h"

#include "../../tests/fuzz/check.h"
#include "diff.h"
#include "edit_testing.h"

static const char wanted[] =
    "@ 60 MX 10 mail\nmail 60 A 192.0.2.1\nmail 60 AAAA 2001:db8::1\n"
    "imap 60 CNAME mail\n@ 60 TXT \"v=spf1 ip4:192.0.2.1 -all\"\n@ 60 SPF x\n"
    "_dmarc 60 TXT \"v=DMARC1; p=reject\"\ns._domainkey 1 TXT \"v=DKIM1; \" \"p=AAAA\"\n";

/* The splices are in order, lie inside, and make the new text of the old one. */
static void
check_splices(struct sceau_slice old, const struct zone_edit *edit)
{
    size_t at = 0, to = 0;
    for (size_t i = 0; i < edit->splice_count; i++) {
        const struct zone_splice *splice = &edit->splices[i];
        CHECK(splice->at >= at && splice->at + splice->len <= old.len);
        size_t kept = splice->at - at;
        CHECK(to + kept + splice->text.len <= edit->text.len);
        CHECK(kept == 0 || memcmp(old.ptr + at, edit->text.ptr + to, kept) == 0);
        to += kept + splice->text.len;
        at = splice->at + splice->len;
    }
    CHECK(old.len - at == edit->text.len - to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new((size_t)128 * 1024 * 1024);
    struct zone_document document, again;
    struct zone_wish wish;
    struct zone_edit edit, none;
    struct dns_name origin;
    if (arena == NULL || !dns_name_from_asked(SCEAU_SLICE("example.test"), &origin) ||
        !wish_read(arena, wanted, &wish)) {
        sceau_arena_free(arena);
        return 0;
    }
    if (zone_document_read(arena, SCEAU_SLICE("z"), text, &origin, NULL, &document) ==
            SCEAU_OK &&
        zone_edit_make(arena, &document, &origin, NULL, &wish, &edit) == SCEAU_OK) {
        CHECK(document.error_count == 0);
        check_splices(text, &edit);
        if (zone_document_read(arena, SCEAU_SLICE("z"), edit.text, &origin, NULL,
                               &again) == SCEAU_OK) {
            CHECK(again.error_count == 0);
            enum sceau_status status =
                zone_edit_make(arena, &again, &origin, NULL, &wish, &none);
            CHECK(status == SCEAU_E_LIMIT ||
                  (status == SCEAU_OK && none.splice_count == 0));
        }
        struct sceau_slice diff =
            zone_diff(arena, text, edit.splices, edit.splice_count);
        CHECK(diff.ptr == NULL || (diff.len == 0) == (edit.splice_count == 0));
    }
    sceau_arena_free(arena);
    return 0;
}
