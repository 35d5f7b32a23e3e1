/* Flattening: the tree is walked in the order of evaluation, each network is kept once, and the text is cut into records of a size that travels. */
#include "spfflat.h"

#include "core/text.h"

struct flattener {
    struct sceau_arena *arena;
    const struct spftree *tree;
    struct spfflat *flat;
    struct spfflat_part *parts;
    bool is_ordered; /* a term that does not pass stands among them */
    bool is_full;
};

/* ---- from the tree to parts --------------------------------------------------------- */

static void
add_part(struct flattener *f, const struct spftree_term *kept,
         const struct sceau_ip *address, unsigned prefix)
{
    if (f->flat->count == SPFFLAT_NETWORKS_MAX) {
        f->is_full = true;
        return;
    }
    struct spfflat_part *part = &f->parts[f->flat->count++];
    *part = (struct spfflat_part){.kept = kept};
    if (address != NULL)
        part->network = (struct ip_network){*address, prefix};
}

static void
add_networks(struct flattener *f, const struct spftree_term *t)
{
    const struct spf_term *term = t->term;
    if (term->kind == SPF_IP4 || term->kind == SPF_IP6)
        add_part(f, NULL, &term->network,
                 term->kind == SPF_IP4 ? term->ip4_prefix : term->ip6_prefix);
    for (size_t i = 0; i < t->address_count; i++)
        add_part(f, NULL, &t->addresses[i],
                 t->addresses[i].version == 4 ? term->ip4_prefix : term->ip6_prefix);
}

static void
copy_ttl(struct flattener *f, const struct spftree_record *record)
{
    if (f->flat->ttl == 0 || record->ttl < f->flat->ttl)
        f->flat->ttl = record->ttl;
}

/* All that passes below an include or a redirect. */
static void
add_record(struct flattener *f, const struct spftree_record *record)
{
    struct spftree_walk walk = spftree_walk_from(record);
    const struct spftree_term *t;
    copy_ttl(f, record);
    while ((t = spftree_walk_next(&walk, &record)) != NULL) {
        if (t->record != NULL)
            copy_ttl(f, t->record);
        else if (!t->is_unreached)
            add_networks(f, t);
    }
}

/* One term of the record at the root. */
static void
add_term(struct flattener *f, const struct spftree_term *t)
{
    enum spf_term_kind kind = t->term->kind;
    bool is_pass = t->term->qualifier == SCEAU_SPF_PASS;
    bool is_include = kind == SPF_INCLUDE;
    if (t->is_unreached || kind == SPF_ALL || kind == SPF_REDIRECT)
        return; /* the end of the record: end_of() */
    if (is_pass && (kind == SPF_IP4 || kind == SPF_IP6))
        add_networks(f, t);
    else if (is_pass && is_include && t->record != NULL && t->record->is_plain)
        add_record(f, t->record);
    else if (is_pass && t->is_plain && (kind == SPF_A || kind == SPF_MX)) {
        copy_ttl(f, f->tree->root);
        add_networks(f, t);
    } else {
        add_part(f, t, NULL, 0);
        f->flat->cost += t->cost;
        f->is_ordered |= !is_pass;
    }
}

/* ---- networks ---------------------------------------------------------------------- */

static bool
is_inside(const struct ip_network *inner, const struct ip_network *outer)
{
    return inner->prefix >= outer->prefix &&
           ip_in_network(&inner->address, &outer->address, outer->prefix);
}

/* Does another network of the record hold this one? Of equal ones the first stays. */
static bool
is_covered(const struct flattener *f, size_t at)
{
    const struct ip_network *network = &f->parts[at].network;
    for (size_t i = 0; i < f->flat->count; i++) {
        const struct ip_network *wide = &f->parts[i].network;
        if (i != at && f->parts[i].kept == NULL && is_inside(network, wide) &&
            (i < at || !is_inside(wide, network)))
            return true;
    }
    return false;
}

