/* sceau-milter: the daemon in front of Postfix and Sendmail. Wiring only: listeners, pool,
 * resolver, journal, signals. */
#include "connection.h"
#include "daemon.h"
#include "environment.h"
#include "milter/server.h"

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
    const struct milter_options *options;
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
open_listeners(struct running *r)
{
    char error[256];
    for (size_t i = 0; i < r->options->listen.count; i++) {
        const char *text = r->options->listen.items[i];
        struct milter_listener *l = &r->listeners[r->count];
        if (r->count == LISTENERS_MAX) {
            complain("more than %d listeners", LISTENERS_MAX);
            return CLI_EXIT_USAGE;
        }
        if (!milter_listener_parse(sceau_slice_from(text), l, error)) {
            complain("--listen %s: %s", text, error);
            return CLI_EXIT_USAGE;
        }
        if (!milter_listener_open(l, error)) {
            complain("--listen %s: %s", text, error);
            return CLI_EXIT_TEMPORARY;
        }
        r->count++;
    }
    return 0;
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

static int
open_journal(struct running *r)
{
    struct daemon *d = &r->daemon;
    char path[4096], error[256];
    if (r->options->state == NULL)
        return 0;
    int len = snprintf(path, sizeof path, "%s/journal", r->options->state);
    if (len < 0 || (size_t)len >= sizeof path ||
        !make_folder(r->options->state, 0700) || !make_folder(path, 0770))
        return CLI_EXIT_TEMPORARY;
    struct journal_options options = {.folder = path, .host = d->host, .boot = d->boot};
    d->journal = journal_open(&options, error);
    if (d->journal == NULL)
        complain("%s", error);
    return d->journal != NULL ? 0 : CLI_EXIT_TEMPORARY;
}

static int
start(struct running *r, const struct cli_call *call)
{
    struct daemon *d = &r->daemon;
    int status = read_now(r);
    if (status == 0)
        status = environment_open(&d->env, call);
    if (status != 0)
        return status;
    d->boot = daemon_now_us(d);
    d->host = environment_host(&d->env);
    d->verify = (struct sceau_verify_options){
        .discovery = d->env.config.dmarc.discovery,
        .psl = d->env.psl,
        .keys = d->env.keys,
        .receiver = d->env.config.verify.receiver.len > 0
                        ? d->env.config.verify.receiver
                        : d->host,
        .want_iprev = d->env.config.verify.iprev,
    };
    status = open_journal(r);
    if (status == 0)
        status = open_listeners(r);
    if (status != 0)
        return status;
    struct milter_server_options options = {.connections_max = MILTER_CONNECTIONS_MAX,
                                            .serve = connection_serve,
                                            .self = d};
    r->server = milter_server_new(&options, r->listeners, r->count);
    return r->server != NULL ? 0 : CLI_EXIT_TEMPORARY;
}

/* ---- signals: all threads block them, this one waits for them ---- */

static void *
signals_main(void *argument)
{
    struct running *r = argument;
    sigset_t set;
    int signal;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigwait(&set, &signal);
    milter_server_stop(r->server);
    return NULL;
}

static void
block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int
milter_run(const struct cli_call *call)
{
    static struct running r;
    pthread_t signals;
    r.options = call->options;
    block_signals();
    /* A heap a core, not one a thread: memory stays small with many connections. */
    mallopt(M_ARENA_MAX, 2);
    int status = start(&r, call);
    if (status == 0 && pthread_create(&signals, NULL, signals_main, &r) == 0) {
        fputs("ready\n", stderr);
        milter_server_run(r.server);
        pthread_join(signals, NULL);
    }
    milter_server_free(r.server, STOP_SECONDS);
    for (size_t i = 0; i < r.count; i++)
        milter_listener_close(&r.listeners[i]);
    journal_close(r.daemon.journal);
    environment_close(&r.daemon.env);
    return status;
}

/* ---- the command line ---- */

static const struct cli_option options[] = {
    {"listen", 0, CLI_LIST, "LISTENER", NULL, NULL,
     offsetof(struct milter_options,                                                listen),
     "where the MTA finds this milter: unix:PATH[,role=R][,mode=M][,group=G] or "
     "inet:PORT@ADDRESS[,role=R]; R is verify, sign or both; may be repeated"},
    {"state",  0, CLI_TEXT, "DIR",      NULL, NULL, offsetof(struct milter_options, state),
     "the state directory, for the journal; made when absent"                },
    {"now",    0, CLI_TEXT, "EPOCH",    NULL, NULL, offsetof(struct milter_options, now),
     "start the clock there, in seconds since 1970 (for tests)"              },
};

static const struct cli_example examples[] = {
    {"sceau-milter --listen unix:/run/sceau/milter.sock",
     "for smtpd_milters in Postfix"},
    {"sceau-milter --listen inet:8891@127.0.0.1 --set policy.mode=monitor",
     "over TCP, tagging only"      },
};

static const struct cli_command commands[] = {
    {
     .name = "",
     .sentence = "verify mail in front of Postfix or Sendmail",
     .description = "Runs in the foreground until TERM or INT; prints \"ready\" on "
                       "standard error when it listens.", .exit_status = "0 stopped, 64 usage, 65 configuration, 75 cannot start now",
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
    .sentence = "verify mail in front of Postfix or Sendmail",
    .description = "",
    .commands = commands,
    .command_count = 1,
};

int
main(int argc, char **argv)
{
    return environment_main(&program, argc, argv);
}
