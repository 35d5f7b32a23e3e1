#!/usr/bin/python3
"""run.py SCEAU SCEAU-MILTER [NAME...]: sceau-milter as a daemon, without an MTA: its options, reload, the service
manager's protocol, metrics. One TAP line a test."""
import json, os, pwd, re, signal, socket, subprocess, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import MILTER, SCEAU, ZONE, Daemon
from milter import Client, added
from tap import Skip, run_tests, spawn, wait_for


def listens_where_the_file_says(tmp):
    other = os.path.join(tmp, 'other.sock')
    d = Daemon(tmp, config='[milter]\nlisten = unix:%s' % other, listen=False)
    assert Client(other).send()[0] == b'a'
    assert d.stop() == 0 and not os.path.exists(other)


def listen_option_beats_the_file(tmp):
    other = os.path.join(tmp, 'other.sock')
    d = Daemon(tmp, config='[milter]\nlisten = unix:%s' % other)
    d.client().send()
    assert not os.path.exists(other)
    assert d.stop() == 0


def nowhere_to_listen(tmp):
    d = Daemon(tmp, listen=False, wait=False)
    assert d.p.wait(20) == 64 and 'nowhere to listen' in d.log()


def reload_swaps_for_new_sessions(tmp):
    d = Daemon(tmp)
    old = d.client()
    assert old.send('OLD1')[0] == b'a'
    d.configure('[policy]\nmode = reject\n')
    d.reload('was read anew')
    assert old.send('OLD2')[0] == b'a', 'a connection keeps what it began with'
    code, text, _ = d.client().send('NEW1')
    assert code == b'y' and text.startswith(b'550'), (code, text)
    # A bad file: the old one stays, and the log says why.
    d.configure('[policy]\nmode = refuse\n')
    d.reload('stays as it was')
    assert 'sceau.conf:2:8' in d.log() and 'one of: monitor' in d.log(), d.log()
    assert d.client().send('NEW2')[0] == b'y'
    assert old.send('OLD3')[0] == b'a'
    assert d.stop() == 0


def many_reloads_leave_nothing(tmp):
    d = Daemon(tmp)
    clients = [d.client() for _ in range(4)]
    files = lambda: len(os.listdir('/proc/%d/fd' % d.p.pid))  # noqa: E731
    before = files()
    for n in range(50):
        d.p.send_signal(signal.SIGHUP)
        assert clients[n % 4].send('R%d' % n)[0] == b'a'
        time.sleep(0.01)
    assert files() <= before + 1, (before, files())
    assert d.stop() == 0


def silence_ends_a_connection(tmp):
    d = Daemon(tmp, config='[milter]\ntimeout = 1s\n')
    c = d.client()
    start = time.monotonic()
    assert c.get() is None and 0.5 < time.monotonic() - start < 10
    assert d.stop() == 0


def connections_are_bounded(tmp):
    d = Daemon(tmp, config='[milter]\nconnections_max = 1\n')
    first = d.client()
    second = socket.socket(socket.AF_UNIX)
    second.connect(d.sock)
    second.sendall(b'\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\0\0\0')
    second.settimeout(1)
    try:
        raise AssertionError('served: %r' % second.recv(100))
    except socket.timeout:
        pass
    first.close()
    second.settimeout(20)
    assert second.recv(100)[4:5] == b'O'
    assert d.stop() == 0


def tcp_signs_for_named_peers_only(tmp):
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    named = '[milter]\ntcp_sign_peers = 127.0.0.0/8\n'
    rows = [('127.0.0.1', '', True), ('127.0.0.1', named, False)]
    if socket.has_dualstack_ipv6():  # there the peer is ::ffff:127.0.0.1
        rows.append(('::', named, False))
    for address, config, is_verified in rows:
        d = Daemon(tmp, '--listen', 'inet:%d@%s,role=sign' % (port, address), config=config)
        _, _, changes = Client(('127.0.0.1', port)).send()
        assert ('Authentication-Results' in added(changes)) == is_verified, (config, changes)
        assert d.stop() == 0


