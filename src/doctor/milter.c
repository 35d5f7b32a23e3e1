/* How Postfix finds the milter, and what it does when it does not. */
#include "core/ip_socket.h"
#include "core/text.h"
#include "endpoint.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    GROUPS_MAX = 64,
    CONNECT_MS = 2000,
    DNS_SECONDS = 12, /* SCEAU_DNS_MESSAGE_MS */
    PATIENCE_SECONDS = 30,
};

bool
doctor_has_postfix(struct doctor *d)
{
    if (!d->postfix.is_readable)
        doctor_tell(d, DOCTOR_SKIPPED, N_("there is no Postfix to look at"), NULL,
                    DOCTOR_NO_WORDS);
    return d->postfix.is_readable;
}

void
doctor_postfix_present(struct doctor *d)
{
    const struct postfix *p = &d->postfix;
    if (!p->has_postconf)
        doctor_tell(d, DOCTOR_SKIPPED,
                    N_("postconf is not on this host: Postfix is not installed here"),
                    NULL, DOCTOR_NO_WORDS);
    else if (!p->is_readable)
        doctor_tell(d, DOCTOR_PROBLEM, N_("postconf says: {said}"),
                    N_("{postconf} -n    # until it prints no error"),
                    DOCTOR_WORDS(LANGUAGE_THEIRS("said", p->problem),
                                 LANGUAGE_OURS("postconf", endpoint_postconf(d))));
    else
        doctor_tell(
            d, DOCTOR_OK, N_("Postfix {version}, queue in {queue}"), NULL,
            DOCTOR_WORDS(LANGUAGE_THEIRS("version", postfix_get(p, "mail_version")),
                         LANGUAGE_THEIRS("queue", postfix_get(p, "queue_directory"))));
}

/* ---- is it asked? ---- */

static bool
asks_ours(const struct endpoint *list, size_t count,
          const struct postfix_service *service)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].service == service && list[i].is_ours && !list[i].is_local)
            return true;
    }
    return false;
}

void
doctor_milter_asked(struct doctor *d)
{
    size_t count, told = d->count;
    const struct postfix *p = &d->postfix;
    if (!doctor_has_postfix(d))
        return;
    const struct endpoint *list = endpoints(d, &count);
    for (size_t i = 0; i < p->service_count; i++) {
        const struct postfix_service *service = &p->services[i];
        if (!endpoint_is_entrance(d, service) || asks_ours(list, count, service))
            continue;
        bool is_own = postfix_is_overridden(p, service, "smtpd_milters");
        struct sceau_slice value = postfix_get_for(p, service, "smtpd_milters");
        doctor_tell(
            d, DOCTOR_PROBLEM,
            value.len > 0
                ? N_("{service} does not ask the milter: smtpd_milters = {value}")
                : N_("{service} does not ask the milter: smtpd_milters is empty"),
            is_own ? "{postconf} -P '{service}/smtpd_milters={list}'"
                   : "{postconf} -e 'smtpd_milters = {list}'",
            DOCTOR_WORDS(LANGUAGE_THEIRS("service", endpoint_service_name(d, service)),
                         LANGUAGE_THEIRS("value", value),
                         LANGUAGE_THEIRS("list",
                                         endpoint_list_and_ours(d, list, count, service,
                                                                false)),
                         LANGUAGE_OURS("postconf", endpoint_postconf(d))));
    }
    if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, N_("each smtpd of master.cf asks it"), NULL,
                    DOCTOR_NO_WORDS);
}

void
doctor_milter_local(struct doctor *d)
{
    size_t count;
    if (!doctor_has_postfix(d))
        return;
    const struct endpoint *list = endpoints(d, &count);
    for (size_t i = 0; i < count; i++) {
        if (list[i].is_local && list[i].is_ours) {
            doctor_tell(d, DOCTOR_OK, N_("non_smtpd_milters names {endpoint}"), NULL,
                        DOCTOR_WORDS(
                            LANGUAGE_THEIRS("endpoint", list[i].milter.endpoint)));
            return;
        }
    }
    doctor_tell(d, DOCTOR_INFO,
                N_("non_smtpd_milters does not name it: local mail leaves unsigned"),
                "{postconf} -e 'non_smtpd_milters = {list}'",
                DOCTOR_WORDS(LANGUAGE_THEIRS("list",
                                             endpoint_list_and_ours(d, list, count,
                                                                    NULL, true)),
                             LANGUAGE_OURS("postconf", endpoint_postconf(d))));
}

