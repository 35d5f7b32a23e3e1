/* libcurl speaks SMTP and stuffs dots. Addresses are looked at before they get there: they
 * go into commands as they are. */
#include "smtp.h"

#include <stdio.h>
#include <stdlib.h>

#define PORT_OF_SMTP "25"

struct upload {
    const struct smtp_mail *mail;
    struct sceau_slice left;
    bool is_all_sent;
    char words[256];   /* the server's last refusal */
    bool is_addressed; /* it took our sender, and was told of a recipient */
    bool is_in_data;   /* and took one */
};

/* Which commands are sent: what is refused before RCPT is no recipient's fault. */
static int
watch(CURL *curl, curl_infotype type, char *data, size_t size, void *user)
{
    struct upload *u = user;
    (void)curl;
    if (type == CURLINFO_HEADER_OUT && size >= 4 && memcmp(data, "RCPT", 4) == 0)
        u->is_addressed = true;
    if (type == CURLINFO_HEADER_OUT && size >= 4 && memcmp(data, "DATA", 4) == 0)
        u->is_in_data = true;
    return 0;
}

static size_t
give(char *out, size_t size, size_t count, void *user)
{
    struct upload *u = user;
    if (u->mail->may_go != NULL &&
        !u->mail->may_go(u->mail->may_go_self, u->left.len == 0))
        return CURL_READFUNC_ABORT;
    size_t n = size * count < u->left.len ? size * count : u->left.len;
    if (n > 0)
        memcpy(out, u->left.ptr, n);
    u->left = slice_skip(u->left, n);
    u->is_all_sent = u->left.len == 0;
    return n;
}

static size_t
hear(char *data, /* NOLINT(readability-non-const-parameter): libcurl's type */
     size_t size, size_t count, void *user)
{
    struct upload *u = user;
    struct sceau_slice line = slice_trim((struct sceau_slice){data, size * count});
    if (line.len >= 3 && (line.ptr[0] == '4' || line.ptr[0] == '5'))
        snprintf(u->words, sizeof u->words, "%.*s",
                 (int)(line.len < 200 ? line.len : 200), line.ptr);
    return size * count;
}

bool
smtp_address_is_clean(const char *address)
{
    struct sceau_slice s = sceau_slice_from(address);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || s.ptr[i] == '<' || s.ptr[i] == '>')
            return false;
    }
    return s.len <= 254 && slice_find(s, '@') > 0 &&
           slice_find_last(s, '@') < s.len - 1;
}

bool
smtp_is_local(const char *url)
{
    struct sceau_slice host = transfer_host(url);
    if (host.len > 0 && host.ptr[0] == '[')
        host = slice_sub(host, 0,
                         slice_find(host, ']') + (slice_find(host, ']') < host.len));
    else
        host.len = slice_find(host, ':');
    return slice_starts_ci(host, SCEAU_SLICE("127.")) ||
           slice_eq_ci(host, SCEAU_SLICE("[::1]")) ||
           slice_eq_ci(host, SCEAU_SLICE("localhost"));
}

static void
set_security(CURL *curl, const struct smtp_options *o)
{
    bool is_clear = o->security == SMTP_IN_CLEAR ||
                    (o->security == SMTP_AUTO && smtp_is_local(o->url));
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long)(is_clear ? CURLUSESSL_NONE : CURLUSESSL_ALL));
}

