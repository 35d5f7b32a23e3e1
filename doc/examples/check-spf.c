/* May this host send for this domain? SPF for one address, DNS answered from a file.
 *
 *     cc check-spf.c -o check-spf $(pkg-config --cflags --libs sceau)
 *     ./check-spf example.zone 192.0.2.25 ann@example.org mail.example.org
 *
 * Prints the result and what decided; exits with 0 for a pass. */
#include <sceau/dns.h>
#include <sceau/spf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MEMORY_MAX \
 ((size_t)1024 * 1024) /* of one verdict: more is an error, not a crash */

/* `--explain` in miniature: the library tells each step to whoever listens. */
static void
print_step(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    (void)self;
    printf("%*s%.*s\n", (int)depth * 2, "", (int)text.len, text.ptr);
}

static char *
read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(MEMORY_MAX);
    *len = 0;
    if (file == NULL || text == NULL) {
        perror(path);
        exit(2);
    }
    *len = fread(text, 1, MEMORY_MAX, file);
    fclose(file);
    return text;
}

int
main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: check-spf ZONE-FILE ADDRESS MAIL-FROM HELO\n");
        return 2;
    }

    /* DNS is an argument. This resolver reads a zone file; yours may do what it likes. */
    struct sceau_slice zone;
    struct sceau_zone_error error;
    char *text = read_file(argv[1], &zone.len);
    zone.ptr = text;
    struct sceau_resolver *resolver = sceau_zone_resolver_new(zone, &error);
    free(text);
    if (resolver == NULL) {
        fprintf(stderr, "%s:%zu:%zu: %s\n", argv[1], error.line, error.column,
                error.text);
        return 2;
    }

    /* So are memory, the time, and who listens: the library keeps nothing for itself. */
    struct sceau_trace listener = {.line = print_step};
    struct sceau_context context = {
        .arena = sceau_arena_new(MEMORY_MAX),
        .resolver = resolver,
        .now = (int64_t)time(NULL),
        .trace = &listener,
    };
    struct sceau_spf_query query = {
        .sender = sceau_slice_from(argv[3]),
        .helo = sceau_slice_from(argv[4]),
        .identity = SCEAU_SPF_MAIL_FROM,
    };
    struct sceau_spf_outcome outcome;
    if (context.arena == NULL ||
        !sceau_ip_parse(sceau_slice_from(argv[2]), &query.ip)) {
        fprintf(stderr, "%s is no IP address\n", argv[2]);
        return 2;
    }
    sceau_spf_check(&context, &query, &outcome);

    printf("%s: %.*s, decided by %.*s\n", sceau_spf_result_name(outcome.result),
           (int)outcome.domain.len, outcome.domain.ptr, (int)outcome.mechanism.len,
           outcome.mechanism.len > 0 ? outcome.mechanism.ptr : "");

    sceau_arena_free(context.arena); /* what outcome points to goes with it */
    sceau_zone_resolver_free(resolver);
    return outcome.result == SCEAU_SPF_PASS ? 0 : 1;
}
