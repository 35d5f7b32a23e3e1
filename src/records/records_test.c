/* Descriptions of domains and the records they come to. */
#include "records.h"

#include "../../tests/unit.h"
#include "dns/name.h"
#include "dns/rdata.h"

#define LABEL  "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
#define SERVER "[domain \"e.test\"]\nservers = mail=192.0.2.1\naliases =\n"

static const struct records_key keys[] = {
    {{"e.test", 6},   {"A1", 2},  {"v=DKIM1; k=rsa; p=AAAA", 22}, "active"},
    {{"e.test", 6},   {"b", 1},   {"v=DKIM1; k=rsa; p=BBBB", 22}, "next"  },
    {{"w.e.test", 8}, {"c", 1},   {"v=DKIM1; k=rsa; p=CCCC", 22}, "active"},
    {{"f.test", 6},   {"d", 1},   {"v=DKIM1; k=rsa; p=DDDD", 22}, "active"},
    {{"e.test", 6},   {"old", 3}, {"", 0},                        NULL    },
};

static enum sceau_status
make(const char *text, struct records_set *set, struct sceau_slice *problem)
{
    struct sceau_config *config = sceau_arena_alloc(unit_arena, sizeof *config);
    const struct config_problem *problems;
    size_t count;
    struct config_source file = {SCEAU_SLICE("a.conf"), sceau_slice_from(text)};
    assert_int_equal(config_load(unit_arena, LANGUAGE_EN, &file, NULL, 0, config,
                                 &problems, &count),
                     SCEAU_OK);
    return records_make(unit_arena, config, 0, keys, sizeof keys / sizeof *keys,
                        LANGUAGE_EN, set, problem);
}

/* clang-format off */
static const struct {
    const char *text;
    const char *owner, *type;
    const char *data; /* of all records of that name and type, " | " between */
    const char *why;
} cases[] = {
    {SERVER, "mail.e.test", "A", "3600 192.0.2.1", "a server below the domain"},
    {SERVER, "mail.e.test", "AAAA", "", "of IPv6 nothing is said"},
    {SERVER, "e.test", "MX", "3600 10 mail.e.test.", "without gateways the servers take the mail"},
    {SERVER "gateways = g1.paris=192.0.2.2 g2=192.0.2.3\n", "e.test", "MX", "3600 10 g1.paris.e.test. | 3600 10 g2.e.test.", "the gateways; a dot makes no name absolute"},
    {SERVER "mx = mail=5 mx.other.test.=20\n", "e.test", "MX", "3600 5 mail.e.test. | 3600 20 mx.other.test.", "MX said outright; a host of others"},
    {SERVER "senders = w\n", "w.e.test", "MX", "3600 10 mail.e.test.", "a sending name has the domain's MX"},
    {SERVER "gateways = g=2001:db8::1\n", "e.test", "TXT", "10800 \"v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all\"", "servers and gateways send"},
    {SERVER "gateways = g=192.0.2.1\n", "e.test", "TXT", "10800 \"v=spf1 ip4:192.0.2.1 ~all\"", "one address once"},
    {SERVER "gateways = g=192.0.2.9/24\n", "e.test", "TXT", "10800 \"v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ~all\"", "a network has no host bits"},
    {SERVER "gateways = g=192.0.2.9/24\n", "g.e.test", "A", "3600 192.0.2.9", "and its host's address has them"},
    {SERVER "senders = w\n", "w.e.test", "TXT", "10800 \"v=spf1 ip4:192.0.2.1 ~all\"", "a sending name sends through the server"},
    {SERVER "spf = include:_spf.other.test\nspf_all = fail\n", "e.test", "TXT", "10800 \"v=spf1 ip4:192.0.2.1 include:_spf.other.test -all\"", "further terms, and the end"},
    {SERVER, "_dmarc.e.test", "TXT", "10800 \"v=DMARC1; p=quarantine; sp=reject; aspf=s; adkim=s\"", "the defaults"},
    {SERVER "senders = w\n", "_dmarc.w.e.test", "TXT", "10800 \"v=DMARC1; p=reject; sp=reject; aspf=s; adkim=s\"", "of a sending name"},
    {SERVER "policy = none\nsubdomain_policy = same\nnonexistent_policy = reject\ntesting = yes\nalignment = relaxed\nrua = a@e.test b,c@e.test\nruf = d@e.test\n", "_dmarc.e.test", "TXT",
     "10800 \"v=DMARC1; p=none; np=reject; t=y; rua=mailto:a@e.test,mailto:b%2Cc@e.test; ruf=mailto:d@e.test\"", "every tag; a comma in an address"},
    {SERVER "sender_policy = same\nsenders = w\n", "_dmarc.w.e.test", "TXT", "10800 \"v=DMARC1; p=quarantine; sp=reject; aspf=s; adkim=s\"", "a sending name like the domain"},
    {SERVER "policy = same\n", "_dmarc.e.test", "TXT", "10800 \"v=DMARC1; p=none; sp=reject; aspf=s; adkim=s\"", "p is always said"},
    {SERVER "rua = mailto:a@e.test\n", "_dmarc.e.test", "TXT", "10800 \"v=DMARC1; p=quarantine; sp=reject; aspf=s; adkim=s; rua=mailto:a@e.test\"", "mailto: is forgiven"},
    {SERVER, "A1._domainkey.e.test", "TXT", "- \"v=DKIM1; k=rsa; \" \"p=AAAA\"", "a key, in the letter case of its selector and the zone's TTL"},
    {SERVER, "b._domainkey.e.test", "TXT", "- \"v=DKIM1; k=rsa; \" \"p=BBBB\"", "one that is to come"},
    {SERVER, "old._domainkey.e.test", "TXT", "", "one that has to go"},
    {SERVER, "c._domainkey.w.e.test", "TXT", "", "of a name that is not described"},
    {SERVER "senders = w\n", "c._domainkey.w.e.test", "TXT", "- \"v=DKIM1; k=rsa; \" \"p=CCCC\"", "of a sending name"},
    {"[domain \"e.test\"]\nservers = mail=192.0.2.1\n", "imap.e.test", "CNAME", "3600 mail.e.test.", "aliases of the first server"},
    {"[domain \"e.test\"]\nservers = imap=192.0.2.1\n", "imap.e.test", "CNAME", "", "a host is no alias"},
    {SERVER "senders = w=192.0.2.7\n", "w.e.test", "A", "3600 192.0.2.7", "a sending host of the Internet"},
    {SERVER "senders = w=10.0.0.5\n", "w.e.test", "A", "", "a private address stays private"},
    {SERVER "reports_for = g.test\n", "g.test._report._dmarc.e.test", "TXT", "10800 \"v=DMARC1\"", "reports of others"},
    {SERVER "rua = r@other.test\n", "e.test._report._dmarc.other.test", "TXT", "10800 \"v=DMARC1\" (foreign)", "ours elsewhere"},
    {SERVER "rua = r@lists.e.test\n", "e.test._report._dmarc.lists.e.test", "TXT", "", "one organization needs no agreement"},
    {SERVER "[domain \"g.test\"]\nrua = r@e.test\nsenders = w\n", "w.g.test._report._dmarc.e.test", "TXT", "10800 \"v=DMARC1\"", "another domain of this configuration"},
    {SERVER "host_ttl = 5m\npolicy_ttl = 0\n", "mail.e.test", "A", "300 192.0.2.1", "TTL of hosts"},
    {SERVER "host_ttl = 5m\npolicy_ttl = 0\n", "_dmarc.e.test", "TXT", "0 \"v=DMARC1; p=quarantine; sp=reject; aspf=s; adkim=s\"", "TTL of policies"},
    {"[domain \"e.test\"]\nservers = @=192.0.2.1\naliases =\n", "e.test", "A", "3600 192.0.2.1", "the domain itself is a host"},
    {"[domain \"m.e.test\"]\nzone = e.test\nservers = a.m.e.test=192.0.2.1\n", "a.m.e.test", "A", "3600 192.0.2.1", "a name that has the domain in it"},
};

