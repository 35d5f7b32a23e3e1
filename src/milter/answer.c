/* The order matters. MTAs number the fields of a name anew after each change, so deletions
 * come first, from the highest number down; then the changes, numbered without what was
 * deleted. Insertions follow, each at place 0, the one for the top last: what other places
 * mean differs between Postfix and Sendmail (one counts its own Received field, the other
 * does not). */
#include "answer.h"

/* Octets before the first CR or LF. */
static size_t
line_length(struct sceau_slice s)
{
    size_t lf = slice_find(s, '\n');
    return slice_find(slice_sub(s, 0, lf), '\r');
}

/* A value for the MTA: folds are LF, nothing else may end a line, and the space after the
 * colon is ours to give when it was negotiated. */
static struct sceau_slice
wire_value(struct sceau_arena *arena, struct sceau_slice value, uint32_t steps)
{
    struct text out = text_new(arena, SIZE_MAX);
    if (steps & MILTER_LEADING_SPACE)
        text_octet(&out, ' ');
    while (value.len > 0) {
        struct sceau_slice line = slice_sub(value, 0, line_length(value));
        text_slice(&out, line);
        value = slice_skip(value, line.len);
        if (value.len > 1 && value.ptr[0] == '\n' && ascii_is_wsp(value.ptr[1]))
            text_octet(&out, '\n');
        if (value.len > 0)
            value = slice_skip(value, 1);
    }
    return text_done(&out);
}

static void
put_removals(struct text *out, const struct policy_decision *d)
{
    for (size_t i = d->removed_count; i > 0; i--) {
        const struct policy_removed_field *gone = &d->removed[i - 1];
        milter_put_change_header(out, (uint32_t)gone->nth, gone->name, SLICE_NONE);
    }
}

static void
put_change(struct text *out, const struct policy_decision *d, uint32_t steps)
{
    if (d->changed.name.len == 0)
        return;
    struct sceau_slice value = wire_value(out->arena, d->changed.value, steps);
    if (value.ptr == NULL)
        out->has_failed = true;
    else
        milter_put_change_header(out, 1, d->changed.name, value);
}

static void
put_additions(struct text *out, const struct policy_decision *d, uint32_t steps)
{
    for (size_t i = 0; i < d->added_count; i++) {
        const struct policy_added_field *field =
            &d->added[d->added_at_end ? i : d->added_count - 1 - i];
        struct sceau_slice value = wire_value(out->arena, field->value, steps);
        if (value.ptr == NULL)
            out->has_failed = true;
        else if (d->added_at_end)
            milter_put_add_header(out, field->name, value);
        else
            milter_put_insert_header(out, 0, field->name, value);
    }
}

/* Fields whose lines were folded. */
static void
put_refolded(struct text *out, const struct milter_dress *dress, uint32_t steps)
{
    for (size_t i = 0; i < dress->changed_count; i++) {
        const struct milter_changed_field *c = &dress->changed[i];
        struct sceau_slice value = wire_value(out->arena, c->value, steps);
        if (value.ptr == NULL)
            out->has_failed = true;
        else
            milter_put_change_header(out, (uint32_t)c->nth, c->name, value);
    }
}

/* Signatures stand above everything that they cover. */
static void
put_top(struct text *out, const struct milter_dress *dress, uint32_t steps)
{
    for (size_t i = 0; i < dress->top_count; i++) {
        struct sceau_slice value = wire_value(out->arena, dress->top[i].value, steps);
        if (value.ptr == NULL)
            out->has_failed = true;
        else
            milter_put_insert_header(out, 0, dress->top[i].name, value);
    }
}

void
milter_put_answer(struct text *out, const struct policy_decision *d,
                  const struct milter_dress *dress, uint32_t steps)
{
    if (d->is_shadow) {
        milter_put_plain(out, MILTER_REPLY_CONTINUE);
        return;
    }
    switch (d->action) {
    case POLICY_REJECT:
    case POLICY_TEMPFAIL: milter_put_code(out, d->reply); return;
    case POLICY_ACCEPT:
    case POLICY_QUARANTINE: break;
    }
    put_removals(out, d);
    put_change(out, d, steps);
    if (dress != NULL)
        put_refolded(out, dress, steps);
    put_additions(out, d, steps);
    if (dress != NULL)
        put_top(out, dress, steps);
    if (d->hold)
        milter_put_quarantine(out, sceau_slice_from(d->reason));
    milter_put_plain(out, MILTER_REPLY_CONTINUE);
}
