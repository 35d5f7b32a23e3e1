/* A name under examination from its start, and where its facts are kept. */
#include "factstate.h"

void *
check_alloc(struct check_subject *s, size_t size)
{
    void *block = sceau_arena_alloc(s->context->arena, size);
    s->has_failed |= block == NULL;
    return block;
}

struct check_facts *
check_facts(struct check_subject *s)
{
    return s->facts;
}

bool
check_subject_init(struct check_subject *s, struct sceau_arena *arena,
                   struct sceau_resolver *resolver, int64_t now,
                   const struct check_options *options, struct sceau_slice name)
{
    *s = (struct check_subject){.options = options, .name = name};
    s->own_context = (struct sceau_context){.arena = arena, .now = now};
    s->context = &s->own_context;
    sceau_dns_session_init(&s->session, resolver, arena, CHECK_DNS_MS);
    s->own_context.resolver = &s->session.resolver;
    s->last = &s->findings;
    s->facts = check_alloc(s, sizeof *s->facts);
    return s->facts != NULL;
}
