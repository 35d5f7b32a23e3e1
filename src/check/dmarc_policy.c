/* DMARC: the policy in force for this very name, which mail a record covers, and what
 * strict alignment and an enforced policy do, given what else is published. */
#include "core/domain.h"
#include "dmarc/record.h"
#include "dmarc_edit.h"
#include "dmarc_rules.h"

static struct sceau_slice
word(const char *text)
{
    return sceau_slice_from(text);
}

/* The outcome of a check for another author domain. */
static struct sceau_dmarc_outcome
policy_of(struct check_subject *s, struct sceau_slice author,
          enum sceau_dmarc_discovery discovery)
{
    struct sceau_dmarc_query query = {.author = author,
                                      .discovery = discovery,
                                      .psl = s->options->psl};
    struct sceau_dmarc_outcome outcome;
    sceau_dmarc_check(s->context, &query, &outcome);
    return outcome;
}

/* ---- dmarc.exists ---------------------------------------------------------------- */

/* The line for a name that has no record at all: at the organizational domain if the list
 * knows it, else at the name. */
static struct sceau_slice
first_record(struct check_subject *s)
{
    struct sceau_slice at = s->name;
    if (s->options->psl != NULL) {
        struct sceau_slice org =
            sceau_psl_organizational(s->options->psl, s->context->arena, s->name);
        at = org.len > 0 ? org : at;
    }
    return check_txt_line(s, domain_join(s->context->arena, SCEAU_SLICE("_dmarc"), at),
                          10800,
                          check_format(s, "v=DMARC1; p=none; rua=mailto:dmarc@%.*s",
                                       SLICE_ARG(at)));
}

/* What tries to be a record at the name: a line added beside it would make two, which are
 * none (RFC 9989 section 4.7). */
static size_t
count_tries(const struct check_texts *own, const struct sceau_dns_rr **first)
{
    size_t count = 0;
    for (size_t i = 0; i < own->answer.count; i++) {
        const struct sceau_dns_rr *rr = &own->answer.rrs[i];
        if ((dmarc_record_is_dmarc1(rr->text) || dmarc_is_near_miss(rr->text)) &&
            count++ == 0)
            *first = rr;
    }
    return count;
}

/* The one that is there, as its author meant it, asking for nothing yet where no policy
 * can be read. */
static void
mend_only(struct check_subject *s, struct check_finding *f,
          const struct check_texts *own, const struct sceau_dns_rr *rr)
{
    struct dmarc_target target = {.owner = own->owner, .domain = s->name, .rr = rr};
    struct sceau_dmarc_record record;
    struct sceau_arena *arena = s->context->arena;
    struct sceau_slice mended = dmarc_with_rua(s, &target);
    if (sceau_dmarc_record_parse(arena, mended, &record, NULL) != SCEAU_OK ||
        record.acts_as_none)
        mended = dmarc_with(arena, mended, "p", "none");
    f->fix = check_tell(s, N_("Put this record in place of the one that is there."));
    dmarc_mend(s, f, &target, mended);
    check_locate(s, f, own->owner, SCEAU_DNS_TXT, rr->rdata);
}

/* How to mend it. */
static void
fix_absent(struct check_subject *s, struct check_finding *f,
           const struct check_dmarc *d)
{
    const struct sceau_dns_rr *rr = NULL;
    size_t tries = count_tries(d->own, &rr);
    if (tries == 1) {
        mend_only(s, f, d->own, rr);
    } else if (tries > 1) {
        f->fix = check_tell(s, N_("Leave one record there and delete the others: "
                                  "several are none."));
    } else if (d->walk.result == SCEAU_DMARC_PERMERROR) {
        f->fix = check_tell(
            s, N_("Mend the record of the name above: it is the one that applies."));
    } else {
        f->fix = check_tell(s, s->rule->fix);
        f->zone_line = first_record(s);
    }
}

static void
report_absent(struct check_subject *s, const struct check_dmarc *d)
{
    struct text asked = text_new(s->context->arena, SIZE_MAX);
    for (size_t i = 0; i < d->walk.query_count; i++) {
        text_string(&asked, i > 0 ? ", " : "");
        text_escaped(&asked, d->walk.queries[i]);
    }
    struct check_finding *f = check_report(
        s, CHECK_SAY(s,
                     d->walk.result == SCEAU_DMARC_PERMERROR
                         ? N_("no receiver can use the DMARC record of {name}: it has "
                              "neither a valid p nor a valid rua, or is broken (asked: "
                              "{asked})")
                         : N_("no DMARC record for {name} (asked: {asked})"),
                     LANGUAGE_THEIRS("name", s->name),
                     LANGUAGE_OURS("asked", text_done(&asked))));
    fix_absent(s, f, d);
}

