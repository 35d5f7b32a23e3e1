/* `sceau journal cat`: the records of journal segments, one JSON object a line, oldest
 * first. Read only; a segment that is being written, or that a crash cut short, is read up
 * to its last whole record. */
#include "journal.h"

#include "core/json.h"
#include "environment.h"
#include "store/frame.h"
#include "store/journal.h"
#include "store/record.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SEGMENT_MEMORY (8 * JOURNAL_SEGMENT_MAX) /* texts grow by doubling */
#define LINE_MEMORY    ((size_t)8 * 1024 * 1024) /* a record of FRAME_MAX, escaped */

struct reading {
    struct sceau_arena *line; /* of one record */
    int status;
};

/* ---- one record ---- */

/* RFC 3339, UTC, to the microsecond. */
static void
key_time(struct json *j, uint64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm utc;
    char text[64];
    gmtime_r(&seconds, &utc);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + len, sizeof text - len, ".%06uZ", (unsigned)(time_us % 1000000));
    json_key_string(j, "time", text);
}

/* An absent text is null. */
static void
key_text(struct json *j, const char *key, struct sceau_slice value)
{
    json_key_slice(j, key, value.len > 0 ? value : SLICE_NONE);
}

static void
put_spf(struct json *j, const struct record_message *m)
{
    json_key(j, "spf");
    if (!m->has_spf) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_key_string(j, "mail_from", sceau_spf_result_name(m->spf_mail_from_result));
    key_text(j, "mail_from_domain", m->spf_mail_from_domain);
    json_key_string(j, "helo", sceau_spf_result_name(m->spf_helo_result));
    key_text(j, "helo_domain", m->spf_helo_domain);
    json_close(j, '}');
}

