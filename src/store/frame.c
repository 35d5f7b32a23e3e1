/* Frames of a journal segment. The format stands in frame.h. */
#include "store/frame.h"

static const char magic[4] = {'S', 'J', '0', '1'};

static uint32_t
get_u32(const char *at)
{
    const uint8_t *o = (const uint8_t *)at;
    return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

static void
put_u32(char *at, uint32_t n)
{
    at[0] = (char)(n >> 24);
    at[1] = (char)(n >> 16);
    at[2] = (char)(n >> 8);
    at[3] = (char)n;
}

/* Four bits at a time: sixteen entries need no set-up and stay in one cache line. */
uint32_t
frame_crc32(uint32_t crc, struct sceau_slice octets)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    crc = ~crc;
    for (size_t i = 0; i < octets.len; i++) {
        crc ^= (uint8_t)octets.ptr[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

bool
frame_write(struct text *out, struct sceau_slice payload)
{
    char head[FRAME_HEAD];
    if (payload.len > FRAME_MAX)
        return false;
    memcpy(head, magic, sizeof magic);
    put_u32(head + 4, (uint32_t)payload.len);
    uint32_t crc = frame_crc32(0, (struct sceau_slice){head + 4, 4});
    put_u32(head + 8, frame_crc32(crc, payload));
    text_slice(out, (struct sceau_slice){head, sizeof head});
    text_slice(out, payload);
    return !out->has_failed;
}

/* A whole, sound frame at the start of `s`. */
static bool
read_frame(struct sceau_slice s, struct sceau_slice *payload)
{
    if (s.len < FRAME_HEAD || memcmp(s.ptr, magic, sizeof magic) != 0)
        return false;
    size_t len = get_u32(s.ptr + 4);
    if (len > FRAME_MAX || len > s.len - FRAME_HEAD)
        return false;
    *payload = slice_sub(s, FRAME_HEAD, len);
    uint32_t crc = frame_crc32(0, slice_sub(s, 4, 4));
    return frame_crc32(crc, *payload) == get_u32(s.ptr + 8);
}

/* The next place where a magic may begin, from `at` on. */
static size_t
find_magic(struct sceau_slice octets, size_t at)
{
    struct sceau_slice rest = slice_skip(octets, at);
    return at + slice_find(rest, magic[0]);
}

enum frame_step
frame_next(struct frame_reader *r, struct sceau_slice *payload)
{
    /* A frame that lost its last octets may have taken the first of the next magic for
     * them, and been right: so the search begins a little before the end of the last. */
    size_t back = r->pos < sizeof magic - 1 ? r->pos : sizeof magic - 1;
    size_t at = r->pos;
    bool is_sought = false;
    while (at < r->octets.len) {
        if (read_frame(slice_skip(r->octets, at), payload)) {
            r->skipped += at > r->pos ? at - r->pos : 0;
            r->pos = at + FRAME_HEAD + payload->len;
            return FRAME_GOOD;
        }
        at = find_magic(r->octets, is_sought ? at + 1 : r->pos - back);
        is_sought = true;
    }
    return FRAME_END;
}