/* Would mail from a name below this one find this one's record? */
static bool
covers_below(struct check_subject *s, enum sceau_dmarc_discovery discovery)
{
    struct sceau_slice below =
        domain_join(s->context->arena, SCEAU_SLICE("below"), s->name);
    if (below.ptr == NULL || !domain_is_askable(below))
        return true;
    struct sceau_dmarc_outcome outcome = policy_of(s, below, discovery);
    return outcome.record == NULL || slice_eq(outcome.policy_domain, s->name);
}

/* Which mail an own record covers: itself always, names below it only when it is the
 * organizational domain's. */
static void
report_coverage(struct check_subject *s, const struct check_dmarc *d)
{
    bool by_walk = covers_below(s, SCEAU_DMARC_TREEWALK);
    /* without a list: what the walk says, but for psd=, which RFC 7489 does not know */
    bool by_list = d->has_psl ? covers_below(s, SCEAU_DMARC_PSL)
                              : slice_eq(d->organizational_domain, s->name) &&
                                    d->walk.record->psd == SCEAU_DMARC_PSD_U;
    const char *sentence =
        N_("it covers mail from {name}, and from names below it that "
           "have no record of their own");
    if (!by_walk && !by_list)
        sentence =
            N_("it covers mail from {name} alone; names below it get the record "
               "of {organization}, by RFC 9989 (unless this one says psd=n) and by "
               "RFC 7489");
    else if (by_walk && !by_list)
        sentence =
            N_("it covers mail from {name} and, by RFC 9989, from names below it; "
               "by RFC 7489 these get the record of their organizational domain, "
               "or none");
    else if (!by_walk)
        sentence =
            N_("it covers mail from {name} and, by RFC 7489, from names below it; "
               "by RFC 9989 these get the record of {organization}");
    struct dmarc_target target = {.owner = d->own->owner, .rr = d->own->rrs[0]};
    bool is_whole = by_walk && by_list;
    struct check_finding *f =
        dmarc_report(s, &target, is_whole ? CHECK_OK : CHECK_INFO,
                     CHECK_SAY(s, sentence, LANGUAGE_THEIRS("name", s->name),
                               LANGUAGE_THEIRS("organization",
                                               d->organizational_domain)));
    if (!is_whole)
        f->why =
            check_tell(s, N_("It protects less than it seems to: look at the policy "
                             "for the names below."));
}

/* A record of a name above. */
static void
report_inherited(struct check_subject *s, const struct check_dmarc *d)
{
    size_t step_number = 1;
    while (step_number < d->walk.query_count &&
           !slice_eq_ci(d->walk.queries[step_number - 1], d->owner))
        step_number++;
    struct sceau_slice step = check_format(s, "%zu", step_number);
    check_ok(s,
             CHECK_SAY(s,
                       N_("{owner} TXT \"{record}\": found in step {step} of the "
                          "tree walk; its {tag} applies to {name}"),
                       LANGUAGE_THEIRS("owner", d->owner),
                       LANGUAGE_THEIRS("record", d->walk.record->text),
                       LANGUAGE_OURS("step", step),
                       LANGUAGE_OURS("tag",
                                     word(sceau_dmarc_tag_name(d->walk.applied_tag))),
                       LANGUAGE_THEIRS("name", s->name)));
}

/* Readers of RFC 7489 find another record, or another tag of it. */
static void
report_difference(struct check_subject *s, const struct check_dmarc *d)
{
    if (!d->has_psl || d->psl.result == SCEAU_DMARC_TEMPERROR ||
        slice_eq(d->psl.policy_domain, d->walk.policy_domain))
        return;
    if (d->psl.record == NULL)
        check_report_as(s, CHECK_INFO,
                        CHECK_SAY(s,
                                  N_("readers of RFC 7489 (public suffix list) find no "
                                     "record for {name}"),
                                  LANGUAGE_THEIRS("name", s->name)));
    else
        check_report_as(s, CHECK_INFO,
                        CHECK_SAY(s,
                                  N_("readers of RFC 7489 (public suffix list) take "
                                     "the record of {domain}"),
                                  LANGUAGE_THEIRS("domain", d->psl.policy_domain)));
}

