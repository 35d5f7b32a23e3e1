/* `sceau lookup spf NAME`: the SPF record, term by term as a receiver reads it, and what
 * becomes of mail from a host that it does not name. */
#include "core/json.h"
#include "core/text.h"
#include "lookup.h"
#include "spf/record.h"

/* What a directive says of the hosts it matches. */
static const char *
verdict_words(enum sceau_spf_result qualifier)
{
    switch (qualifier) {
    case SCEAU_SPF_PASS: return N_("may send");
    case SCEAU_SPF_FAIL: return N_("must not send");
    case SCEAU_SPF_SOFTFAIL: return N_("should not send");
    case SCEAU_SPF_NEUTRAL: return N_("nothing is said of them");
    case SCEAU_SPF_NONE:
    case SCEAU_SPF_TEMPERROR:
    case SCEAU_SPF_PERMERROR: break;
    }
    return "";
}

/* Whom a term is about. Indexed by enum spf_term_kind. */
static const char *const subjects[] = {
    [SPF_ALL] = N_("all other hosts"),
    [SPF_INCLUDE] = N_("hosts that pass this domain's own record"),
    [SPF_A] = N_("hosts at the addresses of"),
    [SPF_MX] = N_("hosts at the addresses of the mail exchangers of"),
    [SPF_PTR] = N_("hosts whose reverse name is under (slow, do not use)"),
    [SPF_IP4] = N_("hosts in this network"),
    [SPF_IP6] = N_("hosts in this network"),
    [SPF_EXISTS] = N_("hosts for which this name exists"),
    [SPF_REDIRECT] = N_("all is decided by the record of"),
    [SPF_EXP] = N_("the text shown to refused senders stands at"),
    [SPF_UNKNOWN_MODIFIER] = N_("a modifier that receivers ignore"),
};

static void
print_term(const struct lookup *l, const struct spf_term *term)
{
    struct text t = text_new(l->env.arena, SIZE_MAX);
    text_string(&t, "  ");
    text_escaped(&t, term->text);
    while (t.len < 34)
        text_octet(&t, ' ');
    text_octet(&t, ' ');
    text_slice(&t, environment_word(&l->env, subjects[term->kind]));
    if (term->kind == SPF_A || term->kind == SPF_MX || term->kind == SPF_PTR) {
        text_octet(&t, ' ');
        text_escaped(&t, term->argument.len > 0 ? term->argument : l->name);
    }
    if (term->kind < SPF_REDIRECT)
        text_slice(&t, ENV_SAY(&l->env, ": {verdict}",
                               OURS("verdict",
                                    language_text(l->env.language,
                                                  verdict_words(term->qualifier)))));
    if (spf_term_costs_lookup(term->kind))
        text_slice(&t, environment_word(&l->env, N_(" (a lookup)")));
    print_line(stdout, text_done(&t));
}

static void
print_meaning(const struct lookup *l, const struct spf_record *record)
{
    struct text t = text_new(l->env.arena, SIZE_MAX);
    struct text count = text_new(l->env.arena, SIZE_MAX);
    size_t lookups = 0;
    for (size_t i = 0; i < record->count; i++)
        lookups += spf_term_costs_lookup(record->terms[i].kind);
    if (record->all != NULL)
        text_slice(&t,
                   ENV_SAY(&l->env,
                           N_("A host that no term before \"all\" matches: {verdict}."),
                           LANGUAGE_OURS("verdict",
                                         environment_word(
                                             &l->env,
                                             verdict_words(record->all->qualifier)))));
    else if (record->redirect != NULL)
        text_slice(&t, environment_word(
                           &l->env,
                           N_("What no term matches is decided by the redirect.")));
    else
        text_slice(
            &t, environment_word(&l->env,
                                 N_("No \"all\" at the end: nothing is said of other "
                                    "hosts (neutral).")));
    text_format(&count, "%zu", lookups);
    text_octet(&t, ' ');
    text_slice(
        &t,
        ENV_SAY(&l->env,
                N_("{count} of 10 lookups stand in this record, without those of its "
                   "includes."),
                LANGUAGE_OURS("count", text_done(&count))));
    print_line(stdout, text_done(&t));
}

/* The SPF records among the TXT records of the name. */
static size_t
spf_records(const struct sceau_dns_answer *answer, struct sceau_slice *first)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++) {
        if (spf_record_has_version(answer->rrs[i].text) && count++ == 0)
            *first = answer->rrs[i].text;
    }
    return count;
}

