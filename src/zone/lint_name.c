/* Rules about names: final dots, names doubled, what lies outside, aliases, wildcards. */
#include "linter.h"

enum {
    TYPE_SRV = 33,
    TYPE_DNAME = 39,
    TYPE_RRSIG = 46,
    TYPE_NSEC = 47,
};

/* ---- final dots ------------------------------------------------------------------------- */

/* Endings of names on the Internet, beside the two letters of countries: without a public
 * suffix list. */
static const char *const endings[] = {
    "com", "net",  "org",    "info",  "biz",   "edu",  "gov",    "mil",
    "int", "arpa", "google", "email", "cloud", "mail", "online", "app",
};

static bool
has_public_ending(const struct linter *l, struct sceau_slice name)
{
    if (l->psl != NULL)
        return sceau_psl_has_ending(l->psl, name);
    struct sceau_slice last = slice_skip(name, slice_find_last(name, '.'));
    if (last.len < 2)
        return false;
    last = slice_skip(last, 1);
    if (last.len == 2 && ascii_is_alpha(last.ptr[0]) && ascii_is_alpha(last.ptr[1]))
        return true;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (slice_eq_ci(last, sceau_slice_from(endings[i])))
            return true;
    }
    return false;
}

static struct sceau_slice
parent_of(struct sceau_slice wire)
{
    return slice_skip(wire, 1 + (size_t)(unsigned char)wire.ptr[0]);
}

/* Does the text, a relative name, end in one of the zones at hand? */
static bool
ends_in_zone(const struct linter *l, struct sceau_slice written)
{
    struct dns_name name;
    if (!dns_name_from_asked(written, &name))
        return false;
    for (size_t i = 0; i < l->index->part_count; i++) {
        struct sceau_slice origin = l->index->parts[i].origin;
        if (origin.len > 1 && zone_name_is_within(dns_name_slice(&name), origin))
            return true;
    }
    return false;
}

static void
add_dot(struct linter *l, const struct zone_record *record,
        const struct zone_field *field, struct sceau_slice wire)
{
    struct zone_finding *finding = linter_add(l, ZONE_FAULT_DOT, record, field);
    finding->written = field->text;
    finding->meant = linter_name(l, wire);
    finding->line = linter_replace(l, record, field,
                                   linter_format(l, "%.*s.", SLICE_ARG(field->text)));
}

static void
add_doubled(struct linter *l, const struct zone_record *record,
            const struct zone_field *field, struct sceau_slice wire)
{
    struct zone_finding *finding = linter_add(l, ZONE_FAULT_DOUBLED, record, field);
    struct dns_name once = {0};
    size_t kept = wire.len - l->part->origin.len;
    memcpy(once.wire, wire.ptr, kept);
    once.wire[kept] = 0;
    once.len = kept + 1;
    finding->written = linter_name(l, wire);
    finding->meant = linter_name(l, dns_name_slice(&once));
    finding->line = linter_replace(l, record, field, finding->meant);
}

/* Does the zone have the name, or may it: by a wildcard, in a line that was refused, on the
 * servers of a delegation? Then a target that looks like one outside may be meant so. */
static bool
may_exist(const struct linter *l, struct sceau_slice name)
{
    size_t count = 0;
    struct dns_name wildcard;
    if (zone_index_at(l->index, name, &count) != NULL ||
        zone_part_has_lost(l->part, name))
        return true;
    for (; name.len > l->part->origin.len; name = parent_of(name)) {
        if (zone_index_find(l->index, name, SCEAU_DNS_NS) != NULL)
            return true;
        wildcard.len = 0;
        if (dns_name_add_label(&wildcard, SCEAU_SLICE("*")) &&
            dns_name_add_name(&wildcard, parent_of(name)) &&
            zone_index_at(l->index, dns_name_slice(&wildcard), &count) != NULL)
            return true;
    }
    return false;
}

