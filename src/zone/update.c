/* RFC 2136: the message has DNS's form with other words for its four sections: zone,
 * prerequisites, updates, additional. Names are not compressed. */
#include "update.h"

#include <stdio.h>

enum {
    CLASS_IN = 1,
    CLASS_NONE = 254,
    OPCODE_UPDATE = 5 << 3, /* in the third octet */
    OPCODE_MASK = 15 << 3,
    FLAG_QR = 0x80,
    TYPE_SOA = 6,
};

static void
put16(struct text *t, unsigned n)
{
    text_octet(t, (char)(n >> 8 & 0xff));
    text_octet(t, (char)(n & 0xff));
}

static void
put_record(struct zone_update *u, struct sceau_slice owner, uint16_t type,
           unsigned class, uint32_t ttl, struct sceau_slice rdata)
{
    struct text *t = &u->octets;
    text_slice(t, owner);
    put16(t, type);
    put16(t, class);
    put16(t, ttl >> 16);
    put16(t, ttl & 0xffff);
    put16(t, (unsigned)rdata.len);
    text_slice(t, rdata);
}

void
zone_update_begin(struct zone_update *u, struct sceau_arena *arena, uint16_t id,
                  struct sceau_slice zone)
{
    *u = (struct zone_update){.octets = text_new(arena, ZONE_UPDATE_MAX)};
    struct text *t = &u->octets;
    put16(t, id);
    text_octet(t, OPCODE_UPDATE);
    text_octet(t, 0);
    put16(t, 1); /* ZOCOUNT */
    for (unsigned i = 0; i < 3; i++)
        put16(t, 0); /* set at the end */
    text_slice(t, zone);
    put16(t, TYPE_SOA);
    put16(t, CLASS_IN);
}

static void
count(struct zone_update *u, unsigned *counter)
{
    u->is_overflown |= *counter == UINT16_MAX;
    ++*counter;
}

void
zone_update_require(struct zone_update *u, struct sceau_slice owner, uint16_t type,
                    struct sceau_slice rdata)
{
    count(u, &u->conditions);
    put_record(u, owner, type, CLASS_IN, 0, rdata);
}

void
zone_update_require_absent(struct zone_update *u, struct sceau_slice owner,
                           uint16_t type)
{
    count(u, &u->conditions);
    put_record(u, owner, type, CLASS_NONE, 0, SCEAU_SLICE(""));
}

void
zone_update_add(struct zone_update *u, struct sceau_slice owner, uint16_t type,
                uint32_t ttl, struct sceau_slice rdata)
{
    count(u, &u->changes);
    put_record(u, owner, type, CLASS_IN, ttl, rdata);
}

void
zone_update_delete(struct zone_update *u, struct sceau_slice owner, uint16_t type,
                   struct sceau_slice rdata)
{
    count(u, &u->changes);
    put_record(u, owner, type, CLASS_NONE, 0, rdata);
}

struct sceau_slice
zone_update_done(struct zone_update *u)
{
    struct sceau_slice whole = text_done(&u->octets);
    if (whole.ptr == NULL || u->is_overflown)
        return (struct sceau_slice){NULL, 0};
    char *at = u->octets.ptr;
    at[6] = (char)(u->conditions >> 8);
    at[7] = (char)u->conditions;
    at[8] = (char)(u->changes >> 8);
    at[9] = (char)u->changes;
    return whole;
}

bool
zone_update_reply(struct sceau_slice message, uint16_t id, unsigned *rcode)
{
    const unsigned char *at = (const unsigned char *)message.ptr;
    if (message.len < ZONE_UPDATE_HEADER || (at[0] << 8 | at[1]) != id ||
        (at[2] & FLAG_QR) == 0 || (at[2] & OPCODE_MASK) != OPCODE_UPDATE)
        return false;
    *rcode = at[3] & 15;
    return true;
}

const char *
zone_update_rcode_name(unsigned rcode, char out[16])
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};
    if (rcode < sizeof names / sizeof *names)
        return names[rcode];
    snprintf(out, 16, "RCODE %u", rcode & 0xfff);
    return out;
}
