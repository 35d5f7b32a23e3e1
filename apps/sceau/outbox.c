/* What people ask and want of the outbox; src/outbox does the work. */
#include "insight/outbox.h"

#include "core/date.h"
#include "core/text.h"
#include "dmarc/uri.h"
#include "outbox/delivery_store.h"
#include "outbox/failure.h"
#include "outbox_command.h"
#include "outbox_selftest.h"
#include "store_place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCRATCH ((size_t)4 * 1024 * 1024)
#define COLUMNS 80
#define DAY     86400

/* ---- begin and end ---- */

static int
read_now(struct outbox *o)
{
    uint64_t now = (uint64_t)time(NULL);
    if (o->options->now != NULL &&
        !slice_decimal(sceau_slice_from(o->options->now), INT64_MAX, &now)) {
        COMPLAIN(o->env.language,
                 "--now {now}: seconds since 1970-01-01 UTC, as 1667930000",
                 LANGUAGE_THEIRS("now", sceau_slice_from(o->options->now)));
        return CLI_EXIT_USAGE;
    }
    o->now = (int64_t)now;
    return 0;
}

int
outbox_begin(struct outbox *o, const struct cli_call *call, enum database_mode mode)
{
    *o = (struct outbox){.options = call->options, .call = call};
    int status = environment_open(&o->env, call);
    if (status == 0)
        status = read_now(o);
    if (status != 0)
        return status;
    store_state(&o->env, o->options->state, o->state, sizeof o->state);
    o->scratch = sceau_arena_new(SCRATCH);
    o->db = store_open(&o->env, o->options->state, mode, &status);
    if (o->db == NULL)
        return status;
    bool is_there = mode == DATABASE_READ
                        ? outbox_look(&o->env, o->state, &o->settings)
                        : outbox_place(&o->env, o->state, &o->settings);
    if (o->scratch == NULL || !is_there)
        return CLI_EXIT_TEMPORARY;
    return 0;
}

int
outbox_end(struct outbox *o, int status)
{
    database_close(o->db);
    sceau_arena_free(o->scratch);
    environment_close(&o->env);
    return status;
}

int
outbox_database_failed(struct outbox *o)
{
    complain_problem(o->env.language, database_error(o->db));
    return CLI_EXIT_TEMPORARY;
}

int
outbox_print_table(struct outbox *o, const struct table *table)
{
    struct text t = text_new(o->env.arena, SIZE_MAX);
    if (o->call->globals.json)
        table_json_lines(&t, o->scratch, table);
    else
        table_print(&t, o->scratch, o->env.language, table, COLUMNS);
    struct sceau_slice text = text_done(&t);
    fwrite(text.ptr, 1, text.len, stdout);
    return CLI_EXIT_OK;
}

/* ---- list ---- */

static bool
is_asked_for(const struct outbox *o, struct sceau_slice domain)
{
    if (o->call->operands.count == 0)
        return true;
    for (size_t i = 0; i < o->call->operands.count; i++)
        if (slice_eq_ci(domain, sceau_slice_from(o->call->operands.items[i])))
            return true;
    return false;
}

/* ---- why ---- */

#define REASONS_MAX 20

/* What was said of deliveries, each once, for the lines below the table. */
struct reasons {
    struct {
        struct sceau_slice said;
        const char *state;
        uint64_t count;
    } items[REASONS_MAX];
    size_t count;
};

static void
add_reason(struct reasons *reasons, struct sceau_arena *arena,
           const struct outbox_entry *e)
{
    size_t i = 0;
    if (e->reply.len == 0)
        return;
    while (i < reasons->count &&
           !(reasons->items[i].state == insight_outgoing_word(e) &&
             slice_eq(reasons->items[i].said, e->reply)))
        i++;
    if (i == REASONS_MAX)
        return;
    if (i == reasons->count) {
        reasons->count++;
        reasons->items[i].said = slice_copy(arena, e->reply);
        reasons->items[i].state = insight_outgoing_word(e);
    }
    reasons->items[i].count++;
}

/* A sentence of ours is translated, a mail server's words are as they are. */
static struct sceau_slice
said(struct outbox *o, struct sceau_slice words)
{
    struct text t = text_new(o->env.arena, SIZE_MAX);
    text_slice(&t, words);
    struct sceau_slice copy = text_done(&t);
    return copy.ptr != NULL ? environment_word(&o->env, copy.ptr) : words;
}

static void
print_reasons(struct outbox *o, const struct reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++)
        outbox_print_wrapped(
            o,
            ENV_SAY(&o->env, N_("{state} ({count}): {words}"),
                    LANGUAGE_OURS("state",
                                  environment_word(&o->env, reasons->items[i].state)),
                    LANGUAGE_OURS("count", DECIMAL(reasons->items[i].count)),
                    LANGUAGE_THEIRS("words", said(o, reasons->items[i].said))));
}

