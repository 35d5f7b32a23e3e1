#include "failure_entity.h"

#include "authres/authres.h"
#include "core/base64.h"
#include "core/ip.h"
#include "message/compose.h"
#include "policy/failure.h"
#include "report/failure.h"

#include <stdio.h>

#define LINE         76  /* octets of base64 and of folded words */
#define LINE_MAX_998 998 /* RFC 5322 section 2.1.1 */
#define SPF_TEXT_MAX \
 2048 /* of a record that is told: a reader takes no more of a field */
#define WORD_MAX      512 /* octets of a value */
#define BOUNDARY_MARK "--=_"

const char *
failure_entity_type(const struct store_sample *s)
{
    switch ((enum policy_failure_kind)s->kind) {
    case POLICY_FAILURE_DMARC: return "dmarc";
    case POLICY_FAILURE_SPF: return "spf";
    case POLICY_FAILURE_DKIM: break;
    }
    switch ((enum policy_failure_fault)s->dkim_fault) {
    case POLICY_FAULT_BODY_HASH: return "bodyhash";
    case POLICY_FAULT_REVOKED: return "revoked";
    case POLICY_FAULT_SIGNATURE: break;
    }
    return "signature";
}

/* ---- values ---- */

/* One word: neither blanks nor line ends nor 8-bit octets. */
static void
put_word(struct text *t, struct sceau_slice s)
{
    for (size_t i = 0; i < s.len && i < WORD_MAX; i++)
        text_octet(t, s.ptr[i] > ' ' && s.ptr[i] <= '~' ? s.ptr[i] : '?');
}

static void
put_field(struct text *t, const char *name, struct sceau_slice value)
{
    if (value.len == 0)
        return;
    text_format(t, "%s: ", name);
    put_word(t, value);
    text_string(t, "\r\n");
}

/* reverse-path of RFC 5965 section 3.5: with its brackets, whatever RFC 9991's example shows. */
static void
put_path(struct text *t, const char *name, struct sceau_slice path)
{
    if (path.len == 0)
        return;
    text_format(t, "%s: <", name);
    put_word(t, path);
    text_string(t, ">\r\n");
}

static void
put_literal(struct text *t, const char *name, const char *value)
{
    put_field(t, name, sceau_slice_from(value));
}

static void
put_base64(struct text *t, struct sceau_arena *arena, const char *name,
           struct sceau_slice octets)
{
    if (octets.len == 0)
        return;
    struct sceau_slice encoded = base64_encoded(arena, octets);
    t->has_failed = t->has_failed || encoded.ptr == NULL;
    text_format(t, "%s:\r\n", name);
    while (encoded.len > 0) {
        size_t len = encoded.len < LINE ? encoded.len : LINE;
        text_octet(t, ' ');
        text_slice(t, slice_sub(encoded, 0, len));
        text_string(t, "\r\n");
        encoded = slice_skip(encoded, len);
    }
}

/* A quoted-string, folded at its blanks where there are some. */
static void
put_quoted(struct text *t, struct sceau_slice s)
{
    size_t line = 2;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i] >= ' ' && s.ptr[i] <= '~' ? s.ptr[i] : '?';
        if ((line >= LINE && c == ' ' && i > 0) || line >= LINE_MAX_998 - LINE) {
            text_string(t, "\r\n ");
            line = 1;
            if (c == ' ')
                continue;
        }
        if (c == '"' || c == '\\')
            text_octet(t, '\\');
        text_octet(t, c);
        line += 2;
    }
}

/* SPF-DNS (RFC 6591 section 4): each record that the check read. */
static void
put_spf_records(struct text *t, const struct store_sample *s)
{
    for (size_t i = 0; i < s->spf_count; i++) {
        const struct sample_spf_record *r = &s->spf_records[i];
        if (r->domain.len == 0 || r->text.len > SPF_TEXT_MAX)
            continue;
        text_string(t, "SPF-DNS: txt : ");
        put_word(t, r->domain);
        text_string(t, " :\r\n \"");
        put_quoted(t, r->text);
        text_string(t, "\"\r\n");
    }
}

/* ---- the fields of the report ---- */

/* One result, of the method the report is about (RFC 9991 appendix A). */
static struct sceau_slice
results(struct sceau_arena *arena, const struct store_sample *s)
{
    struct authres_writer w;
    authres_begin(&w, arena, s->authserv_id, false);
    switch ((enum policy_failure_kind)s->kind) {
    case POLICY_FAILURE_DKIM:
        authres_result(&w, "dkim",
                       sceau_dkim_result_name((enum sceau_dkim_result)s->dkim_result));
        authres_property(&w, "header", "d", s->dkim_domain);
        authres_property(&w, "header", "s", s->dkim_selector);
        break;
    case POLICY_FAILURE_SPF:
        authres_result(&w, "spf",
                       sceau_spf_result_name((enum sceau_spf_result)s->spf_result));
        authres_property(&w, "smtp", "mailfrom", s->spf_domain);
        break;
    case POLICY_FAILURE_DMARC:
        authres_result(&w, "dmarc",
                       sceau_dmarc_result_name(
                           (enum sceau_dmarc_result)s->dmarc_result));
        authres_property(&w, "header", "from", s->author_domain);
        break;
    }
    return authres_end(&w);
}

