/* RFC 9989 as scenarios. The examples of section 4.10 and appendix B are here. */
#include "check_testing.h"

/* ---- section 4.10: the walk ------------------------------------------------------ */

/* clang-format off */
static const struct scenario walks[] = {
    {ORG, "example.com", "", "", "fail p=reject@example.com -> reject", "~example.com",
     "the author's record needs one question"},
    {ORG, "a.mail.example.com", "", "",
     "fail p=reject@example.com org=example.com -> reject",
     "~a.mail.example.com ~mail.example.com ~example.com ~com",
     "section 4.10.2: from a.mail.example.com to com, the single label included"},
    {BASE, "a.mail.example.com", "example.com", "example.com",
     "none org=a.mail.example.com",
     "~a.mail.example.com ~mail.example.com ~example.com ~com",
     "no record: DMARC MUST NOT be applied, whatever passed"},
    {ORG, "a.b.c.d.e.f.g.h.i.j.mail.example.com", "", "",
     "fail p=reject@example.com org=example.com -> reject",
     "~a.b.c.d.e.f.g.h.i.j.mail.example.com ~g.h.i.j.mail.example.com "
     "~h.i.j.mail.example.com ~i.j.mail.example.com ~j.mail.example.com "
     "~mail.example.com ~example.com ~com",
     "section 4.10, the example of 13 labels: eight questions"},
    {ORG "_dmarc.b.c.d.e.f.g.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n",
     "mail.a.b.c.d.e.f.g.example.com", "", "",
     "fail p=reject@example.com org=example.com -> reject",
     "~mail.a.b.c.d.e.f.g.example.com ~c.d.e.f.g.example.com ~d.e.f.g.example.com "
     "~e.f.g.example.com ~f.g.example.com ~g.example.com ~example.com ~com",
     "section 5.1.8: psd=n at a name that the jump leaves out is never seen"},
    {ORG, "c.d.e.f.g.h.example.com", "", "",
     "fail p=reject@example.com org=example.com -> reject",
     "~c.d.e.f.g.h.example.com ~d.e.f.g.h.example.com ~e.f.g.h.example.com "
     "~f.g.h.example.com ~g.h.example.com ~h.example.com ~example.com ~com",
     "eight labels: the jump goes to the parent"},
    {ORG, "d.e.f.g.h.example.com", "", "",
     "fail p=reject@example.com org=example.com -> reject",
     "~d.e.f.g.h.example.com ~e.f.g.h.example.com ~f.g.h.example.com ~g.h.example.com "
     "~h.example.com ~example.com ~com", "seven labels: seven questions"},
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.mail.example.com. TXT \"v=DMARC1; p=quarantine\"\n", "mail.example.com",
     "", "", "fail p=reject@example.com org=example.com -> reject",
     "~mail.example.com ~example.com ~com",
     "several records at a name are discarded and the walk goes on"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.example.com. TXT \"v=DMARC1; p=reject; p=none\"\n", "example.com", "", "",
     "none org=example.com", "~example.com ~com",
     "a malformed record beside a good one makes several"},
    {ORG "_dmarc.mail.example.com. TXT \"v=spf1 -all\"\n"
     "_dmarc.mail.example.com. TXT \"v=dmarc1; p=none\"\n"
     "_dmarc.mail.example.com. TXT \"DMARC1\"\n", "mail.example.com", "", "",
     "fail p=reject@example.com org=example.com -> reject", NULL,
     "what a wildcard answers is discarded"},
    {BASE "_dmarc.example.com. TXT \"v=spf1 -all\"\n"
     "_dmarc.example.com. TXT \"v=DMARC1; p=quarantine\"\n", "example.com", "", "",
     "fail p=quarantine@example.com -> quarantine", NULL,
     "other TXT records beside the one do not count"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=rej\" \"ect; adkim=s\"\n",
     "example.com", "", "mail.example.com", "fail p=reject@example.com -> reject", NULL,
     "section 4.5: strings are joined with nothing between"},
    {BASE "_dmarc.example.com. CNAME policy.example.net.\n"
     "policy.example.net. TXT \"v=DMARC1; p=reject\"\n", "example.com", "", "",
     "fail p=reject@example.com -> reject", NULL,
     "a record behind an alias is the name's own"},
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n",
     "a.mail.example.com", "", "",
     "fail p=none@mail.example.com org=mail.example.com -> none",
     "~a.mail.example.com ~mail.example.com", "psd=n ends the walk"},
    {BASE, "com", "", "", "none org=com", "~com", "an author at a single label"},
    {"_dmarc.com. TXT \"v=DMARC1; p=reject; psd=y\"\n", "com", "", "",
     "fail p=reject@com org=com -> reject", "~com", "a public suffix as author"},
};
/* clang-format on */

