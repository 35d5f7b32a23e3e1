/* What a letter says, in both languages, and that nothing of others becomes markup, a
 * header field or a control character. */
#include "letter.h"

#include "../../tests/unit.h"
#include "core/base64.h"

#define HOSTILE \
 "<script>alert(1)</script>\r\nBcc: x@evil.test\x1b[31m \xff \" & ' \xe2\x80\xae"

#define WHAT "example.org: 212 of 212 messages from web1 failed"
#define REMEDY                                                                       \
 "Add a signing rule, or make aspf relaxed in the DMARC record, for the SPF domain " \
 "is another one."
#define EVIDENCE "/d/example.org/sources?days=7"

static const struct letter_item items[] = {
    {.id = {"0123456789abcdef", 16},
     .rule = "starts",
     .severity = ANALYSIS_PROBLEM,
     .first = 100,
     .domain = {"example.org", 11},
     .what = {WHAT, sizeof WHAT - 1},
     .remedy = {REMEDY, sizeof REMEDY - 1},
     .evidence = {EVIDENCE, sizeof EVIDENCE - 1},
     .is_new = true},
    {.id = {"hostile", 7},
     .rule = "new",
     .severity = ANALYSIS_WARNING,
     .domain = {HOSTILE, sizeof HOSTILE - 1},
     .what = {HOSTILE, sizeof HOSTILE - 1},
     .remedy = {HOSTILE, sizeof HOSTILE - 1},
     .evidence = {"/\"><script>", 11}},
};
static const struct insight_domain_line lines[] = {
    {.domain = {"example.org", 11},
     .messages = 1234567,
     .compliant = 1200000,
     .compliance = 972,
     .reporters_heard = 4},
    {.domain = {HOSTILE, sizeof HOSTILE - 1},             .compliance = -1},
};

static struct letter
letter(enum letter_kind kind, enum language language)
{
    return (struct letter){.kind = kind,
                           .language = language,
                           .time = INT64_C(1795932000),
                           .from_day = 20779,
                           .to_day = 20785,
                           .url = SCEAU_SLICE("https://mail.example.org/sceau"),
                           .items = items,
                           .item_count = 2,
                           .lines = lines,
                           .line_count = 2};
}

