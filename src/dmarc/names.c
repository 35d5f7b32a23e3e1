/* The words of RFC 9989 for results, policies and policy tags, as they stand in
 * records, in Authentication-Results and in reports. */
#include "sceau/dmarc.h"

/* Section 9.2. */
const char *
sceau_dmarc_result_name(enum sceau_dmarc_result result)
{
    switch (result) {
    case SCEAU_DMARC_NONE: return "none";
    case SCEAU_DMARC_PASS: return "pass";
    case SCEAU_DMARC_FAIL: return "fail";
    case SCEAU_DMARC_TEMPERROR: return "temperror";
    case SCEAU_DMARC_PERMERROR: return "permerror";
    }
    return "permerror";
}

/* Section 4.8, dmarc-request. */
const char *
sceau_dmarc_policy_name(enum sceau_dmarc_policy policy)
{
    switch (policy) {
    case SCEAU_DMARC_POLICY_NONE: return "none";
    case SCEAU_DMARC_POLICY_QUARANTINE: return "quarantine";
    case SCEAU_DMARC_POLICY_REJECT: return "reject";
    }
    return "none";
}

/* Section 4.7. */
const char *
sceau_dmarc_tag_name(enum sceau_dmarc_tag tag)
{
    switch (tag) {
    case SCEAU_DMARC_TAG_P: return "p";
    case SCEAU_DMARC_TAG_SP: return "sp";
    case SCEAU_DMARC_TAG_NP: return "np";
    }
    return "p";
}
