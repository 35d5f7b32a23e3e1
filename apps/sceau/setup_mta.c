/* What setup has the mail server do: Postfix's settings are changed, its files remembered before;
 * Zimbra keeps its settings in LDAP, so there the commands are printed and their effect is read
 * from its files. */
#include "setup.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

bool
setup_is_postfix(const struct setup *s)
{
    const char *mta = s->options->mta;
    return mta != NULL ? strcmp(mta, "postfix") == 0
                       : s->postfix.is_readable && !s->zimbra.is_here;
}

bool
setup_is_zimbra(const struct setup *s)
{
    const char *mta = s->options->mta;
    return mta != NULL ? strcmp(mta, "zimbra") == 0 : s->zimbra.is_here;
}

/* ---- Postfix ---- */

#define SETTINGS_MAX 64

/* What postconf is to set, in main.cf (-e) or in a service of master.cf (-P). */
struct settings {
    const char *options[SETTINGS_MAX];
    const char *texts[SETTINGS_MAX];
    size_t count;
};

static void
add_setting(struct setup *s, struct settings *all, const char *option,
            struct sceau_slice setting)
{
    struct text t = text_new(s->env.arena, SIZE_MAX);
    text_slice(&t, setting);
    if (all->count == SETTINGS_MAX)
        return;
    all->options[all->count] = option;
    all->texts[all->count] = text_done(&t).ptr;
    all->count += all->texts[all->count] != NULL;
}

static bool
mentions(struct sceau_slice list, const char *word)
{
    return list.ptr != NULL && memmem(list.ptr, list.len, word, strlen(word)) != NULL;
}

/* "smtpd_milters = { unix:..., default_action=accept }, what stood there". While the milter
 * is away strangers get in; what it would sign waits: mail that left unsigned is past mending,
 * and sendmail(1) keeps its own in maildrop. */
static void
want_milter(struct setup *s, struct settings *all, const char *name, const char *socket,
            const char *action)
{
    struct sceau_slice old = postfix_get(&s->postfix, name);
    struct text t = text_new(s->env.arena, SIZE_MAX);
    if (mentions(old, socket))
        return;
    text_format(&t, "%s = { unix:%s, default_action=%s }%s%.*s", name, socket, action,
                old.len > 0 ? ", " : "", SLICE_ARG(old));
    add_setting(s, all, "-e", text_done(&t));
}

/* Own users' services sign, and have them come again while the milter is away. */
static void
want_services(struct setup *s, struct settings *all)
{
    for (size_t i = 0; i < s->postfix.service_count; i++) {
        const struct postfix_service *service = &s->postfix.services[i];
        struct sceau_slice old = postfix_get_for(&s->postfix, service, "smtpd_milters");
        struct text t = text_new(s->env.arena, SIZE_MAX);
        if (!postfix_runs(service, SCEAU_SLICE("smtpd")) ||
            !postfix_is_submission(&s->postfix, service) ||
            mentions(old, SETUP_SIGNER_SOCKET))
            continue;
        text_format(&t,
                    "%.*s/%.*s/smtpd_milters={unix:" SETUP_SIGNER_SOCKET
                    ",default_action=tempfail}",
                    SLICE_ARG(service->name), SLICE_ARG(service->type));
        add_setting(s, all, "-P", text_done(&t));
    }
}

static void
plan_postfix(struct setup *s, struct settings *all)
{
    want_milter(s, all, "smtpd_milters", SETUP_MILTER_SOCKET, "accept");
    want_milter(s, all, "non_smtpd_milters", SETUP_SIGNER_SOCKET, "tempfail");
    want_services(s, all);
    if (!slice_eq(postfix_get(&s->postfix, "internal_mail_filter_classes"),
                  SCEAU_SLICE("bounce")))
        add_setting(s, all, "-e", SCEAU_SLICE("internal_mail_filter_classes = bounce"));
}

static void
print_settings(struct setup *s, const struct settings *all)
{
    bool is_other = s->options->postfix != NULL;
    if (s->call.globals.json)
        return;
    for (size_t i = 0; i < all->count; i++)
        printf("  postconf %s%s%s%s '%s'\n", is_other ? "-c " : "",
               is_other ? s->options->postfix : "", is_other ? " " : "",
               all->options[i], all->texts[i]);
    puts(AS_IS("  postfix reload"));
}

static bool
run(struct setup *s, const char **argv)
{
    extern char **environ;
    pid_t pid;
    int status = 0;
    int why = posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv,
                           environ);
    if (why != 0)
        return setup_fail_errno(&s->problem, argv[0], why);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return setup_fail_errno(&s->problem, argv[0], errno);
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           setup_fail(&s->problem, argv[0], N_("did not end well"));
}

