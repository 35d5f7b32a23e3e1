/* The registries of RFC 6890 as a table, the narrower network first. A mapped IPv4 address
 * is IPv4 by the time it comes here (struct sceau_ip). */
#include "special_ip.h"

#include "core/ip.h"

static const struct special {
    const char *network, *what;
} specials[] = {
    {"192.0.0.9/32",    NULL           }, /* anycast, global */
    {"192.0.0.10/32",   NULL           },
    {"0.0.0.0/8",       "unspecified"  },
    {"10.0.0.0/8",      "private"      },
    {"100.64.0.0/10",   "shared"       },
    {"127.0.0.0/8",     "loopback"     },
    {"169.254.0.0/16",  "link-local"   },
    {"172.16.0.0/12",   "private"      },
    {"192.0.0.0/24",    "reserved"     },
    {"192.0.2.0/24",    "documentation"},
    {"192.168.0.0/16",  "private"      },
    {"198.18.0.0/15",   "benchmarking" },
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24",  "documentation"},
    {"224.0.0.0/4",     "multicast"    },
    {"240.0.0.0/4",     "reserved"     },
    {"::/128",          "unspecified"  },
    {"::1/128",         "loopback"     },
    {"64:ff9b:1::/48",  "private"      },
    {"100::/64",        "discard"      },
    {"2001:2::/48",     "benchmarking" },
    {"2001:db8::/32",   "documentation"},
    {"3fff::/20",       "documentation"},
    {"5f00::/16",       "reserved"     },
    {"fc00::/7",        "private"      },
    {"fe80::/10",       "link-local"   },
    {"fec0::/10",       "private"      },
    {"ff00::/8",        "multicast"    },
};

/* The IPv4 address inside 64:ff9b::/96 and 2002::/16: a way around the table else. */
static bool
embedded(const struct sceau_ip *ip, struct sceau_ip *inner)
{
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    size_t at;
    if (ip->version != 6)
        return false;
    if (memcmp(ip->octets, nat64, sizeof nat64) == 0)
        at = 12;
    else if (ip->octets[0] == 0x20 && ip->octets[1] == 0x02)
        at = 2;
    else
        return false;
    *inner = (struct sceau_ip){.version = 4};
    memcpy(inner->octets, ip->octets + at, 4);
    return true;
}

const char *
ip_special(const struct sceau_ip *ip)
{
    struct sceau_ip inner;
    if (embedded(ip, &inner))
        ip = &inner;
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        struct ip_network network;
        if (ip_network_parse(sceau_slice_from(specials[i].network), &network) &&
            ip_in_network(ip, &network.address, network.prefix))
            return specials[i].what;
    }
    return ip->version == 0 ? "unspecified" : NULL;
}
