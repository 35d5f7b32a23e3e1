/* `sceau zone apply FILE`: the zone file edited in place, after a look at the difference;
 * then, if asked, reloaded and waited for on every server. */
#include "core/date.h"
#include "core/json.h"
#include "zone.h"
#include "zone/diff.h"
#include "zone/names.h"
#include "zone_file.h"
#include "zone_replace.h"
#include "zone_servers.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define WORDS_MAX 64 /* of a command */

struct apply {
    struct environment env;
    const struct zone_apply_options *options;
    const char *path;
    struct sceau_arena *arena; /* of the zone */
    struct zone_source source;
    struct sceau_slice text; /* of the file */
    struct zone_document document;
    struct dns_name origin;
    struct sceau_slice zone; /* its name, A-labels */
    struct zone_wish wish;
    struct zone_edit edit;
    struct zone_replace replace;
};

/* ---- programs ---- */

/* Run a program and wait. Gives its exit status, -1 when it is not there. */
static int
run(const char *const *words)
{
    pid_t pid;
    int status;
    if (posix_spawnp(&pid, words[0], NULL, NULL, (char *const *)(uintptr_t)words,
                     environ) != 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    int end = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return end == 127 ? -1 : end;
}

/* BIND's own opinion of the new file, when it is installed. Names outside of the zone are
 * not looked up. */
static bool
is_accepted_by_bind(const struct apply *a)
{
    static const char *const places[] = {"named-checkzone", "/usr/bin/named-checkzone",
                                         "/usr/sbin/named-checkzone",
                                         "/usr/local/bin/named-checkzone"};
    char zone[DOMAIN_MAX + 1];
    snprintf(zone, sizeof zone, "%.*s", SLICE_ARG(a->zone));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *const quiet[] = {places[i], "-q",
                                     "-i",      "local",
                                     "-w",      a->replace.folder,
                                     zone,      a->replace.made,
                                     NULL};
        const char *const loud[] = {places[i],         "-i", "local",         "-w",
                                    a->replace.folder, zone, a->replace.made, NULL};
        int status = run(quiet);
        if (status < 0)
            continue;
        if (status == 0)
            return true;
        fflush(stdout);
        run(loud);
        COMPLAIN(a->env.language,
                 "{path}: BIND refuses the new zone (above); the file is as it was",
                 LANGUAGE_THEIRS("path", sceau_slice_from(a->path)));
        return false;
    }
    return true;
}

/* ---- reading ---- */

static bool
read_document(struct apply *a)
{
    if (zone_document_read(a->arena, sceau_slice_from(a->path), a->text, &a->origin,
                           zone_source_loader(&a->source), &a->document) == SCEAU_OK)
        return true;
    COMPLAIN(a->env.language, "{path}: more records than memory holds",
             LANGUAGE_THEIRS("path", sceau_slice_from(a->path)));
    return false;
}

/* The name that relative names belong to before the SOA is read: of --domain, else the one
 * that the file is called by, else of the only domain that is described. */
static int
first_origin(struct apply *a, struct sceau_slice *goes)
{
    const struct config_domain *domain = NULL;
    size_t index;
    a->origin = dns_name_root();
    if (a->options->domain != NULL) {
        int status = zone_find_domain(&a->env, a->options->domain, &index);
        if (status != 0)
            return status;
        domain = &a->env.config.domains[index];
    } else if (!zone_origin_guess(sceau_slice_from(a->path), &a->origin) &&
               a->env.config.domain_count == 1) {
        domain = &a->env.config.domains[0];
    }
    if (domain == NULL)
        return 0;
    *goes = domain->zone.len > 0 ? domain->zone : domain->domain;
    if (dns_name_from_asked(*goes, &a->origin))
        return 0;
    COMPLAIN(a->env.language, "{name} is no zone", LANGUAGE_THEIRS("name", *goes));
    return CLI_EXIT_INPUT;
}

