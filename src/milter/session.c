/* The state machine of a milter connection. The protocol is lock-step unless no-reply flags
 * were negotiated: a command that awaits a reply gets exactly one answer, here, and messages
 * are judged at their end only, where every MTA awaits one.
 *
 * A connection may carry several SMTP sessions (QUIT_NEW), a session several messages. What a
 * message may know is its struct milter_mail, the client's address and HELO, and {j}. */
#include "session.h"

#include "answer.h"
#include "message.h"
#include "policy/list.h"
#include "stream.h"

#include <stdlib.h>

#define HELO_MAX 1024 /* octets; a longer one is no domain and counts as none */

struct milter_session {
    const struct milter_session_options *options;
    struct sceau_resolver *resolver;
    struct milter_owner *owner;
    struct milter_stream stream;
    bool is_closed;
    const char *error;
    int64_t now;

    bool has_negotiated;
    uint32_t steps; /* enum milter_steps */

    /* the SMTP session */
    struct sceau_ip ip;
    bool is_local_socket;
    bool is_submitted_here;
    uint16_t port;
    char helo[HELO_MAX];
    size_t helo_len;
    struct milter_macro mta_name;

    struct sceau_arena *arena; /* of the message */
    struct milter_mail mail;
};

/* What a handler leaves to say. */
enum answer {
    ANSWER_CONTINUE, /* unless the negotiation spared it */
    ANSWER_SKIP,
    ANSWER_NONE, /* nothing is awaited, or it was sent */
    ANSWER_CLOSE,
};

static enum answer
broken(struct milter_session *s, const char *why)
{
    s->error = why;
    return ANSWER_CLOSE;
}

static void
reset_mail(struct milter_session *s)
{
    milter_mail_reset(&s->mail, s->arena);
}

static void
reset_client(struct milter_session *s)
{
    reset_mail(s);
    s->ip = (struct sceau_ip){0};
    s->is_local_socket = false;
    s->is_submitted_here = false;
    s->port = 0;
    s->helo_len = 0;
    s->mta_name.len = 0;
}

static struct milter_client
client_of(const struct milter_session *s)
{
    return (struct milter_client){
        .ip = s->ip,
        .is_local_socket = s->is_local_socket,
        .is_submitted_here = s->is_submitted_here,
        .port = s->port,
        .helo = {s->helo, s->helo_len},
        .mta_name = milter_macro_value(&s->mta_name),
    };
}

/* ---- the negotiation --------------------------------------------------------------------- */

/* What we ask for when it is offered: no reply before the end of a message, no command that
 * tells us nothing, header values as they stood. */
#define STEPS_WANTED                                                             \
 (MILTER_NO_UNKNOWN | MILTER_NO_DATA | MILTER_CAN_SKIP | MILTER_NR_CONNECT |     \
  MILTER_NR_HELO | MILTER_NR_MAIL | MILTER_NR_RCPT | MILTER_NR_DATA |            \
  MILTER_NR_UNKNOWN | MILTER_NR_HEADER | MILTER_NR_END_HEADER | MILTER_NR_BODY | \
  MILTER_LEADING_SPACE)

/* The macros we read. Postfix sends none for a stage without a list. */
static const char *const macros_wanted[MILTER_STAGES] = {
    [MILTER_STAGE_CONNECT] = "j",
    [MILTER_STAGE_MAIL] = "i {auth_authen} {auth_type}",
    [MILTER_STAGE_END] = "i",
};

static uint32_t
actions_needed(const struct policy_config *policy)
{
    uint32_t needed = MILTER_MAY_ADD_HEADERS | MILTER_MAY_CHANGE_HEADERS;
    if (policy->is_shadow)
        return 0; /* not even a mistake of ours can change a message */
    if (policy->quarantine != POLICY_QUARANTINE_HEADER)
        needed |= MILTER_MAY_QUARANTINE;
    return needed;
}

static bool
can_refuse_recipients(const struct policy_config *policy)
{
    return policy->list_count > 0 && !policy->is_shadow;
}

/* A recipient can be refused only where the MTA awaits a reply. */
static uint32_t
steps_wanted(const struct policy_config *policy)
{
    return can_refuse_recipients(policy) ? STEPS_WANTED & ~(uint32_t)MILTER_NR_RCPT
                                         : STEPS_WANTED;
}

