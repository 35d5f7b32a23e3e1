/* Master-file text (RFC 1035 section 5, RFC 2308 section 4) into a resolver: entries,
 * directives, and the rdata of each type by the table in rdata.c.
 *
 * No $INCLUDE: this library opens no file. `$FAIL OWNER TYPE OUTCOME` is ours. */
#include "core/base64.h"
#include "core/ip.h"
#include "rdata.h"
#include "rrset.h"
#include "zonelexer.h"
#include "zonestore.h"
#include "zonetext.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    DEFAULT_TTL = 300 /* seconds, when neither record nor $TTL says one */
};

struct zone_resolver {
    struct sceau_resolver resolver;
    struct zone_store store;
};

/* Reads the text, entry by entry. After a failure nothing more is read. */
struct zone_parser {
    struct zone_lexer lexer;
    struct zone_token token; /* the one at hand */
    struct zone_store *store;
    struct sceau_zone_error *error;
    bool has_failed;
    struct dns_name origin;
    struct dns_name owner;
    bool has_owner;
    uint32_t ttl;      /* of the entry at hand */
    uint32_t last_ttl; /* the last one stated, RFC 1035 section 5.1 */
    bool has_default_ttl;
    uint32_t default_ttl; /* RFC 2308 section 4 */
    char rdata[DNS_RDATA_MAX];
    size_t rdata_len;
};

/* ---- failures -------------------------------------------------------------------------- */

/* Fail `offset` octets into the token at hand. */
static void
fail_at(struct zone_parser *p, size_t offset, const char *expected)
{
    if (p->has_failed)
        return;
    p->has_failed = true;
    *p->error = (struct sceau_zone_error){
        .line = p->token.line,
        .column = p->token.column + offset,
    };
    snprintf(p->error->text, sizeof p->error->text, "%s", expected);
}

static void
fail(struct zone_parser *p, const char *expected)
{
    fail_at(p, 0, expected);
}

/* Fail where a cursor over the token's text stopped, if it did or left something. */
static void
check_cursor(struct zone_parser *p, const struct cursor *c, const char *expected)
{
    if (!cursor_ok(c))
        fail_at(p, c->pos, c->expected);
    else if (c->pos < c->in.len)
        fail_at(p, c->pos, expected);
}

/* ---- tokens -------------------------------------------------------------------------- */

static void
advance(struct zone_parser *p)
{
    if (p->has_failed)
        return;
    p->token = zone_lexer_next(&p->lexer);
    if (p->token.kind == ZONE_TOKEN_ERROR)
        fail(p, p->token.problem);
}

static bool
is_text(const struct zone_parser *p)
{
    return !p->has_failed &&
           (p->token.kind == ZONE_TOKEN_WORD || p->token.kind == ZONE_TOKEN_QUOTED);
}

static bool
is_word(const struct zone_parser *p)
{
    return !p->has_failed && p->token.kind == ZONE_TOKEN_WORD;
}

/* A word is at hand, or this fails. */
static bool
expect_word(struct zone_parser *p, const char *expected)
{
    if (!is_word(p))
        fail(p, expected);
    return !p->has_failed;
}

static void
expect_line_end(struct zone_parser *p)
{
    if (is_text(p))
        fail(p, "the end of the line: nothing more belongs to this entry");
}

/* ---- rdata ------------------------------------------------------------------------------- */

static void
put(struct zone_parser *p, const char *octets, size_t len)
{
    if (len > sizeof p->rdata - p->rdata_len) {
        fail(p, "at most 65535 octets of data");
        return;
    }
    memcpy(p->rdata + p->rdata_len, octets, len);
    p->rdata_len += len;
}

static void
put_number(struct zone_parser *p, uint64_t value, size_t octets)
{
    for (size_t i = octets; i > 0; i--)
        put(p, &(char){(char)(value >> (8 * (i - 1)) & 0xff)}, 1);
}

static void
read_number(struct zone_parser *p, uint64_t max, size_t octets)
{
    uint64_t value;
    if (!slice_decimal(p->token.text, max, &value))
        fail(p, max == UINT8_MAX    ? "a number up to 255"
                : max == UINT16_MAX ? "a number up to 65535"
                                    : "a number up to 4294967295");
    else
        put_number(p, value, octets);
}

static void
read_address(struct zone_parser *p, uint8_t version)
{
    struct sceau_ip ip;
    if (version == 4 ? !ip4_parse(p->token.text, &ip) : !ip6_parse(p->token.text, &ip))
        fail(p, version == 4 ? "an IPv4 address" : "an IPv6 address");
    else
        put(p, (const char *)ip.octets, version == 4 ? 4 : 16);
}

static void
read_name(struct zone_parser *p)
{
    struct cursor c = cursor_over(p->token.text);
    struct dns_name name;
    zone_text_name(&c, &p->origin, &name);
    check_cursor(p, &c, "a domain name");
    if (!p->has_failed)
        put(p, name.wire, name.len);
}

