/* The signatures of one message. What is signed is the message as it will leave: after the
 * decision's changes, with our own results on it. The body is hashed in the pass that
 * verification makes; where nothing is verified, in one of our own. */
#include "signing.h"

#include "arc/results.h"
#include "leaving.h"

/* One signature, or one seal, under way. */
struct signature {
    const struct keyring_key *key;
    struct sceau_dkim_signing_options options;
    struct sceau_dkim_signing *signing;
};

struct milter_signing {
    struct milter_signing_start start;
    struct sceau_body_hashes *hashes;
    bool owns_hashes;
    struct keyring_keys keys;
    struct signature signatures[KEYRING_KEYS_MAX];
    size_t count;
    struct keyring_keys seal_keys;
    struct sceau_arc_sealing_options seal_options;
    struct sceau_arc_sealing *sealing; /* NULL: no seal */
    size_t line;                       /* octets of the body's line at hand */
    bool has_long_line;
};

/* ---- a private key that is somewhere else ---- */

struct remote {
    struct sceau_signer signer;
    struct keyring *keyring;
    struct sceau_slice domain;
    const struct keyring_key *key;
    enum keyring_answer answer;
};

static size_t
sign_remotely(struct sceau_signer *self, const uint8_t digest[32],
              uint8_t octets[SCEAU_SIGNATURE_OCTETS_MAX])
{
    struct remote *r = (struct remote *)self;
    size_t len = 0;
    r->answer = r->keyring->sign(r->keyring, r->domain, r->key, digest, octets, &len);
    return r->answer == KEYRING_FINE ? len : 0;
}

static struct remote
remote_of(const struct milter_signing *s, struct sceau_slice domain,
          const struct keyring_key *key)
{
    return (struct remote){
        .signer = {key->algorithm, sign_remotely},
        .keyring = s->start.options->keyring,
        .domain = domain,
        .key = key,
        .answer = KEYRING_FINE,
    };
}

static enum policy_signing_rule
rule_of(enum keyring_answer answer)
{
    switch (answer) {
    case KEYRING_FINE: break;
    case KEYRING_BROKEN:
    case KEYRING_GONE: return POLICY_UNSIGNED_BROKEN_KEY; /* revoked meanwhile */
    case KEYRING_SILENT: return POLICY_UNSIGNED_NO_SIGNER;
    }
    return POLICY_UNSIGNED_MEMORY;
}

/* ---- the end of the header ---- */

/* Of the domain's active keys those that its options want. */
static enum keyring_answer
ask_keys(struct milter_signing *s, struct sceau_slice domain,
         const struct policy_signing_domain *options)
{
    struct keyring *keyring = s->start.options->keyring;
    struct keyring_keys all = {.count = 0};
    enum keyring_answer answer = keyring->keys(keyring, domain, &all);
    s->keys.count = 0;
    for (size_t i = 0; answer == KEYRING_FINE && i < all.count; i++) {
        if (policy_signing_wants(options, keyring_selector(&all.keys[i]),
                                 all.keys[i].algorithm))
            s->keys.keys[s->keys.count++] = all.keys[i];
    }
    return answer;
}

/* The author's domain has keys of its own, or one above it signs for it. */
static bool
find_keys(struct milter_signing *s, struct milter_signed *told)
{
    struct policy_signing *ruling = &told->ruling;
    told->domain = ruling->author;
    enum keyring_answer answer = ask_keys(s, told->domain, ruling->domain);
    if (answer == KEYRING_FINE && s->keys.count == 0 && ruling->above != NULL) {
        ruling->domain = ruling->above;
        told->domain = ruling->above->domain;
        answer = ask_keys(s, told->domain, ruling->domain);
    }
    if (answer == KEYRING_FINE && s->keys.count > 0)
        return true;
    ruling->rule = answer == KEYRING_FINE ? POLICY_UNSIGNED_NO_KEY : rule_of(answer);
    return false;
}

