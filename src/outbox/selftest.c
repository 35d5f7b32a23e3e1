/* A row of `meta` is one line: hash, nonce, times, and two sentences with a TAB between. */
#include "selftest.h"

#include "core/text.h"
#include "identity.h"
#include "message/compose.h"
#include "store/meta.h"
#include "verify/iprev.h"

#include <inttypes.h>
#include <stdio.h>

#include <openssl/rand.h>

#define KNOWN     "outbox.selftest" /* in `meta`: KNOWN/HASH of the settings */
#define NAME_SIZE ((size_t)16 + SELFTEST_HASH)
#define ROW_SIZE  (2 * SELFTEST_PROBLEM + 256)

/* ---- what is known ---- */

void
selftest_hash(const struct selftest_settings *settings, char hash[SELFTEST_HASH])
{
    const struct sceau_slice parts[] = {settings->from,     settings->return_path,
                                        settings->receiver, settings->server,
                                        settings->user,     settings->host};
    outbox_digest(parts, sizeof parts / sizeof *parts, hash, SELFTEST_HASH);
}

static void
read_problems(struct selftest *test, struct sceau_slice problems)
{
    size_t tab = slice_find(problems, '\t');
    snprintf(test->problem, sizeof test->problem, "%.*s", (int)tab, problems.ptr);
    problems = slice_skip(problems, tab < problems.len ? tab + 1 : tab);
    snprintf(test->host_problem, sizeof test->host_problem, "%.*s",
             SLICE_ARG(problems));
}

static void
read_row(const char *row, struct selftest *test)
{
    int at = 0;
    *test = (struct selftest){0};
    /* NOLINTNEXTLINE(cert-err34-c): a row of ours */
    if (sscanf(row,
               "%32[0-9a-f] %" SCNx64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
               "%*[ h]|%n",
               test->settings, &test->nonce, &test->sent, &test->again, &test->arrived,
               &test->named, &at) == 6) {
        test->is_by_hand = slice_find(sceau_slice_from(row), 'h') < (size_t)at;
        read_problems(test, sceau_slice_from(row + at));
    } else
        *test = (struct selftest){0};
}

static struct sceau_slice
name_of(const char *hash, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%s/%.*s", KNOWN, SELFTEST_HASH - 1, hash);
    return sceau_slice_from(name);
}

/* An older version kept one row, of whatever settings. */
bool
selftest_read(struct database *db, const char *hash, struct selftest *test)
{
    char row[ROW_SIZE] = "", name[NAME_SIZE];
    struct text value = text_in(row, sizeof row);
    int step = meta_read(db, name_of(hash, name), &value);
    if (step == 0)
        step = meta_read(db, sceau_slice_from(KNOWN), &value);
    text_done(&value);
    read_row(row, test);
    if (strcmp(test->settings, hash) == 0)
        return step >= 0;
    *test = (struct selftest){0};
    snprintf(test->settings, sizeof test->settings, "%s", hash);
    return step >= 0;
}

static int64_t
last_of(const struct selftest *test)
{
    int64_t last = test->sent > test->arrived ? test->sent : test->arrived;
    return test->named > last ? test->named : last;
}

/* The one with this number; 0: that which something was last heard of. */
static bool
choose(struct database *db, uint64_t nonce, struct selftest *test)
{
    char row[ROW_SIZE];
    struct selftest one;
    int step;
    struct statement *s =
        database_prepare(db,
                         "SELECT value FROM meta WHERE name >= 'outbox.selftest' AND "
                         "name < 'outbox.selftest0' ORDER BY name DESC");
    *test = (struct selftest){0};
    while ((step = statement_step(s)) == 1) {
        snprintf(row, sizeof row, "%.*s", SLICE_ARG(column_text(s, 0)));
        read_row(row, &one);
        if (nonce != 0 ? one.nonce == nonce : last_of(&one) >= last_of(test))
            *test = one;
    }
    return step == 0;
}

bool
selftest_find(struct database *db, uint64_t nonce, struct selftest *test)
{
    *test = (struct selftest){0};
    return nonce == 0 || choose(db, nonce, test);
}

bool
selftest_read_latest(struct database *db, struct selftest *test)
{
    return choose(db, 0, test);
}

bool
selftest_write(struct database *db, const struct selftest *test)
{
    char row[ROW_SIZE], name[NAME_SIZE];
    struct text t = text_in(row, sizeof row);
    text_format(&t,
                "%s %" PRIx64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                " %s|%s\t%s",
                test->settings, test->nonce, test->sent, test->again, test->arrived,
                test->named, test->is_by_hand ? "h" : "", test->problem,
                test->host_problem);
    return meta_write(db, name_of(test->settings, name), text_done(&t));
}

static bool
is_same(const struct selftest *a, const struct selftest *b)
{
    return a->nonce == b->nonce && a->sent == b->sent && a->again == b->again &&
           a->named == b->named && a->is_by_hand == b->is_by_hand &&
           (a->arrived == b->arrived || a->arrived == 0); /* too long ago */
}

static bool
change(struct database *db, const struct selftest *before, const struct selftest *test,
       struct selftest *now, bool *is_ours)
{
    bool is_read = selftest_read(db, before->settings, now);
    *is_ours = is_read && is_same(before, now);
    return is_read && (!*is_ours || selftest_write(db, test));
}

