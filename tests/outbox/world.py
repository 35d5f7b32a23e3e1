"""What the tests of reports that we send stand on: a mail server that takes, refuses, postpones or dies (Sink), and a state
directory with its settings and zone (World). The programs are the first arguments of whoever imports it.
"""
import base64, json, os, socketserver, subprocess, sys, threading, time

SCEAU, MILTER, REPORTD, SOURCE = (os.path.abspath(p) for p in sys.argv[1:5])
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'daemon'))
from tap import run_tests, spawn, wait_for
import served

SEEN = 1667930000                      # when the mail of the sample was received
LATER = (SEEN // 86400 + 1) * 86400 + 6 * 3600  # the morning after
ZONE = os.path.join(SOURCE, 'doc/sample/recorded.zone')

OWN_ZONE = '''
_dmarc.receiver.example. TXT "v=DMARC1; p=reject"
test._domainkey.receiver.example. TXT "v=DKIM1; k=ed25519; p=%s"
mx.receiver.example. A 192.0.2.200
200.2.0.192.in-addr.arpa. PTR mx.receiver.example.
'''


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b'\r\n')

    def handle(self):
        server = self.server
        if server.mood == 'hangs':
            time.sleep(4)
            return
        self.say('220 sink.example ESMTP')
        sender, to, is_secret, is_known = '', '', False, False
        while True:
            line = self.rfile.readline()
            if not line:
                return
            verb, _, rest = line.decode('ascii', 'replace').strip().partition(' ')
            verb = verb.upper()
            if verb in ('EHLO', 'HELO'):
                offers = [] if server.tls is None else ['AUTH PLAIN'] if is_secret else ['STARTTLS']
                self.say('\r\n'.join('250-' + offer for offer in offers + ['8BITMIME']) + '\r\n250 SIZE 0')
            elif verb == 'STARTTLS':
                self.say('220 go on')
                self.connection = server.tls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile, is_secret = self.connection.makefile('rb'), self.connection.makefile('wb', 0), True
            elif verb == 'AUTH':
                if rest.count(' ') == 0:
                    self.say('334 ')
                    rest += ' ' + self.rfile.readline().decode().strip()
                login = base64.b64decode(rest.split()[1])
                is_known = login == b'\0reporter\0secret'
                self.say('235 ok' if is_known else '535 5.7.8 no')
            elif verb == 'MAIL' and server.tls is not None and not is_known:
                self.say('530 5.7.0 log in first')
            elif verb == 'MAIL' and server.mood == 'knows no sender':
                self.say('553 5.7.1 not you')
            elif verb == 'MAIL':
                sender = rest.split('<', 1)[1].split('>')[0]
                self.say('250 ok')
            elif verb == 'RCPT':
                to = rest.split('<', 1)[1].split('>')[0]
                self.say(server.answers.get(to, '250 ok'))
            elif verb == 'DATA':
                server.before_data()
                self.say('354 go on')
                text = b''
                if server.mood == 'closes in DATA':
                    return
                for line in self.rfile:
                    if line == b'.\r\n':
                        break
                    text += line[1:] if line.startswith(b'.') else line
                else:
                    return  # the client died: nothing was taken
                with server.lock:
                    server.taken.append((sender, to, text))
                if server.is_mute:
                    return  # taken, and the answer is lost
                self.say(server.data_answer)
            elif verb == 'QUIT':
                self.say('221 bye')
                return
            else:
                self.say('250 ok')


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def __init__(self, port=0):
        super().__init__(('127.0.0.1', port), Session)
        self.taken, self.answers, self.data_answer, self.is_mute, self.tls = [], {}, '250 taken', False, None
        self.mood, self.before_data = '', lambda: None
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        pass  # a client that went away: what came of it is what the test looks at

    @property
    def port(self):
        return self.server_address[1]