static void
read_seconds(struct zone_parser *p)
{
    struct cursor c = cursor_over(p->token.text);
    uint32_t seconds = zone_text_seconds(&c);
    check_cursor(p, &c, "a number of seconds");
    put_number(p, seconds, 4);
}

static void
read_string(struct zone_parser *p)
{
    char octets[255];
    size_t len = 0;
    struct cursor c = cursor_over(p->token.text);
    zone_text_octets(&c, octets, sizeof octets, &len);
    check_cursor(p, &c, "a string");
    put_number(p, len, 1);
    put(p, octets, len);
}

static void
read_text(struct zone_parser *p)
{
    struct cursor c = cursor_over(p->token.text);
    zone_text_octets(&c, p->rdata + p->rdata_len, sizeof p->rdata - p->rdata_len,
                     &p->rdata_len);
    check_cursor(p, &c, "a text");
}

/* The words to the end of the entry, joined: hex and base64 may be cut anywhere. The
 * caller frees the result; NULL after a failure. */
static char *
join_words(struct zone_parser *p, size_t *len)
{
    char *joined = NULL;
    size_t used = 0, capacity = 0;
    for (; is_word(p); advance(p)) {
        struct sceau_slice word = p->token.text;
        if (word.len > 2 * sizeof p->rdata - used) {
            fail(p, "at most 65535 octets of data");
            break;
        }
        if (used + word.len > capacity) {
            capacity = 2 * (used + word.len);
            char *grown = realloc(joined, capacity);
            if (grown == NULL) {
                fail(p, "memory is exhausted");
                break;
            }
            joined = grown;
        }
        memcpy(joined + used, word.ptr, word.len);
        used += word.len;
    }
    if (used == 0 || p->has_failed) {
        fail(p, "data to the end of the entry");
        free(joined);
        return NULL;
    }
    *len = used;
    return joined;
}

static int
hex_digit(char c)
{
    c = ascii_lower(c);
    return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
read_hex(struct zone_parser *p)
{
    size_t len = 0;
    char *digits = join_words(p, &len);
    if (digits == NULL)
        return;
    if (len % 2 != 0)
        fail(p, "an even number of hexadecimal digits before this");
    for (size_t i = 0; i + 1 < len && !p->has_failed; i += 2) {
        int high = hex_digit(digits[i]), low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0)
            fail(p, "only hexadecimal digits before this");
        else
            put_number(p, (uint64_t)(high << 4 | low), 1);
    }
    free(digits);
}

static void
read_base64(struct zone_parser *p)
{
    size_t len = 0, octets = 0;
    char *text = join_words(p, &len);
    if (text == NULL)
        return;
    uint8_t *out = malloc(len / 4 * 3 + 3);
    if (out == NULL)
        fail(p, "memory is exhausted");
    else if (!base64_decode((struct sceau_slice){text, len}, out, &octets))
        fail(p, "valid base64 before this");
    else
        put(p, (const char *)out, octets);
    free(out);
    free(text);
}

/* Read one field; those that go to the end of the entry take all its words. */
static void
read_field(struct zone_parser *p, enum dns_field field)
{
    switch (field) {
    case DNS_FIELD_END: return;
    case DNS_FIELD_HEX: read_hex(p); return;
    case DNS_FIELD_BASE64: read_base64(p); return;
    case DNS_FIELD_IP4: read_address(p, 4); break;
    case DNS_FIELD_IP6: read_address(p, 6); break;
    case DNS_FIELD_NAME: read_name(p); break;
    case DNS_FIELD_U8: read_number(p, UINT8_MAX, 1); break;
    case DNS_FIELD_U16: read_number(p, UINT16_MAX, 2); break;
    case DNS_FIELD_U32: read_number(p, UINT32_MAX, 4); break;
    case DNS_FIELD_SECONDS: read_seconds(p); break;
    case DNS_FIELD_WORD:
    case DNS_FIELD_STRING:
    case DNS_FIELD_STRINGS: read_string(p); break;
    case DNS_FIELD_TEXT: read_text(p); break;
    }
    advance(p);
}

/* Only texts may be quoted: "1.2.3.4" in quotes is a mistake worth telling. */
static bool
may_be_quoted(enum dns_field field)
{
    return field == DNS_FIELD_STRING || field == DNS_FIELD_STRINGS ||
           field == DNS_FIELD_TEXT;
}

