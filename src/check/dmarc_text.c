/* DMARC: what a record's text tells (RFC 9989 sections 4.7 and 4.8). The lint finds it;
 * here each finding gets its rule and the record that is better. */
#include "core/domain.h"
#include "dmarc/record.h"
#include "dmarc_edit.h"
#include "dmarc_rules.h"
#include "lint.h"
#include "zone.h"

/* The finding of the lint whose sentence is worth telling under the rule at work: each one
 * with the rule's id. */
typedef void mend_function(struct check_subject *s, const struct dmarc_target *target,
                           struct check_finding *finding);

/* Report what the lint says under this rule; gives how many there were. */
static size_t
report_lint(struct check_subject *s, const struct dmarc_target *target,
            mend_function *mend)
{
    struct check_lint lint;
    size_t reported = 0;
    if (check_lint_dmarc(s->context->arena, s->options->language, target->rr->text,
                         &lint) != SCEAU_OK) {
        s->has_failed = true;
        return 0;
    }
    for (size_t i = 0; i < lint.count; i++) {
        const struct check_lint_finding *one = &lint.findings[i];
        if (strcmp(one->id, s->rule->id) != 0)
            continue;
        /* the lint forgives a missing p, as receivers do; its owner should not */
        bool is_forgiven =
            one->severity == CHECK_WARNING && s->rule->severity == CHECK_PROBLEM;
        struct check_finding *f =
            dmarc_report(s, target, is_forgiven ? CHECK_PROBLEM : one->severity,
                         one->text);
        f->fix = check_tell(s, s->rule->fix);
        mend(s, target, f);
        reported++;
    }
    return reported;
}

static void
mend_text(struct check_subject *s, const struct dmarc_target *target,
          struct check_finding *finding)
{
    dmarc_mend(s, finding, target, dmarc_mended(s->context->arena, target->rr->text));
}

static void
lint_rule(struct check_subject *s, mend_function *mend)
{
    struct dmarc_target target;
    if (dmarc_target_find(s, &target))
        report_lint(s, &target, mend);
}

/* ---- how many, where ------------------------------------------------------------- */

void
dmarc_multiple(struct check_subject *s)
{
    const struct check_texts *own = check_dmarc(s)->own;
    if (sceau_dns_is_trouble(own->answer.status))
        check_unknown(s, own->owner, SCEAU_DNS_TXT, &own->answer);
    else if (own->count == 0)
        check_skip(s, N_("the name has no DMARC record of its own"));
    if (own->count < 2)
        return;
    struct sceau_slice best = own->rrs[0]->text;
    for (size_t i = 1; i < own->count; i++) {
        if (own->rrs[i]->text.len > best.len)
            best = own->rrs[i]->text; /* the one that says most */
    }
    for (size_t i = 0; i < own->count; i++) {
        struct dmarc_target target = {.owner = own->owner, .rr = own->rrs[i]};
        struct check_finding *f =
            dmarc_report(s, &target, s->rule->severity, SLICE_NONE);
        f->fix = check_tell(s, s->rule->fix);
        dmarc_mend(s, f, &target, dmarc_mended(s->context->arena, best));
    }
}

/* A record that stands elsewhere than it should. */
static void
report_misplaced(struct check_subject *s, struct sceau_slice owner,
                 const struct sceau_dns_rr *rr)
{
    struct dmarc_target here = {.owner = owner, .rr = rr};
    struct dmarc_target there = {.owner = check_dmarc(s)->own->owner, .rr = rr};
    struct check_finding *f = dmarc_report(
        s, &here, s->rule->severity,
        CHECK_SAY(s,
                  N_("at {owner} it covers no mail, neither by RFC 9989 nor by RFC "
                     "7489"),
                  LANGUAGE_THEIRS("owner", owner)));
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("owner", there.owner));
    dmarc_mend(s, f, &there, dmarc_mended(s->context->arena, rr->text));
}

static void
look_at(struct check_subject *s, struct sceau_slice owner)
{
    const struct check_texts *texts = check_dmarc_texts(s, owner);
    for (size_t i = 0; i < texts->count; i++)
        report_misplaced(s, owner, texts->rrs[i]);
}

/* "_dmarc.example.org" without its final dot in the zone of example.org or above. */
static void
look_at_doubled(struct check_subject *s)
{
    struct sceau_slice right = check_dmarc(s)->own->owner;
    for (struct sceau_slice zone = s->name; domain_labels(zone) >= 2;
         zone = domain_parent(zone)) {
        struct sceau_slice doubled = domain_join(s->context->arena, right, zone);
        if (doubled.ptr != NULL && domain_is_askable(doubled))
            look_at(s, doubled);
    }
}

/* A TXT at _dmarc that is no DMARC record and does not try to be one. */
static void
look_at_strangers(struct check_subject *s)
{
    const struct check_texts *own = check_dmarc(s)->own;
    for (size_t i = 0; i < own->answer.count; i++) {
        const struct sceau_dns_rr *rr = &own->answer.rrs[i];
        if (dmarc_record_is_dmarc1(rr->text) || dmarc_is_near_miss(rr->text))
            continue;
        struct dmarc_target target = {.owner = own->owner, .rr = rr};
        struct check_finding *f =
            dmarc_report(s, &target, s->rule->severity,
                         check_tell(s, N_("it is no DMARC record: a wildcard, or a "
                                          "record of something else")));
        f->fix = check_tell(s, N_("Remove it from this name."));
    }
}

