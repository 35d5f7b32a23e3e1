/* A look at a policy file as text, and back. */
#include "mtasts_kept.h"

/* Words of the store: they stay as they are. */
static const char *const words[] = {
    [HTTPS_FINE] = "fine",
    [HTTPS_BAD_URL] = "bad-url",
    [HTTPS_NO_ADDRESS] = "no-address",
    [HTTPS_DNS] = "dns",
    [HTTPS_NOT_PUBLIC] = "not-public",
    [HTTPS_REFUSED] = "refused",
    [HTTPS_TIMEOUT] = "timeout",
    [HTTPS_UNREACHABLE] = "unreachable",
    [HTTPS_CERTIFICATE] = "certificate",
    [HTTPS_TOO_LARGE] = "too-large",
    [HTTPS_BROKEN] = "broken",
    [HTTPS_SYSTEM] = "system",
};

struct mtasts_look
mtasts_look_again(const struct mtasts_look *last, const struct https_answer *page,
                  int64_t now)
{
    bool keeps = https_is_unknown(page->failure) && last->seen > 0 &&
                 now - last->seen < MTASTS_LOOK_KEPT;
    return (struct mtasts_look){.tried = now,
                                .seen = keeps ? last->seen : now,
                                .page = keeps ? last->page : *page};
}

struct sceau_slice
mtasts_look_format(struct sceau_arena *arena, const struct mtasts_look *look)
{
    const struct https_answer *page = &look->page;
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "%lld %lld\n%s %ld ", (long long)look->tried, (long long)look->seen,
                words[page->failure], page->status);
    /* on one line, whatever the server called it */
    for (size_t i = 0; i < page->type.len; i++)
        text_octet(&t, page->type.ptr[i] < ' ' ? ' ' : page->type.ptr[i]);
    text_octet(&t, '\n');
    if (page->failure == HTTPS_FINE && page->status == 200)
        text_slice(&t, page->body);
    return text_done(&t);
}

static bool
read_failure(struct sceau_slice word, enum https_failure *failure)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (slice_eq(word, sceau_slice_from(words[i]))) {
            *failure = (enum https_failure)i;
            return true;
        }
    }
    return false;
}

static bool
read_number(struct sceau_slice *line, uint64_t most, uint64_t *number)
{
    struct sceau_slice word;
    return slice_next(line, ' ', &word) && slice_decimal(word, most, number);
}

bool
mtasts_look_parse(struct sceau_slice text, struct mtasts_look *look)
{
    struct sceau_slice rest = text, times, line, word;
    uint64_t tried, seen, status;
    struct https_answer page = {0};
    *look = (struct mtasts_look){0};
    if (!slice_next(&rest, '\n', &times) || !slice_next(&rest, '\n', &line) ||
        !read_number(&times, INT64_MAX, &tried) ||
        !read_number(&times, INT64_MAX, &seen) || !slice_next(&line, ' ', &word) ||
        !read_failure(word, &page.failure) || !read_number(&line, 999, &status))
        return false;
    page.status = (long)status;
    page.type = line;
    page.body = rest;
    *look = (struct mtasts_look){(int64_t)tried, (int64_t)seen, page};
    return true;
}
