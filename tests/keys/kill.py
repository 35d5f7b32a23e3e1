#!/usr/bin/python3
"""kill.py SCEAU: whatever changes the key store is killed (SIGKILL) at each of its system calls that touch a file, one run a
call, by strace. Afterwards the store is whole: its state is read, one key of a type signs, each key that may sign has its
private key; and the same command, run again, ends where it would have ended. One TAP line a command."""
import os, shutil, subprocess, sys, tempfile, traceback

from store import DAY, T, Store, write_journal

CALLS = 'flock', 'mkdir', 'write', 'fsync', 'renameat', 'unlinkat'
STRACE = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=' + ','.join(CALLS), '-e']
ENV = dict(os.environ, ASAN_OPTIONS=os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0')  # not under ptrace
TTL = 3600

# What it is, the command, when, what is published afterwards; then the states that it leads to.
LIFE = [
    ('the first key', ['key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519'], 0, ['s1'], {'s1': 'next'}),
    ('published', ['key', 'rotate'], 1, ['s1'], {'s1': 'next'}),
    ('it signs', ['key', 'rotate'], 1 + TTL, ['s1'], {'s1': 'active'}),
    ('a second one', ['key', 'update', '-d', 'example.org', '-s', 's2', '--type', 'ed25519'], DAY, ['s1', 's2'],
     {'s1': 'active', 's2': 'next'}),
    ('published as well', ['key', 'rotate'], DAY + 1, ['s1', 's2'], {'s1': 'active', 's2': 'next'}),
    ('it takes over', ['key', 'rotate'], DAY + 1 + TTL, ['s1', 's2'], {'s1': 'retiring', 's2': 'active'}),
    ('the first is revoked', ['key', 'rotate'], 40 * DAY, ['s2'], {'s1': 'revoked', 's2': 'active'}),
    ('looked at again', ['key', 'rotate'], 42 * DAY, ['s2'], {'s1': 'revoked', 's2': 'active'}),
    ('all of it removed', ['key', 'remove', '-d', 'example.org'], 43 * DAY, ['s2'], {'s1': 'revoked', 's2': 'retiring'}),
]


def is_killed(store, call, times, words, now):
    run = subprocess.run(STRACE + ['inject=%s:signal=KILL:when=%d' % (call, times), store.sceau, *words, '--config', '/dev/null',
                                   '--state', store.state, '--now', str(T + now), *store.args],
                         capture_output=True, text=True, timeout=60, env=ENV)
    assert run.returncode in (0, -9, 137), (run.returncode, run.stderr)
    return run.returncode != 0


def check_whole(store):
    if not os.path.isdir(store.state + '/keys/example.org'):
        return
    keys = store.json('key', 'list', 'example.org')
    assert sum(k['state'] == 'active' for k in keys) <= 1, keys
    for key in keys:
        if key['state'] != 'revoked':
            assert 'BEGIN PRIVATE KEY' in store.run('key', 'query', '-s', key['selector'], '--private')
    for name in store.files():
        assert os.stat('%s/keys/example.org/%s' % (store.state, name)).st_mode & 0o77 == 0, name


def finish(store, words, now, wanted):
    """The same again: what they had done already, add and update refuse (the selector is theirs), and remove does not find."""
    run = subprocess.run([store.sceau, *words, '--config', '/dev/null', '--state', store.state, '--now', str(T + now), *store.args],
                         capture_output=True, text=True, timeout=60)
    done = {'add': 'already', 'update': 'already', 'remove': 'No DKIM Information'}
    is_done = run.returncode == 1 and words[1] in done and done[words[1]] in run.stderr
    assert run.returncode == 0 or is_done, (run.returncode, run.stdout, run.stderr)
    assert store.keys() == wanted, (store.keys(), wanted)
    names = ['state'] + [s + '.pem' for s, state in wanted.items() if state != 'revoked']
    assert store.files() == sorted(names), store.files()


def restore(store, before):
    shutil.rmtree(store.state)
    shutil.copytree(before, store.state, copy_function=shutil.copy2)


def run_step(store, words, now, wanted):
    """Killed at each call; gives how many there are. The store is left as the command leaves it."""
    before, count = store.state + '.before', 0
    shutil.rmtree(before, ignore_errors=True)
    shutil.copytree(store.state, before, copy_function=shutil.copy2)
    for call in CALLS:
        times = 1
        while is_killed(store, call, times, words, now):
            check_whole(store)
            finish(store, words, now, wanted)
            restore(store, before)
            times += 1
        count += times - 1
        restore(store, before)
    store.run(*words, now=T + now)
    assert store.keys() == wanted, store.keys()
    return count


def publish(store, zone, selectors):
    with open(zone, 'w') as f:
        f.write('$ORIGIN example.org.\n$TTL %d\n' % TTL + ''.join(store.record(s) for s in selectors))


def main():
    failed = 0
    print('1..%d' % len(LIFE))
    with tempfile.TemporaryDirectory(prefix='sceau-kill.') as folder:
        zone = folder + '/zone'
        store = Store(os.path.abspath(sys.argv[1]), folder + '/state', '--dns', zone)
        open(zone, 'w').close()
        write_journal(store.state, [(T, '', '')])
        for number, (what, words, now, published, wanted) in enumerate(LIFE, 1):
            try:
                calls = run_step(store, words, now, wanted)
                assert calls >= 5, 'killed %d times: strace does not count' % calls
                publish(store, zone, published)
                print('ok %d - %s: killed %d times' % (number, what, calls), flush=True)
            except Exception:  # noqa: whatever went wrong is told
                failed += 1
                print('not ok %d - %s\n# %s' % (number, what, traceback.format_exc().replace('\n', '\n# ')), flush=True)
    return failed > 0


sys.exit(main())
