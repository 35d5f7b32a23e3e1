/* A reply packet (RFC 1035 section 4) to one question: header, question, the chain of
 * CNAMEs, the records, and how long a "no" may be kept (RFC 2308). The packet comes from
 * the network: each length is checked, each compression pointer leads backwards. */
#include "answer.h"

#include "name.h"
#include "rdata.h"
#include "rrset.h"

enum {
    HEADER_OCTETS = 12,
    RR_FIXED_OCTETS = 10, /* TYPE, CLASS, TTL, RDLENGTH */
    CLASS_IN = 1,
    FLAG_QR = 0x8000,
    FLAG_TC = 0x0200,
    RCODE_MASK = 0x000f,
    RCODE_NXDOMAIN = 3,
    RCODE_REFUSED = 5,
};

/* Reads on from pos; fails once. */
struct packet {
    struct sceau_slice in;
    size_t pos;
    bool is_damaged;
};

/* One record where it stands. */
struct packet_rr {
    struct dns_name owner;
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
    size_t rdata_at;
    size_t rdata_len;
};

/* What a packet says, its question checked. */
struct reply {
    struct sceau_slice in;
    size_t answers_at;
    unsigned answer_count;
    unsigned authority_count;
    unsigned rcode;
};

/* ---- octets ----------------------------------------------------------------------------- */

static bool
has_octets(struct packet *p, size_t count)
{
    if (count > p->in.len - p->pos)
        p->is_damaged = true;
    return !p->is_damaged;
}

static unsigned
octet_at(const struct packet *p, size_t at)
{
    return (unsigned char)p->in.ptr[at];
}

static uint16_t
take_u16(struct packet *p)
{
    if (!has_octets(p, 2))
        return 0;
    p->pos += 2;
    return (uint16_t)(octet_at(p, p->pos - 2) << 8 | octet_at(p, p->pos - 1));
}

static uint32_t
take_u32(struct packet *p)
{
    uint32_t high = take_u16(p);
    return high << 16 | take_u16(p);
}

/* RFC 2181 section 8: a TTL with its top bit set counts as 0. */
static uint32_t
take_ttl(struct packet *p)
{
    uint32_t ttl = take_u32(p);
    return ttl <= INT32_MAX ? ttl : 0;
}

/* ---- names ------------------------------------------------------------------------------- */

/* RFC 1035 section 4.1.4. A pointer must lead before the run of labels it ends, so runs go
 * strictly backwards and a loop cannot be written. */
static void
take_name(struct packet *p, struct dns_name *name)
{
    size_t at = p->pos, run = p->pos;
    bool has_jumped = false;
    *name = (struct dns_name){0};
    while (!p->is_damaged) {
        if (at >= p->in.len)
            break;
        unsigned octet = octet_at(p, at);
        if (octet <= DOMAIN_LABEL_MAX) {
            size_t step = 1 + (size_t)octet;
            if (step > p->in.len - at || step > sizeof name->wire - name->len)
                break;
            memcpy(name->wire + name->len, p->in.ptr + at, step);
            name->len += step;
            at += step;
            if (!has_jumped)
                p->pos = at;
            if (octet == 0)
                return;
        } else {
            size_t target = octet >= 0xc0 && at + 1 < p->in.len
                                ? (octet & 0x3f) << 8 | octet_at(p, at + 1)
                                : SIZE_MAX; /* cut, or a label type nobody uses */
            if (target >= run)
                break;
            if (!has_jumped)
                p->pos = at + 2;
            has_jumped = true;
            at = run = target;
        }
    }
    p->is_damaged = true;
}

/* ---- records -------------------------------------------------------------------------------- */

/* The record at pos; pos goes behind it. */
static void
take_rr(struct packet *p, struct packet_rr *rr)
{
    *rr = (struct packet_rr){0};
    take_name(p, &rr->owner);
    if (!has_octets(p, RR_FIXED_OCTETS))
        return;
    rr->type = take_u16(p);
    rr->class = take_u16(p);
    rr->ttl = take_ttl(p);
    rr->rdata_len = take_u16(p);
    rr->rdata_at = p->pos;
    if (has_octets(p, rr->rdata_len))
        p->pos += rr->rdata_len;
}

static bool
is_record_of(const struct packet_rr *rr, const struct dns_name *owner, uint16_t type)
{
    return rr->type == type && rr->class == CLASS_IN &&
           dns_name_equal(dns_name_slice(&rr->owner), dns_name_slice(owner));
}

/* The name at the start of a record's rdata, which it must fill. */
static bool
rdata_name(struct sceau_slice in, const struct packet_rr *rr, struct dns_name *name)
{
    struct packet p = {.in = slice_sub(in, 0, rr->rdata_at + rr->rdata_len),
                       .pos = rr->rdata_at};
    take_name(&p, name);
    return !p.is_damaged && p.pos == p.in.len;
}

