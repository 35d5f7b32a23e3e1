/* The grammar of sceau.conf, line by line; what the words mean is config.c's.
 *
 *     line    = [ section / setting ] [ comment ]
 *     section = "[" word [ quoted ] "]"
 *     setting = key "=" value
 *     comment = "#" ...            at the start of a line or behind a blank
 *     value   = words by blanks; a word in "quotes" may hold blanks, "#", \" and \\ */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "core/cursor.h"

enum reader_kind {
    READER_END,
    READER_SECTION, /* name, label */
    READER_SETTING, /* key, value */
    READER_PROBLEM, /* problem, at */
};

struct reader_line {
    enum reader_kind kind;
    size_t number;            /* from 1 */
    struct sceau_slice text;  /* the whole line: columns count from its start */
    struct sceau_slice name;  /* of the section, or the key */
    struct sceau_slice value; /* without comment and outer blanks, quotes in place; of a
                               * section the label with its quotes, or empty */
    const char *problem;      /* static: what is wrong and what would be right */
    size_t at;                /* octets into text */
};

struct reader {
    struct sceau_slice rest;
    size_t number;
    bool is_over;
};

/* Read `text`; one byte order mark at its start is forgiven. */
struct reader reader_over(struct sceau_slice text);

/* The next line that says something; READER_END behind the last. */
struct reader_line reader_next(struct reader *r);

/* Cut the next word off `rest`, quotes and escapes undone (into the arena where there
 * are escapes). False at the end. `problem` is set, and true returned, when it is
 * malformed. */
bool reader_word(struct sceau_arena *arena, struct sceau_slice *rest,
                 struct sceau_slice *word, const char **problem);

/* What keeps `text` from being a line of ours (static text) and where: a control
 * character, or octets that are no UTF-8. NULL when it is fine. */
const char *reader_refuses(struct sceau_slice text, size_t *at);

#endif
