"""Aggregate reports as reporters write them, always the same octets for the same arguments. Eight kinds of senders, names and
addresses of documentation; XML with one element a line, as most of them do."""
import base64
import gzip
import random

BEGIN = 1767225600  # 2026-01-01
DOMAINS = ['example.com', 'example.net', 'example.org']
SUBS = ['', '', '', 'news.', 'www.', 'proxy-1.', 'billing.']
REPORTERS = [('google.com', 'noreply-dmarc-support@google.com'), ('Outlook.com', 'dmarcreport@microsoft.com'),
             ('Yahoo', 'dmarchelp@yahooinc.com'), ('mail.ru', 'dmarc_support@corp.mail.ru'),
             ('example-isp.fr', 'postmaster@example-isp.fr'), ('Mimecast.org', 'no-reply@us1.mimecast.example')]
FLAVOURS = ['rfc7489', 'rfc9990', 'msft']
ROOTS = {'rfc7489': '<feedback>', 'rfc9990': '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">',
         'msft': '<feedback xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'}
# Of a hundred: kind, results of SPF and DKIM, and whether each is aligned.
KINDS = [(55, 'own', 'pass', 'pass', True, True), (12, 'mailer', 'pass', 'pass', False, True), (8, 'forward', 'fail', 'pass', False, True),
         (5, 'list', 'pass', 'fail', False, False), (5, 'unsigned', 'pass', None, True, False), (10, 'spoof', 'softfail', None, False, False),
         (3, 'spoof6', 'none', None, False, False), (2, 'error', 'temperror', 'temperror', False, False)]


def address(r, kind):
    if kind == 'own':
        return '192.0.2.%d' % r.randrange(10, 20) if r.randrange(3) else '2001:db8:60:9389:17:4:0:%x' % r.randrange(1, 5)
    if kind == 'spoof6':
        return '2001:db8:%x:%x::%x' % (r.randrange(65536), r.randrange(65536), r.randrange(1, 65536))
    if kind == 'mailer':
        return '198.51.100.%d' % r.randrange(1, 255)
    if kind == 'unsigned':
        return '203.0.113.%d' % r.randrange(1, 9)
    return '198.%d.%d.%d' % (18 + r.randrange(2), r.randrange(256), r.randrange(1, 255))


def envelope(r, kind, author, is_aligned):
    if is_aligned:
        return author
    if kind == 'mailer':
        return 'bounce.mailer%d.example' % r.randrange(1, 6)
    if kind in ('forward', 'list'):
        return 'lists%d.example' % r.randrange(1, 40)
    return 'x%05d.invalid' % r.randrange(100000)


def record(r, domain, flavour):
    _, kind, spf, dkim, spf_aligned, dkim_aligned = r.choices(KINDS, [k[0] for k in KINDS])[0]
    author, passes_spf, passes_dkim = r.choice(SUBS) + domain, spf_aligned and spf == 'pass', dkim_aligned and dkim == 'pass'
    sender, reason = envelope(r, kind, author, spf_aligned), ''
    disposition = 'reject' if author != domain else 'quarantine'
    if passes_spf or passes_dkim:
        disposition = 'pass' if flavour == 'rfc9990' else 'none'
    elif kind == 'list' and r.randrange(2):
        disposition = 'none'
        reason = '        <reason>\n          <type>mailing_list</type>\n          <comment>list &amp; forwarder</comment>\n        </reason>\n'
    signatures = [(domain if dkim_aligned else sender, 'sel%d' % r.randrange(1, 4), dkim)] if dkim else []
    if kind == 'mailer':
        signatures.append(('mailer.example', 's%d' % r.randrange(1, 9), 'pass'))
    results = ''.join(f'      <dkim>\n        <domain>{d}</domain>\n        <selector>{s}</selector>\n        <result>{result}</result>\n'
                      '      </dkim>\n' for d, s, result in signatures)
    scope = '        <scope>mfrom</scope>\n' if flavour != 'rfc7489' or r.randrange(2) else ''
    to = '      <envelope_to>hotmail.example</envelope_to>\n' if flavour == 'msft' else ''
    return (f'  <record>\n    <row>\n      <source_ip>{address(r, kind)}</source_ip>\n      <count>{r.choice((1, 1, 1, r.randrange(2, 400)))}'
            f'</count>\n      <policy_evaluated>\n        <disposition>{disposition}</disposition>\n'
            f'        <dkim>{"pass" if passes_dkim else "fail"}</dkim>\n        <spf>{"pass" if passes_spf else "fail"}</spf>\n{reason}'
            f'      </policy_evaluated>\n    </row>\n    <identifiers>\n{to}      <envelope_from>{sender}</envelope_from>\n'
            f'      <header_from>{author}</header_from>\n    </identifiers>\n    <auth_results>\n{results}'
            f'      <spf>\n        <domain>{sender}</domain>\n{scope}        <result>{spf}</result>\n      </spf>\n'
            '    </auth_results>\n  </record>\n')


def report(records, flavour, number=0):
    """The XML of one."""
    r = random.Random(f'{flavour}/{records}/{number}')
    org, email = REPORTERS[number % len(REPORTERS)]
    domain, begin = DOMAINS[number % len(DOMAINS)], BEGIN + 86400 * (number // len(REPORTERS) % 400)
    is_new = flavour == 'rfc9990'
    policy = ('    <p>quarantine</p>\n    <sp>reject</sp>\n    <np>reject</np>\n    <adkim>r</adkim>\n    <aspf>r</aspf>\n    <fo>1</fo>\n'
              '    <testing>n</testing>\n    <discovery_method>treewalk</discovery_method>\n' if is_new else
              '    <adkim>r</adkim>\n    <aspf>r</aspf>\n    <p>quarantine</p>\n    <sp>reject</sp>\n    <pct>10</pct>\n    <fo>0</fo>\n')
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n{ROOTS[flavour]}\n  <version>1.0</version>\n  <report_metadata>\n'
            f'    <org_name>{org}</org_name>\n    <email>{email}</email>\n    <report_id>{flavour}-{records}-{number}</report_id>\n'
            f'    <date_range>\n      <begin>{begin}</begin>\n      <end>{begin + 86399}</end>\n    </date_range>\n'
            f'{"    <generator>made</generator>" if is_new else ""}\n  </report_metadata>\n  <policy_published>\n'
            f'    <domain>{domain}</domain>\n{policy}  </policy_published>\n' +
            ''.join(record(r, domain, flavour) for _ in range(records)) + '</feedback>\n').encode()


def packed(xml):
    return gzip.compress(xml, mtime=0)


def mail(records, number):
    org, email = REPORTERS[number % len(REPORTERS)]
    domain, flavour = DOMAINS[number % len(DOMAINS)], FLAVOURS[number % len(FLAVOURS)]
    body = base64.encodebytes(packed(report(records, flavour, number))).decode().replace('\n', '\r\n')
    name = f'{org.lower()}!{domain}!{number}.xml.gz'
    return (f'From: {email}\r\nTo: dmarc@{domain}\r\nSubject: Report Domain: {domain} Submitter: {org} Report-ID: <{number}>\r\n'
            f'Date: Fri, 02 Jan 2026 01:02:03 +0000\r\nMessage-ID: <{number}@{org.lower()}>\r\nMIME-Version: 1.0\r\n'
            'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
            'This is an aggregate DMARC report.\r\n\r\n--=_b\r\n'
            f'Content-Type: application/gzip; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
            f'Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--=_b--\r\n').encode()
