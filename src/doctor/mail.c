/* What Postfix does to mail before it is verified or after it was signed, and what the host
 * lets in and out. */
#include "core/ip.h"
#include "core/text.h"
#include "endpoint.h"

#include <dirent.h>
#include <fts.h>
#include <stdio.h>

enum {
    LINE_LIMIT = 998,       /* RFC 5322 section 2.1.1 */
    LIFETIME_LEAST = 86400, /* RFC 5321 section 4.5.4.1 asks for 4 to 5 days */
    HELD_MAX = 100000,      /* counted */
    NETWORK_4 = 16,         /* prefixes: wider is told */
    NETWORK_6 = 32,
};

/* "NAME = VALUE" as a finding. */
static void
tell_value(struct doctor *d, enum doctor_outcome outcome, const char *name,
           struct sceau_slice value, const char *fix)
{
    doctor_tell(d, outcome, value.len > 0 ? "{name} = {value}" : N_("{name} is empty"),
                fix,
                DOCTOR_WORDS(THEIRS("name", name), LANGUAGE_THEIRS("value", value),
                             LANGUAGE_OURS("postconf", endpoint_postconf(d))));
}

/* ---- the way through ---- */

/* The smtpd where mail comes back from a filter. Safe when it asks no milter. */
static void
look_at_return(struct doctor *d, const struct postfix_service *service)
{
    const struct postfix *p = &d->postfix;
    struct sceau_slice options =
        postfix_get_for(p, service, "receive_override_options");
    struct sceau_slice milters = postfix_get_for(p, service, "smtpd_milters");
    if (milters.len == 0 || memmem(options.ptr, options.len, "no_milters", 10) != NULL)
        return;
    doctor_tell(d, DOCTOR_WARNING,
                N_("mail comes back at {service}, which asks the milter again"),
                "{postconf} -P '{service}/receive_override_options=no_milters'",
                DOCTOR_WORDS(LANGUAGE_THEIRS("service",
                                             endpoint_service_name(d, service)),
                             LANGUAGE_OURS("postconf", endpoint_postconf(d))));
}

void
doctor_postfix_content_filter(struct doctor *d)
{
    const struct postfix *p = &d->postfix;
    size_t told = d->count, returns = 0;
    struct sceau_slice filter = postfix_get(p, "content_filter");
    if (!doctor_has_postfix(d))
        return;
    for (size_t i = 0; filter.len == 0 && i < p->service_count; i++)
        filter = postfix_get_for(p, &p->services[i], "content_filter");
    if (filter.len == 0) {
        doctor_tell(d, DOCTOR_OK, N_("there is no content_filter"), NULL,
                    DOCTOR_NO_WORDS);
        return;
    }
    for (size_t i = 0; i < p->service_count; i++) {
        const struct postfix_service *service = &p->services[i];
        if (postfix_runs(service, SCEAU_SLICE("smtpd")) &&
            endpoint_is_reinjection(d, service)) {
            returns++;
            look_at_return(d, service);
        }
    }
    if (returns == 0)
        doctor_tell(
            d, DOCTOR_WARNING,
            N_("content_filter = {filter}, and no smtpd of master.cf takes mail back "
               "with content_filter= and no_milters"),
            "{postconf} -M '127.0.0.1:10025/inet=127.0.0.1:10025 inet n - y - - "
            "smtpd' && {postconf} -P '127.0.0.1:10025/inet/content_filter=' && "
            "{postconf} -P "
            "'127.0.0.1:10025/inet/receive_override_options=no_milters'",
            DOCTOR_WORDS(LANGUAGE_THEIRS("filter", filter),
                         LANGUAGE_OURS("postconf", endpoint_postconf(d))));
    else if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, N_("where it comes back no milter is asked"), NULL,
                    DOCTOR_NO_WORDS);
}

void
doctor_postfix_line_length(struct doctor *d)
{
    uint64_t limit = 0;
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value = postfix_get(&d->postfix, "smtp_line_length_limit");
    bool is_fine =
        slice_decimal(value, UINT32_MAX, &limit) && (limit == 0 || limit >= LINE_LIMIT);
    tell_value(d, is_fine ? DOCTOR_OK : DOCTOR_WARNING, "smtp_line_length_limit", value,
               is_fine ? NULL : "{postconf} -e 'smtp_line_length_limit = 998'");
}

void
doctor_postfix_conversion(struct doctor *d)
{
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value =
        postfix_get(&d->postfix, "disable_mime_output_conversion");
    bool is_fine = slice_eq(value, SCEAU_SLICE("yes"));
    tell_value(d, is_fine ? DOCTOR_OK : DOCTOR_INFO, "disable_mime_output_conversion",
               value,
               is_fine ? NULL : "{postconf} -e 'disable_mime_output_conversion = yes'");
}

