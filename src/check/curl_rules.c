#include "curl_rules.h"

#include "core/ip_socket.h"
#include "special_ip.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

CURL *
curl_rules_new(void)
{
    pthread_once(&once, start_curl);
    return curl_easy_init();
}

void
curl_rules_set(CURL *curl, const char *protocols, const char *trust_file)
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
        curl_easy_setopt(curl, CURLOPT_CAPATH, (char *)NULL);
    }
}

static curl_socket_t
open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct curl_guard *guard = user;
    struct sceau_ip ip = ip_of_socket(&address->addr);
    (void)purpose;
    if (ip.version == 0 || (!guard->allow_private && ip_special(&ip) != NULL)) {
        guard->is_not_public = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void
curl_rules_guard(CURL *curl, struct curl_guard *guard)
{
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, guard);
}
