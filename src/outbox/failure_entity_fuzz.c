/* From a message, or from a sample of any octets, to a failure report: seven-bit lines of ours
 * alone, which the intake reads as one failure report without a repair; and no local part of an
 * address is left where none may be. The first octet chooses the level, or the sample. */
#include "failure_entity.h"

#include "../../tests/fuzz/check.h"
#include "message/redact_parts.h"
#include "report/intake.h"

#define MEMORY ((size_t)16 * 1024 * 1024)
#define ID     "00112233445566778899aabbccddeeff"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[REDACT_KEY] = {7};

/* ---- what the intake hears ---- */

struct heard {
    struct report_sink sink;
    unsigned failures, others;
};

static void
begin(struct report_sink *self, struct sceau_slice name)
{
    (void)self, (void)name;
}

static void
on_repair(struct report_sink *self, const struct report_repair *r)
{
    (void)r;
    ((struct heard *)self)->others++;
}

static void
on_failure(struct report_sink *self, const struct report_failure *r)
{
    struct heard *h = (struct heard *)self;
    h->failures++;
    CHECK(r->repairs == 0 && r->has_message);
}

static void
on_refused(struct report_sink *self, const struct report_refusal *r)
{
    (void)r;
    ((struct heard *)self)->others++;
}

/* ---- what has to hold ---- */

static void
check_lines(struct sceau_slice all)
{
    struct sceau_slice line;
    for (size_t i = 0; i < all.len; i++)
        CHECK((all.ptr[i] >= ' ' && all.ptr[i] <= '~') || all.ptr[i] == '\t' ||
              all.ptr[i] == '\n' || all.ptr[i] == '\r');
    while (slice_next(&all, '\n', &line)) {
        CHECK(line.len <= 999);
        size_t end = slice_find(line, '\r');
        CHECK(all.len == 0 || end + 1 == line.len); /* CR stands before LF alone */
    }
}

static void
check_report(struct sceau_arena *arena, const struct store_sample *sample)
{
    const struct failure_entity e = {.sample = sample, .id = ID, .incidents = 2};
    const char *why;
    struct sceau_slice all = failure_entity_write(arena, &e, &why);
    CHECK((all.ptr == NULL) == (why != NULL));
    if (all.ptr == NULL)
        return;
    check_lines(all);
    struct text mail = text_new(arena, SIZE_MAX);
    text_string(&mail, "From: <a@b.test>\r\nMIME-Version: 1.0\r\n");
    text_slice(&mail, all);
    struct heard heard = {
        .sink = {.begin = begin,
                 .repair = on_repair,
                 .failure = on_failure,
                 .refused = on_refused}
    };
    struct memory_source source;
    memory_source_init(&source, text_so_far(&mail));
    report_intake(&source.source, SCEAU_SLICE("report"), &heard.sink);
    CHECK(mail.has_failed || (heard.failures == 1 && heard.others == 0));
}

/* Each "@" behind a word is behind a hash. */
static void
check_redacted(struct sceau_slice header)
{
    for (size_t i = 1; i < header.len; i++) {
        if (header.ptr[i] != '@' || strchr(" \t\r\n<>(),;\"[]:@=?", header.ptr[i - 1]))
            continue;
        CHECK(i >= REDACT_HASH);
        for (size_t k = 1; k <= REDACT_HASH; k++)
            CHECK(strchr("0123456789abcdef", header.ptr[i - k]) != NULL);
    }
}

static void
check_message(struct sceau_arena *arena, enum redact_level level,
              struct sceau_slice octets)
{
    struct redaction redaction = {.level = level, .key = key};
    struct redacted_body told;
    struct sceau_message_reader reader;
    struct sceau_slice body, rest;
    sceau_message_reader_init(&reader, arena);
    sceau_message_reader_feed(&reader, octets, &body);
    sceau_message_reader_end(&reader, &rest);
    CHECK(
        redact_parts(arena, &redaction, &reader.header, body, SAMPLE_BODY_MAX, &told));
    CHECK(told.text.len <= SAMPLE_BODY_MAX);
    redaction.type = told.type;
    redaction.encoding = told.encoding;
    struct sceau_slice header =
        redact_header(arena, &redaction, &reader.header, SAMPLE_HEADER_MAX);
    CHECK(header.len <= SAMPLE_HEADER_MAX);
    if (level == REDACT_MOST)
        check_redacted(header);
    struct store_sample sample = {
        .author_domain = SCEAU_SLICE("example.com"),
        .policy_domain = SCEAU_SLICE("example.com"),
        .client = {4, {192, 0, 2, 1}},
        .header = header,
        .body = told.text,
        .has_body = told.text.ptr != NULL ? SAMPLE_BODY : SAMPLE_BODY_WITHHELD,
    };
    check_report(arena, &sample);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_ready;
    struct sceau_arena *arena = sceau_arena_new(MEMORY);
    if (!is_ready)
        report_intake_init();
    is_ready = true;
    if (size > 0 && arena != NULL) {
        struct sceau_slice rest = {(const char *)data + 1, size - 1};
        struct store_sample sample;
        if (data[0] % 4 < 3)
            check_message(arena, (enum redact_level)(data[0] % 4), rest);
        else if (sample_read(rest, &sample) == SCEAU_OK)
            check_report(arena, &sample);
    }
    sceau_arena_free(arena);
    return 0;
}
