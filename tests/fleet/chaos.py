"""What befalls a fleet: each fault is begun and undone, by one thread, as a seed says."""
import heapq, itertools, os, random, signal, time

from world import wait_for


def kill_program(name):
    def begin(fleet, host, rng):
        if host.programs.get(name) is None:
            return None
        host.stop(name, signal.SIGKILL)
        host.programs[name] = None
        return lambda: host.is_up and host.programs[name] is None and host.start(name)
    return begin


def restart_program(name):
    """As its unit does: TERM, and the next one after its end; KILL when that does not come."""
    def begin(fleet, host, rng):
        p = host.programs.get(name)
        if p is None:
            return None
        p.terminate()

        def end():
            if host.programs[name] is not p:
                return
            if p.poll() is None:
                p.kill()
            p.wait(20)
            host.start(name)
        return end
    return begin


def freeze_program(name):
    def begin(fleet, host, rng):
        p = host.programs.get(name)
        if p is None or p.poll() is not None:
            return None
        p.send_signal(signal.SIGSTOP)
        return lambda: p.send_signal(signal.SIGCONT)
    return begin


def kill_host(fleet, host, rng):
    if not host.is_up:
        return None
    host.kill()
    return lambda: host.is_up or host.start_all()


def freeze_host(fleet, host, rng):
    host.node.signal(signal.SIGSTOP)
    return lambda: host.node.signal(signal.SIGCONT)


def cut_host(fleet, host, rng):
    host.node.cut()
    return host.node.mend


def cut_from_database(fleet, host, rng):
    """The server sees what the host says, and its answers go nowhere: the worst for a commit."""
    fleet.database.node.hide_from(host.node)
    return lambda: fleet.database.node.show_to(host.node)


def lose_disk(fleet, host, rng):
    """It comes back with an empty state directory: lost is what was not folded, and nothing else."""
    if not host.is_up:
        return None
    host.kill()
    host.lose_disk()
    return lambda: host.is_up or host.start_all()


def kill_mailbox(fleet, host, rng):
    """Its server, while hosts fetch from it or a report is put there."""
    if fleet.mailbox.process.poll() is not None:
        return None
    fleet.mailbox.kill()
    return fleet.start_mailbox


def make_newer(fleet, host, rng):
    """The store is of a version that no host knows: they write nothing and wait, as while one host is upgraded before the others."""
    if not fleet.database.process or not fleet.database.is_up():
        return None
    fleet.database.shift_version(+1)

    def end():
        fleet.database.node.signal(signal.SIGCONT)  # it may be frozen, or gone
        if not fleet.database.process:
            fleet.database.start()
        wait_for('PostgreSQL', fleet.database.is_up, 60)
        fleet.database.shift_version(-1)
    return end


def kill_database(fleet, host, rng):
    if not fleet.database.process:
        return None
    fleet.database.kill()
    return lambda: fleet.database.process or fleet.database.start()


def freeze_database(fleet, host, rng):
    fleet.database.node.signal(signal.SIGSTOP)
    return lambda: fleet.database.node.signal(signal.SIGCONT)


def cut_database(fleet, host, rng):
    fleet.database.node.cut()
    return fleet.database.node.mend


def mute_receiver(fleet, host, rng):
    """It takes reports, and the answer is lost."""
    fleet.sink.taken.is_mute = True

    def end():
        fleet.sink.taken.is_mute = False
    return end


def kill_amid(fleet, host, rng):
    """As soon as it hands a report to its mail server: it does not come to know what became of it."""
    p, log = host.programs.get('reportd'), host.mail_log
    if p is None or p.poll() is not None:
        return None
    before, end = log().count('client=unknown[127.0.0.1]'), time.monotonic() + 1
    while log().count('client=unknown[127.0.0.1]') == before and time.monotonic() < end:
        time.sleep(0.002)
    return kill_program('reportd')(fleet, host, rng)


def step_clock(fleet, host, rng):
    """Up to five minutes wrong."""
    host.clock.err(rng.randrange(-300, 301))
    return lambda: None


# (words, what happens, how long at most in seconds: a lease is over in two, how often)
FAULTS = [
    ('milter killed', kill_program('milter'), 1, 2),
    ('reportd killed', kill_program('reportd'), 3, 4),
    ('web killed', kill_program('web'), 1, 1),
    ('milter restarted', restart_program('milter'), 2, 2),
    ('reportd restarted', restart_program('reportd'), 2, 1),
    ('milter frozen', freeze_program('milter'), 3, 1),
    ('reportd frozen', freeze_program('reportd'), 5, 4),
    ('host killed', kill_host, 3, 2),
    ('host frozen', freeze_host, 5, 3),
    ('host cut off', cut_host, 5, 2),
    ('host deaf to the database', cut_from_database, 5, 3),
    ('reportd killed amid a report', kill_amid, 2, 3),
    ('receiver mute', mute_receiver, 4, 2),
    ('disk lost', lose_disk, 3, 1),
    ('mailbox killed', kill_mailbox, 2, 2),
    ('store of a newer version', make_newer, 3, 1),
    ('database killed', kill_database, 2, 2),
    ('database frozen', freeze_database, 3, 1),
    ('database cut off', cut_database, 4, 1),
    ('clock stepped', step_clock, 1, 2),
]


ONLY = os.environ.get('FAULTS')  # words of some, with commas between: to look at them
FAULTS = [f for f in FAULTS if ONLY is None or f[0] in ONLY.split(',')]


class Chaos:
    def __init__(self, fleet, seed, tell):
        self.fleet, self.rng, self.tell = fleet, random.Random('%d chaos' % seed), tell
        self.undo, self.order, self.died, self.begun = [], itertools.count(), [], time.monotonic()

    def run(self, seconds, pause):
        """So long, with so many seconds between two faults at most."""
        end, next_fault = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end:
            if time.monotonic() >= next_fault:
                self.one()
                next_fault = time.monotonic() + self.rng.uniform(0, pause)
            self.mend_due()
            self.supervise()
            time.sleep(0.02)

    def one(self):
        words, begin, longest, _ = self.rng.choices(FAULTS, [f[3] for f in FAULTS])[0]
        host, lasts = self.rng.choice(self.fleet.hosts), self.rng.uniform(0, longest)
        at = time.monotonic() - self.begun
        undo = begin(self.fleet, host, self.rng)
        if undo is not None:
            self.tell('%6.2f s  %s  %s, for %.1f s' % (at, '-' if words.split()[0] in ('database', 'receiver', 'mailbox', 'store') else host.name, words, lasts))
            heapq.heappush(self.undo, (time.monotonic() + lasts, next(self.order), undo))

    def mend_due(self, everything=False):
        while self.undo and (everything or self.undo[0][0] <= time.monotonic()):
            heapq.heappop(self.undo)[2]()

    def supervise(self):
        """What ended by itself is started again, as systemd does; a crash is a fault of ours."""
        for host in self.fleet.hosts:
            for name, p in host.programs.items():
                if p is not None and p.poll() is not None and host.is_up:
                    self.died.append((host.name, name, p.returncode))
                    time.sleep(0.2)  # RestartSec= is a second and more
                    host.start(name)

    def mend(self):
        """Nothing is wrong any more, and every clock is right."""
        self.mend_due(everything=True)
        for host in self.fleet.hosts:
            host.clock.err(0)
        self.supervise()
        crashed = [d for d in self.died if d[2] not in (0, 75, -signal.SIGTERM)]
        assert not crashed, 'ended by themselves: %s' % crashed
