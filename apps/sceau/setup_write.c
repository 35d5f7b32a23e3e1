/* What setup changes: the configuration, the key store, Postfix's settings. Each file is
 * remembered before it is touched; Zimbra keeps its settings in LDAP, so there the commands
 * are printed and their effect is read from its files. */
#include "key_place.h"
#include "setup.h"
#include "zone.h"

#include <errno.h>
#include <pwd.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MILTER_PORT   "8892" /* for Zimbra, whose Postfix finds no socket in its queue */
#define MILTER_SOCKET "sceau/milter.sock"
#define SIGNER_SOCKET "sceau/submission.sock"

static int
fail(const struct setup *s)
{
    complain_of(&s->problem);
    return CLI_EXIT_TEMPORARY;
}

static bool
remember(struct setup *s, const char *path)
{
    return s->options->dry_run || setup_remember(s->folder, path, &s->problem);
}

static bool
wrote(struct setup *s, const char *path)
{
    return s->options->dry_run || setup_wrote(s->folder, path, &s->problem);
}

static bool
make_one_folder(struct setup *s, const char *path, mode_t mode)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return true;
    if (!setup_remember_folder(s->folder, path, &s->problem))
        return false;
    return mkdir(path, mode) == 0 || errno == EEXIST ||
           setup_fail_errno(&s->problem, path, errno);
}

/* A folder and those above it. */
static bool
make_folder(struct setup *s, const char *path, mode_t mode)
{
    char above[PATH_MAX];
    bool is_there = true;
    snprintf(above, sizeof above, "%s", path);
    for (char *slash = strchr(above + 1, '/'); slash != NULL && is_there;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        is_there = make_one_folder(s, above, 0755);
        *slash = '/';
    }
    return is_there && make_one_folder(s, path, mode);
}

/* ---- the configuration ---- */

static bool
is_postfix(const struct setup *s)
{
    const char *mta = s->options->mta;
    return mta != NULL ? strcmp(mta, "postfix") == 0
                       : s->postfix.is_readable && !s->zimbra.is_here;
}

static bool
is_zimbra(const struct setup *s)
{
    const char *mta = s->options->mta;
    return mta != NULL ? strcmp(mta, "zimbra") == 0 : s->zimbra.is_here;
}

static void
put_milter(struct setup *s, struct text *t)
{
    struct sceau_slice queue = postfix_get(&s->postfix, "queue_directory");
    if (s->env.config.milter.listen.count > 0 || (!is_postfix(s) && !is_zimbra(s)))
        return;
    text_string(t, "\n[milter]\n");
    if (s->env.config.milter.user.len == 0 && getpwnam("sceau-milter") != NULL)
        text_string(t, "user = sceau-milter\n");
    if (is_zimbra(s)) {
        text_string(t, "listen = inet:" MILTER_PORT "@127.0.0.1\n"
                       "tcp_sign_peers = 127.0.0.1\n");
        return;
    }
    /* What satellites send comes in on port 25, where it is signed. */
    text_format(t,
                "listen = unix:%.*s/" MILTER_SOCKET ",group=postfix,mode=0660,role=%s\n"
                "listen = unix:%.*s/" SIGNER_SOCKET
                ",group=postfix,mode=0660,role=sign\n",
                SLICE_ARG(queue), s->senders.len > 0 ? "both" : "verify",
                SLICE_ARG(queue));
}

static void
put_value(struct text *t, const char *key, struct sceau_slice value)
{
    if (value.len > 0)
        text_format(t, "%s = %.*s\n", key, SLICE_ARG(value));
}

static void
put_domain(struct setup *s, struct text *t)
{
    bool has_own_zone = s->zone.kind == NAMED_NONE ||
                        slice_eq(sceau_slice_from(s->zone.name), s->domain);
    text_format(t, "\n[domain \"%.*s\"]\n", SLICE_ARG(s->domain));
    put_value(t, "servers", s->servers);
    put_value(t, "gateways", s->gateways);
    put_value(t, "senders", s->senders);
    put_value(t, "policy", s->policy);
    put_value(t, "rua", s->rua);
    if (!has_own_zone)
        put_value(t, "zone", sceau_slice_from(s->zone.name));
}

/* The text that will stand there has to be understood before it is written. */
static int
take_config(struct setup *s, struct sceau_slice text)
{
    const struct config_problem *problems;
    size_t count = 0;
    const struct config_source source = {sceau_slice_from(s->config_file), text};
    const struct cli_list *set = &s->call.globals.set;
    enum sceau_status status =
        config_load(s->env.arena, s->env.language, &source, set->items, set->count,
                    &s->env.config, &problems, &count);
    for (size_t i = 0; status == SCEAU_E_SYNTAX && i < count; i++) {
        struct sceau_slice line = config_problem_line(s->env.arena, &problems[i]);
        complain("%.*s", SLICE_ARG(line));
    }
    return status == SCEAU_OK         ? 0
           : status == SCEAU_E_SYNTAX ? CLI_EXIT_INPUT
                                      : CLI_EXIT_TEMPORARY;
}

