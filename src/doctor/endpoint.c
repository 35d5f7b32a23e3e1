/* smtpd_milters and non_smtpd_milters, taken apart as Postfix does: a relative path starts
 * in the queue directory, and so does an absolute one for a service that is chrooted. */
#include "endpoint.h"

#include "core/text.h"
#include "milter/listener.h"

#include <assert.h>
#include <stdio.h>

static bool
contains(struct sceau_slice text, struct sceau_slice part)
{
    return part.len > 0 && text.len >= part.len &&
           memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
}

struct sceau_slice
endpoint_service_name(struct doctor *d, const struct postfix_service *service)
{
    struct text t = text_new(d->context->arena, SIZE_MAX);
    text_slice(&t, service->name);
    text_octet(&t, '/');
    text_slice(&t, service->type);
    return text_done(&t);
}

struct sceau_slice
endpoint_postconf(struct doctor *d)
{
    struct text t = text_new(d->context->arena, SIZE_MAX);
    text_string(&t, "postconf");
    if (d->postfix.dir != NULL) {
        text_string(&t, " -c ");
        text_string(&t, d->postfix.dir);
    }
    return text_done(&t);
}

bool
endpoint_is_reinjection(const struct doctor *d, const struct postfix_service *service)
{
    const struct postfix *p = &d->postfix;
    return (postfix_is_overridden(p, service, "content_filter") &&
            postfix_get_for(p, service, "content_filter").len == 0) ||
           contains(postfix_get_for(p, service, "receive_override_options"),
                    SCEAU_SLICE("no_milters"));
}

bool
endpoint_is_entrance(const struct doctor *d, const struct postfix_service *service)
{
    return postfix_runs(service, SCEAU_SLICE("smtpd")) &&
           !endpoint_is_reinjection(d, service);
}

/* ---- where it is ---- */

static struct sceau_slice
without_prefix(struct sceau_slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    return slice_starts_ci(text, sceau_slice_from(prefix)) ? slice_skip(text, len)
                                                           : text;
}

static void
locate_unix(const struct doctor *d, struct endpoint *e, struct sceau_slice path)
{
    struct sceau_slice queue = postfix_get(&d->postfix, "queue_directory");
    bool is_absolute = path.len > 0 && path.ptr[0] == '/';
    bool is_inside = !is_absolute || (e->service != NULL && e->service->is_chrooted);
    if (!is_inside)
        queue = SLICE_NONE;
    e->is_unix = true;
    snprintf(e->path, sizeof e->path, "%.*s%s%.*s", SLICE_ARG(queue),
             is_absolute ? "" : "/", SLICE_ARG(path));
}

/* "inet:HOST:PORT", the host in brackets or not. */
static void
locate_inet(struct endpoint *e, struct sceau_slice text)
{
    size_t colon = slice_find_last(text, ':');
    struct sceau_slice host = slice_sub(text, 0, colon);
    uint64_t port = 0;
    if (colon == text.len || !slice_decimal(slice_skip(text, colon + 1), 65535, &port))
        return;
    if (host.len > 2 && host.ptr[0] == '[')
        host = slice_sub(slice_skip(host, 1), 0, host.len - 2);
    if (slice_eq_ci(host, SCEAU_SLICE("localhost")))
        host = SCEAU_SLICE("127.0.0.1");
    e->port = (uint16_t)port;
    if (!sceau_ip_parse(host, &e->address))
        e->address.version = 0;
}

static void
locate(const struct doctor *d, struct endpoint *e)
{
    struct sceau_slice endpoint = e->milter.endpoint;
    struct sceau_slice path = without_prefix(endpoint, "unix:");
    path = without_prefix(path, "local:");
    if (path.len < endpoint.len)
        locate_unix(d, e, path);
    else
        locate_inet(e, without_prefix(endpoint, "inet:"));
}

/* ---- whose it is ---- */

static bool
is_listener(const struct endpoint *e, struct sceau_slice text)
{
    struct milter_listener listener;
    char error[256];
    if (!milter_listener_parse(text, &listener, error))
        return false;
    if (listener.is_unix)
        return e->is_unix && strcmp(listener.path, e->path) == 0;
    return !e->is_unix && e->port == listener.port && e->address.version != 0;
}

