/* Acts leave files for sceau-reportd, which alone writes the store, and wait a moment for it,
 * so that the page behind shows what was done. */
#include "acts.h"

#include "answer.h"
#include "file/file.h"
#include "insights.h"
#include "place_check.h"
#include "places.h"
#include "web/pages_reports.h"
#include "web_request.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_STEPS   80
#define WAIT_STEP_MS 100
#define NOTE_MAX     500

static void
pause_a_step(void)
{
    const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000L};
    nanosleep(&step, NULL);
}

/* ---- marks and mutes ---------------------------------------------------------------------- */

static bool
is_local_path(struct sceau_slice url)
{
    bool is_clean = url.len > 0 && url.ptr[0] == '/' &&
                    !(url.len > 1 && (url.ptr[1] == '/' || url.ptr[1] == '\\'));
    for (size_t i = 0; i < url.len && is_clean; i++)
        is_clean = url.ptr[i] > ' ' && url.ptr[i] < 0x7f;
    return is_clean;
}

static struct sceau_slice
back_of(struct exchange *x)
{
    struct sceau_slice back = query_get(&x->form, "back");
    return is_local_path(back) ? back : SCEAU_SLICE("/");
}

static struct sceau_slice
say(struct exchange *x, const char *english)
{
    return sceau_slice_from(language_text(x->page.html.language, english));
}

/* Leave it; back to the page once it was done, else say that it waits. */
static void
leave(struct exchange *x, const struct query *request)
{
    char path[4352];
    bool is_done = false;
    if (!web_request_leave(x->web->state, request, path)) {
        complain("%s/" WEB_REQUEST_FOLDER ": %s", x->web->state, strerror(errno));
        answer_refusal(x, 503, N_("It could not be written down; the log says why."));
        return;
    }
    for (int i = 0; i < WAIT_STEPS && !is_done; i++) {
        is_done = access(path, F_OK) != 0 && errno == ENOENT;
        if (!is_done)
            pause_a_step();
    }
    if (is_done) {
        answer_redirect(x, back_of(x));
        return;
    }
    answer_page(x,
                page_told(&x->page, N_("Written down"),
                          say(x, N_("sceau-reportd will take it up when it runs next; "
                                    "until then the pages show what was before.")),
                          back_of(x)));
}

static struct sceau_slice
note_of(struct exchange *x)
{
    struct sceau_slice note = slice_trim(query_get(&x->form, "note"));
    note.len = note.len < NOTE_MAX ? note.len : NOTE_MAX;
    return note;
}

static struct sceau_slice
author_of(const struct exchange *x)
{
    return x->visitor.name.len > 0 ? x->visitor.name : SCEAU_SLICE("administrator");
}

static void
mark(struct exchange *x)
{
    struct query q = {.count = 0};
    enum analysis_class class;
    struct sceau_slice word = query_get(&x->form, "class");
    struct sceau_slice source = query_get(&x->form, "source");
    if (source.len == 0 || source.len > 255 ||
        (word.len > 0 && !analysis_class_read(word, &class))) {
        answer_refusal(x, 400, N_("That is no mark of a source."));
        return;
    }
    query_set(&q, "kind", SCEAU_SLICE("mark"));
    query_set(&q, "domain", query_get(&x->form, "domain"));
    query_set(&q, "source", source);
    query_set(&q, "class", word);
    query_set(&q, "note", note_of(x));
    query_set(&q, "author", author_of(x));
    leave(x, &q);
}

static void
mute(struct exchange *x)
{
    struct query q = {.count = 0};
    uint64_t days = 0;
    char until[24];
    struct sceau_slice id = query_get(&x->form, "id");
    if (id.len == 0 || id.len > 64 ||
        !slice_decimal(query_get(&x->form, "days"), 365, &days)) {
        answer_refusal(x, 400, N_("That hides no finding: say 1 to 365 days."));
        return;
    }
    /* No days: shown again. */
    snprintf(until, sizeof until, "%" PRId64,
             days > 0 ? x->page.now + (int64_t)days * 86400 : (int64_t)0);
    query_set(&q, "kind", SCEAU_SLICE("mute"));
    query_set(&q, "id", id);
    query_set(&q, "until", sceau_slice_from(until));
    query_set(&q, "note", note_of(x));
    query_set(&q, "author", author_of(x));
    leave(x, &q);
}

static void
ignore(struct exchange *x)
{
    struct query q = {.count = 0};
    struct sceau_slice reporter = query_get(&x->form, "reporter");
    struct sceau_slice ignored = query_get(&x->form, "ignored");
    if (reporter.len == 0 || reporter.len > 255 ||
        (!slice_eq(ignored, SCEAU_SLICE("0")) &&
         !slice_eq(ignored, SCEAU_SLICE("1")))) {
        answer_refusal(x, 400, N_("That names no reporter."));
        return;
    }
    query_set(&q, "kind", SCEAU_SLICE("ignore"));
    query_set(&q, "reporter", reporter);
    query_set(&q, "ignored", ignored);
    query_set(&q, "note", note_of(x));
    leave(x, &q);
}

/* ---- uploads -------------------------------------------------------------------------------- */

/* Letters, digits and "._-!@" of the name that the browser says: the rest is "_". */
static void
clean_name(struct sceau_slice name, char out[96])
{
    size_t n = 0;
    size_t slash = slice_find_last(name, '/');
    if (slash < name.len)
        name = slice_skip(name, slash + 1);
    for (size_t i = 0; i < name.len && n < 95; i++) {
        char c = name.ptr[i];
        out[n++] =
            ascii_is_alnum(c) || (strchr("._-!@", c) != NULL && c != '\0') ? c : '_';
    }
    out[n] = '\0';
}

