/* Any octets as a header block: what is called a chain is one. */
#include "chain.h"

#include <assert.h>
#include <stdlib.h>

static void
check_set(const struct arc_set *set, unsigned instance)
{
    struct sceau_slice payload;
    assert(set->results_field != NULL && set->signature_field != NULL &&
           set->seal_field != NULL);
    assert(set->signature.instance == instance && set->seal.instance == instance);
    assert(arc_results_instance(set->results_field->body, &payload) == instance);
    assert(payload.ptr >= set->results_field->body.ptr &&
           payload.ptr + payload.len <=
               set->results_field->body.ptr + set->results_field->body.len);
    assert(set->seal.cv == (instance == 1 ? CV_NONE : CV_PASS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_message_reader reader;
    struct sceau_slice body;
    struct arc_chain chain;
    if (arena == NULL)
        abort();
    sceau_message_reader_init(&reader, arena);
    sceau_message_reader_feed(&reader, (struct sceau_slice){(const char *)data, size},
                              &body);
    sceau_message_reader_end(&reader, &body);
    if (arc_chain_read(arena, &reader.header, &chain)) {
        assert(chain.highest <= SCEAU_ARC_SETS_MAX);
        assert(chain.is_present || (chain.highest == 0 && chain.defect == NULL));
        for (unsigned i = 0; i < chain.highest && chain.defect == NULL; i++)
            check_set(&chain.sets[i], i + 1);
    }
    sceau_arena_free(arena);
    return 0;
}