/* ---- the socket ---- */

/* Call for each milter of ours, Unix sockets or all; skip the check when there is none. */
static void
each_ours(struct doctor *d, bool is_unix_only, const char *fine,
          void (*look)(struct doctor *d, const struct endpoint *e))
{
    size_t count, seen = 0, told = d->count;
    if (!doctor_has_postfix(d))
        return;
    const struct endpoint *list = endpoints(d, &count);
    for (size_t i = 0; i < count; i++) {
        if (!list[i].is_ours || (is_unix_only && !list[i].is_unix))
            continue;
        seen++;
        look(d, &list[i]);
    }
    if (seen == 0)
        doctor_tell(d, DOCTOR_SKIPPED,
                    is_unix_only ? N_("no Unix socket of the milter is asked")
                                 : N_("the milter is not asked"),
                    NULL, DOCTOR_NO_WORDS);
    else if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, fine, NULL, DOCTOR_NO_WORDS);
}

/* Where the socket would be without the chroot: the usual mistake. */
static bool
is_outside_chroot(const struct endpoint *e)
{
    struct stat st;
    struct sceau_slice path = e->milter.endpoint;
    char text[ENDPOINT_PATH];
    size_t colon = slice_find(path, ':');
    if (e->service == NULL || !e->service->is_chrooted || colon + 1 >= path.len ||
        path.ptr[colon + 1] != '/')
        return false;
    snprintf(text, sizeof text, "%.*s", SLICE_ARG(slice_skip(path, colon + 1)));
    return stat(text, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void
look_at_socket(struct doctor *d, const struct endpoint *e)
{
    struct stat st;
    const struct language_word words[] = {
        LANGUAGE_THEIRS("service", e->name), THEIRS("path", e->path),
        THEIRS("file", d->config_file), LANGUAGE_OURS("postconf", endpoint_postconf(d)),
        LANGUAGE_OURS("parameter", e->is_local ? SCEAU_SLICE("non_smtpd_milters")
                                               : SCEAU_SLICE("smtpd_milters"))};
    size_t count = sizeof words / sizeof *words;
    if (stat(e->path, &st) == 0 && S_ISSOCK(st.st_mode))
        return;
    if (is_outside_chroot(e))
        doctor_tell(
            d, DOCTOR_PROBLEM,
            N_("{service} is chrooted and looks for {path}, which is not there; "
               "the socket is outside"),
            N_("{postconf} -e '{parameter} = unix:sceau/milter.sock'    # and listen "
               "there, in {file}"),
            words, count);
    else if (stat(e->path, &st) == 0)
        doctor_tell(d, DOCTOR_PROBLEM,
                    N_("{service} looks for {path}, which is no socket"),
                    "rm {path} && systemctl restart sceau-milter", words, count);
    else if (errno == ENOENT || errno == ENOTDIR)
        doctor_tell(
            d, DOCTOR_PROBLEM, N_("{service} looks for {path}, which is not there"),
            N_("in {file}, under [milter]: listen = unix:{path},group=postfix    # "
               "then systemctl restart sceau-milter"),
            words, count);
    else
        doctor_tell(d, DOCTOR_UNKNOWN,
                    N_("{service} looks for {path}, which this user may not see"),
                    "sudo sceau doctor", words, count);
}

void
doctor_milter_socket(struct doctor *d)
{
    each_ours(d, true, N_("it is there, as Postfix sees it"), look_at_socket);
}

struct account {
    uid_t uid;
    gid_t groups[GROUPS_MAX];
    int group_count;
};

/* May somebody do this (R_OK, W_OK, X_OK: the low three bits) to a file? */
static bool
may(const struct account *who, const struct stat *st, unsigned what)
{
    unsigned mode = st->st_mode & 07;
    for (int i = 0; i < who->group_count; i++) {
        if (who->groups[i] == st->st_gid)
            mode = (st->st_mode >> 3) & 07;
    }
    if (who->uid == st->st_uid)
        mode = (st->st_mode >> 6) & 07;
    return who->uid == 0 || (mode & what) == what;
}

/* The first part of the path that stands in the way, cut off in `path`; "" when none. */
static void
find_obstacle(const struct account *who, char *path)
{
    struct stat st;
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (stat(path, &st) == 0 && !may(who, &st, X_OK))
            return;
        *at = '/';
    }
    if (stat(path, &st) != 0 || may(who, &st, W_OK))
        path[0] = '\0';
}

static void
look_at_access(struct doctor *d, const struct endpoint *e)
{
    char owner[64], path[ENDPOINT_PATH];
    struct account who = {.group_count = GROUPS_MAX};
    struct stat st;
    struct sceau_slice name = postfix_get(&d->postfix, "mail_owner");
    snprintf(owner, sizeof owner, "%.*s", SLICE_ARG(name));
    const struct passwd *user = getpwnam(owner);
    if (user == NULL || stat(e->path, &st) != 0)
        return; /* milter.socket has told */
    who.uid = user->pw_uid;
    if (getgrouplist(owner, user->pw_gid, who.groups, &who.group_count) < 0)
        who.group_count = GROUPS_MAX;
    snprintf(path, sizeof path, "%s", e->path);
    find_obstacle(&who, path);
    if (path[0] == '\0')
        return;
    bool is_folder = strcmp(path, e->path) != 0;
    doctor_tell(d, DOCTOR_PROBLEM,
                is_folder ? N_("{owner} may not enter {path}")
                          : N_("{owner} may not write to {path}"),
                is_folder
                    ? "chmod o+x {path}"
                    : N_("chgrp {owner} {path} && chmod g+w {path}    # for good: "
                         "listen = unix:{path},group={owner}"),
                DOCTOR_WORDS(THEIRS("owner", owner), THEIRS("path", path)));
}

void
doctor_milter_access(struct doctor *d)
{
    each_ours(d, true, N_("Postfix may connect to it"), look_at_access);
}

/* 0, or errno. */
static int
try_connect(const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = fd < 0 || connect(fd, address, len) != 0 ? errno : 0;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof error;
    if (error == EINPROGRESS) {
        error = ETIMEDOUT;
        if (poll(&p, 1, CONNECT_MS) > 0)
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (fd >= 0)
        close(fd);
    return error;
}

static int
try_endpoint(const struct endpoint *e)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_storage address;
    if (e->is_unix) {
        if (strlen(e->path) >= sizeof un.sun_path)
            return ENAMETOOLONG;
        memcpy(un.sun_path, e->path, strlen(e->path));
        return try_connect((struct sockaddr *)&un, sizeof un);
    }
    if (e->address.version == 0)
        return EADDRNOTAVAIL;
    socklen_t len = ip_to_socket(&e->address, e->port, &address);
    return try_connect((struct sockaddr *)&address, len);
}

static void
look_who_listens(struct doctor *d, const struct endpoint *e)
{
    int error = try_endpoint(e);
    const struct language_word words[] = {LANGUAGE_THEIRS("service", e->name),
                                          LANGUAGE_THEIRS("endpoint",
                                                          e->milter.endpoint),
                                          THEIRS("error", strerror(error))};
    if (error == ECONNREFUSED || error == ENOENT)
        doctor_tell(d, DOCTOR_PROBLEM, N_("{service}: nobody listens at {endpoint}"),
                    "systemctl restart sceau-milter && systemctl status sceau-milter",
                    words, 3);
    else if (error != 0)
        doctor_tell(d, DOCTOR_UNKNOWN,
                    N_("{service}: {endpoint} was not reached: {error}"), NULL, words,
                    3);
}

void
doctor_milter_answers(struct doctor *d)
{
    each_ours(d, false, N_("the milter takes connections"), look_who_listens);
}

/* ---- what stands beside it ---- */

/* Signers and verifiers that do what sceau does, by the words in their endpoints. */
static const char *const rivals[] = {"opendkim",    "opendmarc", "openarc",
                                     "dkim-filter", ":8891",     ":8893"};

static bool
is_rival(struct sceau_slice endpoint)
{
    for (size_t i = 0; i < sizeof rivals / sizeof *rivals; i++) {
        if (memmem(endpoint.ptr, endpoint.len, rivals[i], strlen(rivals[i])) != NULL)
            return true;
    }
    return false;
}

static void
look_at_order(struct doctor *d, const struct endpoint *list, size_t count, size_t i)
{
    const struct endpoint *e = &list[i];
    const struct language_word words[] = {LANGUAGE_THEIRS("service", e->name),
                                          LANGUAGE_THEIRS("endpoint",
                                                          e->milter.endpoint)};
    if (!e->is_ours && is_rival(e->milter.endpoint)) {
        doctor_tell(d, DOCTOR_WARNING,
                    N_("{service} asks {endpoint} as well, which does the same work"),
                    N_("take {endpoint} out of smtpd_milters, then postfix reload"),
                    words, 2);
        return;
    }
    bool is_signer = e->is_submission || e->is_local;
    bool is_misplaced = is_signer ? e->place + 1 < e->count : e->place > 0;
    for (size_t k = 0; e->is_ours && is_misplaced && k < count; k++) {
        /* a rival beside it is told above, and there alone */
        if (&list[k] != e && list[k].service == e->service &&
            list[k].is_local == e->is_local && is_rival(list[k].milter.endpoint))
            return;
    }
    if (e->is_ours && is_misplaced)
        doctor_tell(
            d, DOCTOR_WARNING,
            is_signer
                ? N_("{service} asks another milter after {endpoint}: what it adds "
                     "comes after the signature")
                : N_("{service} asks another milter before {endpoint}: what it "
                     "changes breaks signatures before they are verified"),
            is_signer ? N_("put {endpoint} last in the list, then postfix reload")
                      : N_("put {endpoint} first in the list, then postfix reload"),
            words, 2);
}

void
doctor_milter_order(struct doctor *d)
{
    size_t count, told = d->count;
    if (!doctor_has_postfix(d))
        return;
    const struct endpoint *list = endpoints(d, &count);
    for (size_t i = 0; i < count; i++)
        look_at_order(d, list, count, i);
    if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, N_("it stands where it should"), NULL,
                    DOCTOR_NO_WORDS);
}

