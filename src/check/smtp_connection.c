/* The dialogue with one server. Each step sends its command, awaits one reply and says
 * which step is next; `steps` is the whole of it. Nothing here ever sends DATA.
 *
 * An own server is also asked whether it relays: RCPT for a stranger under the null sender,
 * then RSET, so that nothing is left behind. */
#include "smtp_connection.h"

#include "core/ip_socket.h"
#include "core/text.h"
#include "special_ip.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#define RELAY_RECIPIENT "sceau-relay-test@example.com" /* RFC 2606: nobody's */

/* ---- how it ends ---- */

static void
finish(struct smtp_connection *c, int64_t now_ms)
{
    if (c->ssl != NULL)
        SSL_free(c->ssl);
    if (c->fd >= 0)
        close(c->fd);
    c->ssl = NULL;
    c->fd = -1;
    c->outcome->total_ms = (uint32_t)(now_ms - c->started_ms);
    c->step = SMTP_DONE;
    ERR_clear_error();
}

/* A conversation that had said all it had to say may end as it likes. */
static void
fail(struct smtp_connection *c, enum smtp_failure failure, const char *detail,
     int64_t now_ms)
{
    struct smtp_outcome *outcome = c->outcome;
    if (c->step == SMTP_MAIL || c->step == SMTP_RCPT)
        outcome->relay = SMTP_RELAY_UNCLEAR;
    if (c->step < SMTP_MAIL) {
        outcome->failure = failure;
        outcome->failed_at = c->step;
        outcome->detail = detail;
    }
    finish(c, now_ms);
}

static void
fail_errno(struct smtp_connection *c, int error, int64_t now_ms)
{
    enum smtp_failure failure = SMTP_SYSTEM;
    switch (error) {
    case ECONNREFUSED: failure = SMTP_REFUSED; break;
    case ECONNRESET:
    case EPIPE: failure = SMTP_CLOSED; break;
    case ETIMEDOUT: failure = SMTP_TIMEOUT; break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EACCES:
    case EPERM:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT: failure = SMTP_UNREACHABLE; break;
    default: break;
    }
    fail(c, failure, NULL, now_ms);
}

/* ---- from step to step ---- */

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Enter a step that awaits a reply, its command on the way. */
static void
enter(struct smtp_connection *c, enum smtp_step step, const char *command,
      int64_t now_ms)
{
    const struct smtp_probe_options *options = c->world->options;
    uint32_t total = options->total_ms ? options->total_ms : SMTP_PROBE_TOTAL_MS;
    uint32_t wait = options->reply_ms ? options->reply_ms : SMTP_PROBE_REPLY_MS;
    if (step == SMTP_QUIT)
        wait = SMTP_PROBE_QUIT_MS;
    c->step = step;
    c->step_ms = now_ms;
    c->deadline_ms = earlier(now_ms + wait, c->started_ms + total);
    c->in_len = 0;
    c->out_sent = 0;
    c->out_len = strlen(command);
    memcpy(c->out, command, c->out_len);
}

static void
enter_ehlo(struct smtp_connection *c, enum smtp_step step, int64_t now_ms)
{
    char command[sizeof c->out];
    struct sceau_slice name = c->world->options->ehlo;
    snprintf(command, sizeof command, "EHLO %.*s\r\n",
             (int)(name.len < 255 ? name.len : 255), name.len > 0 ? name.ptr : "");
    enter(c, step, command, now_ms);
}

/* All was said that this server is to be asked. */
static void
enter_end(struct smtp_connection *c, int64_t now_ms)
{
    if (c->target->is_own && !c->target->is_old_tls &&
        c->outcome->relay == SMTP_RELAY_NOT_ASKED)
        enter(c, SMTP_MAIL, "MAIL FROM:<>\r\n", now_ms);
    else
        enter(c, SMTP_QUIT, "QUIT\r\n", now_ms);
}

static struct sceau_slice
keep(struct smtp_connection *c, struct sceau_slice text)
{
    struct sceau_slice copy = slice_copy(c->world->arena, text);
    c->world->is_full = c->world->is_full || copy.ptr == NULL;
    return copy;
}

/* Code and text of the first line. */
static struct sceau_slice
keep_reply(struct smtp_connection *c, const struct smtp_reply *reply)
{
    return keep(c,
                slice_sub((struct sceau_slice){c->in, c->in_len}, 0,
                          (size_t)(reply->lines[0].ptr - c->in) + reply->lines[0].len));
}

/* ---- what each reply means ---- */

static void
on_greeting(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    c->outcome->greeting_ms = (uint32_t)(now_ms - c->step_ms);
    c->outcome->has_greeting = true;
    c->outcome->banner = keep(c, reply->lines[0]);
    c->outcome->banner_name = keep(c, smtp_reply_name(reply));
    enter_ehlo(c, SMTP_EHLO, now_ms);
}

static void
on_ehlo(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    c->outcome->ehlo_name = keep(c, smtp_reply_name(reply));
    c->outcome->offers_starttls = smtp_reply_offers(reply, SCEAU_SLICE("STARTTLS"));
    if (c->outcome->offers_starttls)
        enter(c, SMTP_STARTTLS, "STARTTLS\r\n", now_ms);
    else
        enter_end(c, now_ms);
}

