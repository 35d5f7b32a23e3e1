/* The family "dkim" of the catalogue: key records (RFC 6376 section 3.6.1, RFC 8301, RFC
 * 8463) at the selectors that something knows, and at common ones. */
#include "core/base64.h"
#include "core/domain.h"
#include "core/taglist.h"
#include "dkim/der.h"
#include "dkim/key.h"
#include "facts.h"
#include "zone.h"

#define DKIM_TTL       3600
#define IN_USE         ((int64_t)7 * 86400) /* seconds since a selector was last seen */
#define RSA_BITS_GOOD  2048
#define RSA_BITS_WIDE  4096
#define SPKI_OCTETS    44 /* an Ed25519 key inside a SubjectPublicKeyInfo, RFC 8410 */
#define ED25519_OCTETS 32

/* A key record that stands at a selector, taken apart. */
struct key_view {
    const struct check_key *key;
    struct sceau_slice text;
    struct taglist tags;
    struct sceau_diag diag;
    bool is_list;               /* the tags read */
    struct sceau_slice k, p, h; /* values; NULL ptr: absent */
    struct sceau_slice octets;  /* of p; NULL ptr: no base64 */
    struct dkim_key parsed;
};

static struct sceau_slice
value_of(const struct key_view *v, const char *name)
{
    const struct tag *tag =
        v->is_list ? taglist_find(&v->tags, sceau_slice_from(name)) : NULL;
    if (tag == NULL)
        return SLICE_NONE;
    return tag->value.ptr != NULL ? tag->value : SCEAU_SLICE("");
}

static bool
view_init(struct check_subject *s, struct key_view *v, const struct check_key *key)
{
    struct sceau_arena *arena = s->context->arena;
    *v = (struct key_view){.key = key, .text = key->rr->text};
    v->is_list = taglist_parse(arena, v->text, &v->tags, &v->diag) == SCEAU_OK;
    v->k = value_of(v, "k");
    v->p = value_of(v, "p");
    v->h = value_of(v, "h");
    v->octets = v->p.len > 0 ? base64_decoded(arena, v->p) : SLICE_NONE;
    return dkim_key_init(&v->parsed, v->text);
}

static bool
is_ed25519(const struct key_view *v)
{
    return slice_eq(v->k, SCEAU_SLICE("ed25519"));
}

/* Bits of an RSA key, also of one that is too small or too large to be used; 0: none. */
static size_t
rsa_bits(const struct key_view *v)
{
    struct der_rsa rsa;
    if (is_ed25519(v) || v->octets.ptr == NULL || !der_rsa_read(v->octets, &rsa))
        return 0;
    return der_bits(rsa.modulus);
}

/* "_domainkey" record of the finding: where it stands, which selector, who knows it. */
static struct check_finding *
report_key(struct check_subject *s, const struct key_view *v,
           enum check_outcome outcome, struct sceau_slice sentence)
{
    struct check_finding *f = check_report_record(s, v->key->owner, SCEAU_DNS_TXT,
                                                  v->key->rr, outcome, sentence);
    f->fix = check_tell(s, s->rule->fix);
    return f;
}

static struct sceau_slice
number(struct check_subject *s, size_t n)
{
    return check_format(s, "%zu", n);
}

/* The record without one tag. */
static void
mend_without(struct check_subject *s, struct check_finding *f, const struct key_view *v,
             const char *name)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    for (size_t i = 0; i < v->tags.count; i++) {
        if (slice_eq(v->tags.tags[i].name, sceau_slice_from(name)))
            continue;
        text_string(&t, t.len > 0 ? "; " : "");
        text_slice(&t, v->tags.tags[i].name);
        text_octet(&t, '=');
        text_slice(&t, v->tags.tags[i].value);
    }
    f->zone_line = check_txt_line(s, v->key->owner, v->key->rr->ttl, text_done(&t));
}

/* ---- each key that stands there -------------------------------------------------- */

typedef void key_rule(struct check_subject *s, const struct key_view *v);

