/* What lies in the state directory: room, keys, the milter's figures and its journal; and
 * Zimbra, which has settings of its own. */
#include "core/text.h"
#include "doctor.h"
#include "figures.h"
#include "setup/zimbra.h"
#include "store/journal_waiting.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    FRESH_SECONDS = 60, /* milter.prom is written every 10 */
    FILE_MAX = 64 * 1024,
    KEYS_TOLD_MAX = 20, /* findings about single files */
};

#define MEBI         ((uint64_t)1024 * 1024)
#define PATH_OCTETS  1024
#define JOURNAL_LATE 1800 /* seconds, where nobody wants to be told */

/* The state directory, or the check is skipped. */
static bool
has_state(struct doctor *d)
{
    struct stat st;
    bool is_there = stat(d->state, &st) == 0 && S_ISDIR(st.st_mode);
    if (!is_there)
        doctor_tell(d, DOCTOR_SKIPPED, N_("{path} is not there"), NULL,
                    DOCTOR_WORDS(THEIRS("path", d->state)));
    return is_there;
}

static void
in_state(const struct doctor *d, const char *name, char path[PATH_OCTETS])
{
    snprintf(path, PATH_OCTETS, "%s/%s", d->state, name);
}

void
doctor_state_present(struct doctor *d)
{
    struct stat st;
    const struct language_word words[] = {THEIRS("path", d->state)};
    if (stat(d->state, &st) != 0 || !S_ISDIR(st.st_mode))
        doctor_tell(d, DOCTOR_WARNING, N_("{path} is not there"),
                    "install -d -o sceau-milter -g sceau -m 0750 {path}", words, 1);
    else if ((st.st_mode & 07) != 0)
        doctor_tell(d, DOCTOR_WARNING, N_("anybody may look into {path}"),
                    "chmod o-rwx {path}", words, 1);
    else
        doctor_tell(d, DOCTOR_OK, "{path}", NULL, words, 1);
}

void
doctor_state_disk(struct doctor *d)
{
    struct statvfs fs;
    char room[32];
    if (!has_state(d))
        return;
    if (statvfs(d->state, &fs) != 0) {
        doctor_tell(d, DOCTOR_UNKNOWN,
                    N_("the room on the disk of {path} is not known"), NULL,
                    DOCTOR_WORDS(THEIRS("path", d->state)));
        return;
    }
    uint64_t left = (uint64_t)fs.f_bavail * fs.f_frsize;
    bool has_inodes = fs.f_files == 0 || fs.f_favail > 1000;
    uint64_t least = d->config->doctor.disk_least;
    snprintf(room, sizeof room, "%llu MiB", (unsigned long long)(left / MEBI));
    const struct language_word words[] = {THEIRS("path", d->state),
                                          LANGUAGE_OURS("room",
                                                        sceau_slice_from(room))};
    enum doctor_outcome outcome = left < least / 10 || !has_inodes ? DOCTOR_PROBLEM
                                  : left < least                   ? DOCTOR_WARNING
                                                                   : DOCTOR_OK;
    doctor_tell(d, outcome, N_("{room} are free at {path}"),
                outcome == DOCTOR_OK
                    ? NULL
                    : N_("du -xsh {path}/* | sort -h    # and make room"),
                words, 2);
}

/* ---- keys ---- */

/* The key store (src/keys/store.h): a folder a domain, in it the state and the keys. */
struct key_walk {
    struct doctor *d;
    const char *folder; /* of all */
    uid_t owner;        /* of it: who signs */
    size_t left;        /* findings that are still told */
};

