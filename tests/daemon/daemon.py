"""sceau-milter as a process in a folder of its own. The program's arguments name both programs: SCEAU SCEAU-MILTER."""
import json, os, shutil, signal, subprocess, sys
from milter import Client
from tap import spawn, wait_for

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
        """The log has what daemons of the same folder said before."""
        before = self.log().count(says)
        self.p.send_signal(signal.SIGHUP)
        wait_for(says, lambda: self.log().count(says) > before)

    def reload_count(self, count):
        """Reload for the count-th time."""
        self.p.send_signal(signal.SIGHUP)
        wait_for('reload %d' % count, lambda: self.log().count('was read anew') >= count)

    def stop(self):
        self.p.terminate()
        status = self.p.wait(30)
        self.out.close()
        return status

    def journal(self):
        run = subprocess.run([SCEAU, 'journal', 'cat', os.path.join(self.state, 'journal')], capture_output=True,
                             text=True)
        return [json.loads(line) for line in run.stdout.splitlines()]
