/* The lint of a DMARC record: what section 4.8 of RFC 9989 does not allow, what
 * receivers make of it, and what its author most likely did not mean. */
#include "config/nearest.h"
#include "dmarc/record.h"
#include "dmarc/uri.h"
#include "finder.h"

#include <assert.h>

static const struct check syntax = {"dmarc.syntax", CHECK_PROBLEM};
static const struct check syntax_forgiven = {"dmarc.syntax", CHECK_WARNING};
static const struct check translated = {"dmarc.translated", CHECK_PROBLEM};
static const struct check pct = {"dmarc.pct", CHECK_WARNING};
static const struct check testing = {"dmarc.testing", CHECK_INFO};
static const struct check sp_weaker = {"dmarc.sp_weaker", CHECK_WARNING};
static const struct check np = {"dmarc.np", CHECK_INFO};
static const struct check rua = {"dmarc.rua", CHECK_WARNING};
static const struct check ruf = {"dmarc.ruf", CHECK_INFO};
static const struct check tags = {"dmarc.tags", CHECK_INFO};
static const struct check psd_tag = {"dmarc.tags", CHECK_WARNING};

enum {
    RULES_MAX = 32 /* bits of `seen` */
};

/* Policies in other languages, as web pages and administration panels print them. */
static const struct {
    const char *words; /* with single blanks between */
    const char *english;
} translations[] = {
    {"aucun aucune kein keine geen ninguno ninguna",  "none"      },
    {"nessuno nessuna nenhum nenhuma",                "none"      },
    {"quarantaine quarantaene cuarentena quarentena", "quarantine"},
    {"quarantena",                                    "quarantine"},
    {"rejet rejeter refuser ablehnen abweisen",       "reject"    },
    {"rechazar rifiuta rifiutare rejeitar weigeren",  "reject"    },
};

const char *
check_lint_english(struct sceau_arena *arena, struct sceau_slice value)
{
    struct sceau_slice lower = slice_copy_lower(arena, value);
    for (size_t i = 0; i < sizeof translations / sizeof *translations; i++) {
        if (lower.len > 0 && nearest_is_listed(translations[i].words, lower))
            return translations[i].english;
    }
    return NULL;
}

/* ---- the version ----------------------------------------------------------------- */

/* Why this text is not taken for a DMARC record. */
static const char *
version_reason(struct sceau_slice text)
{
    struct dmarc_tag first;
    size_t pos = 0;
    if (!dmarc_tag_next(text, &pos, &first))
        return N_("the record is empty");
    if (!slice_eq_ci(first.name, SCEAU_SLICE("v")))
        return N_("v=DMARC1 is not the first tag");
    if (first.name_offset > 0)
        return N_("something stands before v=DMARC1");
    if (slice_eq_ci(first.value, SCEAU_SLICE("DMARC1")))
        return N_("DMARC1 is written in capital letters");
    if (slice_starts_ci(first.value, SCEAU_SLICE("DMARC1")))
        return N_("a semicolon is missing behind v=DMARC1");
    return N_("the version is not DMARC1");
}

/* ---- tags one by one ------------------------------------------------------------- */

/* The lint half-way. */
struct dmarc_lint {
    struct finder finder;
    unsigned seen;             /* a bit for each rule of the registry */
    size_t offsets[RULES_MAX]; /* where the tag of that rule stands */
    bool is_bad;               /* a finding that makes the record invalid */
};

static bool
is_tag(const struct dmarc_tag *tag, const char *name)
{
    return slice_eq_ci(tag->name, sceau_slice_from(name));
}

static void
lint_unknown(struct dmarc_lint *l, const struct dmarc_tag *tag)
{
    size_t count;
    const struct dmarc_tag_rule *rules = dmarc_tag_rules(&count);
    struct nearest near = nearest_to(tag->name);
    for (size_t i = 0; i < count; i++)
        nearest_try(&near, sceau_slice_from(rules[i].name));
    struct sceau_slice word = near.word;
    FINDER_ADD(&l->finder, &tags, tag->name_offset,
               word.len > 0 ? N_("unknown tag {tag} is ignored: {word} may be meant")
                            : N_("unknown tag {tag} is ignored"),
               LANGUAGE_THEIRS("tag", tag->name), LANGUAGE_THEIRS("word", word));
}

