#!/usr/bin/python3
"""status.py SCEAU SCEAU-MILTER: `sceau status` beside a milter that runs, has run, or never did. One TAP line a case."""
import json, os, subprocess, sys, tempfile, time

SCEAU, MILTER = map(os.path.abspath, sys.argv[1:3])
CONF = '[domain "example.org"]\nservers = mail=192.0.2.1\n'
MAIL = 'From: ann@example.org\nTo: bob@example.net\nSubject: hi\nDate: Sat, 28 Nov 2026 10:00:00 +0000\n\nHello\n'
ZONE = '$ORIGIN example.org.\n@ 300 TXT "v=spf1 -all"\n_dmarc 300 TXT "v=DMARC1; p=reject"\n'


class Host:
    def __init__(self, folder):
        self.dir, self.state, self.milter = folder, folder + '/state', None
        for name, text in (('sceau.conf', CONF), ('mail', MAIL), ('zone', ZONE)):
            with open(os.path.join(folder, name), 'w') as f:
                f.write(text)

    def sceau(self, *args, status=0):
        command = [SCEAU, *args, '--config', self.dir + '/sceau.conf', '--set', 'milter.state=' + self.state]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60,
                             env=dict(os.environ, LC_ALL='C', LANGUAGE=''))
        assert run.returncode == status, (args, run.returncode, run.stdout, run.stderr)
        return run.stdout

    def json(self, status):
        return json.loads(self.sceau('status', '--json', status=status))

    def start(self):
        self.milter = subprocess.Popen([MILTER, '--listen', 'unix:%s/m.sock' % self.dir, '--state', self.state, '--dns',
                                        self.dir + '/zone', '--config', '/dev/null'], stderr=subprocess.PIPE, text=True)
        for line in self.milter.stderr:
            if line == 'ready\n':
                return
        raise AssertionError('sceau-milter ended')

    def stop(self):
        if self.milter is not None:
            self.milter.terminate()
            self.milter.wait(20)
            self.milter.stderr.close()
            self.milter = None

    def send(self):
        self.sceau('verify', '--milter', 'unix:%s/m.sock' % self.dir, '--ip', '192.0.2.9', '--mail-from', 'ann@example.org',
                   self.dir + '/mail', '--dns', self.dir + '/zone', status=1)


def never_ran(host):
    said = host.json(2)
    assert said['milter']['running'] is False and said['last'] is None, said
    assert [t['command'] for t in said['todo']] == ['systemctl start sceau-milter', 'sceau key add -d example.org'], said
    text = host.sceau('status', status=2)
    for word in 'Milter: does not run', 'Last message: none', 'Keys: 0 domains', 'To do:\n  no milter runs':
        assert word in text, text


def runs(host):
    host.start()
    host.send()
    host.sceau('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    said = host.json(1)
    assert said['milter']['running'] is True, said
    assert said['last']['author_domain'] == 'example.org' and said['last']['dmarc']['result'] == 'fail', said
    assert said['keys'] == {'domains': 1, 'next': 1, 'active': 0, 'retiring': 0, 'revoked': 0}, said
    assert [t['command'] for t in said['todo']] == ['sceau key rotate example.org'], said
    text = host.sceau('status', status=1)
    for word in 'Milter: runs', 'author example.org, DMARC fail, action quarantine', '0 active, 1 next':
        assert word in text, text


def nothing_to_do(host):
    host.start()
    host.sceau('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    path = host.state + '/keys/example.org/state'
    with open(path) as f:
        text = f.read()
    with open(path, 'w') as f:
        f.write(text.replace(' next ', ' active '))
    assert host.json(0)['todo'] == []
    assert 'To do: nothing' in host.sceau('status')


def stopped_since(host):
    host.start()
    host.send()
    host.stop()
    said = host.json(2)
    assert said['milter']['running'] is False and said['last']['author_domain'] == 'example.org', said


def a_newer_boot_tells_the_last(host):
    for _ in range(2):
        host.start()
        host.send()
        host.stop()
        time.sleep(0.05)
    records = host.sceau('journal', 'cat', host.state + '/journal').splitlines()
    assert len(records) == 2
    times = [json.loads(r)['time'] for r in records]
    assert host.json(2)['last']['time'] == max(times), (host.json(2), times)


def a_broken_key_state(host):
    host.start()
    host.sceau('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    with open(host.state + '/keys/example.org/state', 'w') as f:
        f.write('nonsense\n')
    host.json(2)


CASES = [never_ran, runs, nothing_to_do, stopped_since, a_newer_boot_tells_the_last, a_broken_key_state]


def main():
    failed = 0
    print('1..%d' % len(CASES))
    for number, case in enumerate(CASES, 1):
        problem = None
        with tempfile.TemporaryDirectory(prefix='sceau-status.') as folder:
            host = Host(folder)
            try:
                case(host)
            except Exception as e:  # noqa: whatever went wrong is told
                problem = '%s: %s' % (type(e).__name__, e)
            host.stop()
        failed += problem is not None
        print('%s %d - %s' % ('not ok' if problem else 'ok', number, case.__name__), flush=True)
        if problem:
            print('# ' + problem[:3000].replace('\n', '\n# '), flush=True)
    return failed > 0


sys.exit(main())
