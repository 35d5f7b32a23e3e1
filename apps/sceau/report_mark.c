/* What an administrator writes beside the reports: marks, reporters that are ignored, findings
 * that are muted; and the findings made anew. */
#include "ask.h"
#include "insight/findings.h"
#include "insight/reporters.h"

#include <stdlib.h>

#define SECONDS_A_DAY 86400

/* Who runs this, for the note beside a mark. */
static struct sceau_slice
author(void)
{
    const char *login = getenv("SUDO_USER");
    if (login == NULL || login[0] == '\0')
        login = getenv("USER");
    return sceau_slice_from(login != NULL ? login : "");
}

int
report_mark_run(const struct cli_call *call)
{
    struct ask a;
    const char *const *words = call->operands.items;
    bool is_all = strcmp(words[0], "-") == 0, is_none = strcmp(words[2], "none") == 0;
    enum analysis_class class = ANALYSIS_TOO_LITTLE;
    if (!is_none && !analysis_class_read(sceau_slice_from(words[2]), &class)) {
        COMPLAIN(
            environment_language(call),
            "{word}: ours, sends-well, forwarder, to-fix, not-yours, too-little or none",
            LANGUAGE_THEIRS("word", sceau_slice_from(words[2])));
        return CLI_EXIT_USAGE;
    }
    int status = ask_open(&a, call, DATABASE_WRITE, is_all ? NULL : words[0]);
    if (status != 0)
        return ask_close(&a, status);
    struct sceau_slice source = sceau_slice_from(words[1]);
    bool is_fine = is_none ? insight_unmark(&a.insight, a.filter.domain, source)
                           : insight_mark(&a.insight, a.filter.domain, source, class,
                                          sceau_slice_from(a.options->note), author());
    return ask_close(&a, is_fine ? CLI_EXIT_OK : ask_fail(&a));
}

int
report_ignore_run(const struct cli_call *call)
{
    struct ask a;
    int status = ask_open(&a, call, DATABASE_WRITE, NULL);
    if (status != 0)
        return ask_close(&a, status);
    bool is_fine =
        insight_ignore(&a.insight, sceau_slice_from(call->operands.items[0]),
                       !a.options->is_undone, sceau_slice_from(a.options->note));
    return ask_close(&a, is_fine ? CLI_EXIT_OK : ask_fail(&a));
}

int
report_mute_run(const struct cli_call *call)
{
    struct ask a;
    struct report_ask_options options =
        *(const struct report_ask_options *)call->options;
    uint64_t days = 30;
    if (options.days != NULL &&
        !slice_decimal(sceau_slice_from(options.days), 3660, &days)) {
        COMPLAIN(environment_language(call),
                 "--days {value}: a number of days up to 3660",
                 LANGUAGE_THEIRS("value", sceau_slice_from(options.days)));
        return CLI_EXIT_USAGE;
    }
    struct cli_call plain = *call; /* its days are no range */
    options.days = NULL;
    plain.options = &options;
    int status = ask_open(&a, &plain, DATABASE_WRITE, NULL);
    if (status != 0)
        return ask_close(&a, status);
    int64_t until = a.insight.now + (int64_t)days * SECONDS_A_DAY;
    bool is_fine = findings_mute(&a.insight, sceau_slice_from(call->operands.items[0]),
                                 until, sceau_slice_from(options.note), author());
    return ask_close(&a, is_fine ? CLI_EXIT_OK : ask_fail(&a));
}

int
report_findings_run(const struct cli_call *call)
{
    struct ask a;
    int status = ask_open(&a, call, DATABASE_WRITE, NULL);
    if (status != 0)
        return ask_close(&a, status);
    if (!findings_run(&a.insight))
        return ask_close(&a, ask_fail(&a));
    if (!a.env.has_file && !call->globals.quiet)
        COMPLAIN(
            a.language,
            "no configuration was read ({path} is not there): which hosts and keys are "
            "yours is known by DNS alone, and no key's end is told",
            OURS("path", CONFIG_PLACE));
    return ask_close(&a, CLI_EXIT_OK);
}
