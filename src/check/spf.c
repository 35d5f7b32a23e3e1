/* The SPF record of a name: is there one, does it read, does it travel (RFC 7208 sections
 * 3 and 4). The family's rows stand here. */
#include "core/domain.h"
#include "core/ip.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "spf_rules.h"
#include "zone/document.h"

enum {
    RECORD_COMFORTABLE = 450, /* octets: the answer still travels with its neighbours */
    ANSWER_COMFORTABLE = 1232, /* octets of a UDP answer that is never fragmented */
    ANSWER_OVERHEAD = 12 + 11, /* header, OPT record */
    RR_OVERHEAD = 12,          /* compressed owner, type, class, TTL, length */
    PREFILLED_MAX = 8,         /* addresses in a record that is proposed */
};

/* ---- what the rules share ------------------------------------------------------------ */

const struct spf_record *
spf_own_record(struct check_subject *s)
{
    const struct check_spf *spf = check_spf(s);
    const struct spf_record *record;
    struct sceau_diag diag;
    if (spf->text.ptr == NULL) {
        if (sceau_dns_is_trouble(spf->texts->answer.status))
            check_unknown(s, s->name, SCEAU_DNS_TXT, &spf->texts->answer);
        else
            check_skip(s, spf->texts->count > 1
                              ? N_("there is more than one SPF record")
                              : N_("there is no SPF record"));
        return NULL;
    }
    if (spf_record_parse(s->context->arena, spf->text, &record, &diag) == SCEAU_OK)
        return record;
    check_skip(s, N_("the SPF record does not parse"));
    return NULL;
}

struct check_finding *
spf_report(struct check_subject *s, enum check_outcome outcome)
{
    const struct sceau_dns_rr *rr = check_spf(s)->texts->rrs[0];
    return check_report_record(s, s->name, SCEAU_DNS_TXT, rr, outcome, SLICE_NONE);
}

struct sceau_slice
spf_line(struct check_subject *s, struct sceau_slice text)
{
    const struct check_texts *texts = check_spf(s)->texts;
    uint32_t ttl = texts->count > 0 ? texts->rrs[0]->ttl : SPF_TTL;
    return check_txt_line(s, s->name, ttl, text);
}

struct sceau_slice
spf_with_term(struct check_subject *s, const struct spf_record *record,
              struct sceau_slice term)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    const struct spf_term *end = record->all != NULL ? record->all : record->redirect;
    text_string(&t, "v=spf1 ");
    for (size_t i = 0; i < record->count; i++) {
        if (&record->terms[i] == end) {
            text_slice(&t, term);
            text_octet(&t, ' ');
        }
        text_slice(&t, record->terms[i].text);
        text_octet(&t, ' ');
    }
    if (end == NULL)
        text_slice(&t, term);
    return slice_trim(text_done(&t));
}

/* ---- is there one? ------------------------------------------------------------------- */

static void
put_address(struct text *t, const struct sceau_ip *ip)
{
    char address[SCEAU_IP_TEXT];
    sceau_ip_format(ip, address);
    text_format(t, "%s:%s ", ip->version == 4 ? "ip4" : "ip6", address);
}

/* A record for a name that has none: the senders that are known, else its mail hosts. */
static struct sceau_slice
proposed_record(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    struct text t = text_new(s->context->arena, SIZE_MAX);
    size_t count = 0;
    text_string(&t, "v=spf1 ");
    for (size_t i = 0; i < s->options->sender_count && count < PREFILLED_MAX;
         i++, count++)
        put_address(&t, &s->options->senders[i]);
    for (size_t i = 0; s->options->sender_count == 0 && i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        for (size_t k = 0; host != NULL && k < host->address_count; k++) {
            if (count++ < PREFILLED_MAX)
                put_address(&t, &host->addresses[k]);
        }
    }
    text_string(&t, "-all");
    return text_done(&t);
}

void
spf_exists(struct check_subject *s)
{
    const struct check_texts *texts = check_spf(s)->texts;
    if (sceau_dns_is_trouble(texts->answer.status)) {
        check_unknown(s, s->name, SCEAU_DNS_TXT, &texts->answer);
        return;
    }
    if (texts->count > 0) {
        check_ok(s, check_seen(s, s->name, SCEAU_DNS_TXT, texts->rrs[0]));
        return;
    }
    struct check_finding *f =
        check_report(s,
                     CHECK_SAY(s,
                               N_("{name} has no TXT record that begins with v=spf1"),
                               LANGUAGE_THEIRS("name", s->name)));
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = check_txt_line(s, s->name, SPF_TTL, proposed_record(s));
}

