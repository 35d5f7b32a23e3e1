#include "deliver.h"

#include "core/text.h"
#include "delivery_mail.h"
#include "delivery_store.h"
#include "destinations.h"
#include "dmarc/uri.h"
#include "failure.h"
#include "folder.h"
#include "schedule.h"
#include "store/lease.h"
#include "store/meta.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#define DAY            86400
#define HOUR           3600
#define DELIVERY_ARENA ((size_t)1024 * 1024)
#define BOUNCE_ARENA   ((size_t)16 * 1024)
#define AGAIN          900 /* seconds until what fails here is tried again, at least */
#define AWAY_TRIES     10
#define PICKS          32 /* of the deliveries that are due one is taken by chance */
#define SECRET         SCEAU_SLICE("outbox.secret") /* in `meta` */
#define PATIENCE       (7 * DAY)                    /* and until it is tried no more */
/* In `reply`, of mails whose sender went away: */
#define TAKEN_BACK N_("who handed it over went away: it goes again")
#define TAKEN_BACK_EARLY \
 N_("who handed it over went away before all of it was sent: it goes again")
#define ENDING \
 N_("all of it is sent but the last octet") /* the same, while it is sent */

struct run {
    struct outbox_delivering *d;
    struct outbox_delivered *delivered;
    struct sceau_arena *arena, *mail_arena;
    char *problem;
    struct outbox_rest rest; /* of the mail server */
    struct sceau_slice
        replacements[OUTBOX_URIS_USED]; /* mailboxes, for the one at hand */
    size_t replacement_count;
    char folder[OUTBOX_FOLDER_NAME]; /* what the store calls it */
    uint64_t left_today;
    uint64_t until_look; /* mails taken until that is read again */
    uint64_t reserved;   /* of these, not for failure reports */
};

static bool
fail(struct run *r, const char *what, const char *why)
{
    struct text t = text_in(r->problem, OUTBOX_PROBLEM);
    text_format(&t, "%s: %s", what, why);
    text_done(&t);
    return false;
}

static bool
database_failed(struct run *r)
{
    return fail(r, N_("the store"), database_error(r->d->db));
}

static int64_t
now(const struct run *r)
{
    return r->d->clock(r->d->clock_self);
}

static int64_t
running(const struct run *r)
{
    return r->d->running != NULL ? r->d->running(r->d->clock_self) : lease_clock();
}

static void
tell(struct run *r, const struct outbox_next *next, const char *words)
{
    const struct outbox_event event = {
        .report = next->report,
        .policy_domain = next->policy_domain,
        .mailbox = next->mailbox,
        .state = next->state,
        .tries = next->tries,
        .next_try = next->next_try,
        .words = words,
    };
    if (r->d->tell != NULL)
        r->d->tell(r->d->tell_self, &event);
}

/* ---- one state ---- */

static bool
write_state(struct run *r, struct outbox_next *next, enum outbox_delivery_state state,
            int64_t next_try, const char *reply, const char *claim, bool *is_ours)
{
    struct database *db = r->d->db;
    const struct outbox_next before = *next;
    struct sceau_slice words = sceau_slice_from(reply);
    bool is_set =
        database_begin_durable(db) &&
        delivery_set(db, next, state, next_try, now(r), words, claim, is_ours);
    if (is_set && *is_ours && state == DELIVERY_REFUSED)
        is_set = destination_refused(db, next->mailbox, next->policy_domain, now(r),
                                     words, false);
    if (is_set && *is_ours && state == DELIVERY_SENT)
        is_set = destination_took(db, next->mailbox, now(r));
    if (is_set && database_commit(db))
        return true;
    database_failed(r);
    database_rollback(db);
    *next = before;
    return false;
}

/* It is on the disk before this returns. *is_ours is false, and nothing has changed, when
 * another process is at this delivery. */
static bool
set_own_state(struct run *r, struct outbox_next *next, enum outbox_delivery_state state,
              int64_t next_try, const char *reply, const char *claim, bool *is_ours)
{
    unsigned tries = 0;
    while (!write_state(r, next, state, next_try, reply, claim, is_ours))
        if (!database_try_again(r->d->db, &tries))
            return false;
    if (*is_ours && state != DELIVERY_SENDING)
        tell(r, next, reply);
    return true;
}

