/* Policies of a fold: noted while segments are read, written in the order of their key. */
#include "fold_policy.h"

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

static bool
take_policy(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    (void)values;
    struct sceau_slice hash = tally_take_octets(&key);
    return fold_policies_add(self, hash, key);
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
