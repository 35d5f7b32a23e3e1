/* IP addresses and networks as text and back (RFC 4291 section 2.2, RFC 5952).
 *
 * inet_pton is not used: it wants a terminated string, and it is libc's opinion on what a
 * record says; ours must be the same on every host. */
#include "ip.h"

#include "text.h"

#include <stdio.h>

bool
ip4_parse(struct sceau_slice text, struct sceau_ip *ip)
{
    struct sceau_ip out = {.version = 4};
    struct sceau_slice part;
    unsigned n = 0;
    while (slice_next(&text, '.', &part)) {
        uint64_t octet;
        bool has_leading_zero = part.len > 1 && part.ptr[0] == '0';
        if (n == 4 || part.len > 3 || has_leading_zero ||
            !slice_decimal(part, 255, &octet))
            return false;
        out.octets[n++] = (uint8_t)octet;
    }
    if (n != 4)
        return false;
    *ip = out;
    return true;
}

/* 1*4HEXDIG */
static bool
hex_group(struct sceau_slice part, unsigned *value)
{
    unsigned n = 0;
    if (part.len == 0 || part.len > 4)
        return false;
    for (size_t i = 0; i < part.len; i++) {
        char c = ascii_lower(part.ptr[i]);
        if (ascii_is_digit(c))
            n = n * 16 + (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            n = n * 16 + (unsigned)(c - 'a') + 10;
        else
            return false;
    }
    *value = n;
    return true;
}

/* Groups of 16 bits separated by colons; with `may_end_in_ip4` the last two may stand as an
 * IPv4 address. Returns how many groups were written, or -1. An empty text has no group. */
static int
ip6_groups(struct sceau_slice text, bool may_end_in_ip4, uint16_t groups[8])
{
    int n = 0;
    struct sceau_slice part;
    if (text.len == 0)
        return 0;
    while (slice_next(&text, ':', &part)) {
        unsigned value;
        struct sceau_ip v4;
        if (may_end_in_ip4 && text.ptr == NULL && n <= 6 && ip4_parse(part, &v4)) {
            groups[n++] = (uint16_t)(v4.octets[0] << 8 | v4.octets[1]);
            groups[n++] = (uint16_t)(v4.octets[2] << 8 | v4.octets[3]);
            return n;
        }
        if (n == 8 || !hex_group(part, &value))
            return -1;
        groups[n++] = (uint16_t)value;
    }
    return n;
}

/* Where "::" stands, or text.len. */
static size_t
find_gap(struct sceau_slice text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] == ':' && text.ptr[i + 1] == ':')
            return i;
    }
    return text.len;
}

static void
put_groups(uint8_t *octets, const uint16_t *groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        octets[2 * i] = (uint8_t)(groups[i] >> 8);
        octets[2 * i + 1] = (uint8_t)groups[i];
    }
}

bool
ip6_parse(struct sceau_slice text, struct sceau_ip *ip)
{
    uint16_t head[8], tail[8] = {0};
    size_t gap = find_gap(text);
    bool has_gap = gap < text.len;
    int heads = ip6_groups(slice_sub(text, 0, gap), !has_gap, head);
    int tails = has_gap ? ip6_groups(slice_skip(text, gap + 2), true, tail) : 0;
    if (heads < 0 || tails < 0 || (has_gap ? heads + tails > 7 : heads != 8))
        return false;
    if (has_gap && find_gap(slice_skip(text, gap + 1)) < text.len - gap - 1)
        return false; /* ":::", or a second gap */
    struct sceau_ip out = {.version = 6};
    put_groups(out.octets, head, (size_t)heads);
    put_groups(out.octets + 16 - 2 * (size_t)tails, tail, (size_t)tails);
    *ip = out;
    return true;
}

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool
is_mapped(const struct sceau_ip *ip)
{
    return ip->version == 6 && memcmp(ip->octets, mapped_prefix, 12) == 0;
}

static struct sceau_ip
unmapped(const struct sceau_ip *ip)
{
    struct sceau_ip v4 = {.version = 4};
    memcpy(v4.octets, ip->octets + 12, 4);
    return v4;
}

bool
sceau_ip_parse(struct sceau_slice text, struct sceau_ip *ip)
{
    if (ip4_parse(text, ip))
        return true;
    if (!ip6_parse(text, ip))
        return false;
    if (is_mapped(ip))
        *ip = unmapped(ip);
    return true;
}

/* The longest run of zero groups, at least two (RFC 5952 section 4.2). */
static void
longest_zero_run(const uint16_t groups[8], size_t *start, size_t *len)
{
    *start = 8;
    *len = 1;
    for (size_t i = 0; i < 8; i++) {
        size_t run = 0;
        while (i + run < 8 && groups[i + run] == 0)
            run++;
        if (run > *len) {
            *start = i;
            *len = run;
        }
    }
}

