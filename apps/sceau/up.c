/* `sceau up`: each daemon is started with a state directory and the options that all
 * programs know; when all have said "ready", so does this; INT, TERM or a closed terminal
 * stops them together, last started first. One that ends by itself ends the rest. */
#include "up.h"

#include "child.h"
#include "core/json.h"
#include "core/text.h"
#include "environment.h"
#include "milter/listener.h"
#include "web_link.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    CHILDREN_MAX = 3 /* milter, reportd, web */
};

struct up {
    const struct cli_call *call;
    const struct up_options *options;
    enum language language;
    struct sceau_arena *arena;
    char state[256];
    bool is_state_ours;   /* made here, removed here */
    const char *listener; /* the milter's own socket, as --listen has it */
    struct child children[CHILDREN_MAX];
    size_t count;
    int signals;
    bool is_stopping;
    int status;
};

/* ---- the state directory ---- */

static int
remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    remove(path);
    return 0;
}

static bool
make_state(struct up *up)
{
    const char *temporary = getenv("TMPDIR");
    if (up->options->state != NULL) {
        snprintf(up->state, sizeof up->state, "%s", up->options->state);
        if (mkdir(up->state, 0700) == 0 || errno == EEXIST)
            return true;
        complain_errno(up->language, up->state, errno);
        return false;
    }
    snprintf(up->state, sizeof up->state, "%s/sceau-XXXXXX",
             temporary != NULL && temporary[0] == '/' ? temporary : "/tmp");
    up->is_state_ours = mkdtemp(up->state) != NULL;
    if (!up->is_state_ours)
        complain_errno(up->language, up->state, errno);
    return up->is_state_ours;
}

/* ---- the daemons and their arguments ---- */

static void
add_option(struct child *child, const char *name, const char *value)
{
    if (value == NULL)
        return;
    child_argument(child, name);
    child_argument(child, value);
}

static void
add_list(struct child *child, const char *name, const struct cli_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        add_option(child, name, list->items[i]);
}

/* What every daemon is told. They stay who started them: the state directory is theirs. */
static void
add_common(const struct up *up, struct child *child)
{
    const struct cli_globals *globals = &up->call->globals;
    add_option(child, "--state", up->state);
    add_option(child, "--now", up->options->now);
    add_option(child, "--config", globals->config);
    add_option(child, "--dns", globals->dns);
    add_option(child, "--resolver", globals->resolver);
    add_option(child, "--set", "milter.user=");
    add_list(child, "--set", &globals->set);
}

/* Sockets that a configuration file names are those of an installed milter: not ours. */
static void
add_milter(struct up *up, struct child *child)
{
    struct text listener = text_new(up->arena, SIZE_MAX);
    text_format(&listener, "unix:%s/milter.sock", up->state);
    up->listener = text_done(&listener).ptr;
    child->name = "sceau-milter";
    child_argument(child, child->name);
    add_option(child, "--listen", up->listener);
    add_list(child, "--listen", &up->options->listen);
    add_common(up, child);
}

static void
add_dashboard(struct up *up)
{
    struct child *reportd = &up->children[up->count++];
    struct child *web = &up->children[up->count++];
    reportd->name = "sceau-reportd";
    child_argument(reportd, reportd->name);
    add_common(up, reportd);
    web->name = "sceau-web";
    child_argument(web, web->name);
    add_option(web, "--listen", up->options->web);
    add_common(up, web);
    add_option(web, "--set", "web.user=");
}

static bool
has_room(const struct up *up)
{
    if (up->call->globals.set.count + up->options->listen.count < CHILD_ARGUMENTS / 4)
        return true;
    complain_text(up->language, "too many --set and --listen");
    return false;
}

/* ---- what is said when all is up ---- */

static void
say(const struct up *up, const char *english, const struct language_word *words,
    size_t count)
{
    print_line(stdout,
               language_sentence(up->arena, up->language, english, words, count));
}

/* main.cf has its own spelling: "inet:ADDRESS:PORT". */
static struct sceau_slice
postfix_spelling(struct sceau_arena *arena, const char *where)
{
    struct milter_listener l;
    char error[256], address[SCEAU_IP_TEXT];
    struct text t = text_new(arena, SIZE_MAX);
    if (!milter_listener_parse(sceau_slice_from(where), &l, error) || l.is_unix)
        return SLICE_NONE;
    sceau_ip_format(&l.address, address);
    text_format(&t, l.address.version == 6 ? "inet:[%s]:%u" : "inet:%s:%u", address,
                l.port);
    return text_done(&t);
}

