/* One table for each element that holds others. Ranks stand where both schemas have a
 * sequence. */
#include "schema.h"

static const struct schema_child feedback[] = {
    {"record",           ELEMENT_RECORD,    REPEATED, 5, false},
    {"version",          ELEMENT_VERSION,   OPTIONAL, 1, true },
    {"report_metadata",  ELEMENT_METADATA,  REQUIRED, 2, false},
    {"policy_published", ELEMENT_POLICY,    REQUIRED, 3, false},
    {"extension",        ELEMENT_EXTENSION, OPTIONAL, 4, true },
};
static const struct schema_child metadata[] = {
    {"org_name",           ELEMENT_ORG_NAME,   REQUIRED, 0, false},
    {"email",              ELEMENT_EMAIL,      REQUIRED, 0, false},
    {"extra_contact_info", ELEMENT_CONTACT,    OPTIONAL, 0, true },
    {"report_id",          ELEMENT_REPORT_ID,  REQUIRED, 0, false},
    {"date_range",         ELEMENT_DATE_RANGE, REQUIRED, 0, false},
    {"error",              ELEMENT_ERROR,      REPEATED, 0, true },
    {"generator",          ELEMENT_GENERATOR,  OPTIONAL, 0, true },
};
static const struct schema_child date_range[] = {
    {"begin", ELEMENT_BEGIN, REQUIRED, 0, false},
    {"end",   ELEMENT_END,   REQUIRED, 0, false},
};
static const struct schema_child policy[] = {
    {"domain",           ELEMENT_POLICY_DOMAIN, REQUIRED, 0, false},
    {"p",                ELEMENT_P,             REQUIRED, 0, false},
    {"sp",               ELEMENT_SP,            OPTIONAL, 0, true },
    {"np",               ELEMENT_NP,            OPTIONAL, 0, true },
    {"adkim",            ELEMENT_ADKIM,         OPTIONAL, 0, true },
    {"aspf",             ELEMENT_ASPF,          OPTIONAL, 0, true },
    {"pct",              ELEMENT_PCT,           OPTIONAL, 0, true },
    {"fo",               ELEMENT_FO,            OPTIONAL, 0, true },
    {"testing",          ELEMENT_TESTING,       OPTIONAL, 0, true },
    {"discovery_method", ELEMENT_DISCOVERY,     OPTIONAL, 0, true },
};
static const struct schema_child record[] = {
    {"row",          ELEMENT_ROW,         REQUIRED, 1, false},
    {"identifiers",  ELEMENT_IDENTIFIERS, REQUIRED, 2, false},
    {"auth_results", ELEMENT_AUTH,        REQUIRED, 3, false},
};
static const struct schema_child row[] = {
    {"source_ip",        ELEMENT_SOURCE_IP, REQUIRED, 0, false},
    {"count",            ELEMENT_COUNT,     REQUIRED, 0, false},
    {"policy_evaluated", ELEMENT_EVALUATED, REQUIRED, 0, false},
};
static const struct schema_child evaluated[] = {
    {"disposition", ELEMENT_DISPOSITION,  REQUIRED, 1, false},
    {"dkim",        ELEMENT_ALIGNED_DKIM, REQUIRED, 2, false},
    {"spf",         ELEMENT_ALIGNED_SPF,  REQUIRED, 3, false},
    {"reason",      ELEMENT_REASON,       REPEATED, 4, false},
};
static const struct schema_child reason[] = {
    {"type",    ELEMENT_REASON_TYPE,    REQUIRED, 0, false},
    {"comment", ELEMENT_REASON_COMMENT, OPTIONAL, 0, true },
};
static const struct schema_child identifiers[] = {
    {"header_from",   ELEMENT_HEADER_FROM,   REQUIRED, 0, false},
    {"envelope_from", ELEMENT_ENVELOPE_FROM, OPTIONAL, 0, true },
    {"envelope_to",   ELEMENT_ENVELOPE_TO,   OPTIONAL, 0, true },
};
static const struct schema_child auth[] = {
    {"dkim", ELEMENT_DKIM, REPEATED, 1, false},
    {"spf",  ELEMENT_SPF,  REPEATED, 2, false},
};
static const struct schema_child dkim[] = {
    {"domain",       ELEMENT_AUTH_DOMAIN,   REQUIRED,      0, false},
    {"selector",     ELEMENT_AUTH_SELECTOR, REQUIRED_9990, 0, true },
    {"result",       ELEMENT_DKIM_RESULT,   REQUIRED,      0, false},
    {"human_result", ELEMENT_AUTH_HUMAN,    OPTIONAL,      0, true },
};
/* The null path without a HELO name has no domain. */
static const struct schema_child spf[] = {
    {"domain",       ELEMENT_AUTH_DOMAIN, REQUIRED, 0, true },
    {"scope",        ELEMENT_AUTH_SCOPE,  OPTIONAL, 0, true },
    {"result",       ELEMENT_SPF_RESULT,  REQUIRED, 0, false},
    {"human_result", ELEMENT_AUTH_HUMAN,  OPTIONAL, 0, true },
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
        if (slice_eq(name, sceau_slice_from(children[i].name)))
            return &children[i];
    *is_exact = false;
    for (size_t i = 0; i < elements[parent].count; i++)
        if (slice_eq_ci(name, sceau_slice_from(children[i].name)))
            return &children[i];
    return NULL;
}
