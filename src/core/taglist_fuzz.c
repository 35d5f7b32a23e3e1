/* Tags lie inside the text, in order, with distinct names; the list written from them reads
 * as the same list. */
#include "taglist.h"

#include "../../tests/fuzz/check.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
lies_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void
check_tags(struct sceau_slice text, const struct taglist *list)
{
    size_t after = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct tag *tag = &list->tags[i];
        CHECK(tag->name.len > 0 && lies_inside(tag->name, text));
        CHECK(lies_inside(tag->value, text));
        CHECK(tag->value_offset >= after && tag->value_offset <= text.len);
        after = tag->value_offset + tag->value_length;
        CHECK(after <= text.len);
        CHECK(taglist_find(list, tag->name) == tag);
    }
    CHECK(taglist_find(list, SCEAU_SLICE("")) == NULL);
}

static void
check_again(struct sceau_arena *arena, const struct taglist *list)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct taglist again;
    for (size_t i = 0; i < list->count; i++) {
        text_slice(&t, list->tags[i].name);
        text_octet(&t, '=');
        text_slice(&t, list->tags[i].value);
        text_octet(&t, ';');
    }
    struct sceau_slice text = text_done(&t);
    CHECK(taglist_parse(arena, text, &again, NULL) == SCEAU_OK);
    CHECK(again.count == list->count);
    for (size_t i = 0; i < list->count; i++) {
        CHECK(slice_eq(again.tags[i].name, list->tags[i].name));
        CHECK(slice_eq(again.tags[i].value, list->tags[i].value));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(8 * size + (size_t)64 * 1024);
    struct sceau_slice text = {(const char *)data, size};
    struct taglist list;
    struct sceau_diag diag = {0};
    switch (taglist_parse(arena, text, &list, &diag)) {
    case SCEAU_OK:
        CHECK(list.count > 0 && list.count <= TAGLIST_TAGS_MAX);
        check_tags(text, &list);
        check_again(arena, &list);
        break;
    case SCEAU_E_SYNTAX: CHECK(diag.offset <= size && diag.expected != NULL); break;
    case SCEAU_E_LIMIT: break;
    case SCEAU_E_SYSTEM: CHECK(false);
    }
    struct sceau_arena *none = sceau_arena_new(0);
    CHECK(taglist_parse(none, text, &list, NULL) != SCEAU_OK);
    sceau_arena_free(none);
    sceau_arena_free(arena);
    return 0;
}
