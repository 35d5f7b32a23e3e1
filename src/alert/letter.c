/* The words of a letter, its subject and its text; JSON and the mail around both forms.
 * Columns are characters, for French has some of two octets. */
#include "letter.h"

#include "core/base64.h"
#include "core/date.h"
#include "core/hash.h"
#include "core/json.h"
#include "insight/words.h"
#include "letter_parts.h"
#include "message/compose.h"
#include "web/html.h"

#include <stdio.h>

#define COLUMNS     76
#define SUBJECT_MAX 140
#define DAY         86400

const char *const letter_columns[LETTER_COLUMNS] = {N_("domain"), N_("messages"),
                                                    N_("compliant"), N_("reporters")};
const char *const letter_headings[] = {N_("New, or worse"), N_("Still so")};
const char *const letter_nothing = N_("Nothing needs a look.");
const char *const letter_footer = N_(
    "Each finding can be hidden for some days on the dashboard. What is sent, and where "
    "to, stands in [alert] of sceau.conf.");

const char *
letter_severity(enum analysis_severity severity)
{
    static const char *const words[] = {
        [ANALYSIS_INFO] = N_("note"),
        [ANALYSIS_WARNING] = N_("warning"),
        [ANALYSIS_PROBLEM] = N_("problem"),
    };
    return words[severity];
}

/* "https://host/path" of a finding's evidence. */
struct sceau_slice
letter_link(struct sceau_arena *arena, const struct letter *l, struct sceau_slice path)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, html_visible(arena, l->url));
    if (path.len == 0 || path.ptr[0] != '/')
        text_octet(&t, '/');
    text_slice(&t, html_visible(arena, path));
    return text_done(&t);
}

static struct sceau_slice
number(struct sceau_arena *arena, uint64_t n)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_decimal(&t, n);
    return text_done(&t);
}

static struct sceau_slice
day(struct sceau_arena *arena, int64_t seconds)
{
    struct text t = text_new(arena, SIZE_MAX);
    date_format(&t, seconds);
    return text_done(&t);
}

size_t
letter_count_new(const struct letter *l)
{
    size_t n = 0;
    while (n < l->item_count && l->items[n].is_new)
        n++;
    return n;
}

/* ---- subject ---- */

static struct sceau_slice
cut(struct sceau_slice s, size_t max)
{
    size_t len = 0, n;
    while (len < s.len && (n = slice_utf8_length(slice_skip(s, len))) > 0 &&
           len + n <= max)
        len += n;
    return slice_sub(s, 0, len);
}

struct sceau_slice
letter_subject(struct sceau_arena *arena, const struct letter *l)
{
    size_t new_count = letter_count_new(l);
    struct sceau_slice what =
        l->item_count > 0 ? html_visible(arena, l->items[0].what) : SLICE_NONE;
    const struct language_word words[] = {
        LANGUAGE_OURS("what", what),
        LANGUAGE_OURS("count", number(arena, new_count)),
        LANGUAGE_OURS("day", day(arena, (int64_t)l->to_day * DAY)),
    };
    struct sceau_slice s;
    if (l->kind == LETTER_WEEKLY)
        s = language_sentence(arena, l->language,
                              "sceau: the week until {day}: {count} new", words, 3);
    else if (new_count == 0)
        s = language_sentence(arena, l->language, "sceau: {day}: nothing new", words,
                              3);
    else if (new_count == 1)
        s = language_sentence(arena, l->language, "sceau: {what}", words, 3);
    else
        s = language_sentence(arena, l->language,
                              "sceau: {count} things need a look, first: {what}", words,
                              3);
    struct sceau_slice head = cut(s, SUBJECT_MAX);
    if (head.len == s.len)
        return s;
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, head);
    text_string(&t, "...");
    return text_done(&t);
}

/* ---- text ---- */

static void
put_item(struct text *t, struct sceau_arena *arena, const struct letter *l,
         const struct letter_item *item)
{
    const char *word = language_text(l->language, letter_severity(item->severity));
    struct sceau_slice what = html_visible(arena, item->what);
    struct sceau_slice remedy = html_visible(arena, item->remedy);
    text_format(t, "* [%s] ", word);
    language_wrap(t, what, COLUMNS, 2, 5 + language_columns(sceau_slice_from(word)));
    text_octet(t, '\n');
    if (remedy.len > 0) {
        text_string(t, "  > ");
        language_wrap(t, remedy, COLUMNS, 4, 4);
        text_octet(t, '\n');
    }
    text_string(t, "  ");
    text_slice(t, letter_link(arena, l, item->evidence)); /* a link is not broken */
    text_string(t, "\n\n");
}

