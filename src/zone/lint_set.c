/* Rules about records of one name and type: twice the same, nearly the same, TTLs that
 * differ. */
#include "changes.h"
#include "linter.h"

enum {
    COMPARED_MAX = 100 /* of one set; a set of thousands is no mail record */
};

/* One octet of the joined strings of a text; -1 behind the last. */
struct reader {
    struct sceau_slice rdata;
    size_t left; /* of the string at hand */
};

static int
next_octet(struct reader *r)
{
    while (r->left == 0) {
        if (r->rdata.len == 0)
            return -1;
        r->left = (unsigned char)r->rdata.ptr[0];
        r->rdata = slice_skip(r->rdata, 1);
    }
    int octet = (unsigned char)r->rdata.ptr[0];
    r->rdata = slice_skip(r->rdata, 1);
    r->left--;
    return octet;
}

static bool
is_same_text(struct sceau_slice a, struct sceau_slice b)
{
    struct reader x = {a, 0}, y = {b, 0};
    int octet;
    do {
        octet = next_octet(&x);
        if (octet != next_octet(&y))
            return false;
    } while (octet >= 0);
    return true;
}

/* The same data but for letter case or, in texts, for where the strings are cut. */
static bool
is_nearly(const struct zone_record *a, const struct zone_record *b)
{
    if (linter_is_text(a))
        return is_same_text(a->rdata, b->rdata);
    return a->type == SCEAU_DNS_MX || a->type == SCEAU_DNS_CNAME ||
                   a->type == SCEAU_DNS_NS || a->type == SCEAU_DNS_PTR
               ? slice_eq_ci(a->rdata, b->rdata)
               : false;
}

static void
check_near(struct linter *l, const struct zone_rrset *set)
{
    size_t count = set->count < COMPARED_MAX ? set->count : COMPARED_MAX;
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (set->records[i]->rdata.ptr == NULL ||
                set->records[k]->rdata.ptr == NULL ||
                !is_nearly(set->records[k], set->records[i]))
                continue;
            linter_add(l, ZONE_FAULT_NEAR_DUPLICATE, set->records[i], NULL)->other =
                set->records[k];
            break;
        }
    }
}

/* The record of the set with this rdata, when it is another. */
static const struct zone_record *
find_equal(const struct zone_rrset *set, const struct zone_record *record)
{
    size_t count = set->count < COMPARED_MAX ? set->count : COMPARED_MAX;
    for (size_t i = 0; i < count && record->rdata.ptr != NULL; i++) {
        if (set->records[i] != record &&
            slice_eq(set->records[i]->rdata, record->rdata))
            return set->records[i];
        if (set->records[i] == record)
            return NULL;
    }
    return NULL;
}

/* The record that is served in the place of this one: it differs in letter case only. */
static const struct zone_record *
find_served(const struct zone_rrset *set, const struct zone_record *record)
{
    const struct zone_record *served = NULL;
    size_t count = set->count < COMPARED_MAX ? set->count : COMPARED_MAX;
    for (size_t i = 0; i < count && record->rdata.ptr != NULL; i++) {
        if (set->records[i] == record)
            return NULL;
        if (!linter_is_text(record) && set->records[i]->rdata.ptr != NULL &&
            is_nearly(set->records[i], record))
            served = set->records[i];
    }
    return served;
}

static void
check_record(struct linter *l, const struct zone_record *record)
{
    const struct zone_rrset *set =
        zone_index_find(l->index, record->owner, record->type);
    if (set == NULL || !linter_is_ours(l, record->owner) ||
        zone_changes_take_back(l->index, l->document, record))
        return;
    const struct zone_record *equal = find_equal(set, record);
    if (equal != NULL) {
        struct zone_finding *finding =
            linter_add(l, ZONE_FAULT_DUPLICATE, record, record->owner_field);
        finding->other = equal;
        finding->written = zone_record_text(record);
        return;
    }
    const struct zone_record *served = find_served(set, record);
    if (served != NULL) {
        linter_add(l, ZONE_FAULT_NEAR_DUPLICATE, served, NULL)->other = record;
        return;
    }
    if (l->document->is_script || record->ttl == set->ttl ||
        record->ttl_source == ZONE_TTL_MISSING)
        return;
    struct zone_finding *finding =
        linter_add(l, ZONE_FAULT_TTL_DIFFERS, record, record->ttl_field);
    finding->other = set->records[set->records[0] == record ? set->count - 1 : 0];
    finding->written = linter_format(l, "%u", record->ttl);
    finding->meant = linter_format(l, "%u", set->ttl);
    finding->line = linter_replace(l, record, record->ttl_field, finding->meant);
}

void
lint_sets(struct linter *l)
{
    for (size_t i = 0; i < l->document->record_count; i++)
        check_record(l, &l->document->records[i]);
    for (size_t i = 0; i < l->index->count; i++) {
        if (linter_is_ours(l, l->index->sets[i].owner))
            check_near(l, &l->index->sets[i]);
    }
}
