/* Where a system call's result stands on 64-bit ARM. */
#include "sandbox.h"

void
call_result_set(ucontext_t *context, int result)
{
    context->uc_mcontext.regs[0] = (unsigned long long)(long long)result;
}
