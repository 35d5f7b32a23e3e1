/* `sceau web login`: a one-time link for the browser of who may run this command here. */
#include "web.h"

#include "environment.h"
#include "web_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct login_options {
    const char *state;
};

static int
print_link(struct environment *env, const char *state)
{
    char address[256], secret[SESSION_TEXT];
    if (!web_address_read(state, address)) {
        environment_complain(
            env, N_("{name}: sceau-web does not run with this state directory"),
            sceau_slice_from(state));
        return CLI_EXIT_TEMPORARY;
    }
    if (!web_link_make(state, (int64_t)time(NULL) + WEB_LINK_SECONDS, secret)) {
        char folder[4096];
        int error = errno;
        snprintf(folder, sizeof folder, "%s/" WEB_LINK_FOLDER, state);
        complain_errno(env->language, folder, error);
        return CLI_EXIT_TEMPORARY;
    }
    if (env->call->globals.json)
        printf("{\"url\":\"%s/login?token=%s\",\"seconds\":%d}\n", address, secret,
               WEB_LINK_SECONDS);
    else
        printf("%s/login?token=%s\n", address, secret);
    return CLI_EXIT_OK;
}

static int
login_run(const struct cli_call *call)
{
    const struct login_options *options = call->options;
    struct environment env = {.call = call};
    int status = environment_load_config(&env, call);
    char state[4096] = "";
    if (options->state != NULL)
        snprintf(state, sizeof state, "%s", options->state);
    else
        snprintf(state, sizeof state, "%.*s", SLICE_ARG(env.config.milter.state));
    if (status == 0)
        status = print_link(&env, state);
    environment_close(&env);
    return status;
}

static const struct cli_option login_options[] = {
    {"state", 0, CLI_TEXT, "DIR", NULL, NULL, offsetof(struct login_options, state),
     "the state directory of sceau-web; beats milter.state"},
};

static const struct cli_example login_examples[] = {
    {"sceau web login",                                           "print the link; open it in a browser on this host"},
    {"ssh -L 8460:127.0.0.1:8460 mx.example.org sceau web login",
     "from elsewhere: the same address then works in the browser there"                                              },
};

const struct cli_command web_commands[WEB_COMMAND_COUNT] = {
    {
     .name = "web login",
     .operands = "",
     .sentence = "print a one-time link into the dashboard",
     .description =
            "The link opens the dashboard of the sceau-web that runs here, once, within ten "
            "minutes; the session it begins lasts web.session. There is no password: who "
            "may run this command with the rights of root or of sceau-web is an "
            "administrator.", .exit_status =
            "0 a link was printed, 64 usage, 65 configuration, 75 sceau-web does not "
            "run here", .options = login_options,
     .option_count = sizeof login_options / sizeof *login_options,
     .options_size = sizeof(struct login_options),
     .examples = login_examples,
     .example_count = sizeof login_examples / sizeof *login_examples,
     .run = login_run,
     },
};
