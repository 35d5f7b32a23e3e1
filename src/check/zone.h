/* What the lint of a zone file says, as findings of the catalogue. */
#ifndef CHECK_ZONE_H
#define CHECK_ZONE_H

#include "check.h"

/* Report every fault of the zone file that belongs to the rule at work; nothing when there
 * is no zone file, or when another name tells it (check_zone.told_at). The rules of other
 * families call it for their part that only a zone file shows: spf.string_255, dkim.split,
 * dkim.owner, dmarc.place, dmarc.external_auth_open. */
void check_zone_faults(struct check_subject *s);

/* True at the name that tells what is wrong with the file; else the rule is skipped. */
bool check_zone_is_told(struct check_subject *s);

/* Rules that ask the live DNS as well (zone_live.c). */
void check_zone_serial(struct check_subject *s);
void check_zone_live_diff(struct check_subject *s);
void check_zone_cname_live(struct check_subject *s);
void check_zone_typography_live(struct check_subject *s);
void check_zone_ttl_live(struct check_subject *s);

#endif
