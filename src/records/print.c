/* A set of records as text: a part of a BIND zone in the sections of the tutorial, a script
 * of nsupdate, JSON. RFC 1035 section 5.1. */
#include "core/ip.h"
#include "core/json.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "records.h"
#include "zone/line.h"

static const struct section {
    const char *name;
    const char *notes[3]; /* why the zone differs from older ones */
} sections[] = {
    [RECORDS_MX] =
        {"MX",
                      {N_("An MX leads to a name with addresses, never to an alias (RFC 2181 "
             "section 10.3).")}                            },
    [RECORDS_SPF] =
        {"SPF",
                      {N_("Of type TXT alone: the type SPF was given up (RFC 7208 section "
             "3.1)."),
          N_("Each host by its own address: a network around it would let "
             "its neighbours send too.")}                  },
    [RECORDS_DKIM] = {"DKIM",  {NULL}                      },
    [RECORDS_DMARC] = {"DMARC",
                      {N_("Without pct: it is gone (RFC 9989 section A.6). Begin with "
                           "t=y (testing = yes) instead.")}},
};

const char *
records_section_name(enum records_section section)
{
    return sections[section].name;
}

/* ---- lines ------------------------------------------------------------------------------ */

/* As zmdkimkeyutil prints it: a string a line, in parentheses. */
static void
add_strings(struct text *t, struct sceau_slice rdata)
{
    bool is_first = true;
    text_string(t, "( ");
    for (size_t i = 0; i < rdata.len; i += 1 + (unsigned char)rdata.ptr[i]) {
        size_t len = 1 + (size_t)(unsigned char)rdata.ptr[i];
        text_string(t, is_first ? "" : "\n          ");
        dns_rdata_present(t, SCEAU_DNS_TXT, slice_sub(rdata, i, len));
        is_first = false;
    }
    text_string(t, " ) ");
}

struct sceau_slice
records_data(struct sceau_arena *arena, const struct records_record *record)
{
    struct text t = text_new(arena, SIZE_MAX);
    if (record->section == RECORDS_DKIM)
        add_strings(&t, record->rdata);
    else
        dns_rdata_present(&t, record->type, record->rdata);
    return text_done(&t);
}

void
records_line(struct text *t, const struct records_record *record,
             struct sceau_slice origin)
{
    zone_line(t, record->owner, origin, record->has_ttl, record->ttl, record->type,
              records_data(t->arena, record));
    if (record->comment.len > 0) {
        text_string(t, " ; ");
        text_slice(t, record->comment);
    }
}

/* ---- BIND ------------------------------------------------------------------------------- */

static void
add_section(struct text *t, const struct records_set *set, enum records_section section,
            enum language language)
{
    bool is_begun = false;
    for (size_t i = 0; i < set->count; i++) {
        const struct records_record *record = &set->records[i];
        if (record->section != section || record->is_foreign)
            continue;
        if (!is_begun) {
            const char *const *notes = sections[section].notes;
            zone_line_heading(t, sections[section].name);
            for (size_t n = 0; n < 3 && notes[n] != NULL; n++)
                text_format(t, "; %s\n", language_text(language, notes[n]));
            is_begun = true;
        }
        records_line(t, record, set->origin);
        text_octet(t, '\n');
    }
}

/* What other domains have to publish, as comments. */
static void
add_foreign(struct text *t, const struct records_set *set, enum language language)
{
    static const struct sceau_slice root = {"", 1};
    bool is_begun = false;
    for (size_t i = 0; i < set->count; i++) {
        if (!set->records[i].is_foreign)
            continue;
        if (!is_begun)
            text_format(
                t, "; %s\n",
                language_text(language,
                              N_("Not for this zone: whoever receives the reports "
                                 "publishes")));
        is_begun = true;
        text_string(t, ";   ");
        records_line(t, &set->records[i], root);
        text_octet(t, '\n');
    }
}

