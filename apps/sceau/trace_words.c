/* The steps of a verdict in the reader's language. libsceau tells them in English, already
 * with their names in them; here a step is held against the sentences that it has, and what
 * stands in their holes goes into the translation. tests/cli/french finds a step that none
 * of them fits. */
#include "trace_words.h"

#include "language/problem.h"

#include <stdio.h>

enum {
    HOLES_MAX = 4,
    HOLE_NAME = 16,
};

/* The first that fits is the one: what ends in a hole stands behind what says more. */
static const char *const sentences[] = {
    /* DNS */
    N_("DNS {question}: {status}, secure, {reason}"),
    N_("DNS {question}: {status}, secure"),
    N_("DNS {question}: {status}, {reason}"),
    N_("and {count} more"),
    /* DKIM, ARC */
    N_("signature {number} of {count}: {tags}"),
    N_("the record gives no key: {reason}"),
    N_("the record means: an RSA key of {bits} bits{more}"),
    N_("the record means: an Ed25519 key of {bits} bits{more}"),
    N_("the body has {count} octets, {form}"),
    N_("l= signs the first {count} of them"),
    N_("body hash: {hash}, as bh= says"),
    N_("body hash: {hash}, but bh= says {said}"),
    N_("signed fields: {fields}"),
    N_("signed as absent: {fields}"),
    N_("the signature verifies"),
    N_("the signature does not verify: a signed field was changed, or another key "
       "signed"),
    N_("not valid: {reason}"),
    N_("no signature: none"),
    /* SPF */
    N_("SPF of HELO {sender} for the client {address}"),
    N_("SPF of MAIL FROM {sender} for the client {address}"),
    N_("SPF of MAIL FROM: none, for it is no address"),
    N_("SPF: the client's address or MAIL FROM is not known: nothing to ask"),
    N_("SPF record of {domain}: {record}"),
    N_("SPF {result}, decided by {term}"),
    N_("in the record at octet {octet}: expected {what}"),
    N_("no mechanism matched: neutral"),
    N_("void lookup {number} of {most}"),
    N_("not asked, as it is no DNS name: {name}"),
    N_("explanation: {text}"),
    N_("{term}: matches, {result}"),
    N_("{term}: does not match, as the local part is not ASCII"),
    N_("{term}: does not match, as the result there is {result}"),
    N_("{term}: does not match"),
    N_("{term}: one lookup term more than {most}"),
    N_("{term}: lookup term {number} of {most}"),
    N_("{term}: the domain explains"),
    N_("{name}: a validated name of the client"),
    N_("{name}: does not point back to the client"),
    N_("What HELO came to is told but does not count for DMARC (RFC 9989 section "
       "4.4.2)"),
    N_("Reverse name of the client (RFC 8601 section 3):"),
    /* DMARC */
    N_("DMARC for the author domain {domain}"),
    N_("DMARC permerror: not exactly one author domain: {reason}"),
    N_("DMARC {result}: {reason}"),
    N_("policy of {domain} (RFC 7489 section 6.6.3, public suffix list)"),
    N_("policy of {domain} (RFC 9989 section 4.10.1, tree walk)"),
    N_("in force is {record}: {place}"),
    N_("read as {record}"),
    N_("tree walk from {domain} ({labels} labels, at most {most} queries)"),
    N_("organizational domain of {domain}: {organization} ({reason})"),
    N_("reports about {domain} at {destination}: {reason}"),
    N_("{place}, asked before: {finding}"),
    N_("SPF passed for {domain}, the author domain itself: aligned"),
    N_("DKIM passed for {domain}, the author domain itself: aligned"),
    N_("SPF for {domain}: {what}"),
    N_("DKIM for {domain}: {what}"),
    N_("none: {reason}"),
    N_("{name} and {other}: aligned ({mode}: {reason})"),
    N_("{name} and {other}: not aligned ({mode}: {reason})"),
    N_("{name} and {other}: alignment is not known ({mode}: {reason})"),
    N_("{name} has its own record; the record asks for {policy}"),
    N_("{name} is below the domain of the record; the record asks for {policy}"),
    N_("{name} does not exist (NXDOMAIN); the record asks for {policy}"),
    N_("the owner asks for {policy} (lowered by t=y)"),
    N_("the owner asks for {policy}"),
    N_("for comparison, by the public suffix list:"),
    N_("the list leads elsewhere; the walk decides"),
};

