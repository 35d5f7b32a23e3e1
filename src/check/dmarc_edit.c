/* A record is taken apart by the tag reader of src/dmarc and written anew. */
#include "dmarc_edit.h"

#include "config/nearest.h"
#include "core/text.h"
#include "dmarc/record.h"
#include "dmarc/uri.h"
#include "lint.h"

enum {
    TAGS_MAX = 64
};

struct edited_tag {
    struct sceau_slice name, value;
};

/* A record on its way to a better one; v is not among the tags. */
struct edit {
    struct sceau_arena *arena;
    struct edited_tag tags[TAGS_MAX];
    size_t count;
};

static struct edited_tag *
find(struct edit *e, struct sceau_slice name)
{
    for (size_t i = 0; i < e->count; i++) {
        if (slice_eq_ci(e->tags[i].name, name))
            return &e->tags[i];
    }
    return NULL;
}

/* The registry's name for one that is nearly right; the name itself when none is near. */
static struct sceau_slice
right_name(struct sceau_slice name)
{
    size_t count;
    const struct dmarc_tag_rule *rules = dmarc_tag_rules(&count);
    struct nearest near = nearest_to(name);
    for (size_t i = 0; i < count; i++)
        nearest_try(&near, sceau_slice_from(rules[i].name));
    return near.word.len > 0 ? near.word : name;
}

/* The good URIs of a list, without sizes. */
static struct sceau_slice
right_uris(struct sceau_arena *arena, struct sceau_slice value)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_slice rest = value, element;
    while (slice_next(&rest, ',', &element)) {
        struct dmarc_uri uri;
        struct sceau_slice text = slice_trim(element);
        struct text with_scheme = text_new(arena, SIZE_MAX);
        text_string(&with_scheme, "mailto:");
        text_slice(&with_scheme, text);
        struct sceau_slice guess = text_done(&with_scheme);
        if (dmarc_uri_parse(arena, text, &uri) != SCEAU_OK &&
            dmarc_uri_parse(arena, guess, &uri) != SCEAU_OK)
            continue;
        text_string(&t, t.len > 0 ? "," : "");
        text_slice(&t, uri.text);
    }
    return text_done(&t);
}

static struct sceau_slice
right_value(struct sceau_arena *arena, struct sceau_slice name,
            struct sceau_slice value)
{
    const char *english = check_lint_english(arena, value);
    bool is_policy = slice_eq_ci(name, SCEAU_SLICE("p")) ||
                     slice_eq_ci(name, SCEAU_SLICE("sp")) ||
                     slice_eq_ci(name, SCEAU_SLICE("np"));
    if (is_policy && english != NULL)
        return sceau_slice_from(english);
    if (is_policy) {
        struct nearest near = nearest_to(value);
        nearest_try_words(&near, "none quarantine reject");
        return near.word.len > 0 ? near.word : value;
    }
    if (slice_eq_ci(name, SCEAU_SLICE("rua")) || slice_eq_ci(name, SCEAU_SLICE("ruf")))
        return right_uris(arena, value);
    return value;
}

/* Is this value in the tag's grammar? */
static bool
is_readable(struct sceau_arena *arena, const struct dmarc_tag_rule *rule,
            struct sceau_slice value)
{
    struct sceau_dmarc_record scratch = dmarc_record_defaults();
    return value.len > 0 &&
           (rule->read == NULL || rule->read(arena, value, &scratch) == SCEAU_OK);
}

/* Take a tag over when it says something. */
static void
take(struct edit *e, struct sceau_slice name, struct sceau_slice value)
{
    const struct dmarc_tag_rule *rule = dmarc_tag_rule_find(name);
    if (rule == NULL) {
        name = right_name(name);
        rule = dmarc_tag_rule_find(name);
    }
    if (rule == NULL || rule->format == NULL || slice_eq_ci(name, SCEAU_SLICE("v")))
        return; /* unknown, removed, or written in front */
    value = right_value(e->arena, name, value);
    if (!is_readable(e->arena, rule, value) || find(e, name) != NULL ||
        e->count == TAGS_MAX)
        return;
    e->tags[e->count++] = (struct edited_tag){sceau_slice_from(rule->name), value};
}

/* "v=DMARC1 p=none": a blank where a semicolon belongs hides the next tag in the value. */
static void
take_value_behind_version(struct edit *e, struct sceau_slice value)
{
    size_t blank = slice_find(value, ' ');
    if (blank == value.len)
        return;
    struct sceau_slice rest = slice_trim(slice_skip(value, blank));
    size_t equals = slice_find(rest, '=');
    if (equals < rest.len)
        take(e, slice_trim(slice_sub(rest, 0, equals)),
             slice_trim(slice_skip(rest, equals + 1)));
}

static void
read_record(struct edit *e, struct sceau_slice text)
{
    struct dmarc_tag tag;
    for (size_t pos = 0; dmarc_tag_next(text, &pos, &tag);) {
        if (slice_eq_ci(tag.name, SCEAU_SLICE("v")))
            take_value_behind_version(e, tag.value);
        else if (tag.value.ptr != NULL)
            take(e, tag.name, tag.value);
    }
}

static struct sceau_slice
write_record(struct edit *e)
{
    struct text t = text_new(e->arena, SIZE_MAX);
    struct edited_tag *p = find(e, SCEAU_SLICE("p"));
    text_string(&t, "v=DMARC1; p=");
    text_slice(&t, p != NULL ? p->value : SCEAU_SLICE("none"));
    for (size_t i = 0; i < e->count; i++) {
        if (&e->tags[i] == p)
            continue;
        text_string(&t, "; ");
        text_slice(&t, e->tags[i].name);
        text_octet(&t, '=');
        text_slice(&t, e->tags[i].value);
    }
    return text_done(&t);
}

struct sceau_slice
dmarc_mended(struct sceau_arena *arena, struct sceau_slice text)
{
    struct edit e = {.arena = arena};
    read_record(&e, text);
    return write_record(&e);
}

struct sceau_slice
dmarc_with(struct sceau_arena *arena, struct sceau_slice text, const char *name,
           const char *value)
{
    struct edit e = {.arena = arena};
    read_record(&e, text);
    struct edited_tag *tag = find(&e, sceau_slice_from(name));
    if (tag != NULL && value != NULL) {
        tag->value = sceau_slice_from(value);
    } else if (tag != NULL) {
        memmove(tag, tag + 1, (size_t)(&e.tags[e.count] - (tag + 1)) * sizeof *tag);
        e.count--;
    } else if (value != NULL && e.count < TAGS_MAX) {
        e.tags[e.count++] =
            (struct edited_tag){sceau_slice_from(name), sceau_slice_from(value)};
    }
    return write_record(&e);
}
