/* One sentence that says why a message has its verdict, for the person who asked. */
#ifndef APP_WHY_H
#define APP_WHY_H

#include "sceau/verify.h"

#include "language/language.h"

/* In the arena; what others wrote is escaped. */
struct sceau_slice verdict_why(struct sceau_arena *arena, enum language language,
                               const struct sceau_verdict *verdict);

#endif
