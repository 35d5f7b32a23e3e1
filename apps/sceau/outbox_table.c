#include "outbox.h"

#include <stddef.h>

/* A row of an option table. */
#define ROW(name, type, argument, fallback, member, text)               \
 {                                                                      \
  (name), 0, (type), (argument), NULL, (fallback), MEMBER(member), text \
 }
#define MEMBER(member) offsetof(struct outbox_options, member)
#define STATE_OPTION                        \
 ROW("state", CLI_TEXT, "DIR", NULL, state, \
     "the state directory, instead of milter.state")
#define NOW_OPTION \
 ROW("now", CLI_TEXT, "EPOCH", NULL, now, "the time, in seconds since 1970 (for tests)")
#define ALL_OPTION ROW("all", CLI_FLAG, NULL, NULL, all, "those that are finished too")
#define DAY_OPTION                       \
 ROW("day", CLI_TEXT, "DATE", NULL, day, \
     "the day, as 2026-11-28; without it today (UTC)")
#define MAIL_OPTION                      \
 ROW("mail", CLI_FLAG, NULL, NULL, mail, \
     "the whole mail, with its header and parts, as it is handed to the mail server")
#define DAYS_OPTION ROW("days", CLI_NUMBER, "N", "30", days, "for how long")
#define FOR_GOOD_OPTION \
 ROW("for-good", CLI_FLAG, NULL, NULL, for_good, "until it is lifted")
#define LIFT_OPTION ROW("lift", CLI_FLAG, NULL, NULL, lift, "send there again")
#define DUE_OPTION  ROW("due", CLI_FLAG, NULL, NULL, due, "what is due, as without it")
#define DRY_RUN_OPTION                         \
 ROW("dry-run", CLI_FLAG, NULL, NULL, dry_run, \
     "tell what there is to build and to send; nothing changes, nobody is asked")
#define CONFIRM_OPTION                           \
 ROW("confirm", CLI_TEXT, "FILE", NULL, confirm, \
     "a mail that came back, or - for standard input")
#define AGAIN_OPTION \
 ROW("again", CLI_FLAG, NULL, NULL, again, "test once more what has passed")
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct cli_option list_options[] = {
    STATE_OPTION,
    NOW_OPTION,
    ALL_OPTION,
};
static const struct cli_option preview_options[] = {
    STATE_OPTION,
    NOW_OPTION,
    DAY_OPTION,
    MAIL_OPTION,
    ROW("to", CLI_TEXT, "ADDRESS", NULL, to,
        "that mail, to this mailbox of the policy; without it to each"),
    ROW("failures", CLI_FLAG, NULL, NULL, failures,
        "the failure reports about the domain that have not left, as whole mails"),
};
static const struct cli_option show_options[] = {
    STATE_OPTION,
    NOW_OPTION,
    MAIL_OPTION,
    ROW("to", CLI_TEXT, "ADDRESS", NULL, to,
        "that mail, to this mailbox of the report; without it to the first"),
};
static const struct cli_option retry_options[] = {
    STATE_OPTION,
    NOW_OPTION,
    ROW("all", CLI_FLAG, NULL, NULL, all, "all reports of the last week"),
};

static const struct cli_option state_options[] = {
    STATE_OPTION,
    NOW_OPTION,
};
static const struct cli_option send_options[] = {
    STATE_OPTION,
    NOW_OPTION,
    DUE_OPTION,
    DRY_RUN_OPTION,
};
static const struct cli_option suppress_options[] = {
    STATE_OPTION, NOW_OPTION, DAYS_OPTION, FOR_GOOD_OPTION, LIFT_OPTION,
};

static const struct cli_option selftest_options[] = {
    STATE_OPTION,
    NOW_OPTION,
    CONFIRM_OPTION,
    AGAIN_OPTION,
};

