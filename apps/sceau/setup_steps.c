/* The tutorial's five steps: A/AAAA, SPF, DKIM, DMARC, MX. A step is done when DNS serves
 * every record that the description asks for, and no check of its family finds a problem.
 * What DNS does not tell is unknown. */
#include "check.h"
#include "check/check.h"
#include "core/json.h"
#include "dns/name.h"
#include "setup.h"

#include <string.h>
#include <time.h>

#define LINES_MAX 12 /* shown of one step */

enum step_state {
    STEP_DONE,
    STEP_NEXT,
    STEP_UNKNOWN,
};

struct step {
    const char *title;
    const char *checks; /* the family whose problems count; NULL: none */
    enum step_state state;
    size_t wanted, served;
    struct text lines; /* what is to be published */
    const struct check_finding *problem;
};

enum {
    STEP_HOSTS,
    STEP_SPF,
    STEP_DKIM,
    STEP_DMARC,
    STEP_MX,
    STEP_COUNT,
};

static const struct {
    const char *word; /* for people */
    const char *json;
} states[] = {
    [STEP_DONE] = {N_("done"),    "done"   },
    [STEP_NEXT] = {N_("next"),    "next"   },
    [STEP_UNKNOWN] = {N_("unknown"), "unknown"},
};

static size_t
step_of(const struct records_record *record)
{
    switch (record->section) {
    case RECORDS_MX: return record->type == SCEAU_DNS_MX ? STEP_MX : STEP_HOSTS;
    case RECORDS_SPF: return STEP_SPF;
    case RECORDS_DKIM: return STEP_DKIM;
    case RECORDS_DMARC: break;
    }
    return STEP_DMARC;
}

/* ---- what DNS serves --------------------------------------------------------------- */

static bool
is_same(const struct records_record *record, const struct sceau_dns_rr *rr)
{
    if (record->type == SCEAU_DNS_TXT)
        return slice_eq(record->text, rr->text);
    return slice_eq_ci(record->rdata, rr->rdata); /* names have no letter case */
}

static void
look(struct setup *s, const struct records_set *set,
     const struct records_record *record, struct step *step)
{
    struct sceau_context context = {.arena = s->env.arena, .resolver = s->env.resolver};
    struct sceau_dns_answer answer;
    sceau_dns_lookup(&context, dns_name_to_asked(s->env.arena, record->owner),
                     record->type, &answer);
    step->wanted++;
    for (size_t i = 0; answer.status == SCEAU_DNS_OK && i < answer.count; i++) {
        if (is_same(record, &answer.rrs[i])) {
            step->served++;
            return;
        }
    }
    if (sceau_dns_is_trouble(answer.status)) {
        step->state = step->state == STEP_NEXT ? STEP_NEXT : STEP_UNKNOWN;
        return;
    }
    step->state = STEP_NEXT;
    if (step->wanted - step->served > LINES_MAX)
        return;
    records_line(&step->lines, record, set->origin);
    text_octet(&step->lines, '\n');
}

/* ---- what the checks say ------------------------------------------------------------- */

static void
take_problem(struct step *steps, const struct check_finding *finding)
{
    for (size_t i = 0; i < STEP_COUNT; i++) {
        size_t len = steps[i].checks != NULL ? strlen(steps[i].checks) : 0;
        if (len > 0 && strncmp(finding->rule->id, steps[i].checks, len) == 0 &&
            steps[i].problem == NULL && steps[i].state == STEP_DONE) {
            steps[i].problem = finding;
            steps[i].state = STEP_NEXT;
        }
    }
}

