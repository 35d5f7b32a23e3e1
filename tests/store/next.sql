-- What a later version might do: a table with rows, which takes a moment, and a column.
CREATE TABLE next (n INTEGER NOT NULL PRIMARY KEY) STRICT;
INSERT INTO next WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n FROM c;
ALTER TABLE report ADD COLUMN next INTEGER NOT NULL DEFAULT 0;
INSERT INTO meta (name, value) VALUES ('next', '1');
