/* Rows of a report as octets, and back. */
#include "report_rows.h"

#include "../../tests/unit.h"

#include <limits.h>

#define TEXT(string)           \
 {                             \
  (string), sizeof(string) - 1 \
 }
#define V4                                 \
 {                                         \
  .version = 4, .octets = { 192, 0, 2, 1 } \
 }
#define V6                                      \
 {                                              \
  .version = 6, .octets = { 0x20, 1, [15] = 1 } \
 }

static const struct row {
    struct sceau_slice domain;
    struct report_record record;
    struct analysis_judgement judgement;
    struct sceau_slice
        octets; /* of the row in its place: stores hold them, and so every value
                                * of an enum as it is here */
    const char *why;
} rows[] = {
    {TEXT("a.test"),
     {.ip = V4,
      .source = TEXT("192.0.2.1"),
      .count = 3,
      .disposition = REPORT_DISPOSITION_NONE,
      .dkim = REPORT_ALIGNED_PASS,
      .spf = REPORT_ALIGNED_FAIL,
      .header_from = TEXT("a.test"),
      .envelope_from = TEXT("b.test"),
      .dkim_results = {{.domain = TEXT("a.test"),
                        .selector = TEXT("s1"),
                        .result = REPORT_RESULT_PASS}},
      .dkim_count = 1,
      .spf_results = {{.domain = TEXT("b.test"),
                       .scope = REPORT_SCOPE_MFROM,
                       .result = REPORT_RESULT_SOFTFAIL}},
      .spf_count = 1},
     {.flags = ANALYSIS_FLAG_CONTRADICTS},
     TEXT("\3\x49\1\0\4\xc0\0\2\1\0\x09"
          "192.0.2.1\0\6a.test\3\0\6b.test\1\0\1\2\3\0\2s1\1\x11\4"),
     "the first: each text is told, and the second time it is a number"},
    {TEXT("a.test"),
     {.ip = V4,
      .source = TEXT("192.0.2.1"),
      .count = 3,
      .disposition = REPORT_DISPOSITION_REJECT,
      .dkim = REPORT_ALIGNED_FAIL,
      .spf = REPORT_ALIGNED_FAIL,
      .header_from = TEXT("a.test")},
     {.cause = ANALYSIS_CAUSE_NOTHING},
     TEXT("\3\x54\0\7\4\xc0\0\2\1\2\3\3\1\1\0\0\0"),
     "the same address and author: all of it numbers"                  },
    {TEXT("c.test"),
     {.ip = V6,
      .source = TEXT("2001::1"),
      .count = REPORT_COUNT_MAX,
      .header_from = TEXT("c.test"),
      .reasons = {{REPORT_REASON_OTHER, TEXT("why\nnot\t")},
                  {REPORT_REASON_MAILING_LIST, TEXT("")}},
      .reason_count = 2,
      .spf_results = {{.domain = TEXT(""),
                       .scope = REPORT_SCOPE_HELO,
                       .result = REPORT_RESULT_PERMERROR}},
      .spf_count = 1},
     {.flags = UINT_MAX, .cause = ANALYSIS_CAUSE_DNS},
     TEXT("\x80\xa0\x94\xa5\x8d\x1d\0\xff\xff\xff\xff\x0f\6\x10\x20\1\0\0\0\0\0\0\0\0\0"
          "\0\0\0\0\1\0\7"
          "2001::1\0\6c.test\7\1\1\2\7\0\x08why\nnot\t\4\1\0\1\x22\1"),
     "IPv6, the largest numbers, and a comment of more than a line"    },
    {TEXT("a.test"),
     {.source = TEXT("nowhere")},
     {0},
     TEXT("\0\0\0\0\0\0\7nowhere\3\1\1\1\0\0\0"),
     "no address: its text alone; nothing is told"                     },
    {TEXT("a.test"),
     {.source = TEXT("\xff\0x"), .count = 1},
     {0},
     TEXT("\1\0\0\0\0\0\7\xef\xbf\xbd\xef\xbf\xbdx\3\1\1\1\0\0\0"),
     "no text: mended"                                                 },
    {TEXT("a.test"),
     {.source = TEXT("\xff\0x"), .count = 1},
     {0},
     TEXT("\1\0\0\0\0\0\7\xef\xbf\xbd\xef\xbf\xbdx\3\1\1\1\0\0\0"),
     "again: told again, for it is not what was told before"           },
};
#define ROWS (sizeof rows / sizeof *rows)

static bool
add(struct report_rows_writer *w, const struct row *row)
{
    return report_rows_add(w, row->domain, &row->record, &row->judgement);
}

static struct sceau_slice
written(const struct report_rows_writer *w)
{
    return (struct sceau_slice){w->octets, w->len};
}

static void
write_all(struct report_rows_writer *w)
{
    report_rows_begin(w, SCEAU_SLICE("a.test"));
    for (size_t i = 0; i < ROWS; i++) {
        size_t before = w->len;
        UNIT_CASE(rows[i].why);
        assert_true(add(w, &rows[i]));
        assert_int_equal(w->len - before, rows[i].octets.len);
        assert_memory_equal(w->octets + before, rows[i].octets.ptr, rows[i].octets.len);
    }
}

