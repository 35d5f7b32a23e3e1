/* A load for milters: the messages of a corpus, a connection for each and filter, many at a
 * time. One line of JSON says what came of it.
 *
 *     sceau-bench-load -c FILE [OPTION...] FILTER [FILTER]
 *
 * FILTER is unix:PATH or inet:PORT (of 127.0.0.1; nothing else is ever dialled). With two, the
 * second gets what the first made of the message, as behind Postfix. Options:
 *
 *     -c FILE   the list of messages (see corpus.c), taken in turn
 *     -n COUNT  messages at a time; 1
 *     -m COUNT  messages in all; once through the list
 *     -w COUNT  more of them before, that are not measured
 *     -s COUNT  slow clients besides, which never come to an end
 *     -a COUNT  of a hundred connections so many are cut somewhere
 *     -r SEED   of where they are cut
 *     -p PID    a filter's process: its CPU and memory are told; may be repeated
 *     -e        verdicts must be those of the list: else each is told, and the exit status is 1 */
#include "client.h"
#include "process.h"
#include "words.h"

#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FILTERS_MAX = 2,
    PIDS_MAX = 4,
    TOLD_MAX = 10, /* wrong verdicts on standard error */
    SLOW_MS = 500,
    THREAD_STACK = 256 * 1024,
};

struct load {
    struct mailbox box;
    const char *filters[FILTERS_MAX];
    size_t filter_count;
    unsigned at_a_time, warm_up, slow, cut_percent;
    size_t messages;
    uint32_t seed;
    bool is_checked;
    int pids[PIDS_MAX];
    size_t pid_count;

    atomic_size_t next; /* message to be sent */
    atomic_size_t last; /* where to stop */
    atomic_bool is_over;
    atomic_size_t done, cut, broken, wrong, slow_broken;
    atomic_size_t ends[256];      /* by final reply */
    float *seconds, *end_seconds; /* of each message measured */
};

/* ---- one message ---- */

static void
tell_wrong(struct load *l, const struct mail *mail,
           const struct sceau_slice found[MAIL_METHODS])
{
    static const char *const names[] = {"spf", "dkim", "dmarc"};
    bool is_wrong = false;
    for (size_t i = 0; i < MAIL_METHODS; i++)
        is_wrong = is_wrong || !slice_eq_ci(found[i], mail->expected[i]);
    if (!is_wrong || atomic_fetch_add(&l->wrong, 1) >= TOLD_MAX || !l->is_checked)
        return;
    fprintf(stderr, "message %zu:", (size_t)(mail - l->box.mails) + 1);
    for (size_t i = 0; i < MAIL_METHODS; i++)
        fprintf(stderr, " %s=%.*s (expected %.*s)", names[i], SLICE_ARG(found[i]),
                SLICE_ARG(mail->expected[i]));
    fputc('\n', stderr);
}

static enum client_end
send_one(struct load *l, struct sceau_arena *arena, size_t n,
         struct client_options *options, float times[2])
{
    const struct mail *first = &l->box.mails[n % l->box.count];
    struct mail mail = *first, changed;
    struct sceau_slice found[MAIL_METHODS] = {0};
    struct client_result result;
    char id[32];
    sceau_arena_clear(arena);
    snprintf(id, sizeof id, "%012zX", n + 1);
    times[0] = times[1] = 0;
    for (size_t i = 0; i < l->filter_count; i++) {
        options->where = l->filters[i];
        enum client_end end = client_deliver(arena, options, &mail, id, &result);
        if (end != CLIENT_DONE)
            return end;
        times[0] += (float)result.seconds;
        times[1] += (float)result.end_seconds;
        mail_results(&result.outcome, found);
        atomic_fetch_add(&l->ends[(uint8_t)result.outcome.end], 1);
        mail_changed(arena, &mail, &result.outcome, &changed);
        mail = changed;
    }
    tell_wrong(l, first, found);
    return CLIENT_DONE;
}

