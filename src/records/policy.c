/* What the domain says of its mail: SPF (RFC 7208), DKIM keys (RFC 6376), DMARC (RFC 9989)
 * and the agreement to reports of others (RFC 9990 section 4). */
#include "check/lint.h"
#include "core/ip.h"
#include "maker.h"

static void
set_ttl(const struct maker *m, struct records_record *record)
{
    if (record == NULL)
        return;
    record->has_ttl = true;
    record->ttl = (uint32_t)m->domain->policy_ttl;
}

/* ---- SPF ------------------------------------------------------------------------------ */

/* What may send, each network once, in the order of the description. */
struct senders {
    const struct ip_network **items;
    size_t count;
};

static bool
is_covered(const struct senders *senders, const struct ip_network *network)
{
    for (size_t i = 0; i < senders->count; i++) {
        if (senders->items[i]->prefix <= network->prefix &&
            ip_in_network(&network->address, &senders->items[i]->address,
                          senders->items[i]->prefix))
            return true;
    }
    return false;
}

static struct senders
find_senders(struct maker *m)
{
    const struct config_hosts *lists[] = {&m->domain->servers, &m->domain->gateways};
    size_t most = 1;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < lists[k]->count; i++)
            most += lists[k]->items[i].count;
    }
    struct senders senders = {sceau_arena_alloc(m->arena, most * sizeof *senders.items),
                              0};
    m->is_full |= senders.items == NULL;
    for (size_t k = 0; k < 2 && senders.items != NULL; k++) {
        for (size_t i = 0; i < lists[k]->count; i++) {
            const struct config_host *host = &lists[k]->items[i];
            for (size_t n = 0; n < host->count; n++) {
                if (!is_covered(&senders, &host->addresses[n]))
                    senders.items[senders.count++] = &host->addresses[n];
            }
        }
    }
    return senders;
}

/* The address without the bits behind its prefix. */
static struct sceau_ip
network_address(const struct ip_network *network)
{
    struct sceau_ip ip = network->address;
    unsigned bits = ip.version == 4 ? 32 : 128;
    for (unsigned i = network->prefix; i < bits; i++)
        ip.octets[i / 8] &= (uint8_t) ~(0x80U >> (i % 8));
    return ip;
}

static struct sceau_slice
network_term(struct maker *m, const struct ip_network *network)
{
    char address[SCEAU_IP_TEXT];
    struct text t = text_new(m->arena, SIZE_MAX);
    struct sceau_ip ip = network_address(network);
    sceau_ip_format(&ip, address);
    text_format(&t, "ip%u:%s", network->address.version, address);
    if (network->prefix < (network->address.version == 4 ? 32U : 128U))
        text_format(&t, "/%u", network->prefix);
    return text_done(&t);
}

static struct sceau_slice
chunk_name(struct maker *m, size_t number)
{
    struct text t = text_new(m->arena, SIZE_MAX);
    text_format(&t, "_spf%zu.", number);
    text_slice(&t, m->domain->domain);
    return text_done(&t);
}

/* "~all" and what stands before it from the description. */
static struct sceau_slice
spf_end(struct maker *m)
{
    struct text t = text_new(m->arena, SIZE_MAX);
    if (m->domain->spf.len > 0) {
        text_slice(&t, m->domain->spf);
        text_octet(&t, ' ');
    }
    text_string(&t, m->domain->spf_all == CONFIG_SPF_FAIL ? "-all" : "~all");
    return text_done(&t);
}

/* The addresses in records of their own, _spf1 and so on, when one would be too large for a
 * DNS answer over UDP. Gives how many; each costs one of ten lookups. */
static size_t
add_chunks(struct maker *m, const struct senders *senders)
{
    size_t count = 0;
    struct text t = text_new(m->arena, SIZE_MAX);
    for (size_t i = 0; i <= senders->count; i++) {
        bool is_last = i == senders->count;
        struct sceau_slice term =
            is_last ? SLICE_NONE : network_term(m, senders->items[i]);
        if (is_last || t.len + term.len + strlen(" -all") > RECORDS_SPF_MAX) {
            text_string(&t, "-all");
            struct sceau_slice name = chunk_name(m, ++count);
            set_ttl(m, maker_add_text(m, RECORDS_SPF, name, text_done(&t), 0));
            maker_claim(m, name, SCEAU_DNS_TXT, "");
            t = text_new(m->arena, SIZE_MAX);
        }
        if (is_last)
            break;
        text_string(&t, t.len == 0 ? "v=spf1 " : "");
        text_slice(&t, term);
        text_octet(&t, ' ');
    }
    return count;
}

