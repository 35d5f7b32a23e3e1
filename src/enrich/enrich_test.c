/* Addresses and records looked up in a zone file, kept in a real store. */
#include "enrich.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "records.h"

#include <unistd.h>

#define NOW INT64_C(1764374400) /* 2025-11-29 */
#define DAY 86400

static const char zone_text[] =
    "10.2.0.192.in-addr.arpa. PTR Mail.Example.ORG.\n"
    "mail.example.org. A 192.0.2.10\n"
    "11.2.0.192.in-addr.arpa. PTR liar.example.com.\n" /* it leads elsewhere */
    "liar.example.com. A 198.51.100.99\n"
    "$FAIL 12.2.0.192.in-addr.arpa. PTR SERVFAIL\n"
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR a.b.c.example.co.uk.\n"
    "a.b.c.example.co.uk. AAAA 2001:db8::1\n"
    "13.2.0.192.in-addr.arpa. PTR \\060b\\062.example.net.\n" /* no host's name */
    "\\060b\\062.example.net. A 192.0.2.13\n";

static char folder[TEST_FOLDER], path[TEST_STORE];
static struct database *db;

static int
up(void **state)
{
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    if (test_folder_make(folder, "enrich") != 0)
        return 1;
    test_store_place(path, folder, "store");
    db = database_open(path, DATABASE_WRITE, &status, error);
    return db == NULL || unit_arena_up(state);
}

static int
down(void **state)
{
    database_close(db);
    return test_folder_remove(folder) != 0 || unit_arena_down(state);
}

static struct sceau_resolver *
zone(const char *text)
{
    struct sceau_zone_error error;
    struct sceau_resolver *resolver =
        sceau_zone_resolver_new(sceau_slice_from(text), &error);
    if (resolver == NULL)
        fail_msg("%zu:%zu: %s", error.line, error.column, error.text);
    return resolver;
}

static struct sceau_psl *
suffixes(void)
{
    return sceau_psl_new(SCEAU_SLICE("org\nco.uk\ncom\nnet\n"));
}

static void
saw(const char *text, int day)
{
    struct sceau_ip ip;
    assert_true(sceau_ip_parse(sceau_slice_from(text), &ip));
    struct statement *s = database_prepare(
        db, "INSERT INTO seen (policy_domain, ip, first_day, last_day) VALUES "
            "('example.org', ?1, ?2, ?2)");
    bind_blob(s, 1,
              (struct sceau_slice){(const char *)ip.octets, ip.version == 4 ? 4 : 16});
    bind_int(s, 2, day);
    assert_int_equal(statement_step(s), 0);
}

/* "ptr|domain|asn|name|country|wait|failures" of an address; "" when it was not looked up. */
static struct sceau_slice
kept(const char *text, int64_t now)
{
    struct sceau_ip ip;
    static char out[512];
    assert_true(sceau_ip_parse(sceau_slice_from(text), &ip));
    struct statement *s = database_prepare(
        db,
        "SELECT ptr, ptr_domain, asn, as_name, country, next_look, failures FROM address WHERE ip = ?1");
    bind_blob(s, 1,
              (struct sceau_slice){(const char *)ip.octets, ip.version == 4 ? 4 : 16});
    out[0] = '\0';
    if (statement_step(s) == 1)
        snprintf(out, sizeof out, "%.*s|%.*s|%d|%.*s|%.*s|%lld|%d",
                 SLICE_ARG(column_text(s, 0)), SLICE_ARG(column_text(s, 1)),
                 (int)column_int(s, 2), SLICE_ARG(column_text(s, 3)),
                 SLICE_ARG(column_text(s, 4)), (long long)(column_int(s, 5) - now),
                 (int)column_int(s, 6));
    statement_reset(s);
    return sceau_slice_from(out);
}

