/* Octets as each of the texts that are imported: what is found lies inside, and is whole. */
#include "keys/import.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.len > 0 && part.ptr >= whole.ptr &&
           part.ptr + part.len <= whole.ptr + whole.len;
}

static void
check_found(enum sceau_status status, const struct keys_found_list *list,
            struct sceau_slice text, const struct sceau_diag *diag)
{
    CHECK(status != SCEAU_E_SYNTAX ||
          (diag->expected != NULL && diag->offset <= text.len));
    for (size_t i = 0; status == SCEAU_OK && i < list->count; i++) {
        CHECK(is_inside(list->items[i].domain, text));
        CHECK(is_inside(list->items[i].selector, text));
        CHECK(is_inside(list->items[i].key, text));
        CHECK(list->items[i].line > 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)16 * 1024 * 1024);
    struct sceau_slice text = {(const char *)data, size};
    struct keys_found_list found;
    struct keys_signing_list rows;
    struct sceau_diag diag = {0};
    keys_text_kind(text);
    enum sceau_status status = keys_import_blocks(arena, text, &found, &diag);
    check_found(status, &found, text, &diag);
    status = keys_import_table(arena, text, &found, &diag);
    check_found(status, &found, text, &diag);
    status = keys_import_signing(arena, text, &rows, &diag);
    for (size_t i = 0; status == SCEAU_OK && i < rows.count; i++) {
        CHECK(is_inside(rows.items[i].pattern, text));
        CHECK(is_inside(rows.items[i].name, text));
        CHECK(rows.items[i].domain.len <= rows.items[i].pattern.len);
    }
    sceau_arena_free(arena);
    return 0;
}
