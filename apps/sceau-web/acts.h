/* What changes something, or needs no store: marks, mutes, uploads, settings, zones. */
#ifndef APP_ACTS_H
#define APP_ACTS_H

#include "web.h"

void acts_answer(struct exchange *x);

#endif