/* Is the term in one of the records before this one? */
static bool
is_repeated(const struct check_texts *texts, size_t before, struct sceau_slice term)
{
    for (size_t i = 0; i < before; i++) {
        struct sceau_slice rest = texts->rrs[i]->text, word;
        while (slice_next(&rest, ' ', &word)) {
            if (slice_eq_ci(word, term))
                return true;
        }
    }
    return false;
}

static bool
is_one_of(char c, const char *octets)
{
    return c != '\0' && strchr(octets, c) != NULL;
}

static bool
is_all(struct sceau_slice term)
{
    if (term.len > 0 && is_one_of(term.ptr[0], "+-~?"))
        term = slice_skip(term, 1);
    return slice_eq_ci(term, SCEAU_SLICE("all"));
}

/* The terms of all records, each once, and the "all" of the first that has one at the end. */
static struct sceau_slice
merged_record(struct check_subject *s, const struct check_texts *texts)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    struct sceau_slice end = SCEAU_SLICE("");
    text_string(&t, "v=spf1");
    for (size_t i = 0; i < texts->count; i++) {
        struct sceau_slice rest = slice_skip(texts->rrs[i]->text, strlen("v=spf1")),
                           word;
        while (slice_next(&rest, ' ', &word)) {
            if (is_all(word))
                end = end.len > 0 ? end : word;
            else if (word.len > 0 && !is_repeated(texts, i, word)) {
                text_octet(&t, ' ');
                text_slice(&t, word);
            }
        }
    }
    text_octet(&t, ' ');
    text_slice(&t, end.len > 0 ? end : SCEAU_SLICE("~all"));
    return text_done(&t);
}

void
spf_multiple(struct check_subject *s)
{
    const struct check_texts *texts = check_spf(s)->texts;
    if (sceau_dns_is_trouble(texts->answer.status)) {
        check_unknown(s, s->name, SCEAU_DNS_TXT, &texts->answer);
        return;
    }
    for (size_t i = 1; i < texts->count; i++) {
        const struct sceau_dns_rr *rr = texts->rrs[i];
        struct check_finding *f =
            check_report(s, check_seen(s, s->name, SCEAU_DNS_TXT, rr));
        f->fix = check_tell(s, s->rule->fix);
        f->zone_line = spf_line(s, merged_record(s, texts));
        check_locate(s, f, s->name, SCEAU_DNS_TXT, rr->rdata);
    }
}

/* ---- does it read? --------------------------------------------------------------------- */

/* The record, and below it a caret under the octet. */
static struct sceau_slice
with_caret(struct check_subject *s, struct sceau_slice record, size_t offset)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    text_escaped(&t, slice_sub(record, 0, offset));
    size_t column = t.len;
    text_escaped(&t, slice_skip(record, offset));
    text_octet(&t, '\n');
    for (size_t i = 0; i < column; i++)
        text_octet(&t, ' ');
    text_octet(&t, '^');
    return text_done(&t);
}

static void
report_syntax(struct check_subject *s, struct sceau_slice record, size_t offset,
              struct sceau_slice expected, const struct sceau_dns_rr *rr)
{
    struct check_finding *f = check_report(s, with_caret(s, record, offset));
    struct sceau_slice octet = check_format(s, "%zu", offset + 1);
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_OURS("octet", octet),
                       LANGUAGE_OURS("expected", expected));
    check_locate(s, f, s->name, SCEAU_DNS_TXT, rr->rdata);
}

/* A TXT that was meant to be an SPF record and is none: "v=spf1;", "v=spf10", "spf1 ". */
static bool
is_near_miss(struct sceau_slice text)
{
    return !spf_record_has_version(text) &&
           (slice_starts_ci(text, SCEAU_SLICE("v=spf")) ||
            slice_starts_ci(text, SCEAU_SLICE("spf1 ")) ||
            slice_starts_ci(text, SCEAU_SLICE("v = spf1")) ||
            slice_starts_ci(text, SCEAU_SLICE(" v=spf1")));
}

