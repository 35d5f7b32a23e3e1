-- Version 14: a week of week_ip that has come to rest lies beside the table as octets too, for who reads all of it: a page asks for
-- some twenty values instead of some ten thousand rows (src/store/week_pack.h).

CREATE TABLE week_pack (
    policy_domain TEXT NOT NULL,
    week INTEGER NOT NULL,
    piece INTEGER NOT NULL,  -- from 0
    octets BLOB NOT NULL,    -- src/store/week_rows.h
    PRIMARY KEY (policy_domain, week, piece)
) STRICT;

CREATE TABLE week_changed (  -- weeks that week_pack does not have
    policy_domain TEXT NOT NULL,
    week INTEGER NOT NULL,
    since INTEGER NOT NULL,  -- seconds; when it was first changed
    PRIMARY KEY (policy_domain, week)
) STRICT, WITHOUT ROWID;

INSERT INTO week_changed SELECT policy_domain, week, 0 FROM week_ip GROUP BY policy_domain, week;
