/* Command lines that are understood, and what is said of those that are not. */
#include "config/cli.h"

#include "../../tests/unit.h"
#include "core/text.h"

struct probe_options {
    bool explain;
    const char *ip;
    const char *type;
    struct cli_list keys;
    struct cli_number now;
    struct cli_number bits;
};

#define MEMBER(name) offsetof(struct probe_options, name)

static const struct cli_option probe_table[] = {
    {"explain", 'e', CLI_FLAG,   NULL,      NULL,          NULL,   MEMBER(explain), "tell each step"},
    {"ip",      0,   CLI_TEXT,   "ADDRESS", NULL,          NULL,   MEMBER(ip),      "the client"    },
    {"type",    't', CLI_TEXT,   "TYPE",    "rsa ed25519", "rsa",  MEMBER(type),    "of the key"    },
    {"key",     0,   CLI_LIST,   "FILE",    NULL,          NULL,   MEMBER(keys),
     "a "
     "private key"                                                                                  },
    {"now",     0,   CLI_NUMBER, "EPOCH",   NULL,          NULL,   MEMBER(now),     "the time"      },
    {"bits",    'b', CLI_NUMBER, "N",       NULL,          "2048", MEMBER(bits),    "of an RSA key" },
};

static int
run_nothing(const struct cli_call *call)
{
    (void)call;
    return CLI_EXIT_OK;
}

static const struct cli_example examples[] = {
    {"probe verify --ip 192.0.2.1 a.eml", "one message"},
};

static const struct cli_command commands[] = {
    {.name = "verify",
     .operands = "FILE|-...",
     .operands_min = 1,
     .operands_max = 3,
     .sentence = "verdicts on messages",
     .description = "Reads messages.\n\nPrints verdicts.",
     .options = probe_table,
     .option_count = sizeof probe_table / sizeof *probe_table,
     .options_size = sizeof(struct probe_options),
     .examples = examples,
     .example_count = 1,
     .run = run_nothing},
    {.name = "config show",
     .sentence = "settings",
     .description = "x",
     .run = run_nothing},
    {.name = "config check",
     .sentence = "errors",
     .description = "x",
     .run = run_nothing  },
};

static const struct cli_program probe = {
    .name = "probe",
    .sentence = "a probe",
    .description = "Probes.",
    .commands = commands,
    .command_count = 2,
    .groups = &(const struct cli_group){&commands[2], 1},
    .group_count = 1,
};

/* Words by single blanks; "<>" is the empty word. */
static enum cli_outcome
parse(const char *line, struct cli_call *call, struct sceau_slice *text)
{
    static const char *argv[32];
    struct sceau_slice rest = sceau_slice_from(line), word;
    int argc = 0;
    sceau_arena_clear(unit_arena);
    while (line[0] != '\0' && slice_next(&rest, ' ', &word)) /* copies end with a NUL */
        argv[argc++] =
            slice_eq(word, SCEAU_SLICE("<>")) ? "" : slice_copy(unit_arena, word).ptr;
    return cli_parse(unit_arena, &probe, LANGUAGE_EN, argc, argv, call, text);
}

static const struct probe_options *
understood(const char *line, struct cli_call *call)
{
    struct sceau_slice text;
    enum cli_outcome outcome = parse(line, call, &text);
    if (outcome != CLI_RUN)
        fprintf(stderr, "%s: %.*s", line, SLICE_ARG(text));
    assert_int_equal(outcome, CLI_RUN);
    return call->options;
}

static void
fills_the_struct(void **state)
{
    (void)state;
    struct cli_call call;
    const struct probe_options *o =
        understood("probe --json verify a --ip=192.0.2.1 -e --key k1 -t ed25519 "
                   "--key k2 --now 12 --set a.b=c -- --x",
                   &call);
    assert_true(call.globals.json && o->explain);
    assert_string_equal(o->ip, "192.0.2.1");
    assert_string_equal(o->type, "ed25519");
    assert_int_equal(o->keys.count, 2);
    assert_string_equal(o->keys.items[1], "k2");
    assert_true(o->now.is_given && o->now.value == 12);
    assert_true(!o->bits.is_given && o->bits.value == 2048);
    assert_int_equal(call.globals.set.count, 1);
    assert_int_equal(call.operands.count, 2);
    assert_string_equal(call.operands.items[1], "--x");
}

static void
keeps_empty_and_dashed_values(void **state)
{
    (void)state;
    struct cli_call call;
    const struct probe_options *o =
        understood("probe verify - --ip= --type rsa", &call);
    assert_string_equal(o->ip, "");
    assert_string_equal(call.operands.items[0], "-");
    o = understood("probe verify - --ip --json", &call);
    assert_string_equal(o->ip, "--json");
    assert_false(call.globals.json);
    assert_string_equal(o->type, "rsa");
}

static void
finds_commands_of_two_words(void **state)
{
    (void)state;
    struct cli_call call;
    understood("probe config --json check", &call);
    assert_string_equal(call.command->name, "config check");
    assert_true(call.globals.json);
}

