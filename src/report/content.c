/* Layers: the file, what an archive in it holds, what an archive in that holds. Each is a
 * source; libarchive reads from the one below. Only gzip and zip are taken apart. Limits
 * are by what comes out, never by ratio. */
#include "content.h"

#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#define LAYERS_MAX 3
#define HEAD_MAX   512
#define BLOCK_SIZE ((size_t)16 * 1024)

struct layer {
    struct report_source source; /* its octets, the head first */
    struct content *content;
    struct report_source *file; /* of the lowest; of others NULL: from `below` */
    struct layer *below;
    struct archive *archive; /* that takes this layer apart; NULL: none */
    char head[HEAD_MAX];
    size_t head_len, head_pos;
    char block[BLOCK_SIZE]; /* what libarchive reads */
    char name[256];
    bool has_failed;
};

struct content {
    struct layer layers[LAYERS_MAX];
    size_t top; /* the layer at hand */
    bool has_begun;
    unsigned members;
    uint64_t inflated; /* octets that came out of archives */
    enum report_refusal_kind refusal;
};

/* ---- octets of a layer ---- */

static int64_t
inflate(struct layer *l, char *out, size_t size)
{
    struct content *c = l->content;
    la_ssize_t n = archive_read_data(l->below->archive, out, size);
    if (n < 0) {
        c->refusal = REPORT_REFUSAL_ARCHIVE;
        return -1;
    }
    c->inflated += (uint64_t)n;
    if (c->inflated <= REPORT_INFLATED_MAX)
        return n;
    c->refusal = REPORT_REFUSAL_INFLATED;
    return -1;
}

static int64_t
read_below(struct layer *l, char *out, size_t size)
{
    int64_t n = -1;
    if (l->has_failed)
        return -1;
    if (l->file == NULL)
        n = inflate(l, out, size);
    else if ((n = l->file->read(l->file, out, size)) < 0)
        l->content->refusal = REPORT_REFUSAL_READ;
    l->has_failed = n < 0;
    return n;
}

static int64_t
layer_read(struct report_source *self, char *out, size_t size)
{
    struct layer *l = (struct layer *)self;
    size_t part = l->head_len - l->head_pos;
    if (part == 0)
        return read_below(l, out, size);
    if (part > size)
        part = size;
    memcpy(out, l->head + l->head_pos, part);
    l->head_pos += part;
    return (int64_t)part;
}

static void
layer_begin(struct layer *l, struct content *c)
{
    l->source.read = layer_read;
    l->content = c;
    l->head_len = l->head_pos = 0;
    l->has_failed = false;
}

static void
layer_look(struct layer *l)
{
    int64_t n = 1;
    while (n > 0 && l->head_len < HEAD_MAX) {
        n = read_below(l, l->head + l->head_len, HEAD_MAX - l->head_len);
        l->head_len += n > 0 ? (size_t)n : 0;
    }
}

/* ---- kinds ---- */

static bool
starts(struct sceau_slice s, struct sceau_slice with)
{
    return s.len >= with.len && memcmp(s.ptr, with.ptr, with.len) == 0;
}

static bool
is_archive(struct sceau_slice s)
{
    return starts(s, SCEAU_SLICE("\x1f\x8b")) || starts(s, SCEAU_SLICE("PK\x03\x04")) ||
           starts(s, SCEAU_SLICE("PK\x05\x06"));
}

