/* The DMARC Policy Record (RFC 9989 sections 4.7 and 4.8): one table of tags, and how a
 * record is read by it. The parser itself is public: sceau_dmarc_record_parse. */
#ifndef DMARC_RECORD_H
#define DMARC_RECORD_H

#include "sceau/dmarc.h"

#include "core/slice.h"
#include "core/text.h"

/* One element between two semicolons. */
struct dmarc_tag {
    struct sceau_slice name;  /* as written */
    struct sceau_slice value; /* without WSP at both ends */
    size_t name_offset;       /* octets from the start of the record */
    size_t value_offset;
    const char *expected; /* NULL when well formed; else what should have stood there */
    size_t error_offset;
};

/* A tag of the registry (section 9.3). */
struct dmarc_tag_rule {
    const char *name;
    /* Read a value into the record: SCEAU_OK, SCEAU_E_SYNTAX (the default stays) or
     * SCEAU_E_LIMIT (the arena is full). NULL: the value is of no interest. */
    enum sceau_status (*read)(struct sceau_arena *arena, struct sceau_slice value,
                              struct sceau_dmarc_record *record);
    /* Write the value in force, defaults filled in; nothing when there is none. NULL
     * for the historic tags. */
    void (*format)(struct text *out, const struct sceau_dmarc_record *record);
    const char *expected; /* the value's grammar, for a person */
};

/* The registry, `count` rules. */
const struct dmarc_tag_rule *dmarc_tag_rules(size_t *count);

/* The rule for that tag in any letter case, or NULL when it is unknown. */
const struct dmarc_tag_rule *dmarc_tag_rule_find(struct sceau_slice name);

/* Step to the next element that is not empty; *pos is where it begins, 0 at first.
 * False at the end. */
bool dmarc_tag_next(struct sceau_slice text, size_t *pos, struct dmarc_tag *tag);

/* Does this text begin with a v tag of value DMARC1 (section 4.10 step 2)? All else of
 * it may be wrong. */
bool dmarc_record_is_dmarc1(struct sceau_slice text);

/* A record of defaults alone, nothing of which is published. */
struct sceau_dmarc_record dmarc_record_defaults(void);

#endif