/* The mail server that takes nothing. */
static int
print_rest(struct outbox *o)
{
    char time[24];
    struct text t = text_in(time, sizeof time);
    struct outbox_rest rest;
    char rest_of[OUTBOX_FOLDER_NAME] = "";
    if (database_is_shared(o->db) && !outbox_folder_name(o->settings.folder, rest_of))
        return CLI_EXIT_OK; /* this host never sent */
    if (!outbox_rest_read(o->db, rest_of, &rest))
        return outbox_database_failed(o);
    if (rest.until <= o->now)
        return CLI_EXIT_OK;
    date_format(&t, rest.until);
    text_format(&t, " %02d:%02dZ", (int)(rest.until / 3600 % 24),
                (int)(rest.until / 60 % 60));
    outbox_print_wrapped(
        o,
        ENV_SAY(
            &o->env,
            N_("The mail server takes nothing, and is asked again at {time}: {words}"),
            LANGUAGE_OURS("time", text_done(&t)),
            LANGUAGE_THEIRS("words", sceau_slice_from(rest.words))));
    return CLI_EXIT_OK;
}

/* Of failure reports: what each report would have told of those since the last one. */
static int
print_untold(struct outbox *o)
{
    int64_t untold;
    if (!outbox_failure_untold(o->db, &untold))
        return outbox_database_failed(o);
    if (untold > 0)
        outbox_print_wrapped(
            o, ENV_SAY(&o->env,
                       N_("Messages that failed, were counted, and of which no failure "
                          "report told, since the store was made: {count}"),
                       LANGUAGE_OURS("count", DECIMAL((uint64_t)untold))));
    return CLI_EXIT_OK;
}

int
outbox_list_run(const struct cli_call *call)
{
    struct outbox o;
    struct outbox_entry entry;
    struct selftest test;
    struct reasons reasons = {.count = 0};
    int step, status = outbox_begin(&o, call, DATABASE_READ);
    if (status != 0)
        return outbox_end(&o, status);
    if (!outbox_selftest_known(&o.env, o.db, &o.settings, o.now, &test))
        return outbox_end(&o, outbox_database_failed(&o));
    struct table_maker m = insight_outgoing_new(o.env.arena);
    struct statement *entries = queue_entries(o.db, o.options->all);
    while ((step = queue_next(entries, &entry)) == 1)
        if (is_asked_for(&o, entry.policy_domain)) {
            insight_outgoing_row(&m, &entry);
            add_reason(&reasons, o.env.arena, &entry);
        }
    struct table table = table_done(&m);
    if (step == 0 && table.row_count == 0 && !call->globals.json)
        print_line(stdout, environment_word(&o.env, N_("Nothing waits to be sent.")));
    status = step == 0 ? outbox_print_table(&o, &table) : outbox_database_failed(&o);
    if (status != 0 || call->globals.json)
        return outbox_end(&o, status);
    print_reasons(&o, &reasons);
    status = print_rest(&o);
    if (status == 0)
        status = print_untold(&o);
    if (outbox_is_wanted(&o.env))
        outbox_print_missing(&o, &test);
    return outbox_end(&o, status);
}

/* ---- retry, suppress ---- */

static const struct table_column change_columns[] = {
    {"change",  TABLE_WORD,   N_("Change"),  12},
    {"of",      TABLE_TEXT,   N_("Of"),      40},
    {"changed", TABLE_NUMBER, N_("Changed"), 8 },
};

/* For scripts; people see that nothing was complained about. */
static void
tell_change(struct outbox *o, const char *change, const char *of, int64_t changed)
{
    if (!o->call->globals.json)
        return;
    struct table_maker m = table_new(o->env.arena, "change", change_columns,
                                     sizeof change_columns / sizeof *change_columns);
    table_word(&m, change);
    table_text(&m, sceau_slice_from(of));
    table_signed(&m, changed);
    struct table table = table_done(&m);
    outbox_print_table(o, &table);
}

#define RETRIED (7 * DAY) /* what is older is of no use */

static int
retry_all(struct outbox *o)
{
    int64_t changed;
    if (!database_begin_durable(o->db) ||
        !queue_retry_all(o->db, o->now - RETRIED, o->now, &changed) ||
        !database_commit(o->db))
        return outbox_database_failed(o);
    tell_change(o, "retried", "--all", changed);
    return changed > 0 ? CLI_EXIT_OK : CLI_EXIT_WARNING;
}