static bool
write_upload(struct exchange *x, const char *draft, const char *path)
{
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
    /* It is whole when it has its name: reportd need not wait for it to settle. */
    const struct timespec past[2] = {{.tv_sec = time(NULL) - 60},
                                     {.tv_sec = time(NULL) - 60}};
    if (fd < 0)
        return false;
    bool is_written =
        file_write_all(fd, x->file) && futimens(fd, past) == 0 && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    if (is_written && rename(draft, path) == 0)
        return true;
    saved = is_written ? errno : saved;
    unlink(draft);
    errno = saved;
    return false;
}

/* What the intake says of that file; false: nothing yet. */
static bool
find_outcome(struct exchange *x, struct insight *in, struct sceau_slice name,
             int64_t since_us, struct sceau_slice *outcome, struct sceau_slice *detail,
             int64_t *report)
{
    struct statement *s = database_prepare(
        in->db, "SELECT outcome, detail, report FROM intake WHERE time_us >= ?1 AND "
                "name LIKE '%' || ?2 || '%' ORDER BY time_us DESC, n DESC LIMIT 1");
    bind_int(s, 1, since_us);
    bind_text(s, 2, name);
    if (statement_step(s) != 1)
        return false;
    *outcome = slice_copy(x->arena, column_text(s, 0));
    *detail = slice_copy(x->arena, column_text(s, 1));
    *report = column_int(s, 2);
    statement_reset(s);
    return true;
}

static void
tell_outcome(struct exchange *x, struct sceau_slice outcome, struct sceau_slice detail,
             int64_t report)
{
    static const struct {
        const char *word, *text;
    } told[] = {
        {"accepted",        N_("The report was taken.")                  },
        {"repaired",        N_("The report was taken; some of it was read otherwise than "
                        "it stands there.")          },
        {"duplicate",       N_("The report was there already.")          },
        {"refused",         N_("The file could not be read as a report.")},
        {"unauthenticated",
         N_("The report was kept, and counts in no total: its mail does "
            "not prove the sender.")                                     },
    };
    struct text t = text_new(x->arena, SIZE_MAX);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        if (slice_eq(outcome, sceau_slice_from(told[i].word)))
            text_slice(&t, say(x, told[i].text));
    }
    if (detail.len > 0) {
        text_octet(&t, ' ');
        text_slice(&t, detail);
    }
    struct sceau_slice back =
        report != 0
            ? page_place(&x->page, WEB_REPORT, insight_report_name(x->arena, report))
            : SCEAU_SLICE("/intake");
    answer_page(x, page_told(&x->page, N_("Upload"), text_done(&t), back));
}

static void
wait_for_outcome(struct exchange *x, struct sceau_slice name)
{
    struct insight in;
    struct sceau_slice outcome = SLICE_NONE, detail = SLICE_NONE;
    int64_t report = 0, since_us = (x->page.now - 120) * 1000000;
    /* The store is given back for each pause: few may have it at a time. */
    for (int i = 0; i < WAIT_STEPS && outcome.len == 0; i++) {
        if (!insights_take(x, &in)) {
            x->answer = (struct answer){.status = 0};
            x->page.html = html_new(x->arena, x->page.html.language);
            break;
        }
        bool is_found =
            find_outcome(x, &in, name, since_us, &outcome, &detail, &report);
        insights_give(x, &in);
        if (!is_found)
            pause_a_step();
    }
    if (outcome.len > 0)
        tell_outcome(x, outcome, detail, report);
    else
        answer_page(x,
                    page_told(&x->page, N_("Upload"),
                              say(x, N_("The file lies in incoming, and waits for "
                                        "sceau-reportd; the page Intake will say what "
                                        "became of it.")),
                              SCEAU_SLICE("/intake")));
}

static void
upload(struct exchange *x)
{
    char clean[96], name[160], path[4352], draft[4352];
    uint32_t random = 0;
    if (x->request.method == WEB_GET) {
        answer_redirect(x, SCEAU_SLICE("/intake"));
        return;
    }
    if (x->file.len == 0) {
        answer_refusal(x, 400, N_("There was no file in the form."));
        return;
    }
    clean_name(x->file_name, clean);
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = 0;
    snprintf(name, sizeof name, "upload-%lld-%08" PRIx32 "-%s", (long long)time(NULL),
             random, clean);
    snprintf(path, sizeof path, "%s/incoming/%s", x->web->state, name);
    snprintf(draft, sizeof draft, "%s/incoming/.%s", x->web->state, name);
    if (!write_upload(x, draft, path)) {
        complain("%s: %s", path, strerror(errno));
        answer_refusal(x, 503, N_("It could not be written down; the log says why."));
        return;
    }
    wait_for_outcome(x, slice_copy(x->arena, sceau_slice_from(name)));
}

/* ---- settings ------------------------------------------------------------------------------- */

static void
settings(struct exchange *x)
{
    size_t count = 0;
    const struct config_setting *all =
        config_settings(x->arena, &x->web->env.config, &count);
    if (all == NULL) {
        answer_refusal(x, 503, N_("There is no memory left for it."));
    } else if (x->page.match.format == WEB_HTML) {
        answer_page(x, pages_settings(&x->page, all, count));
    } else {
        struct table t = pages_settings_table(x->arena, all, count);
        places_table(x, NULL, &t);
    }
}

void
acts_answer(struct exchange *x)
{
    switch (x->page.match.route->place) {
    case WEB_MARK: mark(x); break;
    case WEB_MUTE: mute(x); break;
    case WEB_IGNORE: ignore(x); break;
    case WEB_UPLOAD: upload(x); break;
    case WEB_SETTINGS: settings(x); break;
    case WEB_CHECK: place_check(x); break;
    default: answer_refusal(x, 404, N_("What was here may have been removed.")); break;
    }
}
