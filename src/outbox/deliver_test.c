/* Reports on their way: to whom, how often, and what is remembered of the answers. */
#include "deliver.h"

#include "sceau/dns.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "bounced.h"
#include "core/text.h"
#include "delivery_store.h"
#include "failure.h"
#include "folder.h"
#include "schedule.h"
#include "secret.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUILT INT64_C(1800000000)

static char folder[TEST_FOLDER], outbox[96], path[TEST_STORE];
static int64_t clock_now;

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "deliver") != 0)
        return 1;
    snprintf(outbox, sizeof outbox, "%s/outbox", folder);
    test_store_place(path, folder, "store");
    clock_now = BUILT;
    return mkdir(outbox, 0700);
}

static int
remove_folder(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

static int64_t
number(struct database *db, const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return value;
}

/* ---- what the other side says ---- */

struct testing_try {
    enum {
        LIVES,
        DIES_EARLY, /* before its last octet */
        DIES_LATE,  /* behind it, before the answer */
    } dies;
    enum outbox_answer answer;
};

struct testing_sender {
    struct outbox_sender sender;
    enum outbox_answer answer;
    unsigned sent;
    char from[256], to[256];
    char mail[1024];      /* its beginning */
    const char *log;      /* a line for each mail; NULL: none */
    void (*before)(void); /* it has connected, and sent nothing of the mail */
    void (*meanwhile)(void);
    const struct testing_try *tries; /* what becomes of the next ones; NULL: `answer` */
};

static enum outbox_answer
send_nowhere(struct outbox_sender *self, const char *from, const char *to,
             struct sceau_slice octets, char reply[OUTBOX_REPLY])
{
    struct testing_sender *t = (struct testing_sender *)self;
    if (t->before != NULL)
        t->before();
    if (self->may_go != NULL && !self->may_go(self->may_go_self, false))
        return OUTBOX_CALLED_OFF;
    const struct testing_try try =
        t->tries != NULL ? *t->tries++ : (struct testing_try){LIVES, t->answer};
    if (try.dies == DIES_EARLY)
        return OUTBOX_CALLED_OFF; /* what is in the store is as if its host had died */
    if (self->may_go != NULL && !self->may_go(self->may_go_self, true))
        return OUTBOX_CALLED_OFF;
    if (try.dies == DIES_LATE)
        return OUTBOX_CALLED_OFF;
    t->sent++;
    snprintf(t->from, sizeof t->from, "%s", from);
    snprintf(t->to, sizeof t->to, "%s", to);
    snprintf(reply, OUTBOX_REPLY, "a reply");
    assert_true(octets.len > 200);
    snprintf(t->mail, sizeof t->mail, "%.*s", SLICE_ARG(octets));
    assert_true(memmem(octets.ptr, octets.len, "Report-ID: ", 11) != NULL ||
                memmem(octets.ptr, octets.len, "DMARC failure report:", 21) != NULL);
    if (t->log != NULL) {
        FILE *log = fopen(t->log, "a");
        fprintf(log, "%s\n", to);
        fclose(log);
    }
    if (t->meanwhile != NULL)
        t->meanwhile();
    return try.answer;
}

static int64_t
testing_clock(void *self)
{
    (void)self;
    return clock_now;
}

static const char zone[] =
    "d.test. TXT \"unrelated\"\n"
    "d.test._report._dmarc.yes.test. TXT \"v=DMARC1\"\n"
    "d.test._report._dmarc.moved.test. TXT \"v=DMARC1; rua=mailto:new@moved.test\"\n"
    "d.test._report._dmarc.many.test. TXT \"v=DMARC1; rua="
    "mailto:a@many.test,mailto:dmarc@many.test,mailto:b@many.test,mailto:c@many.test,"
    "mailto:d@many.test,mailto:e@many.test\"\n"
    "d.test._report._dmarc.thief.test. TXT \"v=DMARC1; rua=mailto:victim@other.test\"\n"
    "$FAIL d.test._report._dmarc.dead.test. TXT SERVFAIL\n"
    "_dmarc.d.test. TXT \"v=DMARC1; p=none\"\n";

static struct testing_sender sender;
static struct outbox_memory memory; /* of the process at hand */
static struct outbox_settings settings;
static struct sceau_resolver *resolver;

static struct outbox_delivering
delivering(struct database *db)
{
    settings = (struct outbox_settings){.organization = SCEAU_SLICE("R"),
                                        .from = SCEAU_SLICE("dmarc@r.test"),
                                        .receiver = SCEAU_SLICE("r.test"),
                                        .folder = outbox};
    sender = (struct testing_sender){.sender = {.send = send_nowhere}};
    memory = (struct outbox_memory){0};
    return (struct outbox_delivering){.db = db,
                                      .settings = &settings,
                                      .resolver = resolver,
                                      .sender = &sender.sender,
                                      .return_path = SCEAU_SLICE("bounce@r.test"),
                                      .secret = {1},
                                      .clock = testing_clock,
                                      .running = testing_clock,
                                      .memory = &memory};
}

/* A built report number `n` with one delivery. */
static void
add_report(struct database *db, unsigned n, const char *mailbox)
{
    char id[OUTBOX_ID_SIZE], name[256], sql[1024];
    snprintf(id, sizeof id, "%031x0", n + 1);
    snprintf(name, sizeof name, "%s/%s.xml.gz", outbox, id);
    FILE *file = fopen(name, "w");
    fputs("packed", file);
    fclose(file);
    snprintf(
        sql, sizeof sql,
        "INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, due, "
        "records, messages, octets, built, finished, lease_host, lease_until, kind) VALUES ('%s', 'd.test', 20000, x'%04x', 0, 1, 0, 1, 1, 6, %lld, 0, '', 0, 0); "
        "INSERT INTO delivery (report, n, uri, mailbox, state, tries, next_try, changed, reply) VALUES ('%s', 0, 'mailto:%s', '%s', 0, 0, %lld, 0, '')",
        id, n, (long long)BUILT, id, mailbox, mailbox, (long long)BUILT + n);
    if (!database_run(db, test_store_sql(sql)))
        fail_msg("%s", database_error(db));
}

static struct outbox_delivered
deliver(struct outbox_delivering *d)
{
    struct outbox_delivered delivered;
    char problem[OUTBOX_PROBLEM] = "";
    if (!outbox_deliver(d, &delivered, problem))
        fail_msg("%s", problem);
    return delivered;
}

static const struct {
    const char *mailbox;
    enum outbox_delivery_state state;
    const char *to; /* "" when nothing is sent */
    const char *why;
} destinations[] = {
    {"rua@d.test",     DELIVERY_SENT,       "rua@d.test",     "its own"                   },
    {"rua@sub.d.test", DELIVERY_SENT,       "rua@sub.d.test",
     "below it: the same organization"                                                    },
    {"rua@yes.test",   DELIVERY_SENT,       "rua@yes.test",   "it says that it takes them"},
    {"rua@no.test",    DELIVERY_UNACCEPTED, "",
     "it says nothing: a victim may be named here"                                        },
    {"rua@moved.test", DELIVERY_SENT,       "new@moved.test",
     "it asks for another mailbox of its own"                                             },
    {"rua@thief.test", DELIVERY_UNACCEPTED, "",
     "an override to another host: neither (section 4)"                                   },
    {"rua@dead.test",  DELIVERY_WAITING,    "",               "DNS could not tell: later" },
};

static void
test_to_whom(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    for (unsigned i = 0; i < sizeof destinations / sizeof *destinations; i++) {
        sender.to[0] = '\0';
        add_report(db, i, destinations[i].mailbox);
        clock_now = BUILT + i;
        deliver(&d);
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT state FROM delivery WHERE report = '%031x0'",
                 i + 1);
        struct statement *s = database_prepare(db, sql);
        assert_int_equal(statement_step(s), 1);
        if (column_int(s, 0) != destinations[i].state ||
            strcmp(sender.to, destinations[i].to) != 0)
            fail_msg("%s: state %d, sent to \"%s\"", destinations[i].why,
                     (int)column_int(s, 0), sender.to);
        statement_reset(s);
        database_close(db);
        db = test_store_open(
            path); /* statements are found by the pointer of their text */
        d.db = db;
    }
    assert_int_equal(number(db, "SELECT count(*) FROM outgoing WHERE state = 2"), 6);
    database_close(db);
}