/* The zone's name: what the SOA says, if relative names do not hang on another. */
static int
find_origin(struct apply *a)
{
    struct sceau_slice goes = SLICE_NONE;
    int status = first_origin(a, &goes);
    if (status != 0)
        return status;
    if (!read_document(a))
        return CLI_EXIT_TEMPORARY;
    struct sceau_slice soa = zone_origin_of(&a->document);
    bool is_other = soa.ptr != NULL && !dns_name_equal(soa, dns_name_slice(&a->origin));
    if (is_other && goes.ptr != NULL) {
        COMPLAIN(a->env.language,
                 "{path} is the zone {zone}, and the records go into {wanted}",
                 LANGUAGE_THEIRS("path", sceau_slice_from(a->path)),
                 LANGUAGE_THEIRS("zone", dns_name_to_asked(a->arena, soa)),
                 LANGUAGE_THEIRS("wanted", goes));
        return CLI_EXIT_PROBLEM;
    }
    if (a->document.uses_given_origin && (is_other || a->origin.len == 1)) {
        COMPLAIN(
            a->env.language,
            "{path} does not say what zone its relative names belong to; give --domain",
            LANGUAGE_THEIRS("path", sceau_slice_from(a->path)));
        return CLI_EXIT_PROBLEM;
    }
    if (is_other) { /* else as it was read: the letter case of names hangs on it */
        a->origin.len = soa.len;
        memcpy(a->origin.wire, soa.ptr, soa.len);
    }
    struct sceau_slice name = dns_name_to_asked(a->arena, dns_name_slice(&a->origin));
    a->zone = slice_copy_lower(a->arena, name);
    return a->zone.ptr != NULL ? 0 : CLI_EXIT_TEMPORARY;
}

/* named keeps the changes of a dynamic zone in a journal, and writes the file anew. */
static int
refuse_dynamic(const struct apply *a)
{
    char journal[PATH_MAX];
    int len = snprintf(journal, sizeof journal, "%s.jnl", a->path);
    if (len < 0 || (size_t)len >= sizeof journal || access(journal, F_OK) != 0)
        return 0;
    COMPLAIN(
        a->env.language,
        "{path} is there: named changes this zone itself. Use sceau zone push; or run "
        "\"rndc freeze {zone}\" before, remove the journal, and \"rndc thaw {zone}\" "
        "after",
        LANGUAGE_THEIRS("path", sceau_slice_from(journal)),
        LANGUAGE_THEIRS("zone", a->zone));
    return CLI_EXIT_PROBLEM;
}

static int
plan(struct apply *a)
{
    struct date today = date_of((int64_t)time(NULL));
    a->wish.today = today.year * 10000 + today.month * 100 + today.day;
    int status = zone_make_wish(&a->env, a->zone, a->options->domain, &a->wish);
    if (status != 0)
        return status;
    switch (zone_edit_make(a->arena, &a->document, &a->origin,
                           zone_source_loader(&a->source), &a->wish, &a->edit)) {
    case SCEAU_OK: return 0;
    case SCEAU_E_SYNTAX: break;
    case SCEAU_E_LIMIT:
    case SCEAU_E_SYSTEM:
        COMPLAIN(a->env.language, "{path}: more records than memory holds",
                 LANGUAGE_THEIRS("path", sceau_slice_from(a->path)));
        return CLI_EXIT_TEMPORARY;
    }
    complain("%.*s:%zu:%zu: %s%s", SLICE_ARG(a->edit.file), a->edit.line,
             a->edit.column,
             a->edit.is_expected ? language_text(a->env.language, N_("expected: "))
                                 : "",
             language_text(a->env.language, a->edit.problem));
    complain_text(a->env.language,
                  "the file was left as it is; \"sceau check --zone\" says "
                  "more about it");
    return CLI_EXIT_INPUT;
}

/* ---- the difference ---- */

