/* `sceau spf tree NAME`: what an SPF record costs, branch by branch (RFC 7208 section
 * 4.6.4). */
#include "core/domain.h"
#include "core/json.h"
#include "spf.h"

#include <time.h>

enum {
    LOOKUPS_NEAR = 9, /* one include more is too many */
    COST_COLUMN = 52,
    ADDRESSES_SHOWN = 4, /* of one term */
};

/* ---- what both commands need ---- */

int
spf_open(struct spf_command *c, const struct cli_call *call)
{
    const char *word = call->operands.items[0];
    int status = environment_open(&c->env, call);
    if (status != 0)
        return status;
    if (!domain_normal(c->env.arena, sceau_slice_from(word), &c->domain)) {
        environment_complain(
            &c->env,
            N_("{name} cannot be a DNS name: labels have 1 to 63 octets, a name 253"),
            sceau_slice_from(word));
        return CLI_EXIT_INPUT;
    }
    sceau_dns_session_init(&c->session, c->env.resolver, c->env.arena, UINT32_MAX);
    c->context = (struct sceau_context){.arena = c->env.arena,
                                        .resolver = &c->session.resolver,
                                        .now = (int64_t)time(NULL)};
    return 0;
}

int
spf_out_of_memory(const struct environment *env)
{
    complain_text(
        env->language,
        "the record and what it includes are larger than this program's memory");
    return CLI_EXIT_UNKNOWN;
}

/* ---- tree -------------------------------------------------------------------------- */

/* Why a record is none. */
static const struct {
    const char *word;
    const char *sentence;
} states[] = {
    [SPFTREE_OK] = {"ok",       ""                                        },
    [SPFTREE_ABSENT] = {"absent",   N_("no SPF record there: permerror")      },
    [SPFTREE_MULTIPLE] = {"multiple", N_("more than one SPF record: permerror") },
    [SPFTREE_SYNTAX] = {"syntax",   N_("the record is broken: permerror")     },
    [SPFTREE_LOOP] = {"loop",     N_("it includes itself: permerror")       },
    [SPFTREE_TROUBLE] = {"trouble",  N_("DNS could not tell")                  },
    [SPFTREE_MESSAGE] = {"message",  N_("depends on the message: not followed")},
    [SPFTREE_CUT] = {"cut",      N_("not read: the tree is too large")     },
};

/* Of a record that something leads to. */
static const char *
state_sentence(const struct environment *env, enum spftree_state state)
{
    return language_text(env->language, states[state].sentence);
}

const char *
spf_own_sentence(const struct environment *env, enum spftree_state state)
{
    if (state == SPFTREE_ABSENT) /* RFC 7208 section 4.5; an include of it: permerror */
        return language_text(env->language, N_("no SPF record there: none"));
    return state_sentence(env, state);
}

static void
put_addresses(struct text *text, const struct environment *env,
              const struct spftree_term *t)
{
    char address[SCEAU_IP_TEXT];
    for (size_t i = 0; i < t->address_count && i < ADDRESSES_SHOWN; i++) {
        sceau_ip_format(&t->addresses[i], address);
        text_format(text, "%s%s", i > 0 ? " " : "", address);
    }
    if (t->address_count > ADDRESSES_SHOWN)
        text_slice(text, ENV_SAY(env, " and {count} more",
                                 LANGUAGE_OURS("count", DECIMAL(t->address_count -
                                                                ADDRESSES_SHOWN))));
}

/* What a term of no record below has to say for itself. */
static struct sceau_slice
term_remark(const struct environment *env, const struct spftree_term *t)
{
    struct text text = text_new(env->arena, SIZE_MAX);
    struct sceau_slice said = SLICE_NONE;
    if (t->is_unreached)
        said = environment_word(env, "behind all: never evaluated");
    else if (t->record != NULL)
        said = sceau_slice_from(state_sentence(env, t->record->state));
    else if (t->depends_on_message)
        said = environment_word(env, "depends on the message");
    else if (t->has_trouble)
        said = environment_word(env, "DNS could not tell");
    else if (t->is_void)
        said =
            ENV_SAY(env, "void: {status}",
                    LANGUAGE_OURS("status",
                                  sceau_slice_from(sceau_dns_status_name(t->status))));
    else if (t->host_count > SCEAU_SPF_NAMES_MAX)
        said = ENV_SAY(env, "{count} hosts, 10 are allowed: permerror",
                       LANGUAGE_OURS("count", DECIMAL(t->host_count)));
    text_slice(&text, said);
    put_addresses(&text, env, t);
    return text_done(&text);
}

static void
print_term(const struct spf_command *c, const struct spftree_record *record,
           const struct spftree_term *t)
{
    struct text text = text_new(c->env.arena, SIZE_MAX);
    struct sceau_slice remark = term_remark(&c->env, t);
    for (unsigned i = 0; i <= record->depth && i < 16; i++)
        text_string(&text, "  ");
    text_escaped(&text, t->term->text);
    if (t->cost > 0 || remark.len > 0) {
        do
            text_octet(&text, ' ');
        while (text.len < COST_COLUMN);
        text_format(&text, "%2.0u", t->cost);
        text_string(&text, remark.len > 0 ? "  " : "");
        text_slice(&text, remark);
    }
    print_line(stdout, text_done(&text));
}

/* Is something in the tree a permerror for every message that gets there? */
static bool
is_broken(const struct spftree *tree)
{
    for (const struct spftree_record *r = tree->root; r != NULL; r = r->next) {
        if (r->state == SPFTREE_ABSENT || r->state == SPFTREE_MULTIPLE ||
            r->state == SPFTREE_SYNTAX || r->state == SPFTREE_LOOP)
            return true;
    }
    return false;
}

