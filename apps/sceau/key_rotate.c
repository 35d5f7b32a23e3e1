/* `sceau key rotate`: does with each key what is due (keys/life.h), one step after the
 * other, each written before the next begins. Questions are asked without the lock: what
 * they were about is looked for again under it. */
#include "key.h"
#include "key_evidence.h"
#include "key_sight.h"
#include "keys/life.h"
#include "keys/zonetext.h"
#include "store_place.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define DOMAIN_MEMORY ((size_t)16 * 1024 * 1024)

/* Side by side: a domain whose name servers are silent delays itself alone. */
#define PARALLEL 16

/* Beyond the time of grace: a segment's time is when its last octets came to disk. */
#define EVIDENCE_MARGIN 3600

struct rotation {
    struct key_command *c;
    struct keys_rules rules;
    atomic_size_t next; /* domain to begin with */
    pthread_mutex_t
        lock; /* one domain's steps at a time: of what follows, and output */
    struct key_evidence evidence;
    int status; /* the worst so far */
};

/* An alarm says more than what could not be told, which passes; trouble of ours (64 and
 * above) most of all. */
static void
note_status(struct rotation *r, int status)
{
    static const int weights[] = {[CLI_EXIT_OK] = 0,
                                  [CLI_EXIT_UNKNOWN] = 1,
                                  [CLI_EXIT_WARNING] = 2,
                                  [CLI_EXIT_PROBLEM] = 3};
    int old = r->status > CLI_EXIT_UNKNOWN ? r->status : weights[r->status];
    int new = status > CLI_EXIT_UNKNOWN ? status : weights[status];
    r->status = new > old ? status : r->status;
}

static int
out_of_memory(enum language language)
{
    complain_text(language, "out of memory");
    return CLI_EXIT_TEMPORARY;
}