def privacy_of_senders(tmp):
    seen = {}
    for word in 'drop', 'hash', 'plain':
        d = Daemon(tmp, config='[journal]\nprivacy = %s\n' % word)
        for n in range(2):
            d.client().send('%s%d' % (word, n))
        d.client().send(word + 'other', sender='eve@reject.test')
        seen[word] = [r['mail_from_local'] for r in d.journal() if r['queue_id'].startswith(word)]
        assert d.stop() == 0
    assert seen['drop'] == [None] * 3 and seen['plain'] == ['ann', 'ann', 'eve'], seen
    first, again, other = seen['hash']
    assert first == again != other and re.fullmatch('[0-9a-f]{16}', first), seen
    assert os.stat(os.path.join(tmp, 'state', 'privacy.key')).st_mode & 0o777 == 0o600


def tempfails_survive_a_restart(tmp):
    zone = os.path.join(tmp, 'zone')
    with open(zone, 'w') as f:
        f.write('$TTL 300\nslow.test. TXT "v=spf1 -all"\n$FAIL _dmarc.slow.test. TXT TIMEOUT\n')

    def post(d, ident='<1@slow.test>', ip='198.51.100.7'):
        return d.client().send('T', sender='ann@slow.test', domain='slow.test', ip=ip,
                               fields=[('Message-ID', ident), ('Date', 'Sun, 22 Nov 2026 10:00:00 +0000')])[:2]

    d = Daemon(tmp, zone=zone)
    code, text = post(d)
    assert code == b'y' and text.startswith(b'451 4.7.1'), (code, text)
    saved = os.path.join(d.state, 'tempfail')
    wait_for('the file', lambda: os.path.exists(saved))
    assert os.stat(saved).st_mode & 0o777 == 0o600
    d.p.kill()  # no time to write anything
    d.p.wait()
    d = Daemon(tmp, zone=zone)
    assert post(d, ip='203.0.113.9')[0] == b'y', 'the second time, from another address'
    assert post(d)[0] == b'a', 'the third time it is let in'
    assert post(d, '<2@slow.test>')[0] == b'y', 'another message'
    assert d.stop() == 0
    with open(saved, 'a') as f:
        f.write('damage')
    d = Daemon(tmp, zone=zone)
    assert post(d)[0] == b'y', 'a damaged file counts as none'
    assert d.stop() == 0


def resolver_that_is_silent(tmp):
    hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # takes questions, never answers
    hole.bind(('127.0.0.1', 0))
    d = Daemon(tmp, zone=None, config='[dns]\nresolver = 127.0.0.1@%d\ndown_after = 1\n' % hole.getsockname()[1])
    path = os.path.join(d.state, 'milter.prom')

    def down():
        with open(path) as f:
            return 'sceau_dns_resolver_down 1\n' in f.read()

    assert d.client().send('SLOW')[0] == b'y', 'trouble with DNS is a tempfail'
    try:
        wait_for('the guard', down, 14)
    except AssertionError:
        raise AssertionError(''.join(line for line in open(path) if line.startswith('sceau_dns')))
    start = time.monotonic()
    assert d.client().send('FAST', fields=[('Message-ID', '<2@reject.test>')])[0] == b'y'
    assert time.monotonic() - start < 2, 'down: nobody waits for it (0.1 s where nothing else runs)'
    assert d.stop() == 0
    hole.close()


