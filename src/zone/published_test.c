/* Answers as an authoritative server for the zones gives them, and as it must not. The
 * zone is loaded by BIND 9 too: tests/zone/named.py compares its records with the index. */
#include "published.h"

#include "../../tests/unit.h"
#include "nsupdate.h"

static const char zone_text[] = "$TTL 600\n"
                                "@ SOA ns root 1 2 3 4 120\n"
                                "  NS ns\n"
                                "  MX 10 mail\n"
                                "  MX 10 MAIL\n"
                                "  TXT one\n"
                                "  30 TXT one\n"
                                "ns A 192.0.2.1\n"
                                "mail A 192.0.2.2\n"
                                "deep.a.b TXT deep\n"
                                "*.wild TXT any\n"
                                "*.wild MX 5 mail\n"
                                "there.wild A 192.0.2.3\n"
                                "under.there2.wild A 192.0.2.4\n"
                                "*.alias CNAME mail\n"
                                "sub NS ns.sub\n"
                                "ns.sub A 192.0.2.5\n"
                                "_dmarc.sub TXT hidden\n"
                                "c1 CNAME c2\n"
                                "c2 30 CNAME mail\n"
                                "loop CNAME loop\n"
                                "out CNAME away.other.test.\n"
                                "gone CNAME nowhere\n"
                                "old DNAME new\n"
                                "x.new TXT renamed\n"
                                "broken TXT \"not closed\n"
                                "svc HTTPS 1 . alpn=h2\n"
                                "zero\\000\\001 TXT octets\n"
                                "stray.other.test. TXT stray\n"
                                "inner.deleg.second.test. TXT stray\n";

static const char second_text[] = "$ORIGIN second.test.\n"
                                  "@ 60 TXT second\n"
                                  "_dmarc 60 TXT v\n";

/* Answers every question with one TXT of its own; remembers that it was asked. */
struct upstream {
    struct sceau_resolver resolver;
    char asked[300];
};

static void
upstream_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
                struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
                struct sceau_dns_answer *answer)
{
    struct upstream *upstream = (struct upstream *)self;
    (void)arena, (void)type, (void)timeout_ms;
    snprintf(upstream->asked, sizeof upstream->asked, "%.*s", SLICE_ARG(name));
    *answer = (struct sceau_dns_answer){.status = SCEAU_DNS_NODATA, .ttl = 77};
}