/* "ip4=192.0.2.1": a modifier nobody knows, so it is ignored where a colon was meant. */
static void
tell_unknown_modifier(struct check_subject *s, const struct spf_term *term)
{
    struct sceau_slice name = slice_sub(term->text, 0, slice_find(term->text, '='));
    for (enum spf_term_kind kind = SPF_ALL; kind <= SPF_EXISTS; kind++) {
        if (!slice_eq_ci(name, sceau_slice_from(spf_term_name(kind))))
            continue;
        struct check_finding *f = spf_report(s, CHECK_WARNING);
        f->fix = CHECK_SAY(s,
                           N_("Receivers ignore {term}, an unknown modifier: write "
                              "{name}: with a colon."),
                           LANGUAGE_THEIRS("term", term->text),
                           LANGUAGE_THEIRS("name", name));
    }
}

void
spf_syntax(struct check_subject *s)
{
    const struct check_spf *spf = check_spf(s);
    const struct check_texts *texts = spf->texts;
    const struct spf_record *record;
    struct sceau_diag diag;
    if (sceau_dns_is_trouble(texts->answer.status)) {
        check_unknown(s, s->name, SCEAU_DNS_TXT, &texts->answer);
        return;
    }
    for (size_t i = 0; i < texts->answer.count; i++) {
        if (is_near_miss(texts->answer.rrs[i].text))
            report_syntax(s, texts->answer.rrs[i].text, 0,
                          check_tell(s, N_("v=spf1 and a blank")),
                          &texts->answer.rrs[i]);
    }
    for (size_t i = 0; i < texts->count; i++) {
        struct sceau_slice text = texts->rrs[i]->text;
        enum sceau_status status =
            spf_record_parse(s->context->arena, text, &record, &diag);
        if (status == SCEAU_E_SYNTAX)
            report_syntax(s, text, diag.offset, check_tell(s, diag.expected),
                          texts->rrs[i]);
        for (size_t k = 0; status == SCEAU_OK && i == 0 && k < record->count; k++) {
            if (record->terms[k].kind == SPF_UNKNOWN_MODIFIER)
                tell_unknown_modifier(s, &record->terms[k]);
        }
    }
    if (texts->count == 0 && s->reported == 0)
        check_skip(s, N_("there is no SPF record"));
}

void
spf_type99(struct check_subject *s)
{
    struct sceau_dns_answer answer = check_ask(s, s->name, SCEAU_DNS_SPF);
    if (sceau_dns_is_trouble(answer.status))
        check_unknown(s, s->name, SCEAU_DNS_SPF, &answer);
    for (size_t i = 0; i < answer.count; i++) {
        const struct check_spf *spf = check_spf(s);
        bool is_same = spf->text.ptr != NULL && slice_eq(spf->text, answer.rrs[i].text);
        struct check_finding *f =
            check_report(s, check_seen(s, s->name, SCEAU_DNS_SPF, &answer.rrs[i]));
        f->fix = spf->text.ptr == NULL
                     ? check_tell(s, N_("Publish its text as TXT and delete this "
                                        "record: no receiver reads type SPF."))
                 : is_same
                     ? check_tell(s, s->rule->fix)
                     : check_tell(s, N_("It differs from the TXT record, which is "
                                        "the one receivers read. Delete it and "
                                        "keep the TXT."));
        if (spf->text.ptr == NULL)
            f->zone_line =
                check_txt_line(s, s->name, answer.rrs[i].ttl, answer.rrs[i].text);
        check_locate(s, f, s->name, SCEAU_DNS_SPF, answer.rrs[i].rdata);
    }
}

/* ---- its strings ------------------------------------------------------------------------ */

/* The strings of a zone file's record with nothing between them, as far as they read. */
static struct sceau_slice
joined_fields(struct check_subject *s, const struct zone_record *record, bool *is_long)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    *is_long = false;
    for (size_t i = 0; i < record->data_count; i++) {
        text_slice(&t, record->data[i].text);
        *is_long |= record->data[i].text.len > DNS_STRING_MAX;
    }
    return text_done(&t);
}

