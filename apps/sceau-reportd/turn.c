#include "turn.h"

#include <time.h>

#define TURN 30 /* seconds */

static int64_t
monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

struct turn
turn_begin(struct reportd *r)
{
    return (struct turn){.r = r, .end = r->is_once ? 0 : monotonic() + TURN};
}

bool
turn_stops(void *self)
{
    struct turn *turn = self;
    turn->is_over = turn->end > 0 && monotonic() > turn->end;
    return turn->is_over || reportd_stops(turn->r);
}
