/* The command lines about this host, its daemons and its settings: tables, and nothing else. */
#include "host_table.h"

#include "cache.h"
#include "config_command.h"
#include "doctor.h"
#include "environment.h"
#include "journal.h"
#include "setup.h"
#include "status.h"
#include "up.h"

static const struct cli_option up_options[] = {
    {"listen", 0, CLI_LIST, "LISTENER", NULL, NULL, offsetof(struct up_options, listen),
     "where the MTA finds the milter, beside the socket in the state directory; as for sceau-milter"},
    {"state",  0, CLI_TEXT, "DIR",      NULL, NULL, offsetof(struct up_options, state),
     "the state directory; without it a new one, which is removed at the end"                       },
    {"now",    0, CLI_TEXT, "EPOCH",    NULL, NULL, offsetof(struct up_options, now),
     "start the clock there, in seconds since 1970 (for tests)"                                     },
    {"web",    0, CLI_TEXT, "LISTENER", NULL, NULL, offsetof(struct up_options, web),
     "start sceau-reportd and the dashboard as well, which listens there: ADDRESS:PORT"             },
};

static const struct cli_example up_examples[] = {
    {"sceau up --web 127.0.0.1:8460",                    "with the dashboard, and the link into it"},
    {"sceau up --listen inet:8891@127.0.0.1",            "a milter to try in front of Postfix"     },
    {"sceau up --dns zone.txt --set policy.mode=reject",
     "its DNS from a file, refusing what fails"                                                    },
};

static const struct cli_option setup_options[] = {
    {"server",     0,   CLI_LIST, "NAME=ADDRESS,...", NULL,                     NULL,
     offsetof(struct setup_options,                                                                                  servers),
     "a mail server that holds mailboxes; default: this host; repeatable"            },
    {"gateway",    0,   CLI_LIST, "NAME=ADDRESS,...", NULL,                     NULL,
     offsetof(struct setup_options,                                                                                  gateways),
     "a relay that receives; default: the other hosts of the domain's MX; repeatable"},
    {"sender",     0,   CLI_LIST, "NAME=ADDRESS",     NULL,                     NULL,
     offsetof(struct setup_options,                                                                                  senders),
     "a name below the domain that sends through a server (a satellite); repeatable" },
    {"policy",     0,   CLI_TEXT, "POLICY",           "none quarantine reject", NULL,
     offsetof(struct setup_options,                                                                                  policy),
     "what receivers do with forgeries; default: quarantine"                         },
    {"rua",        0,   CLI_TEXT, "ADDRESS",          NULL,                     NULL, offsetof(struct setup_options, rua),
     "where reports go; default: postmaster of the domain"                           },
    {"zone",       0,   CLI_TEXT, "FILE|none",        NULL,                     NULL, offsetof(struct setup_options, zone),
     "the zone's file; default: the one that named.conf names"                       },
    {"selector",   0,   CLI_TEXT, "NAME",             NULL,                     NULL,
     offsetof(struct setup_options,                                                                                  selector),
     "the selector of new keys; default: s and the date"                             },
    {"mta",        0,   CLI_TEXT, "MTA",              "postfix zimbra none",    NULL,
     offsetof(struct setup_options,                                                                                  mta),
     "whose settings are changed or printed; default: what is found"                 },
    {"postfix",    0,   CLI_TEXT, "DIR",              NULL,                     NULL, offsetof(struct setup_options, postfix),
     "the folder of another Postfix's main.cf"                                       },
    {"zimbra",     0,   CLI_TEXT, "DIR",              NULL,                     NULL, offsetof(struct setup_options, zimbra),
     "where Zimbra is, instead of /opt/zimbra"                                       },
    {"named-conf", 0,   CLI_TEXT, "FILE",             NULL,                     NULL,
     offsetof(struct setup_options,                                                                                  named_conf),
     "BIND's configuration, when it is elsewhere"                                    },
    {"state",      0,   CLI_TEXT, "DIR",              NULL,                     NULL, offsetof(struct setup_options, state),
     "the state directory, instead of milter.state"                                  },
    {"yes",        'y', CLI_FLAG, NULL,               NULL,                     NULL, offsetof(struct setup_options, yes),
     "take the defaults and ask nothing"                                             },
    {"dry-run",    0,   CLI_FLAG, NULL,               NULL,                     NULL, offsetof(struct setup_options, dry_run),
     "say what would be written, and write nothing"                                  },
    {"undo",       0,   CLI_FLAG, NULL,               NULL,                     NULL, offsetof(struct setup_options, undo),
     "put every file back as it was before setup"                                    },
};

