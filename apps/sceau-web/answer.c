/* The gate that each request passes (Host, visitor, place, token), then the place itself.
 * Source: DESIGN.md section 11. */
#include "answer.h"

#include "assets.h"
#include "core/domain.h"
#include "metrics.h"
#include "places.h"
#include "web/multipart.h"
#include "web_link.h"

#include <inttypes.h>

#define HTML_TYPE "text/html; charset=utf-8"

void
answer_page(struct exchange *x, struct sceau_slice html)
{
    if (x->answer.status == 0)
        x->answer.status = html.ptr != NULL ? 200 : 503;
    x->answer.type = HTML_TYPE;
    x->answer.body =
        html.ptr != NULL ? html : SCEAU_SLICE("the page became too large\n");
}

static const char *
title_of(unsigned status)
{
    switch (status) {
    case 400: return N_("That request is not understood");
    case 403: return N_("Not allowed");
    case 404: return N_("There is no such page");
    case 405: return N_("That is not done here");
    case 411:
    case 413:
    case 415: return N_("That cannot be taken");
    default: return N_("Not now");
    }
}

void
answer_refusal(struct exchange *x, unsigned status, const char *text)
{
    x->answer = (struct answer){.status = status};
    x->page.domain = SCEAU_SLICE("");
    x->page.html = html_new(x->arena, x->page.html.language);
    answer_page(x, page_message(&x->page, title_of(status), text));
}

void
answer_redirect(struct exchange *x, struct sceau_slice location)
{
    x->answer.status = 303;
    x->answer.location = location;
    x->answer.type = "text/plain";
    x->answer.body = SCEAU_SLICE("");
}

/* ---- the header ---------------------------------------------------------------------- */

static void
split_target(struct exchange *x, struct sceau_slice *query)
{
    struct sceau_slice target = x->request.target;
    size_t mark = slice_find(target, '?');
    x->path = slice_sub(target, 0, mark);
    *query = mark < target.len ? slice_skip(target, mark + 1) : SCEAU_SLICE("");
}

static void
find_visitor(struct exchange *x)
{
    struct web *web = x->web;
    const struct visitor_request request = {
        .is_unix = x->request.is_unix,
        .peer = x->request.peer,
        .cookie = x->request.cookie,
        .user = x->request.user,
    };
    pthread_mutex_lock(&web->lock);
    visitor_find(&web->env.config.web, &web->sessions, &request, (int64_t)time(NULL),
                 &x->visitor);
    session_token(&web->sessions, x->visitor.who, x->token);
    pthread_mutex_unlock(&web->lock);
}

static void
prepare_page(struct exchange *x, struct sceau_slice query)
{
    x->page = page_new(x->arena, LANGUAGE_EN);
    x->page.query = &x->query;
    x->page.path = x->path;
    x->page.visitor = &x->visitor;
    x->page.token = x->token;
    x->page.now = web_now(x->web);
    bool is_read = query_parse(x->arena, query, &x->query);
    x->page.html.language = page_language(query_get(&x->query, "lang"),
                                          cookie_get(x->request.cookie, "lang"),
                                          x->request.accept_language);
    if (!is_read)
        answer_refusal(x, 400, N_("Its address is none that a page here has."));
}

/* A form of another site, sent with our cookie: browsers say where it came from. Under
 * Referrer-Policy: no-referrer they call our own forms' origin "null", and Sec-Fetch-Site
 * tells; what sends neither has the token to show. */
static bool
is_foreign(const struct request *r)
{
    struct sceau_slice origin = r->origin;
    size_t colon = slice_find(origin, ':');
    if (r->fetch_site.len > 0)
        return !slice_eq(r->fetch_site, SCEAU_SLICE("same-origin")) &&
               !slice_eq(r->fetch_site, SCEAU_SLICE("none"));
    return origin.len > 0 && (colon + 3 > origin.len ||
                              !slice_eq_ci(slice_skip(origin, colon + 3), r->host));
}

static bool
may_enter(struct exchange *x)
{
    unsigned flags = x->page.match.route->flags;
    bool is_post = x->request.method == WEB_POST;
    if (!(flags & (is_post ? ROUTE_POST : ROUTE_GET))) {
        answer_refusal(x, 405, N_("The page is there, but not for this."));
        return false;
    }
    if (flags & ROUTE_OPEN)
        return true;
    if (x->visitor.role == VISITOR_NOBODY) {
        x->answer.status = 403;
        answer_page(x, page_closed(&x->page));
        return false;
    }
    if ((flags & ROUTE_ADMIN) && x->visitor.role != VISITOR_ADMINISTRATOR) {
        answer_refusal(x, 403, N_("That is for administrators."));
        return false;
    }
    if (is_post && is_foreign(&x->request)) {
        answer_refusal(x, 403, N_("The form came from another site."));
        return false;
    }
    return true;
}

static bool
is_of_domain(enum web_place place)
{
    return (place >= WEB_DOMAIN && place <= WEB_KEYS) || place == WEB_CHECK_NAME;
}

/* The domain in the path, as A-labels; a reader's own, or it is not there. */
static bool
find_domain(struct exchange *x)
{
    if (!is_of_domain(x->page.match.route->place))
        return true;
    if (domain_normal(x->arena, x->page.match.part, &x->page.domain) &&
        visitor_sees(&x->visitor, x->page.domain))
        return true;
    answer_refusal(x, 404, N_("What was here may have been removed."));
    return false;
}