/* What stands in holes, and what stands alone. */
static const char *const phrases[] = {
    N_(", in testing (t=y)"),
    N_(", no subdomain in i= (t=s)"),
    N_(", in testing (t=y), no subdomain in i= (t=s)"),
    N_("valid"),
    N_("not usable"),
    N_("passed"),
    N_("did not pass: does not count"),
    N_("DNS trouble, it might have passed"),
    N_("no common ancestor"),
    N_("outside the author's organization"),
    N_("one organization"),
    N_("two organizations"),
    N_("the same name"),
    N_("not the same name"),
    N_("the author domain's record"),
    N_("the organizational domain's record"),
    N_("the public suffix domain's record"),
    N_("no record above or here: the domain itself"),
    N_("one label below the record with psd=y"),
    N_("the record with the fewest labels"),
    N_("its record says psd=n"),
    N_("public suffix list"),
    N_("no DMARC record here"),
    N_("a DMARC record"),
    N_("several DMARC records: all are discarded (4.10 step 2)"),
    N_("a tag occurs twice: not a valid record, discarded"),
    N_("the record is longer than 16 KiB: not accepted"),
    N_("no usable answer: what stands here is not known"),
};

/* What a sentence's holes hold in one step. */
struct fit {
    struct language_word words[HOLES_MAX];
    char names[HOLES_MAX][HOLE_NAME];
    size_t count;
};

/* "name" of "{name}rest"; the rest. */
static struct sceau_slice
take_hole(struct sceau_slice sentence, char name[HOLE_NAME])
{
    size_t close = slice_find(sentence, '}');
    snprintf(name, HOLE_NAME, "%.*s", (int)close - 1, sentence.ptr + 1);
    return slice_skip(sentence, close + 1);
}

/* Octets before the first place where `literal` stands; s.len: it does not. */
static size_t
find(struct sceau_slice s, struct sceau_slice literal)
{
    for (size_t i = 0; i + literal.len <= s.len; i++) {
        if (memcmp(s.ptr + i, literal.ptr, literal.len) == 0)
            return i;
    }
    return s.len;
}

/* Is the step this sentence, with something in each hole? */
static bool
fits(struct sceau_slice sentence, struct sceau_slice step, struct fit *fit)
{
    fit->count = 0;
    while (sentence.len > 0) {
        bool has_hole = sentence.ptr[0] == '{';
        char *name = fit->names[fit->count];
        if (has_hole)
            sentence = take_hole(sentence, name);
        struct sceau_slice literal = slice_sub(sentence, 0, slice_find(sentence, '{'));
        size_t at = has_hole && literal.len == 0 ? step.len : find(step, literal);
        if (at + literal.len > step.len || (!has_hole && at != 0))
            return false;
        if (has_hole)
            fit->words[fit->count++] =
                (struct language_word){name, slice_sub(step, 0, at),
                                       true}; /* the trace escaped it */
        step = slice_skip(step, at + literal.len);
        sentence = slice_skip(sentence, literal.len);
    }
    return step.len == 0;
}

/* Words of the standards stay: pass, none, reject. */
static bool
is_standard(const char *name)
{
    return strcmp(name, "result") == 0 || strcmp(name, "policy") == 0 ||
           strcmp(name, "status") == 0;
}

void
trace_retell(struct sceau_slice step, struct problem *told)
{
    struct fit fit;
    char english[1024];
    (void)phrases; /* they stand here to be translated */
    snprintf(english, sizeof english, "%.*s", SLICE_ARG(step));
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        char held[HOLES_MAX][256];
        if (!fits(sceau_slice_from(sentences[i]), sceau_slice_from(english), &fit))
            continue;
        for (size_t k = 0; k < fit.count; k++) {
            struct language_word *word = &fit.words[k];
            if (word->value.len >= sizeof held[k] || is_standard(word->name))
                continue; /* no phrase of ours */
            snprintf(held[k], sizeof held[k], "%.*s", SLICE_ARG(word->value));
            word->value = sceau_slice_from(language_text(told->language, held[k]));
        }
        problem_tell(told, sentences[i], fit.words, fit.count);
        return;
    }
    if (strchr(english, '\\') != NULL) /* it is escaped, and not a second time */
        PROBLEM(told, AS_IS("{step}"), OURS("step", english));
    else
        problem_retell(told, english);
}
