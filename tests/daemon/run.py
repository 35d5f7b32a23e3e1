#!/usr/bin/python3
"""run.py SCEAU SCEAU-MILTER [NAME...]: sceau-milter as a daemon, without an MTA: its options, reload, the service
manager's protocol, metrics. One TAP line a test."""
import json, os, pwd, re, shutil, signal, socket, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from milter import Client, added
from tap import Skip, run_tests, spawn, wait_for

ZONE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'postfix', 'zone')
SCEAU, MILTER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])


class Daemon:
    def __init__(self, folder, *args, config='', listen=True, wait=True, zone=ZONE, **popen):
        self.dir, self.sock = folder, os.path.join(folder, 'm.sock')
        self.conf, self.log_path = os.path.join(folder, 'sceau.conf'), os.path.join(folder, 'log')
        self.state = os.path.join(folder, 'state')
        self.configure(config)
        # A copy that any user may read: the clone itself may lie in somebody's own folder.
        zone = shutil.copy(zone, os.path.join(folder, 'common.zone')) if zone else None
        words = ['--config', self.conf] + (['--dns', zone] if zone else [])
        words += ['--listen', 'unix:%s,mode=0666' % self.sock] if listen else []
        words += ['--state', self.state] if '--state' not in args else []
        self.args = [MILTER] + words + list(args)
        self.out = open(self.log_path, 'ab')
        before = self.log().count('ready\n')
        self.p = spawn(self.args, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.out, **popen)
        if wait:
            wait_for('ready', lambda: self.log().count('ready\n') > before or self.p.poll() is not None)
            assert self.p.poll() is None, self.log()

    def configure(self, text):
        with open(self.conf + '.new', 'w') as f:
            f.write(text)
        os.rename(self.conf + '.new', self.conf)

    def log(self):
        with open(self.log_path, errors='replace') as f:
            return f.read()

    def client(self):
        return Client(self.sock)

    def reload(self, says):
        self.p.send_signal(signal.SIGHUP)
        wait_for(says, lambda: says in self.log())

    def stop(self):
        self.p.terminate()
        status = self.p.wait(30)
        self.out.close()
        return status

    def journal(self):
        run = subprocess.run([SCEAU, 'journal', 'cat', os.path.join(self.state, 'journal')], capture_output=True,
                             text=True)
        return [json.loads(line) for line in run.stdout.splitlines()]


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
    for config, is_verified in (('', True), ('[milter]\ntcp_sign_peers = 127.0.0.0/8\n', False)):
        d = Daemon(tmp, '--listen', 'inet:%d@127.0.0.1,role=sign' % port, config=config)
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
        while 'No space left on device' not in d.log() and sent < 500:
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


