/* Sources that are kept are those that would be gathered; weeks are cut by the day. */
#include "kept.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "store/week_pack.h"

#include <pthread.h>

#define TODAY 20501 /* day 5 of its week */
#define NOW   ((int64_t)TODAY * 86400 + 3600)

static char folder[TEST_FOLDER], path[TEST_STORE];
static struct database *writer;

static void
run(const char *sql)
{
    if (!database_run(writer, test_store_sql(sql)))
        fail_msg("%s: %s", sql, database_error(writer));
}

/* 40 weeks: an address that passes has day n's number of messages on each day of it, one that
 * fails has 1 a day; day_reporter says that the domain is known for long. */
static int
make_store(void **state)
{
    char error[DATABASE_ERROR_MAX];
    enum database_status status;
    (void)state;
    if (test_folder_make(folder, "kept") != 0)
        return 1;
    test_store_place(path, folder, "store");
    writer = database_open(path, DATABASE_WRITE, &status, error);
    if (writer == NULL)
        return 1;
    run("WITH RECURSIVE w(w) AS (SELECT 2889 UNION ALL SELECT w + 1 FROM w WHERE w < 2928) "
        "INSERT INTO week_ip SELECT 'example.org', w, 'example.org', x'c0000201', 1, 1, 1, "
        "0, 0, 1, 2, 3, 4, 5, 6, 7, 1, 1, 1, 1, 1, 1, 1 FROM w");
    run("INSERT INTO week_ip SELECT policy_domain, week, domain, x'c6336401', 2, 2, 1, 1, 0, "
        "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 FROM week_ip");
    run("INSERT INTO day_pair (policy_domain, domain, day, ip, envelope_from, signer, "
        "selector, count) SELECT policy_domain, domain, week * 7, ip, '', domain, 's1', 1 "
        "FROM week_ip WHERE dkim = 1");
    run("INSERT INTO day_total SELECT policy_domain, domain, week * 7, 1, 1, 1, 1 "
        "FROM week_ip WHERE dkim = 1");
    run("INSERT INTO day_reporter SELECT policy_domain, week * 7, 'R', 1, 0, 1, 60 "
        "FROM week_ip WHERE dkim = 1");
    return 0;
}

static int
remove_store(void **state)
{
    (void)state;
    database_close(writer);
    return test_folder_remove(folder);
}

static const struct analysis_ours nobody;

static struct insight
begin(struct kept *kept, int64_t version)
{
    char error[DATABASE_ERROR_MAX];
    enum database_status status;
    struct insight in = {.arena = sceau_arena_new(16 * 1024 * 1024),
                         .db = database_open(path, DATABASE_READ, &status, error),
                         .now = NOW,
                         .ours = &nobody,
                         .kept = kept,
                         .version = version};
    assert_non_null(in.arena);
    assert_non_null(in.db);
    return in;
}

static void
end(struct insight *in)
{
    kept_release(in);
    database_close(in->db);
    sceau_arena_free(in->arena);
}

/* Today is day 5 of week 2928, with 6 messages that pass and 1 that fails. */
static const struct {
    const char *query;
    uint64_t passes, fails;
    const char *why;
} ranges[] = {
    {"days=1",                        6,   1,  "today alone: the class has read 28 days"   },
    {"days=6",                        21,  6,  "a week from its first day"                 },
    {"days=7",                        28,  7,  "a week from the middle of two"             },
    {"days=28",                       112, 28, "as many as a class needs"                  },
    {"days=30",                       123, 30, "the pages' own range; 29 days ago is day 4"},
    {"days=90",                       357, 90, "longer than a spark"                       },
    {"from=2026-02-12&to=2026-02-14", 6,   3,  "days that end before today"                },
    {"result=fail",                   0,   30, "of some rows, with the class of all"       },
    {"ip=192.0.2.1",                  123, 0,  "one address"                               },
    {"ip=198.51.100.0/24",            0,   30, "a network"                                 },
    {"cause=unsigned",                0,   30, "one cause"                                 },
    {"selector=s1",                   123, 0,  "a selector: rows that pairs point to"      },
};

