/* A generated world whose truth is known: each source sends for 28 days as its line says,
 * and has to come out in its class by its rule. */
#include "sources.h"

#include "../../tests/unit.h"
#include "core/slice.h"
#include "failures.h"
#include "findings.h"
#include "readiness.h"
#include "services.h"

#define TO   20785 /* 2026-11-28 */
#define FROM (TO - 27)
#define DAYS 28

/* On which days: every day, every second, the last nine ... */
enum rhythm {
    DAILY,
    TWO_WEEKLY, /* days 1 and 3 of each seven */
    LAST_NINE,
    LAST_TWO,
    ONCE,
    SWINGING, /* every day, but every third day nothing is aligned */
};

static const struct sender {
    const char *ip, *ptr, *organization;
    unsigned asn;
    enum rhythm rhythm;
    uint64_t both, dkim, spf; /* messages a day, by what is aligned */
    uint64_t fails;
    enum analysis_cause cause;
    bool is_forwarded; /* the reporters say so of what fails */
    uint64_t reports;
    const char *key;
    enum analysis_class class;
    enum analysis_rule rule;
    const char *why;
} senders[] = {
    {"192.0.2.10",    "mail.a.test",               "a.test",                    0,     DAILY,      300, 5, 0, 1,   ANALYSIS_CAUSE_DNS,
     false,                                                                                                                                         4, "mail.a.test",               ANALYSIS_OURS,       ANALYSIS_RULE_CONFIGURED,
     "configured, whatever it does"                                                                                                                                                                                                                                                           },
    {"192.0.2.80",    "web1.a.test",               "a.test",                    0,     LAST_NINE,  0,   0, 0, 26,
     ANALYSIS_CAUSE_STRICT,                                                                                                                  false, 4, "web1.a.test",               ANALYSIS_OURS,
     ANALYSIS_RULE_RECORD,                                                                                                                                                                                                            "a literal of SPF; its neighbour is ours too, and apart"},
    {"192.0.2.99",    "",                          "",                          0,     DAILY,      0,   0, 0, 3,   ANALYSIS_CAUSE_UNSIGNED,  false, 3,
     "192.0.2.0/24",                                                                                                                                                                ANALYSIS_NOT_YOURS,  ANALYSIS_RULE_NEVER_ALIGNED,
     "in the same network as ours, and a stranger"                                                                                                                                                                                                                                            },
    {"198.51.100.1",  "mail-1.google.com",         "google.com",                15169, DAILY,      50,  0, 0, 0,
     ANALYSIS_CAUSE_NONE,                                                                                                                    false, 3, "google",                    ANALYSIS_SENDS_WELL,
     ANALYSIS_RULE_COMPLIANT,                                                                                                                                                                                                         "a service that is set up"                              },
    {"198.51.100.7",  "o1.sendgrid.net",           "sendgrid.net",              11377, ONCE,       0,   0, 0, 8,
     ANALYSIS_CAUSE_OTHER_SPF,                                                                                                               false, 1, "sendgrid",                  ANALYSIS_TO_FIX,
     ANALYSIS_RULE_SERVICE,                                                                                                                                                                                                           "a known service, however little"                       },
    {"198.51.100.20", "mta20.news.test",           "news.test",                 0,     TWO_WEEKLY, 0,   0, 0, 400,
     ANALYSIS_CAUSE_OTHER_SIGNER,                                                                                                            false, 3, "news.test",                 ANALYSIS_TO_FIX,
     ANALYSIS_RULE_STEADY_SIGNER,                                                                                                                                                                                                     "an unknown service that signs as itself"               },
    {"198.51.100.30", "relay.univ.test",           "univ.test",                 0,     DAILY,      0,   9, 0, 1,
     ANALYSIS_CAUSE_BROKEN,                                                                                                                  false, 2, "univ.test",                 ANALYSIS_FORWARDER,
     ANALYSIS_RULE_DKIM_SURVIVES,                                                                                                                                                                                                     "passes mail on, nine of ten unchanged"                 },
    {"198.51.100.40", "lists.club.test",           "club.test",                 0,     DAILY,      0,   0, 0, 9,
     ANALYSIS_CAUSE_OTHER_SIGNER,                                                                                                            true,  3, "club.test",                 ANALYSIS_FORWARDER,
     ANALYSIS_RULE_OVERRIDES,                                                                                                                                                                                                         "a list, say reporters: no service to fix"              },
    {"198.51.100.50", "",                          "",                          64501, DAILY,      0,   0, 0, 9,   ANALYSIS_CAUSE_BROKEN,    false, 2,
     "AS64501",                                                                                                                                                                     ANALYSIS_FORWARDER,  ANALYSIS_RULE_BROKEN_ON_WAY,
     "our signature broken on its way, and nobody says why"                                                                                                                                                                                                                                   },
    {"198.51.100.60", "app.host.test",             "host.test",                 0,     SWINGING,   0,   4, 0, 4,
     ANALYSIS_CAUSE_UNSIGNED,                                                                                                                false, 2, "host.test",                 ANALYSIS_TO_FIX,
     ANALYSIS_RULE_SWINGS,                                                                                                                                                                                                            "some days pass, some fail"                             },
    {"203.0.113.9",   "",                          "",                          0,     ONCE,       0,   0, 0, 5,   ANALYSIS_CAUSE_UNSIGNED,  false, 1,
     "203.0.113.0/24",                                                                                                                                                              ANALYSIS_TOO_LITTLE, ANALYSIS_RULE_TOO_LITTLE,
     "one report: nobody is judged by it"                                                                                                                                                                                                                                                     },
    {"203.0.114.9",   "spam.bulk.test",            "bulk.test",                 0,     DAILY,      0,   0, 0, 7,
     ANALYSIS_CAUSE_NOTHING,                                                                                                                 false, 1, "bulk.test",                 ANALYSIS_NOT_YOURS,
     ANALYSIS_RULE_NEVER_ALIGNED,                                                                                                                                                                                                     "a name of its own makes nobody ours"                   },
    {"198.51.100.9",  "",                          "",                          14782, ONCE,       0,   0, 0, 8,   ANALYSIS_CAUSE_OTHER_SPF, false,
     1,                                                                                                                                                "mailchimp",                 ANALYSIS_TO_FIX,     ANALYSIS_RULE_SERVICE,
     "no name, in a service's own network"                                                                                                                                                                                                                                                    },
    {"2001:db8:5::1", "",                          "",                          0,     DAILY,      0,   0, 0, 7,   ANALYSIS_CAUSE_UNSIGNED,  false, 1,
     "2001:db8:5::/48",                                                                                                                                                             ANALYSIS_NOT_YOURS,  ANALYSIS_RULE_NEVER_ALIGNED,
     "IPv6: by /48"                                                                                                                                                                                                                                                                           },
    {"198.51.100.70", "mx.partner.test",           "partner.test",              0,     DAILY,      0,   0, 0, 6,
     ANALYSIS_CAUSE_UNSIGNED,                                                                                                                false, 2, "partner.test",              ANALYSIS_FORWARDER,
     ANALYSIS_RULE_MARK,                                                                                                                                                                                                              "marked by a person: beats the rules"                   },
    {"198.51.100.80", "<script>alert(1)</script>", "<script>alert(1)</script>", 0,
     DAILY,                                                                                        0,   0, 0, 6,   ANALYSIS_CAUSE_UNSIGNED,  false, 2, "<script>alert(1)</script>",
     ANALYSIS_NOT_YOURS,                                                                                                                                                                                 ANALYSIS_RULE_NEVER_ALIGNED,
     "a hostile name is a key like any other"                                                                                                                                                                                                                                                 },
};
#define SENDERS (sizeof senders / sizeof *senders)