static bool
holds(struct sceau_slice text, const char *part)
{
    return text.ptr != NULL && text.len > 0 &&
           memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void
assert_printable(struct sceau_slice text)
{
    assert_true(slice_is_utf8(text));
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\n')
            fail_msg("octet %02x at %zu: %.60s", (unsigned)text.ptr[i], i,
                     text.ptr + (i > 30 ? i - 30 : 0));
    assert_false(holds(text, "\x1b"));
    assert_false(holds(text, "\xe2\x80\xae")); /* turns the line around */
}

static void
writes_text(void **state)
{
    struct letter l = letter(LETTER_WEEKLY, LANGUAGE_EN);
    struct sceau_slice text = letter_text(unit_arena, &l);
    (void)state;
    assert_printable(text);
    assert_true(holds(
        text,
        "New, or worse\n-------------\n* [problem] example.org: 212 of 212 messages from web1 failed\n"));
    assert_true(holds(text, "  > Add a signing rule"));
    assert_true(
        holds(text,
              "\n  https://mail.example.org/sceau/d/example.org/sources?days=7\n"));
    assert_true(holds(text, "Still so\n--------\n* [warning] "));
    assert_true(holds(text, "What was reported, 2026-11-22 to 2026-11-28 (UTC)"));
    assert_true(holds(text, "example.org                                1,234,567"));
    assert_false(holds(text, "left out"));
    l.left_out = 1;
    assert_true(holds(letter_text(unit_arena, &l),
                      "1 finding is left out, of kinds that alert.without names"));
    /* nothing hostile begins a line */
    assert_false(holds(text, "\nBcc:"));
    l.item_count = 0;
    assert_true(holds(letter_text(unit_arena, &l), "Nothing needs a look."));
}

static void
keeps_lines_short(void **state)
{
    struct letter l = letter(LETTER_WEEKLY, LANGUAGE_FR);
    struct sceau_slice text = letter_text(unit_arena, &l), line;
    (void)state;
    assert_true(holds(text, "problème"));
    while (text.len > 0 && slice_next(&text, '\n', &line))
        if (language_columns(line) > 76 && !holds(line, "https://") &&
            !holds(line, "evil"))
            fail_msg("%.*s", SLICE_ARG(line));
}

static void
writes_html(void **state)
{
    for (enum language language = LANGUAGE_EN; language <= LANGUAGE_FR; language++) {
        struct letter l = letter(LETTER_DAILY, language);
        struct sceau_slice html = letter_html(unit_arena, &l);
        assert_printable(html);
        assert_false(holds(html, "<script"));
        assert_true(holds(html, "&lt;script&gt;"));
        assert_true(holds(
            html,
            "href=\"https://mail.example.org/sceau/d/example.org/sources?days=7\""));
        assert_false(holds(html, "src="));
        assert_false(holds(html, "<link"));
    }
    (void)state;
}

static void
writes_json(void **state)
{
    struct letter l = letter(LETTER_ALERT, LANGUAGE_EN);
    struct sceau_slice json = letter_json(unit_arena, &l);
    (void)state;
    assert_true(slice_is_utf8(json));
    for (size_t i = 0; i < json.len; i++)
        assert_true((unsigned char)json.ptr[i] >= ' ');
    assert_true(holds(
        json,
        "{\"kind\":\"alert\",\"time\":1795932000,\"subject\":\"sceau: example.org: 212 of 212"));
    assert_true(holds(
        json,
        "\"id\":\"0123456789abcdef\",\"rule\":\"starts\",\"severity\":\"problem\",\"new\":true,\"domain\":\"example.org\""));
    assert_true(holds(
        json,
        "\"evidence\":\"https://mail.example.org/sceau/d/example.org/sources?days=7\""));
    assert_true(holds(json, "\\u001b[31m"));
}

/* The header of a mail: each field once, nothing of others adds one. */
static void
writes_mail(void **state)
{
    static const char *const to[] = {"a@example.org", "b@example.net"};
    struct letter_item first = items[1];
    struct letter l = letter(LETTER_DAILY, LANGUAGE_FR);
    first.is_new = true;
    l.items = &first;
    l.item_count = 1;
    struct sceau_slice mail =
                           letter_mail(unit_arena, &l, "sceau@mail.example.org", to, 2),
                       again, line, rest = mail;
    (void)state;
    assert_non_null(mail.ptr);
    size_t fields = 0;
    while (slice_next(&rest, '\n', &line) && line.len > 1) {
        assert_int_equal(line.ptr[line.len - 1], '\r');
        assert_true(line.len <= 78);
        assert_true(slice_is_ascii(line));
        fields += line.ptr[0] != ' ';
        assert_false(slice_starts_ci(line, SCEAU_SLICE("Bcc")));
    }
    assert_int_equal(fields, 8);
    assert_true(
        holds(mail, "To: <a@example.org>,\r\n <b@example.net>\r\nSubject: =?UTF-8?B?"));
    assert_true(holds(mail, "\r\nDate: Sun, 29 Nov 2026 06:00:00 +0000\r\n"));
    assert_true(holds(mail, "Auto-Submitted: auto-generated"));
    for (size_t i = 0; i + 1 < mail.len; i++)
        assert_true(mail.ptr[i] != '\r' || mail.ptr[i + 1] == '\n');
    again = letter_mail(unit_arena, &l, "sceau@mail.example.org", to, 2);
    assert_true(slice_eq(mail, again));
}

static void
subjects(void **state)
{
    static const struct {
        enum letter_kind kind;
        enum language language;
        unsigned fresh; /* of its two items, those that are new */
        const char *subject;
    } rows[] = {
        {LETTER_ALERT,  LANGUAGE_EN, 1,
         "sceau: example.org: 212 of 212 messages from web1 failed"                             },
        {LETTER_DAILY,  LANGUAGE_EN, 2,
         "sceau: 2 things need a look, first: example.org: 212 of 212 messages from web1 failed"},
        {LETTER_DAILY,  LANGUAGE_EN, 0, "sceau: 2026-11-28: nothing new"                        },
        {LETTER_WEEKLY, LANGUAGE_EN, 1, "sceau: the week until 2026-11-28: 1 new"               },
        {LETTER_WEEKLY, LANGUAGE_FR, 1,
         "sceau\u00a0: la semaine jusqu’au 2026-11-28\u00a0: 1 nouveau"                       },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct letter_item both[] = {items[0], items[rows[i].fresh > 1 ? 0 : 1]};
        struct letter l = letter(rows[i].kind, rows[i].language);
        both[0].is_new = rows[i].fresh > 0;
        l.items = both;
        assert_slice(letter_subject(unit_arena, &l), rows[i].subject);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_text), cmocka_unit_test(keeps_lines_short),
        cmocka_unit_test(writes_html), cmocka_unit_test(writes_json),
        cmocka_unit_test(writes_mail), cmocka_unit_test(subjects),
    };
    return cmocka_run_group_tests_name("alert/letter", tests, unit_arena_up,
                                       unit_arena_down);
}
