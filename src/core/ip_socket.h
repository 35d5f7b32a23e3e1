/* Addresses as the socket calls have them (RFC 3493). */
#ifndef CORE_IP_SOCKET_H
#define CORE_IP_SOCKET_H

#include "sceau/core.h"

#include <sys/socket.h>

/* Of what accept, getpeername and getsockname tell; an IPv4 peer of an IPv6 listener is IPv4. Of
 * another family, version 0. */
struct sceau_ip ip_of_socket(const struct sockaddr *address);

/* Its length. The version is 4 or 6. */
socklen_t ip_to_socket(const struct sceau_ip *ip, uint16_t port,
                       struct sockaddr_storage *address);

#endif