/* What Postfix must send, and when. Our milter asks for these itself; a list emptied by
 * hand tells of an older set-up, and other milters need them as well. */
static const struct {
    const char *parameter, *macro;
} macros[] = {
    {"milter_connect_macros",     "j"            },
    {"milter_mail_macros",        "{auth_authen}"},
    {"milter_end_of_data_macros", "i"            },
};

static bool
has_word(struct sceau_slice list, struct sceau_slice wanted)
{
    struct sceau_slice bare = wanted;
    if (bare.len > 2 && bare.ptr[0] == '{')
        bare = slice_sub(slice_skip(bare, 1), 0, bare.len - 2);
    struct sceau_slice word;
    while (postfix_next(&list, &word)) {
        if (slice_eq(word, wanted) || slice_eq(word, bare))
            return true;
    }
    return false;
}

void
doctor_milter_macros(struct doctor *d)
{
    size_t told = d->count;
    if (!doctor_has_postfix(d))
        return;
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++) {
        struct sceau_slice value = postfix_get(&d->postfix, macros[i].parameter);
        if (has_word(value, sceau_slice_from(macros[i].macro)))
            continue;
        doctor_tell(d, DOCTOR_WARNING,
                    N_("{parameter} lacks {macro}: it is \"{value}\""),
                    N_("{postconf} -X {parameter}    # back to the default"),
                    DOCTOR_WORDS(THEIRS("parameter", macros[i].parameter),
                                 THEIRS("macro", macros[i].macro),
                                 LANGUAGE_THEIRS("value", value),
                                 LANGUAGE_OURS("postconf", endpoint_postconf(d))));
    }
    if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, N_("j, i and {{auth_authen} are sent"), NULL,
                    DOCTOR_NO_WORDS);
}

