/* Who claimed an own domain, and where mail came from, by the journal's last days. */
#include "doctor_journal.h"

#include "segments.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static bool
is_at_or_below(struct sceau_slice name, struct sceau_slice domain)
{
    return slice_eq_ci(name, domain) ||
           (name.len > domain.len && slice_ends_ci(name, domain) &&
            name.ptr[name.len - domain.len - 1] == '.');
}

/* The milter told it of the message: it knew the client, lists and forwarders. */
static void
count_claim(struct doctor *d, const struct record_message *m)
{
    const struct config_words *own = &d->config->policy.own_domains;
    if (!m->claims_own_domain || d->claims == NULL)
        return;
    for (size_t i = 0; i < own->count; i++) {
        if (is_at_or_below(m->author_domain, own->items[i])) {
            d->claims[i]++;
            return;
        }
    }
}

static void
take_record(void *self, struct sceau_slice payload)
{
    static struct record_message m; /* large for a stack */
    struct doctor *d = self;
    int64_t since = d->context->now - DOCTOR_JOURNAL_SECONDS;
    if (record_read(payload, &m) != SCEAU_OK || (int64_t)(m.time_us / 1000000) < since)
        return;
    count_claim(d, &m);
    doctor_clients_add(&d->clients, d->context->arena, &m);
}

void
doctor_read_journal(struct doctor *d)
{
    struct segments_look look = {.age = DOCTOR_JOURNAL_SECONDS};
    char folder[4096];
    int len = snprintf(folder, sizeof folder, "%s/journal", d->state);
    if (len < 0 || (size_t)len >= sizeof folder ||
        (access(folder, F_OK) != 0 && errno == ENOENT))
        return;
    d->claims =
        sceau_arena_alloc(d->context->arena,
                          d->config->policy.own_domains.count * sizeof *d->claims + 1);
    d->journal = segments_look(folder, &look, take_record, d) == 0 && d->claims != NULL
                     ? DOCTOR_JOURNAL_READ
                     : DOCTOR_JOURNAL_UNREADABLE;
}
