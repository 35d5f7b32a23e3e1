/* The types of values: words to typed members and back. Whatever value_format writes,
 * value_parse reads back to the same member. */
#include "value.h"

#include "core/domain.h"
#include "milter/listener.h"

#define DAY      86400
#define KIB      ((uint64_t)1024)
#define YEAR_MAX 9999
#define DNS_PORT 53

/* Enums are stored through an unsigned: gcc and clang give them that size. */
_Static_assert(sizeof(enum policy_mode) == sizeof(unsigned) &&
                   sizeof(enum sceau_dmarc_discovery) == sizeof(unsigned) &&
                   sizeof(enum policy_rewrite_from) == sizeof(unsigned) &&
                   sizeof(enum config_on_error) == sizeof(unsigned) &&
                   sizeof(enum config_privacy) == sizeof(unsigned) &&
                   sizeof(enum config_log_format) == sizeof(unsigned),
               "an enum is as large as unsigned");

/* -- single values: word to member, member to text -- */

static bool
parse_text(struct sceau_slice word, void *member)
{
    memcpy(member, &word, sizeof word);
    return true;
}

/* Blanks, "#" and quotes would end it too early or begin something else. */
static void
format_text(struct text *t, const void *member)
{
    struct sceau_slice s;
    memcpy(&s, member, sizeof s);
    bool needs_quotes = slice_trim(s).len != s.len;
    for (size_t i = 0; i < s.len; i++)
        needs_quotes |= s.ptr[i] == '#' || s.ptr[i] == '"' || s.ptr[i] == '\\';
    if (!needs_quotes) {
        text_slice(t, s);
        return;
    }
    text_octet(t, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"' || s.ptr[i] == '\\')
            text_octet(t, '\\');
        text_octet(t, s.ptr[i]);
    }
    text_octet(t, '"');
}

/* ftext of RFC 5322 section 3.6.8. */
static bool
parse_field_name(struct sceau_slice word, void *member)
{
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] <= ' ' || word.ptr[i] > '~' || word.ptr[i] == ':')
            return false;
    }
    return parse_text(word, member);
}

static bool
parse_choice(const char *choices, struct sceau_slice word, void *member)
{
    struct sceau_slice rest = sceau_slice_from(choices), choice;
    for (unsigned i = 0; slice_next(&rest, ' ', &choice); i++) {
        if (slice_eq(choice, word)) {
            memcpy(member, &i, sizeof i);
            return true;
        }
    }
    return false;
}

static void
format_choice(struct text *t, const char *choices, const void *member)
{
    unsigned value;
    memcpy(&value, member, sizeof value);
    struct sceau_slice rest = sceau_slice_from(choices), choice;
    for (unsigned i = 0; slice_next(&rest, ' ', &choice); i++) {
        if (i == value)
            text_slice(t, choice);
    }
}

static bool
parse_yes_no(struct sceau_slice word, void *member)
{
    bool is_yes = slice_eq(word, SCEAU_SLICE("yes"));
    *(bool *)member = is_yes;
    return is_yes || slice_eq(word, SCEAU_SLICE("no"));
}

static bool
parse_number(const struct config_option *option, struct sceau_slice word, void *member)
{
    uint64_t value;
    if (!slice_decimal(word, option->max, &value) || value < option->min)
        return false;
    memcpy(member, &value, sizeof value);
    return true;
}

/* "8MiB", "64KiB", "4096". */
static bool
parse_size(const struct config_option *option, struct sceau_slice word, void *member)
{
    uint64_t unit = 1, value;
    if (slice_ends_ci(word, SCEAU_SLICE("KiB")))
        unit = KIB;
    else if (slice_ends_ci(word, SCEAU_SLICE("MiB")))
        unit = KIB * KIB;
    if (unit > 1)
        word.len -= strlen("KiB");
    if (!slice_decimal(word, option->max / unit, &value) || value * unit < option->min)
        return false;
    value *= unit;
    memcpy(member, &value, sizeof value);
    return true;
}

