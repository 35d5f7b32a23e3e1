/* The order of the checks, which of them run, and how findings are told. */
#include "doctor.h"

#include <sys/timex.h>

static const char *const outcome_names[] = {
    [DOCTOR_OK] = "ok",           [DOCTOR_INFO] = "info",
    [DOCTOR_WARNING] = "warning", [DOCTOR_PROBLEM] = "problem",
    [DOCTOR_UNKNOWN] = "unknown", [DOCTOR_SKIPPED] = "skipped",
};

const char *
doctor_outcome_name(enum doctor_outcome outcome)
{
    return outcome_names[outcome];
}

void
doctor_tell(struct doctor *d, enum doctor_outcome outcome, const char *found,
            const char *fix, const struct language_word *words, size_t count)
{
    struct sceau_arena *arena = d->context->arena;
    if (d->count == DOCTOR_FINDINGS_MAX)
        return;
    struct doctor_finding *finding = &d->findings[d->count++];
    *finding = (struct doctor_finding){.check = d->check, .outcome = outcome};
    finding->found = language_sentence(arena, d->language, found, words, count);
    if (fix != NULL)
        finding->fix = language_sentence(arena, d->language, fix, words, count);
}

bool
doctor_has_told(const struct doctor *d, size_t count)
{
    return d->count > count;
}

int
doctor_clock(void)
{
    struct timex clock = {0};
    int state = adjtimex(&clock);
    if (state < 0)
        return -1;
    return state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
}

static bool
names(struct sceau_slice name, const struct doctor_check *check)
{
    struct sceau_slice id = sceau_slice_from(check->id);
    bool is_family = name.len > 0 && name.ptr[name.len - 1] == '.';
    return is_family ? slice_starts_ci(id, name) : slice_eq_ci(id, name);
}

static bool
is_among(const struct doctor_check *check, const struct sceau_slice *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names(list[i], check))
            return true;
    }
    return false;
}

bool
doctor_is_id(struct sceau_slice name)
{
    for (size_t i = 0; i < doctor_check_count; i++) {
        if (names(name, &doctor_checks[i]))
            return true;
    }
    return false;
}

void
doctor_run(struct doctor *d, const struct sceau_slice *only, size_t only_count,
           const struct sceau_slice *skip, size_t skip_count)
{
    for (size_t i = 0; i < doctor_check_count; i++) {
        d->check = &doctor_checks[i];
        if ((only_count == 0 || is_among(d->check, only, only_count)) &&
            !is_among(d->check, skip, skip_count))
            d->check->run(d);
    }
}

int
doctor_exit_status(const struct doctor *d)
{
    bool has[DOCTOR_SKIPPED + 1] = {false};
    for (size_t i = 0; i < d->count; i++)
        has[d->findings[i].outcome] = true;
    if (has[DOCTOR_PROBLEM])
        return 2;
    if (has[DOCTOR_WARNING])
        return 1;
    return has[DOCTOR_UNKNOWN] ? 3 : 0;
}
