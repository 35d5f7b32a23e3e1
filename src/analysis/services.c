/* The table, by key. A host counts as a service's when its confirmed name lies within one
 * of the domains: those that the services name their outgoing hosts by, as seen in the
 * Received fields of their mail. An address without a name counts by its autonomous system,
 * where that is the service's alone. Hosts of clouds that anybody rents are none. */
#include "services.h"

#include "core/domain.h"

static const struct analysis_service services[] = {
    {"aruba",           "Aruba",            "aruba.it staff.aruba.it",                        ""           },
    {"brevo",           "Brevo",            "sendinblue.com mailin.fr brevo.com",             "200484"     },
    {"campaignmonitor", "Campaign Monitor", "createsend.com cmail19.com cmail20.com",
     ""                                                                                                    },
    {"constantcontact", "Constant Contact", "constantcontact.com confirmedcc.com",
     "40444"                                                                                               },
    {"fastmail",        "Fastmail",         "messagingengine.com fastmail.com",               ""           },
    {"freshdesk",       "Freshdesk",        "freshemail.io freshdesk.com",                    ""           },
    {"gandi",           "Gandi",            "mail.gandi.net",                                 ""           },
    {"google",          "Google",           "google.com",                                     ""           },
    {"hubspot",         "HubSpot",          "hubspotemail.net hubspot.com",                   ""           },
    {"icloud",          "iCloud",           "apple.com icloud.com",                           "714"        },
    {"infomaniak",      "Infomaniak",       "infomaniak.ch",                                  ""           },
    {"ionos",           "IONOS",            "kundenserver.de perfora.net",                    ""           },
    {"klaviyo",         "Klaviyo",          "klaviyomail.com",                                ""           },
    {"mailchimp",       "Mailchimp",        "mcsv.net rsgsv.net mcdlv.net mandrillapp.com",   "14782"      },
    {"mailerlite",      "MailerLite",       "mlsend.com mlsend2.com",                         ""           },
    {"mailgun",         "Mailgun",          "mailgun.net mailgun.org mailgun.us",             "396479"     },
    {"mailjet",         "Mailjet",          "mailjet.com mjt.lu",                             "200069"     },
    {"microsoft",       "Microsoft 365",    "outlook.com protection.outlook.com hotmail.com",
     ""                                                                                                    },
    {"mimecast",        "Mimecast",         "mimecast.com",                                   "30031 42427"},
    {"ovh",             "OVH mail",         "mail-out.ovh.net mail.ovh.net",                  ""           },
    {"postmark",        "Postmark",         "mtasv.net",                                      ""           },
    {"proofpoint",      "Proofpoint",       "pphosted.com ppe-hosted.com",                    "22843 26211"},
    {"protonmail",      "Proton Mail",      "protonmail.ch proton.ch",                        "62371"      },
    {"salesforce",      "Salesforce",       "salesforce.com exacttarget.com",                 "14340 22606"},
    {"sendgrid",        "SendGrid",         "sendgrid.net",                                   "11377"      },
    {"ses",             "Amazon SES",       "amazonses.com",                                  ""           },
    {"shopify",         "Shopify",          "shopify.com shopifyemail.com",                   ""           },
    {"sparkpost",       "SparkPost",        "sparkpostmail.com mta.sparkpost.com",            ""           },
    {"stripe",          "Stripe",           "stripe.com",                                     ""           },
    {"yahoo",           "Yahoo",            "yahoo.com yahoodns.net aol.com",                 "36647"      },
    {"zendesk",         "Zendesk",          "zendesk.com",                                    ""           },
    {"zoho",            "Zoho",             "zoho.com zoho.eu zohomail.com",                  "2639"       },
};
#define SERVICES (sizeof services / sizeof *services)

static bool
has_host(const struct analysis_service *s, struct sceau_slice host)
{
    struct sceau_slice rest = sceau_slice_from(s->hosts), domain;
    while (slice_next(&rest, ' ', &domain))
        if (domain_is_within(host, domain))
            return true;
    return false;
}

const struct analysis_service *
analysis_service_of_host(struct sceau_slice host)
{
    for (size_t i = 0; host.len > 0 && i < SERVICES; i++)
        if (has_host(&services[i], host))
            return &services[i];
    return NULL;
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
analysis_service_find(struct sceau_slice key)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (slice_eq_ci(key, sceau_slice_from(services[i].key)))
            return &services[i];
    return NULL;
}
