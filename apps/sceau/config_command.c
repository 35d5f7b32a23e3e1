/* `sceau config`: is this file good, what is in force, what could be said. */
#include "config_command.h"

#include "environment.h"

/* The file named as operand counts as --config. */
static int
load(struct environment *env, const struct cli_call *call, struct cli_call *changed)
{
    *changed = *call;
    if (call->operands.count > 0)
        changed->globals.config = call->operands.items[0];
    return environment_load_config(env, changed);
}

int
config_check_run(const struct cli_call *call)
{
    struct environment env = {0};
    struct cli_call changed;
    int status = load(&env, call, &changed);
    if (status == 0 && !call->globals.quiet)
        printf("%s: good\n", env.config_place);
    environment_close(&env);
    return status;
}

int
config_show_run(const struct cli_call *call)
{
    struct environment env = {0};
    struct cli_call changed;
    int status = load(&env, call, &changed);
    if (status == 0) {
        struct sceau_slice text = config_show(env.arena, &env.config);
        fwrite(text.ptr, 1, text.len, stdout);
    }
    environment_close(&env);
    return status;
}

int
config_sample_run(const struct cli_call *call)
{
    struct environment env = {0};
    (void)call;
    if (!environment_has_memory(&env))
        return CLI_EXIT_TEMPORARY;
    struct sceau_slice text = config_sample(env.arena);
    fwrite(text.ptr, 1, text.len, stdout);
    environment_close(&env);
    return CLI_EXIT_OK;
}