static enum answer
handle_negotiate(struct milter_session *s, const struct milter_piece *piece)
{
    struct milter_negotiation offer;
    uint32_t needed = actions_needed(s->options->policy);
    if (s->has_negotiated)
        return broken(s, "a second negotiation");
    if (!milter_negotiate_parse(piece->data, &offer) ||
        offer.version < MILTER_VERSION_MIN)
        return broken(s, "a milter protocol older than version 2");
    if ((offer.actions & needed) != needed)
        return broken(s, "the MTA does not let filters add and remove header fields, "
                         "or hold messages");
    const struct milter_negotiation ours = {
        .version = offer.version < MILTER_VERSION ? offer.version : MILTER_VERSION,
        .actions = needed | (offer.actions & MILTER_MAY_CHOOSE_MACROS),
        .steps = offer.steps & steps_wanted(s->options->policy),
    };
    struct text out = text_new(s->arena, SIZE_MAX);
    milter_put_negotiate(&out, &ours, macros_wanted);
    if (out.has_failed)
        return broken(s, "out of memory");
    s->has_negotiated = true;
    s->steps = ours.steps;
    s->owner->send(s->owner, text_so_far(&out));
    return ANSWER_NONE;
}

/* ---- the SMTP session -------------------------------------------------------------------- */

/* Mail that came by sendmail(1): for that Postfix makes up a client on loopback whose port
 * is 0, which no TCP client has; Sendmail names its own socket. */
static bool
is_submitted_here(const struct milter_connect *connect)
{
    static const struct ip_network loopback[] = {
        {{.version = 4, .octets = {127}},      8  },
        {{.version = 6, .octets = {[15] = 1}}, 128},
    };
    bool is_loopback = false;
    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
        is_loopback |=
            ip_in_network(&connect->ip, &loopback[i].address, loopback[i].prefix);
    return connect->family == MILTER_FAMILY_UNIX || (is_loopback && connect->port == 0);
}

static enum answer
handle_connect(struct milter_session *s, const struct milter_piece *piece)
{
    struct milter_connect connect;
    if (!milter_connect_parse(piece->data, &connect))
        return broken(s, "a malformed CONNECT");
    /* its macros came before it: they belong to the new session */
    struct milter_macro mta_name = s->mta_name;
    reset_client(s);
    s->mta_name = mta_name;
    s->ip = connect.ip;
    s->is_local_socket = connect.family == MILTER_FAMILY_UNIX;
    s->is_submitted_here = is_submitted_here(&connect);
    s->port = connect.ip.version != 0 ? connect.port : 0;
    return ANSWER_CONTINUE;
}

static enum answer
handle_helo(struct milter_session *s, const struct milter_piece *piece)
{
    struct sceau_slice name;
    if (!milter_string_parse(piece->data, &name))
        return broken(s, "a malformed HELO");
    if (s->mail.state != MILTER_MAIL_NONE)
        reset_mail(s); /* RFC 5321 section 4.1.1.1: HELO is RSET too */
    s->helo_len = name.len <= HELO_MAX ? name.len : 0;
    if (s->helo_len > 0)
        memcpy(s->helo, name.ptr, s->helo_len);
    return ANSWER_CONTINUE;
}

/* Macros arrive before the command they are for: those for MAIL begin a message. */
static enum answer
handle_macro(struct milter_session *s, const struct milter_piece *piece)
{
    uint8_t command;
    struct sceau_slice pairs, name, value;
    if (!milter_macros_parse(piece->data, &command, &pairs))
        return broken(s, "malformed macros");
    if (command == MILTER_MAIL) {
        reset_mail(s);
        s->mail.has_macros = true;
    }
    bool is_for_session = command == MILTER_CONNECT || command == MILTER_HELO;
    while (milter_string_next(&pairs, &name) && milter_string_next(&pairs, &value)) {
        if (slice_eq(name, SCEAU_SLICE("j")))
            milter_macro_set(&s->mta_name, value);
        else if (is_for_session)
            continue; /* a queue id or login of no message */
        else if (slice_eq(name, SCEAU_SLICE("i")))
            milter_macro_set(&s->mail.queue_id, value);
        else if (slice_eq(name, SCEAU_SLICE("{auth_authen}")))
            milter_macro_set(&s->mail.login, value);
        else if (slice_eq(name, SCEAU_SLICE("{auth_type}")))
            milter_macro_set(&s->mail.auth_type, value);
    }
    return ANSWER_NONE;
}

/* ---- messages ---------------------------------------------------------------------------- */

static enum answer
handle_mail(struct milter_session *s, const struct milter_piece *piece)
{
    struct sceau_slice arguments, path;
    if (!milter_arguments_parse(piece->data, &arguments) ||
        !milter_string_next(&arguments, &path))
        return broken(s, "a malformed MAIL");
    if (!s->mail.has_macros || s->mail.state != MILTER_MAIL_NONE)
        reset_mail(s);
    const struct milter_client client = client_of(s);
    milter_mail_begin(&s->mail, s->options, s->arena, s->resolver, s->now, &client,
                      path, arguments);
    return ANSWER_CONTINUE;
}

