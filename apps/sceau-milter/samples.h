/* Samples of messages that failed, into the journal while failure reports are on: what the owner
 * of a domain may be told (store/sample.h), and no more of them than can become reports. */
#ifndef APP_SAMPLES_H
#define APP_SAMPLES_H

#include "remember.h"
#include "store/record.h"
#include "store/sample.h"

#include <pthread.h>

#define SAMPLES_INTERVAL \
 3600                      /* seconds between two whole samples of a domain and cause */
#define SAMPLES_HOUR  1000 /* whole samples an hour: the rest is counted only */
#define SAMPLES_KNOWN 4096 /* domains and causes that are remembered */
#define SAMPLES_ORGANIZATION \
 20 /* whole samples of one organization's domains an hour: each may have a record of its own */
#define SAMPLES_ENDING \
 100 /* and of one ending of two labels, where nobody could tell its organization */
#define SAMPLES_ORGANIZATIONS 1024 /* that are remembered */

/* Which samples were whole lately. Shared by connections. */
struct samples {
    pthread_mutex_t lock;
    int64_t hour; /* that `whole` counts in */
    unsigned whole;
    struct samples_organization {
        uint64_t hash;
        unsigned whole;
    } organizations[SAMPLES_ORGANIZATIONS]; /* of the same hour */
    struct samples_slot {
        uint64_t hash;
        int64_t time; /* of the last whole one, seconds */
    } slots[SAMPLES_KNOWN];
};

void samples_open(struct samples *samples);
void samples_close(struct samples *samples);

/* Octets of a body that have to be kept for them, by this configuration. */
size_t samples_body(const struct sceau_config *config);

/* Who writes. Embed it. False when the record was lost. */
struct samples_journal {
    bool (*append)(struct samples_journal *self, struct sceau_slice payload);
};

/* The samples that this message calls for, into the journal. `record` is what was written of the
 * message itself; `psl` may be NULL. Returns how many were written. */
unsigned samples_message(struct samples *samples, const struct sceau_config *config,
                         const struct policy_config *policy,
                         const struct sceau_psl *psl, const struct remember_key *key,
                         const struct milter_message *message,
                         const struct record_message *record,
                         struct samples_journal *journal);

#endif
