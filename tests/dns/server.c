/* DNS servers for tests. */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        abort();
    }
}

/* A socket on a free port of 127.0.0.1, and "127.0.0.1@PORT". */
static int
bind_loopback(int type, char address[32])
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    must(fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 &&
             getsockname(fd, (struct sockaddr *)&at, &len) == 0,
         "a socket on 127.0.0.1");
    snprintf(address, 32, "127.0.0.1@%u", ntohs(at.sin_port));
    return fd;
}

/* A port that neither UDP nor TCP has in use: another program's TCP would take connections
 * in place of a server that could not start. */
static int
bind_free_loopback(char address[32])
{
    for (;;) {
        int udp = bind_loopback(SOCK_DGRAM, address);
        struct sockaddr_in at;
        socklen_t len = sizeof at;
        must(getsockname(udp, (struct sockaddr *)&at, &len) == 0, "its port");
        int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        must(tcp >= 0, "a socket");
        bool is_free = bind(tcp, (struct sockaddr *)&at, len) == 0;
        close(tcp);
        if (is_free)
            return udp;
        close(udp);
    }
}

/* ---- the small server ------------------------------------------------------------------------ */

/* Make the question in `packet` a reply to itself; returns its length. */
static size_t
make_reply(unsigned char *packet, size_t len, enum server_mode mode)
{
    static const unsigned char record[] = {0xc0, 12, 0, 1, 0,   1, 0, 0,
                                           1,    44, 0, 4, 192, 0, 2, 9};
    static const unsigned char alias[] = {0xc0, 12, 0,  5, 0, 1,    0,
                                          0,    1,  44, 0, 2, 0xc0, 12};
    size_t end = 12;
    while (end < len && packet[end] != 0)
        end += packet[end] + (size_t)1;
    end += 5; /* root, type, class; EDNS is cut off */
    must(end <= len, "a whole question");
    memcpy(packet + 2, (unsigned char[]){0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, 10);
    switch (mode) {
    case SERVER_PICKY:
        if (memcmp(packet + 12, "\5black", 6) == 0)
            return 0;
        /* fall through */
    case SERVER_WRONG_ID:
    case SERVER_ANSWERS:
        packet[0] ^= mode == SERVER_WRONG_ID;
        packet[7] = 1;
        memcpy(packet + end, record, sizeof record);
        return end + sizeof record;
    case SERVER_LOOP:
        packet[7] = 1;
        memcpy(packet + end, alias, sizeof alias);
        return end + sizeof alias;
    case SERVER_TRUNCATED: packet[2] |= 2; return end;
    case SERVER_SERVFAIL: packet[3] |= 2; return end;
    case SERVER_REFUSED: packet[3] |= 5; return end;
    case SERVER_GARBAGE: memset(packet + 2, 0xff, end - 2); return end;
    case SERVER_SILENT: break;
    }
    return 0;
}

static void *
serve(void *argument)
{
    struct server *server = argument;
    unsigned char packet[2048];
    for (;;) {
        struct sockaddr_in from;
        socklen_t from_len = sizeof from;
        ssize_t len =
            recvfrom(server->fd, packet, 1024, 0, (struct sockaddr *)&from, &from_len);
        if (len < 12)
            return NULL; /* server_stop sends one octet */
        atomic_fetch_add(&server->questions, 1);
        if (atomic_load(&server->losses) > 0) {
            atomic_fetch_sub(&server->losses, 1);
            continue;
        }
        unsigned delay_ms = atomic_load(&server->delay_ms);
        nanosleep(&(struct timespec){delay_ms / 1000,
                                     (long)(delay_ms % 1000) * 1000000},
                  NULL);
        size_t reply = make_reply(packet, (size_t)len, atomic_load(&server->mode));
        if (reply > 0)
            sendto(server->fd, packet, reply, 0, (struct sockaddr *)&from, from_len);
    }
}

void
server_start(struct server *server, enum server_mode mode)
{
    pthread_t thread;
    memset(server, 0, sizeof *server);
    server->mode = mode;
    server->fd = bind_free_loopback(server->address);
    must(pthread_create(&thread, NULL, serve, server) == 0, "a thread");
    server->thread = thread;
}

void
server_stop(struct server *server)
{
    struct sockaddr_in to;
    socklen_t len = sizeof to;
    getsockname(server->fd, (struct sockaddr *)&to, &len);
    sendto(server->fd, "", 1, 0, (struct sockaddr *)&to, len);
    pthread_join((pthread_t)server->thread, NULL);
    close(server->fd);
}

/* ---- the relay -------------------------------------------------------------------------------- */

/* Questions under way, by the id that the upstream sees. */
struct relay {
    int clients, upstream;
    uint16_t next_id;
    struct {
        struct sockaddr_in from;
        unsigned char id[2];
    } asked[65536];
};

static void
pass_question(struct relay *relay)
{
    unsigned char packet[2048];
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    ssize_t len = recvfrom(relay->clients, packet, sizeof packet, 0,
                           (struct sockaddr *)&from, &from_len);
    if (len < 18 || memmem(packet, (size_t)len, "black", 5) != NULL)
        return;
    uint16_t id = relay->next_id++;
    relay->asked[id].from = from;
    memcpy(relay->asked[id].id, packet, 2);
    packet[0] = (unsigned char)(id >> 8);
    packet[1] = (unsigned char)id;
    send(relay->upstream, packet, (size_t)len, 0);
}

static void
pass_answer(struct relay *relay)
{
    unsigned char packet[8192];
    ssize_t len = recv(relay->upstream, packet, sizeof packet, 0);
    if (len < 12)
        return;
    unsigned id = (unsigned)packet[0] << 8 | packet[1];
    memcpy(packet, relay->asked[id].id, 2);
    sendto(relay->clients, packet, (size_t)len, 0,
           (struct sockaddr *)&relay->asked[id].from, sizeof relay->asked[id].from);
}

static void *
pass_on(void *argument)
{
    struct relay *relay = argument;
    for (;;) {
        struct pollfd ready[] = {
            {relay->clients,  POLLIN, 0},
            {relay->upstream, POLLIN, 0}
        };
        poll(ready, 2, -1);
        if (ready[0].revents != 0)
            pass_question(relay);
        if (ready[1].revents != 0)
            pass_answer(relay);
    }
    return NULL;
}

/* "127.0.0.1@PORT", and nothing else. */
static struct sockaddr_in
loopback_of(const char *address)
{
    static const char before[] = "127.0.0.1@";
    size_t len = sizeof before - 1;
    char *end = NULL;
    bool is_ours = strncmp(address, before, len) == 0 && address[len] >= '1' &&
                   address[len] <= '9';
    unsigned long port = is_ours ? strtoul(address + len, &end, 10) : 0;
    must(is_ours && *end == '\0' && port <= 65535, address);
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)port),
    };
}

