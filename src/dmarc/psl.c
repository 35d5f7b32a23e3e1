/* The public suffix list behind libpsl: what RFC 7489 section 3.2 finds organizational
 * domains with. Nothing here knows of the tree walk. */
#include "sceau/dmarc.h"

#include "core/domain.h"

#include <stdio.h>
#include <stdlib.h>

#include <libpsl.h>

struct sceau_psl {
    psl_ctx_t *list;
};

/* libpsl reads from a FILE only: this one is a copy of the text in memory. */
static psl_ctx_t *
load(struct sceau_slice text)
{
    char *copy = malloc(text.len + 1);
    if (copy == NULL || text.len == 0) {
        free(copy);
        return NULL;
    }
    memcpy(copy, text.ptr, text.len);
    FILE *f = fmemopen(copy, text.len, "r");
    psl_ctx_t *list = f != NULL ? psl_load_fp(f) : NULL;
    if (f != NULL)
        fclose(f);
    free(copy);
    return list;
}

/* libpsl knows the compiled form by its first line, and does not count what is in it. */
static bool
is_compiled(struct sceau_slice text)
{
    const struct sceau_slice first = SCEAU_SLICE(".DAFSA@PSL_0   \n");
    return text.len > first.len && memcmp(text.ptr, first.ptr, first.len) == 0;
}

struct sceau_psl *
sceau_psl_new(struct sceau_slice text)
{
    struct sceau_psl *psl = malloc(sizeof *psl);
    psl_ctx_t *list = psl != NULL ? load(text) : NULL;
    if (list == NULL || (psl_suffix_count(list) <= 0 && !is_compiled(text))) {
        psl_free(list);
        free(psl);
        return NULL;
    }
    psl->list = list;
    return psl;
}

void
sceau_psl_free(struct sceau_psl *psl)
{
    if (psl == NULL)
        return;
    psl_free(psl->list);
    free(psl);
}

struct sceau_slice
sceau_psl_organizational(const struct sceau_psl *psl, struct sceau_arena *arena,
                         struct sceau_slice domain)
{
    struct sceau_slice name;
    char text[DOMAIN_MAX + 1];
    if (!domain_normal(arena, domain, &name))
        return SLICE_NONE;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    const char *registrable = psl_registrable_domain(psl->list, text);
    if (registrable == NULL)
        return SLICE_NONE;
    /* It is the end of `text`, so as many labels at the end of what was given. */
    size_t labels = domain_labels(sceau_slice_from(registrable));
    struct sceau_slice given = slice_copy_lower(arena, domain);
    if (given.len > 0 && given.ptr[given.len - 1] == '.')
        given.len--;
    bool is_same_split = domain_labels(given) == domain_labels(name);
    return domain_last_labels(is_same_split ? given : name, labels);
}

/* A rule for the last label, or one below a wildcard: "*.ck" has none of its own for "ck". */
bool
sceau_psl_has_ending(const struct sceau_psl *psl, struct sceau_slice domain)
{
    enum {
        LISTED = PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE
    };
    char text[DOMAIN_MAX + 1];
    if (!domain_is_ldh(domain) || domain_labels(domain) < 2)
        return false;
    for (size_t labels = 1; labels <= 2; labels++) {
        struct sceau_slice ending = domain_last_labels(domain, labels);
        for (size_t i = 0; i < ending.len; i++)
            text[i] = ascii_lower(ending.ptr[i]);
        text[ending.len] = '\0';
        if (psl_is_public_suffix2(psl->list, text, LISTED))
            return true;
    }
    return false;
}