/* "Name:" of a header field at the start. */
static bool
is_mail(struct sceau_slice s)
{
    size_t colon = slice_find(s, ':');
    if (colon == s.len || colon == 0)
        return false;
    while (colon > 1 && ascii_is_wsp(s.ptr[colon - 1]))
        colon--;
    for (size_t i = 0; i < colon; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
            return false;
    return true;
}

static enum content_kind
kind_of(struct sceau_slice head)
{
    struct sceau_slice s = head;
    if (starts(s, SCEAU_SLICE("\xef\xbb\xbf")))
        s = slice_skip(s, 3);
    while (s.len > 0 && ascii_is_fws(s.ptr[0]))
        s = slice_skip(s, 1);
    if (s.len == 0)
        return CONTENT_EMPTY;
    if (s.ptr[0] == '<' || starts(s, SCEAU_SLICE("\xfe\xff\0<")) ||
        starts(s, SCEAU_SLICE("\xff\xfe<")) || starts(s, SCEAU_SLICE("\0<")))
        return CONTENT_XML;
    if (s.ptr[0] == '{')
        return CONTENT_JSON;
    if (starts(s, SCEAU_SLICE("From ")))
        return CONTENT_MBOX;
    return is_mail(s) ? CONTENT_MAIL : CONTENT_OTHER;
}

/* ---- archives ---- */

static la_ssize_t
on_read(struct archive *archive, void *self, const void **block)
{
    struct layer *l = self;
    int64_t n = l->source.read(&l->source, l->block, sizeof l->block);
    *block = l->block;
    if (n < 0)
        archive_set_error(archive, ARCHIVE_FATAL, "no octets");
    return n;
}

static bool
open_archive(struct layer *l)
{
    bool is_zip = l->head[0] == 'P';
    l->archive = archive_read_new();
    if (l->archive == NULL)
        return false;
    int status = is_zip ? archive_read_support_format_zip_streamable(l->archive)
                        : archive_read_support_filter_gzip(l->archive);
    if (!is_zip && status >= ARCHIVE_WARN)
        status = archive_read_support_format_raw(l->archive);
    return status >= ARCHIVE_WARN &&
           archive_read_open(l->archive, l, NULL, on_read, NULL) >= ARCHIVE_WARN;
}

static void
close_archive(struct layer *l)
{
    if (l->archive != NULL)
        archive_read_free(l->archive);
    l->archive = NULL;
}

enum step {
    STEP_MEMBER,
    STEP_END,
    STEP_REFUSED
};

/* Step to the next file in the archive of layer `l`; the layer above is its octets. */
static enum step
next_member(struct content *c, struct layer *l)
{
    struct archive_entry *entry;
    int status;
    do
        status = archive_read_next_header(l->archive, &entry);
    while (status >= ARCHIVE_WARN && archive_entry_filetype(entry) == AE_IFDIR);
    if (status == ARCHIVE_EOF)
        return STEP_END;
    c->refusal = REPORT_REFUSAL_ARCHIVE;
    if (status < ARCHIVE_WARN)
        return STEP_REFUSED;
    c->refusal = REPORT_REFUSAL_MEMBERS;
    if (++c->members > REPORT_MEMBERS_MAX)
        return STEP_REFUSED;
    const char *path = archive_entry_pathname(entry);
    struct layer *up = &c->layers[++c->top];
    layer_begin(up, c);
    up->below = l;
    up->file = NULL;
    bool has_name = archive_format(l->archive) != ARCHIVE_FORMAT_RAW && path != NULL;
    struct sceau_slice name = sceau_slice_from(has_name ? path : l->name);
    if (name.len >= sizeof up->name)
        name.len = sizeof up->name - 1;
    memcpy(up->name, name.ptr, name.len);
    up->name[name.len] = '\0';
    return STEP_MEMBER;
}

/* ---- entry points ---- */

struct content *
content_new(struct report_source *source, struct sceau_slice name)
{
    struct content *c = malloc(sizeof *c);
    if (c == NULL)
        return NULL;
    /* The blocks of the layers are left as they are: wiping them costs more than all else. */
    c->top = 0;
    c->has_begun = false;
    c->members = 0;
    c->inflated = 0;
    c->refusal = (enum report_refusal_kind)0;
    for (size_t i = 0; i < LAYERS_MAX; i++)
        c->layers[i].archive = NULL;
    struct layer *l = &c->layers[0];
    layer_begin(l, c);
    l->file = source;
    if (name.len >= sizeof l->name)
        name.len = sizeof l->name - 1;
    if (name.len > 0)
        memcpy(l->name, name.ptr, name.len);
    l->name[name.len] = '\0';
    return c;
}

void
content_free(struct content *c)
{
    if (c == NULL)
        return;
    for (size_t i = LAYERS_MAX; i > 0; i--)
        close_archive(&c->layers[i - 1]);
    free(c);
}

/* The archive below is at its end, or broken: go down to the one that has more. */
static enum step
step_on(struct content *c)
{
    while (c->top > 0) {
        struct layer *below = &c->layers[--c->top];
        enum step step = next_member(c, below);
        if (step == STEP_MEMBER)
            return step;
        close_archive(below);
        if (step == STEP_REFUSED)
            return step;
    }
    return STEP_END;
}

enum content_kind
content_next(struct content *c)
{
    enum step step = STEP_MEMBER;
    if (c->has_begun)
        step = step_on(c);
    c->has_begun = true;
    while (step == STEP_MEMBER) {
        struct layer *l = &c->layers[c->top];
        layer_look(l);
        struct sceau_slice head = {l->head, l->head_len};
        if (l->has_failed && l->head_len == 0)
            return CONTENT_REFUSED;
        if (!is_archive(head) || c->top + 1 == LAYERS_MAX)
            return kind_of(head);
        step = STEP_REFUSED;
        c->refusal = REPORT_REFUSAL_ARCHIVE;
        if (open_archive(l))
            step = next_member(c, l);
        if (step != STEP_MEMBER)
            close_archive(l);
        if (step == STEP_END)
            return CONTENT_EMPTY;
    }
    return step == STEP_REFUSED ? CONTENT_REFUSED : CONTENT_END;
}

struct report_source *
content_source(struct content *c)
{
    return &c->layers[c->top].source;
}

struct sceau_slice
content_head(const struct content *c)
{
    const struct layer *l = &c->layers[c->top];
    return (struct sceau_slice){l->head, l->head_len};
}

struct sceau_slice
content_name(const struct content *c)
{
    return sceau_slice_from(c->layers[c->top].name);
}

enum report_refusal_kind
content_refusal(const struct content *c)
{
    return c->refusal;
}
