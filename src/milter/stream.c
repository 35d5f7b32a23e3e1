/* Cutting a milter connection into commands, wherever the reads happen to end. */
#include "stream.h"

#include <assert.h>
#include <stdlib.h>

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Take up to `len` octets off *octets. */
static struct sceau_slice
take(struct sceau_slice *octets, size_t len)
{
    struct sceau_slice part = slice_sub(*octets, 0, smaller(len, octets->len));
    *octets = slice_skip(*octets, part.len);
    return part;
}

static bool
read_head(struct milter_stream *s, struct sceau_slice *octets, const char **error)
{
    struct sceau_slice part = take(octets, MILTER_HEAD - s->head_len);
    memcpy(s->head + s->head_len, part.ptr, part.len);
    s->head_len += part.len;
    if (s->head_len < MILTER_HEAD)
        return true;
    s->taken = 0;
    switch (milter_head_parse((struct sceau_slice){s->head, MILTER_HEAD}, &s->packet)) {
    case SCEAU_OK: return true;
    case SCEAU_E_LIMIT: *error = "a packet above the limit"; return false;
    case SCEAU_E_SYNTAX:
    case SCEAU_E_SYSTEM: break;
    }
    *error = "not a milter packet";
    return false;
}

/* Keep `part` behind what was kept before; what is above kept_max is dropped. */
static bool
keep(struct milter_stream *s, struct sceau_slice part)
{
    size_t want = smaller(s->packet.data_len, s->packet.kept_max);
    if (want > s->kept_capacity) {
        char *grown = realloc(s->kept, want);
        if (grown == NULL)
            return false;
        s->kept = grown;
        s->kept_capacity = want;
    }
    size_t len = smaller(part.len, want - s->kept_len);
    if (len > 0)
        memcpy(s->kept + s->kept_len, part.ptr, len);
    s->kept_len += len;
    return true;
}

/* A header field above the limit ends where the limit is: see kept_max. */
static bool
end_cut_field(struct milter_stream *s)
{
    if (s->packet.code != MILTER_HEADER || s->kept_len == 0)
        return false;
    s->kept[s->kept_len - 1] = '\0';
    return true;
}

static enum milter_cut
read_kept(struct milter_stream *s, struct sceau_slice *octets,
          struct milter_piece *piece, const char **error)
{
    size_t left = s->packet.data_len - s->taken;
    bool is_cut = s->packet.data_len > s->packet.kept_max;
    if (s->taken == 0 && octets->len >= left && !is_cut) { /* whole, in place */
        piece->data = take(octets, left);
        piece->is_last = true;
        return MILTER_CUT_COMMAND;
    }
    struct sceau_slice part = take(octets, left);
    s->taken += part.len;
    if (!keep(s, part)) {
        *error = "memory is exhausted";
        return MILTER_CUT_BROKEN;
    }
    if (s->taken < s->packet.data_len)
        return MILTER_CUT_NOTHING;
    if (is_cut && !end_cut_field(s)) {
        *error = "a packet above the limit";
        return MILTER_CUT_BROKEN;
    }
    piece->data = (struct sceau_slice){s->kept, s->kept_len};
    piece->is_last = true;
    return MILTER_CUT_COMMAND;
}

static enum milter_cut
read_body(struct milter_stream *s, struct sceau_slice *octets,
          struct milter_piece *piece)
{
    size_t left = s->packet.data_len - s->taken;
    if (left > 0 && octets->len == 0)
        return MILTER_CUT_NOTHING;
    piece->data = take(octets, left);
    s->taken += piece->data.len;
    piece->is_last = s->taken == s->packet.data_len;
    return MILTER_CUT_COMMAND;
}

enum milter_cut
milter_stream_next(struct milter_stream *s, struct sceau_slice *octets,
                   struct milter_piece *piece, const char **error)
{
    if (s->head_len < MILTER_HEAD) {
        if (octets->len == 0)
            return MILTER_CUT_NOTHING;
        s->kept_len = 0; /* the piece given out before is done with */
        if (!read_head(s, octets, error))
            return MILTER_CUT_BROKEN;
        if (s->head_len < MILTER_HEAD)
            return MILTER_CUT_NOTHING;
    }
    piece->code = (enum milter_command)s->packet.code;
    bool is_body = piece->code == MILTER_BODY || piece->code == MILTER_END;
    enum milter_cut cut =
        is_body ? read_body(s, octets, piece) : read_kept(s, octets, piece, error);
    if (cut == MILTER_CUT_COMMAND && piece->is_last)
        s->head_len = 0;
    return cut;
}

void
milter_stream_clear(struct milter_stream *s)
{
    free(s->kept);
    *s = (struct milter_stream){0};
}
