/* Domain names in their three forms:
 *
 * wire          RFC 1035 section 3.1, uncompressed, final root label included
 * asked         what sceau_dns_lookup takes and what records name: labels joined by dots,
 *               octets as they are, no final dot, "." for the root. A dot or backslash
 *               inside a label is written \046 or \092, so that it never splits one
 * presentation  master-file text with every special octet escaped (RFC 1035 section 5.1) */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include "core/domain.h"
#include "core/text.h"

#define DNS_NAME_WIRE_MAX 255 /* octets, RFC 1035 section 2.3.4 */

struct dns_name {
    size_t len; /* octets of the wire form; 1 for the root */
    char wire[DNS_NAME_WIRE_MAX];
};

/* The root: what every name ends in. */
static inline struct dns_name
dns_name_root(void)
{
    return (struct dns_name){.len = 1};
}

static inline struct sceau_slice
dns_name_slice(const struct dns_name *name)
{
    return (struct sceau_slice){name->wire, name->len};
}

/* Read the asked form. A backslash is an octet like any other here: only names from
 * records have escapes, and one that needs them exists nowhere we would ask. False when a
 * label is empty or over 63 octets, or the name over 255. */
bool dns_name_from_asked(struct sceau_slice asked, struct dns_name *name);

/* Put one label in front of nothing: append it to the labels so far, of which `name->len`
 * octets stand without the root. False when it does not fit. */
bool dns_name_add_label(struct dns_name *name, struct sceau_slice label);

/* Append the labels and root of a finished name. False when it does not fit. */
bool dns_name_add_name(struct dns_name *name, struct sceau_slice wire);

/* Lower case in place. Length octets are at most 63, below "A": they stay. */
void dns_name_lower(struct dns_name *name);

/* Are two wire forms one name? RFC 4343: ASCII case only. */
bool dns_name_equal(struct sceau_slice a, struct sceau_slice b);

/* The octets of the wire form at the start of `s`, its root label included; 0 when there
 * is no whole uncompressed name. */
size_t dns_name_length(struct sceau_slice s);

/* The asked form of a valid wire form; {NULL, 0} when the arena is full. */
struct sceau_slice dns_name_to_asked(struct sceau_arena *arena,
                                     struct sceau_slice wire);

#define DNS_NAME_TEXT_MAX \
 (4 * DNS_NAME_WIRE_MAX + 1) /* every octet escaped, and a NUL */

/* Write the presentation form of a valid wire form, final dot included, with a NUL. */
void dns_name_escape(struct sceau_slice wire, char out[DNS_NAME_TEXT_MAX]);

/* Add the same to a text. */
void dns_name_present(struct text *t, struct sceau_slice wire);

#endif
