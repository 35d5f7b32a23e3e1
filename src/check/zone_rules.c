/* The rules of the catalogue about a zone file as a whole. */
#include "zone.h"

/* Only the file can tell. */
static void
zone_file(struct check_subject *s)
{
    if (check_zone_is_told(s))
        check_zone_faults(s);
}

static void
zone_cname(struct check_subject *s)
{
    if (s->zone == NULL)
        check_zone_cname_live(s);
    else
        zone_file(s);
}

static void
zone_typography(struct check_subject *s)
{
    if (s->zone == NULL)
        check_zone_typography_live(s);
    else
        zone_file(s);
}

static void
zone_ttl(struct check_subject *s)
{
    if (s->zone == NULL)
        check_zone_ttl_live(s);
    else
        zone_file(s);
}

/* clang-format off */
static const struct check_rule rules[] = {
    {"zone.parse", N_("Zone file parses"), CHECK_ZONE, 0, CHECK_PROBLEM,
     N_("Every line reads; parentheses and quotes are closed; $INCLUDE and $GENERATE are followed "
        "inside the folder of the file; goes on after an error."),
     N_("BIND refuses a zone with an error, and goes on serving the old one, or none."),
     N_("Correct the line at this place."), zone_file},
    {"zone.trailing_dot", N_("Full names end in a dot"), CHECK_ZONE, 0, CHECK_PROBLEM,
     N_("No owner or target (MX, CNAME, NS, SRV, PTR) written without a final dot ends in the origin, "
        "in another zone at hand or in a public ending."),
     N_("A name without a final dot has the zone's name put behind it."),
     N_("Write it with its final dot."), zone_file},
    {"zone.cname_and_other", N_("Nothing stands beside a CNAME"), CHECK_ZONE | CHECK_DNS, 0, CHECK_PROBLEM,
     N_("A name with a CNAME has no other record (DNSSEC types aside); in particular no MX or TXT at "
        "an alias."),
     N_("Resolvers follow the alias, and see nothing of what stands beside it."),
     N_("Replace the CNAME by A and AAAA; then MX and TXT may stand there."), zone_cname},
    {"zone.duplicate", N_("No record twice"), CHECK_ZONE, 0, CHECK_WARNING,
     N_("No two records equal in owner, type and data; no differing TTLs within one set; near "
        "duplicates (letter case, cut of strings) are worth knowing."),
     N_("One of the two is changed one day and the other forgotten."),
     N_("Delete one of the two."), zone_file},
    {"zone.txt_quotes", N_("TXT with semicolons or blanks is quoted"), CHECK_ZONE, 0, CHECK_PROBLEM,
     N_("No unquoted semicolon cuts a value short; no unquoted blanks turn a value into several "
        "strings; backslashes are meant."),
     N_("The record parses, but receivers read another one than was written."),
     N_("Put the whole text into quotes."), zone_file},
    {"zone.txt_typography", N_("No typographic characters"), CHECK_ZONE | CHECK_DNS, 0, CHECK_PROBLEM,
     N_("No curly or angle quotes, en dash, no-break or zero-width blank, byte order mark in mail "
        "records."),
     N_("A dash or quote pasted from a web page looks right and is another character."),
     N_("Type the character on the keyboard."), zone_typography},
    {"zone.serial", N_("Serial was raised"), CHECK_ZONE | CHECK_DNS, 0, CHECK_WARNING,
     N_("If the content differs from the live zone, the serial is greater by RFC 1982; a serial that "
        "is a date is not in the future."),
     N_("Secondaries fetch a zone only when its serial has grown."),
     N_("Raise the serial to {next}, then: named-checkzone {zone} {file} && rndc reload {zone}"),
     check_zone_serial},
    {"zone.live_diff", N_("File and live DNS agree"), CHECK_ZONE | CHECK_DNS, 0, CHECK_INFO,
     N_("Mail records in the file equal those served."),
     N_("What receivers see is what is served, not what the file says."),
     N_("Load the zone; with dynamic updates the file is stale until `rndc sync`."),
     check_zone_live_diff},
    {"zone.out_of_zone", N_("No record outside the zone"), CHECK_ZONE, 0, CHECK_PROBLEM,
     N_("Every owner is at or below the origin; nothing that mail needs hides below a delegation."),
     N_("Such a record is in the file and not in DNS."),
     N_("Move it to the zone that it belongs to."), zone_file},
    {"zone.ttl", N_("TTLs suit the next change"), CHECK_ZONE | CHECK_DNS, 0, CHECK_INFO,
     N_("$TTL is set; SPF, DKIM, DMARC and MX have between 300 s and 86400 s."),
     N_("The TTL is how long a mistake lives after it is mended, and how often receivers ask."),
     N_("Set the TTL to {meant}."), zone_ttl},
};
/* clang-format on */

const struct check_family check_zone_family = CHECK_FAMILY(rules);