static bool
set_login(CURL *curl, const struct smtp_options *o, struct problem *problem)
{
    char password[SECRET_MAX];
    if (o->user == NULL || o->user[0] == '\0')
        return true;
    if (o->password_file == NULL || o->password_file[0] == '\0') {
        problem_tell_text(problem, N_("there is a user, and no password file"));
        return false;
    }
    if (!secret_read(o->password_file, password, problem))
        return false;
    curl_easy_setopt(curl, CURLOPT_USERNAME, o->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
    explicit_bzero(password, sizeof password);
    return true;
}

/* "<local@domain>" of each. NULL when memory is exhausted or one is no address. */
static struct curl_slist *
recipients(const struct smtp_mail *mail, struct problem *problem)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < mail->to_count; i++) {
        char path[260];
        if (!smtp_address_is_clean(mail->to[i])) {
            problem_tell_text(problem, N_("a recipient is no address"));
            curl_slist_free_all(list);
            return NULL;
        }
        snprintf(path, sizeof path, "<%.254s>", mail->to[i]);
        struct curl_slist *longer = curl_slist_append(list, path);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

/* Is it we whom the server does not want ("554 5.7.1 Relay access denied", "530 5.7.0 Must
 * authenticate"), and no recipient that is wrong? RFC 3463 section 3.8 has both in X.7.X. */
static bool
is_about_us(const struct upload *u)
{
    struct sceau_slice words = sceau_slice_from(u->words);
    bool is_security = slice_starts_ci(slice_skip(words, 4), SCEAU_SLICE("5.7."));
    return !u->is_in_data &&
           (is_security || slice_starts_ci(words, SCEAU_SLICE("530")) ||
            slice_starts_ci(words, SCEAU_SLICE("535")));
}

/* What the server said decides where it said anything. */
static enum sending
judge(CURL *curl, CURLcode code, const struct upload *u, const char *error,
      const struct smtp_options *o, struct problem *problem)
{
    long status = 0;
    enum sending end = transfer_sending(code, u->is_all_sent);
    if (code == CURLE_OK)
        return end;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (end != SENDING_UNKNOWN && (!u->is_addressed || u->words[0] == '\0'))
        end = SENDING_NOBODY; /* without words: it fell silent, or went away */
    else if (end != SENDING_UNKNOWN && status >= 500 && status < 600)
        end = is_about_us(u) ? SENDING_LATER : SENDING_REFUSED;
    if (u->words[0] == '\0')
        transfer_tell(problem, o->url, code, error);
    else
        PROBLEM(problem, AS_IS("{host}: {words}"),
                LANGUAGE_THEIRS("host", transfer_host(o->url)),
                THEIRS("words", u->words));
    return end;
}

static enum sending
perform(CURL *curl, const struct smtp_options *o, const struct smtp_mail *mail,
        struct curl_slist *to, struct problem *problem)
{
    struct upload u = {.mail = mail, .left = mail->octets};
    char error[CURL_ERROR_SIZE] = "", from[260], *url = NULL;
    snprintf(from, sizeof from, "<%.254s>", mail->from);
    size_t len = strlen(o->url);
    while (len > 0 && o->url[len - 1] == '/')
        len--;
    if (asprintf(&url, "%.*s/%s", (int)len, o->url, o->helo != NULL ? o->helo : "") <
        0) {
        problem_tell_text(problem, N_("out of memory"));
        return SENDING_LATER;
    }
    curl_rules_set(curl, "smtp,smtps", o->trust_file);
    set_security(curl, o);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, &u);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, hear);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &u);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &u);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)(o->patience > 0 ? o->patience : 60));
    CURLcode code = curl_easy_perform(curl);
    free(url);
    return judge(curl, code, &u, error, o, problem);
}

enum sending
smtp_send(const struct smtp_options *options, const struct smtp_mail *mail,
          struct problem *problem)
{
    enum sending end = SENDING_REFUSED;
    problem->text[0] = '\0';
    if (mail->from[0] != '\0' && !smtp_address_is_clean(mail->from)) {
        problem_tell_text(problem, N_("the sender is no address"));
        return end;
    }
    struct curl_slist *to = recipients(mail, problem);
    CURL *curl = to != NULL ? curl_rules_new() : NULL;
    if (curl == NULL && problem->text[0] == '\0') {
        problem_tell_text(problem, mail->to_count > 0 ? N_("out of memory")
                                                      : N_("there is no recipient"));
        end = mail->to_count > 0 ? SENDING_LATER : SENDING_REFUSED;
    } else if (curl != NULL) {
        end = !set_login(curl, options, problem)
                  ? SENDING_NOBODY
                  : perform(curl, options, mail, to, problem);
    }
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    return end;
}
