/* `sceau key rotate`: does with each key what is due (keys/life.h), one step after the
 * other, each written before the next begins. Questions are asked without the lock: what
 * they were about is looked for again under it. */
#include "key.h"
#include "key_sight.h"
#include "keys/life.h"
#include "keys/zonetext.h"
#include "selectors_seen.h"

#include <stdlib.h>
#include <string.h>

#define DOMAIN_MEMORY ((size_t)16 * 1024 * 1024)

struct rotation {
    struct key_command *c;
    struct sceau_arena *kept; /* lives as long as the command; the command's own is
                               * cleared for each domain */
    struct keys_rules rules;
    bool has_read_journal;
    int64_t journal_since;
    struct use {
        struct sceau_slice domain, selector;
        int64_t last;
    } * uses; /* of keys that may be revoked, in a list that doubles */
    size_t use_count;
    int status; /* the worst so far */
};

static void
note_status(struct rotation *r, int status)
{
    r->status = status > r->status ? status : r->status;
}

/* ---- evidence ---- */

static struct use *
find_use(const struct rotation *r, struct sceau_slice domain,
         struct sceau_slice selector)
{
    for (size_t i = 0; i < r->use_count; i++) {
        if (slice_eq_ci(r->uses[i].selector, selector) &&
            slice_eq_ci(r->uses[i].domain, domain))
            return &r->uses[i];
    }
    return NULL;
}

static void
note_use(void *self, const struct selector_use *seen)
{
    struct rotation *r = self;
    struct use *use = find_use(r, seen->domain, seen->selector);
    if (use == NULL && (r->use_count & (r->use_count - 1)) == 0) {
        size_t room = r->use_count > 0 ? 2 * r->use_count : 1;
        struct use *more = realloc(r->uses, room * sizeof *more);
        if (more == NULL)
            return;
        r->uses = more;
    }
    if (use == NULL) {
        use = &r->uses[r->use_count];
        *use = (struct use){slice_copy(r->kept, seen->domain),
                            slice_copy(r->kept, seen->selector), 0};
        r->use_count++;
    }
    use->last = seen->when > use->last ? seen->when : use->last;
}

/* The journal is read once, and only when a key's end hangs on it. */
static struct keys_use
evidence(struct rotation *r, struct sceau_slice domain, const struct keys_key *key)
{
    if (!keys_wants_use(key, &r->rules))
        return (struct keys_use){0};
    if (!r->has_read_journal) {
        r->journal_since = selectors_seen(key_state_folder(r->c), note_use, r);
        r->has_read_journal = true;
    }
    const struct use *use = find_use(r, domain, key->selector);
    return (struct keys_use){r->journal_since, use != NULL ? use->last : 0};
}

/* ---- telling ---- */

/* What became of a key, for a person. */
static const struct telling {
    const char *english; /* NULL: nothing is told */
    int status;
} tellings[] = {
    [KEYS_STEP_NONE] = {NULL,                                                                    0               },
    [KEYS_STEP_MISSING] =
        {N_("{name} is not yet as it has to be: {reason}. Publish it: sceau "
            "key show {domain}"),
                        0                                                                                        },
    [KEYS_STEP_PUBLISHED] =
        {N_("{name} is on every name server. It signs after {until}, when "
            "nobody keeps an answer without it any more."),
                        0                                                                                        },
    [KEYS_STEP_LOST] =
        {N_("{name} was there and is not any more: {reason}. It does not sign "
            "yet."),
                        CLI_EXIT_WARNING                                                                         },
    [KEYS_STEP_WAITING] =
        {N_("{name} is on every name server. It signs after {until}."),           0               },
    [KEYS_STEP_ACTIVATED] = {N_("{selector} signs for {domain} from now on."),                        0               },
    [KEYS_STEP_CONFIRMED] = {N_("{name} is right on every name server."),                             0               },
    [KEYS_STEP_ALARM] =
        {N_("{name} is in use and its record is not as it has to be: {reason}. "
            "Publish it: sceau key show {domain}"),
                        CLI_EXIT_WARNING                                                                         },
    [KEYS_STEP_UNKNOWN] = {N_("{name}: not known: {reason}"),                                       CLI_EXIT_UNKNOWN},
    [KEYS_STEP_GRACE] = {N_("{name} signs no more. Its record stays until {until}."),
                        0                                                                                        },
    [KEYS_STEP_USED] =
        {N_("{name} signs no more, but mail signed with it was seen. Its record stays "
            "until {until} at least."),
                        0                                                                                        },
    [KEYS_STEP_UNPROVEN] =
        {N_("{name} signs no more. Its record stays: the journal does not reach back "
            "far enough to tell that nothing uses it (keys.evidence)."),
                        0                                                                                        },
    [KEYS_STEP_REVOKED] =
        {N_("Nothing uses {name} any more: remove its record from the zone."),    0               },
};

static struct sceau_slice
time_text(struct key_command *c, int64_t time)
{
    struct text t = text_new(c->env.arena, SIZE_MAX);
    if (time > 0)
        key_put_time(&t, time);
    return text_so_far(&t);
}

/* "it does not answer (ns1.example.org [192.0.2.1])" */
static struct sceau_slice
reason_text(struct key_command *c, const struct key_sight *sight)
{
    struct text t = text_new(c->env.arena, SIZE_MAX);
    if (sight->reason == NULL)
        return SLICE_NONE;
    text_string(&t, language_text(c->env.language, sight->reason));
    if (sight->server.len > 0) {
        text_string(&t, " (");
        text_escaped(&t, sight->server);
        text_octet(&t, ')');
    }
    return text_done(&t);
}

