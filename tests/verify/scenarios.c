/* Whole messages with their DNS as data: each file of tests/data/verify says why it is
 * there, gives envelope, zone and message, and the verdict that must come out. One driver
 * runs them all, and each one again for several ways of cutting the message: the verdict
 * must not depend on where the chunks end.
 *
 *     scenarios DIR            run all of them
 *     scenarios --print FILE   what comes out, to write a new one
 */
#include "sceau/verify.h"

#include "core/text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX ((size_t)1024 * 1024)

/* One file, taken apart. */
struct scenario {
    const char *path;
    struct sceau_slice settings; /* "name value" lines */
    struct sceau_slice zone;
    struct sceau_slice message; /* line ends are LF in the file, CRLF on the wire */
    struct sceau_slice verdict;
};

/* How a message comes: octets cut every `step`, or fields as a milter gets them. */
struct delivery {
    const char *name;
    size_t step; /* octets of a chunk */
    bool by_field;
};

static const struct delivery deliveries[] = {
    {"whole",                    SIZE_MAX, false},
    {"octet by octet",           1,        false},
    {"cut every 2 octets",       2,        false},
    {"cut every 3 octets",       3,        false},
    {"cut every 61 octets",      61,       false},
    {"by field, body whole",     SIZE_MAX, true },
    {"by field, body by octets", 1,        true },
};

/* ---- the file ----------------------------------------------------------------------- */

static struct sceau_slice
read_file(struct sceau_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *octets = sceau_arena_alloc(arena, FILE_MAX);
    if (file == NULL || octets == NULL) {
        perror(path);
        exit(2);
    }
    size_t len = fread(octets, 1, FILE_MAX, file);
    fclose(file);
    return (struct sceau_slice){octets, len};
}

/* Cut off what stands before the line "== NAME". */
static struct sceau_slice
take_part(struct sceau_slice *rest, const char *mark)
{
    const char *at = memmem(rest->ptr, rest->len, mark, strlen(mark));
    size_t len = at != NULL ? (size_t)(at - rest->ptr) + 1 : rest->len;
    struct sceau_slice part = slice_sub(*rest, 0, len);
    *rest = at != NULL ? slice_skip(*rest, len - 1 + strlen(mark)) : SLICE_NONE;
    return part;
}

static struct scenario
read_scenario(struct sceau_arena *arena, const char *path)
{
    struct sceau_slice rest = read_file(arena, path);
    struct scenario s = {.path = path};
    s.settings = take_part(&rest, "\n== zone\n");
    s.zone = take_part(&rest, "\n== message\n");
    struct sceau_slice message = take_part(&rest, "\n== verdict\n");
    s.verdict = rest;
    struct text wire = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < message.len; i++) {
        if (message.ptr[i] == '\n')
            text_octet(&wire, '\r');
        text_octet(&wire, message.ptr[i]);
    }
    s.message = text_done(&wire);
    return s;
}

/* The value of a setting; empty when it is not there. */
static struct sceau_slice
setting(const struct scenario *s, const char *name)
{
    struct sceau_slice rest = s->settings, line, key = sceau_slice_from(name);
    while (slice_next(&rest, '\n', &line))
        if (line.len > key.len && slice_starts_ci(line, key) &&
            line.ptr[key.len] == ' ')
            return slice_skip(line, key.len + 1);
    return SLICE_NONE;
}

/* ---- the verdict as text ------------------------------------------------------------- */

/* The field as a reader sees it, one statement a line. */
static void
write_results(struct text *out, struct sceau_slice field)
{
    bool in_quotes = false;
    for (size_t i = 0; i < field.len; i++) {
        char c = field.ptr[i];
        in_quotes ^= c == '"';
        if (c == '\r' || c == '\n')
            continue;
        if (c == '\t')
            c = ' ';
        if (c == ' ' && out->len > 0 && out->ptr[out->len - 1] == '\n')
            continue;
        text_octet(out, c == ';' && !in_quotes ? '\n' : c);
    }
    text_octet(out, '\n');
}

static void
write_author(struct text *out, const struct sceau_author *author)
{
    if (author->status == SCEAU_AUTHOR_ONE)
        text_format(out, "author %.*s\n", SLICE_ARG(author->domain));
    else
        text_format(out, "no author: %s\n", author->reason);
}

static void
write_questions(struct text *out, const struct sceau_verdict *verdict)
{
    const struct sceau_dns_question *question = verdict->questions;
    char type[16];
    for (; question != NULL; question = question->next)
        text_format(out, "asked %.*s %s: %s\n", SLICE_ARG(question->name),
                    sceau_dns_type_name(question->type, type),
                    sceau_dns_status_name(question->status));
}

static struct sceau_slice
describe(struct sceau_arena *arena, const struct sceau_verdict *verdict)
{
    struct text out = text_new(arena, SIZE_MAX);
    write_author(&out, &verdict->author);
    write_results(&out, sceau_verdict_authentication_results(arena, verdict,
                                                             SCEAU_SLICE("mx.test")));
    text_format(&out, "body %llu\n", (unsigned long long)verdict->body_octets);
    write_questions(&out, verdict);
    return text_done(&out);
}

