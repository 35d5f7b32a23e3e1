#!/usr/bin/python3
"""ingest.py SCEAU REPORTD SUITES: reports through `sceau report ingest` and sceau-reportd into the store, and what it holds then, against a
count of its own. Under tests/with-postgresql the store is on that server. Prints one TAP line a case."""
import json, os, random, shutil, socket, struct, subprocess, sys, tempfile, time, traceback, zlib

import made, served

SCEAU, REPORTD, SUITES = sys.argv[1:4]
ZONE = '$ORIGIN .\nreporter.test. 3600 IN TXT "x"\n'
CASES = []


def case(function):
    CASES.append(function)
    return function


class Place:
    """A state directory of its own."""

    def __init__(self, root):
        self.root = root
        self.state = os.path.join(root, 'state')
        self.zone = os.path.join(root, 'zone')
        self.set = []
        with open(self.zone, 'w') as f:
            f.write(ZONE)

    def words(self, now=made.NOW):
        words = ['--state', self.state, '--dns', self.zone, '--now', str(now), '--config', '/dev/null', '--set',
                 'store.url=' + served.place(self.state)]
        for setting in self.set:
            words += ['--set', setting]
        return words

    def run(self, *words, data=None, status=0, now=made.NOW, extra=()):
        command = [*extra, *words, *self.words(now)]
        done = subprocess.run(command, input=data, capture_output=True, timeout=300)
        if status is not None and done.returncode != status:
            raise AssertionError(f'{" ".join(command)}: status {done.returncode}, not {status}: {done.stderr.decode()[-500:]}')
        return done

    def ingest(self, *paths, status=0, **more):
        done = self.run(SCEAU, 'report', 'ingest', '--json', *paths, status=status, **more)
        lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
        return lines[-1], lines[:-1]

    def once(self, status=0, **more):
        return self.run(REPORTD, '--once', status=status, **more)

    def db(self):
        return served.connect(self.state)

    def ask(self, query):
        with self.db() as db:
            return db.execute(query).fetchall()

    def write(self, name, data):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(data)
        return path

    def incoming(self, reports, forms=('xml', 'xml.gz', 'zip')):
        os.makedirs(os.path.join(self.state, 'incoming'), exist_ok=True)
        for n, report in enumerate(reports):
            form = forms[n % len(forms)]
            with open(os.path.join(self.state, 'incoming', f'{n:04}.{form}'), 'wb') as f:
                f.write(report.file(form))

    def check(self, reports):
        with self.db() as db:
            wrong = made.differences(db, reports)
            wrong += [str(x) for x in (db.execute('PRAGMA integrity_check').fetchall() if not served.is_server() else []) if x != ('ok',)]
        assert not wrong, '; '.join(wrong)


# ---- sums ----


@case
def sums_are_those_of_an_independent_count(p):
    reports = made.make(1, 60)
    files = [p.write(f'in/{n:03}.{form}', r.file(form)) for n, r in enumerate(reports) for form in [('xml', 'xml.gz', 'zip')[n % 3]]]
    total, _ = p.ingest(*files)
    assert total['accepted'] == 60 and total['messages'] == sum(x[1] for r in reports for x in r.records), total
    p.check(reports)


ROLLUPS = ('week_ip', 'day_total', 'day_key', 'day_pair', 'day_policy', 'selector_seen')


@case
def reports_of_one_transaction_add_up_as_each_by_itself(p):
    """They are summed up together; what counts within one report does so there as well."""
    rng = random.Random(31)
    own = ('192.0.2.77', 3, 'none', 'pass', 'pass', None, 'example.org', 's1')
    reports = [made.Report(rng, n, 20, org=f'{n % 3}.test', domain='example.org' if n % 4 else 'example.net') for n in range(8)]
    reports += [made.Report(rng, 'week', 40, days=7, begin=1767225600 - 6 * made.DAY), made.Report(rng, 'twice', 2)]
    reports[-1].records = [own, own]  # one report has that address, not two
    for part in range(2):  # pairs of their own for their number, and two that each other has as well
        reports.append(made.Report(rng, f'many-{part}', 70))
        reports[-1].records[:2] = own, own[:-1] + ('few2-9',)
    for org in 'a.test', 'b.test':  # of an address 64 pairs of each report, not of both
        reports.append(made.Report(rng, 'pairs-' + org, 80, org=org))
        reports[-1].records = [own[:-1] + (f'{org[0]}{n}',) for n in range(80)]
    for part in range(3):  # that few have none too many, nor have all of them
        reports.append(made.Report(rng, f'few-{part}', 30))
        reports[-1].records = [own[:-1] + (f'few{part}-{n}',) for n in range(30)]
    large = made.Report(rng, 'large', 1)  # more keys than are kept in memory: its first record lies in a file when its last comes
    large.records = [own] + [(f'198.18.{n // 250}.{n % 250}',) + own[1:] for n in range(9000)] + [own]
    reports += [large, made.Report(rng, 'behind', 20), made.Report(rng, 'old', 20, begin=1767225600 - 9 * made.DAY)]
    files = [p.write(f'in/{n:02}.xml', r.xml()) for n, r in enumerate(reports)]
    rolled, dates = {}, {}
    for state, calls in (('each', [[x] for x in files]), ('together', [files])):
        p.state = os.path.join(p.root, state)
        for call in calls:
            p.ingest(*call)
        with p.db() as db:
            rolled[state] = {table: sorted(db.execute('SELECT * FROM ' + table).fetchall()) for table in ROLLUPS}
            dates[state] = sorted(db.execute('SELECT policy_domain, ip, first_day, last_day FROM seen').fetchall())
    for table in ROLLUPS:
        each, together = rolled['each'][table], rolled['together'][table]
        assert each and each == together, (table, [x for x in each if x not in together][:3], [x for x in together if x not in each][:3])
    assert dates['each'] == dates['together']
    had = [row[1:] for row in p.ask(f'SELECT ip, reports, count FROM {made.DAY_IP}') if bytes(row[0]) == made.packed(own[0])]
    assert had == [(9, 3 * (2 + 2 * 2 + 80 + 80 + 3 * 30 + 2))], had
    if served.is_server():  # a statement that met a row twice would have had each file taken by itself
        assert p.ask('SELECT count(DISTINCT xmin::text) FROM report') == [(1,)]
    pairs = [p.ask(f"SELECT count(*) FROM day_pair WHERE selector LIKE '{x}%'")[0][0] for x in ('a', 'b', 'few')]
    assert pairs == [64, 64, 90], pairs


@case
def the_same_again_changes_nothing(p):
    reports = made.make(2, 20)
    for n, r in enumerate(reports):
        p.write(f'in/{n:03}.xml', r.xml())
    p.ingest(os.path.join(p.root, 'in'))
    for n, r in enumerate(reports):
        p.write(f'in/{n:03}.xml', r.zip())  # in another wrapping
    total, _ = p.ingest(os.path.join(p.root, 'in'))
    assert total['duplicate'] == 20 and total['accepted'] == 0, total
    p.check(reports)
    assert p.ask("SELECT count(*) FROM intake WHERE outcome = 'duplicate'") == [(20,)]