static const struct {
    const char *line;
    const char *part; /* of the message */
    const char *why;
} refused[] = {
    {"probe verfy a",                             "did you mean \"verify\"?",
     "swapped or lost "
     "letter"                                                                                           },
    {"probe verify",                              "something is missing: FILE|-...",      "operands_min"},
    {"probe verify a b c d",                      "\"d\" is one too many",                "operands_max"},
    {"probe config show x",                       "\"x\" is one too many",
     "no operand "
     "at all"                                                                                           },
    {"probe verify --jsno a",                     "did you mean \"--json\"?",
     "nearest of the "
     "globals"                                                                                          },
    {"probe verify --explian a",                  "did you mean \"--explain\"?",
     "nearest of the command"                                                                           },
    {"probe verify --zzz=1 a",                    "no option --zzz\n",
     "nothing is "
     "near"                                                                                             },
    {"probe --zzzzzz verify a",                   "before the command's name",
     "where it "
     "stood"                                                                                            },
    {"probe verify a --ip",                       "--ip wants a value: --ip ADDRESS",
     "end of the "
     "line"                                                                                             },
    {"probe verify a --explain=1",                "--explain takes no value",
     "a "
     "flag"                                                                                             },
    {"probe verify a --type dsa",                 "--type is one of: rsa ed25519",
     "not a "
     "choice"                                                                                           },
    {"probe verify a --type rs",                  "--type is one of: rsa ed25519",
     "part of a "
     "choice"                                                                                           },
    {"probe verify a --now -1",                   "--now wants a number, not \"-1\"",
     "no "
     "sign"                                                                                             },
    {"probe verify a --now 18446744073709551616", "wants a number",
     "must not "
     "wrap"                                                                                             },
    {"probe verify a -ex",                        "no option -ex",
     "letters stay "
     "single"                                                                                           },
    {"probe config",                              "\"config\" wants one of: show, check",
     "half a "
     "name"                                                                                             },
    {"probe config chekc",                        "there are: show, check",
     "wrong second "
     "word"                                                                                             },
    {"probe",                                     "Usage: probe COMMAND",
     "nothing "
     "asked"                                                                                            },
    {"probe verify a --help=x",                   "--help takes no value",
     "only "
     "=man"                                                                                             },
    {"probe \033[31m",                            "\\x1b[31m",
     "escaped for a "
     "terminal"                                                                                         },
};

static void
says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct cli_call call;
        struct sceau_slice text;
        UNIT_CASE(refused[i].why);
        assert_int_equal(parse(refused[i].line, &call, &text), CLI_USAGE);
        if (strstr(text.ptr, refused[i].part) == NULL)
            fail_msg("%s: %s", refused[i].line, text.ptr);
        assert_true(text.ptr[text.len - 1] == '\n');
    }
}

static const struct {
    const char *line;
    const char *part;
} told[] = {
    {"probe --help",            "  config show             settings\n"              },
    {"probe help",              "Usage: probe COMMAND"                              },
    {"probe help verify",       "Usage: probe verify [OPTION...] FILE|-...\n"       },
    {"probe verify -h",         "  -t, --type TYPE         of the key (one of: rsa "
                        "ed25519) "
                        "(default: rsa)\n"                   },
    {"probe verify --help",     "--key FILE              a private key (repeatable)"},
    {"probe verify --help",     "\nReads messages.\n\nPrints verdicts.\n"           },
    {"probe verify --help=man", ".TH PROBE-VERIFY 1"                                },
    {"probe verify --help=man", "probe-verify \\- verdicts on messages\n"           },
    {"probe verify --help=man", "\\fB\\-t, \\-\\-type\\fR \\fITYPE\\fR\n"           },
    {"probe --help=man",        ".TH PROBE 1"                                       },
    {"probe --version",         "probe " SCEAU_VERSION "\n"                         },
};

static void
tells_about_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        struct cli_call call;
        struct sceau_slice text;
        UNIT_CASE(told[i].line);
        assert_int_equal(parse(told[i].line, &call, &text), CLI_TOLD);
        if (strstr(text.ptr, told[i].part) == NULL)
            fail_msg("%s: %s", told[i].line, text.ptr);
    }
}

/* Help is for terminals of 80 columns. */
static void
wraps_its_lines(void **state)
{
    (void)state;
    struct cli_call call;
    struct sceau_slice text, line;
    parse("probe verify --help", &call, &text);
    while (slice_next(&text, '\n', &line))
        assert_true(line.len < 80);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_the_struct),
        cmocka_unit_test(keeps_empty_and_dashed_values),
        cmocka_unit_test(finds_commands_of_two_words),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(tells_about_itself),
        cmocka_unit_test(wraps_its_lines),
    };
    return cmocka_run_group_tests_name("config/cli", tests, unit_arena_up,
                                       unit_arena_down);
}
