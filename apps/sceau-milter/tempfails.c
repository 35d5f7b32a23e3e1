/* A lock around the table, and its file. Messages without trouble never come here. */
#include "tempfails.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#define MARK_MEMORY ((size_t)512 * 1024)
#define FILE_MEMORY (2 * TEMPFAIL_TEXT_MAX(TEMPFAIL_CAPACITY) + 4096)

static bool
has_trouble(const struct sceau_verdict *verdict)
{
    return verdict != NULL && (verdict->dmarc.result == SCEAU_DMARC_TEMPERROR ||
                               verdict->arc.result == SCEAU_ARC_TEMPERROR);
}

unsigned
tempfails_count(struct tempfails *t, const struct policy_facts *facts,
                const struct sceau_verdict *verdict)
{
    if (!has_trouble(verdict))
        return 0;
    struct sceau_arena *arena = sceau_arena_new(MARK_MEMORY);
    if (arena == NULL)
        return TEMPFAIL_SPENT;
    const struct tempfail_mark mark = tempfail_mark_of(arena, verdict->header, facts);
    pthread_mutex_lock(&t->lock);
    unsigned count = tempfail_count(t->table, &mark, facts->now);
    pthread_mutex_unlock(&t->lock);
    sceau_arena_free(arena);
    return count;
}

void
tempfails_message(struct tempfails *t, const struct milter_message *message)
{
    if (message->decision->action != POLICY_TEMPFAIL || message->decision->is_shadow ||
        !has_trouble(message->verdict))
        return;
    struct sceau_arena *arena = sceau_arena_new(MARK_MEMORY);
    if (arena == NULL)
        return;
    const struct tempfail_mark mark =
        tempfail_mark_of(arena, message->verdict->header, message->facts);
    pthread_mutex_lock(&t->lock);
    tempfail_note(t->table, &mark, message->facts->now);
    t->is_dirty = true;
    pthread_mutex_unlock(&t->lock);
    sceau_arena_free(arena);
}

/* ---- the file ---- */

/* Empty when there is none that can be read whole. */
static struct sceau_slice
read_saved(struct sceau_arena *arena, const char *dir)
{
    char path[4096];
    size_t room = TEMPFAIL_TEXT_MAX(TEMPFAIL_CAPACITY), len = 0;
    char *content = sceau_arena_alloc(arena, room);
    int n = snprintf(path, sizeof path, "%s/tempfail", dir);
    int fd = content != NULL && n > 0 && (size_t)n < sizeof path
                 ? open(path, O_RDONLY | O_CLOEXEC)
                 : -1;
    ssize_t got = fd >= 0 ? 1 : 0;
    while (got > 0 && len < room) {
        got = read(fd, content + len, room - len);
        if (got > 0)
            len += (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    return (struct sceau_slice){content, len};
}

bool
tempfails_open(struct tempfails *t, const char *dir, int64_t now)
{
    struct hash_key key;
    struct sceau_arena *arena = sceau_arena_new(FILE_MEMORY);
    pthread_mutex_init(&t->lock, NULL);
    if (getrandom(&key, sizeof key, 0) == (ssize_t)sizeof key)
        t->table = tempfail_new(TEMPFAIL_CAPACITY, &key);
    bool is_made = arena != NULL && t->table != NULL;
    if (is_made && dir[0] != '\0')
        (void)tempfail_load(t->table, read_saved(arena, dir), now);
    sceau_arena_free(arena);
    return is_made;
}

bool
tempfails_save(struct tempfails *t, const char *dir, int64_t now)
{
    struct sceau_arena *arena = NULL;
    struct text out = {.has_failed = true};
    pthread_mutex_lock(&t->lock);
    bool is_needed = t->is_dirty;
    if (is_needed && (arena = sceau_arena_new(FILE_MEMORY)) != NULL) {
        out = text_new(arena, TEMPFAIL_TEXT_MAX(TEMPFAIL_CAPACITY));
        tempfail_save(t->table, now, &out);
        t->is_dirty = false;
    }
    pthread_mutex_unlock(&t->lock);
    errno = ENOMEM;
    bool is_saved =
        !is_needed ||
        (!out.has_failed && files_replace(dir, "tempfail", 0600, text_so_far(&out)));
    int why = errno;
    sceau_arena_free(arena);
    errno = why;
    return is_saved;
}

void
tempfails_close(struct tempfails *t)
{
    tempfail_free(t->table);
    t->table = NULL;
    pthread_mutex_destroy(&t->lock);
}
