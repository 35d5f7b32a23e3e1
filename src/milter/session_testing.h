/* What the tests of sessions share: one peer, and what it was told. */
#ifndef MILTER_SESSION_TESTING_H
#define MILTER_SESSION_TESTING_H

#include "../../tests/unit.h"
#include "peer_testing.h"

static struct peer peer;

static const char sender[] = "<bounce@example.net>";
static const char good_from[] = " <bounce@example.net>";
static const char victim_from[] = " <admin@example.com>";

/* Say it all on a new session; the session's fate is in *next, its error in *error. */
static inline void
run(struct text *octets, size_t step, enum milter_next *next, const char **error)
{
    struct milter_session *session =
        milter_session_new(&peer.options, peer.resolver, &peer.owner);
    assert_non_null(session);
    assert_false(octets->has_failed);
    *next = peer_feed(session, text_so_far(octets), step);
    *error = milter_session_error(session);
    milter_session_free(session);
}

static inline void
run_well(struct text *octets)
{
    enum milter_next next;
    const char *error;
    run(octets, SIZE_MAX, &next, &error);
    assert_int_equal(next, MILTER_MORE);
    assert_null(error);
}

/* The nth line told of the messages answered, from 0. */
static inline struct sceau_slice
line(size_t n)
{
    struct sceau_slice rest = text_so_far(&peer.told), part = SLICE_NONE;
    do {
        assert_true(slice_next(&rest, '\n', &part));
    } while (n-- > 0);
    return part;
}

static inline bool
says(size_t n, const char *words)
{
    struct sceau_slice text = line(n);
    return memmem(text.ptr, text.len, words, strlen(words)) != NULL;
}

static inline struct text
fresh(void)
{
    peer_forget(&peer);
    return text_new(peer.arena, SIZE_MAX);
}

static inline int
set_up(void **state)
{
    (void)state;
    peer_open(&peer);
    return 0;
}

static inline int
tear_down(void **state)
{
    (void)state;
    peer_close(&peer);
    return 0;
}

#endif
