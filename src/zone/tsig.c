/* RFC 8945. The MAC covers the message as it was before the TSIG record, and the record's
 * own variables; that of a reply covers the request's MAC before both. */
#include "tsig.h"

#include "core/base64.h"
#include "core/cursor.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum {
    TYPE_TSIG = 250,
    CLASS_ANY = 255,
    HEADER = 12,
    ERROR_BADSIG = 16,
    ERROR_BADKEY = 17,
    ERROR_BADTIME = 18,
};

/* Those that RFC 8945 section 6 lets one use; SHA-1 and MD5 are not taken. */
struct zone_tsig_algorithm {
    const char *name;
    const char *digest;
    size_t len;
};

static const struct zone_tsig_algorithm algorithms[] = {
    {"hmac-sha256", "SHA256", 32},
    {"hmac-sha384", "SHA384", 48},
    {"hmac-sha512", "SHA512", 64},
};

/* ---- keys ---- */

/* White space and comments: // and # to the end of the line, C's. */
static void
skip(struct cursor *c)
{
    size_t before;
    do {
        before = c->pos;
        cursor_skip_fws(c);
        if (cursor_accept_word(c, SCEAU_SLICE("//")) || cursor_accept(c, '#')) {
            while (cursor_peek(c) >= 0 && cursor_peek(c) != '\n')
                c->pos++;
        } else if (cursor_accept_word(c, SCEAU_SLICE("/*"))) {
            while (cursor_ok(c) && !cursor_accept_word(c, SCEAU_SLICE("*/"))) {
                if (cursor_at_end(c))
                    cursor_fail(c, "the end of the comment, */");
                else
                    c->pos++;
            }
        }
    } while (cursor_ok(c) && c->pos > before);
}

static bool
is_word(char c)
{
    return ascii_is_alnum(c) || (c != '\0' && strchr("-_.+/=\\", c) != NULL);
}

static bool
is_quoted(char c)
{
    return c != '"' && c != '\n';
}

/* A word, or what stands between quotes. */
static struct sceau_slice
word(struct cursor *c, const char *expected)
{
    struct sceau_slice s;
    skip(c);
    if (cursor_accept(c, '"')) {
        s = cursor_take_while(c, is_quoted);
        cursor_expect(c, '"', "the closing quote");
    } else {
        s = cursor_take_while(c, is_word);
    }
    if (s.len == 0)
        cursor_fail(c, expected);
    return s;
}

static void
expect(struct cursor *c, char octet, const char *expected)
{
    skip(c);
    cursor_expect(c, octet, expected);
}

static void
read_algorithm(struct cursor *c, struct zone_tsig_key *key)
{
    skip(c);
    size_t at = c->pos;
    struct sceau_slice name = word(c, N_("an algorithm"));
    for (size_t i = 0; cursor_ok(c) && i < sizeof algorithms / sizeof *algorithms;
         i++) {
        if (slice_eq_ci(name, sceau_slice_from(algorithms[i].name)))
            key->algorithm = &algorithms[i];
    }
    if (cursor_ok(c) && key->algorithm == NULL) {
        c->pos = at;
        cursor_fail(c, "hmac-sha256, hmac-sha384 or hmac-sha512");
    }
}

static void
read_secret(struct cursor *c, struct zone_tsig_key *key)
{
    skip(c);
    size_t at = c->pos;
    struct sceau_slice text = word(c, N_("a secret"));
    if (cursor_ok(c) &&
        (text.len / 4 * 3 + 3 > sizeof key->secret ||
         !base64_decode(text, key->secret, &key->secret_len) || key->secret_len == 0)) {
        c->pos = at;
        cursor_fail(c, "a secret in base64");
    }
}

