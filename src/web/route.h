/* The places of the dashboard: one table, and a path found in it. Every place that has a
 * table answers as CSV and JSON as well: PATH.csv, PATH.json, /api/PATH. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "core/slice.h"

enum web_place {
    WEB_TODAY,
    WEB_DOMAIN,
    WEB_SOURCES,
    WEB_SOURCE,
    WEB_READINESS,
    WEB_FAILURES,
    WEB_KEYS,
    WEB_REPORTS,
    WEB_REPORT,
    WEB_REPORT_RAW,
    WEB_REPORTERS,
    WEB_TLS,
    WEB_CHECK,
    WEB_CHECK_NAME,
    WEB_INTAKE,
    WEB_OUTBOX,
    WEB_SETTINGS,
    WEB_SEARCH,
    WEB_UPLOAD,
    WEB_MARK,
    WEB_MUTE,
    WEB_IGNORE,
    WEB_LOGIN,
    WEB_LOGOUT,
    WEB_LANGUAGE,
    WEB_STYLE,
    WEB_SCRIPT,
    WEB_ICON,
    WEB_HEALTH,
    WEB_METRICS,
    WEB_OPENAPI,
    WEB_PLACES
};

enum web_format {
    WEB_HTML,
    WEB_CSV,
    WEB_JSON,
};

enum {
    ROUTE_GET = 1,
    ROUTE_POST = 2,
    ROUTE_OPEN = 4,   /* for everybody: no session is asked for */
    ROUTE_TABLE = 8,  /* answers as CSV and JSON */
    ROUTE_ADMIN = 16, /* of administrators alone */
    ROUTE_LARGE = 32, /* takes a file */
};

struct route {
    const char *path; /* "*" is one part of it */
    enum web_place place;
    unsigned flags;
};

/* For the OpenAPI file and the tests. */
extern const struct route routes[];
extern const size_t route_count;

struct route_match {
    const struct route *route;
    enum web_format format;
    struct sceau_slice part; /* what stands for "*", decoded; else empty */
};

/* Find a path as it stands in the request, without its query. False when there is no such
 * place. The part lives in the arena. */
bool route_find(struct sceau_arena *arena, struct sceau_slice path,
                struct route_match *match);

/* "/d/example.org/sources": the place's path with its part encoded. */
struct text;
void route_write(struct text *t, enum web_place place, struct sceau_slice part);

#endif
