/* The command lines of `sceau key`: tables, and nothing else. */
#include "key.h"

#define MEMBER(name) offsetof(struct key_options, name)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* One row for each option; the tables below choose from them. */
#define ROW(name, letter, type, argument, choices, fallback, member, text)          \
 {                                                                                  \
  (name), (letter), (type), (argument), (choices), (fallback), MEMBER(member), text \
 }
#define DOMAIN_OPTION(text) \
 ROW("domain", 'd', CLI_LIST, "DOMAIN", NULL, NULL, domains, text)
#define SELECTOR_OPTION(text) \
 ROW("selector", 's', CLI_TEXT, "SELECTOR", NULL, NULL, selector, text)
#define STATE_OPTION                                 \
 ROW("state", 0, CLI_TEXT, "DIR", NULL, NULL, state, \
     "the state directory, instead of milter.state: keys are in DIR/keys")
#define NOW_OPTION                                 \
 ROW("now", 0, CLI_TEXT, "EPOCH", NULL, NULL, now, \
     "the time, in seconds since 1970 (for tests)")
#define ZONE_OPTION                                                              \
 ROW("zone", 0, CLI_TEXT, "ZONE", NULL, NULL, zone,                              \
     "the zone that the record goes into, when it is not the domain's own: the " \
     "record's name is written for it")
#define BITS_OPTION                                    \
 ROW("bits", 'b', CLI_NUMBER, "N", NULL, "2048", bits, \
     "bits of an RSA key, 2048 to 4096")
#define TYPE_OPTION                                           \
 ROW("type", 0, CLI_TEXT, "TYPE", "rsa ed25519", "rsa", type, \
     "the algorithm; a domain may have one key of each")
#define SHARED_OPTION                                    \
 ROW("shared", 0, CLI_FLAG, NULL, NULL, NULL, is_shared, \
     "let this domain have a selector that another one has as well")
#define PRIVATE_OPTION \
 ROW("private", 0, CLI_FLAG, NULL, NULL, NULL, is_private, "print the private key too")

#define SIGNING_TABLE_OPTION                                                              \
 ROW("signing-table", 0, CLI_TEXT, "FILE", NULL, NULL, signing_table,                     \
     "the SigningTable of OpenDKIM, beside its KeyTable: the domains that % stands for, " \
     "and what is signed otherwise here")

static const struct cli_option make_options[] = {
    DOMAIN_OPTION("the domain that signs; repeatable, each gets a pair of its own"),
    SELECTOR_OPTION("the name of its record; without it a random UUID"),
    BITS_OPTION,
    TYPE_OPTION,
    SHARED_OPTION,
    ZONE_OPTION,
    STATE_OPTION,
    NOW_OPTION,
};

static const struct cli_option remove_options[] = {
    DOMAIN_OPTION("whose keys sign no more; repeatable"),
    SELECTOR_OPTION("this key alone; without it all that sign or are to sign"),
    STATE_OPTION,
    NOW_OPTION,
};

static const struct cli_option query_options[] = {
    DOMAIN_OPTION("whose keys; repeatable"),
    SELECTOR_OPTION("the key of this selector, of whatever domain"),
    PRIVATE_OPTION,
    ZONE_OPTION,
    STATE_OPTION,
};

static const struct cli_option show_options[] = {
    SELECTOR_OPTION("this key alone"),
    ZONE_OPTION,
    STATE_OPTION,
};

static const struct cli_option import_options[] = {
    DOMAIN_OPTION("of a key in PEM: the domain that signs with it"),
    SELECTOR_OPTION("of a key in PEM: the name of its record"),
    SIGNING_TABLE_OPTION,
    STATE_OPTION,
    NOW_OPTION,
};

static const struct cli_option rotate_options[] = {
    SELECTOR_OPTION("this key alone"),
    ZONE_OPTION,
    STATE_OPTION,
    NOW_OPTION,
};

static const struct cli_option list_options[] = {
    STATE_OPTION,
};

