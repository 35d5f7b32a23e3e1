/* The table of mail hosts (preference, host, address, TTL, network), for people and for
 * programs. */
#include "check.h"
#include "check/facts.h"
#include "check/networks.h"
#include "core/json.h"
#include "core/text.h"

/* ---- for people ---- */

struct table_widths {
    size_t host, address;
};

static struct table_widths
measure(const struct check_mx *mx)
{
    struct table_widths w = {.host = 8, .address = 10};
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        size_t len = mx->hosts[i].rr->name.len;
        w.host = len > w.host ? len : w.host;
        for (size_t k = 0; host != NULL && k < host->address_count; k++) {
            char ip[SCEAU_IP_TEXT];
            size_t width = sceau_ip_format(&host->addresses[k], ip);
            w.address = width > w.address ? width : w.address;
        }
    }
    if (w.host > 40)
        w.host = 40;
    return w;
}

/* "AS64500 Example Network", empty when no database is configured or it has nothing. */
static struct sceau_slice
network_of(const struct check_subject *s, const struct sceau_ip *ip)
{
    const struct check_networks *networks = s->options->networks;
    return networks != NULL ? check_network_name(networks, ip, s->context->arena)
                            : SLICE_NONE;
}

static void
put_row(struct text *out, const struct check_subject *s, struct table_widths w,
        const struct sceau_dns_rr *rr, const char *address)
{
    struct text name = text_new(s->context->arena, SIZE_MAX);
    text_escaped(&name, rr->name);
    text_format(out, "  %5u  ", rr->preference);
    language_cell(out, text_done(&name), w.host);
    text_string(out, "  ");
    language_cell(out, sceau_slice_from(address), w.address);
    text_format(out, "  %u min\n", (rr->ttl + 59) / 60);
}

/* Whose network it is, below the address, as MXToolbox has it. */
static void
put_network(struct text *out, struct table_widths w, struct sceau_slice network)
{
    size_t column = 2 + 5 + 2 + w.host + 2;
    if (network.len == 0)
        return;
    text_format(out, "%*s", (int)column, "");
    check_put_wrapped(out, network, column, column);
}

/* Why a host has no row with an address. */
static const char *
no_address(const struct check_subject *s, const struct check_mx_host *mx)
{
    uint16_t type;
    const char *why = N_("no address");
    if (slice_eq(mx->rr->name, SCEAU_SLICE(".")))
        why = N_("accepts no mail");
    else if (mx->host == NULL)
        why = N_("not a name");
    else if (check_host_trouble(mx->host, &type) != NULL)
        why = N_("could not tell");
    return language_text(s->options->language, why);
}

void
check_put_table(struct text *out, struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    struct table_widths w = measure(mx);
    if (mx->count == 0)
        return;
    struct sceau_slice head = check_tell(s, N_("Pref"));
    size_t width = language_columns(head); /* not its octets, as %5s has it */
    text_format(out, "  %*s%.*s  ", width < 5 ? (int)(5 - width) : 0, "",
                SLICE_ARG(head));
    language_cell(out, check_tell(s, N_("Hostname")), w.host);
    text_string(out, "  ");
    language_cell(out, check_tell(s, N_("IP Address")), w.address);
    text_string(out, "  TTL\n");
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_mx_host *one = &mx->hosts[i];
        for (size_t k = 0; one->host != NULL && k < one->host->address_count; k++) {
            char ip[SCEAU_IP_TEXT];
            sceau_ip_format(&one->host->addresses[k], ip);
            put_row(out, s, w, one->rr, ip);
            put_network(out, w, network_of(s, &one->host->addresses[k]));
        }
        if (one->host == NULL || one->host->address_count == 0)
            put_row(out, s, w, one->rr, no_address(s, one));
    }
    text_octet(out, '\n');
}

/* ---- for programs ---- */

/* One address of a host, or a host without any. */
struct row {
    const struct sceau_dns_rr *rr;
    const struct check_host *host;
    size_t address;
    struct sceau_slice network;
};

static bool
has_address(const struct row *row)
{
    return row->host != NULL && row->address < row->host->address_count;
}

static struct sceau_slice
row_address(const struct check_subject *s, const struct row *row)
{
    char ip[SCEAU_IP_TEXT];
    sceau_ip_format(&row->host->addresses[row->address], ip);
    return slice_copy(s->context->arena, sceau_slice_from(ip));
}

/* The first row, or the one behind *row. False behind the last. */
static bool
next_row(const struct check_subject *s, const struct check_mx *mx, size_t *host,
         struct row *row)
{
    if (row->rr != NULL && has_address(row) &&
        row->address + 1 < row->host->address_count) {
        row->address++;
    } else {
        if (*host == mx->count)
            return false;
        *row = (struct row){mx->hosts[*host].rr, mx->hosts[*host].host, 0, SLICE_NONE};
        ++*host;
    }
    row->network = has_address(row) ? network_of(s, &row->host->addresses[row->address])
                                    : SLICE_NONE;
    return true;
}

void
check_put_hosts_json(struct json *j, struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    struct row row = {0};
    size_t host = 0;
    json_key(j, "hosts");
    json_open(j, '[');
    while (next_row(s, mx, &host, &row)) {
        json_open(j, '{');
        json_key_number(j, "preference", row.rr->preference);
        json_key_slice(j, "host", row.rr->name);
        json_key_slice(j, "address",
                       has_address(&row) ? row_address(s, &row) : SLICE_NONE);
        json_key_number(j, "ttl", row.rr->ttl);
        json_key_slice(j, "network", row.network.len > 0 ? row.network : SLICE_NONE);
        json_close(j, '}');
    }
    json_close(j, ']');
}

struct sceau_slice
check_hosts_text(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    struct text t = text_new(s->context->arena, SIZE_MAX);
    struct row row = {0};
    size_t host = 0;
    for (size_t n = 0; next_row(s, mx, &host, &row); n++) {
        text_format(&t, "%s%u ", n > 0 ? "; " : "", row.rr->preference);
        text_escaped(&t, row.rr->name);
        if (has_address(&row)) {
            text_octet(&t, ' ');
            text_slice(&t, row_address(s, &row));
        }
        text_format(&t, " %u", row.rr->ttl);
        if (row.network.len > 0) {
            text_string(&t, " (");
            text_slice(&t, row.network);
            text_octet(&t, ')');
        }
    }
    return text_done(&t);
}
