/* The command lines of `sceau zone`: tables, and nothing else. */
#include "zone.h"

static const struct cli_option zone_show_options[] = {
    {"format", 0, CLI_TEXT, "FORM", "bind nsupdate json", "bind",
     offsetof(struct zone_show_options, format),
     "as a part of a zone file, as a script of nsupdate, or as JSON"},
};

static const struct cli_example zone_show_examples[] = {
    {"sceau zone show example.org",                                                      "what the zone needs, ready to paste"},
    {"sceau zone show --format nsupdate example.org | nsupdate -k /etc/bind/update.key",
     "straight into a dynamic zone"                                                                                           },
};

static const struct cli_option zone_apply_options[] = {
    {"domain",  0, CLI_TEXT,   "DOMAIN",  NULL, NULL,
     offsetof(struct zone_apply_options,                                                   domain),
     "this domain alone; default: every described one whose records go into the zone"                                         },
    {"yes",     0, CLI_FLAG,   NULL,      NULL, NULL,  offsetof(struct zone_apply_options, yes),
     "write without asking"                                                                                                   },
    {"dry-run", 0, CLI_FLAG,   NULL,      NULL, NULL,
     offsetof(struct zone_apply_options,                                                   dry_run),
     "show the difference and write nothing"                                                                                  },
    {"reload",  0, CLI_FLAG,   NULL,      NULL, NULL,
     offsetof(struct zone_apply_options,                                                   reload),
     "then run \"rndc reload ZONE\" and wait until every server has the new serial"                                           },
    {"wait",    0, CLI_NUMBER, "SECONDS", NULL, "120",
     offsetof(struct zone_apply_options,                                                   wait),    "with --reload: how long"},
};

static const struct cli_example zone_apply_examples[] = {
    {"sceau zone apply --dry-run /etc/bind/masters/zw3b.net.hosts",
     "what would change"                                 },
    {"sceau zone apply --yes --reload /etc/bind/masters/zw3b.net.hosts",
     "change it, reload it, and see every server have it"},
};

static const struct cli_option zone_push_options[] = {
    {"yes",     0, CLI_FLAG,   NULL,      NULL, NULL,  offsetof(struct zone_push_options, yes),
     "send without asking"                                                                                                               },
    {"dry-run", 0, CLI_FLAG,   NULL,      NULL, NULL,
     offsetof(struct zone_push_options,                                                   dry_run),
     "show the difference and send nothing"                                                                                              },
    {"wait",    0, CLI_NUMBER, "SECONDS", NULL, "120",
     offsetof(struct zone_push_options,                                                   wait),    "how long every server is waited for"},
};

static const struct cli_example zone_push_examples[] = {
    {"sceau zone push --dry-run example.org", "what would change"                      },
    {"sceau zone push --yes example.org",     "change it, and see every server have it"},
};

const struct cli_command zone_commands[ZONE_COMMAND_COUNT] = {
    {
     .name = "zone show",
     .operands = "DOMAIN",
     .operands_min = 1,
     .operands_max = 1,
     .sentence = "the records that a domain needs, from its description",
     .description =
            "The description stands in the configuration: [domain \"example.org\"] names "
            "servers, gateways, sending names, policy and report addresses (see "
            "sceau.conf(5)); the keys are those of the key store. Printed are addresses, "
            "aliases, MX, SPF, DKIM, DMARC and agreements to reports, with a comment on "
            "each DMARC line that says what it asks for. As comments follow what other "
            "domains have to publish, and Postfix's settings for each sending name.", .exit_status =
            "0 printed, 2 the domain is not described, 65 the description cannot be used",
     .options = zone_show_options,
     .option_count = sizeof zone_show_options / sizeof *zone_show_options,
     .options_size = sizeof(struct zone_show_options),
     .examples = zone_show_examples,
     .example_count = sizeof zone_show_examples / sizeof *zone_show_examples,
     .run = zone_show_run,
     },
    {
     .name = "zone apply",
     .operands = "FILE",
     .operands_min = 1,
     .operands_max = 1,
     .sentence = "put a domain's records into its zone file",
     .description =
            "Edits BIND's zone file in place so that it holds what sceau zone show prints. "
            "Only what has to change changes: comments, order and blanks stay, and a second "
            "run finds nothing to do. A record that says the right thing keeps its TTL. The "
            "serial is raised (to YYYYMMDDnn of today, or by one), and the difference is "
            "shown first.\n\n"
            "A file that is not understood is refused with its line and column, and left "
            "alone; so is one that names a signed or a dynamic zone. The new file is "
            "complete, and accepted by named-checkzone (when it is installed), before it "
            "takes the old one's place; that stays beside it as FILE.bak-SERIAL.",                                                               .exit_status =
            "0 done, or nothing to do; 1 not every server has it; 2 the domain is not "
            "described, or BIND refuses; 65 the file or the description cannot be used; 75 "
            "it could not be written",                                                                                                                   .options = zone_apply_options,
     .option_count = sizeof zone_apply_options / sizeof *zone_apply_options,
     .options_size = sizeof(struct zone_apply_options),
     .examples = zone_apply_examples,
     .example_count = sizeof zone_apply_examples / sizeof *zone_apply_examples,
     .run = zone_apply_run,
     },
    {
     .name = "zone push",
     .operands = "DOMAIN",
     .operands_min = 1,
     .operands_max = 1,
     .sentence = "put a domain's records into a dynamic zone",
     .description =
            "Asks the zone's primary server (domain.primary, or the one that the SOA names) "
            "for what it has, shows what differs from sceau zone show, and sends that as one "
            "dynamic update (RFC 2136), signed with the key of domain.tsig_file (TSIG). The "
            "server takes all of it or nothing, and only while the sets that change are as "
            "they were seen: nobody else's change is overwritten. Its reply has to be "
            "signed too.\n\n"
            "Then every server that the zone's NS records name is asked until it has the new "
            "serial; those that have not are named.",                                                            .exit_status =
            "0 done, or nothing to do; 1 not every server has it; 2 refused, or changed by "
            "somebody else meanwhile, or the domain is not described; 3 the server could not "
            "be asked; 65 the key or the description cannot be used; 75 try again",                                                                                                                                                         .options = zone_push_options,
     .option_count = sizeof zone_push_options / sizeof *zone_push_options,
     .options_size = sizeof(struct zone_push_options),
     .examples = zone_push_examples,
     .example_count = sizeof zone_push_examples / sizeof *zone_push_examples,
     .run = zone_push_run,
     },
};