/* Octets after which a connection is cut; 0 for most. */
static size_t
where_to_cut(const struct load *l, size_t n)
{
    uint32_t seed = l->seed ^ (uint32_t)(n * 2654435761U);
    words_random(&seed);
    if (words_random(&seed) % 100 >= l->cut_percent)
        return 0;
    return 1 + words_random(&seed) % 4000;
}

static void *
client_main(void *argument)
{
    struct load *l = argument;
    struct sceau_arena *arena = sceau_arena_new((size_t)16 * 1024 * 1024);
    size_t n;
    while ((n = atomic_fetch_add(&l->next, 1)) < atomic_load(&l->last)) {
        struct client_options options = {.cut_after = where_to_cut(l, n)};
        float times[2];
        enum client_end end = send_one(l, arena, n, &options, times);
        atomic_fetch_add(end == CLIENT_DONE  ? &l->done
                         : end == CLIENT_CUT ? &l->cut
                                             : &l->broken,
                         1);
        if (n >= l->warm_up) {
            l->seconds[n - l->warm_up] = times[0];
            l->end_seconds[n - l->warm_up] = times[1];
        }
    }
    sceau_arena_free(arena);
    return NULL;
}

static void *
slow_main(void *argument)
{
    struct load *l = argument;
    struct sceau_arena *arena = sceau_arena_new((size_t)16 * 1024 * 1024);
    float times[2];
    for (size_t n = 0; !atomic_load(&l->is_over); n++) {
        struct client_options options = {.pause_ms = SLOW_MS, .is_over = &l->is_over};
        enum client_end end = send_one(l, arena, n, &options, times);
        if (end == CLIENT_BROKEN || end == CLIENT_NO_DIAL) {
            atomic_fetch_add(&l->slow_broken, 1);
            break;
        }
    }
    sceau_arena_free(arena);
    return NULL;
}

/* ---- all of them ---- */

static pthread_t
start(void *(*run)(void *), struct load *l)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    if (pthread_create(&thread, &attributes, run, l) != 0) {
        fputs("no thread can be started\n", stderr);
        exit(71);
    }
    pthread_attr_destroy(&attributes);
    return thread;
}

static void
run_clients(struct load *l, size_t upto)
{
    pthread_t *threads = calloc(l->at_a_time, sizeof *threads);
    atomic_store(&l->last, upto);
    for (unsigned i = 0; i < l->at_a_time; i++)
        threads[i] = start(client_main, l);
    for (unsigned i = 0; i < l->at_a_time; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&l->next, upto);
    free(threads);
}

/* ---- what came of it ---- */

static int
compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void
print_times(const char *name, float *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_floats);
    printf(",\"%s\":{\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"max\":%.3f}", name,
           (double)values[count / 2] * 1e3, (double)values[count * 95 / 100] * 1e3,
           (double)values[count * 99 / 100] * 1e3, (double)values[count - 1] * 1e3);
}

static void
print_ends(const struct load *l)
{
    static const struct {
        enum milter_reply reply;
        const char *name;
    } names[] = {
        {MILTER_REPLY_CONTINUE, "continue"},
        {MILTER_REPLY_ACCEPT,   "accept"  },
        {MILTER_REPLY_CODE,     "code"    },
        {MILTER_REPLY_REJECT,   "reject"  },
        {MILTER_REPLY_TEMPFAIL, "tempfail"},
        {MILTER_REPLY_DISCARD,  "discard" },
    };
    printf(",\"replies\":{");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        printf("%s\"%s\":%zu", i > 0 ? "," : "", names[i].name,
               (size_t)atomic_load(&l->ends[names[i].reply]));
    printf("}");
}

