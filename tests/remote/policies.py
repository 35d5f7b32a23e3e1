#!/usr/bin/python3
"""policies.py SCEAU SCEAU-WEB SCEAU-REPORTD [NAME...]: sceau-reportd reads the MTA-STS policy files of our domains from a real HTTPS
server with a certificate of our own authority, once a day; what came is judged as sceau check does it, on the dashboard's page of TLS and
in sceau report tls. One TAP line a test."""
import calendar, csv, io, json, os, re, socket, subprocess, sys, time
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
sys.path[:0] = [os.path.join(TESTS, name) for name in ('cli', 'daemon', 'store')]
os.environ['ASAN_OPTIONS'] = os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'  # it reads /proc, which the confined program cannot
import https
from tap import run_tests, served, spawn, wait_for

SCEAU, WEB, REPORTD = (os.path.abspath(p) for p in sys.argv[1:4])
DAY = 86400
LATER = DAY + 60  # a run takes its seconds
PLAIN = 'text/plain'
FILE = 'version: STSv1\nmode: %s\nmx: %s\nmax_age: %d\n'
GOOD = FILE % ('enforce', '*.mail.test', 604800)

# name, record, (status, type, body) or None, row (policy, max_age, mx, mail_hosts, covered), outcomes, what is told; why
CASES = (
    ('enforce.test', 'v=STSv1; id=7', (200, PLAIN, GOOD), ('enforce', 604800, '*.mail.test', 2, 2), '', '', 'as it should be'),
    ('uncovered.test', 'v=STSv1; id=7', (200, PLAIN, FILE % ('enforce', 'mx1.mail.test', 604800)), ('enforce', 604800, 'mx1.mail.test', 2, 1),
     'problem', 'mx2.mail.test', 'mail to one host is refused'),
    ('testing.test', 'v=STSv1; id=7', (200, PLAIN, FILE % ('testing', 'mx9.mail.test', 604800)), ('testing', 604800, 'mx9.mail.test', 2, 0),
     'warning warning info', 'mode testing', 'under test nothing is refused'),
    ('none.test', 'v=STSv1; id=7', (200, PLAIN, 'version: STSv1\nmode: none\nmax_age: 86400\n'), ('none', 86400, None, 2, None), 'info', 'mode none',
     'a policy that is taken back names nobody'),
    ('hour.test', 'v=STSv1; id=7', (200, PLAIN, GOOD.replace('604800', '3600')), ('enforce', 3600, '*.mail.test', 2, 2), 'info', '3600',
     'forgotten within a day'),
    ('neither.test', None, None, ('absent', None, None, 2, None), 'info', 'no MTA-STS record', 'advice alone'),
    ('half.test', 'v=STSv1; id=7', None, ('broken', None, None, 2, None), 'warning', '404', 'a record without its file'),
    ('file.test', None, (200, PLAIN, GOOD), ('broken', 604800, '*.mail.test', 2, 2), 'warning', 'has no MTA-STS record', 'a file without its record'),
    ('noid.test', 'v=STSv1; i=7', (200, PLAIN, GOOD), ('broken', 604800, '*.mail.test', 2, 2), 'warning', 'an id', 'a record that is none'),
    ('moved.test', 'v=STSv1; id=7', (302, PLAIN, GOOD), ('broken', None, None, 2, None), 'warning', 'redirects (302)', 'RFC 8461 section 3.3'),
    ('page.test', 'v=STSv1; id=7', (200, 'text/html', '<html>\x01\xe9'), ('broken', None, None, 2, None), 'warning', 'key: value',
     'a web server that answers anything; octets that are no text'),
    ('html.test', 'v=STSv1; id=7', (200, 'text/html', GOOD), ('enforce', 604800, '*.mail.test', 2, 2), 'warning', 'text/html', 'a type that some refuse'),
    ('large.test', 'v=STSv1; id=7', (200, PLAIN, GOOD + 'x: ' + 'y' * 70000), ('broken', None, None, 2, None), 'warning', '64 KiB', 'over the limit'),
    ('foreign.test', 'v=STSv1; id=7', (200, PLAIN, GOOD), ('broken', None, None, 2, None), 'warning', 'the certificate is not valid',
     "the certificate is another name's"),
)


