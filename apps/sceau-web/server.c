/* The one file that knows libmicrohttpd. 0.9.75 takes two Content-Length fields, or one
 * beside Transfer-Encoding, by its own rules; a proxy in front may read them otherwise, and
 * then one request is two. So such requests are refused here, and any Transfer-Encoding:
 * browsers send none. */
#include "server.h"

#include "answer.h"
#include "core/ip_socket.h"

#include <stdlib.h>

#include <microhttpd.h>

enum {
    THREADS = 8,
    CONNECTIONS_MAX = 64,
    SILENCE_SECONDS = 20, /* of a connection */
    REQUEST_SECONDS = 60, /* until a whole request is there */
};

struct server {
    struct MHD_Daemon *daemon;
};

/* One request on its way in. */
struct incoming {
    struct exchange x;
    char *body;
    size_t length, received;
    time_t began;
    bool is_begun;
};

/* ---- headers -------------------------------------------------------------------------- */

static struct sceau_slice
field(struct MHD_Connection *connection, const char *name)
{
    return sceau_slice_from(
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

struct counts {
    size_t length, encoding, host, type;
};

static enum MHD_Result
count_field(void *self, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct counts *counts = self;
    struct sceau_slice name = sceau_slice_from(key);
    (void)kind;
    (void)value;
    counts->length += slice_eq_ci(name, SCEAU_SLICE("Content-Length"));
    counts->encoding += slice_eq_ci(name, SCEAU_SLICE("Transfer-Encoding"));
    counts->host += slice_eq_ci(name, SCEAU_SLICE("Host"));
    counts->type += slice_eq_ci(name, SCEAU_SLICE("Content-Type"));
    return MHD_YES;
}

/* 0, or the status of a refusal. */
static unsigned
judge_framing(struct MHD_Connection *connection, struct incoming *in)
{
    struct counts counts = {0};
    uint64_t length = 0;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_field, &counts);
    if (counts.encoding > 0 || counts.length > 1 || counts.host != 1 || counts.type > 1)
        return 400;
    if (counts.length == 1 &&
        !slice_decimal(field(connection, "Content-Length"), UINT32_MAX, &length))
        return 400;
    if (in->x.request.method == WEB_GET)
        return length > 0 ? 400 : 0;
    if (counts.length == 0)
        return 411;
    in->length = (size_t)length;
    return 0;
}

/* Version 0 over a Unix socket. */
static struct sceau_ip
peer_of(const struct sockaddr *address)
{
    return address != NULL ? ip_of_socket(address) : (struct sceau_ip){0};
}

static void
read_peer(struct MHD_Connection *connection, struct request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info != NULL ? info->client_addr : NULL;
    request->peer = peer_of(address);
    request->is_unix = request->peer.version == 0;
}

/* More than one of the user's field is nobody's. */
static struct sceau_slice
user_field(struct MHD_Connection *connection, struct exchange *x)
{
    struct sceau_slice name = x->web->env.config.web.user_field;
    struct text t = text_new(x->arena, SIZE_MAX);
    if (name.len == 0)
        return SLICE_NONE;
    text_slice(&t, name);
    struct sceau_slice text = text_done(&t);
    return text.ptr != NULL ? field(connection, text.ptr) : SLICE_NONE;
}

static void
read_fields(struct MHD_Connection *connection, struct exchange *x)
{
    struct request *r = &x->request;
    r->host = field(connection, "Host");
    r->cookie = field(connection, "Cookie");
    r->accept_language = field(connection, "Accept-Language");
    r->content_type = field(connection, "Content-Type");
    r->origin = field(connection, "Origin");
    r->fetch_site = field(connection, "Sec-Fetch-Site");
    r->forwarded_proto = field(connection, "X-Forwarded-Proto");
    r->if_none_match = field(connection, "If-None-Match");
    r->user = user_field(connection, x);
    read_peer(connection, r);
}

/* ---- answers -------------------------------------------------------------------------- */

static const char policy[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

static void
add_slice(struct MHD_Response *response, struct sceau_arena *arena, const char *name,
          struct sceau_slice value)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, value);
    struct sceau_slice text = text_done(&t);
    if (value.len > 0 && text.ptr != NULL)
        MHD_add_response_header(response, name, text.ptr);
}

static void
add_fields(struct MHD_Response *response, struct exchange *x)
{
    const struct answer *a = &x->answer;
    MHD_add_response_header(response, "Content-Type",
                            a->type != NULL ? a->type : "text/plain");
    MHD_add_response_header(response, "Content-Security-Policy", policy);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "X-Frame-Options", "DENY");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    MHD_add_response_header(response, "Cache-Control",
                            a->etag != NULL ? "no-cache" : "no-store");
    if (a->etag != NULL)
        MHD_add_response_header(response, "ETag", a->etag);
    if (a->status == 405)
        MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
    add_slice(response, x->arena, "Location", a->location);
    add_slice(response, x->arena, "Set-Cookie", a->cookie);
    add_slice(response, x->arena, "Content-Disposition", a->disposition);
}

