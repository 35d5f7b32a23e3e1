"""A fleet: hosts with Postfix, sceau-milter, sceau-reportd and sceau-web, one PostgreSQL, set up by doc/fleet.md as printed;
DNS; the world that sends mail and reports and takes what the hosts send. Its time is simulated: clock.c."""
import glob, grp, http.client, importlib.util, json, mmap, os, pwd, re, shutil, signal, smtplib, socket, ssl, struct, subprocess, sys
import tempfile, threading, time, urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE] + [os.path.join(TESTS, name) for name in ('postfix', 'daemon', 'outbox', 'remote', 'store')]
import network


def load(path):
    """A module of another folder, under a name of its own: several are called world.py or sink.py."""
    spec = importlib.util.spec_from_file_location(path.replace('/', '_')[:-3], os.path.join(TESTS, path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


postfix = load('postfix/world.py')
wait_for = postfix.wait_for
from dovecot import Dovecot
from keystore import make_key, zone_line

SCEAU, MILTER, REPORTD, WEB, SOURCE = (os.path.abspath(p) for p in sys.argv[1:6])
PROGRAMS = sorted(glob.glob('/usr/lib/postgresql/*/bin'), key=lambda p: int(p.split('/')[4]))
DAY, SECOND = 86400, 10 ** 9
RATE = 60  # seconds of the fleet in one of ours: a lease (120 s) is over in two
NAMES = ('a', 'b', 'c')
DOMAINS = ['d%d.test' % n for n in range(24)]
SENDERS = ('192.0.2.10', '192.0.2.20', '198.51.100.7')  # the first may send for each domain
DNS_PORT = 5300

ZONE = '''$ORIGIN .
$TTL 300
@ SOA ns.test. hostmaster.test. 1 3600 600 86400 60
@ NS ns.test.
ns.test. A 10.9.0.254
mx.receiver.example. A 192.0.2.200
200.2.0.192.in-addr.arpa. PTR mx.receiver.example.
receiver.example. MX 10 mx.receiver.example.
_dmarc.receiver.example. TXT "v=DMARC1; p=reject"
''' + ''.join('%s. TXT "v=spf1 ip4:192.0.2.10 -all"\n_dmarc.%s. TXT "v=DMARC1; p=none; rua=mailto:dmarc@%s"\n' % (d, d, d) for d in DOMAINS)

MAIN_CF = '''
inet_interfaces = all
transport_maps = inline:{.test=smtp:[10.9.0.254]:25, bob@receiver.example=discard:}
enable_long_queue_ids = yes
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
mynetworks = 127.0.0.0/8
smtpd_authorized_xclient_hosts = 10.9.0.0/24
milter_default_action = tempfail
milter_connect_timeout = 3s
milter_command_timeout = 5s
milter_content_timeout = 10s
smtp_connect_timeout = 3s
smtp_helo_timeout = 5s
smtp_data_done_timeout = 5s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_client_connection_count_limit = 0
'''

SETTINGS = '''
keep_journal = 3650d
keep_rows = 3650d
keep_totals = 3650d
[report]
organisation = Receiver
from = dmarc@receiver.example
return_path = bounce@receiver.example
domain = receiver.example
sending_host = mx.receiver.example
smtp = smtp://127.0.0.1:25
pacing = no
[intake]
folders = %s
unauthenticated = count
imap_url = imaps://imap.example.org:%d
imap_user = reports
imap_password_file = %s
imap_trust_file = %s
[alert]
command = /usr/bin/tee -a %s
digest_hour = 0
'''


class Clock:
    """The file that a host's programs tell the time by (clock.c)."""

    def __init__(self, path, origin, simulated):
        self.path = path
        self.fields = [origin, simulated, time.clock_gettime_ns(time.CLOCK_MONOTONIC), RATE, 0, 0]
        self.jumped = self.error = 0
        with open(path, 'wb') as f:
            f.write(struct.pack('6q', *self.fields))
        with open(path, 'r+b') as f:
            self.page = mmap.mmap(f.fileno(), 0)

    def write(self):
        """Numbers are whole or not there yet: each is eight octets in their place."""
        struct.pack_into('q', self.page, 40, self.jumped * SECOND)
        struct.pack_into('q', self.page, 32, (self.jumped + self.error) * SECOND)

    def jump(self, seconds):
        self.jumped += seconds
        self.write()

    def err(self, seconds):
        self.error = seconds
        self.write()


class Database:
    """PostgreSQL as doc/fleet.md has it set up, reached by name and TLS."""

    def __init__(self, folder):
        self.dir, self.node = folder, network.Node('db', '10.9.0.5')
        self.account = pwd.getpwnam('postgres')
        os.mkdir(folder, 0o755)
        os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        self.make_certificates()
        self.as_postgres(PROGRAMS[-1] + '/initdb', '-D', self.path('data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C',
                         '--no-sync', '--no-instructions')
        with open(self.path('data', 'pg_hba.conf'), 'w') as f:
            f.write('local all all trust\nhostssl all all 10.9.0.0/24 scram-sha-256\n')
        self.start()
        with open(os.path.join(SOURCE, 'doc/fleet.md')) as f:
            self.recipe = f.read()
        for line in re.findall(r'^    (CREATE .*;)$', self.recipe, re.M):
            self.ask(line.replace('…', 'secret'), 'postgres')

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def as_postgres(self, *words):
        subprocess.run(['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', *words], check=True, stdout=subprocess.DEVNULL,
                       cwd=self.dir, env={'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'})

    def make_certificates(self):
        """Of an authority that the hosts trust as they trust Debian's."""
        def openssl(*words):
            subprocess.run(['openssl', *words], check=True, capture_output=True, cwd=self.dir)
        key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
        openssl('req', '-x509', *key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Fleet CA', '-days', '30000')
        openssl('req', '-x509', *key, '-keyout', 'server.key', '-out', 'server.pem', '-subj', '/CN=db', '-days', '30000', '-CA', 'ca.pem', '-CAkey',
                'ca.key', '-addext', 'subjectAltName=DNS:db.example.org')
        os.chown(self.path('server.key'), self.account.pw_uid, self.account.pw_gid)
        for place, text in (('/etc/hosts', '127.0.0.1 localhost\n10.9.0.5 db.example.org\n%s imap.example.org\n' % network.HERE),
                            ('/etc/ssl/certs/ca-certificates.crt', open(self.path('ca.pem')).read())):
            name = self.path(os.path.basename(place))
            with open(name, 'w') as f:
                f.write(text)
            network.run('mount', '--bind', name, place)  # in our namespace alone

    def start(self):
        command = [*self.node.enter, 'setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', PROGRAMS[-1] + '/postgres', '-D',
                   self.path('data'), '-k', self.dir]
        for setting in ('listen_addresses=10.9.0.5', 'ssl=on', 'ssl_cert_file=' + self.path('server.pem'), 'ssl_key_file=' + self.path('server.key'),
                        'fsync=off', 'shared_buffers=32MB', 'max_connections=60'):  # a kill takes nothing that the kernel has
            command += ['-c', setting]
        with open(self.path('log'), 'ab') as log:
            self.process = subprocess.Popen(command, cwd=self.dir, env={'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'}, stdout=log, stderr=log)
        wait_for('PostgreSQL', self.is_up, 60)

    def is_up(self):
        return subprocess.run([PROGRAMS[-1] + '/pg_isready', '-q', '-h', self.dir, '-U', 'postgres']).returncode == 0

    def ask(self, sql, database='sceau'):
        """Rows of text, by the socket: whatever is wrong with the wire."""
        done = subprocess.run(['psql', '-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-h', self.dir, '-U', 'postgres', database],
                              input=sql, capture_output=True, text=True)
        assert done.returncode == 0, (sql, done.stderr)
        return [line.split('\t') for line in done.stdout.splitlines()]

    def shift_version(self, by):
        self.ask("UPDATE meta SET value = CAST(CAST(value AS bigint) + %d AS text) WHERE name = 'version'" % by)

    def kill(self):
        self.node.kill()
        self.process.wait(20)
        self.process = None


class Host(postfix.World):
    """One of the fleet. Whatever runs in its namespace is its own."""

    port, patience = 25, 4

    def __init__(self, folder, name, number, database, mailbox, clock_origin, clock_library):
        super().__init__(SCEAU, MILTER, MAIN_CF, '%s:25 inet n - n - - smtpd\n' % ('10.9.0.%d' % number))
        self.node = network.Node(name, '10.9.0.%d' % number)
        self.name, self.address, self.port, self.dir = name, self.node.address, Host.port, folder
        os.mkdir(folder, 0o755)
        self.make_spool()
        self.state, self.conf = self.path('state'), self.path('etc', 'sceau.conf')
        os.mkdir(self.state, 0o755)
        self.clock = Clock(self.path('clock'), *clock_origin)
        self.environment = dict(os.environ, LC_ALL='C', LD_PRELOAD=clock_library, FLEET_CLOCK=self.clock.path)
        with open(self.path('etc', 'store.password'), 'w') as f:
            f.write('secret\n')
        os.chmod(self.path('etc', 'store.password'), 0o600)
        printed = re.search(r'(?:^    .*\n)*^    \[store\]\n(?:^    .*\n)*', database.recipe, re.M)[0]
        with open(self.conf, 'w') as f:
            f.write(re.sub('^    ', '', printed, flags=re.M).replace('/etc/sceau', self.path('etc')) + SETTINGS % (
                self.path('mail', 'in'), mailbox.tls_port, self.path('etc', 'store.password'), os.path.join(mailbox.folder, 'ca.pem'), self.path('told')))
        for sub in 'cur', 'new', 'tmp':
            os.makedirs(self.path('mail', 'in', sub), exist_ok=True)
        for path, _, _ in os.walk(self.path('mail')):
            os.chown(path, pwd.getpwnam('nobody').pw_uid, -1)
        self.programs = {}
        self.common = ['--config', self.conf, '--state', self.state, '--resolver', '%s@%d' % (network.HERE, DNS_PORT)]
        self.is_up, self.lost = False, {}  # of disks: {segment: its records}

    def lose_disk(self):
        """The state directory, of a host that was killed. Its keys are put back, and files that nobody has read are brought again."""
        lost = self.path('lost')
        os.rename(self.state, lost)
        os.mkdir(self.state, 0o755)
        shutil.copytree(os.path.join(lost, 'keys'), os.path.join(self.state, 'keys'))
        if os.path.isdir(os.path.join(lost, 'incoming')):
            os.mkdir(os.path.join(self.state, 'incoming'), 0o770)
            for name in os.listdir(os.path.join(lost, 'incoming')):
                if os.path.isfile(os.path.join(lost, 'incoming', name)):
                    shutil.copy2(os.path.join(lost, 'incoming', name), os.path.join(self.state, 'incoming', name))
        for path in glob.glob(os.path.join(lost, 'journal', '[!.]*')):
            run = subprocess.run([SCEAU, 'journal', 'cat', path], capture_output=True, text=True, timeout=60)
            assert run.returncode == 0, run.stderr
            self.lost[os.path.basename(path)] = [json.loads(line) for line in run.stdout.splitlines()]
        shutil.rmtree(lost)

    def spawn(self, args, log, **more):
        with open(log, 'ab') as out:
            return subprocess.Popen(self.node.enter + args, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                    env=dict(self.environment, **more))

    COMMANDS = {
        'milter': lambda h: h.spawn([MILTER, '--listen', 'unix:%s,group=postfix,mode=0660,role=both' % h.path('run', 'milter.sock'), *h.common,
                                     '--set', 'sign.networks=127.0.0.0/8', '--set', 'sign.network_domains=receiver.example'], h.path('log', 'milter')),
        'reportd': lambda h: h.spawn([REPORTD, *h.common], h.path('log', 'reportd'), FLEET_FAST='1'),
        'web': lambda h: h.spawn([WEB, *h.common, '--listen', '127.0.0.1:8080'], h.path('log', 'web')),
    }

    def start(self, name):
        self.programs[name] = self.COMMANDS[name](self)

    def start_all(self):
        # What a killed master left behind has its lock no more.
        self.postfix = subprocess.Popen(self.node.enter + [postfix.MASTER, '-c', self.path('etc'), '-d'], stdin=subprocess.DEVNULL,
                                        stdout=open(self.path('log', 'master.err'), 'ab'), stderr=subprocess.STDOUT, start_new_session=True)
        for name in self.COMMANDS:
            self.start(name)
        self.is_up = True

    def kill(self):
        self.is_up = False
        self.node.kill()
        for name, p in self.programs.items():
            if p is not None:
                p.wait(20)
            self.programs[name] = None
        self.postfix.wait(20)

    def stop(self, name, how=signal.SIGTERM):
        p = self.programs[name]
        p.send_signal(how)
        return p.wait(60)

    def command(self, *words, status=0, **more):
        run = subprocess.run(self.node.enter + [SCEAU, *words, *self.common], capture_output=True, text=True, timeout=120,
                             env=dict(self.environment, **more))
        assert status is None or run.returncode == status, (self.name, words, run.returncode, run.stdout, run.stderr)
        return run

    def mail_log(self):
        return self.said('mail.log')

    def said(self, name):
        """What a program has said so far."""
        path = self.path('log', name)
        return open(path, errors='replace').read() if os.path.exists(path) else ''


class Taken(list):
    """What the world's mail server was sent. While it is mute it takes a mail and goes away without a word."""

    is_mute = False

    def append(self, mail):
        super().append(mail)
        if self.is_mute:
            raise ConnectionError


class Fleet:
    """All of it; `with` ends it."""

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix='sceau-fleet.')
        os.chmod(self.dir, 0o755)
        self.nodes, self.processes, self.is_kept = [], [], False
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def make(self):
        library = os.path.join(self.dir, 'clock.so')
        subprocess.run([os.environ.get('CC', 'cc').split()[-1], '-shared', '-fPIC', '-O1', '-o', library, os.path.join(HERE, 'clock.c'), '-ldl'], check=True)
        self.database = Database(os.path.join(self.dir, 'db'))
        self.nodes.append(self.database.node)
        os.mkdir(os.path.join(self.dir, 'imap'), 0o755)
        self.mailbox = Dovecot(os.path.join(self.dir, 'imap'), '', network.HERE, 'imap.example.org')
        now = time.time_ns()
        self.origin, self.simulated = now, now // SECOND // DAY * DAY * SECOND + 43200 * SECOND  # noon
        self.jumped = 0
        self.hosts = []
        for n, name in enumerate(NAMES):
            self.hosts.append(Host(os.path.join(self.dir, name), name, n + 1, self.database, self.mailbox, (self.origin, self.simulated), library))
            self.nodes.append(self.hosts[-1].node)
        self.publish()
        self.sink = load('honest/sink.py').Sink((network.HERE, 25))
        self.sink.taken = Taken()
        self.sink.handle_error = lambda *_: None  # hosts die amid
        for host in self.hosts[:-1]:
            host.start_all()  # the last one joins later: nothing is configured for that

    def publish(self):
        keys = os.path.join(self.dir, 'keys')
        os.mkdir(keys, 0o700)
        record = make_key(keys, 'receiver.example', 'r1')
        for host in self.hosts:
            shutil.copytree(os.path.join(keys, 'keys'), os.path.join(host.state, 'keys'))
        zone = os.path.join(self.dir, 'zone')
        with open(zone, 'w') as f:
            f.write(ZONE + zone_line('receiver.example', 'r1', record))
        conf = os.path.join(self.dir, 'nsd.conf')
        with open(conf, 'w') as f:
            f.write(postfix.NSD_CONF.format(dir=self.dir, port=DNS_PORT, zone=zone, name='.').replace('127.0.0.1', network.HERE))
        self.nsd = subprocess.Popen([shutil.which('nsd', path=os.environ['PATH'] + ':/usr/sbin'), '-d', '-c', conf],
                                    stdout=open(os.path.join(self.dir, 'nsd.log'), 'wb'), stderr=subprocess.STDOUT)
        self.processes += [self.nsd]
        wait_for('nsd', lambda: postfix.can_connect(DNS_PORT, network.HERE))

    def start_mailbox(self):
        if self.mailbox.process.poll() is not None:
            self.mailbox.start()

    def __exit__(self, *_):
        for node in self.nodes:
            node.close()
        for p in [*self.processes, *([self.mailbox.process] if hasattr(self, 'mailbox') else [])]:
            p.terminate()
            p.wait(20)
        if not self.is_kept:
            shutil.rmtree(self.dir, ignore_errors=True)

    # -- time --

    def now(self):
        """By a clock that is right."""
        return (self.simulated + (time.time_ns() - self.origin) * RATE) / SECOND + self.jumped

    def jump(self, seconds):
        self.jumped += seconds
        for host in self.hosts:
            host.clock.jump(seconds)

    def go_to(self, moment):
        """Never back."""
        self.jump(max(0, int(moment - self.now())))
