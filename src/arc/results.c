/* Authentication-Results fields of one host, merged into one payload. */
#include "results.h"

#include "authres/authres.h"

/* The results of one field behind those that are there. */
static void
merge(struct text *t, const struct authres *field)
{
    for (size_t i = 0; i < field->result_count; i++) {
        text_string(t, ";\r\n\t");
        text_slice(t, slice_trim(field->results[i].text));
    }
}

struct sceau_slice
arc_results_of(struct sceau_arena *arena, const struct sceau_header *header,
               struct sceau_slice authserv_id)
{
    struct text t = text_new(arena, SIZE_MAX);
    size_t head = 0;
    for (size_t i = 0; i < header->count; i++) {
        const struct sceau_field *field = &header->fields[i];
        struct authres read;
        struct sceau_diag diag;
        if (head > 0 && slice_eq_ci(field->name, SCEAU_SLICE("Received")))
            break;
        if (!slice_eq_ci(field->name, SCEAU_SLICE("Authentication-Results")) ||
            authres_parse(arena, field->body, &read, &diag) != SCEAU_OK ||
            !slice_eq_ci(read.authserv_id, authserv_id))
            continue;
        if (head == 0) {
            text_slice(&t, read.authserv_id);
            head = t.len;
        }
        merge(&t, &read);
    }
    if (head > 0 && t.len == head)
        text_string(&t, "; none"); /* RFC 8601 section 2.2 */
    return head > 0 ? text_done(&t) : SLICE_NONE;
}
