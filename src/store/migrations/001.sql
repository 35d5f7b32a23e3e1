-- Version 1 of the store. INTEGER is 64 bits; a day is a UTC day since the epoch; a time is seconds since the
-- epoch, UTC; domains are A-labels in lower case; an ip is 4 or 16 octets in network order. Enums are those of
-- src/report/report.h, src/analysis/cause.h and include/sceau/. Only SQL that PostgreSQL would take as well, but
-- for STRICT and WITHOUT ROWID. A table of natural key has no row id: its rows lie in the order of the key.

CREATE TABLE meta (          -- 'version': of this schema; 'first_opened'; secrets
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ---- what this host saw: folded from the journal ----

CREATE TABLE host (          -- hosts whose journals were folded
    name TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,        -- of the last record
    seen INTEGER NOT NULL            -- time of the last record
) STRICT, WITHOUT ROWID;

CREATE TABLE segment (       -- a segment is folded in the transaction that writes its row
    name TEXT NOT NULL PRIMARY KEY,
    host TEXT NOT NULL,
    folded INTEGER NOT NULL,         -- time
    records INTEGER NOT NULL,
    skipped INTEGER NOT NULL         -- records that could not be read
) STRICT, WITHOUT ROWID;

CREATE TABLE policy (        -- DMARC records as published
    hash BLOB NOT NULL PRIMARY KEY,  -- SHA-256
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE observation (   -- rows of the reports that we send (RFC 9990)
    policy_domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    policy_hash BLOB NOT NULL,
    row_hash BLOB NOT NULL,          -- of all that stands in `row` (16 octets)
    ip BLOB NOT NULL,
    header_from TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    row BLOB NOT NULL,               -- the rest, as src/store/observation.h writes it
    count INTEGER NOT NULL,
    PRIMARY KEY (policy_domain, day, policy_hash, row_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE own_day (       -- by author domain
    domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    ip BLOB NOT NULL,
    dkim INTEGER NOT NULL,           -- enum report_aligned
    spf INTEGER NOT NULL,
    dmarc INTEGER NOT NULL,          -- enum sceau_dmarc_result
    disposition INTEGER NOT NULL,    -- enum sceau_dmarc_policy: what was asked for
    action INTEGER NOT NULL,         -- enum policy_action: what was done
    count INTEGER NOT NULL,
    PRIMARY KEY (domain, day, ip, dkim, spf, dmarc, disposition, action)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_use (       -- signed here
    domain TEXT NOT NULL,
    selector TEXT NOT NULL,
    day INTEGER NOT NULL,
    signed INTEGER NOT NULL,
    PRIMARY KEY (domain, selector, day)
) STRICT, WITHOUT ROWID;

-- ---- reports that came in ----

CREATE TABLE report (
    id INTEGER NOT NULL PRIMARY KEY, -- first 63 bits of SHA-256 of key_text
    key_text TEXT NOT NULL UNIQUE,   -- format, sender, org_name, report_id, policy_domain, begin, end (src/store/report_key.h)
    format INTEGER NOT NULL,         -- enum report_format
    reporter TEXT NOT NULL,          -- the authenticated domain, else that of email, else org_name
    org_name TEXT NOT NULL,
    email TEXT NOT NULL,
    contact TEXT NOT NULL,
    report_id TEXT NOT NULL,
    policy_domain TEXT NOT NULL,
    begin_time INTEGER NOT NULL,
    end_time INTEGER NOT NULL,
    day INTEGER NOT NULL,            -- the first it is about
    days INTEGER NOT NULL,           -- how many it is about, 1 as a rule
    received INTEGER NOT NULL,
    is_rfc9990 INTEGER NOT NULL,
    is_whole INTEGER NOT NULL,
    p INTEGER NOT NULL,
    sp INTEGER NOT NULL,
    np INTEGER NOT NULL,
    adkim INTEGER NOT NULL,
    aspf INTEGER NOT NULL,
    testing INTEGER NOT NULL,
    discovery INTEGER NOT NULL,
    fo TEXT NOT NULL,
    pct TEXT NOT NULL,
    version TEXT NOT NULL,
    generator TEXT NOT NULL,
    error TEXT NOT NULL,
    records INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    left_out INTEGER NOT NULL,       -- records without a usable count
    both_pass INTEGER NOT NULL,      -- DKIM and SPF, aligned (BOTH is a word of SQL)
    dkim_only INTEGER NOT NULL,
    spf_only INTEGER NOT NULL,
    neither INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    disp_none INTEGER NOT NULL,
    disp_pass INTEGER NOT NULL,
    disp_quarantine INTEGER NOT NULL,
    disp_reject INTEGER NOT NULL,
    repairs INTEGER NOT NULL,
    contradictions INTEGER NOT NULL, -- records whose evaluation their own results do not bear out
    authenticated INTEGER NOT NULL,  -- enum report_authenticated: 0 a file given by hand, 1 its mail's own DMARC passes, 2 it does not
    counted INTEGER NOT NULL,        -- 1: its rows are in the roll-ups
    origin TEXT NOT NULL,            -- file or mailbox
    container TEXT NOT NULL          -- name of the member or attachment
) STRICT;
CREATE INDEX report_by_name ON report (report_id, policy_domain);
CREATE INDEX report_by_domain ON report (policy_domain, day);
CREATE INDEX report_by_received ON report (received);

CREATE TABLE report_raw (    -- as it came; kept as long as its rows
    report INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    octets BLOB NOT NULL
) STRICT;

CREATE TABLE report_repair (
    report INTEGER NOT NULL,
    n INTEGER NOT NULL,
    kind INTEGER NOT NULL,           -- enum report_repair_kind
    line INTEGER NOT NULL,
    found TEXT NOT NULL,
    PRIMARY KEY (report, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE report_row (
    report INTEGER NOT NULL,
    n INTEGER NOT NULL,
    domain TEXT NOT NULL,            -- header_from when it is a domain, else policy_domain
    ip BLOB NOT NULL,                -- empty: the text is no address
    source TEXT NOT NULL,            -- that text
    count INTEGER NOT NULL,
    disposition INTEGER NOT NULL,
    dkim INTEGER NOT NULL,           -- enum report_aligned, as the reporter evaluated
    spf INTEGER NOT NULL,
    flags INTEGER NOT NULL,          -- bit 0: contradicts its own auth_results; bit 1: forwarded, list, trusted
    cause INTEGER NOT NULL,          -- enum analysis_cause
    header_from TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    envelope_to TEXT NOT NULL,
    reasons TEXT NOT NULL,           -- lines: TYPE<TAB>COMMENT
    auth TEXT NOT NULL,              -- lines: dkim<TAB>DOMAIN<TAB>SELECTOR<TAB>RESULT, spf<TAB>DOMAIN<TAB>SCOPE<TAB>RESULT
    PRIMARY KEY (report, n)
) STRICT, WITHOUT ROWID;

-- Roll-ups, kept in the transaction that writes the report. What spans several days is spread evenly (flags bit 2).
CREATE TABLE day_ip (
    policy_domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    domain TEXT NOT NULL,
    ip BLOB NOT NULL,
    dkim INTEGER NOT NULL,
    spf INTEGER NOT NULL,
    disposition INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    count INTEGER NOT NULL,
    reports INTEGER NOT NULL,        -- how many reports gave to it
    PRIMARY KEY (policy_domain, day, domain, ip, dkim, spf, disposition, cause, flags)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_total (     -- the same without addresses
    policy_domain TEXT NOT NULL,
    domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    dkim INTEGER NOT NULL,
    spf INTEGER NOT NULL,
    disposition INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (policy_domain, domain, day, dkim, spf, disposition)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_reporter (
    policy_domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    reporter_name TEXT NOT NULL,     -- org_name
    messages INTEGER NOT NULL,
    fails INTEGER NOT NULL,          -- neither aligned
    reports INTEGER NOT NULL,
    delay_seconds INTEGER NOT NULL,  -- from the end of the range to its arrival, of the latest report
    PRIMARY KEY (policy_domain, day, reporter_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_key (       -- DKIM d= and s= as reported
    policy_domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    signer TEXT NOT NULL,
    selector TEXT NOT NULL,
    reporter_name TEXT NOT NULL,
    pass INTEGER NOT NULL,           -- messages
    fail INTEGER NOT NULL,
    PRIMARY KEY (policy_domain, day, signer, selector, reporter_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_pair (      -- the first 64 a (domain, day, ip)
    policy_domain TEXT NOT NULL,
    domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    ip BLOB NOT NULL,
    envelope_from TEXT NOT NULL,
    signer TEXT NOT NULL,
    selector TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (policy_domain, domain, day, ip, envelope_from, signer, selector)
) STRICT, WITHOUT ROWID;

CREATE TABLE seen (          -- what is new since when
    policy_domain TEXT NOT NULL,
    ip BLOB NOT NULL,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (policy_domain, ip)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_policy (    -- the policy as reporters saw it
    policy_domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    p INTEGER NOT NULL,
    sp INTEGER NOT NULL,
    np INTEGER NOT NULL,
    adkim INTEGER NOT NULL,
    aspf INTEGER NOT NULL,
    pct TEXT NOT NULL,
    testing INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    PRIMARY KEY (policy_domain, day, p, sp, np, adkim, aspf, pct, testing)
) STRICT, WITHOUT ROWID;

CREATE TABLE tls_day (
    domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    policy_type TEXT NOT NULL,
    organization TEXT NOT NULL,
    mx TEXT NOT NULL,                -- '' in the line of the policy's own sums
    result_type TEXT NOT NULL,       -- '' there as well
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (domain, day, policy_type, organization, mx, result_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (       -- kept 14 days
    id INTEGER NOT NULL PRIMARY KEY, -- that of its report
    received INTEGER NOT NULL,
    domain TEXT NOT NULL,            -- of the message's author
    policy_domain TEXT NOT NULL,     -- Reported-Domain
    ip BLOB NOT NULL,
    auth_failure TEXT NOT NULL,
    dkim_domain TEXT NOT NULL,
    dkim_selector TEXT NOT NULL,
    delivery_result TEXT NOT NULL,
    header TEXT NOT NULL,            -- of the message, without local parts
    reporter TEXT NOT NULL
) STRICT;
CREATE INDEX failure_by_domain ON failure (policy_domain, received);

-- ---- how it came ----

CREATE TABLE intake (        -- what was read, and what came of it
    time_us INTEGER NOT NULL,
    n INTEGER NOT NULL,
    place TEXT NOT NULL,             -- place.name
    name TEXT NOT NULL,              -- file or mail, and member
    outcome TEXT NOT NULL,           -- accepted repaired duplicate refused unauthenticated
    reason INTEGER NOT NULL,         -- refused: enum report_refusal_kind; unauthenticated: enum sceau_dmarc_result; else 0
    detail TEXT NOT NULL,
    line INTEGER NOT NULL,
    report INTEGER NOT NULL,         -- 0: none
    octets INTEGER NOT NULL,
    PRIMARY KEY (time_us, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE place (         -- mailboxes, folders, upload
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    last_run INTEGER NOT NULL,
    last_mail INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reporter (
    name TEXT NOT NULL PRIMARY KEY,  -- org_name
    is_ignored INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ---- what is known besides ----

CREATE TABLE address (       -- looked up later, by a worker
    ip BLOB NOT NULL PRIMARY KEY,
    ptr TEXT NOT NULL,
    ptr_domain TEXT NOT NULL,
    asn INTEGER NOT NULL,
    as_name TEXT NOT NULL,
    country TEXT NOT NULL,
    looked_up INTEGER NOT NULL,
    next_look INTEGER NOT NULL,
    failures INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX address_by_next_look ON address (next_look);

CREATE TABLE mark (          -- what a person said of a source
    domain TEXT NOT NULL,            -- '': of all
    source TEXT NOT NULL,
    class INTEGER NOT NULL,          -- enum analysis_class
    note TEXT NOT NULL,
    author TEXT NOT NULL,
    time INTEGER NOT NULL,
    until INTEGER NOT NULL,          -- 0: for good
    PRIMARY KEY (domain, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
    id TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    domain TEXT NOT NULL,
    source TEXT NOT NULL,
    severity INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    arguments TEXT NOT NULL,         -- JSON
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mute (
    id TEXT NOT NULL PRIMARY KEY,    -- of a finding
    until INTEGER NOT NULL,
    note TEXT NOT NULL,
    author TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
    id TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    domain TEXT NOT NULL,
    sent INTEGER NOT NULL,
    level INTEGER NOT NULL,
    arguments TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dns_record (    -- what was published, and when it changed
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    text TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (name, type, text)
) STRICT, WITHOUT ROWID;
