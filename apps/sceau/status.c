/* `sceau status`: facts from the state directory, read and never changed. The milter runs
 * when its control socket takes a connection; what it did last stands at the end of its
 * journal; the keys are those of the key store. Each thing to do comes with its command. */
#include "status.h"

#include "control/control.h"
#include "core/json.h"
#include "doctor/figures.h"
#include "key_place.h"
#include "record_json.h"
#include "segments.h"
#include "status_hosts.h"
#include "store/journal_waiting.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    TODO_MAX = 20,      /* shown; the rest are counted */
    FRESH_SECONDS = 60, /* milter.prom is written every 10 */
    FIGURES_MAX = 64 * 1024,
    STATES = KEYS_REVOKED + 1,
    LAST_MEMORY = 1024 * 1024, /* a record is at most 256 KiB */
};

struct todo {
    struct sceau_slice what, command;
};

struct status {
    struct environment env;
    const char *folder; /* the state directory */
    struct keys_place place;
    bool is_running, has_figures, may_not_ask;
    int64_t figures_age; /* seconds */
    uint64_t messages, connections, lost;
    struct sceau_slice version;
    bool has_last;
    struct record_message last;
    struct sceau_arena *last_memory; /* its payload */
    uint64_t keys[STATES];
    size_t domains;
    struct status_hosts hosts;
    bool has_journal;
    struct journal_waiting waiting; /* of this host's journal */
    struct todo todo[TODO_MAX];
    size_t todo_count;
    int status;
    int64_t now;
};

static void
raise_status(struct status *s, int status)
{
    if (status == CLI_EXIT_PROBLEM ||
        (s->status != CLI_EXIT_PROBLEM && status != 0 && s->status != CLI_EXIT_WARNING))
        s->status = status;
}

/* Something to do. English and French have the same holes; JSON is English. */
static void
add_todo(struct status *s, int status, const char *english, const char *command,
         struct sceau_slice hole)
{
    const struct language_word words[] = {LANGUAGE_THEIRS("name", hole)};
    raise_status(s, status);
    if (s->todo_count++ >= TODO_MAX)
        return;
    s->todo[s->todo_count - 1] = (struct todo){
        .what = language_sentence(s->env.arena, s->env.language, english, words, 1),
        .command = language_sentence(s->env.arena, LANGUAGE_EN, command, words, 1),
    };
}

/* ---- the milter ---------------------------------------------------------------------- */

static void
look_for_milter(struct status *s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", s->folder,
                       CONTROL_SOCKET);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && len > 0 && (size_t)len < sizeof address.sun_path)
        s->is_running = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    s->may_not_ask = !s->is_running && errno == EACCES;
    if (fd >= 0)
        close(fd);
    struct sceau_slice state = sceau_slice_from(s->folder);
    if (s->may_not_ask)
        add_todo(s, CLI_EXIT_UNKNOWN, N_("{name} cannot be looked into"),
                 AS_IS("sudo sceau status"), state);
    else if (!s->is_running)
        add_todo(s, CLI_EXIT_PROBLEM, N_("no milter runs with {name}"),
                 AS_IS("systemctl start sceau-milter"), state);
}

