/* The state file's grammar, and nothing else. */
#include "state.h"

#include "core/cursor.h"
#include "core/domain.h"

/* ---- names ---- */

static const char *const states[] = {
    [KEYS_NEXT] = "next",
    [KEYS_ACTIVE] = "active",
    [KEYS_RETIRING] = "retiring",
    [KEYS_REVOKED] = "revoked",
};

#define STATE_COUNT (sizeof states / sizeof *states)

const char *
keys_state_name(enum keys_state state)
{
    return states[state];
}

const char *
keys_type_name(enum sceau_dkim_algorithm algorithm)
{
    return algorithm == SCEAU_DKIM_ED25519_SHA256 ? "ed25519" : "rsa";
}

bool
keys_type_parse(struct sceau_slice name, enum sceau_dkim_algorithm *algorithm)
{
    bool is_rsa = slice_eq(name, SCEAU_SLICE("rsa"));
    *algorithm = is_rsa ? SCEAU_DKIM_RSA_SHA256 : SCEAU_DKIM_ED25519_SHA256;
    return is_rsa || slice_eq(name, SCEAU_SLICE("ed25519"));
}

/* RFC 6376 section 3.1: selector = sub-domain *( "." sub-domain ); "_" is met as well. No
 * label is empty, so no file's name begins with a dot or holds a slash. */
bool
keys_is_selector(struct sceau_slice selector)
{
    return selector.len <= KEYS_SELECTOR_MAX && domain_is_ldh(selector);
}

/* The times, by the names they have in the file. */
static const struct {
    const char *name;
    size_t offset;
} times[] = {
    {"created",   offsetof(struct keys_key, created)  },
    {"published", offsetof(struct keys_key, published)},
    {"confirmed", offsetof(struct keys_key, confirmed)},
    {"active",    offsetof(struct keys_key, active)   },
    {"retiring",  offsetof(struct keys_key, retiring) },
    {"revoked",   offsetof(struct keys_key, revoked)  },
};

#define TIME_COUNT (sizeof times / sizeof *times)

static int64_t *
time_of(struct keys_key *key, size_t i)
{
    return (int64_t *)(void *)((char *)key + times[i].offset);
}

/* ---- reading ---- */

static bool
is_word(char c)
{
    return c > ' ' && c < 0x7f;
}

static bool
is_name(char c)
{
    return is_word(c) && c != '=';
}

static bool
is_base64(char c)
{
    return ascii_is_alnum(c) || c == '+' || c == '/' || c == '=';
}

static bool
is_not_line_end(char c)
{
    return c != '\n';
}

/* A word, and the blanks behind it. */
static struct sceau_slice
take_word(struct cursor *c)
{
    struct sceau_slice word = cursor_take_while(c, is_word);
    cursor_skip_wsp(c);
    return word;
}

/* Fail where the word began: there a person looks. */
static void
fail_at(struct cursor *c, size_t pos, const char *expected)
{
    if (cursor_ok(c))
        c->pos = pos;
    cursor_fail(c, expected);
}

static void
parse_selector(struct cursor *c, struct keys_key *key)
{
    size_t at = c->pos;
    key->selector = take_word(c);
    if (!keys_is_selector(key->selector))
        fail_at(c, at, "a selector");
}

static void
parse_state(struct cursor *c, struct keys_key *key)
{
    size_t at = c->pos, i = 0;
    struct sceau_slice word = take_word(c);
    while (i < STATE_COUNT && !slice_eq(word, sceau_slice_from(states[i])))
        i++;
    if (i < STATE_COUNT)
        key->state = (enum keys_state)i;
    else
        fail_at(c, at, "next, active, retiring or revoked");
}

static void
parse_type(struct cursor *c, struct keys_key *key)
{
    size_t at = c->pos;
    if (!keys_type_parse(take_word(c), &key->algorithm))
        fail_at(c, at, "rsa or ed25519");
    at = c->pos;
    key->bits = cursor_decimal(c, 1, SCEAU_DKIM_RSA_BITS_MAX);
    if (is_name((char)cursor_peek(c)))
        fail_at(c, at, "the number of bits");
    cursor_skip_wsp(c);
}

static void
parse_time(struct cursor *c, struct sceau_slice name, struct keys_key *key, size_t at)
{
    size_t i = 0;
    uint64_t value = 0;
    while (i < TIME_COUNT && !slice_eq(name, sceau_slice_from(times[i].name)))
        i++;
    if (i == TIME_COUNT) {
        fail_at(c, at,
                "created=, published=, confirmed=, active=, retiring=, revoked= "
                "or p=");
        return;
    }
    if (*time_of(key, i) != 0)
        fail_at(c, at, "each field once");
    at = c->pos;
    if (slice_decimal(take_word(c), INT64_MAX, &value) && value > 0)
        *time_of(key, i) = (int64_t)value;
    else
        fail_at(c, at, "seconds since 1970");
}