void
dmarc_exists(struct check_subject *s)
{
    const struct check_dmarc *d = check_dmarc(s);
    if (dmarc_policy_unknown(s, d))
        return;
    if (d->walk.record == NULL) {
        report_absent(s, d);
        return;
    }
    if (d->is_own && d->own->count == 1)
        report_coverage(s, d);
    else
        report_inherited(s, d);
    report_difference(s, d);
}

/* ---- dmarc.policy_enforced ------------------------------------------------------- */

static struct sceau_slice
in_force(struct check_subject *s, const struct check_dmarc *d)
{
    const struct sceau_dmarc_outcome *o = &d->walk;
    struct sceau_slice sentence = CHECK_SAY(
        s,
        o->record->is_testing && o->policy != SCEAU_DMARC_POLICY_NONE
            ? N_("in force for {name}: {policy}, for {tag}={value} at {owner} is "
                 "lowered by t=y")
            : N_("in force for {name}: {policy} ({tag}={value} at {owner})"),
        LANGUAGE_THEIRS("name", s->name),
        LANGUAGE_OURS("policy", word(sceau_dmarc_policy_name(o->disposition))),
        LANGUAGE_OURS("tag", word(sceau_dmarc_tag_name(o->applied_tag))),
        LANGUAGE_OURS("value", word(sceau_dmarc_policy_name(o->policy))),
        LANGUAGE_THEIRS("owner", d->owner));
    if (o->record->p == o->disposition)
        return sentence;
    return CHECK_SAY(s, N_("{sentence}; MXToolbox goes by p={p}"),
                     LANGUAGE_OURS("sentence", sentence),
                     LANGUAGE_OURS("p", word(sceau_dmarc_policy_name(o->record->p))));
}

void
dmarc_policy_enforced(struct check_subject *s)
{
    const struct check_dmarc *d = check_dmarc(s);
    if (dmarc_policy_unknown(s, d))
        return;
    if (d->walk.record == NULL) {
        struct check_finding *f =
            check_report(s, CHECK_SAY(s, N_("no policy is in force for {name}"),
                                      LANGUAGE_THEIRS("name", s->name)));
        f->fix = check_tell(s, N_("Publish a DMARC record first."));
        return;
    }
    struct sceau_slice found = in_force(s, d);
    if (d->walk.disposition != SCEAU_DMARC_POLICY_NONE) {
        check_ok(s, found);
        return;
    }
    struct check_finding *f = check_report(s, found);
    const char *tag = sceau_dmarc_tag_name(d->walk.applied_tag);
    struct dmarc_target target = {.owner = d->owner};
    f->fix = check_tell(s, s->rule->fix);
    check_locate(s, f, d->owner, SCEAU_DNS_TXT, SLICE_NONE);
    dmarc_mend(s, f, &target,
               d->walk.policy != SCEAU_DMARC_POLICY_NONE
                   ? dmarc_with(s->context->arena, d->walk.record->text, "t", NULL)
                   : dmarc_with(s->context->arena, d->walk.record->text, tag,
                                "quarantine"));
}

/* ---- dmarc.reject_people --------------------------------------------------------- */

static bool
is_listed(const struct check_words *words, struct sceau_slice name)
{
    for (size_t i = 0; i < words->count; i++) {
        if (slice_eq_ci(words->items[i], name))
            return true;
    }
    return false;
}

void
dmarc_reject_people(struct check_subject *s)
{
    const struct check_dmarc *d = check_dmarc(s);
    const struct check_mx *mx = check_mx(s);
    if (dmarc_policy_unknown(s, d))
        return;
    if (d->walk.record == NULL || d->walk.policy != SCEAU_DMARC_POLICY_REJECT) {
        check_skip(s, N_("the policy is not reject"));
        return;
    }
    if (sceau_dns_is_trouble(mx->answer.status)) {
        check_unknown(s, s->name, SCEAU_DNS_MX, &mx->answer);
        return;
    }
    if (mx->count == 0 || mx->is_null ||
        is_listed(&s->options->machine_domains, s->name)) {
        check_skip(s, N_("no people write from this name"));
        return;
    }
    const struct check_keys *keys = check_keys(s);
    bool only_spf = keys->found == 0 && keys->trouble == NULL && keys->none_exists;
    struct check_finding *f = check_report_as(
        s, only_spf ? CHECK_WARNING : CHECK_INFO,
        CHECK_SAY(s,
                  only_spf ? N_("{name} gets mail, its policy is reject, and no DKIM "
                                "key is published: forwarding breaks SPF, and then "
                                "everything fails")
                           : N_("{name} gets mail, and its policy is reject"),
                  LANGUAGE_THEIRS("name", s->name)));
    f->fix = check_tell(s, s->rule->fix);
}

