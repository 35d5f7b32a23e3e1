/* `sceau key query`, `list` and `show`. query prints the blocks of zmdkimkeyutil -q, which
 * sceau key import reads back; the private key only where --private asks for it. */
#include "file/file.h"
#include "key.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCAN_MEMORY (4 * KEYS_STATE_FILE_MAX)
#define JSON_ROOM   (4 * KEYS_PEM_MAX) /* a key, escaped, without a second copy */

/* What one command does with each key. */
struct walk {
    struct key_command *c;
    int (*each)(struct key_command *c, struct sceau_slice domain,
                const struct keys_key *key);
    bool wants_all; /* domains; else those that are named */
    size_t found;
    int status;
};

static void
walk_domain(struct walk *w, struct sceau_slice domain)
{
    struct key_command *c = w->c;
    struct sceau_arena *scratch = sceau_arena_new(SCAN_MEMORY), *kept = c->env.arena;
    struct keys_domain keys = {0};
    if (scratch == NULL) {
        complain_text(w->c->env.language, "out of memory");
        w->status = CLI_EXIT_TEMPORARY;
        return;
    }
    c->env.arena = scratch; /* of 100,000 domains one is in memory */
    enum sceau_status status =
        keys_read(&c->place, scratch, domain, &keys, &c->problem);
    if (status != SCEAU_OK) {
        int code = key_unusable(c);
        w->status = code > w->status ? code : w->status;
    }
    for (size_t i = 0; i < keys.count; i++) {
        if (c->selector.len > 0 && !slice_eq_ci(c->selector, keys.keys[i].selector))
            continue;
        w->found++;
        int code = w->each(c, domain, &keys.keys[i]);
        w->status = code > w->status ? code : w->status;
    }
    c->env.arena = kept;
    sceau_arena_free(scratch);
}

static void
walk_keys(struct walk *w)
{
    struct key_command *c = w->c;
    if (w->wants_all) {
        enum sceau_status status = keys_domains(&c->place, c->env.arena, &c->domains,
                                                &c->domain_count, &c->problem);
        if (status != SCEAU_OK)
            w->status = key_unusable(c);
    }
    for (size_t i = 0; i < c->domain_count; i++)
        walk_domain(w, c->domains[i]);
}

/* ---- query ---- */

/* Past stdio: nothing of the key stays in its buffer. */
static void
write_secret(struct sceau_slice text)
{
    fflush(stdout);
    (void)file_write_all(STDOUT_FILENO, text);
}

static void
print_blocks(struct key_command *c, struct sceau_slice domain,
             const struct keys_key *key, struct sceau_slice private_key)
{
    printf(AS_IS("DKIM Domain:\n%.*s\n\nDKIM Selector:\n%.*s\n\nDKIM Private Key:\n"),
           SLICE_ARG(domain), SLICE_ARG(key->selector));
    if (private_key.len > 0)
        write_secret(private_key);
    else
        puts(key->state == KEYS_REVOKED ? "(removed)"
                                        : AS_IS("(not shown without --private)"));
    struct sceau_slice zone = key_zone_text(c, key, domain);
    printf(AS_IS("\nDKIM Public signature:\n%.*s\nDKIM Identity:\n%.*s\n\nDKIM "
                 "State:\n%s\n\n"),
           SLICE_ARG(zone), SLICE_ARG(domain), keys_state_name(key->state));
}

/* The object in memory that is wiped: text grows by copies, so it has its room first. */
static int
print_private_json(struct key_command *c, struct sceau_slice domain,
                   const struct keys_key *key, struct sceau_slice private_key)
{
    struct json j = json_new(c->env.arena);
    if (!text_grow(&j.text, JSON_ROOM))
        return CLI_EXIT_TEMPORARY;
    key_json(c, &j, key, domain, private_key);
    text_octet(&j.text, '\n');
    write_secret(text_so_far(&j.text));
    keys_wipe(j.text.ptr, j.text.len);
    return 0;
}

static int
query_key(struct key_command *c, struct sceau_slice domain, const struct keys_key *key)
{
    struct keys_pem pem = {0};
    bool wants_private = c->options->is_private && key->state != KEYS_REVOKED;
    int status = 0;
    if (key->state == KEYS_REVOKED && c->selector.len == 0)
        return 0;
    if (wants_private && !keys_private_pem(&c->place, domain, key, &pem, &c->problem)) {
        keys_pem_wipe(&pem);
        return key_unusable(c);
    }
    if (c->call->globals.json && wants_private)
        status = print_private_json(c, domain, key, keys_pem_text(&pem));
    else if (c->call->globals.json)
        key_print_json(c, key, domain);
    else
        print_blocks(c, domain, key, keys_pem_text(&pem));
    keys_pem_wipe(&pem);
    return status;
}

