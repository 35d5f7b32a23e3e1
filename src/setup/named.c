/* named.conf as words: strings, "{", "}", ";". Comments are those of C, C++ and the shell.
 * Only options { directory }, include, view and zone are looked into; of all else the
 * braces are counted. */
#include "named.h"

#include "touched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    INCLUDES_MAX = 8, /* deep */
    WORD_MAX = PATH_MAX,
    DEPTH_MAX = 64,
};

struct reading {
    struct sceau_slice domain;
    struct named_zone *best;
    char directory[PATH_MAX]; /* "": not said so far */
    struct problem *problem;
    int includes;
};

struct words {
    const char *at, *end;
    char word[WORD_MAX];
    bool is_string; /* it stood in quotes: "{" is no brace then */
};

/* ---- words ---- */

static void
skip_past(struct words *w, const char *mark)
{
    const char *found = memmem(w->at, (size_t)(w->end - w->at), mark, strlen(mark));
    w->at = found != NULL ? found + strlen(mark) : w->end;
}

static void
skip_blanks(struct words *w)
{
    while (w->at < w->end) {
        size_t left = (size_t)(w->end - w->at);
        if (*w->at == ' ' || (*w->at >= '\t' && *w->at <= '\r'))
            w->at++;
        else if (*w->at == '#' || (left > 1 && memcmp(w->at, "//", 2) == 0))
            skip_past(w, "\n");
        else if (left > 1 && memcmp(w->at, "/*", 2) == 0) {
            w->at += 2;
            skip_past(w, "*/");
        } else
            return;
    }
}

/* The next word; false at the end, or where one is too long. */
static bool
next(struct words *w)
{
    size_t len = 0;
    skip_blanks(w);
    w->is_string = w->at < w->end && *w->at == '"';
    if (w->at == w->end)
        return false;
    if (!w->is_string && strchr("{};", *w->at) != NULL) {
        w->word[0] = *w->at++;
        w->word[1] = '\0';
        return true;
    }
    for (w->at += w->is_string; w->at < w->end; w->at++) {
        char c = *w->at;
        if (w->is_string ? c == '"' : c == '\0' || strchr("{}; \t\r\n\"", c) != NULL)
            break;
        if (len + 1 == WORD_MAX)
            return false;
        w->word[len++] = c;
    }
    w->at += w->is_string && w->at < w->end;
    w->word[len] = '\0';
    return true;
}

static bool
is(const struct words *w, const char *word)
{
    return !w->is_string && strcmp(w->word, word) == 0;
}

/* Up to the end of the statement, whatever stands in it. */
static bool
skip_statement(struct words *w)
{
    int depth = 0;
    for (;;) {
        if (is(w, "{"))
            depth++;
        else if (is(w, "}"))
            depth--;
        else if (is(w, ";") && depth == 0)
            return true;
        if (depth < 0 || depth > DEPTH_MAX || !next(w))
            return false;
    }
}

/* ---- zones ---- */

static bool
lies_in(struct sceau_slice domain, const char *zone)
{
    struct sceau_slice end = sceau_slice_from(zone);
    return domain.len >= end.len &&
           slice_eq_ci(slice_skip(domain, domain.len - end.len), end) &&
           (domain.len == end.len || domain.ptr[domain.len - end.len - 1] == '.');
}

static enum named_kind
kind_of(const char *type)
{
    if (strcmp(type, "master") == 0 || strcmp(type, "primary") == 0)
        return NAMED_PRIMARY;
    if (strcmp(type, "slave") == 0 || strcmp(type, "secondary") == 0)
        return NAMED_SECONDARY;
    return NAMED_NONE;
}

static void
take_zone(struct reading *r, const struct named_zone *zone)
{
    if (zone->kind == NAMED_NONE || zone->file[0] == '\0' ||
        !lies_in(r->domain, zone->name) || strlen(zone->name) <= strlen(r->best->name))
        return;
    *r->best = *zone;
    if (zone->file[0] != '/' && r->directory[0] != '\0')
        snprintf(r->best->file, sizeof r->best->file, "%.2000s/%.2000s", r->directory,
                 zone->file);
}

