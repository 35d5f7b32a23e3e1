/* `sceau shadow report`: agreement of two filters, from the journal. A class of differences
 * is a method and the two results; each keeps its first examples. */
#include "shadow.h"

#include "core/json.h"
#include "environment.h"
#include "policy/shadow.h"
#include "segments.h"
#include "store/record.h"

#include <inttypes.h>
#include <stdlib.h>

#define CLASSES_MAX \
 500 /* kinds of difference; results of strangers are bounded words */
#define EXAMPLES_MAX   5
#define SHADOW_MEMORY  ((size_t)64 * 1024 * 1024)
#define NAME_MAX_SHOWN 255 /* of an example's queue id and domain */

struct example {
    struct sceau_slice queue_id, domain;
};

struct difference_class {
    unsigned method;
    struct sceau_slice theirs, ours;
    uint64_t count;
    struct example examples[EXAMPLES_MAX];
    size_t example_count;
};

struct summary {
    struct sceau_arena *arena;
    enum language language;
    uint64_t messages; /* handled in shadow mode */
    uint64_t compared; /* the other filter had written on */
    uint64_t agreed;   /* in all that was compared */
    uint64_t by_method[SHADOW_METHODS], same[SHADOW_METHODS];
    struct difference_class classes[CLASSES_MAX];
    size_t class_count;
    uint64_t untold; /* differences without a class, for want of room */
};

/* ---- reading ---- */

static struct sceau_slice
keep(struct summary *s, struct sceau_slice text)
{
    return slice_copy(s->arena,
                      slice_sub(text, 0,
                                text.len < NAME_MAX_SHOWN ? text.len : NAME_MAX_SHOWN));
}

static struct difference_class *
class_of(struct summary *s, const struct record_difference *d)
{
    for (size_t i = 0; i < s->class_count; i++) {
        struct difference_class *c = &s->classes[i];
        if (c->method == d->method && slice_eq(c->theirs, d->theirs) &&
            slice_eq(c->ours, d->ours))
            return c;
    }
    if (s->class_count == CLASSES_MAX || d->method >= SHADOW_METHODS)
        return NULL;
    struct difference_class *c = &s->classes[s->class_count++];
    *c = (struct difference_class){.method = d->method,
                                   .theirs = keep(s, d->theirs),
                                   .ours = keep(s, d->ours)};
    return c;
}

static void
count_difference(struct summary *s, const struct record_message *m,
                 const struct record_difference *d)
{
    struct difference_class *c = class_of(s, d);
    if (c == NULL) {
        s->untold++;
        return;
    }
    c->count++;
    if (c->example_count < EXAMPLES_MAX)
        c->examples[c->example_count++] =
            (struct example){keep(s, m->queue_id), keep(s, d->domain)};
}

static void
count_record(void *self, struct sceau_slice payload)
{
    static struct record_message m; /* large for a stack */
    struct summary *s = self;
    bool differs[SHADOW_METHODS] = {false};
    if (record_read(payload, &m) != SCEAU_OK || !m.is_shadow)
        return;
    s->messages++;
    s->compared += m.shadow_compared != 0;
    s->agreed += m.shadow_compared != 0 && m.difference_count == 0;
    s->untold += m.differences_more;
    for (size_t i = 0; i < m.difference_count; i++) {
        count_difference(s, &m, &m.differences[i]);
        if (m.differences[i].method < SHADOW_METHODS)
            differs[m.differences[i].method] = true;
    }
    for (unsigned method = 0; method < SHADOW_METHODS; method++) {
        bool is_compared = m.shadow_compared >> method & 1;
        s->by_method[method] += is_compared;
        s->same[method] += is_compared && !differs[method];
    }
}

/* ---- telling ---- */

/* Most frequent first; then by method. */
static int
by_count(const void *a, const void *b)
{
    const struct difference_class *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (int)x->method - (int)y->method;
}

