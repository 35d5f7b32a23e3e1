#!/usr/bin/python3
"""dane.py SCEAU: TLSA records of signed zones (nsd) against the certificate that a real Postfix shows, and what an MTA-STS
policy over real HTTPS makes of that certificate. One TAP line a case; exit status 77 where Postfix is not installed or root
not at hand."""
import hashlib, http.server, json, os, ssl, subprocess, sys, tempfile, threading
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'dns')]
import nsd
from zonesigning import sign
from world import World, why_not

ADDRESS = '127.0.0.1'
ZONE = '''$ORIGIN example.parent.test.
$TTL 300
@ SOA mx host 1 3600 600 86400 60
@ NS mx
@ MX 10 mx
mx A 127.0.0.1
mta-sts A 127.0.0.1
'''
STS = '_mta-sts TXT "v=STSv1; id=1"\n'
POLICY = 'version: STSv1\r\nmode: %s\r\nmx: %s\r\nmax_age: 604800\r\n'
MAIN_CF = '\nsmtpd_milters =\nsmtpd_tls_security_level = may\nsmtpd_tls_chain_files = {dir}/mail.pem\nsmtpd_tls_protocols = >=TLSv1.2\n'
TIMES = '-s', 'now-3600', '-e', 'now+864000'


def openssl(*args):
    run = subprocess.run(['openssl'] + list(args), capture_output=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def certificates(folder):
    """Of Postfix: for other.test, by an authority that it sends too and that nobody trusts. Of the web server: a good one."""
    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    for ca, leaf, name in ('ca', 'mail', 'other.test'), ('ca', 'named', 'mx.example.parent.test'), ('webca', 'web', 'mta-sts.example.parent.test'):
        ca, leaf = os.path.join(folder, ca), os.path.join(folder, leaf)
        if not os.path.exists(ca + '.crt'):
            openssl('req', '-x509', *key, '-keyout', ca + '.key', '-out', ca + '.crt', '-subj', '/CN=Authority', '-days', '90')
        openssl('req', '-new', *key, '-keyout', leaf + '.key', '-out', leaf + '.csr', '-subj', '/CN=' + name)
        with open(leaf + '.ext', 'w') as f:
            f.write('subjectAltName=DNS:%s\n' % name)
        openssl('x509', '-req', '-in', leaf + '.csr', '-CA', ca + '.crt', '-CAkey', ca + '.key', '-CAcreateserial', '-out', leaf + '.crt',
                '-days', '90', '-extfile', leaf + '.ext')
        with open(leaf + '.pem', 'w') as out:
            for part in leaf + '.key', leaf + '.crt', ca + '.crt':
                with open(part) as f:
                    out.write(f.read())


def digest(certificate, selector):
    """The SHA-256 of a certificate (0) or its public key (1)."""
    der = openssl('x509', '-in', certificate, '-outform', 'DER')
    if selector == 1:
        spki = openssl('x509', '-in', certificate, '-noout', '-pubkey')
        der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'DER'], input=spki, capture_output=True, check=True).stdout
    return hashlib.sha256(der).hexdigest()


def tlsa(usage, selector, what):
    return lambda folder: '_25._tcp.mx TLSA %d %d 1 %s\n' % (
        usage, selector, '00' * 32 if what is None else digest('%s/%s.crt' % (folder, what), selector))


def texts(*parts):
    return lambda folder: ''.join(part if isinstance(part, str) else part(folder) for part in parts)


def spoil(zone):
    """The TLSA is changed after signing."""
    assert zone.count('3 1 1 ') == 1
    return zone.replace('3 1 1 ', '3 0 1 ')


D, C, R = 'dane.match', 'smtp.certificate', 'tlsrpt.record'
EE = tlsa(3, 1, 'mail')
PROBLEM = ('problem', 'the TLSA')
# what it is, lines of the zone, is it signed and how changed (None: not signed), mode of the policy (None: none), arguments, what is told
CASES = [
    ('3 1 1 fits', EE, str, None, [], {D: ('ok', ''), C: ('ok', ''), R: ('warning', 'no TLS-RPT record')}),
    ('3 0 1 fits', tlsa(3, 0, 'mail'), str, None, [], {D: ('ok', '')}),
    ('3 1 1 is that of another key', tlsa(3, 1, 'web'), str, None, [], {D: PROBLEM, C: ('warning', 'not trusted')}),
    ('a renewal: the new one beside the old', texts(tlsa(3, 1, 'web'), EE), str, None, [], {D: ('ok', '')}),
    ('2 1 1 of the authority, but another name', tlsa(2, 1, 'ca'), str, None, [], {D: PROBLEM}),
    ('2 1 1 of another authority', tlsa(2, 1, 'webca'), str, None, [], {D: PROBLEM}),
    ('usage 1, which SMTP has not', tlsa(1, 1, 'mail'), str, None, [], {D: PROBLEM}),
    ('one that fits in a zone that is not signed', EE, None, None, [], {D: ('problem', 'unsigned zone')}),
    ('one that was changed after signing', EE, spoil, None, [], {D: ('unknown', 'DNSSEC'), C: ('warning', 'not trusted')}),
    ('none', texts(), str, None, [], {D: ('skipped', 'no mail host has a TLSA'), C: ('warning', 'not trusted'), R: ('info', 'no TLS-RPT record')}),
    ('an enforced policy', texts(STS), str, 'enforce', ['--http'], {C: ('problem', 'not trusted'), R: ('warning', 'no TLS-RPT record')}),
    ('the same, and nobody may ask the web server', texts(STS), str, 'enforce', [], {C: ('warning', 'not trusted')}),
    ('a policy in testing', texts(STS), str, 'testing', ['--http'], {C: ('warning', 'not trusted')}),
    ('an enforced policy for other hosts', texts(STS), str, 'other', ['--http'], {C: ('warning', 'not trusted')}),
    ('an enforced policy, and DANE that fits', texts(STS, EE), str, 'enforce', ['--http'], {C: ('ok', ''), D: ('ok', '')}),
    ('reports are asked for', texts(STS, '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:a@example.parent.test"\n'), str, None, [], {R: ('ok', '')}),
]
NAMED = [
    ('2 1 1 fits', tlsa(2, 1, 'ca'), str, None, [], {D: ('ok', '')}),
    ('2 0 1 fits', tlsa(2, 0, 'ca'), str, None, [], {D: ('ok', '')}),
]


