/* `dkim-verify` and `arc-verify`: the signatures of one message and nothing else. */

#include "harness.h"

#define CHUNK_OCTETS ((size_t)64 * 1024) /* as a milter cuts a body */

/* The header of the case's message; *body is the rest, in the message's own memory or in
 * the arena. */
static const struct sceau_header *
read_header(struct harness_case *c, struct sceau_message_reader *reader,
            struct sceau_slice body[2])
{
    sceau_message_reader_init(reader, c->context.arena);
    sceau_message_reader_feed(reader, harness_mail(c), &body[0]);
    sceau_message_reader_end(reader, &body[1]);
    return &reader->header;
}

static void
hash_body(struct sceau_body_hashes *hashes, const struct sceau_slice body[2])
{
    for (size_t part = 0; part < 2; part++)
        for (size_t at = 0; at < body[part].len; at += CHUNK_OCTETS) {
            size_t left = body[part].len - at;
            size_t len = left < CHUNK_OCTETS ? left : CHUNK_OCTETS;
            sceau_body_hashes_update(hashes, slice_sub(body[part], at, len));
        }
    sceau_body_hashes_finish(hashes);
}

/* HARNESS.md: pass if any passed, none without a field, else what the first one got. */
static enum sceau_dkim_result
overall(const struct sceau_dkim_outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (outcomes[i].result == SCEAU_DKIM_PASS)
            return SCEAU_DKIM_PASS;
    return count > 0 ? outcomes[0].result : SCEAU_DKIM_NONE;
}

json_t *
op_dkim_verify(struct harness_case *c)
{
    struct sceau_message_reader reader;
    struct sceau_slice body[2];
    const struct sceau_header *header = read_header(c, &reader, body);
    const struct sceau_dkim_outcome *outcomes = NULL;
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(c->context.arena);
    struct sceau_author author;
    sceau_author_find(c->context.arena, header, &author);
    struct sceau_dkim *dkim =
        hashes != NULL
            ? sceau_dkim_start(&c->context, header, hashes, author.domain, NULL)
            : NULL;
    json_t *result = NULL;
    if (dkim == NULL)
        harness_fail(c, "the message's arena is full");
    else {
        hash_body(hashes, body);
        size_t count = sceau_dkim_finish(&c->context, dkim, &outcomes);
        result = json_object();
        harness_put(result, "signatures", harness_dkim(outcomes, count));
        harness_put(result, "result",
                    harness_word(sceau_dkim_result_name(overall(outcomes, count))));
    }
    sceau_body_hashes_free(hashes);
    return result;
}

json_t *
op_arc_verify(struct harness_case *c)
{
    struct sceau_message_reader reader;
    struct sceau_slice body[2];
    const struct sceau_header *header = read_header(c, &reader, body);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(c->context.arena);
    struct sceau_arc *arc =
        hashes != NULL ? sceau_arc_start(&c->context, header, hashes, NULL) : NULL;
    json_t *result = NULL;
    if (arc == NULL)
        harness_fail(c, "the message's arena is full");
    else {
        struct sceau_arc_outcome outcome;
        hash_body(hashes, body);
        sceau_arc_finish(&c->context, arc, &outcome);
        result = harness_arc(&outcome);
    }
    sceau_body_hashes_free(hashes);
    return result;
}