static void
look(struct insight *in, size_t i)
{
    struct filter f;
    struct sceau_slice problem = SLICE_NONE;
    struct insight_sources sources;
    struct insight_domain domain;
    uint64_t fails = 0, passes = 0;
    filter_init(&f, NOW);
    f.domain = SCEAU_SLICE("example.org");
    assert_true(filter_read(&f, in->arena, LANGUAGE_EN,
                            sceau_slice_from(ranges[i].query), NULL, &problem));
    f.domain = SCEAU_SLICE("example.org");
    assert_true(insight_sources(in, &f, &sources));
    assert_int_equal(sources.counts.messages - sources.counts.neither,
                     ranges[i].passes);
    assert_int_equal(sources.counts.neither, ranges[i].fails);
    for (size_t n = 0; n < sources.count; n++)
        assert_int_equal(sources.sources[n]->class,
                         slice_eq(sources.sources[n]->key, SCEAU_SLICE("192.0.2.0/24"))
                             ? ANALYSIS_SENDS_WELL
                             : ANALYSIS_NOT_YOURS);
    assert_true(insight_domain(in, &f, &domain));
    assert_int_equal(domain.day_count, f.to_day - f.from_day + 1);
    for (size_t n = 0; n < domain.day_count; n++) {
        fails += domain.days[n].fails_ours + domain.days[n].fails_others;
        passes += domain.days[n].both + domain.days[n].one;
    }
    assert_int_equal(passes, ranges[i].passes);
    assert_int_equal(fails, ranges[i].fails);
}

static void
look_at_all(struct kept *kept)
{
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        UNIT_CASE(ranges[i].why);
        struct insight in = begin(kept, 1);
        look(&in, i);
        assert_true(kept == NULL || in.held != NULL);
        end(&in);
    }
}

static void
kept_or_not(void **state)
{
    struct kept *kept = kept_new(1024 * 1024);
    (void)state;
    look_at_all(NULL);
    look_at_all(kept);
    look_at_all(kept);
    kept_free(kept);
}

/* Some weeks lie packed: `weeks` of them, all, or all but a few with a change. The rows that
 * are no more than padding, without messages, make a week worth it. */
static const struct {
    const char *changes;
    int64_t packs;
    const char *why;
} packings[] = {
    {"INSERT INTO week_changed SELECT policy_domain, week, 0 FROM week_ip WHERE week < 2926 "
     "GROUP BY policy_domain, week",        37, "the last three are not"},
    {"INSERT INTO week_changed SELECT policy_domain, week, 0 FROM week_ip WHERE week >= 2926 "
     "GROUP BY policy_domain, week",        40, "all of them"           },
    {"DELETE FROM week_pack WHERE week % 5 = 2", 32,
     "every fifth is not: stretches of one week"                             },
};

static void
packed_or_not(void **state)
{
    uint64_t packed;
    (void)state;
    run("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20) "
        "INSERT INTO week_ip (policy_domain, week, domain, ip, dkim, spf, disposition, "
        "cause, flags) SELECT policy_domain, week, domain, ip, 1, 2, 1, 0, n FROM week_ip, n "
        "WHERE dkim = 1 AND spf = 1");
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
        struct kept *kept = kept_new(1024 * 1024);
        UNIT_CASE(packings[i].why);
        run(packings[i].changes);
        assert_true(week_pack(writer, NOW, &packed, NULL, NULL));
        struct statement *s =
            database_prepare(writer, "SELECT count(*) FROM week_pack WHERE piece = 0");
        assert_int_equal(statement_step(s), 1);
        assert_int_equal(column_int(s, 0), packings[i].packs);
        statement_reset(s);
        look_at_all(NULL);
        look_at_all(kept);
        kept_free(kept);
    }
    UNIT_CASE("a pack that is damaged is no answer");
    run("UPDATE week_pack SET octets = x'0301' WHERE week = 2926");
    struct insight in = begin(NULL, 1);
    struct filter f;
    struct insight_sources sources;
    filter_init(&f, NOW);
    f.domain = SCEAU_SLICE("example.org");
    assert_false(insight_sources(&in, &f, &sources));
    assert_string_equal(insight_error(&in), "a week of the store is damaged");
    end(&in);
    run("DELETE FROM week_pack");
    run("DELETE FROM week_ip WHERE flags > 0");
}

