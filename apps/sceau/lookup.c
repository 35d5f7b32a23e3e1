/* `sceau lookup TYPE NAME`: any type as dig shows it, host and mx as host(1) does. The
 * records of mail authentication are read in lookup_records.c. */
#include "lookup.h"

#include "core/domain.h"
#include "core/ip.h"
#include "core/json.h"
#include "core/text.h"
#include "dns/rdata.h"

#include <stdlib.h>
#include <time.h>

/* ---- answers ---- */

const char *
lookup_status_sentence(enum sceau_dns_status status)
{
    switch (status) {
    case SCEAU_DNS_OK: return N_("found");
    case SCEAU_DNS_NODATA: return N_("the name exists, but has no such record");
    case SCEAU_DNS_NXDOMAIN: return N_("the name does not exist");
    case SCEAU_DNS_SERVFAIL: return N_("its name servers could not tell (SERVFAIL)");
    case SCEAU_DNS_REFUSED: return N_("the name server refused to answer");
    case SCEAU_DNS_TIMEOUT: return N_("no name server answered in time");
    case SCEAU_DNS_BOGUS: return N_("the answer fails DNSSEC validation");
    case SCEAU_DNS_INVALID: return N_("this cannot be a DNS name");
    case SCEAU_DNS_LIMIT: return N_("the answer is larger than 64 KiB");
    }
    return "";
}

static int
exit_status(enum sceau_dns_status status)
{
    if (status == SCEAU_DNS_OK)
        return CLI_EXIT_OK;
    return sceau_dns_is_trouble(status) ? CLI_EXIT_UNKNOWN : CLI_EXIT_WARNING;
}