/* A socket over TCP is found by every smtpd; one in a private folder by none that is
 * chrooted. */
static void
say_postfix(const struct up *up)
{
    struct sceau_slice place = SLICE_NONE;
    for (size_t i = 0; i < up->options->listen.count && place.len == 0; i++)
        place = postfix_spelling(up->arena, up->options->listen.items[i]);
    const struct language_word words[] = {LANGUAGE_OURS("place", place)};
    if (place.len == 0) {
        say(up,
            N_("In front of Postfix: --listen inet:8891@127.0.0.1 is found by every "
               "smtpd."),
            NULL, 0);
        return;
    }
    say(up, N_("In front of Postfix, to try it on real mail:"), NULL, 0);
    say(up,
        AS_IS("  postconf -e 'smtpd_milters = {{ {place}, default_action=accept }'\n"
              "  postfix reload"),
        words, 1);
    say(up, N_("For good (two sockets, a unit): README.md, \"In front of Postfix\"."),
        NULL, 0);
}

/* The one-time link into the dashboard; empty when there is none. */
static struct sceau_slice
dashboard_link(const struct up *up)
{
    char address[256], secret[SESSION_TEXT];
    struct text t = text_new(up->arena, SIZE_MAX);
    if (up->options->web == NULL || !web_address_read(up->state, address))
        return SCEAU_SLICE("");
    if (!web_link_make(up->state, (int64_t)time(NULL) + WEB_LINK_SECONDS, secret))
        return SCEAU_SLICE("");
    text_format(&t, "%s/login?token=%s", address, secret);
    return text_done(&t);
}

static void
say_dashboard(const struct up *up)
{
    struct sceau_slice link = dashboard_link(up);
    const struct language_word words[] = {
        LANGUAGE_THEIRS("link", link),
        LANGUAGE_THEIRS("sceau", sceau_slice_from(program_invocation_name)),
        LANGUAGE_THEIRS("state", sceau_slice_from(up->state)),
    };
    if (link.len == 0)
        return;
    say(up, N_("The dashboard (this link opens it once, within ten minutes):"), NULL,
        0);
    say(up, "  {link}", words, COUNT(words));
    say(up, N_("Another link: {sceau} web login --state {state}"), words, COUNT(words));
    say(up, "", NULL, 0);
}

static void
say_places(const struct up *up)
{
    const struct language_word words[] = {
        LANGUAGE_THEIRS("socket", sceau_slice_from(up->listener)),
        LANGUAGE_THEIRS("state", sceau_slice_from(up->state)),
        LANGUAGE_THEIRS("sceau", sceau_slice_from(program_invocation_name)),
    };
    say(up, N_("sceau-milter listens at {socket}"), words, COUNT(words));
    for (size_t i = 0; i < up->options->listen.count; i++) {
        const struct language_word more[] = {
            LANGUAGE_THEIRS("socket", sceau_slice_from(up->options->listen.items[i]))};
        say(up, N_("and at {socket}"), more, 1);
    }
    say(up, "", NULL, 0);
    say_postfix(up);
    say(up, "", NULL, 0);
    say(up, N_("From another terminal:"), NULL, 0);
    say(up,
        AS_IS("  {sceau} verify --milter {socket} message.eml\n"
              "  {sceau} verify --explain message.eml\n"
              "  {sceau} lookup dmarc example.org\n"
              "  {sceau} journal cat {state}/journal\n"
              "  {sceau} --help\n"),
        words, COUNT(words));
    say_dashboard(up);
    say(up, N_("Ctrl-C stops it."), NULL, 0);
}

