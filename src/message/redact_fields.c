#include "redact_fields.h"

/* A name that ends with "*" is a beginning. */
static bool
is_one_of(struct sceau_slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sceau_slice n = sceau_slice_from(names[i]);
        bool is_prefix = n.len > 0 && n.ptr[n.len - 1] == '*';
        n.len -= is_prefix;
        if (is_prefix ? slice_starts_ci(name, n) : slice_eq_ci(name, n))
            return true;
    }
    return false;
}
#define IS_ONE_OF(name, names) \
 is_one_of((name), (names), sizeof(names) / sizeof *(names))

/* They name a person without an "@", or do something in the recipient's name. */
static const char *const names_of_people[] = {
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Rcpt-To",
    "X-Delivered-To",
    "X-Forwarded-To",
    "X-Forwarded-For",
    "Original-Recipient",
    "X-Auth*",
    "X-Originating-User",
    "List-Unsubscribe*",
    "X-Mailgun-Recipient*",
    "Bcc",
    "Resent-Bcc",
    "Apparently-To",
    "Autocrypt*", /* a key, which names its owner in base64 */
    "X-MS-Exchange-*",
    "X-Sender-Id",
    "X-User*",
    "X-Mailer-*", /* and other mailers' names for a subscriber */
    "X-Recipient*",
    "X-Subscriber*",
    "X-Contact*",
    "X-Customer*",
    "X-Member*",
    "X-Account*",
    "X-Unsubscribe*",
    "X-List-Unsubscribe*",
    "X-SG-*",
    "X-MC-*",
    "X-Mailgun-*",
    "X-Mandrill-*",
};
/* What remains at REDACT_MOST. */
static const char *const of_authentication[] = {
    "From",
    "Sender",
    "Date",
    "Message-ID",
    "DKIM-Signature",
    "ARC-Seal",
    "ARC-Message-Signature",
    "List-Id",
    "MIME-Version",
    "Auto-Submitted",
    "Precedence",
};
static const char *const made_of_keys[] = {
    "DKIM-Signature",
    "ARC-*",
    "Authentication-Results",
    "Received-SPF",
};
/* Fields whose long words are needed: what is signed, how it is written, which way it came. */
static const char *const with_needed_words[] = {
    "DKIM-Signature", "ARC-*",     "Authentication-Results", "Received*", "X-Received",
    "Message-ID",     "Content-*", "MIME-Version",           "Date",      "Resent-Date",
    "List-Id",
};

bool
redact_field_is_told(enum redact_level level, struct sceau_slice name)
{
    switch (level) {
    case REDACT_NOTHING: return true;
    case REDACT_ADDRESSES: return !IS_ONE_OF(name, names_of_people);
    case REDACT_MOST: return IS_ONE_OF(name, of_authentication);
    }
    return false;
}

bool
redact_field_has_keys(struct sceau_slice name)
{
    return IS_ONE_OF(name, made_of_keys);
}

bool
redact_field_hides_tokens(struct sceau_slice name)
{
    return !IS_ONE_OF(name, with_needed_words);
}
