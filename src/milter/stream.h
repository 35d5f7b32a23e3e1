/* Octets as they come off a connection, cut into milter commands. Body octets pass through
 * in place; of other commands only what spans two reads is copied. */
#ifndef MILTER_STREAM_H
#define MILTER_STREAM_H

#include "packet.h"

struct milter_stream {
    char head[MILTER_HEAD];
    size_t head_len;
    struct milter_head packet; /* once head_len is MILTER_HEAD */
    size_t taken;              /* octets of its data */
    char *kept;                /* the part that came with earlier reads; malloc */
    size_t kept_len;
    size_t kept_capacity;
};

enum milter_cut {
    MILTER_CUT_NOTHING, /* all octets are taken, no command is complete */
    MILTER_CUT_COMMAND, /* a whole command; BODY and END: a part, see is_last */
    MILTER_CUT_BROKEN,  /* no milter packet: milter_stream_error says why */
};

struct milter_piece {
    enum milter_command code;
    struct sceau_slice data; /* lives until the next call */
    bool is_last; /* the packet ends here; always true but for BODY and END */
};

/* Take one command, or a part of a body, off *octets. */
enum milter_cut milter_stream_next(struct milter_stream *stream,
                                   struct sceau_slice *octets,
                                   struct milter_piece *piece, const char **error);

/* Give back the memory; the stream begins anew. */
void milter_stream_clear(struct milter_stream *stream);

#endif
