/* Any header block, any verdict, any facts: the decision says nothing that the verdict does
 * not, and nothing of a forger's remains in our name. */
#include "policy.h"

#include "../../tests/fuzz/input.h"
#include "authres/authres.h"
#include "core/text.h"
#include "policy_testing.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sceau_slice our_id = {"mx.receiver.test", 16};

static void
take_header(struct sceau_arena *arena, struct sceau_slice *input,
            struct sceau_header *header)
{
    static const char *const names[] = {"Authentication-Results", "X-DMARC-Fail-Policy",
                                        "X-Spam-Flag", "From",
                                        "authentication-RESULTS "};
    for (unsigned n = input_octet(input) % 16; n > 0; n--) {
        unsigned which = input_octet(input);
        struct sceau_slice name =
            which < 200 ? sceau_slice_from(names[which % 5]) : input_text(input, '\0');
        (void)sceau_header_add(arena, header, name, input_text(input, '\0'));
    }
}

static void
take_verdict(struct sceau_slice *input, struct sceau_verdict *v,
             struct sceau_dkim_outcome dkim[2], struct sceau_arc_set sets[2])
{
    static const struct sceau_dmarc_record record;
    unsigned bits = input_octet(input);
    v->author.status = bits & 1 ? SCEAU_AUTHOR_SYNTAX : SCEAU_AUTHOR_ONE;
    v->author.reason = bits & 1 ? "fuzzed" : NULL;
    if (!(bits & 1))
        v->author.domain = SCEAU_SLICE("example.com");
    v->dmarc.record = bits & 2 ? &record : NULL;
    v->dmarc.result = (enum sceau_dmarc_result)(input_octet(input) % 5);
    v->dmarc.policy = (enum sceau_dmarc_policy)(input_octet(input) % 3);
    v->dmarc.disposition = (enum sceau_dmarc_policy)(input_octet(input) % 3);
    v->dmarc.policy_domain = input_text(input, '\0');
    v->spf_mail_from.result = (enum sceau_spf_result)(input_octet(input) % 7);
    v->spf_mail_from.domain = input_text(input, '\0');
    v->spf_helo.domain = input_text(input, '\0');
    v->dkim_count = input_octet(input) % 3;
    v->dkim = dkim;
    for (size_t i = 0; i < v->dkim_count; i++) {
        dkim[i].result = (enum sceau_dkim_result)(input_octet(input) % 7);
        dkim[i].domain = input_text(input, '\0');
        dkim[i].selector = input_text(input, '\0');
        dkim[i].identity = input_text(input, '\0');
    }
    v->arc.result = (enum sceau_arc_result)(input_octet(input) % 4);
    v->arc.set_count = input_octet(input) % 3;
    v->arc.sets = sets;
    for (size_t i = 0; i < v->arc.set_count; i++) {
        sets[i].instance = (unsigned)i + 1;
        sets[i].seal_domain =
            bits & 4 ? SCEAU_SLICE("lists.test") : input_text(input, '\0');
        sets[i].seal_selector = input_text(input, '\0');
        sets[i].results = input_text(input, '\0');
    }
}

/* Does `word` stand outside quoted strings? They must be closed. */
static bool
says_unquoted(struct sceau_arena *arena, struct sceau_slice line, const char *word)
{
    struct text plain = text_new(arena, SIZE_MAX);
    bool quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '\\' && quoted)
            i++;
        else if (line.ptr[i] == '"')
            quoted = !quoted;
        else if (!quoted)
            text_octet(&plain, line.ptr[i]);
    }
    assert(!quoted);
    struct sceau_slice text = text_done(&plain);
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

static void
check_log(struct sceau_arena *arena, const struct sceau_verdict *v,
          const struct policy_decision *d)
{
    assert(d->log.len > 0 && is_printable(d->log));
    bool says_pass = says_unquoted(arena, d->log, "dmarc=pass");
    assert(says_pass == (v->dmarc.result == SCEAU_DMARC_PASS) || d->log.ptr[0] == '-');
}

static bool
is_removed(const struct policy_decision *d, struct sceau_slice name, size_t nth)
{
    for (size_t i = 0; i < d->removed_count; i++) {
        if (slice_eq_ci(d->removed[i].name, name) && d->removed[i].nth == nth)
            return true;
    }
    return false;
}