static bool
sends_on(const struct sender *s, int n)
{
    switch (s->rhythm) {
    case DAILY:
    case SWINGING: return true;
    case TWO_WEEKLY: return n % 7 == 1 || n % 7 == 3;
    case LAST_NINE: return n >= DAYS - 9;
    case LAST_TWO: return n >= DAYS - 2;
    case ONCE: return n == 20;
    }
    return false;
}

/* ---- the world ---- */

static void
describe(struct analysis_describer *self, struct analysis_address *a)
{
    (void)self;
    for (size_t i = 0; i < SENDERS; i++) {
        struct sceau_ip ip;
        assert_true(sceau_ip_parse(sceau_slice_from(senders[i].ip), &ip));
        if (!ip_equal(&ip, &a->ip))
            continue;
        a->ptr = sceau_slice_from(senders[i].ptr);
        a->ptr_domain = sceau_slice_from(senders[i].organization);
        a->asn = senders[i].asn;
        a->first_seen = senders[i].rhythm == LAST_NINE ? TO - 8 : 1000;
    }
}

struct world {
    struct analysis_own own[3];
    struct analysis_ours ours;
    struct analysis_mark marks[3];
    struct analysis_describer describer;
    struct analysis_question question;
    struct analysis_sources *sources;
    struct analysis_source *const *list;
    size_t count;
};

