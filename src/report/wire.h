/* Reports between two processes: the one that reads what strangers send, and the one that
 * works with what it found. Frames of a type, a length and a payload; whoever takes them
 * believes nothing of it: every length, count and word is checked again. */
#ifndef REPORT_WIRE_H
#define REPORT_WIRE_H

#include "report.h"

#define WIRE_HEAD      5 /* octets: type, length (32 bits, least first) */
#define WIRE_FRAME_MAX ((size_t)4 * 1024 * 1024)

/* A sink that writes frames. */
struct wire_writer {
    struct report_sink sink;
    /* Takes the octets of one frame. */
    void (*write)(struct wire_writer *self, struct sceau_slice frame);
    char *buffer; /* grows; free with wire_writer_clear */
    size_t capacity;
    bool has_failed; /* memory */
};

void wire_writer_init(struct wire_writer *w,
                      void (*write)(struct wire_writer *, struct sceau_slice));
void wire_writer_clear(struct wire_writer *w);

/* The last frame: all was told. */
void wire_write_end(struct wire_writer *w);

enum wire_step {
    WIRE_MORE,   /* the octets hold no whole frame yet */
    WIRE_FRAME,  /* one was taken, and the sink heard of it */
    WIRE_END,    /* the last one */
    WIRE_BROKEN, /* no frame of ours */
};

/* Take one frame off the front of `octets`; *taken is its length. Slices that the sink
 * hears point into `octets`. */
enum wire_step wire_read(struct sceau_slice octets, size_t *taken,
                         struct report_sink *sink);

#endif
