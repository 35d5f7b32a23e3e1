/* The questions are few and travel together; each domain is written in a transaction of
 * its own. An absent record is a row with an empty text: so its coming is a change. */
#include "records.h"

#include "core/domain.h"
#include "core/monotonic.h"
#include "core/text.h"
#include "store/cut.h"
#include "store/meta.h"

#include <stdio.h>

#define LOOK_MEMORY   ((size_t)16 * 1024 * 1024)
#define DAY           86400
#define LOOK          SCEAU_SLICE("records_look") /* in `meta` */
#define IN_USE_DAYS   30
#define CHANGES_MAX   200
#define TEXT_MAX      2000 /* octets of a record: it is in a key, which has room for 2,704 */
#define QUESTIONS_MAX (8 + RECORDS_SELECTORS_MAX + 2 * RECORDS_HOSTS_MAX)

/* ---- what to ask ---- */

struct question {
    struct sceau_slice name;
    uint16_t type;
    const char *begins; /* TXT: other texts are no matter of ours */
    struct sceau_dns_answer answer;
};

struct look {
    const struct records_look *look;
    struct records_result *result;
    struct sceau_arena *arena; /* of the domain at hand */
    struct sceau_context context;
    struct question questions[QUESTIONS_MAX];
    size_t count;
};

static void
put_question(struct look *l, struct sceau_slice name, uint16_t type, const char *begins)
{
    if (l->count == QUESTIONS_MAX || name.len == 0 || !domain_is_askable(name))
        return;
    l->questions[l->count++] =
        (struct question){.name = name, .type = type, .begins = begins};
    sceau_dns_prefetch(&l->context, name, type);
}

static void
put_below(struct look *l, const char *label, struct sceau_slice domain,
          const char *begins)
{
    put_question(l, domain_join(l->arena, sceau_slice_from(label), domain),
                 SCEAU_DNS_TXT, begins);
}

/* Selectors that reports or this host saw in the last month. */
static bool
put_selectors(struct look *l, struct sceau_slice domain)
{
    struct statement *s = database_prepare(
        l->look->db,
        "SELECT selector FROM (SELECT selector, max(day) AS latest FROM day_key WHERE "
        "policy_domain = ?1 AND signer = ?1 AND day >= ?2 GROUP BY selector UNION ALL "
        "SELECT selector, max(day) FROM key_use WHERE domain = ?1 AND day >= ?2 GROUP BY "
        "selector) AS used GROUP BY selector ORDER BY max(latest) DESC, selector LIMIT ?3");
    int step;
    bind_text(s, 1, domain);
    bind_int(s, 2, l->look->now / DAY - IN_USE_DAYS);
    bind_int(s, 3, RECORDS_SELECTORS_MAX);
    while ((step = statement_step(s)) == 1) {
        struct sceau_slice selector = column_text(s, 0), name;
        struct text t = text_new(l->arena, DOMAIN_MAX);
        if (!domain_is_ldh(selector))
            continue;
        text_lower(&t, selector);
        text_string(&t, "._domainkey.");
        text_slice(&t, domain);
        name = text_done(&t);
        put_question(l, name, SCEAU_DNS_TXT, "");
    }
    statement_reset(s);
    return step == 0;
}

/* The mail hosts of an MX answer. */
static void
put_hosts(struct look *l, const struct sceau_dns_answer *mx)
{
    for (size_t i = 0; i < mx->count && i < RECORDS_HOSTS_MAX; i++) {
        struct sceau_slice host = slice_copy_lower(l->arena, mx->rrs[i].name);
        if (!domain_is_ldh(host))
            continue;
        put_question(l, host, SCEAU_DNS_A, "");
        put_question(l, host, SCEAU_DNS_AAAA, "");
    }
}

static void
ask(struct look *l, size_t from)
{
    for (size_t i = from; i < l->count; i++) {
        struct question *q = &l->questions[i];
        sceau_dns_lookup(&l->context, q->name, q->type, &q->answer);
        l->result->questions++;
        l->result->troubles += sceau_dns_is_trouble(q->answer.status);
    }
}

/* ---- what stands ---- */

static struct sceau_slice
text_of(struct look *l, const struct question *q, const struct sceau_dns_rr *rr)
{
    struct text t = text_new(l->arena, SIZE_MAX);
    char ip[SCEAU_IP_TEXT];
    switch (q->type) {
    case SCEAU_DNS_MX:
        text_format(&t, "%u ", rr->preference);
        text_lower(&t, rr->name);
        break;
    case SCEAU_DNS_A:
    case SCEAU_DNS_AAAA:
        sceau_ip_format(&rr->address, ip);
        text_string(&t, ip);
        break;
    default: text_slice(&t, rr->text);
    }
    struct sceau_slice text = text_done(&t);
    return cut_text(text, slice_is_utf8(text) ? TEXT_MAX : TEXT_MAX / 3);
}

