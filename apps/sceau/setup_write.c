/* What setup writes itself: the configuration, the key store. Each file is remembered before it is
 * touched. */
#include "key_place.h"
#include "setup.h"
#include "zone.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const struct config_domain *
setup_described(const struct setup *s)
{
    for (size_t i = 0; i < s->env.config.domain_count; i++) {
        if (slice_eq(s->env.config.domains[i].domain, s->domain))
            return &s->env.config.domains[i];
    }
    return NULL;
}

int
setup_failed(const struct setup *s)
{
    complain_of(&s->problem);
    return CLI_EXIT_TEMPORARY;
}

bool
setup_before_write(struct setup *s, const char *path)
{
    return s->options->dry_run || setup_remember(s->folder, path, &s->problem);
}

bool
setup_after_write(struct setup *s, const char *path)
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

bool
setup_make_folder(struct setup *s, const char *path, mode_t mode)
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

static void
put_milter(struct setup *s, struct text *t)
{
    struct sceau_slice queue = postfix_get(&s->postfix, "queue_directory");
    if (s->env.config.milter.listen.count > 0 ||
        (!setup_is_postfix(s) && !setup_is_zimbra(s)))
        return;
    text_string(t, "\n[milter]\n");
    if (s->env.config.milter.user.len == 0 && getpwnam("sceau-milter") != NULL)
        text_string(t, "user = sceau-milter\n");
    if (setup_is_zimbra(s)) {
        text_string(t, "listen = inet:" SETUP_MILTER_PORT "@127.0.0.1\n"
                       "tcp_sign_peers = 127.0.0.1\n");
        return;
    }
    /* What satellites send comes in on port 25, where it is signed. */
    text_format(t,
                "listen = unix:%.*s/" SETUP_MILTER_SOCKET
                ",group=postfix,mode=0660,role=%s\n"
                "listen = unix:%.*s/" SETUP_SIGNER_SOCKET
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
    const struct config_domain *domain = setup_described(s);
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
    const struct config_domain *domain = setup_described(s);
    return domain != NULL
               ? zone_make_records(&s->env, (size_t)(domain - s->env.config.domains),
                                   &set)
               : CLI_EXIT_BUG;
}

static bool
save_config(struct setup *s, struct sceau_slice text)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", s->config_file);
    *strrchr(folder, '/') = '\0';
    return (folder[0] == '\0' || setup_make_folder(s, folder, 0755)) &&
           setup_before_write(s, s->config_file) &&
           setup_write(s->config_file, text, &s->problem) &&
           setup_after_write(s, s->config_file);
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
        return setup_failed(s);
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
    return s->options->dry_run || save_config(s, text) ? 0 : setup_failed(s);
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
    if (!setup_before_write(s, path))
        return false;
    snprintf(path, sizeof path, "%s/%.*s/state", folder, SLICE_ARG(domain));
    return setup_before_write(s, path);
}

static bool
key_was_written(struct setup *s, const char *folder, struct sceau_slice domain,
                const char *selector)
{
    char pem[PATH_MAX + 300], state[PATH_MAX + 300];
    snprintf(pem, sizeof pem, "%s/%.*s/%s.pem", folder, SLICE_ARG(domain), selector);
    snprintf(state, sizeof state, "%s/%.*s/state", folder, SLICE_ARG(domain));
    return setup_after_write(s, pem) && setup_after_write(s, state);
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
        return setup_failed(s);
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
    return key_was_written(s, place->folder, name, selector) ? 0 : setup_failed(s);
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
    const struct config_domain *domain = setup_described(s);
    int status = write_key(s, &place, s->domain, chosen);
    for (size_t i = 0; status == 0 && domain != NULL && i < domain->senders.count; i++)
        status = write_key(s, &place,
                           records_name(s->env.arena, s->domain,
                                        domain->senders.items[i].name),
                           chosen);
    return status;
}