/* The same where it does not matter who wrote it. */
static bool
set_state(struct run *r, struct outbox_next *next, enum outbox_delivery_state state,
          int64_t next_try, const char *reply)
{
    bool is_ours;
    return set_own_state(r, next, state, next_try, reply, NULL, &is_ours);
}

/* The mail server has it. A store that is away for a moment is waited for; one that stays away
 * hears of it at the next call. */
static bool
set_sent(struct run *r, struct outbox_next *next, const char *reply)
{
    struct outbox_memory *memory = r->d->memory;
    for (unsigned left = AWAY_TRIES; left > 0; left--) {
        if (set_state(r, next, DELIVERY_SENT, now(r), reply))
            return true;
        if (database_failure(r->d->db) != DATABASE_AWAY)
            break;
        sleep(1);
    }
    if (memory == NULL)
        return false;
    snprintf(memory->report, sizeof memory->report, "%s", next->report);
    snprintf(memory->reply, sizeof memory->reply, "%.*s", OUTBOX_REPLY - 1, reply);
    memory->n = next->n;
    memory->taken = now(r);
    return false;
}

static bool
tell_of_taken(struct run *r)
{
    struct outbox_memory *memory = r->d->memory;
    struct database *db = r->d->db;
    if (memory == NULL || memory->report[0] == '\0')
        return true;
    if (database_begin_durable(db) &&
        delivery_taken(db, memory->report, memory->n, memory->taken,
                       sceau_slice_from(memory->reply)) &&
        database_commit(db)) {
        memory->report[0] = '\0';
        return true;
    }
    database_failed(r);
    database_rollback(db);
    return false;
}

/* ---- claims of those who went away ---- */

static bool
take_one_back(struct run *r, const struct delivery_claimed *claimed)
{
    struct database *db = r->d->db;
    if (database_begin_durable(db) &&
        delivery_take_back(db, claimed, now(r), SCEAU_SLICE(TAKEN_BACK_EARLY),
                           SCEAU_SLICE(TAKEN_BACK)) &&
        database_commit(db))
        return true;
    database_failed(r);
    bool is_busy = database_failure(db) == DATABASE_BUSY; /* another host is at it */
    database_rollback(db);
    return is_busy;
}

/* On one host: by its clock. */
static bool
take_back_alone(struct run *r, const struct delivery_claimed *all, int count)
{
    bool is_good = true;
    for (int i = 0; i < count && is_good; i++)
        is_good = all[i].until > now(r) || take_one_back(r, &all[i]);
    return is_good;
}

/* What this process saw, or another one of this host behind it. */
static bool
remember_claims(struct run *r, const char *boot, struct claims *claims)
{
    struct claims kept;
    if (boot[0] == '\0')
        return true;
    if (!delivery_claims_read(r->d->db, r->folder, boot, &kept))
        return database_failed(r);
    if (kept.looked > claims->looked)
        *claims = kept;
    return true;
}

/* For those who come after. Without it they see them as new: who wrote at the same time has. */
static bool
keep_claims(struct run *r, const char *boot, const struct claims *claims)
{
    struct database *db = r->d->db;
    if (database_begin(db) && delivery_claims_write(db, r->folder, boot, claims) &&
        database_commit(db))
        return true;
    database_failed(r);
    bool is_busy = database_failure(db) == DATABASE_BUSY;
    database_rollback(db);
    return is_busy;
}

static bool
take_back_shared(struct run *r, const struct delivery_claimed *all, int count)
{
    char boot[LEASE_BOOT];
    struct claims own = {.count = 0},
                  *claims = r->d->memory != NULL ? &r->d->memory->claims : &own;
    bool has_lived = claims->looked > 0, is_good = true;
    if (!lease_boot(boot))
        boot[0] = '\0'; /* this process alone remembers */
    if (!remember_claims(r, boot, claims))
        return false;
    bool had_any = claims->count > 0;
    claims_begin(claims, running(r), has_lived);
    for (int i = 0; i < count && is_good; i++)
        is_good = !claims_is_over(claims, all[i].claim, running(r)) ||
                  take_one_back(r, &all[i]);
    claims_end(claims);
    if (!is_good || boot[0] == '\0' || (!had_any && claims->count == 0))
        return is_good;
    return keep_claims(r, boot, claims);
}

