/* An entry as a record: [owner] [TTL] [class] type rdata (RFC 1035 section 5.1), TTL and
 * class in either order. Rdata is read by dns/zonerdata.c. */
#include "dns/zonetext.h"
#include "reader.h"

enum {
    SET_REACH = 1000 /* records of other types at one name, between two of a set */
};

/* The TTL of a record that states none: as BIND 9's master.c has it. */
static void
inherit_ttl(struct zone_reader *r, struct zone_record *record)
{
    if (r->has_default_ttl || r->default_source == ZONE_TTL_MINIMUM) {
        record->ttl = r->default_ttl;
        record->ttl_source = r->default_source;
    } else if (r->has_ttl) {
        record->ttl = r->last_ttl;
        record->ttl_source = ZONE_TTL_PREVIOUS;
    } else {
        record->ttl_source = ZONE_TTL_MISSING;
    }
}

/* A SOA without any TTL before it: its last number stands in. */
static void
settle_ttl(struct zone_reader *r, struct zone_record *record)
{
    if (record->ttl_source != ZONE_TTL_MISSING)
        return;
    if (record->type == SCEAU_DNS_SOA && record->rdata.len > 4) {
        const unsigned char *end =
            (const unsigned char *)record->rdata.ptr + record->rdata.len;
        record->ttl = (uint32_t)end[-4] << 24 | (uint32_t)end[-3] << 16 |
                      (uint32_t)end[-2] << 8 | end[-1];
        record->ttl_source = r->default_source = ZONE_TTL_MINIMUM;
        r->default_ttl = record->ttl;
        return;
    }
    struct zone_field at = zone_reader_behind(r->entry);
    const struct zone_field *type = record->type_field;
    zone_reader_error_at(r, record->is_generated ? &at : type, 0,
                         N_("a time to live, here or by $TTL before: BIND refuses the "
                            "zone without one"),
                         true);
    record->ttl_source = r->default_source = ZONE_TTL_MINIMUM; /* said once */
}

/* A set has one TTL (RFC 2181 section 5.2): BIND takes the first one's, and goes on with it
 * where RFC 1035 has the TTL of the record before. What $GENERATE makes stands alone. */
static void
settle_set_ttl(struct zone_reader *r, struct zone_record *record)
{
    const struct zone_record *records = r->records.items;
    size_t at = record->is_generated ? 0 : r->records.count;
    record->set_ttl = record->ttl;
    if (r->is_script) /* an update gives the set the TTL of what came last */
        return;
    for (size_t steps = 0; at > 0 && steps < SET_REACH; steps++) {
        const struct zone_record *before = &records[--at];
        if (before->is_generated || !slice_eq(before->owner, record->owner))
            return;
        if (before->type == record->type) {
            record->set_ttl = r->last_ttl = before->set_ttl;
            return;
        }
    }
}

/* Is that word a class? IN is the one that is read on. */
static bool
is_class(struct sceau_slice word)
{
    return slice_eq_ci(word, SCEAU_SLICE("IN")) ||
           slice_eq_ci(word, SCEAU_SLICE("CH")) ||
           slice_eq_ci(word, SCEAU_SLICE("HS")) ||
           slice_eq_ci(word, SCEAU_SLICE("CLASS1"));
}

static bool
read_class(struct zone_reader *r, const struct zone_field *field)
{
    if (slice_eq_ci(field->text, SCEAU_SLICE("IN")) ||
        slice_eq_ci(field->text, SCEAU_SLICE("CLASS1")))
        return true;
    zone_reader_error_at(r, field, 0, N_("the class IN"), true);
    return false;
}

/* [TTL] [class] or [class] [TTL]. False after noting an error. */
static bool
read_ttl_and_class(struct zone_reader *r, const struct zone_entry *entry, size_t *at,
                   struct zone_record *record)
{
    bool has_class = false;
    for (; *at < entry->field_count; ++*at) {
        const struct zone_field *field = &entry->fields[*at];
        if (field->is_quoted || field->text.len == 0)
            break;
        if (record->ttl_field == NULL && ascii_is_digit(field->text.ptr[0])) {
            record->ttl_field = field;
            if (!zone_reader_ttl(r, field, &record->ttl))
                return false;
        } else if (!has_class && is_class(field->text)) {
            has_class = true;
            if (!read_class(r, field))
                return false;
        } else {
            break;
        }
    }
    if (record->ttl_field == NULL)
        inherit_ttl(r, record);
    if (record->ttl_source != ZONE_TTL_MISSING) {
        r->has_ttl = true;
        r->last_ttl = record->ttl;
    }
    return true;
}

/* A word that is no type: perhaps it is a name with blanks in front. */
static void
refuse_type(struct zone_reader *r, const struct zone_entry *entry, size_t at)
{
    bool is_shifted = false;
    for (size_t i = at + 1; !entry->has_owner && i < entry->field_count && i < at + 4;
         i++)
        is_shifted |= !entry->fields[i].is_quoted &&
                      sceau_dns_type_parse(entry->fields[i].text) != 0;
    zone_reader_error_at(r, &entry->fields[at], 0,
                         is_shifted
                             ? N_("a record type: a name begins in the first column")
                             : N_("a record type (or the class IN, or a time to "
                                  "live)"),
                         true);
}

/* Types of questions and of messages, which no zone holds (RFC 6895 section 3.1). */
static bool
is_meta(uint16_t type)
{
    return type == 41 /* OPT */ || (type >= 128 && type <= 255);
}

