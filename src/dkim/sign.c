/* One DKIM-Signature (RFC 6376 section 5): which fields it covers, its text, its b=. The
 * canonicalisations, the body hash and the header hash are those of verification. */
#include "sign.h"

#include "sceau/dkim.h"

#include "body.h"
#include "core/base64.h"
#include "selection.h"

#define FIELD_NAME SCEAU_SLICE("DKIM-Signature")

struct sceau_dkim_signing {
    const struct sceau_dkim_signing_options *options;
    const struct body_hash *body;
};

/* ---- which fields -------------------------------------------------------------------- */

/* Signed by default (RFC 6376 section 5.4.1). Those that stand once more in h= than in the
 * header let nobody add a second one. The absence of Sender, Reply-To and List fields is
 * never signed: a mailing list may add them, and breaks nothing by it. */
static const struct signed_field {
    const char *name;
    bool is_oversigned;
} signed_fields[] = {
    {"From",                      true },
    {"To",                        true },
    {"Cc",                        true },
    {"Subject",                   true },
    {"Date",                      true },
    {"Message-ID",                false},
    {"In-Reply-To",               false},
    {"References",                false},
    {"Reply-To",                  false},
    {"Sender",                    false},
    {"MIME-Version",              false},
    {"Content-Type",              false},
    {"Content-Transfer-Encoding", false},
    {"List-Id",                   false},
    {"List-Unsubscribe",          false},
    {"List-Unsubscribe-Post",     false}, /* RFC 8058 section 4 */
    {"List-Subscribe",            false},
    {"List-Post",                 false},
    {"List-Help",                 false},
    {"List-Owner",                false},
    {"List-Archive",              false},
};

const struct sceau_slice *
dkim_default_names(struct sceau_arena *arena, const struct sceau_header *header,
                   size_t *count)
{
    struct sceau_slice *names =
        sceau_arena_alloc(arena, SCEAU_DKIM_H_MAX * sizeof *names);
    size_t used = 0;
    for (size_t i = 0; names && i < sizeof signed_fields / sizeof *signed_fields; i++) {
        struct sceau_slice name = sceau_slice_from(signed_fields[i].name);
        size_t times = 0;
        while (times <= SCEAU_DKIM_H_MAX && sceau_header_find(header, name, times))
            times++;
        times += signed_fields[i].is_oversigned;
        if (times > SCEAU_DKIM_H_MAX - used)
            return NULL;
        while (times-- > 0)
            names[used++] = name;
    }
    *count = used;
    return names;
}

/* ---- the signature -------------------------------------------------------------------- */

bool
dkim_add_named_fields(struct sceau_arena *arena, struct hash_input *input,
                      const struct sceau_header *header,
                      const struct sceau_slice *names, size_t name_count)
{
    struct field_index *index = field_index_new(arena, header);
    const struct sceau_field **selected =
        sceau_arena_alloc(arena, (name_count + 1) * sizeof *selected);
    if (index == NULL || selected == NULL)
        return false;
    field_index_select(index, names, name_count, NULL, selected);
    for (size_t i = 0; i < name_count; i++) {
        if (selected[i] != NULL)
            hash_input_add(input, selected[i]);
    }
    return true;
}

bool
dkim_field_make(struct sceau_arena *arena, struct sceau_slice name,
                struct sceau_slice body, struct sceau_field *field)
{
    struct text raw = text_new(arena, SIZE_MAX);
    text_slice(&raw, name);
    text_string(&raw, ": ");
    text_slice(&raw, body);
    struct sceau_slice all = text_done(&raw);
    if (body.ptr == NULL || all.ptr == NULL)
        return false;
    *field = (struct sceau_field){.raw = all,
                                  .name = slice_sub(all, 0, name.len),
                                  .body = slice_skip(all, name.len + 1)};
    return true;
}