static struct sceau_slice
identity_of(struct sceau_arena *arena, const struct policy_signing *ruling)
{
    struct text t = text_new(arena, SIZE_MAX);
    if (!ruling->domain->identity)
        return SLICE_NONE;
    text_octet(&t, '@');
    text_slice(&t, ruling->author);
    return text_done(&t);
}

static bool
start_signature(struct milter_signing *s, const struct milter_signed *told,
                const struct keyring_key *key)
{
    const struct milter_signing_start *start = &s->start;
    const struct policy_signing_domain *o = told->ruling.domain;
    const struct policy_signing_config *config = start->options->signing;
    struct signature *made = &s->signatures[s->count++];
    int64_t now = start->context->now;
    *made = (struct signature){
        .key = key,
        .options =
            {
                      .domain = told->domain,
                      .selector = keyring_selector(key),
                      .identity = identity_of(start->context->arena, &told->ruling),
                      .header_canonicalization =
                    policy_header_canonicalization(o->canonicalization),
                      .body_canonicalization =
                    policy_body_canonicalization(o->canonicalization),
                      .names = o->headers.count > 0 ? o->headers.items : NULL,
                      .name_count = o->headers.count,
                      .timestamp = now,
                      .expiration = config->expire > 0 ? now + (int64_t)config->expire : -1,
                      },
    };
    made->signing = sceau_dkim_signing_start(start->context, s->hashes, &made->options);
    return made->signing != NULL;
}

static bool
start_hashes(struct milter_signing *s)
{
    struct sceau_verify *verify = s->start.verify;
    if (s->hashes != NULL)
        return true;
    s->owns_hashes = verify == NULL;
    s->hashes = verify != NULL ? sceau_verify_body_hashes(verify)
                               : sceau_body_hashes_new(s->start.context->arena);
    return s->hashes != NULL;
}

/* The signatures. *told says why there are none. */
static void
begin_signatures(struct milter_signing *s, struct milter_signed *told)
{
    if (!find_keys(s, told))
        return;
    bool has_room = start_hashes(s);
    for (size_t i = 0; has_room && i < s->keys.count; i++)
        has_room = start_signature(s, told, &s->keys.keys[i]);
    if (!has_room)
        told->ruling.rule = POLICY_UNSIGNED_MEMORY;
}

/* RSA, which every verifier knows, if there is one. */
static const struct keyring_key *
seal_key(const struct milter_signing *s)
{
    const struct keyring_keys *keys = &s->seal_keys;
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->keys[i].algorithm == SCEAU_DKIM_RSA_SHA256)
            return &keys->keys[i];
    }
    return keys->count > 0 ? &keys->keys[0] : NULL;
}

/* The seal. A message without one leaves all the same: ARC is on nobody's critical path. */
static void
begin_seal(struct milter_signing *s, struct milter_signed *told)
{
    const struct milter_signing_start *start = &s->start;
    struct keyring *keyring = start->options->keyring;
    struct sceau_slice domain = start->options->signing->arc_domain;
    if (start->verify == NULL)
        told->unsealed = "this listener does not verify";
    else if (keyring->keys(keyring, domain, &s->seal_keys) != KEYRING_FINE ||
             seal_key(s) == NULL)
        told->unsealed = "sign.arc_domain has no active key that can be used";
    else if (!start_hashes(s))
        told->unsealed = "out of memory";
    if (told->unsealed != NULL)
        return;
    s->seal_options = (struct sceau_arc_sealing_options){
        .domain = domain,
        .selector = keyring_selector(seal_key(s)),
        .timestamp = start->context->now,
    };
    s->sealing = sceau_arc_sealing_start(start->context, s->hashes, &s->seal_options);
    if (s->sealing == NULL)
        told->unsealed = "out of memory";
}

