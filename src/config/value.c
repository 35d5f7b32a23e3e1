/* The types of values: words to typed members and back. Whatever value_format writes,
 * value_parse reads back to the same member. */
#include "value.h"

#include "core/date.h"
#include "core/domain.h"
#include "language/language.h"
#include "milter/listener.h"

#define DAY      86400
#define KIB      ((uint64_t)1024)
#define DNS_PORT 53

/* Enums are stored through an unsigned: gcc and clang give them that size. */
_Static_assert(sizeof(enum policy_mode) == sizeof(unsigned) &&
                   sizeof(enum sceau_dmarc_discovery) == sizeof(unsigned) &&
                   sizeof(enum policy_rewrite_from) == sizeof(unsigned) &&
                   sizeof(enum policy_owner_check) == sizeof(unsigned) &&
                   sizeof(enum policy_algorithms) == sizeof(unsigned) &&
                   sizeof(enum policy_canonicalization) == sizeof(unsigned) &&
                   sizeof(enum policy_long_lines) == sizeof(unsigned) &&
                   sizeof(enum policy_sign_error) == sizeof(unsigned) &&
                   sizeof(enum config_on_error) == sizeof(unsigned) &&
                   sizeof(enum config_privacy) == sizeof(unsigned) &&
                   sizeof(enum config_original) == sizeof(unsigned) &&
                   sizeof(enum redact_level) == sizeof(unsigned) &&
                   sizeof(enum config_log_format) == sizeof(unsigned) &&
                   sizeof(enum config_spf_end) == sizeof(unsigned) &&
                   sizeof(enum config_request) == sizeof(unsigned) &&
                   sizeof(enum config_alignment) == sizeof(unsigned),
               "an enum is as large as unsigned");

/* A value as it is written, and the option that it is for. */
struct word {
    struct sceau_arena *arena;
    const struct config_option *option;
    struct sceau_slice text;
};

/* -- single values: word to member, member to text -- */

static bool
keep_text(struct sceau_slice text, void *member)
{
    memcpy(member, &text, sizeof text);
    return true;
}

static bool
parse_text(const struct word *word, void *member)
{
    return word->text.len >= word->option->min && keep_text(word->text, member);
}

/* Blanks, "#" and quotes would end it too early or begin something else. */
static void
format_text(struct text *t, const struct config_option *option, const void *member)
{
    struct sceau_slice s;
    (void)option;
    memcpy(&s, member, sizeof s);
    bool needs_quotes = slice_trim(s).len != s.len;
    for (size_t i = 0; i < s.len; i++)
        needs_quotes |= s.ptr[i] == '#' || s.ptr[i] == '"' || s.ptr[i] == '\\';
    if (needs_quotes)
        text_quoted(t, s);
    else
        text_slice(t, s);
}

/* ftext of RFC 5322 section 3.6.8. */
static bool
parse_field_name(const struct word *word, void *member)
{
    for (size_t i = 0; i < word->text.len; i++) {
        char c = word->text.ptr[i];
        if (c <= ' ' || c > '~' || c == ':')
            return false;
    }
    return parse_text(word, member);
}

static bool
parse_choice(const struct word *word, void *member)
{
    struct sceau_slice rest = sceau_slice_from(word->option->choices), choice;
    for (unsigned i = 0; slice_next(&rest, ' ', &choice); i++) {
        if (slice_eq(choice, word->text)) {
            memcpy(member, &i, sizeof i);
            return true;
        }
    }
    return false;
}

static void
format_choice(struct text *t, const struct config_option *option, const void *member)
{
    unsigned value;
    memcpy(&value, member, sizeof value);
    struct sceau_slice rest = sceau_slice_from(option->choices), choice;
    for (unsigned i = 0; slice_next(&rest, ' ', &choice); i++) {
        if (i == value)
            text_slice(t, choice);
    }
}

static bool
parse_yes_no(const struct word *word, void *member)
{
    bool is_yes = slice_eq(word->text, SCEAU_SLICE("yes"));
    *(bool *)member = is_yes;
    return is_yes || slice_eq(word->text, SCEAU_SLICE("no"));
}

static void
format_yes_no(struct text *t, const struct config_option *option, const void *member)
{
    (void)option;
    text_string(t, *(const bool *)member ? "yes" : "no");
}

