/* Listeners as words: what the configuration and the command line say. */
#include "milter/listener.h"

#include "core/ip.h"
#include "core/text.h"

#include <stdio.h>

#define ERROR_SIZE 256

/* ---- reading ---- */

static bool
copy_word(char *out, size_t size, struct sceau_slice word)
{
    if (word.len == 0 || word.len >= size || memchr(word.ptr, '\0', word.len) != NULL)
        return false;
    memcpy(out, word.ptr, word.len);
    out[word.len] = '\0';
    return true;
}

bool
milter_role_parse(struct sceau_slice word, enum milter_role *role)
{
    static const struct {
        const char *word;
        enum milter_role role;
    } roles[] = {
        {"verify", MILTER_ROLE_VERIFY},
        {"sign",   MILTER_ROLE_SIGN  },
        {"both",   MILTER_ROLE_BOTH  },
    };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (slice_eq(word, sceau_slice_from(roles[i].word))) {
            *role = roles[i].role;
            return true;
        }
    }
    return false;
}

/* Octal digits, at most 0777. */
static bool
parse_mode(struct sceau_slice word, unsigned *mode)
{
    unsigned n = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '7' || n > 0777 / 8)
            return false;
        n = n * 8 + (unsigned)(word.ptr[i] - '0');
    }
    *mode = n;
    return word.len > 0 && n <= 0777;
}

/* "role=verify" and its like. */
static bool
parse_setting(struct milter_listener *l, struct sceau_slice setting, char *error)
{
    size_t equals = slice_find(setting, '=');
    struct sceau_slice name = slice_sub(setting, 0, equals);
    struct sceau_slice value =
        equals < setting.len ? slice_skip(setting, equals + 1) : SLICE_NONE;
    bool is_good = false;
    if (slice_eq(name, SCEAU_SLICE("role")))
        is_good = l->has_role = milter_role_parse(value, &l->role);
    else if (slice_eq(name, SCEAU_SLICE("mode")) && l->is_unix)
        is_good = parse_mode(value, &l->mode);
    else if (slice_eq(name, SCEAU_SLICE("group")) && l->is_unix)
        is_good = copy_word(l->group, sizeof l->group, value);
    else if (slice_eq(name, SCEAU_SLICE("owner")) && l->is_unix)
        is_good = copy_word(l->owner, sizeof l->owner, value);
    if (!is_good)
        snprintf(error, ERROR_SIZE, "%s",
                 l->is_unix
                     ? N_("a listener's settings are role=verify|sign|both, mode=0660, "
                          "owner=NAME, group=NAME")
                     : N_("a listener's settings are role=verify|sign|both"));
    return is_good;
}

static bool
parse_port(struct sceau_slice word, uint16_t *port)
{
    uint64_t n;
    if (!slice_decimal(word, UINT16_MAX, &n))
        return false;
    *port = (uint16_t)n;
    return true;
}

/* "[::1]" without its brackets. */
static struct sceau_slice
without_brackets(struct sceau_slice word)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): octets have a pointer */
    if (word.len > 2 && word.ptr[0] == '[' && word.ptr[word.len - 1] == ']')
        return slice_sub(word, 1, word.len - 2);
    return word;
}

static bool
parse_inet(struct milter_listener *l, struct sceau_slice text, char *error)
{
    size_t at = slice_find(text, '@'), colon = slice_find_last(text, ':');
    struct sceau_slice port = text, address = SCEAU_SLICE("127.0.0.1");
    if (at < text.len) {
        port = slice_sub(text, 0, at);
        address = slice_skip(text, at + 1);
    } else if (colon < text.len) {
        address = slice_sub(text, 0, colon);
        port = slice_skip(text, colon + 1);
    }
    if (slice_eq(address, SCEAU_SLICE("localhost")))
        address = SCEAU_SLICE("127.0.0.1");
    if (sceau_ip_parse(without_brackets(address), &l->address) &&
        parse_port(port, &l->port))
        return true;
    snprintf(error, ERROR_SIZE, "%s",
             N_("a TCP listener is inet:PORT@ADDRESS with an IP address, as "
                "inet:8891@127.0.0.1"));
    return false;
}

static bool
take_prefix(struct sceau_slice *text, const char *prefix)
{
    struct sceau_slice p = sceau_slice_from(prefix);
    if (!slice_starts_ci(*text, p))
        return false;
    *text = slice_skip(*text, p.len);
    return true;
}

bool
milter_listener_parse(struct sceau_slice text, struct milter_listener *l,
                      char error[ERROR_SIZE])
{
    struct sceau_slice rest = text, setting;
    *l = (struct milter_listener){.role = MILTER_ROLE_VERIFY, .fd = -1};
    if (text.ptr == NULL || !slice_next(&rest, ',', &text))
        text = SLICE_NONE;
    if (take_prefix(&text, "unix:") || take_prefix(&text, "local:") ||
        (text.len > 0 && text.ptr[0] == '/')) {
        l->is_unix = true;
        if (!copy_word(l->path, sizeof l->path, text)) {
            snprintf(error, ERROR_SIZE, "%s",
                     N_("a socket's path is empty, or too long"));
            return false;
        }
    } else if (take_prefix(&text, "inet6:") || take_prefix(&text, "inet:")) {
        if (!parse_inet(l, text, error))
            return false;
    } else {
        snprintf(error, ERROR_SIZE, "%s",
                 N_("a listener is unix:PATH or inet:PORT@ADDRESS"));
        return false;
    }
    while (slice_next(&rest, ',', &setting)) {
        if (!parse_setting(l, slice_trim(setting), error))
            return false;
    }
    return true;
}
