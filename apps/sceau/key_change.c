/* `sceau key add`, `update` and `remove`: what zmdkimkeyutil does with -a, -u and -r, but
 * that no step breaks a signature: a new key waits for its record, and the record of a
 * removed one stays. */
#include "core/domain.h"
#include "key.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define SCAN_MEMORY (2 * KEYS_STATE_FILE_MAX)

/* ---- selectors ---- */

/* A random UUID in upper case, as zmdkimkeyutil names keys. */
static struct sceau_slice
random_selector(struct sceau_arena *arena)
{
    uint8_t r[16];
    if (getrandom(r, sizeof r, 0) != (ssize_t)sizeof r)
        return SLICE_NONE;
    r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
    r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < sizeof r; i++)
        text_format(&t, "%s%02X", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                    r[i]);
    return text_done(&t);
}

/* The domain that has the selector already; empty when none has. Every state file is read:
 * only where a person named the selector. */
static int
find_selector(struct key_command *c, struct sceau_slice *owner)
{
    struct sceau_slice *names;
    size_t count;
    *owner = SLICE_NONE;
    enum sceau_status status =
        keys_domains(&c->place, c->env.arena, &names, &count, &c->problem);
    if (status != SCEAU_OK)
        return key_unusable(c);
    struct sceau_arena *scratch = sceau_arena_new(SCAN_MEMORY);
    for (size_t i = 0; scratch != NULL && i < count && owner->len == 0; i++) {
        struct keys_domain keys;
        sceau_arena_clear(scratch);
        if (keys_read(&c->place, scratch, names[i], &keys, &c->problem) == SCEAU_OK &&
            keys_find(&keys, c->selector) != NULL)
            *owner = names[i];
    }
    sceau_arena_free(scratch);
    return scratch != NULL ? 0 : CLI_EXIT_TEMPORARY;
}

/* zmdkimkeyutil refuses a selector that any domain has. */
static int
refuse_used_selector(struct key_command *c)
{
    struct sceau_slice owner;
    if (c->selector.len == 0 || c->options->is_shared)
        return 0;
    int status = find_selector(c, &owner);
    if (status != 0 || owner.len == 0)
        return status;
    COMPLAIN(c->env.language, "Selector {selector} is already in use.",
             LANGUAGE_THEIRS("selector", c->selector));
    COMPLAIN(
        c->env.language,
        "{owner} has it: leave -s out for a random one, or give several domains one "
        "selector with --shared",
        LANGUAGE_THEIRS("owner", owner));
    return CLI_EXIT_WARNING;
}

/* ---- a new key ---- */

struct wish {
    enum sceau_dkim_algorithm algorithm;
    unsigned bits;
    bool is_update;
};

static int
read_wish(struct key_command *c, struct wish *wish)
{
    const struct cli_number *bits = &c->options->bits;
    keys_type_parse(sceau_slice_from(c->options->type), &wish->algorithm);
    wish->bits = (unsigned)bits->value;
    if (wish->algorithm == SCEAU_DKIM_ED25519_SHA256) {
        if (!bits->is_given)
            return 0;
        complain_text(c->env.language, "an Ed25519 key has 256 bits: leave -b out");
        return CLI_EXIT_USAGE;
    }
    if (bits->value >= KEYS_RSA_BITS_MIN && bits->value <= KEYS_RSA_BITS_MAX)
        return 0;
    COMPLAIN(c->env.language,
             "-b {bits}: an RSA key is made with {least} to {most} bits",
             LANGUAGE_OURS("bits", DECIMAL((unsigned long long)bits->value)),
             LANGUAGE_OURS("least", DECIMAL(KEYS_RSA_BITS_MIN)),
             LANGUAGE_OURS("most", DECIMAL(KEYS_RSA_BITS_MAX)));
    return CLI_EXIT_USAGE;
}

void
key_make_state_folder(const struct key_command *c)
{
    char path[KEYS_PATH_MAX];
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(key_state_folder(c)));
    mkdir(path, 0700); /* when it fails, the store says so */
}