static void
put_heading(struct text *t, const char *heading)
{
    size_t columns = language_columns(sceau_slice_from(heading));
    text_format(t, "%s\n", heading);
    for (size_t i = 0; i < columns; i++)
        text_octet(t, '-');
    text_octet(t, '\n');
}

static void
put_figures(struct text *t, struct sceau_arena *arena, const struct letter *l)
{
    struct sceau_slice titles[LETTER_COLUMNS];
    for (size_t i = 0; i < LETTER_COLUMNS; i++)
        titles[i] = sceau_slice_from(language_text(l->language, letter_columns[i]));
    language_cell(t, titles[0], 40);
    for (size_t i = 1; i < LETTER_COLUMNS; i++)
        text_format(t, " %*s%.*s", (int)(11 - language_columns(titles[i])), "",
                    SLICE_ARG(titles[i]));
    text_octet(t, '\n');
    for (size_t i = 0; i < l->line_count && i < LETTER_LINES_MAX; i++) {
        const struct insight_domain_line *d = &l->lines[i];
        struct sceau_slice share = words_share(arena, l->language, d->compliance);
        if (d->compliance < 0)
            share = SCEAU_SLICE("-");
        struct sceau_slice messages = words_number(arena, l->language, d->messages);
        size_t columns = language_columns(messages);
        language_cell(t, html_visible(arena, d->domain), 40);
        text_format(t, " %*s%.*s %*s%.*s %11zu\n",
                    columns < 11 ? (int)(11 - columns) : 0, "", SLICE_ARG(messages),
                    (int)(11 - language_columns(share)), "", SLICE_ARG(share),
                    d->reporters_heard);
    }
    text_octet(t, '\n');
}

/* "2026-11-28", or "2026-11-22 to 2026-11-28" */
static struct sceau_slice
range(struct sceau_arena *arena, const struct letter *l)
{
    const struct language_word words[] = {
        LANGUAGE_OURS("from", day(arena, (int64_t)l->from_day * DAY)),
        LANGUAGE_OURS("to", day(arena, (int64_t)l->to_day * DAY)),
    };
    if (l->from_day == l->to_day)
        return words[1].value;
    return language_sentence(arena, l->language, "{from} to {to}", words, 2);
}

struct sceau_slice
letter_figures_heading(struct sceau_arena *arena, const struct letter *l)
{
    const struct language_word words[] = {LANGUAGE_OURS("range", range(arena, l))};
    return language_sentence(arena, l->language, "What was reported, {range} (UTC)",
                             words, 1);
}

struct sceau_slice
letter_left_out(struct sceau_arena *arena, const struct letter *l)
{
    const struct language_word words[] = {
        LANGUAGE_OURS("count", number(arena, l->left_out))};
    return language_sentence(
        arena, l->language,
        "{count} {count|finding is|findings are} left out, of kinds that alert.without "
        "names (forged mail, unless it says otherwise); the dashboard has {count|it|them}.",
        words, 1);
}

struct sceau_slice
letter_text(struct sceau_arena *arena, const struct letter *l)
{
    struct text t = text_new(arena, SIZE_MAX);
    size_t new_count = letter_count_new(l);
    for (size_t i = 0; i < l->item_count; i++) {
        if (i == 0 || i == new_count)
            put_heading(&t,
                        language_text(l->language, letter_headings[i >= new_count]));
        put_item(&t, arena, l, &l->items[i]);
    }
    if (l->item_count == 0)
        text_format(&t, "%s\n\n", language_text(l->language, letter_nothing));
    if (l->left_out > 0) {
        language_wrap(&t, letter_left_out(arena, l), COLUMNS, 0, 0);
        text_string(&t, "\n\n");
    }
    if (l->line_count > 0) {
        put_heading(&t, letter_figures_heading(arena, l).ptr);
        put_figures(&t, arena, l);
    }
    text_slice(&t, letter_link(arena, l, SCEAU_SLICE("/")));
    text_string(&t, "\n\n");
    language_wrap(&t, sceau_slice_from(language_text(l->language, letter_footer)),
                  COLUMNS, 0, 0);
    text_octet(&t, '\n');
    return text_done(&t);
}

/* ---- JSON ---- */

static const char *const kinds[] = {
    [LETTER_ALERT] = "alert", [LETTER_DAILY] = "daily", [LETTER_WEEKLY] = "weekly"};

static void
put_item_json(struct json *j, struct sceau_arena *arena, const struct letter *l,
              const struct letter_item *item)
{
    json_open(j, '{');
    json_key_slice(j, "id", item->id);
    json_key_string(j, "rule", item->rule);
    json_key_string(j, "severity", letter_severity(item->severity));
    json_key_bool(j, "new", item->is_new);
    json_key_slice(j, "domain", item->domain);
    json_key_slice(j, "text", item->what);
    json_key_slice(j, "remedy", item->remedy);
    json_key_slice(j, "evidence", letter_link(arena, l, item->evidence));
    json_close(j, '}');
}

