/* sceau-milter: the daemon in front of Postfix and Sendmail. Wiring only: listeners, pool,
 * resolver, journal, signals. */
#include "confine.h"
#include "connection.h"
#include "control.h"
#include "core/monotonic.h"
#include "daemon.h"
#include "dns/network.h"
#include "milter/server.h"
#include "notify.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LISTENERS_MAX = 16,
    STOP_SECONDS = 20 /* that messages at their end get to be answered */
};

struct milter_options {
    struct cli_list listen;
    const char *state;
    const char *now;
};

struct running {
    struct daemon daemon;
    struct milter_listener listeners[LISTENERS_MAX];
    size_t count;
    struct milter_server *server;
    struct control control;
    const struct cli_call *call;
    const struct milter_options *options;
    char state[4096 - 64];          /* the state directory; empty: nothing is kept */
    int64_t metrics_written, alive; /* monotonic seconds */
};

/* ---- start ---- */

static int
read_now(struct running *r)
{
    uint64_t now;
    if (r->options->now == NULL)
        return 0;
    if (!slice_decimal(sceau_slice_from(r->options->now), INT64_MAX, &now)) {
        complain("--now %s: seconds since 1970-01-01 UTC, as 1667930000",
                 r->options->now);
        return CLI_EXIT_USAGE;
    }
    r->daemon.clock_offset = (int64_t)now - (int64_t)time(NULL);
    return 0;
}

static int
open_listener(struct running *r, struct sceau_slice text)
{
    char error[256];
    struct milter_listener *l = &r->listeners[r->count];
    if (r->count == LISTENERS_MAX) {
        complain("more than %d listeners", LISTENERS_MAX);
        return CLI_EXIT_USAGE;
    }
    if (!milter_listener_parse(text, l, error)) {
        complain("--listen %.*s: %s", SLICE_ARG(text), error);
        return CLI_EXIT_USAGE;
    }
    if (!milter_listener_open(l, error)) {
        complain("--listen %.*s: %s", SLICE_ARG(text), error);
        return CLI_EXIT_TEMPORARY;
    }
    r->count++;
    return 0;
}

/* Sockets that were passed, and those of --listen; without any, milter.listen. */
static int
open_listeners(struct running *r)
{
    const struct config_words *configured =
        &r->daemon.setups.first->env.config.milter.listen;
    const struct cli_list *named = &r->options->listen;
    char error[256];
    int status = 0, passed = notify_listeners(r->listeners, LISTENERS_MAX, error);
    if (passed < 0) {
        complain("%s", error);
        return CLI_EXIT_TEMPORARY;
    }
    r->count = (size_t)passed;
    for (size_t i = 0; i < named->count && status == 0; i++)
        status = open_listener(r, sceau_slice_from(named->items[i]));
    bool is_said = r->count > 0 || status != 0;
    for (size_t i = 0; i < configured->count && !is_said && status == 0; i++)
        status = open_listener(r, configured->items[i]);
    if (status == 0 && r->count == 0) {
        complain("nowhere to listen: say --listen unix:PATH, or listen under [milter]");
        status = CLI_EXIT_USAGE;
    }
    return status;
}

/* Made 0700 when it is absent (DESIGN.md section 9). */
static bool
make_folder(const char *path, mode_t mode)
{
    if (mkdir(path, mode) == 0 || errno == EEXIST)
        return true;
    complain("%s: %s", path, strerror(errno));
    return false;
}

/* Which state directory, and its folders. The default one is used where an installation
 * made it; a try-out without it keeps nothing, and says so. */
static int
make_state(struct running *r)
{
    const struct config_milter *config = &r->daemon.setups.first->env.config.milter;
    char journal[sizeof r->state + 64], keys[sizeof r->state + 64];
    bool is_named = r->options->state != NULL;
    if (is_named)
        snprintf(r->state, sizeof r->state, "%s", r->options->state);
    else
        snprintf(r->state, sizeof r->state, "%.*s", SLICE_ARG(config->state));
    is_named |= !slice_eq(config->state, SCEAU_SLICE("/var/lib/sceau"));
    if (!is_named && access(r->state, F_OK) != 0) {
        complain("no %s: no journal is kept and no metrics", r->state);
        if (signer_is_wanted(r->listeners, r->count))
            complain("and no keys: nothing is signed");
        r->state[0] = '\0';
    }
    if (r->state[0] == '\0')
        return 0;
    snprintf(journal, sizeof journal, "%s/journal", r->state);
    snprintf(keys, sizeof keys, "%s/keys", r->state);
    return make_folder(r->state, 0700) && make_folder(journal, 0770) &&
                   (!signer_is_wanted(r->listeners, r->count) ||
                    make_folder(keys, 0700))
               ? 0
               : CLI_EXIT_TEMPORARY;
}

