/* Roles from sessions and from the web server in front. Source: DESIGN.md section 11. */
#include "web/visitor.h"

#include "core/domain.h"
#include "web/query.h"

static bool
is_in(const struct config_networks *networks, const struct sceau_ip *ip)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (ip_in_network(ip, &networks->items[i].address, networks->items[i].prefix))
            return true;
    }
    return false;
}

static bool
is_loopback(const struct sceau_ip *ip)
{
    static const uint8_t six[16] = {[15] = 1};
    return (ip->version == 4 && ip->octets[0] == 127) ||
           (ip->version == 6 && memcmp(ip->octets, six, 16) == 0);
}

bool
visitor_may_connect(const struct config_web *config, const struct sceau_ip *peer)
{
    return is_loopback(peer) || is_in(&config->trusted_proxy, peer);
}

bool
visitor_host_fits(const struct config_web *config, struct sceau_slice host)
{
    size_t colon = slice_find_last(host, ':'), bracket = slice_find_last(host, ']');
    uint64_t port;
    if (colon < host.len && (bracket == host.len || bracket < colon)) {
        if (!slice_decimal(slice_skip(host, colon + 1), UINT16_MAX, &port))
            return false;
        host = slice_sub(host, 0, colon);
    }
    for (size_t i = 0; i < config->hosts.count; i++) {
        if (slice_eq_ci(config->hosts.items[i], host))
            return true;
    }
    return false;
}

/* "name=domain,domain" */
static bool
is_reader(const struct config_web *config, struct sceau_slice user,
          struct sceau_slice *domains)
{
    for (size_t i = 0; i < config->readers.count; i++) {
        struct sceau_slice entry = config->readers.items[i];
        size_t equals = slice_find(entry, '=');
        if (equals < entry.len && slice_eq(slice_sub(entry, 0, equals), user)) {
            *domains = slice_skip(entry, equals + 1);
            return true;
        }
    }
    return false;
}

static void
find_user(const struct config_web *config, struct sceau_slice user, struct visitor *v)
{
    v->who = v->name = user;
    if (is_reader(config, user, &v->domains))
        v->role = VISITOR_READER;
    for (size_t i = 0; i < config->administrators.count; i++) {
        if (slice_eq(config->administrators.items[i], user))
            v->role = VISITOR_ADMINISTRATOR;
    }
}

void
visitor_find(const struct config_web *config, const struct sessions *sessions,
             const struct visitor_request *request, int64_t now,
             struct visitor *visitor)
{
    *visitor = (struct visitor){.role = VISITOR_NOBODY};
    bool is_proxy = request->is_unix || is_in(&config->trusted_proxy, &request->peer);
    struct sceau_slice cookie = cookie_get(request->cookie, SESSION_COOKIE);
    if (is_proxy && config->user_field.len > 0 && request->user.len > 0) {
        find_user(config, request->user, visitor);
    } else if (session_holds(sessions, cookie, now)) {
        visitor->role = VISITOR_ADMINISTRATOR;
        visitor->who = cookie;
        visitor->is_by_link = true;
    }
}

bool
visitor_sees(const struct visitor *visitor, struct sceau_slice domain)
{
    struct sceau_slice rest = visitor->domains, one;
    if (visitor->role == VISITOR_ADMINISTRATOR)
        return true;
    while (visitor->role == VISITOR_READER && rest.ptr != NULL &&
           slice_next(&rest, ',', &one)) {
        if (one.len > 0 && domain_is_within(domain, one))
            return true;
    }
    return false;
}

struct sceau_slice
visitor_first(const struct visitor *visitor)
{
    struct sceau_slice rest = visitor->domains, one = SLICE_NONE;
    if (visitor->role == VISITOR_READER && rest.ptr != NULL)
        slice_next(&rest, ',', &one);
    return one;
}
