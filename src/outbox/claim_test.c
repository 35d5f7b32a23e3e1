/* The protocol of claims: every interleaving of two processes and the clock up to a depth. One
 * delivery, which each of them may look at, claim, send and tell of; that a process dies is that
 * it does nothing any more. The store may be away for longer than a lease. */
#include "claim.h"

#include "../../tests/unit.h"
#include "store/lease.h"

#define PROCESSES 2
#define DEPTH     12
#define TICK      460 /* seconds: two are longer than OUTBOX_LEASE */
#define IN_TIME   (OUTBOX_LEASE - CLAIM_RENEW) /* of a transfer and what follows it */

enum row_state {
    WAITING,
    SENDING,
    SENT
};

enum phase {
    IDLE,
    CLAIMED,
    GOING, /* has looked at its claim, and not sent the last octet */
    TAKEN, /* by the mail server; the store does not know */
};

struct process {
    struct claims claims;
    enum phase phase;
    int claim;
    int64_t claimed, looked;
    bool has_sent, was_late;
};

struct world {
    struct process processes[PROCESSES];
    enum row_state state;
    int claim, claims; /* of the row; how many there were */
    int64_t now;
    unsigned sent;
    bool was_away; /* the store; once is enough */
};

static uint64_t worlds, doubles, unexplained;
static uint64_t taken_over;
/* The second one ends after each look, and what it saw is kept: from cron. */
static bool is_from_cron;
/* Rules that are wrong, to see that they are found. */
static bool goes_blindly, is_trusting;

static void
look(struct world *w, struct process *p)
{
    char name[CLAIM_SIZE];
    snprintf(name, sizeof name, "%d", w->claim);
    if (is_trusting)
        p->claims.looked = w->now;
    claims_begin(&p->claims, w->now, !is_from_cron || p == w->processes);
    if (w->state == SENDING && claims_is_over(&p->claims, name, w->now)) {
        w->state = WAITING;
        taken_over++;
    }
    claims_end(&p->claims);
}

static void
claim(struct world *w, struct process *p)
{
    w->state = SENDING;
    p->claim = w->claim = ++w->claims;
    p->claimed = w->now;
    p->phase = CLAIMED;
}

/* may_go of deliver.c */
static void
go(struct world *w, struct process *p)
{
    p->phase = GOING;
    p->looked = w->now;
    if (goes_blindly || !claim_is_old(p->claimed, w->now))
        return;
    if (w->state == SENDING && w->claim == p->claim)
        claim(w, p);
    p->phase = p->claimed == w->now ? GOING : IDLE;
}

/* Is it explained by a process that was stopped? */
static bool
is_late(const struct world *w, const struct process *p)
{
    return p->was_late || (p->phase >= GOING && w->now - p->looked > IN_TIME);
}

static void
send_last_octet(struct world *w, struct process *p)
{
    bool is_explained = false;
    p->was_late = is_late(w, p);
    p->phase = TAKEN;
    p->has_sent = true;
    if (++w->sent == 1)
        return;
    doubles++;
    for (size_t i = 0; i < PROCESSES; i++)
        is_explained =
            is_explained || (w->processes[i].has_sent && is_late(w, &w->processes[i]));
    unexplained += !is_explained;
}

static void
tell(struct world *w, struct process *p)
{
    p->was_late = is_late(w, p);
    p->phase = IDLE;
    w->state = SENT;
}

/* Nobody reaches it. Who has a mail taken meanwhile is not late for that. */
static void
lose_store(struct world *w)
{
    w->was_away = true;
    w->now += 2 * TICK;
    for (size_t i = 0; i < PROCESSES; i++)
        if (w->processes[i].phase == TAKEN)
            w->processes[i].looked += 2 * TICK;
}

static void
walk(const struct world *before, unsigned depth)
{
    worlds++;
    if (depth == 0)
        return;
    struct world w = *before;
    w.now += TICK;
    walk(&w, depth - 1);
    if (!before->was_away) {
        w = *before;
        lose_store(&w);
        walk(&w, depth - 1);
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        w = *before;
        struct process *p = &w.processes[i];
        switch (p->phase) {
        case CLAIMED: go(&w, p); break;
        case GOING: send_last_octet(&w, p); break;
        case TAKEN: tell(&w, p); break;
        case IDLE:
            if (w.state == SENT)
                continue;
            if (w.state == WAITING)
                claim(&w, p);
            else
                look(&w, p);
        }
        walk(&w, depth - 1);
    }
}

