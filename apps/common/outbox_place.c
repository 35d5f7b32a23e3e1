#include "outbox_place.h"

#include "core/text.h"
#include "outbox/schedule.h"
#include "store_place.h"

#include <errno.h>

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

bool
outbox_place(struct environment *env, const char *state,
             struct outbox_settings *settings)
{
    if (!outbox_look(env, state, settings))
        return false;
    if (store_make_folder(state, settings->folder, 0750))
        return true;
    complain_errno(env->language, settings->folder, errno);
    return false;
}
