/* Repairs and refusals in words. */
#include "core/text.h"
#include "report.h"

static const char *const repairs[REPORT_REPAIR_KINDS] = {
    [REPORT_REPAIR_NAMESPACE] = N_("a namespace of no DMARC report"),
    [REPORT_REPAIR_PREFIX] = N_("a prefix that nothing declares"),
    [REPORT_REPAIR_WRAPPER] = N_("elements around the report"),
    [REPORT_REPAIR_CASE] = N_("an element in other letter case"),
    [REPORT_REPAIR_ELEMENT] = N_("an element that no schema has; it is passed over"),
    [REPORT_REPAIR_ORDER] = N_("an element out of order"),
    [REPORT_REPAIR_TWICE] = N_("an element that stands there twice; the first counts"),
    [REPORT_REPAIR_MISSING] = N_("missing or empty"),
    [REPORT_REPAIR_SPELLING] = N_("a word in another spelling"),
    [REPORT_REPAIR_WORD] = N_("a word that the standard does not have"),
    [REPORT_REPAIR_NUMBER] = N_("no number, or out of range"),
    [REPORT_REPAIR_COUNT] = N_("a record without a usable count; it is left out"),
    [REPORT_REPAIR_NO_MESSAGE] = N_("a record of no message"),
    [REPORT_REPAIR_DATE_UNIT] = N_("a time in another unit than seconds"),
    [REPORT_REPAIR_DATE_FORM] = N_("a time as text instead of seconds"),
    [REPORT_REPAIR_DATE] = N_("no time that can be read"),
    [REPORT_REPAIR_DATE_ORDER] = N_("the period ends before it begins"),
    [REPORT_REPAIR_IP_FORM] = N_("an address in an unusual form"),
    [REPORT_REPAIR_IP] = N_("no address that can be read"),
    [REPORT_REPAIR_DOMAIN] = N_("no domain name"),
    [REPORT_REPAIR_LONG] = N_("a text over 4 KiB; the rest is cut off"),
    [REPORT_REPAIR_LONG_NAME] = N_("a value over 4 KiB; it is not used"),
    [REPORT_REPAIR_MANY] = N_("more of them than are read"),
    [REPORT_REPAIR_ENCODING] = N_("an unknown encoding, read as ISO 8859-1"),
    [REPORT_REPAIR_OCTETS] =
        N_("octets that are no text; a question mark stands for each"),
    [REPORT_REPAIR_AMPERSAND] = N_("an ampersand that begins nothing XML knows"),
    [REPORT_REPAIR_BEFORE] = N_("octets before the XML"),
    [REPORT_REPAIR_BEHIND] = N_("octets behind the end of the report"),
    [REPORT_REPAIR_BROKEN] = N_("the XML breaks here; nothing behind is read"),
    [REPORT_REPAIR_ENDS] = N_("the report ends in the middle"),
    [REPORT_REPAIR_NO_RECORD] = N_("no record"),
    [REPORT_REPAIR_ARCHIVE] = N_("the archive is damaged; what came out of it is read"),
    [REPORT_REPAIR_SUM] = N_("the parts do not add up to the total"),
    [REPORT_REPAIR_PLAIN_TEXT] = N_("no message/feedback-report; read from the text"),
};

static const char *const refusals[REPORT_REFUSAL_KINDS] = {
    [REPORT_REFUSAL_EMPTY] = N_("it is empty"),
    [REPORT_REFUSAL_NO_REPORT] = N_("no report was found in it"),
    [REPORT_REFUSAL_DOCTYPE] = N_("the XML has a DOCTYPE, which no report needs"),
    [REPORT_REFUSAL_DEPTH] = N_("the XML is deeper than 16 elements"),
    [REPORT_REFUSAL_MARKUP] = N_("a tag or comment is longer than 64 KiB"),
    [REPORT_REFUSAL_RECORDS] = N_("more than 1,000,000 records"),
    [REPORT_REFUSAL_SUM] = N_("the messages are more than can be counted"),
    [REPORT_REFUSAL_BROKEN] = N_("the XML breaks before anything of use"),
    [REPORT_REFUSAL_NOTHING] = N_("it has neither a record nor a domain"),
    [REPORT_REFUSAL_INFLATED] = N_("it is larger than 256 MiB when unpacked"),
    [REPORT_REFUSAL_ARCHIVE] = N_("the archive cannot be unpacked"),
    [REPORT_REFUSAL_MEMBERS] = N_("more than 64 files in one archive"),
    [REPORT_REFUSAL_MAIL_SIZE] = N_("the mail is larger than 10 MiB"),
    [REPORT_REFUSAL_MIME] = N_("the mail has more than 64 parts, or is deeper than 8"),
    [REPORT_REFUSAL_JSON] = N_("the JSON is no TLS report"),
    [REPORT_REFUSAL_JSON_SIZE] = N_("the JSON is larger than 4 MiB"),
    [REPORT_REFUSAL_FAILURE] = N_("the failure report has no Feedback-Type"),
    [REPORT_REFUSAL_MEMORY] = N_("it needs more memory than a report may have"),
    [REPORT_REFUSAL_READ] = N_("it cannot be read"),
    [REPORT_REFUSAL_PROCESS] = N_("the process that reads reports broke down"),
    [REPORT_REFUSAL_STORE] = N_("the store does not take it"),
};

const char *
report_repair_text(enum report_repair_kind kind)
{
    return repairs[kind];
}

const char *
report_refusal_text(enum report_refusal_kind kind)
{
    return refusals[kind];
}

/* ---- TLS ---- */

struct code {
    const char *code, *text;
};

/* RFC 8460 section 4.3, in its order. Short: they stand in columns. */
static const struct code results[] = {
    {"starttls-not-supported",    N_("no STARTTLS offered")         },
    {"certificate-host-mismatch", N_("certificate of another name") },
    {"certificate-expired",       N_("certificate expired")         },
    {"certificate-not-trusted",   N_("certificate not trusted")     },
    {"validation-failure",        N_("another failure of TLS")      },
    {"tlsa-invalid",              N_("no valid TLSA record")        },
    {"dnssec-invalid",            N_("DNSSEC does not validate")    },
    {"dane-required",             N_("DANE asked for, without TLSA")},
    {"sts-policy-fetch-error",    N_("MTA-STS file not to be had")  },
    {"sts-policy-invalid",        N_("MTA-STS file invalid")        },
    {"sts-webpki-invalid",        N_("MTA-STS over untrusted HTTPS")},
};

static const struct code policies[] = {
    {"tlsa",            N_("DANE")     },
    {"sts",             N_("MTA-STS")  },
    {"no-policy-found", N_("no policy")},
};

static const char *
text_of(const struct code *codes, size_t count, struct sceau_slice code)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq_ci(code, sceau_slice_from(codes[i].code)))
            return codes[i].text;
    return NULL;
}

const char *
report_tls_result_text(struct sceau_slice code)
{
    return text_of(results, sizeof results / sizeof *results, code);
}

const char *
report_tls_policy_text(struct sceau_slice code)
{
    return text_of(policies, sizeof policies / sizeof *policies, code);
}
