/* Rules about the file and the zone as a whole: what was refused, SOA, NS, TTLs. */
#include "core/date.h"
#include "linter.h"

/* ---- the text ---------------------------------------------------------------------------- */

/* The record that an error broke, or NULL when none came of it. */
static const struct zone_record *
broken_record(const struct linter *l, const struct zone_error *error)
{
    for (size_t i = 0; i < l->document->record_count; i++) {
        const struct zone_record *record = &l->document->records[i];
        size_t line = record->entry->line;
        if (!record->is_broken || record->file != error->file || line > error->line)
            continue;
        struct sceau_slice text = zone_record_text(record);
        for (size_t c = 0; c < text.len; c++)
            line += text.ptr[c] == '\n';
        if (error->line <= line)
            return record;
    }
    return NULL;
}

static bool
has_long_field(const struct zone_record *record)
{
    for (size_t i = 0; i < record->data_count; i++) {
        if (record->data[i].text.len > 255)
            return true;
    }
    return false;
}

/* The line that an error is on, without its end. */
static struct sceau_slice
line_of(const struct zone_error *error)
{
    struct sceau_slice rest = error->file->text, line = SLICE_NONE;
    for (size_t number = 0; number < error->line && slice_next(&rest, '\n', &line);)
        number++;
    while (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* A text whose quote is not closed on its one line: close it. Behind it may stand a
 * comment, which nobody can tell from the text: then there is no line to offer. */
static struct sceau_slice
close_quote(struct linter *l, const struct zone_error *error)
{
    struct sceau_slice line = line_of(error);
    size_t quotes = 0;
    for (size_t i = 0; i < line.len; i++)
        quotes += line.ptr[i] == '"';
    if (quotes != 1)
        return SLICE_NONE;
    return linter_format(l, "%.*s\"", SLICE_ARG(slice_trim(line)));
}

static const struct zone_error *
first_error(const struct zone_document *document, size_t at)
{
    return at < document->error_count ? &document->errors[at] : NULL;
}

void
lint_document(struct linter *l)
{
    const struct zone_error *error;
    for (size_t i = 0; (error = first_error(l->document, i)) != NULL; i++) {
        const struct zone_record *record = broken_record(l, error);
        if (record != NULL && linter_is_text(record) && has_long_field(record))
            continue; /* lint_texts has a better word for it */
        struct zone_finding *finding = linter_add_at(l, ZONE_FAULT_SYNTAX, error->file,
                                                     error->line, error->column);
        finding->record = record;
        finding->error = error;
        finding->written = line_of(error);
        if (record != NULL && linter_is_text(record) && !error->is_expected)
            finding->line = close_quote(l, error);
    }
    if (l->document->is_cut)
        linter_add_at(l, ZONE_FAULT_CUT, l->document->files[0], 1, 1);
}

/* ---- SOA and serial ----------------------------------------------------------------------- */

static uint32_t
number_at(const char *octets)
{
    const unsigned char *o = (const unsigned char *)octets;
    return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

/* A serial of ten digits that reads YYYYMMDDnn and lies after today, wherever on earth
 * that is. */
static void
check_serial(struct linter *l, const struct zone_record *soa)
{
    uint32_t serial = number_at(soa->rdata.ptr + soa->rdata.len - 20);
    struct date today = date_of(l->now), tomorrow = date_of(l->now + 86400);
    if (soa->data_count < 3)
        return;
    uint32_t latest =
        tomorrow.year * 1000000 + tomorrow.month * 10000 + tomorrow.day * 100;
    uint32_t month = serial / 10000 % 100, date = serial / 100 % 100;
    bool is_date = serial >= 1990000000U && serial < 2100000000U && month >= 1 &&
                   month <= 12 && date >= 1 && date <= 31;
    if (!is_date || serial < latest + 100)
        return;
    struct zone_finding *finding =
        linter_add(l, ZONE_FAULT_SERIAL_FUTURE, soa, &soa->data[2]);
    finding->written = linter_format(l, "%u", serial);
    finding->meant =
        linter_format(l, "%04u%02u%02u01", today.year, today.month, today.day);
}

/* The SOA's second name is a mail address with its "@" written as a dot. */
static void
check_rname(struct linter *l, const struct zone_record *soa)
{
    const struct zone_field *rname = soa->data_count > 1 ? &soa->data[1] : NULL;
    if (rname == NULL || rname->text.len < 2)
        return;
    size_t at = slice_find(rname->text, '@');
    if (at == rname->text.len)
        return;
    struct zone_finding *finding = linter_add(l, ZONE_FAULT_RNAME, soa, rname);
    struct text t = text_new(l->arena, SIZE_MAX);
    for (size_t i = 0; i < at; i++) {
        if (rname->text.ptr[i] == '.')
            text_octet(&t, '\\'); /* a dot before the "@" ends no label */
        text_octet(&t, rname->text.ptr[i]);
    }
    text_octet(&t, '.');
    text_slice(&t, slice_skip(rname->text, at + 1));
    if (rname->text.ptr[rname->text.len - 1] != '.')
        text_octet(&t, '.');
    finding->written = rname->text;
    finding->meant = text_done(&t);
    finding->line = linter_replace(l, soa, rname, finding->meant);
}

static bool
check_soa(struct linter *l)
{
    const struct zone_record *first = NULL;
    for (size_t i = 0; i < l->document->record_count; i++) {
        const struct zone_record *record = &l->document->records[i];
        if (record->type != SCEAU_DNS_SOA)
            continue;
        if (first != NULL || !dns_name_equal(record->owner, l->part->origin))
            linter_add(l, ZONE_FAULT_SECOND_SOA, record, record->type_field)->other =
                first;
        first = first != NULL ? first : record;
        if (record->rdata.ptr == NULL)
            continue;
        check_serial(l, record);
        check_rname(l, record);
    }
    if (first == NULL && !zone_part_has_lost(l->part, l->part->origin))
        linter_add_at(l, ZONE_FAULT_NO_SOA, l->document->files[0], 1, 1);
    return first != NULL;
}

/* ---- NS ------------------------------------------------------------------------------- */

/* BIND refuses a zone whose own name server has no address in it. */
static void
check_ns(struct linter *l)
{
    const struct zone_rrset *ns =
        zone_index_find(l->index, l->part->origin, SCEAU_DNS_NS);
    if (ns == NULL) {
        if (!zone_part_has_lost(l->part, l->part->origin))
            linter_add_at(l, ZONE_FAULT_NO_NS, l->document->files[0], 1, 1);
        return;
    }
    for (size_t i = 0; i < ns->count; i++) {
        const struct zone_record *record = ns->records[i];
        if (record->rdata.ptr == NULL ||
            zone_index_part(l->index, record->rdata) != l->part)
            continue;
        if (zone_index_find(l->index, record->rdata, SCEAU_DNS_A) == NULL &&
            zone_index_find(l->index, record->rdata, SCEAU_DNS_AAAA) == NULL &&
            zone_index_find(l->index, record->rdata, SCEAU_DNS_CNAME) == NULL &&
            !zone_part_has_lost(l->part, record->rdata))
            linter_add(l, ZONE_FAULT_NS_ADDRESS, record, &record->data[0])->written =
                linter_name(l, record->rdata);
    }
}

/* ---- TTL ------------------------------------------------------------------------------ */

static bool
is_mail_record(struct linter *l, const struct zone_record *record)
{
    return record->type == SCEAU_DNS_MX ||
           (linter_is_text(record) && zone_text_is_mail(linter_text(l, record)));
}

static void
check_ttls(struct linter *l)
{
    bool is_told = l->document->has_default_ttl;
    for (size_t i = 0; i < l->document->record_count; i++) {
        const struct zone_record *record = &l->document->records[i];
        bool is_borrowed = record->ttl_source == ZONE_TTL_PREVIOUS ||
                           record->ttl_source == ZONE_TTL_MINIMUM;
        if (!is_told && is_borrowed) {
            linter_add(l, ZONE_FAULT_NO_TTL, record, record->type_field)->line =
                SCEAU_SLICE("$TTL 3600");
            is_told = true;
        }
        bool is_short = record->ttl < ZONE_MAIL_TTL_MIN;
        if (record->rdata.ptr == NULL || record->ttl_source == ZONE_TTL_MISSING ||
            (!is_short && record->ttl <= ZONE_MAIL_TTL_MAX) ||
            !is_mail_record(l, record))
            continue;
        struct zone_finding *finding =
            linter_add(l, is_short ? ZONE_FAULT_TTL_SHORT : ZONE_FAULT_TTL_LONG, record,
                       record->ttl_field);
        finding->written = linter_format(l, "%u", record->ttl);
        finding->meant = is_short ? SCEAU_SLICE("300") : SCEAU_SLICE("86400");
        finding->line = linter_replace(l, record, record->ttl_field, finding->meant);
    }
}

void
lint_zone(struct linter *l)
{
    if (!l->part->is_partial && check_soa(l)) /* a part of a zone has no NS either */
        check_ns(l);
    check_ttls(l);
}
