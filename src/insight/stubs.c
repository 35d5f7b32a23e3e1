/* Answers that are not given yet: empty. */
#include "findings.h"
#include "insight.h"
#include "ours.h"
#include "words.h"

bool
insight_findings(struct insight *in, struct sceau_slice domain, bool with_muted,
                 const struct analysis_finding **findings, size_t *count)
{
    (void)in;
    (void)domain;
    (void)with_muted;
    (void)findings;
    (void)count;
    memset(findings, 0, sizeof *findings);
    memset(count, 0, sizeof *count);
    return true;
}

bool
findings_run(struct insight *in)
{
    (void)in;
    return true;
}

bool
findings_mute(struct insight *in, struct sceau_slice id, int64_t until,
              struct sceau_slice note, struct sceau_slice author)
{
    (void)in;
    (void)id;
    (void)until;
    (void)note;
    (void)author;
    return true;
}

bool
insight_mark(struct insight *in, struct sceau_slice domain, struct sceau_slice source,
             enum analysis_class class, struct sceau_slice note,
             struct sceau_slice author)
{
    (void)in;
    (void)domain;
    (void)source;
    (void)class;
    (void)note;
    (void)author;
    return true;
}

bool
insight_unmark(struct insight *in, struct sceau_slice domain, struct sceau_slice source)
{
    (void)in;
    (void)domain;
    (void)source;
    return true;
}

const struct analysis_ours *
ours_make(struct sceau_arena *arena, const struct sceau_config *config,
          struct database *db)
{
    (void)arena;
    (void)config;
    (void)db;
    return NULL;
}
