"""A second Postfix, sceau-milter and nsd in a folder of their own, on loopback: what the scenarios run in. Nothing of
the machine's own Postfix is read or changed; `with` ends every process that was started."""
import ctypes, glob, grp, json, os, pwd, re, shutil, signal, smtplib, socket, subprocess, sys, tempfile, time

MASTER = '/usr/lib/postfix/sbin/master'
HERE = os.path.dirname(os.path.abspath(__file__))

MAIN_CF = '''
compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/log/mail.log
service_throttle_time = 1s
maillog_file_prefixes = {dir}/log
myhostname = mx.receiver.example
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions =
smtputf8_enable = yes
virtual_mailbox_domains = receiver.example
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:in/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 52428800
milter_protocol = 6
milter_default_action = accept
milter_connect_timeout = 10s
milter_command_timeout = 30s
milter_content_timeout = 60s
smtpd_milters = unix:{dir}/run/milter.sock
notify_classes =
'''

MASTER_CF = '''
127.0.0.1:{port} inet n - {chroot} - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
'''

NSD_CONF = '''
server:
  ip-address: 127.0.0.1
  port: {port}
  do-ip6: no
  username: ""
  chroot: ""
  zonesdir: "{dir}"
  pidfile: "{dir}/nsd.pid"
  zonelistfile: "{dir}/zone.list"
  xfrdfile: "{dir}/xfrd.state"
  database: ""
  xfrdir: "{dir}"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: "{name}"
  zonefile: "{zone}"
'''


def why_not():
    """Why this machine cannot run the scenarios; None when it can."""
    if not os.path.exists(MASTER):
        return 'postfix is not installed'
    if shutil.which('nsd', path=os.environ['PATH'] + ':/usr/sbin') is None:
        return 'nsd is not installed'
    if os.geteuid() != 0:
        return "Postfix's master starts as root only"
    return None


def merged(base, more):
    """base without the parameters that more sets: Postfix warns of a second setting, each process again, and its log
    daemon waits for itself when there are many warnings at its start."""
    def name(line):
        return line.split('=', 1)[0].strip()
    names = {name(line) for line in more.splitlines() if line[:1].isalpha()}
    return ''.join(line + '\n' for line in base.splitlines() if name(line) not in names) + more


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_for(what, is_true, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = is_true()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError('timed out: ' + what)


def can_connect(port, address='127.0.0.1'):
    try:
        socket.create_connection((address, port), 1).close()
        return True
    except OSError:
        return False


class Processes:
    """What was started, with its output in a file each; end() ends it all, the last one first."""

    def __init__(self):
        self.all = []

    def spawn(self, args, log):
        with open(log, 'ab') as out:
            self.all.append(subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True))
        return self.all[-1]

    def end(self):
        for p in reversed(self.all):
            if p.poll() is None:
                p.terminate()
        for p in self.all:
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


def make_spool(folder):
    """Postfix's folders, as its set-up makes them, and one for mail."""
    nobody, postfix = pwd.getpwnam('nobody'), pwd.getpwnam('postfix')
    postdrop = grp.getgrnam('postdrop').gr_gid
    os.chmod(folder, 0o755)
    for name in 'etc', 'spool', 'log', 'run':
        os.mkdir(os.path.join(folder, name), 0o755)
    for name, uid in (('data', postfix.pw_uid), ('mail', nobody.pw_uid)):
        os.mkdir(os.path.join(folder, name), 0o755)
        os.chown(os.path.join(folder, name), uid, -1)
    for name in 'active bounce corrupt defer deferred flush hold incoming private saved trace'.split():
        os.mkdir(os.path.join(folder, 'spool', name), 0o700)
        os.chown(os.path.join(folder, 'spool', name), postfix.pw_uid, -1)
    for name, mode in (('maildrop', 0o1730), ('public', 0o2710)):
        os.mkdir(os.path.join(folder, 'spool', name))
        os.chown(os.path.join(folder, 'spool', name), postfix.pw_uid, postdrop)
        os.chmod(os.path.join(folder, 'spool', name), mode)
    os.mkdir(os.path.join(folder, 'spool', 'pid'))
    return nobody


PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class World:
    """sceau, milter: paths of the programs. main_cf, master_cf: lines at the end of Postfix's, with {dir} and
    {submission}, a port, in them; chroot: smtpd runs as Debian has it."""

    address = '127.0.0.1'  # where its Postfix listens
    patience = 60          # seconds for an answer of it

    def __init__(self, sceau, milter, main_cf='', master_cf='', chroot='n'):
        self.sceau, self.program, self.main_cf, self.master_cf, self.chroot = sceau, milter, main_cf, master_cf, chroot
        self.submission = free_port()
        self.processes, self.port, self.milter = Processes(), free_port(), None

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix='sceau-postfix.')
        try:
            self.start_postfix()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.processes.end()
        # Postfix's daemons end when their master does, and are ours then: no process stays.
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.05)
            except ChildProcessError:
                break
        else:
            raise AssertionError('a process stays')
        shutil.rmtree(self.dir, ignore_errors=True)

    # -- the programs --

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def spawn(self, args, log):
        return self.processes.spawn(args, log)

    def start_postfix(self):
        self.make_spool()
        self.launch_postfix()

    def make_spool(self):
        nobody = make_spool(self.dir)
        os.mkdir(self.path('spool', 'sceau'), 0o755)
        values = dict(dir=self.dir, port=self.port, uid=nobody.pw_uid, gid=nobody.pw_gid, chroot=self.chroot,
                      submission=self.submission)

        def fill(text):  # Postfix has braces of its own
            for name, value in values.items():
                text = text.replace('{%s}' % name, str(value))
            return text
        with open(self.path('etc', 'main.cf'), 'w') as f:
            f.write(fill(merged(MAIN_CF, self.main_cf)))
        with open(self.path('etc', 'master.cf'), 'w') as f:
            f.write(fill(MASTER_CF + self.master_cf))
        # A mistake in main.cf would show as silence.
        subprocess.run(['postconf', '-c', self.path('etc'), '-x'], check=True, capture_output=True)

    def launch_postfix(self):
        self.postfix = self.spawn([MASTER, '-c', self.path('etc'), '-d'], self.path('log', 'master.err'))
        wait_for('Postfix listens', lambda: can_connect(self.port, self.address))

    def start_milter(self, *args, listen=None, dns=None, wait=True):
        """Starts sceau-milter, with the zone file unless `dns` says otherwise."""
        self.milter_log = self.path('log', 'milter.log')
        socket_text = 'unix:%s,group=postfix,mode=0660' % self.path('run', 'milter.sock')
        said = os.path.getsize(self.milter_log) if os.path.exists(self.milter_log) else 0
        dns = dns or ['--dns', os.path.join(HERE, 'zone')]
        config = [] if '--config' in args else ['--config', '/dev/null']
        self.milter = self.spawn([self.program, '--listen', listen or socket_text, '--state', self.path('state')] + dns +
                                 config + list(args), self.milter_log)
        if wait:
            wait_for('sceau-milter is ready', lambda: b'\nready\n' in b'\n' + self.log()[said:])
        return self.milter

    def stop_milter(self, how=signal.SIGTERM):
        self.milter.send_signal(how)
        return self.milter.wait(40)

    def start_nsd(self, zone=os.path.join(HERE, 'zone'), name='test'):
        port = free_port()
        with open(self.path('nsd.conf'), 'w') as f:
            f.write(NSD_CONF.format(dir=self.dir, port=port, zone=zone, name=name))
        nsd = self.spawn([shutil.which('nsd', path=os.environ['PATH'] + ':/usr/sbin'), '-d', '-c',
                          self.path('nsd.conf')], self.path('log', 'nsd.log'))
        wait_for('nsd listens', lambda: can_connect(port))
        return nsd, '127.0.0.1@%d' % port

    # -- what comes out --

    def log(self):
        with open(self.milter_log, 'rb') as f:
            return f.read()

    def mail_log(self):
        with open(self.path('log', 'mail.log'), errors='replace') as f:
            return f.read()

    def journal(self):
        run = subprocess.run([self.sceau, 'journal', 'cat', self.path('state', 'journal')], capture_output=True,
                             text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    def record(self, queue_id):
        found = [r for r in self.journal() if r['queue_id'] == queue_id]
        assert len(found) == 1, '%d records of %s' % (len(found), queue_id)
        return found[0]

    def all_delivered(self):
        """Delivered messages as octets, by the left side of their Message-ID."""
        found = {}
        for path in glob.glob(self.path('mail', 'in', 'new', '*')):
            with open(path, 'rb') as f:
                text = f.read()
            found[re.search(rb'\nMessage-ID: <([^@]*)@', text).group(1).decode()] = text
        return found

    def copies(self, tag):
        """All that was delivered under that Message-ID."""
        mark, found = b'\nMessage-ID: <' + tag.encode() + b'@', []
        for path in glob.glob(self.path('mail', 'in', 'new', '*')):
            with open(path, 'rb') as f:
                text = f.read()
            if mark in text:
                found.append(text)
        return found

    def delivered(self, tag, seconds=20):
        return wait_for('delivery of ' + tag, lambda: self.all_delivered().get(tag), seconds)

    def forget_delivered(self):
        for path in glob.glob(self.path('mail', 'in', 'new', '*')):
            os.unlink(path)

    def count_delivered(self):
        return len(glob.glob(self.path('mail', 'in', 'new', '*')))

    # -- what goes in --

    def client(self, ip='192.0.2.1', helo='mail.none.test', port=None):
        smtp = smtplib.SMTP(self.address, port or self.port, local_hostname=helo, timeout=self.patience)
        smtp.ehlo()
        code, text = smtp.docmd('XCLIENT', 'ADDR=%s NAME=%s' % (ip, helo))
        assert code == 220, text
        smtp.ehlo()
        return smtp

    def send(self, sender, message, ip='192.0.2.1', helo='mail.none.test', port=None, to=('bob@receiver.example',),
             mail_options=()):
        """(code, text, queue id) of the reply to the message, or to the first command that was refused before it."""
        smtp = self.client(ip, helo, port)
        commands = [lambda: smtp.mail(sender, ['SIZE=%d' % len(message), *mail_options])]
        commands += [lambda address=address: smtp.rcpt(address) for address in to]
        for command in commands:
            code, text = command()
            if code != 250:
                return code, text.decode('latin-1'), None
        code, text = smtp.data(message)
        smtp.quit()
        text = text.decode('latin-1')
        return code, text, text.rsplit(' ', 1)[-1] if code == 250 else None
