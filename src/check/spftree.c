/* The tree is read breadth first: records wait in the order they were found, so that there
 * is no recursion however deep includes go, and sums are drawn from the last to the first. */
#include "spftree.h"

#include "core/domain.h"
#include "spf/macro.h"

struct reader {
    struct sceau_context *context;
    struct spftree *tree;
    struct spftree_record **last_next;
    bool is_full; /* the arena is */
};

static void *
reader_alloc(struct reader *r, size_t size)
{
    void *memory = r->is_full ? NULL : sceau_arena_alloc(r->context->arena, size);
    r->is_full |= memory == NULL;
    return memory;
}

/* Put a question. False: it gave nothing to work with. */
static bool
ask(struct reader *r, struct sceau_slice name, uint16_t type,
    struct sceau_dns_answer *answer)
{
    *answer = (struct sceau_dns_answer){.status = SCEAU_DNS_LIMIT};
    if (r->tree->questions == SPFTREE_QUESTIONS_MAX) {
        r->tree->is_cut = true;
        return false;
    }
    r->tree->questions++;
    sceau_dns_lookup(r->context, name, type, answer);
    r->tree->has_trouble |= sceau_dns_is_trouble(answer->status);
    return answer->status == SCEAU_DNS_OK;
}

/* ---- a record ---------------------------------------------------------------------- */

/* A new record at the end of the queue. */
static struct spftree_record *
add_record(struct reader *r, struct sceau_slice domain, struct spftree_record *parent,
           const struct spftree_term *by)
{
    struct spftree_record *record = reader_alloc(r, sizeof *record);
    if (record == NULL)
        return NULL;
    record->domain = domain;
    record->parent = parent;
    record->by = by;
    record->depth = parent == NULL ? 0 : parent->depth + 1;
    *r->last_next = record;
    r->last_next = &record->next;
    r->tree->record_count++;
    return record;
}

static void
parse_record(struct reader *r, struct spftree_record *record)
{
    enum sceau_status status = spf_record_parse(r->context->arena, record->text,
                                                &record->parsed, &record->diag);
    if (status == SCEAU_E_SYNTAX) {
        record->state = SPFTREE_SYNTAX;
        return;
    }
    size_t size = status == SCEAU_OK ? record->parsed->count + 1 : 0;
    record->terms = reader_alloc(r, size * sizeof *record->terms);
    r->is_full |= status != SCEAU_OK;
    if (r->is_full)
        record->state = SPFTREE_CUT;
}

/* RFC 7208 sections 4.4 and 4.5. */
static void
fetch_record(struct reader *r, struct spftree_record *record)
{
    struct sceau_dns_answer answer;
    size_t found = 0;
    ask(r, record->domain, SCEAU_DNS_TXT, &answer);
    record->status = answer.status;
    for (size_t i = 0; i < answer.count; i++) {
        if (!spf_record_has_version(answer.rrs[i].text) || found++ > 0)
            continue;
        record->text = answer.rrs[i].text;
        record->ttl = answer.rrs[i].ttl;
    }
    if (sceau_dns_is_trouble(answer.status))
        record->state = r->tree->is_cut ? SPFTREE_CUT : SPFTREE_TROUBLE;
    else if (found == 0)
        record->state = SPFTREE_ABSENT;
    else if (found > 1)
        record->state = SPFTREE_MULTIPLE;
    else
        parse_record(r, record);
}

static bool
stands_above(const struct spftree_record *record, struct sceau_slice domain)
{
    for (; record != NULL; record = record->parent) {
        if (slice_eq_ci(record->domain, domain))
            return true;
    }
    return false;
}

/* ---- a term ------------------------------------------------------------------------ */

/* The name a term asks for, when the record alone says it (section 4.8). */
static void
find_target(struct reader *r, const struct spftree_record *record,
            struct spftree_term *t)
{
    static const char message_letters[] = "slohipcvrt";
    struct sceau_slice spec = t->term->argument;
    for (const char *letter = message_letters; *letter != '\0'; letter++)
        t->depends_on_message |= spf_macro_uses(spec, *letter);
    if (t->depends_on_message) {
        r->tree->depends_on_message = true;
        return;
    }
    struct spf_macro_values values = {.domain = record->domain};
    t->target = spec.len == 0
                    ? record->domain
                    : spf_domain_spec_expand(r->context->arena, spec, &values);
    if (t->target.len > 0 && t->target.ptr[t->target.len - 1] == '.')
        t->target.len--;
}

