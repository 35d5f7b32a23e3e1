/* What the commands of `sceau report` that ask the store have in common: a question under way,
 * and one of three forms for its answer. */
#ifndef APP_SCEAU_ASK_H
#define APP_SCEAU_ASK_H

#include "environment.h"
#include "insight/insight.h"
#include "report_ask.h"

#define ASK_COLUMNS  80
#define ASK_LIST_MAX 500 /* rows for people */

struct ask {
    struct environment env;
    const struct report_ask_options *options;
    struct database *db;
    struct sceau_arena *arena;
    struct insight insight;
    struct filter filter;
    enum language language;
    bool is_started; /* something was printed */
};

/* The domain may be NULL. 0, or an exit status with its message: close in either case, with the
 * exit status that close gives back. */
int ask_open(struct ask *a, const struct cli_call *call, enum database_mode mode,
             const char *domain);
int ask_close(struct ask *a, int status);

/* Say why the store gave no answer, and give the exit status. */
int ask_fail(struct ask *a);

/* The first operand, or NULL. */
const char *ask_operand(const struct cli_call *call);

/* Neither CSV nor JSON: sentences are for people alone. */
bool ask_is_for_people(const struct ask *a);

void ask_put(struct ask *a, struct text *t);
/* CSV has one table a command: the main one. */
void ask_table(struct ask *a, const struct table *table, bool is_main);

/* A line of ours, with words that are clean. */
void ask_say(struct ask *a, struct sceau_slice line);
/* A sentence over several lines, `indent` columns from the left. */
void ask_say_wrapped(struct ask *a, struct sceau_slice text, size_t indent);
/* A line that begins with `head`; the text goes on below its own beginning. */
void ask_say_hanging(struct ask *a, const char *head, struct sceau_slice text);
/* A heading above what follows, an empty line before it. */
void ask_heading(struct ask *a, const char *english);
/* What was asked, in words. */
void ask_say_filter(struct ask *a);

/* In the reader's language. */
const char *ask_word(const struct ask *a, const char *english);

#endif