static int
tree_status(const struct spftree *tree)
{
    const struct spftree_record *root = tree->root;
    if (root->cost > SCEAU_SPF_TERMS_MAX || root->voids > SCEAU_SPF_VOID_MAX ||
        is_broken(tree))
        return CLI_EXIT_PROBLEM;
    if (tree->has_trouble)
        return CLI_EXIT_UNKNOWN;
    return root->cost >= LOOKUPS_NEAR || root->voids > 0 ? CLI_EXIT_WARNING
                                                         : CLI_EXIT_OK;
}

static void
print_sums(const struct spf_command *c, const struct spftree *tree)
{
    const struct environment *env = &c->env;
    const struct spftree_term *dearest = spftree_dearest(tree);
    const char *sums =
        tree->has_trouble || tree->is_cut
            ? N_("at least {lookups} of {most} lookups, {voids} of {most_voids} void "
                 "lookups")
            : N_("{lookups} of {most} lookups, {voids} of {most_voids} void lookups");
    print_line(stdout,
               ENV_SAY(env, sums, LANGUAGE_OURS("lookups", DECIMAL(tree->root->cost)),
                       LANGUAGE_OURS("most", DECIMAL(SCEAU_SPF_TERMS_MAX)),
                       LANGUAGE_OURS("voids", DECIMAL(tree->root->voids)),
                       LANGUAGE_OURS("most_voids", DECIMAL(SCEAU_SPF_VOID_MAX))));
    if (dearest != NULL && tree->root->cost >= LOOKUPS_NEAR)
        print_line(stdout, ENV_SAY(env, "The dearest branch, with {cost}: {term}",
                                   LANGUAGE_OURS("cost", DECIMAL(dearest->cost)),
                                   LANGUAGE_THEIRS("term", dearest->term->text)));
    if (tree->root->cost > SCEAU_SPF_TERMS_MAX)
        print_line(
            stdout,
            environment_word(env, "Too many: receivers give permerror. Remove what is "
                                  "not in use, or see sceau spf flatten."));
}

static void
print_tree(const struct spf_command *c, const struct spftree *tree)
{
    const struct spftree_record *record = tree->root;
    struct spftree_walk walk = spftree_walk_from(record);
    const struct spftree_term *t;
    struct text head = text_new(c->env.arena, SIZE_MAX);
    text_escaped(&head, record->domain);
    if (record->state != SPFTREE_OK)
        text_format(&head, ": %s", spf_own_sentence(&c->env, record->state));
    if (record->state == SPFTREE_SYNTAX)
        text_slice(&head,
                   ENV_SAY(&c->env, ", octet {octet}: expected {what}",
                           LANGUAGE_OURS("octet", DECIMAL(record->diag.offset)),
                           LANGUAGE_OURS("what",
                                         environment_word(&c->env,
                                                          record->diag.expected))));
    print_line(stdout, text_done(&head));
    while ((t = spftree_walk_next(&walk, &record)) != NULL)
        print_term(c, record, t);
    print_sums(c, tree);
}

static void
json_term(struct json *j, const struct spftree_record *record,
          const struct spftree_term *t)
{
    char address[SCEAU_IP_TEXT];
    json_open(j, '{');
    json_key_slice(j, "record", record->domain);
    json_key_slice(j, "term", t->term->text);
    json_key_number(j, "depth", record->depth);
    json_key_number(j, "cost", t->cost);
    json_key_number(j, "void_lookups", t->voids);
    json_key_bool(j, "is_void", t->is_void);
    json_key_bool(j, "is_reached", !t->is_unreached);
    json_key_string(j, "leads_to",
                    t->record == NULL ? NULL : states[t->record->state].word);
    json_key(j, "addresses");
    json_open(j, '[');
    for (size_t i = 0; i < t->address_count; i++) {
        sceau_ip_format(&t->addresses[i], address);
        json_text(j, address);
    }
    json_close(j, ']');
    json_close(j, '}');
}

static void
print_tree_json(const struct spf_command *c, const struct spftree *tree)
{
    const struct spftree_record *record = tree->root;
    struct spftree_walk walk = spftree_walk_from(record);
    const struct spftree_term *t;
    struct json j = json_new(c->env.arena);
    json_open(&j, '{');
    json_key_slice(&j, "name", record->domain);
    json_key_string(&j, "state", states[record->state].word);
    json_key_slice(&j, "record", record->text);
    json_key_number(&j, "lookups", record->cost);
    json_key_number(&j, "void_lookups", record->voids);
    json_key_bool(&j, "is_complete", !tree->has_trouble && !tree->is_cut);
    json_key(&j, "terms");
    json_open(&j, '[');
    while ((t = spftree_walk_next(&walk, &record)) != NULL)
        json_term(&j, record, t);
    json_close(&j, ']');
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

int
spf_tree_run(const struct cli_call *call)
{
    struct spf_command c = {0};
    struct spftree tree;
    int status = spf_open(&c, call);
    if (status == 0 && spftree_read(&c.context, c.domain, &tree) != SCEAU_OK)
        status = spf_out_of_memory(&c.env);
    else if (status == 0) {
        status = tree_status(&tree);
        if (call->globals.json)
            print_tree_json(&c, &tree);
        else if (!call->globals.quiet)
            print_tree(&c, &tree);
    }
    environment_close(&c.env);
    return status;
}
