/* A message's way through verify and policy. An MTA that breaks the order of commands gets
 * its answer at the end of the message (a tempfail), where an answer is always awaited. */
#include "message.h"

#include "core/domain.h"

void
milter_macro_set(struct milter_macro *macro, struct sceau_slice value)
{
    macro->len = value.len <= MILTER_MACRO_MAX ? value.len : 0;
    if (macro->len > 0)
        memcpy(macro->text, value.ptr, macro->len);
}

struct sceau_slice
milter_macro_value(const struct milter_macro *macro)
{
    return (struct sceau_slice){macro->text, macro->len};
}

void
milter_mail_reset(struct milter_mail *mail, struct sceau_arena *arena)
{
    sceau_verify_free(mail->verify);
    milter_signing_free(mail->signing);
    *mail = (struct milter_mail){0};
    sceau_arena_clear(arena);
}

/* SMTPUTF8 among the parameters of MAIL (RFC 6531 section 3.4). */
static bool
is_smtputf8(struct sceau_slice parameters)
{
    struct sceau_slice word;
    while (milter_string_next(&parameters, &word)) {
        if (slice_eq_ci(word, SCEAU_SLICE("SMTPUTF8")))
            return true;
    }
    return false;
}

/* ENVID of RFC 3461 section 4.4: a name for the transaction, of the sender's choice. */
static void
take_envelope_id(struct milter_mail *mail, struct sceau_slice parameters)
{
    const struct sceau_slice key = SCEAU_SLICE("ENVID=");
    struct sceau_slice word;
    while (milter_string_next(&parameters, &word))
        if (slice_starts_ci(word, key))
            milter_macro_set(&mail->envelope_id, slice_skip(word, key.len));
}

void
milter_mail_begin(struct milter_mail *mail,
                  const struct milter_session_options *options,
                  struct sceau_arena *arena, struct sceau_resolver *resolver,
                  int64_t now, const struct milter_client *client,
                  struct sceau_slice path, struct sceau_slice parameters)
{
    mail->state = MILTER_MAIL_ENVELOPE;
    mail->fault = NULL; /* strays before this MAIL are not its fault */
    mail->recipient_count = mail->recipients_known = mail->recipients_room = 0;
    mail->context =
        (struct sceau_context){.arena = arena, .resolver = resolver, .now = now};
    if (options->role == MILTER_ROLE_SIGN)
        return;
    mail->verify = sceau_verify_new(&mail->context, options->verify);
    mail->body = text_new(arena, options->body_kept);
    mail->is_body_whole = true;
    take_envelope_id(mail, parameters);
    const struct sceau_envelope envelope = {
        .ip = client->ip,
        .helo = slice_copy(arena, client->helo),
        .mail_from = slice_copy(arena, path),
        .has_mail_from = true,
        .is_smtputf8 = is_smtputf8(parameters),
    };
    if (mail->verify == NULL || envelope.helo.ptr == NULL ||
        envelope.mail_from.ptr == NULL)
        mail->fault = "out of memory";
    else
        sceau_verify_envelope(mail->verify, &envelope);
}

struct sceau_slice
milter_mail_address(struct sceau_arena *arena, struct sceau_slice path)
{
    struct sceau_path parsed;
    struct sceau_slice domain;
    sceau_path_parse(arena, path, &parsed);
    if (!parsed.is_valid || parsed.is_null ||
        !domain_normal(arena, parsed.domain, &domain))
        return SLICE_NONE;
    struct text out = text_new(arena, SIZE_MAX);
    text_slice(&out, parsed.local);
    text_octet(&out, '@');
    text_slice(&out, domain);
    return text_done(&out);
}

void
milter_mail_recipient(struct milter_mail *mail, struct sceau_arena *arena,
                      struct sceau_slice path)
{
    mail->recipient_count++;
    if (mail->recipients_known + 1 != mail->recipient_count ||
        mail->recipients_known >= MILTER_RECIPIENTS_MAX)
        return; /* one was not kept: the list stays incomplete */
    if (mail->recipients_known == mail->recipients_room) {
        size_t room = mail->recipients_room == 0 ? 4 : mail->recipients_room * 2;
        struct sceau_slice *grown = sceau_arena_alloc(arena, room * sizeof *grown);
        if (grown == NULL)
            return;
        if (mail->recipients_known > 0)
            memcpy(grown, mail->recipients, mail->recipients_known * sizeof *grown);
        mail->recipients = grown;
        mail->recipients_room = room;
    }
    mail->recipients[mail->recipients_known++] = milter_mail_address(arena, path);
}