/* clang-format off */
static const struct {
    const char *name;
    uint16_t type;
    enum sceau_dns_status status;
    size_t count;
    uint32_t ttl;
    const char *outside; /* the name that was asked upstream */
    const char *why;
} answers[] = {
    {"example.test", 16, SCEAU_DNS_OK, 1, 600, "", "a record that is there twice is published once"},
    {"EXAMPLE.test", 15, SCEAU_DNS_OK, 1, 600, "", "letter case of the question, and of two records"},
    {"example.test", 28, SCEAU_DNS_NODATA, 0, 120, "", "the zone's top exists; a no lives as long as the SOA says"},
    {"nowhere.example.test", 1, SCEAU_DNS_NXDOMAIN, 0, 120, "", "no such name"},
    {"b.example.test", 16, SCEAU_DNS_NODATA, 0, 120, "", "an empty non-terminal"},
    {"x.b.example.test", 16, SCEAU_DNS_NXDOMAIN, 0, 120, "", "below one"},
    {"q.wild.example.test", 16, SCEAU_DNS_OK, 1, 600, "", "a wildcard"},
    {"p.q.wild.example.test", 15, SCEAU_DNS_OK, 1, 600, "", "over more than one label"},
    {"_dmarc.wild.example.test", 16, SCEAU_DNS_OK, 1, 600, "", "it answers for _dmarc too"},
    {"q.wild.example.test", 1, SCEAU_DNS_NODATA, 0, 120, "", "a wildcard without that type"},
    {"there.wild.example.test", 16, SCEAU_DNS_NODATA, 0, 120, "", "a name that exists hides the wildcard"},
    {"there2.wild.example.test", 16, SCEAU_DNS_NODATA, 0, 120, "", "an empty one does too"},
    {"x.there.wild.example.test", 16, SCEAU_DNS_NXDOMAIN, 0, 120, "", "and what lies below it: RFC 4592 section 2.2.1"},
    {"*.wild.example.test", 16, SCEAU_DNS_OK, 1, 600, "", "the asterisk itself"},
    {"wild.example.test", 16, SCEAU_DNS_NODATA, 0, 120, "", "the name above a wildcard"},
    {"q.alias.example.test", 1, SCEAU_DNS_OK, 1, 600, "", "a wildcard CNAME is followed"},
    {"c1.example.test", 1, SCEAU_DNS_OK, 1, 30, "", "the lowest TTL of a chain"},
    {"c1.example.test", 5, SCEAU_DNS_OK, 1, 600, "", "asked for itself"},
    {"loop.example.test", 1, SCEAU_DNS_SERVFAIL, 0, 0, "", "a loop"},
    {"gone.example.test", 1, SCEAU_DNS_NXDOMAIN, 0, 120, "", "a chain that ends nowhere"},
    {"x.old.example.test", 16, SCEAU_DNS_OK, 1, 600, "", "DNAME"},
    {"old.example.test", 16, SCEAU_DNS_NODATA, 0, 120, "", "DNAME says nothing of its owner"},
    {"out.example.test", 1, SCEAU_DNS_NODATA, 0, 77, "away.other.test", "a chain that leaves the zone"},
    {"ns.sub.example.test", 1, SCEAU_DNS_NODATA, 0, 77, "ns.sub.example.test", "below a delegation: glue is no answer"},
    {"_dmarc.sub.example.test", 16, SCEAU_DNS_NODATA, 0, 77, "_dmarc.sub.example.test", "hidden below a delegation"},
    {"sub.example.test", 16, SCEAU_DNS_NODATA, 0, 77, "sub.example.test", "the delegated name itself"},
    {"broken.example.test", 16, SCEAU_DNS_SERVFAIL, 0, 0, "", "a record that cannot be read: unknown"},
    {"broken.example.test", 1, SCEAU_DNS_NODATA, 0, 120, "", "other types are known"},
    {"svc.example.test", 65, SCEAU_DNS_SERVFAIL, 0, 0, "", "a type that is not read"},
    {"other.test", 16, SCEAU_DNS_NODATA, 0, 77, "other.test", "outside"},
    {"stray.other.test", 16, SCEAU_DNS_NODATA, 0, 77, "stray.other.test", "a record outside its zone is not published"},
    {"second.test", 16, SCEAU_DNS_OK, 1, 60, "", "a second zone, without SOA"},
    {"x.second.test", 16, SCEAU_DNS_NXDOMAIN, 0, 300, "", "a no there"},
    {"inner.deleg.second.test", 16, SCEAU_DNS_NXDOMAIN, 0, 300, "", "nor one that lies in the other zone"},
    {"test", 16, SCEAU_DNS_NODATA, 0, 77, "test", "above the zones"},
    {"a..b", 16, SCEAU_DNS_INVALID, 0, 0, "", "no name"},
};
/* clang-format on */

struct fixture {
    struct zone_document documents[2];
    struct zone_part parts[2];
    struct zone_index index;
    struct dns_name origins[2];
};

static void
fixture_open(struct fixture *f)
{
    static const struct {
        const char *origin, *text;
    } zones[] = {
        {"example.test", zone_text  },
        {"second.test",  second_text}
    };
    for (size_t i = 0; i < 2; i++) {
        assert_true(
            dns_name_from_asked(sceau_slice_from(zones[i].origin), &f->origins[i]));
        assert_int_equal(zone_document_read(unit_arena, SCEAU_SLICE("z"),
                                            sceau_slice_from(zones[i].text),
                                            &f->origins[i], NULL, &f->documents[i]),
                         SCEAU_OK);
        f->parts[i] =
            (struct zone_part){&f->documents[i], dns_name_slice(&f->origins[i]), false};
    }
    assert_int_equal(zone_index_make(unit_arena, f->parts, 2, &f->index), SCEAU_OK);
}

