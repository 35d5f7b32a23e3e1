/* Whether this machine can validate DNSSEC: the file of trust anchors, tried on the keys that
 * it names. */
#include "check.h"

#include <errno.h>
#include <string.h>

enum {
    TYPE_RRSIG = 46,
    TYPE_DNSKEY = 48,
    LINE_MAX_OCTETS = 4096,
};

#define ANCHOR_MS 2000 /* a resolver that takes longer does without validation */

/* Is this line of a zone file an anchor? Then its owner. Class and TTL stand anywhere
 * between owner and type. */
static bool
is_anchor(const char *line, struct sceau_slice *owner)
{
    *owner = (struct sceau_slice){line, strcspn(line, " \t;\r\n")};
    const char *at = line + owner->len;
    while (owner->len > 0) {
        at += strspn(at, " \t");
        struct sceau_slice word = {at, strcspn(at, " \t;\r\n")};
        if (word.len == 0)
            return false;
        if (slice_eq_ci(word, SCEAU_SLICE("DS")) ||
            slice_eq_ci(word, SCEAU_SLICE("DNSKEY")))
            return true;
        at += word.len;
    }
    return false;
}

/* The owner of the file's first anchor; else trust says what is wrong. */
static bool
read_anchor(struct environment *env, const char *path, struct check_trust *trust)
{
    char line[LINE_MAX_OCTETS];
    bool is_found = false;
    FILE *file = fopen(path, "r");
    int error = file == NULL ? errno : 0;
    trust->state = CHECK_TRUST_NO_KEY;
    while (file != NULL && !is_found && fgets(line, sizeof line, file) != NULL)
        is_found = is_anchor(line, &trust->owner);
    if (file != NULL && ferror(file) != 0)
        error = errno; /* a folder opens, and cannot be read */
    if (file != NULL)
        fclose(file);
    if (error != 0) {
        bool is_absent = error == ENOENT && strcmp(path, CONFIG_TRUST_ANCHOR) == 0;
        trust->state = is_absent ? CHECK_TRUST_NONE : CHECK_TRUST_UNREADABLE;
        trust->error = error;
    }
    trust->owner = is_found ? slice_copy(env->arena, trust->owner) : SLICE_NONE;
    if (trust->owner.len > 1 && trust->owner.ptr[trust->owner.len - 1] == '.')
        trust->owner.len--;
    return is_found;
}

/* Why the anchor's keys do not validate: a resolver that strips signatures would make every
 * name bogus, and so would a wrong anchor. */
static enum check_trust_state
find_fault(struct environment *env, const struct check_trust *trust)
{
    struct sceau_dns_answer answer;
    env->resolver->lookup(env->resolver, env->arena, trust->owner, TYPE_RRSIG,
                          ANCHOR_MS, &answer);
    if (sceau_dns_is_trouble(answer.status))
        return CHECK_TRUST_SILENT;
    return answer.status == SCEAU_DNS_OK ? CHECK_TRUST_FAILS : CHECK_TRUST_STRIPPED;
}

void
check_open_secure(struct environment *env, struct check_options *options)
{
    struct check_trust *trust = &options->trust;
    struct sceau_dns_answer answer;
    trust->file = env->config.check.trust_anchor;
    if (trust->file.len == 0)
        return;
    char text[LINE_MAX_OCTETS];
    snprintf(text, sizeof text, "%.*s", SLICE_ARG(trust->file));
    if (!read_anchor(env, text, trust))
        return;
    if (environment_open_secure(env, text)) {
        env->secure->lookup(env->secure, env->arena, trust->owner, TYPE_DNSKEY,
                            ANCHOR_MS, &answer);
        if (answer.status == SCEAU_DNS_OK && answer.secure) {
            options->secure = env->secure;
            return;
        }
    }
    trust->state = find_fault(env, trust);
}