static void
print_json(const struct lookup *l, struct sceau_slice name, uint16_t type,
           const struct sceau_dns_answer *answer)
{
    char type_name[16];
    struct json j = json_new(l->env.arena);
    json_open(&j, '{');
    json_key_slice(&j, "name", name);
    json_key_string(&j, "type", sceau_dns_type_name(type, type_name));
    json_key_string(&j, "status", sceau_dns_status_name(answer->status));
    json_key_bool(&j, "secure", answer->secure);
    json_key(&j, "records");
    json_open(&j, '[');
    for (size_t i = 0; i < answer->count; i++) {
        struct text data = text_new(l->env.arena, SIZE_MAX);
        dns_rdata_present(&data, type, answer->rrs[i].rdata);
        json_open(&j, '{');
        json_key_number(&j, "ttl", answer->rrs[i].ttl);
        json_key_slice(&j, "data", text_done(&data));
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

int
lookup_tell_absent(const struct lookup *l, struct sceau_slice name, uint16_t type,
                   const struct sceau_dns_answer *answer)
{
    char type_name[16];
    struct sceau_slice type_word =
        sceau_slice_from(sceau_dns_type_name(type, type_name));
    struct sceau_slice why =
        environment_word(&l->env, lookup_status_sentence(answer->status));
    struct sceau_slice sentence =
        ENV_SAY(&l->env, N_("{name} {type}: {why}"), LANGUAGE_THEIRS("name", name),
                LANGUAGE_OURS("type", type_word), LANGUAGE_OURS("why", why));
    if (l->env.call->globals.json)
        print_json(l, name, type, answer);
    else if (!l->options->is_short)
        print_line(stdout, sentence);
    else if (sceau_dns_is_trouble(answer->status))
        complain("%.*s", SLICE_ARG(sentence)); /* no data is not a silence to trust */
    return exit_status(answer->status);
}

void
lookup_print_secure(const struct lookup *l, bool is_secure)
{
    if (is_secure)
        print_line(stdout, environment_word(&l->env, N_("  validated by DNSSEC")));
}

void
lookup_print_records(const struct lookup *l, struct sceau_slice name, uint16_t type,
                     const struct sceau_dns_answer *answer)
{
    char type_name[16];
    for (size_t i = 0; i < answer->count; i++) {
        struct text t = text_new(l->env.arena, SIZE_MAX);
        if (!l->options->is_short) {
            text_escaped(&t, name);
            text_format(&t, ". %u IN %s ", answer->rrs[i].ttl,
                        sceau_dns_type_name(type, type_name));
        }
        dns_rdata_present(&t, type, answer->rrs[i].rdata);
        print_line(stdout, text_done(&t));
    }
}

static int
lookup_type(struct lookup *l, uint16_t type)
{
    struct sceau_dns_answer answer;
    sceau_dns_lookup(&l->context, l->name, type, &answer);
    if (answer.status != SCEAU_DNS_OK)
        return lookup_tell_absent(l, l->name, type, &answer);
    if (l->env.call->globals.json)
        print_json(l, l->name, type, &answer);
    else
        lookup_print_records(l, l->name, type, &answer);
    return CLI_EXIT_OK;
}

/* ---- host(1) ---- */

/* The sentence of host(1) for a record of that type. */
static const char *
host_sentence(uint16_t type)
{
    switch (type) {
    case SCEAU_DNS_MX: return N_("{name} mail is handled by {preference} {target}");
    case SCEAU_DNS_PTR: return N_("{name} domain name pointer {target}");
    case SCEAU_DNS_CNAME: return N_("{name} is an alias for {target}");
    case SCEAU_DNS_AAAA: return N_("{name} has IPv6 address {address}");
    default: return N_("{name} has address {address}");
    }
}

/* One for each record. */
static void
print_host_lines(struct lookup *l, struct sceau_slice owner, uint16_t type,
                 const struct sceau_dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct sceau_dns_rr *rr = &answer->rrs[i];
        struct text target = text_new(l->env.arena, SIZE_MAX);
        struct text preference = text_new(l->env.arena, SIZE_MAX);
        char ip[SCEAU_IP_TEXT] = "";
        text_format(&preference, "%u", rr->preference);
        text_escaped(&target, rr->name);
        text_string(&target, slice_eq(rr->name, SCEAU_SLICE(".")) ? "" : ".");
        if (type == SCEAU_DNS_A || type == SCEAU_DNS_AAAA)
            sceau_ip_format(&rr->address, ip);
        print_line(stdout,
                   ENV_SAY(&l->env, host_sentence(type), LANGUAGE_THEIRS("name", owner),
                           LANGUAGE_OURS("preference", text_done(&preference)),
                           LANGUAGE_OURS("target", text_done(&target)),
                           LANGUAGE_OURS("address", sceau_slice_from(ip))));
    }
}

/* Follow the aliases of the name aloud; gives the name at their end, and how the last
 * question came out. */
static struct sceau_slice
follow_aliases(struct lookup *l, struct sceau_dns_answer *last)
{
    struct sceau_slice name = l->name;
    for (unsigned links = 0; links < SCEAU_DNS_CNAME_MAX; links++) {
        sceau_dns_lookup(&l->context, name, SCEAU_DNS_CNAME, last);
        if (last->status != SCEAU_DNS_OK)
            break;
        if (l->env.call->globals.json)
            print_json(l, name, SCEAU_DNS_CNAME, last);
        else
            print_host_lines(l, name, SCEAU_DNS_CNAME, last);
        name = last->rrs[0].name;
    }
    return name;
}

static int
lookup_address(struct lookup *l, const struct sceau_ip *ip)
{
    struct sceau_dns_answer answer;
    struct sceau_slice reverse = ip_reverse_name(l->env.arena, ip);
    sceau_dns_lookup(&l->context, reverse, SCEAU_DNS_PTR, &answer);
    if (answer.status != SCEAU_DNS_OK)
        return lookup_tell_absent(l, reverse, SCEAU_DNS_PTR, &answer);
    if (l->env.call->globals.json)
        print_json(l, reverse, SCEAU_DNS_PTR, &answer);
    else
        print_host_lines(l, reverse, SCEAU_DNS_PTR, &answer);
    return CLI_EXIT_OK;
}

static int
lookup_host(struct lookup *l)
{
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA, SCEAU_DNS_MX};
    struct sceau_ip ip;
    struct sceau_dns_answer answer = {0};
    if (sceau_ip_parse(l->name, &ip))
        return lookup_address(l, &ip);
    struct sceau_slice name = follow_aliases(l, &answer);
    if (answer.status == SCEAU_DNS_TIMEOUT) /* the next question would wait as long */
        return lookup_tell_absent(l, name, SCEAU_DNS_CNAME, &answer);
    bool is_found = !slice_eq(name, l->name), is_json = l->env.call->globals.json;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        sceau_dns_lookup(&l->context, name, types[i], &answer);
        if (answer.status != SCEAU_DNS_OK && answer.status != SCEAU_DNS_NODATA)
            return lookup_tell_absent(l, name, types[i], &answer);
        if (is_json)
            print_json(l, name, types[i], &answer);
        else
            print_host_lines(l, name, types[i], &answer);
        is_found = is_found || answer.status == SCEAU_DNS_OK;
    }
    if (!is_found && !is_json)
        lookup_tell_absent(l, name, SCEAU_DNS_A, &answer);
    return is_found ? CLI_EXIT_OK : CLI_EXIT_WARNING;
}

/* The addresses of a mail exchanger, or that there are none. */
static int
print_exchanger(struct lookup *l, struct sceau_slice host)
{
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA};
    struct sceau_dns_answer answers[2];
    bool is_found = false;
    for (size_t i = 0; i < 2; i++) {
        sceau_dns_lookup(&l->context, host, types[i], &answers[i]);
        lookup_print_records(l, host, types[i], &answers[i]);
        is_found = is_found || answers[i].status == SCEAU_DNS_OK;
    }
    for (size_t i = 0; i < 2; i++) {
        if (sceau_dns_is_trouble(answers[i].status))
            return lookup_tell_absent(l, host, types[i], &answers[i]);
    }
    return is_found ? CLI_EXIT_OK : lookup_tell_absent(l, host, types[0], &answers[0]);
}