static void
test_answers(void **state)
{
    struct fixture f;
    struct upstream upstream = {.resolver = {.lookup = upstream_lookup}};
    struct zone_published with, without;
    (void)state;
    fixture_open(&f);
    zone_published_init(&with, &f.index, &upstream.resolver);
    zone_published_init(&without, &f.index, NULL);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        UNIT_CASE(answers[i].why);
        struct sceau_dns_answer answer;
        struct sceau_context context = {.arena = unit_arena,
                                        .resolver = &with.resolver};
        struct sceau_slice name = sceau_slice_from(answers[i].name);
        upstream.asked[0] = '\0';
        sceau_dns_lookup(&context, name, answers[i].type, &answer);
        assert_string_equal(upstream.asked, answers[i].outside);
        assert_string_equal(sceau_dns_status_name(answer.status),
                            sceau_dns_status_name(answers[i].status));
        assert_int_equal(answer.count, answers[i].count);
        assert_int_equal(answer.ttl, answers[i].ttl);
        context.resolver = &without.resolver;
        sceau_dns_lookup(&context, name, answers[i].type, &answer);
        assert_int_equal(answer.status, answers[i].outside[0] != '\0'
                                            ? SCEAU_DNS_REFUSED
                                            : answers[i].status);
    }
    sceau_arena_clear(unit_arena);
}

/* Names whose octets are those that keys are made with. */
static void
test_keys(void **state)
{
    const struct {
        struct sceau_slice low, high;
        bool is_within;
        const char *why;
    } cases[] = {
        {SCEAU_SLICE(""),       SCEAU_SLICE("\1a"),    true,  "the root"       },
        {SCEAU_SLICE("\1a"),    SCEAU_SLICE("\1b\1a"), true,  "below"          },
        {SCEAU_SLICE("\1z\1a"), SCEAU_SLICE("\1b"),    false, "beside"         },
        {SCEAU_SLICE("\1a"),    SCEAU_SLICE("\2a\0"),  false, "a zero octet"   },
        {SCEAU_SLICE("\1x\1a"), SCEAU_SLICE("\2a\1"),  false, "one of value 1" },
        {SCEAU_SLICE("\2a\0"),  SCEAU_SLICE("\2a\1"),  false, "zero before one"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        char low[ZONE_KEY_MAX], high[ZONE_KEY_MAX];
        struct dns_name a = {0}, b = {0}, root = dns_name_root();
        memcpy(a.wire, cases[i].low.ptr, a.len = cases[i].low.len);
        memcpy(b.wire, cases[i].high.ptr, b.len = cases[i].high.len);
        dns_name_add_name(&a, dns_name_slice(&root));
        dns_name_add_name(&b, dns_name_slice(&root));
        struct sceau_slice x = zone_index_key(dns_name_slice(&a), low);
        struct sceau_slice y = zone_index_key(dns_name_slice(&b), high);
        assert_true(memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len) <= 0);
        assert_int_equal(x.len <= y.len && memcmp(x.ptr, y.ptr, x.len) == 0,
                         cases[i].is_within);
        assert_int_equal(zone_name_is_within(dns_name_slice(&b), dns_name_slice(&a)),
                         cases[i].is_within);
    }
}

static void
test_locator(void **state)
{
    struct fixture f;
    (void)state;
    fixture_open(&f);
    const struct zone_record *record =
        zone_index_record(&f.index, SCEAU_SLICE("example.test"), SCEAU_DNS_TXT,
                          SCEAU_SLICE("\3one"));
    assert_non_null(record);
    assert_int_equal(zone_record_place(record).line, 6);
    record = zone_index_record(&f.index, SCEAU_SLICE("_DMARC.second.test"),
                               SCEAU_DNS_TXT, SLICE_NONE);
    assert_non_null(record);
    assert_int_equal(zone_record_place(record).line, 3);
    assert_null(zone_index_record(&f.index, SCEAU_SLICE("example.test"), SCEAU_DNS_TXT,
                                  SCEAU_SLICE("\3two")));
    assert_null(
        zone_index_record(&f.index, SCEAU_SLICE("x..y"), SCEAU_DNS_TXT, SLICE_NONE));
    sceau_arena_clear(unit_arena);
}

