/* After the daily look at DNS: what the checks say of each domain's records, kept for
 * readiness in the table meta, "check/DOMAIN" = "PROBLEMS WARNINGS TEXT". */
#include "reportd.h"
#include "store/meta.h"
#include "stored_check.h"

#define CHECK_ONE_MEMORY ((size_t)32 * 1024 * 1024) /* a ceiling */
#define DOMAINS_MEMORY   ((size_t)1024 * 1024)

/* The worst finding's id stands as the example. */
static bool
keep(struct reportd *r, struct sceau_slice domain, const struct stored_check *c)
{
    char memory[512], key[300];
    unsigned problems = 0, warnings = 0;
    struct text value = text_in(memory, sizeof memory), name = text_in(key, sizeof key);
    const struct check_finding *worst = NULL;
    for (const struct check_finding *f = c->findings; f != NULL; f = f->next) {
        problems += f->outcome == CHECK_PROBLEM;
        warnings += f->outcome == CHECK_WARNING;
        if (worst == NULL &&
            (f->outcome == CHECK_PROBLEM || f->outcome == CHECK_WARNING))
            worst = f;
    }
    text_format(&value, "%u %u %s", problems, warnings,
                worst != NULL ? worst->rule->id : "");
    text_string(&name, "check/");
    text_slice(&name, domain);
    return meta_write(r->db, text_done(&name), text_done(&value));
}

static bool
check_one(struct reportd *r, struct sceau_slice domain)
{
    struct sceau_arena *arena = sceau_arena_new(CHECK_ONE_MEMORY);
    const struct stored_check_options options = {
        .language = LANGUAGE_EN,
        .discovery = r->env.config.dmarc.discovery,
        .psl = r->env.psl,
        .now = reportd_now(r),
    };
    struct stored_check *c =
        arena != NULL ? stored_check(arena, r->db, domain, &options) : NULL;
    bool is_good = c != NULL && (c->seen == 0 || keep(r, domain, c));
    sceau_arena_free(arena);
    if (!is_good)
        reportd_trouble(r, "checks of our records: %.*s: %s", SLICE_ARG(domain),
                        database_failure(r->db) != DATABASE_OK
                            ? database_error(r->db)
                            : "more memory is needed than one check may have");
    return is_good;
}

bool
checks_run(struct reportd *r)
{
    struct sceau_arena *arena = sceau_arena_new(DOMAINS_MEMORY);
    struct sceau_slice domains[1000];
    size_t count = 0;
    bool is_good = arena != NULL;
    if (!is_good)
        return false;
    struct statement *s = database_prepare(
        r->db, "SELECT DISTINCT domain FROM dns_record ORDER BY domain LIMIT 1000");
    while (count < 1000 && statement_step(s) == 1)
        domains[count++] = slice_copy(arena, column_text(s, 0));
    for (size_t i = 0; i < count && !reportd_stops(r); i++)
        is_good = check_one(r, domains[i]) && is_good;
    sceau_arena_free(arena);
    return is_good;
}
