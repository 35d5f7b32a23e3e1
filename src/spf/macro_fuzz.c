/* The first line is what the envelope says (it fills every macro), the rest is a
 * domain-spec and an explanation. What is accepted expands; a name fits, an explanation
 * is printable. */
#include "macro.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spf_macro_values
values_of(struct sceau_slice s)
{
    struct spf_macro_values values = {
        .sender = s,
        .local_part = s,
        .sender_domain = s,
        .domain = s,
        .ip = {.version = s.len % 2 ? 4 : 6, .octets = {192, 0, 2, 3}},
        .validated_name = s,
        .helo = s,
        .receiver = s,
        .now = INT64_MIN,
    };
    return values;
}

/* Without macros the name is the text, but for its final dot and what does not fit. */
static void
check_literal(struct sceau_slice spec, struct sceau_slice name)
{
    if (slice_find(spec, '%') < spec.len)
        return;
    if (spec.len > 0 && spec.ptr[spec.len - 1] == '.')
        spec.len--;
    assert(slice_ends_ci(spec, name));
    assert(name.len == spec.len || name.len == 0 ||
           spec.ptr[spec.len - name.len - 1] == '.');
    assert(spec.len > SCEAU_SPF_MACRO_MAX || name.len == spec.len);
}

static void
check_domain_spec(struct sceau_arena *arena, struct sceau_slice text,
                  const struct spf_macro_values *values)
{
    struct cursor c = cursor_over(text), again = cursor_over(text);
    spf_domain_spec_parse(&c);
    spf_macro_string_parse(&again);
    if (!cursor_ok(&c)) {
        assert(c.pos <= text.len);
        return;
    }
    assert(cursor_at_end(&c) && cursor_at_end(&again));
    struct sceau_slice name = spf_domain_spec_expand(arena, text, values);
    assert(name.ptr != NULL && name.len <= SCEAU_SPF_MACRO_MAX);
    for (size_t i = 0; i < name.len; i++)
        assert((unsigned char)name.ptr[i] < 0x80);
    check_literal(text, name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size}, line;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    assert(arena != NULL);
    if (slice_next(&text, '\n', &line)) {
        struct spf_macro_values values = values_of(line);
        if (text.ptr == NULL)
            text = line;
        check_domain_spec(arena, text, &values);
        struct sceau_slice said = spf_explanation_expand(arena, text, &values);
        assert(said.len <= SPF_EXPLANATION_MAX);
        for (size_t i = 0; i < said.len; i++)
            assert(said.ptr[i] >= ' ' && said.ptr[i] <= '~');
    }
    sceau_arena_free(arena);
    return 0;
}