/* ---- scripts ------------------------------------------------------------------------------ */

/* What is in service when the script comes. */
static const char service_text[] = "$ORIGIN e.test.\n$TTL 900\n"
                                   "@ SOA ns root 1 2 3 4 120\n  NS ns\n  MX 10 old\n"
                                   "  TXT \"v=spf1 -all\"\n  TXT other\n"
                                   "alias CNAME target\n"
                                   "target TXT aimed\n"
                                   "$FAIL slow TXT TIMEOUT\n";

/* clang-format off */
static const struct {
    const char *script;
    const char *name;
    uint16_t type;
    const char *answer; /* status, TTL, texts or names */
    const char *why;
} scripts[] = {
    {"add x.e.test 60 A 192.0.2.1", "e.test", 16, "NOERROR 900 [v=spf1 -all] [other]", "what is not named is as it is"},
    {"add e.test 60 TXT new", "e.test", 16, "NOERROR 60 [v=spf1 -all] [other] [new]", "an add joins the set, which takes its TTL"},
    {"add e.test 60 TXT other", "e.test", 16, "NOERROR 60 [v=spf1 -all] [other]", "what is there already is there once"},
    {"add n.e.test 60 TXT new", "n.e.test", 16, "NOERROR 60 [new]", "a name that is not there yet"},
    {"del e.test TXT\nadd e.test 60 TXT new", "e.test", 16, "NOERROR 60 [new]", "a set in place of the old one"},
    {"add e.test 60 TXT new\ndel e.test TXT", "e.test", 16, "NODATA 300", "the order counts"},
    {"del e.test TXT other", "e.test", 16, "NOERROR 900 [v=spf1 -all]", "one record goes"},
    {"del e.test TXT other\nsend\nadd e.test 60 TXT other\nsend", "e.test", 16, "NOERROR 60 [v=spf1 -all] [other]", "and comes back, over two messages"},
    {"del e.test TXT absent", "e.test", 16, "NOERROR 900 [v=spf1 -all] [other]", "one that is not there"},
    {"del e.test MX", "e.test", 15, "NODATA 300", "a set goes"},
    {"del e.test MX", "e.test", 16, "NOERROR 900 [v=spf1 -all] [other]", "the others stay"},
    {"del e.test MX 10 OLD.e.test", "e.test", 15, "NODATA 300", "names in data have no letter case"},
    {"del e.test", "e.test", 16, "NODATA 300", "a name goes"},
    {"zone e.test\ndel e.test", "e.test", 2, "NOERROR 900 [ns.e.test]", "but the servers of the zone's top do not"},
    {"del e.test ANY", "e.test", 6, "NOERROR 900 []", "nor its SOA"},
    {"add slow.e.test 60 TXT new", "slow.e.test", 16, "TIMEOUT 0", "the set in service is not known"},
    {"del slow.e.test TXT\nadd slow.e.test 60 TXT new", "slow.e.test", 16, "NOERROR 60 [new]", "nor need it be"},
    {"add alias.e.test 60 TXT new", "alias.e.test", 16, "NOERROR 900 [aimed]", "nothing is added beside an alias"},
    {"del alias.e.test TXT\nadd alias.e.test 60 TXT new", "alias.e.test", 16, "NOERROR 900 [aimed]", "nor after that"},
    {"del alias.e.test CNAME\nadd alias.e.test 60 TXT new", "alias.e.test", 16, "NOERROR 60 [new]", "an alias that goes first"},
    {"del alias.e.test", "alias.e.test", 16, "NODATA 300", "with its name"},
    {"del alias.e.test CNAME target.e.test", "alias.e.test", 16, "NODATA 300", "and by its data"},
    {"del n.e.test\nadd n.e.test 60 CNAME target.e.test", "n.e.test", 16, "NOERROR 60 [aimed]", "an alias that comes"},
    {"add target.e.test 60 CNAME e.test", "target.e.test", 16, "NOERROR 900 [aimed]", "none comes beside what stays"},
    {"add target.e.test 60 CNAME e.test", "target.e.test", 5, "NODATA 300", "and none is there"},
    {"add target.e.test 60 CNAME e.test\nadd target.e.test 60 MX 5 m.e.test", "target.e.test", 15, "NOERROR 60 [m.e.test]", "the rest of the script holds"},
    {"del target.e.test TXT\nadd target.e.test 60 CNAME e.test", "target.e.test", 16, "NOERROR 60 [v=spf1 -all] [other]", "unless it goes first"},
    {"add alias.e.test 60 CNAME e.test", "alias.e.test", 16, "NOERROR 60 [v=spf1 -all] [other]", "one alias in place of another"},
    {"add slow.e.test 60 CNAME e.test", "slow.e.test", 15, "TIMEOUT 0", "what stands there is not known"},
    {"add ..x 60 TXT new", "e.test", 16, "SERVFAIL 0", "an owner that nobody can read may be any name"},
    {"del e.test TXT (", "e.test", 16, "SERVFAIL 0", "so may a line that is broken"},
    {"prereq yxrrset e.test MX\nprereq nxdomain n.e.test\nadd n.e.test 60 TXT new", "e.test", 15, "NOERROR 900 [old.e.test]", "conditions change nothing"},
    {"zone e.test\nadd e.test 60 TXT new\nsend\nzone f.test\nadd f.test 60 TXT two\nsend", "f.test", 16, "NOERROR 60 [two]", "a second zone"},
};
/* clang-format on */