static const struct cli_example add_examples[] = {
    {"sceau key add -d example.org",                            "a first key, and the record to publish"},
    {"sceau key add -d example.org -s 2026e --type ed25519",
     "a second one, of the other algorithm"                                                             },
    {"sceau key add -d proxy-1.example.org --zone example.org",
     "the record's name as the parent's zone wants it"                                                  },
    {"sceau key add -d example.org -d example.net -s mail",
     "an alias domain has a key of its own"                                                             },
};

static const struct cli_example update_examples[] = {
    {"sceau key update -d example.org",
     "a new key; the old one signs until the record is "
     "seen"                                                   },
    {"sceau key update -d example.org -b 3072", "a larger one"},
};

static const struct cli_example remove_examples[] = {
    {"sceau key remove -d example.org",          "nothing is signed for it any more"},
    {"sceau key remove -d example.org -s 2026a", "this key alone"                   },
};

static const struct cli_example import_examples[] = {
    {"zmdkimkeyutil -q -d example.org | sceau key import -",   "from Zimbra"   },
    {"sceau key import --signing-table SigningTable KeyTable", "from OpenDKIM" },
    {"sceau key import -d example.org -s mail mail.private",   "one key in PEM"},
};

static const struct cli_example rotate_examples[] = {
    {"sceau key rotate",                    "what is due with every key of this host"},
    {"sceau key rotate example.org --json", "one domain, for a script"               },
};

static const struct cli_example list_examples[] = {
    {"sceau key list", "every key of this host"},
};

static const struct cli_example show_examples[] = {
    {"sceau key show example.org", "the lives and the records of its keys"},
};

static const struct cli_example query_examples[] = {
    {"sceau key query -d example.org",           "its keys as zmdkimkeyutil -q prints them"},
    {"sceau key query -s 2026a --private > key", "a copy, with the private key"            },
};