static struct sceau_slice
whole_spf(struct maker *m, const struct senders *senders)
{
    struct text t = text_new(m->arena, SIZE_MAX);
    text_string(&t, "v=spf1 ");
    for (size_t i = 0; i < senders->count; i++) {
        text_slice(&t, network_term(m, senders->items[i]));
        text_octet(&t, ' ');
    }
    text_slice(&t, spf_end(m));
    return text_done(&t);
}

static struct sceau_slice
spf_of_chunks(struct maker *m, size_t count)
{
    struct text t = text_new(m->arena, SIZE_MAX);
    text_string(&t, "v=spf1 ");
    for (size_t i = 1; i <= count; i++) {
        text_string(&t, "include:");
        text_slice(&t, chunk_name(m, i));
        text_octet(&t, ' ');
    }
    text_slice(&t, spf_end(m));
    return text_done(&t);
}

/* The terms of the description come from a person: a record that receivers cannot read would
 * make all mail fail. */
static void
check_spf(struct maker *m, struct sceau_slice text)
{
    struct check_lint lint;
    if (text.ptr == NULL ||
        check_lint_spf(m->arena, m->language, text, &lint) != SCEAU_OK) {
        m->is_full = true;
        return;
    }
    for (size_t i = 0; i < lint.count; i++) {
        if (lint.findings[i].severity != CHECK_PROBLEM)
            continue;
        const struct language_word words[] = {
            LANGUAGE_THEIRS("record", text),
            LANGUAGE_OURS("why", lint.findings[i].text),
        };
        maker_refuse(m, N_("the SPF record would be \"{record}\": {why}"), words, 2);
    }
}

void
maker_spf(struct maker *m)
{
    struct senders senders = find_senders(m);
    struct sceau_slice text = whole_spf(m, &senders);
    bool is_split = text.len > RECORDS_SPF_MAX;
    size_t chunks = 0;
    if (is_split) {
        chunks = add_chunks(m, &senders);
        text = spf_of_chunks(m, chunks);
    }
    check_spf(m, text);
    for (size_t i = 0; i < maker_sender_count(m); i++) {
        struct sceau_slice name = maker_sender(m, i);
        set_ttl(m, maker_add_text(m, RECORDS_SPF, name, text, 0));
        maker_claim(m, name, SCEAU_DNS_TXT, "v=spf1");
        maker_claim(m, name, SCEAU_DNS_SPF, ""); /* RFC 7208 section 3.1 */
    }
}

/* ---- DKIM ----------------------------------------------------------------------------- */

static struct sceau_slice
key_name(struct maker *m, const struct records_key *key)
{
    struct text t = text_new(m->arena, SIZE_MAX);
    text_slice(&t, key->selector);
    text_string(&t, "._domainkey.");
    text_slice(&t, key->domain);
    return text_done(&t);
}

/* The zone's own TTL, as the tutorial has it. The first string ends before p=, as
 * zmdkimkeyutil prints it. */
static void
add_key(struct maker *m, const struct records_key *key)
{
    struct sceau_slice name = key_name(m, key);
    size_t p = 0;
    maker_claim(m, name, SCEAU_DNS_TXT, "");
    if (key->text.len == 0)
        return;
    while (p + 2 < key->text.len && memcmp(key->text.ptr + p, "p=", 2) != 0)
        p++;
    struct records_record *record =
        maker_add_text(m, RECORDS_DKIM, name, key->text, p + 2 < key->text.len ? p : 0);
    struct text t = text_new(m->arena, SIZE_MAX);
    text_string(&t, "----- DKIM key ");
    text_escaped(&t, key->selector);
    text_string(&t, " for ");
    text_escaped(&t, key->domain);
    if (key->state != NULL && strcmp(key->state, "active") != 0)
        text_format(&t, " (%s)", key->state);
    if (record != NULL)
        record->comment = text_done(&t);
}

