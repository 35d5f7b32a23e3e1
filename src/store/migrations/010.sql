-- Version 10: where several hosts share a store, reports that were built lie in it and leave with whoever is there.

CREATE TABLE spool (         -- documents of reports, in pieces (src/outbox/spool.h)
    report TEXT NOT NULL,
    form INTEGER NOT NULL,   -- enum spool_form
    n INTEGER NOT NULL,      -- of the piece, from 0
    octets BLOB NOT NULL,
    PRIMARY KEY (report, form, n)
) STRICT, WITHOUT ROWID;

ALTER TABLE delivery ADD COLUMN claim TEXT NOT NULL DEFAULT ''; -- a number of whoever hands it over (src/outbox/claim.h)