static void
walk_all(bool blindly, bool trusting, bool cron)
{
    static struct world begin;
    worlds = doubles = unexplained = taken_over = 0;
    goes_blindly = blindly;
    is_from_cron = cron;
    is_trusting = trusting;
    walk(&begin, DEPTH);
    printf("# %llu worlds, %llu with a second mail, %llu of them unexplained\n",
           (unsigned long long)worlds, (unsigned long long)doubles,
           (unsigned long long)unexplained);
}

static void
test_interleavings(void **state)
{
    (void)state;
    for (unsigned cron = 0; cron < 2; cron++) {
        walk_all(false, false, cron > 0);
        assert_true(worlds > 10000);
        assert_true(doubles >
                    0); /* who is stopped amid the last octet: it cannot be helped */
        assert_int_equal(unexplained, 0);
        assert_true(taken_over > 0);
        walk_all(true, false, cron > 0);
        assert_true(unexplained > 0);
        walk_all(false, true, cron > 0);
        assert_true(unexplained > 0);
    }
}

static void
test_memory(void **state)
{
    (void)state;
    struct claims claims = {.count = 0};
    char name[CLAIM_SIZE];
    claims_begin(&claims, 100, true);
    for (unsigned i = 0; i < CLAIMS_SEEN + 5; i++) {
        snprintf(name, sizeof name, "%u", i);
        assert_false(claims_is_over(&claims, name, 100));
    }
    assert_false(claims_is_over(&claims, "1000", 200 + OUTBOX_LEASE)); /* no room */
    claims_end(&claims);
    assert_int_equal(claims.count, CLAIMS_SEEN); /* the others have to wait */
    claims_begin(&claims, 100 + OUTBOX_LEASE / 2, true);
    for (unsigned i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%u", i);
        assert_false(claims_is_over(&claims, name, 100 + OUTBOX_LEASE / 2));
    }
    claims_end(&claims);
    assert_int_equal(claims.count, 2); /* what is no more there is forgotten */
    claims_begin(&claims, 101 + OUTBOX_LEASE, true);
    assert_false(claims_is_over(&claims, "0", 100 + OUTBOX_LEASE));
    assert_true(claims_is_over(&claims, "1", 101 + OUTBOX_LEASE));
    claims_end(&claims);
    claims_begin(&claims, 200 + OUTBOX_LEASE, true);
    assert_false(claims_is_over(&claims, "2", 200 + OUTBOX_LEASE)); /* seen anew */
    claims_end(&claims);
}

/* Looks at one claim: when, and may it be taken away at the last? By a process that lives, and by
 * one each time, as from cron. */
static const struct {
    int64_t looks[4]; /* seconds behind the first; 0: no more */
    bool is_over, is_over_from_cron;
    const char *why;
} looks[] = {
    {{300, 600, 901},                 true,  true,  "looked at all the time"             },
    {{300, 600, 900},                 false, false, "not for long enough"                },
    {{CLAIM_BLIND, OUTBOX_LEASE + 1}, true,  true,  "no longer than may be"              },
    {{300, 301 + CLAIM_BLIND, 1000},  false, false, "the store was away in between"      },
    {{OUTBOX_LEASE + 1},              false, false, "it was away for all of the lease"   },
    {{5000, 5300, 5600, 5901},        true,  true,  "and was there again for long enough"},
    {{1800, 3600},                    false, true,  "each half hour: the second time"    },
    {{86400, 172800, 259200},         false, true,  "once a day"                         },
    {{1800, 1801, 2000},              false, false, "each half hour, and then in a hurry"},
};