/* Run the rule for each key record. When there is none, says so: unknown, or skipped. */
static void
for_each_key(struct check_subject *s, key_rule *rule)
{
    const struct check_keys *keys = check_keys(s);
    size_t looked = 0;
    for (size_t i = 0; i < keys->count; i++) {
        struct key_view v;
        if (keys->items[i].rr == NULL)
            continue;
        looked++;
        if (view_init(s, &v, &keys->items[i]))
            rule(s, &v);
        else
            s->has_failed = true;
        dkim_key_clear(&v.parsed);
    }
    if (looked > 0)
        return;
    if (keys->trouble != NULL)
        check_unknown(s, keys->trouble_owner, SCEAU_DNS_TXT, keys->trouble);
    else
        check_skip(s, N_("no DKIM key was found; selectors cannot be listed: give one "
                         "with --selector"));
}

/* What src/dkim says of a key it refuses, when no rule of its own does. */
static const char *const refusals[] = {
    N_("p= is not an RSA public key"),
    N_("the RSA key has more than 8192 bits"),
    N_("the RSA key has an exponent that no signer chooses"),
    N_("p= is not a usable RSA public key"),
    N_("p= is not an Ed25519 public key of 32 octets"),
    N_("p= is not a usable Ed25519 public key"),
    N_("the key record has no p="),
    N_("p= is not base64"),
    N_("k= names no key type we know"),
    N_("the record is no key record"),
    N_("the record is longer than 4096 octets"),
};

static void
tell_syntax(struct check_subject *s, const struct key_view *v)
{
    if (!v->is_list) {
        report_key(s, v, CHECK_PROBLEM,
                   CHECK_SAY(s, N_("at octet {offset}: expected {grammar}"),
                             LANGUAGE_OURS("offset", number(s, v->diag.offset + 1)),
                             LANGUAGE_OURS("grammar",
                                           check_tell(s, v->diag.expected != NULL
                                                             ? v->diag.expected
                                                             : N_("tag=value")))));
        return;
    }
    if (is_ed25519(v) && v->octets.len == SPKI_OCTETS)
        return; /* dkim.ed25519_raw has it, with the right line */
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        if (v->parsed.refusal != NULL && strcmp(v->parsed.refusal, refusals[i]) == 0)
            report_key(s, v, CHECK_PROBLEM, check_tell(s, refusals[i]));
    }
    if (v->key->record_count > 1)
        report_key(s, v, CHECK_PROBLEM,
                   check_tell(s, N_("more than one key record at this name")));
}

static void
dkim_syntax(struct check_subject *s)
{
    for_each_key(s, tell_syntax);
}

static void
tell_size(struct check_subject *s, const struct key_view *v)
{
    size_t bits = rsa_bits(v);
    if (bits == 0 || (bits >= RSA_BITS_GOOD && bits <= RSA_BITS_WIDE))
        return;
    enum check_outcome outcome = bits < SCEAU_DKIM_RSA_BITS_MIN ? CHECK_PROBLEM
                                 : bits < RSA_BITS_GOOD         ? CHECK_WARNING
                                                                : CHECK_INFO;
    struct check_finding *f =
        report_key(s, v, outcome,
                   CHECK_SAY(s, N_("an RSA key of {bits} bits"),
                             LANGUAGE_OURS("bits", number(s, bits))));
    if (outcome == CHECK_PROBLEM)
        f->why = check_tell(s, N_("Receivers must not accept keys under 1024 bits (RFC "
                                  "8301)."));
    if (outcome == CHECK_INFO)
        f->why = check_tell(s, N_("Some receivers do not read keys that long."));
}

static void
dkim_size(struct check_subject *s)
{
    for_each_key(s, tell_size);
}

/* A key that something said is in use, lately. */
static bool
is_in_use(const struct check_subject *s, const struct check_key *key)
{
    return !key->is_guess &&
           (key->last_seen == 0 || s->context->now - key->last_seen <= IN_USE);
}

