/* One message over the milter protocol, from the MTA's side: commands go out one by one,
 * those that were negotiated away are left out, and replies are awaited where the milter
 * said it would give them. The codec is milter/mta.h's. */
#include "mta_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_SECONDS 60 /* longer than the milter's own patience with DNS */
#define SMTP_PORT      25
#define CLIENT_MEMORY  ((size_t)32 * 1024 * 1024) /* a header block, several times */

/* What may be left out, and what goes unanswered. */
static const struct habit {
    enum milter_command command;
    uint32_t left_out, unanswered;
} habits[] = {
    {MILTER_CONNECT,    MILTER_NO_CONNECT,    MILTER_NR_CONNECT   },
    {MILTER_HELO,       MILTER_NO_HELO,       MILTER_NR_HELO      },
    {MILTER_MAIL,       MILTER_NO_MAIL,       MILTER_NR_MAIL      },
    {MILTER_RCPT,       MILTER_NO_RCPT,       MILTER_NR_RCPT      },
    {MILTER_DATA,       MILTER_NO_DATA,       MILTER_NR_DATA      },
    {MILTER_HEADER,     MILTER_NO_HEADERS,    MILTER_NR_HEADER    },
    {MILTER_END_HEADER, MILTER_NO_END_HEADER, MILTER_NR_END_HEADER},
    {MILTER_BODY,       MILTER_NO_BODY,       MILTER_NR_BODY      },
};

/* ---- octets ---- */

static bool
fail(struct mta_client *c, const char *what)
{
    if (c->error[0] == '\0')
        snprintf(c->error, sizeof c->error, AS_IS("the milter: %s"), what);
    c->is_over = true;
    return false;
}

