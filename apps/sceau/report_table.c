/* The command lines of `sceau report` that ask the store: a line an option, a line a
 * command. */
#include "report_ask.h"

#define MEMBER(name) offsetof(struct report_ask_options, name)
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEXT(name, argument, choices, member, sentence)                        \
 {                                                                             \
  (name), 0, CLI_TEXT, (argument), (choices), NULL, MEMBER(member), (sentence) \
 }
#define FLAG(name, member, sentence)                                \
 {                                                                  \
  (name), 0, CLI_FLAG, NULL, NULL, NULL, MEMBER(member), (sentence) \
 }

#define STATE_OPTION \
 TEXT("state", "DIR", NULL, state, "the state directory, instead of milter.state")
#define NOW_OPTION \
 TEXT("now", "EPOCH", NULL, now, "the time, in seconds since 1970 (for tests)")
#define CSV_OPTION FLAG("csv", csv, "comma-separated values, with every column")
#define RANGE_OPTIONS                                                 \
 TEXT("days", "N", NULL, days, "the last N days (30)"),               \
     TEXT("from", "DAY", NULL, from, "from this day, as 2026-11-01"), \
     TEXT("to", "DAY", NULL, to, "to this day"),                      \
     TEXT("since", "SPAN", NULL, since, "14d, 2w: the same as --days")
#define ROW_OPTIONS                                                              \
 TEXT("source", "KEY", NULL, source, "this source alone"),                       \
     TEXT("ip", "NETWORK", NULL, ip, "this address or network alone"),           \
     TEXT("reporter", "NAME", NULL, reporter, "what this reporter says"),        \
     TEXT("class", "CLASS", NULL, class,                                         \
          "ours, sends-well, forwarder, to-fix, not-yours, too-little"),         \
     TEXT("cause", "CAUSE", NULL, cause,                                         \
          "unsigned, broken, other-signer, other-spf, strict, dns, nothing"),    \
     TEXT("disposition", "WORD", "none pass quarantine reject", disposition,     \
          "what the receiver did"),                                              \
     TEXT("result", "WORD", "pass fail", result, "aligned or not"),              \
     TEXT("selector", "NAME", NULL, selector, "mail signed with this selector"), \
     FLAG("new", is_new, "sources first seen in the range")

static const struct cli_option range_options[] = {RANGE_OPTIONS, CSV_OPTION,
                                                  STATE_OPTION, NOW_OPTION};
static const struct cli_option row_options[] = {RANGE_OPTIONS, ROW_OPTIONS, CSV_OPTION,
                                                STATE_OPTION, NOW_OPTION};
static const struct cli_option key_options[] = {
    RANGE_OPTIONS,
    TEXT("selector", "NAME", NULL, selector, "this selector alone"),
    TEXT("reporter", "NAME", NULL, reporter, "what this reporter says"),
    CSV_OPTION,
    STATE_OPTION,
    NOW_OPTION,
};
static const struct cli_option plain_options[] = {CSV_OPTION, STATE_OPTION, NOW_OPTION};
static const struct cli_option mark_options[] = {
    TEXT("note", "TEXT", NULL, note, "why, for whoever reads it"),
    STATE_OPTION,
    NOW_OPTION,
};
static const struct cli_option mute_options[] = {
    TEXT("days", "N", NULL, days, "for so many days (30)"),
    TEXT("note", "TEXT", NULL, note, "why, for whoever reads it"),
    STATE_OPTION,
    NOW_OPTION,
};
static const struct cli_option ignore_options[] = {
    {"undo", 0, CLI_FLAG, NULL, NULL, NULL,
     offsetof(struct report_ask_options, is_undone), "count its reports again"},
    TEXT("note", "TEXT", NULL, note, "why, for whoever reads it"),
    STATE_OPTION,
    NOW_OPTION,
};
static const struct cli_option finding_options[] = {STATE_OPTION, NOW_OPTION};

