#!/usr/bin/python3
"""imap.py FETCH: report mails out of a real Dovecot: fetched, committed, moved; killed at every step; servers, logins,
folders and certificates that are wrong, each with its sentence. Servers that lie are small ones of our own."""
import os, signal, socket, subprocess, sys, threading, time
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), '../daemon')]
import dovecot, tap

FETCH = sys.argv[1]
# No MOVE, and no UIDPLUS either: what small and old servers can.
LESS = 'protocol imap {\n  imap_capability = IMAP4rev1 SASL-IR UIDPLUS\n}\n'
LEAST = 'protocol imap {\n  imap_capability = IMAP4rev1 SASL-IR\n}\n'


def mail(number, more='', size=0):
    return ('From: reporter@sender.test\r\nTo: reports@example.test\r\nSubject: report %d\r\n%s\r\nbody %d\r\n%s' %
            (number, more, number, 'x' * 70 + '\r\n' if not size else ('y' * 98 + '\r\n') * (size // 100))).encode()


def secret(tmp, text='secret', mode=0o600):
    path = os.path.join(tmp, 'password')
    with open(path, 'w') as f:
        f.write(text + '\n')
    os.chmod(path, mode)
    return path


def fetch(tmp, server, fine=True, wanted=None, timeout=60, **options):
    spool = os.path.join(tmp, 'spool')
    os.makedirs(spool, exist_ok=True)
    chosen = {'imap_user': 'reports', 'spool': spool, 'imap_trust_file': os.path.join(server.folder, 'ca.pem') if server else '',
              'imap_batch': 4, 'imap_timeout': '20s'}
    if server:
        chosen['imap_url'] = 'imaps://localhost:%d' % server.tls_port
    if 'imap_token_command' not in options:
        chosen['imap_password_file'] = os.path.join(tmp, 'password')
        if not os.path.exists(chosen['imap_password_file']):
            secret(tmp)
    chosen.update(options)
    chosen = {'intake.' + key if key.startswith('imap_') else key: value for key, value in chosen.items()}
    run = subprocess.run([FETCH] + ['%s=%s' % pair for pair in chosen.items()], capture_output=True, text=True, timeout=timeout)
    if 'die' in options and options['die'] != 'full':
        return run
    assert run.returncode == (0 if fine else 1), run.stdout + run.stderr
    if wanted:
        assert wanted in run.stdout, 'wanted %r in %r' % (wanted, run.stdout)
    return run


def spooled(tmp):
    folder = os.path.join(tmp, 'spool')
    return sorted(open(os.path.join(folder, x), 'rb').read() for x in os.listdir(folder) if not x.endswith('.new'))


def all_is_fetched_and_moved(tmp):
    server = dovecot.Dovecot(tmp)
    mails = [mail(n) for n in range(11)] + [mail(11, 'X-Refuse: yes\r\n'), mail(12, size=120000)]
    # lines that look like the protocol's, and 8-bit octets, are a mail like any other
    mails.append(b'Subject: lies\r\n\r\nS5 OK done\r\n* BYE\r\n)\r\n{5}\r\n* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n\xff\x00\r\n'.replace(b'\x00', b'\xfe'))
    server.deliver(mails)
    fetch(tmp, server, wanted='found=14 done=12 refused=2 left=0 large=1')
    assert spooled(tmp) == sorted(mails[:12] + mails[13:])
    assert server.holds() == []
    assert server.holds('Archive') == sorted(mails[:11] + mails[13:])
    assert server.holds('Refused') == sorted([mails[11], mails[12]])
    fetch(tmp, server, wanted='found=0 done=0')


def starttls(tmp):
    server = dovecot.Dovecot(tmp)
    server.deliver([mail(1)])
    fetch(tmp, server, imap_url='imap://localhost:%d' % server.port, wanted='done=1')


def other_folders_by_names_of_all_kinds(tmp):
    server = dovecot.Dovecot(tmp)
    server.deliver([mail(1), mail(2, 'X-Refuse: 1\r\n')], 'Reports')
    fetch(tmp, server, imap_folder='Reports', imap_done_folder='Archivés & "lus"', imap_refused_folder='Écartés 日本 𝄞', wanted='done=1 refused=1')
    assert server.holds('Reports') == []
    names = subprocess.run(['ls', '-A', os.path.join(server.folder, 'mail/reports')], capture_output=True, text=True).stdout
    assert '.Archiv&AOk-s &- "lus"\n' in names, names
    assert '.&AMk-cart&AOk-s &ZeVnLA- &2DTdHg-\n' in names, names


def a_server_without_move(tmp):
    server = dovecot.Dovecot(tmp, LESS)
    mails = [mail(n) for n in range(6)]
    server.deliver(mails)
    client = server.client()  # another's mail that is on its way out is no matter of ours
    client.append('INBOX', '\\Deleted', None, mail(99))
    client.logout()
    fetch(tmp, server, wanted='found=6 done=6')
    assert server.holds() == [mail(99)]
    assert server.holds('Archive') == mails


def a_server_without_uid_expunge(tmp):
    server = dovecot.Dovecot(tmp, LEAST)
    server.deliver([mail(1)])
    fetch(tmp, server, wanted='found=1 done=1')
    fetch(tmp, server, wanted='found=0 done=0')
    assert server.holds(with_deleted=False) == [] and server.holds() == [mail(1)]
    assert server.holds('Archive') == [mail(1)]


POINTS = ['CAPABILITY:1', 'SELECT:1', 'FETCH:1', 'FETCH:2', 'FETCH:4', 'COMMIT:1', 'COMMITTED:1', 'MOVE:1', 'MOVE:2', 'FETCH:7',
          'COMMIT:2', 'MOVE:3', 'LOGOUT:1']
LESS_POINTS = ['COMMITTED:1', 'COPY:1', 'STORE:1', 'EXPUNGE:1', 'COPY:3', 'STORE:2', 'EXPUNGE:2']


def killed_everywhere(tmp, more, points):
    """Nothing lost and nothing stored twice, wherever it dies. Twice in a row at each point."""
    server = dovecot.Dovecot(tmp, more)
    for point in points:
        os.system('rm -rf %s/spool' % tmp)
        mails = [mail(n) for n in range(7)] + [mail(7, 'X-Refuse: 1\r\n')]
        server.deliver(mails)
        died = [fetch(tmp, server, die=point).returncode for _ in range(2)]
        assert died[0] == -signal.SIGKILL, (point, died)
        fetch(tmp, server)
        assert spooled(tmp) == sorted(mails), point
        assert server.holds(with_deleted=False) == [], point
        archive, refused = server.holds('Archive'), server.holds('Refused')
        if point.startswith('STORE'):  # copied, and not yet marked: told in imap.h
            archive = sorted(set(archive))
        assert archive == sorted(mails[:7]) and sorted(set(refused)) == [mails[7]], (point, len(archive))
        client = server.client()
        for folder in ('INBOX', 'Archive', 'Refused'):
            if client.select(folder)[1] != [b'0']:
                client.store('1:*', '+FLAGS', '\\Deleted')
                client.expunge()
        client.logout()


def killed_at_every_step(tmp):
    killed_everywhere(tmp, '', POINTS)


def killed_at_every_step_without_move(tmp):
    killed_everywhere(tmp, LESS, LESS_POINTS)


def not_committed_is_not_moved(tmp):
    server = dovecot.Dovecot(tmp)
    server.deliver([mail(1)])
    fetch(tmp, server, fine=False, die='full', wanted='could not be stored: the mail stays where it is')
    assert server.holds() == [mail(1)] and server.holds('Archive') is None


def token(tmp):
    server = dovecot.Dovecot(tmp)
    server.deliver([mail(1)])
    fetch(tmp, server, imap_token_command='/bin/echo good-token', wanted='done=1')
    fetch(tmp, server, fine=False, imap_token_command='/bin/echo bad-token', wanted='does not let reports in')
    fetch(tmp, server, fine=False, imap_token_command='/bin/false', wanted='/bin/false ended with status 1')
    fetch(tmp, server, fine=False, imap_token_command='/bin/true', wanted='printed no token')
    fetch(tmp, server, fine=False, imap_token_command='/bin/printf "a\\nb"', wanted='printed no token')
    fetch(tmp, server, fine=False, imap_token_command='echo x', wanted='a path from the root')


def what_is_wrong_is_told(tmp):
    server = dovecot.Dovecot(tmp)
    server.deliver([mail(1)])
    fetch(tmp, server, fine=False, imap_password_file=secret(tmp, 'wrong'), wanted='does not let reports in (Authentication failed.)')
    fetch(tmp, server, fine=False, imap_password_file=secret(tmp, 'secret', 0o640), wanted='mode 0640, so that others may use it: chmod 0600')
    fetch(tmp, server, fine=False, imap_password_file='/nowhere', wanted='/nowhere: No such file or directory')
    fetch(tmp, server, fine=False, imap_password_file='', wanted='neither intake.imap_password_file nor')
    secret(tmp)
    fetch(tmp, server, fine=False, imap_user='', wanted='intake.imap_user is not set')
    fetch(tmp, server, fine=False, imap_folder='Absent', wanted='has no folder Absent for reports')
    fetch(tmp, server, fine=False, imap_done_folder='INBOX', wanted='have to be other folders')
    fetch(tmp, server, fine=False, imap_folder='x' * 200, wanted='intake.imap_folder: this is no name of a folder')
    fetch(tmp, server, fine=False, imap_trust_file='', wanted='is not valid (')
    fetch(tmp, server, fine=False, imap_trust_file='/dev/null', wanted='imap_trust_file cannot be read')
    fetch(tmp, server, fine=False, imap_url='imaps://127.0.0.1:%d' % server.tls_port, wanted='name the host as its certificate does')
    fetch(tmp, server, fine=False, imap_url='imaps://nowhere.invalid', wanted='there is no host nowhere.invalid')
    fetch(tmp, server, fine=False, imap_url='http://localhost', wanted='cannot be fetched')
    assert server.holds() == [mail(1)]
    port = server.tls_port
    server.stop()
    fetch(tmp, server, fine=False, imap_url='imaps://localhost:%d' % port, wanted='refuses the connection: is the IMAP server running')


class Liar:
    """A server in the clear that answers what it is told to."""
    def __init__(self, answers, greeting=b'* OK hello\r\n'):
        self.answers, self.greeting, self.heard = answers, greeting, []
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.url = 'imap://127.0.0.1:%d' % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            peer = self.socket.accept()[0]
            peer.sendall(self.greeting)
            try:
                for line in peer.makefile('rb'):
                    tag, rest = line.rstrip().split(b' ', 1)
                    self.heard.append(rest)
                    answer = next((a for word, a in self.answers if rest.startswith(word)), b'%s OK fine\r\n')
                    peer.sendall(answer.replace(b'%s', tag))
                    if b'CLOSE' in answer:
                        break
            except OSError:
                pass
            peer.close()


LOGIN = [(b'CAPABILITY', b'* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR MOVE\r\n%s OK\r\n'), (b'AUTHENTICATE', b'%s OK in\r\n'),
         (b'LOGIN', b'%s OK in\r\n')]
LIST = [(b'UID FETCH 1:*', b'* 1 FETCH (UID 5 RFC822.SIZE 10 FLAGS ())\r\n%s OK\r\n')]
BODY = b'UID FETCH 5'
LIES = [
    ('a line without end', LOGIN + [(b'SELECT', b'* ' + b'x' * 70000)], 'a line of more than 64 KiB'),
    ('a mail larger than all', LOGIN + LIST + [(BODY, b'* 1 FETCH (UID 5 BODY[] {9999999999}\r\n')], 'a literal larger than any mail'),
    ('a literal where none was asked for', LOGIN + [(b'SELECT', b'* FLAGS {9999999999}\r\n')], 'a literal larger than any mail'),
    ('another tag', LOGIN + [(b'SELECT', b'X9 OK\r\n')], 'does not speak IMAP as it should (X9 OK)'),
    ('goes away in a mail', LOGIN + LIST + [(BODY, b'* 1 FETCH (UID 5 BODY[] {10}\r\nCLOSE')], 'closed the connection'),
    ('says BYE', LOGIN + [(b'SELECT', b'* BYE \x1b[31mtoo busy\r\nCLOSE')], 'closed the connection (\\x1b[31mtoo busy)'),
    ('declines the list', LOGIN + [(b'UID FETCH', b'%s BAD what?\r\n')], 'declined a command: what?'),
]


def servers_that_lie(tmp):
    for what, answers, words in LIES:
        liar = Liar(answers)
        try:
            fetch(tmp, None, fine=False, imap_url=liar.url, imap_plain='yes', wanted=words)
        except AssertionError as e:
            raise AssertionError(what + ': ' + str(e))


def the_wrong_mail_is_not_taken(tmp):
    """Another UID's body, one without UID, two bodies, none: nothing is handed over, nothing moved."""
    for body in (b'* 1 FETCH (UID 6 BODY[] {3}\r\nabc)\r\n', b'* 1 FETCH (BODY[] {3}\r\nabc)\r\n', b'* 1 FETCH (UID 5 BODY[] NIL)\r\n',
                 b'* 1 EXPUNGE\r\n', b''):
        liar = Liar(LOGIN + LIST + [(BODY, body + b'%s OK\r\n')])
        run = fetch(tmp, None, imap_url=liar.url, imap_plain='yes', wanted='found=1 done=0 refused=0 left=1')
        assert not any(b'MOVE' in x for x in liar.heard), run.stdout
    liar = Liar(LOGIN + LIST + [(BODY, b'* 1 FETCH (FLAGS ())\r\n* 1 FETCH (BODY[] {3}\r\nabc UID 5)\r\n* 2 EXISTS\r\n%s OK\r\n')])
    fetch(tmp, None, imap_url=liar.url, imap_plain='yes', wanted='done=1')


def a_mail_larger_than_it_said(tmp):
    """It is read over, set apart, and keeps nothing else back."""
    listed = LIST[0][1].replace(b'%s', b'* 2 FETCH (UID 6 RFC822.SIZE 3 FLAGS ())\r\n%s')
    liar = Liar(LOGIN + [(b'UID FETCH 1:*', listed), (BODY, b'* 1 FETCH (UID 5 BODY[] {100001}\r\n' + b'S7 OK\r\n' * 14285 + b'123456)\r\n%s OK\r\n'),
                         (b'UID FETCH 6', b'* 2 FETCH (UID 6 BODY[] {3}\r\nabc)\r\n%s OK\r\n')])
    fetch(tmp, None, imap_url=liar.url, imap_plain='yes', wanted='found=2 done=1 refused=1 left=0 large=1')
    assert any(x.startswith(b'UID MOVE 5 ') for x in liar.heard) and any(x.startswith(b'UID MOVE 6 ') for x in liar.heard), liar.heard


def no_tls_no_password(tmp):
    liar = Liar(LOGIN)
    fetch(tmp, None, fine=False, imap_url=liar.url, wanted='offers no STARTTLS, and nothing is sent in the clear')
    assert not any(x.startswith((b'LOGIN', b'AUTHENTICATE')) for x in liar.heard), liar.heard


def silence_ends(tmp):
    liar = Liar(LOGIN + [(b'SELECT', b'')])
    before = time.monotonic()
    fetch(tmp, None, fine=False, imap_url=liar.url, imap_plain='yes', imap_timeout='2s', wanted='does not answer in time')
    assert time.monotonic() - before < 15


TESTS = [all_is_fetched_and_moved, starttls, other_folders_by_names_of_all_kinds, a_server_without_move, a_server_without_uid_expunge,
         killed_at_every_step, killed_at_every_step_without_move, not_committed_is_not_moved, token, what_is_wrong_is_told,
         servers_that_lie, the_wrong_mail_is_not_taken, a_mail_larger_than_it_said,
         no_tls_no_password, silence_ends]
tap.run_tests(TESTS, sys.argv[2:])
