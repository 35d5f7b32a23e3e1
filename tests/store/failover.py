#!/usr/bin/python3
"""Two servers of PostgreSQL, one of which follows the other: the first dies, the second is promoted, and sceau-reportd goes on
there by itself. Every report is counted once.

    failover.py SCEAU SCEAU_REPORTD [TEST...]
"""
import os, signal, subprocess, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'daemon'))
from tap import Skip, run_tests, spawn, wait_for
import made, postgres, served

SCEAU, REPORTD = (os.path.abspath(p) for p in sys.argv[1:3])
SYNCHRONOUS = dict(postgres.REPLICATED, synchronous_standby_names='*')


class Pair:
    """The writer, its standby, and a sceau-reportd that knows both. What was committed durably is on both."""

    def __init__(self, tmp, first, second):
        self.state, self.zone, self.brought = os.path.join(tmp, 'state'), os.path.join(tmp, 'zone'), []
        with open(self.zone, 'w') as f:
            f.write('$ORIGIN .\nreporter.test. 3600 IN TXT "x"\n')
        self.first, self.second = first, second
        self.url = 'postgresql://postgres@/postgres?host=%s,%s' % (self.first.dir, self.second.dir)
        self.words = ['--state', self.state, '--dns', self.zone, '--now', str(made.NOW), '--config', '/dev/null', '--set', 'store.url=' + self.url]
        self.log = os.path.join(tmp, 'log')
        self.start()

    def start(self):
        self.daemon = spawn([REPORTD, *self.words], stderr=open(self.log, 'w'))
        wait_for('ready', lambda: 'ready' in open(self.log).read())

    def bring(self, reports):
        for report in reports:
            self.brought.append(report)
            hidden, name = (os.path.join(self.state, 'incoming', dot + '%04d.xml' % len(self.brought)) for dot in ('.', ''))
            with open(hidden, 'wb') as f:
                f.write(report.xml())
            os.rename(hidden, name)

    def counted(self, server):
        return served.Served(server.url).execute('SELECT count(*) FROM report WHERE counted = 1').fetchone()[0]

    def check(self, server):
        """All that was brought is counted there, once, and the daemon lives."""
        wait_for('%d reports' % len(self.brought), lambda: self.counted(server) >= len(self.brought), 90)
        wrong = made.differences(served.Served(server.url), self.brought)
        assert not wrong, '; '.join(wrong)
        assert self.daemon.poll() is None, self.daemon.returncode


def the_writer_stands_last(pair):
    """Of the servers of the URL the one that takes writes is chosen, whichever stands first; readers are content with any."""
    words = pair.words[:-1] + ['store.url=postgresql://postgres@/postgres?host=%s,%s' % (pair.second.dir, pair.first.dir)]
    pair.daemon.terminate()
    assert pair.daemon.wait(30) == 0
    pair.bring(made.make(20, 5))
    run = subprocess.run([REPORTD, '--once', *words], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and pair.counted(pair.first) == 5, run
    wait_for('the standby', lambda: pair.counted(pair.second) == 5)
    asked = subprocess.run([SCEAU, 'report', 'reporters', *words], capture_output=True, text=True, timeout=60)
    assert asked.returncode in (0, 1, 2) and 'reporter.test' in asked.stdout, asked
    pair.start()


def a_commit_without_an_answer(pair):
    """The server committed, and the connection was lost before it said so: done again, and counted once."""
    receiver = int(served.psql(pair.second.url, 'SELECT pid FROM pg_stat_wal_receiver'))
    os.kill(receiver, signal.SIGSTOP)  # a durable commit waits for the standby
    waits = "SELECT query, pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'sceau'"
    pair.bring(made.make(21, 20))
    try:
        for _ in range(2):
            wait_for('a commit', lambda: 'COMMIT' in served.psql(pair.first.url, waits))
            served.psql(pair.first.url, 'SELECT pg_terminate_backend(pid) FROM (%s) AS those' % waits.replace('query, ', ''))
    finally:
        os.kill(receiver, signal.SIGCONT)
    pair.check(pair.first)


def the_standby_takes_over(pair):
    reports, before = made.make(22, 100), len(pair.brought)
    pair.bring(reports[:70])
    wait_for('amid them', lambda: pair.counted(pair.first) > before + 2)
    pair.first.stop()
    pair.bring(reports[70:])  # nobody is there: they wait
    wait_for('it is told', lambda: open(pair.log).read().count('\n') > 1)
    pair.second.promote()
    pair.check(pair.second)
    asked = subprocess.run([SCEAU, 'report', 'reporters', *pair.words], capture_output=True, text=True, timeout=60)
    assert asked.returncode in (0, 1, 2) and 'reporter.test' in asked.stdout, asked


def with_two_servers(tmp, parts):
    if not postgres.PROGRAMS:
        raise Skip('PostgreSQL is not installed')
    first = postgres.Server(tmp + '/a', **SYNCHRONOUS)
    second = postgres.Server(tmp + '/b', **postgres.REPLICATED)
    try:
        first.initialize().start()
        second.follow(first).start()
        pair = Pair(tmp, first, second)
        for part in parts:
            part(pair)
        pair.daemon.terminate()
        assert pair.daemon.wait(30) == 0
    finally:
        first.stop()
        second.stop()


def a_writer_and_its_standby(tmp):
    with_two_servers(tmp, (the_writer_stands_last, a_commit_without_an_answer, the_standby_takes_over))


def both_take_writes(pair):
    """The standby is promoted, and the old writer lives. Nothing more that a host reports there is done, since its commits wait for
    a standby; once it is ended the host goes on with the new one, and each report counts once there."""
    pair.bring(made.make(30, 5))
    pair.check(pair.first)
    wait_for('the standby', lambda: pair.counted(pair.second) == 5)
    pair.second.promote()
    os.mkdir(os.path.join(os.path.dirname(pair.state), 'other'))
    other = Pair(os.path.join(os.path.dirname(pair.state), 'other'), pair.second, pair.second)
    other.brought += pair.brought
    other.bring(made.make(31, 10))
    pair.bring(made.make(32, 10))
    wait_for('a commit waits', lambda: served.psql(pair.first.url, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"))
    other.check(pair.second)
    done = os.listdir(os.path.join(pair.state, 'incoming', 'done'))
    assert pair.counted(pair.first) == 5 and len(done) == 5, (pair.counted(pair.first), done)
    pair.first.stop()
    pair.brought += other.brought[5:]
    pair.check(pair.second)
    other.daemon.terminate()
    assert other.daemon.wait(30) == 0


def two_writers(tmp):
    with_two_servers(tmp, (both_take_writes,))


run_tests([a_writer_and_its_standby, two_writers], sys.argv[3:])
