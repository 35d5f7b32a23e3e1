/* Zone text of a key. A record in a parent's zone needs the rest of the domain in its
 * owner: the one thing that is forgotten when opendkim-genkey's text is pasted there. */
#include "zonetext.h"

#include "core/domain.h"

bool
keys_owner_in_zone(struct text *t, struct sceau_slice selector,
                   struct sceau_slice domain, struct sceau_slice zone)
{
    text_slice(t, selector);
    text_string(t, "._domainkey");
    if (zone.len == 0 || slice_eq_ci(domain, zone))
        return true;
    if (!domain_is_within(domain, zone))
        return false;
    text_octet(t, '.');
    text_slice(t, slice_sub(domain, 0, domain.len - zone.len - 1));
    return true;
}

void
keys_zone_text(struct text *t, const struct keys_key *key, struct sceau_slice domain,
               struct sceau_slice zone)
{
    struct sceau_slice rest = key->public_key;
    keys_owner_in_zone(t, key->selector, domain, zone);
    text_format(t, "\tIN\tTXT\t( \"v=DKIM1; k=%s; \"\n\t  \"p=",
                keys_type_name(key->algorithm));
    while (rest.len > KEYS_STRING_MAX) {
        text_slice(t, slice_sub(rest, 0, KEYS_STRING_MAX));
        text_string(t, "\"\n\t  \"");
        rest = slice_skip(rest, KEYS_STRING_MAX);
    }
    text_slice(t, rest);
    text_string(t, "\" )  ; ----- DKIM key ");
    text_slice(t, key->selector);
    text_string(t, " for ");
    text_slice(t, domain);
    text_octet(t, '\n');
}