static void
put_row(struct world *w, const struct sender *s, int day, enum report_aligned dkim,
        enum report_aligned spf, uint64_t count)
{
    struct analysis_row row = {.day = day,
                               .dkim = dkim,
                               .spf = spf,
                               .disposition = REPORT_DISPOSITION_NONE,
                               .count = count,
                               .reports = s->reports,
                               .domain = SCEAU_SLICE("a.test")};
    bool fails = dkim == REPORT_ALIGNED_FAIL && spf == REPORT_ALIGNED_FAIL;
    assert_true(sceau_ip_parse(sceau_slice_from(s->ip), &row.ip));
    row.cause = fails ? s->cause : ANALYSIS_CAUSE_NONE;
    row.flags = fails && s->is_forwarded ? ANALYSIS_FLAG_FORWARDED : 0;
    if (count > 0)
        assert_true(analysis_sources_add(w->sources, &row));
}

static void
put_sender(struct world *w, const struct sender *s)
{
    for (int n = 0; n < DAYS; n++) {
        bool is_bad = s->rhythm == SWINGING && n % 3 == 0;
        bool is_good = s->rhythm == SWINGING && !is_bad;
        if (!sends_on(s, n))
            continue;
        put_row(w, s, FROM + n, REPORT_ALIGNED_PASS, REPORT_ALIGNED_PASS, s->both);
        if (!is_bad)
            put_row(w, s, FROM + n, REPORT_ALIGNED_PASS, REPORT_ALIGNED_FAIL, s->dkim);
        put_row(w, s, FROM + n, REPORT_ALIGNED_FAIL, REPORT_ALIGNED_PASS, s->spf);
        if (!is_good)
            put_row(w, s, FROM + n, REPORT_ALIGNED_FAIL, REPORT_ALIGNED_FAIL, s->fails);
    }
}

static void
make_world(struct world *w)
{
    *w = (struct world){.describer = {describe}};
    assert_true(ip_network_parse(SCEAU_SLICE("192.0.2.10"), &w->own[0].network));
    w->own[0].name = SCEAU_SLICE("mail.a.test");
    assert_true(ip_network_parse(SCEAU_SLICE("192.0.2.80"), &w->own[1].network));
    w->own[1].domain = SCEAU_SLICE("a.test");
    w->own[1].is_record = true;
    assert_true(ip_network_parse(SCEAU_SLICE("203.0.114.9"), &w->own[2].network));
    w->own[2].domain = SCEAU_SLICE("other.test"); /* may send, but not as a.test */
    w->ours = (struct analysis_ours){.addresses = w->own, .address_count = 3};
    w->marks[0] = (struct analysis_mark){.source = SCEAU_SLICE("partner.test"),
                                         .class = ANALYSIS_FORWARDER,
                                         .note = SCEAU_SLICE("our partner")};
    w->marks[1] = (struct analysis_mark){.domain = SCEAU_SLICE("b.test"),
                                         .source = SCEAU_SLICE("bulk.test"),
                                         .class = ANALYSIS_OURS};
    w->marks[2] = (struct analysis_mark){.source = SCEAU_SLICE("host.test"),
                                         .class = ANALYSIS_OURS,
                                         .until = 5}; /* over */
    w->question = (struct analysis_question){
        .arena = unit_arena,
        .key = {1, 2},
        .domain = SCEAU_SLICE("a.test"),
        .from_day = FROM,
        .to_day = TO,
        .today = TO + 1,
        .known_since = 1000,
        .now = INT64_C(86400) * (TO + 1),
        .ours = &w->ours,
        .marks = w->marks,
        .mark_count = 3,
        .describer = &w->describer
    };
    w->sources = analysis_sources_new(&w->question);
    assert_non_null(w->sources);
    for (size_t i = 0; i < SENDERS; i++)
        put_sender(w, &senders[i]);
    w->list = analysis_sources_done(w->sources, &w->count);
    assert_non_null(w->list);
}

static const struct analysis_source *
find(const struct world *w, const char *key)
{
    for (size_t i = 0; i < w->count; i++)
        if (slice_eq(w->list[i]->key, sceau_slice_from(key)))
            return w->list[i];
    return NULL;
}

/* ---- what comes of it ---- */