struct milter_signing *
milter_signing_begin(const struct milter_signing_start *start,
                     struct milter_signed *told)
{
    const struct milter_session_options *o = start->options;
    struct sceau_arena *arena = start->context->arena;
    if (o->policy->is_shadow) {
        told->ruling = (struct policy_signing){.rule = POLICY_UNSIGNED_SHADOW};
        return NULL;
    }
    policy_signing_decide(o->signing, o->policy, start->facts, start->author,
                          &told->ruling);
    bool signs = policy_signing_rule_signs(told->ruling.rule);
    bool seals = policy_sealing_wanted(arena, o->signing, o->policy, start->facts,
                                       start->header);
    if (!signs && !seals)
        return NULL;
    struct milter_signing *s = sceau_arena_alloc(arena, sizeof *s);
    if (s == NULL) {
        told->ruling.rule = signs ? POLICY_UNSIGNED_MEMORY : told->ruling.rule;
        return NULL;
    }
    s->start = *start;
    s->start.author = NULL; /* of the caller's, for the call */
    if (signs)
        begin_signatures(s, told);
    if (seals)
        begin_seal(s, told);
    return s;
}

/* ---- the body ---- */

/* CRLF ends a line: its CR counts for one. */
static void
measure_lines(struct milter_signing *s, struct sceau_slice chunk)
{
    struct sceau_slice line;
    while (!s->has_long_line && slice_next(&chunk, '\n', &line)) {
        s->line += line.len;
        bool is_over = chunk.ptr != NULL;
        s->has_long_line = s->line > MILTER_LINE_MAX + 1;
        if (is_over)
            s->line = 0;
    }
}

void
milter_signing_body(struct milter_signing *s, struct sceau_slice chunk)
{
    if (s->count == 0 && s->sealing == NULL)
        return;
    measure_lines(s, chunk);
    if (s->owns_hashes && chunk.len > 0)
        sceau_body_hashes_update(s->hashes, chunk);
}

/* ---- the end ---- */

/* A refused signature fails the others with it: half of what was asked for is a puzzle for
 * whoever reads the log, and the message comes again. */
static enum policy_signing_rule
sign_all(struct milter_signing *s, struct milter_signed *told,
         struct sceau_header *leaving, struct milter_dress *dress)
{
    static const struct sceau_slice name = {"DKIM-Signature", 14};
    for (size_t i = 0; i < s->count; i++) {
        struct signature *one = &s->signatures[i];
        struct remote remote = remote_of(s, told->domain, one->key);
        struct sceau_slice value;
        enum sceau_status status =
            sceau_dkim_signing_finish(s->start.context, one->signing, leaving,
                                      &remote.signer, &value);
        if (status == SCEAU_E_SYSTEM)
            return rule_of(remote.answer);
        if (status != SCEAU_OK)
            return POLICY_UNSIGNED_MEMORY;
        dress->top[dress->top_count++] = (struct policy_added_field){name, value};
        told->selectors[told->count++] = one->options.selector;
    }
    return told->ruling.rule;
}

/* The fields made so far stand on the message when it is sealed. */
static bool
put_on(struct sceau_arena *arena, const struct milter_dress *dress,
       struct sceau_header *leaving)
{
    for (size_t i = 0; i < dress->top_count; i++) {
        struct sceau_header with;
        if (sceau_header_with_on_top(arena, leaving, dress->top[i].name,
                                     dress->top[i].value, &with) != SCEAU_OK)
            return false;
        *leaving = with;
    }
    return true;
}

/* RFC 8617 section 5.1, over the message as it will leave and the results of this host that
 * stand on it. Why there is no seal, or NULL. */