/* No field of ours is left but those we add. */
static void
check_delivery(struct sceau_arena *arena, const struct sceau_header *header,
               const struct policy_decision *d)
{
    size_t seen = 0;
    for (size_t i = 0; i < header->count; i++) {
        const struct sceau_field *field = &header->fields[i];
        if (!slice_eq_ci(field->name, SCEAU_SLICE("Authentication-Results")))
            continue;
        seen++;
        assert(is_removed(d, field->name, seen) ==
               authres_is_from(arena, field->body, our_id));
    }
    assert(d->reply.len == 0 && d->added_count >= 1);
    assert(authres_is_from(arena, d->added[0].value, our_id));
    for (size_t i = 1; i < d->removed_count; i++)
        assert(!slice_eq_ci(d->removed[i].name, d->removed[i - 1].name) ||
               d->removed[i].nth > d->removed[i - 1].nth);
}

/* What a decision may not be, whatever the header says. */
static void
check_exceptions(const struct policy_config *config, const struct sceau_verdict *v,
                 const struct policy_decision *d)
{
    bool is_proven = v->spf_mail_from.result == SCEAU_SPF_PASS ||
                     v->spf_helo.result == SCEAU_SPF_PASS;
    for (size_t i = 0; i < v->dkim_count; i++)
        is_proven = is_proven || v->dkim[i].result == SCEAU_DKIM_PASS;
    if (d->is_list_mail)
        assert(is_proven && d->action == POLICY_QUARANTINE && !d->hold);
    if (d->override.type == POLICY_OVERRIDE_TRUSTED_FORWARDER)
        assert(is_proven && d->action == POLICY_ACCEPT);
    if (d->claims_own_domain) /* unless memory failed in between */
        assert(d->action == POLICY_REJECT || !config->refuse_own_domains ||
               d->action == POLICY_TEMPFAIL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct policy_sealer sealer = {
        .domain = {"lists.test", 10},
          .until = INT64_MAX
    };
    static const struct policy_forwarder forwarder = {
        .domain = {"forward.test", 12},
          .until = INT64_MAX
    };
    static const struct sceau_slice own = {"example.com", 11};
    struct sceau_slice input = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_arena *small = NULL;
    struct sceau_header header = {0};
    struct sceau_verdict v = {.header = &header};
    struct sceau_dkim_outcome dkim[2] = {0};
    struct sceau_arc_set sets[2] = {0};
    struct policy_config config;
    struct policy_decision d;
    struct policy_facts facts = {
        .client = {4, {198, 51, 100, 25}}
    };
    if (size > 16 * 1024)
        goto out;
    policy_config_init(&config);
    config.authserv_id = our_id;
    config.sealers = &sealer;
    config.sealer_count = 1;
    config.forwarders = &forwarder;
    config.forwarder_count = 1;
    config.own_domains = (struct policy_names){&own, 1};
    config.mode = (enum policy_mode)(input_octet(&input) % 4);
    config.invalid_from = (enum policy_invalid_from)(input_octet(&input) % 2);
    config.quarantine = (enum policy_quarantine)(input_octet(&input) % 3);
    unsigned switches = input_octet(&input);
    facts.tempfails_so_far = switches % 4;
    config.refuse_own_domains = switches & 64;
    config.refuse_spf_fail = switches & 128;
    size_t ceiling = input_octet(&input);
    facts.queue_id = input_text(&input, '\0');
    take_verdict(&input, &v, dkim, sets);
    take_header(arena, &input, &header);
    /* Odd: little memory for the decision. */
    small = sceau_arena_new(ceiling & 1 ? 64 * ceiling : SCEAU_MESSAGE_MEMORY);
    policy_decide(small, &config, &facts, &v, &d);
    check_log(arena, &v, &d);
    check_exceptions(&config, &v, &d);
    if (d.action == POLICY_REJECT || d.action == POLICY_TEMPFAIL)
        assert(is_refusal(&d));
    else
        check_delivery(arena, &header, &d);
out:
    sceau_arena_free(small);
    sceau_arena_free(arena);
    return 0;
}