const struct cli_command key_commands[KEY_COMMAND_COUNT] = {
    {
     .name = "key add",
     .operands = "[DOMAIN...]",
     .operands_min = 0,
     .operands_max = SIZE_MAX,
     .sentence = "make the key that a domain signs with, and print its record",
     .description =
            "As zmdkimkeyutil -a. The key is kept in the state directory for its owner alone, in "
            "the state next: it signs nothing until sceau key rotate has seen its record on "
            "every name server of the zone. There is no -S: the flag t=s that it puts into the "
            "record keeps signatures from naming a user of a subdomain (i=), which no signature "
            "made here does unless identity = yes says so in [sign \"DOMAIN\"]. Whoever wants "
            "it may write t=s; into the published record: further tags are no difference.",
     .exit_status =
            "0 made, 1 refused (the domain has a key, the selector is in use), 64 the command "
            "line was wrong, 65 what is there cannot be used, 75 not written",         .options = make_options,
     .option_count = COUNT(make_options),
     .options_size = sizeof(struct key_options),
     .examples = add_examples,
     .example_count = COUNT(add_examples),
     .run = key_add_run,
     },
    {
     .name = "key update",
     .operands = "[DOMAIN...]",
     .operands_min = 0,
     .operands_max = SIZE_MAX,
     .sentence = "begin a new key beside the one in use",
     .description =
            "As zmdkimkeyutil -u, but that no signature breaks: the old key signs until every "
            "name server serves the new one's record, and the old record stays for a time. sceau "
            "key rotate does the steps. A new key that was not yet in use is replaced.",                                                              .exit_status =
            "0 made, 1 refused (the domain has no key, the selector is in use), 64 the command "
            "line was wrong, 65 what is there cannot be used, 75 not written",                              .options = make_options,
     .option_count = COUNT(make_options),
     .options_size = sizeof(struct key_options),
     .examples = update_examples,
     .example_count = COUNT(update_examples),
     .run = key_update_run,
     },
    {
     .name = "key remove",
     .operands = "[DOMAIN...]",
     .operands_min = 0,
     .operands_max = SIZE_MAX,
     .sentence = "let a domain's keys sign no more",
     .description =
            "As zmdkimkeyutil -r. From now on nothing is signed with them. Their records stay in "
            "the zone, for mail that is under way: sceau key rotate says when they may go.",
     .exit_status =
            "0 removed, 1 there is no such key, 65 what is there cannot be used, 75 not "
            "written",                                                                .options = remove_options,
     .option_count = COUNT(remove_options),
     .options_size = sizeof(struct key_options),
     .examples = remove_examples,
     .example_count = COUNT(remove_examples),
     .run = key_remove_run,
     },
    {
     .name = "key query",
     .operands = "[DOMAIN...]",
     .operands_min = 0,
     .operands_max = SIZE_MAX,
     .sentence = "print a domain's keys as zmdkimkeyutil -q does",
     .description =
            "Domain, selector, private key (with --private), record and identity of each key, in "
            "blocks that sceau key import reads, and its state. Revoked keys are shown when "
            "their selector is named.",                                                                                           .exit_status =
            "0 printed, 1 there is no such key, 65 what is there cannot be used",                                                              .options = query_options,
     .option_count = COUNT(query_options),
     .options_size = sizeof(struct key_options),
     .examples = query_examples,
     .example_count = COUNT(query_examples),
     .run = key_query_run,
     },
    {
     .name = "key list",
     .operands = "[DOMAIN...]",
     .operands_min = 0,
     .operands_max = SIZE_MAX,
     .sentence = "list the keys: state, type, since when, domain, selector",
     .description = "Of all domains, or of those named.",
     .exit_status = "0 listed, 65 what is there cannot be used",
     .options = list_options,
     .option_count = COUNT(list_options),
     .options_size = sizeof(struct key_options),
     .examples = list_examples,
     .example_count = COUNT(list_examples),
     .run = key_list_run,
     },
    {
     .name = "key show",
     .operands = "DOMAIN...",
     .operands_min = 1,
     .operands_max = SIZE_MAX,
     .sentence = "show a domain's keys: their lives and their records",
     .description = "The record of each is printed as it is to be published.",
     .exit_status = "0 shown, 1 there is none, 65 what is there cannot be used",
     .options = show_options,
     .option_count = COUNT(show_options),
     .options_size = sizeof(struct key_options),
     .examples = show_examples,
     .example_count = COUNT(show_examples),
     .run = key_show_run,
     },
    {
     .name = "key rotate",
     .operands = "[DOMAIN...]",
     .operands_min = 0,
     .operands_max = SIZE_MAX,
     .sentence = "do what is due in the lives of the keys",
     .description =
            "What sceau-keys.timer runs each hour; it may be run, and stopped, at any time. A new key "
            "signs once every name server of its zone has served its record for as long as an "
            "answer without it may be kept; the old one retires then. The record of a key in use is "
            "looked at once a day. A record that no mail needs any more (keys.grace, "
            "keys.evidence) is told: then it may be removed. With keys.lifetime a new key is "
            "begun beside one of that age.\n\n"
            "Each server that is named in NS is asked by itself, at each of its addresses.",
     .exit_status =
            "0 fine, 1 a record that is needed is gone or different, 3 DNS could not tell, 65 "
            "what is there cannot be used, 75 not written",                                       .options = rotate_options,
     .option_count = COUNT(rotate_options),
     .options_size = sizeof(struct key_options),
     .examples = rotate_examples,
     .example_count = COUNT(rotate_examples),
     .run = key_rotate_run,
     },
    {
     .name = "key import",
     .operands = "FILE|-...",
     .operands_min = 1,
     .operands_max = SIZE_MAX,
     .sentence = "take over keys, with the selectors they have",
     .description =
            "Reads what zmdkimkeyutil -q and sceau key query --private print, the KeyTable of OpenDKIM with "
            "the files it names, and keys in PEM (with -d and -s). A key whose record every name "
            "server has signs at once; any other is kept in the state next, and sceau key rotate "
            "looks again. What is there already is left as it is, so that it may be run again. "
            "Nothing is changed where the keys come from.",                                 .exit_status =
            "0 taken over, 1 OpenDKIM signs otherwise than sceau will, 64 the command line was "
            "wrong, 65 something could not be read or used, 75 not written",.options = import_options,
     .option_count = COUNT(import_options),
     .options_size = sizeof(struct key_options),
     .examples = import_examples,
     .example_count = COUNT(import_examples),
     .run = key_import_run,
     },
};