class World:
    """A state directory with a journal in it, the settings, a sink."""

    def __init__(self, folder, wants_mail=True):
        self.sink, self.folder = Sink(), folder
        self.state, self.conf = os.path.join(folder, 'state'), os.path.join(folder, 'sceau.conf')
        self.zone, self.key = os.path.join(folder, 'zone'), os.path.join(folder, 'signer.pem')
        self.publish()
        self.configure()
        if wants_mail:
            self.see_mail()

    def configure(self, more=''):
        """The settings that every test has, but for those that `more` gives anew."""
        lines = ['organisation = Receiver of samples', 'from = dmarc@receiver.example', 'domain = mx.receiver.example',
                 'return_path = bounce@receiver.example', 'sending_host = mx.receiver.example', 'pacing = no', 'smtp = smtp://127.0.0.1:%d' % self.sink.port]
        given = {line.split(' = ')[0] for line in more.splitlines()}
        with open(self.conf, 'w') as f:
            f.write(self.store_settings() + '[report]\n' + ''.join(line + '\n' for line in lines if line.split(' = ')[0] not in given) + more)

    def store_settings(self):
        return '[store]\nurl = %s\n' % served.place(self.state)

    def publish(self, leave='-', more=''):
        """The recorded zone, what the receiver publishes of itself, but for one record, and more."""
        subprocess.run(['openssl', 'genpkey', '-algorithm', 'ed25519', '-out', self.key], check=True, capture_output=True)
        der = subprocess.run(['openssl', 'pkey', '-in', self.key, '-pubout', '-outform', 'DER'], check=True, capture_output=True).stdout
        with open(self.zone, 'w') as f:
            own = OWN_ZONE % base64.b64encode(der[-32:]).decode()
            f.write(open(ZONE).read() + ''.join(line + '\n' for line in own.splitlines() if not line.startswith(leave)) + more)

    def test_mail(self, now):
        """The self-test's mail as the receiver's MTA would deliver it: signed."""
        mail = next(text for _, to, text in self.sink.taken if b'Subject: sceau self-test' in text)
        self.sink.taken = [m for m in self.sink.taken if m[2] is not mail]
        return subprocess.run([SCEAU, 'sign', '--key', self.key, '--selector', 'test', '--domain', 'receiver.example', '--dns', self.zone,
                               '--now', str(now)],
                              input=mail, capture_output=True, check=True).stdout

    def deliver(self, mail, name='back.eml'):
        """To the return path, which reaches the intake."""
        with open(os.path.join(self.state, 'incoming', name), 'wb') as f:
            f.write(mail)

    def pass_selftest(self, now=SEEN):
        """On the day before the first report is due."""
        self.reportd(now=now)
        self.deliver(self.test_mail(now))
        self.reportd(now=now + 1)
        self.sceau('outbox', 'selftest', now=now + 2)

    def see_mail(self, mail=os.path.join(SOURCE, 'doc/sample/mailbox'), conf='/dev/null', zone=ZONE, now=SEEN):
        sock, log = os.path.join(self.folder, 'm.sock'), os.path.join(self.folder, 'log')
        with open(log, 'w') as out:
            milter = spawn([MILTER, '--config', conf, '--listen', 'unix:' + sock, '--state', self.state, '--dns', zone,
                            '--now', str(now)], stdout=out, stderr=out)
        wait_for('the milter', lambda: 'ready' in open(log).read())
        subprocess.run([SCEAU, 'verify', '--milter', 'unix:' + sock, '--border', 'mx.sample.example', '--dns', zone, '--now',
                        str(now), mail], stdout=subprocess.DEVNULL, check=False)
        milter.terminate()
        assert milter.wait(20) == 0

    def reportd(self, now=LATER, **rest):
        words = [REPORTD, '--once', '--config', self.conf, '--state', self.state, '--dns', self.zone, '--now', str(now)]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, **rest)

    def octets(self, *words, now=LATER):
        """Standard output as it is: with the line ends of a mail."""
        run = subprocess.run([SCEAU, words[0], words[1], '--config', self.conf, '--state', self.state, '--dns', self.zone, '--now', str(now)]
                             + list(words[2:]), capture_output=True, timeout=60)
        assert run.returncode == 0, (words, run)
        return run.stdout

    def sceau(self, *words, now=LATER, status=0, **rest):
        run = subprocess.run([SCEAU, words[0], words[1], '--config', self.conf, '--state', self.state, '--dns', self.zone, '--now', str(now)]
                             + list(words[2:]), capture_output=True, text=True, timeout=60, **rest)
        assert run.returncode == status, (words, run.returncode, run.stdout, run.stderr)
        return run.stdout

    def change_selftest(self, change):
        with served.connect(self.state) as db:
            ((name, value),) = db.execute("SELECT name, value FROM meta WHERE name LIKE 'outbox.selftest%'").fetchall()
            known, problems = value.split('|', 1)
            db.execute('UPDATE meta SET value = ? WHERE name = ?', (' '.join(change(known.split(' '))) + '|' + problems, name))

    def refusals(self):
        """Of each mailbox, in a row."""
        with served.connect(self.state) as db:
            return dict(db.execute('SELECT mailbox, refusals FROM destination'))

    def listed(self, **rest):
        return [json.loads(line) for line in self.sceau('outbox', 'list', '--all', '--json', **rest).splitlines()]