static void
put_signatures(struct json *j, const struct record_message *m)
{
    json_key(j, "dkim");
    json_open(j, '[');
    for (size_t i = 0; i < m->signature_count; i++) {
        const struct record_signature *s = &m->signatures[i];
        json_open(j, '{');
        json_key_string(j, "result", sceau_dkim_result_name(s->result));
        key_text(j, "domain", s->domain);
        key_text(j, "selector", s->selector);
        json_key_string(j, "algorithm", sceau_dkim_algorithm_name(s->algorithm));
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void
put_dmarc(struct json *j, const struct record_message *m)
{
    json_key(j, "dmarc");
    json_open(j, '{');
    json_key_string(j, "result", sceau_dmarc_result_name(m->dmarc_result));
    key_text(j, "policy_domain", m->policy_domain);
    key_text(j, "record", m->record);
    if (m->record.len > 0) {
        json_key_string(j, "policy", sceau_dmarc_policy_name(m->dmarc_policy));
        json_key_string(j, "applied_tag", sceau_dmarc_tag_name(m->applied_tag));
        json_key_string(j, "disposition", sceau_dmarc_policy_name(m->dmarc_asked));
    }
    json_key_bool(j, "spf_aligned", m->spf_aligned);
    json_key_bool(j, "dkim_aligned", m->dkim_aligned);
    json_close(j, '}');
}

static void
put_selectors(struct json *j, const struct record_message *m)
{
    json_key(j, "signed");
    json_open(j, '[');
    for (size_t i = 0; i < m->selector_count; i++)
        json_slice(j, m->selectors[i]);
    json_close(j, ']');
}

static void
put_message(struct json *j, const struct record_message *m)
{
    char client[SCEAU_IP_TEXT];
    sceau_ip_format(&m->client, client);
    json_open(j, '{');
    json_key_string(j, "type", "message");
    key_time(j, m->time_us);
    key_text(j, "host", m->host);
    json_key_number(j, "boot", (int64_t)m->boot);
    json_key_number(j, "sequence", (int64_t)m->sequence);
    key_text(j, "queue_id", m->queue_id);
    json_key_string(j, "client", m->client.version != 0 ? client : NULL);
    key_text(j, "helo", m->helo);
    key_text(j, "mail_from_local", m->mail_from_local);
    key_text(j, "mail_from_domain", m->mail_from_domain);
    json_key_number(j, "recipients", (int64_t)m->recipients);
    key_text(j, "author_domain", m->author_domain);
    put_spf(j, m);
    put_signatures(j, m);
    json_key_string(j, "arc", sceau_arc_result_name(m->arc_result));
    json_key_number(j, "arc_instances", m->arc_instances);
    put_dmarc(j, m);
    json_key_string(j, "action", policy_action_name(m->action));
    json_key_bool(j, "held", m->is_held);
    json_key_string(j, "override",
                    m->override != 0 ? policy_override_name(m->override) : NULL);
    key_text(j, "override_comment", m->override_comment);
    put_selectors(j, m);
    json_close(j, '}');
}

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
print_record(struct reading *r, struct sceau_slice payload)
{
    static struct record_message message; /* large for a stack */
    sceau_arena_clear(r->line);
    struct json j = json_new(r->line);
    if (record_read(payload, &message) == SCEAU_OK)
        put_message(&j, &message);
    else
        put_unknown(&j, payload, record_type(payload) == RECORD_MESSAGE);
    struct sceau_slice line = json_done(&j);
    if (line.ptr != NULL)
        print_line(stdout, line);
    else
        r->status = CLI_EXIT_TEMPORARY;
}

/* ---- one segment ---- */

/* The octets of a file; NULL, and errno. */
static struct sceau_slice
read_segment(struct sceau_arena *arena, const char *path)
{
    struct text t = text_new(arena, SIZE_MAX);
    char buffer[64 * 1024];
    FILE *file = fopen(path, "rb");
    size_t n;
    if (file == NULL)
        return SLICE_NONE;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_slice(&t, (struct sceau_slice){buffer, n});
    int why = ferror(file) ? errno : 0;
    fclose(file);
    errno = why != 0 ? why : EFBIG;
    return why != 0 ? SLICE_NONE : text_done(&t);
}

static void
cat_segment(struct reading *r, const char *path)
{
    struct sceau_arena *arena = sceau_arena_new(SEGMENT_MEMORY);
    struct frame_reader reader = {0};
    struct sceau_slice payload;
    if (arena != NULL)
        reader.octets = read_segment(arena, path);
    if (reader.octets.ptr == NULL) {
        complain("%s: %s", path, strerror(errno));
        r->status = CLI_EXIT_INPUT;
    }
    while (reader.octets.ptr != NULL && frame_next(&reader, &payload) == FRAME_GOOD)
        print_record(r, payload);
    if (reader.skipped > 0)
        complain("%s: %zu octets are no record", path, reader.skipped);
    sceau_arena_free(arena);
}

/* ---- files and folders ---- */

static int
is_segment_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* HOST-BOOT-SEQUENCE, numbers by their value. */
static int
by_version(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

static void
cat_folder(struct reading *r, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_segment_name, by_version);
    if (count < 0) {
        complain("%s: %s", folder, strerror(errno));
        r->status = CLI_EXIT_INPUT;
        return;
    }
    for (int i = 0; i < count; i++) {
        char path[4096 + JOURNAL_NAME_MAX];
        int len = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (len > 0 && (size_t)len < sizeof path)
            cat_segment(r, path);
        free(entries[i]);
    }
    free(entries);
}

int
journal_cat_run(const struct cli_call *call)
{
    struct reading r = {.line = sceau_arena_new(LINE_MEMORY)};
    if (r.line == NULL) {
        complain("out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    for (size_t i = 0; i < call->operands.count; i++) {
        const char *path = call->operands.items[i];
        struct stat info;
        if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
            cat_folder(&r, path);
        else
            cat_segment(&r, path);
    }
    sceau_arena_free(r.line);
    return r.status;
}
