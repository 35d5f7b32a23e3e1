#!/usr/bin/python3
"""domains.py SCEAU SCEAU-MILTER [NAME...]: 100,000 signing domains (S7): the start takes no longer for them and memory does
not grow with them; a broken key is its domain's trouble; a domain that comes while it runs is signed. One TAP line a test."""
import os, shutil, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon
from keystore import make_key
from milter import Client
from tap import run_tests, wait_for

DOMAINS = int(os.environ.get('SCEAU_DOMAINS', '100000'))
USED = 2500  # domains that mail is signed for: more than the signer keeps
START_SECONDS, RESIDENT_MIB = 1.0, 64


def make_domains(state, count):
    """Folders d0.test... that share a few keys' files: what counts is how many there are."""
    records = [make_key(state, 'master%d.test' % n) for n in range(4)]
    files = []
    for n in range(len(records)):
        folder = os.path.join(state, 'keys', 'master%d.test' % n)
        files.append([open(os.path.join(folder, name), 'rb').read() for name in ('s1.pem', 'state')])
    for n in range(count):
        folder = os.path.join(state, 'keys', 'd%d.test' % n)
        os.mkdir(folder, 0o700)
        for name, text in zip(('s1.pem', 'state'), files[n % len(files)]):
            fd = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, text)
            os.close(fd)


def tree(pid):
    """A process and all below it."""
    with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
        return [pid] + [p for child in f.read().split() for p in tree(int(child))]


def resident_mib(pid):
    """What the process and those it started have in memory, each counted in full."""
    total = 0
    for p in tree(pid):
        with open('/proc/%d/status' % p) as f:
            total += int(next(line for line in f if line.startswith('VmRSS')).split()[1])
    return total / 1024


def send(sock, n, author=None):
    author = author or 'ann@d%d.test' % n
    client = Client(sock)
    code, _, changes = client.send('Q%d' % n, author, domain=author.split('@')[1], login=author)
    client.close()
    return code, [data for c, data in changes if c == b'i' and b'DKIM-Signature' in data]


def a_hundred_thousand(tmp):
    # In memory where there is a place: 300,000 files and folders on a busy disk take minutes, and are not what is measured.
    place = '/dev/shm' if os.access('/dev/shm', os.W_OK) else tmp
    state = tempfile.mkdtemp(prefix='sceau-domains.', dir=place)
    try:
        with_domains(tmp, state)
    finally:
        shutil.rmtree(state, ignore_errors=True)


def with_domains(tmp, state):
    make_domains(state, DOMAINS)
    broken = os.path.join(state, 'keys', 'd7.test', 's1.pem')
    with open(broken, 'w') as f:
        f.write('no key at all\n')
    sock = os.path.join(tmp, 'sign.sock')
    began = time.monotonic()
    d = Daemon(tmp, '--listen', 'unix:%s,role=sign,mode=0666' % sock, '--state', state, listen=False)
    started = time.monotonic() - began
    at_start = resident_mib(d.p.pid)
    step = max(1, DOMAINS // USED)
    for n in range(0, DOMAINS, step):
        if n != 7:
            code, signatures = send(sock, n)
            assert code == b'a' and len(signatures) == 1 and b'd=d%d.test' % n in signatures[0], (n, code, signatures)
    used = resident_mib(d.p.pid)
    code, signatures = send(sock, 7)
    assert code == b'y' and not signatures, (code, signatures)
    code, signatures = send(sock, 8)
    assert code == b'a' and len(signatures) == 1
    make_key(state, 'late.test')
    code, signatures = send(sock, DOMAINS + 1, 'ann@late.test')
    assert code == b'a' and len(signatures) == 1, 'a new domain needs no restart'
    d.reload_count(1)
    code, signatures = send(sock, 9)
    assert code == b'a' and len(signatures) == 1
    assert d.stop() == 0
    print('# %d domains: ready after %.2f s, %.1f MiB then, %.1f MiB after mail of %d domains' % (
        DOMAINS, started, at_start, used, len(range(0, DOMAINS, step))))
    if os.environ.get('ASAN_OPTIONS') is None:  # sanitizers take memory and time of their own
        assert started <= START_SECONDS, started
        assert used <= RESIDENT_MIB, used


run_tests([a_hundred_thousand], sys.argv[3:])
