/* RFC 9990 section 3.1.1 from top to bottom; where RFC 7489 differs stands is_old(). */
#include "aggregate_write.h"

#include "core/domain.h"
#include "core/text.h"
#include "plain.h"
#include "words.h"

static bool
is_old(const struct aggregate_writer *w)
{
    return w->flavour == AGGREGATE_RFC7489;
}

/* ---- octets ---- */

static void
flush(struct aggregate_writer *w)
{
    if (w->len > 0 && !w->has_failed)
        w->has_failed = !w->put(w, (struct sceau_slice){w->piece, w->len});
    w->len = 0;
}

static void
octets_in_pieces(struct aggregate_writer *w, struct sceau_slice s)
{
    while (s.len > 0) {
        size_t room = sizeof w->piece - w->len, n = s.len < room ? s.len : room;
        memcpy(w->piece + w->len, s.ptr, n);
        w->len += n;
        s = slice_skip(s, n);
        if (w->len == sizeof w->piece)
            flush(w);
    }
}

static inline void
octets(struct aggregate_writer *w, struct sceau_slice s)
{
    if (s.len >= sizeof w->piece - w->len) {
        octets_in_pieces(w, s);
        return;
    }
    if (s.len > 0)
        memcpy(w->piece + w->len, s.ptr, s.len);
    w->len += s.len;
}

/* Inline: the length of a literal is known then. */
static inline void
string(struct aggregate_writer *w, const char *s)
{
    octets(w, (struct sceau_slice){s, strlen(s)});
}

static const char *
escape_of(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    default: return NULL;
    }
}

/* XML 1.0 section 2.2 has no control characters but tab and line ends, which are blanks
 * to every reader of these texts, and neither U+FFFE nor U+FFFF. */
static bool
is_writable(struct sceau_slice character)
{
    unsigned char c = (unsigned char)character.ptr[0];
    bool is_noncharacter = character.len == 3 &&
                           memcmp(character.ptr, "\xef\xbf", 2) == 0 &&
                           (unsigned char)character.ptr[2] >= 0xbe;
    return c >= ' ' && c != 0x7f && !is_noncharacter;
}

static void
escaped(struct aggregate_writer *w, struct sceau_slice s)
{
    size_t written = plain_length(s);
    if (written > REPORT_TEXT_MAX)
        written = REPORT_TEXT_MAX;
    octets(w, slice_sub(s, 0, written));
    s = slice_skip(s, written);
    while (s.len > 0) {
        size_t n = slice_utf8_length(s);
        struct sceau_slice character = {s.ptr, n > 0 ? n : 1};
        const char *escape = escape_of(*s.ptr);
        if (written + character.len > REPORT_TEXT_MAX)
            return;
        if (n == 0)
            string(w, "?");
        else if (escape != NULL)
            string(w, escape);
        else
            octets(w,
                   is_writable(character) ? character : (struct sceau_slice){" ", 1});
        written += character.len;
        s = slice_skip(s, character.len);
    }
}

/* ---- elements ---- */

struct tag {
    struct sceau_slice open, close;
};

#define TAG(name) \
 ((struct tag){SCEAU_SLICE("<" name ">"), SCEAU_SLICE("</" name ">\n")})

static void
element(struct aggregate_writer *w, struct tag tag, struct sceau_slice value)
{
    octets(w, tag.open);
    escaped(w, value);
    octets(w, tag.close);
}

/* Names are in their normal form (rule R1); what is none is not written as one. */
static struct sceau_slice
name_or_none(struct sceau_slice name)
{
    return domain_is_ldh(name) ? name : (struct sceau_slice){NULL, 0};
}

/* Not at all when it is empty. */
static void
optional(struct aggregate_writer *w, struct tag tag, struct sceau_slice value)
{
    if (value.len > 0)
        element(w, tag, value);
}

static void
number(struct aggregate_writer *w, struct tag tag, uint64_t value)
{
    char digits[24];
    struct text t = text_in(digits, sizeof digits);
    text_decimal(&t, value);
    element(w, tag, text_so_far(&t));
}

/* The standard's word; for 0 or a word that is none, `otherwise`, and with NULL nothing. */
static void
word(struct aggregate_writer *w, struct tag tag, enum word_set set, unsigned value,
     const char *otherwise)
{
    const char *said = value != 0 ? word_name(set, value) : NULL;
    if (said == NULL)
        said = otherwise;
    if (said != NULL)
        element(w, tag, sceau_slice_from(said));
}

