/* Who serves a zone, and what each of them says. */
#include "dns/authority.h"

#include "core/domain.h"
#include "core/ip_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#define ASK_MS 3000

static void
add_addresses(struct sceau_context *context, struct dns_authority *a,
              struct sceau_slice name, uint16_t type)
{
    struct sceau_dns_answer answer;
    sceau_dns_lookup(context, name, type, &answer);
    a->is_whole = a->is_whole && !sceau_dns_is_trouble(answer.status);
    for (size_t i = 0; i < answer.count; i++) {
        if (a->count == DNS_AUTHORITY_SERVERS_MAX)
            a->is_whole = false;
        else
            a->servers[a->count++] = (struct dns_server){name, answer.rrs[i].address};
    }
}

bool
dns_authority_find(struct sceau_context *context, struct sceau_slice name,
                   struct dns_authority *a)
{
    *a = (struct dns_authority){.apex = name, .is_whole = true};
    for (; a->apex.len > 0; a->apex = domain_parent(a->apex)) {
        sceau_dns_lookup(context, a->apex, SCEAU_DNS_NS, &a->ns);
        if (a->ns.status == SCEAU_DNS_OK)
            break;
        if (sceau_dns_is_trouble(a->ns.status))
            return false;
    }
    if (a->apex.len == 0)
        return false;
    for (size_t i = 0; i < a->ns.count; i++)
        sceau_dns_prefetch(context, a->ns.rrs[i].name, SCEAU_DNS_AAAA);
    for (size_t i = 0; i < a->ns.count; i++) {
        add_addresses(context, a, a->ns.rrs[i].name, SCEAU_DNS_A);
        add_addresses(context, a, a->ns.rrs[i].name, SCEAU_DNS_AAAA);
    }
    return true;
}

void
dns_server_ask(struct sceau_arena *arena, const struct dns_server *server,
               uint16_t port, struct sceau_slice name, uint16_t type,
               struct dns_direct_reply *reply)
{
    struct dns_direct_options options = {.server = server->ip,
                                         .port = port,
                                         .timeout_ms = ASK_MS};
    dns_direct_ask(arena, &options, name, type, reply);
    options.is_tcp = true;
    if (reply->is_truncated)
        dns_direct_ask(arena, &options, name, type, reply);
}

bool
dns_server_has_route(const struct dns_server *server)
{
    struct sockaddr_storage to;
    socklen_t len = ip_to_socket(&server->ip, 53, &to);
    int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    /* Connecting a datagram socket sends nothing. */
    bool has_route = fd >= 0 && connect(fd, (struct sockaddr *)&to, len) == 0;
    if (fd >= 0)
        close(fd);
    return has_route;
}

bool
dns_answers_equal(const struct sceau_dns_answer *a, const struct sceau_dns_answer *b)
{
    if (a->status != b->status || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        bool is_found = false;
        for (size_t k = 0; k < b->count; k++)
            is_found |= slice_eq(a->rrs[i].rdata, b->rrs[k].rdata);
        if (!is_found)
            return false;
    }
    return true;
}
