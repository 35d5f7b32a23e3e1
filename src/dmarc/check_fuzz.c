/* A fuzzed zone, author domain and identifiers: the verdict is whole, costs no more than its
 * limits, comes out the same twice, and a further identifier never takes a pass away.
 *
 *     line 1   the author domain
 *     line 2   SPF identifiers, separated by blanks: "domain", "?domain", "!domain"
 *     line 3   DKIM identifiers
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

static void
check(struct sceau_resolver *zone, const struct sceau_dmarc_query *query,
      struct sceau_arena *arena, struct sceau_dmarc_outcome *outcome)
{
    struct sceau_dns_session session;
    struct sceau_context context = {.arena = arena};
    sceau_dns_session_init(&session, zone, arena, SCEAU_DNS_MESSAGE_MS);
    context.resolver = &session.resolver;
    sceau_dmarc_check(&context, query, outcome);
    /* Walks of the author and of each identifier, and one question about existence. */
    size_t walks = 1 + query->spf_count + query->dkim_count;
    assert(session.question_count <= walks * SCEAU_DMARC_WALK_MAX + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice rest = {(const char *)data, size};
    struct sceau_slice author = SLICE_NONE, spf_line = SLICE_NONE,
                       dkim_line = SLICE_NONE;
    struct sceau_dmarc_identifier spf[IDENTIFIERS_MAX], dkim[IDENTIFIERS_MAX];
    struct sceau_zone_error error;
    if (!slice_next(&rest, '\n', &author) || !slice_next(&rest, '\n', &spf_line) ||
        !slice_next(&rest, '\n', &dkim_line))
        return 0;
    struct sceau_resolver *zone = sceau_zone_resolver_new(rest, &error);
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_dmarc_query query = {.author = author, .spf = spf, .dkim = dkim};
    struct sceau_dmarc_outcome outcome, again, fewer;
    if (zone != NULL && arena != NULL) {
        query.spf_count = read_identifiers(spf_line, spf);
        query.dkim_count = read_identifiers(dkim_line, dkim);
        check(zone, &query, arena, &outcome);
        assert_whole(&outcome, &query);
        check(zone, &query, arena, &again);
        assert(again.result == outcome.result && again.policy == outcome.policy &&
               again.disposition == outcome.disposition &&
               again.query_count == outcome.query_count);
        query.dkim_count = 0;
        check(zone, &query, arena, &fewer);
        assert(fewer.result != SCEAU_DMARC_PASS || outcome.result == SCEAU_DMARC_PASS);
    }
    sceau_arena_free(arena);
    sceau_zone_resolver_free(zone);
    return 0;
}