void
maker_dkim(struct maker *m, const struct records_key *keys, size_t count)
{
    for (size_t n = 0; n < maker_sender_count(m); n++) {
        for (size_t i = 0; i < count; i++) {
            if (slice_eq_ci(keys[i].domain, maker_sender(m, n)))
                add_key(m, &keys[i]);
        }
    }
}

/* ---- DMARC ---------------------------------------------------------------------------- */

static const char *
request_word(enum config_request request)
{
    switch (request) {
    case CONFIG_REQUEST_SAME: return "";
    case CONFIG_REQUEST_NONE: return "none";
    case CONFIG_REQUEST_QUARANTINE: return "quarantine";
    case CONFIG_REQUEST_REJECT: return "reject";
    }
    return "";
}

static const char *
request_meaning(enum config_request request)
{
    switch (request) {
    case CONFIG_REQUEST_SAME:
    case CONFIG_REQUEST_NONE: return N_("delivered as any other");
    case CONFIG_REQUEST_QUARANTINE: return N_("put into the junk folder");
    case CONFIG_REQUEST_REJECT: return N_("refused");
    }
    return "";
}

static void
add_tag(struct text *t, const char *name, enum config_request request)
{
    if (request != CONFIG_REQUEST_SAME)
        text_format(t, "; %s=%s", name, request_word(request));
}

/* An address as a URI: commas, exclamation marks and the like escaped (RFC 9989 section 4.7,
 * RFC 3986 section 2). */
static void
add_uri(struct text *t, struct sceau_slice address)
{
    text_string(t, "mailto:");
    for (size_t i = 0; i < address.len; i++) {
        char c = address.ptr[i];
        if (ascii_is_alnum(c) || (c != '\0' && strchr("-._~@+=$&'*", c) != NULL))
            text_octet(t, c);
        else
            text_format(t, "%%%02X", (unsigned char)c);
    }
}

static void
add_uris(struct maker *m, struct text *t, const char *name, struct config_words list)
{
    static const struct sceau_slice scheme = {"mailto:", 7};
    for (size_t i = 0; i < list.count; i++) {
        struct sceau_slice address = list.items[i];
        if (slice_starts_ci(address, scheme))
            address = slice_skip(address, scheme.len);
        if (slice_find(address, '@') == address.len) {
            const struct language_word words[] = {LANGUAGE_OURS("key",
                                                                sceau_slice_from(name)),
                                                  LANGUAGE_THEIRS("text", address)};
            maker_refuse(m, N_("{key}: {text} is no address; write name@{text}"), words,
                         2);
        }
        if (i == 0)
            text_format(t, "; %s=", name);
        else
            text_octet(t, ',');
        add_uri(t, address);
    }
}

/* The policy of the name and of what lies below. `p` is never CONFIG_REQUEST_SAME. */
static struct sceau_slice
dmarc_text(struct maker *m, enum config_request p, enum config_request sp)
{
    const struct config_domain *d = m->domain;
    struct text t = text_new(m->arena, SIZE_MAX);
    text_format(&t, "v=DMARC1; p=%s", request_word(p));
    add_tag(&t, "sp", sp);
    add_tag(&t, "np", d->nonexistent_policy);
    if (d->testing)
        text_string(&t, "; t=y");
    if (d->alignment == CONFIG_ALIGNMENT_STRICT)
        text_string(&t, "; aspf=s; adkim=s");
    add_uris(m, &t, "rua", d->rua);
    add_uris(m, &t, "ruf", d->ruf);
    return text_done(&t);
}

static struct sceau_slice
dmarc_comment(struct maker *m, struct sceau_slice name, enum config_request p,
              enum config_request sp)
{
    const char *here = language_text(m->language, request_meaning(p));
    const char *below =
        language_text(m->language, request_meaning(sp == CONFIG_REQUEST_SAME ? p : sp));
    const struct language_word words[] = {
        LANGUAGE_THEIRS("name", name),
        LANGUAGE_OURS("here", sceau_slice_from(here)),
        LANGUAGE_OURS("below", sceau_slice_from(below)),
    };
    return language_sentence(
        m->arena, m->language,
        m->domain->testing
            ? N_("asks: mail from {name} that fails DMARC is {here}; from names below it, "
                 "{below} (for now one step less: t=y)")
            : N_("asks: mail from {name} that fails DMARC is {here}; from names below it, "
                 "{below}"),
        words, 3);
}

