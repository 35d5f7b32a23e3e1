/* What a person reads of a check: 80 columns, no colour needed; the worst first. */
#include "check.h"
#include "check/facts.h"
#include "check/summary.h"
#include "core/text.h"

#define COLUMNS 80

/* ---- lines ---- */

/* Columns of a text of ours, which may be French. */
static size_t
columns(struct sceau_slice text)
{
    return language_columns(text);
}

void
check_put_wrapped(struct text *out, struct sceau_slice text, size_t indent, size_t used)
{
    struct sceau_slice rest = text, word;
    bool is_first = true;
    if (text.len == 0)
        return;
    while (slice_next(&rest, ' ', &word)) {
        size_t width = columns(word);
        if (!is_first && used + 1 + width > COLUMNS) {
            text_format(out, "\n%*s", (int)indent, "");
            used = indent;
        } else if (!is_first) {
            text_octet(out, ' ');
            used++;
        }
        text_slice(out, word);
        used += width;
        is_first = false;
    }
    text_octet(out, '\n');
}

/* "  Why: …", the text wrapped behind its label. */
static void
put_labelled(struct text *out, enum language language, const char *label,
             struct sceau_slice text)
{
    struct sceau_slice name = sceau_slice_from(language_text(language, label));
    if (text.len == 0)
        return;
    text_string(out, "    ");
    language_cell(out, name, 9);
    text_octet(out, ' ');
    check_put_wrapped(out, text, 14, 14);
}

/* A record and the caret under one of its octets, cut into lines that fit; both are ASCII. */
static void
put_pointed(struct text *out, struct sceau_slice record, size_t caret)
{
    const size_t indent = 4,
                 most = COLUMNS - indent - 1; /* the caret may stand behind */
    for (size_t at = 0; at < record.len; at += most) {
        size_t left = record.len - at;
        struct sceau_slice part = slice_sub(record, at, left < most ? left : most);
        bool is_last = at + part.len == record.len;
        text_format(out, "%*s%.*s\n", (int)indent, "", SLICE_ARG(part));
        if (caret >= at && (caret < at + part.len || is_last))
            text_format(out, "%*s^\n", (int)(indent + caret - at), "");
    }
}

/* What is there: a sentence, or a record with a caret below. */
static void
put_found(struct text *out, struct sceau_slice found)
{
    size_t end = slice_find(found, '\n');
    struct sceau_slice pointer = slice_skip(found, end);
    size_t caret = slice_find(pointer, '^');
    if (found.len == 0)
        return;
    if (caret + 1 == pointer.len) {
        put_pointed(out, slice_sub(found, 0, end), caret - 1);
        return;
    }
    text_string(out, "    ");
    check_put_wrapped(out, found, 4, 4);
}

/* ---- findings ---- */

static const struct {
    const char *word;
    const char *color;
} outcomes[] = {
    [CHECK_OK] = {N_("Ok"),      "\033[32m"},
    [CHECK_INFO] = {N_("Info"),    "\033[36m"},
    [CHECK_WARNING] = {N_("Warning"), "\033[33m"},
    [CHECK_PROBLEM] = {N_("Problem"), "\033[31m"},
    [CHECK_UNKNOWN] = {N_("Unknown"), "\033[35m"},
    [CHECK_SKIPPED] = {N_("Skipped"), "\033[2m" },
};

#define OUTCOME_COLUMNS 13

/* One width for all of a language, so that titles stand below each other: French has
 * "Avertissement". */
static size_t
outcome_columns(enum language language)
{
    size_t wide = OUTCOME_COLUMNS;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        const char *word = language_text(language, outcomes[i].word);
        size_t one = columns(sceau_slice_from(word)) + 1;
        wide = one > wide ? one : wide;
    }
    return wide;
}

/* The columns that it takes. */
static size_t
put_outcome(struct text *out, enum language language, enum check_outcome outcome,
            bool is_colored)
{
    size_t used = outcome_columns(language);
    text_string(out, is_colored ? outcomes[outcome].color : "");
    language_cell(out,
                  sceau_slice_from(language_text(language, outcomes[outcome].word)),
                  used);
    text_string(out, is_colored ? "\033[0m" : "");
    return used;
}

static void
put_place(struct text *out, const struct check_place *place)
{
    if (place->line == 0)
        return;
    text_string(out, "    ");
    text_escaped(out, place->file);
    text_format(out, ":%zu:%zu:\n", place->line, place->column);
}

/* The lines to paste are never wrapped. */
static void
put_zone_lines(struct text *out, struct sceau_slice lines)
{
    struct sceau_slice rest = lines, line;
    if (lines.len == 0)
        return;
    while (slice_next(&rest, '\n', &line)) {
        text_string(out, "      ");
        text_slice(out, line);
        text_octet(out, '\n');
    }
}

