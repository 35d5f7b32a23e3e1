/* The plan: which records go, which are changed where they stand, where new ones go; then
 * the proof that the new text says that and nothing else. */
#include "edit.h"

#include "core/date.h"
#include "dns/rdata.h"
#include "editor.h"
#include "index.h"

#include <stdio.h>

enum {
    TYPE_RRSIG = 46,
    TYPE_NSEC = 47,
};

enum sceau_status
editor_refuse(struct editor *e, const struct zone_record *record, const char *problem)
{
    struct zone_place place = zone_record_place(record);
    e->edit->file = place.file;
    e->edit->line = place.line;
    e->edit->column = place.column;
    e->edit->problem = problem;
    return SCEAU_E_SYNTAX;
}

/* ---- serials ---- */

static bool
is_date(uint32_t number)
{
    char text[16];
    int64_t seconds;
    snprintf(text, sizeof text, "%04u-%02u-%02u", number / 10000, number / 100 % 100,
             number % 100);
    return number >= 19800101 && number <= 21991231 &&
           date_parse(sceau_slice_from(text), &seconds);
}

uint32_t
zone_serial_after(uint32_t serial, uint32_t today)
{
    uint32_t first = today * 100 + 1;
    if (is_date(serial / 100) && first > serial)
        return first;
    return serial == UINT32_MAX ? 1 : serial + 1;
}

/* ---- what says the same ---- */

/* The octets of the strings, joined. */
static size_t
join(struct sceau_slice rdata, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < rdata.len; i += 1 + (size_t)(unsigned char)rdata.ptr[i]) {
        size_t part = (unsigned char)rdata.ptr[i];
        memcpy(out + len, rdata.ptr + i + 1, part);
        len += part;
    }
    return len;
}

bool
zone_data_is_same(uint16_t type, struct sceau_slice a, struct sceau_slice b)
{
    char left[DNS_RDATA_MAX], right[DNS_RDATA_MAX];
    if (type != SCEAU_DNS_TXT)
        return zone_rdata_is_same(type, a, b);
    size_t len = join(a, left);
    return len == join(b, right) && memcmp(left, right, len) == 0;
}

bool
zone_claims_hold(const struct zone_claim *claims, size_t count,
                 struct sceau_slice owner, uint16_t type, struct sceau_slice rdata)
{
    for (size_t i = 0; i < count; i++) {
        char text[DNS_RDATA_MAX];
        if (claims[i].type != type || !dns_name_equal(claims[i].owner, owner))
            continue;
        if (claims[i].prefix.len == 0)
            return true;
        struct sceau_slice said = {text, join(rdata, text)};
        if (type == SCEAU_DNS_TXT && slice_starts_ci(said, claims[i].prefix))
            return true;
    }
    return false;
}

/* ---- what cannot be edited ---- */

static enum sceau_status
find_soa(struct editor *e)
{
    const struct zone_document *d = e->document;
    e->soa = EDIT_NONE;
    for (size_t i = 0; i < d->record_count; i++) {
        const struct zone_record *record = &d->records[i];
        if (record->type == TYPE_RRSIG || record->type == TYPE_NSEC)
            return editor_refuse(e, record,
                                 N_("this zone file is signed: edit the one that it is "
                                    "signed from"));
        if (record->type == SCEAU_DNS_SOA && dns_name_equal(record->owner, e->origin) &&
            e->soa == EDIT_NONE)
            e->soa = i;
    }
    if (e->soa == EDIT_NONE) {
        e->edit->file = e->file->name;
        e->edit->line = e->edit->column = 1;
        e->edit->problem =
            N_("the zone has no SOA record, so its serial cannot be raised");
        return SCEAU_E_SYNTAX;
    }
    const struct zone_record *soa = &d->records[e->soa];
    if (soa->file != e->file || soa->is_generated)
        return editor_refuse(
            e, soa,
            N_("the SOA record stands in an included file: sceau edits "
               "the zone's own file alone"));
    return SCEAU_OK;
}

