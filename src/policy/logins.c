/* The login map: a sorted table of senders. Source: postmap(1), postconf(5)
 * smtpd_sender_login_maps. What Postfix does beside (address extensions, names without a
 * domain) is left out: an owner is found or is not. */
#include "logins.h"

#include "core/domain.h"
#include "core/text.h"

#include <stdlib.h>

struct entry {
    struct sceau_slice sender; /* "local@domain" or "@domain", lower case, A-labels */
    struct sceau_slice logins; /* as written, line ends and comments among them */
};

struct policy_logins {
    struct entry *entries;
    size_t count;
    size_t capacity;
};

/* ---- reading ---- */

/* One line without its end. */
static bool
next_line(struct sceau_slice *rest, struct sceau_slice *line)
{
    return slice_next(rest, '\n', line);
}

static bool
is_comment_or_blank(struct sceau_slice line)
{
    struct sceau_slice text = slice_trim(line);
    return text.len == 0 || text.ptr[0] == '#';
}

/* How much of the text a sender stands in: up to the first blank. */
static size_t
word_length(struct sceau_slice line)
{
    size_t n = 0;
    while (n < line.len && !ascii_is_fws(line.ptr[n]))
        n++;
    return n;
}

/* Lower case, the domain as it is compared; one that is no domain is kept, and matches
 * nobody. */
static struct sceau_slice
normal_sender(struct sceau_arena *arena, struct sceau_slice local,
              struct sceau_slice domain)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_slice normal;
    text_lower(&t, local);
    text_octet(&t, '@');
    text_slice(&t, domain_normal(arena, domain, &normal) ? normal : domain);
    return text_done(&t);
}

static bool
add_entry(struct sceau_arena *arena, struct policy_logins *l, struct sceau_slice word,
          struct sceau_slice logins)
{
    size_t at = slice_find_last(word, '@');
    if (at == word.len)
        return true; /* a name without a domain is nobody's author address */
    if (l->count == l->capacity) {
        size_t capacity = l->capacity == 0 ? 64 : l->capacity * 2;
        struct entry *grown = sceau_arena_alloc(arena, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        if (l->count > 0)
            memcpy(grown, l->entries, l->count * sizeof *grown);
        l->entries = grown;
        l->capacity = capacity;
    }
    struct sceau_slice sender =
        normal_sender(arena, slice_sub(word, 0, at), slice_skip(word, at + 1));
    l->entries[l->count++] = (struct entry){sender, logins};
    return sender.ptr != NULL;
}

static int
compare_octets(struct sceau_slice a, struct sceau_slice b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least > 0 ? memcmp(a.ptr, b.ptr, least) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Of two entries for one sender the first stays the first, as postmap keeps it. */
static int
compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = compare_octets(a->sender, b->sender);
    if (order == 0)
        order = (a->logins.ptr > b->logins.ptr) - (a->logins.ptr < b->logins.ptr);
    return order;
}

enum sceau_status
policy_logins_parse(struct sceau_arena *arena, struct sceau_slice text,
                    const struct policy_logins **logins, struct sceau_diag *diag)
{
    struct policy_logins *l = sceau_arena_alloc(arena, sizeof *l);
    struct sceau_slice rest = text, line, next;
    bool has_line = next_line(&rest, &line);
    *diag = (struct sceau_diag){0, NULL};
    if (l == NULL)
        return SCEAU_E_LIMIT;
    while (has_line) {
        struct sceau_slice first = line, logins_text;
        const char *end = line.ptr + line.len;
        while ((has_line = next_line(&rest, &next)) &&
               (is_comment_or_blank(next) || ascii_is_wsp(next.ptr[0])))
            end = next.ptr + next.len;
        line = next;
        if (is_comment_or_blank(first))
            continue;
        size_t word = word_length(first);
        logins_text =
            (struct sceau_slice){first.ptr + word, (size_t)(end - first.ptr) - word};
        if (word == 0 || slice_trim(logins_text).len == 0) {
            diag->offset = (size_t)(first.ptr - text.ptr);
            diag->expected = word == 0 ? N_("a sender at the start of the line")
                                       : N_("the logins of this sender");
            return SCEAU_E_SYNTAX;
        }
        if (!add_entry(arena, l, slice_sub(first, 0, word), logins_text))
            return SCEAU_E_LIMIT;
    }
    if (l->count > 1)
        qsort(l->entries, l->count, sizeof *l->entries, compare_entries);
    *logins = l;
    return SCEAU_OK;
}

/* ---- asking ---- */

/* Is the login among those of one entry? */
static bool
names_login(struct sceau_slice logins, struct sceau_slice login)
{
    struct sceau_slice line;
    while (next_line(&logins, &line)) {
        if (is_comment_or_blank(line))
            continue;
        for (size_t i = 0, n; i < line.len; i += n + 1) {
            n = 0;
            while (i + n < line.len && line.ptr[i + n] != ',' &&
                   !ascii_is_fws(line.ptr[i + n]))
                n++;
            if (n > 0 && slice_eq_ci(slice_sub(line, i, n), login))
                return true;
        }
    }
    return false;
}

/* The first entry of that sender, or NULL. */
static const struct entry *
find(const struct policy_logins *l, struct sceau_slice sender)
{
    size_t low = 0, high = l->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_octets(l->entries[middle].sender, sender) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_found = low < l->count && slice_eq(l->entries[low].sender, sender);
    return is_found ? &l->entries[low] : NULL;
}

#define SENDER_MAX 1024 /* octets; a longer address is in no table */

bool
policy_logins_may(const struct policy_logins *logins, struct sceau_slice login,
                  struct sceau_slice local, struct sceau_slice domain)
{
    char memory[SENDER_MAX];
    struct text t = text_in(memory, sizeof memory);
    if (logins == NULL || login.len == 0 || domain.len == 0)
        return false;
    text_lower(&t, local);
    text_octet(&t, '@');
    text_slice(&t, domain);
    struct sceau_slice sender = text_done(&t);
    if (sender.ptr == NULL)
        return false;
    const struct entry *entry = find(logins, sender);
    if (entry == NULL)
        entry = find(logins, slice_skip(sender, local.len));
    return entry != NULL && names_login(entry->logins, login);
}

size_t
policy_logins_count(const struct policy_logins *logins)
{
    return logins != NULL ? logins->count : 0;
}
