/* A question packet (RFC 1035 section 4, with an OPT record of RFC 6891), one socket, one
 * deadline. */
#include "direct.h"

#include "answer.h"
#include "core/ip_socket.h"
#include "core/monotonic.h"
#include "core/slice.h"
#include "name.h"
#include "rrset.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADER = 12,
    PACKET_MAX = 65535,
    TYPE_OPT = 41,
    FLAG_TC = 0x02,
    FLAG_AA = 0x04,
    FLAG_RD = 0x01,
    FLAG_QR = 0x80,
    FLAG_RA = 0x80, /* in the octet behind */
    FLAG_AD = 0x20,
};

struct question {
    uint8_t
        octets[2 + HEADER + DNS_NAME_WIRE_MAX + 4 + 11]; /* a length before it: TCP's */
    size_t len;                                          /* without that length */
    uint8_t id[2];
};

static void
put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static bool
build(struct question *q, const struct dns_direct_options *options,
      struct sceau_slice name, uint16_t type)
{
    struct dns_name wire;
    uint8_t *packet = q->octets + 2;
    *q = (struct question){0};
    if (!dns_name_from_asked(name, &wire) ||
        getrandom(q->id, sizeof q->id, 0) != sizeof q->id)
        return false;
    memcpy(packet, q->id, 2);
    packet[2] = options->wants_recursion ? FLAG_RD : 0;
    packet[3] = options->wants_dnssec ? FLAG_AD : 0; /* RFC 6840 section 5.7 */
    packet[5] = 1;                                   /* QDCOUNT */
    packet[11] = 1;                                  /* ARCOUNT: OPT */
    uint8_t *at = packet + HEADER;
    memcpy(at, wire.wire, wire.len);
    at += wire.len;
    put16(at, type);
    put16(at + 2, 1); /* IN */
    at += 5;          /* OPT: root */
    put16(at, TYPE_OPT);
    put16(at + 2, DNS_DIRECT_UDP_SIZE);
    at[6] = options->wants_dnssec ? 0x80 : 0;
    q->len = (size_t)(at + 10 - packet);
    put16(q->octets, (unsigned)q->len);
    return true;
}

static int
open_socket(const struct dns_direct_options *options)
{
    struct sockaddr_storage address;
    socklen_t len =
        ip_to_socket(&options->server, options->port ? options->port : 53, &address);
    int type = options->is_tcp ? SOCK_STREAM : SOCK_DGRAM;
    int fd = socket(address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, len) != 0 &&
        errno != EINPROGRESS) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

