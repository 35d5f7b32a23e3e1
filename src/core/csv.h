/* Comma-separated values (RFC 4180) for spreadsheets. */
#ifndef CORE_CSV_H
#define CORE_CSV_H

#include "text.h"

/* One cell in quotes, then `end` ("," or a line end). A cell that a spreadsheet would run
 * as a formula begins with an apostrophe. */
void csv_cell(struct text *out, struct sceau_slice cell, const char *end);

#endif
