#!/usr/bin/python3
"""up.py SCEAU [NAME...]: `sceau up`, `sceau verify --milter` and `make run`: all is up, all is used, nothing is left.
One TAP line a test."""
import http.client, json, os, signal, socket, subprocess, sys, threading, time, urllib.parse
import xml.etree.ElementTree as ET
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from milter import Client
from tap import run_tests, spawn, wait_for

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
ZONE = os.path.join(ROOT, 'tests', 'postfix', 'zone')
SCEAU = os.path.abspath(sys.argv[1])
# --resolver to a port where nobody answers would do as well: none of these tests may ask the real DNS.
ENV = {k: v for k, v in os.environ.items() if k not in ('LANGUAGE', 'LC_MESSAGES', 'LANG', 'DNS', 'MAKEFLAGS')}
ENV.update(LC_ALL='C', NO_COLOR='1')


def session(sid):
    """The processes of a session, but for those that only wait to be reaped."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/stat' % pid) as f:
                name, rest = f.read().rsplit(')', 1)
        except OSError:
            continue
        if int(rest.split()[3]) == sid and rest.split()[0] != 'Z':
            found.append(name)
    return found


class Up:
    """A command that says "ready" on standard output, in a session of its own."""
    def __init__(self, tmp, command, **env):
        self.tmp = os.path.join(tmp, 'tmp')  # where it may make folders
        os.makedirs(self.tmp, exist_ok=True)
        self.err = os.path.join(tmp, 'log')
        with open(self.err, 'ab') as err:
            self.p = spawn(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err, text=True,
                           start_new_session=True, cwd=ROOT, env={**ENV, 'TMPDIR': self.tmp, **env})
        self.out = ''
        for line in self.p.stdout:
            self.out += line
            if line == 'ready\n':
                break

    def log(self):
        with open(self.err) as f:
            return f.read()

    def socket(self):
        return self.out.split('unix:')[1].split('\n')[0]

    def ends(self, want, seconds=20):
        """It ends with that status; no process and no file is left."""
        status = self.p.wait(seconds)
        assert status == want, (status, want, self.log())
        wait_for('its processes', lambda: not session(self.p.pid), 5)
        assert os.listdir(self.tmp) == [], os.listdir(self.tmp)


def up(tmp, *args, **env):
    return Up(tmp, [SCEAU, 'up', '--config', '/dev/null', '--dns', ZONE, *args], **env)


def verify(*args):
    return subprocess.run([SCEAU, 'verify', '--dns', ZONE, *args], capture_output=True, text=True, env=ENV, timeout=60)


def mail(tmp):
    path = os.path.join(tmp, 'message.eml')
    with open(path, 'w') as f:
        f.write('From: ann@reject.test\r\nSubject: x\r\n\r\n' + 'A line of the body.\r\n' * 20000)
    return path


FROM_OUTSIDE = ['--ip', '198.51.100.7', '--helo', 'mail.reject.test', '--mail-from', 'ann@reject.test']


def stops_on_each_signal(tmp):
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        u = up(tmp)
        assert u.out.endswith('\nready\n') and Client(u.socket()).send()[0] == b'a', u.out
        u.p.send_signal(number)
        u.ends(0)
        assert not os.path.exists(u.socket())


def stops_on_ctrl_c_of_the_terminal(tmp):
    u = up(tmp)
    os.killpg(u.p.pid, signal.SIGINT)
    u.ends(0)


def keeps_a_state_that_was_named(tmp):
    state = os.path.join(tmp, 'state')
    u = up(tmp, '--state', state)
    Client(u.socket()).send('KEPT')
    u.p.send_signal(signal.SIGINT)
    u.ends(0)
    said = subprocess.run([SCEAU, 'journal', 'cat', os.path.join(state, 'journal')], capture_output=True, text=True)
    assert json.loads(said.stdout)['queue_id'] == 'KEPT', said
    assert not os.path.exists(os.path.join(state, 'milter.sock')) and os.stat(state).st_mode & 0o777 == 0o700


def passes_options_on(tmp):
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    u = up(tmp, '--listen', 'inet:%d@127.0.0.1' % port, '--set', 'policy.mode=reject', '--now', '1667930000')
    assert "{ inet:127.0.0.1:%d, default_action=accept }" % port in u.out, u.out
    assert Client(('127.0.0.1', port)).send('TCP')[0] == b'y'
    where = u.out.split('journal cat ')[1].split('\n')[0]
    said = subprocess.run([SCEAU, 'journal', 'cat', where], capture_output=True, text=True)
    assert json.loads(said.stdout)['time'].startswith('2022-11-08T'), said
    u.p.send_signal(signal.SIGINT)
    u.ends(0)


def speaks_french_and_json(tmp):
    for args, wanted in (['--lang', 'fr'], 'sceau-milter écoute sur unix:'), (['--json'], '{"state":'), (['--quiet'], 'ready'):
        u = up(tmp, *args)
        assert u.out.startswith(wanted) and u.out.endswith('ready\n'), u.out
        if args == ['--json']:
            where = json.loads(u.out.splitlines()[0])['milter']
            assert Client(where[0][len('unix:'):]).send()[0] == b'a'
        u.p.send_signal(signal.SIGINT)
        u.ends(0)


def says_why_it_cannot_start(tmp):
    u = up(tmp, '--set', 'policy.mode=refuse')
    u.ends(65)
    assert u.out == '' and 'one of: monitor' in u.log() and 'sceau-milter ended with status 65' in u.log(), u.log()
    first = up(tmp, '--state', os.path.join(tmp, 'state'))
    second = up(tmp, '--state', os.path.join(tmp, 'state'))
    second.ends(75)
    assert 'another program listens there' in second.log()
    assert Client(first.socket()).send()[0] == b'a', 'the first one is as it was'
    first.p.send_signal(signal.SIGINT)
    first.ends(0)


def ends_when_a_daemon_ends(tmp):
    u = up(tmp)
    daemon = subprocess.run(['pgrep', '-P', str(u.p.pid)], capture_output=True, text=True).stdout
    os.kill(int(daemon), signal.SIGKILL)
    u.ends(75)
    assert 'sceau-milter ended with status 137' in u.log(), u.log()


def daemons_end_with_it(tmp):
    u = up(tmp, '--state', os.path.join(tmp, 'state'))
    u.p.kill()
    u.ends(-signal.SIGKILL)
    assert not os.path.exists(u.socket())


def second_signal_does_not_wait(tmp):
    hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hole.bind(('127.0.0.1', 0))
    u = Up(tmp, [SCEAU, 'up', '--config', '/dev/null', '--resolver', '127.0.0.1@%d' % hole.getsockname()[1]])
    client = Client(u.socket())
    threading.Thread(target=_swallow, args=(client,), daemon=True).start()
    hole.recvfrom(512)  # the message waits for DNS
    time.sleep(0.3)
    u.p.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert u.p.poll() is None, 'a message at its end is answered first'
    u.p.send_signal(signal.SIGINT)
    u.ends(0, 3)
    hole.close()


def _swallow(client):
    try:
        client.send()
    except (AssertionError, OSError, TypeError):
        pass


def verify_shows_what_the_milter_does(tmp):
    message = mail(tmp)
    for mode, action in ('monitor', 'accept'), ('quarantine', 'quarantine'), ('reject', 'reject'):
        u = up(tmp, '--set', 'policy.mode=' + mode)
        run = verify('--milter', 'unix:' + u.socket(), *FROM_OUTSIDE, message)
        assert run.returncode == 1 and run.stdout.splitlines()[1].split()[-1] == action, run
        assert ("the milter's reply: 550 5.7.1 reject.test" in run.stdout) == (mode == 'reject'), run
        assert 'something else' not in run.stdout, run
        run = verify('--json', '--milter', 'unix:' + u.socket(), *FROM_OUTSIDE, message)
        said = json.loads(run.stdout)
        assert said['action'] == action and said['milter']['same_results'] is True, said
        assert (said['milter']['reply'] is not None and said['milter']['reply'].startswith('550')) == (mode == 'reject')
        u.p.send_signal(signal.SIGINT)
        u.ends(0)


def verify_says_when_the_milter_differs(tmp):
    other = os.path.join(tmp, 'zone')
    with open(other, 'w') as f:
        f.write('reject.test. 300 TXT "v=spf1 +all"\n')
    u = up(tmp, '--dns', other)
    run = verify('--milter', 'unix:' + u.socket(), *FROM_OUTSIDE, mail(tmp))
    assert 'the milter found something else' in run.stdout and 'spf=pass' in run.stdout, run
    u.p.send_signal(signal.SIGINT)
    u.ends(0)


def verify_without_a_milter(tmp):
    run = verify('--milter', 'unix:' + os.path.join(tmp, 'none'), mail(tmp))
    assert run.returncode == 75 and 'no milter answers there' in run.stderr and run.stdout == '', run
    run = verify('--milter', 'inet:x@127.0.0.1', mail(tmp))
    assert run.returncode == 64 and '--milter inet:x' in run.stderr, run
    # One that negotiates and hangs up.
    path = os.path.join(tmp, 'rude')
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)
        s.listen()
        threading.Thread(target=_hang_up, args=(s, 2), daemon=True).start()
        run = verify('--milter', 'unix:' + path, mail(tmp))
        assert run.returncode == 3 and 'sceau: the milter: ' in run.stderr and run.stdout == '', run


def _hang_up(listener, times):
    for _ in range(times):
        connection = listener.accept()[0]
        connection.recv(17)
        connection.sendall(b'\0\0\0\x0dO\0\0\0\6' + bytes(8))
        connection.close()


def make_run(tmp):
    """As the Makefile calls it, stopped in three ways; the second is `kill -INT` of make alone."""
    makefile = os.path.join(tmp, 'Makefile')
    with open(makefile, 'w') as f:
        f.write('run:\n\t@tools/run-samples\n')
    for stop in (lambda p: os.killpg(p.pid, signal.SIGINT), lambda p: p.send_signal(signal.SIGINT),
                 lambda p: p.terminate()):
        u = Up(tmp, ['make', '-f', makefile, 'run'], SCEAU=SCEAU, MILTER_PORT='0', WEB_PORT='0')
        rows = [line.split() for line in u.out.splitlines() if line[:4].strip().isdigit()]
        assert [r[-1] for r in rows] == ['accept'] * 6 + ['quarantine'] * 3, u.out + u.log()
        report = ET.fromstring(u.out[u.out.index('<?xml'):u.out.index('</feedback>')] + '</feedback>')
        assert [e.text for e in report.iter('{urn:ietf:params:xml:ns:dmarc-2.0}disposition')] == ['quarantine', 'pass'], u.out
        assert 'something else' not in u.out and u.out.count('\nready\n') == 1, u.out
        Client(u.socket()).close()
        assert '/login?token=' in u.out, u.out
        stop(u.p)
        assert u.p.wait(20) != 0, 'make says that it was stopped'
        wait_for('its processes', lambda: not session(u.p.pid), 5)
        assert os.listdir(u.tmp) == [], os.listdir(u.tmp)


def with_the_dashboard(tmp):
    u = up(tmp, '--web', '127.0.0.1:0', '--json')
    link = urllib.parse.urlsplit(json.loads(u.out.splitlines()[0])['dashboard'])
    for want in 303, 403:  # it opens once
        connection = http.client.HTTPConnection(link.netloc, timeout=20)
        connection.request('GET', link.path + '?' + link.query)
        assert connection.getresponse().status == want
        connection.close()
    u.p.send_signal(signal.SIGINT)
    u.ends(0)


def make_run_in_french(tmp):
    u = Up(tmp, ['tools/run-samples'], SCEAU=SCEAU, MILTER_PORT='0', WEB_PORT='0', LANGUAGE='fr')
    assert 'domaine de l’auteur' in u.out and 'Ctrl-C l’arrête.\nready\n' in u.out, u.out
    u.p.send_signal(signal.SIGINT)
    u.ends(0)


run_tests([stops_on_each_signal, stops_on_ctrl_c_of_the_terminal, keeps_a_state_that_was_named, passes_options_on,
           speaks_french_and_json, says_why_it_cannot_start, ends_when_a_daemon_ends, daemons_end_with_it,
           second_signal_does_not_wait, verify_shows_what_the_milter_does, verify_says_when_the_milter_differs,
           verify_without_a_milter, with_the_dashboard, make_run, make_run_in_french], sys.argv[2:])
