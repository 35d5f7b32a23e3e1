#include "outbox_incoming.h"

#include "core/text.h"
#include "mail_proof.h"
#include "outbox/secret.h"
#include "outbox/selftest.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_MAX ((size_t)256 * 1024) /* of a mail: its header and a bounce's status */

static struct sceau_slice
beginning_of(int fd, struct sceau_arena *arena)
{
    struct stat info;
    size_t max = fstat(fd, &info) == 0 && info.st_size < (off_t)READ_MAX
                     ? (size_t)info.st_size
                     : READ_MAX;
    char *octets = sceau_arena_alloc(arena, max);
    size_t len = 0;
    ssize_t n = octets != NULL ? 1 : 0;
    while (n > 0 && len < max) {
        n = pread(fd, octets + len, max - len, (off_t)len);
        len += n > 0 ? (size_t)n : 0;
    }
    return (struct sceau_slice){octets, len};
}

/* Is this the number of the mail that the self-test waits for? */
static bool
is_test(struct database *db, uint64_t number, bool *is_it)
{
    struct selftest test;
    bool is_read = selftest_find(db, number, &test);
    *is_it = test.nonce != 0;
    return is_read;
}

bool
outbox_incoming_look(struct database *db, struct sceau_arena *arena, int fd,
                     struct outbox_mail_back *mail)
{
    uint8_t secret[OUTBOX_SECRET];
    bool is_there, is_it;
    *mail = (struct outbox_mail_back){.what = INCOMING_OTHER};
    bool is_bounce = outbox_bounce_read(beginning_of(fd, arena), &mail->bounce);
    if (mail->bounce.to_count == 0)
        return true;
    if (!outbox_secret_read(db, secret, &is_there))
        return false;
    if (!is_there || !outbox_bounce_number(secret, &mail->bounce, &mail->number))
        return true;
    if (!is_test(db, mail->number, &is_it))
        return false;
    mail->what = is_bounce ? INCOMING_BOUNCE : is_it ? INCOMING_TEST : INCOMING_OTHER;
    return true;
}

const char *
outbox_taken_word(enum outbox_taken taken)
{
    static const char *const words[] = {
        [OUTBOX_TAKEN_NOTHING] = "nothing", [OUTBOX_TAKEN_PASSED] = "passed",
        [OUTBOX_TAKEN_FAILED] = "failed",   [OUTBOX_TAKEN_REFUSED] = "refused",
        [OUTBOX_TAKEN_EXPIRED] = "expired", [OUTBOX_TAKEN_LATER] = "later",
    };
    return words[taken];
}

/* ---- the self-test ---- */

static struct sceau_slice
domain_of(struct sceau_slice address)
{
    return slice_skip(address, slice_find_last(address, '@') + 1);
}

/* What is wrong with it; NULL: nothing. */
static const char *
fault_of(struct environment *env, const struct mail_proof *proof)
{
    if (!slice_eq_ci(proof->domain, domain_of(env->config.report.from)))
        return N_("the test mail came back with another author than report.from");
    switch (proof->result) {
    case SCEAU_DMARC_PASS: return NULL;
    case SCEAU_DMARC_NONE:
        return N_("the domain of report.from publishes no DMARC record");
    case SCEAU_DMARC_TEMPERROR:
        return N_("DNS could not tell whether the test mail passes DMARC");
    case SCEAU_DMARC_FAIL:
    case SCEAU_DMARC_PERMERROR: break;
    }
    return N_(
        "the test mail came back without a DKIM signature that passes DMARC for the "
        "domain of report.from");
}

static bool
take_test(struct environment *env, struct database *db, struct sceau_arena *arena,
          int fd, uint64_t number, int64_t now, bool may_wait, enum outbox_taken *taken)
{
    struct selftest test;
    struct mail_proof proof;
    sceau_arena_clear(arena);
    if (!selftest_find(db, number, &test))
        return false;
    bool is_read = mail_proof_of(env, arena, fd, now, &proof);
    if (may_wait && (!is_read || proof.result == SCEAU_DMARC_TEMPERROR)) {
        *taken = OUTBOX_TAKEN_LATER;
        return true;
    }
    const char *fault =
        is_read ? fault_of(env, &proof) : N_("the test mail cannot be read");
    *taken = fault == NULL ? OUTBOX_TAKEN_PASSED : OUTBOX_TAKEN_FAILED;
    snprintf(test.problem, sizeof test.problem, "%s", fault != NULL ? fault : "");
    test.arrived = fault == NULL ? now : 0;
    if (fault == NULL)
        test.nonce = 0;
    test.is_by_hand = !may_wait; /* only sceau-reportd waits */
    return selftest_write(db, &test);
}

/* The test mail itself came back as undeliverable. */
static bool
take_test_bounce(struct database *db, const struct outbox_bounce *bounce,
                 uint64_t number, enum outbox_taken *taken)
{
    struct selftest test;
    struct text t;
    if (!bounce->has_failed)
        return true;
    if (!selftest_find(db, number, &test))
        return false;
    t = text_in(test.problem, sizeof test.problem);
    text_escaped(&t, slice_sub(bounce->reason, 0, 60));
    text_done(&t);
    *taken = OUTBOX_TAKEN_FAILED;
    return selftest_write(db, &test);
}

/* ---- bounces ---- */

static bool
take_bounce(struct database *db, int64_t now, const struct outbox_mail_back *mail,
            enum outbox_taken *taken)
{
    uint8_t secret[OUTBOX_SECRET];
    bool is_it;
    enum outbox_bounced bounced;
    if (!is_test(db, mail->number, &is_it))
        return false;
    if (is_it)
        return take_test_bounce(db, &mail->bounce, mail->number, taken);
    if (!outbox_secret_read(db, secret, &is_it) ||
        !outbox_bounced(db, secret, &mail->bounce, now, &bounced))
        return false;
    if (bounced == OUTBOX_BOUNCE_REFUSED)
        *taken = OUTBOX_TAKEN_REFUSED;
    else if (bounced == OUTBOX_BOUNCE_EXPIRED)
        *taken = OUTBOX_TAKEN_EXPIRED;
    return true;
}

bool
outbox_incoming_take(struct environment *env, struct database *db,
                     struct sceau_arena *arena, int fd, int64_t now, bool may_wait,
                     const struct outbox_mail_back *mail, enum outbox_taken *taken)
{
    *taken = OUTBOX_TAKEN_NOTHING;
    switch (mail->what) {
    case INCOMING_TEST:
        return take_test(env, db, arena, fd, mail->number, now, may_wait, taken);
    case INCOMING_BOUNCE: return take_bounce(db, now, mail, taken);
    case INCOMING_OTHER: break;
    }
    return true;
}