static int
open_journal(struct running *r)
{
    struct daemon *d = &r->daemon;
    char folder[sizeof r->state + 64], error[256];
    if (!tempfails_open(&d->tempfails, r->state,
                        (int64_t)(daemon_now_us(d) / 1000000))) {
        complain("out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    if (r->state[0] == '\0')
        return 0;
    snprintf(folder, sizeof folder, "%s/journal", r->state);
    struct journal_options options = {.folder = folder,
                                      .host = d->setups.host,
                                      .boot = d->boot,
                                      .limit =
                                          d->setups.first->env.config.journal.limit};
    d->journal = journal_open(&options, error);
    if (d->journal == NULL)
        complain("%s", error);
    else if (!remember_key_open(&d->key, r->state))
        complain(
            "%s/privacy.key: %s; journal.privacy = hash keeps nothing, and no failure "
            "is reported",
            r->state, strerror(errno));
    return d->journal != NULL ? 0 : CLI_EXIT_TEMPORARY;
}

/* Before the resolver and the journal start threads: Landlock holds for those to come, and
 * the signer is a fork of this one. */
static int
confine(struct running *r)
{
    const struct environment *env = &r->daemon.setups.first->env;
    const char *state = r->state[0] != '\0' ? r->state : NULL;
    if (!confine_user(env, state))
        return CLI_EXIT_TEMPORARY;
    if (state != NULL && signer_is_wanted(r->listeners, r->count) &&
        !signer_open(&r->daemon.signer, env, state))
        return CLI_EXIT_TEMPORARY;
    confine_files(env, state, r->listeners, r->count);
    return 0;
}

static int
start(struct running *r)
{
    struct daemon *d = &r->daemon;
    int status = read_now(r);
    d->boot = daemon_now_us(d);
    if (status == 0)
        status = setup_open(&d->setups, r->call);
    if (status == 0)
        status = open_listeners(r);
    if (status == 0)
        status = make_state(r);
    if (status == 0 && r->state[0] != '\0')
        control_open(&r->control, r->state);
    if (status == 0)
        status = confine(r);
    if (status == 0)
        status = setup_connect(&d->setups);
    if (status == 0)
        status = open_journal(r);
    if (status != 0)
        return status;
    const struct config_milter *config = &d->setups.first->env.config.milter;
    struct milter_server_options options = {.connections_max =
                                                (unsigned)config->connections_max,
                                            .serve = connection_serve,
                                            .self = d};
    r->server = milter_server_new(&options, r->listeners, r->count);
    control_start(&r->control, &d->setups);
    confine_calls(&d->setups.first->env);
    return r->server != NULL ? 0 : CLI_EXIT_TEMPORARY;
}

/* ---- the keeper: a thread for signals, metrics and signs of life ---- */

static void
write_metrics(struct running *r)
{
    struct daemon *d = &r->daemon;
    const struct milter_server_counts counts = milter_server_counts(r->server);
    struct setup *setup = setup_take(&d->setups);
    struct dns_network *network = setup->dns->network;
    const struct journal_waiting waiting = d->journal != NULL
                                               ? journal_seen_waiting(d->journal)
                                               : (struct journal_waiting){0};
    const struct metrics_facts facts = {
        .server = &counts,
        .cache = dns_network_cache(network),
        .guard = dns_network_guard(network),
        .signer = signer_state(&d->signer),
        .has_journal = d->journal != NULL,
        .waiting = waiting,
        .journal_limit = waiting.has_mark ? setup->env.config.journal.limit : 0,
        .boot_us = d->boot,
    };
    if (r->state[0] != '\0' && !metrics_write(&d->metrics, r->state, &facts))
        complain("%s/milter.prom: %s", r->state, strerror(errno));
    setup_give(&d->setups, setup);
}

/* Every second with news: a process that is killed forgets no more than that. */
static void
save_tempfails(struct running *r)
{
    struct daemon *d = &r->daemon;
    if (r->state[0] != '\0' &&
        !tempfails_save(&d->tempfails, r->state, (int64_t)(daemon_now_us(d) / 1000000)))
        complain("%s/tempfail: %s", r->state, strerror(errno));
}

static bool
is_same_words(const struct config_words *a, const struct config_words *b)
{
    bool is_same = a->count == b->count;
    for (size_t i = 0; i < a->count && is_same; i++)
        is_same = slice_eq(a->items[i], b->items[i]);
    return is_same;
}

/* What was given up, or opened, at the start cannot be had again: said, not passed over. */
static void
tell_restart(struct running *r, const struct config_milter *now)
{
    const struct config_milter *first = &r->daemon.setups.first->env.config.milter;
    const struct {
        const char *name;
        bool is_same;
    } options[] = {
        {"user",   slice_eq(first->user,         now->user)   },
        {"state",  slice_eq(first->state,        now->state)  },
        {"listen", is_same_words(&first->listen, &now->listen)},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (!options[i].is_same)
            complain("milter.%s has changed: that needs a restart", options[i].name);
    }
}

static void
apply_reloaded(struct running *r)
{
    struct setup *setup = setup_take(&r->daemon.setups);
    const struct config_milter *now = &setup->env.config.milter;
    milter_server_limit(r->server, (unsigned)now->connections_max);
    if (r->daemon.journal != NULL)
        journal_set_limit(r->daemon.journal, setup->env.config.journal.limit);
    tell_restart(r, now);
    setup_give(&r->daemon.setups, setup);
}

static void
reload(struct running *r)
{
    struct daemon *d = &r->daemon;
    notify_reloading();
    bool is_taken = setup_reload(&d->setups, r->call);
    if (is_taken)
        apply_reloaded(r);
    atomic_fetch_add(is_taken ? &d->metrics.reloads : &d->metrics.reloads_refused, 1);
    complain(is_taken ? "the configuration was read anew"
                      : "the configuration stays as it was");
    notify_say("READY=1");
}

/* Called about once a second. */
static void
tend(struct running *r)
{
    int64_t now = monotonic_seconds();
    uint64_t watchdog = notify_watchdog_us();
    if (watchdog > 0 && (uint64_t)(now - r->alive) * 1000000 >= watchdog / 3) {
        notify_say("WATCHDOG=1");
        r->alive = now;
    }
    if (now - r->metrics_written >= METRICS_SECONDS || r->metrics_written == 0) {
        write_metrics(r);
        r->metrics_written = now;
    }
    save_tempfails(r);
    (void)signer_state(&r->daemon.signer); /* tells its end, once */
}

static sigset_t
our_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

static void *
keeper_main(void *argument)
{
    struct running *r = argument;
    const sigset_t set = our_signals();
    const struct timespec second = {.tv_sec = 1};
    int got = 0;
    while (got != SIGTERM && got != SIGINT) {
        tend(r);
        got = sigtimedwait(&set, NULL, &second);
        if (got == SIGHUP)
            reload(r);
    }
    notify_say("STOPPING=1");
    milter_server_stop(r->server);
    return NULL;
}

/* All threads block them; the keeper waits for them. */
static void
block_signals(void)
{
    const sigset_t set = our_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void
serve(struct running *r)
{
    pthread_t keeper;
    if (pthread_create(&keeper, NULL, keeper_main, r) != 0) {
        complain("no thread can be started");
        return;
    }
    fputs("ready\n", stderr);
    notify_say("READY=1");
    milter_server_run(r->server);
    pthread_join(keeper, NULL);
}

static int
milter_run(const struct cli_call *call)
{
    static struct running r = {
        .control = {.listener = {.fd = -1}, .stop = -1}
    };
    r.call = call;
    r.options = call->options;
    block_signals();
    /* A heap a core, not one a thread: memory stays small with many connections. */
    mallopt(M_ARENA_MAX, 2);
    buffers_open(&r.daemon.buffers);
    samples_open(&r.daemon.samples);
    int status = start(&r);
    if (status == 0)
        serve(&r);
    milter_server_drain(r.server, STOP_SECONDS);
    if (status == 0) {
        write_metrics(&r);
        save_tempfails(&r);
    }
    control_close(&r.control);
    milter_server_free(r.server);
    signer_close(&r.daemon.signer);
    for (size_t i = 0; i < r.count; i++)
        milter_listener_close(&r.listeners[i]);
    journal_close(r.daemon.journal);
    tempfails_close(&r.daemon.tempfails);
    samples_close(&r.daemon.samples);
    buffers_close(&r.daemon.buffers);
    setup_close(&r.daemon.setups);
    return status;
}

/* ---- the command line ---- */

static const struct cli_option options[] = {
    {"listen", 0, CLI_LIST, "LISTENER", NULL, NULL,
     offsetof(struct milter_options,                                                listen),
     "where the MTA finds this milter: unix:PATH[,role=R][,mode=M][,owner=U][,group=G] or "
     "inet:PORT@ADDRESS[,role=R]; R is verify, sign or both; may be repeated"        },
    {"state",  0, CLI_TEXT, "DIR",      NULL, NULL, offsetof(struct milter_options, state),
     "the state directory: journal and metrics; made when absent; beats milter.state"},
    {"now",    0, CLI_TEXT, "EPOCH",    NULL, NULL, offsetof(struct milter_options, now),
     "start the clock there, in seconds since 1970 (for tests)"                      },
};

static const struct cli_example examples[] = {
    {"sceau-milter --listen unix:/var/spool/postfix/sceau/milter.sock,group=postfix",
     "for smtpd_milters in Postfix"},
    {"sceau-milter --listen inet:8891@127.0.0.1 --set policy.mode=monitor",
     "over TCP, tagging only"      },
};

static const struct cli_command commands[] = {
    {
     .name = "",
     .sentence = "verify and sign mail in front of Postfix or Sendmail",
     .description =
            "Runs in the foreground until TERM or INT, answers messages that are at their "
            "end, then exits; prints \"ready\" on standard error when it listens.\n\n"
            "HUP reads the configuration anew: connections that are open keep the one they "
            "began with, new ones get the new one. A file with a mistake changes nothing; "
            "the log says where it is.\n\n"
            "A listener of role sign or both signs mail of those who are authenticated, of "
            "sendmail(1) and of the networks that [sign] names, with the active keys of the "
            "author's domain (sceau key), if the sender owns it. The log says for each "
            "message which rule decided; sceau sign --explain says it beforehand. Private "
            "keys are read by a process of their own, which is started anew when it dies; "
            "a message that cannot be signed for trouble of this host is sent away for now "
            "(sign.on_error).\n\n"
            "The state directory holds keys/, journal/ (sceau journal cat), milter.prom (metrics "
            "in Prometheus' format, every 10 seconds), control.sock (sceau cache) and "
            "privacy.key (for journal.privacy = hash and for what failure reports hide).\n\n"
            "With failure.send, a message that fails where its domain asks to be told (ruf, fo) leaves a "
            "sample in the journal, redacted as failure.redact says; of one domain and way to fail one "
            "an hour is whole, the others are counted. sceau-reportd makes reports of them. Nothing "
            "is sampled of reports, bounces and automatic answers, of mail of those who are "
            "authenticated or in trusted networks, or while privacy.key cannot be read.\n\n"
            "Under a service manager that speaks systemd's protocol it says READY, "
            "RELOADING, STOPPING and WATCHDOG, and takes the sockets that were passed; "
            "the name of each gives its role. Once it listens it becomes milter.user when "
            "started as root, and confines itself to its files (Landlock) and system calls "
            "(seccomp).", .exit_status = "0 stopped, 64 usage, 65 configuration, 75 cannot start now",
     .options = options,
     .option_count = sizeof options / sizeof *options,
     .options_size = sizeof(struct milter_options),
     .examples = examples,
     .example_count = sizeof examples / sizeof *examples,
     .run = milter_run,
     },
};

static const struct cli_program program = {
    .name = "sceau-milter",
    .sentence = "verify and sign mail in front of Postfix or Sendmail",
    .description = "",
    .commands = commands,
    .command_count = 1,
};

int
main(int argc, char **argv)
{
    return environment_main(&program, argc, argv);
}