static const struct config_domain *
described(const struct setup *s)
{
    for (size_t i = 0; i < s->env.config.domain_count; i++) {
        if (slice_eq(s->env.config.domains[i].domain, s->domain))
            return &s->env.config.domains[i];
    }
    return NULL;
}

static bool
has_sign_section(const struct setup *s, struct sceau_slice domain)
{
    for (size_t i = 0; i < s->env.config.sign_domain_count; i++) {
        if (slice_eq(s->env.config.sign_domains[i].domain, domain))
            return true;
    }
    return false;
}

static void
put_networks(struct text *t, const struct ip_network *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char address[SCEAU_IP_TEXT];
        sceau_ip_format(&items[i].address, address);
        text_format(t, " %s/%u", address, items[i].prefix);
    }
}

/* Each satellite may send as its own name, is signed for, and is no stranger to the policy:
 * its mail proves nothing before it is signed. */
static void
put_signing(struct setup *s, struct text *t)
{
    const struct config_domain *domain = described(s);
    const struct config_networks *trusted = &s->env.config.policy.trusted_networks;
    struct text sections = text_new(s->env.arena, SIZE_MAX);
    struct text networks = text_new(s->env.arena, SIZE_MAX);
    for (size_t i = 0; domain != NULL && i < domain->senders.count; i++) {
        const struct config_host *sender = &domain->senders.items[i];
        struct sceau_slice name = records_name(s->env.arena, s->domain, sender->name);
        if (sender->count == 0 || has_sign_section(s, name))
            continue;
        text_format(&sections, "\n[sign \"%.*s\"]\nnetworks =", SLICE_ARG(name));
        put_networks(&sections, sender->addresses, sender->count);
        text_octet(&sections, '\n');
        put_networks(&networks, sender->addresses, sender->count);
    }
    struct sceau_slice added = text_done(&networks);
    if (added.len == 0)
        return;
    text_string(t, "\n[policy]\ntrusted_networks =");
    put_networks(t, trusted->items, trusted->count);
    text_slice(t, added);
    text_octet(t, '\n');
    text_slice(t, text_done(&sections));
}

/* Can records be made of what will stand there? What it lacks is told. */
static int
try_records(struct setup *s)
{
    struct records_set set;
    for (size_t i = 0; i < s->env.config.domain_count; i++) {
        if (slice_eq(s->env.config.domains[i].domain, s->domain))
            return zone_make_records(&s->env, i, &set);
    }
    return CLI_EXIT_BUG;
}

static bool
save_config(struct setup *s, struct sceau_slice text)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", s->config_file);
    *strrchr(folder, '/') = '\0';
    return (folder[0] == '\0' || make_folder(s, folder, 0755)) &&
           remember(s, s->config_file) &&
           setup_write(s->config_file, text, &s->problem) && wrote(s, s->config_file);
}

/* What stands in the file, ended by a line end. */
static bool
read_before(struct setup *s, struct text *t)
{
    char *before = NULL;
    size_t len = 0;
    if (access(s->config_file, F_OK) != 0)
        return true;
    if (!setup_read(s->config_file, &before, &len, &s->problem))
        return false;
    text_slice(t, (struct sceau_slice){before, len});
    if (len > 0 && before[len - 1] != '\n')
        text_octet(t, '\n');
    free(before);
    return true;
}

int
setup_write_config(struct setup *s)
{
    struct text t = text_new(s->env.arena, SIZE_MAX);
    if (!read_before(s, &t))
        return fail(s);
    size_t old = text_so_far(&t).len;
    put_milter(s, &t);
    if (!s->is_described)
        put_domain(s, &t);
    int status = take_config(s, text_so_far(&t));
    if (status != 0)
        return status;
    put_signing(s, &t);
    struct sceau_slice text = text_done(&t);
    if (text.len == old)
        return 0;
    status = take_config(s, text);
    if (status == 0)
        status = try_records(s);
    if (status != 0)
        return status;
    SETUP_SAY(s, N_("Written to {path}:"),
              LANGUAGE_THEIRS("path", sceau_slice_from(s->config_file)));
    setup_print(s, slice_trim(slice_skip(text, old)));
    return s->options->dry_run || save_config(s, text) ? 0 : fail(s);
}

/* ---- keys ---- */

static bool
has_key(const struct keys_domain *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->keys[i].state == KEYS_ACTIVE || keys->keys[i].state == KEYS_NEXT)
            return true;
    }
    return false;
}