/* The lines of Postfix, for a host that sends through the relay. */
static void
add_satellite(struct text *t, const struct records_set *set,
              const struct records_satellite *satellite, enum language language)
{
    text_format(t, ";\n; %s %.*s:\n", language_text(language, N_("Postfix on")),
                SLICE_ARG(satellite->name));
    text_format(
        t,
        ";   postconf -e 'relayhost = [%.*s]' 'myorigin = %.*s' 'mydestination =' "
        "'inet_interfaces = loopback-only'\n",
        SLICE_ARG(set->relay), SLICE_ARG(satellite->name));
    if (satellite->address_count == 0)
        return;
    text_format(t,
                "; %s %.*s:\n;   postconf -e \"mynetworks = $(postconf -h mynetworks)",
                language_text(language, N_("on the relay")), SLICE_ARG(set->relay));
    for (size_t i = 0; i < satellite->address_count; i++) {
        char address[SCEAU_IP_TEXT];
        const struct ip_network *network = &satellite->addresses[i];
        bool is_v4 = network->address.version == 4;
        sceau_ip_format(&network->address, address);
        text_format(t, is_v4 ? " %s/%u" : " [%s]/%u", address, network->prefix);
    }
    text_string(t, "\"\n");
}

struct sceau_slice
records_bind(struct sceau_arena *arena, const struct records_set *set,
             enum language language)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_string(&t, "$ORIGIN ");
    dns_name_present(&t, set->origin);
    text_octet(&t, '\n');
    for (unsigned i = 0; i < RECORDS_SECTION_COUNT; i++)
        add_section(&t, set, (enum records_section)i, language);
    add_foreign(&t, set, language);
    if (set->satellite_count > 0)
        zone_line_heading(&t, language_text(language,
                                            N_("Hosts that send through the relay")));
    for (size_t i = 0; i < set->satellite_count; i++)
        add_satellite(&t, set, &set->satellites[i], language);
    return text_done(&t);
}

/* ---- nsupdate ----------------------------------------------------------------------------- */

static void
add_deletes(struct text *t, const struct records_set *set)
{
    for (size_t i = 0; i < set->claim_count; i++) {
        const struct records_claim *claim = &set->claims[i];
        char type[16];
        if (claim->prefix.len > 0)
            continue; /* others' records may stand there */
        text_string(t, "update delete ");
        dns_name_present(t, claim->owner);
        text_format(t, " %s\n", sceau_dns_type_name(claim->type, type));
    }
}

struct sceau_slice
records_nsupdate(struct sceau_arena *arena, const struct records_set *set,
                 enum language language)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "; %s\n",
                language_text(language,
                              N_("An SPF record that stands there already has to go: "
                                 "sceau zone push sees to that.")));
    text_string(&t, "zone ");
    dns_name_present(&t, set->origin);
    text_octet(&t, '\n');
    add_deletes(&t, set);
    for (size_t i = 0; i < set->count; i++) {
        const struct records_record *record = &set->records[i];
        char type[16];
        if (record->is_foreign)
            continue;
        text_string(&t, "update add ");
        dns_name_present(&t, record->owner);
        text_format(&t, " %u IN %s ", record->has_ttl ? record->ttl : 3600,
                    sceau_dns_type_name(record->type, type));
        dns_rdata_present(&t, record->type, record->rdata);
        text_octet(&t, '\n');
    }
    text_string(&t, "send\n");
    return text_done(&t);
}

/* ---- JSON ------------------------------------------------------------------------------- */

static struct sceau_slice
presented(struct sceau_arena *arena, const struct records_record *record)
{
    struct text t = text_new(arena, SIZE_MAX);
    dns_rdata_present(&t, record->type, record->rdata);
    return text_done(&t);
}

static struct sceau_slice
record_json(struct sceau_arena *arena, const struct records_set *set,
            const struct records_record *record)
{
    char type[16];
    struct json j = json_new(arena);
    json_open(&j, '{');
    json_key_slice(&j, "zone", set->zone);
    json_key_string(&j, "section", sections[record->section].name);
    json_key_slice(&j, "name", dns_name_to_asked(arena, record->owner));
    json_key_string(&j, "type", sceau_dns_type_name(record->type, type));
    json_key(&j, "ttl");
    if (record->has_ttl)
        json_number(&j, record->ttl);
    else
        json_none(&j);
    json_key_slice(&j, "data", presented(arena, record));
    json_key_slice(&j, "text", record->text.len > 0 ? record->text : SLICE_NONE);
    json_key_slice(&j, "comment",
                   record->comment.len > 0 ? record->comment : SLICE_NONE);
    json_key_bool(&j, "foreign", record->is_foreign);
    json_close(&j, '}');
    return json_done(&j);
}

struct sceau_slice
records_json(struct sceau_arena *arena, const struct records_set *set)
{
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < set->count; i++) {
        text_slice(&t, record_json(arena, set, &set->records[i]));
        text_octet(&t, '\n');
    }
    return text_done(&t);
}