static void
tell_revoked(struct check_subject *s, const struct key_view *v)
{
    if (v->p.ptr != NULL && v->p.len == 0 && is_in_use(s, v->key))
        report_key(s, v, CHECK_PROBLEM, SLICE_NONE);
}

static void
dkim_revoked(struct check_subject *s)
{
    for_each_key(s, tell_revoked);
}

static void
tell_testing(struct check_subject *s, const struct key_view *v)
{
    if (!v->parsed.is_testing)
        return;
    struct check_finding *f = report_key(s, v, CHECK_WARNING, SLICE_NONE);
    mend_without(s, f, v, "t");
}

static void
dkim_testing(struct check_subject *s)
{
    for_each_key(s, tell_testing);
}

static void
tell_hash(struct check_subject *s, const struct key_view *v)
{
    if (v->parsed.refusal == NULL)
        return;
    bool is_hash =
        strcmp(v->parsed.refusal, "the key does not admit SHA-256 (h=)") == 0;
    bool is_service =
        strcmp(v->parsed.refusal, "the key is for another service (s=)") == 0;
    if (!is_hash && !is_service)
        return;
    struct check_finding *f = report_key(s, v, CHECK_PROBLEM, SLICE_NONE);
    f->fix = CHECK_SAY(s, s->rule->fix,
                       LANGUAGE_OURS("tag",
                                     is_hash ? SCEAU_SLICE("h=") : SCEAU_SLICE("s=")));
    mend_without(s, f, v, is_hash ? "h" : "s");
}

static void
dkim_hash(struct check_subject *s)
{
    for_each_key(s, tell_hash);
}

static void
tell_raw(struct check_subject *s, const struct key_view *v)
{
    if (!is_ed25519(v) || v->octets.ptr == NULL || v->octets.len == ED25519_OCTETS)
        return;
    struct check_finding *f =
        report_key(s, v, CHECK_PROBLEM,
                   CHECK_SAY(s, N_("p= holds {octets} octets"),
                             LANGUAGE_OURS("octets", number(s, v->octets.len))));
    if (v->octets.len != SPKI_OCTETS) {
        f->fix = check_tell(s, N_("Publish the 32 octets of the public key."));
        return;
    }
    struct sceau_slice bare =
        base64_encoded(s->context->arena,
                       slice_skip(v->octets, SPKI_OCTETS - ED25519_OCTETS));
    f->zone_line =
        check_txt_line(s, v->key->owner, v->key->rr->ttl,
                       check_format(s, "v=DKIM1; k=ed25519; p=%.*s", SLICE_ARG(bare)));
}

static void
dkim_ed25519_raw(struct check_subject *s)
{
    for_each_key(s, tell_raw);
}

static void
tell_strict(struct check_subject *s, const struct key_view *v)
{
    if (v->parsed.is_strict)
        check_skip(s,
                   N_("there is t=s; whether a signer uses i=@sub is known only where "
                      "the signing rules are"));
}

static void
dkim_strict_identity(struct check_subject *s)
{
    for_each_key(s, tell_strict);
}

/* Quotes and backslashes in p come from a line that was split by hand; so do TXT records
 * beside the key that hold its rest. */
static void
tell_split(struct check_subject *s, const struct key_view *v)
{
    struct text joined = text_new(s->context->arena, SIZE_MAX);
    const struct sceau_dns_answer *answer = &v->key->answer;
    bool is_stray = slice_find(v->text, '"') < v->text.len ||
                    slice_find(v->text, '\\') < v->text.len;
    for (size_t i = 0; i < v->text.len; i++) {
        if (v->text.ptr[i] != '"' && v->text.ptr[i] != '\\')
            text_octet(&joined, v->text.ptr[i]);
    }
    size_t rests = 0;
    for (size_t i = 0; i < answer->count; i++) {
        struct sceau_slice rest = answer->rrs[i].text;
        if (&answer->rrs[i] == v->key->rr || slice_find(rest, '=') + 3 < rest.len ||
            base64_decoded(s->context->arena, rest).ptr == NULL)
            continue;
        text_slice(&joined, rest);
        rests++;
    }
    if (!is_stray && rests == 0)
        return;
    struct check_finding *f = report_key(
        s, v, CHECK_PROBLEM,
        check_tell(s, is_stray ? N_("a quote or a backslash stands inside the key")
                               : N_("the rest of the key stands in another record")));
    f->zone_line =
        check_txt_line(s, v->key->owner, v->key->rr->ttl, text_done(&joined));
}

