/* One message through SPF, DKIM, ARC and DMARC in one pass.
 *
 *     struct sceau_verify *v = sceau_verify_new(&context, &options);
 *     sceau_verify_envelope(v, &envelope);          once, before the header ends
 *     sceau_verify_field(v, name, body);            each field; or sceau_verify_octets
 *     sceau_verify_end_of_header(v);                questions start to travel
 *     sceau_verify_body(v, chunk);                  any number, cut anywhere
 *     verdict = sceau_verify_finish(v);             answers are awaited here, once
 *     sceau_verify_free(v);
 */
#ifndef SCEAU_VERIFY_H
#define SCEAU_VERIFY_H

#include "sceau/arc.h"
#include "sceau/core.h"
#include "sceau/dkim.h"
#include "sceau/dmarc.h"
#include "sceau/dns.h"
#include "sceau/message.h"
#include "sceau/spf.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sceau_verify_options {
    enum sceau_dmarc_discovery discovery;
    const struct sceau_psl *psl;  /* psl, hybrid; else NULL */
    struct sceau_key_cache *keys; /* NULL: every key is decoded anew */
    struct sceau_slice receiver;  /* this host's name: %{r} */
    unsigned spf_terms_max;       /* 0: the RFC's */
    unsigned spf_void_max;        /* 0: the RFC's */
    bool want_explanation;        /* evaluate exp= */
    bool want_iprev; /* reverse DNS of the client (RFC 8601 section 2.7.3) */
};

struct sceau_envelope {
    struct sceau_ip ip;      /* version 0: not known, or a local socket: SPF is none */
    struct sceau_slice helo; /* as given */
    struct sceau_slice mail_from; /* as given, with or without angle brackets */
    bool has_mail_from;           /* false: no envelope is known, only the message */
    bool is_smtputf8;
};

enum sceau_iprev_result {
    SCEAU_IPREV_NOT_ASKED,
    SCEAU_IPREV_PASS,
    SCEAU_IPREV_FAIL,
    SCEAU_IPREV_TEMPERROR,
    SCEAU_IPREV_PERMERROR,
};

/* Everything that was found. Lives in the context's arena. */
struct sceau_verdict {
    struct sceau_envelope envelope; /* copied */
    struct sceau_path mail_from;    /* parsed */
    struct sceau_author author;
    const struct sceau_header *header;
    bool has_spf; /* an address and an envelope were known */
    struct sceau_spf_outcome spf_mail_from;
    struct sceau_spf_outcome spf_helo;
    const struct sceau_dkim_outcome *dkim;
    size_t dkim_count;
    struct sceau_arc_outcome arc;
    struct sceau_dmarc_outcome dmarc;
    enum sceau_iprev_result iprev;
    struct sceau_slice
        iprev_name; /* the confirmed name on pass, else the claimed one */
    uint64_t body_octets;
    const struct sceau_dns_question *questions; /* all that was asked, in order */
    size_t question_count;
};

struct sceau_verify;

/** Begin one message. `context` and what it points to, and `options`, live until
 * sceau_verify_free. DNS goes through a session of its own over context->resolver.
 * NULL when the arena is full. */
SCEAU_API
struct sceau_verify *sceau_verify_new(struct sceau_context *context,
                                      const struct sceau_verify_options *options);

/** NULL is fine. The verdict lives on in the arena. */
SCEAU_API
void sceau_verify_free(struct sceau_verify *verify);

SCEAU_API
void sceau_verify_envelope(struct sceau_verify *verify,
                           const struct sceau_envelope *envelope);

/** One header field, as a milter gets it. */
SCEAU_API
void sceau_verify_field(struct sceau_verify *verify, struct sceau_slice name,
                        struct sceau_slice body);

SCEAU_API
void sceau_verify_end_of_header(struct sceau_verify *verify);

/** A whole header block that was read before (it lives in the context's arena), instead
 * of _field and _end_of_header. */
SCEAU_API
void sceau_verify_header(struct sceau_verify *verify,
                         const struct sceau_header *header);

/** What is known between the end of the header and the end of the message: the header and
 * its author. The results are not there yet. */
SCEAU_API
const struct sceau_verdict *sceau_verify_so_far(const struct sceau_verify *verify);

/** Where more hashes of the same body are asked for, after the end of the header and
 * before the body: who signs what was verified reads it once. They are finished when
 * sceau_verify_finish returns. NULL when the arena is full. */
SCEAU_API
struct sceau_body_hashes *sceau_verify_body_hashes(struct sceau_verify *verify);

/** The chain of the message, for whoever seals it; its outcome is in the verdict. NULL as
 * above. */
SCEAU_API
const struct sceau_arc *sceau_verify_arc(const struct sceau_verify *verify);

SCEAU_API
void sceau_verify_body(struct sceau_verify *verify, struct sceau_slice chunk);

/** Octets of the message as they stand in a file or on the wire (CRLF line ends): header
 * and body are told apart here. Instead of _field, _end_of_header and _body. */
SCEAU_API
void sceau_verify_octets(struct sceau_verify *verify, struct sceau_slice chunk);

/** The message is over. Never fails: what could not be done is in the verdict. */
SCEAU_API
const struct sceau_verdict *sceau_verify_finish(struct sceau_verify *verify);

/** The body of the Authentication-Results field for this verdict (RFC 8601), folded with
 * CRLF and a tab, no line over 998 octets, ASCII unless envelope.is_smtputf8.
 *
 * authserv_id  this host's, checked here: quoted when it is no token
 *
 * Empty when the arena is full. */
SCEAU_API
struct sceau_slice sceau_verdict_authentication_results(
    struct sceau_arena *arena, const struct sceau_verdict *verdict,
    struct sceau_slice authserv_id);

/** "pass", "fail", …: the word of RFC 8601. Static text. */
SCEAU_API
const char *sceau_iprev_result_name(enum sceau_iprev_result result);

#ifdef __cplusplus
}
#endif
#endif
