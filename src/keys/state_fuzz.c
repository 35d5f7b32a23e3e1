/* Octets as a state file: what is read keeps its rules, and is written as text that reads
 * back the same. */
#include "keys/state.h"

#include "../../tests/fuzz/check.h"
#include "core/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void
check_keys(const struct keys_domain *d, struct sceau_slice text)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct keys_key *key = &d->keys[i];
        CHECK(keys_is_selector(key->selector) && is_inside(key->selector, text));
        CHECK(slice_find(key->selector, '/') == key->selector.len);
        CHECK(key->selector.ptr[0] != '.');
        CHECK(key->public_key.len > 0 && is_inside(key->public_key, text));
        CHECK(key->created > 0 && key->bits > 0);
        CHECK(keys_find(d, key->selector) == key);
        if (key->state == KEYS_ACTIVE)
            CHECK(keys_in_state(d, KEYS_ACTIVE, key->algorithm) == key);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)1024 * 1024);
    struct sceau_slice text = {(const char *)data, size};
    struct keys_domain first, second;
    struct sceau_diag diag = {0};
    enum sceau_status status = keys_state_parse(arena, text, &first, &diag);
    CHECK(status != SCEAU_E_SYNTAX ||
          (diag.expected != NULL && diag.offset <= text.len));
    if (status == SCEAU_OK) {
        struct text once = text_new(arena, SIZE_MAX), twice = text_new(arena, SIZE_MAX);
        check_keys(&first, text);
        keys_state_format(&once, SCEAU_SLICE("example.org"), &first);
        if (once.len <= KEYS_STATE_FILE_MAX) {
            CHECK(keys_state_parse(arena, text_so_far(&once), &second, &diag) ==
                  SCEAU_OK);
            keys_state_format(&twice, SCEAU_SLICE("example.org"), &second);
            CHECK(slice_eq(text_so_far(&once), text_so_far(&twice)));
        }
    }
    sceau_arena_free(arena);
    return 0;
}
