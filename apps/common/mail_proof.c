/* The message goes through the library once, piece by piece: its size does not matter. */
#include "mail_proof.h"

#include "sceau/verify.h"

#include "core/domain.h"

#include <errno.h>
#include <unistd.h>

#define PIECE ((size_t)16 * 1024)

/* Octets as they were on the wire: the first line end of a file tells whether it is one
 * that has lost its CR. */
struct wire_form {
    struct sceau_verify *verify;
    bool is_known, has_lf_lines;
};

static void
feed(struct wire_form *w, struct sceau_slice octets)
{
    size_t end = slice_find(octets, '\n');
    if (!w->is_known && end < octets.len) {
        w->has_lf_lines = end == 0 || octets.ptr[end - 1] != '\r';
        w->is_known = true;
    }
    while (w->has_lf_lines && (end = slice_find(octets, '\n')) < octets.len) {
        bool has_cr = end > 0 && octets.ptr[end - 1] == '\r';
        sceau_verify_octets(w->verify, slice_sub(octets, 0, has_cr ? end - 1 : end));
        sceau_verify_octets(w->verify, SCEAU_SLICE("\r\n"));
        octets = slice_skip(octets, end + 1);
    }
    if (octets.len > 0)
        sceau_verify_octets(w->verify, octets);
}

static bool
feed_file(struct wire_form *w, int fd)
{
    char piece[PIECE];
    for (off_t at = 0;;) {
        ssize_t n = pread(fd, piece, sizeof piece, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        feed(w, (struct sceau_slice){piece, (size_t)n});
        at += n;
    }
}

static bool
has_own_signature(const struct sceau_verdict *v)
{
    for (size_t i = 0; i < v->dkim_count; i++)
        if (v->dkim[i].result == SCEAU_DKIM_PASS && v->dkim[i].domain.len > 0 &&
            slice_eq(v->author.domain, v->dkim[i].domain))
            return true;
    return false;
}

bool
mail_proof_of(struct environment *env, struct sceau_arena *arena, int fd, int64_t now,
              struct mail_proof *proof)
{
    struct sceau_context context = {.arena = arena,
                                    .resolver = env->resolver,
                                    .now = now};
    struct sceau_verify_options options = {
        .discovery = env->config.dmarc.discovery,
        .psl = env->psl,
        .keys = env->keys,
        .receiver = SCEAU_SLICE("localhost"),
    };
    struct wire_form w = {.verify = sceau_verify_new(&context, &options)};
    *proof = (struct mail_proof){.result = SCEAU_DMARC_NONE};
    if (w.verify == NULL)
        return false;
    sceau_verify_envelope(w.verify,
                          &(struct sceau_envelope){.mail_from = SCEAU_SLICE("<>")});
    bool is_read = feed_file(&w, fd);
    const struct sceau_verdict *v = sceau_verify_finish(w.verify);
    proof->result = v->dmarc.result;
    proof->domain = v->author.domain;
    proof->is_proven = v->dmarc.result == SCEAU_DMARC_PASS ||
                       (v->dmarc.result == SCEAU_DMARC_NONE && has_own_signature(v));
    sceau_verify_free(w.verify);
    return is_read;
}