/* ---- agreements to reports ---------------------------------------------------------------- */

/* "A._report._dmarc.B": B agrees to reports about A. */
static void
add_agreement(struct maker *m, struct sceau_slice about, struct sceau_slice at,
              bool is_foreign)
{
    struct text t = text_new(m->arena, SIZE_MAX);
    text_slice(&t, about);
    text_string(&t, "._report._dmarc.");
    text_slice(&t, at);
    struct sceau_slice name = text_done(&t);
    struct records_record *record =
        maker_add_text(m, RECORDS_DMARC, name, SCEAU_SLICE("v=DMARC1"), 0);
    set_ttl(m, record);
    if (!is_foreign)
        maker_claim(m, name, SCEAU_DNS_TXT, "");
    if (record == NULL)
        return;
    const struct language_word words[] = {LANGUAGE_THEIRS("domain", at),
                                          LANGUAGE_THEIRS("about", about)};
    record->is_foreign = is_foreign;
    record->comment =
        language_sentence(m->arena, m->language,
                          N_("{domain} agrees to receive reports about {about}"), words,
                          2);
}

static struct sceau_slice
domain_of(struct sceau_slice address)
{
    size_t at = slice_find_last(address, '@');
    return at < address.len ? slice_skip(address, at + 1) : SLICE_NONE;
}

/* What this domain's own reports need elsewhere. */
static void
add_needed(struct maker *m, struct config_words list)
{
    for (size_t i = 0; i < list.count; i++) {
        struct sceau_slice at = domain_of(list.items[i]);
        if (at.len == 0 || domain_is_within(at, m->domain->domain) ||
            domain_is_within(m->domain->domain, at))
            continue; /* one organization */
        for (size_t n = 0; n < maker_sender_count(m); n++)
            add_agreement(m, maker_sender(m, n), at, true);
    }
}

/* What another domain of this configuration needs here. */
static void
add_wanted_by(struct maker *m, const struct config_domain *other)
{
    const struct config_words lists[] = {other->rua, other->ruf};
    if (other == m->domain || domain_is_within(other->domain, m->domain->domain) ||
        domain_is_within(m->domain->domain, other->domain))
        return;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < lists[k].count; i++) {
            if (!slice_eq_ci(domain_of(lists[k].items[i]), m->domain->domain))
                continue;
            add_agreement(m, other->domain, m->domain->domain, false);
            for (size_t n = 0; n < other->senders.count; n++)
                add_agreement(m,
                              records_name(m->arena, other->domain,
                                           other->senders.items[n].name),
                              m->domain->domain, false);
        }
    }
}

void
maker_dmarc(struct maker *m)
{
    const struct config_domain *d = m->domain;
    for (size_t i = 0; i < maker_sender_count(m); i++) {
        struct sceau_slice name = maker_sender(m, i);
        enum config_request p = d->policy;
        if (i > 0 && d->sender_policy != CONFIG_REQUEST_SAME)
            p = d->sender_policy;
        if (p == CONFIG_REQUEST_SAME)
            p = CONFIG_REQUEST_NONE;
        struct sceau_slice owner = domain_join(m->arena, SCEAU_SLICE("_dmarc"), name);
        struct records_record *record =
            maker_add_text(m, RECORDS_DMARC, owner,
                           dmarc_text(m, p, d->subdomain_policy), 0);
        set_ttl(m, record);
        maker_claim(m, owner, SCEAU_DNS_TXT, "");
        if (record != NULL)
            record->comment = dmarc_comment(m, name, p, d->subdomain_policy);
    }
    for (size_t i = 0; i < d->reports_for.count; i++)
        add_agreement(m, d->reports_for.items[i], d->domain, false);
    for (size_t i = 0; i < m->config->domain_count; i++)
        add_wanted_by(m, &m->config->domains[i]);
    add_needed(m, d->rua);
    add_needed(m, d->ruf);
}
