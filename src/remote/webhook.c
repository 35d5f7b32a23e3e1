/* libcurl resolves, so the guard has to look where it leads. */
#include "webhook.h"

#include <stdio.h>

#define ANSWER_MAX ((size_t)64 * 1024)

struct post {
    struct curl_guard guard;
    size_t answered;
};

static size_t
skip_answer(char *data, /* NOLINT(readability-non-const-parameter): libcurl's type */
            size_t size, size_t count, void *user)
{
    struct post *p = user;
    (void)data;
    p->answered += size * count;
    return p->answered > ANSWER_MAX ? CURL_WRITEFUNC_ERROR : size * count;
}

/* "Authorization: Bearer TOKEN" when there is a file with one. */
static bool
put_fields(struct curl_slist **fields, const char *token_file, struct problem *problem)
{
    char token[SECRET_MAX], line[SECRET_MAX + 32];
    *fields = curl_slist_append(NULL, "Content-Type: application/json");
    if (*fields == NULL || token_file == NULL || token_file[0] == '\0')
        return *fields != NULL;
    if (!secret_read(token_file, token, problem))
        return false;
    for (const char *c = token; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~') {
            PROBLEM(problem, "{path} holds no token", THEIRS("path", token_file));
            return false;
        }
    }
    snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    struct curl_slist *longer = curl_slist_append(*fields, line);
    explicit_bzero(token, sizeof token);
    explicit_bzero(line, sizeof line);
    if (longer != NULL)
        *fields = longer;
    return longer != NULL;
}

static enum sending
judge_status(long status, const char *url, struct problem *problem)
{
    if (status >= 200 && status < 300)
        return SENDING_DONE;
    PROBLEM(problem,
            status >= 300 && status < 400
                ? N_("{host} answers {status}, a redirect, which is not followed: name "
                     "the address itself")
                : N_("{host} answers {status}"),
            LANGUAGE_THEIRS("host", transfer_host(url)),
            LANGUAGE_OURS("status", DECIMAL(status)));
    return status == 408 || status == 429 || status >= 500 ? SENDING_LATER
                                                           : SENDING_REFUSED;
}

static enum sending
perform(CURL *curl, const struct webhook_options *o, struct sceau_slice json,
        struct curl_slist *fields, struct problem *problem)
{
    struct post p = {.guard.allow_private = o->allow_private};
    char error[CURL_ERROR_SIZE] = "";
    long status = 0, sent = 0;
    curl_rules_set(curl, "https", o->trust_file);
    curl_easy_setopt(curl, CURLOPT_URL, o->url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "sceau/" SCEAU_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json.ptr);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)json.len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, skip_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &p);
    curl_rules_guard(curl, &p.guard);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)(o->patience > 0 ? o->patience : 15));
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        return judge_status(status, o->url, problem);
    }
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
    if (p.guard.is_not_public)
        PROBLEM(problem,
                "{host}: its address is not public: alert.webhook_private allows that",
                LANGUAGE_THEIRS("host", transfer_host(o->url)));
    else
        transfer_tell(problem, o->url, code, error);
    return p.guard.is_not_public ? SENDING_REFUSED : transfer_sending(code, sent > 0);
}

enum sending
webhook_post(const struct webhook_options *options, struct sceau_slice json,
             struct problem *problem)
{
    struct curl_slist *fields = NULL;
    enum sending end = SENDING_REFUSED;
    problem_tell_text(problem, N_("out of memory"));
    if (put_fields(&fields, options->token_file, problem)) {
        CURL *curl = curl_rules_new();
        end = curl != NULL ? perform(curl, options, json, fields, problem)
                           : SENDING_LATER;
        curl_easy_cleanup(curl);
    }
    curl_slist_free_all(fields);
    return end;
}