/* What readiness is about is read with the days of a domain, if they are among them. */
static const struct {
    const char *query;
    bool with_recent;
    const char *why;
} with_readiness[] = {
    {"days=90",                       true,  "days that readiness is about are among them"},
    {"days=29",                       true,  "these and today"                            },
    {"days=28",                       false, "the first of them is not"                   },
    {"from=2026-01-01&to=2026-02-10", false, "they end before"                            },
};

static void
recent_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof with_readiness / sizeof *with_readiness; i++) {
        struct kept *kept = kept_new(1024 * 1024);
        struct insight in = begin(kept, 1), plain = begin(NULL, 1);
        struct insight_domain domain;
        struct insight_readiness asked, wanted;
        struct filter f;
        struct sceau_slice problem = SLICE_NONE;
        UNIT_CASE(with_readiness[i].why);
        filter_init(&f, NOW);
        assert_true(filter_read(&f, in.arena, LANGUAGE_EN,
                                sceau_slice_from(with_readiness[i].query), NULL,
                                &problem));
        f.domain = SCEAU_SLICE("example.org");
        assert_true(insight_domain(&in, &f, &domain));
        const struct kept_hold *before = in.held;
        size_t octets = kept_octets(kept);
        assert_true(insight_readiness(&in, &f, NULL, &asked));
        assert_true(insight_readiness(&plain, &f, NULL, &wanted));
        assert_true(in.held != before);
        assert_int_equal(kept_octets(kept) == octets, with_readiness[i].with_recent);
        assert_memory_equal(&asked.readiness.what_if, &wanted.readiness.what_if,
                            sizeof wanted.readiness.what_if);
        assert_true(wanted.readiness.what_if.messages > 0);
        for (size_t n = 0; n < ANALYSIS_LINES; n++)
            assert_memory_equal(asked.readiness.lines[n].numbers,
                                wanted.readiness.lines[n].numbers,
                                sizeof wanted.readiness.lines[n].numbers);
        f.from_day = TODAY - 28, f.to_day = TODAY - 1;
        UNIT_CASE("their own page has bars, which are not kept with them");
        assert_true(insight_domain(&in, &f, &domain));
        assert_int_equal(domain.days[27].day, f.to_day);
        assert_int_equal(domain.days[27].both, 5);
        end(&in);
        end(&plain);
        kept_free(kept);
    }
}

/* A domain that 2000 addresses forge each week, others each time, five weeks long: more than
 * sources are made of. One more passes each day. */
#define FORGING 2000

static const struct {
    const char *query;
    uint64_t messages;
    size_t named, of_last; /* addresses with sources; of these of the last week */
    const char *why;
} forged[] = {
    {"days=35",                5 * FORGING + 34, 3000,        FORGING, "all of them"           },
    {"days=6",                 FORGING + 6,      FORGING + 1, FORGING, "those of the last week"},
    {"days=6&result=fail",     FORGING,          FORGING,     FORGING, "some of its rows"      },
    {"days=35&result=pass",    34,               1,           0,       "who passes has room"   },
    {"days=35&cause=unsigned", 5 * FORGING,      3000,        FORGING, "one more than of all"  },
    {"days=6&ip=10.0.0.0/9",   FORGING,          FORGING,     FORGING, "a network"             },
};

static void
add_forged(int64_t week, struct sceau_slice ip, bool passes)
{
    struct statement *s = database_prepare(
        writer, "INSERT INTO week_ip (policy_domain, week, domain, ip, dkim, spf, "
                "disposition, cause, flags, count0, count1, count2, count3, count4, "
                "count5, count6, reports0, reports1, reports2, reports3, reports4, "
                "reports5, reports6) VALUES ('forged.test', ?1, 'forged.test', ?2, ?3, "
                "2, 1, ?4, 0, 1, ?5, ?5, ?5, ?5, ?5, ?5, 1, ?5, ?5, ?5, ?5, ?5, ?5)");
    bind_int(s, 1, week);
    bind_blob(s, 2, ip);
    bind_int(s, 3, passes ? REPORT_ALIGNED_PASS : REPORT_ALIGNED_FAIL);
    bind_int(s, 4, passes ? ANALYSIS_CAUSE_NONE : ANALYSIS_CAUSE_UNSIGNED);
    bind_int(s, 5, passes);
    assert_int_equal(statement_step(s), 0);
}

