-- Version 7: one refusal tells of one report; a mailbox is left alone after refusals about two policy domains, or on two days.

ALTER TABLE destination ADD COLUMN domain TEXT NOT NULL DEFAULT ''; -- policy domain of the last report that it refused
ALTER TABLE destination ADD COLUMN is_bounce INTEGER NOT NULL DEFAULT 0; -- the last refusal came back later
ALTER TABLE destination ADD COLUMN taken INTEGER NOT NULL DEFAULT 0; -- time of the first report that was taken since then; 0: none
