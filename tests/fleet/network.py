"""Hosts on one wire, each in a network namespace of its own that goes when its last process does. The test itself runs in
the namespace where the wires meet (`enter`), as does what belongs to no host: DNS, the world that sends and receives."""
import os, signal, subprocess, sys, time

HERE = '10.9.0.254'  # the world's address


def run(*words):
    subprocess.run(words, check=True, capture_output=True, text=True)


def why_not():
    """Why this machine lets us make no network; None when it does."""
    if os.geteuid() != 0:
        return 'network namespaces take root'
    tried = subprocess.run(['unshare', '-n', '-m', '-p', '--fork', '--mount-proc', 'sh', '-c', 'ip link set lo up && ip link add br0 type bridge'], capture_output=True, text=True)
    return None if tried.returncode == 0 else 'no network namespace: ' + tried.stderr.strip()


def enter():
    """Once more, as the first process of a network and of whatever runs in it: all of it goes when that one ends."""
    if os.environ.get('FLEET_ENTERED') != '1':
        os.environ['FLEET_ENTERED'] = '1'
        os.execvp('unshare', ['unshare', '-n', '-m', '-p', '--fork', '--mount-proc', '--kill-child=TERM', sys.executable, *sys.argv])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for words in ('link set lo up', 'link add wire type bridge', 'addr add %s/24 dev wire' % HERE, 'link set wire up'):
        run('ip', *words.split())


class Node:
    """A host of that name: its own network and host name."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        # It has the namespaces, and ends when the test does, however that ends.
        self.holder = subprocess.Popen(['unshare', '-n', '-u', 'sh', '-c', 'hostname %s; read end' % name], stdin=subprocess.PIPE)
        self.space = '/proc/%d/ns/net' % self.holder.pid
        while os.readlink(self.space) == os.readlink('/proc/self/ns/net') or os.readlink('/proc/%d/ns/uts' % self.holder.pid) == os.readlink('/proc/self/ns/uts'):
            time.sleep(0.01)
        self.mark = os.readlink(self.space)
        self.enter = ['nsenter', '--net=' + self.space, '--uts=/proc/%d/ns/uts' % self.holder.pid]
        run('ip', 'link', 'add', 'to-' + name, 'type', 'veth', 'peer', 'name', 'wire', 'netns', str(self.holder.pid))
        run('ip', 'link', 'set', 'to-' + name, 'master', 'wire', 'up')
        for words in ('link set lo up', 'addr add %s/24 dev wire' % address, 'link set wire up'):
            run(*self.enter, 'ip', *words.split())

    # -- the wire --

    def cut(self):
        run('ip', 'link', 'set', 'to-' + self.name, 'down')

    def mend(self):
        run('ip', 'link', 'set', 'to-' + self.name, 'up')

    def hide_from(self, other):
        """What it sends to the other goes nowhere: the other sees silence."""
        run(*self.enter, 'ip', 'route', 'replace', 'blackhole', other.address + '/32')

    def show_to(self, other):
        subprocess.run([*self.enter, 'ip', 'route', 'del', 'blackhole', other.address + '/32'], capture_output=True)  # twice hidden is shown at once

    # -- its processes --

    def processes(self):
        found = []
        for name in os.listdir('/proc'):
            try:
                if name.isdigit() and int(name) != self.holder.pid and os.readlink('/proc/%s/ns/net' % name) == self.mark:
                    found.append(int(name))
            except OSError:
                pass  # it has ended
        return found

    def signal(self, how):
        """To all of them, and to those that they start meanwhile."""
        done = set()
        while new := set(self.processes()) - done:
            for pid in new:
                try:
                    os.kill(pid, how)
                except ProcessLookupError:
                    pass
            done |= new

    def kill(self):
        end = time.monotonic() + 20
        while [p for p in self.processes() if not is_dead(p)]:
            assert time.monotonic() < end, 'a process of %s stays' % self.name
            self.signal(signal.SIGKILL)  # again: the world may just have begun a command there
            time.sleep(0.02)

    def close(self):
        self.kill()
        self.holder.stdin.close()
        self.holder.wait(20)


def is_dead(pid):
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rsplit(')', 1)[1].split()[0] in 'ZX'
    except OSError:
        return True
