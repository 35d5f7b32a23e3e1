/* The grammar of RFC 9989 section 4.8 and the meaning of each tag of section 4.7:
 *
 *     dmarc-record  = dmarc-version *(dmarc-sep dmarc-tag) [dmarc-sep]
 *     dmarc-version = "v" equals %s"DMARC1"
 *     dmarc-sep     = *WSP ";" *WSP
 *     equals        = *WSP "=" *WSP
 *     dmarc-tag     = 1*ALPHA equals 1*dmarc-value
 *     dmarc-value   = %x20-3A / %x3C-7E
 *
 * The version must be right, else the text is no DMARC record at all. After it an error
 * costs only the tag it stands in. Which record applies is not decided here
 * (discover.c). */
#include "record.h"

#include "core/cursor.h"
#include "core/text.h"
#include "uri.h"

/* ---- one tag: reading and writing its value -------------------------------------- */

/* dmarc-request = "none" / "quarantine" / "reject" */
static enum sceau_status
read_request(struct sceau_slice value, bool *has, enum sceau_dmarc_policy *policy)
{
    static const enum sceau_dmarc_policy all[] = {SCEAU_DMARC_POLICY_NONE,
                                                  SCEAU_DMARC_POLICY_QUARANTINE,
                                                  SCEAU_DMARC_POLICY_REJECT};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (slice_eq_ci(value, sceau_slice_from(sceau_dmarc_policy_name(all[i])))) {
            *policy = all[i];
            *has = true;
            return SCEAU_OK;
        }
    }
    return SCEAU_E_SYNTAX;
}

/* One letter out of two or three: its place among `letters`, or -1. */
static int
read_letter(struct sceau_slice value, const char *letters)
{
    struct sceau_slice all = sceau_slice_from(letters);
    size_t at = value.len == 1 ? slice_find(all, ascii_lower(value.ptr[0])) : all.len;
    return at < all.len ? (int)at : -1;
}

static enum sceau_status
read_p(struct sceau_arena *arena, struct sceau_slice value,
       struct sceau_dmarc_record *record)
{
    (void)arena;
    return read_request(value, &record->has_p, &record->p);
}

static enum sceau_status
read_sp(struct sceau_arena *arena, struct sceau_slice value,
        struct sceau_dmarc_record *record)
{
    (void)arena;
    return read_request(value, &record->has_sp, &record->sp);
}

static enum sceau_status
read_np(struct sceau_arena *arena, struct sceau_slice value,
        struct sceau_dmarc_record *record)
{
    (void)arena;
    return read_request(value, &record->has_np, &record->np);
}

/* dmarc-rors = "r" / "s" */
static enum sceau_status
read_alignment(struct sceau_slice value, enum sceau_dmarc_alignment *alignment)
{
    int which = read_letter(value, "rs");
    if (which < 0)
        return SCEAU_E_SYNTAX;
    *alignment = which == 0 ? SCEAU_DMARC_RELAXED : SCEAU_DMARC_STRICT;
    return SCEAU_OK;
}

static enum sceau_status
read_adkim(struct sceau_arena *arena, struct sceau_slice value,
           struct sceau_dmarc_record *record)
{
    (void)arena;
    return read_alignment(value, &record->adkim);
}

static enum sceau_status
read_aspf(struct sceau_arena *arena, struct sceau_slice value,
          struct sceau_dmarc_record *record)
{
    (void)arena;
    return read_alignment(value, &record->aspf);
}

/* dmarc-psd = "y" / "n" / "u" */
static enum sceau_status
read_psd(struct sceau_arena *arena, struct sceau_slice value,
         struct sceau_dmarc_record *record)
{
    static const enum sceau_dmarc_psd psd[] = {SCEAU_DMARC_PSD_Y, SCEAU_DMARC_PSD_N,
                                               SCEAU_DMARC_PSD_U};
    (void)arena;
    int which = read_letter(value, "ynu");
    if (which < 0)
        return SCEAU_E_SYNTAX;
    record->psd = psd[which];
    return SCEAU_OK;
}

/* dmarc-yorn = "y" / "n" */
static enum sceau_status
read_t(struct sceau_arena *arena, struct sceau_slice value,
       struct sceau_dmarc_record *record)
{
    (void)arena;
    int which = read_letter(value, "yn");
    if (which < 0)
        return SCEAU_E_SYNTAX;
    record->is_testing = which == 0;
    return SCEAU_OK;
}

