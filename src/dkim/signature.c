/* The tags of a signature field: one table for DKIM-Signature (RFC 6376 section 3.5) and
 * the two ARC fields that borrow its grammar (RFC 8617 section 4.1).
 *
 * Section 6.1.1 asks for meticulous validation, and that "any inconsistency or unexpected
 * values" make the field be ignored: so each parser refuses what its ABNF does not
 * allow. Values are compared with their letter case (section 3.2) but for domains and
 * header field names. A signer's formatter will be one more column of the table. */
#include "signature.h"

#include "core/base64.h"
#include "core/domain.h"
#include "core/taglist.h"
#include "core/text.h"
#include "message/header.h"

enum {
    TIME_DIGITS = 12,  /* t=, x=: 1*12DIGIT */
    LENGTH_DIGITS = 76 /* l=: 1*76DIGIT */
};

static const char arena_full[] = "the message needs more memory than one may have";

/* ---- values ------------------------------------------------------------------------- */

/* Digits only, at most `digits` of them; what exceeds int64_t is its maximum. */
static bool
read_number(struct sceau_slice value, size_t digits, int64_t *number)
{
    uint64_t n = INT64_MAX;
    if (value.len == 0 || value.len > digits)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (!ascii_is_digit(value.ptr[i]))
            return false;
    }
    slice_decimal(value, INT64_MAX, &n);
    *number = (int64_t)n;
    return true;
}

/* A copy without folding white space; {NULL, 0} when the arena is full. */
static struct sceau_slice
without_fws(struct sceau_arena *arena, struct sceau_slice value)
{
    char *out = sceau_arena_alloc(arena, value.len);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < value.len; i++) {
        if (!ascii_is_fws(value.ptr[i]))
            out[n++] = value.ptr[i];
    }
    return (struct sceau_slice){out, n};
}

/* A domain name in normal form. A final dot is no part of RFC 5321's Domain. */
static bool
read_name(struct sceau_arena *arena, struct sceau_slice value, struct sceau_slice *name)
{
    return value.len > 0 && value.ptr[value.len - 1] != '.' &&
           domain_normal(arena, value, name);
}

static bool
read_canonicalization(struct sceau_slice word, enum sceau_canonicalization *how)
{
    if (slice_eq(word, SCEAU_SLICE("relaxed")))
        *how = SCEAU_RELAXED;
    else if (slice_eq(word, SCEAU_SLICE("simple")))
        *how = SCEAU_SIMPLE;
    else
        return false;
    return true;
}