static void
each_has_its_class(void **state)
{
    struct world w;
    (void)state;
    make_world(&w);
    assert_int_equal(w.count, SENDERS);
    for (size_t i = 0; i < SENDERS; i++) {
        const struct analysis_source *s = find(&w, senders[i].key);
        UNIT_CASE(senders[i].why);
        if (s == NULL || s->class != senders[i].class || s->rule != senders[i].rule)
            fprintf(stderr, "%s: %s, got class %d by rule %d\n", senders[i].key,
                    senders[i].why, s != NULL ? (int)s->class : -1,
                    s != NULL ? (int)s->rule : -1);
        assert_non_null(s);
        assert_int_equal(s->class, senders[i].class);
        assert_int_equal(s->rule, senders[i].rule);
    }
}

static void
nothing_is_lost(void **state)
{
    struct world w;
    uint64_t messages = 0, sum = 0;
    (void)state;
    make_world(&w);
    for (size_t i = 0; i < SENDERS; i++)
        for (int n = 0; n < DAYS; n++)
            if (sends_on(&senders[i], n)) {
                const struct sender *s = &senders[i];
                bool swings = s->rhythm == SWINGING;
                messages += s->both + s->spf + (swings && n % 3 == 0 ? 0 : s->dkim) +
                            (swings && n % 3 != 0 ? 0 : s->fails);
            }
    for (size_t i = 0; i < w.count; i++) {
        const struct analysis_counts *c = &w.list[i]->counts;
        uint64_t spark = 0;
        for (size_t n = 0; n < ANALYSIS_SPARK_DAYS; n++)
            spark += w.list[i]->spark[n];
        assert_int_equal(spark, c->messages);
        assert_int_equal(c->both + c->dkim_only + c->spf_only + c->neither,
                         c->messages);
        sum += c->messages;
    }
    assert_int_equal(sum, messages);
}

static void
comes_in_order(void **state)
{
    struct world w;
    (void)state;
    make_world(&w);
    for (size_t i = 1; i < w.count; i++) {
        const struct analysis_source *a = w.list[i - 1], *b = w.list[i];
        assert_true(a->class < b->class ||
                    (a->class == b->class && a->counts.messages >= b->counts.messages));
    }
}

/* Rows come in any order, and a day beyond the range is none of them. */
static void
order_does_not_matter(void **state)
{
    struct world w, again;
    (void)state;
    make_world(&w);
    make_world(&again);
    again.sources = analysis_sources_new(&again.question);
    for (size_t i = SENDERS; i-- > 0;) {
        put_sender(&again, &senders[i]);
        put_row(&again, &senders[i], TO + 1, REPORT_ALIGNED_PASS, REPORT_ALIGNED_PASS,
                9);
        put_row(&again, &senders[i], FROM - 1, REPORT_ALIGNED_PASS, REPORT_ALIGNED_PASS,
                9);
    }
    again.list = analysis_sources_done(again.sources, &again.count);
    assert_int_equal(again.count, w.count);
    for (size_t i = 0; i < w.count; i++) {
        assert_true(slice_eq(w.list[i]->key, again.list[i]->key));
        assert_int_equal(w.list[i]->class, again.list[i]->class);
        assert_int_equal(w.list[i]->counts.messages, again.list[i]->counts.messages);
    }
}

/* What is lost with p=reject, and each line of readiness. */
static void
readiness_has_its_numbers(void **state)
{
    struct world w;
    struct analysis_readiness r;
    uint64_t yours = 0, foreign = 0, passed = 0, unknown = 0;
    (void)state;
    make_world(&w);
    for (size_t i = 0; i < SENDERS; i++) {
        const struct analysis_source *s = find(&w, senders[i].key);
        *(senders[i].class == ANALYSIS_NOT_YOURS    ? &foreign
          : senders[i].class == ANALYSIS_FORWARDER  ? &passed
          : senders[i].class == ANALYSIS_TOO_LITTLE ? &unknown
                                                    : &yours) += s->counts.neither;
    }
    struct analysis_readiness_facts facts = {.policy = REPORT_DISPOSITION_NONE,
                                             .sources = w.list,
                                             .source_count = w.count,
                                             .days = 20,
                                             .reporters = 3,
                                             .from_day = FROM,
                                             .to_day = TO,
                                             .known_since = 1000};
    assert_true(analysis_readiness_make(unit_arena, &facts, &r));
    assert_int_equal(r.next, REPORT_DISPOSITION_QUARANTINE);
    assert_false(r.is_ready);
    assert_false(r.is_known); /* the checker was not asked */
    assert_int_equal(r.lines[ANALYSIS_LINE_REPORTS].answer, ANALYSIS_NOT_MET);
    assert_int_equal(r.lines[ANALYSIS_LINE_TO_FIX].answer, ANALYSIS_NOT_MET);
    assert_slice(r.lines[ANALYSIS_LINE_TO_FIX].example, "news.test");
    assert_int_equal(r.lines[ANALYSIS_LINE_NEW].answer, ANALYSIS_NOT_MET);
    assert_slice(r.lines[ANALYSIS_LINE_NEW].example, "web1.a.test");
    assert_int_equal(r.lines[ANALYSIS_LINE_DKIM].numbers[0], 1);
    assert_int_equal(r.lines[ANALYSIS_LINE_DKIM].numbers[1], 2);
    assert_int_equal(r.lines[ANALYSIS_LINE_CHECK].answer, ANALYSIS_NO_DATA);
    assert_int_equal(r.what_if.yours, yours);
    assert_int_equal(r.what_if.not_yours, foreign);
    assert_int_equal(r.what_if.forwarders, passed);
    assert_int_equal(r.what_if.unknown, unknown);
    assert_int_equal(r.losers[0]->counts.neither, 3200); /* news.test */
}

