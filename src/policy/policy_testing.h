/* What the tests of policy share. */
#ifndef POLICY_POLICY_TESTING_H
#define POLICY_POLICY_TESTING_H

#include "policy.h"

static inline bool
is_printable(struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e)
            return false;
    }
    return true;
}

/* One line of one code that fits the action, with an enhanced code that agrees (Postfix
 * takes no other), short enough for SMTP. */
static inline bool
is_refusal(const struct policy_decision *d)
{
    char code = d->action == POLICY_REJECT ? '5' : '4';
    return d->reply.len >= 10 && d->reply.len <= 510 && is_printable(d->reply) &&
           d->reply.ptr[0] == code && d->reply.ptr[3] == ' ' && d->reply.ptr[4] == code;
}

#endif