static void
looks_up_addresses(void **state)
{
    struct sceau_resolver *resolver = zone(zone_text);
    struct sceau_psl *psl = suffixes();
    struct enrich e = {.db = db,
                       .resolver = resolver,
                       .psl = psl,
                       .now = NOW,
                       .most = 100,
                       .budget_ms = 60000};
    struct enrich_result result;
    static const struct {
        const char *ip, *want, *why;
    } rows[] = {
        {"192.0.2.10",  "mail.example.org|example.org|0|||2592000|0",
         "confirmed, in small letters"                                                                          },
        {"192.0.2.11",  "||0|||2592000|0",                                 "a name that leads elsewhere is none"},
        {"192.0.2.12",  "||0|||3600|1",                                    "DNS could not tell: sooner"         },
        {"192.0.2.13",  "||0|||2592000|0",                                 "octets that no host's name has"     },
        {"192.0.2.14",  "||0|||2592000|0",                                 "no name"                            },
        {"2001:db8::1", "a.b.c.example.co.uk|example.co.uk|0|||2592000|0",
         "the suffix list's organisation"                                                                       },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        saw(rows[i].ip, 20000);
    assert_true(enrich_run(&e, &result));
    assert_int_equal(result.looked_up, 6);
    assert_int_equal(result.named, 2);
    assert_int_equal(result.failed, 1);
    assert_false(result.has_more);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        UNIT_CASE(rows[i].why);
        assert_slice(kept(rows[i].ip, NOW), rows[i].want);
    }
    /* what is known is not asked for again, but for what failed, when its time has come */
    assert_true(enrich_run(&e, &result));
    assert_int_equal(result.looked_up, 0);
    for (int failures = 2; failures <= 12; failures++) {
        int64_t wait = INT64_C(3600) << (failures - 1);
        char want[64];
        e.now += 8 * DAY;
        assert_true(enrich_run(&e, &result));
        snprintf(want, sizeof want, "||0|||%d|%d",
                 (int)(wait < 7 * DAY ? wait : 7 * DAY), failures);
        assert_slice(kept("192.0.2.12", e.now), want);
    }
    sceau_psl_free(psl);
    sceau_zone_resolver_free(resolver);
}

/* A name that DNS cannot tell any more stays; one that is gone goes. */
static void
keeps_through_trouble(void **state)
{
    struct sceau_resolver *broken =
                              zone("$FAIL 10.2.0.192.in-addr.arpa. PTR TIMEOUT\n"),
                          *empty = zone("a. A 192.0.2.1\n");
    struct enrich e = {.db = db,
                       .resolver = broken,
                       .now = NOW + 400 * DAY,
                       .most = 100,
                       .budget_ms = 60000};
    struct enrich_result result;
    (void)state;
    assert_true(enrich_run(&e, &result));
    assert_slice(kept("192.0.2.10", e.now), "mail.example.org|example.org|0|||3600|1");
    e.resolver = empty;
    e.now += DAY;
    assert_true(enrich_run(&e, &result));
    assert_slice(kept("192.0.2.10", e.now), "||0|||2592000|0");
    sceau_zone_resolver_free(broken);
    sceau_zone_resolver_free(empty);
}

/* No more than asked for in one run, the latest first. */
static void
is_bounded(void **state)
{
    struct sceau_resolver *empty = zone("a. A 192.0.2.1\n");
    struct enrich e = {.db = db,
                       .resolver = empty,
                       .now = NOW + 402 * DAY,
                       .most = 100,
                       .budget_ms = 60000};
    struct enrich_result result;
    char ip[32];
    (void)state;
    for (int i = 0; i < 250; i++) {
        snprintf(ip, sizeof ip, "10.0.0.%d", i);
        saw(ip, 20100 + i);
    }
    assert_true(enrich_run(&e, &result));
    assert_int_equal(result.looked_up, 100);
    assert_true(result.has_more);
    assert_true(kept("10.0.0.249", e.now).len > 0);
    assert_int_equal(kept("10.0.0.149", e.now).len, 0);
    e.budget_ms = 0; /* no time: nothing, and no harm */
    assert_true(enrich_run(&e, &result));
    assert_int_equal(result.looked_up, 0);
    e.budget_ms = 60000;
    e.most = 1000;
    assert_true(enrich_run(&e, &result));
    assert_int_equal(result.looked_up, 150);
    assert_false(result.has_more);
    sceau_zone_resolver_free(empty);
}

