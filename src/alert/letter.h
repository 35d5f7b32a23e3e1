/* What alerts and digests say, once for all ways: as text, as HTML, as a mail of both, and
 * as JSON. Texts of others in it are escaped already (insight/words.h) and are escaped
 * again for where they go; nothing of them can become markup or a header field. Pure. */
#ifndef ALERT_LETTER_H
#define ALERT_LETTER_H

#include "insight/insight.h"
#include "language/language.h"

/* A finding, in words. */
struct letter_item {
    struct sceau_slice id;
    const char *rule; /* "starts" */
    enum analysis_severity severity;
    int64_t first;
    struct sceau_slice domain;
    struct sceau_slice what, remedy, evidence; /* a sentence, what to do, a path */
    bool is_new;                               /* or worse than when it was told */
};

enum letter_kind {
    LETTER_ALERT, /* at once */
    LETTER_DAILY,
    LETTER_WEEKLY,
};

struct letter {
    enum letter_kind kind;
    enum language language;
    int64_t time;           /* of the letter */
    int from_day, to_day;   /* of the figures */
    struct sceau_slice url; /* of the dashboard: "https://host", no final slash */
    const struct letter_item *items; /* new ones first, each part the worst first */
    size_t item_count;
    size_t left_out; /* findings that are of no letter: alert.without */
    const struct insight_domain_line *lines; /* figures; none in an alert */
    size_t line_count;
};

/* One line, printable, cut where it is long. */
struct sceau_slice letter_subject(struct sceau_arena *arena, const struct letter *l);

/* Lines of at most 76 columns where the words allow it, with LF. */
struct sceau_slice letter_text(struct sceau_arena *arena, const struct letter *l);

/* A whole page, without anything from elsewhere. */
struct sceau_slice letter_html(struct sceau_arena *arena, const struct letter *l);

/* One object. */
struct sceau_slice letter_json(struct sceau_arena *arena, const struct letter *l);

/* The mail, with CRLF (RFC 5322, RFC 2045): both forms, the better last. The Message-ID is
 * the same for the same letter, so that one that is sent twice can be known.
 *
 * from, to  addresses that smtp_address_is_clean let through */
struct sceau_slice letter_mail(struct sceau_arena *arena, const struct letter *l,
                               const char *from, const char *const *to,
                               size_t to_count);

#endif
