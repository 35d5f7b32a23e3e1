/* Small worlds for check_host(): a zone, a client, a sender, and the result with the term
 * that gave it. */
#ifndef SPF_CHECK_TESTING_H
#define SPF_CHECK_TESTING_H

#include "sceau/dns.h"
#include "sceau/spf.h"

#include "../../tests/unit.h"
#include "core/slice.h"
#include "core/text.h"

struct world {
    struct sceau_resolver *zone;
    struct sceau_arena *arena;
    struct sceau_dns_session session;
    struct sceau_context context;
};

static inline void
world_open(struct world *w, const char *zone_text, size_t memory)
{
    struct sceau_zone_error error;
    w->zone = sceau_zone_resolver_new(sceau_slice_from(zone_text), &error);
    if (w->zone == NULL)
        fail_msg("%zu:%zu: %s", error.line, error.column, error.text);
    w->arena = sceau_arena_new(memory);
    assert_non_null(w->arena);
    sceau_dns_session_init(&w->session, w->zone, w->arena, SCEAU_DNS_MESSAGE_MS);
    w->context = (struct sceau_context){
        .arena = w->arena,
        .resolver = &w->session.resolver,
        .now = 1767225600,
    };
}

static inline void
world_close(struct world *w)
{
    sceau_arena_free(w->arena);
    sceau_zone_resolver_free(w->zone);
}

static inline struct sceau_spf_query
query_of(const char *ip, const char *sender, const char *helo)
{
    struct sceau_spf_query query = {
        .helo = sceau_slice_from(helo),
        .sender = sceau_slice_from(sender),
        .identity = SCEAU_SPF_MAIL_FROM,
        .default_explanation = SCEAU_SLICE("DEFAULT"),
        .want_explanation = true,
    };
    assert_true(ip[0] == '\0' || sceau_ip_parse(sceau_slice_from(ip), &query.ip));
    return query;
}

/* Every answer of a world where example.com publishes `record`, as the case says. */
#define RECORD(record) "example.com. TXT \"v=spf1 " record "\"\n"

/* Its own address. */
#define ME "example.com. A 192.0.2.1\n"

/* A record that includes one at i.example.com. */
#define INCLUDES(record)              \
 RECORD("include:i.example.com ?all") \
 "i.example.com. TXT \"v=spf1 " record "\"\n"

struct result_case {
    const char *zone;
    const char *ip;
    const char *want; /* "result mechanism", or "result: reason" */
    const char *why;
};

static inline void
check_cases(const struct result_case *cases, size_t count, const char *common,
            const char *sender)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        char zone[8192], got[256];
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of(cases[i].ip, sender, "mta.example.net");
        UNIT_CASE(cases[i].why);
        snprintf(zone, sizeof zone, "$ORIGIN .\n$TTL 300\n%s%s", common, cases[i].zone);
        world_open(&w, zone, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_true(o.reason == NULL || o.mechanism.len == 0);
        snprintf(got, sizeof got, "%s%s%s%.*s", sceau_spf_result_name(o.result),
                 o.reason != NULL ? ": " : " ", o.reason != NULL ? o.reason : "",
                 SLICE_ARG(o.mechanism));
        if (strcmp(got, cases[i].want) != 0) {
            fprintf(stderr, "%s: got \"%s\", want \"%s\"\n", cases[i].why, got,
                    cases[i].want);
            wrong++;
        }
        world_close(&w);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK_CASES(cases, common, sender) \
 check_cases((cases), sizeof(cases) / sizeof *(cases), (common), (sender))

#endif
