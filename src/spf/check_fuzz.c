/* Three lines (sender, HELO, address) and then a zone: what check_host() makes of it keeps
 * its limits, asks only names that DNS can have and never the retired type, says the same
 * again, and gives away nothing that is not printable. */
#include "sceau/dns.h"
#include "sceau/spf.h"

#include "core/domain.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The record, ten terms of one MX and ten addresses each, a PTR and its ten names, exp=. */
#define QUESTIONS_MAX \
 (1 + SCEAU_SPF_TERMS_MAX * (1 + SCEAU_SPF_NAMES_MAX) + 1 + SCEAU_SPF_NAMES_MAX + 1)

/* A zone that watches what is asked. */
struct watcher {
    struct sceau_resolver resolver;
    struct sceau_resolver *zone;
    unsigned questions;
    bool has_ptr;
};

static void
watch_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
             struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
             struct sceau_dns_answer *answer)
{
    struct watcher *w = (struct watcher *)self;
    assert(domain_is_askable(name));
    assert(type == SCEAU_DNS_TXT || type == SCEAU_DNS_A || type == SCEAU_DNS_AAAA ||
           type == SCEAU_DNS_MX || type == SCEAU_DNS_PTR);
    w->questions++;
    w->has_ptr |= type == SCEAU_DNS_PTR;
    w->zone->lookup(w->zone, arena, name, type, timeout_ms, answer);
}

struct listener {
    struct sceau_trace trace;
    unsigned lines;
};

static void
listen_line(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct listener *l = (struct listener *)self;
    assert(depth <= SCEAU_SPF_TERMS_MAX + 4);
    for (size_t i = 0; i < text.len; i++)
        assert(text.ptr[i] >= ' ' && text.ptr[i] <= '~');
    l->lines++;
}

static void
check_outcome(const struct sceau_spf_outcome *o, const struct watcher *w)
{
    bool is_error = o->result == SCEAU_SPF_NONE || o->result == SCEAU_SPF_TEMPERROR ||
                    o->result == SCEAU_SPF_PERMERROR;
    assert(is_error == (o->reason != NULL));
    assert(is_error == (o->mechanism.len == 0));
    assert(o->result == SCEAU_SPF_FAIL || o->explanation.len == 0);
    for (size_t i = 0; i < o->explanation.len; i++)
        assert(o->explanation.ptr[i] >= ' ' && o->explanation.ptr[i] <= '~');
    assert(o->domain.len == 0 || domain_is_ldh(o->domain));
    assert(o->domain.len > 0 || (o->result == SCEAU_SPF_NONE && w->questions == 0));
    assert(!o->is_permissive || o->result == SCEAU_SPF_PASS);
    assert(o->lookup_terms <= SCEAU_SPF_TERMS_MAX);
    assert(o->void_lookups <= SCEAU_SPF_VOID_MAX || o->result == SCEAU_SPF_PERMERROR);
    assert(w->questions <= QUESTIONS_MAX);
}

/* With half of that memory there is a result as well: the same, or an error. (But for
 * names of the client: what cannot be had of them is as if it were not there.) */
static void
check_in_little_memory(struct sceau_context *context,
                       const struct sceau_spf_query *query,
                       const struct sceau_spf_outcome *outcome)
{
    struct sceau_spf_outcome less;
    struct sceau_arena *arena = sceau_arena_new(sceau_arena_used(context->arena) / 2);
    assert(arena != NULL);
    context->arena = arena;
    sceau_spf_check(context, query, &less);
    assert(less.result == outcome->result || less.result == SCEAU_SPF_TEMPERROR ||
           less.result == SCEAU_SPF_NONE);
    sceau_arena_free(arena);
}

static void
check_query(const struct sceau_spf_query *query, struct sceau_resolver *zone)
{
    struct watcher w = {.resolver = {.lookup = watch_lookup}, .zone = zone};
    struct listener l = {{.line = listen_line}, 0};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_arena *other = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    assert(arena != NULL && other != NULL);
    struct sceau_context context = {arena, &w.resolver, 1767225600, NULL, 0};
    struct sceau_spf_outcome outcome, again;
    sceau_spf_check(&context, query, &outcome);
    check_outcome(&outcome, &w);
    context.arena = other;
    context.trace = &l.trace;
    sceau_spf_check(&context, query, &again);
    assert(l.lines >= 2 && context.trace_depth == 0);
    assert(again.result == outcome.result && again.reason == outcome.reason);
    assert(slice_eq(again.mechanism, outcome.mechanism));
    assert(slice_eq(again.explanation, outcome.explanation));
    if (!w.has_ptr)
        check_in_little_memory(&context, query, &again);
    sceau_arena_free(arena);
    sceau_arena_free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size}, ip;
    struct sceau_spf_query query = {
        .receiver = SCEAU_SLICE("mx.receiver.test"),
        .want_explanation = true,
    };
    if (!slice_next(&text, '\n', &query.sender) ||
        !slice_next(&text, '\n', &query.helo) || !slice_next(&text, '\n', &ip))
        return 0;
    struct sceau_zone_error error;
    struct sceau_resolver *zone = sceau_zone_resolver_new(text, &error);
    sceau_ip_parse(ip, &query.ip);
    if (zone == NULL)
        return 0;
    query.identity = SCEAU_SPF_MAIL_FROM;
    check_query(&query, zone);
    query.identity = SCEAU_SPF_HELO;
    check_query(&query, zone);
    sceau_zone_resolver_free(zone);
    return 0;
}
