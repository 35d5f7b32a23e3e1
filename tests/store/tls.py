#!/usr/bin/python3
"""A server of PostgreSQL with a certificate, beyond loopback: whom sceau-reportd believes, and whom it tells nothing. In a network
namespace of its own, where 192.0.2.5 is this host; as root.

    tls.py SCEAU_REPORTD [TEST...]
"""
import os, subprocess, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'daemon'))
from tap import Skip, run_tests
import postgres

REPORTD = os.path.abspath(sys.argv[1])
ADDRESS = '192.0.2.5'
NAMES = 'subjectAltName=DNS:db.test'

# (the server's certificate, or '' for none; words of the URL; exit status; what is said; why)
CASES = [
    ('good', 'host=db.test&hostaddr=%(ip)s&sslrootcert=%(ca)s', 0, '', 'verify-full is what nobody has to ask for'),
    ('good', 'host=other.test&hostaddr=%(ip)s&sslrootcert=%(ca)s', 75, 'does not match host name', 'a certificate of another name'),
    ('good', 'host=%(ip)s&sslrootcert=%(ca)s', 75, 'does not match host name', 'an address that the certificate does not have'),
    ('good', 'host=localhost&hostaddr=%(ip)s&sslrootcert=%(ca)s', 75, 'does not match host name', 'the address decides what is this host'),
    ('good', 'host=db.test&hostaddr=%(ip)s&sslrootcert=%(other)s', 75, 'certificate verify failed', 'a CA that is not its'),
    ('good', 'host=db.test&hostaddr=%(ip)s', 75, 'certificate verify failed', "none of Debian's certificates"),
    ('old', 'host=db.test&hostaddr=%(ip)s&sslrootcert=%(ca)s', 75, 'certificate verify failed', 'it was good once'),
    ('good', 'host=other.test&hostaddr=%(ip)s&sslrootcert=%(ca)s&sslmode=verify-ca', 0, '', 'the URL says otherwise: any name'),
    ('good', 'host=other.test&hostaddr=%(ip)s&sslmode=require', 0, '', 'the URL says otherwise: any certificate'),
    ('', 'host=db.test&hostaddr=%(ip)s&sslrootcert=%(ca)s', 75, 'does not support SSL', 'plain text, to another host'),
    ('', 'host=127.0.0.1,db.test&hostaddr=127.0.0.1,%(ip)s&sslrootcert=%(ca)s', 75, 'does not support SSL', 'one of them is another host'),
    ('', 'host=db.test&hostaddr=%(ip)s&sslmode=disable', 0, '', 'the URL says otherwise: no TLS'),
    ('', 'host=127.0.0.1', 0, '', 'this host'),
    ('', 'host=::1', 0, '', 'this host'),
]


def openssl(*words):
    subprocess.run(['openssl', *words], check=True, capture_output=True)


def certificates(folder):
    """Two authorities, and of the first a certificate for db.test, and one that has expired."""
    def path(name):
        return os.path.join(folder, name)
    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    for ca in ('ca', 'other'):
        openssl('req', '-x509', *key, '-keyout', path(ca + '.key'), '-out', path(ca + '.pem'), '-subj', '/CN=' + ca, '-days', '9')
    with open(path('ext'), 'w') as f:
        f.write(NAMES + '\n')
    for name, days in (('good', '9'), ('old', '-1')):
        openssl('req', '-new', *key, '-keyout', path(name + '.key'), '-out', path('csr'), '-subj', '/CN=ignored.test')
        openssl('x509', '-req', '-in', path('csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-out',
                path(name + '.crt'), '-days', days, '-extfile', path('ext'))
    return {'ca': path('ca.pem'), 'other': path('other.pem'), 'ip': ADDRESS}


def whom_it_believes(tmp):
    if os.getuid() != 0 or not postgres.PROGRAMS:
        raise Skip('root and PostgreSQL are needed')
    names = certificates(tmp)
    server = postgres.Server(tmp + '/pg', listen_addresses='*').initialize()
    for name in ('good', 'old'):
        for end in ('.crt', '.key'):
            server.write(name + end, open(os.path.join(tmp, name + end)).read())
    server.write('data/pg_hba.conf', 'local all all trust\nhostssl all all all trust\nhostnossl all all all trust\n')
    running = None
    try:
        for n, (certificate, words, status, said, why) in enumerate(CASES):
            if certificate != running:
                server.stop()
                server.settings.update(ssl='on' if certificate else 'off', ssl_cert_file='%s/%s.crt' % (server.dir, certificate or 'good'),
                                       ssl_key_file='%s/%s.key' % (server.dir, certificate or 'good'), log_connections='on',
                                       log_min_messages='log')
                server.start()
                running = certificate
            os.truncate(server.dir + '/log', 0)
            run = subprocess.run([REPORTD, '--once', '--quiet', '--state', os.path.join(tmp, 'state'), '--config', '/dev/null', '--set',
                                  'store.url=postgresql://postgres@/postgres?' + words % names], capture_output=True, text=True, timeout=60)
            told = (n, words, why, run.returncode, run.stderr)
            assert run.returncode == status and said in run.stderr, told
            log = [line for line in open(server.dir + '/log').read().splitlines() if 'application_name=sceau' in line]
            assert bool(log) == (status == 0), (told, log)  # who is not believed was told nothing
            assert all(('SSL enabled' in line) == bool(certificate) for line in log), (told, log)
    finally:
        server.stop()


if os.getuid() == 0 and 'IN_NAMESPACE' not in os.environ:
    os.environ['IN_NAMESPACE'] = 'yes'
    os.execvp('unshare', ['unshare', '-n', sys.executable, *sys.argv])
if os.getuid() == 0:
    subprocess.run('ip link set lo up && ip address add %s/32 dev lo' % ADDRESS, shell=True, check=True)
run_tests([whom_it_believes], sys.argv[2:])
