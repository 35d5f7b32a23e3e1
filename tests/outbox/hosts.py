#!/usr/bin/python3
"""Two hosts on one server: what one has built and not sent leaves from the other, though its process was killed at any step and
its disk is gone; and a host that was frozen with a mail in its hands does not send what the other has taken over.

    hosts.py SCEAU SCEAU-MILTER SCEAU-REPORTD SOURCE [TEST...]
"""
import email, email.policy, os, random, shutil, signal, socketserver, struct, subprocess, sys, threading, time

from world import LATER, REPORTD, SEEN, SOURCE, World, run_tests
from tap import spawn, wait_for
import served

POINTS = int(os.environ.get('SCEAU_KILL_POINTS', '4'))  # of a run that are tried; 0: all
RATE = 400  # seconds of running time in one of ours: a claim is over in two and a half
SECOND = 10 ** 9


class Hosts(World):
    """One store, and a state directory for each host."""

    def __init__(self, folder):
        super().__init__(folder)
        self.pass_selftest()  # the journal is folded
        self.kept = served.keep(self.state)
        self.url = served.words(self.state)
        self.libraries = {name: self.compile(name) for name in ('outbox/kill.c', 'fleet/clock.c')}

    def compile(self, name):
        library = os.path.join(self.folder, os.path.basename(name) + '.so')
        subprocess.run([os.environ.get('CC', 'cc').split()[-1], '-shared', '-fPIC', '-O1', '-o', library,
                        os.path.join(SOURCE, 'tests', name), '-ldl'], check=True)
        return library

    def begin_anew(self):
        served.put_back(self.state, self.kept)
        self.sink.taken = []

    def words(self, state):
        return [REPORTD, '--config', self.conf, '--state', os.path.join(self.folder, state), '--dns', self.zone] + self.url

    def once(self, state, **env):
        return subprocess.run(self.words(state) + ['--once', '--now', str(LATER)], env=dict(os.environ, LD_PRELOAD=self.libraries['outbox/kill.c'], **env),
                              capture_output=True, timeout=60).returncode

    def lives(self, state, *more, rate=RATE):
        """A sceau-reportd whose time runs fast."""
        clock = os.path.join(self.folder, state + '.clock')
        with open(clock, 'wb') as f:
            f.write(struct.pack('6q', time.time_ns(), LATER * SECOND, time.clock_gettime_ns(time.CLOCK_MONOTONIC), rate, 0, 0))
        with open(os.path.join(self.folder, 'log'), 'a') as log:
            return spawn(self.words(state) + list(more), stdout=log, stderr=log,
                         env=dict(os.environ, LD_PRELOAD=self.libraries['fleet/clock.c'], FLEET_CLOCK=clock, FLEET_FAST='1'))

    def is_all_sent(self):
        with served.connect(self.state) as db:
            states = [row[0] for row in db.execute('SELECT state FROM delivery').fetchall()]
        return len(states) == 2 and set(states) == {2}

    def ids(self):
        """Of what arrived: {Message-ID: octets}, each the same whenever it came."""
        arrived = {}
        for _, _, octets in self.sink.taken:
            name = email.message_from_bytes(octets, policy=email.policy.SMTP)['Message-ID']
            assert arrived.setdefault(name, octets) == octets, name
        return arrived

    def ends(self, *processes):
        for p in processes:
            p.send_signal(signal.SIGCONT)
            p.terminate()
            assert p.wait(30) == 0, p.returncode


def test_killed_and_its_disk_gone(tmp):
    """Wherever it dies, and all that it had on its disk is lost: the other host sends each report, under the same name."""
    seed = random.randrange(1 << 30)
    print('# seed %d' % seed, flush=True)
    w, count = Hosts(tmp), os.path.join(tmp, 'count')
    assert w.once('a', KILL_COUNT=count) == 0 and len(w.sink.taken) == 2
    right = set(w.ids())
    steps = int(open(count).read())
    assert steps > 20, steps
    points = list(range(1, steps + 1))
    if 0 < POINTS < steps:
        points = sorted(random.Random(seed).sample(points, POINTS))
    for at in points:
        w.begin_anew()
        w.once('a', KILL_AT=str(at))
        before = len(w.sink.taken)
        shutil.rmtree(os.path.join(tmp, 'a'))
        b = w.lives('b')
        wait_for('all are sent after step %d' % at, w.is_all_sent, 60)
        b.kill()
        assert set(w.ids()) == right, (at, before)
        assert len(w.sink.taken) <= 3, (at, before)  # what was being handed over may have come twice


