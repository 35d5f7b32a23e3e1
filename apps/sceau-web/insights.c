/* The store is opened once for each thread that asks at a time, and kept. */
#include "insights.h"

#include "answer.h"
#include "core/monotonic.h"
#include "insight/kept.h"
#include "insight/ours.h"
#include "outbox/failure.h"
#include "web/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define AT_ONCE  3 /* more requests at a time wait: each may need some MiB */
#define KEPT_MAX ((size_t)8 * 1024 * 1024) /* of sources */

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct database *idle[AT_ONCE];
    size_t count;
    unsigned busy; /* that have taken one */
    struct kept *kept;
    struct database *watch; /* tells when something was written; NULL: not yet open */
    int64_t watches;        /* it was opened so often */
    struct insights_figures figures; /* the last ones, and what they took */
    int64_t figures_at_ms, figures_cost_ms;
};

static struct pool *
pool_of(struct web *web)
{
    return web->insights;
}

static struct database *
take_idle(struct pool *pool)
{
    struct database *db = NULL;
    pthread_mutex_lock(&pool->lock);
    while (pool->busy >= AT_ONCE)
        pthread_cond_wait(&pool->given, &pool->lock);
    pool->busy++;
    if (pool->count > 0)
        db = pool->idle[--pool->count];
    pthread_mutex_unlock(&pool->lock);
    return db;
}

/* The end of what take_idle began. `db` may be NULL. */
static void
give_back(struct pool *pool, struct database *db)
{
    pthread_mutex_lock(&pool->lock);
    pool->busy--;
    if (db != NULL && pool->count < AT_ONCE && !database_is_frozen(db)) {
        pool->idle[pool->count++] = db;
        db = NULL;
    }
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
    database_close(db);
}

static struct database *
open_store(struct web *web, enum database_status *status,
           char error[DATABASE_ERROR_MAX])
{
    return database_open(web->store, DATABASE_READ_ONCE, status, error);
}

/* One that was kept, unless the store went on without it, or a new one. NULL when the store
 * cannot be read; give_back all the same. */
static struct database *
take(struct web *web, enum database_status *status, char error[DATABASE_ERROR_MAX])
{
    struct database *db = take_idle(pool_of(web));
    if (db != NULL && !database_is_current(db)) {
        database_close(db);
        db = NULL;
    }
    return db != NULL ? db : open_store(web, status, error);
}

/* Grows when something was written, and each minute: marks end by the clock. One connection
 * watches for all, since each counts by itself. 0: nobody can tell. */
static int64_t
version_of(struct web *web, int64_t now)
{
    enum database_status status;
    char error[DATABASE_ERROR_MAX];
    struct pool *pool = pool_of(web);
    int64_t version = 0;
    pthread_mutex_lock(&pool->lock);
    if (pool->watch == NULL) {
        pool->watch = open_store(web, &status, error);
        pool->watches++;
    }
    if (pool->watch != NULL && !database_is_frozen(pool->watch))
        version = database_changed(pool->watch);
    if (version <= 0) {
        database_close(pool->watch);
        pool->watch = NULL;
    } else {
        version += (pool->watches << 56) + ((now / 60) << 24);
    }
    pthread_mutex_unlock(&pool->lock);
    return version;
}

static void
refuse(struct exchange *x, enum database_status status)
{
    const struct insight_today nothing = {.last_received = 0};
    struct filter f;
    switch (status) {
    case DATABASE_ABSENT:
        if (x->page.match.route->place == WEB_TODAY &&
            x->page.match.format == WEB_HTML) {
            filter_init(&f, x->page.now);
            answer_page(x, pages_today(&x->page, &f, &nothing));
            break;
        }
        answer_refusal(
            x, 503,
            N_("There is no store yet: sceau-reportd makes it when it runs for "
               "the first time with this state directory."));
        break;
    case DATABASE_VERSION:
        answer_refusal(
            x, 503,
            N_("The store is of another version of sceau: sceau-reportd brings "
               "it forward; then load this page again."));
        break;
    case DATABASE_HALF:
        answer_refusal(x, 503,
                       N_("A copy into this store is not finished: sceau store copy, "
                          "once more, goes on with it; then load this page again."));
        break;
    default:
        answer_refusal(
            x, 503, N_("The store cannot be read now; the log of sceau-web says why."));
        break;
    }
}

