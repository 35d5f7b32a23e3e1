/* What a process and those it started have used, as /proc says it. */
#include "process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *
open_proc(int pid, const char *file)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    return fopen(path, "re");
}

/* proc(5): the command in parentheses may hold anything; utime and stime are the 12th and
 * 13th fields behind it. */
static void
add_cpu(int pid, struct process_usage *usage)
{
    char line[1024];
    unsigned long user = 0, system = 0;
    FILE *f = open_proc(pid, "stat");
    if (f == NULL)
        return;
    const char *behind =
        fgets(line, sizeof line, f) != NULL ? strrchr(line, ')') : NULL;
    if (behind != NULL)
        sscanf(behind + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
               &user, &system);
    fclose(f);
    usage->user += (double)user / (double)sysconf(_SC_CLK_TCK);
    usage->system += (double)system / (double)sysconf(_SC_CLK_TCK);
}

static void
add_memory(int pid, struct process_usage *usage)
{
    char line[256];
    FILE *f = open_proc(pid, "status");
    if (f == NULL)
        return;
    while (fgets(line, sizeof line, f) != NULL) {
        long kb;
        if (sscanf(line, "VmHWM: %ld", &kb) == 1)
            usage->peak_kb += kb;
        else if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            usage->resident_kb += kb;
        else if (sscanf(line, "Threads: %ld", &kb) == 1)
            usage->threads += (unsigned)kb;
    }
    fclose(f);
}

static void
add_process(int pid, struct process_usage *usage, int depth)
{
    char file[64];
    int child;
    add_cpu(pid, usage);
    add_memory(pid, usage);
    snprintf(file, sizeof file, "task/%d/children", pid);
    FILE *f = depth < 3 ? open_proc(pid, file) : NULL;
    while (f != NULL && fscanf(f, "%d", &child) == 1)
        add_process(child, usage, depth + 1);
    if (f != NULL)
        fclose(f);
}

struct process_usage
process_usage(int pid)
{
    struct process_usage usage = {0};
    add_process(pid, &usage, 0);
    return usage;
}