/* A text with an error is not understood, and not touched. */
static enum sceau_status
refuse_errors(struct editor *e)
{
    const struct zone_document *d = e->document;
    if (d->is_script) {
        e->edit->file = e->file->name;
        e->edit->line = e->edit->column = 1;
        e->edit->problem = N_("this is a script of nsupdate, no zone file");
        return SCEAU_E_SYNTAX;
    }
    if (d->error_count == 0)
        return SCEAU_OK;
    e->edit->file = d->errors[0].file->name;
    e->edit->line = d->errors[0].line;
    e->edit->column = d->errors[0].column;
    e->edit->problem = d->errors[0].problem;
    e->edit->is_expected = d->errors[0].is_expected;
    return SCEAU_E_SYNTAX;
}

/* ---- fates ---- */

/* The wanted record of that owner, type and data; EDIT_NONE when there is none. */
static size_t
find_wanted(const struct editor *e, const struct zone_record *record)
{
    for (size_t i = 0; i < e->wish->wanted_count; i++) {
        const struct zone_wanted *wanted = &e->wish->wanted[i];
        if (wanted->type == record->type &&
            dns_name_equal(wanted->owner, record->owner) &&
            zone_data_is_same(record->type, wanted->rdata, record->rdata))
            return i;
    }
    return EDIT_NONE;
}

/* A wanted record that is not there, of the same owner and type. */
static size_t
find_missing(const struct editor *e, const struct zone_record *record)
{
    for (size_t i = 0; i < e->wish->wanted_count; i++) {
        const struct zone_wanted *wanted = &e->wish->wanted[i];
        if (!e->is_there[i] && wanted->type == record->type &&
            dns_name_equal(wanted->owner, record->owner))
            return i;
    }
    return EDIT_NONE;
}

static bool
is_claimed(const struct editor *e, const struct zone_record *record)
{
    return zone_claims_hold(e->wish->claims, e->wish->claim_count, record->owner,
                            record->type, record->rdata);
}

/* What is there already, and what has to go. */
static enum sceau_status
settle_fates(struct editor *e)
{
    const struct zone_document *d = e->document;
    for (size_t i = 0; i < d->record_count; i++) {
        size_t wanted = find_wanted(e, &d->records[i]);
        if (wanted != EDIT_NONE)
            e->is_there[wanted] = true;
        else
            e->fates[i].is_removed = is_claimed(e, &d->records[i]);
    }
    for (size_t i = 0; i < d->record_count; i++) {
        const struct zone_record *record = &d->records[i];
        if (!e->fates[i].is_removed)
            continue;
        if (record->file != e->file)
            return editor_refuse(
                e, record,
                N_("this record has to change and stands in an included "
                   "file: change it there"));
        if (record->is_generated)
            return editor_refuse(e, record,
                                 N_("this record has to change and $GENERATE makes it: "
                                    "write the records out"));
        size_t missing = find_missing(e, record);
        e->fates[i].becomes = missing;
        e->fates[i].is_removed = missing == EDIT_NONE;
        if (missing != EDIT_NONE)
            e->is_there[missing] = true;
    }
    return SCEAU_OK;
}

/* Nothing stands beside an alias, nothing of ours below a delegation (RFC 1034 sections
 * 3.6.2 and 4.2.1). */
