-- What version 1 of the store left behind: two reports about example.org, one of them repaired.
INSERT INTO report (id, key_text, format, reporter, org_name, email, contact, report_id, policy_domain, begin_time, end_time, day, days,
    received, is_rfc9990, is_whole, p, sp, np, adkim, aspf, testing, discovery, fo, pct, version, generator, error, records, messages,
    left_out, both_pass, dkim_only, spf_only, neither, unknown, disp_none, disp_pass, disp_quarantine, disp_reject, repairs,
    contradictions, authenticated, counted, origin, container)
VALUES
    (11, 'aggregate|receiver.example|Receiver|r-1|example.org|1764028800|1764115199', 0, 'receiver.example', 'Receiver',
     'reports@receiver.example', '', 'r-1', 'example.org', 1764028800, 1764115199, 20417, 1, 1764120000, 0, 1, 1, 0, 0, 1, 1, 0, 0, '',
     '100', '1.0', '', '', 2, 10, 0, 7, 0, 0, 3, 0, 10, 0, 0, 0, 0, 0, 1, 1, 'incoming', 'receiver.example.xml.gz'),
    (12, 'aggregate||Other|r-2|example.org|1764028800|1764115199', 0, 'other.example', 'Other', 'dmarc@other.example', '', 'r-2',
     'example.org', 1764028800, 1764115199, 20417, 1, 1764120100, 1, 1, 1, 0, 0, 1, 1, 1, 2, '', '', '', 'Writer 1', '', 1, 2, 0, 0, 2, 0,
     0, 0, 0, 2, 0, 0, 1, 0, 0, 1, 'by hand', 'other.xml');
INSERT INTO report_row (report, n, domain, ip, source, count, disposition, dkim, spf, flags, cause, header_from, envelope_from,
    envelope_to, reasons, auth)
VALUES
    (11, 0, 'example.org', x'c0000201', '192.0.2.1', 7, 1, 1, 1, 0, 0, 'example.org', 'example.org', '', '',
     'dkim	example.org	s1	pass'),
    (11, 1, 'example.org', x'c6336407', '198.51.100.7', 3, 1, 2, 2, 0, 7, 'example.org', '', '', '', ''),
    (12, 0, 'news.example.org', x'20010db8000000000000000000000001', '2001:db8::1', 2, 2, 1, 2, 2, 0, 'news.example.org', '', '',
     'mailing_list	', '');
INSERT INTO report_repair (report, n, kind, line, found) VALUES (12, 0, 0, 2, 'feedback');
INSERT INTO day_ip (policy_domain, day, domain, ip, dkim, spf, disposition, cause, flags, count, reports)
VALUES
    ('example.org', 20417, 'example.org', x'c0000201', 1, 1, 1, 0, 0, 7, 1),
    ('example.org', 20417, 'example.org', x'c6336407', 2, 2, 1, 7, 0, 3, 1),
    ('example.org', 20417, 'news.example.org', x'20010db8000000000000000000000001', 1, 2, 2, 0, 2, 2, 1);
INSERT INTO day_total (policy_domain, domain, day, dkim, spf, disposition, count)
VALUES
    ('example.org', 'example.org', 20417, 1, 1, 1, 7),
    ('example.org', 'example.org', 20417, 2, 2, 1, 3),
    ('example.org', 'news.example.org', 20417, 1, 2, 2, 2);
INSERT INTO intake (time_us, n, place, name, outcome, reason, detail, line, report, octets)
VALUES (1764120000000000, 0, 'incoming', 'receiver.example.xml.gz', 'accepted', 0, '', 0, 11, 900),
    (1764120100000000, 0, 'by hand', 'other.xml', 'repaired', 0, '', 0, 12, 1400);
INSERT INTO day_key (policy_domain, day, signer, selector, reporter_name, pass, fail)
VALUES ('example.org', 20415, 'example.org', 's1', 'Receiver', 4, 0),
    ('example.org', 20417, 'example.org', 's1', 'Receiver', 7, 0),
    ('example.org', 20416, 'mailer.example', 's1', 'Other', 1, 0),
    ('example.org', 20416, 'mailer.example', 'old', 'Other', 0, 2);
