/* Scripts of nsupdate: which text is one, what they add, and where they are wrong. */
#include "nsupdate.h"

#include "../../tests/unit.h"
#include "dns/rdata.h"

/* "zone: owner ttl type rdata | ..." and then, of deletions, "-owner type rdata @records before",
 * "?" when names are lost, and "!line:column" of each error. */
static void
describe_deletion(struct text *t, const struct zone_deletion *deletion)
{
    char type[16];
    text_string(t, " -");
    dns_name_present(t, deletion->owner);
    if (deletion->type != 0)
        text_format(t, " %s", sceau_dns_type_name(deletion->type, type));
    if (deletion->rdata.ptr != NULL) {
        text_octet(t, ' ');
        dns_rdata_present(t, deletion->type, deletion->rdata);
    }
    text_format(t, " @%zu", deletion->after);
}

static struct sceau_slice
describe(const struct zone_document *document)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    char type[16];
    for (size_t i = 0; i < document->zone_count; i++) {
        if (i > 0)
            text_octet(&t, ',');
        dns_name_present(&t, document->zones[i]);
    }
    text_octet(&t, ':');
    for (size_t i = 0; i < document->record_count; i++) {
        const struct zone_record *record = &document->records[i];
        text_string(&t, i > 0 ? " | " : " ");
        dns_name_present(&t, record->owner);
        text_format(&t, " %u %s ", record->ttl,
                    sceau_dns_type_name(record->type, type));
        if (record->rdata.ptr != NULL)
            dns_rdata_present(&t, record->type, record->rdata);
        else
            text_string(&t, "BROKEN");
    }
    for (size_t i = 0; i < document->deletion_count; i++)
        describe_deletion(&t, &document->deletions[i]);
    if (document->has_lost_names)
        text_string(&t, " ?");
    for (size_t i = 0; i < document->error_count; i++)
        text_format(&t, " !%zu:%zu", document->errors[i].line,
                    document->errors[i].column);
    return text_done(&t);
}

