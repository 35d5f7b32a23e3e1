/* The journal on disk: segments of frames, appended by one process, folded by reportd.
 *
 * A record is on its way to the disk before the milter answers the message it is about:
 * one write(2), so a killed process loses nothing; fdatasync each second, so a power cut
 * loses at most that second. Segments are named HOST-BOOT-SEQUENCE and closed at
 * JOURNAL_SEGMENT_MAX octets or after JOURNAL_SEGMENT_SECONDS. The writer holds a lock
 * (flock) on the segment it writes: one without a lock is complete. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "core/slice.h"

#define JOURNAL_SEGMENT_MAX     ((size_t)16 * 1024 * 1024)
#define JOURNAL_SEGMENT_SECONDS 60
#define JOURNAL_NAME_MAX        300 /* octets of a segment's name */

struct dirent;
struct journal_waiting;
struct journal;

struct journal_options {
    const char *folder; /* exists; segments are made 0640 in it */
    struct sceau_slice
        host;           /* octets other than letters, digits, "." and "-" become "_" */
    uint64_t boot;      /* start of this process, µs since the epoch */
    size_t segment_max; /* 0: JOURNAL_SEGMENT_MAX */
    uint64_t limit;     /* octets that may wait to be folded; 0: what the disk holds */
};

/* Start a journal; the first segment is made by the first record. NULL with a sentence in
 * `error` when the folder cannot be written to. */
struct journal *journal_open(const struct journal_options *options, char error[256]);

/* Append one record's payload. From any thread. False, and errno, when it could not be
 * written whole: what was written of it is taken back, so the record is lost and nothing
 * else. The next append tries a new segment. */
bool journal_append(struct journal *journal, struct sceau_slice payload);

/* Another limit, from the next record on. At the limit records are lost with EDQUOT, and what
 * waits stays. There is none until somebody has folded in this folder (journal_waiting.h). */
void journal_set_limit(struct journal *journal, uint64_t limit);

/* How much waits (journal_waiting.h), as it was seen some seconds ago, or a minute where
 * thousands of segments are kept; with what was written since. */
struct journal_waiting journal_seen_waiting(struct journal *journal);

/* The segments in a folder, oldest first: names as scandirat(3) gives them, each and the
 * array for the caller to free. `at` and `folder` as openat(2) has them. -1, and errno. */
int journal_segments(int at, const char *folder, struct dirent ***entries);

/* Flush to the disk and close. NULL is fine. */
void journal_close(struct journal *journal);

#endif