static bool
take_back(struct run *r)
{
    struct delivery_claimed all[CLAIMS_SEEN];
    int count = delivery_claimed(r->d->db, all, CLAIMS_SEEN);
    if (count < 0)
        return database_failed(r);
    return database_is_shared(r->d->db) ? take_back_shared(r, all, count)
                                        : take_back_alone(r, all, count);
}

/* ---- may it be sent there? ---- */

/* An override of the same host takes the mailbox's place, with each mailbox that it names (RFC
 * 9990 section 4, step 9; RFC 9991 section 5: ruf of a failure report). One of these stays. */
static void
take_replacement(struct run *r, struct outbox_next *next,
                 const struct sceau_dmarc_record *replacement)
{
    bool is_failure = next->kind == OUTBOX_FAILURE, is_named = false;
    struct sceau_slice own[2];
    struct outbox_names ours = outbox_own_names(r->d->settings, own);
    r->replacement_count = 0;
    if (replacement == NULL)
        return;
    const struct sceau_slice *uris = is_failure ? replacement->ruf : replacement->rua;
    size_t count = is_failure ? replacement->ruf_count : replacement->rua_count;
    for (size_t i = 0; i < count && r->replacement_count < OUTBOX_URIS_USED; i++) {
        struct dmarc_uri uri;
        if (dmarc_uri_parse(r->arena, uris[i], &uri) != SCEAU_OK || !uri.is_mailto ||
            uri.mailbox.len == 0 || outbox_names_have(ours, uri.mailbox))
            continue;
        is_named = is_named || slice_eq(uri.mailbox, next->mailbox);
        r->replacements[r->replacement_count++] = uri.mailbox;
    }
    if (r->replacement_count > 0 && !is_named)
        next->mailbox = r->replacements[0];
}

/* The other mailboxes that the override names become deliveries of their own. */
static bool
add_replacements(struct run *r, const struct outbox_next *next)
{
    struct database *db = r->d->db;
    bool is_good = r->replacement_count < 2 || database_begin_durable(db);
    for (size_t i = 1; i < r->replacement_count && is_good; i++)
        is_good = delivery_add(db, next, r->replacements[i], now(r));
    if (is_good && (r->replacement_count < 2 || database_commit(db)))
        return true;
    database_failed(r);
    database_rollback(db);
    return false;
}

enum permission {
    MAY,
    MAY_NOT,
    MAY_BE
};

static enum permission
asks_destination(struct run *r, struct outbox_next *next, const char **why)
{
    struct sceau_context context = {.arena = r->arena,
                                    .resolver = r->d->resolver,
                                    .now = now(r)};
    const struct sceau_dmarc_record *replacement = NULL;
    bool accepts = false;
    *why = NULL;
    if (outbox_names_have(r->d->settings->accepting, next->mailbox))
        return MAY; /* an administrator knows (FEATURES G3) */
    enum sceau_status status =
        sceau_dmarc_external_accepts(&context, next->policy_domain,
                                     outbox_host_of(next->mailbox), &accepts,
                                     &replacement, why);
    if (status != SCEAU_OK)
        return MAY_BE;
    if (accepts)
        take_replacement(r, next, replacement);
    return accepts ? MAY : MAY_NOT;
}

/* ---- how much may be sent ---- */

static uint32_t
host_reports(const struct run *r)
{
    uint32_t most = r->d->settings->host_reports;
    return most > 0 ? most : OUTBOX_HOST_REPORTS;
}

/* What is left of the day's ceiling. Others send meanwhile, so it is read again behind a mail or
 * two at first, and behind each 64th part of what was sent: no host runs past it by more than
 * that, and a day's rows are not counted for each mail. */
static bool
look_at_ceiling(struct run *r)
{
    uint64_t sent;
    int64_t first_day, today = now(r) / DAY;
    if (!delivery_sent_since(r->d->db, today * DAY, &sent, &first_day))
        return database_failed(r);
    uint64_t ceiling = outbox_ceiling(first_day > today ? 0 : today - first_day);
    r->left_today = ceiling > sent ? ceiling - sent : 0;
    r->reserved = ceiling != UINT64_MAX ? ceiling / 2 : 0;
    r->until_look = ceiling != UINT64_MAX ? 1 + sent / 64 : UINT64_MAX;
    return true;
}

