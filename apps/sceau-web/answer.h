/* From a request to its answer. */
#ifndef APP_ANSWER_H
#define APP_ANSWER_H

#include "web.h"

/* When the header is there: who is it, is there such a place, may he? False when the answer
 * is made already: a refusal, without reading a body. */
bool answer_header(struct exchange *x);

/* When the body is there too. */
void answer_body(struct exchange *x);

/* A page that says what is wrong, with that status. */
void answer_refusal(struct exchange *x, unsigned status, const char *text);

/* To another page. */
void answer_redirect(struct exchange *x, struct sceau_slice location);

void answer_page(struct exchange *x, struct sceau_slice html);

#endif
