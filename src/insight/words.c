/* Sentences. The English ones stand in tables, a hole for each number; a text of others
 * only ever goes into a hole, and is escaped there. */
#include "words.h"

#include "core/date.h"
#include "core/text.h"
#include "filter.h"
#include "report/report.h"
#include "report/words.h"

#define SECONDS_A_DAY 86400

/* ---- numbers ---- */

struct sceau_slice
words_number(struct sceau_arena *arena, enum language language, uint64_t number)
{
    char digits[24];
    struct text plain = text_in(digits, sizeof digits), t = text_new(arena, SIZE_MAX);
    text_decimal(&plain, number);
    struct sceau_slice all = text_so_far(&plain);
    for (size_t i = 0; i < all.len; i++) {
        if (i > 0 && (all.len - i) % 3 == 0)
            text_string(&t, language == LANGUAGE_FR ? "\u202f" : ",");
        text_octet(&t, all.ptr[i]);
    }
    return text_done(&t);
}

struct sceau_slice
words_share(struct sceau_arena *arena, enum language language, int thousandths)
{
    struct text t = text_new(arena, SIZE_MAX);
    if (thousandths < 0)
        return SCEAU_SLICE("-");
    text_format(&t, "%d%c%d%s%%", thousandths / 10, language == LANGUAGE_FR ? ',' : '.',
                thousandths % 10, language == LANGUAGE_FR ? "\u202f" : "");
    return text_done(&t);
}

struct sceau_slice
words_day(struct sceau_arena *arena, int day)
{
    struct text t = text_new(arena, SIZE_MAX);
    date_format(&t, (int64_t)day * SECONDS_A_DAY);
    return text_done(&t);
}

static struct language_word
number_word(struct sceau_arena *arena, enum language language, const char *hole,
            uint64_t number)
{
    return (struct language_word)LANGUAGE_OURS(hole,
                                               words_number(arena, language, number));
}

/* ---- why this class ---- */

enum number_kind {
    COUNT,
    SHARE,
};

static const struct rule_words {
    const char *text; /* with {first} and {second} */
    enum number_kind first, second;
} rules[ANALYSIS_RULES] = {
    [ANALYSIS_RULE_MARK] = {N_("somebody marked it so"),                                                COUNT, COUNT},
    [ANALYSIS_RULE_CONFIGURED] = {N_("its address stands in the configuration"),                              COUNT,
                            COUNT                                                                                   },
    [ANALYSIS_RULE_RECORD] =
        {N_("its address stands in the domain's SPF or MX records"),                 COUNT, COUNT},
    [ANALYSIS_RULE_COMPLIANT] =
        {N_("{first} of {second} messages are aligned: 98% is well"),                SHARE, COUNT},
    [ANALYSIS_RULE_DKIM_SURVIVES] = {N_("the domain's signature passes on {first} of "
                                        "its mail, SPF on {second}: mail passed on "
                                        "unchanged"),
                            SHARE,                                                                             SHARE},
    [ANALYSIS_RULE_OVERRIDES] = {N_("reporters call {first} of {second} messages "
                                    "forwarded or sent by a list"),
                            COUNT,                                                                             COUNT},
    [ANALYSIS_RULE_BROKEN_ON_WAY] =
        {N_("{first} of {second} messages carry the domain's "
            "signature, broken, and SPF does not pass: mail "
            "changed on its way"),
                            COUNT,                                                                             COUNT},
    [ANALYSIS_RULE_SERVICE] =
        {N_("a known service; {first} of {second} messages authenticate as "
            "somebody else"),
                            COUNT,                                                                             COUNT},
    [ANALYSIS_RULE_STEADY_SIGNER] =
        {N_("it signs as itself, validly, on {second} days ({first} messages): a "
            "service rather than a forger. Mark it if you do not know it"),
                            COUNT,                                                                             COUNT},
    [ANALYSIS_RULE_STRICT] =
        {N_("{first} of {second} messages would be aligned in relaxed mode"),        COUNT,
                            COUNT                                                                                   },
    [ANALYSIS_RULE_SWINGS] =
        {N_("it passes on {first} {first|day|days} and fails on {second}"),          COUNT,
                            COUNT                                                                                   },
    [ANALYSIS_RULE_NEVER_ALIGNED] =
        {N_("none of {first} messages in {second} reports is aligned, and none "
            "bears anything of yours"),
                            COUNT,                                                                             COUNT},
    [ANALYSIS_RULE_TOO_LITTLE] =
        {N_("{first} {first|message tells|messages tell} too little"),               COUNT, COUNT},
};

