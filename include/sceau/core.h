/* What every part of libsceau shares: borrowed octets, one arena per message, a status
 * for work that could not be done, addresses, and the context in which a verdict is made.
 *
 * libsceau opens no file, reads no clock and writes no log. Whatever it needs of the
 * world stands in struct sceau_context, so every verdict replays. */
#ifndef SCEAU_CORE_H
#define SCEAU_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCEAU_API __attribute__((visibility("default")))

/** The library's version as SemVer text, "0.1.0". Static; nothing to free. */
SCEAU_API
const char *sceau_version(void);

/* A borrowed run of octets: what every parser reads. It may hold NUL and 8-bit octets,
 * has no terminator, and lives as long as the buffer it points into. */
struct sceau_slice {
    const char *ptr;
    size_t len; /* octets */
};

/* The slice of a string literal, without its terminator. */
#define SCEAU_SLICE(literal) ((struct sceau_slice){(literal), sizeof(literal) - 1})

/** The slice of a NUL-terminated string, measured once. NULL gives the empty slice. */
SCEAU_API
struct sceau_slice sceau_slice_from(const char *text);

/* Why a call could not do its work. A sender who fails SPF is not one of these. */
enum sceau_status {
    SCEAU_OK = 0,
    SCEAU_E_SYNTAX, /* the input breaks its grammar; the diagnostic says where */
    SCEAU_E_LIMIT,  /* the input is larger than the arena or a named limit admits */
    SCEAU_E_SYSTEM, /* memory or a system call failed; errno was read on the spot */
};

/* Where reading stopped and what should have stood there. Static text, nothing to free. */
struct sceau_diag {
    size_t offset; /* octets from the start of the input */
    const char *expected;
};

/* Memory with one owner and one end of life, under a ceiling. */
struct sceau_arena;

/** A new arena that gives out at most `ceiling` octets between two clears.
 * NULL when memory is exhausted. Free it with sceau_arena_free. */
SCEAU_API
struct sceau_arena *sceau_arena_new(size_t ceiling);

/** Give back everything. NULL is fine. */
SCEAU_API
void sceau_arena_free(struct sceau_arena *arena);

/** Forget everything allocated; keeps some memory for the next message. */
SCEAU_API
void sceau_arena_clear(struct sceau_arena *arena);

/** `size` octets, zeroed, aligned for any type; lives until clear or free.
 * NULL when the ceiling is reached or memory is exhausted. O(size). */
SCEAU_API
void *sceau_arena_alloc(struct sceau_arena *arena, size_t size);

/** Octets given out since the last clear. */
SCEAU_API
size_t sceau_arena_used(const struct sceau_arena *arena);

/** Octets that may still be given out until then: what is below the ceiling. */
SCEAU_API
size_t sceau_arena_left(const struct sceau_arena *arena);

/* The ceiling of one message's arena (DESIGN.md section 10). */
#define SCEAU_MESSAGE_MEMORY ((size_t)4 * 1024 * 1024)

/* An IP address. IPv4-mapped IPv6 (::ffff:0:0/96) is stored as IPv4, so that nobody
 * meets two forms of one address (RFC 7208 section 5). */
struct sceau_ip {
    uint8_t version;    /* 4, 6; 0 = unknown */
    uint8_t octets[16]; /* network order; the first 4 for IPv4 */
};

#define SCEAU_IP_TEXT 46 /* room for the longest textual form and a NUL */

/** Parse dotted decimal or RFC 4291 text, whole input. True when it is an address. */
SCEAU_API
bool sceau_ip_parse(struct sceau_slice text, struct sceau_ip *ip);

/** Write the canonical text (RFC 5952 for IPv6) with a NUL; returns its length.
 * Version 0 gives "unknown". */
SCEAU_API
size_t sceau_ip_format(const struct sceau_ip *ip, char out[SCEAU_IP_TEXT]);

/* What stands in a hole of a step's sentence. */
struct sceau_trace_word {
    const char *name;         /* as between the braces */
    struct sceau_slice value; /* octets of anybody's, not escaped */
    bool is_phrase; /* English of this library, NUL-terminated: may be translated */
};

/* Who listens to the steps of a verdict (`verify --explain`). Embed it in your own
 * struct. `text` is one line of English without a line end, already escaped for a terminal.
 * Whoever tells steps in another language gives `step`, which is then called instead: a
 * sentence, static, with holes ("DMARC {result}: {reason}") and what goes into each; the
 * words live for the call. */
struct sceau_trace {
    void (*line)(struct sceau_trace *self, unsigned depth, struct sceau_slice text);
    void (*step)(struct sceau_trace *self, unsigned depth, const char *sentence,
                 const struct sceau_trace_word *words, size_t count); /* NULL: line */
};

struct sceau_resolver;

/* The world as one verdict sees it. Nothing here is owned by the callee. */
struct sceau_context {
    struct sceau_arena *arena;       /* all that a verdict points to lives here */
    struct sceau_resolver *resolver; /* where DNS questions go */
    int64_t now;                     /* seconds since the epoch, UTC */
    struct sceau_trace *trace;       /* NULL: nobody asked why */
    unsigned trace_depth;            /* how deep the next line is indented */
};

#ifdef __cplusplus
}
#endif
#endif