static bool
write_all(struct mta_client *c, struct sceau_slice octets)
{
    while (octets.len > 0) {
        ssize_t n = send(c->fd, octets.ptr, octets.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(c, strerror(errno));
        octets = slice_skip(octets, (size_t)n);
    }
    return true;
}

static bool
read_all(struct mta_client *c, char *out, size_t len)
{
    while (len > 0) {
        ssize_t n = recv(c->fd, out, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return fail(c, N_("it closed the connection"));
        if (n < 0)
            return fail(c, errno == EAGAIN ? N_("no answer") : strerror(errno));
        out += n;
        len -= (size_t)n;
    }
    return true;
}

/* Add one packet to `replies`; `code` is its kind. */
static bool
read_packet(struct mta_client *c, struct text *replies, char *code)
{
    uint8_t head[4];
    char part[4096];
    if (!read_all(c, (char *)head, sizeof head))
        return false;
    size_t len =
        (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (len == 0 || len > MILTER_DATA_MAX)
        return fail(c, N_("its answer is no packet"));
    text_slice(replies, (struct sceau_slice){(char *)head, sizeof head});
    for (size_t taken = 0; taken < len;) {
        size_t n = len - taken < sizeof part ? len - taken : sizeof part;
        if (!read_all(c, part, n))
            return false;
        if (taken == 0)
            *code = part[0];
        text_slice(replies, (struct sceau_slice){part, n});
        taken += n;
    }
    return true;
}

/* All packets up to the one that ends the answer. */
static bool
read_answer(struct mta_client *c)
{
    static const char changes[] = {
        MILTER_REPLY_ADD_RCPT,   MILTER_REPLY_DELETE_RCPT, MILTER_REPLY_BODY,
        MILTER_REPLY_ADD_HEADER, MILTER_REPLY_CHANGE_FROM, MILTER_REPLY_INSERT_HEADER,
        MILTER_REPLY_PROGRESS,   MILTER_REPLY_QUARANTINE,  MILTER_REPLY_CHANGE_HEADER,
    };
    struct text replies = text_new(c->arena, SIZE_MAX);
    char code;
    do {
        if (!read_packet(c, &replies, &code))
            return false;
    } while (memchr(changes, code, sizeof changes) != NULL);
    if (mta_outcome_read(c->arena, text_done(&replies), c->names, c->name_count,
                         c->steps, &c->outcome) != SCEAU_OK)
        return fail(c, N_("its answer breaks the protocol"));
    return true;
}

/* ---- commands ---- */

static const struct habit *
habit_of(enum milter_command command)
{
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
        if (habits[i].command == command)
            return &habits[i];
    }
    return NULL;
}

/* Send one command that comes before the end of the message. An answer other than "go
 * on" is about the whole of it. */
static void
say(struct mta_client *c, enum milter_command command, struct text *packet)
{
    const struct habit *habit = habit_of(command);
    if (c->is_over || (habit->left_out & c->steps) != 0)
        return;
    if (packet->has_failed) {
        fail(c, N_("out of memory"));
        return;
    }
    if (!write_all(c, text_so_far(packet)) || (habit->unanswered & c->steps) != 0)
        return;
    if (!read_answer(c))
        return;
    if (c->outcome.end == MILTER_REPLY_SKIP)
        c->is_body_unwanted = true;
    else
        c->is_over = c->outcome.end != MILTER_REPLY_CONTINUE;
}

static struct text
packet_new(struct mta_client *c)
{
    return text_new(c->arena, SIZE_MAX);
}

static void
say_macro(struct mta_client *c, enum milter_command command, const char *name,
          struct sceau_slice value)
{
    const struct sceau_slice pair[] = {sceau_slice_from(name), value};
    struct text packet = packet_new(c);
    mta_macros(&packet, command, pair, 2);
    if (!c->is_over)
        write_all(c, text_done(&packet));
}

static void
say_string(struct mta_client *c, enum milter_command command, struct sceau_slice value)
{
    struct text packet = packet_new(c);
    mta_strings(&packet, command, &value, 1);
    say(c, command, &packet);
}

static void
say_plain(struct mta_client *c, enum milter_command command)
{
    struct text packet = packet_new(c);
    mta_plain(&packet, command);
    say(c, command, &packet);
}

/* "<path>": as MAIL and RCPT carry it. */
static struct sceau_slice
bracketed(struct mta_client *c, struct sceau_slice path)
{
    struct text t = text_new(c->arena, SIZE_MAX);
    bool is_bare = path.len == 0 || path.ptr[0] != '<';
    text_string(&t, is_bare ? "<" : "");
    text_slice(&t, path);
    text_string(&t, is_bare ? ">" : "");
    return text_done(&t);
}

static void
say_connect(struct mta_client *c, const struct sceau_envelope *envelope)
{
    char address[SCEAU_IP_TEXT];
    struct text packet = packet_new(c);
    sceau_ip_format(&envelope->ip, address);
    mta_connect(&packet, SCEAU_SLICE("unknown"), sceau_slice_from(address), SMTP_PORT);
    say(c, MILTER_CONNECT, &packet);
}

static void
say_envelope(struct mta_client *c, struct sceau_slice host, struct sceau_slice queue_id,
             const struct sceau_envelope *envelope)
{
    struct text recipient = text_new(c->arena, SIZE_MAX);
    text_string(&recipient, "<postmaster@");
    text_slice(&recipient, host);
    text_octet(&recipient, '>');
    say_macro(c, MILTER_CONNECT, "j", host);
    say_connect(c, envelope);
    if (envelope->helo.len > 0)
        say_string(c, MILTER_HELO, envelope->helo);
    say_macro(c, MILTER_MAIL, "i", queue_id);
    say_string(c, MILTER_MAIL, bracketed(c, envelope->mail_from));
    say_string(c, MILTER_RCPT, text_done(&recipient));
    say_plain(c, MILTER_DATA);
}

/* As a milter gets it: folds are LF; without the negotiated space the MTA eats one. */
static struct sceau_slice
value_of(struct mta_client *c, struct sceau_slice body)
{
    struct text t = text_new(c->arena, SIZE_MAX);
    if ((c->steps & MILTER_LEADING_SPACE) == 0 && body.len > 0 && body.ptr[0] == ' ')
        body = slice_skip(body, 1);
    for (size_t i = 0; i < body.len; i++) {
        if (body.ptr[i] != '\r' || i + 1 == body.len || body.ptr[i + 1] != '\n')
            text_octet(&t, body.ptr[i]);
    }
    return text_done(&t);
}

void
mta_client_header(struct mta_client *c, struct sceau_slice host,
                  struct sceau_slice queue_id, const struct sceau_envelope *envelope,
                  const struct sceau_header *header)
{
    struct sceau_slice *names =
        sceau_arena_alloc(c->arena, (header->count + 1) * sizeof *names);
    if (names == NULL) {
        fail(c, N_("out of memory"));
        return;
    }
    for (size_t i = 0; i < header->count; i++)
        names[i] = header->fields[i].name;
    c->names = names;
    c->name_count = header->count;
    say_envelope(c, host, queue_id, envelope);
    for (size_t i = 0; i < header->count && !c->is_over; i++) {
        struct text packet = packet_new(c);
        mta_header(&packet, header->fields[i].name,
                   value_of(c, header->fields[i].body));
        say(c, MILTER_HEADER, &packet);
    }
    say_plain(c, MILTER_END_HEADER);
}

/* The packet's memory is given back with the packet: a body may be of any size. */
static void
flush_body(struct mta_client *c)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)4 * MTA_CLIENT_BODY);
    struct text packet = text_new(arena, SIZE_MAX);
    if (arena == NULL)
        fail(c, N_("out of memory"));
    else
        mta_data(&packet, MILTER_BODY, (struct sceau_slice){c->body, c->body_len});
    say(c, MILTER_BODY, &packet);
    c->body_len = 0;
    sceau_arena_free(arena);
}