static struct sceau_slice
rule_number(struct sceau_arena *arena, enum language language, enum number_kind kind,
            uint64_t number)
{
    return kind == SHARE ? words_share(arena, language, (int)number)
                         : words_number(arena, language, number);
}

struct sceau_slice
words_class(struct sceau_arena *arena, enum language language,
            const struct analysis_source *s)
{
    const struct rule_words *r = &rules[s->rule];
    return language_sentence(
        arena, language, r->text,
        (struct language_word[]){
            LANGUAGE_OURS("first",
                          rule_number(arena, language, r->first, s->rule_numbers[0])),
            LANGUAGE_OURS("second",
                          rule_number(arena, language, r->second, s->rule_numbers[1]))},
        2);
}

/* ---- readiness ---- */

static const struct line_words {
    const char *asks, *found, *nothing;
} lines[ANALYSIS_LINES] = {
    [ANALYSIS_LINE_REPORTS] =
        {N_("reports on at least 21 of the last 28 days, from at least 3 reporters"),
                                 N_("days with reports: {first}, reporters: {second}"),
                                 N_("no report came in 28 days")                                                  },
    [ANALYSIS_LINE_TO_FIX] =
        {N_("sources to fix send next to nothing: under 0.1%, or under 10 messages in "
            "14 days"),
                                 N_("{first} of {second} messages in 14 days"),         N_("no mail was reported")},
    [ANALYSIS_LINE_NEW] = {N_("no new source of yours, or to fix, in 14 days"),
                                 N_("new: {first}"),
                                 N_("reports do not go back far enough to tell what is new")                      },
    [ANALYSIS_LINE_DKIM] =
        {N_("every source of yours signs with an aligned signature (SPF alone breaks when "
            "mail is forwarded)"),
                                 N_("sources that do not: {first} of {second}"),
                                 N_("no source is known to be yours: describe your hosts, or mark them")          },
    [ANALYSIS_LINE_CHECK] = {N_("the checks of DMARC, SPF and DKIM find no problem"),
                                 N_("problems: {first}, warnings: {second}"),
                                 N_("not checked yet")                                                            },
    [ANALYSIS_LINE_WHAT_IF] = {N_("no mail of yours would have been lost in 28 days"),
                                 N_("{first} of {second} messages would have been"),
                                 N_("no mail was reported")                                                       },
};

struct sceau_slice
words_line(enum language language, enum analysis_line line)
{
    return sceau_slice_from(language_text(language, lines[line].asks));
}

struct sceau_slice
words_line_found(struct sceau_arena *arena, enum language language,
                 enum analysis_line line, const struct analysis_readiness *readiness)
{
    const struct analysis_readiness_line *l = &readiness->lines[line];
    if (l->answer == ANALYSIS_NO_DATA)
        return sceau_slice_from(language_text(language, lines[line].nothing));
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, language_sentence(
                       arena, language, lines[line].found,
                       (struct language_word[]){
                           number_word(arena, language, "first", l->numbers[0]),
                           number_word(arena, language, "second", l->numbers[1])},
                       2));
    if (l->answer == ANALYSIS_NOT_MET && l->example.len > 0) {
        text_string(&t, " (");
        text_escaped(&t, l->example);
        text_octet(&t, ')');
    }
    return text_done(&t);
}

