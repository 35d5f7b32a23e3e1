/* The mailboxes of [intake] and of each [mailbox]: each mail goes the way of a file, and is moved on the server after
 * the commit that holds it. A crash in between fetches it again, and finds it there. */
#include "file/file.h"
#include "remote/imap.h"
#include "remote/settings.h"
#include "reportd.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define SENTENCE_MEMORY ((size_t)64 * 1024)
#define AGAIN_MAX       16 /* mails unfit for the store, found in one turn */

struct mailbox {
    struct imap_taker taker;
    struct reportd *r;
    bool has_failed; /* the store: nothing since the last commit counts */
    int64_t last_mail;
};

/* The octets as a file that can be read again. -1, and errno. */
static int
make_file(struct sceau_slice octets)
{
    int fd = memfd_create("mail", MFD_CLOEXEC);
    if (fd >= 0 && file_write_all(fd, octets) && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* "imap:user@host/INBOX" and "UIDVALIDITY=1/;UID=2" */
static struct ingest_source
source_of(const struct imap_mail *mail)
{
    size_t at = slice_find(mail->name, ';');
    return (struct ingest_source){
        .place = slice_sub(mail->name, 0, at),
        .name = slice_skip(mail->name, at < mail->name.len ? at + 1 : at),
        .waits = true,
    };
}

static enum imap_fate
take(struct imap_taker *self, const struct imap_mail *mail, struct sceau_slice octets)
{
    struct mailbox *m = (struct mailbox *)self;
    struct ingest_source source = source_of(mail);
    if (m->has_failed)
        return IMAP_LEAVE;
    if (octets.ptr == NULL) {
        reportd_trouble(m->r, "%.*s: a mail of %llu octets is not fetched",
                        SLICE_ARG(mail->name), (unsigned long long)mail->size);
        return IMAP_REFUSED;
    }
    int fd = make_file(octets);
    if (fd < 0)
        return IMAP_LEAVE;
    enum ingest_outcome outcome = ingest_file(m->r->ingest, fd, &source);
    close(fd);
    m->has_failed = outcome == INGEST_FAILED;
    m->last_mail = reportd_now(m->r);
    switch (outcome) {
    case INGEST_TAKEN: return IMAP_DONE;
    case INGEST_REFUSED: return IMAP_REFUSED;
    case INGEST_LATER:
    case INGEST_FAILED:
    case INGEST_UNREADABLE: break;
    }
    return IMAP_LEAVE;
}

static bool
commit(struct imap_taker *self)
{
    struct mailbox *m = (struct mailbox *)self;
    if (!m->has_failed && ingest_commit(m->r->ingest))
        return true;
    m->has_failed = true;
    if (!ingest_again(m->r->ingest))
        reportd_trouble(m->r, "%s", ingest_error(m->r->ingest));
    return false;
}

static bool
is_stopping(struct imap_taker *self)
{
    struct mailbox *m = (struct mailbox *)self;
    return m->has_failed || reportd_stops(m->r);
}

/* For the dashboard: when it was looked at, and what went wrong. */
static bool
write_place(struct reportd *r, const struct imap_options *options, int64_t last_mail,
            unsigned count, struct sceau_slice error)
{
    char name[512];
    const char *host = strstr(options->url, "://");
    snprintf(name, sizeof name, "imap:%.200s@%.100s/%.100s", options->user,
             host != NULL ? host + 3 : options->url, options->folder);
    struct statement *s = database_prepare(
        r->db,
        "INSERT INTO place (name, kind, last_run, last_mail, last_error, count) "
        "VALUES (?1, 'imap', ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET "
        "last_run = excluded.last_run, last_mail = CASE WHEN excluded.last_mail > "
        "place.last_mail THEN excluded.last_mail ELSE place.last_mail END, last_error = excluded.last_error, count = place.count "
        "+ excluded.count");
    bind_text(s, 1, sceau_slice_from(name));
    bind_int(s, 2, reportd_now(r));
    bind_int(s, 3, last_mail);
    bind_text(s, 4, error);
    bind_int(s, 5, count);
    return statement_step(s) == 0;
}

static bool
run_mailbox(struct reportd *r, const struct imap_options *options,
            struct sceau_arena *arena)
{
    struct mailbox m = {
        .taker = {.mail = take, .commit = commit, .is_stopping = is_stopping},
          .r = r
    };
    struct imap_result result;
    struct sceau_slice error = SLICE_NONE;
    bool is_good = imap_run(options, &m.taker, &result);
    for (int n = 0; n < AGAIN_MAX && !is_good && m.has_failed &&
                    ingest_again(r->ingest) && !reportd_stops(r);
         n++) {
        m.has_failed = false;
        is_good = imap_run(options, &m.taker, &result);
    }
    if (result.end == IMAP_END_STOPPED && !m.has_failed)
        is_good = true; /* we are asked to end */
    if (!is_good) {
        error = imap_sentence(arena, LANGUAGE_EN, options, &result);
        reportd_trouble(r, "%.*s", SLICE_ARG(error));
    }
    if (!write_place(r, options, m.last_mail, result.done + result.refused, error)) {
        reportd_trouble(r, "%s", database_error(r->db));
        return false;
    }
    return is_good;
}

bool
wants_mailbox(struct reportd *r)
{
    return r->env.config.intake.imap_url.len > 0 || r->env.config.mailbox_count > 0;
}

/* One after the other; what is wrong with one keeps no other back. */
bool
step_mailbox(struct reportd *r)
{
    struct sceau_arena *arena = sceau_arena_new(SENTENCE_MEMORY);
    bool is_good = arena != NULL;
    size_t count = is_good ? remote_imap_count(&r->env.config) : 0;
    for (size_t n = 0; n < count && !reportd_stops(r); n++) {
        struct imap_options options;
        sceau_arena_clear(arena);
        if (remote_imap_options(&r->env.config, n, arena, &options))
            is_good = run_mailbox(r, &options, arena) && is_good;
    }
    sceau_arena_free(arena);
    return is_good;
}