@case
def standard_input_maildir_and_mbox(p):
    reports = made.make(3, 12)
    p.ingest('-', data=reports[0].xml())
    for n, r in enumerate(reports[1:6]):
        p.write(f'md/new/{n}.M1P1.host', r.mail())
    for part in ('cur', 'tmp'):
        os.makedirs(os.path.join(p.root, 'md', part))
    p.ingest(os.path.join(p.root, 'md'), '--trust')
    mbox = b''.join(b'From a@b Thu Jan  1 00:00:00 2026\n' + r.mail() + b'\n' for r in reports[6:])
    total, _ = p.ingest(p.write('mbox', mbox), '--trust')
    assert total['files'] == 1 and total['accepted'] == 6, total
    p.check(reports)


@case
def a_range_of_days_is_spread_and_nothing_is_lost(p):
    rng = random.Random(4)
    report = made.Report(rng, 'week', 200, days=7, begin=1767225600 - 6 * made.DAY)
    p.ingest(p.write('w.xml', report.xml()))
    want = sum(x[1] for x in report.records)
    assert p.ask(f'SELECT sum(count) FROM {made.DAY_IP}') == [(want,)] and p.ask('SELECT sum(count) FROM day_total') == [(want,)]
    assert p.ask(f'SELECT count(DISTINCT day), min(flags & 4) FROM {made.DAY_IP}') == [(7, 4)]
    assert p.ask('SELECT sum(messages) FROM day_reporter') == [(want,)]


@case
def more_keys_than_memory_holds(p):
    rng = random.Random(5)
    report = made.Report(rng, 'large', 40000)
    # each address twice, far apart: its report still is one report
    report.records = 2 * [(f'10.{n >> 16}.{n >> 8 & 255}.{n & 255}',) + x[1:] for n, x in enumerate(report.records[:20000])]
    p.ingest(p.write('l.xml.gz', report.file('xml.gz')))
    p.check([report])
    assert p.ask(f'SELECT max(reports), count(*) FROM {made.DAY_IP}') == [(1, 20000)]


@case
def the_cases_of_the_suites(p):
    """All report files of the suites: whatever they are, the store agrees with itself, and each is taken or refused with a reason."""
    with open(os.path.join(SUITES, 'cases.jsonl')) as f:
        paths = {os.path.join(SUITES, c['in']['file']) for c in map(json.loads, f) if c['op'] == 'report-parse'}
    assert len(paths) >= 50, len(paths)
    total, lines = p.ingest(*sorted(paths), '--trust', status=None)
    assert total['accepted'] + total['repaired'] > 30, total
    refused = [x for x in lines if x['outcome'] == 'refused']
    assert all(x['reason'] for x in refused)
    counted = p.ask('SELECT sum(messages) FROM report WHERE counted = 1')
    for table in (made.DAY_IP, 'day_total'):
        assert p.ask(f'SELECT sum(count) FROM {table}') == counted, table
    assert p.ask('SELECT sum(messages) FROM day_reporter') == counted
    assert p.ask('SELECT sum(messages) FROM report_pack') == counted
    assert p.ask('SELECT count(*) FROM intake')[0][0] == len(lines)


# ---- who sent it ----


def signing(p):
    """A key of reporter.test in the zone; gives a function that signs."""
    key = os.path.join(p.root, 'k.pem')
    subprocess.run(['openssl', 'genpkey', '-algorithm', 'ed25519', '-out', key], check=True, capture_output=True)
    public = subprocess.run(['openssl', 'pkey', '-in', key, '-pubout', '-outform', 'DER'], check=True, capture_output=True).stdout[-32:]
    import base64
    with open(p.zone, 'a') as f:
        f.write(f'k._domainkey.reporter.test. 3600 IN TXT "v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}"\n'
                '_dmarc.reporter.test. 3600 IN TXT "v=DMARC1; p=reject"\n')

    def sign(mail):
        return subprocess.run([SCEAU, 'sign', '--key', key, '--selector', 'k', '--domain', 'reporter.test', '--now', str(made.NOW),
                               '--config', '/dev/null'], input=mail,
                              check=True, capture_output=True).stdout
    return sign


@case
def a_forged_report_counts_nowhere_and_stands_in_nobodys_way(p):
    sign = signing(p)
    rng = random.Random(6)
    real = made.Report(rng, 'one', 5)
    forged = made.Report(rng, 'one', 9)
    total, lines = p.ingest(p.write('forged.eml', forged.mail()), status=1)
    assert total['unauthenticated'] == 1 and p.ask('SELECT count(*) FROM week_ip') == [(0,)], total
    assert p.ask('SELECT authenticated, counted, records FROM report') == [(2, 0, 9)]
    signed = sign(real.mail())
    total, _ = p.ingest(p.write('real.eml', signed))
    assert total['accepted'] == 1, total
    p.check([real])
    total, _ = p.ingest(p.write('again.eml', signed), p.write('byhand.xml', real.xml()))
    assert total['duplicate'] == 2, total
    broken = sign(made.Report(rng, 'two', 5).mail()).replace(b'Subject: Report', b'Subject: report')
    assert p.ingest(p.write('broken.eml', broken), status=1)[0]['unauthenticated'] == 1
    other = sign(made.Report(rng, 'three', 5, org='other.test').mail())  # signed by a stranger to the author
    assert p.ingest(p.write('other.eml', other), status=1)[0]['unauthenticated'] == 1
    p.check([real])


@case
def a_setting_counts_them_all_the_same(p):
    reports = made.make(7, 3)
    p.set = ['intake.unauthenticated=count']
    p.incoming(reports, ('eml',))
    p.once()
    p.check(reports)


# ---- sceau-reportd ----


@case
def folders_and_maildirs(p):
    reports = made.make(8, 9)
    p.set = [f'intake.folders={p.root}/drop {p.root}/md', 'intake.unauthenticated=count']
    for n, r in enumerate(reports[:3]):
        p.write(f'drop/{n}.xml', r.xml())
    p.write('drop/half.xml.part', b'<feed')
    p.write('drop/none.txt', b'nothing here\n')
    p.write('md/new/a.M1.host', reports[3].mail())
    p.write('md/cur/b.M2.host:2,', reports[4].mail())
    p.write('md/cur/c.M3.host:2,S', reports[5].mail())  # was read before
    p.write('md/new/d.M4.host', b'From: a@b.test\nSubject: lunch\n\nhello\n')
    p.incoming(reports[6:])
    p.once()
    p.check(reports[:5] + reports[6:])
    assert sorted(os.listdir(f'{p.root}/drop')) == ['done', 'half.xml.part', 'refused'] and os.listdir(f'{p.root}/drop/refused') == ['none.txt']
    assert os.listdir(f'{p.root}/md/new') == []
    assert sorted(os.listdir(f'{p.root}/md/cur')) == ['a.M1.host:2,S', 'b.M2.host:2,S', 'c.M3.host:2,S', 'd.M4.host:2,FS']
    assert sorted(os.listdir(f'{p.state}/incoming')) == ['done'] and len(os.listdir(f'{p.state}/incoming/done')) == 3


