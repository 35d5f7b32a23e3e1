/* Reading Authentication-Results (RFC 8601 section 2.2), the whole grammar:
 *
 *     authserv-id [version] ( ";" "none" / 1*( ";" resinfo ) )
 *     resinfo  = method ["/" version] "=" result ["reason" "=" value] *propspec
 *     propspec = ptype "." property "=" pvalue
 *
 * CFWS may stand between any two of these words. Read although the grammar has no place
 * for them, since many writers make them: a final semicolon, a value with tspecials and
 * without quotes (`header.b=ab/c+d=`), an underscore in a keyword. Nothing here may lead to
 * a verdict (rule R2): it feeds sealing and comparing. */
#include "authres/authres.h"
#include "core/cursor.h"
#include "message/lexical.h"

struct parser {
    struct cursor c;
    struct sceau_arena *arena;
    bool is_over_limit; /* of a count or of the arena */
};

static struct sceau_slice
finished(struct parser *p, struct text *t)
{
    struct sceau_slice done = text_done(t);
    p->is_over_limit |= done.ptr == NULL;
    return done;
}

/* Keyword = Ldh-str (RFC 5321 section 4.1.2). */
static bool
is_keyword_octet(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_';
}

static struct sceau_slice
parse_keyword(struct parser *p, const char *expected)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    struct sceau_slice word = cursor_take_while(&p->c, is_keyword_octet);
    if (word.len == 0)
        cursor_fail(&p->c, expected);
    text_lower(&t, word);
    return finished(p, &t);
}

/* token of RFC 2045 section 5.1, or what writers put where one should stand. */
static bool
is_value_octet(char c)
{
    unsigned char u = (unsigned char)c;
    return u > 0x20 && u != 0x7f && strchr("()<>,;\\\"", c) == NULL;
}

/* value, or [local-part] "@" domain-name; unquoted. */
static struct sceau_slice
parse_value(struct parser *p)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    bool is_quoted = cursor_peek(&p->c) == '"';
    if (is_quoted)
        lexical_quoted_string(&p->c, &t);
    if (!is_quoted || cursor_peek(&p->c) == '@') {
        struct sceau_slice rest = cursor_take_while(&p->c, is_value_octet);
        if (rest.len == 0)
            cursor_fail(&p->c, "a value");
        text_slice(&t, rest);
    }
    return finished(p, &t);
}

/* [CFWS] `octet` [CFWS] */
static void
parse_sign(struct parser *p, char octet, const char *expected)
{
    lexical_skip_cfws(&p->c);
    cursor_expect(&p->c, octet, expected);
    lexical_skip_cfws(&p->c);
}

static unsigned
parse_version(struct parser *p)
{
    unsigned version = cursor_decimal(&p->c, 0, 999);
    lexical_skip_cfws(&p->c);
    return version;
}

/* methodspec = method ["/" method-version] "=" result */
static void
parse_methodspec(struct parser *p, struct authres_result_read *result)
{
    result->method = parse_keyword(p, "a method");
    result->method_version = 1;
    lexical_skip_cfws(&p->c);
    if (cursor_accept(&p->c, '/')) {
        lexical_skip_cfws(&p->c);
        result->method_version = parse_version(p);
    }
    parse_sign(p, '=', "\"=\" after the method");
    result->result = parse_keyword(p, "a result");
}

/* One "reason=value" or "ptype.property=value" into the result. */
static void
parse_spec(struct parser *p, struct authres_property_read *properties,
           struct authres_result_read *result)
{
    struct sceau_slice word = parse_keyword(p, "a reason or a property");
    lexical_skip_cfws(&p->c);
    if (cursor_peek(&p->c) == '=' && slice_eq(word, SCEAU_SLICE("reason")) &&
        result->reason.ptr == NULL) {
        parse_sign(p, '=', "\"=\"");
        result->reason = parse_value(p);
        return;
    }
    parse_sign(p, '.', "\".\" after the property type");
    if (result->property_count == AUTHRES_PROPERTIES_MAX) {
        p->is_over_limit = true;
        return;
    }
    struct authres_property_read *property = &properties[result->property_count++];
    property->ptype = word;
    property->property = parse_keyword(p, "a property");
    parse_sign(p, '=', "\"=\" after the property");
    property->value = parse_value(p);
}

