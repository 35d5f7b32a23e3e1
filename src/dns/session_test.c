/* A session: one question once, in order, under one budget, prefetches listed once; and
 * what sceau_dns_lookup tells the trace. */
#include "sceau/dns.h"

#include "../../tests/unit.h"
#include "core/slice.h"

/* A resolver that counts, says how long it took, and notes what it was allowed. */
struct counting {
    struct sceau_resolver resolver;
    unsigned lookups, prefetches;
    uint32_t takes_ms;
    uint32_t allowed_ms; /* at the last lookup */
    enum sceau_dns_status status;
};

static void
counting_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
                struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
                struct sceau_dns_answer *answer)
{
    struct counting *counting = (struct counting *)self;
    (void)arena, (void)name, (void)type;
    counting->lookups++;
    counting->allowed_ms = timeout_ms;
    *answer = (struct sceau_dns_answer){.status = counting->status,
                                        .elapsed_ms = counting->takes_ms};
}

static void
counting_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    (void)name, (void)type;
    ((struct counting *)self)->prefetches++;
}

struct fixture {
    struct counting upstream;
    struct sceau_dns_session session;
    struct sceau_context context;
};

static void
fixture_open(struct fixture *f, uint32_t budget_ms, size_t memory)
{
    *f = (struct fixture){
        .upstream = {.resolver = {counting_lookup, counting_prefetch},
                     .status = SCEAU_DNS_NODATA                                                        },
        .context = {.arena = sceau_arena_new(memory),                 .resolver = &f->session.resolver},
    };
    sceau_dns_session_init(&f->session, &f->upstream.resolver, f->context.arena,
                           budget_ms);
}

static enum sceau_dns_status
ask(struct fixture *f, const char *name, uint16_t type)
{
    struct sceau_dns_answer answer;
    sceau_dns_lookup(&f->context, sceau_slice_from(name), type, &answer);
    return answer.status;
}

static void
asks_once_and_remembers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 1000, 1 << 20);
    f.upstream.takes_ms = 7;
    ask(&f, "a.test", SCEAU_DNS_TXT);
    struct sceau_dns_answer answer;
    sceau_dns_lookup(&f.context, SCEAU_SLICE("A.TEST"), SCEAU_DNS_TXT, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_NODATA);
    assert_int_equal(answer.elapsed_ms, 0);
    ask(&f, "a.test", SCEAU_DNS_A);
    ask(&f, "b.test", SCEAU_DNS_TXT);
    ask(&f, "not..askable", SCEAU_DNS_TXT);
    assert_int_equal(f.upstream.lookups, 3);
    assert_int_equal(f.session.question_count, 3);
    assert_int_equal(f.session.budget_ms, 1000 - 3 * 7);
    const struct sceau_dns_question *q = f.session.questions;
    assert_slice(q->name, "a.test");
    assert_int_equal(q->type, SCEAU_DNS_TXT);
    assert_int_equal(q->status, SCEAU_DNS_NODATA);
    assert_int_equal(q->next->type, SCEAU_DNS_A);
    assert_slice(q->next->next->name, "b.test");
    assert_null(q->next->next->next);
    sceau_arena_free(f.context.arena);
}

static void
keeps_the_budget(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 12000, 1 << 20);
    f.upstream.takes_ms = 5000;
    f.upstream.status = SCEAU_DNS_TIMEOUT;
    ask(&f, "a.test", 16);
    assert_int_equal(f.upstream.allowed_ms, SCEAU_DNS_QUERY_MS);
    ask(&f, "b.test", 16);
    ask(&f, "c.test", 16);
    assert_int_equal(f.upstream.allowed_ms, 2000); /* what was left */
    assert_int_equal(f.session.budget_ms, 0);      /* and never below */
    assert_int_equal(ask(&f, "d.test", 16), SCEAU_DNS_TIMEOUT);
    sceau_dns_prefetch(&f.context, SCEAU_SLICE("e.test"), 16);
    assert_int_equal(f.upstream.lookups, 3);
    assert_int_equal(f.upstream.prefetches, 0);
    assert_int_equal(f.session.question_count, 3);
    assert_int_equal(ask(&f, "a.test", 16), SCEAU_DNS_TIMEOUT); /* known: no wait */
    sceau_arena_free(f.context.arena);
}

