/* The pages that show something of the store: its rows in, a page out. */
#ifndef APP_PLACES_H
#define APP_PLACES_H

#include "web.h"

void places_answer(struct exchange *x);

#endif