enum sceau_status
dkim_sign_field(struct sceau_arena *arena, struct hash_input *input,
                struct sceau_slice name, struct tag_writer *w,
                struct sceau_signer *signer, struct sceau_slice *value)
{
    uint8_t digest[SHA256_OCTETS], octets[SCEAU_SIGNATURE_OCTETS_MAX];
    struct sceau_field field;
    bool has_room = dkim_field_make(arena, name, tag_writer_unsigned(w), &field);
    bool is_done = has_room && hash_input_finish(input, &field, 0, 0, digest);
    hash_input_clear(input);
    size_t len = is_done ? signer->sign(signer, digest, octets) : 0;
    if (!has_room)
        return SCEAU_E_LIMIT;
    if (len == 0)
        return SCEAU_E_SYSTEM;
    struct sceau_slice signature = {(const char *)octets, len};
    *value = tag_writer_signed(w, base64_encoded(arena, signature));
    return value->ptr != NULL ? SCEAU_OK : SCEAU_E_LIMIT;
}

/* ---- the field ------------------------------------------------------------------------ */

struct sceau_dkim_signing *
sceau_dkim_signing_start(struct sceau_context *context,
                         struct sceau_body_hashes *hashes,
                         const struct sceau_dkim_signing_options *options)
{
    struct sceau_dkim_signing *signing =
        sceau_arena_alloc(context->arena, sizeof *signing);
    if (signing == NULL)
        return NULL;
    signing->options = options;
    signing->body =
        body_hashes_want(hashes, options->body_canonicalization, BODY_WHOLE);
    return signing->body != NULL ? signing : NULL;
}

/* All tags, b= empty and last (RFC 6376 section 3.5). */
static struct tag_writer
write_tags(struct sceau_context *context, const struct sceau_dkim_signing *signing,
           const struct sceau_signer *signer, const struct sceau_slice *names,
           size_t name_count)
{
    const struct sceau_dkim_signing_options *o = signing->options;
    struct sceau_slice digest = {(const char *)body_hash_digest(signing->body),
                                 SHA256_OCTETS};
    struct text c = text_new(context->arena, SIZE_MAX);
    struct tag_writer w =
        tag_writer_begin(context->arena, TAGS_FOLDED, FIELD_NAME.len + 2);
    text_format(&c, "%s/%s", canon_name(o->header_canonicalization),
                canon_name(o->body_canonicalization));
    tag_writer_add(&w, "v", SCEAU_SLICE("1"));
    tag_writer_add(&w, "a",
                   sceau_slice_from(sceau_dkim_algorithm_name(signer->algorithm)));
    tag_writer_add(&w, "c", text_done(&c));
    tag_writer_add(&w, "d", o->domain);
    tag_writer_add(&w, "s", o->selector);
    if (o->identity.len > 0)
        tag_writer_add(&w, "i", o->identity);
    if (o->timestamp >= 0)
        tag_writer_add_number(&w, "t", o->timestamp);
    if (o->expiration >= 0)
        tag_writer_add_number(&w, "x", o->expiration);
    tag_writer_add_names(&w, "h", names, name_count);
    tag_writer_add_base64(&w, "bh", base64_encoded(context->arena, digest));
    tag_writer_add_signature(&w);
    return w;
}

enum sceau_status
sceau_dkim_signing_finish(struct sceau_context *context,
                          struct sceau_dkim_signing *signing,
                          const struct sceau_header *header,
                          struct sceau_signer *signer, struct sceau_slice *value)
{
    const struct sceau_dkim_signing_options *o = signing->options;
    const struct sceau_slice *names = o->names;
    size_t count = o->name_count;
    struct hash_input input;
    if (names == NULL)
        names = dkim_default_names(context->arena, header, &count);
    if (names == NULL || count > SCEAU_DKIM_H_MAX)
        return SCEAU_E_LIMIT;
    struct tag_writer w = write_tags(context, signing, signer, names, count);
    hash_input_init(&input, o->header_canonicalization);
    if (!dkim_add_named_fields(context->arena, &input, header, names, count)) {
        hash_input_clear(&input);
        return SCEAU_E_LIMIT;
    }
    return dkim_sign_field(context->arena, &input, FIELD_NAME, &w, signer, value);
}
