/* RFC 9989 section 4.10, steps 1 to 7. What the records mean for policy and for the
 * organizational domain is told in discover.c and organizational.c. */
#include "walk.h"

#include "core/domain.h"
#include "core/text.h"
#include "core/trace.h"
#include "record.h"

#include <assert.h>

#define JUMP_LABELS 7 /* step 4: a name of eight labels or more continues with seven */

/* The name that stands for all when memory is full. */
static const struct dmarc_name out_of_memory = {.finding = DMARC_TROUBLE};

bool
dmarc_is_open(const struct dmarc_name *name)
{
    return name->finding == DMARC_TROUBLE || name->finding == DMARC_OVERLONG;
}

/* ---- one name -------------------------------------------------------------------- */

/* The one DMARC record of a name, parsed. */
static void
read_record(struct sceau_context *context, const struct sceau_dns_answer *answer,
            struct sceau_slice text, struct dmarc_name *name)
{
    struct sceau_arena *arena = context->arena;
    struct sceau_dmarc_record *record = sceau_arena_alloc(arena, sizeof *record);
    enum sceau_status status = SCEAU_E_LIMIT;
    if (record != NULL)
        status = sceau_dmarc_record_parse(arena, text, record, NULL);
    if (status == SCEAU_OK) {
        record->secure = answer->secure;
        name->finding = DMARC_RECORD;
        name->record = record;
    } else if (status == SCEAU_E_SYNTAX) {
        name->finding = DMARC_MALFORMED;
    } else {
        bool is_overlong = text.len > SCEAU_DMARC_RECORD_MAX;
        name->finding = is_overlong ? DMARC_OVERLONG : DMARC_TROUBLE;
    }
}

/* Step 2, and step 6: discard what is not DMARC1; discard all when several remain. A
 * name that DNS cannot hold has no record; NXDOMAIN and NODATA say the same thing here.
 */
static void
read_answer(struct sceau_context *context, const struct sceau_dns_answer *answer,
            struct dmarc_name *name)
{
    struct sceau_slice text = SLICE_NONE;
    size_t records = 0;
    for (size_t i = 0; answer->status == SCEAU_DNS_OK && i < answer->count; i++) {
        if (dmarc_record_is_dmarc1(answer->rrs[i].text)) {
            text = answer->rrs[i].text;
            records++;
        }
    }
    if (sceau_dns_is_trouble(answer->status))
        name->finding = DMARC_TROUBLE;
    else if (records == 0)
        name->finding = DMARC_NO_RECORD;
    else if (records > 1)
        name->finding = DMARC_SEVERAL;
    else
        read_record(context, answer, text, name);
}

/* For `--explain`: what the answer is worth. */
static const char *
finding_text(enum dmarc_finding finding)
{
    switch (finding) {
    case DMARC_NO_RECORD: return N_("no DMARC record here");
    case DMARC_RECORD: return N_("a DMARC record");
    case DMARC_SEVERAL:
        return N_("several DMARC records: all are discarded (4.10 step 2)");
    case DMARC_MALFORMED:
        return N_("a tag occurs twice: not a valid record, discarded");
    case DMARC_OVERLONG: return N_("the record is longer than 16 KiB: not accepted");
    case DMARC_TROUBLE: return N_("no usable answer: what stands here is not known");
    }
    return "";
}

/* What stands at a name and, of a record, what a receiver makes of it. */
static void
trace_name(struct sceau_context *context, const struct dmarc_name *name)
{
    const struct sceau_dmarc_tag_value *tags;
    size_t count;
    struct sceau_arena *scratch = NULL;
    if (!trace_is_on(context))
        return;
    trace_text(context, finding_text(name->finding));
    if (name->record != NULL)
        scratch = sceau_arena_new(8 * SCEAU_DMARC_RECORD_MAX);
    if (scratch != NULL &&
        sceau_dmarc_record_tags(scratch, name->record, &tags, &count) == SCEAU_OK) {
        struct text t = text_new(scratch, SIZE_MAX);
        for (size_t i = 0; i < count; i++)
            text_format(&t, "%s%s=%.*s", i > 0 ? " " : "", tags[i].name,
                        SLICE_ARG(tags[i].value));
        TRACE(context, N_("read as {record}"), TRACE_SLICE("record", text_so_far(&t)));
    }
    sceau_arena_free(scratch);
}

