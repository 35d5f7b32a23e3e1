/* One message's questions: each is put once, their waiting has one budget, and what was
 * asked is remembered. Made for one thread and one message. */
#include "core/hash.h"
#include "rrset.h"

enum {
    MEMO_BUCKETS = 64 /* a message puts some dozens of questions */
};

struct memo_entry {
    uint64_t hash;
    struct sceau_dns_question *question;
    bool is_answered; /* false: a prefetch is under way */
    struct sceau_dns_answer answer;
    struct memo_entry *next;
};

struct sceau_dns_memo {
    struct memo_entry *buckets[MEMO_BUCKETS];
};

/* The number of questions is bounded by the verifiers' limits, so a stranger who makes
 * names collide lengthens one short list: a fixed key is enough. */
static uint64_t
question_hash(struct sceau_slice name, uint16_t type)
{
    static const struct hash_key key = {0x7363656175, 0x646e73};
    char lower[256];
    size_t len = name.len < sizeof lower ? name.len : sizeof lower;
    for (size_t i = 0; i < len; i++)
        lower[i] = ascii_lower(name.ptr[i]);
    return hash_octets(&key, (struct sceau_slice){lower, len}) ^ type;
}

static struct memo_entry *
memo_find(const struct sceau_dns_memo *memo, uint64_t hash, struct sceau_slice name,
          uint16_t type)
{
    struct memo_entry *entry = memo->buckets[hash % MEMO_BUCKETS];
    while (entry != NULL && (entry->hash != hash || entry->question->type != type ||
                             !slice_eq_ci(entry->question->name, name)))
        entry = entry->next;
    return entry;
}

/* Remember a new question, in the memo and in the log. NULL when the arena is full. */
static struct memo_entry *
session_add(struct sceau_dns_session *session, uint64_t hash, struct sceau_slice name,
            uint16_t type)
{
    struct memo_entry *entry = sceau_arena_alloc(session->arena, sizeof *entry);
    struct sceau_dns_question *question =
        sceau_arena_alloc(session->arena, sizeof *question);
    struct sceau_slice copy = slice_copy(session->arena, name);
    if (entry == NULL || question == NULL || copy.ptr == NULL)
        return NULL;
    *question = (struct sceau_dns_question){.name = copy, .type = type};
    *session->last_next = question;
    session->last_next = &question->next;
    session->question_count++;
    struct memo_entry **bucket = &session->memo->buckets[hash % MEMO_BUCKETS];
    *entry = (struct memo_entry){.hash = hash, .question = question, .next = *bucket};
    *bucket = entry;
    return entry;
}

/* How long a question may wait now. */
static uint32_t
session_available(const struct sceau_dns_session *session)
{
    return session->budget_ms > session->reserve_ms
               ? session->budget_ms - session->reserve_ms
               : 0;
}

/* Put the question to the resolver behind and take what it waited off the budget. A time-out
 * of a wait that was cut short is no answer: with the reserve it may be asked again. */
static void
session_ask(struct sceau_dns_session *session, struct memo_entry *entry,
            uint32_t timeout_ms)
{
    struct sceau_resolver *upstream = session->upstream;
    struct sceau_dns_question *question = entry->question;
    uint32_t available_ms = session_available(session);
    uint32_t wait_ms = timeout_ms < available_ms ? timeout_ms : available_ms;
    upstream->lookup(upstream, session->arena, question->name, question->type, wait_ms,
                     &entry->answer);
    uint32_t waited_ms = entry->answer.elapsed_ms;
    session->budget_ms -=
        waited_ms < session->budget_ms ? waited_ms : session->budget_ms;
    question->status = entry->answer.status;
    entry->is_answered =
        wait_ms == timeout_ms || entry->answer.status != SCEAU_DNS_TIMEOUT;
}

static void
session_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
               struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
               struct sceau_dns_answer *answer)
{
    struct sceau_dns_session *session = (struct sceau_dns_session *)self;
    uint64_t hash = question_hash(name, type);
    (void)arena; /* the memo gives an answer out again: it lives in the session's */
    struct memo_entry *entry =
        session->memo != NULL ? memo_find(session->memo, hash, name, type) : NULL;
    if (entry != NULL && entry->is_answered) {
        *answer = entry->answer;
        answer->elapsed_ms = 0;
        return;
    }
    if (session_available(session) == 0) {
        dns_answer_without(answer, SCEAU_DNS_TIMEOUT, 0,
                           "the time for this message's DNS questions is spent");
        return;
    }
    if (entry == NULL && session->memo != NULL)
        entry = session_add(session, hash, name, type);
    if (entry == NULL) {
        dns_answer_no_memory(answer);
        return;
    }
    session_ask(session, entry, timeout_ms);
    *answer = entry->answer;
}

static void
session_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    struct sceau_dns_session *session = (struct sceau_dns_session *)self;
    struct sceau_resolver *upstream = session->upstream;
    uint64_t hash = question_hash(name, type);
    if (upstream->prefetch == NULL || session->memo == NULL ||
        session_available(session) == 0 ||
        memo_find(session->memo, hash, name, type) != NULL)
        return;
    struct memo_entry *entry = session_add(session, hash, name, type);
    if (entry == NULL)
        return;
    entry->question->is_prefetch = true;
    upstream->prefetch(upstream, entry->question->name, type);
}

void
sceau_dns_session_init(struct sceau_dns_session *session,
                       struct sceau_resolver *upstream, struct sceau_arena *arena,
                       uint32_t budget_ms)
{
    *session = (struct sceau_dns_session){
        .resolver = {.lookup = session_lookup,
                     .prefetch = upstream->prefetch != NULL ? session_prefetch : NULL},
        .upstream = upstream,
        .arena = arena,
        .budget_ms = budget_ms,
        .memo = sceau_arena_alloc(arena, sizeof(struct sceau_dns_memo)),
    };
    session->last_next = &session->questions;
}