/* ---- dmarc.redundant ------------------------------------------------------------- */

static bool
same_uris(const struct sceau_slice *a, size_t a_count, const struct sceau_slice *b,
          size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        if (!slice_eq_ci(a[i], b[i]))
            return false;
    }
    return a_count == b_count;
}

/* Would mail from the name be treated alike under `above`, whose sp it would inherit? */
static bool
adds_nothing(const struct sceau_dmarc_record *own,
             const struct sceau_dmarc_record *above)
{
    return own->p == above->sp && own->adkim == above->adkim &&
           own->aspf == above->aspf && own->is_testing == above->is_testing &&
           own->psd == SCEAU_DMARC_PSD_U &&
           same_uris(own->rua, own->rua_count, above->rua, above->rua_count) &&
           same_uris(own->ruf, own->ruf_count, above->ruf, above->ruf_count);
}

void
dmarc_redundant(struct check_subject *s)
{
    const struct check_dmarc *d = check_dmarc(s);
    if (dmarc_policy_unknown(s, d))
        return;
    if (!d->is_own || d->organizational_domain.len == 0 ||
        slice_eq(d->organizational_domain, s->name)) {
        check_skip(s, N_("no record of a name below the organizational domain"));
        return;
    }
    struct sceau_dmarc_outcome above =
        policy_of(s, d->organizational_domain, SCEAU_DMARC_TREEWALK);
    if (above.record == NULL || !adds_nothing(d->walk.record, above.record))
        return;
    struct dmarc_target target = {.owner = d->own->owner, .rr = d->own->rrs[0]};
    struct check_finding *f = dmarc_report(
        s, &target, s->rule->severity,
        CHECK_SAY(s, N_("it says what {name} would inherit from {organization}"),
                  LANGUAGE_THEIRS("name", s->name),
                  LANGUAGE_THEIRS("organization", d->organizational_domain)));
    f->fix = check_tell(s, s->rule->fix);
}

/* ---- dmarc.alignment_strict ------------------------------------------------------ */

static struct check_finding *
report_strict(struct check_subject *s, const struct check_dmarc *d, const char *tag,
              struct sceau_slice found)
{
    struct dmarc_target target = {.owner = d->owner};
    struct check_finding *f = check_report(s, found);
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_OURS("tag", word(tag)));
    check_locate(s, f, d->owner, SCEAU_DNS_TXT, SLICE_NONE);
    dmarc_mend(s, f, &target,
               dmarc_with(s->context->arena, d->walk.record->text, tag, NULL));
    return f;
}

static void
tell_strict_spf(struct check_subject *s, const struct check_dmarc *d)
{
    const struct check_texts *texts = check_spf(s)->texts;
    if (sceau_dns_is_trouble(texts->answer.status))
        check_unknown(s, s->name, SCEAU_DNS_TXT, &texts->answer);
    else if (texts->count == 0)
        report_strict(s, d, "aspf",
                      CHECK_SAY(s,
                                N_("aspf=s: only MAIL FROM addresses at {name} itself "
                                   "count, and {name} has no SPF record"),
                                LANGUAGE_THEIRS("name", s->name)));
}

/* A signer that signs for a neighbour in the family. That a neighbour has a key says
 * nothing of mail from this name when the name has its own: then it must have been seen. */
static const struct check_selector *
relative_signer(const struct check_subject *s, bool has_key)
{
    for (size_t i = 0; i < s->options->known_selector_count; i++) {
        const struct check_selector *known = &s->options->known_selectors[i];
        bool is_relative = domain_is_within(known->domain, s->name) ||
                           domain_is_within(s->name, known->domain);
        if (is_relative && !slice_eq_ci(known->domain, s->name) &&
            (!has_key || known->last_seen > 0))
            return known;
    }
    return NULL;
}