static const struct cli_option status_options[] = {
    {"state", 0, CLI_TEXT, "DIR", NULL, NULL, offsetof(struct status_options, state),
     "the state directory, instead of milter.state"},
};

static const struct cli_example setup_examples[] = {
    {"sceau setup example.org",                                                      "asks six questions at most, and shows the five steps"},
    {"sceau setup --yes --server mail=192.0.2.1 --sender web=192.0.2.7 example.org",
     "for a script"                                                                                                                        },
    {"sceau setup --undo",                                                           "as if it had not been run"                           },
};

static const struct cli_option doctor_options[] = {
    {"only",    0, CLI_LIST, "ID",  NULL, NULL, offsetof(struct doctor_options, only),
     "this check alone, or those of a family (\"milter.\"); repeatable"},
    {"skip",    0, CLI_LIST, "ID",  NULL, NULL, offsetof(struct doctor_options, skip),
     "leave this check out; repeatable"                                },
    {"postfix", 0, CLI_TEXT, "DIR", NULL, NULL,
     offsetof(struct doctor_options,                                            postfix),
     "the folder of another Postfix's main.cf"                         },
    {"state",   0, CLI_TEXT, "DIR", NULL, NULL, offsetof(struct doctor_options, state),
     "the state directory, instead of milter.state"                    },
    {"list",    0, CLI_FLAG, NULL,  NULL, NULL, offsetof(struct doctor_options, list),
     "list the checks and end"                                         },
};

static const struct cli_example doctor_examples[] = {
    {"sceau doctor",                              "what is wrong, worst first, and the command that mends it"},
    {"sceau doctor --only milter.",               "only how Postfix finds the milter"                        },
    {"sceau doctor --json --skip resolver.local", "for monitoring"                                           },
};

