#!/usr/bin/python3
"""https.py SCEAU: `sceau check --http` against a real HTTPS server with a certificate of our own authority: MTA-STS and
BIMI, good and bad. One TAP line a case."""
import http.server, json, os, ssl, subprocess, sys, tempfile, threading

POLICY = 'version: STSv1\r\nmode: %s\r\nmx: mx.example.test\r\nmax_age: %d\r\n'
SVG = ('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="%s">%s'
       '<rect width="9" height="9"/></svg>')
GOOD = SVG % ('0 0 64 64', '<title>E</title>')
MX = 'example.test. MX 10 mx.example.test.\n'
RECORD = '_mta-sts.example.test. TXT "v=STSv1; id=1"\n'
HOSTS = ('mx.example.test. A 192.0.2.1\nmta-sts.example.test. A 127.0.0.1\nlogo.example.test. A 127.0.0.1\n'
         'other.test. A 127.0.0.1\n')
BIMI = 'default._bimi.example.test. TXT "v=BIMI1; l=https://%s/l.svg; a="\n'
DMARC = '_dmarc.example.test. TXT "v=DMARC1; p=reject%s"\n'
R, C, B = 'mtasts.record', 'mtasts.covers_mx', 'bimi.ready'
PLAIN = 'text/plain; charset=utf-8'
STS = '/.well-known/mta-sts.txt'


def sts(body, status=200, kind=PLAIN):
    return {STS: (status, kind, body)}


def logo(body, status=200):
    return {'/l.svg': (status, 'image/svg+xml', body)}


# what it is, zone, pages, arguments, {id: (outcomes, text that is told)}
CASES = [
    ('a good policy', MX + RECORD, sts(POLICY % ('enforce', 604800)), [], {R: ('ok', ''), C: ('ok', '')}),
    ('a mail host that the policy does not name', MX + RECORD + 'example.test. MX 20 mx2.other.test.\n',
     sts(POLICY % ('enforce', 604800)), [], {R: ('ok', ''), C: ('problem', 'mx2.other.test')}),
    ('the same in testing', RECORD + 'example.test. MX 20 mx2.other.test.\n', sts(POLICY % ('testing', 604800)), [],
     {C: ('warning info', 'mode testing')}),
    ('mode none', MX + RECORD, sts(POLICY % ('none', 604800)), [], {R: ('ok', ''), C: ('info', 'mode none')}),
    ('a policy of an hour', MX + RECORD, sts(POLICY % ('enforce', 3600)), [], {C: ('info', '3600')}),
    ('no record, and a policy', MX, sts(POLICY % ('enforce', 604800)), [], {R: ('warning', 'has no MTA-STS record')}),
    ('neither', MX, {}, [], {R: ('info', 'no MTA-STS record'), C: ('skipped', '')}),
    ('two records', MX + RECORD + RECORD.replace('id=1', 'id=2'), sts(POLICY % ('enforce', 604800)), [], {R: ('warning', 'several')}),
    ('a record without id', MX + RECORD.replace('id=1', 'i=1'), sts(POLICY % ('enforce', 604800)), [], {R: ('warning', 'an id')}),
    ('404', MX + RECORD, {}, [], {R: ('warning', '404'), C: ('skipped', '')}),
    ('a redirect', MX + RECORD, dict(sts('', 302), **{'/new': (200, PLAIN, POLICY % ('enforce', 604800))}), [],
     {R: ('warning', 'redirects (302)'), C: ('skipped', '')}),
    ('a page of HTML', MX + RECORD, sts(POLICY % ('enforce', 604800), kind='text/html'), [], {R: ('warning', 'text/html')}),
    ('a policy that is none', MX + RECORD, sts('<html>'), [], {R: ('warning', 'key: value')}),
    ('64 KiB and one', MX + RECORD, sts('#' * 65537), [], {R: ('warning', '64 KiB'), C: ('skipped', '')}),
    ('the same without a length', MX + RECORD, sts(['#' * 40000] * 4), [], {R: ('warning', '64 KiB')}),
    ("another name's certificate", RECORD.replace('example', 'wrong') + 'wrong.test. MX 1 mx.example.test.\n'
     'mta-sts.wrong.test. A 127.0.0.1\n', sts(POLICY % ('enforce', 604800)), ['wrong.test'],
     {R: ('warning', 'the certificate is not valid'), C: ('skipped', '')}),
    ('an authority that is not trusted', MX + RECORD, sts(POLICY % ('enforce', 604800)), ['--set', 'check.trust_file='],
     {R: ('warning', 'the certificate is not valid')}),
    ('an address that is not public', MX + RECORD, sts(POLICY % ('enforce', 604800)), ['--set', 'check.allow_private=no'],
     {R: ('unknown', 'not public'), C: ('unknown', 'not public')}),
    ('nobody listens', MX + RECORD, {}, ['--set', 'check.https_port=1'], {R: ('warning', 'refused')}),
    ('a logo', BIMI % 'logo.example.test' + DMARC % '', logo(GOOD), [], {B: ('ok', '')}),
    ('no BIMI', DMARC % '', {}, [], {B: ('skipped', 'no BIMI record')}),
    ("a subdomain has its organization's logo", BIMI % 'logo.example.test' + DMARC % '', logo(GOOD), ['sub.example.test'],
     {B: ('ok', 'default._bimi.example.test')}),
    ('a subdomain that declines', BIMI % 'logo.example.test' + 'default._bimi.sub.example.test. TXT "v=BIMI1; l=; a="\n' + DMARC % '', logo('x'),
     ['sub.example.test'], {B: ('ok', 'default._bimi.sub.example.test')}),
    ("a fault of the organization's logo", BIMI % 'logo.example.test' + DMARC % '', logo('PNG'), ['sub.example.test'], {B: ('info', 'no SVG')}),
    ('neither has one', DMARC % '', {}, ['sub.example.test'], {B: ('skipped', 'no BIMI record')}),
    ('DNS cannot tell about the organization', '$FAIL default._bimi.example.test. TXT SERVFAIL\n' + DMARC % '', {}, ['sub.example.test'],
     {B: ('unknown', 'default._bimi.example.test')}),
    ('no logo wanted', 'default._bimi.example.test. TXT "v=BIMI1; l=; a="\n', {}, [], {B: ('ok', '')}),
    ('p=none', BIMI % 'logo.example.test' + '_dmarc.example.test. TXT "v=DMARC1; p=none"\n', logo(GOOD), [], {B: ('info', 'DMARC')}),
    ('pct=50', BIMI % 'logo.example.test' + DMARC % '; pct=50', logo(GOOD), [], {B: ('info', 'pct')}),
    ('t=y', BIMI % 'logo.example.test' + DMARC % '; t=y', logo(GOOD), [], {B: ('info', 't=y')}),
    ('not square', BIMI % 'logo.example.test' + DMARC % '', logo(SVG % ('0 0 64 32', '<title>E</title>')), [], {B: ('info', 'square')}),
    ('no title, and a script', BIMI % 'logo.example.test' + DMARC % '', logo(SVG % ('0 0 1 1', '<script/>')), [],
     {B: ('info info', 'no title')}),
    ('33 KiB', BIMI % 'logo.example.test' + DMARC % '', logo(GOOD + ' ' * 33000), [], {B: ('info', '32 KiB')}),
    ('no SVG', BIMI % 'logo.example.test' + DMARC % '', logo('PNG'), [], {B: ('info', 'no SVG')}),
    ('http', BIMI.replace('https', 'http') % 'logo.example.test' + DMARC % '', logo(GOOD), [], {B: ('info', 'not a URL of https')}),
    ('another port', BIMI % 'logo.example.test:22' + DMARC % '', logo(GOOD), [], {B: ('info', 'not a URL of https')}),
    ('a certificate that is none', 'default._bimi.example.test. TXT "v=BIMI1; l=; a=https://logo.example.test/l.svg"\n' + DMARC % '',
     logo('x'), [], {B: ('info', 'no certificate as PEM')}),
]


