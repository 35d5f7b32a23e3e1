/* What a report says, whoever wrote it and in whatever container it came: the same structs
 * for the reader, the process it runs in, and who shows or stores it.
 *
 * A report is handed over piece by piece (struct report_sink): its records while they are
 * read, then one call that says what it was or why it is refused. What had to be read
 * kindly is a repair, with its place. Texts are the reporter's, unchecked but for UTF-8 and
 * control characters that XML forbids: escape them wherever they are written. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "core/slice.h"

/* DESIGN.md section 10. Beyond a limit a report is refused; of what repeats inside a
 * record, and of texts, what is beyond is left out and told. */
#define REPORT_XML_DEPTH   16
#define REPORT_TEXT_MAX    4096
#define REPORT_RECORDS_MAX 1000000
#define REPORT_MARKUP_MAX \
 ((size_t)64 * 1024) /* octets of one tag, comment or the like */
#define REPORT_INFLATED_MAX ((uint64_t)256 * 1024 * 1024)
#define REPORT_MAIL_MAX     ((size_t)10 * 1024 * 1024)
#define REPORT_JSON_MAX     ((size_t)4 * 1024 * 1024)
#define REPORT_FAILURE_MAX  ((size_t)256 * 1024) /* octets of the fields of one */
#define REPORT_MIME_DEPTH   8
#define REPORT_MIME_PARTS   64
#define REPORT_MEMBERS_MAX  64  /* reports in one zip */
#define REPORT_DKIM_MAX     100 /* RFC 9990 section 3.1.3 */
#define REPORT_SPF_MAX      8
#define REPORT_REASONS_MAX  16
#define REPORT_REPAIRS_TOLD 10 /* of one kind; the rest is counted */
#define REPORT_COUNT_MAX    UINT64_C(1000000000000) /* messages of one record */

enum report_format {
    REPORT_AGGREGATE, /* RFC 9990, RFC 7489 */
    REPORT_TLS,       /* RFC 8460 */
    REPORT_FAILURE,   /* RFC 9991, RFC 6591, RFC 5965 */
};

/* Words of the schemas. 0 is always: not said, or not understood. Stores hold these numbers
 * (store/report_rows.h): a new one goes to the end. */
enum report_disposition {
    REPORT_DISPOSITION_UNKNOWN,
    REPORT_DISPOSITION_NONE,
    REPORT_DISPOSITION_PASS,
    REPORT_DISPOSITION_QUARANTINE,
    REPORT_DISPOSITION_REJECT,
};
#define REPORT_DISPOSITIONS 5

/* What a mechanism gave to DMARC: a pass that is aligned, or not. */
enum report_aligned {
    REPORT_ALIGNED_UNKNOWN,
    REPORT_ALIGNED_PASS,
    REPORT_ALIGNED_FAIL,
};

/* RFC 8601 sections 2.7.1 and 2.7.2 */
enum report_result {
    REPORT_RESULT_UNKNOWN,
    REPORT_RESULT_NONE,
    REPORT_RESULT_PASS,
    REPORT_RESULT_FAIL,
    REPORT_RESULT_SOFTFAIL,
    REPORT_RESULT_NEUTRAL,
    REPORT_RESULT_POLICY,
    REPORT_RESULT_TEMPERROR,
    REPORT_RESULT_PERMERROR,
};

enum report_reason_type {
    REPORT_REASON_UNKNOWN,
    REPORT_REASON_FORWARDED,   /* RFC 7489 */
    REPORT_REASON_SAMPLED_OUT, /* RFC 7489 */
    REPORT_REASON_TRUSTED_FORWARDER,
    REPORT_REASON_MAILING_LIST,
    REPORT_REASON_LOCAL_POLICY,
    REPORT_REASON_POLICY_TEST_MODE, /* RFC 9990 */
    REPORT_REASON_OTHER,
};

enum report_mode {
    REPORT_MODE_UNKNOWN,
    REPORT_MODE_RELAXED,
    REPORT_MODE_STRICT
};
enum report_scope {
    REPORT_SCOPE_UNKNOWN,
    REPORT_SCOPE_MFROM,
    REPORT_SCOPE_HELO
};
enum report_testing {
    REPORT_TESTING_UNKNOWN,
    REPORT_TESTING_NO,
    REPORT_TESTING_YES
};
enum report_discovery {
    REPORT_DISCOVERY_UNKNOWN,
    REPORT_DISCOVERY_PSL,
    REPORT_DISCOVERY_TREEWALK,
};