bool
selftest_change(struct database *db, const struct selftest *before,
                struct selftest *test, bool *is_ours)
{
    struct selftest now;
    unsigned tries = 0;
    do {
        if (database_begin_durable(db) && change(db, before, test, &now, is_ours) &&
            database_commit(db)) {
            *test = *is_ours ? *test : now;
            return true;
        }
        database_rollback(db);
    } while (database_try_again(db, &tries));
    return false;
}

void
selftest_expire(struct selftest *test, int64_t now)
{
    if (!test->is_by_hand && now >= test->arrived + SELFTEST_VALID)
        test->arrived = 0;
}

bool
selftest_is_old(const struct selftest *test, int64_t now)
{
    return !test->is_by_hand && test->arrived > 0 &&
           now >= test->arrived + SELFTEST_RENEW;
}

bool
selftest_has_passed(const struct selftest *test)
{
    return test->arrived > 0 && test->named > 0;
}

const char *
selftest_missing(const struct selftest *test)
{
    if (selftest_has_passed(test))
        return NULL;
    if (test->sent == 0)
        return test->problem[0] != '\0' ? test->problem
                                        : N_("no test mail was sent yet");
    if (test->arrived == 0)
        return test->problem[0] != '\0' ? test->problem
                                        : N_("the test mail has not come back yet");
    return test->host_problem[0] != '\0'
               ? test->host_problem
               : N_("the names of the sending host were not looked at yet");
}

const char *
selftest_remedy(const struct selftest *test)
{
    if (selftest_has_passed(test))
        return NULL;
    if (test->sent == 0 && test->problem[0] != '\0')
        return N_(
            "let the mail server of report.smtp take mail of report.return_path; then "
            "sceau outbox selftest");
    if (test->sent == 0)
        return N_(
            "sceau-reportd sends one within minutes; sceau outbox selftest at once");
    if (test->arrived == 0)
        return N_("let mail to report.return_path, with +anything before the @, reach "
                  "incoming in the state directory or a mailbox of [intake], and let "
                  "sceau-milter sign mail of report.from; then sceau outbox selftest");
    return N_(
        "let each address of the sending host have a PTR record whose name leads back "
        "to it, or name the host in report.sending_host; then sceau outbox selftest");
}

/* ---- the mail ---- */

bool
selftest_begin(struct selftest *test, bool is_kept)
{
    do {
        if (RAND_bytes((unsigned char *)&test->nonce, sizeof test->nonce) != 1)
            return false;
    } while (test->nonce == 0);
    test->sent = 0;
    if (!is_kept)
        test->arrived = 0;
    test->problem[0] = '\0';
    return true;
}

struct sceau_slice
selftest_mail(struct sceau_arena *arena, const struct selftest_settings *settings,
              struct sceau_slice to, uint64_t nonce, int64_t now)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_slice from = settings->from;
    text_format(&t,
                "From: <%.*s>\r\nTo: <%.*s>\r\nSubject: sceau self-test of reports\r\n"
                "Date: ",
                SLICE_ARG(from), SLICE_ARG(to));
    compose_date(&t, now);
    text_format(
        &t,
        "\r\nMessage-ID: <selftest.%016" PRIx64 "@%.*s>\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        "This host is about to send DMARC aggregate reports. It looks first whether a mail\r\n"
        "to its own return path comes back, and passes DMARC. Nothing is to be done.\r\n",
        nonce, SLICE_ARG(slice_skip(from, slice_find_last(from, '@') + 1)));
    return text_done(&t);
}

/* ---- the host ---- */

static void
say(struct selftest *test, const char *problem)
{
    snprintf(test->host_problem, sizeof test->host_problem, "%s", problem);
}

/* SCEAU_IPREV_PASS, or the worst that an address of this type comes to. */
static enum sceau_iprev_result
look_at(struct sceau_context *context, struct sceau_slice host, uint16_t type,
        size_t *addresses)
{
    struct sceau_dns_answer answer;
    struct sceau_slice name;
    sceau_dns_lookup(context, host, type, &answer);
    if (sceau_dns_is_trouble(answer.status))
        return SCEAU_IPREV_TEMPERROR;
    for (size_t i = 0; i < answer.count; i++) {
        enum sceau_iprev_result one =
            iprev_check(context, &answer.rrs[i].address, &name);
        ++*addresses;
        if (one != SCEAU_IPREV_PASS)
            return one;
    }
    return SCEAU_IPREV_PASS;
}

void
selftest_look_at_host(struct selftest *test, struct sceau_context *context,
                      struct sceau_slice host)
{
    size_t addresses = 0;
    enum sceau_iprev_result ip4 = look_at(context, host, SCEAU_DNS_A, &addresses);
    enum sceau_iprev_result ip6 = look_at(context, host, SCEAU_DNS_AAAA, &addresses);
    test->named = 0;
    test->host_problem[0] = '\0';
    if (ip4 == SCEAU_IPREV_TEMPERROR || ip6 == SCEAU_IPREV_TEMPERROR)
        say(test, N_("DNS could not tell the names of the sending host"));
    else if (ip4 != SCEAU_IPREV_PASS || ip6 != SCEAU_IPREV_PASS)
        say(test,
            N_("an address of the sending host has no name that leads back to it"));
    else if (addresses == 0)
        say(test, N_("the sending host has no address in DNS"));
    else
        test->named = context->now;
}