@case
def killed_at_any_call_nothing_is_lost_or_counted_twice(p):
    """SIGKILL at the n-th write, sync, rename of the process that writes the store, for every n until it gets through."""
    reports = made.make(9, 6, 3)
    for call in ('sendto', 'recvfrom', 'renameat2') if served.is_server() else ('pwrite64', 'fdatasync', 'renameat2', 'sendmsg'):
        for n in [*range(1, 12, 3), *range(12, 2000, 37)] if served.is_server() else [*range(1, 12), *range(12, 2000, 9)]:
            shutil.rmtree(p.state, ignore_errors=True)
            served.forget(p.state)
            p.incoming(reports)
            done = p.once(status=None, extra=['strace', '-qq', '-o', '/dev/null', '-e', f'trace={call}', '-e', f'inject={call}:signal=KILL:when={n}'])
            left = len([x for x in os.listdir(os.path.join(p.state, 'incoming')) if x[0] == '0'])
            if done.returncode >= 0 and left == 0:  # it got through; sanitizers find no leaks under strace, and complain
                break
            p.once()
            try:
                p.check(reports)
            except AssertionError as error:
                raise AssertionError(f'killed at {call} {n}: {error}')
        p.check(reports)


@case
def a_full_disk_loses_nothing(p):
    if served.is_server():
        return  # its disk is another one
    reports = made.make(10, 40)
    p.incoming(reports)
    p.once(status=None, extra=['prlimit', '--fsize=300000'])
    left = os.listdir(os.path.join(p.state, 'incoming'))
    assert len([x for x in left if x[0] == '0']) > 0, 'the disk was not full'
    p.once()
    p.check(reports)


@case
def a_daemon_takes_what_comes_and_stops_when_told(p):
    reports = made.make(11, 5)
    daemon = subprocess.Popen([REPORTD, '--state', p.state, '--dns', p.zone, '--now', str(made.NOW), '--config', '/dev/null',
                               '--set', 'store.url=' + served.place(p.state)], stderr=subprocess.PIPE)
    assert daemon.stderr.readline() == b'ready\n'
    second = p.run(REPORTD, status=75)
    assert b'another sceau-reportd' in second.stderr, second.stderr
    p.incoming(reports)
    done = os.path.join(p.state, 'incoming', 'done')
    end = time.time() + 60
    while time.time() < end and not (os.path.isdir(done) and len(os.listdir(done)) == 5):
        time.sleep(.1)
    daemon.terminate()
    assert daemon.wait(30) == 0
    p.check(reports)


@case
def two_daemons_on_one_server(p):
    """Both take what comes to them, each report counts once, and one does the shared work; when it ends the other does."""
    if not served.is_server():
        return
    daemons = []
    try:
        two_daemons(p, daemons)
    finally:
        for daemon in daemons:
            daemon.kill()
            daemon.wait()


def two_daemons(p, daemons):
    reports = made.make(18, 24)
    url, root = served.place(p.state), p.root

    def start(name):
        with open(f'{root}/{name}.log', 'ab') as log:
            return subprocess.Popen([REPORTD, '--state', f'{root}/{name}', '--dns', p.zone, '--now', str(made.NOW), '--config', '/dev/null',
                                     '--set', 'store.url=' + url], stdout=log, stderr=log)
    for name, taken in (('one', reports[:16]), ('two', reports[8:])):  # eight came to both
        p.state = os.path.join(root, name)
        p.incoming(taken)
        path = p.write(f'{name}/journal/{name}-1-1', segment(30, made.NOW))
        os.utime(path, (made.NOW, made.NOW))
        daemons.append(start(name))
    p.state = os.path.join(root, 'state')

    def until(what, seconds=60):
        end = time.time() + seconds
        while not what():
            assert time.time() < end, [open(f'{root}/{x}.log').read() for x in ('one', 'two')] + [p.ask('SELECT * FROM lease')]
            time.sleep(.2)
    until(lambda: all(os.path.isdir(f'{root}/{x}/incoming/done') and len(os.listdir(f'{root}/{x}/incoming/done')) == 16
                      for x in ('one', 'two')))
    p.check(reports)
    until(lambda: p.ask('SELECT count(*), sum(count) FROM observation') == [(1, 60)])
    until(lambda: p.ask('SELECT count(*) FROM worker') == [(2,)])
    holders = p.ask('SELECT DISTINCT holder FROM lease')
    assert p.ask('SELECT count(*) FROM lease') == [(6,)] and all(x[0] for x in holders), holders
    until(lambda: p.ask('SELECT sum(waiting) FROM worker') == [(0,)])  # each says so every ten seconds
    done = subprocess.run([SCEAU, 'status', '--json', '--state', f'{root}/one', '--config', '/dev/null', '--set', 'store.url=' + url],
                          capture_output=True, text=True, timeout=60)
    hosts = json.loads(done.stdout)['hosts']
    assert len(hosts) == 2 and sorted(' '.join(x['leases'] for x in hosts).split()) == [
        'check', 'enrich', 'findings', 'pack', 'records', 'retain'], hosts
    assert all(x['version'] and x['journal_waiting'] == 0 for x in hosts), hosts
    done = subprocess.run([SCEAU, 'doctor', '--json', '--only', 'store.answers', '--dns', p.zone, '--state', f'{root}/one', '--config',
                           '/dev/null', '--set', 'store.url=' + url], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)['outcome'] == 'ok', done.stdout
    # One that was killed has an heir in its state directory: nobody waits for its leases, nor sees it twice.
    for daemon in daemons:
        daemon.kill()
        daemon.wait(30)
    began, gone = time.time(), [x[0] for x in p.ask('SELECT holder FROM worker')]
    daemons[:] = [start('one'), start('two')]
    until(lambda: not {x[0] for x in p.ask('SELECT holder FROM worker')} & set(gone))
    until(lambda: p.ask('SELECT count(*) FROM lease WHERE holder IN (SELECT holder FROM worker)') == [(len(p.ask('SELECT name FROM lease')),)])
    assert time.time() - began < 60
    until(lambda: p.ask('SELECT count(*) FROM worker') == [(2,)])
    daemons[0].terminate()
    assert daemons[0].wait(30) == 0
    left = p.ask('SELECT holder FROM worker')
    assert len(left) == 1, left
    until(lambda: p.ask('SELECT DISTINCT holder FROM lease') == left)
    daemons[1].terminate()
    assert daemons[1].wait(30) == 0
    assert p.ask('SELECT DISTINCT holder FROM lease') == [('',)]
    assert p.ask('SELECT holder, seen FROM worker') == [], (left, p.ask('SELECT * FROM worker'))
    p.check(reports)


@case
def a_host_that_cannot_leaves_it_to_others(p):
    """The first host is not set up for reports: the second builds them. A mailbox that fails there is nobody's for a while."""
    if not served.is_server():
        return
    daemons, password = [], p.write('password', b'x')
    setting = ('report.organisation=Receiver', 'report.from=dmarc@receiver.test', 'intake.imap_url=imap://127.0.0.1:1',
               'intake.imap_plain=yes', 'intake.imap_user=x', 'intake.imap_password_file=' + password)

    def holders():
        return dict(p.ask('SELECT name, holder FROM lease'))

    def until(what):
        end = time.time() + 40
        while not what():
            assert time.time() < end, (holders(), [open(f'{p.root}/{x}.log').read() for x in ('one', 'two')])
            time.sleep(.2)
    try:
        for name, settings in (('one', ()), ('two', setting)):
            with open(f'{p.root}/{name}.log', 'wb') as log:
                daemons.append(subprocess.Popen(
                    [REPORTD, '--state', f'{p.root}/{name}', '--dns', p.zone, '--now', str(made.NOW), '--config', '/dev/null',
                     *(word for x in ('store.url=' + served.place(p.state), *settings) for word in ('--set', x))], stdout=log, stderr=log))
            if name == 'one':
                open(f'{p.root}/two.log', 'wb').close()
                until(lambda: b'ready' in open(f'{p.root}/one.log', 'rb').read() and 'retain' in holders())
                assert not {'alerts', 'build', 'certificates', 'mailbox'} & set(holders()), holders()
        until(lambda: holders().get('mailbox') == '' and holders().get('build'))
        with open(f'{p.root}/two/reportd.lock') as lock:
            assert holders()['build'] == lock.read(), holders()
    finally:
        for daemon in daemons:
            daemon.kill()
            daemon.wait()


