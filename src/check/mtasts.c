/* MTA-STS as text: RFC 8461 sections 3.1, 3.2 and the comparison of 4.1. Fetching the file
 * is the probe's. */
#include "mtasts.h"

#include "core/domain.h"
#include "core/text.h"
#include "fields.h"

#define VERSION SCEAU_SLICE("v=STSv1")
#define ID_MAX  32

static const char *const mode_names[] = {
    [MTASTS_NONE] = "none",
    [MTASTS_TESTING] = "testing",
    [MTASTS_ENFORCE] = "enforce",
};

const char *
mtasts_mode_name(enum mtasts_mode mode)
{
    return mode_names[mode];
}

/* ---- the record ---- */

bool
mtasts_is_record(struct sceau_slice text)
{
    return fields_has_version(text, VERSION);
}

/* sts-id = %s"id=" 1*32(ALPHA / DIGIT) */
static bool
is_id(struct sceau_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (!ascii_is_alnum(value.ptr[i]))
            return false;
    }
    return value.len > 0 && value.len <= ID_MAX;
}

enum sceau_status
mtasts_record_parse(struct sceau_slice text, struct sceau_slice *id,
                    struct sceau_diag *diag)
{
    struct fields f = fields_of(text, VERSION);
    *id = SLICE_NONE;
    while (fields_next(&f)) {
        bool is_the_id = slice_eq(f.name, SCEAU_SLICE("id"));
        if (is_the_id ? id->ptr != NULL || !is_id(f.value) : !fields_is_extension(&f)) {
            f.cursor.pos = f.value_at;
            cursor_fail(&f.cursor, is_the_id
                                       ? "one id of 1 to 32 letters and digits"
                                       : "printable text without a blank or \"=\"");
        } else if (is_the_id) {
            *id = f.value;
        }
    }
    if (id->ptr == NULL)
        cursor_fail(&f.cursor, "an id");
    return cursor_status(&f.cursor, diag);
}

/* ---- the policy ---- */

struct policy_reader {
    struct sceau_arena *arena;
    struct mtasts_policy *policy;
    struct sceau_slice *mx;
    bool has_version, has_mode, has_max_age;
    const char *expected; /* why the line at hand is none */
};

/* sts-policy-mx-value = ["*."] Domain */
static bool
take_mx(struct policy_reader *r, struct sceau_slice value)
{
    bool is_wild = value.len > 2 && value.ptr[0] == '*' && value.ptr[1] == '.';
    struct sceau_slice name = is_wild ? slice_skip(value, 2) : value;
    r->expected = N_("a host name, or one behind \"*.\"");
    if (!domain_is_ldh(name) || r->policy->mx_count == MTASTS_MX_MAX)
        return false;
    struct sceau_slice lower = slice_copy_lower(r->arena, value);
    if (lower.ptr == NULL)
        return false;
    r->mx[r->policy->mx_count++] = lower;
    return true;
}

static bool
take_version(struct policy_reader *r, struct sceau_slice value)
{
    r->expected = "STSv1";
    if (r->has_version)
        return true;
    r->has_version = slice_eq(value, SCEAU_SLICE("STSv1"));
    return r->has_version;
}

static bool
take_mode(struct policy_reader *r, struct sceau_slice value)
{
    r->expected = N_("enforce, testing or none");
    for (size_t i = 0; !r->has_mode && i < sizeof mode_names / sizeof *mode_names;
         i++) {
        if (slice_eq(value, sceau_slice_from(mode_names[i]))) {
            r->policy->mode = (enum mtasts_mode)i;
            r->has_mode = true;
        }
    }
    return r->has_mode;
}

/* sts-policy-max-age-value = 1*10(DIGIT), at most 31557600 */
static bool
take_max_age(struct policy_reader *r, struct sceau_slice value)
{
    uint64_t seconds = 0;
    r->expected = N_("0 to 31557600 seconds");
    if (r->has_max_age)
        return true;
    if (value.len == 0 || value.len > 10 ||
        !slice_decimal(value, MTASTS_MAX_AGE_MAX, &seconds))
        return false;
    r->policy->max_age = (uint32_t)seconds;
    r->has_max_age = true;
    return true;
}

