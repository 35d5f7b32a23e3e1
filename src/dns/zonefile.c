/* Master-file text (RFC 1035 section 5, RFC 2308 section 4) into a resolver: entries,
 * directives, and the resolver over them. Rdata is read in zonerdata.c.
 *
 * No $INCLUDE: this library opens no file. `$FAIL OWNER TYPE OUTCOME` is ours. */
#include "rrset.h"
#include "zoneparser.h"
#include "zonetext.h"

#include <stdlib.h>

enum {
    DEFAULT_TTL = 300 /* seconds, when neither record nor $TTL says one */
};

struct zone_resolver {
    struct sceau_resolver resolver;
    struct zone_store store;
};

static void
expect_line_end(struct zone_parser *p)
{
    if (zone_is_text(p))
        zone_fail(p, "the end of the line: nothing more belongs to this entry");
}

/* ---- entries ------------------------------------------------------------------------------ */

/* Read the word at hand as a name and step on. */
static void
take_name(struct zone_parser *p, struct dns_name *name)
{
    struct cursor c = cursor_over(p->token.text);
    if (!zone_expect_word(p, "a domain name"))
        return;
    zone_text_name(&c, &p->origin, name);
    zone_check_cursor(p, &c, "a domain name");
    zone_advance(p);
}

static uint32_t
take_ttl(struct zone_parser *p)
{
    struct cursor c = cursor_over(p->token.text);
    if (!zone_expect_word(p, "a time to live"))
        return 0;
    uint32_t ttl = zone_text_seconds(&c);
    zone_check_cursor(p, &c, "a time to live");
    if (ttl > ZONE_TTL_MAX)
        zone_fail(p, "a time to live below 2^31 seconds (RFC 2181 section 8)");
    zone_advance(p);
    return ttl;
}

/* [TTL] [class] or [class] [TTL], each at most once. A type never starts with a digit. */
static void
read_ttl_and_class(struct zone_parser *p)
{
    bool has_ttl = false, has_class = false;
    while (zone_is_word(p)) {
        if (!has_ttl && ascii_is_digit(p->token.text.ptr[0])) {
            p->last_ttl = take_ttl(p);
            has_ttl = true;
        } else if (!has_class && slice_eq_ci(p->token.text, SCEAU_SLICE("IN"))) {
            zone_advance(p);
            has_class = true;
        } else {
            break;
        }
    }
    p->ttl = !has_ttl && p->has_default_ttl ? p->default_ttl : p->last_ttl;
}

/* Read the word at hand as a type and step on; 0 after a failure. */
static uint16_t
take_type(struct zone_parser *p)
{
    if (!zone_expect_word(p, "a record type"))
        return 0;
    uint16_t type = sceau_dns_type_parse(p->token.text);
    if (type == 0)
        zone_fail(p, "a record type (or the class IN, or a time to live)");
    zone_advance(p);
    return type;
}

static void
read_record(struct zone_parser *p)
{
    bool is_read = false;
    if (p->token.is_line_start) {
        take_name(p, &p->owner);
        p->has_owner = true;
    } else if (!p->has_owner) {
        zone_fail(p, "a name in the first column, as no record stands before");
    }
    read_ttl_and_class(p);
    uint16_t type = take_type(p);
    zone_read_rdata(p, type, &is_read);
    expect_line_end(p);
    struct sceau_slice rdata = {is_read ? p->rdata : NULL, is_read ? p->rdata_len : 0};
    if (!p->has_failed && !zone_store_add(p->store, &p->owner, type, p->ttl, rdata))
        zone_refuse(p, "memory is exhausted");
}

static enum sceau_dns_status
take_outcome(struct zone_parser *p)
{
    static const enum sceau_dns_status outcomes[] = {
        SCEAU_DNS_SERVFAIL, SCEAU_DNS_TIMEOUT, SCEAU_DNS_REFUSED,
        SCEAU_DNS_NXDOMAIN, SCEAU_DNS_NODATA,  SCEAU_DNS_BOGUS,
    };
    for (size_t i = 0; zone_is_word(p) && i < sizeof outcomes / sizeof *outcomes; i++) {
        const char *name = sceau_dns_status_name(outcomes[i]);
        if (slice_eq_ci(p->token.text, sceau_slice_from(name))) {
            zone_advance(p);
            return outcomes[i];
        }
    }
    zone_fail(p, "SERVFAIL, TIMEOUT, REFUSED, NXDOMAIN, NODATA or BOGUS");
    return SCEAU_DNS_SERVFAIL;
}

