/* The parts of a mail that may be reports. GMime cuts it; nothing here goes by what a mail
 * says its parts are, but for message/feedback-report. */
#ifndef REPORT_MAIL_H
#define REPORT_MAIL_H

#include "failure.h"
#include "report.h"

/* Who takes them. Embed it. Slices live until the call returns. */
struct mail_parts {
    void (*part)(struct mail_parts *self, struct sceau_slice name, bool is_text,
                 struct sceau_slice octets);
    void (*failure)(struct mail_parts *self, const struct failure_parts *parts);
};

/* Once in a process, before its files are confined. */
void mail_init(void);

/* False when the mail is beyond REPORT_MIME_DEPTH or REPORT_MIME_PARTS; parts may have
 * been given out before. */
bool mail_read(struct sceau_slice mail, struct mail_parts *parts);

#endif
