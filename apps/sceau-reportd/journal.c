/* The journal of this host waits: told by the log, and by the ways of [alert]. The store is not
 * asked, for it may be what is away; what was told is remembered by the process, and in a file
 * of the state directory, whose time is that of the next letter. It is of this host alone, so
 * no other one tells it. */
#include "alert/ways.h"
#include "file/file.h"
#include "reportd.h"
#include "store/journal_waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TOLD         "journal.told"
#define AGAIN        86400 /* seconds: from one letter to the next */
#define RETRY        900   /* after one that was not taken */
#define LOG_AGAIN    3600
#define NEAR_TENTHS  8 /* of the limit */
#define ALERT_MEMORY ((size_t)4 * 1024 * 1024)

struct telling {
    struct reportd *r;
    struct journal_waiting waiting;
    uint64_t age; /* seconds */
    bool is_late, is_near;
    int64_t now;
    char told[REPORTD_PATH + 16];
};

/* Without a mark all that is kept seems to wait, as after an upgrade: since we look, then. */
static uint64_t
age_of(const struct telling *t)
{
    uint64_t age = journal_waiting_age(&t->waiting, t->now);
    uint64_t looking =
        t->now > t->r->journal_since ? (uint64_t)(t->now - t->r->journal_since) : 0;
    return t->waiting.has_mark || age < looking ? age : looking;
}

static bool
is_wrong(struct telling *t)
{
    const struct sceau_config *config = &t->r->env.config;
    uint64_t limit = config->journal.limit;
    t->age = age_of(t);
    t->is_late = config->alert.journal > 0 && t->age >= config->alert.journal;
    t->is_near = config->alert.journal > 0 && limit > 0 && t->waiting.has_mark &&
                 t->waiting.octets >= limit / 10 * NEAR_TENTHS;
    return t->is_late || t->is_near;
}

static void
log_it(struct telling *t)
{
    struct reportd *r = t->r;
    if (r->journal_logged != 0 && t->now - r->journal_logged < LOG_AGAIN)
        return;
    r->journal_logged = t->now;
    complain("warning: the journal waits: %" PRIu64 " octets in %" PRIu64
             " segments, the oldest for %" PRIu64 " s; at journal.limit (%" PRIu64
             ") records are lost",
             t->waiting.octets, t->waiting.segments, t->age,
             r->env.config.journal.limit);
}

/* A time that is further away than any that we set is of a clock that was wrong. */
static bool
is_to_come(const struct telling *t, int64_t when)
{
    return when > t->now && when <= t->now + AGAIN;
}

/* By the file, and by what this process remembers: where the file cannot be written each look
 * would send another. */
static bool
is_letter_due(const struct telling *t)
{
    struct stat info;
    return !is_to_come(t, t->r->journal_letter) &&
           (stat(t->told, &info) != 0 || !is_to_come(t, (int64_t)info.st_mtim.tv_sec));
}

static void
set_next_letter(const struct telling *t, int64_t when)
{
    const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
    t->r->journal_letter = when;
    int fd = open(t->told, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0 || futimens(fd, times) != 0)
        complain("%s: %s", t->told, strerror(errno));
    if (fd >= 0)
        close(fd);
}

static struct sceau_slice
number(struct sceau_arena *arena, uint64_t value)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "%" PRIu64, value);
    return text_done(&t);
}

static struct letter_item
item_of(const struct telling *t, struct sceau_arena *arena, enum language language,
        struct sceau_slice host)
{
    const struct language_word words[] = {
        LANGUAGE_THEIRS("host", host),
        LANGUAGE_OURS("octets", number(arena, t->waiting.octets)),
        LANGUAGE_OURS("minutes", number(arena, t->age / 60)),
        LANGUAGE_OURS("limit", number(arena, t->r->env.config.journal.limit)),
    };
    const char *what =
        t->is_near
            ? N_("The journal of {host} waits: {octets} octets; at {limit} records are "
                 "lost")
            : N_("The journal of {host} has waited for {minutes} minutes to be folded: "
                 "{octets} octets");
    return (struct letter_item){
        .id = SCEAU_SLICE("journal-waits"),
        .rule = "journal-waits",
        .severity = ANALYSIS_PROBLEM,
        .first = t->waiting.oldest.tv_sec,
        .domain = host,
        .what = language_sentence(arena, language, what, words, 4),
        .remedy = language_sentence(
            arena, language,
            N_("Mail goes on. On that host: sceau doctor --only store.answers; "
               "journalctl -u sceau-reportd -n 20"),
            words, 0),
        .evidence = SCEAU_SLICE("/"),
        .is_new = true,
    };
}

/* False: a way did not take it. */
static bool
send_letter(const struct telling *t, struct sceau_arena *arena,
            const struct alert_settings *settings)
{
    char host[256] = "";
    struct problem problem = {0};
    bool is_good = true;
    if (gethostname(host, sizeof host - 1) != 0)
        snprintf(host, sizeof host, "localhost");
    const struct letter_item item =
        item_of(t, arena, settings->language, sceau_slice_from(host));
    const struct letter letter = {
        .kind = LETTER_ALERT,
        .language = settings->language,
        .time = t->now,
        .url = settings->url,
        .items = &item,
        .item_count = 1,
    };
    for (size_t i = 0; i < ALERT_WAYS; i++) {
        if (!alert_ways[i].is_wanted(settings) ||
            alert_ways[i].send(settings, arena, &letter, &problem) == SENDING_DONE)
            continue;
        complain("alert by %s: %s", alert_ways[i].name, problem.text);
        is_good = false;
    }
    return is_good;
}

static void
write_letter(struct telling *t)
{
    struct problem problem = {0};
    struct alert_settings settings;
    struct sceau_arena *arena = sceau_arena_new(ALERT_MEMORY);
    bool is_made = arena != NULL &&
                   alert_settings_make(&t->r->env.config, arena, &settings, &problem);
    /* Claimed before it is sent: one that is killed in between tells it tomorrow. */
    set_next_letter(t, t->now + AGAIN);
    if (is_made && !send_letter(t, arena, &settings))
        set_next_letter(t, t->now + RETRY);
    else if (!is_made)
        complain("%s", arena != NULL ? problem.text : "out of memory");
    sceau_arena_free(arena);
}

bool
step_journal(struct reportd *r)
{
    char folder[REPORTD_PATH + 16];
    struct telling t = {.r = r, .now = (int64_t)time(NULL)}; /* that of the files */
    snprintf(folder, sizeof folder, "%s/journal", r->state);
    snprintf(t.told, sizeof t.told, "%s/" TOLD, r->state);
    if (!journal_waiting(folder, &t.waiting)) {
        reportd_trouble(r, "%s: %s", folder, strerror(errno));
        return false;
    }
    if (r->journal_since == 0)
        r->journal_since = t.now;
    if (!is_wrong(&t)) {
        if (unlink(t.told) == 0 || r->journal_letter != 0)
            complain("the journal does not wait any more");
        r->journal_logged = r->journal_letter = 0;
        return true;
    }
    log_it(&t);
    if (is_letter_due(&t))
        write_letter(&t);
    return true;
}