/* dmarc-fo: "0", "1", "d" and "s" with colons between, each at most once, never 0 and 1
 * together. What the ABNF spells out is every order of these. */
static enum sceau_status
read_fo(struct sceau_arena *arena, struct sceau_slice value,
        struct sceau_dmarc_record *record)
{
    static const unsigned bits[] = {SCEAU_DMARC_FO_0, SCEAU_DMARC_FO_1,
                                    SCEAU_DMARC_FO_D, SCEAU_DMARC_FO_S};
    unsigned fo = 0;
    struct sceau_slice rest = value, option;
    (void)arena;
    while (slice_next(&rest, ':', &option)) {
        int which = read_letter(option, "01ds");
        if (which < 0 || (fo & bits[which]) != 0)
            return SCEAU_E_SYNTAX;
        fo |= bits[which];
    }
    if ((fo & SCEAU_DMARC_FO_0) != 0 && (fo & SCEAU_DMARC_FO_1) != 0)
        return SCEAU_E_SYNTAX;
    record->fo = fo;
    record->fo_text = value;
    return SCEAU_OK;
}

/* A list with one good URI is a list; the malformed ones are left out (RFC 9990
 * section 3.5). */
static enum sceau_status
read_rua(struct sceau_arena *arena, struct sceau_slice value,
         struct sceau_dmarc_record *record)
{
    return dmarc_urilist_parse(arena, value, &record->rua, &record->rua_count, NULL);
}

static enum sceau_status
read_ruf(struct sceau_arena *arena, struct sceau_slice value,
         struct sceau_dmarc_record *record)
{
    return dmarc_urilist_parse(arena, value, &record->ruf, &record->ruf_count, NULL);
}

static void
format_v(struct text *out, const struct sceau_dmarc_record *record)
{
    (void)record;
    text_string(out, "DMARC1");
}

static void
format_p(struct text *out, const struct sceau_dmarc_record *record)
{
    text_string(out, sceau_dmarc_policy_name(record->p));
}

static void
format_sp(struct text *out, const struct sceau_dmarc_record *record)
{
    text_string(out, sceau_dmarc_policy_name(record->sp));
}

static void
format_np(struct text *out, const struct sceau_dmarc_record *record)
{
    text_string(out, sceau_dmarc_policy_name(record->np));
}

static void
format_adkim(struct text *out, const struct sceau_dmarc_record *record)
{
    text_octet(out, record->adkim == SCEAU_DMARC_STRICT ? 's' : 'r');
}

static void
format_aspf(struct text *out, const struct sceau_dmarc_record *record)
{
    text_octet(out, record->aspf == SCEAU_DMARC_STRICT ? 's' : 'r');
}

static void
format_psd(struct text *out, const struct sceau_dmarc_record *record)
{
    switch (record->psd) {
    case SCEAU_DMARC_PSD_U: text_octet(out, 'u'); break;
    case SCEAU_DMARC_PSD_N: text_octet(out, 'n'); break;
    case SCEAU_DMARC_PSD_Y: text_octet(out, 'y'); break;
    }
}

static void
format_t(struct text *out, const struct sceau_dmarc_record *record)
{
    text_octet(out, record->is_testing ? 'y' : 'n');
}

static void
format_fo(struct text *out, const struct sceau_dmarc_record *record)
{
    text_slice(out, record->fo_text);
}

static void
format_uris(struct text *out, const struct sceau_slice *uris, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_octet(out, ',');
        text_slice(out, uris[i]);
    }
}

static void
format_rua(struct text *out, const struct sceau_dmarc_record *record)
{
    format_uris(out, record->rua, record->rua_count);
}

static void
format_ruf(struct text *out, const struct sceau_dmarc_record *record)
{
    format_uris(out, record->ruf, record->ruf_count);
}

/* ---- the tags -------------------------------------------------------------------- */

#define REQUEST N_("none, quarantine or reject")
#define URILIST N_("URIs such as mailto:reports@example.org, separated by commas")

/* The registry of section 9.3. Historic tags are known, so that nobody takes them for
 * typing errors, and read by nobody. */