/* ---- section 4.10.1: which record, which tag ------------------------------------- */

/* clang-format off */
static const struct scenario policies[] = {
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none; sp=none\"\n",
     "a.mail.example.com", "", "",
     "fail p=reject@example.com org=example.com -> reject", NULL,
     "a record between author and organization is ignored, its sp too"},
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none\"\n", "mail.example.com", "",
     "", "fail p=none@mail.example.com -> none", "~mail.example.com",
     "the author's own record comes first"},
    {BASE "_dmarc.com. TXT \"v=DMARC1; p=reject; psd=y; sp=quarantine\"\n",
     "example.com", "", "", "fail sp=quarantine@com org=example.com -> quarantine",
     NULL, "the public suffix's record when neither author nor organization has one"},
    {ORG "_dmarc.com. TXT \"v=DMARC1; p=none; psd=y; sp=none\"\n", "mail.example.com",
     "", "", "fail p=reject@example.com org=example.com -> reject", NULL,
     "the organization's record hides the public suffix's"},
    {BASE "_dmarc.a.mail.example.com. TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.com. TXT \"v=DMARC1; p=reject; psd=y\"\n", "mail.example.com", "", "",
     "fail p=reject@com org=example.com -> reject", NULL,
     "a record below the author says nothing"},
    {BASE "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.com. TXT \"v=DMARC1; p=reject; psd=y\"\n", "a.mail.example.com", "", "",
     "fail p=reject@com org=example.com -> reject", NULL,
     "one between author and an organization without record is ignored as well"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=quarantine; sp=reject; psd=y\"\n"
     "_dmarc.com. TXT \"v=DMARC1; p=none\"\n", "example.com", "", "",
     "fail p=quarantine@example.com org=example.com -> quarantine", "~example.com",
     "psd=y at the author itself: its p, and its own organization"},
    {BASE "_dmarc.com. TXT \"v=DMARC1; p=reject\"\n", "mail.example.com", "", "",
     "fail p=reject@com org=com -> reject", NULL,
     "a top-level record without psd is the organization's: fewest labels"},
    /* sp and np */
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=reject; sp=none; np=quarantine\"\n",
     "mail.example.com", "", "", "fail sp=none@example.com org=example.com -> none",
     "~mail.example.com ~example.com ~com mail.example.com/A", "sp for what exists"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=reject; sp=none; np=quarantine\"\n",
     "ghost.example.com", "", "",
     "fail np=quarantine@example.com org=example.com ghost -> quarantine",
     "~ghost.example.com ~example.com ~com ghost.example.com/A",
     "np for what does not"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; np=reject\"\n",
     "ghost.example.com", "", "",
     "fail np=reject@example.com org=example.com ghost -> reject", NULL,
     "np without sp"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; np=reject\"\n",
     "mail.example.com", "", "", "fail p=none@example.com org=example.com -> none",
     NULL, "np does not apply to what exists, and there is no sp: p"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=reject\"\n",
     "ghost.example.com", "", "",
     "fail sp=reject@example.com org=example.com -> reject",
     "~ghost.example.com ~example.com ~com",
     "np absent: sp, and nobody asks whether the author exists"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=none; np=reject\"\n"
     "nodata.example.com. TXT \"x\"\n", "nodata.example.com", "", "",
     "fail sp=none@example.com org=example.com -> none", NULL,
     "NODATA is not NXDOMAIN: the name exists"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=none; np=reject\"\n"
     "x.empty.example.com. TXT \"x\"\n", "empty.example.com", "", "",
     "fail sp=none@example.com org=example.com -> none", NULL,
     "an empty non-terminal exists (RFC 8020)"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=quarantine; sp=none; np=reject\"\n",
     "example.com", "", "", "fail p=quarantine@example.com -> quarantine",
     "~example.com", "sp and np are not for the domain itself"},
    {BASE "_dmarc.com. TXT \"v=DMARC1; p=none; sp=none; np=reject; psd=y\"\n",
     "nosuch.com", "", "", "fail np=reject@com org=nosuch.com ghost -> reject", NULL,
     "np of a public suffix"},
    /* section 4.10.1: no usable p */
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; rua=mailto:r@example.com; sp=reject\"\n",
     "mail.example.com", "", "", "fail p=none@example.com org=example.com -> none",
     NULL, "p missing, rua valid: p=none, and sp is void"},
    {BASE
     "_dmarc.example.com. TXT \"v=DMARC1; p=reject; sp=x; rua=mailto:r@example.com\"\n",
     "example.com", "", "", "fail p=none@example.com -> none", NULL,
     "sp invalid, rua valid: p=none even for the domain itself"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; rua=mailto:r@example.com\"\n",
     "example.com", "example.com", "", "pass p=none@example.com spf -> none", NULL,
     "such a record can be passed"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=bogus\"\n", "example.com",
     "example.com", "", "permerror", "~example.com",
     "no valid p, no rua: no DMARC, nobody passes"},
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1\"\n", "mail.example.com", "", "",
     "permerror", "~mail.example.com",
     "such a record at the author ends discovery: none further up takes its place"},
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none; p=none\"\n",
     "mail.example.com", "", "", "fail p=reject@example.com org=example.com -> reject",
     NULL, "a tag twice: not a valid record, the walk goes on"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; p=none\"\n", "example.com",
     "example.com", "", "permerror org=example.com", NULL,
     "and if nothing else is found, that is permerror"},
    /* section 4.7: t */
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=reject; t=y\"\n", "example.com", "",
     "", "fail p=reject@example.com -> quarantine", NULL,
     "t=y: reject acts as quarantine"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=quarantine; t=y\"\n",
     "mail.example.com", "", "",
     "fail sp=quarantine@example.com org=example.com -> none", NULL,
     "t=y: quarantine acts as none, for sp too"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; t=y\"\n", "example.com", "", "",
     "fail p=none@example.com -> none", NULL, "t=y has no effect on none"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=reject; pct=0\"\n", "example.com", "",
     "", "fail p=reject@example.com -> reject", NULL, "pct is no longer"},
};
/* clang-format on */

