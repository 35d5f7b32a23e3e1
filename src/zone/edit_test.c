/* Edits of zones: what comes out, what is refused, and the difference as it is shown. */
#include "edit.h"

#include "../../tests/unit.h"
#include "diff.h"
#include "edit_testing.h"

#define SOA     "@ 60 IN SOA ns h 7 1 1 1 1\n"
#define SOA_NEW "@ 60 IN SOA ns h 8 1 1 1 1\n"

/* An included file. */
static bool
load(struct zone_loader *self, struct sceau_slice name, struct sceau_slice *text,
     const char **problem)
{
    (void)self;
    *problem = NULL;
    if (slice_eq(name, SCEAU_SLICE("mx")))
        *text = SCEAU_SLICE("@ 60 IN MX 10 mail\n");
    else if (slice_eq(name, SCEAU_SLICE("soa")))
        *text = SCEAU_SLICE(SOA);
    else
        *problem = "no such file";
    return *problem == NULL;
}

static struct zone_loader loader = {load};

static enum sceau_status
edit(const char *text, const char *wanted, struct zone_edit *out)
{
    struct zone_document *document = sceau_arena_alloc(unit_arena, sizeof *document);
    struct dns_name origin;
    struct zone_wish wish;
    assert_true(dns_name_from_asked(SCEAU_SLICE("example.test"), &origin));
    assert_true(wish_read(unit_arena, wanted, &wish));
    assert_int_equal(zone_document_read(unit_arena, SCEAU_SLICE("z"),
                                        sceau_slice_from(text), &origin, &loader,
                                        document),
                     SCEAU_OK);
    return zone_edit_make(unit_arena, document, &origin, &loader, &wish, out);
}

