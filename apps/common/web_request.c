/* Requests as query strings: kind=mark&domain=…&source=…&class=…&note=…&author=…,
 * kind=mute&id=…&until=…&note=…&author=…, kind=ignore&reporter=…&ignored=…&note=… */
#include "web_request.h"

#include "environment.h"
#include "insight/findings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE 4352
#define ENDING    ".request"

/* ---- leave ------------------------------------------------------------------------------ */

static bool
write_whole(const char *path, struct sceau_slice text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (fd < 0)
        return false;
    bool is_written =
        write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return is_written;
}

bool
web_request_leave(const char *state, const struct query *request, char path[PATH_SIZE])
{
    char memory[WEB_REQUEST_MAX], draft[PATH_SIZE];
    struct text t = text_in(memory, sizeof memory);
    struct timespec now;
    uint32_t random = 0;
    query_write(&t, request);
    if (t.has_failed || getrandom(&random, sizeof random, 0) != sizeof random) {
        errno = EMSGSIZE;
        return false;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    /* Names sort as they were left. */
    snprintf(path, PATH_SIZE,
             "%.4000s/" WEB_REQUEST_FOLDER "/%012lld%09ld-%08" PRIx32 ENDING, state,
             (long long)now.tv_sec, now.tv_nsec, random);
    snprintf(draft, sizeof draft, "%.4000s/" WEB_REQUEST_FOLDER "/.draft-%08" PRIx32,
             state, random);
    if (write_whole(draft, text_so_far(&t)) && rename(draft, path) == 0)
        return true;
    int saved = errno;
    unlink(draft);
    errno = saved;
    return false;
}

/* ---- take up ------------------------------------------------------------------------------ */

static bool
do_mark(struct insight *in, const struct query *q)
{
    struct sceau_slice word = query_get(q, "class");
    struct sceau_slice domain = query_get(q, "domain"), source = query_get(q, "source");
    enum analysis_class class;
    if (word.len == 0)
        return insight_unmark(in, domain, source);
    return analysis_class_read(word, &class) &&
           insight_mark(in, domain, source, class, query_get(q, "note"),
                        query_get(q, "author"));
}

static bool
do_mute(struct insight *in, const struct query *q)
{
    uint64_t until;
    return slice_decimal(query_get(q, "until"), INT64_MAX, &until) &&
           findings_mute(in, query_get(q, "id"), (int64_t)until, query_get(q, "note"),
                         query_get(q, "author"));
}

static bool
do_ignore(struct insight *in, const struct query *q)
{
    return insight_ignore(in, query_get(q, "reporter"),
                          slice_eq(query_get(q, "ignored"), SCEAU_SLICE("1")),
                          query_get(q, "note"));
}

/* Is it a request at all? What is none is removed. */
static bool
is_understood(const struct query *q)
{
    struct sceau_slice kind = query_get(q, "kind");
    enum analysis_class class;
    uint64_t until;
    if (slice_eq(kind, SCEAU_SLICE("mark")))
        return query_get(q, "source").len > 0 &&
               (query_get(q, "class").len == 0 ||
                analysis_class_read(query_get(q, "class"), &class));
    if (slice_eq(kind, SCEAU_SLICE("ignore")))
        return query_get(q, "reporter").len > 0;
    return slice_eq(kind, SCEAU_SLICE("mute")) && query_get(q, "id").len > 0 &&
           slice_decimal(query_get(q, "until"), INT64_MAX, &until);
}

static bool
read_request(struct sceau_arena *arena, const char *path, struct query *q)
{
    char *memory = sceau_arena_alloc(arena, WEB_REQUEST_MAX);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t len = fd >= 0 && memory != NULL ? read(fd, memory, WEB_REQUEST_MAX) : -1;
    if (fd >= 0)
        close(fd);
    return len > 1 && memory[0] == '?' &&
           query_parse(arena, (struct sceau_slice){memory + 1, (size_t)len - 1}, q);
}

static bool
take_up(struct insight *in, const char *path)
{
    struct query q;
    if (!read_request(in->arena, path, &q) || !is_understood(&q)) {
        complain("%s: not understood, and removed", path);
        unlink(path);
        return true;
    }
    struct sceau_slice kind = query_get(&q, "kind");
    bool is_done = slice_eq(kind, SCEAU_SLICE("mark"))     ? do_mark(in, &q)
                   : slice_eq(kind, SCEAU_SLICE("ignore")) ? do_ignore(in, &q)
                                                           : do_mute(in, &q);
    if (!is_done)
        return false;
    unlink(path);
    return true;
}

static int
is_request(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name), end = strlen(ENDING);
    return len > end && strcmp(entry->d_name + len - end, ENDING) == 0;
}

bool
web_request_waits(const char *state)
{
    char folder[PATH_SIZE];
    bool waits = false;
    snprintf(folder, sizeof folder, "%.4000s/" WEB_REQUEST_FOLDER, state);
    DIR *d = opendir(folder);
    const struct dirent *entry;
    while (d != NULL && !waits && (entry = readdir(d)) != NULL)
        waits = is_request(entry);
    if (d != NULL)
        closedir(d);
    return waits;
}

bool
web_request_take_up(const char *state, struct insight *in, size_t *done)
{
    char folder[PATH_SIZE], path[PATH_SIZE];
    struct dirent **entries = NULL;
    bool is_fine = true;
    snprintf(folder, sizeof folder, "%.4000s/" WEB_REQUEST_FOLDER, state);
    *done = 0;
    int count = scandir(folder, &entries, is_request, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%.4000s/" WEB_REQUEST_FOLDER "/%.255s", state,
                 entries[i]->d_name);
        is_fine = is_fine && take_up(in, path);
        *done += is_fine;
        free(entries[i]);
    }
    free(entries);
    return is_fine;
}
