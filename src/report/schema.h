/* The elements of aggregate reports: RFC 9990 appendix A and RFC 7489 appendix C in one
 * table. */
#ifndef REPORT_SCHEMA_H
#define REPORT_SCHEMA_H

#include "core/slice.h"

enum element {
    ELEMENT_UNKNOWN, /* passed over with all inside */
    /* those with elements inside */
    ELEMENT_FEEDBACK,
    ELEMENT_METADATA,
    ELEMENT_DATE_RANGE,
    ELEMENT_POLICY,
    ELEMENT_RECORD,
    ELEMENT_ROW,
    ELEMENT_EVALUATED,
    ELEMENT_REASON,
    ELEMENT_IDENTIFIERS,
    ELEMENT_AUTH,
    ELEMENT_DKIM,
    ELEMENT_SPF,
    /* those with text */
    ELEMENT_EXTENSION,
    ELEMENT_VERSION,
    ELEMENT_ORG_NAME,
    ELEMENT_EMAIL,
    ELEMENT_CONTACT,
    ELEMENT_REPORT_ID,
    ELEMENT_ERROR,
    ELEMENT_GENERATOR,
    ELEMENT_BEGIN,
    ELEMENT_END,
    ELEMENT_POLICY_DOMAIN,
    ELEMENT_P,
    ELEMENT_SP,
    ELEMENT_NP,
    ELEMENT_ADKIM,
    ELEMENT_ASPF,
    ELEMENT_PCT,
    ELEMENT_FO,
    ELEMENT_TESTING,
    ELEMENT_DISCOVERY,
    ELEMENT_SOURCE_IP,
    ELEMENT_COUNT,
    ELEMENT_DISPOSITION,
    ELEMENT_ALIGNED_DKIM,
    ELEMENT_ALIGNED_SPF,
    ELEMENT_REASON_TYPE,
    ELEMENT_REASON_COMMENT,
    ELEMENT_HEADER_FROM,
    ELEMENT_ENVELOPE_FROM,
    ELEMENT_ENVELOPE_TO,
    ELEMENT_AUTH_DOMAIN,
    ELEMENT_AUTH_SELECTOR,
    ELEMENT_AUTH_SCOPE,
    ELEMENT_DKIM_RESULT,
    ELEMENT_SPF_RESULT,
    ELEMENT_AUTH_HUMAN,
    ELEMENT_COUNT_OF, /* how many there are */
};

enum occurrence {
    OPTIONAL,
    REQUIRED,      /* by both schemas */
    REQUIRED_9990, /* by RFC 9990 alone */
    REPEATED,      /* any number of them */
};

struct schema_child {
    struct sceau_slice name;
    enum element element;
    enum occurrence occurrence;
    unsigned char rank; /* in the sequence of its parent; 0: anywhere */
    bool may_be_empty;  /* an empty text is one */
};

/* The elements inside one; *count is 0 for one with text. */
const struct schema_child *schema_children(enum element parent, size_t *count);

/* The element of that name inside `parent`; NULL when the schemas have none. *is_exact is
 * false when only its letter case is another. */
const struct schema_child *schema_find(enum element parent, struct sceau_slice name,
                                       bool *is_exact);

#endif
