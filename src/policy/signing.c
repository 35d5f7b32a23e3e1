/* The ruling: who hands the message over, and does he own the author's domain? A message
 * may qualify in several ways (a login from an own network); the first that owns the domain
 * signs, and what is told otherwise is why the first did not. */
#include "signing.h"

#include "arc/results.h"
#include "core/domain.h"
#include "core/text.h"
#include "list.h"
#include "rule.h"
#include "scope.h"

/* ---- the words ---- */

enum kind {
    SIGNS,
    DOES_NOT, /* as it should be, or as the message is */
    TROUBLE,  /* it should sign */
};

static const struct rule {
    enum kind kind;
    const char *name;
    const char *text;
} rules[POLICY_SIGNING_RULES] = {
    [POLICY_SIGN_LOGIN_DOMAIN] = {SIGNS,    "login-domain",
                                  N_("the login is of the author's domain")                                                     },
    [POLICY_SIGN_LOGIN_MAP] = {SIGNS,    "login-map",
                                  N_("the login map gives the author to the login")                                             },
    [POLICY_SIGN_NETWORK] =
        {SIGNS,    "network",           N_("the client's network may send as the author's domain")     },
    [POLICY_SIGN_HOST] = {SIGNS,    "host",              N_("local mail under a name of this host")                     },
    [POLICY_SIGN_LIST] = {SIGNS,    "list",              N_("mail of a list of this host")                              },
    [POLICY_SIGN_UNCHECKED] =
        {SIGNS,    "unchecked",
                                  N_("nobody asks who owns the author's domain (sign.owner_check = off)")                       },
    [POLICY_SIGN_NOT_OWNER] =
        {SIGNS,    "not-owner",
                                  N_("the client does not own the author's domain, which is only told (sign.owner_check = log)")},
    [POLICY_UNSIGNED_SHADOW] = {DOES_NOT, "shadow",            N_("shadow mode changes nothing")                              },
    [POLICY_UNSIGNED_STRANGER] =
        {DOES_NOT, "stranger",
                                  N_("the client has no login, is not sendmail(1), and is in no network of sign.networks")      },
    [POLICY_UNSIGNED_AUTHOR] =
        {DOES_NOT, "author",            N_("the message does not name exactly one author domain")      },
    [POLICY_UNSIGNED_LOGIN] = {DOES_NOT, "login-not-owner",
                                  N_("the login does not own the author's domain")                                              },
    [POLICY_UNSIGNED_NETWORK] =
        {DOES_NOT, "network-not-owner",
                                  N_("the client's network may not send as the author's domain")                                },
    [POLICY_UNSIGNED_LOCAL] = {DOES_NOT, "local-not-owner",
                                  N_("local mail under a name that is not this host's")                                         },
    [POLICY_UNSIGNED_NO_KEY] = {DOES_NOT, "no-key",            N_("the domain has no active key")                             },
    [POLICY_UNSIGNED_NOT_DELIVERED] = {DOES_NOT, "not-delivered",
                                  N_("the message is not delivered")                                                            },
    [POLICY_UNSIGNED_LONG_LINES] =
        {DOES_NOT, "long-lines",
                                  N_("a body line is over 998 octets and would be broken on its way")                           },
    [POLICY_UNSIGNED_HEADER] = {DOES_NOT, "header",
                                  N_("the header cannot be signed as it will leave")                                            },
    [POLICY_UNSIGNED_BROKEN_KEY] =
        {TROUBLE,  "broken-key",        N_("no active key of the author's domain can be used")         },
    [POLICY_UNSIGNED_NO_SIGNER] = {TROUBLE,  "no-signer",
                                  N_("the signer does not answer")                                                              },
    [POLICY_UNSIGNED_MEMORY] =
        {TROUBLE,  "memory",            N_("signing needs more memory than a message may take")        },
};

const char *
policy_signing_rule_name(enum policy_signing_rule rule)
{
    return rules[rule].name;
}

const char *
policy_signing_rule_text(enum policy_signing_rule rule)
{
    return rules[rule].text;
}