/* Is a file or folder the owner's alone? */
static void
look_at_key(struct key_walk *w, const char *path, const struct stat *st)
{
    char mode[16];
    bool is_folder = S_ISDIR(st->st_mode);
    size_t len = strlen(path);
    bool is_state = len > 6 && strcmp(path + len - 6, "/state") == 0;
    if (w->left == 0 || (!is_folder && !S_ISREG(st->st_mode)))
        return;
    if (st->st_uid != w->owner) {
        w->left--;
        doctor_tell(w->d, DOCTOR_PROBLEM,
                    N_("{path} does not belong to the owner of {folder}, who signs"),
                    "chown --reference={folder} {path}",
                    DOCTOR_WORDS(THEIRS("path", path), THEIRS("folder", w->folder)));
    }
    if (w->left == 0 || (st->st_mode & (is_state ? 022 : 077)) == 0)
        return;
    w->left--;
    snprintf(mode, sizeof mode, "%04o", (unsigned)st->st_mode & 07777);
    doctor_tell(w->d, DOCTOR_PROBLEM, N_("{path} has mode {mode}"),
                is_folder ? "chmod 0700 {path}" : "chmod 0600 {path}",
                DOCTOR_WORDS(THEIRS("path", path),
                             LANGUAGE_OURS("mode", sceau_slice_from(mode))));
}

/* What is in a folder, and in the folders in it. False when it cannot be read. */
static bool
walk_keys(struct key_walk *w, const char *folder)
{
    FTS *tree = fts_open((char *const[]){(char *)folder, NULL},
                         FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *entry = tree != NULL ? fts_read(tree) : NULL; /* the folder itself */
    bool is_read = entry != NULL && entry->fts_info == FTS_D;
    while (is_read && w->left > 0 && (entry = fts_read(tree)) != NULL) {
        if (entry->fts_level == 0)
            is_read = entry->fts_info == FTS_DP;
        else if (entry->fts_info != FTS_DP && entry->fts_info != FTS_DNR &&
                 entry->fts_info != FTS_NS)
            look_at_key(w, entry->fts_path, entry->fts_statp);
        if (entry->fts_info == FTS_D && entry->fts_level >= 2)
            fts_set(tree, entry, FTS_SKIP);
    }
    if (tree != NULL)
        fts_close(tree);
    return is_read;
}

void
doctor_keys_modes(struct doctor *d)
{
    char folder[PATH_OCTETS];
    struct stat st;
    size_t told = d->count;
    in_state(d, "keys", folder);
    const struct language_word words[] = {THEIRS("path", folder)};
    if (stat(folder, &st) != 0) {
        doctor_tell(d, DOCTOR_SKIPPED, N_("there are no keys in {path}"), NULL, words,
                    1);
        return;
    }
    if ((st.st_mode & 077) != 0)
        doctor_tell(d, DOCTOR_PROBLEM, N_("others may look into {path}"),
                    "chmod 0700 {path}", words, 1);
    struct key_walk walk = {d, folder, st.st_uid, KEYS_TOLD_MAX};
    if (!walk_keys(&walk, folder))
        doctor_tell(d, DOCTOR_UNKNOWN, N_("{path} cannot be read"), "sudo sceau doctor",
                    words, 1);
    if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, "{path}", NULL, words, 1);
}

/* ---- the milter's figures ---- */

/* milter.prom whole; {NULL, 0} when it cannot be read. */
static struct sceau_slice
read_figures(struct doctor *d, struct stat *st)
{
    char path[PATH_OCTETS];
    in_state(d, "milter.prom", path);
    FILE *file = fopen(path, "r");
    char *text = sceau_arena_alloc(d->context->arena, FILE_MAX);
    struct sceau_slice all = SLICE_NONE;
    if (file != NULL && text != NULL && fstat(fileno(file), st) == 0)
        all = (struct sceau_slice){text, fread(text, 1, FILE_MAX, file)};
    if (file != NULL)
        fclose(file);
    return all;
}

/* The figures, or the check is skipped. */
static bool
has_figures(struct doctor *d, struct sceau_slice *figures, struct stat *st)
{
    *figures = SLICE_NONE;
    if (!has_state(d))
        return false;
    *figures = read_figures(d, st);
    if (figures->ptr == NULL)
        doctor_tell(
            d, DOCTOR_SKIPPED,
            N_("there is no milter.prom in {path}: the milter has not run here"), NULL,
            DOCTOR_WORDS(THEIRS("path", d->state)));
    return figures->ptr != NULL;
}