/* A name as it is written in a field and as it is read. */
static void
check_name(struct linter *l, const struct zone_record *record,
           const struct zone_field *field, struct sceau_slice wire, bool is_target)
{
    struct sceau_slice written = field->text;
    if (written.len == 0 || slice_eq(written, SCEAU_SLICE("@")))
        return;
    bool is_relative = written.ptr[written.len - 1] != '.';
    bool lacks_dot =
        is_relative &&
        (ends_in_zone(l, written) ||
         (is_target && has_public_ending(l, written) && !may_exist(l, wire)));
    if (lacks_dot)
        add_dot(l, record, field, wire);
    else if (!is_relative && zone_name_is_doubled(wire, l->part->origin))
        add_doubled(l, record, field, wire);
}

/* Which field of the rdata is a target, and how many octets stand before it. */
static const struct target {
    uint16_t type;
    size_t field, offset;
} targets[] = {
    {SCEAU_DNS_NS,    0, 0},
    {SCEAU_DNS_CNAME, 0, 0},
    {SCEAU_DNS_PTR,   0, 0},
    {SCEAU_DNS_SOA,   0, 0},
    {SCEAU_DNS_MX,    1, 2},
    {TYPE_SRV,        3, 6},
    {TYPE_DNAME,      0, 0},
};

static void
check_dots(struct linter *l, const struct zone_record *record)
{
    if (l->document->is_script) /* its names are full without one */
        return;
    if (record->owner_field != NULL)
        check_name(l, record, record->owner_field, record->owner, false);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        const struct target *target = &targets[i];
        if (target->type != record->type || record->rdata.ptr == NULL ||
            record->data_count <= target->field)
            continue;
        struct sceau_slice rest = slice_skip(record->rdata, target->offset);
        check_name(l, record, &record->data[target->field],
                   slice_sub(rest, 0, dns_name_length(rest)), true);
    }
}

/* $ORIGIN example.org without a final dot, inside example.org. */
static void
check_origins(struct linter *l)
{
    for (size_t f = 0; f < l->document->file_count; f++) {
        const struct zone_file *file = l->document->files[f];
        for (size_t i = 0; i < file->entry_count; i++) {
            const struct zone_entry *entry = file->entries[i];
            if (entry->kind != ZONE_ENTRY_DIRECTIVE || entry->field_count != 2 ||
                !slice_eq_ci(entry->fields[0].text, SCEAU_SLICE("$ORIGIN")) ||
                !ends_in_zone(l, entry->fields[1].text) ||
                entry->fields[1].text.ptr[entry->fields[1].text.len - 1] == '.')
                continue;
            const struct zone_field *field = &entry->fields[1];
            struct zone_finding *finding =
                linter_add_at(l, ZONE_FAULT_DOT, file, field->line, field->column);
            struct sceau_slice origin = linter_name(l, l->part->origin);
            finding->written = field->text;
            finding->meant = linter_format(l, "%.*s.%.*s", SLICE_ARG(field->text),
                                           SLICE_ARG(origin));
            finding->line = linter_format(l, "$ORIGIN %.*s.", SLICE_ARG(field->text));
        }
    }
}

/* ---- owners ----------------------------------------------------------------------------- */

static bool
is_number(struct sceau_slice text)
{
    uint64_t number;
    return slice_decimal(text, UINT32_MAX, &number);
}

/* A line that lost its blank in front: "IN MX 10 mail" is a name called IN. Numbers are
 * names in reverse zones. */
static void
check_owner_word(struct linter *l, const struct zone_record *record)
{
    const struct zone_field *field = record->owner_field;
    if (field == NULL || record->is_generated || record->type == SCEAU_DNS_PTR)
        return;
    if (!slice_eq_ci(field->text, SCEAU_SLICE("IN")) && !is_number(field->text))
        return;
    struct zone_finding *finding = linter_add(l, ZONE_FAULT_OWNER, record, field);
    finding->written = field->text;
    finding->meant = linter_name(l, record->owner);
    finding->line = linter_format(l, "    %.*s", SLICE_ARG(zone_record_text(record)));
}

