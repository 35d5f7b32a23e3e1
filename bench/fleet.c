/* Journals of a host, and folding them: what bench/fleet runs, one process a host.
 *
 *     sceau-bench-fleet make FOLDER HOST RECORDS SEED SEGMENT
 *     sceau-bench-fleet fold FOLDER STORE
 *     sceau-bench-fleet commit COUNT STORE
 *
 * Hosts see the same senders: domains and their rows are drawn with Zipf's law, each host with
 * a seed of its own. `fold` prints records, seconds of the clock and of its CPU; `commit`
 * milliseconds of a transaction of one row, and of one that asks for its lease before it ends. */
#include "sceau/dmarc.h"

#include "core/text.h"
#include "store/fold.h"
#include "store/journal.h"
#include "store/lease.h"
#include "store/meta.h"
#include "store/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define DOMAINS 100000
#define ROWS    400 /* of a domain, at most */
#define DAY     20000

struct made {
    uint64_t random;
    struct sceau_arena *arena;
    char domain[64], selector[16], record[128], host[64];
};

/* xorshift64*: the same numbers for the same seed. */
static double
draw(struct made *m)
{
    m->random ^= m->random >> 12;
    m->random ^= m->random << 25;
    m->random ^= m->random >> 27;
    return (double)(m->random * UINT64_C(2685821657736338717) >> 11) /
           9007199254740992.0;
}

/* From 0 to n - 1, the first ones far more often (s = 1, by its inverse integral). */
static unsigned
zipf(struct made *m, unsigned n)
{
    unsigned drawn = (unsigned)(exp(draw(m) * log((double)n + 1)) - 1);
    return drawn < n ? drawn : n - 1;
}

static bool
add_record(struct made *m, struct journal *journal, uint64_t n, uint64_t records)
{
    unsigned domain = zipf(m, DOMAINS), row = zipf(m, ROWS);
    bool passes = row % 8 != 7;
    struct text payload = text_new(m->arena, SIZE_MAX);
    snprintf(m->domain, sizeof m->domain, "domain-%u.example", domain);
    snprintf(m->selector, sizeof m->selector, "s%u", domain % 3);
    snprintf(m->record, sizeof m->record, "v=DMARC1; p=%s; rua=mailto:rua-%u@%s",
             domain % 2 ? "reject" : "none", domain % 1000, m->domain);
    struct record_message message = {
        .time_us = ((uint64_t)DAY * 86400 + n * 86400 / records) * 1000000,
        .host = sceau_slice_from(m->host),
        .sequence = n,
        .queue_id = SCEAU_SLICE("4TkX1y2Z3aBcDeF"),
        .client = {4,
                   {(uint8_t)(11 + domain % 90), (uint8_t)(domain >> 8),
                    (uint8_t)(row >> 8), (uint8_t)row}},
        .helo = sceau_slice_from(m->domain),
        .mail_from_domain = sceau_slice_from(m->domain),
        .recipients = 1,
        .author_domain = sceau_slice_from(m->domain),
        .policy_domain = sceau_slice_from(m->domain),
        .record = sceau_slice_from(m->record),
        .dmarc_result = passes ? SCEAU_DMARC_PASS : SCEAU_DMARC_FAIL,
        .dkim_aligned = passes,
        .signature_count = 1,
    };
    message.signatures[0].domain = sceau_slice_from(m->domain);
    message.signatures[0].selector = sceau_slice_from(m->selector);
    bool is_added = record_write(&payload, &message) &&
                    journal_append(journal, text_done(&payload));
    sceau_arena_clear(m->arena);
    return is_added;
}

static int
make(char **words)
{
    char error[256];
    uint64_t records = strtoull(words[2], NULL, 10);
    struct made m = {.random = strtoull(words[3], NULL, 10) * 2654435761u + 1,
                     .arena = sceau_arena_new((size_t)1024 * 1024)};
    const struct journal_options options = {.folder = words[0],
                                            .host = sceau_slice_from(words[1]),
                                            .boot = 1,
                                            .segment_max =
                                                strtoull(words[4], NULL, 10)};
    snprintf(m.host, sizeof m.host, "%s", words[1]);
    struct journal *journal = m.arena != NULL ? journal_open(&options, error) : NULL;
    bool is_good = journal != NULL;
    for (uint64_t n = 0; n < records && is_good; n++)
        is_good = add_record(&m, journal, n, records);
    journal_close(journal);
    sceau_arena_free(m.arena);
    return is_good ? 0 : 1;
}

static double
seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
fold(char **words)
{
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    struct fold_look look;
    struct rusage used;
    struct database *db = database_open(words[1], DATABASE_WRITE, &status, error);
    struct fold *f = db != NULL ? fold_new(db) : NULL;
    double began = seconds();
    bool is_good = f != NULL && fold_folder(f, words[0], time(NULL), 86400, &look);
    double ended = seconds();
    if (!is_good || look.problem[0] != '\0')
        fprintf(stderr, "%s: %s\n", words[0],
                f == NULL ? error
                : is_good ? look.problem
                          : database_error(db));
    getrusage(RUSAGE_SELF, &used);
    if (is_good)
        printf("%llu %llu %.3f %.3f\n", (unsigned long long)look.counts.records,
               (unsigned long long)look.counts.segments, ended - began,
               (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    fold_free(f);
    database_close(db);
    return is_good ? 0 : 1;
}

struct guard {
    struct database *db;
    struct lease lease;
};

static int
may_commit(void *self)
{
    struct guard *guard = self;
    return lease_confirm(guard->db, &guard->lease);
}

static double
commit(struct database *db, int64_t count)
{
    double began = seconds();
    for (int64_t n = 0; n < count; n++)
        if (!database_begin_durable(db) ||
            !meta_write_number(db, SCEAU_SLICE("bench"), n) || !database_commit(db))
            return -1;
    return (seconds() - began) * 1000 / (double)count;
}

static int
commits(char **words)
{
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    struct guard guard = {
        .db = database_open(words[1], DATABASE_WRITE, &status, error),
        .lease = {.name = "bench", .self = "bench"}
    };
    int64_t count = strtoll(words[0], NULL, 10);
    if (guard.db == NULL || !lease_take(guard.db, &guard.lease, lease_clock()))
        return 1;
    commit(guard.db, 2); /* statements are prepared */
    double bare = commit(guard.db, count);
    database_guard(guard.db, may_commit, &guard);
    commit(guard.db, 2);
    double guarded = commit(guard.db, count);
    printf("%.2f %.2f\n", bare, guarded);
    database_close(guard.db);
    return bare > 0 && guarded > 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "make") == 0)
        return make(argv + 2);
    if (argc == 4 && strcmp(argv[1], "fold") == 0)
        return fold(argv + 2);
    if (argc == 4 && strcmp(argv[1], "commit") == 0)
        return commits(argv + 2);
    fputs("see bench/fleet\n", stderr);
    return 64;
}
