/* What we report to others, of administrators alone: it is other people's mail. */
#include "place_outbox.h"

#include "answer.h"
#include "places.h"
#include "web/pages_outbox.h"

bool
place_outbox(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_outbox outbox;
    (void)f;
    if (!insight_outbox(in, &outbox))
        return false;
    if (x->page.match.format == WEB_HTML)
        answer_page(x, pages_outbox(&x->page, &x->web->env.config.report, &outbox));
    else if (places_asks(x, "undelivered"))
        places_table(x, NULL, &outbox.failures);
    else if (places_asks(x, "suppressed"))
        places_table(x, NULL, &outbox.suppressed_table);
    else
        places_table(x, NULL, &outbox.outgoing);
    return true;
}