void
spf_string_255(struct check_subject *s)
{
    struct dns_name owner;
    const struct zone_document *document = s->zone->document;
    if (!dns_name_from_asked(s->name, &owner))
        return;
    for (size_t i = 0; i < document->record_count; i++) {
        const struct zone_record *record = &document->records[i];
        bool is_long;
        if (record->type != SCEAU_DNS_TXT ||
            !dns_name_equal(record->owner, dns_name_slice(&owner)))
            continue;
        struct sceau_slice text = joined_fields(s, record, &is_long);
        if (!is_long || !spf_record_has_version(text))
            continue;
        struct zone_place place = zone_record_place(record);
        struct check_finding *f = check_report(s, zone_record_text(record));
        f->fix = check_tell(s, s->rule->fix);
        f->zone_line = check_txt_line(s, s->name, record->ttl, text);
        f->place = (struct check_place){place.file, place.line, place.column};
    }
}

/* Does a term begin here: a qualifier or none, a name, then its end, ":", "/" or "="? */
static bool
begins_term(struct sceau_slice text)
{
    if (text.len > 0 && is_one_of(text.ptr[0], "+-~?"))
        text = slice_skip(text, 1);
    for (enum spf_term_kind kind = SPF_ALL; kind <= SPF_EXP; kind++) {
        struct sceau_slice name = sceau_slice_from(spf_term_name(kind));
        if (slice_starts_ci(text, name) &&
            (text.len == name.len || is_one_of(text.ptr[name.len], " :/=")))
            return true;
    }
    return false;
}

/* "ip4:192.0.2.1" "include:x": without a blank the join is one word. */
static bool
is_glued(struct sceau_slice left, struct sceau_slice right)
{
    return left.len > 0 && right.len > 0 && left.ptr[left.len - 1] != ' ' &&
           right.ptr[0] != ' ' && begins_term(right);
}

void
spf_split_blank(struct check_subject *s)
{
    const struct check_texts *texts = check_spf(s)->texts;
    if (sceau_dns_is_trouble(texts->answer.status))
        check_unknown(s, s->name, SCEAU_DNS_TXT, &texts->answer);
    for (size_t i = 0; i < texts->answer.count; i++) {
        const struct sceau_dns_rr *rr = &texts->answer.rrs[i];
        struct text t = text_new(s->context->arena, SIZE_MAX);
        bool is_bad = false;
        for (size_t k = 0; k < rr->string_count; k++) {
            bool is_here = k > 0 && is_glued(rr->strings[k - 1], rr->strings[k]);
            is_bad |= is_here;
            text_string(&t, is_here ? " " : "");
            text_slice(&t, rr->strings[k]);
        }
        if (!is_bad || !slice_starts_ci(rr->text, SCEAU_SLICE("v=spf1")))
            continue;
        struct check_finding *f =
            check_report(s, check_seen(s, s->name, SCEAU_DNS_TXT, rr));
        f->fix = check_tell(s, s->rule->fix);
        f->zone_line = check_txt_line(s, s->name, rr->ttl, text_done(&t));
        check_locate(s, f, s->name, SCEAU_DNS_TXT, rr->rdata);
    }
}

void
spf_size(struct check_subject *s)
{
    const struct check_texts *texts = check_spf(s)->texts;
    size_t octets = ANSWER_OVERHEAD + s->name.len + 6;
    if (spf_own_record(s) == NULL)
        return;
    for (size_t i = 0; i < texts->answer.count; i++)
        octets += RR_OVERHEAD + texts->answer.rrs[i].rdata.len;
    size_t record = check_spf(s)->text.len;
    if (record < RECORD_COMFORTABLE && octets <= ANSWER_COMFORTABLE)
        return;
    struct check_finding *f = check_report(
        s,
        CHECK_SAY(s,
                  N_("the record has {record} octets, the answer with all TXT of the "
                     "name {answer}"),
                  LANGUAGE_OURS("record", check_format(s, "%zu", record)),
                  LANGUAGE_OURS("answer", check_format(s, "%zu", octets))));
    f->fix = check_tell(s, s->rule->fix);
}

/* ---- names that send nothing -------------------------------------------------------------- */

static bool
is_parked(struct check_subject *s)
{
    const struct check_words *parked = &s->options->parked_domains;
    for (size_t i = 0; i < parked->count; i++) {
        if (slice_eq_ci(parked->items[i], s->name))
            return true;
    }
    return check_mx(s)->is_null;
}

