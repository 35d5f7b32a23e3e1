/* What src/zone reads out of a master file, for tests/zone/named.py:
 *
 *     zone-dump ORIGIN FILE
 *
 * "error FILE:LINE:COLUMN problem" for each thing refused, "fault NUMBER" for each finding
 * of the lint, else one line for each record that is published: owner, TTL, type and rdata,
 * owner and rdata in hexadecimal digits of their wire form. $INCLUDE opens files as they
 * are named. */
#include "zone/lint.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FILE_MAX = 1 << 20,
    MEMORY = 1 << 28
};

static struct sceau_arena *arena;

static bool
read_file(const char *path, struct sceau_slice *text)
{
    FILE *f = fopen(path, "rb");
    char *octets = sceau_arena_alloc(arena, FILE_MAX);
    if (f == NULL || octets == NULL)
        return false;
    *text = (struct sceau_slice){octets, fread(octets, 1, FILE_MAX, f)};
    fclose(f);
    return true;
}

static bool
load(struct zone_loader *self, struct sceau_slice name, struct sceau_slice *text,
     const char **problem)
{
    char path[4096];
    (void)self;
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(name));
    if (read_file(path, text))
        return true;
    *problem = "cannot be read";
    return false;
}

static void
print_hex(struct sceau_slice octets)
{
    for (size_t i = 0; i < octets.len; i++)
        printf("%02x", (unsigned char)octets.ptr[i]);
}

static void
print_set(const struct zone_rrset *set)
{
    for (size_t i = 0; i < set->count; i++) {
        print_hex(set->owner);
        printf(" %u %u ", (unsigned)set->ttl, set->type);
        if (set->records[i]->rdata.ptr == NULL)
            printf("unread");
        print_hex(set->records[i]->rdata);
        printf("\n");
    }
}

/* False when the arena is full. */
static bool
dump(const struct zone_document *document, const struct dns_name *origin)
{
    const struct zone_part part = {.document = document,
                                   .origin = dns_name_slice(origin)};
    struct zone_index index;
    struct zone_lint lint;
    for (size_t i = 0; i < document->error_count; i++) {
        const struct zone_error *e = &document->errors[i];
        printf("error %.*s:%zu:%zu %s%s\n", SLICE_ARG(e->file->name), e->line,
               e->column, e->is_expected ? "expected: " : "", e->problem);
    }
    if (zone_index_make(arena, &part, 1, &index) != SCEAU_OK ||
        zone_lint(arena, &index, 0, NULL, 0, &lint) != SCEAU_OK)
        return false;
    for (size_t i = 0; i < lint.count; i++)
        printf("fault %d\n", (int)lint.findings[i].fault);
    for (size_t i = 0; i < index.count; i++)
        print_set(&index.sets[i]);
    return true;
}

int
main(int argc, char **argv)
{
    struct zone_loader loader = {load};
    struct zone_document document;
    struct sceau_slice text;
    struct dns_name origin;
    arena = sceau_arena_new(MEMORY);
    if (argc != 3 || arena == NULL ||
        !dns_name_from_asked(sceau_slice_from(argv[1]), &origin) ||
        !read_file(argv[2], &text) ||
        zone_document_read(arena, sceau_slice_from(argv[2]), text, &origin, &loader,
                           &document) != SCEAU_OK ||
        !dump(&document, &origin)) {
        fputs("zone-dump: ORIGIN FILE, and memory\n", stderr);
        return EXIT_FAILURE;
    }
    sceau_arena_free(arena);
    return EXIT_SUCCESS;
}