/* When this name and type were last seen, whatever stood there; 0: never. */
static bool
find_previous(struct look *l, const struct question *q, struct sceau_slice type,
              int64_t *previous)
{
    struct statement *s = database_prepare(
        l->look->db,
        "SELECT coalesce(max(last), 0) FROM dns_record WHERE name = ?1 AND type = ?2");
    bind_text(s, 1, q->name);
    bind_text(s, 2, type);
    bool is_fine = statement_step(s) == 1;
    *previous = column_int(s, 0);
    statement_reset(s);
    return is_fine;
}

/* A text that was away for a look or more begins anew. */
static bool
write_text(struct look *l, struct sceau_slice domain, const struct question *q,
           struct sceau_slice type, struct sceau_slice text, int64_t previous)
{
    struct statement *s = database_prepare(
        l->look->db,
        "INSERT INTO dns_record (domain, name, type, text, first, last) VALUES (?1, ?2, "
        "?3, ?4, ?5, ?5) ON CONFLICT (name, type, text) DO UPDATE SET first = CASE WHEN "
        "dns_record.last < ?6 THEN ?5 ELSE dns_record.first END, last = ?5");
    bind_text(s, 1, domain);
    bind_text(s, 2, q->name);
    bind_text(s, 3, type);
    bind_text(s, 4, text);
    bind_int(s, 5, l->look->now);
    bind_int(s, 6, previous);
    l->result->records += text.len > 0;
    return statement_step(s) == 0;
}

/* Does a text that stands there now begin with this look, though the name is known? */
static bool
count_change(struct look *l, const struct question *q, struct sceau_slice type,
             int64_t previous)
{
    struct statement *s = database_prepare(
        l->look->db,
        "SELECT count(*) FROM dns_record WHERE name = ?1 AND type = ?2 AND first = ?3");
    bind_text(s, 1, q->name);
    bind_text(s, 2, type);
    bind_int(s, 3, l->look->now);
    bool is_fine = statement_step(s) == 1;
    if (is_fine && previous > 0 && previous < l->look->now)
        l->result->changed += column_int(s, 0) > 0;
    statement_reset(s);
    return is_fine;
}

static bool
write_answer(struct look *l, struct sceau_slice domain, const struct question *q)
{
    char type_name[16];
    struct sceau_slice type = sceau_slice_from(sceau_dns_type_name(q->type, type_name));
    int64_t previous;
    size_t written = 0;
    if (sceau_dns_is_trouble(q->answer.status) || q->answer.status == SCEAU_DNS_INVALID)
        return true;
    if (!find_previous(l, q, type, &previous))
        return false;
    for (size_t i = 0; i < q->answer.count; i++) {
        struct sceau_slice text = text_of(l, q, &q->answer.rrs[i]);
        if (text.len == 0 || !slice_starts_ci(text, sceau_slice_from(q->begins)))
            continue;
        if (!write_text(l, domain, q, type, text, previous))
            return false;
        written++;
    }
    if (written == 0 && !write_text(l, domain, q, type, SLICE_NONE, previous))
        return false;
    return count_change(l, q, type, previous);
}

/* By a run that ended before all were. */
static bool
find_looked_at(struct look *l, struct sceau_slice domain, bool *is_looked_at)
{
    struct statement *s = database_prepare(
        l->look->db,
        "SELECT count(*) FROM dns_record WHERE name = ?1 AND type = 'MX' AND last >= ?2");
    bind_text(s, 1, domain);
    bind_int(s, 2, l->look->now - l->look->now % DAY);
    bool is_fine = statement_step(s) == 1;
    *is_looked_at = is_fine && column_int(s, 0) > 0;
    statement_reset(s);
    return is_fine;
}

static bool
look_at_domain(struct look *l, struct sceau_slice domain)
{
    l->count = 0;
    put_question(l, domain, SCEAU_DNS_MX, "");
    put_question(l, domain, SCEAU_DNS_TXT, "v=spf1");
    put_below(l, "_dmarc", domain, "v=DMARC1");
    put_below(l, "_mta-sts", domain, "v=STSv1");
    put_below(l, "_smtp._tls", domain, "v=TLSRPTv1");
    if (!put_selectors(l, domain))
        return false;
    ask(l, 0);
    size_t asked = l->count;
    if (asked > 0 && l->questions[0].type == SCEAU_DNS_MX)
        put_hosts(l, &l->questions[0].answer);
    ask(l, asked);
    if (!database_begin(l->look->db))
        return false;
    for (size_t i = 0; i < l->count; i++) {
        if (!write_answer(l, domain, &l->questions[i])) {
            database_rollback(l->look->db);
            return false;
        }
    }
    l->result->domains++;
    return database_commit(l->look->db);
}

/* ---- all domains ---- */

struct names {
    struct sceau_slice items[RECORDS_DOMAINS_MAX];
    size_t count;
};