/* Later, and later still; in the end given up, which refuses nothing. */
static void
test_tries_again(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    sender.answer = OUTBOX_LATER;
    for (unsigned i = 0; i < 40; i++) {
        deliver(&d);
        clock_now += 4 * 3600;
    }
    assert_int_equal(sender.sent, OUTBOX_TRIES_MAX);
    assert_int_equal(number(db, "SELECT state FROM delivery"), DELIVERY_GIVEN_UP);
    assert_int_equal(number(db, "SELECT state FROM outgoing"), OUTBOX_FINISHED);
    assert_int_equal(number(db, "SELECT count(*) FROM destination"), 0);
    database_close(db);
}

/* What one refusal, or two, come to: about which policy domain, when, in what words. */
static const struct {
    const char *domain, *words;
    int64_t after; /* seconds since the one before */
    int64_t refusals, alone;
    const char *why;
} refusals[] = {
    {"d.test", "mx.test:25: 552 5.2.2 full", 0,     -1, -1,
     "552: too large, or full; of nobody's will"                                                    },
    {"d.test", "mx.test:25: 550 5.1.1 no",   60,    1,  0,         "one report: perhaps of that one"},
    {"d.test", "mx.test:25: 550 5.1.1 no",   60,    1,  0,
     "the same again tells nothing new"                                                             },
    {"d.test", "552 too large",              60,    1,  0,         "and this is not counted"        },
    {"e.test", "550 user has 552 mails",     60,    2,  86400,
     "another domain's: it wants none"                                                              },
    {"e.test", "550 no",                     60,    2,  -1,        "the same again"                 },
    {"e.test", "550 no",                     86400, 3,  2 * 86400, "on another day"                 },
    {"d.test", "550 no",                     60,    4,  4 * 86400, "and so on"                      },
};

static void
test_refusals(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    int64_t now = BUILT;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        now += refusals[i].after;
        assert_true(destination_refused(db, SCEAU_SLICE("rua@x.test"),
                                        sceau_slice_from(refusals[i].domain), now,
                                        sceau_slice_from(refusals[i].words), false));
        int64_t until = number(db, "SELECT until FROM destination");
        bool is_as_before = refusals[i].alone < 0;
        if (number(db, "SELECT refusals FROM destination") != refusals[i].refusals ||
            (!is_as_before &&
             until != (refusals[i].alone > 0 ? now + refusals[i].alone : 0)))
            fail_msg("%s", refusals[i].why);
    }
    database_close(db);
}