/* ---- sections 4.4 and 4.10.2: alignment ------------------------------------------ */

#define B41 ORG "_dmarc.signing.example.com. TXT \"v=DMARC1; p=none\"\n"
#define B43                                               \
 "_dmarc.bank.example. TXT \"v=DMARC1; p=none; psd=y\"\n" \
 "_dmarc.giant.bank.example. TXT \"v=DMARC1; p=reject\"\n"
#define STRICT BASE "_dmarc.example.com. TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n"

/* clang-format off */
static const struct scenario alignments[] = {
    {ORG, "example.com", "example.com", "", "pass p=reject@example.com spf -> none",
     "~example.com", "B.1.1 example 1: identical, one question"},
    {ORG, "example.com", "child.example.com", "",
     "pass p=reject@example.com org=example.com spf -> none",
     "~example.com ~com ~child.example.com", "B.1.1 example 2: relaxed"},
    {ORG, "child.example.com", "example.net", "",
     "fail p=reject@example.com org=example.com -> reject",
     "~child.example.com ~example.com ~com",
     "B.1.1 example 3: another domain; no walk from it"},
    {ORG, "example.com", "", "example.com", "pass p=reject@example.com dkim -> none",
     NULL, "B.1.2 example 1"},
    {ORG, "child.example.com", "", "example.com",
     "pass p=reject@example.com org=example.com dkim -> none", NULL, "B.1.2 example 2"},
    {ORG, "child.example.com", "", "example.net",
     "fail p=reject@example.com org=example.com -> reject", NULL, "B.1.2 example 3"},
    {ORG, "news.example.com", "foo.example.com", "",
     "pass p=reject@example.com org=example.com spf -> none", NULL,
     "section 4.4 table 1: two children of one organization"},
    {ORG, "news.example.com", "foo.example.net", "",
     "fail p=reject@example.com org=example.com -> reject", NULL,
     "section 4.4 table 1: no common organization"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=reject; aspf=r; "
     "rua=mailto:dmarc-feedback@example.com\"\n", "example.com", "mail.example.com",
     "example.com", "pass p=reject@example.com org=example.com spf dkim -> none", NULL,
     "B.3.1"},
    {B41, "example.com", "example.com", "signing.example.com",
     "pass p=reject@example.com org=example.com spf dkim -> none",
     "~example.com ~com ~signing.example.com", "B.4.1"},
    {B41, "a.b.c.d.e.f.g.h.i.j.k.example.com", "example.com", "signing.example.com",
     "pass p=reject@example.com org=example.com spf dkim -> none",
     "~a.b.c.d.e.f.g.h.i.j.k.example.com ~g.h.i.j.k.example.com ~h.i.j.k.example.com "
     "~i.j.k.example.com ~j.k.example.com ~k.example.com ~example.com ~com "
     "~signing.example.com", "B.4.2: every name once"},
    {B43, "giant.bank.example", "mail.giant.bank.example", "mail.mega.bank.example",
     "pass p=reject@giant.bank.example org=giant.bank.example spf -> none",
     "~giant.bank.example ~bank.example ~mail.giant.bank.example", "B.4.3"},
    {B43, "giant.bank.example", "", "mail.mega.bank.example",
     "fail p=reject@giant.bank.example org=giant.bank.example -> reject", NULL,
     "B.4.3: siblings under a public suffix are strangers"},
    {B43, "mega.bank.example", "mail.giant.bank.example", "",
     "fail p=none@bank.example org=mega.bank.example -> none", NULL,
     "the same from the one without a record"},
    {STRICT, "example.com", "mail.example.com", "mail.example.com",
     "fail p=reject@example.com -> reject", "~example.com",
     "strict: a string comparison, no walk"},
    {STRICT, "example.com", "", "EXAMPLE.com", "pass p=reject@example.com dkim -> none",
     NULL, "strict: letter case does not count (RFC 4343)"},
    {STRICT, "mail.example.com", "example.com", "mail.example.com",
     "pass p=reject@example.com org=example.com dkim -> none", NULL,
     "adkim and aspf come with the record that applies"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=reject; adkim=s\"\n", "example.com",
     "mail.example.com", "mail.example.com",
     "pass p=reject@example.com org=example.com spf -> none", NULL,
     "adkim is not aspf"},
    {ORG, "example.com", "!example.com", "!example.com",
     "fail p=reject@example.com -> reject", "~example.com",
     "what did not pass is not aligned"},
    {ORG, "example.com", "",
     "example.net !example.com evilexample.com mail.example.com",
     "pass p=reject@example.com org=example.com dkim[3] -> none", NULL,
     "any aligned signature is enough"},
    {ORG, "example.com", "evilexample.com", "",
     "fail p=reject@example.com org=example.com -> reject", "~example.com ~com",
     "a name that ends alike without a dot"},
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n", "example.com",
     "", "mail.example.com", "fail p=reject@example.com org=example.com -> reject",
     NULL, "a department with psd=n is an organization of its own"},
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n",
     "a.mail.example.com", "", "b.mail.example.com",
     "pass p=none@mail.example.com org=mail.example.com dkim -> none", NULL,
     "inside the department"},
    {BASE "_dmarc.mail.example.com. TXT \"v=DMARC1; p=reject\"\n", "mail.example.com",
     "", "example.com", "fail p=reject@mail.example.com org=mail.example.com -> reject",
     NULL, "an ancestor without record is another organization"},
    {"_dmarc.example. TXT \"v=DMARC1; p=reject; psd=y\"\n", "example", "", "a.example",
     "fail p=reject@example org=example -> reject", NULL,
     "psd=y at the author: names below are organizations of their own"},
    {ORG, "example.com", "example.net", "example.org",
     "fail p=reject@example.com -> reject", "~example.com",
     "names under different top levels share no organization: no walk at all"},
    {B43, "giant.bank.example", "", "bank.example",
     "fail p=reject@giant.bank.example org=giant.bank.example -> reject", NULL,
     "a signature of the public suffix itself"},
    {ORG, "example.com", "", "com",
     "fail p=reject@example.com org=example.com -> reject", NULL,
     "a signature of the top-level domain"},
};
/* clang-format on */

