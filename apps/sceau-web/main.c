/* sceau-web: the dashboard. Wiring only: listener, user, confinement, signals. */
#include "../sceau-milter/notify.h"
#include "confine.h"
#include "insights.h"
#include "server.h"
#include "store_place.h"
#include "web.h"
#include "web_link.h"
#include "web_request.h"

#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct web_options {
    const char *listen;
    const char *state;
    const char *now;
};

/* ---- start ---------------------------------------------------------------------------- */

static int
read_now(struct web *web, const struct web_options *options)
{
    uint64_t now;
    if (options->now == NULL)
        return 0;
    if (!slice_decimal(sceau_slice_from(options->now), INT64_MAX, &now)) {
        complain("--now %s: seconds since 1970-01-01 UTC, as 1667930000", options->now);
        return CLI_EXIT_USAGE;
    }
    web->clock_offset = (int64_t)now - (int64_t)time(NULL);
    return 0;
}

/* "ADDRESS:PORT" is "inet:ADDRESS:PORT" of the milter's words. */
static int
parse_listener(struct web *web, struct sceau_slice said)
{
    char error[256];
    struct text t = text_new(web->env.arena, SIZE_MAX);
    if (!slice_starts_ci(said, SCEAU_SLICE("unix:")))
        text_string(&t, "inet:");
    text_slice(&t, said);
    struct milter_listener *l = &web->listener;
    if (!milter_listener_parse(text_done(&t), l, error) || l->has_role) {
        complain("%.*s: a listener is ADDRESS:PORT, as 127.0.0.1:8460, or unix:PATH",
                 SLICE_ARG(said));
        return CLI_EXIT_USAGE;
    }
    const struct sceau_ip *ip = &l->address;
    const struct config_web none = {
        .hosts = {NULL, 0}
    };
    if (!l->is_unix && !visitor_may_connect(&none, ip) &&
        web->env.config.web.trusted_proxy.count == 0) {
        complain("%.*s: beyond loopback only behind a web server with TLS: name it in "
                 "web.trusted_proxy",
                 SLICE_ARG(said));
        return CLI_EXIT_USAGE;
    }
    return 0;
}

static int
open_listener(struct web *web, const struct web_options *options)
{
    char error[256];
    struct sceau_slice said = options->listen != NULL
                                  ? sceau_slice_from(options->listen)
                                  : web->env.config.web.listen;
    int status = parse_listener(web, said);
    if (status != 0)
        return status;
    if (milter_listener_open(&web->listener, error))
        return 0;
    complain("%.*s: %s", SLICE_ARG(said), error);
    return CLI_EXIT_TEMPORARY;
}

static bool
make_folder(const char *path, mode_t mode)
{
    if (mkdir(path, mode) == 0 || errno == EEXIST)
        return true;
    complain("%s: %s", path, strerror(errno));
    return false;
}

static int
make_state(struct web *web, const struct web_options *options)
{
    char folder[WEB_STATE_MAX + 16];
    int len = options->state != NULL
                  ? snprintf(web->state, sizeof web->state, "%s", options->state)
                  : snprintf(web->state, sizeof web->state, "%.*s",
                             SLICE_ARG(web->env.config.milter.state));
    if (len < 0 || (size_t)len >= sizeof web->state) {
        complain("the name of the state directory is too long");
        return CLI_EXIT_USAGE;
    }
    if (options->state == NULL && access(web->state, F_OK) != 0) {
        complain("no %s: say --state DIR, or make it", web->state);
        return CLI_EXIT_TEMPORARY;
    }
    if (!store_place(&web->env, web->state, web->store))
        return CLI_EXIT_USAGE;
    snprintf(folder, sizeof folder, "%s/" WEB_LINK_FOLDER, web->state);
    if (!make_folder(web->state, 0700) || !make_folder(folder, 0700))
        return CLI_EXIT_TEMPORARY;
    /* sceau-reportd takes from these; it may have made them already. */
    snprintf(folder, sizeof folder, "%s/incoming", web->state);
    bool is_made = make_folder(folder, 0770);
    snprintf(folder, sizeof folder, "%s/" WEB_REQUEST_FOLDER, web->state);
    return is_made && make_folder(folder, 0770) ? 0 : CLI_EXIT_TEMPORARY;
}

/* The port that was given when 0 was asked for. */
static void
note_port(struct web *web)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    if (getsockname(web->listener.fd, (struct sockaddr *)&address, &len) != 0)
        return;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    memcpy(&in4, &address, sizeof in4);
    memcpy(&in6, &address, sizeof in6);
    if (address.ss_family == AF_INET)
        web->listener.port = ntohs(in4.sin_port);
    else if (address.ss_family == AF_INET6)
        web->listener.port = ntohs(in6.sin6_port);
}

/* Where a browser on this host goes; behind a Unix socket, the first name of web.hosts. */
static bool
tell_address(struct web *web)
{
    char address[256], ip[SCEAU_IP_TEXT];
    const struct config_words *hosts = &web->env.config.web.hosts;
    note_port(web);
    sceau_ip_format(&web->listener.address, ip);
    if (web->listener.is_unix)
        snprintf(address, sizeof address, "https://%.*s",
                 hosts->count > 0 ? (int)hosts->items[0].len : 0,
                 hosts->count > 0 ? hosts->items[0].ptr : "");
    else
        snprintf(address, sizeof address,
                 web->listener.address.version == 6 ? "http://[%s]:%u" : "http://%s:%u",
                 ip, web->listener.port);
    if (web_address_write(web->state, address))
        return true;
    complain("%s/web: %s", web->state, strerror(errno));
    return false;
}

