/* The letter of src/alert over the store; nothing is recorded as told. */
#include "report_digest.h"

#include "alert/alert.h"
#include "environment.h"
#include "insight/ours.h"
#include "store_place.h"

#include <stdio.h>
#include <time.h>

#define ANSWER_MEMORY ((size_t)512 * 1024 * 1024)
#define DAY           86400

struct digest_options {
    bool daily, weekly, html;
    const char *to, *state, *now;
};

struct digest {
    struct environment env;
    const struct digest_options *options;
    enum language language;
    struct database *db;
    struct insight insight;
    struct alert_settings settings;
};

static int
fail(const struct digest *d, const char *words)
{
    complain_problem(d->language, words);
    return CLI_EXIT_TEMPORARY;
}

static int
out_of_memory(const struct digest *d)
{
    complain_text(d->language, "out of memory");
    return CLI_EXIT_TEMPORARY;
}

static int
read_now(struct digest *d)
{
    uint64_t now = (uint64_t)time(NULL);
    const char *text = d->options->now;
    if (text != NULL && !slice_decimal(sceau_slice_from(text), INT64_MAX, &now)) {
        COMPLAIN(d->language,
                 "--now {time}: seconds since 1970-01-01 UTC, as 1667930000",
                 LANGUAGE_THEIRS("time", sceau_slice_from(text)));
        return CLI_EXIT_USAGE;
    }
    d->insight.now = (int64_t)now;
    return 0;
}

static int
open_digest(struct digest *d, const struct cli_call *call)
{
    struct problem problem = {.language = d->language};
    int status = environment_load_config(&d->env, call);
    if (status == 0)
        status = read_now(d);
    if (status != 0)
        return status;
    d->insight.arena = sceau_arena_new(ANSWER_MEMORY);
    if (d->insight.arena == NULL)
        return out_of_memory(d);
    if (!alert_settings_make(&d->env.config, d->insight.arena, &d->settings,
                             &problem)) {
        complain_of(&problem);
        return CLI_EXIT_USAGE;
    }
    d->db = d->insight.db =
        store_open(&d->env, d->options->state, DATABASE_READ, &status);
    if (d->db == NULL)
        return status;
    d->insight.ours = ours_make(d->insight.arena, &d->env.config, d->db);
    return d->insight.ours != NULL ? 0 : out_of_memory(d);
}

/* Found within the days of the letter: first, and marked. */
static bool
put_new_first(struct digest *d, const struct alert_world *world, struct letter *letter)
{
    int64_t since = (int64_t)letter->from_day * DAY;
    struct letter_item *items =
        sceau_arena_alloc(d->insight.arena, (world->item_count + 1) * sizeof *items);
    for (size_t part = 0; items != NULL && part < 2; part++) {
        for (size_t i = 0; i < world->item_count; i++) {
            bool is_new = world->items[i].first >= since;
            if (is_new != (part == 0))
                continue;
            items[letter->item_count] = world->items[i];
            items[letter->item_count++].is_new = is_new;
        }
    }
    letter->items = items;
    return items != NULL;
}

static int
send_letter(struct digest *d, const struct letter *letter)
{
    struct problem problem = {.language = d->language};
    enum sending end = alert_mail_to(&d->settings, d->insight.arena, letter,
                                     &d->options->to, 1, &problem);
    if (end == SENDING_DONE)
        return CLI_EXIT_OK;
    complain_of(&problem);
    return end == SENDING_REFUSED ? CLI_EXIT_USAGE : CLI_EXIT_TEMPORARY;
}

static int
print_letter(struct digest *d, const struct letter *letter)
{
    struct sceau_arena *arena = d->insight.arena;
    bool is_json = d->env.call->globals.json;
    struct sceau_slice out = is_json            ? letter_json(arena, letter)
                             : d->options->html ? letter_html(arena, letter)
                                                : letter_text(arena, letter);
    if (out.ptr == NULL)
        return out_of_memory(d);
    if (!d->env.call->globals.quiet) {
        fwrite(out.ptr, 1, out.len, stdout);
        if (is_json || d->options->html)
            putchar('\n');
    }
    return CLI_EXIT_OK;
}

static int
answer(struct digest *d)
{
    struct alert_world world;
    struct letter letter = {
        .kind = d->options->daily ? LETTER_DAILY : LETTER_WEEKLY,
        .language = d->language,
        .time = d->insight.now,
        .url = d->settings.url,
    };
    d->settings.language = d->language;
    if (!alert_world_make(&d->insight, &d->settings, &world) ||
        !alert_figures(&d->insight, &letter))
        return fail(d, insight_error(&d->insight));
    letter.left_out = world.left_out;
    if (!put_new_first(d, &world, &letter))
        return out_of_memory(d);
    return d->options->to != NULL ? send_letter(d, &letter) : print_letter(d, &letter);
}

static int
digest_run(const struct cli_call *call)
{
    struct digest d = {.options = call->options,
                       .language = environment_language(call)};
    int status = open_digest(&d, call);
    if (status == 0)
        status = answer(&d);
    database_close(d.db);
    sceau_arena_free(d.insight.arena);
    environment_close(&d.env);
    return status;
}

static const struct cli_option options[] = {
    {"daily",  0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct digest_options, daily),
     "with the figures of the day before"                 },
    {"weekly", 0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct digest_options, weekly),
     "with those of the last seven days (the default)"    },
    {"to",     0, CLI_TEXT, "ADDRESS", NULL, NULL, offsetof(struct digest_options, to),
     "send it there by alert.smtp, instead of printing it"},
    {"html",   0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct digest_options, html),
     "print the HTML form"                                },
    {"state",  0, CLI_TEXT, "DIR",     NULL, NULL, offsetof(struct digest_options, state),
     "the state directory, instead of milter.state"       },
    {"now",    0, CLI_TEXT, "EPOCH",   NULL, NULL, offsetof(struct digest_options, now),
     "the time, in seconds since 1970 (for tests)"        },
};

static const struct cli_example examples[] = {
    {"sceau report digest",                                "the week, on the terminal"},
    {"sceau report digest --daily --to admin@example.org",
     "a mail, to see whether it comes"                                                },
};

const struct cli_command report_digest_commands[] = {
    {
     .name = "report digest",
     .sentence = "what needs a look, with the figures of a week",
     .description =
            "The letter that sceau-reportd sends as [alert] of the configuration says: findings "
            "that are not hidden, those of the range first, each with what to do and its link; "
            "then a line for each domain. It does not count as sent.", .exit_status =
            "0 printed or taken by the mail server, 64 usage or a setting, 65 there is no "
            "store, 75 try again", .options = options,
     .option_count = sizeof options / sizeof *options,
     .options_size = sizeof(struct digest_options),
     .examples = examples,
     .example_count = sizeof examples / sizeof *examples,
     .run = digest_run,
     },
};
