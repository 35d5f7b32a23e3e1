/* Reverse DNS of the hosts that take mail (RFC 1912 section 2.1, RFC 8601 iprev). */
#include "core/ip.h"
#include "facts.h"

#define PTR_NAMES_MAX 10 /* names of one address that are resolved back */

static struct sceau_slice
address_text(struct check_subject *s, const struct sceau_ip *ip)
{
    char text[SCEAU_IP_TEXT];
    sceau_ip_format(ip, text);
    return slice_copy(s->context->arena, sceau_slice_from(text));
}

/* What a rule says about one address of one host. */
typedef void address_rule(struct check_subject *s, const struct check_host *host,
                          const struct sceau_ip *ip, struct sceau_slice reverse,
                          const struct sceau_dns_answer *ptr);

/* Each mail host's addresses, once, that are not special; and the configured senders'. */
static void
for_each_address(struct check_subject *s, address_rule *rule)
{
    const struct check_mx *mx = check_mx(s);
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        for (size_t k = 0; host != NULL && k < host->address_count; k++) {
            const struct sceau_ip *ip = &host->addresses[k];
            struct sceau_slice reverse = ip_reverse_name(s->context->arena, ip);
            struct sceau_dns_answer ptr = check_ask(s, reverse, SCEAU_DNS_PTR);
            rule(s, host, ip, reverse, &ptr);
        }
    }
}

static void
tell_ptr(struct check_subject *s, const struct check_host *host,
         const struct sceau_ip *ip, struct sceau_slice reverse,
         const struct sceau_dns_answer *ptr)
{
    if (sceau_dns_is_trouble(ptr->status)) {
        check_unknown(s, reverse, SCEAU_DNS_PTR, ptr);
        return;
    }
    if (ptr->count > 0)
        return;
    struct sceau_slice address = address_text(s, ip);
    struct check_finding *f =
        check_report(s, CHECK_SAY(s, N_("{address} ({host}) has no PTR record"),
                                  LANGUAGE_THEIRS("address", address),
                                  LANGUAGE_THEIRS("host", host->name)));
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("address", address),
                       LANGUAGE_THEIRS("host", host->name));
    f->zone_line = check_line(s, reverse, 3600, SCEAU_DNS_PTR,
                              check_format(s, "%.*s.", SLICE_ARG(host->name)));
}

static void
host_ptr(struct check_subject *s)
{
    for_each_address(s, tell_ptr);
}

/* Does one of the PTR names lead back? *trouble: one could not tell. */
static bool
leads_back(struct check_subject *s, const struct sceau_ip *ip,
           const struct sceau_dns_answer *ptr, const struct check_host **trouble)
{
    uint16_t type;
    *trouble = NULL;
    for (size_t i = 0; i < ptr->count && i < PTR_NAMES_MAX; i++) {
        const struct check_host *host = check_host(s, ptr->rrs[i].name);
        for (size_t k = 0; k < host->address_count; k++) {
            if (ip_equal(&host->addresses[k], ip))
                return true;
        }
        if (check_host_trouble(host, &type) != NULL)
            *trouble = host;
    }
    return false;
}

static void
tell_fcrdns(struct check_subject *s, const struct check_host *host,
            const struct sceau_ip *ip, struct sceau_slice reverse,
            const struct sceau_dns_answer *ptr)
{
    const struct check_host *trouble;
    (void)host;
    if (sceau_dns_is_trouble(ptr->status)) {
        check_unknown(s, reverse, SCEAU_DNS_PTR, ptr);
        return;
    }
    if (ptr->count == 0 || leads_back(s, ip, ptr, &trouble))
        return; /* without a PTR host.ptr has said it */
    if (trouble != NULL) {
        check_host_unknown(s, trouble);
        return;
    }
    struct sceau_slice address = address_text(s, ip), name = ptr->rrs[0].name;
    uint16_t forward = ip->version == 4 ? SCEAU_DNS_A : SCEAU_DNS_AAAA;
    struct check_finding *f = check_report(
        s,
        CHECK_SAY(s, N_("{address} is called {name}, which does not have that address"),
                  LANGUAGE_THEIRS("address", address), LANGUAGE_THEIRS("name", name)));
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("name", name));
    f->zone_line = check_line(s, name, 3600, forward, address);
}

static void
host_fcrdns(struct check_subject *s)
{
    for_each_address(s, tell_fcrdns);
}

static const struct check_rule rules[] = {
    {"host.ptr",    N_("Mail hosts have reverse DNS"),   CHECK_DNS, 0, CHECK_WARNING,
     N_("Each sending and MX address has a PTR."),
     N_("Gmail and others refuse mail from an address without reverse DNS, over IPv6 "
        "always."),
     N_("Ask the owner of {address} (the hosting company) for the PTR {host}."),
     host_ptr   },
    {"host.fcrdns", N_("Reverse and forward DNS agree"), CHECK_DNS, 0, CHECK_WARNING,
     N_("Some PTR name of the address resolves back to that address."),
     N_("Receivers trust a name only when it leads back to the address."),
     N_("Add this record, or change the PTR to a name that has the address instead of "
        "{name}."),
     host_fcrdns},
};

const struct check_family check_host_family = CHECK_FAMILY(rules);
