/* `sceau zone push DOMAIN`: the records by dynamic update to the zone's primary server,
 * signed, under the condition that nobody changed them since they were looked at; then every
 * server is waited for. RFC 2136, RFC 8945. */
#include "core/json.h"
#include "dns/rdata.h"
#include "zone.h"
#include "zone/update.h"
#include "zone_primary.h"
#include "zone_servers.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define SETS_MAX 4096 /* of owner and type */

/* A set of the zone: as the primary has it, and what is to become of it. */
struct push_set {
    struct sceau_slice owner; /* wire form */
    uint16_t type;
    const struct sceau_dns_rr *rrs;
    size_t count;
    uint32_t ttl;
    bool is_changed;
};

struct push {
    struct environment env;
    const struct zone_push_options *options;
    const struct config_domain *domain;
    struct sceau_slice zone; /* A-labels */
    struct dns_name origin;
    struct zone_wish wish;
    struct zone_primary primary;
    struct push_set *sets;
    size_t set_count;
    size_t added, removed;
};

/* ---- what is there ---- */

static bool
add_set(struct push *p, struct sceau_slice owner, uint16_t type)
{
    for (size_t i = 0; i < p->set_count; i++) {
        if (p->sets[i].type == type && dns_name_equal(p->sets[i].owner, owner))
            return true;
    }
    if (p->set_count == SETS_MAX) {
        COMPLAIN(p->env.language, "more than {most} sets of records",
                 LANGUAGE_OURS("most", DECIMAL(SETS_MAX)));
        return false;
    }
    p->sets[p->set_count++] = (struct push_set){.owner = owner, .type = type};
    return true;
}

/* Each set that the description speaks of, and the alias that may stand at its name. */
static bool
list_sets(struct push *p)
{
    p->set_count = 0;
    for (size_t i = 0; i < p->wish.claim_count; i++) {
        const struct zone_claim *claim = &p->wish.claims[i];
        if (!add_set(p, claim->owner, SCEAU_DNS_CNAME) ||
            !add_set(p, claim->owner, claim->type))
            return false;
    }
    return true;
}

static const struct push_set *
find_set(const struct push *p, struct sceau_slice owner, uint16_t type)
{
    for (size_t i = 0; i < p->set_count; i++) {
        if (p->sets[i].type == type && dns_name_equal(p->sets[i].owner, owner))
            return &p->sets[i];
    }
    return NULL;
}

/* Ask the primary for every set. 0, or an exit status. */
static int
ask_sets(struct push *p)
{
    for (size_t i = 0; i < p->set_count; i++) {
        struct push_set *set = &p->sets[i];
        const struct push_set *alias = find_set(p, set->owner, SCEAU_DNS_CNAME);
        if (set->type != SCEAU_DNS_CNAME && alias != NULL && alias->count > 0)
            continue; /* the answer would be the alias's */
        struct sceau_dns_answer answer;
        int status =
            zone_primary_ask(&p->env, &p->primary, set->owner, set->type, &answer);
        if (status != 0)
            return status;
        set->rrs = answer.rrs;
        set->count = answer.count;
        set->ttl = answer.count > 0 ? answer.rrs[0].ttl : 0;
    }
    return 0;
}

/* ---- what has to change ---- */

static bool
is_wanted(const struct push *p, const struct push_set *set, struct sceau_slice rdata)
{
    for (size_t i = 0; i < p->wish.wanted_count; i++) {
        const struct zone_wanted *wanted = &p->wish.wanted[i];
        if (wanted->type == set->type && dns_name_equal(wanted->owner, set->owner) &&
            zone_data_is_same(set->type, wanted->rdata, rdata))
            return true;
    }
    return false;
}

static bool
has(const struct push_set *set, const struct zone_wanted *wanted)
{
    for (size_t i = 0; i < set->count; i++) {
        if (zone_data_is_same(set->type, set->rrs[i].rdata, wanted->rdata))
            return true;
    }
    return false;
}

static bool
has_to_go(const struct push *p, const struct push_set *set, struct sceau_slice rdata)
{
    return !is_wanted(p, set, rdata) &&
           zone_claims_hold(p->wish.claims, p->wish.claim_count, set->owner, set->type,
                            rdata);
}

