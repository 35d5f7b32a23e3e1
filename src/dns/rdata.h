/* Record types, and their rdata between wire form, decoded members and text. */
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include "sceau/dns.h"

#include "core/text.h"

#define DNS_RDATA_MAX 65535 /* RDLENGTH has 16 bits */

/* What rdata is made of, field after field. */
enum dns_field {
    DNS_FIELD_END = 0,
    DNS_FIELD_IP4,
    DNS_FIELD_IP6,
    DNS_FIELD_NAME,
    DNS_FIELD_U8,
    DNS_FIELD_U16,
    DNS_FIELD_U32,
    DNS_FIELD_SECONDS, /* 32 bits; text may use units: 1h30m */
    DNS_FIELD_WORD,    /* a character-string written without quotes (a CAA tag) */
    DNS_FIELD_STRING,  /* one character-string */
    DNS_FIELD_STRINGS, /* to the end; no string at all is forgiven */
    DNS_FIELD_TEXT,    /* octets to the end, one quoted text without length */
    DNS_FIELD_HEX,     /* octets to the end */
    DNS_FIELD_BASE64,  /* octets to the end */
};

#define DNS_FIELDS_MAX 8

struct dns_type {
    uint16_t number;
    const char *name;
    /* Ends with DNS_FIELD_END; without any field the type is known by name only and its
     * rdata is opaque: text is RFC 3597 section 5's. */
    enum dns_field fields[DNS_FIELDS_MAX];
};

/* The row of the table, or NULL. */
const struct dns_type *dns_type_find(uint16_t number);

/* Is `rdata` whole and in the shape of its type? Opaque types always are. */
bool dns_rdata_is_valid(uint16_t type, struct sceau_slice rdata);

/* Set `rr` from uncompressed wire rdata, which rr borrows; what must be made (names,
 * joined strings) is made in `arena`. `ttl` is the caller's to set.
 *
 * Returns SCEAU_OK, SCEAU_E_SYNTAX (not in the shape of its type) or SCEAU_E_LIMIT. */
enum sceau_status dns_rdata_decode(struct sceau_arena *arena, uint16_t type,
                                   struct sceau_slice rdata, struct sceau_dns_rr *rr);

/* Add rdata as master-file text: fields of known types, RFC 3597 section 5 for others and
 * for rdata that is not in the shape of its type. One line, printable ASCII only. */
void dns_rdata_present(struct text *t, uint16_t type, struct sceau_slice rdata);

#define DNS_STRING_MAX 255 /* octets of a character-string, RFC 1035 section 3.3 */

/* Add a text as the rdata of a TXT record: strings of at most DNS_STRING_MAX octets, each
 * quoted, a blank between them. A cut falls behind a blank of the text where there is one
 * near, so that its terms stay whole for a reader; receivers join them anyway. */
void dns_txt_present(struct text *t, struct sceau_slice text);

#endif
