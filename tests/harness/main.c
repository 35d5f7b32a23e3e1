/* sceau-harness --root DIR < cases.jsonl > results.jsonl: the command line, the table of
 * operations, and the loop over lines. What an operation does stands in op_*.c. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct operation {
    const char *name;
    harness_op *run;
} operations[] = {
    {"spf",              op_spf             },
    {"dkim-verify",      op_dkim_verify     },
    {"arc-verify",       op_arc_verify      },
    {"arc-seal",         op_arc_seal        },
    {"dmarc",            op_dmarc           },
    {"auth",             op_auth            },
    {"dmarc-lookup",     op_dmarc_lookup    },
    {"dmarc-extauth",    op_dmarc_extauth   },
    {"dmarc-lint",       op_dmarc_lint      },
    {"spf-lint",         op_spf_lint        },
    {"align",            op_align           },
    {"psl",              op_psl             },
    {"receive",          op_receive         },
    {"receive-sequence", op_receive_sequence},
    {"milter",           op_milter          },
    {"report-parse",     op_report_parse    },
};

static const struct operation *
find_operation(const char *name)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (name != NULL && strcmp(operations[i].name, name) == 0)
            return &operations[i];
    return NULL;
}

/* Read what the case names, then run its operation. */
static json_t *
run(struct harness_case *c, const struct operation *operation, const json_t *line)
{
    const char *msg = json_string_value(json_object_get(line, "msg"));
    const json_t *now = json_object_get(c->in, "now");
    c->context.now =
        json_is_number(now) ? (int64_t)json_number_value(now) : HARNESS_NOW;
    c->context.resolver =
        harness_zone(c, json_string_value(json_object_get(line, "zone")));
    if (c->context.resolver == NULL)
        return NULL;
    if (msg != NULL) {
        c->message = harness_read(c, msg);
        if (c->message.ptr == NULL)
            return NULL;
    }
    json_t *result = operation->run(c);
    if (msg != NULL)
        free((void *)(uintptr_t)c->message.ptr);
    if (c->error[0] != '\0') {
        json_decref(result);
        result = NULL;
    }
    return result;
}

/* The result of one case without its id; an error is a result as well. */
static json_t *
answer(struct harness *harness, const json_t *line)
{
    const struct operation *operation =
        find_operation(json_string_value(json_object_get(line, "op")));
    json_t *empty = json_object();
    const json_t *in = json_object_get(line, "in");
    struct harness_case c = {
        .harness = harness,
        .in = json_is_object(in) ? in : empty,
        .context = {.arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY)},
        .inputs = sceau_arena_new(HARNESS_INPUT_MEMORY),
    };
    json_t *result = NULL;
    if (operation == NULL)
        result = json_pack("{s:b}", "unsupported", 1);
    else if (c.context.arena == NULL || c.inputs == NULL)
        harness_fail(&c, "no memory left");
    else
        result = run(&c, operation, line);
    if (result == NULL)
        result = json_pack("{s:s}", "error",
                           c.error[0] != '\0' ? c.error : "no memory left");
    sceau_arena_free(c.context.arena);
    sceau_arena_free(c.inputs);
    json_decref(empty);
    return result;
}

/* One line of input, one line of output. False when the line was no case. */
static bool
answer_line(struct harness *harness, const char *text, size_t len, size_t number)
{
    json_error_t error;
    json_t *line = json_loadb(text, len, JSON_ALLOW_NUL, &error);
    json_t *id = json_object_get(line, "id");
    json_t *result;
    if (!json_is_object(line) || id == NULL) {
        const char *why =
            line == NULL ? error.text : "an object with an id is expected";
        fprintf(stderr, "sceau-harness: line %zu: %s\n", number, why);
        result = json_pack("{s:n, s:s}", "id", "error", why);
        id = NULL;
    } else {
        result = answer(harness, line);
        json_object_set(result, "id", id);
    }
    json_dumpf(result, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    fflush(stdout);
    json_decref(result);
    json_decref(line);
    return id != NULL;
}

static int
usage(FILE *out, int status)
{
    fputs("usage: sceau-harness --root DIR < CASES.jsonl > RESULTS.jsonl\n\n"
          "Reads one conformance case a line and writes one result a line, as\n"
          "tests/data/suites/HARNESS.md says.\n\n"
          "  --root DIR  the folder that zones, messages and lists of a case are in\n"
          "  --help      this text\n\n"
          "operations:",
          out);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        fprintf(out, " %s", operations[i].name);
    fputs("\nExit: 0 every line was a case, 64 usage, 65 some line was none, 74 the "
          "results cannot be written.\n",
          out);
    return status;
}

static bool
is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

int
main(int argc, char **argv)
{
    struct harness harness = {.root = NULL};
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    if (argc == 3 && strcmp(argv[1], "--root") == 0)
        harness.root = argv[2];
    if (argc == 2 && strncmp(argv[1], "--root=", 7) == 0)
        harness.root = argv[1] + 7;
    if (harness.root == NULL)
        return usage(stderr, 64);

    char *line = NULL;
    size_t capacity = 0;
    int status = 0;
    ssize_t len;
    for (size_t number = 1; (len = getline(&line, &capacity, stdin)) >= 0; number++)
        if (!is_blank(line) && !answer_line(&harness, line, (size_t)len, number))
            status = 65;
    free(line);
    harness_clear(&harness);
    if (ferror(stdout) || fflush(stdout) != 0) {
        perror("sceau-harness: standard output");
        return 74;
    }
    return status;
}