static void
tell_people(struct rotation *r, struct sceau_slice domain, const struct keys_key *key,
            const struct keys_outcome *outcome, const struct key_sight *sight)
{
    struct key_command *c = r->c;
    const struct telling *telling = &tellings[outcome->step];
    const struct language_word words[] = {
        LANGUAGE_THEIRS("name", sight->name),
        LANGUAGE_THEIRS("domain", domain),
        LANGUAGE_THEIRS("selector", key->selector),
        LANGUAGE_OURS("reason", reason_text(c, sight)),
        LANGUAGE_OURS("until", time_text(c, outcome->until)),
    };
    if (telling->english == NULL ||
        (c->call->globals.quiet && telling->status != CLI_EXIT_WARNING))
        return;
    print_line(telling->status == 0 ? stdout : stderr,
               language_sentence(c->env.arena, c->env.language, telling->english, words,
                                 sizeof words / sizeof *words));
}

static void
tell_json(struct key_command *c, struct sceau_slice domain, const struct keys_key *key,
          const struct keys_outcome *outcome, const struct key_sight *sight)
{
    struct json j = json_new(c->env.arena);
    json_open(&j, '{');
    json_key_slice(&j, "domain", domain);
    json_key_slice(&j, "selector", key->selector);
    json_key_slice(&j, "name", sight->name);
    json_key_string(&j, "state", keys_state_name(key->state));
    json_key_string(&j, "step", keys_step_name(outcome->step));
    json_key_slice(&j, "until",
                   outcome->until > 0 ? time_text(c, outcome->until) : SLICE_NONE);
    json_key_slice(&j, "server", sight->server.len > 0 ? sight->server : SLICE_NONE);
    json_key_string(&j, "reason", sight->reason);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
tell(struct rotation *r, struct sceau_slice domain, const struct keys_key *key,
     const struct keys_outcome *outcome, const struct key_sight *sight)
{
    note_status(r, tellings[outcome->step].status);
    if (r->c->call->globals.json)
        tell_json(r->c, domain, key, outcome, sight);
    else
        tell_people(r, domain, key, outcome, sight);
}

/* ---- one key ---- */

/* Under the lock: is the key still in the state that was looked at? Then its step. */
static void
take_step(struct rotation *r, struct sceau_slice domain, const struct keys_key *looked,
          const struct key_sight *sight)
{
    struct key_command *c = r->c;
    struct keys_use use = evidence(r, domain, looked);
    struct keys_outcome outcome = {0};
    struct keys_edit edit;
    enum sceau_status status =
        keys_edit_begin(&c->place, c->env.arena, domain, &edit, &c->problem);
    if (status != SCEAU_OK)
        note_status(r, key_unusable(c));
    struct keys_key *key =
        status == SCEAU_OK ? keys_find(&edit.domain, looked->selector) : NULL;
    if (key != NULL && key->state == looked->state)
        outcome = keys_live(&edit.domain, key, &sight->seen, &use, &r->rules);
    if (outcome.is_changed && keys_edit_commit(&edit, &c->problem) != SCEAU_OK) {
        note_status(r, key_unwritten(c));
        key = NULL;
    }
    if (key != NULL && looked->state != KEYS_REVOKED)
        tell(r, domain, key, &outcome, sight);
    keys_edit_end(&edit);
}

static void
rotate_key(struct rotation *r, struct sceau_slice domain, const struct keys_key *key)
{
    struct key_sight sight = {.name = key_record_name(r->c, domain, key)};
    if (keys_wants_sight(key, r->rules.now))
        key_sight(&r->c->env, domain, key, &sight);
    take_step(r, domain, key, &sight);
}

static void
rotate_domain(struct rotation *r, struct sceau_slice domain)
{
    struct key_command *c = r->c;
    struct keys_domain keys;
    if (keys_read(&c->place, c->env.arena, domain, &keys, &c->problem) != SCEAU_OK) {
        note_status(r, key_unusable(c));
        return;
    }
    if (keys.count == 0 && c->call->operands.count > 0) {
        complain("No DKIM Information for domain %.*s", SLICE_ARG(domain));
        note_status(r, CLI_EXIT_WARNING);
    }
    for (size_t i = 0; i < keys.count; i++) {
        if (c->selector.len == 0 || slice_eq_ci(c->selector, keys.keys[i].selector))
            rotate_key(r, domain, &keys.keys[i]);
    }
    for (size_t i = 0; i < keys.count; i++) {
        if (keys_is_worn(&keys, &keys.keys[i], &r->rules))
            note_status(r, key_begin_next(c, domain, &keys.keys[i]));
    }
}

int
key_rotate_run(const struct cli_call *call)
{
    struct key_command c;
    struct rotation r = {.c = &c};
    r.status = key_open_with_domains(&c, call, true);
    const struct config_keys *config = &c.env.config.keys;
    r.rules = (struct keys_rules){.now = c.now,
                                  .grace = (int64_t)config->grace,
                                  .lifetime = (int64_t)config->lifetime,
                                  .wants_evidence = config->evidence};
    if (r.status == 0 && c.domain_count == 0 &&
        keys_domains(&c.place, c.env.arena, &c.domains, &c.domain_count, &c.problem) !=
            SCEAU_OK)
        r.status = key_unusable(&c);
    struct sceau_arena *scratch = sceau_arena_new(DOMAIN_MEMORY);
    r.kept = c.env.arena;
    for (size_t i = 0;
         scratch != NULL && r.status != CLI_EXIT_USAGE && i < c.domain_count; i++) {
        sceau_arena_clear(scratch);
        c.env.arena = scratch;
        rotate_domain(&r, c.domains[i]);
        c.env.arena = r.kept;
    }
    sceau_arena_free(scratch);
    free(r.uses);
    key_close(&c);
    return r.status;
}
