/* Comma-separated values (RFC 4180) for spreadsheets. */
#ifndef APP_CSV_H
#define APP_CSV_H

#include "core/text.h"

/* One cell in quotes, then `end` ("," or a line end). A cell that a spreadsheet would run
 * as a formula begins with an apostrophe. */
void csv_cell(struct text *out, struct sceau_slice cell, const char *end);

#endif