/* All settings of one kind at once: postconf takes its time to rename a file. */
static bool
run_settings(struct setup *s, const struct settings *all, const char *option)
{
    const char *argv[SETTINGS_MAX + 8] = {"postconf"};
    size_t n = 1, first;
    if (s->options->postfix != NULL) {
        argv[n++] = "-c";
        argv[n++] = s->options->postfix;
    }
    argv[n++] = option;
    first = n;
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->options[i], option) == 0)
            argv[n++] = all->texts[i];
    }
    return n == first || run(s, argv);
}

static int
write_postfix(struct setup *s)
{
    static const char *const names[] = {"main.cf", "master.cf"};
    struct settings all = {.count = 0};
    char path[2][PATH_MAX], folder[PATH_MAX], name[PATH_MAX];
    struct sceau_slice queue = postfix_get(&s->postfix, "queue_directory");
    plan_postfix(s, &all);
    if (all.count == 0)
        return 0;
    setup_say(s, N_("Postfix:"), NULL, 0);
    print_settings(s, &all);
    if (s->options->dry_run)
        return 0;
    snprintf(folder, sizeof folder, "%.*s",
             SLICE_ARG(postfix_get(&s->postfix, "config_directory")));
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%.4000s/%s", folder, names[i]);
        setup_absolute(name, path[i]);
        if (!setup_before_write(s, path[i]))
            return setup_failed(s);
    }
    if (!run_settings(s, &all, "-e") || !run_settings(s, &all, "-P"))
        return setup_failed(s);
    if (!setup_after_write(s, path[0]) || !setup_after_write(s, path[1]))
        return setup_failed(s);
    snprintf(name, sizeof name, "%.*s/sceau", SLICE_ARG(queue));
    return setup_make_folder(s, name, 0755) ? 0 : setup_failed(s);
}

/* ---- Zimbra ---- */

/* `zmprov ms HOST NAME "VALUE"`: what stands there, and those words that do not. False when
 * its file shows all of them. */
static bool
tell_zimbra(struct setup *s, const char *name, const char *list,
            const struct cli_list *words)
{
    struct text t = text_new(s->env.arena, SIZE_MAX);
    bool is_new = false;
    text_string(&t, list);
    for (size_t i = 0; i < words->count; i++) {
        if (zimbra_has(list, words->items[i]))
            continue;
        text_format(&t, "%s%s", text_so_far(&t).len > 0 ? " " : "", words->items[i]);
        is_new = true;
    }
    if (is_new)
        printf(AS_IS("  zmprov ms %s %s \"%s\"\n"),
               s->zimbra.hostname[0] != '\0' ? s->zimbra.hostname : "$(zmhostname)",
               name, text_done(&t).ptr);
    return is_new;
}

/* The addresses of all sending names, as mynetworks has them. */
static struct cli_list
sender_networks(struct setup *s)
{
    static const char *items[256];
    size_t count = 0;
    const struct config_domain *domain = setup_described(s);
    for (size_t i = 0; domain != NULL && i < domain->senders.count; i++) {
        const struct config_host *sender = &domain->senders.items[i];
        for (size_t k = 0; k < sender->count && count < 256; k++) {
            const struct ip_network *n = &sender->addresses[k];
            char address[SCEAU_IP_TEXT];
            struct text t = text_new(s->env.arena, SIZE_MAX);
            sceau_ip_format(&n->address, address);
            text_format(&t, n->address.version == 6 ? "[%s]/%u" : "%s/%u", address,
                        n->prefix);
            items[count++] = text_done(&t).ptr;
        }
    }
    return (struct cli_list){items, count};
}

static int
write_zimbra(struct setup *s)
{
    static const char *const milter[] = {"inet:127.0.0.1:" SETUP_MILTER_PORT};
    const struct cli_list milters = {milter, 1}, networks = sender_networks(s);
    const struct zimbra *z = &s->zimbra;
    if (s->call.globals.json)
        return 0; /* nothing is done but to tell */
    setup_say(s, N_("Zimbra, as its user zimbra:"), NULL, 0);
    bool is_new = tell_zimbra(s, "zimbraMtaSmtpdMilters", z->smtpd_milters, &milters);
    is_new |= tell_zimbra(s, "zimbraMtaNonSmtpdMilters", z->local_milters, &milters);
    is_new |= tell_zimbra(s, "zimbraMtaMyNetworks", z->networks, &networks);
    if (is_new)
        puts(AS_IS("  zmprov gcf zimbraMtaMyNetworks\n  zmmtactl reload"));
    else
        setup_say(s, N_("  done: its Postfix has them"), NULL, 0);
    if (z->signs_itself)
        SETUP_SAY(s, N_("  Zimbra's OpenDKIM signs too. Once sceau signs: {command}"),
                  LANGUAGE_OURS("command", sceau_slice_from(AS_IS(
                                               "zmprov ms $(zmhostname) "
                                               "-zimbraServiceEnabled opendkim"))));
    return 0;
}

int
setup_write_mta(struct setup *s)
{
    return setup_is_zimbra(s)    ? write_zimbra(s)
           : setup_is_postfix(s) ? write_postfix(s)
                                 : 0;
}
