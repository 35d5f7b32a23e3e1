/* Verdicts for people: a row each, and under it why. */
#ifndef APP_VERIFY_TABLE_H
#define APP_VERIFY_TABLE_H

#include "environment.h"
#include "verify_json.h"

/* `arena` holds what is printed. */
void verify_table_heading(const struct environment *env, struct sceau_arena *arena);

/* number  of the row, from 1 */
void verify_table_row(const struct environment *env, struct sceau_arena *arena,
                      size_t number, const struct verified *verified);

#endif
