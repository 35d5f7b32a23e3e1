/* What was built and lies in the store, as the files that it would be with a store in a file: so
 * a test reads the same on both. */
#ifndef TESTS_SPOOLED_H
#define TESTS_SPOOLED_H

#include "outbox/identity.h"
#include "outbox/spool.h"
#include "unit.h"

#define TEST_SPOOLED 1000

static inline void
test_spooled_put(void *file, struct sceau_slice octets)
{
    fwrite(octets.ptr, 1, octets.len, file);
}

static inline void
test_spooled(struct database *db, const char *folder)
{
    struct statement *s =
        database_prepare(db, "SELECT report, form FROM spool WHERE n = 0");
    static char ids[TEST_SPOOLED][OUTBOX_ID_SIZE];
    static enum spool_form forms[TEST_SPOOLED];
    char path[4096];
    size_t count = 0;
    while (statement_step(s) == 1) {
        assert_true(count < TEST_SPOOLED);
        snprintf(ids[count], OUTBOX_ID_SIZE, "%.*s", SLICE_ARG(column_text(s, 0)));
        forms[count++] = (enum spool_form)column_int(s, 1);
    }
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%.*s%s", folder, OUTBOX_ID_SIZE - 1, ids[i],
                 outbox_spool_suffix(forms[i]));
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(outbox_spool_read(db, folder, ids[i], forms[i],
                                           test_spooled_put, file),
                         SPOOL_FOUND);
        assert_int_equal(fclose(file), 0);
    }
}

#endif
