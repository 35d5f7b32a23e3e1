/* The configuration in force, counted by those who work with it. */
#include "setup.h"

#include <stdlib.h>

static void
setup_free(struct setup *s)
{
    if (s == NULL)
        return;
    environment_close(&s->env);
    free(s);
}

/* What sessions are given. The resolver and the keys are those of the start. */
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
    prepare(holder, holder->first);
    holder->first->users++; /* as the current one */
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
    if (is_last)
        setup_free(s);
}

bool
setup_reload(struct setup_holder *holder, const struct cli_call *call)
{
    int status;
    struct setup *fresh = setup_new(call, &status);
    if (fresh == NULL)
        return false;
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