/* Who refuses on two days is left alone, longer each time; who takes again is forgiven. */
static void
test_leaves_alone(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    sender.answer = OUTBOX_REFUSED;
    add_report(db, 0, "rua@d.test");
    assert_int_equal(deliver(&d).refused, 1);
    clock_now += 86400;
    add_report(db, 1, "rua@d.test");
    assert_int_equal(deliver(&d).refused, 1);
    add_report(db, 2, "rua@d.test");
    clock_now += 3600;
    assert_int_equal(deliver(&d).suppressed, 1);
    add_report(db, 3, "rua@d.test");
    clock_now += 86400;
    assert_int_equal(deliver(&d).refused, 1); /* the other one waits */
    assert_int_equal(number(db, "SELECT refusals FROM destination"), 3);
    add_report(db, 4, "rua@d.test");
    clock_now += 86400 + 3600;
    assert_int_equal(deliver(&d).suppressed, 1); /* two days now */
    add_report(db, 5, "rua@d.test");
    clock_now += 86400;
    sender.answer = OUTBOX_TAKEN;
    assert_int_equal(deliver(&d).sent, 3); /* and what waited: it was not lost */
    assert_int_equal(number(db, "SELECT count(*) FROM destination"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM delivery WHERE state = 3"), 3);
    database_close(db);
}

/* What was said of the try before one that is refused, and whether the mail was there already. */
static const struct {
    const char *reply;
    bool was_taken;
    const char *why;
} tries_before[] = {
    {"taken, perhaps: the answer did not come; it goes again under the same name; x",
     true,                                                                                   "sent whole, no answer"},
    {"who handed it over went away: it goes again",                                   true,
     "its host died, perhaps behind the last octet"                                                                 },
    {"who handed it over went away before all of it was sent: it goes again",         false,
     "and before it"                                                                                                },
    {"mx.test:25: 450 4.2.0 later",                                                   false, "it was not taken"     },
    {"",                                                                              false, "it was not tried"     },
};

/* Refused as what they have: they are not blamed. */
static void
test_refused_as_known(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    sender.answer = OUTBOX_REFUSED;
    for (unsigned i = 0; i < sizeof tries_before / sizeof *tries_before; i++) {
        char sql[256];
        bool was_taken = tries_before[i].was_taken;
        add_report(db, i, "rua@d.test");
        snprintf(sql, sizeof sql, "UPDATE delivery SET reply = '%s' WHERE state = 0",
                 tries_before[i].reply);
        assert_true(database_run(db, sql));
        clock_now += 10;
        struct outbox_delivered delivered = deliver(&d);
        if (delivered.sent != was_taken || delivered.refused != !was_taken ||
            number(db, "SELECT count(*) FROM destination") != !was_taken)
            fail_msg("%s", tries_before[i].why);
        assert_true(database_run(db, "DELETE FROM delivery; DELETE FROM outgoing; "
                                     "DELETE FROM destination"));
    }
    database_close(db);
}

/* The same from end to end: no answer, or a host that died, and then it is refused. */
static void
test_refused_after(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    clock_now += 10;
    sender.answer = OUTBOX_UNKNOWN;
    assert_int_equal(deliver(&d).unknown, 1);
    clock_now += 3600;
    sender.answer = OUTBOX_REFUSED;
    assert_int_equal(deliver(&d).sent, 1);
    add_report(db, 1, "rua@d.test");
    assert_true(database_run(db, "UPDATE delivery SET state = 1, tries = 1, claim = "
                                 "'c', next_try = 1 WHERE state = 0"));
    for (unsigned left = 4; left > 0; left--) {
        deliver(&d);
        clock_now += 400;
    }
    assert_int_equal(number(db, "SELECT count(*) FROM delivery WHERE state = 3"), 1);
    database_close(db);
}

/* Tries of one mail, one after the other; the last is refused. Is it there? */
static const struct {
    struct testing_try tries[3];
    bool is_there;
    const char *why;
} histories[] = {
    {{{DIES_EARLY, OUTBOX_TAKEN}, {LIVES, OUTBOX_REFUSED}},                          false, "nothing was sent"                        },
    {{{DIES_LATE, OUTBOX_TAKEN}, {LIVES, OUTBOX_REFUSED}},                           true,  "all of it was"                           },
    {{{LIVES, OUTBOX_UNKNOWN}, {LIVES, OUTBOX_LATER}, {LIVES, OUTBOX_REFUSED}},
     true,                                                                                  "a later answer says nothing of the first"},
    {{{LIVES, OUTBOX_UNKNOWN}, {DIES_EARLY, OUTBOX_TAKEN}, {LIVES, OUTBOX_REFUSED}},
     true,                                                                                  "nor does a host that dies"               },
    {{{DIES_LATE, OUTBOX_TAKEN}, {LIVES, OUTBOX_DOWN}, {LIVES, OUTBOX_REFUSED}},
     true,                                                                                  "nor a server that is down"               },
    {{{LIVES, OUTBOX_LATER}, {DIES_EARLY, OUTBOX_TAKEN}, {LIVES, OUTBOX_REFUSED}},
     false,                                                                                 "neither was"                             },
};

static void
test_histories(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    for (unsigned i = 0; i < sizeof histories / sizeof *histories; i++) {
        add_report(db, i, "rua@d.test");
        clock_now += 86400;
        sender.tries = histories[i].tries;
        for (unsigned left = 20; left > 0; left--) {
            deliver(&d);
            bool is_claimed =
                number(db, "SELECT count(*) FROM delivery WHERE state = 1") > 0;
            clock_now += is_claimed ? 400 : 86400; /* who died is seen to be gone */
        }
        if (number(db, "SELECT state FROM delivery") !=
            (histories[i].is_there ? DELIVERY_SENT : DELIVERY_REFUSED))
            fail_msg("%s", histories[i].why);
        assert_true(database_run(db, "DELETE FROM delivery; DELETE FROM outgoing; "
                                     "DELETE FROM destination"));
    }
    database_close(db);
}

/* What fails here is no fault of the destination, nor of the report: it waits. */
static void
test_fails_here(void **state)
{
    (void)state;
    char name[256], away[300];
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    snprintf(name, sizeof name, "%s/%031x0.xml.gz", outbox, 1);
    snprintf(away, sizeof away, "%s.away", name);
    assert_int_equal(rename(name, away), 0); /* as EMFILE, EACCES or EIO */
    clock_now += 10;
    assert_int_equal(deliver(&d).later, 1);
    assert_int_equal(number(db,
                            "SELECT count(*) FROM delivery WHERE state = 0 AND tries "
                            "= 0 AND reply LIKE '%No such file%'"),
                     1);
    assert_int_equal(rename(away, name), 0);
    clock_now += 3600;
    assert_int_equal(deliver(&d).sent, 1);
    add_report(db, 1, "rua@d.test");
    snprintf(name, sizeof name, "%s/%031x0.xml.gz", outbox, 2);
    unlink(name);
    for (unsigned day = 0; day < 10; day++, clock_now += 86400)
        deliver(&d);
    assert_int_equal(number(db, "SELECT count(*) FROM delivery WHERE state = 4"), 1);
    database_close(db);
}

/* A report keeps its name while it waits, whatever becomes of settings. */
static void
test_keeps_its_name(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    assert_true(database_run(db, "UPDATE outgoing SET receiver = 'old.test'"));
    settings.receiver = SCEAU_SLICE("new.test");
    clock_now += 10;
    deliver(&d);
    static const char *const parts[] = {
        "Submitter: old.test\r\n Report-ID: 00000000000000000000000000000010\r\n",
        "\"old.test!d.test!1728000000!1728086399!00000000000000000000000000000010.xml.gz\"",
        "Message-ID: <00000000000000000000000000000010@r.test>",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(sender.mail, parts[i]) == NULL)
            fail_msg("no %s in\n%s", parts[i], sender.mail);
    database_close(db);
}

/* The mailbox that an override names (RFC 9990 section 4, step 9) is asked like any other. */
static void
test_replacement(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "INSERT INTO destination (mailbox, refusals, until, changed, reason) VALUES "
        "('new@moved.test', 1, 4000000000, 0, 'no')",
        "DELETE FROM destination",
    };
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    assert_true(database_run(db, answers[0]));
    add_report(db, 0, "a@moved.test");
    clock_now += 10;
    assert_int_equal(deliver(&d).suppressed, 1);
    assert_int_equal(sender.sent, 0);
    assert_true(database_run(db, answers[1]));
    add_report(db, 1, "a@moved.test"); /* and b of the same host: one mail */
    assert_true(database_run(
        db,
        "INSERT INTO delivery (report, n, uri, mailbox, state, tries, next_try, changed, reply) SELECT report, 1, uri, 'b@moved.test', state, tries, "
        "next_try, changed, reply FROM delivery WHERE state = 0"));
    deliver(&d);
    assert_int_equal(sender.sent, 1);
    assert_int_equal(number(db,
                            "SELECT count(*) FROM delivery WHERE state = 7 AND reply "
                            "= 'the same mailbox is named before'"),
                     1);
    assert_int_equal(number(db, "SELECT count(*) FROM outgoing WHERE state = 2"), 2);
    settings.never = (struct outbox_names){
        &(struct sceau_slice){"new@moved.test", 14},
         1
    };
    add_report(db, 2, "a@moved.test");
    assert_int_equal(deliver(&d).suppressed, 1);
    assert_int_equal(sender.sent, 1);
    database_close(db);
}

/* Each mailbox that the override names gets it, up to the limit, and once. */
static void
test_replacements(void **state)
{
    (void)state;
    char log[128], octets[256] = "";
    snprintf(log, sizeof log, "%s/log", folder);
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    settings.from = SCEAU_SLICE("dmarc@many.test"); /* none to ourselves */
    sender.log = log;
    add_report(db, 0, "old@many.test");
    clock_now += 10;
    assert_int_equal(deliver(&d).sent, 4);
    FILE *file = fopen(log, "r");
    octets[fread(octets, 1, sizeof octets - 1, file)] = '\0';
    fclose(file);
    for (const char *at = "abcd"; *at != '\0'; at++) { /* in some order */
        char line[32];
        snprintf(line, sizeof line, "%c@many.test\n", *at);
        assert_non_null(strstr(octets, line));
    }
    assert_int_equal(strlen(octets), 4 * strlen("a@many.test\n"));
    clock_now += 86400;
    assert_int_equal(deliver(&d).sent, 0);
    assert_int_equal(number(db, "SELECT count(*) FROM delivery WHERE state = 2"), 4);
    assert_int_equal(number(db, "SELECT state FROM outgoing"), OUTBOX_FINISHED);
    database_close(db);
}

/* What an administrator says of a host holds of each mailbox there, and of no other. */
static void
test_host_left_alone(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    assert_true(database_run(
        db,
        "INSERT INTO destination (mailbox, refusals, until, changed, reason) VALUES "
        "('d.test', 0, 9223372036854775807, 0, 'sceau outbox suppress')"));
    add_report(db, 0, "rua@d.test");
    add_report(db, 1, "rua@sub.d.test");
    clock_now += 10;
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.suppressed == 1 && delivered.sent == 1);
    assert_string_equal(sender.to, "rua@sub.d.test");
    database_close(db);
}