static void
run_checks(struct setup *s, const struct records_set *set, struct step *steps)
{
    static struct check_subject subject; /* large for a stack */
    struct sceau_slice only[] = {SCEAU_SLICE("spf"), SCEAU_SLICE("dkim"),
                                 SCEAU_SLICE("dmarc"), SCEAU_SLICE("mx")};
    struct check_options options = {
        .language = s->env.language,
        .only = {only, sizeof only / sizeof *only},
        .is_offline = s->env.zone != NULL,
        .dns_port = (uint16_t)s->env.config.check.dns_port,
    };
    check_learn_selectors(&s->env, &options);
    if (!check_subject_init(&subject, s->env.arena, s->env.resolver,
                            (int64_t)time(NULL), &options, set->domain))
        return;
    check_run(&subject);
    for (const struct check_finding *f = subject.findings; f != NULL; f = f->next) {
        if (f->outcome == CHECK_PROBLEM)
            take_problem(steps, f);
    }
}

/* ---- shown ------------------------------------------------------------------------------ */

static void
print_json(struct setup *s, const struct step *steps)
{
    for (size_t i = 0; i < STEP_COUNT; i++) {
        const struct step *step = &steps[i];
        struct text lines = step->lines;
        struct json j = json_new(s->env.arena);
        json_open(&j, '{');
        json_key_number(&j, "step", (int64_t)i + 1);
        json_key_string(&j, "title", step->title);
        json_key_string(&j, "state", states[step->state].json);
        json_key_number(&j, "wanted", (int64_t)step->wanted);
        json_key_number(&j, "served", (int64_t)step->served);
        json_key_slice(&j, "publish", text_done(&lines));
        json_key_string(&j, "check",
                        step->problem != NULL ? step->problem->rule->id : "");
        json_close(&j, '}');
        print_line(stdout, json_done(&j));
    }
}

static void
print_step(struct setup *s, size_t number, const struct step *step)
{
    struct text cell = text_new(s->env.arena, SIZE_MAX), lines = step->lines;
    static const char *const colors[] = {"pass", "fail", "temperror"};
    const char *color = color_of(&s->env, colors[step->state]);
    language_cell(&cell,
                  sceau_slice_from(
                      language_text(s->env.language, states[step->state].word)),
                  9);
    printf("%zu  %-7s %s%s%s %zu/%zu\n", number, step->title, color,
           text_done(&cell).ptr, *color != '\0' ? color_end(&s->env) : "", step->served,
           step->wanted);
    struct sceau_slice rest = text_done(&lines), line;
    while (rest.len > 0 && slice_next(&rest, '\n', &line)) {
        if (line.len > 0)
            printf("     %.*s\n", SLICE_ARG(line));
    }
    if (step->problem != NULL)
        printf(AS_IS("     %.*s (sceau check --explain %s)\n"),
               SLICE_ARG(step->problem->found), step->problem->rule->id);
}

static void
judge(struct setup *s, const struct records_set *set, struct step *steps)
{
    for (size_t i = 0; i < STEP_COUNT; i++)
        steps[i].lines = text_new(s->env.arena, SIZE_MAX);
    for (size_t i = 0; i < set->count; i++) {
        if (!set->records[i].is_foreign)
            look(s, set, &set->records[i], &steps[step_of(&set->records[i])]);
    }
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if (steps[i].wanted == 0)
            steps[i].state = STEP_NEXT; /* DKIM without a key */
    }
    run_checks(s, set, steps);
}

int
setup_show_steps(struct setup *s, const struct records_set *set)
{
    struct step steps[STEP_COUNT] = {
        {.title = "A/AAAA"  },
        { .title = "SPF",   .checks = "spf."},
        { .title = "DKIM",  .checks = "dkim."},
        { .title = "DMARC", .checks = "dmarc."},
        { .title = "MX",    .checks = "mx."},
    };
    int status = 0;
    judge(s, set, steps);
    if (s->call.globals.json)
        print_json(s, steps);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if (!s->call.globals.json)
            print_step(s, i + 1, &steps[i]);
        if (steps[i].state == STEP_NEXT)
            status = CLI_EXIT_WARNING;
        else if (steps[i].state == STEP_UNKNOWN && status == 0)
            status = CLI_EXIT_UNKNOWN;
    }
    return status;
}