@case
def a_server_that_goes_away_and_comes_back(p):
    """The journal waits, nothing is lost or counted twice, and who was connected finds the server again."""
    if not served.is_server():
        return
    url = served.place(p.state)
    socket = os.path.join(served.URL.split('host=')[1], '.s.PGSQL.5432')

    def fold(name):
        path = p.write(f'state/journal/{name}', segment(10, made.NOW))
        os.utime(path, (made.NOW, made.NOW))

    def until(what):
        end = time.time() + 90
        while not what():
            assert time.time() < end, open(p.root + '/log').read()
            time.sleep(.2)
    fold('mx.test-1-1')
    with open(p.root + '/log', 'wb') as log:
        daemon = subprocess.Popen([REPORTD, '--state', p.state, '--dns', p.zone, '--now', str(made.NOW), '--config', '/dev/null',
                                   '--set', 'store.url=' + url], stderr=log)
    until(lambda: served.psql(url, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'worker' AND table_schema = "
                                   "current_schema()") == '1\n' and p.ask('SELECT sum(count) FROM observation') == [(10,)])
    os.rename(socket, socket + '.away')
    try:
        lost = subprocess.run(['psql', '-X', '-q', '-A', '-t', served.URL + '&port=5432'], input='', text=True, stderr=subprocess.DEVNULL)
        assert lost.returncode != 0, 'the server can still be reached'
        os.link(socket + '.away', os.path.dirname(socket) + '/.s.PGSQL.5433')
        served.psql(served.URL + '&port=5433', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sceau'")
        fold('mx.test-1-2')
        until(lambda: 'No such file' in open(p.root + '/log').read())
        done = p.run(SCEAU, 'report', 'today', status=75)
        assert b'No such file' in done.stderr, done.stderr
    finally:
        os.rename(socket + '.away', socket)
    until(lambda: p.ask('SELECT sum(count) FROM observation') == [(20,)])
    daemon.terminate()
    assert daemon.wait(30) == 0


@case
def a_journal_that_waits_is_told_without_a_store(p):
    """A daemon that starts while its server is away waits for it, and tells by log and command that the journal does; then it is folded."""
    if not served.is_server():
        return
    url = served.place(p.state)
    socket = os.path.join(served.URL.split('host=')[1], '.s.PGSQL.5432')
    told = p.root + '/told'
    sets = ['--config', '/dev/null', '--set', 'store.url=' + url, '--set', 'alert.journal=1s']

    def until(what):
        end = time.time() + 90
        while not what():
            assert time.time() < end, open(p.root + '/log').read()
            time.sleep(.2)

    def ask(*args):
        done = subprocess.run([SCEAU, *args, '--state', p.state, *sets], capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)

    def start():
        with open(p.root + '/log', 'wb') as log:
            return subprocess.Popen([REPORTD, '--state', p.state, '--dns', p.zone, *sets, '--set', 'alert.command=/usr/bin/tee -a ' + told],
                                    stdout=log, stderr=log)
    p.once()
    daemon = None
    os.rename(socket, socket + '.away')
    try:
        size = os.path.getsize(p.write('state/journal/mx.test-1-1', segment(10, int(time.time()))))  # of today: what is old goes at once
        os.symlink(p.root + '/nowhere', p.state + '/journal.told')  # it cannot be written
        time.sleep(2.1)  # the segment has waited too long at the first look
        daemon = start()
        until(lambda: os.path.exists(told) and os.path.getsize(told) > 0)
        one = os.path.getsize(told)
        time.sleep(3.5)  # it looks again after 1 and 2 seconds
        assert os.path.getsize(told) == one and open(p.root + '/log').read().count('journal.told: ') == 1, open(p.root + '/log').read()
        daemon.kill()
        daemon.wait()
        os.unlink(p.state + '/journal.told')
        os.unlink(told)
        daemon = start()
        until(lambda: os.path.exists(told) and os.path.getsize(told) > 0)
        until(lambda: 'warning: the journal waits: %d octets in 1 segments' % size in open(p.root + '/log').read())
        letter = json.loads(open(told).read())
        assert 'has waited for' in json.dumps(letter) and 'journal-waits' in json.dumps(letter), letter
        status = ask('status', '--json')
        assert status['journal']['waiting'] == size and status['journal']['segments'] == 1, status
        assert any('waits to be folded' in t['what'] for t in status['todo']), status
        assert ask('doctor', '--json', '--only', 'journal.folded', '--dns', p.zone)['outcome'] == 'warning'
        assert 'ready' not in open(p.root + '/log').read()
        os.rename(socket + '.away', socket)
        until(lambda: p.ask('SELECT sum(count) FROM observation') == [(10,)])
        until(lambda: ask('status', '--json')['journal'] == {'waiting': 0, 'segments': 0, 'oldest_seconds': 0, 'limit': 4294967296})
        assert os.path.exists(p.state + '/journal.told')  # no second letter today
        daemon.terminate()
        assert daemon.wait(30) == 0
    finally:
        if os.path.exists(socket + '.away'):
            os.rename(socket + '.away', socket)
        if daemon is not None:
            daemon.kill()
            daemon.wait()
    assert p.once() and not os.path.exists(p.state + '/journal.told')


@case
def another_version_is_left_alone(p):
    p.once()
    with p.db() as db:
        newest = int(db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0])
        db.execute("UPDATE meta SET value = '999' WHERE name = 'version'")
    for done in (p.once(status=75), p.run(SCEAU, 'report', 'ingest', '-', data=made.make(12, 1)[0].xml(), status=75)):
        assert b'version 999' in done.stderr and b'sceau %d' % newest in done.stderr, done.stderr


FAILURE = (b'From: r@reporter.test\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: '
           b'message/feedback-report\n\nFeedback-Type: auth-failure\nUser-Agent: u\nVersion: 1\nAuth-Failure: dmarc\nAuthentication-Results: x; '
           b'dmarc=fail\nIdentity-Alignment: spf\nReported-Domain: example.org\nSource-IP: 192.0.2.9\n--b\nContent-Type: text/rfc822-headers\n\n'
           b'From: "Secret Person" <secret@example.org>\nTo: other.secret@example.net\nSubject: hello secret@example.org\nMessage-ID: <secret.1@x.test>\n\n--b--\n')