/* Two hosts, one store: who has the file sends it. */
static void
test_other_folder(void **state)
{
    (void)state;
    char other[128], name[OUTBOX_FOLDER_NAME], again[OUTBOX_FOLDER_NAME], sql[256];
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(mkdir(other, 0700), 0);
    assert_true(outbox_folder_name(outbox, name) && outbox_folder_name(outbox, again));
    assert_string_equal(name, again);
    assert_true(outbox_folder_name(other, again));
    assert_string_not_equal(name, again);
    add_report(db, 0, "rua@d.test");
    snprintf(sql, sizeof sql, "UPDATE outgoing SET lease_host = '%s'", name);
    assert_true(database_run(db, sql));
    clock_now += 10;
    settings.folder = other;
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.sent == 0 && delivered.later == 0 && delivered.given_up == 0);
    clock_now += 9 * 86400; /* a host that is no more: somebody says so */
    assert_int_equal(deliver(&d).given_up, 1);
    add_report(db, 1, "rua@d.test");
    assert_true(database_run(db, sql));
    clock_now = BUILT + 10;
    settings.folder = outbox;
    assert_int_equal(deliver(&d).sent, 1);
    database_close(db);
}

/* ---- two processes ---- */

static unsigned sent_meanwhile;
static struct outbox_memory others_memory; /* a process that lives on */

/* sceau-reportd, while `sceau outbox send` works on the same store; or the other way round. */
static void
deliver_meanwhile(void)
{
    struct database *db = test_store_open(path);
    struct testing_sender other = {.sender = {.send = send_nowhere}};
    struct outbox_delivering d = {.db = db,
                                  .settings = &settings,
                                  .resolver = resolver,
                                  .sender = &other.sender,
                                  .return_path = SCEAU_SLICE("bounce@r.test"),
                                  .secret = {1},
                                  .clock = testing_clock,
                                  .running = testing_clock,
                                  .memory = &others_memory};
    deliver(&d);
    sent_meanwhile += other.sent;
    database_close(db);
}

struct slow_resolver {
    struct sceau_resolver resolver;
    unsigned asked;
};

static void
answer_slowly(struct sceau_resolver *self, struct sceau_arena *arena,
              struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
              struct sceau_dns_answer *answer)
{
    struct slow_resolver *slow = (struct slow_resolver *)self;
    if (slow->asked++ == 0)
        deliver_meanwhile();
    resolver->lookup(resolver, arena, name, type, timeout_ms, answer);
}

/* Both have read the delivery; one sends it. */
static void
test_claimed_once(void **state)
{
    (void)state;
    struct slow_resolver slow = {.resolver = {.lookup = answer_slowly}};
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@yes.test");
    d.resolver = &slow.resolver;
    sent_meanwhile = 0;
    deliver(&d);
    assert_int_equal(sender.sent + sent_meanwhile, 1);
    assert_int_equal(number(db, "SELECT tries FROM delivery"), 1);
    assert_int_equal(number(db, "SELECT state FROM delivery"), DELIVERY_SENT);
    database_close(db);
}

/* Hosts that send at once do not all begin with the same mail; one takes them in their order. */
static void
test_picks(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024);
    struct outbox_next next;
    clock_now += 1000;
    for (unsigned i = 0; i < 10; i++)
        add_report(db, i, "rua@d.test");
    for (unsigned skip = 0; skip < 10; skip++) {
        char id[OUTBOX_ID_SIZE];
        snprintf(id, sizeof id, "%031x0", skip + 1);
        assert_int_equal(delivery_next(db, arena, "", clock_now, skip, &next), 1);
        assert_string_equal(next.report, id);
    }
    assert_int_equal(delivery_next(db, arena, "", clock_now, 31, &next), 1);
    assert_int_equal(strtoul(next.report, NULL, 16) >> 4, 31 / 4 + 1); /* of fewer */
    assert_int_equal(delivery_next(db, arena, "", clock_now - 9999999, 31, &next), 0);
    sceau_arena_free(arena);
    database_close(db);
}