static struct sceau_slice
describe_answer(const struct sceau_dns_answer *answer)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_format(&t, "%s %u", sceau_dns_status_name(answer->status), answer->ttl);
    for (size_t i = 0; i < answer->count; i++) {
        const struct sceau_dns_rr *rr = &answer->rrs[i];
        struct sceau_slice shown = rr->text.len > 0 ? rr->text : rr->name;
        text_format(&t, " [%.*s]", SLICE_ARG(shown));
    }
    return text_done(&t);
}

static void
test_scripts(void **state)
{
    struct sceau_zone_error error;
    struct sceau_resolver *service =
        sceau_zone_resolver_new(sceau_slice_from(service_text), &error);
    (void)state;
    assert_non_null(service);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        UNIT_CASE(scripts[i].why);
        const struct sceau_slice own = SCEAU_SLICE("\1e\4test\0");
        struct zone_document document;
        struct zone_part parts[2];
        struct zone_index index;
        struct zone_published published;
        struct sceau_dns_answer answer;
        assert_int_equal(zone_nsupdate_read(unit_arena, SCEAU_SLICE("s"),
                                            sceau_slice_from(scripts[i].script),
                                            &document),
                         SCEAU_OK);
        size_t count = document.zone_count > 0 ? document.zone_count : 1;
        for (size_t p = 0; p < count; p++)
            parts[p] =
                (struct zone_part){&document,
                                   document.zone_count > 0 ? document.zones[p] : own,
                                   true};
        assert_int_equal(zone_index_make(unit_arena, parts, count, &index), SCEAU_OK);
        zone_published_init(&published, &index, service);
        struct sceau_context context = {.arena = unit_arena,
                                        .resolver = &published.resolver};
        sceau_dns_lookup(&context, sceau_slice_from(scripts[i].name), scripts[i].type,
                         &answer);
        assert_slice(describe_answer(&answer), scripts[i].answer);
        sceau_arena_clear(unit_arena);
    }
    sceau_zone_resolver_free(service);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_locator),
        cmocka_unit_test(test_scripts),
    };
    return cmocka_run_group_tests_name("zone/published", tests, unit_arena_up,
                                       unit_arena_down);
}