static void
put_name(struct names *names, struct sceau_arena *arena, struct sceau_slice name)
{
    if (names->count == RECORDS_DOMAINS_MAX || !domain_is_ldh(name))
        return;
    for (size_t i = 0; i < names->count; i++) {
        if (slice_eq_ci(names->items[i], name))
            return;
    }
    struct sceau_slice copy = slice_copy_lower(arena, name);
    if (copy.ptr != NULL)
        names->items[names->count++] = copy;
}

static bool
collect(const struct records_look *look, struct sceau_arena *arena, struct names *names)
{
    int step;
    for (size_t i = 0; i < look->domain_count; i++)
        put_name(names, arena, look->domains[i]);
    struct statement *s = database_prepare(
        look->db, "SELECT policy_domain FROM day_policy WHERE day >= ?1 GROUP BY "
                  "policy_domain ORDER BY sum(reports) DESC, policy_domain LIMIT ?2");
    bind_int(s, 1, look->now / DAY - IN_USE_DAYS);
    bind_int(s, 2, RECORDS_DOMAINS_MAX);
    while ((step = statement_step(s)) == 1)
        put_name(names, arena, column_text(s, 0));
    statement_reset(s);
    return step == 0;
}

bool
records_is_due(struct database *db, int64_t now)
{
    int64_t day;
    return meta_number(db, LOOK, &day) != 1 || day != now / DAY;
}

static bool
look_at_all(struct look *l, const struct names *names)
{
    int64_t begin = monotonic_ms();
    for (size_t i = 0; i < names->count; i++) {
        bool is_looked_at;
        l->result->has_more = monotonic_ms() - begin > l->look->budget_ms;
        if (l->result->has_more)
            return true;
        sceau_arena_clear(l->arena);
        if (!find_looked_at(l, names->items[i], &is_looked_at) ||
            (!is_looked_at && !look_at_domain(l, names->items[i])))
            return false;
    }
    return true;
}

bool
records_run(const struct records_look *look, struct records_result *result)
{
    struct sceau_arena *kept = sceau_arena_new(LOOK_MEMORY);
    struct look l = {.look = look,
                     .result = result,
                     .arena = sceau_arena_new(LOOK_MEMORY)};
    struct names *names = kept != NULL ? sceau_arena_alloc(kept, sizeof *names) : NULL;
    bool is_fine = names != NULL && l.arena != NULL && collect(look, kept, names);
    *result = (struct records_result){0};
    l.context = (struct sceau_context){.arena = l.arena,
                                       .resolver = look->resolver,
                                       .now = look->now};
    is_fine = is_fine && look_at_all(&l, names);
    if (is_fine && !result->has_more && 2 * result->troubles <= result->questions)
        is_fine = meta_write_number(look->db, LOOK, look->now / DAY);
    sceau_arena_free(l.arena);
    sceau_arena_free(kept);
    return is_fine;
}

/* ---- changes ---- */

/* What stood there when this text was not there yet: the text seen last. */
static struct sceau_slice
before(struct database *db, struct sceau_arena *arena,
       const struct records_change *change)
{
    struct statement *s = database_prepare(
        db, "SELECT text FROM dns_record WHERE name = ?1 AND type = ?2 AND first < ?3 "
            "ORDER BY last < ?3 DESC, last DESC, text LIMIT 1");
    struct sceau_slice text = SLICE_NONE;
    bind_text(s, 1, change->name);
    bind_text(s, 2, change->type);
    bind_int(s, 3, change->first);
    if (statement_step(s) == 1)
        text = slice_copy(arena, column_text(s, 0));
    statement_reset(s);
    return text;
}

const struct records_change *
records_changes(struct database *db, struct sceau_arena *arena, int64_t since,
                size_t *count, bool *is_fine)
{
    struct records_change *changes =
        sceau_arena_alloc(arena, CHANGES_MAX * sizeof *changes);
    struct statement *s = database_prepare(
        db,
        "SELECT domain, name, type, text, first FROM dns_record AS r WHERE first >= ?1 "
        "AND type IN ('TXT', 'MX') AND EXISTS (SELECT 1 FROM dns_record AS o WHERE "
        "o.name = r.name AND o.type = r.type AND o.first < r.first) ORDER BY first DESC, "
        "name, type, text LIMIT ?2");
    int step = -1;
    *count = 0;
    bind_int(s, 1, since);
    bind_int(s, 2, CHANGES_MAX);
    while (changes != NULL && (step = statement_step(s)) == 1) {
        changes[(*count)++] = (struct records_change){
            .domain = slice_copy(arena, column_text(s, 0)),
            .name = slice_copy(arena, column_text(s, 1)),
            .type = slice_copy(arena, column_text(s, 2)),
            .after = slice_copy(arena, column_text(s, 3)),
            .first = column_int(s, 4),
        };
    }
    statement_reset(s);
    *is_fine = step == 0;
    for (size_t i = 0; i < *count; i++)
        changes[i].before = before(db, arena, &changes[i]);
    return *count > 0 ? changes : NULL;
}
