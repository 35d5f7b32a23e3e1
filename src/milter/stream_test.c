/* The same commands, wherever the reads end. */
#include "stream.h"

#include "sceau/message.h"

#include "../../tests/unit.h"
#include "core/text.h"
#include "mta.h"

/* What a stream was cut into, as text: "H:mx M:… B:… E:". Parts of a body are joined. */
static struct sceau_slice
cut(struct sceau_slice octets, size_t step, const char **error)
{
    struct milter_stream stream = {0};
    struct text told = text_new(unit_arena, SIZE_MAX);
    bool is_open = false;
    enum milter_cut result = MILTER_CUT_NOTHING;
    *error = NULL;
    while (octets.len > 0 && result != MILTER_CUT_BROKEN) {
        size_t len = octets.len < step ? octets.len : step;
        struct sceau_slice chunk = unit_copy(slice_sub(octets, 0, len));
        struct sceau_slice rest = chunk;
        struct milter_piece piece;
        octets = slice_skip(octets, len);
        while ((result = milter_stream_next(&stream, &rest, &piece, error)) ==
               MILTER_CUT_COMMAND) {
            if (!is_open)
                text_format(&told, "%c:", (char)piece.code);
            text_slice(&told, piece.data);
            if (piece.is_last)
                text_octet(&told, '|');
            is_open = !piece.is_last;
        }
        unit_free(chunk);
    }
    milter_stream_clear(&stream);
    return text_done(&told);
}

static struct sceau_slice
conversation(void)
{
    struct text out = text_new(unit_arena, SIZE_MAX);
    const struct milter_negotiation n = {6, 0x1ff, 0x1fffff};
    const struct sceau_slice helo = SCEAU_SLICE("mx.example.com");
    const struct sceau_slice mail[] = {SCEAU_SLICE("<a@example.com>"),
                                       SCEAU_SLICE("SIZE=10")};
    mta_negotiate(&out, &n);
    mta_connect(&out, helo, SCEAU_SLICE("192.0.2.1"), 25);
    mta_strings(&out, MILTER_HELO, &helo, 1);
    mta_strings(&out, MILTER_MAIL, mail, 2);
    mta_plain(&out, MILTER_DATA);
    mta_header(&out, SCEAU_SLICE("From"), SCEAU_SLICE(" a@example.com"));
    mta_plain(&out, MILTER_END_HEADER);
    mta_data(&out, MILTER_BODY, SCEAU_SLICE("one two three\r\n"));
    mta_data(&out, MILTER_BODY, SLICE_NONE);
    mta_data(&out, MILTER_END, SCEAU_SLICE("the last words"));
    mta_plain(&out, MILTER_END);
    mta_plain(&out, MILTER_QUIT);
    return text_done(&out);
}

static void
cuts_anywhere(void **state)
{
    (void)state;
    struct sceau_slice octets = conversation();
    const char *error;
    struct sceau_slice whole = cut(octets, octets.len, &error);
    assert_null(error);
    assert_true(slice_ends_ci(whole, SCEAU_SLICE("N:|B:one two three\r\n|B:|"
                                                 "E:the last words|E:|Q:|")));
    for (size_t step = 1; step < octets.len; step++) {
        struct sceau_slice got = cut(octets, step, &error);
        assert_null(error);
        assert_true(slice_eq(got, whole));
    }
}

/* More than a field may have: it ends behind the limit, so that the header breaks it. */
static void
cuts_large_fields(void **state)
{
    (void)state;
    size_t len = SCEAU_FIELD_MAX * 2;
    char *value = malloc(len);
    memset(value, 'x', len);
    struct text out = text_new(unit_arena, SIZE_MAX);
    mta_header(&out, SCEAU_SLICE("Subject"), (struct sceau_slice){value, len});
    mta_plain(&out, MILTER_END_HEADER);
    struct sceau_slice octets = text_done(&out);
    for (size_t step = 4000; step <= octets.len + 4000; step += 40000) {
        struct milter_stream stream = {0};
        struct sceau_slice rest = octets, name, kept = {0};
        struct milter_piece piece;
        const char *error = NULL;
        size_t commands = 0;
        while (rest.len > 0) {
            struct sceau_slice chunk =
                slice_sub(rest, 0, rest.len < step ? rest.len : step);
            rest = slice_skip(rest, chunk.len);
            while (milter_stream_next(&stream, &chunk, &piece, &error) ==
                   MILTER_CUT_COMMAND) {
                if (commands++ == 0)
                    assert_true(milter_header_parse(piece.data, &name, &kept));
                if (commands == 1)
                    assert_true(kept.len > SCEAU_FIELD_MAX && kept.len < len);
            }
        }
        assert_int_equal(commands, 2);
        assert_null(error);
        milter_stream_clear(&stream);
    }
    free(value);
}

static const struct {
    const char *why;
    const char *head; /* MILTER_HEAD octets */
    size_t data_len;  /* of the octets that follow */
} broken[] = {
    {"no milter",                          "EHLO ",         40    },
    {"a command with data it cannot have", "\0\0\0\2A",     1     },
    {"length zero",                        "\0\0\0\0Q",     0     },
    {"an unknown command",                 "\0\0\0\1q",     0     },
    {"a HELO longer than any SMTP line",   "\0\0\x4e\x21H", 20000 },
    {"macros without end",                 "\0\2\0\1D",     131072},
};

static void
refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        const char *error;
        struct text octets = text_new(unit_arena, SIZE_MAX);
        UNIT_CASE(broken[i].why);
        text_slice(&octets, (struct sceau_slice){broken[i].head, MILTER_HEAD});
        for (size_t k = 0; k < broken[i].data_len; k++)
            text_octet(&octets, 'x');
        assert_int_equal(cut(text_done(&octets), 1000, &error).len, 0);
        assert_non_null(error);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_anywhere),
        cmocka_unit_test(cuts_large_fields),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("milter/stream", tests, unit_arena_up,
                                       unit_arena_down);
}
