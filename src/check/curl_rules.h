/* What every connection of libcurl has here: TLS 1.2 or newer with a certificate that is
 * verified, no proxy of the environment's, no redirect, no signals. */
#ifndef CHECK_CURL_RULES_H
#define CHECK_CURL_RULES_H

#include <stdbool.h>

#include <curl/curl.h>

/* A handle; NULL when memory is exhausted. The first call starts libcurl. */
CURL *curl_rules_new(void);

/* trust_file  PEM; NULL or "": the system's authorities
 * protocols   "imap,imaps" */
void curl_rules_set(CURL *curl, const char *protocols, const char *trust_file);

/* Looks at the address of each socket before it connects, so that a name that leads inside does
 * not help. */
struct curl_guard {
    bool allow_private; /* addresses that are not public, too */
    bool is_not_public; /* set when one was refused */
};

/* The guard has to outlive the transfer. */
void curl_rules_guard(CURL *curl, struct curl_guard *guard);

#endif