bool
policy_signing_rule_signs(enum policy_signing_rule rule)
{
    return rules[rule].kind == SIGNS;
}

bool
policy_signing_rule_is_trouble(enum policy_signing_rule rule)
{
    return rules[rule].kind == TROUBLE;
}

/* ---- the options of a domain ---- */

/* By length first: most names differ in it. */
int
policy_signing_compare(struct sceau_slice a, struct sceau_slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len > 0 ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

static const struct policy_signing_domain *
find_domain(const struct policy_signing_config *config, struct sceau_slice name)
{
    size_t low = 0, high = config->domain_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = policy_signing_compare(config->domains[middle].domain, name);
        if (order == 0)
            return &config->domains[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The nearest domain above that signs for its subdomains, or NULL. */
static const struct policy_signing_domain *
find_above(const struct policy_signing_config *config, struct sceau_slice name)
{
    for (name = domain_parent(name); name.len > 0 && config->domain_count > 0;
         name = domain_parent(name)) {
        const struct policy_signing_domain *d = find_domain(config, name);
        if (d != NULL && d->subdomains)
            return d;
    }
    return NULL;
}

/* ---- owners ---- */

struct question {
    const struct policy_signing_config *config;
    const struct policy_config *lists;
    const struct policy_facts *facts;
    const struct sceau_author *author;
    const struct policy_signing *signing;
};

/* Does whoever owns `name` own the author's domain? */
static bool
owns_as(const struct question *q, struct sceau_slice name)
{
    const struct policy_signing_domain *above = q->signing->above;
    return slice_eq_ci(name, q->author->domain) ||
           (above != NULL && slice_eq_ci(name, above->domain));
}

/* Exactly one of the names, or what a section lets sign for its subdomains. */
static bool
owns_one_of(const struct question *q, const struct policy_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (owns_as(q, names->items[i]))
            return true;
    }
    return false;
}

static bool
is_authenticated(const struct policy_facts *facts)
{
    return facts->login.len > 0 || facts->auth_type.len > 0;
}

static bool
login_domain_owns(const struct question *q)
{
    struct sceau_slice login = q->facts->login;
    size_t at = slice_find_last(login, '@');
    if (login.len == 0)
        return false;
    return at < login.len ? owns_as(q, slice_skip(login, at + 1))
                          : owns_one_of(q, &q->config->login_domains);
}

static bool
is_in(const struct policy_networks *networks, const struct policy_facts *facts)
{
    return networks->count > 0 && scope_covers_client(networks, facts);
}

static bool
section_names_client(const struct question *q)
{
    const struct policy_signing *s = q->signing;
    return is_in(&s->domain->networks, q->facts) ||
           (s->above != NULL && is_in(&s->above->networks, q->facts));
}

static bool
network_owns(const struct question *q)
{
    return section_names_client(q) ||
           (is_in(&q->config->networks, q->facts) &&
            scope_covers_domain(&q->config->network_domains, q->author->domain));
}

static bool
host_owns(const struct question *q)
{
    return slice_eq_ci(q->facts->mta_name, q->author->domain) ||
           owns_one_of(q, &q->config->local_domains);
}

/* The author is the address of a list of this host: nobody else there may have it. */
static bool
is_list(const struct question *q)
{
    const struct sceau_author *a = q->author;
    for (size_t i = 0; q->lists != NULL && i < q->lists->list_count; i++) {
        struct sceau_slice address = q->lists->lists[i].address;
        size_t at = slice_find_last(address, '@');
        if (a->mailboxes == 1 && at < address.len &&
            slice_eq_ci(slice_sub(address, 0, at), a->local) &&
            slice_eq_ci(slice_skip(address, at + 1), a->domain))
            return true;
    }
    return false;
}

static enum policy_signing_rule
find_owner(const struct question *q)
{
    const struct policy_facts *facts = q->facts;
    bool has_login = is_authenticated(facts);
    bool is_local = facts->is_submitted_here;
    bool is_near = is_in(&q->config->networks, facts) || section_names_client(q);
    if (!has_login && !is_local && !is_near)
        return POLICY_UNSIGNED_STRANGER;
    if (has_login && login_domain_owns(q))
        return POLICY_SIGN_LOGIN_DOMAIN;
    if (has_login && policy_logins_may(q->config->logins, facts->login,
                                       q->author->local, q->author->domain))
        return POLICY_SIGN_LOGIN_MAP;
    if (is_local && host_owns(q))
        return POLICY_SIGN_HOST;
    if ((is_local || is_near) && is_list(q))
        return POLICY_SIGN_LIST;
    if (is_near && network_owns(q))
        return POLICY_SIGN_NETWORK;
    if (has_login)
        return POLICY_UNSIGNED_LOGIN;
    return is_local ? POLICY_UNSIGNED_LOCAL : POLICY_UNSIGNED_NETWORK;
}

void
policy_signing_decide(const struct policy_signing_config *config,
                      const struct policy_config *lists,
                      const struct policy_facts *facts,
                      const struct sceau_author *author, struct policy_signing *signing)
{
    const struct policy_signing_domain *own = find_domain(config, author->domain);
    const struct question q = {config, lists, facts, author, signing};
    *signing = (struct policy_signing){.author = author->domain,
                                       .domain = own != NULL ? own : &config->rest,
                                       .above = find_above(config, author->domain)};
    bool has_author = author->status == SCEAU_AUTHOR_ONE;
    enum policy_signing_rule rule = find_owner(&q);
    if (rule != POLICY_UNSIGNED_STRANGER && !has_author)
        rule = POLICY_UNSIGNED_AUTHOR;
    else if (rule != POLICY_UNSIGNED_STRANGER &&
             config->owner_check == POLICY_OWNER_OFF)
        rule = POLICY_SIGN_UNCHECKED;
    else if (rule != POLICY_UNSIGNED_STRANGER && rules[rule].kind != SIGNS &&
             config->owner_check == POLICY_OWNER_LOG)
        rule = POLICY_SIGN_NOT_OWNER;
    signing->rule = rule;
}

/* ---- seals ---- */

static bool
is_forwarded(const struct policy_signing_config *config,
             const struct policy_facts *facts)
{
    for (size_t i = 0; i < facts->recipients_known; i++) {
        if (scope_covers_address(&config->arc_recipients, facts->recipients[i]))
            return true;
    }
    return false;
}

bool
policy_sealing_wanted(struct sceau_arena *arena,
                      const struct policy_signing_config *config,
                      const struct policy_config *policy,
                      const struct policy_facts *facts,
                      const struct sceau_header *header)
{
    if (config->arc_domain.len == 0)
        return false;
    if (!policy_is_from_trusted(policy, facts))
        return is_forwarded(config, facts);
    struct sceau_slice id = policy_authserv_id(policy, facts);
    return id.len > 0 && arc_results_of(arena, header, id).ptr != NULL;
}

/* ---- keys ---- */

bool
policy_signing_wants(const struct policy_signing_domain *domain,
                     struct sceau_slice selector, enum sceau_dkim_algorithm algorithm)
{
    enum policy_algorithms wanted = domain->algorithms;
    bool is_named = domain->selectors.count == 0;
    for (size_t i = 0; i < domain->selectors.count; i++)
        is_named |= slice_eq_ci(domain->selectors.items[i], selector);
    bool is_of_type =
        (algorithm == SCEAU_DKIM_RSA_SHA256 && wanted != POLICY_ALGORITHMS_ED25519) ||
        (algorithm == SCEAU_DKIM_ED25519_SHA256 && wanted != POLICY_ALGORITHMS_RSA);
    return is_named && is_of_type;
}

enum sceau_canonicalization
policy_header_canonicalization(enum policy_canonicalization c)
{
    return c == POLICY_RELAXED_RELAXED || c == POLICY_RELAXED_SIMPLE ? SCEAU_RELAXED
                                                                     : SCEAU_SIMPLE;
}

enum sceau_canonicalization
policy_body_canonicalization(enum policy_canonicalization c)
{
    return c == POLICY_RELAXED_RELAXED || c == POLICY_SIMPLE_RELAXED ? SCEAU_RELAXED
                                                                     : SCEAU_SIMPLE;
}
