/* Several segments folded in one transaction, for whoever has a folder of them: begin, add them
 * until it is full, end. */
#ifndef STORE_FOLD_BATCH_H
#define STORE_FOLD_BATCH_H

#include "fold.h"

void fold_batch_begin(struct fold *f, int64_t now);

/* Read a segment into the sums of the batch, which is not full. */
void fold_batch_add(struct fold *f, struct sceau_slice name, struct sceau_slice octets);

/* Does it need the octets of the segment that was added last until its end? It is full then. */
bool fold_batch_borrows(const struct fold *f);

bool fold_batch_is_full(const struct fold *f);

/* Write it, and commit. FOLD_BEFORE: a segment was folded by somebody else, is known as such
 * now, and nothing has changed. Without a segment nothing is done. */
enum fold_outcome fold_batch_end(struct fold *f, struct fold_counts *counts);

/* Instead of its end: nothing has changed. */
void fold_batch_drop(struct fold *f);

/* After a failure: was another host in the way, and is it worth another try? Waits a moment. */
bool fold_tries_again(struct fold *f, unsigned *tries);

/* Is the rest of the folder to be left for later? */
bool fold_is_stopping(const struct fold *f);

#endif
