#include "transfer.h"

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

static const char *
words_of(CURLcode code)
{
    static const struct {
        CURLcode code;
        const char *words;
    } all[] = {
        {CURLE_URL_MALFORMAT,            N_("this is no URL that can be used")           },
        {CURLE_UNSUPPORTED_PROTOCOL,     N_("this protocol is not for here")             },
        {CURLE_COULDNT_RESOLVE_HOST,     N_("its name has no address")                   },
        {CURLE_COULDNT_CONNECT,          N_("nobody answers there")                      },
        {CURLE_OPERATION_TIMEDOUT,       N_("no answer in time")                         },
        {CURLE_PEER_FAILED_VERIFICATION, N_("its certificate is not valid")              },
        {CURLE_SSL_CACERT_BADFILE,       N_("the file of authorities cannot be used")    },
        {CURLE_SSL_CONNECT_ERROR,        N_("no TLS connection comes about")             },
        {CURLE_USE_SSL_FAILED,           N_("it offers no STARTTLS")                     },
        {CURLE_LOGIN_DENIED,             N_("it does not take the user and the password")},
        {CURLE_GOT_NOTHING,              N_("it closed the connection")                  },
        {CURLE_RECV_ERROR,               N_("the connection broke")                      },
        {CURLE_SEND_ERROR,               N_("the connection broke")                      },
        {CURLE_WEIRD_SERVER_REPLY,       N_("its answer is not of this protocol")        },
        {CURLE_OUT_OF_MEMORY,            N_("out of memory")                             },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].code == code)
            return all[i].words;
    }
    return N_("the transfer failed");
}

void
transfer_tell(struct problem *problem, const char *url, CURLcode code, const char *said)
{
    PROBLEM(problem, "{host}: {why}: {words}",
            LANGUAGE_THEIRS("host", transfer_host(url)),
            OURS("why", language_text(problem->language, words_of(code))),
            THEIRS("words", said[0] != '\0' ? said : curl_easy_strerror(code)));
}