static void
dkim_split(struct check_subject *s)
{
    check_zone_faults(s);
    for_each_key(s, tell_split);
}

/* ---- the keys together ----------------------------------------------------------- */

static void
dkim_ed25519_companion(struct check_subject *s)
{
    const struct check_keys *keys = check_keys(s);
    const struct check_key *lonely = NULL;
    bool has_rsa = false;
    for (size_t i = 0; i < keys->count; i++) {
        struct key_view v;
        if (keys->items[i].rr == NULL)
            continue;
        if (view_init(s, &v, &keys->items[i]) && v.p.len > 0) {
            has_rsa |= v.parsed.refusal == NULL && v.parsed.type == DKIM_KEY_RSA;
            lonely = is_ed25519(&v) ? &keys->items[i] : lonely;
        }
        dkim_key_clear(&v.parsed);
    }
    if (lonely == NULL) {
        check_skip(s, N_("no Ed25519 key was found"));
        return;
    }
    if (has_rsa)
        return;
    struct check_finding *f =
        check_report(s, check_seen(s, lonely->owner, SCEAU_DNS_TXT, lonely->rr));
    f->fix = check_tell(s, s->rule->fix);
    check_locate(s, f, lonely->owner, SCEAU_DNS_TXT, lonely->rr->rdata);
}

/* What was found and how its selector is known: "s1 (--selector), mail (a guess: …)". */
static struct sceau_slice
found_selectors(struct check_subject *s, const struct check_keys *keys)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    for (size_t i = 0; i < keys->count; i++) {
        if (!keys->items[i].is_found)
            continue;
        text_string(&t, t.len > 0 ? ", " : "");
        text_escaped(&t, keys->items[i].selector);
        text_format(&t, " (%s)",
                    language_text(s->options->language, keys->items[i].source));
    }
    return text_done(&t);
}

static void
report_missing(struct check_subject *s, const struct check_key *key)
{
    struct check_finding *f = check_report_as(
        s, is_in_use(s, key) ? CHECK_PROBLEM : CHECK_INFO,
        CHECK_SAY(s,
                  N_("{owner} has no key record; the selector is known from: {source}"),
                  LANGUAGE_THEIRS("owner", key->owner),
                  LANGUAGE_OURS("source", check_tell(s, key->source))));
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = check_txt_line(
        s, key->owner, DKIM_TTL,
        SCEAU_SLICE("v=DKIM1; k=rsa; p=(the public key, as the signer prints it)"));
}

static void
dkim_published(struct check_subject *s)
{
    const struct check_keys *keys = check_keys(s);
    size_t known = 0;
    for (size_t i = 0; i < keys->count; i++) {
        const struct check_key *key = &keys->items[i];
        known += !key->is_guess;
        if (key->is_found || key->is_guess)
            continue;
        if (sceau_dns_is_trouble(key->answer.status))
            check_unknown(s, key->owner, SCEAU_DNS_TXT, &key->answer);
        else
            report_missing(s, key);
    }
    if (keys->found > 0 && s->reported == 0)
        check_ok(s, found_selectors(s, keys));
    if (known == 0 && keys->found == 0 && keys->trouble != NULL)
        check_unknown(s, keys->trouble_owner, SCEAU_DNS_TXT, keys->trouble);
    else if (known == 0 && keys->found == 0)
        check_skip(s,
                   keys->none_exists
                       ? N_("the name publishes no DKIM key")
                       : N_("no DKIM key was found; selectors cannot be listed: give "
                            "one with --selector"));
}

/* ---- a key at a near name -------------------------------------------------------- */