static enum MHD_Result
give(struct MHD_Connection *connection, struct exchange *x, bool must_close)
{
    const struct answer *a = &x->answer;
    struct sceau_slice body = a->body.len > 0 ? a->body : SCEAU_SLICE("");
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr,
                                        MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    atomic_fetch_add(&x->web->refused, a->status >= 400 && a->status < 500);
    atomic_fetch_add(&x->web->failed, a->status >= 500);
    add_fields(response, x);
    if (must_close)
        MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(connection, a->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Refused before its place is known: a word will do. */
static enum MHD_Result
give_bare(struct MHD_Connection *connection, struct exchange *x, unsigned status)
{
    x->answer = (struct answer){.status = status,
                                .type = "text/plain",
                                .body = SCEAU_SLICE("refused\n")};
    return give(connection, x, true);
}

/* ---- the life of a request ------------------------------------------------------------ */

/* The first thing known of a request: its target as it stands. */
static void *
begin(void *self, const char *uri, struct MHD_Connection *connection)
{
    struct web *web = self;
    struct incoming *in = calloc(1, sizeof *in);
    (void)connection;
    if (in == NULL)
        return NULL;
    in->x.web = web;
    in->x.arena = sceau_arena_new(WEB_MEMORY);
    in->began = time(NULL);
    if (in->x.arena == NULL) {
        free(in);
        return NULL;
    }
    in->x.request.target = slice_copy(in->x.arena, sceau_slice_from(uri));
    return in;
}

static void
end(void *self, struct MHD_Connection *connection, void **request,
    enum MHD_RequestTerminationCode code)
{
    struct incoming *in = *request;
    (void)self;
    (void)connection;
    (void)code;
    if (in != NULL)
        sceau_arena_free(in->x.arena);
    free(in);
    *request = NULL;
}

/* A body that may come, and room for it. */
static bool
prepare_body(struct incoming *in)
{
    size_t most =
        in->x.page.match.route->flags & ROUTE_LARGE ? WEB_FILE_MAX : WEB_BODY_MAX;
    if (in->length > most) {
        answer_refusal(&in->x, 413, N_("It is larger than what is taken here."));
        return false;
    }
    in->body = sceau_arena_alloc(in->x.arena, in->length + 1);
    if (in->body == NULL)
        answer_refusal(&in->x, 503, N_("There is no memory left for it."));
    return in->body != NULL;
}

static bool
read_method(const char *method, enum web_method *value)
{
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        *value = WEB_GET;
    else if (strcmp(method, "POST") == 0)
        *value = WEB_POST;
    else
        return false;
    return true;
}

static enum MHD_Result
take_header(struct MHD_Connection *connection, struct incoming *in, const char *method,
            const char *version)
{
    struct exchange *x = &in->x;
    in->is_begun = true;
    atomic_fetch_add(&x->web->requests, 1);
    if (!read_method(method, &x->request.method))
        return give_bare(connection, x, 405);
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return give_bare(connection, x, 505);
    unsigned status = judge_framing(connection, in);
    if (status != 0)
        return give_bare(connection, x, status);
    read_fields(connection, x);
    if (!answer_header(x))
        return give(connection, x, x->request.method == WEB_POST);
    if (x->request.method == WEB_POST && !prepare_body(in))
        return give(connection, x, true);
    return MHD_YES;
}

static enum MHD_Result
handle(void *self, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *data, size_t *size,
       void **request)
{
    struct incoming *in = *request;
    (void)self;
    (void)url; /* decoded by rules that are not ours */
    if (in == NULL)
        return MHD_NO;
    if (!in->is_begun)
        return take_header(connection, in, method, version);
    if (time(NULL) - in->began > REQUEST_SECONDS)
        return MHD_NO;
    if (*size > 0) {
        if (in->body == NULL || *size > in->length - in->received)
            return MHD_NO;
        memcpy(in->body + in->received, data, *size);
        in->received += *size;
        *size = 0;
        return MHD_YES;
    }
    in->x.request.body = (struct sceau_slice){in->body, in->received};
    answer_body(&in->x);
    return give(connection, &in->x, false);
}

static enum MHD_Result
admit(void *self, const struct sockaddr *address, socklen_t len)
{
    const struct web *web = self;
    struct sceau_ip peer = peer_of(address);
    (void)len;
    if (peer.version == 0)
        return MHD_YES; /* a Unix socket: its mode says who */
    return visitor_may_connect(&web->env.config.web, &peer) ? MHD_YES : MHD_NO;
}

/* libmicrohttpd's own words would be for developers. */
static void
hush(void *self, const char *format, va_list arguments)
{
    (void)self;
    (void)format;
    (void)arguments;
}

struct server *
server_start(struct web *web)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;
    server->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL |
                             MHD_USE_ERROR_LOG | MHD_USE_ITC,
                         0, admit, web, handle, web, MHD_OPTION_EXTERNAL_LOGGER, hush,
                         NULL, MHD_OPTION_LISTEN_SOCKET, web->listener.fd,
                         MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_SECONDS,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, WEB_HEADER_MAX,
                         MHD_OPTION_URI_LOG_CALLBACK, begin, web,
                         MHD_OPTION_NOTIFY_COMPLETED, end, web,
                         MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (server->daemon == NULL) {
        free(server);
        return NULL;
    }
    return server;
}

void
server_stop(struct server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon); /* closes the listening socket */
    free(server);
}
