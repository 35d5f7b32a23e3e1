/* The names of a filter are one table: how a value is read, and how it is written. A value
 * is bounded, so that no URL makes a page of its own size. */
#include "filter.h"

#include "core/date.h"
#include "core/domain.h"
#include "core/hex.h"
#include "report/words.h"

#define VALUE_MAX     400 /* octets */
#define SECONDS_A_DAY 86400

void
filter_init(struct filter *f, int64_t now)
{
    int today = (int)(now / SECONDS_A_DAY);
    *f = (struct filter){.from_day = today - FILTER_DAYS_DEFAULT + 1,
                         .to_day = today,
                         .days = FILTER_DAYS_DEFAULT,
                         .today = today};
}

/* ---- values ---- */

struct reading {
    struct filter *f;
    struct sceau_arena *arena;
    struct sceau_slice value; /* trimmed; empty takes the choice away */
};

static bool
read_domain(struct reading *r)
{
    r->f->domain = SLICE_NONE;
    return r->value.len == 0 || domain_normal(r->arena, r->value, &r->f->domain);
}

static bool
read_days(struct reading *r)
{
    uint64_t days = FILTER_DAYS_DEFAULT;
    if (r->value.len > 0 &&
        (!slice_decimal(r->value, FILTER_DAYS_MAX, &days) || days == 0))
        return false;
    r->f->days = (int)days;
    r->f->to_day = r->f->today;
    r->f->from_day = r->f->today - (int)days + 1;
    return true;
}

static bool
read_day(struct reading *r, int *day, int fallback)
{
    int64_t seconds;
    *day = fallback;
    if (r->value.len == 0)
        return true;
    if (!date_parse(r->value, &seconds) || seconds / SECONDS_A_DAY > 1000000)
        return false;
    *day = (int)(seconds / SECONDS_A_DAY);
    r->f->days = 0;
    return true;
}

static bool
read_from(struct reading *r)
{
    return read_day(r, &r->f->from_day, r->f->from_day);
}

static bool
read_to(struct reading *r)
{
    return read_day(r, &r->f->to_day, r->f->to_day);
}

static bool
read_source(struct reading *r)
{
    r->f->source = r->value;
    return true;
}

static bool
read_ip(struct reading *r)
{
    r->f->has_network = r->value.len > 0;
    return r->value.len == 0 || ip_network_parse(r->value, &r->f->network);
}

static bool
read_reporter(struct reading *r)
{
    r->f->reporter = r->value;
    return true;
}

static bool
read_class(struct reading *r)
{
    r->f->has_class = r->value.len > 0;
    return r->value.len == 0 || analysis_class_read(r->value, &r->f->class);
}

static bool
read_cause(struct reading *r)
{
    r->f->has_cause = r->value.len > 0;
    return r->value.len == 0 || analysis_cause_read(r->value, &r->f->cause);
}

static bool
read_disposition(struct reading *r)
{
    unsigned value = 0;
    r->f->has_disposition = r->value.len > 0;
    if (r->value.len == 0)
        return true;
    if (word_read(WORDS_DISPOSITION, r->value, &value) != WORD_EXACT)
        return false;
    r->f->disposition = (enum report_disposition)value;
    return true;
}

static bool
read_result(struct reading *r)
{
    r->f->result = FILTER_ALL;
    if (slice_eq(r->value, SCEAU_SLICE("pass")))
        r->f->result = FILTER_PASSES;
    else if (slice_eq(r->value, SCEAU_SLICE("fail")))
        r->f->result = FILTER_FAILS;
    return r->value.len == 0 || r->f->result != FILTER_ALL;
}

static bool
read_selector(struct reading *r)
{
    r->f->selector = r->value;
    return true;
}

static bool
read_new(struct reading *r)
{
    r->f->is_new = slice_eq(r->value, SCEAU_SLICE("1"));
    return r->f->is_new || r->value.len == 0 || slice_eq(r->value, SCEAU_SLICE("0"));
}

/* ---- and back ---- */

static void
put_word(struct text *t, const char *word)
{
    text_string(t, word);
}

static void
write_domain(struct text *t, const struct filter *f)
{
    text_slice(t, f->domain);
}

static void
write_days(struct text *t, const struct filter *f)
{
    if (f->days != 0 && f->days != FILTER_DAYS_DEFAULT)
        text_decimal(t, (uint64_t)f->days);
}

static void
write_from(struct text *t, const struct filter *f)
{
    if (f->days == 0)
        date_format(t, (int64_t)f->from_day * SECONDS_A_DAY);
}

static void
write_to(struct text *t, const struct filter *f)
{
    if (f->days == 0)
        date_format(t, (int64_t)f->to_day * SECONDS_A_DAY);
}

static void
write_source(struct text *t, const struct filter *f)
{
    text_slice(t, f->source);
}

static void
put_network(struct text *t, const struct ip_network *network)
{
    char ip[SCEAU_IP_TEXT];
    size_t len = sceau_ip_format(&network->address, ip);
    text_slice(t, (struct sceau_slice){ip, len});
    if (network->prefix != (network->address.version == 4 ? 32 : 128))
        text_format(t, "/%u", network->prefix);
}

