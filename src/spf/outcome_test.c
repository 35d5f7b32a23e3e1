/* What comes out of check_host() besides the result, what it asks for that, and what it
 * does when memory is short. */
#include "check_testing.h"

static const struct {
    const char *record;
    const char *zone;
    const char *want;
    const char *why;
} explanations[] = {
    {"-all",                           "",                                                     "DEFAULT",                "no exp="                              },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"%{i} is\" \" not ours\"\n",
     "192.0.2.1 is not ours",                                                                                            "6.2: strings join without a space"    },
    {"-all exp=x.%{d}",                "",                                                     "DEFAULT",                "6.2: no such name"                    },
    {"-all exp=x.%{d}",                "$FAIL x.example.com. TXT TIMEOUT\n",                   "DEFAULT",
     "6.2: trouble"                                                                                                                                             },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"a\"\nx.example.com. TXT \"b\"\n",
     "DEFAULT",                                                                                                          "6.2: more than one record"            },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"%{x}\"\n",                        "DEFAULT",
     "6.2: a syntax error"                                                                                                                                      },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"caf\\195\\169\"\n",               "DEFAULT",
     "6.2: not ASCII"                                                                                                                                           },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"a\\013\\010250 ok\"\n",           "DEFAULT",
     "11.5.2: a line end would be a reply of its own"                                                                                                           },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"\"\n",                            "",                       "an empty text is its choice"          },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"%{d} %{r} %{c} %{t}\"\n",
     "example.com unknown 192.0.2.1 1767225600",                                                                         "7.2: letters for explanations"        },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"from %{p}\"\n",                   "from unknown",           "7.3: p"                               },
    {"-all exp=x..%{d}",               "",                                                     "DEFAULT",                "4.8: no DNS name"                     },
    {"include:i.test -all exp=x.%{d}",
     "i.test. TXT \"v=spf1 -all exp=y.%{d}\"\ny.i.test. TXT \"theirs\"\n"
     "x.example.com. TXT \"ours\"\n",                                                          "ours",                   "6.2: never that of an included record"},
    {"redirect=i.test exp=x.%{d}",
     "i.test. TXT \"v=spf1 -all exp=y.%{d}\"\ny.i.test. TXT \"theirs for %{o}\"\n"
     "x.example.com. TXT \"ours\"\n",                                                          "theirs for example.com", "6.2: that of the redirected record"   },
    {"redirect=i.test exp=x.%{d}",
     "i.test. TXT \"v=spf1 -all\"\nx.example.com. TXT \"ours\"\n",                             "DEFAULT",
     "6.2: and never that of the redirecting one"                                                                                                               },
};

static void
explains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        char zone[1024];
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
        snprintf(zone, sizeof zone, "example.com. TXT \"v=spf1 %s\"\n%s",
                 explanations[i].record, explanations[i].zone);
        UNIT_CASE(explanations[i].why);
        world_open(&w, zone, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.result, SCEAU_SPF_FAIL);
        assert_slice(o.explanation, explanations[i].want);
        size_t asked = w.session.question_count;
        query.want_explanation = false;
        sceau_spf_check(&w.context, &query, &o);
        assert_slice(o.explanation, "DEFAULT");
        assert_int_equal(w.session.question_count, asked);
        world_close(&w);
    }
}

static const struct {
    const char *zone;
    const char *ip;
    bool is_permissive;
    const char *why;
} permissive[] = {
    {RECORD("+all"),                                                          "192.0.2.1",   true,  "+all"                              },
    {RECORD("ip4:0.0.0.0/8 ip4:192.0.0.0/8 -all"),                            "192.0.2.1",   true,
     "a network of /8"                                                                                                                  },
    {RECORD("ip4:192.0.0.0/9 -all"),                                          "192.0.2.1",   false, "a network of /9"                   },
    {RECORD("a/0 -all") ME,                                                   "203.0.113.1", true,  "everybody who is IPv4"             },
    {RECORD("ip6:2001::/16 -all"),                                            "2001:db8::1", true,  "a network of /16 of IPv6"          },
    {RECORD("ip6:2001:db8::/32 -all"),                                        "2001:db8::1", false, "a network of /32"                  },
    {INCLUDES("all"),                                                         "192.0.2.1",   true,  "hidden in an included record"      },
    {INCLUDES("ip4:192.0.2.1 all"),                                           "192.0.2.1",   false, "not what matched"                  },
    {RECORD("redirect=j.test") "j.test. TXT \"v=spf1 all\"\n",                "192.0.2.1",   true,
     "hidden behind a redirect"                                                                                                         },
    {RECORD("-include:i.test ip4:192.0.2.1") "i.test. TXT \"v=spf1 -all\"\n",
     "192.0.2.1",                                                                            false, "an all that did not let anybody in"},
    {RECORD("-all"),                                                          "192.0.2.1",   false, "no pass at all"                    },
};