static bool
begin_pacing(struct run *r)
{
    if (!outbox_rest_read(r->d->db, r->folder, &r->rest))
        return database_failed(r);
    r->delivered->is_down = r->rest.until > now(r);
    return look_at_ceiling(r);
}

/* ---- one delivery ---- */

/* The first 60 bits of the report's id and the number of its mailbox. */
static uint64_t
delivery_number(const struct outbox_next *next)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%.15s", next->report);
    return strtoull(digits, NULL, 16) << 4 | (unsigned)next->n % OUTBOX_URIS_RECORDED;
}

static const char *
terminated(struct sceau_arena *arena, struct sceau_slice s)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, s);
    return text_done(&t).ptr;
}

#define LOST \
 "taken, perhaps: the answer did not come; it goes again under the same name; "

/* Does what was said of the tries before leave open whether one of them was taken? */
static bool
may_be_there(const struct outbox_next *next)
{
    return slice_starts_ci(next->reply, SCEAU_SLICE(LOST)) ||
           slice_eq(next->reply, SCEAU_SLICE(TAKEN_BACK));
}

/* The server answers again, or is to have its rest. */
static bool
note_server(struct run *r, bool is_down, const char *words)
{
    struct outbox_rest *rest = &r->rest;
    if (!is_down && rest->failures == 0)
        return true;
    unsigned failures = is_down ? rest->failures + 1 : 0;
    uint32_t wait = outbox_rest_wait(failures);
    *rest = (struct outbox_rest){.until = is_down ? now(r) + wait : 0,
                                 .failures = failures};
    snprintf(rest->words, sizeof rest->words, "%s", is_down ? words : "");
    r->delivered->is_down = is_down;
    struct database *db = r->d->db;
    if (database_begin_durable(db) && outbox_rest_write(db, r->folder, rest) &&
        database_commit(db))
        return true;
    database_failed(r);
    database_rollback(db);
    return false;
}

/* Not now. With a server that is down the delivery itself was not tried. */
static bool
wait_for_answer(struct run *r, struct outbox_next *next, bool is_down,
                const char *reply)
{
    uint32_t wait = is_down ? outbox_rest_wait(r->rest.failures)
                            : outbox_retry(next->tries, delivery_number(next));
    if (wait == 0) {
        r->delivered->given_up++;
        return set_state(r, next, DELIVERY_GIVEN_UP, 0, reply);
    }
    r->delivered->later++;
    next->is_untried = is_down;
    next->tries -= is_down;
    return set_state(r, next, DELIVERY_WAITING, now(r) + wait, reply);
}

/* The slow beginning has a ceiling. */
static void
count_sent(struct run *r)
{
    r->delivered->sent++;
    if (r->until_look == UINT64_MAX)
        return;
    r->left_today -= r->left_today > 0;
    r->until_look--;
}

static bool
record_answer(struct run *r, struct outbox_next *next, enum outbox_answer answer,
              const char *words)
{
    char reply[OUTBOX_REPLY + sizeof LOST];
    bool is_lost = answer == OUTBOX_UNKNOWN ||
                   (may_be_there(next) &&
                    (answer == OUTBOX_LATER || answer == OUTBOX_DOWN)); /* still so */
    snprintf(reply, sizeof reply, "%s%s", is_lost ? LOST : "", words);
    next->tries++;
    if (!note_server(r, answer == OUTBOX_DOWN, words) && answer != OUTBOX_TAKEN)
        return false;
    switch (answer) {
    case OUTBOX_TAKEN: count_sent(r); return set_sent(r, next, reply);
    case OUTBOX_REFUSED:
        /* The one before was taken, it seems, and this is refused as the same again. */
        if (may_be_there(next)) {
            count_sent(r);
            return set_sent(r, next, reply);
        }
        r->delivered->refused++;
        return set_state(r, next, DELIVERY_REFUSED, 0, reply);
    case OUTBOX_UNKNOWN: r->delivered->unknown++; break;
    case OUTBOX_LATER:
    case OUTBOX_DOWN:
    case OUTBOX_CALLED_OFF: break;
    }
    return wait_for_answer(r, next, answer == OUTBOX_DOWN, reply);
}