void
doctor_milter_protocol(struct doctor *d)
{
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value = postfix_get(&d->postfix, "milter_protocol");
    bool is_fine = slice_eq(value, SCEAU_SLICE("6"));
    doctor_tell(d, is_fine ? DOCTOR_OK : DOCTOR_WARNING, "milter_protocol = {value}",
                is_fine ? NULL : "{postconf} -e 'milter_protocol = 6'",
                DOCTOR_WORDS(LANGUAGE_THEIRS("value", value),
                             LANGUAGE_OURS("postconf", endpoint_postconf(d))));
}

static void
look_at_timeout(struct doctor *d, const char *parameter, struct sceau_slice value)
{
    uint64_t seconds;
    if (!postfix_seconds(value, 1, &seconds) || seconds >= PATIENCE_SECONDS)
        return;
    doctor_tell(d, seconds <= DNS_SECONDS ? DOCTOR_PROBLEM : DOCTOR_WARNING,
                N_("{parameter} = {value}: less than 30 s"),
                "{postconf} -e '{parameter} = 30s'",
                DOCTOR_WORDS(THEIRS("parameter", parameter),
                             LANGUAGE_THEIRS("value", value),
                             LANGUAGE_OURS("postconf", endpoint_postconf(d))));
}

void
doctor_milter_timeouts(struct doctor *d)
{
    size_t count, told = d->count;
    if (!doctor_has_postfix(d))
        return;
    look_at_timeout(d, "milter_command_timeout",
                    postfix_get(&d->postfix, "milter_command_timeout"));
    look_at_timeout(d, "milter_content_timeout",
                    postfix_get(&d->postfix, "milter_content_timeout"));
    const struct endpoint *list = endpoints(d, &count);
    for (size_t i = 0; i < count; i++) {
        if (list[i].is_ours && list[i].milter.content_timeout.len > 0)
            look_at_timeout(d, "milter_content_timeout",
                            list[i].milter.content_timeout);
    }
    if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, N_("they are 30 s or more"), NULL, DOCTOR_NO_WORDS);
}