/* Of 40 hosts that begin at once how many have taken the same as another one? */
static void
test_picks_spread(void **state)
{
    (void)state;
    char to[40][64];
    unsigned picked = 0, same = 0;
    struct database *db = test_store_open(path);
    for (unsigned i = 0; i < 40; i++) {
        char mailbox[32];
        snprintf(mailbox, sizeof mailbox, "m%u@d.test", i);
        add_report(db, i, mailbox);
    }
    clock_now += 1000;
    for (; picked < 40; picked++) {
        struct outbox_delivering d = delivering(db);
        sender.answer = OUTBOX_DOWN; /* nothing more after the first */
        deliver(&d);
        assert_true(
            database_run(db,
                         "UPDATE delivery SET state = 0, next_try = 0, claim = ''"));
        assert_true(
            database_run(db, "DELETE FROM meta WHERE name LIKE 'outbox.rest%'"));
        snprintf(to[picked], sizeof to[picked], "%.60s", sender.to);
        for (unsigned i = 0; i < picked; i++)
            if (strcmp(to[i], to[picked]) == 0) {
                same++;
                break;
            }
    }
    if (test_store_is_server()) /* 17 are expected */
        assert_in_range(same, 8, 30);
    else
        assert_int_equal(same, 39);
    database_close(db);
}

static void
try_ten_minutes_later(void)
{
    clock_now += 600;
    deliver_meanwhile();
    clock_now -= 600;
}

/* A mail server that takes its time (RFC 5321 section 4.5.3.2) is waited for. */
static void
test_lease(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    sender.meanwhile = try_ten_minutes_later;
    sent_meanwhile = 0;
    deliver(&d);
    assert_int_equal(sender.sent + sent_meanwhile, 1);
    database_close(db);
}

/* Another one that has seen the claim before. */
static void
try_an_hour_later(void)
{
    deliver_meanwhile();
    for (unsigned left = 9; left > 0; left--) {
        clock_now += 400;
        deliver_meanwhile();
    }
}

/* Frozen beyond its lease, then taken: two mails, and no third one. */
static void
test_taken_late(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    sender.meanwhile = try_an_hour_later;
    sender.answer = OUTBOX_LATER;
    sent_meanwhile = 0;
    others_memory = (struct outbox_memory){0};
    deliver(&d);
    assert_int_equal(sent_meanwhile, 1);
    assert_int_equal(number(db, "SELECT state FROM delivery"), DELIVERY_SENT);
    database_close(db);
}

/* Frozen beyond its claim before the first octet: the other one has sent it, and it does not. */
static void
test_frozen(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    sender.before = try_an_hour_later;
    sent_meanwhile = 0;
    others_memory = (struct outbox_memory){0};
    struct outbox_delivered delivered = deliver(&d);
    assert_int_equal(sent_meanwhile, 1);
    assert_true(sender.sent == 0 && delivered.sent == 0);
    assert_int_equal(number(db, "SELECT state FROM delivery"), DELIVERY_SENT);
    assert_int_equal(number(db, "SELECT tries FROM delivery"), 2);
    database_close(db);
}

static void
be_slow(void)
{
    deliver_meanwhile();
    clock_now += OUTBOX_LEASE / 2;
    deliver_meanwhile();
    clock_now += OUTBOX_LEASE / 2 - 1;
    deliver_meanwhile();
}

/* Slow, and not taken away: the claim is renewed, and who has seen the old one begins anew. */
static void
test_renewed(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    sender.before = be_slow;
    sender.meanwhile = be_slow;
    sent_meanwhile = 0;
    others_memory = (struct outbox_memory){0};
    assert_int_equal(deliver(&d).sent, 1);
    assert_int_equal(sent_meanwhile, 0);
    assert_int_equal(sender.sent, 1);
    database_close(db);
}

/* Its process is no more: another one that has seen the claim for long enough goes on. Clocks of
 * hosts may differ as they like where several share the store. */
static void
test_left_behind(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    assert_true(database_run(db,
                             "UPDATE delivery SET state = 1, tries = 1, claim = 'c', "
                             "next_try = 1800000900")); /* BUILT + OUTBOX_LEASE */
    if (test_store_is_server())
        assert_true(database_run(db, "UPDATE delivery SET next_try = 1"));
    assert_int_equal(deliver(&d).sent, 0);
    clock_now += OUTBOX_LEASE / 2;
    assert_int_equal(deliver(&d).sent, 0);
    clock_now += OUTBOX_LEASE / 2 - 1;
    assert_int_equal(deliver(&d).sent, 0);
    clock_now += 2;
    assert_int_equal(deliver(&d).sent, 1);
    assert_int_equal(number(db, "SELECT tries FROM delivery"), 2);
    database_close(db);
}

/* The same from cron: no process sees it grow old, and the store tells what those before saw. */
static const struct {
    int64_t every; /* seconds */
    unsigned runs; /* the last of them takes it over */
    const char *why;
} crons[] = {
    {300,   5, "each five minutes: behind fifteen"                 },
    {1800,  3, "each half hour: the second time that it is seen so"},
    {86400, 3, "once a day"                                        },
};

static void
test_left_behind_from_cron(void **state)
{
    (void)state;
    if (!test_store_is_server())
        return; /* one host has one clock */
    for (unsigned i = 0; i < sizeof crons / sizeof *crons; i++) {
        struct database *db = test_store_open(path);
        add_report(db, i, "rua@d.test");
        assert_true(
            database_run(db,
                         "UPDATE delivery SET state = 1, tries = 1, claim = report, "
                         "next_try = 1 WHERE state = 0"));
        database_close(db);
        for (unsigned run = 1; run <= crons[i].runs; run++) {
            db = test_store_open(path);
            struct outbox_delivering d = delivering(db);
            d.memory = NULL;
            if (deliver(&d).sent != (run == crons[i].runs))
                fail_msg("run %u: %s", run, crons[i].why);
            clock_now += crons[i].every;
            database_close(db);
        }
    }
}

static void
lose_store(void)
{
    struct database *db = test_store_open(path);
    assert_true(database_run(db, "ALTER TABLE delivery RENAME TO lost"));
    database_close(db);
}

/* The mail server took it, and the store cannot be told: it is told later, and not sent again. */
static void
test_told_later(void **state)
{
    (void)state;
    struct outbox_delivered delivered;
    char problem[OUTBOX_PROBLEM] = "";
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    sender.meanwhile = lose_store;
    assert_false(outbox_deliver(&d, &delivered, problem));
    assert_int_equal(sender.sent, 1);
    assert_false(outbox_deliver(&d, &delivered, problem));
    assert_true(database_run(db, "ALTER TABLE lost RENAME TO delivery"));
    clock_now += 7200;
    deliver(&d);
    assert_int_equal(sender.sent, 1);
    assert_int_equal(number(db,
                            "SELECT count(*) FROM delivery WHERE state = 2 AND reply "
                            "= 'a reply'"),
                     1);
    assert_int_equal(number(db, "SELECT state FROM outgoing"), OUTBOX_FINISHED);
    assert_string_equal(memory.report, "");
    database_close(db);
}

