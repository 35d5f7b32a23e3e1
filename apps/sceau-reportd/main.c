/* sceau-reportd: the only writer of the store. Wiring only: a table of steps, run when they
 * are due, one after the other. */
#include "../sceau-milter/notify.h"
#include "core/monotonic.h"
#include "file/file.h"
#include "outbox_place.h"
#include "reportd.h"
#include "shared.h"
#include "store_place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RETRY        60   /* seconds until a step that failed runs again, at most */
#define RETRY_STORE  5    /* the same where the store was away or in use */
#define SAME_TROUBLE 3600 /* seconds */
#define BUSY_IN_A_ROW \
 4 /* times that a store in use is no trouble, before something goes well */

struct reportd_options {
    const char *state;
    const char *now;
    bool once;
};

/* To add one: its function in reportd.h, its row here. */
static const struct step {
    const char *name; /* for the log */
    bool (*run)(struct reportd *r);
    unsigned every;                       /* seconds from one run to the next */
    bool is_shared;                       /* done by one of several hosts for all */
    bool (*is_wanted)(struct reportd *r); /* where not, no lease; NULL: always */
} steps[] = {
    {"journal",      step_journal,      60,    false, NULL              },
    {"requests",     step_requests,     1,     false, NULL              },
    {"fold",         step_fold,         5,     false, NULL              },
    {"intake",       step_intake,       2,     false, NULL              },
    {"mailbox",      step_mailbox,      300,   true,  wants_mailbox     },
    {"enrich",       step_enrich,       60,    true,  NULL              },
    {"records",      step_records,      600,   true,  NULL              },
    {"check",        step_check,        60,    true,  NULL              },
    {"keys",         step_keys,         600,   false, NULL              },
    {"certificates", step_certificates, 3600,  true,  wants_certificates},
    {"policies",     step_policies,     600,   true,  wants_policies    },
    {"findings",     step_findings,     30,    true,  NULL              },
    {"alerts",       step_alerts,       60,    true,  wants_alerts      },
    {"build",        step_build,        300,   true,  wants_build       },
    {"outbox",       step_outbox,       300,   false, NULL              }, /* what it can get */
    {"pack",         step_pack,         300,   true,  NULL              },
    {"retain",       step_retain,       86400, true,  NULL              },
};
#define STEPS (sizeof steps / sizeof *steps)
_Static_assert(STEPS <= SHARED_STEPS, "each has its lease");

/* ---- what steps use ---- */

int64_t
reportd_now(const struct reportd *r)
{
    return (int64_t)time(NULL) + r->clock_offset;
}

const struct sceau_slice *
reportd_domains(struct reportd *r, struct sceau_arena *arena, size_t *count)
{
    const struct sceau_config *config = &r->env.config;
    const struct config_words *own = &config->policy.own_domains;
    struct sceau_slice *domains =
        sceau_arena_alloc(arena,
                          (config->domain_count + own->count + 1) * sizeof *domains);
    *count = 0;
    for (size_t i = 0; domains != NULL && i < config->domain_count; i++)
        domains[(*count)++] = config->domains[i].domain;
    for (size_t i = 0; domains != NULL && i < own->count; i++)
        domains[(*count)++] = own->items[i];
    return domains;
}

static sigset_t
our_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

/* Wait so long for a signal that ends us. */
static void
wait_for_end(struct reportd *r, const struct timespec *patience)
{
    const sigset_t set = our_signals();
    if (!r->is_stopping && sigtimedwait(&set, NULL, patience) > 0)
        r->is_stopping = true;
}

/* A round of all steps may take longer than the service manager waits: who asks here is alive,
 * and has come further. Once a second at most. */
static void
say_alive(struct reportd *r)
{
    if (notify_watchdog_us() == 0 || monotonic_seconds() == r->said_alive)
        return;
    r->said_alive = monotonic_seconds();
    notify_say("WATCHDOG=1");
}

bool
reportd_stops(struct reportd *r)
{
    say_alive(r);
    wait_for_end(r, &(struct timespec){0});
    if (r->shared != NULL)
        shared_go_on(r, r->shared);
    return r->is_stopping || r->has_lost;
}

