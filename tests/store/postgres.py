"""A server of PostgreSQL for a test: in a private directory, reached by a socket there, and nothing of it outlives the test. Where the
test runs as root the server runs as the user postgres."""
import glob, os, pwd, signal, subprocess, sys, time

PROGRAMS = sorted(glob.glob('/usr/lib/postgresql/*/bin'), key=lambda p: int(p.split('/')[4]))
# What is written need not outlive the machine.
SETTINGS = {'listen_addresses': '', 'fsync': 'off', 'full_page_writes': 'off', 'shared_buffers': '32MB', 'max_connections': '40',
            'autovacuum': 'off', 'log_min_messages': 'panic', 'wal_level': 'minimal', 'max_wal_senders': '0'}
# For one that another one follows.
REPLICATED = {'full_page_writes': 'on', 'wal_level': 'replica', 'max_wal_senders': '4'}


class Server:
    def __init__(self, directory, **settings):
        self.dir, self.data, self.settings, self.running = directory, directory + '/data', dict(SETTINGS, **settings), None
        self.account = pwd.getpwnam('postgres') if os.getuid() == 0 else None
        self.environment = {'PATH': PROGRAMS[-1] + ':/usr/bin:/bin', 'LC_ALL': 'C'}
        self.url = 'postgresql://postgres@/postgres?host=' + directory
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)
        if self.account:
            os.chown(directory, self.account.pw_uid, self.account.pw_gid)

    def become(self):
        if self.account:
            os.setgroups([])
            os.setgid(self.account.pw_gid)
            os.setuid(self.account.pw_uid)

    def run(self, *words):
        subprocess.run(words, check=True, preexec_fn=self.become, env=self.environment, stdout=subprocess.DEVNULL, cwd=self.dir)

    def initialize(self):
        self.run('initdb', '-D', self.data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions')
        return self

    def follow(self, other):
        """A standby of it."""
        self.run('pg_basebackup', '-D', self.data, '-h', other.dir, '-U', 'postgres', '-R', '-X', 'stream', '-c', 'fast', '--no-sync')
        return self

    def write(self, name, text, mode=0o600):
        with open(os.path.join(self.dir, name), 'w') as f:
            f.write(text)
        os.chmod(f.name, mode)
        if self.account:
            os.chown(f.name, self.account.pw_uid, self.account.pw_gid)
        return f.name

    def start(self):
        command = ['postgres', '-D', self.data, '-k', self.dir]
        for name, value in self.settings.items():
            command += ['-c', '%s=%s' % (name, value)]
        with open(self.dir + '/log', 'a') as log:
            self.running = subprocess.Popen(command, preexec_fn=self.become, env=self.environment, cwd=self.dir, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        for _ in range(600):
            ready = subprocess.run([PROGRAMS[-1] + '/pg_isready', '-q', '-h', self.dir, '-U', 'postgres'])
            if ready.returncode == 0 or self.running.poll() is not None:
                break
            time.sleep(0.02)
        if self.running.poll() is not None:
            print(open(self.dir + '/log', errors='replace').read()[-2000:], file=sys.stderr)
        return self

    def promote(self):
        self.run('pg_ctl', 'promote', '-D', self.data, '-w', '-s')

    def stop(self):
        """At once, as when the power goes."""
        if self.running and self.running.poll() is None:
            self.running.send_signal(signal.SIGQUIT)
            self.running.wait(20)
