/* JSON under construction: commas, quotes and escapes in one place. One object a line is
 * what every `--json` prints. No name here is one of jansson's, which links beside it. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "text.h"

struct json {
    struct text text;
    bool needs_comma;
};

struct json json_new(struct sceau_arena *arena);

/* '{' or '[' as a value; its pair closes it. */
void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);

/* The name of the next value in an object. */
void json_key(struct json *j, const char *key);

/* A slice with NULL ptr is null; an empty one is "". */
void json_slice(struct json *j, struct sceau_slice value);

/* A NUL-terminated string; NULL is null. */
void json_text(struct json *j, const char *value);
void json_number(struct json *j, int64_t value);
void json_bool(struct json *j, bool value);
void json_none(struct json *j);

/* A number that is written already: printf's format gives digits and a point only. */
void json_raw(struct json *j, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* key and value in one line */
void json_key_slice(struct json *j, const char *key, struct sceau_slice value);
void json_key_string(struct json *j, const char *key, const char *value);
void json_key_number(struct json *j, const char *key, int64_t value);
void json_key_bool(struct json *j, const char *key, bool value);

/* The text; {NULL, 0} when the arena was full. */
struct sceau_slice json_done(struct json *j);

#endif