/* -s chooses one. */
static bool
key_is_chosen(const struct key_command *c, const struct keys_key *key)
{
    return c->selector.len == 0 || slice_eq_ci(c->selector, key->selector);
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
    [KEYS_STEP_UNREADABLE] =
        {N_("{name} signs no more. Its record stays: not all of the journal can be "
            "read "
            "({journal}), so nothing tells that no mail needs it."),
                        CLI_EXIT_UNKNOWN                                                                         },
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
tell_people(struct rotation *r, struct key_command *c, struct sceau_slice domain,
            const struct keys_key *key, const struct keys_outcome *outcome,
            const struct key_sight *sight)
{
    const struct telling *telling = &tellings[outcome->step];
    const struct language_word words[] = {
        LANGUAGE_THEIRS("name", sight->name),
        LANGUAGE_THEIRS("domain", domain),
        LANGUAGE_THEIRS("selector", key->selector),
        LANGUAGE_OURS("reason", reason_text(c, sight)),
        LANGUAGE_OURS("until", time_text(c, outcome->until)),
        OURS("journal", r->evidence.journal.problem.text),
    };
    if (telling->english == NULL ||
        (c->call->globals.quiet && telling->status != CLI_EXIT_WARNING))
        return;
    print_line(telling->status == 0 ? stdout : stderr,
               language_sentence(c->env.arena, c->env.language, telling->english, words,
                                 sizeof words / sizeof *words));
}

static void
tell_json(struct rotation *r, struct key_command *c, struct sceau_slice domain,
          const struct keys_key *key, const struct keys_outcome *outcome,
          const struct key_sight *sight)
{
    const char *reason = outcome->step == KEYS_STEP_UNREADABLE
                             ? r->evidence.journal.problem.text
                             : sight->reason;
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
    json_key_string(&j, "reason", reason);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
tell(struct rotation *r, struct key_command *c, struct sceau_slice domain,
     const struct keys_key *key, const struct keys_outcome *outcome,
     const struct key_sight *sight)
{
    note_status(r, tellings[outcome->step].status);
    if (c->call->globals.json)
        tell_json(r, c, domain, key, outcome, sight);
    else
        tell_people(r, c, domain, key, outcome, sight);
}

/* ---- one domain ---- */

static struct keys_use
evidence(struct rotation *r, struct sceau_slice domain, const struct keys_key *key)
{
    return keys_wants_use(key, &r->rules)
               ? key_evidence_of(&r->evidence, domain, key->selector)
               : (struct keys_use){0};
}

/* Under the store's lock: is the key still in the state that was looked at? Then its
 * step. */
static void
take_step(struct rotation *r, struct key_command *c, struct sceau_slice domain,
          const struct keys_key *looked, const struct key_sight *sight)
{
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
        tell(r, c, domain, key, &outcome, sight);
    keys_edit_end(&edit);
}

/* What the name servers have: the part that takes time. NULL when memory is exhausted. */
static struct key_sight *
look_at_keys(const struct rotation *r, struct key_command *c, struct sceau_slice domain,
             const struct keys_domain *keys)
{
    struct key_sight *sights =
        sceau_arena_alloc(c->env.arena, (keys->count + 1) * sizeof *sights);
    for (size_t i = 0; sights != NULL && i < keys->count; i++) {
        const struct keys_key *key = &keys->keys[i];
        sights[i] = (struct key_sight){.name = key_record_name(c, domain, key)};
        if (key_is_chosen(c, key) && keys_wants_sight(key, r->rules.now))
            key_sight(&c->env, domain, key, &sights[i]);
    }
    return sights;
}

/* One domain's lines stay together. */
static void
take_steps(struct rotation *r, struct key_command *c, struct sceau_slice domain,
           const struct keys_domain *keys, const struct key_sight *sights)
{
    if (keys->count == 0 && c->call->operands.count > 0) {
        COMPLAIN(c->env.language, "No DKIM Information for domain {name}",
                 LANGUAGE_THEIRS("name", domain));
        note_status(r, CLI_EXIT_WARNING);
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (key_is_chosen(c, &keys->keys[i]))
            take_step(r, c, domain, &keys->keys[i], &sights[i]);
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (keys_is_worn(keys, &keys->keys[i], &r->rules))
            note_status(r, key_begin_next(c, domain, &keys->keys[i]));
    }
}

static void
rotate_domain(struct rotation *r, struct key_command *c, struct sceau_slice domain)
{
    struct keys_domain keys;
    const struct key_sight *sights = NULL;
    enum sceau_status status =
        keys_read(&c->place, c->env.arena, domain, &keys, &c->problem);
    if (status == SCEAU_OK)
        sights = look_at_keys(r, c, domain, &keys);
    pthread_mutex_lock(&r->lock);
    if (status != SCEAU_OK)
        note_status(r, key_unusable(c));
    else if (sights == NULL)
        note_status(r, out_of_memory(r->c->env.language));
    else
        take_steps(r, c, domain, &keys, sights);
    pthread_mutex_unlock(&r->lock);
}

/* ---- all of them ---- */

static void *
work(void *argument)
{
    struct rotation *r = argument;
    struct key_command mine = *r->c; /* but for its memory and its problem the same */
    size_t at;
    mine.env.arena = sceau_arena_new(DOMAIN_MEMORY);
    while (mine.env.arena != NULL &&
           (at = atomic_fetch_add(&r->next, 1)) < mine.domain_count) {
        sceau_arena_clear(mine.env.arena);
        rotate_domain(r, &mine, mine.domains[at]);
    }
    sceau_arena_free(mine.env.arena);
    return NULL;
}

static void
rotate_all(struct rotation *r)
{
    pthread_t threads[PARALLEL];
    size_t started = 0;
    while (started + 1 < PARALLEL && started + 1 < r->c->domain_count &&
           pthread_create(&threads[started], NULL, work, r) == 0)
        started++;
    work(r); /* this one works too */
    while (started > 0)
        pthread_join(threads[--started], NULL);
    if (atomic_load(&r->next) < r->c->domain_count)
        note_status(r, out_of_memory(r->c->env.language));
}

int
key_rotate_run(const struct cli_call *call)
{
    struct key_command c;
    struct rotation r = {.c = &c, .lock = PTHREAD_MUTEX_INITIALIZER};
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
    if (r.status == 0 &&
        !key_evidence_init(&r.evidence, c.env.arena, key_state_folder(&c),
                           r.rules.grace + EVIDENCE_MARGIN, c.domains, c.domain_count,
                           call->globals.json ? LANGUAGE_EN : c.env.language))
        r.status = out_of_memory(c.env.language);
    struct database *store = NULL;
    if (r.status == 0 && r.rules.wants_evidence) {
        char problem[DATABASE_ERROR_MAX];
        const struct key_options *options = call->options;
        store = store_look(&c.env, options->state, problem);
        key_evidence_store(&r.evidence, store, problem, r.rules.now);
    }
    if (r.status == 0)
        rotate_all(&r);
    database_close(store);
    key_close(&c);
    return r.status;
}