static void
read_fields(struct zone_parser *p, const enum dns_field *field)
{
    if (*field == DNS_FIELD_STRINGS && !is_text(p))
        return; /* TXT without a string: see first_field in rdata.c */
    while (*field != DNS_FIELD_END && !p->has_failed) {
        if (!is_text(p)) {
            fail(p, "more data: this entry is not complete");
        } else if (p->token.kind == ZONE_TOKEN_QUOTED && !may_be_quoted(*field)) {
            fail(p, "no quotes: they belong to texts only");
        } else {
            read_field(p, *field);
            field += *field == DNS_FIELD_STRINGS && is_text(p) ? 0 : 1;
        }
    }
}

/* RFC 3597 section 5: \# LENGTH HEX; the token at hand is the length. */
static void
read_generic(struct zone_parser *p, uint16_t type)
{
    uint64_t len = 0;
    struct zone_token at = p->token;
    if (!expect_word(p, "the length of the data") ||
        !slice_decimal(p->token.text, DNS_RDATA_MAX, &len)) {
        fail(p, "the length of the data, up to 65535");
        return;
    }
    advance(p);
    if (len > 0)
        read_hex(p);
    if (p->has_failed)
        return;
    p->token = p->rdata_len != len ? at : p->token;
    if (p->rdata_len != len)
        fail(p, "the length that the hexadecimal digits have");
    else if (!dns_rdata_is_valid(type, (struct sceau_slice){p->rdata, p->rdata_len}))
        fail(p, "data in the form of this type before this");
}

/* The rdata of one record, up to the end of the entry. False in *is_read: a type that is
 * known by name but whose text is not read; it exists, and that is all. */
static void
read_rdata(struct zone_parser *p, uint16_t type, bool *is_read)
{
    const struct dns_type *known = dns_type_find(type);
    p->rdata_len = 0;
    *is_read = true;
    if (is_word(p) && slice_eq(p->token.text, SCEAU_SLICE("\\#"))) {
        advance(p);
        read_generic(p, type);
    } else if (known == NULL) {
        fail(p, "data in the form \\# LENGTH HEX, as the type is unknown (RFC 3597)");
    } else if (known->fields[0] == DNS_FIELD_END) {
        *is_read = false;
        if (!is_text(p))
            fail(p, "more data: this entry is not complete");
        while (is_text(p))
            advance(p);
    } else {
        read_fields(p, known->fields);
    }
}

/* ---- entries ------------------------------------------------------------------------------ */

/* Read the word at hand as a name and step on. */
static void
take_name(struct zone_parser *p, struct dns_name *name)
{
    struct cursor c = cursor_over(p->token.text);
    if (!expect_word(p, "a domain name"))
        return;
    zone_text_name(&c, &p->origin, name);
    check_cursor(p, &c, "a domain name");
    advance(p);
}

static uint32_t
take_ttl(struct zone_parser *p)
{
    struct cursor c = cursor_over(p->token.text);
    if (!expect_word(p, "a time to live"))
        return 0;
    uint32_t ttl = zone_text_seconds(&c);
    check_cursor(p, &c, "a time to live");
    if (ttl > ZONE_TTL_MAX)
        fail(p, "a time to live below 2^31 seconds (RFC 2181 section 8)");
    advance(p);
    return ttl;
}

/* [TTL] [class] or [class] [TTL], each at most once. A type never starts with a digit. */
static void
read_ttl_and_class(struct zone_parser *p)
{
    bool has_ttl = false, has_class = false;
    while (is_word(p)) {
        if (!has_ttl && ascii_is_digit(p->token.text.ptr[0])) {
            p->last_ttl = take_ttl(p);
            has_ttl = true;
        } else if (!has_class && slice_eq_ci(p->token.text, SCEAU_SLICE("IN"))) {
            advance(p);
            has_class = true;
        } else {
            break;
        }
    }
    p->ttl = !has_ttl && p->has_default_ttl ? p->default_ttl : p->last_ttl;
}

/* Read the word at hand as a type and step on; 0 after a failure. */
static uint16_t
take_type(struct zone_parser *p)
{
    if (!expect_word(p, "a record type"))
        return 0;
    uint16_t type = sceau_dns_type_parse(p->token.text);
    if (type == 0)
        fail(p, "a record type (or the class IN, or a time to live)");
    advance(p);
    return type;
}

static void
read_record(struct zone_parser *p)
{
    bool is_read = false;
    if (p->token.is_line_start) {
        take_name(p, &p->owner);
        p->has_owner = true;
    } else if (!p->has_owner) {
        fail(p, "a name in the first column, as no record stands before");
    }
    read_ttl_and_class(p);
    uint16_t type = take_type(p);
    read_rdata(p, type, &is_read);
    expect_line_end(p);
    struct sceau_slice rdata = {is_read ? p->rdata : NULL, is_read ? p->rdata_len : 0};
    if (!p->has_failed && !zone_store_add(p->store, &p->owner, type, p->ttl, rdata))
        fail(p, "memory is exhausted");
}

