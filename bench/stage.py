"""Where the benches play: a private folder, the corpus, the programs they measure, a load, and what it said. Loopback only;
`with` ends every process that was started."""
import json, os, shutil, signal, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get('BUILD', os.path.join(ROOT, 'build'))
PROGRAMS = ['sceau-bench', 'sceau-bench-corpus', 'sceau-bench-load', 'sceau-bench-null']
MILTER = os.path.join(BUILD, 'apps/sceau-milter/sceau-milter')
SCEAU = os.path.join(BUILD, 'apps/sceau/sceau')
LARGEST = 100_000_000


def program(name):
    return os.path.join(BUILD, 'bench', name)


def build():
    subprocess.run(['ninja', '-C', BUILD, '--quiet', 'apps/sceau-milter/sceau-milter', 'apps/sceau/sceau'] +
                   ['bench/' + name for name in PROGRAMS], check=True)


def corpus(messages=2000):
    """The folder of the corpus; made when it is not there, or older than what makes it."""
    folder = os.path.join(BUILD, 'bench', 'corpus-%d' % messages)
    done = os.path.join(folder, 'done')
    if not os.path.exists(done) or os.path.getmtime(done) < os.path.getmtime(program('sceau-bench-corpus')):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        subprocess.run([program('sceau-bench-corpus'), folder, str(messages), str(LARGEST)], check=True)
        open(done, 'w').close()
    return folder


class Stage:
    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix='sceau-bench.')
        os.chmod(self.dir, 0o755)
        self.processes = []
        return self

    def __exit__(self, *_):
        for p in list(self.processes):
            self.stop(p)
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def spawn(self, args, log, **more):
        """A process in a group of its own; what it prints goes to a file of the folder."""
        with open(self.path(log), 'ab') as out:
            p = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, **more)
        self.processes.append(p)
        return p

    def stop(self, p, how=signal.SIGTERM):
        if p.poll() is None:
            p.send_signal(how)
            try:
                p.wait(30)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        if p in self.processes:
            self.processes.remove(p)
        return p.returncode

    def wait_ready(self, p, log, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end and p.poll() is None:
            with open(self.path(log), 'rb') as f:
                if b'ready\n' in f.read():
                    return
            time.sleep(0.02)
        with open(self.path(log), errors='replace') as f:
            raise SystemExit('%s did not start: %s' % (log, f.read()[-2000:]))

    def null(self, name='null'):
        p = self.spawn([program('sceau-bench-null'), 'unix:' + self.path(name)], name + '.log')
        self.wait_ready(p, name + '.log')
        return Filter(name, ['unix:' + self.path(name)], [p.pid], p)

    def sceau(self, *args, name='sceau', dns=None):
        """sceau-milter as it is installed: journal, log, sandbox. `dns`: options; else the corpus's zone file."""
        dns = dns or ['--dns', os.path.join(corpus(), 'zone')]
        p = self.spawn([MILTER, '--config', '/dev/null', '--listen', 'unix:' + self.path(name), '--state',
                        self.path(name + '.state')] + dns + list(args), name + '.log')
        self.wait_ready(p, name + '.log')
        return Filter(name, ['unix:' + self.path(name)], [p.pid], p)


class Filter:
    """A filter that runs: what a load is put on."""

    def __init__(self, name, where, pids, process=None):
        self.name, self.where, self.pids, self.process = name, where, pids, process

    def load(self, listed, connections=16, messages=0, warm_up=0, slow=0, checked=False, more=()):
        args = [program('sceau-bench-load'), '-c', listed, '-n', str(connections), '-m', str(messages), '-w', str(warm_up),
                '-s', str(slow)] + (['-e'] if checked else []) + list(more)
        for pid in self.pids:
            args += ['-p', str(pid)]
        run = subprocess.run(args + self.where, stdout=subprocess.PIPE, text=True, timeout=600)
        if not run.stdout.startswith('{'):
            raise SystemExit('%s: the load failed (%d)' % (self.name, run.returncode))
        result = json.loads(run.stdout)
        result['cpu'] = sum(p['user'] + p['system'] for p in result['processes'])
        result['peak_kb'] = sum(p['peak_kb'] for p in result['processes'])
        if checked and run.returncode != 0:
            raise SystemExit('%s: %d verdicts are wrong, %d connections broke' %
                             (self.name, result['wrong'], result['broken']))
        return result


def rounds(filters, count, **load):
    """In turns, so that whatever else the machine does meets all of them; {name: [result, …]}."""
    found = {f.name: [] for f in filters}
    for _ in range(count):
        for f in filters:
            found[f.name].append(f.load(**load))
    return found


def median(results, value):
    return statistics.median(value(r) for r in results)


class Goals:
    """What was wanted, what was found; one line each at the end."""

    def __init__(self):
        self.lines, self.missed = [], 0

    def check(self, what, value, limit, unit='', at_least=False):
        met = value >= limit if at_least else value <= limit
        self.missed += not met
        self.lines.append('%-66s %10s %s %s %s%s' % (what, '%.4g' % value, '>=' if at_least else '<=', '%.4g' % limit, unit,
                                                    '' if met else '   MISSED'))

    def note(self, text):
        """A line among them that is no goal."""
        self.lines.append(text)

    def end(self):
        print('\n' + '\n'.join(self.lines))
        print('\nevery goal is met' if not self.missed else '\n%d goals are missed' % self.missed)
        return 1 if self.missed else 0


def fail(text):
    print(text, file=sys.stderr)
    sys.exit(1)