/* One that the configuration names, or one with our name in it. */
static bool
is_ours(const struct doctor *d, const struct endpoint *e)
{
    const struct config_words *listen = &d->config->milter.listen;
    for (size_t i = 0; i < listen->count; i++) {
        if (is_listener(e, listen->items[i]))
            return true;
    }
    return contains(e->milter.endpoint, SCEAU_SLICE("sceau"));
}

/* ---- all of them ---- */

struct collector {
    struct doctor *d;
    struct endpoint *list;
    size_t count;
};

static void
collect(struct collector *c, const struct postfix_service *service,
        const char *parameter)
{
    const struct postfix *p = &c->d->postfix;
    bool is_local = strcmp(parameter, "non_smtpd_milters") == 0;
    struct sceau_slice word, rest = service != NULL
                                        ? postfix_get_for(p, service, parameter)
                                        : postfix_get(p, parameter);
    size_t first = c->count;
    assert(is_local || service != NULL); /* what has no service of master.cf */
    while (c->count < ENDPOINTS_MAX && postfix_next(&rest, &word)) {
        struct endpoint *e = &c->list[c->count++];
        e->service = service;
        e->is_local = is_local;
        e->name = is_local ? SCEAU_SLICE("non_smtpd_milters")
                           : endpoint_service_name(c->d, service);
        e->is_submission = service != NULL && postfix_is_submission(p, service);
        e->word = word;
        e->milter = postfix_milter_of(word);
        e->place = c->count - 1 - first;
        locate(c->d, e);
        e->is_ours = is_ours(c->d, e);
    }
    for (size_t i = first; i < c->count; i++)
        c->list[i].count = c->count - first;
}

const struct endpoint *
endpoints(struct doctor *d, size_t *count)
{
    const struct postfix *p = &d->postfix;
    const struct postfix_service *cleanup = NULL;
    struct collector c = {.d = d};
    c.list = sceau_arena_alloc(d->context->arena, ENDPOINTS_MAX * sizeof *c.list);
    *count = 0;
    if (c.list == NULL || !p->is_readable)
        return NULL;
    for (size_t i = 0; i < p->service_count; i++) {
        if (endpoint_is_entrance(d, &p->services[i]))
            collect(&c, &p->services[i], "smtpd_milters");
        if (postfix_runs(&p->services[i], SCEAU_SLICE("cleanup")))
            cleanup = &p->services[i];
    }
    collect(&c, cleanup, "non_smtpd_milters");
    *count = c.count;
    return c.list;
}

/* ---- a new list ---- */

static void
put_member(struct text *t, struct sceau_slice word)
{
    bool is_braced = false;
    for (size_t i = 0; i < word.len; i++)
        is_braced = is_braced || word.ptr[i] == ',';
    if (is_braced)
        text_octet(t, '{');
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_fws(word.ptr[i]))
            text_octet(t, word.ptr[i]);
    }
    if (is_braced)
        text_octet(t, '}');
}

static void
put_with_action(struct text *t, struct sceau_slice endpoint, const char *action)
{
    text_octet(t, '{');
    text_slice(t, endpoint);
    text_format(t, ",default_action=%s}", action);
}

struct sceau_slice
endpoint_list_with(struct doctor *d, const struct endpoint *e, const char *action)
{
    struct text t = text_new(d->context->arena, SIZE_MAX);
    const struct endpoint *first = e - e->place;
    for (size_t i = 0; i < e->count; i++) {
        if (i > 0)
            text_octet(&t, ',');
        if (&first[i] == e)
            put_with_action(&t, e->milter.endpoint, action);
        else
            put_member(&t, first[i].word);
    }
    return text_done(&t);
}

struct sceau_slice
endpoint_list_and_ours(struct doctor *d, const struct endpoint *all, size_t count,
                       const struct postfix_service *service, bool is_local)
{
    struct text t = text_new(d->context->arena, SIZE_MAX);
    bool is_signer =
        is_local || (service != NULL && postfix_is_submission(&d->postfix, service));
    put_with_action(&t,
                    is_signer ? SCEAU_SLICE("unix:sceau/submission.sock")
                              : SCEAU_SLICE("unix:sceau/milter.sock"),
                    is_signer ? "tempfail" : "accept");
    for (size_t i = 0; i < count; i++) {
        if (all[i].is_local != is_local || (!is_local && all[i].service != service))
            continue;
        text_octet(&t, ',');
        put_member(&t, all[i].word);
    }
    return text_done(&t);
}
