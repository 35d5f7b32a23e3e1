#include "outbox_place.h"

#include "core/text.h"
#include "file/file.h"
#include "outbox/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
outbox_is_wanted(const struct environment *env)
{
    return env->config.report.organisation.len > 0 && env->config.report.from.len > 0;
}

struct sceau_slice
outbox_bounces_to(const struct environment *env)
{
    const struct config_report *c = &env->config.report;
    return c->return_path.len > 0 ? c->return_path : c->from;
}

struct sceau_slice
outbox_receiver(struct environment *env)
{
    struct sceau_slice domain = env->config.report.domain;
    return domain.len > 0 ? domain : environment_host(env);
}

static struct outbox_names
names_of(struct config_words words)
{
    return (struct outbox_names){words.items, words.count};
}

bool
outbox_look(struct environment *env, const char *state,
            struct outbox_settings *settings)
{
    const struct config_report *c = &env->config.report;
    struct text folder = text_new(env->arena, SIZE_MAX);
    text_format(&folder, "%s/outbox", state);
    *settings = (struct outbox_settings){
        .organization = c->organisation,
        .from = c->from,
        .contact = c->contact,
        .receiver = outbox_receiver(env),
        .folder = text_done(&folder).ptr,
        .spread = c->pacing ? OUTBOX_SPREAD : 0,
        .is_hiding_reserved = c->hide_reserved,
        .return_path = c->return_path,
        .never = names_of(c->never),
        .accepting = names_of(c->accepting),
        .rfc7489 = names_of(c->rfc7489),
        .host_reports = (uint32_t)c->host_reports,
        .discovery = env->config.dmarc.discovery == SCEAU_DMARC_PSL
                         ? REPORT_DISCOVERY_PSL
                         : REPORT_DISCOVERY_TREEWALK,
    };
    if (settings->folder == NULL) {
        complain_text(env->language, "out of memory");
        return false;
    }
    return true;
}

static bool
make_folder(const char *state, const char *folder)
{
    if (mkdir(folder, 0750) != 0 && errno != EEXIST)
        return false;
    int above = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int made = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_given =
        geteuid() != 0 || (above >= 0 && made >= 0 && file_give_away(above, made));
    int why = errno;
    if (above >= 0)
        close(above);
    if (made >= 0)
        close(made);
    errno = why;
    return is_given;
}

bool
outbox_place(struct environment *env, const char *state,
             struct outbox_settings *settings)
{
    if (!outbox_look(env, state, settings))
        return false;
    if (make_folder(state, settings->folder))
        return true;
    complain_errno(env->language, settings->folder, errno);
    return false;
}
