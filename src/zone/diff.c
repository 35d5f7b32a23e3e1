/* Splices to changed lines, changed lines to hunks. Lines that differ nowhere are never
 * among the changed: the splices know. */
#include "diff.h"

#include "core/text.h"

#define AROUND 3 /* lines of context */

/* Old lines from..to (counted from 0, `to` not among them) and what stands there now. */
struct change {
    size_t from, to;
    struct sceau_slice text;
};

struct lines {
    const size_t *starts; /* of each line, and one more: the end */
    size_t count;
    struct sceau_slice text;
};

static bool
find_lines(struct sceau_arena *arena, struct sceau_slice text, struct lines *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n' || i + 1 == text.len;
    size_t *starts = sceau_arena_alloc(arena, (count + 1) * sizeof *starts);
    if (starts == NULL)
        return false;
    *lines = (struct lines){starts, count, text};
    for (size_t i = 0, n = 1; i < text.len && n < count; i++) {
        if (text.ptr[i] == '\n')
            starts[n++] = i + 1;
    }
    starts[count] = text.len;
    return true;
}

/* The line that this octet is in; behind the last one at the end. */
static size_t
line_at(const struct lines *lines, size_t at)
{
    size_t low = 0, high = lines->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lines->starts[middle + 1] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The old lines that a splice touches. New lines between two old ones touch none. */
static struct change
touched(const struct lines *lines, const struct zone_splice *splice)
{
    size_t end = splice->at + splice->len;
    size_t from = line_at(lines, splice->at), to = line_at(lines, end);
    bool is_at_start = from < lines->count ? splice->at == lines->starts[from] : true;
    bool ends_line =
        splice->text.len == 0 || splice->text.ptr[splice->text.len - 1] == '\n';
    bool is_last_open = from == lines->count && lines->count > 0 &&
                        lines->text.ptr[lines->text.len - 1] != '\n';
    if (is_last_open)
        return (struct change){from - 1, from, SLICE_NONE};
    if (is_at_start && ends_line && (to == lines->count || end == lines->starts[to]))
        return (struct change){from, to, SLICE_NONE};
    return (struct change){from, to < lines->count ? to + 1 : to, SLICE_NONE};
}

/* The old text from..to with the splices of this range applied. */
static struct sceau_slice
spliced(struct sceau_arena *arena, const struct lines *lines,
        const struct change *change, const struct zone_splice *splices, size_t count)
{
    struct text t = text_new(arena, SIZE_MAX);
    size_t at = lines->starts[change->from], end = lines->starts[change->to];
    text_string(&t, "");
    for (size_t i = 0; i < count; i++) {
        text_slice(&t, slice_sub(lines->text, at, splices[i].at - at));
        text_slice(&t, splices[i].text);
        at = splices[i].at + splices[i].len;
    }
    text_slice(&t, slice_sub(lines->text, at, end - at));
    return t.len > 0 ? text_done(&t) : SCEAU_SLICE("");
}

/* Splices to changes; those that touch or meet become one. */
static struct change *
find_changes(struct sceau_arena *arena, const struct lines *lines,
             const struct zone_splice *splices, size_t count, size_t *change_count)
{
    struct change *changes = sceau_arena_alloc(arena, (count + 1) * sizeof *changes);
    *change_count = 0;
    for (size_t i = 0; changes != NULL && i < count;) {
        struct change change = touched(lines, &splices[i]);
        size_t first = i++;
        for (; i < count; i++) {
            struct change next = touched(lines, &splices[i]);
            if (next.from > change.to)
                break;
            change.to = next.to > change.to ? next.to : change.to;
        }
        change.text = spliced(arena, lines, &change, splices + first, i - first);
        if (change.text.ptr == NULL)
            return NULL;
        changes[(*change_count)++] = change;
    }
    return changes;
}

/* ---- hunks ---- */

static void
put_line(struct text *t, char sign, struct sceau_slice line)
{
    text_octet(t, sign);
    text_slice(t, line);
    if (line.len == 0 || line.ptr[line.len - 1] != '\n')
        text_string(t, "\n\\ No newline at end of file\n");
}

/* Gives how many. */
static size_t
put_text(struct text *t, char sign, struct sceau_slice text)
{
    size_t count = 0;
    while (text.len > 0) {
        size_t len = slice_find(text, '\n');
        len += len < text.len;
        if (t != NULL)
            put_line(t, sign, slice_sub(text, 0, len));
        text = slice_skip(text, len);
        count++;
    }
    return count;
}

static struct sceau_slice
old_lines(const struct lines *lines, size_t from, size_t to)
{
    return slice_sub(lines->text, lines->starts[from],
                     lines->starts[to] - lines->starts[from]);
}

static void
put_range(struct text *t, char sign, size_t from, size_t count)
{
    text_format(t, "%c%zu", sign, count == 0 ? from : from + 1);
    if (count != 1)
        text_format(t, ",%zu", count);
}

/* One hunk of `count` changes. *shift: lines that the hunks before added. */
static void
put_hunk(struct text *t, const struct lines *lines, const struct change *changes,
         size_t count, size_t *shift)
{
    size_t from = changes[0].from > AROUND ? changes[0].from - AROUND : 0;
    size_t to = changes[count - 1].to + AROUND;
    to = to < lines->count ? to : lines->count;
    size_t new_count = to - from, at = from;
    for (size_t i = 0; i < count; i++)
        new_count +=
            put_text(NULL, '+', changes[i].text) - (changes[i].to - changes[i].from);
    text_string(t, "@@ ");
    put_range(t, '-', from, to - from);
    text_octet(t, ' ');
    put_range(t, '+', from + *shift, new_count);
    text_string(t, " @@\n");
    for (size_t i = 0; i < count; i++) {
        put_text(t, ' ', old_lines(lines, at, changes[i].from));
        put_text(t, '-', old_lines(lines, changes[i].from, changes[i].to));
        put_text(t, '+', changes[i].text);
        at = changes[i].to;
    }
    put_text(t, ' ', old_lines(lines, at, to));
    *shift += new_count - (to - from); /* wraps when lines go; so does the sum */
}

struct sceau_slice
zone_diff(struct sceau_arena *arena, struct sceau_slice old,
          const struct zone_splice *splices, size_t count)
{
    struct lines lines;
    size_t change_count, shift = 0;
    struct text t = text_new(arena, SIZE_MAX);
    if (!find_lines(arena, old, &lines))
        return SLICE_NONE;
    struct change *changes = find_changes(arena, &lines, splices, count, &change_count);
    if (changes == NULL)
        return SLICE_NONE;
    text_string(&t, "");
    for (size_t i = 0; i < change_count;) {
        size_t end = i + 1;
        while (end < change_count &&
               changes[end].from - changes[end - 1].to <= (size_t)2 * AROUND)
            end++;
        put_hunk(&t, &lines, changes + i, end - i, &shift);
        i = end;
    }
    return t.len > 0 ? text_done(&t) : SCEAU_SLICE("");
}