static void
write_ip(struct text *t, const struct filter *f)
{
    if (f->has_network)
        put_network(t, &f->network);
}

static void
write_reporter(struct text *t, const struct filter *f)
{
    text_slice(t, f->reporter);
}

static void
write_class(struct text *t, const struct filter *f)
{
    if (f->has_class)
        put_word(t, analysis_class_word(f->class));
}

static void
write_cause(struct text *t, const struct filter *f)
{
    if (f->has_cause)
        put_word(t, analysis_cause_word(f->cause));
}

static void
write_disposition(struct text *t, const struct filter *f)
{
    if (f->has_disposition)
        put_word(t, word_name(WORDS_DISPOSITION, f->disposition));
}

static void
write_result(struct text *t, const struct filter *f)
{
    if (f->result != FILTER_ALL)
        put_word(t, f->result == FILTER_PASSES ? "pass" : "fail");
}

static void
write_selector(struct text *t, const struct filter *f)
{
    text_slice(t, f->selector);
}

static void
write_new(struct text *t, const struct filter *f)
{
    if (f->is_new)
        text_octet(t, '1');
}

/* In the order of query strings and sentences. */
static const struct name {
    const char *name;
    bool (*read)(struct reading *r);
    void (*write)(struct text *t, const struct filter *f);
    const char *said;   /* in the sentence, with {value}; NULL: otherwise */
    const char *wanted; /* when the value is refused */
} names[] = {
    {"domain",      read_domain,      write_domain,      N_("{value}"),
     N_("a domain such as example.org")                                                                                  },
    {"result",      read_result,      write_result,      NULL,                      N_("pass or fail")                   },
    {"class",       read_class,       write_class,       NULL,
     N_("ours, sends-well, forwarder, to-fix, not-yours or too-little")                                                  },
    {"cause",       read_cause,       write_cause,       NULL,
     N_("unsigned, broken, other-signer, other-spf, strict, dns or nothing")                                             },
    {"disposition", read_disposition, write_disposition, N_("disposition {value}"),
     N_("none, pass, quarantine or reject")                                                                              },
    {"source",      read_source,      write_source,      N_("source {value}"),
     N_("the key of a source")                                                                                           },
    {"ip",          read_ip,          write_ip,          N_("address {value}"),
     N_("an address or a network such as 203.0.113.0/24")                                                                },
    {"reporter",    read_reporter,    write_reporter,    N_("reporter {value}"),
     N_("the name of a reporter")                                                                                        },
    {"selector",    read_selector,    write_selector,    N_("selector {value}"),
     N_("a selector")                                                                                                    },
    {"new",         read_new,         write_new,         NULL,                      N_("1 or 0")                         },
    {"days",        read_days,        write_days,        NULL,                      N_("a number of days from 1 to 3660")},
    {"from",        read_from,        write_from,        NULL,                      N_("a day such as 2026-11-29")       },
    {"to",          read_to,          write_to,          NULL,                      N_("a day such as 2026-11-29")       },
};
#define NAMES (sizeof names / sizeof *names)

static void
refuse(struct sceau_arena *arena, enum language language, struct sceau_slice *problem,
       const char *english, struct sceau_slice name, struct sceau_slice value,
       const char *wanted)
{
    *problem = language_sentence(
        arena, language, english,
        (struct language_word[]){
            LANGUAGE_THEIRS("name", name), LANGUAGE_THEIRS("value", value),
            LANGUAGE_OURS("wanted", sceau_slice_from(language_text(language, wanted)))},
        3);
}

/* Control characters have no place in any name. */
static bool
is_clean(struct sceau_slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
            return false;
    return value.len <= VALUE_MAX && slice_is_utf8(value);
}

bool
filter_set(struct filter *f, struct sceau_arena *arena, enum language language,
           struct sceau_slice name, struct sceau_slice value,
           struct sceau_slice *problem)
{
    struct reading r = {f, arena, slice_trim(value)};
    for (size_t i = 0; i < NAMES; i++) {
        if (!slice_eq(name, sceau_slice_from(names[i].name)))
            continue;
        if (is_clean(r.value) && names[i].read(&r))
            return true;
        refuse(arena, language, problem, N_("{name}: \"{value}\" is not {wanted}"),
               name, r.value, names[i].wanted);
        return false;
    }
    refuse(arena, language, problem, N_("there is no filter called \"{name}\""), name,
           value, "");
    return false;
}

/* ---- query strings ---- */

struct sceau_slice
filter_decode(struct sceau_arena *arena, struct sceau_slice text)
{
    char *out = sceau_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        char c = text.ptr[i] == '+' ? ' ' : text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? ascii_hex_digit(text.ptr[i + 1]) : -1;
            int low = high >= 0 ? ascii_hex_digit(text.ptr[i + 2]) : -1;
            if (low < 0 || (high == 0 && low == 0))
                return SLICE_NONE;
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[len++] = c;
    }
    return (struct sceau_slice){out, out != NULL ? len : 0};
}

