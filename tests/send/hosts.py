"""Hosts in network namespaces: a bridge, a BIND that is the only DNS, and a Postfix on port 25 for each name. All of it
lies in a mount and network namespace of the test's own; when the test ends, so do they."""
import glob, os, shutil, signal, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'postfix'))
sys.dont_write_bytecode = True
import world  # noqa: E402: Postfix's files

NAMED = shutil.which('named', path=os.environ['PATH'] + ':/usr/sbin')
MARK = 'SCEAU_SEND_NAMESPACE'


def enter(program):
    """Again, in namespaces of our own. Root is needed; the test says so where it is not at hand."""
    if os.environ.get(MARK) == '1':
        return
    for what, is_there in (('root', os.geteuid() == 0), ('bind9', NAMED), ('postfix', os.path.exists(world.MASTER)),
                           ('iproute2', shutil.which('ip'))):
        if not is_there:
            print('1..0 # SKIP it needs ' + what)
            sys.exit(77)
    os.environ[MARK] = '1'
    os.execvp('unshare', ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', sys.executable,
                          program, *sys.argv[1:]])


def run(*args, **more):
    done = subprocess.run(args, capture_output=True, text=True, timeout=120, **more)
    assert done.returncode == 0, (args, done.returncode, done.stdout, done.stderr)
    return done.stdout


class Net:
    """10 hosts at most on one wire. `with` ends every process."""

    def __init__(self, dns_address):
        self.dns_address, self.processes, self.hosts = dns_address, world.Processes(), {}

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix='sceau-send.')
        os.chmod(self.dir, 0o755)
        run('mount', '-t', 'tmpfs', 'none', '/run')
        os.makedirs('/run/netns')
        with open(self.path('resolv.conf'), 'w') as f:
            f.write('nameserver %s\noptions timeout:2 attempts:2\n' % self.dns_address)
        run('mount', '--bind', self.path('resolv.conf'), '/etc/resolv.conf')
        run('ip', 'link', 'set', 'lo', 'up')
        run('ip', 'link', 'add', 'wire', 'type', 'bridge')
        run('ip', 'addr', 'add', self.dns_address + '/24', 'dev', 'wire')
        run('ip', 'link', 'set', 'wire', 'up')
        return self

    def __exit__(self, *_):
        self.processes.end()
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def spawn(self, args, log):
        return self.processes.spawn(args, log)

    # -- BIND --

    def start_named(self, zones):
        """zones: name -> text."""
        bind = self.path('bind')
        os.makedirs(bind, exist_ok=True)
        conf = ('options { directory "%s"; listen-on { %s; }; listen-on-v6 { none; }; recursion no; dnssec-validation no; '
                'pid-file none; session-keyfile none; managed-keys-directory "%s"; };\n'
                'controls { };\n' % (bind, self.dns_address, bind))
        for name, text in zones.items():
            conf += 'zone "%s" { type master; file "%s.hosts"; };\n' % (name, name)
            with open(os.path.join(bind, name + '.hosts'), 'w') as f:
                f.write(text)
        with open(os.path.join(bind, 'named.conf'), 'w') as f:
            f.write(conf)
        run('named-checkconf', '-z', os.path.join(bind, 'named.conf'))
        self.named = self.spawn([NAMED, '-g', '-c', os.path.join(bind, 'named.conf')], self.path('named.log'))
        world.wait_for('BIND answers', lambda: self.has_record(next(iter(zones)), 'SOA'))

    def has_record(self, name, kind, word=''):
        done = subprocess.run(['dig', '+short', '+time=1', '+tries=1', '@' + self.dns_address, name, kind],
                              capture_output=True, text=True)
        return done.returncode == 0 and done.stdout.strip() != '' and word in done.stdout.replace('" "', '')

    def reload_named(self):
        self.named.send_signal(signal.SIGHUP)

    def host(self, name, address, main_cf=''):
        self.hosts[name] = Host(self, name, address, main_cf)
        return self.hosts[name]


class Host:
    """One name on the wire: a namespace, a Postfix of its own on port 25, a folder for mail."""

    def __init__(self, net, name, address, main_cf):
        self.net, self.name, self.address, self.dir = net, name, address, net.path(name)
        self.milter, self.log = None, self.path('log', 'milter.log')
        os.mkdir(self.dir, 0o755)
        run('ip', 'netns', 'add', name)
        run('ip', 'link', 'add', 'v-' + name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
        run('ip', 'link', 'set', 'v-' + name, 'master', 'wire', 'up')
        for words in (['addr', 'add', address + '/24', 'dev', 'eth0'], ['link', 'set', 'eth0', 'up'],
                      ['link', 'set', 'lo', 'up']):
            run('ip', '-n', name, *words)
        self.make_postfix(main_cf)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def run(self, *args, **more):
        """In the namespace."""
        return run('ip', 'netns', 'exec', self.name, *args, **more)

    def make_postfix(self, main_cf):
        nobody = world.make_spool(self.dir)
        base = '''compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/log/mail.log
maillog_file_prefixes = {dir}/log
inet_protocols = ipv4
inet_interfaces = all
alias_maps =
alias_database =
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
virtual_mailbox_domains =
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:in/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
mailbox_size_limit = 0
smtp_tls_security_level = none
minimal_backoff_time = 5s
'''.replace('{dir}', self.dir).replace('{uid}', str(nobody.pw_uid)).replace('{gid}', str(nobody.pw_gid))
        with open(self.path('etc', 'main.cf'), 'w') as f:
            f.write(world.merged(base, main_cf.replace('{dir}', self.dir)))
        with open(self.path('etc', 'master.cf'), 'w') as f:
            f.write(world.MASTER_CF.replace('127.0.0.1:{port}', 'smtp').replace('{chroot}', 'n'))
        run('postconf', '-c', self.path('etc'), '-x')

    def start_postfix(self):
        self.postfix = self.net.spawn(['ip', 'netns', 'exec', self.name, world.MASTER, '-c', self.path('etc'), '-d'],
                                      self.path('log', 'master.err'))
        world.wait_for('Postfix of ' + self.name, lambda: os.path.exists(self.path('spool/public/pickup')))

    def shell(self, lines):
        """As printed, with this host's Postfix for the system's."""
        script = 'set -e\npostconf() { command postconf -c %s/etc "$@"; }\n%s' % (self.dir, lines)
        return self.run('bash', '-c', script)

    def start_milter(self, program, *args):
        self.milter = self.net.spawn(['ip', 'netns', 'exec', self.name, program, *args], self.log)
        world.wait_for('sceau-milter of ' + self.name, lambda: 'ready\n' in self.milter_log())

    def milter_log(self):
        with open(self.log, errors='replace') as f:
            return f.read()

    def mail_log(self):
        try:
            with open(self.path('log', 'mail.log'), errors='replace') as f:
                return f.read()
        except OSError:
            return ''

    def sendmail(self, sender, recipient, message):
        return run('ip', 'netns', 'exec', self.name, 'sendmail', '-C', self.path('etc'), '-i', '-f', sender, recipient,
                   input=message)

    def delivered(self, tag, seconds=20):
        def found():
            for path in glob.glob(self.path('mail', 'in', 'new', '*')):
                with open(path, 'rb') as f:
                    text = f.read()
                if b'\nMessage-ID: <' + tag.encode() + b'@' in text:
                    return text
            return None
        return world.wait_for('delivery of ' + tag, found, seconds)