static void
format_size(struct text *t, const void *member)
{
    uint64_t value;
    memcpy(&value, member, sizeof value);
    if (value > 0 && value % (KIB * KIB) == 0)
        text_format(t, "%lluMiB", (unsigned long long)(value / (KIB * KIB)));
    else if (value > 0 && value % KIB == 0)
        text_format(t, "%lluKiB", (unsigned long long)(value / KIB));
    else
        text_format(t, "%llu", (unsigned long long)value);
}

/* -- times: "90", "90s", "2h" -- */

static const struct time_unit {
    char letter;
    uint64_t seconds;
} time_units[] = {
    {'w', 7 * (uint64_t)DAY},
    {'d', DAY              },
    {'h', 3600             },
    {'m', 60               },
    {'s', 1                },
};

static bool
parse_time(const struct config_option *option, struct sceau_slice word, void *member)
{
    uint64_t unit = 1, value;
    for (size_t i = 0; i < sizeof time_units / sizeof *time_units; i++) {
        if (word.len > 0 && word.ptr[word.len - 1] == time_units[i].letter) {
            unit = time_units[i].seconds;
            word.len--;
            break;
        }
    }
    if (!slice_decimal(word, option->max / unit, &value) || value * unit < option->min)
        return false;
    value *= unit;
    memcpy(member, &value, sizeof value);
    return true;
}

static void
format_time(struct text *t, const void *member)
{
    uint64_t value;
    memcpy(&value, member, sizeof value);
    for (size_t i = 0; i < sizeof time_units / sizeof *time_units; i++) {
        const struct time_unit *unit = &time_units[i];
        if (value % unit->seconds == 0 && (value > 0 || unit->seconds == 1)) {
            text_format(t, "%llu%c", (unsigned long long)(value / unit->seconds),
                        unit->letter);
            return;
        }
    }
}

/* -- dates, without the C library's time zone -- */