void
doctor_metrics_fresh(struct doctor *d)
{
    struct sceau_slice figures;
    struct stat st;
    char age[32];
    if (!has_figures(d, &figures, &st))
        return;
    int64_t seconds = d->context->now - (int64_t)st.st_mtime;
    snprintf(age, sizeof age, "%lld", (long long)(seconds > 0 ? seconds : 0));
    bool is_fine = seconds <= FRESH_SECONDS;
    doctor_tell(d, is_fine ? DOCTOR_OK : DOCTOR_PROBLEM,
                N_("milter.prom is {age} s old"),
                is_fine ? NULL
                        : "systemctl restart sceau-milter && systemctl status "
                          "sceau-milter",
                DOCTOR_WORDS(LANGUAGE_OURS("age", sceau_slice_from(age))));
}

void
doctor_journal_complete(struct doctor *d)
{
    struct sceau_slice figures;
    struct stat st;
    char count[32];
    if (!has_figures(d, &figures, &st))
        return;
    uint64_t lost = figures_sum(figures, "sceau_journal_lost_total");
    snprintf(count, sizeof count, "%llu", (unsigned long long)lost);
    doctor_tell(d, lost == 0 ? DOCTOR_OK : DOCTOR_WARNING,
                N_("records lost since the milter started: {count}"),
                lost == 0
                    ? NULL
                    : N_("df -h {path} && ls -ld {path}/journal    # room, and the "
                         "right to write; then restart the milter"),
                DOCTOR_WORDS(LANGUAGE_OURS("count", sceau_slice_from(count)),
                             THEIRS("path", d->state)));
}

void
doctor_journal_folded(struct doctor *d)
{
    char folder[PATH_OCTETS], octets[32], age[32], limit[32];
    struct journal_waiting waiting;
    const struct sceau_config *config = d->config;
    in_state(d, "journal", folder);
    if (!journal_waiting(folder, &waiting)) {
        doctor_tell(d, DOCTOR_SKIPPED, N_("there is no journal in {path}"), NULL,
                    DOCTOR_WORDS(THEIRS("path", d->state)));
        return;
    }
    /* Who runs no sceau-reportd keeps a journal all the same. */
    uint64_t seconds =
        waiting.has_mark ? journal_waiting_age(&waiting, d->context->now) : 0;
    uint64_t late = config->alert.journal > 0 ? config->alert.journal : JOURNAL_LATE;
    bool is_near = waiting.has_mark && config->journal.limit > 0 &&
                   waiting.octets >= config->journal.limit / 10 * 8;
    bool is_full = waiting.has_mark && config->journal.limit > 0 &&
                   waiting.octets >= config->journal.limit / 100 * 99;
    snprintf(octets, sizeof octets, "%llu", (unsigned long long)waiting.octets);
    snprintf(age, sizeof age, "%llu", (unsigned long long)seconds);
    snprintf(limit, sizeof limit, "%llu", (unsigned long long)config->journal.limit);
    doctor_tell(
        d,
        is_full                      ? DOCTOR_PROBLEM
        : is_near || seconds >= late ? DOCTOR_WARNING
                                     : DOCTOR_OK,
        N_("{octets} octets wait, the oldest for {seconds} s (journal.limit: {limit})"),
        is_near || seconds >= late
            ? AS_IS("sceau doctor --only store.answers && systemctl status "
                    "sceau-reportd")
            : NULL,
        DOCTOR_WORDS(LANGUAGE_OURS("octets", sceau_slice_from(octets)),
                     LANGUAGE_OURS("seconds", sceau_slice_from(age)),
                     LANGUAGE_OURS("limit", sceau_slice_from(limit))));
}