static void
names_networks(void **state)
{
    char file[512], problem[CHECK_NETWORKS_PROBLEM] = "";
    struct sceau_resolver *empty = zone("a. A 192.0.2.1\n");
    struct enrich_result result;
    (void)state;
    assert_non_null(getenv("TEST_DATA"));
    snprintf(file, sizeof file, "%s/enrich/networks.mmdb", getenv("TEST_DATA"));
    struct check_networks *networks = check_networks_open(file, problem);
    if (networks == NULL) { /* then it has to say so; nothing is left out in silence */
        assert_non_null(strstr(problem, "built without libmaxminddb"));
    } else {
        struct enrich e = {.db = db,
                           .resolver = empty,
                           .networks = networks,
                           .countries = networks,
                           .now = NOW + 800 * DAY,
                           .most = 1000,
                           .budget_ms = 60000};
        saw("198.51.100.7", 20100);
        assert_true(enrich_run(&e, &result));
        assert_slice(kept("192.0.2.10", e.now), "||64500|Example Network|FR|2592000|0");
        assert_slice(kept("198.51.100.7", e.now),
                     "||64501|Other <b>\"Net\"||2592000|0"); /* "de" is no code */
        struct sceau_slice six = kept("2001:db8::1", e.now);
        assert_non_null(strstr(six.ptr, "|0|Six é"));
        assert_non_null(strstr(six.ptr, "é|CH|"));
        assert_true(slice_is_utf8(six) && six.len < 110);
    }
    check_networks_close(networks);
    sceau_zone_resolver_free(empty);
}

/* ---- records ---- */

#define OTHERS                                                       \
 "own.test. TXT \"v=spf1 mx -all\"\nown.test. TXT \"google-site\"\n" \
 "own.test. MX 10 MX.own.test.\nmx.own.test. A 192.0.2.1\n"          \
 "mx.own.test. AAAA 2001:db8::1\n"
#define RECORDS OTHERS "_dmarc.own.test. TXT \"v=DMARC1; p=none\"\n"

static size_t
look(const char *text, int day, size_t *troubles)
{
    struct sceau_resolver *resolver = zone(text);
    const struct sceau_slice own[] = {SCEAU_SLICE("Own.test"),
                                      SCEAU_SLICE("not a domain")};
    struct records_look l = {.db = db,
                             .resolver = resolver,
                             .domains = own,
                             .domain_count = 2,
                             .now = NOW + day * DAY,
                             .budget_ms = 60000};
    struct records_result result;
    assert_true(records_is_due(db, l.now));
    assert_true(records_run(&l, &result));
    assert_false(records_is_due(db, l.now + 3600));
    assert_int_equal(result.domains, 1);
    if (troubles != NULL)
        *troubles = result.troubles;
    struct records_result again;
    assert_true(
        records_run(&l, &again)); /* what was looked at today is not asked again */
    assert_int_equal(again.questions, 0);
    sceau_zone_resolver_free(resolver);
    return result.changed;
}

static int64_t
number(const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return value;
}