/* For what is no answer of the destination. The older the report, the longer; in the end it is of
 * no use to anybody. */
static bool
wait_here(struct run *r, struct outbox_next *next, const char *why)
{
    int64_t age = now(r) - next->built;
    if (age > PATIENCE) {
        r->delivered->given_up++;
        return set_state(r, next, DELIVERY_GIVEN_UP, 0, why);
    }
    r->delivered->later++;
    return set_state(r, next, DELIVERY_WAITING,
                     now(r) + AGAIN + (age > 0 ? age / 4 : 0), why);
}

/* A mail on its way, and how long it is ours. */
struct holding {
    struct run *r;
    struct outbox_next *next;
    int64_t claimed; /* in running time */
    bool has_failed; /* the store did, when it was asked */
};

/* In one transaction: the claim is renewed when it is old, and noted that the end is sent now. A
 * note that is lost with the host's disk blames a mailbox for one refusal; it need not be waited
 * for. */
static bool
change_claim(struct holding *h, bool is_old, bool is_end, bool *is_ours)
{
    struct database *db = h->r->d->db;
    char claim[CLAIM_SIZE];
    int64_t until = now(h->r) + OUTBOX_LEASE;
    snprintf(claim, sizeof claim, "%s", h->next->claim);
    *is_ours = true;
    bool is_good =
        is_old ? claim_make(claim) && database_begin_durable(db) : database_begin(db);
    if (is_good && is_old)
        is_good = delivery_renew(db, h->next, claim, until, is_ours);
    if (is_good && is_end && *is_ours)
        is_good = delivery_note(db, h->next, claim, SCEAU_SLICE(ENDING), is_ours);
    if (!is_good || !database_commit(db))
        return false;
    snprintf(h->next->claim, sizeof h->next->claim, "%s", claim);
    h->next->next_try = is_old ? until : h->next->next_try;
    return true;
}

/* Who was frozen may find that another host has it. */
static bool
may_go(void *self, bool is_end)
{
    struct holding *h = self;
    struct run *r = h->r;
    int64_t at = running(r);
    bool is_old = claim_is_old(h->claimed, at), is_ours = true;
    unsigned tries = 0;
    if (!is_old && !is_end)
        return true;
    while (!change_claim(h, is_old, is_end, &is_ours)) {
        database_failed(r);
        database_rollback(r->d->db);
        h->has_failed = !database_try_again(r->d->db, &tries);
        if (h->has_failed)
            return false;
    }
    h->claimed = is_old ? at : h->claimed;
    return is_ours;
}

static bool
send_and_record(struct run *r, struct outbox_next *next, int64_t claimed,
                const char *from, const char *to, struct sceau_slice mail)
{
    char reply[OUTBOX_REPLY] = "";
    struct outbox_sender *sender = r->d->sender;
    struct holding holding = {.r = r, .next = next, .claimed = claimed};
    sender->may_go = may_go;
    sender->may_go_self = &holding;
    enum outbox_answer answer = sender->send(sender, from, to, mail, reply);
    sender->may_go = NULL;
    if (answer == OUTBOX_CALLED_OFF)
        return !holding.has_failed; /* the claim is another one's, or will be */
    return record_answer(r, next, answer, reply);
}