/* ---- section 5.3.6: DNS trouble -------------------------------------------------- */

/* clang-format off */
static const struct scenario troubles[] = {
    {"$FAIL _dmarc.example.com. TXT SERVFAIL\n", "example.com", "example.com",
     "example.com", "temperror", "~example.com",
     "without the record nobody passes and nobody fails"},
    {"$FAIL _dmarc.example.com. TXT TIMEOUT\n", "example.com", "", "", "temperror",
     NULL, "time-out"},
    {"$FAIL _dmarc.example.com. TXT REFUSED\n", "example.com", "", "", "temperror",
     NULL, "refused"},
    {"$FAIL _dmarc.example.com. TXT BOGUS\n", "example.com", "", "", "temperror", NULL,
     "bogus"},
    {"$FAIL _dmarc.example.com. TXT NXDOMAIN\n"
     "_dmarc.com. TXT \"v=DMARC1; p=reject; psd=y\"\n", "example.com", "", "",
     "fail p=reject@com org=example.com -> reject", NULL,
     "NXDOMAIN of a _dmarc name is an answer, and does not end the walk"},
    {ORG "$FAIL _dmarc.mail.example.com. TXT SERVFAIL\n", "a.mail.example.com", "", "",
     "temperror", "~a.mail.example.com ~mail.example.com",
     "what stands between might have been psd=n"},
    {ORG "$FAIL _dmarc.com. TXT SERVFAIL\n", "mail.example.com", "", "", "temperror",
     NULL, "and what stands above might have fewer labels"},
    {ORG "$FAIL _dmarc.com. TXT SERVFAIL\n", "example.com", "", "",
     "fail p=reject@example.com -> reject", "~example.com",
     "a query that nobody needs cannot fail"},
    {ORG "$FAIL _dmarc.com. TXT SERVFAIL\n", "example.com", "mail.example.com",
     "example.com", "pass p=reject@example.com dkim -> none", "~example.com ~com",
     "an aligned pass stands"},
    {ORG "$FAIL _dmarc.com. TXT SERVFAIL\n", "example.com", "mail.example.com", "",
     "temperror p=reject@example.com -> none", NULL,
     "alignment that cannot be told is neither pass nor fail"},
    {ORG "$FAIL _dmarc.x.example.com. TXT SERVFAIL\n", "example.com", "x.example.com",
     "y.example.com", "pass p=reject@example.com org=example.com dkim -> none", NULL,
     "one identifier open, another aligned: pass"},
    {ORG "$FAIL _dmarc.evil.test. TXT SERVFAIL\n", "example.com", "",
     "evil.test ?evil.test evil.com ?evil.com",
     "fail p=reject@example.com org=example.com -> reject", "~example.com ~com",
     "a stranger's slow DNS does not turn fail into temperror"},
    {ORG, "example.com", "?example.com", "", "temperror p=reject@example.com -> none",
     NULL, "SPF of the author's own domain had trouble: it might have passed"},
    {ORG, "example.com", "?example.com", "example.com",
     "pass p=reject@example.com dkim -> none", NULL, "but DKIM passed"},
    {STRICT, "example.com", "?mail.example.com", "",
     "fail p=reject@example.com -> reject", NULL,
     "trouble of an identifier that strict alignment rules out"},
    {ORG, "example.com", "", "?mail.example.com",
     "temperror p=reject@example.com org=example.com -> none", NULL,
     "a key that could not be asked for, aligned by the walk"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=none; np=reject\"\n"
     "$FAIL slow.example.com. A SERVFAIL\n", "slow.example.com", "", "",
     "temperror sp=none@example.com org=example.com -> none", NULL,
     "whether np applies is not known"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=none; np=reject\"\n"
     "$FAIL slow.example.com. A SERVFAIL\n", "slow.example.com", "example.com", "",
     "pass sp=none@example.com org=example.com spf -> none", NULL,
     "nobody needs to know when the message passes"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=reject; np=reject\"\n"
     "$FAIL slow.example.com. A SERVFAIL\n", "slow.example.com", "", "",
     "fail sp=reject@example.com org=example.com -> reject", NULL,
     "nor when np and sp say the same"},
};
/* clang-format on */