static bool
is_mail(struct linter *l, const struct zone_record *record)
{
    return record->type == SCEAU_DNS_MX ||
           (linter_is_text(record) && zone_text_is_mail(linter_text(l, record)));
}

/* The delegation at or above the record's owner, below the zone's top; or NULL. */
static const struct zone_rrset *
find_cut(const struct linter *l, struct sceau_slice name)
{
    while (name.len > l->part->origin.len) {
        const struct zone_rrset *ns = zone_index_find(l->index, name, SCEAU_DNS_NS);
        if (ns != NULL)
            return ns;
        name = slice_skip(name, 1 + (size_t)(unsigned char)name.ptr[0]);
    }
    return NULL;
}

static void
check_owner(struct linter *l, const struct zone_record *record)
{
    if (!linter_is_ours(l, record->owner)) {
        linter_add(l, ZONE_FAULT_OUT_OF_ZONE, record, record->owner_field)->written =
            linter_name(l, record->owner);
        return;
    }
    const struct zone_rrset *cut =
        is_mail(l, record) ? find_cut(l, record->owner) : NULL;
    if (cut != NULL)
        linter_add(l, ZONE_FAULT_BELOW_CUT, record, record->owner_field)->other =
            cut->records[0];
}

/* ---- aliases ---------------------------------------------------------------------------- */

/* The addresses of an alias' target, as records of its own. */
static struct sceau_slice
addresses_instead(struct linter *l, const struct zone_record *cname)
{
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA};
    struct text t = text_new(l->arena, SIZE_MAX);
    text_string(&t, "");
    for (size_t k = 0; k < 2 && cname->rdata.ptr != NULL; k++) {
        const struct zone_rrset *set =
            zone_index_find(l->index, cname->rdata, types[k]);
        for (size_t i = 0; set != NULL && i < set->count && i < 16; i++) {
            struct sceau_ip ip = {.version = k == 0 ? 4 : 6};
            char out[SCEAU_IP_TEXT];
            struct sceau_slice rdata = set->records[i]->rdata;
            if (rdata.len != (k == 0 ? 4 : 16))
                continue;
            memcpy(ip.octets, rdata.ptr, rdata.len);
            sceau_ip_format(&ip, out);
            if (t.len > 0)
                text_octet(&t, '\n');
            dns_name_present(&t, cname->owner);
            text_format(&t, " %u IN %s %s", cname->ttl, k == 0 ? "A" : "AAAA", out);
        }
    }
    return text_done(&t);
}

/* Nothing stands beside a CNAME but DNSSEC's own records (RFC 1034 section 3.6.2), and no
 * second DNAME beside the first (RFC 6672 section 2.4). */
static void
check_aliases(struct linter *l)
{
    for (size_t i = 0; i < l->index->count; i++) {
        const struct zone_rrset *set = &l->index->sets[i];
        size_t count = 0;
        bool is_dname = set->type == TYPE_DNAME;
        if ((set->type != SCEAU_DNS_CNAME && !is_dname) ||
            !linter_is_ours(l, set->owner))
            continue;
        const struct zone_rrset *all = zone_index_at(l->index, set->owner, &count);
        const struct zone_record *other = set->count > 1 ? set->records[1] : NULL;
        for (size_t k = 0; k < count && !is_dname; k++) {
            if (all[k].type != SCEAU_DNS_CNAME && all[k].type != TYPE_RRSIG &&
                all[k].type != TYPE_NSEC)
                other = all[k].records[0];
        }
        if (other == NULL)
            continue;
        struct zone_finding *finding =
            linter_add(l, ZONE_FAULT_CNAME, set->records[0], NULL);
        finding->other = other;
        finding->written = linter_name(l, set->owner);
        if (!is_dname)
            finding->line = addresses_instead(l, set->records[0]);
    }
}