static bool
look_so_often(const int64_t behind[4], bool from_cron)
{
    struct claims claims = {.count = 0};
    bool is_over = false;
    claims_begin(&claims, 7000, false);
    assert_false(claims_is_over(&claims, "c", 7000));
    claims_end(&claims);
    for (size_t n = 0; n < 4 && behind[n] > 0; n++) {
        int64_t at = 7000 + behind[n];
        claims_begin(&claims, at, !from_cron);
        is_over = claims_is_over(&claims, "c", at);
        claims_end(&claims);
    }
    return is_over;
}

static void
test_blind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        if (look_so_often(looks[i].looks, false) != looks[i].is_over)
            fail_msg("%s", looks[i].why);
        if (look_so_often(looks[i].looks, true) != looks[i].is_over_from_cron)
            fail_msg("from cron: %s", looks[i].why);
    }
}

/* What is kept is for the same start of the same machine; what is no such text is nothing. */
static const struct {
    const char *text, *boot;
    size_t count;
    int64_t looked;
    const char *why;
} kept[] = {
    {"b 100\nc1 50 0\nc2 100 1",                     "b", 2, 100, "two claims"                  },
    {"b 100",                                        "b", 0, 100, "none"                        },
    {"b 100\nc1 50 0",                               "a", 0, 0,   "the machine was started anew"},
    {"b 100\nc1 101 0\nc2 7 0",                      "b", 1, 100, "seen before it was looked at"},
    {"b 100\nc1 -1 0\nc2\nc3 1",                     "b", 0, 100, "no numbers"                  },
    {"b x\nc1 50 0",                                 "b", 0, 0,   "no time"                     },
    {"b 99999999999999999999\nc 1 0",                "b", 0, 0,   "a time that is none"         },
    {"b 100\n012345678901234567890123456789012 1 0", "b", 0, 100,
     "longer than a claim"                                                                      },
    {"",                                             "b", 0, 0,   "nothing"                     },
};

static void
test_kept(void **state)
{
    (void)state;
    struct claims claims;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        claims_parse(sceau_slice_from(kept[i].text), kept[i].boot, &claims);
        if (claims.count != kept[i].count || claims.looked != kept[i].looked)
            fail_msg("%s: %zu, %lld", kept[i].why, claims.count,
                     (long long)claims.looked);
    }
    claims_parse(SLICE_NONE, "b", &claims);
    assert_int_equal(claims.count, 0);
}

/* As many as there may be fit. */
static void
test_kept_all(void **state)
{
    (void)state;
    char row[CLAIMS_TEXT], boot[LEASE_BOOT];
    struct claims claims = {.looked = INT64_MAX}, read;
    struct text t = text_in(row, sizeof row);
    assert_true(lease_boot(boot));
    for (claims.count = 0; claims.count < CLAIMS_SEEN; claims.count++) {
        struct claim_seen *seen = &claims.seen[claims.count];
        seen->first = INT64_MAX - (int64_t)claims.count;
        seen->has_been_new = claims.count % 2 == 0;
        assert_true(claim_make(seen->claim));
    }
    claims_format(&t, &claims, boot);
    assert_false(t.has_failed);
    claims_parse(text_so_far(&t), boot, &read);
    assert_int_equal(read.count, CLAIMS_SEEN);
    assert_int_equal(read.looked, INT64_MAX);
    for (size_t i = 0; i < CLAIMS_SEEN; i++)
        assert_true(read.seen[i].first == claims.seen[i].first &&
                    read.seen[i].has_been_new == claims.seen[i].has_been_new &&
                    strcmp(read.seen[i].claim, claims.seen[i].claim) == 0);
}

static void
test_names(void **state)
{
    (void)state;
    char one[CLAIM_SIZE], other[CLAIM_SIZE];
    assert_true(claim_make(one) && claim_make(other));
    assert_int_equal(strlen(one), CLAIM_SIZE - 1);
    assert_int_equal(strspn(one, "0123456789abcdef"), CLAIM_SIZE - 1);
    assert_string_not_equal(one, other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interleavings), cmocka_unit_test(test_memory),
        cmocka_unit_test(test_blind),         cmocka_unit_test(test_kept),
        cmocka_unit_test(test_kept_all),      cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("outbox/claim", tests, NULL, NULL);
}