static void
walks_the_tree(void **state)
{
    (void)state;
    run_all(walks, sizeof walks / sizeof *walks);
}

static void
selects_the_policy(void **state)
{
    (void)state;
    run_all(policies, sizeof policies / sizeof *policies);
}

static void
aligns(void **state)
{
    (void)state;
    run_all(alignments, sizeof alignments / sizeof *alignments);
}

static void
keeps_trouble_apart(void **state)
{
    (void)state;
    run_all(troubles, sizeof troubles / sizeof *troubles);
}

/* ---- the explanation ------------------------------------------------------------- */

/* What was told, a line each, two blanks for each step in. */
struct listener {
    struct sceau_trace trace;
    char text[8000];
};

static void
listen_to(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct listener *listener = (struct listener *)self;
    add(listener->text, sizeof listener->text, "%*s%.*s\n", (int)depth * 2, "",
        SLICE_ARG(text));
}

/* clang-format off */
static const struct {
    const char *line;
    const char *why;
} told[] = {
    {"  policy of ghost.mail.example.com (RFC 9989 section 4.10.1, tree walk)\n",
     "where"},
    {"    tree walk from ghost.mail.example.com (4 labels, at most 8 queries)\n",
     "the walk"},
    {"      DNS TXT _dmarc.mail.example.com: NOERROR\n" "        \"v=spf1 -all\"\n"
     "      no DMARC record here\n", "each question, and what its answer is worth"},
    {"      read as v=DMARC1 p=reject sp=quarantine np=reject adkim=r aspf=r psd=u t=y "
     "fo=0\n", "what a receiver makes of a record"},
    {"organizational domain of ghost.mail.example.com: example.com (one label below the "
     "record with psd=y)\n", "the organization, and why"},
    {"in force is the organizational domain's record: _dmarc.example.com\n",
     "whose record"},
    {"      _dmarc.com, asked before: a DMARC record\n", "no question is put twice"},
    {"    b.example.com and ghost.mail.example.com: aligned (relaxed: one organization)\n",
     "alignment"},
    {"    esp.example.net and ghost.mail.example.com: not aligned (relaxed: no common "
     "ancestor)\n", "and the lack of it"},
    {"  ghost.mail.example.com does not exist (NXDOMAIN); the record asks for np=reject\n",
     "which tag, and why"},
    {"  DMARC fail: what passed is not aligned with the author domain\n",
     "the verdict"},
    {"  the owner asks for quarantine (lowered by t=y)\n", "t="},
};
/* clang-format on */

