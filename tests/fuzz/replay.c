/* Feed each seed of the folders and files named on the command line to one fuzz target:
 * what libFuzzer does with -runs=0, for a compiler that has no libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t replayed;

/* Prefixes too: a cut seed meets the ends that whole ones never do. */
static int
replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat info;
    if (f == NULL || fstat(fileno(f), &info) != 0) {
        perror(path);
        return 1;
    }
    size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size + 1);
    if (data == NULL || fread(data, 1, size, f) != size) {
        perror(path);
        return 1;
    }
    fclose(f);
    size_t step = size / 64 + 1;
    for (size_t len = size % step; len <= size; len += step) {
        uint8_t *exact = malloc(len > 0 ? len : 1);
        if (exact == NULL)
            return 1;
        memcpy(exact, data, len);
        LLVMFuzzerTestOneInput(exact, len);
        free(exact);
    }
    free(data);
    replayed++;
    return 0;
}

static int
replay(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return replay_file(path);
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        failed |= replay_file(file);
    }
    closedir(dir);
    return failed;
}

int
main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    if (replayed == 0) {
        fprintf(stderr, "no seed was found\n");
        return 1;
    }
    printf("%zu seeds replayed\n", replayed);
    return failed;
}