static const char *
delivery_result(const struct store_sample *s)
{
    switch ((enum policy_action)s->action) {
    case POLICY_ACCEPT: return "delivered";
    case POLICY_QUARANTINE: return s->is_held ? "policy" : "spam";
    case POLICY_REJECT: return "reject";
    case POLICY_TEMPFAIL: break;
    }
    return "other";
}

/* What failed to give an aligned pass (RFC 9991 section 4). */
static const char *
identity_alignment(const struct store_sample *s)
{
    if (s->dkim_aligned)
        return s->spf_aligned ? "none" : "spf";
    return s->spf_aligned ? "dkim" : "dkim,spf";
}

static void
put_fields(struct text *t, struct sceau_arena *arena, const struct failure_entity *e)
{
    const struct store_sample *s = e->sample;
    char source[SCEAU_IP_TEXT];
    put_literal(t, "Feedback-Type", "auth-failure");
    put_literal(t, "Version", "1");
    put_literal(t, "User-Agent", "sceau/" SCEAU_VERSION);
    put_literal(t, "Auth-Failure", failure_entity_type(s));
    text_string(t, "Authentication-Results: ");
    text_slice(t, results(arena, s));
    text_string(t, "\r\n");
    if (s->kind == POLICY_FAILURE_DMARC)
        put_literal(t, "Identity-Alignment", identity_alignment(s));
    put_literal(t, "Delivery-Result", delivery_result(s));
    if (s->has_signature) {
        put_field(t, "DKIM-Domain", s->dkim_domain);
        put_field(t, "DKIM-Identity", s->dkim_identity);
        put_field(t, "DKIM-Selector", s->dkim_selector);
        put_base64(t, arena, "DKIM-Canonicalized-Header", s->canonical_header);
        put_base64(t, arena, "DKIM-Canonicalized-Body", s->canonical_body);
    }
    put_spf_records(t, s);
    put_field(t, "Original-Envelope-Id", s->envelope_id);
    put_path(t, "Original-Mail-From", s->mail_from);
    text_string(t, "Arrival-Date: ");
    compose_date(t, (int64_t)(s->time_us / 1000000));
    text_string(t, "\r\n");
    if (s->authserv_id.len > 0) {
        text_string(t, "Reporting-MTA: dns; ");
        put_word(t, s->authserv_id);
        text_string(t, "\r\n");
    }
    sceau_ip_format(&s->client, source);
    put_literal(t, "Source-IP", source);
    if (s->port > 0 && s->port <= UINT16_MAX)
        text_format(t, "Source-Port: %u\r\n", (unsigned)s->port);
    put_field(t, "Reported-Domain", s->author_domain);
    if (e->incidents > 1)
        text_format(t, "Incidents: %llu\r\n", (unsigned long long)e->incidents);
}

/* ---- the message it is about ---- */

/* Would a reader take it for a boundary of ours? */
static bool
is_boundary(const char *id, struct sceau_slice line)
{
    struct sceau_slice mark = SCEAU_SLICE(BOUNDARY_MARK);
    return slice_starts_ci(line, mark) &&
           slice_starts_ci(slice_skip(line, mark.len), sceau_slice_from(id));
}

/* A line of theirs: never a boundary of ours, never too long. Behind a colon or a blank a line
 * of a header is one. */
static void
put_line(struct text *t, const char *id, struct sceau_slice line, bool is_header,
         bool is_first)
{
    size_t len = 0, colon = slice_find(line, ':');
    bool is_continued = line.len > 0 && ascii_is_wsp(*line.ptr);
    bool is_field = is_header && !is_continued && colon < line.len;
    if (is_header && is_first && is_continued)
        text_string(t, "X:"), len = 2;
    else if (is_header && !is_continued && (colon == 0 || colon == line.len))
        text_string(t, is_first ? "X: " : " "), len = 3;
    else if (is_boundary(id, line))
        text_octet(t, is_header ? 'X' : ' '), len = 1;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        if (len++ >= LINE_MAX_998 - 8) {
            text_string(t, "\r\n ");
            len = 1;
        }
        bool is_plain =
            (c > ' ' && c <= '~') || (ascii_is_wsp(c) && !(is_field && i < colon));
        text_octet(t, is_plain ? c : '?');
    }
    text_string(t, "\r\n");
}

static void
put_block(struct text *t, const char *id, struct sceau_slice block, bool is_header)
{
    struct sceau_slice line;
    bool is_first = true;
    while (block.len > 0 && slice_next(&block, '\n', &line)) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (is_header && slice_trim(line).len == 0)
            continue;
        put_line(t, id, line, is_header, is_first);
        is_first = false;
    }
}

/* ---- the whole ---- */

