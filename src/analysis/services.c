/* The services, by key, and the names by which they are known: a host counts as a service's when
 * its confirmed name lies within a domain that the service names its outgoing hosts by, as seen
 * in the Received fields of their mail; a signature, when its d= is one that the service signs
 * with for customers who have set up no key of their own. An address without a name counts by
 * its autonomous system, where that is the service's alone. Hosts of clouds that anybody rents
 * are none.
 *
 * The numbers of the systems were written down from what is generally known of these
 * companies; no registry was asked, and networks are sold. A wrong one gives addresses
 * without a name the wrong service's name, and a mark of class "to fix" where somebody else
 * signs: both are told with the rule that decided, beside the address, and a mark of the
 * administrator beats them. Nothing else follows from one: a remedy comes from the cause of
 * a failure (insight/words.c), which is decided of the row alone. */
#include "services.h"

#include "core/domain.h"

static const struct analysis_service services[] = {
    {"aruba",           "Aruba",            ""           },
    {"brevo",           "Brevo",            "200484"     },
    {"campaignmonitor", "Campaign Monitor", ""           },
    {"constantcontact", "Constant Contact", "40444"      },
    {"fastmail",        "Fastmail",         ""           },
    {"freshdesk",       "Freshdesk",        ""           },
    {"gandi",           "Gandi",            ""           },
    {"google",          "Google",           ""           },
    {"hubspot",         "HubSpot",          ""           },
    {"icloud",          "iCloud",           "714"        },
    {"infomaniak",      "Infomaniak",       ""           },
    {"ionos",           "IONOS",            ""           },
    {"klaviyo",         "Klaviyo",          ""           },
    {"mailchimp",       "Mailchimp",        "14782"      },
    {"mailerlite",      "MailerLite",       ""           },
    {"mailgun",         "Mailgun",          "396479"     },
    {"mailjet",         "Mailjet",          "200069"     },
    {"microsoft",       "Microsoft 365",    ""           },
    {"mimecast",        "Mimecast",         "30031 42427"},
    {"ovh",             "OVH mail",         ""           },
    {"postmark",        "Postmark",         ""           },
    {"proofpoint",      "Proofpoint",       "22843 26211"},
    {"protonmail",      "Proton Mail",      "62371"      },
    {"salesforce",      "Salesforce",       "14340 22606"},
    {"sendgrid",        "SendGrid",         "11377"      },
    {"ses",             "Amazon SES",       ""           },
    {"shopify",         "Shopify",          ""           },
    {"sparkpost",       "SparkPost",        ""           },
    {"stripe",          "Stripe",           ""           },
    {"yahoo",           "Yahoo",            "36647"      },
    {"zendesk",         "Zendesk",          ""           },
    {"zoho",            "Zoho",             "2639"       },
};
#define SERVICES (sizeof services / sizeof *services)

