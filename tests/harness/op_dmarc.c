/* The DMARC operations that need no message (RFC 9989, 9990 section 4): a verdict from
 * given SPF and DKIM results, the record in force, external destinations, alignment, the
 * suffix list. */

#include "core/domain.h"
#include "core/text.h"
#include "harness.h"

/* One item of `from` as a mailbox: HARNESS.md allows a bare domain. */
static void
write_mailbox(struct text *from, const json_t *item)
{
    struct sceau_slice text = harness_text(item);
    if (from->len > 0)
        text_string(from, ", ");
    if (slice_find(text, '@') == text.len)
        text_string(from, "postmaster@");
    text_slice(from, text);
}

/* Who a message with this From field would be from. */
static void
find_author(struct harness_case *c, const json_t *from, struct sceau_author *author)
{
    struct text text = text_new(c->inputs, SIZE_MAX);
    struct sceau_header header = {0};
    for (size_t i = 0; i < json_array_size(from); i++)
        write_mailbox(&text, json_array_get(from, i));
    if (!json_is_array(from))
        write_mailbox(&text, from);
    sceau_header_add(c->context.arena, &header, SCEAU_SLICE("From"),
                     text_so_far(&text));
    sceau_author_find(c->context.arena, &header, author);
}

/* A list of {domain, result}; what is no domain identifies nobody. */
static const struct sceau_dmarc_identifier *
read_identifiers(struct harness_case *c, const char *key, size_t *count)
{
    const json_t *list = json_object_get(c->in, key);
    struct sceau_dmarc_identifier *identifiers =
        sceau_arena_alloc(c->inputs, (json_array_size(list) + 1) * sizeof *identifiers);
    *count = 0;
    if (identifiers == NULL)
        return NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        struct sceau_slice result = harness_text(json_object_get(item, "result"));
        struct sceau_dmarc_identifier *identifier = &identifiers[*count];
        if (!domain_normal(c->inputs, harness_text(json_object_get(item, "domain")),
                           &identifier->domain))
            continue;
        identifier->is_pass = slice_eq(result, SCEAU_SLICE("pass"));
        identifier->is_temperror = slice_eq(result, SCEAU_SLICE("temperror"));
        (*count)++;
    }
    return identifiers;
}

json_t *
op_dmarc(struct harness_case *c)
{
    struct sceau_author author;
    struct sceau_dmarc_query query = {.discovery = SCEAU_DMARC_TREEWALK};
    struct sceau_dmarc_outcome outcome = {.result = SCEAU_DMARC_PERMERROR};
    find_author(c, json_object_get(c->in, "from"), &author);
    outcome.reason = author.reason;
    if (author.status == SCEAU_AUTHOR_ONE) {
        query.author = author.domain;
        query.spf = read_identifiers(c, "spf", &query.spf_count);
        query.dkim = read_identifiers(c, "dkim", &query.dkim_count);
        sceau_dmarc_check(&c->context, &query, &outcome);
    }
    return harness_dmarc(&outcome);
}

/* A record as a receiver reads it: each active tag of RFC 9989 with the value in force. */
static json_t *
tags_in_force(struct harness_case *c, const struct sceau_dmarc_record *record)
{
    const struct sceau_dmarc_tag_value *tags;
    size_t count;
    if (sceau_dmarc_record_tags(c->inputs, record, &tags, &count) != SCEAU_OK)
        return harness_fail(c, "no memory left for the tags");
    json_t *object = json_pack("{s:s, s:s}", "rua", "", "ruf", ""); /* without URIs */
    for (size_t i = 0; i < count; i++)
        harness_put(object, tags[i].name, harness_string(tags[i].value));
    return object;
}

