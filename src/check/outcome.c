/* The six outcomes: their names in JSON, and which stands first for a reader. */
#include "outcome.h"

static const struct {
    const char *name;
    unsigned weight;
} outcomes[] = {
    [CHECK_OK] = {"ok",      1},
      [CHECK_INFO] = {"info",    2},
    [CHECK_WARNING] = {"warning", 4},
      [CHECK_PROBLEM] = {"problem", 5},
    [CHECK_UNKNOWN] = {"unknown", 3},
      [CHECK_SKIPPED] = {"skipped", 0},
};

const char *
check_outcome_name(enum check_outcome outcome)
{
    return outcomes[outcome].name;
}

unsigned
check_outcome_weight(enum check_outcome outcome)
{
    return outcomes[outcome].weight;
}