static const struct dmarc_tag_rule rules[] = {
    {"v",     NULL,       format_v,     N_("DMARC1, as the first tag")            },
    {"p",     read_p,     format_p,     REQUEST                                   },
    {"sp",    read_sp,    format_sp,    REQUEST                                   },
    {"np",    read_np,    format_np,    REQUEST                                   },
    {"adkim", read_adkim, format_adkim, N_("r or s")                              },
    {"aspf",  read_aspf,  format_aspf,  N_("r or s")                              },
    {"psd",   read_psd,   format_psd,   N_("y, n or u")                           },
    {"t",     read_t,     format_t,     N_("y or n")                              },
    {"rua",   read_rua,   format_rua,   URILIST                                   },
    {"ruf",   read_ruf,   format_ruf,   URILIST                                   },
    {"fo",    read_fo,    format_fo,    N_("0 or 1, d and s, separated by colons")},
    {"pct",   NULL,       NULL,         NULL                                      },
    {"rf",    NULL,       NULL,         NULL                                      },
    {"ri",    NULL,       NULL,         NULL                                      },
};

enum {
    RULES = sizeof rules / sizeof *rules
};

const struct dmarc_tag_rule *
dmarc_tag_rules(size_t *count)
{
    *count = RULES;
    return rules;
}

/* Letter case of names does not count: section 4.8 writes "v" as case-insensitive text
 * and says nothing of the others; whoever publishes P=reject means it. */
const struct dmarc_tag_rule *
dmarc_tag_rule_find(struct sceau_slice name)
{
    for (size_t i = 0; i < RULES; i++) {
        if (slice_eq_ci(name, sceau_slice_from(rules[i].name)))
            return &rules[i];
    }
    return NULL;
}

/* ---- the record ------------------------------------------------------------------ */