/* -- numbers, some with a unit -- */

/* The number in front of the last `unit_octets`, times `unit`, within the option's range. */
static bool
keep_number(const struct word *word, size_t unit_octets, uint64_t unit, void *member)
{
    uint64_t value;
    struct sceau_slice digits = slice_sub(word->text, 0, word->text.len - unit_octets);
    if (!slice_decimal(digits, word->option->max / unit, &value) ||
        value * unit < word->option->min)
        return false;
    value *= unit;
    memcpy(member, &value, sizeof value);
    return true;
}

static uint64_t
number_of(const void *member)
{
    uint64_t value;
    memcpy(&value, member, sizeof value);
    return value;
}

static bool
parse_number(const struct word *word, void *member)
{
    return keep_number(word, 0, 1, member);
}

static void
format_number(struct text *t, const struct config_option *option, const void *member)
{
    (void)option;
    text_decimal(t, number_of(member));
}

/* "8MiB", "64KiB", "4096". */
static bool
parse_size(const struct word *word, void *member)
{
    if (slice_ends_ci(word->text, SCEAU_SLICE("KiB")))
        return keep_number(word, strlen("KiB"), KIB, member);
    if (slice_ends_ci(word->text, SCEAU_SLICE("MiB")))
        return keep_number(word, strlen("MiB"), KIB * KIB, member);
    return keep_number(word, 0, 1, member);
}

