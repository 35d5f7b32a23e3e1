/* Uses of selectors in the journal's segments, one after the other. */
#include "selectors_seen.h"

#include "core/slice.h"
#include "segments.h"
#include "store/record.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct seeing {
    void (*each)(void *self, const struct selector_use *use);
    void *self;
    int64_t oldest; /* record; 0: none yet */
    bool is_broken; /* a record of a message could not be read */
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
    struct seeing *s = self;
    if (record_read(payload, &message) == SCEAU_OK)
        take_message(s, &message);
    else
        s->is_broken = s->is_broken || record_type(payload) == RECORD_MESSAGE;
}

void
selectors_seen(struct sceau_slice state, int64_t age, enum language language,
               void (*each)(void *self, const struct selector_use *use), void *self,
               struct selectors_journal *journal)
{
    struct seeing s = {.each = each, .self = self};
    struct segments_look look = {.age = age, .problem.language = language};
    char folder[4096];
    int64_t begin = (int64_t)time(NULL) - age;
    *journal = (struct selectors_journal){0};
    snprintf(folder, sizeof folder, "%.*s/journal", SLICE_ARG(state));
    if (access(folder, F_OK) != 0 && errno == ENOENT)
        return;
    segments_look(folder, &look, take_record, &s);
    journal->oldest =
        look.has_older && (s.oldest == 0 || s.oldest > begin) ? begin : s.oldest;
    journal->problem = look.problem;
    if (s.is_broken && journal->problem.text[0] == '\0')
        problem_tell_file(&journal->problem, folder,
                          N_("a record of a message is broken"));
}
