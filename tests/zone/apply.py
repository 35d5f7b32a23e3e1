#!/usr/bin/python3
"""apply.py SCEAU: what becomes of a zone file when `sceau zone apply` cannot go through with it: a full disk, somebody else's
change between the difference and the writing, rights that cannot be given, BIND's refusal, a kill at each system call. The file
is the old one or the new one, octet for octet, and nothing lies beside it. One TAP line a case."""
import os, pty, resource, select, shutil, signal, subprocess, sys, tempfile, time, traceback

CONFIG = '[domain "example.org"]\nservers = mail=198.51.100.7\npolicy = reject\n'
ZONE = '''$TTL 3600
@ SOA ns1.example.org. host.example.org. 2026010101 3600 600 86400 900
  NS ns1
ns1 A 192.0.2.1
'''
CALLS = 'fchmod', 'write', 'fsync', 'link', 'renameat', 'fork', 'vfork', 'clone3'


class Skip(Exception):
    pass


class World:
    """A folder with a zone file, its description, and a named-checkzone of the case's making first in PATH."""

    def __init__(self, sceau, folder, zone=ZONE, checkzone='exit 0'):
        self.sceau, self.folder = sceau, folder
        self.zones, self.bin = os.path.join(folder, 'zones'), os.path.join(folder, 'bin')
        for name in self.zones, self.bin:
            os.mkdir(name)
        self.path, self.config = os.path.join(self.zones, 'example.org'), os.path.join(folder, 'conf')
        self.old = zone.encode()
        self.put(self.config, CONFIG)
        self.put(self.path, zone)
        checker = os.path.join(self.bin, 'named-checkzone')
        self.put(checker, '#!/bin/sh\n' + checkzone + '\n')
        os.chmod(checker, 0o755)
        self.env = dict(os.environ, PATH=self.bin + ':' + os.environ['PATH'], LC_ALL='C',
                        ASAN_OPTIONS=os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0')

    @staticmethod
    def put(path, text):
        with open(path, 'w') as f:
            f.write(text)

    def words(self, *more):
        return [self.sceau, 'zone', 'apply', self.path, '--config', self.config, *more]

    def run(self, *more, status=0, **rest):
        run = subprocess.run(self.words('--yes', *more), capture_output=True, text=True, timeout=60, env=self.env, **rest)
        assert run.returncode == status, (run.returncode, run.stdout, run.stderr)
        return run.stdout + run.stderr

    def content(self):
        with open(self.path, 'rb') as f:
            return f.read()

    def check_old(self):
        assert self.content() == self.old, self.content()
        assert os.listdir(self.zones) == ['example.org'], os.listdir(self.zones)

    def check_new(self):
        assert b'mail' in self.content() and b'_dmarc' in self.content(), self.content()
        names = sorted(os.listdir(self.zones))
        assert names == ['example.org', 'example.org.bak-2026010101'], names
        with open(os.path.join(self.zones, names[1]), 'rb') as f:
            assert f.read() == self.old


def as_wished(w):
    w.run()
    w.check_new()
    now = w.content()
    assert 'nothing to do' in w.run() and w.content() == now


def disk_full(w):
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=128k', 'sceau-test', w.zones]
    if os.geteuid() != 0 or subprocess.run(mount, stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip('no file system can be mounted here')
    try:
        w.old = (ZONE + ''.join('h%d A 192.0.2.2\n' % n for n in range(1500))).encode()
        w.put(w.path, w.old.decode())
        before = os.stat(w.path)
        with open(os.path.join(w.zones, 'ballast'), 'wb', buffering=0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass
        said = w.run(status=75)
        assert 'No space left on device; the file is as it was' in said, said
        assert w.content() == w.old and os.stat(w.path).st_ino == before.st_ino
        assert sorted(os.listdir(w.zones)) == ['ballast', 'example.org'], os.listdir(w.zones)
        os.remove(os.path.join(w.zones, 'ballast'))
        w.run()
        w.check_new()
    finally:
        subprocess.run(['umount', '-l', w.zones], check=True)


def file_size_limit(w):
    """The write stops half way."""
    said = w.run(status=75, restore_signals=False,  # SIGXFSZ stays ignored, as Python has it
                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (150, 150)))
    assert 'File too large; the file is as it was' in said, said
    w.check_old()


def changed_before_the_answer(w):
    """A person looks at the difference while another one writes."""
    master, slave = pty.openpty()
    run = subprocess.Popen(w.words(), stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=w.env)
    try:
        said, end = b'', time.monotonic() + 30
        while b'[y/N]' not in said:
            assert time.monotonic() < end and select.select([run.stdout], [], [], 30)[0], said
            said += os.read(run.stdout.fileno(), 65536)
        assert b'+mail' in said, said
        w.old += b'other A 192.0.2.9\n'
        w.put(w.path, w.old.decode())
        os.write(master, b'y\n')
        rest = run.communicate(timeout=30)[0]
    finally:
        run.kill()
        os.close(master)
        os.close(slave)
    assert run.returncode == 75 and b'somebody else changed it meanwhile; it was left alone: run the command again' in rest, rest
    w.check_old()
    w.run()
    w.check_new()  # with the other's line
    assert b'other A 192.0.2.9\n' in w.content()


def changed_under_bind(w):
    """The last moment at which it can be seen: between BIND's look and the renaming."""
    w.old += b'late A 192.0.2.8\n'
    said = w.run(status=75)
    assert 'somebody else changed it meanwhile' in said, said
    w.check_old()


def gone_under_bind(w):
    said = w.run(status=75)
    assert 'somebody else changed it meanwhile' in said, said
    assert os.listdir(w.zones) == [], os.listdir(w.zones)


def bind_refuses(w):
    said = w.run(status=2)
    assert 'BIND refuses the new zone (above); the file is as it was' in said and 'bad owner' in said, said
    w.check_old()


def owner_and_mode(w):
    os.chown(w.path, 12345, 23456)
    os.chmod(w.path, 0o640)
    w.run()
    w.check_new()
    for name in os.listdir(w.zones):
        st = os.stat(os.path.join(w.zones, name))
        assert (st.st_uid, st.st_gid, st.st_mode & 0o7777) == (12345, 23456, 0o640), (name, st)


def an_owner_that_cannot_be_given(w):
    """Who may write to the folder and is not root cannot make a file that is root's: then it stays root's old one."""
    for name in w.folder, w.zones:
        os.chmod(name, 0o755)
    os.chown(w.zones, 65534, 65534)
    os.chmod(w.path, 0o644)
    try:
        said = w.run(status=75, user=65534, group=65534, extra_groups=[])
    except PermissionError:  # a clone in /root
        raise Skip('other users do not reach this program')
    assert 'Operation not permitted; the file is as it was' in said, said
    w.check_old()


def through_a_link(w):
    """What it points to is replaced, beside itself; the link stays."""
    link = os.path.join(w.folder, 'db.example.org')
    os.symlink(w.path, link)
    run = subprocess.run([w.sceau, 'zone', 'apply', link, '--yes', '--config', w.config], capture_output=True, text=True, env=w.env)
    assert run.returncode == 0 and os.readlink(link) == w.path, run
    w.check_new()


def killed_at_each_call(w):
    """By strace. Afterwards it is the old file or the new one, and the same command leads to the new one."""
    before, kills = w.zones + '.before', 0
    shutil.copytree(w.zones, before)
    for call in CALLS:
        times = 1
        while True:
            run = subprocess.run(['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=' + call, '-e',
                                  'inject=%s:signal=KILL:when=%d' % (call, times), *w.words('--yes', '--quiet')],
                                 capture_output=True, text=True, timeout=60, env=w.env)
            if run.returncode == 0:
                break
            kills += 1
            assert run.returncode in (-9, 137), (call, times, run)
            now = w.content()
            assert now == w.old or (b'_dmarc' in now and now.startswith(b'$TTL') and now.endswith(b'\n')), (call, times, now)
            w.run()
            assert b'_dmarc' in w.content()
            shutil.rmtree(w.zones)
            shutil.copytree(before, w.zones)
            times += 1
        shutil.rmtree(w.zones)
        shutil.copytree(before, w.zones)
    assert kills >= 4, kills


CASES = [
    ('as wished', as_wished, {}),
    ('a full disk', disk_full, {}),
    ('a write that stops half way', file_size_limit, {}),
    ('changed between the difference and the answer', changed_before_the_answer, {}),
    ('changed while BIND looks at it', changed_under_bind, dict(checkzone='echo "late A 192.0.2.8" >> "$PWD/example.org"')),
    ('removed while BIND looks at it', gone_under_bind, dict(checkzone='rm -f "$PWD/example.org"')),
    ('BIND refuses the new one', bind_refuses, dict(checkzone='case "$*" in *-q*) ;; *) echo bad owner;; esac; exit 1')),
    ('owner, group and mode are kept', owner_and_mode, {}),
    ('an owner that cannot be given', an_owner_that_cannot_be_given, {}),
    ('through a symbolic link', through_a_link, {}),
    ('killed at each system call', killed_at_each_call, {}),
]


def main():
    failed = 0
    print('1..%d' % len(CASES))
    for number, (what, case, kind) in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory(prefix='sceau-apply.') as folder:
            try:
                kind = {k: v.replace('$PWD', folder + '/zones') for k, v in kind.items()}
                case(World(os.path.abspath(sys.argv[1]), folder, **kind))
                print('ok %d - %s' % (number, what), flush=True)
            except Skip as e:
                print('ok %d - %s # SKIP %s' % (number, what, e), flush=True)
            except Exception:  # noqa: whatever went wrong is told
                failed += 1
                print('not ok %d - %s\n# %s' % (number, what, traceback.format_exc().replace('\n', '\n# ')), flush=True)
    return failed > 0


sys.exit(main())
