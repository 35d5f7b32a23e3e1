/* The records of a mail domain, made from its description in the configuration
 * ([domain "example.org"]) and its keys: hosts, MX, SPF, DKIM, DMARC and the agreement to
 * reports of others, for the domain and for each name that sends (RFC 1035, 7208, 6376,
 * 9989, 9990). Pure. */
#ifndef RECORDS_RECORDS_H
#define RECORDS_RECORDS_H

#include "config/config.h"
#include "core/text.h"
#include "language/language.h"

#define RECORDS_SPF_MAX 450 /* octets of one SPF record: the answer stays below 512 */

/* In the order in which a zone shows them. */
enum records_section {
    RECORDS_MX, /* hosts, aliases, MX */
    RECORDS_SPF,
    RECORDS_DKIM,
    RECORDS_DMARC,
};

#define RECORDS_SECTION_COUNT 4

/* "MX", "SPF", "DKIM", "DMARC". */
const char *records_section_name(enum records_section section);

/* A public key that the zone is to show, or no longer. */
struct records_key {
    struct sceau_slice domain; /* that signs, A-labels */
    struct sceau_slice selector;
    struct sceau_slice text; /* of the record; empty: it is to go */
    const char *state;       /* "next", "active", ... */
};

struct records_record {
    enum records_section section;
    struct sceau_slice owner; /* wire form */
    uint16_t type;
    bool has_ttl; /* else the zone's */
    uint32_t ttl;
    struct sceau_slice rdata;   /* wire form */
    struct sceau_slice text;    /* of TXT: the strings joined */
    struct sceau_slice comment; /* for people; empty: none */
    bool is_foreign;            /* another domain has to publish it */
};

/* What the description decides: records of this owner and type (of TXT: whose text begins
 * so) that are not among the wanted ones have to go. */
struct records_claim {
    struct sceau_slice owner; /* wire form */
    uint16_t type;
    struct sceau_slice prefix; /* letter case ignored; empty: all */
};

/* A name that sends through a server of ours. */
struct records_satellite {
    struct sceau_slice name; /* A-labels */
    const struct ip_network *addresses;
    size_t address_count;
};

struct records_set {
    struct sceau_slice domain;            /* A-labels */
    struct sceau_slice zone;              /* A-labels: where they go */
    struct sceau_slice origin;            /* the same in wire form */
    const struct records_record *records; /* by section */
    size_t count;
    const struct records_claim *claims;
    size_t claim_count;
    const struct records_satellite *satellites;
    size_t satellite_count;
    struct sceau_slice relay; /* what satellites hand their mail to; A-labels */
};

/* Make the records.
 *
 * arena     owns all; the configuration is borrowed
 * index     of config->domains
 * keys      of the domain and of its sending names
 * language  of the comments
 * problem   set on SCEAU_E_SYNTAX: what the description lacks, and what to write
 *
 * SCEAU_OK, SCEAU_E_SYNTAX, SCEAU_E_LIMIT (arena). */
enum sceau_status records_make(struct sceau_arena *arena,
                               const struct sceau_config *config, size_t index,
                               const struct records_key *keys, size_t key_count,
                               enum language language, struct records_set *set,
                               struct sceau_slice *problem);

/* The name of a sending name, host or alias: below the domain unless it ends in a dot or
 * in the domain itself. A-labels; {NULL, 0} when the arena is full. */
struct sceau_slice records_name(struct sceau_arena *arena, struct sceau_slice domain,
                                struct sceau_slice written);

/* ---- as text ---------------------------------------------------------------------- */

/* One record as a line (or lines) of a zone file, without a line end, its owner relative
 * to `origin` (wire form) where it lies in it. */
void records_line(struct text *t, const struct records_record *record,
                  struct sceau_slice origin);

/* Its data as a zone file has it: of a DKIM key in parentheses, a string a line. */
struct sceau_slice records_data(struct sceau_arena *arena,
                                const struct records_record *record);

/* A part of a BIND zone, in sections with comments. */
struct sceau_slice records_bind(struct sceau_arena *arena,
                                const struct records_set *set, enum language language);

/* A script of nsupdate. */
struct sceau_slice records_nsupdate(struct sceau_arena *arena,
                                    const struct records_set *set,
                                    enum language language);

/* An object a line. */
struct sceau_slice records_json(struct sceau_arena *arena,
                                const struct records_set *set);

#endif