/* L1: what is done to a post must not be done to mail for people, so a list and anybody else
 * do not share a transaction. The peer sends the others again in one of their own (RFC 5321
 * section 4.5.3.1.10). */
static bool
is_mix(const struct milter_session *s, struct sceau_slice path)
{
    const struct milter_mail *mail = &s->mail;
    struct sceau_slice address;
    if (!can_refuse_recipients(s->options->policy) || mail->recipient_count == 0)
        return false;
    address = milter_mail_address(s->arena, path);
    return mail->recipients_known == 0 ||
           list_find(s->options->policy, mail->recipients[0]) !=
               list_find(s->options->policy, address);
}

static enum answer
refuse_mix(struct milter_session *s)
{
    struct text out = text_new(s->arena, SIZE_MAX);
    milter_put_code(&out, SCEAU_SLICE("452 4.5.3 a mailing list and other recipients "
                                      "need transactions of their own"));
    if (out.has_failed)
        return broken(s, "out of memory");
    s->owner->send(s->owner, text_so_far(&out));
    return ANSWER_NONE;
}

static enum answer
handle_rcpt(struct milter_session *s, const struct milter_piece *piece)
{
    struct sceau_slice arguments, path;
    if (!milter_arguments_parse(piece->data, &arguments) ||
        !milter_string_next(&arguments, &path))
        return broken(s, "a malformed RCPT");
    if (is_mix(s, path))
        return refuse_mix(s);
    milter_mail_recipient(&s->mail, s->arena, path);
    return ANSWER_CONTINUE;
}

static enum answer
handle_header(struct milter_session *s, const struct milter_piece *piece)
{
    struct sceau_slice name, value;
    if (!milter_header_parse(piece->data, &name, &value))
        return broken(s, "a malformed HEADER");
    milter_mail_field(&s->mail, s->arena, name, value,
                      (s->steps & MILTER_LEADING_SPACE) != 0);
    return ANSWER_CONTINUE;
}

static enum answer
handle_end_header(struct milter_session *s, const struct milter_piece *piece)
{
    const struct milter_client client = client_of(s);
    (void)piece;
    milter_mail_end_header(&s->mail, s->options, &client);
    return ANSWER_CONTINUE;
}

/* A body that nobody signed decides nothing. */
static enum answer
handle_body(struct milter_session *s, const struct milter_piece *piece)
{
    const struct milter_client client = client_of(s);
    milter_mail_body(&s->mail, s->options, &client, piece->data);
    if (!piece->is_last)
        return ANSWER_NONE;
    bool can_skip = (s->steps & MILTER_CAN_SKIP) && !milter_mail_wants_body(&s->mail);
    return can_skip ? ANSWER_SKIP : ANSWER_CONTINUE;
}

static void
answer_message(struct milter_session *s)
{
    const struct milter_client client = client_of(s);
    const struct sceau_verdict *verdict =
        milter_mail_finish(&s->mail, s->options, s->arena, &client, s->owner, s->now);
    struct text out = text_new(s->arena, SIZE_MAX);
    milter_put_answer(&out, &s->mail.decision, &s->mail.dress, s->steps);
    struct sceau_slice packets = text_so_far(&out);
    if (out.has_failed) {
        packets = s->options->policy->is_shadow ? SCEAU_SLICE("\0\0\0\1c")
                                                : SCEAU_SLICE("\0\0\0\1t");
        policy_cannot_judge(s->arena, s->options->policy, &s->mail.facts,
                            "out of memory", &s->mail.decision);
        s->mail.told.count = 0;
    }
    const struct milter_message told = {
        .facts = &s->mail.facts,
        .verdict = verdict,
        .decision = &s->mail.decision,
        .signing = s->mail.may_sign ? &s->mail.told : NULL,
        .envelope_id = milter_macro_value(&s->mail.envelope_id),
        .client_port = s->port,
        .body = text_so_far(&s->mail.body),
        .is_body_whole = s->mail.is_body_whole,
    };
    s->owner->message(s->owner, &told);
    s->owner->send(s->owner, packets);
}

static enum answer
handle_end(struct milter_session *s, const struct milter_piece *piece)
{
    const struct milter_client client = client_of(s);
    if (piece->data.len > 0)
        milter_mail_body(&s->mail, s->options, &client, piece->data);
    if (!piece->is_last)
        return ANSWER_NONE;
    answer_message(s);
    reset_mail(s);
    return ANSWER_NONE;
}

static enum answer
handle_abort(struct milter_session *s, const struct milter_piece *piece)
{
    (void)piece;
    reset_mail(s);
    return ANSWER_NONE;
}