/* Where the order matters, nothing is left out. */
static void
drop_covered(struct flattener *f)
{
    for (size_t i = 0; i < f->flat->count; i++) {
        struct spfflat_part *part = &f->parts[i];
        part->is_covered = part->kept == NULL && !f->is_ordered && is_covered(f, i);
        f->flat->network_count += part->kept == NULL && !part->is_covered;
    }
}

struct sceau_slice
spfflat_network_text(struct sceau_arena *arena, const struct ip_network *network)
{
    char address[SCEAU_IP_TEXT];
    bool is_v4 = network->address.version == 4;
    struct text t = text_new(arena, SIZE_MAX);
    sceau_ip_format(&network->address, address);
    text_format(&t, "%s:%s", is_v4 ? "ip4" : "ip6", address);
    if (network->prefix < (is_v4 ? 32U : 128U))
        text_format(&t, "/%u", network->prefix);
    return text_done(&t);
}

/* ---- from parts to text -------------------------------------------------------------- */

/* "all" with its qualifier: the record's own, or that of the record it redirects to. A
 * redirect that cannot be followed here stays. */
static struct sceau_slice
end_of(struct flattener *f)
{
    const struct spftree_record *record = f->tree->root;
    while (record->parsed->all == NULL && record->parsed->redirect != NULL) {
        const struct spftree_term *t =
            &record->terms[record->parsed->redirect - record->parsed->terms];
        if (t->record == NULL || !t->record->is_plain) {
            f->flat->cost += t->cost;
            return t->term->text;
        }
        record = t->record;
    }
    return record->parsed->all != NULL ? record->parsed->all->text
                                       : SCEAU_SLICE("?all");
}

/* The terms of a redirect count where it stands: at the end. */
static void
add_redirect(struct flattener *f)
{
    const struct spftree_record *root = f->tree->root;
    if (root->parsed->all != NULL || root->parsed->redirect == NULL)
        return;
    const struct spftree_term *t =
        &root->terms[root->parsed->redirect - root->parsed->terms];
    if (t->record != NULL && t->record->is_plain)
        add_record(f, t->record);
}

static struct sceau_slice
part_text(const struct flattener *f, const struct spfflat_part *part)
{
    return part->kept != NULL ? part->kept->term->text
                              : spfflat_network_text(f->arena, &part->network);
}

/* One record with the parts that `is_wanted` names. */
static struct sceau_slice
whole_record(const struct flattener *f, struct sceau_slice end)
{
    struct text t = text_new(f->arena, SIZE_MAX);
    text_string(&t, "v=spf1 ");
    for (size_t i = 0; i < f->flat->count; i++) {
        if (f->parts[i].is_covered)
            continue;
        text_slice(&t, part_text(f, &f->parts[i]));
        text_octet(&t, ' ');
    }
    text_slice(&t, end);
    return text_done(&t);
}

static struct sceau_slice
chunk_name(const struct flattener *f, size_t number)
{
    struct text t = text_new(f->arena, SIZE_MAX);
    text_format(&t, "_spf%zu.", number);
    text_slice(&t, f->tree->root->domain);
    return text_done(&t);
}

/* The records _spf1, _spf2, … that hold the networks. Gives how many. */
static size_t
write_chunks(const struct flattener *f, struct spfflat_record *records)
{
    static const struct sceau_slice end = {"-all", 4};
    struct text t = text_new(f->arena, SIZE_MAX);
    size_t count = 0;
    for (size_t i = 0; i <= f->flat->count; i++) {
        bool is_last = i == f->flat->count;
        if (!is_last && (f->parts[i].kept != NULL || f->parts[i].is_covered))
            continue;
        struct sceau_slice word = is_last ? end : part_text(f, &f->parts[i]);
        if (t.len > 0 &&
            (is_last || t.len + word.len + 1 + end.len > SPFFLAT_RECORD_MAX)) {
            text_slice(&t, end);
            records[count] =
                (struct spfflat_record){chunk_name(f, count + 1), text_done(&t)};
            t = text_new(f->arena, SIZE_MAX);
            count++;
        }
        if (is_last)
            break;
        if (t.len == 0)
            text_string(&t, "v=spf1 ");
        text_slice(&t, word);
        text_octet(&t, ' ');
    }
    return count;
}