static bool
is_leap(uint64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint64_t
days_of_month(uint64_t year, uint64_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static int64_t
days_of_year(uint64_t year)
{
    return is_leap(year) ? 366 : 365;
}

/* "2027-01-01", or "never". */
static bool
parse_date(struct sceau_slice word, void *member)
{
    int64_t value = INT64_MAX;
    if (!slice_eq(word, SCEAU_SLICE("never"))) {
        uint64_t year, month, day;
        if (word.len != 10 || word.ptr[4] != '-' || word.ptr[7] != '-' ||
            !slice_decimal(slice_sub(word, 0, 4), YEAR_MAX, &year) || year < 1970 ||
            !slice_decimal(slice_sub(word, 5, 2), 12, &month) || month < 1 ||
            !slice_decimal(slice_sub(word, 8, 2), days_of_month(year, month), &day) ||
            day < 1)
            return false;
        value = (int64_t)day - 1;
        for (uint64_t y = 1970; y < year; y++)
            value += days_of_year(y);
        for (uint64_t m = 1; m < month; m++)
            value += (int64_t)days_of_month(year, m);
        value *= DAY;
    }
    memcpy(member, &value, sizeof value);
    return true;
}

static void
format_date(struct text *t, const void *member)
{
    int64_t value;
    memcpy(&value, member, sizeof value);
    if (value == INT64_MAX) {
        text_string(t, "never");
        return;
    }
    uint64_t year = 1970, month = 1;
    int64_t day = value / DAY;
    for (; year < YEAR_MAX && day >= days_of_year(year); year++)
        day -= days_of_year(year);
    for (; month < 12 && day >= (int64_t)days_of_month(year, month); month++)
        day -= (int64_t)days_of_month(year, month);
    text_format(t, "%04u-%02u-%02u", (unsigned)year, (unsigned)month,
                (unsigned)day + 1);
}

/* -- addresses -- */

static bool
parse_network(struct sceau_slice word, void *member)
{
    struct ip_network network = {0};
    if (!ip_network_parse(word, &network))
        return false;
    memcpy(member, &network, sizeof network);
    return true;
}

static void
format_network(struct text *t, const void *member)
{
    const struct ip_network *network = member;
    char address[SCEAU_IP_TEXT];
    sceau_ip_format(&network->address, address);
    text_string(t, address);
    if (network->prefix != (network->address.version == 4 ? 32 : 128))
        text_format(t, "/%u", network->prefix);
}

/* ADDRESS[@PORT]. */
static bool
parse_server(struct sceau_slice word, void *member)
{
    struct config_server server = {.port = DNS_PORT};
    size_t at = slice_find(word, '@');
    uint64_t port = DNS_PORT;
    if (!sceau_ip_parse(slice_sub(word, 0, at), &server.address))
        return false;
    if (at < word.len &&
        (!slice_decimal(slice_skip(word, at + 1), UINT16_MAX, &port) || port == 0))
        return false;
    server.port = (uint16_t)port;
    memcpy(member, &server, sizeof server);
    return true;
}

static void
format_server(struct text *t, const void *member)
{
    const struct config_server *server = member;
    char address[SCEAU_IP_TEXT];
    sceau_ip_format(&server->address, address);
    text_string(t, address);
    if (server->port != DNS_PORT)
        text_format(t, "@%u", server->port);
}

/* -- names -- */

static bool
parse_domain(struct sceau_arena *arena, struct sceau_slice word, void *member)
{
    struct sceau_slice name;
    return domain_normal(arena, word, &name) && parse_text(name, member);
}

bool
value_address(struct sceau_arena *arena, struct sceau_slice text,
              struct sceau_slice *address)
{
    struct sceau_slice domain;
    size_t at = slice_find_last(text, '@');
    if (at == 0 || at == text.len ||
        !domain_normal(arena, slice_skip(text, at + 1), &domain))
        return false;
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, slice_sub(text, 0, at + 1));
    text_slice(&t, domain);
    *address = text_done(&t);
    return address->ptr != NULL;
}

/* "ann@example.com", or "example.com". */
static bool
parse_address(struct sceau_arena *arena, struct sceau_slice word, void *member)
{
    struct sceau_slice address;
    if (slice_find(word, '@') == word.len)
        return parse_domain(arena, word, member);
    return value_address(arena, word, &address) && parse_text(address, member);
}

/* The text is kept: who opens it reads it again. */
static bool
parse_listener(struct sceau_arena *arena, struct sceau_slice word, void *member)
{
    struct milter_listener listener;
    char error[256];
    (void)arena;
    return milter_listener_parse(word, &listener, error) && parse_text(word, member);
}

/* -- lists -- */

static bool
parse_field_name_item(struct sceau_arena *arena, struct sceau_slice word, void *item)
{
    (void)arena;
    return parse_field_name(word, item);
}

static bool
parse_network_item(struct sceau_arena *arena, struct sceau_slice word, void *item)
{
    (void)arena;
    return parse_network(word, item);
}

static bool
parse_server_item(struct sceau_arena *arena, struct sceau_slice word, void *item)
{
    (void)arena;
    return parse_server(word, item);
}

/* The layout of struct config_words, config_networks and config_servers. */
struct list {
    void *items;
    size_t count;
};

_Static_assert(sizeof(struct list) == sizeof(struct config_words) &&
                   sizeof(struct list) == sizeof(struct config_networks) &&
                   sizeof(struct list) == sizeof(struct config_servers),
               "all lists have one layout");

static const struct list_type {
    enum config_type type;
    size_t item_size;
    bool (*parse)(struct sceau_arena *arena, struct sceau_slice word, void *item);
    void (*format)(struct text *t, const void *item);
} list_types[] = {
    {CONFIG_FIELD_NAMES, sizeof(struct sceau_slice),   parse_field_name_item,
     format_text                                                                            },
    {CONFIG_DOMAINS,     sizeof(struct sceau_slice),   parse_domain,          format_text   },
    {CONFIG_ADDRESSES,   sizeof(struct sceau_slice),   parse_address,         format_text   },
    {CONFIG_NETWORKS,    sizeof(struct ip_network),    parse_network_item,    format_network},
    {CONFIG_SERVERS,     sizeof(struct config_server), parse_server_item,     format_server },
    {CONFIG_LISTENERS,   sizeof(struct sceau_slice),   parse_listener,        format_text   },
};

static const struct list_type *
list_type_of(enum config_type type)
{
    for (size_t i = 0; i < sizeof list_types / sizeof *list_types; i++) {
        if (list_types[i].type == type)
            return &list_types[i];
    }
    return NULL;
}

/* One more item at the end. The room doubles when the count reaches a power of two. */
static bool
list_append(struct sceau_arena *arena, const struct list_type *type,
            struct sceau_slice word, void *member)
{
    struct list list;
    memcpy(&list, member, sizeof list);
    if (list.count >= CONFIG_ITEMS_MAX)
        return false;
    if ((list.count & (list.count - 1)) == 0) {
        size_t room = list.count == 0 ? 1 : list.count * 2;
        void *items = sceau_arena_alloc(arena, room * type->item_size);
        if (items == NULL)
            return false;
        if (list.count > 0)
            memcpy(items, list.items, list.count * type->item_size);
        list.items = items;
    }
    if (!type->parse(arena, word, (char *)list.items + list.count * type->item_size))
        return false;
    list.count++;
    memcpy(member, &list, sizeof list);
    return true;
}

static void
list_format(struct text *t, const struct list_type *type, const void *member)
{
    struct list list;
    memcpy(&list, member, sizeof list);
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            text_octet(t, ' ');
        type->format(t, (const char *)list.items + i * type->item_size);
    }
}