static bool
remember_key(struct setup *s, const char *folder, struct sceau_slice domain,
             const char *selector)
{
    char path[PATH_MAX + 300];
    snprintf(path, sizeof path, "%s/%.*s", folder, SLICE_ARG(domain));
    /* The store makes both, for the user that the folder above belongs to. */
    if (!setup_remember_folder(s->folder, folder, &s->problem) ||
        !setup_remember_folder(s->folder, path, &s->problem))
        return false;
    snprintf(path, sizeof path, "%s/%.*s/%s.pem", folder, SLICE_ARG(domain), selector);
    if (!remember(s, path))
        return false;
    snprintf(path, sizeof path, "%s/%.*s/state", folder, SLICE_ARG(domain));
    return remember(s, path);
}

static bool
key_was_written(struct setup *s, const char *folder, struct sceau_slice domain,
                const char *selector)
{
    char pem[PATH_MAX + 300], state[PATH_MAX + 300];
    snprintf(pem, sizeof pem, "%s/%.*s/%s.pem", folder, SLICE_ARG(domain), selector);
    snprintf(state, sizeof state, "%s/%.*s/state", folder, SLICE_ARG(domain));
    return wrote(s, pem) && wrote(s, state);
}

/* One name's key, if it has none: RSA of 2048 bits, in state next until its record is
 * seen. */
static int
write_key(struct setup *s, const struct keys_place *place, struct sceau_slice name,
          const char *selector)
{
    struct keys_domain keys;
    struct problem problem = {.language = s->env.language};
    struct keys_edit edit;
    struct keys_pem pem;
    if (keys_read(place, s->env.arena, name, &keys, &problem) != SCEAU_OK) {
        complain_of(&problem);
        return CLI_EXIT_INPUT;
    }
    if (has_key(&keys))
        return 0;
    SETUP_SAY(s, N_("New key: {selector} of {domain}"),
              LANGUAGE_THEIRS("selector", sceau_slice_from(selector)),
              LANGUAGE_THEIRS("domain", name));
    if (s->options->dry_run)
        return 0;
    if (!remember_key(s, place->folder, name, selector))
        return fail(s);
    bool is_good =
        keys_edit_begin(place, s->env.arena, name, &edit, &problem) == SCEAU_OK &&
        keys_pem_generate(SCEAU_DKIM_RSA_SHA256, KEYS_RSA_BITS_MIN, &pem) &&
        keys_edit_add(&edit, sceau_slice_from(selector), &pem, (int64_t)time(NULL),
                      &problem) != NULL &&
        keys_edit_commit(&edit, &problem) == SCEAU_OK;
    keys_pem_wipe(&pem);
    keys_edit_end(&edit);
    if (!is_good) {
        complain_of(&problem);
        return CLI_EXIT_TEMPORARY;
    }
    return key_was_written(s, place->folder, name, selector) ? 0 : fail(s);
}

int
setup_write_keys(struct setup *s)
{
    char selector[32];
    struct keys_place place;
    time_t now = time(NULL);
    struct tm day;
    strftime(selector, sizeof selector, "s%Y%m%d", gmtime_r(&now, &day));
    if (!environment_keys(&s->env, s->state, &place))
        return CLI_EXIT_TEMPORARY;
    const char *chosen = s->options->selector != NULL ? s->options->selector : selector;
    const struct config_domain *domain = described(s);
    int status = write_key(s, &place, s->domain, chosen);
    for (size_t i = 0; status == 0 && domain != NULL && i < domain->senders.count; i++)
        status = write_key(s, &place,
                           records_name(s->env.arena, s->domain,
                                        domain->senders.items[i].name),
                           chosen);
    return status;
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
            mentions(old, SIGNER_SOCKET))
            continue;
        text_format(&t,
                    "%.*s/%.*s/smtpd_milters={unix:" SIGNER_SOCKET
                    ",default_action=tempfail}",
                    SLICE_ARG(service->name), SLICE_ARG(service->type));
        add_setting(s, all, "-P", text_done(&t));
    }
}

static void
plan_postfix(struct setup *s, struct settings *all)
{
    want_milter(s, all, "smtpd_milters", MILTER_SOCKET, "accept");
    want_milter(s, all, "non_smtpd_milters", SIGNER_SOCKET, "tempfail");
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
        if (!remember(s, path[i]))
            return fail(s);
    }
    if (!run_settings(s, &all, "-e") || !run_settings(s, &all, "-P"))
        return fail(s);
    if (!wrote(s, path[0]) || !wrote(s, path[1]))
        return fail(s);
    snprintf(name, sizeof name, "%.*s/sceau", SLICE_ARG(queue));
    return make_folder(s, name, 0755) ? 0 : fail(s);
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
    const struct config_domain *domain = described(s);
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
    static const char *const milter[] = {"inet:127.0.0.1:" MILTER_PORT};
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
    return is_zimbra(s) ? write_zimbra(s) : is_postfix(s) ? write_postfix(s) : 0;
}