static const char *
seal(struct milter_signing *s, struct milter_signed *told,
     const struct sceau_verdict *verdict, struct sceau_header *leaving,
     struct milter_dress *dress)
{
    const struct milter_signing_start *start = &s->start;
    struct sceau_arena *arena = start->context->arena;
    struct remote remote = remote_of(s, s->seal_options.domain, seal_key(s));
    struct sceau_arc_sealed sealed;
    struct sceau_slice results =
        arc_results_of(arena, leaving,
                       policy_authserv_id(start->options->policy, start->facts));
    if (results.ptr == NULL)
        return "the message has no results of this host";
    if (!put_on(arena, dress, leaving) ||
        sceau_arc_sealing_finish(start->context, s->sealing, leaving,
                                 sceau_verify_arc(start->verify), &verdict->arc,
                                 results, &remote.signer, &sealed) != SCEAU_OK)
        return remote.answer == KEYRING_FINE ? "out of memory"
                                             : "the signer gave no signature";
    if (sealed.instance == 0)
        return sealed.reason;
    const struct policy_added_field set[] = {
        {SCEAU_SLICE("ARC-Authentication-Results"), sealed.results  },
        {SCEAU_SLICE("ARC-Message-Signature"),      sealed.signature},
        {SCEAU_SLICE("ARC-Seal"),                   sealed.seal     },
    };
    memcpy(&dress->top[dress->top_count], set, sizeof set);
    dress->top_count += sizeof set / sizeof *set;
    told->sealed = sealed.instance;
    return NULL;
}

static bool
is_delivered(const struct policy_decision *decision)
{
    return decision->action == POLICY_ACCEPT || decision->action == POLICY_QUARANTINE;
}

/* What keeps the message from being signed, and sealed; nothing when the rule signs. */
static enum policy_signing_rule
prepare(struct milter_signing *s, struct milter_signed *told,
        const struct policy_decision *decision, struct sceau_header *leaving,
        struct milter_dress *dress)
{
    bool is_memory = false;
    if (!is_delivered(decision))
        return POLICY_UNSIGNED_NOT_DELIVERED;
    told->has_long_lines = s->has_long_line;
    if (s->has_long_line && s->start.options->signing->long_lines != POLICY_LONG_SIGN)
        return POLICY_UNSIGNED_LONG_LINES;
    const char *problem = leaving_header(s->start.context->arena, s->start.header,
                                         decision, leaving, dress, &is_memory);
    if (is_memory)
        return POLICY_UNSIGNED_MEMORY;
    return problem != NULL ? POLICY_UNSIGNED_HEADER : POLICY_SIGN_UNCHECKED;
}

static void
not_signed(struct milter_signing *s, struct milter_signed *told,
           struct policy_decision *decision, struct milter_dress *dress)
{
    const struct milter_session_options *o = s->start.options;
    dress->top_count = 0;
    told->count = 0;
    policy_cannot_sign(s->start.context->arena, o->policy, o->signing, s->start.facts,
                       told->ruling.rule, decision);
}

void
milter_signing_finish(struct milter_signing *s, struct milter_signed *told,
                      const struct sceau_verdict *verdict,
                      struct policy_decision *decision, struct milter_dress *dress)
{
    struct sceau_header leaving;
    bool was_to_sign = policy_signing_rule_signs(told->ruling.rule);
    if (s->owns_hashes)
        sceau_body_hashes_finish(s->hashes);
    bool is_trouble = policy_signing_rule_is_trouble(told->ruling.rule);
    bool has_work = was_to_sign || s->sealing != NULL;
    enum policy_signing_rule hindrance =
        has_work ? prepare(s, told, decision, &leaving, dress) : POLICY_SIGN_UNCHECKED;
    bool is_clear = policy_signing_rule_signs(hindrance);
    if (was_to_sign)
        told->ruling.rule = is_clear ? sign_all(s, told, &leaving, dress) : hindrance;
    if (!is_clear)
        *dress = (struct milter_dress){0}; /* nobody vouches for how it leaves */
    told->refolded = dress->changed_count;
    if (is_trouble || (was_to_sign && !policy_signing_rule_signs(told->ruling.rule)))
        not_signed(s, told, decision, dress);
    if (s->sealing == NULL || !is_delivered(decision))
        return;
    told->unsealed = is_clear ? seal(s, told, verdict, &leaving, dress)
                              : policy_signing_rule_text(hindrance);
}

void
milter_signing_free(struct milter_signing *s)
{
    if (s != NULL && s->owns_hashes)
        sceau_body_hashes_free(s->hashes);
}