void
spf_parked(struct check_subject *s)
{
    const struct check_spf *spf = check_spf(s);
    if (sceau_dns_is_trouble(check_mx(s)->answer.status))
        check_unknown(s, s->name, SCEAU_DNS_MX, &check_mx(s)->answer);
    else if (!is_parked(s))
        check_skip(s,
                   N_("the name has mail: no null MX, and it is not marked as parked"));
    else if (sceau_dns_is_trouble(spf->texts->answer.status))
        check_unknown(s, s->name, SCEAU_DNS_TXT, &spf->texts->answer);
    else if (spf->text.ptr == NULL ||
             !slice_eq_ci(spf->text, SCEAU_SLICE("v=spf1 -all"))) {
        struct check_finding *f =
            spf->text.ptr != NULL
                ? spf_report(s, CHECK_INFO)
                : check_report(s,
                               CHECK_SAY(s, N_("{name} has no mail and no SPF record"),
                                         LANGUAGE_THEIRS("name", s->name)));
        f->fix = check_tell(s, s->rule->fix);
        f->zone_line = check_txt_line(s, s->name, SPF_TTL, SCEAU_SLICE("v=spf1 -all"));
    }
}

void
spf_senderid(struct check_subject *s)
{
    const struct check_texts *texts = check_spf(s)->texts;
    if (sceau_dns_is_trouble(texts->answer.status))
        check_unknown(s, s->name, SCEAU_DNS_TXT, &texts->answer);
    for (size_t i = 0; i < texts->answer.count; i++) {
        const struct sceau_dns_rr *rr = &texts->answer.rrs[i];
        if (!slice_starts_ci(rr->text, SCEAU_SLICE("spf2.0/")))
            continue;
        struct check_finding *f =
            check_report(s, check_seen(s, s->name, SCEAU_DNS_TXT, rr));
        f->fix = check_tell(s, s->rule->fix);
        check_locate(s, f, s->name, SCEAU_DNS_TXT, rr->rdata);
    }
}

/* ---- the rows ------------------------------------------------------------------------------ */

#define BOTH (CHECK_DNS | CHECK_ZONE)