static void
explains(void **state)
{
    (void)state;
    static const char zone[] =
        "_dmarc.example.com. TXT \"v=DMARC1; p=reject; sp=quarantine; np=reject; t=y\"\n"
        "_dmarc.mail.example.com. TXT \"v=spf1 -all\"\n"
        "_dmarc.com. TXT \"v=DMARC1; p=none; psd=y\"\n";
    struct sceau_dmarc_identifier identifiers[] = {
        {.domain = SCEAU_SLICE("b.example.com"),   .is_temperror = true},
        {.domain = SCEAU_SLICE("esp.example.net"), .is_pass = true     },
    };
    struct sceau_dmarc_query query = {.author = SCEAU_SLICE("ghost.mail.example.com")};
    struct listener listener = {.trace = {.line = listen_to}};
    struct sceau_dmarc_outcome outcome;
    struct dmarc_world world;
    dmarc_world_init(&world, zone);
    world.context.trace = &listener.trace;
    query.spf = identifiers;
    query.spf_count = 1;
    sceau_dmarc_check(&world.context, &query, &outcome);
    query.spf = identifiers + 1;
    sceau_dmarc_check(&world.context, &query, &outcome);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        UNIT_CASE(told[i].why);
        if (strstr(listener.text, told[i].line) == NULL)
            fail_msg("not told: %s\n%s", told[i].line, listener.text);
    }
    assert_int_equal(world.context.trace_depth, 0);
    dmarc_world_clear(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_the_tree), cmocka_unit_test(selects_the_policy),
        cmocka_unit_test(aligns),         cmocka_unit_test(keeps_trouble_apart),
        cmocka_unit_test(explains),
    };
    return cmocka_run_group_tests_name("dmarc/check", tests, NULL, NULL);
}
