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

/* What an octet does to the sum, from the eight numbers of its bits. */
#define OF_OCTET(n, b0, b1, b2, b3, b4, b5, b6, b7)                                   \
 (((n)&1 ? (b0) : 0) ^ ((n)&2 ? (b1) : 0) ^ ((n)&4 ? (b2) : 0) ^ ((n)&8 ? (b3) : 0) ^ \
  ((n)&16 ? (b4) : 0) ^ ((n)&32 ? (b5) : 0) ^ ((n)&64 ? (b6) : 0) ^                   \
  ((n)&128 ? (b7) : 0))
#define OF_4(n, ...)                                       \
 OF_OCTET(n, __VA_ARGS__), OF_OCTET((n) + 1, __VA_ARGS__), \
     OF_OCTET((n) + 2, __VA_ARGS__), OF_OCTET((n) + 3, __VA_ARGS__)
#define OF_16(n, ...)                                                          \
 OF_4(n, __VA_ARGS__), OF_4((n) + 4, __VA_ARGS__), OF_4((n) + 8, __VA_ARGS__), \
     OF_4((n) + 12, __VA_ARGS__)
#define OF_64(n, ...)                                                               \
 OF_16(n, __VA_ARGS__), OF_16((n) + 16, __VA_ARGS__), OF_16((n) + 32, __VA_ARGS__), \
     OF_16((n) + 48, __VA_ARGS__)
#define OF_EACH_OCTET(...)                                               \
 OF_64(0, __VA_ARGS__), OF_64(64, __VA_ARGS__), OF_64(128, __VA_ARGS__), \
     OF_64(192, __VA_ARGS__)

/* By how many octets come behind it. */
static const uint32_t crc_of[8][256] = {
    {OF_EACH_OCTET(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, 0x1db71064,
                   0x3b6e20c8, 0x76dc4190, 0xedb88320)},
    {OF_EACH_OCTET(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, 0x4ac21251,
                   0x958424a2, 0xf0794f05, 0x3b83984b)},
    {OF_EACH_OCTET(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, 0x1c26a370,
                   0x384d46e0, 0x709a8dc0, 0xe1351b80)},
    {OF_EACH_OCTET(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, 0x5019579f,
                   0xa032af3e, 0x9b14583d, 0xed59b63b)},
    {OF_EACH_OCTET(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1, 0x60e09782,
                   0xc1c12f04, 0x58f35849, 0xb1e6b092)},
    {OF_EACH_OCTET(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d, 0x03d6029b,
                   0x07ac0536, 0x0f580a6c, 0x1eb014d8)},
    {OF_EACH_OCTET(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67, 0x67de9cce,
                   0xcfbd399c, 0x440b7579, 0x8816eaf2)},
    {OF_EACH_OCTET(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5, 0x7cbb312b,
                   0xf9766256, 0x299dc2ed, 0x533b85da)},
};

static uint32_t
low_u32(const char *at)
{
    const uint8_t *o = (const uint8_t *)at;
    return o[0] | (uint32_t)o[1] << 8 | (uint32_t)o[2] << 16 | (uint32_t)o[3] << 24;
}

/* Eight octets at a time: a frame is summed when it is written and when it is read, and one
 * after the other that was a seventh of what folding costs. */
uint32_t
frame_crc32(uint32_t crc, struct sceau_slice octets)
{
    crc = ~crc;
    for (; octets.len >= 8; octets = slice_skip(octets, 8)) {
        uint32_t a = crc ^ low_u32(octets.ptr), b = low_u32(octets.ptr + 4);
        crc = crc_of[7][a & 255] ^ crc_of[6][a >> 8 & 255] ^ crc_of[5][a >> 16 & 255] ^
              crc_of[4][a >> 24] ^ crc_of[3][b & 255] ^ crc_of[2][b >> 8 & 255] ^
              crc_of[1][b >> 16 & 255] ^ crc_of[0][b >> 24];
    }
    for (; octets.len > 0; octets = slice_skip(octets, 1))
        crc = crc >> 8 ^ crc_of[0][(crc ^ (uint8_t)*octets.ptr) & 255];
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
