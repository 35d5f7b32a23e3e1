/* Zimbra as its files show it: its settings lie in LDAP, and zmconfigd writes what it makes
 * of them into Postfix's main.cf. So a change is made with zmprov, and proven by the file. */
#ifndef SETUP_ZIMBRA_H
#define SETUP_ZIMBRA_H

#include "core/slice.h"

#include <limits.h>

#define ZIMBRA_PLACE "/opt/zimbra"

struct zimbra {
    bool is_here;
    char place[PATH_MAX];
    char hostname[256];       /* zimbra_server_hostname; "" when not found */
    char smtpd_milters[1024]; /* of main.cf: zimbraMtaSmtpdMilters, and Zimbra's own */
    char local_milters[1024]; /* non_smtpd_milters: zimbraMtaNonSmtpdMilters */
    char networks[4096];      /* mynetworks: zimbraMtaMyNetworks */
    bool has_main_cf;
    bool signs_itself; /* its OpenDKIM stands in master.cf */
};

/* Read what is in `place`; NULL: ZIMBRA_PLACE. */
void zimbra_read(const char *place, struct zimbra *zimbra);

/* Does that list of milters (or networks) have this word? */
bool zimbra_has(const char *list, const char *word);

#endif