static void
look_at_outage(struct doctor *d, const struct endpoint *e)
{
    const struct postfix *p = &d->postfix;
    struct sceau_slice action = e->milter.default_action;
    if (action.len == 0)
        action = e->service != NULL
                     ? postfix_get_for(p, e->service, "milter_default_action")
                     : postfix_get(p, "milter_default_action");
    bool is_signer = e->is_submission || e->is_local;
    bool is_accept = slice_eq(action, SCEAU_SLICE("accept"));
    bool is_own =
        !e->is_local &&
        (e->is_submission || postfix_is_overridden(p, e->service, "smtpd_milters"));
    const char *fix = e->is_local ? "{postconf} -e 'non_smtpd_milters = {list}'"
                      : is_own    ? "{postconf} -P '{service}/smtpd_milters={list}'"
                                  : "{postconf} -e 'smtpd_milters = {list}'";
    const struct language_word words[] = {
        LANGUAGE_THEIRS("service", e->name), LANGUAGE_THEIRS("action", action),
        LANGUAGE_THEIRS("list",
                        endpoint_list_with(d, e, is_signer ? "tempfail" : "accept")),
        LANGUAGE_OURS("postconf", endpoint_postconf(d))};
    if (slice_eq(action, SCEAU_SLICE("reject")))
        doctor_tell(d, DOCTOR_PROBLEM,
                    N_("{service}: default_action is reject: an outage loses mail"),
                    fix, words, 4);
    else if (is_signer && is_accept)
        doctor_tell(d, DOCTOR_WARNING,
                    N_("{service}: default_action is accept: an outage lets mail out "
                       "unsigned"),
                    fix, words, 4);
    else if (!is_signer && !is_accept)
        doctor_tell(
            d, DOCTOR_INFO,
            N_("{service}: default_action is {action}: an outage defers all mail"), fix,
            words, 4);
}

void
doctor_milter_outage(struct doctor *d)
{
    each_ours(d, false, N_("strangers get in, own users are asked to come again"),
              look_at_outage);
}

void
doctor_milter_bounces(struct doctor *d)
{
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value = postfix_get(&d->postfix, "internal_mail_filter_classes");
    bool is_fine = has_word(value, SCEAU_SLICE("bounce"));
    doctor_tell(d, is_fine ? DOCTOR_OK : DOCTOR_WARNING,
                "internal_mail_filter_classes = {value}",
                is_fine ? NULL
                        : "{postconf} -e 'internal_mail_filter_classes = bounce'",
                DOCTOR_WORDS(LANGUAGE_THEIRS("value", value),
                             LANGUAGE_OURS("postconf", endpoint_postconf(d))));
}
