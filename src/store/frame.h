/* Frames of a journal segment: what makes an append-only file readable after any crash.
 *
 *     magic "SJ01"   length u32   CRC-32 u32   payload        numbers big-endian
 *
 * The CRC is over length and payload. A frame that was torn by a crash ends the file or is
 * followed by a good one: the reader skips to the next magic whose frame checks. */
#ifndef STORE_FRAME_H
#define STORE_FRAME_H

#include "core/slice.h"
#include "core/text.h"

#define FRAME_HEAD 12                   /* octets before the payload */
#define FRAME_MAX  ((size_t)256 * 1024) /* octets of a payload */

/* Add one frame. False when the payload is over FRAME_MAX or the text is full. */
bool frame_write(struct text *out, struct sceau_slice payload);

/* A walk over the octets of a segment. */
struct frame_reader {
    struct sceau_slice octets;
    size_t pos;     /* of the next octet not yet looked at */
    size_t skipped; /* octets that were no frame so far */
};

enum frame_step {
    FRAME_GOOD, /* *payload is set; it borrows the octets */
    FRAME_END,  /* nothing more; the octets from `pos` on may be a frame still being
                 * written */
};

/* The next good frame. Linear over all calls, but for a magic inside a torn frame. */
enum frame_step frame_next(struct frame_reader *reader, struct sceau_slice *payload);

/* CRC-32 (ISO 3309, the one of gzip: RFC 1952 section 8) of what came before and `octets`; start with 0. */
uint32_t frame_crc32(uint32_t crc, struct sceau_slice octets);

#endif
