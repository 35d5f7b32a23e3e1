/* The grammar of an SPF record (RFC 7208 sections 4.5, 4.6.1, 5 and 6, collected in its
 * section 12) and nothing else. What a domain-spec may hold is macro.c's matter. */
#include "record.h"

#include "core/cursor.h"
#include "core/ip.h"
#include "macro.h"

#include <assert.h>

enum argument {
    ARGUMENT_NONE,
    ARGUMENT_OPTIONAL, /* ":" domain-spec */
    ARGUMENT_REQUIRED, /* ":" or "=" domain-spec */
    ARGUMENT_IP4,      /* ":" ip4-network [ ip4-cidr-length ] */
    ARGUMENT_IP6,      /* ":" ip6-network [ ip6-cidr-length ] */
    ARGUMENT_ANY,      /* "=" macro-string */
};

/* Every term there is, in the order of enum spf_term_kind. */
static const struct term_rule {
    const char *name;
    bool is_modifier;
    enum argument argument;
    bool has_dual_cidr;
    bool costs_lookup; /* toward the limit of 10, section 4.6.4 */
} term_rules[] = {
    {"all",      false, ARGUMENT_NONE,     false, false}, /* 5.1 */
    {"include",  false, ARGUMENT_REQUIRED, false, true }, /* 5.2 */
    {"a",        false, ARGUMENT_OPTIONAL, true,  true }, /* 5.3 */
    {"mx",       false, ARGUMENT_OPTIONAL, true,  true }, /* 5.4 */
    {"ptr",      false, ARGUMENT_OPTIONAL, false, true }, /* 5.5 */
    {"ip4",      false, ARGUMENT_IP4,      false, false}, /* 5.6 */
    {"ip6",      false, ARGUMENT_IP6,      false, false}, /* 5.6 */
    {"exists",   false, ARGUMENT_REQUIRED, false, true }, /* 5.7 */
    {"redirect", true,  ARGUMENT_REQUIRED, false, true }, /* 6.1 */
    {"exp",      true,  ARGUMENT_REQUIRED, false, false}, /* 6.2 */
    {"",         true,  ARGUMENT_ANY,      false, false}, /* 6   */
};

const char *
spf_term_name(enum spf_term_kind kind)
{
    return term_rules[kind].name;
}

bool
spf_term_is_modifier(enum spf_term_kind kind)
{
    return term_rules[kind].is_modifier;
}

bool
spf_term_costs_lookup(enum spf_term_kind kind)
{
    return term_rules[kind].costs_lookup;
}

/* In any letter case; `name` is in lower case. Most names differ in their first octet. */
static bool
is_named(struct sceau_slice text, const char *name)
{
    for (size_t i = 0; i < text.len; i++) {
        if (name[i] == '\0' || ascii_lower(text.ptr[i]) != name[i])
            return false;
    }
    return name[text.len] == '\0';
}

/* Mechanisms and modifiers are two name spaces: "ip4=" is an unknown modifier. */
static enum spf_term_kind
find_term(struct sceau_slice name, bool is_modifier)
{
    for (enum spf_term_kind kind = SPF_ALL; kind < SPF_UNKNOWN_MODIFIER; kind++) {
        const struct term_rule *rule = &term_rules[kind];
        if (rule->is_modifier == is_modifier && is_named(name, rule->name))
            return kind;
    }
    return SPF_UNKNOWN_MODIFIER;
}

/* Fail at an octet that was passed already: where the trouble begins. */
static void
fail_at(struct cursor *c, size_t pos, const char *expected)
{
    if (cursor_ok(c))
        c->pos = pos;
    cursor_fail(c, expected);
}

static bool
is_space(char c)
{
    return c == ' '; /* SP only: a tab is an error, section 4.6.1 */
}

