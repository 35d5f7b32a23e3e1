/* The command line of sceau: tables of commands and their options, and nothing else. What
 * a command does stands in the file of its name; a family of commands has a table of its
 * own (key_table.c, zone_table.c, host_table.c). */
#include "check.h"
#include "config/cli.h"
#include "environment.h"
#include "host_table.h"
#include "key.h"
#include "lookup.h"
#include "outbox.h"
#include "report.h"
#include "report_ask.h"
#include "report_digest.h"
#include "report_ingest.h"
#include "shadow.h"
#include "sign.h"
#include "spf.h"
#include "store.h"
#include "verify.h"
#include "web.h"
#include "zone.h"

static const struct cli_option verify_options[] = {
    {"ip",          0, CLI_TEXT, "ADDRESS", NULL, NULL, offsetof(struct verify_options, ip),
     "the client that handed the message over; without it SPF is not checked"                                   },
    {"helo",        0, CLI_TEXT, "NAME",    NULL, NULL, offsetof(struct verify_options, helo),
     "what the client said in HELO or EHLO"                                                                     },
    {"mail-from",   0, CLI_TEXT, "ADDRESS", NULL, NULL,
     offsetof(struct verify_options,                                                    mail_from),
     "the sender of the envelope; \"<>\" is the null sender"                                                    },
    {"border",      0, CLI_TEXT, "HOST",    NULL, NULL, offsetof(struct verify_options, border),
     "take client, HELO and sender from the Received field that HOST wrote and from "
     "Return-Path"                                                                                              },
    {"now",         0, CLI_TEXT, "EPOCH",   NULL, NULL, offsetof(struct verify_options, now),
     "the time of verification, in seconds since 1970; signatures expire"                                       },
    {"authserv-id", 0, CLI_TEXT, "NAME",    NULL, NULL,
     offsetof(struct verify_options,                                                    authserv_id),
     "the name this host signs its Authentication-Results with"                                                 },
    {"milter",      0, CLI_TEXT, "WHERE",   NULL, NULL,
     offsetof(struct verify_options,                                                    milter),
     "hand each message to the milter at unix:PATH or inet:PORT@ADDRESS, as an MTA would, and show what it does"},
    {"explain",     0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct verify_options, explain),
     "tell each step: every DNS question and answer, every check, what decided"                                 },
};

static const struct cli_example verify_examples[] = {
    {"sceau verify message.eml",                                                                         "the verdict on one message"},
    {"sceau verify --explain --ip 192.0.2.1 --mail-from ann@example.org message.eml",
     "with its envelope, and why"                                                                                                    },
    {"sceau verify --json --border mx.example.net ~/Maildir",
     "a Maildir, a JSON object for each message"                                                                                     },
    {"sceau verify --dns zone.txt --now 1667930000 mailbox",
     "without a network: DNS from a zone file, at a given time"                                                                      },
    {"sceau verify --milter inet:8891@127.0.0.1 --ip 192.0.2.1 --mail-from ann@example.org message.eml",
     "does the milter that runs here do what this command says?"                                                                     },
};

static const struct cli_option lookup_options[] = {
    {"short", 0, CLI_FLAG, NULL, NULL, NULL, offsetof(struct lookup_options, is_short),
     "only the data of the records"},
};

static const struct cli_example lookup_examples[] = {
    {"sceau lookup dmarc example.org",
     "the policy that is in force, and what it means"                                            },
    {"sceau lookup dkim s1 example.org",                      "the key of selector s1"           },
    {"sceau lookup host mail.example.org",                    "addresses, aliases and mail hosts"},
    {"sceau lookup SPF example.org @ns1.example.org --short",
     "the retired type 99, from one server"                                                      },
};

static const struct cli_option flatten_options[] = {
    {"source", 0, CLI_TEXT, "RECORD|NAME", NULL, NULL,
     offsetof(struct spf_flatten_options, source),
     "the record to flatten, or the name where it stands; default: NAME itself"},
    {"check",  0, CLI_FLAG, NULL,          NULL, NULL,
     offsetof(struct spf_flatten_options, check),
     "compare what NAME publishes with its source, and print what differs"     },
};

