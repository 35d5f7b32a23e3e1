/* Uses of selectors in the journal's segments, one after the other. */
#include "selectors_seen.h"

#include "core/slice.h"
#include "segments.h"
#include "store/record.h"

#include <stdio.h>

struct seeing {
    void (*each)(void *self, const struct selector_use *use);
    void *self;
    int64_t oldest; /* record; 0: none yet */
};

static void
take_message(struct seeing *s, const struct record_message *message)
{
    int64_t when = (int64_t)(message->time_us / 1000000);
    s->oldest = s->oldest == 0 || when < s->oldest ? when : s->oldest;
    for (size_t i = 0; i < message->signature_count; i++) {
        const struct record_signature *signature = &message->signatures[i];
        if (signature->result == SCEAU_DKIM_PASS)
            s->each(s->self, &(struct selector_use){signature->domain,
                                                    signature->selector, when, false});
    }
    for (size_t i = 0; i < message->selector_count; i++)
        s->each(s->self, &(struct selector_use){record_signing_domain(message),
                                                message->selectors[i], when, true});
}

static void
take_record(void *self, struct sceau_slice payload)
{
    static struct record_message message; /* large for a stack; one thread reads */
    if (record_read(payload, &message) == SCEAU_OK)
        take_message(self, &message);
}

int64_t
selectors_seen(struct sceau_slice state,
               void (*each)(void *self, const struct selector_use *use), void *self)
{
    struct seeing s = {each, self, 0};
    char folder[4096];
    snprintf(folder, sizeof folder, "%.*s/journal", SLICE_ARG(state));
    struct segments_look look = {.age = 0};
    segments_look(folder, &look, take_record, &s);
    return s.oldest;
}
