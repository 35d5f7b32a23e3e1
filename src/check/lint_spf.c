/* The lint of an SPF record: its grammar, and what its author most likely did not mean.
 */
#include "core/ip.h"
#include "finder.h"
#include "spf/record.h"

#define SIZE_COMFORTABLE 450 /* octets: the answer still travels with its neighbours */
#define IP4_WIDE         20  /* bits of a network that few own */
#define IP6_WIDE         48
#define LOOKUPS_NEAR     9 /* terms: one include more is too many */

static const struct check syntax = {"spf.syntax", CHECK_PROBLEM};
static const struct check syntax_ignored = {"spf.syntax", CHECK_WARNING};
static const struct check senderid = {"spf.senderid", CHECK_INFO};
static const struct check size_check = {"spf.size", CHECK_INFO};
static const struct check lookups = {"spf.lookups", CHECK_PROBLEM};
static const struct check lookups_near = {"spf.lookups", CHECK_WARNING};
static const struct check all_permissive = {"spf.all_permissive", CHECK_PROBLEM};
static const struct check terminator = {"spf.terminator", CHECK_WARNING};
static const struct check after_all = {"spf.after_all", CHECK_WARNING};
static const struct check ptr = {"spf.ptr", CHECK_WARNING};
static const struct check prefix = {"spf.prefix", CHECK_INFO};

static size_t
offset_of(const struct spf_record *record, const struct spf_term *term)
{
    return (size_t)(term->text.ptr - record->text.ptr);
}

/* Does an address bit stand behind the prefix? */
static bool
has_host_bits(const struct sceau_ip *network, unsigned bits)
{
    size_t octets = network->version == 4 ? 4 : 16;
    for (size_t i = bits / 8; i < octets; i++) {
        unsigned mask = i == bits / 8 ? 0xffU >> (bits % 8) : 0xffU;
        if ((network->octets[i] & mask) != 0)
            return true;
    }
    return false;
}

/* ip4 and ip6. */
static void
lint_network(struct finder *f, const struct spf_term *term, size_t offset)
{
    bool is_v4 = term->kind == SPF_IP4;
    unsigned bits = is_v4 ? term->ip4_prefix : term->ip6_prefix;
    if (bits == 0)
        FINDER_ADD(f, &all_permissive, offset, N_("{term} allows every address"),
                   LANGUAGE_THEIRS("term", term->text));
    else if (has_host_bits(&term->network, bits))
        FINDER_ADD(f, &prefix, offset,
                   N_("{term} has address bits behind its prefix: one host, or the "
                      "network?"),
                   LANGUAGE_THEIRS("term", term->text));
    else if (bits < (is_v4 ? IP4_WIDE : IP6_WIDE))
        FINDER_ADD(f, &prefix, offset,
                   N_("{term} is a wide network: is all of it yours?"),
                   LANGUAGE_THEIRS("term", term->text));
}

/* "ip4=192.0.2.1" is a modifier that nobody knows, so it is ignored: a colon was meant.
 */
static void
lint_unknown_modifier(struct finder *f, const struct spf_term *term, size_t offset)
{
    struct sceau_slice name = slice_sub(term->text, 0, slice_find(term->text, '='));
    for (enum spf_term_kind kind = SPF_ALL; kind <= SPF_EXISTS; kind++) {
        if (slice_eq_ci(name, sceau_slice_from(spf_term_name(kind))))
            FINDER_ADD(
                f, &syntax_ignored, offset,
                N_("{term} is an unknown modifier and is ignored: write {name}:"),
                LANGUAGE_THEIRS("term", term->text), LANGUAGE_THEIRS("name", name));
    }
}

