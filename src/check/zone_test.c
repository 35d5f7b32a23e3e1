/* The rules about a zone file: for each a file that meets it and one that does not, with
 * the DNS in service beside it. */
#include "rules_testing.h"
#include "zone/lint.h"
#include "zone/published.h"

#define NOW 1767225600 /* 2026-01-01 */
#define HEAD                                                                   \
 "$TTL 3600\n@ SOA ns.other.test. root.other.test. 2025010101 3600 600 86400 " \
 "300\n NS ns.other.test.\n"
#define MX   " MX 10 mail\nmail A 198.51.100.7\n"
#define SPF  "@ TXT \"v=spf1 mx -all\"\n"
#define DASH "\xe2\x80\x93"
#define X64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X64 X64 X64 X64
#define KEY  "\"v=DKIM1; k=rsa; p=MIGf\"\n"

/* The same of the live DNS. */
#define LIVE_SOA(serial) \
 "example.com. SOA ns.other.test. root.other.test. " serial " 3600 600 86400 300\n"
#define LIVE_MX "example.com. MX 10 mail.example.com.\n"

struct zone_case {
    struct rule_case rule; /* zone: the file */
    const char *live;      /* NULL: there is no live DNS */
    size_t line;           /* of the first finding; 0: none */
};

/* clang-format off */
static const struct zone_case cases[] = {
    {{HEAD MX, "zone.parse", "ok", NULL, "it reads"}, NULL, 0},
    {{HEAD "@ MXX 10 mail\n", "zone.parse", "problem", "`@ MXX 10 mail`", "a type that is none"}, NULL, 4},
    {{"$TTL 3600\n@ MX 10 mail\n", "zone.parse", "info", "no SOA record", "a part of a zone"}, NULL, 1},
    {{HEAD HEAD, "zone.parse", "problem", "a second SOA", "two SOA"}, NULL, 5},
    {{"$TTL 3600\n@ SOA ns root 1 2 3 4 5\n", "zone.parse", "problem", "no NS record", "no NS"}, NULL, 1},
    {{"$TTL 3600\n@ SOA ns root 1 2 3 4 5\n NS ns\n", "zone.parse", "problem", "has no address", "a server without address"}, NULL, 3},
    {{"$TTL 3600\n@ SOA ns root 1 ( 3 4 5\n NS ns\n", "zone.parse", "problem", "parenthesis", "what was lost is not missed"}, NULL, 2},
    {{HEAD "IN MX 10 mail\n", "zone.parse", "warning", "IN.example.com", "a class in the first column"}, NULL, 4},
    {{HEAD "x TXT \"" X256 "\"\n", "zone.parse", "problem", "a string of 256 octets", "too long"}, NULL, 4},

    {{HEAD MX, "zone.trailing_dot", "ok", NULL, "relative, and meant so"}, NULL, 0},
    {{HEAD " MX 10 mail.example.com\n", "zone.trailing_dot", "problem", " MX 10 mail.example.com.", "the zone's name behind it"}, NULL, 4},
    {{HEAD " MX 10 mx.provider.net\n", "zone.trailing_dot", "problem", " MX 10 mx.provider.net.", "a public ending"}, NULL, 4},
    {{HEAD " MX 10 mx.net\nmx.net A 198.51.100.7\n", "zone.trailing_dot", "ok", NULL, "it exists below the zone"}, NULL, 0},

    {{HEAD MX "www CNAME mail\n", "zone.cname_and_other", "ok", NULL, "an alias alone"}, NULL, 0},
    {{HEAD MX "www CNAME mail\nwww TXT x\n", "zone.cname_and_other", "problem", "www.example.com. 3600 IN A 198.51.100.7", "a text beside it"}, NULL, 6},

    {{HEAD MX, "zone.duplicate", "ok", NULL, "each once"}, NULL, 0},
    {{HEAD MX "mail A 198.51.100.7\n", "zone.duplicate", "warning", "stands there already, at z:5", "the same again"}, NULL, 6},
    {{HEAD MX "mail 60 A 198.51.100.8\n", "zone.duplicate", "warning", "60", "another TTL"}, NULL, 6},

    {{HEAD SPF, "zone.txt_quotes", "ok", NULL, "quoted"}, NULL, 0},
    {{HEAD "_dmarc TXT v=DMARC1; p=reject\n", "zone.txt_quotes", "problem", "_dmarc TXT \"v=DMARC1; p=reject\"", "a comment"}, NULL, 4},
    {{HEAD " TXT v=spf1 mx -all\n", "zone.txt_quotes", "problem", " TXT \"v=spf1 mx -all\"", "three strings"}, NULL, 4},

    {{HEAD "@ TXT \"v=spf1 include:a.test -all\"\n", "spf.include_valid", "unknown", "a.test TXT", "not in the zone: nobody knows"}, NULL, 0},
    {{HEAD "@ TXT \"v=spf1 include:_spf.example.com -all\"\n", "spf.include_valid", "problem", "_spf.example.com has no SPF record", "an include that the zone lacks"}, NULL, 4},
    {{HEAD "@ TXT \"v=spf1 include:example.com -all\"\n", "spf.include_valid", "problem", "leads back to itself", "an include of itself"}, NULL, 4},
    {{HEAD "@ TXT \"v=spf1 redirect=a.example.com\"\na TXT \"v=spf1 redirect=example.com\"\n", "spf.include_valid", "problem", "leads back to itself", "a loop of redirects"}, NULL, 4},
    {{HEAD "@ TXT \"v=spf1 include:_spf.example.com -all\"\n_spf TXT \"v=spf1 ip4:192.0.2.1 -all\"\n", "spf.include_valid", "ok", NULL, "an include that the zone has"}, NULL, 0},

    {{HEAD SPF, "zone.txt_typography", "ok", NULL, "ASCII"}, NULL, 0},
    {{HEAD "@ TXT \"v=spf1 mx " DASH "all\"\n", "zone.txt_typography", "problem", "@ TXT \"v=spf1 mx -all\"", "a dash"}, NULL, 4},
    {{HEAD "@ TXT \"v=spf1 mx " DASH "all\"\n", "zone.txt_typography", "problem", "in `@ TXT \"v=spf1 mx \\xe2\\x80\\x93all\"`", "as it stands, not as it should"}, NULL, 4},
    {{HEAD "_dmarc TXT \xe2\x80\x9cv=DMARC1; p=none\xe2\x80\x9d\n", "zone.txt_quotes", "ok", NULL, "told as typography, once"}, NULL, 0},

    {{HEAD MX, "zone.serial", "ok", NULL, "nobody to compare with"}, NULL, 0},
    {{HEAD MX, "zone.serial", "ok", NULL, "raised"}, LIVE_SOA("2025010100") LIVE_MX, 0},
    {{HEAD MX, "zone.serial", "ok", NULL, "the same zone"}, LIVE_SOA("2025010101") LIVE_MX, 0},
    {{HEAD MX, "zone.serial", "warning", "2025010102", "changed, not raised"}, LIVE_SOA("2025010101"), 2},
    {{HEAD MX, "zone.serial", "warning", "2025010201", "lower"}, LIVE_SOA("2025010200") LIVE_MX, 2},
    {{HEAD MX, "zone.serial", "ok", NULL, "RFC 1982: greater across the end"}, LIVE_SOA("4294967290"), 0},
    {{HEAD MX, "zone.serial", "unknown", NULL, "trouble"}, "$FAIL example.com. SOA TIMEOUT\n", 0},
    {{"$TTL 3600\n@ SOA ns.other.test. root 2031010101 2 3 4 5\n NS ns.other.test.\n", "zone.serial", "warning", "2031010101", "a date to come"}, NULL, 2},

    {{HEAD MX, "zone.live_diff", "ok", NULL, "the same"}, LIVE_SOA("1") LIVE_MX, 0},
    {{HEAD MX, "zone.live_diff", "info", "example.com MX: the file and the live DNS differ", "an MX more"}, LIVE_SOA("1"), 4},
    {{HEAD, "zone.live_diff", "info", "example.com MX", "an MX less"}, LIVE_SOA("1") LIVE_MX, 0},
    {{HEAD "_dmarc TXT \"v=DMARC1; p=none\"\n", "zone.live_diff", "info", "_dmarc.example.com TXT", "DMARC"}, LIVE_SOA("1"), 4},
    {{HEAD MX, "zone.live_diff", "unknown", NULL, "trouble is no difference"}, LIVE_SOA("1") "$FAIL example.com. MX TIMEOUT\n", 0},
    {{HEAD "@ MXX 10 mail\n", "zone.live_diff", "unknown", NULL, "a lost line is no difference"}, LIVE_SOA("1") LIVE_MX, 0},
    {{HEAD MX, "zone.live_diff", "skipped", NULL, "no such zone out there"}, "other.test. A 192.0.2.1\n", 0},
    {{HEAD MX, "zone.live_diff", "skipped", NULL, "no live DNS"}, NULL, 0},

    {{HEAD MX, "zone.out_of_zone", "ok", NULL, "all inside"}, NULL, 0},
    {{HEAD "a.other.test. A 192.0.2.1\n", "zone.out_of_zone", "problem", "a.other.test.", "outside"}, NULL, 4},
    {{HEAD "sub NS ns.other.test.\n_dmarc.sub TXT \"v=DMARC1; p=none\"\n", "zone.out_of_zone", "problem", "z:4", "below a delegation"}, NULL, 5},

    {{HEAD MX, "zone.ttl", "ok", NULL, "an hour"}, NULL, 0},
    {{HEAD " 60 MX 10 mail\n", "zone.ttl", "info", " 300 MX 10 mail", "short"}, NULL, 4},
    {{HEAD " 604800 MX 10 mail\n", "zone.ttl", "info", " 86400 MX 10 mail", "long"}, NULL, 4},
    {{"@ 60 SOA ns.other.test. root 1 2 3 4 5\n NS ns.other.test.\n", "zone.ttl", "info", "$TTL 3600", "no $TTL"}, NULL, 2},

    {{HEAD "s._domainkey TXT " KEY, "dkim.split", "ok", NULL, "short"}, NULL, 0},
    {{HEAD "s._domainkey TXT \"v=DKIM1; k=rsa; p=" X256 "\"\n", "dkim.split", "problem skipped", "\" \"", "split for you"}, NULL, 4},

    {{HEAD "s._domainkey TXT " KEY, "dkim.owner", "ok", NULL, "where it is looked for"}, NULL, 0},
    {{HEAD "s TXT " KEY, "dkim.owner", "problem", "s.example.com.", "elsewhere"}, NULL, 4},
    {{HEAD "s._domainkey ( TXT \"v=DKIM1; p=MIGf\" ) ; ----- DKIM key s for sub.example.com\n", "dkim.owner", "problem",
      "s._domainkey.sub.example.com. (", "opendkim-genkey's comment says whose it is"}, NULL, 4},

    {{HEAD "*.x A 192.0.2.1\n_dmarc TXT \"v=DMARC1; p=none\"\n", "dmarc.place", "ok", NULL, "a wildcard of addresses"}, NULL, 0},
    {{HEAD "* TXT \"v=spf1 -all\"\n_dmarc TXT \"v=DMARC1; p=none\"\n", "dmarc.place", "warning", "*.example.com.", "it answers for _dmarc"}, NULL, 4},

    {{HEAD SPF, "spf.string_255", "ok", NULL, "short"}, NULL, 0},
    {{HEAD "@ TXT \"v=spf1 exists:" X256 " -all\"\n", "spf.string_255", "problem", "\" \"", "split for you"}, NULL, 4},

    {{HEAD "a.test._report._dmarc TXT \"v=DMARC1\"\n", "dmarc.external_auth_open", "ok", NULL, "one domain"}, NULL, 0},
    {{HEAD "*._report._dmarc TXT \"v=DMARC1\"\n", "dmarc.external_auth_open", "info", "*._report._dmarc.example.com.", "any domain"}, NULL, 4},

    /* what a refused line may have told */
    {{HEAD MX, "spf.exists", "problem", NULL, "absent"}, NULL, 0},
    {{HEAD "a..b TXT x\n", "spf.exists", "unknown", "zone.parse", "any name may be meant"}, NULL, 0},
    {{HEAD "@ TXTT \"v=spf1 -all\"\n", "spf.exists", "unknown", "zone.parse", "this name is meant"}, NULL, 0},
    {{HEAD MX "x TXTT \"v=spf1 -all\"\n", "spf.exists", "problem", NULL, "another is meant"}, NULL, 0},
    {{HEAD "@ TXT \"v=spf1 -all\n", "spf.exists", "unknown", "zone.parse", "the text itself is broken"}, NULL, 0},
    {{HEAD "$INCLUDE mail.inc\n", "spf.exists", "unknown", "zone.parse", "it may stand in the other file"}, NULL, 0},
    {{HEAD "$ORIGIN a..b\n", "spf.exists", "unknown", "zone.parse", "all that follows may be elsewhere"}, NULL, 0},
    {{HEAD "$TTL x\n" MX, "spf.exists", "problem", NULL, "a time to live hides no name"}, NULL, 0},
};
/* clang-format on */