/* True when the socket is ready for `events` before the deadline; else errno. */
static bool
ready(int fd, short events, int64_t deadline_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;
    do {
        int64_t now = monotonic_ms();
        n = poll(&p, 1, now < deadline_ms ? (int)(deadline_ms - now) : 0);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        errno = ETIMEDOUT;
    return n > 0;
}

static bool
send_all(int fd, const uint8_t *octets, size_t len, int64_t deadline_ms)
{
    while (len > 0) {
        if (!ready(fd, POLLOUT, deadline_ms))
            return false;
        ssize_t n = send(fd, octets, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n > 0) {
            octets += n;
            len -= (size_t)n;
        }
    }
    return true;
}

static bool
receive_all(int fd, uint8_t *octets, size_t len, int64_t deadline_ms)
{
    while (len > 0) {
        if (!ready(fd, POLLIN, deadline_ms))
            return false;
        ssize_t n = recv(fd, octets, len, 0);
        if (n == 0)
            errno = ECONNRESET;
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (n > 0) {
            octets += n;
            len -= (size_t)n;
        }
    }
    return true;
}

/* Is this packet the reply to that question: its id, and its question repeated? */
static bool
is_reply(const struct question *q, const uint8_t *packet, size_t len)
{
    size_t question = q->len - HEADER - 11;
    return len >= HEADER + question && memcmp(packet, q->id, 2) == 0 &&
           /* NOLINTNEXTLINE(clang-analyzer-core.*): all of it was received */
           (packet[2] & FLAG_QR) != 0 && packet[4] == 0 && packet[5] == 1 &&
           slice_eq_ci((struct sceau_slice){(const char *)packet + HEADER, question},
                       (struct sceau_slice){(const char *)q->octets + 2 + HEADER,
                                            question});
}

/* One reply into `packet`, PACKET_MAX octets; its length, or 0 and errno. */
static size_t
exchange(int fd, const struct question *q, bool is_tcp, int64_t deadline_ms,
         uint8_t *packet)
{
    uint8_t head[2];
    if (is_tcp) {
        if (!send_all(fd, q->octets, q->len + 2, deadline_ms) ||
            !receive_all(fd, head, 2, deadline_ms))
            return 0;
        size_t len = (size_t)head[0] << 8 | head[1];
        errno = EBADMSG;
        return receive_all(fd, packet, len, deadline_ms) && is_reply(q, packet, len)
                   ? len
                   : 0;
    }
    if (!send_all(fd, q->octets + 2, q->len, deadline_ms))
        return 0;
    while (ready(fd, POLLIN, deadline_ms)) {
        ssize_t n = recv(fd, packet, PACKET_MAX, 0);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return 0;
        if (n > 0 && is_reply(q, packet, (size_t)n))
            return (size_t)n;
    }
    return 0;
}

/* Does an OPT record stand in the additional section? Its name is the root. */
static bool
has_opt(const uint8_t *packet, size_t len)
{
    static const uint8_t opt[] = {0, 0, TYPE_OPT};
    return (packet[10] != 0 || packet[11] != 0) &&
           memmem(packet + HEADER, len - HEADER, opt, sizeof opt) != NULL;
}

static void
read_reply(struct sceau_arena *arena, const uint8_t *packet, size_t len,
           struct sceau_slice name, uint16_t type, struct dns_direct_reply *reply)
{
    struct sceau_slice octets =
        slice_copy(arena, (struct sceau_slice){(const char *)packet, len});
    reply->has_reply = true;
    reply->is_authoritative = (packet[2] & FLAG_AA) != 0;
    reply->is_truncated = (packet[2] & FLAG_TC) != 0;
    reply->is_recursive = (packet[3] & FLAG_RA) != 0;
    reply->is_authenticated = (packet[3] & FLAG_AD) != 0;
    reply->has_edns = has_opt(packet, len);
    if (octets.ptr == NULL)
        dns_answer_no_memory(&reply->answer);
    else if (reply->is_truncated)
        dns_answer_without(&reply->answer, SCEAU_DNS_LIMIT, 0, "the reply was cut");
    else
        dns_answer_decode(arena, octets, name, type, &reply->answer);
}

void
dns_direct_ask(struct sceau_arena *arena, const struct dns_direct_options *options,
               struct sceau_slice name, uint16_t type, struct dns_direct_reply *reply)
{
    struct question q;
    int64_t from_ms = monotonic_ms();
    int64_t deadline_ms =
        from_ms + (options->timeout_ms ? options->timeout_ms : SCEAU_DNS_QUERY_MS);
    *reply = (struct dns_direct_reply){0};
    dns_answer_without(&reply->answer, SCEAU_DNS_TIMEOUT, 0, "nobody answered");
    if (!build(&q, options, name, type)) {
        dns_answer_without(&reply->answer, SCEAU_DNS_INVALID, 0, "no DNS name");
        return;
    }
    uint8_t *packet = malloc(PACKET_MAX);
    int fd = packet != NULL ? open_socket(options) : -1;
    size_t len = fd >= 0 ? exchange(fd, &q, options->is_tcp, deadline_ms, packet) : 0;
    reply->is_refused_connection = len == 0 && errno == ECONNREFUSED;
    if (len > 0)
        read_reply(arena, packet, len, name, type, reply);
    reply->answer.elapsed_ms = (uint32_t)(monotonic_ms() - from_ms);
    if (fd >= 0)
        close(fd);
    free(packet);
}
