/* Before the first report, and after it: the self-test, and mail that came back. */
#include "check.h"
#include "core/text.h"
#include "file/file.h"
#include "outbox/secret.h"
#include "outbox_command.h"
#include "outbox_incoming.h"
#include "outbox_selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MAIL_MEMORY ((size_t)8 * 1024 * 1024) /* of one mail and its verdict */

/* ---- what is known of the self-test ---- */

static const struct table_column step_columns[] = {
    {"step",    TABLE_WORD, N_("Step"),    36},
    {"passed",  TABLE_FLAG, N_("Passed"),  7 },
    {"time",    TABLE_TIME, N_("Time"),    17},
    {"problem", TABLE_WORD, N_("Problem"), 0 },
    {"remedy",  TABLE_WORD, N_("Remedy"),  0 },
};

static void
add_step(struct table_maker *m, const char *step, int64_t time, const char *problem,
         const char *remedy)
{
    table_word(m, step);
    table_signed(m, time > 0);
    if (time > 0)
        table_signed(m, time);
    else
        table_none(m);
    table_word(m, problem);
    table_word(m, time > 0 || remedy == NULL ? "" : remedy);
}

void
outbox_print_wrapped(struct outbox *o, struct sceau_slice sentence)
{
    struct text lines = text_new(o->env.arena, SIZE_MAX);
    text_string(&lines, "  ");
    check_put_wrapped(&lines, sentence, 2, 2);
    struct sceau_slice text = text_done(&lines);
    fwrite(text.ptr, 1, text.len, stdout);
}

void
outbox_print_missing(struct outbox *o, const struct selftest *test)
{
    const char *missing = selftest_missing(test);
    if (missing == NULL || o->call->globals.json || o->call->globals.quiet)
        return;
    print_line(stdout,
               environment_word(&o->env, N_("No report leaves before the self-test "
                                            "has passed:")));
    outbox_print_wrapped(o, environment_word(&o->env, missing));
    outbox_print_wrapped(o, environment_word(&o->env, selftest_remedy(test)));
}

static int
show(struct outbox *o, const struct selftest *test)
{
    struct table_maker m = table_new(o->env.arena, "selftest", step_columns,
                                     sizeof step_columns / sizeof *step_columns);
    add_step(&m, N_("a test mail was sent"), test->sent, "", selftest_remedy(test));
    add_step(&m, N_("it came back and passed DMARC"), test->arrived, test->problem,
             test->sent > 0 ? selftest_remedy(test) : NULL);
    add_step(&m, N_("the sending host has a name"), test->named, test->host_problem,
             test->arrived > 0 ? selftest_remedy(test) : NULL);
    struct table table = table_done(&m);
    outbox_print_table(o, &table);
    outbox_print_missing(o, test);
    return selftest_has_passed(test) ? CLI_EXIT_OK : CLI_EXIT_WARNING;
}

static int
go_on(struct outbox *o, struct selftest *test)
{
    uint8_t secret[OUTBOX_SECRET];
    struct outbox_sending sending = {.env = &o->env,
                                     .db = o->db,
                                     .settings = &o->settings,
                                     .clock_offset = o->now - (int64_t)time(NULL)};
    struct smtp_sender sender = outbox_smtp_sender(&o->env, &o->settings);
    if (!outbox_selftest_known(&o->env, o->db, &o->settings, o->now, test) ||
        !outbox_secret(o->db, secret))
        return outbox_database_failed(o);
    if (selftest_has_passed(test) && !o->options->again)
        return CLI_EXIT_OK;
    if (!outbox_selftest_go(&sending, &sender.sender, secret, o->now, true, test)) {
        complain_problem(o->env.language, sending.problem);
        return CLI_EXIT_TEMPORARY;
    }
    return CLI_EXIT_OK;
}

/* ---- mail that came back ---- */

/* A file that can be read twice; -1, with a message. */
static int
open_mail(struct outbox *o, const char *path)
{
    char piece[16 * 1024];
    ssize_t n = 1;
    bool is_input = strcmp(path, "-") == 0;
    int fd =
        is_input ? memfd_create("mail", MFD_CLOEXEC) : open(path, O_RDONLY | O_CLOEXEC);
    while (is_input && fd >= 0 && (n = read(STDIN_FILENO, piece, sizeof piece)) > 0)
        if (!file_write_all(fd, (struct sceau_slice){piece, (size_t)n}))
            break;
    if (fd >= 0 && n >= 0)
        return fd;
    complain_errno(o->env.language, path, errno);
    if (fd >= 0)
        close(fd);
    return -1;
}

