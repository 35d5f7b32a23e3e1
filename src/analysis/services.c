/* The table, by key. A host counts as a service's when its confirmed name lies within one
 * of the domains: those that the services name their outgoing hosts by, as seen in the
 * Received fields of their mail. Hosts of clouds that anybody rents are none. */
#include "services.h"

#include "core/domain.h"

static const struct analysis_service services[] = {
    {"aruba",           "Aruba",            "aruba.it staff.aruba.it"                       },
    {"brevo",           "Brevo",            "sendinblue.com mailin.fr brevo.com"            },
    {"campaignmonitor", "Campaign Monitor", "createsend.com cmail19.com cmail20.com"        },
    {"constantcontact", "Constant Contact", "constantcontact.com confirmedcc.com"           },
    {"fastmail",        "Fastmail",         "messagingengine.com fastmail.com"              },
    {"freshdesk",       "Freshdesk",        "freshemail.io freshdesk.com"                   },
    {"gandi",           "Gandi",            "mail.gandi.net"                                },
    {"google",          "Google",           "google.com"                                    },
    {"hubspot",         "HubSpot",          "hubspotemail.net hubspot.com"                  },
    {"icloud",          "iCloud",           "apple.com icloud.com"                          },
    {"infomaniak",      "Infomaniak",       "infomaniak.ch"                                 },
    {"ionos",           "IONOS",            "kundenserver.de perfora.net"                   },
    {"klaviyo",         "Klaviyo",          "klaviyomail.com"                               },
    {"mailchimp",       "Mailchimp",        "mcsv.net rsgsv.net mcdlv.net mandrillapp.com"  },
    {"mailerlite",      "MailerLite",       "mlsend.com mlsend2.com"                        },
    {"mailgun",         "Mailgun",          "mailgun.net mailgun.org mailgun.us"            },
    {"mailjet",         "Mailjet",          "mailjet.com mjt.lu"                            },
    {"microsoft",       "Microsoft 365",    "outlook.com protection.outlook.com hotmail.com"},
    {"mimecast",        "Mimecast",         "mimecast.com"                                  },
    {"ovh",             "OVH mail",         "mail-out.ovh.net mail.ovh.net"                 },
    {"postmark",        "Postmark",         "mtasv.net"                                     },
    {"proofpoint",      "Proofpoint",       "pphosted.com ppe-hosted.com"                   },
    {"protonmail",      "Proton Mail",      "protonmail.ch proton.ch"                       },
    {"salesforce",      "Salesforce",       "salesforce.com exacttarget.com"                },
    {"sendgrid",        "SendGrid",         "sendgrid.net"                                  },
    {"ses",             "Amazon SES",       "amazonses.com"                                 },
    {"shopify",         "Shopify",          "shopify.com shopifyemail.com"                  },
    {"sparkpost",       "SparkPost",        "sparkpostmail.com mta.sparkpost.com"           },
    {"stripe",          "Stripe",           "stripe.com"                                    },
    {"yahoo",           "Yahoo",            "yahoo.com yahoodns.net aol.com"                },
    {"zendesk",         "Zendesk",          "zendesk.com"                                   },
    {"zoho",            "Zoho",             "zoho.com zoho.eu zohomail.com"                 },
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
analysis_service_find(struct sceau_slice key)
{
    for (size_t i = 0; i < SERVICES; i++)
        if (slice_eq_ci(key, sceau_slice_from(services[i].key)))
            return &services[i];
    return NULL;
}