static void
lint_term(struct finder *f, const struct spf_record *record,
          const struct spf_term *term)
{
    size_t offset = offset_of(record, term);
    bool is_behind_all = record->all != NULL && term > record->all;
    enum spf_term_kind kind = term->kind;
    if (is_behind_all && !spf_term_is_modifier(kind))
        FINDER_ADD(f, &after_all, offset,
                   N_("{term} stands behind all: it is never reached"),
                   LANGUAGE_THEIRS("term", term->text));
    switch (kind) {
    case SPF_ALL:
        if (term->qualifier == SCEAU_SPF_PASS)
            FINDER_ADD(f, &all_permissive, offset, N_("{term} lets everyone pass"),
                       LANGUAGE_THEIRS("term", term->text));
        if (term->qualifier == SCEAU_SPF_NEUTRAL && term == record->all)
            finder_say(f, &terminator, offset,
                       N_("?all says nothing: end with -all or ~all"));
        break;
    case SPF_PTR:
        finder_say(f, &ptr, offset,
                   N_("ptr is slow and unreliable (RFC 7208 section 5.5)"));
        break;
    case SPF_IP4:
    case SPF_IP6: lint_network(f, term, offset); break;
    case SPF_REDIRECT:
        if (record->all != NULL)
            finder_say(f, &after_all, offset, N_("redirect is ignored beside all"));
        break;
    case SPF_UNKNOWN_MODIFIER: lint_unknown_modifier(f, term, offset); break;
    case SPF_INCLUDE:
    case SPF_A:
    case SPF_MX:
    case SPF_EXISTS:
    case SPF_EXP: break;
    }
}

/* Section 4.6.4, this record's own terms. Those behind all are never evaluated. */
static void
lint_lookups(struct finder *f, const struct spf_record *record)
{
    unsigned count = 0;
    for (size_t i = 0; i < record->count; i++) {
        const struct spf_term *term = &record->terms[i];
        if (record->all == NULL || term < record->all)
            count += spf_term_costs_lookup(term->kind);
    }
    if (count > SCEAU_SPF_TERMS_MAX)
        FINDER_ADD(f, &lookups, 0,
                   N_("{count} terms ask DNS, and {max} are allowed (RFC 7208 section "
                      "4.6.4)"),
                   LANGUAGE_OURS("count", finder_number(f, count)),
                   LANGUAGE_OURS("max", finder_number(f, SCEAU_SPF_TERMS_MAX)));
    else if (count >= LOOKUPS_NEAR)
        FINDER_ADD(
            f, &lookups_near, 0,
            N_("{count} terms ask DNS, before what they include; {max} are allowed"),
            LANGUAGE_OURS("count", finder_number(f, count)),
            LANGUAGE_OURS("max", finder_number(f, SCEAU_SPF_TERMS_MAX)));
}

static void
lint_record(struct finder *f, const struct spf_record *record)
{
    for (size_t i = 0; i < record->count; i++)
        lint_term(f, record, &record->terms[i]);
    if (record->all == NULL && record->redirect == NULL)
        finder_say(f, &terminator, record->text.len,
                   N_("neither all nor redirect ends the record: others stay neutral"));
    lint_lookups(f, record);
    if (record->text.len >= SIZE_COMFORTABLE)
        FINDER_ADD(f, &size_check, 0,
                   N_("{size} octets: under {comfortable} travels "
                      "safely"),
                   LANGUAGE_OURS("size", finder_number(f, record->text.len)),
                   LANGUAGE_OURS("comfortable", finder_number(f, SIZE_COMFORTABLE)));
}

enum sceau_status
check_lint_spf(struct sceau_arena *arena, enum language language,
               struct sceau_slice record, struct check_lint *lint)
{
    struct finder f = finder_new(arena, language);
    const struct spf_record *parsed;
    struct sceau_diag diag;
    if (slice_starts_ci(record, SCEAU_SLICE("spf2.0/"))) {
        finder_say(&f, &senderid, 0, N_("a Sender ID record: nothing reads it"));
        return finder_done(&f, false, lint);
    }
    if (!spf_record_has_version(record)) {
        finder_say(&f, &syntax, 0,
                   N_("no SPF record: it begins with v=spf1 and a blank"));
        return finder_done(&f, false, lint);
    }
    enum sceau_status status = spf_record_parse(arena, record, &parsed, &diag);
    if (status == SCEAU_E_SYNTAX)
        FINDER_ADD(&f, &syntax, diag.offset, N_("expected {grammar}"),
                   FINDER_WORD("grammar", language_text(language, diag.expected)));
    else if (status == SCEAU_OK)
        lint_record(&f, parsed);
    else
        return status;
    return finder_done(&f, status == SCEAU_OK, lint);
}