static const char *const taken_sentences[] = {
    [OUTBOX_TAKEN_NOTHING] = N_("{file}: it changes nothing: a delay, or known before"),
    [OUTBOX_TAKEN_PASSED] = N_("{file}: the mail of the self-test, as it should be"),
    [OUTBOX_TAKEN_FAILED] =
        N_("{file}: the mail of the self-test, with something wrong "
           "(sceau outbox selftest)"),
    [OUTBOX_TAKEN_REFUSED] =
        N_("{file}: a report came back; its address is left alone when more do"),
    [OUTBOX_TAKEN_EXPIRED] = N_("{file}: the mail server has given a report up"),
    [OUTBOX_TAKEN_LATER] = N_("{file}: DNS cannot tell now; try again"),
};

static const int taken_statuses[] = {
    [OUTBOX_TAKEN_FAILED] = CLI_EXIT_WARNING,
    [OUTBOX_TAKEN_LATER] = CLI_EXIT_TEMPORARY,
};

static const struct table_column taken_columns[] = {
    {"file",  TABLE_TEXT, N_("File"),  40},
    {"taken", TABLE_WORD, N_("Taken"), 20},
};

static void
print_taken(struct outbox *o, const char *path, enum outbox_taken taken)
{
    if (!o->call->globals.json) {
        print_line(stdout, ENV_SAY(&o->env, taken_sentences[taken],
                                   LANGUAGE_THEIRS("file", sceau_slice_from(path))));
        return;
    }
    struct table_maker m = table_new(o->env.arena, "taken", taken_columns, 2);
    table_text(&m, sceau_slice_from(path));
    table_word(&m, outbox_taken_word(taken));
    struct table table = table_done(&m);
    outbox_print_table(o, &table);
}

/* What the mail was; in one transaction. */
static int
take_mail(struct outbox *o, struct sceau_arena *arena, int fd, const char *path)
{
    struct outbox_mail_back mail;
    enum outbox_taken taken;
    if (!outbox_incoming_look(o->db, arena, fd, &mail))
        return outbox_database_failed(o);
    if (mail.what == INCOMING_OTHER) {
        COMPLAIN(
            o->env.language,
            "{file}: neither a bounce of a report of ours nor the mail of the self-test",
            LANGUAGE_THEIRS("file", sceau_slice_from(path)));
        return CLI_EXIT_WARNING;
    }
    if (!database_begin_durable(o->db))
        return outbox_database_failed(o);
    if (!outbox_incoming_take(&o->env, o->db, arena, fd, o->now, false, &mail,
                              &taken)) {
        database_rollback(o->db);
        return outbox_database_failed(o);
    }
    if (!database_commit(o->db))
        return outbox_database_failed(o);
    print_taken(o, path, taken);
    return taken_statuses[taken];
}

static int
take_file(struct outbox *o, const char *path)
{
    struct sceau_arena *arena = sceau_arena_new(MAIL_MEMORY);
    int fd = open_mail(o, path), status = CLI_EXIT_INPUT;
    if (arena != NULL && fd >= 0)
        status = take_mail(o, arena, fd, path);
    if (fd >= 0)
        close(fd);
    sceau_arena_free(arena);
    return status;
}

/* ---- the commands ---- */

int
outbox_selftest_run(const struct cli_call *call)
{
    struct outbox o;
    struct selftest test;
    int status = outbox_begin(&o, call, DATABASE_WRITE);
    if (status == 0 && !outbox_is_wanted(&o.env)) {
        complain_text(o.env.language, "report.organisation and report.from say who "
                                      "reports: set both");
        status = CLI_EXIT_USAGE;
    }
    if (status != 0)
        return outbox_end(&o, status);
    if (o.options->confirm != NULL) {
        status = take_file(&o, o.options->confirm);
        if (status == CLI_EXIT_OK &&
            !outbox_selftest_known(&o.env, o.db, &o.settings, o.now, &test))
            status = outbox_database_failed(&o);
    } else {
        status = go_on(&o, &test);
    }
    if (status == CLI_EXIT_OK)
        status = show(&o, &test);
    return outbox_end(&o, status);
}

int
outbox_bounce_run(const struct cli_call *call)
{
    struct outbox o;
    int status = outbox_begin(&o, call, DATABASE_WRITE);
    for (size_t i = 0; status <= CLI_EXIT_WARNING && i < call->operands.count; i++) {
        int one = take_file(&o, call->operands.items[i]);
        status = one > status ? one : status;
    }
    return outbox_end(&o, status);
}
