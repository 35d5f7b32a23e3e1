/* What is private in a message is redacted here, before anything of it is written. */
#include "samples.h"

#include "dkim/canonical.h"
#include "message/redact_parts.h"
#include "policy/failure.h"

#include <stdlib.h>

#define SAMPLE_MEMORY \
 ((size_t)8 * 1024 * 1024) /* of one message's, several times over */

/* One message on its way into samples. */
struct sampling {
    struct sceau_arena *arena;
    const struct config_failure *config;
    const struct milter_message *message;
    struct redaction redaction;
};

void
samples_open(struct samples *samples)
{
    pthread_mutex_init(&samples->lock, NULL);
}

void
samples_close(struct samples *samples)
{
    pthread_mutex_destroy(&samples->lock);
}

size_t
samples_body(const struct sceau_config *config)
{
    const struct config_failure *f = &config->failure;
    bool is_wanted =
        f->send && (f->original == CONFIG_ORIGINAL_MESSAGE || f->canonicalized_body);
    return is_wanted ? SAMPLE_BODY_MAX : 0;
}

/* ---- how many ---- */

/* Who is counted: the organization, as the check of this message or the suffix list knows it. Who
 * forges chooses names, and may make the check need no walk: then the ending stands for it. */
struct counted {
    struct sceau_slice name;
    unsigned most;
};

static struct counted
counted_of(struct sceau_arena *arena, const struct sceau_psl *psl,
           const struct sceau_dmarc_outcome *d)
{
    struct sceau_slice domain = d->policy_domain, known = d->organizational_domain;
    bool is_known = known.len > 0 && slice_ends_ci(domain, known);
    if (!is_known && psl != NULL) {
        known = sceau_psl_organizational(psl, arena, domain);
        is_known = known.len > 0;
    }
    if (is_known)
        return (struct counted){known, SAMPLES_ORGANIZATION};
    size_t dot = slice_find_last(domain, '.');
    size_t before = slice_find_last(slice_sub(domain, 0, dot), '.');
    return (struct counted){before < dot ? slice_skip(domain, before + 1) : domain,
                            SAMPLES_ENDING};
}

/* A hash that nobody who sends mail can foresee. */
static bool
number_of(const struct remember_key *key, const char *what, struct sceau_slice name,
          uint64_t *number)
{
    char digits[REDACT_HASH + 1];
    if (!redact_hash(key->octets, sceau_slice_from(what), name, digits))
        return false;
    *number = strtoull(digits, NULL, 16);
    return true;
}

/* May this one be whole? What stands in a slot that others need is forgotten: reportd has the
 * last word (outbox/failure.h), this only spares the disk. The key keeps strangers from choosing
 * names that share a slot. */
static bool
may_be_whole(struct samples *samples, const struct remember_key *key,
             const struct store_sample *sample, const struct counted *counted,
             int64_t now)
{
    const char cause[2] = {(char)sample->cause, '\0'};
    uint64_t hash, of;
    if (!number_of(key, cause, sample->policy_domain, &hash) ||
        !number_of(key, "organization", counted->name, &of))
        return false;
    struct samples_slot *slot = &samples->slots[hash % SAMPLES_KNOWN];
    struct samples_organization *organization =
        &samples->organizations[of % SAMPLES_ORGANIZATIONS];
    pthread_mutex_lock(&samples->lock);
    if (samples->hour != now / SAMPLES_INTERVAL) {
        samples->hour = now / SAMPLES_INTERVAL;
        samples->whole = 0;
        memset(samples->organizations, 0, sizeof samples->organizations);
    }
    unsigned whole = organization->hash == of ? organization->whole : 0;
    bool is_free = slot->hash != hash || now >= slot->time + SAMPLES_INTERVAL;
    bool may = is_free && samples->whole < SAMPLES_HOUR && whole < counted->most;
    if (may) {
        *slot = (struct samples_slot){hash, now};
        *organization = (struct samples_organization){of, whole + 1};
        samples->whole++;
    }
    pthread_mutex_unlock(&samples->lock);
    return may;
}

/* ---- what ---- */

static struct sceau_slice
redacted(const struct sampling *s, struct sceau_slice text)
{
    return redact_address(s->arena, &s->redaction, text);
}

static void
fill_signature(const struct sampling *s, const struct policy_failure *failure,
               struct store_sample *sample)
{
    const struct sceau_dkim_outcome *d = failure->signature;
    if (d == NULL)
        return;
    sample->has_signature = true;
    sample->dkim_result = (uint8_t)d->result;
    sample->dkim_fault = (uint8_t)failure->fault;
    sample->dkim_domain = d->domain;
    sample->dkim_selector = d->selector;
    sample->dkim_identity = redacted(s, d->identity);
    if (s->redaction.level != REDACT_NOTHING)
        return; /* RFC 6591 section 3.2.4: they cannot be redacted */
    if (s->config->canonicalized_header)
        sample->canonical_header =
            dkim_canonical_header(s->arena, s->message->verdict->header, d,
                                  SAMPLE_HEADER_MAX);
    if (s->config->canonicalized_body && s->message->is_body_whole)
        sample->canonical_body =
            dkim_canonical_body(s->arena, d, s->message->body, SAMPLE_BODY_MAX);
}

