/* Many names, a bounded number at a time. Each has an arena, a session and a time limit of
 * its own, so a silent server delays its own name only. Outcomes are printed in the order
 * of the names, whoever is done first. */
#include "check.h"
#include "check/summary.h"
#include "core/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PARALLEL_DEFAULT 16
#define PARALLEL_MAX     256
#define AHEAD_MAX        4096 /* outcomes that wait for an earlier one to be printed */

/* What one name came to. */
struct outcome {
    char *text; /* malloc'ed; NULL: not done, or no memory */
    size_t len;
    int status;
    bool is_done;
};

struct run {
    const struct check_batch *batch;
    int64_t now;
    bool shows_progress;
    pthread_mutex_t lock;
    pthread_cond_t printed; /* there is room ahead again */
    size_t next;            /* to be begun */
    size_t to_print;
    struct outcome *outcomes;
    int status;
};

/* Which exit status says more: 2, 1, 3, 0; ours (64 and above) most of all. */
static int
worse_status(int a, int b)
{
    static const int weights[] = {0, 2, 3, 1};
    if (a > 3 || b > 3)
        return a > b ? a : b;
    return weights[a] >= weights[b] ? a : b;
}

/* ---- one name ---- */

static void
render(struct text *out, struct check_subject *s, const struct run *run)
{
    const struct check_command *command = run->batch->command;
    bool is_json = run->batch->env->call->globals.json;
    if (is_json)
        check_put_json(out, s);
    else if (command->csv)
        check_put_csv(out, s);
    else
        check_put_people(out, s, command, run->batch->env->is_colored);
}

static int
examine(const struct run *run, struct check_subject *s, struct text *out)
{
    const struct check_batch *batch = run->batch;
    s->zone = batch->zone;
    s->live = batch->live;
    if (batch->command->summary) {
        struct check_status_line lines[CHECK_SUMMARY_LINES];
        check_put_summary(out, s, batch->names.count > 1);
        check_summary(s, lines);
        return check_summary_status(lines);
    }
    check_run(s);
    render(out, s, run);
    if (batch->names.count > 1 && !batch->env->call->globals.json &&
        !batch->command->csv)
        text_octet(out, '\n');
    return check_exit_status(s->findings);
}

static struct outcome
check_one(const struct run *run, struct sceau_arena *arena, struct sceau_slice name)
{
    static const struct outcome none = {.status = CLI_EXIT_TEMPORARY, .is_done = true};
    struct outcome done = none;
    struct check_subject s;
    sceau_arena_clear(arena);
    struct text out = text_new(arena, SIZE_MAX);
    if (!check_subject_init(&s, arena, run->batch->resolver, run->now,
                            run->batch->options, name))
        return none;
    int status = examine(run, &s, &out);
    struct sceau_slice text = text_done(&out);
    done.text = text.ptr != NULL ? malloc(text.len + 1) : NULL;
    if (done.text == NULL)
        return none;
    memcpy(done.text, text.ptr, text.len);
    done.len = text.len;
    done.status = status;
    return done;
}

/* ---- the threads ---- */

static void
show_progress(const struct run *run)
{
    if (run->shows_progress)
        fprintf(stderr, "\r%zu/%zu", run->to_print, run->batch->names.count);
}

/* Print what is done, up to the first name that is not. Under the lock. */
static void
print_done(struct run *run)
{
    while (run->to_print < run->next && run->outcomes[run->to_print].is_done) {
        struct outcome *o = &run->outcomes[run->to_print++];
        if (o->text != NULL)
            fwrite(o->text, 1, o->len, stdout);
        else
            COMPLAIN(run->batch->env->language, "{name}: out of memory",
                     LANGUAGE_THEIRS("name",
                                     run->batch->names.items[o - run->outcomes]));
        free(o->text);
        o->text = NULL;
        run->status = worse_status(run->status, o->status);
    }
    show_progress(run);
    pthread_cond_broadcast(&run->printed);
}

static void *
work(void *argument)
{
    struct run *run = argument;
    struct sceau_arena *arena = sceau_arena_new(CHECK_MEMORY);
    pthread_mutex_lock(&run->lock);
    while (arena != NULL && run->next < run->batch->names.count) {
        if (run->next - run->to_print >= AHEAD_MAX) {
            pthread_cond_wait(&run->printed, &run->lock);
            continue;
        }
        size_t mine = run->next++;
        pthread_mutex_unlock(&run->lock);
        struct outcome done = check_one(run, arena, run->batch->names.items[mine]);
        pthread_mutex_lock(&run->lock);
        run->outcomes[mine] = done;
        print_done(run);
    }
    pthread_mutex_unlock(&run->lock);
    sceau_arena_free(arena);
    return NULL;
}

/* The number of --parallel; 0 when it is none. */
static size_t
parallel_of(const struct check_batch *batch)
{
    uint64_t wanted = PARALLEL_DEFAULT;
    const char *text = batch->command->parallel;
    if (text != NULL && !slice_decimal(sceau_slice_from(text), PARALLEL_MAX, &wanted))
        return 0;
    return wanted < batch->names.count ? (size_t)wanted : batch->names.count;
}

static void
run_threads(struct run *run, size_t count)
{
    pthread_t threads[PARALLEL_MAX];
    size_t started = 0;
    while (started + 1 < count &&
           pthread_create(&threads[started], NULL, work, run) == 0)
        started++;
    work(run); /* this one works too */
    while (started > 0)
        pthread_join(threads[--started], NULL);
    if (run->next < run->batch->names.count) {
        complain_text(run->batch->env->language, "out of memory");
        run->status = CLI_EXIT_TEMPORARY;
    }
}

int
check_batch_run(const struct check_batch *batch)
{
    struct run run = {
        .batch = batch,
        .now = (int64_t)time(NULL),
        .shows_progress = batch->names.count > 1 && isatty(STDERR_FILENO) &&
                          !isatty(STDOUT_FILENO) && !batch->env->call->globals.quiet,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .printed = PTHREAD_COND_INITIALIZER,
        .outcomes = calloc(batch->names.count, sizeof *run.outcomes),
    };
    size_t parallel = parallel_of(batch);
    if (run.outcomes == NULL)
        return CLI_EXIT_TEMPORARY;
    if (parallel == 0) {
        COMPLAIN(batch->env->language, "--parallel takes a number from 1 to {most}",
                 LANGUAGE_OURS("most", DECIMAL(PARALLEL_MAX)));
        free(run.outcomes);
        return CLI_EXIT_USAGE;
    }
    if (batch->command->csv)
        fputs(CHECK_CSV_HEADER "\r\n", stdout);
    run_threads(&run, parallel);
    if (run.shows_progress)
        fputc('\n', stderr);
    free(run.outcomes);
    return run.status;
}
