/* One table for each element that holds others. Ranks stand where both schemas have a
 * sequence. */
#include "schema.h"

static const struct schema_child feedback[] = {
    {SLICE_STATIC("record"),           ELEMENT_RECORD,    REPEATED, 5, false},
    {SLICE_STATIC("version"),          ELEMENT_VERSION,   OPTIONAL, 1, true },
    {SLICE_STATIC("report_metadata"),  ELEMENT_METADATA,  REQUIRED, 2, false},
    {SLICE_STATIC("policy_published"), ELEMENT_POLICY,    REQUIRED, 3, false},
    {SLICE_STATIC("extension"),        ELEMENT_EXTENSION, OPTIONAL, 4, true },
};
static const struct schema_child metadata[] = {
    {SLICE_STATIC("org_name"),           ELEMENT_ORG_NAME,   REQUIRED, 0, false},
    {SLICE_STATIC("email"),              ELEMENT_EMAIL,      REQUIRED, 0, false},
    {SLICE_STATIC("extra_contact_info"), ELEMENT_CONTACT,    OPTIONAL, 0, true },
    {SLICE_STATIC("report_id"),          ELEMENT_REPORT_ID,  REQUIRED, 0, false},
    {SLICE_STATIC("date_range"),         ELEMENT_DATE_RANGE, REQUIRED, 0, false},
    {SLICE_STATIC("error"),              ELEMENT_ERROR,      REPEATED, 0, true },
    {SLICE_STATIC("generator"),          ELEMENT_GENERATOR,  OPTIONAL, 0, true },
};
static const struct schema_child date_range[] = {
    {SLICE_STATIC("begin"), ELEMENT_BEGIN, REQUIRED, 0, false},
    {SLICE_STATIC("end"),   ELEMENT_END,   REQUIRED, 0, false},
};
static const struct schema_child policy[] = {
    {SLICE_STATIC("domain"),           ELEMENT_POLICY_DOMAIN, REQUIRED, 0, false},
    {SLICE_STATIC("p"),                ELEMENT_P,             REQUIRED, 0, false},
    {SLICE_STATIC("sp"),               ELEMENT_SP,            OPTIONAL, 0, true },
    {SLICE_STATIC("np"),               ELEMENT_NP,            OPTIONAL, 0, true },
    {SLICE_STATIC("adkim"),            ELEMENT_ADKIM,         OPTIONAL, 0, true },
    {SLICE_STATIC("aspf"),             ELEMENT_ASPF,          OPTIONAL, 0, true },
    {SLICE_STATIC("pct"),              ELEMENT_PCT,           OPTIONAL, 0, true },
    {SLICE_STATIC("fo"),               ELEMENT_FO,            OPTIONAL, 0, true },
    {SLICE_STATIC("testing"),          ELEMENT_TESTING,       OPTIONAL, 0, true },
    {SLICE_STATIC("discovery_method"), ELEMENT_DISCOVERY,     OPTIONAL, 0, true },
};
static const struct schema_child record[] = {
    {SLICE_STATIC("row"),          ELEMENT_ROW,         REQUIRED, 1, false},
    {SLICE_STATIC("identifiers"),  ELEMENT_IDENTIFIERS, REQUIRED, 2, false},
    {SLICE_STATIC("auth_results"), ELEMENT_AUTH,        REQUIRED, 3, false},
};
static const struct schema_child row[] = {
    {SLICE_STATIC("source_ip"),        ELEMENT_SOURCE_IP, REQUIRED, 0, false},
    {SLICE_STATIC("count"),            ELEMENT_COUNT,     REQUIRED, 0, false},
    {SLICE_STATIC("policy_evaluated"), ELEMENT_EVALUATED, REQUIRED, 0, false},
};
static const struct schema_child evaluated[] = {
    {SLICE_STATIC("disposition"), ELEMENT_DISPOSITION,  REQUIRED, 1, false},
    {SLICE_STATIC("dkim"),        ELEMENT_ALIGNED_DKIM, REQUIRED, 2, false},
    {SLICE_STATIC("spf"),         ELEMENT_ALIGNED_SPF,  REQUIRED, 3, false},
    {SLICE_STATIC("reason"),      ELEMENT_REASON,       REPEATED, 4, false},
};
static const struct schema_child reason[] = {
    {SLICE_STATIC("type"),    ELEMENT_REASON_TYPE,    REQUIRED, 0, false},
    {SLICE_STATIC("comment"), ELEMENT_REASON_COMMENT, OPTIONAL, 0, true },
};
static const struct schema_child identifiers[] = {
    {SLICE_STATIC("header_from"),   ELEMENT_HEADER_FROM,   REQUIRED, 0, false},
    {SLICE_STATIC("envelope_from"), ELEMENT_ENVELOPE_FROM, OPTIONAL, 0, true },
    {SLICE_STATIC("envelope_to"),   ELEMENT_ENVELOPE_TO,   OPTIONAL, 0, true },
};
static const struct schema_child auth[] = {
    {SLICE_STATIC("dkim"), ELEMENT_DKIM, REPEATED, 1, false},
    {SLICE_STATIC("spf"),  ELEMENT_SPF,  REPEATED, 2, false},
};
static const struct schema_child dkim[] = {
    {SLICE_STATIC("domain"),       ELEMENT_AUTH_DOMAIN,   REQUIRED,      0, false},
    {SLICE_STATIC("selector"),     ELEMENT_AUTH_SELECTOR, REQUIRED_9990, 0, true },
    {SLICE_STATIC("result"),       ELEMENT_DKIM_RESULT,   REQUIRED,      0, false},
    {SLICE_STATIC("human_result"), ELEMENT_AUTH_HUMAN,    OPTIONAL,      0, true },
};
/* The null path without a HELO name has no domain. */
static const struct schema_child spf[] = {
    {SLICE_STATIC("domain"),       ELEMENT_AUTH_DOMAIN, REQUIRED, 0, true },
    {SLICE_STATIC("scope"),        ELEMENT_AUTH_SCOPE,  OPTIONAL, 0, true },
    {SLICE_STATIC("result"),       ELEMENT_SPF_RESULT,  REQUIRED, 0, false},
    {SLICE_STATIC("human_result"), ELEMENT_AUTH_HUMAN,  OPTIONAL, 0, true },
};