static void
parse_public_key(struct cursor *c, struct keys_key *key, size_t at)
{
    if (key->public_key.len > 0)
        fail_at(c, at, "each field once");
    key->public_key = cursor_take_while(c, is_base64);
    if (key->public_key.len == 0 || is_word((char)cursor_peek(c)))
        cursor_fail(c, "base64");
    cursor_skip_wsp(c);
}

static void
parse_fields(struct cursor *c, struct keys_key *key)
{
    while (is_word((char)cursor_peek(c))) {
        size_t at = c->pos;
        struct sceau_slice name = cursor_take_while(c, is_name);
        cursor_expect(c, '=', "=");
        if (slice_eq(name, SCEAU_SLICE("p")))
            parse_public_key(c, key, at);
        else
            parse_time(c, name, key, at);
    }
    if (cursor_ok(c) && (key->public_key.len == 0 || key->created == 0))
        cursor_fail(c, "created= and p=");
}

/* One selector once, and one active key of a type: else it would be chance which one
 * signs. */
static void
check_against(struct cursor *c, size_t at, const struct keys_domain *before,
              const struct keys_key *key)
{
    if (keys_find(before, key->selector) != NULL)
        fail_at(c, at, "a selector that stands here once");
    if (key->state == KEYS_ACTIVE &&
        keys_in_state(before, KEYS_ACTIVE, key->algorithm) != NULL)
        fail_at(c, at, "one active key of a type");
}

static void
parse_line(struct cursor *c, struct keys_domain *domain)
{
    size_t at = c->pos;
    struct keys_key key = {0};
    parse_selector(c, &key);
    parse_state(c, &key);
    parse_type(c, &key);
    parse_fields(c, &key);
    if (cursor_ok(c) && c->pos < c->in.len && cursor_peek(c) != '\n')
        cursor_fail(c, "the end of the line");
    check_against(c, at, domain, &key);
    if (cursor_ok(c))
        domain->keys[domain->count++] = key;
}

/* Lines that may be keys: what the array needs. */
static size_t
count_lines(struct sceau_slice text)
{
    size_t count = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count < KEYS_PER_DOMAIN_MAX ? count : KEYS_PER_DOMAIN_MAX;
}

enum sceau_status
keys_state_parse(struct sceau_arena *arena, struct sceau_slice text,
                 struct keys_domain *domain, struct sceau_diag *diag)
{
    struct cursor c = cursor_over(text);
    struct keys_domain read = {0};
    size_t room = count_lines(text);
    if (room > 0)
        read.keys = sceau_arena_alloc(arena, room * sizeof *read.keys);
    if (text.len > KEYS_STATE_FILE_MAX || (room > 0 && read.keys == NULL))
        return SCEAU_E_LIMIT;
    while (cursor_ok(&c) && !cursor_at_end(&c)) {
        cursor_skip_wsp(&c);
        if (cursor_peek(&c) == '#')
            cursor_take_while(&c, is_not_line_end);
        else if (c.pos < text.len && cursor_peek(&c) != '\n') {
            if (read.count == room)
                return SCEAU_E_LIMIT;
            parse_line(&c, &read);
        }
        cursor_accept(&c, '\n');
    }
    if (cursor_ok(&c))
        *domain = read;
    return cursor_status(&c, diag);
}

/* ---- writing ---- */

static void
format_key(struct text *t, struct keys_key key)
{
    text_slice(t, key.selector);
    text_format(t, " %s %s %u", states[key.state], keys_type_name(key.algorithm),
                key.bits);
    for (size_t i = 0; i < TIME_COUNT; i++) {
        if (*time_of(&key, i) > 0)
            text_format(t, " %s=%lld", times[i].name, (long long)*time_of(&key, i));
    }
    text_string(t, " p=");
    text_slice(t, key.public_key);
    text_octet(t, '\n');
}

void
keys_state_format(struct text *t, struct sceau_slice name,
                  const struct keys_domain *domain)
{
    text_string(t, "# DKIM keys of ");
    text_slice(t, name);
    text_string(t, ", written by sceau key; other comments are not kept\n");
    for (size_t i = 0; i < domain->count; i++)
        format_key(t, domain->keys[i]);
}

/* ---- questions ---- */

struct keys_key *
keys_find(const struct keys_domain *domain, struct sceau_slice selector)
{
    for (size_t i = 0; i < domain->count; i++) {
        if (slice_eq_ci(domain->keys[i].selector, selector))
            return &domain->keys[i];
    }
    return NULL;
}

struct keys_key *
keys_in_state(const struct keys_domain *domain, enum keys_state state,
              enum sceau_dkim_algorithm algorithm)
{
    struct keys_key *newest = NULL;
    for (size_t i = 0; i < domain->count; i++) {
        struct keys_key *key = &domain->keys[i];
        if (key->state == state && key->algorithm == algorithm &&
            (newest == NULL || key->created >= newest->created))
            newest = key;
    }
    return newest;
}

struct sceau_slice
keys_record(struct sceau_arena *arena, const struct keys_key *key)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "v=DKIM1; k=%s; p=", keys_type_name(key->algorithm));
    text_slice(&t, key->public_key);
    return text_done(&t);
}
