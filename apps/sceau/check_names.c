/* The names to check, as people write them. */
#include "check.h"
#include "core/domain.h"
#include "core/ip.h"

/* Without "mx:", "dmarc:" and the like in front, as MXToolbox takes them, and without the
 * parts of a URL around its host. */
static struct sceau_slice
bare_name(struct sceau_slice text)
{
    struct sceau_slice name = slice_trim(text);
    size_t colon = slice_find(name, ':');
    if (colon < name.len)
        name = slice_skip(name, colon + 1);
    while (name.len > 0 && name.ptr[0] == '/')
        name = slice_skip(name, 1);
    name = slice_sub(name, 0, slice_find(name, '/'));
    name = slice_sub(name, 0, slice_find(name, ':')); /* a port */
    size_t at = slice_find_last(name, '@');
    if (at < name.len)
        name = slice_skip(name, at + 1);
    if (name.len > 0 && name.ptr[name.len - 1] == '>')
        name.len--;
    return slice_trim(name);
}

bool
check_name_of(struct sceau_arena *arena, const char *text, struct sceau_slice *name)
{
    struct sceau_slice bare = bare_name(sceau_slice_from(text));
    struct sceau_ip ip;
    if (sceau_ip_parse(sceau_slice_from(text), &ip) || sceau_ip_parse(bare, &ip))
        return false;
    if (domain_normal(arena, bare, name))
        return true;
    if (bare.len > 1 && bare.ptr[bare.len - 1] == '.')
        bare.len--;
    *name = slice_copy_lower(arena, bare);
    return domain_is_askable(*name) && slice_is_ascii(*name);
}