/* Behind "zone": "name" [class] { ... }; */
static bool
read_zone(struct reading *r, struct words *w)
{
    struct named_zone zone = {.kind = NAMED_NONE};
    bool is_dynamic = false;
    if (!next(w))
        return false;
    size_t len = strlen(w->word);
    len -= len > 0 && w->word[len - 1] == '.';
    snprintf(zone.name, sizeof zone.name, "%.*s", (int)(len < 255 ? len : 0), w->word);
    for (char *c = zone.name; *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    while (next(w) && !is(w, "{")) {
        if (is(w, ";"))
            return true;
    }
    while (next(w) && !is(w, "}")) {
        bool is_type = is(w, "type"), is_file = is(w, "file");
        is_dynamic |=
            is(w, "allow-update") || is(w, "update-policy") || is(w, "inline-signing");
        if ((is_type || is_file) && !next(w))
            return false;
        if (is_type)
            zone.kind = kind_of(w->word);
        if (is_file)
            snprintf(zone.file, sizeof zone.file, "%s", w->word);
        if (!skip_statement(w))
            return false;
    }
    if (zone.kind == NAMED_PRIMARY && is_dynamic)
        zone.kind = NAMED_DYNAMIC;
    take_zone(r, &zone);
    return next(w) && is(w, ";");
}

static bool read_file(struct reading *r, const char *path);

static bool
/* NOLINTNEXTLINE(misc-no-recursion): INCLUDES_MAX files deep */
read_include(struct reading *r, struct words *w)
{
    char path[PATH_MAX];
    if (!next(w))
        return false;
    if (w->word[0] == '/' || r->directory[0] == '\0')
        snprintf(path, sizeof path, "%s", w->word);
    else
        snprintf(path, sizeof path, "%.2000s/%.2000s", r->directory, w->word);
    return skip_statement(w) && read_file(r, path);
}

/* Statements up to the end, or up to the brace that closes a block. */
static bool
/* NOLINTNEXTLINE(misc-no-recursion): INCLUDES_MAX files deep */
read_statements(struct reading *r, struct words *w, bool is_block)
{
    while (next(w)) {
        if (is_block && is(w, "}"))
            return next(w) && is(w, ";");
        bool is_good;
        if (is(w, "zone"))
            is_good = read_zone(r, w);
        else if (is(w, "include"))
            is_good = read_include(r, w);
        else if (is(w, "directory") && next(w)) {
            snprintf(r->directory, sizeof r->directory, "%s", w->word);
            is_good = skip_statement(w);
        } else if (!is_block && (is(w, "options") || is(w, "view"))) {
            while (next(w) && !is(w, "{"))
                ;
            is_good = read_statements(r, w, true);
        } else
            is_good = skip_statement(w);
        if (!is_good)
            return false;
    }
    return !is_block;
}

static bool
/* NOLINTNEXTLINE(misc-no-recursion): INCLUDES_MAX files deep */
read_file(struct reading *r, const char *path)
{
    char *text;
    struct words w;
    size_t len;
    if (r->includes == INCLUDES_MAX) {
        problem_tell_file(r->problem, path, N_("included too deep"));
        return false;
    }
    if (!setup_read(path, &text, &len, r->problem))
        return false;
    w = (struct words){.at = text, .end = text + len};
    r->includes++;
    bool is_good = read_statements(r, &w, false);
    r->includes--;
    if (!is_good && r->problem->text[0] == '\0') {
        size_t line = 1;
        for (const char *c = text; c < w.at; c++)
            line += *c == '\n';
        PROBLEM(r->problem, "{path}:{line}: not understood", THEIRS("path", path),
                LANGUAGE_OURS("line", DECIMAL(line)));
    }
    free(text);
    return is_good;
}

bool
named_find(const char *path, struct sceau_slice domain, struct named_zone *zone,
           struct problem *problem)
{
    struct reading r = {.domain = domain, .best = zone, .problem = problem};
    *zone = (struct named_zone){.kind = NAMED_NONE};
    problem->text[0] = '\0';
    return read_file(&r, path);
}

const char *
named_conf_place(void)
{
    static const char *const places[] = {"/etc/bind/named.conf", "/etc/named.conf",
                                         "/etc/namedb/named.conf"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (access(places[i], R_OK) == 0)
            return places[i];
    }
    return NULL;
}
