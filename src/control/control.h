/* The lines that `sceau` and a running daemon exchange over its control socket.
 *
 * A request is one line: words between single blanks. The answer is "ok", a line for each
 * item, "end COUNT"; or "error TEXT" alone. An answer without its end was cut off. Names are
 * printable: what is not is written \xHH (text_escaped), so no name holds a tab or a line
 * end. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "core/slice.h"
#include "core/text.h"

#define CONTROL_SOCKET      "control.sock" /* in the state directory */
#define CONTROL_REQUEST_MAX 512            /* octets of a request with its line end */
#define CONTROL_NAME_MAX    253            /* octets of a name asked for */
#define CONTROL_WORD_MAX    32             /* octets of type and status of an item */

enum control_verb {
    CONTROL_CACHE_LIST,  /* what is known of a name and below it, or of all */
    CONTROL_CACHE_FLUSH, /* forget that */
};

struct control_request {
    enum control_verb verb;
    struct sceau_slice name; /* lower case, without final dot; empty: all */
};

/* Read a request without its line end. `name` lives in the arena.
 *
 * Returns SCEAU_OK; SCEAU_E_SYNTAX with diag; SCEAU_E_LIMIT: longer than it may be, or the
 * arena is full. */
enum sceau_status control_request_parse(struct sceau_arena *arena,
                                        struct sceau_slice line,
                                        struct control_request *request,
                                        struct sceau_diag *diag);

/* The same as a line, with its end. */
void control_request_format(struct text *out, const struct control_request *request);

/* One answer of the DNS cache. */
struct control_item {
    struct sceau_slice name;   /* as the cache has it; read: escaped */
    struct sceau_slice type;   /* "TXT" */
    struct sceau_slice status; /* "NOERROR", "NXDOMAIN" */
    uint64_t records;
    bool secure;
    uint64_t left_s; /* until it is forgotten */
    uint64_t octets; /* of memory */
};

/* A line of an answer, with its end. */
void control_item_format(struct text *out, const struct control_item *item);

enum control_line {
    CONTROL_LINE_OK,
    CONTROL_LINE_ITEM,
    CONTROL_LINE_END,   /* `count` is set */
    CONTROL_LINE_ERROR, /* `text` is set */
    CONTROL_LINE_BROKEN,
};

/* One line of an answer to "cache ...", without its end. Slices borrow. */
enum control_line control_line_parse(struct sceau_slice line, struct control_item *item,
                                     uint64_t *count, struct sceau_slice *text);

#endif