static void
on_starttls(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    /* What came in the clear behind it would be read as if TLS had protected it. */
    if (reply->octets < c->in_len) {
        fail(c, SMTP_BROKEN, N_("nothing behind the reply to STARTTLS"), now_ms);
        return;
    }
    const struct smtp_target *target = c->target;
    char host[256];
    snprintf(host, sizeof host, "%.*s", SLICE_ARG(target->host));
    c->ssl = SSL_new(target->is_old_tls ? c->world->old_tls : c->world->tls);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 ||
        (target->host.len > 0 && SSL_set_tlsext_host_name(c->ssl, host) != 1)) {
        fail(c, SMTP_SYSTEM, NULL, now_ms);
        return;
    }
    enter(c, SMTP_HANDSHAKE, "", now_ms);
}

static void
on_ehlo_tls(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    c->outcome->ehlo_name = keep(c, smtp_reply_name(reply));
    enter_end(c, now_ms);
}

static void
on_mail(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    (void)reply;
    enter(c, SMTP_RCPT, "RCPT TO:<" RELAY_RECIPIENT ">\r\n", now_ms);
}

static void
on_rcpt(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    c->outcome->relay = SMTP_RELAY_ACCEPTED;
    c->outcome->relay_reply = keep_reply(c, reply);
    enter(c, SMTP_RSET, "RSET\r\n", now_ms);
}

static void
on_rset(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    (void)reply;
    enter(c, SMTP_QUIT, "QUIT\r\n", now_ms);
}

static void
on_quit(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    (void)reply;
    finish(c, now_ms);
}

static const struct step {
    unsigned wanted; /* the reply's code; 0: any of its class 2 */
    void (*on_reply)(struct smtp_connection *c, const struct smtp_reply *reply,
                     int64_t now_ms);
} steps[] = {
    [SMTP_CONNECT] = {0,   NULL       },
      [SMTP_GREETING] = {220, on_greeting},
    [SMTP_EHLO] = {250, on_ehlo    },
      [SMTP_STARTTLS] = {220, on_starttls},
    [SMTP_HANDSHAKE] = {0,   NULL       },
      [SMTP_EHLO_TLS] = {250, on_ehlo_tls},
    [SMTP_MAIL] = {0,   on_mail    },
      [SMTP_RCPT] = {0,   on_rcpt    },
    [SMTP_RSET] = {0,   on_rset    },
      [SMTP_QUIT] = {0,   on_quit    },
    [SMTP_DONE] = {0,   NULL       },
};

/* A no. Where the dialogue can go on it does, down to QUIT. */
static void
on_negative(struct smtp_connection *c, const struct smtp_reply *reply, int64_t now_ms)
{
    if (c->step == SMTP_MAIL || c->step == SMTP_RCPT) {
        bool is_refusal = c->step == SMTP_RCPT && reply->code >= 500;
        c->outcome->relay = is_refusal ? SMTP_RELAY_REFUSED : SMTP_RELAY_UNCLEAR;
        c->outcome->relay_reply = keep_reply(c, reply);
        enter(c, SMTP_RSET, "RSET\r\n", now_ms);
    } else if (c->step >= SMTP_RSET) {
        finish(c, now_ms);
    } else {
        c->outcome->failure = SMTP_NEGATIVE;
        c->outcome->failed_at = c->step;
        c->outcome->reply = keep_reply(c, reply);
        if (c->step == SMTP_STARTTLS)
            enter_end(c, now_ms); /* the rest can be asked in the clear */
        else
            enter(c, SMTP_QUIT, "QUIT\r\n", now_ms);
    }
}

/* ---- octets in and out ---- */

enum moved {
    MOVED_SOME,
    MOVED_NOTHING, /* `events` says what to wait for */
    MOVED_FAILED,  /* it is done */
};

/* What OpenSSL has to say when a call gave <= 0. */
static enum moved
on_tls_result(struct smtp_connection *c, int result, int64_t now_ms)
{
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ: c->events = POLLIN; return MOVED_NOTHING;
    case SSL_ERROR_WANT_WRITE: c->events = POLLOUT; return MOVED_NOTHING;
    case SSL_ERROR_ZERO_RETURN: fail(c, SMTP_CLOSED, NULL, now_ms); return MOVED_FAILED;
    default: break;
    }
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    fail(c, c->step == SMTP_HANDSHAKE ? SMTP_NO_TLS : SMTP_CLOSED,
         reason != NULL ? reason : N_("the server hung up"), now_ms);
    return MOVED_FAILED;
}

static enum moved
on_socket_result(struct smtp_connection *c, short events, ssize_t result,
                 int64_t now_ms)
{
    if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        c->events = events;
        return MOVED_NOTHING;
    }
    if (result < 0)
        fail_errno(c, errno, now_ms);
    else
        fail(c, SMTP_CLOSED, NULL, now_ms);
    return MOVED_FAILED;
}

