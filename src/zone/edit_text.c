/* The splices of an edit: fields replaced where they stand, lines taken out, lines put in,
 * owners and TTLs said where they were inherited from a line that goes. */
#include "dns/rdata.h"
#include "editor.h"
#include "line.h"

#define SERIAL_FIELD 2 /* of the SOA's fields */

static void
add(struct editor *e, size_t at, size_t len, struct sceau_slice text)
{
    e->is_full |= text.ptr == NULL;
    if (e->splice_count == e->splice_capacity) {
        size_t more = e->splice_capacity == 0 ? 64 : 2 * e->splice_capacity;
        struct zone_splice *larger = sceau_arena_alloc(e->arena, more * sizeof *larger);
        e->is_full |= larger == NULL;
        if (larger == NULL)
            return;
        if (e->splice_count > 0)
            memcpy(larger, e->splices, e->splice_count * sizeof *larger);
        e->splices = larger;
        e->splice_capacity = more;
    }
    e->splices[e->splice_count++] = (struct zone_splice){at, len, text};
}

static size_t
offset(const struct editor *e, const char *at)
{
    return (size_t)(at - e->file->text.ptr);
}

/* A field with its quotes. */
static struct sceau_slice
extent(const struct zone_field *field)
{
    if (!field->is_quoted)
        return field->text;
    return (struct sceau_slice){field->text.ptr - 1, field->text.len + 2};
}

static void
replace_field(struct editor *e, const struct zone_field *field, struct sceau_slice text)
{
    struct sceau_slice old = extent(field);
    add(e, offset(e, old.ptr), old.len, text);
}

/* ---- data in place ---- */

#define FIELDS_MAX 300 /* of one record: 64 KiB of strings are 257 */

/* The data as its fields: each a text. Gives how many; 0 when there are too many. */
static size_t
fields_of(struct editor *e, uint16_t type, struct sceau_slice rdata,
          struct sceau_slice *fields)
{
    size_t count = 0;
    struct text t = text_new(e->arena, SIZE_MAX);
    if (type == SCEAU_DNS_TXT || type == SCEAU_DNS_SPF) {
        for (size_t i = 0; i < rdata.len && count < FIELDS_MAX;) {
            size_t len = 1 + (size_t)(unsigned char)rdata.ptr[i];
            t = text_new(e->arena, SIZE_MAX);
            dns_rdata_present(&t, SCEAU_DNS_TXT, slice_sub(rdata, i, len));
            fields[count++] = text_done(&t);
            i += len;
        }
        return count;
    }
    dns_rdata_present(&t, type, rdata);
    struct sceau_slice rest = text_done(&t), part;
    e->is_full |= rest.ptr == NULL;
    while (rest.ptr != NULL && count < FIELDS_MAX && slice_next(&rest, ' ', &part))
        fields[count++] = part;
    return count;
}

/* Only fields that say something else are replaced. When there are fewer or more, the first
 * one takes all the text and the others go, with what stands between them and the field
 * before when that is only blanks. */
static void
change_data(struct editor *e, const struct zone_record *record,
            const struct zone_wanted *wanted)
{
    struct sceau_slice old[FIELDS_MAX], new[FIELDS_MAX];
    size_t old_count = fields_of(e, record->type, record->rdata, old);
    size_t new_count = fields_of(e, wanted->type, wanted->rdata, new);
    if (old_count == new_count && old_count == record->data_count) {
        for (size_t i = 0; i < new_count; i++) {
            if (!slice_eq(old[i], new[i]))
                replace_field(e, &record->data[i], new[i]);
        }
        return;
    }
    struct text t = text_new(e->arena, SIZE_MAX);
    for (size_t i = 0; i < new_count; i++) {
        text_string(&t, i > 0 ? " " : "");
        text_slice(&t, new[i]);
    }
    replace_field(e, &record->data[0], text_done(&t));
    for (size_t i = 1; i < record->data_count; i++) {
        struct sceau_slice field = extent(&record->data[i]);
        struct sceau_slice before = extent(&record->data[i - 1]);
        const char *end = before.ptr + before.len, *start = field.ptr;
        while (start > end && ascii_is_wsp(start[-1]))
            start--;
        if (start > end)
            start = field.ptr; /* a line end or a comment stands between */
        add(e, offset(e, start), (size_t)(field.ptr + field.len - start),
            SCEAU_SLICE(""));
    }
}

static void
raise_serial(struct editor *e, const struct zone_record *soa)
{
    struct text t = text_new(e->arena, SIZE_MAX);
    text_format(&t, "%u", e->edit->new_serial);
    replace_field(e, &soa->data[SERIAL_FIELD], text_done(&t));
}

/* ---- what is inherited ---- */

/* In front of the entry: blanks there make room, one stays. */
static void
say_owner(struct editor *e, const struct zone_record *record)
{
    struct text t = text_new(e->arena, SIZE_MAX);
    struct sceau_slice line = record->entry->text;
    size_t blanks = 0;
    zone_line_owner(&t, record->owner, record->origin);
    while (blanks < t.len && blanks + 1 < line.len && line.ptr[blanks] == ' ' &&
           ascii_is_wsp(line.ptr[blanks + 1]))
        blanks++;
    add(e, offset(e, line.ptr), blanks, text_done(&t));
}

static void
say_ttl(struct editor *e, const struct zone_record *record)
{
    struct text t = text_new(e->arena, SIZE_MAX);
    text_format(&t, "%u ", record->ttl);
    add(e, offset(e, record->type_field->text.ptr), 0, text_done(&t));
}

