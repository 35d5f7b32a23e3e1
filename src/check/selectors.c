/* Facts about DKIM: which selectors a name may have, and what stands there. Known ones
 * come first: named by the person, seen in the journal, in the key store, in reports. What
 * is left is guessed from names that many use, and marked as such: DNS cannot list them. */
#include "core/domain.h"
#include "dkim/key.h"
#include "facts.h"
#include "factstate.h"

/* Names that mail programs, providers and howtos use; `sceau check --explain
 * dkim.published` lists them. */
static const char *const common[] = {
    "default",   "dkim",       "mail",        "email",       "selector1",
    "selector2", "google",     "k1",          "k2",          "k3",
    "s1",        "s2",         "s1024",       "s2048",       "mx",
    "smtp",      "key1",       "key2",        "selector",    "sig1",
    "dk",        "mta",        "zimbra",      "mdaemon",     "fm1",
    "fm2",       "fm3",        "pm",          "mandrill",    "mailjet",
    "sendgrid",  "protonmail", "protonmail2", "protonmail3", "everlytickey1",
    "mxvault",   "20230601",   "20161025",    "2023",        "2024",
    "2025",      "2026",
};

#define COMMON_COUNT (sizeof common / sizeof *common)

const char *
check_common_selector(size_t i)
{
    return i < COMMON_COUNT ? common[i] : NULL;
}

/* Keys under construction. */
struct key_list {
    struct check_key *items;
    size_t count;
};

static bool
has_selector(const struct key_list *list, struct sceau_slice selector)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq_ci(list->items[i].selector, selector))
            return true;
    }
    return false;
}

static struct sceau_slice
key_owner(struct check_subject *s, struct sceau_slice selector)
{
    struct sceau_slice prefix =
        domain_join(s->context->arena, selector, SCEAU_SLICE("_domainkey"));
    return domain_join(s->context->arena, prefix, s->name);
}

/* Is it a key record, or does it try to be one? */
static bool
is_key_record(struct sceau_slice text)
{
    struct dkim_key key;
    bool is_record = dkim_key_init(&key, text) && key.is_record;
    dkim_key_clear(&key);
    return is_record;
}

static void
look_up(struct check_subject *s, struct check_key *key)
{
    key->owner = key_owner(s, key->selector);
    key->answer = check_ask(s, key->owner, SCEAU_DNS_TXT);
    for (size_t i = 0; i < key->answer.count; i++) {
        if (!is_key_record(key->answer.rrs[i].text))
            continue;
        if (key->record_count++ == 0)
            key->rr = &key->answer.rrs[i];
    }
    if (key->rr == NULL && key->answer.count > 0 && !key->is_guess)
        key->rr = &key->answer.rrs[0]; /* whatever it is: the syntax check says */
    key->is_found = key->rr != NULL;
}

static void
add_known(struct check_subject *s, struct key_list *list, struct sceau_slice selector,
          const char *source, int64_t last_seen)
{
    if (list->count == CHECK_KEYS_MAX || has_selector(list, selector))
        return;
    struct check_key *key = &list->items[list->count++];
    *key = (struct check_key){.selector = selector,
                              .source = source,
                              .last_seen = last_seen};
    look_up(s, key);
}

/* The name below which all keys stand tells whether there can be any: when it does not
 * exist, nothing below does (RFC 8020). */
static bool
may_have_keys(struct check_subject *s, struct check_keys *keys)
{
    struct sceau_slice owner =
        domain_join(s->context->arena, SCEAU_SLICE("_domainkey"), s->name);
    struct sceau_dns_answer *answer = check_alloc(s, sizeof *answer);
    if (answer == NULL)
        return false;
    *answer = check_ask(s, owner, SCEAU_DNS_TXT);
    if (sceau_dns_is_trouble(answer->status)) {
        keys->trouble = answer;
        keys->trouble_owner = owner;
    }
    keys->none_exists = answer->status == SCEAU_DNS_NXDOMAIN;
    return answer->status == SCEAU_DNS_OK || answer->status == SCEAU_DNS_NODATA;
}

static void
add_guesses(struct check_subject *s, struct key_list *list, struct check_keys *keys)
{
    if (!may_have_keys(s, keys))
        return;
    for (size_t i = 0; i < COMMON_COUNT; i++)
        sceau_dns_prefetch(s->context, key_owner(s, sceau_slice_from(common[i])),
                           SCEAU_DNS_TXT);
    for (size_t i = 0; i < COMMON_COUNT && list->count < CHECK_KEYS_MAX; i++) {
        struct sceau_slice selector = sceau_slice_from(common[i]);
        if (has_selector(list, selector))
            continue;
        struct check_key *key = &list->items[list->count];
        *key = (struct check_key){.selector = selector,
                                  .source = N_("a guess: many use this name"),
                                  .is_guess = true};
        look_up(s, key);
        list->count += key->is_found;
        if (!sceau_dns_is_trouble(key->answer.status) || keys->trouble != NULL)
            continue;
        struct sceau_dns_answer *trouble = check_alloc(s, sizeof *trouble);
        if (trouble == NULL)
            return;
        *trouble = key->answer;
        keys->trouble = trouble;
        keys->trouble_owner = key->owner;
    }
}

static const struct check_keys no_keys;

const struct check_keys *
check_keys(struct check_subject *s)
{
    struct check_facts *facts = check_facts(s);
    const struct check_options *o = s->options;
    if (facts->keys != NULL)
        return facts->keys;
    struct check_keys *keys = check_alloc(s, sizeof *keys);
    struct key_list list = {check_alloc(s, CHECK_KEYS_MAX * sizeof *list.items), 0};
    if (keys == NULL || list.items == NULL)
        return &no_keys;
    for (size_t i = 0; i < o->selectors.count; i++)
        add_known(s, &list, o->selectors.items[i], N_("--selector"), 0);
    for (size_t i = 0; i < o->known_selector_count; i++) {
        const struct check_selector *known = &o->known_selectors[i];
        if (slice_eq_ci(known->domain, s->name))
            add_known(s, &list, known->selector, known->source, known->last_seen);
    }
    add_guesses(s, &list, keys);
    keys->items = list.items;
    keys->count = list.count;
    for (size_t i = 0; i < list.count; i++)
        keys->found += list.items[i].is_found;
    keys->none_exists &= keys->found == 0;
    facts->keys = keys;
    return keys;
}
