/* What one process tells, the other hears; and what no process of ours would tell is not
 * believed. */
#include "wire.h"

#include "aggregate.h"
#include "failure.h"
#include "telling_testing.h"
#include "tls.h"

struct recorder {
    struct wire_writer writer;
    struct text octets;
};

static void
record(struct wire_writer *self, struct sceau_slice frame)
{
    text_slice(&((struct recorder *)self)->octets, frame);
}

static struct recorder
recorder_new(void)
{
    struct recorder r;
    wire_writer_init(&r.writer, record);
    r.octets = text_new(unit_arena, SIZE_MAX);
    return r;
}

static enum wire_step
read_all(struct sceau_slice octets, struct report_sink *sink)
{
    enum wire_step step;
    size_t taken;
    while ((step = wire_read(octets, &taken, sink)) == WIRE_FRAME)
        octets = slice_skip(octets, taken);
    return step;
}

static void
tell_aggregate(struct report_sink *sink)
{
    struct aggregate_reader *reader = aggregate_new(sink);
    aggregate_feed(reader,
                   SCEAU_SLICE(
                       "<feedback><report_metadata><org_name>r</org_name>"
                       "</report_metadata><policy_published><domain>d.test</domain>"
                       "<p>none</p></policy_published><record><row>"
                       "<source_ip>2001:db8::1</source_ip><count>3</count>"
                       "<policy_evaluated><dkim>pass</dkim><reason><type>other"
                       "</type><comment>c</comment></reason></policy_evaluated>"
                       "</row><auth_results><dkim><domain>d.test</domain><selector>"
                       "s</selector><result>pass</result></dkim><spf><scope>helo"
                       "</scope></spf></auth_results></record></feedback>"));
    aggregate_end(reader);
    aggregate_free(reader);
}

static void
tell_refusal(struct report_sink *sink)
{
    struct aggregate_reader *reader = aggregate_new(sink);
    aggregate_feed(reader, SCEAU_SLICE("<!DOCTYPE x>"));
    aggregate_end(reader);
    aggregate_free(reader);
}

static void
tell_tls(struct report_sink *sink)
{
    tls_read(SCEAU_SLICE(
                 "{\"policies\":[{\"policy\":{\"policy-type\":\"sts\"},\"summary\":"
                 "{\"total-successful-session-count\":5},\"failure-details\":"
                 "[{\"result-type\":\"x\",\"failed-session-count\":2}]}]}"),
             sink);
}

static void
tell_failure(struct report_sink *sink)
{
    struct failure_parts parts = {.fields = SCEAU_SLICE(
                                      "Feedback-Type: abuse\nSource-IP: 192.0.2.1\n"),
                                  .original = SCEAU_SLICE("Subject: s\n")};
    failure_read(&parts, sink);
}

static void
test_tells_the_same(void **state)
{
    static void (*const tellers[])(
        struct report_sink *) = {tell_aggregate, tell_refusal, tell_tls, tell_failure};
    (void)state;
    for (size_t i = 0; i < sizeof tellers / sizeof *tellers; i++) {
        struct telling direct = telling_new(true), heard = telling_new(true);
        struct recorder recorder = recorder_new();
        tellers[i](&direct.sink);
        tellers[i](&recorder.writer.sink);
        wire_write_end(&recorder.writer);
        wire_writer_clear(&recorder.writer);
        assert_false(recorder.writer.has_failed);
        struct sceau_slice octets = unit_copy(text_done(&recorder.octets));
        assert_int_equal(read_all(octets, &heard.sink), WIRE_END);
        assert_true(direct.text.len > 20);
        assert_slice(text_done(&heard.text), text_done(&direct.text).ptr);
        unit_free(octets);
    }
}

/* A frame that is cut is waited for, and nothing of it is heard. */
static void
test_waits(void **state)
{
    struct recorder recorder = recorder_new();
    (void)state;
    tell_refusal(&recorder.writer.sink);
    wire_writer_clear(&recorder.writer);
    struct sceau_slice octets = text_done(&recorder.octets);
    for (size_t len = 0; len < octets.len; len++) {
        struct telling heard = telling_new(true);
        size_t taken;
        struct sceau_slice cut = unit_copy(slice_sub(octets, 0, len));
        assert_int_equal(wire_read(cut, &taken, &heard.sink), WIRE_MORE);
        assert_int_equal(taken, 0);
        assert_int_equal(heard.text.len, 0);
        unit_free(cut);
    }
}

static const struct {
    const char *octets;
    size_t len;
    const char *why;
} refused[] = {
    {"\x0a\0\0\0\0",                                       5,  "a type that there is not"},
    {"\x09\1\0\0\0x",                                      6,  "an end with a payload"   },
    {"\x04\xff\xff\xff\xff",                               5,  "a frame over the limit"  },
    {"\x00\5\0\0\0\2\0\0\0x",                              10, "a text beyond its frame" },
    {"\x00\6\0\0\0\1\0\0\0xy",                             11, "octets behind the last"  },
    {"\x04\x0e\0\0\0\xff\0\1\0\0\0\0\0\0\0\0\0\0\0",       19, "a repair of no kind"     },
    {"\x08\x0e\0\0\0\xff\0\1\0\0\0\0\0\0\0\0\0\0\0",       19, "a refusal of no kind"    },
    {"\x01\x12\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 23,
     "an address of version 5"                                                           },
};

static void
test_believes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        UNIT_CASE(refused[i].why);
        struct telling heard = telling_new(true);
        size_t taken;
        struct sceau_slice octets =
            unit_copy((struct sceau_slice){refused[i].octets, refused[i].len});
        assert_int_equal(wire_read(octets, &taken, &heard.sink), WIRE_BROKEN);
        assert_int_equal(heard.text.len, 0);
        unit_free(octets);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_the_same),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_believes_nothing),
    };
    return cmocka_run_group_tests_name("report/wire", tests, unit_arena_up,
                                       unit_arena_down);
}
