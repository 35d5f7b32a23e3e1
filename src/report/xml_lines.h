/* XML by lines, as aggregate_write.h writes it: the declaration, then on each line one tag that
 * opens or closes an element with others inside, or one element with its text. Nothing else is
 * read: neither comments nor CDATA, no attribute but the root's namespace, no entity but three,
 * no blank that the writer does not write. What is read is well-formed XML, the same to every
 * reader (xml_lines_fuzz.c holds it against expat), at a tenth of expat's price. */
#ifndef REPORT_XML_LINES_H
#define REPORT_XML_LINES_H

#include "xml.h"

struct xml_lines;

/* NULL when memory is exhausted. events->repair is called once, with REPORT_REPAIR_BROKEN, at
 * the first line that is none. */
struct xml_lines *xml_lines_new(struct xml_events *events);
void xml_lines_free(struct xml_lines *x);

/* The next octets. False when no more are wanted: a line was none. */
bool xml_lines_feed(struct xml_lines *x, struct sceau_slice octets);

/* No more are wanted. */
void xml_lines_stop(struct xml_lines *x);

/* No more octets: was the root closed, and nothing behind it? */
bool xml_lines_end(struct xml_lines *x);

/* The line at hand, from 1. */
uint64_t xml_lines_line(const struct xml_lines *x);

/* The namespace of the root is that of RFC 9990. */
bool xml_lines_is_rfc9990(const struct xml_lines *x);

#endif
