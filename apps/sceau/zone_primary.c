/* One server, over TCP. What it says about an update is believed when it is signed with our
 * key; what went wrong is told with what mends it. RFC 2136 section 2.2, RFC 8945 section
 * 5.3. */
#include "zone_primary.h"

#include "core/ip_socket.h"
#include "dns/direct.h"
#include "zone/update.h"
#include "zone_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ASK_MS       5000
#define SEND_SECONDS 20

/* ---- the key ---- */

/* A secret that others can read is none. */
static int
read_key(struct environment *env, struct sceau_slice file, struct zone_primary *primary)
{
    struct sceau_slice name = slice_copy(env->arena, file), text;
    struct stat info;
    struct sceau_diag diag = {0, NULL};
    if (name.ptr == NULL)
        return CLI_EXIT_TEMPORARY;
    char path[4096];
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(name));
    if (stat(path, &info) == 0 && (info.st_mode & 077) != 0) {
        char mode[8];
        snprintf(mode, sizeof mode, "%03o", (unsigned)info.st_mode & 0777);
        COMPLAIN(
            env->language,
            "{path}: others may read this key (mode {mode}); chmod 600 {path}, and "
            "make a new key if somebody could have read it",
            LANGUAGE_THEIRS("path", sceau_slice_from(path)),
            LANGUAGE_THEIRS("mode", sceau_slice_from(mode)));
        return CLI_EXIT_INPUT;
    }
    if (!zone_source_read(env->arena, path, &text)) {
        complain_errno(env->language, path, errno);
        return CLI_EXIT_INPUT;
    }
    enum sceau_status status = zone_tsig_key_parse(text, &primary->key, &diag);
    size_t line = 1, column = 1;
    for (size_t i = 0; i < diag.offset && i < text.len; i++) {
        column = text.ptr[i] == '\n' ? 1 : column + 1;
        line += text.ptr[i] == '\n';
    }
    memset((char *)(uintptr_t)text.ptr, 0, text.len); /* it held the secret */
    primary->has_key = status == SCEAU_OK;
    if (status == SCEAU_OK)
        return 0;
    COMPLAIN(
        env->language,
        "{path}:{line}:{column}: expected: {what}; tsig-keygen(8) prints a key as it "
        "should be",
        LANGUAGE_THEIRS("path", sceau_slice_from(path)),
        LANGUAGE_OURS("line", DECIMAL(line)), LANGUAGE_OURS("column", DECIMAL(column)),
        LANGUAGE_OURS("what",
                      sceau_slice_from(language_text(env->language, diag.expected))));
    return CLI_EXIT_INPUT;
}

void
zone_primary_close(struct zone_primary *primary)
{
    zone_tsig_clear(&primary->key);
}

/* ---- who it is ---- */

/* The host that the SOA names. */
static int
find_by_soa(struct environment *env, struct zone_primary *primary)
{
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA};
    struct sceau_context context = {.arena = env->arena,
                                    .resolver = env->resolver,
                                    .now = time(NULL)};
    struct sceau_dns_answer soa, host;
    sceau_dns_lookup(&context, primary->zone, SCEAU_DNS_SOA, &soa);
    if (soa.status == SCEAU_DNS_OK) {
        struct sceau_slice name = dns_name_to_asked(env->arena, soa.rrs[0].rdata);
        for (size_t i = 0; name.ptr != NULL && i < 2; i++) {
            sceau_dns_lookup(&context, name, types[i], &host);
            if (host.status != SCEAU_DNS_OK)
                continue;
            primary->ip = host.rrs[0].address;
            return 0;
        }
    }
    COMPLAIN(env->language,
             "the primary server of {zone} is not known (SOA: {status}); name it: "
             "domain.primary",
             LANGUAGE_THEIRS("zone", primary->zone),
             LANGUAGE_OURS("status",
                           sceau_slice_from(sceau_dns_status_name(soa.status))));
    return CLI_EXIT_UNKNOWN;
}

int
zone_primary_find(struct environment *env, const struct config_domain *domain,
                  struct sceau_slice zone, struct zone_primary *primary)
{
    char ip[SCEAU_IP_TEXT];
    int status = 0;
    *primary = (struct zone_primary){.zone = zone,
                                     .port = (uint16_t)env->config.check.dns_port,
                                     .ttl = 3600};
    if (domain->primary.count > 0) {
        primary->ip = domain->primary.items[0].address;
        primary->port = domain->primary.items[0].port;
    } else {
        status = find_by_soa(env, primary);
    }
    sceau_ip_format(&primary->ip, ip);
    snprintf(primary->where, sizeof primary->where, "%s@%u", ip, primary->port);
    if (status == 0 && domain->tsig_file.len > 0)
        status = read_key(env, domain->tsig_file, primary);
    return status;
}

/* ---- questions ---- */