/* ---- the run -------------------------------------------------------------------------- */

static void
deliver(struct sceau_verify *verify, struct sceau_slice octets, size_t step,
        void (*give)(struct sceau_verify *verify, struct sceau_slice chunk))
{
    for (size_t at = 0; at < octets.len;) {
        size_t left = octets.len - at;
        size_t len = left < step ? left : step;
        give(verify, slice_sub(octets, at, len));
        at += len;
    }
}

static void
deliver_fields(struct sceau_arena *arena, struct sceau_verify *verify,
               struct sceau_slice octets, size_t step)
{
    struct sceau_message_reader reader;
    struct sceau_slice body, rest;
    sceau_message_reader_init(&reader, arena);
    sceau_message_reader_feed(&reader, octets, &body);
    sceau_message_reader_end(&reader, &rest);
    for (size_t i = 0; i < reader.header.count; i++)
        sceau_verify_field(verify, reader.header.fields[i].name,
                           reader.header.fields[i].body);
    sceau_verify_end_of_header(verify);
    deliver(verify, body, step, sceau_verify_body);
    deliver(verify, rest, step, sceau_verify_body);
}

static struct sceau_envelope
envelope_of(const struct scenario *s)
{
    struct sceau_envelope envelope = {
        .helo = setting(s, "helo"),
        .mail_from = setting(s, "mail_from"),
        .has_mail_from = setting(s, "mail_from").len > 0,
        .is_smtputf8 = setting(s, "smtputf8").len > 0,
    };
    sceau_ip_parse(setting(s, "ip"), &envelope.ip);
    return envelope;
}

static struct sceau_slice
run(struct sceau_arena *arena, const struct scenario *s, struct sceau_resolver *zone,
    const struct delivery *delivery)
{
    const struct sceau_envelope envelope = envelope_of(s);
    const struct sceau_verify_options options = {
        .receiver = SCEAU_SLICE("mx.test"),
        .want_iprev = setting(s, "iprev").len > 0,
    };
    struct sceau_context context = {
        .arena = arena,
        .resolver = zone,
        .now = strtoll(setting(s, "now").ptr, NULL, 10),
    };
    struct sceau_verify *verify = sceau_verify_new(&context, &options);
    sceau_verify_envelope(verify, &envelope);
    if (delivery->by_field)
        deliver_fields(arena, verify, s->message, delivery->step);
    else
        deliver(verify, s->message, delivery->step, sceau_verify_octets);
    struct sceau_slice text = describe(arena, sceau_verify_finish(verify));
    sceau_verify_free(verify);
    return text;
}

static struct sceau_resolver *
zone_of(const struct scenario *s)
{
    struct sceau_zone_error error;
    struct sceau_resolver *zone = sceau_zone_resolver_new(s->zone, &error);
    if (zone == NULL) {
        fprintf(stderr, "%s: zone line %zu: %s\n", s->path, error.line, error.text);
        exit(2);
    }
    return zone;
}

/* Failures of one file. */
static int
check(const char *path)
{
    struct sceau_arena *file = sceau_arena_new(8 * FILE_MAX);
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct scenario s = read_scenario(file, path);
    struct sceau_resolver *zone = zone_of(&s);
    int failures = 0;
    for (size_t i = 0; i < sizeof deliveries / sizeof *deliveries; i++) {
        struct sceau_slice got = run(arena, &s, zone, &deliveries[i]);
        if (s.verdict.len == 0 || !slice_eq(got, s.verdict)) {
            printf("%s, %s: want\n%.*sgot\n%.*s\n", path, deliveries[i].name,
                   SLICE_ARG(s.verdict), SLICE_ARG(got));
            failures++;
        }
        sceau_arena_clear(arena);
    }
    sceau_zone_resolver_free(zone);
    sceau_arena_free(arena);
    sceau_arena_free(file);
    return failures;
}

static int
print(const char *path)
{
    struct sceau_arena *arena = sceau_arena_new(8 * FILE_MAX);
    struct scenario s = read_scenario(arena, path);
    struct sceau_resolver *zone = zone_of(&s);
    struct sceau_slice got = run(arena, &s, zone, &deliveries[0]);
    printf("%.*s", SLICE_ARG(got));
    sceau_zone_resolver_free(zone);
    sceau_arena_free(arena);
    return 0;
}

static int
is_scenario(const struct dirent *entry)
{
    return slice_ends_ci(sceau_slice_from(entry->d_name), SCEAU_SLICE(".scenario"));
}

int
main(int argc, char **argv)
{
    struct dirent **entries;
    char path[4096];
    int failures = 0;
    if (argc == 3 && strcmp(argv[1], "--print") == 0)
        return print(argv[2]);
    int count = argc == 2 ? scandir(argv[1], &entries, is_scenario, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        failures += check(path);
        free(entries[i]);
    }
    if (count <= 0) {
        fprintf(stderr, "usage: scenarios DIR | --print FILE; no scenario was found\n");
        return 2;
    }
    free(entries);
    printf("%d scenarios, %zu deliveries each, %d failures\n", count,
           sizeof deliveries / sizeof *deliveries, failures);
    return failures > 0;
}
