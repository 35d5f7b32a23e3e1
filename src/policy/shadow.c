/* What another filter said beside what we say. Authentication-Results is read as RFC 8601 has
 * it; the old words of RFC 5451 ("hardfail") count as what they became. */
#include "shadow.h"

#include "authres/authres.h"
#include "core/domain.h"
#include "words.h"

const char *
shadow_method_name(unsigned method)
{
    static const char *const names[SHADOW_METHODS] = {
        [SHADOW_SPF] = "spf",     [SHADOW_DKIM] = "dkim",     [SHADOW_ARC] = "arc",
        [SHADOW_DMARC] = "dmarc", [SHADOW_ACTION] = "action",
    };
    return method < SHADOW_METHODS ? names[method] : "unknown";
}

/* ---- what they say ---- */

#define SIGNATURES_MAX 100 /* theirs that are looked at */

struct signature {
    struct sceau_slice domain, word;
};

struct theirs {
    struct sceau_slice mail_from, helo, arc, dmarc; /* results; empty: nothing said */
    bool has_dkim;
    struct signature dkim[SIGNATURES_MAX]; /* without "none" */
    size_t dkim_count;
    bool is_marked;
};

static struct sceau_slice
word_of(struct sceau_slice result)
{
    static const struct {
        const char *old, *word;
    } olds[] = {
        {"hardfail", "fail"     },
        {"error",    "temperror"},
        {"unknown",  "permerror"},
    };
    for (size_t i = 0; i < sizeof olds / sizeof *olds; i++) {
        if (slice_eq(result, sceau_slice_from(olds[i].old)))
            return sceau_slice_from(olds[i].word);
    }
    return result.len <= SHADOW_WORD_MAX ? result : SLICE_NONE;
}

static struct sceau_slice
property(const struct authres_result_read *r, const char *ptype, const char *name)
{
    for (size_t i = 0; i < r->property_count; i++) {
        if (slice_eq_ci(r->properties[i].ptype, sceau_slice_from(ptype)) &&
            slice_eq_ci(r->properties[i].property, sceau_slice_from(name)))
            return r->properties[i].value;
    }
    return SLICE_NONE;
}

/* The topmost counts. */
static void
set_once(struct sceau_slice *word, struct sceau_slice value)
{
    if (word->len == 0)
        *word = value;
}

static void
take_spf(struct theirs *t, const struct authres_result_read *r, struct sceau_slice word)
{
    bool is_helo =
        property(r, "smtp", "helo").len > 0 && property(r, "smtp", "mailfrom").len == 0;
    set_once(is_helo ? &t->helo : &t->mail_from, word);
}

/* header.d, else what stands behind the @ of header.i. */
static struct sceau_slice
signer_of(struct sceau_arena *arena, const struct authres_result_read *r)
{
    struct sceau_slice text = property(r, "header", "d"), name;
    if (text.len == 0) {
        text = property(r, "header", "i");
        size_t at = slice_find_last(text, '@');
        text = at < text.len ? slice_skip(text, at + 1) : text;
    }
    return domain_normal(arena, text, &name) ? name : SLICE_NONE;
}

static void
take_dkim(struct sceau_arena *arena, struct theirs *t,
          const struct authres_result_read *r, struct sceau_slice word)
{
    t->has_dkim = true;
    if (slice_eq(word, SCEAU_SLICE("none")) || t->dkim_count == SIGNATURES_MAX)
        return;
    t->dkim[t->dkim_count++] = (struct signature){signer_of(arena, r), word};
}

static void
take_result(struct sceau_arena *arena, struct theirs *t,
            const struct authres_result_read *r)
{
    struct sceau_slice word = word_of(r->result);
    if (word.len == 0)
        return;
    if (slice_eq(r->method, SCEAU_SLICE("spf")))
        take_spf(t, r, word);
    else if (slice_eq(r->method, SCEAU_SLICE("dkim")))
        take_dkim(arena, t, r, word);
    else if (slice_eq(r->method, SCEAU_SLICE("arc")))
        set_once(&t->arc, word);
    else if (slice_eq(r->method, SCEAU_SLICE("dmarc")))
        set_once(&t->dmarc, word);
}