static enum sceau_dns_status
take_outcome(struct zone_parser *p)
{
    static const enum sceau_dns_status outcomes[] = {
        SCEAU_DNS_SERVFAIL, SCEAU_DNS_TIMEOUT, SCEAU_DNS_REFUSED,
        SCEAU_DNS_NXDOMAIN, SCEAU_DNS_NODATA,  SCEAU_DNS_BOGUS,
    };
    for (size_t i = 0; is_word(p) && i < sizeof outcomes / sizeof *outcomes; i++) {
        const char *name = sceau_dns_status_name(outcomes[i]);
        if (slice_eq_ci(p->token.text, sceau_slice_from(name))) {
            advance(p);
            return outcomes[i];
        }
    }
    fail(p, "SERVFAIL, TIMEOUT, REFUSED, NXDOMAIN, NODATA or BOGUS");
    return SCEAU_DNS_SERVFAIL;
}

static void
directive_fail(struct zone_parser *p)
{
    struct dns_name owner = {0};
    uint16_t type = ZONE_TYPE_ANY;
    take_name(p, &owner);
    if (is_word(p) && slice_eq_ci(p->token.text, SCEAU_SLICE("ANY")))
        advance(p);
    else
        type = take_type(p);
    enum sceau_dns_status outcome = take_outcome(p);
    expect_line_end(p);
    if (!p->has_failed && !zone_store_fail(p->store, &owner, type, outcome))
        fail(p, "memory is exhausted");
}

static void
directive_origin(struct zone_parser *p)
{
    struct dns_name origin = {0};
    take_name(p, &origin);
    if (!p->has_failed)
        p->origin = origin;
}

static void
directive_ttl(struct zone_parser *p)
{
    p->default_ttl = take_ttl(p);
    p->has_default_ttl = true;
}

static const struct directive {
    const char *name;
    void (*read)(struct zone_parser *p);
} directives[] = {
    {"$ORIGIN", directive_origin}, /* RFC 1035 section 5.1 */
    {"$TTL",    directive_ttl   }, /* RFC 2308 section 4 */
    {"$FAIL",   directive_fail  }, /* ours */
};

static void
read_directive(struct zone_parser *p)
{
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        if (slice_eq_ci(p->token.text, sceau_slice_from(directives[i].name))) {
            advance(p);
            directives[i].read(p);
            expect_line_end(p);
            return;
        }
    }
    fail(p, slice_eq_ci(p->token.text, SCEAU_SLICE("$INCLUDE"))
                ? "the records themselves: $INCLUDE is not followed"
                : "$ORIGIN, $TTL or $FAIL");
}

static void
read_entries(struct zone_parser *p)
{
    advance(p);
    while (!p->has_failed && p->token.kind != ZONE_TOKEN_END) {
        if (p->token.kind == ZONE_TOKEN_LINE_END)
            advance(p);
        else if (is_word(p) && p->token.is_line_start && p->token.text.ptr[0] == '$')
            read_directive(p);
        else
            read_record(p);
    }
}

/* ---- the resolver -------------------------------------------------------------------------- */

static void
zone_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
            struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
            struct sceau_dns_answer *answer)
{
    const struct zone_resolver *zone = (const struct zone_resolver *)self;
    struct dns_name wire;
    (void)timeout_ms; /* it never waits, not even where $FAIL plays TIMEOUT */
    if (!dns_name_from_asked(name, &wire)) {
        dns_answer_without(answer, SCEAU_DNS_INVALID, 0, "this is not a DNS name");
        return;
    }
    dns_name_lower(&wire);
    zone_store_answer(&zone->store, &wire, type, arena, answer);
}

void
sceau_zone_resolver_free(struct sceau_resolver *resolver)
{
    struct zone_resolver *zone = (struct zone_resolver *)resolver;
    if (zone == NULL)
        return;
    sceau_arena_free(zone->store.arena);
    free(zone);
}

struct sceau_resolver *
sceau_zone_resolver_new(struct sceau_slice text, struct sceau_zone_error *error)
{
    struct zone_resolver *zone = calloc(1, sizeof *zone);
    struct zone_parser *parser = calloc(1, sizeof *parser);
    struct sceau_arena *arena = sceau_arena_new(SIZE_MAX); /* linear in the text */
    *error = (struct sceau_zone_error){.text = "memory is exhausted"};
    bool is_read = false;
    if (zone != NULL && parser != NULL && arena != NULL) {
        zone->resolver.lookup = zone_lookup;
        zone_store_init(&zone->store, arena, text);
        parser->lexer = zone_lexer_over(text);
        parser->store = &zone->store;
        parser->error = error;
        parser->origin = dns_name_root();
        parser->last_ttl = DEFAULT_TTL;
        read_entries(parser);
        is_read = !parser->has_failed;
    }
    free(parser);
    if (is_read)
        return &zone->resolver;
    sceau_arena_free(arena);
    free(zone);
    return NULL;
}