void
relay_start(const char *upstream, char address[32])
{
    static struct relay relay;
    struct sockaddr_in to = loopback_of(upstream);
    int room = 4 * 1024 * 1024;
    pthread_t thread;
    relay.clients = bind_loopback(SOCK_DGRAM, address);
    relay.upstream = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(relay.clients, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(relay.upstream, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    must(connect(relay.upstream, (struct sockaddr *)&to, sizeof to) == 0, "a relay");
    must(pthread_create(&thread, NULL, pass_on, &relay) == 0, "a thread");
    pthread_detach(thread);
}

/* ---- nsd -------------------------------------------------------------------------------------- */

static const char *const zones[] = {"live.test", "signed.test", "2.0.192.in-addr.arpa",
                                    "10.in-addr.arpa", "bulk"};

/* 60 KiB of TXT, which no UDP packet takes: behind a copy of the zone. */
static void
add_big_records(FILE *zone)
{
    for (int record = 0; record < 2; record++) {
        fputs("big TXT", zone);
        for (int string = 0; string < 120; string++) {
            fputs(" \"", zone);
            for (int i = 0; i < 250; i++)
                fputc('a' + record, zone);
            fputc('"', zone);
        }
        fputc('\n', zone);
    }
}

/* NSD_BULK_NAMES names that send and receive mail. */
static void
add_bulk_names(FILE *zone)
{
    for (int i = 0; i < NSD_BULK_NAMES; i++)
        fprintf(zone,
                "n%d MX 10 mail\nn%d TXT \"v=spf1 mx -all\"\n"
                "_dmarc.n%d TXT \"v=DMARC1; p=reject; rua=mailto:d@n%d.bulk\"\n",
                i, i, i, i);
}

static void
copy_zone(const char *zones_dir, const char *dir, const char *zone)
{
    char from[4096], to[4096], line[4096];
    snprintf(from, sizeof from, "%s/%s.zone", zones_dir, zone);
    snprintf(to, sizeof to, "%s/%s.zone", dir, zone);
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    must(in != NULL && out != NULL, from);
    while (fgets(line, sizeof line, in) != NULL)
        fputs(line, out);
    if (strcmp(zone, "live.test") == 0)
        add_big_records(out);
    if (strcmp(zone, "bulk") == 0)
        add_bulk_names(out);
    fclose(in);
    fclose(out);
}

static void
write_configuration(const struct nsd *nsd)
{
    char path[128];
    snprintf(path, sizeof path, "%s/nsd.conf", nsd->dir);
    FILE *f = fopen(path, "w");
    must(f != NULL, path);
    fprintf(
        f,
        "server:\n ip-address: %s\n username: \"\"\n chroot: \"\"\n pidfile: \"\"\n"
        " zonesdir: \"%s\"\n database: \"\"\n xfrdfile: \"%s/xfrd\"\n"
        " zonelistfile: \"%s/zones\"\n xfrdir: \"%s\"\n logfile: \"%s/log\"\n"
        " server-count: 1\n tcp-count: 200\n rrl-ratelimit: 0\nremote-control:\n control-enable: no\n",
        nsd->address, nsd->dir, nsd->dir, nsd->dir, nsd->dir, nsd->dir);
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        fprintf(f, "zone:\n name: %s\n zonefile: %s.zone\n", zones[i], zones[i]);
    fclose(f);
}

/* Does it answer for the last of its zones? Asked over UDP; a silent one has 200 ms. */
static bool
has_zones(const struct sockaddr_in *at)
{
    static const unsigned char question[] = "\x5c\xea\0\0\0\1\0\0\0\0\0\0\2"
                                            "10\7in-addr\4arpa\0\0\6\0\1"; /* SOA */
    enum {
        QUESTION = sizeof question - 1
    };
    unsigned char reply[512] = {0};
    struct timeval wait = {.tv_usec = 200000};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(fd >= 0, "a socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    ssize_t len = -1;
    if (connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 &&
        send(fd, question, QUESTION, 0) == QUESTION)
        len = recv(fd, reply, sizeof reply, 0);
    close(fd);
    return len > QUESTION && memcmp(reply, question, 2) == 0 &&
           (reply[2] & 0x04) != 0 && (reply[3] & 0x0f) == 0; /* AA, NOERROR */
}

/* Wait until it answers; it takes TCP connections by then. False when it ended instead:
 * somebody else took the port meanwhile. */
static bool
await_nsd(const struct nsd *nsd)
{
    struct sockaddr_in at = loopback_of(nsd->address);
    while (waitpid(nsd->pid, NULL, WNOHANG) == 0) { /* the test's time-out ends this */
        if (has_zones(&at))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000}, NULL);
    }
    return false;
}

/* Start it on a port that was free just now. */
static bool
run_nsd(struct nsd *nsd, const char *program)
{
    char configuration[128];
    close(bind_free_loopback(nsd->address));
    write_configuration(nsd);
    snprintf(configuration, sizeof configuration, "%s/nsd.conf", nsd->dir);
    nsd->pid = fork();
    must(nsd->pid >= 0, "fork");
    if (nsd->pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execl(program, program, "-d", "-c", configuration, (char *)NULL);
        _exit(127);
    }
    return await_nsd(nsd);
}

bool
nsd_start(struct nsd *nsd, const char *zones_dir)
{
    const char *program = "/usr/sbin/nsd";
    if (access(program, X_OK) != 0) {
        printf("SKIP: %s is not installed\n", program);
        return false;
    }
    snprintf(nsd->dir, sizeof nsd->dir, "/tmp/sceau-nsd-XXXXXX");
    must(mkdtemp(nsd->dir) != NULL, "a temporary directory");
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        copy_zone(zones_dir, nsd->dir, zones[i]);
    for (int tries = 0; tries < 5; tries++) {
        if (run_nsd(nsd, program))
            return true;
    }
    must(false, "nsd did not start: see its log");
    return false;
}

void
nsd_stop(struct nsd *nsd)
{
    static const char *const files[] = {"nsd.conf", "log", "xfrd", "zones"};
    char path[128];
    kill(nsd->pid, SIGTERM);
    waitpid(nsd->pid, NULL, 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", nsd->dir, files[i]);
        unlink(path);
    }
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        snprintf(path, sizeof path, "%s/%s.zone", nsd->dir, zones[i]);
        unlink(path);
    }
    rmdir(nsd->dir);
}