struct report_reason {
    enum report_reason_type type;
    struct sceau_slice comment;
};

/* One signature, or one SPF check, before alignment. */
struct report_auth {
    struct sceau_slice domain;
    struct sceau_slice selector; /* DKIM */
    enum report_scope scope;     /* SPF */
    enum report_result result;
    struct sceau_slice human_result;
};

/* `record`: so many messages, alike in all of this. */
struct report_record {
    struct sceau_ip ip;        /* version 0: the text is no address */
    struct sceau_slice source; /* that text, as it came */
    uint64_t count;
    enum report_disposition disposition;
    enum report_aligned dkim, spf;
    struct report_reason reasons[REPORT_REASONS_MAX];
    size_t reason_count;
    struct sceau_slice header_from, envelope_from, envelope_to;
    struct report_auth dkim_results[REPORT_DKIM_MAX];
    size_t dkim_count;
    struct report_auth spf_results[REPORT_SPF_MAX];
    size_t spf_count;
};

/* A domain that can be one is in its normal form (rule R1); any other is as it came. */
struct report_policy {
    struct sceau_slice domain;
    enum report_disposition p, sp, np;
    enum report_mode adkim, aspf;
    enum report_testing testing;
    enum report_discovery discovery;
    struct sceau_slice fo, pct;
};

/* Messages, by what they came to. The parts of a line add up to `messages`. */
struct report_totals {
    uint64_t records, messages;
    uint64_t left_out; /* records without a usable count */
    uint64_t both, dkim_only, spf_only, neither, unknown; /* aligned passes */
    uint64_t dispositions[REPORT_DISPOSITIONS];
};

struct report_aggregate {
    struct sceau_slice version, org_name, email, extra_contact_info, report_id, error,
        generator;
    int64_t begin, end; /* seconds; 0: not said */
    bool is_rfc9990;    /* its namespace is that of RFC 9990 */
    bool is_whole;      /* false: it broke off, and what stood behind is not known */
    struct report_policy policy;
    struct report_totals totals;
    uint64_t repairs; /* told and not told */
};

/* `failure-details` of RFC 8460 section 4.4 */
struct report_tls_failure {
    struct sceau_slice result_type, sending_mta_ip, receiving_mx_hostname,
        receiving_mx_helo, receiving_ip, additional_information, reason_code;
    uint64_t count;
};

struct report_tls_policy {
    struct sceau_slice type, domain, mx_host, text; /* lists joined by blanks */
    uint64_t successful, failed;
};

struct report_tls {
    struct sceau_slice organization, contact, report_id;
    int64_t begin, end;
    uint64_t policies, successful, failed;
    uint64_t repairs;
};

/* A failure report: its fields by RFC 9991, RFC 6591 and RFC 5965. */
struct report_failure {
    struct sceau_slice feedback_type, version, user_agent, auth_failure,
        authentication_results, reported_domain, identity_alignment, delivery_result,
        original_mail_from, original_rcpt_to, original_envelope_id, arrival_date,
        reporting_mta, dkim_domain, dkim_identity, dkim_selector, spf_dns;
    struct sceau_slice source; /* the text of Source-IP */
    struct sceau_ip ip;
    uint64_t incidents;
    struct sceau_slice from, subject, message_id; /* of the message it is about */
    bool has_message;                             /* there was one, or its header */
    uint64_t repairs;
};

