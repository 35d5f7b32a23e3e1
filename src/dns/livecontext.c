/* The settings of libunbound: what its defaults would do wrong for a mail server, and
 * where questions go. Every option must be set before the first question, and before
 * ub_ctx_zone_add, which counts as one. */
#include "livecontext.h"

#include "core/slice.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <unbound-event.h>
#include <unbound.h>

enum {
    FILES_PER_QUESTION = 2,
    QUESTIONS_MIN = 16,
};

/* Why, in the order of the table:
 *
 * Names of private networks and of documentation are NXDOMAIN by default; a mail server in
 * such a network has its own DNS for them. The system's resolver is often 127.0.0.53.
 *
 * A server gets so many tries, each twice as long as the one before. With the default of
 * five, from 50 ms on, that is 1.5 s: a near resolver that restarts would be given up. Nine
 * are past our own deadline. (Five from 300 ms on are too, but then one lost datagram costs
 * a message a third of a second.) What is known of a server's time-outs is forgotten after
 * 10 s: with the default of 15 minutes nothing is asked for up to two minutes after an
 * outage. (A low infra-cache-max-rtt would do the same, but then one name whose own servers
 * are silent makes the forwarder look down for all others.)
 *
 * Large TXT RRsets come over TCP; the default of 10 connections would queue them.
 *
 * Answers are kept by our own cache; libunbound's joins a prefetch and its lookup. Records
 * stay in the order of the zone, as verdicts are to be repeatable. Nothing about our
 * anchors is told to the root (RFC 8145). */
static const struct setting {
    const char *option;
    const char *value;
} settings[] = {
    {"unblock-lan-zones:",      "yes"},
    {"do-not-query-localhost:", "no" },
    {"infra-cache-min-rtt:",    "50" },
    {"outbound-msg-retry:",     "9"  },
    {"infra-host-ttl:",         "10" },
    {"outgoing-num-tcp:",       "100"},
    {"msg-cache-size:",         "1m" },
    {"rrset-cache-size:",       "2m" },
    {"rrset-roundrobin:",       "no" },
    {"trust-anchor-signaling:", "no" },
};

/* Zones that libunbound answers itself unless told otherwise (RFC 6761, RFC 8375) though a
 * private DNS may hold them; and "invalid", where the guard asks whether the resolver is
 * alive: answered here, it always would be. "localhost" and "onion" stay local. */
static const char *const transparent_zones[] = {"test.", "home.arpa.", "invalid."};

static bool
say(struct problem *problem, const char *what, int error)
{
    if (error != 0)
        problem_tell_file(problem, what, ub_strerror(error));
    return error == 0;
}

unsigned
live_context_questions_max(void)
{
    struct rlimit files;
    rlim_t allowed = DNS_LIVE_QUESTIONS_MAX;
    /* half of the files are the program's own connections */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
        files.rlim_cur / 2 / FILES_PER_QUESTION < allowed)
        allowed = files.rlim_cur / 2 / FILES_PER_QUESTION;
    return allowed > QUESTIONS_MIN ? (unsigned)allowed : QUESTIONS_MIN;
}

static bool
apply_settings(struct ub_ctx *context, const struct dns_live_options *options,
               struct problem *problem)
{
    char number[16];
    bool is_fine = true;
    for (size_t i = 0; is_fine && i < sizeof settings / sizeof *settings; i++)
        is_fine =
            say(problem, settings[i].option,
                ub_ctx_set_option(context, settings[i].option, settings[i].value));
    const char *modules =
        options->trust_anchor_file != NULL ? "validator iterator" : "iterator";
    is_fine = is_fine && say(problem, "module-config",
                             ub_ctx_set_option(context, "module-config:", modules));
    unsigned questions = live_context_questions_max();
    snprintf(number, sizeof number, "%u", questions * FILES_PER_QUESTION);
    is_fine = is_fine && say(problem, "outgoing-range",
                             ub_ctx_set_option(context, "outgoing-range:", number));
    snprintf(number, sizeof number, "%u", questions);
    return is_fine &&
           say(problem, "num-queries-per-thread",
               ub_ctx_set_option(context, "num-queries-per-thread:", number));
}

/* "ADDR" or "ADDR@PORT": libunbound takes it as it is, so that it is checked here. */
static bool
is_server(const char *server)
{
    struct sceau_slice text = sceau_slice_from(server);
    struct sceau_ip ip;
    uint64_t port = 53;
    size_t at = slice_find(text, '@');
    bool has_port = at < text.len;
    return sceau_ip_parse(slice_sub(text, 0, at), &ip) &&
           (!has_port ||
            (slice_decimal(slice_skip(text, at + 1), 65535, &port) && port > 0));
}

static bool
forward_to_servers(struct ub_ctx *context, const struct dns_live_options *options,
                   struct problem *problem)
{
    if (options->server_count == 0)
        problem_tell_text(problem, N_("no server is named"));
    for (size_t i = 0; i < options->server_count; i++) {
        if (!is_server(options->servers[i])) {
            PROBLEM(problem, "\"{server}\" is not ADDR or ADDR@PORT with an IP address",
                    THEIRS("server", options->servers[i]));
            return false;
        }
        if (!say(problem, options->servers[i],
                 ub_ctx_set_fwd(context, options->servers[i])))
            return false;
    }
    return options->server_count > 0;
}

static bool
set_way(struct ub_ctx *context, const struct dns_live_options *options,
        struct problem *problem)
{
    const char *file =
        options->resolv_conf != NULL ? options->resolv_conf : "/etc/resolv.conf";
    switch (options->mode) {
    case DNS_LIVE_SYSTEM:
        /* resolv.conf(5): without the file, the server of this machine is asked. */
        if (options->resolv_conf == NULL && access(file, F_OK) != 0 && errno == ENOENT)
            return say(problem, "127.0.0.1", ub_ctx_set_fwd(context, "127.0.0.1"));
        return say(problem, file, ub_ctx_resolvconf(context, file));
    case DNS_LIVE_FORWARD: return forward_to_servers(context, options, problem);
    case DNS_LIVE_RECURSIVE: return true;
    }
    return false;
}

static bool
set_anchor_and_zones(struct ub_ctx *context, const struct dns_live_options *options,
                     struct problem *problem)
{
    const char *anchors = options->trust_anchor_file;
    if (anchors != NULL && !say(problem, anchors, ub_ctx_add_ta_file(context, anchors)))
        return false;
    for (size_t i = 0; i < sizeof transparent_zones / sizeof *transparent_zones; i++) {
        const char *zone = transparent_zones[i];
        if (!say(problem, zone, ub_ctx_zone_add(context, zone, "transparent")))
            return false;
    }
    return true;
}

struct ub_ctx *
live_context_new(struct event_base *base, const struct dns_live_options *options,
                 struct problem *problem)
{
    struct ub_ctx *context = ub_ctx_create_event(base);
    if (context == NULL) {
        problem_tell_text(problem, N_("libunbound refuses this libevent"));
        return NULL;
    }
    ub_ctx_debugout(context, NULL); /* it would write to standard error */
    if (apply_settings(context, options, problem) &&
        set_way(context, options, problem) &&
        set_anchor_and_zones(context, options, problem))
        return context;
    ub_ctx_delete(context);
    return NULL;
}