/* The record that a message from this domain would be judged by. */
json_t *
op_dmarc_lookup(struct harness_case *c)
{
    struct sceau_dmarc_query query = {.discovery = SCEAU_DMARC_TREEWALK};
    struct sceau_dmarc_outcome outcome = {.result = SCEAU_DMARC_PERMERROR};
    if (!domain_normal(c->inputs, harness_text(json_object_get(c->in, "lookup")),
                       &query.author))
        outcome.reason = "not a domain name";
    else
        sceau_dmarc_check(&c->context, &query, &outcome);
    bool found = outcome.record != NULL;
    bool is_error = outcome.result == SCEAU_DMARC_PERMERROR ||
                    outcome.result == SCEAU_DMARC_TEMPERROR;
    json_t *result = json_object();
    harness_put(result, "found", json_boolean(found));
    harness_put(result, "policy_domain", harness_name(outcome.policy_domain));
    harness_put(result, "record",
                found ? tags_in_force(c, outcome.record) : json_null());
    harness_put(result, "error", harness_word(is_error ? outcome.reason : NULL));
    return result;
}

/* A yes or no under `key`, or why there is none. */
static json_t *
yes_or_no(const char *key, bool is_yes, const char *error)
{
    json_t *result = json_object();
    harness_put(result, key, json_boolean(is_yes && error == NULL));
    harness_put(result, "error", harness_word(error));
    return result;
}

/* The domain that a member of `in` names; false when it is none. */
static bool
read_domain(struct harness_case *c, const char *key, struct sceau_slice *domain)
{
    return domain_normal(c->inputs, harness_text(json_object_get(c->in, key)), domain);
}

json_t *
op_dmarc_extauth(struct harness_case *c)
{
    struct sceau_slice domain, destination;
    bool accepts = false;
    const char *reason = NULL;
    if (!read_domain(c, "domain", &domain) ||
        !read_domain(c, "destination", &destination))
        return yes_or_no("accepts", false, "not a domain name");
    enum sceau_status status =
        sceau_dmarc_external_accepts(&c->context, domain, destination, &accepts, NULL,
                                     &reason);
    if (status == SCEAU_OK)
        reason = NULL;
    else if (reason == NULL)
        reason = "DNS could not tell";
    return yes_or_no("accepts", accepts, reason);
}

json_t *
op_align(struct harness_case *c)
{
    struct sceau_slice a, b;
    struct sceau_slice mode = harness_text(json_object_get(c->in, "mode"));
    bool is_strict = slice_eq(mode, SCEAU_SLICE("s")), is_aligned = false;
    if (!read_domain(c, "a", &a) || !read_domain(c, "b", &b))
        return yes_or_no("aligned", false, "not a domain name");
    enum sceau_status status =
        sceau_dmarc_aligned(&c->context, SCEAU_DMARC_TREEWALK, NULL, a, b,
                            is_strict ? SCEAU_DMARC_STRICT : SCEAU_DMARC_RELAXED,
                            &is_aligned);
    return yes_or_no("aligned", is_aligned,
                     status == SCEAU_OK ? NULL : "DNS could not tell");
}

/* The registrable domain in the letters of the question: U-labels for U-labels. */
json_t *
op_psl(struct harness_case *c)
{
    const char *path = json_string_value(json_object_get(c->in, "psl"));
    struct sceau_slice given = harness_text(json_object_get(c->in, "domain"));
    struct sceau_slice name, organizational = SLICE_NONE;
    const struct sceau_psl *psl = NULL;
    if (path == NULL)
        return harness_fail(c, "in.psl names no list");
    if ((psl = harness_psl(c, path)) == NULL)
        return NULL;
    if (domain_normal(c->inputs, given, &name))
        organizational = sceau_psl_organizational(psl, c->inputs, name);
    if (organizational.len == 0)
        return json_pack("{s:n}", "org");
    struct sceau_slice as_given = domain_last_labels(slice_copy_lower(c->inputs, given),
                                                     domain_labels(organizational));
    return json_pack("{s:o}", "org", json_stringn(as_given.ptr, as_given.len));
}