def openssl(*args):
    subprocess.run(['openssl'] + list(args), check=True, capture_output=True)


def certificates(folder, names=('mta-sts.example.test', 'logo.example.test')):
    """An authority, and a certificate of it for these names: ca.pem, crt, key."""
    def path(x):
        return os.path.join(folder, x)
    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    openssl('req', '-x509', *key, '-keyout', path('ca.key'), '-out', path('ca.pem'), '-subj', '/CN=Authority', '-days', '9')
    openssl('req', '-new', *key, '-keyout', path('key'), '-out', path('csr'), '-subj', '/CN=web')
    with open(path('ext'), 'w') as f:
        f.write('subjectAltName=' + ','.join('DNS:' + name for name in names) + '\n')
    openssl('x509', '-req', '-in', path('csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-out',
            path('crt'), '-days', '9', '-extfile', path('ext'))


class Handler(http.server.BaseHTTPRequestHandler):
    pages = {}  # by path, or by host and path
    asked = []  # hosts

    def do_GET(self):
        host = self.headers.get('Host', '').split(':')[0]
        Handler.asked.append(host)
        status, kind, body = Handler.pages.get(host + self.path) or Handler.pages.get(self.path, (404, 'text/plain', 'no'))
        self.send_response(status)
        self.send_header('Content-Type', kind)
        if 300 <= status < 400:
            self.send_header('Location', '/new')
        if isinstance(body, str):
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        try:
            for part in [body] if isinstance(body, (str, bytes)) else body:
                self.wfile.write(part if isinstance(part, bytes) else part.encode())
        except OSError:
            pass  # it has had enough

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # handshakes that the client refuses


def serve(folder):
    """A server on loopback with that certificate, in a thread."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder + '/crt', folder + '/key')
    server = Server(('127.0.0.1', 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def run_case(sceau, folder, port, zone, pages, args, want):
    Handler.pages = pages
    with open(os.path.join(folder, 'zone'), 'w') as f:
        f.write(zone + HOSTS)
    name = args[0] if args and not args[0].startswith('-') else 'example.test'
    run = subprocess.run([sceau, 'check', '--json', '--http', '--only', 'mtasts,bimi', '--dns', os.path.join(folder, 'zone'), '--config',
                          '/dev/null', '--set', 'check.https_port=%d' % port, '--set', 'check.trust_file=' + folder + '/ca.pem', '--set',
                          'check.allow_private=yes'] + [a for a in args if a != name] + [name],
                         capture_output=True, text=True, timeout=60)
    assert run.stderr == '', run.stderr
    findings = [json.loads(line) for line in run.stdout.splitlines()]
    for check, (outcomes, text) in want.items():
        got = [f for f in findings if f.get('id') == check]
        assert sorted(f['outcome'] for f in got) == sorted(outcomes.split()), got
        assert any(text in (f.get('found') or '') for f in got), got


def main():
    failed = 0
    print('1..%d' % len(CASES))
    with tempfile.TemporaryDirectory() as folder:
        certificates(folder)
        server = serve(folder)
        for number, (name, *case) in enumerate(CASES, 1):
            try:
                run_case(sys.argv[1], folder, server.server_address[1], *case)
                print('ok %d - %s' % (number, name), flush=True)
            except Exception as e:  # noqa: whatever went wrong is told
                failed += 1
                print('not ok %d - %s\n# %s' % (number, name, str(e).replace('\n', '\n# ')), flush=True)
        server.shutdown()
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
