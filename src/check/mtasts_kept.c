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

static bool
tells_nothing(const struct https_answer *page)
{
    return https_is_unknown(page->failure) || https_is_unreached(page);
}

static bool
read_policy(struct sceau_arena *arena, const struct https_answer *page,
            struct mtasts_policy *policy)
{
    struct sceau_diag diag;
    return page->failure == HTTPS_FINE && page->status == 200 &&
           mtasts_policy_parse(arena, page->body, policy, &diag) == SCEAU_OK;
}

int64_t
mtasts_left_until(struct sceau_arena *arena, const struct mtasts_left *left,
                  struct mtasts_policy *policy)
{
    struct sceau_diag diag;
    bool is_policy = left->text.len > 0 &&
                     mtasts_policy_parse(arena, left->text, policy, &diag) == SCEAU_OK;
    return is_policy ? left->gone + policy->max_age : 0;
}

/* One of mode none binds nobody. A new policy takes the place of the old one: its id changed,
 * and senders ask again. */
static struct mtasts_left
left_after(struct sceau_arena *arena, const struct mtasts_look *last,
           const struct https_answer *page, int64_t now)
{
    struct mtasts_policy policy;
    struct mtasts_left left = last->left;
    if (read_policy(arena, page, &policy))
        return (struct mtasts_left){0};
    if (last->seen > 0 && read_policy(arena, &last->page, &policy))
        left = (struct mtasts_left){policy.mode != MTASTS_NONE ? last->page.body
                                                               : SCEAU_SLICE(""),
                                    now};
    return mtasts_left_until(arena, &left, &policy) > now ? left
                                                          : (struct mtasts_left){0};
}

struct mtasts_look
mtasts_look_again(struct sceau_arena *arena, const struct mtasts_look *last,
                  const struct https_answer *page, int64_t now)
{
    struct mtasts_look look = *last;
    bool keeps = tells_nothing(page) && last->seen > 0 && !tells_nothing(&last->page) &&
                 now - last->seen < MTASTS_LOOK_KEPT;
    look.tried = now;
    if (keeps)
        return look;
    look.seen = now;
    look.page = *page;
    look.left = left_after(arena, last, page, now);
    return look;
}

static void
put_text(struct text *t, struct sceau_slice text)
{
    while (text.len > 0) {
        size_t len = *text.ptr == '\0' ? 0 : slice_utf8_length(text);
        if (len > 0)
            text_slice(t, slice_sub(text, 0, len));
        else
            text_octet(t, '?');
        text = slice_skip(text, len > 0 ? len : 1);
    }
}

struct sceau_slice
mtasts_look_format(struct sceau_arena *arena, const struct mtasts_look *look)
{
    const struct https_answer *page = &look->page;
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "%lld %lld", (long long)look->tried, (long long)look->seen);
    if (look->left.text.len > 0)
        text_format(&t, " %lld %zu", (long long)look->left.gone, look->left.text.len);
    text_format(&t, "\n%s %ld ", words[page->failure], page->status);
    /* on one line, whatever the server called it */
    for (size_t i = 0; i < page->type.len; i++)
        text_octet(&t,
                   (unsigned char)page->type.ptr[i] < ' ' ? ' ' : page->type.ptr[i]);
    text_octet(&t, '\n');
    put_text(&t, look->left.text);
    if (page->failure == HTTPS_FINE && page->status == 200)
        put_text(&t, page->body);
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

/* " GONE LENGTH", or nothing. */
static bool
read_left(struct sceau_slice times, struct sceau_slice *rest, struct mtasts_left *left)
{
    uint64_t gone, length;
    *left = (struct mtasts_left){0};
    if (times.len == 0)
        return true;
    if (!read_number(&times, INT64_MAX / 2, &gone) ||
        !read_number(&times, rest->len, &length))
        return false;
    *left = (struct mtasts_left){slice_sub(*rest, 0, length), (int64_t)gone};
    *rest = slice_skip(*rest, length);
    return true;
}

bool
mtasts_look_parse(struct sceau_slice text, struct mtasts_look *look)
{
    struct sceau_slice rest = text, times, line, word;
    uint64_t tried, seen, status;
    struct https_answer page = {0};
    struct mtasts_left left;
    *look = (struct mtasts_look){0};
    if (!slice_next(&rest, '\n', &times) || !slice_next(&rest, '\n', &line) ||
        !read_number(&times, INT64_MAX, &tried) ||
        !read_number(&times, INT64_MAX, &seen) || !read_left(times, &rest, &left) ||
        !slice_next(&line, ' ', &word) || !read_failure(word, &page.failure) ||
        !read_number(&line, 999, &status))
        return false;
    page.status = (long)status;
    page.type = line;
    page.body = rest;
    *look = (struct mtasts_look){(int64_t)tried, (int64_t)seen, page, left};
    return true;
}