int
outbox_retry_run(const struct cli_call *call)
{
    struct outbox o;
    int status = outbox_begin(&o, call, DATABASE_WRITE);
    if (status != 0)
        return outbox_end(&o, status);
    if ((call->operands.count > 0) == o.options->all) {
        complain_text(o.env.language, "name reports and addresses, or --all");
        return outbox_end(&o, CLI_EXIT_USAGE);
    }
    if (o.options->all)
        return outbox_end(&o, retry_all(&o));
    if (!database_begin_durable(o.db))
        return outbox_end(&o, outbox_database_failed(&o));
    for (size_t i = 0; i < call->operands.count; i++) {
        int64_t changed;
        if (!queue_retry(o.db, sceau_slice_from(call->operands.items[i]), o.now,
                         &changed))
            return outbox_end(&o, outbox_database_failed(&o));
        tell_change(&o, "retried", call->operands.items[i], changed);
        if (changed > 0)
            continue;
        COMPLAIN(
            o.env.language,
            "{what}: no report of this id, and none to this address, can be sent again",
            LANGUAGE_THEIRS("what", sceau_slice_from(call->operands.items[i])));
        status = CLI_EXIT_WARNING;
    }
    return outbox_end(&o, database_commit(o.db) ? status : outbox_database_failed(&o));
}

#define DAYS_MAX 36500

/* As the URI of a record would name it, so that it is found: a mailbox, or all of a host. */
static bool
read_destination(struct outbox *o, struct sceau_slice what, struct sceau_slice *read)
{
    bool is_mailbox = slice_find(what, '@') < what.len;
    struct dmarc_uri uri;
    struct text t = text_new(o->env.arena, SIZE_MAX);
    text_string(&t, is_mailbox ? "mailto:" : "mailto:x@");
    text_slice(&t, what);
    bool is_read = dmarc_uri_parse(o->env.arena, text_done(&t), &uri) == SCEAU_OK &&
                   uri.mailbox.len > 0;
    if (is_read)
        *read = is_mailbox ? uri.mailbox : outbox_host_of(uri.mailbox);
    return is_read;
}

/* What was suppressed by a version before may be anything, and can be lifted. */
static bool
read_destinations(struct outbox *o, const struct cli_list *operands,
                  struct sceau_slice *read)
{
    for (size_t i = 0; i < operands->count; i++) {
        struct sceau_slice what = sceau_slice_from(operands->items[i]);
        if (read_destination(o, what, &read[i]))
            continue;
        read[i] = what;
        if (o->options->lift)
            continue;
        COMPLAIN(o->env.language,
                 "{what}: no address and no host, as dmarc@example.org",
                 LANGUAGE_THEIRS("what", what));
        return false;
    }
    return true;
}

static bool
has_days(struct outbox *o)
{
    uint64_t days = o->options->days.value;
    if (!o->options->days.is_given || (days > 0 && days <= DAYS_MAX))
        return true;
    COMPLAIN(o->env.language, "--days {days}: 1 to 36500",
             LANGUAGE_OURS("days", DECIMAL(days)));
    return false;
}

static bool
suppress(struct outbox *o, struct sceau_slice mailbox)
{
    int64_t days = o->options->days.is_given ? (int64_t)o->options->days.value : 30;
    int64_t until = o->options->for_good ? INT64_MAX : o->now + days * DAY;
    return queue_suppress(o->db, mailbox, until, o->now);
}

static int
list_suppressed(struct outbox *o)
{
    struct insight in = {.db = o->db, .arena = o->env.arena, .now = o->now};
    struct table table;
    return insight_suppressed_table(&in, &table) ? outbox_print_table(o, &table)
                                                 : outbox_database_failed(o);
}

int
outbox_suppress_run(const struct cli_call *call)
{
    struct outbox o;
    bool is_list = call->operands.count == 0;
    int status = outbox_begin(&o, call, is_list ? DATABASE_READ : DATABASE_WRITE);
    if (status != 0)
        return outbox_end(&o, status);
    if (is_list)
        return outbox_end(&o, list_suppressed(&o));
    struct sceau_slice *read =
        sceau_arena_alloc(o.env.arena, call->operands.count * sizeof *read);
    if (read == NULL)
        return outbox_end(&o, CLI_EXIT_TEMPORARY);
    if (!has_days(&o) || !read_destinations(&o, &call->operands, read))
        return outbox_end(&o, CLI_EXIT_USAGE);
    if (!database_begin_durable(o.db))
        return outbox_end(&o, outbox_database_failed(&o));
    for (size_t i = 0; i < call->operands.count; i++) {
        bool is_done =
            o.options->lift ? queue_lift(o.db, read[i]) : suppress(&o, read[i]);
        int64_t rows = is_done ? database_changes(o.db) : -1;
        if (rows < 0)
            return outbox_end(&o, outbox_database_failed(&o));
        tell_change(&o, o.options->lift ? "lifted" : "suppressed",
                    call->operands.items[i], rows);
    }
    return outbox_end(&o, database_commit(o.db) ? status : outbox_database_failed(&o));
}