void
doctor_postfix_generic(struct doctor *d)
{
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value = postfix_get(&d->postfix, "smtp_generic_maps");
    bool is_fine = value.len == 0;
    tell_value(d, is_fine ? DOCTOR_OK : DOCTOR_WARNING, "smtp_generic_maps", value,
               is_fine
                   ? NULL
                   : N_("{postconf} -e 'canonical_maps = {value}' 'smtp_generic_maps ='"
                        "    # rewrites before the milter signs"));
}

void
doctor_postfix_masquerade(struct doctor *d)
{
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value = postfix_get(&d->postfix, "masquerade_domains");
    bool is_fine = value.len == 0;
    tell_value(
        d, is_fine ? DOCTOR_OK : DOCTOR_INFO, "masquerade_domains", value,
        is_fine ? NULL
                : N_("sceau check {value}    # the domain that is left needs SPF, DKIM "
                     "and DMARC"));
}

void
doctor_postfix_rewriting(struct doctor *d)
{
    struct sceau_slice word, rest;
    bool is_fine = true;
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value = postfix_get(&d->postfix, "local_header_rewrite_clients");
    struct sceau_slice domain =
        postfix_get(&d->postfix, "remote_header_rewrite_domain");
    rest = value;
    while (postfix_next(&rest, &word))
        is_fine = is_fine && !slice_starts_ci(word, SCEAU_SLICE("static:"));
    if (!is_fine)
        tell_value(d, DOCTOR_WARNING, "local_header_rewrite_clients", value,
                   "{postconf} -X local_header_rewrite_clients");
    else if (domain.len > 0)
        tell_value(d, DOCTOR_WARNING, "remote_header_rewrite_domain", domain,
                   "{postconf} -X remote_header_rewrite_domain");
    else
        doctor_tell(d, DOCTOR_OK, N_("only mail of own clients is"), NULL,
                    DOCTOR_NO_WORDS);
}

/* ---- names and networks ---- */

/* Does a PTR of the address say `name`? DNS trouble counts as *is_trouble. */
static bool
points_back(struct doctor *d, const struct sceau_ip *ip, struct sceau_slice name,
            bool *is_trouble)
{
    struct sceau_dns_answer answer;
    struct sceau_slice reverse = ip_reverse_name(d->context->arena, ip);
    sceau_dns_lookup(d->context, reverse, SCEAU_DNS_PTR, &answer);
    *is_trouble = *is_trouble || sceau_dns_is_trouble(answer.status);
    for (size_t i = 0; answer.status == SCEAU_DNS_OK && i < answer.count; i++) {
        if (slice_eq_ci(answer.rrs[i].name, name))
            return true;
    }
    return false;
}

static void
look_at_address(struct doctor *d, struct sceau_slice name, const struct sceau_ip *ip)
{
    char text[SCEAU_IP_TEXT];
    bool is_trouble = false;
    sceau_ip_format(ip, text);
    if (points_back(d, ip, name, &is_trouble))
        return;
    doctor_tell(d, is_trouble ? DOCTOR_UNKNOWN : DOCTOR_WARNING,
                is_trouble ? N_("DNS could not tell the reverse name of {address}")
                           : N_("the reverse name of {address} is not {name}"),
                is_trouble
                    ? NULL
                    : N_("ask the owner of {address} (hosting company) for the PTR "
                         "{name}"),
                DOCTOR_WORDS(LANGUAGE_OURS("address", sceau_slice_from(text)),
                             LANGUAGE_THEIRS("name", name)));
}

void
doctor_postfix_hostname(struct doctor *d)
{
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA};
    size_t told = d->count, found = 0;
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice name = postfix_get(&d->postfix, "myhostname");
    const struct language_word words[] = {LANGUAGE_THEIRS("name", name),
                                          LANGUAGE_OURS("postconf",
                                                        endpoint_postconf(d))};
    if (slice_find(name, '.') == name.len ||
        slice_ends_ci(name, SCEAU_SLICE(".localdomain"))) {
        doctor_tell(
            d, DOCTOR_PROBLEM, N_("myhostname = {name} is no full host name"),
            N_("{postconf} -e 'myhostname = mail.example.org'    # the name that DNS "
               "has for it"),
            words, 2);
        return;
    }
    for (size_t t = 0; t < 2; t++) {
        struct sceau_dns_answer answer;
        sceau_dns_lookup(d->context, name, types[t], &answer);
        if (sceau_dns_is_trouble(answer.status)) {
            doctor_tell(d, DOCTOR_UNKNOWN,
                        N_("DNS could not tell the addresses of {name}"), NULL, words,
                        2);
            return;
        }
        for (size_t i = 0; answer.status == SCEAU_DNS_OK && i < answer.count; i++) {
            found++;
            look_at_address(d, name, &answer.rrs[i].address);
        }
    }
    if (found == 0)
        doctor_tell(d, DOCTOR_PROBLEM, N_("myhostname = {name} has no address in DNS"),
                    N_("add to the zone: {name}. 3600 IN A ADDRESS"), words, 2);
    else if (!doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, "{name}", NULL, words, 2);
}

