/* Guard and signer. Both end when the sockets' other ends are closed, and are killed with
 * their parent: nobody is left who has keys in memory. */
#include "signer.h"

#include "core/monotonic.h"
#include "keys/cache.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

enum {
    THREAD_STACK = 256 * 1024,
    CHANNELS_MIN = 16,   /* who waits at its socket costs less than who waits for one */
    SETTLED_MS = 10000,  /* who lived so long is started anew at once */
    PAUSE_MS_MAX = 3000, /* between the starts of one that dies at once */
};

struct process {
    const struct keys_signer_options *options;
    int ends[KEYS_CHANNELS_MAX]; /* ours */
};

static void
sleep_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

/* Killed with its parent, and seen by nobody: no core file, no debugger of the same user. */
static void
become(const char *name, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, name);
    if (getppid() != parent)
        _exit(0); /* it died before we asked to die with it */
}

/* ---- the signer ---- */

struct channel {
    int fd;
    struct keys_cache *cache;
    pthread_t thread;
};

/* Until the other end is closed. Whoever sends what is no request gets no answer. */
static void *
serve_channel(void *argument)
{
    struct channel *channel = argument;
    uint8_t in[KEYS_REQUEST_OCTETS + 1], out[KEYS_ANSWER_OCTETS];
    for (;;) {
        struct keys_request request;
        struct keys_answer answer;
        ssize_t n = recv(channel->fd, in, sizeof in, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return NULL;
        if (!keys_request_parse(in, (size_t)n, &request))
            continue;
        keys_cache_answer(channel->cache, &request, monotonic_ms(), &answer);
        keys_answer_format(&answer, out);
        while (send(channel->fd, out, sizeof out, MSG_NOSIGNAL) < 0 && errno == EINTR)
            ;
    }
}

/* Never returns. */
static void
run_signer(const struct process *p, pid_t guard)
{
    const struct keys_signer_options *o = p->options;
    struct channel channels[KEYS_CHANNELS_MAX];
    pthread_attr_t attributes;
    size_t started = 0;
    become("sceau-signer", guard);
    o->confine(o->self, KEYS_SIGNER);
    struct keys_cache *cache = keys_cache_new(&o->place, o->tell);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    for (size_t i = 0; cache != NULL && i < o->channels; i++) {
        channels[i] = (struct channel){.fd = p->ends[i], .cache = cache};
        if (pthread_create(&channels[i].thread, &attributes, serve_channel,
                           &channels[i]) != 0)
            _exit(1);
        started++;
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(channels[i].thread, NULL);
    keys_cache_free(cache);
    _exit(cache != NULL ? 0 : 1);
}

/* ---- the guard ---- */

/* What the one that died was asked is lost: whoever waits for it asks again. */
static void
tell_lost(const struct process *p)
{
    static const struct keys_answer lost = {.status = KEYS_ANSWER_LOST};
    uint8_t out[KEYS_ANSWER_OCTETS];
    keys_answer_format(&lost, out);
    for (size_t i = 0; i < p->options->channels; i++)
        (void)!send(p->ends[i], out, sizeof out, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int
wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void
tell_death(const struct process *p, int status)
{
    char text[128];
    if (WIFSIGNALED(status))
        snprintf(text, sizeof text,
                 "the signer was killed by signal %d; it is started anew",
                 WTERMSIG(status));
    else
        snprintf(text, sizeof text,
                 "the signer ended with status %d; it is started anew",
                 WEXITSTATUS(status));
    p->options->tell(text);
}

/* Never returns. */
static void
run_guard(const struct process *p, pid_t milter)
{
    int64_t pause_ms = 0;
    become("sceau-guard", milter);
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL); /* its files, while they can
                                                          * be read */
    p->options->confine(p->options->self, KEYS_GUARD);
    for (;;) {
        int64_t started = monotonic_ms();
        pid_t guard = getpid(), pid = fork();
        if (pid == 0)
            run_signer(p, guard);
        int status = pid > 0 ? wait_for(pid) : 1 << 8;
        if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            _exit(0); /* the milter closed its ends */
        tell_death(p, status);
        tell_lost(p);
        pause_ms = monotonic_ms() - started >= SETTLED_MS || pause_ms == 0
                       ? 100
                       : pause_ms * 2;
        if (pause_ms > PAUSE_MS_MAX)
            pause_ms = PAUSE_MS_MAX;
        if (pause_ms > 100)
            sleep_ms(pause_ms);
    }
}

/* ---- the start ---- */

size_t
keys_signer_channels(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t channels = 2 * (size_t)(cores > 0 ? cores : 1) + 2;
    if (channels < CHANNELS_MIN)
        channels = CHANNELS_MIN;
    return channels < KEYS_CHANNELS_MAX ? channels : KEYS_CHANNELS_MAX;
}

static int
compare_numbers(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Listeners, logs, what else the parent had open: none of it is the signer's. */
static void
close_others(const struct process *p)
{
    int kept[KEYS_CHANNELS_MAX];
    unsigned from = STDERR_FILENO + 1;
    memcpy(kept, p->ends, p->options->channels * sizeof *kept);
    qsort(kept, p->options->channels, sizeof *kept, compare_numbers);
    for (size_t i = 0; i < p->options->channels; i++) {
        if ((unsigned)kept[i] > from)
            close_range(from, (unsigned)kept[i] - 1, 0);
        from = (unsigned)kept[i] + 1;
    }
    close_range(from, ~0u, 0);
}

static void
close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

pid_t
keys_signer_start(const struct keys_signer_options *options, int *ends)
{
    struct process p = {.options = options};
    size_t made = 0;
    int pair[2];
    while (made < options->channels &&
           socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0) {
        ends[made] = pair[0];
        p.ends[made++] = pair[1];
    }
    pid_t parent = getpid();
    pid_t guard = made == options->channels ? fork() : -1;
    if (guard == 0) {
        static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
        /* A Ctrl-C or a service manager means the milter, which needs us to its end. */
        for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
            signal(ignored[i], SIG_IGN);
        close_others(&p);
        run_guard(&p, parent);
    }
    int saved = errno;
    close_all(p.ends, made);
    if (guard < 0)
        close_all(ends, made);
    errno = saved;
    return guard;
}