static const struct cli_example list_examples[] = {
    {"sceau outbox list",              "what waits, and why"     },
    {"sceau outbox list --all --json", "everything, for a script"},
};
static const struct cli_example preview_examples[] = {
    {"sceau outbox preview example.org",                  "what today's report would say so far"},
    {"sceau outbox preview example.org --day 2026-11-28",
     "yesterday's, if it is not built yet"                                                      },
    {"sceau outbox preview example.org --failures",
     "what would be told of single messages"                                                    },
};
static const struct cli_example show_examples[] = {
    {"sceau outbox show 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --mail > report.eml",
     "the mail as it leaves; report.eml opens in a mail program"},
};
static const struct cli_example selftest_examples[] = {
    {"sceau outbox selftest",                        "what is missing before reports leave"},
    {"sceau outbox selftest --confirm returned.eml",
     "the mail came to a mailbox of a person"                                              },
};
static const struct cli_example bounce_examples[] = {
    {"sceau outbox bounce - < returned.eml", "as from a mail server's pipe"},
};
static const struct cli_example suppress_examples[] = {
    {"sceau outbox suppress dmarc@example.org --for-good", "never report there"},
    {"sceau outbox suppress dmarc@example.org --lift",     "report there again"},
};

const struct cli_command outbox_commands[OUTBOX_COMMAND_COUNT] = {
    {
     .name = "outbox list",
     .operands = "[DOMAIN]...",
     .operands_max = SIZE_MAX,
     .sentence = "list the reports that wait to be sent",
     .description =
            "A line for each report and address: about whom, which day, what has become of it, the "
            "last words of the other side.", .exit_status = "0 listed, 65 there is no store, 75 it cannot be read now",
     .options = list_options,
     .option_count = COUNT(list_options),
     .options_size = sizeof(struct outbox_options),
     .examples = list_examples,
     .example_count = COUNT(list_examples),
     .run = outbox_list_run,
     },
    {
     .name = "outbox preview",
     .operands = "DOMAIN",
     .operands_min = 1,
     .operands_max = 1,
     .sentence = "print a report as it would be built now",
     .description =
            "The XML of RFC 9990 about a policy domain and a day that no report was built for yet, or "
            "the mails that would carry it, one to each address that the policy names. Several "
            "come one after the other. Failure reports are built as soon as "
            "sceau-reportd has read of a message; --failures shows those that wait, redacted as "
            "they leave. Nothing is sent, and nothing changes.",                                                                                              .exit_status =
            "0 printed, 1 there is nothing to report, 65 there is no store or no such mailbox, 75 it "
            "cannot be read now",                                                                          .options = preview_options,
     .option_count = COUNT(preview_options),
     .options_size = sizeof(struct outbox_options),
     .examples = preview_examples,
     .example_count = COUNT(preview_examples),
     .run = outbox_preview_run,
     },
    {
     .name = "outbox show",
     .operands = "ID",
     .operands_min = 1,
     .operands_max = 1,
     .sentence = "show a report that was built: whom it goes to, and its XML",
     .description =
            "The octets are those that leave, or have left, packed (gzip). With --mail they are shown in the "
            "mail that carries them. The mail server that takes it adds the signature; sceau sign "
            "shows what it would be.",                                                                          .exit_status =
            "0 shown, 1 there is none of this id or to this mailbox, 65 there is no store or no file, 75 it "
            "cannot be read now",                                                                 .options = show_options,
     .option_count = COUNT(show_options),
     .examples = show_examples,
     .example_count = COUNT(show_examples),
     .options_size = sizeof(struct outbox_options),
     .run = outbox_show_run,
     },
    {
     .name = "outbox send",
     .operands = "",
     .sentence = "build and send the reports that are due",
     .description =
            "What sceau-reportd does by itself. Reports of a day are due in the hours after its end "
            "(UTC). With report.send = no they are built and stay. It may run beside sceau-reportd: each "
            "mail leaves once. One that another process left behind goes again after fifteen minutes; "
            "where several hosts share a store that is for a sceau-reportd that runs.", .exit_status =
            "0 done, what could not be sent now waits for its next try; 1 something was refused, or the "
            "self-test has not passed; 64 report.organisation or report.from is missing; 75 the "
            "store or a file cannot be written, or a report could not be built: all that could be "
            "done is done, and the same command later does the rest",       .options = send_options,
     .option_count = COUNT(send_options),
     .options_size = sizeof(struct outbox_options),
     .run = outbox_send_run,
     },
    {
     .name = "outbox retry",
     .operands = "ID|ADDRESS...|--all",
     .operands_max = SIZE_MAX,
     .sentence = "send again what was refused, given up or waits",
     .description =
            "Reports of this id, or all to this address, are due at once. An address that was left "
            "alone for its refusals is not any more. --all is for the time after our own mail "
            "server refused what it should not.",                  .exit_status =
            "0 done, 1 there is nothing of the kind, 64 nothing is named, 75 the store cannot be written "
            "to",                                                                                                    .options = retry_options,
     .option_count = COUNT(retry_options),
     .options_size = sizeof(struct outbox_options),
     .run = outbox_retry_run,
     },
};

