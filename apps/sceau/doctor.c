/* `sceau doctor`: gathers what the checks look at, runs them, prints worst first. */
#include "doctor.h"

#include "core/json.h"
#include "doctor/doctor.h"
#include "doctor_journal.h"
#include "environment.h"
#include "outbox/queue.h"
#include "outbox_selftest.h"
#include "store_place.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COLUMNS       80
#define INDENT        4
#define FAILURES_SEEN (7 * 86400) /* of failure reports, seconds */

struct command {
    struct environment env;
    const struct doctor_options *options;
    struct sceau_context context;
    struct doctor doctor;
    struct selftest selftest;
};

/* ---- for people ---- */

static const struct {
    const char *word;       /* as the reader sees it */
    const char *one, *more; /* how many there are */
    const char *color;
} outcomes[] = {
    [DOCTOR_OK] = {N_("ok"),      N_("{count} ok"),      N_("{count} ok"),       "pass"     },
    [DOCTOR_INFO] = {N_("info"),    N_("{count} info"),    N_("{count} infos"),    ""         },
    [DOCTOR_WARNING] = {N_("warning"), N_("{count} warning"), N_("{count} warnings"),
                   "temperror"                                                              },
    [DOCTOR_PROBLEM] = {N_("problem"), N_("{count} problem"), N_("{count} problems"),
                   "fail"                                                                   },
    [DOCTOR_UNKNOWN] = {N_("unknown"), N_("{count} unknown"),
                   N_("{count} unknown ones"),                                   "temperror"},
    [DOCTOR_SKIPPED] = {N_("skipped"), N_("{count} skipped"), N_("{count} skipped"),
                   ""                                                                       },
};

/* A paragraph, indented, broken at blanks before column 80. */
static void
print_paragraph(struct sceau_slice text, size_t indent)
{
    while (text.len > 0) {
        size_t len = text.len;
        while (language_columns(slice_sub(text, 0, len)) + indent > COLUMNS - 1) {
            size_t blank = slice_find_last(slice_sub(text, 0, len), ' ');
            if (blank == len)
                break; /* one long word */
            len = blank;
        }
        printf("%*s%.*s\n", (int)indent, "", (int)len, text.ptr);
        text = slice_skip(text, len);
        while (text.len > 0 && text.ptr[0] == ' ')
            text = slice_skip(text, 1);
    }
}

/* A command stays on one line: it is to be copied. */
static void
print_mend(const struct command *c, struct sceau_slice text)
{
    if (text.len > 0)
        printf("%*s%s %.*s\n", INDENT, "", language_text(c->env.language, N_("mend:")),
               SLICE_ARG(text));
}

static void
print_finding(const struct command *c, const struct doctor_finding *finding)
{
    enum language language = c->env.language;
    const char *color = color_of(&c->env, outcomes[finding->outcome].color);
    bool is_fault = finding->outcome == DOCTOR_PROBLEM ||
                    finding->outcome == DOCTOR_WARNING ||
                    finding->outcome == DOCTOR_INFO;
    struct sceau_slice word =
        sceau_slice_from(language_text(language, outcomes[finding->outcome].word));
    struct sceau_slice title =
        sceau_slice_from(language_text(language, finding->check->title));
    bool fits = language_columns(word) + language_columns(title) +
                    strlen(finding->check->id) + 6 <
                COLUMNS;
    printf("%s%.*s%s  %.*s", color, SLICE_ARG(word), *color ? color_end(&c->env) : "",
           SLICE_ARG(title));
    printf("%s[%s]\n", fits ? "  " : "\n    ", finding->check->id);
    if (finding->outcome != DOCTOR_OK) /* of what is fine one line is enough */
        print_paragraph(finding->found, INDENT);
    if (is_fault)
        print_paragraph(sceau_slice_from(language_text(language, finding->check->why)),
                        INDENT);
    print_mend(c, finding->fix);
}

/* Worst first; what is fine in one line each, at the end. */
static void
print_findings(const struct command *c)
{
    static const enum doctor_outcome order[] = {DOCTOR_PROBLEM, DOCTOR_WARNING,
                                                DOCTOR_UNKNOWN, DOCTOR_INFO,
                                                DOCTOR_SKIPPED, DOCTOR_OK};
    bool is_quiet = c->env.call->globals.quiet;
    size_t counts[DOCTOR_SKIPPED + 1] = {0};
    for (size_t i = 0; i < c->doctor.count; i++)
        counts[c->doctor.findings[i].outcome]++;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        if (is_quiet && order[k] != DOCTOR_PROBLEM)
            break;
        for (size_t i = 0; i < c->doctor.count; i++) {
            if (c->doctor.findings[i].outcome == order[k])
                print_finding(c, &c->doctor.findings[i]);
        }
    }
    for (size_t k = 0; !is_quiet && k < sizeof order / sizeof *order; k++) {
        size_t count = counts[order[k]];
        if (count > 0)
            printf("%s%.*s", k > 0 ? "  " : "",
                   SLICE_ARG(ENV_SAY(&c->env,
                                     count == 1 ? outcomes[order[k]].one
                                                : outcomes[order[k]].more,
                                     LANGUAGE_OURS("count", DECIMAL(count)))));
    }
    if (!is_quiet)
        putchar('\n');
}

/* ---- for programs ---- */