/* Over TCP: no answer is too large, and none comes from elsewhere. */
static int
ask(struct environment *env, const struct zone_primary *primary,
    struct sceau_slice name, uint16_t type, struct sceau_dns_answer *answer)
{
    const struct dns_direct_options options = {.server = primary->ip,
                                               .port = primary->port,
                                               .is_tcp = true,
                                               .timeout_ms = ASK_MS};
    struct dns_direct_reply reply;
    const char *problem = NULL;
    dns_direct_ask(env->arena, &options, name, type, &reply);
    *answer = reply.answer;
    if (!reply.has_reply)
        problem = reply.is_refused_connection ? N_("nobody listens there")
                                              : N_("it does not answer");
    else if (sceau_dns_is_trouble(answer->status))
        problem = sceau_dns_status_name(answer->status);
    else if (!reply.is_authoritative)
        problem = N_("it does not serve the zone");
    if (problem == NULL)
        return 0;
    COMPLAIN(env->language, "{server}, asked about {name}: {why}",
             LANGUAGE_THEIRS("server", sceau_slice_from(primary->where)),
             LANGUAGE_THEIRS("name", name),
             LANGUAGE_OURS("why",
                           sceau_slice_from(language_text(env->language, problem))));
    return CLI_EXIT_UNKNOWN;
}

int
zone_primary_ask(struct environment *env, const struct zone_primary *primary,
                 struct sceau_slice owner, uint16_t type,
                 struct sceau_dns_answer *answer)
{
    struct sceau_slice name = dns_name_to_asked(env->arena, owner);
    int status =
        name.ptr == NULL ? CLI_EXIT_TEMPORARY : ask(env, primary, name, type, answer);
    if (status == 0 && answer->status != SCEAU_DNS_OK)
        answer->count = 0;
    return status;
}

int
zone_primary_serial(struct environment *env, struct zone_primary *primary,
                    uint32_t *serial)
{
    struct sceau_dns_answer answer;
    int status = ask(env, primary, primary->zone, SCEAU_DNS_SOA, &answer);
    if (status != 0)
        return status;
    if (answer.status != SCEAU_DNS_OK || answer.rrs[0].rdata.len < 20) {
        COMPLAIN(env->language, "{server} has no zone {zone}",
                 LANGUAGE_THEIRS("server", sceau_slice_from(primary->where)),
                 LANGUAGE_THEIRS("zone", primary->zone));
        return CLI_EXIT_PROBLEM;
    }
    struct sceau_slice rdata = answer.rrs[0].rdata;
    const unsigned char *at = (const unsigned char *)rdata.ptr + rdata.len - 20;
    *serial =
        (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    primary->ttl = answer.rrs[0].ttl;
    return 0;
}

/* ---- updates ---- */

static int
connect_to(const struct zone_primary *primary)
{
    struct sockaddr_storage address;
    const struct timeval patience = {.tv_sec = SEND_SECONDS};
    socklen_t len = ip_to_socket(&primary->ip, primary->port, &address);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, len) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static bool
send_all(int fd, const char *octets, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, octets, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        octets += n;
        len -= (size_t)n;
    }
    return true;
}

static bool
receive_all(int fd, char *octets, size_t len)
{
    while (len > 0) {
        ssize_t n = recv(fd, octets, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        octets += n;
        len -= (size_t)n;
    }
    return true;
}

/* RFC 1035 section 4.2.2: two octets of length before each message. */
static bool
exchange(struct environment *env, int fd, struct sceau_slice message,
         struct sceau_slice *reply)
{
    char length[2] = {(char)(message.len >> 8), (char)message.len};
    if (!send_all(fd, length, 2) || !send_all(fd, message.ptr, message.len) ||
        !receive_all(fd, length, 2))
        return false;
    size_t len = (size_t)(unsigned char)length[0] << 8 | (unsigned char)length[1];
    char *octets = sceau_arena_alloc(env->arena, len + 1);
    if (octets == NULL || !receive_all(fd, octets, len))
        return false;
    *reply = (struct sceau_slice){octets, len};
    return true;
}

/* What each code means to whoever sent the update. */
static const struct meaning {
    enum zone_update_rcode code;
    int exit;
    const char *text;
} meanings[] = {
    {ZONE_UPDATE_SERVFAIL, CLI_EXIT_TEMPORARY,
     N_("it failed (SERVFAIL) and changed nothing: its log says why; often named may "
        "not "
        "write the zone's folder")                                                      },
    {ZONE_UPDATE_REFUSED,  CLI_EXIT_PROBLEM,
     N_("it refuses the update: the zone's allow-update or update-policy does not name "
        "this key; or this server is a secondary: name the primary with domain.primary")},
    {ZONE_UPDATE_NXDOMAIN, CLI_EXIT_PROBLEM,
     N_("somebody changed the zone meanwhile; nothing was changed: run the command "
        "again to "
        "see what")                                                                     },
    {ZONE_UPDATE_YXDOMAIN, CLI_EXIT_PROBLEM,
     N_("somebody changed the zone meanwhile; nothing was changed: run the command "
        "again to "
        "see what")                                                                     },
    {ZONE_UPDATE_YXRRSET,  CLI_EXIT_PROBLEM,
     N_("somebody changed the zone meanwhile; nothing was changed: run the command "
        "again to "
        "see what")                                                                     },
    {ZONE_UPDATE_NXRRSET,  CLI_EXIT_PROBLEM,
     N_("somebody changed the zone meanwhile; nothing was changed: run the command "
        "again to "
        "see what")                                                                     },
    {ZONE_UPDATE_NOTAUTH,  CLI_EXIT_PROBLEM,
     N_("it is not the zone's server, or does not take this key (NOTAUTH); name the "
        "primary "
        "with domain.primary, the key with domain.tsig_file")                           },
    {ZONE_UPDATE_NOTIMP,   CLI_EXIT_PROBLEM,
     N_("it knows no dynamic updates: use sceau zone apply on its zone file")           },
    {ZONE_UPDATE_NOTZONE,  CLI_EXIT_PROBLEM,
     N_("a record lies outside of the zone: domain.zone names another one than the "
        "server "
        "has")                                                                          },
};

static int
tell_code(struct environment *env, const struct zone_primary *primary, unsigned rcode)
{
    char name[16];
    if (rcode == ZONE_UPDATE_NOERROR)
        return 0;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].code == rcode) {
            complain("%s: %s", primary->where,
                     language_text(env->language, meanings[i].text));
            return meanings[i].exit;
        }
    }
    complain("%s: %s", primary->where, zone_update_rcode_name(rcode, name));
    return CLI_EXIT_PROBLEM;
}

