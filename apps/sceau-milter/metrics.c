/* Counters of the milter in Prometheus' text format. */
#include "metrics.h"

#include "core/text.h"
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_MEMORY ((size_t)256 * 1024)

/* Upper ends in µs; the last one is all of a message's time for DNS. */
static const uint64_t buckets[METRICS_BUCKETS] = {1000,    2500,    5000,    10000,
                                                  25000,   50000,   100000,  250000,
                                                  500000,  1000000, 2500000, 5000000,
                                                  12000000};

/* A pass, else the result of the first; none without a signature. */
static enum sceau_dkim_result
best_signature(const struct sceau_verdict *v)
{
    enum sceau_dkim_result best =
        v->dkim_count > 0 ? v->dkim[0].result : SCEAU_DKIM_NONE;
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (v->dkim[i].result == SCEAU_DKIM_PASS)
            best = SCEAU_DKIM_PASS;
    }
    return best;
}

static void
count_verdict(struct metrics *m, const struct sceau_verdict *v)
{
    atomic_fetch_add(&m->dmarc[v->dmarc.result], 1);
    if (v->has_spf)
        atomic_fetch_add(&m->spf[v->spf_mail_from.result], 1);
    atomic_fetch_add(&m->dkim[best_signature(v)], 1);
    atomic_fetch_add(&m->arc[v->arc.result], 1);
}

/* What was done; of shadow mode, what would have been. */
static void
count_decision(struct metrics *m, const struct policy_decision *d)
{
    if (d->is_shadow) {
        atomic_fetch_add(&m->would[d->action], 1);
        return;
    }
    atomic_fetch_add(&m->actions[d->action], 1);
    atomic_fetch_add(&m->held, d->hold);
    atomic_fetch_add(&m->rewritten, d->list != NULL && d->changed.name.len > 0);
    if (d->override.type != POLICY_OVERRIDE_NONE)
        atomic_fetch_add(&m->overrides[d->override.type], 1);
}

static void
count_signing(struct metrics *m, const struct milter_signed *s)
{
    atomic_fetch_add(&m->signing[s->ruling.rule], 1);
    atomic_fetch_add(&m->signatures, s->count);
    atomic_fetch_add(&m->seals, s->sealed > 0);
    atomic_fetch_add(&m->refolded, s->refolded);
    atomic_fetch_add(&m->long_lines, s->has_long_lines);
}

void
metrics_message(struct metrics *m, const struct milter_message *message,
                uint64_t elapsed_us)
{
    size_t b = 0;
    while (b < METRICS_BUCKETS && elapsed_us > buckets[b])
        b++;
    atomic_fetch_add(&m->slow[b], 1);
    atomic_fetch_add(&m->slow_us, elapsed_us);
    count_decision(m, message->decision);
    if (message->signing != NULL)
        count_signing(m, message->signing);
    if (message->verdict != NULL)
        count_verdict(m, message->verdict);
    else if (message->decision->action == POLICY_TEMPFAIL) /* not one only passed on */
        atomic_fetch_add(&m->unjudged, 1);
}

void
metrics_shadow(struct metrics *m, const struct shadow_report *report)
{
    if (!report->has_results)
        atomic_fetch_add(&m->shadow_silent, 1);
    for (unsigned i = 0; i < SHADOW_METHODS; i++)
        atomic_fetch_add(&m->shadow_compared[i], report->compared[i]);
    for (size_t i = 0; i < report->difference_count; i++)
        atomic_fetch_add(&m->shadow_differences[report->differences[i].method], 1);
}

/* ---- the text ---- */

