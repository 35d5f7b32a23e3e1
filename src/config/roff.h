/* Pieces of a man page in roff (man(7) macros), with nothing in the text left to be
 * taken for a macro or an escape. */
#ifndef CONFIG_ROFF_H
#define CONFIG_ROFF_H

#include "core/text.h"

/* The title line, and NAME; `name` in any letter case. */
void roff_head(struct text *t, const char *name, unsigned section,
               const char *sentence);

void roff_section(struct text *t, const char *title);

/* A part of a section; the title keeps its letter case. */
void roff_subsection(struct text *t, const char *title);

/* Running text, its lines broken anew; paragraphs stand between empty lines. */
void roff_paragraphs(struct text *t, struct sceau_slice text);

/* Text within a line, escaped. No line end follows. */
void roff_text(struct text *t, struct sceau_slice text);

/* A term in bold with its argument in italics (may be NULL), and what it means. */
void roff_entry(struct text *t, const char *term, const char *argument,
                struct sceau_slice sentence);

/* Lines kept as they stand. */
void roff_verbatim(struct text *t, struct sceau_slice lines);

#endif
