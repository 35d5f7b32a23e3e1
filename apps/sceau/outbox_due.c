/* What is due: sent now, or only told. */
#include "sceau/dmarc.h"

#include "core/text.h"
#include "insight/outbox.h"
#include "outbox/destinations.h"
#include "outbox/schedule.h"
#include "outbox_command.h"
#include "outbox_selftest.h"

#include <time.h>

#define DAY 86400

/* ---- a dry run ---- */

static const struct table_column due_columns[] = {
    {"day",      TABLE_DAY,    N_("Day"),      10},
    {"domain",   TABLE_TEXT,   N_("Domain"),   20},
    {"messages", TABLE_NUMBER, N_("Messages"), 8 },
    {"to",       TABLE_TEXT,   N_("To"),       24},
    {"step",     TABLE_WORD,   N_("Step"),     14},
    {"due",      TABLE_TIME,   N_("Due"),      0 },
};

static void
add_due(struct table_maker *m, int64_t day, struct sceau_slice domain, int64_t messages,
        struct sceau_slice to, const char *step, int64_t due)
{
    table_signed(m, day);
    table_text(m, slice_copy(m->arena, domain));
    table_signed(m, messages);
    table_text(m, slice_copy(m->arena, to));
    table_word(m, step);
    table_signed(m, due);
}

/* Rows of days that are over and in no report yet. */
static bool
add_unbuilt(struct outbox *o, struct table_maker *m)
{
    struct outbox_unbuilt u;
    int step;
    struct statement *rows = queue_unbuilt(o->db, o->now / DAY);
    while ((step = queue_next_unbuilt(rows, &u)) == 1) {
        struct sceau_dmarc_record record;
        sceau_arena_clear(o->scratch);
        if (sceau_dmarc_record_parse(o->scratch, u.record, &record, NULL) != SCEAU_OK)
            continue;
        for (size_t i = 0; i < record.rua_count && i < OUTBOX_URIS_USED; i++)
            add_due(m, u.day, u.policy_domain, u.messages, record.rua[i],
                    outbox_names_have(o->settings.never, u.policy_domain)
                        ? N_("left alone")
                        : N_("to be built"),
                    outbox_due(u.policy_domain, (u.day + 1) * DAY - 1,
                               o->settings.spread));
    }
    return step == 0;
}

static bool
add_waiting(struct outbox *o, struct table_maker *m)
{
    struct outbox_entry e;
    int step;
    struct statement *entries = queue_entries(o->db, false);
    while ((step = queue_next(entries, &e)) == 1)
        if (e.has_delivery && e.delivery == DELIVERY_WAITING)
            add_due(m, e.day, e.policy_domain, e.messages, e.mailbox,
                    e.due <= o->now ? N_("to be sent") : N_("waiting"), e.due);
    return step == 0;
}

/* Reads, and nothing else: no report is built, DNS and the mail server are not asked. */
static int
dry_run(struct outbox *o)
{
    struct selftest test;
    struct table_maker m = table_new(o->env.arena, "due", due_columns,
                                     sizeof due_columns / sizeof *due_columns);
    if (!add_unbuilt(o, &m) || !add_waiting(o, &m) ||
        !outbox_selftest_known(&o->env, o->db, &o->settings, o->now, &test))
        return outbox_database_failed(o);
    struct table table = table_done(&m);
    outbox_print_table(o, &table);
    outbox_print_missing(o, &test);
    return CLI_EXIT_OK;
}

/* ---- in earnest ---- */

static const struct table_column sent_columns[] = {
    {"built",        TABLE_NUMBER, N_("Built"),        0},
    {"sent",         TABLE_NUMBER, N_("Sent"),         0},
    {"refused",      TABLE_NUMBER, N_("Refused"),      0},
    {"later",        TABLE_NUMBER, N_("Later"),        0},
    {"given_up",     TABLE_NUMBER, N_("Given up"),     0},
    {"suppressed",   TABLE_NUMBER, N_("Left alone"),   0},
    {"not_accepted", TABLE_NUMBER, N_("Not accepted"), 0},
    {"tested",       TABLE_FLAG,   N_("Tested"),       0},
};

static void
tell(struct outbox *o, const struct outbox_sent *sent)
{
    const struct outbox_delivered *d = &sent->delivered;
    const uint64_t numbers[] = {sent->built, d->sent,       d->refused,   d->later,
                                d->given_up, d->suppressed, d->unaccepted};
    if (!o->call->globals.json && !o->call->globals.quiet)
        print_line(stdout,
                   ENV_SAY(&o->env,
                           N_("{built} reports built; {sent} sent, {refused} refused, "
                              "{later} to be tried again"),
                           LANGUAGE_OURS("built", DECIMAL(sent->built)),
                           LANGUAGE_OURS("sent", DECIMAL(d->sent)),
                           LANGUAGE_OURS("refused", DECIMAL(d->refused)),
                           LANGUAGE_OURS("later", DECIMAL(d->later))));
    if (!o->call->globals.json)
        return;
    struct table_maker m = table_new(o->env.arena, "sent", sent_columns,
                                     sizeof sent_columns / sizeof *sent_columns);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        table_number(&m, numbers[i]);
    table_signed(&m, !sent->is_untested);
    struct table table = table_done(&m);
    outbox_print_table(o, &table);
}

int
outbox_send_run(const struct cli_call *call)
{
    struct outbox o;
    struct outbox_sent sent;
    const struct outbox_options *options = call->options;
    int status =
        outbox_begin(&o, call, options->dry_run ? DATABASE_READ : DATABASE_WRITE);
    if (status != 0)
        return outbox_end(&o, status);
    if (!outbox_is_wanted(&o.env)) {
        complain_text(o.env.language, "report.organisation and report.from say who "
                                      "reports: set both");
        return outbox_end(&o, CLI_EXIT_USAGE);
    }
    if (options->dry_run)
        return outbox_end(&o, dry_run(&o));
    struct outbox_sending sending = {.env = &o.env,
                                     .db = o.db,
                                     .settings = &o.settings,
                                     .clock_offset = o.now - (int64_t)time(NULL)};
    if (!outbox_send(&sending, &sent)) {
        complain_problem(o.env.language, sending.problem);
        return outbox_end(&o, CLI_EXIT_TEMPORARY);
    }
    tell(&o, &sent);
    if (sent.is_untested)
        outbox_print_missing(&o, &sent.test);
    if (sent.has_put_off) {
        complain_problem(o.env.language, sending.problem);
        return outbox_end(&o, CLI_EXIT_TEMPORARY);
    }
    return outbox_end(&o, sent.is_untested || sent.delivered.refused > 0
                              ? CLI_EXIT_WARNING
                              : CLI_EXIT_OK);
}
