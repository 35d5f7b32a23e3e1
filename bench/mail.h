/* The corpus as the load generator needs it: envelopes, fields as the milter protocol has
 * them, bodies that stay in their files. */
#ifndef BENCH_MAIL_H
#define BENCH_MAIL_H

#include "milter/mta.h"

enum mail_method {
    MAIL_SPF,
    MAIL_DKIM,
    MAIL_DMARC,
    MAIL_METHODS
};

struct mail_field {
    struct sceau_slice name;
    struct sceau_slice value; /* all behind the colon; folds are LF */
};

struct mail {
    struct sceau_slice address, helo, from, recipient;
    struct sceau_slice expected[MAIL_METHODS];
    struct mail_field *fields;
    size_t field_count;
    struct sceau_slice body; /* mapped */
};

struct mailbox {
    struct mail *mails;
    size_t count;
};

/* Read the list (see corpus.c) and map the messages it names; ends the program, with a
 * sentence, when something is not there. All of it lives as long as the arena. */
void mailbox_read(struct sceau_arena *arena, const char *list, struct mailbox *box);

/* What a filter made of the fields: for the next one. */
void mail_changed(struct sceau_arena *arena, const struct mail *mail,
                  const struct mta_outcome *outcome, struct mail *changed);

/* The words found in the Authentication-Results fields that were added: of SPF the one for
 * MAIL FROM, of DKIM the best. What is there already stays. */
void mail_results(const struct mta_outcome *outcome,
                  struct sceau_slice results[MAIL_METHODS]);

#endif