struct sceau_slice
words_readiness(struct sceau_arena *arena, enum language language,
                const struct analysis_readiness *r)
{
    const char *next = word_name(WORDS_POLICY, r->next), *english;
    if (r->next == REPORT_DISPOSITION_UNKNOWN)
        english = N_("The policy in force is not known: no report came.");
    else if (r->next == REPORT_DISPOSITION_NONE)
        english = N_("The policy is reject: there is no further step.");
    else if (r->is_ready)
        english = N_("Ready for p={next}.");
    else if (!r->is_known && r->lines[ANALYSIS_LINE_WHAT_IF].answer != ANALYSIS_NOT_MET)
        english = N_("It cannot be told yet whether p={next} is safe.");
    else
        english = N_("Not ready for p={next}.");
    return language_sentence(arena, language, english,
                             (struct language_word[]){
                                 LANGUAGE_OURS("next", sceau_slice_from(next))},
                             1);
}

struct sceau_slice
words_what_if(struct sceau_arena *arena, enum language language,
              const struct analysis_readiness *r)
{
    const struct analysis_what_if *w = &r->what_if;
    return language_sentence(
        arena, language,
        r->policy == REPORT_DISPOSITION_REJECT
            ? N_("With p=reject in force, {lost} of {messages} messages of these 28 days were "
                 "to be refused: {foreign} not yours, {passed} through forwarders that break "
                 "DKIM, {own} yours, {unknown} of sources too small to tell.")
            : N_("With p=reject in these 28 days, {lost} of {messages} messages would have "
                 "been lost: {foreign} not yours, {passed} through forwarders that break "
                 "DKIM, {own} yours, {unknown} of sources too small to tell."),
        (struct language_word[]){number_word(arena, language, "lost",
                                             w->not_yours + w->forwarders + w->yours +
                                                 w->unknown),
                                 number_word(arena, language, "messages", w->messages),
                                 number_word(arena, language, "foreign", w->not_yours),
                                 number_word(arena, language, "passed", w->forwarders),
                                 number_word(arena, language, "own", w->yours),
                                 number_word(arena, language, "unknown", w->unknown)},
        6);
}

/* ---- remedies ---- */

static const char *const remedies[ANALYSIS_CAUSES] = {
    [ANALYSIS_CAUSE_NONE] = N_("Nothing is to be done."),
    [ANALYSIS_CAUSE_UNSIGNED] = N_(
        "Have this host sign with DKIM for the domain, or send through one that does; "
        "see sceau setup."),
    [ANALYSIS_CAUSE_BROKEN] = N_(
        "Its signature does not verify: compare the key in DNS with the one that signs "
        "(sceau key show), and look for a filter that changes mail behind the signer."),
    [ANALYSIS_CAUSE_OTHER_SIGNER] = N_(
        "Have the service sign with your domain (it names the DKIM records to publish), "
        "or let it write from a domain of its own."),
    [ANALYSIS_CAUSE_OTHER_SPF] = N_(
        "Have it sign with DKIM for your domain, or use an envelope sender below your "
        "domain."),
    [ANALYSIS_CAUSE_STRICT] =
        N_("Sign its mail with DKIM as exactly the domain in From, or take aspf=s and "
           "adkim=s out of the DMARC record."),
    [ANALYSIS_CAUSE_DNS] = N_(
        "Receivers could not read your records: see sceau check, and whether your name "
        "servers answer everybody."),
    [ANALYSIS_CAUSE_NOTHING] = N_(
        "Have this host sign with DKIM for the domain, or send through one that does; "
        "see sceau setup."),
};

/* Of mail that somebody passed on: what is in who sent it, and what is not. */
static const char *
remedy_of_passed_on(enum analysis_cause cause)
{
    switch (cause) {
    case ANALYSIS_CAUSE_BROKEN:
    case ANALYSIS_CAUSE_OTHER_SIGNER:
        return N_(
            "Nothing is to be done at your end: who passes the mail on changes it. A "
            "mailing list can be asked to write itself into From.");
    case ANALYSIS_CAUSE_UNSIGNED:
    case ANALYSIS_CAUSE_OTHER_SPF:
    case ANALYSIS_CAUSE_NOTHING:
        return N_(
            "SPF ends where mail is passed on: have all of your mail signed with DKIM, "
            "which outlives it.");
    case ANALYSIS_CAUSE_NONE:
    case ANALYSIS_CAUSE_STRICT:
    case ANALYSIS_CAUSE_DNS: break;
    }
    return remedies[cause];
}

