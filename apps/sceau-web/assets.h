/* The files that a browser fetches beside the pages, as they stand in static/. Made by
 * make-assets at build time. */
#ifndef APP_ASSETS_H
#define APP_ASSETS_H

#include "sceau/core.h"

struct asset {
    const char *type;
    struct sceau_slice octets;
    const char *etag;
};

extern const struct asset asset_style, asset_script, asset_icon, asset_openapi;

#endif
