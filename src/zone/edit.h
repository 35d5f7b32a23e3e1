/* A zone file edited in place: records that have to be there, records that have to go, the
 * serial raised; every other octet stays. The edit is a list of splices over the kept
 * text, and its result is read again before it is given out: it holds the wanted records,
 * and of all others exactly those that it held.
 *
 * RFC 1035 section 5, RFC 1982 (serials), RFC 1034 section 3.6.2 and 4.2.1 (what stands
 * beside an alias or below a delegation is refused). Pure. */
#ifndef ZONE_EDIT_H
#define ZONE_EDIT_H

#include "document.h"

/* A record that has to be there. */
struct zone_wanted {
    struct sceau_slice owner; /* wire form */
    uint16_t type;
    bool has_ttl; /* else the zone's; a set that is there keeps its own */
    uint32_t ttl;
    struct sceau_slice rdata;   /* wire form */
    struct sceau_slice data;    /* as it is written when the line is new */
    struct sceau_slice comment; /* behind a new line; empty: none */
    const char *heading;        /* in front of a new part at the end of the file */
    unsigned part;              /* new lines join those of the same part */
};

/* Records of this owner and type that are not wanted have to go. Of TXT: those whose text
 * begins so. */
struct zone_claim {
    struct sceau_slice owner; /* wire form */
    uint16_t type;
    struct sceau_slice prefix; /* letter case ignored; empty: all */
};

struct zone_wish {
    const struct zone_wanted *wanted;
    size_t wanted_count;
    const struct zone_claim *claims;
    size_t claim_count;
    uint32_t today; /* 20261128: for serials that are dates */
};

/* One replacement. They are in order and do not overlap. */
struct zone_splice {
    size_t at, len; /* octets of the old text; len 0 inserts */
    struct sceau_slice text;
};

struct zone_edit {
    struct sceau_slice text; /* the new file; the old one when nothing changes */
    const struct zone_splice *splices;
    size_t splice_count;            /* 0: nothing to do */
    size_t added, changed, removed; /* records, SOA aside */
    uint32_t old_serial, new_serial;
    /* Of a refusal: */
    struct sceau_slice file;
    size_t line, column;
    const char *problem; /* static text; NULL: none */
    bool is_expected;    /* the problem is what was expected */
};

/* Plan the edit of document->files[0].
 *
 * origin  wire form of the zone
 * loader  as for zone_document_read: the result is read again
 *
 * SCEAU_OK; SCEAU_E_SYNTAX with problem and place: nothing is to be written;
 * SCEAU_E_LIMIT, SCEAU_E_SYSTEM as zone_document_read. */
enum sceau_status zone_edit_make(struct sceau_arena *arena,
                                 const struct zone_document *document,
                                 const struct dns_name *origin,
                                 struct zone_loader *loader,
                                 const struct zone_wish *wish, struct zone_edit *edit);

/* Is the record among those that the claims decide about? */
bool zone_claims_hold(const struct zone_claim *claims, size_t count,
                      struct sceau_slice owner, uint16_t type,
                      struct sceau_slice rdata);

/* Do they say the same? Of TXT: whatever its strings are. */
bool zone_data_is_same(uint16_t type, struct sceau_slice a, struct sceau_slice b);

/* The serial after this one: a date and two digits goes to today's, any other one up
 * (RFC 1982); 0 is left out. */
uint32_t zone_serial_after(uint32_t serial, uint32_t today);

#endif