static void
tells_permissive_passes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof permissive / sizeof *permissive; i++) {
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of(permissive[i].ip, "m@example.com", "x");
        UNIT_CASE(permissive[i].why);
        world_open(&w, permissive[i].zone, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.is_permissive, permissive[i].is_permissive);
        assert_false(o.secure); /* a zone file proves nothing */
        world_close(&w);
    }
}

/* A resolver that has validated what it says, or not. */
struct secure_resolver {
    struct sceau_resolver resolver;
    struct sceau_resolver *upstream;
    uint16_t insecure_type;
};

static void
secure_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
              struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
              struct sceau_dns_answer *answer)
{
    struct secure_resolver *r = (struct secure_resolver *)self;
    r->upstream->lookup(r->upstream, arena, name, type, timeout_ms, answer);
    answer->secure = type != r->insecure_type;
}

static void
tells_secure_verdicts(void **state)
{
    (void)state;
    static const uint16_t insecure[] = {0, SCEAU_DNS_A, SCEAU_DNS_TXT};
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
        world_open(&w, RECORD("a -all") ME, SCEAU_MESSAGE_MEMORY);
        struct secure_resolver r = {{.lookup = secure_lookup}, w.zone, insecure[i]};
        w.context.resolver = &r.resolver;
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.result, SCEAU_SPF_PASS);
        assert_int_equal(o.secure, insecure[i] == 0);
        world_close(&w);
    }
}

/* Section 3.1 and the privacy of section 11.6: only what is needed is asked. */
static void
asks_what_it_needs(void **state)
{
    (void)state;
    struct world w;
    struct sceau_spf_outcome o;
    struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
    world_open(
        &w,
        RECORD(
            "include:i.test mx ip4:192.0.2.1 a:never.test") "i.test. TXT \"v=spf1 exists:%{l}.x.test\"\nexample.com. MX 1 m.test.\n",
        SCEAU_MESSAGE_MEMORY);
    sceau_spf_check(&w.context, &query, &o);
    static const struct {
        const char *name;
        uint16_t type;
    } want[] = {
        {"example.com", SCEAU_DNS_TXT},
        {"i.test",      SCEAU_DNS_TXT},
        {"mary.x.test", SCEAU_DNS_A  },
        {"example.com", SCEAU_DNS_MX },
        {"m.test",      SCEAU_DNS_A  },
    };
    assert_int_equal(w.session.question_count, sizeof want / sizeof *want);
    const struct sceau_dns_question *q = w.session.questions;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++, q = q->next) {
        assert_slice(q->name, want[i].name);
        assert_int_equal(q->type, want[i].type);
    }
    world_close(&w);
}

/* ---- prefetch, memory, trace --------------------------------------------------------------- */

static struct sceau_slice prefetched[4];
static size_t prefetch_count;

static void
remember_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    (void)self;
    assert_int_equal(type, SCEAU_DNS_TXT);
    assert_true(prefetch_count < sizeof prefetched / sizeof *prefetched);
    prefetched[prefetch_count++] = name;
}

static void
prefetches_the_record(void **state)
{
    (void)state;
    struct world w;
    struct sceau_resolver resolver = {.prefetch = remember_prefetch};
    world_open(&w, "", SCEAU_MESSAGE_MEMORY);
    w.context.resolver = &resolver;
    prefetch_count = 0;
    struct sceau_spf_query query =
        query_of("192.0.2.1", "mary@EXAMPLE.com", "mta.test");
    sceau_spf_prefetch(&w.context, &query);
    query.identity = SCEAU_SPF_HELO;
    sceau_spf_prefetch(&w.context, &query);
    query = query_of("192.0.2.1", "mary@localhost", "");
    sceau_spf_prefetch(&w.context, &query);
    query = query_of("", "mary@example.com", "");
    sceau_spf_prefetch(&w.context, &query);
    assert_int_equal(prefetch_count, 2);
    assert_slice(prefetched[0], "example.com");
    assert_slice(prefetched[1], "mta.test");
    world_close(&w);
}

/* Whatever the ceiling, there is a result, and it is the right one or temperror. */
static void
survives_a_full_arena(void **state)
{
    (void)state;
    size_t right = 0;
    for (size_t memory = 0; memory < 8192; memory += 16) {
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
        world_open(&w, INCLUDES("exists:%{ir}.%{l}.x.test -all"), memory);
        sceau_spf_check(&w.context, &query, &o);
        bool is_right = o.result == SCEAU_SPF_NEUTRAL;
        assert_true(is_right || o.result == SCEAU_SPF_TEMPERROR ||
                    o.result == SCEAU_SPF_NONE);
        right += is_right;
        world_close(&w);
    }
    assert_true(right > 0);
}

