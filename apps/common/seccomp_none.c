/* In place of seccomp.c: for sanitizers, which make calls of their own, and for machines
 * whose registers are not known here. */
#include "sandbox.h"

#include <stdio.h>

bool
sandbox_confine_calls(enum sandbox_program program, char error[SANDBOX_ERROR])
{
    (void)program;
    snprintf(error, SANDBOX_ERROR, "built without seccomp");
    return false;
}
