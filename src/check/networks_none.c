/* Names of networks, in a program built without libmaxminddb: none. */
#include "core/text.h"
#include "networks.h"

#include <stdio.h>

struct check_networks *
check_networks_open(const char *path, char problem[CHECK_NETWORKS_PROBLEM])
{
    (void)path;
    snprintf(problem, CHECK_NETWORKS_PROBLEM,
             N_("this sceau was built without libmaxminddb: it reads no such file"));
    return NULL;
}

struct sceau_slice
check_network_name(const struct check_networks *networks, const struct sceau_ip *ip,
                   struct sceau_arena *arena)
{
    (void)networks, (void)ip, (void)arena;
    return SLICE_NONE;
}

void
check_network_tell(const struct check_networks *networks, const struct sceau_ip *ip,
                   struct sceau_arena *arena, struct check_network_facts *facts)
{
    (void)networks, (void)ip, (void)arena, (void)facts;
}

void
check_networks_close(struct check_networks *networks)
{
    (void)networks;
}