/* By domain, octet by octet. */
enum use {
    HOST = 1, /* its outgoing hosts have names there */
    SIGN = 2, /* it signs so, for customers without a key of their own */
    BOTH = HOST | SIGN,
    RENT = 4, /* names of hosts that anybody rents: they tell nothing of who sends */
};
static const struct name {
    const char *domain, *service;
    enum use use;
} names[] = {
    {"amazonaws.com",          "",                RENT},
    {"amazonses.com",          "ses",             BOTH},
    {"aol.com",                "yahoo",           HOST},
    {"apple.com",              "icloud",          HOST},
    {"aruba.it",               "aruba",           HOST},
    {"azure.com",              "",                RENT},
    {"brevo.com",              "brevo",           BOTH},
    {"brevosend.com",          "brevo",           SIGN},
    {"ccsend.com",             "constantcontact", SIGN},
    {"cloudapp.net",           "",                RENT},
    {"cmail19.com",            "campaignmonitor", BOTH},
    {"cmail20.com",            "campaignmonitor", BOTH},
    {"colocrossing.com",       "",                RENT},
    {"confirmedcc.com",        "constantcontact", HOST},
    {"constantcontact.com",    "constantcontact", BOTH},
    {"contaboserver.net",      "",                RENT},
    {"createsend.com",         "campaignmonitor", BOTH},
    {"exacttarget.com",        "salesforce",      BOTH},
    {"fastmail.com",           "fastmail",        HOST},
    {"freshdesk.com",          "freshdesk",       BOTH},
    {"freshemail.io",          "freshdesk",       BOTH},
    {"gappssmtp.com",          "google",          SIGN},
    {"google.com",             "google",          HOST},
    {"googleusercontent.com",  "",                RENT},
    {"hostwindsdns.com",       "",                RENT},
    {"hotmail.com",            "microsoft",       HOST},
    {"hubspot.com",            "hubspot",         BOTH},
    {"hubspotemail.net",       "hubspot",         BOTH},
    {"icloud.com",             "icloud",          HOST},
    {"infomaniak.ch",          "infomaniak",      HOST},
    {"kimsufi.com",            "",                RENT},
    {"klaviyomail.com",        "klaviyo",         BOTH},
    {"kundenserver.de",        "ionos",           HOST},
    {"linode.com",             "",                RENT},
    {"linodeusercontent.com",  "",                RENT},
    {"mail-out.ovh.net",       "ovh",             HOST},
    {"mail.gandi.net",         "gandi",           HOST},
    {"mail.ovh.net",           "ovh",             HOST},
    {"mailchimpapp.com",       "mailchimp",       SIGN},
    {"mailchimpapp.net",       "mailchimp",       SIGN},
    {"mailgun.net",            "mailgun",         BOTH},
    {"mailgun.org",            "mailgun",         BOTH},
    {"mailgun.us",             "mailgun",         BOTH},
    {"mailin.fr",              "brevo",           BOTH},
    {"mailjet.com",            "mailjet",         BOTH},
    {"mandrillapp.com",        "mailchimp",       BOTH},
    {"mcdlv.net",              "mailchimp",       BOTH},
    {"mcsv.net",               "mailchimp",       BOTH},
    {"messagingengine.com",    "fastmail",        BOTH},
    {"mimecast.com",           "mimecast",        BOTH},
    {"mjt.lu",                 "mailjet",         HOST},
    {"mlsend.com",             "mailerlite",      BOTH},
    {"mlsend2.com",            "mailerlite",      BOTH},
    {"mta.sparkpost.com",      "sparkpost",       HOST},
    {"mtasv.net",              "postmark",        BOTH},
    {"onmicrosoft.com",        "microsoft",       SIGN},
    {"outlook.com",            "microsoft",       HOST},
    {"ovh.ca",                 "",                RENT},
    {"ovh.net",                "",                RENT},
    {"perfora.net",            "ionos",           HOST},
    {"poneytelecom.eu",        "",                RENT},
    {"ppe-hosted.com",         "proofpoint",      HOST},
    {"pphosted.com",           "proofpoint",      HOST},
    {"protection.outlook.com", "microsoft",       HOST},
    {"proton.ch",              "protonmail",      HOST},
    {"protonmail.ch",          "protonmail",      HOST},
    {"rsgsv.net",              "mailchimp",       BOTH},
    {"salesforce.com",         "salesforce",      BOTH},
    {"scw.cloud",              "",                RENT},
    {"secureserver.net",       "",                RENT},
    {"sendgrid.info",          "sendgrid",        SIGN},
    {"sendgrid.me",            "sendgrid",        SIGN},
    {"sendgrid.net",           "sendgrid",        BOTH},
    {"sendinblue.com",         "brevo",           BOTH},
    {"shopify.com",            "shopify",         HOST},
    {"shopifyemail.com",       "shopify",         BOTH},
    {"sparkpostmail.com",      "sparkpost",       BOTH},
    {"staff.aruba.it",         "aruba",           HOST},
    {"stripe.com",             "stripe",          BOTH},
    {"vultrusercontent.com",   "",                RENT},
    {"yahoo.com",              "yahoo",           HOST},
    {"yahoodns.net",           "yahoo",           HOST},
    {"your-server.de",         "",                RENT},
    {"zcsend.net",             "zoho",            SIGN},
    {"zendesk.com",            "zendesk",         BOTH},
    {"zoho.com",               "zoho",            HOST},
    {"zoho.eu",                "zoho",            HOST},
    {"zohomail.com",           "zoho",            BOTH},
};
#define NAMES (sizeof names / sizeof *names)

static int
order(struct sceau_slice left, const char *right)
{
    struct sceau_slice other = sceau_slice_from(right);
    size_t len = left.len < other.len ? left.len : other.len;
    for (size_t i = 0; i < len; i++) {
        int difference =
            (unsigned char)ascii_lower(left.ptr[i]) - (unsigned char)other.ptr[i];
        if (difference != 0)
            return difference;
    }
    return (left.len > other.len) - (left.len < other.len);
}

static const struct name *
find_name(struct sceau_slice domain)
{
    size_t low = 0, high = NAMES;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int way = order(domain, names[middle].domain);
        if (way == 0)
            return &names[middle];
        *(way < 0 ? &high : &low) = way < 0 ? middle : middle + 1;
    }
    return NULL;
}

/* The name itself, or what it lies within: the nearest that has the use. */
static const struct name *
find_within(struct sceau_slice name, enum use use)
{
    while (name.len > 0) {
        const struct name *found = find_name(name);
        if (found != NULL && (found->use & use) != 0)
            return found;
        size_t dot = slice_find(name, '.');
        name = slice_skip(name, dot < name.len ? dot + 1 : name.len);
    }
    return NULL;
}

const struct analysis_service *
analysis_service_find(struct sceau_slice key)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (slice_eq_ci(key, sceau_slice_from(services[i].key)))
            return &services[i];
    return NULL;
}

static const struct analysis_service *
service_within(struct sceau_slice name, enum use use)
{
    const struct name *found = find_within(name, use);
    return found != NULL ? analysis_service_find(sceau_slice_from(found->service))
                         : NULL;
}

const struct analysis_service *
analysis_service_of_host(struct sceau_slice host)
{
    return service_within(host, HOST);
}

const struct analysis_service *
analysis_service_of_signer(struct sceau_slice domain)
{
    return service_within(domain, SIGN);
}

bool
analysis_host_is_rented(struct sceau_slice host)
{
    return find_within(host, RENT) != NULL;
}

const struct analysis_service *
analysis_service_of_system(uint32_t asn)
{
    struct sceau_slice rest, word;
    uint64_t number;
    for (size_t i = 0; asn != 0 && i < SERVICES; i++) {
        rest = sceau_slice_from(services[i].systems);
        while (rest.len > 0 && slice_next(&rest, ' ', &word))
            if (slice_decimal(word, UINT32_MAX, &number) && number == asn)
                return &services[i];
    }
    return NULL;
}

const struct analysis_service *
analysis_service_at(size_t n)
{
    return n < SERVICES ? &services[n] : NULL;
}