/* pct, rf and ri: RFC 9989 made them historic. */
static void
lint_historic(struct dmarc_lint *l, const struct dmarc_tag *tag)
{
    if (!is_tag(tag, "pct"))
        FINDER_ADD(&l->finder, &tags, tag->name_offset,
                   N_("RFC 9989 removed {tag}: receivers ignore it"),
                   LANGUAGE_THEIRS("tag", tag->name));
    else if (!slice_eq(tag->value, SCEAU_SLICE("100")))
        FINDER_ADD(
            &l->finder, &pct, tag->name_offset,
            N_("RFC 9989 removed pct: new receivers apply the policy to all failing "
               "mail, older ones to {value} % of it; for a trial write t=y"),
            LANGUAGE_THEIRS("value", tag->value));
}

/* rua and ruf, URI by URI. */
static void
lint_uris(struct dmarc_lint *l, const struct dmarc_tag *tag, const struct check *check)
{
    struct sceau_slice rest = tag->value, element;
    while (slice_next(&rest, ',', &element)) {
        struct sceau_slice uri_text = slice_trim(element);
        size_t offset = tag->value_offset + (size_t)(uri_text.ptr - tag->value.ptr);
        struct dmarc_uri uri;
        enum sceau_status status = dmarc_uri_parse(l->finder.arena, uri_text, &uri);
        l->is_bad |= status == SCEAU_E_SYNTAX;
        if (status == SCEAU_E_SYNTAX)
            FINDER_ADD(&l->finder, check, offset,
                       N_("{uri} is no address for reports: write mailto:name@domain"),
                       LANGUAGE_THEIRS("uri", uri_text));
        else if (status == SCEAU_OK && !uri.is_mailto)
            FINDER_ADD(&l->finder, check, offset,
                       N_("{uri}: receivers need to support mailto only"),
                       LANGUAGE_THEIRS("uri", uri_text));
        if (status == SCEAU_OK && uri.text.len < uri_text.len)
            FINDER_ADD(&l->finder, &tags, offset + uri.text.len,
                       N_("RFC 9989 removed the size limit {size}"),
                       LANGUAGE_THEIRS("size", slice_skip(uri_text, uri.text.len)));
    }
}

/* A value that is not in its tag's grammar. */
static void
lint_bad_value(struct dmarc_lint *l, const struct dmarc_tag *tag,
               const struct dmarc_tag_rule *rule)
{
    const char *english = check_lint_english(l->finder.arena, tag->value);
    bool is_request = is_tag(tag, "p") || is_tag(tag, "sp") || is_tag(tag, "np");
    l->is_bad = true;
    if (is_request && english != NULL)
        FINDER_ADD(
            &l->finder, &translated, tag->value_offset,
            N_("{value} is a translation: write {tag}={english}; as it stands it is "
               "no policy"),
            LANGUAGE_THEIRS("value", tag->value), FINDER_WORD("tag", rule->name),
            FINDER_WORD("english", english));
    else
        FINDER_ADD(&l->finder, &syntax, tag->value_offset,
                   N_("{tag}={value}: expected {grammar}"),
                   FINDER_WORD("tag", rule->name), LANGUAGE_THEIRS("value", tag->value),
                   FINDER_WORD("grammar",
                               language_text(l->finder.language, rule->expected)));
}

/* A tag of the registry that is in use. */
static void
lint_value(struct dmarc_lint *l, const struct dmarc_tag *tag,
           const struct dmarc_tag_rule *rule)
{
    struct sceau_dmarc_record scratch = dmarc_record_defaults();
    if (is_tag(tag, "rua"))
        lint_uris(l, tag, &rua);
    else if (is_tag(tag, "ruf"))
        lint_uris(l, tag, &ruf);
    else if (rule->read != NULL &&
             rule->read(l->finder.arena, tag->value, &scratch) == SCEAU_E_SYNTAX)
        lint_bad_value(l, tag, rule);
}

/* Remember that a tag of the registry stands here; once is enough. */
static void
note_place(struct dmarc_lint *l, const struct dmarc_tag *tag,
           const struct dmarc_tag_rule *rule)
{
    size_t count;
    size_t index = (size_t)(rule - dmarc_tag_rules(&count));
    assert(count <= RULES_MAX);
    if ((l->seen & 1U << index) != 0) {
        l->is_bad = true;
        FINDER_ADD(&l->finder, &syntax, tag->name_offset,
                   N_("{tag} stands twice: receivers may refuse the whole record"),
                   FINDER_WORD("tag", rule->name));
    }
    l->seen |= 1U << index;
    l->offsets[index] = tag->name_offset;
}