/* Send what stands in `out`. MOVED_SOME also when there is nothing left to send. */
static enum moved
flush(struct smtp_connection *c, int64_t now_ms)
{
    while (c->out_sent < c->out_len) {
        const char *from = c->out + c->out_sent;
        size_t left = c->out_len - c->out_sent;
        if (c->ssl != NULL) {
            int n = SSL_write(c->ssl, from, (int)left);
            if (n <= 0)
                return on_tls_result(c, n, now_ms);
            c->out_sent += (size_t)n;
        } else {
            ssize_t n = send(c->fd, from, left, MSG_NOSIGNAL);
            if (n <= 0)
                return on_socket_result(c, POLLOUT, n, now_ms);
            c->out_sent += (size_t)n;
        }
    }
    return MOVED_SOME;
}

static enum moved
receive(struct smtp_connection *c, int64_t now_ms)
{
    size_t room = sizeof c->in - c->in_len;
    if (c->ssl != NULL) {
        int n = SSL_read(c->ssl, c->in + c->in_len, (int)room);
        if (n <= 0)
            return on_tls_result(c, n, now_ms);
        c->in_len += (size_t)n;
    } else {
        ssize_t n = recv(c->fd, c->in + c->in_len, room, 0);
        if (n <= 0)
            return on_socket_result(c, POLLIN, n, now_ms);
        c->in_len += (size_t)n;
    }
    return MOVED_SOME;
}

/* Send, read until the reply is whole, and let the step judge it. */
static enum moved
converse(struct smtp_connection *c, int64_t now_ms)
{
    struct smtp_reply reply;
    const char *expected = NULL;
    const struct step *step = &steps[c->step];
    enum moved moved = flush(c, now_ms);
    if (moved != MOVED_SOME)
        return moved;
    moved = receive(c, now_ms);
    if (moved != MOVED_SOME)
        return moved;
    switch (
        smtp_reply_read((struct sceau_slice){c->in, c->in_len}, &reply, &expected)) {
    case SMTP_READING_MORE: break;
    case SMTP_READING_BROKEN:
        fail(c, SMTP_BROKEN, expected, now_ms);
        return MOVED_FAILED;
    case SMTP_READING_WHOLE:
        if (step->wanted != 0 ? reply.code == step->wanted : reply.code < 300)
            step->on_reply(c, &reply, now_ms);
        else
            on_negative(c, &reply, now_ms);
        break;
    }
    return smtp_connection_is_done(c) ? MOVED_FAILED : MOVED_SOME;
}

static enum moved
shake_hands(struct smtp_connection *c, int64_t now_ms)
{
    int result = SSL_connect(c->ssl);
    if (result != 1)
        return on_tls_result(c, result, now_ms);
    c->outcome->handshake_ms = (uint32_t)(now_ms - c->step_ms);
    smtp_tls_note(c);
    enter_ehlo(c, SMTP_EHLO_TLS, now_ms);
    return MOVED_SOME;
}

/* ---- the connection ---- */

/* Who we are for the server. */
static void
note_local(struct smtp_connection *c)
{
    struct sockaddr_storage local = {0};
    socklen_t len = sizeof local;
    if (getsockname(c->fd, (struct sockaddr *)&local, &len) == 0)
        c->outcome->local = ip_of_socket((struct sockaddr *)&local);
}

void
smtp_connection_open(struct smtp_connection *c, int64_t now_ms)
{
    struct sockaddr_storage address;
    const struct smtp_probe_options *options = c->world->options;
    c->started_ms = now_ms;
    enter(c, SMTP_CONNECT, "", now_ms);
    if (!options->allow_private && ip_special(&c->target->address) != NULL) {
        fail(c, SMTP_NOT_PUBLIC, ip_special(&c->target->address), now_ms);
        return;
    }
    socklen_t len =
        ip_to_socket(&c->target->address, options->port ? options->port : 25, &address);
    c->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 ||
        (connect(c->fd, (struct sockaddr *)&address, len) != 0 && errno != EINPROGRESS))
        fail_errno(c, errno, now_ms);
    else
        c->events = POLLOUT;
}

static enum moved
connected(struct smtp_connection *c, int64_t now_ms)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    if (error != 0) {
        fail_errno(c, error, now_ms);
        return MOVED_FAILED;
    }
    c->outcome->connect_ms = (uint32_t)(now_ms - c->started_ms);
    note_local(c);
    enter(c, SMTP_GREETING, "", now_ms);
    return MOVED_SOME;
}

void
smtp_connection_advance(struct smtp_connection *c, int64_t now_ms)
{
    enum moved moved = MOVED_SOME;
    while (moved == MOVED_SOME) {
        if (c->step == SMTP_CONNECT)
            moved = connected(c, now_ms);
        else if (c->step == SMTP_HANDSHAKE)
            moved = shake_hands(c, now_ms);
        else
            moved = converse(c, now_ms);
    }
}

void
smtp_connection_expire(struct smtp_connection *c, int64_t now_ms)
{
    fail(c, SMTP_TIMEOUT, NULL, now_ms);
}