static const struct cli_example flatten_examples[] = {
    {"sceau spf flatten example.org",                                         "the record with addresses for its includes"},
    {"sceau spf flatten --check --source spf-source.example.org example.org",
     "has the copy gone stale?"                                                                                           },
};

static const struct cli_option sign_options[] = {
    {"key",              0, CLI_LIST, "FILE",        NULL, NULL,              offsetof(struct sign_options, keys),
     "a private key in PEM, RSA or Ed25519; may be repeated, with its selector"                                                                                   },
    {"selector",         0, CLI_LIST, "NAME",        NULL, NULL,
     offsetof(struct sign_options,                                                                          selectors),        "where its public key is published"},
    {"domain",           0, CLI_TEXT, "DOMAIN",      NULL, NULL,              offsetof(struct sign_options, domain),
     "the domain that signs (d=)"                                                                                                                                 },
    {"headers",          0, CLI_TEXT, "LIST",        NULL, NULL,              offsetof(struct sign_options, headers),
     "the fields to sign, separated by colons; default: those that matter, with From, "
     "To, Cc, Subject and Date so that no second one can be added"                                                                                                },
    {"canonicalization", 0, CLI_TEXT, "HEADER/BODY", NULL, "relaxed/relaxed",
     offsetof(struct sign_options,                                                                          canonicalization),
     "simple or relaxed, for the header and for the body"                                                                                                         },
    {"arc",              0, CLI_FLAG, NULL,          NULL, NULL,              offsetof(struct sign_options, arc),
     "seal it as well (ARC), with the first key, after signing"                                                                                                   },
    {"authserv-id",      0, CLI_TEXT, "NAME",        NULL, NULL,
     offsetof(struct sign_options,                                                                          authserv_id),
     "with --arc: whose Authentication-Results are believed and sealed"                                                                                           },
    {"now",              0, CLI_TEXT, "EPOCH",       NULL, NULL,              offsetof(struct sign_options, now),
     "the time of signing (t=), in seconds since 1970"                                                                                                            },
    {"explain",          0, CLI_FLAG, NULL,          NULL, NULL,              offsetof(struct sign_options, explain),
     "say whether sceau-milter would sign, which rule decides, and with which keys"                                                                               },
    {"from",             0, CLI_TEXT, "ADDRESS",     NULL, NULL,              offsetof(struct sign_options, from),
     "with --explain: the author"                                                                                                                                 },
    {"ip",               0, CLI_TEXT, "ADDRESS",     NULL, NULL,              offsetof(struct sign_options, ip),
     "with --explain: the client"                                                                                                                                 },
    {"login",            0, CLI_TEXT, "NAME",        NULL, NULL,              offsetof(struct sign_options, login),
     "with --explain: the session's login"                                                                                                                        },
    {"local",            0, CLI_FLAG, NULL,          NULL, NULL,              offsetof(struct sign_options, is_local),
     "with --explain: mail of sendmail(1)"                                                                                                                        },
    {"host",             0, CLI_TEXT, "NAME",        NULL, NULL,              offsetof(struct sign_options, host),
     "with --explain: the MTA's name; default: this host's"                                                                                                       },
    {"state",            0, CLI_TEXT, "DIR",         NULL, NULL,              offsetof(struct sign_options, state),
     "with --explain: the state directory, instead of milter.state: keys are in DIR/keys"                                                                         },
};

static const struct cli_example sign_examples[] = {
    {"sceau sign --key s1.pem --selector s1 --domain example.org < in.eml > out.eml",
     "one signature"                                                                                          },
    {"sceau sign --key r.pem --selector r --key e.pem --selector e --domain example.org "
     "in.eml",                                                                        "RSA and Ed25519"  },
    {"sceau sign --key s1.pem --selector s1 --domain example.org --arc --authserv-id "
     "mx.example.org < in.eml > out.eml",                                             "signed and sealed"},
    {"sceau sign --explain --from ann@example.org --ip 192.0.2.1 --login ann@example.org",
     "would the milter sign it?"                                                                              },
};