/* May this domain have a new key? What update replaces retires. */
static int
prepare_domain(struct key_command *c, struct keys_edit *edit, const struct wish *wish)
{
    struct keys_key *next = keys_in_state(&edit->domain, KEYS_NEXT, wish->algorithm);
    bool has_active =
        keys_in_state(&edit->domain, KEYS_ACTIVE, wish->algorithm) != NULL;
    if (!wish->is_update && (next != NULL || has_active)) {
        COMPLAIN(c->env.language, "Error: Domain {domain} already has DKIM enabled.",
                 LANGUAGE_THEIRS("domain", edit->name));
        COMPLAIN(c->env.language,
                 "sceau key update -d {domain} begins a new key beside the one in use",
                 LANGUAGE_THEIRS("domain", edit->name));
        return CLI_EXIT_WARNING;
    }
    if (wish->is_update && next == NULL && !has_active) {
        COMPLAIN(c->env.language, "No DKIM Information for domain {name}",
                 LANGUAGE_THEIRS("name", edit->name));
        COMPLAIN(c->env.language, "sceau key add -d {domain} makes its first key",
                 LANGUAGE_THEIRS("domain", edit->name));
        return CLI_EXIT_WARNING;
    }
    if (keys_find(&edit->domain, c->selector) != NULL) {
        COMPLAIN(c->env.language, "Selector {selector} is already in use.",
                 LANGUAGE_THEIRS("selector", c->selector));
        return CLI_EXIT_WARNING;
    }
    for (; next != NULL;
         next = keys_in_state(&edit->domain, KEYS_NEXT, wish->algorithm)) {
        next->state = KEYS_RETIRING;
        next->retiring = c->now;
    }
    return 0;
}

static struct keys_key *
make_key(struct key_command *c, struct keys_edit *edit, const struct wish *wish)
{
    struct keys_pem pem = {0};
    struct sceau_slice selector =
        c->selector.len > 0 ? c->selector : random_selector(c->env.arena);
    struct keys_key *key = NULL;
    if (keys_pem_generate(wish->algorithm, wish->bits, &pem))
        key = keys_edit_add(edit, selector, &pem, c->now, &c->problem);
    else
        problem_tell_text(&c->problem, N_("OpenSSL makes no key"));
    keys_pem_wipe(&pem);
    return key;
}

/* The parent's zone is where most people paste the record of a subdomain. */
static void
say_zone(struct key_command *c, const struct keys_key *key, struct sceau_slice domain)
{
    struct sceau_slice parent = domain_parent(domain);
    if (c->zone.len > 0 || domain_labels(domain) < 3)
        return;
    KEY_SAY(c,
            N_("In the zone of {parent} the record's name is "
               "{selector}._domainkey.{label}: --zone {parent} writes it so."),
            LANGUAGE_THEIRS("parent", parent),
            LANGUAGE_THEIRS("selector", key->selector),
            LANGUAGE_THEIRS("label",
                            slice_sub(domain, 0, domain.len - parent.len - 1)));
}

static void
print_added(struct key_command *c, const struct keys_edit *edit,
            const struct keys_key *key)
{
    assert(key != NULL);
    const struct keys_key *active =
        keys_in_state(&edit->domain, KEYS_ACTIVE, key->algorithm);
    if (c->call->globals.json) {
        key_print_json(c, key, edit->name);
        return;
    }
    if (c->call->globals.quiet)
        return;
    printf(AS_IS("DKIM Data added for domain %.*s with selector %.*s\n"
                 "Public signature to enter into DNS:\n"),
           SLICE_ARG(edit->name), SLICE_ARG(key->selector));
    print_line(stdout, key_zone_text(c, key, edit->name));
    say_zone(c, key, edit->name);
    if (active != NULL)
        KEY_SAY(
            c,
            N_("{old} goes on signing until every name server of the zone serves the "
               "new record: sceau key rotate {domain}"),
            LANGUAGE_THEIRS("old", active->selector),
            LANGUAGE_THEIRS("domain", edit->name));
    else
        KEY_SAY(
            c,
            N_("It signs as soon as every name server of the zone serves the record: "
               "sceau key rotate {domain}"),
            LANGUAGE_THEIRS("domain", edit->name));
}

static int
add_to_domain(struct key_command *c, struct sceau_slice domain, const struct wish *wish)
{
    struct keys_edit edit;
    struct keys_key *key = NULL;
    enum sceau_status status =
        keys_edit_begin(&c->place, c->env.arena, domain, &edit, &c->problem);
    int code = status != SCEAU_OK ? key_unusable(c) : 0;
    if (code == 0)
        code = prepare_domain(c, &edit, wish);
    if (code == 0) {
        key = make_key(c, &edit, wish);
        code = key == NULL ? key_unwritten(c) : 0;
    }
    if (code == 0) {
        status = keys_edit_commit(&edit, &c->problem);
        code = status != SCEAU_OK ? key_unwritten(c) : 0;
    }
    if (code == 0)
        print_added(c, &edit, key);
    keys_edit_end(&edit);
    return code;
}

