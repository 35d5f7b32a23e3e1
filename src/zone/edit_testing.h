/* What the test and the fuzz target of edits share: a wish in words. */
#ifndef ZONE_EDIT_TESTING_H
#define ZONE_EDIT_TESTING_H

#include "dns/rdata.h"
#include "edit.h"

/* Records as a zone has them, below example.test; then each owner and type is claimed, of
 * TXT without an underscore those that begin with v=spf1. False when the arena is full or
 * the text is no zone. */
static inline bool
wish_read(struct sceau_arena *arena, const char *text, struct zone_wish *wish)
{
    struct dns_name origin;
    struct zone_document d;
    if (!dns_name_from_asked(SCEAU_SLICE("example.test"), &origin) ||
        zone_document_read(arena, SCEAU_SLICE("wish"), sceau_slice_from(text), &origin,
                           NULL, &d) != SCEAU_OK)
        return false;
    struct zone_wanted *wanted =
        sceau_arena_alloc(arena, (d.record_count + 1) * sizeof *wanted);
    struct zone_claim *claims =
        sceau_arena_alloc(arena, (d.record_count + 1) * sizeof *claims);
    if (wanted == NULL || claims == NULL || d.error_count > 0)
        return false;
    *wish = (struct zone_wish){.wanted = wanted, .claims = claims, .today = 20261128};
    for (size_t i = 0; i < d.record_count; i++) {
        const struct zone_record *record = &d.records[i];
        struct text t = text_new(arena, SIZE_MAX);
        bool is_spf = record->type == SCEAU_DNS_TXT && record->owner.ptr[1] != '_';
        claims[wish->claim_count++] =
            (struct zone_claim){record->owner, record->type,
                                is_spf ? SCEAU_SLICE("v=spf1") : SLICE_NONE};
        if (record->type == SCEAU_DNS_SPF)
            continue; /* claimed, never wanted */
        dns_rdata_present(&t, record->type, record->rdata);
        wanted[wish->wanted_count++] = (struct zone_wanted){
            .owner = record->owner,
            .type = record->type,
            .has_ttl = record->ttl != 1,
            .ttl = record->ttl,
            .rdata = record->rdata,
            .data = text_done(&t),
            .heading = record->type == SCEAU_DNS_TXT ? "TXT" : "MX",
        };
    }
    return true;
}

#endif
