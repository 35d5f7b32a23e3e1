/* Every few minutes: weeks that have come to rest are packed for who reads all of them. */
#include "reportd.h"
#include "store/week_pack.h"
#include "turn.h"

bool
step_pack(struct reportd *r)
{
    struct turn turn = turn_begin(r);
    uint64_t packed;
    if (!week_pack(r->db, reportd_now(r), &packed, turn_stops, &turn)) {
        reportd_trouble(r, "packing weeks: %s", database_error(r->db));
        return false;
    }
    return !turn.is_over; /* the rest at the next turn */
}