static const struct cli_example today_examples[] = {
    {"sceau report today",        "what broke, and a line for each domain"},
    {"sceau report today --json", "the same for a program"                },
};
static const struct cli_example source_examples[] = {
    {"sceau report sources example.org",                         "who sends as example.org"},
    {"sceau report sources example.org --class fix --since 14d",
     "what there is to fix, in two weeks"                                                  },
    {"sceau report sources example.org --source google",
     "one source, with why it is in its class"                                             },
};
static const struct cli_example ignore_examples[] = {
    {"sceau report ignore 'Broken Mail Inc.' --note 'counts mail twice'",
     "no figure has it any more"                                                     },
    {"sceau report ignore 'Broken Mail Inc.' --undo",                     "as before"},
};
static const struct cli_example readiness_examples[] = {
    {"sceau report readiness example.org", "may p= take its next step?"},
};
static const struct cli_example mark_examples[] = {
    {"sceau report mark example.org newsletter.example ours --note 'our newsletter'",
     "a service that sends for us"                                                                        },
    {"sceau report mark example.org newsletter.example none",                         "take the mark away"},
};

#define EXIT_SHOWN \
 "0 shown, 3 there is nothing to show, 65 there is no store, 75 try again"

#define COMMAND(command, words, least, most, list, said, told, ends, function) \
 .name = (command), .operands = (words), .operands_min = (least),              \
 .operands_max = (most), .sentence = (said), .description = (told),            \
 .exit_status = (ends), .options = (list), .option_count = COUNT(list),        \
 .options_size = sizeof(struct report_ask_options), .run = (function)