/* Segments in the journal, and when the newest was written. */
static size_t
count_segments(const char *folder, int64_t *newest)
{
    size_t count = 0;
    const struct dirent *entry;
    DIR *journal = opendir(folder);
    *newest = 0;
    while (journal != NULL && (entry = readdir(journal)) != NULL) {
        char path[PATH_OCTETS + 300];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || stat(path, &st) != 0)
            continue;
        count++;
        if (st.st_mtime > *newest)
            *newest = st.st_mtime;
    }
    if (journal != NULL)
        closedir(journal);
    return count;
}

void
doctor_journal_written(struct doctor *d)
{
    char folder[PATH_OCTETS], text[32];
    struct sceau_slice figures;
    struct stat st;
    int64_t newest;
    if (!has_figures(d, &figures, &st))
        return;
    in_state(d, "journal", folder);
    uint64_t messages = figures_sum(figures, "sceau_messages_total");
    size_t count = count_segments(folder, &newest);
    snprintf(text, sizeof text, "%zu", count);
    const struct language_word words[] = {THEIRS("path", folder),
                                          LANGUAGE_OURS("count",
                                                        sceau_slice_from(text))};
    bool is_fine = messages == 0 || count > 0;
    doctor_tell(d, is_fine ? DOCTOR_OK : DOCTOR_PROBLEM,
                is_fine ? N_("segments in {path}: {count}")
                        : N_("messages were judged, and {path} has no segment"),
                is_fine
                    ? NULL
                    : "install -d -o sceau-milter -g sceau -m 2770 {path} && systemctl "
                      "restart sceau-milter",
                words, 2);
}

bool
doctor_has_journal(struct doctor *d)
{
    const struct language_word words[] = {THEIRS("path", d->state)};
    if (d->journal == DOCTOR_JOURNAL_NONE)
        doctor_tell(d, DOCTOR_SKIPPED, N_("there is no journal in {path}"), NULL, words,
                    1);
    else if (d->journal == DOCTOR_JOURNAL_UNREADABLE)
        doctor_tell(d, DOCTOR_UNKNOWN, N_("the journal in {path} cannot be read"),
                    "sudo sceau doctor --only journal.", words, 1);
    return d->journal == DOCTOR_JOURNAL_READ;
}

/* P10: what refuse_own_domains refuses, or would. At most 20 domains are told. */
void
doctor_policy_own_domains(struct doctor *d)
{
    const struct config_policy *policy = &d->config->policy;
    size_t told = d->count;
    bool refuses = policy->refuse_own_domains;
    if (policy->own_domains.count == 0) {
        doctor_tell(d, DOCTOR_SKIPPED, N_("policy.own_domains names no domain"), NULL,
                    DOCTOR_NO_WORDS);
        return;
    }
    if (!doctor_has_journal(d))
        return;
    for (size_t i = 0; i < policy->own_domains.count && d->count < told + 20; i++) {
        char count[32];
        snprintf(count, sizeof count, "%llu", (unsigned long long)d->claims[i]);
        if (d->claims[i] > 0)
            doctor_tell(d, refuses ? DOCTOR_OK : DOCTOR_INFO,
                        refuses ? N_("messages that claimed {domain} unproven in the "
                                     "last 7 days: {count}; such mail is refused")
                                : N_("messages that claimed {domain} unproven in the "
                                     "last 7 days: {count}; such mail can be refused"),
                        refuses ? NULL
                                : N_("in {file}, under [policy]: refuse_own_domains = "
                                     "yes    # then restart the milter"),
                        DOCTOR_WORDS(LANGUAGE_THEIRS("domain",
                                                     policy->own_domains.items[i]),
                                     LANGUAGE_OURS("count", sceau_slice_from(count)),
                                     THEIRS("file", d->config_file)));
    }
    if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK,
                    N_("no message of the last 7 days claimed an own domain unproven"),
                    NULL, DOCTOR_NO_WORDS);
}

