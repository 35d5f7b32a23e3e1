/* What is inside: plain, gzip, zip, or one in the other, told by the octets and never by
 * a name. One thing after the other, none of it kept. */
#ifndef REPORT_CONTENT_H
#define REPORT_CONTENT_H

#include "report.h"
#include "source.h"

enum content_kind {
    CONTENT_END, /* no more */
    CONTENT_EMPTY,
    CONTENT_XML,
    CONTENT_JSON,
    CONTENT_MAIL,
    CONTENT_MBOX,
    CONTENT_OTHER,
    CONTENT_REFUSED, /* content_refusal says why; there may be more */
};

struct content;

/* NULL when memory is exhausted. `name` is that of the whole, for people. */
struct content *content_new(struct report_source *source, struct sceau_slice name);
void content_free(struct content *c);

/* Step to the next thing, whether or not the last was read to its end. */
enum content_kind content_next(struct content *c);

/* Its octets, from the first on. */
struct report_source *content_source(struct content *c);

/* Its first octets, up to 512. */
struct sceau_slice content_head(const struct content *c);

/* Its name in the archive, else that of the whole; valid until the next step. */
struct sceau_slice content_name(const struct content *c);

/* Why: after CONTENT_REFUSED, or after its source gave -1. */
enum report_refusal_kind content_refusal(const struct content *c);

#endif