class Host(World):
    """World without a milter; the certificates are written before Postfix starts."""

    def start_postfix(self):
        certificates(self.dir)
        os.replace(self.path(self.certificate + '.pem'), self.path('mail.pem'))
        super().start_postfix()


class Handler(http.server.BaseHTTPRequestHandler):
    policy = None

    def do_GET(self):
        body = (Handler.policy or '').encode()
        self.send_response(200 if body else 404)
        self.send_header('Content-Type', 'text/plain')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def serve_policy(folder):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder + '/web.crt', folder + '/web.key')
    server = http.server.ThreadingHTTPServer((ADDRESS, 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def run_case(sceau, host, web_port, lines, edit, mode, args, want):
    Handler.policy = mode and POLICY % ('enforce' if mode == 'other' else mode, 'mx.other.test' if mode == 'other' else 'mx.example.parent.test')
    folder = tempfile.mkdtemp(dir=host.dir)
    zone, anchor = sign(folder, 'example.parent.test', ZONE + lines(host.dir), *TIMES)
    parent, anchor = sign(folder, 'parent.test', '$ORIGIN parent.test.\n$TTL 300\n@ SOA example host 1 3600 600 86400 60\n@ NS mx.example\nmx.example A 127.0.0.1\n'
                          'example NS mx.example\n' + (anchor if edit else ''), *TIMES)
    with open(folder + '/anchor', 'w') as f:
        f.write(anchor)
    port = nsd.free_port(ADDRESS)
    server = nsd.start(folder + '/nsd', ADDRESS, port, {'parent.test': parent, 'example.parent.test': edit(zone) if edit else ZONE + lines(host.dir)})
    try:
        run = subprocess.run([sceau, 'check', '--json', '--smtp', '--allow-private', '--only', ','.join((D, C, R)), '--config', '/dev/null',
                              '--resolver', '%s@%d' % (ADDRESS, port), '--set', 'check.trust_anchor=' + folder + '/anchor', '--set',
                              'check.smtp_port=%d' % host.port, '--set', 'check.https_port=%d' % web_port, '--set',
                              'check.trust_file=' + host.path('webca.crt'), 'example.parent.test'] + args, capture_output=True, text=True, timeout=60)
    finally:
        nsd.stop(server)
    assert run.stderr == '', run.stderr
    findings = [json.loads(line) for line in run.stdout.splitlines()]
    for check, (outcome, text) in want.items():
        got = [f for f in findings if f['id'] == check]
        assert [f['outcome'] for f in got] == [outcome], got
        assert text in (got[0]['found'] or ''), got
        if check == D and outcome == 'problem':  # the line to publish is the one that fits
            assert digest(host.path(host.certificate + '.crt'), 1) in got[0]['zone_line'].lower(), got


def main():
    reason = why_not()
    if reason:
        print('1..0 # SKIP ' + reason)
        return 77
    failed = number = 0
    print('1..%d' % (len(CASES) + len(NAMED)))
    for certificate, cases in ('mail', CASES), ('named', NAMED):
        host = Host(sys.argv[1], '', main_cf=MAIN_CF, master_cf='tlsmgr unix - - n 1000? 1 tlsmgr\n')
        host.certificate = certificate
        with host:
            web = serve_policy(host.dir)
            for what, *case in cases:
                number += 1
                try:
                    run_case(sys.argv[1], host, web.server_address[1], *case)
                    print('ok %d - %s' % (number, what), flush=True)
                except Exception as e:  # noqa: whatever went wrong is told
                    failed += 1
                    print('not ok %d - %s\n# %s' % (number, what, str(e).replace('\n', '\n# ')), flush=True)
            web.shutdown()
    return failed > 0


sys.exit(main())
