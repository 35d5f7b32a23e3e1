#!/usr/bin/python3
"""The daemons as the units start them: three users of one group, the state directory and the masks of the units, no folder made
before. What one leaves the others find, and nobody gets at the keys.

    accounts.py SCEAU SCEAU-MILTER SCEAU-REPORTD SCEAU-WEB [NAME...]
"""
import gzip, http.client, os, random, re, shutil, subprocess, sys, time, urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'store'))
from made import Report
from tap import Skip, run_tests, spawn, wait_for

os.environ['ASAN_OPTIONS'] = os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'  # it reads /proc, which the confined program cannot

MILTER, REPORTD, WEB, GROUP = 61001, 61002, 61003, 61000
SAMPLE = os.path.join(HERE, '..', '..', 'doc', 'sample')


def setting(unit, name):
    """Of a unit as it is installed."""
    with open(os.path.join(HERE, '..', '..', 'systemd', unit + '.service.in')) as f:
        return int(re.search(r'^%s=(\d+)$' % name, f.read(), re.M)[1], 8)


def account(user, unit):
    return {'user': user, 'group': GROUP, 'extra_groups': [], 'umask': setting(unit, 'UMask')}


def three_users(tmp):
    """Mail is seen, folded and counted; an upload is taken in; a report of it is on the page."""
    if os.geteuid() != 0:
        raise Skip('only root can be three users')
    state, bin_, log = (os.path.join(tmp, name) for name in ('state', 'bin', 'log'))
    os.mkdir(bin_)
    for program in sys.argv[1:5]:  # the build may lie where the three cannot go
        shutil.copy(program, bin_)
    sceau, milter, reportd, web = (os.path.join(bin_, os.path.basename(p)) for p in sys.argv[1:5])
    zone = shutil.copy(os.path.join(SAMPLE, 'recorded.zone'), tmp)
    os.mkdir(state)
    os.chown(state, MILTER, GROUP)
    os.chmod(state, setting('sceau-milter', 'StateDirectoryMode'))
    run = os.path.join(tmp, 'run')
    os.mkdir(run)
    os.chown(run, MILTER, GROUP)
    out = open(log, 'a')

    seen = spawn([milter, '--config', '/dev/null', '--listen', 'unix:%s/m.sock' % run, '--state', state, '--dns', zone],
                 stdout=out, stderr=out, **account(MILTER, 'sceau-milter'))
    wait_for('the milter', lambda: 'ready' in open(log).read())
    subprocess.run([sceau, 'verify', '--milter', 'unix:%s/m.sock' % run, '--border', 'mx.sample.example', '--dns', zone,
                    os.path.join(SAMPLE, 'mailbox')], stdout=subprocess.DEVNULL, check=False)
    seen.terminate()
    assert seen.wait(20) == 0

    def fold():
        once = subprocess.run([reportd, '--once', '--config', '/dev/null', '--state', state], capture_output=True, text=True,
                              timeout=60, **account(REPORTD, 'sceau-reportd'))
        assert once.returncode == 0 and 'denied' not in once.stderr, once
        return once

    fold()
    journal = os.path.join(state, 'journal')
    assert os.stat(os.path.join(state, 'store.db')).st_uid == REPORTD
    assert os.path.exists(os.path.join(journal, '.folded')), os.listdir(journal)
    status = subprocess.run([sceau, 'status', '--config', '/dev/null', '--state', state], capture_output=True, text=True)
    assert 'denied' not in status.stdout + status.stderr, status

    page = spawn([web, '--config', '/dev/null', '--state', state, '--listen', '127.0.0.1:0'], stdout=out, stderr=out,
                 **account(WEB, 'sceau-web'))
    wait_for('the dashboard', lambda: open(log).read().count('ready\n') == 2 or page.poll() is not None)
    link = subprocess.run([sceau, 'web', 'login', '--config', '/dev/null', '--state', state], capture_output=True, text=True).stdout.strip()
    where = urllib.parse.urlsplit(link)

    def ask(path, method='GET', body=None, **more):
        c = http.client.HTTPConnection(where.netloc, timeout=20)
        c.request(method, path, body, {'Host': where.netloc, **more})
        answer = c.getresponse()
        return answer.status, answer.headers, answer.read()

    status, header, _ = ask(where.path + '?' + where.query)
    assert status == 303, status
    cookie = {'Cookie': header['Set-Cookie'].split(';')[0]}
    token = re.search(rb'name="token" value="([0-9a-f]{64})"', ask('/', **cookie)[2])[1]
    report = gzip.compress(Report(random.Random(1), 7, 3, begin=int(time.time()) // 86400 * 86400 - 86400).xml())
    body = (b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n' + token + b'\r\n--x\r\nContent-Disposition: form-data; '
            b'name="file"; filename="r.xml.gz"\r\nContent-Type: application/gzip\r\n\r\n' + report + b'\r\n--x--\r\n')
    status, header, text = ask('/upload', 'POST', body, **cookie, **{'Content-Type': 'multipart/form-data; boundary=x'})
    assert status in (200, 303), (status, text)
    fold()
    listed = subprocess.run([sceau, 'report', 'list', '--config', '/dev/null', '--state', state, '--json'], capture_output=True, text=True)
    assert 'reporter.test' in listed.stdout, listed
    # What the milter owns nobody else may put something else in the place of.
    moved = subprocess.run(['mv', os.path.join(state, 'journal'), os.path.join(state, 'gone')], capture_output=True,
                           **account(WEB, 'sceau-web'))
    assert moved.returncode != 0
    page.terminate()
    assert page.wait(20) == 0


run_tests([three_users], sys.argv[5:])
