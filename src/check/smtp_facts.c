/* The SMTP probe run once for a name: each address of each mail host with TLS of today, and
 * again with what is out of date. */
#include "smtp_facts.h"

struct collected {
    struct check_smtp_item items[CHECK_SMTP_ADDRESSES_MAX];
    struct smtp_target targets[2 * CHECK_SMTP_ADDRESSES_MAX];
    struct smtp_outcome outcomes[2 * CHECK_SMTP_ADDRESSES_MAX];
    struct check_smtp smtp;
};

static bool
is_own(const struct check_options *options, const struct sceau_ip *ip)
{
    for (size_t i = 0; i < options->own_count; i++) {
        if (ip_in_network(ip, &options->own[i].address, options->own[i].prefix))
            return true;
    }
    return false;
}

static void
collect(struct check_subject *s, struct collected *c, const struct check_host *host,
        const struct sceau_ip *ip)
{
    char text[SCEAU_IP_TEXT];
    size_t n = c->smtp.count;
    for (size_t i = 0; i < n; i++) {
        if (ip_equal(&c->items[i].ip, ip))
            return; /* two names of one host */
    }
    if (n == CHECK_SMTP_ADDRESSES_MAX)
        return;
    sceau_ip_format(ip, text);
    c->items[n] =
        (struct check_smtp_item){.host = host,
                                 .ip = *ip,
                                 .is_own = is_own(s->options, ip),
                                 .address = slice_copy(s->context->arena,
                                                       sceau_slice_from(text)),
                                 .outcome = &c->outcomes[2 * n],
                                 .old_tls = &c->outcomes[2 * n + 1]};
    c->targets[2 * n] = (struct smtp_target){.address = *ip,
                                             .host = host->name,
                                             .is_own = is_own(s->options, ip)};
    c->targets[2 * n + 1] =
        (struct smtp_target){.address = *ip, .host = host->name, .is_old_tls = true};
    c->smtp.count++;
}

const struct check_smtp *
check_smtp(struct check_subject *s)
{
    static const struct check_smtp none = {.has_failed = true};
    struct check_facts *facts = check_facts(s);
    const struct check_mx *mx = check_mx(s);
    if (facts->smtp != NULL)
        return facts->smtp;
    struct collected *c = check_alloc(s, sizeof *c);
    if (c == NULL)
        return &none;
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        for (size_t k = 0; host != NULL && k < host->address_count; k++)
            collect(s, c, host, &host->addresses[k]);
    }
    const struct smtp_probe_options options = {
        .ehlo = s->options->ehlo.len > 0 ? s->options->ehlo : SCEAU_SLICE("localhost"),
        .port = s->options->smtp_port,
        .allow_private = s->options->allow_private,
        .trust_file = s->options->trust_file,
        .now = s->context->now};
    c->smtp.items = c->items;
    c->smtp.has_failed = smtp_probe(s->context->arena, &options, c->targets,
                                    2 * c->smtp.count, c->outcomes) != SCEAU_OK;
    facts->smtp = &c->smtp;
    return facts->smtp;
}

bool
check_has_smtp(struct check_subject *s, const struct check_smtp *smtp)
{
    size_t greeted = 0;
    for (size_t i = 0; i < smtp->count; i++)
        greeted += smtp->items[i].outcome->has_greeting;
    if (smtp->has_failed)
        check_unknown_because(s,
                              check_tell(s,
                                         N_("this host could not open connections")));
    else if (greeted == 0)
        check_skip(s, N_("no mail host greeted"));
    return !smtp->has_failed && greeted > 0;
}