static void
keep_addresses(struct spftree_term *t, const struct sceau_dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (t->address_count == SPFTREE_ADDRESSES_MAX)
            t->is_cut = true;
        else
            t->addresses[t->address_count++] = answer->rrs[i].address;
    }
}

/* A and AAAA of one host. */
static void
read_host(struct reader *r, struct spftree_term *t, struct sceau_slice host)
{
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA};
    struct sceau_dns_answer answer;
    if (t->addresses == NULL)
        t->addresses = reader_alloc(r, SPFTREE_ADDRESSES_MAX * sizeof *t->addresses);
    for (size_t i = 0; i < 2 && t->addresses != NULL; i++) {
        ask(r, host, types[i], &answer);
        if (t->address_count == 0)
            t->status = answer.status;
        t->has_trouble |= sceau_dns_is_trouble(answer.status);
        keep_addresses(t, &answer);
    }
}

/* Section 5.4; the "." of a null MX is no host. */
static void
read_mx(struct reader *r, struct spftree_term *t)
{
    struct sceau_dns_answer hosts;
    ask(r, t->target, SCEAU_DNS_MX, &hosts);
    t->status = hosts.status;
    t->has_trouble = sceau_dns_is_trouble(hosts.status);
    t->host_count = hosts.count;
    for (size_t i = 0; i < hosts.count && i < SCEAU_SPF_NAMES_MAX; i++) {
        if (!slice_eq(hosts.rrs[i].name, SCEAU_SLICE(".")))
            read_host(r, t, hosts.rrs[i].name);
    }
}

/* Section 5.7: always an A record. */
static void
read_exists(struct reader *r, struct spftree_term *t)
{
    struct sceau_dns_answer answer;
    ask(r, t->target, SCEAU_DNS_A, &answer);
    t->status = answer.status;
    t->has_trouble = sceau_dns_is_trouble(answer.status);
    t->is_void = !t->has_trouble && answer.count == 0;
}

/* An include or redirect: its record waits for its turn. */
static void
follow(struct reader *r, struct spftree_record *record, struct spftree_term *t)
{
    t->record = add_record(r, t->target, record, t);
    if (t->record == NULL)
        return;
    if (t->depends_on_message)
        t->record->state = SPFTREE_MESSAGE;
    else if (stands_above(record, t->target))
        t->record->state = SPFTREE_LOOP;
    else if (r->tree->record_count > SPFTREE_RECORDS_MAX) {
        t->record->state = SPFTREE_CUT;
        r->tree->is_cut = true;
    } else
        fetch_record(r, t->record);
    t->is_void = t->record->status == SCEAU_DNS_NXDOMAIN ||
                 t->record->status == SCEAU_DNS_NODATA;
}

static void
read_term(struct reader *r, struct spftree_record *record, struct spftree_term *t)
{
    enum spf_term_kind kind = t->term->kind;
    const struct spf_record *parsed = record->parsed;
    t->is_unreached =
        parsed->all != NULL && (kind == SPF_REDIRECT ||
                                (!spf_term_is_modifier(kind) && t->term > parsed->all));
    if (t->is_unreached || !spf_term_costs_lookup(kind))
        return;
    find_target(r, record, t);
    if (kind == SPF_INCLUDE || kind == SPF_REDIRECT)
        follow(r, record, t);
    else if (t->depends_on_message || kind == SPF_PTR)
        return;
    else if (kind == SPF_EXISTS)
        read_exists(r, t);
    else if (kind == SPF_MX)
        read_mx(r, t);
    else
        read_host(r, t, t->target);
    if (kind == SPF_A || kind == SPF_MX)
        t->is_void = t->address_count == 0 && !t->has_trouble && !r->tree->is_cut;
}

static void
read_terms(struct reader *r, struct spftree_record *record)
{
    for (size_t i = 0; i < record->parsed->count && !r->is_full; i++) {
        record->terms[i].term = &record->parsed->terms[i];
        read_term(r, record, &record->terms[i]);
    }
}

/* ---- the tree ---------------------------------------------------------------------- */

/* Does what passes this term stand in the tree, address by address? */
static bool
is_plain_term(const struct spftree_term *t)
{
    switch ((enum spf_term_kind)t->term->kind) {
    case SPF_IP4:
    case SPF_IP6: return true;
    case SPF_A:
    case SPF_MX:
        return !t->depends_on_message && !t->has_trouble && !t->is_cut &&
               t->host_count <= SCEAU_SPF_NAMES_MAX;
    case SPF_INCLUDE:
    case SPF_REDIRECT: return t->record != NULL && t->record->is_plain;
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER: return true;
    case SPF_ALL:
    case SPF_PTR:
    case SPF_EXISTS: break;
    }
    return false;
}

