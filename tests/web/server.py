#!/usr/bin/python3
"""server.py SCEAU SCEAU-WEB [NAME...]: sceau-web as a program: the way in, hostile requests, limits, roles, the end. One
TAP line a test."""
import csv, html, http.client, importlib.machinery, importlib.util, io, json, os, random, re, signal, socket, sqlite3, stat, subprocess, sys, time, urllib.parse
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
sys.path[:0] = [os.path.join(TESTS, name) for name in ('cli', 'daemon', 'store')]
import made
from tap import run_tests, served, spawn, wait_for
os.environ['ASAN_OPTIONS'] = os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'  # it reads /proc, which the confined program cannot

SCEAU, WEB = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
POLICY = ("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
          "frame-ancestors 'none'; base-uri 'none'")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost')
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Dashboard:
    """A running sceau-web and a browser's jar of one cookie."""

    def __init__(self, folder, *args, config='', listen='127.0.0.1:0', wait=True):
        self.dir, self.state = folder, os.path.join(folder, 'state')
        conf, self.log_path = os.path.join(folder, 'sceau.conf'), os.path.join(folder, 'log')
        with open(conf, 'w') as f:
            f.write(config)
        words = [WEB, '--config', conf, '--state', self.state, *served.words(self.state)] + (['--listen', listen] if listen else [])
        self.out = open(self.log_path, 'ab')
        self.p = spawn(words + list(args), stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.out)
        self.cookie, self.unix = None, listen[5:].split(',')[0] if listen and listen.startswith('unix:') else None
        if wait:
            wait_for('ready', lambda: 'ready\n' in self.log() or self.p.poll() is not None)
            assert self.p.poll() is None, self.log()
            with open(os.path.join(self.state, 'web', 'address')) as f:
                self.address = f.read()
            self.host = self.address.split('//')[1]

    def log(self):
        with open(self.log_path, errors='replace') as f:
            return f.read()

    def link(self):
        run = subprocess.run([SCEAU, 'web', 'login', '--state', self.state], capture_output=True, text=True)
        assert run.returncode == 0 and run.stderr == '', run
        return run.stdout.strip()

    def ask(self, path, method='GET', body=None, host=None, cookie=True, **fields):
        """(status, header, body)"""
        c = UnixConnection(self.unix) if self.unix else http.client.HTTPConnection(self.host, timeout=20)
        headers = {'Host': host or ('localhost' if self.unix else self.host)}
        headers.update({k.replace('_', '-'): v for k, v in fields.items()})
        if cookie and self.cookie:
            headers['Cookie'] = self.cookie
        c.request(method, path, body, headers)
        r = c.getresponse()
        octets = r.read()
        c.close()
        return r.status, r.headers, octets.decode('utf-8')

    def login(self):
        status, header, _ = self.ask(urllib.parse.urlsplit(self.link()).path + '?' +
                                     urllib.parse.urlsplit(self.link()).query)
        assert status == 303 and header['Location'] == '/', (status, header)
        self.cookie = header['Set-Cookie'].split(';')[0]
        return header['Set-Cookie']

    def token(self, page='/'):
        return re.search(r'name="token" value="([0-9a-f]{64})"', self.ask(page)[2])[1]

    def post(self, path, host=None, more={}, **form):
        return self.ask(path, 'POST', urllib.parse.urlencode(form), host,
                        **{'Content_Type': 'application/x-www-form-urlencoded', **more})

    def raw(self, octets):
        """All that is answered to these octets, until the other side closes."""
        name, port = self.host.rsplit(':', 1)
        with socket.create_connection((name, int(port)), timeout=20) as s:
            got = b''
            try:
                s.sendall(octets)
                s.shutdown(socket.SHUT_WR)
                while True:
                    part = s.recv(65536)
                    if not part:
                        return got
                    got += part
            except OSError:  # the other side had seen enough
                return got

    def stop(self, how=signal.SIGTERM):
        self.p.send_signal(how)
        status = self.p.wait(20)
        self.out.close()
        return status


