/* Which page answers where. */
#include "places.h"

#include "answer.h"

void
places_answer(struct exchange *x)
{
    page_begin(&x->page, N_("Today"), SCEAU_SLICE(""));
    answer_page(x, page_end(&x->page));
}