static void
put_examples(struct json *j, const struct difference_class *c)
{
    json_key(j, "examples");
    json_open(j, '[');
    for (size_t i = 0; i < c->example_count; i++) {
        json_open(j, '{');
        json_key_slice(j, "queue_id", c->examples[i].queue_id);
        json_key_slice(j, "domain", c->examples[i].domain);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static struct sceau_slice
summary_json(const struct summary *s)
{
    struct json j = json_new(s->arena);
    json_open(&j, '{');
    json_key_number(&j, "messages", (int64_t)s->messages);
    json_key_number(&j, "compared", (int64_t)s->compared);
    json_key_number(&j, "agreed", (int64_t)s->agreed);
    json_key(&j, "methods");
    json_open(&j, '{');
    for (unsigned method = 0; method < SHADOW_METHODS; method++) {
        json_key(&j, shadow_method_name(method));
        json_open(&j, '{');
        json_key_number(&j, "compared", (int64_t)s->by_method[method]);
        json_key_number(&j, "same", (int64_t)s->same[method]);
        json_close(&j, '}');
    }
    json_close(&j, '}');
    json_key(&j, "differences");
    json_open(&j, '[');
    for (size_t i = 0; i < s->class_count; i++) {
        const struct difference_class *c = &s->classes[i];
        json_open(&j, '{');
        json_key_string(&j, "method", shadow_method_name(c->method));
        json_key_slice(&j, "theirs", c->theirs);
        json_key_slice(&j, "ours", c->ours);
        json_key_number(&j, "count", (int64_t)c->count);
        put_examples(&j, c);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_key_number(&j, "untold", (int64_t)s->untold);
    json_close(&j, '}');
    return json_done(&j);
}

/* Text of strangers for a terminal. */
static const char *
shown(const struct summary *s, struct sceau_slice text)
{
    struct text t = text_new(s->arena, SIZE_MAX);
    text_escaped(&t, text);
    struct sceau_slice done = text_done(&t);
    return done.ptr != NULL ? done.ptr : "";
}

/* A cell of a heading, `width` columns wide: to the left, or to the right where numbers are. */
static void
print_left(const struct summary *s, const char *english, size_t width)
{
    struct text t = text_new(s->arena, SIZE_MAX);
    language_cell(&t, sceau_slice_from(language_text(s->language, english)), width);
    struct sceau_slice cell = text_done(&t);
    printf("%.*s", SLICE_ARG(cell));
}

static void
print_right(const struct summary *s, const char *english, size_t width)
{
    const char *text = language_text(s->language, english);
    size_t columns = language_columns(sceau_slice_from(text));
    printf("%*s%s", columns < width ? (int)(width - columns) : 0, "", text);
}

static void
print_methods(const struct summary *s)
{
    putchar('\n');
    print_left(s, N_("method"), 8);
    print_right(s, N_("compared"), 11);
    print_right(s, N_("the same"), 11);
    putchar('\n');
    for (unsigned method = 0; method < SHADOW_METHODS; method++) {
        uint64_t all = s->by_method[method];
        if (all == 0) {
            printf("%-8s %10s\n", shadow_method_name(method), "-");
            continue;
        }
        /* Rounded down: 100.00 % is said of nothing less. */
        uint64_t parts = s->same[method] * 10000 / all;
        printf("%-8s %10" PRIu64 " %10" PRIu64 " %7" PRIu64 ".%02u %%\n",
               shadow_method_name(method), all, s->same[method], parts / 100,
               (unsigned)(parts % 100));
    }
}

static void
print_class(const struct summary *s, const struct difference_class *c)
{
    printf("%8" PRIu64 "  %-6s  %-10s  %-10s  ", c->count,
           shadow_method_name(c->method), shown(s, c->theirs), shown(s, c->ours));
    for (size_t i = 0; i < c->example_count; i++) {
        printf("%s%s", i > 0 ? ", " : "", shown(s, c->examples[i].queue_id));
        if (c->examples[i].domain.len > 0)
            printf(" (%s)", shown(s, c->examples[i].domain));
    }
    putchar('\n');
}

static void
print_heading(const struct summary *s, const char *title)
{
    printf("\n%s\n", language_text(s->language, title));
    print_right(s, N_("times"), 8);
    fputs("  ", stdout);
    print_left(s, N_("method"), 8);
    print_left(s, N_("theirs"), 12);
    print_left(s, N_("ours"), 12);
    printf("%s\n", language_text(s->language, N_("for example")));
}

/* Differences of verdicts, or what would be done otherwise. */
static void
print_classes(const struct summary *s, bool of_actions, const char *title)
{
    bool is_told = false;
    for (size_t i = 0; i < s->class_count; i++) {
        if ((s->classes[i].method == SHADOW_ACTION) != of_actions)
            continue;
        if (!is_told)
            print_heading(s, title);
        is_told = true;
        print_class(s, &s->classes[i]);
    }
}

static struct sceau_slice
number(const struct summary *s, uint64_t value)
{
    struct text t = text_new(s->arena, SIZE_MAX);
    text_format(&t, "%" PRIu64, value);
    return text_done(&t);
}

static void
print_summary(const struct summary *s)
{
    const struct language_word words[] = {
        LANGUAGE_OURS("messages", number(s, s->messages)),
        LANGUAGE_OURS("compared", number(s, s->compared)),
        LANGUAGE_OURS("agreed", number(s, s->agreed)),
        LANGUAGE_OURS("count", number(s, s->untold)),
    };
    print_line(
        stdout,
        language_sentence(
            s->arena, s->language,
            "{messages} messages in shadow mode, {compared} with results of the other "
            "filter, {agreed} of these without a difference",
            words, 4));
    if (s->compared == 0) {
        puts(language_text(
            s->language,
            "Nothing was compared. The other filter has to run before this one, and "
            "milter.shadow_authserv_id\nto be the name it writes into "
            "Authentication-Results."));
        return;
    }
    print_methods(s);
    print_classes(s, false, N_("Other results, the most frequent first"));
    print_classes(s, true, N_("What this policy would have done otherwise"));
    if (s->untold > 0) {
        putchar('\n');
        print_line(stdout, language_sentence(s->arena, s->language,
                                             "{count} more differences are not listed",
                                             words, 4));
    }
}

static int
tell(struct summary *s, bool is_json)
{
    qsort(s->classes, s->class_count, sizeof *s->classes, by_count);
    if (is_json) {
        struct sceau_slice line = summary_json(s);
        if (line.ptr == NULL)
            return CLI_EXIT_TEMPORARY;
        print_line(stdout, line);
    } else {
        print_summary(s);
    }
    if (s->compared == 0)
        return CLI_EXIT_UNKNOWN;
    return s->agreed < s->compared ? CLI_EXIT_WARNING : CLI_EXIT_OK;
}

/* The journal of the state directory, unless one is named. */
static int
find_journal(const struct cli_call *call, char *path, size_t size)
{
    struct environment env = {0};
    if (call->operands.count > 0) {
        snprintf(path, size, "%s", call->operands.items[0]);
        return 0;
    }
    int status = environment_load_config(&env, call);
    if (status == 0)
        snprintf(path, size, "%.*s/journal", SLICE_ARG(env.config.milter.state));
    environment_close(&env);
    return status;
}

int
shadow_report_run(const struct cli_call *call)
{
    static struct summary s; /* large for a stack */
    char path[4096];
    int status = find_journal(call, path, sizeof path);
    if (status != 0)
        return status;
    s = (struct summary){.arena = sceau_arena_new(SHADOW_MEMORY),
                         .language = environment_language(call)};
    if (s.arena == NULL) {
        complain_text(environment_language(call), "out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    status = segments_read(s.language, path, count_record, &s);
    int told = status == 0 ? tell(&s, call->globals.json) : 0;
    sceau_arena_free(s.arena);
    return status != 0 ? status : told;
}