@case
def what_is_too_old_goes(p):
    reports = made.make(13, 8)
    p.set = ['store.keep_rows=10d', 'store.keep_totals=40d', 'store.keep_failures=3d']
    p.incoming(reports)
    p.ingest(p.write('f.eml', FAILURE), '--trust')
    p.once()
    p.check(reports)
    assert p.ask('SELECT count(*) FROM failure') == [(1,)]
    p.once(now=made.NOW + 4 * made.DAY)
    assert p.ask('SELECT count(*) FROM failure') == [(0,)] and p.ask('SELECT count(*) FROM report_pack')[0][0] > 0
    p.once(now=made.NOW + 11 * made.DAY)
    assert p.ask('SELECT count(*) FROM report_pack') == [(0,)] and p.ask('SELECT count(*) FROM report_raw') == [(0,)]
    assert p.ask(f'SELECT sum(count) FROM {made.DAY_IP}') == [(sum(x[1] for r in reports for x in r.records),)]
    p.once(now=made.NOW + 60 * made.DAY)
    for table in ('report', 'week_ip', 'week_pack', 'week_changed', 'day_total', 'day_reporter', 'day_key', 'day_pair', 'day_policy', 'seen', 'selector_seen', 'intake'):
        assert p.ask(f'SELECT count(*) FROM {table}') == [(0,)], table


@case
def a_round_that_takes_long_gives_signs_of_life(p):
    """Not behind all of its steps: the service manager would end it amid them, for ever."""
    path = os.path.join(p.root, 'notify')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.setblocking(False)
        p.once(extra=('env', f'NOTIFY_SOCKET={path}', 'WATCHDOG_USEC=600000000'))
        assert manager.recv(200) == b'WATCHDOG=1'


@case
def who_else_signs_names_a_source(p):
    """By address: [(messages, who signs, result)] of each report; the signer that is kept; the source's name; why."""
    table = [
        ('192.0.2.1', [[(9, 'amazonses.com', 'pass')]], 'amazonses.com', 'ses', 'a service signs in its own name'),
        ('192.0.2.17', [[(3, 'sendgrid.net', 'pass'), (5, 'example.org', 'pass')]], '', '192.0.2.0/24', 'most of it is signed by the domain'),
        ('198.51.100.1', [[(9, 'example.org', 'pass')], [(12, 'bulk.test', 'pass')]], 'bulk.test', 'bulk.test', 'of two reports the larger'),
        ('198.51.100.65', [[(4, 'a.test', 'pass')], [(3, 'b.test', 'pass')], [(2, 'a.test', 'pass')]], 'a.test', 'a.test', 'of three reports'),
        ('203.0.113.1', [[(9, 'amazonses.com', 'fail')]], '', '203.0.113.0/24', 'a signature that does not pass proves nothing'),
        ('203.0.113.129', [[(9, 'news.example.org', 'pass')]], '', '203.0.113.0/24', 'below the domain it is its own'),
        ('2001:db8::1', [[(2, 'x y', 'pass')]], '', '2001:db8::/48', 'no domain can be that'),
    ]
    rng, files = random.Random(3), []
    for n in range(3):
        report = made.Report(rng, f'signed-{n}', 1)
        report.records = [(ip, count, 'none', result, 'fail', None, signer, 's')
                          for ip, reports, *_ in table if n < len(reports) for count, signer, result in reports[n]]
        files.append(p.write(f'in/{n}.xml', report.xml()))
    for state, calls in (('each', [[x] for x in files]), ('together', [files])):
        p.state = os.path.join(p.root, state)
        for call in calls:
            p.ingest(*call)
        kept = {bytes(ip): signer for ip, signer in p.ask('SELECT ip, signer FROM seen')}
        lines = p.run(SCEAU, 'report', 'sources', 'example.org', '--days', '3000', '--json').stdout.splitlines()
        sources = {s['source']: s for s in map(json.loads, lines)}
        for ip, reports, signer, source, why in table:
            assert kept[made.packed(ip)] == signer, (state, why, kept)
            assert source in sources, (state, why, sorted(sources))


@case
def weeks_that_are_packed_say_what_their_rows_say(p):
    """A late report, and one whose reporter is ignored, are seen at once, whatever was packed before."""
    rng = random.Random(11)
    reports = [made.Report(rng, n, 40) for n in range(3)] + [made.Report(rng, 'week', 30, days=7, begin=1767225600 - 6 * made.DAY)]
    late = made.Report(rng, 'late', 40, org='late.test')

    def sent(reports):
        lines = p.run(SCEAU, 'report', 'sources', 'example.org', '--days', '90', '--json').stdout.splitlines()
        assert sum(json.loads(line)['messages'] for line in lines) == sum(x[1] for r in reports for x in r.records)
    p.incoming(reports)
    p.once()
    sent(reports)
    assert p.ask('SELECT count(*) FROM week_pack') == [(0,)], 'they have not come to rest'
    p.once(now=made.NOW + 3600)
    packs = p.ask('SELECT count(*) FROM week_pack')[0][0]
    assert packs > 0 and p.ask('SELECT count(*) FROM week_changed') == [(0,)]
    sent(reports)
    p.ingest(p.write('late.xml', late.xml()))
    assert p.ask('SELECT count(*) FROM week_pack')[0][0] < packs
    sent(reports + [late])
    p.once(now=made.NOW + 7200)
    assert p.ask('SELECT count(*) FROM week_pack') == [(packs,)]
    sent(reports + [late])
    p.run(SCEAU, 'report', 'ignore', 'late.test')
    sent(reports)


def segment(messages, at):
    """A journal segment of messages from news.example.org, as sceau-milter writes it."""
    octets = b''
    for n in range(messages):
        fields = [(1, struct.pack('>Q', (at + n) * 1000000)), (2, b'mx.test'), (4, struct.pack('>Q', n)), (6, b'\xc0\x00\x02\x01'),
                  (11, b'news.example.org'), (20, b'\x01'), (27, b'example.org'), (28, b'v=DMARC1; p=none')]
        payload = b'\x01\x01' + b''.join(struct.pack('>BH', number, len(value)) + value for number, value in fields)
        head = struct.pack('>I', len(payload))
        octets += b'SJ01' + head + struct.pack('>I', zlib.crc32(head + payload)) + payload
    return octets