/* 0 fine, else how bad: an open door, or a wide one. */
static enum doctor_outcome
judge_network(struct sceau_slice word)
{
    struct ip_network network;
    char text[64];
    size_t len = 0;
    for (size_t i = 0; i < word.len && len < sizeof text; i++) {
        if (word.ptr[i] != '[' && word.ptr[i] != ']') /* "[::1]/128" */
            text[len++] = word.ptr[i];
    }
    if (!ip_network_parse((struct sceau_slice){text, len}, &network))
        return DOCTOR_OK; /* a table, or a name: not ours to read */
    static const struct ip_network own[] = {
        {{4, {10}},         8 },
        {{4, {127}},        8 },
        {{6, {0xfc}},       7 },
        {{6, {0xfe, 0x80}}, 10},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (network.prefix >= own[i].prefix &&
            ip_in_network(&network.address, &own[i].address, own[i].prefix))
            return DOCTOR_OK;
    }
    if (network.prefix == 0)
        return DOCTOR_PROBLEM;
    unsigned least = network.address.version == 4 ? NETWORK_4 : NETWORK_6;
    return network.prefix < least ? DOCTOR_WARNING : DOCTOR_OK;
}

void
doctor_postfix_mynetworks(struct doctor *d)
{
    size_t told = d->count;
    struct sceau_slice word;
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value = postfix_get(&d->postfix, "mynetworks"), rest = value;
    while (postfix_next(&rest, &word)) {
        enum doctor_outcome outcome = judge_network(word);
        if (outcome == DOCTOR_OK)
            continue;
        doctor_tell(
            d, outcome,
            outcome == DOCTOR_PROBLEM
                ? N_("mynetworks has {network}: the whole Internet may relay")
                : N_("mynetworks has {network}, which is wide"),
            N_("{postconf} -e 'mynetworks = 127.0.0.0/8 [::1]/128'    # and the "
               "addresses of own hosts"),
            DOCTOR_WORDS(LANGUAGE_THEIRS("network", word),
                         LANGUAGE_OURS("postconf", endpoint_postconf(d))));
    }
    if (!doctor_has_told(d, told))
        tell_value(d, DOCTOR_OK, "mynetworks", value, NULL);
}

/* The host of "[host]:port", "host:port" or "host"; brackets mean: no MX. */
static struct sceau_slice
relay_name(struct sceau_slice value, bool *is_bracketed)
{
    *is_bracketed = value.len > 1 && value.ptr[0] == '[';
    if (*is_bracketed)
        return slice_sub(slice_skip(value, 1), 0,
                         slice_find(slice_skip(value, 1), ']'));
    return slice_sub(value, 0, slice_find(value, ':'));
}

void
doctor_postfix_relayhost(struct doctor *d)
{
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA, SCEAU_DNS_MX};
    bool is_bracketed, is_trouble = false, is_found = false;
    struct sceau_ip ip;
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice value = postfix_get(&d->postfix, "relayhost");
    if (value.len == 0) {
        doctor_tell(d, DOCTOR_OK, N_("there is none: mail leaves directly"), NULL,
                    DOCTOR_NO_WORDS);
        return;
    }
    struct sceau_slice name = relay_name(value, &is_bracketed);
    is_found = sceau_ip_parse(name, &ip);
    for (size_t i = 0; !is_found && i < (is_bracketed ? 2 : 3); i++) {
        struct sceau_dns_answer answer;
        sceau_dns_lookup(d->context, name, types[i], &answer);
        is_found = answer.status == SCEAU_DNS_OK;
        is_trouble = is_trouble || sceau_dns_is_trouble(answer.status);
    }
    const struct language_word words[] = {LANGUAGE_THEIRS("value", value),
                                          LANGUAGE_THEIRS("name", name),
                                          LANGUAGE_OURS("postconf",
                                                        endpoint_postconf(d))};
    if (is_found)
        doctor_tell(
            d, DOCTOR_INFO,
            N_("all mail leaves through {value}: its addresses belong in the SPF "
               "record"),
            N_("sceau spf tree DOMAIN    # is {name} in it?"), words, 3);
    else if (is_trouble)
        doctor_tell(d, DOCTOR_UNKNOWN, N_("DNS could not tell the addresses of {name}"),
                    NULL, words, 3);
    else
        doctor_tell(d, DOCTOR_PROBLEM, N_("relayhost = {value} does not exist in DNS"),
                    "{postconf} -e 'relayhost = [HOST]:587'", words, 3);
}