def shadow_changes_nothing(tmp):
    d = Daemon(tmp, config='[milter]\nshadow = yes\nshadow_authserv_id = old.example\n'
                           '[policy]\nmode = reject\nquarantine = both\n[journal]\non_error = tempfail\n'
                           '[list "dev@receiver.example"]\nrefuse_restrictive = yes\n')
    theirs = lambda text: ('Authentication-Results', 'old.example; ' + text)  # noqa: E731
    good = dict(ip='192.0.2.1')
    # A journal that cannot be written stops nobody's mail here.
    os.rename(os.path.join(d.state, 'journal'), os.path.join(tmp, 'kept'))
    assert d.client().send('S0')[0] == b'a'
    os.rename(os.path.join(tmp, 'kept'), os.path.join(d.state, 'journal'))
    c = d.client()
    assert c.actions == 0, 'nothing that a message could be changed by is asked for'
    for ident, fields, more in (
            ('S1', [theirs('spf=fail smtp.mailfrom=reject.test; dkim=none; dmarc=fail')], {}),
            ('S2', [theirs('spf=pass smtp.mailfrom=reject.test; dmarc=pass (p=reject) header.from=reject.test')], {}),
            ('S3', [theirs('dmarc=pass')], good),
            ('S4', [('Authentication-Results', 'mx.receiver.example; dmarc=fail')], good),
            ('S5', [theirs('dmarc=fail'), ('X-DMARC-Fail-Policy', 'reject'), ('X-Spam-Flag', 'YES')], {}),
            ('S6', [('From', 'second@example.org'), theirs('dmarc=permerror')], {})):
        assert c.send(ident, fields=fields, **more) == (b'a', b'', []), ident
    # What cannot even be judged goes on as well: MAIL is missing.
    c.put(b'D', b'Mi\0S7\0')
    c.command(b'R', b'<bob@receiver.example>\0')
    assert c.command(b'E') == (b'c', b'')
    log = d.log().splitlines()
    for line in ('S2: shadow=spf theirs="pass" ours="fail" domain="reject.test"',
                 'S2: shadow=dmarc theirs="pass" ours="fail" domain="reject.test"',
                 'S1: shadow=action theirs="accept" ours="reject" domain="reject.test"',
                 'S5: shadow=action theirs="quarantine" ours="reject" domain="reject.test"'):
        assert line in log, (line, log)
    assert not any(x.startswith(('S3: shadow', 'S4: shadow', 'S1: shadow=spf')) for x in log), log
    assert any(x.startswith('S1: would=reject ') for x in log) and not any(' action=' in x for x in log), log
    records = {r['queue_id']: r['shadow'] for r in d.journal()}
    assert records['S3'] == {'compared': ['dmarc', 'action'], 'differences': [], 'more': 0}, records
    assert records['S4'] == {'compared': [], 'differences': [], 'more': 0}, records
    assert d.stop() == 0

    run = subprocess.run([SCEAU, 'shadow', 'report', '--json', '--set', 'milter.state=' + d.state], capture_output=True,
                         text=True)
    told = json.loads(run.stdout)
    assert run.returncode == 1 and (told['messages'], told['compared'], told['agreed']) == (6, 5, 1), told
    assert told['methods']['spf'] == {'compared': 2, 'same': 1} and told['methods']['arc']['compared'] == 0, told
    assert told['methods']['dkim'] == {'compared': 1, 'same': 1} and told['methods']['dmarc']['same'] == 4, told
    first = told['differences'][0]
    assert (first['method'], first['theirs'], first['ours'], first['count']) == ('action', 'accept', 'reject', 2), told
    assert first['examples'][0] == {'queue_id': 'S1', 'domain': 'reject.test'}, told
    run = subprocess.run([SCEAU, 'shadow', 'report', os.path.join(d.state, 'journal')], capture_output=True, text=True)
    assert re.search(r'^dmarc +5 +4 +80\.00 %$', run.stdout, re.M), run.stdout
    assert re.search(r'^ +1  dmarc   pass        fail        S2 \(reject\.test\)$', run.stdout, re.M), run.stdout
    with open(os.path.join(d.state, 'milter.prom')) as f:
        text = f.read()
    assert 'sceau_shadow_differences_total{method="spf"} 1\n' in text and \
           'sceau_shadow_compared_total{method="dmarc"} 5\n' in text and 'sceau_shadow_silent_total 2\n' in text, text
    # And in JSON, after a reload; then no shadow any more.
    d = Daemon(tmp, config='[milter]\nshadow = yes\nshadow_authserv_id = old.example\n[log]\nformat = json\n')
    d.client().send('J1', fields=[theirs('dmarc=pass reason="\\"; x" header.from=x'), theirs('dkim=pass header.d=\xe9.test')])
    d.configure('[policy]\nmode = reject\n')
    d.reload('was read anew')
    assert d.client().send('R1')[0] == b'y'
    events = [json.loads(x) for x in d.log().splitlines() if x.startswith('{') and '"J1"' in x]
    assert [(e['theirs'], e['ours'], e['domain']) for e in events if 'theirs' in e] == \
           [('pass', 'none', 'xn--9ca.test'), ('pass', 'fail', 'reject.test'), ('accept', 'quarantine', 'reject.test')], events
    assert events[-1]['shadow']['compared'] == ['dkim', 'dmarc', 'action'], events
    assert d.stop() == 0


def metrics(tmp):
    d = Daemon(tmp, config='[policy]\nmode = reject\n')
    path = os.path.join(d.state, 'milter.prom')
    wait_for('a first file', lambda: os.path.exists(path))
    c = d.client()
    c.send('M1')
    c.send('M2', ip='192.0.2.1')
    c.close()
    assert d.stop() == 0
    with open(path) as f:
        text = f.read()
    values = dict(line.rsplit(' ', 1) for line in text.splitlines() if not line.startswith('#'))
    for name, want in (('sceau_messages_total{dmarc="fail"}', 1), ('sceau_messages_total{dmarc="pass"}', 1),
                       ('sceau_actions_total{action="reject"}', 1), ('sceau_actions_total{action="accept"}', 1),
                       ('sceau_message_seconds_count', 2), ('sceau_message_seconds_bucket{le="+Inf"}', 2),
                       ('sceau_connections_total', 1), ('sceau_connections', 0), ('sceau_threads', 0),
                       ('sceau_journal_lost_total', 0)):
        assert float(values[name]) == want, (name, values.get(name))
    assert 4 < int(values['process_open_fds']) < 100 and int(values['process_resident_memory_bytes']) > 1 << 20
    # Each series is typed before its first sample.
    typed = re.findall(r'^# TYPE (\S+) ', text, re.M)
    for name in values:
        assert re.sub(r'(_bucket|_sum|_count)?(\{.*)?$', '', name) in typed or name in typed, name
    assert os.listdir(d.state).count('milter.prom.new') == 0


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
         tcp_signs_for_named_peers_only, privacy_of_senders, tempfails_survive_a_restart, resolver_that_is_silent, journal_trouble,
         journal_cut_anywhere, journal_folder_is_not_ours, disk_is_full, logs_as_text_and_json, shadow_changes_nothing,
         metrics,
         speaks_to_a_service_manager, takes_sockets_that_were_passed]


run_tests(TESTS, sys.argv[3:])