static bool
hand_over(struct run *r, struct outbox_next *next)
{
    char claim[CLAIM_SIZE];
    bool is_ours;
    const struct delivery_mail composing = {
        .db = r->d->db,
        .settings = r->d->settings,
        .is_bulk = r->d->is_bulk,
        .arena = r->arena,
        .mail_arena = r->mail_arena,
        .problem = r->problem,
    };
    struct sceau_slice mail = delivery_mail_compose(&composing, next);
    struct sceau_slice path =
        outbox_return_path(r->arena, r->d->secret, r->d->return_path,
                           delivery_number(next));
    const char *from = terminated(r->arena, path),
               *to = terminated(r->arena, next->mailbox);
    if (mail.ptr == NULL || path.ptr == NULL || from == NULL || to == NULL) {
        const char *why =
            mail.ptr == NULL ? r->problem : N_("report.return_path is no address");
        return wait_here(r, next, why);
    }
    int64_t claimed = running(r);
    if (!claim_make(claim))
        return fail(r, N_("memory"), N_("there is none"));
    const char *left_open = may_be_there(next) ? TAKEN_BACK : "";
    if (!set_own_state(r, next, DELIVERY_SENDING, now(r) + OUTBOX_LEASE, left_open,
                       claim, &is_ours))
        return false;
    return !is_ours || send_and_record(r, next, claimed, from, to, mail);
}

/* Nothing is sent to it: an administrator says so, or it refused. One refusal, which may be of
 * another domain's report, makes the others wait: it costs nobody his reports before it has been
 * said again and again. */
static bool
leave_alone(struct run *r, struct outbox_next *next, bool *is_left)
{
    int64_t until;
    const struct outbox_names never = r->d->settings->never;
    if (!destination_until(r->d->db, next->mailbox, now(r), &until))
        return database_failed(r);
    bool is_named = outbox_names_have(never, next->mailbox) ||
                    outbox_names_have(never, next->policy_domain);
    *is_left = is_named || until > 0;
    if (!*is_left)
        return true;
    r->delivered->suppressed++;
    if (!is_named && until - now(r) <= PATIENCE)
        return set_state(r, next, DELIVERY_WAITING, until,
                         N_("it refused reports lately"));
    return set_state(r, next, DELIVERY_SUPPRESSED, 0,
                     is_named ? N_("report.never names it")
                              : N_("it refused reports lately"));
}

/* Another mailbox has taken this one's place: what holds of that one, and is it told already? */
static bool
look_at_replacement(struct run *r, struct outbox_next *next, bool *is_left)
{
    if (!leave_alone(r, next, is_left))
        return false;
    if (*is_left)
        return true;
    if (!delivery_is_double(r->d->db, next, is_left))
        return database_failed(r);
    return !*is_left || set_state(r, next, DELIVERY_UNUSABLE, 0,
                                  N_("the same mailbox is named before"));
}

/* ---- shares ---- */

static bool
ask_organization(struct run *r, struct sceau_slice domain,
                 struct sceau_slice *organization)
{
    struct sceau_context context = {.arena = r->arena,
                                    .resolver = r->d->resolver,
                                    .now = now(r)};
    /* The suffix list, where there is one, is believed by no owner of a zone. */
    enum sceau_status status =
        sceau_dmarc_organizational_domain(&context,
                                          r->d->psl != NULL ? SCEAU_DMARC_PSL
                                                            : SCEAU_DMARC_TREEWALK,
                                          r->d->psl, domain, organization);
    if (status == SCEAU_E_SYNTAX || (status == SCEAU_OK && organization->len == 0))
        *organization = domain;
    return status != SCEAU_E_SYSTEM && status != SCEAU_E_LIMIT;
}

/* Whose shares this delivery is of; it is kept with it. */
static bool
ask_organizations(struct run *r, struct outbox_next *next)
{
    struct sceau_slice to, about;
    if (next->organization.len > 0)
        return true;
    if (!ask_organization(r, outbox_host_of(next->mailbox), &to) ||
        !ask_organization(r, next->policy_domain, &about))
        return false;
    next->organization = to;
    next->about = about;
    return true;
}