static bool
stands_at(struct check_subject *s, const struct check_key *key,
          struct sceau_slice owner)
{
    if (owner.ptr == NULL || !domain_is_askable(owner))
        return false;
    struct sceau_dns_answer answer = check_ask(s, owner, SCEAU_DNS_TXT);
    for (size_t i = 0; i < answer.count; i++) {
        struct dkim_key parsed;
        bool is_key = dkim_key_init(&parsed, answer.rrs[i].text) && parsed.is_record;
        dkim_key_clear(&parsed);
        if (!is_key)
            continue;
        struct check_finding *f =
            check_report(s, check_seen(s, owner, SCEAU_DNS_TXT, &answer.rrs[i]));
        f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("found", owner),
                           LANGUAGE_THEIRS("owner", key->owner));
        f->zone_line =
            check_txt_line(s, key->owner, answer.rrs[i].ttl, answer.rrs[i].text);
        check_locate(s, f, owner, SCEAU_DNS_TXT, answer.rrs[i].rdata);
        return true;
    }
    return false;
}

static void
look_nearby(struct check_subject *s, const struct check_key *key)
{
    struct sceau_arena *arena = s->context->arena;
    struct sceau_slice prefix =
        domain_join(arena, key->selector, SCEAU_SLICE("_domainkey"));
    bool is_found = stands_at(s, key, domain_join(arena, key->selector, s->name));
    for (struct sceau_slice up = s->name; !is_found && domain_labels(up) >= 2;
         up = domain_parent(up)) {
        is_found = stands_at(s, key, domain_join(arena, key->owner, up));
        if (!is_found && up.len < s->name.len)
            is_found = stands_at(s, key, domain_join(arena, prefix, up));
    }
}

static void
dkim_owner(struct check_subject *s)
{
    const struct check_keys *keys = check_keys(s);
    check_zone_faults(s);
    for (size_t i = 0; i < keys->count; i++) {
        const struct check_key *key = &keys->items[i];
        if (key->is_guess || key->is_found)
            continue;
        if (sceau_dns_is_trouble(key->answer.status))
            check_unknown(s, key->owner, SCEAU_DNS_TXT, &key->answer);
        else
            look_nearby(s, key);
    }
    if (keys->count > 0 || s->reported > 0)
        return;
    if (keys->trouble != NULL)
        check_unknown(s, keys->trouble_owner, SCEAU_DNS_TXT, keys->trouble);
    else
        check_skip(s, N_("no selector is known, and no common name has a key"));
}

/* ---- what only the key store knows ----------------------------------------------- */

static void
needs_key_store(struct check_subject *s)
{
    check_skip(s, N_("this installation has no key store to compare with"));
}

#define LIVE_OR_ZONE (CHECK_DNS | CHECK_ZONE)

