#include "destinations.h"

#include "build.h"
#include "core/text.h"
#include "dmarc/uri.h"

struct sceau_slice
outbox_host_of(struct sceau_slice mailbox)
{
    return slice_skip(mailbox, slice_find_last(mailbox, '@') + 1);
}

/* What the URIs of one record come to. */
struct destinations {
    struct database *db;
    struct sceau_arena *arena;
    struct sceau_slice report;
    int64_t now;
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
    for (size_t i = 0; i < d->used_count; i++)
        if (is_same_mailbox(d->used[i], uri.mailbox))
            return N_("the same mailbox is named before");
    if (d->used_count == OUTBOX_URIS_USED)
        return N_("only the first four mailboxes of a record get reports");
    d->used[d->used_count++] = uri.mailbox;
    return NULL;
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
                      size_t count, int64_t now, size_t *used)
{
    struct destinations d = {db, arena, report, now, .used_count = 0};
    for (size_t n = 0; n < count && n < OUTBOX_URIS_RECORDED; n++)
        if (!add_delivery(&d, n, uris[n]))
            return false;
    *used = d.used_count;
    return true;
}
