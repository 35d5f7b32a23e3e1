/* `sceau report show FILE`: opens the file, has it read by a process that has nothing, and
 * prints what comes back. No daemon, store or configuration, unless it is the number of a
 * report in the store: then the file is the one that is kept there. */
#include "file/file.h"
#include "insight/reports.h"
#include "reader.h"
#include "report.h"
#include "store_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define EVENT_MEMORY \
 ((size_t)64 * 1024 * 1024) /* escaping quadruples a record at worst */
#define LINES_MEMORY ((size_t)4 * 1024 * 1024)

void
report_printer_begin(struct report_printer *p, struct sceau_slice name)
{
    struct text t = text_in(p->name, sizeof p->name);
    if (name.len >= sizeof p->name)
        name.len = sizeof p->name - 1;
    text_slice(&t, name);
    text_done(&t);
}

unsigned
report_rank(const struct report_record *r)
{
    if (r->dkim == REPORT_ALIGNED_UNKNOWN && r->spf == REPORT_ALIGNED_UNKNOWN)
        return 2;
    bool dkim = r->dkim == REPORT_ALIGNED_PASS, spf = r->spf == REPORT_ALIGNED_PASS;
    if (dkim && spf)
        return 0;
    return dkim || spf ? 1 : 3;
}

/* ---- out of the store ---- */

#define RAW_MEMORY ((size_t)512 * 1024 * 1024)

/* The file that report `id` came in, to be read from its beginning; -1 with a message. */
static int
open_kept(const struct environment *env, int64_t id, const char *word)
{
    const struct report_options *options = env->call->options;
    struct insight in = {.arena = sceau_arena_new(RAW_MEMORY)};
    struct insight_raw raw = {.is_known = false};
    int status, fd = -1;
    in.db = store_open(env, options->state, DATABASE_READ, &status);
    if (in.arena == NULL)
        complain_text(env->language, "out of memory");
    else if (in.db != NULL && !insight_report_raw(&in, id, &raw))
        complain_problem(env->language, insight_error(&in));
    else if (in.db != NULL && !raw.is_known)
        COMPLAIN(env->language,
                 "{id}: the store has no such report, or no longer its file",
                 THEIRS("id", word));
    if (raw.is_known) {
        fd = memfd_create("report", MFD_CLOEXEC);
        if (fd < 0 || !file_write_all(fd, raw.octets) || lseek(fd, 0, SEEK_SET) != 0)
            complain_errno(env->language, word, errno);
    }
    database_close(in.db);
    sceau_arena_free(in.arena);
    return fd;
}

/* Is it a number of sceau report list, and no file? */
static bool
is_number(const char *word, int64_t *id)
{
    return insight_report_read(sceau_slice_from(word), id) && access(word, F_OK) != 0;
}

static void
show_kept(struct report_printer *p, int64_t id, const char *word)
{
    struct environment env = {0};
    int fd = environment_load_config(&env, p->env->call) == 0
                 ? open_kept(&env, id, word)
                 : -1;
    p->file = sceau_slice_from(word);
    if (fd < 0 || !reader_run(fd, p->file, &p->sink))
        p->has_refused = true;
    if (fd >= 0)
        close(fd);
    environment_close(&env);
}

static bool
show_file(struct report_printer *p, const char *path)
{
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    p->file = sceau_slice_from(path);
    if (fd < 0 || !reader_run(fd, p->file, &p->sink)) {
        complain_errno(p->env->language, path, errno);
        p->has_refused = true;
    }
    if (fd >= 0 && !is_input)
        close(fd);
    return fd >= 0;
}

static void
show_operand(struct report_printer *p, const char *word)
{
    int64_t id;
    if (is_number(word, &id))
        show_kept(p, id, word);
    else
        show_file(p, word);
}

static int
status_of(const struct report_printer *p)
{
    if (p->is_broken)
        return CLI_EXIT_BUG;
    if (p->has_refused)
        return CLI_EXIT_INPUT;
    if (p->has_failed)
        return CLI_EXIT_WARNING;
    return p->has_told ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN;
}

static void
choose_sink(struct report_printer *p, const struct cli_call *call)
{
    const struct report_options *options = call->options;
    if (call->globals.json)
        report_json_sink(p);
    else if (options->csv)
        report_csv_sink(p);
    else
        report_text_sink(p);
}

int
report_show_run(const struct cli_call *call)
{
    struct environment env = {.call = call, .language = environment_language(call)};
    struct report_printer *p = calloc(1, sizeof *p);
    int status = CLI_EXIT_TEMPORARY;
    if (p != NULL) {
        p->env = &env;
        p->is_quiet = call->globals.quiet;
        p->arena = sceau_arena_new(EVENT_MEMORY);
        p->lines_arena = sceau_arena_new(LINES_MEMORY);
    }
    if (p == NULL || p->arena == NULL || p->lines_arena == NULL) {
        complain_text(env.language, "out of memory");
    } else {
        choose_sink(p, call);
        for (size_t i = 0; i < call->operands.count; i++)
            show_operand(p, call->operands.items[i]);
        status = status_of(p);
        report_text_clear(p);
    }
    if (p != NULL) {
        sceau_arena_free(p->arena);
        sceau_arena_free(p->lines_arena);
    }
    free(p);
    return status;
}
