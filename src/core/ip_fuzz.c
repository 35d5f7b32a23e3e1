/* An address that was read is written and read again as itself; every prefix of it is a
 * network around it. */
#include "ip.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_address(const struct sceau_ip *ip)
{
    char out[SCEAU_IP_TEXT];
    struct sceau_ip again;
    size_t len = sceau_ip_format(ip, out);
    CHECK(len == strlen(out) && len < SCEAU_IP_TEXT);
    CHECK(sceau_ip_parse((struct sceau_slice){out, len}, &again));
    CHECK(ip_equal(ip, &again));
    for (unsigned prefix = 0; prefix <= 128; prefix++)
        CHECK(ip_in_network(ip, &again, prefix) ==
              (prefix <= (ip->version == 4 ? 32U : 128U)));
}

/* Four numbers, or 32 digits, below the tree of reverse names. */
static void
check_reverse_name(const struct sceau_ip *ip)
{
    struct sceau_arena *arena = sceau_arena_new(1024);
    struct sceau_slice name = ip_reverse_name(arena, ip);
    size_t dots = 0;
    for (size_t i = 0; i < name.len; i++)
        dots += name.ptr[i] == '.';
    CHECK(dots == (ip->version == 4 ? 5 : 33));
    CHECK(slice_ends_ci(name, SCEAU_SLICE(".arpa")));
    sceau_arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_ip ip;
    struct ip_network network;
    bool is_ip = sceau_ip_parse(text, &ip);
    if (is_ip) {
        check_address(&ip);
        check_reverse_name(&ip);
    }
    if (ip_network_parse(text, &network)) {
        CHECK(ip_in_network(&network.address, &network.address, network.prefix));
        CHECK(network.prefix <= (network.address.version == 4 ? 32U : 128U));
    } else {
        CHECK(!is_ip); /* an address alone is a network */
    }
    return 0;
}