/* The octets of a field that is no name: like the walk in rdata.c, but with an end that
 * need not be reached, as the check comes after. */
static size_t
plain_field_length(const struct packet *p, enum dns_field field)
{
    size_t left = p->in.len - p->pos;
    switch (field) {
    case DNS_FIELD_U8: return 1;
    case DNS_FIELD_U16: return 2;
    case DNS_FIELD_IP4:
    case DNS_FIELD_U32:
    case DNS_FIELD_SECONDS: return 4;
    case DNS_FIELD_IP6: return 16;
    case DNS_FIELD_WORD:
    case DNS_FIELD_STRING: return left > 0 ? 1 + (size_t)octet_at(p, p->pos) : 1;
    case DNS_FIELD_END:
    case DNS_FIELD_NAME:
    case DNS_FIELD_STRINGS:
    case DNS_FIELD_TEXT:
    case DNS_FIELD_HEX:
    case DNS_FIELD_BASE64: return left;
    }
    return left;
}

/* Rdata with its names decompressed, in the arena; {NULL, 0} when that is full. What is
 * not in the form of its type comes out short and is refused by dns_rdata_decode. */
static struct sceau_slice
plain_rdata(struct sceau_arena *arena, struct sceau_slice in,
            const struct packet_rr *rr)
{
    static const struct dns_type opaque = {0};
    const struct dns_type *known = dns_type_find(rr->type);
    const enum dns_field *field = known != NULL ? known->fields : opaque.fields;
    size_t room = rr->rdata_len;
    for (size_t i = 0; i < DNS_FIELDS_MAX; i++)
        room += field[i] == DNS_FIELD_NAME ? DNS_NAME_WIRE_MAX : 0;
    char *out = sceau_arena_alloc(arena, room);
    if (out == NULL)
        return SLICE_NONE;
    struct packet p = {.in = slice_sub(in, 0, rr->rdata_at + rr->rdata_len),
                       .pos = rr->rdata_at};
    size_t len = 0;
    while (!p.is_damaged && p.pos < p.in.len) {
        struct dns_name name;
        size_t step = 0;
        if (*field == DNS_FIELD_NAME) {
            take_name(&p, &name);
            step = p.is_damaged ? 0 : name.len;
            memcpy(out + len, name.wire, step);
        } else if (has_octets(&p, plain_field_length(&p, *field))) {
            step = plain_field_length(&p, *field);
            memcpy(out + len, p.in.ptr + p.pos, step);
            p.pos += step;
        }
        len += step;
        field += *field != DNS_FIELD_END;
    }
    return (struct sceau_slice){out, p.is_damaged ? 0 : len};
}

/* ---- the reply ------------------------------------------------------------------------------- */

/* Header and question: is this a whole reply to the question? */
static bool
read_reply(struct sceau_slice packet, const struct dns_name *name, uint16_t type,
           struct reply *reply)
{
    struct packet p = {.in = packet};
    struct dns_name asked;
    if (!has_octets(&p, HEADER_OCTETS))
        return false;
    take_u16(&p); /* ID: the resolver's business */
    unsigned flags = take_u16(&p);
    unsigned questions = take_u16(&p);
    reply->in = packet;
    reply->rcode = flags & RCODE_MASK;
    reply->answer_count = take_u16(&p);
    reply->authority_count = take_u16(&p);
    take_u16(&p); /* additional records are not read */
    take_name(&p, &asked);
    unsigned asked_type = take_u16(&p), asked_class = take_u16(&p);
    reply->answers_at = p.pos;
    return !p.is_damaged && (flags & FLAG_QR) != 0 && (flags & FLAG_TC) == 0 &&
           questions == 1 && asked_type == type && asked_class == CLASS_IN &&
           dns_name_equal(dns_name_slice(&asked), dns_name_slice(name));
}

/* What stands in the answer section for one name. */
struct found {
    size_t records; /* of the type asked for */
    bool has_cname;
    struct dns_name target;
};

/* Look for records and for the link at `name`. False when the section is damaged. */
static bool
find_at(const struct reply *reply, const struct dns_name *name, uint16_t type,
        struct found *found, uint32_t *ttl)
{
    struct packet p = {.in = reply->in, .pos = reply->answers_at};
    *found = (struct found){0};
    for (unsigned i = 0; i < reply->answer_count; i++) {
        struct packet_rr rr;
        take_rr(&p, &rr);
        if (p.is_damaged)
            return false;
        bool is_record = is_record_of(&rr, name, type);
        bool is_link =
            !is_record && !found->has_cname && is_record_of(&rr, name, SCEAU_DNS_CNAME);
        if (is_link && !rdata_name(reply->in, &rr, &found->target))
            return false;
        found->has_cname |= is_link;
        found->records += is_record;
        if ((is_record || is_link) && rr.ttl < *ttl)
            *ttl = rr.ttl;
    }
    return true;
}

