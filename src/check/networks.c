/* Names of networks from a MaxMind DB file, by libmaxminddb. The file is a stranger's: what it
 * says is escaped and cut, and where it is broken the library's word is shown. */
#include "networks.h"

#include "core/text.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_OCTETS_MAX 80

struct check_networks {
    MMDB_s file;
};

struct check_networks *
check_networks_open(const char *path, char problem[CHECK_NETWORKS_PROBLEM])
{
    struct check_networks *networks = calloc(1, sizeof *networks);
    int status = networks != NULL ? MMDB_open(path, MMDB_MODE_MMAP, &networks->file)
                                  : MMDB_OUT_OF_MEMORY_ERROR;
    if (status == MMDB_SUCCESS)
        return networks;
    snprintf(problem, CHECK_NETWORKS_PROBLEM, "%s", MMDB_strerror(status));
    free(networks);
    return NULL;
}

static MMDB_lookup_result_s
look_up(const struct check_networks *networks, const struct sceau_ip *ip, int *error)
{
    if (ip->version == 4) {
        struct sockaddr_in in = {.sin_family = AF_INET};
        memcpy(&in.sin_addr, ip->octets, 4);
        return MMDB_lookup_sockaddr(&networks->file, (struct sockaddr *)&in, error);
    }
    struct sockaddr_in6 in = {.sin6_family = AF_INET6};
    memcpy(&in.sin6_addr, ip->octets, 16);
    return MMDB_lookup_sockaddr(&networks->file, (struct sockaddr *)&in, error);
}

/* The value of the first of these keys that is there and of that type. */
static int
first_of(MMDB_entry_s *entry, const char *const *keys, uint32_t type,
         MMDB_entry_data_s *value)
{
    for (; *keys != NULL; keys++) {
        const char *const path[] = {*keys, NULL};
        int status = MMDB_aget_value(entry, value, path);
        if (status == MMDB_SUCCESS && value->has_data && value->type == type)
            return MMDB_SUCCESS;
        if (status != MMDB_SUCCESS &&
            status != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
            return status;
    }
    value->has_data = false;
    return MMDB_SUCCESS;
}

/* The keys of MaxMind's and others' files. */
static int
put_entry(struct text *t, MMDB_entry_s *entry)
{
    static const char *const numbers[] = {"autonomous_system_number", NULL};
    static const char *const names[] = {"autonomous_system_organization",
                                        "organization",
                                        "isp",
                                        "as_name",
                                        "name",
                                        NULL};
    MMDB_entry_data_s number, name;
    int status = first_of(entry, numbers, MMDB_DATA_TYPE_UINT32, &number);
    if (status == MMDB_SUCCESS)
        status = first_of(entry, names, MMDB_DATA_TYPE_UTF8_STRING, &name);
    if (status != MMDB_SUCCESS)
        return status;
    if (number.has_data)
        text_format(t, "AS%u%s", number.uint32, name.has_data ? " " : "");
    if (name.has_data)
        text_escaped(t, (struct sceau_slice){name.utf8_string,
                                             name.data_size < NAME_OCTETS_MAX
                                                 ? name.data_size
                                                 : NAME_OCTETS_MAX});
    return MMDB_SUCCESS;
}

struct sceau_slice
check_network_name(const struct check_networks *networks, const struct sceau_ip *ip,
                   struct sceau_arena *arena)
{
    struct text t = text_new(arena, SIZE_MAX);
    int status = MMDB_SUCCESS;
    if (ip->version == 6 && networks->file.metadata.ip_version == 4)
        return SLICE_NONE;
    MMDB_lookup_result_s found = look_up(networks, ip, &status);
    if (status == MMDB_SUCCESS && found.found_entry)
        status = put_entry(&t, &found.entry);
    if (status != MMDB_SUCCESS)
        text_format(&t, "(%s)", MMDB_strerror(status));
    return text_done(&t);
}

void
check_networks_close(struct check_networks *networks)
{
    if (networks == NULL)
        return;
    MMDB_close(&networks->file);
    free(networks);
}
