/* A verdict and a decision as the journal's record. The local part of the sender is left
 * out: nothing is kept of persons unless journal.privacy says so (O11). */
#include "remember.h"

#include "message/redact.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

static void
remember_spf(const struct sceau_verdict *v, struct record_message *r)
{
    r->has_spf = v->has_spf;
    r->spf_mail_from_result = (uint8_t)v->spf_mail_from.result;
    r->spf_mail_from_domain = v->spf_mail_from.domain;
    r->spf_helo_result = (uint8_t)v->spf_helo.result;
    r->spf_helo_domain = v->spf_helo.domain;
}

static void
remember_signatures(const struct sceau_verdict *v, struct record_message *r)
{
    for (size_t i = 0; i < v->dkim_count && i < RECORD_SIGNATURES_MAX; i++) {
        const struct sceau_dkim_outcome *d = &v->dkim[i];
        r->signatures[r->signature_count++] = (struct record_signature){
            .result = (uint8_t)d->result,
            .algorithm = (uint8_t)d->algorithm,
            .domain = d->domain,
            .selector = d->selector,
        };
    }
}

static void
remember_dmarc(const struct sceau_dmarc_outcome *d, struct record_message *r)
{
    r->dmarc_result = (uint8_t)d->result;
    r->dmarc_policy = (uint8_t)d->policy;
    r->dmarc_asked = (uint8_t)d->disposition;
    r->applied_tag = (uint8_t)d->applied_tag;
    r->spf_aligned = d->spf_aligned;
    r->dkim_aligned = d->dkim_aligned;
    r->policy_domain = d->policy_domain;
    r->record = d->record != NULL ? d->record->text : SLICE_NONE;
}

static void
remember_signing(const struct milter_signed *s, struct record_message *r)
{
    if (s->count > 0 && !slice_eq_ci(s->domain, r->author_domain))
        r->signing_domain = s->domain;
    static_assert(KEYRING_KEYS_MAX <= RECORD_SELECTORS_MAX,
                  "a record has room for all");
    for (size_t i = 0; i < s->count; i++)
        r->selectors[r->selector_count++] = s->selectors[i];
}

/* ---- the sender's local part ---- */

bool
remember_key_open(struct remember_key *key, const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/privacy.key", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_new = fd < 0 && errno == ENOENT;
    if (is_new)
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    const ssize_t size = sizeof key->octets;
    if (is_new)
        key->is_set = getrandom(key->octets, sizeof key->octets, 0) == size &&
                      write(fd, key->octets, sizeof key->octets) == size;
    else
        key->is_set = read(fd, key->octets, sizeof key->octets) == size;
    close(fd);
    if (!key->is_set)
        errno = EIO;
    return key->is_set;
}

/* Equal senders have equal hashes on this host, and nobody without its key can try names. */
static struct sceau_slice
hash_of(struct sceau_arena *arena, const struct remember_key *key,
        const struct sceau_path *sender)
{
    char hash[REDACT_HASH + 1];
    if (!redact_hash(key->octets, sender->local, sender->domain, hash))
        return SLICE_NONE;
    return slice_copy(arena, sceau_slice_from(hash));
}

static struct sceau_slice
local_part(struct sceau_arena *arena, enum config_privacy privacy,
           const struct remember_key *key, const struct sceau_path *sender)
{
    switch (privacy) {
    case CONFIG_PRIVACY_DROP: return SLICE_NONE;
    case CONFIG_PRIVACY_HASH:
        return key->is_set && sender->local.len > 0 ? hash_of(arena, key, sender)
                                                    : SLICE_NONE;
    case CONFIG_PRIVACY_PLAIN: return sender->local;
    }
    return SLICE_NONE;
}

/* What verification found. */
static void
remember_verdict(struct sceau_arena *arena, enum config_privacy privacy,
                 const struct remember_key *key, const struct sceau_verdict *v,
                 struct record_message *r)
{
    r->helo = v->envelope.helo;
    r->mail_from_domain = v->mail_from.domain;
    r->mail_from_local = local_part(arena, privacy, key, &v->mail_from);
    r->author_domain = v->author.domain;
    r->arc_result = (uint8_t)v->arc.result;
    r->arc_instances = (uint8_t)v->arc.instances;
    remember_spf(v, r);
    remember_signatures(v, r);
    remember_dmarc(&v->dmarc, r);
}

bool
remember_wants(const struct milter_message *message)
{
    return message->verdict != NULL ||
           (message->signing != NULL && message->signing->count > 0);
}

void
remember_message(struct sceau_arena *arena, enum config_privacy privacy,
                 const struct remember_key *key, const struct milter_message *message,
                 struct record_message *r)
{
    const struct policy_decision *decision = message->decision;
    *r = (struct record_message){
        .queue_id = message->facts->queue_id,
        .client = message->facts->client,
        .recipients = message->facts->recipient_count,
        .action = (uint8_t)decision->action,
        .override = (uint8_t)decision->override.type,
        .override_comment = decision->override.comment,
        .is_held = decision->hold,
        .claims_own_domain = decision->claims_own_domain,
        .is_unverified = message->verdict == NULL,
    };
    if (message->verdict != NULL)
        remember_verdict(arena, privacy, key, message->verdict, r);
    else
        r->author_domain = message->signing->ruling.author;
    if (message->signing != NULL)
        remember_signing(message->signing, r);
}
