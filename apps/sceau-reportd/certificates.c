/* Once a day the mail hosts of our domains are asked what certificate they show: up to
 * STARTTLS, as a sender would; no mail is sent. */
#include "insight/certificates.h"

#include "check/smtp_probe.h"
#include "reportd.h"

#include <stdio.h>
#include <unistd.h>

#define LOOK_MEMORY ((size_t)64 * 1024 * 1024) /* a ceiling */
#define LOOK_AGE    86400                      /* seconds */
#define HOSTS_MAX   64                         /* addresses asked, of all domains */
#define REPLY_MS    5000                       /* other steps wait meanwhile */
#define TOTAL_MS    10000

struct look {
    struct reportd *r;
    struct insight in;
    struct smtp_target targets[HOSTS_MAX];
    size_t count;
};

/* One address of each family and host is enough. */
static void
add_target(struct look *l, const struct insight_mail_host *host)
{
    for (size_t i = 0; i < l->count; i++)
        if (slice_eq(l->targets[i].host, host->host) &&
            l->targets[i].address.version == host->address.version)
            return;
    if (l->count < HOSTS_MAX)
        l->targets[l->count++] =
            (struct smtp_target){.address = host->address, .host = host->host};
}

static bool
add_domain(struct look *l, struct sceau_slice domain)
{
    const struct insight_mail_host *hosts;
    size_t count;
    if (!insight_mail_hosts(&l->in, domain, &hosts, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        add_target(l, &hosts[i]);
    return true;
}

static bool
find_targets(struct look *l)
{
    size_t count;
    const struct sceau_slice *domains = reportd_domains(l->r, l->in.arena, &count);
    for (size_t i = 0; domains != NULL && i < count; i++)
        if (!add_domain(l, domains[i]))
            return false;
    return domains != NULL;
}

/* Who does not answer is not reported here: what was seen before stays for a week. */
static bool
ask(struct look *l)
{
    struct smtp_outcome outcomes[HOSTS_MAX] = {0};
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    const struct config_check *check = &l->r->env.config.check;
    const struct smtp_probe_options options = {.ehlo = sceau_slice_from(host),
                                               .port = (uint16_t)check->smtp_port,
                                               .allow_private = check->allow_private,
                                               .reply_ms = REPLY_MS,
                                               .total_ms = TOTAL_MS,
                                               .now = l->in.now};
    if (l->count > 0 &&
        smtp_probe(l->in.arena, &options, l->targets, l->count, outcomes) != SCEAU_OK)
        return false;
    for (size_t i = 0; i < l->count; i++)
        if (outcomes[i].certificate_count > 0 &&
            !insight_certificate_write(&l->in, l->targets[i].host,
                                       outcomes[i].not_before, outcomes[i].not_after))
            return false;
    return true;
}

bool
wants_certificates(struct reportd *r)
{
    bool is_played = r->env.zone != NULL && !r->env.config.check.allow_private;
    return r->env.config.alert.certificates && !is_played;
}

bool
step_certificates(struct reportd *r)
{
    struct look l = {
        .r = r, .in = {.db = r->db, .now = reportd_now(r)}
    };
    int64_t *last = &r->certificates_looked;
    if (!wants_certificates(r) || l.in.now - *last < LOOK_AGE)
        return true;
    l.in.arena = sceau_arena_new(LOOK_MEMORY);
    bool is_good = l.in.arena != NULL && find_targets(&l) && ask(&l);
    if (is_good)
        *last = l.in.now;
    else
        reportd_trouble(r, "certificates: %s",
                        l.in.error != NULL ? l.in.error : "they cannot be asked for");
    sceau_arena_free(l.in.arena);
    return is_good;
}
