/* `sceau zone show DOMAIN`: the records that a described domain needs, to be pasted. */
#include "zone.h"

int
zone_show_run(const struct cli_call *call)
{
    const struct zone_show_options *options = call->options;
    struct environment env = {0};
    struct records_set set;
    bool is_json = call->globals.json || strcmp(options->format, "json") == 0;
    size_t index;
    int status = environment_load_config(&env, call);
    if (is_json)
        env.language = LANGUAGE_EN; /* scripts have one language */
    if (status == 0)
        status = zone_find_domain(&env, call->operands.items[0], &index);
    if (status == 0)
        status = zone_make_records(&env, index, &set);
    if (status == 0) {
        struct sceau_slice text = is_json ? records_json(env.arena, &set)
                                  : strcmp(options->format, "nsupdate") == 0
                                      ? records_nsupdate(env.arena, &set, env.language)
                                      : records_bind(env.arena, &set, env.language);
        fwrite(text.ptr, 1, text.len, stdout);
        status = text.ptr == NULL ? CLI_EXIT_TEMPORARY : CLI_EXIT_OK;
    }
    environment_close(&env);
    return status;
}
