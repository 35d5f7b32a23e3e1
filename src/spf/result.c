/* The words of SPF results (RFC 7208 section 2.6, RFC 8601 section 2.7.2). */
#include "sceau/spf.h"

const char *
sceau_spf_result_name(enum sceau_spf_result result)
{
    switch (result) {
    case SCEAU_SPF_NONE: return "none";
    case SCEAU_SPF_NEUTRAL: return "neutral";
    case SCEAU_SPF_PASS: return "pass";
    case SCEAU_SPF_FAIL: return "fail";
    case SCEAU_SPF_SOFTFAIL: return "softfail";
    case SCEAU_SPF_TEMPERROR: return "temperror";
    case SCEAU_SPF_PERMERROR: return "permerror";
    }
    return "permerror";
}