static void
lint_tag(struct dmarc_lint *l, const struct dmarc_tag *tag)
{
    const struct dmarc_tag_rule *rule = dmarc_tag_rule_find(tag->name);
    if (rule != NULL && tag->value.ptr != NULL)
        note_place(l, tag, rule);
    if (tag->expected != NULL) {
        l->is_bad = true;
        FINDER_ADD(&l->finder, &syntax, tag->error_offset, N_("expected {grammar}"),
                   FINDER_WORD("grammar",
                               language_text(l->finder.language, tag->expected)));
        return;
    }
    assert(tag->value.ptr != NULL); /* as every tag that is well formed */
    if (rule == NULL)
        lint_unknown(l, tag);
    else if (rule->format == NULL)
        lint_historic(l, tag);
    else
        lint_value(l, tag, rule);
}

/* Where that tag stands; 0 when it is absent. */
static size_t
place_of(const struct dmarc_lint *l, const char *name)
{
    size_t count;
    const struct dmarc_tag_rule *rules = dmarc_tag_rules(&count);
    return l->offsets[dmarc_tag_rule_find(sceau_slice_from(name)) - rules];
}

/* ---- the record as a whole ------------------------------------------------------- */

static void
lint_policies(struct dmarc_lint *l, const struct sceau_dmarc_record *record)
{
    struct finder *f = &l->finder;
    if (record->is_void) {
        l->is_bad = true;
        finder_say(
            f, &syntax, 0,
            N_("neither a valid p nor a valid rua: receivers apply no DMARC at all"));
    } else if (record->acts_as_none) {
        finder_say(f, &syntax_forgiven, place_of(l, "p"),
                   N_("without a valid p, sp and np receivers read it as p=none"));
    }
    if (record->has_sp && record->sp < record->p)
        FINDER_ADD(
            f, &sp_weaker, place_of(l, "sp"),
            N_("subdomains (sp={sp}) are less protected than the domain (p={p})"),
            FINDER_WORD("sp", sceau_dmarc_policy_name(record->sp)),
            FINDER_WORD("p", sceau_dmarc_policy_name(record->p)));
    if (record->has_p && record->np != SCEAU_DMARC_POLICY_REJECT)
        finder_say(
            f, &np, place_of(l, "np"),
            N_("np=reject would refuse subdomains that do not exist, at no risk"));
    if (record->is_testing && record->p != SCEAU_DMARC_POLICY_NONE)
        finder_say(f, &testing, place_of(l, "t"),
                   N_("t=y: the policy acts one level lower than it says"));
    if (record->psd == SCEAU_DMARC_PSD_Y)
        finder_say(
            f, &psd_tag, place_of(l, "psd"),
            N_("psd=y is for public suffixes: names below are other organizations"));
}

static void
lint_reporting(struct dmarc_lint *l, const struct sceau_dmarc_record *record)
{
    struct finder *f = &l->finder;
    if (record->rua_count == 0)
        finder_say(f, &rua, place_of(l, "rua"),
                   N_("no address gets aggregate reports (rua)"));
    if (record->ruf_count > 0)
        finder_say(
            f, &ruf, place_of(l, "ruf"),
            N_("failure reports (ruf) may hold personal data, and few send them"));
    else if (!slice_eq(record->fo_text, SCEAU_SLICE("0")))
        finder_say(f, &ruf, place_of(l, "fo"), N_("fo means nothing without ruf"));
}

enum sceau_status
check_lint_dmarc(struct sceau_arena *arena, enum language language,
                 struct sceau_slice record, struct check_lint *lint)
{
    struct dmarc_lint l = {.finder = finder_new(arena, language)};
    struct sceau_dmarc_record parsed;
    struct dmarc_tag tag;
    size_t pos = 0;
    if (!dmarc_record_is_dmarc1(record)) {
        l.is_bad = true;
        FINDER_ADD(&l.finder, &syntax, 0, N_("no DMARC record: {reason}"),
                   FINDER_WORD("reason",
                               language_text(language, version_reason(record))));
    } else if (record.len > SCEAU_DMARC_RECORD_MAX) {
        finder_say(&l.finder, &syntax, 0, N_("the record is longer than 16 KiB"));
        return finder_done(&l.finder, false, lint);
    }
    while (dmarc_tag_next(record, &pos, &tag))
        lint_tag(&l, &tag);
    enum sceau_status status = sceau_dmarc_record_parse(arena, record, &parsed, NULL);
    if (status == SCEAU_OK) {
        lint_policies(&l, &parsed);
        lint_reporting(&l, &parsed);
    }
    if (status == SCEAU_E_LIMIT)
        return status;
    return finder_done(&l.finder, status == SCEAU_OK && !l.is_bad, lint);
}