def journal_trouble(tmp):
    for word, want in (('accept', b'a'), ('tempfail', b't')):
        d = Daemon(tmp, config='[journal]\non_error = %s\n' % word)
        os.rename(os.path.join(d.state, 'journal'), os.path.join(tmp, 'gone-' + word))
        code, _, changes = d.client().send('LOST')
        assert code == want and (changes == []) == (want == b't'), (word, code, changes)
        assert 'the journal cannot be written: No such file' in d.log()
        os.mkdir(os.path.join(d.state, 'journal'))
        assert d.client().send('KEPT')[0] == b'a'
        assert [r['queue_id'] for r in d.journal()] == ['KEPT']
        assert d.stop() == 0
        with open(os.path.join(d.state, 'milter.prom')) as f:
            assert 'sceau_journal_lost_total 1\n' in f.read()
        os.rename(os.path.join(d.state, 'journal'), os.path.join(tmp, 'kept-' + word))


def journal_limit(tmp):
    """What waits for sceau-reportd has a limit: mail goes on, or is asked to come again; what was lost is counted, what waits stays."""
    for word, want in (('accept', b'a'), ('tempfail', b't')):
        d = Daemon(tmp, config='[journal]\nlimit = 1KiB\non_error = %s\n' % word)
        folder = os.path.join(d.state, 'journal')
        for n in range(9):  # nobody has folded here: no limit
            assert d.client().send('FREE%d' % n)[0] == b'a'
        assert len(d.journal()) == 9
        assert d.stop() == 0
        with open(os.path.join(d.state, 'milter.prom')) as f:
            assert 'sceau_journal_limit_bytes 0\n' in f.read()
        os.rename(folder, os.path.join(tmp, 'free-' + word))
        os.mkdir(folder)
        with open(os.path.join(folder, '.folded'), 'w') as f:
            os.utime(f.fileno(), (1, 1))
        d = Daemon(tmp, config='[journal]\nlimit = 1KiB\non_error = %s\n' % word)
        time.sleep(.2)  # it looks for the mark as soon as it starts
        kept = []
        for n in range(20):
            code = d.client().send('L%d' % n)[0]
            if len(d.journal()) == len(kept):
                break
            assert code == b'a'
            kept.append('L%d' % n)
        assert 1 <= len(kept) < 10 and code == want, (kept, code)
        assert sum(os.path.getsize(os.path.join(folder, n)) for n in os.listdir(folder)) <= 1024
        assert d.client().send('LOST')[0] == want
        assert d.log().count('has reached journal.limit') == (1 if word == 'accept' else 2), d.log()  # not once a message
        d.configure('[journal]\nlimit = 4096MiB\non_error = %s\n' % word)
        d.reload('was read anew')
        assert d.client().send('MORE')[0] == b'a'
        assert [r['queue_id'] for r in d.journal()] == kept + ['MORE']
        assert d.stop() == 0
        with open(os.path.join(d.state, 'milter.prom')) as f:
            figures = f.read()
        assert 'sceau_journal_lost_total 2\n' in figures and 'sceau_journal_limit_bytes 4294967296\n' in figures, figures
        assert int(re.search(r'^sceau_journal_waiting_bytes (\d+)$', figures, re.M)[1]) > 500, figures
        os.rename(folder, os.path.join(tmp, 'limited-' + word))


def frames(data):
    """Where the frames of a segment end."""
    at = 0
    while at < len(data):
        assert data[at:at + 4] == b'SJ01'
        at += 12 + int.from_bytes(data[at + 4:at + 8], 'big')
        yield at


