/* One function a state: what is seen in, what is due out. */
#include "life.h"

#include "core/base64.h"
#include "core/taglist.h"
#include "dkim/der.h"
#include "dkim/key.h"

const char *
keys_step_name(enum keys_step step)
{
    static const char *const names[] = {
        [KEYS_STEP_NONE] = "none",
        [KEYS_STEP_MISSING] = "missing",
        [KEYS_STEP_PUBLISHED] = "published",
        [KEYS_STEP_LOST] = "lost",
        [KEYS_STEP_WAITING] = "waiting",
        [KEYS_STEP_ACTIVATED] = "activated",
        [KEYS_STEP_CONFIRMED] = "confirmed",
        [KEYS_STEP_ALARM] = "alarm",
        [KEYS_STEP_UNKNOWN] = "unknown",
        [KEYS_STEP_GRACE] = "grace",
        [KEYS_STEP_USED] = "used",
        [KEYS_STEP_UNPROVEN] = "unproven",
        [KEYS_STEP_UNREADABLE] = "unreadable",
        [KEYS_STEP_REVOKED] = "revoked",
    };
    return names[step];
}

/* ---- what has to be known ---- */

/* A key that never signed left nothing that anybody has to verify. */
static bool
has_signed(const struct keys_key *key)
{
    return key->active > 0;
}

bool
keys_wants_sight(const struct keys_key *key, int64_t now)
{
    if (key->state == KEYS_NEXT)
        return true;
    if (key->state == KEYS_REVOKED || !has_signed(key))
        return false;
    return now - key->confirmed >= KEYS_RECHECK_SECONDS || key->confirmed > now;
}

/* Since when it may be that nothing uses it. */
static int64_t
last_need(const struct keys_key *key, const struct keys_use *use)
{
    return use->last > key->retiring ? use->last : key->retiring;
}

bool
keys_wants_use(const struct keys_key *key, const struct keys_rules *rules)
{
    return key->state == KEYS_RETIRING && has_signed(key) && rules->wants_evidence &&
           rules->now - key->retiring >= rules->grace;
}

bool
keys_is_worn(const struct keys_domain *domain, const struct keys_key *key,
             const struct keys_rules *rules)
{
    return rules->lifetime > 0 && key->state == KEYS_ACTIVE &&
           rules->now - key->active >= rules->lifetime &&
           keys_in_state(domain, KEYS_NEXT, key->algorithm) == NULL;
}

/* ---- next ---- */

static struct keys_outcome
activate(struct keys_domain *domain, struct keys_key *key, int64_t now)
{
    struct keys_key *old = keys_in_state(domain, KEYS_ACTIVE, key->algorithm);
    if (old != NULL) {
        old->state = KEYS_RETIRING;
        old->retiring = now;
    }
    key->state = KEYS_ACTIVE;
    key->confirmed = key->active = now;
    return (struct keys_outcome){KEYS_STEP_ACTIVATED, 0, true};
}

static struct keys_outcome
live_next(struct keys_domain *domain, struct keys_key *key,
          const struct keys_observation *seen, int64_t now)
{
    bool was_there = key->published > 0;
    if (seen->sight == KEYS_SIGHT_WRONG) {
        key->published = 0;
        return (struct keys_outcome){was_there ? KEYS_STEP_LOST : KEYS_STEP_MISSING, 0,
                                     was_there};
    }
    if (seen->sight != KEYS_SIGHT_EVERYWHERE)
        return (struct keys_outcome){KEYS_STEP_UNKNOWN, 0, false};
    if (!was_there || key->published > now) {
        key->published = key->confirmed = now;
        return (struct keys_outcome){KEYS_STEP_PUBLISHED, now + seen->wait, true};
    }
    if (now - key->published < seen->wait)
        return (struct keys_outcome){KEYS_STEP_WAITING, key->published + seen->wait,
                                     false};
    return activate(domain, key, now);
}

/* ---- active, retiring ---- */

static struct keys_outcome
recheck(struct keys_key *key, const struct keys_observation *seen, int64_t now)
{
    switch (seen->sight) {
    case KEYS_SIGHT_NOT_ASKED: break;
    case KEYS_SIGHT_EVERYWHERE:
        key->confirmed = now;
        return (struct keys_outcome){KEYS_STEP_CONFIRMED, 0, true};
    case KEYS_SIGHT_WRONG: return (struct keys_outcome){KEYS_STEP_ALARM, 0, false};
    case KEYS_SIGHT_UNKNOWN: return (struct keys_outcome){KEYS_STEP_UNKNOWN, 0, false};
    }
    return (struct keys_outcome){KEYS_STEP_NONE, 0, false};
}