/* Each puts a number at `out` and returns its length. */
static size_t
put_decimal(char *out, unsigned octet)
{
    size_t n = 0;
    if (octet >= 100)
        out[n++] = (char)('0' + octet / 100);
    if (octet >= 10)
        out[n++] = (char)('0' + octet / 10 % 10);
    out[n++] = (char)('0' + octet % 10);
    return n;
}

static const char hex_digits[] = "0123456789abcdef";

static size_t
put_hex(char *out, unsigned group)
{
    size_t n = 0;
    for (unsigned shift = 12; shift > 0; shift -= 4) {
        if (group >> shift != 0)
            out[n++] = hex_digits[group >> shift & 15];
    }
    out[n++] = hex_digits[group & 15];
    return n;
}

static size_t
ip4_format(const struct sceau_ip *ip, char out[SCEAU_IP_TEXT])
{
    size_t n = 0;
    for (size_t i = 0; i < 4; i++) {
        if (i > 0)
            out[n++] = '.';
        n += put_decimal(out + n, ip->octets[i]);
    }
    out[n] = '\0';
    return n;
}

static size_t
ip6_format(const struct sceau_ip *ip, char out[SCEAU_IP_TEXT])
{
    uint16_t groups[8];
    for (size_t i = 0; i < 8; i++)
        groups[i] = (uint16_t)(ip->octets[2 * i] << 8 | ip->octets[2 * i + 1]);
    size_t gap, gap_len;
    longest_zero_run(groups, &gap, &gap_len);
    size_t n = 0;
    for (size_t i = 0; i < 8; i++) {
        if (i == gap) {
            out[n++] = ':';
            out[n++] = ':';
            i += gap_len - 1;
            continue;
        }
        if (n > 0 && out[n - 1] != ':')
            out[n++] = ':';
        n += put_hex(out + n, groups[i]);
    }
    out[n] = '\0';
    return n;
}

size_t
sceau_ip_format(const struct sceau_ip *ip, char out[SCEAU_IP_TEXT])
{
    if (ip->version == 4)
        return ip4_format(ip, out);
    if (ip->version == 6)
        return ip6_format(ip, out);
    return (size_t)snprintf(out, SCEAU_IP_TEXT, "unknown");
}

bool
ip_in_network(const struct sceau_ip *ip, const struct sceau_ip *network,
              unsigned prefix)
{
    if (ip->version != network->version || ip->version == 0 ||
        prefix > (ip->version == 4 ? 32 : 128))
        return false;
    unsigned whole = prefix / 8, bits = prefix % 8;
    if (memcmp(ip->octets, network->octets, whole) != 0)
        return false;
    if (bits == 0)
        return true;
    uint8_t mask = (uint8_t)(0xff << (8 - bits));
    return ((ip->octets[whole] ^ network->octets[whole]) & mask) == 0;
}

bool
ip_network_parse(struct sceau_slice text, struct ip_network *network)
{
    size_t slash = slice_find(text, '/');
    struct sceau_ip ip;
    struct sceau_slice address = slice_sub(text, 0, slash);
    if (!ip4_parse(address, &ip) && !ip6_parse(address, &ip))
        return false;
    uint64_t prefix = ip.version == 4 ? 32 : 128;
    if (slash < text.len &&
        !slice_decimal(slice_skip(text, slash + 1), prefix, &prefix))
        return false;
    if (is_mapped(&ip) && prefix >= 96) {
        ip = unmapped(&ip);
        prefix -= 96;
    }
    *network = (struct ip_network){.address = ip, .prefix = (unsigned)prefix};
    return true;
}

static void
put_label(struct text *t, const char *label, size_t len)
{
    text_slice(t, (struct sceau_slice){label, len});
    text_octet(t, '.');
}

struct sceau_slice
ip_reverse_name(struct sceau_arena *arena, const struct sceau_ip *ip)
{
    struct text t = text_new(arena, 80);
    char octet[4];
    if (ip->version == 4) {
        for (int i = 3; i >= 0; i--)
            put_label(&t, octet, put_decimal(octet, ip->octets[i]));
        text_string(&t, "in-addr.arpa");
    } else {
        for (int i = 15; i >= 0; i--) {
            put_label(&t, &hex_digits[ip->octets[i] & 15], 1);
            put_label(&t, &hex_digits[ip->octets[i] >> 4], 1);
        }
        text_string(&t, "ip6.arpa");
    }
    return text_done(&t);
}

bool
ip_equal(const struct sceau_ip *a, const struct sceau_ip *b)
{
    return ip_in_network(a, b, a->version == 4 ? 32 : 128);
}
