/* The routing table, and paths read by it. */
#include "web/route.h"

#include "web/query.h"

const struct route routes[] = {
    {"/",                 WEB_TODAY,      ROUTE_GET | ROUTE_TABLE                           },
    {"/today",            WEB_TODAY,      ROUTE_GET | ROUTE_TABLE                           },
    {"/d/*",              WEB_DOMAIN,     ROUTE_GET | ROUTE_TABLE                           },
    {"/d/*/sources",      WEB_SOURCES,    ROUTE_GET | ROUTE_TABLE                           },
    {"/d/*/source",       WEB_SOURCE,     ROUTE_GET | ROUTE_TABLE                           },
    {"/d/*/policy",       WEB_READINESS,  ROUTE_GET | ROUTE_TABLE                           },
    {"/d/*/failures",     WEB_FAILURES,   ROUTE_GET | ROUTE_TABLE                           },
    {"/d/*/keys",         WEB_KEYS,       ROUTE_GET | ROUTE_TABLE                           },
    {"/reports",          WEB_REPORTS,    ROUTE_GET | ROUTE_TABLE                           },
    {"/reports/*",        WEB_REPORT,     ROUTE_GET | ROUTE_TABLE                           },
    {"/reports/*/raw",    WEB_REPORT_RAW, ROUTE_GET                                         },
    {"/reporters",        WEB_REPORTERS,  ROUTE_GET | ROUTE_TABLE                           },
    {"/tls",              WEB_TLS,        ROUTE_GET | ROUTE_TABLE                           },
    {"/check",            WEB_CHECK,      ROUTE_GET | ROUTE_POST | ROUTE_LARGE              },
    {"/check/*",          WEB_CHECK_NAME, ROUTE_GET | ROUTE_TABLE                           },
    {"/intake",           WEB_INTAKE,     ROUTE_GET | ROUTE_TABLE                           },
    {"/outbox",           WEB_OUTBOX,     ROUTE_GET | ROUTE_TABLE | ROUTE_ADMIN             },
    {"/settings",         WEB_SETTINGS,   ROUTE_GET | ROUTE_TABLE | ROUTE_ADMIN             },
    {"/search",           WEB_SEARCH,     ROUTE_GET                                         },
    {"/upload",           WEB_UPLOAD,     ROUTE_GET | ROUTE_POST | ROUTE_ADMIN | ROUTE_LARGE},
    {"/mark",             WEB_MARK,       ROUTE_POST | ROUTE_ADMIN                          },
    {"/mute",             WEB_MUTE,       ROUTE_POST | ROUTE_ADMIN                          },
    {"/ignore",           WEB_IGNORE,     ROUTE_POST | ROUTE_ADMIN                          },
    {"/login",            WEB_LOGIN,      ROUTE_GET | ROUTE_OPEN                            },
    {"/logout",           WEB_LOGOUT,     ROUTE_POST                                        },
    {"/language",         WEB_LANGUAGE,   ROUTE_GET | ROUTE_OPEN                            },
    {"/static/sceau.css", WEB_STYLE,      ROUTE_GET | ROUTE_OPEN                            },
    {"/static/sceau.js",  WEB_SCRIPT,     ROUTE_GET | ROUTE_OPEN                            },
    {"/favicon.ico",      WEB_ICON,       ROUTE_GET | ROUTE_OPEN                            },
    {"/health",           WEB_HEALTH,     ROUTE_GET | ROUTE_OPEN                            },
    {"/metrics",          WEB_METRICS,    ROUTE_GET | ROUTE_OPEN                            },
    {"/openapi.json",     WEB_OPENAPI,    ROUTE_GET | ROUTE_OPEN                            },
};
const size_t route_count = sizeof routes / sizeof *routes;

/* One pattern against one path; `part` is still encoded. */
static bool
fits(struct sceau_slice pattern, struct sceau_slice path, struct sceau_slice *part)
{
    size_t star = slice_find(pattern, '*');
    *part = SCEAU_SLICE("");
    if (star == pattern.len)
        return slice_eq(pattern, path);
    struct sceau_slice before = slice_sub(pattern, 0, star);
    if (path.len <= before.len || !slice_eq(slice_sub(path, 0, star), before))
        return false;
    struct sceau_slice rest = slice_skip(path, star);
    size_t slash = slice_find(rest, '/');
    *part = slice_sub(rest, 0, slash);
    return slash > 0 &&
           slice_eq(slice_skip(rest, slash), slice_skip(pattern, star + 1));
}

static bool
find(struct sceau_arena *arena, struct sceau_slice path, struct route_match *match)
{
    struct sceau_slice part;
    for (size_t i = 0; i < route_count; i++) {
        if (fits(sceau_slice_from(routes[i].path), path, &part)) {
            match->route = &routes[i];
            return part.len == 0 ? true
                                 : query_decode(arena, part, false, &match->part);
        }
    }
    return false;
}

bool
route_find(struct sceau_arena *arena, struct sceau_slice path,
           struct route_match *match)
{
    static const struct suffix {
        const char *text;
        enum web_format format;
    } suffixes[] = {
        {".csv",  WEB_CSV },
        {".json", WEB_JSON}
    };
    static const char api[] = "/api/";
    *match = (struct route_match){.format = WEB_HTML, .part = SCEAU_SLICE("")};
    bool is_api = path.len >= sizeof api - 1 && memcmp(path.ptr, api, 5) == 0;
    if (is_api) {
        path = slice_skip(path, 4);
        match->format = WEB_JSON;
    }
    if (find(arena, path, match) && match->route->path[0] == '/' &&
        (match->format == WEB_HTML || (match->route->flags & ROUTE_TABLE) ||
         match->route->place == WEB_OPENAPI)) {
        bool has_suffix = slice_ends_ci(match->part, SCEAU_SLICE(".csv")) ||
                          slice_ends_ci(match->part, SCEAU_SLICE(".json"));
        if (!has_suffix)
            return true;
    }
    for (size_t i = 0; i < 2 && !is_api; i++) {
        struct sceau_slice ending = sceau_slice_from(suffixes[i].text);
        if (!slice_ends_ci(path, ending))
            continue;
        match->format = suffixes[i].format;
        match->part = SCEAU_SLICE("");
        return find(arena, slice_sub(path, 0, path.len - ending.len), match) &&
               (match->route->flags & ROUTE_TABLE);
    }
    return false;
}

void
route_write(struct text *t, enum web_place place, struct sceau_slice part)
{
    size_t i = 0;
    while (routes[i].place != place)
        i++;
    for (const char *c = routes[i].path; *c != '\0'; c++) {
        if (*c == '*')
            query_encode(t, part);
        else
            text_octet(t, *c);
    }
}