static struct keys_outcome
revoke(struct keys_key *key, int64_t now)
{
    key->state = KEYS_REVOKED;
    key->revoked = now;
    return (struct keys_outcome){KEYS_STEP_REVOKED, 0, true};
}

static struct keys_outcome
live_retiring(struct keys_key *key, const struct keys_observation *seen,
              const struct keys_use *use, const struct keys_rules *rules)
{
    int64_t end = key->retiring + rules->grace;
    if (!has_signed(key)) /* not in the step that retired it */
        return rules->now > key->retiring ? revoke(key, rules->now)
                                          : (struct keys_outcome){KEYS_STEP_NONE, 0, 0};
    struct keys_outcome checked = recheck(key, seen, rules->now);
    if (rules->now < end && checked.step == KEYS_STEP_ALARM)
        return checked; /* somebody removed it too early */
    if (rules->now < end)
        return (struct keys_outcome){KEYS_STEP_GRACE, end, checked.is_changed};
    if (!rules->wants_evidence)
        return revoke(key, rules->now);
    if (use->is_partial && rules->now >= last_need(key, use) + rules->grace)
        return (struct keys_outcome){KEYS_STEP_UNREADABLE, 0, checked.is_changed};
    if (use->since == 0 || use->since > rules->now - rules->grace)
        return (struct keys_outcome){KEYS_STEP_UNPROVEN,
                                     use->since > 0 ? use->since + rules->grace : 0,
                                     checked.is_changed};
    end = last_need(key, use) + rules->grace;
    if (rules->now < end)
        return (struct keys_outcome){KEYS_STEP_USED, end, checked.is_changed};
    return revoke(key, rules->now);
}

struct keys_outcome
keys_live(struct keys_domain *domain, struct keys_key *key,
          const struct keys_observation *seen, const struct keys_use *use,
          const struct keys_rules *rules)
{
    switch (key->state) {
    case KEYS_NEXT: return live_next(domain, key, seen, rules->now);
    case KEYS_ACTIVE: return recheck(key, seen, rules->now);
    case KEYS_RETIRING: return live_retiring(key, seen, use, rules);
    case KEYS_REVOKED: break;
    }
    return (struct keys_outcome){KEYS_STEP_NONE, 0, false};
}

/* ---- the record ---- */

/* An RSA key may stand there as SubjectPublicKeyInfo or as RSAPublicKey: the numbers are
 * the key (RFC 6376 section 3.6.1). */
static bool
is_same_key(struct sceau_arena *arena, struct sceau_slice a, struct sceau_slice b)
{
    struct sceau_slice x = base64_decoded(arena, a), y = base64_decoded(arena, b);
    struct der_rsa p, q;
    if (x.ptr == NULL || y.ptr == NULL)
        return false;
    if (slice_eq(x, y))
        return true;
    return der_rsa_read(x, &p) && der_rsa_read(y, &q) &&
           slice_eq(p.modulus, q.modulus) && slice_eq(p.exponent, q.exponent);
}

const char *
keys_record_differs(struct sceau_arena *arena, const struct keys_key *key,
                    struct sceau_slice text)
{
    struct dkim_key published;
    struct taglist tags;
    if (!dkim_key_init(&published, text))
        return N_("no memory");
    bool is_record = published.is_record && published.refusal == NULL;
    bool is_type =
        published.type ==
        (key->algorithm == SCEAU_DKIM_ED25519_SHA256 ? DKIM_KEY_ED25519 : DKIM_KEY_RSA);
    dkim_key_clear(&published);
    if (!is_record)
        return N_("what stands there is no key that receivers can use");
    if (!is_type)
        return N_("a key of another type stands there");
    const struct tag *p = taglist_parse(arena, text, &tags, NULL) == SCEAU_OK
                              ? taglist_find(&tags, SCEAU_SLICE("p"))
                              : NULL;
    if (p == NULL || !is_same_key(arena, p->value, key->public_key))
        return N_("another public key stands there");
    return NULL;
}
