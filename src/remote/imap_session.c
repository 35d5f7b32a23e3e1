/* Lines are read into one buffer; a literal goes straight to whoever has room for it. All
 * waiting has two ends: how long the server may be silent, and the run's. */
#include "imap_session.h"

#include "command.h"
#include "core/monotonic.h"
#include "transfer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CONNECT_SECONDS 20
#define TOKEN_MAX       ((size_t)16 * 1024)
#define TOKEN_MS        30000
#define COMMAND_MAX     (IMAP_LINE_MAX - 64)
#define LOGOUT_MS       2000
#define LINES_MAX       2000000             /* of one answer */
#define LITERAL_MAX     ((uint64_t)1 << 30) /* that is read over, not kept */

struct imap_session {
    const struct imap_options *options;
    struct imap_taker *taker;
    struct imap_result *result;
    CURL *curl;
    char error[CURL_ERROR_SIZE];
    char greeting[IMAP_WORDS]; /* the last line while logging in */
    unsigned tag;
    bool is_broken;
    int64_t run_ends; /* ms */
    int64_t silence_ends;
    size_t start, len; /* of what is in `in` and not yet read */
    char in[IMAP_LINE_MAX];
};

static void
put_words(struct imap_result *result, struct sceau_slice words)
{
    snprintf(result->words, sizeof result->words, "%.*s",
             (int)(words.len < 200 ? words.len : 200), words.len > 0 ? words.ptr : "");
}

/* Always false, and the session is of no more use. */
static bool
fail(struct imap_session *s, enum imap_end end, const char *words)
{
    if (!s->is_broken) {
        s->result->end = end;
        put_words(s->result, sceau_slice_from(words));
    }
    s->is_broken = true;
    return false;
}

/* ---- octets ---- */

/* Wait for the socket; false when time is over. */
static bool
wait_for(struct imap_session *s, short events)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    int64_t end = s->silence_ends < s->run_ends ? s->silence_ends : s->run_ends;
    int64_t left = end - monotonic_ms();
    if (left <= 0)
        return fail(s, IMAP_END_TIMEOUT, "");
    if (s->taker->is_stopping != NULL && s->taker->is_stopping(s->taker))
        return fail(s, IMAP_END_STOPPED, "");
    if (curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK ||
        socket == CURL_SOCKET_BAD)
        return fail(s, IMAP_END_CLOSED, "");
    struct pollfd wanted = {.fd = socket, .events = events};
    if (poll(&wanted, 1, left > 500 ? 500 : (int)left) < 0 && errno != EINTR)
        return fail(s, IMAP_END_SYSTEM, strerror(errno));
    return true;
}

static bool
send_all(struct imap_session *s, const char *octets, size_t len)
{
    s->silence_ends = monotonic_ms() + (int64_t)s->options->patience * 1000;
    for (size_t sent = 0; sent < len;) {
        size_t n = 0;
        CURLcode code = curl_easy_send(s->curl, octets + sent, len - sent, &n);
        sent += n;
        if (code == CURLE_AGAIN) {
            if (!wait_for(s, POLLOUT))
                return false;
        } else if (code != CURLE_OK) {
            return fail(s, IMAP_END_CLOSED, "");
        }
    }
    return true;
}

/* Some octets, at least one. A server that talks without end meets the run's. */
static bool
receive(struct imap_session *s, char *out, size_t size, size_t *n)
{
    int64_t now = monotonic_ms();
    s->silence_ends = now + (int64_t)s->options->patience * 1000;
    if (now >= s->run_ends)
        return fail(s, IMAP_END_TIMEOUT, "");
    for (;;) {
        CURLcode code = curl_easy_recv(s->curl, out, size, n);
        if (code == CURLE_OK && *n > 0)
            return true;
        if (code != CURLE_AGAIN)
            return fail(s, IMAP_END_CLOSED, "");
        if (!wait_for(s, POLLIN))
            return false;
    }
}

/* The next line, without its end, in the buffer until the next call. */
static bool
read_line(struct imap_session *s, struct sceau_slice *line)
{
    size_t looked = 0;
    for (;;) {
        struct sceau_slice held = {s->in + s->start, s->len};
        size_t end = looked + slice_find(slice_skip(held, looked), '\n');
        if (end < held.len) {
            s->start += end + 1;
            s->len -= end + 1;
            *line = slice_sub(held, 0,
                              end > 0 && held.ptr[end - 1] == '\r' ? end - 1 : end);
            return true;
        }
        looked = held.len;
        memmove(s->in, held.ptr, held.len);
        s->start = 0;
        if (s->len == sizeof s->in)
            return fail(s, IMAP_END_BROKEN, N_("a line of more than 64 KiB"));
        size_t n = 0;
        if (!receive(s, s->in + s->len, sizeof s->in - s->len, &n))
            return false;
        s->len += n;
    }
}