/* A domain that is forged may be ready; one share is no reason. */
static void
a_forged_domain_is_ready(void **state)
{
    struct analysis_source own = {.class = ANALYSIS_OURS,
                                  .key = SCEAU_SLICE("mail"),
                                  .first_seen = 1};
    struct analysis_source forger = {.class = ANALYSIS_NOT_YOURS,
                                     .key = SCEAU_SLICE("bulk"),
                                     .first_seen = TO};
    struct analysis_source *const list[] = {&own, &forger};
    struct analysis_readiness r;
    (void)state;
    own.counts = (struct analysis_counts){.messages = 200, .both = 200};
    forger.counts = (struct analysis_counts){.messages = 800, .neither = 800};
    own.spark[ANALYSIS_SPARK_DAYS - 1] = 200;
    struct analysis_readiness_facts facts = {.policy = REPORT_DISPOSITION_QUARANTINE,
                                             .sources = list,
                                             .source_count = 2,
                                             .days = 28,
                                             .reporters = 3,
                                             .from_day = FROM,
                                             .to_day = TO,
                                             .known_since = 1000,
                                             .is_checked = true,
                                             .warnings = 2};
    assert_true(analysis_readiness_make(unit_arena, &facts, &r));
    assert_true(r.is_ready);
    assert_int_equal(r.next, REPORT_DISPOSITION_REJECT);
    own.counts = (struct analysis_counts){.messages = 200, .both = 199, .neither = 1};
    assert_true(analysis_readiness_make(unit_arena, &facts, &r));
    assert_false(r.is_ready); /* one message of ours is one too many */
    facts.known_since = TO - 3;
    assert_true(analysis_readiness_make(unit_arena, &facts, &r));
    assert_int_equal(r.lines[ANALYSIS_LINE_NEW].answer, ANALYSIS_NO_DATA);
    facts.policy = REPORT_DISPOSITION_REJECT;
    assert_true(analysis_readiness_make(unit_arena, &facts, &r));
    assert_int_equal(r.next, REPORT_DISPOSITION_NONE);
}

static void
failures_are_grouped(void **state)
{
    struct world w;
    size_t count;
    uint64_t sum = 0, fails = 0, passed_on = 0, passed = 0;
    (void)state;
    make_world(&w);
    struct analysis_failure_group *g =
        analysis_failures_make(unit_arena, w.list, w.count, &count);
    assert_non_null(g);
    assert_int_equal(g[0].cause, ANALYSIS_CAUSE_OTHER_SIGNER);
    assert_int_equal(g[0].messages, 3200 + 9 * DAYS);
    assert_true(g[count - 1].is_spoof);
    for (size_t i = 0; i < count; i++)
        passed_on += g[i].passed_on;
    for (size_t i = 0; i < w.count; i++)
        passed +=
            w.list[i]->class == ANALYSIS_FORWARDER ? w.list[i]->counts.neither : 0;
    assert_true(passed > 0);
    assert_int_equal(passed_on, passed);
    for (size_t i = 0; i < count; i++)
        sum += g[i].messages;
    for (size_t i = 0; i < w.count; i++)
        fails += w.list[i]->counts.neither;
    assert_int_equal(sum, fails);
}

