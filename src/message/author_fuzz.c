/* One author, or a reason: never both, never neither. What was found is one normal domain,
 * and an address written from it is read as itself. With less memory the answer is the same
 * or the limit. The input is a From body, or a header block when it begins with "#". */
#include "sceau/message.h"

#include "../../tests/fuzz/check.h"
#include "core/domain.h"
#include "core/text.h"
#include "message/mailbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
find(struct sceau_arena *arena, struct sceau_slice input, struct sceau_author *author)
{
    struct sceau_message_reader reader;
    struct sceau_slice body;
    sceau_message_reader_init(&reader, arena);
    if (input.len > 0 && input.ptr[0] == '#') {
        sceau_message_reader_feed(&reader, slice_skip(input, 1), &body);
        sceau_message_reader_end(&reader, &body);
    } else if (sceau_header_add(arena, &reader.header, SCEAU_SLICE("From"), input) !=
               SCEAU_OK) {
        CHECK((reader.header.defects & SCEAU_HEADER_LIMIT) != 0);
    }
    sceau_author_find(arena, &reader.header, author);
}

static void
check_short_of_memory(struct sceau_slice input, const struct sceau_author *author)
{
    struct sceau_arena *small = sceau_arena_new(512 + 16 * (input.len % 128));
    struct sceau_author again;
    find(small, input, &again);
    CHECK(again.status == SCEAU_AUTHOR_LIMIT || again.status == author->status);
    CHECK(again.status != SCEAU_AUTHOR_ONE || slice_eq(again.domain, author->domain));
    sceau_arena_free(small);
}

/* "local"@domain, every octet of the local part escaped. */
static void
check_again(struct sceau_arena *arena, const struct sceau_author *author)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_author again;
    text_octet(&t, '"');
    for (size_t i = 0; i < author->local.len; i++) {
        if ((unsigned char)author->local.ptr[i] < 0x80)
            text_octet(&t, '\\');
        text_octet(&t, author->local.ptr[i]);
    }
    text_string(&t, "\"@");
    text_slice(&t, author->domain);
    struct sceau_slice address = text_done(&t);
    if (address.len > SCEAU_FIELD_MAX / 2)
        return;
    find(arena, address, &again);
    CHECK(again.status == SCEAU_AUTHOR_ONE && again.mailboxes == 1);
    CHECK(slice_eq(again.domain, author->domain));
    CHECK(slice_eq(again.local, author->local));
}

/* Mailboxes lie in the body, in order. */
static void
check_mailboxes(struct sceau_arena *arena, struct sceau_slice body)
{
    struct mailbox_list list = mailbox_list_over(arena, body);
    struct mailbox mailbox;
    const char *after = body.ptr;
    while (mailbox_list_next(&list, &mailbox)) {
        CHECK(mailbox.text.ptr >= after && mailbox.text.len > 0);
        after = mailbox.text.ptr + mailbox.text.len;
        CHECK(after <= body.ptr + body.len);
        CHECK(mailbox.domain.len > 0 && list.c.pos <= body.len);
        CHECK(slice_is_utf8(mailbox.local));
    }
    CHECK(list.out_of_memory || !cursor_ok(&list.c) || list.c.pos == body.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_slice body = {(const char *)data, size};
    struct sceau_author author;
    struct sceau_slice name;
    find(arena, body, &author);
    CHECK((author.status == SCEAU_AUTHOR_ONE) == (author.reason == NULL));
    CHECK((author.status == SCEAU_AUTHOR_ONE) == (author.domain.len > 0));
    CHECK(author.status != SCEAU_AUTHOR_SYNTAX || author.offset <= 2 * size);
    if (author.status == SCEAU_AUTHOR_ONE) {
        CHECK(author.mailboxes > 0 && author.mailboxes <= SCEAU_MAILBOXES_MAX);
        CHECK(domain_normal(arena, author.domain, &name));
        CHECK(slice_eq(name, author.domain));
        check_again(arena, &author);
    }
    check_mailboxes(arena, body);
    check_short_of_memory(body, &author);
    sceau_arena_free(arena);
    return 0;
}