static void
print_change(struct push *p, char sign, struct sceau_slice owner, uint32_t ttl,
             uint16_t type, struct sceau_slice rdata)
{
    char name[16];
    struct text t = text_new(p->env.arena, SIZE_MAX);
    if (p->env.call->globals.quiet || p->env.call->globals.json)
        return;
    text_octet(&t, sign);
    text_octet(&t, ' ');
    dns_name_present(&t, owner);
    text_format(&t, " %u IN %s ", ttl, sceau_dns_type_name(type, name));
    dns_rdata_present(&t, type, rdata);
    print_line(stdout, text_done(&t));
}

/* What goes, before what comes: an alias makes room first. */
static void
plan_removals(struct push *p, struct zone_update *u)
{
    for (size_t i = 0; i < p->set_count; i++) {
        struct push_set *set = &p->sets[i];
        for (size_t k = 0; k < set->count; k++) {
            if (!has_to_go(p, set, set->rrs[k].rdata))
                continue;
            set->is_changed = true;
            p->removed++;
            print_change(p, '-', set->owner, set->ttl, set->type, set->rrs[k].rdata);
            zone_update_delete(u, set->owner, set->type, set->rrs[k].rdata);
        }
    }
}

static void
plan_additions(struct push *p, struct zone_update *u)
{
    for (size_t i = 0; i < p->wish.wanted_count; i++) {
        const struct zone_wanted *wanted = &p->wish.wanted[i];
        struct push_set *set =
            (struct push_set *)(uintptr_t)find_set(p, wanted->owner, wanted->type);
        if (set == NULL || has(set, wanted))
            continue;
        uint32_t ttl = set->count > 0    ? set->ttl
                       : wanted->has_ttl ? wanted->ttl
                                         : p->primary.ttl;
        set->is_changed = true;
        p->added++;
        print_change(p, '+', wanted->owner, ttl, wanted->type, wanted->rdata);
        zone_update_add(u, wanted->owner, wanted->type, ttl, wanted->rdata);
    }
}

/* Every set that changes is still as it was seen, and so is an alias at its name. */
static void
add_conditions(struct push *p, struct zone_update *u)
{
    for (size_t i = 0; i < p->set_count; i++) {
        const struct push_set *set = &p->sets[i];
        bool is_touched = set->is_changed;
        for (size_t k = 0; k < p->set_count && set->type == SCEAU_DNS_CNAME; k++)
            is_touched |=
                p->sets[k].is_changed && dns_name_equal(p->sets[k].owner, set->owner);
        if (!is_touched)
            continue;
        for (size_t k = 0; k < set->count; k++)
            zone_update_require(u, set->owner, set->type, set->rrs[k].rdata);
        if (set->count == 0)
            zone_update_require_absent(u, set->owner, set->type);
    }
}

/* The update, by two passes: the first says which sets change. {NULL, 0} when it is too
 * large. */
static struct sceau_slice
plan(struct push *p, uint16_t id)
{
    struct zone_update changes, whole;
    struct sceau_slice zone = dns_name_slice(&p->origin);
    p->added = p->removed = 0;
    zone_update_begin(&changes, p->env.arena, id, zone);
    plan_removals(p, &changes);
    plan_additions(p, &changes);
    if (p->added + p->removed == 0)
        return SCEAU_SLICE("");
    zone_update_begin(&whole, p->env.arena, id, zone);
    add_conditions(p, &whole);
    struct sceau_slice tail = text_so_far(&changes.octets);
    size_t head = ZONE_UPDATE_HEADER + zone.len + 4;
    whole.changes = changes.changes;
    whole.is_overflown |= changes.is_overflown;
    if (changes.octets.has_failed)
        return SLICE_NONE;
    text_slice(&whole.octets, slice_skip(tail, head));
    return zone_update_done(&whole);
}

/* ---- the whole ---- */

/* 0: go on. */
static int
confirm(const struct push *p)
{
    char answer[16] = "";
    enum language language = p->env.language;
    if (p->options->yes)
        return 0;
    if (!isatty(STDIN_FILENO) || p->env.call->globals.json) {
        complain("%s",
                 language_text(language,
                               N_("nothing was sent; --yes sends it, --dry-run is "
                                  "content with the difference")));
        return CLI_EXIT_USAGE;
    }
    printf("%s ", language_text(language, N_("Send this? [y/N]")));
    fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) != NULL && answer[0] != '\0' &&
        strchr("yYoO", answer[0]) != NULL)
        return 0;
    complain("%s", language_text(language, N_("nothing was sent")));
    return CLI_EXIT_WARNING;
}

