-- Version 16: what a report says lies as octets, some hundred rows together: a row by itself costs a store more than all else that is
-- done with it. Rows of `report_row` are put there (src/store/report_pack.h), and that table goes.

CREATE TABLE report_pack (
    report INTEGER NOT NULL,
    n INTEGER NOT NULL,          -- of its first row, from 0
    row_count INTEGER NOT NULL,
    messages INTEGER NOT NULL,   -- their sum, for who asks by SQL alone
    authors TEXT NOT NULL,       -- its From domains other than the report's policy domain, each between two line feeds; or ''
    octets BLOB NOT NULL,        -- src/store/report_rows.h
    PRIMARY KEY (report, n)
) STRICT;

-- What is looked up of one domain after another, once a day and on its page, read all domains' records each time.
CREATE INDEX dns_record_by_domain ON dns_record (domain);
