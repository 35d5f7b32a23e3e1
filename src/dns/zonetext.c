/* Words of a master file: RFC 1035 section 5.1. */
#include "zonetext.h"

char
zone_text_octet(struct cursor *c, bool *escaped)
{
    *escaped = cursor_accept(c, '\\');
    if (!cursor_ok(c) || c->pos == c->in.len) {
        cursor_fail(c, N_("an octet behind the backslash"));
        return 0;
    }
    char octet = c->in.ptr[c->pos];
    if (!*escaped || !ascii_is_digit(octet)) {
        c->pos++;
        return octet;
    }
    uint64_t value = 0;
    struct sceau_slice rest = slice_skip(c->in, c->pos);
    if (rest.len < 3 || !slice_decimal(slice_sub(rest, 0, 3), 255, &value))
        cursor_fail(c, N_("three decimal digits, at most 255, behind the backslash"));
    else
        c->pos += 3;
    return (char)value;
}

/* One label up to an unescaped dot or the end. */
static void
read_label(struct cursor *c, struct dns_name *name)
{
    char label[DOMAIN_LABEL_MAX];
    size_t len = 0;
    while (cursor_peek(c) >= 0 && cursor_peek(c) != '.') {
        bool escaped;
        char octet = zone_text_octet(c, &escaped);
        if (len == sizeof label) {
            cursor_fail(c, N_("a label of at most 63 octets"));
            return;
        }
        label[len++] = octet;
    }
    if (len == 0)
        cursor_fail(c, N_("a label of at least one octet"));
    else if (!dns_name_add_label(name, (struct sceau_slice){label, len}))
        cursor_fail(c, N_("a name of at most 255 octets"));
}

void
zone_text_name(struct cursor *c, const struct dns_name *origin, struct dns_name *name)
{
    const struct dns_name root = dns_name_root();
    *name = (struct dns_name){0};
    if (slice_eq(c->in, SCEAU_SLICE("@")) || slice_eq(c->in, SCEAU_SLICE("."))) {
        *name = c->in.ptr[0] == '@' ? *origin : root;
        c->pos = 1;
        return;
    }
    bool is_absolute = false;
    do {
        read_label(c, name);
        is_absolute = cursor_accept(c, '.');
    } while (cursor_ok(c) && c->pos < c->in.len);
    if (cursor_ok(c) &&
        !dns_name_add_name(name, dns_name_slice(is_absolute ? &root : origin)))
        cursor_fail(c, N_("a name of at most 255 octets, the origin included"));
}

/* Seconds in a unit; 0 when the letter is none. */
static uint64_t
unit_seconds(int letter)
{
    switch (letter >= 0 ? ascii_lower((char)letter) : 0) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 604800;
    default: return 0;
    }
}

uint32_t
zone_text_seconds(struct cursor *c)
{
    uint64_t sum = 0;
    bool has_unit = false;
    do {
        uint64_t number = 0, unit = 1;
        struct sceau_slice digits = cursor_take_while(c, ascii_is_digit);
        if (!slice_decimal(digits, UINT32_MAX, &number))
            cursor_fail(c, N_("a number of seconds, or one with units as in 1h30m"));
        if (cursor_ok(c) && c->pos < c->in.len) {
            unit = unit_seconds(cursor_peek(c));
            if (unit == 0)
                cursor_fail(c, N_("a unit: s, m, h, d or w"));
            else
                c->pos++;
        } else if (cursor_ok(c) && has_unit) {
            cursor_fail(c, N_("a unit: s, m, h, d or w")); /* BIND: 1h30 is none */
        }
        has_unit = true;
        sum += number * unit; /* below 2^52, and below 2^53 after the check */
        if (sum > UINT32_MAX) {
            cursor_fail(c, N_("at most 4294967295 seconds"));
            sum = 0;
        }
    } while (cursor_ok(c) && c->pos < c->in.len);
    return (uint32_t)sum;
}

void
zone_text_octets(struct cursor *c, char *out, size_t max, size_t *len)
{
    size_t used = 0;
    while (cursor_peek(c) >= 0) {
        bool escaped;
        char octet = zone_text_octet(c, &escaped);
        if (used == max) {
            cursor_fail(c, max == 255 ? N_("a string of at most 255 octets")
                                      : N_("less than 64 KiB of data"));
            return;
        }
        out[used++] = octet;
    }
    *len += used;
}