/* clang-format off */
static const struct {
    const char *before;
    const char *wish;  /* TTL 1: the zone's */
    const char *after;
    const char *why;
} cases[] = {
    {SOA, "", SOA, "no wish"},
    {SOA "@ 60 MX 10 a\n", "@ 60 MX 10 a", SOA "@ 60 MX 10 a\n", "it is there"},
    {SOA "@ 99 MX 10 A.EXAMPLE.test. ; why\n", "@ 60 MX 10 a", SOA "@ 99 MX 10 A.EXAMPLE.test. ; why\n", "letter case and TTL are no matter"},
    {SOA "@ 60 MX 10 a ; why\n", "@ 60 MX 20 a", SOA_NEW "@ 60 MX 20 a ; why\n", "one field"},
    {SOA "@ 60 MX (10 ; first\n a ) ; second\n", "@ 60 MX 10 b", SOA_NEW "@ 60 MX (10 ; first\n b.example.test. ) ; second\n", "inside parentheses"},
    {SOA "@ 60 TXT \"v=spf1 -all\" ; ours\n@ 60 TXT \"other\"\n", "@ 60 TXT \"v=spf1 mx -all\"", SOA_NEW "@ 60 TXT \"v=spf1 mx -all\" ; ours\n@ 60 TXT \"other\"\n", "a text of others stays"},
    {SOA "@ 60 TXT \"v=spf1 \" \"-all\"\n", "@ 60 TXT \"v=spf1 -all\"", SOA "@ 60 TXT \"v=spf1 \" \"-all\"\n", "how a text is cut is no matter"},
    {SOA "@ 60 TXT \"v=spf1 \" \"-all\" ; x\n", "@ 60 TXT \"v=spf1 mx -all\"", SOA_NEW "@ 60 TXT \"v=spf1 mx -all\" ; x\n", "two strings become one"},
    {SOA "@ 60 TXT ( \"v=spf1 \" ; one\n  \"-all\" ) ; two\n", "@ 60 TXT \"v=spf1 mx -all\"", SOA_NEW "@ 60 TXT ( \"v=spf1 mx -all\" ; one\n   ) ; two\n", "comments between them stay"},
    {SOA "@ 60 SPF \"v=spf1 -all\"\n", "@ 60 SPF x", SOA_NEW, "claimed and not wanted"},
    {SOA "@ 60 A 192.0.2.1\n", "w 60 A 192.0.2.2", SOA_NEW "@ 60 A 192.0.2.1\n\n;------------------------------\n; MX\n;------------------------------\nw               60      IN      A       192.0.2.2\n", "a new name comes at the end, under a heading"},
    {SOA "w 90 A 192.0.2.1\nx A 192.0.2.1\n", "w 60 A 192.0.2.1\nw 60 A 192.0.2.2", SOA_NEW "w 90 A 192.0.2.1\nw               90      IN      A       192.0.2.2\nx A 192.0.2.1\n", "a set has one TTL; behind its like"},
    {SOA "@ 60 MX 10 a\n  60 MX 20 b\n  60 A 192.0.2.1\nw 60 A 192.0.2.1\n", "@ 60 MX 10 a\n@ 60 MX 20 b\n@ 60 MX 30 c", SOA_NEW "@ 60 MX 10 a\n  60 MX 20 b\n  60 A 192.0.2.1\n@               60      IN      MX      30 c.example.test.\nw 60 A 192.0.2.1\n", "not between a name and those that take it over"},
    {SOA "w    60 A 192.0.2.1\n     60 A 192.0.2.2\n     60 TXT x\n", "w 60 A 192.0.2.3\n", SOA_NEW "w    60 A 192.0.2.3\n     60 TXT x\n", "one changes, one goes"},
    {SOA "w    60 SPF x\n     60 TXT y\n", "w 60 SPF x", SOA_NEW "w    60 TXT y\n", "the owner goes with the line: the next says it"},
    {SOA "w    60 SPF x\n\t60 TXT y\n", "w 60 SPF x", SOA_NEW "w\t60 TXT y\n", "a tab in front"},
    {SOA "w 60 SPF x\n$ORIGIN sub.example.test.\n  60 TXT y\n", "w 60 SPF x", SOA_NEW "$ORIGIN sub.example.test.\nw.example.test. 60 TXT y\n", "under another origin"},
    {SOA "w 90 SPF x\nx TXT y\nz TXT q\n", "w 60 SPF x", SOA_NEW "x 90 TXT y\nz TXT q\n", "the TTL goes with the line: the next says it, once"},
    {"$TTL 5\n" SOA "w 90 SPF x\nx TXT y\n", "w 60 SPF x", "$TTL 5\n" SOA_NEW "x TXT y\n", "with $TTL nothing is inherited"},
    {"$TTL 5\n" SOA "a._domainkey 60 TXT a\nx TXT y\n", "b._domainkey 1 TXT b", "$TTL 5\n" SOA_NEW "a._domainkey 60 TXT a\nb._domainkey    IN      TXT     \"b\"\nx TXT y\n", "the zone's TTL"},
    {SOA "@ 60 MX 10 a", "@ 60 MX 10 a\n@ 60 MX 20 b", SOA_NEW "@ 60 MX 10 a\n@               60      IN      MX      20 b.example.test.\n", "no line end at the end"},
    {"@ 60 IN SOA ns h 7 1 1 1 1\r\n@ 60 MX 10 a\r\n", "@ 60 MX 10 a\n@ 60 MX 20 b", "@ 60 IN SOA ns h 8 1 1 1 1\r\n@ 60 MX 10 a\r\n@               60      IN      MX      20 b.example.test.\r\n", "CR LF as the file has it"},
    {"$ORIGIN test.\nexample 60 SOA ns.example h 7 1 1 1 1\nw.example 60 A 192.0.2.1\n", "x 60 A 192.0.2.2", "$ORIGIN test.\nexample 60 SOA ns.example h 8 1 1 1 1\nw.example 60 A 192.0.2.1\n\n;------------------------------\n; MX\n;------------------------------\nx.example.test. 60      IN      A       192.0.2.2\n", "whole names where the origin may be another"},
    {"@ 60 IN SOA ns h (\n  2026112805 ; serial\n  1 1 1 1 )\n@ 60 MX 10 a\n", "@ 60 MX 10 b", "@ 60 IN SOA ns h (\n  2026112806 ; serial\n  1 1 1 1 )\n@ 60 MX 10 b.example.test.\n", "the second of a day"},
    {"@ 60 IN SOA ns h 2023112701 1 1 1 1\n@ 60 MX 10 a\n", "@ 60 MX 10 b", "@ 60 IN SOA ns h 2026112801 1 1 1 1\n@ 60 MX 10 b.example.test.\n", "the first of a day"},
    {SOA "imap 60 A 192.0.2.1\n", "imap 60 A 192.0.2.1", SOA "imap 60 A 192.0.2.1\n", "nothing to do"},
    {SOA "$INCLUDE mx\n", "@ 60 MX 10 mail", SOA "$INCLUDE mx\n", "an included file has it"},
    {SOA "$INCLUDE mx\n  90 A 192.0.2.1\n", "@ 60 MX 10 mail\n@ 60 A 192.0.2.1", SOA "$INCLUDE mx\n  90 A 192.0.2.1\n", "owners go on behind an included file"},
    {SOA "w 60 A 192.0.2.1\n$INCLUDE mx\n  90 A 192.0.2.2\n", "w 60 A 192.0.2.1\nw 60 A 192.0.2.2\nw 60 A 192.0.2.3", SOA_NEW "w 60 A 192.0.2.1\n$INCLUDE mx\n  90 A 192.0.2.2\nw               60      IN      A       192.0.2.3\n", "and a new line goes behind those"},
    {"\xef\xbb\xbf", "", NULL, "no SOA at all"},
};

