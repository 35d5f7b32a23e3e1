/* Zone texts as records, errors with their places, and the octets that stay. */
#include "document.h"

#include "../../tests/unit.h"
#include "dns/rdata.h"

/* A loader of files that the test names: "sub.zone" and "loop.zone". */
static const struct {
    const char *name, *text;
} included[] = {
    {"sub.zone",   "$TTL 60\na A 192.0.2.7\n$ORIGIN else.test.\n TXT \"kept\"\n"},
    {"loop.zone",  "$INCLUDE loop.zone\n"                                       },
    {"twice.zone", "$INCLUDE twice.zone\n$INCLUDE twice.zone\n"                 },
};

static bool
load(struct zone_loader *self, struct sceau_slice name, struct sceau_slice *text,
     const char **problem)
{
    (void)self;
    for (size_t i = 0; i < sizeof included / sizeof *included; i++) {
        if (slice_eq(name, sceau_slice_from(included[i].name))) {
            *text = sceau_slice_from(included[i].text);
            return true;
        }
    }
    *problem = "there is no such file";
    return false;
}

static void
read_zone(struct sceau_slice text, struct zone_document *document)
{
    static struct zone_loader loader = {load};
    struct dns_name origin;
    assert_true(dns_name_from_asked(SCEAU_SLICE("example.test"), &origin));
    assert_int_equal(zone_document_read(unit_arena, SCEAU_SLICE("z"), text, &origin,
                                        &loader, document),
                     SCEAU_OK);
}

/* The entries of each file, end to end. */
static void
check_layout(const struct zone_document *document, size_t at, struct sceau_slice text)
{
    const struct zone_file *file = document->files[at];
    const char *end = file->text.ptr;
    for (size_t i = 0; i < file->entry_count; i++) {
        assert_ptr_equal(file->entries[i]->text.ptr, end);
        end += file->entries[i]->text.len;
    }
    assert_int_equal(file->text.len, text.len);
    assert_ptr_equal(end, file->text.ptr + text.len);
}

/* "owner ttl type rdata; ..." and then "!line:column" of each error. */
static struct sceau_slice
describe(const struct zone_document *document)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    char type[16];
    text_string(&t, "");
    for (size_t i = 0; i < document->record_count; i++) {
        const struct zone_record *record = &document->records[i];
        if (t.len > 0)
            text_string(&t, " | ");
        dns_name_present(&t, record->owner);
        text_format(&t, " %u %s ", record->ttl,
                    sceau_dns_type_name(record->type, type));
        if (record->rdata.ptr != NULL)
            dns_rdata_present(&t, record->type, record->rdata);
        else
            text_string(&t, record->is_broken ? "BROKEN" : "OPAQUE");
    }
    for (size_t i = 0; i < document->error_count; i++) {
        if (t.len > 0)
            text_octet(&t, ' ');
        text_format(&t, "!%zu:%zu", document->errors[i].line,
                    document->errors[i].column);
    }
    text_octet(&t, '\0');
    t.len--;
    return text_done(&t);
}