def journal_cut_anywhere(tmp):
    """kill -9, then the segment ends at each octet of its last three records: all before are read, and no other."""
    d = Daemon(tmp)
    for n in range(6):
        d.client().send('CUT%d' % n, fields=[('X-Pad', 'x' * 40 * n)])
    d.p.kill()
    d.p.wait()
    folder = os.path.join(d.state, 'journal')
    with open(os.path.join(folder, *os.listdir(folder)), 'rb') as f:
        data = f.read()
    ends = list(frames(data))
    assert len(ends) == 6, ends
    cuts = os.path.join(tmp, 'cuts')
    os.mkdir(cuts)
    wanted = []
    for cut in range(ends[2], len(data) + 1):
        with open(os.path.join(cuts, 'h-1-%d' % cut), 'wb') as f:
            f.write(data[:cut])
        wanted += ['CUT%d' % n for n, end in enumerate(ends) if end <= cut]
    run = subprocess.run([SCEAU, 'journal', 'cat', cuts], capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr == '', run.stderr
    assert [json.loads(line)['queue_id'] for line in run.stdout.splitlines()] == wanted
    assert len(wanted) > 1000


def journal_folder_is_not_ours(tmp):
    """A folder that this user cannot write to: said at start; said, counted and survived later."""
    user = ''
    if os.geteuid() == 0:
        user = '[milter]\nuser = nobody\n'
    d = Daemon(tmp, config=user)
    assert d.client().send('BEFORE')[0] == b'a'
    d.p.kill()  # the next one begins a segment of its own
    d.p.wait()
    d = Daemon(tmp, config=user)
    folder = os.path.join(d.state, 'journal')
    os.chmod(folder, 0o500)
    assert d.client().send('LOST')[0] == b'a'
    assert 'the journal cannot be written: Permission denied' in d.log(), d.log()
    os.chmod(folder, 0o700)
    assert d.client().send('AFTER')[0] == b'a'
    assert d.stop() == 0
    with open(os.path.join(d.state, 'milter.prom')) as f:
        assert 'sceau_journal_lost_total 1\n' in f.read()
    assert [r['queue_id'] for r in d.journal()] == ['BEFORE', 'AFTER']


def disk_is_full(tmp):
    """A real file system without room: mail goes its way, the log says so, what stood is whole; then there is room."""
    state = os.path.join(tmp, 'state')
    os.mkdir(state)
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=256k', 'sceau-test', state]
    if os.geteuid() != 0 or subprocess.run(mount, stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip('no file system can be mounted here')
    try:
        d = Daemon(tmp)
        ballast = os.path.join(state, 'ballast')
        with open(ballast, 'wb', buffering=0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass
        client, sent = d.client(), 0
        while 'the journal cannot be written' not in d.log() and sent < 500:
            assert client.send('FULL%d' % sent)[0] == b'a'
            sent += 1
        assert 'the journal cannot be written: No space left on device' in d.log(), d.log()[-500:]
        os.remove(ballast)
        assert client.send('ROOM')[0] == b'a'
        assert d.stop() == 0
        with open(os.path.join(state, 'milter.prom')) as f:
            lost = int(re.search(r'^sceau_journal_lost_total (\d+)$', f.read(), re.M)[1])
        got = [r['queue_id'] for r in d.journal()]
        assert lost >= 1 and got == ['FULL%d' % n for n in range(sent - lost)] + ['ROOM'], (lost, sent, got[-3:])
    finally:
        subprocess.run(['umount', '-l', state], check=True)


def logs_as_text_and_json(tmp):
    d = Daemon(tmp, config='[log]\nformat = json\n')
    d.client().send('JSON1', fields=[('Subject', 'quote " and \\')])
    d.configure('')
    d.reload('was read anew')
    d.client().send('TEXT1')
    assert d.stop() == 0
    line = [x for x in d.log().splitlines() if 'JSON1' in x]
    event = json.loads(line[0])
    assert (event['queue_id'], event['action'], event['dmarc']['result']) == ('JSON1', 'quarantine', 'fail'), event
    assert event['reason'] and event['client'] == '198.51.100.7'
    assert any(x.startswith('TEXT1: action=quarantine') for x in d.log().splitlines())


def speaks_to_a_service_manager(tmp):
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(os.path.join(tmp, 'notify'))
    manager.settimeout(20)
    env = dict(os.environ, NOTIFY_SOCKET=os.path.join(tmp, 'notify'), WATCHDOG_USEC='3000000')
    d = Daemon(tmp, env=env)
    said = [manager.recv(200).decode() for _ in range(4)]
    assert 'READY=1' in said and said.count('WATCHDOG=1') >= 2, said
    d.reload('was read anew')
    d.stop()
    manager.settimeout(0.5)
    try:
        while True:
            said.append(manager.recv(200).decode())
    except socket.timeout:
        pass
    said = [s for s in said if s != 'WATCHDOG=1']
    assert said[0] == 'READY=1' and said[2:] == ['READY=1', 'STOPPING=1'], said
    assert re.fullmatch(r'RELOADING=1\nMONOTONIC_USEC=\d+', said[1]), said


def takes_sockets_that_were_passed(tmp):
    paths = [os.path.join(tmp, name) for name in ('in', 'out')]
    socks = []
    for p in paths:
        s = socket.socket(socket.AF_UNIX)
        s.bind(p)
        s.listen()
        socks.append(s)

    def pass_them():
        # Copies above the numbers that are written to, then 3 and 4.
        high = [os.dup(os.dup(os.dup(s.fileno()))) for s in socks]
        for n, fd in enumerate(high):
            os.dup2(fd, 3 + n)
        os.environ['LISTEN_PID'] = str(os.getpid())

    # LISTEN_PID must be the pid of the program: a shell sets it and becomes the program.
    wrapper = ['/bin/sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=verify:sign exec "$@"', 'sh']
    log = open(os.path.join(tmp, 'log'), 'wb')
    p = spawn(wrapper + [MILTER, '--config', '/dev/null', '--dns', ZONE, '--state',
                                    os.path.join(tmp, 'state')], stderr=log, preexec_fn=pass_them, close_fds=False)
    wait_for('ready', lambda: b'ready\n' in open(os.path.join(tmp, 'log'), 'rb').read())
    assert 'Authentication-Results' in added(Client(paths[0]).send()[2])
    assert 'Authentication-Results' not in added(Client(paths[1]).send()[2]), 'the name gives the role'
    p.terminate()
    assert p.wait(20) == 0
    assert all(os.path.exists(p) for p in paths), "the manager's sockets are not ours to remove"
    log.close()


def gives_up_root(tmp):
    if os.geteuid() != 0:
        raise Skip('not root')
    nobody = pwd.getpwnam('nobody').pw_uid
    d = Daemon(tmp, config='[milter]\nuser = nobody\n')
    with open('/proc/%d/status' % d.p.pid) as f:
        status = f.read()
    assert re.search(r'^Uid:\t%d\t%d\t%d\t%d$' % ((nobody,) * 4), status, re.M), status
    assert d.client().send('NOBODY')[0] == b'a'
    assert [r['queue_id'] for r in d.journal()] == ['NOBODY']
    d.reload('was read anew')
    assert d.stop() == 0


def is_confined(tmp):
    d = Daemon(tmp)
    with open('/proc/%d/status' % d.p.pid) as f:
        status = f.read()
    if 'not confined' in d.log():
        raise Skip('this kernel or build cannot confine it all')
    assert re.search(r'^Seccomp:\t2$', status, re.M) and re.search(r'^NoNewPrivs:\t1$', status, re.M), status
    for task in os.listdir('/proc/%d/task' % d.p.pid):
        with open('/proc/%d/task/%s/status' % (d.p.pid, task)) as f:
            assert '\nSeccomp:\t2\n' in f.read(), task
    d.client().send('CONFINED')
    time.sleep(0.5)
    assert d.stop() == 0
    assert 'is refused' not in d.log(), d.log()


TESTS = [gives_up_root, is_confined, listens_where_the_file_says, listen_option_beats_the_file, nowhere_to_listen,
         reload_swaps_for_new_sessions, many_reloads_leave_nothing, silence_ends_a_connection, connections_are_bounded,
         tcp_signs_for_named_peers_only, privacy_of_senders, tempfails_survive_a_restart, resolver_that_is_silent, journal_trouble, journal_limit,
         journal_cut_anywhere, journal_folder_is_not_ours, disk_is_full, logs_as_text_and_json,
         speaks_to_a_service_manager, takes_sockets_that_were_passed]


run_tests(TESTS, sys.argv[3:])