static const struct cli_option report_show_options[] = {
    {"csv",   0, CLI_FLAG, NULL,  NULL, NULL, offsetof(struct report_options, csv),
     "print a line of comma-separated values for each record"},
    {"state", 0, CLI_TEXT, "DIR", NULL, NULL, offsetof(struct report_options, state),
     "the state directory, instead of milter.state"          },
};

static const struct cli_example report_show_examples[] = {
    {"sceau report show google.com!example.org!1661558400!1661644799.zip",
     "what a reporter says, the worst sources first"                                          },
    {"sceau report show 771250bc4a442070",                                 "one of the store" },
    {"sceau report show --csv report.xml.gz > report.csv",                 "for a spreadsheet"},
    {"sceau report show --json - < mail.eml",
     "from a mail, a JSON object for each record"                                             },
};

static const struct cli_option report_ingest_options[] = {
    {"state", 0, CLI_TEXT, "DIR",   NULL, NULL,
     offsetof(struct report_ingest_options, state),
     "the state directory, made when absent; beats milter.state"  },
    {"trust", 0, CLI_FLAG, NULL,    NULL, NULL,
     offsetof(struct report_ingest_options, trust),
     "count reports as well whose mail does not prove who sent it"},
    {"now",   0, CLI_TEXT, "EPOCH", NULL, NULL,
     offsetof(struct report_ingest_options, now),
     "the time, in seconds since 1970 (for tests)"                },
};

static const struct cli_example report_ingest_examples[] = {
    {"sceau report ingest ~/Maildir/.DMARC", "all reports of a folder of mail"},
    {"sceau report ingest reports/*.zip",    "files that were downloaded"     },
    {"sceau report ingest - < mail.eml",     "one mail"                       },
};

static const struct cli_example shadow_examples[] = {
    {"sceau shadow report",                         "of the running milter"  },
    {"sceau shadow report --json /srv/mx2/journal", "another host's, as JSON"},
};

static const struct cli_option check_options[] = {
    {"zone",          0, CLI_TEXT, "FILE|-",  NULL, NULL, offsetof(struct check_command, zone),
     "check a zone file (BIND's format) as if it were published"                   },
    {"origin",        0, CLI_TEXT, "NAME",    NULL, NULL, offsetof(struct check_command, origin),
     "the zone's name, where the file does not say it"                             },
    {"summary",       0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct check_command, summary),
     "print the three lines of MXToolbox, and nothing else"                        },
    {"only",          0, CLI_LIST, "ID,...",  NULL, NULL, offsetof(struct check_command, only),
     "run these checks only; \"dmarc\" names all that begin so"                    },
    {"skip",          0, CLI_LIST, "ID,...",  NULL, NULL, offsetof(struct check_command, skip),
     "leave these out"                                                             },
    {"selector",      0, CLI_LIST, "S,...",   NULL, NULL,
     offsetof(struct check_command,                                                      selector),
     "DKIM selectors to look at, besides those seen in mail and common ones"       },
    {"sender",        0, CLI_LIST, "ADDRESS", NULL, NULL,
     offsetof(struct check_command,                                                      sender),
     "an address that sends for the names: SPF has to let it pass"                 },
    {"smtp",          0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct check_command, smtp),
     "connect to the mail hosts too; no mail is sent"                              },
    {"http",          0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct check_command, http),
     "fetch the MTA-STS policy and the BIMI logo too"                              },
    {"blocklists",    0, CLI_FLAG, NULL,      NULL, NULL,
     offsetof(struct check_command,                                                      blocklists),
     "ask the blocklists of the configuration too"                                 },
    {"own",           0, CLI_LIST, "ADDRESS", NULL, NULL, offsetof(struct check_command, own),
     "with --smtp: an own mail server, to be asked whether it relays for strangers"},
    {"allow-private", 0, CLI_FLAG, NULL,      NULL, NULL,
     offsetof(struct check_command,                                                      allow_private),
     "let probes connect to addresses that are not public"                         },
    {"all",           0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct check_command, all),
     "--smtp --http --blocklists --passed"                                         },
    {"passed",        0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct check_command, passed),
     "show the checks that passed or were skipped too"                             },
    {"csv",           0, CLI_FLAG, NULL,      NULL, NULL, offsetof(struct check_command, csv),
     "print a line of comma-separated values for each finding"                     },
    {"file",          0, CLI_TEXT, "FILE|-",  NULL, NULL, offsetof(struct check_command, file),
     "read names from a file too, one a line"                                      },
    {"parallel",      0, CLI_TEXT, "N",       NULL, "16", offsetof(struct check_command, parallel),
     "how many names are looked at at a time"                                      },
    {"explain",       0, CLI_TEXT, "ID",      NULL, NULL, offsetof(struct check_command, explain),
     "tell what a check tests, why, and how to mend it; \"all\" lists them"        },
};