/* Ten records of huge answers must leave room for the verifiers that come after. */
static void
stops_at_its_memory(void **state)
{
    (void)state;
    size_t size = 0, room = 400 * 1024;
    char *zone = malloc(room);
    struct world w;
    struct sceau_spf_outcome o;
    struct sceau_spf_query query = query_of("203.0.113.1", "mary@example.com", "x");
    assert_non_null(zone);
    size += (size_t)snprintf(zone, room,
                             RECORD("a:a.test a:b.test a:c.test a:d.test -all"));
    for (int n = 0; n < 4 * 2000; n++)
        size += (size_t)snprintf(zone + size, room - size, "%c.test. A 10.%d.%d.%d\n",
                                 'a' + n / 2000, n / 2000, n / 250 % 8, n % 250);
    world_open(&w, zone, SCEAU_MESSAGE_MEMORY);
    sceau_spf_check(&w.context, &query, &o);
    assert_int_equal(o.result, SCEAU_SPF_PERMERROR);
    assert_string_equal(o.reason, "the records need too much memory");
    assert_true(sceau_arena_used(w.arena) < SCEAU_MESSAGE_MEMORY / 2);
    world_close(&w);
    free(zone);
}

struct listener {
    struct sceau_trace trace;
    struct text out;
};

static void
listen_line(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct listener *l = (struct listener *)self;
    if (slice_starts_ci(text, SCEAU_SLICE("DNS ")) || text.ptr[0] == '"')
        return; /* the resolver's own lines */
    for (unsigned i = 0; i < depth; i++)
        text_octet(&l->out, ' ');
    text_slice(&l->out, text);
    text_octet(&l->out, '\n');
}

static void
tells_its_steps(void **state)
{
    (void)state;
    struct world w;
    struct sceau_spf_outcome o;
    struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
    world_open(
        &w,
        RECORD(
            "include:i.test a:n.test ~all") "i.test. TXT \"v=spf1 ip4:10.0.0.0/8 redirect=j.test\"\n"
                                            "j.test. TXT \"v=spf1 exists:x..test\"\n",
        SCEAU_MESSAGE_MEMORY);
    struct listener l = {{.line = listen_line}, text_new(w.arena, SIZE_MAX)};
    w.context.trace = &l.trace;
    sceau_spf_check(&w.context, &query, &o);
    assert_int_equal(w.context.trace_depth, 0);
    assert_slice(text_done(&l.out),
                 "SPF of MAIL FROM mary@example.com for the client 192.0.2.1\n"
                 " SPF record of example.com: v=spf1 include:i.test a:n.test ~all\n"
                 " include:i.test: lookup term 1 of 10\n"
                 "  SPF record of i.test: v=spf1 ip4:10.0.0.0/8 redirect=j.test\n"
                 "  ip4:10.0.0.0/8: does not match\n"
                 "  redirect=j.test: lookup term 2 of 10\n"
                 "  SPF record of j.test: v=spf1 exists:x..test\n"
                 "  exists:x..test: lookup term 3 of 10\n"
                 "  not asked, as it is no DNS name: x..test\n"
                 "  exists:x..test: does not match\n"
                 "  no mechanism matched: neutral\n"
                 " include:i.test: does not match, as the result there is neutral\n"
                 " a:n.test: lookup term 4 of 10\n"
                 " void lookup 1 of 2\n"
                 " a:n.test: does not match\n"
                 " ~all: matches, softfail\n"
                 " SPF softfail, decided by ~all\n");
    assert_int_equal(o.seen_count, 3);
    assert_slice(o.seen[0].domain, "example.com");
    assert_slice(o.seen[0].text, "v=spf1 include:i.test a:n.test ~all");
    assert_slice(o.seen[2].domain, "j.test");
    assert_slice(o.seen[2].text, "v=spf1 exists:x..test");
    world_close(&w);
}

static void
names_results(void **state)
{
    (void)state;
    static const char *const names[] = {"none",     "neutral",   "pass",     "fail",
                                        "softfail", "temperror", "permerror"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(sceau_spf_result_name((enum sceau_spf_result)i), names[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explains),
        cmocka_unit_test(tells_permissive_passes),
        cmocka_unit_test(tells_secure_verdicts),
        cmocka_unit_test(asks_what_it_needs),
        cmocka_unit_test(prefetches_the_record),
        cmocka_unit_test(survives_a_full_arena),
        cmocka_unit_test(stops_at_its_memory),
        cmocka_unit_test(tells_its_steps),
        cmocka_unit_test(names_results),
    };
    return cmocka_run_group_tests_name("spf/outcome", tests, NULL, NULL);
}