struct sceau_slice
letter_json(struct sceau_arena *arena, const struct letter *l)
{
    struct json j = json_new(arena);
    json_open(&j, '{');
    json_key_string(&j, "kind", kinds[l->kind]);
    json_key_number(&j, "time", l->time);
    json_key_slice(&j, "subject", letter_subject(arena, l));
    json_key_slice(&j, "from", day(arena, (int64_t)l->from_day * DAY));
    json_key_slice(&j, "to", day(arena, (int64_t)l->to_day * DAY));
    json_key(&j, "findings");
    json_open(&j, '[');
    for (size_t i = 0; i < l->item_count; i++)
        put_item_json(&j, arena, l, &l->items[i]);
    json_close(&j, ']');
    json_key_number(&j, "left_out", (int64_t)l->left_out);
    json_key(&j, "domains");
    json_open(&j, '[');
    for (size_t i = 0; i < l->line_count; i++) {
        json_open(&j, '{');
        json_key_slice(&j, "domain", l->lines[i].domain);
        json_key_number(&j, "messages", (int64_t)l->lines[i].messages);
        json_key_number(&j, "compliant", (int64_t)l->lines[i].compliant);
        json_key_number(&j, "reporters", (int64_t)l->lines[i].reporters_heard);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_key_slice(&j, "dashboard", letter_link(arena, l, SCEAU_SLICE("/")));
    json_close(&j, '}');
    return json_done(&j);
}

/* ---- the mail ---- */

/* What makes it this letter: its kind and day, and what it tells. */
static uint64_t
identity(struct sceau_arena *arena, const struct letter *l)
{
    static const struct hash_key key = {0, 0}; /* to be the same on the next try */
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "%s %d %d", kinds[l->kind], l->from_day, l->to_day);
    for (size_t i = 0; l->kind == LETTER_ALERT && i < l->item_count; i++) {
        text_format(&t, " %lld ", (long long)l->items[i].first);
        text_slice(&t, l->items[i].id);
    }
    return hash_octets(&key, text_so_far(&t));
}

static void
put_field_text(struct text *t, struct sceau_arena *arena, struct sceau_slice s)
{
    bool is_plain = s.len <= 60;
    for (size_t i = 0; i < s.len; i++)
        is_plain = is_plain && s.ptr[i] >= ' ' && s.ptr[i] <= '~';
    if (is_plain && memmem(s.ptr, s.len, "=?", 2) == NULL)
        text_slice(t, s);
    else
        compose_encoded(t, arena, s);
}

/* base64 in lines of 76 (RFC 2045 section 6.8). */
static void
put_part(struct text *t, struct sceau_arena *arena, const char *boundary,
         const char *type, struct sceau_slice content)
{
    struct sceau_slice coded = base64_encoded(arena, content);
    text_format(t,
                "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: "
                "base64\r\n\r\n",
                boundary, type);
    t->has_failed |= coded.ptr == NULL;
    for (size_t i = 0; i < coded.len; i += COLUMNS) {
        size_t n = coded.len - i < COLUMNS ? coded.len - i : COLUMNS;
        text_slice(t, slice_sub(coded, i, n));
        text_string(t, "\r\n");
    }
}

struct sceau_slice
letter_mail(struct sceau_arena *arena, const struct letter *l, const char *from,
            const char *const *to, size_t to_count)
{
    struct text t = text_new(arena, SIZE_MAX);
    char id[32], boundary[48];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)identity(arena, l));
    snprintf(boundary, sizeof boundary, "=_%s", id);
    text_format(&t, "From: sceau <%s>\r\nTo: ", from);
    for (size_t i = 0; i < to_count; i++)
        text_format(&t, "%s<%s>", i > 0 ? ",\r\n " : "", to[i]);
    text_string(&t, "\r\nSubject: ");
    put_field_text(&t, arena, letter_subject(arena, l));
    text_string(&t, "\r\nDate: ");
    compose_date(&t, l->time);
    const char *at = strrchr(from, '@');
    text_format(&t,
                "\r\nMessage-ID: <sceau.%s@%s>\r\nAuto-Submitted: auto-generated\r\n"
                "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n "
                "boundary=\"%s\"\r\n\r\n",
                id, at != NULL ? at + 1 : "localhost", boundary);
    put_part(&t, arena, boundary, "text/plain", letter_text(arena, l));
    put_part(&t, arena, boundary, "text/html", letter_html(arena, l));
    text_format(&t, "--%s--\r\n", boundary);
    return text_done(&t);
}
