/* Policies of a fold: noted while segments are read, written in the order of their key. */
#include "fold_policy.h"

#include "runs.h"

bool
fold_policies_add(const struct fold_policies *p, struct sceau_slice hash,
                  struct sceau_slice record)
{
    struct statement *s =
        database_prepare(p->db, "INSERT INTO policy (hash, record) VALUES (?1, ?2) ON "
                                "CONFLICT (hash) DO NOTHING");
    bind_blob(s, 1, hash);
    bind_text(s, 2, record);
    return statement_step(s) == 0;
}

/* What is left of the rows is the last policy again: nothing is done for it. */
static bool
add_waiting(struct fold_policies *p)
{
    struct statement *s = database_prepare(
        p->db, "INSERT INTO policy (hash, record) VALUES (?1, ?2), (?3, ?4), (?5, ?6), "
               "(?7, ?8), (?9, ?10), (?11, ?12), (?13, ?14), (?15, ?16), (?17, ?18), "
               "(?19, ?20), (?21, ?22), (?23, ?24), (?25, ?26), (?27, ?28), "
               "(?29, ?30), (?31, ?32), (?33, ?34), (?35, ?36), (?37, ?38), "
               "(?39, ?40), (?41, ?42), (?43, ?44), (?45, ?46), (?47, ?48), "
               "(?49, ?50), (?51, ?52), (?53, ?54), (?55, ?56), (?57, ?58), "
               "(?59, ?60), (?61, ?62), (?63, ?64) ON CONFLICT (hash) DO NOTHING");
    for (size_t i = 0; i < FOLD_POLICY_ROWS; i++) {
        const struct fold_waiting_policy *row =
            &p->waiting[i < p->count ? i : p->count - 1];
        bind_blob(s, 2 * (int)i + 1, (struct sceau_slice){row->hash, row->hash_len});
        bind_text(s, 2 * (int)i + 2,
                  (struct sceau_slice){row->record, row->record_len});
    }
    p->count = 0;
    return statement_step(s) == 0;
}

/* As for rows of observation: a server takes several of a statement for less, a file does not. */
static bool
take_policy(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct fold_policies *p = self;
    (void)values;
    struct sceau_slice hash = tally_take_octets(&key);
    if (!database_is_shared(p->db))
        return fold_policies_add(p, hash, key);
    struct fold_waiting_policy *to = &p->waiting[p->count++];
    memcpy(to->hash, hash.ptr, hash.len);
    memcpy(to->record, key.ptr, key.len);
    to->hash_len = hash.len;
    to->record_len = key.len;
    return p->count < FOLD_POLICY_ROWS || add_waiting(p);
}

bool
fold_policies_are_noted(const struct fold_policies *p)
{
    return p->tally.has_failed || p->tally.count > 0 ||
           (p->tally.runs != NULL && p->tally.runs->count > 0);
}

bool
fold_policies_end(struct fold_policies *p)
{
    return p->count == 0 || add_waiting(p);
}

/* Was this hash here before? It is now. */
static bool
is_known(struct fold_known *known, uint64_t hash)
{
    size_t at = hash % FOLD_POLICY_SLOTS;
    hash |= 1;
    if (known->count > FOLD_POLICY_SLOTS / 2)
        memset(known, 0, sizeof *known);
    for (; known->slots[at] != 0; at = (at + 1) % FOLD_POLICY_SLOTS)
        if (known->slots[at] == hash)
            return true;
    known->slots[at] = hash;
    known->count++;
    return false;
}

static uint64_t
first_octets(struct sceau_slice hash)
{
    uint64_t number;
    memcpy(&number, hash.ptr, sizeof number);
    return number;
}

bool
fold_policies_note(struct fold_policies *p, struct sceau_slice hash,
                   struct sceau_slice record)
{
    if (hash.len + record.len >= TALLY_KEY_MAX)
        return false;
    if (is_known(&p->known, first_octets(hash)))
        return true;
    tally_key_begin(&p->key);
    tally_key_octets(&p->key, hash);
    if (record.len > 0)
        memcpy(p->key.octets + p->key.len, record.ptr, record.len);
    p->key.len += record.len;
    tally_add(&p->tally, &p->key, 1, 0);
    return true;
}

void
fold_policies_drop(struct fold_policies *p)
{
    tally_drop(&p->tally);
    p->count = 0;
    fold_policies_forget(p);
}

void
fold_policies_forget(struct fold_policies *p)
{
    memset(&p->known, 0, sizeof p->known);
}

void
fold_policies_init(struct fold_policies *p, struct database *db)
{
    p->db = db;
    tally_init(&p->tally, database_folder(db), take_policy, p);
}

void
fold_policies_clear(struct fold_policies *p)
{
    tally_clear(&p->tally);
}