void
mta_client_body(struct mta_client *c, struct sceau_slice chunk)
{
    while (chunk.len > 0 && !c->is_over && !c->is_body_unwanted) {
        size_t room = MTA_CLIENT_BODY - c->body_len;
        size_t n = chunk.len < room ? chunk.len : room;
        memcpy(c->body + c->body_len, chunk.ptr, n);
        c->body_len += n;
        chunk = slice_skip(chunk, n);
        if (c->body_len == MTA_CLIENT_BODY)
            flush_body(c);
    }
}

const struct mta_outcome *
mta_client_end(struct mta_client *c)
{
    if (c->body_len > 0 && !c->is_body_unwanted)
        flush_body(c);
    if (!c->is_over) {
        struct text packet = packet_new(c);
        mta_plain(&packet, MILTER_END);
        if (write_all(c, text_done(&packet)))
            read_answer(c);
    }
    return c->error[0] == '\0' ? &c->outcome : NULL;
}

/* ---- begin and end ---- */

static bool
negotiate(struct mta_client *c)
{
    const struct milter_negotiation offer = {
        .version = MILTER_VERSION,
        .actions = 2 * MILTER_MAY_CHOOSE_MACROS - 1, /* all there are */
        .steps = 2 * MILTER_LEADING_SPACE - 1,
    };
    struct text packet = packet_new(c);
    mta_negotiate(&packet, &offer);
    if (!write_all(c, text_done(&packet)) || !read_answer(c))
        return false;
    if (!c->outcome.has_negotiation)
        return fail(c, N_("it does not negotiate"));
    c->steps = c->outcome.negotiation.steps;
    return true;
}

bool
mta_client_open(struct mta_client *c, const struct milter_listener *where)
{
    const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    *c = (struct mta_client){.arena = sceau_arena_new(CLIENT_MEMORY),
                             .body = malloc(MTA_CLIENT_BODY)};
    c->fd = milter_listener_reach(where, c->error);
    if (c->fd < 0)
        return false;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return c->arena != NULL && c->body != NULL ? negotiate(c)
                                               : fail(c, N_("out of memory"));
}

void
mta_client_close(struct mta_client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    free(c->body);
    c->body = NULL;
    sceau_arena_free(c->arena);
    c->arena = NULL;
}

/* ---- what it comes to ---- */

struct sceau_slice
mta_outcome_field(const struct mta_outcome *outcome, struct sceau_slice name)
{
    for (size_t i = 0; i < outcome->added_count; i++) {
        if (slice_eq_ci(outcome->added[i].name, name))
            return outcome->added[i].value;
    }
    return SLICE_NONE;
}

const char *
mta_outcome_action(const struct mta_outcome *outcome, struct sceau_slice fail_field)
{
    switch (outcome->end) {
    case MILTER_REPLY_CODE: return outcome->code.ptr[0] == '4' ? "tempfail" : "reject";
    case MILTER_REPLY_REJECT: return "reject";
    case MILTER_REPLY_TEMPFAIL:
    case MILTER_REPLY_SHUTDOWN: return "tempfail";
    case MILTER_REPLY_DISCARD: return "discard";
    case MILTER_REPLY_ACCEPT:
    case MILTER_REPLY_CONTINUE:
    case MILTER_REPLY_SKIP:
    case MILTER_REPLY_ADD_RCPT:
    case MILTER_REPLY_DELETE_RCPT:
    case MILTER_REPLY_BODY:
    case MILTER_REPLY_CHANGE_FROM:
    case MILTER_REPLY_ADD_HEADER:
    case MILTER_REPLY_INSERT_HEADER:
    case MILTER_REPLY_CHANGE_HEADER:
    case MILTER_REPLY_PROGRESS:
    case MILTER_REPLY_QUARANTINE: break;
    }
    bool is_marked = mta_outcome_field(outcome, fail_field).ptr != NULL;
    return outcome->is_held || is_marked ? "quarantine" : "accept";
}
