#include "turn.h"

#include "core/monotonic.h"

#define TURN 30 /* seconds */

struct turn
turn_begin(struct reportd *r)
{
    return (struct turn){.r = r, .end = r->is_once ? 0 : monotonic_seconds() + TURN};
}

bool
turn_stops(void *self)
{
    struct turn *turn = self;
    turn->is_over = turn->end > 0 && monotonic_seconds() > turn->end;
    return turn->is_over || reportd_stops(turn->r);
}