/* ---- new lines ---- */

static bool
ends_in_crlf(struct sceau_slice text)
{
    return text.len >= 2 && text.ptr[text.len - 2] == '\r' &&
           text.ptr[text.len - 1] == '\n';
}

/* Line ends as the file has them. */
static struct sceau_slice
with_line_ends(struct editor *e, struct sceau_slice text, bool is_crlf)
{
    if (!is_crlf)
        return text;
    struct text t = text_new(e->arena, SIZE_MAX);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n')
            text_octet(&t, '\r');
        text_octet(&t, text.ptr[i]);
    }
    return text_done(&t);
}

static void
new_line(struct editor *e, struct text *t, const struct zone_wanted *wanted,
         struct sceau_slice origin)
{
    uint32_t ttl;
    bool has_ttl = editor_ttl(e, wanted, &ttl);
    zone_line(t, wanted->owner, origin, has_ttl, ttl, wanted->type, wanted->data);
    if (wanted->comment.len > 0) {
        text_string(t, " ; ");
        text_slice(t, wanted->comment);
    }
    text_octet(t, '\n');
}

/* Behind a record. */
static void
add_behind(struct editor *e, const struct zone_record *record, size_t list)
{
    struct text t = text_new(e->arena, SIZE_MAX);
    struct sceau_slice entry = record->entry->text;
    bool is_open = entry.len == 0 || entry.ptr[entry.len - 1] != '\n';
    if (list == EDIT_NONE)
        return;
    text_string(&t, is_open ? "\n" : "");
    for (; list != EDIT_NONE; list = e->next_new[list])
        new_line(e, &t, &e->wish->wanted[list], record->origin);
    add(e, offset(e, entry.ptr + entry.len), 0,
        with_line_ends(e, text_done(&t), ends_in_crlf(entry)));
}

/* The origin in force at the end: the zone's, unless the file may have set another one. */
static struct sceau_slice
end_origin(const struct editor *e)
{
    static const struct sceau_slice root = {"", 1};
    for (size_t i = 0; i < e->file->entry_count; i++) {
        const struct zone_entry *entry = e->file->entries[i];
        if (entry->kind == ZONE_ENTRY_DIRECTIVE && entry->field_count > 0 &&
            slice_eq_ci(entry->fields[0].text, SCEAU_SLICE("$ORIGIN")))
            return root;
    }
    return e->origin;
}

/* At the end, in parts under headings. */
static void
add_at_end(struct editor *e)
{
    struct text t = text_new(e->arena, SIZE_MAX);
    struct sceau_slice text = e->file->text;
    const char *heading = NULL;
    if (e->end_new == EDIT_NONE)
        return;
    struct sceau_slice origin = end_origin(e);
    text_string(&t, text.len > 0 && text.ptr[text.len - 1] != '\n' ? "\n" : "");
    for (size_t i = e->end_new; i != EDIT_NONE; i = e->next_new[i]) {
        const struct zone_wanted *wanted = &e->wish->wanted[i];
        if (wanted->heading != NULL && wanted->heading != heading)
            zone_line_heading(&t, wanted->heading);
        heading = wanted->heading;
        new_line(e, &t, wanted, origin);
    }
    bool is_crlf = e->file->entry_count > 0 && ends_in_crlf(e->file->entries[0]->text);
    add(e, text.len, 0, with_line_ends(e, text_done(&t), is_crlf));
}

/* ---- the whole ---- */

/* The splices of one entry come in the order of its octets: owner, TTL, data. */
static void
splice_record(struct editor *e, size_t i, struct sceau_slice *owner)
{
    const struct zone_record *record = &e->document->records[i];
    const struct edit_fate *fate = &e->fates[i];
    if (record->file != e->file || record->is_generated)
        return; /* behind them the owner is again what it was */
    if (fate->is_removed) {
        add(e, offset(e, record->entry->text.ptr), record->entry->text.len,
            SCEAU_SLICE(""));
    } else {
        if (record->owner_field == NULL && !dns_name_equal(*owner, record->owner))
            say_owner(e, record);
        *owner = record->owner;
        if (fate->needs_ttl)
            say_ttl(e, record);
        if (fate->becomes != EDIT_NONE)
            change_data(e, record, &e->wish->wanted[fate->becomes]);
        if (i == e->soa)
            raise_serial(e, record);
    }
    add_behind(e, record, fate->first_new);
    for (size_t n = fate->first_new; n != EDIT_NONE; n = e->next_new[n])
        *owner = e->wish->wanted[n].owner;
}

void
editor_splice(struct editor *e)
{
    struct sceau_slice owner = SLICE_NONE;
    for (size_t i = 0; i < e->document->record_count; i++)
        splice_record(e, i, &owner);
    add_at_end(e);
}

struct sceau_slice
editor_apply(struct editor *e)
{
    struct text t = text_new(e->arena, SIZE_MAX);
    struct sceau_slice old = e->file->text;
    size_t at = 0;
    text_string(&t, "");
    for (size_t i = 0; i < e->splice_count; i++) {
        const struct zone_splice *splice = &e->splices[i];
        text_slice(&t, slice_sub(old, at, splice->at - at));
        text_slice(&t, splice->text);
        at = splice->at + splice->len;
    }
    text_slice(&t, slice_skip(old, at));
    return text_done(&t);
}