/* The command cannot come now. Only the first fault is told. */
static void
fault(struct milter_mail *mail, const char *why)
{
    if (mail->fault == NULL)
        mail->fault = why;
}

static bool
expects(struct milter_mail *mail, enum milter_mail_state last, const char *what)
{
    if (mail->state == MILTER_MAIL_NONE)
        fault(mail, "the MTA did not name the sender of this message");
    else if (mail->state > last)
        fault(mail, what);
    return mail->fault == NULL;
}

/* The body of a field as it stood behind the colon. Without the negotiated space the MTA ate
 * one, if it was one. A value that begins with a space had another before it; one that begins
 * with a tab or a fold most likely had none; any other is taken to have had one, as all
 * but oddities do. A wrong guess can break a signature of canonicalization "simple" only. */
static struct sceau_slice
field_body(struct sceau_arena *arena, struct sceau_slice value, bool with_space)
{
    if (with_space || value.len == 0 || value.ptr[0] == '\t' || value.ptr[0] == '\n' ||
        value.ptr[0] == '\r')
        return value;
    struct text body = text_new(arena, SIZE_MAX);
    text_octet(&body, ' ');
    text_slice(&body, value);
    return text_done(&body);
}

static bool
signs_the_body(struct sceau_slice name)
{
    name = slice_trim(name);
    return slice_eq_ci(name, SCEAU_SLICE("DKIM-Signature")) ||
           slice_eq_ci(name, SCEAU_SLICE("ARC-Message-Signature"));
}

void
milter_mail_field(struct milter_mail *mail, struct sceau_arena *arena,
                  struct sceau_slice name, struct sceau_slice value, bool with_space)
{
    if (!expects(mail, MILTER_MAIL_HEADER,
                 "the MTA sent a header field after the header"))
        return;
    mail->state = MILTER_MAIL_HEADER;
    mail->needs_body = mail->needs_body || signs_the_body(name);
    struct sceau_slice body = field_body(arena, value, with_space);
    if (body.ptr == NULL && value.len > 0)
        fault(mail, "out of memory");
    else if (mail->verify != NULL)
        sceau_verify_field(mail->verify, name, body);
    else
        (void)sceau_header_add(arena, &mail->header, name, body);
}

static struct policy_facts
facts_of(const struct milter_mail *mail, const struct milter_client *client,
         int64_t now)
{
    return (struct policy_facts){
        .queue_id = milter_macro_value(&mail->queue_id),
        .mta_name = client->mta_name,
        .login = milter_macro_value(&mail->login),
        .auth_type = milter_macro_value(&mail->auth_type),
        .client = client->ip,
        .is_local_socket = client->is_local_socket,
        .is_submitted_here = client->is_submitted_here,
        .recipient_count = mail->recipient_count,
        .recipients = mail->recipients,
        .recipients_known = mail->recipients_known,
        .now = now,
    };
}

/* The header is whole: is the message to be signed? */
static void
begin_signing(struct milter_mail *mail, const struct milter_session_options *options,
              const struct milter_client *client)
{
    struct sceau_author author;
    struct milter_signing_start start = {.options = options,
                                         .context = &mail->context,
                                         .facts = &mail->facts,
                                         .header = &mail->header,
                                         .author = &author,
                                         .verify = mail->verify};
    mail->may_sign = true;
    mail->facts = facts_of(mail, client, mail->context.now);
    if (mail->verify != NULL) {
        const struct sceau_verdict *v = sceau_verify_so_far(mail->verify);
        start.header = v->header;
        start.author = &v->author;
    } else
        sceau_author_find(mail->context.arena, &mail->header, &author);
    mail->signing = milter_signing_begin(&start, &mail->told);
    mail->needs_body = mail->needs_body || mail->signing != NULL;
}

