-- What version 2 left behind besides: a report with its days in three rows of the roll-up, and one of ours that waits.
INSERT INTO report (id, key_text, format, reporter, org_name, email, contact, report_id, policy_domain, begin_time, end_time, day, days,
    received, is_rfc9990, is_whole, p, sp, np, adkim, aspf, testing, discovery, fo, pct, version, generator, error, records, messages,
    left_out, both_pass, dkim_only, spf_only, neither, unknown, disp_none, disp_pass, disp_quarantine, disp_reject, repairs,
    contradictions, authenticated, counted, origin, container)
VALUES
    (21, 'aggregate|receiver.example|Receiver|r-3|example.org|1764115200|1764374399', 0, 'receiver.example', 'Receiver',
     'reports@receiver.example', '', 'r-3', 'example.org', 1764115200, 1764374399, 20418, 3, 1764380000, 0, 1, 1, 0, 0, 1, 1, 0, 0, '',
     '100', '1.0', '', '', 1, 26, 0, 26, 0, 0, 0, 0, 26, 0, 0, 0, 0, 0, 1, 1, 'incoming', 'receiver.example-2.xml.gz');
INSERT INTO report_row (report, n, domain, ip, source, count, disposition, dkim, spf, flags, cause, header_from, envelope_from,
    envelope_to, reasons, auth)
VALUES (21, 0, 'example.org', x'c0000201', '192.0.2.1', 26, 1, 1, 1, 0, 0, 'example.org', 'example.org', '', '', '');
INSERT INTO day_ip (policy_domain, day, domain, ip, dkim, spf, disposition, cause, flags, count, reports)
VALUES
    ('example.org', 20417 + 1, 'example.org', x'c0000201', 1, 1, 1, 0, 0, 9, 1),
    ('example.org', 20417 + 2, 'example.org', x'c0000201', 1, 1, 1, 0, 0, 5, 2),
    ('example.org', 20417 + 3, 'example.org', x'c0000201', 1, 1, 1, 0, 0, 12, 3);
INSERT INTO day_total (policy_domain, domain, day, dkim, spf, disposition, count)
VALUES
    ('example.org', 'example.org', 20418, 1, 1, 1, 9),
    ('example.org', 'example.org', 20419, 1, 1, 1, 5),
    ('example.org', 'example.org', 20420, 1, 1, 1, 12);
INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, due, records, messages, octets, built, finished, lease_host,
    lease_until)
VALUES ('r-out-1', 'example.net', 20417, x'00', 0, 1, 1764120000, 0, 0, 0, 0, 0, '', 0);