/* What was read otherwise than it stands there. */
enum report_repair_kind {
    REPORT_REPAIR_NAMESPACE,
    REPORT_REPAIR_PREFIX,
    REPORT_REPAIR_WRAPPER,
    REPORT_REPAIR_CASE,
    REPORT_REPAIR_ELEMENT,
    REPORT_REPAIR_ORDER,
    REPORT_REPAIR_TWICE,
    REPORT_REPAIR_MISSING,
    REPORT_REPAIR_SPELLING,
    REPORT_REPAIR_WORD,
    REPORT_REPAIR_NUMBER,
    REPORT_REPAIR_COUNT,
    REPORT_REPAIR_NO_MESSAGE,
    REPORT_REPAIR_DATE_UNIT,
    REPORT_REPAIR_DATE_FORM,
    REPORT_REPAIR_DATE,
    REPORT_REPAIR_DATE_ORDER,
    REPORT_REPAIR_IP_FORM,
    REPORT_REPAIR_IP,
    REPORT_REPAIR_DOMAIN,
    REPORT_REPAIR_LONG,
    REPORT_REPAIR_LONG_NAME,
    REPORT_REPAIR_MANY,
    REPORT_REPAIR_ENCODING,
    REPORT_REPAIR_OCTETS,
    REPORT_REPAIR_AMPERSAND,
    REPORT_REPAIR_BEFORE,
    REPORT_REPAIR_BEHIND,
    REPORT_REPAIR_BROKEN,
    REPORT_REPAIR_ENDS,
    REPORT_REPAIR_NO_RECORD,
    REPORT_REPAIR_ARCHIVE,
    REPORT_REPAIR_SUM,
    REPORT_REPAIR_PLAIN_TEXT,
};
#define REPORT_REPAIR_KINDS (REPORT_REPAIR_PLAIN_TEXT + 1)

struct report_repair {
    enum report_repair_kind kind;
    uint64_t line; /* from 1; 0: no line */
    struct sceau_slice
        found; /* the element's name, or what stood there; may be empty */
};

/* Why nothing of a report counts. */
enum report_refusal_kind {
    REPORT_REFUSAL_EMPTY,
    REPORT_REFUSAL_NO_REPORT,
    REPORT_REFUSAL_DOCTYPE,
    REPORT_REFUSAL_DEPTH,
    REPORT_REFUSAL_MARKUP,
    REPORT_REFUSAL_RECORDS,
    REPORT_REFUSAL_SUM,
    REPORT_REFUSAL_BROKEN,
    REPORT_REFUSAL_NOTHING,
    REPORT_REFUSAL_INFLATED,
    REPORT_REFUSAL_ARCHIVE,
    REPORT_REFUSAL_MEMBERS,
    REPORT_REFUSAL_MAIL_SIZE,
    REPORT_REFUSAL_MIME,
    REPORT_REFUSAL_JSON,
    REPORT_REFUSAL_JSON_SIZE,
    REPORT_REFUSAL_FAILURE,
    REPORT_REFUSAL_MEMORY,
    REPORT_REFUSAL_READ,
    REPORT_REFUSAL_PROCESS,
    REPORT_REFUSAL_STORE,
};
#define REPORT_REFUSAL_KINDS (REPORT_REFUSAL_STORE + 1)

struct report_refusal {
    enum report_refusal_kind kind;
    uint64_t line;             /* from 1; 0: no line */
    struct sceau_slice detail; /* a word more; may be empty */
};

/* Who takes reports. Embed it. Slices live until the call returns. After the records and
 * repairs of a report comes one of aggregate, tls, failure and refused: in the last case
 * what came before does not count. */
struct report_sink {
    void (*begin)(struct report_sink *self,
                  struct sceau_slice name); /* a report, maybe */
    void (*record)(struct report_sink *self, const struct report_record *record);
    void (*tls_policy)(struct report_sink *self,
                       const struct report_tls_policy *policy);
    void (*tls_failure)(struct report_sink *self,
                        const struct report_tls_failure *failure);
    void (*repair)(struct report_sink *self, const struct report_repair *repair);
    void (*aggregate)(struct report_sink *self, const struct report_aggregate *report);
    void (*tls)(struct report_sink *self, const struct report_tls *report);
    void (*failure)(struct report_sink *self, const struct report_failure *report);
    void (*refused)(struct report_sink *self, const struct report_refusal *refusal);
    /* Not NULL: instead of `record`, the same as a frame of wire.h, where it came as one: for
     * who keeps records and looks at them later. */
    void (*keep)(struct report_sink *self, struct sceau_slice frame);
};

/* Sentences in English, to be translated by who shows them; static. */
const char *report_repair_text(enum report_repair_kind kind);
const char *report_refusal_text(enum report_refusal_kind kind);

/* A result-type or a policy-type of RFC 8460 (sections 4.3 and 4.4), a few words each, in any
 * letter case; NULL: it is none of them. */
const char *report_tls_result_text(struct sceau_slice code);
const char *report_tls_policy_text(struct sceau_slice code);

#endif
