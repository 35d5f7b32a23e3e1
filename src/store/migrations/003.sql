-- Version 3: the roll-up of addresses has a row for a week, not for a day: a page reads a seventh of the rows. A week is the
-- seven days from week * 7 on; count0 to count6 are the messages of its days, reports0 to reports6 how many reports gave to
-- them.

CREATE TABLE week_ip (
    policy_domain TEXT NOT NULL,
    week INTEGER NOT NULL,
    domain TEXT NOT NULL,
    ip BLOB NOT NULL,
    dkim INTEGER NOT NULL,
    spf INTEGER NOT NULL,
    disposition INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    count0 INTEGER NOT NULL DEFAULT 0,
    count1 INTEGER NOT NULL DEFAULT 0,
    count2 INTEGER NOT NULL DEFAULT 0,
    count3 INTEGER NOT NULL DEFAULT 0,
    count4 INTEGER NOT NULL DEFAULT 0,
    count5 INTEGER NOT NULL DEFAULT 0,
    count6 INTEGER NOT NULL DEFAULT 0,
    reports0 INTEGER NOT NULL DEFAULT 0,
    reports1 INTEGER NOT NULL DEFAULT 0,
    reports2 INTEGER NOT NULL DEFAULT 0,
    reports3 INTEGER NOT NULL DEFAULT 0,
    reports4 INTEGER NOT NULL DEFAULT 0,
    reports5 INTEGER NOT NULL DEFAULT 0,
    reports6 INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (policy_domain, week, domain, ip, dkim, spf, disposition, cause, flags)
) STRICT, WITHOUT ROWID;

-- In the order of day_ip, so that nothing is sorted: a migration has no room for a copy.
INSERT INTO week_ip
SELECT policy_domain, day / 7, domain, ip, dkim, spf, disposition, cause, flags,
    CASE day % 7 WHEN 0 THEN count ELSE 0 END,
    CASE day % 7 WHEN 1 THEN count ELSE 0 END,
    CASE day % 7 WHEN 2 THEN count ELSE 0 END,
    CASE day % 7 WHEN 3 THEN count ELSE 0 END,
    CASE day % 7 WHEN 4 THEN count ELSE 0 END,
    CASE day % 7 WHEN 5 THEN count ELSE 0 END,
    CASE day % 7 WHEN 6 THEN count ELSE 0 END,
    CASE day % 7 WHEN 0 THEN reports ELSE 0 END,
    CASE day % 7 WHEN 1 THEN reports ELSE 0 END,
    CASE day % 7 WHEN 2 THEN reports ELSE 0 END,
    CASE day % 7 WHEN 3 THEN reports ELSE 0 END,
    CASE day % 7 WHEN 4 THEN reports ELSE 0 END,
    CASE day % 7 WHEN 5 THEN reports ELSE 0 END,
    CASE day % 7 WHEN 6 THEN reports ELSE 0 END
FROM day_ip WHERE TRUE
ON CONFLICT (policy_domain, week, domain, ip, dkim, spf, disposition, cause, flags) DO UPDATE SET
    count0 = week_ip.count0 + excluded.count0,
    count1 = week_ip.count1 + excluded.count1,
    count2 = week_ip.count2 + excluded.count2,
    count3 = week_ip.count3 + excluded.count3,
    count4 = week_ip.count4 + excluded.count4,
    count5 = week_ip.count5 + excluded.count5,
    count6 = week_ip.count6 + excluded.count6,
    reports0 = week_ip.reports0 + excluded.reports0,
    reports1 = week_ip.reports1 + excluded.reports1,
    reports2 = week_ip.reports2 + excluded.reports2,
    reports3 = week_ip.reports3 + excluded.reports3,
    reports4 = week_ip.reports4 + excluded.reports4,
    reports5 = week_ip.reports5 + excluded.reports5,
    reports6 = week_ip.reports6 + excluded.reports6;

DROP TABLE day_ip;

-- Lists of reports by day, and of what came in by what came of it.
CREATE INDEX report_by_day ON report (day, received, days, org_name);
CREATE INDEX intake_by_outcome ON intake (outcome, time_us);
