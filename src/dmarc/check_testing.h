/* Scenarios of RFC 9989: a zone, an author domain, what SPF and DKIM found, and the verdict
 * with every question that it cost. */
#ifndef DMARC_CHECK_TESTING_H
#define DMARC_CHECK_TESTING_H

#include "../../tests/unit.h"
#include "dmarc_testing.h"

#define MAX_IDENTIFIERS 4

/* Identifiers: "domain" passed, "?domain" had DNS trouble, "!domain" failed. */
struct scenario {
    const char *zone;
    const char *author;
    const char *spf;  /* with blanks between */
    const char *dkim; /* with blanks between */
    const char *verdict;
    const char *asked; /* every question, "_dmarc." as "~"; NULL: not looked at */
    const char *why;
};

#define BASE                         \
 "example.com. A 192.0.2.1\n"        \
 "a.mail.example.com. A 192.0.2.1\n" \
 "mail.example.com. A 192.0.2.1\n"

#define ORG BASE "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n"

static inline size_t
read_identifiers(const char *text,
                 struct sceau_dmarc_identifier identifiers[MAX_IDENTIFIERS])
{
    struct sceau_slice rest = sceau_slice_from(text), word;
    size_t count = 0;
    while (text[0] != '\0' && slice_next(&rest, ' ', &word)) {
        assert_true(count < MAX_IDENTIFIERS);
        bool is_marked = word.ptr[0] == '?' || word.ptr[0] == '!';
        identifiers[count++] = (struct sceau_dmarc_identifier){
            .domain = slice_skip(word, is_marked),
            .is_pass = !is_marked,
            .is_temperror = word.ptr[0] == '?',
        };
    }
    return count;
}

static inline void
add(char *out, size_t size, const char *format, ...)
{
    size_t len = strlen(out);
    va_list args;
    va_start(args, format);
    vsnprintf(out + len, size - len, format, args);
    va_end(args);
}

static inline void
summarize(const struct sceau_dmarc_outcome *o, char *out, size_t size)
{
    snprintf(out, size, "%s", sceau_dmarc_result_name(o->result));
    if (o->record != NULL)
        add(out, size, " %s=%s@%.*s", sceau_dmarc_tag_name(o->applied_tag),
            sceau_dmarc_policy_name(o->policy), SLICE_ARG(o->policy_domain));
    if (o->organizational_domain.len > 0)
        add(out, size, " org=%.*s", SLICE_ARG(o->organizational_domain));
    add(out, size, "%s%s", o->author_exists ? "" : " ghost",
        o->spf_aligned ? " spf" : "");
    if (o->dkim_aligned)
        add(out, size, " dkim");
    if (o->dkim_aligned_index > 0)
        add(out, size, "[%zu]", o->dkim_aligned_index);
    if (o->record != NULL)
        add(out, size, " -> %s", sceau_dmarc_policy_name(o->disposition));
}

/* "_dmarc." as "~" */
static inline void
shorten(const char *asked, char *out, size_t size)
{
    *out = '\0';
    while (*asked != '\0') {
        bool is_prefix = strncmp(asked, "_dmarc.", 7) == 0;
        add(out, size, "%c", is_prefix ? '~' : *asked);
        asked += is_prefix ? 7 : 1;
    }
}

static inline void
run(const struct scenario *s, enum sceau_dmarc_discovery discovery,
    const struct sceau_psl *psl, struct dmarc_world *world,
    struct sceau_dmarc_outcome *outcome)
{
    struct sceau_dmarc_identifier spf[MAX_IDENTIFIERS], dkim[MAX_IDENTIFIERS];
    struct sceau_dmarc_query query = {.author = sceau_slice_from(s->author),
                                      .spf = spf,
                                      .dkim = dkim,
                                      .discovery = discovery,
                                      .psl = psl};
    char got[300], asked[2000];
    UNIT_CASE(s->why);
    dmarc_world_init(world, s->zone);
    query.spf_count = read_identifiers(s->spf, spf);
    query.dkim_count = read_identifiers(s->dkim, dkim);
    sceau_dmarc_check(&world->context, &query, outcome);
    summarize(outcome, got, sizeof got);
    if (strcmp(got, s->verdict) != 0)
        fprintf(stderr, "case: %s\n", s->why);
    assert_string_equal(got, s->verdict);
    shorten(world->asked, asked, sizeof asked);
    if (s->asked != NULL)
        assert_string_equal(asked, s->asked);
    assert_non_null(outcome->reason);
}

static inline void
run_all(const struct scenario *scenarios, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dmarc_world world;
        struct sceau_dmarc_outcome outcome;
        run(&scenarios[i], SCEAU_DMARC_TREEWALK, NULL, &world, &outcome);
        dmarc_world_clear(&world);
    }
}

#endif
