/* Whose network an address is in, from a MaxMind DB file that the administrator names
 * (check.network_database). Built without libmaxminddb, opening says so. */
#ifndef CHECK_NETWORKS_H
#define CHECK_NETWORKS_H

#include "core/ip.h"
#include "core/slice.h"

#define CHECK_NETWORKS_PROBLEM 160

struct check_networks;

/* NULL when the file is of no use: `problem` says why, for a person. */
struct check_networks *check_networks_open(const char *path,
                                           char problem[CHECK_NETWORKS_PROBLEM]);

/* "AS64500 Example Network", escaped, in the arena; empty when the file does not tell; what is
 * wrong with the file in parentheses when it is broken there. Many threads may ask. */
struct sceau_slice check_network_name(const struct check_networks *networks,
                                      const struct sceau_ip *ip,
                                      struct sceau_arena *arena);

/* The same in parts, and the country where the file has it. What is not told is left as it
 * was. `name` is UTF-8 as the file has it, cut, in the arena: escape it. */
struct check_network_facts {
    uint32_t number; /* of the AS */
    struct sceau_slice name;
    char country[3]; /* "FR" */
};
void check_network_tell(const struct check_networks *networks,
                        const struct sceau_ip *ip, struct sceau_arena *arena,
                        struct check_network_facts *facts);

/* NULL is fine. */
void check_networks_close(struct check_networks *networks);

#endif
