#include "ip_socket.h"

#include <netinet/in.h>
#include <string.h>

struct sceau_ip
ip_of_socket(const struct sockaddr *address)
{
    struct sceau_ip ip = {0};
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        ip.version = 4;
        memcpy(ip.octets, &in.sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr);
        ip.version = is_mapped ? 4 : 6;
        memcpy(ip.octets, in6.sin6_addr.s6_addr + (is_mapped ? 12 : 0),
               is_mapped ? 4 : 16);
    }
    return ip;
}

socklen_t
ip_to_socket(const struct sceau_ip *ip, uint16_t port, struct sockaddr_storage *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&in.sin_addr, ip->octets, 4);
    memcpy(&in6.sin6_addr, ip->octets, 16);
    *address = (struct sockaddr_storage){0};
    if (ip->version == 4) {
        memcpy(address, &in, sizeof in);
        return sizeof in;
    }
    memcpy(address, &in6, sizeof in6);
    return sizeof in6;
}
