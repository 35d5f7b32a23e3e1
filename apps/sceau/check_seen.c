/* What this installation knows of DKIM selectors: those named with --selector, and those
 * that the milter's journal has seen or signed with. Read only. */
#include "check.h"
#include "store/frame.h"
#include "store/journal.h"
#include "store/record.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_MAX       4096 /* pairs of domain and selector */
#define SEGMENT_MEMORY (8 * JOURNAL_SEGMENT_MAX)

struct seen {
    struct environment *env;
    struct check_selector *items;
    size_t count;
};

static void
note(struct seen *seen, struct sceau_slice domain, struct sceau_slice selector,
     const char *source, int64_t when)
{
    for (size_t i = 0; i < seen->count; i++) {
        struct check_selector *known = &seen->items[i];
        if (slice_eq_ci(known->domain, domain) &&
            slice_eq_ci(known->selector, selector)) {
            known->last_seen = when > known->last_seen ? when : known->last_seen;
            return;
        }
    }
    if (seen->count == SEEN_MAX)
        return;
    struct check_selector fresh = {slice_copy_lower(seen->env->arena, domain),
                                   slice_copy_lower(seen->env->arena, selector), source,
                                   when};
    if (fresh.domain.ptr != NULL && fresh.selector.ptr != NULL)
        seen->items[seen->count++] = fresh;
}

/* Signatures that passed, and those this host made. A forger can make mail name any
 * selector, so what did not pass is not taken for one in use. */
static void
note_message(struct seen *seen, const struct record_message *message)
{
    int64_t when = (int64_t)(message->time_us / 1000000);
    for (size_t i = 0; i < message->signature_count; i++) {
        const struct record_signature *signature = &message->signatures[i];
        if (signature->result == SCEAU_DKIM_PASS)
            note(seen, signature->domain, signature->selector,
                 N_("seen in the milter's journal"), when);
    }
    for (size_t i = 0; i < message->selector_count; i++)
        note(seen, message->author_domain, message->selectors[i],
             N_("this host signs with it"), when);
}

static void
read_segment(struct seen *seen, const char *path)
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
            note_message(seen, &message);
    }
    if (file != NULL)
        fclose(file);
    sceau_arena_free(arena);
}

/* The journal's folder need not be there, nor be readable by whoever asks. */
static void
read_journal(struct seen *seen)
{
    char folder[4096], path[4096 + 256];
    snprintf(folder, sizeof folder, "%.*s/journal",
             SLICE_ARG(seen->env->config.milter.state));
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        read_segment(seen, path);
    }
    if (dir != NULL)
        closedir(dir);
}

void
check_learn_selectors(struct environment *env, struct check_options *options)
{
    struct seen seen = {.env = env};
    seen.items = sceau_arena_alloc(env->arena, SEEN_MAX * sizeof *seen.items);
    if (seen.items == NULL)
        return;
    read_journal(&seen);
    options->known_selectors = seen.items;
    options->known_selector_count = seen.count;
}
