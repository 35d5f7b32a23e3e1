/* RFC 9991 section 6: what comes in failure reports is somebody's mail. Kept are domains,
 * the subject, the reasons. */
#include "failure_write.h"

#include "core/domain.h"
#include "core/ip.h"
#include "core/text.h"

#include <openssl/evp.h>

struct sceau_slice
failure_identity(struct sceau_arena *arena, const struct report_failure *f)
{
    const struct sceau_slice parts[] = {
        f->message_id,   f->arrival_date,         f->source,
        f->from,         f->original_mail_from,   f->original_rcpt_to,
        f->auth_failure, f->original_envelope_id, f->subject,
    };
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    struct text all = text_new(arena, SIZE_MAX), t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        text_slice(&all, parts[i]);
        text_octet(&all, '\n');
    }
    EVP_Digest(all.ptr, all.len, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < 16; i++)
        text_format(&t, "%02x", digest[i]);
    return text_done(&t);
}

static bool
is_of_address(char c)
{
    return (unsigned char)c > ' ' && strchr("<>(),;:\"[]", c) == NULL;
}

struct sceau_slice
failure_redact(struct sceau_arena *arena, struct sceau_slice text)
{
    struct text t = text_new(arena, SIZE_MAX);
    size_t word = 0; /* where what may be a local part begins, in the text made */
    for (size_t i = 0; i < text.len && !t.has_failed; i++) {
        char c = text.ptr[i];
        if (c == '@' && t.len > word) {
            t.len = word;
            text_octet(&t, '*');
        }
        text_octet(&t, (unsigned char)c < ' ' ? ' ' : c);
        if (!is_of_address(c))
            word = t.len;
    }
    return text_done(&t);
}

/* The domain behind the last "@" of an address field. */
static struct sceau_slice
author_domain(struct sceau_arena *arena, struct sceau_slice from)
{
    size_t at = slice_find_last(from, '@'), len = 0;
    struct sceau_slice rest = at < from.len ? slice_skip(from, at + 1) : SLICE_NONE;
    while (len < rest.len && (ascii_is_alnum(rest.ptr[len]) || rest.ptr[len] == '-' ||
                              rest.ptr[len] == '.' || rest.ptr[len] == '_'))
        len++;
    struct sceau_slice domain = slice_sub(rest, 0, len);
    return domain_is_ldh(domain) ? slice_copy_lower(arena, domain) : SLICE_NONE;
}

static struct sceau_slice
header_of(struct sceau_arena *arena, const struct report_failure *f)
{
    const struct {
        const char *name;
        struct sceau_slice body;
    } fields[] = {
        {"From",            f->from        },
        {"Subject",         f->subject     },
        {"Message-ID",      f->message_id  },
        {"Date of arrival", f->arrival_date},
    };
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].body.len == 0)
            continue;
        text_format(&t, "%s: ", fields[i].name);
        text_slice(&t, failure_redact(arena, fields[i].body));
        text_octet(&t, '\n');
    }
    return text_done(&t);
}

bool
failure_write(struct database *db, struct sceau_arena *arena, int64_t id,
              int64_t received, struct sceau_slice reporter,
              const struct report_failure *f)
{
    struct statement *s = database_prepare(
        db, "INSERT INTO failure (id, received, domain, policy_domain, ip, "
            "auth_failure, dkim_domain, dkim_selector, delivery_result, header, "
            "reporter) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    struct sceau_slice domain = author_domain(arena, f->from);
    bind_int(s, 1, id);
    bind_int(s, 2, received);
    bind_text(s, 3, domain.len > 0 ? domain : f->reported_domain);
    bind_text(s, 4, f->reported_domain);
    bind_blob(s, 5, ip_octets(&f->ip));
    bind_text(s, 6, f->auth_failure);
    bind_text(s, 7, f->dkim_domain);
    bind_text(s, 8, f->dkim_selector);
    bind_text(s, 9, f->delivery_result);
    bind_text(s, 10, header_of(arena, f));
    bind_text(s, 11, reporter);
    return statement_step(s) == 0;
}
