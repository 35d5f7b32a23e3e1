/* Rules about TXT records: what is unquoted, what is too long, what quotes and backslashes
 * are inside. */
#include "linter.h"
#include "typography.h"

static const char *const mail_beginnings[] = {
    "v=spf1",  "v=DMARC1", "v=DKIM1", "v=TLSRPTv1", "v=STSv1",
    "v=BIMI1", "spf2.0/",  "k=rsa",   "k=ed25519",  "p=MI",
};

bool
zone_text_is_mail(struct sceau_slice text)
{
    for (size_t i = 0; i < sizeof mail_beginnings / sizeof *mail_beginnings; i++) {
        if (slice_starts_ci(text, sceau_slice_from(mail_beginnings[i])))
            return true;
    }
    return false;
}

/* ---- unquoted --------------------------------------------------------------------------- */

/* The octet that follows a field in its file; 0 at the end. */
static char
octet_behind(const struct zone_record *record, const struct zone_field *field)
{
    const char *end = record->file->text.ptr + record->file->text.len;
    const char *behind = field->text.ptr + field->text.len;
    return behind < end ? *behind : '\0';
}

/* What stands from the first data field to the end of that line, as one would have typed
 * it between quotes. */
static struct sceau_slice
rest_of_line(const struct zone_record *record)
{
    struct sceau_slice whole = zone_record_text(record);
    size_t from = (size_t)(record->data[0].text.ptr - whole.ptr);
    struct sceau_slice rest = slice_skip(whole, from);
    return slice_trim(slice_sub(rest, 0, slice_find(rest, '\n')));
}

/* `v=DMARC1; p=none` without quotes: BIND reads `v=DMARC1`. */
static bool
check_semicolon(struct linter *l, const struct zone_record *record)
{
    for (size_t i = 0; i < record->data_count; i++) {
        const struct zone_field *field = &record->data[i];
        if (field->is_quoted || octet_behind(record, field) != ';')
            continue;
        struct zone_finding *finding =
            linter_add(l, ZONE_FAULT_SEMICOLON, record, field);
        finding->written = field->text;
        if (!record->data[0].is_quoted)
            finding->line = linter_quoted(l, record, rest_of_line(record));
        return true;
    }
    return false;
}

static bool
check_blanks(struct linter *l, const struct zone_record *record)
{
    bool is_unquoted = false;
    struct text t = text_new(l->arena, SIZE_MAX);
    for (size_t i = 0; i < record->data_count; i++) {
        is_unquoted |= !record->data[i].is_quoted;
        if (i > 0)
            text_octet(&t, ' ');
        text_slice(&t, record->data[i].text);
    }
    if (record->data_count < 2 || !is_unquoted)
        return false;
    struct zone_finding *finding =
        linter_add(l, ZONE_FAULT_BLANKS, record, &record->data[0]);
    finding->written = linter_text(l, record);
    finding->line = linter_quoted(l, record, text_done(&t));
    return true;
}

/* No mail record has a quote or a backslash in its text: they were pasted. */
static void
check_backslash(struct linter *l, const struct zone_record *record)
{
    struct sceau_slice text = linter_text(l, record);
    struct text t = text_new(l->arena, SIZE_MAX);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '"' && text.ptr[i] != '\\')
            text_octet(&t, text.ptr[i]);
    }
    struct sceau_slice clean = text_done(&t);
    if (clean.len == text.len || !zone_text_is_mail(clean))
        return;
    struct zone_finding *finding =
        linter_add(l, ZONE_FAULT_BACKSLASH, record, &record->data[0]);
    finding->written = text;
    finding->line = linter_quoted(l, record, clean);
}

/* ---- too long --------------------------------------------------------------------------- */

static enum zone_fault
fault_of_long(struct sceau_slice text)
{
    if (slice_starts_ci(text, SCEAU_SLICE("v=spf1")))
        return ZONE_FAULT_LONG_SPF;
    if (slice_starts_ci(text, SCEAU_SLICE("v=DKIM1")) ||
        slice_starts_ci(text, SCEAU_SLICE("k=rsa")) ||
        slice_starts_ci(text, SCEAU_SLICE("p=")))
        return ZONE_FAULT_LONG_KEY;
    return ZONE_FAULT_LONG_TEXT;
}

/* Escapes as written count as one octet each. */
static size_t
octets_of(struct sceau_slice text)
{
    size_t octets = 0;
    for (size_t i = 0; i < text.len; octets++) {
        bool is_escape = text.ptr[i] == '\\' && i + 1 < text.len;
        bool is_decimal = is_escape && ascii_is_digit(text.ptr[i + 1]);
        i += is_decimal ? 4 : is_escape ? 2 : 1;
    }
    return octets;
}

/* SPF is cut behind a blank where it can be, so that people see whole terms. */
static bool
check_long(struct linter *l, const struct zone_record *record)
{
    struct text t = text_new(l->arena, SIZE_MAX);
    const struct zone_field *longest = NULL;
    for (size_t i = 0; i < record->data_count; i++) {
        text_slice(&t, record->data[i].text);
        if (octets_of(record->data[i].text) > 255)
            longest = &record->data[i];
    }
    if (longest == NULL)
        return false;
    struct sceau_slice text = text_done(&t);
    struct zone_finding *finding = linter_add(l, fault_of_long(text), record, longest);
    finding->written = linter_format(l, "%zu", octets_of(longest->text));
    if (slice_find(text, '\\') == text.len)
        finding->line = linter_quoted(l, record, text);
    return true;
}

/* “v=DMARC1; p=none”: with quotes of the keyboard, as lint_typography says, all is well. */
static bool
is_in_pasted_quotes(const struct zone_record *record)
{
    size_t at = 0;
    const struct zone_typography *found =
        zone_typography_find(record->data[0].text, &at);
    return !record->data[0].is_quoted && found != NULL && at == 0 &&
           found->ascii[0] == '"';
}

void
lint_texts(struct linter *l)
{
    for (size_t i = 0; i < l->document->record_count; i++) {
        const struct zone_record *record = &l->document->records[i];
        if (!linter_is_text(record) || record->is_generated || record->data_count == 0)
            continue;
        if (record->is_broken)
            check_long(l, record);
        else if (!is_in_pasted_quotes(record) && !check_semicolon(l, record) &&
                 !check_blanks(l, record))
            check_backslash(l, record);
    }
}
