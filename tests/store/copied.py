#!/usr/bin/python3
"""A store that `sceau store copy` took to a server and back, killed amid both ways: the same answers.

    tests/with-postgresql tests/store/copied.py SCEAU SCEAU_REPORTD SCEAU_WEB SOURCES
"""
import contextlib, fcntl, json, os, shutil, signal, sqlite3, subprocess, sys, tempfile, time

import same, served

LATE = 'seen'  # a table in the middle: those before it are copied when it is reached


def copy(state, source, target, status=0):
    done = subprocess.run([same.SCEAU, 'store', 'copy', source, target, '--state', state, '--config', '/dev/null', '--json'],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == status, (source, target, done.returncode, done.stdout, done.stderr)
    return {t['table']: t for t in json.loads(done.stdout)['tables']} if status == 0 else done.stderr


class Held:
    """A lock on a table of the server, as another connection holds it."""

    def __init__(self, url, mode):
        self.psql = subprocess.Popen(['psql', '-X', '-q', '-A', '-t', url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.psql.stdin.write(f"BEGIN; LOCK TABLE {LATE} IN {mode} MODE; SELECT 'held';\n")
        self.psql.stdin.flush()
        assert self.psql.stdout.readline() == 'held\n'

    def free(self):
        self.psql.stdin.close()
        self.psql.wait(20)


def killed(state, source, target, url, mode):
    held = Held(url, mode)
    try:
        running = subprocess.Popen([same.SCEAU, 'store', 'copy', source, target, '--state', state, '--config', '/dev/null'])
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '%s'::regclass" % LATE
        end = time.time() + 30
        while served.psql(url, waits).strip() != '1':
            assert time.time() < end and running.poll() is None, 'it does not come to ' + LATE
            time.sleep(.05)
        running.send_signal(signal.SIGKILL)
        running.wait()
    finally:
        held.free()


def many(store):
    """Of one table more rows than a transaction takes."""
    with contextlib.closing(sqlite3.connect(store)) as db, db:
        db.executemany("INSERT INTO seen (policy_domain, ip, first_day, last_day) VALUES ('many.test', ?, 1, 1)",
                       ((n.to_bytes(4, 'big'),) for n in range(5000)))


def half(world):
    """Nobody takes it for a store before it is whole."""
    run = subprocess.run([same.REPORTD, '--once', *world.words], capture_output=True, text=True)
    assert run.returncode == 75 and 'a copy into this store is not finished' in run.stderr, run
    status, out, told = world.say(['today', '--lang', 'fr'])
    assert status == 75 and out == b'' and "la copie vers cette base n’est pas terminée" in told.decode(), (status, out, told)
    world.open(signs_in=False)
    assert world.ask('/health')[0] == 200 and b'sceau_store_up 0' in world.ask('/metrics')[2]
    assert world.close() == 0


# What becomes of a row of the copy: (table, what is done to it, and undone)
ALTERED = [
    ('day_total', 'SET count = count + 1', 'SET count = count - 1'),  # a number; as many rows
    ('report', "SET org_name = org_name || ' '", 'SET org_name = left(org_name, -1)'),  # a text
    ('seen', r"SET ip = ip || '\x00'", 'SET ip = substring(ip for octet_length(ip) - 1)'),  # octets, of the key
]


def differs(world, url):
    """Of a copy that was not ended: a row that is another one is found, and its table named."""
    served.psql(url, "INSERT INTO meta VALUES ('copying', 'sqlite:store.db')")
    for table, change, back in ALTERED:
        one = ' WHERE ctid = (SELECT max(ctid) FROM %s)' % table
        served.psql(url, 'UPDATE %s %s%s' % (table, change, one))
        assert 'the same rows in table %s:' % table in copy(world.state, 'sqlite:store.db', url, 65), table
        served.psql(url, 'UPDATE %s %s%s' % (table, back, one))
    assert all(t['copied'] == 0 for t in copy(world.state, 'sqlite:store.db', url).values())
    return len(ALTERED), []


def went_on(tables):
    """What was copied before it was killed was not copied again."""
    assert tables['day_total']['copied'] == 0 < tables['day_total']['rows'], tables['day_total']
    assert tables[LATE]['copied'] == tables[LATE]['rows'] > 2000, tables[LATE]
    assert not {'lease', 'worker'} & set(tables)


def refused(world, url, folder):
    assert 'holds other data' in copy(world.state, 'sqlite:store.db', url, 65)
    assert 'pg_dump' in copy(world.state, url, url, 64)
    assert 'cp' in copy(world.state, 'sqlite:store.db', 'sqlite:other.db', 64)
    empty = served.place(folder, 'empty')
    lock = os.path.join(world.state, 'reportd.lock')
    holder = open(lock)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        assert 'stop it' in copy(world.state, 'sqlite:store.db', empty, 75)
    finally:
        holder.close()
    served.psql(empty, "INSERT INTO worker VALUES ('h/1', 'h', '1', 0, %d, 0)" % time.time())
    assert 'stop it' in copy(world.state, 'sqlite:store.db', empty, 75)
    served.psql(empty, "DELETE FROM worker; INSERT INTO meta VALUES ('secret', 'x')")
    assert 'table meta' in copy(world.state, 'sqlite:store.db', empty, 65)
    return 6, []


def main():
    print('1..4')
    bad = 0
    with tempfile.TemporaryDirectory(prefix='sceau-copied-') as folder:
        reports = os.path.join(folder, 'reports')
        subprocess.run([os.path.join(same.ROOT, 'tools', 'sample-reports'), reports, '--now', str(same.NOW)], check=True,
                       stdout=subprocess.DEVNULL)
        url = served.place(folder)
        world = same.World(folder, 'worlda', 'sqlite:store.db')
        world.fill(reports, os.path.join(same.ROOT, 'doc', 'sample', 'reports.zone'))
        many(os.path.join(world.state, 'store.db'))
        there = same.World(folder, 'worldb', url)
        back = same.World(folder, 'worldc', 'sqlite:store.db')
        for other in (there, back):
            other.name = world.name  # where its reports came from
            shutil.copytree(world.state, other.state, ignore=lambda *_: ['store.db', 'store.db-wal', 'store.db-shm', 'incoming'])
        probe = served.place(folder, 'probe')
        copy(world.state, 'sqlite:store.db', probe)  # the tables, to be locked
        served.psql(url, 'SELECT 1')
        subprocess.run([same.REPORTD, '--once', '--quiet', '--state', os.path.join(folder, 'maker'), '--config', '/dev/null', '--set',
                        'store.url=' + url], check=True)
        served.psql(url, "DELETE FROM meta WHERE name <> 'version'")
        killed(world.state, 'sqlite:store.db', url, url, 'EXCLUSIVE')
        assert 'holds other data' in copy(back.state, 'sqlite:' + world.state + '/store.db', url, 65), 'another copy is under way'
        half(there)
        went_on(copy(world.state, 'sqlite:store.db', url))
        killed(back.state, url, 'sqlite:store.db', url, 'ACCESS EXCLUSIVE')
        went_on(copy(back.state, url, 'sqlite:store.db'))
        for n, (name, found) in enumerate((('to a server', lambda: same.same_commands(world, there)),
                                           ('and back to a file', lambda: same.same_commands(world, back)),
                                           ('altered', lambda: differs(world, probe)),
                                           ('refused', lambda: refused(world, url, folder))), 1):
            count, wrong = found()
            for line in wrong[:20]:
                print('# ' + line.replace('\n', ' '))
            print('%s %d - %s: %d answers, %d differ' % ('not ok' if wrong else 'ok', n, name, count, len(wrong)), flush=True)
            bad += bool(wrong)
    return 1 if bad else 0


sys.exit(main())
