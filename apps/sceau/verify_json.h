/* `sceau verify --json`: one object a line, DESIGN.md section 8. */
#ifndef APP_VERIFY_JSON_H
#define APP_VERIFY_JSON_H

#include "sceau/verify.h"

/* One message and what was found. */
struct verified {
    const char *file;
    unsigned message; /* in the file, from 1 */
    const struct sceau_verdict *verdict;
    const char
        *action; /* what this host would do: accept, reject, quarantine, tempfail */
    struct sceau_slice authentication_results; /* unfolded */
    bool is_of_milter; /* action and field are those of the milter it was handed to */
    bool has_other_results;   /* and its field tells other results than `verdict` */
    struct sceau_slice reply; /* the SMTP reply it wants; empty: none */
};

/* Without a line end. {NULL, 0} when the arena is full. */
struct sceau_slice verify_json(struct sceau_arena *arena,
                               const struct verified *verified);

/* A file that could not be read. */
struct sceau_slice verify_json_error(struct sceau_arena *arena, const char *file,
                                     size_t line, size_t column, const char *text);

#endif
