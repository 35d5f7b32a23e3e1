/* One message through SPF, DKIM, ARC and DMARC, DNS answered from a file.
 *
 *     cc verify-file.c -o verify-file $(pkg-config --cflags --libs sceau)
 *     ./verify-file example.zone message.eml
 *     ./verify-file example.zone message.eml 192.0.2.25 mail.example.org ann@example.org
 *
 * The last three are what the SMTP session knew: client address, HELO and MAIL FROM.
 * Prints an Authentication-Results field; exits with 0 when DMARC passes. */
#include <sceau/verify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ZONE_MAX ((size_t)1024 * 1024)

static struct sceau_resolver *
open_zone(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(ZONE_MAX);
    struct sceau_zone_error error;
    if (file == NULL || text == NULL) {
        perror(path);
        exit(2);
    }
    struct sceau_slice zone = {text, fread(text, 1, ZONE_MAX, file)};
    struct sceau_resolver *resolver = sceau_zone_resolver_new(zone, &error);
    if (resolver == NULL) {
        fprintf(stderr, "%s:%zu:%zu: %s\n", path, error.line, error.column, error.text);
        exit(2);
    }
    fclose(file);
    free(text);
    return resolver;
}

/* Mail travels with CRLF and lies in files with LF. The pieces may be cut anywhere, and
 * are not kept: a message of any size takes no more memory than its header. */
static void
feed(struct sceau_verify *verify, FILE *message)
{
    char line[4096];
    while (fgets(line, sizeof line, message) != NULL) {
        size_t len = strcspn(line, "\n");
        sceau_verify_octets(verify, (struct sceau_slice){line, len});
        if (line[len] == '\n')
            sceau_verify_octets(verify, SCEAU_SLICE("\r\n"));
    }
}

int
main(int argc, char **argv)
{
    if (argc != 3 && argc != 6) {
        fprintf(stderr,
                "usage: verify-file ZONE-FILE MESSAGE [ADDRESS HELO MAIL-FROM]\n");
        return 2;
    }
    FILE *message = fopen(argv[2], "rb");
    if (message == NULL) {
        perror(argv[2]);
        return 2;
    }

    /* The world as this verdict sees it. */
    struct sceau_context context = {
        .arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY),
        .resolver = open_zone(argv[1]),
        .now = (int64_t)time(NULL),
    };
    struct sceau_verify_options options = {.discovery = SCEAU_DMARC_TREEWALK};
    struct sceau_envelope envelope = {0};
    if (argc == 6) {
        sceau_ip_parse(sceau_slice_from(argv[3]), &envelope.ip);
        envelope.helo = sceau_slice_from(argv[4]);
        envelope.mail_from = sceau_slice_from(argv[5]);
        envelope.has_mail_from = true;
    }

    struct sceau_verify *verify = sceau_verify_new(&context, &options);
    if (verify == NULL)
        return 2;
    sceau_verify_envelope(verify, &envelope);
    feed(verify, message);
    const struct sceau_verdict *verdict = sceau_verify_finish(verify);

    struct sceau_slice results =
        sceau_verdict_authentication_results(context.arena, verdict,
                                             SCEAU_SLICE("mx.example.net"));
    printf("Authentication-Results: %.*s\n", (int)results.len, results.ptr);
    bool is_pass = verdict->dmarc.result == SCEAU_DMARC_PASS;

    fclose(message);
    sceau_verify_free(verify);
    sceau_zone_resolver_free(context.resolver);
    sceau_arena_free(context.arena); /* the verdict goes with it */
    return is_pass ? 0 : 1;
}
