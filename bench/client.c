/* One message through one filter, as Postfix hands it over. */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    BODY_CHUNK = 65535,
    SLOW_CHUNK = 100,
    PATIENCE_SECONDS = 120
};

struct client {
    const struct client_options *options;
    struct sceau_arena *arena;
    const struct mail *mail;
    struct sceau_slice queue_id;
    struct sceau_slice *names; /* of the fields */
    int fd;
    uint32_t steps;
    struct text out; /* not yet sent */
    struct text in;  /* the replies to the command at hand */
    size_t sent;     /* octets, of the whole connection */
    enum client_end trouble;
};

double
client_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000,
                                 .tv_nsec = (long)(ms % 1000) * 1000000},
              NULL);
}

/* ---- the connection ---- */

static int
dial_unix(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int tries = 0; connect(fd, (struct sockaddr *)&to, sizeof to) != 0; tries++) {
        if (errno != EAGAIN || tries > 5000) { /* EAGAIN: the listen queue is full */
            close(fd);
            return -1;
        }
        pause_ms(1);
    }
    return fd;
}

static int
dial_inet(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

static int
dial(const char *where)
{
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    int fd = strncmp(where, "inet:", 5) == 0   ? dial_inet(where + 5)
             : strncmp(where, "unix:", 5) == 0 ? dial_unix(where + 5)
                                               : dial_unix(where);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    return fd;
}

static bool
fail(struct client *c, enum client_end why)
{
    if (c->trouble == CLIENT_DONE)
        c->trouble = why;
    return false;
}

/* Send `out`, then `tail` without a copy. */
static bool
send_with(struct client *c, struct sceau_slice tail)
{
    struct iovec parts[] = {
        {c->out.ptr,       c->out.len},
        {(char *)tail.ptr, tail.len  }
    };
    size_t left = c->out.len + tail.len;
    c->sent += left;
    if (c->options->cut_after > 0 && c->sent >= c->options->cut_after)
        return fail(c, CLIENT_CUT);
    while (left > 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(c, CLIENT_BROKEN);
        left -= (size_t)n;
        for (size_t i = 0, taken = (size_t)n; i < 2; i++) {
            size_t part = taken < parts[i].iov_len ? taken : parts[i].iov_len;
            parts[i].iov_base = (char *)parts[i].iov_base + part;
            parts[i].iov_len -= part;
            taken -= part;
        }
    }
    c->out.len = 0;
    return true;
}

static bool
receive(struct client *c, char *to, size_t len)
{
    while (len > 0) {
        ssize_t n = recv(c->fd, to, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(c, CLIENT_BROKEN);
        to += n;
        len -= (size_t)n;
    }
    return true;
}

static bool
is_final(char code)
{
    return code != MILTER_REPLY_PROGRESS && strchr("+-behimq", code) == NULL;
}

/* All packets up to the one that ends the answer. */
static bool
read_answer(struct client *c, struct mta_outcome *outcome)
{
    char code = MILTER_REPLY_PROGRESS;
    if (!send_with(c, SLICE_NONE))
        return false;
    c->in = text_new(c->arena, SIZE_MAX);
    while (!is_final(code)) {
        char head[MILTER_HEAD], *data;
        if (!receive(c, head, sizeof head))
            return false;
        const uint8_t *o = (const uint8_t *)head;
        size_t len = (size_t)o[0] << 24 | (size_t)o[1] << 16 | (size_t)o[2] << 8 | o[3];
        if (len == 0 || len > MILTER_DATA_MAX)
            return fail(c, CLIENT_BROKEN);
        data = sceau_arena_alloc(c->arena, len);
        if (data == NULL || !receive(c, data, len - 1))
            return fail(c, CLIENT_BROKEN);
        code = head[4];
        text_slice(&c->in, (struct sceau_slice){head, sizeof head});
        text_slice(&c->in, (struct sceau_slice){data, len - 1});
    }
    return mta_outcome_read(c->arena, text_so_far(&c->in), c->names,
                            c->mail->field_count, c->steps, outcome) == SCEAU_OK ||
           fail(c, CLIENT_BROKEN);
}

/* ---- the commands ---- */

/* A reply to what was written, unless there is none. False: it is over, for `outcome` or
 * for trouble. */
static bool
await(struct client *c, enum milter_steps no_reply, struct mta_outcome *outcome)
{
    if ((c->steps & no_reply) != 0)
        return true;
    return read_answer(c, outcome) && outcome->end == MILTER_REPLY_CONTINUE;
}

static bool
wants(const struct client *c, enum milter_steps left_out)
{
    return (c->steps & left_out) == 0;
}

static void
put_macros(struct client *c, enum milter_command command,
           const struct sceau_slice *pairs, size_t count)
{
    mta_macros(&c->out, command, pairs, count);
}

static bool
negotiate(struct client *c, struct mta_outcome *outcome)
{
    const struct milter_negotiation offer = {MILTER_VERSION, 0x1FF, 0x1FFFFF};
    mta_negotiate(&c->out, &offer);
    if (!read_answer(c, outcome))
        return false;
    c->steps = outcome->negotiation.steps;
    return outcome->has_negotiation || fail(c, CLIENT_BROKEN);
}

static struct sceau_slice
domain_of(struct sceau_slice address)
{
    size_t at = slice_find_last(address, '@');
    return at < address.len ? slice_skip(address, at + 1) : SLICE_NONE;
}

static struct sceau_slice
in_angles(struct client *c, struct sceau_slice address)
{
    struct text t = text_new(c->arena, SIZE_MAX);
    text_format(&t, "<%.*s>", SLICE_ARG(address));
    return text_done(&t);
}

static bool
say_client(struct client *c, struct mta_outcome *outcome)
{
    const struct mail *m = c->mail;
    const struct sceau_slice macros[] = {
        SCEAU_SLICE("j"),
        SCEAU_SLICE("mx.receiver.example"),
        SCEAU_SLICE("{daemon_name}"),
        SCEAU_SLICE("mx.receiver.example"),
        SCEAU_SLICE("{daemon_addr}"),
        SCEAU_SLICE("127.0.0.1"),
        SCEAU_SLICE("v"),
        SCEAU_SLICE("sceau-bench"),
        SCEAU_SLICE("{client_addr}"),
        m->address,
    };
    if (wants(c, MILTER_NO_CONNECT)) {
        put_macros(c, MILTER_CONNECT, macros, sizeof macros / sizeof *macros);
        mta_connect(&c->out, m->helo, m->address, 40000);
        if (!await(c, MILTER_NR_CONNECT, outcome))
            return false;
    }
    if (!wants(c, MILTER_NO_HELO))
        return true;
    put_macros(c, MILTER_HELO, NULL, 0);
    mta_strings(&c->out, MILTER_HELO, &m->helo, 1);
    return await(c, MILTER_NR_HELO, outcome);
}

static bool
say_envelope(struct client *c, struct mta_outcome *outcome)
{
    const struct mail *m = c->mail;
    const struct sceau_slice sender[] = {SCEAU_SLICE("i"),
                                         c->queue_id,
                                         SCEAU_SLICE("{mail_addr}"),
                                         m->from,
                                         SCEAU_SLICE("{mail_host}"),
                                         domain_of(m->from),
                                         SCEAU_SLICE("{mail_mailer}"),
                                         SCEAU_SLICE("smtp")};
    const struct sceau_slice recipient[] = {SCEAU_SLICE("i"),
                                            c->queue_id,
                                            SCEAU_SLICE("{rcpt_addr}"),
                                            m->recipient,
                                            SCEAU_SLICE("{rcpt_host}"),
                                            domain_of(m->recipient),
                                            SCEAU_SLICE("{rcpt_mailer}"),
                                            SCEAU_SLICE("virtual")};
    struct sceau_slice path = in_angles(c, m->from);
    if (wants(c, MILTER_NO_MAIL)) {
        put_macros(c, MILTER_MAIL, sender, 8);
        mta_strings(&c->out, MILTER_MAIL, &path, 1);
        if (!await(c, MILTER_NR_MAIL, outcome))
            return false;
    }
    path = in_angles(c, m->recipient);
    if (!wants(c, MILTER_NO_RCPT))
        return true;
    put_macros(c, MILTER_RCPT, recipient, 8);
    mta_strings(&c->out, MILTER_RCPT, &path, 1);
    return await(c, MILTER_NR_RCPT, outcome);
}

static void
put_id(struct client *c, enum milter_command command)
{
    const struct sceau_slice id[] = {SCEAU_SLICE("i"), c->queue_id};
    put_macros(c, command, id, 2);
}

static bool
say_header(struct client *c, struct mta_outcome *outcome)
{
    if (wants(c, MILTER_NO_DATA)) {
        put_id(c, MILTER_DATA);
        mta_plain(&c->out, MILTER_DATA);
        if (!await(c, MILTER_NR_DATA, outcome))
            return false;
    }
    for (size_t i = 0; i < c->mail->field_count && wants(c, MILTER_NO_HEADERS); i++) {
        struct sceau_slice value = c->mail->fields[i].value;
        if (!(c->steps & MILTER_LEADING_SPACE) && value.len > 0 && value.ptr[0] == ' ')
            value = slice_skip(value, 1);
        mta_header(&c->out, c->mail->fields[i].name, value);
        if (!await(c, MILTER_NR_HEADER, outcome))
            return false;
    }
    if (!wants(c, MILTER_NO_END_HEADER))
        return true;
    put_id(c, MILTER_END_HEADER);
    mta_plain(&c->out, MILTER_END_HEADER);
    return await(c, MILTER_NR_END_HEADER, outcome);
}

/* A body packet: the octets themselves are sent from where they are. */
static bool
send_chunk(struct client *c, struct sceau_slice chunk)
{
    size_t len = chunk.len + 1;
    for (int shift = 24; shift >= 0; shift -= 8)
        text_octet(&c->out, (char)(uint8_t)(len >> shift));
    text_octet(&c->out, MILTER_BODY);
    return send_with(c, chunk);
}

static bool
say_body(struct client *c, struct mta_outcome *outcome)
{
    struct sceau_slice rest = c->mail->body;
    size_t most = c->options->pause_ms > 0 ? SLOW_CHUNK : BODY_CHUNK;
    while (rest.len > 0 && wants(c, MILTER_NO_BODY)) {
        size_t len = rest.len < most ? rest.len : most;
        if (c->options->pause_ms > 0) {
            pause_ms(c->options->pause_ms);
            if (atomic_load(c->options->is_over))
                return fail(c, CLIENT_CUT);
        }
        if (!send_chunk(c, slice_sub(rest, 0, len)))
            return false;
        rest = slice_skip(rest, len);
        if (!await(c, MILTER_NR_BODY, outcome)) {
            if (c->trouble == CLIENT_DONE && outcome->end == MILTER_REPLY_SKIP)
                return true;
            return false;
        }
    }
    return true;
}

static void
converse(struct client *c, struct client_result *result)
{
    struct mta_outcome *outcome = &result->outcome;
    *outcome = (struct mta_outcome){.end = MILTER_REPLY_CONTINUE};
    if (!negotiate(c, outcome) || !say_client(c, outcome) ||
        !say_envelope(c, outcome) || !say_header(c, outcome) || !say_body(c, outcome))
        return;
    double from = client_now();
    put_id(c, MILTER_END);
    mta_plain(&c->out, MILTER_END);
    read_answer(c, outcome);
    result->end_seconds = client_now() - from;
}

enum client_end
client_deliver(struct sceau_arena *arena, const struct client_options *options,
               const struct mail *mail, const char *queue_id,
               struct client_result *result)
{
    struct client c = {
        .options = options,
        .arena = arena,
        .mail = mail,
        .queue_id = sceau_slice_from(queue_id),
        .names = sceau_arena_alloc(arena, (mail->field_count + 1) * sizeof *c.names),
        .out = text_new(arena, SIZE_MAX),
    };
    double from = client_now();
    for (size_t i = 0; i < mail->field_count; i++)
        c.names[i] = mail->fields[i].name;
    result->end_seconds = 0;
    c.fd = dial(options->where);
    if (c.fd < 0)
        return CLIENT_NO_DIAL;
    converse(&c, result);
    result->seconds = client_now() - from;
    if (c.trouble == CLIENT_DONE) {
        mta_plain(&c.out, MILTER_QUIT);
        send_with(&c, SLICE_NONE);
    }
    close(c.fd);
    return c.trouble == CLIENT_CUT && options->cut_after == 0 && options->pause_ms == 0
               ? CLIENT_BROKEN
               : c.trouble;
}