static struct sceau_slice
their_id(const struct policy_config *config, const struct policy_facts *facts)
{
    if (config->shadow_authserv_id.len > 0)
        return config->shadow_authserv_id;
    return config->authserv_id.len > 0 ? config->authserv_id : facts->mta_name;
}

static bool
is_mark(const struct policy_config *config, const struct sceau_field *f)
{
    return slice_eq_ci(f->name, config->fail_field) ||
           (config->suspect_field.len > 0 &&
            slice_eq_ci(f->name, config->suspect_field) &&
            slice_eq_ci(slice_trim(f->body), config->suspect_value));
}

/* False when memory is exhausted. */
static bool
take_field(struct sceau_arena *arena, const struct sceau_field *f,
           struct sceau_slice id, struct theirs *t, size_t *taken)
{
    struct authres read;
    struct sceau_diag diag;
    if (*taken == SHADOW_FIELDS_MAX || !authres_is_from(arena, f->body, id))
        return true;
    ++*taken;
    enum sceau_status status = authres_parse(arena, f->body, &read, &diag);
    for (size_t i = 0; status == SCEAU_OK && i < read.result_count; i++)
        take_result(arena, t, &read.results[i]);
    return status != SCEAU_E_LIMIT;
}

static bool
read_theirs(struct sceau_arena *arena, const struct policy_config *config,
            const struct policy_facts *facts, const struct sceau_header *header,
            struct theirs *t, size_t *taken)
{
    struct sceau_slice id = their_id(config, facts);
    for (size_t i = 0; i < header->count; i++) {
        const struct sceau_field *f = &header->fields[i];
        t->is_marked |= is_mark(config, f);
        if (id.len > 0 && slice_eq_ci(f->name, SCEAU_SLICE("Authentication-Results")) &&
            !take_field(arena, f, id, t, taken))
            return false;
    }
    return true;
}

/* ---- the comparison ---- */

static void
differ(struct shadow_report *out, enum shadow_method method, struct sceau_slice theirs,
       struct sceau_slice ours, struct sceau_slice domain)
{
    if (out->difference_count < SHADOW_DIFFERENCES_MAX)
        out->differences[out->difference_count++] =
            (struct shadow_difference){method, theirs, ours, domain};
    else
        out->difference_more++;
}

static void
compare_word(struct shadow_report *out, enum shadow_method method,
             struct sceau_slice theirs, const char *our_word, struct sceau_slice domain)
{
    struct sceau_slice ours = sceau_slice_from(our_word);
    if (theirs.len == 0)
        return;
    out->compared[method] = true;
    if (!slice_eq(theirs, ours))
        differ(out, method, theirs, ours, domain);
}

static bool
is_pass(struct sceau_slice word)
{
    return slice_eq(word, SCEAU_SLICE("pass"));
}

/* Ours as they have theirs: what was not looked at is told as well. */
static size_t
our_signatures(const struct sceau_verdict *v, struct signature out[SIGNATURES_MAX])
{
    size_t count = v->dkim_count < SIGNATURES_MAX ? v->dkim_count : SIGNATURES_MAX;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct signature){
            v->dkim[i].domain,
            sceau_slice_from(sceau_dkim_result_name(v->dkim[i].result)),
        };
    return count;
}

/* The best of a domain's signatures: a pass, else the first; "none" when there is none. */
static struct sceau_slice
best_of(const struct signature *list, size_t count, struct sceau_slice domain)
{
    struct sceau_slice best = SCEAU_SLICE("none");
    bool has_one = false;
    for (size_t i = 0; i < count; i++) {
        if (!slice_eq_ci(list[i].domain, domain))
            continue;
        if (!has_one || is_pass(list[i].word))
            best = list[i].word;
        has_one = true;
    }
    return best;
}

