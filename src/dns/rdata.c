/* Rdata: wire form in, decoded members or text out. One table says what each type is
 * made of; checking, decoding and writing all walk it.
 *
 * RFC 1035 section 3.3; 3596 (AAAA), 2782 (SRV), 8659 (CAA), 6698 (TLSA), 4034 (DNSKEY,
 * DS), 3597 (text of what is unknown). */
#include "rdata.h"

#include "core/base64.h"
#include "name.h"

#include <stdio.h>

/* ---- the types ------------------------------------------------------------------ */

#define NAME    DNS_FIELD_NAME
#define U8      DNS_FIELD_U8
#define U16     DNS_FIELD_U16
#define U32     DNS_FIELD_U32
#define SECONDS DNS_FIELD_SECONDS
#define STRING  DNS_FIELD_STRING
#define HEX     DNS_FIELD_HEX
#define BASE64  DNS_FIELD_BASE64

static const struct dns_type types[] = {
    {1,   "A",          {DNS_FIELD_IP4}                                      },
    {2,   "NS",         {NAME}                                               },
    {5,   "CNAME",      {NAME}                                               },
    {6,   "SOA",        {NAME, NAME, U32, SECONDS, SECONDS, SECONDS, SECONDS}},
    {12,  "PTR",        {NAME}                                               },
    {13,  "HINFO",      {STRING, STRING}                                     },
    {15,  "MX",         {U16, NAME}                                          },
    {16,  "TXT",        {DNS_FIELD_STRINGS}                                  },
    {17,  "RP",         {NAME, NAME}                                         },
    {18,  "AFSDB",      {U16, NAME}                                          },
    {28,  "AAAA",       {DNS_FIELD_IP6}                                      },
    {29,  "LOC",        {DNS_FIELD_END}                                      },
    {33,  "SRV",        {U16, U16, U16, NAME}                                },
    {35,  "NAPTR",      {U16, U16, STRING, STRING, STRING, NAME}             },
    {39,  "DNAME",      {NAME}                                               },
    {43,  "DS",         {U16, U8, U8, HEX}                                   },
    {44,  "SSHFP",      {U8, U8, HEX}                                        },
    {46,  "RRSIG",      {DNS_FIELD_END}                                      },
    {47,  "NSEC",       {DNS_FIELD_END}                                      },
    {48,  "DNSKEY",     {U16, U8, U8, BASE64}                                },
    {50,  "NSEC3",      {DNS_FIELD_END}                                      },
    {51,  "NSEC3PARAM", {DNS_FIELD_END}                                      },
    {52,  "TLSA",       {U8, U8, U8, HEX}                                    },
    {53,  "SMIMEA",     {U8, U8, U8, HEX}                                    },
    {59,  "CDS",        {U16, U8, U8, HEX}                                   },
    {60,  "CDNSKEY",    {U16, U8, U8, BASE64}                                },
    {61,  "OPENPGPKEY", {BASE64}                                             },
    {64,  "SVCB",       {DNS_FIELD_END}                                      },
    {65,  "HTTPS",      {DNS_FIELD_END}                                      },
    {99,  "SPF",        {DNS_FIELD_STRINGS}                                  },
    {256, "URI",        {U16, U16, DNS_FIELD_TEXT}                           },
    {257, "CAA",        {U8, DNS_FIELD_WORD, DNS_FIELD_TEXT}                 },
};

const struct dns_type *
dns_type_find(uint16_t number)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].number == number)
            return &types[i];
    }
    return NULL;
}

const char *
sceau_dns_type_name(uint16_t type, char out[16])
{
    const struct dns_type *known = dns_type_find(type);
    if (known != NULL)
        return known->name;
    snprintf(out, 16, "TYPE%u", type); /* RFC 3597 section 5 */
    return out;
}

uint16_t
sceau_dns_type_parse(struct sceau_slice name)
{
    uint64_t number;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (slice_eq_ci(name, sceau_slice_from(types[i].name)))
            return types[i].number;
    }
    if (slice_starts_ci(name, SCEAU_SLICE("TYPE")) &&
        slice_decimal(slice_skip(name, 4), UINT16_MAX, &number))
        return (uint16_t)number;
    return 0;
}

/* ---- a walk over the fields ------------------------------------------------------- */

/* Take the octets of one field off the front of *rdata, of a STRINGS field one string.
 * False when they are not there. */