static struct dmarc_name *
find(const struct dmarc_lookups *lookups, struct sceau_slice domain)
{
    struct dmarc_name *name = lookups->names;
    while (name != NULL && !slice_eq_ci(name->domain, domain))
        name = name->next;
    return name;
}

const struct dmarc_name *
dmarc_ask(struct dmarc_lookups *lookups, struct sceau_slice domain)
{
    struct sceau_context *context = lookups->context;
    struct sceau_dns_answer answer;
    struct dmarc_name *name = find(lookups, domain);
    if (name != NULL) {
        TRACE(context, N_("_dmarc.{domain}, asked before: {finding}"),
              TRACE_SLICE("domain", domain),
              TRACE_PHRASE("finding", finding_text(name->finding)));
        return name;
    }
    name = sceau_arena_alloc(context->arena, sizeof *name);
    struct sceau_slice query =
        domain_join(context->arena, SCEAU_SLICE("_dmarc"), domain);
    if (name == NULL || query.ptr == NULL)
        return &out_of_memory;
    *name =
        (struct dmarc_name){.domain = domain, .query = query, .next = lookups->names};
    lookups->names = name;
    sceau_dns_lookup(context, query, SCEAU_DNS_TXT, &answer);
    name->was_asked = answer.status != SCEAU_DNS_INVALID;
    read_answer(context, &answer, name);
    trace_name(context, name);
    return name;
}

/* ---- the walk -------------------------------------------------------------------- */

/* Steps 3, 4 and 7: the next target, empty when no label is left. */
static struct sceau_slice
next_target(struct sceau_slice target)
{
    return domain_labels(target) > JUMP_LABELS ? domain_last_labels(target, JUMP_LABELS)
                                               : domain_parent(target);
}

/* All that is above `start` will be asked, unless a psd tag ends the walk: let the
 * answers travel at the same time. */
static void
prefetch_above(struct dmarc_lookups *lookups, struct sceau_slice start)
{
    struct sceau_context *context = lookups->context;
    for (struct sceau_slice target = next_target(start); target.len > 0;
         target = next_target(target)) {
        if (find(lookups, target) != NULL)
            continue;
        struct sceau_slice query =
            domain_join(context->arena, SCEAU_SLICE("_dmarc"), target);
        if (query.ptr != NULL)
            sceau_dns_prefetch(context, query, SCEAU_DNS_TXT);
    }
}

/* "If a single record remains and it contains a psd=n or psd=y tag, stop." */
static bool
ends_walk(const struct dmarc_name *name)
{
    return name->finding == DMARC_RECORD && name->record->psd != SCEAU_DMARC_PSD_U;
}

void
dmarc_walk_from(struct dmarc_lookups *lookups, struct sceau_slice start,
                struct dmarc_walk *walk)
{
    *walk = (struct dmarc_walk){0};
    TRACE(lookups->context,
          N_("tree walk from {domain} ({labels} labels, at most {most} queries)"),
          TRACE_SLICE("domain", start), TRACE_NUMBER("labels", domain_labels(start)),
          TRACE_NUMBER("most", SCEAU_DMARC_WALK_MAX));
    trace_enter(lookups->context);
    for (struct sceau_slice target = start; target.len > 0;
         target = next_target(target)) {
        assert(walk->count < SCEAU_DMARC_WALK_MAX);
        const struct dmarc_name *name = dmarc_ask(lookups, target);
        walk->names[walk->count++] = name;
        walk->is_open = dmarc_is_open(name);
        if (walk->is_open || ends_walk(name))
            break;
        if (walk->count == 1)
            prefetch_above(lookups, start);
    }
    trace_leave(lookups->context);
}