static void
read_figures(struct status *s)
{
    char path[4096];
    struct stat info;
    static const char mark[] = "sceau_build_info{version=\"";
    char *text = sceau_arena_alloc(s->env.arena, FIGURES_MAX);
    snprintf(path, sizeof path, "%s/milter.prom", s->folder);
    FILE *file = fopen(path, "r");
    if (file == NULL || text == NULL || fstat(fileno(file), &info) != 0) {
        if (file != NULL)
            fclose(file);
        return;
    }
    struct sceau_slice all = {text, fread(text, 1, FIGURES_MAX, file)};
    fclose(file);
    s->has_figures = true;
    s->figures_age = s->now - (int64_t)info.st_mtime;
    s->messages = figures_sum(all, "sceau_messages_total");
    s->connections = figures_sum(all, "sceau_connections");
    s->lost = figures_sum(all, "sceau_journal_lost_total");
    const char *at = memmem(all.ptr, all.len, mark, sizeof mark - 1);
    if (at != NULL) {
        struct sceau_slice rest =
            slice_skip(all, (size_t)(at - all.ptr) + sizeof mark - 1);
        s->version = slice_sub(rest, 0, slice_find(rest, '"'));
    }
    struct sceau_slice name = sceau_slice_from(path);
    if (s->is_running && s->figures_age > FRESH_SECONDS)
        add_todo(s, CLI_EXIT_WARNING, N_("{name} is old: the milter may hang"),
                 AS_IS("systemctl restart sceau-milter"), name);
    if (s->lost > 0)
        add_todo(s, CLI_EXIT_WARNING, N_("records of the journal in {name} were lost"),
                 AS_IS("sceau doctor --only journal."), sceau_slice_from(s->folder));
}

/* ---- the last verdict ----------------------------------------------------------------- */

/* A verdict says more than a message that was only signed; of equals the later one. */
static bool
says_more(const struct record_message *a, const struct record_message *b)
{
    if (a->is_unverified != b->is_unverified)
        return b->is_unverified;
    return a->time_us >= b->time_us;
}

/* Records come oldest first; those of several boots may lie side by side. What is kept
 * borrows from a copy: the segment goes. */
static void
take_record(void *self, struct sceau_slice payload)
{
    struct status *s = self;
    static struct record_message message; /* large for a stack */
    if (record_type(payload) != RECORD_MESSAGE ||
        record_read(payload, &message) != SCEAU_OK ||
        (s->has_last && !says_more(&message, &s->last)))
        return;
    sceau_arena_clear(s->last_memory);
    struct sceau_slice copy = slice_copy(s->last_memory, payload);
    s->has_last = copy.ptr != NULL && record_read(copy, &s->last) == SCEAU_OK;
}

/* The newest segment holds it; older ones may have been folded away by then. */
static void
read_journal(struct status *s)
{
    char folder[4096], newest[4096 + 512] = "", path[4096 + 512];
    struct stat info;
    struct timespec best = {0};
    snprintf(folder, sizeof folder, "%s/journal", s->folder);
    DIR *journal = opendir(folder);
    const struct dirent *entry;
    while (journal != NULL && (entry = readdir(journal)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || stat(path, &info) != 0 || info.st_size == 0)
            continue;
        if (info.st_mtim.tv_sec > best.tv_sec ||
            (info.st_mtim.tv_sec == best.tv_sec &&
             info.st_mtim.tv_nsec >= best.tv_nsec)) {
            best = info.st_mtim;
            memcpy(newest, path, sizeof newest);
        }
    }
    if (journal != NULL)
        closedir(journal);
    s->last_memory = sceau_arena_new(LAST_MEMORY);
    if (s->last_memory != NULL && newest[0] != '\0' &&
        segments_read(s->env.language, newest, take_record, s) != 0)
        raise_status(s, CLI_EXIT_UNKNOWN);
}

/* How much of it waits for sceau-reportd: late, or near its limit. */
static void
look_at_waiting(struct status *s)
{
    char folder[4096];
    uint64_t late = s->env.config.alert.journal, limit = s->env.config.journal.limit;
    snprintf(folder, sizeof folder, "%s/journal", s->folder);
    s->has_journal = journal_waiting(folder, &s->waiting);
    uint64_t age = journal_waiting_age(&s->waiting, s->now);
    if (s->waiting.has_mark && ((late > 0 && age >= late) ||
                                (limit > 0 && s->waiting.octets >= limit / 10 * 8)))
        add_todo(s, CLI_EXIT_WARNING,
                 N_("the journal in {name} waits to be folded into the database"),
                 AS_IS("sceau doctor --only journal.folded"),
                 sceau_slice_from(s->folder));
}

