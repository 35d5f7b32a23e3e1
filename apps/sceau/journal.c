/* `sceau journal cat`: the records of journal segments, one JSON object a line, oldest
 * first. */
#include "journal.h"

#include "core/json.h"
#include "environment.h"
#include "record_json.h"
#include "segments.h"
#include "store/record.h"

#define LINE_MEMORY ((size_t)8 * 1024 * 1024) /* a record of FRAME_MAX, escaped */

struct printing {
    struct sceau_arena *line; /* of one record */
    int status;
};

/* A newer milter may write records of other types: they are told, not read. */
static void
put_unknown(struct json *j, struct sceau_slice payload, bool is_broken)
{
    json_open(j, '{');
    json_key_string(j, "type", is_broken ? "broken" : "unknown");
    json_key_number(j, "number", record_type(payload));
    json_key_number(j, "octets", (int64_t)payload.len);
    json_close(j, '}');
}

static void
put_message(struct json *j, const struct record_message *message)
{
    json_open(j, '{');
    json_key_string(j, "type", "message");
    record_members(j, message);
    json_close(j, '}');
}

static void
put_sample(struct json *j, const struct store_sample *sample)
{
    json_open(j, '{');
    json_key_string(j, "type", "failure_sample");
    record_sample_members(j, sample);
    json_close(j, '}');
}

static void
print_record(void *self, struct sceau_slice payload)
{
    struct printing *p = self;
    static struct record_message message; /* large for a stack */
    struct store_sample sample;
    sceau_arena_clear(p->line);
    struct json j = json_new(p->line);
    if (record_read(payload, &message) == SCEAU_OK)
        put_message(&j, &message);
    else if (sample_read(payload, &sample) == SCEAU_OK)
        put_sample(&j, &sample);
    else
        put_unknown(&j, payload,
                    record_type(payload) == RECORD_MESSAGE ||
                        record_type(payload) == RECORD_FAILURE_SAMPLE);
    struct sceau_slice line = json_done(&j);
    if (line.ptr != NULL)
        print_line(stdout, line);
    else
        p->status = CLI_EXIT_TEMPORARY;
}

int
journal_cat_run(const struct cli_call *call)
{
    struct printing p = {.line = sceau_arena_new(LINE_MEMORY)};
    if (p.line == NULL) {
        complain_text(environment_language(call), "out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    for (size_t i = 0; i < call->operands.count; i++) {
        int status = segments_read(environment_language(call), call->operands.items[i],
                                   print_record, &p);
        p.status = p.status != 0 ? p.status : status;
    }
    sceau_arena_free(p.line);
    return p.status;
}
