/* What the tests of the live resolver share: a resolver to one server, one question, many
 * threads at once. */
#ifndef TESTS_DNS_LIVE_TESTING_H
#define TESTS_DNS_LIVE_TESTING_H

#include "../unit.h"
#include "core/monotonic.h"
#include "core/slice.h"
#include "dns/live.h"
#include "server.h"

#include <pthread.h>
#include <time.h>

static inline void
sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

static inline struct sceau_resolver *
resolver_to(const char *address, const char *trust_anchor_file)
{
    struct problem problem = {0};
    struct dns_live_options options = {
        .mode = DNS_LIVE_FORWARD,
        .servers = {address},
        .server_count = 1,
        .trust_anchor_file = trust_anchor_file,
    };
    struct sceau_resolver *resolver = dns_live_new(&options, &problem);
    if (resolver == NULL)
        fail_msg("%s", problem.text);
    return resolver;
}

/* Ask, wait, forget the records. */
static inline struct sceau_dns_answer
ask(struct sceau_resolver *resolver, const char *name, uint16_t type,
    uint32_t timeout_ms)
{
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_dns_answer answer;
    resolver->lookup(resolver, arena, sceau_slice_from(name), type, timeout_ms,
                     &answer);
    sceau_arena_free(arena);
    answer.rrs = NULL;
    return answer;
}

struct crowd {
    struct sceau_resolver *resolver;
    const char *name; /* with %d for the number, or without */
    uint16_t type;
    enum sceau_dns_status status;
    size_t octets; /* of each record's text, when it is TXT */
    int rounds;
    int number;
};

static inline void *
crowd_in_thread(void *argument)
{
    struct crowd *crowd = argument;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    for (int i = 0; i < crowd->rounds; i++) {
        struct sceau_dns_answer answer;
        char name[64];
        snprintf(name, sizeof name, "h%d.%s", crowd->number * crowd->rounds + i,
                 crowd->name);
        struct sceau_slice asked =
            sceau_slice_from(crowd->status == SCEAU_DNS_OK ? crowd->name : name);
        crowd->resolver->lookup(crowd->resolver, arena, asked, crowd->type, 5000,
                                &answer);
        if (answer.status != crowd->status)
            fail_msg("%s: %s", name, sceau_dns_status_name(answer.status));
        if (answer.count > 0 && crowd->type == SCEAU_DNS_TXT)
            assert_int_equal(answer.rrs[0].text.len, crowd->octets);
        sceau_arena_clear(arena);
    }
    sceau_arena_free(arena);
    return NULL;
}

static inline void
run_crowd(struct crowd crowd, int count)
{
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    struct crowd *members = calloc((size_t)count, sizeof *members);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)256 * 1024);
    for (int i = 0; i < count; i++) {
        members[i] = crowd;
        members[i].number = i;
        assert_int_equal(pthread_create(&threads[i], &attributes, crowd_in_thread,
                                        &members[i]),
                         0);
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&attributes);
    free(members);
    free(threads);
}

#endif
