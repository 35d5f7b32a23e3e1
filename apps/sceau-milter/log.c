/* The log on standard error: text with the queue id first, or JSON with the names of
 * `sceau journal cat`. Whoever reads standard error adds the time to a text. */
#include "log.h"

#include "core/json.h"
#include "record_json.h"

#include <sys/uio.h>
#include <unistd.h>

#define LINE_MAX    8192
#define JSON_MEMORY ((size_t)1024 * 1024)

/* In one piece, so that no other thread's line stands in it. */
static void
write_line(struct sceau_slice line)
{
    static const char end[] = "\n";
    const struct iovec parts[] = {
        {(void *)(uintptr_t)line.ptr, line.len < LINE_MAX ? line.len : LINE_MAX - 1},
        {(void *)(uintptr_t)end,      1                                            },
    };
    ssize_t written = writev(STDERR_FILENO, parts, 2);
    (void)written; /* nowhere to say it */
}

/* A message that could not be judged has no verdict to tell. */
static void
put_unjudged(struct json *j, const struct milter_message *message)
{
    json_key_slice(j, "queue_id", message->facts->queue_id);
    json_key_string(j, "action", policy_action_name(message->decision->action));
}

/* The selectors stand in the record, if there is one. */
static void
put_signing(struct json *j, const struct milter_signed *s, bool has_record)
{
    if (!has_record) {
        json_key(j, "signed");
        json_open(j, '[');
        for (size_t i = 0; i < s->count; i++)
            json_slice(j, s->selectors[i]);
        json_close(j, ']');
    }
    json_key_string(j, "sign_rule", policy_signing_rule_name(s->ruling.rule));
    if (s->domain.len > 0)
        json_key_slice(j, "sign_domain", s->domain);
    if (s->has_long_lines)
        json_key_bool(j, "long_lines", true);
    if (s->sealed > 0)
        json_key_number(j, "sealed", s->sealed);
    if (s->unsealed != NULL)
        json_key_string(j, "unsealed", s->unsealed);
}

static struct sceau_slice
json_line(struct sceau_arena *arena, const struct milter_message *message,
          const struct record_message *record)
{
    struct json j = json_new(arena);
    json_open(&j, '{');
    if (message->verdict != NULL)
        record_members(&j, record);
    else
        put_unjudged(&j, message);
    json_key_string(&j, "reason", message->decision->reason);
    if (message->decision->munged != NULL) {
        json_key_string(&j, "warning", POLICY_MUNGED_WARNING);
        json_key_slice(&j, "munged_for", message->decision->munged->address);
    }
    if (message->signing != NULL)
        put_signing(&j, message->signing, message->verdict != NULL);
    if (message->facts->login.len > 0)
        json_key_slice(&j, "login", message->facts->login);
    json_close(&j, '}');
    return json_done(&j);
}

void
log_message(enum config_log_format format, const struct milter_message *message,
            const struct record_message *record)
{
    if (format == CONFIG_LOG_TEXT) {
        write_line(message->decision->log);
        return;
    }
    struct sceau_arena *arena = sceau_arena_new(JSON_MEMORY);
    struct sceau_slice line =
        arena != NULL ? json_line(arena, message, record) : SLICE_NONE;
    /* What does not fit a line is told as text rather than as broken JSON. */
    write_line(line.ptr != NULL && line.len < LINE_MAX ? line : message->decision->log);
    sceau_arena_free(arena);
}

static struct sceau_slice
difference_json(struct sceau_arena *arena, const struct policy_facts *facts,
                const struct shadow_difference *d)
{
    struct json j = json_new(arena);
    json_open(&j, '{');
    json_key_slice(&j, "queue_id", facts->queue_id);
    json_key_string(&j, "shadow", shadow_method_name(d->method));
    json_key_slice(&j, "theirs", d->theirs);
    json_key_slice(&j, "ours", d->ours);
    json_key_slice(&j, "domain", d->domain.len > 0 ? d->domain : SLICE_NONE);
    json_close(&j, '}');
    return json_done(&j);
}

void
log_difference(enum config_log_format format, struct sceau_arena *arena,
               const struct policy_facts *facts, const struct shadow_difference *d)
{
    struct sceau_slice line = SLICE_NONE;
    if (format == CONFIG_LOG_JSON)
        line = difference_json(arena, facts, d);
    if (line.ptr == NULL)
        line = shadow_log_line(arena, facts, d);
    if (line.ptr != NULL)
        write_line(line);
}
