/* The one address that all mail comes from, and what brings back the others. */
#include "clients.h"

#include "core/ip.h"
#include "doctor.h"
#include "endpoint.h"
#include "setup/zimbra.h"

#include <inttypes.h>
#include <stdio.h>

static bool
is_loopback(const struct sceau_ip *ip)
{
    static const struct ip_network loopback[] = {
        {{.version = 4, .octets = {127}},      8  },
        {{.version = 6, .octets = {[15] = 1}}, 128},
    };
    return ip_in_network(ip, &loopback[0].address, loopback[0].prefix) ||
           ip_in_network(ip, &loopback[1].address, loopback[1].prefix);
}

static void
add_author(struct doctor_tally *tally, struct sceau_arena *arena,
           struct sceau_slice author)
{
    for (size_t i = 0; i < tally->author_count; i++) {
        if (slice_eq_ci(tally->authors[i], author))
            return;
    }
    if (author.len > 0 && tally->author_count < DOCTOR_CLIENT_AUTHORS)
        tally->authors[tally->author_count++] = slice_copy(arena, author);
}

void
doctor_clients_add(struct doctor_clients *clients, struct sceau_arena *arena,
                   const struct record_message *m)
{
    struct doctor_tally *tally =
        is_loopback(&m->client) ? &clients->loopback : &clients->remote;
    if (m->client.version == 0 || m->is_unverified || m->selector_count > 0)
        return;
    if (tally->messages++ == 0)
        tally->first = m->client;
    tally->is_mixed = tally->is_mixed || !ip_equal(&tally->first, &m->client);
    add_author(tally, arena, m->author_domain);
}

/* Mail of this host itself has a loopback client and proves nothing while there is other. */
static const struct doctor_tally *
deciding(const struct doctor_clients *clients)
{
    return clients->remote.messages > 0 ? &clients->remote : &clients->loopback;
}

uint64_t
doctor_clients_messages(const struct doctor_clients *clients)
{
    return deciding(clients)->messages;
}

const struct sceau_ip *
doctor_clients_only(const struct doctor_clients *clients)
{
    const struct doctor_tally *tally = deciding(clients);
    bool is_enough = tally->messages >= DOCTOR_CLIENT_MESSAGES &&
                     tally->author_count == DOCTOR_CLIENT_AUTHORS;
    return is_enough && !tally->is_mixed ? &tally->first : NULL;
}

/* A filter on this host hands mail back; anything else stands in front of it. */
static const char *
remedy(struct doctor *d, const struct sceau_ip *only)
{
    static struct zimbra z; /* large for a stack */
    zimbra_read(d->zimbra, &z);
    if (is_loopback(only))
        return N_(
            "sceau doctor --only postfix.content_filter    # ask the milter where "
            "mail comes in, before the filter has it");
    if (z.is_here)
        return N_("zmprov gs \"$(zmhostname)\" zimbraMtaMyNetworks    # {address} must "
                  "not be in it; what stands there must pass clients on by XCLIENT "
                  "(postconf -e smtpd_authorized_xclient_hosts={address})");
    return N_(
        "{postconf} -e smtpd_authorized_xclient_hosts={address}    # if it speaks "
        "XCLIENT; for a load balancer smtpd_upstream_proxy_protocol=haproxy; else "
        "ask a milter on the host where mail comes in");
}

void
doctor_journal_clients(struct doctor *d)
{
    char count[32], address[SCEAU_IP_TEXT] = "";
    const struct sceau_ip *only = doctor_clients_only(&d->clients);
    snprintf(count, sizeof count, "%" PRIu64, doctor_clients_messages(&d->clients));
    if (only != NULL)
        sceau_ip_format(only, address);
    const struct language_word words[] = {
        LANGUAGE_OURS("count", sceau_slice_from(count)),
        LANGUAGE_OURS("address", sceau_slice_from(address)),
        LANGUAGE_OURS("postconf", endpoint_postconf(d)),
    };
    const size_t word_count = sizeof words / sizeof *words;
    if (!doctor_has_journal(d))
        return;
    if (only != NULL)
        doctor_tell(d, DOCTOR_WARNING,
                    N_("all {count} messages of the last 7 days that came in have "
                       "{address} as their client: it hides who sent them"),
                    remedy(d, only), words, word_count);
    else
        doctor_tell(d, DOCTOR_OK,
                    N_("messages of the last 7 days that came in: {count}"), NULL,
                    words, word_count);
}
