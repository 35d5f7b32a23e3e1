/* The rdata of one record from the words of a master file, by the table of types in
 * rdata.c; and what both readers of a zone text share: tokens and the first failure.
 *
 * RFC 1035 section 5.1, RFC 3597 section 5 (\# LENGTH HEX). */
#include "core/base64.h"
#include "core/hex.h"
#include "core/ip.h"
#include "zoneparser.h"
#include "zonetext.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- failures -------------------------------------------------------------------------- */

static void
fail(struct zone_parser *p, size_t offset, const char *text, bool is_expected)
{
    if (p->has_failed)
        return;
    p->has_failed = true;
    p->problem = text;
    p->is_expected = is_expected;
    *p->error = (struct sceau_zone_error){
        .line = p->token.line,
        .column = p->token.column + offset,
    };
    snprintf(p->error->text, sizeof p->error->text, "%s%s",
             is_expected ? "expected " : "", text);
}

void
zone_fail_at(struct zone_parser *p, size_t offset, const char *expected)
{
    fail(p, offset, expected, true);
}

void
zone_refuse(struct zone_parser *p, const char *problem)
{
    fail(p, 0, problem, false);
}

void
zone_fail(struct zone_parser *p, const char *expected)
{
    zone_fail_at(p, 0, expected);
}

void
zone_check_cursor(struct zone_parser *p, const struct cursor *c, const char *expected)
{
    if (!cursor_ok(c))
        zone_fail_at(p, c->pos, c->expected);
    else if (c->pos < c->in.len)
        zone_fail_at(p, c->pos, expected);
}

/* ---- tokens -------------------------------------------------------------------------- */

void
zone_advance(struct zone_parser *p)
{
    if (p->has_failed)
        return;
    p->token = zone_lexer_next(&p->lexer);
    if (p->token.kind == ZONE_TOKEN_ERROR)
        zone_refuse(p, p->token.problem);
}

bool
zone_expect_word(struct zone_parser *p, const char *expected)
{
    if (!zone_is_word(p))
        zone_fail(p, expected);
    return !p->has_failed;
}

/* ---- fields ------------------------------------------------------------------------- */

