#include "sandbox_paths.h"

#include "core/text.h"

void
sandbox_keep(struct sandbox_paths *k, const char *path, enum sandbox_right right)
{
    if (path != NULL && path[0] != '\0' && k->count < SANDBOX_PATHS_MAX)
        k->items[k->count++] = (struct sandbox_path){path, right};
}

void
sandbox_keep_joined(struct sandbox_paths *k, struct sceau_arena *arena, const char *a,
                    const char *b, enum sandbox_right right)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "%s%s", a, b);
    sandbox_keep(k, text_done(&t).ptr, right);
}

void
sandbox_keep_folder_of(struct sandbox_paths *k, struct sceau_arena *arena,
                       struct sceau_slice path, enum sandbox_right right)
{
    struct text t = text_new(arena, SIZE_MAX);
    if (path.len == 0)
        return;
    size_t slash = slice_find_last(path, '/');
    if (slash == path.len)
        text_string(&t, ".");
    else
        text_slice(&t, slice_sub(path, 0, slash > 0 ? slash : 1));
    sandbox_keep(k, text_done(&t).ptr, right);
}
