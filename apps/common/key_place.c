/* The key store as the configuration names it. */
#include "key_place.h"

#include "core/text.h"

bool
environment_keys(struct environment *env, const char *state, struct keys_place *place)
{
    struct sceau_slice root =
        state != NULL ? sceau_slice_from(state) : env->config.milter.state;
    struct text folder = text_new(env->arena, SIZE_MAX);
    text_slice(&folder, root);
    text_string(&folder, "/keys");
    struct text file = text_new(env->arena, SIZE_MAX);
    text_slice(&file, env->config.keys.passphrase_file);
    place->folder = text_done(&folder).ptr;
    place->passphrase_file =
        env->config.keys.passphrase_file.len > 0 ? text_done(&file).ptr : "";
    if (place->folder == NULL || place->passphrase_file == NULL)
        complain_text(env->language, "out of memory");
    return place->folder != NULL && place->passphrase_file != NULL;
}