static void
is_text(struct sceau_slice got, struct sceau_slice wanted)
{
    char mended[64];
    assert_true(3 * wanted.len <= sizeof mended);
    wanted = (struct sceau_slice){mended, slice_mend(wanted, mended)};
    assert_int_equal(got.len, wanted.len);
    assert_true(slice_eq(got, wanted));
}

static void
is_row(const struct reported_row *got, const struct row *wanted)
{
    const struct report_record *g = &got->record, *w = &wanted->record;
    is_text(got->domain, wanted->domain);
    assert_int_equal(got->judgement.flags, wanted->judgement.flags);
    assert_int_equal(got->judgement.cause, wanted->judgement.cause);
    assert_memory_equal(&g->ip, &w->ip, sizeof g->ip);
    is_text(g->source, w->source);
    assert_true(g->count == w->count);
    assert_int_equal(g->disposition, w->disposition);
    assert_int_equal(g->dkim, w->dkim);
    assert_int_equal(g->spf, w->spf);
    is_text(g->header_from, w->header_from);
    is_text(g->envelope_from, w->envelope_from);
    is_text(g->envelope_to, w->envelope_to);
    assert_int_equal(g->reason_count, w->reason_count);
    for (size_t i = 0; i < w->reason_count; i++) {
        assert_int_equal(g->reasons[i].type, w->reasons[i].type);
        is_text(g->reasons[i].comment, w->reasons[i].comment);
    }
    assert_int_equal(g->dkim_count, w->dkim_count);
    for (size_t i = 0; i < w->dkim_count; i++) {
        assert_int_equal(g->dkim_results[i].result, w->dkim_results[i].result);
        is_text(g->dkim_results[i].domain, w->dkim_results[i].domain);
        is_text(g->dkim_results[i].selector, w->dkim_results[i].selector);
    }
    assert_int_equal(g->spf_count, w->spf_count);
    for (size_t i = 0; i < w->spf_count; i++) {
        assert_int_equal(g->spf_results[i].result, w->spf_results[i].result);
        assert_int_equal(g->spf_results[i].scope, w->spf_results[i].scope);
        is_text(g->spf_results[i].domain, w->spf_results[i].domain);
    }
}

static void
there_and_back(void **state)
{
    struct report_rows_writer w = {0};
    struct report_rows_reader r;
    struct reported_row row;
    (void)state;
    for (int times = 0; times < 2; times++) { /* a writer forgets what was before */
        write_all(&w);
        assert_int_equal(w.rows, ROWS);
        assert_true(w.messages == REPORT_COUNT_MAX + 8);
        is_text((struct sceau_slice){w.authors, w.authors_len},
                SCEAU_SLICE("\nc.test\n"));
        report_rows_over(&r, written(&w));
        for (size_t i = 0; i < ROWS; i++) {
            UNIT_CASE(rows[i].why);
            assert_true(report_rows_next(&r, &row));
            is_row(&row, &rows[i]);
        }
        assert_false(report_rows_next(&r, &row));
        assert_false(r.in.is_broken);
    }
    report_rows_clear(&w);
}

/* Rows until there is no room, each with a source of its own: how many, and that none is lost. */
static uint64_t
fill(struct report_rows_writer *w, size_t source, unsigned signatures)
{
    static char name[70000], signers[REPORT_DKIM_MAX][16];
    struct row row = rows[0];
    struct report_rows_reader *r = malloc(sizeof *r);
    struct reported_row *got = malloc(sizeof *got);
    uint64_t n = 0;
    assert_non_null(r);
    assert_non_null(got);
    memset(name, 'x', sizeof name);
    row.record.dkim_count = signatures;
    report_rows_begin(w, SCEAU_SLICE("a.test"));
    do {
        snprintf(name, 16, "%08llu", (unsigned long long)n);
        name[8] = 'x';
        row.record.source = (struct sceau_slice){name, source};
        for (unsigned i = 0; i < signatures; i++) {
            snprintf(signers[i], sizeof *signers, "%04x",
                     (unsigned)n * REPORT_DKIM_MAX + i);
            row.record.dkim_results[i] = (struct report_auth){
                .domain = {signers[i], 4},
                  .selector = TEXT("s")
            };
        }
    } while (add(w, &row) && ++n < 100000);
    assert_int_equal(w->rows, n);
    report_rows_over(r, written(w));
    for (uint64_t i = 0; i < n; i++) {
        snprintf(name, 16, "%08llu", (unsigned long long)i);
        assert_true(report_rows_next(r, got));
        assert_int_equal(got->record.source.len, source);
        assert_memory_equal(got->record.source.ptr, name, 8);
        assert_int_equal(got->record.dkim_count, signatures);
    }
    assert_false(report_rows_next(r, got));
    assert_false(r->in.is_broken);
    free(r);
    free(got);
    return n;
}

