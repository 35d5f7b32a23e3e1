-- Version 11: who else signs the mail of an address, for the name of its source: the domain of a signature that passes and is not of
-- the policy domain, on most of its messages. Rows from before have none until the address is reported again.

ALTER TABLE seen ADD COLUMN signer TEXT NOT NULL DEFAULT ''; -- '': most messages have no such signature
ALTER TABLE seen ADD COLUMN votes INTEGER NOT NULL DEFAULT 0; -- messages with that signer, less those with another