/* UTF-8 and tabs as they are; what would steer a terminal is escaped. */
static void
print_diff(struct apply *a, struct sceau_slice diff)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    for (size_t i = 0; i < diff.len; i++) {
        unsigned char c = (unsigned char)diff.ptr[i];
        if ((c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
            text_format(&t, "\\x%02x", c);
        else
            text_octet(&t, (char)c);
    }
    printf("--- %s\n+++ %s\n", a->path, a->path);
    fwrite(t.ptr, 1, t.len, stdout);
}

static int
show_diff(struct apply *a, struct sceau_slice *diff)
{
    *diff = zone_diff(a->arena, a->text, a->edit.splices, a->edit.splice_count);
    if (diff->ptr == NULL) {
        complain_text(a->env.language,
                      "the difference needs more memory than there is");
        return CLI_EXIT_TEMPORARY;
    }
    if (!a->env.call->globals.json && !a->env.call->globals.quiet)
        print_diff(a, *diff);
    return 0;
}

/* 0: go on. */
static int
confirm(const struct apply *a)
{
    char answer[16] = "";
    if (a->options->yes)
        return 0;
    if (!isatty(STDIN_FILENO) || a->env.call->globals.json) {
        complain("%s",
                 language_text(a->env.language,
                               N_("nothing was written; --yes writes it, --dry-run is "
                                  "content with the difference")));
        return CLI_EXIT_USAGE;
    }
    printf("%s ", language_text(a->env.language, N_("Write this? [y/N]")));
    fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) != NULL &&
        strchr("yYoO", answer[0]) != NULL && answer[0] != '\0')
        return 0;
    complain("%s", language_text(a->env.language, N_("nothing was written")));
    return CLI_EXIT_WARNING;
}

/* ---- writing ---- */

static int
write_zone(struct apply *a)
{
    if (!zone_replace_write(&a->replace, a->env.language, a->path, a->edit.text))
        return CLI_EXIT_TEMPORARY;
    if (!is_accepted_by_bind(a)) {
        zone_replace_drop(&a->replace);
        return CLI_EXIT_PROBLEM;
    }
    return zone_replace_commit(&a->replace, a->arena, a->text, a->edit.old_serial)
               ? 0
               : CLI_EXIT_TEMPORARY;
}

static void
report_json(struct apply *a, bool is_written, struct sceau_slice diff)
{
    struct json j = json_new(a->arena);
    json_open(&j, '{');
    json_key_string(&j, "file", a->path);
    json_key_slice(&j, "zone", a->zone);
    json_key_number(&j, "added", (int64_t)a->edit.added);
    json_key_number(&j, "changed", (int64_t)a->edit.changed);
    json_key_number(&j, "removed", (int64_t)a->edit.removed);
    json_key_number(&j, "old_serial", a->edit.old_serial);
    json_key_number(&j, "new_serial", a->edit.new_serial);
    json_key_bool(&j, "written", is_written);
    json_key_string(&j, "backup", is_written ? a->replace.backup : NULL);
    json_key_slice(&j, "diff", diff);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static struct sceau_slice
number(struct apply *a, uint64_t n)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    text_decimal(&t, n);
    return text_done(&t);
}

static void
report(struct apply *a, bool is_written, struct sceau_slice diff)
{
    const struct language_word words[] = {
        LANGUAGE_THEIRS("file", sceau_slice_from(a->path)),
        LANGUAGE_OURS("added", number(a, a->edit.added)),
        LANGUAGE_OURS("changed", number(a, a->edit.changed)),
        LANGUAGE_OURS("removed", number(a, a->edit.removed)),
        LANGUAGE_OURS("old", number(a, a->edit.old_serial)),
        LANGUAGE_OURS("new", number(a, a->edit.new_serial)),
        LANGUAGE_THEIRS("backup", sceau_slice_from(a->replace.backup)),
    };
    if (a->env.call->globals.json) {
        report_json(a, is_written, diff);
        return;
    }
    if (a->env.call->globals.quiet)
        return;
    print_line(
        stdout,
        language_sentence(
            a->arena, a->env.language,
            a->edit.splice_count == 0 ? N_("{file}: nothing to do; serial {old}")
            : is_written
                ? N_("{file}: {added} added, {changed} changed, {removed} removed; "
                     "serial {old}, now {new}. The old file: {backup}")
                : N_("{file}: would be {added} added, {changed} changed, {removed} "
                     "removed; serial {old}, then {new}. Nothing was written"),
            words, sizeof words / sizeof *words));
}