/* A report may name a million addresses: memory ends, and no message is lost. */
static void
a_flood_is_one_source(void **state)
{
    struct world w;
    struct sceau_arena *arena = sceau_arena_new((size_t)128 * 1024 * 1024);
    uint64_t sum = 0;
    (void)state;
    make_world(&w);
    w.question.arena = arena;
    w.sources = analysis_sources_new(&w.question);
    for (unsigned i = 0; i < ANALYSIS_FORGED_MAX + 5000; i++) {
        struct analysis_row row = {
            .day = TO,
            .ip = {4, {100, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}},
            .dkim = REPORT_ALIGNED_FAIL,
            .spf = REPORT_ALIGNED_FAIL,
            .cause = ANALYSIS_CAUSE_UNSIGNED,
            .count = 1,
            .reports = 1
        };
        assert_true(analysis_sources_add(w.sources, &row));
    }
    for (unsigned i = 0; i < 1000; i++) { /* those behind the flood that authenticate */
        struct analysis_row row = {
            .day = TO,
            .ip = {4, {101, 0, (uint8_t)(i >> 8), (uint8_t)i}},
            .dkim = REPORT_ALIGNED_PASS,
            .count = 1,
            .reports = 1
        };
        assert_true(analysis_sources_add(w.sources, &row));
    }
    w.list = analysis_sources_done(w.sources, &w.count);
    for (size_t i = 0; i < w.count; i++)
        sum += w.list[i]->counts.messages;
    assert_int_equal(sum, ANALYSIS_FORGED_MAX + 5000 + 1000);
    assert_int_equal(find(&w, "unknown")->counts.messages, 5000);
    assert_int_equal(find(&w, "unknown")->counts.neither, 5000);
    assert_true(sceau_arena_used(arena) < (size_t)16 * 1024 * 1024);
    sceau_arena_free(arena);
}

/* ---- who else signs ---- */

static const struct {
    const char *ptr, *ptr_domain;
    unsigned asn;
    const char *signer, *key, *why;
} hosts[] = {
    {"",                               "",              64501, "amazonses.com", "ses",           "no name: a service signs"        },
    {"",                               "",              64501, "bulk.test",     "bulk.test",     "no name: whoever signs"          },
    {"",                               "",              64501, "",              "AS64501",       "no name, and nobody signs"       },
    {"",                               "",              11377, "bulk.test",     "sendgrid",      "the network is a service's alone"},
    {"o1.sendgrid.net",                "sendgrid.net",  0,     "bulk.test",     "sendgrid",
     "the name is a service's"                                                                                                     },
    {"mx.univ.test",                   "univ.test",     0,     "amazonses.com", "univ.test",
     "who passes mail on passes signatures on"                                                                                     },
    {"o1.mail.a.test",                 "a.test",        0,     "sendgrid.net",  "sendgrid",
     "a service names its host for its customer"                                                                                   },
    {"o1.mail.a.test",                 "a.test",        0,     "bulk.test",     "a.test",
     "the domain's own name, and no service that is known"                                                                         },
    {"ec2-1.eu.compute.amazonaws.com", "amazonaws.com", 16509, "bulk.test",     "bulk.test",
     "a name that anybody rents"                                                                                                   },
    {"ec2-1.eu.compute.amazonaws.com", "amazonaws.com", 16509, "mta.mcsv.net",
     "mailchimp",                                                                                "the same, by a service"          },
    {"ec2-1.eu.compute.amazonaws.com", "amazonaws.com", 16509, "",              "amazonaws.com",
     "the same, and nobody signs"                                                                                                  },
};

static void
signers_name_sources(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct analysis_source source = {0};
        struct analysis_address a = {
            .ip = {4, {203, 0, 113, 1}},
            .ptr = sceau_slice_from(hosts[i].ptr),
            .ptr_domain = sceau_slice_from(hosts[i].ptr_domain),
            .asn = hosts[i].asn,
            .signer = sceau_slice_from(hosts[i].signer),
        };
        UNIT_CASE(hosts[i].why);
        analysis_source_name(unit_arena, &a, SCEAU_SLICE("a.test"), NULL, &source);
        assert_slice(source.key, hosts[i].key);
    }
}

/* ---- weeks ---- */

static struct analysis_week
failing_week(int day, unsigned i)
{
    return (struct analysis_week){
        .row = {.day = day,
                .ip = {4, {100, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}},
                .dkim = REPORT_ALIGNED_FAIL,
                .spf = REPORT_ALIGNED_FAIL,
                .cause = ANALYSIS_CAUSE_UNSIGNED                                            },
        .counts = { 1, 0,                                                               3, 4, 5, 6, 7},
        .reports = { 1, 1,                                                               1, 1, 1, 1, 1},
    };
}

