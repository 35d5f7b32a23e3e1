#include "record_error.h"

#include "dmarc/record.h"
#include "dmarc/uri.h"

static void
add(struct text *t, const char *tag, const char *what)
{
    text_format(t, "%s%s: %s", t->len > 0 ? "; " : "", tag, what);
}

/* Tags of the registry whose values are none of theirs, and were dropped (RFC 9989 section 4.8). */
static void
add_tags(struct text *t, struct sceau_arena *arena, struct sceau_slice record)
{
    struct sceau_dmarc_record scratch = dmarc_record_defaults();
    struct dmarc_tag tag;
    size_t pos = 0;
    while (dmarc_tag_next(record, &pos, &tag)) {
        const struct dmarc_tag_rule *rule = dmarc_tag_rule_find(tag.name);
        if (rule == NULL || rule->read == NULL)
            continue;
        if (tag.value.ptr == NULL || tag.expected != NULL ||
            rule->read(arena, tag.value, &scratch) == SCEAU_E_SYNTAX) {
            text_format(t, "%s%s: the value is not ", t->len > 0 ? "; " : "",
                        rule->name);
            text_string(t, rule->expected);
        }
    }
}

/* Addresses that get no report. */
static void
add_uris(struct text *t, struct sceau_arena *arena, const struct sceau_dmarc_record *r)
{
    bool is_told = false;
    for (size_t i = 0; i < r->rua_count && !is_told; i++) {
        struct dmarc_uri uri;
        is_told = dmarc_uri_parse(arena, r->rua[i], &uri) != SCEAU_OK ||
                  !uri.is_mailto || uri.mailbox.len == 0;
    }
    if (is_told)
        add(t, "rua", "a URI names no mailbox and gets no report");
}

struct sceau_slice
outbox_record_error(struct sceau_arena *arena, struct sceau_slice record)
{
    struct sceau_dmarc_record r;
    struct text t = text_new(arena, SIZE_MAX);
    text_reserve(&t, 1); /* of nothing comes an empty text, not none */
    if (sceau_dmarc_record_parse(arena, record, &r, NULL) != SCEAU_OK)
        return text_done(&t);
    add_tags(&t, arena, record);
    if (r.acts_as_none)
        add(&t, "p",
            "it is missing, or sp or np is none of the three: the policy is "
            "taken as none (RFC 9989 section 4.10.1)");
    add_uris(&t, arena, &r);
    return text_done(&t);
}

struct sceau_slice
outbox_record_pct(struct sceau_slice record)
{
    struct dmarc_tag tag;
    size_t pos = 0;
    while (dmarc_tag_next(record, &pos, &tag)) {
        uint64_t pct;
        if (slice_eq_ci(tag.name, SCEAU_SLICE("pct")) && tag.expected == NULL)
            return slice_decimal(tag.value, 100, &pct) ? tag.value : SLICE_NONE;
    }
    return SLICE_NONE;
}