/* clang-format off */
static const struct {
    const char *text;
    const char *records;
    const char *why;
} readings[] = {
    {"", "", "nothing"},
    {"; a comment\n\n   \n", "", "layout only"},
    {"@ 300 IN A 192.0.2.1", "example.test. 300 A 192.0.2.1", "no line end at the end"},
    {"@ IN 300 A 192.0.2.1\n", "example.test. 300 A 192.0.2.1", "class before TTL"},
    {"a 1h A 192.0.2.1\n  TXT b\n", "a.example.test. 3600 A 192.0.2.1 | a.example.test. 3600 TXT \"b\"",
     "owner and TTL of the record before"},
    {"$TTL 60\na 5 A 192.0.2.1\nb A 192.0.2.1\n",
     "a.example.test. 5 A 192.0.2.1 | b.example.test. 60 A 192.0.2.1", "$TTL beats the record before"},
    {"@ SOA a b 1 2 3 4 7\n@ NS a\n",
     "example.test. 7 SOA a.example.test. b.example.test. 1 2 3 4 7 | example.test. 7 NS a.example.test.",
     "without any TTL the SOA's minimum"},
    {"a A 192.0.2.1\nb A 192.0.2.1\n",
     "a.example.test. 0 A 192.0.2.1 | b.example.test. 0 A 192.0.2.1 !1:3",
     "no TTL at all is said once"},
    {"$TTL 9\n$ORIGIN sub\nx MX 1 y\n$ORIGIN other.test.\nx MX 1 @\n",
     "x.sub.example.test. 9 MX 1 y.sub.example.test. | x.other.test. 9 MX 1 other.test.", "$ORIGIN, relative and absolute"},
    {"$TTL 9\nx TXT ( \"a\" ; one\n   \"b\" )\ny A 192.0.2.1\n",
     "x.example.test. 9 TXT \"a\" \"b\" | y.example.test. 9 A 192.0.2.1", "parentheses over lines"},
    {"$TTL 9\nx TYPE65280 \\# 2 abcd\n", "x.example.test. 9 TYPE65280 \\# 2 abcd", "an unknown type"},
    {"$TTL 9\nx CLASS1 A 192.0.2.1\nx CH A 192.0.2.2\ny HTTPS 1 . alpn=h2\n",
     "x.example.test. 9 A 192.0.2.1 | y.example.test. 9 HTTPS OPAQUE !3:3", "classes; a type that is not read"},
    /* $INCLUDE, $GENERATE */
    {"$TTL 9\n$INCLUDE sub.zone in\n TXT x\n@ A 192.0.2.1\n",
     "a.in.example.test. 60 A 192.0.2.7 | a.in.example.test. 60 TXT \"kept\" | example.test. 60 A 192.0.2.1 !3:2",
     "origin and owner are local to the included file, the TTL is not"},
    {"$INCLUDE none.zone\n", "!1:10", "no such file"},
    {"$INCLUDE\n", "!1:9", "no name"},
    {"$TTL 9\n$GENERATE 1-5/2 h${10,3,d} A 192.0.2.$\n",
     "h011.example.test. 9 A 192.0.2.1 | h013.example.test. 9 A 192.0.2.3 | h015.example.test. 9 A 192.0.2.5",
     "offset, width, step"},
    {"$TTL 9\n$GENERATE 10-10 ${0,5,n}.x TXT \"a b$\"\n",
     "a.0.0.x.example.test. 9 TXT \"a\" \"b10\"", "nibbles; the quotes hold the data together and fall away, as in BIND"},
    {"$TTL 9\n$GENERATE 1-1 a MX 10 m$\n$GENERATE 1-1 a$ MX \"10 m$\"\n",
     "a1.example.test. 9 MX 10 m1.example.test. !2:20", "BIND wants the data as one word"},
    {"$TTL 9\n$GENERATE 1-1 a${-5} PTR b${-2,0,x}\n", "a-4.example.test. 9 PTR bffffffff.example.test.", "below zero"},
    {"a A 192.0.2.1\n$TTL 9", "a.example.test. 0 A 192.0.2.1 !1:3 !2:7", "BIND refuses a directive without a line end"},
    {"a 5 A 192.0.2.1\na 7 A 192.0.2.2\nb A 192.0.2.3\n",
     "a.example.test. 5 A 192.0.2.1 | a.example.test. 7 A 192.0.2.2 | b.example.test. 5 A 192.0.2.3",
     "a set has one TTL, which goes on"},
    {"a 1h1 A 192.0.2.1\na 9 OPT \\# 0\na 9 TYPE255 \\# 0\n", "!1:6 !2:5 !3:5", "a TTL without its last unit; types that no zone holds"},
    {"$TTL 9\n$GENERATE 1-1 a$$b 5 IN CNAME c\\$.$\n",
     "a\\036b.example.test. 5 CNAME c\\036.1.example.test.", "dollars that are none"},
    {"$TTL 9\n$GENERATE 1-1001 a$ A 192.0.2.1\nb A 192.0.2.1\n", "b.example.test. 9 A 192.0.2.1 !2:11", "over the limit"},
    {"$TTL 9\n$GENERATE 255-999 a A 192.0.2.$\n", "a.example.test. 9 A 192.0.2.255 | a.example.test. 9 A BROKEN !2:1", "an error ends it"},
    {"$GENERATE 2-1 a$ A 192.0.2.1\n", "!1:11", "no range"},
    {"$GENERATE 1-2 a${0,0,q} A 192.0.2.1\n", "!1:1", "no such base"},
    /* errors, and what is read after them */
    {"$TTL 9\na A 192.0.2.256\nb A 192.0.2.1\n",
     "a.example.test. 9 A BROKEN | b.example.test. 9 A 192.0.2.1 !2:5", "an address"},
    {"$TTL 9\na TXT \"v=spf1\nb A 192.0.2.1\n",
     "a.example.test. 9 TXT BROKEN | b.example.test. 9 A 192.0.2.1 !2:7", "a quote that is not closed"},
    {"$TTL 9\na TXT ( \"x\"\nb A 192.0.2.1\n c TXT\n",
     "a.example.test. 9 TXT BROKEN | b.example.test. 9 A 192.0.2.1 !2:7 !4:2",
     "a parenthesis that is not closed ends where a name stands"},
    {"$TTL 9\na TXT ; (\n ( \"x\"\n", "a.example.test. 9 TXT BROKEN !2:6 !3:2", "the parenthesis of a comment is none"},
    {"$TTL 9\n(\na A 192.0.2.1\n", "a.example.test. 9 A 192.0.2.1 !2:1", "one with nothing before it: what is cut off again is no owner"},
    {"$TTL 9\na A 192.0.2.1 )\nb A 192.0.2.1\n",
     "a.example.test. 9 A BROKEN | b.example.test. 9 A 192.0.2.1 !2:15", "a parenthesis too many"},
    {"$TTL 9\na MX mail\n", "a.example.test. 9 MX BROKEN !2:6", "no preference"},
    {"$TTL 9\na A 192.0.2.1 192.0.2.2\n", "a.example.test. 9 A BROKEN !2:15", "too much"},
    {"$TTL 9\na TXT\nb\n", "a.example.test. 9 TXT BROKEN !2:6 !3:2", "too little"},
    {"a \"A\" 192.0.2.1\n\"b\" A 192.0.2.1\n", "!1:4 !2:2", "quotes where none belong"},
    {"  www IN A 192.0.2.1\n", "!1:3", "nobody's record"},
    {"$TTL 9\na A 192.0.2.1\n  www IN A 192.0.2.1\n", "a.example.test. 9 A 192.0.2.1 !3:3", "a name that does not stand in front"},
    {"a 2147483648 A 192.0.2.1\nb 1x A 192.0.2.1\n", "!1:3 !2:4", "TTLs"},
    {"$ORIGIN\n$TTL x\n$FOO\n$TTL 1 2\n", "!1:8 !2:6 !3:1 !4:8", "directives"},
    {"\xef\xbb\xbf$TTL 9\na 1 A 192.0.2.1\n", "a.example.test. 1 A 192.0.2.1 !1:10", "a byte order mark is an octet like others"},
    {"$TTL 9\r\na A 192.0.2.1\r\n", "a.example.test. 9 A 192.0.2.1", "CR LF"},
};
/* clang-format on */