static const struct check_rule rules[] = {
    {"dkim.published",         N_("Every selector in use is published"),        LIVE_OR_ZONE, 0,
     CHECK_PROBLEM,                                                                                             N_("Selectors that are named, or that the journal saw, each have a key record. Common "
        "names are tried last and marked as guesses."),
     N_("Without the key no receiver can verify a signature made with it."),
     N_("Publish the key, or stop signing with this selector."),             dkim_published        },
    {"dkim.syntax",            N_("Key record parses"),                         LIVE_OR_ZONE, 0, CHECK_PROBLEM,
     N_("The record is a tag list of RFC 6376, v first if it is there, k is known, p is "
        "the base64 of a key of that type."),
     N_("Receivers cannot use such a key: every signature made with it fails."),
     N_("Publish the record again as the signer prints it."),                dkim_syntax           },
    {"dkim.matches_key",       N_("Published key fits the private key"),        LIVE_OR_ZONE, 0,
     CHECK_PROBLEM,                                                                                             N_("The public half of our key equals p, on every name server."),
     N_("Signing with a key that is not the published one makes mail fail."),
     N_("Publish the key that the signer has."),                             needs_key_store       },
    {"dkim.split",             N_("Long key is split into correct strings"),    LIVE_OR_ZONE, 0,
     CHECK_PROBLEM,                                                                                             N_("The strings stand in one record, and the joined key holds no stray quote or "
        "backslash."),
     N_("What is left of the key is no key."),
     N_("Write one record; its strings are joined with nothing between."),   dkim_split            },
    {"dkim.owner",             N_("Key stands at the right name"),              LIVE_OR_ZONE, 0, CHECK_PROBLEM,
     N_("A key that is missing at SELECTOR._domainkey.NAME does not stand at a near name: "
        "at the domain above, with the zone's name twice, or without _domainkey."),
     N_("Receivers look at one name only."),
     N_("Move it from {found} to {owner}; in the zone of a domain above, write the "
        "subdomain behind _domainkey."),
     dkim_owner                                                                                    },
    {"dkim.size",              N_("RSA key of 2048 bits or more"),              LIVE_OR_ZONE, 0, CHECK_WARNING,
     N_("An RSA key has 2048 bits; under 1024 is a problem (RFC 8301), above 4096 worth "
        "knowing."),
     N_("A short key can be broken, and then others sign in your name."),
     N_("Make a new key of 2048 bits under a new selector; the old one stays published "
        "until nothing uses it."),
     dkim_size                                                                                     },
    {"dkim.revoked",           N_("No key in use is revoked"),                  LIVE_OR_ZONE, 0, CHECK_PROBLEM,
     N_("A selector that signs, or was seen in the last 7 days, has a p that is not "
        "empty."),
     N_("An empty p= revokes the key: every signature made with it fails."),
     N_("Publish the key again, or sign with another selector."),            dkim_revoked          },
    {"dkim.testing",           N_("Key is not in test mode"),                   LIVE_OR_ZONE, 0, CHECK_WARNING,
     N_("t= holds no y."),
     N_("t=y asks receivers to treat signed mail as if it were not signed."),
     N_("Remove t=y."),                                                      dkim_testing          },
    {"dkim.hash",              N_("Key allows SHA-256"),                        LIVE_OR_ZONE, 0, CHECK_PROBLEM,
     N_("h= is absent or names sha256; s= is absent, * or email."),
     N_("Receivers may not use the key for mail signed with SHA-256."),
     N_("Remove {tag} from the record."),                                    dkim_hash             },
    {"dkim.ed25519_companion", N_("An RSA key stands beside Ed25519"),          LIVE_OR_ZONE, 0,
     CHECK_WARNING,                                                                                             N_("A domain with an Ed25519 key also has an RSA key that can be used."),
     N_("Large receivers still do not verify Ed25519."),
     N_("Sign with both, RSA and Ed25519."),                                 dkim_ed25519_companion},
    {"dkim.ed25519_raw",       N_("Ed25519 key is the bare 32 octets"),         LIVE_OR_ZONE, 0,
     CHECK_PROBLEM,                                                                                             N_("With k=ed25519, p is the base64 of 32 octets (RFC 8463 section 4.2); 44 octets "
        "are a SubjectPublicKeyInfo around it."),
     N_("Verifiers cannot read this key."),
     N_("Publish the key without its wrapper: the right line stands here."),
     dkim_ed25519_raw                                                                              },
    {"dkim.strict_identity",   N_("t=s does not break subdomain identities"),
     LIVE_OR_ZONE,                                                                            0, CHECK_INFO,    N_("With t=s no signing rule uses i=@sub.NAME."),
     N_("With t=s a signature for an address of a subdomain fails."),
     N_("Remove t=s, or set i= to @NAME."),                                  dkim_strict_identity  },
    {"dkim.retired",           N_("Retired keys are cleaned up, not too soon"), LIVE_OR_ZONE, 0,
     CHECK_INFO,                                                                                                N_("A selector retired in the key store is still published for 7 days after its last "
        "use, and not much longer than 90."),
     N_("Mail on its way needs the old key; a key that is forgotten can be stolen."),
     N_("Take the key away once nothing uses it."),                          needs_key_store       },
};

const struct check_family check_dkim_family = CHECK_FAMILY(rules);
