/* Names of networks from a MaxMind DB file, by libmaxminddb. The file is a stranger's: what it
 * says is escaped and cut, and where it is broken the library's word is shown. */
#include "networks.h"

#include "core/ip_socket.h"
#include "core/text.h"

#include <maxminddb.h>
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
    struct sockaddr_storage address;
    (void)ip_to_socket(ip, 0, &address);
    return MMDB_lookup_sockaddr(&networks->file, (struct sockaddr *)&address, error);
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
static const char *const number_keys[] = {"autonomous_system_number", NULL};
static const char *const name_keys[] = {
    "autonomous_system_organization", "organization", "isp", "as_name", "name", NULL};
static const char *const country_paths[][3] = {
    {"country",            "iso_code", NULL},
    {"registered_country", "iso_code", NULL},
    {"country_code",       NULL,       NULL},
    {"country",            NULL,       NULL},
};

static int
put_entry(struct text *t, MMDB_entry_s *entry)
{
    MMDB_entry_data_s number, name;
    int status = first_of(entry, number_keys, MMDB_DATA_TYPE_UINT32, &number);
    if (status == MMDB_SUCCESS)
        status = first_of(entry, name_keys, MMDB_DATA_TYPE_UTF8_STRING, &name);
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

/* Two capital letters, or it is no code of a country. */
static bool
take_country(const MMDB_entry_data_s *value, char country[3])
{
    if (value->type != MMDB_DATA_TYPE_UTF8_STRING || value->data_size != 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        char c = value->utf8_string[i];
        if (c < 'A' || c > 'Z')
            return false;
    }
    memcpy(country, value->utf8_string, 2);
    country[2] = '\0';
    return true;
}

static struct sceau_slice
cut_name(struct sceau_arena *arena, const MMDB_entry_data_s *value)
{
    struct sceau_slice name = {value->utf8_string, value->data_size};
    size_t len = 0, step;
    while (len < name.len && (step = slice_utf8_length(slice_skip(name, len))) > 0 &&
           len + step <= NAME_OCTETS_MAX)
        len += step;
    return slice_copy(arena, slice_sub(name, 0, len));
}

void
check_network_tell(const struct check_networks *networks, const struct sceau_ip *ip,
                   struct sceau_arena *arena, struct check_network_facts *facts)
{
    int status = MMDB_SUCCESS;
    MMDB_entry_data_s value;
    if (ip->version == 6 && networks->file.metadata.ip_version == 4)
        return;
    MMDB_lookup_result_s found = look_up(networks, ip, &status);
    if (status != MMDB_SUCCESS || !found.found_entry)
        return;
    if (first_of(&found.entry, number_keys, MMDB_DATA_TYPE_UINT32, &value) ==
            MMDB_SUCCESS &&
        value.has_data)
        facts->number = value.uint32;
    if (first_of(&found.entry, name_keys, MMDB_DATA_TYPE_UTF8_STRING, &value) ==
            MMDB_SUCCESS &&
        value.has_data)
        facts->name = cut_name(arena, &value);
    for (size_t i = 0; i < sizeof country_paths / sizeof *country_paths; i++) {
        if (MMDB_aget_value(&found.entry, &value, country_paths[i]) == MMDB_SUCCESS &&
            value.has_data && take_country(&value, facts->country))
            break;
    }
}

void
check_networks_close(struct check_networks *networks)
{
    if (networks == NULL)
        return;
    MMDB_close(&networks->file);
    free(networks);
}
