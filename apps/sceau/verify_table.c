/* The table of `sceau verify`: the results of a message in a row, its reasons in a sentence
 * under it. */
#include "verify_table.h"

#include "core/text.h"
#include "why.h"

enum {
    WHY_COLUMNS = 74
};

/* The best of the signatures: what a reader of a table wants to know. */
static const char *
dkim_word(const struct sceau_verdict *v)
{
    if (v->dkim_count == 0)
        return "none";
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (v->dkim[i].result == SCEAU_DKIM_PASS)
            return "pass";
    }
    return sceau_dkim_result_name(v->dkim[0].result);
}

/* Indented under the row, cut at blanks. */
static void
print_wrapped(struct sceau_slice text)
{
    size_t column = 0;
    struct sceau_slice word;
    while (slice_next(&text, ' ', &word)) {
        bool is_first = column == 0;
        size_t width = language_columns(word);
        bool fits = column + 1 + width <= WHY_COLUMNS;
        printf("%s%.*s", is_first ? "     " : fits ? " " : "\n     ", SLICE_ARG(word));
        column = !is_first && fits ? column + 1 + width : width;
    }
    putchar('\n');
}

void
verify_table_heading(const struct environment *env, struct sceau_arena *arena)
{
    const char *author = language_text(env->language, "author domain");
    struct text t = text_new(arena, SIZE_MAX);
    text_string(&t, "  #  ");
    language_cell(&t, sceau_slice_from(author), 28);
    text_string(&t, " SPF       DKIM      ARC   DMARC      ");
    text_string(&t, language_text(env->language, "action"));
    print_line(stdout, text_done(&t));
}

/* What the milter did beside the action. */
static void
print_milter(const struct environment *env, struct sceau_arena *arena,
             const struct verified *verified)
{
    const struct language_word words[] = {
        LANGUAGE_THEIRS("reply", verified->reply),
        LANGUAGE_THEIRS("results", verified->authentication_results),
    };
    if (verified->reply.len > 0)
        print_wrapped(language_sentence(arena, env->language,
                                        "the milter's reply: {reply}", words, 2));
    if (verified->has_other_results)
        print_wrapped(language_sentence(
            arena, env->language,
            "the milter found something else (other settings, other DNS, or another "
            "time): {results}",
            words, 2));
}

void
verify_table_row(const struct environment *env, struct sceau_arena *arena,
                 size_t number, const struct verified *verified)
{
    const struct sceau_verdict *v = verified->verdict;
    const char *dmarc = sceau_dmarc_result_name(v->dmarc.result);
    struct text domain = text_new(arena, SIZE_MAX);
    text_escaped(&domain,
                 v->author.domain.len > 0 ? v->author.domain : SCEAU_SLICE("?"));
    printf("%3zu  %-28.*s %-9s %-9s %-5s %s%-9s%s  %s\n", number,
           SLICE_ARG(text_done(&domain)),
           v->has_spf ? sceau_spf_result_name(v->spf_mail_from.result) : "-",
           dkim_word(v), sceau_arc_result_name(v->arc.result), color_of(env, dmarc),
           dmarc, color_end(env), verified->action);
    print_wrapped(verdict_why(arena, env->language, v));
    if (verified->is_of_milter)
        print_milter(env, arena, verified);
}
