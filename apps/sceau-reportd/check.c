/* Once a day the records of each domain that is reported on are checked, for readiness: SPF,
 * DKIM and DMARC by DNS alone. A domain at a time, so that nobody waits long. */
#include "check/check.h"

#include "insight/findings.h"
#include "reportd.h"

#define ANSWER_MEMORY ((size_t)64 * 1024 * 1024)
#define CHECK_AGE     86400 /* seconds */
#define BUDGET        20    /* seconds after which no further domain is begun */
#define SELECTORS_MAX 32
#define SELECTOR_DAYS 7 /* an older one may have gone from DNS for good */

/* What signs for it, as reporters saw: DNS has no list of selectors. */
static size_t
read_selectors(struct insight *in, struct sceau_slice domain,
               struct check_selector selectors[SELECTORS_MAX])
{
    struct filter f;
    const struct analysis_key *keys;
    size_t count, used = 0;
    filter_init(&f, in->now);
    f.domain = domain;
    f.from_day = f.today - SELECTOR_DAYS;
    if (!insight_keys(in, &f, &keys, &count))
        return 0;
    for (size_t i = 0; i < count && used < SELECTORS_MAX; i++)
        if (slice_eq_ci(keys[i].signer, domain) && keys[i].pass > 0)
            selectors[used++] =
                (struct check_selector){.domain = keys[i].signer,
                                        .selector = keys[i].selector,
                                        .source = N_("reports"),
                                        .last_seen = (int64_t)keys[i].last_day * 86400};
    return used;
}

static struct insight_check
sum_up(const struct check_finding *findings)
{
    struct insight_check check = {.is_known = true};
    bool is_told = false;
    for (const struct check_finding *f = findings; f != NULL; f = f->next) {
        bool is_problem = f->outcome == CHECK_PROBLEM;
        check.problems += is_problem;
        check.warnings += f->outcome == CHECK_WARNING;
        if (is_problem && !is_told)
            check.example = sceau_slice_from(f->rule->id);
        is_told = is_told || is_problem;
        /* what DNS could not tell today is no answer */
        if (f->outcome == CHECK_UNKNOWN)
            check.is_known = false;
    }
    check.is_known = check.is_known || check.problems > 0;
    return check;
}

static bool
check_domain(struct reportd *r, struct insight *in, struct sceau_slice domain)
{
    static const struct sceau_slice families[] = {
        {"spf",   3},
        {"dkim",  4},
        {"dmarc", 5}
    };
    struct check_selector selectors[SELECTORS_MAX];
    struct check_options options = {
        .only = {families, sizeof families / sizeof *families},
        .known_selectors = selectors,
        .known_selector_count = read_selectors(in, domain, selectors),
        .discovery = r->env.config.dmarc.discovery,
        .psl = r->env.psl,
        .is_offline = r->env.zone != NULL,
    };
    struct check_subject subject;
    struct sceau_arena *arena = sceau_arena_new(CHECK_MEMORY);
    bool is_good = arena != NULL && check_subject_init(&subject, arena, r->env.resolver,
                                                       in->now, &options, domain);
    if (is_good) {
        check_run(&subject);
        struct insight_check check = sum_up(subject.findings);
        is_good = insight_check_write(in, domain, &check);
    }
    sceau_arena_free(arena);
    return is_good;
}

bool
step_check(struct reportd *r)
{
    static const struct analysis_ours nobody;
    struct insight in = {.db = r->db,
                         .arena = sceau_arena_new(ANSWER_MEMORY),
                         .now = reportd_now(r),
                         .ours = &nobody};
    const struct sceau_slice *domains;
    size_t count = 0;
    int64_t end = in.now + BUDGET;
    bool is_good = in.arena != NULL && insight_domains(&in, &domains, &count);
    for (size_t i = 0; is_good && i < count && !reportd_stops(r); i++) {
        bool is_due;
        is_good = insight_check_due(&in, domains[i], CHECK_AGE, &is_due) &&
                  (!is_due || check_domain(r, &in, domains[i]));
        if (reportd_now(r) >= end && !r->is_once)
            break;
    }
    if (!is_good)
        reportd_trouble(r, "%s", in.error != NULL ? in.error : "out of memory");
    sceau_arena_free(in.arena);
    return is_good;
}
