/* Steps of a verdict reach the listener escaped, cut and indented. */
#include "trace.h"

#include "../../tests/unit.h"

struct listener {
    struct sceau_trace trace;
    char text[8192];
    unsigned depth;
    unsigned lines;
};

static void
keep(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct listener *listener = (struct listener *)self;
    assert_true(text.len < sizeof listener->text);
    memcpy(listener->text, text.ptr, text.len);
    listener->text[text.len] = '\0';
    listener->depth = depth;
    listener->lines++;
}

static void
tells_the_listener(void **state)
{
    (void)state;
    struct listener listener = {.trace.line = keep};
    struct sceau_context context = {.trace = &listener.trace};
    assert_true(trace_is_on(&context));
    trace_enter(&context);
    struct sceau_slice hostile = SCEAU_SLICE("x\r\n\x1b[0m");
    TRACE(&context, "asked for {what}", TRACE_SLICE("what", hostile));
    assert_string_equal(listener.text, "asked for x\\x0d\\x0a\\x1b[0m");
    assert_int_equal(listener.depth, 1);
    trace_leave(&context);
    trace_text(&context, "done");
    assert_int_equal(listener.depth, 0);
}

static void
cuts_a_long_line(void **state)
{
    (void)state;
    struct listener listener = {.trace.line = keep};
    struct sceau_context context = {.trace = &listener.trace};
    char octets[3000];
    memset(octets, '\xff', sizeof octets);
    TRACE(&context, "{octets}",
          TRACE_SLICE("octets", ((struct sceau_slice){octets, sizeof octets})));
    assert_int_equal(strlen(listener.text), 4 * 1000); /* each escaped as \xff */
}

static void
costs_nothing_when_nobody_asks(void **state)
{
    (void)state;
    struct sceau_context context = {0};
    assert_false(trace_is_on(&context));
    trace_text(&context, "unheard");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_listener),
        cmocka_unit_test(cuts_a_long_line),
        cmocka_unit_test(costs_nothing_when_nobody_asks),
    };
    return cmocka_run_group_tests_name("core/trace", tests, NULL, NULL);
}