static void
metadata(struct aggregate_writer *w, const struct report_aggregate *r)
{
    string(w, "<report_metadata>\n");
    element(w, TAG("org_name"), r->org_name);
    element(w, TAG("email"), r->email);
    optional(w, TAG("extra_contact_info"), r->extra_contact_info);
    element(w, TAG("report_id"), r->report_id);
    string(w, "<date_range>\n");
    number(w, TAG("begin"), r->begin > 0 ? (uint64_t)r->begin : 0);
    number(w, TAG("end"), r->end > 0 ? (uint64_t)r->end : 0);
    string(w, "</date_range>\n");
    optional(w, TAG("error"), r->error);
    if (!is_old(w))
        optional(w, TAG("generator"), r->generator);
    string(w, "</report_metadata>\n");
}

/* RFC 7489 asks for sp, pct and fo; what a record does not say has its default there. */
static void
policy_old(struct aggregate_writer *w, const struct report_policy *p)
{
    word(w, TAG("adkim"), WORDS_MODE, p->adkim, NULL);
    word(w, TAG("aspf"), WORDS_MODE, p->aspf, NULL);
    word(w, TAG("p"), WORDS_POLICY, p->p, "none");
    word(w, TAG("sp"), WORDS_POLICY, p->sp != REPORT_DISPOSITION_UNKNOWN ? p->sp : p->p,
         "none");
    element(w, TAG("pct"), p->pct.len > 0 ? p->pct : sceau_slice_from("100"));
    element(w, TAG("fo"), p->fo.len > 0 ? p->fo : sceau_slice_from("0"));
}

static void
policy(struct aggregate_writer *w, const struct report_policy *p)
{
    string(w, "<policy_published>\n");
    element(w, TAG("domain"), p->domain);
    if (is_old(w)) {
        policy_old(w, p);
    } else {
        word(w, TAG("discovery_method"), WORDS_DISCOVERY, p->discovery, NULL);
        word(w, TAG("p"), WORDS_POLICY, p->p, "none");
        word(w, TAG("sp"), WORDS_POLICY, p->sp, NULL);
        word(w, TAG("np"), WORDS_POLICY, p->np, NULL);
        optional(w, TAG("fo"), p->fo);
        word(w, TAG("adkim"), WORDS_MODE, p->adkim, NULL);
        word(w, TAG("aspf"), WORDS_MODE, p->aspf, NULL);
        word(w, TAG("testing"), WORDS_TESTING, p->testing, NULL);
    }
    string(w, "</policy_published>\n");
}