/* ---- wildcards and keys ------------------------------------------------------------------- */

static bool
starts_with_label(struct sceau_slice wire, struct sceau_slice label)
{
    return wire.len > label.len && (size_t)(unsigned char)wire.ptr[0] == label.len &&
           slice_eq_ci(slice_sub(wire, 1, label.len), label);
}

/* A wildcard answers for _dmarc.NAME of every name without records of its own. */
static void
check_wildcard(struct linter *l, const struct zone_record *record)
{
    if (!starts_with_label(record->owner, SCEAU_SLICE("*")))
        return;
    struct sceau_slice parent = slice_skip(record->owner, 2);
    if (starts_with_label(parent, SCEAU_SLICE("_report"))) {
        linter_add(l, ZONE_FAULT_REPORTS, record, record->owner_field)->written =
            linter_name(l, record->owner);
        return;
    }
    if (linter_is_text(record) || record->type == SCEAU_DNS_CNAME)
        linter_add(l, ZONE_FAULT_WILDCARD, record, record->owner_field)->written =
            linter_name(l, record->owner);
}

/* opendkim-genkey writes "; ----- DKIM key SELECTOR for DOMAIN" behind a key whose owner is
 * relative: in a parent's zone that is another name. */
static bool
find_intended(struct sceau_slice text, struct sceau_slice *selector,
              struct sceau_slice *domain)
{
    struct sceau_slice mark = SCEAU_SLICE("DKIM key ");
    for (size_t at = 0; at + mark.len <= text.len; at++) {
        if (!slice_eq(slice_sub(text, at, mark.len), mark))
            continue;
        struct sceau_slice rest = slice_skip(text, at + mark.len), between;
        if (slice_next(&rest, ' ', selector) && slice_next(&rest, ' ', &between) &&
            slice_eq(between, SCEAU_SLICE("for")) && rest.len > 0) {
            *domain = slice_trim(slice_sub(rest, 0, slice_find(rest, '\n')));
            return domain->len > 0;
        }
    }
    return false;
}

static void
check_key_owner(struct linter *l, const struct zone_record *record)
{
    struct sceau_slice selector, domain, text = linter_text(l, record);
    if (text.ptr == NULL || !slice_starts_ci(text, SCEAU_SLICE("v=DKIM1")))
        return;
    bool has_intended = find_intended(zone_record_text(record), &selector, &domain);
    bool is_below = false;
    for (struct sceau_slice at = record->owner; at.len > 1;
         at = slice_skip(at, 1 + (size_t)(unsigned char)at.ptr[0]))
        is_below |= starts_with_label(at, SCEAU_SLICE("_domainkey"));
    struct sceau_slice meant = SLICE_NONE;
    struct dns_name name;
    if (has_intended) {
        meant = linter_format(l, "%.*s._domainkey.%.*s", SLICE_ARG(selector),
                              SLICE_ARG(domain));
        if (!dns_name_from_asked(meant, &name) ||
            (is_below && dns_name_equal(dns_name_slice(&name), record->owner)))
            return;
        meant = linter_format(l, "%.*s.", SLICE_ARG(meant));
    }
    if (!has_intended && is_below)
        return;
    struct zone_finding *finding =
        linter_add(l, ZONE_FAULT_KEY_OWNER, record, record->owner_field);
    finding->written = linter_name(l, record->owner);
    finding->meant = meant;
    if (meant.ptr != NULL)
        finding->line = linter_replace(l, record, record->owner_field, meant);
}

void
lint_names(struct linter *l)
{
    check_origins(l);
    for (size_t i = 0; i < l->document->record_count; i++) {
        const struct zone_record *record = &l->document->records[i];
        if (!record->is_generated)
            check_dots(l, record);
        check_owner_word(l, record);
        check_owner(l, record);
        check_wildcard(l, record);
        check_key_owner(l, record);
    }
    check_aliases(l);
}