/* Is a share of an hour or day used up? *why: which; NULL: none is. */
static bool
look_at_shares(struct run *r, const struct outbox_next *next, const char **why,
               int64_t *until)
{
    struct database *db = r->d->db;
    bool is_failure = next->kind == OUTBOX_FAILURE;
    uint32_t of_host = host_reports(r), sent_to, sent_about;
    uint32_t of_owner = is_failure ? FAILURE_DOMAIN_HOUR : OUTBOX_ORGANIZATION_REPORTS;
    int64_t day = now(r) / DAY * DAY;
    int64_t since = is_failure ? now(r) - HOUR : day - 1;
    *why = NULL;
    *until = now(r) + HOUR;
    if (!delivery_sent_to(db, next->organization, now(r) - HOUR, of_host, &sent_to) ||
        !delivery_sent_about(db, next->about, next->kind, since, of_owner, &sent_about))
        return database_failed(r);
    /* Anybody can cause them: in the slow beginning they may not use up the day. */
    if (is_failure && r->left_today <= r->reserved)
        *why = N_("failure reports have had their share of this day");
    if (sent_about >= of_owner)
        *why = is_failure ? N_("its organization has had its share of this hour")
                          : N_("its organization has had its share of this day");
    if (sent_about >= of_owner && !is_failure)
        *until = outbox_due(next->policy_domain, day + DAY - 1, r->d->settings->spread);
    if (sent_to >= of_host)
        *why = N_("its host has had its share of this hour");
    return true;
}

/* With pacing. */
static bool
wait_for_share(struct run *r, struct outbox_next *next, bool *is_waiting)
{
    const char *why;
    int64_t until;
    *is_waiting = true;
    if (!ask_organizations(r, next))
        return wait_here(r, next, N_("DNS could not tell whether it takes them"));
    if (!look_at_shares(r, next, &why, &until))
        return false;
    *is_waiting = why != NULL;
    if (why == NULL)
        return true;
    r->delivered->is_full = true;
    if (now(r) - next->built <= PATIENCE)
        return set_state(r, next, DELIVERY_WAITING, until, why);
    r->delivered->given_up++;
    return set_state(r, next, DELIVERY_GIVEN_UP, 0, why);
}

static bool
deliver_one(struct run *r, struct outbox_next *next)
{
    bool is_left;
    const char *why;
    const struct sceau_slice named = next->mailbox;
    if (!leave_alone(r, next, &is_left))
        return false;
    if (!is_left && r->d->settings->spread > 0 && !wait_for_share(r, next, &is_left))
        return false;
    if (is_left)
        return true;
    switch (asks_destination(r, next, &why)) {
    case MAY_BE:
        return wait_here(r, next,
                         why != NULL ? why
                                     : N_("DNS could not tell whether it takes them"));
    case MAY_NOT:
        r->delivered->unaccepted++;
        return set_state(r, next, DELIVERY_UNACCEPTED, 0,
                         why != NULL ? why : N_("it does not say that it takes them"));
    case MAY: break;
    }
    bool is_replaced = !slice_eq(named, next->mailbox);
    if (is_replaced &&
        !(add_replacements(r, next) && look_at_replacement(r, next, &is_left)))
        return false;
    return is_left || hand_over(r, next);
}

/* How many of those that are due are left to others. With 32 two of three hosts that send at once
 * are at the same one a time in sixteen; by itself a host goes through them all the same. */
static unsigned
skipped(const struct run *r)
{
    unsigned char random = 0;
    if (!database_is_shared(r->d->db) || RAND_bytes(&random, 1) != 1)
        return 0;
    return random % PICKS;
}

static bool
deliver_all(struct run *r)
{
    int step = 0;
    while (!r->delivered->is_down &&
           (r->d->is_stopping == NULL || !r->d->is_stopping(r->d->stopping_self))) {
        struct outbox_next next;
        sceau_arena_clear(r->arena);
        sceau_arena_clear(r->mail_arena);
        step = delivery_next(r->d->db, r->arena, r->folder, now(r), skipped(r), &next);
        if (step != 1)
            break;
        if (r->until_look == 0 && !look_at_ceiling(r))
            return false;
        if (r->d->settings->spread > 0 && r->left_today == 0) {
            r->delivered->is_full = true;
            break;
        }
        if (!deliver_one(r, &next))
            return false;
    }
    return step >= 0 || database_failed(r);
}

bool
outbox_deliver(struct outbox_delivering *d, struct outbox_delivered *delivered,
               /* NOLINTNEXTLINE(readability-non-const-parameter): it is written to */
               char problem[OUTBOX_PROBLEM])
{
    *delivered = (struct outbox_delivered){0};
    struct run r = {.d = d,
                    .delivered = delivered,
                    .problem = problem,
                    .arena = sceau_arena_new(DELIVERY_ARENA),
                    .mail_arena = sceau_arena_new(DELIVERY_MAIL_ARENA)};
    bool is_good = r.arena != NULL && r.mail_arena != NULL;
    if (!is_good)
        fail(&r, N_("memory"), N_("there is none"));
    else if (!outbox_folder_name(d->settings->folder, r.folder))
        is_good = fail(&r, d->settings->folder, strerror(errno));
    is_good = is_good && tell_of_taken(&r) && take_back(&r) && begin_pacing(&r) &&
              deliver_all(&r);
    sceau_arena_free(r.mail_arena);
    sceau_arena_free(r.arena);
    return is_good;
}

