/* What is in a file, one thing after the other. Mails wait in a queue, so that a mail in a
 * mail is no recursion; its length is that of REPORT_MIME_PARTS. */
#include "intake.h"

#include "aggregate.h"
#include "content.h"
#include "mail.h"
#include "tls.h"

#include <stdlib.h>

#define CHUNK_SIZE ((size_t)16 * 1024)

struct waiting_mail {
    char *octets;
    size_t len;
    unsigned depth; /* mails around it that GMime did not open */
};

struct intake {
    struct mail_parts parts;
    struct report_sink *sink;
    struct sceau_slice name;
    struct waiting_mail queue[REPORT_MIME_PARTS];
    size_t queued, taken;
    unsigned depth; /* of the mail at hand */
    size_t found;   /* reports and refusals that the sink heard of */
};

void
report_intake_init(void)
{
    mail_init();
}

static void
begin(struct intake *in, struct sceau_slice name)
{
    in->found++;
    in->sink->begin(in->sink, name.len > 0 ? name : in->name);
}

static void
refuse(struct intake *in, enum report_refusal_kind kind)
{
    struct report_refusal refusal = {.kind = kind};
    in->sink->refused(in->sink, &refusal);
}

/* ---- what is in memory ---- */

/* All of a source, with room for one octet more; NULL with *why when it is too much. */
static char *
slurp(struct report_source *source, size_t max, size_t *len,
      enum report_refusal_kind *why, enum report_refusal_kind too_much)
{
    size_t capacity = CHUNK_SIZE;
    char *octets = malloc(capacity);
    int64_t n = 1;
    *len = 0;
    while (octets != NULL && n > 0) {
        if (*len == capacity) {
            char *more = capacity > max ? NULL : realloc(octets, capacity * 2);
            if (more == NULL) {
                *why = capacity > max ? too_much : REPORT_REFUSAL_MEMORY;
                free(octets);
                return NULL;
            }
            octets = more;
            capacity *= 2;
        }
        n = source->read(source, octets + *len, capacity - *len);
        *len += n > 0 ? (size_t)n : 0;
    }
    *why = octets == NULL ? REPORT_REFUSAL_MEMORY : *len > max ? too_much : *why;
    if (octets != NULL && *len <= max && n == 0)
        return octets;
    free(octets);
    return NULL;
}

static void
read_json(struct intake *in, struct content *content)
{
    size_t len;
    enum report_refusal_kind why = content_refusal(content);
    char *json = slurp(content_source(content), REPORT_JSON_MAX, &len, &why,
                       REPORT_REFUSAL_JSON_SIZE);
    begin(in, content_name(content));
    if (json == NULL)
        refuse(in, why);
    else
        tls_read((struct sceau_slice){json, len}, in->sink);
    free(json);
}

/* Takes over the octets. */
static void
queue_mail(struct intake *in, char *octets, size_t len, unsigned depth)
{
    if (in->queued < REPORT_MIME_PARTS && depth < REPORT_MIME_DEPTH) {
        in->queue[in->queued++] = (struct waiting_mail){octets, len, depth};
        return;
    }
    free(octets);
    begin(in, SLICE_NONE);
    refuse(in, REPORT_REFUSAL_MIME);
}

static void
read_mail_source(struct intake *in, struct content *content, unsigned depth)
{
    size_t len;
    enum report_refusal_kind why = REPORT_REFUSAL_ARCHIVE;
    char *mail = slurp(content_source(content), REPORT_MAIL_MAX, &len, &why,
                       REPORT_REFUSAL_MAIL_SIZE);
    if (mail != NULL) {
        queue_mail(in, mail, len, depth);
        return;
    }
    begin(in, content_name(content));
    refuse(in, why);
}

/* ---- XML ---- */

static void
read_xml(struct intake *in, struct content *content)
{
    char chunk[CHUNK_SIZE];
    struct aggregate_reader *reader = aggregate_new(in->sink);
    struct report_source *source = content_source(content);
    int64_t n = 1;
    begin(in, content_name(content));
    while (reader != NULL && (n = source->read(source, chunk, sizeof chunk)) > 0)
        if (!aggregate_feed(reader, (struct sceau_slice){chunk, (size_t)n}))
            break;
    if (reader == NULL)
        refuse(in, REPORT_REFUSAL_MEMORY);
    else if (n < 0 && content_refusal(content) != REPORT_REFUSAL_ARCHIVE)
        refuse(in, content_refusal(content));
    else {
        if (n < 0)
            aggregate_repair(reader, REPORT_REPAIR_ARCHIVE);
        aggregate_end(reader);
    }
    aggregate_free(reader);
}

