/* Figures in Prometheus' text format, version 0.0.4. */
#include "metrics.h"

#include "insights.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#define MILTER_FILE_MAX ((size_t)1024 * 1024)
#define MILTER_FILE_AGE 120 /* seconds; an older one is of a milter that is gone */

void
metrics_health(struct exchange *x)
{
    struct stat info;
    bool has_state = x->web->state[0] != '\0' && stat(x->web->state, &info) == 0;
    x->answer = (struct answer){
        .status = has_state ? 200 : 503,
        .type = "text/plain; charset=utf-8",
        .body = has_state ? SCEAU_SLICE("ok\n")
                          : SCEAU_SLICE("the state directory is not there\n"),
    };
}

static void
put(struct text *t, const char *name, const char *type, const char *help,
    uint64_t value)
{
    text_format(t, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name,
                type, name, value);
}

/* What sceau-milter wrote last, as it stands: its names are its own. */
static void
put_milter(struct text *t, struct exchange *x)
{
    char path[WEB_STATE_MAX + 16];
    struct stat info;
    snprintf(path, sizeof path, "%s/milter.prom", x->web->state);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    char *octets = sceau_arena_alloc(x->arena, MILTER_FILE_MAX);
    if (octets != NULL && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
        time(NULL) - info.st_mtime < MILTER_FILE_AGE) {
        ssize_t len = read(fd, octets, MILTER_FILE_MAX);
        if (len > 0 && octets[len - 1] == '\n')
            text_slice(t, (struct sceau_slice){octets, (size_t)len});
    }
    close(fd);
}

/* Of the store: figures over all domains. */
static void
put_store(struct text *t, struct exchange *x)
{
    static const char *const outcomes[] = {"accepted", "repaired", "duplicate",
                                           "refused", "unauthenticated"};
    struct insights_figures f;
    bool is_there = insights_figures(x->web, &f);
    put(t, "sceau_store_up", "gauge", "1 when the store can be read.", is_there);
    if (!is_there)
        return;
    put(t, "sceau_store_reports", "gauge", "Reports in the store that count.",
        f.reports);
    put(t, "sceau_store_messages", "gauge", "Messages that they tell of.", f.messages);
    put(t, "sceau_store_last_report_time_seconds", "gauge",
        "When the last report came.", (uint64_t)f.last_received);
    put(t, "sceau_intake_last_run_time_seconds", "gauge",
        "When mailboxes and folders were last looked at.", (uint64_t)f.last_run);
    text_string(t, "# HELP sceau_intake_reports Reports that came in, by outcome.\n"
                   "# TYPE sceau_intake_reports gauge\n");
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        text_format(t, "sceau_intake_reports{outcome=\"%s\"} %" PRIu64 "\n",
                    outcomes[i], f.intake[i]);
    text_string(
        t,
        "# HELP sceau_outbox_deliveries Reports that this host sends, by address and "
        "state.\n# TYPE sceau_outbox_deliveries gauge\n");
    for (size_t i = 0; i < OUTBOX_DELIVERY_STATES; i++)
        text_format(t, "sceau_outbox_deliveries{state=\"%s\"} %" PRIu64 "\n",
                    outbox_delivery_word((enum outbox_delivery_state)i), f.outbox[i]);
    put(t, "sceau_failure_untold_messages_total", "counter",
        "Messages that were counted, and of which no failure report told.",
        (uint64_t)f.untold);
}

void
metrics_answer(struct exchange *x)
{
    struct web *web = x->web;
    struct text t = text_new(x->arena, SIZE_MAX);
    put(&t, "sceau_web_start_time_seconds", "gauge", "When sceau-web was started.",
        (uint64_t)web->started);
    put(&t, "sceau_web_requests_total", "counter", "Requests.",
        atomic_load(&web->requests));
    put(&t, "sceau_web_refused_total", "counter", "Requests answered with 400 to 499.",
        atomic_load(&web->refused));
    put(&t, "sceau_web_failed_total", "counter", "Requests answered with 500 to 599.",
        atomic_load(&web->failed));
    put_store(&t, x);
    put_milter(&t, x);
    struct sceau_slice text = text_done(&t);
    x->answer = (struct answer){
        .status = text.ptr != NULL ? 200 : 503,
        .type = "text/plain; version=0.0.4; charset=utf-8",
        .body = text,
    };
}
