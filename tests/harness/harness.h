/* sceau-harness: one conformance case a line in, one result a line out
 * (tests/data/suites/HARNESS.md). It calls the modules through their headers and knows no
 * case: what it answers is what a program would get. */
#ifndef HARNESS_HARNESS_H
#define HARNESS_HARNESS_H

#include "sceau/verify.h"

#include "core/slice.h"

#include <jansson.h>

#define HARNESS_NOW 1500000000 /* HARNESS.md: when `now` is absent */
#define HARNESS_INPUT_MEMORY \
 ((size_t)64 * 1024 * 1024) /* octets of one case's strings */

/* What lasts from case to case. */
struct harness {
    const char *root;           /* paths of cases are relative to it */
    struct harness_file *zones; /* read before, by path */
    struct harness_file *lists; /* the same for suffix lists */
};

/* One case as an operation sees it. */
struct harness_case {
    struct harness *harness;
    const json_t *in;             /* an object, empty when the case has none */
    struct sceau_context context; /* a fresh arena, the case's zone and its time */
    struct sceau_arena
        *inputs; /* the case's strings: outside the ceiling of a message */
    struct sceau_slice message; /* the octets of `msg`; empty without one */
    char error[256];            /* why there is no result */
};

/* An operation: the result object without its id, or NULL with c->error set. */
typedef json_t *harness_op(struct harness_case *c);

/* ---- world.c: what a case names, read once ------------------------------------------ */

/* Say why this case has no result; gives NULL, so that an operation may return it. */
json_t *harness_fail(struct harness_case *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The whole file below the root, in heap memory (free its ptr). {NULL, 0} on an error. */
struct sceau_slice harness_read(struct harness_case *c, const char *path);

/* The case's message as SMTP would carry it: a file whose every line end is LF, as mail
 * stored on Unix has it, gets CRLF. For operations that take a mail file; `receive` takes
 * exact octets. */
struct sceau_slice harness_mail(struct harness_case *c);

/* The resolver of a zone file, kept for the next case; NULL path: a world without names. */
struct sceau_resolver *harness_zone(struct harness_case *c, const char *path);

/* The suffix list in a file, kept for the next case. NULL on an error. */
const struct sceau_psl *harness_psl(struct harness_case *c, const char *path);

/* Give back what was kept. */
void harness_clear(struct harness *harness);

/* ---- octets.c: JSON strings --------------------------------------------------------- */

/* A string of `in` as octets: one code point up to U+00FF is one octet (HARNESS.md); a
 * string with a code point above that is taken as UTF-8. Empty when absent or null. */
struct sceau_slice harness_octets(struct harness_case *c, const json_t *value);

/* A string of `in` as text for people, UTF-8: names and records typed by somebody. */
struct sceau_slice harness_text(const json_t *value);

/* The string where each octet is one code point; null for the slice with NULL ptr. */
json_t *harness_string(struct sceau_slice octets);

/* The same, and null when it is empty: "there is no such domain". */
json_t *harness_name(struct sceau_slice name);

/* A static text, or null. */
json_t *harness_word(const char *text);

/* result[key] = value, which it takes over. */
void harness_put(json_t *result, const char *key, json_t *value);

/* ---- answers.c: results that several operations share ------------------------------- */

/* The keys of the `dmarc` operation. */
json_t *harness_dmarc(const struct sceau_dmarc_outcome *outcome);

/* [{"result","domain","selector","identity","reason"}], one per signature. */
json_t *harness_dkim(const struct sceau_dkim_outcome *outcomes, size_t count);

/* {"cv","instances","reason"} */
json_t *harness_arc(const struct sceau_arc_outcome *outcome);

/* {"result","domain","mechanism","reason"} */
json_t *harness_spf_identity(const struct sceau_spf_outcome *outcome);

/* {"mail_from":{…},"helo":{…}} */
json_t *harness_spf(const struct sceau_verdict *verdict);

/* ---- the operations ----------------------------------------------------------------- */

harness_op op_spf;
harness_op op_dkim_verify, op_arc_verify, op_arc_seal;
harness_op op_dmarc, op_dmarc_lookup, op_dmarc_extauth, op_align, op_psl;
harness_op op_auth;
harness_op op_dmarc_lint, op_spf_lint;
harness_op op_receive, op_receive_sequence, op_milter;
harness_op op_report_parse;

#endif
