-- Version 9: hosts that fold into one store add to rows of their own. A sum is that over its shares.

CREATE TABLE observation_shared (   -- as `observation` of version 1
    policy_domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    policy_hash BLOB NOT NULL,
    row_hash BLOB NOT NULL,
    ip BLOB NOT NULL,
    header_from TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    row BLOB NOT NULL,
    count INTEGER NOT NULL,
    share INTEGER NOT NULL,          -- of which host (src/store/fold.c); 0 where there is one
    PRIMARY KEY (policy_domain, day, policy_hash, row_hash, share)
) STRICT, WITHOUT ROWID;
INSERT INTO observation_shared SELECT policy_domain, day, policy_hash, row_hash, ip, header_from, envelope_from, row,
    count, 0 FROM observation;
DROP TABLE observation;
ALTER TABLE observation_shared RENAME TO observation;

CREATE TABLE own_day_shared (
    domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    ip BLOB NOT NULL,
    dkim INTEGER NOT NULL,
    spf INTEGER NOT NULL,
    dmarc INTEGER NOT NULL,
    disposition INTEGER NOT NULL,
    action INTEGER NOT NULL,
    count INTEGER NOT NULL,
    share INTEGER NOT NULL,
    PRIMARY KEY (domain, day, ip, dkim, spf, dmarc, disposition, action, share)
) STRICT, WITHOUT ROWID;
INSERT INTO own_day_shared SELECT domain, day, ip, dkim, spf, dmarc, disposition, action, count, 0 FROM own_day;
DROP TABLE own_day;
ALTER TABLE own_day_shared RENAME TO own_day;

CREATE TABLE key_use_shared (
    domain TEXT NOT NULL,
    selector TEXT NOT NULL,
    day INTEGER NOT NULL,
    signed INTEGER NOT NULL,
    share INTEGER NOT NULL,
    PRIMARY KEY (domain, selector, day, share)
) STRICT, WITHOUT ROWID;
INSERT INTO key_use_shared SELECT domain, selector, day, signed, 0 FROM key_use;
DROP TABLE key_use;
ALTER TABLE key_use_shared RENAME TO key_use;