/* Copy and decode the records of `type` at `name`. */
static enum sceau_status
decode_records(const struct reply *reply, const struct dns_name *name, uint16_t type,
               struct sceau_arena *arena, struct sceau_dns_rr *rrs, uint32_t ttl)
{
    struct packet p = {.in = reply->in, .pos = reply->answers_at};
    size_t count = 0, octets = 0;
    for (unsigned i = 0; i < reply->answer_count; i++) {
        struct packet_rr rr;
        take_rr(&p, &rr);
        if (!is_record_of(&rr, name, type))
            continue;
        struct sceau_slice rdata = plain_rdata(arena, reply->in, &rr);
        octets += rdata.len;
        if (rdata.ptr == NULL || octets > SCEAU_DNS_ANSWER_MAX)
            return SCEAU_E_LIMIT;
        enum sceau_status status = dns_rdata_decode(arena, type, rdata, &rrs[count]);
        if (status != SCEAU_OK)
            return status;
        rrs[count++].ttl = ttl;
    }
    return SCEAU_OK;
}

static void
answer_records(const struct reply *reply, const struct dns_name *name, uint16_t type,
               struct sceau_arena *arena, size_t count, uint32_t ttl,
               struct sceau_dns_answer *answer)
{
    struct sceau_dns_rr *rrs = sceau_arena_alloc(arena, count * sizeof *rrs);
    enum sceau_status status = rrs != NULL
                                   ? decode_records(reply, name, type, arena, rrs, ttl)
                                   : SCEAU_E_LIMIT;
    dns_answer_of(answer, status, rrs, count, ttl);
}

/* RFC 2308 section 5: the SOA of the authority section bounds how long "no" is kept. */
static uint32_t
negative_ttl(const struct reply *reply)
{
    struct packet p = {.in = reply->in, .pos = reply->answers_at};
    struct packet_rr rr;
    for (unsigned i = 0; i < reply->answer_count; i++)
        take_rr(&p, &rr);
    for (unsigned i = 0; i < reply->authority_count && !p.is_damaged; i++) {
        take_rr(&p, &rr);
        if (p.is_damaged || rr.type != SCEAU_DNS_SOA || rr.class != CLASS_IN ||
            rr.rdata_len < 4)
            continue;
        struct packet minimum = {.in = reply->in,
                                 .pos = rr.rdata_at + rr.rdata_len - 4};
        uint32_t ttl = take_ttl(&minimum);
        return ttl < rr.ttl ? ttl : rr.ttl;
    }
    return 0;
}

static void
answer_reply(const struct reply *reply, struct dns_name *name, uint16_t type,
             struct sceau_arena *arena, struct sceau_dns_answer *answer)
{
    uint32_t ttl = INT32_MAX;
    struct found found;
    for (unsigned links = 0; links <= SCEAU_DNS_CNAME_MAX; links++) {
        if (!find_at(reply, name, type, &found, &ttl)) {
            dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0, "the reply is damaged");
            return;
        }
        if (found.records > 0 && reply->rcode == 0) {
            answer_records(reply, name, type, arena, found.records, ttl, answer);
            return;
        }
        if (!found.has_cname) {
            uint32_t negative = negative_ttl(reply);
            /* RFC 6604: the RCODE speaks of the last name of the chain */
            dns_answer_without(answer,
                               reply->rcode == RCODE_NXDOMAIN ? SCEAU_DNS_NXDOMAIN
                                                              : SCEAU_DNS_NODATA,
                               negative < ttl ? negative : ttl, NULL);
            return;
        }
        *name = found.target;
    }
    dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0,
                       "more than 8 CNAME links, or a loop of them");
}

void
dns_answer_decode(struct sceau_arena *arena, struct sceau_slice packet,
                  struct sceau_slice name, uint16_t type,
                  struct sceau_dns_answer *answer)
{
    struct dns_name wire;
    struct reply reply = {0};
    if (!dns_name_from_asked(name, &wire) || !read_reply(packet, &wire, type, &reply))
        dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0,
                           "the reply does not belong to the question, or is cut");
    else if (reply.rcode == RCODE_REFUSED)
        dns_answer_without(answer, SCEAU_DNS_REFUSED, 0,
                           "the server refuses to answer");
    else if (reply.rcode != 0 && reply.rcode != RCODE_NXDOMAIN)
        dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0,
                           "the server reports an error");
    else
        answer_reply(&reply, &wire, type, arena, answer);
}