/* clang-format off */
static const struct {
    const char *text;
    bool is_script;
    const char *records;
    const char *why;
} cases[] = {
    {"", false, ":", "nothing"},
    {"; only\n\n", false, ":", "comments alone"},
    {"server ns.test\nzone e.test\nsend\n", false, "e.test.:", "commands that change nothing"},
    {"update add a.test 60 A 192.0.2.1\n", true, ": a.test. 60 A 192.0.2.1", "names are absolute without a final dot"},
    {"server 192.0.2.53 53\nzone e.test.\nupdate add a.e.test. 60 IN A 192.0.2.1\nsend\n", true,
     "e.test.: a.e.test. 60 A 192.0.2.1", "class; the zone"},
    {"add a.test 60 MX 10 b.test\nanswer\n", true, ": a.test. 60 MX 10 b.test.", "update may be left out"},
    {"UPDATE ADD a.test 60 A 192.0.2.1\r\n", true, ": a.test. 60 A 192.0.2.1", "letter case, CR LF"},
    {"update add _dmarc.e.test 60 TXT \"v=DMARC1; p=none\"\n", true, ": _dmarc.e.test. 60 TXT \"v=DMARC1; p=none\"", "a quoted text"},
    {"update add e.test 60 TXT a;b ; c\n", true, ": e.test. 60 TXT \"a;b\" \";\" \"c\"", "a semicolon inside a line is no comment"},
    {"; first\n  ; second\nupdate add e.test 60 A 192.0.2.1\n", true, ": e.test. 60 A 192.0.2.1", "at its begin it is one"},
    {"ttl 90\nupdate add e.test A 192.0.2.1\n", true, ": e.test. 90 A 192.0.2.1", "ttl"},
    {"update add e.test 60 A 192.0.2.1\nupdate add f.test A 192.0.2.2\n", true,
     ": e.test. 60 A 192.0.2.1 | f.test. 0 A 192.0.2.2 !2:19", "a TTL is asked for on each line"},
    {"update delete e.test TXT\nupdate del e.test\ndel e.test A 192.0.2.1\n", true,
     ": -e.test. TXT @0 -e.test. @0 -e.test. A 192.0.2.1 @0", "a set, a name, a record"},
    {"update delete e.test 0 IN TXT \"a b\"\nupdate delete e.test ANY TXT\ndel e.test NONE A 192.0.2.1\ndel e.test IN ANY\n", true,
     ": -e.test. TXT \"a b\" @0 -e.test. TXT @0 -e.test. A 192.0.2.1 @0 -e.test. @0", "TTL and class are read past; ANY"},
    {"add e.test 60 A 192.0.2.1\nsend\ndel e.test A\nsend\nadd e.test 60 A 192.0.2.2\nsend\n", true,
     ": e.test. 60 A 192.0.2.1 | e.test. 60 A 192.0.2.2 -e.test. A @1", "the order, over several messages"},
    {"del e.test A 192.0.2.256\n", true, ": !1:14", "what is to go cannot be read: of that name"},
    {"add 60 A 192.0.2.1\n", true, ": 60. 0 A 192.0.2.1 !1:8", "an owner that was forgotten"},
    {"prereq nxdomain e.test\nprereq yxrrset e.test A 192.0.2.1\nnxrrset e.test A\n", true, ":", "conditions are none either"},
    {"update add e.test 60 TYPE65280 \\# 2 abcd\n", true, ": e.test. 60 TYPE65280 \\# 2 abcd", "an unknown type"},
    {"update add e.test 60 A 192.0.2.256\nupdate add e.test 60 A 192.0.2.2\n", true,
     ": e.test. 60 A BROKEN | e.test. 60 A 192.0.2.2 !1:24", "goes on after an error"},
    {"update add e.test 60 TXT \"open\n", true, ": ? !1:26", "a quote that is not closed"},
    {"update add\nupdate\nupdate put e.test\nprereq e.test\ndelete\nzone\nttl\nttl x\n", true, ": ? !1:11 !2:1 !3:8 !4:8 !5:7 !6:5 !7:4 !8:5", "words that are missing, or none"},
    {"update add a..b 60 A 192.0.2.1\ndel a..b\n", true, ": ? !1:14 !2:7", "names"},
    {"zone a.test\nzone b.test\nupdate add e.test 60 A 192.0.2.1\n", true, "a.test.,b.test.: e.test. 60 A 192.0.2.1", "all zones, the first names the file"},
    {"server A 192.0.2.1\n@ SOA a b 1 2 3 4 5\n", false, ": ? !2:1", "hosts that are called so"},
    {"update add e.test 60 A 192.0.2.1", true, ": e.test. 60 A 192.0.2.1", "no line end at the end"},
};
/* clang-format on */

static void
test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct zone_document document;
        struct sceau_slice text = unit_copy(sceau_slice_from(cases[i].text));
        size_t octets = 0;
        assert_int_equal(zone_nsupdate_is(text), cases[i].is_script);
        assert_int_equal(zone_nsupdate_read(unit_arena, SCEAU_SLICE("s"), text,
                                            &document),
                         SCEAU_OK);
        assert_slice(describe(&document), cases[i].records);
        for (size_t e = 0; e < document.files[0]->entry_count; e++)
            octets += document.files[0]->entries[e]->text.len;
        assert_int_equal(octets, text.len);
        unit_free(text);
        sceau_arena_clear(unit_arena);
    }
}

/* The reader of zone files knows one when it meets it. */
static void
test_is_met(void **state)
{
    (void)state;
    struct zone_document document;
    const struct dns_name root = dns_name_root();
    assert_int_equal(zone_document_read(unit_arena, SCEAU_SLICE("s"),
                                        SCEAU_SLICE(
                                            "update add a.test 60 A 192.0.2.1\n"),
                                        &root, NULL, &document),
                     SCEAU_OK);
    assert_true(document.is_script);
    assert_int_equal(document.error_count, 0);
    assert_int_equal(document.record_count, 1);
    assert_slice(zone_record_text(&document.records[0]),
                 "update add a.test 60 A 192.0.2.1");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_is_met),
    };
    return cmocka_run_group_tests_name("zone/nsupdate", tests, unit_arena_up,
                                       unit_arena_down);
}
