/* The configuration in force, counted by those who work with it. */
#include "setup.h"

#include "dns/network.h"

#include <stdlib.h>

static void
setup_free(struct setup *s)
{
    if (s == NULL)
        return;
    environment_close(&s->env);
    free(s);
}

/* ---- DNS ---- */

/* The network of an environment that was connected becomes the share's. False when memory is
 * exhausted. */
static bool
share_dns(struct setup *s)
{
    s->dns = calloc(1, sizeof *s->dns);
    if (s->dns == NULL) {
        complain("out of memory");
        return false;
    }
    *s->dns = (struct setup_dns){s->env.resolver, s->env.network, 1};
    s->env.network = NULL;
    return true;
}

static void
release_dns(struct setup_holder *holder, struct setup_dns *dns)
{
    if (dns == NULL)
        return;
    pthread_mutex_lock(&holder->lock);
    bool is_last = --dns->users == 0;
    pthread_mutex_unlock(&holder->lock);
    if (!is_last)
        return;
    dns_network_free(dns->network);
    free(dns);
}

static bool
is_same_dns(const struct config_dns *a, const struct config_dns *b)
{
    bool is_same = a->recursion == b->recursion && a->cache_size == b->cache_size &&
                   a->down_after == b->down_after &&
                   a->resolver.count == b->resolver.count;
    for (size_t i = 0; i < a->resolver.count && is_same; i++) {
        const struct config_server *x = &a->resolver.items[i];
        const struct config_server *y = &b->resolver.items[i];
        is_same =
            x->port == y->port && x->address.version == y->address.version &&
            memcmp(x->address.octets, y->address.octets, sizeof x->address.octets) == 0;
    }
    return is_same;
}

/* A zone file answers everything, whatever [dns] says. */
static bool
connect_anew(struct setup_holder *holder, struct setup *fresh)
{
    struct setup *old = holder->current;
    if (old->dns->network == NULL ||
        is_same_dns(&old->env.config.dns, &fresh->env.config.dns)) {
        pthread_mutex_lock(&holder->lock);
        fresh->dns = old->dns;
        fresh->dns->users++;
        pthread_mutex_unlock(&holder->lock);
        return true;
    }
    return environment_use_server(&fresh->env, fresh->env.call->globals.resolver) ==
               0 &&
           share_dns(fresh);
}

/* ---- setups ---- */

/* What sessions are given. The keys are those of the start. */
static void
prepare(struct setup_holder *holder, struct setup *s)
{
    const struct sceau_config *config = &s->env.config;
    s->verify = (struct sceau_verify_options){
        .discovery = config->dmarc.discovery,
        .psl = s->env.psl,
        .keys = holder->first->env.keys,
        .receiver =
            config->verify.receiver.len > 0 ? config->verify.receiver : holder->host,
        .want_explanation = config->policy.refuse_spf_fail, /* nobody else reads it */
        .want_iprev = config->verify.iprev,
    };
}

/* NULL, with a message and `status`, when it cannot be read. */
static struct setup *
setup_new(const struct cli_call *call, int *status)
{
    struct setup *s = calloc(1, sizeof *s);
    *status = CLI_EXIT_TEMPORARY;
    if (s == NULL) {
        complain("out of memory");
        return NULL;
    }
    *status = environment_load(&s->env, call);
    if (*status == 0) {
        s->users = 1;
        return s;
    }
    setup_free(s);
    return NULL;
}

int
setup_open(struct setup_holder *holder, const struct cli_call *call)
{
    int status;
    pthread_mutex_init(&holder->lock, NULL);
    holder->first = setup_new(call, &status);
    if (holder->first == NULL)
        return status;
    holder->host = environment_host(&holder->first->env);
    return 0;
}

int
setup_connect(struct setup_holder *holder)
{
    int status = environment_connect(&holder->first->env);
    if (status == 0 && !share_dns(holder->first))
        status = CLI_EXIT_TEMPORARY;
    prepare(holder, holder->first);
    holder->current = holder->first;
    return status;
}

struct setup *
setup_take(struct setup_holder *holder)
{
    pthread_mutex_lock(&holder->lock);
    struct setup *s = holder->current;
    s->users++;
    pthread_mutex_unlock(&holder->lock);
    return s;
}

void
setup_give(struct setup_holder *holder, struct setup *s)
{
    pthread_mutex_lock(&holder->lock);
    bool is_last = --s->users == 0;
    pthread_mutex_unlock(&holder->lock);
    if (!is_last)
        return;
    release_dns(holder, s->dns);
    s->dns = NULL;
    if (s != holder->first) /* its keys serve them all */
        setup_free(s);
}

bool
setup_reload(struct setup_holder *holder, const struct cli_call *call)
{
    int status;
    struct setup *fresh = setup_new(call, &status);
    if (fresh == NULL)
        return false;
    if (!connect_anew(holder, fresh)) {
        setup_free(fresh);
        return false;
    }
    prepare(holder, fresh);
    pthread_mutex_lock(&holder->lock);
    struct setup *old = holder->current;
    holder->current = fresh;
    pthread_mutex_unlock(&holder->lock);
    setup_give(holder, old);
    return true;
}

void
setup_close(struct setup_holder *holder)
{
    if (holder->current != NULL)
        setup_give(holder, holder->current);
    setup_free(holder->first);
    pthread_mutex_destroy(&holder->lock);
}
