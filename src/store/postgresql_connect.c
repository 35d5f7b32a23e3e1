/* libpq does the work; here stand the defaults that it does not have. */
#include "postgresql_connect.h"

#include "core/ip.h"
#include "database_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PASSWORD_MAX 1024
#define PLACE_MAX    8192
#define CERTIFICATES "/etc/ssl/certs/ca-certificates.crt" /* Debian's */

/* A host that is frozen or cut off holds no lock for longer, and a lock is not waited for
 * longer; dates and quotes as this program writes them. */
#define SETTINGS                                                    \
 "SET client_encoding = 'UTF8'; SET client_min_messages = 'error';" \
 "SET standard_conforming_strings = on;"                            \
 "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s';"

/* Every statement reads a stretch of a key, or a few. Where that stretch is a tenth of a table
 * that was not added in the order of its key, the planner of a server that counts a page out of
 * order as dear as four would rather read the whole of it (week_ip of a domain with a third of
 * all mail: 240 ms instead of 20), start processes for it and compile. What its administrator
 * chose stays. */
#define PLANS                                                                     \
 "SELECT set_config(p.name, v.value, false) FROM (VALUES ('random_page_cost', "   \
 "'1.1'), ('max_parallel_workers_per_gather', '0'), ('jit', 'off')) AS v (name, " \
 "value) JOIN pg_settings p ON p.name = v.name WHERE p.source = 'default'"

static const struct {
    const char *name, *value;
} defaults[] = {
    {"application_name",    "sceau"},
    {"connect_timeout",     "10"   }, /* seconds, for each address */
    {"keepalives_idle",     "15"   },
    {"keepalives_interval", "5"    },
    {"keepalives_count",    "3"    },
    {"tcp_user_timeout",    "30000"}, /* ms */
};

#define PARAMETERS_MAX 64 /* libpq knows some forty */

struct parameters {
    const char *names[PARAMETERS_MAX + 1], *values[PARAMETERS_MAX + 1];
    int count;
};

static const char *
value_of(const struct parameters *p, const char *name)
{
    for (int i = 0; i < p->count; i++)
        if (strcmp(p->names[i], name) == 0)
            return p->values[i];
    return NULL;
}

static void
put(struct parameters *p, const char *name, const char *value)
{
    if (p->count < PARAMETERS_MAX && value_of(p, name) == NULL) {
        p->names[p->count] = name;
        p->values[p->count++] = value;
    }
}

/* A socket, or an address of this host; "localhost" is what /etc/hosts says. */
static bool
is_here(struct sceau_slice host)
{
    struct ip_network network;
    if (host.len == 0 || host.ptr[0] == '/' || host.ptr[0] == '@' ||
        slice_eq_ci(host, SCEAU_SLICE("localhost")))
        return true;
    if (!ip_network_parse(host, &network))
        return false;
    const struct sceau_ip *ip = &network.address;
    static const uint8_t loopback[16] = {[15] = 1};
    return ip->version == 4 ? ip->octets[0] == 127
                            : memcmp(ip->octets, loopback, sizeof loopback) == 0;
}

/* All of them, where several are named for failover. */
static bool
are_here(const char *hosts)
{
    struct sceau_slice rest = sceau_slice_from(hosts != NULL ? hosts : ""), host;
    while (slice_next(&rest, ',', &host))
        if (!is_here(host))
            return false;
    return true;
}

/* The first line of the file. */
static bool
read_password(const char *path, char password[PASSWORD_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, password, PASSWORD_MAX - 1);
    int why = errno;
    close(fd);
    errno = why;
    if (n < 0)
        return false;
    password[n] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    return true;
}

static PGconn *
refuse(enum database_status *status, char error[DATABASE_ERROR_MAX], const char *why)
{
    *status = DATABASE_ERROR;
    snprintf(error, DATABASE_ERROR_MAX, "%s", why);
    return NULL;
}

enum database_status
postgresql_kind(const char *state)
{
    static const struct {
        const char *state; /* or the class that it begins with */
        enum database_status status;
    } kinds[] = {
        {"40",    DATABASE_BUSY }, /* serialisation, deadlock */
        {"55P03", DATABASE_BUSY }, /* a lock was not to be had in time */
        {"55006", DATABASE_BUSY }, /* object in use */
        {"57014", DATABASE_BUSY }, /* its administrator cancelled it, or a time limit */
        {"53100", DATABASE_FULL }, /* disk full */
        {"53",    DATABASE_AWAY }, /* too many connections, out of memory */
        {"57P",   DATABASE_AWAY }, /* it shuts down, or starts */
        {"08",    DATABASE_AWAY },
        {"25P03", DATABASE_AWAY }, /* we were frozen: idle for too long */
        {"25006", DATABASE_AWAY }, /* it became a standby */
        {"21",    DATABASE_UNFIT}, /* one row twice in a statement */
        {"22",    DATABASE_UNFIT}, /* no value of its type */
        {"23",    DATABASE_UNFIT}, /* against a constraint */
        {"54",    DATABASE_UNFIT}, /* too large: of a row, of an index */
    };
    for (size_t i = 0; state != NULL && i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(state, kinds[i].state, strlen(kinds[i].state)) == 0)
            return kinds[i].status;
    return DATABASE_ERROR;
}

/* Two that make the same table at once: one of them is told so, or that the server's own list of
 * tables has it already. Those of ours have no key that is written blindly. */
static bool
is_made_twice(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *schema = PQresultErrorField(result, PG_DIAG_SCHEMA_NAME);
    return state != NULL && (strcmp(state, "42P07") == 0 ||
                             (strcmp(state, "23505") == 0 && schema != NULL &&
                              strcmp(schema, "pg_catalog") == 0));
}

