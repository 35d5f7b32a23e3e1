/* The reports that we send as HTML. */
#ifndef WEB_PAGES_OUTBOX_H
#define WEB_PAGES_OUTBOX_H

#include "config/config.h"
#include "insight/outbox.h"
#include "web/page.h"

/* Of the configuration the page says what it is for: whether reports are made, and leave. */
struct sceau_slice pages_outbox(struct page *p, const struct config_report *config,
                                const struct insight_outbox *outbox);

#endif