static const char *
signature_problem(enum zone_tsig_result result)
{
    switch (result) {
    case ZONE_TSIG_GOOD: return NULL;
    case ZONE_TSIG_ABSENT:
        return N_(
            "its reply is not signed, so it proves nothing: run the command again to "
            "see what the zone holds");
    case ZONE_TSIG_OTHER:
        return N_("its reply is signed with another key, so it proves nothing: run the "
                  "command again to see what the zone holds");
    case ZONE_TSIG_BADKEY:
        return N_("it does not know the key (BADKEY); nothing was changed: put the key "
                  "into named.conf under the same name, or name the right file with "
                  "domain.tsig_file");
    case ZONE_TSIG_BADSIG:
        return N_(
            "it has another secret or algorithm for this key (BADSIG); nothing was "
            "changed: copy the key anew");
    case ZONE_TSIG_BADTIME:
        return N_(
            "its clock and this one differ by more than 5 minutes (BADTIME); nothing "
            "was changed: set them right");
    case ZONE_TSIG_REFUSED:
        return N_("it refuses the signature; nothing was changed: its log says why");
    case ZONE_TSIG_FORGED:
        return N_(
            "the signature of its reply is wrong: somebody answers in its place, or "
            "the secrets differ; run the command again to see what the zone holds");
    case ZONE_TSIG_OLD:
        return N_("its reply was signed at another time: the clocks differ; run the "
                  "command again to see what the zone holds");
    }
    return NULL;
}

static int
judge(struct environment *env, const struct zone_primary *primary, uint16_t id,
      struct sceau_slice reply, const struct zone_tsig_mac *mac)
{
    unsigned rcode;
    if (!zone_update_reply(reply, id, &rcode)) {
        COMPLAIN(env->language, "{server}: its reply is none to an update",
                 LANGUAGE_THEIRS("server", sceau_slice_from(primary->where)));
        return CLI_EXIT_UNKNOWN;
    }
    const char *problem =
        primary->has_key
            ? signature_problem(zone_tsig_verify(reply, &primary->key, time(NULL), mac))
            : NULL;
    if (problem == NULL)
        return tell_code(env, primary, rcode);
    complain("%s: %s", primary->where, language_text(env->language, problem));
    return CLI_EXIT_PROBLEM;
}

int
zone_primary_send(struct environment *env, const struct zone_primary *primary,
                  struct sceau_slice update)
{
    struct zone_tsig_mac mac = {.len = 0};
    struct sceau_slice message = update, reply;
    uint16_t id =
        (uint16_t)((unsigned char)update.ptr[0] << 8 | (unsigned char)update.ptr[1]);
    if (primary->has_key)
        message = zone_tsig_sign(env->arena, update, &primary->key, time(NULL), &mac);
    if (message.ptr == NULL) {
        complain_text(env->language,
                      "the changes are more than one update holds (65535 octets)");
        return CLI_EXIT_PROBLEM;
    }
    int fd = connect_to(primary);
    if (fd < 0) {
        COMPLAIN(env->language, "{server}: {why}; nothing was sent",
                 LANGUAGE_THEIRS("server", sceau_slice_from(primary->where)),
                 LANGUAGE_OURS("why", sceau_slice_from(
                                          language_strerror(env->language, errno))));
        return CLI_EXIT_TEMPORARY;
    }
    bool is_answered = exchange(env, fd, message, &reply);
    close(fd);
    if (is_answered)
        return judge(env, primary, id, reply, &mac);
    complain(
        "%s: %s", primary->where,
        language_text(env->language,
                      N_("no reply: whether it took the update is not known; run the "
                         "command again, nothing is done twice")));
    return CLI_EXIT_UNKNOWN;
}
