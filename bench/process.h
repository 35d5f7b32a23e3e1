/* What a process and those it started have used, as /proc says it. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

struct process_usage {
    double user, system; /* seconds of CPU */
    long peak_kb;        /* most memory it ever had */
    long resident_kb;    /* now */
    unsigned threads;
};

/* All zero when it is gone. */
struct process_usage process_usage(int pid);

#endif
