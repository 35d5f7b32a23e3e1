/* Faults of a zone file as findings: which check of the catalogue each belongs to, how bad
 * it is, and the words for it. */
#include "zone.h"

#include "zone/lint.h"

#define SHOWN_MAX 120 /* octets of a line of the file in a sentence */

struct fault {
    const char *id;
    enum check_outcome outcome;
    const char *found; /* {written} {meant} {other} {problem} {zone} */
    const char *fix;   /* NULL: the rule's own */
};

/* clang-format off */
static const struct fault faults[] = {
    [ZONE_FAULT_SYNTAX] = {"zone.parse", CHECK_PROBLEM, N_("`{written}`: {problem}"), NULL},
    [ZONE_FAULT_CUT] = {"zone.parse", CHECK_PROBLEM,
     N_("more than 100 errors; what stands behind the last one was not read"), NULL},
    [ZONE_FAULT_OWNER] = {"zone.parse", CHECK_WARNING,
     N_("`{written}` stands in the first column, so the record belongs to a name called {meant}"),
     N_("Put a blank in front of the line, or the name that was meant.")},
    [ZONE_FAULT_RNAME] = {"zone.parse", CHECK_WARNING,
     N_("`{written}`: in a SOA the @ of the mail address is written as a dot"),
     N_("Write {meant}")},
    [ZONE_FAULT_NO_SOA] = {"zone.parse", CHECK_INFO,
     N_("no SOA record, so BIND does not load this as a zone of its own; it was read as a part of {zone}"),
     N_("Nothing to do when another file includes this one.")},
    [ZONE_FAULT_SECOND_SOA] = {"zone.parse", CHECK_PROBLEM,
     N_("a second SOA record, or one that does not stand at {zone}: BIND refuses the zone"),
     N_("Remove it, or give --origin the name of the zone.")},
    [ZONE_FAULT_NO_NS] = {"zone.parse", CHECK_PROBLEM,
     N_("no NS record at {zone}: BIND refuses the zone"), N_("Add the name servers of the zone.")},
    [ZONE_FAULT_NS_ADDRESS] = {"zone.parse", CHECK_PROBLEM,
     N_("the name server {written} lies in this zone and has no address there: BIND refuses the zone"),
     N_("Add its A and AAAA records, or its final dot when it lies elsewhere.")},
    [ZONE_FAULT_DOT] = {"zone.trailing_dot", CHECK_PROBLEM,
     N_("`{written}` has no final dot, so it becomes {meant}"), N_("Write `{written}.`")},
    [ZONE_FAULT_DOUBLED] = {"zone.trailing_dot", CHECK_PROBLEM,
     N_("{written} has the zone's name twice"), N_("Write {meant}")},
    [ZONE_FAULT_OUT_OF_ZONE] = {"zone.out_of_zone", CHECK_PROBLEM,
     N_("{written} does not lie in {zone}, so BIND leaves it out"),
     N_("Move it to the zone that it belongs to.")},
    [ZONE_FAULT_BELOW_CUT] = {"zone.out_of_zone", CHECK_PROBLEM,
     N_("this mail record is never served: the NS record at {other} hands the name to other servers"),
     N_("Move it to the zone on those servers.")},
    [ZONE_FAULT_CNAME] = {"zone.cname_and_other", CHECK_PROBLEM,
     N_("{written} is an alias and has another record (at {other}); BIND refuses the zone"), NULL},
    [ZONE_FAULT_WILDCARD] = {"dmarc.place", CHECK_WARNING,
     N_("{written} answers for _dmarc of every name below that has no records of its own"),
     N_("Name the hosts one by one, or add a DMARC record for each that sends.")},
    [ZONE_FAULT_REPORTS] = {"dmarc.external_auth_open", CHECK_INFO,
     N_("{written} lets any domain have its DMARC reports sent here"), NULL},
    [ZONE_FAULT_KEY_OWNER] = {"dkim.owner", CHECK_PROBLEM,
     N_("this DKIM key stands at {written}, where no verifier looks for it"),
     N_("A key stands at SELECTOR._domainkey.DOMAIN; what is written is relative to the zone.")},
    [ZONE_FAULT_DUPLICATE] = {"zone.duplicate", CHECK_WARNING,
     N_("`{written}` stands there already, at {other}"), NULL},
    [ZONE_FAULT_NEAR_DUPLICATE] = {"zone.duplicate", CHECK_INFO,
     N_("the same as at {other}, but for letter case or the cut of its strings"), NULL},
    [ZONE_FAULT_TTL_DIFFERS] = {"zone.duplicate", CHECK_WARNING,
     N_("the TTL is {written} here and {meant} at {other}, for one name and type"),
     N_("Write {meant} here too: BIND serves all of them with the TTL of the first (RFC 2181 section 5.2).")},
    [ZONE_FAULT_SEMICOLON] = {"zone.txt_quotes", CHECK_PROBLEM,
     N_("without quotes everything behind `{written}` is a comment"), NULL},
    [ZONE_FAULT_BLANKS] = {"zone.txt_quotes", CHECK_PROBLEM,
     N_("without quotes the words are strings of their own, read as `{written}`"), NULL},
    [ZONE_FAULT_BACKSLASH] = {"zone.txt_quotes", CHECK_PROBLEM,
     N_("a quote or a backslash is part of the text: `{written}`"),
     N_("Leave it out; quotes stand around the text only.")},
    [ZONE_FAULT_TYPOGRAPHY] = {"zone.txt_typography", CHECK_PROBLEM,
     N_("the character {written}, as web pages and word processors put it, in `{record}`"), NULL},
    [ZONE_FAULT_LONG_SPF] = {"spf.string_255", CHECK_PROBLEM,
     N_("a string of {written} octets; 255 is the most, and BIND refuses the zone"), NULL},
    [ZONE_FAULT_LONG_KEY] = {"dkim.split", CHECK_PROBLEM,
     N_("a string of {written} octets; 255 is the most, and BIND refuses the zone"), NULL},
    [ZONE_FAULT_LONG_TEXT] = {"zone.parse", CHECK_PROBLEM,
     N_("a string of {written} octets; 255 is the most, and BIND refuses the zone"),
     N_("Split it into strings; they are joined with nothing between.")},
    [ZONE_FAULT_SERIAL_FUTURE] = {"zone.serial", CHECK_WARNING,
     N_("the serial {written} is a date that has not come yet"),
     N_("Secondaries ignore a smaller one: keep counting from here until the date has passed.")},
    [ZONE_FAULT_NO_TTL] = {"zone.ttl", CHECK_INFO,
     N_("no $TTL: a record without a TTL takes that of the record before, or the SOA's last number"),
     N_("Begin the file with $TTL.")},
    [ZONE_FAULT_TTL_SHORT] = {"zone.ttl", CHECK_INFO,
     N_("a TTL of {written} s on a mail record: every message asks again"), NULL},
    [ZONE_FAULT_TTL_LONG] = {"zone.ttl", CHECK_INFO,
     N_("a TTL of {written} s on a mail record: a mistake stays that long"), NULL},
};
/* clang-format on */

