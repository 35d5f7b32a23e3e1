"""Made-up reports, and what they add up to, counted here and nowhere else."""
import base64, collections, gzip, io, random, zipfile

DAY = 86400
NOW = 1767225600 + 3 * DAY  # the fourth of January 2026
WORDS = {'none': 1, 'pass': 2, 'quarantine': 3, 'reject': 4}
ALIGNED = {'pass': 1, 'fail': 2}


class Report:
    """One aggregate report: records as (ip, count, disposition, dkim, spf, header_from, signer, selector)."""

    def __init__(self, rng, number, records, org='reporter.test', domain='example.org', days=1, begin=1767225600):
        self.org, self.domain, self.number, self.begin, self.days = org, domain, number, begin, days
        self.end = begin + days * DAY - 1
        self.records = [(f'192.0.2.{rng.randrange(40)}' if rng.random() < .8 else f'2001:db8::{rng.randrange(9):x}', rng.randrange(1, 50),
                         rng.choice(('none', 'quarantine', 'reject')), rng.choice(('pass', 'fail')), rng.choice(('pass', 'fail')),
                         rng.choice(('example.org', 'news.example.org', '')), rng.choice((domain, 'mailer.test')), rng.choice(('s1', 's2')))
                        for _ in range(records)]

    def xml(self):
        rows = ''.join(
            f'<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated><disposition>{disposition}</disposition>'
            f'<dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row><identifiers>'
            f'<header_from>{author or self.domain}</header_from></identifiers><auth_results><dkim><domain>{signer}</domain>'
            f'<selector>{selector}</selector><result>{dkim}</result></dkim><spf><domain>{self.domain}</domain><scope>mfrom</scope>'
            f'<result>{spf}</result></spf></auth_results></record>'
            for ip, count, disposition, dkim, spf, author, signer, selector in self.records)
        return (f'<?xml version="1.0"?><feedback><version>1.0</version><report_metadata><org_name>{self.org}</org_name>'
                f'<email>dmarc@{self.org}</email><report_id>r-{self.number}</report_id><date_range><begin>{self.begin}</begin>'
                f'<end>{self.end}</end></date_range></report_metadata><policy_published><domain>{self.domain}</domain><adkim>r</adkim>'
                f'<aspf>r</aspf><p>quarantine</p><sp>none</sp><pct>100</pct></policy_published>{rows}</feedback>').encode()

    def zip(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f'{self.org}!{self.domain}!{self.begin}!{self.end}.xml', self.xml())
        return out.getvalue()

    def mail(self):
        body = base64.encodebytes(gzip.compress(self.xml(), mtime=0)).decode()
        return (f'From: dmarc@{self.org}\nTo: r@{self.domain}\nSubject: Report Domain: {self.domain}\nDate: Thu, 01 Jan 2026 12:00:00 +0000\n'
                f'Message-ID: <{self.number}@{self.org}>\nMIME-Version: 1.0\nContent-Type: application/gzip\n'
                f'Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=r-{self.number}.xml.gz\n\n{body}').encode()

    def file(self, form):
        return {'xml': self.xml, 'xml.gz': lambda: gzip.compress(self.xml(), mtime=0), 'zip': self.zip, 'eml': self.mail}[form]()


def packed(ip):
    import ipaddress
    return ipaddress.ip_address(ip).packed


def sums(reports):
    """What the roll-ups have to hold, by table: {key: count}."""
    want = collections.defaultdict(collections.Counter)
    for report in reports:
        day = report.begin // DAY
        for ip, count, disposition, dkim, spf, author, signer, selector in report.records:
            author = author or report.domain
            want['day_total'][report.domain, author, day, ALIGNED[dkim], ALIGNED[spf], WORDS[disposition]] += count
            want['day_ip'][report.domain, author, day, packed(ip), ALIGNED[dkim], ALIGNED[spf], WORDS[disposition]] += count
            want['key_' + dkim][report.domain, day, signer, selector, report.org] += count
            want['reporter'][report.domain, day, report.org] += count
            want['seen'][report.domain, packed(ip)] = 1
    return want


# The table week_ip as rows of days.
DAY_IP = '(' + ' UNION ALL '.join(
    f'SELECT policy_domain, week * 7 + {n} AS day, domain, ip, dkim, spf, disposition, cause, flags, count{n} AS count, reports{n} AS reports '
    f'FROM week_ip WHERE count{n} > 0' for n in range(7)) + ') AS day_ip'

QUERIES = {
    'day_total': 'SELECT policy_domain, domain, day, dkim, spf, disposition, count FROM day_total',
    'day_ip': 'SELECT policy_domain, domain, day, ip, dkim, spf, disposition, sum(count) '
              f'FROM {DAY_IP} GROUP BY 1, 2, 3, 4, 5, 6, 7',
    'key_pass': 'SELECT policy_domain, day, signer, selector, reporter_name, pass FROM day_key WHERE pass > 0',
    'key_fail': 'SELECT policy_domain, day, signer, selector, reporter_name, fail FROM day_key WHERE fail > 0',
    'reporter': 'SELECT policy_domain, day, reporter_name, messages FROM day_reporter',
    'seen': 'SELECT policy_domain, ip, 1 FROM seen',
}


def differences(db, reports):
    """Where the store holds something else than those reports, each once."""
    wrong = []
    want = sums(reports)
    for name, query in QUERIES.items():
        got = {tuple(row[:-1]): row[-1] for row in db.execute(query)}
        if got != dict(want[name]):
            wrong.append(f'{name}: {len(got)} keys sum {sum(got.values())}, not {len(want[name])} keys sum {sum(want[name].values())}')
    rows = db.execute('SELECT coalesce(sum(w.row_count), 0), coalesce(sum(w.messages), 0) FROM report_pack w JOIN report r ON r.id = w.report WHERE r.counted = 1').fetchone()
    if rows != (sum(len(r.records) for r in reports), sum(x[1] for r in reports for x in r.records)):
        wrong.append(f'report_pack: {rows}')
    return wrong


def make(seed, count, records=10):
    rng = random.Random(seed)
    return [Report(rng, f'{seed}-{n}', rng.randrange(1, records + 1), org=rng.choice(('reporter.test', 'other.test', 'third.test')),
                   begin=1767225600 + DAY * rng.randrange(3)) for n in range(count)]
