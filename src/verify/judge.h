/* What each method says once the whole message is known. */
#ifndef VERIFY_JUDGE_H
#define VERIFY_JUDGE_H

#include "verify/session.h"

/* Fill the verdict: signatures, chain, SPF, DMARC, reverse name, in this order. All DNS
 * answers are awaited here. The body hashes are finished. */
void judge_message(struct sceau_verify *verify);

#endif