/* ---- time ---- */

/* S3: a signature that is dead by its x= when the queue tries for the last time. The queue's
 * lifetime and a day more are enough. */
static void
compare_expiry(struct doctor *d)
{
    struct sceau_slice value = postfix_get(&d->postfix, "maximal_queue_lifetime");
    uint64_t expire = d->config->sign.expire, lifetime = 0;
    char own[32], enough[32];
    if (expire == 0 || !postfix_seconds(value, 86400, &lifetime) || expire >= lifetime)
        return;
    snprintf(own, sizeof own, "%llu", (unsigned long long)expire);
    unsigned long long days = lifetime / 86400 + 1 + (lifetime % 86400 != 0);
    snprintf(enough, sizeof enough, "%llu", days);
    doctor_tell(
        d, DOCTOR_WARNING,
        N_("signatures expire after {expire} s (sign.expire), and mail may lie in "
           "the queue for {value} (maximal_queue_lifetime)"),
        N_("in {file}, under [sign]: expire = {enough}d    # or 0s: never"),
        DOCTOR_WORDS(LANGUAGE_OURS("expire", sceau_slice_from(own)),
                     LANGUAGE_THEIRS("value", value),
                     LANGUAGE_OURS("enough", sceau_slice_from(enough)),
                     THEIRS("file", d->config_file)));
}

void
doctor_postfix_lifetime(struct doctor *d)
{
    static const char *const names[] = {"maximal_queue_lifetime",
                                        "bounce_queue_lifetime"};
    size_t told = d->count;
    if (!doctor_has_postfix(d))
        return;
    for (size_t i = 0; i < 2; i++) {
        uint64_t seconds = 0;
        struct sceau_slice value = postfix_get(&d->postfix, names[i]);
        if (!postfix_seconds(value, 86400, &seconds) || seconds >= LIFETIME_LEAST ||
            (i == 1 && seconds == 0)) /* bounces are tried once: a choice */
            continue;
        tell_value(d, DOCTOR_WARNING, names[i], value, "{postconf} -e '{name} = 5d'");
    }
    compare_expiry(d);
    if (!doctor_has_told(d, told))
        tell_value(d, DOCTOR_OK, names[0], postfix_get(&d->postfix, names[0]), NULL);
}

/* Queue files below a folder, two levels of hashed folders included. */
static size_t
count_files(const char *path)
{
    size_t count = 0;
    FTS *tree =
        fts_open((char *const[]){(char *)path, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *entry;
    while (tree != NULL && count < HELD_MAX && (entry = fts_read(tree)) != NULL) {
        bool is_hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';
        if (is_hidden || (entry->fts_info == FTS_D && entry->fts_level > 2))
            fts_set(tree, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_F)
            count++;
    }
    if (tree != NULL)
        fts_close(tree);
    return count;
}

void
doctor_postfix_hold(struct doctor *d)
{
    char path[1024], number[32];
    if (!doctor_has_postfix(d))
        return;
    struct sceau_slice queue = postfix_get(&d->postfix, "queue_directory");
    snprintf(path, sizeof path, "%.*s/hold", SLICE_ARG(queue));
    DIR *folder = opendir(path);
    if (folder == NULL) {
        doctor_tell(d, DOCTOR_UNKNOWN, N_("{path} cannot be read"), "sudo sceau doctor",
                    DOCTOR_WORDS(THEIRS("path", path)));
        return;
    }
    closedir(folder);
    size_t count = count_files(path);
    snprintf(number, sizeof number, "%zu", count);
    doctor_tell(d, count > 0 ? DOCTOR_WARNING : DOCTOR_OK,
                N_("messages on hold: {count}"),
                count > 0
                    ? N_("postqueue -p | grep '!'    # then postsuper -H QUEUE-ID, or "
                         "-d QUEUE-ID")
                    : NULL,
                DOCTOR_WORDS(THEIRS("count", number)));
}
