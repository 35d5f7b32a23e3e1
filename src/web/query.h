/* Query strings and forms (application/x-www-form-urlencoded), cookies, and the places of
 * this site. Strangers' text in, names and values out. No input or output here. */
#ifndef WEB_QUERY_H
#define WEB_QUERY_H

#include "core/text.h"

#define QUERY_PARAMETERS_MAX 64
#define QUERY_TEXT_MAX       ((size_t)64 * 1024) /* octets of one string */

struct query_parameter {
    struct sceau_slice name, value; /* decoded */
};

struct query {
    struct query_parameter items[QUERY_PARAMETERS_MAX];
    size_t count;
};

/* "a=1&b=x%20y+z": decoded into the arena. False when an escape is broken, when a name
 * stands twice, when a value holds NUL, or a limit is met: such a string comes from no page of ours.
 * Linear but for the number of parameters. */
bool query_parse(struct sceau_arena *arena, struct sceau_slice text,
                 struct query *query);

/* The value, or the empty slice with NULL ptr. */
struct sceau_slice query_get(const struct query *query, const char *name);

/* Add one; false when there is no room. The name is a literal. */
bool query_set(struct query *query, const char *name, struct sceau_slice value);

/* Without that one. */
void query_remove(struct query *query, const char *name);

/* Percent-decode; '+' is a blank where `is_form`. False as above. */
bool query_decode(struct sceau_arena *arena, struct sceau_slice text, bool is_form,
                  struct sceau_slice *value);

/* The same, written: everything but letters, digits and "-._~" as %HH. */
void query_encode(struct text *t, struct sceau_slice value);

/* "?a=1&b=2", or nothing when it is empty. */
void query_write(struct text *t, const struct query *query);

/* The value of a cookie in a Cookie field, or the empty slice with NULL ptr. A name that
 * stands twice has no value: somebody set one beside ours. */
struct sceau_slice cookie_get(struct sceau_slice field, const char *name);

#endif