@case
def a_reporter_that_is_ignored_and_counts_again(p):
    """The roll-ups without it are those of a store that never had it; undone, those of one that always had."""
    def rolled():
        with p.db() as db:
            rolled = {table: sorted(db.execute('SELECT * FROM ' + table).fetchall())
                      for table in ('week_ip', 'day_total', 'day_key', 'day_pair', 'day_policy', 'selector_seen')}
            rolled['seen'] = sorted(db.execute('SELECT policy_domain, ip, first_day, last_day FROM seen').fetchall())
            return rolled

    def heard():
        return p.ask("SELECT reporter_name, sum(messages) FROM day_reporter GROUP BY reporter_name ORDER BY reporter_name")
    rng, state = random.Random(9), p.state
    kept = [made.Report(rng, n, 120) for n in range(8)] + [made.Report(rng, 'week', 60, days=7, begin=1767225600 - 6 * made.DAY)]
    bad = [made.Report(rng, n, 90, org='bad.test') for n in range(5)]
    # Of 90 pairs of an address 64 count: the others, which somebody else tells of, are not taken back.
    pairs = [[('192.0.2.99', 5, 'none', 'pass', 'pass', None, 'example.org', f's{n:02}') for n in part] for part in (range(60, 90), range(90))]
    kept.append(made.Report(rng, 'pairs', 1))
    bad.append(made.Report(rng, 'pairs', 1, org='bad.test'))
    kept[-1].records, bad[-1].records = pairs
    bad += [made.Report(rng, 'week', 70, org='bad.test', days=7, begin=1767225600 - 6 * made.DAY),
            made.Report(rng, 'other', 9, org='bad.test', domain='example.net')]
    files = {id(r): p.write(f'in/{r.org}-{r.number}.xml', r.xml()) for r in kept + bad}
    worlds = {}
    for name, reports in (('kept', kept), ('all', kept + bad)):
        p.state = os.path.join(p.root, name)
        p.ingest(*(files[id(r)] for r in reports))
        worlds[name] = rolled()
    p.state = state
    p.ingest(*(files[id(r)] for r in kept + bad[:-2]))
    assert p.ask("SELECT count(*) FROM seen WHERE votes <> 0") != [(0,)]
    p.run(SCEAU, 'report', 'ignore', 'bad.test', '--note', 'counts twice')
    assert rolled() == worlds['kept'], 'as if it had never been'
    assert p.ask("SELECT count(*) FROM seen WHERE votes <> 0") == [(0,)], 'a majority that it had a part in'
    p.ingest(*(files[id(r)] for r in bad[-2:]))
    assert rolled() == worlds['kept'], 'what comes meanwhile does not count either'
    assert heard()[0] == ('bad.test', sum(x[1] for r in bad for x in r.records)), 'its own line stays'
    lines = [json.loads(x) for x in p.run(SCEAU, 'report', 'reporters', '--json', '--days', '60').stdout.splitlines()]
    assert {x['reporter']: x['ignored'] for x in lines} == {'bad.test': True, 'reporter.test': False}, lines
    p.run(SCEAU, 'report', 'ignore', 'bad.test')
    p.run(SCEAU, 'report', 'ignore', 'bad.test', '--undo')
    assert rolled() == worlds['all'], 'as it was'
    assert p.ask('SELECT count(*) FROM report WHERE counted = 0') == [(0,)]


@case
def three_ignore_a_reporter_at_once(p):
    """Each report is taken away once, and comes back once: who is not the first finds in his transaction what is left to do."""
    rng = random.Random(19)
    reports = [made.Report(rng, n, 200, org='other.test' if n % 2 else 'reporter.test') for n in range(260)]
    p.ingest(*(p.write(f'in/{n:03}.xml', r.xml()) for n, r in enumerate(reports)))
    for undone in ([], ['--undo']):
        words = [SCEAU, 'report', 'ignore', 'other.test', *undone, *p.words()]
        all_three = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(3)]
        for process in all_three:
            _, told = process.communicate(timeout=60)
            assert process.returncode == 0, told
    p.check(reports)


@case
def a_journal_is_folded_once_and_kept_as_long_as_it_says(p):
    p.set = ['store.keep_journal=5d']
    path = p.write('state/journal/mx.test-1-1', segment(30, made.NOW) + b'SJ01torn')
    os.utime(path, (made.NOW, made.NOW))
    for _ in range(2):
        p.once()
        assert p.ask('SELECT header_from, sum(count) FROM observation GROUP BY header_from') == [('news.example.org', 30)]
        assert p.ask('SELECT name, records FROM segment') == [('mx.test-1-1', 30)]
    assert os.path.exists(path)
    p.once(now=made.NOW + 6 * made.DAY)
    assert not os.path.exists(path) and p.ask('SELECT sum(count) FROM observation') == [(30,)]
    p.write('state/journal/mx.test-1-1', segment(30, made.NOW))  # as if it had been put back
    p.once()
    assert p.ask('SELECT sum(count) FROM observation') == [(30,)]


@case
def the_store_is_where_the_configuration_says(p):
    p.set = ['store.url=' + (served.place(p.root) if served.is_server() else f'sqlite:{p.root}/elsewhere.db')]
    p.ingest('-', data=made.make(14, 1)[0].xml())
    assert served.is_server() or os.path.exists(f'{p.root}/elsewhere.db') and not os.path.exists(f'{p.state}/store.db')
    p.set = ['store.url=mysql:x']
    assert b'only sqlite:FILE' in p.run(SCEAU, 'report', 'ingest', '-', data=b'x', status=65).stderr


@case
def what_a_server_asks_for_and_what_it_says(p):
    """A password, from its file alone; a server that does not answer."""
    if not served.is_server():
        return
    report = made.make(17, 1)[0].xml()
    served.psql(served.URL, "CREATE USER guarded PASSWORD 'right one'; CREATE SCHEMA AUTHORIZATION guarded")
    folder = os.path.dirname(served.psql(served.URL, 'SHOW hba_file').strip())
    with open(folder + '/pg_hba.conf', 'r+') as f:
        rest = f.read()
        f.seek(0)
        f.write('local all guarded scram-sha-256\n' + rest)
    served.psql(served.URL, 'SELECT pg_reload_conf()')
    time.sleep(.3)
    guarded = served.URL.replace('postgres@', 'guarded@')
    with open(p.root + '/password', 'w') as f:
        f.write('right one\n')
    with open(p.root + '/wrong', 'w') as f:
        f.write('left one\n')
    for settings, status, said in (
            ([f'store.url={guarded}'], 75, b'password'),
            ([f'store.url={guarded}', f'store.password_file={p.root}/wrong'], 75, b'password authentication failed'),
            ([f'store.url={guarded}', f'store.password_file={p.root}/none'], 65, b'No such file'),
            ([f'store.url={guarded.replace("guarded@", "guarded:secret@")}'], 65, b'store.password_file'),
            ([f'store.url={guarded}', f'store.password_file={p.root}/password'], 0, b''),
            (['store.url=postgresql://u@127.0.0.1:1/x'], 75, b'refused'),
            ([f'store.url={served.URL}&sslmod=x'], 65, b'sslmod')):
        p.set = settings
        done = p.run(SCEAU, 'report', 'ingest', '-', data=report, status=status)
        assert said in done.stderr, (settings, done.stderr)
        assert b'right one' not in done.stderr and b'secret' not in done.stderr, done.stderr
    assert served.psql(served.URL, 'SELECT count(*) FROM guarded.report') == '1\n'


@case
def a_report_of_a_failure_keeps_no_local_part(p):
    p.ingest(p.write('f.eml', FAILURE), '--trust')
    rows = p.ask('SELECT domain, policy_domain, header, auth_failure FROM failure')
    assert len(rows) == 1 and rows[0][:2] == ('example.org', 'example.org') and rows[0][3] == 'dmarc', rows
    assert 'secret' not in rows[0][2] and '*@example.org' in rows[0][2], rows


# Texts of strangers that stand in a key or an index, and their octets: a row of an index has room for 2,704 on PostgreSQL. None of
# them is a text of more than one of these; columns of a key that are not here are numbers, addresses and words of ours.
BOUNDS = {
    'report': {'key_text': 1000, 'org_name': 255, 'report_id': 512, 'policy_domain': 253},
    'week_ip': {'policy_domain': 253, 'domain': 253},
    'day_total': {'policy_domain': 253, 'domain': 253},
    'day_reporter': {'policy_domain': 253, 'reporter_name': 255},
    'day_key': {'policy_domain': 253, 'signer': 253, 'selector': 253, 'reporter_name': 255},
    'selector_seen': {'policy_domain': 253, 'selector': 253},
    'day_pair': {'policy_domain': 253, 'domain': 253, 'envelope_from': 253, 'signer': 253, 'selector': 253},
    'seen': {'policy_domain': 253},
    'day_policy': {'policy_domain': 253, 'pct': 253},
    'week_changed': {'policy_domain': 253},
    'tls_day': {'domain': 253, 'policy_type': 32, 'organization': 255, 'mx': 253, 'result_type': 64},
    'failure': {'policy_domain': 253},
}