void
dmarc_place(struct check_subject *s)
{
    static const char *const wrong[] = {"dmarc", "_dmark", "_darmc", "dmarc._dmarc"};
    const struct check_texts *own = check_dmarc(s)->own;
    if (sceau_dns_is_trouble(own->answer.status)) {
        check_unknown(s, own->owner, SCEAU_DNS_TXT, &own->answer);
        return;
    }
    look_at(s, s->name);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        look_at(s, domain_join(s->context->arena, sceau_slice_from(wrong[i]), s->name));
    look_at_doubled(s);
    look_at_strangers(s);
    check_zone_faults(s);
}

/* ---- grammar and words ----------------------------------------------------------- */

/* Where p stands among the tags: 0 when it is not there. */
static size_t
position_of_p(struct sceau_slice text)
{
    struct dmarc_tag tag;
    size_t n = 0;
    for (size_t pos = 0; dmarc_tag_next(text, &pos, &tag);) {
        n++;
        if (slice_eq_ci(tag.name, SCEAU_SLICE("p")))
            return n;
    }
    return 0;
}

void
dmarc_syntax(struct check_subject *s)
{
    struct dmarc_target target;
    if (!dmarc_target_find(s, &target))
        return;
    report_lint(s, &target, mend_text);
    if (position_of_p(target.rr->text) <= 2)
        return;
    struct check_finding *f =
        dmarc_report(s, &target, CHECK_WARNING,
                     check_tell(s,
                                N_("p does not stand second: readers of RFC 7489 may "
                                   "refuse the record")));
    f->fix = check_tell(s, s->rule->fix);
    mend_text(s, &target, f);
}

void
dmarc_translated(struct check_subject *s)
{
    lint_rule(s, mend_text);
}

void
dmarc_tags(struct check_subject *s)
{
    lint_rule(s, mend_text);
}

/* For whoever reads none of them: no address, and nothing about them. */
static void
mend_ruf(struct check_subject *s, const struct dmarc_target *target,
         struct check_finding *finding)
{
    struct sceau_arena *arena = s->context->arena;
    struct sceau_slice without = dmarc_with(arena, target->rr->text, "ruf", NULL);
    dmarc_mend(s, finding, target, dmarc_with(arena, without, "fo", NULL));
}

void
dmarc_ruf(struct check_subject *s)
{
    lint_rule(s, mend_ruf);
}

/* ---- values ---------------------------------------------------------------------- */

void
dmarc_pct(struct check_subject *s)
{
    struct dmarc_target target;
    struct dmarc_tag tag;
    uint64_t percent;
    if (!dmarc_target_find(s, &target))
        return;
    for (size_t pos = 0; dmarc_tag_next(target.rr->text, &pos, &tag);) {
        if (!slice_eq_ci(tag.name, SCEAU_SLICE("pct")))
            continue;
        bool is_number = slice_decimal(tag.value, 100, &percent);
        if (is_number && percent == 100)
            return;
        struct sceau_slice rest =
            check_format(s, "%u", is_number ? (unsigned)(100 - percent) : 0);
        struct check_finding *f =
            dmarc_report(s, &target, s->rule->severity, SLICE_NONE);
        f->why = CHECK_SAY(
            s,
            is_number
                ? N_("pct={pct} does not mean that {pct} % of the mail is analysed: old "
                     "receivers spare {rest} % of the failing mail, new ones (RFC 9989) "
                     "apply the policy to all of it.")
                : N_("pct={pct} is no number from 0 to 100, and RFC 9989 removed pct."),
            LANGUAGE_THEIRS("pct", tag.value), LANGUAGE_OURS("rest", rest));
        f->fix = check_tell(s, s->rule->fix);
        mend_text(s, &target, f);
        return;
    }
}

static void
mend_testing(struct check_subject *s, const struct dmarc_target *target,
             struct check_finding *finding)
{
    dmarc_mend(s, finding, target,
               dmarc_with(s->context->arena, target->rr->text, "t", NULL));
}

void
dmarc_testing(struct check_subject *s)
{
    lint_rule(s, mend_testing);
}

static void
mend_sp(struct check_subject *s, const struct dmarc_target *target,
        struct check_finding *finding)
{
    dmarc_mend(s, finding, target,
               dmarc_with(s->context->arena, target->rr->text, "sp", NULL));
}

void
dmarc_sp_weaker(struct check_subject *s)
{
    lint_rule(s, mend_sp);
}

static void
mend_np(struct check_subject *s, const struct dmarc_target *target,
        struct check_finding *finding)
{
    dmarc_mend(s, finding, target,
               dmarc_with(s->context->arena, target->rr->text, "np", "reject"));
}

/* np counts in the Organizational Domain's record alone. */
void
dmarc_np(struct check_subject *s)
{
    struct dmarc_target target;
    if (!dmarc_target_find(s, &target))
        return;
    if (slice_eq(target.domain, check_dmarc(s)->organizational_domain))
        report_lint(s, &target, mend_np);
    else
        check_skip(s, N_("np counts in the record of the organizational domain only"));
}

static void
mend_rua(struct check_subject *s, const struct dmarc_target *target,
         struct check_finding *finding)
{
    dmarc_mend(s, finding, target, dmarc_with_rua(s, target));
}

void
dmarc_rua(struct check_subject *s)
{
    lint_rule(s, mend_rua);
}
