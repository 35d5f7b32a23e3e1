/* HTTPS over libcurl. It resolves nothing: it is given the addresses, and the socket's
 * address is looked at again before it connects (curl_rules.h). */
#include "https.h"

#include "core/domain.h"
#include "curl_rules.h"
#include "facts.h"
#include "special_ip.h"

#include <errno.h>

#define HTTPS_PORT      443
#define CONNECT_MS      8000
#define HEADERS_MAX     ((size_t)32 * 1024)
#define URL_MAX         2048
#define ADDRESSES_TRIED 8

static const char *const sentences[] = {
    [HTTPS_FINE] = N_("it answers"),
    [HTTPS_BAD_URL] = N_("not a URL of https with a host name, without user and port"),
    [HTTPS_NO_ADDRESS] = N_("the host has no address"),
    [HTTPS_DNS] = N_("DNS could not tell the address"),
    [HTTPS_NOT_PUBLIC] = N_("the address is not public: not connected to"),
    [HTTPS_REFUSED] = N_("the connection is refused"),
    [HTTPS_TIMEOUT] = N_("no answer in time"),
    [HTTPS_UNREACHABLE] = N_("not reachable from here"),
    [HTTPS_CERTIFICATE] = N_("the certificate is not valid for this host"),
    [HTTPS_TOO_LARGE] = N_("the document is larger than 64 KiB"),
    [HTTPS_BROKEN] = N_("the server does not speak HTTPS as it should"),
    [HTTPS_SYSTEM] = N_("this host could not open connections"),
};

const char *
https_failure_sentence(enum https_failure failure)
{
    return sentences[failure];
}

bool
https_is_unknown(enum https_failure failure)
{
    return failure == HTTPS_DNS || failure == HTTPS_NOT_PUBLIC ||
           failure == HTTPS_UNREACHABLE || failure == HTTPS_SYSTEM;
}

bool
https_is_unreached(const struct https_answer *answer)
{
    return answer->failure == HTTPS_REFUSED || answer->failure == HTTPS_TIMEOUT ||
           (answer->failure == HTTPS_FINE && answer->status >= 500);
}

bool
https_url_parse(struct sceau_slice url, struct sceau_slice *host,
                struct sceau_slice *path)
{
    const struct sceau_slice scheme = SCEAU_SLICE("https://");
    if (url.len > URL_MAX || !slice_starts_ci(url, scheme))
        return false;
    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~' || url.ptr[i] == '\\')
            return false;
    }
    struct sceau_slice rest = slice_skip(url, scheme.len);
    size_t slash = slice_find(rest, '/');
    *host = slice_sub(rest, 0, slash);
    *path = slash < rest.len ? slice_skip(rest, slash) : SCEAU_SLICE("/");
    if (slice_ends_ci(*host, SCEAU_SLICE(":443")))
        *host = slice_sub(*host, 0, host->len - strlen(":443"));
    return domain_is_ldh(*host) && domain_labels(*host) >= 2;
}

/* ---- what libcurl calls ---- */

struct transfer {
    struct text body;
    size_t headers;
    struct curl_guard guard;
    bool is_too_large;
};

static size_t
take_body(char *data, /* NOLINT(readability-non-const-parameter): libcurl's type */
          size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    size_t octets = size * count;
    t->is_too_large |= octets > HTTPS_BODY_MAX - t->body.len;
    if (t->is_too_large)
        return CURL_WRITEFUNC_ERROR;
    text_slice(&t->body, (struct sceau_slice){data, octets});
    return t->body.has_failed ? CURL_WRITEFUNC_ERROR : octets;
}

static size_t
take_header(char *data, /* NOLINT(readability-non-const-parameter): libcurl's type */
            size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    (void)data;
    t->headers += size * count;
    return t->headers > HEADERS_MAX ? CURL_WRITEFUNC_ERROR : size * count;
}

/* ---- one fetch ---- */

