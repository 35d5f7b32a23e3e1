/* XML of strangers as elements and their texts: expat behind the cleaner, with every limit
 * of DESIGN.md section 10. No DOCTYPE, so no entity but the five that XML has. Memory does
 * not grow with the document. */
#ifndef REPORT_XML_H
#define REPORT_XML_H

#include "report.h"

/* Who listens. Embed it. Slices live until the call returns. */
struct xml_events {
    /* An element begins; its name without a prefix. Foreign: of a namespace that is not
     * the root's. */
    void (*open)(struct xml_events *self, struct sceau_slice name, bool is_foreign);
    /* It ends. Its text, when it had no element inside; cut at REPORT_TEXT_MAX. */
    void (*close)(struct xml_events *self, struct sceau_slice text, bool is_cut);
    void (*repair)(struct xml_events *self, enum report_repair_kind kind,
                   struct sceau_slice found);
};

struct xml_reader;

/* NULL when memory is exhausted. The namespace of the first element named `root` is the
 * document's own; reporters put others around it. `repeated` is the tag of an element that comes
 * by the thousand: where it is plain (xml_plain.h) expat is not asked. "": it is asked always. */
struct xml_reader *xml_new(struct xml_events *events, const char *root,
                           const char *repeated);

/* Likewise, of a document that aggregate_write.h wrote, before it leaves (xml_lines.h): what is
 * not as it writes is broken. */
struct xml_reader *xml_new_strict(struct xml_events *events);

void xml_free(struct xml_reader *x);

/* The next octets. False when no more are wanted. */
bool xml_feed(struct xml_reader *x, struct sceau_slice octets);

enum xml_end {
    XML_WHOLE,
    XML_PART,    /* it broke, or ended in the middle; a repair said so */
    XML_REFUSED, /* xml_refusal says why */
};

/* No more octets. Call once. */
enum xml_end xml_end(struct xml_reader *x);

/* Of a listener: refuse the document, for this reason. */
void xml_refuse(struct xml_reader *x, enum report_refusal_kind why);

enum report_refusal_kind xml_refusal(const struct xml_reader *x);

/* The line at hand, from 1. Costs a look at the octets since the last call. */
uint64_t xml_line(const struct xml_reader *x);

/* Repairs that came too often to be told one by one. */
uint64_t xml_untold(const struct xml_reader *x);

/* The namespace of the root is that of RFC 9990. */
bool xml_is_rfc9990(const struct xml_reader *x);

#endif