bool
check_zone_is_told(struct check_subject *s)
{
    if (slice_eq(s->name, s->zone->told_at))
        return true;
    check_report_as(s, CHECK_SKIPPED,
                    CHECK_SAY(s,
                              N_("the zone file as a whole is looked at with {name}"),
                              LANGUAGE_THEIRS("name", s->zone->told_at)));
    return false;
}

/* "file:12" */
static struct sceau_slice
line_of(struct check_subject *s, const struct zone_record *record)
{
    if (record == NULL)
        return SCEAU_SLICE("");
    struct zone_place place = zone_record_place(record);
    return check_format(s, "%.*s:%zu", SLICE_ARG(place.file), place.line);
}

static struct sceau_slice
problem_of(struct check_subject *s, const struct zone_error *error)
{
    if (error == NULL)
        return SCEAU_SLICE("");
    const char *problem = language_text(s->options->language, error->problem);
    if (!error->is_expected)
        return sceau_slice_from(problem);
    return CHECK_SAY(s, N_("expected here is {problem}"),
                     LANGUAGE_OURS("problem", sceau_slice_from(problem)));
}

/* What fits into a sentence. */
static struct sceau_slice
shown(struct check_subject *s, struct sceau_slice text)
{
    text = slice_trim(text);
    if (text.len <= SHOWN_MAX)
        return text.ptr != NULL ? text : SCEAU_SLICE("");
    return check_format(s, "%.*s...", SHOWN_MAX, text.ptr);
}

/* Lines to paste hold what the file holds: printable octets, and line ends. */
static struct sceau_slice
pasted(struct check_subject *s, struct sceau_slice line)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        if (c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f))
            text_octet(&t, c);
        else if (c != '\r')
            text_format(&t, "\\%03u", (unsigned char)c);
    }
    struct sceau_slice text = text_done(&t);
    s->has_failed |= text.ptr == NULL;
    return text;
}

static void
report_fault(struct check_subject *s, const struct zone_finding *finding)
{
    const struct fault *fault = &faults[finding->fault];
    const struct language_word words[] = {
        LANGUAGE_THEIRS("written", shown(s, finding->written)),
        LANGUAGE_THEIRS("meant", shown(s, finding->meant)),
        LANGUAGE_THEIRS("other", line_of(s, finding->other)),
        LANGUAGE_OURS("problem", problem_of(s, finding->error)),
        LANGUAGE_THEIRS("zone", s->zone->origin),
        LANGUAGE_THEIRS("record", shown(s, finding->text)),
    };
    size_t count = sizeof words / sizeof *words;
    struct check_finding *f =
        check_report_as(s, fault->outcome, check_say(s, fault->found, words, count));
    f->fix = check_say(s, fault->fix != NULL ? fault->fix : s->rule->fix, words, count);
    if (finding->line.len > 0)
        f->zone_line = pasted(s, finding->line);
    f->place = (struct check_place){finding->place.file, finding->place.line,
                                    finding->place.column};
}

void
check_zone_faults(struct check_subject *s)
{
    const struct zone_lint *lint = s->zone != NULL ? s->zone->lint : NULL;
    if (lint == NULL || !slice_eq(s->name, s->zone->told_at))
        return;
    for (size_t i = 0; i < lint->count; i++) {
        if (strcmp(faults[lint->findings[i].fault].id, s->rule->id) == 0)
            report_fault(s, &lint->findings[i]);
    }
    if (lint->is_cut && strcmp(s->rule->id, "zone.parse") == 0)
        check_report(s, check_tell(s, N_("more faults than are listed here: mend these "
                                         "first")));
}