bool
answer_header(struct exchange *x)
{
    struct sceau_slice query;
    split_target(x, &query);
    find_visitor(x);
    prepare_page(x, query);
    if (x->answer.status != 0)
        return false;
    if (!visitor_host_fits(&x->web->env.config.web, x->request.host)) {
        x->visitor.role =
            VISITOR_NOBODY; /* no navigation for a name that is not ours */
        answer_refusal(
            x, 403,
            N_("This name is not in web.hosts of sceau.conf: add it if it is yours."));
        return false;
    }
    if (!route_find(x->arena, x->path, &x->page.match)) {
        x->page.match = (struct route_match){.route = NULL};
        answer_refusal(x, 404, N_("What was here may have been removed."));
        return false;
    }
    return may_enter(x) && find_domain(x);
}

/* ---- the body ------------------------------------------------------------------------ */

static bool
read_multipart(struct exchange *x, struct sceau_slice boundary)
{
    struct multipart form;
    if (!multipart_parse(x->request.body, boundary, &form))
        return false;
    for (size_t i = 0; i < form.count; i++) {
        const struct multipart_part *part = &form.parts[i];
        struct query_parameter *p = &x->form.items[x->form.count];
        if (part->file_name.ptr != NULL) {
            x->file_name = part->file_name;
            x->file = part->body;
        } else {
            *p = (struct query_parameter){part->name, part->body};
            x->form.count++;
        }
    }
    return true;
}

static bool
read_form(struct exchange *x)
{
    struct sceau_slice boundary = multipart_boundary(x->request.content_type);
    if (boundary.len > 0)
        return read_multipart(x, boundary);
    return slice_starts_ci(x->request.content_type,
                           SCEAU_SLICE("application/x-www-form-urlencoded")) &&
           query_parse(x->arena, x->request.body, &x->form);
}

static bool
token_fits(struct exchange *x)
{
    pthread_mutex_lock(&x->web->lock);
    bool fits = session_token_fits(&x->web->sessions, x->visitor.who,
                                   query_get(&x->form, "token"));
    pthread_mutex_unlock(&x->web->lock);
    return fits;
}

static void
sign_in(struct exchange *x)
{
    struct web *web = x->web;
    uint8_t random[SESSION_SECRET];
    char cookie[SESSION_TEXT];
    int64_t now = (int64_t)time(NULL);
    uint64_t lasts = web->env.config.web.session;
    if (web->state[0] == '\0' || !web_random(random) ||
        !web_link_take(web->state, query_get(&x->query, "token"), now)) {
        x->answer.status = 403;
        answer_page(x, page_closed(&x->page));
        return;
    }
    pthread_mutex_lock(&web->lock);
    session_begin(&web->sessions, random, now + (int64_t)lasts, cookie);
    pthread_mutex_unlock(&web->lock);
    struct text t = text_new(x->arena, SIZE_MAX);
    text_format(&t,
                SESSION_COOKIE
                "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%" PRIu64 "%s",
                cookie, lasts,
                slice_eq(x->request.forwarded_proto, SCEAU_SLICE("https")) ? "; Secure"
                                                                           : "");
    x->answer.cookie = text_done(&t);
    answer_redirect(x, SCEAU_SLICE("/"));
}

static void
sign_out(struct exchange *x)
{
    pthread_mutex_lock(&x->web->lock);
    session_end(&x->web->sessions, x->visitor.who);
    pthread_mutex_unlock(&x->web->lock);
    x->answer.cookie =
        SCEAU_SLICE(SESSION_COOKIE "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    answer_redirect(x, SCEAU_SLICE("/"));
}

static bool
is_local(struct sceau_slice url)
{
    bool is_clean = url.len > 0 && url.ptr[0] == '/' &&
                    !(url.len > 1 && (url.ptr[1] == '/' || url.ptr[1] == '\\'));
    for (size_t i = 0; i < url.len && is_clean; i++)
        is_clean = url.ptr[i] > ' ' && url.ptr[i] < 0x7f;
    return is_clean;
}

static void
choose_language(struct exchange *x)
{
    struct sceau_slice back = query_get(&x->query, "back");
    x->answer.cookie =
        slice_eq(query_get(&x->query, "to"), SCEAU_SLICE("fr"))
            ? SCEAU_SLICE("lang=fr; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000")
            : SCEAU_SLICE("lang=en; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
    answer_redirect(x, is_local(back) ? back : SCEAU_SLICE("/"));
}

static void
give_file(struct exchange *x, const struct asset *asset)
{
    x->answer = (struct answer){.status = slice_eq(x->request.if_none_match,
                                                   sceau_slice_from(asset->etag))
                                              ? 304
                                              : 200,
                                .type = asset->type,
                                .body = asset->octets,
                                .etag = asset->etag};
    if (x->answer.status == 304)
        x->answer.body = SCEAU_SLICE("");
}

void
answer_body(struct exchange *x)
{
    if (x->request.method == WEB_POST && (!read_form(x) || !token_fits(x))) {
        answer_refusal(x, 403,
                       N_("The form is too old, or came from elsewhere: go back, load "
                          "the page again, and send it once more."));
        return;
    }
    switch (x->page.match.route->place) {
    case WEB_LOGIN: sign_in(x); break;
    case WEB_LOGOUT: sign_out(x); break;
    case WEB_LANGUAGE: choose_language(x); break;
    case WEB_STYLE: give_file(x, &asset_style); break;
    case WEB_SCRIPT: give_file(x, &asset_script); break;
    case WEB_ICON: give_file(x, &asset_icon); break;
    case WEB_OPENAPI: give_file(x, &asset_openapi); break;
    case WEB_HEALTH: metrics_health(x); break;
    case WEB_METRICS: metrics_answer(x); break;
    default: places_answer(x); break;
    }
}
