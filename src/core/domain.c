/* Domain names as text (RFC 1035 section 2.3.4, RFC 5890; mapping by libidn2). */
#include "domain.h"

#include "text.h"

#include <stdlib.h>

#include <idn2.h>

bool
domain_is_askable(struct sceau_slice name)
{
    struct sceau_slice label;
    if (name.len == 0 || name.len > DOMAIN_MAX)
        return false;
    while (slice_next(&name, '.', &label)) {
        if (label.len == 0 || label.len > DOMAIN_LABEL_MAX)
            return false;
    }
    return true;
}

/* In one pass, for it is asked of every name of every report. */
bool
domain_is_ldh(struct sceau_slice name)
{
    size_t label = 0;
    if (name.len == 0 || name.len > DOMAIN_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_dot = c == '.';
        if (is_dot ? label == 0 || label > DOMAIN_LABEL_MAX
                   : !ascii_is_alnum(c) && c != '-' && c != '_')
            return false;
        label = is_dot ? 0 : label + 1;
    }
    return label > 0 && label <= DOMAIN_LABEL_MAX;
}

/* U-labels to A-labels; {NULL, 0} when they are none. */
static struct sceau_slice
to_a_labels(struct sceau_arena *arena, struct sceau_slice text)
{
    char in[4 * DOMAIN_MAX + 1]; /* a code point is at most 4 octets */
    char *out = NULL;
    if (text.len >= sizeof in || memchr(text.ptr, '\0', text.len) != NULL)
        return SLICE_NONE;
    memcpy(in, text.ptr, text.len);
    in[text.len] = '\0';
    int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
    if (idn2_to_ascii_8z(in, &out, flags) != IDN2_OK)
        return SLICE_NONE;
    struct sceau_slice copy = slice_copy(arena, sceau_slice_from(out));
    idn2_free(out);
    return copy;
}

bool
domain_normal(struct sceau_arena *arena, struct sceau_slice text,
              struct sceau_slice *name)
{
    struct sceau_slice mapped = slice_is_ascii(text) ? text : to_a_labels(arena, text);
    if (mapped.len > 0 && mapped.ptr[mapped.len - 1] == '.')
        mapped.len--;
    if (!domain_is_ldh(mapped))
        return false;
    *name = slice_copy_lower(arena, mapped);
    return name->ptr != NULL;
}

size_t
domain_labels(struct sceau_slice name)
{
    size_t labels = name.len > 0;
    for (size_t i = 0; i < name.len; i++)
        labels += name.ptr[i] == '.';
    return labels;
}

struct sceau_slice
domain_last_labels(struct sceau_slice name, size_t count)
{
    if (count == 0)
        return SLICE_NONE;
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '.' && --count == 0)
            return slice_skip(name, i);
    }
    return name;
}

struct sceau_slice
domain_parent(struct sceau_slice name)
{
    size_t dot = slice_find(name, '.');
    return dot < name.len ? slice_skip(name, dot + 1) : SLICE_NONE;
}

bool
domain_is_within(struct sceau_slice name, struct sceau_slice ancestor)
{
    if (name.len == ancestor.len)
        return slice_eq_ci(name, ancestor);
    return name.len > ancestor.len + 1 && ancestor.len > 0 &&
           slice_ends_ci(name, ancestor) &&
           name.ptr[name.len - ancestor.len - 1] == '.';
}

struct sceau_slice
domain_join(struct sceau_arena *arena, struct sceau_slice prefix,
            struct sceau_slice name)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, prefix);
    text_octet(&t, '.');
    text_slice(&t, name);
    return text_done(&t);
}