static const struct {
    const char *text;
    const char *wish;
    size_t line, column;
    const char *why;
} refused[] = {
    {SOA "@ 60 MX ten a\n", "@ 60 MX 10 a", 2, 9, "a syntax error"},
    {"@ 60 MX 10 a\n", "@ 60 MX 10 b", 1, 1, "no SOA"},
    {SOA "@ 60 MX 10 a\n@ 60 TYPE46 \\# 1 00\n", "@ 60 MX 10 b", 3, 1, "a signed zone"},
    {SOA "$INCLUDE mx\n", "@ 60 MX 20 mail", 1, 1, "what has to change is included"},
    {"$INCLUDE soa\n@ 60 MX 10 a\n", "@ 60 MX 10 b", 1, 1, "the SOA is included"},
    {SOA "$GENERATE 1-2 w$ 60 A 192.0.2.$\n", "w1 60 A 192.0.2.9", 2, 1, "what has to change is generated"},
    {SOA "@ 60 NS ns\nsub 60 NS ns.other.test.\n", "_dmarc.sub 60 TXT \"v=DMARC1\"", 3, 1, "below a delegation"},
    {SOA "w 60 CNAME x\n", "w 60 MX 10 a", 2, 1, "beside an alias"},
    {SOA "w 60 MX 10 a\n", "w 60 CNAME x", 2, 1, "an alias beside others"},
    {"update add example.test 60 A 192.0.2.1\n", "@ 60 MX 10 a", 1, 1, "a script"},
};
/* clang-format on */

static void
test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct zone_edit out, again;
        enum sceau_status status = edit(cases[i].before, cases[i].wish, &out);
        if (cases[i].after == NULL) {
            assert_int_equal(status, SCEAU_E_SYNTAX);
            continue;
        }
        if (status != SCEAU_OK)
            fprintf(stderr, "%s: %zu:%zu %s\n", cases[i].why, out.line, out.column,
                    out.problem);
        assert_int_equal(status, SCEAU_OK);
        assert_slice(out.text, cases[i].after);
        struct text copy = text_new(unit_arena, SIZE_MAX);
        text_slice(&copy, out.text);
        assert_int_equal(edit(text_done(&copy).ptr, cases[i].wish, &again), SCEAU_OK);
        assert_int_equal(again.splice_count, 0);
        sceau_arena_clear(unit_arena);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        UNIT_CASE(refused[i].why);
        struct zone_edit out;
        assert_int_equal(edit(refused[i].text, refused[i].wish, &out), SCEAU_E_SYNTAX);
        assert_non_null(out.problem);
        assert_int_equal(out.line, refused[i].line);
        assert_int_equal(out.column, refused[i].column);
        assert_slice(out.text, refused[i].text);
        assert_int_equal(out.splice_count, 0);
        sceau_arena_clear(unit_arena);
    }
}

