/* Two tables grow in the arena: addresses, and sources by key. Reports are named nowhere in
 * a roll-up, so a source's number of them is the least it can be: on each day, the most
 * that one of its lines counts. */
#include "sources.h"

#include "class.h"
#include "core/domain.h"
#include "core/text.h"
#include "services.h"

#include <stdlib.h>

/* What an address is to the work in hand. */
struct place {
    struct analysis_address address;
    struct group *group;
    struct place *next; /* of the group */
};

struct group {
    struct analysis_source source;
    const struct analysis_own *own;
    struct place *places;
    struct analysis_fails *fails;          /* of the source; the last one first */
    uint32_t largest[ANALYSIS_SPARK_DAYS]; /* reports of one line, by day */
    uint32_t largest_before;               /* and before those days */
    bool is_mixed;                         /* what fails has several From domains */
};

/* Open addressing; at most half full. The hash beside an entry tells most others apart without
 * a look at them: addresses by the ten thousand lie all over the memory. */
struct slot {
    void *entry; /* NULL: free */
    uint64_t hash;
};

struct table {
    struct slot *slots;
    size_t size, used; /* size: a power of two */
};

struct analysis_sources {
    struct analysis_question question;
    struct table places, groups;
    struct place *last;    /* rows of one address come together */
    struct place *unknown; /* what has no place of its own; NULL: not yet needed */
    size_t fails_count;    /* struct analysis_fails */
    bool has_more_fails;
};

/* ---- tables ---- */

uint64_t
analysis_ip_hash(const struct hash_key *key, const struct sceau_ip *ip)
{
    return hash_octets(key, (struct sceau_slice){(const char *)ip, sizeof *ip});
}

static bool
is_same_ip(const struct sceau_ip *a, const struct sceau_ip *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Where the address is, or could be. Of a table that has slots. */
static struct slot *
find_place_slot(const struct analysis_sources *s, const struct sceau_ip *ip,
                uint64_t hash)
{
    const struct table *t = &s->places;
    size_t at = (size_t)hash & (t->size - 1);
    for (struct slot *slot; (slot = &t->slots[at])->entry != NULL;
         at = (at + 1) & (t->size - 1))
        if (slot->hash == hash &&
            is_same_ip(&((const struct place *)slot->entry)->address.ip, ip))
            break;
    return &t->slots[at];
}

/* The same for the key of a source. */
static struct slot *
find_group_slot(const struct analysis_sources *s, struct sceau_slice key, uint64_t hash)
{
    const struct table *t = &s->groups;
    size_t at = (size_t)hash & (t->size - 1);
    for (struct slot *slot; (slot = &t->slots[at])->entry != NULL;
         at = (at + 1) & (t->size - 1))
        if (slot->hash == hash &&
            slice_eq(((const struct group *)slot->entry)->source.key, key))
            break;
    return &t->slots[at];
}

static void
fill_slot(struct table *t, struct slot *slot, void *entry, uint64_t hash)
{
    *slot = (struct slot){entry, hash};
    t->used++;
}

static bool
has_room(struct analysis_sources *s, struct table *t)
{
    if (t->used * 2 < t->size)
        return true;
    struct table larger = {.size = t->size > 0 ? t->size * 2 : 64, .used = t->used};
    larger.slots =
        sceau_arena_alloc(s->question.arena, larger.size * sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < t->size; i++) {
        size_t at = (size_t)t->slots[i].hash & (larger.size - 1);
        if (t->slots[i].entry == NULL)
            continue;
        while (larger.slots[at].entry != NULL)
            at = (at + 1) & (larger.size - 1);
        larger.slots[at] = t->slots[i];
    }
    *t = larger;
    return true;
}

/* ---- which source an address belongs to ---- */

const struct analysis_own *
analysis_own_find(const struct analysis_ours *ours, const struct sceau_ip *ip,
                  struct sceau_slice domain)
{
    const struct analysis_own *found = NULL;
    for (size_t i = 0; i < ours->address_count; i++) {
        const struct analysis_own *own = &ours->addresses[i];
        bool is_for = own->domain.len == 0 || domain.len == 0 ||
                      domain_is_within(domain, own->domain) ||
                      domain_is_within(own->domain, domain);
        if (is_for && ip_in_network(ip, &own->network.address, own->network.prefix) &&
            (found == NULL || (found->name.len == 0 && own->name.len > 0) ||
             (found->is_record && !own->is_record)))
            found = own;
    }
    return found;
}

static void
network_key(struct text *t, const struct sceau_ip *ip)
{
    struct sceau_ip network = *ip;
    char text[SCEAU_IP_TEXT];
    size_t keep = ip->version == 4 ? 3 : 6; /* octets */
    memset(network.octets + keep, 0, sizeof network.octets - keep);
    text_slice(t, (struct sceau_slice){text, sceau_ip_format(&network, text)});
    if (ip->version != 0)
        text_string(t, ip->version == 4 ? "/24" : "/48");
}

static struct sceau_slice
own_key(struct sceau_arena *arena, const struct analysis_own *own,
        const struct analysis_address *a)
{
    char text[SCEAU_IP_TEXT];
    if (own->name.len > 0)
        return own->name;
    if (a->ptr.len > 0)
        return a->ptr;
    size_t len = sceau_ip_format(&a->ip, text);
    return slice_copy(arena, (struct sceau_slice){text, len});
}

static struct sceau_slice
as_text(struct sceau_arena *arena, const struct analysis_address *a, bool with_name)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "AS%lu", (unsigned long)a->asn);
    if (with_name && a->as_name.len > 0) {
        text_octet(&t, ' ');
        text_slice(&t, a->as_name);
    }
    return text_done(&t);
}

