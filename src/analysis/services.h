/* Services that send other people's mail, by the names of their hosts or their networks. */
#ifndef ANALYSIS_SERVICES_H
#define ANALYSIS_SERVICES_H

#include "core/slice.h"

struct analysis_service {
    const char *key;     /* in URLs and marks; no dot, so it is no domain */
    const char *name;    /* for people */
    const char *systems; /* autonomous systems that are its alone, by general knowledge;
                            "": none is known */
};

/* The service that a host's confirmed name belongs to; NULL: none that is known. */
const struct analysis_service *analysis_service_of_host(struct sceau_slice host);

/* The service that signs with that d= in place of its customers; NULL: none that is known. */
const struct analysis_service *analysis_service_of_signer(struct sceau_slice domain);

/* Is it a name that a provider gives to a machine whoever rents it? */
bool analysis_host_is_rented(struct sceau_slice host);

/* The service whose network that is, for an address without a name. */
const struct analysis_service *analysis_service_of_system(uint32_t asn);

/* The one of that key; NULL: there is none. */
const struct analysis_service *analysis_service_find(struct sceau_slice key);

/* Each of them, by key; NULL: there are no more. */
const struct analysis_service *analysis_service_at(size_t n);

#endif
