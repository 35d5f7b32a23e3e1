/* The corpus as the load generator needs it. */
#include "mail.h"

#include "sceau/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    COLUMNS = 8,
    COLUMN_RESULTS = 5
};

/* The whole file, mapped: a hundred clients share its pages. */
static struct sceau_slice
map_file(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *octets = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &info) == 0)
        octets = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (octets == MAP_FAILED) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(66);
    }
    close(fd);
    return (struct sceau_slice){octets, (size_t)info.st_size};
}

/* ---- one message ---- */

/* CRLF becomes LF. */
static struct sceau_slice
value_of(struct sceau_arena *arena, struct sceau_slice body)
{
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < body.len; i++) {
        if (body.ptr[i] != '\r')
            text_octet(&t, body.ptr[i]);
    }
    return text_done(&t);
}

static void
read_message(struct sceau_arena *arena, const char *path, struct mail *mail)
{
    struct sceau_message_reader reader;
    struct sceau_slice octets = map_file(path);
    sceau_message_reader_init(&reader, arena);
    sceau_message_reader_feed(&reader, octets, &mail->body);
    mail->field_count = reader.header.count;
    mail->fields =
        sceau_arena_alloc(arena, (mail->field_count + 1) * sizeof *mail->fields);
    for (size_t i = 0; i < mail->field_count; i++)
        mail->fields[i] =
            (struct mail_field){reader.header.fields[i].name,
                                value_of(arena, reader.header.fields[i].body)};
}

static bool
read_line(struct sceau_arena *arena, const char *list, struct sceau_slice line,
          struct mail *mail)
{
    struct sceau_slice columns[COLUMNS];
    struct text path = text_new(arena, SIZE_MAX);
    size_t folder = slice_find_last(sceau_slice_from(list), '/');
    for (size_t i = 0; i < COLUMNS; i++) {
        if (!slice_next(&line, '\t', &columns[i]))
            return false;
    }
    mail->address = columns[1];
    mail->helo = columns[2];
    mail->from = columns[3];
    mail->recipient = columns[4];
    for (size_t i = 0; i < MAIL_METHODS; i++)
        mail->expected[i] = columns[COLUMN_RESULTS + i];
    text_format(&path, "%.*s/%.*s", (int)folder, list, SLICE_ARG(columns[0]));
    read_message(arena, text_done(&path).ptr, mail);
    return true;
}

void
mailbox_read(struct sceau_arena *arena, const char *list, struct mailbox *box)
{
    struct sceau_slice rest = map_file(list), line;
    size_t lines = 0;
    for (size_t i = 0; i < rest.len; i++)
        lines += rest.ptr[i] == '\n';
    box->mails = sceau_arena_alloc(arena, (lines + 1) * sizeof *box->mails);
    for (box->count = 0; slice_next(&rest, '\n', &line) && line.len > 0; box->count++) {
        if (!read_line(arena, list, line, &box->mails[box->count])) {
            fprintf(stderr, "%s: line %zu: %d columns are needed\n", list,
                    box->count + 1, COLUMNS);
            exit(65);
        }
    }
    if (box->count == 0) {
        fprintf(stderr, "%s: no message\n", list);
        exit(65);
    }
}

/* ---- after a filter ---- */

static bool
is_removed(const struct mta_outcome *outcome, struct sceau_slice name, size_t nth)
{
    for (size_t i = 0; i < outcome->removed_count; i++) {
        if (outcome->removed[i].nth == nth &&
            slice_eq_ci(outcome->removed[i].name, name))
            return true;
    }
    return false;
}

static size_t
number_of(const struct mail *mail, size_t at)
{
    size_t nth = 0;
    for (size_t i = 0; i <= at; i++)
        nth += slice_eq_ci(mail->fields[i].name, mail->fields[at].name);
    return nth;
}

void
mail_changed(struct sceau_arena *arena, const struct mail *mail,
             const struct mta_outcome *outcome, struct mail *changed)
{
    size_t added = 0, at = 0;
    *changed = *mail;
    changed->field_count = 0;
    changed->fields =
        sceau_arena_alloc(arena, (mail->field_count + outcome->added_count + 1) *
                                     sizeof *changed->fields);
    while (at < mail->field_count || added < outcome->added_count) {
        struct mail_field *field = &changed->fields[changed->field_count];
        if (added < outcome->added_count &&
            (at == mail->field_count ||
             outcome->added[added].place <= changed->field_count)) {
            struct text value = text_new(arena, SIZE_MAX);
            text_octet(&value, ' ');
            text_slice(&value, outcome->added[added].value);
            *field =
                (struct mail_field){outcome->added[added++].name, text_done(&value)};
            changed->field_count++;
            continue;
        }
        if (!is_removed(outcome, mail->fields[at].name, number_of(mail, at)))
            changed->fields[changed->field_count++] = mail->fields[at];
        at++;
    }
}

/* ---- what it says ---- */

static const struct sceau_slice methods[MAIL_METHODS] = {
    {"spf=",   4},
    {"dkim=",  5},
    {"dmarc=", 6},
};

static bool
contains(struct sceau_slice text, struct sceau_slice word)
{
    return text.len > 0 && memmem(text.ptr, text.len, word.ptr, word.len) != NULL;
}

static void
take_result(struct sceau_slice part, struct sceau_slice results[MAIL_METHODS])
{
    part = slice_trim(part);
    for (size_t i = 0; i < MAIL_METHODS; i++) {
        if (!slice_starts_ci(part, methods[i]))
            continue;
        struct sceau_slice word = slice_skip(part, methods[i].len);
        size_t len = 0;
        while (len < word.len && ascii_is_alpha(word.ptr[len]))
            len++;
        word.len = len;
        bool is_better = i == MAIL_SPF    ? contains(part, SCEAU_SLICE("smtp.mailfrom"))
                         : i == MAIL_DKIM ? slice_eq_ci(word, SCEAU_SLICE("pass"))
                                          : false;
        if (results[i].len == 0 || is_better)
            results[i] = word;
    }
}

void
mail_results(const struct mta_outcome *outcome,
             struct sceau_slice results[MAIL_METHODS])
{
    for (size_t i = 0; i < outcome->added_count; i++) {
        struct sceau_slice rest = outcome->added[i].value, part;
        if (!slice_eq_ci(outcome->added[i].name, SCEAU_SLICE("Authentication-Results")))
            continue;
        while (slice_next(&rest, ';', &part))
            take_result(part, results);
    }
}
