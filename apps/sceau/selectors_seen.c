/* Uses of selectors in the journal's segments, one after the other. */
#include "selectors_seen.h"

#include "core/slice.h"
#include "core/text.h"
#include "store/frame.h"
#include "store/journal.h"
#include "store/record.h"

#include <dirent.h>
#include <stdio.h>

#define SEGMENT_MEMORY (8 * JOURNAL_SEGMENT_MAX)

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
        s->each(s->self, &(struct selector_use){message->author_domain,
                                                message->selectors[i], when, true});
}

static void
read_segment(struct seeing *s, const char *path)
{
    static struct record_message message; /* large for a stack; one thread reads */
    struct sceau_arena *arena = sceau_arena_new(SEGMENT_MEMORY);
    struct frame_reader reader = {0};
    struct sceau_slice payload;
    char buffer[64 * 1024];
    FILE *file = fopen(path, "rb");
    if (arena != NULL && file != NULL) {
        struct text t = text_new(arena, SIZE_MAX);
        for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
            text_slice(&t, (struct sceau_slice){buffer, n});
        reader.octets = text_done(&t);
    }
    while (reader.octets.ptr != NULL && frame_next(&reader, &payload) == FRAME_GOOD) {
        if (record_read(payload, &message) == SCEAU_OK)
            take_message(s, &message);
    }
    if (file != NULL)
        fclose(file);
    sceau_arena_free(arena);
}

int64_t
selectors_seen(struct sceau_slice state,
               void (*each)(void *self, const struct selector_use *use), void *self)
{
    struct seeing s = {each, self, 0};
    char folder[4096], path[4096 + 256];
    snprintf(folder, sizeof folder, "%.*s/journal", SLICE_ARG(state));
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        read_segment(&s, path);
    }
    if (dir != NULL)
        closedir(dir);
    return s.oldest;
}