static const struct {
    uint32_t serial, next;
    const char *why;
} serials[] = {
    {0,          1,          "a counter"                        },
    {2023112701, 2026112801, "a date"                           },
    {2026112801, 2026112802, "again today"                      },
    {2026112899, 2026112900, "a hundred times a day"            },
    {2026113001, 2026113002, "a date that is to come"           },
    {2023133101, 2023133102, "no date"                          },
    {1700000000, 1700000001, "seconds since the epoch"          },
    {4294967295, 1,          "around the circle, 0 left out"    },
    {1980010100, 2026112801, "long ago, and still within 2^31-1"},
};

static void
test_serials(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof serials / sizeof *serials; i++) {
        UNIT_CASE(serials[i].why);
        uint32_t next = zone_serial_after(serials[i].serial, 20261128);
        assert_int_equal(next, serials[i].next);
        assert_true(next - serials[i].serial < UINT32_C(0x80000000));
    }
}

/* clang-format off */
static const struct {
    const char *before, *wish, *diff;
    const char *why;
} diffs[] = {
    {SOA "@ 60 MX 10 a\n", "@ 60 MX 10 a", "", "none"},
    {SOA "@ 60 MX 10 a\n", "@ 60 MX 20 a",
     "@@ -1,2 +1,2 @@\n-" SOA "-@ 60 MX 10 a\n+" SOA_NEW "+@ 60 MX 20 a\n", "neighbours"},
    {SOA ";1\n;2\n;3\n;4\n;5\n;6\n;7\n@ 60 MX 10 a\n;8\n", "@ 60 MX 20 a",
     "@@ -1,4 +1,4 @@\n-" SOA "+" SOA_NEW " ;1\n ;2\n ;3\n@@ -6,5 +6,5 @@\n ;5\n ;6\n ;7\n-@ 60 MX 10 a\n+@ 60 MX 20 a\n ;8\n", "two hunks"},
    {SOA ";1\n;2\n;3\n;4\n;5\n;6\n@ 60 MX 10 a\n", "@ 60 MX 20 a",
     "@@ -1,8 +1,8 @@\n-" SOA "+" SOA_NEW " ;1\n ;2\n ;3\n ;4\n ;5\n ;6\n-@ 60 MX 10 a\n+@ 60 MX 20 a\n", "hunks that meet"},
    {SOA "@ 60 SPF x\n;1\n;2\n;3\n;4\n;5\n;6\n;7\n@ 60 MX 10 a", "@ 60 SPF x\n@ 60 MX 10 a\n@ 60 MX 20 b",
     "@@ -1,5 +1,4 @@\n-" SOA "-@ 60 SPF x\n+" SOA_NEW " ;1\n ;2\n ;3\n"
     "@@ -7,4 +6,5 @@\n ;5\n ;6\n ;7\n-@ 60 MX 10 a\n\\ No newline at end of file\n+@ 60 MX 10 a\n+@               60      IN      MX      20 b.example.test.\n",
     "a line goes, one comes behind an open end"},
};
/* clang-format on */

static void
test_diffs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof diffs / sizeof *diffs; i++) {
        UNIT_CASE(diffs[i].why);
        struct zone_edit out;
        assert_int_equal(edit(diffs[i].before, diffs[i].wish, &out), SCEAU_OK);
        assert_slice(zone_diff(unit_arena, sceau_slice_from(diffs[i].before),
                               out.splices, out.splice_count),
                     diffs[i].diff);
        sceau_arena_clear(unit_arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_serials),
        cmocka_unit_test(test_diffs),
    };
    return cmocka_run_group_tests_name("zone/edit", tests, unit_arena_up,
                                       unit_arena_down);
}