/* "host:port:address,address", for CURLOPT_RESOLVE. */
static enum https_failure
list_addresses(struct check_subject *s, struct sceau_slice name, unsigned port,
               struct text *out)
{
    const struct check_host *host = check_host(s, name);
    uint16_t type;
    size_t taken = 0;
    text_format(out, "%.*s:%u:", SLICE_ARG(name), port);
    for (size_t i = 0; i < host->address_count && taken < ADDRESSES_TRIED; i++) {
        const struct sceau_ip *ip = &host->addresses[i];
        char text[SCEAU_IP_TEXT];
        if (!s->options->allow_private && ip_special(ip) != NULL)
            continue;
        sceau_ip_format(ip, text);
        text_format(out, ip->version == 6 ? "%s[%s]" : "%s%s", taken > 0 ? "," : "",
                    text);
        taken++;
    }
    if (taken > 0)
        return HTTPS_FINE;
    if (host->address_count > 0)
        return HTTPS_NOT_PUBLIC;
    return check_host_trouble(host, &type) != NULL ? HTTPS_DNS : HTTPS_NO_ADDRESS;
}

static enum https_failure
failure_of(CURL *curl, CURLcode code, const struct transfer *t)
{
    long error = 0;
    if (t->is_too_large || code == CURLE_FILESIZE_EXCEEDED)
        return HTTPS_TOO_LARGE;
    if (t->guard.is_not_public)
        return HTTPS_NOT_PUBLIC;
    switch (code) {
    case CURLE_OK: return HTTPS_FINE;
    case CURLE_OPERATION_TIMEDOUT: return HTTPS_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION: return HTTPS_CERTIFICATE;
    case CURLE_COULDNT_CONNECT:
        curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
        return error == ECONNREFUSED ? HTTPS_REFUSED : HTTPS_UNREACHABLE;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_SSL_CACERT_BADFILE: return HTTPS_SYSTEM;
    default: return HTTPS_BROKEN;
    }
}

/* What no server may change. */
static void
set_rules(CURL *curl, const struct check_options *options, struct transfer *t)
{
    curl_rules_set(curl, "https", options->trust_file);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)HTTPS_TOTAL_MS);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)HTTPS_BODY_MAX);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "sceau/" SCEAU_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
    curl_rules_guard(curl, &t->guard);
}

static void
perform(struct check_subject *s, const char *url, const char *addresses,
        struct https_answer *answer)
{
    struct transfer t = {.body = text_new(s->context->arena, SIZE_MAX),
                         .guard.allow_private = s->options->allow_private};
    CURL *curl = curl_rules_new();
    struct curl_slist *resolve = curl_slist_append(NULL, addresses);
    answer->failure = HTTPS_SYSTEM;
    if (curl != NULL && resolve != NULL) {
        const char *type = NULL;
        set_rules(curl, s->options, &t);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_RESOLVE, resolve);
        answer->failure = failure_of(curl, curl_easy_perform(curl), &t);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
        curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
        answer->type =
            slice_copy(s->context->arena, sceau_slice_from(type != NULL ? type : ""));
        answer->body = text_so_far(&t.body);
    }
    curl_slist_free_all(resolve);
    curl_easy_cleanup(curl);
}

struct https_answer
https_get(struct check_subject *s, struct sceau_slice url)
{
    struct https_answer answer = {.failure = HTTPS_BAD_URL};
    struct sceau_slice host, path;
    unsigned port = s->options->https_port > 0 ? s->options->https_port : HTTPS_PORT;
    struct text full = text_new(s->context->arena, SIZE_MAX);
    struct text addresses = text_new(s->context->arena, SIZE_MAX);
    if (!https_url_parse(url, &host, &path))
        return answer;
    host = slice_copy_lower(s->context->arena, host);
    answer.failure = list_addresses(s, host, port, &addresses);
    if (answer.failure != HTTPS_FINE)
        return answer;
    text_format(&full, "https://%.*s:%u%.*s", SLICE_ARG(host), port, SLICE_ARG(path));
    const char *url_text = text_done(&full).ptr, *pinned = text_done(&addresses).ptr;
    if (url_text == NULL || pinned == NULL)
        answer.failure = HTTPS_SYSTEM;
    else
        perform(s, url_text, pinned, &answer);
    return answer;
}