static int
start(struct web *web, const struct cli_call *call)
{
    const struct web_options *options = call->options;
    uint8_t random[SESSION_SECRET];
    int status = environment_load(&web->env, call);
    if (status == 0)
        environment_want_psl(
            &web->env); /* by which names the checks know to be whose */
    if (status == 0)
        status = read_now(web, options);
    if (status == 0)
        status = make_state(web, options);
    if (status == 0)
        status = open_listener(web, options);
    if (status != 0)
        return status;
    web->started = (int64_t)time(NULL);
    if (!insights_open(web)) {
        complain("out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    if (!web_random(random)) {
        complain("there is no randomness");
        return CLI_EXIT_TEMPORARY;
    }
    sessions_init(&web->sessions, random);
    if (!confine_web_user(&web->env, web->state) || !tell_address(web))
        return CLI_EXIT_TEMPORARY;
    web_link_tidy(web->state, web->started);
    confine_web_files(web);
    return 0;
}

/* ---- run ------------------------------------------------------------------------------ */

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

/* Until TERM or INT; HUP tells that settings need a restart. */
static void
wait_for_end(struct web *web)
{
    const sigset_t set = our_signals();
    const struct timespec moment = {.tv_sec = 10};
    int got = 0;
    while (got != SIGTERM && got != SIGINT) {
        uint64_t watchdog = notify_watchdog_us();
        if (watchdog > 0)
            notify_say("WATCHDOG=1");
        web_link_tidy(web->state, (int64_t)time(NULL));
        got = sigtimedwait(&set, NULL, &moment);
        if (got == SIGHUP)
            complain("settings are read at the start: restart sceau-web");
    }
    notify_say("STOPPING=1");
}

#define MIB (1024 * 1024)

static int
web_run(const struct cli_call *call)
{
    static struct web web = {.listener = {.fd = -1}, .lock = PTHREAD_MUTEX_INITIALIZER};
    const sigset_t set = our_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 2 * MIB); /* it would grow, and large pages never leave */
    mallopt(M_TRIM_THRESHOLD, 8 * MIB); /* the next page wants them again */
    int status = start(&web, call);
    struct server *server = status == 0 ? server_start(&web) : NULL;
    if (status == 0 && server == NULL) {
        complain("no thread can be started");
        status = CLI_EXIT_TEMPORARY;
    }
    if (status == 0) {
        confine_web_calls(&web);
        fputs("ready\n", stderr);
        notify_say("READY=1");
        wait_for_end(&web);
    }
    if (server != NULL) {
        server_stop(server);
        web.listener.fd = -1;
        web_address_remove(web.state);
    }
    if (web.listener.is_ours)
        unlink(web.listener.path);
    insights_close(&web);
    milter_listener_close(&web.listener);
    environment_close(&web.env);
    return status;
}

/* ---- the command line ----------------------------------------------------------------- */

static const struct cli_option options[] = {
    {"listen", 0, CLI_TEXT, "LISTENER", NULL, NULL,
     offsetof(struct web_options,                                                listen),
     "ADDRESS:PORT, or unix:PATH[,mode=M][,owner=U][,group=G]; beats web.listen"    },
    {"state",  0, CLI_TEXT, "DIR",      NULL, NULL, offsetof(struct web_options, state),
     "the state directory, where the store is; made when absent; beats milter.state"},
    {"now",    0, CLI_TEXT, "EPOCH",    NULL, NULL, offsetof(struct web_options, now),
     "start the clock of the pages there, in seconds since 1970 (for tests)"        },
};

static const struct cli_example examples[] = {
    {"sceau-web",                                                  "on 127.0.0.1:8460; then sceau web login"},
    {"sceau-web --listen unix:/run/sceau/web.sock,group=www-data",
     "for a web server in front, which admits users (web.user_field)"                                       },
};

static const struct cli_command commands[] = {
    {
     .name = "",
     .sentence = "the dashboard: who sends as your domains, what fails, what to do",
     .description =
            "Runs in the foreground until TERM or INT; prints \"ready\" on standard error when "
            "it listens. The pages show what sceau-reportd keeps in the store; this program "
            "reads it, and leaves marks, mutes and uploads for sceau-reportd to take up.\n\n"
            "The way in is the one-time link that sceau web login prints, or a web server "
            "in front that names the user (web.trusted_proxy, web.user_field). Without such a server it "
            "listens on loopback or on a Unix socket only.\n\n"
            "Every table comes as CSV and JSON too: add .csv or .json to the page's path, or "
            "/api before it; /openapi.json describes it. /metrics is for Prometheus, /health "
            "for who watches.", .exit_status = "0   stopped by TERM or INT\n"
                       "64  the command line or a setting was wrong\n"
                       "75  it could not listen, or the state directory is not there", .options = options,
     .option_count = sizeof options / sizeof *options,
     .options_size = sizeof(struct web_options),
     .examples = examples,
     .example_count = sizeof examples / sizeof *examples,
     .run = web_run,
     },
};

static const struct cli_program program = {
    .name = "sceau-web",
    .sentence = "the dashboard: who sends as your domains, what fails, what to do",
    .description = "",
    .commands = commands,
    .command_count = 1,
};

int
main(int argc, char **argv)
{
    return environment_main(&program, argc, argv);
}