static int
lookup_mx(struct lookup *l)
{
    struct sceau_dns_answer answer;
    if (l->env.call->globals.json || l->options->is_short)
        return lookup_type(l, SCEAU_DNS_MX);
    sceau_dns_lookup(&l->context, l->name, SCEAU_DNS_MX, &answer);
    if (answer.status != SCEAU_DNS_OK)
        return lookup_tell_absent(l, l->name, SCEAU_DNS_MX, &answer);
    lookup_print_records(l, l->name, SCEAU_DNS_MX, &answer);
    int status = CLI_EXIT_OK;
    for (size_t i = 0; i < answer.count; i++) {
        if (slice_eq(answer.rrs[i].name, SCEAU_SLICE("."))) {
            print_line(stdout,
                       environment_word(&l->env,
                                        N_("  accepts no mail (a null MX, RFC 7505)")));
            continue;
        }
        int worse = print_exchanger(l, answer.rrs[i].name);
        status = worse > status ? worse : status;
    }
    return status;
}

/* ---- the command ---- */

/* Operands without the `@SERVER` among them. */
struct operands {
    const char *words[4];
    size_t count;
    const char *server;
};

static struct operands
split_operands(const struct cli_list *list)
{
    struct operands out = {0};
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i][0] == '@')
            out.server = list->items[i] + 1;
        else if (out.count < sizeof out.words / sizeof *out.words)
            out.words[out.count++] = list->items[i];
    }
    return out;
}

/* The name as DNS has it: U-labels become A-labels, an address stays, an e-mail address
 * gives its domain, a final dot goes. */
static bool
take_name(struct lookup *l, const char *word)
{
    struct sceau_slice name = sceau_slice_from(word);
    size_t at = slice_find_last(name, '@');
    struct sceau_ip ip;
    if (at < name.len)
        name = slice_skip(name, at + 1);
    l->name = name;
    if (sceau_ip_parse(name, &ip))
        return true;
    if (domain_normal(l->env.arena, name, &l->name))
        return true;
    if (name.len > 1 && name.ptr[name.len - 1] == '.')
        l->name.len--;
    return domain_is_askable(l->name);
}

static int
look_up(struct lookup *l, const struct operands *o)
{
    struct sceau_slice type = sceau_slice_from(o->words[0]);
    bool is_dkim = slice_eq_ci(type, SCEAU_SLICE("dkim"));
    size_t wanted = is_dkim ? 3 : 2;
    if (o->count != wanted)
        return environment_usage(&l->env,
                                 is_dkim
                                     ? N_("lookup dkim needs a selector and a domain")
                                     : N_("lookup needs a type and a name"),
                                 NULL, 0);
    if (!take_name(l, o->words[wanted - 1])) {
        environment_complain(
            &l->env,
            N_("{name} cannot be a DNS name: labels have 1 to 63 octets, a name 253"),
            sceau_slice_from(o->words[wanted - 1]));
        return CLI_EXIT_INPUT;
    }
    if (is_dkim)
        return lookup_dkim(l, sceau_slice_from(o->words[1]));
    if (slice_eq_ci(type, SCEAU_SLICE("host")))
        return lookup_host(l);
    if (slice_eq_ci(type, SCEAU_SLICE("mx")))
        return lookup_mx(l);
    if (slice_eq_ci(type, SCEAU_SLICE("dmarc")))
        return lookup_dmarc(l);
    /* Lower case is the record as a receiver reads it; the retired type 99 has a name
     * of its own, "SPF" or "TYPE99". */
    if (slice_eq(type, SCEAU_SLICE("spf")))
        return lookup_spf(l);
    uint16_t number = sceau_dns_type_parse(type);
    if (number == 0)
        return environment_usage(
            &l->env,
            "no such record type: spf, dmarc, dkim, mx, host, or a DNS "
            "type as TXT, A, SPF, TYPE99",
            NULL, 0);
    return lookup_type(l, number);
}

int
lookup_run(const struct cli_call *call)
{
    struct operands operands = split_operands(&call->operands);
    struct lookup l = {.options = call->options};
    int status = environment_open(&l.env, call);
    if (status == 0 && operands.server != NULL && call->globals.dns == NULL)
        status = environment_use_server(&l.env, operands.server);
    if (call->globals.quiet && !call->globals.json &&
        !freopen("/dev/null", "w", stdout))
        status = CLI_EXIT_TEMPORARY;
    if (status == 0) {
        l.context = (struct sceau_context){.arena = l.env.arena,
                                           .resolver = l.env.resolver,
                                           .now = (int64_t)time(NULL)};
        status = look_up(&l, &operands);
    }
    environment_close(&l.env);
    return status;
}
