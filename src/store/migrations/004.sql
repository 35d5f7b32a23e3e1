-- Version 4: failure reports (RFC 9991) go out beside aggregate ones.

ALTER TABLE outgoing ADD COLUMN kind INTEGER NOT NULL DEFAULT 0; -- enum outbox_kind
CREATE INDEX outgoing_by_kind ON outgoing (kind, built);

CREATE TABLE failure_limit ( -- how often the owner of a domain is told of one way to fail
    policy_domain TEXT NOT NULL,
    cause INTEGER NOT NULL,          -- src/policy/failure.h
    reported INTEGER NOT NULL,       -- time of the message that the last report is about
    more INTEGER NOT NULL,           -- messages since then that were only counted
    PRIMARY KEY (policy_domain, cause)
) STRICT, WITHOUT ROWID;