/* Who else signs says more than a name that was rented, or that is the domain's own: services
 * give their hosts such names for their customers. It says less than a name of anybody else:
 * who passes mail on passes signatures on with it. */
static bool
is_told_by_signer(const struct analysis_address *a, struct sceau_slice domain)
{
    return a->signer.len > 0 &&
           (a->ptr_domain.len == 0 || analysis_host_is_rented(a->ptr) ||
            (domain.len > 0 && domain_is_within(a->ptr, domain)));
}

static const struct analysis_service *
service_of(const struct analysis_address *a, bool by_signer)
{
    const struct analysis_service *service = analysis_service_of_host(a->ptr);
    if (service == NULL && a->ptr_domain.len == 0)
        service = analysis_service_of_system(a->asn);
    if (service == NULL && by_signer)
        service = analysis_service_of_signer(a->signer);
    return service;
}

/* An address of ours stands for itself: its neighbours are strangers. */
void
analysis_source_name(struct sceau_arena *arena, const struct analysis_address *a,
                     struct sceau_slice domain, const struct analysis_own *own,
                     struct analysis_source *source)
{
    bool by_signer = is_told_by_signer(a, domain);
    const struct analysis_service *service =
        own == NULL ? service_of(a, by_signer) : NULL;
    bool is_named =
        a->ptr_domain.len > 0 && !(by_signer && analysis_host_is_rented(a->ptr));
    if (own != NULL) {
        source->kind = ANALYSIS_SOURCE_OWN;
        source->key = source->name = own_key(arena, own, a);
    } else if (service != NULL) {
        source->kind = ANALYSIS_SOURCE_SERVICE;
        source->key = sceau_slice_from(service->key);
        source->name = sceau_slice_from(service->name);
    } else if (is_named) {
        source->kind = ANALYSIS_SOURCE_NAME;
        source->key = source->name = a->ptr_domain;
    } else if (by_signer) {
        source->kind = ANALYSIS_SOURCE_SIGNER;
        source->key = source->name = a->signer;
    } else if (a->asn != 0) {
        source->kind = ANALYSIS_SOURCE_AS;
        source->key = as_text(arena, a, false);
        source->name = as_text(arena, a, true);
    } else {
        struct text t = text_new(arena, SIZE_MAX);
        network_key(&t, &a->ip);
        source->kind = ANALYSIS_SOURCE_NETWORK;
        source->key = source->name = text_done(&t);
    }
}

static struct group *
group_for(struct analysis_sources *s, const struct analysis_address *a)
{
    struct sceau_arena *arena = s->question.arena;
    const struct analysis_own *own =
        analysis_own_find(s->question.ours, &a->ip, s->question.domain);
    struct analysis_source named = {0};
    analysis_source_name(arena, a, s->question.domain, own, &named);
    if (named.key.ptr == NULL || !has_room(s, &s->groups))
        return NULL;
    uint64_t hash = hash_octets(&s->question.key, named.key);
    struct slot *slot = find_group_slot(s, named.key, hash);
    if (slot->entry == NULL) {
        struct group *g = sceau_arena_alloc(arena, sizeof *g);
        if (g == NULL)
            return NULL;
        g->source = named;
        g->own = own;
        g->source.first_day = INT32_MAX;
        g->source.first_seen = INT32_MAX;
        fill_slot(&s->groups, slot, g, hash);
    }
    return slot->entry;
}