static bool
take_field(struct sceau_slice *rdata, enum dns_field field, struct sceau_slice *octets)
{
    size_t len = 0;
    switch (field) {
    case DNS_FIELD_END: return false;
    case DNS_FIELD_U8: len = 1; break;
    case DNS_FIELD_U16: len = 2; break;
    case DNS_FIELD_IP4:
    case DNS_FIELD_U32:
    case DNS_FIELD_SECONDS: len = 4; break;
    case DNS_FIELD_IP6: len = 16; break;
    case DNS_FIELD_NAME: len = dns_name_length(*rdata); break;
    case DNS_FIELD_WORD:
    case DNS_FIELD_STRING:
    case DNS_FIELD_STRINGS:
        len = rdata->len > 0 ? 1 + (size_t)(unsigned char)rdata->ptr[0] : 0;
        break;
    case DNS_FIELD_TEXT:
    case DNS_FIELD_HEX:
    case DNS_FIELD_BASE64:
        *octets = *rdata;
        *rdata = slice_skip(*rdata, rdata->len);
        return true;
    }
    size_t least = field == DNS_FIELD_WORD ? 2 : 1; /* RFC 8659: a tag has a letter */
    if (len < least || len > rdata->len)
        return false;
    *octets = slice_sub(*rdata, 0, len);
    *rdata = slice_skip(*rdata, len);
    return true;
}

/* Where a walk starts. A TXT record without any string breaks RFC 1035 section 3.3.14, is
 * published all the same, and is read as one empty text (RFC 6763 section 6.1 says so). */
static const enum dns_field *
first_field(const struct dns_type *known, struct sceau_slice rdata)
{
    bool is_empty_txt = known->fields[0] == DNS_FIELD_STRINGS && rdata.len == 0;
    return known->fields + is_empty_txt;
}

/* After one field, which is next: STRINGS goes on to the end. */
static const enum dns_field *
next_field(const enum dns_field *field, struct sceau_slice rdata)
{
    return *field == DNS_FIELD_STRINGS && rdata.len > 0 ? field : field + 1;
}

bool
dns_rdata_is_valid(uint16_t type, struct sceau_slice rdata)
{
    const struct dns_type *known = dns_type_find(type);
    struct sceau_slice octets;
    if (known == NULL || known->fields[0] == DNS_FIELD_END)
        return true;
    const enum dns_field *field = first_field(known, rdata);
    while (*field != DNS_FIELD_END) {
        if (!take_field(&rdata, *field, &octets))
            return false;
        field = next_field(field, rdata);
    }
    return rdata.len == 0;
}

static unsigned
u16(struct sceau_slice octets)
{
    return (unsigned)(unsigned char)octets.ptr[0] << 8 | (unsigned char)octets.ptr[1];
}

static uint32_t
u32(struct sceau_slice octets)
{
    return (uint32_t)u16(octets) << 16 | u16(slice_skip(octets, 2));
}

/* ---- decoded members ---------------------------------------------------------------- */

/* The strings as published, and joined with nothing between (RFC 7208 section 3.3). A
 * single string is not copied. */
static enum sceau_status
decode_strings(struct sceau_arena *arena, struct sceau_slice rdata,
               struct sceau_dns_rr *rr)
{
    struct sceau_slice rest = rdata, string;
    size_t count = 0;
    while (take_field(&rest, DNS_FIELD_STRING, &string))
        count++;
    struct sceau_slice *strings = sceau_arena_alloc(arena, count * sizeof *strings);
    char *joined = count > 1 ? sceau_arena_alloc(arena, rdata.len) : NULL;
    if (strings == NULL || (count > 1 && joined == NULL))
        return SCEAU_E_LIMIT;
    size_t len = 0;
    for (size_t i = 0; i < count && take_field(&rdata, DNS_FIELD_STRING, &string);
         i++) {
        strings[i] = slice_skip(string, 1);
        if (joined != NULL)
            memcpy(joined + len, strings[i].ptr, strings[i].len);
        len += strings[i].len;
    }
    rr->strings = strings;
    rr->string_count = count;
    rr->text = joined != NULL ? (struct sceau_slice){joined, len}
               : count == 1   ? strings[0]
                              : (struct sceau_slice){rdata.ptr, 0};
    return SCEAU_OK;
}

static enum sceau_status
decode_name(struct sceau_arena *arena, struct sceau_slice wire, struct sceau_dns_rr *rr)
{
    rr->name = dns_name_to_asked(arena, wire);
    return rr->name.ptr != NULL ? SCEAU_OK : SCEAU_E_LIMIT;
}