static void
parse_resinfo(struct parser *p, size_t start, struct authres_result_read *result)
{
    struct authres_property_read properties[AUTHRES_PROPERTIES_MAX];
    *result = (struct authres_result_read){0};
    parse_methodspec(p, result);
    size_t end = p->c.pos;
    while (lexical_skip_cfws(&p->c), cursor_ok(&p->c) && !p->is_over_limit) {
        end = p->c.pos;
        if (cursor_peek(&p->c) < 0 || cursor_peek(&p->c) == ';')
            break;
        parse_spec(p, properties, result);
    }
    result->text = slice_trim(slice_sub(p->c.in, start, end - start));
    size_t octets = result->property_count * sizeof *properties;
    struct authres_property_read *kept = sceau_arena_alloc(p->arena, octets);
    if (kept == NULL)
        p->is_over_limit = true;
    else if (octets > 0)
        memcpy(kept, properties, octets);
    result->properties = kept;
}

/* no-result = [CFWS] ";" [CFWS] "none" [CFWS], the semicolon being read. */
static bool
accept_none(struct parser *p)
{
    struct cursor ahead = p->c;
    if (!cursor_accept_word(&ahead, SCEAU_SLICE("none")))
        return false;
    lexical_skip_cfws(&ahead);
    cursor_accept(&ahead, ';');
    lexical_skip_cfws(&ahead);
    if (!cursor_at_end(&ahead))
        return false;
    p->c = ahead;
    return true;
}

static void
parse_results(struct parser *p, struct authres_result_read *results,
              struct authres *out)
{
    while (!p->is_over_limit && cursor_accept(&p->c, ';')) {
        size_t start = p->c.pos;
        lexical_skip_cfws(&p->c);
        if (out->result_count == 0 && accept_none(p))
            return;
        if (cursor_at_end(&p->c) && out->result_count > 0)
            return;
        if (out->result_count == AUTHRES_RESULTS_MAX) {
            p->is_over_limit = true;
            return;
        }
        parse_resinfo(p, start, &results[out->result_count++]);
    }
    if (out->result_count == 0 || p->c.pos < p->c.in.len)
        cursor_fail(&p->c, "\";\" before a result");
}

static void
keep_results(struct parser *p, const struct authres_result_read *results,
             struct authres *out)
{
    size_t octets = out->result_count * sizeof *results;
    struct authres_result_read *kept = sceau_arena_alloc(p->arena, octets);
    if (kept == NULL)
        p->is_over_limit = true;
    else if (octets > 0)
        memcpy(kept, results, octets);
    out->results = kept;
}

enum sceau_status
authres_parse(struct sceau_arena *arena, struct sceau_slice body, struct authres *out,
              struct sceau_diag *diag)
{
    struct authres_result_read results[AUTHRES_RESULTS_MAX];
    struct parser p = {.c = cursor_over(body), .arena = arena};
    struct authres found = {.version = 1};
    lexical_skip_cfws(&p.c);
    found.authserv_id = parse_value(&p);
    lexical_skip_cfws(&p.c);
    if (ascii_is_digit((char)cursor_peek(&p.c)))
        found.version = parse_version(&p);
    parse_results(&p, results, &found);
    if (p.is_over_limit || p.c.expected == lexical_too_deep)
        return SCEAU_E_LIMIT;
    if (!cursor_ok(&p.c))
        return cursor_status(&p.c, diag);
    keep_results(&p, results, &found);
    if (p.is_over_limit)
        return SCEAU_E_LIMIT;
    *out = found;
    return SCEAU_OK;
}