static void
test_readings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        UNIT_CASE(readings[i].why);
        struct zone_document document;
        struct sceau_slice text = unit_copy(sceau_slice_from(readings[i].text));
        read_zone(text, &document);
        assert_slice(describe(&document), readings[i].records);
        check_layout(&document, 0, text);
        unit_free(text);
        sceau_arena_clear(unit_arena);
    }
}

static void
test_limits(void **state)
{
    static const struct {
        const char *line;
        size_t count;
        bool is_cut;
        const char *why;
    } cases[] = {
        {"x\n",   ZONE_ERRORS_MAX,     false, "as many errors as are noted" },
        {"x\n",   ZONE_ERRORS_MAX + 1, true,  "one more"                    },
        {"(\n",   50000,               false, "one entry"                   },
        {"x (\n", 50000,               true,  "the same, each with an entry"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct zone_document document;
        struct text t = text_new(unit_arena, SIZE_MAX);
        for (size_t n = 0; n < cases[i].count; n++)
            text_string(&t, cases[i].line);
        struct sceau_slice text = text_done(&t);
        read_zone(text, &document);
        assert_true(document.error_count <= ZONE_ERRORS_MAX);
        assert_int_equal(document.is_cut, cases[i].is_cut);
        check_layout(&document, 0, text);
        sceau_arena_clear(unit_arena);
    }
    struct zone_document document;
    read_zone(SCEAU_SLICE("$INCLUDE loop.zone\n"), &document);
    assert_int_equal(document.file_count, 1 + ZONE_DEPTH_MAX);
    assert_int_equal(document.error_count, 1);
    read_zone(SCEAU_SLICE("$INCLUDE twice.zone\n"), &document);
    assert_int_equal(document.file_count, ZONE_FILES_MAX);
    assert_int_equal(document.error_count, ZONE_ERRORS_MAX);
    sceau_arena_clear(unit_arena);
}

/* Who needs the origin that the caller guessed is told so. */
static void
test_given_origin(void **state)
{
    static const struct {
        const char *text;
        bool is_used;
        const char *why;
    } cases[] = {
        {"a.test. 1 A 192.0.2.1\n",                false, "absolute names"       },
        {"a 1 A 192.0.2.1\n",                      true,  "a relative owner"     },
        {"$ORIGIN b.test.\na 1 A 192.0.2.1\n",     false, "$ORIGIN stands before"},
        {"$ORIGIN b\na 1 A 192.0.2.1\n",           true,  "itself relative"      },
        {"a.test. 1 MX 1 b\n",                     true,  "a relative target"    },
        {"a.test. 1 TXT b\n",                      false, "a text is no name"    },
        {"$ORIGIN test.\n$ORIGIN b\na 1 MX 1 b\n", false, "relative to one's own"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct zone_document document;
        read_zone(sceau_slice_from(cases[i].text), &document);
        assert_int_equal(document.uses_given_origin, cases[i].is_used);
    }
}

/* Places and texts of a record, over lines and out of $GENERATE. */
static void
test_places(void **state)
{
    (void)state;
    struct zone_document document;
    read_zone(SCEAU_SLICE("$TTL 9\na TXT ( \"x\"\n  \"y\" ) ; z\r\n\n"
                          "$GENERATE 1-2 b$ A 192.0.2.$\n"),
              &document);
    const struct zone_record *txt = &document.records[0], *made = &document.records[2];
    struct zone_place place = zone_record_place(txt);
    assert_slice(place.file, "z");
    assert_int_equal(place.line, 2);
    assert_int_equal(place.column, 1);
    assert_slice(zone_record_text(txt), "a TXT ( \"x\"\n  \"y\" ) ; z");
    assert_int_equal(txt->data_count, 2);
    place = zone_field_place(txt, &txt->data[1]);
    assert_int_equal(place.line, 3);
    assert_int_equal(place.column, 3);
    place = zone_field_place(made, &made->data[0]);
    assert_int_equal(place.line, 5);
    assert_int_equal(place.column, 1);
    assert_slice(zone_record_text(made), "$GENERATE 1-2 b$ A 192.0.2.$");
    sceau_arena_clear(unit_arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_given_origin),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests_name("zone/document", tests, unit_arena_up,
                                       unit_arena_down);
}