static void
print_json(const struct lookup *l, const struct sceau_dns_answer *answer,
           struct sceau_slice text, size_t found, const struct spf_record *record,
           const struct sceau_diag *diag)
{
    struct json j = json_new(l->env.arena);
    json_open(&j, '{');
    json_key_slice(&j, "name", l->name);
    json_key_string(&j, "type", "spf");
    json_key_string(&j, "status", sceau_dns_status_name(answer->status));
    json_key_bool(&j, "secure", answer->secure);
    json_key_number(&j, "records", (int64_t)found);
    json_key_slice(&j, "record", found > 0 ? text : SLICE_NONE);
    json_key_bool(&j, "valid", record != NULL && found == 1);
    if (record == NULL && found > 0) {
        json_key_number(&j, "offset", (int64_t)diag->offset);
        json_key_string(&j, "expected", diag->expected);
    }
    json_key(&j, "terms");
    json_open(&j, '[');
    for (size_t i = 0; record != NULL && i < record->count; i++) {
        json_open(&j, '{');
        json_key_slice(&j, "text", record->terms[i].text);
        json_key_bool(&j, "costs_lookup", spf_term_costs_lookup(record->terms[i].kind));
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

/* The record, or where it breaks. */
static void
print_record(const struct lookup *l, const struct sceau_dns_answer *answer,
             struct sceau_slice text, size_t found, const struct spf_record *record,
             const struct sceau_diag *diag)
{
    struct text t = text_new(l->env.arena, SIZE_MAX);
    text_escaped(&t, l->name);
    text_string(&t, ". IN TXT \"");
    text_escaped(&t, text);
    text_string(&t, "\"");
    print_line(stdout, text_done(&t));
    lookup_print_secure(l, answer->secure);
    struct text number = text_new(l->env.arena, SIZE_MAX);
    text_format(&number, "%zu", found > 1 ? found : diag->offset + 1);
    struct sceau_slice shown = text_done(&number);
    if (found > 1) {
        print_line(stdout,
                   ENV_SAY(&l->env,
                           N_("{count} SPF records at one name: receivers use none of "
                              "them (permerror)"),
                           LANGUAGE_OURS("count", shown)));
    } else if (record == NULL) {
        print_line(
            stdout,
            ENV_SAY(
                &l->env,
                N_("column {column}: expected {what}; receivers take the whole record as an "
                   "error (permerror)"),
                LANGUAGE_OURS("column", shown),
                LANGUAGE_OURS("what", environment_word(&l->env, diag->expected))));
    } else {
        for (size_t i = 0; i < record->count; i++)
            print_term(l, &record->terms[i]);
        print_meaning(l, record);
    }
}

static void
tell_none(const struct lookup *l, const struct sceau_dns_answer *answer)
{
    const char *why = answer->status == SCEAU_DNS_OK
                          ? N_("its TXT records are of other kinds")
                          : lookup_status_sentence(answer->status);
    print_line(
        stdout,
        ENV_SAY(
            &l->env,
            N_("{name} has no SPF record ({why}): receivers say \"none\" of mail from "
               "it"),
            LANGUAGE_THEIRS("name", l->name),
            LANGUAGE_OURS("why", environment_word(&l->env, why))));
}

int
lookup_spf(struct lookup *l)
{
    struct sceau_dns_answer answer;
    struct sceau_slice text = SLICE_NONE;
    const struct spf_record *record = NULL;
    struct sceau_diag diag = {0, N_("an SPF record")};
    sceau_dns_lookup(&l->context, l->name, SCEAU_DNS_TXT, &answer);
    if (sceau_dns_is_trouble(answer.status) && !l->env.call->globals.json)
        return lookup_tell_absent(l, l->name, SCEAU_DNS_TXT, &answer);
    size_t found = spf_records(&answer, &text);
    if (found > 0 && spf_record_parse(l->env.arena, text, &record, &diag) != SCEAU_OK)
        record = NULL;
    if (l->env.call->globals.json)
        print_json(l, &answer, text, found, record, &diag);
    else if (found == 0 && !l->options->is_short)
        tell_none(l, &answer);
    else if (found == 0)
        return CLI_EXIT_WARNING;
    else if (l->options->is_short)
        print_escaped(stdout, l->env.arena, text);
    else
        print_record(l, &answer, text, found, record, &diag);
    if (sceau_dns_is_trouble(answer.status))
        return CLI_EXIT_UNKNOWN;
    return found == 1 && record != NULL ? CLI_EXIT_OK : CLI_EXIT_WARNING;
}
