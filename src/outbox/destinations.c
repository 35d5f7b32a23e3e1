#include "destinations.h"

#include "build.h"
#include "core/text.h"
#include "dmarc/uri.h"

struct sceau_slice
outbox_host_of(struct sceau_slice mailbox)
{
    return slice_skip(mailbox, slice_find_last(mailbox, '@') + 1);
}

/* Is `host` this domain, or below it? */
static bool
is_at(struct sceau_slice host, struct sceau_slice domain)
{
    return slice_ends_ci(host, domain) &&
           (host.len == domain.len || host.ptr[host.len - domain.len - 1] == '.');
}

bool
outbox_names_have(struct outbox_names names, struct sceau_slice mailbox)
{
    bool has_host = slice_find(mailbox, '@') < mailbox.len;
    struct sceau_slice host = has_host ? outbox_host_of(mailbox) : mailbox;
    for (size_t i = 0; i < names.count; i++) {
        struct sceau_slice name = names.items[i];
        bool is_address = slice_find(name, '@') < name.len;
        if (is_address ? slice_eq_ci(name, mailbox) : is_at(host, name))
            return true;
    }
    return false;
}

/* What the URIs of one record come to. */
struct destinations {
    struct database *db;
    struct sceau_arena *arena;
    struct sceau_slice report;
    int64_t now;
    struct outbox_names own;
    struct sceau_slice used[OUTBOX_URIS_USED]; /* mailboxes */
    size_t used_count;
};

static bool
is_same_mailbox(struct sceau_slice a, struct sceau_slice b)
{
    size_t at = slice_find_last(a, '@');
    return at == slice_find_last(b, '@') &&
           slice_eq(slice_sub(a, 0, at), slice_sub(b, 0, at)) &&
           slice_eq_ci(slice_skip(a, at), slice_skip(b, at));
}

/* Why this URI gets no report; NULL: it does. */
static const char *
refuse_uri(struct destinations *d, struct sceau_slice text, struct sceau_slice *mailbox)
{
    struct dmarc_uri uri;
    if (dmarc_uri_parse(d->arena, text, &uri) != SCEAU_OK || !uri.is_mailto ||
        uri.mailbox.len == 0)
        return N_("it names no mailbox");
    *mailbox = uri.mailbox;
    if (outbox_names_have(d->own, uri.mailbox))
        return N_("our own reports come from there, or their bounces go there");
    for (size_t i = 0; i < d->used_count; i++)
        if (is_same_mailbox(d->used[i], uri.mailbox))
            return N_("the same mailbox is named before");
    if (d->used_count == OUTBOX_URIS_USED)
        return N_("only the first four mailboxes of a record get reports");
    d->used[d->used_count++] = uri.mailbox;
    return NULL;
}

size_t
outbox_mailboxes(struct sceau_arena *arena, const struct sceau_slice *uris,
                 size_t count, struct outbox_names own,
                 struct sceau_slice mailboxes[OUTBOX_URIS_USED])
{
    struct destinations d = {.arena = arena, .own = own};
    struct sceau_slice mailbox;
    for (size_t n = 0; n < count && n < OUTBOX_URIS_RECORDED; n++)
        (void)refuse_uri(&d, uris[n], &mailbox);
    memcpy(mailboxes, d.used, sizeof d.used);
    return d.used_count;
}

static bool
add_delivery(struct destinations *d, size_t n, struct sceau_slice uri)
{
    struct sceau_slice mailbox = SCEAU_SLICE("");
    const char *why = refuse_uri(d, uri, &mailbox);
    struct statement *s = database_prepare(
        d->db, "INSERT INTO delivery (report, n, uri, mailbox, state, tries, next_try, "
               "changed, reply) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?6, ?7)");
    bind_text(s, 1, d->report);
    bind_int(s, 2, (int64_t)n);
    bind_text(s, 3, uri);
    bind_text(s, 4, mailbox);
    bind_int(s, 5, why == NULL ? DELIVERY_WAITING : DELIVERY_UNUSABLE);
    bind_int(s, 6, d->now);
    bind_text(s, 7, sceau_slice_from(why != NULL ? why : ""));
    return statement_step(s) == 0;
}

bool
outbox_add_deliveries(struct database *db, struct sceau_arena *arena,
                      struct sceau_slice report, const struct sceau_slice *uris,
                      size_t count, struct outbox_names own, int64_t now, size_t *used)
{
    struct destinations d = {db, arena, report, now, own, .used_count = 0};
    for (size_t n = 0; n < count && n < OUTBOX_URIS_RECORDED; n++)
        if (!add_delivery(&d, n, uris[n]))
            return false;
    *used = d.used_count;
    return true;
}