static void
put(struct zone_parser *p, const char *octets, size_t len)
{
    if (len > sizeof p->rdata - p->rdata_len) {
        zone_fail(p, N_("at most 65535 octets of data"));
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
        zone_fail(p, max == UINT8_MAX    ? N_("a number up to 255")
                     : max == UINT16_MAX ? N_("a number up to 65535")
                                         : N_("a number up to 4294967295"));
    else
        put_number(p, value, octets);
}

static void
read_address(struct zone_parser *p, uint8_t version)
{
    struct sceau_ip ip;
    if (version == 4 ? !ip4_parse(p->token.text, &ip) : !ip6_parse(p->token.text, &ip))
        zone_fail(p, version == 4 ? N_("an IPv4 address") : N_("an IPv6 address"));
    else
        put(p, (const char *)ip.octets, version == 4 ? 4 : 16);
}

static void
read_name(struct zone_parser *p)
{
    struct cursor c = cursor_over(p->token.text);
    struct dns_name name;
    zone_text_name(&c, &p->origin, &name);
    zone_check_cursor(p, &c, N_("a domain name"));
    if (!p->has_failed)
        put(p, name.wire, name.len);
}

static void
read_seconds(struct zone_parser *p)
{
    struct cursor c = cursor_over(p->token.text);
    uint32_t seconds = zone_text_seconds(&c);
    zone_check_cursor(p, &c, N_("a number of seconds"));
    put_number(p, seconds, 4);
}

static void
read_string(struct zone_parser *p)
{
    char octets[255];
    size_t len = 0;
    struct cursor c = cursor_over(p->token.text);
    zone_text_octets(&c, octets, sizeof octets, &len);
    zone_check_cursor(p, &c, N_("a string"));
    put_number(p, len, 1);
    put(p, octets, len);
}

static void
read_text(struct zone_parser *p)
{
    struct cursor c = cursor_over(p->token.text);
    zone_text_octets(&c, p->rdata + p->rdata_len, sizeof p->rdata - p->rdata_len,
                     &p->rdata_len);
    zone_check_cursor(p, &c, N_("a text"));
}

/* The words to the end of the entry, joined: hex and base64 may be cut anywhere. The
 * caller frees the result; NULL after a failure. */
static char *
join_words(struct zone_parser *p, size_t *len)
{
    char *joined = NULL;
    size_t used = 0, capacity = 0;
    for (; zone_is_word(p); zone_advance(p)) {
        struct sceau_slice word = p->token.text;
        if (word.len > 2 * sizeof p->rdata - used) {
            zone_fail(p, N_("at most 65535 octets of data"));
            break;
        }
        if (used + word.len > capacity) {
            capacity = 2 * (used + word.len);
            char *grown = realloc(joined, capacity);
            if (grown == NULL) {
                zone_refuse(p, N_("memory is exhausted"));
                break;
            }
            joined = grown;
        }
        memcpy(joined + used, word.ptr, word.len);
        used += word.len;
    }
    if (used == 0 || p->has_failed) {
        zone_fail(p, N_("data to the end of the entry"));
        free(joined);
        return NULL;
    }
    *len = used;
    return joined;
}

static void
read_hex(struct zone_parser *p)
{
    size_t len = 0;
    char *digits = join_words(p, &len);
    if (digits == NULL)
        return;
    if (len % 2 != 0)
        zone_fail(p, N_("an even number of hexadecimal digits before this"));
    for (size_t i = 0; i + 1 < len && !p->has_failed; i += 2) {
        int high = ascii_hex_digit(digits[i]), low = ascii_hex_digit(digits[i + 1]);
        if (high < 0 || low < 0)
            zone_fail(p, N_("only hexadecimal digits before this"));
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
        zone_refuse(p, N_("memory is exhausted"));
    else if (!base64_decode((struct sceau_slice){text, len}, out, &octets))
        zone_fail(p, N_("valid base64 before this"));
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
    zone_advance(p);
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
    if (*field == DNS_FIELD_STRINGS && !zone_is_text(p))
        return; /* TXT without a string: see first_field in rdata.c */
    while (*field != DNS_FIELD_END && !p->has_failed) {
        if (!zone_is_text(p)) {
            zone_fail(p, N_("more data: this entry is not complete"));
        } else if (p->token.kind == ZONE_TOKEN_QUOTED && !may_be_quoted(*field)) {
            zone_fail(p, N_("no quotes: they belong to texts only"));
        } else {
            read_field(p, *field);
            field += *field == DNS_FIELD_STRINGS && zone_is_text(p) ? 0 : 1;
        }
    }
}

/* RFC 3597 section 5: \# LENGTH HEX; the token at hand is the length. */
static void
read_generic(struct zone_parser *p, uint16_t type)
{
    uint64_t len = 0;
    struct zone_token at = p->token;
    if (!zone_expect_word(p, N_("the length of the data")) ||
        !slice_decimal(p->token.text, DNS_RDATA_MAX, &len)) {
        zone_fail(p, N_("the length of the data, up to 65535"));
        return;
    }
    zone_advance(p);
    if (len > 0)
        read_hex(p);
    if (p->has_failed)
        return;
    p->token = p->rdata_len != len ? at : p->token;
    if (p->rdata_len != len)
        zone_fail(p, N_("the length that the hexadecimal digits have"));
    else if (!dns_rdata_is_valid(type, (struct sceau_slice){p->rdata, p->rdata_len}))
        zone_fail(p, N_("data in the form of this type before this"));
}

void
zone_read_rdata(struct zone_parser *p, uint16_t type, bool *is_read)
{
    const struct dns_type *known = dns_type_find(type);
    p->rdata_len = 0;
    *is_read = true;
    if (zone_is_word(p) && slice_eq(p->token.text, SCEAU_SLICE("\\#"))) {
        zone_advance(p);
        read_generic(p, type);
    } else if (known == NULL) {
        zone_fail(
            p,
            N_("data in the form \\# LENGTH HEX, as the type is unknown (RFC 3597)"));
    } else if (known->fields[0] == DNS_FIELD_END) {
        *is_read = false;
        if (!zone_is_text(p))
            zone_fail(p, N_("more data: this entry is not complete"));
        while (zone_is_text(p))
            zone_advance(p);
    } else {
        read_fields(p, known->fields);
    }
}