/* All of it was sent, and then nothing was heard: again, and it says so. */
static void
test_answer_lost(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    sender.answer = OUTBOX_UNKNOWN;
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.unknown == 1 && delivered.later == 1);
    assert_int_equal(number(db, "SELECT state FROM delivery WHERE reply LIKE 'taken, "
                                "perhaps: %'"),
                     DELIVERY_WAITING);
    clock_now += 3600;
    sender.answer = OUTBOX_TAKEN;
    assert_int_equal(deliver(&d).sent, 1);
    assert_int_equal(number(db, "SELECT state FROM delivery"), DELIVERY_SENT);
    database_close(db);
}

/* The mail server takes nothing: one mail is tried, the others wait, none has spent a try; and
 * it has its rest, longer each time. */
static void
test_server_down(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    for (unsigned i = 0; i < 5; i++)
        add_report(db, i, "rua@d.test");
    clock_now += 10;
    sender.answer = OUTBOX_DOWN;
    assert_true(deliver(&d).is_down && sender.sent == 1);
    clock_now += 200;
    assert_true(deliver(&d).is_down && sender.sent == 1);
    clock_now += 200;
    assert_true(deliver(&d).is_down && sender.sent == 2);
    clock_now += 400;
    assert_true(deliver(&d).is_down && sender.sent == 2);
    assert_int_equal(number(db, "SELECT sum(tries) FROM delivery"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM destination"), 0);
    clock_now += 3600;
    sender.answer = OUTBOX_TAKEN;
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.sent == 5 && !delivered.is_down);
    struct outbox_rest rest;
    char name[OUTBOX_FOLDER_NAME];
    assert_true(outbox_folder_name(outbox, name) && outbox_rest_read(db, name, &rest) &&
                rest.until == 0 && rest.failures == 0);
    database_close(db);
}

/* DNS that never answers is asked less and less often, and not for ever. */
static void
test_silent_dns(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@dead.test");
    unsigned asked = 0;
    for (unsigned hour = 0; hour < 24 * 20; hour++) {
        struct outbox_delivered delivered = deliver(&d);
        asked += delivered.later > 0;
        clock_now += 3600;
    }
    assert_in_range(asked, 8, 30);
    assert_int_equal(number(db, "SELECT state FROM delivery"), DELIVERY_GIVEN_UP);
    assert_int_equal(sender.sent, 0);
    database_close(db);
}

/* Each step is told, for the log. */
static unsigned told;

static void
hear_event(void *self, const struct outbox_event *event)
{
    (void)self;
    assert_int_equal(strlen(event->report), 32);
    assert_int_equal(event->state, told == 0 ? DELIVERY_WAITING : DELIVERY_SENT);
    assert_int_equal(event->tries, told + 1);
    assert_true(event->next_try > clock_now || event->state == DELIVERY_SENT);
    assert_string_equal(event->words, "a reply");
    told++;
}

static void
test_told(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 0, "rua@d.test");
    d.tell = hear_event;
    told = 0;
    sender.answer = OUTBOX_LATER;
    deliver(&d);
    clock_now += 3600;
    sender.answer = OUTBOX_TAKEN;
    deliver(&d);
    assert_int_equal(told, 2);
    database_close(db);
}

/* ---- bounces ---- */

static const struct {
    const char *local; /* NULL: the one that the mail was sent with */
    const char *status;
    bool has_failed;
    enum outbox_bounced bounced;
    enum outbox_delivery_state state;
    int64_t refusals;
    const char *why;
} bounces[] = {
    {"bounce",      "5.1.1", true,  OUTBOX_BOUNCE_FOREIGN, DELIVERY_SENT,    -1, "no token"  },
    {"bounce+ab12", "5.1.1", true,  OUTBOX_BOUNCE_FOREIGN, DELIVERY_SENT,    -1,
     "a token of nobody"                                                                     },
    {NULL,          "4.4.1", false, OUTBOX_BOUNCE_KNOWN,   DELIVERY_SENT,    -1,
     "a delay: the MTA tries on"                                                             },
    {NULL,          "5.1.1", false, OUTBOX_BOUNCE_KNOWN,   DELIVERY_SENT,    -1,
     "relayed or expanded: no refusal"                                                       },
    {NULL,          "5.1.1", true,  OUTBOX_BOUNCE_REFUSED, DELIVERY_BOUNCED, 1,  "it refuses"},
    {NULL,          "5.1.1", true,  OUTBOX_BOUNCE_KNOWN,   DELIVERY_BOUNCED, 1,
     "the same bounce again: a replay lengthens nothing"                                     },
    {NULL,          "4.4.7", true,  OUTBOX_BOUNCE_KNOWN,   DELIVERY_BOUNCED, 1,
     "nor does another one"                                                                  },
};

static enum outbox_bounced
bounce_of(struct outbox_delivering *d, const char *to, const char *status,
          bool has_failed)
{
    enum outbox_bounced bounced;
    struct outbox_bounce bounce = {.to = {sceau_slice_from(to)},
                                   .to_count = 1,
                                   .has_failed = has_failed,
                                   .is_final = has_failed && *status == '5',
                                   .status = sceau_slice_from(status),
                                   .reason = SCEAU_SLICE("550 no such user")};
    assert_true(database_begin_durable(d->db));
    assert_true(outbox_bounced(d->db, d->secret, &bounce, clock_now, &bounced));
    assert_true(database_commit(d->db));
    return bounced;
}

/* The envelope sender leads back to the delivery; a forged one to nothing. */
static void
test_bounces(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 7, "rua@d.test");
    clock_now += 10;
    deliver(&d);
    assert_int_equal(strncmp(sender.from, "bounce+", 7), 0);
    for (size_t i = 0; i < sizeof bounces / sizeof *bounces; i++) {
        char to[256];
        snprintf(to, sizeof to, "%s@r.test",
                 bounces[i].local != NULL ? bounces[i].local : "");
        enum outbox_bounced bounced =
            bounce_of(&d, bounces[i].local != NULL ? to : sender.from,
                      bounces[i].status, bounces[i].has_failed);
        if (bounced != bounces[i].bounced ||
            number(db, "SELECT state FROM delivery") != bounces[i].state ||
            number(db, "SELECT refusals FROM destination") != bounces[i].refusals)
            fail_msg("%s: %d", bounces[i].why, (int)bounced);
    }
    assert_int_equal(number(db, "SELECT count(*) FROM destination WHERE mailbox = "
                                "'rua@d.test' AND reason = '550 no such user'"),
                     1);
    assert_true(database_run(db, "DELETE FROM delivery; DELETE FROM outgoing"));
    add_report(db, 8, "rua@d.test");
    clock_now += 86400;
    assert_int_equal(deliver(&d).sent,
                     1); /* one bounce keeps nobody's reports from it */
    assert_int_equal(bounce_of(&d, sender.from, "5.1.1", true), OUTBOX_BOUNCE_REFUSED);
    add_report(db, 9, "rua@d.test");
    clock_now += 60;
    assert_int_equal(deliver(&d).suppressed, 1);
    for (unsigned i = 0; i < 2; i++) { /* forgiven when none has come back for days */
        assert_int_equal(number(db, "SELECT refusals FROM destination"), 2);
        clock_now += BOUNCE_PATIENCE + 86400;
        assert_int_equal(deliver(&d).sent, 1);
        add_report(db, 10 + i, "rua@d.test");
    }
    assert_int_equal(number(db, "SELECT count(*) FROM destination"), 0);
    database_close(db);
}