/* ---- keys ---------------------------------------------------------------------------- */

static void
look_at_keys(struct status *s, struct sceau_slice domain,
             const struct keys_domain *keys)
{
    uint64_t count[STATES] = {0};
    for (size_t i = 0; i < keys->count; i++)
        count[keys->keys[i].state]++;
    for (size_t i = 0; i < STATES; i++)
        s->keys[i] += count[i];
    if (count[KEYS_NEXT] > 0)
        add_todo(s, CLI_EXIT_WARNING, N_("a key of {name} waits for its record"),
                 AS_IS("sceau key rotate {name}"), domain);
}

static void
read_keys(struct status *s)
{
    struct problem problem = {.language = s->env.language};
    struct sceau_slice *names = NULL;
    if (keys_domains(&s->place, s->env.arena, &names, &s->domains, &problem) !=
        SCEAU_OK) {
        complain_of(&problem);
        raise_status(s, CLI_EXIT_UNKNOWN);
        return;
    }
    struct sceau_arena *arena = sceau_arena_new((size_t)4 * 1024 * 1024);
    for (size_t i = 0; arena != NULL && i < s->domains; i++) {
        struct keys_domain keys;
        sceau_arena_clear(arena);
        if (keys_read(&s->place, arena, names[i], &keys, &problem) == SCEAU_OK)
            look_at_keys(s, names[i], &keys);
        else {
            complain_of(&problem);
            raise_status(s, CLI_EXIT_PROBLEM);
        }
    }
    sceau_arena_free(arena);
}

/* A domain that is described and has no key, or none that will sign, signs nothing. One
 * that is not described may be on its way out. */
static void
look_at_domains(struct status *s)
{
    for (size_t i = 0; i < s->env.config.domain_count; i++) {
        struct keys_domain keys;
        struct problem problem = {0};
        size_t alive = 0;
        struct sceau_slice domain = s->env.config.domains[i].domain;
        if (keys_read(&s->place, s->env.arena, domain, &keys, &problem) != SCEAU_OK)
            continue; /* told above */
        for (size_t k = 0; k < keys.count; k++)
            alive += keys.keys[k].state <= KEYS_ACTIVE;
        if (alive == 0)
            add_todo(s, CLI_EXIT_WARNING, N_("mail of {name} is not signed: no key"),
                     AS_IS("sceau key add -d {name}"), domain);
    }
}

/* ---- shown ------------------------------------------------------------------------------ */