/* -- by type -- */

size_t
value_size(enum config_type type)
{
    switch (type) {
    case CONFIG_TEXT:
    case CONFIG_FILE_NAME:
    case CONFIG_FIELD_NAME: return sizeof(struct sceau_slice);
    case CONFIG_CHOICE: return sizeof(unsigned);
    case CONFIG_YES_NO: return sizeof(bool);
    case CONFIG_NUMBER:
    case CONFIG_SIZE:
    case CONFIG_TIME: return sizeof(uint64_t);
    case CONFIG_DATE: return sizeof(int64_t);
    case CONFIG_FIELD_NAMES:
    case CONFIG_DOMAINS:
    case CONFIG_ADDRESSES:
    case CONFIG_NETWORKS:
    case CONFIG_SERVERS:
    case CONFIG_LISTENERS: return sizeof(struct list);
    }
    return 0;
}

bool
value_is_list(enum config_type type)
{
    return list_type_of(type) != NULL;
}

bool
value_is_line(enum config_type type)
{
    return type == CONFIG_TEXT || type == CONFIG_FILE_NAME;
}

static bool
parse(struct sceau_arena *arena, const struct config_option *option,
      struct sceau_slice word, void *member)
{
    switch (option->type) {
    case CONFIG_TEXT:
    case CONFIG_FILE_NAME: return word.len >= option->min && parse_text(word, member);
    case CONFIG_FIELD_NAME:
        return word.len >= option->min && parse_field_name(word, member);
    case CONFIG_CHOICE: return parse_choice(option->choices, word, member);
    case CONFIG_YES_NO: return parse_yes_no(word, member);
    case CONFIG_NUMBER: return parse_number(option, word, member);
    case CONFIG_SIZE: return parse_size(option, word, member);
    case CONFIG_TIME: return parse_time(option, word, member);
    case CONFIG_DATE: return parse_date(word, member);
    case CONFIG_FIELD_NAMES:
    case CONFIG_DOMAINS:
    case CONFIG_ADDRESSES:
    case CONFIG_NETWORKS:
    case CONFIG_SERVERS:
    case CONFIG_LISTENERS:
        return list_append(arena, list_type_of(option->type), word, member);
    }
    return false;
}

