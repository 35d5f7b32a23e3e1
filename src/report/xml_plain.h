/* Elements that any reader of XML takes for the same: tags of ASCII names alone, texts of ASCII
 * without a reference, a comment, CDATA or an attribute. Nearly every record of a report is one,
 * and expat asks ten times as much for it. What is not is left to expat, from its first octet
 * (xml.c), so this need not know more; aggregate_fuzz.c holds one against the other. */
#ifndef REPORT_XML_PLAIN_H
#define REPORT_XML_PLAIN_H

#include "report.h"

#define PLAIN_TAGS_MAX ((size_t)512) /* of an element and all inside it */

struct plain_tag {
    const char *at;          /* its "<", in what was read */
    struct sceau_slice name; /* empty: it closes the element that is open */
    struct sceau_slice
        text; /* of one that closes: empty when it had an element inside */
};

struct plain_element {
    struct plain_tag tags[PLAIN_TAGS_MAX];
    size_t count;
    uint64_t lines; /* line ends in all of it */
};

/* The element at the start of `octets`, behind blanks; slices are of these. Returns how many octets
 * it took, 0 when it is not plain, not all there, or deeper than `depth` elements. Costs a look at
 * each octet up to there. */
size_t plain_read(struct sceau_slice octets, unsigned depth, struct plain_element *e);

#endif