def long_text(rng):
    """4,000 octets that no index can compress, in characters of one, two and three."""
    return ''.join(rng.choice('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~\u00e9\u4e2d') for _ in range(3800))


def reports_of_the_longest(rng):
    """An aggregate report, one of TLS and one of a failure, each text in them as long as can be."""
    def element(name, text=None):
        return f'<{name}>{text or long_text(rng)}</{name}>'
    report = (f'<feedback><report_metadata>{element("org_name")}<email>dmarc@reporter.test</email>{element("report_id")}<date_range><begin>1767225600</begin>'
              f'<end>1767311999</end></date_range></report_metadata><policy_published>{element("domain")}<p>none</p>{element("pct")}{element("fo")}'
              '</policy_published>' + ''.join(
                  '<record><row><source_ip>192.0.2.9</source_ip><count>7</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim>'
                  f'<spf>fail</spf></policy_evaluated></row><identifiers>{element("header_from")}{element("envelope_from")}{element("envelope_to")}'
                  f'</identifiers><auth_results><dkim>{element("domain", signer)}{element("selector")}<result>pass</result></dkim><spf>'
                  f'{element("domain")}<scope>mfrom</scope><result>pass</result></spf></auth_results></record>'
                  for signer in ('mailer.test', None)) + '</feedback>').encode()
    tls = json.dumps({'organization-name': long_text(rng), 'report-id': long_text(rng), 'contact-info': long_text(rng), 'date-range': {
        'start-datetime': '2026-01-01T00:00:00Z', 'end-datetime': '2026-01-01T23:59:59Z'}, 'policies': [{'policy': {
            'policy-type': long_text(rng), 'policy-domain': long_text(rng), 'mx-host': long_text(rng)}, 'summary': {
                'total-successful-session-count': 5, 'total-failure-session-count': 3}, 'failure-details': [{
                    'result-type': long_text(rng), 'receiving-mx-hostname': long_text(rng), 'failed-session-count': 3}]}]}).encode()
    failure = FAILURE.replace(b'Reported-Domain: example.org', b'Reported-Domain: ' + long_text(rng).encode() + b'\xff\nReporting-MTA: dns; ' +
                              bytes(rng.randrange(128, 256) for _ in range(4000)))
    return report, tls, failure


@case
def the_longest_of_everything_has_room_in_every_index(p):
    rng = random.Random(18)
    good = made.make(19, 3)
    report, tls, failure = reports_of_the_longest(rng)
    p.incoming(good)
    for name, octets in (('0000-long.xml', report), ('0001-long.json', tls), ('0002-long.eml', failure)):
        p.write('state/incoming/' + name, octets)
    p.set = ['intake.unauthenticated=count']
    p.once()
    assert p.ask('SELECT outcome, count(*) FROM intake GROUP BY 1 ORDER BY 1') == [('accepted', 4), ('repaired', 2)], p.ask('SELECT name, outcome, detail FROM intake')
    for table, columns in BOUNDS.items():
        for column, bound in columns.items():
            longest = max(len(row[0].encode()) for row in p.ask(f'SELECT {column} FROM {table}'))
            assert 0 < longest <= bound, (table, column, longest, bound)
    raw = p.ask("SELECT octets FROM report_raw WHERE name = '0000-long.xml'")
    assert raw == [(report,)], 'the document is whole'
    once = p.ask('SELECT count(*) FROM report')
    p.write('state/incoming/again.xml', report)
    p.once()
    assert p.ask('SELECT count(*) FROM report') == once and p.ask("SELECT outcome FROM intake WHERE name = 'again.xml'") == [('duplicate',)]


# What the store refuses at once, and what it does when the sums of all reports are written, before the commit: (SQLite, PostgreSQL).
POISON = {
    'report': ("CREATE TRIGGER poisoned BEFORE INSERT ON report WHEN new.report_id LIKE 'r-poison%' BEGIN SELECT RAISE(ABORT, 'poisoned'); END",
               "ALTER TABLE report ADD CONSTRAINT poisoned CHECK (report_id NOT LIKE 'r-poison%')"),
    'sums': ("CREATE TRIGGER poisoned BEFORE INSERT ON day_key WHEN new.selector = 'poison' BEGIN SELECT RAISE(ABORT, 'poisoned'); END",
             "ALTER TABLE day_key ADD CONSTRAINT poisoned CHECK (selector <> 'poison')"),
}


def poison(p, where):
    """A store that does not take reports of one kind, for a reason that nobody has thought of; and such reports."""
    p.ingest(p.write('first.xml', made.make(20, 1)[0].xml()))
    with p.db() as db:
        db.execute(POISON[where][served.is_server()])
    bad = [made.Report(random.Random(21 + n), f'poison-{n}', 3) for n in range(3)]
    for report in bad if where == 'sums' else ():
        report.records = [x[:-1] + ('poison',) for x in report.records]
    return bad


@case
def what_the_store_does_not_take_holds_up_nobody(p):
    """In a folder of one batch, and in an mbox with others: each such file is refused, with the store's words, and the rest is taken, once."""
    for where in POISON:
        p.state = os.path.join(p.root, where)
        held_up_by_nobody(p, poison(p, where))


def held_up_by_nobody(p, bad):
    first, good = made.make(20, 1), made.make(22, 8)
    p.set = ['intake.unauthenticated=count']
    p.incoming(good[:3] + bad[:1] + good[3:5])
    p.write(f'{p.state}/incoming/9.mbox', b''.join(b'From a@b Thu Jan  1 00:00:00 2026\n' + r.mail() + b'\n' for r in (good[5], bad[1], good[6], bad[2], good[7])))
    p.once()
    p.check(first + good)
    refused = p.ask("SELECT name, detail FROM intake WHERE outcome = 'refused' ORDER BY name")
    assert [x[0] for x in refused] == ['0003.xml', '9.mbox', '9.mbox'], refused
    assert all(x[1].startswith('the store does not take it: ') and 'poisoned' in x[1] for x in refused), refused
    assert os.listdir(f'{p.state}/incoming/refused') == ['0003.xml'] and len(os.listdir(f'{p.state}/incoming/done')) == 6
    assert p.ask("SELECT count(*) FROM intake WHERE outcome = 'accepted'") == [(9,)]


@case
def what_the_store_does_not_take_is_told_by_the_command(p):
    """Each file has one line, and sums are of what is in the store: nothing of what was taken back."""
    for where in POISON:
        p.state = os.path.join(p.root, where)
        told_by_the_command(p, poison(p, where))


