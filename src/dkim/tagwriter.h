/* A signature field under construction: tags in, folded text out. One for DKIM and ARC. */
#ifndef DKIM_TAGWRITER_H
#define DKIM_TAGWRITER_H

#include "core/text.h"

/* How tags are laid out: "; " between them, lines of at most 78 octets where they can. The
 * relaxed canonicalisation makes one space of a fold, so where a fold may stand is part of
 * what an ARC-Seal signs. */
enum tag_layout {
    TAGS_FOLDED, /* long values are broken as well */
    TAGS_WHOLE,  /* a value is broken only when its line would reach 998 octets */
};

struct tag_writer {
    struct text text;
    enum tag_layout layout;
    size_t name_octets; /* what stands before the body on its first line */
    size_t line;        /* octets on the line so far */
    bool has_tag;
    size_t gap; /* where the value of b= goes */
};

/* `name_octets`: what stands before the body on its first line, colon and space included. */
struct tag_writer tag_writer_begin(struct sceau_arena *arena, enum tag_layout layout,
                                   size_t name_octets);

/* "name=value" behind what stands there. */
void tag_writer_add(struct tag_writer *w, const char *name, struct sceau_slice value);
void tag_writer_add_number(struct tag_writer *w, const char *name, int64_t value);

/* "i=" of an ARC field, behind other tags: with a space before it even where a fold stands,
 * for dkimpy 1.1.4 looks for " i=1;" in the field as it came and fails the chain without. */
void tag_writer_add_instance(struct tag_writer *w, unsigned instance);

/* A value that may be folded anywhere (base64), or behind each colon (names). */
void tag_writer_add_base64(struct tag_writer *w, const char *name,
                           struct sceau_slice value);
void tag_writer_add_names(struct tag_writer *w, const char *name,
                          const struct sceau_slice *names, size_t count);

/* "b=", empty: as the field is when it is signed. */
void tag_writer_add_signature(struct tag_writer *w);

/* The body of the field with its b= empty; {NULL, 0} when the arena is full. */
struct sceau_slice tag_writer_unsigned(struct tag_writer *w);

/* The same with b=. New folds stand only inside it, where its own hash does not see
 * them. */
struct sceau_slice tag_writer_signed(const struct tag_writer *w,
                                     struct sceau_slice base64);

#endif