bool
value_parse(struct sceau_arena *arena, const struct config_option *option,
            struct sceau_slice word, void *member, struct sceau_slice *wanted)
{
    if (parse(arena, option, word, member))
        return true;
    *wanted = value_wanted(arena, option);
    return false;
}

void
value_format(struct text *t, const struct config_option *option, const void *member)
{
    switch (option->type) {
    case CONFIG_TEXT:
    case CONFIG_FILE_NAME:
    case CONFIG_FIELD_NAME: format_text(t, member); return;
    case CONFIG_CHOICE: format_choice(t, option->choices, member); return;
    case CONFIG_YES_NO: text_string(t, *(const bool *)member ? "yes" : "no"); return;
    case CONFIG_NUMBER: {
        uint64_t value;
        memcpy(&value, member, sizeof value);
        text_format(t, "%llu", (unsigned long long)value);
        return;
    }
    case CONFIG_SIZE: format_size(t, member); return;
    case CONFIG_TIME: format_time(t, member); return;
    case CONFIG_DATE: format_date(t, member); return;
    case CONFIG_FIELD_NAMES:
    case CONFIG_DOMAINS:
    case CONFIG_ADDRESSES:
    case CONFIG_NETWORKS:
    case CONFIG_SERVERS:
    case CONFIG_LISTENERS: list_format(t, list_type_of(option->type), member); return;
    }
}

struct sceau_slice
value_wanted(struct sceau_arena *arena, const struct config_option *option)
{
    struct text t = text_new(arena, SIZE_MAX);
    switch (option->type) {
    case CONFIG_TEXT: text_string(&t, "a text"); break;
    case CONFIG_FILE_NAME: text_string(&t, "a file name"); break;
    case CONFIG_FIELD_NAME:
        text_string(&t, "a field name without colon and blanks");
        break;
    case CONFIG_CHOICE: text_format(&t, "one of: %s", option->choices); break;
    case CONFIG_YES_NO: text_string(&t, "yes or no"); break;
    case CONFIG_NUMBER:
        text_format(&t, "a number from %llu to %llu", (unsigned long long)option->min,
                    (unsigned long long)option->max);
        break;
    case CONFIG_SIZE: text_string(&t, "a size in octets, KiB or MiB: 8MiB"); break;
    case CONFIG_TIME:
        text_format(&t, "a time as 90s, 5m or 2h (%llu to %llu seconds)",
                    (unsigned long long)option->min, (unsigned long long)option->max);
        break;
    case CONFIG_DATE: text_string(&t, "a day as 2027-01-01, or never"); break;
    case CONFIG_FIELD_NAMES:
        text_format(&t, "field names without colon, by blanks (at most %u)",
                    CONFIG_ITEMS_MAX);
        break;
    case CONFIG_DOMAINS:
        text_format(&t, "domains, by blanks (at most %u)", CONFIG_ITEMS_MAX);
        break;
    case CONFIG_ADDRESSES:
        text_format(&t, "mail addresses or domains, by blanks (at most %u)",
                    CONFIG_ITEMS_MAX);
        break;
    case CONFIG_NETWORKS:
        text_format(&t, "addresses or networks as 192.0.2.0/24, by blanks (at most %u)",
                    CONFIG_ITEMS_MAX);
        break;
    case CONFIG_SERVERS:
        text_format(&t,
                    "addresses as 192.0.2.1 or 192.0.2.1@5353, by blanks (at most %u)",
                    CONFIG_ITEMS_MAX);
        break;
    case CONFIG_LISTENERS:
        text_string(&t, "listeners as unix:/run/sceau/milter.sock or "
                        "inet:8891@127.0.0.1,role=verify, by blanks");
        break;
    }
    return text_done(&t);
}
