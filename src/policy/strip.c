/* RFC 8601 section 5: a field that claims to be of this host and did not come from a host
 * we trust is deleted, before ours is added. The same goes for our private fields. Other
 * people's Authentication-Results stay: they claim nothing here. */
#include "strip.h"

#include "authres/authres.h"

static const struct sceau_slice results_name = {"Authentication-Results", 22};

/* What makes a field of a watched name one that must go. */
enum watch_rule {
    WATCH_PRIVATE, /* whatever it says: only this host writes it */
    WATCH_SUSPECT, /* unless it says of itself what we would say */
    WATCH_RESULTS, /* when it claims our authserv-id */
};

/* One name of interest and how many fields of it were met. Deletions count by name. */
struct watched {
    struct sceau_slice name;
    enum watch_rule rule;
    size_t seen;
};

struct watch_list {
    struct watched *names;
    size_t count;
};

/* A name listed twice is watched once, under its first entry. */
static void
watch(struct watch_list *list, struct sceau_slice name, enum watch_rule rule)
{
    if (name.len == 0)
        return;
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq_ci(list->names[i].name, name))
            return;
    }
    list->names[list->count++] = (struct watched){.name = name, .rule = rule};
}

static bool
watch_list_make(struct sceau_arena *arena, const struct policy_config *config,
                struct watch_list *list)
{
    size_t most = config->private_field_count + 3;
    list->names = sceau_arena_alloc(arena, most * sizeof *list->names);
    if (list->names == NULL)
        return false;
    watch(list, config->fail_field, WATCH_PRIVATE);
    for (size_t i = 0; i < config->private_field_count; i++)
        watch(list, config->private_fields[i], WATCH_PRIVATE);
    watch(list, config->suspect_field, WATCH_SUSPECT);
    watch(list, results_name, WATCH_RESULTS);
    return true;
}

static struct watched *
watch_list_find(struct watch_list *list, struct sceau_slice name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq_ci(list->names[i].name, name))
            return &list->names[i];
    }
    return NULL;
}

/* Reading ids takes memory for each field. It is not the message's: thousands of long fields
 * could fill that, and a full arena must not look like "not ours". */
#define SCRATCH_MEMORY ((size_t)1024 * 1024)

static bool
speaks_for_us(struct sceau_arena *scratch, const struct policy_config *config,
              struct sceau_slice authserv_id, enum watch_rule rule,
              const struct sceau_field *field)
{
    switch (rule) {
    case WATCH_PRIVATE: return true;
    case WATCH_SUSPECT:
        return !slice_eq_ci(slice_trim(field->body), config->suspect_value);
    case WATCH_RESULTS:
        sceau_arena_clear(scratch);
        return authserv_id.len > 0 &&
               authres_is_from(scratch, field->body, authserv_id);
    }
    return true;
}

enum sceau_status
policy_strip(struct sceau_arena *arena, const struct policy_config *config,
             struct sceau_slice authserv_id, bool from_trusted,
             const struct sceau_header *header,
             const struct policy_removed_field **removed, size_t *removed_count,
             bool *ours_stay)
{
    struct watch_list list = {0};
    struct policy_removed_field *gone =
        sceau_arena_alloc(arena, (header->count + 1) * sizeof *gone);
    struct sceau_arena *scratch = sceau_arena_new(SCRATCH_MEMORY);
    size_t count = 0;
    *removed = gone;
    *removed_count = 0;
    *ours_stay = false;
    if (gone == NULL || scratch == NULL || !watch_list_make(arena, config, &list)) {
        sceau_arena_free(scratch);
        return SCEAU_E_LIMIT;
    }
    for (size_t i = 0; i < header->count; i++) {
        const struct sceau_field *field = &header->fields[i];
        struct watched *watched = watch_list_find(&list, field->name);
        if (watched == NULL)
            continue;
        watched->seen++;
        if (!speaks_for_us(scratch, config, authserv_id, watched->rule, field))
            continue;
        if (!from_trusted)
            gone[count++] = (struct policy_removed_field){field->name, watched->seen};
        else if (watched->rule == WATCH_RESULTS)
            *ours_stay = true;
    }
    *removed_count = count;
    sceau_arena_free(scratch);
    return SCEAU_OK;
}
