#!/usr/bin/python3
"""probe.py SCEAU: `sceau check --smtp` against a real Postfix with good, expired and wrong-name certificates, without
TLS, and as an open relay. One TAP line a case; exit status 77 where Postfix is not installed or root not at hand."""
import json, os, re, subprocess, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import World, wait_for, why_not

ZONE = '''
example.test. MX 10 mx.example.test.
mx.example.test. A 127.0.0.1
mx.receiver.example. A 127.0.0.1
'''
OLD_TLS = '\nsmtpd_tls_security_level = may\nsmtpd_tls_chain_files = {dir}/tls.pem\n'  # Postfix 3.7: 1.0 and up
TLS = OLD_TLS + 'smtpd_tls_protocols = >=TLSv1.2\n'
NOW_DAYS = 90


def openssl(*args):
    run = subprocess.run(['openssl'] + list(args), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def certificates(folder, name, days):
    """ca.pem, and tls.pem with key and certificate for `name`, which ends `days` from now."""
    def path(x):
        return os.path.join(folder, x)
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path('ca.key'), '-out',
            path('ca.pem'), '-subj', '/CN=Authority', '-days', '900')
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path('tls.key'), '-out',
            path('tls.csr'), '-subj', '/CN=' + name)
    with open(path('ext'), 'w') as f:
        f.write('subjectAltName=DNS:%s\n' % name)
    openssl('x509', '-req', '-in', path('tls.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-out',
            path('tls.crt'), '-days', str(days), '-extfile', path('ext'))
    with open(path('tls.pem'), 'w') as out:
        for part in 'tls.key', 'tls.crt':
            with open(path(part)) as f:
                out.write(f.read())


# what it is, main.cf, the certificate's name and days (None: no TLS), --own, {id: outcome}
CASES = [
    ('a good host', TLS, ('mx.example.test', NOW_DAYS), True,
     {'smtp.reachable': 'ok', 'smtp.banner': 'ok', 'smtp.open_relay': 'ok', 'smtp.starttls': 'ok', 'smtp.certificate': 'ok'}),
    ('an expired certificate', TLS, ('mx.example.test', -1), False,
     {'smtp.starttls': 'ok', 'smtp.certificate': 'warning', 'smtp.open_relay': 'skipped'}),
    ('a certificate that ends soon', TLS, ('mx.example.test', 5), False, {'smtp.certificate': 'warning'}),
    ("another host's certificate", TLS, ('other.test', NOW_DAYS), False, {'smtp.certificate': 'warning'}),
    ('old versions of TLS', OLD_TLS, ('mx.example.test', NOW_DAYS), False, {'smtp.starttls': 'info', 'smtp.certificate': 'ok'}),
    ('no TLS', '', None, False, {'smtp.starttls': 'warning', 'smtp.certificate': 'skipped', 'smtp.reachable': 'ok'}),
    ('an open relay', '\nmynetworks = 127.0.0.0/8\n', None, True, {'smtp.open_relay': 'problem'}),
    ('a name that is none', '\nsmtpd_banner = mail ESMTP\n', None, False, {'smtp.banner': 'warning'}),
]


class Host(World):
    """World without a milter; the certificate is written before Postfix starts."""

    def start_postfix(self):
        if self.certificate:
            certificates(self.dir, *self.certificate)
        super().start_postfix()


def finished_log(host):
    """mail.log once all that connected has left: smtpd and its log daemon write behind the probe's back."""
    def ended():
        log = host.mail_log() if os.path.exists(host.path('log', 'mail.log')) else ''
        came, left = (len(re.findall(r'smtpd\[\d+\]: %s from ' % word, log)) for word in ('connect', 'disconnect'))
        return log if came == left and came > 1 else None  # World's own first connection is one
    return wait_for('smtpd logs the end of each session', ended, 60)


def run_case(sceau, main_cf, certificate, is_own, want):
    host = Host(sceau, '', main_cf='\nsmtpd_milters =\n' + main_cf,
                master_cf='tlsmgr unix - - n 1000? 1 tlsmgr\n')
    host.certificate = certificate
    with host:
        zone = host.path('zone')
        with open(zone, 'w') as f:
            f.write(ZONE)
        args = [sceau, 'check', '--json', '--smtp', '--allow-private', '--only', 'smtp', '--dns', zone, '--config', '/dev/null',
                '--set', 'check.smtp_port=%d' % host.port]
        args += ['--set', 'check.trust_file=' + host.path('ca.pem')] if certificate else []
        args += ['--own', '127.0.0.1'] if is_own else []
        run = subprocess.run(args + ['example.test'], capture_output=True, text=True, timeout=60)
        assert run.stderr == '', run.stderr
        got = {}
        for line in run.stdout.splitlines():
            finding = json.loads(line)
            got[finding['id']] = finding
        for check, outcome in want.items():
            assert got[check]['outcome'] == outcome, got[check]
        log = finished_log(host)
        assert not re.search(r'qmgr\[\d+\]: .*from=<', log), 'a message was queued'


def main():
    reason = why_not()
    if reason:
        print('1..0 # SKIP ' + reason)
        return 77
    failed = 0
    print('1..%d' % len(CASES))
    for number, (name, *case) in enumerate(CASES, 1):
        try:
            run_case(sys.argv[1], *case)
            print('ok %d - %s' % (number, name), flush=True)
        except Exception as e:  # noqa: whatever went wrong is told
            failed += 1
            print('not ok %d - %s\n# %s' % (number, name, str(e).replace('\n', '\n# ')), flush=True)
    return failed > 0


sys.exit(main())