static int
hex_digit(char c)
{
    return ascii_is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* dkim-quoted-printable (section 2.11) without its FWS, decoded in place. Lower case hex
 * is none; what decodes to a control octet is refused. */
static bool
decode_quoted(char *text, size_t *len)
{
    size_t n = 0;
    for (size_t i = 0; i < *len; i++) {
        char c = text[i];
        if (c == '=') {
            int high = *len - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return false;
        text[n++] = c;
    }
    *len = n;
    return true;
}

/* ---- one parser for each tag: NULL, or why not -------------------------------------- */

struct parse {
    struct sceau_arena *arena;
    struct dkim_signature *out;
    const struct tag *tag; /* NULL for a default value */
};

static const char *
parse_v(struct parse *p, struct sceau_slice value)
{
    (void)p;
    return slice_eq(value, SCEAU_SLICE("1")) ? NULL : N_("v= is not 1");
}

/* position = 1*2DIGIT, 1 to 50 (RFC 8617 section 4.2.1) */
static const char *
parse_instance(struct parse *p, struct sceau_slice value)
{
    uint64_t n;
    if (value.len > 2 || !slice_decimal(value, 50, &n) || n == 0)
        return N_("i= is not an instance from 1 to 50");
    p->out->instance = (unsigned)n;
    return NULL;
}

/* rsa-sha1 is read, so that the report can name it: RFC 8301 section 3.1 lets it
 * fail for good, key or no key. */
static const char *
parse_a(struct parse *p, struct sceau_slice value)
{
    if (slice_eq(value, SCEAU_SLICE("rsa-sha256")))
        p->out->algorithm = SCEAU_DKIM_RSA_SHA256;
    else if (slice_eq(value, SCEAU_SLICE("ed25519-sha256")))
        p->out->algorithm = SCEAU_DKIM_ED25519_SHA256;
    else if (slice_eq(value, SCEAU_SLICE("rsa-sha1"))) {
        p->out->algorithm = SCEAU_DKIM_RSA_SHA1;
        return N_("rsa-sha1 is historic (RFC 8301)");
    } else
        return N_("a= names no algorithm we know");
    return NULL;
}

static const char *
parse_cv(struct parse *p, struct sceau_slice value)
{
    if (slice_eq(value, SCEAU_SLICE("none")))
        p->out->cv = CV_NONE;
    else if (slice_eq(value, SCEAU_SLICE("pass")))
        p->out->cv = CV_PASS;
    else if (!slice_eq(value, SCEAU_SLICE("fail")))
        return N_("cv= is not none, pass or fail");
    return NULL;
}

static const char *
parse_c(struct parse *p, struct sceau_slice value)
{
    size_t slash = slice_find(value, '/');
    struct sceau_slice body = SCEAU_SLICE("simple");
    if (slash < value.len)
        body = slice_skip(value, slash + 1);
    if (!read_canonicalization(slice_sub(value, 0, slash), &p->out->header_how) ||
        !read_canonicalization(body, &p->out->body_how))
        return N_("c= names no canonicalization we know");
    return NULL;
}

/* domain-name = sub-domain 1*("." sub-domain): "com" signs for nobody. */
static const char *
parse_d(struct parse *p, struct sceau_slice value)
{
    struct sceau_slice name;
    if (!read_name(p->arena, value, &name))
        return N_("d= is not a domain name");
    if (domain_labels(name) < 2)
        return N_("d= is a top-level domain");
    p->out->domain = name;
    return NULL;
}

static const char *
parse_s(struct parse *p, struct sceau_slice value)
{
    return read_name(p->arena, value, &p->out->selector) ? NULL
                                                         : N_("s= is not a selector");
}

/* The AUID: [Local-part] "@" domain-name, inside d= (sections 3.5, 6.1.1). */
static const char *
parse_auid(struct parse *p, struct sceau_slice value)
{
    p->out->identity = without_fws(p->arena, value);
    char *text = sceau_arena_alloc(p->arena, value.len);
    if (text == NULL || p->out->identity.ptr == NULL)
        return arena_full;
    struct sceau_slice decoded = {text, p->out->identity.len};
    memcpy(text, p->out->identity.ptr, decoded.len);
    if (!decode_quoted(text, &decoded.len))
        return N_("i= is not dkim-quoted-printable");
    size_t at = slice_find_last(decoded, '@');
    if (at == decoded.len ||
        !read_name(p->arena, slice_skip(decoded, at + 1), &p->out->identity_domain))
        return N_("i= is not an address");
    if (!domain_is_within(p->out->identity_domain, p->out->domain))
        return N_("i= is not within d=");
    return NULL;
}

/* hdr-name *( [FWS] ":" [FWS] hdr-name ); From must be among them (section 5.4). */
static const char *
parse_h(struct parse *p, struct sceau_slice value)
{
    size_t count = 1;
    bool has_from = false;
    for (size_t i = 0; i < value.len; i++)
        count += value.ptr[i] == ':';
    if (count > SCEAU_DKIM_H_MAX)
        return N_("h= has more than 512 names");
    struct sceau_slice *names = sceau_arena_alloc(p->arena, count * sizeof *names);
    if (names == NULL)
        return arena_full;
    struct sceau_slice rest = value;
    for (size_t i = 0; i < count && slice_next(&rest, ':', &names[i]); i++) {
        names[i] = slice_trim(names[i]);
        if (!header_is_field_name(names[i]))
            return N_("h= is not a list of field names");
        has_from |= slice_eq_ci(names[i], SCEAU_SLICE("From"));
        /* An AMS is bound by its seal, never the other way round (RFC 8617
         * section 4.1.2). AAR and AMS are forbidden there too, but early sealers
         * signed them and nothing is gained by not believing these. */
        if (p->out->kind == ARC_MESSAGE_SIGNATURE &&
            slice_eq_ci(names[i], SCEAU_SLICE("ARC-Seal")))
            return N_("h= of an ARC-Message-Signature names ARC-Seal");
    }
    p->out->names = names;
    p->out->name_count = count;
    return has_from ? NULL : N_("h= does not name From");
}

static const char *
refuse_h(struct parse *p, struct sceau_slice value)
{
    (void)p;
    (void)value;
    return N_("h= stands in an ARC-Seal"); /* RFC 8617 section 4.1.3 */
}

/* One method that we know is enough, unknown ones are ignored. */
static const char *
parse_q(struct parse *p, struct sceau_slice value)
{
    (void)p;
    for (struct sceau_slice method; slice_next(&value, ':', &method);) {
        if (slice_eq(slice_trim(method), SCEAU_SLICE("dns/txt")))
            return NULL;
    }
    return N_("q= names no query method we know");
}

static const char *
parse_t(struct parse *p, struct sceau_slice value)
{
    return read_number(value, TIME_DIGITS, &p->out->timestamp) ? NULL
                                                               : N_("t= is not a time");
}

static const char *
parse_x(struct parse *p, struct sceau_slice value)
{
    if (!read_number(value, TIME_DIGITS, &p->out->expiration))
        return N_("x= is not a time");
    return p->out->expiration > p->out->timestamp ? NULL : N_("x= is not after t=");
}

static const char *
parse_l(struct parse *p, struct sceau_slice value)
{
    return read_number(value, LENGTH_DIGITS, &p->out->body_length)
               ? NULL
               : N_("l= is not a length");
}

/* Both algorithms hash with SHA-256: any other size is an error before it is compared. */
static const char *
parse_bh(struct parse *p, struct sceau_slice value)
{
    struct sceau_slice hash = base64_decoded(p->arena, value);
    if (hash.len != SHA256_OCTETS)
        return N_("bh= is not the base64 of 32 octets");
    memcpy(p->out->body_hash, hash.ptr, SHA256_OCTETS);
    return NULL;
}

static const char *
parse_b(struct parse *p, struct sceau_slice value)
{
    p->out->gap = p->tag->value_offset;
    p->out->gap_length = p->tag->value_length;
    p->out->signature_text = without_fws(p->arena, value);
    p->out->signature = base64_decoded(p->arena, value);
    return p->out->signature.len > 0 ? NULL : N_("b= is not base64");
}

/* ---- the table ---------------------------------------------------------------------- */

enum {
    NOWHERE = 0,
    DKIM = DKIM_SIGNATURE,
    AMS = ARC_MESSAGE_SIGNATURE,
    SEAL = ARC_SEAL,
    EVERYWHERE = DKIM | AMS | SEAL
};

/* The tags, in the order in which they are judged: i= needs d=, x= needs t=. A tag is
 * ignored where it has no meaning, as unknown ones are (section 3.2). */
static const struct tag_rule {
    const char *name;
    int known_in;    /* or-ed kinds of field */
    int required_in; /* or-ed kinds of field */
    const char *(*parse)(struct parse *p, struct sceau_slice value);
    const char
        *default_value;  /* parsed when the tag is absent; NULL: nothing happens */
    const char *missing; /* the refusal where it is required */
} tag_rules[] = {
    {"v",  DKIM,       DKIM,       parse_v,        NULL,            N_("v= is missing") },
    {"i",  AMS | SEAL, AMS | SEAL, parse_instance, NULL,            N_("i= is missing") },
    {"h",  SEAL,       NOWHERE,    refuse_h,       NULL,            NULL                },
    {"a",  EVERYWHERE, EVERYWHERE, parse_a,        NULL,            N_("a= is missing") },
    {"cv", SEAL,       SEAL,       parse_cv,       NULL,            N_("cv= is missing")},
    {"d",  EVERYWHERE, EVERYWHERE, parse_d,        NULL,            N_("d= is missing") },
    {"s",  EVERYWHERE, EVERYWHERE, parse_s,        NULL,            N_("s= is missing") },
    {"b",  EVERYWHERE, EVERYWHERE, parse_b,        NULL,            N_("b= is missing") },
    {"bh", DKIM | AMS, DKIM | AMS, parse_bh,       NULL,            N_("bh= is missing")},
    {"h",  DKIM | AMS, DKIM | AMS, parse_h,        NULL,            N_("h= is missing") },
    {"c",  DKIM | AMS, NOWHERE,    parse_c,        "simple/simple", NULL                },
    {"i",  DKIM,       NOWHERE,    parse_auid,     NULL,            NULL                },
    {"q",  DKIM | AMS, NOWHERE,    parse_q,        "dns/txt",       NULL                },
    {"l",  DKIM | AMS, NOWHERE,    parse_l,        NULL,            NULL                },
    {"t",  EVERYWHERE, NOWHERE,    parse_t,        NULL,            NULL                },
    {"x",  DKIM | AMS, NOWHERE,    parse_x,        NULL,            NULL                },
};

/* Apply one rule: NULL, or why the field is refused. */
static const char *
apply(const struct tag_rule *rule, struct parse *p, const struct taglist *tags)
{
    if ((rule->known_in & (int)p->out->kind) == 0)
        return NULL;
    p->tag = taglist_find(tags, sceau_slice_from(rule->name));
    if (p->tag != NULL)
        return rule->parse(p, p->tag->value);
    if ((rule->required_in & (int)p->out->kind) != 0)
        return rule->missing;
    if (rule->default_value != NULL)
        return rule->parse(p, sceau_slice_from(rule->default_value));
    return NULL;
}

/* i= is "@" and d= when it is absent; the key's name is "s._domainkey.d" (3.6.2.1). */
static const char *
derive(struct parse *p)
{
    struct dkim_signature *out = p->out;
    struct sceau_slice below =
        domain_join(p->arena, SCEAU_SLICE("_domainkey"), out->domain);
    out->question = domain_join(p->arena, out->selector, below);
    if (below.ptr == NULL || out->question.ptr == NULL)
        return arena_full;
    if (out->identity.len == 0 && out->kind == DKIM_SIGNATURE) {
        struct text identity = text_new(p->arena, SIZE_MAX);
        text_octet(&identity, '@');
        text_slice(&identity, out->domain);
        out->identity = text_done(&identity);
        out->identity_domain = out->domain;
    }
    return domain_is_askable(out->question) ? NULL
                                            : N_("s= and d= are too long for DNS");
}

void
dkim_signature_parse(struct sceau_arena *arena, enum signature_kind kind,
                     const struct sceau_field *field, struct dkim_signature *signature)
{
    *signature = (struct dkim_signature){
        .kind = kind,
        .field = field,
        .header_how = kind == ARC_SEAL ? SCEAU_RELAXED : SCEAU_SIMPLE,
        .timestamp = -1,
        .expiration = -1,
        .body_length = -1,
        .cv = CV_FAIL,
    };
    struct parse p = {.arena = arena, .out = signature};
    struct taglist tags;
    if (field->raw.len > SCEAU_DKIM_SIGNATURE_MAX) {
        signature->refusal = N_("the field is larger than 16 KiB");
        return;
    }
    switch (taglist_parse(arena, field->body, &tags, NULL)) {
    case SCEAU_OK: break;
    case SCEAU_E_SYNTAX: signature->refusal = N_("the field is not a tag-list"); return;
    case SCEAU_E_LIMIT: signature->refusal = N_("the field has too many tags"); return;
    case SCEAU_E_SYSTEM: signature->refusal = arena_full; return;
    }
    /* All rules, also behind a refusal: the report wants d= and s=. */
    for (size_t i = 0; i < sizeof tag_rules / sizeof *tag_rules; i++) {
        const char *refusal = apply(&tag_rules[i], &p, &tags);
        if (signature->refusal == NULL)
            signature->refusal = refusal;
    }
    const char *refusal = signature->domain.len > 0 ? derive(&p) : NULL;
    if (signature->refusal == NULL)
        signature->refusal = refusal;
}

bool
dkim_signature_has_expired(const struct dkim_signature *signature, int64_t now)
{
    return signature->expiration >= 0 && now > signature->expiration;
}

bool
dkim_signature_is_from_future(const struct dkim_signature *signature, int64_t now)
{
    return signature->timestamp > now &&
           signature->timestamp - now > SCEAU_DKIM_CLOCK_SKEW;
}