const char *
words_remedy(enum language language, enum analysis_cause cause,
             enum analysis_class class)
{
    return language_text(language, class == ANALYSIS_FORWARDER
                                       ? remedy_of_passed_on(cause)
                                       : remedies[cause]);
}

/* ---- findings ---- */

#define RENEW                                                                        \
 N_("Renew it, and have the mail server load it: what asks for TLS will deliver no " \
    "more otherwise.")

/* Where the evidence is: a page of the domain. */
static const struct finding_words {
    const char *what;
    const char *remedy; /* NULL: that of the cause */
    const char *page;   /* below /d/DOMAIN; beginning with '/': of all */
    const char *query;
} findings[ANALYSIS_FINDING_RULES] = {
    [ANALYSIS_FINDING_OURS_FAILS] =
        {N_("{author}: {fails} of {messages} messages from {source}, which is yours, failed "
            "since {since}: {cause}."),
                                       NULL,                                                                                       "sources",  NULL             },
    [ANALYSIS_FINDING_STARTS] =
        {N_("{author}: {source} starts to fail: {fails} of {messages} messages since {since}, "
            "{usual} is usual: {cause}."),
                                       NULL,                                                                                       "sources",  NULL             },
    [ANALYSIS_FINDING_TO_FIX] =
        {N_("{author}: {source} sent {fails} messages that are not aligned in 14 days: "
            "{cause}."),
                                       NULL,                                                                                       "sources",  NULL             },
    [ANALYSIS_FINDING_NEW] =
        {N_("{author}: a new source, {source}, sends since {since}: {messages} messages, "
            "{share} aligned."),
                                       N_("If you know it, nothing is to be done; if not, find out who sends there: its "
            "mail passes as yours."),
                                       "sources",                                                                                              "new=1"          },
    [ANALYSIS_FINDING_COMPLIANCE] =
        {N_("{author}: {share} of the mail of your own sources is aligned in the last 7 "
            "days; it should be 98% at least."),
                                       N_("Look at the failures by cause, and mend the largest first."),                           "failures",
                                       "class=ours"                                                                                                             },
    [ANALYSIS_FINDING_NO_REPORTS] =
        {N_("{author}: no report has come since {since}."),
                                       N_("See whether the address in rua still takes mail (sceau check), and whether "
            "reports are fetched (sceau report intake)."),
                                       "/intake",                                                                                              NULL             },
    [ANALYSIS_FINDING_SILENT] =
        {N_("{reporter} reported on most days, and has not since {since}."),
                                       N_("One reporter alone may have trouble of its own; if several are silent, see "
            "whether the address in rua still takes mail."),
                                       "/reporters",                                                                                           NULL             },
    [ANALYSIS_FINDING_RECORD] =
        {N_("{author}: the {type} record of {name} changed on {since}."),
                                       N_("If it was you, nothing is to be done; if not, see sceau check and who may "
            "write to the zone."),
                                       "",                                                                                                     NULL             },
    [ANALYSIS_FINDING_CONTRADICTS] =
        {N_("{reporter} contradicts its own results in {count} {count|record|records} of the "
            "last 28 days."),
                                       N_("Do not trust its verdicts on these; if it goes on, ignore this reporter."),
                                       "/reporters",                                                                                           NULL             },
    [ANALYSIS_FINDING_INTAKE] =
        {N_("Files or mails of the last 7 days that could not be read as reports: {count}."),
                                       N_("sceau report intake names each with its reason."),                                      "/intake",  NULL             },
    [ANALYSIS_FINDING_FORGED] =
        {N_("{author}: strangers forged {fails} messages in the last 7 days, {usual} are usual; "
            "the policy is {policy}."),
                                       N_("With p=reject receivers refuse such mail; see sceau report readiness for what "
            "is missing."),
                                       "failures",                                                                                             "class=not-yours"},
    [ANALYSIS_FINDING_OLD_KEY] =
        {N_("{author}: the key {selector}, which is {state}, was still used for {messages} "
            "{messages|message|messages} in the last 7 days."),
                                       N_("Find the host that still signs with it before its record goes; see sceau key "
            "show."),
                                       "keys",                                                                                                 NULL             },
    [ANALYSIS_FINDING_KEY_END] =
        {N_("{author}: the lifetime of the signing key {selector} ends on {until}, and the "
            "record of no other key is seen yet."),
                                       N_("Run sceau key rotate, which begins a new key, and publish the record that it "
            "prints; the rest goes by itself."),
                                       "keys",                                                                                                 NULL             },
    [ANALYSIS_FINDING_CERTIFICATE] =
        {N_("{author}: the certificate of {mx} ends on {until}."),                            RENEW, "/tls",     NULL             },
    [ANALYSIS_FINDING_TLS] =
        {N_("{author}: {fails} of {sessions} encrypted sessions to you failed in the last "
            "7 days, most of them at {mx}: {reason}."),
                                       N_("See sceau check: certificate, MTA-STS and TLSA of that MX."),                           "/tls",
                                       NULL                                                                                                                     },
    [ANALYSIS_FINDING_READY] =
        {N_("{author}: ready for p={next}: nothing of yours would be lost."),
                                       N_("Publish the record that sceau report readiness prints, and watch the failures "
            "for two weeks."),
                                       "policy",                                                                                               NULL             },
};