def told_by_the_command(p, bad):
    first, good = made.make(20, 1), made.make(23, 6)
    files = [p.write(f'in/{n}.xml', r.xml()) for n, r in enumerate(good[:3] + bad[:1] + good[3:] + bad[1:2])]
    total, lines = p.ingest(*files, status=65)
    assert total['accepted'] == 6 and total['refused'] == 2 and total['files'] == 8 and total['messages'] == sum(x[1] for r in good for x in r.records), total
    assert [x['file'] for x in lines] == files, lines
    assert [x['outcome'] for x in lines] == 3 * ['accepted'] + ['refused'] + 3 * ['accepted'] + ['refused'], lines
    assert lines[3]['reason'] == 'the store does not take it', lines
    total, _ = p.ingest('-', data=bad[2].xml(), status=65)
    assert total['refused'] == 1 and total['accepted'] == 0, total
    p.check(first + good)


@case
def counts_that_would_run_over_are_refused(p):
    rng = random.Random(15)
    for n in range(12):
        report = made.Report(rng, f'big-{n}', 3)
        report.records = [x[:1] + (999999999999,) + x[2:] for x in report.records]
        assert p.ingest(p.write('b.xml', report.xml()), status=65)[0]['refused'] == 1
    report = made.Report(rng, 'sane', 3)
    p.ingest(p.write('s.xml', report.xml()))
    p.check([report])


@case
def what_cannot_be_read_holds_up_nobody(p):
    reports = made.make(16, 3)
    p.incoming(reports)
    os.symlink('/etc/passwd', f'{p.state}/incoming/0000-link.xml')
    os.mkfifo(f'{p.state}/incoming/0000-pipe.xml')
    p.once()
    p.check(reports)


@case
def files_that_go_or_change_before_their_turn(p):
    """They lie open for the process that reads, while the sender of the first is asked for: what counts is what is there when it is their turn."""
    before, after = made.make(31, 8), made.make(32, 1)
    files = [p.write(f'in/{n}.eml', r.mail()) for n, r in enumerate(before)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(('127.0.0.1', 0))
        server.settimeout(60)
        command = [SCEAU, 'report', 'ingest', '--json', '--trust', os.path.join(p.root, 'in'), '--state', p.state, '--config', '/dev/null',
                   '--resolver', f'127.0.0.1@{server.getsockname()[1]}', '--set', 'store.url=' + served.place(p.state)]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        query, client = server.recvfrom(512)
        os.remove(files[2])
        os.rename(p.write('new', after[0].mail()), files[4])
        server.settimeout(0.1)
        while run.poll() is None:
            if query:  # no such name
                server.sendto(query[:2] + b'\x81\x83' + query[4:], client)
            try:
                query, client = server.recvfrom(512)
            except TimeoutError:
                query = None
    lines = [json.loads(x) for x in run.stdout.read().decode().splitlines()]
    assert run.returncode == 65 and b'2.eml: No such file' in run.stderr.read(), run.returncode
    assert [x['file'] for x in lines[:-1]] == files[:2] + files[3:] and all(x['outcome'] == 'accepted' for x in lines[:-1]), lines
    p.check(before[:2] + before[3:4] + before[5:] + after)


@case
def behind_a_file_that_changed_others_are_read_ahead_as_before(p):
    """And not each by a process of its own: the one that changed costs one."""
    reports = made.make(35, 300)
    files = [p.write(f'in/{n:03}.{"xml" if n else "eml"}', r.xml() if n else r.mail()) for n, r in enumerate(reports)]
    seen = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(('127.0.0.1', 0))
        server.settimeout(60)
        run = subprocess.Popen([SCEAU, 'report', 'ingest', '--trust', os.path.join(p.root, 'in'), '--state', p.state, '--config', '/dev/null',
                                '--resolver', f'127.0.0.1@{server.getsockname()[1]}', '--set', 'store.url=' + served.place(p.state)],
                               stdout=subprocess.DEVNULL)
        query, client = server.recvfrom(512)
        os.utime(files[5])
        server.settimeout(0.001)
        while run.poll() is None:
            if query:  # no such name
                server.sendto(query[:2] + b'\x81\x83' + query[4:], client)
            with open(f'/proc/{run.pid}/task/{run.pid}/children') as f:
                seen |= set(f.read().split())
            try:
                query, client = server.recvfrom(512)
            except TimeoutError:
                query = None
    assert run.returncode == 0 and 2 <= len(seen) <= 4, (run.returncode, seen)
    p.check(reports)


@case
def two_ingest_at_once(p):
    """Into the same sums. On a server the second to commit is refused, and begins anew."""
    reports = made.make(41, 500)
    for n, r in enumerate(reports):
        p.write(f'in{n % 2}/{n:03}.xml', r.xml())
    both = [subprocess.Popen([SCEAU, 'report', 'ingest', os.path.join(p.root, f'in{n}'), *p.words()], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE) for n in range(2)]
    for process in both:
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
    p.check(reports)


@case
def what_is_refused_in_between_costs_no_other(p):
    """Those behind it were handed to the process that refused: another one reads them, and nothing comes twice."""
    good = made.make(33, 40)
    for n, r in enumerate(good):
        p.write(f'in/{n:02}.xml', r.xml())
        if n % 7 == 3:
            p.write(f'in/{n:02}b.xml', b'<feedback></broken>')
            p.write(f'in/{n:02}c.xml', b'nothing')
    total, lines = p.ingest(os.path.join(p.root, 'in'), status=65)
    assert total['accepted'] == 40 and total['refused'] == 12, total
    assert [x['outcome'] for x in lines] == ['refused' if x['file'][-5] in 'bc' else 'accepted' for x in lines], lines
    p.check(good)


@case
def the_life_of_a_tls_report(p):
    tls = json.dumps({'organization-name': 'Sender', 'report-id': 'i', 'contact-info': 'c', 'date-range': {
        'start-datetime': '2026-01-01T00:00:00Z', 'end-datetime': '2026-01-01T23:59:59Z'}, 'policies': [{'policy': {
            'policy-type': 'sts', 'policy-domain': 'Example.org', 'mx-host': 'mx.example.org'}, 'summary': {
                'total-successful-session-count': 5, 'total-failure-session-count': 3}, 'failure-details': [{
                    'result-type': 'certificate-expired', 'receiving-mx-hostname': 'mx.example.org', 'failed-session-count': 3}]}]}).encode()
    p.ingest(p.write('t.json', tls))
    assert p.ingest(p.write('t.json', tls))[0]['duplicate'] == 1
    rows = p.ask('SELECT domain, day, policy_type, organization, mx, result_type, successful, failed FROM tls_day ORDER BY mx')
    assert rows == [('example.org', 20454, 'sts', 'Sender', '', '', 5, 3),
                    ('example.org', 20454, 'sts', 'Sender', 'mx.example.org', 'certificate-expired', 0, 3)], rows


def main():
    wanted = sys.argv[4:]
    cases = [c for c in CASES if not wanted or c.__name__ in wanted]
    print(f'1..{len(cases)}')
    bad = 0
    for n, function in enumerate(cases, 1):
        root = tempfile.mkdtemp(prefix='sceau-store-')
        try:
            function(Place(root))
            print(f'ok {n} - {function.__name__.replace("_", " ")}', flush=True)
        except Exception as error:  # each case says what it met
            bad += 1
            print(f'not ok {n} - {function.__name__.replace("_", " ")}', flush=True)
            error = traceback.format_exc(limit=-1) if not str(error) else error
            print(f'# {type(error).__name__}: {error}'.replace('\n', '\n# ')[:3000], flush=True)
        finally:
            shutil.rmtree(root, ignore_errors=True)
    return 1 if bad else 0


sys.exit(main())
