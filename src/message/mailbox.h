/* The mailboxes of an address field, one after another (RFC 5322 section 3.4 with the
 * obsolete forms of section 4.4, RFC 6854 groups, RFC 6532 UTF-8). */
#ifndef MESSAGE_MAILBOX_H
#define MESSAGE_MAILBOX_H

#include "core/cursor.h"
#include "core/text.h"

struct mailbox {
    struct sceau_slice text;    /* as written, without CFWS at both ends */
    struct sceau_slice display; /* display-name as written; may be empty */
    struct sceau_slice local;   /* local-part, unquoted */
    struct sceau_slice domain;  /* as written, comments and white space taken out; with
                                 * its brackets when it is a literal */
    bool is_literal;
    bool is_in_group;
    /* The sloppy form `a@x.test <a@x.test>`: what stands where a display-name should, read
     * as an address. Empty otherwise. Both must name one domain to be believed. */
    struct sceau_slice display_domain;
};

/* Where the reading stands. Ask cursor_ok and out_of_memory when next has said false. */
struct mailbox_list {
    struct cursor c;
    struct sceau_arena *arena;
    struct text local;  /* of the address at hand; one buffer for all of them */
    struct text domain; /* likewise */
    size_t token_end;   /* behind the last token that is no CFWS */
    size_t groups;      /* that began so far */
    bool in_group;
    bool needs_separator;
    bool out_of_memory;
};

struct mailbox_list mailbox_list_over(struct sceau_arena *arena,
                                      struct sceau_slice body);

/* The next mailbox. False at the end and at the first thing that is none: then c.expected
 * says what should have stood at c.pos. Linear over the whole list. */
bool mailbox_list_next(struct mailbox_list *list, struct mailbox *mailbox);

#endif