/* Where an argument decides what is said. */
static const struct finding_variant {
    enum analysis_finding_rule rule;
    const char *argument, *value;
    const char *what; /* NULL: that of the rule */
    const char *remedy;
} variants[] = {
    {ANALYSIS_FINDING_FORGED, "policy", "reject",              NULL,
     N_("Nothing is to be done: receivers refuse such mail.")},
    {ANALYSIS_FINDING_TLS,    "reason", "certificate-expired",
     N_("{author}: the certificate of {mx} has expired: {fails} of {sessions} encrypted "
        "sessions to you in the last 7 days met it."),
     RENEW                                                   },
};

#define NAME_MAX_SHOWN \
 ((size_t)300) /* octets of a name in a sentence; a domain has 253 */

/* A name is as long as its owner likes: what is beyond is cut between characters. */
static struct sceau_slice
argument(const struct analysis_finding *f, const char *name)
{
    for (size_t i = 0; i < f->argument_count; i++) {
        struct sceau_slice value = f->arguments[i].value;
        if (strcmp(f->arguments[i].name, name) != 0)
            continue;
        if (value.len <= NAME_MAX_SHOWN)
            return value;
        value.len = NAME_MAX_SHOWN;
        while (value.len > 0 && ((unsigned char)value.ptr[value.len] & 0xc0) == 0x80)
            value.len--;
        return value;
    }
    return SCEAU_SLICE("?");
}

static struct sceau_slice
number_argument(struct sceau_arena *arena, enum language language,
                const struct analysis_finding *f, const char *name, bool is_share)
{
    uint64_t number;
    struct sceau_slice text = argument(f, name);
    if (!slice_decimal(text, INT64_MAX, &number))
        return SCEAU_SLICE("?");
    return is_share ? words_share(arena, language, (int)number)
                    : words_number(arena, language, number);
}

struct sceau_slice
words_key_state(enum language language, struct sceau_slice state)
{
    static const struct {
        const char *word, *text;
    } states[] = {
        {"next",     N_("to come") },
        {"active",   N_("active")  },
        {"retiring", N_("retiring")},
        {"revoked",  N_("revoked") },
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (slice_eq(state, sceau_slice_from(states[i].word)))
            return sceau_slice_from(language_text(language, states[i].text));
    return SCEAU_SLICE("?");
}

static const struct finding_variant *
variant_of(const struct analysis_finding *f)
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        if (variants[i].rule == f->rule &&
            slice_eq(argument(f, variants[i].argument),
                     sceau_slice_from(variants[i].value)))
            return &variants[i];
    return NULL;
}

/* In our words; as it is where there are none. */
static struct language_word
reason_of(enum language language, struct sceau_slice code)
{
    const char *text = report_tls_result_text(code);
    if (text == NULL)
        return (struct language_word)LANGUAGE_THEIRS("reason", code);
    return (struct language_word)
        LANGUAGE_OURS("reason", sceau_slice_from(language_text(language, text)));
}