/* A report may name a million addresses. Who forges has no part in the room for those that
 * authenticate. */
static size_t
places_max(const struct analysis_row *row)
{
    return analysis_row_fails(row) ? ANALYSIS_FORGED_MAX : ANALYSIS_ADDRESSES_MAX;
}

static struct place *
new_place(struct analysis_sources *s, struct slot *slot, const struct sceau_ip *ip,
          uint64_t hash)
{
    struct place *p = sceau_arena_alloc(s->question.arena, sizeof *p);
    if (p == NULL)
        return NULL;
    p->address.ip = *ip;
    p->address.first_day = INT32_MAX;
    s->question.describer->describe(s->question.describer, &p->address);
    p->group = group_for(s, &p->address);
    if (p->group == NULL)
        return NULL;
    p->next = p->group->places;
    p->group->places = p;
    fill_slot(&s->places, slot, p, hash);
    return p;
}

/* Over the limit it is that of the address that nobody knows. */
static struct place *
place_for(struct analysis_sources *s, const struct sceau_ip *ip, uint64_t hash,
          size_t limit)
{
    static const struct sceau_ip unknown;
    if (s->last != NULL && is_same_ip(&s->last->address.ip, ip))
        return s->last;
    if (!has_room(s, &s->places))
        return NULL;
    if (hash == 0)
        hash = analysis_ip_hash(&s->question.key, ip);
    struct slot *slot = find_place_slot(s, ip, hash);
    if (slot->entry == NULL && s->places.used >= limit) {
        if (s->unknown != NULL)
            return s->unknown;
        ip = &unknown;
        hash = analysis_ip_hash(&s->question.key, ip);
        slot = find_place_slot(s, ip, hash);
        s->unknown = slot->entry != NULL ? slot->entry : new_place(s, slot, ip, hash);
        return s->unknown;
    }
    return slot->entry != NULL ? slot->entry : new_place(s, slot, ip, hash);
}

/* ---- rows ---- */

struct analysis_sources *
analysis_sources_new(const struct analysis_question *question)
{
    struct analysis_sources *s = sceau_arena_alloc(question->arena, sizeof *s);
    if (s != NULL)
        s->question = *question;
    return s;
}

static void
note_spark(struct group *g, int at, uint64_t count, bool fails)
{
    g->source.spark[at] += count;
    g->source.spark_fails[at] += fails ? count : 0;
}

/* Rows come week by week: the week is as a rule the one that was noted last. */
static bool
note_fails(struct analysis_sources *s, struct group *g,
           const struct analysis_week *week, int n)
{
    struct analysis_fails *f = g->fails;
    if (f == NULL || f->day != week->row.day) {
        if (s->fails_count >= ANALYSIS_FAILS_MAX) {
            s->has_more_fails = true;
            return true;
        }
        f = sceau_arena_alloc(s->question.arena, sizeof *f);
        if (f == NULL)
            return false;
        f->next = g->fails;
        f->day = week->row.day;
        g->source.fails_before = g->fails = f;
        s->fails_count++;
    }
    f->counts[n] += week->counts[n];
    return true;
}

/* Day number n of the week. False when the arena is full. */
static bool
note_day(struct analysis_sources *s, struct group *g, const struct analysis_week *week,
         int n, bool fails)
{
    int ago = s->question.to_day - week->row.day - n;
    int at = ANALYSIS_SPARK_DAYS - 1 - ago;
    uint32_t *largest = at >= 0 ? &g->largest[at] : &g->largest_before;
    uint32_t reports =
        week->reports[n] < UINT32_MAX ? (uint32_t)week->reports[n] : UINT32_MAX;
    if (!(week->row.flags & ANALYSIS_FLAG_SPREAD) && reports > *largest)
        *largest = reports;
    if (*largest == 0)
        *largest = 1;
    if (at < 0)
        return !fails || note_fails(s, g, week, n);
    note_spark(g, at, week->counts[n], fails);
    return true;
}