static enum answer
handle_quit_new(struct milter_session *s, const struct milter_piece *piece)
{
    (void)piece;
    reset_client(s);
    return ANSWER_NONE;
}

static enum answer
handle_quit(struct milter_session *s, const struct milter_piece *piece)
{
    (void)piece;
    reset_client(s);
    return ANSWER_CLOSE;
}

/* DATA, and SMTP commands the MTA does not know. */
static enum answer
handle_nothing(struct milter_session *s, const struct milter_piece *piece)
{
    (void)s;
    (void)piece;
    return ANSWER_CONTINUE;
}

/* ---- the table ---------------------------------------------------------------------------- */

static const struct handler {
    enum milter_command command;
    uint32_t no_reply; /* the step that spares the MTA our answer */
    enum answer (*handle)(struct milter_session *s, const struct milter_piece *piece);
} handlers[] = {
    {MILTER_NEGOTIATE,  0,                    handle_negotiate },
    {MILTER_MACRO,      0,                    handle_macro     },
    {MILTER_CONNECT,    MILTER_NR_CONNECT,    handle_connect   },
    {MILTER_HELO,       MILTER_NR_HELO,       handle_helo      },
    {MILTER_MAIL,       MILTER_NR_MAIL,       handle_mail      },
    {MILTER_RCPT,       MILTER_NR_RCPT,       handle_rcpt      },
    {MILTER_DATA,       MILTER_NR_DATA,       handle_nothing   },
    {MILTER_UNKNOWN,    MILTER_NR_UNKNOWN,    handle_nothing   },
    {MILTER_HEADER,     MILTER_NR_HEADER,     handle_header    },
    {MILTER_END_HEADER, MILTER_NR_END_HEADER, handle_end_header},
    {MILTER_BODY,       MILTER_NR_BODY,       handle_body      },
    {MILTER_END,        0,                    handle_end       },
    {MILTER_ABORT,      0,                    handle_abort     },
    {MILTER_QUIT_NEW,   0,                    handle_quit_new  },
    {MILTER_QUIT,       0,                    handle_quit      },
};

static enum answer
dispatch(struct milter_session *s, const struct milter_piece *piece)
{
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        const struct handler *h = &handlers[i];
        if (h->command != piece->code)
            continue;
        if (!s->has_negotiated && h->command != MILTER_NEGOTIATE &&
            h->command != MILTER_QUIT)
            return broken(s, "a command before the negotiation");
        enum answer answer = h->handle(s, piece);
        bool is_spared = h->no_reply != 0 && (s->steps & h->no_reply);
        bool is_reply = answer == ANSWER_CONTINUE || answer == ANSWER_SKIP;
        return is_reply && is_spared ? ANSWER_NONE : answer;
    }
    return broken(s, "not a milter command");
}

/* False when the connection is to be closed. */
static bool
handle_piece(struct milter_session *s, const struct milter_piece *piece)
{
    switch (dispatch(s, piece)) {
    case ANSWER_CONTINUE: s->owner->send(s->owner, SCEAU_SLICE("\0\0\0\1c")); break;
    case ANSWER_SKIP: s->owner->send(s->owner, SCEAU_SLICE("\0\0\0\1s")); break;
    case ANSWER_NONE: break;
    case ANSWER_CLOSE: return false;
    }
    return true;
}

enum milter_next
milter_session_feed(struct milter_session *s, int64_t now, struct sceau_slice octets)
{
    struct milter_piece piece;
    s->now = now;
    while (!s->is_closed) {
        switch (milter_stream_next(&s->stream, &octets, &piece, &s->error)) {
        case MILTER_CUT_NOTHING: return MILTER_MORE;
        case MILTER_CUT_BROKEN: s->is_closed = true; break;
        case MILTER_CUT_COMMAND: s->is_closed = !handle_piece(s, &piece); break;
        }
    }
    return MILTER_CLOSE;
}

struct milter_session *
milter_session_new(const struct milter_session_options *options,
                   struct sceau_resolver *resolver, struct milter_owner *owner)
{
    struct milter_session *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->options = options;
    s->resolver = resolver;
    s->owner = owner;
    s->arena =
        sceau_arena_new(options->memory > 0 ? options->memory : SCEAU_MESSAGE_MEMORY);
    if (s->arena == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void
milter_session_free(struct milter_session *s)
{
    if (s == NULL)
        return;
    milter_mail_reset(&s->mail, s->arena);
    sceau_arena_free(s->arena);
    milter_stream_clear(&s->stream);
    free(s);
}

const char *
milter_session_error(const struct milter_session *s)
{
    return s->error;
}