const struct cli_command report_commands[REPORT_COMMAND_COUNT] = {
    {COMMAND(
         "report today",                                                                 "",                                                                           0,                     0,range_options,
     "what broke, what needs doing, and a line for each domain",                                                                                                                                                                                                                                                                                                                                                                         "Findings that sceau-reportd made when reports last came in, the worst first "
         "and ten at most, each with its remedy; then each domain with its policy, how "
         "much of its mail is aligned, and whether its policy may take the next step.",                                                                                                                                                                                                                                    "0 no problem, 1 warnings, 2 problems, 3 no report came yet, 65 there is no "
         "store, 75 try again",report_today_run),
     .examples = today_examples, .example_count = COUNT(today_examples)},
    {COMMAND(
        "report domain",                                                 "DOMAIN",                                                                                                                             1,                                                                                                                            1,range_options,"how a domain fares, by day",
     "Messages by day: aligned by DKIM and SPF, by one of them, and what fails, of "
        "your own sources and of others; the policy as reporters saw it, and what "
        "changed when.",                                                                                                                                                                    EXIT_SHOWN,        report_domain_run)},
    {COMMAND(
         "report sources",                                                                     "[DOMAIN]",                                                                                                                                                 0,                                                                                                                                              1,row_options,"who sends as a domain",
     "A source is a service, else the organisation that a host's confirmed name "
         "belongs to, else its network. Each has one of six classes: yours, sends well, "
         "forwarder or list, to fix, not yours, too little to tell. With --source one "
         "of them is opened: why it has its class, its addresses, what it signs and "
         "sends as, and what reporters say.",                                                                                                                                EXIT_SHOWN,report_sources_run),
     .examples = source_examples, .example_count = COUNT(source_examples)},
    {COMMAND(
         "report readiness",                                                                    "DOMAIN",                                                                                                                                           1,                                                                                                                         1,plain_options,
     "may the policy of a domain take its next step?",                                                                                                                                                                                                                                                    "Six lines over the last 28 days, each met or not or without data: reports, "
         "what is to fix, what is new, DKIM of your own sources, the last check of the "
         "records, and what would have been lost with p=reject, by source. A share of "
         "aligned mail is no reason: a domain that is forged may be at 20 % and ready.",                                                         "0 ready, or there is no further step; 1 something is not met; 2 mail of "
         "yours would be lost; 3 it cannot be told yet; 65 there is no store",report_readiness_run),
     .examples = readiness_examples, .example_count = COUNT(readiness_examples)},
    {COMMAND(
        "report failures", "[DOMAIN]", 0, 1,row_options,"which mail failed, and why",
     "Mail without an aligned pass, by cause and source, the largest first; what "
        "strangers forged comes last. Failure reports follow.",                                                                                                                                                                                                                                                                               "0 nothing of yours failed, 1 something did, 3 there is nothing to show, 65 "
        "there is no store",report_failures_run)},
    {COMMAND(
        "report keys",                                                                            "DOMAIN",                                                                                                                            1,                                                                                                                                    1,key_options,"which DKIM keys are in use",
     "Signers and selectors as reporters saw them, with what passed and failed, and "
        "what this host signed.",                                                                                                                                                                                                                                                  EXIT_SHOWN,report_keys_run)},
    {COMMAND("report reporters",                                                                            "[DOMAIN]",                                                                                                                            0,                                                                                                                                                                  1,range_options,
     "who reports, how late, and who fell silent",                                                                                                                                                                                                                                                                                                                                                                        "With the reports that contradict their own results, those that had to be "
             "repaired, and days without one.",                                              EXIT_SHOWN,report_reporters_run)},
    {COMMAND(
        "report tls",                                                                          "[DOMAIN]",                                                                                                                          0,                                                                                                  1,range_options,
     "is mail to you encrypted, and who could not deliver?",                                                                                                                                                                                                                                                                                                   "Sums of TLS reports (RFC 8460) by policy and sender, and failed sessions by "
        "reason and MX; what is published for senders as sceau-reportd saw it last: MTA-STS "
        "and TLS-RPT records, the MTA-STS policy file and the mail hosts that it names, and "
        "what is wrong with it. CSV has the sums alone.",                                                                                                                                                                                   "0 every session succeeded, 1 some failed, 3 no session was reported, 65 "
        "there is no store",                                  report_tls_run)                                                                                                                                                                                                                                                                                                                                            },
    {COMMAND(
         "report mark",                                                                          "DOMAIN SOURCE CLASS",                                                                                                                3,                                                                              3,mark_options,
     "say what a source is",                                                                                                                                                                                                                                                                     "The mark beats the six rules. SOURCE is its key (sceau report sources --csv); "
         "CLASS one of ours, sends-well, forwarder, to-fix, not-yours, too-little, or "
         "none to take the mark away; DOMAIN - is every domain.",                                                                                                                                                                                                "0 written, 64 no such class, 65 there is no store",report_mark_run),
     .examples = mark_examples, .example_count = COUNT(mark_examples)},
    {COMMAND(
        "report mute",                                                                           "ID",                                                                                                                                                1,                                                                                                      1,mute_options,"hide a finding for some days",
     "ID stands behind each finding of sceau report today. Its alerts are silent "
        "as well. --days 0 takes it back.",                                                                                                                                                                                                                                                                                                                     "0 written, 65 there is no store",report_mute_run)},
    {COMMAND("report findings",                                                                                      "",                  0,0,finding_options,
     "make the findings anew, as sceau-reportd does",                                                                                                                                                                                                                                                                                                                                                           "Looks at the last 28 days of every domain. Needs to write to the store.",
     "0 made, 65 there is no store, 75 it cannot be written to",report_findings_run)},
    {COMMAND(
         "report ignore",                                                                                      "REPORTER",                                                                                                                                                1,                                                                                                                                                                                                                                 1,ignore_options,
     "leave the reports of a reporter out of all figures",                                                                                                                                                                                                                                                                                                                                                                         "REPORTER is its name (sceau report reporters). What it reported leaves the sums, "
         "as far back as rows are kept (store.keep_rows), and what it will report comes into "
         "none; its reports stay, and its line in sceau report reporters says that it is "
         "ignored. --undo has them count again.",                                                                                                                                                                                                                                                                                                     "0 written, 65 there is no store, 75 try again",                                                                                                                                                                                                             report_ignore_run),
     .examples = ignore_examples, .example_count = COUNT(ignore_examples)},
    {COMMAND("report list",                                                                                      "[DOMAIN]",                  0,1,range_options,
     "the reports in the store, the latest first",                                                                                                                                                                                                                                                                             "Each with its reporter, its sums, and whether it counts.",EXIT_SHOWN,
     report_list_run)},
    {COMMAND(
        "report intake",                                                                   "",                                                0,                                                   0, range_options,                                                                                                                "what came in, and what became of it",
     "Every file and mail that sceau-reportd or sceau report ingest took: accepted, "
        "repaired, a duplicate, refused and why, or not counted because its mail proves "
        "no sender. For people, what was simply accepted is a number; --csv and --json "
        "have a line for each.", "0 all is well, 1 something was refused, 3 nothing came, 65 there is no store",
     report_intake_run)},
};
