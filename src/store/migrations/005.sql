-- Version 5: a report that cannot be built lets those behind it pass; who reports is told by the
-- row, for as long as the report is on its way.

ALTER TABLE outgoing ADD COLUMN tries INTEGER NOT NULL DEFAULT 0; -- to build it, in vain
ALTER TABLE outgoing ADD COLUMN problem TEXT NOT NULL DEFAULT ''; -- of the last of these
ALTER TABLE outgoing ADD COLUMN receiver TEXT NOT NULL DEFAULT ''; -- when it was planned