enum sceau_status
dns_rdata_decode(struct sceau_arena *arena, uint16_t type, struct sceau_slice rdata,
                 struct sceau_dns_rr *rr)
{
    *rr = (struct sceau_dns_rr){.rdata = rdata};
    if (!dns_rdata_is_valid(type, rdata))
        return SCEAU_E_SYNTAX;
    switch (type) {
    case SCEAU_DNS_A:
    case SCEAU_DNS_AAAA:
        rr->address.version = type == SCEAU_DNS_A ? 4 : 6;
        memcpy(rr->address.octets, rdata.ptr, rdata.len);
        return SCEAU_OK;
    case SCEAU_DNS_MX:
        rr->preference = (uint16_t)u16(rdata);
        return decode_name(arena, slice_skip(rdata, 2), rr);
    case SCEAU_DNS_NS:
    case SCEAU_DNS_CNAME:
    case SCEAU_DNS_PTR: return decode_name(arena, rdata, rr);
    case SCEAU_DNS_TXT:
    case SCEAU_DNS_SPF: return decode_strings(arena, rdata, rr);
    default: /* a number, not an enum: other types have their rdata only */
        return SCEAU_OK;
    }
}

/* ---- text ------------------------------------------------------------------------------ */

static void
present_quoted(struct text *t, struct sceau_slice octets)
{
    text_octet(t, '"');
    for (size_t i = 0; i < octets.len; i++) {
        char c = octets.ptr[i];
        if (c == '"' || c == '\\')
            text_format(t, "\\%c", c);
        else if (c < ' ' || c >= 0x7f)
            text_format(t, "\\%03u", (unsigned char)c);
        else
            text_octet(t, c);
    }
    text_octet(t, '"');
}

static void
present_word(struct text *t, struct sceau_slice octets)
{
    for (size_t i = 0; i < octets.len; i++) {
        char c = octets.ptr[i];
        if (ascii_is_alnum(c) || c == '-' || c == '_')
            text_octet(t, c);
        else
            text_format(t, "\\%03u", (unsigned char)c);
    }
}

static void
present_hex(struct text *t, struct sceau_slice octets)
{
    for (size_t i = 0; i < octets.len; i++)
        text_format(t, "%02x", (unsigned char)octets.ptr[i]);
}

static void
present_address(struct text *t, uint8_t version, struct sceau_slice octets)
{
    struct sceau_ip ip = {.version = version};
    char out[SCEAU_IP_TEXT];
    memcpy(ip.octets, octets.ptr, octets.len);
    sceau_ip_format(&ip, out);
    text_string(t, out);
}

static void
present_field(struct text *t, enum dns_field field, struct sceau_slice octets)
{
    switch (field) {
    case DNS_FIELD_END: break;
    case DNS_FIELD_IP4: present_address(t, 4, octets); break;
    case DNS_FIELD_IP6: present_address(t, 6, octets); break;
    case DNS_FIELD_NAME: dns_name_present(t, octets); break;
    case DNS_FIELD_U8: text_format(t, "%u", (unsigned char)octets.ptr[0]); break;
    case DNS_FIELD_U16: text_format(t, "%u", u16(octets)); break;
    case DNS_FIELD_U32:
    case DNS_FIELD_SECONDS: text_format(t, "%lu", (unsigned long)u32(octets)); break;
    case DNS_FIELD_WORD: present_word(t, slice_skip(octets, 1)); break;
    case DNS_FIELD_STRING:
    case DNS_FIELD_STRINGS: present_quoted(t, slice_skip(octets, 1)); break;
    case DNS_FIELD_TEXT: present_quoted(t, octets); break;
    case DNS_FIELD_HEX: present_hex(t, octets); break;
    case DNS_FIELD_BASE64: text_slice(t, base64_encoded(t->arena, octets)); break;
    }
}

void
dns_rdata_present(struct text *t, uint16_t type, struct sceau_slice rdata)
{
    const struct dns_type *known = dns_type_find(type);
    struct sceau_slice octets, rest = rdata;
    if (known == NULL || known->fields[0] == DNS_FIELD_END ||
        !dns_rdata_is_valid(type, rdata)) {
        text_format(t, "\\# %zu%s", rdata.len, rdata.len > 0 ? " " : "");
        present_hex(t, rdata);
        return;
    }
    const enum dns_field *field = first_field(known, rdata);
    while (*field != DNS_FIELD_END && take_field(&rest, *field, &octets)) {
        if (octets.ptr != rdata.ptr)
            text_octet(t, ' ');
        present_field(t, *field, octets);
        field = next_field(field, rest);
    }
}

void
dns_txt_present(struct text *t, struct sceau_slice text)
{
    do {
        size_t len = text.len < DNS_STRING_MAX ? text.len : DNS_STRING_MAX;
        size_t blank = slice_find_last(slice_sub(text, 0, len), ' ');
        if (len < text.len && blank < len && blank > DNS_STRING_MAX / 2)
            len = blank + 1;
        present_quoted(t, slice_sub(text, 0, len));
        text = slice_skip(text, len);
        text_string(t, text.len > 0 ? " " : "");
    } while (text.len > 0);
}