void
reportd_trouble(struct reportd *r, const char *format, ...)
{
    static char last[1024]; /* of this process alone: what is on its log */
    static time_t told;
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    r->has_trouble = true;
    /* Two hosts wrote at once, and one does it again. */
    if (r->db != NULL && database_failure(r->db) == DATABASE_BUSY &&
        r->shared != NULL && r->shared->busy[r->shared->step]++ < BUSY_IN_A_ROW)
        return;
    if (strcmp(line, last) == 0 && time(NULL) - told < SAME_TROUBLE)
        return;
    snprintf(last, sizeof last, "%s", line);
    told = time(NULL);
    complain("%s", line);
}

/* ---- start ---- */

static int
read_now(struct reportd *r, const struct reportd_options *options)
{
    uint64_t now;
    if (options->now == NULL)
        return 0;
    if (!slice_decimal(sceau_slice_from(options->now), INT64_MAX, &now)) {
        complain("--now %s: seconds since 1970-01-01 UTC, as 1667930000", options->now);
        return CLI_EXIT_USAGE;
    }
    r->clock_offset = (int64_t)now - (int64_t)time(NULL);
    return 0;
}

static bool
make_folder(const char *state, const char *name, mode_t mode)
{
    char path[REPORTD_PATH + 32];
    snprintf(path, sizeof path, "%s%s", state, name);
    if (*name != '\0' ? store_make_folder(state, path, mode)
                      : mkdir(path, mode) == 0 || errno == EEXIST)
        return true;
    complain("%s: %s", path, strerror(errno));
    return false;
}

/* Or only root could ever take it again. */
static void
give_lock_away(const struct reportd *r, int fd)
{
    int state = open(r->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state < 0 || !file_give_away(state, fd))
        complain("%s/reportd.lock: %s", r->state, strerror(errno));
    if (state >= 0)
        close(state);
}