static void
forge(void)
{
    char passes[4] = {(char)192, 0, 2, 9};
    assert_true(database_begin(writer));
    for (int week = 0; week < 5; week++) {
        add_forged(2924 + week, (struct sceau_slice){passes, 4}, true);
        for (int n = 0; n < FORGING; n++) {
            char ip[4] = {10, (char)week, (char)(n / 256), (char)(n % 256)};
            add_forged(2924 + week, (struct sceau_slice){ip, 4}, false);
        }
    }
    assert_true(database_commit(writer));
    run("INSERT INTO day_total SELECT policy_domain, domain, week * 7, dkim, 2, 1, "
        "sum(count0) FROM week_ip WHERE policy_domain = 'forged.test' GROUP BY "
        "policy_domain, domain, week, dkim");
}

static void
ask_forged(struct kept *kept, size_t i, struct insight_sources *sources,
           struct insight *in)
{
    struct filter f;
    struct sceau_slice problem = SLICE_NONE;
    *in = begin(kept, 1);
    filter_init(&f, NOW);
    assert_true(filter_read(&f, in->arena, LANGUAGE_EN,
                            sceau_slice_from(forged[i].query), NULL, &problem));
    f.domain = SCEAU_SLICE("forged.test");
    assert_true(insight_sources(in, &f, sources));
}

static void
look_named(const struct insight_sources *sources, size_t i)
{
    size_t named = 0, of_last = 0;
    for (size_t n = 0; n < sources->count; n++)
        for (size_t m = 0; m < sources->sources[n]->address_count; m++) {
            const struct sceau_ip *ip = &sources->sources[n]->addresses[m].ip;
            named += ip->version != 0;
            of_last += ip->octets[0] == 10 && ip->octets[1] == 4;
        }
    assert_int_equal(sources->counts.messages, forged[i].messages);
    assert_int_equal(named, forged[i].named);
    assert_int_equal(of_last, forged[i].of_last);
}

/* Asked first, what a filter asks for is gathered with all; of all that are kept it is read by
 * itself. */
static void
look_at_forged(void)
{
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        struct kept *kept = kept_new(16 * 1024 * 1024);
        UNIT_CASE(forged[i].why);
        for (int n = 0; n < 3; n++) {
            struct insight_sources sources;
            struct insight in;
            ask_forged(n < 2 ? kept : NULL, i, &sources, &in);
            look_named(&sources, i);
            end(&in);
        }
        kept_free(kept);
    }
}

static void
last_weeks_first(void **state)
{
    uint64_t packed;
    (void)state;
    forge();
    look_at_forged();
    run("INSERT INTO week_changed SELECT policy_domain, week, 0 FROM week_ip "
        "WHERE policy_domain = 'forged.test' GROUP BY policy_domain, week");
    assert_true(week_pack(writer, NOW, &packed, NULL, NULL));
    assert_int_equal(packed, 5);
    look_at_forged();
    run("DELETE FROM week_pack WHERE week = 2927");
    look_at_forged();
    run("DELETE FROM day_total WHERE policy_domain = 'forged.test'");
}

static uint64_t
messages(struct insight *in)
{
    struct filter f;
    struct insight_sources sources;
    filter_init(&f, NOW);
    f.domain = SCEAU_SLICE("example.org");
    assert_true(insight_sources(in, &f, &sources));
    return sources.counts.messages;
}

static void
another_version(void **state)
{
    struct kept *kept = kept_new(1024 * 1024);
    struct insight first = begin(kept, 1), second = begin(kept, 2);
    (void)state;
    assert_int_equal(messages(&first), 153);
    run("UPDATE week_ip SET count5 = 7 WHERE week = 2928 AND dkim = 1");
    assert_int_equal(messages(&first), 153); /* it is kept */
    assert_int_equal(messages(&second), 154);
    size_t both = kept_octets(kept);
    end(&first);
    assert_true(kept_octets(kept) <= both);
    end(&second);
    assert_true(kept_octets(kept) > 0 &&
                kept_octets(kept) < both); /* the first has left */
    run("UPDATE week_ip SET count5 = 6 WHERE week = 2928 AND dkim = 1");
    kept_free(kept);
}

