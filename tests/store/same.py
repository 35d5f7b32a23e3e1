#!/usr/bin/python3
"""Two stores, one in a file and one on a server of PostgreSQL, with the same reports: every page of the dashboard and every
`sceau report` answers the same, octet by octet.

    tests/with-postgresql tests/store/same.py SCEAU SCEAU_REPORTD SCEAU_WEB SOURCES
"""
import glob, http.client, os, re, shutil, signal, sqlite3, subprocess, sys, tempfile, time, urllib.parse

import served

SCEAU, REPORTD, WEB, ROOT = (os.path.abspath(x) for x in sys.argv[1:5])
NOW = 1795996800 + 30000  # 2026-11-30, in the morning
DOMAIN = 'example.org'
COMMANDS = [['today'], ['domain', DOMAIN], ['sources', DOMAIN], ['readiness', DOMAIN], ['failures', DOMAIN], ['keys', DOMAIN],
            ['reporters'], ['tls'], ['findings'], ['list'], ['intake'], ['sources', DOMAIN, '--days', '90'], ['tls', DOMAIN],
            ['domain', 'example.net'], ['failures', 'example.net']]
PAGES_MAX = 250
# One was filled some seconds after the other.
ALIKE = ['UPDATE report SET received = %d' % NOW, 'UPDATE failure SET received = %d' % NOW, 'UPDATE place SET last_run = %d, last_mail = 1' % NOW,
         'UPDATE day_reporter SET delay_seconds = 1', 'UPDATE dns_record SET first = %d, last = %d' % (NOW, NOW), 'UPDATE finding SET first = %d, last = %d' % (NOW, NOW), "UPDATE meta SET value = '%d' WHERE name LIKE '%%made'" % NOW,
         'UPDATE intake SET time_us = %d' % (NOW * 1000000)]


# The order of rows that nothing asks for is chance: rows lie shuffled there, and no index brings them into one by chance.
NO_ORDER = '%20-cenable_indexscan%3Doff%20-cenable_indexonlyscan%3Doff%20-cenable_mergejoin%3Doff'
SHUFFLE = """DO $$ DECLARE t text; BEGIN
FOR t IN SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = current_schema() LOOP
  EXECUTE 'CREATE TEMP TABLE all_of_it AS SELECT * FROM ' || t;
  EXECUTE 'DELETE FROM ' || t;
  EXECUTE 'INSERT INTO ' || t || ' SELECT * FROM all_of_it ORDER BY md5(all_of_it::text)';
  DROP TABLE all_of_it;
END LOOP; END $$"""


class World:
    def __init__(self, folder, name, url):
        self.state, self.name = os.path.join(folder, name), name
        self.words = ['--state', self.state, '--now', str(NOW), '--config', '/dev/null', '--set', 'store.url=' + url]

    def fill(self, reports, zone):
        incoming = os.path.join(self.state, 'incoming')
        shutil.copytree(reports, incoming)
        words = [REPORTD, '--once', '--dns', zone, '--set', 'intake.unauthenticated=count', *self.words]
        done = subprocess.run(words, capture_output=True, timeout=300)
        assert done.returncode == 0, (self.name, done.returncode, done.stderr)
        with self.connect() as db:
            for sql in ALIKE:
                db.execute(sql)

    def connect(self):
        path = os.path.join(self.state, 'store.db')
        return sqlite3.connect(path) if os.path.exists(path) else served.connect(os.path.dirname(self.state))

    def say(self, words):
        done = subprocess.run([SCEAU, 'report', *words, *self.words], capture_output=True, timeout=120)
        return done.returncode, done.stdout.replace(self.name.encode(), b'STATE'), done.stderr

    def open(self, signs_in=True):
        self.log = open(self.state + '.log', 'ab')
        self.web = subprocess.Popen([WEB, '--listen', '127.0.0.1:0', *self.words], stderr=self.log, stdout=self.log)
        address = os.path.join(self.state, 'web', 'address')
        end = time.time() + 30
        while not os.path.exists(address) and time.time() < end:
            time.sleep(.05)
        time.sleep(.2)
        self.host, self.cookie = open(address).read().split('//')[1], ''
        if not signs_in:
            return
        link = urllib.parse.urlsplit(subprocess.run([SCEAU, 'web', 'login', '--state', self.state], check=True, capture_output=True,
                                                    text=True).stdout.strip())
        _, header, _ = self.ask(link.path + '?' + link.query)
        self.cookie = header['Set-Cookie'].split(';')[0]

    def ask(self, path):
        c = http.client.HTTPConnection(self.host, timeout=30)
        c.request('GET', path, headers={'Host': self.host, 'Cookie': self.cookie})
        r = c.getresponse()
        body = r.read()
        c.close()
        return r.status, r.headers, body

    def page(self, path):
        status, header, body = self.ask(path)
        return status, header.get('Content-Type'), self.plain(body)

    def plain(self, octets):
        """Without what is of one world alone, or of one session."""
        octets = re.sub(rb'[0-9a-f]{64}', b'TOKEN', octets)
        return octets.replace(self.name.encode(), b'STATE').replace(self.host.encode(), b'HOST')

    def close(self):
        self.web.send_signal(signal.SIGTERM)
        status = self.web.wait(20)
        self.log.close()
        return status