def test_frozen(tmp):
    """A stands still with "354" on its way to it; B sees its claim grow old and sends; A goes on, and breaks off."""
    w = Hosts(tmp)
    reached, go = threading.Event(), threading.Event()

    def before_data():
        is_first = not reached.is_set()
        reached.set()
        if is_first:
            go.wait(60)

    w.sink.before_data = before_data
    a = w.lives('a')
    assert reached.wait(30)
    a.send_signal(signal.SIGSTOP)
    b = w.lives('b')
    wait_for('B has sent all', w.is_all_sent, 60)
    assert len(w.sink.taken) == 2
    go.set()
    a.send_signal(signal.SIGCONT)
    time.sleep(1)
    w.ends(a, b)
    assert len(w.sink.taken) == 2 and len(w.ids()) == 2, [m[1] for m in w.sink.taken]


class SlowMailbox(socketserver.ThreadingTCPServer):
    """Lets everybody in, and says nothing more."""
    daemon_threads = True

    def __init__(self):
        self.logins, self.patience = 0, threading.Event()
        super().__init__(('127.0.0.1', 0), self.Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Session(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b'* OK hello\r\n')
            for line in self.rfile:
                tag, verb = line.split()[:2]
                if verb == b'CAPABILITY':
                    self.wfile.write(b'* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR MOVE\r\n')
                elif verb in (b'AUTHENTICATE', b'LOGIN'):
                    self.server.logins += 1
                elif verb == b'SELECT':
                    self.server.patience.wait(60)
                    return
                self.wfile.write(tag + b' OK\r\n')


def settings_of(tmp, box):
    password = os.path.join(tmp, 'password')
    with open(password, 'w', opener=lambda name, flags: os.open(name, flags, 0o600)) as f:
        f.write('secret\n')
    return [x for key, value in {'url': 'imap://127.0.0.1:%d' % box.server_address[1], 'user': 'r', 'plain': 'yes', 'password_file': password,
                                    'timeout': '360s'}.items() for x in ('--set', 'intake.imap_%s=%s' % (key, value))]


def test_slow_work_is_kept(tmp):
    """A step that takes three times as long as a lease lasts: its host goes on saying so, and the other leaves it alone."""
    w, box = Hosts(tmp), SlowMailbox()
    a, b = (w.lives(state, *settings_of(tmp, box), rate=60) for state in 'ab')
    wait_for('one is let in', lambda: box.logins > 0, 30)
    time.sleep(4.5)  # 270 seconds
    assert box.logins == 1, box.logins
    box.patience.set()
    w.ends(a, b)


def test_away_for_a_moment(tmp):
    """The server of the store goes away amid a step: it is tried again within seconds, and not put off for two minutes."""
    w, box = Hosts(tmp), SlowMailbox()
    a = w.lives('a', *settings_of(tmp, box), rate=10)
    wait_for('it is let in', lambda: box.logins > 0, 60)
    socket, door = os.path.join(served.URL.split('host=')[1], '.s.PGSQL.5432'), os.path.join(tmp, 'door')
    os.mkdir(door)
    os.symlink(socket + '.away', os.path.join(door, '.s.PGSQL.5432'))
    os.rename(socket, socket + '.away')
    try:
        served.psql(served.URL.split('host=')[0] + 'host=' + door, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sceau'")
        box.patience.set()
        time.sleep(0.5)
    finally:
        os.rename(socket + '.away', socket)
    wait_for('it is let in again', lambda: box.logins > 1, 8)  # 80 seconds of 120
    w.ends(a)


run_tests([test_killed_and_its_disk_gone, test_frozen, test_slow_work_is_kept, test_away_for_a_moment], sys.argv[5:])