static enum sceau_status
refuse_conflicts(struct editor *e)
{
    const struct zone_document *d = e->document;
    for (size_t i = 0; i < d->record_count; i++) {
        const struct zone_record *record = &d->records[i];
        bool is_alias = record->type == SCEAU_DNS_CNAME;
        bool is_cut =
            record->type == SCEAU_DNS_NS && !dns_name_equal(record->owner, e->origin);
        if (e->fates[i].is_removed)
            continue;
        for (size_t k = 0; k < e->wish->wanted_count; k++) {
            const struct zone_wanted *wanted = &e->wish->wanted[k];
            if (is_cut && zone_name_is_within(wanted->owner, record->owner))
                return editor_refuse(e, record,
                                     N_("the zone delegates this name: a record of the "
                                        "description lies below and belongs into the "
                                        "zone of that name"));
            if (!dns_name_equal(wanted->owner, record->owner) ||
                record->type == wanted->type)
                continue;
            if (is_alias)
                return editor_refuse(
                    e, record,
                    N_("this name is an alias, and the description has "
                       "other records for it: remove one of the two"));
            if (wanted->type == SCEAU_DNS_CNAME)
                return editor_refuse(
                    e, record,
                    N_("the description makes this name an alias, and "
                       "nothing may stand beside an alias: remove this "
                       "record, or take the name out of aliases"));
        }
    }
    return SCEAU_OK;
}

/* ---- places of new records ---- */

static bool
is_label(struct sceau_slice name, const char *label)
{
    size_t len = strlen(label);
    for (; name.len > 1; name = slice_skip(name, 1 + (size_t)name.ptr[0])) {
        if ((size_t)name.ptr[0] == len &&
            slice_eq_ci(slice_sub(name, 1, len), sceau_slice_from(label)))
            return true;
    }
    return false;
}

/* How near a record is to a new one in kind: 3 the same set, 2 the same kind of record at
 * another name, 0 none. */
static unsigned
nearness(const struct zone_wanted *wanted, const struct zone_record *record)
{
    static const char *const labels[] = {"_domainkey", "_report", "_dmarc"};
    bool is_host = record->type == SCEAU_DNS_A || record->type == SCEAU_DNS_AAAA ||
                   record->type == SCEAU_DNS_CNAME;
    bool is_host_wanted = wanted->type == SCEAU_DNS_A ||
                          wanted->type == SCEAU_DNS_AAAA ||
                          wanted->type == SCEAU_DNS_CNAME;
    bool is_same_name = dns_name_equal(wanted->owner, record->owner);
    if (is_host && is_host_wanted)
        return is_same_name ? 3 : 0;
    if (wanted->type != record->type)
        return 0;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        bool has_label = is_label(wanted->owner, labels[i]);
        if (has_label != is_label(record->owner, labels[i]))
            return 0;
        if (has_label)
            return is_same_name ? 3 : 2;
    }
    if (wanted->type == SCEAU_DNS_TXT &&
        (record->rdata.len < 7 ||
         !slice_starts_ci(slice_skip(record->rdata, 1), SCEAU_SLICE("v=spf1"))))
        return 0;
    return is_same_name ? 3 : 2;
}

/* The record that a new one goes behind: the last of the nearest, and then on to the last
 * one that takes its owner from it. EDIT_NONE: the end of the file. */
static size_t
find_anchor(const struct editor *e, const struct zone_wanted *wanted)
{
    const struct zone_document *d = e->document;
    size_t best = EDIT_NONE;
    unsigned best_nearness = 1;
    for (size_t i = 0; i < d->record_count; i++) {
        const struct zone_record *record = &d->records[i];
        unsigned near = record->file == e->file && !record->is_generated
                            ? nearness(wanted, record)
                            : 0;
        if (near < best_nearness || near == 0)
            continue;
        best = i;
        best_nearness = near;
    }
    while (best != EDIT_NONE && best + 1 < d->record_count &&
           d->records[best + 1].file == e->file && !d->records[best + 1].is_generated &&
           d->records[best + 1].owner_field == NULL)
        best++;
    return best;
}

/* Hang a new record at the end of a list. */
static void
append(struct editor *e, size_t *list, size_t wanted)
{
    while (*list != EDIT_NONE)
        list = &e->next_new[*list];
    *list = wanted;
}

static void
place_new(struct editor *e)
{
    for (size_t i = 0; i < e->wish->wanted_count; i++) {
        if (e->is_there[i])
            continue;
        size_t anchor = find_anchor(e, &e->wish->wanted[i]);
        append(e, anchor == EDIT_NONE ? &e->end_new : &e->fates[anchor].first_new, i);
        e->edit->added++;
    }
    for (size_t i = 0; i < e->document->record_count; i++) {
        e->edit->removed += e->fates[i].is_removed;
        e->edit->changed += e->fates[i].becomes != EDIT_NONE;
    }
}

