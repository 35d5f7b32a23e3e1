/* What the tests of this module share: a zone text as DNS that remembers what was
 * asked. */
#ifndef DMARC_TESTING_H
#define DMARC_TESTING_H

#include "sceau/dmarc.h"
#include "sceau/dns.h"

#include "core/slice.h"

#include <assert.h>
#include <stdio.h>

/* One case's world. The first member is a resolver in front of the zone's. */
struct dmarc_world {
    struct sceau_resolver recorder;
    struct sceau_resolver *zone;
    struct sceau_arena *arena;
    struct sceau_context context;
    char asked[2000]; /* "name TYPE" of each question, with blanks between */
};

static inline void
dmarc_world_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
                   struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
                   struct sceau_dns_answer *answer)
{
    struct dmarc_world *world = (struct dmarc_world *)self;
    char type_name[16];
    size_t len = strlen(world->asked);
    snprintf(world->asked + len, sizeof world->asked - len, "%s%.*s",
             len > 0 ? " " : "", SLICE_ARG(name));
    len = strlen(world->asked);
    if (type != SCEAU_DNS_TXT)
        snprintf(world->asked + len, sizeof world->asked - len, "/%s",
                 sceau_dns_type_name(type, type_name));
    world->zone->lookup(world->zone, arena, name, type, timeout_ms, answer);
}

static inline void
dmarc_world_init(struct dmarc_world *world, const char *zone_text)
{
    struct sceau_zone_error error;
    *world = (struct dmarc_world){.recorder = {.lookup = dmarc_world_lookup}};
    world->zone = sceau_zone_resolver_new(sceau_slice_from(zone_text), &error);
    if (world->zone == NULL)
        fprintf(stderr, "%zu:%zu: %s\n", error.line, error.column, error.text);
    assert(world->zone != NULL);
    world->arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    world->context =
        (struct sceau_context){.arena = world->arena, .resolver = &world->recorder};
}

static inline void
dmarc_world_clear(struct dmarc_world *world)
{
    sceau_arena_free(world->arena);
    sceau_zone_resolver_free(world->zone);
}

#endif