def the_way_in(tmp):
    d = Dashboard(tmp)
    assert stat.S_IMODE(os.stat(os.path.join(d.state, 'web')).st_mode) == 0o700
    link = urllib.parse.urlsplit(d.link())
    assert link.scheme == 'http' and link.netloc == d.host and link.path == '/login', link
    files = [f for f in os.listdir(os.path.join(d.state, 'web')) if len(f) == 64]
    assert len(files) == 1 and files[0] not in link.query, 'the file of a link does not tell the link'
    assert stat.S_IMODE(os.stat(os.path.join(d.state, 'web', files[0])).st_mode) == 0o600
    for path in ('/', '/reports', '/settings', '/api/today', '/today.csv', '/d/example.org'):
        status, _, text = d.ask(path)
        assert status == 403 and 'sceau web login' in text and '<nav' not in text, (path, status)
    assert d.ask('/login?token=' + 'a' * 64)[0] == 403
    assert d.ask('/login?token=..%2Faddress')[0] == 403
    status, header, _ = d.ask('/login?' + link.query)
    assert status == 303 and header['Location'] == '/', status
    cookie = header['Set-Cookie']
    for word in ('HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=43200'):
        assert word in cookie, cookie
    assert d.ask('/login?' + link.query)[0] == 403, 'a link opens once'
    d.cookie = cookie.split(';')[0]
    assert d.ask('/')[0] == 200
    # Out again: a token is asked for, and the session is gone.
    token = d.token()
    assert d.post('/logout')[0] == 403 and d.post('/logout', token='0' * 64)[0] == 403
    assert d.ask('/')[0] == 200
    assert d.post('/logout', token=token)[0] == 303
    assert d.ask('/')[0] == 403
    assert d.stop() == 0
    run = subprocess.run([SCEAU, 'web', 'login', '--state', d.state], capture_output=True, text=True)
    assert run.returncode == 75 and 'does not run' in run.stderr, run


def links_end(tmp):
    """A link whose time is over opens nothing, and a session ends by web.session."""
    d = Dashboard(tmp, config='[web]\nsession = 60s\n')
    query = urllib.parse.urlsplit(d.link()).query
    folder = os.path.join(d.state, 'web')
    name = [f for f in os.listdir(folder) if len(f) == 64][0]
    with open(os.path.join(folder, name), 'w') as f:
        f.write('until %d\n' % (time.time() - 1))
    assert d.ask('/login?' + query)[0] == 403
    assert 'Max-Age=60' in d.login()
    assert d.stop(signal.SIGINT) == 0


def safe_fields(tmp):
    d = Dashboard(tmp)
    d.login()
    for path in ('/', '/static/sceau.css', '/health', '/nowhere', '/login', '/openapi.json'):
        _, header, _ = d.ask(path)
        assert header['Content-Security-Policy'] == POLICY, path
        assert header['X-Content-Type-Options'] == 'nosniff' and header['Referrer-Policy'] == 'no-referrer', path
        assert header['Cache-Control'] == ('no-cache' if path in ('/static/sceau.css', '/openapi.json') else 'no-store')
    status, header, text = d.ask('/static/sceau.css')
    assert status == 200 and header['Content-Type'].startswith('text/css') and len(text) > 1000
    assert d.ask('/static/sceau.css', If_None_Match=header['ETag'])[0] == 304
    c = http.client.HTTPConnection(d.host)
    c.request('HEAD', '/health')
    r = c.getresponse()
    assert r.status == 200 and r.read() == b''
    c.close()


def hosts(tmp):
    d = Dashboard(tmp, config='[web]\nhosts = localhost 127.0.0.1 dash.example.org\n')
    d.login()
    assert d.ask('/', host='dash.example.org')[0] == 200
    assert d.ask('/', host='localhost:8460')[0] == 200
    for name in ('evil.example', 'dash.example.org.', '127.0.0.2', 'localhost@evil.example'):
        status, _, text = d.ask('/', host=name)
        assert status == 403 and 'web.hosts' in text and '<nav' not in text, name
    assert d.ask('/health', host='evil.example')[0] == 403


def foreign_forms(tmp):
    d = Dashboard(tmp)
    d.login()
    token = d.token()
    for more in ({'Origin': 'https://evil.example'}, {'Origin': 'null'}, {'Sec_Fetch_Site': 'cross-site'},
                 {'Sec_Fetch_Site': 'same-site'}, {'Content_Type': 'text/plain'}):
        assert d.post('/logout', more=more, token=token)[0] == 403, more
    assert d.post('/logout', more={'Origin': d.address, 'Sec_Fetch_Site': 'same-origin'}, token=token)[0] == 303


