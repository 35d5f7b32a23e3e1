/* Paths of the command line into the store, a few hundred files a transaction: what was
 * told as taken is on the disk. */
#include "report_ingest.h"

#include "core/json.h"
#include "file_list.h"
#include "ingest.h"
#include "insight/words.h"
#include "store_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MEMORY    ((size_t)1024 * 1024)
#define PROGRESS_FILES 25

/* What is to be told of a report, as soon as it is on the disk. */
struct told {
    char *path, *name;
    enum report_outcome outcome;
    bool is_refused;
    struct report_refusal refusal; /* without its detail */
};

struct ingest_run {
    struct environment env;
    const struct report_ingest_options *options;
    struct database *db;
    struct ingest *ingest;
    struct sceau_arena *lines; /* of one line of output */
    char state[4096];
    const char *path; /* of the file at hand */
    struct told *told;
    size_t told_count, told_size;
    uint64_t told_before; /* those of earlier commits */
    char **waiting;       /* paths since the last commit */
    size_t waiting_count, waiting_size;
    uint64_t files, unreadable;
    bool shows_progress;
    bool has_failed; /* the store */
};

/* ---- what is told of each report ---- */

static void
tell_json(struct ingest_run *run, const char *path, enum report_outcome outcome,
          struct sceau_slice name, const struct report_refusal *refusal)
{
    struct json j = json_new(run->lines);
    json_open(&j, '{');
    json_key_string(&j, "file", path);
    json_key_slice(&j, "name", name);
    json_key_string(&j, "outcome", report_outcome_word(outcome));
    json_key_string(&j, "reason",
                    refusal != NULL ? report_refusal_text(refusal->kind) : NULL);
    json_key_number(&j, "line", refusal != NULL ? (int64_t)refusal->line : 0);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

/* For people only what needs their attention. */
static void
tell_person(struct ingest_run *run, const char *file, enum report_outcome outcome,
            struct sceau_slice name, const struct report_refusal *refusal)
{
    struct text t = text_new(run->lines, SIZE_MAX);
    struct sceau_slice path = sceau_slice_from(file);
    if (outcome != REPORT_REFUSED && outcome != REPORT_APART)
        return;
    text_escaped(&t, path);
    if (!slice_eq(name, path)) {
        text_string(&t, " (");
        text_escaped(&t, name);
        text_octet(&t, ')');
    }
    text_string(&t, ": ");
    if (refusal == NULL) {
        text_slice(&t,
                   environment_word(
                       &run->env,
                       N_("the mail does not prove who sent it: kept, not counted")));
    } else {
        text_slice(&t, environment_word(&run->env, report_refusal_text(refusal->kind)));
        if (refusal->line > 0)
            text_format(&t, ", %s %llu", language_text(run->env.language, N_("line")),
                        (unsigned long long)refusal->line);
    }
    complain("%.*s", SLICE_ARG(text_done(&t)));
}

static void
tell_one(struct ingest_run *run, const struct told *t)
{
    const struct report_refusal *refusal = t->is_refused ? &t->refusal : NULL;
    struct sceau_slice name = sceau_slice_from(t->name);
    sceau_arena_clear(run->lines);
    if (run->shows_progress)
        fputs("\r\033[K", stderr);
    if (run->env.call->globals.json)
        tell_json(run, t->path, t->outcome, name, refusal);
    else if (!run->env.call->globals.quiet)
        tell_person(run, t->path, t->outcome, name, refusal);
}

/* Reports that the writer counts: fewer than there were, when some were taken back. */
static uint64_t
heard_of(const struct ingest_run *run)
{
    const struct report_written *w = report_writer_written(ingest_writer(run->ingest));
    uint64_t sum = 0;
    for (unsigned i = 0; i < REPORT_OUTCOMES; i++)
        sum += w->outcomes[i];
    return sum;
}

static void
drop_from(struct ingest_run *run, uint64_t count)
{
    while (run->told_count > count) {
        struct told *t = &run->told[--run->told_count];
        free(t->path);
        free(t->name);
    }
}

/* What they are about is on the disk. */
static void
tell_all(struct ingest_run *run)
{
    drop_from(run, heard_of(run) - run->told_before);
    for (size_t i = 0; i < run->told_count; i++)
        tell_one(run, &run->told[i]);
    run->told_before = heard_of(run);
    drop_from(run, 0);
}

/* One more of `size` octets; false without memory. */
static bool
make_room(void **items, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity > 0 ? 2 * *capacity : 64;
    void *more = realloc(*items, wanted * size);
    if (more == NULL)
        return false;
    *items = more;
    *capacity = wanted;
    return true;
}

static void
tell(void *self, enum report_outcome outcome, struct sceau_slice name,
     const struct report_refusal *refusal)
{
    struct ingest_run *run = self;
    struct told t = {.outcome = outcome, .is_refused = refusal != NULL};
    void *items = run->told;
    drop_from(run, heard_of(run) - 1 - run->told_before);
    if (!make_room(&items, &run->told_size, run->told_count, sizeof t))
        return;
    run->told = items;
    if (refusal != NULL)
        t.refusal =
            (struct report_refusal){.kind = refusal->kind, .line = refusal->line};
    t.path = strdup(run->path);
    t.name = strndup(name.len > 0 ? name.ptr : "", name.len);
    if (t.path != NULL && t.name != NULL) {
        run->told[run->told_count++] = t;
        return;
    }
    free(t.path);
    free(t.name);
}

static void
show_progress(struct ingest_run *run, size_t of)
{
    if (run->shows_progress && run->files % PROGRESS_FILES == 0)
        fprintf(stderr, "\r%llu/%zu", (unsigned long long)run->files, of);
}

/* ---- the files ---- */

static void
forget_waiting(struct ingest_run *run)
{
    for (size_t i = 0; i < run->waiting_count; i++)
        free(run->waiting[i]);
    run->waiting_count = 0;
}

/* On the disk with it, and tell. */
static bool
keep(struct ingest_run *run)
{
    if (!ingest_commit(run->ingest))
        return false;
    tell_all(run);
    return true;
}

static enum ingest_outcome
take_once(struct ingest_run *run, const char *path)
{
    enum language language = run->env.language;
    struct ingest_source source = {.place = SCEAU_SLICE(AS_IS("by hand")),
                                   .name = sceau_slice_from(path)};
    run->path = path;
    enum ingest_outcome outcome = ingest_path(run->ingest, path, &source);
    if (outcome == INGEST_UNREADABLE) {
        run->unreadable++;
        complain("%s: %s", path,
                 errno != 0 ? language_strerror(language, errno)
                            : language_text(language, N_("no regular file")));
    }
    return outcome;
}

/* All since the last commit was taken back: once more, together, while another writer is the
 * reason; each by itself, if one of them was. */
static bool
take_together(struct ingest_run *run)
{
    for (size_t i = 0; i < run->waiting_count; i++)
        if (take_once(run, run->waiting[i]) == INGEST_FAILED)
            return false;
    return keep(run);
}

static bool
take_alone(struct ingest_run *run)
{
    bool is_good = ingest_again(run->ingest);
    for (size_t i = 0; is_good && i < run->waiting_count; i++)
        is_good = take_once(run, run->waiting[i]) != INGEST_FAILED && keep(run);
    return is_good;
}

static bool
take_again(struct ingest_run *run)
{
    unsigned tries = 0;
    bool is_good = false;
    while (!is_good && database_try_again(run->db, &tries))
        is_good = take_together(run);
    is_good = is_good || take_alone(run);
    forget_waiting(run);
    return is_good;
}

static bool
keep_waiting(struct ingest_run *run)
{
    if (!keep(run))
        return take_again(run);
    forget_waiting(run);
    return true;
}

/* It cannot be read twice: its copy is. */
static bool
take_standard_input(struct ingest_run *run)
{
    struct ingest_source source = {.place = SCEAU_SLICE(AS_IS("by hand")),
                                   .name = SCEAU_SLICE("-")};
    if (!keep_waiting(run))
        return false;
    int fd = ingest_copy(run->ingest, STDIN_FILENO);
    if (fd < 0) {
        complain_errno(run->env.language, "-", errno);
        return false;
    }
    run->path = "-";
    bool is_good = ingest_file(run->ingest, fd, &source) != INGEST_FAILED && keep(run);
    if (!is_good && ingest_again(run->ingest))
        is_good = ingest_file(run->ingest, fd, &source) != INGEST_FAILED && keep(run);
    close(fd);
    return is_good;
}

static void
take_path(struct ingest_run *run, const char *path)
{
    void *items = run->waiting;
    run->files++;
    if (strcmp(path, "-") == 0) {
        run->has_failed = !take_standard_input(run);
        return;
    }
    bool has_room =
        make_room(&items, &run->waiting_size, run->waiting_count, sizeof *run->waiting);
    run->waiting = items;
    char *copy = has_room ? strdup(path) : NULL;
    if (copy == NULL) {
        run->has_failed = true;
        return;
    }
    run->waiting[run->waiting_count++] = copy;
    enum ingest_outcome outcome = take_once(run, copy);
    if (outcome == INGEST_UNREADABLE)
        free(run->waiting[--run->waiting_count]);
    else if (outcome == INGEST_FAILED)
        run->has_failed = !take_again(run);
    else if (ingest_is_full(run->ingest))
        run->has_failed = !keep_waiting(run);
}

/* Those that come next are read meanwhile; the first that is not. */
static size_t
look_ahead(struct ingest_run *run, const struct file_list *files, size_t at)
{
    for (; at < files->count; at++) {
        const char *path = files->paths[at];
        if (strcmp(path, "-") == 0 ||
            !ingest_expect(run->ingest, path, sceau_slice_from(path)))
            break;
    }
    return at;
}

static void
take_files(struct ingest_run *run, const struct file_list *files)
{
    for (size_t i = 0, ahead = 0; i < files->count && !run->has_failed; i++) {
        ahead = look_ahead(run, files, ingest_expects(run->ingest) ? ahead : i);
        take_path(run, files->paths[i]);
        show_progress(run, files->count);
    }
    ingest_expect_none(run->ingest);
}

static void
take_operands(struct ingest_run *run)
{
    struct file_list files = {0};
    const struct cli_list *operands = &run->env.call->operands;
    for (size_t i = 0; i < operands->count; i++) {
        if (file_list_add(&files, operands->items[i]))
            continue;
        complain_errno(run->env.language, operands->items[i], errno);
        run->unreadable++;
    }
    take_files(run, &files);
    file_list_clear(&files);
}

/* ---- the end ---- */

static void
sum_up_json(const struct ingest_run *run, const struct report_written *w)
{
    struct json j = json_new(run->lines);
    json_open(&j, '{');
    json_key_number(&j, "files", (int64_t)run->files);
    for (unsigned i = 0; i < REPORT_OUTCOMES; i++)
        json_key_number(&j, report_outcome_word((enum report_outcome)i),
                        (int64_t)w->outcomes[i]);
    json_key_number(&j, "records", (int64_t)w->records);
    json_key_number(&j, "messages", (int64_t)w->messages);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static struct sceau_slice
number(struct ingest_run *run, uint64_t n)
{
    return words_number(run->lines, run->env.language, n);
}

static void
sum_up(struct ingest_run *run)
{
    const struct report_written *w = report_writer_written(ingest_writer(run->ingest));
    const uint64_t new = w->outcomes[REPORT_ACCEPTED] + w->outcomes[REPORT_REPAIRED];
    if (run->shows_progress)
        fputs("\r\033[K", stderr);
    sceau_arena_clear(run->lines);
    if (run->env.call->globals.json) {
        sum_up_json(run, w);
        return;
    }
    if (run->env.call->globals.quiet)
        return;
    print_line(
        stdout,
        ENV_SAY(
            &run->env,
            N_("{files} {files|file|files}: {new} {new|report|reports} about {messages} "
               "{messages|message|messages} stored, {repaired} of them repaired; "
               "{duplicate} {duplicate|was|were} there before, {refused} refused, {apart} "
               "not counted for want of proof"),
            LANGUAGE_OURS("files", number(run, run->files)),
            LANGUAGE_OURS("new", number(run, new)),
            LANGUAGE_OURS("messages", number(run, w->messages)),
            LANGUAGE_OURS("repaired", number(run, w->outcomes[REPORT_REPAIRED])),
            LANGUAGE_OURS("duplicate", number(run, w->outcomes[REPORT_DUPLICATE])),
            LANGUAGE_OURS("refused", number(run, w->outcomes[REPORT_REFUSED])),
            LANGUAGE_OURS("apart", number(run, w->outcomes[REPORT_APART]))));
}

static int
status_of(const struct ingest_run *run)
{
    const struct report_written *w = report_writer_written(ingest_writer(run->ingest));
    if (run->has_failed)
        return CLI_EXIT_TEMPORARY;
    if (run->unreadable + w->outcomes[REPORT_REFUSED] > 0)
        return CLI_EXIT_INPUT;
    return w->outcomes[REPORT_APART] > 0 ? CLI_EXIT_WARNING : CLI_EXIT_OK;
}

static int
ingest_all(struct ingest_run *run)
{
    report_writer_tell(ingest_writer(run->ingest), tell, run);
    take_operands(run);
    run->has_failed = run->has_failed || !keep_waiting(run);
    if (run->has_failed)
        complain_problem(run->env.language, ingest_error(run->ingest));
    else
        sum_up(run);
    return status_of(run);
}

/* Seconds between --now and the real time. */
static bool
read_now(enum language language, const struct report_ingest_options *options,
         int64_t *offset)
{
    uint64_t now;
    *offset = 0;
    if (options->now == NULL)
        return true;
    if (!slice_decimal(sceau_slice_from(options->now), INT64_MAX, &now)) {
        COMPLAIN(language, "--now {value}: seconds since 1970-01-01 UTC, as 1667930000",
                 LANGUAGE_THEIRS("value", sceau_slice_from(options->now)));
        return false;
    }
    *offset = (int64_t)now - (int64_t)time(NULL);
    return true;
}

static int
run_in_state(struct ingest_run *run)
{
    struct ingest_options options = {.spool_folder = run->state,
                                     .counts_all = run->options->trust};
    int status = CLI_EXIT_USAGE;
    if (!read_now(run->env.language, run->options, &options.clock_offset))
        return status;
    if (mkdir(run->state, 0700) != 0 && errno != EEXIST) {
        complain_errno(run->env.language, run->state, errno);
        return CLI_EXIT_TEMPORARY;
    }
    run->db = store_open(&run->env, run->options->state, DATABASE_WRITE, &status);
    if (run->db == NULL)
        return status;
    run->lines = sceau_arena_new(LINE_MEMORY);
    run->ingest = ingest_new(&run->env, run->db, &options);
    if (run->ingest != NULL && run->lines != NULL)
        return ingest_all(run);
    complain_text(run->env.language, "out of memory");
    return CLI_EXIT_TEMPORARY;
}

int
report_ingest_run(const struct cli_call *call)
{
    struct ingest_run run = {.options = call->options,
                             .shows_progress =
                                 isatty(STDERR_FILENO) && !call->globals.quiet};
    int status = environment_load(&run.env, call);
    if (status == 0) {
        environment_want_psl_soon(&run.env);
        store_state(&run.env, run.options->state, run.state, sizeof run.state);
        status = run_in_state(&run);
    }
    drop_from(&run, 0);
    forget_waiting(&run);
    free(run.told);
    free(run.waiting);
    ingest_free(run.ingest);
    sceau_arena_free(run.lines);
    database_close(run.db);
    environment_close(&run.env);
    return status;
}
