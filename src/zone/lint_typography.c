/* Characters that word processors and web pages put in place of ASCII: quotes, dashes,
 * blanks, and those that nobody sees. */
#include "linter.h"
#include "typography.h"

static const struct zone_typography characters[] = {
    {0x00a0, " ",  "\xc2\xa0"    }, /* no-break space */
    {0x00ab, "\"", "\xc2\xab"    }, /* angle quotes */
    {0x00ad, "",   "\xc2\xad"    }, /* soft hyphen */
    {0x00bb, "\"", "\xc2\xbb"    },
    {0x2007, " ",  "\xe2\x80\x87"}, /* figure space */
    {0x2009, " ",  "\xe2\x80\x89"}, /* thin space */
    {0x200b, "",   "\xe2\x80\x8b"}, /* zero-width space */
    {0x200c, "",   "\xe2\x80\x8c"},
    {0x200d, "",   "\xe2\x80\x8d"},
    {0x200e, "",   "\xe2\x80\x8e"}, /* directional marks */
    {0x200f, "",   "\xe2\x80\x8f"},
    {0x2010, "-",  "\xe2\x80\x90"}, /* hyphens and dashes */
    {0x2011, "-",  "\xe2\x80\x91"},
    {0x2012, "-",  "\xe2\x80\x92"},
    {0x2013, "-",  "\xe2\x80\x93"},
    {0x2014, "-",  "\xe2\x80\x94"},
    {0x2018, "'",  "\xe2\x80\x98"}, /* curly quotes */
    {0x2019, "'",  "\xe2\x80\x99"},
    {0x201c, "\"", "\xe2\x80\x9c"},
    {0x201d, "\"", "\xe2\x80\x9d"},
    {0x201e, "\"", "\xe2\x80\x9e"},
    {0x202f, " ",  "\xe2\x80\xaf"}, /* narrow no-break space */
    {0x2060, "",   "\xe2\x81\xa0"}, /* word joiner */
    {0x2212, "-",  "\xe2\x88\x92"}, /* minus sign */
    {0xfeff, "",   "\xef\xbb\xbf"}, /* byte order mark */
};

const struct zone_typography *
zone_typography_find(struct sceau_slice text, size_t *at)
{
    for (; *at < text.len; ++*at) {
        if ((unsigned char)text.ptr[*at] < 0x80)
            continue;
        for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
            struct sceau_slice octets = sceau_slice_from(characters[i].octets);
            if (text.len - *at >= octets.len &&
                slice_eq(slice_sub(text, *at, octets.len), octets))
                return &characters[i];
        }
    }
    return NULL;
}

struct sceau_slice
zone_typography_ascii(struct sceau_arena *arena, struct sceau_slice text)
{
    struct text t = text_new(arena, SIZE_MAX);
    size_t from = 0, at = 0;
    const struct zone_typography *found;
    text_string(&t, "");
    while ((found = zone_typography_find(text, &at)) != NULL) {
        text_slice(&t, slice_sub(text, from, at - from));
        text_string(&t, found->ascii);
        from = at += strlen(found->octets);
    }
    text_slice(&t, slice_skip(text, from));
    return text_done(&t);
}

/* May the text of this entry hold them on purpose? Quoted strings that mail does not read
 * may: they are for people. */
static bool
is_for_people(const struct zone_entry *entry, const struct zone_field *field)
{
    if (entry->kind != ZONE_ENTRY_RECORD || !field->is_quoted)
        return false;
    for (size_t i = 0; i < entry->field_count; i++) {
        if (entry->fields[i].is_quoted)
            return !zone_text_is_mail(entry->fields[i].text);
    }
    return true;
}

static void
check_entry(struct linter *l, const struct zone_file *file,
            const struct zone_entry *entry)
{
    for (size_t i = 0; i < entry->field_count; i++) {
        const struct zone_field *field = &entry->fields[i];
        size_t at = 0;
        const struct zone_typography *found = zone_typography_find(field->text, &at);
        if (found == NULL || is_for_people(entry, field))
            continue;
        struct zone_finding *finding =
            linter_add_at(l, ZONE_FAULT_TYPOGRAPHY, file, field->line,
                          field->column + field->is_quoted + at);
        struct sceau_slice text = entry->text;
        while (text.len > 0 && ascii_is_fws(text.ptr[text.len - 1]))
            text.len--;
        finding->written = linter_format(l, "U+%04X", found->code);
        finding->meant = sceau_slice_from(found->ascii);
        finding->text = text;
        finding->line = zone_typography_ascii(l->arena, text);
        return; /* once for each entry */
    }
}

void
lint_typography(struct linter *l)
{
    for (size_t f = 0; f < l->document->file_count; f++) {
        const struct zone_file *file = l->document->files[f];
        for (size_t i = 0; i < file->entry_count; i++)
            check_entry(l, file, file->entries[i]);
    }
}