void
aggregate_write_begin(struct aggregate_writer *w, enum aggregate_flavour flavour,
                      bool (*put)(struct aggregate_writer *, struct sceau_slice),
                      const struct report_aggregate *report)
{
    w->put = put;
    w->flavour = flavour;
    w->records = 0;
    w->has_failed = false;
    w->len = 0;
    string(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    string(w, flavour == AGGREGATE_RFC7489
                  ? "<feedback>\n"
                  : "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n");
    string(w, "<version>1.0</version>\n");
    metadata(w, report);
    policy(w, &report->policy);
}

/* ---- records ---- */

/* Reasons of one standard are the other's "other", named in the comment. */
static bool
is_reason_of(const struct aggregate_writer *w, enum report_reason_type type)
{
    if (type == REPORT_REASON_FORWARDED || type == REPORT_REASON_SAMPLED_OUT)
        return is_old(w);
    if (type == REPORT_REASON_POLICY_TEST_MODE)
        return !is_old(w);
    return type != REPORT_REASON_UNKNOWN;
}

static void
reason(struct aggregate_writer *w, const struct report_reason *r)
{
    struct sceau_slice comment = r->comment;
    const char *type =
        r->type != REPORT_REASON_UNKNOWN ? word_name(WORDS_REASON, r->type) : NULL;
    bool is_known = is_reason_of(w, r->type);
    if (!is_known && type != NULL && comment.len == 0)
        comment = sceau_slice_from(type);
    string(w, "<reason>\n");
    element(w, TAG("type"), sceau_slice_from(is_known ? type : "other"));
    optional(w, TAG("comment"), comment);
    string(w, "</reason>\n");
}

/* "pass" is of RFC 9990: no action, for DMARC passed. */
static unsigned
disposition_of(const struct aggregate_writer *w, const struct report_record *r)
{
    return is_old(w) && r->disposition == REPORT_DISPOSITION_PASS
               ? REPORT_DISPOSITION_NONE
               : r->disposition;
}

static void
row(struct aggregate_writer *w, const struct report_record *r)
{
    char ip[SCEAU_IP_TEXT];
    sceau_ip_format(&r->ip, ip);
    string(w, "<row>\n");
    element(w, TAG("source_ip"), sceau_slice_from(ip));
    number(w, TAG("count"), r->count);
    string(w, "<policy_evaluated>\n");
    word(w, TAG("disposition"), WORDS_DISPOSITION, disposition_of(w, r), "none");
    word(w, TAG("dkim"), WORDS_ALIGNED, r->dkim, "fail");
    word(w, TAG("spf"), WORDS_ALIGNED, r->spf, "fail");
    for (size_t i = 0; i < r->reason_count && i < REPORT_REASONS_MAX; i++)
        reason(w, &r->reasons[i]);
    string(w, "</policy_evaluated>\n</row>\n");
}

/* Empty, envelope_from is the null reverse-path (RFC 9990 section 3.1.1.10): what is no name, as
 * an address literal, is left out. RFC 7489 wants the element. */
static void
identifiers(struct aggregate_writer *w, const struct report_record *r)
{
    string(w, "<identifiers>\n");
    if (is_old(w))
        optional(w, TAG("envelope_to"), name_or_none(r->envelope_to));
    if (is_old(w) || r->envelope_from.len == 0 || domain_is_ldh(r->envelope_from))
        element(w, TAG("envelope_from"), name_or_none(r->envelope_from));
    element(w, TAG("header_from"), r->header_from);
    if (!is_old(w))
        optional(w, TAG("envelope_to"), name_or_none(r->envelope_to));
    string(w, "</identifiers>\n");
}

static void
signature(struct aggregate_writer *w, const struct report_auth *a)
{
    if (!domain_is_ldh(a->domain) || (a->selector.len == 0 && !is_old(w)))
        return;
    string(w, "<dkim>\n");
    element(w, TAG("domain"), a->domain);
    optional(w, TAG("selector"), a->selector);
    word(w, TAG("result"), WORDS_DKIM,
         a->result == REPORT_RESULT_SOFTFAIL ? 0 : a->result, "none");
    optional(w, TAG("human_result"), a->human_result);
    string(w, "</dkim>\n");
}

/* The first check with a name; of HELO only where that is wanted. */
static const struct report_auth *
spf_check(const struct report_record *r, bool is_helo_wanted)
{
    for (size_t i = 0; i < r->spf_count && i < REPORT_SPF_MAX; i++) {
        const struct report_auth *a = &r->spf_results[i];
        if ((a->scope == REPORT_SCOPE_HELO) == is_helo_wanted &&
            domain_is_ldh(a->domain))
            return a;
    }
    return NULL;
}

/* The check of MAIL FROM; RFC 7489 takes that of HELO as well, and wants one. */
static void
spf(struct aggregate_writer *w, const struct report_record *r)
{
    const struct report_auth none = {.domain = r->header_from,
                                     .result = REPORT_RESULT_NONE};
    const struct report_auth *a = spf_check(r, false);
    if (a == NULL && !is_old(w))
        return;
    if (a == NULL)
        a = spf_check(r, true);
    if (a == NULL)
        a = &none;
    string(w, "<spf>\n");
    element(w, TAG("domain"), a->domain);
    word(w, TAG("scope"), WORDS_SCOPE, a->scope, "mfrom");
    word(w, TAG("result"), WORDS_SPF, a->result, "none");
    if (!is_old(w))
        optional(w, TAG("human_result"), a->human_result);
    string(w, "</spf>\n");
}

bool
aggregate_write_record(struct aggregate_writer *w, const struct report_record *r)
{
    if (r->ip.version == 0 || r->count == 0 || !domain_is_ldh(r->header_from))
        return false;
    string(w, "<record>\n");
    row(w, r);
    identifiers(w, r);
    string(w, "<auth_results>\n");
    for (size_t i = 0; i < r->dkim_count && i < REPORT_DKIM_MAX; i++)
        signature(w, &r->dkim_results[i]);
    spf(w, r);
    string(w, "</auth_results>\n</record>\n");
    w->records++;
    return true;
}

bool
aggregate_write_end(struct aggregate_writer *w)
{
    string(w, "</feedback>\n");
    flush(w);
    return !w->has_failed && w->records > 0;
}

/* ---- the order of signatures ---- */

static int
rank(const struct report_auth *a, struct sceau_slice author,
     struct sceau_slice organization)
{
    if (a->result != REPORT_RESULT_PASS)
        return 3;
    if (slice_eq(a->domain, author))
        return 0;
    /* The owner of a subdomain may have a record of its own: what is above it is aligned, too. */
    bool is_aligned = domain_is_within(a->domain, organization) ||
                      domain_is_within(author, a->domain);
    return is_aligned ? 1 : 2;
}

void
aggregate_order_signatures(struct report_auth *signatures, size_t count,
                           struct sceau_slice author_domain,
                           struct sceau_slice organizational_domain)
{
    for (size_t i = 1; i < count; i++) {
        struct report_auth moved = signatures[i];
        int its_rank = rank(&moved, author_domain, organizational_domain);
        size_t at = i;
        for (; at > 0 && rank(&signatures[at - 1], author_domain,
                              organizational_domain) > its_rank;
             at--)
            signatures[at] = signatures[at - 1];
        signatures[at] = moved;
    }
}