bool
insights_take(struct exchange *x, struct insight *in)
{
    enum database_status status = DATABASE_OK;
    char error[DATABASE_ERROR_MAX] = "";
    struct pool *pool = pool_of(x->web);
    *in = (struct insight){.arena = x->arena, .now = x->page.now};
    in->db = take(x->web, &status, error);
    if (in->db == NULL) {
        give_back(pool, NULL);
        if (status != DATABASE_ABSENT)
            complain("%s", error);
        refuse(x, status);
        return false;
    }
    in->version = version_of(x->web, x->page.now);
    in->kept = in->version > 0 ? pool->kept : NULL;
    in->ours = ours_make(x->arena, &x->web->env.config, in->db);
    if (in->ours == NULL) {
        refuse(x, DATABASE_ERROR);
        insights_give(x, in);
        return false;
    }
    return true;
}

void
insights_give(struct exchange *x, struct insight *in)
{
    struct pool *pool = pool_of(x->web);
    struct database *db = in->db;
    kept_release(in);
    if (in->error == NULL && !database_is_intact(db)) {
        in->error = "it was opened by another program while it was read";
        refuse(x, DATABASE_BUSY);
    }
    if (in->error != NULL) /* perhaps the file was replaced: open it anew */
        complain("store: %s", insight_error(in));
    database_rest(db);
    if (in->error != NULL) {
        database_close(db);
        db = NULL;
    }
    give_back(pool, db);
    in->db = NULL;
}

bool
insights_open(struct web *web)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return false;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->given, NULL);
    web->insights = pool;
    pool->kept = kept_new(KEPT_MAX);
    return pool->kept != NULL;
}

void
insights_close(struct web *web)
{
    struct pool *pool = pool_of(web);
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->count; i++)
        database_close(pool->idle[i]);
    database_close(pool->watch);
    kept_free(pool->kept);
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    web->insights = NULL;
}

/* All reports are gone through: a scraper that comes every few seconds to a large store gets
 * what the last one got. */
#define FIGURES_DEAR_MS 50
#define FIGURES_LAST_S  INT64_C(30)

static void
read_figures(struct database *db, struct insights_figures *figures)
{
    *figures = (struct insights_figures){0};
    struct statement *s = database_prepare(
        db, "SELECT count(*), coalesce(sum(messages), 0), coalesce(max(received), 0) "
            "FROM report WHERE counted = 1");
    if (statement_step(s) == 1) {
        figures->reports = (uint64_t)column_int(s, 0);
        figures->messages = (uint64_t)column_int(s, 1);
        figures->last_received = column_int(s, 2);
    }
    statement_reset(s);
    s = database_prepare(db, "SELECT outcome, count(*) FROM intake GROUP BY outcome");
    while (statement_step(s) == 1) {
        static const char *const words[] = {"accepted", "repaired", "duplicate",
                                            "refused", "unauthenticated"};
        for (size_t i = 0; i < 5; i++) {
            if (slice_eq(column_text(s, 0), sceau_slice_from(words[i])))
                figures->intake[i] = (uint64_t)column_int(s, 1);
        }
    }
    s = database_prepare(db, "SELECT coalesce(max(last_run), 0) FROM place");
    if (statement_step(s) == 1)
        figures->last_run = column_int(s, 0);
    statement_reset(s);
    queue_count(db, figures->outbox);
    outbox_failure_untold(db, &figures->untold);
}

bool
insights_figures(struct web *web, struct insights_figures *figures)
{
    enum database_status status;
    char error[DATABASE_ERROR_MAX];
    struct pool *pool = pool_of(web);
    int64_t now = monotonic_ms();
    struct database *db = NULL;
    *figures = (struct insights_figures){0};
    pthread_mutex_lock(&pool->lock);
    bool is_kept = pool->figures_cost_ms >= FIGURES_DEAR_MS &&
                   now - pool->figures_at_ms < FIGURES_LAST_S * 1000;
    if (is_kept)
        *figures = pool->figures;
    pthread_mutex_unlock(&pool->lock);
    if (is_kept)
        return true;
    db = take(web, &status, error);
    if (db != NULL) {
        read_figures(db, figures);
        database_rest(db);
        if (!database_is_intact(db))
            *figures = (struct insights_figures){0};
        pthread_mutex_lock(&pool->lock);
        pool->figures = *figures;
        pool->figures_at_ms = monotonic_ms();
        pool->figures_cost_ms = pool->figures_at_ms - now;
        pthread_mutex_unlock(&pool->lock);
    }
    bool is_read = db != NULL;
    give_back(pool, db);
    return is_read;
}
