/* What DNS tells besides reports: addresses a few at a time, our records once a day. */
#include "enrich/enrich.h"

#include "enrich/records.h"
#include "reportd.h"

#include <stdio.h>

#define ADDRESSES_A_RUN 500
#define BUDGET_MS       20000 /* other steps wait meanwhile */
#define NAMES_MEMORY    ((size_t)4 * 1024 * 1024)

/* A file of networks that is named; NULL when none is, or it cannot be read. */
static struct check_networks *
open_networks(struct reportd *r, struct sceau_slice name, const char *key)
{
    char path[REPORTD_PATH], problem[CHECK_NETWORKS_PROBLEM];
    if (name.len == 0)
        return NULL;
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(name));
    struct check_networks *networks = check_networks_open(path, problem);
    if (networks == NULL)
        reportd_trouble(r, "%s: %s: %s", key, path, problem);
    return networks;
}

bool
step_enrich(struct reportd *r)
{
    const struct config_check *check = &r->env.config.check;
    struct enrich enrich = {.db = r->db,
                            .resolver = r->env.resolver,
                            .psl = r->env.psl,
                            .now = reportd_now(r),
                            .most = ADDRESSES_A_RUN,
                            .budget_ms = BUDGET_MS};
    struct check_networks *networks =
        open_networks(r, check->network_database, "check.network_database");
    struct check_networks *countries =
        open_networks(r, check->country_database, "check.country_database");
    struct enrich_result result;
    enrich.networks = networks;
    enrich.countries = countries != NULL ? countries : networks;
    bool is_good = enrich_run(&enrich, &result);
    if (!is_good)
        reportd_trouble(r, "%s", database_error(r->db));
    else if (result.has_more && r->is_once)
        reportd_trouble(r, "more addresses wait for their names: run it again");
    check_networks_close(networks);
    check_networks_close(countries);
    return is_good && !result.has_more;
}

/* Domains of the configuration, beside those that reports are about. */
static bool
look_at_records(struct reportd *r, struct sceau_arena *arena)
{
    struct records_look look = {.db = r->db,
                                .resolver = r->env.resolver,
                                .now = reportd_now(r),
                                .budget_ms = BUDGET_MS};
    struct records_result result;
    look.domains = reportd_domains(r, arena, &look.domain_count);
    if (look.domains == NULL)
        return false;
    if (records_run(&look, &result)) {
        if (result.has_more && r->is_once)
            reportd_trouble(
                r, "more domains wait for a look at their records: run it again");
        return !result.has_more;
    }
    reportd_trouble(r, "%s", database_error(r->db));
    return false;
}

bool
step_records(struct reportd *r)
{
    if (!records_is_due(r->db, reportd_now(r)))
        return true;
    struct sceau_arena *arena = sceau_arena_new(NAMES_MEMORY);
    bool is_good = arena != NULL && look_at_records(r, arena) && checks_run(r);
    sceau_arena_free(arena);
    return is_good;
}