/* ---- mails ---- */

static bool
has(struct sceau_slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (slice_starts_ci(slice_skip(text, i), sceau_slice_from(word)))
            return true;
    }
    return false;
}

/* A text for people that begins with "<" or "{" is not yet a report. */
static bool
is_likely(enum content_kind kind, struct sceau_slice head, bool is_text)
{
    switch (kind) {
    case CONTENT_XML: return has(head, "feedback") || has(head, "<?xml") || !is_text;
    case CONTENT_JSON:
        return !is_text || has(head, "polic") || has(head, "organization");
    case CONTENT_MAIL:
    case CONTENT_REFUSED: return !is_text;
    case CONTENT_END:
    case CONTENT_EMPTY:
    case CONTENT_MBOX:
    case CONTENT_OTHER: break;
    }
    return false;
}

static void
on_part(struct mail_parts *self, struct sceau_slice name, bool is_text,
        struct sceau_slice octets)
{
    struct intake *in = (struct intake *)self;
    struct memory_source memory;
    memory_source_init(&memory, octets);
    struct content *content =
        content_new(&memory.source, name.len > 0 ? name : in->name);
    enum content_kind kind;
    while (content != NULL && (kind = content_next(content)) != CONTENT_END) {
        if (!is_likely(kind, content_head(content), is_text))
            continue;
        if (kind == CONTENT_XML)
            read_xml(in, content);
        else if (kind == CONTENT_JSON)
            read_json(in, content);
        else if (kind == CONTENT_MAIL)
            read_mail_source(in, content, in->depth + 1);
        else {
            begin(in, content_name(content));
            refuse(in, content_refusal(content));
        }
    }
    content_free(content);
}

static void
on_failure(struct mail_parts *self, const struct failure_parts *parts)
{
    struct intake *in = (struct intake *)self;
    begin(in, SLICE_NONE);
    failure_read(parts, in->sink);
}

/* The mails that wait, and those they bring. Each tells of a report or a refusal. */
static void
read_mails(struct intake *in)
{
    while (in->taken < in->queued) {
        struct waiting_mail mail = in->queue[in->taken++];
        size_t found = in->found, queued = in->queued;
        in->depth = mail.depth;
        bool is_done =
            mail_read((struct sceau_slice){mail.octets, mail.len}, &in->parts);
        if (!is_done || (in->found == found && in->queued == queued)) {
            begin(in, SLICE_NONE);
            refuse(in, is_done ? REPORT_REFUSAL_NO_REPORT : REPORT_REFUSAL_MIME);
        }
        free(mail.octets);
    }
    in->queued = in->taken = 0;
}

/* ---- mboxes ---- */

struct mbox {
    struct intake *in;
    char *mail;
    size_t len, capacity;
    bool is_in_mail;     /* behind the first separator */
    bool is_too_large;   /* the mail at hand */
    bool is_after_empty; /* the line before was empty */
    bool is_line_start;
};

static void
mbox_end_mail(struct mbox *m)
{
    if (m->is_too_large) {
        begin(m->in, SLICE_NONE);
        refuse(m->in, REPORT_REFUSAL_MAIL_SIZE);
    } else if (m->len > 0) {
        char *copy = malloc(m->len);
        if (copy != NULL) {
            memcpy(copy, m->mail, m->len);
            queue_mail(m->in, copy, m->len, 0);
            read_mails(m->in);
        } else {
            begin(m->in, SLICE_NONE);
            refuse(m->in, REPORT_REFUSAL_MEMORY);
        }
    }
    m->len = 0;
    m->is_too_large = false;
}

static void
mbox_add(struct mbox *m, struct sceau_slice octets)
{
    if (m->len + octets.len > REPORT_MAIL_MAX)
        m->is_too_large = true;
    if (m->is_too_large)
        return;
    while (m->len + octets.len > m->capacity) {
        char *more = realloc(m->mail, m->capacity == 0 ? CHUNK_SIZE : 2 * m->capacity);
        if (more == NULL) {
            m->is_too_large = true;
            return;
        }
        m->mail = more;
        m->capacity = m->capacity == 0 ? CHUNK_SIZE : 2 * m->capacity;
    }
    memcpy(m->mail + m->len, octets.ptr, octets.len);
    m->len += octets.len;
}