static struct sceau_slice
say_what(struct sceau_arena *arena, enum language language,
         const struct analysis_finding *f)
{
    const char *cause = language_text(language, analysis_cause_text(f->cause));
    struct sceau_slice author = argument(f, "author");
    const struct finding_variant *variant = variant_of(f);
    return language_sentence(
        arena, language,
        variant != NULL && variant->what != NULL ? variant->what
                                                 : findings[f->rule].what,
        (struct language_word[]){
            LANGUAGE_THEIRS("author", author.ptr[0] == '?' ? f->domain : author),
            LANGUAGE_THEIRS("source", argument(f, "source")),
            LANGUAGE_THEIRS("reporter", argument(f, "reporter")),
            LANGUAGE_THEIRS("name", argument(f, "name")),
            LANGUAGE_THEIRS("type", argument(f, "type")),
            LANGUAGE_THEIRS("since", argument(f, "since")),
            LANGUAGE_THEIRS("until", argument(f, "until")),
            LANGUAGE_THEIRS("selector", argument(f, "selector")),
            LANGUAGE_OURS("state", words_key_state(language, argument(f, "state"))),
            LANGUAGE_THEIRS("policy", argument(f, "policy")),
            LANGUAGE_THEIRS("next", argument(f, "next")),
            reason_of(language, argument(f, "reason")),
            LANGUAGE_THEIRS("mx", argument(f, "mx")),
            LANGUAGE_OURS("cause", sceau_slice_from(cause)),
            LANGUAGE_OURS("fails", number_argument(arena, language, f, "fails", false)),
            LANGUAGE_OURS("count", number_argument(arena, language, f, "count", false)),
            LANGUAGE_OURS("sessions",
                          number_argument(arena, language, f, "sessions", false)),
            LANGUAGE_OURS("messages",
                          number_argument(arena, language, f, "messages", false)),
            LANGUAGE_OURS("usual", number_argument(arena, language, f, "usual",
                                                   f->rule == ANALYSIS_FINDING_STARTS)),
            LANGUAGE_OURS("share", number_argument(arena, language, f, "share", true))},
        20);
}

static struct sceau_slice
make_path(struct sceau_arena *arena, const struct analysis_finding *f)
{
    const struct finding_words *w = &findings[f->rule];
    struct text t = text_new(arena, SIZE_MAX);
    bool has_source = f->source.len > 0;
    if (w->page[0] == '/') {
        text_string(&t, w->page);
    } else {
        text_string(&t, "/d/");
        filter_encode(&t, f->domain);
        if (w->page[0] != '\0')
            text_format(&t, "/%s", w->page);
    }
    if (w->query != NULL)
        text_format(&t, "?%s", w->query);
    if (has_source) {
        text_string(&t, w->query != NULL ? "&source=" : "?source=");
        filter_encode(&t, f->source);
    }
    return text_done(&t);
}

struct words_finding
words_finding(struct sceau_arena *arena, enum language language,
              const struct analysis_finding *f)
{
    const struct finding_variant *variant = variant_of(f);
    const char *remedy = variant != NULL ? variant->remedy : findings[f->rule].remedy;
    return (struct words_finding){
        .what = say_what(arena, language, f),
        .remedy = sceau_slice_from(
            remedy != NULL ? language_text(language, remedy)
                           : words_remedy(language, f->cause, ANALYSIS_OURS)),
        .evidence = make_path(arena, f),
    };
}

struct sceau_slice
words_since(struct sceau_arena *arena, enum language language,
            const struct analysis_finding *f)
{
    int since = (int)(f->since / SECONDS_A_DAY),
        found = (int)(f->first / SECONDS_A_DAY);
    const struct language_word days[] = {LANGUAGE_OURS("day", words_day(arena, since)),
                                         LANGUAGE_OURS("found",
                                                       words_day(arena, found))};
    return language_sentence(arena, language,
                             since == 0      ? N_("found on {found}")
                             : since < found ? N_("since {day}, found on {found}")
                                             : N_("since {day}"),
                             days, 2);
}