/* `octets` of a literal; out NULL: nobody wants them. */
static bool
read_literal(struct imap_session *s, uint64_t octets, char *out)
{
    while (octets > 0) {
        if (s->len == 0) {
            s->start = 0;
            if (!receive(s, s->in, sizeof s->in, &s->len))
                return false;
        }
        size_t n = octets < s->len ? (size_t)octets : s->len;
        if (out != NULL) {
            memcpy(out, s->in + s->start, n);
            out += n;
        }
        s->start += n;
        s->len -= n;
        octets -= n;
    }
    return true;
}

/* ---- answers ---- */

/* The literals of a line and what stands behind each. `text` is its part up to the first. */
static bool
read_parts(struct imap_session *s, struct sceau_slice text, struct imap_hearer *hearer)
{
    uint64_t octets;
    while (imap_line_literal(text, &octets)) {
        char *room = hearer != NULL && hearer->literal != NULL
                         ? hearer->literal(hearer, octets)
                         : NULL;
        if (octets > LITERAL_MAX)
            return fail(s, IMAP_END_BROKEN, N_("a literal larger than any mail"));
        if (!read_literal(s, octets, room) || !read_line(s, &text))
            return false;
        if (hearer != NULL && hearer->part != NULL)
            hearer->part(hearer, text);
    }
    return true;
}

static enum imap_status
read_answer(struct imap_session *s, const char *tag, struct imap_hearer *hearer)
{
    struct sceau_slice text = SLICE_NONE, wanted = sceau_slice_from(tag);
    for (unsigned lines = 0; lines < LINES_MAX && read_line(s, &text); lines++) {
        struct imap_line line = imap_line_read(text);
        if (line.kind == IMAP_TAGGED && slice_eq(line.tag, wanted)) {
            if (line.status != IMAP_STATUS_OK)
                put_words(s->result, line.rest);
            return line.status;
        }
        if (line.kind != IMAP_UNTAGGED) {
            fail(s, IMAP_END_BROKEN, "");
            put_words(s->result, text);
            break;
        }
        if (line.status == IMAP_STATUS_BYE) {
            fail(s, IMAP_END_CLOSED, "");
            put_words(s->result, line.rest);
            break;
        }
        if (hearer != NULL && hearer->line != NULL)
            hearer->line(hearer, &line);
        if (!read_parts(s, text, hearer))
            break;
    }
    fail(s, IMAP_END_BROKEN, N_("an answer without end"));
    return IMAP_STATUS_NONE;
}

enum imap_status
imap_command(struct imap_session *s, const char *command, struct imap_hearer *hearer)
{
    char tag[16], *line = NULL;
    if (s->is_broken)
        return IMAP_STATUS_NONE;
    if (s->taker->step != NULL)
        s->taker->step(s->taker, command);
    snprintf(tag, sizeof tag, "S%u", ++s->tag);
    int len = asprintf(&line, "%s %s\r\n", tag, command);
    if (len < 0) {
        fail(s, IMAP_END_SYSTEM, strerror(ENOMEM));
        return IMAP_STATUS_NONE;
    }
    bool is_sent = (size_t)len < COMMAND_MAX
                       ? send_all(s, line, (size_t)len)
                       : fail(s, IMAP_END_SYSTEM, N_("a long command"));
    free(line);
    return is_sent ? read_answer(s, tag, hearer) : IMAP_STATUS_NONE;
}

/* ---- connecting ---- */

/* What the server says while libcurl logs in; the last words tell why it refuses. */
static size_t
keep_greeting(char *data, /* NOLINT(readability-non-const-parameter): libcurl's type */
              size_t size, size_t count, void *user)
{
    struct imap_session *s = user;
    struct imap_line line =
        imap_line_read(slice_trim((struct sceau_slice){data, size * count}));
    if (line.kind == IMAP_TAGGED && line.status != IMAP_STATUS_OK)
        snprintf(s->greeting, sizeof s->greeting, "%.*s",
                 (int)(line.rest.len < 200 ? line.rest.len : 200),
                 line.rest.len > 0 ? line.rest.ptr : "");
    return size * count;
}

static void
set_rules(struct imap_session *s)
{
    const struct imap_options *o = s->options;
    curl_easy_setopt(s->curl, CURLOPT_URL, o->url);
    curl_rules_set(s->curl, "imap,imaps", o->trust_file);
    curl_easy_setopt(s->curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(s->curl, CURLOPT_USE_SSL,
                     (long)(o->is_plain ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(s->curl, CURLOPT_TIMEOUT,
                     (long)(CONNECT_SECONDS + (o->patience < 60 ? o->patience : 60)));
    curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->error);
    curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, keep_greeting);
    curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, s);
}

