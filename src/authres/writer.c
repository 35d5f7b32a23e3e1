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
    fold_glue(&w->fold, SCEAU_SLICE(";"));
    fold_break(&w->fold);
    fold_glue(&w->fold, sceau_slice_from(method));
    fold_glue(&w->fold, SCEAU_SLICE("="));
    fold_glue(&w->fold, sceau_slice_from(result));
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
    const struct sceau_slice name = SCEAU_SLICE("reason=");
    struct sceau_slice quoted = fold_quoted(&w->fold, text);
    if (quoted.len == 0)
        return;
    fold_space(&w->fold, name.len + quoted.len);
    fold_glue(&w->fold, name);
    fold_glue(&w->fold, quoted);
}

void
authres_property(struct authres_writer *w, const char *ptype, const char *property,
                 struct sceau_slice value)
{
    assert(is_keyword(ptype) && is_keyword(property));
    struct sceau_slice pvalue = fold_mailbox(&w->fold, value);
    if (pvalue.len == 0)
        return;
    fold_space(&w->fold, strlen(ptype) + strlen(property) + 2 + pvalue.len);
    fold_glue(&w->fold, sceau_slice_from(ptype));
    fold_glue(&w->fold, SCEAU_SLICE("."));
    fold_glue(&w->fold, sceau_slice_from(property));
    fold_glue(&w->fold, SCEAU_SLICE("="));
    fold_glue(&w->fold, pvalue);
}

struct sceau_slice
authres_end(struct authres_writer *w)
{
    if (!w->has_result)
        fold_glue(&w->fold, SCEAU_SLICE("; none"));
    return text_done(&w->fold.out);
}