def difference(a, b):
    for n, (x, y) in enumerate(zip(a.split(b'\n'), b.split(b'\n'))):
        if x != y:
            at = next((i for i in range(min(len(x), len(y))) if x[i] != y[i]), 0)
            return 'line %d: %r, %r' % (n + 1, x[max(0, at - 60):at + 60], y[max(0, at - 60):at + 60])
    return '%d octets, %d octets' % (len(a), len(b))


def same_commands(one, two):
    wrong = []
    for words in COMMANDS:
        for form in ([], ['--json'], ['--csv']):
            a, b = one.say(words + form), two.say(words + form)
            if a != b:
                wrong.append('%s: %d %d %s %s' % (' '.join(words + form), a[0], b[0], difference(a[1], b[1]), b[2][-300:]))
    return len(COMMANDS) * 3, wrong


def same_pages(one, two):
    """From page to page, by all links that stay here."""
    waiting, seen, wrong = ['/'], {'/'}, []
    one.open()
    two.open()
    for path in waiting:
        a, b = one.page(path), two.page(path)
        if a != b and not path.startswith('/settings'):
            wrong.append('%s: %s %s: %s' % (path, a[0], b[0], difference(a[2], b[2])))
        for link in re.findall(rb'href="(/[^"]*)"', a[2]):
            link = link.decode().replace('&amp;', '&').split('#')[0]
            if link not in seen and not link.startswith(('/static', '/language', '/logout')) and len(seen) < PAGES_MAX:
                seen.add(link)
                waiting.append(link)
    assert one.close() == 0 and two.close() == 0
    log = open(two.state + '.log').read()
    if 'store' in log or 'confined' in log or 'refused' in log:
        wrong.append('sceau-web said: ' + log[-500:])
    return len(waiting), wrong


def main():
    print('1..2')
    bad = 0
    with tempfile.TemporaryDirectory(prefix='sceau-same-') as folder:
        reports = os.path.join(folder, 'reports')
        subprocess.run([os.path.join(ROOT, 'tools', 'sample-reports'), reports, '--now', str(NOW)], check=True, stdout=subprocess.DEVNULL)
        zone = os.path.join(ROOT, 'doc', 'sample', 'reports.zone')
        worlds = [World(folder, 'worlda', 'sqlite:store.db'), World(folder, 'worldb', served.place(folder) + NO_ORDER)]
        for world in worlds:
            world.fill(reports, zone)
        served.psql(served.place(folder), SHUFFLE)
        assert not glob.glob(os.path.join(folder, 'worldb', '*.db*')), 'the store is on the server'
        for n, (name, compare, least) in enumerate((('sceau report', same_commands, 40), ('pages', same_pages, 60)), 1):
            count, wrong = compare(*worlds)
            for line in wrong[:20]:
                print('# ' + line.replace('\n', ' '))
            is_good = not wrong and count >= least
            print('%s %d - %s: %d answers, %d differ' % ('ok' if is_good else 'not ok', n, name, count, len(wrong)), flush=True)
            bad += not is_good
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