/* A row of a week is what rows of its days are; what fails before the spark is told by week. */
static void
weeks(void **state)
{
    struct world days, whole;
    uint64_t before = 0, spark = 0;
    (void)state;
    make_world(&days);
    days.question.from_day = TO - 59;
    days.sources = analysis_sources_new(&days.question);
    whole = days;
    whole.sources = analysis_sources_new(&whole.question);
    for (int first = TO - 61; first < TO + 3; first += 7) {
        struct analysis_week week = failing_week(first, 1);
        assert_true(analysis_sources_add_week(whole.sources, &week));
        for (int n = 0; n < ANALYSIS_WEEK; n++) {
            struct analysis_row row = week.row;
            row.day += n;
            row.count = week.counts[n];
            row.reports = week.reports[n];
            assert_true(analysis_sources_add(days.sources, &row));
        }
    }
    days.list = analysis_sources_done(days.sources, &days.count);
    whole.list = analysis_sources_done(whole.sources, &whole.count);
    assert_int_equal(whole.count, 1);
    const struct analysis_source *a = days.list[0], *b = whole.list[0];
    assert_memory_equal(&a->counts, &b->counts, sizeof a->counts);
    assert_memory_equal(a->spark_fails, b->spark_fails, sizeof a->spark_fails);
    assert_int_equal(a->reports, b->reports);
    assert_int_equal(b->reports, ANALYSIS_SPARK_DAYS + 1);
    assert_int_equal(a->first_day, b->first_day);
    assert_int_equal(b->first_day, TO - 59);
    assert_int_equal(a->last_day, b->last_day);
    for (const struct analysis_fails *f = b->fails_before; f != NULL; f = f->next)
        for (int n = 0; n < ANALYSIS_WEEK; n++)
            before += f->counts[n];
    for (int n = 0; n < ANALYSIS_SPARK_DAYS; n++)
        spark += b->spark_fails[n];
    assert_int_equal(before + spark, b->counts.neither);
    assert_true(before > 0 && analysis_sources_have_fails(whole.sources));
}

static void
weeks_of_too_many(void **state)
{
    struct world w;
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024 * 1024);
    (void)state;
    make_world(&w);
    w.question.arena = arena;
    w.question.from_day = TO - 370;
    w.sources = analysis_sources_new(&w.question);
    for (int n = 0; n < 50; n++)
        for (unsigned i = 0; i < 1000; i++) {
            struct analysis_week week = failing_week(TO - 369 + 7 * n, i << 8);
            assert_true(analysis_sources_add_week(w.sources, &week));
        }
    assert_false(analysis_sources_have_fails(w.sources));
    assert_true(sceau_arena_used(arena) < (size_t)8 * 1024 * 1024);
    sceau_arena_free(arena);
}

/* ---- findings ---- */

static const struct analysis_finding *
finding_of(const struct analysis_finder *f, enum analysis_finding_rule rule)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].rule == rule)
            return &f->items[i];
    return NULL;
}

static void
findings_say_what_is_wrong(void **state)
{
    struct world w;
    struct analysis_finder finder = {.arena = unit_arena, .now = 86400};
    (void)state;
    make_world(&w);
    struct analysis_domain_facts facts = {.domain = SCEAU_SLICE("a.test"),
                                          .to_day = TO,
                                          .known_since = 1000,
                                          .last_day = TO,
                                          .policy = REPORT_DISPOSITION_NONE,
                                          .sources = w.list,
                                          .source_count = w.count};
    analysis_find(&finder, &facts);
    const struct analysis_finding *f = finding_of(&finder, ANALYSIS_FINDING_OURS_FAILS);
    assert_non_null(f);
    assert_slice(f->source, "web1.a.test");
    assert_int_equal(f->severity, ANALYSIS_PROBLEM);
    assert_int_equal(f->cause, ANALYSIS_CAUSE_STRICT);
    assert_int_equal(f->weight, 9 * 26);
    assert_slice(f->arguments[1].value, "web1.a.test (192.0.2.80)");
    assert_slice(f->arguments[4].value, "2026-11-20");
    assert_int_equal(f->since, (TO - 8) * (int64_t)86400); /* not when it came out */
    assert_non_null(finding_of(&finder, ANALYSIS_FINDING_TO_FIX));
    assert_null(finding_of(&finder, ANALYSIS_FINDING_STARTS)); /* nine days ago */
    assert_null(finding_of(&finder, ANALYSIS_FINDING_NO_REPORTS));
    assert_null(finding_of(&finder, ANALYSIS_FINDING_READY));
    struct sceau_slice id = f->id;
    struct analysis_finder again = {.arena = unit_arena, .now = 999999};
    facts.last_day = TO - 4;
    analysis_find(&again, &facts);
    assert_true(slice_eq(finding_of(&again, ANALYSIS_FINDING_OURS_FAILS)->id, id));
    assert_non_null(finding_of(&again, ANALYSIS_FINDING_NO_REPORTS));
}

