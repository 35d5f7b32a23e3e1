"""A server of PostgreSQL for a bench: in a folder of its own, and it writes to its disk as Debian's does."""
import glob
import os
import pwd
import shutil
import subprocess
import time

BIN = sorted(glob.glob('/usr/lib/postgresql/*/bin'), key=lambda p: int(p.split('/')[4]))[-1]
TICK = os.sysconf('SC_CLK_TCK')


def as_postgres(command, **more):
    account = pwd.getpwnam('postgres') if os.getuid() == 0 else None
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                            **({'user': account.pw_uid, 'group': account.pw_gid} if account else {}), **more)


class Server:
    def __init__(self, folder):
        self.folder = folder
        data = folder + '/data'
        if not os.path.exists(data):
            if os.getuid() == 0:
                shutil.chown(folder, 'postgres', 'postgres')
            assert as_postgres([BIN + '/initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C']).wait() == 0
        self.process = as_postgres([BIN + '/postgres', '-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'max_wal_size=4GB',
                                    '-c', 'shared_buffers=256MB'])
        while subprocess.run([BIN + '/pg_isready', '-q', '-h', folder]).returncode:
            time.sleep(.1)

    def ask(self, sql, database='postgres'):
        return subprocess.run([BIN + '/psql', '-X', '-q', '-A', '-t', '-U', 'postgres', '-h', self.folder, '-d', database, '-c', sql],
                              check=True, capture_output=True, text=True).stdout

    def cpu(self):
        """Of the server and all it started; those that ended count in their parent."""
        total = 0
        for name in os.listdir('/proc'):
            try:
                if name.isdigit():
                    fields = open('/proc/%s/stat' % name).read().rpartition(')')[2].split()
                    is_server = int(name) == self.process.pid
                    if is_server or int(fields[1]) == self.process.pid:
                        total += int(open('/proc/%s/schedstat' % name).read().split()[0]) / 1e9
                    total += sum(map(int, fields[13:15])) / TICK if is_server else 0
            except OSError:
                continue
        return total

    def stop(self):
        self.process.terminate()
        self.process.wait()