/* The records are published, and name nobody; those of an aligned pass explain no failure. */
static void
fill_spf(const struct sampling *s, const struct policy_failure *failure,
         struct store_sample *sample)
{
    const struct sceau_verdict *v = s->message->verdict;
    const struct sceau_spf_outcome *o = &v->spf_mail_from;
    sample->spf_result = (uint8_t)o->result;
    sample->spf_domain = o->domain;
    if (failure->kind == POLICY_FAILURE_DKIM || v->dmarc.spf_aligned)
        return;
    for (size_t i = 0; i < o->seen_count && i < SAMPLE_SPF_MAX; i++)
        sample->spf_records[sample->spf_count++] =
            (struct sample_spf_record){o->seen[i].domain, o->seen[i].text};
}

static void
fill_message(const struct sampling *s, struct store_sample *sample)
{
    const struct milter_message *m = s->message;
    const struct sceau_verdict *v = m->verdict;
    struct redacted_body body = {.text = SLICE_NONE};
    struct redaction redaction = s->redaction;
    sample->mail_from = redacted(s, v->mail_from.text);
    sample->envelope_id = redacted(s, m->envelope_id);
    if (s->config->original == CONFIG_ORIGINAL_MESSAGE) {
        bool is_read = redact_parts(s->arena, &redaction, v->header, m->body,
                                    SAMPLE_BODY_MAX, &body);
        sample->has_body =
            is_read && body.text.ptr != NULL ? SAMPLE_BODY : SAMPLE_BODY_WITHHELD;
    }
    if (sample->has_body == SAMPLE_BODY) {
        sample->body = body.text;
        redaction.type = body.type;
        redaction.encoding = body.encoding;
    }
    sample->header = redact_header(s->arena, &redaction, v->header, SAMPLE_HEADER_MAX);
}

static void
fill_rest(const struct sampling *s, const struct policy_config *policy,
          struct store_sample *sample)
{
    const struct milter_message *m = s->message;
    const struct sceau_dmarc_outcome *d = &m->verdict->dmarc;
    sample->record = d->record->text;
    sample->authserv_id = policy_authserv_id(policy, m->facts);
    sample->author_domain = m->verdict->author.domain;
    sample->client = m->facts->client;
    sample->port = m->client_port;
    sample->dmarc_result = (uint8_t)d->result;
    sample->dkim_aligned = d->dkim_aligned;
    sample->spf_aligned = d->spf_aligned;
    sample->action = (uint8_t)m->decision->action;
    sample->is_held = m->decision->hold;
}

static struct store_sample
sample_of(const struct sampling *s, const struct policy_failure *failure,
          const struct record_message *record)
{
    const struct sceau_dmarc_outcome *d = &s->message->verdict->dmarc;
    return (struct store_sample){
        .time_us = record->time_us,
        .host = record->host,
        .boot = record->boot,
        .sequence = record->sequence,
        .kind = (uint8_t)failure->kind,
        .cause = failure->cause,
        .policy_domain = d->policy_domain,
    };
}

static bool
append(struct sceau_arena *arena, const struct store_sample *sample,
       struct samples_journal *journal)
{
    struct text payload = text_new(arena, SIZE_MAX);
    return sample_write(&payload, sample) &&
           journal->append(journal, text_so_far(&payload));
}

/* Addresses that reports of ours come from and go back to. */
static size_t
own_addresses(const struct config_report *config, struct sceau_slice own[2])
{
    size_t count = 0;
    if (config->from.len > 0)
        own[count++] = config->from;
    if (config->return_path.len > 0)
        own[count++] = config->return_path;
    return count;
}

unsigned
samples_message(struct samples *samples, const struct sceau_config *config,
                const struct policy_config *policy, const struct sceau_psl *psl,
                const struct remember_key *key, const struct milter_message *message,
                const struct record_message *record, struct samples_journal *journal)
{
    struct policy_failure failures[POLICY_FAILURES_MAX];
    struct sceau_slice own[2];
    const struct policy_failure_config options = {
        .own_addresses = {own, own_addresses(&config->report, own)}
    };
    unsigned written = 0;
    if (!config->failure.send || !key->is_set || message->verdict == NULL)
        return 0; /* without a key nothing can be redacted: nothing is told */
    size_t count = policy_failures(policy, &options, message->facts, message->verdict,
                                   message->decision, failures);
    struct sampling s = {
        .arena = count > 0 ? sceau_arena_new(SAMPLE_MEMORY) : NULL,
        .config = &config->failure,
        .message = message,
        .redaction = {config->failure.redact, key->octets},
    };
    for (size_t i = 0; i < count && s.arena != NULL; i++) {
        struct store_sample sample = sample_of(&s, &failures[i], record);
        struct counted counted = counted_of(s.arena, psl, &message->verdict->dmarc);
        if (may_be_whole(samples, key, &sample, &counted,
                         (int64_t)(record->time_us / 1000000))) {
            fill_rest(&s, policy, &sample);
            fill_message(&s, &sample);
            fill_signature(&s, &failures[i], &sample);
            fill_spf(&s, &failures[i], &sample);
        }
        written += append(s.arena, &sample, journal);
    }
    sceau_arena_free(s.arena);
    return written;
}
