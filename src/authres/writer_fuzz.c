/* A field of hostile values: no octet leaves its place, no line is too long, the parser
 * reads what was meant, and writing what it read gives the same octets. The first octet
 * says whether the message is SMTPUTF8; the values stand on lines. */
#include "../../tests/fuzz/check.h"
#include "authres/authres.h"
#include "authres/received_spf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum part {
    COMMENT,
    REASON,
    MAILBOX,
    NAME,
    PARTS
};

struct results {
    struct sceau_slice id;
    struct sceau_slice values[PARTS];
};

static struct sceau_slice
write_field(struct sceau_arena *arena, const struct results *r, bool is_smtputf8)
{
    struct authres_writer w;
    authres_begin(&w, arena, r->id, is_smtputf8);
    authres_result(&w, "spf", "fail");
    authres_comment(&w, r->values[COMMENT]);
    authres_reason(&w, r->values[REASON]);
    authres_property(&w, "smtp", "mailfrom", r->values[MAILBOX]);
    authres_property(&w, "smtp", "helo", r->values[NAME]);
    authres_result(&w, "iprev", "none");
    return authres_end(&w);
}

static void
check_octets(struct sceau_slice body, bool is_smtputf8)
{
    size_t line = strlen("Authentication-Results: ");
    for (size_t i = 0; i < body.len; i++) {
        unsigned char c = (unsigned char)body.ptr[i];
        line = c == '\n' ? 0 : line + 1;
        CHECK(line <= 998);
        CHECK((c >= 0x20 && c < 0x7f) || (c >= 0x80 && is_smtputf8) ||
              (c == '\r' && body.len - i > 2 && body.ptr[i + 1] == '\n' &&
               body.ptr[i + 2] == '\t') ||
              (c == '\n' && body.ptr[i - 1] == '\r') ||
              (c == '\t' && body.ptr[i - 1] == '\n'));
    }
    CHECK(slice_is_utf8(body));
}

/* With less memory it is the same field, or none. */
static void
check_short_of_memory(const struct results *given, bool is_smtputf8,
                      struct sceau_slice whole)
{
    struct sceau_arena *small = sceau_arena_new(64 + 32 * (whole.len % 64));
    struct sceau_slice body = write_field(small, given, is_smtputf8);
    CHECK(body.len == 0 || slice_eq(body, whole));
    sceau_arena_free(small);
}

static void
check_field(struct sceau_arena *arena, const struct results *given, bool is_smtputf8)
{
    struct sceau_slice body = write_field(arena, given, is_smtputf8);
    struct results again = {.values[COMMENT] = given->values[COMMENT]};
    struct authres read;
    CHECK(body.len > 0);
    check_octets(body, is_smtputf8);
    CHECK(authres_parse(arena, body, &read, NULL) == SCEAU_OK);
    CHECK(read.version == 1 && read.result_count == 2);
    CHECK(slice_eq(read.results[0].method, SCEAU_SLICE("spf")));
    CHECK(slice_eq(read.results[0].result, SCEAU_SLICE("fail")));
    CHECK(slice_eq(read.results[1].method, SCEAU_SLICE("iprev")));
    CHECK(read.results[0].property_count <= 2 && read.results[1].property_count == 0);
    again.id = read.authserv_id;
    again.values[REASON] = read.results[0].reason;
    for (size_t i = 0; i < read.results[0].property_count; i++) {
        const struct authres_property_read *p = &read.results[0].properties[i];
        CHECK(slice_eq(p->ptype, SCEAU_SLICE("smtp")));
        bool is_name = slice_eq(p->property, SCEAU_SLICE("helo"));
        CHECK(is_name || slice_eq(p->property, SCEAU_SLICE("mailfrom")));
        again.values[is_name ? NAME : MAILBOX] = p->value;
    }
    CHECK(slice_eq(write_field(arena, &again, is_smtputf8), body));
    check_short_of_memory(given, is_smtputf8, body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct sceau_arena *arena = sceau_arena_new(256 * size + (size_t)1024 * 1024);
    bool is_smtputf8 = (data[0] & 1) != 0;
    struct sceau_slice rest = {(const char *)data + 1, size - 1};
    struct results given = {0};
    slice_next(&rest, '\n', &given.id);
    for (size_t i = 0; i < PARTS; i++)
        slice_next(&rest, '\n', &given.values[i]);
    check_field(arena, &given, is_smtputf8);

    struct received_spf spf = {.result = "fail",
                               .ip = {.version = data[0] & 4},
                               .identity = "helo",
                               .comment = given.values[COMMENT],
                               .envelope_from = given.values[MAILBOX],
                               .helo = given.values[NAME],
                               .problem = given.values[REASON]};
    check_octets(received_spf_write(arena, &spf, is_smtputf8), is_smtputf8);
    sceau_arena_free(arena);
    return 0;
}
