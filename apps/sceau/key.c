/* What the `sceau key` commands share: options, the store, a key as text. */
#include "key.h"

#include "core/date.h"
#include "core/domain.h"
#include "key_place.h"
#include "keys/zonetext.h"

#include <string.h>
#include <time.h>

/* ---- options ---- */

static int
usage(const struct key_command *c, const char *english, const char *word)
{
    return ENV_USAGE(&c->env, english, LANGUAGE_THEIRS("word", sceau_slice_from(word)));
}

static int
read_domain(struct key_command *c, const char *word, struct sceau_slice *domain)
{
    if (domain_normal(c->env.arena, sceau_slice_from(word), domain) &&
        domain_labels(*domain) > 1)
        return 0;
    return usage(c, N_("\"{word}\" is no domain"), word);
}

static int
read_domains(struct key_command *c)
{
    const struct cli_list lists[] = {c->options->domains, c->call->operands};
    size_t room = lists[0].count + lists[1].count;
    c->domains = sceau_arena_alloc(c->env.arena, (room + 1) * sizeof *c->domains);
    if (c->domains == NULL) {
        complain_text(c->env.language, "out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l].count; i++) {
            int status =
                read_domain(c, lists[l].items[i], &c->domains[c->domain_count++]);
            if (status != 0)
                return status;
        }
    }
    return 0;
}

/* Is every domain in the zone that their records are to be written for? */
static int
read_zone(struct key_command *c)
{
    int status =
        c->options->zone != NULL ? read_domain(c, c->options->zone, &c->zone) : 0;
    for (size_t i = 0; status == 0 && c->zone.len > 0 && i < c->domain_count; i++) {
        if (domain_is_within(c->domains[i], c->zone))
            continue;
        COMPLAIN(c->env.language, "{name} is not in the zone {zone}",
                 LANGUAGE_THEIRS("name", c->domains[i]),
                 LANGUAGE_THEIRS("zone", c->zone));
        status = CLI_EXIT_USAGE;
    }
    return status;
}

static int
read_selector(struct key_command *c)
{
    c->selector = sceau_slice_from(c->options->selector);
    if (c->options->selector == NULL || keys_is_selector(c->selector))
        return 0;
    return usage(
        c,
        N_("\"{word}\" is no selector: letters, digits, \"-\", \"_\" and dots, as "
           "2026a"),
        c->options->selector);
}

static int
read_now(struct key_command *c)
{
    uint64_t now = (uint64_t)time(NULL);
    if (c->options->now != NULL &&
        !slice_decimal(sceau_slice_from(c->options->now), INT64_MAX, &now))
        return usage(c, N_("--now {word}: seconds since 1970-01-01 UTC, as 1667930000"),
                     c->options->now);
    c->now = (int64_t)now;
    return 0;
}

int
key_open(struct key_command *c, const struct cli_call *call, bool wants_dns)
{
    *c = (struct key_command){.call = call, .options = call->options};
    int status = wants_dns ? environment_open(&c->env, call)
                           : environment_load_config(&c->env, call);
    c->problem.language = c->env.language;
    if (status == 0 && !environment_keys(&c->env, c->options->state, &c->place))
        status = CLI_EXIT_TEMPORARY;
    if (status == 0)
        status = read_now(c);
    if (status == 0)
        status = read_selector(c);
    return status;
}

int
key_open_with_domains(struct key_command *c, const struct cli_call *call,
                      bool wants_dns)
{
    int status = key_open(c, call, wants_dns);
    if (status == 0)
        status = read_domains(c);
    return status == 0 ? read_zone(c) : status;
}

void
key_close(struct key_command *c)
{
    environment_close(&c->env);
}

int
key_unusable(const struct key_command *c)
{
    complain_of(&c->problem);
    return CLI_EXIT_INPUT;
}

int
key_unwritten(const struct key_command *c)
{
    complain_of(&c->problem);
    return CLI_EXIT_TEMPORARY;
}

/* ---- text ---- */

void
key_say(struct key_command *c, const char *english, const struct language_word *words,
        size_t count)
{
    struct sceau_slice text =
        language_sentence(c->env.arena, c->env.language, english, words, count);
    if (!c->call->globals.quiet && !c->call->globals.json)
        print_line(stdout, text);
}

struct sceau_slice
key_zone_text(struct key_command *c, const struct keys_key *key,
              struct sceau_slice domain)
{
    struct text t = text_new(c->env.arena, SIZE_MAX);
    keys_zone_text(&t, key, domain, c->zone);
    return text_done(&t);
}

struct sceau_slice
key_record_name(struct key_command *c, struct sceau_slice domain,
                const struct keys_key *key)
{
    struct text name = text_new(c->env.arena, SIZE_MAX);
    text_slice(&name, key->selector);
    text_string(&name, "._domainkey.");
    text_slice(&name, domain);
    return text_done(&name);
}

struct sceau_slice
key_state_folder(const struct key_command *c)
{
    struct sceau_slice keys = sceau_slice_from(c->place.folder);
    return slice_sub(keys, 0, keys.len - strlen("/keys"));
}

void
key_put_time(struct text *t, int64_t time)
{
    int64_t second = time % 86400;
    date_format(t, time);
    text_format(t, "T%02d:%02d:%02dZ", (int)(second / 3600), (int)(second / 60 % 60),
                (int)(second % 60));
}

static void
json_time(struct json *j, const char *name, int64_t time)
{
    char memory[40];
    struct text t = text_in(memory, sizeof memory);
    key_put_time(&t, time);
    json_key_slice(j, name, time > 0 ? text_so_far(&t) : SLICE_NONE);
}

void
key_json(struct key_command *c, struct json *j, const struct keys_key *key,
         struct sceau_slice domain, struct sceau_slice private_key)
{
    json_open(j, '{');
    json_key_slice(j, "domain", domain);
    json_key_slice(j, "selector", key->selector);
    json_key_string(j, "state", keys_state_name(key->state));
    json_key_string(j, "type", keys_type_name(key->algorithm));
    json_key_number(j, "bits", key->bits);
    json_time(j, "created", key->created);
    json_time(j, "published", key->published);
    json_time(j, "confirmed", key->confirmed);
    json_time(j, "active", key->active);
    json_time(j, "retiring", key->retiring);
    json_time(j, "revoked", key->revoked);
    json_key_slice(j, "name", key_record_name(c, domain, key));
    json_key_slice(j, "record", keys_record(c->env.arena, key));
    json_key_slice(j, "zone_text", key_zone_text(c, key, domain));
    if (private_key.len > 0)
        json_key_slice(j, "private_key", private_key);
    json_close(j, '}');
}

void
key_print_json(struct key_command *c, const struct keys_key *key,
               struct sceau_slice domain)
{
    struct json j = json_new(c->env.arena);
    key_json(c, &j, key, domain, SLICE_NONE);
    print_line(stdout, json_done(&j));
}
