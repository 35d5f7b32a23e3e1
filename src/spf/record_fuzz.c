/* Any octets are a record: refused with an offset inside, or terms that lie in it in
 * order and each of which is a record of one term by itself. */
#include "record.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.len == 0 ||
           (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* "v=spf1 TERM" is read as the term was. */
static void
check_alone(struct sceau_arena *arena, const struct spf_term *term)
{
    size_t len = 7 + term->text.len;
    char *text = malloc(len);
    const struct spf_record *record = NULL;
    assert(text != NULL);
    memcpy(text, "v=spf1 ", 7);
    memcpy(text + 7, term->text.ptr, term->text.len);
    enum sceau_status status =
        spf_record_parse(arena, (struct sceau_slice){text, len}, &record, NULL);
    assert(status == SCEAU_OK && record->count == 1);
    const struct spf_term *again = record->terms;
    assert(again->kind == term->kind && again->qualifier == term->qualifier);
    assert(slice_eq(again->argument, term->argument));
    assert(again->ip4_prefix == term->ip4_prefix && term->ip4_prefix <= 32);
    assert(again->ip6_prefix == term->ip6_prefix && term->ip6_prefix <= 128);
    free(text);
}

static void
check_terms(struct sceau_arena *arena, const struct spf_record *record)
{
    const char *end = record->text.ptr + 6;
    size_t once[SPF_UNKNOWN_MODIFIER + 1] = {0};
    for (size_t i = 0; i < record->count; i++) {
        const struct spf_term *term = &record->terms[i];
        assert(is_inside(term->text, record->text) && term->text.ptr > end);
        assert(is_inside(term->argument, term->text));
        assert(slice_find(term->text, ' ') == term->text.len);
        end = term->text.ptr + term->text.len;
        once[term->kind]++;
        if (i < 64)
            check_alone(arena, term);
    }
    assert(once[SPF_REDIRECT] == (record->redirect != NULL));
    assert(once[SPF_EXP] == (record->exp != NULL));
    assert((once[SPF_ALL] > 0) == (record->all != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    const struct spf_record *record = NULL;
    struct sceau_diag diag = {0};
    assert(arena != NULL);
    enum sceau_status status = spf_record_parse(arena, text, &record, &diag);
    if (status == SCEAU_OK)
        check_terms(arena, record);
    else
        assert(status == SCEAU_E_SYNTAX && diag.offset <= size &&
               diag.expected != NULL);
    sceau_arena_free(arena);
    return 0;
}
