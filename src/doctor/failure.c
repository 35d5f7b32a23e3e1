/* Failure reports need both daemons: the milter takes samples, with its key, and sceau-reportd tells them,
 * as [report] says. Where one of them cannot, nothing is told, and nobody sees it. */
#include "doctor.h"
#include "language/language.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define KEY_OCTETS 32

/* What keeps the milter from taking samples. */
static bool
lacks_key(struct doctor *d)
{
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/privacy.key", d->state);
    bool is_there = stat(path, &st) == 0;
    if (!is_there && errno != ENOENT)
        return false; /* state.present says so */
    if (is_there && S_ISREG(st.st_mode) && st.st_size >= KEY_OCTETS)
        return false;
    doctor_tell(
        d, DOCTOR_WARNING,
        is_there ? N_("{path} is no key: without it no message is sampled")
                 : N_("sceau-milter has made no {path} yet: without it no message is "
                      "sampled"),
        is_there ? AS_IS("rm {path} && systemctl restart sceau-milter")
                 : AS_IS("systemctl restart sceau-milter"),
        DOCTOR_WORDS(THEIRS("path", path)));
    return true;
}

/* What keeps those that are made from leaving. */
static bool
are_kept(struct doctor *d)
{
    const struct config_report *report = &d->config->report;
    if (report->organisation.len == 0 || report->from.len == 0) {
        doctor_tell(
            d, DOCTOR_PROBLEM,
            N_("failure.send is yes, and nobody reports: report.organisation and "
               "report.from are not set"),
            N_("set both under [report] in {file}"),
            DOCTOR_WORDS(THEIRS("file", d->config_file)));
        return true;
    }
    if (!report->send) {
        doctor_tell(d, DOCTOR_WARNING,
                    N_("report.send is no: they are made, and stay here"),
                    N_("set send = yes under [report] in {file}"),
                    DOCTOR_WORDS(THEIRS("file", d->config_file)));
        return true;
    }
    const char *missing = d->selftest != NULL ? selftest_missing(d->selftest) : NULL;
    if (missing == NULL)
        return false;
    doctor_tell(d, DOCTOR_WARNING, N_("they wait for the self-test: {missing}"),
                AS_IS("sceau outbox selftest"),
                DOCTOR_WORDS(THEIRS("missing", language_text(d->language, missing))));
    return true;
}

void
doctor_failure_reports(struct doctor *d)
{
    if (!d->config->failure.send) {
        doctor_tell(d, DOCTOR_SKIPPED, N_("failure.send is no: none are made"), NULL,
                    DOCTOR_NO_WORDS);
        return;
    }
    bool is_told = are_kept(d);
    is_told = lacks_key(d) || is_told;
    if (is_told)
        return;
    if (d->failures_lost > 0 && d->failures_taken == 0)
        doctor_tell(
            d, DOCTOR_WARNING,
            N_("none of the last 7 days was taken, and {count} came to nothing"),
            AS_IS("sceau outbox list --all"),
            DOCTOR_WORDS(LANGUAGE_OURS("count", DECIMAL(d->failures_lost))));
    else
        doctor_tell(d, DOCTOR_OK, N_("who asks for them is told"), NULL,
                    DOCTOR_NO_WORDS);
}