static void
tell_strict_dkim(struct check_subject *s, const struct check_dmarc *d)
{
    const struct check_keys *keys = check_keys(s);
    const struct check_selector *relative = relative_signer(s, keys->found > 0);
    if (keys->found == 0 && keys->trouble != NULL)
        check_unknown(s, keys->trouble_owner, SCEAU_DNS_TXT, keys->trouble);
    else if (keys->found == 0 && keys->none_exists)
        report_strict(s, d, "adkim",
                      CHECK_SAY(s,
                                N_("adkim=s: only signatures with d={name} count, and "
                                   "{name} publishes no key"),
                                LANGUAGE_THEIRS("name", s->name)));
    if (relative != NULL)
        report_strict(s, d, "adkim",
                      CHECK_SAY(s,
                                N_("adkim=s: signatures with d={domain} (selector "
                                   "{selector}) do not count for {name}"),
                                LANGUAGE_THEIRS("domain", relative->domain),
                                LANGUAGE_THEIRS("selector", relative->selector),
                                LANGUAGE_THEIRS("name", s->name)));
}

/* Does anything say that mail comes from this very name? */
static bool
may_send(struct check_subject *s, const struct check_dmarc *d)
{
    const struct check_mx *mx = check_mx(s);
    return d->is_own || (mx->count > 0 && !mx->is_null) ||
           check_spf(s)->texts->count > 0;
}

void
dmarc_alignment_strict(struct check_subject *s)
{
    const struct check_dmarc *d = check_dmarc(s);
    if (dmarc_policy_unknown(s, d))
        return;
    const struct sceau_dmarc_record *record = d->walk.record;
    if (record == NULL ||
        (record->aspf == SCEAU_DMARC_RELAXED && record->adkim == SCEAU_DMARC_RELAXED)) {
        check_skip(s, N_("alignment is relaxed"));
        return;
    }
    if (!may_send(s, d)) {
        check_skip(s, N_("nothing says that the name sends mail"));
        return;
    }
    if (record->aspf == SCEAU_DMARC_STRICT)
        tell_strict_spf(s, d);
    if (record->adkim == SCEAU_DMARC_STRICT)
        tell_strict_dkim(s, d);
}

/* ---- dmarc.authenticates --------------------------------------------------------- */

/* SPF that can align: at the name, or with relaxed alignment at its organization. */
static size_t
aligned_spf(struct check_subject *s, const struct check_dmarc *d,
            const struct check_texts **trouble)
{
    const struct check_texts *own = check_spf(s)->texts;
    size_t count = own->count;
    if (sceau_dns_is_trouble(own->answer.status))
        *trouble = own;
    if (count == 0 && d->walk.record->aspf == SCEAU_DMARC_RELAXED &&
        d->organizational_domain.len > 0) {
        const struct check_texts *above = check_spf_texts(s, d->organizational_domain);
        count = above->count;
        if (sceau_dns_is_trouble(above->answer.status))
            *trouble = above;
    }
    return count;
}

void
dmarc_authenticates(struct check_subject *s)
{
    const struct check_dmarc *d = check_dmarc(s);
    const struct check_texts *trouble = NULL;
    if (dmarc_policy_unknown(s, d))
        return;
    if (d->walk.record == NULL || d->walk.policy == SCEAU_DMARC_POLICY_NONE) {
        check_skip(s, N_("the policy asks for nothing"));
        return;
    }
    if (!may_send(s, d)) {
        check_skip(s, N_("nothing says that the name sends mail"));
        return;
    }
    if (aligned_spf(s, d, &trouble) > 0)
        return;
    const struct check_keys *keys = check_keys(s);
    if (keys->found > 0)
        return;
    if (trouble != NULL) {
        check_unknown(s, trouble->owner, SCEAU_DNS_TXT, &trouble->answer);
        return;
    }
    if (!keys->none_exists) {
        check_unknown_because(
            s, CHECK_SAY(s,
                         N_("{name} has no SPF record, and a DKIM key under a selector "
                            "that nobody here knows: give it with --selector"),
                         LANGUAGE_THEIRS("name", s->name)));
        return;
    }
    struct check_finding *f = check_report(
        s, CHECK_SAY(s,
                     N_("{name} has neither an SPF record nor a DKIM key, and its "
                        "policy is {policy}"),
                     LANGUAGE_THEIRS("name", s->name),
                     LANGUAGE_OURS("policy",
                                   word(sceau_dmarc_policy_name(d->walk.policy)))));
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = check_txt_line(s, s->name, 10800, SCEAU_SLICE("v=spf1 mx -all"));
}
