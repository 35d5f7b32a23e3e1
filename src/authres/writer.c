/* Writing Authentication-Results (RFC 8601 section 2.2). The names come from our code,
 * the values from strangers; fold.c keeps the latter in their place. */
#include "authres/authres.h"

#include <assert.h>

/* "Authentication-Results: " stands before the body. */
enum {
    NAME_OCTETS = 24
};

/* Method, result, ptype and property are words of this program. */
static bool
is_keyword(const char *word)
{
    size_t n = 0;
    while (ascii_is_alnum(word[n]) || word[n] == '-')
        n++;
    return n > 0 && word[n] == '\0';
}

void
authres_begin(struct authres_writer *w, struct sceau_arena *arena,
              struct sceau_slice authserv_id, bool is_smtputf8)
{
    *w = (struct authres_writer){.fold = fold_begin(arena, NAME_OCTETS, is_smtputf8)};
    struct sceau_slice id = fold_value(&w->fold, authserv_id);
    fold_glue(&w->fold, id.len > 0 ? id : SCEAU_SLICE("unknown"));
}

void
authres_result(struct authres_writer *w, const char *method, const char *result)
{
    assert(is_keyword(method) && is_keyword(result));
    struct text t = text_new(w->fold.out.arena, SIZE_MAX);
    text_format(&t, "%s=%s", method, result);
    fold_glue(&w->fold, SCEAU_SLICE(";"));
    fold_line(&w->fold, text_done(&t));
    w->has_result = true;
}

void
authres_comment(struct authres_writer *w, struct sceau_slice text)
{
    fold_comment(&w->fold, text);
}

void
authres_reason(struct authres_writer *w, struct sceau_slice text)
{
    struct sceau_slice quoted = fold_quoted(&w->fold, text);
    struct text t = text_new(w->fold.out.arena, SIZE_MAX);
    if (quoted.len == 0)
        return;
    text_string(&t, "reason=");
    text_slice(&t, quoted);
    fold_word(&w->fold, text_done(&t));
}

void
authres_property(struct authres_writer *w, const char *ptype, const char *property,
                 struct sceau_slice value)
{
    assert(is_keyword(ptype) && is_keyword(property));
    struct sceau_slice pvalue = fold_mailbox(&w->fold, value);
    struct text t = text_new(w->fold.out.arena, SIZE_MAX);
    if (pvalue.len == 0)
        return;
    text_format(&t, "%s.%s=", ptype, property);
    text_slice(&t, pvalue);
    fold_word(&w->fold, text_done(&t));
}

struct sceau_slice
authres_end(struct authres_writer *w)
{
    if (!w->has_result) {
        fold_glue(&w->fold, SCEAU_SLICE(";"));
        fold_word(&w->fold, SCEAU_SLICE("none"));
    }
    return text_done(&w->fold.out);
}
