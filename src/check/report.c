/* What the rules say: sentences in the reader's language, records as they stand, lines to
 * paste. */
#include "check.h"
#include "core/domain.h"
#include "dns/rdata.h"
#include "zone/published.h"

#include <stdarg.h>

/* An empty text for one that did not fit, and a note of it. */
static struct sceau_slice
kept(struct check_subject *s, struct sceau_slice text)
{
    s->has_failed |= text.ptr == NULL;
    return text.ptr != NULL ? text : SCEAU_SLICE("");
}

struct sceau_slice
check_say(struct check_subject *s, const char *english,
          const struct language_word *words, size_t count)
{
    return kept(s, language_sentence(s->context->arena, s->options->language, english,
                                     words, count));
}

struct sceau_slice
check_tell(struct check_subject *s, const char *english)
{
    return sceau_slice_from(language_text(s->options->language, english));
}

struct sceau_slice
check_format(struct check_subject *s, const char *format, ...)
{
    va_list args;
    struct text t = text_new(s->context->arena, SIZE_MAX);
    va_start(args, format);
    text_vformat(&t, format, args);
    va_end(args);
    return kept(s, text_done(&t));
}

struct check_finding *
check_report_as(struct check_subject *s, enum check_outcome outcome,
                struct sceau_slice found)
{
    struct check_finding *f = sceau_arena_alloc(s->context->arena, sizeof *f);
    s->reported++;
    if (f == NULL) { /* the last one of the list then says less; has_failed says so */
        s->has_failed = true;
        f = &s->spare;
    } else {
        *s->last = f;
        s->last = &f->next;
    }
    *f = (struct check_finding){.rule = s->rule, .outcome = outcome, .found = found};
    if (outcome != CHECK_OK && outcome != CHECK_SKIPPED)
        f->why = check_tell(s, s->rule->why);
    return f;
}

struct check_finding *
check_report(struct check_subject *s, struct sceau_slice found)
{
    return check_report_as(s, s->rule->severity, found);
}

struct check_finding *
check_report_record(struct check_subject *s, struct sceau_slice owner, uint16_t type,
                    const struct sceau_dns_rr *rr, enum check_outcome outcome,
                    struct sceau_slice sentence)
{
    struct sceau_slice record = check_seen(s, owner, type, rr);
    struct check_finding *f =
        check_report_as(s, outcome,
                        sentence.len > 0
                            ? CHECK_SAY(s, N_("{record}: {sentence}"),
                                        LANGUAGE_OURS("record", record),
                                        LANGUAGE_OURS("sentence", sentence))
                            : record);
    check_locate(s, f, owner, type, rr->rdata);
    return f;
}

void
check_ok(struct check_subject *s, struct sceau_slice found)
{
    check_report_as(s, CHECK_OK, found);
}

void
check_skip(struct check_subject *s, const char *reason)
{
    check_report_as(s, CHECK_SKIPPED, check_tell(s, reason));
}

void
check_unknown_because(struct check_subject *s, struct sceau_slice found)
{
    check_report_as(s, CHECK_UNKNOWN, found);
}

/* ---- DNS ---- */

struct sceau_dns_answer
check_ask(struct check_subject *s, struct sceau_slice name, uint16_t type)
{
    struct sceau_dns_answer answer;
    sceau_dns_lookup(s->context, name, type, &answer);
    return answer;
}

static const char *
trouble_sentence(enum sceau_dns_status status)
{
    switch (status) {
    case SCEAU_DNS_OK:
    case SCEAU_DNS_NODATA:
    case SCEAU_DNS_NXDOMAIN: break;
    case SCEAU_DNS_INVALID: return N_("{name} {type}: this cannot be a DNS name");
    case SCEAU_DNS_SERVFAIL:
        return N_("{name} {type}: its name servers could not tell (SERVFAIL)");
    case SCEAU_DNS_REFUSED:
        return N_("{name} {type}: the name server refused to answer");
    case SCEAU_DNS_TIMEOUT: return N_("{name} {type}: no name server answered in time");
    case SCEAU_DNS_BOGUS:
        return N_("{name} {type}: the answer fails DNSSEC validation");
    case SCEAU_DNS_LIMIT: return N_("{name} {type}: the answer is larger than 64 KiB");
    }
    return N_("{name} {type}: DNS could not tell");
}

void
check_unknown(struct check_subject *s, struct sceau_slice name, uint16_t type,
              const struct sceau_dns_answer *answer)
{
    char buffer[16];
    struct sceau_slice type_name = sceau_slice_from(sceau_dns_type_name(type, buffer));
    const char *sentence = trouble_sentence(answer->status);
    if (answer->status == SCEAU_DNS_SERVFAIL && s->zone != NULL &&
        s->zone->document != NULL && s->zone->document->error_count > 0 &&
        domain_is_within(name, s->zone->origin))
        sentence =
            N_("{name} {type}: a line of the zone file that may hold it cannot be "
               "read (zone.parse)");
    if (answer->reason != NULL && strcmp(answer->reason, ZONE_CHANGES_UNKNOWN) == 0)
        sentence =
            N_("{name} {type}: the script changes this set, and the DNS in service "
               "could not tell what it has now");
    check_unknown_because(s, CHECK_SAY(s, sentence, LANGUAGE_THEIRS("name", name),
                                       LANGUAGE_THEIRS("type", type_name)));
}

/* ---- records ---- */

/* "owner. TTL IN TYPE " */
static void
put_start(struct text *t, struct sceau_slice owner, uint32_t ttl, uint16_t type)
{
    char buffer[16];
    text_escaped(t, owner);
    text_format(t, ". %u IN %s ", ttl, sceau_dns_type_name(type, buffer));
}

struct sceau_slice
check_seen(struct check_subject *s, struct sceau_slice owner, uint16_t type,
           const struct sceau_dns_rr *rr)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    put_start(&t, owner, rr->ttl, type);
    dns_rdata_present(&t, type, rr->rdata);
    return kept(s, text_done(&t));
}

struct sceau_slice
check_line(struct check_subject *s, struct sceau_slice owner, uint32_t ttl,
           uint16_t type, struct sceau_slice data)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    put_start(&t, owner, ttl, type);
    text_slice(&t, data);
    return kept(s, text_done(&t));
}

struct sceau_slice
check_txt_line(struct check_subject *s, struct sceau_slice owner, uint32_t ttl,
               struct sceau_slice text)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    put_start(&t, owner, ttl, SCEAU_DNS_TXT);
    dns_txt_present(&t, text);
    return kept(s, text_done(&t));
}

void
check_locate(struct check_subject *s, struct check_finding *finding,
             struct sceau_slice owner, uint16_t type, struct sceau_slice rdata)
{
    if (s->zone != NULL && s->zone->locate != NULL)
        s->zone->locate(s->zone, owner, type, rdata, &finding->place);
}
