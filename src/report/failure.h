/* Failure reports (RFC 9991, 6591, 5965): the fields of a message/feedback-report. */
#ifndef REPORT_FAILURE_H
#define REPORT_FAILURE_H

#include "report.h"

/* What a mail had of it. */
struct failure_parts {
    struct sceau_slice
        fields;              /* the decoded message/feedback-report; {NULL, 0}: none */
    struct sceau_slice text; /* the text for people */
    struct sceau_slice original; /* the header of the message it is about */
};

/* Does the text for people alone tell of a failure, as Exim's and others' do? */
bool failure_is_told(struct sceau_slice text);

/* sink gets repairs, then the report or its refusal. */
void failure_read(const struct failure_parts *parts, struct report_sink *sink);

#endif