/* ---- reload ---- */

/* rndc's own words come through. */
static int
reload(struct apply *a)
{
    const char *words[WORDS_MAX + 3];
    size_t count = 0;
    struct sceau_slice rest = SCEAU_SLICE("rndc"), word;
    for (size_t i = 0; i < a->env.config.domain_count; i++) {
        const struct config_domain *domain = &a->env.config.domains[i];
        if (slice_eq_ci(domain->zone.len > 0 ? domain->zone : domain->domain, a->zone))
            rest = domain->rndc;
    }
    while (slice_next(&rest, ' ', &word) && count < WORDS_MAX) {
        if (word.len > 0)
            words[count++] = slice_copy(a->arena, word).ptr;
    }
    words[count++] = "reload";
    words[count++] = slice_copy(a->arena, a->zone).ptr;
    words[count] = NULL;
    fflush(stdout);
    int status = run(words);
    if (status == 0)
        return 0;
    if (status < 0)
        COMPLAIN(a->env.language,
                 "{command} cannot be run: name the command with domain.rndc",
                 LANGUAGE_THEIRS("command", sceau_slice_from(words[0])));
    else
        COMPLAIN(
            a->env.language,
            "{command} reload {zone} ended with status {status} (its words are above); "
            "the file is written, the server has not read it",
            LANGUAGE_THEIRS("command", sceau_slice_from(words[0])),
            LANGUAGE_THEIRS("zone", sceau_slice_from(words[count - 1])),
            LANGUAGE_OURS("status", DECIMAL(status)));
    return CLI_EXIT_PROBLEM;
}

static int
reload_and_wait(struct apply *a)
{
    int status = reload(a);
    if (status == 0)
        status = environment_connect(&a->env);
    if (status == 0)
        status = zone_servers_wait(&a->env, a->zone, a->edit.new_serial,
                                   a->options->wait.value);
    return status;
}

/* ---- the whole ---- */

static int
apply(struct apply *a)
{
    struct sceau_slice diff = SCEAU_SLICE("");
    int status = find_origin(a);
    if (status == 0)
        status = refuse_dynamic(a);
    if (status == 0)
        status = plan(a);
    if (status != 0)
        return status;
    bool has_work = a->edit.splice_count > 0, is_written = false;
    if (has_work)
        status = show_diff(a, &diff);
    if (status == 0 && has_work && !a->options->dry_run) {
        status = confirm(a);
        if (status == 0)
            status = write_zone(a);
        is_written = status == 0;
    }
    if (status != 0)
        return status;
    report(a, is_written, diff);
    return a->options->reload && !a->options->dry_run ? reload_and_wait(a) : 0;
}

int
zone_apply_run(const struct cli_call *call)
{
    struct apply a = {.options = call->options, .path = call->operands.items[0]};
    int status = environment_load_config(&a.env, call);
    if (status == 0 && (a.arena = sceau_arena_new(ZONE_MEMORY)) == NULL) {
        complain_text(a.env.language, "out of memory");
        status = CLI_EXIT_TEMPORARY;
    }
    if (status == 0 && strcmp(a.path, "-") == 0) {
        complain_text(a.env.language, "a zone file is edited in place: give its name");
        status = CLI_EXIT_USAGE;
    }
    if (status == 0)
        status = zone_source_open(&a.source, a.env.language, a.arena, a.path, &a.text)
                     ? apply(&a)
                     : CLI_EXIT_INPUT;
    zone_source_close(&a.source);
    sceau_arena_free(a.arena);
    environment_close(&a.env);
    return status;
}
