/* The milter's side of the signer: a stack of channels; who signs takes one, and waits while
 * all are at work. A request that was lost with a signer is put again. Which keys a domain
 * has is asked once a second, not for each message. */
#include "core/monotonic.h"
#include "keys/known.h"
#include "keys/protocol.h"
#include "signer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    TRIES = 4,       /* of one request: the signer may die more than once */
    WAIT_SECONDS = 4 /* for one answer */
};

struct keys_client {
    struct keyring keyring;
    void (*tell)(const char *sentence);
    pthread_mutex_t lock;
    pthread_cond_t is_idle;
    size_t count, idle_count;
    size_t waiting;              /* threads for a channel */
    int idle[KEYS_CHANNELS_MAX]; /* the one used last on top */
    int all[KEYS_CHANNELS_MAX];
    atomic_uint_fast64_t id;
    atomic_bool is_gone;
    struct keys_known *known;
};

static int
take_channel(struct keys_client *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->idle_count == 0) {
        c->waiting++;
        pthread_cond_wait(&c->is_idle, &c->lock);
        c->waiting--;
    }
    int fd = c->idle[--c->idle_count];
    pthread_mutex_unlock(&c->lock);
    return fd;
}

static void
give_channel(struct keys_client *c, int fd)
{
    pthread_mutex_lock(&c->lock);
    c->idle[c->idle_count++] = fd;
    bool is_awaited = c->waiting > 0;
    pthread_mutex_unlock(&c->lock); /* first: who is woken wants it */
    if (is_awaited)
        pthread_cond_signal(&c->is_idle);
}

static void
note_gone(struct keys_client *c)
{
    if (!atomic_exchange(&c->is_gone, true))
        c->tell("the signer and its guard are gone: nothing can be signed before "
                "sceau-milter is started anew");
}

enum outcome {
    ANSWERED,
    AGAIN,
    FAILED,
};

/* The answer to request `id`; older ones are passed over. */
static enum outcome
receive(struct keys_client *c, int fd, uint64_t id, struct keys_answer *answer)
{
    uint8_t in[KEYS_ANSWER_OCTETS + 1];
    for (;;) {
        ssize_t n = recv(fd, in, sizeof in, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return AGAIN; /* whatever holds it up */
        if (n <= 0) {
            note_gone(c);
            return FAILED;
        }
        if (!keys_answer_parse(in, (size_t)n, answer))
            return FAILED;
        if (answer->status == KEYS_ANSWER_LOST)
            return AGAIN;
        if (answer->id == id)
            return ANSWERED;
    }
}

static enum outcome
send_request(struct keys_client *c, int fd, const struct keys_request *request)
{
    uint8_t out[KEYS_REQUEST_OCTETS];
    ssize_t n;
    keys_request_format(request, out);
    do
        n = send(fd, out, sizeof out, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof out)
        return ANSWERED;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        note_gone(c);
    return FAILED;
}

static enum keyring_answer
ask(struct keys_client *c, struct keys_request *request, struct keys_answer *answer)
{
    enum outcome outcome = AGAIN;
    if (atomic_load(&c->is_gone))
        return KEYRING_SILENT;
    int fd = take_channel(c);
    for (int i = 0; i < TRIES && outcome == AGAIN; i++) {
        request->id = atomic_fetch_add(&c->id, 1) + 1;
        outcome = send_request(c, fd, request);
        if (outcome == ANSWERED)
            outcome = receive(c, fd, request->id, answer);
    }
    give_channel(c, fd);
    if (outcome != ANSWERED)
        return KEYRING_SILENT;
    switch (answer->status) {
    case KEYS_ANSWER_FINE: return KEYRING_FINE;
    case KEYS_ANSWER_BROKEN: return KEYRING_BROKEN;
    case KEYS_ANSWER_GONE: return KEYRING_GONE;
    case KEYS_ANSWER_LOST: break;
    }
    return KEYRING_SILENT;
}

static bool
name_domain(struct keys_request *request, struct sceau_slice domain)
{
    if (domain.len == 0 || domain.len > KEYS_DOMAIN_MAX)
        return false;
    request->domain_len = domain.len;
    memcpy(request->domain, domain.ptr, domain.len);
    return true;
}

static enum keyring_answer
ask_keys(struct keyring *self, struct sceau_slice domain, struct keyring_keys *keys)
{
    struct keys_client *c = (struct keys_client *)self;
    struct keys_request request = {.kind = KEYS_ASK_ACTIVE};
    struct keys_answer answer;
    keys->count = 0;
    if (!name_domain(&request, domain) ||
        keys_known_find(c->known, domain, monotonic_ms(), keys))
        return KEYRING_FINE;
    enum keyring_answer outcome = ask(c, &request, &answer);
    if (outcome == KEYRING_FINE) {
        *keys = answer.active;
        keys_known_add(c->known, domain, monotonic_ms(), keys);
    }
    return outcome;
}

static enum keyring_answer
ask_signature(struct keyring *self, struct sceau_slice domain,
              const struct keyring_key *key, const uint8_t digest[32],
              uint8_t signature[SCEAU_SIGNATURE_OCTETS_MAX], size_t *len)
{
    struct keys_request request = {.kind = KEYS_ASK_SIGNATURE};
    struct keys_answer answer;
    *len = 0;
    if (!name_domain(&request, domain))
        return KEYRING_GONE;
    request.selector_len = key->selector_len;
    memcpy(request.selector, key->selector, key->selector_len);
    memcpy(request.digest, digest, sizeof request.digest);
    struct keys_client *c = (struct keys_client *)self;
    enum keyring_answer outcome = ask(c, &request, &answer);
    if (outcome != KEYRING_FINE) {
        keys_known_forget(c->known, domain);
        return outcome;
    }
    *len = answer.signature_len;
    memcpy(signature, answer.signature, answer.signature_len);
    return KEYRING_FINE;
}

struct keys_client *
keys_client_new(const int *ends, size_t count, void (*tell)(const char *sentence))
{
    struct keys_client *c = calloc(1, sizeof *c);
    const struct timeval patience = {.tv_sec = WAIT_SECONDS};
    if (c == NULL || (c->known = keys_known_new()) == NULL) {
        free(c);
        return NULL;
    }
    c->keyring = (struct keyring){ask_keys, ask_signature};
    c->tell = tell;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->is_idle, NULL);
    for (size_t i = 0; i < count; i++) {
        setsockopt(ends[i], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(ends[i], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        c->idle[i] = c->all[i] = ends[i];
    }
    c->count = c->idle_count = count;
    return c;
}

struct keyring *
keys_client_keyring(struct keys_client *c)
{
    return &c->keyring;
}

bool
keys_client_is_alive(struct keys_client *c)
{
    struct pollfd end = {.fd = c->all[0]};
    if (poll(&end, 1, 0) > 0 && (end.revents & (POLLHUP | POLLERR)) != 0)
        note_gone(c);
    return !atomic_load(&c->is_gone);
}

void
keys_client_free(struct keys_client *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++)
        close(c->all[i]);
    pthread_cond_destroy(&c->is_idle);
    pthread_mutex_destroy(&c->lock);
    keys_known_free(c->known);
    free(c);
}