/* False when the arena is full. */
static bool
note_author(struct sceau_arena *arena, struct group *g, const struct analysis_row *row)
{
    struct sceau_slice *known = &g->source.fail_domain;
    if (row->cause == ANALYSIS_CAUSE_NONE || g->is_mixed ||
        slice_eq(*known, row->domain))
        return true;
    g->is_mixed = known->len > 0;
    *known = g->is_mixed ? SLICE_NONE : slice_copy(arena, row->domain);
    return g->is_mixed || known->ptr != NULL || row->domain.len == 0;
}

/* Those of its days that are asked and have anything: their number and sum. */
static unsigned
choose_days(const struct analysis_question *q, const struct analysis_week *week,
            int days[ANALYSIS_WEEK], uint64_t *count)
{
    unsigned found = 0;
    *count = 0;
    for (int n = 0; n < ANALYSIS_WEEK; n++) {
        int day = week->row.day + n;
        if (day < q->from_day || day > q->to_day ||
            (week->counts[n] == 0 && week->reports[n] == 0))
            continue;
        days[found++] = n;
        *count += week->counts[n];
    }
    return found;
}

bool
analysis_sources_add_week(struct analysis_sources *s, const struct analysis_week *week)
{
    struct analysis_row row = week->row;
    int days[ANALYSIS_WEEK];
    unsigned count = choose_days(&s->question, week, days, &row.count);
    bool fails = analysis_row_fails(&row);
    struct place *p =
        count > 0 ? place_for(s, &row.ip, row.ip_hash, places_max(&row)) : NULL;
    if (p == NULL)
        return count == 0;
    struct analysis_address *a = &p->address;
    s->last = p;
    analysis_counts_add(&a->counts, &row);
    if (row.day + days[0] < a->first_day)
        a->first_day = row.day + days[0];
    if (row.day + days[count - 1] > a->last_day)
        a->last_day = row.day + days[count - 1];
    for (unsigned i = 0; i < count; i++)
        if (!note_day(s, p->group, week, days[i], fails))
            return false;
    return note_author(s->question.arena, p->group, &row);
}

bool
analysis_sources_add(struct analysis_sources *s, const struct analysis_row *row)
{
    struct analysis_week week = {.row = *row, {row->count}, {row->reports}};
    if (row->count == 0 && row->reports == 0)
        week.reports[0] = 1; /* a line that says nothing is one still */
    return analysis_sources_add_week(s, &week);
}

bool
analysis_sources_have_fails(const struct analysis_sources *s)
{
    return !s->has_more_fails;
}

static struct place *
find_place(const struct analysis_sources *s, const struct sceau_ip *ip, uint64_t hash)
{
    if (s->places.size == 0)
        return NULL;
    if (hash == 0)
        hash = analysis_ip_hash(&s->question.key, ip);
    return find_place_slot(s, ip, hash)->entry;
}

bool
analysis_sources_wants(struct analysis_sources *s, const struct analysis_week *week,
                       size_t pending)
{
    int days[ANALYSIS_WEEK];
    uint64_t messages;
    return s->places.used + pending < places_max(&week->row) &&
           choose_days(&s->question, week, days, &messages) > 0 &&
           find_place(s, &week->row.ip, week->row.ip_hash) == NULL;
}

struct analysis_source *
analysis_source_of_ip(struct analysis_sources *s, const struct sceau_ip *ip)
{
    struct place *p = find_place(s, ip, 0);
    return p != NULL ? &p->group->source : NULL;
}

const struct analysis_address *
analysis_address_of_ip(struct analysis_sources *s, const struct sceau_ip *ip)
{
    const struct place *p = find_place(s, ip, 0);
    return p != NULL ? &p->address : NULL;
}

/* ---- the end ---- */

static int
by_size(const void *a, const void *b)
{
    const struct analysis_address *x = a, *y = b;
    if (x->counts.messages != y->counts.messages)
        return x->counts.messages < y->counts.messages ? 1 : -1;
    return memcmp(&x->ip, &y->ip, sizeof x->ip);
}

static int
by_class(const void *a, const void *b)
{
    const struct analysis_source *x = *(struct analysis_source *const *)a,
                                 *y = *(struct analysis_source *const *)b;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    if (x->counts.messages != y->counts.messages)
        return x->counts.messages < y->counts.messages ? 1 : -1;
    size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
    int order = memcmp(x->key.ptr, y->key.ptr, len);
    return order != 0 ? order : (x->key.len > y->key.len) - (x->key.len < y->key.len);
}

