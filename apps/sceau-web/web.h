/* What all requests of sceau-web share, and one request. */
#ifndef APP_WEB_H
#define APP_WEB_H

#include "environment.h"
#include "milter/listener.h"
#include "store_place.h"
#include "web/page.h"
#include "web/session.h"
#include "web/visitor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define WEB_BODY_MAX   ((size_t)64 * 1024)               /* octets of a form */
#define WEB_FILE_MAX   ((size_t)10 * 1024 * 1024 + 4096) /* of one with a file */
#define WEB_MEMORY     ((size_t)96 * 1024 * 1024)        /* of one request, at most */
#define WEB_HEADER_MAX ((size_t)32 * 1024)
#define WEB_STATE_MAX  4032 /* octets of the state directory's path, with its NUL */

struct web {
    struct environment env;
    struct milter_listener listener;
    char state[WEB_STATE_MAX];   /* empty: none, and nothing to show */
    char store[STORE_PLACE_MAX]; /* as database_open takes it */
    int64_t clock_offset;        /* --now */
    int64_t started;
    pthread_mutex_t lock; /* of the sessions */
    struct sessions sessions;
    atomic_uint_fast64_t requests, refused, failed;
    void *insights; /* of insights.c: connections to the store that are idle */
};

/* The time, as --now has it, in seconds. Links and sessions go by the real clock. */
static inline int64_t
web_now(const struct web *web)
{
    return (int64_t)time(NULL) + web->clock_offset;
}

/* What goes back. */
struct answer {
    unsigned status;
    const char *type; /* of the body */
    struct sceau_slice body;
    struct sceau_slice location;    /* empty: none */
    struct sceau_slice cookie;      /* Set-Cookie; empty: none */
    struct sceau_slice disposition; /* Content-Disposition; empty: none */
    const char *etag;               /* NULL: not to be kept */
};

enum web_method {
    WEB_GET, /* and HEAD */
    WEB_POST,
};

/* The header of a request, as it came. */
struct request {
    enum web_method method;
    struct sceau_slice target; /* path and query, still encoded */
    struct sceau_slice host, cookie, user, accept_language, content_type, origin,
        fetch_site, forwarded_proto, if_none_match;
    struct sceau_ip peer;
    bool is_unix;
    struct sceau_slice body;
};

struct exchange {
    struct web *web;
    struct sceau_arena *arena;
    struct request request;
    struct sceau_slice path;
    struct query query; /* of the target */
    struct query form;  /* of the body; of a form with a file: its other parts */
    struct sceau_slice file_name, file;
    struct visitor visitor;
    char token[SESSION_TEXT];
    struct page page; /* ready to begin */
    struct answer answer;
};

#endif