/* ">From ", ">>From " ...: one ">" was put there by the mailbox. */
static struct sceau_slice
unquoted(struct sceau_slice line)
{
    size_t quotes = 0;
    while (quotes < line.len && line.ptr[quotes] == '>')
        quotes++;
    struct sceau_slice rest = slice_skip(line, quotes);
    bool is_quoted = quotes > 0 && rest.len >= 5 && memcmp(rest.ptr, "From ", 5) == 0;
    return is_quoted ? slice_skip(line, 1) : line;
}

/* A line, or a part of a long one. */
static void
mbox_line(struct mbox *m, struct sceau_slice line)
{
    bool is_whole = line.ptr[line.len - 1] == '\n';
    if (m->is_line_start && m->is_after_empty && line.len >= 5 &&
        memcmp(line.ptr, "From ", 5) == 0) {
        mbox_end_mail(m);
        m->is_in_mail = false;
    } else if (m->is_in_mail) {
        mbox_add(m, m->is_line_start ? unquoted(line) : line);
    }
    m->is_after_empty = m->is_line_start && is_whole && slice_trim(line).len == 0;
    m->is_in_mail = m->is_in_mail || is_whole; /* behind the separator's end */
    m->is_line_start = is_whole;
}

static void
read_mbox(struct intake *in, struct content *content)
{
    struct mbox m = {.in = in, .is_line_start = true, .is_after_empty = true};
    struct report_source *source = content_source(content);
    char chunk[CHUNK_SIZE];
    size_t len = 0;
    int64_t n;
    while ((n = source->read(source, chunk + len, sizeof chunk - len)) > 0) {
        struct sceau_slice rest = {chunk, len + (size_t)n};
        size_t end;
        while ((end = slice_find(rest, '\n')) < rest.len) {
            mbox_line(&m, slice_sub(rest, 0, end + 1));
            rest = slice_skip(rest, end + 1);
        }
        if (rest.len == sizeof chunk) {
            mbox_line(&m, rest);
            rest.len = 0;
        }
        memmove(chunk, rest.ptr, rest.len);
        len = rest.len;
    }
    if (len > 0)
        mbox_line(&m, (struct sceau_slice){chunk, len});
    mbox_end_mail(&m);
    free(m.mail);
    if (n < 0) {
        begin(in, content_name(content));
        refuse(in, content_refusal(content));
    }
}

/* ---- the file ---- */

static void
read_thing(struct intake *in, struct content *content, enum content_kind kind)
{
    switch (kind) {
    case CONTENT_XML: read_xml(in, content); break;
    case CONTENT_JSON: read_json(in, content); break;
    case CONTENT_MBOX: read_mbox(in, content); break;
    case CONTENT_MAIL:
        read_mail_source(in, content, 0);
        read_mails(in);
        break;
    case CONTENT_REFUSED:
        begin(in, content_name(content));
        refuse(in, content_refusal(content));
        break;
    case CONTENT_END:
    case CONTENT_EMPTY:
    case CONTENT_OTHER: break;
    }
}

void
report_intake(struct report_source *source, struct sceau_slice name,
              struct report_sink *sink)
{
    struct intake *in = malloc(sizeof *in);
    struct content *content = content_new(source, name);
    struct report_refusal refusal = {.kind = REPORT_REFUSAL_MEMORY};
    bool is_empty = true;
    if (in != NULL && content != NULL) {
        *in = (struct intake){
            {on_part, on_failure},
            .sink = sink, .name = name
        };
        enum content_kind kind;
        while ((kind = content_next(content)) != CONTENT_END) {
            is_empty = is_empty && kind == CONTENT_EMPTY;
            read_thing(in, content, kind);
        }
        refusal.kind = is_empty ? REPORT_REFUSAL_EMPTY : REPORT_REFUSAL_NO_REPORT;
    }
    if (in == NULL || content == NULL || in->found == 0) {
        sink->begin(sink, name);
        sink->refused(sink, &refusal);
    }
    content_free(content);
    free(in);
}
