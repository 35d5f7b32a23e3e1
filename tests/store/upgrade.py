#!/usr/bin/python3
"""An older and a newer sceau-reportd on one store: it is migrated once; who is older stops writing and says why, and what waits
for it is taken up by its successor, once. The newer one is the same program with one migration more (next.sql).

    upgrade.py SCEAU SCEAU_REPORTD SCEAU_REPORTD_NEXT SCEAU_WEB [TEST...]
"""
import os, re, subprocess, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'daemon'))
from tap import Skip, run_tests, spawn, wait_for
import made, served

SCEAU, OLD, NEW, WEB = (os.path.abspath(p) for p in sys.argv[1:5])


class Host:
    """Of several on one store, which is that of the first."""

    def __init__(self, tmp, name):
        self.state, self.count, self.daemon = os.path.join(tmp, name), 0, None
        zone = os.path.join(tmp, 'zone')
        with open(zone, 'w') as f:
            f.write('$ORIGIN .\nreporter.test. 3600 IN TXT "x"\n')
        os.makedirs(os.path.join(self.state, 'incoming'))
        url = served.place(tmp) if served.is_server() else 'sqlite:%s/store.db' % tmp
        self.words = ['--state', self.state, '--dns', zone, '--now', str(made.NOW), '--config', '/dev/null', '--set', 'store.url=' + url]

    def bring(self, reports):
        for report in reports:
            self.count += 1
            hidden, name = (os.path.join(self.state, 'incoming', dot + '%04d.xml' % self.count) for dot in ('.', ''))
            with open(hidden, 'wb') as f:
                f.write(report.xml())
            os.rename(hidden, name)

    def once(self, program, status=0):
        run = subprocess.run([program, '--once', *self.words], capture_output=True, text=True, timeout=90)
        assert run.returncode == status, (program, run)
        return run.stderr

    def start(self, program, wait=True):
        self.log = self.state + '.log'
        self.daemon = spawn([program, *self.words], stderr=open(self.log, 'w'))
        if wait:
            self.wait('ready')

    def wait(self, word):
        wait_for(word, lambda: word in open(self.log).read(), 40)

    def stop(self):
        self.daemon.terminate()
        assert self.daemon.wait(30) == 0, open(self.log).read()

    def sceau(self, *words):
        run = subprocess.run([SCEAU, *words, *self.words], capture_output=True, text=True, timeout=60)
        return run.returncode, run.stdout + run.stderr


def version(tmp):
    with served.connect(tmp) as db:
        return int(db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0])


