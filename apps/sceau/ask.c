/* A question to the store under way: the filter from the options, and what its answer is
 * written with. Nothing is decided here. */
#include "ask.h"

#include "environment.h"
#include "insight/ours.h"
#include "store_place.h"

#include <time.h>

#define ANSWER_MEMORY ((size_t)512 * 1024 * 1024)

/* ---- opening ---- */

static int
refuse(struct ask *a, struct sceau_slice problem)
{
    (void)a;
    complain("%.*s", SLICE_ARG(problem));
    return CLI_EXIT_USAGE;
}

/* "14d" or "2w" in days; the empty slice when it is neither. */
static struct sceau_slice
days_of_span(struct sceau_arena *arena, const char *span)
{
    struct sceau_slice text = sceau_slice_from(span);
    uint64_t number;
    bool is_weeks = text.len > 1 && text.ptr[text.len - 1] == 'w';
    if (text.len < 2 || (!is_weeks && text.ptr[text.len - 1] != 'd') ||
        !slice_decimal(slice_sub(text, 0, text.len - 1), 10000, &number))
        return text;
    struct text t = text_new(arena, SIZE_MAX);
    text_decimal(&t, is_weeks ? number * 7 : number);
    return text_done(&t);
}

static int
read_filter(struct ask *a, const char *domain)
{
    const struct report_ask_options *o = a->options;
    const struct {
        const char *name, *value;
    } choices[] = {
        {"domain",      domain                },
        {"days",        o->days               },
        {"from",        o->from               },
        {"to",          o->to                 },
        {"source",      o->source             },
        {"ip",          o->ip                 },
        {"reporter",    o->reporter           },
        {"class",       o->class              },
        {"cause",       o->cause              },
        {"disposition", o->disposition        },
        {"result",      o->result             },
        {"selector",    o->selector           },
        {"new",         o->is_new ? "1" : NULL},
    };
    struct sceau_slice problem;
    filter_init(&a->filter, a->insight.now);
    if (o->since != NULL &&
        !filter_set(&a->filter, a->arena, a->language, SCEAU_SLICE("days"),
                    days_of_span(a->arena, o->since), &problem))
        return refuse(a, problem);
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (choices[i].value != NULL &&
            !filter_set(&a->filter, a->arena, a->language,
                        sceau_slice_from(choices[i].name),
                        sceau_slice_from(choices[i].value), &problem))
            return refuse(a, problem);
    if (!filter_read(&a->filter, a->arena, a->language, SLICE_NONE, NULL, &problem))
        return refuse(a, problem);
    return 0;
}

static bool
read_now(struct ask *a)
{
    uint64_t now = (uint64_t)time(NULL);
    if (a->options->now != NULL &&
        !slice_decimal(sceau_slice_from(a->options->now), INT64_MAX, &now)) {
        COMPLAIN(a->language,
                 "--now {value}: seconds since 1970-01-01 UTC, as 1667930000",
                 LANGUAGE_THEIRS("value", sceau_slice_from(a->options->now)));
        return false;
    }
    a->insight.now = (int64_t)now;
    return true;
}

int
ask_open(struct ask *a, const struct cli_call *call, enum database_mode mode,
         const char *domain)
{
    *a = (struct ask){.options = call->options, .language = environment_language(call)};
    int status = environment_load_config(&a->env, call);
    if (status != 0)
        return status;
    if (!read_now(a))
        return CLI_EXIT_USAGE;
    a->arena = a->insight.arena = sceau_arena_new(ANSWER_MEMORY);
    if (a->arena == NULL) {
        complain_text(a->language, "out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    status = read_filter(a, domain);
    if (status != 0)
        return status;
    a->db = a->insight.db = store_open(&a->env, a->options->state, mode, &status);
    if (a->db == NULL)
        return status;
    a->insight.ours = ours_make(a->arena, &a->env.config, a->db);
    if (a->insight.ours != NULL)
        return 0;
    complain_text(a->language, "out of memory");
    return CLI_EXIT_TEMPORARY;
}

int
ask_close(struct ask *a, int status)
{
    database_close(a->db);
    sceau_arena_free(a->arena);
    environment_close(&a->env);
    return status;
}

int
ask_fail(struct ask *a)
{
    complain_problem(a->language, insight_error(&a->insight));
    return CLI_EXIT_TEMPORARY;
}

/* ---- printing ---- */

bool
ask_is_for_people(const struct ask *a)
{
    return !a->options->csv && !a->env.call->globals.json;
}

void
ask_put(struct ask *a, struct text *t)
{
    struct sceau_slice done = text_done(t);
    if (!a->env.call->globals.quiet && done.ptr != NULL)
        fwrite(done.ptr, 1, done.len, stdout);
    if (done.ptr == NULL)
        complain_text(a->language, "out of memory");
}

void
ask_say(struct ask *a, struct sceau_slice line)
{
    if (ask_is_for_people(a) && !a->env.call->globals.quiet)
        print_line(stdout, line);
    a->is_started = true;
}

void
ask_say_wrapped(struct ask *a, struct sceau_slice text, size_t indent)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    text_format(&t, "%*s", (int)indent, "");
    language_wrap(&t, text, ASK_COLUMNS, indent, indent);
    ask_say(a, text_done(&t));
}

void
ask_say_hanging(struct ask *a, const char *head, struct sceau_slice text)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    size_t columns = strlen(head);
    text_string(&t, head);
    language_wrap(&t, text, ASK_COLUMNS, columns, columns);
    ask_say(a, text_done(&t));
}

const char *
ask_word(const struct ask *a, const char *english)
{
    return language_text(a->language, english);
}

void
ask_heading(struct ask *a, const char *english)
{
    if (a->is_started)
        ask_say(a, SCEAU_SLICE(""));
    ask_say(a, sceau_slice_from(ask_word(a, english)));
}

void
ask_table(struct ask *a, const struct table *table, bool is_main)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    if (a->options->csv) {
        if (is_main)
            table_csv(&t, table);
    } else if (a->env.call->globals.json) {
        table_json_lines(&t, a->arena, table);
    } else {
        table_print(&t, a->arena, a->language, table, ASK_COLUMNS);
        a->is_started = true;
    }
    ask_put(a, &t);
}

void
ask_say_filter(struct ask *a)
{
    ask_say(a, filter_sentence(a->arena, a->language, &a->filter));
}

const char *
ask_operand(const struct cli_call *call)
{
    return call->operands.count > 0 ? call->operands.items[0] : NULL;
}