void
doctor_store_answers(struct doctor *d)
{
    bool is_file = slice_starts_ci(d->config->store.url, SCEAU_SLICE("sqlite:"));
    const char *error = d->store_error != NULL ? d->store_error : "";
    const struct language_word words[] = {
        THEIRS("error", error),
        LANGUAGE_THEIRS("url", d->config->store.url),
    };
    switch (d->store) {
    case DOCTOR_STORE_NONE:
        doctor_tell(d, DOCTOR_SKIPPED, N_("sceau-reportd has made no store yet"), NULL,
                    DOCTOR_NO_WORDS);
        break;
    case DOCTOR_STORE_READ: doctor_tell(d, DOCTOR_OK, "{url}", NULL, words, 2); break;
    case DOCTOR_STORE_TROUBLE:
        doctor_tell(d, DOCTOR_PROBLEM, "{error}",
                    is_file ? AS_IS("journalctl -u sceau-reportd -n 20")
                            : AS_IS("pg_isready -d '{url}'"),
                    words, 2);
        break;
    }
}

/* The sentences are selftest.c's own, and a mail server's words, which it has escaped. */
void
doctor_outbox_selftest(struct doctor *d)
{
    const struct selftest *test = d->selftest;
    if (test == NULL) {
        doctor_tell(
            d, DOCTOR_SKIPPED,
            N_("report.organisation and report.from are not set: none are sent"), NULL,
            DOCTOR_NO_WORDS);
        return;
    }
    const char *missing = selftest_missing(test), *remedy = selftest_remedy(test);
    if (missing == NULL && test->is_by_hand &&
        d->context->now >= test->arrived + SELFTEST_REMIND)
        doctor_tell(d, DOCTOR_WARNING,
                    N_("the self-test was confirmed by hand, more than 90 days ago"),
                    AS_IS("sceau outbox selftest --again"), DOCTOR_NO_WORDS);
    else if (missing == NULL)
        doctor_tell(d, DOCTOR_OK, N_("the self-test has passed"), NULL,
                    DOCTOR_NO_WORDS);
    else
        doctor_tell(d, DOCTOR_WARNING, "{missing}",
                    AS_IS("sceau outbox selftest    # {remedy}"),
                    DOCTOR_WORDS(THEIRS("missing", language_text(d->language, missing)),
                                 THEIRS("remedy", language_text(d->language, remedy))));
}

void
doctor_tempfail_file(struct doctor *d)
{
    char path[PATH_OCTETS];
    struct stat st;
    if (!has_state(d))
        return;
    in_state(d, "tempfail", path);
    const struct language_word words[] = {THEIRS("path", path)};
    if (lstat(path, &st) != 0)
        doctor_tell(d, DOCTOR_OK, N_("nobody was sent away yet"), NULL, words, 1);
    else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
        doctor_tell(d, DOCTOR_WARNING, N_("{path} is not a file of the milter alone"),
                    N_("chmod 0600 {path}    # it holds a key"), words, 1);
    else
        doctor_tell(d, DOCTOR_OK, "{path}", NULL, words, 1);
}

void
doctor_zimbra(struct doctor *d)
{
    static struct zimbra z; /* large for a stack */
    zimbra_read(d->zimbra, &z);
    const struct language_word words[] = {THEIRS("path", z.place)};
    if (!z.is_here) {
        doctor_tell(d, DOCTOR_SKIPPED, N_("Zimbra is not on this host"), NULL, words,
                    1);
        return;
    }
    bool asks_us = zimbra_has(z.smtpd_milters, "inet:127.0.0.1:8892");
    doctor_tell(d, asks_us ? DOCTOR_OK : DOCTOR_INFO, N_("Zimbra is in {path}"),
                asks_us ? NULL
                        : "zmprov ms \"$(zmhostname)\" zimbraMtaSmtpdMilters "
                          "inet:127.0.0.1:8892",
                words, 1);
    if (z.signs_itself)
        doctor_tell(d, DOCTOR_WARNING,
                    N_("Zimbra's OpenDKIM signs too: mail leaves with two signatures"),
                    "zmprov ms \"$(zmhostname)\" -zimbraServiceEnabled opendkim && "
                    "zmmtactl restart",
                    words, 1);
}
