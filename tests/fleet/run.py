#!/usr/bin/python3
"""A fleet through two midnights a round, while its hosts and its database are killed, frozen and cut off at random: every
observation is in exactly one report, every report arrives, incoming reports are counted once.

    run.py SCEAU SCEAU-MILTER SCEAU-REPORTD SCEAU-WEB SOURCE

ROUNDS (3), TROUBLE, seconds of it at each midnight (4), SEED of the first round; each round prints its own, and goes by it alone.
FAULTS='disk lost,host frozen' are the only ones (chaos.py). FLEET_KEEP=1 leaves the folder of one that failed. One TAP line a round.
"""
import json, os, random, sys, time
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import network
import world
import made, served
from chaos import Chaos
from traffic import Arrived, World
from world import DAY, DOMAINS, Fleet, postfix, wait_for

ROUNDS, TROUBLE = int(os.environ.get('ROUNDS', '3')), float(os.environ.get('TROUBLE', '4'))
SEED = int(os.environ.get('SEED', random.SystemRandom().randrange(1 << 31)))
BEFORE = 3 * world.RATE  # of the fleet's seconds, from which on there is trouble, until midnight
PATIENCE = 90            # seconds until all has to be where it belongs


def say(text):
    print('# ' + text, flush=True)


class Test:
    def __init__(self, fleet):
        self.fleet, self.arrived, self.world = fleet, Arrived(), World(fleet, SEED)
        self.store = served.Served('postgresql://postgres@/sceau?host=' + fleet.database.dir)

    def observed(self):
        """{(domain, day): messages} of the journals, by `sceau journal cat`, and who was answered for. Of a disk that was lost counts what
        the store has got of it."""
        counts, known = {}, set()
        folded = {row[0] for row in self.store.execute('SELECT name FROM segment').fetchall()} if any(host.lost for host in self.fleet.hosts) else set()
        for host in self.fleet.hosts:
            known |= {(host.name, record['queue_id']) for records in host.lost.values() for record in records}
            for record in host.journal() + [record for name in host.lost if name in folded for record in host.lost[name]]:
                known.add((host.name, record['queue_id']))
                dmarc = record['dmarc']
                if dmarc is not None and dmarc['policy_domain'] in DOMAINS and dmarc['record']:
                    key = dmarc['policy_domain'], int(time.mktime(time.strptime(record['time'][:19], '%Y-%m-%dT%H:%M:%S')) - time.timezone) // DAY
                    counts[key] = counts.get(key, 0) + 1
        return counts, known

    # -- what has to be true, now or soon --

    def unfinished(self):
        """What is not where it belongs yet, as text; '' when all is."""
        today = int(self.fleet.now()) // DAY
        counts, known = self.observed()
        self.arrived.look(self.fleet.sink)
        owed = {key: n for key, n in counts.items() if key[1] < today}
        told = self.arrived.sums()
        wrong = ['%s day %d: %d seen, %d told' % (*key, owed.get(key, 0), told.get(key, 0)) for key in sorted({*owed, *told})
                 if owed.get(key, 0) != told.get(key, 0)]
        wrong += ['no record of %s %s' % who for who in self.world.accepted if who not in known][:5]
        wrong += made.differences(self.store, self.world.reports)
        open_ones = self.store.execute('SELECT count(*) FROM delivery WHERE state IN (0, 1)').fetchone()[0]
        if open_ones:
            wrong.append('%d deliveries are open' % open_ones)
        return '; '.join(wrong[:12])

    def settle(self, chaos):
        """Time goes on until nothing is left to do. Nothing may be too much even for a moment: what is wrong then stays wrong."""
        end, wrong = time.monotonic() + PATIENCE, 'nothing was looked at'
        while wrong and time.monotonic() < end:
            self.fleet.jump(400)  # what waits for its next try
            time.sleep(1)
            chaos.supervise()
            wrong = self.unfinished()
        assert not wrong, wrong

    def watch(self):
        """Each change of a delivery, kept by the server itself: what the programs had recorded, and when."""
        self.fleet.database.ask('''
CREATE TABLE watched (at bigserial, report text, n bigint, before bigint, after bigint);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN INSERT INTO watched (report, n, before, after) VALUES (NEW.report, NEW.n, OLD.state, NEW.state); RETURN NEW; END $$;
CREATE TRIGGER watch AFTER UPDATE ON delivery FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.next_try <> NEW.next_try) EXECUTE FUNCTION watch();''')

    def deliveries(self):
        """None left without a claim, and none after its answer was recorded."""
        again = self.store.execute('SELECT report FROM watched WHERE before = 2').fetchall()
        assert not again, 'tried again after it was sent: %s' % again
        claims = dict(self.store.execute('SELECT report, count(*) FROM watched WHERE after = 1 GROUP BY report').fetchall())
        for identity, paths in self.arrived.paths.items():
            assert len(set(paths)) <= claims.get(identity, 0), '%s left %d times with %d claims' % (identity, len(set(paths)), claims.get(identity, 0))

    def dashboards(self):
        """Each answers, and all say the same."""
        said = {host.command('report', 'list', '--json').stdout for host in self.fleet.hosts}
        assert len(said) == 1, [len(s) for s in said]
        status = self.fleet.hosts[0].command('status', '--json', status=None).stdout  # it may find fault with something
        assert sorted({host['host'] for host in json.loads(status)['hosts']}) == list(world.NAMES), status

    def letters(self):
        """No digest was told twice, whoever told it; alerts may be, where it is not known whether one was."""
        told = []
        for host in self.fleet.hosts:
            if os.path.exists(host.path('told')):
                text, decoder = open(host.path('told')).read(), json.JSONDecoder()
                while text.strip():
                    letter, end = decoder.raw_decode(text.lstrip())
                    text = text.lstrip()[end:]
                    told.append((letter['kind'], letter['time'] // DAY))
        digests = [letter for letter in told if letter[0] != 'alert']
        assert len(set(digests)) == len(digests), sorted(digests)
        return '%d alerts, %d digests; %d messages lost with a disk' % (len(told) - len(digests), len(digests), self.lost_messages())

    def lost_messages(self):
        """The journal of a disk that was lost, as far as it was not folded."""
        folded = {row[0] for row in self.store.execute('SELECT name FROM segment').fetchall()}
        return sum(len(records) for host in self.fleet.hosts for name, records in host.lost.items() if name not in folded)

    def leave_one_out(self, host, chaos):
        """What was built leaves, also while the host that built it is not there."""
        if host is None:
            return
        say('%s stays away until all that was built has left' % host.name)
        host.kill()
        end = time.monotonic() + PATIENCE
        while self.store.execute('SELECT count(*) FROM outgoing WHERE state <> 2').fetchone()[0] > 0:
            assert time.monotonic() < end, 'reports wait for ' + host.name
            self.fleet.jump(400)
            time.sleep(1)
            chaos.supervise()
        host.start_all()

    # -- one round --

    def round(self, seed):
        fleet, rng = self.fleet, random.Random(seed)
        tries, accepted, reports = self.world.tries, len(self.world.accepted), len(self.world.reports)
        chaos = Chaos(fleet, seed, say)
        self.world.start()
        for _ in range(2):
            fleet.go_to((fleet.now() // DAY + 1) * DAY - BEFORE)
            for host in fleet.hosts:
                host.clock.err(rng.randrange(-300, 301))
            chaos.run(TROUBLE, 1.5)
            for host in fleet.hosts:
                if not host.programs:
                    host.start_all()
                    say('%s joins' % host.name)
        self.world.over.set()
        chaos.mend()  # or a command on a frozen host would be waited for
        self.world.stop()
        self.leave_one_out(rng.choice([None, *fleet.hosts]), chaos)
        for host in fleet.hosts:  # segments are closed
            host.stop('milter')
            host.start('milter')
        fleet.go_to((fleet.now() // DAY + 1) * DAY + 3600)
        self.settle(chaos)
        self.deliveries()
        self.dashboards()
        say('%d messages taken in %d tries, %d reports of others; %d reports at the sink, %s; %s' % (
            len(self.world.accepted) - accepted, self.world.tries - tries, len(self.world.reports) - reports, len(self.arrived.reports),
            self.repeats(), self.letters()))

    def tell_state(self):
        """For whoever looks why a round failed."""
        for what, sql in (('workers', 'SELECT host, seen, waiting FROM worker'), ('leases', 'SELECT name, holder, beat FROM lease'),
                          ('reports', 'SELECT state, count(*), min(due), max(due) FROM outgoing GROUP BY state'),
                          ('deliveries', 'SELECT state, count(*), min(next_try), max(next_try) FROM delivery GROUP BY state'),
                          ('connections', "SELECT pid, client_addr, state, wait_event, now() - state_change, left(query, 100) FROM pg_stat_activity "
                                          "WHERE datname = 'sceau' AND pid <> pg_backend_pid()")):
            for row in self.fleet.database.ask(sql):
                say('%s: %s' % (what, ' '.join(row)))
        say('now: %d' % self.fleet.now())
        for host in self.fleet.hosts:
            for name, p in host.programs.items():
                if p is None or p.poll() is not None:
                    say('%s %s does not run' % (host.name, name))
                    continue
                with open('/proc/%d/stat' % p.pid) as stat, open('/proc/%d/wchan' % p.pid) as wchan:
                    say('%s %s: %s in %s' % (host.name, name, stat.read().rsplit(')', 1)[1].split()[0], wchan.read()))
                log = [line for line in host.said(name).splitlines() if 'state="sent"' not in line and 'action=' not in line]
                for line in log[-12:]:
                    say('    ' + line[:300])

    def repeats(self):
        """What came twice: the same octets under the same id."""
        by_postfix = sum(len(p) - len(set(p)) for p in self.arrived.paths.values())
        return '%d once more by a Postfix that lost the answer, %d by a reportd that did' % (
            by_postfix, sum(self.arrived.times.values()) - len(self.arrived.times) - by_postfix)


def main():
    missing = postfix.why_not() or network.why_not() or (None if world.PROGRAMS else 'PostgreSQL is not installed')
    if missing:
        print('1..0 # SKIP ' + missing)
        sys.exit(77)
    network.enter()
    print('1..%d' % ROUNDS, flush=True)
    failed = 0
    with Fleet() as fleet:
        test = Test(fleet)
        wait_for('the self-test has come back', lambda: fleet.hosts[0].command('outbox', 'selftest', status=None).returncode == 0, 60)
        test.watch()
        for n in range(ROUNDS):
            began = time.monotonic()
            say('round %d: SEED=%d' % (n + 1, SEED + n))
            try:
                test.round(SEED + n)
                print('ok %d - seed %d, %.0f s' % (n + 1, SEED + n, time.monotonic() - began), flush=True)
            except Exception as e:
                print('not ok %d - seed %d: %s: %s' % (n + 1, SEED + n, type(e).__name__, str(e)[:3000].replace('\n', ' ')), flush=True)
                failed = 1
                test.tell_state()
                fleet.is_kept = os.environ.get('FLEET_KEEP') == '1'
                say(fleet.dir)
                break
    sys.exit(failed)


main()
