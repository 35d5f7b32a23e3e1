#include "transfer.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

CURL *
transfer_new(void)
{
    pthread_once(&once, start_curl);
    return curl_easy_init();
}

void
transfer_rules(CURL *curl, const char *protocols, const char *trust_file)
{
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (trust_file != NULL && trust_file[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_CAINFO, trust_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

struct sceau_slice
transfer_host(const char *url)
{
    struct sceau_slice host = sceau_slice_from(url);
    for (size_t i = 0; i + 3 <= host.len; i++) {
        if (memcmp(host.ptr + i, "://", 3) == 0) {
            host = slice_skip(host, i + 3);
            break;
        }
    }
    host.len = slice_find(host, '/');
    return host;
}

enum sending
transfer_sending(CURLcode code, bool is_all_sent)
{
    switch (code) {
    case CURLE_OK: return SENDING_DONE;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_LOGIN_DENIED: return SENDING_REFUSED;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING: return is_all_sent ? SENDING_UNKNOWN : SENDING_LATER;
    default: return SENDING_LATER;
    }
}