static const struct cli_example check_examples[] = {
    {"sceau check example.org",
     "what is wrong with a domain, and the lines that mend it"                     },
    {"sceau check --summary mx:example.org",        "MXToolbox's three lines"      },
    {"sceau check --only dmarc --json example.org", "one family, for a script"     },
    {"sceau check --csv --file names.txt",          "many names, for a spreadsheet"},
    {"sceau check --explain dmarc.pct",             "more about one check"         },
    {"sceau check --zone zw3b.net.hosts",           "before it is published"       },
};

static const struct cli_command commands[] = {
    {
     .name = "verify",
     .operands = "FILE|-|DIR...",
     .operands_min = 1,
     .operands_max = SIZE_MAX,
     .sentence = "verify messages: SPF, DKIM, ARC and DMARC, and why",
     .description =
            "Reads messages from files, mailboxes (mbox), Maildirs or standard input and "
            "prints a row for each: the results, what this host would do, and a sentence "
            "that says why.\n\n"
            "A file that ends its lines with LF is read as if they were CRLF.\n\n"
            "With --milter the action is the milter's own, and a line says where its "
            "Authentication-Results are not what this command found: other settings, other DNS, "
            "another time.",                                                                                                                                                               .exit_status =
            "0 all pass or none, 1 a failure, 3 DNS could not tell, 65 a file "
            "could not be read; the worst of all messages", .options = verify_options,
     .option_count = sizeof verify_options / sizeof *verify_options,
     .options_size = sizeof(struct verify_options),
     .examples = verify_examples,
     .example_count = sizeof verify_examples / sizeof *verify_examples,
     .run = verify_run,
     },
    {
     .name = "sign",
     .operands = "[FILE]",
     .operands_max = 1,
     .sentence = "sign a message with DKIM, and seal it with ARC",
     .description =
            "Reads a message from FILE or standard input and writes it with its "
            "signatures on top. Lines that end in LF are signed as the CRLF they will be "
            "on the wire.\n\n"
            "With --explain no message is read: it says what sceau-milter, with this "
            "configuration and these keys, would do with mail of that author, client and "
            "login.",                                                                                                                                                          .exit_status =
            "0 signed, 3 signed but the ARC chain could not be judged, 65 the key or the "
            "message cannot be used; with --explain 0 would be signed, 1 would not, 3 the "
            "keys cannot be read",                                                                                                                                                                                          .options = sign_options,
     .option_count = sizeof sign_options / sizeof *sign_options,
     .options_size = sizeof(struct sign_options),
     .examples = sign_examples,
     .example_count = sizeof sign_examples / sizeof *sign_examples,
     .run = sign_run,
     },
    {
     .name = "lookup",
     .operands = "spf|dmarc|mx|host|TYPE NAME [@SERVER] | dkim SELECTOR DOMAIN",
     .operands_min = 2,
     .operands_max = 4,
     .sentence = "show a record as published and as a receiver reads it",
     .description =
            "spf, dmarc and dkim show the record, what a receiver makes of it, and end "
            "with what it means. host prints what host(1) does. mx adds the addresses of "
            "the hosts. Any DNS type by its name or TYPEnnn; in upper case, SPF is the "
            "retired type 99.",                                                                                                                                          .exit_status = "0 found, 1 absent or unusable, 3 DNS could not tell",
     .options = lookup_options,
     .option_count = sizeof lookup_options / sizeof *lookup_options,
     .options_size = sizeof(struct lookup_options),
     .examples = lookup_examples,
     .example_count = sizeof lookup_examples / sizeof *lookup_examples,
     .run = lookup_run,
     },
    {
     .name = "check",
     .operands = "NAME...",
     .operands_max = SIZE_MAX,
     .sentence = "say what is wrong with a domain, and the line that mends it",
     .description =
            "Prints the three lines of MXToolbox's MX lookup, the mail hosts, and then "
            "what is not as it should be, the worst first: what was found, why it "
            "matters, and a line for the zone. NAME is a domain or a host; an address, "
            "mx:NAME and U-labels are understood.\n\n"
            "With --zone the file stands in for the DNS: every check that needs no "
            "server is made over all its names that send or receive mail, or over the "
            "NAMEs given, and the file itself is looked at (final dots, quotes, "
            "duplicates, ...), with file:line:column and the mended line. Files that it "
            "includes must lie in its own folder. What lies outside the zone is asked in "
            "the live DNS.\n\n"
            "What DNS could not tell is \"unknown\" and never taken for absent. Only DNS "
            "is asked unless --smtp, --http or --blocklists says otherwise.\n\n"
            "DKIM selectors cannot be listed. Those of --selector come first, then those "
            "that the milter's journal saw pass, then common names, as guesses.",                                                                                                                                          .exit_status =
            "0 fine, 1 a warning, 2 a problem, 3 could not tell and nothing "
            "worse; with --summary by its three lines; the worst of all names",                                                                                                                                                                    .options = check_options,
     .option_count = sizeof check_options / sizeof *check_options,
     .options_size = sizeof(struct check_command),
     .examples = check_examples,
     .example_count = sizeof check_examples / sizeof *check_examples,
     .run = check_run_command,
     },
    {
     .name = "spf tree",
     .operands = "NAME",
     .operands_min = 1,
     .operands_max = 1,
     .sentence = "what an SPF record costs, branch by branch",
     .description =
            "Every include is followed, also behind the limit of ten lookups, so that the "
            "whole bill is seen. The number beside a term is its own cost and that of all "
            "below it.",                                                                                                                                                                   .exit_status =
            "0 fine, 1 at 9 lookups or with a void one, 2 broken or above a limit, 3 DNS "
            "could not tell",                                                                                 .run = spf_tree_run,
     },
    {
     .name = "spf flatten",
     .operands = "NAME",
     .operands_min = 1,
     .operands_max = 1,
     .sentence = "an SPF record with addresses for its includes",
     .description =
            "Prints zone lines. What cannot be written as addresses stays as it is: "
            "exists, ptr, macros, exclusions, what DNS could not tell. A copy grows "
            "stale: keep the record it came from (in a file, or published at a name of "
            "its own) and compare with --check --source.",.exit_status =
            "0 flattened, or the copy is good; 1 it is stale, 2 there is no good record, "
            "3 DNS could not tell",                      .options = flatten_options,
     .option_count = sizeof flatten_options / sizeof *flatten_options,
     .options_size = sizeof(struct spf_flatten_options),
     .examples = flatten_examples,
     .example_count = sizeof flatten_examples / sizeof *flatten_examples,
     .run = spf_flatten_run,
     },
    {
     .name = "report show",
     .operands = "FILE|ID|-...",
     .operands_min = 1,
     .operands_max = SIZE_MAX,
     .sentence = "explain a report: aggregate, TLS or failure",
     .description =
            "Reads DMARC aggregate reports (RFC 9990, RFC 7489), TLS reports (RFC 8460) and "
            "failure reports (RFC 9991), as XML or JSON, in gzip or zip, in a mail, a mail in a "
            "mail or an mbox; what a file is, its octets tell. Needs no daemon, no store and no "
            "configuration, but for ID: a number of sceau report list, whose file the store "
            "keeps.\n\n"
            "It says who reports on which domain, the period, the policy in force, what became "
            "of how many messages, and the sources, the worst first. What had to be read "
            "otherwise than it stands there is listed with its line. Reports are read in a "
            "process that reaches neither network nor files.",                                                                                                                                                                   .exit_status =
            "0 all passed, 1 mail without an aligned pass, failed sessions or a failure report, "
            "3 nothing told, 65 a report was refused or could not be read",                                                                 .options = report_show_options,
     .option_count = sizeof report_show_options / sizeof *report_show_options,
     .options_size = sizeof(struct report_options),
     .examples = report_show_examples,
     .example_count = sizeof report_show_examples / sizeof *report_show_examples,
     .run = report_show_run,
     },
    {
     .name = "report ingest",
     .operands = "PATH|-...",
     .operands_min = 1,
     .operands_max = SIZE_MAX,
     .sentence = "put reports into the store",
     .description =
            "Reads what sceau report show reads, and folders, Maildirs and mboxes of it, and "
            "writes it to the database of store.url, made when absent. A report that is there "
            "already is told from its reporter, number, domain and period, and not counted "
            "twice; what is refused or repaired is kept in a log (sceau report intake).\n\n"
            "Anybody can send reports about anybody. A mail has to prove its sender: DMARC "
            "passes by its signature (its connection is not known any more). What does not is "
            "kept, marked, and counted nowhere, unless --trust says so. Files that are no "
            "mails count: who can run this command vouches for them.",                                                                                                                                                                .exit_status =
            "0 all is stored, 1 something is kept without being counted, 65 a report was "
            "refused or could not be read, 75 the store cannot be written to: nothing of "
            "what was not told is in it",                                                                .options = report_ingest_options,
     .option_count = sizeof report_ingest_options / sizeof *report_ingest_options,
     .options_size = sizeof(struct report_ingest_options),
     .examples = report_ingest_examples,
     .example_count = sizeof report_ingest_examples / sizeof *report_ingest_examples,
     .run = report_ingest_run,
     },
    {
     .name = "shadow report",
     .operands = "[DIR]",
     .operands_max = 1,
     .sentence = "sum up what shadow mode found",
     .description =
            "With milter.shadow = yes the milter changes nothing and compares its results "
            "with those of the filter before it. This reads the journal and tells how often "
            "both agree, each kind of difference with examples (queue id and domain), and "
            "what this policy would have done otherwise. DIR is a journal, by default that "
            "of milter.state.",                                                                                           .exit_status =
            "0 no difference, 1 there are some, 3 nothing was compared, 65 the journal "
            "could not be read",                                                                                                                                   .examples = shadow_examples,
     .example_count = sizeof shadow_examples / sizeof *shadow_examples,
     .run = shadow_report_run,
     },
};

static const struct cli_group groups[] = {
    {zone_commands,            ZONE_COMMAND_COUNT           },
    {host_commands,            HOST_COMMAND_COUNT           },
    {key_commands,             KEY_COMMAND_COUNT            },
    {outbox_commands,          OUTBOX_COMMAND_COUNT         },
    {outbox_suppress_commands, OUTBOX_SUPPRESS_COMMAND_COUNT},
    {outbox_selftest_commands, OUTBOX_SELFTEST_COMMAND_COUNT},
    {outbox_bounce_commands,   OUTBOX_BOUNCE_COMMAND_COUNT  },
    {report_commands,          REPORT_COMMAND_COUNT         },
    {report_digest_commands,   REPORT_DIGEST_COMMAND_COUNT  },
    {store_commands,           STORE_COMMAND_COUNT          },
    {web_commands,             WEB_COMMAND_COUNT            },
};

static const struct cli_program program = {
    .name = "sceau",
    .sentence = "prove who sent each message, and that a message is yours",
    .description = "The command line of the sceau suite.",
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
    .groups = groups,
    .group_count = sizeof groups / sizeof *groups,
};

int
main(int argc, char **argv)
{
    return environment_main(&program, argc, argv);
}
