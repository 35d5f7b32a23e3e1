#include "mail.h"

#include "core/base64.h"
#include "core/date.h"
#include "message/compose.h"

#include <openssl/evp.h>

static void
put(struct outbox_writer *w, struct sceau_slice octets)
{
    if (!w->has_failed && octets.len > 0)
        w->has_failed = !w->put(w, octets);
}

static bool
is_plain(struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < ' ' || s.ptr[i] > '~')
            return false;
    return true;
}

static void
display_name(struct text *t, struct sceau_arena *arena, struct sceau_slice name)
{
    if (name.len == 0)
        return;
    if (is_plain(name))
        text_quoted(t, name);
    else
        compose_encoded(t, arena, name);
    text_octet(t, ' ');
}

static struct sceau_slice
domain_of(struct sceau_slice address)
{
    return slice_skip(address, slice_find_last(address, '@') + 1);
}

/* All that is the same whatever the mail carries. */
static void
header(struct text *t, struct sceau_arena *arena, const struct outbox_mail *m,
       const char *id, struct sceau_slice subject)
{
    text_string(t, "From: ");
    display_name(t, arena, m->organization);
    text_format(t,
                "<%.*s>\r\nTo: <%.*s>\r\nSubject: %.*s\r\nDate: ", SLICE_ARG(m->from),
                SLICE_ARG(m->to), SLICE_ARG(subject));
    compose_date(t, m->date);
    text_format(t, "\r\nMessage-ID: <%s@%.*s>\r\nAuto-Submitted: auto-generated\r\n",
                id, SLICE_ARG(domain_of(m->from)));
    if (m->is_bulk)
        text_string(t, "Precedence: bulk\r\n");
    text_string(t, "MIME-Version: 1.0\r\n");
}

struct sceau_slice
outbox_mail_header(struct sceau_arena *arena, const struct outbox_mail *mail,
                   const char *id, struct sceau_slice subject)
{
    struct text t = text_new(arena, SIZE_MAX);
    header(&t, arena, mail, id, subject);
    return text_done(&t);
}

static void
text_for_people(struct text *t, const struct outbox_mail *m, const char *id)
{
    text_format(
        t,
        "--=_%s\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        "This is a DMARC aggregate report (RFC 9990) about\r\n%.*s\r\nfrom %.*s\r\n",
        id, SLICE_ARG(m->identity->policy_domain), SLICE_ARG(m->identity->receiver));
    text_string(t, "for the day ");
    date_format(t, m->identity->begin);
    text_format(t, " (UTC): %llu messages.\r\n", (unsigned long long)m->messages);
    if (m->contact.len > 0 && is_plain(m->contact))
        text_format(t, "Contact: %.*s\r\n", SLICE_ARG(m->contact));
    text_string(t, "\r\n");
}

/* The name goes over lines by RFC 2231 only when it must: it has no blank to fold at. */
static void
attachment_header(struct text *t, struct sceau_arena *arena,
                  const struct outbox_mail *m, const char *id)
{
    struct sceau_slice name = outbox_file_name(arena, m->identity, id);
    text_format(
        t,
        "--=_%s\r\nContent-Type: application/gzip;\r\n name=\"%.*s\"\r\n"
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n"
        " filename=\"%.*s\"\r\n\r\n",
        id, SLICE_ARG(name), SLICE_ARG(name));
}

void
outbox_mail_begin(struct outbox_writer *w, struct sceau_arena *arena,
                  const struct outbox_mail *mail)
{
    const char *id = mail->id;
    struct text t = text_new(arena, SIZE_MAX);
    w->has_failed = false;
    w->pending = 0;
    header(&t, arena, mail, id, outbox_subject(arena, mail->identity, id));
    text_format(&t,
                "Content-Type: multipart/mixed;\r\n"
                " boundary=\"=_%s\"\r\n\r\n",
                id);
    text_for_people(&t, mail, id);
    attachment_header(&t, arena, mail, id);
    struct sceau_slice written = text_done(&t);
    w->has_failed = written.ptr == NULL;
    put(w, written);
}

static void
line(struct outbox_writer *w)
{
    char encoded[OUTBOX_LINE + 3];
    int len = EVP_EncodeBlock((unsigned char *)encoded, w->rest, (int)w->pending);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): a slice */
    memcpy(encoded + len, "\r\n", 2);
    put(w, (struct sceau_slice){encoded, (size_t)len + 2});
    w->pending = 0;
}

void
outbox_mail_attach(struct outbox_writer *w, struct sceau_slice octets)
{
    while (octets.len > 0) {
        size_t room = sizeof w->rest - w->pending;
        size_t n = octets.len < room ? octets.len : room;
        memcpy(w->rest + w->pending, octets.ptr, n);
        w->pending += n;
        octets = slice_skip(octets, n);
        if (w->pending == sizeof w->rest)
            line(w);
    }
}

bool
outbox_mail_end(struct outbox_writer *w, const struct outbox_mail *mail)
{
    char end[OUTBOX_ID_SIZE + 16];
    struct text t = text_in(end, sizeof end);
    if (w->pending > 0)
        line(w);
    text_format(&t, "\r\n--=_%s--\r\n", mail->id);
    put(w, text_so_far(&t));
    return !w->has_failed;
}
