/* What a program reads of a check: one JSON object, or one line of CSV, for each finding. */
#include "check.h"
#include "core/csv.h"
#include "core/json.h"

static struct sceau_slice
or_null(struct sceau_slice text)
{
    return text.len > 0 ? text : SLICE_NONE;
}

static void
put_place(struct json *j, const struct check_place *place)
{
    if (place->line == 0) {
        json_key_string(j, "file", NULL);
        json_key_string(j, "line", NULL);
        json_key_string(j, "column", NULL);
        return;
    }
    json_key_slice(j, "file", place->file);
    json_key_number(j, "line", (int64_t)place->line);
    json_key_number(j, "column", (int64_t)place->column);
}

/* The table of mail hosts goes with the finding about them. */
static bool
has_hosts(const struct check_finding *f)
{
    return strcmp(f->rule->id, "mx.exists") == 0;
}

void
check_put_json(struct text *out, struct check_subject *s)
{
    for (const struct check_finding *f = s->findings; f != NULL; f = f->next) {
        struct json j = json_new(s->context->arena);
        json_open(&j, '{');
        json_key_slice(&j, "name", s->name);
        json_key_string(&j, "id", f->rule->id);
        json_key_string(&j, "outcome", check_outcome_name(f->outcome));
        json_key_slice(&j, "found", or_null(f->found));
        json_key_slice(&j, "why", or_null(f->why));
        json_key_slice(&j, "fix", or_null(f->fix));
        json_key_slice(&j, "zone_line", or_null(f->zone_line));
        put_place(&j, &f->place);
        if (has_hosts(f))
            check_put_hosts_json(&j, s);
        json_close(&j, '}');
        text_slice(out, json_done(&j));
        text_octet(out, '\n');
    }
}

void
check_put_csv(struct text *out, struct check_subject *s)
{
    for (const struct check_finding *f = s->findings; f != NULL; f = f->next) {
        csv_cell(out, s->name, ",");
        csv_cell(out, sceau_slice_from(f->rule->id), ",");
        csv_cell(out, sceau_slice_from(check_outcome_name(f->outcome)), ",");
        csv_cell(out, f->found, ",");
        csv_cell(out, f->why, ",");
        csv_cell(out, f->fix, ",");
        csv_cell(out, f->zone_line, ",");
        csv_cell(out, f->place.file, ",");
        if (f->place.line > 0)
            text_format(out, "%zu,%zu,", f->place.line, f->place.column);
        else
            text_string(out, ",,");
        csv_cell(out, has_hosts(f) ? check_hosts_text(s) : SLICE_NONE, "\r\n");
    }
}