void
filter_encode(struct text *out, struct sceau_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): looked for in four octets */
        if (ascii_is_alnum(c) || memchr("-._~", c, 4) != NULL)
            text_octet(out, c);
        else
            text_format(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

static bool
put_in_order(struct filter *f, struct sceau_arena *arena, enum language language,
             struct sceau_slice *problem)
{
    if (f->from_day <= f->to_day && f->to_day - f->from_day < FILTER_DAYS_MAX)
        return true;
    *problem =
        language_sentence(arena, language,
                          N_("from is behind to, or more than 3660 days before it"),
                          NULL, 0);
    return false;
}

bool
filter_read(struct filter *f, struct sceau_arena *arena, enum language language,
            struct sceau_slice query, bool (*ignored)(struct sceau_slice name),
            struct sceau_slice *problem)
{
    struct sceau_slice part;
    while (query.len > 0 && slice_next(&query, '&', &part)) {
        size_t equals = slice_find(part, '=');
        bool has_value = equals < part.len;
        struct sceau_slice name = filter_decode(arena, slice_sub(part, 0, equals));
        struct sceau_slice value =
            has_value ? filter_decode(arena, slice_skip(part, equals + 1))
                      : SCEAU_SLICE("");
        if (part.len == 0)
            continue;
        if (name.ptr == NULL || value.ptr == NULL) {
            refuse(arena, language, problem, N_("\"{value}\" is not percent-encoded"),
                   part, part, "");
            return false;
        }
        if (ignored != NULL && ignored(name))
            continue;
        if (!filter_set(f, arena, language, name, value, problem))
            return false;
    }
    return put_in_order(f, arena, language, problem);
}

void
filter_query(struct text *out, const struct filter *f, bool without_domain)
{
    bool is_first = true;
    for (size_t i = without_domain ? 1 : 0; i < NAMES; i++) {
        char memory[VALUE_MAX + 1];
        struct text value = text_in(memory, sizeof memory);
        names[i].write(&value, f);
        struct sceau_slice done = text_done(&value);
        if (done.len == 0)
            continue;
        text_format(out, "%s%s=", is_first ? "" : "&", names[i].name);
        filter_encode(out, done);
        is_first = false;
    }
}

/* ---- in words ---- */

static void
say(struct sceau_arena *arena, enum language language, struct text *t,
    const char *english, struct sceau_slice value)
{
    if (t->len > 0)
        text_string(t, ", ");
    text_slice(t, language_sentence(arena, language, english,
                                    (struct language_word[]){
                                        LANGUAGE_THEIRS("value", value)},
                                    1));
}

static void
say_range(struct sceau_arena *arena, enum language language, struct text *t,
          const struct filter *f)
{
    struct text from = text_new(arena, SIZE_MAX), to = text_new(arena, SIZE_MAX);
    date_format(&from, (int64_t)f->from_day * SECONDS_A_DAY);
    date_format(&to, (int64_t)f->to_day * SECONDS_A_DAY);
    if (f->days == 1)
        say(arena, language, t, N_("today"), SLICE_NONE);
    else if (f->days > 1) {
        struct text days = text_new(arena, SIZE_MAX);
        text_decimal(&days, (uint64_t)f->days);
        say(arena, language, t, N_("last {value} days"), text_done(&days));
    } else if (f->from_day == f->to_day)
        say(arena, language, t, N_("on {value}"), text_done(&from));
    else {
        say(arena, language, t, N_("from {value}"), text_done(&from));
        text_octet(t, ' ');
        text_slice(t, language_sentence(arena, language, N_("to {value}"),
                                        (struct language_word[]){
                                            LANGUAGE_THEIRS("value", text_done(&to))},
                                        1));
    }
}

static void
say_words(struct sceau_arena *arena, enum language language, struct text *t,
          const struct filter *f)
{
    if (f->result == FILTER_FAILS)
        say(arena, language, t, N_("fails"), SLICE_NONE);
    if (f->result == FILTER_PASSES)
        say(arena, language, t, N_("passes"), SLICE_NONE);
    if (f->has_class)
        say(arena, language, t, analysis_class_text(f->class), SLICE_NONE);
    if (f->has_cause)
        say(arena, language, t, analysis_cause_text(f->cause), SLICE_NONE);
    if (f->is_new)
        say(arena, language, t, N_("new sources"), SLICE_NONE);
}

struct sceau_slice
filter_sentence(struct sceau_arena *arena, enum language language,
                const struct filter *f)
{
    struct text t = text_new(arena, SIZE_MAX);
    if (f->domain.len == 0)
        say(arena, language, &t, N_("all domains"), SLICE_NONE);
    for (size_t i = 0; i < NAMES; i++) {
        char memory[VALUE_MAX + 1];
        struct text value = text_in(memory, sizeof memory);
        if (i == 1)
            say_words(arena, language, &t, f);
        if (names[i].said == NULL)
            continue;
        names[i].write(&value, f);
        struct sceau_slice done = text_done(&value);
        if (done.len > 0)
            say(arena, language, &t, names[i].said, done);
    }
    say_range(arena, language, &t, f);
    return text_done(&t);
}