static void
directive_fail(struct zone_parser *p)
{
    struct dns_name owner = {0};
    uint16_t type = ZONE_TYPE_ANY;
    take_name(p, &owner);
    if (zone_is_word(p) && slice_eq_ci(p->token.text, SCEAU_SLICE("ANY")))
        zone_advance(p);
    else
        type = take_type(p);
    enum sceau_dns_status outcome = take_outcome(p);
    expect_line_end(p);
    if (!p->has_failed && !zone_store_fail(p->store, &owner, type, outcome))
        zone_refuse(p, "memory is exhausted");
}

static void
directive_origin(struct zone_parser *p)
{
    struct dns_name origin = {0};
    take_name(p, &origin);
    if (!p->has_failed)
        p->origin = origin;
}

static void
directive_ttl(struct zone_parser *p)
{
    p->default_ttl = take_ttl(p);
    p->has_default_ttl = true;
}

static const struct directive {
    const char *name;
    void (*read)(struct zone_parser *p);
} directives[] = {
    {"$ORIGIN", directive_origin}, /* RFC 1035 section 5.1 */
    {"$TTL",    directive_ttl   }, /* RFC 2308 section 4 */
    {"$FAIL",   directive_fail  }, /* ours */
};

static void
read_directive(struct zone_parser *p)
{
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        if (slice_eq_ci(p->token.text, sceau_slice_from(directives[i].name))) {
            zone_advance(p);
            directives[i].read(p);
            expect_line_end(p);
            return;
        }
    }
    zone_fail(p, slice_eq_ci(p->token.text, SCEAU_SLICE("$INCLUDE"))
                     ? "the records themselves: $INCLUDE is not followed"
                     : "$ORIGIN, $TTL or $FAIL");
}

static void
read_entries(struct zone_parser *p)
{
    zone_advance(p);
    while (!p->has_failed && p->token.kind != ZONE_TOKEN_END) {
        if (p->token.kind == ZONE_TOKEN_LINE_END)
            zone_advance(p);
        else if (zone_is_word(p) && p->token.is_line_start &&
                 p->token.text.ptr[0] == '$')
            read_directive(p);
        else
            read_record(p);
    }
}

/* ---- the resolver -------------------------------------------------------------------------- */

static void
zone_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
            struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
            struct sceau_dns_answer *answer)
{
    const struct zone_resolver *zone = (const struct zone_resolver *)self;
    struct dns_name wire;
    (void)timeout_ms; /* it never waits, not even where $FAIL plays TIMEOUT */
    if (!dns_name_from_asked(name, &wire)) {
        dns_answer_without(answer, SCEAU_DNS_INVALID, 0, "this is not a DNS name");
        return;
    }
    dns_name_lower(&wire);
    zone_store_answer(&zone->store, &wire, type, arena, answer);
}

void
sceau_zone_resolver_free(struct sceau_resolver *resolver)
{
    struct zone_resolver *zone = (struct zone_resolver *)resolver;
    if (zone == NULL)
        return;
    sceau_arena_free(zone->store.arena);
    free(zone);
}

struct sceau_resolver *
sceau_zone_resolver_new(struct sceau_slice text, struct sceau_zone_error *error)
{
    struct zone_resolver *zone = calloc(1, sizeof *zone);
    struct zone_parser *parser = calloc(1, sizeof *parser);
    struct sceau_arena *arena = sceau_arena_new(SIZE_MAX); /* linear in the text */
    *error = (struct sceau_zone_error){.text = "memory is exhausted"};
    bool is_read = false;
    if (zone != NULL && parser != NULL && arena != NULL) {
        zone->resolver.lookup = zone_lookup;
        zone_store_init(&zone->store, arena, text);
        parser->lexer = zone_lexer_over(text);
        parser->store = &zone->store;
        parser->error = error;
        parser->origin = dns_name_root();
        parser->last_ttl = DEFAULT_TTL;
        read_entries(parser);
        is_read = !parser->has_failed;
    }
    free(parser);
    if (is_read)
        return &zone->resolver;
    sceau_arena_free(arena);
    free(zone);
    return NULL;
}