static void
keeps_a_reserve(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 12000, 1 << 20);
    f.upstream.takes_ms = 5000;
    f.upstream.status = SCEAU_DNS_TIMEOUT;
    f.session.reserve_ms = 4000;
    ask(&f, "a.test", 16);
    ask(&f, "b.test", 16);
    assert_int_equal(f.upstream.allowed_ms, 3000); /* 12 - 5 - 4 s */
    f.session.budget_ms = 4000;
    assert_int_equal(ask(&f, "c.test", 16), SCEAU_DNS_TIMEOUT);
    sceau_dns_prefetch(&f.context, SCEAU_SLICE("d.test"), 16);
    assert_int_equal(f.upstream.lookups, 2);
    assert_int_equal(f.upstream.prefetches, 0);
    f.session.reserve_ms = 0;
    f.upstream.status = SCEAU_DNS_NODATA;
    f.upstream.takes_ms = 1;
    assert_int_equal(ask(&f, "c.test", 16), SCEAU_DNS_NODATA);
    /* Its wait was cut short: asked again. The first one had its time. */
    assert_int_equal(ask(&f, "b.test", 16), SCEAU_DNS_NODATA);
    assert_int_equal(ask(&f, "a.test", 16), SCEAU_DNS_TIMEOUT);
    assert_int_equal(f.upstream.lookups, 4);
    sceau_arena_free(f.context.arena);
}

static void
lists_a_prefetch_once(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 1000, 1 << 20);
    sceau_dns_prefetch(&f.context, SCEAU_SLICE("a.test"), 16);
    sceau_dns_prefetch(&f.context, SCEAU_SLICE("A.test."), 16);
    sceau_dns_prefetch(&f.context, SCEAU_SLICE("not..askable"), 16);
    assert_int_equal(f.upstream.prefetches, 1);
    assert_true(f.session.questions->is_prefetch);
    assert_int_equal(f.session.questions->status, SCEAU_DNS_OK);
    f.upstream.status = SCEAU_DNS_NXDOMAIN;
    assert_int_equal(ask(&f, "a.test", 16), SCEAU_DNS_NXDOMAIN);
    sceau_dns_prefetch(&f.context, SCEAU_SLICE("a.test"), 16); /* answered already */
    assert_int_equal(f.upstream.prefetches, 1);
    assert_int_equal(f.session.question_count, 1);
    assert_int_equal(f.session.questions->status, SCEAU_DNS_NXDOMAIN);
    f.upstream.resolver.prefetch = NULL; /* a resolver that cannot: nothing is listed */
    sceau_dns_prefetch(&f.context, SCEAU_SLICE("b.test"), 16);
    assert_int_equal(f.session.question_count, 1);
    sceau_arena_free(f.context.arena);
}

static void
stops_when_memory_is_full(void **state)
{
    (void)state;
    struct fixture f;
    for (size_t memory = 16; memory < 2048; memory += 16) {
        char name[32];
        enum sceau_dns_status status = SCEAU_DNS_NODATA;
        fixture_open(&f, 1000, memory);
        for (int i = 0; i < 100 && status == SCEAU_DNS_NODATA; i++) {
            snprintf(name, sizeof name, "h%d.test", i);
            sceau_dns_prefetch(&f.context, sceau_slice_from(name), 1);
            status = ask(&f, name, 1);
        }
        assert_int_equal(status, SCEAU_DNS_LIMIT);
        sceau_arena_free(f.context.arena);
    }
}

/* ---- the trace ------------------------------------------------------------------------------ */

struct listener {
    struct sceau_trace trace;
    char lines[1000];
    size_t len;
};

static void
listen(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct listener *listener = (struct listener *)self;
    listener->len += (size_t)snprintf(listener->lines + listener->len,
                                      sizeof listener->lines - listener->len,
                                      "%*s%.*s\n", (int)depth, "", SLICE_ARG(text));
}

static void
tells_questions_and_answers(void **state)
{
    (void)state;
    static const char zone[] = "a.test. TXT \"v=spf1 -all\" \"\\027[2J\"\n"
                               "$FAIL b.test. TXT SERVFAIL\n";
    struct sceau_zone_error error;
    struct listener listener = {.trace = {listen}};
    struct sceau_context context = {
        .arena = sceau_arena_new(1 << 20),
        .resolver = sceau_zone_resolver_new(SCEAU_SLICE(zone), &error),
        .trace = &listener.trace,
    };
    struct sceau_dns_answer answer;
    sceau_dns_lookup(&context, SCEAU_SLICE("a.test"), SCEAU_DNS_TXT, &answer);
    sceau_dns_lookup(&context, SCEAU_SLICE("b.test"), SCEAU_DNS_TXT, &answer);
    sceau_dns_lookup(&context, SCEAU_SLICE("a..\x1b"), 65280, &answer);
    assert_string_equal(listener.lines,
                        "DNS TXT a.test: NOERROR\n"
                        " \"v=spf1 -all\" \"\\\\027[2J\"\n"
                        "DNS TXT b.test: SERVFAIL, as $FAIL says\n"
                        "DNS TYPE65280 a..\\x1b: INVALID, this is not a DNS name\n");
    sceau_zone_resolver_free(context.resolver);
    sceau_arena_free(context.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_once_and_remembers),
        cmocka_unit_test(keeps_the_budget),
        cmocka_unit_test(keeps_a_reserve),
        cmocka_unit_test(lists_a_prefetch_once),
        cmocka_unit_test(stops_when_memory_is_full),
        cmocka_unit_test(tells_questions_and_answers),
    };
    return cmocka_run_group_tests_name("dns/session", tests, NULL, NULL);
}