/* One reportd for a state directory. The lock goes with the process. */
static int
lock_state(struct reportd *r)
{
    char path[REPORTD_PATH + 16];
    snprintf(path, sizeof path, "%s/reportd.lock", r->state);
    /* Given away only when made here: a link that was there may lead to a file of root's. */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        give_lock_away(r, fd);
    else if (errno == EEXIST)
        fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0; /* stays open */
    if (fd >= 0 && errno == EWOULDBLOCK)
        complain("%s: another sceau-reportd runs in this state directory", path);
    else
        complain("%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return CLI_EXIT_TEMPORARY;
}

static int
open_state(struct reportd *r, const struct reportd_options *options)
{
    store_state(&r->env, options->state, r->state, sizeof r->state);
    if (!make_folder(r->state, "", 0700) || !make_folder(r->state, "/journal", 0770) ||
        !make_folder(r->state, "/incoming", 0770) ||
        !make_folder(r->state, "/requests", 0770))
        return CLI_EXIT_TEMPORARY;
    return lock_state(r);
}

static int
open_store(struct reportd *r, const struct reportd_options *options)
{
    struct ingest_options ingest = {.spool_folder = r->state,
                                    .counts_all =
                                        r->env.config.intake.unauthenticated ==
                                        CONFIG_UNAUTHENTICATED_COUNT,
                                    .clock_offset = r->clock_offset,
                                    .tell_back = outbox_tell_back};
    int status;
    r->db =
        store_open_why(&r->env, options->state, DATABASE_WRITE, &status, &r->opened);
    if (r->db == NULL)
        return status;
    r->ingest = ingest_new(&r->env, r->db, &ingest);
    r->fold = fold_new(r->db);
    if (r->ingest != NULL && r->fold != NULL)
        return 0;
    complain("out of memory");
    return CLI_EXIT_TEMPORARY;
}

/* The server is away, or another host migrates the store: the journal is watched meanwhile, and
 * told of. Who may have to migrate is not ready: from then on the watchdog would end it. */
static int
wait_for_store(struct reportd *r, const struct reportd_options *options)
{
    int status = open_store(r, options);
    time_t patience = 1;
    while (r->db == NULL &&
           (r->opened == DATABASE_AWAY || r->opened == DATABASE_BUSY) && !r->is_once &&
           !reportd_stops(r)) {
        notify_say(r->opened == DATABASE_AWAY
                       ? "READY=1\nSTATUS=the server of the store is away"
                       : "STATUS=another host writes to the store");
        step_journal(r);
        for (time_t left = patience; left > 0 && !r->is_stopping; left--) {
            wait_for_end(r, &(struct timespec){.tv_sec = 1});
            notify_say("WATCHDOG=1");
        }
        patience = patience < RETRY / 2 ? 2 * patience : RETRY;
        if (!r->is_stopping)
            status = open_store(r, options);
    }
    return r->is_stopping ? CLI_EXIT_OK : status;
}

/* What is asked for and cannot be done: said once. */
static void
tell_half_settings(const struct environment *env)
{
    const struct config_failure *failure = &env->config.failure;
    if (failure->send && !outbox_is_wanted(env))
        complain(
            "failure.send: nothing is told before report.organisation and report.from "
            "say who reports");
    if (failure->redact != REDACT_NOTHING &&
        (failure->canonicalized_header || failure->canonicalized_body))
        complain("failure.canonicalized_header and canonicalized_body are told with "
                 "failure.redact = nothing only");
}

static int
start(struct reportd *r, const struct cli_call *call)
{
    const struct reportd_options *options = call->options;
    int status = read_now(r, options);
    r->is_once = options->once;
    if (status == 0)
        status = environment_open(&r->env, call);
    if (status == 0)
        tell_half_settings(&r->env);
    if (status == 0)
        environment_want_psl(&r->env);
    if (status == 0)
        status = open_state(r, options);
    if (status == 0)
        status = wait_for_store(r, options);
    return status;
}

/* ---- the loop ---- */

static bool
is_leased(struct reportd *r, const struct step *step)
{
    return step->is_shared && (step->is_wanted == NULL || step->is_wanted(r));
}

static void
open_shared(struct reportd *r, struct shared *shared)
{
    const char *names[STEPS];
    for (size_t i = 0; i < STEPS; i++)
        names[i] = is_leased(r, &steps[i]) ? steps[i].name : NULL;
    shared_open(r, shared, names, STEPS);
}

static bool
run_step(struct reportd *r, struct shared *shared, size_t i)
{
    shared_begin(r, shared, i);
    bool is_good = steps[i].run(r);
    shared_end(r, shared);
    if (is_good)
        shared->busy[i] = 0;
    return is_good;
}

static void
run_once(struct reportd *r, struct shared *shared)
{
    bool has_trouble = r->has_trouble;
    for (size_t i = 0; i < STEPS && !reportd_stops(r); i++) {
        shared_renew(r, shared);
        unsigned tries = 0;
        bool is_good = true;
        do {
            r->has_trouble = false;
            is_good = !shared_may(shared, i) || run_step(r, shared, i);
        } while (!is_good && database_try_again(r->db, &tries));
        has_trouble = has_trouble || r->has_trouble || !is_good;
    }
    r->has_trouble = has_trouble;
}

/* Seconds until it runs again. */
static unsigned
run_now(struct reportd *r, struct shared *shared, size_t i)
{
    r->has_trouble = false;
    if (run_step(r, shared, i))
        return steps[i].every;
    unsigned most = RETRY;
    if (r->has_trouble && shared_failed(r, shared, i)) /* and is not just unfinished */
        most = RETRY_STORE;
    return steps[i].every < most ? steps[i].every : most;
}

static void
run_for_ever(struct reportd *r, struct shared *shared)
{
    int64_t due[STEPS] = {0};
    const struct timespec second = {.tv_sec = 1};
    while (!reportd_stops(r)) {
        for (size_t i = 0; i < STEPS && !reportd_stops(r); i++) {
            shared_renew(r, shared);
            if (monotonic_seconds() < due[i] || !shared_may(shared, i))
                continue;
            unsigned wait = run_now(r, shared, i);
            due[i] = monotonic_seconds() + (int64_t)wait;
        }
        wait_for_end(r, &second);
    }
}

static int
serve(struct reportd *r)
{
    static struct shared shared;
    open_shared(r, &shared);
    r->shared = &shared;
    if (r->is_once) {
        run_once(r, &shared);
        shared_close(r, &shared);
        return r->has_trouble ? CLI_EXIT_TEMPORARY : CLI_EXIT_OK;
    }
    fputs("ready\n", stderr);
    notify_say("READY=1\nSTATUS=");
    run_for_ever(r, &shared);
    shared_close(r, &shared);
    notify_say("STOPPING=1");
    return CLI_EXIT_OK;
}

static int
reportd_run(const struct cli_call *call)
{
    static struct reportd r; /* large */
    const sigset_t set = our_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    int status = start(&r, call);
    if (status == 0 && r.db != NULL)
        status = serve(&r);
    fold_free(r.fold);
    ingest_free(r.ingest);
    database_close(r.db);
    environment_close(&r.env);
    return status;
}

/* ---- the command line ---- */

static const struct cli_option options[] = {
    {"once",  0, CLI_FLAG, NULL,    NULL, NULL, offsetof(struct reportd_options, once),
     "do each step once, and end"                                                         },
    {"state", 0, CLI_TEXT, "DIR",   NULL, NULL, offsetof(struct reportd_options, state),
     "the state directory: journal, store, incoming; made when absent; beats milter.state"},
    {"now",   0, CLI_TEXT, "EPOCH", NULL, NULL, offsetof(struct reportd_options, now),
     "start the clock there, in seconds since 1970 (for tests)"                           },
};

static const struct cli_example examples[] = {
    {"sceau-reportd --once",                                   "from cron, instead of a daemon"},
    {"sceau-reportd --set intake.folders=/home/dmarc/Maildir",
     "reads a Maildir as well"                                                                 },
};

static const struct cli_command commands[] = {
    {
     .name = "",
     .sentence = "keep the store: what this host saw, what reports say",
     .description =
            "Runs in the foreground until TERM or INT; prints \"ready\" on standard error. "
            "It is the only program that writes the database of store.url, and brings it "
            "to the version it needs after a copy; one runs for each state directory.\n\n"
            "The journal of sceau-milter is folded into it, each segment exactly once. Reports "
            "are taken from STATE/incoming and from intake.folders: files as they are, "
            "Maildirs. A file moves only after what it says is on the disk: to done/ or, when "
            "nothing in it is of use, to refused/ beside it; a mail of a Maildir to cur/, as "
            "seen. The mailboxes of intake.imap_url and of each [mailbox] are fetched every five minutes; a mail is moved "
            "to another folder of it after the commit. Reports are read in a process that reaches neither network nor files. "
            "sceau report intake tells what came, and what was refused or repaired.\n\n"
            "Addresses in reports are looked up in DNS, and in check.network_database, between "
            "other work, and again after a month; the records of our domains once a day, and "
            "what sceau check says of SPF, DKIM and DMARC of each domain reported on; the "
            "certificates of the mail hosts of the configuration's domains (alert.certificates) and "
            "the MTA-STS policy files of these (check.mta_sts). "
            "Of the signing keys it reads what everybody may know, in STATE/keys.public.\n\n"
            "Marks and mutes that the dashboard leaves in STATE/requests are taken up within a "
            "second.\n\n"
            "With failure.send, and who reports set under [report], samples of failed messages in "
            "the journal become failure reports (RFC 9991) in the outbox, one an hour at most for "
            "each domain and way to fail; the next one tells how many there were. They leave as other "
            "reports do, to who asks for them (ruf) and, outside the domain's own organisation, "
            "says that it takes them; those that have left go with store.keep_failures.\n\n"
            "While the server of the store is away it waits for it, mail goes on, and so does the "
            "journal. When that has waited for alert.journal, or comes near journal.limit, it is told "
            "in the log and by mail, webhook or command. So it waits when another host brings the store to a new version.\n\n"
            "Mail to report.return_path that comes in on any of these ways is not a report: a bounce "
            "tells of the report that came back, by a token that nobody else can make, once, and its address is "
            "left alone after the second one; the mail of the self-test, without which no report "
            "leaves, has to come back signed. It goes again each month, and when a key of the domain of report.from "
            "becomes active. Each leaves a line in the log.\n\n"
            "What needs a look is worked out after reports came in, and told by mail, webhook or "
            "command as [alert] of the configuration says: at most one digest a day on each "
            "way, and at once what may not wait.\n\n"
            "What is older than store.keep_rows, store.keep_totals and store.keep_failures is "
            "removed once a day.", .exit_status =
            "0 ended as asked, 64 usage, 65 the configuration or a file cannot be read, 75 "
            "another one runs, the store has another version or cannot be written to; with "
            "--once: something has to be tried again", .options = options,
     .option_count = sizeof options / sizeof *options,
     .options_size = sizeof(struct reportd_options),
     .examples = examples,
     .example_count = sizeof examples / sizeof *examples,
     .run = reportd_run,
     },
};

static const struct cli_program program = {
    .name = "sceau-reportd",
    .sentence = "keep the store: what this host saw, what reports say",
    .description = "",
    .commands = commands,
    .command_count = 1,
};

int
main(int argc, char **argv)
{
    return environment_main(&program, argc, argv);
}