/* A record whose pass is a list of networks: no exclusion comes before one. */
static bool
is_plain_record(const struct spftree_record *record)
{
    bool is_plain = record->state == SPFTREE_OK;
    for (size_t i = 0; is_plain && i < record->parsed->count; i++) {
        const struct spftree_term *t = &record->terms[i];
        bool is_pass = t->term->qualifier == SCEAU_SPF_PASS;
        if (t->is_unreached)
            continue;
        if (t->term->kind == SPF_ALL)
            is_plain = !is_pass;
        else
            is_plain =
                is_plain_term(t) && (is_pass || spf_term_is_modifier(t->term->kind));
    }
    return is_plain;
}

static void
sum_record(struct spftree_record *record)
{
    for (size_t i = 0; record->state == SPFTREE_OK && i < record->parsed->count; i++) {
        struct spftree_term *t = &record->terms[i];
        if (t->is_unreached)
            continue;
        t->is_plain = is_plain_term(t);
        t->cost = spf_term_costs_lookup(t->term->kind);
        t->voids = t->is_void;
        if (t->record != NULL) {
            t->cost += t->record->cost;
            t->voids += t->record->voids;
        }
        record->cost += t->cost;
        record->voids += t->voids;
    }
    record->is_plain = is_plain_record(record);
}

/* A record is found after the one it stands in, so from the last to the first each finds
 * the sums below it drawn. */
static enum sceau_status
sum_tree(struct reader *r)
{
    size_t count = 0;
    struct spftree_record **all = reader_alloc(r, r->tree->record_count * sizeof *all);
    if (all == NULL)
        return SCEAU_E_LIMIT;
    for (struct spftree_record *it = r->tree->root; it != NULL; it = it->next)
        all[count++] = it;
    while (count > 0)
        sum_record(all[--count]);
    return SCEAU_OK;
}

static enum sceau_status
read_tree(struct reader *r)
{
    for (struct spftree_record *it = r->tree->root; it != NULL; it = it->next) {
        if (it->state == SPFTREE_OK && !r->is_full)
            read_terms(r, it);
    }
    return r->is_full ? SCEAU_E_LIMIT : sum_tree(r);
}

enum sceau_status
spftree_read(struct sceau_context *context, struct sceau_slice domain,
             struct spftree *tree)
{
    *tree = (struct spftree){.root = NULL};
    struct reader r = {.context = context, .tree = tree, .last_next = &tree->root};
    struct spftree_record *root = add_record(&r, domain, NULL, NULL);
    if (root == NULL)
        return SCEAU_E_LIMIT;
    fetch_record(&r, root);
    return read_tree(&r);
}

enum sceau_status
spftree_read_text(struct sceau_context *context, struct sceau_slice domain,
                  struct sceau_slice text, struct spftree *tree)
{
    *tree = (struct spftree){.root = NULL};
    struct reader r = {.context = context, .tree = tree, .last_next = &tree->root};
    struct spftree_record *root = add_record(&r, domain, NULL, NULL);
    if (root == NULL)
        return SCEAU_E_LIMIT;
    root->text = text;
    if (spf_record_has_version(text))
        parse_record(&r, root);
    else
        root->state = SPFTREE_ABSENT;
    return read_tree(&r);
}

struct spftree_walk
spftree_walk_from(const struct spftree_record *record)
{
    return (struct spftree_walk){.top = record, .record = record};
}

const struct spftree_term *
spftree_walk_next(struct spftree_walk *walk, const struct spftree_record **record)
{
    const struct spftree_record *r = walk->record;
    while (r->state != SPFTREE_OK || walk->next == r->parsed->count) {
        if (r == walk->top)
            return NULL;
        walk->next = (size_t)(r->by - r->parent->terms) + 1;
        walk->record = r = r->parent;
    }
    const struct spftree_term *t = &r->terms[walk->next++];
    *record = r;
    if (t->record != NULL) {
        walk->record = t->record;
        walk->next = 0;
    }
    return t;
}

const struct spftree_term *
spftree_dearest(const struct spftree *tree)
{
    const struct spftree_term *dearest = NULL;
    const struct spftree_record *root = tree->root;
    for (size_t i = 0; root->state == SPFTREE_OK && i < root->parsed->count; i++) {
        const struct spftree_term *t = &root->terms[i];
        if (t->cost > 0 && (dearest == NULL || t->cost > dearest->cost))
            dearest = t;
    }
    return dearest;
}