static void
read_name(struct cursor *c, struct zone_tsig_key *key)
{
    skip(c);
    size_t at = c->pos;
    struct sceau_slice name = word(c, N_("the key's name"));
    if (name.len > 1 && name.ptr[name.len - 1] == '.')
        name.len--;
    if (cursor_ok(c) && !dns_name_from_asked(name, &key->name)) {
        c->pos = at;
        cursor_fail(c, "the key's name: a name as in DNS");
    }
    dns_name_lower(&key->name);
}

enum sceau_status
zone_tsig_key_parse(struct sceau_slice text, struct zone_tsig_key *key,
                    struct sceau_diag *diag)
{
    struct cursor c = cursor_over(text);
    *key = (struct zone_tsig_key){.algorithm = NULL};
    struct sceau_slice first = word(&c, "key \"name\" and its braces");
    if (cursor_ok(&c) && !slice_eq_ci(first, SCEAU_SLICE("key"))) {
        c.pos = 0;
        cursor_fail(&c, "key \"name\" and its braces");
    }
    read_name(&c, key);
    expect(&c, '{', "{");
    for (skip(&c); cursor_ok(&c) && cursor_peek(&c) != '}'; skip(&c)) {
        struct sceau_slice what = word(&c, "algorithm or secret");
        if (slice_eq_ci(what, SCEAU_SLICE("algorithm")))
            read_algorithm(&c, key);
        else if (slice_eq_ci(what, SCEAU_SLICE("secret")))
            read_secret(&c, key);
        else
            cursor_fail(&c, "algorithm or secret");
        expect(&c, ';', "a semicolon");
    }
    cursor_expect(&c, '}', "}");
    if (cursor_ok(&c) && key->algorithm == NULL)
        cursor_fail(&c, "algorithm hmac-sha256; inside the braces");
    if (cursor_ok(&c) && key->secret_len == 0)
        cursor_fail(&c, "secret \"...\"; inside the braces");
    enum sceau_status status = cursor_status(&c, diag);
    if (status != SCEAU_OK)
        zone_tsig_clear(key);
    return status;
}

void
zone_tsig_clear(struct zone_tsig_key *key)
{
    OPENSSL_cleanse(key, sizeof *key);
}

/* ---- octets ---- */

static void
put16(struct text *t, unsigned n)
{
    text_octet(t, (char)(n >> 8 & 0xff));
    text_octet(t, (char)(n & 0xff));
}

static void
put48(struct text *t, uint64_t n)
{
    put16(t, (unsigned)(n >> 32 & 0xffff));
    put16(t, (unsigned)(n >> 16 & 0xffff));
    put16(t, (unsigned)(n & 0xffff));
}

static unsigned
get16(struct sceau_slice s, size_t at)
{
    return (unsigned)(unsigned char)s.ptr[at] << 8 | (unsigned char)s.ptr[at + 1];
}

static struct dns_name
algorithm_name(const struct zone_tsig_algorithm *algorithm)
{
    struct dns_name name;
    dns_name_from_asked(sceau_slice_from(algorithm->name), &name); /* ours: it is one */
    return name;
}

/* What a TSIG record says besides its MAC. */
struct variables {
    uint64_t time;
    unsigned fudge, error;
    struct sceau_slice other;
};

/* Section 4.3.3. */
static bool
make_mac(struct sceau_arena *arena, const struct zone_tsig_key *key,
         const struct zone_tsig_mac *request, struct sceau_slice message,
         const struct variables *v, struct zone_tsig_mac *mac)
{
    struct dns_name algorithm = algorithm_name(key->algorithm);
    struct text t = text_new(arena, SIZE_MAX);
    if (request != NULL) {
        put16(&t, (unsigned)request->len);
        text_slice(&t,
                   (struct sceau_slice){(const char *)request->octets, request->len});
    }
    text_slice(&t, message);
    text_slice(&t, dns_name_slice(&key->name));
    put16(&t, CLASS_ANY);
    put16(&t, 0); /* TTL */
    put16(&t, 0);
    text_slice(&t, dns_name_slice(&algorithm));
    put48(&t, v->time);
    put16(&t, v->fudge);
    put16(&t, v->error);
    put16(&t, (unsigned)v->other.len);
    text_slice(&t, v->other);
    struct sceau_slice all = text_done(&t);
    return all.ptr != NULL &&
           EVP_Q_mac(NULL, "HMAC", NULL, key->algorithm->digest, NULL, key->secret,
                     key->secret_len, (const unsigned char *)all.ptr, all.len,
                     mac->octets, sizeof mac->octets, &mac->len) != NULL &&
           mac->len == key->algorithm->len;
}