static void
format_size(struct text *t, const struct config_option *option, const void *member)
{
    uint64_t value = number_of(member);
    (void)option;
    if (value > 0 && value % (KIB * KIB) == 0)
        text_format(t, "%lluMiB", (unsigned long long)(value / (KIB * KIB)));
    else if (value > 0 && value % KIB == 0)
        text_format(t, "%lluKiB", (unsigned long long)(value / KIB));
    else
        text_decimal(t, value);
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
parse_time(const struct word *word, void *member)
{
    for (size_t i = 0; i < sizeof time_units / sizeof *time_units; i++) {
        size_t len = word->text.len;
        if (len > 0 && word->text.ptr[len - 1] == time_units[i].letter)
            return keep_number(word, 1, time_units[i].seconds, member);
    }
    return keep_number(word, 0, 1, member);
}

static void
format_time(struct text *t, const struct config_option *option, const void *member)
{
    uint64_t value = number_of(member);
    (void)option;
    for (size_t i = 0; i < sizeof time_units / sizeof *time_units; i++) {
        const struct time_unit *unit = &time_units[i];
        if (value % unit->seconds == 0 && (value > 0 || unit->seconds == 1)) {
            text_format(t, "%llu%c", (unsigned long long)(value / unit->seconds),
                        unit->letter);
            return;
        }
    }
}

/* -- dates -- */

/* "2027-01-01", or "never". */
static bool
parse_date(const struct word *word, void *member)
{
    int64_t value = INT64_MAX;
    if (!slice_eq(word->text, SCEAU_SLICE("never")) && !date_parse(word->text, &value))
        return false;
    memcpy(member, &value, sizeof value);
    return true;
}

static void
format_date(struct text *t, const struct config_option *option, const void *member)
{
    int64_t value;
    (void)option;
    memcpy(&value, member, sizeof value);
    if (value == INT64_MAX)
        text_string(t, "never");
    else
        date_format(t, value);
}

/* -- addresses -- */

static bool
parse_network(const struct word *word, void *member)
{
    struct ip_network network = {0};
    if (!ip_network_parse(word->text, &network))
        return false;
    memcpy(member, &network, sizeof network);
    return true;
}

static void
format_network(struct text *t, const struct config_option *option, const void *member)
{
    const struct ip_network *network = member;
    char address[SCEAU_IP_TEXT];
    (void)option;
    sceau_ip_format(&network->address, address);
    text_string(t, address);
    if (network->prefix != (network->address.version == 4 ? 32 : 128))
        text_format(t, "/%u", network->prefix);
}

/* ADDRESS[@PORT]. */
static bool
parse_server(const struct word *word, void *member)
{
    struct config_server server = {.port = DNS_PORT};
    size_t at = slice_find(word->text, '@');
    uint64_t port = DNS_PORT;
    if (!sceau_ip_parse(slice_sub(word->text, 0, at), &server.address))
        return false;
    if (at < word->text.len &&
        (!slice_decimal(slice_skip(word->text, at + 1), UINT16_MAX, &port) ||
         port == 0))
        return false;
    server.port = (uint16_t)port;
    memcpy(member, &server, sizeof server);
    return true;
}

static void
format_server(struct text *t, const struct config_option *option, const void *member)
{
    const struct config_server *server = member;
    char address[SCEAU_IP_TEXT];
    (void)option;
    sceau_ip_format(&server->address, address);
    text_string(t, address);
    if (server->port != DNS_PORT)
        text_format(t, "@%u", server->port);
}

/* -- names -- */

static bool
parse_domain(const struct word *word, void *member)
{
    struct sceau_slice name;
    return domain_normal(word->arena, word->text, &name) && keep_text(name, member);
}

/* The same, or nothing. */
static bool
parse_domain_or_none(const struct word *word, void *member)
{
    return word->text.len == 0 ? keep_text(word->text, member)
                               : parse_domain(word, member);
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

/* "ann@example.com" without blanks, or nothing. */
static bool
parse_mailbox_or_none(const struct word *word, void *member)
{
    struct sceau_slice address = word->text;
    for (size_t i = 0; i < word->text.len; i++) {
        if ((unsigned char)word->text.ptr[i] <= ' ' || word->text.ptr[i] == 0x7f)
            return false;
    }
    return (word->text.len == 0 || value_address(word->arena, word->text, &address)) &&
           keep_text(address, member);
}

/* "ann@example.com", or "example.com". */
static bool
parse_address(const struct word *word, void *member)
{
    struct sceau_slice address;
    if (slice_find(word->text, '@') == word->text.len)
        return parse_domain(word, member);
    return value_address(word->arena, word->text, &address) &&
           keep_text(address, member);
}

/* A name as in a zone file: "mail", "mx.example.net.", "@". */
static bool
keep_name(struct sceau_arena *arena, struct sceau_slice text, struct sceau_slice *name)
{
    bool is_absolute = text.len > 1 && text.ptr[text.len - 1] == '.';
    if (slice_eq(text, SCEAU_SLICE("@"))) {
        *name = text;
        return true;
    }
    if (!domain_normal(arena, text, name))
        return false;
    if (!is_absolute)
        return true;
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, *name);
    text_octet(&t, '.');
    *name = text_done(&t);
    return name->ptr != NULL;
}

static bool
parse_name(const struct word *word, void *member)
{
    struct sceau_slice name;
    return keep_name(word->arena, word->text, &name) && keep_text(name, member);
}

/* "mail=192.0.2.1,2001:db8::1"; of a sending name also the name alone. */
static bool
parse_host(const struct word *word, void *member)
{
    struct config_host host = {.count = 0};
    size_t equals = slice_find(word->text, '=');
    struct sceau_slice rest = slice_skip(word->text, equals), part;
    struct ip_network *networks =
        sceau_arena_alloc(word->arena, (rest.len / 2 + 1) * sizeof *networks);
    if (networks == NULL ||
        !keep_name(word->arena, slice_sub(word->text, 0, equals), &host.name))
        return false;
    rest = rest.len > 0 ? slice_skip(rest, 1) : SLICE_NONE;
    while (rest.ptr != NULL && slice_next(&rest, ',', &part)) {
        if (!ip_network_parse(part, &networks[host.count++]))
            return false;
    }
    host.addresses = networks;
    memcpy(member, &host, sizeof host);
    return true;
}

static void
format_host(struct text *t, const struct config_option *option, const void *member)
{
    const struct config_host *host = member;
    text_slice(t, host->name);
    for (size_t i = 0; i < host->count; i++) {
        text_octet(t, i == 0 ? '=' : ',');
        format_network(t, option, &host->addresses[i]);
    }
}

/* "smtp", "smtp=20". */
static bool
parse_mx(const struct word *word, void *member)
{
    struct config_mx mx = {.preference = 10};
    size_t equals = slice_find(word->text, '=');
    uint64_t preference = mx.preference;
    if (!keep_name(word->arena, slice_sub(word->text, 0, equals), &mx.name) ||
        (equals < word->text.len &&
         !slice_decimal(slice_skip(word->text, equals + 1), UINT16_MAX, &preference)))
        return false;
    mx.preference = (uint16_t)preference;
    memcpy(member, &mx, sizeof mx);
    return true;
}

static void
format_mx(struct text *t, const struct config_option *option, const void *member)
{
    const struct config_mx *mx = member;
    (void)option;
    text_slice(t, mx->name);
    text_format(t, "=%u", mx->preference);
}

/* The text is kept: who opens it reads it again. */
static bool
parse_listener(const struct word *word, void *member)
{
    struct milter_listener listener;
    char error[256];
    return milter_listener_parse(word->text, &listener, error) &&
           keep_text(word->text, member);
}

static bool
parse_bare_word(const struct word *word, void *member)
{
    return word->text.len > 0 && keep_text(word->text, member);
}

/* -- the types -- */

/* {least}, {most}, {choices} and {items} of `wanted` are the option's. */
static const struct kind {
    size_t size; /* of the member; of a list: of an item */
    bool is_list;
    bool (*parse)(const struct word *word, void *member);
    void (*format)(struct text *t, const struct config_option *option,
                   const void *member);
    const char *wanted;
} kinds[] = {
    [CONFIG_TEXT] = {sizeof(struct sceau_slice),   false, parse_text,            format_text,
                     N_("a text")                                                                                                           },
    [CONFIG_FILE_NAME] = {sizeof(struct sceau_slice),   false, parse_text,            format_text,
                     N_("a file name")                                                                                                      },
    [CONFIG_DOMAIN] = {sizeof(struct sceau_slice),   false, parse_domain_or_none,
                     format_text,                                                                N_("a domain")                             },
    [CONFIG_MAILBOX] = {sizeof(struct sceau_slice),   false, parse_mailbox_or_none,
                     format_text,                                                                N_("a mail address")                       },
    [CONFIG_FIELD_NAME] = {sizeof(struct sceau_slice),   false, parse_field_name,
                     format_text,                                                                N_("a field name without colon and blanks")},
    [CONFIG_CHOICE] = {sizeof(unsigned),             false, parse_choice,          format_choice,
                     N_("one of: {choices}")                                                                                                },
    [CONFIG_YES_NO] = {sizeof(bool),                 false, parse_yes_no,          format_yes_no,
                     N_("yes or no")                                                                                                        },
    [CONFIG_NUMBER] = {sizeof(uint64_t),             false, parse_number,          format_number,
                     N_("a number from {least} to {most}")                                                                                  },
    [CONFIG_SIZE] = {sizeof(uint64_t),             false, parse_size,            format_size,
                     N_("a size in octets, KiB or MiB: 8MiB")                                                                               },
    [CONFIG_TIME] = {sizeof(uint64_t),             false, parse_time,            format_time,
                     N_("a time as 90s, 5m or 2h ({least} to {most} seconds)")                                                              },
    [CONFIG_DATE] = {sizeof(int64_t),              false, parse_date,            format_date,
                     N_("a day as 2027-01-01, or never")                                                                                    },
    [CONFIG_FIELD_NAMES] =
        {sizeof(struct sceau_slice),   true,  parse_field_name,      format_text,
                     N_("field names without colon, by blanks (at most {items})")                                                           },
    [CONFIG_DOMAINS] = {sizeof(struct sceau_slice),   true,  parse_domain,          format_text,
                     N_("domains, by blanks (at most {items})")                                                                             },
    [CONFIG_ADDRESSES] = {sizeof(struct sceau_slice),   true,  parse_address,         format_text,
                     N_("mail addresses or domains, by blanks (at most {items})")                                                           },
    [CONFIG_NETWORKS] =
        {sizeof(struct ip_network),    true,  parse_network,         format_network,
                     N_("addresses or networks as 192.0.2.0/24, by blanks (at most {items})")                                               },
    [CONFIG_SERVERS] =
        {sizeof(struct config_server), true,  parse_server,          format_server,
                     N_("addresses as 192.0.2.1 or 192.0.2.1@5353, by blanks (at most {items})")                                            },
    [CONFIG_NAMES] =
        {sizeof(struct sceau_slice),   true,  parse_name,            format_text,
                     N_("names as in a zone file (mail, mx.example.net. or @), by blanks (at most {items})")                                },
    [CONFIG_HOSTS] =
        {sizeof(struct config_host),   true,  parse_host,            format_host,
                     N_("hosts as mail=192.0.2.1,2001:db8::1, by blanks (at most {items})")                                                 },
    [CONFIG_MXS] = {sizeof(struct config_mx),     true,  parse_mx,              format_mx,
                     N_("names as smtp or smtp=20, by blanks (at most {items})")                                                            },
    [CONFIG_LISTENERS] =
        {sizeof(struct sceau_slice),   true,  parse_listener,        format_text,
                     N_("listeners such as unix:/run/sceau/milter.sock or inet:8891@127.0.0.1,role=verify, by blanks")                      },
    [CONFIG_WORDS] = {sizeof(struct sceau_slice),   true,  parse_bare_word,       format_text,
                     N_("words, by blanks (at most {items})")                                                                               },
};

/* -- lists -- */

/* The layout of struct config_words and of all lists beside it. */
struct list {
    void *items;
    size_t count;
};

_Static_assert(sizeof(struct list) == sizeof(struct config_words) &&
                   sizeof(struct list) == sizeof(struct config_networks) &&
                   sizeof(struct list) == sizeof(struct config_servers) &&
                   sizeof(struct list) == sizeof(struct config_hosts) &&
                   sizeof(struct list) == sizeof(struct config_mxs),
               "all lists have one layout");

/* One more item at the end. The room doubles when the count reaches a power of two. */
static bool
list_append(const struct kind *kind, const struct word *word, void *member)
{
    struct list list;
    memcpy(&list, member, sizeof list);
    if (list.count >= CONFIG_ITEMS_MAX)
        return false;
    if ((list.count & (list.count - 1)) == 0) {
        size_t room = list.count == 0 ? 1 : list.count * 2;
        void *items = sceau_arena_alloc(word->arena, room * kind->size);
        if (items == NULL)
            return false;
        if (list.count > 0)
            memcpy(items, list.items, list.count * kind->size);
        list.items = items;
    }
    if (!kind->parse(word, (char *)list.items + list.count * kind->size))
        return false;
    list.count++;
    memcpy(member, &list, sizeof list);
    return true;
}

static void
list_format(struct text *t, const struct kind *kind, const struct config_option *option,
            const void *member)
{
    struct list list;
    memcpy(&list, member, sizeof list);
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            text_octet(t, ' ');
        kind->format(t, option, (const char *)list.items + i * kind->size);
    }
}

