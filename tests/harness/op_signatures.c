/* `dkim-verify`, `arc-verify` and `arc-seal`: the signatures of one message and nothing
 * else. */
#include "arc/results.h"
#include "harness.h"

#include <stdlib.h>

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

/* ---- arc-seal -------------------------------------------------------------------------- */

/* The case's key; NULL after harness_fail. */
static struct sceau_signer *
read_key(struct harness_case *c)
{
    const char *path = json_string_value(json_object_get(c->in, "key"));
    struct sceau_slice pem =
        path != NULL ? harness_read(c, path) : (struct sceau_slice){NULL, 0};
    const char *reason = "in.key names no file";
    struct sceau_signer *signer =
        pem.ptr != NULL ? sceau_private_key_parse(pem, &reason) : NULL;
    free((void *)(uintptr_t)pem.ptr);
    if (signer == NULL)
        harness_fail(c, "key: %s", reason);
    return signer;
}

/* A colon list as names. */
static struct sceau_slice *
split_names(struct harness_case *c, struct sceau_slice list, size_t *count)
{
    struct sceau_slice *names =
        sceau_arena_alloc(c->inputs, (list.len + 1) * sizeof *names);
    *count = 0;
    while (names != NULL && slice_next(&list, ':', &names[*count]))
        ++*count;
    return names;
}

static json_t *
seal(struct harness_case *c, const struct sceau_arc_sealing_options *options,
     struct sceau_slice authserv_id, struct sceau_signer *signer)
{
    struct sceau_message_reader reader;
    struct sceau_slice body[2];
    const struct sceau_header *header = read_header(c, &reader, body);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(c->context.arena);
    struct sceau_arc *arc =
        hashes != NULL ? sceau_arc_start(&c->context, header, hashes, NULL) : NULL;
    struct sceau_arc_sealing *sealing =
        arc != NULL ? sceau_arc_sealing_start(&c->context, hashes, options) : NULL;
    struct sceau_slice results = arc_results_of(c->context.arena, header, authserv_id);
    struct sceau_arc_outcome outcome;
    struct sceau_arc_sealed sealed = {.instance = 0};
    enum sceau_status status = sealing != NULL ? SCEAU_OK : SCEAU_E_LIMIT;
    if (sealing != NULL && results.ptr != NULL) {
        hash_body(hashes, body);
        sceau_arc_finish(&c->context, arc, &outcome);
        status = sceau_arc_sealing_finish(&c->context, sealing, header, arc, &outcome,
                                          results, signer, &sealed);
    }
    sceau_body_hashes_free(hashes);
    if (status != SCEAU_OK)
        return harness_fail(c, "the message could not be sealed");
    json_t *result = json_object();
    harness_put(result, "AAR", harness_string(sealed.results));
    harness_put(result, "AMS", harness_string(sealed.signature));
    harness_put(result, "AS", harness_string(sealed.seal));
    return result;
}

json_t *
op_arc_seal(struct harness_case *c)
{
    struct sceau_signer *signer = read_key(c);
    struct sceau_slice headers = harness_octets(c, json_object_get(c->in, "headers"));
    const json_t *timestamp = json_object_get(c->in, "timestamp");
    struct sceau_arc_sealing_options options = {
        .domain = harness_octets(c, json_object_get(c->in, "domain")),
        .selector = harness_octets(c, json_object_get(c->in, "selector")),
        .timestamp =
            json_is_number(timestamp) ? (int64_t)json_number_value(timestamp) : -1,
    };
    if (headers.len > 0)
        options.names = split_names(c, headers, &options.name_count);
    if (signer == NULL)
        return NULL;
    json_t *result =
        seal(c, &options, harness_octets(c, json_object_get(c->in, "authserv_id")),
             signer);
    sceau_private_key_free(signer);
    return result;
}