/* ---- bounces ---- */

bool
outbox_bounce_number(const uint8_t secret[OUTBOX_SECRET],
                     const struct outbox_bounce *bounce, uint64_t *number)
{
    for (size_t i = 0; i < bounce->to_count; i++)
        if (outbox_delivery(secret, bounce->to[i], number))
            return true;
    return false;
}

static bool
count_bounce(struct database *db, struct sceau_arena *arena, uint64_t number,
             const struct outbox_bounce *bounce, int64_t now,
             enum outbox_bounced *bounced)
{
    char id[17];
    struct bounced_delivery found;
    struct sceau_slice reason = bounce->reason;
    if (reason.len > OUTBOX_REPLY) /* of a mail of strangers */
        reason.len = OUTBOX_REPLY;
    snprintf(id, sizeof id, "%015llx", (unsigned long long)(number >> 4));
    if (!delivery_bounced(db, arena, id, (int)(number % OUTBOX_URIS_RECORDED),
                          bounce->is_final ? DELIVERY_BOUNCED : DELIVERY_GIVEN_UP, now,
                          reason, &found))
        return false;
    if (found.mailbox.len == 0)
        return true;
    *bounced = bounce->is_final ? OUTBOX_BOUNCE_REFUSED : OUTBOX_BOUNCE_EXPIRED;
    return !bounce->is_final ||
           destination_refused(db, found.mailbox, found.policy_domain, now, reason,
                               true);
}

bool
outbox_bounced(struct database *db, const uint8_t secret[OUTBOX_SECRET],
               const struct outbox_bounce *bounce, int64_t now,
               enum outbox_bounced *bounced)
{
    uint64_t number;
    *bounced = OUTBOX_BOUNCE_FOREIGN;
    if (!outbox_bounce_number(secret, bounce, &number))
        return true;
    *bounced = OUTBOX_BOUNCE_KNOWN;
    if (!bounce->has_failed)
        return true;
    struct sceau_arena *arena = sceau_arena_new(BOUNCE_ARENA);
    bool is_good =
        arena != NULL && count_bounce(db, arena, number, bounce, now, bounced);
    sceau_arena_free(arena);
    return is_good;
}

/* ---- the key of the tokens ---- */

bool
outbox_secret_read(struct database *db, uint8_t secret[OUTBOX_SECRET], bool *is_there)
{
    char all[2 * OUTBOX_SECRET + 1];
    struct text value = text_in(all, sizeof all);
    int step = meta_read(db, SECRET, &value);
    struct sceau_slice hex = text_so_far(&value);
    *is_there = hex.len == 2 * OUTBOX_SECRET;
    for (size_t i = 0; *is_there && i < OUTBOX_SECRET; i++) {
        char digits[3] = {hex.ptr[2 * i], hex.ptr[2 * i + 1], '\0'};
        secret[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return step >= 0;
}

bool
outbox_secret(struct database *db, uint8_t secret[OUTBOX_SECRET])
{
    bool is_there;
    char hex[2 * OUTBOX_SECRET + 1];
    if (!outbox_secret_read(db, secret, &is_there) || is_there)
        return is_there;
    if (RAND_bytes(secret, OUTBOX_SECRET) != 1 || !database_begin_durable(db))
        return false;
    for (size_t i = 0; i < OUTBOX_SECRET; i++)
        snprintf(hex + 2 * i, 3, "%02x", secret[i]);
    /* Another process may have been faster: what is there then is the key. */
    if (meta_keep(db, SECRET, sceau_slice_from(hex)) && database_commit(db))
        return outbox_secret_read(db, secret, &is_there) && is_there;
    database_rollback(db);
    return false;
}