void
milter_mail_end_header(struct milter_mail *mail,
                       const struct milter_session_options *options,
                       const struct milter_client *client)
{
    if (!expects(mail, MILTER_MAIL_HEADER, "the MTA ended the header twice"))
        return;
    mail->state = MILTER_MAIL_BODY;
    if (mail->verify != NULL)
        sceau_verify_end_of_header(mail->verify);
    if (options->signing != NULL && options->role != MILTER_ROLE_VERIFY)
        begin_signing(mail, options, client);
}

/* The header is over, said or not. */
static bool
enter_body(struct milter_mail *mail, const struct milter_session_options *options,
           const struct milter_client *client)
{
    if (mail->fault == NULL && mail->state != MILTER_MAIL_BODY)
        milter_mail_end_header(mail, options, client);
    return mail->fault == NULL;
}

static void
keep_body(struct milter_mail *mail, struct sceau_slice chunk)
{
    size_t room = mail->body.max - mail->body.len;
    size_t len = chunk.len < room ? chunk.len : room;
    text_slice(&mail->body, slice_sub(chunk, 0, len));
    mail->is_body_whole =
        mail->is_body_whole && len == chunk.len && !mail->body.has_failed;
}

bool
milter_mail_wants_body(const struct milter_mail *mail)
{
    return mail->needs_body || (mail->verify != NULL && !mail->body.has_failed &&
                                mail->body.len < mail->body.max);
}

void
milter_mail_body(struct milter_mail *mail, const struct milter_session_options *options,
                 const struct milter_client *client, struct sceau_slice chunk)
{
    if (!enter_body(mail, options, client))
        return;
    if (mail->verify != NULL) {
        sceau_verify_body(mail->verify, chunk);
        keep_body(mail, chunk);
    }
    if (mail->signing != NULL)
        milter_signing_body(mail->signing, chunk);
}

/* What was decided about the message before it is signed. */
static const struct sceau_verdict *
decide(struct milter_mail *mail, const struct milter_session_options *options,
       struct sceau_arena *arena, struct milter_owner *owner)
{
    if (mail->verify == NULL) {
        policy_pass_through(arena, options->policy, &mail->facts, &mail->header,
                            &mail->decision);
        return NULL;
    }
    const struct sceau_verdict *verdict = sceau_verify_finish(mail->verify);
    if (owner->tempfails_so_far != NULL)
        mail->facts.tempfails_so_far =
            owner->tempfails_so_far(owner, &mail->facts, verdict);
    policy_decide(arena, options->policy, &mail->facts, verdict, &mail->decision);
    return verdict;
}

static void
tell_signing(struct milter_mail *mail, struct sceau_arena *arena)
{
    const struct milter_signed *told = &mail->told;
    const struct policy_signing_words words = {.rule = told->ruling.rule,
                                               .author = told->ruling.author,
                                               .domain = told->domain,
                                               .selectors = told->selectors,
                                               .count = told->count,
                                               .sealed = told->sealed,
                                               .unsealed = told->unsealed,
                                               .refolded = told->refolded,
                                               .has_long_lines = told->has_long_lines};
    mail->decision.log = policy_log_signing(arena, mail->decision.log, &words);
}

const struct sceau_verdict *
milter_mail_finish(struct milter_mail *mail,
                   const struct milter_session_options *options,
                   struct sceau_arena *arena, const struct milter_client *client,
                   struct milter_owner *owner, int64_t now)
{
    bool can_judge = enter_body(mail, options, client);
    mail->facts = facts_of(mail, client, now);
    if (!can_judge) {
        policy_cannot_judge(arena, options->policy, &mail->facts, mail->fault,
                            &mail->decision);
        return NULL;
    }
    const struct sceau_verdict *verdict = decide(mail, options, arena, owner);
    if (mail->signing != NULL)
        milter_signing_finish(mail->signing, &mail->told, verdict, &mail->decision,
                              &mail->dress);
    if (mail->may_sign)
        tell_signing(mail, arena);
    return verdict;
}
