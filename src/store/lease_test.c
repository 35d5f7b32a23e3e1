/* The protocol of leases: every interleaving of three processes and the clock up to a depth,
 * with answers that get lost; then the statements, on both engines. */
#include "lease.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"

#define PROCESSES 3
#define TICK \
 40 /* seconds: four are longer than a lease, three than a holder's belief */

struct process {
    struct lease lease;
    struct lease_row row; /* as it was read */
    int64_t at;           /* when it began to read */
    bool has_read;
};

struct world {
    struct lease_row row;
    struct process processes[PROCESSES];
    int64_t now;
};

static const char *const names[PROCESSES] = {"a", "b", "c"};

/* What is looked for: two that may work at a time. */
static uint64_t worlds, both, changes_of_holder;
static uint64_t undone; /* commits of who had lost it */
static bool is_committing;
static bool believes_for_ever; /* a rule that is wrong, to see that it is found */

static void
read_it(struct world *w, struct process *p)
{
    p->at = w->now;
    p->row = w->row;
    p->has_read = true;
}

/* The transaction that writes; with is_lost its answer does not come. */
static void
write_it(struct world *w, struct process *p, bool is_lost)
{
    enum lease_wish wish = lease_look(&p->lease, &p->row, p->at);
    bool is_same = w->row.is_there == p->row.is_there && w->row.beat == p->row.beat &&
                   strcmp(w->row.holder, p->row.holder) == 0;
    bool is_done = wish != LEASE_LEAVE && is_same;
    p->has_read = false;
    if (is_done) {
        changes_of_holder += strcmp(w->row.holder, p->lease.self) != 0;
        w->row.is_there = true;
        w->row.beat++;
        strcpy(w->row.holder, p->lease.self);
    }
    lease_told(&p->lease, wish, is_done && !is_lost);
}

/* Who began its work when it had the lease commits, however much later: others see that it goes
 * on, and it does not believe for longer (lease_confirm). */
static void
commit_it(struct world *w, const struct process *p)
{
    bool is_ours = strcmp(w->row.holder, p->lease.self) == 0;
    undone += !is_ours;
    w->row.beat += is_ours;
}

static void
look_at(const struct world *w, unsigned count)
{
    unsigned held = 0;
    for (unsigned i = 0; i < count; i++)
        held += believes_for_ever ? w->processes[i].lease.is_ours
                                  : lease_is_held(&w->processes[i].lease, w->now);
    worlds++;
    both += held > 1;
}

static void
explore(const struct world *from, unsigned count, unsigned depth)
{
    look_at(from, count);
    if (depth == 0)
        return;
    struct world next = *from;
    next.now += TICK;
    explore(&next, count, depth - 1);
    for (unsigned i = 0; i < count; i++) {
        if (from->processes[i].lease.is_ours && is_committing) {
            next = *from;
            commit_it(&next, &next.processes[i]);
            explore(&next, count, depth - 1);
        }
        if (!from->processes[i].has_read) {
            next = *from;
            read_it(&next, &next.processes[i]);
            explore(&next, count, depth - 1);
            continue;
        }
        for (unsigned is_lost = 0; is_lost < 2; is_lost++) {
            next = *from;
            write_it(&next, &next.processes[i], is_lost);
            explore(&next, count, depth - 1);
        }
    }
}

static void
explore_all(unsigned count, unsigned depth)
{
    struct world w = {.now = 1000};
    worlds = both = changes_of_holder = 0;
    for (unsigned i = 0; i < PROCESSES; i++)
        w.processes[i].lease = (struct lease){.name = "work", .self = names[i]};
    explore(&w, count, depth);
}

static void
test_interleavings(void **state)
{
    static const struct {
        unsigned count, depth;
        bool is_committing;
        uint64_t least; /* worlds: that it was not cut short */
    } runs[] = {
        {2, 12, false, 1000000},
        {3, 9,  false, 500000 },
        {2, 11, true,  1000000},
        {3, 9,  true,  200000 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        is_committing = runs[i].is_committing;
        undone = 0;
        explore_all(runs[i].count, runs[i].depth);
        print_message("# %u processes, depth %u%s: %llu worlds, %llu commits undone\n",
                      runs[i].count, runs[i].depth, is_committing ? ", commits" : "",
                      (unsigned long long)worlds, (unsigned long long)undone);
        assert_true(worlds > runs[i].least && changes_of_holder > 1000);
        assert_int_equal(both, 0);
        assert_true(runs[i].count > 2 || (undone > 0) == is_committing);
    }
    is_committing = false;
    believes_for_ever = true;
    explore_all(2, 12);
    believes_for_ever = false;
    assert_true(both > 0); /* a holder that never doubts is found out */
}

/* ---- with a store ---- */

static char folder[TEST_FOLDER], path[TEST_STORE];

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "lease") != 0)
        return 1;
    test_store_place(path, folder, "store");
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

static struct database *
open_store(void)
{
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    struct database *db = database_open(path, DATABASE_WRITE, &status, error);
    assert_string_equal(error, "");
    assert_non_null(db);
    return db;
}