static const struct analysis_mark *
mark_for(const struct analysis_question *q, struct sceau_slice key)
{
    const struct analysis_mark *found = NULL;
    for (size_t i = 0; i < q->mark_count; i++) {
        const struct analysis_mark *m = &q->marks[i];
        bool holds = m->until == 0 || m->until > q->now;
        if (holds && slice_eq_ci(m->source, key) &&
            (m->domain.len == 0 || slice_eq_ci(m->domain, q->domain)) &&
            (found == NULL || m->domain.len > 0))
            found = m;
    }
    return found;
}

/* Most sources of a forged domain are one address: that one is not copied. */
static bool
gather_addresses(const struct analysis_question *q, struct group *g)
{
    size_t count = 0, i = 0;
    for (const struct place *p = g->places; p != NULL; p = p->next)
        count++;
    struct analysis_address *list =
        count == 1 ? &g->places->address
                   : sceau_arena_alloc(q->arena, count * sizeof *list);
    if (list == NULL)
        return false;
    for (const struct place *p = g->places; p != NULL; p = p->next) {
        struct analysis_source *s = &g->source;
        const struct analysis_address *a = &p->address;
        if (count > 1)
            list[i++] = *a;
        analysis_counts_join(&s->counts, &a->counts);
        if (a->first_day < s->first_day)
            s->first_day = a->first_day;
        if (a->last_day > s->last_day)
            s->last_day = a->last_day;
        int seen = a->first_seen > 0 ? a->first_seen : a->first_day;
        if (seen < s->first_seen)
            s->first_seen = seen;
    }
    qsort(list, count, sizeof *list, by_size);
    g->source.addresses = list;
    g->source.address_count = count;
    return true;
}

static void
finish(const struct analysis_question *q, struct group *g)
{
    struct analysis_source *s = &g->source;
    s->reports = g->largest_before;
    for (size_t i = 0; i < ANALYSIS_SPARK_DAYS; i++) {
        s->reports += g->largest[i];
        if (s->spark[i] > 0 && s->spark_fails[i] * 2 > s->spark[i])
            s->days_failing++;
        else if (s->spark[i] > 0)
            s->days_passing++;
    }
    for (size_t i = 0; i < s->address_count && s->country.len == 0; i++)
        s->country = s->addresses[i].country;
    s->is_new = q->known_since > 0 && q->known_since < q->from_day &&
                s->first_seen >= q->from_day;
    analysis_classify(s, g->own, mark_for(q, s->key));
}

/* A source of some rows is judged by all that it sent. */
static void
take_class(const struct analysis_question *q, struct analysis_source *s,
           struct analysis_sources *whole)
{
    const struct analysis_source *all =
        analysis_source_of_ip(whole, &s->addresses[0].ip);
    if (all == NULL)
        return;
    s->class = all->class;
    s->rule = all->rule;
    memcpy(s->rule_numbers, all->rule_numbers, sizeof s->rule_numbers);
    s->note = all->note;
    s->author = all->author;
    if (all->first_seen < s->first_seen)
        s->first_seen = all->first_seen;
    s->is_new = q->known_since > 0 && q->known_since < q->from_day &&
                s->first_seen >= q->from_day;
    s->reports = all->reports;
}

struct analysis_source *const *
analysis_sources_done_as(struct analysis_sources *s, struct analysis_sources *whole,
                         size_t *count)
{
    size_t found = 0;
    *count = 0;
    struct analysis_source **list =
        sceau_arena_alloc(s->question.arena, (s->groups.used + 1) * sizeof *list);
    for (size_t i = 0; list != NULL && i < s->groups.size; i++) {
        struct group *g = s->groups.slots[i].entry;
        if (g == NULL)
            continue;
        if (!gather_addresses(&s->question, g))
            return NULL;
        finish(&s->question, g);
        if (whole != NULL)
            take_class(&s->question, &g->source, whole);
        list[found++] = &g->source;
    }
    if (list == NULL)
        return NULL;
    qsort(list, found, sizeof *list, by_class);
    *count = found;
    return list;
}

struct analysis_source *const *
analysis_sources_done(struct analysis_sources *s, size_t *count)
{
    return analysis_sources_done_as(s, NULL, count);
}