/* The type, 0 after noting an error. */
static uint16_t
read_type(struct zone_reader *r, const struct zone_entry *entry, size_t at)
{
    uint16_t type = 0;
    if (at < entry->field_count) {
        if (!entry->fields[at].is_quoted)
            type = sceau_dns_type_parse(entry->fields[at].text);
        if (type == 0)
            refuse_type(r, entry, at);
        if (!is_meta(type))
            return type;
        zone_reader_error_at(r, &entry->fields[at], 0,
                             N_("a type of records: this one belongs to questions"),
                             true);
        return 0;
    }
    struct zone_field behind = zone_reader_behind(entry);
    zone_reader_error_at(r, &behind, 0, N_("a record type and its data"), true);
    return 0;
}

/* The rdata behind field `at`, the type. False after noting an error. */
static bool
read_rdata(struct zone_reader *r, const struct zone_entry *entry, size_t at,
           struct zone_record *record)
{
    struct zone_parser *p = r->parser;
    bool is_read = false;
    p->lexer = zone_lexer_over(entry->text);
    p->lexer.line = entry->line;
    p->lexer.no_comments = r->is_script;
    p->origin = r->origin;
    p->has_failed = false;
    for (size_t i = 0; i <= at + 1 + r->skip; i++)
        zone_advance(p);
    zone_read_rdata(p, record->type, &is_read);
    if (zone_is_text(p))
        zone_fail(p, N_("the end of the line: nothing more belongs to this entry"));
    if (!p->has_failed && is_read && p->rdata_len == 0 &&
        dns_type_find(record->type) != NULL)
        zone_fail(p, N_("a string: BIND refuses a record without one"));
    if (p->has_failed && p->token.kind == ZONE_TOKEN_LINE_END) {
        struct zone_field behind = zone_reader_behind(entry); /* before a comment */
        zone_reader_error_at(r, &behind, 0, p->problem, p->is_expected);
        return false;
    }
    if (p->has_failed) {
        zone_reader_error(r, p->error->line, p->error->column, p->problem,
                          p->is_expected);
        return false;
    }
    if (is_read) {
        record->rdata =
            slice_copy(r->arena, (struct sceau_slice){p->rdata, p->rdata_len});
        r->has_failed |= record->rdata.ptr == NULL;
    }
    return true;
}

/* The owner: the first field, or that of the record before. */
static bool
read_owner(struct zone_reader *r, const struct zone_entry *entry,
           struct zone_record *record)
{
    if (entry->has_owner) {
        record->owner_field = &entry->fields[0];
        r->has_owner = false; /* until it is read */
        if (!zone_reader_name(r, &entry->fields[0], &r->owner))
            return false;
        r->has_owner = true;
    } else if (!r->has_owner) {
        zone_reader_error_at(
            r, &entry->fields[0], 0,
            N_("a name in the first column, as no record stands before"), true);
        return false;
    }
    record->owner = slice_copy(r->arena, dns_name_slice(&r->owner));
    record->origin = slice_copy(r->arena, dns_name_slice(&r->origin));
    r->has_failed |= record->owner.ptr == NULL || record->origin.ptr == NULL;
    return !r->has_failed;
}

/* Does relative rdata meet the origin that the caller gave? Asked of types with names. */
static void
note_origin(struct zone_reader *r, const struct zone_record *record)
{
    const struct dns_type *type = dns_type_find(record->type);
    for (size_t i = 0; type != NULL && i < DNS_FIELDS_MAX && i < record->data_count;
         i++) {
        struct sceau_slice text = record->data[i].text;
        if (type->fields[i] == DNS_FIELD_NAME && r->origin_is_given &&
            (text.len == 0 || text.ptr[text.len - 1] != '.'))
            r->uses_given_origin = true;
    }
}

/* ANY as a type is every type; as a class, or NONE, it stands before one. */
static bool
is_any(const struct zone_field *field)
{
    return !field->is_quoted && slice_eq_ci(field->text, SCEAU_SLICE("ANY"));
}

bool
zone_reader_deletion(struct zone_reader *r, const struct zone_entry *entry,
                     struct zone_deletion *deletion)
{
    struct zone_record record = {.file = r->file, .entry = r->entry};
    size_t at = 1;
    *deletion = (struct zone_deletion){.after = r->records.count};
    if (!read_owner(r, entry, &record) || !read_ttl_and_class(r, entry, &at, &record))
        return false;
    deletion->owner = record.owner;
    if (at + 1 < entry->field_count &&
        (is_any(&entry->fields[at]) ||
         slice_eq_ci(entry->fields[at].text, SCEAU_SLICE("NONE"))))
        at++;
    if (at == entry->field_count || is_any(&entry->fields[at]))
        return true;
    deletion->type = record.type = read_type(r, entry, at);
    if (deletion->type == 0)
        return false;
    if (at + 1 == entry->field_count)
        return true;
    if (!read_rdata(r, entry, at, &record) || record.rdata.ptr == NULL)
        return false;
    deletion->rdata = record.rdata;
    return true;
}

bool
zone_reader_record(struct zone_reader *r, const struct zone_entry *entry)
{
    bool is_whole = entry->kind == ZONE_ENTRY_RECORD;
    size_t at = entry->has_owner ? 1 : 0;
    struct zone_record record = {
        .file = r->file,
        .entry = r->entry,
        .is_generated = r->is_generating,
    };
    if (!read_owner(r, entry, &record) || !read_ttl_and_class(r, entry, &at, &record) ||
        (record.type = read_type(r, entry, at)) == 0)
        return false;
    record.type_field = &entry->fields[at];
    record.data = entry->fields + at + 1;
    record.data_count = entry->field_count - at - 1;
    record.is_broken = !is_whole || !read_rdata(r, entry, at, &record);
    note_origin(r, &record);
    if (is_whole)
        settle_ttl(r, &record);
    settle_set_ttl(r, &record);
    struct zone_record *slot = zone_array_add(r, &r->records, sizeof *slot);
    if (slot == NULL)
        return false;
    *slot = record;
    return !record.is_broken;
}
