#include "status_hosts.h"

#include "core/text.h"
#include "store_place.h"

static struct sceau_slice
leases_of(struct database *db, struct sceau_arena *arena, struct sceau_slice holder)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct statement *s =
        database_prepare(db, "SELECT name FROM lease WHERE holder = ?1 ORDER BY name");
    bind_text(s, 1, holder);
    while (statement_step(s) == 1) {
        if (t.len > 0)
            text_octet(&t, ' ');
        text_slice(&t, column_text(s, 0));
    }
    return text_done(&t);
}

static bool
read_all(struct database *db, struct sceau_arena *arena, int64_t now,
         struct status_hosts *out)
{
    struct statement *s = database_prepare(
        db,
        "SELECT holder, host, version, seen, waiting FROM worker ORDER BY host, holder");
    int step;
    while ((step = statement_step(s)) == 1 && out->count < STATUS_HOSTS_MAX) {
        struct sceau_slice holder = slice_copy(arena, column_text(s, 0));
        struct status_host *h = &out->hosts[out->count++];
        *h = (struct status_host){.name = slice_copy(arena, column_text(s, 1)),
                                  .version = slice_copy(arena, column_text(s, 2)),
                                  .silent = now - column_int(s, 3),
                                  .waiting = column_int(s, 4)};
        h->leases = leases_of(db, arena, holder);
    }
    statement_reset(s);
    return step >= 0;
}

void
status_hosts_read(const struct environment *env, const char *state, int64_t now,
                  struct status_hosts *hosts)
{
    char error[DATABASE_ERROR_MAX];
    *hosts = (struct status_hosts){
        .is_shared = !slice_starts_ci(env->config.store.url, SCEAU_SLICE("sqlite:"))};
    if (!hosts->is_shared)
        return;
    struct database *db = store_look(env, state, error);
    bool is_read = db != NULL && read_all(db, env->arena, now, hosts);
    if (!is_read) {
        struct problem told = {.language = env->language};
        problem_retell(&told, db != NULL ? database_error(db) : error);
        hosts->problem = slice_copy(env->arena, sceau_slice_from(told.text));
    }
    database_close(db);
}
