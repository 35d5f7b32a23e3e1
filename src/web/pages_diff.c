/* What changed in records, from when each text was seen first and last. A change is a day on
 * which a text came where another one was known, or on which one went. */
#include "web/grid.h"
#include "web/pages_check.h"

#define CHANGES_MAX 200

struct change {
    int64_t time; /* seen first then; of what went without another: seen last */
    const struct pages_record *old, *new; /* either may be NULL */
};

static bool
is_same_name(const struct pages_record *x, const struct pages_record *y)
{
    return slice_eq(x->name, y->name) && slice_eq(x->type, y->type);
}

/* Was the name known before that text came? Else it is no change. */
static bool
was_known(const struct pages_record *records, size_t count,
          const struct pages_record *r)
{
    for (size_t i = 0; i < count; i++)
        if (is_same_name(&records[i], r) && records[i].first < r->first)
            return true;
    return false;
}

/* Of the same name: what came first after that one was seen last; NULL: nothing. */
static const struct pages_record *
successor(const struct pages_record *records, size_t count,
          const struct pages_record *r)
{
    const struct pages_record *next = NULL;
    for (size_t i = 0; i < count; i++)
        if (is_same_name(&records[i], r) && records[i].first > r->last &&
            (next == NULL || records[i].first < next->first))
            next = &records[i];
    return next;
}

/* The text that this one stands in place of; NULL: none. */
static const struct pages_record *
predecessor(const struct pages_record *records, size_t count,
            const struct pages_record *r)
{
    for (size_t i = 0; i < count; i++)
        if (successor(records, count, &records[i]) == r)
            return &records[i];
    return NULL;
}

static size_t
find_changes(const struct pages_record *records, size_t count,
             struct change changes[CHANGES_MAX])
{
    size_t found = 0;
    for (size_t i = 0; i < count && found < CHANGES_MAX; i++) {
        const struct pages_record *r = &records[i];
        if (was_known(records, count, r))
            changes[found++] =
                (struct change){r->first, predecessor(records, count, r), r};
        else if (!r->is_current && r->text.len > 0 &&
                 successor(records, count, r) == NULL)
            changes[found++] = (struct change){r->last, r, NULL};
    }
    return found;
}

/* Few: the latest first. */
static void
put_in_order(struct change *changes, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t n = i; n > 0 && changes[n - 1].time < changes[n].time; n--) {
            struct change moved = changes[n];
            changes[n] = changes[n - 1];
            changes[n - 1] = moved;
        }
}

/* ---- the words of a record ---- */

static bool
next_word(struct sceau_slice *rest, struct sceau_slice *word)
{
    return rest->len > 0 && slice_next(rest, ' ', word);
}

static bool
has_word(struct sceau_slice text, struct sceau_slice word)
{
    struct sceau_slice one;
    while (next_word(&text, &one))
        if (slice_eq(one, word))
            return true;
    return false;
}

/* Words that the other text has not are marked; the sign says the same. */
static void
put_side(struct page *p, const char *sign, const char *tag, struct sceau_slice text,
         struct sceau_slice other)
{
    struct html *h = &p->html;
    struct sceau_slice word;
    html_open(h, "p");
    html_attr_string(h, "class", "mono");
    html_string(h, sign);
    if (text.len == 0) {
        html_string(h, " ");
        html_element_say(h, "span", "soft", N_("none"));
    }
    while (next_word(&text, &word)) {
        html_string(h, " ");
        if (has_word(other, word))
            html_text(h, word);
        else
            html_element(h, tag, NULL, word);
    }
    html_close(h, "p");
}

static void
put_change(struct page *p, const struct change *c)
{
    struct html *h = &p->html;
    const struct pages_record *any = c->new != NULL ? c->new : c->old;
    struct sceau_slice old = c->old != NULL ? c->old->text : SCEAU_SLICE("");
    struct sceau_slice new = c->new != NULL ? c->new->text : SCEAU_SLICE("");
    html_open(h, "li");
    html_open(h, "p");
    html_text(h, page_time(p, c->time));
    html_close(h, "p");
    html_open(h, "div");
    html_open(h, "p");
    html_open(h, "strong");
    html_name(h, any->name);
    html_close(h, "strong");
    html_string(h, " ");
    html_text(h, any->type);
    html_close(h, "p");
    put_side(p, "\xe2\x88\x92", "del", old, new);
    put_side(p, "+", "ins", new, old);
    html_close(h, "div");
    html_close(h, "li");
}

void
pages_diff(struct page *p, const struct pages_record *records, size_t count)
{
    struct html *h = &p->html;
    struct change *changes = sceau_arena_alloc(p->arena, CHANGES_MAX * sizeof *changes);
    size_t found = changes != NULL ? find_changes(records, count, changes) : 0;
    put_in_order(changes, found);
    html_element_say(h, "h2", NULL, N_("What changed"));
    if (found == 0) {
        html_element_say(h, "p", "soft",
                         N_("Nothing, since these records were first looked at."));
        return;
    }
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_open(h, "ul");
    html_attr_string(h, "class", "lines diff");
    for (size_t i = 0; i < found; i++)
        put_change(p, &changes[i]);
    html_close(h, "ul");
    html_close(h, "section");
}
