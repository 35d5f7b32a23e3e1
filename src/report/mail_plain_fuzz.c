/* Any octets as a mail: where it is plain, GMime says the same of it. */
#include "mail_plain.h"

#include "../../tests/fuzz/check.h"
#include "mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    struct mail_parts parts;
    const struct mail_plain *plain;
    size_t count;            /* of the parts that were told */
    struct sceau_slice text; /* the first one */
};

/* The next one that is told; NULL: there is none. */
static const struct mail_plain_part *
next_part(struct heard *h)
{
    while (h->count < h->plain->count && h->plain->parts[h->count].is_html)
        h->count++;
    return h->count < h->plain->count ? &h->plain->parts[h->count++] : NULL;
}

static void
part(struct mail_parts *self, struct sceau_slice name, bool is_text,
     struct sceau_slice octets)
{
    struct heard *h = (struct heard *)self;
    const struct mail_plain_part *p = next_part(h);
    CHECK(p != NULL);
    CHECK(slice_eq(p->name, name));
    CHECK(p->is_text == is_text);
    CHECK(slice_eq(p->octets, octets));
    if (is_text && h->text.ptr == NULL)
        h->text = p->octets;
}

static void
failure(struct mail_parts *self, const struct failure_parts *parts)
{
    struct heard *h = (struct heard *)self;
    CHECK(parts->fields.ptr == NULL && parts->original.ptr == NULL);
    CHECK(slice_eq(parts->text, h->text));
    CHECK(failure_is_told(h->text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_ready;
    struct sceau_slice mail = {(const char *)data, size};
    struct mail_plain plain;
    struct heard heard = {
        .parts = {part, failure},
          .plain = &plain
    };
    if (!is_ready)
        mail_init();
    is_ready = true;
    if (!mail_plain_read(mail, &plain))
        return 0;
    CHECK(plain.count > 0 && plain.count <= MAIL_PLAIN_PARTS);
    CHECK(mail_read_by_gmime(mail, &heard.parts));
    CHECK(next_part(&heard) == NULL);
    free(plain.decoded);
    return 0;
}