static const struct {
    const char *text;
    const char *problem; /* its beginning */
    const char *why;
} refused[] = {
    {"[domain \"e.test\"]\n", "[domain \"e.test\"] names no mail server", "nothing to say"},
    {"[domain \"e.test\"]\nservers = mail\n", "mail has no address", "a server without one"},
    {SERVER "mx = mx.other.test\n", "mx: mx.other.test (mx.other.test.e.test) is neither", "the final dot that everybody forgets"},
    {SERVER "rua = other.test\n", "rua: other.test is no address", "a domain is none"},
    {SERVER "zone = other.test\n", "zone: e.test does not lie in other.test", "another's zone"},
    {SERVER "spf = include:\n", "the SPF record would be", "SPF that nobody can read"},
    {SERVER "senders = " LABEL "." LABEL "." LABEL "." LABEL "\n",
     "_dmarc.", "a name that grows too long"},
};
/* clang-format on */

static struct sceau_slice
data_of(const struct records_set *set, const char *owner, const char *type)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    struct dns_name name;
    assert_true(dns_name_from_asked(sceau_slice_from(owner), &name));
    text_string(&t, "");
    for (size_t i = 0; i < set->count; i++) {
        const struct records_record *record = &set->records[i];
        if (record->type != sceau_dns_type_parse(sceau_slice_from(type)) ||
            !dns_name_equal(record->owner, dns_name_slice(&name)))
            continue;
        text_string(&t, t.len > 0 ? " | " : "");
        if (record->has_ttl)
            text_format(&t, "%u ", record->ttl);
        else
            text_string(&t, "- ");
        dns_rdata_present(&t, record->type, record->rdata);
        text_string(&t, record->is_foreign ? " (foreign)" : "");
    }
    return t.len > 0 ? text_done(&t) : SCEAU_SLICE("");
}