bool
editor_ttl(const struct editor *e, const struct zone_wanted *wanted, uint32_t *ttl)
{
    const struct zone_document *d = e->document;
    for (size_t i = 0; i < d->record_count; i++) {
        if (d->records[i].type == wanted->type &&
            dns_name_equal(d->records[i].owner, wanted->owner)) {
            *ttl = d->records[i].set_ttl; /* RFC 2181 section 5.2 */
            return true;
        }
    }
    *ttl = wanted->has_ttl ? wanted->ttl : 3600;
    return wanted->has_ttl || !d->has_default_ttl;
}

/* ---- the proof ---- */

/* What a record of the new text has to be. */
struct expected {
    const struct zone_record *old;    /* kept, or changed to: */
    const struct zone_wanted *wanted; /* NULL: kept as it is */
    size_t index;                     /* of the old one */
};

static void
expect_new(const struct editor *e, size_t list, struct expected *out, size_t *count)
{
    for (; list != EDIT_NONE; list = e->next_new[list])
        out[(*count)++] = (struct expected){NULL, &e->wish->wanted[list], EDIT_NONE};
}

static size_t
expect_all(const struct editor *e, struct expected *out)
{
    const struct zone_document *d = e->document;
    size_t count = 0;
    for (size_t i = 0; i < d->record_count; i++) {
        const struct edit_fate *fate = &e->fates[i];
        if (!fate->is_removed)
            out[count++] = (struct expected){&d->records[i],
                                             fate->becomes == EDIT_NONE
                                                 ? NULL
                                                 : &e->wish->wanted[fate->becomes],
                                             i};
        expect_new(e, fate->first_new, out, &count);
    }
    expect_new(e, e->end_new, out, &count);
    return count;
}

/* The SOA with another serial in place. */
static bool
is_soa_raised(struct sceau_slice old, struct sceau_slice new)
{
    size_t tail = 16; /* four numbers behind the serial */
    return old.len == new.len &&old.len > tail + 4 &&
           slice_eq(slice_sub(old, 0, old.len - tail - 4),
                    slice_sub(new, 0, new.len - tail - 4)) &&
           slice_eq(slice_skip(old, old.len - tail), slice_skip(new, new.len - tail));
}

static bool
is_data_expected(const struct editor *e, const struct expected *want,
                 const struct zone_record *got)
{
    if (want->wanted != NULL)
        return zone_data_is_same(got->type, want->wanted->rdata, got->rdata);
    if (want->index == e->soa)
        return is_soa_raised(want->old->rdata, got->rdata);
    return slice_eq(want->old->rdata, got->rdata);
}

enum proof {
    PROOF_GOOD,
    PROOF_TTL, /* a kept record would inherit another TTL: its fate says so now */
    PROOF_BAD,
};

static enum proof
compare(struct editor *e, const struct zone_document *new)
{
    size_t most = e->document->record_count + e->wish->wanted_count + 1;
    struct expected *want = sceau_arena_alloc(e->arena, most * sizeof *want);
    e->is_full |= want == NULL;
    if (want == NULL)
        return PROOF_BAD;
    size_t count = expect_all(e, want);
    if (new->error_count > 0 || new->record_count != count)
        return PROOF_BAD;
    for (size_t i = 0; i < count; i++) {
        const struct zone_record *got = &new->records[i], *old = want[i].old;
        struct sceau_slice owner = old != NULL ? old->owner : want[i].wanted->owner;
        uint16_t type = old != NULL ? old->type : want[i].wanted->type;
        if (got->type != type || !dns_name_equal(got->owner, owner) ||
            !is_data_expected(e, &want[i], got))
            return PROOF_BAD;
        if (old == NULL || got->ttl == old->ttl)
            continue;
        struct edit_fate *fate = &e->fates[want[i].index];
        if (old->ttl_field != NULL || old->file != e->file || old->is_generated ||
            fate->needs_ttl)
            return PROOF_BAD;
        fate->needs_ttl = true; /* those behind it may inherit the right one again */
        return PROOF_TTL;
    }
    return PROOF_GOOD;
}