static void
print_result(struct load *l, double seconds, const struct process_usage *before)
{
    printf("{\"messages\":%zu,\"seconds\":%.4f,\"per_second\":%.1f", l->messages,
           seconds, (double)l->messages / seconds);
    print_times("ms", l->seconds, l->messages);
    print_times("end_ms", l->end_seconds, l->messages);
    print_ends(l);
    printf(",\"cut\":%zu,\"broken\":%zu,\"slow_broken\":%zu,\"wrong\":%zu",
           (size_t)atomic_load(&l->cut), (size_t)atomic_load(&l->broken),
           (size_t)atomic_load(&l->slow_broken), (size_t)atomic_load(&l->wrong));
    printf(",\"processes\":[");
    for (size_t i = 0; i < l->pid_count; i++) {
        struct process_usage now = process_usage(l->pids[i]);
        printf("%s{\"user\":%.3f,\"system\":%.3f,\"peak_kb\":%ld,\"resident_kb\":%ld,"
               "\"threads\":%u}",
               i > 0 ? "," : "", now.user - before[i].user,
               now.system - before[i].system, now.peak_kb, now.resident_kb,
               now.threads);
    }
    printf("]}\n");
}

static int
run(struct load *l)
{
    struct process_usage before[PIDS_MAX];
    pthread_t *slow = calloc(l->slow + 1, sizeof *slow);
    l->seconds = calloc(l->messages, sizeof *l->seconds);
    l->end_seconds = calloc(l->messages, sizeof *l->end_seconds);
    for (unsigned i = 0; i < l->slow; i++)
        slow[i] = start(slow_main, l);
    if (l->warm_up > 0)
        run_clients(l, l->warm_up);
    for (size_t i = 0; i < l->pid_count; i++)
        before[i] = process_usage(l->pids[i]);
    double from = client_now();
    run_clients(l, l->warm_up + l->messages);
    double seconds = client_now() - from;
    print_result(l, seconds, before);
    atomic_store(&l->is_over, true);
    for (unsigned i = 0; i < l->slow; i++)
        pthread_join(slow[i], NULL);
    free(slow);
    free(l->seconds);
    free(l->end_seconds);
    bool is_right = atomic_load(&l->wrong) == 0 && atomic_load(&l->broken) == 0;
    return l->is_checked && !is_right ? 1 : 0;
}

static int
usage(void)
{
    fputs(
        "usage: sceau-bench-load -c FILE [-n COUNT] [-m COUNT] [-w COUNT] [-s COUNT]\n"
        "         [-a PERCENT] [-r SEED] [-p PID]... [-e] FILTER [FILTER]\n",
        stderr);
    return 64;
}

int
main(int argc, char **argv)
{
    static struct load l = {.at_a_time = 1};
    const char *list = NULL;
    for (int option; (option = getopt(argc, argv, "c:n:m:w:s:a:r:p:e")) != -1;) {
        unsigned long number = optarg != NULL ? strtoul(optarg, NULL, 10) : 0;
        switch (option) {
        case 'c': list = optarg; break;
        case 'n': l.at_a_time = (unsigned)number; break;
        case 'm': l.messages = number; break;
        case 'w': l.warm_up = (unsigned)number; break;
        case 's': l.slow = (unsigned)number; break;
        case 'a': l.cut_percent = (unsigned)number; break;
        case 'r': l.seed = (uint32_t)number; break;
        case 'p':
            if (l.pid_count < PIDS_MAX)
                l.pids[l.pid_count++] = (int)number;
            break;
        case 'e': l.is_checked = true; break;
        default: return usage();
        }
    }
    while (optind < argc && l.filter_count < FILTERS_MAX)
        l.filters[l.filter_count++] = argv[optind++];
    if (list == NULL || l.filter_count == 0 || optind < argc || l.at_a_time == 0)
        return usage();
    struct sceau_arena *arena = sceau_arena_new(SIZE_MAX);
    mailbox_read(arena, list, &l.box);
    if (l.messages == 0)
        l.messages = l.box.count;
    int status = run(&l);
    sceau_arena_free(arena);
    return status;
}