struct file {
    struct check_zone zone;
    struct dns_name origin;
    struct zone_document document;
    struct zone_part part;
    struct zone_index index;
    struct zone_lint lint;
    struct zone_published published;
};

static bool
locate(const struct check_zone *self, struct sceau_slice owner, uint16_t type,
       struct sceau_slice rdata, struct check_place *place)
{
    const struct file *file = (const struct file *)self;
    const struct zone_record *record =
        zone_index_record(&file->index, owner, type, rdata);
    if (record == NULL)
        return false;
    struct zone_place found = zone_record_place(record);
    *place = (struct check_place){found.file, found.line, found.column};
    return true;
}

static void
file_open(struct file *file, const char *text, struct sceau_resolver *live)
{
    *file = (struct file){0};
    assert_true(dns_name_from_asked(SCEAU_SLICE("example.com"), &file->origin));
    assert_int_equal(zone_document_read(unit_arena, SCEAU_SLICE("z"),
                                        sceau_slice_from(text), &file->origin, NULL,
                                        &file->document),
                     SCEAU_OK);
    file->part =
        (struct zone_part){&file->document, dns_name_slice(&file->origin), false};
    assert_int_equal(zone_index_make(unit_arena, &file->part, 1, &file->index),
                     SCEAU_OK);
    assert_int_equal(zone_lint(unit_arena, &file->index, 0, NULL, NOW, &file->lint),
                     SCEAU_OK);
    zone_published_init(&file->published, &file->index, live);
    file->zone = (struct check_zone){
        .origin = SCEAU_SLICE("example.com"),
        .document = &file->document,
        .lint = &file->lint,
        .told_at = SCEAU_SLICE("example.com"),
        .locate = locate,
    };
}

