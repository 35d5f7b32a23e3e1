/* Rows of one week as octets, in the order they are given. A row begins with what it does not
 * share with the one before, domain and address; then one octet each for the alignments, the
 * disposition and the cause; the flags; a mask of its days, and for each of these two numbers, messages
 * and reports. Numbers are of seven bits an octet, the lowest first. */
#ifndef STORE_WEEK_ROWS_H
#define STORE_WEEK_ROWS_H

#include "analysis/sources.h"
#include "packed.h"

#define WEEK_ROW_MAX ((size_t)512) /* octets; a domain has 253 at most */

struct week_writer {
    char *octets;
    size_t len, size;
    struct sceau_slice domain; /* of the last row; lies in the octets */
    struct sceau_ip ip;
    bool has_row;
};

/* Into that room, of WEEK_ROW_MAX octets at least. */
void week_writer_begin(struct week_writer *w, char *octets, size_t size);

/* A row more, unless it has no messages on any day. False: it may not fit. Its day is not
 * written. */
bool week_writer_add(struct week_writer *w, const struct analysis_week *week);

/* May be copied: the copy goes on by itself. */
struct week_reader {
    struct packed in;
    struct sceau_slice domain;
    struct sceau_ip ip;
};

struct week_reader week_reader_over(struct sceau_slice octets);

/* The next row; its domain lies in the octets, its day is 0. Values of enums are in their
 * bounds. False at the end, or when it is broken. */
bool week_reader_next(struct week_reader *r, struct analysis_week *week);

#endif