REFUSED = [
    (b'POST /logout HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc', 400, 'two lengths'),
    (b'POST /logout HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc', 400, 'two that agree'),
    (b'POST /logout HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'both'),
    (b'POST /logout HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n', 400, 'both'),
    (b'POST /logout HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'chunks'),
    (b'POST /logout HTTP/1.1\r\nHost: H\r\nContent-Length: +3\r\n\r\nabc', 400, 'a sign'),
    (b'POST /logout HTTP/1.1\r\nHost: H\r\nContent-Length: 3, 3\r\n\r\nabc', 400, 'a list'),
    (b'POST /logout HTTP/1.1\r\nHost: H\r\nContent-Length: 99999999999999999999\r\n\r\n', 400, 'more than there is'),
    (b'GET / HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\n\r\nabcde', 400, 'a body of GET'),
    (b'GET / HTTP/1.1\r\nHost: H\r\nHost: evil.example\r\n\r\n', 400, 'two hosts'),
    (b'GET / HTTP/1.1\r\n\r\n', 400, 'no host'),
    (b'TRACE / HTTP/1.1\r\nHost: H\r\n\r\n', 405, 'a method that is not ours'),
    (b'PUT / HTTP/1.1\r\nHost: H\r\nContent-Length: 1\r\n\r\na', 405, 'another'),
    (b'GET /?a=%00 HTTP/1.1\r\nHost: H\r\n\r\n', 400, 'NUL'),
    (b'GET /?a=1&a=2 HTTP/1.1\r\nHost: H\r\n\r\n', 400, 'two of one name'),
    (b'GET /../../etc/passwd HTTP/1.1\r\nHost: H\r\n\r\n', 404, 'folders'),
    (b'GET /static/..%2f..%2fmain.c HTTP/1.1\r\nHost: H\r\n\r\n', 404, 'folders, encoded'),
    (b'GET http://evil.example/ HTTP/1.1\r\nHost: H\r\n\r\n', 404, 'a proxy'),
    (b'POST /logout HTTP/1.1\r\nHost: H\r\n\r\n', 411, 'no length'),
    (b'GET / HTTP/9.9\r\nHost: H\r\n\r\n', 505, 'another version'),
]


def hostile_requests(tmp):
    d = Dashboard(tmp)
    d.login()
    for octets, status, why in REFUSED:
        octets = octets.replace(b'Host: H', b'Cookie: ' + d.cookie.encode() + b'\r\nHost: ' + d.host.encode())
        got = d.raw(octets)
        first = got.split(b'\r\n')[0]
        # Some are refused by the library itself: then the connection just ends, or it says 400.
        assert first == b'' or first.split()[1] in (b'%d' % status, b'400', b'413'), (why, first)
        assert b'HTTP/1.1 200' not in got, (why, 'one request, one answer', got[:400])
    # A second request hidden in a body is never answered.
    hidden = b'GET /health HTTP/1.1\r\nHost: ' + d.host.encode() + b'\r\n\r\n'
    got = d.raw(b'POST /logout HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\nContent-Length: %d\r\n\r\n' %
                (d.host.encode(), len(hidden)) + hidden)
    assert got.count(b'HTTP/1.1 ') == 1 and b'400' in got.split(b'\r\n')[0], got[:300]
    for octets in (b'\x00' * 1000, b'\x16\x03\x01\x02\x00\x01' + b'\xff' * 500, b'GET ' + b'/' * 100000 + b' HTTP/1.1\r\n\r\n',
                   b'GET / HTTP/1.1\r\n' + b'A: ' + b'b' * 100000 + b'\r\n\r\n',
                   b'GET / HTTP/1.1\r\n' + b'A: b\r\n' * 20000 + b'\r\n'):
        d.raw(octets)
        assert d.ask('/health')[0] == 200, octets[:20]
    # Too large, before it is read; and nobody's body is read at all.
    big = d.raw(b'POST /logout HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Length: 65537\r\n'
                b'Content-Type: application/x-www-form-urlencoded\r\n\r\n' % (d.host.encode(), d.cookie.encode()))
    assert big.startswith(b'HTTP/1.1 413 '), big[:60]
    nobody = d.raw(b'POST /upload HTTP/1.1\r\nHost: %s\r\nContent-Length: 10000000\r\n\r\n' % d.host.encode())
    assert nobody.startswith(b'HTTP/1.1 403 '), nobody[:60]
    assert d.stop() == 0


def many_connections(tmp):
    """More than are taken wait or end; those that say nothing do not stop others for good."""
    d = Dashboard(tmp)
    name, port = d.host.rsplit(':', 1)
    idle = [socket.create_connection((name, int(port)), timeout=20) for _ in range(40)]
    assert d.ask('/health')[0] == 200
    for s in idle:
        s.close()
    wait_for('the rest', lambda: d.ask('/health')[0] == 200)
    assert d.stop() == 0


def listeners(tmp):
    for listen, says in (('0.0.0.0:0', 'trusted_proxy'), ('192.0.2.1:8460', 'trusted_proxy'), ('[::]:0', 'trusted_proxy'),
                         ('nonsense', 'ADDRESS:PORT'), ('127.0.0.1:0,role=sign', 'ADDRESS:PORT')):
        folder = os.path.join(tmp, re.sub(r'\W', '_', listen))
        os.mkdir(folder)
        d = Dashboard(folder, listen=listen, wait=False)
        assert d.p.wait(20) == 64 and says in d.log(), (listen, d.p.returncode, d.log())
    folder = os.path.join(tmp, 'far')
    os.mkdir(folder)
    d = Dashboard(folder, listen='0.0.0.0:0', config='[web]\ntrusted_proxy = 192.0.2.7\nhosts = localhost 0.0.0.0\n')
    assert d.stop() == 0
    if socket.has_dualstack_ipv6():  # this host by IPv4 is ::ffff:127.0.0.1 there
        folder = os.path.join(tmp, 'dual')
        os.mkdir(folder)
        d = Dashboard(folder, listen='[::]:0', config='[web]\ntrusted_proxy = 192.0.2.7\nhosts = localhost 127.0.0.1\n')
        d.host = '127.0.0.1:' + d.host.rsplit(':', 1)[1]
        assert d.ask('/health')[0] == 200
        assert d.stop() == 0
    # From the file, on a Unix socket: nothing of it is left.
    folder = os.path.join(tmp, 'near')
    os.mkdir(folder)
    path = os.path.join(folder, 'w.sock')
    d = Dashboard(folder, listen=None, config='[web]\nlisten = unix:%s,mode=0600\n' % path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    d.unix = path
    assert d.ask('/health')[0] == 200
    assert d.stop() == 0 and not os.path.exists(path)


def roles(tmp):
    """Users of a web server in front: over a Unix socket their field is believed; over TCP from strangers it is not."""
    path = os.path.join(tmp, 'w.sock')
    config = ('[web]\nuser_field = X-Remote-User\nadministrators = ann\nreaders = rea=example.org,example.net\n')
    d = Dashboard(tmp, listen='unix:' + path, config=config)
    assert d.ask('/')[0] == 403
    assert d.ask('/', X_Remote_User='ann')[0] == 200
    assert d.ask('/settings', X_Remote_User='ann')[0] == 200
    assert d.ask('/d/example.org', X_Remote_User='rea')[0] == 503, 'his, but there is no store yet'
    for path in ('/settings', '/d/example.com', '/upload', '/check/example.com'):
        status = d.ask(path, X_Remote_User='rea')[0]
        assert status in (403, 404), (path, status)
    assert d.ask('/', X_Remote_User='eve')[0] == 403
    assert d.stop() == 0
    folder = os.path.join(tmp, 'tcp')
    os.mkdir(folder)
    d = Dashboard(folder, config=config)
    assert d.ask('/', X_Remote_User='ann')[0] == 403
    assert d.stop() == 0
    folder = os.path.join(tmp, 'proxy')
    os.mkdir(folder)
    d = Dashboard(folder, config=config + 'trusted_proxy = 127.0.0.1\n')
    assert d.ask('/', X_Remote_User='ann')[0] == 200
    assert d.stop() == 0


def another_user(tmp):
    if os.geteuid() != 0:
        return
    os.mkdir(os.path.join(tmp, 'state'), 0o755)  # an installation's: not its own
    d = Dashboard(tmp, config='[web]\nuser = nobody\n')
    with open('/proc/%d/status' % d.p.pid) as f:
        uid = int(re.search(r'^Uid:\s+(\d+)', f.read(), re.M)[1])
    assert uid == 65534
    d.login()
    assert d.ask('/')[0] == 200
    assert d.stop() == 0


def closed_by_hand(tmp):
    """A store without its log, in a folder where the dashboard may make none: read, and read anew once somebody writes."""
    if os.geteuid() != 0 or served.is_server():
        return
    state = os.path.join(tmp, 'state')
    os.mkdir(state, 0o755)
    subprocess.run([SCEAU, 'report', 'ingest', '--quiet', '--state', state, os.devnull], check=False, capture_output=True)
    store = os.path.join(state, 'store.db')

    def write(name, look):
        db = sqlite3.connect(store)
        db.execute("INSERT INTO intake VALUES (?, 0, 'incoming', ?, 'refused', 0, '', 0, 0, 10)", (int(time.time() * 1e6), name))
        db.commit()
        look()
        db.close()

    write('first.xml', lambda: None)
    assert 'store.db-wal' not in os.listdir(state), 'the last one takes the log away'
    os.chmod(store, 0o644)
    d = Dashboard(tmp, config='[web]\nuser = nobody\n')
    d.login()
    for n in range(2):
        status, _, page = d.ask('/intake')
        assert status == 200 and 'first.xml' in page, (status, page[-500:], d.log())
    write('second.xml', lambda: ['second.xml' in d.ask('/intake')[2] or time.sleep(.1) for _ in range(5)])
    status, _, page = d.ask('/intake')
    assert status == 200 and 'first.xml' in page and 'second.xml' in page, (status, d.log())
    assert d.stop() == 0


def figures(tmp):
    d = Dashboard(tmp)
    with open(os.path.join(d.state, 'milter.prom'), 'w') as f:
        f.write('# HELP sceau_up Up.\n# TYPE sceau_up gauge\nsceau_up 1\n')
    status, header, text = d.ask('/metrics')
    assert status == 200 and header['Content-Type'].startswith('text/plain; version=0.0.4')
    assert 'sceau_web_requests_total' in text and 'sceau_up 1\n' in text
    os.utime(os.path.join(d.state, 'milter.prom'), (time.time() - 600,) * 2)
    assert 'sceau_up' not in d.ask('/metrics')[2], 'of a milter that is gone'
    assert d.stop() == 0


def lists_of_many(tmp):
    """Fifty rows a page, whose number is in the URL; each row on one page; files have all. Words of the same cells: CSV."""
    rng, folder = random.Random(3), os.path.join(tmp, 'in')
    os.mkdir(folder)
    for n in range(112):
        with open(os.path.join(folder, '%03d.xml' % n), 'wb') as f:
            f.write(b'<feedback' if n % 10 == 7 else made.Report(rng, n, 1, org='r%02d.test' % (n % 60)).xml())
    d = Dashboard(tmp, '--now', str(made.NOW))
    subprocess.run([SCEAU, 'report', 'ingest', '--quiet', '--state', d.state, '--now', str(made.NOW), *served.words(d.state), folder], check=False)
    d.login()
    for path, total, key in (('/reports', 101, 'report'), ('/intake', 112, 'name')):
        rows = list(csv.DictReader(io.StringIO(d.ask(path + '.csv?page=2&days=7')[2])))
        assert len(rows) == total, (path, len(rows))
        found, turns = [], ['']
        while turns:
            status, _, page = d.ask(path + '?days=7' + turns.pop())
            table = page[page.rindex('<tbody'):page.rindex('</tbody')]
            found += [link.split('?')[0] for link in re.findall(r'<th scope="row"><a href="/reports/([^"]*)"', table)]
            found += ['refused'] * table.count('badge bad')
            newer, older = (re.search('rel="%s" href="[^"]*page=([0-9]+)' % rel, page) for rel in ('prev', 'next'))
            turns = ['&page=' + older[1]] if older else []
        assert '%d to %d of %d' % (total // 50 * 50 + 1, total, total) in page and newer[1] == str(total // 50), (path, page[-900:])
        if path == '/reports':
            assert found == [r['report'] for r in rows], 'each once, in the order of the file'
        else:
            assert sorted(found) == sorted(r['report'] or 'refused' for r in rows)
            assert [r['outcome'] for r in rows[:12]] == ['refused'] * 11 + ['accepted']
        for number in ('99', '3', '4294967295'):
            assert d.ask(f'{path}?days=7&page={number}')[2].count('rel="next"') == 0, 'behind the last page: the last one'
        for number in ('0', '-1', 'x', '1', '99999999999999999999'):
            assert d.ask(f'{path}?days=7&page={number}')[2].count('rel="prev"') == 0, 'no number: the first one'
    assert 'page=' not in page[page.index('class="range"'):page.index('</form>', page.index('class="range"'))], 'another range begins at its beginning'
    names = [r['reporter'] for r in csv.DictReader(io.StringIO(d.ask('/reporters.csv?page=2&days=7')[2]))]
    assert len(names) == 60 - 6, names
    parts = [re.findall(r'reporter=(r[0-9]+\.test)"', d.ask('/reporters?days=7&page=' + n)[2]) for n in ('1', '2', '9')]
    assert len(parts[0]) == 50 and parts[1] == parts[2] and parts[0] + parts[1] == names, parts
    assert d.stop() == 0


def lists_of_tls(tmp):
    """The page of TLS has three lists; each is turned by itself, and back to its first page when another question is asked."""
    folder, day = os.path.join(tmp, 'in'), made.NOW // 86400 - 1
    os.mkdir(folder)
    with open(os.path.join(folder, 'one.xml'), 'wb') as f:
        f.write(made.Report(random.Random(3), 1, 1).xml())
    d = Dashboard(tmp, '--now', str(made.NOW))
    subprocess.run([SCEAU, 'report', 'ingest', '--quiet', '--state', d.state, '--now', str(made.NOW), *served.words(d.state), folder], check=False)
    with served.connect(d.state) as db:
        for n in range(60):
            db.execute("INSERT INTO dns_record (domain, name, type, text, first, last) VALUES (?, ?, 'MX', '10 mx.test', ?, ?)",
                       ('d%02d.test' % n, 'd%02d.test' % n, made.NOW, made.NOW))
        for n in range(120):
            db.execute("INSERT INTO tls_day VALUES ('d00.test', ?, 'sts', ?, '', '', 5, ?)", (day, 'o%03d' % n, int(n == 0)))
            db.execute("INSERT INTO tls_day VALUES ('d00.test', ?, 'sts', 'o000', ?, 'certificate-expired', 0, 1)", (day, 'mx%03d.test' % n))
    d.login()
    lists = {'page': (60, 'What you publish', r'<th scope="row"><a href="/check/(d..)'), 'sums_page': (120, 'Sessions by policy and sender', 'Sender">(o...)<'),
             'failures_page': (120, 'Failed sessions', 'MX">(mx...)[.]test')}

    def part(page, caption):
        table = page[page.index('<caption class="unseen">' + caption):]
        return table[:table.index('</table')]
    for name, (total, caption, words) in lists.items():
        found, at = [], '/tls?days=7'
        while at:
            page = d.ask(html.unescape(at))[2]
            found += re.findall(words, part(page, caption).replace('<wbr>', ''))
            assert all(part(page, other[1]).count('<tr>') == 51 for key, other in lists.items() if key != name), 'the others stay where they are'
            turn = re.search('rel="next" href="(/tls[?][^"#]*%s=[0-9]+)#%s"' % (name, name), page)
            at = turn and turn[1]
        assert len(found) == len(set(found)) == total, (name, len(found))
        assert '%d to %d of %d' % ((total - 1) // 50 * 50 + 1, total, total) in page, name
        both = d.ask('/tls?days=7&sums_page=2&failures_page=2&page=2')[2]
        assert all(word + '=' not in both[both.index('class="range"'):both.index('</form>', both.index('class="range"'))] for word in lists)
        assert len(re.findall(words, part(both, caption).replace('<wbr>', ''))) == min(50, total - 50), name
    for table, total in (('tls', 120), ('tls_failures', 120), ('tls_published', 60), ('mta_sts', 60)):
        assert len(json.loads(d.ask('/tls.json?days=7&page=2&sums_page=2&table=' + table)[2])['rows']) == total, table
    assert d.stop() == 0


def many_domains(tmp):
    """A thousand domains whose records are looked at: what a page does for each is not done for each record of all."""
    folder = os.path.join(tmp, 'in')
    os.mkdir(folder)
    with open(os.path.join(folder, 'one.xml'), 'wb') as f:
        f.write(made.Report(random.Random(3), 1, 1).xml())
    d = Dashboard(tmp, '--now', str(made.NOW))
    subprocess.run([SCEAU, 'report', 'ingest', '--quiet', '--state', d.state, '--now', str(made.NOW), *served.words(d.state), folder], check=False)
    with served.connect(d.state) as db:
        for n in range(1000):
            name = 'd%03d.test' % n
            for owner, kind, text in ([(name, 'MX', '10 mx.' + name), ('mx.' + name, 'A', '192.0.2.1'), (name, 'TXT', 'v=spf1 mx -all'),
                                       ('_mta-sts.' + name, 'TXT', 'v=STSv1; id=1')] + [('s%d._domainkey.%s' % (k, name), 'TXT', 'v=DKIM1; p=') for k in range(7)]):
                db.execute('INSERT INTO dns_record (domain, name, type, text, first, last) VALUES (?, ?, ?, ?, ?, ?)', (name, owner, kind, text, made.NOW, made.NOW))
    d.login()

    def cpu():
        with open('/proc/%d/stat' % d.p.pid) as f:
            words = f.read().rsplit(')', 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')
    before = cpu()
    page = d.ask('/tls?table=tls_published')[2]
    assert '1 to 50 of 1,000' in page and page.count('MTA-STS policies') == 3, page[-2000:]
    assert len(json.loads(d.ask('/tls.json?table=mta_sts')[2])['rows']) == 1000 and d.ask('/check/d007.test')[0] == 200
    assert cpu() - before < 4, 'three pages in %.2f s; one took seven' % (cpu() - before)
    assert d.stop() == 0


def strange_domains(tmp):
    """Records that the hosts of strangers chose: more of them than are sorted in memory by default, for a confined program can make no
    file to sort in; and a mail host whose name is lines of a zone file."""
    folder = os.path.join(tmp, 'in')
    os.mkdir(folder)
    with open(os.path.join(folder, 'one.xml'), 'wb') as f:
        f.write(made.Report(random.Random(3), 1, 1).xml())
    d = Dashboard(tmp, '--now', str(made.NOW))
    ours = ['--state', d.state, '--now', str(made.NOW), *served.words(d.state)]
    subprocess.run([SCEAU, 'report', 'ingest', '--quiet', *ours, folder], check=False)
    with served.connect(d.state) as db:
        def put(domain, owner, kind, text, seen=made.NOW):
            db.execute('INSERT INTO dns_record (domain, name, type, text, first, last) VALUES (?, ?, ?, ?, ?, ?)', (domain, owner, kind, text, seen, seen))
        for n in range(100):
            name = 'd%03d.test' % n
            put(name, name, 'MX', '10 mx.' + name)
            put(name, '_mta-sts.' + name, 'TXT', 'v=STSv1; id=1;' + 'x' * 1900)
            put(name, '_smtp._tls.' + name, 'TXT', 'v=TLSRPTv1;' + 'x' * 1900)
            for k in range(40):  # as it changed
                put(name, 'mx.' + name, 'A', '192.0.2.%d' % k, made.NOW - k)
            db.execute('INSERT INTO meta (name, value) VALUES (?, ?)', ('mta_sts/' + name, 'x' * 65536))
        for n in range(64):
            put('evil.test', 'evil.test', 'MX', '%d x\n$generate 1-1000 a%d-$ TXT (\n"' % (n, n))
        put('evil.test', 'evil.test', 'MX', '10 ')
        put('evil.test', 'evil.test', 'MX', '10 ' + 'x' * 70)
        put('evil.test', '_mta-sts.evil.test', 'TXT', 'v=STSv1; id=1')
    d.login()
    for path in '/tls', '/tls?table=mta_sts', '/tls.csv?table=tls_published', '/check/evil.test':
        status, _, page = d.ask(path)
        assert status == 200, (path, status, page[-500:])
    rows = {row['domain'] for row in json.loads(d.ask('/tls.json?table=mta_sts')[2])['rows']}
    assert rows == {'d%03d.test' % n for n in range(100)} | {'evil.test'}, rows
    told = subprocess.run([SCEAU, 'report', 'tls', '--json', *ours], capture_output=True, text=True)
    assert told.returncode == 3 and 'evil.test' in told.stdout, (told.returncode, told.stderr)  # there are no sessions
    assert d.stop() == 0


def languages(tmp):
    d = Dashboard(tmp)
    assert 'lang="en"' in d.ask('/')[2]
    assert 'lang="fr"' in d.ask('/', Accept_Language='fr-CA, en')[2]
    assert 'lang="fr"' in d.ask('/?lang=fr')[2]
    status, header, _ = d.ask('/language?to=fr&back=%2Freports%3Fdays%3D7')
    assert status == 303 and header['Location'] == '/reports?days=7' and header['Set-Cookie'].startswith('lang=fr;')
    for back in ('https://evil.example/', '//evil.example/', '/\\evil.example', '/a%0d%0aX: y'):
        assert d.ask('/language?to=fr&back=' + urllib.parse.quote(back, safe=''))[1]['Location'] == '/', back


def words_for_english():
    """tests/cli/french, which knows what an English line is."""
    loader = importlib.machinery.SourceFileLoader('french', os.path.join(TESTS, 'cli', 'french'))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('french', loader))
    loader.exec_module(module)
    return module


def text_of(tags):
    return re.sub(r'\s+', ' ', html.unescape(re.sub(r'<[^>]*>', ' ', tags.replace('<wbr>', '')))).strip()


def settings_in_french(tmp):
    """The meaning of every option: French on the page for a reader of French, English in JSON and CSV, whoever asks."""
    named = ('sign "example.org"', 'list "dev@example.org"', 'sealer "lists.example.org"', 'forwarder "example.edu"',
             'mailbox "second"', 'domain "example.org"')
    d = Dashboard(tmp, config='[web]\nsession = 6h\n' + ''.join('[%s]\n' % n for n in named))
    d.login()
    fields = {'Accept_Language': 'fr'}
    page = re.search(r'<body.*</body>', d.ask('/settings', **fields)[2], re.S)[0]
    rows = [[text_of(c) for c in re.findall(r'<t[dh].*?</t[dh]>', r, re.S)] for r in re.findall(r'<tr.*?</tr>', page, re.S)]
    rows = {r[0]: r for r in rows if len(r) == 4 and '.' in r[0]}
    told = json.loads(d.ask('/api/settings', **fields)[2])['rows']
    sample = subprocess.run([SCEAU, 'config', 'sample'], capture_output=True, text=True, check=True).stdout
    assert {r['setting'] for r in told} == set(rows) and len(rows) == len(re.findall(r'^#\w+ =', sample, re.M)), len(rows)
    csv = d.ask('/settings.csv', **fields)[2]
    for row in told:
        assert row['meaning'] and rows[row['setting']][3] not in ('', row['meaning']), row
        assert row['origin'] in ('default', '--set') or row['origin'].startswith('sceau.conf:'), row
        assert row['meaning'] in csv.replace('""', '"'), row
    assert rows['web.session'][1:3] == ['6h', 'sceau.conf:2'] and rows['web.url'][2] == 'défaut', rows['web.session']
    outside = text_of(re.sub(r'<tr.*?</tr>', '', page, flags=re.S))
    found = list(words_for_english().english('\n'.join([outside] + [r[3] for r in rows.values()])))
    assert not found, found
    assert d.stop() == 0


if __name__ == '__main__':
    run_tests([the_way_in, links_end, safe_fields, hosts, foreign_forms, hostile_requests, many_connections, listeners, roles,
               another_user, closed_by_hand, figures, lists_of_many, lists_of_tls, many_domains, strange_domains, languages, settings_in_french], sys.argv[3:])