static void
check_case(const struct zone_case *c, const char *name, const char *want)
{
    const struct rule_case *rule = &c->rule;
    struct sceau_zone_error error;
    struct check_subject s;
    struct file file;
    struct sceau_slice id = sceau_slice_from(rule->id);
    const struct check_selector selector = {SCEAU_SLICE("example.com"),
                                            SCEAU_SLICE("s"), "the zone file", 0};
    struct check_options options = {
        .only = {&id, 1},
        .known_selectors = &selector,
        .known_selector_count = strstr(rule->zone, "s._domainkey TXT") != NULL,
    };
    struct sceau_resolver *live = NULL;
    UNIT_CASE(rule->why);
    sceau_arena_clear(unit_arena);
    if (c->live != NULL)
        assert_non_null(live =
                            sceau_zone_resolver_new(sceau_slice_from(c->live), &error));
    file_open(&file, rule->zone, live);
    assert_true(check_subject_init(&s, unit_arena, &file.published.resolver, NOW,
                                   &options, sceau_slice_from(name)));
    s.zone = &file.zone;
    s.live = live;
    check_run(&s);
    struct text said = text_new(unit_arena, SIZE_MAX);
    const char *outcomes = rule_outcomes(s.findings, &said);
    const char *words = text_done(&said).ptr;
    if (strcmp(outcomes, want) != 0 ||
        (rule->has != NULL && strcmp(want, rule->want) == 0 &&
         strstr(words, rule->has) == NULL))
        fail_msg("%s (%s): %s\n%s", rule->id, rule->why, outcomes, words);
    if (strcmp(want, rule->want) == 0 && c->line != 0)
        assert_int_equal(s.findings->place.line, c->line);
    sceau_zone_resolver_free(live);
}

static void
test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], "example.com", cases[i].rule.want);
}

/* The file as a whole is told with one name only. */
static void
test_told_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *id = cases[i].rule.id;
        if (strncmp(id, "zone.", 5) == 0 && strcmp(id, "zone.live_diff") != 0)
            check_case(&cases[i], "mail.example.com", "skipped");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_told_once),
    };
    return cmocka_run_group_tests(tests, unit_arena_up, unit_arena_down);
}