static bool
is_repeated(const struct signature *list, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (slice_eq_ci(list[k].domain, list[i].domain))
            return true;
    }
    return false;
}

/* Domain by domain, once each; those of `list` that the other has in common are told from the
 * one side only. */
static void
compare_dkim(struct shadow_report *out, const struct theirs *t,
             const struct sceau_verdict *v)
{
    struct signature ours[SIGNATURES_MAX];
    size_t count = our_signatures(v, ours);
    if (!t->has_dkim)
        return;
    out->compared[SHADOW_DKIM] = true;
    for (size_t i = 0; i < t->dkim_count; i++) {
        struct sceau_slice domain = t->dkim[i].domain;
        struct sceau_slice theirs = best_of(t->dkim, t->dkim_count, domain);
        struct sceau_slice mine = best_of(ours, count, domain);
        if (!is_repeated(t->dkim, i) && !slice_eq(theirs, mine))
            differ(out, SHADOW_DKIM, theirs, mine, domain);
    }
    for (size_t i = 0; i < count; i++) {
        struct sceau_slice domain = ours[i].domain;
        bool is_theirs = false;
        for (size_t k = 0; k < t->dkim_count; k++)
            is_theirs |= slice_eq_ci(t->dkim[k].domain, domain);
        if (!is_theirs && !is_repeated(ours, i))
            differ(out, SHADOW_DKIM, SCEAU_SLICE("none"), best_of(ours, count, domain),
                   domain);
    }
}

/* What they did is known by their marks alone: mail they refused never comes here. */
static void
compare_action(struct shadow_report *out, bool is_marked, enum policy_action action,
               struct sceau_slice author)
{
    compare_word(out, SHADOW_ACTION,
                 is_marked ? SCEAU_SLICE("quarantine") : SCEAU_SLICE("accept"),
                 policy_action_name(action), author);
}

enum sceau_status
shadow_compare(struct sceau_arena *arena, const struct policy_config *config,
               const struct policy_facts *facts, const struct sceau_verdict *v,
               const struct policy_decision *decision, struct shadow_report *out)
{
    struct theirs *t = sceau_arena_alloc(arena, sizeof *t);
    size_t taken = 0;
    *out = (struct shadow_report){0};
    if (t == NULL)
        return SCEAU_E_LIMIT;
    *t = (struct theirs){0};
    if (!read_theirs(arena, config, facts, v->header, t, &taken))
        return SCEAU_E_LIMIT;
    out->has_results = taken > 0 || t->is_marked;
    if (!out->has_results)
        return SCEAU_OK;
    struct sceau_slice author = v->author.domain;
    if (v->has_spf) {
        compare_word(out, SHADOW_SPF, t->mail_from,
                     sceau_spf_result_name(v->spf_mail_from.result),
                     v->spf_mail_from.domain);
        compare_word(out, SHADOW_SPF, t->helo,
                     sceau_spf_result_name(v->spf_helo.result), v->spf_helo.domain);
    }
    compare_dkim(out, t, v);
    compare_word(out, SHADOW_ARC, t->arc, sceau_arc_result_name(v->arc.result),
                 v->arc.set_count > 0 ? v->arc.sets[v->arc.set_count - 1].seal_domain
                                      : SLICE_NONE);
    compare_word(out, SHADOW_DMARC, t->dmarc, sceau_dmarc_result_name(v->dmarc.result),
                 author);
    compare_action(out, t->is_marked, decision->action, author);
    return SCEAU_OK;
}

struct sceau_slice
shadow_log_line(struct sceau_arena *arena, const struct policy_facts *facts,
                const struct shadow_difference *d)
{
    struct text line = text_new(arena, SIZE_MAX);
    policy_put_queue_id(&line, facts->queue_id);
    text_format(&line, " shadow=%s", shadow_method_name(d->method));
    policy_put_value(&line, "theirs", d->theirs);
    policy_put_value(&line, "ours", d->ours);
    policy_put_value(&line, "domain", d->domain);
    return text_done(&line);
}