#define CHILDREN(table)                    \
 {                                         \
  (table), sizeof(table) / sizeof *(table) \
 }

static const struct {
    const struct schema_child *children;
    size_t count;
} elements[ELEMENT_COUNT_OF] = {
    [ELEMENT_FEEDBACK] = CHILDREN(feedback),
    [ELEMENT_METADATA] = CHILDREN(metadata),
    [ELEMENT_DATE_RANGE] = CHILDREN(date_range),
    [ELEMENT_POLICY] = CHILDREN(policy),
    [ELEMENT_RECORD] = CHILDREN(record),
    [ELEMENT_ROW] = CHILDREN(row),
    [ELEMENT_EVALUATED] = CHILDREN(evaluated),
    [ELEMENT_REASON] = CHILDREN(reason),
    [ELEMENT_IDENTIFIERS] = CHILDREN(identifiers),
    [ELEMENT_AUTH] = CHILDREN(auth),
    [ELEMENT_DKIM] = CHILDREN(dkim),
    [ELEMENT_SPF] = CHILDREN(spf),
};

const struct schema_child *
schema_children(enum element parent, size_t *count)
{
    *count = elements[parent].count;
    return elements[parent].children;
}

const struct schema_child *
schema_find(enum element parent, struct sceau_slice name, bool *is_exact)
{
    const struct schema_child *children = elements[parent].children;
    *is_exact = true;
    for (size_t i = 0; i < elements[parent].count; i++)
        if (slice_eq(name, children[i].name))
            return &children[i];
    *is_exact = false;
    for (size_t i = 0; i < elements[parent].count; i++)
        if (slice_eq_ci(name, children[i].name))
            return &children[i];
    return NULL;
}
