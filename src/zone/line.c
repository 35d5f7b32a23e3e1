/* New lines of a zone file: names relative to the origin, fields in columns. RFC 1035
 * section 5.1. */
#include "line.h"

#include "dns/rdata.h"
#include "index.h"

#define RULE "------------------------------"

void
zone_line_owner(struct text *t, struct sceau_slice owner, struct sceau_slice origin)
{
    char full[DNS_NAME_TEXT_MAX], end[DNS_NAME_TEXT_MAX];
    if (dns_name_equal(owner, origin) && origin.len > 1) {
        text_octet(t, '@');
        return;
    }
    dns_name_escape(owner, full);
    size_t len = strlen(full);
    if (origin.len > 1 && zone_name_is_within(owner, origin)) {
        dns_name_escape(origin, end);
        len -= strlen(end) + 1;
    }
    text_slice(t, (struct sceau_slice){full, len});
}

static void
pad(struct text *t, size_t start, size_t width)
{
    size_t written = t->len - start;
    text_format(t, "%*s", written < width ? (int)(width - written) : 1, "");
}

void
zone_line(struct text *t, struct sceau_slice owner, struct sceau_slice origin,
          bool has_ttl, uint32_t ttl, uint16_t type, struct sceau_slice data)
{
    char name[16];
    size_t start = t->len;
    zone_line_owner(t, owner, origin);
    pad(t, start, 16);
    if (has_ttl) {
        start = t->len;
        text_format(t, "%u", ttl);
        pad(t, start, 8);
    }
    text_string(t, "IN      ");
    start = t->len;
    text_string(t, sceau_dns_type_name(type, name));
    pad(t, start, 8);
    text_slice(t, data);
}

void
zone_line_heading(struct text *t, const char *name)
{
    text_format(t, "\n;%s\n; %s\n;%s\n", RULE, name, RULE);
}