/* What is of no more use leaves before as much is made again, not behind it. */
static void
old_ones_first(void **state)
{
    struct kept *kept = kept_new(1024 * 1024);
    struct insight first = begin(kept, 1), second;
    (void)state;
    assert_int_equal(messages(&first), 153);
    end(&first);
    size_t one = kept_octets(kept);
    assert_true(one > 0);
    second = begin(kept, 2);
    assert_int_equal(messages(&second), 153);
    assert_true(kept_octets(kept) < one + one / 2);
    end(&second);
    kept_free(kept);
}

static void
no_more_than_the_limit(void **state)
{
    struct kept *kept = kept_new(1);
    struct insight in = begin(kept, 1);
    (void)state;
    assert_int_equal(messages(&in), 153);
    assert_true(kept_octets(kept) > 0); /* in use */
    end(&in);
    assert_int_equal(kept_octets(kept), 0);
    kept_free(kept);
}

static void *
ask(void *kept)
{
    for (int i = 0; i < 20; i++) {
        struct insight in = begin(kept, 1 + i / 4);
        assert_int_equal(messages(&in), 153);
        end(&in);
    }
    return NULL;
}

static void
threads(void **state)
{
    struct kept *kept = kept_new(1024 * 1024);
    pthread_t others[4];
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&others[i], NULL, ask, kept), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(others[i], NULL);
    kept_free(kept);
}

/* Three pages of a domain; the last one is full, and a fourth is asked for. */
static void
reporters(void **state)
{
    struct insight in = begin(NULL, 1);
    struct filter f;
    const struct analysis_reporter *list;
    size_t count;
    uint64_t sum = 0;
    (void)state;
    run("WITH RECURSIVE d(d) AS (SELECT 20472 UNION ALL SELECT d + 1 FROM d WHERE d < 20501), "
        "n(n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM n WHERE n < 199) "
        "INSERT INTO day_reporter SELECT 'many.test', d, 'R' || n, n, 0, 1, 60 FROM d, n");
    run("INSERT INTO day_total SELECT 'many.test', 'many.test', day, dkim, spf, disposition, 1 "
        "FROM day_total WHERE policy_domain = 'example.org'");
    filter_init(&f, NOW);
    f.domain = SCEAU_SLICE("many.test");
    assert_int_equal(f.to_day - f.from_day + 1, 30);
    assert_true(insight_reporters(&in, &f, &list, &count));
    assert_int_equal(count, 100);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].reports, 30);
        assert_int_equal(list[i].messages, 30 * (199 - i));
        sum += list[i].messages;
    }
    assert_int_equal(sum, 30 * (100 + 199) * 50);
    f.reporter = SCEAU_SLICE("R150");
    assert_true(insight_reporters(&in, &f, &list, &count));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].reports, 30);
    run("DELETE FROM day_reporter WHERE policy_domain = 'many.test'");
    run("DELETE FROM day_total WHERE policy_domain = 'many.test'");
    end(&in);
}

/* A report without a policy domain is of none: asked for, "" would be all of them. */
static void
names(void **state)
{
    struct insight in = begin(NULL, 1);
    const struct sceau_slice *domains;
    size_t count;
    (void)state;
    run("INSERT INTO day_total SELECT '', '', day, dkim, spf, disposition, 1 FROM day_total");
    assert_true(insight_domains(&in, &domains, &count));
    assert_int_equal(count, 1);
    assert_true(slice_eq(domains[0], SCEAU_SLICE("example.org")));
    run("DELETE FROM day_total WHERE policy_domain = ''");
    end(&in);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_or_not),
        cmocka_unit_test(packed_or_not),
        cmocka_unit_test(recent_days),
        cmocka_unit_test(last_weeks_first),
        cmocka_unit_test(another_version),
        cmocka_unit_test(old_ones_first),
        cmocka_unit_test(no_more_than_the_limit),
        cmocka_unit_test(threads),
        cmocka_unit_test(reporters),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("insight/kept", tests, make_store, remove_store);
}
