/* The version, as meson.build has it. */
#include "sceau/core.h"

const char *
sceau_version(void)
{
    return SCEAU_VERSION;
}
