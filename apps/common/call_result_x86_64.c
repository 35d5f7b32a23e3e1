/* Where a system call's result stands on x86-64. */
#include "sandbox.h"

void
call_result_set(ucontext_t *context, int result)
{
    context->uc_mcontext.gregs[REG_RAX] = result;
}