static void
print_hosts_json(struct json *j, const struct status_hosts *all)
{
    json_key(j, "hosts");
    json_open(j, '[');
    for (size_t i = 0; i < all->count; i++) {
        const struct status_host *h = &all->hosts[i];
        json_open(j, '{');
        json_key_slice(j, "host", h->name);
        json_key_slice(j, "version", h->version);
        json_key_number(j, "silent_seconds", h->silent);
        json_key_number(j, "journal_waiting", h->waiting);
        json_key_slice(j, "leases", h->leases);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void
print_json(struct status *s)
{
    struct json j = json_new(s->env.arena);
    json_open(&j, '{');
    json_key(&j, "milter");
    json_open(&j, '{');
    json_key_bool(&j, "running", s->is_running);
    json_key_slice(&j, "version", s->version);
    json_key_number(&j, "messages", (int64_t)s->messages);
    json_key_number(&j, "connections", (int64_t)s->connections);
    json_key_number(&j, "journal_lost", (int64_t)s->lost);
    json_close(&j, '}');
    json_key(&j, "journal");
    if (s->has_journal) {
        json_open(&j, '{');
        json_key_number(&j, "waiting", (int64_t)s->waiting.octets);
        json_key_number(&j, "segments", (int64_t)s->waiting.segments);
        json_key_number(&j, "oldest_seconds",
                        (int64_t)journal_waiting_age(&s->waiting, s->now));
        json_key_number(&j, "limit", (int64_t)s->env.config.journal.limit);
        json_close(&j, '}');
    } else
        json_none(&j);
    json_key(&j, "last");
    if (s->has_last) {
        json_open(&j, '{');
        record_members(&j, &s->last);
        json_close(&j, '}');
    } else
        json_none(&j);
    json_key(&j, "keys");
    json_open(&j, '{');
    json_key_number(&j, "domains", (int64_t)s->domains);
    for (unsigned i = 0; i < STATES; i++)
        json_key_number(&j, keys_state_name((enum keys_state)i), (int64_t)s->keys[i]);
    json_close(&j, '}');
    if (s->hosts.is_shared)
        print_hosts_json(&j, &s->hosts);
    json_key(&j, "todo");
    json_open(&j, '[');
    for (size_t i = 0; i < s->todo_count && i < TODO_MAX; i++) {
        json_open(&j, '{');
        json_key_slice(&j, "what", s->todo[i].what);
        json_key_slice(&j, "command", s->todo[i].command);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
say(struct status *s, const char *english, const struct language_word *words,
    size_t count)
{
    print_line(stdout,
               language_sentence(s->env.arena, s->env.language, english, words, count));
}

#define SAY(s, english, ...)                                      \
 say((s), (english), (const struct language_word[]){__VA_ARGS__}, \
     sizeof((const struct language_word[]){__VA_ARGS__}) /        \
         sizeof(struct language_word))

static struct sceau_slice
number(struct status *s, uint64_t value)
{
    struct text t = text_new(s->env.arena, SIZE_MAX);
    text_format(&t, "%" PRIu64, value);
    return text_done(&t);
}

static void
print_last(struct status *s)
{
    char when[32];
    time_t seconds = (time_t)(s->last.time_us / 1000000);
    struct tm utc;
    if (!s->has_last) {
        say(s, N_("Last message: none in the journal"), NULL, 0);
        return;
    }
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
    SAY(s,
        s->last.is_unverified
            ? N_("Last message: {when} {id}, author {domain}, signed and not verified "
                 "here")
            : N_("Last message: {when} {id}, author {domain}, DMARC {result}, action "
                 "{action}"),
        LANGUAGE_OURS("when", sceau_slice_from(when)),
        LANGUAGE_THEIRS("id", s->last.queue_id),
        LANGUAGE_THEIRS("domain", s->last.author_domain.len > 0 ? s->last.author_domain
                                                                : SCEAU_SLICE("?")),
        LANGUAGE_OURS("result", sceau_slice_from(sceau_dmarc_result_name(
                                    (enum sceau_dmarc_result)s->last.dmarc_result))),
        LANGUAGE_OURS("action", sceau_slice_from(policy_action_name(
                                    (enum policy_action)s->last.action))));
}

static void
print_hosts(struct status *s)
{
    for (size_t i = 0; i < s->hosts.count; i++) {
        const struct status_host *h = &s->hosts.hosts[i];
        uint64_t silent = h->silent > 0 ? (uint64_t)h->silent : 0;
        SAY(s,
            N_("Host {host}: sceau {version}, seen {seconds} s ago; {octets} octets of its "
               "journal wait; for all it does: {leases}"),
            LANGUAGE_THEIRS("host", h->name), LANGUAGE_THEIRS("version", h->version),
            LANGUAGE_OURS("seconds", number(s, silent)),
            LANGUAGE_OURS("octets", number(s, (uint64_t)h->waiting)),
            LANGUAGE_THEIRS("leases",
                            h->leases.len > 0 ? h->leases : SCEAU_SLICE("-")));
    }
}

static void
print_people(struct status *s)
{
    if (s->is_running)
        SAY(s,
            N_("Milter: runs, version {version}; {messages} messages, {connections} "
               "connections"),
            LANGUAGE_OURS("version",
                          s->version.len > 0 ? s->version : SCEAU_SLICE("?")),
            LANGUAGE_OURS("messages", number(s, s->messages)),
            LANGUAGE_OURS("connections", number(s, s->connections)));
    else
        say(s, s->may_not_ask ? N_("Milter: not known") : N_("Milter: does not run"),
            NULL, 0);
    print_last(s);
    if (s->has_journal)
        SAY(s,
            N_("Journal: {octets} octets in {segments} {segments|segment|segments} wait, "
               "the oldest for {seconds} s"),
            LANGUAGE_OURS("octets", number(s, s->waiting.octets)),
            LANGUAGE_OURS("segments", number(s, s->waiting.segments)),
            LANGUAGE_OURS("seconds",
                          number(s, journal_waiting_age(&s->waiting, s->now))));
    SAY(s,
        N_("Keys: {domains} domains; {active} active, {next} next, {retiring} "
           "retiring, {revoked} revoked"),
        LANGUAGE_OURS("domains", number(s, s->domains)),
        LANGUAGE_OURS("active", number(s, s->keys[KEYS_ACTIVE])),
        LANGUAGE_OURS("next", number(s, s->keys[KEYS_NEXT])),
        LANGUAGE_OURS("retiring", number(s, s->keys[KEYS_RETIRING])),
        LANGUAGE_OURS("revoked", number(s, s->keys[KEYS_REVOKED])));
    print_hosts(s);
    say(s, s->todo_count > 0 ? N_("To do:") : N_("To do: nothing"), NULL, 0);
    for (size_t i = 0; i < s->todo_count && i < TODO_MAX; i++)
        printf("  %.*s\n      %.*s\n", SLICE_ARG(s->todo[i].what),
               SLICE_ARG(s->todo[i].command));
    if (s->todo_count > TODO_MAX)
        SAY(s, N_("  and {count} more"),
            LANGUAGE_OURS("count", number(s, s->todo_count - TODO_MAX)));
}

#define HOST_SILENT \
 360 /* seconds: each says so every ten, by a clock that may be five minutes off */

static void
read_hosts(struct status *s, const char *state)
{
    status_hosts_read(&s->env, state, s->now, &s->hosts);
    if (s->hosts.problem.len > 0)
        add_todo(s, CLI_EXIT_PROBLEM, N_("The store cannot be reached: {name}"),
                 AS_IS("sceau doctor"), s->hosts.problem);
    for (size_t i = 0; i < s->hosts.count; i++)
        if (s->hosts.hosts[i].silent > HOST_SILENT)
            add_todo(
                s, CLI_EXIT_WARNING,
                N_("sceau-reportd on {name} has not been heard of for six minutes"),
                AS_IS("ssh {name} systemctl status sceau-reportd"),
                s->hosts.hosts[i].name);
}

static void
gather(struct status *s, const char *state)
{
    s->now = (int64_t)time(NULL);
    look_for_milter(s);
    read_figures(s);
    read_journal(s);
    look_at_waiting(s);
    read_keys(s);
    look_at_domains(s);
    read_hosts(s, state);
}

int
status_run(const struct cli_call *call)
{
    const struct status_options *options = call->options;
    static struct status s; /* large for a stack */
    s = (struct status){.status = 0};
    int status = environment_load_config(&s.env, call);
    if (status == 0 && !environment_keys(&s.env, options->state, &s.place))
        status = CLI_EXIT_TEMPORARY;
    if (status == 0) {
        struct text folder = text_new(s.env.arena, SIZE_MAX);
        text_slice(&folder, options->state != NULL ? sceau_slice_from(options->state)
                                                   : s.env.config.milter.state);
        s.folder = text_done(&folder).ptr;
        if (call->globals.json)
            s.env.language = LANGUAGE_EN;
        gather(&s, options->state);
        if (call->globals.json)
            print_json(&s);
        else
            print_people(&s);
        status = s.status;
    }
    sceau_arena_free(s.last_memory);
    environment_close(&s.env);
    return status;
}
