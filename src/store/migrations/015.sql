-- Version 15: sums of a policy domain lie in the order of their days. A question is about some days of all authors, and read those of
-- all years. Reports with faults are few, and found by themselves.

CREATE TABLE day_total_by_day (  -- as `day_total` of version 1
    policy_domain TEXT NOT NULL,
    domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    dkim INTEGER NOT NULL,
    spf INTEGER NOT NULL,
    disposition INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (policy_domain, day, domain, dkim, spf, disposition)
) STRICT, WITHOUT ROWID;
INSERT INTO day_total_by_day SELECT policy_domain, domain, day, dkim, spf, disposition, count FROM day_total;
DROP TABLE day_total;
ALTER TABLE day_total_by_day RENAME TO day_total;

CREATE INDEX report_by_fault ON report (day, policy_domain) WHERE contradictions > 0 OR repairs > 0;