const struct cli_command host_commands[HOST_COMMAND_COUNT] = {
    {
     .name = "up",
     .operands = "",
     .sentence = "start the daemons in the foreground, and stop them together",
     .description =
            "Starts sceau-milter on defaults that need no installation, says where it "
            "listens and how an MTA finds it, and prints \"ready\" alone on a line of "
            "standard output. Listeners that the configuration names are left to the "
            "milter that is installed. The daemons' log goes to standard error.\n\n"
            "INT (Ctrl-C) or TERM stops all of them and leaves no socket and no process; a "
            "second one does not wait for messages that are at their end.",                     .exit_status =
            "0 stopped; that of a daemon which ended by itself, 75 when it gave none", .options = up_options,
     .option_count = sizeof up_options / sizeof *up_options,
     .options_size = sizeof(struct up_options),
     .examples = up_examples,
     .example_count = sizeof up_examples / sizeof *up_examples,
     .run = up_run,
     },
    {
     .name = "setup",
     .operands = "[DOMAIN]",
     .operands_max = 1,
     .sentence = "bring a domain from nothing to \"DMARC valid\"",
     .description =
            "Finds Postfix or Zimbra, the zone's file and this host's addresses, asks six "
            "questions at most (each with what was found as its default), and writes the "
            "description of the domain into the configuration, a key for each name that "
            "sends, and Postfix's settings; Zimbra's are printed as zmprov commands. Then "
            "come the five steps A/AAAA, SPF, DKIM, DMARC and MX: done when DNS serves the "
            "records and no check finds a problem, next with the lines to publish "
            "otherwise. Run it again after each: what is done is left alone.\n\n"
            "Every file is remembered in the state directory before it is changed: --undo "
            "puts each back octet for octet, and keeps a copy of what somebody else "
            "changed since.", .exit_status =
            "0 all five are done, 1 something is next, 2 --undo could not put back a file, "
            "3 DNS could not tell, 64 no answer, 65 the configuration or a key cannot be "
            "used, 75 a file could not be written", .options = setup_options,
     .option_count = sizeof setup_options / sizeof *setup_options,
     .options_size = sizeof(struct setup_options),
     .examples = setup_examples,
     .example_count = sizeof setup_examples / sizeof *setup_examples,
     .run = setup_run,
     },
    {
     .name = "status",
     .operands = "",
     .sentence = "what runs, the last verdict, the keys, and what needs doing",
     .description =
            "Looks at the state directory: whether a milter runs there, its counters, the "
            "last message in its journal, how many keys are in which state. Each thing to "
            "do comes with the command for it. Reads only; run it as root or as the "
            "milter's user. sceau doctor looks at the host around it.",                                                                           .exit_status =
            "0 nothing to do, 1 something is, 2 no milter runs or a key cannot be read, "
            "3 it could not be told", .options = status_options,
     .option_count = sizeof status_options / sizeof *status_options,
     .options_size = sizeof(struct status_options),
     .run = status_run,
     },
    {
     .name = "doctor",
     .operands = "",
     .sentence = "what is wrong with this host's own set-up",
     .description =
            "Reads Postfix's configuration through postconf(1), looks at the milter's "
            "sockets as Postfix sees them, and asks the resolver how it behaves. Each "
            "finding comes with the command that mends it; nothing is changed. Run it as "
            "root to have all of it looked at.",                .exit_status =
            "0 fine, 1 a warning, 2 a problem, 3 something could not be told, 64 no such "
            "check", .options = doctor_options,
     .option_count = sizeof doctor_options / sizeof *doctor_options,
     .options_size = sizeof(struct doctor_options),
     .examples = doctor_examples,
     .example_count = sizeof doctor_examples / sizeof *doctor_examples,
     .run = doctor_command_run,
     },
    {
     .name = "journal cat",
     .operands = "FILE|DIR...",
     .operands_min = 1,
     .operands_max = SIZE_MAX,
     .sentence = "print the milter's journal as JSON",
     .description =
            "One object for each message, oldest first within each folder; while failure reports "
            "are on, one more for each sample, without its text. Segments lie in "
            "the folder journal of the milter's state directory; they may be read while "
            "they are written.", .exit_status = "0 read, 65 a file could not be read",
     .run = journal_cat_run,
     },
    {
     .name = "cache list",
     .operands = "[NAME]",
     .operands_max = 1,
     .sentence = "show the DNS answers that the running milter keeps",
     .description =
            "A line for each: how long it is kept, type, status, records, whether it was "
            "validated, octets of memory, name. With NAME, that name and all below it. The "
            "milter is found by milter.state; root and its user may ask.", .exit_status = "0 shown, 2 it has no cache, 75 no milter runs",
     .run = cache_list_run,
     },
    {
     .name = "cache flush",
     .operands = "[NAME]",
     .operands_max = 1,
     .sentence = "let the running milter forget DNS answers",
     .description =
            "Of NAME and all below it, or all. Use it after a record was repaired: the next "
            "message asks again.", .exit_status = "0 forgotten, 2 it has no cache, 75 no milter runs",
     .run = cache_flush_run,
     },
    {
     .name = "config check",
     .operands = "[FILE]",
     .operands_max = 1,
     .sentence = "check a configuration file",
     .description = "Says file, line, column and remedy of the first error.",
     .exit_status = "0 good, 65 not",
     .run = config_check_run,
     },
    {
     .name = "config show",
     .operands = "[FILE]",
     .operands_max = 1,
     .sentence = "show the settings in force, defaults included",
     .description = "In the form of the configuration file.",
     .exit_status = "0 good, 65 not",
     .run = config_show_run,
     },
    {
     .name = "config sample",
     .operands = "",
     .sentence = "print a sample configuration file",
     .description = "Every option with its default and a sentence.",
     .run = config_sample_run,
     },
};