int
key_query_run(const struct cli_call *call)
{
    struct key_command c;
    struct walk w = {.c = &c, .each = query_key};
    w.status = key_open_with_domains(&c, call, false);
    w.wants_all = c.domain_count == 0;
    if (w.status == 0 && w.wants_all && c.selector.len == 0) {
        w.status =
            environment_usage(&c.env, "which key? -d DOMAIN or -s SELECTOR", NULL, 0);
    }
    if (w.status == 0) {
        walk_keys(&w);
        if (w.found == 0 && w.status == 0) {
            environment_complain(&c.env,
                                 w.wants_all
                                     ? N_("No DKIM Information for selector {name}")
                                     : N_("No DKIM Information for domain {name}"),
                                 w.wants_all ? c.selector : c.domains[0]);
            w.status = CLI_EXIT_WARNING;
        }
    }
    key_close(&c);
    return w.status;
}

/* ---- list ---- */

static int
list_key(struct key_command *c, struct sceau_slice domain, const struct keys_key *key)
{
    const int64_t since[] = {key->created, key->active, key->retiring, key->revoked};
    char memory[40], type[24];
    struct text t = text_in(memory, sizeof memory);
    if (c->call->globals.json) {
        key_print_json(c, key, domain);
        return 0;
    }
    key_put_time(&t, since[key->state] > 0 ? since[key->state] : key->created);
    snprintf(type, sizeof type, "%s %u", keys_type_name(key->algorithm), key->bits);
    if (!c->call->globals.quiet)
        printf("%-8s  %-11s  %.*s  %.*s  %.*s\n", keys_state_name(key->state), type,
               SLICE_ARG(text_so_far(&t)), SLICE_ARG(domain), SLICE_ARG(key->selector));
    return 0;
}

int
key_list_run(const struct cli_call *call)
{
    struct key_command c;
    struct walk w = {.c = &c, .each = list_key};
    w.status = key_open_with_domains(&c, call, false);
    w.wants_all = c.domain_count == 0;
    if (w.status == 0)
        walk_keys(&w);
    if (w.status == 0 && w.found == 0)
        KEY_SAY(&c, N_("There is no key in {path}: sceau key add makes one."),
                LANGUAGE_THEIRS("path", sceau_slice_from(c.place.folder)));
    key_close(&c);
    return w.status;
}

/* ---- show ---- */

static void
print_time(const char *name, int64_t time)
{
    char memory[40];
    struct text t = text_in(memory, sizeof memory);
    key_put_time(&t, time);
    if (time > 0)
        printf("  %-10s %.*s\n", name, SLICE_ARG(text_so_far(&t)));
}

static int
show_key(struct key_command *c, struct sceau_slice domain, const struct keys_key *key)
{
    if (c->call->globals.json) {
        key_print_json(c, key, domain);
        return 0;
    }
    if (c->call->globals.quiet)
        return 0;
    printf("%.*s._domainkey.%.*s\n  %-10s %s, %s %u\n", SLICE_ARG(key->selector),
           SLICE_ARG(domain), "state", keys_state_name(key->state),
           keys_type_name(key->algorithm), key->bits);
    print_time("created", key->created);
    print_time("published", key->published);
    print_time("confirmed", key->confirmed);
    print_time("active", key->active);
    print_time("retiring", key->retiring);
    print_time("revoked", key->revoked);
    print_line(stdout, key_zone_text(c, key, domain));
    return 0;
}

int
key_show_run(const struct cli_call *call)
{
    struct key_command c;
    struct walk w = {.c = &c, .each = show_key};
    w.status = key_open_with_domains(&c, call, false);
    if (w.status == 0 && c.domain_count == 0) {
        w.status = environment_usage(&c.env, "which domain?", NULL, 0);
    }
    if (w.status == 0) {
        walk_keys(&w);
        if (w.found == 0 && w.status == 0) {
            COMPLAIN(c.env.language, "No DKIM Information for domain {name}",
                     LANGUAGE_THEIRS("name", c.domains[0]));
            w.status = CLI_EXIT_WARNING;
        }
    }
    key_close(&c);
    return w.status;
}