static int
need_domain(const struct key_command *c)
{
    if (c->domain_count > 0)
        return 0;
    return environment_usage(&c->env, "which domain? -d DOMAIN", NULL, 0);
}

/* Every domain gets a pair of its own: an alias domain too. */
static int
change_run(const struct cli_call *call, bool is_update)
{
    struct key_command c;
    struct wish wish = {.is_update = is_update};
    int status = key_open_with_domains(&c, call, false);
    if (status == 0)
        status = need_domain(&c);
    if (status == 0)
        status = read_wish(&c, &wish);
    if (status == 0)
        status = refuse_used_selector(&c);
    if (status == 0) {
        key_make_state_folder(&c);
        for (size_t i = 0; i < c.domain_count; i++) {
            int one = add_to_domain(&c, c.domains[i], &wish);
            status = one > status ? one : status;
        }
    }
    key_close(&c);
    return status;
}

int
key_add_run(const struct cli_call *call)
{
    return change_run(call, false);
}

int
key_update_run(const struct cli_call *call)
{
    return change_run(call, true);
}

int
key_begin_next(struct key_command *c, struct sceau_slice domain,
               const struct keys_key *key)
{
    unsigned bits = key->bits > KEYS_RSA_BITS_MIN ? key->bits : KEYS_RSA_BITS_MIN;
    const struct wish wish = {key->algorithm,
                              bits < KEYS_RSA_BITS_MAX ? bits : KEYS_RSA_BITS_MAX,
                              true};
    return add_to_domain(c, domain, &wish);
}

/* ---- remove ---- */

static bool
is_meant(const struct key_command *c, const struct keys_key *key)
{
    if (c->selector.len > 0)
        return slice_eq_ci(key->selector, c->selector);
    return key->state == KEYS_ACTIVE || key->state == KEYS_NEXT;
}

/* Let the keys that are meant sign no more; how many there are. */
static size_t
retire(struct key_command *c, struct keys_edit *edit)
{
    size_t count = 0;
    for (size_t i = 0; i < edit->domain.count; i++) {
        struct keys_key *key = &edit->domain.keys[i];
        if (!is_meant(c, key))
            continue;
        count++;
        if (key->state == KEYS_ACTIVE || key->state == KEYS_NEXT) {
            key->state = KEYS_RETIRING;
            key->retiring = c->now;
        }
    }
    return count;
}

static void
print_removed(struct key_command *c, const struct keys_edit *edit)
{
    if (!c->call->globals.json && !c->call->globals.quiet)
        printf(AS_IS("DKIM Data deleted for domain %.*s\n"), SLICE_ARG(edit->name));
    for (size_t i = 0; i < edit->domain.count; i++) {
        const struct keys_key *key = &edit->domain.keys[i];
        if (key->state != KEYS_RETIRING || key->retiring != c->now)
            continue;
        if (c->call->globals.json)
            key_print_json(c, key, edit->name);
        KEY_SAY(
            c,
            N_("{selector} signs no more. Leave {selector}._domainkey.{domain} in the "
               "zone: mail under way is verified with it. sceau key rotate says when "
               "it may go."),
            LANGUAGE_THEIRS("selector", key->selector),
            LANGUAGE_THEIRS("domain", edit->name));
    }
}

static int
remove_from_domain(struct key_command *c, struct sceau_slice domain)
{
    struct keys_edit edit;
    enum sceau_status status =
        keys_edit_begin(&c->place, c->env.arena, domain, &edit, &c->problem);
    int code = status != SCEAU_OK ? key_unusable(c) : 0;
    if (code == 0 && retire(c, &edit) == 0) {
        COMPLAIN(c->env.language, "No DKIM Information for domain {name}",
                 LANGUAGE_THEIRS("name", domain));
        code = CLI_EXIT_WARNING;
    }
    if (code == 0) {
        status = keys_edit_commit(&edit, &c->problem);
        code = status != SCEAU_OK ? key_unwritten(c) : 0;
    }
    if (code == 0)
        print_removed(c, &edit);
    keys_edit_end(&edit);
    return code;
}

int
key_remove_run(const struct cli_call *call)
{
    struct key_command c;
    int status = key_open_with_domains(&c, call, false);
    if (status == 0)
        status = need_domain(&c);
    for (size_t i = 0; status != CLI_EXIT_USAGE && i < c.domain_count; i++) {
        int one = remove_from_domain(&c, c.domains[i]);
        status = one > status ? one : status;
    }
    key_close(&c);
    return status;
}