class Host:
    def __init__(self, tmp, names=[c[0] for c in CASES]):
        self.dir, self.state, self.now, self.names = tmp, tmp + '/state', int(time.time()), names
        https.certificates(tmp, ['mta-sts.' + n for n in names if n != 'foreign.test'])
        https.Handler.pages = {'mta-sts.' + c[0] + https.STS: c[2] for c in CASES if c[2]}
        https.Handler.asked = []
        self.server = https.serve(tmp)
        self.write_zone()

    def write_zone(self, more=''):
        with open(self.dir + '/zone', 'w') as f:
            f.write('$ORIGIN .\n$TTL 60\nmx1.mail.test. A 192.0.2.1\nmx2.mail.test. A 192.0.2.2\n')
            for name, record, *_ in CASES:
                f.write('%s. MX 10 mx1.mail.test.\n%s. MX 20 mx2.mail.test.\n' % (name, name))
                if 'mta-sts.' + name + '.' not in more:
                    f.write('mta-sts.%s. A 127.0.0.1\n' % name)
                if record:
                    f.write('_mta-sts.%s. TXT "%s"\n' % (name, record))
            f.write(more)

    def words(self):
        return ['--config', '/dev/null', '--state', self.state, *served.words(self.state), '--now', str(self.now)]

    def program(self, *sets, names=None):
        return [REPORTD, *self.words(), '--dns', self.dir + '/zone', '--set', 'policy.own_domains=' + ' '.join(names or self.names),
                '--set', 'check.https_port=%d' % self.server.server_address[1], '--set', 'check.allow_private=yes', '--set',
                'check.trust_file=' + self.dir + '/ca.pem', '--set', 'alert.certificates=no'] + [w for s in sets for w in ('--set', s)]

    def reportd(self, *sets, names=None):
        run = subprocess.run(self.program(*sets, names=names) + ['--once'], capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run
        asked, https.Handler.asked = https.Handler.asked, []
        return asked

    def report(self, *words):
        run = subprocess.run([SCEAU, 'report', 'tls', *words, *self.words()], capture_output=True, text=True, timeout=60)
        assert run.returncode == 3 and run.stderr == '', run  # no session was reported
        return run.stdout

    def rows(self, table='mta_sts'):
        return [r for r in map(json.loads, self.report('--json').splitlines()) if r['type'] == table]

    def row(self, name):
        return next(r for r in self.rows() if r['domain'] == name)


def each_state(tmp):
    host = Host(tmp)
    assert host.reportd('check.mta_sts=no') == [], 'switched off: nobody is asked'
    for row in host.rows():
        assert row['policy'] == ('absent' if row['domain'] in ('neither.test', 'file.test') else 'not read') and row['seen'] is None, row
    asked = host.reportd()
    assert set(asked) == {'mta-sts.' + n for n in host.names if n != 'foreign.test'} and len(asked) == len(set(asked)), asked
    rows, findings = {r['domain']: r for r in host.rows()}, host.rows('mta_sts_check')
    assert list(rows) == sorted(host.names), list(rows)
    for name, record, _, want, outcomes, told, why in CASES:
        row, about = rows[name], [f for f in findings if f['domain'] == name]
        assert tuple(row[k] for k in ('policy', 'max_age', 'mx', 'mail_hosts', 'covered')) == want, (why, row)
        assert row['id'] == ('7' if record and 'id=7' in record else None), (why, row)
        assert 0 <= calendar.timegm(time.strptime(row['seen'], '%Y-%m-%dT%H:%M:%SZ')) - host.now < 120, (why, row)
        assert sorted(f['outcome'] for f in about) == sorted(outcomes.split()), (why, about)
        assert not any('`mode: testing`' in f['fix'] for f in about) or row['max_age'] is None, (why, 'what can be read keeps its mode', about)
        assert told == '' or any(told in f['found'] for f in about), (why, about)
        assert all(f['fix'] and (f['outcome'] == 'info' or '_mta-sts.' in f['zone_line']) for f in about), (why, about)
    text = host.report()
    assert 'uncovered.test: the MTA-STS policy does not name mx2.mail.test' in text and '_mta-sts.uncovered.test. 3600 IN TXT "v=STSv1; id=' in text, text
    assert 'mode none' not in text and 'mode none' in host.report('none.test'), 'advice is told of one domain'
    french = host.report('--lang', 'fr')
    for words in ('À corriger', 'sans effet', 'la politique MTA-STS ne nomme pas mx2.mail.test', 'serveurs nommés'):
        assert words in french.replace('\u00a0', ' '), (words, french)
    assert all(len(line) <= 80 for line in text.splitlines() if 'IN TXT' not in line and 'https://' not in line), text


def as_sceau_check_says(tmp):
    """The same findings as from the checker, asked now."""
    host = Host(tmp)
    host.reportd()
    kept = host.rows('mta_sts_check')
    run = subprocess.run([SCEAU, 'check', '--json', '--http', '--only', 'mtasts', '--config', '/dev/null', '--dns', host.dir + '/zone', '--set',
                          'check.https_port=%d' % host.server.server_address[1], '--set', 'check.trust_file=' + host.dir + '/ca.pem', '--set',
                          'check.allow_private=yes', *host.names], capture_output=True, text=True, timeout=60)
    asked = [f for f in map(json.loads, run.stdout.splitlines()) if f.get('outcome') not in (None, 'ok', 'skipped')]
    assert len(kept) > 10, kept

    def told(f, name):  # the time in a new id aside
        return (f[name], f['id'], f['outcome'], f['found'], f['fix'], re.sub(r'id=\d+', 'id=', f['zone_line'] or ''))
    assert sorted(told(f, 'domain') for f in kept) == sorted(told(f, 'name') for f in asked), (kept, asked)


def once_a_day(tmp):
    host = Host(tmp, ['enforce.test', 'half.test'])
    assert len(host.reportd()) == 2
    host.now += DAY // 2
    assert host.reportd() == [], 'a day is not over'
    host.now += DAY // 2 + 60
    assert sorted(host.reportd()) == ['mta-sts.enforce.test', 'mta-sts.half.test']
    host.now -= 3 * DAY
    assert len(host.reportd()) == 2, 'a clock that was ahead'


def what_nobody_could_tell(tmp):
    """An answer stays for a week behind looks that learn nothing; then the policy is unknown."""
    host = Host(tmp, ['enforce.test'])
    host.reportd()
    first = host.row('enforce.test')
    host.write_zone('$FAIL mta-sts.enforce.test. A SERVFAIL\n')
    for days, policy in ((1, 'enforce'), (5, 'enforce'), (2, 'unknown')):
        host.now += days * DAY + 60
        assert host.reportd() == []
        row = host.row('enforce.test')
        assert row['policy'] == policy and (row['seen'] == first['seen']) == (policy == 'enforce'), (days, row)
    host.write_zone()
    host.now += LATER
    host.reportd()
    assert host.row('enforce.test')['policy'] == 'enforce'


def who_is_asked(tmp):
    """Anybody may send a report on a domain: only those of the configuration are asked. What is of no use any more goes."""
    host = Host(tmp, ['enforce.test', 'half.test'])
    host.reportd()

    def kept():
        with served.connect(host.state) as db:
            return sorted(r[0] for r in db.execute("SELECT name FROM meta WHERE name LIKE 'mta_sts/%'"))
    assert kept() == ['mta_sts/enforce.test', 'mta_sts/half.test']
    host.now += LATER
    assert host.reportd(names=['half.test']) == ['mta-sts.half.test']
    assert host.row('enforce.test')['policy'] == 'enforce', 'for a week'
    host.now += 31 * DAY
    host.reportd(names=['half.test'])
    assert kept() == ['mta_sts/half.test']
    host.now += 31 * DAY
    host.reportd('check.mta_sts=no')
    assert kept() == [], 'switched off: they go as well'


def a_firewall_of_ours(tmp):
    """What is refused from here takes a week to take the place of an answer, and then it is told as that; where nobody was reached it is
    trouble of ours, in the log. So it is with a server's own trouble, but for the log."""
    host, closed = Host(tmp, ['enforce.test', 'half.test']), 'check.https_port=1'
    host.reportd()
    first = host.rows()
    for days, is_kept in ((1, True), (5, True), (2, False)):
        host.now += days * DAY + 60
        run = subprocess.run(host.program(closed) + ['--once'], capture_output=True, text=True, timeout=120)
        assert run.returncode == 75 and 'none of 2 hosts could be reached' in run.stderr, run
        rows = host.rows()
        assert (rows == first) == is_kept, (days, rows)
    assert [r['policy'] for r in rows] == ['not reached'] * 2, rows
    about = [f for f in host.rows('mta_sts_check') if f['id'] == 'mtasts.record']
    assert len(about) == 2 and all('refused' in f['found'] and 'firewall' in f['fix'] and f['zone_line'] is None for f in about), about
    https.Handler.pages['mta-sts.enforce.test' + https.STS] = (503, PLAIN, '')
    for policy in ('not reached', 'enforce', 'enforce'):
        host.now += LATER
        host.reportd()
        assert host.row('enforce.test')['policy'] == policy, policy
        if policy == 'not reached':
            https.Handler.pages['mta-sts.enforce.test' + https.STS] = (200, PLAIN, GOOD)
            host.now += LATER
            host.reportd()
        https.Handler.pages['mta-sts.enforce.test' + https.STS] = (503, PLAIN, '')


def what_senders_keep(tmp):
    """RFC 8461 section 3.3: a policy that is gone is valid for its max_age, where a sender has it."""
    host, place = Host(tmp, ['enforce.test']), 'mta-sts.enforce.test' + https.STS
    host.reportd()
    first = host.row('enforce.test')
    assert first['mode'] == 'enforce' and first['kept_until'] is None, first
    del https.Handler.pages[place]
    host.now += LATER
    host.reportd()
    until = host.now + 604800
    row = host.row('enforce.test')
    assert row['policy'] == 'broken' and all(row[k] == first[k] for k in ('mode', 'max_age', 'mx', 'covered')), row
    assert 0 <= calendar.timegm(time.strptime(row['kept_until'], '%Y-%m-%dT%H:%M:%SZ')) - until < 120, row
    day = row['kept_until'][:10]
    assert 'until %s: its mode is enforce' % day in ' '.join(host.report().split()), host.report()
    about = host.rows('mta_sts_check')
    assert not any('`mode: testing`' in f['fix'] for f in about) and any('404' in f['found'] for f in about), about
    assert not any(f['outcome'] == 'problem' for f in about), about
    host.write_zone('enforce.test. MX 30 new.other.test.\nnew.other.test. A 192.0.2.3\n')
    host.now += LATER
    host.reportd()
    row = host.row('enforce.test')
    assert (row['mail_hosts'], row['covered'], row['kept_until'][:10]) == (3, 2, day), row
    assert [f['found'] for f in host.rows('mta_sts_check') if f['outcome'] == 'problem'] == \
        ['the MTA-STS policy that senders may keep until %s does not name new.other.test' % day], host.rows('mta_sts_check')
    host.now += 6 * DAY
    host.reportd()
    row = host.row('enforce.test')
    assert row['policy'] == 'broken' and all(row[k] is None for k in ('mode', 'max_age', 'mx', 'covered', 'kept_until')), row


def octets_that_are_no_text(tmp):
    """In the store each would be three, and a policy of 60 KiB too large: it is judged as sceau check does."""
    host = Host(tmp, ['enforce.test'])
    https.Handler.pages['mta-sts.enforce.test' + https.STS] = (200, PLAIN, GOOD.encode() + b'x: ' + b'\xff' * 60000 + b'\n')
    host.reportd()
    row = host.row('enforce.test')
    assert row['policy'] == 'enforce' and row['mx'] == '*.mail.test', row


def one_set_of_domains(tmp):
    """Those whose records are looked at, in small letters, each once; of more than a thousand the first ones."""
    host = Host(tmp, ['ENFORCE.test', 'enforce.test', 'half.test'])
    assert sorted(host.reportd()) == ['mta-sts.enforce.test', 'mta-sts.half.test']
    assert host.row('enforce.test')['policy'] == 'enforce'
    host.now += LATER
    many = ['d%d.test' % i for i in range(999)]
    assert host.reportd(names=['half.test'] + many + ['enforce.test']) == ['mta-sts.half.test']


def a_host_that_hangs(tmp):
    """A daemon, which waits for a host that says nothing as long as a sender would, and reads the others."""
    host = Host(tmp, ['half.test', 'enforce.test'])
    port = host.server.server_address[1]
    with socket.create_server(('127.0.0.2', port)) as silent, open(tmp + '/log', 'wb') as log:
        host.write_zone('mta-sts.half.test. A 127.0.0.2\n')
        began = time.monotonic()
        daemon = spawn(host.program(), stderr=log)
        wait_for('ready', lambda: 'ready' in open(tmp + '/log').read())

        def read():
            with served.connect(host.state) as db:
                return dict(db.execute("SELECT name, value FROM meta WHERE name LIKE 'mta_sts/%'").fetchall())
        wait_for('both', lambda: len(read()) == 2, 60)
        assert time.monotonic() - began < 45, 'a host has 15 seconds'
        if served.URL:
            with served.connect(host.state) as db:
                assert db.execute("SELECT holder FROM lease WHERE name = 'policies'").fetchone()[0] != '', 'one host of several does it'
        daemon.terminate()
        assert daemon.wait(30) == 0 and silent
    assert read()['mta_sts/half.test'].split('\n')[1].startswith('timeout '), read()
    assert host.row('half.test')['policy'] == 'not reached' and host.row('enforce.test')['policy'] == 'enforce'
    assert any('no answer in time' in f['found'] for f in host.rows('mta_sts_check')), host.rows('mta_sts_check')
    assert [line for line in open(tmp + '/log') if line != 'ready\n'] == [], 'no trouble of ours'


def dashboard(host, tmp):
    import http.client
    web = spawn([WEB, '--listen', '127.0.0.1:0', *host.words()], stderr=open(tmp + '/log', 'ab'))
    place = host.state + '/web/address'
    wait_for('address', lambda: os.path.exists(place) and open(place).read())
    link = subprocess.run([SCEAU, 'web', 'login', '--state', host.state], capture_output=True, text=True, check=True).stdout.strip()

    def ask(path, cookie=None):
        c = http.client.HTTPConnection(link.split('/')[2], timeout=30)
        c.request('GET', path, headers={'Cookie': cookie} if cookie else {})
        r = c.getresponse()
        text = r.read().decode()
        c.close()
        assert r.status in (200, 303), (path, r.status, text)
        return text, r.headers
    cookie = ask('/' + link.split('/', 3)[3])[1]['Set-Cookie'].split(';')[0]
    return web, lambda path: ask(path, cookie)


def on_the_dashboard(tmp):
    host = Host(tmp)
    host.reportd()
    web, ask = dashboard(host, tmp)

    def timeless(rows):  # the id of a record to paste is of the second
        return [{k: re.sub(r'id=\d{14}', 'id=', v) if k == 'zone_line' and v else v for k, v in r.items() if k != 'type'} for r in rows]
    for table in ('mta_sts', 'mta_sts_check', 'tls_published'):
        rows = json.loads(ask('/tls.json?lang=fr&table=' + table)[0])['rows']
        assert timeless(rows) == timeless(host.rows(table)), (table, rows)
        cells = list(csv.DictReader(io.StringIO(ask('/tls.csv?table=' + table)[0])))
        assert [list(r) for r in cells] == [list(r) for r in rows] and len(rows) >= len(CASES), (table, cells)
    page, french = ask('/tls')[0], ask('/tls?lang=fr')[0]
    for text in ('not all named', '2 of 2', '7 days', '1 h', 'the MTA-STS policy does not name mx2.mail.test',
                 '_mta-sts.uncovered.test. 3600 IN TXT &quot;v=STSv1; id='):
        assert text in page, text
    assert page.count('<details open>') == 0 and ask('/tls?domain=none.test')[0].count('<details open>') == 1, 'advice is open for one domain'
    for text in ('pas tous nommés', '2 sur 2', 'la politique MTA-STS ne nomme pas mx2.mail.test', 'sans effet'):
        assert text in french.replace('&nbsp;', ' '), text
    web.terminate()
    assert web.wait(20) == 0


def what_a_row_shows(tmp):
    """A policy that is gone, with until when; one that nobody has, whose mail hosts are all named to no avail; a hundred patterns."""
    host = Host(tmp, ['enforce.test', 'uncovered.test', 'file.test'])
    host.reportd()
    https.Handler.pages['mta-sts.enforce.test' + https.STS] = (200, PLAIN, GOOD + ''.join('mx: m%d.mail.test\n' % i for i in range(100)))
    del https.Handler.pages['mta-sts.uncovered.test' + https.STS]
    host.now += LATER
    host.reportd()
    web, ask = dashboard(host, tmp)

    def row(page, name):
        rows = [r for r in page.split('id="policies"')[-1].split('<tr')[1:] if 'domain=' + name in r]
        assert len(rows) == 1, (name, rows, page)
        return re.sub(r'<[^>]*>', '', rows[0].replace('\u00a0', ' ')), rows[0]
    page, french = ask('/tls')[0], ask('/tls?lang=fr')[0]
    day = host.row('uncovered.test')['kept_until'][:10]
    assert 'enforce until ' + day in row(page, 'uncovered.test')[0], row(page, 'uncovered.test')
    assert 'enforce jusqu’au ' + day in row(french, 'uncovered.test')[0], row(french, 'uncovered.test')
    text = row(page, 'enforce.test')[0]
    assert 'm3.mail.test' in text and 'm4.mail.test' not in text and 'and 96 more' in text, text
    assert 'all named' in row(page, 'file.test')[0] and 'badge good' not in row(page, 'file.test')[1], row(page, 'file.test')
    assert 'badge good' in row(page, 'enforce.test')[1]
    web.terminate()
    assert web.wait(20) == 0


if __name__ == '__main__':
    run_tests([each_state, as_sceau_check_says, once_a_day, what_nobody_could_tell, who_is_asked, a_firewall_of_ours, what_senders_keep, octets_that_are_no_text, one_set_of_domains, a_host_that_hangs, on_the_dashboard, what_a_row_shows], sys.argv[4:])