/* Each line: messages and failures of the days, the last one TO; what is usual on its
 * weekday decides. */
static const struct {
    uint64_t usual_fails, last_fails; /* of 100 messages a day */
    int since;                        /* days that fail, at the end */
    bool starts;
    const char *why;
} courses[] = {
    {0,  50, 1, true,  "half of it, where nothing failed"     },
    {1,  50, 2, true,  "for two days"                         },
    {0,  50, 5, false, "for five days: that is no start"      },
    {20, 50, 1, false, "a fifth is usual: no three times that"},
    {0,  15, 1, false, "too few to wake anybody"              },
    {0,  1,  1, false, "within the two percent"               },
};

static void
a_start_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof courses / sizeof *courses; i++) {
        struct analysis_address address = {.ip = {.version = 4}};
        struct analysis_source s = {.class = ANALYSIS_SENDS_WELL,
                                    .key = SCEAU_SLICE("k.test"),
                                    .name = SCEAU_SLICE("k.test"),
                                    .first_seen = 1000,
                                    .addresses = &address,
                                    .address_count = 1};
        struct analysis_source *const list[] = {&s};
        struct analysis_finder finder = {.arena = unit_arena};
        UNIT_CASE(courses[i].why);
        for (int n = 0; n < ANALYSIS_SPARK_DAYS; n++) {
            bool is_late = n >= ANALYSIS_SPARK_DAYS - courses[i].since;
            s.spark[n] = 100;
            s.spark_fails[n] = is_late ? courses[i].last_fails : courses[i].usual_fails;
        }
        struct analysis_domain_facts facts = {.domain = SCEAU_SLICE("a.test"),
                                              .to_day = TO,
                                              .known_since = 1000,
                                              .last_day = TO,
                                              .sources = list,
                                              .source_count = 1};
        analysis_find(&finder, &facts);
        bool starts = finding_of(&finder, ANALYSIS_FINDING_STARTS) != NULL;
        if (starts != courses[i].starts)
            fprintf(stderr, "%s\n", courses[i].why);
        assert_int_equal(starts, courses[i].starts);
    }
}

static void
services_are_known(void **state)
{
    (void)state;
    assert_string_equal(analysis_service_of_host(SCEAU_SLICE("mail-1.GOOGLE.com"))->key,
                        "google");
    assert_null(analysis_service_of_host(SCEAU_SLICE("mail.notgoogle.com")));
    assert_null(analysis_service_of_host(SCEAU_SLICE("google.com.evil.test")));
    assert_null(analysis_service_of_host(SCEAU_SLICE("")));
    assert_string_equal(
        analysis_service_of_host(SCEAU_SLICE("mo9.mail-out.ovh.net"))->key, "ovh");
    assert_string_equal(analysis_service_of_host(SCEAU_SLICE("amazonses.com"))->key,
                        "ses");
    assert_string_equal(analysis_service_of_host(SCEAU_SLICE("mta.zoho.eu"))->key,
                        "zoho");
    assert_string_equal(
        analysis_service_of_signer(SCEAU_SLICE("a-test.20230601.gappssmtp.com"))->key,
        "google");
    assert_null(
        analysis_service_of_signer(SCEAU_SLICE("outlook.com"))); /* a mailbox's */
    assert_null(analysis_service_of_signer(SCEAU_SLICE("com")));
    assert_string_equal(analysis_service_find(SCEAU_SLICE("ses"))->name, "Amazon SES");
    assert_null(analysis_service_find(SCEAU_SLICE("no-such")));
    assert_string_equal(analysis_service_of_system(11377)->key, "sendgrid");
    assert_string_equal(analysis_service_of_system(42427)->key, "mimecast");
    assert_null(analysis_service_of_system(0));
    assert_null(analysis_service_of_system(64501));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_class),
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(comes_in_order),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(readiness_has_its_numbers),
        cmocka_unit_test(a_forged_domain_is_ready),
        cmocka_unit_test(failures_are_grouped),
        cmocka_unit_test(a_flood_is_one_source),
        cmocka_unit_test(weeks),
        cmocka_unit_test(weeks_of_too_many),
        cmocka_unit_test(findings_say_what_is_wrong),
        cmocka_unit_test(a_start_is_told),
        cmocka_unit_test(services_are_known),
        cmocka_unit_test(signers_name_sources),
    };
    return cmocka_run_group_tests_name("analysis/sources", tests, unit_arena_up,
                                       unit_arena_down);
}