const struct cli_command outbox_suppress_commands[OUTBOX_SUPPRESS_COMMAND_COUNT] = {
    {
     .name = "outbox suppress",
     .operands = "[ADDRESS|HOST]...",
     .operands_max = SIZE_MAX,
     .sentence = "send no reports to an address, or to all of a host",
     .description =
            "Without an address: lists those that get none. Addresses that refuse are left "
            "alone by themselves: for a day, and longer each time that they refuse again.",
     .exit_status =
            "0 done, 64 no address and no host, 65 there is no store, 75 it cannot be "
            "written to", .options = suppress_options,
     .option_count = COUNT(suppress_options),
     .options_size = sizeof(struct outbox_options),
     .examples = suppress_examples,
     .example_count = COUNT(suppress_examples),
     .run = outbox_suppress_run,
     },
};

const struct cli_command outbox_selftest_commands[OUTBOX_SELFTEST_COMMAND_COUNT] = {
    {
     .name = "outbox selftest",
     .operands = "",
     .sentence = "look whether reports would arrive, and pass",
     .description =
            "No report leaves before three things are known: a mail of report.from to the return "
            "path (report.return_path, with a token behind a plus sign) comes back; it passes "
            "DMARC then by a DKIM signature of the domain of report.from; and each address of the "
            "host that mail leaves from has a name that leads back to it. sceau-reportd sends the "
            "test mail by itself, once a day until it has come back. It is known when it reaches "
            "the intake: incoming in the state directory, a folder or a mailbox of [intake]; or "
            "with --confirm. SPF is not looked at: a report that is forwarded has to pass as well. "
            "When settings change that matter for that, the test begins anew.", .exit_status =
            "0 it has passed, 1 something is missing yet, 64 report.organisation or report.from is "
            "missing, 65 there is no store or no such file, 75 the store cannot be written to, or "
            "DNS cannot tell", .options = selftest_options,
     .option_count = COUNT(selftest_options),
     .options_size = sizeof(struct outbox_options),
     .examples = selftest_examples,
     .example_count = COUNT(selftest_examples),
     .run = outbox_selftest_run,
     },
};

const struct cli_command outbox_bounce_commands[OUTBOX_BOUNCE_COMMAND_COUNT] = {
    {
     .name = "outbox bounce",
     .operands = "FILE|-...",
     .operands_min = 1,
     .operands_max = SIZE_MAX,
     .sentence = "read mail that came back to the return path",
     .description =
            "Delivery status notifications (RFC 3464) about reports of ours, told by the token in "
            "their address. An address that refused for good is left alone for a while; a delay "
            "changes nothing. The intake does the same with mail that reaches it.", .exit_status =
            "0 read, 1 it is about nothing of ours, 65 there is no store or no such file, 75 the "
            "store cannot be written to", .options = state_options,
     .option_count = COUNT(state_options),
     .options_size = sizeof(struct outbox_options),
     .examples = bounce_examples,
     .example_count = COUNT(bounce_examples),
     .run = outbox_bounce_run,
     },
};
