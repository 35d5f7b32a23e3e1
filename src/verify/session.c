/* One message from its envelope to its verdict, in the order in which SMTP brings it.
 * A question is put as soon as its name is known and its answer is awaited in
 * judge_message() alone. Of the body nothing is kept but running hashes. */
#include "verify/session.h"

#include "core/slice.h"
#include "verify/iprev.h"
#include "verify/judge.h"

struct sceau_verify *
sceau_verify_new(struct sceau_context *context,
                 const struct sceau_verify_options *options)
{
    struct sceau_verify *v = sceau_arena_alloc(context->arena, sizeof *v);
    if (v == NULL)
        return NULL;
    v->context = *context;
    v->options = options;
    sceau_dns_session_init(&v->dns, context->resolver, context->arena,
                           SCEAU_DNS_MESSAGE_MS);
    v->context.resolver = &v->dns.resolver;
    sceau_message_reader_init(&v->reader, context->arena);
    v->verdict.header = &v->reader.header;
    v->verdict.spf_mail_from.identity = SCEAU_SPF_MAIL_FROM;
    v->verdict.spf_helo.identity = SCEAU_SPF_HELO;
    return v;
}

void
sceau_verify_free(struct sceau_verify *verify)
{
    if (verify == NULL)
        return;
    sceau_body_hashes_free(verify->hashes);
    verify->hashes = NULL;
}

/* ---- the envelope: RFC 7208 section 2.4 ---------------------------------------------
 * MAIL FROM is what counts; the null path stands for postmaster@HELO. A path that breaks
 * its grammar names nobody: SPF is none then, and never that of HELO in its place. */

static void
prepare_spf(struct sceau_verify *v)
{
    const struct sceau_envelope *envelope = &v->verdict.envelope;
    const struct sceau_path *path = &v->verdict.mail_from;
    v->spf_mail_from = (struct sceau_spf_query){
        .ip = envelope->ip,
        .helo = envelope->helo,
        .sender = path->is_null ? SLICE_NONE : path->text,
        .identity = SCEAU_SPF_MAIL_FROM,
        .receiver = v->options->receiver,
        .want_explanation = v->options->want_explanation,
        .terms_max = v->options->spf_terms_max,
        .void_max = v->options->spf_void_max,
    };
    v->spf_helo = v->spf_mail_from;
    v->spf_helo.sender = SLICE_NONE;
    v->spf_helo.identity = SCEAU_SPF_HELO;
    v->spf_helo.want_explanation = false; /* nobody is refused for HELO's sake */
    if (path->is_valid)
        sceau_spf_prefetch(&v->context, &v->spf_mail_from);
    sceau_spf_prefetch(&v->context, &v->spf_helo);
}

void
sceau_verify_envelope(struct sceau_verify *verify,
                      const struct sceau_envelope *envelope)
{
    struct sceau_verdict *verdict = &verify->verdict;
    struct sceau_arena *arena = verify->context.arena;
    verdict->envelope = *envelope;
    verdict->envelope.helo = slice_copy(arena, envelope->helo);
    verdict->envelope.mail_from = slice_copy(arena, envelope->mail_from);
    verify->is_over_memory = verdict->envelope.helo.len != envelope->helo.len ||
                             verdict->envelope.mail_from.len != envelope->mail_from.len;
    sceau_path_parse(arena, verdict->envelope.mail_from, &verdict->mail_from);
    verdict->has_spf = envelope->has_mail_from && envelope->ip.version != 0;
    if (verdict->has_spf)
        prepare_spf(verify);
    if (verify->options->want_iprev && envelope->ip.version != 0)
        iprev_prefetch(&verify->context, &envelope->ip);
}

/* ---- the header ------------------------------------------------------------------- */

void
sceau_verify_field(struct sceau_verify *verify, struct sceau_slice name,
                   struct sceau_slice body)
{
    /* A field behind the header block would not be what the signatures were read from.
     * What breaks a limit is noted in header.defects, where the author is judged by it. */
    if (!verify->header_ended)
        sceau_header_add(verify->context.arena, &verify->reader.header, name, body);
}

static void
start_signatures(struct sceau_verify *v)
{
    struct sceau_context *context = &v->context;
    const struct sceau_header *header = &v->reader.header;
    v->hashes = sceau_body_hashes_new(context->arena);
    if (v->hashes != NULL)
        v->dkim = sceau_dkim_start(context, header, v->hashes, v->verdict.author.domain,
                                   v->options->keys);
    if (v->dkim != NULL)
        v->arc = sceau_arc_start(context, header, v->hashes, v->options->keys);
    v->is_over_memory = v->is_over_memory || v->arc == NULL;
}

void
sceau_verify_end_of_header(struct sceau_verify *verify)
{
    struct sceau_context *context = &verify->context;
    struct sceau_author *author = &verify->verdict.author;
    if (verify->header_ended)
        return;
    verify->header_ended = true;
    sceau_author_find(context->arena, &verify->reader.header, author);
    if (author->status == SCEAU_AUTHOR_ONE)
        sceau_dmarc_prefetch(context, author->domain);
    start_signatures(verify);
}

void
sceau_verify_header(struct sceau_verify *verify, const struct sceau_header *header)
{
    if (!verify->header_ended)
        verify->reader.header = *header;
    sceau_verify_end_of_header(verify);
}

/* ---- for whoever signs ---- */

const struct sceau_verdict *
sceau_verify_so_far(const struct sceau_verify *verify)
{
    return &verify->verdict;
}

struct sceau_body_hashes *
sceau_verify_body_hashes(struct sceau_verify *verify)
{
    return verify->hashes;
}

const struct sceau_arc *
sceau_verify_arc(const struct sceau_verify *verify)
{
    return verify->arc;
}

/* ---- the body --------------------------------------------------------------------- */

void
sceau_verify_body(struct sceau_verify *verify, struct sceau_slice chunk)
{
    if (verify->is_finished)
        return;
    sceau_verify_end_of_header(verify);
    verify->verdict.body_octets += chunk.len;
    if (verify->hashes != NULL && chunk.len > 0)
        sceau_body_hashes_update(verify->hashes, chunk);
}

void
sceau_verify_octets(struct sceau_verify *verify, struct sceau_slice chunk)
{
    struct sceau_slice body = SLICE_NONE;
    if (verify->is_finished)
        return;
    verify->takes_octets = true;
    sceau_message_reader_feed(&verify->reader, chunk, &body);
    if (verify->reader.header_done)
        sceau_verify_body(verify, body);
}

/* ---- the end ---------------------------------------------------------------------- */

const struct sceau_verdict *
sceau_verify_finish(struct sceau_verify *verify)
{
    struct sceau_verdict *verdict = &verify->verdict;
    struct sceau_slice body = SLICE_NONE;
    if (verify->is_finished)
        return verdict;
    if (verify->takes_octets)
        sceau_message_reader_end(&verify->reader, &body);
    sceau_verify_body(verify, body);
    if (verify->hashes != NULL)
        sceau_body_hashes_finish(verify->hashes);
    judge_message(verify);
    verify->is_finished = true;
    verdict->questions = verify->dns.questions;
    verdict->question_count = verify->dns.question_count;
    return verdict;
}