static void
print_json(struct command *c)
{
    for (size_t i = 0; i < c->doctor.count; i++) {
        const struct doctor_finding *finding = &c->doctor.findings[i];
        struct json j = json_new(c->env.arena);
        json_open(&j, '{');
        json_key_string(&j, "id", finding->check->id);
        json_key_string(&j, "outcome", doctor_outcome_name(finding->outcome));
        json_key_string(&j, "title", finding->check->title);
        json_key_slice(&j, "found", finding->found);
        json_key_string(&j, "why", finding->check->why);
        json_key_slice(&j, "fix",
                       finding->fix.len > 0 ? finding->fix : SCEAU_SLICE(""));
        json_close(&j, '}');
        print_line(stdout, json_done(&j));
    }
}

static int
print_list(struct command *c)
{
    for (size_t i = 0; i < doctor_check_count; i++) {
        printf("%-24s %s\n", doctor_checks[i].id,
               language_text(c->env.language, doctor_checks[i].title));
    }
    return CLI_EXIT_OK;
}

/* ---- the command ---- */

/* The ids of a list of words, each of which may name several by commas. */
static bool
take_ids(struct command *c, const struct cli_list *list, struct sceau_slice *ids,
         size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct sceau_slice part, rest = sceau_slice_from(list->items[i]);
        while (slice_next(&rest, ',', &part)) {
            part = slice_trim(part);
            if (*count == DOCTOR_FINDINGS_MAX || !doctor_is_id(part)) {
                ENV_USAGE(&c->env, "no such check: {id} (sceau doctor --list)",
                          LANGUAGE_THEIRS("id", part));
                return false;
            }
            ids[(*count)++] = part;
        }
    }
    return true;
}

/* A store that is not there knows of no test. */
static void
gather_selftest(struct command *c, struct database *db)
{
    if (!outbox_is_wanted(&c->env))
        return;
    const struct outbox_settings settings = {.receiver = outbox_receiver(&c->env)};
    if (db == NULL || outbox_selftest_known(&c->env, db, &settings, (int64_t)time(NULL),
                                            &c->selftest))
        c->doctor.selftest = &c->selftest;
    if (db != NULL &&
        !queue_failures(db, (int64_t)time(NULL) - FAILURES_SEEN,
                        &c->doctor.failures_taken, &c->doctor.failures_lost))
        c->doctor.failures_taken = c->doctor.failures_lost = 0;
}

static void
gather_store(struct command *c)
{
    char error[DATABASE_ERROR_MAX];
    struct doctor *d = &c->doctor;
    struct problem told = {.language = d->language};
    struct database *db = store_look(&c->env, c->options->state, error);
    d->store = db != NULL         ? DOCTOR_STORE_READ
               : error[0] != '\0' ? DOCTOR_STORE_TROUBLE
                                  : DOCTOR_STORE_NONE;
    struct text t = text_new(c->env.arena, SIZE_MAX);
    problem_retell(&told, error);
    text_string(&t, told.text);
    d->store_error = text_done(&t).ptr;
    gather_selftest(c, db);
    database_close(db);
}

static bool
gather(struct command *c)
{
    struct doctor *d = &c->doctor;
    struct sceau_slice state = slice_copy(c->env.arena, c->env.config.milter.state);
    struct text t = text_new(c->env.arena, SIZE_MAX);
    text_slice(&t, state);
    c->context = (struct sceau_context){.arena = c->env.arena,
                                        .resolver = c->env.resolver,
                                        .now = (int64_t)time(NULL)};
    *d = (struct doctor){
        .context = &c->context,
        /* JSON is English (DESIGN.md section 9) */
        .language = c->env.call->globals.json ? LANGUAGE_EN : c->env.language,
        .config = &c->env.config,
        .config_file = c->env.call->globals.config != NULL ? c->env.call->globals.config
                                                           : CONFIG_PLACE,
        .state = c->options->state != NULL ? c->options->state : text_done(&t).ptr,
        .has_zone = c->env.zone != NULL,
        .clock = doctor_clock(),
        .findings =
            sceau_arena_alloc(c->env.arena, DOCTOR_FINDINGS_MAX * sizeof *d->findings)};
    gather_store(c);
    postfix_read(c->env.arena, c->options->postfix, &d->postfix);
    if (d->state != NULL)
        doctor_read_journal(d);
    return d->findings != NULL && d->state != NULL;
}

static int
examine(struct command *c)
{
    static struct sceau_slice only[DOCTOR_FINDINGS_MAX], skip[DOCTOR_FINDINGS_MAX];
    size_t only_count, skip_count;
    if (c->options->list)
        return print_list(c);
    if (!take_ids(c, &c->options->only, only, &only_count) ||
        !take_ids(c, &c->options->skip, skip, &skip_count))
        return CLI_EXIT_USAGE;
    if (!gather(c)) {
        complain_text(c->env.language, "out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    doctor_run(&c->doctor, only, only_count, skip, skip_count);
    if (c->env.call->globals.json)
        print_json(c);
    else
        print_findings(c);
    return doctor_exit_status(&c->doctor);
}

int
doctor_command_run(const struct cli_call *call)
{
    struct command c = {.options = call->options};
    int status = environment_open(&c.env, call);
    if (status == 0)
        status = examine(&c);
    environment_close(&c.env);
    return status;
}