/* dmarc-value, any printing octet; the semicolon was cut off before. */
static bool
is_value_octet(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

/* dmarc-tag = 1*ALPHA equals 1*dmarc-value, or what should have stood there. */
static struct dmarc_tag
parse_tag(struct sceau_slice element, size_t offset)
{
    struct cursor c = cursor_over(element);
    struct dmarc_tag tag = {.name_offset = offset};
    tag.name = cursor_take_while(&c, ascii_is_alpha);
    if (tag.name.len == 0)
        cursor_fail(&c, "a tag name of letters");
    cursor_skip_wsp(&c);
    cursor_expect(&c, '=', "\"=\" after the tag name");
    cursor_skip_wsp(&c);
    tag.value_offset = offset + c.pos;
    if (cursor_ok(&c)) {
        tag.value = slice_skip(element, c.pos);
        if (cursor_take_while(&c, is_value_octet).len == 0 || c.pos < element.len)
            cursor_fail(&c, "a value of printable characters");
    }
    tag.expected = c.expected;
    tag.error_offset = offset + c.pos;
    return tag;
}

static struct sceau_slice
trim_wsp_end(struct sceau_slice s)
{
    while (s.len > 0 && ascii_is_wsp(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool
dmarc_tag_next(struct sceau_slice text, size_t *pos, struct dmarc_tag *tag)
{
    while (*pos < text.len) {
        size_t from = *pos, len = slice_find(slice_skip(text, from), ';');
        *pos = from + len + (from + len < text.len);
        struct sceau_slice element = trim_wsp_end(slice_sub(text, from, len));
        while (element.len > 0 && ascii_is_wsp(element.ptr[0])) {
            element = slice_skip(element, 1);
            from++;
        }
        if (element.len == 0)
            continue;
        *tag = parse_tag(element, from);
        return true;
    }
    return false;
}

bool
dmarc_record_is_dmarc1(struct sceau_slice text)
{
    struct dmarc_tag first;
    size_t pos = 0;
    return dmarc_tag_next(text, &pos, &first) && first.name_offset == 0 &&
           slice_eq_ci(first.name, SCEAU_SLICE("v")) &&
           slice_eq(first.value, SCEAU_SLICE("DMARC1"));
}

struct sceau_dmarc_record
dmarc_record_defaults(void)
{
    return (struct sceau_dmarc_record){.p = SCEAU_DMARC_POLICY_NONE,
                                       .adkim = SCEAU_DMARC_RELAXED,
                                       .aspf = SCEAU_DMARC_RELAXED,
                                       .psd = SCEAU_DMARC_PSD_U,
                                       .fo = SCEAU_DMARC_FO_0,
                                       .fo_text = SCEAU_SLICE("0")};
}

/* Section 4.10.1: without a valid p, or with an sp or np that is not valid, the record
 * is "p=none" if somebody wants reports, and none at all otherwise. */
static void
settle_policies(struct sceau_dmarc_record *record, bool has_bad_policy)
{
    if (!record->has_p || has_bad_policy) {
        record->has_p = record->has_sp = record->has_np = false;
        record->p = SCEAU_DMARC_POLICY_NONE;
        record->acts_as_none = record->rua_count > 0;
        record->is_void = record->rua_count == 0;
    }
    if (!record->has_sp)
        record->sp = record->p;
    if (!record->has_np)
        record->np = record->sp;
}

/* A record half read. */
struct reading {
    struct sceau_arena *arena;
    struct sceau_dmarc_record record;
    unsigned seen;       /* a bit for each rule */
    bool has_bad_policy; /* an sp or np whose value is none of the three */
};

/* Take one tag in: SCEAU_OK also when it is ignored or falls back to its default. */
static enum sceau_status
read_tag(struct reading *r, const struct dmarc_tag *tag)
{
    const struct dmarc_tag_rule *rule = dmarc_tag_rule_find(tag->name);
    if (rule == NULL || tag->value.ptr == NULL)
        return SCEAU_OK; /* unknown tags MUST be ignored; or no tag at all */
    unsigned bit = 1U << (rule - rules);
    if ((r->seen & bit) != 0)
        return SCEAU_E_SYNTAX;
    r->seen |= bit;
    enum sceau_status status = SCEAU_E_SYNTAX;
    if (tag->expected == NULL && rule->read != NULL)
        status = rule->read(r->arena, tag->value, &r->record);
    if (status == SCEAU_E_LIMIT)
        return status;
    if (status == SCEAU_E_SYNTAX && (rule->read == read_sp || rule->read == read_np))
        r->has_bad_policy = true;
    return SCEAU_OK;
}

static enum sceau_status
refuse(struct sceau_diag *diag, size_t offset, const char *expected)
{
    if (diag != NULL)
        *diag = (struct sceau_diag){.offset = offset, .expected = expected};
    return SCEAU_E_SYNTAX;
}

enum sceau_status
sceau_dmarc_record_parse(struct sceau_arena *arena, struct sceau_slice text,
                         struct sceau_dmarc_record *record, struct sceau_diag *diag)
{
    struct reading r = {.arena = arena, .record = dmarc_record_defaults()};
    struct dmarc_tag tag;
    size_t pos = 0;
    if (!dmarc_record_is_dmarc1(text))
        return refuse(diag, 0, "v=DMARC1 as the first tag");
    if (text.len > SCEAU_DMARC_RECORD_MAX)
        return SCEAU_E_LIMIT;
    while (dmarc_tag_next(text, &pos, &tag)) {
        enum sceau_status status = read_tag(&r, &tag);
        if (status == SCEAU_E_SYNTAX)
            return refuse(diag, tag.name_offset, "each tag once");
        if (status != SCEAU_OK)
            return status;
    }
    r.record.text = text;
    if (r.record.ruf_count == 0)
        r.record.fo =
            SCEAU_DMARC_FO_0; /* section 4.7: fo without ruf MUST be ignored */
    settle_policies(&r.record, r.has_bad_policy);
    *record = r.record;
    return SCEAU_OK;
}

enum sceau_status
sceau_dmarc_record_tags(struct sceau_arena *arena,
                        const struct sceau_dmarc_record *record,
                        const struct sceau_dmarc_tag_value **tags, size_t *count)
{
    struct sceau_dmarc_tag_value *list = sceau_arena_alloc(arena, RULES * sizeof *list);
    if (list == NULL)
        return SCEAU_E_LIMIT;
    *count = 0;
    for (size_t i = 0; i < RULES; i++) {
        struct text value = text_new(arena, SIZE_MAX);
        if (rules[i].format == NULL)
            continue;
        rules[i].format(&value, record);
        if (value.has_failed)
            return SCEAU_E_LIMIT;
        if (value.len > 0)
            list[(*count)++] =
                (struct sceau_dmarc_tag_value){rules[i].name, text_so_far(&value)};
    }
    *tags = list;
    return SCEAU_OK;
}
