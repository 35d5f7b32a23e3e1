#include "delivery_mail.h"

#include "core/text.h"
#include "mail.h"
#include "spool.h"

#include <errno.h>
#include <string.h>

#define DAY 86400

static bool
fail(const struct delivery_mail *d, const char *what, const char *why)
{
    struct text t = text_in(d->problem, OUTBOX_PROBLEM);
    text_format(&t, "%s: %s", what, why);
    text_done(&t);
    return false;
}

struct mail_writer {
    struct outbox_writer writer;
    struct text text;
};

static bool
put_mail(struct outbox_writer *self, struct sceau_slice octets)
{
    struct mail_writer *w = (struct mail_writer *)self;
    text_slice(&w->text, octets);
    return !w->text.has_failed;
}

static void
put_as_it_is(void *self, struct sceau_slice octets)
{
    (void)put_mail(self, octets);
}

static void
attach(void *self, struct sceau_slice octets)
{
    outbox_mail_attach(self, octets);
}

/* The octets of what was built, handed over in pieces. */
static bool
read_spool(const struct delivery_mail *d, enum spool_form form, const char *id,
           void (*take)(void *w, struct sceau_slice octets), struct outbox_writer *w)
{
    if (d->unbuilt.ptr != NULL) {
        take(w, d->unbuilt);
        return true;
    }
    switch (outbox_spool_read(d->db, d->settings->folder, id, form, take, w)) {
    case SPOOL_FOUND: return true;
    case SPOOL_FAILED: return fail(d, N_("the store"), database_error(d->db));
    case SPOOL_ABSENT: break;
    }
    return fail(d, id, strerror(errno));
}

/* For this destination: by RFC 7489 when it reads no other, and one was built. */
static enum spool_form
form_for(const struct delivery_mail *d, const struct outbox_next *next)
{
    const struct outbox_settings *s = d->settings;
    bool is_old =
        (outbox_names_have(s->rfc7489, next->mailbox) ||
         outbox_names_have(s->rfc7489, next->policy_domain)) &&
        outbox_spool_look(d->db, s->folder, next->report, SPOOL_RFC7489) == SPOOL_FOUND;
    return is_old ? SPOOL_RFC7489 : SPOOL_AGGREGATE;
}

static bool
compose_aggregate(const struct delivery_mail *d, const struct outbox_next *next,
                  struct outbox_mail *mail, struct mail_writer *w)
{
    /* As it was planned: settings may have changed while it waited (RFC 9990 section 3.5.4). */
    struct outbox_identity identity = {
        .receiver = next->receiver.len > 0 ? next->receiver : d->settings->receiver,
        .policy_domain = next->policy_domain,
        .begin = next->day * DAY,
        .end = (next->day + 1) * DAY - 1,
    };
    mail->id = next->report;
    /* cppcheck-suppress autoVariables ; for this mail's end */
    mail->identity = &identity;
    outbox_mail_begin(&w->writer, d->arena, mail);
    return read_spool(d, form_for(d, next), next->report, attach, &w->writer) &&
           (outbox_mail_end(&w->writer, mail) ||
            fail(d, next->report, N_("the report is too large for a mail")));
}

static bool
compose_failure(const struct delivery_mail *d, const struct outbox_next *next,
                const struct outbox_mail *mail, struct mail_writer *w)
{
    struct text subject = text_new(d->arena, SIZE_MAX);
    text_format(&subject, "DMARC failure report:\r\n %.*s",
                SLICE_ARG(next->policy_domain));
    text_slice(&w->text,
               outbox_mail_header(d->arena, mail, next->report, text_so_far(&subject)));
    return read_spool(d, SPOOL_FAILURE, next->report, put_as_it_is, &w->writer);
}

struct sceau_slice
delivery_mail_compose(const struct delivery_mail *d, const struct outbox_next *next)
{
    const struct outbox_settings *s = d->settings;
    struct outbox_mail mail = {
        .from = s->from,
        .organization = s->organization,
        .to = next->mailbox,
        .contact = s->contact,
        .date = next->built,
        .messages = next->messages,
        .is_bulk = d->is_bulk,
    };
    struct mail_writer w = {.writer = {.put = put_mail},
                            .text = text_new(d->mail_arena, DELIVERY_MAIL_MAX)};
    bool is_composed = false;
    switch (next->kind) {
    case OUTBOX_AGGREGATE: is_composed = compose_aggregate(d, next, &mail, &w); break;
    case OUTBOX_FAILURE: is_composed = compose_failure(d, next, &mail, &w); break;
    }
    return is_composed ? text_done(&w.text) : SLICE_NONE;
}
