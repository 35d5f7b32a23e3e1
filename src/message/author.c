/* The one author domain of a message (RFC 9989 section 5.3.1, RFC 5322 section 3.6.2).
 *
 * DMARC protects what a reader is shown as the author; so wherever two programs would see
 * two different authors there is none. That is also why a damaged header block has no
 * author at all: what one reader takes for a field is body, or nothing, to the next. */
#include "sceau/message.h"

#include "core/domain.h"
#include "language/language.h"
#include "message/lexical.h"
#include "message/mailbox.h"

/* Defects that make readers disagree on which fields there are.
 *
 * A NUL and a lone CR are not among them: in From they break the grammar, and in another
 * field they change what that field says, not which fields there are. */
static const struct {
    unsigned defect;
    enum sceau_author_status status;
    const char *reason;
} damages[] = {
    {SCEAU_HEADER_LIMIT,         SCEAU_AUTHOR_LIMIT,  N_("the header block is over a limit")},
    {SCEAU_HEADER_LEADING_SPACE, SCEAU_AUTHOR_HEADER,
     N_("the first header line begins with white space")                                    },
    {SCEAU_HEADER_NO_COLON,      SCEAU_AUTHOR_HEADER, N_("a header line is no field")       },
    {SCEAU_HEADER_BAD_NAME,      SCEAU_AUTHOR_HEADER,
     N_("a header field has a name that is no name")                                        },
    {SCEAU_HEADER_BARE_LF,       SCEAU_AUTHOR_HEADER,
     N_("a line feed without CR in the header block")                                       },
};

static const char *const out_of_memory = N_("the memory of this message is used up");

static void
refuse(struct sceau_author *author, enum sceau_author_status status, const char *reason)
{
    *author = (struct sceau_author){.status = status,
                                    .reason = reason,
                                    .mailboxes = author->mailboxes,
                                    .offset = author->offset};
}

static void
refuse_syntax(struct sceau_author *author, size_t offset, const char *expected)
{
    author->offset = offset;
    if (expected == lexical_too_deep)
        refuse(author, SCEAU_AUTHOR_LIMIT, expected);
    else
        refuse(author, SCEAU_AUTHOR_SYNTAX, expected);
}

/* A domain that has no normal form is none; but an arena without room for one more name
 * says the same. */
static bool
normal_domain(struct sceau_arena *arena, struct sceau_slice text,
              struct sceau_slice *domain, struct sceau_author *author)
{
    if (domain_normal(arena, text, domain))
        return true;
    if (sceau_arena_alloc(arena, (size_t)2 * DOMAIN_MAX) == NULL)
        refuse(author, SCEAU_AUTHOR_LIMIT, out_of_memory);
    else
        refuse(author, SCEAU_AUTHOR_SYNTAX, N_("a domain name in From"));
    return false;
}

/* The domain of one mailbox; false when the author is lost by it. */
static bool
domain_of(struct sceau_arena *arena, const struct mailbox *mailbox,
          struct sceau_slice *domain, struct sceau_author *author)
{
    struct sceau_slice shown;
    if (mailbox->is_literal) {
        refuse(author, SCEAU_AUTHOR_NO_DOMAIN, N_("an address literal in From"));
        return false;
    }
    if (!normal_domain(arena, mailbox->domain, domain, author))
        return false;
    if (mailbox->display_domain.len == 0)
        return true;
    if (!normal_domain(arena, mailbox->display_domain, &shown, author))
        return false;
    if (!slice_eq(shown, *domain))
        refuse(author, SCEAU_AUTHOR_SYNTAX, N_("one address, not two side by side"));
    return slice_eq(shown, *domain);
}

/* A mailbox joins the others. False when the author is lost by it. */
static bool
join(struct sceau_arena *arena, const struct mailbox *mailbox, size_t offset,
     struct sceau_author *author)
{
    struct sceau_slice domain;
    author->mailboxes++;
    author->offset = offset;
    if (author->mailboxes > SCEAU_MAILBOXES_MAX) {
        refuse(author, SCEAU_AUTHOR_LIMIT, N_("more than 100 mailboxes in From"));
        return false;
    }
    if (!domain_of(arena, mailbox, &domain, author))
        return false;
    if (author->mailboxes == 1) {
        author->domain = domain;
        author->local = mailbox->local;
        author->display = mailbox->display;
    } else if (!slice_eq(author->domain, domain)) {
        refuse(author, SCEAU_AUTHOR_SEVERAL_DOMAINS, N_("From names several domains"));
        return false;
    }
    return true;
}

/* Everything is read before a word of it is believed. */
static void
read_from(struct sceau_arena *arena, struct sceau_slice body,
          struct sceau_author *author)
{
    struct mailbox_list list = mailbox_list_over(arena, body);
    struct mailbox mailbox;
    *author = (struct sceau_author){.status = SCEAU_AUTHOR_ONE};
    while (mailbox_list_next(&list, &mailbox)) {
        size_t offset = (size_t)(mailbox.text.ptr - body.ptr);
        if (!join(arena, &mailbox, offset, author))
            return;
    }
    if (list.out_of_memory)
        refuse(author, SCEAU_AUTHOR_LIMIT, out_of_memory);
    else if (!cursor_ok(&list.c))
        refuse_syntax(author, list.c.pos, list.c.expected);
    else if (author->mailboxes == 0 && list.groups > 0)
        refuse(author, SCEAU_AUTHOR_NO_DOMAIN, N_("From is an empty group"));
    else if (author->mailboxes == 0)
        refuse_syntax(author, list.c.pos, N_("an address"));
    else
        author->offset = 0;
}

void
sceau_author_find(struct sceau_arena *arena, const struct sceau_header *header,
                  struct sceau_author *author)
{
    const struct sceau_slice name = SCEAU_SLICE("From");
    const struct sceau_field *from = sceau_header_find(header, name, 0);
    *author = (struct sceau_author){0};
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        if ((header->defects & damages[i].defect) != 0) {
            refuse(author, damages[i].status, damages[i].reason);
            return;
        }
    }
    if (from == NULL)
        refuse(author, SCEAU_AUTHOR_NO_FROM, N_("no From field"));
    else if (sceau_header_find(header, name, 1) != NULL)
        refuse(author, SCEAU_AUTHOR_SEVERAL_FROM, N_("more than one From field"));
    else
        read_from(arena, from->body, author);
}
