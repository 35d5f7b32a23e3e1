/* TLS for the SMTP probe: contexts that accept any certificate, and notes of what was
 * wrong with it. A sending server goes on with a bad one, so does the probe. */
#include "core/text.h"
#include "smtp_connection.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#define NAMES_MAX 1024 /* octets of a certificate's names that are kept */

static SSL_CTX *
context_new(const struct smtp_probe_options *options, int min, int max)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        return NULL;
    bool is_ready =
        SSL_CTX_set_min_proto_version(context, min) == 1 &&
        SSL_CTX_set_max_proto_version(context, max) == 1 &&
        /* opportunistic TLS takes what it gets, and it is the server that is judged */
        SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1 &&
        (options->trust_file != NULL
             ? SSL_CTX_load_verify_file(context, options->trust_file) == 1
             : SSL_CTX_set_default_verify_paths(context) == 1);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(context), (time_t)options->now);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(context, 100L * 1024);
    if (is_ready)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

bool
smtp_tls_init(struct smtp_world *world)
{
    world->tls = context_new(world->options, TLS1_VERSION, 0);
    world->old_tls = context_new(world->options, TLS1_VERSION, TLS1_1_VERSION);
    ERR_clear_error();
    return world->tls != NULL && world->old_tls != NULL;
}

void
smtp_tls_clear(struct smtp_world *world)
{
    SSL_CTX_free(world->tls);
    SSL_CTX_free(world->old_tls);
}

/* The DNS names of a certificate, by blanks. */
static struct sceau_slice
names_of(struct sceau_arena *arena, const X509 *certificate)
{
    struct text t = text_new(arena, NAMES_MAX);
    GENERAL_NAMES *names =
        X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS)
            continue;
        struct sceau_slice text = {(const char *)ASN1_STRING_get0_data(name->d.dNSName),
                                   (size_t)ASN1_STRING_length(name->d.dNSName)};
        if (t.len + text.len + 1 > NAMES_MAX)
            break;
        if (t.len > 0)
            text_octet(&t, ' ');
        text_slice(&t, text);
    }
    GENERAL_NAMES_free(names);
    return t.len > 0 ? text_done(&t) : SCEAU_SLICE("");
}

static int64_t
seconds_of(const ASN1_TIME *time)
{
    static const int epoch_days = 0;
    int days = 0, seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, epoch_days);
    int64_t all = 0;
    if (epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1)
        all = (int64_t)days * 86400 + seconds;
    ASN1_TIME_free(epoch);
    return all;
}

/* A copy of the certificate as DER; {NULL, 0} when the arena is full. */
static struct sceau_slice
der_of(struct sceau_arena *arena, X509 *certificate)
{
    unsigned char *octets = NULL;
    int len = i2d_X509(certificate, &octets);
    struct sceau_slice copy = SLICE_NONE;
    if (len > 0)
        copy =
            slice_copy(arena, (struct sceau_slice){(const char *)octets, (size_t)len});
    OPENSSL_free(octets);
    return copy;
}

static void
note_chain(struct smtp_connection *c)
{
    struct smtp_outcome *outcome = c->outcome;
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(c->ssl);
    for (int i = 0;
         i < sk_X509_num(chain) && outcome->certificate_count < SMTP_CHAIN_MAX; i++) {
        struct sceau_slice der = der_of(c->world->arena, sk_X509_value(chain, i));
        c->world->is_full = c->world->is_full || der.ptr == NULL;
        if (der.ptr != NULL)
            outcome->certificates[outcome->certificate_count++] = der;
    }
}

void
smtp_tls_note(struct smtp_connection *c)
{
    struct smtp_outcome *outcome = c->outcome;
    struct sceau_slice host = c->target->host;
    X509 *certificate = SSL_get0_peer_certificate(c->ssl);
    outcome->has_tls = true;
    outcome->tls_version = SSL_get_version(c->ssl);
    outcome->cipher = SSL_get_cipher_name(c->ssl);
    note_chain(c);
    if (certificate == NULL) {
        outcome->chain_problem = N_("no certificate was sent");
        return;
    }
    long result = SSL_get_verify_result(c->ssl);
    if (result != X509_V_OK)
        outcome->chain_problem = X509_verify_cert_error_string(result);
    outcome->is_named =
        host.len > 0 &&
        X509_check_host(certificate, host.ptr, host.len,
                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
    outcome->names = names_of(c->world->arena, certificate);
    outcome->not_before = seconds_of(X509_get0_notBefore(certificate));
    outcome->not_after = seconds_of(X509_get0_notAfter(certificate));
}
