-- Version 8: what goes to one organization, and what is told of one, is counted whatever the names below it are.

ALTER TABLE delivery ADD COLUMN organization TEXT NOT NULL DEFAULT ''; -- organizational domain of the mailbox; '': not asked for yet
ALTER TABLE delivery ADD COLUMN about TEXT NOT NULL DEFAULT ''; -- that of the policy domain
CREATE INDEX delivery_by_organization ON delivery (organization, state, next_try);
CREATE INDEX delivery_by_about ON delivery (about, state, next_try);