/* clang-format off */
static const struct check_rule rules[] = {
    {"spf.exists", N_("SPF record published"), BOTH, 0, CHECK_PROBLEM,
     N_("Exactly one TXT at the name starts with the term v=spf1."),
     N_("Without it receivers cannot tell your servers from a forger's."),
     N_("Add this line. Its addresses are those of the mail hosts: name all that send."),
     spf_exists},
    {"spf.multiple", N_("Only one SPF record"), BOTH, 0, CHECK_PROBLEM,
     N_("No second TXT starts with v=spf1."),
     N_("Two SPF records are a permanent error for all mail of the name."),
     N_("Merge them into one and delete the others."), spf_multiple},
    {"spf.syntax", N_("SPF record parses"), BOTH, 0, CHECK_PROBLEM,
     N_("The whole record follows the grammar of RFC 7208; the finding points at the octet."),
     N_("One error makes the whole record void: permerror for all mail."),
     N_("Octet {octet}: expected {expected}."), spf_syntax},
    {"spf.type99", N_("No SPF record of type 99"), BOTH, 0, CHECK_WARNING,
     N_("No record of type SPF; if there is one it must at least equal the TXT."),
     N_("RFC 7208 dropped the type and no receiver reads it: it only grows stale."),
     N_("Delete this record and keep the TXT."), spf_type99},
    {"spf.string_255", N_("No SPF string above 255 octets"), CHECK_ZONE, 0, CHECK_PROBLEM,
     N_("Each quoted string of the TXT has 255 octets at most."),
     N_("The name server refuses the zone, or cuts the record."),
     N_("Split it inside the quotes, with the blank between terms inside as well."),
     spf_string_255},
    {"spf.split_blank", N_("Split SPF strings join correctly"), BOTH, 0, CHECK_PROBLEM,
     N_("Joining the strings with nothing between them gives no glued terms."),
     N_("Receivers join the strings with nothing between: two terms become one word."),
     N_("End the first string with a blank inside its quotes."), spf_split_blank},
    {"spf.size", N_("SPF answer stays small"), BOTH, 0, CHECK_INFO,
     N_("The record has fewer than 450 octets, and all TXT of the name fit in 1232."),
     N_("A larger answer needs TCP, which some networks do not let through."),
     N_("Remove unused terms, or move old verification texts to names of their own."),
     spf_size},
    {"spf.lookups", N_("At most 10 DNS lookups"), BOTH, 0, CHECK_PROBLEM,
     N_("include, a, mx, ptr, exists and redirect, counted through all includes, are 10 or fewer; 9 or 10 is a warning."),
     N_("The eleventh lookup is a permanent error: such mail has no SPF at all."),
     N_("The dearest branch is {branch} ({cost}). Remove what is not in use, or list its addresses: sceau spf flatten {name}."),
     spf_lookups},
    {"spf.void_lookups", N_("At most two void lookups"), BOTH, 0, CHECK_PROBLEM,
     N_("No more than two terms end in NXDOMAIN or an empty answer; each is listed even below the limit."),
     N_("After two void lookups receivers may stop with a permanent error."),
     N_("Remove {term}: {target} has no such record."), spf_void_lookups},
    {"spf.include_valid", N_("Every include leads to a valid record"), CHECK_DNS, CHECK_ZONE, CHECK_PROBLEM,
     N_("Each include and redirect target has exactly one valid SPF record and no loop leads back."),
     N_("A broken include is a permanent error for your own mail."),
     N_("{term} gives permerror for you. Remove or correct it."), spf_include_valid},
    {"spf.all_permissive", N_("SPF does not allow everyone"), BOTH, 0, CHECK_PROBLEM,
     N_("Neither +all, bare all, nor a prefix of /0 appears, in includes too."),
     N_("Anybody in the world passes SPF as you."),
     N_("End with -all, or with ~all while you still collect senders."), spf_all_permissive},
    {"spf.terminator", N_("SPF ends in -all, ~all or redirect"), BOTH, 0, CHECK_WARNING,
     N_("The last mechanism is all with - or ~, or there is a redirect."),
     N_("Other hosts stay neutral: the record forbids nobody anything."),
     N_("End the record with ~all, later with -all."), spf_terminator},
    {"spf.after_all", N_("Nothing useful stands after all"), BOTH, 0, CHECK_WARNING,
     N_("No mechanism follows all; no redirect beside all."),
     N_("Receivers stop at all: what stands behind it is ignored."),
     N_("Move {terms} in front of {all}."), spf_after_all},
    {"spf.ptr", N_("No ptr mechanism"), BOTH, 0, CHECK_WARNING,
     N_("ptr is absent (RFC 7208 section 5.5)."),
     N_("It is slow, unreliable, and some receivers skip it."),
     N_("Replace ptr by the addresses it stood for."), spf_ptr},
    {"spf.covers_senders", N_("SPF covers your own senders, IPv4 and IPv6"), BOTH, 0, CHECK_WARNING,
     N_("Every configured sending address evaluates to pass."),
     N_("Mail from that address fails SPF."),
     N_("Add {term}."), spf_covers_senders},
    {"spf.prefix", N_("SPF networks are written as networks"), BOTH, 0, CHECK_INFO,
     N_("No host bits under the prefix, no ip4 wider than /20 or ip6 wider than /48; says how many addresses each term allows."),
     N_("Everybody in that network may send as you."),
     N_("{term} allows {count} addresses. For one host write {host}, for the network {network}."),
     spf_prefix},
    {"spf.helo", N_("Mail host names have their own SPF"), BOTH, 0, CHECK_INFO,
     N_("The HELO name of each mail host has an SPF record that passes."),
     N_("Bounces have no sender: receivers check the HELO name instead."),
     N_("Add an SPF record for the host itself."), spf_helo},
    {"spf.parked", N_("A name without mail says so"), BOTH, 0, CHECK_INFO,
     N_("A name marked as parked, or with a null MX, has exactly \"v=spf1 -all\"."),
     N_("A name that sends nothing is what forgers like best."),
     N_("Publish this line, and a DMARC record with p=reject."), spf_parked},
    {"spf.senderid", N_("No leftover Sender ID record"), BOTH, 0, CHECK_INFO,
     N_("No TXT starts with spf2.0/."),
     N_("Nothing reads it any more."),
     N_("Delete it."), spf_senderid},
};
/* clang-format on */

const struct check_family check_spf_family = CHECK_FAMILY(rules);