static void
put_text_for_people(struct text *t, const struct failure_entity *e)
{
    const struct store_sample *s = e->sample;
    char source[SCEAU_IP_TEXT];
    sceau_ip_format(&s->client, source);
    text_string(t,
                "This is an authentication failure report (RFC 9991) about a message "
                "that\r\nnames the domain ");
    put_word(t, s->author_domain);
    text_format(t, " as its author's. It came\r\nfrom %s on ", source);
    compose_date(t, (int64_t)(s->time_us / 1000000));
    text_string(t, ".\r\n");
    if (e->incidents > 1)
        text_format(t, "%llu messages failed in this way since the last report.\r\n",
                    (unsigned long long)e->incidents);
    if (s->has_body == SAMPLE_BODY_WITHHELD)
        text_string(t,
                    "\r\nThe body is withheld: no text in it could be read, and names "
                    "that are to be\r\nhidden could be missed.\r\n");
    text_string(t, "\r\nThe record at _dmarc.");
    put_word(t, s->policy_domain);
    text_string(t, " asks for it (ruf, fo).\r\n");
}

static void
put_part(struct text *t, const char *id, const char *type)
{
    text_format(t,
                "\r\n" BOUNDARY_MARK "%s\r\nContent-Type: %s\r\n"
                "Content-Transfer-Encoding: 7bit\r\n\r\n",
                id, type);
}

/* What was written, as the reader tells it. */
struct back_reader {
    struct report_sink sink;
    const struct failure_entity *entity;
    bool is_good;
};

static void
on_repair(struct report_sink *self, const struct report_repair *repair)
{
    (void)self;
    (void)repair; /* counted in the report */
}

static void
on_refused(struct report_sink *self, const struct report_refusal *refusal)
{
    (void)self;
    (void)refusal;
}

static void
on_failure(struct report_sink *self, const struct report_failure *r)
{
    struct back_reader *back = (struct back_reader *)self;
    const struct store_sample *s = back->entity->sample;
    bool is_dmarc = s->kind == POLICY_FAILURE_DMARC;
    back->is_good =
        r->repairs == 0 && r->incidents == back->entity->incidents &&
        slice_eq_ci(r->feedback_type, SCEAU_SLICE("auth-failure")) &&
        slice_eq_ci(r->auth_failure, sceau_slice_from(failure_entity_type(s))) &&
        slice_eq_ci(r->reported_domain, s->author_domain) &&
        r->authentication_results.len > 0 &&
        is_dmarc == (r->identity_alignment.len > 0) && r->has_message &&
        r->ip.version == s->client.version &&
        memcmp(r->ip.octets, s->client.octets, r->ip.version == 4 ? 4 : 16) == 0;
}

static bool
is_read_back(const struct failure_entity *e, struct sceau_slice fields,
             struct sceau_slice original)
{
    struct back_reader back = {
        .sink = {.repair = on_repair, .failure = on_failure, .refused = on_refused},
        .entity = e,
    };
    const struct failure_parts parts = {.fields = fields, .original = original};
    failure_read(&parts, &back.sink);
    return back.is_good;
}

/* What no report can do without. */
static const char *
missing(const struct store_sample *s)
{
    if (s->author_domain.len == 0)
        return "the sample names no author domain";
    if (s->client.version != 4 && s->client.version != 6)
        return "the sample names no client";
    if (s->kind > POLICY_FAILURE_SPF)
        return "the sample is of a kind that is not known";
    if (s->kind == POLICY_FAILURE_DKIM &&
        (!s->has_signature || s->dkim_domain.len == 0 || s->dkim_selector.len == 0))
        return "the sample names no signature";
    return NULL;
}

struct sceau_slice
failure_entity_write(struct sceau_arena *arena, const struct failure_entity *e,
                     const char **why)
{
    const struct store_sample *s = e->sample;
    struct text t = text_new(arena, SIZE_MAX);
    *why = missing(s);
    if (*why != NULL)
        return SLICE_NONE;
    text_format(&t,
                "Content-Type: multipart/report; report-type=feedback-report;\r\n"
                " boundary=\"%s%s\"\r\n",
                BOUNDARY_MARK + 2, e->id);
    put_part(&t, e->id, "text/plain; charset=us-ascii");
    put_text_for_people(&t, e);
    put_part(&t, e->id, "message/feedback-report");
    size_t fields = t.len;
    put_fields(&t, arena, e);
    size_t fields_end = t.len;
    bool has_body = s->has_body == SAMPLE_BODY;
    put_part(&t, e->id, has_body ? "message/rfc822" : "text/rfc822-headers");
    size_t original = t.len;
    put_block(&t, e->id, s->header, true);
    size_t original_end = t.len;
    if (has_body) {
        text_string(&t, "\r\n");
        put_block(&t, e->id, s->body, false);
    }
    text_format(&t, "\r\n" BOUNDARY_MARK "%s--\r\n", e->id);
    struct sceau_slice all = text_done(&t);
    *why =
        all.ptr == NULL ? "out of memory" : "the report is not valid: please tell us";
    if (all.ptr == NULL ||
        !is_read_back(e, slice_sub(all, fields, fields_end - fields),
                      slice_sub(all, original, original_end - original)))
        return SLICE_NONE;
    *why = NULL;
    return all;
}