static void
test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct records_set set;
        struct sceau_slice problem;
        assert_int_equal(make(cases[i].text, &set, &problem), SCEAU_OK);
        assert_slice(data_of(&set, cases[i].owner, cases[i].type), cases[i].data);
        sceau_arena_clear(unit_arena);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        UNIT_CASE(refused[i].why);
        struct records_set set;
        struct sceau_slice problem;
        assert_int_equal(make(refused[i].text, &set, &problem), SCEAU_E_SYNTAX);
        struct sceau_slice want = sceau_slice_from(refused[i].problem);
        assert_true(problem.len >= want.len);
        assert_slice(slice_sub(problem, 0, want.len), refused[i].problem);
        sceau_arena_clear(unit_arena);
    }
}

/* Whatever is wanted lies in a claim, or a second run would add it again. */
static void
test_claims(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct records_set set;
        struct sceau_slice problem;
        assert_int_equal(make(cases[i].text, &set, &problem), SCEAU_OK);
        for (size_t k = 0; k < set.count; k++) {
            const struct records_record *record = &set.records[k];
            bool is_claimed = record->is_foreign;
            for (size_t n = 0; n < set.claim_count; n++)
                is_claimed |= set.claims[n].type == record->type &&
                              dns_name_equal(set.claims[n].owner, record->owner) &&
                              slice_starts_ci(record->text, set.claims[n].prefix);
            assert_true(is_claimed);
        }
        sceau_arena_clear(unit_arena);
    }
}

/* Lines for Postfix: whom a sending host hands its mail to, and whom that one admits. */
static void
test_satellites(void **state)
{
    static const char *const lines[] = {
        "'relayhost = [192.0.2.9]' 'myorigin = w.e.test' 'mydestination =' "
        "'inet_interfaces = loopback-only'\n",
        "$(postconf -h mynetworks) 10.0.0.5/32 [fd00::5]/128\"\n",
    };
    struct records_set set;
    struct sceau_slice problem;
    (void)state;
    assert_int_equal(make(SERVER "senders = w=10.0.0.5,fd00::5\nrelay = 192.0.2.9\n",
                          &set, &problem),
                     SCEAU_OK);
    struct sceau_slice text = records_bind(unit_arena, &set, LANGUAGE_EN);
    assert_non_null(text.ptr);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_non_null(strstr(text.ptr, lines[i]));
    sceau_arena_clear(unit_arena);
}

/* Many senders: records of a size that travels, and few lookups (RFC 7208 sections 3.4 and
 * 4.6.4). */
static void
test_large(void **state)
{
    (void)state;
    struct records_set set;
    struct sceau_slice problem;
    struct text t = text_new(unit_arena, SIZE_MAX);
    size_t includes = 0, terms = 0;
    text_string(&t, SERVER "gateways =");
    for (unsigned i = 0; i < 60; i++)
        text_format(&t, " g%u=198.51.100.%u,2001:db8:%x::%x", i, i, i, i);
    text_string(&t, "\n");
    assert_int_equal(make(text_done(&t).ptr, &set, &problem), SCEAU_OK);
    for (size_t i = 0; i < set.count; i++) {
        struct sceau_slice rest = set.records[i].text, word;
        if (set.records[i].section != RECORDS_SPF)
            continue;
        assert_true(rest.len <= RECORDS_SPF_MAX);
        while (slice_next(&rest, ' ', &word)) {
            includes += slice_starts_ci(word, SCEAU_SLICE("include:"));
            terms += slice_starts_ci(word, SCEAU_SLICE("ip"));
        }
    }
    assert_int_equal(terms, 121);
    assert_in_range(includes, 2, 10);
    sceau_arena_clear(unit_arena);
}

/* A full arena is told, wherever it happens. */
static void
test_full(void **state)
{
    (void)state;
    for (size_t room = 20000; room < 60000; room += 500) {
        struct sceau_arena *arena = sceau_arena_new(room);
        struct sceau_config config;
        const struct config_problem *problems;
        size_t count;
        struct records_set set;
        struct sceau_slice problem;
        struct config_source file = {SCEAU_SLICE("a.conf"),
                                     SCEAU_SLICE(SERVER "senders = w x y z\n")};
        assert_non_null(arena);
        if (config_load(arena, LANGUAGE_EN, &file, NULL, 0, &config, &problems,
                        &count) == SCEAU_OK) {
            enum sceau_status status =
                records_make(arena, &config, 0, keys, sizeof keys / sizeof *keys,
                             LANGUAGE_EN, &set, &problem);
            assert_true(status == SCEAU_E_LIMIT || status == SCEAU_OK);
            if (status == SCEAU_OK)
                assert_int_equal(set.count, 19);
        }
        sceau_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_claims), cmocka_unit_test(test_large),
        cmocka_unit_test(test_full),   cmocka_unit_test(test_satellites),
    };
    return cmocka_run_group_tests_name("records/records", tests, unit_arena_up,
                                       unit_arena_down);
}