static bool
is_not_slash(char c)
{
    return c != '/';
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), the first letter apart */
static bool
is_name_octet(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* Where the slashes and digits at the end of a term begin. A domain-spec may hold slashes
 * too, but cannot end in them: behind its last one stands a toplabel or a "}". */
static size_t
find_cidr(const struct cursor *c)
{
    size_t cidr = c->in.len;
    for (;;) {
        size_t at = cidr;
        while (at > c->pos && ascii_is_digit(c->in.ptr[at - 1]))
            at--;
        if (at == c->pos || c->in.ptr[at - 1] != '/')
            return cidr;
        bool is_ip6 = at - 1 > c->pos && c->in.ptr[at - 2] == '/';
        if (!is_ip6)
            return at - 1;
        if (cidr < c->in.len) /* "//" twice */
            return cidr;
        cidr = at - 2;
    }
}

/* A domain-spec up to `end`. */
static struct sceau_slice
parse_domain_spec(struct cursor *c, size_t end)
{
    struct cursor inner = *c;
    size_t from = c->pos;
    inner.in.len = end;
    spf_domain_spec_parse(&inner);
    c->pos = inner.pos;
    c->expected = inner.expected;
    return cursor_since(c, from);
}

/* dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]   section 5.6 */
static void
parse_dual_cidr(struct cursor *c, struct spf_term *term)
{
    if (!cursor_accept_word(c, SCEAU_SLICE("//"))) {
        if (!cursor_accept(c, '/'))
            return;
        term->ip4_prefix = (uint8_t)cursor_decimal(c, 0, 32);
        if (!cursor_accept_word(c, SCEAU_SLICE("//")))
            return;
    }
    term->ip6_prefix = (uint8_t)cursor_decimal(c, 0, 128);
}

static void
parse_ip4(struct cursor *c, struct spf_term *term)
{
    cursor_expect(c, ':', "\":\" and an IPv4 network");
    size_t from = c->pos;
    if (!ip4_parse(cursor_take_while(c, is_not_slash), &term->network))
        fail_at(c, from, "an IPv4 address: four numbers from 0 to 255");
    if (cursor_accept(c, '/'))
        term->ip4_prefix = (uint8_t)cursor_decimal(c, 0, 32);
}

static void
parse_ip6(struct cursor *c, struct spf_term *term)
{
    cursor_expect(c, ':', "\":\" and an IPv6 network");
    size_t from = c->pos;
    if (!ip6_parse(cursor_take_while(c, is_not_slash), &term->network))
        fail_at(c, from, "an IPv6 address");
    if (cursor_accept(c, '/'))
        term->ip6_prefix = (uint8_t)cursor_decimal(c, 0, 128);
}

static void
parse_argument(struct cursor *c, struct spf_term *term)
{
    const struct term_rule *rule = &term_rules[term->kind];
    switch (rule->argument) {
    case ARGUMENT_NONE: break;
    case ARGUMENT_OPTIONAL:
        if (cursor_accept(c, ':'))
            term->argument =
                parse_domain_spec(c, rule->has_dual_cidr ? find_cidr(c) : c->in.len);
        break;
    case ARGUMENT_REQUIRED:
        if (!rule->is_modifier)
            cursor_expect(c, ':', "\":\" and a domain");
        term->argument = parse_domain_spec(c, c->in.len);
        break;
    case ARGUMENT_IP4: parse_ip4(c, term); break;
    case ARGUMENT_IP6: parse_ip6(c, term); break;
    case ARGUMENT_ANY: {
        size_t from = c->pos;
        spf_macro_string_parse(c);
        term->argument = cursor_since(c, from);
        break;
    }
    }
    if (rule->has_dual_cidr)
        parse_dual_cidr(c, term);
}

/* qualifier = "+" / "-" / "?" / "~", "+" when there is none; section 4.6.2 */
static bool
parse_qualifier(struct cursor *c, enum sceau_spf_result *qualifier)
{
    static const struct {
        char sign;
        enum sceau_spf_result result;
    } qualifiers[] = {
        {'+', SCEAU_SPF_PASS    },
        {'-', SCEAU_SPF_FAIL    },
        {'~', SCEAU_SPF_SOFTFAIL},
        {'?', SCEAU_SPF_NEUTRAL },
    };
    *qualifier = SCEAU_SPF_PASS;
    for (size_t i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++) {
        if (cursor_accept(c, qualifiers[i].sign)) {
            *qualifier = qualifiers[i].result;
            return true;
        }
    }
    return false;
}

/* directive / modifier, filling the cursor to its end */
static void
parse_term(struct cursor *c, struct spf_term *term)
{
    size_t from = c->pos;
    bool has_qualifier = parse_qualifier(c, &term->qualifier);
    size_t name_at = c->pos;
    if (!ascii_is_alpha((char)cursor_peek(c)))
        cursor_fail(c, "the name of a mechanism or modifier");
    struct sceau_slice name = cursor_take_while(c, is_name_octet);
    bool is_modifier = !has_qualifier && cursor_accept(c, '=');
    enum spf_term_kind kind = find_term(name, is_modifier);
    if (kind == SPF_UNKNOWN_MODIFIER && !is_modifier)
        fail_at(c, name_at, "all, include, a, mx, ptr, ip4, ip6, exists or NAME=");
    term->kind = (uint8_t)kind;
    term->ip4_prefix = 32;
    term->ip6_prefix = 128;
    parse_argument(c, term);
    if (c->pos < c->in.len)
        cursor_fail(c, "the end of the term");
    term->text = cursor_since(c, from);
}

/* "redirect" and "exp" stand at most once each (section 6). */
static void
note_term(struct cursor *c, struct spf_record *record, const struct spf_term *term)
{
    const struct spf_term **place = NULL;
    if (term->kind == SPF_ALL && record->all == NULL)
        record->all = term;
    else if (term->kind == SPF_REDIRECT)
        place = &record->redirect;
    else if (term->kind == SPF_EXP)
        place = &record->exp;
    if (place == NULL)
        return;
    if (*place != NULL)
        fail_at(c, c->pos - term->text.len, "each of redirect= and exp= only once");
    *place = term;
}

bool
spf_record_has_version(struct sceau_slice text)
{
    struct sceau_slice version = SCEAU_SLICE("v=spf1");
    return slice_starts_ci(text, version) &&
           (text.len == version.len || text.ptr[version.len] == ' ');
}

/* Terms, or a few too many: runs of octets between spaces. */
static size_t
count_terms(struct sceau_slice text)
{
    size_t terms = 0;
    for (size_t i = 1; i < text.len; i++)
        terms += text.ptr[i - 1] == ' ' && text.ptr[i] != ' ';
    return terms;
}

/* record = version terms *SP
 * terms  = *( 1*SP ( directive / modifier ) ) */
static void
parse_record(struct cursor *c, struct spf_record *record, struct spf_term *terms)
{
    if (c->in.len > SCEAU_SPF_RECORD_MAX)
        fail_at(c, SCEAU_SPF_RECORD_MAX, "the end of a record of at most 16 KiB");
    if (!spf_record_has_version(c->in))
        cursor_fail(c, "v=spf1");
    cursor_accept_word(c, SCEAU_SLICE("v=spf1"));
    for (;;) {
        cursor_take_while(c, is_space);
        if (cursor_peek(c) < 0)
            return;
        struct cursor inner = *c;
        inner.in.len = c->pos + slice_find(slice_skip(c->in, c->pos), ' ');
        struct spf_term *term = &terms[record->count++];
        parse_term(&inner, term);
        c->pos = inner.pos;
        c->expected = inner.expected;
        if (cursor_ok(c))
            note_term(c, record, term);
    }
}

enum sceau_status
spf_record_parse(struct sceau_arena *arena, struct sceau_slice text,
                 const struct spf_record **record, struct sceau_diag *diag)
{
    size_t terms_max = text.len <= SCEAU_SPF_RECORD_MAX ? count_terms(text) : 0;
    struct spf_record *parsed = sceau_arena_alloc(arena, sizeof *parsed);
    struct spf_term *terms = sceau_arena_alloc(arena, terms_max * sizeof *terms);
    if (parsed == NULL || terms == NULL)
        return SCEAU_E_LIMIT;
    struct cursor c = cursor_over(text);
    *parsed = (struct spf_record){.text = text, .terms = terms};
    parse_record(&c, parsed, terms);
    assert(parsed->count <= terms_max);
    if (cursor_ok(&c))
        *record = parsed;
    return cursor_status(&c, diag);
}