def check(tmp, reports):
    with served.connect(tmp) as db:
        want = len(reports)
        wait_for('%d reports' % want, lambda: db.execute('SELECT count(*) FROM report WHERE counted = 1').fetchone()[0] >= want, 60)
        wrong = made.differences(db, reports)
        assert not wrong, '; '.join(wrong)
        if version(tmp) > 0 and db.execute("SELECT count(*) FROM meta WHERE name = 'next'").fetchone()[0]:
            rows = db.execute('SELECT count(*), sum(n) FROM next').fetchone()
            assert rows == (20000, 20000 * 20001 // 2), rows  # migrated once, and whole


def names_both(text, mine, its):
    assert 'version %d, sceau %d: a newer sceau wrote the store' % (its, mine) in text, text


def old_then_new(tmp):
    """The old one is refused, naming both versions; what came for it waits, and its successor counts it once."""
    host, reports = Host(tmp, 'a'), made.make(30, 40)
    host.bring(reports[:10])
    host.once(OLD)
    before = version(tmp)
    host.bring(reports[10:20])
    assert 'ready' not in host.once(NEW)
    assert version(tmp) == before + 1
    check(tmp, reports[:20])
    host.bring(reports[20:])
    names_both(host.once(OLD, 75), before, before + 1)
    status, text = host.sceau('report', 'today')
    assert status == 75, text
    names_both(text, before, before + 1)
    status, text = host.sceau('report', 'today', '--lang', 'fr')
    assert status == 75 and 'version %d, sceau %d' % (before + 1, before) in text and 'newer' not in text, text
    host.once(NEW)
    check(tmp, reports)


def says_who_is_there(host):
    """`sceau status` of a store that hosts share, in English and in French: who writes, and what it does for all; our clock is not its."""
    for language, words in (('en', ('Host ', 'of its journal wait', 'for all it does: ', 'has not been heard of for six minutes')),
                            ('fr', ('Hôte ', 'de son journal attendent', 'pour tous il fait : ', 'n’a rien dit depuis six minutes'))):
        run = subprocess.run([SCEAU, 'status', '--lang', language, *host.words[:2], *host.words[-4:]], capture_output=True, text=True, timeout=60)
        text = run.stdout + run.stderr
        assert all(word in ' '.join(text.split()) for word in words), text


def while_the_old_one_runs(tmp):
    """On one server: the old daemon stops writing and lives; its dashboard answers 503; the new one on its state directory goes on."""
    if not served.is_server():
        raise Skip('a file has one sceau-reportd')
    a, b, reports = Host(tmp, 'a'), Host(tmp, 'b'), made.make(31, 80)
    a.start(OLD)
    a.bring(reports[:20])
    check(tmp, reports[:20])
    before = version(tmp)
    web = spawn([WEB, '--listen', '127.0.0.1:0', *a.words], stderr=open(os.path.join(tmp, 'web'), 'w'))
    wait_for('the dashboard', lambda: 'ready' in open(os.path.join(tmp, 'web')).read())
    metrics = open(os.path.join(a.state, 'web', 'address')).read() + '/metrics'

    def is_up():
        from urllib.request import urlopen
        return re.search(r'^sceau_store_up (\d)', urlopen(metrics, timeout=20).read().decode(), re.M)[1] == '1'
    assert is_up()
    says_who_is_there(a)
    a.bring(reports[20:50])  # some of it amid the migration
    b.bring(reports[50:60])
    b.start(NEW)
    assert version(tmp) == before + 1
    a.bring(reports[60:])
    a.wait('version %d, sceau %d: a newer sceau wrote the store' % (before + 1, before))
    wait_for('the dashboard sees it', lambda: not is_up(), 60)
    left = [n for n in os.listdir(os.path.join(a.state, 'incoming')) if n.endswith('.xml')]
    assert len(left) >= 20 and a.daemon.poll() is None, left
    a.stop()
    a.start(NEW)
    check(tmp, reports)
    a.stop()
    b.stop()


def the_new_one_first(tmp):
    host = Host(tmp, 'a')
    host.once(NEW)
    its = version(tmp)
    names_both(host.once(OLD, 75), its - 1, its)
    old = spawn([OLD, *host.words], stderr=subprocess.PIPE, text=True)  # as a daemon: at once
    assert old.wait(30) == 75
    names_both(old.stderr.read(), its - 1, its)
    assert version(tmp) == its


def two_new_ones_at_once(tmp):
    """One of them migrates, the other waits for it; nothing is done twice."""
    if not served.is_server():
        raise Skip('a file has one sceau-reportd')
    for n in range(4):
        root = os.path.join(tmp, str(n))
        os.mkdir(root)
        hosts, reports = [Host(root, name) for name in 'abc'], made.make(40 + n, 9)
        hosts[0].bring(reports[:3])
        hosts[0].once(OLD)
        for host in hosts:
            host.start(NEW, wait=False)
        hosts[1].bring(reports[3:6])
        hosts[2].bring(reports[6:])
        for host in hosts:
            host.wait('ready')
        check(root, reports)
        for host in hosts:
            host.stop()


def a_migration_that_takes_long(tmp):
    """Another host holds the store for longer than one tries to have it: it is waited for. --once says so (75)."""
    if not served.is_server():
        raise Skip('a file has one sceau-reportd')
    host, reports = Host(tmp, 'a'), made.make(50, 6)
    host.bring(reports[:3])
    host.once(OLD)
    before = version(tmp)
    host.words[-1] += '%20-cstatement_timeout%3D1000'  # a tenth of lock_timeout
    psql = ['psql', '-X', '-q', '-A', '-t', served.place(tmp)]
    with spawn(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        other.stdin.write("BEGIN; SELECT name FROM meta WHERE name = 'version' FOR UPDATE;\n")
        other.stdin.flush()
        assert other.stdout.readline() == 'version\n'
        host.once(NEW, 75)
        host.start(NEW, wait=False)
        host.wait('canceling statement')
        host.bring(reports[3:])
        assert host.daemon.poll() is None and 'ready' not in open(host.log).read(), open(host.log).read()
        other.stdin.close()  # undone: it is ours to migrate
    host.wait('ready')
    assert version(tmp) == before + 1
    check(tmp, reports)
    host.stop()


run_tests([old_then_new, while_the_old_one_runs, the_new_one_first, two_new_ones_at_once, a_migration_that_takes_long], sys.argv[5:])
