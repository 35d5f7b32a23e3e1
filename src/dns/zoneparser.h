/* The state of reading one zone text, shared by the reader of entries (zonefile.c) and the
 * reader of rdata (zonerdata.c). The first failure stands; after it nothing is read. */
#ifndef DNS_ZONEPARSER_H
#define DNS_ZONEPARSER_H

#include "sceau/dns.h"

#include "core/cursor.h"
#include "name.h"
#include "rdata.h"
#include "zonelexer.h"
#include "zonestore.h"

struct zone_parser {
    struct zone_lexer lexer;
    struct zone_token token;  /* the one at hand */
    struct zone_store *store; /* of the resolver; other readers have none */
    struct sceau_zone_error *error;
    const char *problem; /* the same in two parts, for translators: static text, */
    bool is_expected;    /* and whether "expected" goes in front of it */
    bool has_failed;
    struct dns_name origin;
    struct dns_name owner;
    bool has_owner;
    uint32_t ttl;      /* of the entry at hand */
    uint32_t last_ttl; /* the last one stated, RFC 1035 section 5.1 */
    bool has_default_ttl;
    uint32_t default_ttl; /* RFC 2308 section 4 */
    char rdata[DNS_RDATA_MAX];
    size_t rdata_len;
};

/* Fail at the token at hand, or `offset` octets into it. */
void zone_fail(struct zone_parser *p, const char *expected);
void zone_fail_at(struct zone_parser *p, size_t offset, const char *expected);

/* Fail with a sentence that is not about what was expected. */
void zone_refuse(struct zone_parser *p, const char *problem);

/* Fail where a cursor over the token's text stopped, if it did or left something. */
void zone_check_cursor(struct zone_parser *p, const struct cursor *c,
                       const char *expected);

/* Step to the next token. */
void zone_advance(struct zone_parser *p);

/* A word or a quoted text is at hand. */
static inline bool
zone_is_text(const struct zone_parser *p)
{
    return !p->has_failed &&
           (p->token.kind == ZONE_TOKEN_WORD || p->token.kind == ZONE_TOKEN_QUOTED);
}

static inline bool
zone_is_word(const struct zone_parser *p)
{
    return !p->has_failed && p->token.kind == ZONE_TOKEN_WORD;
}

/* A word is at hand, or this fails. */
bool zone_expect_word(struct zone_parser *p, const char *expected);

/* Read the rdata of one record into p->rdata, up to the end of the entry. *is_read turns
 * false for a type that is known by name but whose text is not read. */
void zone_read_rdata(struct zone_parser *p, uint16_t type, bool *is_read);

#endif