static const struct policy_key {
    const char *name;
    bool (*take)(struct policy_reader *r, struct sceau_slice value);
} policy_keys[] = {
    {"version", take_version},
    {"mode",    take_mode   },
    {"max_age", take_max_age},
    {"mx",      take_mx     },
};

/* One line without its end. Unknown keys are extensions: passed over. */
static bool
take_line(struct policy_reader *r, struct sceau_slice line)
{
    size_t colon = slice_find(line, ':');
    struct sceau_slice key = slice_sub(line, 0, colon);
    r->expected = "key: value";
    if (colon == 0 || colon == line.len)
        return false;
    struct sceau_slice value = slice_trim(slice_skip(line, colon + 1));
    for (size_t i = 0; i < sizeof policy_keys / sizeof *policy_keys; i++) {
        if (slice_eq(key, sceau_slice_from(policy_keys[i].name)))
            return policy_keys[i].take(r, value);
    }
    return true;
}

/* What a policy must have. NULL, or what is missing. */
static const char *
judge_whole(const struct policy_reader *r)
{
    if (!r->has_version)
        return N_("a line version: STSv1");
    if (!r->has_mode)
        return N_("a line mode:");
    if (!r->has_max_age)
        return N_("a line max_age:");
    if (r->policy->mx_count == 0 && r->policy->mode != MTASTS_NONE)
        return N_("a line mx:");
    return NULL;
}

static enum sceau_status
refuse(struct sceau_diag *diag, size_t offset, const char *expected)
{
    *diag = (struct sceau_diag){offset, expected};
    return SCEAU_E_SYNTAX;
}

enum sceau_status
mtasts_policy_parse(struct sceau_arena *arena, struct sceau_slice text,
                    struct mtasts_policy *policy, struct sceau_diag *diag)
{
    struct policy_reader r = {.arena = arena, .policy = policy};
    size_t at = 0;
    *policy = (struct mtasts_policy){0};
    if (text.len > MTASTS_POLICY_MAX)
        return SCEAU_E_LIMIT;
    r.mx = sceau_arena_alloc(arena, MTASTS_MX_MAX * sizeof *r.mx);
    if (r.mx == NULL)
        return SCEAU_E_LIMIT;
    policy->mx = r.mx;
    while (at < text.len) {
        struct sceau_slice rest = slice_skip(text, at);
        size_t len = slice_find(rest, '\n');
        struct sceau_slice line = slice_trim(slice_sub(rest, 0, len));
        bool is_end = at + len >= text.len;
        if (line.len == 0 ? !is_end : !take_line(&r, line)) {
            if (policy->mx_count == MTASTS_MX_MAX)
                return SCEAU_E_LIMIT;
            return refuse(diag, at, line.len == 0 ? "key: value" : r.expected);
        }
        at += len + 1;
    }
    const char *missing = judge_whole(&r);
    return missing == NULL ? SCEAU_OK : refuse(diag, text.len, missing);
}

struct sceau_slice
mtasts_policy_format(struct sceau_arena *arena, const struct mtasts_policy *policy)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "version: STSv1\r\nmode: %s\r\n", mode_names[policy->mode]);
    for (size_t i = 0; i < policy->mx_count; i++) {
        text_string(&t, "mx: ");
        text_slice(&t, policy->mx[i]);
        text_string(&t, "\r\n");
    }
    text_format(&t, "max_age: %u\r\n", policy->max_age);
    return text_done(&t);
}

bool
mtasts_covers(const struct mtasts_policy *policy, struct sceau_slice host)
{
    for (size_t i = 0; i < policy->mx_count; i++) {
        struct sceau_slice pattern = policy->mx[i];
        bool is_wild = pattern.ptr[0] == '*';
        struct sceau_slice name = is_wild ? domain_parent(host) : host;
        if (is_wild)
            pattern = slice_skip(pattern, 2);
        if (slice_eq_ci(name, pattern))
            return true;
    }
    return false;
}
