/* One table in all its forms. */
#include "table.h"

#include "../../tests/unit.h"

static const struct table_column columns[] = {
    {"name",   TABLE_TEXT,   "name",  8 },
    {"class",  TABLE_WORD,   "class", 6 },
    {"count",  TABLE_NUMBER, "count", 9 },
    {"share",  TABLE_SHARE,  "share", 7 },
    {"day",    TABLE_DAY,    "day",   10},
    {"time",   TABLE_TIME,   "time",  0 },
    {"is_new", TABLE_FLAG,   "new",   0 },
};
#define COLUMNS (sizeof columns / sizeof *columns)

static struct table
make_table(void)
{
    struct table_maker m = table_new(unit_arena, "things", columns, COLUMNS);
    table_text(&m, SCEAU_SLICE("=1+1\x1b"));
    table_word(&m, "yes");
    table_number(&m, 1234567);
    table_share(&m, 987, 1000);
    table_signed(&m, 20786);
    table_signed(&m, INT64_C(20786) * 86400 + 3661);
    table_number(&m, 1);
    table_text(&m, SCEAU_SLICE("a long name with \"quotes\""));
    table_none(&m);
    table_number(&m, UINT64_MAX); /* no column holds more than INT64_MAX */
    table_share(&m, 0, 0);
    table_none(&m);
    table_none(&m);
    table_number(&m, 0);
    return table_done(&m);
}

static void
csv_is_for_programs(void **state)
{
    struct table table = make_table();
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    table_csv(&t, &table);
    assert_slice(
        text_done(&t),
        "name,class,count,share,day,time,is_new\r\n"
        "\"'=1+1\\x1b\",\"yes\",1234567,98.7,2026-11-29,2026-11-29T01:01:01Z,1\r\n"
        "\"a long name with \"\"quotes\"\"\",\"\",9223372036854775807,,,,0\r\n");
}

static void
the_first_columns(void **state)
{
    struct table table = make_table(), narrow = table_narrow(unit_arena, &table, 3);
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    table_csv(&t, &narrow);
    assert_slice(text_done(&t),
                 "name,class,count\r\n\"'=1+1\\x1b\",\"yes\",1234567\r\n"
                 "\"a long name with \"\"quotes\"\"\",\"\",9223372036854775807\r\n");
}

static void
json_has_types(void **state)
{
    struct table table = make_table();
    struct text t = text_new(unit_arena, SIZE_MAX);
    struct json j = json_new(unit_arena);
    (void)state;
    table_json_lines(&t, unit_arena, &table);
    assert_slice(
        text_done(&t),
        "{\"type\":\"things\",\"name\":\"=1+1\\u001b\",\"class\":\"yes\",\"count\":1234567,"
        "\"share\":98.7,\"day\":\"2026-11-29\",\"time\":\"2026-11-29T01:01:01Z\","
        "\"is_new\":true}\n"
        "{\"type\":\"things\",\"name\":\"a long name with \\\"quotes\\\"\",\"class\":null,"
        "\"count\":9223372036854775807,\"share\":null,\"day\":null,\"time\":null,"
        "\"is_new\":false}\n");
    table.row_count = 0;
    table_json(&j, &table);
    assert_slice(json_done(&j), "[]");
}

static void
people_read_their_language(void **state)
{
    struct table table = make_table();
    struct text en = text_new(unit_arena, SIZE_MAX),
                fr = text_new(unit_arena, SIZE_MAX);
    (void)state;
    table_print(&en, unit_arena, LANGUAGE_EN, &table, 50);
    assert_slice(text_done(&en), "name      class           count  share  day\n"
                                 "=1+1\\x1b  yes         1,234,567  98.7%  2026-11-29\n"
                                 "a long ~         9,223,372,036~\n");
    table.row_count = 1;
    table_print(&fr, unit_arena, LANGUAGE_FR, &table, 0);
    assert_slice(text_done(&fr),
                 "nom       classe      count    share  jour\n"
                 "=1+1\\x1b  oui     1\u202f234\u202f567   98,7\u202f%  2026-11-29\n");
}

/* The text gives what the number needs; a heading takes only what is left. */
static void
a_number_is_never_cut(void **state)
{
    static const struct table_column narrow[] = {
        {"name",  TABLE_TEXT,  "name",           20},
        {"share", TABLE_SHARE, "of all of them", 6 },
    };
    struct table_maker m = table_new(unit_arena, "things", narrow, 2);
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    table_text(&m, SCEAU_SLICE("mail.long.example.org"));
    table_signed(&m, 1000);
    struct table table = table_done(&m);
    table_print(&t, unit_arena, LANGUAGE_FR, &table, 28);
    assert_slice(text_done(&t), "nom                  of all~\n"
                                "mail.long.example.~  100,0\u202f%\n");
}

/* A name has what is left, and what a number has beyond its need. */
static void
a_text_takes_what_is_spare(void **state)
{
    static const struct table_column wide[] = {
        {"day",   TABLE_DAY,    "day",   10},
        {"count", TABLE_NUMBER, "count", 12},
        {"name",  TABLE_TEXT,   "name",  10},
    };
    struct table_maker m = table_new(unit_arena, "things", wide, 3);
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    table_signed(&m, 20786);
    table_signed(&m, 5);
    table_text(&m, SCEAU_SLICE("newsletter.example"));
    struct table table = table_done(&m);
    table_print(&t, unit_arena, LANGUAGE_EN, &table, 38);
    assert_slice(text_done(&t), "day          count  name\n"
                                "2026-11-29       5  newsletter.example\n");
}

static void
a_full_arena_is_told(void **state)
{
    struct sceau_arena *small = sceau_arena_new(16384);
    struct table_maker m = table_new(small, "things", columns, COLUMNS);
    (void)state;
    for (int i = 0; i < 2000; i++)
        table_number(&m, (uint64_t)i);
    assert_true(m.is_full);
    assert_true(table_done(&m).row_count < 2000 / COLUMNS); /* whole rows only */
    sceau_arena_free(small);
}

/* For people our words, for programs the code; a code that has none is of others. */
static void
codes(void **state)
{
    static const struct table_column coded[] = {
        {"code", TABLE_CODE, "code", 20}
    };
    struct table_maker m = table_new(unit_arena, "things", coded, 1);
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    table_code(&m, SCEAU_SLICE("certificate-expired"), "certificate expired");
    table_code(&m, SCEAU_SLICE("new\x1b[1m"), NULL);
    struct table table = table_done(&m);
    table_print(&t, unit_arena, LANGUAGE_FR, &table, 80);
    assert_slice(text_done(&t), "code\ncertificat expir\u00e9\nnew\\x1b[1m\n");
    t = text_new(unit_arena, SIZE_MAX);
    table_csv(&t, &table);
    assert_slice(text_done(&t),
                 "code\r\n\"certificate-expired\"\r\n\"new\\x1b[1m\"\r\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes),
        cmocka_unit_test(csv_is_for_programs),
        cmocka_unit_test(the_first_columns),
        cmocka_unit_test(json_has_types),
        cmocka_unit_test(people_read_their_language),
        cmocka_unit_test(a_number_is_never_cut),
        cmocka_unit_test(a_text_takes_what_is_spare),
        cmocka_unit_test(a_full_arena_is_told),
    };
    return cmocka_run_group_tests_name("insight/table", tests, unit_arena_up,
                                       unit_arena_down);
}