static void
print_json(const struct up *up)
{
    struct json j = json_new(up->arena);
    json_open(&j, '{');
    json_key_string(&j, "state", up->state);
    json_key(&j, "milter");
    json_open(&j, '[');
    json_text(&j, up->listener);
    for (size_t i = 0; i < up->options->listen.count; i++)
        json_text(&j, up->options->listen.items[i]);
    json_close(&j, ']');
    if (up->options->web != NULL)
        json_key_slice(&j, "dashboard", dashboard_link(up));
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
say_ready(const struct up *up)
{
    if (up->call->globals.json)
        print_json(up);
    else if (!up->call->globals.quiet)
        say_places(up);
    puts("ready"); /* for programs: never translated */
    fflush(stdout);
}

/* ---- start, watch, stop ---- */

static void
stop(struct up *up)
{
    up->is_stopping = true;
    for (size_t i = up->count; i-- > 0;) {
        if (up->children[i].pid > 0)
            kill(up->children[i].pid, SIGTERM);
    }
}

/* Asked twice: somebody does not want to wait for messages at their end. */
static void
hear_signal(struct up *up)
{
    struct signalfd_siginfo info;
    if (read(up->signals, &info, sizeof info) != sizeof info ||
        info.ssi_signo == SIGCHLD)
        return;
    if (!up->is_stopping) {
        stop(up);
        return;
    }
    for (size_t i = 0; i < up->count; i++) {
        if (up->children[i].pid > 0)
            kill(up->children[i].pid, SIGKILL);
    }
}

/* A daemon that ends before it is told to has said why. */
static void
note_ends(struct up *up)
{
    struct child *ended;
    while ((ended = child_reap(up->children, up->count)) != NULL) {
        if (up->is_stopping)
            continue;
        COMPLAIN(up->language, "{name} ended with status {status}",
                 LANGUAGE_THEIRS("name", sceau_slice_from(ended->name)),
                 LANGUAGE_OURS("status", DECIMAL(ended->status)));
        up->status = ended->status != 0 && ended->status < 128 ? ended->status
                                                               : CLI_EXIT_TEMPORARY;
        stop(up);
    }
}

static bool
are_all_ready(const struct up *up)
{
    size_t ready = 0;
    for (size_t i = 0; i < up->count; i++)
        ready += up->children[i].is_ready;
    return ready == up->count;
}

/* Is any of them running, or with something left to say? */
static bool
is_any_there(const struct up *up)
{
    for (size_t i = 0; i < up->count; i++) {
        if (up->children[i].pid > 0 || up->children[i].words >= 0)
            return true;
    }
    return false;
}

static void
watch(struct up *up)
{
    bool is_said = false;
    while (is_any_there(up)) {
        struct pollfd fds[CHILDREN_MAX + 1] = {
            {up->signals, POLLIN, 0}
        };
        for (size_t i = 0; i < up->count; i++)
            fds[i + 1] = (struct pollfd){up->children[i].words, POLLIN, 0};
        if (poll(fds, up->count + 1, -1) < 0 && errno != EINTR)
            break;
        for (size_t i = 0; i < up->count; i++) {
            if (fds[i + 1].revents != 0)
                child_hear(&up->children[i]);
        }
        if ((fds[0].revents & POLLIN) != 0)
            hear_signal(up);
        note_ends(up);
        if (!is_said && !up->is_stopping && are_all_ready(up)) {
            say_ready(up);
            is_said = true;
        }
    }
}

/* From here on they come through the descriptor only. */
static bool
take_signals(struct up *up)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* whoever reads may leave: the daemons are stopped all
                               * the same */
    up->signals = signalfd(-1, &set, SFD_CLOEXEC);
    return up->signals >= 0;
}

static void
start(struct up *up)
{
    if (!take_signals(up) || !has_room(up) || !make_state(up)) {
        up->status = CLI_EXIT_TEMPORARY;
        return;
    }
    add_milter(up, &up->children[up->count++]);
    if (up->options->web != NULL)
        add_dashboard(up);
    for (size_t i = 0; i < up->count; i++) {
        up->children[i].words = -1;
        up->children[i].language = up->language;
        if (up->status == 0 && !child_start(&up->children[i]))
            up->status = CLI_EXIT_TEMPORARY;
    }
    if (up->status != 0)
        stop(up);
    watch(up);
}

int
up_run(const struct cli_call *call)
{
    struct up *up = calloc(1, sizeof *up);
    if (up == NULL)
        return CLI_EXIT_TEMPORARY;
    up->call = call;
    up->options = call->options;
    up->language = environment_language(call);
    up->arena = sceau_arena_new((size_t)1024 * 1024);
    if (up->arena != NULL)
        start(up);
    if (up->is_state_ours)
        nftw(up->state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    int status = up->arena != NULL ? up->status : CLI_EXIT_TEMPORARY;
    sceau_arena_free(up->arena);
    free(up);
    return status;
}
