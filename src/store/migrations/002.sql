-- Version 2: reports that we send. What they are made of is in `observation`; a report that is built takes its rows away
-- from there in the transaction that says so.

CREATE TABLE outgoing (      -- a report
    id TEXT NOT NULL PRIMARY KEY,    -- its Report-ID (src/outbox/identity.h)
    policy_domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    policy_hash BLOB NOT NULL,
    part INTEGER NOT NULL,           -- 0; more for what was folded after the report was built
    state INTEGER NOT NULL,          -- enum outbox_state
    due INTEGER NOT NULL,            -- time
    records INTEGER NOT NULL,        -- of the file, once it is built
    messages INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    built INTEGER NOT NULL,          -- time; 0: not yet
    finished INTEGER NOT NULL,
    lease_host TEXT NOT NULL,        -- who is at it
    lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outgoing_by_state ON outgoing (state, due);
CREATE UNIQUE INDEX outgoing_by_domain ON outgoing (policy_domain, day, policy_hash, part);

CREATE TABLE delivery (      -- a report to one address
    report TEXT NOT NULL,
    n INTEGER NOT NULL,
    uri TEXT NOT NULL,               -- as published
    mailbox TEXT NOT NULL,           -- '': it names none
    state INTEGER NOT NULL,          -- enum outbox_delivery_state
    tries INTEGER NOT NULL,
    next_try INTEGER NOT NULL,
    changed INTEGER NOT NULL,        -- time of the state
    reply TEXT NOT NULL,             -- the server's last words, or why not
    PRIMARY KEY (report, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_by_state ON delivery (state, next_try);

CREATE TABLE destination (   -- addresses that refused, and what an administrator said of some
    mailbox TEXT NOT NULL PRIMARY KEY,
    refusals INTEGER NOT NULL,       -- in a row
    until INTEGER NOT NULL,          -- nothing is sent before; INT64_MAX: for good
    changed INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
