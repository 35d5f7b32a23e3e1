/* fetch KEY=VALUE...: one run over a mailbox, for tests with real IMAP servers; intake.KEY is
 * as in sceau.conf. What is
 * handed over is kept in the folder `spool`, named by its octets, and is there for good at
 * the commit: a store in small. `die=WORD:N` kills the process when the N-th command of
 * that word is about to be sent, or the N-th commit is asked for (die=COMMIT:N), or done
 * (die=COMMITTED:N). A mail with X-Refuse is refused. */
#include "core/slice.h"
#include "remote/imap.h"
#include "remote/settings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH_MAX 1000

struct keeper {
    struct imap_taker taker;
    const char *spool, *die;
    uint64_t pending[BATCH_MAX]; /* written, not yet there for good */
    size_t pending_count;
    unsigned steps, commits;
};

static const char *
argument(int argc, char **argv, const char *key, const char *fallback)
{
    size_t len = strlen(key);
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], key, len) == 0 && argv[i][len] == '=')
            return argv[i] + len + 1;
    }
    return fallback;
}

/* FNV-1a: these are our own mails. */
static uint64_t
name_of(struct sceau_slice octets)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < octets.len; i++)
        hash = (hash ^ (unsigned char)octets.ptr[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void
die_at(struct keeper *k, const char *word, unsigned *count)
{
    const char *colon = k->die != NULL ? strchr(k->die, ':') : NULL;
    size_t len = colon != NULL ? (size_t)(colon - k->die) : 0;
    if (len == 0 || strncmp(word, k->die, len) != 0)
        return;
    if (++*count == (unsigned)atoi(colon + 1)) {
        fflush(stdout);
        raise(SIGKILL);
    }
}

static enum imap_fate
take(struct imap_taker *self, const struct imap_mail *mail, struct sceau_slice octets)
{
    struct keeper *k = (struct keeper *)self;
    char path[512];
    uint64_t name = name_of(octets);
    if (octets.ptr == NULL) {
        printf("large %.*s\n", SLICE_ARG(mail->name));
        return IMAP_REFUSED;
    }
    snprintf(path, sizeof path, "%s/%016llx.new", k->spool, (unsigned long long)name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(octets.ptr, 1, octets.len, file) != octets.len ||
        fclose(file) != 0 || k->pending_count == BATCH_MAX)
        return IMAP_LEAVE;
    k->pending[k->pending_count++] = name;
    bool is_refused = memmem(octets.ptr, octets.len, "X-Refuse", 8) != NULL;
    printf("%s %.*s\n", is_refused ? "refused" : "mail", SLICE_ARG(mail->name));
    return is_refused ? IMAP_REFUSED : IMAP_DONE;
}

static bool
commit(struct imap_taker *self)
{
    struct keeper *k = (struct keeper *)self;
    die_at(k, "COMMIT", &k->commits);
    for (size_t i = 0; i < k->pending_count; i++) {
        char from[512], to[512];
        unsigned long long name = k->pending[i];
        snprintf(from, sizeof from, "%s/%016llx.new", k->spool, name);
        snprintf(to, sizeof to, "%s/%016llx", k->spool, name);
        if (access(to, F_OK) == 0)
            printf("known\n");
        if (rename(from, to) != 0)
            return false;
    }
    k->pending_count = 0;
    die_at(k, "COMMITTED", &k->commits);
    return k->die == NULL || strcmp(k->die, "full") != 0;
}

static void
step(struct imap_taker *self, const char *command)
{
    struct keeper *k = (struct keeper *)self;
    const char *word = strncmp(command, "UID ", 4) == 0 ? command + 4 : command;
    die_at(k, word, &k->steps);
}

/* The options as sceau.conf has them: arguments with a dot. */
static bool
read_settings(int argc, char **argv, struct sceau_arena *arena,
              struct imap_options *options)
{
    const char *sets[64];
    size_t set_count = 0, problem_count = 0;
    const struct config_problem *problems = NULL;
    struct sceau_config config;
    for (int i = 1; i < argc && set_count < 64; i++) {
        if (strncmp(argv[i], "intake.", 7) == 0)
            sets[set_count++] = argv[i];
    }
    enum sceau_status status = config_load(arena, LANGUAGE_EN, NULL, sets, set_count,
                                           &config, &problems, &problem_count);
    for (size_t i = 0; i < problem_count; i++)
        printf("%.*s\n", SLICE_ARG(problems[i].text));
    return status == SCEAU_OK && remote_imap_options(&config, 0, arena, options);
}

int
main(int argc, char **argv)
{
    struct keeper k = {
        .taker = {.mail = take, .commit = commit, .step = step},
        .spool = argument(argc, argv, "spool", "."),
        .die = argument(argc, argv, "die", NULL)
    };
    struct imap_options options;
    struct imap_result result;
    struct sceau_arena *arena = sceau_arena_new((size_t)4 * 1024 * 1024);
    if (arena == NULL || !read_settings(argc, argv, arena, &options)) {
        printf("nothing to fetch\n");
        sceau_arena_free(arena);
        return 2;
    }
    options.mail_max = (size_t)atoi(argument(argc, argv, "mail_max", "100000"));
    bool is_fine = imap_run(&options, &k.taker, &result);
    struct sceau_slice sentence = imap_sentence(arena, LANGUAGE_EN, &options, &result);
    printf("found=%u done=%u refused=%u left=%u large=%u\n", result.found, result.done,
           result.refused, result.left, result.too_large);
    printf("end: %.*s\n", SLICE_ARG(sentence));
    sceau_arena_free(arena);
    return is_fine ? 0 : 1;
}