/* The MTA gave up after days: that is said, and nobody is blamed for it. */
static void
test_bounce_expired(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    add_report(db, 7, "rua@d.test");
    clock_now += 10;
    deliver(&d);
    assert_int_equal(bounce_of(&d, sender.from, "4.4.7", true), OUTBOX_BOUNCE_EXPIRED);
    assert_int_equal(number(db, "SELECT state FROM delivery"), DELIVERY_GIVEN_UP);
    assert_int_equal(number(db, "SELECT count(*) FROM destination"), 0);
    database_close(db);
}

/* With pacing a first day has its ceiling; without, none. */
static void
test_begins_slowly(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    settings.spread = OUTBOX_SPREAD;
    settings.host_reports = 1000;
    for (unsigned i = 0; i < 130; i++)
        add_report(db, i, "rua@d.test");
    clock_now += 1000;
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.sent == OUTBOX_FIRST && delivered.is_full);
    assert_int_equal(deliver(&d).sent, 0);
    clock_now += 86400;
    assert_int_equal(deliver(&d).sent, 30);
    /* The beginning is over, even when what was sent then is forgotten. */
    clock_now += OUTBOX_WARM_UP * 86400;
    assert_true(database_run(db, "DELETE FROM delivery; DELETE FROM outgoing"));
    for (unsigned i = 0; i < OUTBOX_FIRST + 1; i++)
        add_report(db, i, "rua@d.test");
    assert_int_equal(deliver(&d).sent, OUTBOX_FIRST + 1);
    database_close(db);
}

/* One ceiling for all hosts: who has read it before another one sends does not send as much again. */
static void
test_begins_slowly_together(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    settings.spread = OUTBOX_SPREAD;
    settings.host_reports = 1000;
    for (unsigned i = 0; i < 230; i++)
        add_report(db, i, "rua@d.test");
    clock_now += 1000;
    sender.meanwhile = deliver_meanwhile;
    sent_meanwhile = 0;
    others_memory = (struct outbox_memory){0};
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.is_full);
    /* the one that was on its way when the other one read it */
    assert_int_equal(delivered.sent + sent_meanwhile, OUTBOX_FIRST + 1);
    database_close(db);
}

/* Failure reports, which anybody can cause, take at most half of what may leave in the slow
 * beginning; their mail is their file behind a header of ours. */
static void
test_failures_have_their_share(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    settings.spread = OUTBOX_SPREAD;
    settings.host_reports = 1000;
    for (unsigned i = 0; i < 130; i++) {
        char name[256];
        add_report(db, i, "ruf@d.test");
        snprintf(name, sizeof name, "%s/%031x0.eml", outbox, i + 1);
        FILE *file = fopen(name, "w");
        fputs("Content-Type: multipart/report\r\n\r\nx\r\n", file);
        fclose(file);
    }
    /* of as many owners, who have their own share */
    assert_true(
        database_run(db,
                     "UPDATE delivery SET organization = 'd.test', about = report"));
    assert_true(database_run(db, "UPDATE outgoing SET kind = 1 WHERE id < "
                                 "'00000000000000000000000000000600'"));
    clock_now += 1000;
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.sent == OUTBOX_FIRST / 2 + 130 - 95 && delivered.is_full);
    assert_int_equal(deliver(&d).sent, 0);
    clock_now += 86400;
    assert_int_equal(deliver(&d).sent, 95 - OUTBOX_FIRST / 2);
    database_close(db);
}

/* Failure reports about the domains of one organization: FAILURE_DOMAIN_HOUR in an hour, however many
 * names it has and wherever they go; aggregate reports about it are no part of that. */
static void
test_failures_of_an_organization(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    char sql[256];
    settings.spread = OUTBOX_SPREAD;
    settings.host_reports = 1000;
    for (unsigned i = 0; i < FAILURE_DOMAIN_HOUR + 7; i++) {
        char name[256], to[32];
        snprintf(to, sizeof to, "ruf%u@d.test", i);
        add_report(db, i, to);
        snprintf(name, sizeof name, "%s/%031x0.eml", outbox, i + 1);
        FILE *file = fopen(name, "w");
        fputs("Content-Type: multipart/report\r\n\r\nx\r\n", file);
        fclose(file);
        /* the last five are of another owner, or aggregate */
        bool is_other = i >= FAILURE_DOMAIN_HOUR + 2;
        snprintf(sql, sizeof sql,
                 "UPDATE delivery SET organization = 'd%u.test', about = '%s' WHERE "
                 "mailbox = '%s'",
                 i, is_other ? "other.test" : "flood.test", to);
        assert_true(database_run(db, sql));
    }
    snprintf(sql, sizeof sql, "UPDATE outgoing SET kind = 1 WHERE id < '%031x0'",
             FAILURE_DOMAIN_HOUR + 5);
    assert_true(database_run(db, sql));
    clock_now += 1000;
    assert_int_equal(deliver(&d).sent, FAILURE_DOMAIN_HOUR + 5);
    assert_int_equal(
        number(db, "SELECT count(*) FROM delivery WHERE state = 0 AND reply = 'its "
                   "organization has had its share of this hour'"),
        2);
    assert_int_equal(deliver(&d).sent, 0);
    clock_now += 3700;
    assert_int_equal(deliver(&d).sent, 2);
    database_close(db);
}

/* A host has its share of an hour, whoever sends it and however often. */
static void
test_host_share(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    settings.spread = OUTBOX_SPREAD;
    for (unsigned i = 0; i < OUTBOX_HOST_REPORTS + 5; i++)
        add_report(db, i, i == 7 ? "rua@yes.test" : "rua@d.test");
    clock_now += 1000;
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.sent == OUTBOX_HOST_REPORTS + 1 && delivered.is_full);
    add_report(db, 90, "rua@d.test"); /* the next run knows */
    clock_now += 60;
    assert_int_equal(deliver(&d).sent, 0);
    clock_now += 3600;
    assert_int_equal(deliver(&d).sent, 5);
    database_close(db);
}