struct sceau_slice
zone_tsig_sign(struct sceau_arena *arena, struct sceau_slice message,
               const struct zone_tsig_key *key, int64_t now, struct zone_tsig_mac *mac)
{
    const struct variables v = {.time = (uint64_t)now, .fudge = ZONE_TSIG_FUDGE};
    struct dns_name algorithm = algorithm_name(key->algorithm);
    struct text t = text_new(arena, UINT16_MAX);
    if (!make_mac(arena, key, NULL, message, &v, mac))
        return (struct sceau_slice){NULL, 0};
    text_slice(&t, message);
    text_slice(&t, dns_name_slice(&key->name));
    put16(&t, TYPE_TSIG);
    put16(&t, CLASS_ANY);
    put16(&t, 0);
    put16(&t, 0);
    put16(&t, (unsigned)(algorithm.len + 16 + mac->len));
    text_slice(&t, dns_name_slice(&algorithm));
    put48(&t, v.time);
    put16(&t, v.fudge);
    put16(&t, (unsigned)mac->len);
    text_slice(&t, (struct sceau_slice){(const char *)mac->octets, mac->len});
    text_slice(&t, slice_sub(message, 0, 2)); /* the original id */
    put16(&t, 0);
    put16(&t, 0);
    struct sceau_slice signed_message = text_done(&t);
    if (signed_message.ptr != NULL)
        t.ptr[11]++; /* ARCOUNT: ours have none before */
    return signed_message;
}

/* ---- replies ---- */

/* Step over a name that may be compressed. False when it does not end inside. */
static bool
skip_name(struct sceau_slice s, size_t *at)
{
    while (*at < s.len) {
        unsigned len = (unsigned char)s.ptr[*at];
        if (len >= 0xc0) {
            *at += 2;
            return *at <= s.len;
        }
        if (len > 63)
            return false;
        *at += 1 + (size_t)len;
        if (len == 0)
            return *at <= s.len;
    }
    return false;
}

/* Where the last record begins, and where its fixed fields do. False when the message is
 * no DNS message to its end, or has no record. */
static bool
find_last(struct sceau_slice m, size_t *start, size_t *fields)
{
    size_t at = HEADER;
    bool is_found = false;
    if (m.len < HEADER)
        return false;
    for (unsigned i = get16(m, 4); i > 0; i--) {
        if (!skip_name(m, &at) || m.len - at < 4)
            return false;
        at += 4;
    }
    for (unsigned i = get16(m, 6) + get16(m, 8) + get16(m, 10); i > 0; i--) {
        *start = at;
        if (!skip_name(m, &at) || m.len - at < 10)
            return false;
        *fields = at;
        size_t len = get16(m, at + 8);
        if (m.len - at - 10 < len)
            return false;
        at += 10 + len;
        is_found = true;
    }
    return is_found && at == m.len;
}

/* The TSIG record of a reply, checked up to its MAC. */
struct tsig {
    size_t start; /* of the record */
    struct variables v;
    struct sceau_slice mac;
    unsigned original_id;
};