/* The domain's own record when its networks stand elsewhere. */
static struct sceau_slice
head_record(const struct flattener *f, const struct spfflat_record *chunks,
            size_t count, struct sceau_slice end)
{
    struct text t = text_new(f->arena, SIZE_MAX);
    text_string(&t, "v=spf1 ");
    for (size_t i = 0; i < count; i++) {
        text_string(&t, "include:");
        text_slice(&t, chunks[i].name);
        text_octet(&t, ' ');
    }
    for (size_t i = 0; i < f->flat->count; i++) {
        if (f->parts[i].kept == NULL)
            continue;
        text_slice(&t, f->parts[i].kept->term->text);
        text_octet(&t, ' ');
    }
    text_slice(&t, end);
    return text_done(&t);
}

static void
write_records(struct flattener *f)
{
    struct spfflat *flat = f->flat;
    struct sceau_slice end = end_of(f);
    struct sceau_slice whole = whole_record(f, end);
    bool is_one = f->is_ordered || whole.len <= SPFFLAT_RECORD_MAX;
    struct spfflat_record *records =
        sceau_arena_alloc(f->arena, (flat->network_count + 1) * sizeof *records);
    f->is_full |= records == NULL || whole.ptr == NULL;
    if (f->is_full)
        return;
    size_t chunks = is_one ? 0 : write_chunks(f, records + 1);
    flat->cost += (unsigned)chunks;
    records[0].name = f->tree->root->domain;
    records[0].text = is_one ? whole : head_record(f, records + 1, chunks, end);
    flat->records = records;
    flat->record_count = chunks + 1;
    for (size_t i = 0; i < flat->record_count; i++)
        f->is_full |= records[i].text.ptr == NULL || records[i].name.ptr == NULL;
}

enum sceau_status
spfflat_make(struct sceau_arena *arena, const struct spftree *tree,
             struct spfflat *flat)
{
    *flat = (struct spfflat){.count = 0};
    struct flattener f = {.arena = arena, .tree = tree, .flat = flat};
    f.parts = sceau_arena_alloc(arena, SPFFLAT_NETWORKS_MAX * sizeof *f.parts);
    if (f.parts == NULL)
        return SCEAU_E_LIMIT;
    flat->parts = f.parts;
    for (size_t i = 0; i < tree->root->parsed->count; i++)
        add_term(&f, &tree->root->terms[i]);
    add_redirect(&f);
    drop_covered(&f);
    write_records(&f);
    return f.is_full ? SCEAU_E_LIMIT : SCEAU_OK;
}

/* ---- drift -------------------------------------------------------------------------- */

static bool
holds(const struct spfflat *flat, const struct ip_network *network)
{
    for (size_t i = 0; i < flat->count; i++) {
        if (flat->parts[i].kept == NULL && is_inside(network, &flat->parts[i].network))
            return true;
    }
    return false;
}

/* What `flat` lets in and `other` does not. */
static enum sceau_status
missing_from(struct sceau_arena *arena, const struct spfflat *flat,
             const struct spfflat *other, const struct ip_network **found,
             size_t *count)
{
    struct ip_network *out =
        sceau_arena_alloc(arena, (flat->network_count + 1) * sizeof *out);
    *found = out;
    *count = 0;
    for (size_t i = 0; out != NULL && i < flat->count; i++) {
        const struct spfflat_part *part = &flat->parts[i];
        if (part->kept == NULL && !part->is_covered && !holds(other, &part->network))
            out[(*count)++] = part->network;
    }
    return out == NULL ? SCEAU_E_LIMIT : SCEAU_OK;
}

enum sceau_status
spfflat_compare(struct sceau_arena *arena, const struct spfflat *left,
                const struct spfflat *right, const struct ip_network **only_left,
                size_t *only_left_count, const struct ip_network **only_right,
                size_t *only_right_count)
{
    enum sceau_status status =
        missing_from(arena, left, right, only_left, only_left_count);
    return status != SCEAU_OK
               ? status
               : missing_from(arena, right, left, only_right, only_right_count);
}