static void
put_type(struct text *t, const char *name, const char *type, const char *help)
{
    text_format(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
put_value(struct text *t, const char *name, const char *type, const char *help,
          uint64_t value)
{
    put_type(t, name, type, help);
    text_format(t, "%s %" PRIu64 "\n", name, value);
}

/* A series for each result. */
static void
put_series(struct text *t, const char *name, const char *help, const char *label,
           const char *value, uint64_t count, bool is_first)
{
    if (is_first)
        put_type(t, name, "counter", help);
    text_format(t, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value, count);
}

static void
put_results(struct text *t, struct metrics *m)
{
    for (unsigned i = 0; i <= SCEAU_DMARC_PERMERROR; i++)
        put_series(t, "sceau_messages_total", "Messages judged, by DMARC result.",
                   "dmarc", sceau_dmarc_result_name(i), atomic_load(&m->dmarc[i]),
                   i == 0);
    for (unsigned i = 0; i <= SCEAU_SPF_PERMERROR; i++)
        put_series(t, "sceau_spf_total", "Messages by SPF's result for MAIL FROM.",
                   "result", sceau_spf_result_name(i), atomic_load(&m->spf[i]), i == 0);
    for (unsigned i = 0; i <= SCEAU_DKIM_PERMERROR; i++)
        put_series(t, "sceau_dkim_total", "Messages by their best signature's result.",
                   "result", sceau_dkim_result_name(i), atomic_load(&m->dkim[i]),
                   i == 0);
    for (unsigned i = 0; i <= SCEAU_ARC_TEMPERROR; i++)
        put_series(t, "sceau_arc_total", "Messages by their ARC chain's result.",
                   "result", sceau_arc_result_name(i), atomic_load(&m->arc[i]), i == 0);
}

static void
put_messages(struct text *t, struct metrics *m)
{
    put_results(t, m);
    for (unsigned i = 0; i <= POLICY_TEMPFAIL; i++)
        put_series(t, "sceau_actions_total", "Messages by what was done.", "action",
                   policy_action_name(i), atomic_load(&m->actions[i]), i == 0);
    const unsigned first = POLICY_OVERRIDE_NONE + 1;
    for (unsigned i = first; i <= POLICY_OVERRIDE_TRUSTED_FORWARDER; i++)
        put_series(t, "sceau_overrides_total",
                   "Messages whose domain's policy was not applied, by reason.", "type",
                   policy_override_name(i), atomic_load(&m->overrides[i]), i == first);
    put_value(t, "sceau_rewritten_total", "counter",
              "Posts whose From a mailing list of this host took over.",
              atomic_load(&m->rewritten));
    put_value(t, "sceau_held_total", "counter", "Messages put into the hold queue.",
              atomic_load(&m->held));
    put_value(t, "sceau_unjudged_total", "counter",
              "Messages answered without a verdict.", atomic_load(&m->unjudged));
    put_value(t, "sceau_journal_lost_total", "counter",
              "Records that could not be written.", atomic_load(&m->journal_lost));
    put_value(t, "sceau_failure_samples_total", "counter",
              "Samples of failed messages, told or counted in failure reports.",
              atomic_load(&m->samples));
    put_type(t, "sceau_reloads_total", "counter", "Configurations read anew.");
    text_format(t,
                "sceau_reloads_total{result=\"taken\"} %" PRIu64
                "\nsceau_reloads_total{result=\"refused\"} %" PRIu64 "\n",
                (uint64_t)atomic_load(&m->reloads),
                (uint64_t)atomic_load(&m->reloads_refused));
}

/* Signed and unsigned, each by its reason. */
static void
put_signing(struct text *t, struct metrics *m, enum signer_state signer)
{
    if (signer == SIGNER_NONE)
        return;
    put_type(t, "sceau_signing_total", "counter",
             "Messages signed and not signed, by the rule that decided.");
    for (unsigned i = 0; i < POLICY_SIGNING_RULES; i++)
        text_format(t, "sceau_signing_total{signed=\"%s\",rule=\"%s\"} %" PRIu64 "\n",
                    policy_signing_rule_signs(i) ? "yes" : "no",
                    policy_signing_rule_name(i), (uint64_t)atomic_load(&m->signing[i]));
    put_value(t, "sceau_signatures_total", "counter", "DKIM signatures made.",
              atomic_load(&m->signatures));
    put_value(t, "sceau_seals_total", "counter", "ARC sets added.",
              atomic_load(&m->seals));
    put_value(t, "sceau_refolded_total", "counter",
              "Header fields with lines over 998 octets that were folded anew.",
              atomic_load(&m->refolded));
    put_value(t, "sceau_long_lines_total", "counter",
              "Messages to be signed with body lines over 998 octets.",
              atomic_load(&m->long_lines));
    put_value(t, "sceau_signer_up", "gauge",
              "0 when the signer is gone for good; alert on it.",
              signer == SIGNER_ALIVE);
}

static void
put_shadow(struct text *t, struct metrics *m)
{
    for (unsigned i = 0; i <= POLICY_TEMPFAIL; i++)
        put_series(t, "sceau_shadow_actions_total",
                   "Messages by what would have been done but for shadow mode.",
                   "action", policy_action_name(i), atomic_load(&m->would[i]), i == 0);
    for (unsigned i = 0; i < SHADOW_METHODS; i++)
        put_series(t, "sceau_shadow_compared_total",
                   "Messages compared with the other filter's results, by method.",
                   "method", shadow_method_name(i), atomic_load(&m->shadow_compared[i]),
                   i == 0);
    for (unsigned i = 0; i < SHADOW_METHODS; i++)
        put_series(t, "sceau_shadow_differences_total",
                   "What the other filter says otherwise, by method.", "method",
                   shadow_method_name(i), atomic_load(&m->shadow_differences[i]),
                   i == 0);
    put_value(t, "sceau_shadow_silent_total", "counter",
              "Messages without results of the other filter.",
              atomic_load(&m->shadow_silent));
}

static void
put_histogram(struct text *t, struct metrics *m)
{
    uint64_t sum = 0;
    put_type(t, "sceau_message_seconds", "histogram",
             "Time from the last octets of a message to its answer.");
    for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
        sum += atomic_load(&m->slow[i]);
        text_string(t, "sceau_message_seconds_bucket{le=\"");
        if (i < METRICS_BUCKETS)
            text_format(t, "%g", (double)buckets[i] / 1e6);
        else
            text_string(t, "+Inf");
        text_format(t, "\"} %" PRIu64 "\n", sum);
    }
    text_format(t,
                "sceau_message_seconds_sum %.6f\nsceau_message_seconds_count %" PRIu64
                "\n",
                (double)atomic_load(&m->slow_us) / 1e6, sum);
}

static void
put_cache(struct text *t, struct dns_cache *cache)
{
    struct dns_cache_stats s;
    if (cache == NULL)
        return;
    dns_cache_stats(cache, &s);
    put_type(t, "sceau_dns_lookups_total", "counter", "DNS lookups by who answered.");
    text_format(t,
                "sceau_dns_lookups_total{from=\"cache\"} %" PRIu64
                "\nsceau_dns_lookups_total{from=\"joined\"} %" PRIu64
                "\nsceau_dns_lookups_total{from=\"resolver\"} %" PRIu64 "\n",
                s.hits, s.joined, s.misses);
    put_value(t, "sceau_dns_evicted_total", "counter",
              "Answers forgotten for want of room.", s.evicted);
    put_value(t, "sceau_dns_entries", "gauge", "Answers kept.", s.entries);
    put_value(t, "sceau_dns_bytes", "gauge", "Memory of the answers kept.", s.octets);
}

static void
put_guard(struct text *t, struct dns_guard *guard)
{
    struct dns_guard_stats s;
    if (guard == NULL)
        return;
    dns_guard_stats(guard, &s);
    put_value(t, "sceau_dns_resolver_down", "gauge",
              "1 while the resolver does not answer; alert on it.", s.is_down);
    put_value(t, "sceau_dns_resolver_downs_total", "counter",
              "Times that the resolver was taken for down.", s.times_down);
    put_value(t, "sceau_dns_spared_total", "counter",
              "Questions answered with a time-out at once meanwhile.", s.spared);
    put_value(t, "sceau_dns_timeouts_total", "counter",
              "Questions that nobody answered in time.", s.timeouts);
}

/* ---- the process ---- */

static uint64_t
open_files(void)
{
    uint64_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    if (dir == NULL)
        return 0;
    while ((entry = readdir(dir)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count - 1; /* the folder itself was open */
}

/* The second number of statm, in pages. */
static uint64_t
resident_octets(void)
{
    char line[128];
    uint64_t resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return 0;
    struct sceau_slice rest = sceau_slice_from(fgets(line, sizeof line, f)), word;
    fclose(f);
    for (int column = 0; column < 2; column++) {
        if (!slice_next(&rest, ' ', &word))
            return 0;
    }
    if (!slice_decimal(word, UINT32_MAX, &resident))
        return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
put_process(struct text *t, const struct milter_server_counts *server, uint64_t boot_us)
{
    put_value(t, "sceau_connections", "gauge", "Connections of MTAs.",
              server->connections);
    put_value(t, "sceau_connections_total", "counter", "Connections accepted.",
              server->accepted);
    put_value(t, "sceau_threads", "gauge", "Threads that serve connections.",
              server->threads);
    put_value(t, "process_open_fds", "gauge", "Open file descriptors.", open_files());
    put_value(t, "process_resident_memory_bytes", "gauge", "Resident memory.",
              resident_octets());
    put_value(t, "process_start_time_seconds", "gauge",
              "Start of the process, seconds since the epoch.", boot_us / 1000000);
    put_type(t, "sceau_build_info", "gauge", "The version that runs.");
    text_string(t, "sceau_build_info{version=\"" SCEAU_VERSION "\"} 1\n");
}

static void
put_journal(struct text *t, const struct metrics_facts *facts)
{
    const struct journal_waiting *w = &facts->waiting;
    if (!facts->has_journal)
        return;
    put_value(t, "sceau_journal_waiting_bytes", "gauge",
              "Octets of the journal that wait for sceau-reportd; alert on it.",
              w->octets);
    put_value(t, "sceau_journal_waiting_segments", "gauge",
              "Segments of the journal that wait.", w->segments);
    put_value(t, "sceau_journal_waiting_seconds", "gauge",
              "How long the oldest of them has waited; alert on it.",
              journal_waiting_age(w, (int64_t)time(NULL)));
    put_value(t, "sceau_journal_limit_bytes", "gauge",
              "So much may wait before records are lost (journal.limit); 0: no limit.",
              facts->journal_limit);
}

bool
metrics_write(struct metrics *m, const char *dir, const struct metrics_facts *facts)
{
    struct sceau_arena *arena = sceau_arena_new(FILE_MEMORY);
    if (arena == NULL)
        return false;
    struct text t = text_new(arena, SIZE_MAX);
    put_messages(&t, m);
    put_journal(&t, facts);
    put_signing(&t, m, facts->signer);
    put_shadow(&t, m);
    put_histogram(&t, m);
    put_cache(&t, facts->cache);
    put_guard(&t, facts->guard);
    put_process(&t, facts->server, facts->boot_us);
    struct sceau_slice content = text_done(&t);
    bool is_written =
        content.ptr != NULL && files_replace(dir, "milter.prom", 0644, content);
    sceau_arena_free(arena);
    return is_written;
}