static bool
read_tsig(struct sceau_slice m, const struct zone_tsig_key *key, struct tsig *tsig,
          bool *is_ours)
{
    struct dns_name algorithm = algorithm_name(key->algorithm);
    size_t fields;
    if (!find_last(m, &tsig->start, &fields) || get16(m, 10) == 0 ||
        get16(m, fields) != TYPE_TSIG || get16(m, fields + 2) != CLASS_ANY ||
        get16(m, fields + 4) != 0 || get16(m, fields + 6) != 0) /* TTL */
        return false;
    struct sceau_slice owner = slice_sub(m, tsig->start, fields - tsig->start);
    struct sceau_slice rdata = slice_skip(m, fields + 10);
    size_t name = dns_name_length(rdata); /* never compressed: section 4.2 */
    if (name == 0 || rdata.len < name + 16)
        return false;
    *is_ours = dns_name_equal(owner, dns_name_slice(&key->name)) &&
               dns_name_equal(slice_sub(rdata, 0, name), dns_name_slice(&algorithm));
    rdata = slice_skip(rdata, name);
    size_t mac_len = get16(rdata, 8);
    if (rdata.len < 16 + mac_len)
        return false;
    tsig->v.time = (uint64_t)get16(rdata, 0) << 32 | (uint64_t)get16(rdata, 2) << 16 |
                   get16(rdata, 4);
    tsig->v.fudge = get16(rdata, 6);
    tsig->mac = slice_sub(rdata, 10, mac_len);
    rdata = slice_skip(rdata, 10 + mac_len);
    tsig->original_id = get16(rdata, 0);
    tsig->v.error = get16(rdata, 2);
    tsig->v.other = slice_skip(rdata, 6);
    return tsig->v.other.len == get16(rdata, 4);
}

/* The reply as it was signed: without the record, with the original id and one additional
 * record less. */
static bool
is_mac_right(struct sceau_slice reply, const struct zone_tsig_key *key,
             const struct zone_tsig_mac *request, const struct tsig *tsig)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)1024 * 1024);
    struct zone_tsig_mac mac;
    char *copy = arena != NULL ? sceau_arena_alloc(arena, tsig->start) : NULL;
    bool is_right = false;
    if (copy != NULL) {
        unsigned records = get16(reply, 10) - 1;
        memcpy(copy, reply.ptr, tsig->start);
        copy[0] = (char)(tsig->original_id >> 8);
        copy[1] = (char)tsig->original_id;
        copy[10] = (char)(records >> 8);
        copy[11] = (char)records;
        is_right = make_mac(arena, key, request,
                            (struct sceau_slice){copy, tsig->start}, &tsig->v, &mac) &&
                   mac.len == tsig->mac.len &&
                   CRYPTO_memcmp(mac.octets, tsig->mac.ptr, mac.len) == 0;
    }
    sceau_arena_free(arena);
    return is_right;
}

static bool
is_now(const struct variables *v, int64_t now)
{
    uint64_t other = (uint64_t)now;
    return (v->time > other ? v->time - other : other - v->time) <= v->fudge;
}

enum zone_tsig_result
zone_tsig_verify(struct sceau_slice reply, const struct zone_tsig_key *key, int64_t now,
                 const struct zone_tsig_mac *request)
{
    struct tsig tsig;
    bool is_ours = false;
    if (!read_tsig(reply, key, &tsig, &is_ours))
        return ZONE_TSIG_ABSENT;
    /* Such replies have no MAC (section 5.3.2): they are told, and prove nothing. */
    if (tsig.v.error == ERROR_BADKEY)
        return ZONE_TSIG_BADKEY;
    if (tsig.v.error == ERROR_BADSIG)
        return ZONE_TSIG_BADSIG;
    if (!is_ours)
        return ZONE_TSIG_OTHER;
    if (!is_mac_right(reply, key, request, &tsig))
        return ZONE_TSIG_FORGED;
    if (tsig.v.error == ERROR_BADTIME)
        return ZONE_TSIG_BADTIME;
    if (tsig.v.error != 0)
        return ZONE_TSIG_REFUSED;
    return is_now(&tsig.v, now) ? ZONE_TSIG_GOOD : ZONE_TSIG_OLD;
}
