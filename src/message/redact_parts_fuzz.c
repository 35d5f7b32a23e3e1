/* A message of any octets: what is told of its body is seven-bit, within its limit, and read as
 * another reader would no local part stands before an "@". */
#include "redact_parts.h"

#include "../../tests/fuzz/check.h"
#include "core/quoted_printable.h"

#define MEMORY ((size_t)64 * 1024 * 1024)
#define MAX    ((size_t)8 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[REDACT_KEY] = {7};

/* Each "@" behind a word is behind a hash. */
static void
check_hidden(struct sceau_slice text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] != '@' || strchr(" \t\r\n<>(),;\"[]:@=?\\", text.ptr[i - 1]))
            continue;
        CHECK(i >= REDACT_HASH);
        for (size_t k = 1; k <= REDACT_HASH; k++)
            CHECK(strchr("0123456789abcdef", text.ptr[i - k]) != NULL);
    }
}

/* Where lines of quoted-printable go on in the next. */
static struct sceau_slice
joined(struct sceau_arena *arena, struct sceau_slice text)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_reserve(&t, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        if (slice_starts_ci(slice_skip(text, i), SCEAU_SLICE("=\r\n")))
            i += 2;
        else
            text_octet(&t, text.ptr[i]);
    }
    return text_done(&t);
}

static void
check_told(struct sceau_arena *arena, const struct redacted_body *told)
{
    struct sceau_slice line, text = told->text, rest = text;
    CHECK(text.len <= MAX && slice_is_ascii(text));
    while (rest.len > 0 && slice_next(&rest, '\n', &line))
        CHECK(line.len <= 998 && (rest.ptr == NULL || line.ptr[line.len - 1] == '\r'));
    check_hidden(joined(arena, text));
    if (slice_eq(told->encoding, SCEAU_SLICE("quoted-printable")))
        check_hidden(quoted_printable_decoded(arena, text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(MEMORY);
    const struct redaction redaction = {.level = REDACT_ADDRESSES, .key = key};
    struct sceau_message_reader reader;
    struct sceau_slice body, rest;
    struct redacted_body told;
    sceau_message_reader_init(&reader, arena);
    sceau_message_reader_feed(&reader, (struct sceau_slice){(const char *)data, size},
                              &body);
    sceau_message_reader_end(&reader, &rest);
    CHECK(redact_parts(arena, &redaction, &reader.header, body, MAX, &told));
    CHECK(told.told + told.withheld <= REDACT_PARTS + 1);
    if (told.text.ptr != NULL)
        check_told(arena, &told);
    sceau_arena_free(arena);
    return 0;
}