static void
put_finding(struct text *out, const struct check_subject *s,
            const struct check_finding *f, bool is_colored)
{
    enum language language = s->options->language;
    char heading[256];
    snprintf(heading, sizeof heading, "%s (%s)",
             language_text(language, f->rule->title), f->rule->id);
    size_t used = put_outcome(out, language, f->outcome, is_colored);
    check_put_wrapped(out, sceau_slice_from(heading), used, used);
    put_place(out, &f->place);
    put_found(out, f->found);
    put_labelled(out, language, N_("Why:"), f->why);
    put_labelled(out, language, N_("To do:"), f->fix);
    put_zone_lines(out, f->zone_line);
    text_octet(out, '\n');
}

/* Passed and skipped ones in one line, unless they are asked for. */
static void
put_rest(struct text *out, struct check_subject *s)
{
    size_t passed = 0, skipped = 0;
    for (const struct check_finding *f = s->findings; f != NULL; f = f->next) {
        passed += f->outcome == CHECK_OK;
        skipped += f->outcome == CHECK_SKIPPED;
    }
    struct sceau_slice line = CHECK_SAY(
        s,
        N_("{passed} passed, {skipped} skipped (--passed shows them); sceau check "
           "--explain ID says more."),
        LANGUAGE_OURS("passed", check_format(s, "%zu", passed)),
        LANGUAGE_OURS("skipped", check_format(s, "%zu", skipped)));
    check_put_wrapped(out, line, 0, 0);
}

static void
put_status_lines(struct text *out, struct check_subject *s, bool is_colored)
{
    struct check_status_line lines[CHECK_SUMMARY_LINES];
    check_summary(s, lines);
    for (size_t i = 0; i < CHECK_SUMMARY_LINES; i++) {
        text_string(out, "  ");
        text_string(out, is_colored ? outcomes[lines[i].outcome].color : "");
        text_format(out, "%-8s", lines[i].status);
        text_string(out, is_colored ? "\033[0m" : "");
        text_format(out, "%-26s%s\n", lines[i].label, lines[i].text);
    }
    text_octet(out, '\n');
}

void
check_put_people(struct text *out, struct check_subject *s,
                 const struct check_command *command, bool is_colored)
{
    text_escaped(out, s->name);
    text_string(out, "\n\n");
    put_status_lines(out, s, is_colored);
    check_put_table(out, s);
    for (const struct check_finding *f = s->findings; f != NULL; f = f->next) {
        bool is_quiet = f->outcome == CHECK_OK || f->outcome == CHECK_SKIPPED;
        if (!is_quiet || command->passed || command->all)
            put_finding(out, s, f, is_colored);
    }
    put_rest(out, s);
}

void
check_put_summary(struct text *out, struct check_subject *s, bool is_one_of_many)
{
    struct check_status_line lines[CHECK_SUMMARY_LINES];
    check_summary(s, lines);
    if (is_one_of_many) {
        text_string(out, "mx:");
        text_escaped(out, s->name);
        text_octet(out, '\n');
    }
    for (size_t i = 0; i < CHECK_SUMMARY_LINES; i++)
        text_format(out, "%s\t%s\t%s\n", lines[i].status, lines[i].label,
                    lines[i].text);
}

/* ---- More Info ---- */

/* The selectors that are tried when nobody knows better. */
static void
put_guesses(struct text *out, enum language language)
{
    struct text names = text_new(out->arena, SIZE_MAX);
    for (size_t i = 0; check_common_selector(i) != NULL; i++)
        text_format(&names, "%s%s", i > 0 ? " " : "", check_common_selector(i));
    put_labelled(out, language, N_("Guesses:"), text_done(&names));
}

void
check_put_rule(struct text *out, enum language language, const struct check_rule *rule)
{
    static const struct {
        unsigned bit;
        const char *word;
    } needs[] = {
        {CHECK_DNS,  "dns" },
        {CHECK_ZONE, "zone"},
        {CHECK_SMTP, "smtp"},
        {CHECK_HTTP, "http"}
    };
    text_format(out, "%s: %s\n\n", rule->id, language_text(language, rule->title));
    put_labelled(out, language, N_("Test:"),
                 sceau_slice_from(language_text(language, rule->test)));
    put_labelled(out, language, N_("Why:"),
                 sceau_slice_from(language_text(language, rule->why)));
    put_labelled(out, language, N_("To do:"),
                 sceau_slice_from(language_text(language, rule->fix)));
    if (strcmp(rule->id, "dkim.published") == 0)
        put_guesses(out, language);
    put_labelled(out, language, N_("Unmet:"),
                 sceau_slice_from(
                     language_text(language, outcomes[rule->severity].word)));
    text_string(out, "    ");
    language_cell(out, sceau_slice_from(language_text(language, N_("Reads:"))), 10);
    for (size_t i = 0, n = 0; i < sizeof needs / sizeof *needs; i++) {
        if ((rule->needs & needs[i].bit) != 0)
            text_format(out, "%s%s", n++ > 0 ? ", " : "", needs[i].word);
    }
    text_octet(out, '\n');
}