static void
watches_records(void **state)
{
    size_t count, troubles;
    bool is_fine;
    (void)state;
    assert_int_equal(look(RECORDS, 0, NULL), 0); /* what is met first is no change */
    assert_int_equal(number("SELECT count(*) FROM dns_record WHERE text <> ''"), 5);
    assert_int_equal(
        number(
            "SELECT count(*) FROM dns_record WHERE text = '10 mx.own.test' AND type = 'MX' AND domain = 'own.test'"),
        1);
    assert_int_equal(number(
                         "SELECT count(*) FROM dns_record WHERE text LIKE '%google%'"),
                     0);
    assert_int_equal(look(RECORDS, 1, NULL), 0);
    assert_null(records_changes(db, unit_arena, 0, &count, &is_fine));
    assert_true(is_fine);
    /* DNS that is silent changes nothing */
    assert_int_equal(look("$FAIL _dmarc.own.test. TXT SERVFAIL\n" OTHERS, 2, &troubles),
                     0);
    assert_int_equal(troubles, 1);
    /* another policy */
    assert_int_equal(
        look("_dmarc.own.test. TXT \"v=DMARC1; p=reject\"\n"
             "own.test. TXT \"v=spf1 mx -all\"\nown.test. MX 10 mx.own.test.\n",
             3, NULL),
        3);
    const struct records_change *changes =
        records_changes(db, unit_arena, NOW + 2 * DAY, &count, &is_fine);
    assert_int_equal(count, 1); /* addresses of hosts come and go */
    assert_slice(changes[0].name, "_dmarc.own.test");
    assert_slice(changes[0].before, "v=DMARC1; p=none");
    assert_slice(changes[0].after, "v=DMARC1; p=reject");
    /* gone, and back as it once was */
    assert_int_equal(
        look("own.test. TXT \"v=spf1 mx -all\"\nown.test. MX 10 mx.own.test.\n", 4,
             NULL),
        1);
    changes = records_changes(db, unit_arena, NOW + 4 * DAY, &count, &is_fine);
    assert_int_equal(count, 1);
    assert_slice(changes[0].before, "v=DMARC1; p=reject");
    assert_slice(changes[0].after, "");
    assert_int_equal(
        look(
            "_dmarc.own.test. TXT \"v=DMARC1; p=none\"\nown.test. TXT \"v=spf1 mx -all\"\nown.test. MX 10 mx.own.test.\n",
            5, NULL),
        1);
    changes = records_changes(db, unit_arena, NOW + 5 * DAY, &count, &is_fine);
    assert_int_equal(count, 1);
    assert_slice(changes[0].before, "");
    assert_slice(changes[0].after, "v=DMARC1; p=none");
}

/* Selectors that are in use, and domains that reports are about. */
static void
asks_for_what_is_in_use(void **state)
{
    (void)state;
    assert_true(database_run(
        db,
        "INSERT INTO day_key (policy_domain, day, signer, selector, reporter_name, pass, fail) VALUES "
        "('own.test', 20430, 'own.test', 'S1', 'r', 1, 0), ('own.test', 20430, 'other.test', 's2', 'r', 1, 0), "
        "('own.test', 20300, 'own.test', 'old', 'r', 1, 0), ('own.test', 20430, 'own.test', 'a b', 'r', 1, 0)"));
    look(RECORDS "s1._domainkey.own.test. TXT \"v=DKIM1; p=\"\n", 10, NULL);
    assert_int_equal(
        number(
            "SELECT count(*) FROM dns_record WHERE name = 's1._domainkey.own.test' AND text = 'v=DKIM1; p='"),
        1);
    assert_int_equal(
        number("SELECT count(*) FROM dns_record WHERE name LIKE '%._domainkey.%'"), 1);
}

/* A text is in the key of its row, and an index has room for 2,704 octets that do not repeat. */
static void
keeps_long_records(void **state)
{
    char text[8192] = RECORDS "_mta-sts.own.test. TXT \"v=STSv1; ";
    size_t len = strlen(text);
    uint32_t random = 1;
    (void)state;
    for (size_t i = 0; i < 4000; i++) {
        random = random * 1664525 + 1013904223;
        if (i % 200 == 199) /* a string of a record has 255 octets */
            memcpy(text + len, "\" \"", 3), len += 3;
        text[len++] = (char)('0' + (random >> 24) % 64);
        if (text[len - 1] == '\\' || text[len - 1] == ';')
            text[len - 1] = 'z';
    }
    memcpy(text + len, "\"\n", sizeof "\"\n");
    look(text, 20, NULL);
    assert_int_equal(number("SELECT max(length(text)) FROM dns_record WHERE name = "
                            "'_mta-sts.own.test'"),
                     2000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_up_addresses), cmocka_unit_test(keeps_through_trouble),
        cmocka_unit_test(is_bounded),         cmocka_unit_test(names_networks),
        cmocka_unit_test(watches_records),    cmocka_unit_test(asks_for_what_is_in_use),
        cmocka_unit_test(keeps_long_records),
    };
    return cmocka_run_group_tests_name("enrich/enrich", tests, up, down);
}