/* -- the interface -- */

size_t
value_size(enum config_type type)
{
    return kinds[type].is_list ? sizeof(struct list) : kinds[type].size;
}

bool
value_is_list(enum config_type type)
{
    return kinds[type].is_list;
}

bool
value_is_line(enum config_type type)
{
    return type == CONFIG_TEXT || type == CONFIG_FILE_NAME;
}

bool
value_parse(struct sceau_arena *arena, const struct config_option *option,
            struct sceau_slice text, void *member)
{
    const struct kind *kind = &kinds[option->type];
    const struct word word = {arena, option, text};
    return kind->is_list ? list_append(kind, &word, member)
                         : kind->parse(&word, member);
}

void
value_format(struct text *t, const struct config_option *option, const void *member)
{
    const struct kind *kind = &kinds[option->type];
    if (kind->is_list)
        list_format(t, kind, option, member);
    else
        kind->format(t, option, member);
}

static struct sceau_slice
number_text(struct sceau_arena *arena, uint64_t number)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_decimal(&t, number);
    return text_done(&t);
}

struct sceau_slice
value_wanted(struct sceau_arena *arena, enum language language,
             const struct config_option *option)
{
    const struct language_word words[] = {
        LANGUAGE_OURS("least", number_text(arena, option->min)),
        LANGUAGE_OURS("most", number_text(arena, option->max)),
        LANGUAGE_OURS("choices", sceau_slice_from(option->choices)),
        LANGUAGE_OURS("items", number_text(arena, CONFIG_ITEMS_MAX)),
    };
    return language_sentence(arena, language, kinds[option->type].wanted, words,
                             sizeof words / sizeof *words);
}