/* Names below one organization have one share: to its hosts in an hour, about its domains in a day. */
static void
test_organization_share(void **state)
{
    (void)state;
    char sql[512];
    struct database *db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    settings.spread = OUTBOX_SPREAD;
    for (unsigned i = 0; i < OUTBOX_HOST_REPORTS + 5; i++) {
        char mailbox[64];
        snprintf(mailbox, sizeof mailbox, "rua@h%u.d.test", i);
        add_report(db, i, mailbox);
    }
    clock_now += 1000;
    assert_int_equal(deliver(&d).sent, OUTBOX_HOST_REPORTS);
    assert_true(database_run(
        db,
        "DELETE FROM delivery; DELETE FROM outgoing; INSERT INTO meta (name, value) "
        "VALUES ('outbox.first_day', '1') ON CONFLICT (name) DO UPDATE SET value = "
        "excluded.value"));
    settings.host_reports = 1000;
    assert_true(database_begin(db));
    for (unsigned i = 0; i < OUTBOX_ORGANIZATION_REPORTS + 3; i++)
        add_report(db, i, "rua@d.test");
    snprintf(
        sql, sizeof sql,
        "UPDATE outgoing SET policy_domain = 'n' || substr(id, 25) || '.d.test'; UPDATE "
        "delivery SET state = 2, about = 'd.test' WHERE report > '%031x0'",
        5);
    assert_true(database_run(db, sql));
    assert_true(database_commit(db));
    struct outbox_delivered delivered = deliver(&d);
    assert_true(delivered.sent == 2 && delivered.is_full);
    assert_int_equal(number(db, "SELECT count(*) FROM delivery WHERE reply = 'its "
                                "organization has had its share of this day'"),
                     3);
    clock_now += 86400;
    assert_int_equal(deliver(&d).sent, 3);
    database_close(db);
}

/* What the administrator says of destinations and domains. */
static const struct sceau_slice never[] = {
    {"d.test",     6 },
    {"x@yes.test", 10},
};
static const struct sceau_slice accepting[] = {
    {"rua@no.test", 11},
    {"moved.test",  10},
};

static const struct {
    const char *mailbox;
    size_t never_count, accepting_count;
    enum outbox_delivery_state state;
    const char *to, *why;
} said[] = {
    {"rua@d.test",     1, 0, DELIVERY_SUPPRESSED, "",               "the domain: destination and policy"},
    {"rua@yes.test",   2, 0, DELIVERY_SUPPRESSED, "",               "the policy's domain"               },
    {"rua@no.test",    0, 2, DELIVERY_SENT,       "rua@no.test",    "it is believed to take them"       },
    {"other@no.test",  0, 2, DELIVERY_UNACCEPTED, "",               "another mailbox of the host"       },
    {"rua@moved.test", 0, 2, DELIVERY_SENT,       "rua@moved.test",
     "nobody is asked, nor heard"                                                                       },
    {"rua@yes.test",   0, 2, DELIVERY_SENT,       "rua@yes.test",   "it says so itself"                 },
};

static void
test_lists(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof said / sizeof *said; i++) {
        struct database *db = test_store_open(path);
        struct outbox_delivering d = delivering(db);
        settings.never = (struct outbox_names){never, said[i].never_count};
        settings.accepting = (struct outbox_names){accepting, said[i].accepting_count};
        add_report(db, i, said[i].mailbox);
        clock_now += 10;
        deliver(&d);
        if (number(db, "SELECT state FROM delivery") != said[i].state ||
            strcmp(sender.to, said[i].to) != 0)
            fail_msg("%s: %s", said[i].mailbox, said[i].why);
        assert_true(database_run(db, "DELETE FROM delivery; DELETE FROM outgoing"));
        database_close(db);
    }
}

/* Killed at any moment: every report is sent, and what is sent twice is what was being
 * handed over. */
static void
test_killed(void **state)
{
    (void)state;
    char log[128];
    unsigned lines = 0, kills = 0;
    snprintf(log, sizeof log, "%s/log", folder);
    struct database *db = test_store_open(path);
    for (unsigned i = 0; i < 60; i++)
        add_report(db, i, "rua@d.test");
    database_close(db);
    clock_now = BUILT + 1000;
    for (unsigned delay = 1000; delay < 30000; delay += 1000, kills++) {
        pid_t child = fork();
        if (child == 0) {
            db = test_store_open(path);
            struct outbox_delivering d = delivering(db);
            sender.log = log;
            deliver(&d);
            _exit(0);
        }
        usleep(delay % 8000 * test_store_pace());
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        test_store_settle();
        clock_now += 3600; /* what was being handed over is due again */
    }
    db = test_store_open(path);
    struct outbox_delivering d = delivering(db);
    sender.log = log;
    clock_now += 86400;
    for (unsigned run = 0; run < 4; run++) { /* claims are seen, and grow old */
        clock_now += 400;
        deliver(&d);
    }
    assert_int_equal(number(db, "SELECT count(*) FROM delivery WHERE state = 2"), 60);
    FILE *file = fopen(log, "r");
    for (int c; (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    assert_in_range(lines, 60, 60 + kills);
    database_close(db);
}

/* A key is made once. */
static void
test_secret(void **state)
{
    (void)state;
    uint8_t first[OUTBOX_SECRET], second[OUTBOX_SECRET];
    static const uint8_t zeros[OUTBOX_SECRET];
    struct database *db = test_store_open(path);
    assert_true(outbox_secret(db, first));
    database_close(db);
    db = test_store_open(path);
    assert_true(outbox_secret(db, second));
    assert_memory_equal(first, second, OUTBOX_SECRET);
    assert_memory_not_equal(first, zeros, OUTBOX_SECRET);
    database_close(db);
}

static int
set_up(void **state)
{
    struct sceau_zone_error error;
    resolver = sceau_zone_resolver_new(SCEAU_SLICE(zone), &error);
    if (resolver == NULL)
        return 1;
    return unit_arena_up(state);
}

static int
tear_down(void **state)
{
    sceau_zone_resolver_free(resolver);
    return unit_arena_down(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_to_whom, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_tries_again, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_refusals, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_leaves_alone, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_fails_here, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_replacement, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_replacements, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_host_left_alone, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_refused_after, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_refused_as_known, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_keeps_its_name, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_other_folder, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_claimed_once, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_picks, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_picks_spread, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_lease, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_taken_late, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_frozen, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_renewed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_left_behind, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_left_behind_from_cron, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_told_later, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_answer_lost, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_server_down, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_silent_dns, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_told, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_bounces, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_bounce_expired, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_begins_slowly_together, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_begins_slowly, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_histories, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_failures_have_their_share, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_failures_of_an_organization, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_host_share, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_organization_share, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_lists, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_killed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_secret, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("outbox/deliver", tests, set_up, tear_down);
}
