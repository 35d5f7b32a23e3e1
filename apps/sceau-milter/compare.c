/* What policy/shadow found out, told. */
#include "compare.h"

#include "environment.h"
#include "log.h"

_Static_assert(RECORD_SHADOW_MAX >= SHADOW_DIFFERENCES_MAX, "a record keeps them all");

static void
put_record(const struct shadow_report *report, struct record_message *record)
{
    record->is_shadow = 1;
    for (unsigned method = 0; method < SHADOW_METHODS; method++)
        record->shadow_compared |= (uint8_t)(report->compared[method] << method);
    record->difference_count = report->difference_count;
    record->differences_more = report->difference_more;
    for (size_t i = 0; i < report->difference_count; i++) {
        const struct shadow_difference *d = &report->differences[i];
        record->differences[i] =
            (struct record_difference){(uint8_t)d->method, d->theirs, d->ours,
                                       d->domain};
    }
}

void
compare_message(struct sceau_arena *arena, const struct sceau_config *config,
                const struct policy_config *policy, struct metrics *metrics,
                const struct milter_message *message, struct record_message *record)
{
    static _Thread_local struct shadow_report report; /* large for a thread's stack */
    record->is_shadow = 1;
    if (shadow_compare(arena, policy, message->facts, message->verdict,
                       message->decision, &report) != SCEAU_OK) {
        complain("a message is too large to compare");
        return;
    }
    put_record(&report, record);
    metrics_shadow(metrics, &report);
    for (size_t i = 0; i < report.difference_count; i++)
        log_difference(config->log.format, arena, message->facts,
                       &report.differences[i]);
}