/* Write it, read it, look at it; again when a TTL has to be said that was inherited. */
static enum sceau_status
write_and_prove(struct editor *e, const struct dns_name *origin,
                struct zone_loader *loader)
{
    enum proof proof = PROOF_TTL;
    while (proof == PROOF_TTL) {
        struct zone_document *new = sceau_arena_alloc(e->arena, sizeof *new);
        e->splice_count = 0;
        editor_splice(e);
        e->edit->text = editor_apply(e);
        if (new == NULL || e->is_full || e->edit->text.ptr == NULL)
            return SCEAU_E_LIMIT;
        enum sceau_status status =
            zone_document_read(e->arena, e->file->name, e->edit->text, origin, loader,
                               new);
        if (status != SCEAU_OK)
            return status;
        proof = compare(e, new);
    }
    if (e->is_full)
        return SCEAU_E_LIMIT;
    if (proof == PROOF_BAD)
        return editor_refuse(e, &e->document->records[e->soa],
                             N_("the layout of this file is not understood well enough "
                                "to change it: nothing was written"));
    e->edit->splices = e->splices;
    e->edit->splice_count = e->splice_count;
    return SCEAU_OK;
}

static bool
prepare(struct editor *e)
{
    size_t records = e->document->record_count, wanted = e->wish->wanted_count;
    e->fates = sceau_arena_alloc(e->arena, (records + 1) * sizeof *e->fates);
    e->is_there = sceau_arena_alloc(e->arena, wanted + 1);
    e->next_new = sceau_arena_alloc(e->arena, (wanted + 1) * sizeof *e->next_new);
    if (e->fates == NULL || e->is_there == NULL || e->next_new == NULL)
        return false;
    for (size_t i = 0; i < records; i++)
        e->fates[i].becomes = e->fates[i].first_new = EDIT_NONE;
    for (size_t i = 0; i < wanted; i++)
        e->next_new[i] = EDIT_NONE;
    e->end_new = EDIT_NONE;
    return true;
}

static void
set_serials(struct editor *e)
{
    struct sceau_slice rdata = e->document->records[e->soa].rdata;
    const unsigned char *at = (const unsigned char *)rdata.ptr + rdata.len - 20;
    e->edit->old_serial =
        (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    e->edit->new_serial = zone_serial_after(e->edit->old_serial, e->wish->today);
}

enum sceau_status
zone_edit_make(struct sceau_arena *arena, const struct zone_document *document,
               const struct dns_name *origin, struct zone_loader *loader,
               const struct zone_wish *wish, struct zone_edit *edit)
{
    *edit = (struct zone_edit){.text = document->files[0]->text};
    struct editor e = {.arena = arena,
                       .document = document,
                       .file = document->files[0],
                       .origin = dns_name_slice(origin),
                       .wish = wish,
                       .edit = edit};
    if (!prepare(&e))
        return SCEAU_E_LIMIT;
    enum sceau_status status = refuse_errors(&e);
    if (status == SCEAU_OK)
        status = find_soa(&e);
    if (status == SCEAU_OK)
        status = settle_fates(&e);
    if (status == SCEAU_OK)
        status = refuse_conflicts(&e);
    if (status != SCEAU_OK)
        return status;
    place_new(&e);
    set_serials(&e);
    if (edit->added + edit->changed + edit->removed == 0) {
        edit->new_serial = edit->old_serial;
        return SCEAU_OK;
    }
    status = write_and_prove(&e, origin, loader);
    if (status != SCEAU_OK)
        edit->text = document->files[0]->text;
    return status;
}