static const struct {
    size_t source;
    unsigned signatures;
    uint64_t least, most; /* rows */
    const char *why;
} pieces[] = {
    {9,     1,  200, 300, "short rows: some hundred"                              },
    {600,   1,  5,   13,  "long ones: a few"                                      },
    {9,     40, 15,  20,  "texts that are remembered run out before the octets do"},
    {70000, 0,  1,   1,   "longer than a piece: one of its own"                   },
    {7000,  0,  1,   1,   "does not fit thrice over: one of its own"              },
};

static void
full(void **state)
{
    struct report_rows_writer w = {0};
    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        UNIT_CASE(pieces[i].why);
        assert_in_range(fill(&w, pieces[i].source, pieces[i].signatures),
                        pieces[i].least, pieces[i].most);
        assert_true(w.rows == 1 || w.len <= REPORT_ROWS_OCTETS);
        report_rows_begin(&w, SCEAU_SLICE("a.test"));
        assert_true(w.capacity <= REPORT_ROWS_OCTETS);
    }
    report_rows_clear(&w);
}

/* Cut anywhere: what was whole is told, and then that it is broken. */
static void
cut(void **state)
{
    struct report_rows_writer w = {0};
    struct report_rows_reader r;
    struct reported_row row;
    (void)state;
    write_all(&w);
    for (size_t len = 0; len < w.len; len++) {
        struct sceau_slice copy = unit_copy(slice_sub(written(&w), 0, len));
        size_t ends = 0, told = 0, whole = 0;
        bool is_between = len == 0;
        for (size_t i = 0; i < ROWS; i++) {
            ends += rows[i].octets.len;
            whole += ends <= len;
            is_between = is_between || ends == len;
        }
        report_rows_over(&r, copy);
        while (report_rows_next(&r, &row))
            told++;
        assert_int_equal(told, whole);
        assert_int_equal(r.in.is_broken, !is_between);
        unit_free(copy);
    }
    report_rows_clear(&w);
}

#define BEGIN "\5\0\0\0\0" /* five messages, no address */
static const struct {
    struct sceau_slice octets;
    int rows;
    bool is_broken;
    const char *why;
} strange[] = {
    {TEXT(""),                                                   0, false, "nothing"                     },
    {TEXT("\5\x7f\0\x63\0\1\1\1\1\1\1\x63\1\1\xff\1\1\1\xff\1"), 1, false,
     "values no enum has: not told"                                                                      },
    {TEXT("\5\0\0\0\5abcde\1\1\1\1\1\0\0\0"),                    1, false,
     "an address of five octets: none"                                                                   },
    {TEXT(BEGIN "\2\1\1\1\1\0\0\0"),                             0, true,  "a text that was not told yet"},
    {TEXT(BEGIN "\0\xff\1"
                "ab"),
     0,                                                             true,  "a text beyond the end"       },
    {TEXT(BEGIN "\1\1\1\1\1\x11"),                               0, true,  "seventeen reasons"           },
    {TEXT(BEGIN "\1\1\1\1\1\0\x65"),                             0, true,  "a hundred and one signatures"},
    {TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),     0, true,
     "a number that never ends"                                                                          },
};

static void
strangers(void **state)
{
    struct report_rows_reader r;
    struct reported_row row;
    (void)state;
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        struct sceau_slice copy = unit_copy(strange[i].octets);
        int told = 0;
        UNIT_CASE(strange[i].why);
        report_rows_over(&r, copy);
        while (report_rows_next(&r, &row)) {
            assert_in_range(row.record.dkim, 0, REPORT_ALIGNED_FAIL);
            assert_in_range(row.record.disposition, 0, REPORT_DISPOSITIONS - 1);
            assert_in_range(row.judgement.cause, 0, ANALYSIS_CAUSES - 1);
            assert_int_equal(row.record.count, 5);
            told++;
        }
        assert_int_equal(told, strange[i].rows);
        assert_int_equal(r.in.is_broken, strange[i].is_broken);
        unit_free(copy);
    }
}

/* More texts than are remembered: nobody wrote that. */
static void
too_many_texts(void **state)
{
    static char octets[REPORT_ROWS_TEXTS * 16];
    struct report_rows_reader r;
    struct reported_row row;
    size_t len = 0, told = 0;
    (void)state;
    for (int i = 0; i < REPORT_ROWS_TEXTS; i++) {
        static const char one[] = BEGIN "\0\1x\1\1\1\1\0\0\0";
        memcpy(octets + len, one, sizeof one - 1);
        len += sizeof one - 1;
    }
    report_rows_over(&r, (struct sceau_slice){octets, len});
    while (report_rows_next(&r, &row))
        told++;
    assert_int_equal(told, REPORT_ROWS_TEXTS - 1);
    assert_true(r.in.is_broken);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(full),
        cmocka_unit_test(cut),
        cmocka_unit_test(strangers),
        cmocka_unit_test(too_many_texts),
    };
    return cmocka_run_group_tests_name("store/report_rows", tests, NULL, NULL);
}