enum database_status
postgresql_failure(const PGconn *conn, const PGresult *result)
{
    if (is_made_twice(result))
        return DATABASE_BUSY;
    enum database_status kind =
        postgresql_kind(PQresultErrorField(result, PG_DIAG_SQLSTATE));
    return kind == DATABASE_ERROR && PQstatus(conn) == CONNECTION_BAD ? DATABASE_AWAY
                                                                      : kind;
}

/* One line without its end. */
static void
keep_sentence(char error[DATABASE_ERROR_MAX], const char *sentence)
{
    snprintf(error, DATABASE_ERROR_MAX, "%s", sentence);
    for (size_t len = strlen(error); len > 0 && error[len - 1] == '\n'; len--)
        error[len - 1] = '\0';
    for (char *c = error; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
}

static bool
set_up(PGconn *conn, enum database_mode mode, enum database_status *status,
       char error[DATABASE_ERROR_MAX])
{
    PGresult *result = PQexec(conn, database_mode_reads(mode) ? SETTINGS
                                        "SET default_transaction_read_only = on"
                                                              : SETTINGS);
    bool is_set = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!is_set) {
        *status = postgresql_failure(conn, result);
        keep_sentence(error, PQerrorMessage(conn));
    }
    PQclear(result);
    if (is_set)
        PQclear(PQexec(conn, PLANS)); /* where they are not known, it goes without */
    const char *encoding = PQparameterStatus(conn, "server_encoding");
    if (is_set && encoding != NULL && strcmp(encoding, "UTF8") != 0) {
        refuse(status, error, "the database's encoding is not UTF8");
        return false;
    }
    return is_set && PQenterPipelineMode(conn) == 1;
}

static PGconn *
connect_with(struct parameters *p, enum database_mode mode,
             enum database_status *status, char error[DATABASE_ERROR_MAX])
{
    PGconn *conn = PQconnectdbParams(p->names, p->values, 0);
    *status = DATABASE_OK;
    if (PQstatus(conn) != CONNECTION_OK) {
        *status = DATABASE_AWAY;
        keep_sentence(error, PQerrorMessage(conn));
    } else if (set_up(conn, mode, status, error)) {
        return conn;
    }
    if (*status == DATABASE_OK)
        *status = DATABASE_ERROR;
    PQfinish(conn);
    return NULL;
}

/* What the URL says comes first, then the password, then the defaults. */
static PGconn *
connect_as(const PQconninfoOption *said, const char *password, enum database_mode mode,
           enum database_status *status, char error[DATABASE_ERROR_MAX])
{
    struct parameters p = {.count = 0};
    for (; said->keyword != NULL; said++)
        if (said->val != NULL)
            put(&p, said->keyword, said->val);
    if (value_of(&p, "password") != NULL)
        return refuse(
            status, error,
            "store.url holds a password; it belongs into store.password_file");
    if (password != NULL)
        put(&p, "password", password);
    const char *host = value_of(&p, "hostaddr");
    if (!are_here(host != NULL ? host : value_of(&p, "host")))
        put(&p, "sslmode", "verify-full");
    const char *sslmode = value_of(&p, "sslmode");
    if (sslmode != NULL && strncmp(sslmode, "verify", strlen("verify")) == 0)
        put(&p, "sslrootcert", CERTIFICATES);
    if (!database_mode_reads(mode))
        put(&p, "target_session_attrs", "read-write");
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        put(&p, defaults[i].name, defaults[i].value);
    return connect_with(&p, mode, status, error);
}

void
database_url_files(const char *place, void (*tell)(void *self, const char *path),
                   void *self)
{
    static const char *const names[] = {"sslrootcert", "sslcert",   "sslkey",
                                        "sslcrl",      "sslcrldir", "passfile"};
    char url[PLACE_MAX];
    size_t len = strcspn(place, "\n");
    if (len >= sizeof url)
        return;
    snprintf(url, sizeof url, "%.*s", (int)len, place);
    PQconninfoOption *said = PQconninfoParse(url, NULL);
    for (const PQconninfoOption *o = said; o != NULL && o->keyword != NULL; o++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (o->val != NULL && strcmp(o->keyword, names[i]) == 0)
                tell(self, o->val);
    PQconninfoFree(said);
}

PGconn *
postgresql_connect(const char *place, enum database_mode mode,
                   enum database_status *status, char error[DATABASE_ERROR_MAX])
{
    char url[PLACE_MAX], password[PASSWORD_MAX] = "", *why = NULL;
    size_t len = strcspn(place, "\n");
    const char *line = place[len] == '\n' ? place + len + 1 : "";
    char file[4096];
    snprintf(file, sizeof file, "%.*s", (int)strcspn(line, "\n"), line);
    if (len >= sizeof url)
        return refuse(status, error, "the URL is too long");
    snprintf(url, sizeof url, "%.*s", (int)len, place);
    if (file[0] != '\0' && !read_password(file, password)) {
        snprintf(error, DATABASE_ERROR_MAX, "%.160s: %s", file, strerror(errno));
        *status = DATABASE_ERROR;
        return NULL;
    }
    PQconninfoOption *said = PQconninfoParse(url, &why);
    if (said == NULL) {
        keep_sentence(error, why != NULL ? why : "out of memory");
        PQfreemem(why);
        *status = DATABASE_ERROR;
        return NULL;
    }
    PGconn *conn =
        connect_as(said, file[0] != '\0' ? password : NULL, mode, status, error);
    explicit_bzero(password, sizeof password);
    PQconninfoFree(said);
    return conn;
}