static void
test_life(void **state)
{
    (void)state;
    struct database *db = open_store(), *other = open_store();
    struct lease a = {.name = "outbox", .self = "a/1"},
                 b = {.name = "outbox", .self = "b/1"};
    struct lease c = {.name = "retain", .self = "b/1"};
    assert_true(lease_take(db, &a, 1000) && lease_is_held(&a, 1000));
    assert_true(lease_take(other, &b, 5000) && !lease_is_held(&b, 5000));
    assert_true(lease_take(other, &c, 5000) &&
                lease_is_held(&c, 5000)); /* another one */
    assert_true(lease_take(db, &a, 1100) && lease_is_held(&a, 1189));
    assert_false(lease_is_held(&a, 1190)); /* not renewed for LEASE_VALID */
    assert_true(lease_take(other, &b, 5120) &&
                !b.is_ours); /* the beat was another one */
    assert_true(lease_take(other, &b, 5240) && !b.is_ours);
    assert_true(lease_take(other, &b, 5241) && lease_is_held(&b, 5241));
    assert_true(lease_take(db, &a, 1300) && !a.is_ours);
    assert_true(lease_give(other, &b) && !lease_is_held(&b, 5242));
    assert_true(lease_take(db, &a, 1301) && lease_is_held(&a, 1301)); /* at once */
    assert_true(lease_give(db, &a) && lease_give(db, &a));
    database_close(other);
    database_close(db);
}

static int64_t
number(struct database *db, const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return value;
}

struct guard {
    struct database *db;
    struct lease *lease;
};

static int
may_commit(void *self)
{
    struct guard *guard = self;
    return lease_confirm(guard->db, guard->lease);
}

static bool
add_name(struct database *db, const char *sql)
{
    return database_begin(db) && database_run(db, sql) && database_commit(db);
}

/* What is committed for a lease says that its holder goes on; once another one has it nothing is
 * written, whoever believes what. */
static void
test_guard(void **state)
{
    (void)state;
    struct database *db = open_store(), *other = open_store();
    struct lease a = {.name = "outbox", .self = "a/1"},
                 b = {.name = "outbox", .self = "b/1"};
    struct guard guard = {.db = db, .lease = &a};
    assert_true(lease_take(db, &a, 1000) && lease_take(other, &b, 5000));
    database_guard(db, may_commit, &guard);
    assert_true(add_name(db, "INSERT INTO meta (name, value) VALUES ('one', '')"));
    assert_false(database_is_begun(db));
    assert_true(lease_take(other, &b, 5121) && !b.is_ours); /* it is seen to go on */
    assert_true(lease_take(other, &b, 5242) && b.is_ours);
    assert_true(lease_is_held(&a, 1080)); /* it believes */
    assert_false(add_name(db, "INSERT INTO meta (name, value) VALUES ('two', '')"));
    assert_int_equal(database_failure(db), DATABASE_LOST);
    assert_false(database_is_begun(db));
    database_guard(db, NULL, NULL);
    assert_true(add_name(db, "INSERT INTO meta (name, value) VALUES ('three', '')"));
    assert_int_equal(number(db,
                            "SELECT count(*) FROM meta WHERE name IN ('one', 'three')"),
                     2);
    assert_int_equal(number(db, "SELECT count(*) FROM meta WHERE name = 'two'"), 0);
    guard = (struct guard){.db = other, .lease = &b};
    database_guard(other, may_commit, &guard);
    assert_true(add_name(other, "INSERT INTO meta (name, value) VALUES ('four', '')"));
    database_guard(other, NULL, NULL);
    assert_true(lease_give(other, &b));
    assert_true(lease_take(db, &a, 1100) && lease_is_held(&a, 1100)); /* at once */
    database_close(other);
    database_close(db);
}

/* Taken away amid its transaction, which is long; and a transaction that failed by itself. */
static void
test_guard_late(void **state)
{
    (void)state;
    struct database *db = open_store(), *other = open_store();
    struct lease a = {.name = "outbox", .self = "a/1"},
                 b = {.name = "outbox", .self = "b/1"};
    struct guard guard = {.db = db, .lease = &a};
    assert_true(lease_take(db, &a, 1000) && lease_take(other, &b, 5000));
    database_guard(db, may_commit, &guard);
    assert_true(database_begin(db));
    assert_int_equal(number(db, "SELECT count(*) FROM meta WHERE name = 'two'"), 0);
    if (test_store_is_server()) /* in a file nobody else writes meanwhile */
        assert_true(lease_take(other, &b, 5121) && b.is_ours);
    assert_true(database_run(db, "INSERT INTO meta (name, value) VALUES ('two', '')"));
    assert_int_equal(database_commit(db), !test_store_is_server());
    assert_true(!test_store_is_server() || database_failure(db) == DATABASE_BUSY);
    assert_int_equal(number(db, "SELECT count(*) FROM meta WHERE name = 'two'"),
                     !test_store_is_server());
    assert_true(database_begin(db));
    assert_false(database_run(db, "INSERT INTO nowhere VALUES (1)"));
    if (test_store_is_server())
        assert_false(database_commit(db));
    else
        database_rollback(db);
    assert_int_equal(database_failure(db), DATABASE_ERROR); /* the first */
    database_close(other);
    database_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interleavings),
        cmocka_unit_test_setup_teardown(test_life, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_guard, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_guard_late, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("store/lease", tests, NULL, NULL);
}
