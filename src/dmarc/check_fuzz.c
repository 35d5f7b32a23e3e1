/* A fuzzed zone, author domain and identifiers: the verdict is whole, costs no more
 * than its limits, comes out the same twice, and a further identifier never takes a
 * pass away.
 *
 *     line 1   how: "treewalk", "psl", "hybrid", or "external" for RFC 9990 section 4;
 *              behind it may stand " N": the arena has N times 64 octets
 *     line 2   the author domain
 *     line 3   SPF identifiers, separated by blanks: "domain", "?domain", "!domain";
 *              the first is the destination of "external"
 *     line 4   DKIM identifiers
 *     rest     zone text */
#include "sceau/dmarc.h"
#include "sceau/dns.h"

#include "core/domain.h"
#include "core/slice.h"

#include <assert.h>

enum {
    IDENTIFIERS_MAX = 4
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
read_identifiers(struct sceau_slice line, struct sceau_dmarc_identifier *identifiers)
{
    struct sceau_slice word;
    size_t count = 0;
    while (count < IDENTIFIERS_MAX && slice_next(&line, ' ', &word)) {
        char mark = word.len > 0 ? word.ptr[0] : '\0';
        bool is_marked = mark == '?' || mark == '!';
        identifiers[count++] = (struct sceau_dmarc_identifier){
            .domain = slice_skip(word, is_marked),
            .is_pass = !is_marked,
            .is_temperror = mark == '?',
        };
    }
    return count;
}

static void
assert_whole(const struct sceau_dmarc_outcome *o, const struct sceau_dmarc_query *query)
{
    bool is_judged = o->result == SCEAU_DMARC_PASS || o->result == SCEAU_DMARC_FAIL;
    assert(o->reason != NULL);
    assert(!is_judged || (o->record != NULL && !o->record->is_void));
    assert(o->result != SCEAU_DMARC_NONE || o->record == NULL);
    assert((o->result == SCEAU_DMARC_PASS) == (o->spf_aligned || o->dkim_aligned));
    assert(o->result == SCEAU_DMARC_FAIL || o->disposition == SCEAU_DMARC_POLICY_NONE);
    assert(o->disposition <= o->policy);
    assert(o->record == NULL || domain_is_within(query->author, o->policy_domain));
    assert(o->organizational_domain.len == 0 ||
           domain_is_within(query->author, o->organizational_domain));
    assert(!o->dkim_aligned || (o->dkim_aligned_index < query->dkim_count &&
                                query->dkim[o->dkim_aligned_index].is_pass));
    assert(o->query_count <= SCEAU_DMARC_WALK_MAX);
    for (size_t i = 0; i < o->query_count; i++)
        assert(domain_is_askable(o->queries[i]) &&
               slice_starts_ci(o->queries[i], SCEAU_SLICE("_dmarc.")));
}

/* Somebody asked why. */
static void
listen_to(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    (void)self;
    assert(depth <= 8);
    for (size_t i = 0; i < text.len; i++)
        assert(text.ptr[i] >= ' ' && text.ptr[i] <= '~');
}

/* A verdict costs at most the walks of the author and of each identifier, by both ways,
 * and the question of existence. */
static void
check(struct sceau_resolver *zone, const struct sceau_dmarc_query *query,
      struct sceau_arena *arena, struct sceau_dmarc_outcome *outcome)
{
    struct sceau_dns_session session;
    struct sceau_trace trace = {.line = listen_to};
    struct sceau_context context = {.arena = arena, .trace = &trace};
    size_t walks = 2 + query->spf_count + query->dkim_count;
    sceau_dns_session_init(&session, zone, arena, SCEAU_DNS_MESSAGE_MS);
    context.resolver = &session.resolver;
    sceau_dmarc_prefetch(&context, query->author);
    sceau_dmarc_check(&context, query, outcome);
    assert(session.question_count <= walks * SCEAU_DMARC_WALK_MAX + 1);
    assert(context.trace_depth == 0);
    assert_whole(outcome, query);
}

static void
check_thrice(struct sceau_resolver *zone, struct sceau_dmarc_query *query,
             size_t ceiling)
{
    struct sceau_dmarc_outcome outcome, again, fewer;
    struct sceau_arena *arena = sceau_arena_new(ceiling);
    if (arena == NULL)
        return;
    check(zone, query, arena, &outcome);
    enum sceau_dmarc_result result = outcome.result;
    enum sceau_dmarc_policy disposition = outcome.disposition;
    size_t query_count = outcome.query_count;
    sceau_arena_clear(arena);
    check(zone, query, arena, &again);
    assert(again.result == result && again.disposition == disposition &&
           again.query_count == query_count);
    sceau_arena_clear(arena);
    query->dkim_count = 0;
    check(zone, query, arena, &fewer);
    assert(fewer.result != SCEAU_DMARC_PASS || result == SCEAU_DMARC_PASS ||
           ceiling < SCEAU_MESSAGE_MEMORY);
    sceau_arena_free(arena);
}

/* Whoever is told yes is in the same organization, or said so. */
static void
check_external(struct sceau_resolver *zone, const struct sceau_dmarc_query *query,
               size_t ceiling)
{
    struct sceau_arena *arena = sceau_arena_new(ceiling);
    struct sceau_context context = {.arena = arena, .resolver = zone};
    struct sceau_slice destination = query->spf[0].domain;
    const struct sceau_dmarc_record *replacement = NULL;
    const char *reason = NULL;
    bool accepts = true, is_aligned = true;
    if (arena == NULL)
        return;
    enum sceau_status status =
        sceau_dmarc_external_accepts(&context, query->author, destination, &accepts,
                                     &replacement, &reason);
    assert(status == SCEAU_OK || (status == SCEAU_E_SYSTEM && !accepts));
    assert(reason != NULL && (replacement == NULL || accepts));
    status = sceau_dmarc_aligned(&context, SCEAU_DMARC_TREEWALK, NULL, query->author,
                                 destination, SCEAU_DMARC_RELAXED, &is_aligned);
    assert(!is_aligned || status == SCEAU_OK);
    assert(!is_aligned || accepts || ceiling < SCEAU_MESSAGE_MEMORY);
    sceau_arena_free(arena);
}

/* Line 1. */
static bool
read_mode(struct sceau_slice line, struct sceau_dmarc_query *query, size_t *ceiling)
{
    static const char *const modes[] = {"treewalk", "psl", "hybrid"};
    struct sceau_slice word, number = SLICE_NONE;
    uint64_t units = 0;
    slice_next(&line, ' ', &word);
    if (slice_next(&line, ' ', &number) && slice_decimal(number, 1000, &units))
        *ceiling = (size_t)units * 64;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (slice_eq(word, sceau_slice_from(modes[i])))
            query->discovery = (enum sceau_dmarc_discovery)i;
    }
    return slice_eq(word, SCEAU_SLICE("external"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice rest = {(const char *)data, size};
    struct sceau_slice mode, author, spf_line, dkim_line;
    struct sceau_dmarc_identifier spf[IDENTIFIERS_MAX] = {0}, dkim[IDENTIFIERS_MAX];
    struct sceau_zone_error error;
    size_t ceiling = SCEAU_MESSAGE_MEMORY;
    if (!slice_next(&rest, '\n', &mode) || !slice_next(&rest, '\n', &author) ||
        !slice_next(&rest, '\n', &spf_line) || !slice_next(&rest, '\n', &dkim_line))
        return 0;
    struct sceau_resolver *zone = sceau_zone_resolver_new(rest, &error);
    struct sceau_psl *psl =
        sceau_psl_new(SCEAU_SLICE("com\nco.uk\nuk\n*.ck\nshared.example.com\n"));
    struct sceau_dmarc_query query = {.author = author,
                                      .spf = spf,
                                      .dkim = dkim,
                                      .psl = psl};
    query.spf_count = read_identifiers(spf_line, spf);
    query.dkim_count = read_identifiers(dkim_line, dkim);
    bool is_external = read_mode(mode, &query, &ceiling);
    if (zone != NULL && psl != NULL && is_external)
        check_external(zone, &query, ceiling);
    else if (zone != NULL && psl != NULL)
        check_thrice(zone, &query, ceiling);
    sceau_psl_free(psl);
    sceau_zone_resolver_free(zone);
    return 0;
}
