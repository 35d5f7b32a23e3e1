/* Wiring of the signer: what it may reach, and how its death is told. */
#include "signer.h"

#include "confine.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

struct part {
    const struct environment *env;
    const char *folder; /* of the keys */
};

bool
signer_is_wanted(const struct milter_listener *listeners, size_t count)
{
    bool is_wanted = false;
    for (size_t i = 0; i < count; i++)
        is_wanted |= listeners[i].role != MILTER_ROLE_VERIFY;
    return is_wanted;
}

static void
tell(const char *sentence)
{
    complain("%s", sentence);
}

static void
give_up(void *self, enum keys_part part)
{
    const struct part *p = self;
    confine_signer(p->env, p->folder, part);
}

bool
signer_open(struct signer *s, const struct environment *env, const char *state)
{
    char folder[4096], passphrase[4096];
    int ends[KEYS_CHANNELS_MAX];
    struct part part = {env, folder};
    struct keys_signer_options options = {
        .place = {folder, passphrase},
        .channels = keys_signer_channels(),
        .confine = give_up,
        .self = &part,
        .tell = tell
    };
    snprintf(folder, sizeof folder, "%s/keys", state);
    snprintf(passphrase, sizeof passphrase, "%.*s",
             SLICE_ARG(env->config.keys.passphrase_file));
    s->guard = keys_signer_start(&options, ends);
    if (s->guard > 0)
        s->client = keys_client_new(ends, options.channels, tell);
    if (s->client == NULL)
        complain("the signer cannot be started: %s", strerror(errno));
    return s->client != NULL;
}

struct keyring *
signer_keyring(const struct signer *s)
{
    return s->client != NULL ? keys_client_keyring(s->client) : NULL;
}

enum signer_state
signer_state(const struct signer *s)
{
    if (s->client == NULL)
        return SIGNER_NONE;
    return keys_client_is_alive(s->client) ? SIGNER_ALIVE : SIGNER_GONE;
}

void
signer_close(struct signer *s)
{
    if (s->client == NULL)
        return;
    keys_client_free(s->client);
    s->client = NULL;
    while (waitpid(s->guard, NULL, 0) < 0 && errno == EINTR)
        ;
}
