/* The tag=value list of DKIM signatures, key records and ARC fields
 * (RFC 6376 section 3.2). DMARC records have a grammar of their own. */
#ifndef CORE_TAGLIST_H
#define CORE_TAGLIST_H

#include "slice.h"

/* One tag-spec. */
struct tag {
    struct sceau_slice name;  /* as written: names are case-sensitive */
    struct sceau_slice value; /* without FWS at both ends; inner FWS stays */
    size_t
        value_offset; /* of the value, with its FWS, in the text: what b= leaves out */
    size_t value_length;
};

#define TAGLIST_TAGS_MAX 64 /* more tags than any standard defines, thrice */

struct taglist {
    struct tag *tags; /* in the arena */
    size_t count;
};

/* Parse a whole tag-list; FWS is WSP, CR and LF. One final ";" is allowed.
 *
 * Returns SCEAU_OK; SCEAU_E_SYNTAX (bad name, no "=", octets outside VALCHAR, a name that
 * occurs twice) with diag set; SCEAU_E_LIMIT (more than TAGLIST_TAGS_MAX tags, or the
 * arena is full). Linear, but for the check of duplicates: quadratic in the tags. */
enum sceau_status taglist_parse(struct sceau_arena *arena, struct sceau_slice text,
                                struct taglist *list, struct sceau_diag *diag);

/* The tag of that name, or NULL. */
const struct tag *taglist_find(const struct taglist *list, struct sceau_slice name);

#endif
