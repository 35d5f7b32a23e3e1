/* The options that every command knows (DESIGN.md section 8), and a program's commands in
 * one row. */
#include "cli_table.h"

#define MEMBER(name) offsetof(struct cli_globals, name)

const struct cli_option cli_global_options[CLI_GLOBAL_OPTIONS] = {
    {"json",     0,   CLI_FLAG, NULL,                NULL,    NULL, MEMBER(json),
     "one JSON object a line instead of text for people"           },
    {"dns",      0,   CLI_TEXT, "FILE",              NULL,    NULL, MEMBER(dns),
     "answer every DNS question from this zone file and ask nobody"},
    {"resolver", 0,   CLI_TEXT, "ADDRESS[@PORT]",    NULL,    NULL, MEMBER(resolver),
     "ask this DNS server instead of the system's"                 },
    {"config",   0,   CLI_TEXT, "FILE",              NULL,    NULL, MEMBER(config),
     "the configuration file, instead of /etc/sceau/sceau.conf"    },
    {"set",      0,   CLI_LIST, "SECTION.KEY=VALUE", NULL,    NULL, MEMBER(set),
     "one setting; beats the configuration file (repeatable)"      },
    {"lang",     0,   CLI_TEXT, "LANGUAGE",          "en fr", NULL, MEMBER(lang),
     "the language of findings; by default the environment's"      },
    {"quiet",    'q', CLI_FLAG, NULL,                NULL,    NULL, MEMBER(quiet),
     "print problems only; the exit status tells the rest"         },
    {"help",     'h', CLI_FLAG, NULL,                NULL,    NULL, MEMBER(help),
     "print this text and exit; --help=man prints it as a man page"},
    {"version",  0,   CLI_FLAG, NULL,                NULL,    NULL, MEMBER(version),
     "print the version and exit"                                  },
};

const struct cli_command *
cli_command_at(const struct cli_program *program, size_t i)
{
    if (i < program->command_count)
        return &program->commands[i];
    i -= program->command_count;
    for (size_t g = 0; g < program->group_count; g++) {
        if (i < program->groups[g].count)
            return &program->groups[g].commands[i];
        i -= program->groups[g].count;
    }
    return NULL;
}

const char cli_usual_exit_status[] = "0   fine\n"
                                     "1   a warning, or a negative verdict\n"
                                     "2   a problem was found\n"
                                     "3   could not tell\n"
                                     "64  the command line was wrong\n"
                                     "65  an input could not be read\n"
                                     "70  a bug of sceau\n"
                                     "75  a temporary failure: try again later\n";