/* A token in one line of printable octets: it goes into a command. */
static bool
set_token(struct imap_session *s)
{
    char token[TOKEN_MAX + 1] = "";
    struct problem problem = {0};
    struct command command = {.line = sceau_slice_from(s->options->token_command),
                              .output = token,
                              .output_max = TOKEN_MAX,
                              .timeout_ms = TOKEN_MS};
    size_t len = 0;
    if (!command_run(&command, &len, &problem))
        return fail(s, IMAP_END_SECRET, problem.text);
    while (len > 0 && ascii_is_fws(token[len - 1]))
        len--;
    bool is_fine = len > 0;
    for (size_t i = 0; i < len; i++)
        is_fine = is_fine && token[i] > ' ' && token[i] < 0x7f;
    token[len] = '\0';
    if (is_fine) {
        curl_easy_setopt(s->curl, CURLOPT_XOAUTH2_BEARER, token);
        curl_easy_setopt(s->curl, CURLOPT_LOGIN_OPTIONS,
                         "AUTH=XOAUTH2;AUTH=OAUTHBEARER");
    }
    explicit_bzero(token, sizeof token);
    return is_fine ||
           fail(s, IMAP_END_SECRET, N_("intake.imap_token_command printed no token"));
}

static bool
set_password(struct imap_session *s)
{
    char password[SECRET_MAX];
    struct problem problem = {0};
    const char *file = s->options->password_file;
    if (file == NULL || file[0] == '\0')
        return fail(
            s, IMAP_END_SETTINGS,
            N_("neither intake.imap_password_file nor intake.imap_token_command "
               "is set"));
    if (!secret_read(file, password, &problem))
        return fail(s, IMAP_END_SECRET, problem.text);
    curl_easy_setopt(s->curl, CURLOPT_PASSWORD, password);
    explicit_bzero(password, sizeof password);
    return true;
}

static bool
set_login(struct imap_session *s)
{
    const char *command = s->options->token_command;
    if (s->options->user == NULL || s->options->user[0] == '\0')
        return fail(s, IMAP_END_SETTINGS, N_("intake.imap_user is not set"));
    curl_easy_setopt(s->curl, CURLOPT_USERNAME, s->options->user);
    return command != NULL && command[0] != '\0' ? set_token(s) : set_password(s);
}

static enum imap_end
end_of(struct imap_session *s, CURLcode code)
{
    long error = 0;
    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return IMAP_END_SETTINGS;
    case CURLE_COULDNT_RESOLVE_HOST: return IMAP_END_NO_HOST;
    case CURLE_COULDNT_CONNECT:
        curl_easy_getinfo(s->curl, CURLINFO_OS_ERRNO, &error);
        return error == ECONNREFUSED ? IMAP_END_REFUSED : IMAP_END_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT: return IMAP_END_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION: return IMAP_END_CERTIFICATE;
    case CURLE_SSL_CACERT_BADFILE: return IMAP_END_TRUST_FILE;
    case CURLE_USE_SSL_FAILED: return IMAP_END_NO_TLS;
    case CURLE_LOGIN_DENIED: return IMAP_END_LOGIN;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT: return IMAP_END_SYSTEM;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR: return IMAP_END_CLOSED;
    default: return IMAP_END_BROKEN;
    }
}

static bool
connect_and_log_in(struct imap_session *s)
{
    set_rules(s);
    if (!set_login(s))
        return false;
    CURLcode code = curl_easy_perform(s->curl);
    curl_easy_setopt(s->curl, CURLOPT_PASSWORD, (char *)NULL);
    curl_easy_setopt(s->curl, CURLOPT_XOAUTH2_BEARER, (char *)NULL);
    if (code == CURLE_OK)
        return true;
    enum imap_end end = end_of(s, code);
    const char *words = s->error[0] != '\0' ? s->error : curl_easy_strerror(code);
    if (end == IMAP_END_LOGIN && s->greeting[0] != '\0')
        words = s->greeting;
    return fail(s, end, words);
}

struct imap_session *
imap_session_open(const struct imap_options *options, struct imap_taker *taker,
                  struct imap_result *result)
{
    struct imap_session *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->curl = curl_rules_new();
    if (s == NULL || s->curl == NULL) {
        free(s);
        result->end = IMAP_END_SYSTEM;
        put_words(result, sceau_slice_from(strerror(ENOMEM)));
        return NULL;
    }
    s->options = options;
    s->taker = taker;
    s->result = result;
    s->run_ends = monotonic_ms() + (int64_t)IMAP_RUN_SECONDS * 1000;
    if (connect_and_log_in(s))
        return s;
    imap_session_close(s);
    return NULL;
}

void
imap_session_close(struct imap_session *s)
{
    if (s == NULL)
        return;
    if (!s->is_broken) {
        s->run_ends = monotonic_ms() + LOGOUT_MS;
        struct imap_result kept = *s->result;
        imap_command(s, "LOGOUT", NULL); /* it answers BYE */
        *s->result = kept;
    }
    curl_easy_cleanup(s->curl);
    free(s);
}