static void
report(struct push *p, bool is_sent, uint32_t serial)
{
    if (p->env.call->globals.json) {
        struct json j = json_new(p->env.arena);
        json_open(&j, '{');
        json_key_slice(&j, "zone", p->zone);
        json_key_number(&j, "added", (int64_t)p->added);
        json_key_number(&j, "removed", (int64_t)p->removed);
        json_key_bool(&j, "sent", is_sent);
        json_key_number(&j, "serial", serial);
        json_close(&j, '}');
        print_line(stdout, json_done(&j));
    } else if (!p->env.call->globals.quiet) {
        printf("%.*s: ", SLICE_ARG(p->zone));
        if (p->added + p->removed == 0)
            printf("%s %u\n",
                   language_text(p->env.language, N_("nothing to do; serial")), serial);
        else if (is_sent)
            printf("%s %u\n",
                   language_text(p->env.language,
                                 N_("the primary server took it; serial")),
                   serial);
        else
            printf("%s\n", language_text(p->env.language, N_("nothing was sent")));
        fflush(stdout);
    }
}

/* Some changes a server passes over without a word (RFC 2136 section 3.4.2.2: beside an
 * alias): look again. */
static int
prove(struct push *p)
{
    struct push again = *p;
    again.env.call = p->env.call;
    struct cli_call quiet = *p->env.call;
    quiet.globals.quiet = true;
    again.env.call = &quiet;
    for (size_t i = 0; i < again.set_count; i++)
        again.sets[i].count = 0;
    int status = ask_sets(&again);
    if (status != 0)
        return status;
    if (plan(&again, 0).len == 0)
        return 0;
    COMPLAIN(
        p->env.language,
        "the server took the update and left {count} changes out: something that the "
        "description does not name stands at one of these names, or somebody changed "
        "them again; \"sceau zone push --dry-run\" shows them",
        LANGUAGE_OURS("count", DECIMAL(again.added + again.removed)));
    return CLI_EXIT_PROBLEM;
}

static int
send_changes(struct push *p, struct sceau_slice update)
{
    uint32_t serial;
    int status = zone_primary_send(&p->env, &p->primary, update);
    if (status == 0)
        status = zone_primary_serial(&p->env, &p->primary, &serial);
    if (status != 0)
        return status;
    report(p, true, serial);
    status = prove(p);
    return status != 0
               ? status
               : zone_servers_wait(&p->env, p->zone, serial, p->options->wait.value);
}

static int
push(struct push *p)
{
    uint16_t id;
    uint32_t serial;
    int status = zone_primary_find(&p->env, p->domain, p->zone, &p->primary);
    if (status == 0)
        status = zone_primary_serial(&p->env, &p->primary, &serial);
    if (status == 0 && !list_sets(p))
        status = CLI_EXIT_INPUT;
    if (status == 0)
        status = ask_sets(p);
    if (status != 0)
        return status;
    if (getrandom(&id, sizeof id, 0) != sizeof id)
        return CLI_EXIT_TEMPORARY;
    struct sceau_slice update = plan(p, id);
    if (update.ptr == NULL) {
        complain_text(p->env.language,
                      "the changes are more than one update holds (65535 octets)");
        return CLI_EXIT_PROBLEM;
    }
    if (update.len == 0) {
        report(p, false, serial);
        return zone_servers_wait(&p->env, p->zone, serial, p->options->wait.value);
    }
    if (p->options->dry_run) {
        report(p, false, serial);
        return 0;
    }
    status = confirm(p);
    return status != 0 ? status : send_changes(p, update);
}

static int
prepare(struct push *p, const char *name)
{
    size_t index;
    int status = zone_find_domain(&p->env, name, &index);
    if (status != 0)
        return status;
    p->domain = &p->env.config.domains[index];
    p->zone = p->domain->zone.len > 0 ? p->domain->zone : p->domain->domain;
    if (!dns_name_from_asked(p->zone, &p->origin)) {
        COMPLAIN(p->env.language, "{name} is no zone",
                 LANGUAGE_THEIRS("name", p->zone));
        return CLI_EXIT_INPUT;
    }
    p->sets = sceau_arena_alloc(p->env.arena, SETS_MAX * sizeof *p->sets);
    return p->sets == NULL ? CLI_EXIT_TEMPORARY
                           : zone_make_wish(&p->env, p->zone, name, &p->wish);
}

int
zone_push_run(const struct cli_call *call)
{
    struct push p = {.options = call->options};
    int status = environment_open(&p.env, call);
    if (status == 0)
        status = prepare(&p, call->operands.items[0]);
    if (status == 0)
        status = push(&p);
    zone_primary_close(&p.primary);
    environment_close(&p.env);
    return status;
}
