-- Version 13: a search for a name reads names, and no days.

CREATE TABLE selector_seen ( -- of day_key, the last day of each
    policy_domain TEXT NOT NULL,
    selector TEXT NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (policy_domain, selector)
) STRICT, WITHOUT ROWID;

INSERT INTO selector_seen (policy_domain, selector, last_day)
    SELECT policy_domain, selector, max(day) FROM day_key GROUP BY policy_domain, selector;

CREATE INDEX seen_by_ip ON seen (ip);
CREATE INDEX seen_by_signer ON seen (ip) WHERE signer <> '';
CREATE INDEX report_by_org_name ON report (lower(org_name), day);
