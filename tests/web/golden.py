#!/usr/bin/python3
"""golden.py SCEAU SCEAU-WEB SCEAU-REPORTD [--renew | PAGE...]: the pages over a small store that never changes, compared with the ones kept
in golden/: what a change does to a page is seen in its diff. --renew keeps what comes now: look at the diff before it is committed. The
pages are kept without what frames them, a line a tag. One TAP line a page."""
import difflib, http.client, os, random, re, shutil, signal, subprocess, sys, tempfile, urllib.parse
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..', 'daemon'), os.path.join(HERE, '..', 'store')]
import made
import served
from tap import wait_for

SCEAU, WEB, REPORTD = (os.path.abspath(p) for p in sys.argv[1:4])
NOW = made.NOW + 10
KEPT = os.path.join(HERE, 'golden')
ZONE = '''$ORIGIN .
$TTL 3600
example.org. MX 10 mx.example.org.
example.org. TXT "v=spf1 ip4:192.0.2.0/28 -all"
_dmarc.example.org. TXT "v=DMARC1; p=quarantine; rua=mailto:r@example.org"
mx.example.org. A 192.0.2.1
_mta-sts.example.org. TXT "v=STSv1; id=20260104"
s1._domainkey.example.org. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
'''
D = '/d/example.org'
PAGES = {'today-fr': '/?days=7&lang=fr', 'domain': D + '?days=7', 'sources': D + '/sources?days=7', 'source': D + '/source?days=7&source=192.0.2.11',
         'policy': D + '/policy', 'failures-fr': D + '/failures?days=7&lang=fr', 'keys': D + '/keys?days=7', 'check': '/check/example.org',
         'reports': '/reports?days=7', 'reporters': '/reporters?days=7', 'tls': '/tls?days=7', 'intake-fr': '/intake?days=7&lang=fr',
         'outbox': '/outbox', 'search': '/search?q=192.0.2', 'refused': D + '?days=many'}


def run(*words, status=(0,)):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode in status, (words, done)
    return done.stdout


class Dashboard:
    def __init__(self, root):
        self.state, rng = os.path.join(root, 'state'), random.Random(7)
        reports = [made.Report(rng, 1, 6, org='reporter.test'), made.Report(rng, 2, 4, org='reporter.test', begin=made.NOW - 2 * made.DAY),
                   made.Report(rng, 3, 3, org='<b>other</b> & co.', days=2, begin=made.NOW - 4 * made.DAY)]
        reports[2].org = reports[2].org.replace('&', '&amp;').replace('<', '&lt;')
        with open(os.path.join(root, 'zone'), 'w') as f:
            f.write(ZONE)
        os.mkdir(os.path.join(root, 'in'))
        for n, r in enumerate(reports):
            with open(os.path.join(root, 'in', '%d.xml' % n), 'wb') as f:
                f.write(r.xml())
        with open(os.path.join(root, 'psl'), 'w') as f:
            f.write('org\ntest\n')
        common = ['--state', self.state, '--now', str(NOW), '--config', '/dev/null', *served.words(self.state), '--dns', os.path.join(root, 'zone')]
        # the day before, other records stood there: each change is told
        with open(os.path.join(root, 'old'), 'w') as f:
            f.write(ZONE.replace('p=quarantine', 'p=none').replace('/28 -all', '/28 ip4:198.51.100.7 ~all').replace('_mta-sts', '_other'))
        run(REPORTD, '--once', '--quiet', *common[:2], '--now', str(NOW - made.DAY), '--config', '/dev/null', *served.words(self.state), '--dns', os.path.join(root, 'old'),
            '--set', 'policy.own_domains=example.org')
        run(SCEAU, 'report', 'ingest', '--quiet', os.path.join(root, 'in'), *common)
        run(REPORTD, '--once', '--quiet', *common)
        with served.connect(self.state) as db:  # as sceau-reportd would keep it
            for mx, why, good, bad in (('', '', 40, 2), ('mx.example.org', 'certificate-expired', 0, 2)):
                db.execute('INSERT INTO tls_day VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ('example.org', NOW // 86400 - 1, 'sts', 'reporter.test', mx, why, good, bad))
            db.execute('INSERT INTO meta (name, value) VALUES (?, ?)', ('mta_sts/example.org', '%d %d\nfine 200 text/plain\nversion: STSv1\nmode: enforce\n'
                                                                       'mx: mx2.example.org\nmax_age: 604800\n' % (NOW, NOW)))
        self.web = subprocess.Popen([WEB, '--listen', '127.0.0.1:0', '--set', 'dmarc.psl_file=' + os.path.join(root, 'psl'), *common[:-2]], stderr=subprocess.DEVNULL)
        place = os.path.join(self.state, 'web', 'address')
        wait_for('address', lambda: os.path.exists(place))
        link = urllib.parse.urlsplit(run(SCEAU, 'web', 'login', '--state', self.state).strip())
        self.host, self.cookie = link.netloc, None
        self.cookie = self.get(link.path + '?' + link.query)[1]['Set-Cookie'].split(';')[0]

    def get(self, path):
        c = http.client.HTTPConnection(self.host, timeout=30)
        c.request('GET', path, headers={'Cookie': self.cookie} if self.cookie else {})
        r = c.getresponse()
        text = r.read().decode()
        c.close()
        return text, r.headers

    def page(self, path):
        """What is in <main>, a line a tag; without what is another one each time."""
        text = self.get(path)[0]
        main = re.search(r'<main.*</main>', text, re.S)[0]
        main = re.sub(r'name="token" value="[0-9a-f]{64}"', 'name="token"', main)
        main = re.sub(r'data-value="(\d{6,})"', lambda m: 'data-value="%d"' % (int(m[1]) // 60 * 60), main)  # times: to the minute
        main = re.sub(r'id=(\d{8})\d{6}', r'id=\1', main)  # one to paste, of this second
        return re.sub(r'\n+', '\n', re.sub(r'(<(?!/))', r'\n\1', main)).strip() + '\n'

    def stop(self):
        self.web.send_signal(signal.SIGTERM)
        self.web.wait(20)


def compare(name, got, renew):
    path = os.path.join(KEPT, name + '.html')
    if renew:
        os.makedirs(KEPT, exist_ok=True)
        with open(path, 'w') as f:
            f.write(got)
        return ''
    with open(path) as f:
        kept = f.read()
    return '\n'.join(list(difflib.unified_diff(kept.splitlines(), got.splitlines(), 'kept', 'now', lineterm='', n=2))[:60])


def main():
    renew = '--renew' in sys.argv
    names = [n for n in sys.argv[4:] if n in PAGES] or list(PAGES)
    root = tempfile.mkdtemp(prefix='sceau-golden.')
    bad = 0
    print('1..%d' % len(names))
    try:
        dashboard = Dashboard(root)
        for n, name in enumerate(names, 1):
            diff = compare(name, dashboard.page(PAGES[name]), renew)
            bad += diff != ''
            print('%s %d - %s' % ('not ok' if diff else 'ok', n, name))
            if diff:
                print('# ' + diff.replace('\n', '\n# ') + '\n# if it is meant: make golden', flush=True)
        dashboard.stop()
        served.no_file(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 1 if bad else 0


sys.exit(main())
