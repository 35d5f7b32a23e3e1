#!/usr/bin/python3
"""run.py SCEAU: each check of sceau doctor over a set-up that has the fault and one that has not, in private Postfix
configuration directories; one TAP line a case. Where the command that mends is Postfix's own, it is run, and the check
is asked again."""
import concurrent.futures, contextlib, json, os, pwd, re, shutil, socket, subprocess, sys, tempfile, threading, time, zlib

MAIN_CF = '''
compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/data
mail_owner = postfix
myhostname = mail.example.org
smtpd_milters = { unix:sceau/milter.sock, default_action=accept }
non_smtpd_milters = { unix:sceau/milter.sock, default_action=tempfail }
internal_mail_filter_classes = bounce
disable_mime_output_conversion = yes
milter_protocol = 6
mynetworks = 127.0.0.0/8 [::1]/128
'''
MASTER_CF = '''
smtp inet n - {chroot} - - smtpd
cleanup unix n - {chroot} - 0 cleanup
qmgr unix n - n 300 1 qmgr
'''
ZONE = '''
mail.example.org. A 192.0.2.1
1.2.0.192.in-addr.arpa. PTR mail.example.org.
alien.example.org. A 192.0.2.2
2.2.0.192.in-addr.arpa. PTR other.example.org.
smart.example.org. A 192.0.2.3
$FAIL shaky.example.org. ANY SERVFAIL
'''


class Setup:
    """What a case may change: main.cf and master.cf lines, settings, files of the state directory, the socket."""

    def __init__(self, folder, main='', master='', chroot='n', sets=(), zone=ZONE, dns=None, files=(), socket_file='sceau',
                 listens=True, state=True, socket_mode=0o777, sock_dir_mode=0o755, drop_main=(), held=(), old=()):
        self.dir, self.sets, self.zone, self.dns = folder, sets, zone, dns
        self.sock = None
        os.chmod(folder, 0o755)
        for name in 'etc', 'spool', 'data', 'spool/hold', 'spool/sceau', 'out':
            os.mkdir(self.path(name), 0o755)
        os.chmod(self.path('spool/sceau'), sock_dir_mode)
        text = '\n'.join(line for line in MAIN_CF.splitlines() if not any(line.startswith(d + ' ') for d in drop_main))
        self.write('etc/main.cf', (text + '\n' + main).replace('{dir}', folder))
        self.write('etc/master.cf', (MASTER_CF + master).replace('{chroot}', chroot).replace('{dir}', folder))
        self.write('zone', zone)
        if state:
            os.mkdir(self.path('state'), 0o750)
        for name, content, mode in files:
            mask = os.umask(0o077)  # for each folder on the way
            os.makedirs(os.path.dirname(self.path('state', name)), exist_ok=True)
            os.umask(mask)
            self.write('state/' + name, content)
            os.chmod(self.path('state', name), mode)
        for name in old:
            os.utime(self.path('state', name), (time.time() - 600,) * 2)
        for name in held:
            self.write('spool/hold/' + name, 'x')
        if socket_file:
            where = {'sceau': 'spool/sceau/milter.sock', 'outside': 'out/sceau.sock'}[socket_file]
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(self.path(where))
            os.chmod(self.path(where), socket_mode)
            if listens:
                self.sock.listen(8)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, content):
        with open(self.path(name), 'wb' if isinstance(content, bytes) else 'w') as f:
            f.write(content)

    def ask(self, sceau, check, *more):
        args = [sceau, 'doctor', '--json', '--only', check, '--postfix', self.path('etc'), '--state', self.path('state'),
                '--config', '/dev/null'] + list(more)
        args += self.dns or ['--dns', self.path('zone')]
        for s in self.sets:
            args += ['--set', s.replace('{dir}', self.dir)]
        run = subprocess.run(args, capture_output=True, text=True, timeout=60)
        assert run.stderr == '', run.stderr
        found = [json.loads(line) for line in run.stdout.splitlines()]
        assert found and all(f['id'] == check for f in found), run.stdout
        return found, run.returncode


WORST = ['ok', 'skipped', 'info', 'unknown', 'warning', 'problem']
STATUS = {'ok': 0, 'skipped': 0, 'info': 0, 'warning': 1, 'problem': 2, 'unknown': 3}


class FakeResolver:
    """Answers the root's SOA over UDP, and TCP when told, with the flags it is told; AD to who asks for it."""

    def __init__(self, ad=True, edns=True, tcp=True, rcode=0, answers=True):
        self.ad, self.edns, self.rcode, self.answers = ad, edns, rcode, answers
        self.udp, self.tcp = self.one_port(tcp)
        self.port = self.udp.getsockname()[1]
        threading.Thread(target=self.run_udp, daemon=True).start()
        if tcp:
            threading.Thread(target=self.run_tcp, daemon=True).start()

    @staticmethod
    def one_port(tcp):
        """A port that is free for UDP and for TCP: whatever else ran before may have left either in use."""
        for _ in range(100):
            udp, stream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            udp.bind(('127.0.0.1', 0))
            with contextlib.suppress(OSError):
                stream.bind(udp.getsockname())
                if tcp:  # without, it refuses, and nobody else can listen there
                    stream.listen(4)
                return udp, stream
            udp.close()
            stream.close()
        raise AssertionError('no port is free for both UDP and TCP')

    def reply(self, query):
        soa = b'\0\0\6\0\1\0\0\0\74\0\26\0\0' + b'\0' * 20
        opt = b'\0\0\51\4\xd0\0\0\0\0\0\0' if self.edns else b''
        records = b'' if self.rcode else soa
        head = query[:2] + bytes([0x81, 0x80 | (query[3] & 0x20 if self.ad else 0) | self.rcode]) + b'\0\1' + \
            bytes([0, 1 if records else 0]) + b'\0\0' + bytes([0, 1 if opt else 0])
        return head + query[12:17] + records + opt

    def run_udp(self):
        with contextlib.suppress(OSError):
            while True:
                query, peer = self.udp.recvfrom(2048)
                if self.answers:
                    self.udp.sendto(self.reply(query), peer)

    def run_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.tcp.accept()
                with client:
                    query = client.recv(2048)
                    reply = self.reply(query[2:])
                    client.sendall(len(reply).to_bytes(2, 'big') + reply)

    def close(self):
        self.udp.close()
        self.tcp.close()


def resolver(**kind):
    return lambda: FakeResolver(**kind)


ECHO = '\n127.0.0.1:10025 inet n - n - - smtpd\n  -o content_filter=\n'
SUBMISSION = '\nsubmission inet n - n - - smtpd\n'
PROM = 'sceau_messages_total{dmarc="pass"} 3\nsceau_messages_total{dmarc="fail"} 1\nsceau_journal_lost_total %d\n'
KEY = ('keys/example.org/s1.pem', 'x', 0o600)
FOLDED = ('journal/.folded', '', 0o640)
OWN = ['policy.own_domains=other.test own.test']


def claim(domain, days=0, is_unproven=True, client=None, more=()):
    """A journal record of a message, now or days ago, as src/store/record.c has it."""
    when = int((time.time() - days * 86400) * 1e6).to_bytes(8, 'big')
    fields = [(1, when), (11, domain.encode())] + [(38, b'\1')] * is_unproven + list(more)
    fields += [(6, socket.inet_aton(client))] if client else []
    return b'\1\1' + b''.join(bytes([n]) + len(o).to_bytes(2, 'big') + o for n, o in fields)


def journal(*payloads):
    def frame(payload):
        head = len(payload).to_bytes(4, 'big')
        return b'SJ01' + head + zlib.crc32(head + payload).to_bytes(4, 'big') + payload
    return 'journal/host-1-1', b''.join(map(frame, payloads)), 0o640


def came(count, *clients, authors=('a.test', 'b.test', 'c.test'), **rest):
    """Messages from these clients in turn, of these authors."""
    return [claim(authors[i % len(authors)], client=clients[i % len(clients)], is_unproven=False, **rest) for i in range(count)]


SIGNED, UNVERIFIED = (32, b's1'), (39, b'\1')
ONE = '198.51.100.7'


# id, outcome, what the set-up is, and a word that `found` must have. Each id: with the fault, and without.
CASES = [
    ('postfix.present', 'ok', {}, 'spool'),
    ('postfix.present', 'problem', dict(main='\nqueue_directory = $nope ${\n'), 'postconf'),
    ('milter.asked', 'ok', {}, ''),
    ('milter.asked', 'problem', dict(drop_main=['smtpd_milters']), 'smtp/inet'),
    ('milter.asked', 'problem', dict(master=SUBMISSION + '  -o smtpd_milters=inet:127.0.0.1:9\n'), 'submission/inet'),
    ('milter.asked', 'ok', dict(main='\nsmtpd_milters = inet:127.0.0.1:8999\n', sets=['milter.listen=inet:8999@127.0.0.1']), ''),
    ('milter.asked', 'ok', dict(master=ECHO + '  -o smtpd_milters=\n'), ''),  # where a filter hands back: none is right
    ('milter.local', 'ok', {}, ''),
    ('milter.local', 'info', dict(drop_main=['non_smtpd_milters']), ''),
    ('milter.socket', 'ok', {}, ''),
    ('milter.socket', 'ok', dict(chroot='y'), ''),
    ('milter.socket', 'problem', dict(socket_file=None), '/spool/sceau/milter.sock'),
    ('milter.socket', 'problem', dict(socket_file='outside', chroot='y', main='\nsmtpd_milters = unix:{dir}/out/sceau.sock\n'
                                      'non_smtpd_milters =\n'), 'chrooted'),
    ('milter.socket', 'ok', dict(socket_file='outside', main='\nsmtpd_milters = unix:{dir}/out/sceau.sock\n'
                                 'non_smtpd_milters =\n'), ''),
    ('milter.socket', 'skipped', dict(main='\nsmtpd_milters =\nnon_smtpd_milters =\n'), ''),
    ('milter.access', 'ok', {}, ''),
    ('milter.access', 'problem', dict(socket_mode=0o600), 'milter.sock'),
    ('milter.access', 'problem', dict(sock_dir_mode=0o700), 'enter'),
    ('milter.answers', 'ok', {}, ''),
    ('milter.answers', 'problem', dict(listens=False), 'nobody listens'),
    ('milter.order', 'ok', {}, ''),
    ('milter.order', 'warning', dict(main='\nsmtpd_milters = inet:127.0.0.1:8891, unix:sceau/milter.sock\n'), '8891'),
    ('milter.order', 'warning', dict(main='\nsmtpd_milters = unix:spamass/spamass.sock, unix:sceau/milter.sock\n'), 'before'),
    ('milter.order', 'ok', dict(main='\nsmtpd_milters = unix:sceau/milter.sock, unix:spamass/spamass.sock\n'), ''),
    ('milter.order', 'warning', dict(master=SUBMISSION + '  -o smtpd_milters=unix:sceau/a.sock,unix:clamav/b.sock\n'), 'after'),
    ('milter.macros', 'ok', {}, ''),
    ('milter.macros', 'warning', dict(main='\nmilter_mail_macros = i\n'), 'auth_authen'),
    ('milter.protocol', 'ok', {}, ''),
    ('milter.protocol', 'warning', dict(main='\nmilter_protocol = 2\n'), '2'),
    ('milter.timeouts', 'ok', {}, ''),
    ('milter.timeouts', 'problem', dict(main='\nmilter_content_timeout = 10s\n'), '10s'),
    ('milter.timeouts', 'warning', dict(main='\nmilter_command_timeout = 20s\n'), '20s'),
    ('milter.outage', 'ok', {}, ''),
    ('milter.outage', 'problem', dict(main='\nsmtpd_milters = unix:sceau/milter.sock\nmilter_default_action = reject\n'),
     'reject'),
    ('milter.outage', 'info', dict(main='\nsmtpd_milters = unix:sceau/milter.sock\n'), 'defers'),
    ('milter.outage', 'warning', dict(master=SUBMISSION), 'unsigned'),
    ('milter.outage', 'ok', dict(master=SUBMISSION + '  -o smtpd_milters={unix:sceau/milter.sock,default_action=tempfail}\n'), ''),
    ('milter.outage', 'warning', dict(main='\nnon_smtpd_milters = { unix:sceau/milter.sock, default_action=accept }\n'), 'unsigned'),
    ('milter.bounces', 'ok', {}, ''),
    ('milter.bounces', 'warning', dict(drop_main=['internal_mail_filter_classes']), ''),
    ('postfix.content_filter', 'ok', {}, ''),
    ('postfix.content_filter', 'warning', dict(main='\ncontent_filter = smtp-amavis:[127.0.0.1]:10024\n', master=ECHO),
     '127.0.0.1:10025/inet'),
    ('postfix.content_filter', 'warning', dict(main='\ncontent_filter = smtp-amavis:[127.0.0.1]:10024\n'), 'amavis'),
    ('postfix.content_filter', 'ok', dict(main='\ncontent_filter = smtp-amavis:[127.0.0.1]:10024\n',
                                          master=ECHO + '  -o receive_override_options=no_milters\n'), ''),
    ('postfix.line_length', 'ok', {}, '998'),
    ('postfix.line_length', 'ok', dict(main='\nsmtp_line_length_limit = 0\n'), ''),
    ('postfix.line_length', 'warning', dict(main='\nsmtp_line_length_limit = 512\n'), '512'),
    ('postfix.conversion', 'ok', {}, ''),
    ('postfix.conversion', 'info', dict(drop_main=['disable_mime_output_conversion']), ''),
    ('postfix.generic', 'ok', {}, ''),
    ('postfix.generic', 'warning', dict(main='\nsmtp_generic_maps = inline:{a@b=c@d}\n'), 'inline'),
    ('postfix.masquerade', 'ok', {}, ''),
    ('postfix.masquerade', 'info', dict(main='\nmasquerade_domains = example.org\n'), 'example.org'),
    ('postfix.rewriting', 'ok', {}, ''),
    ('postfix.rewriting', 'warning', dict(main='\nlocal_header_rewrite_clients = static:all\n'), 'static:all'),
    ('postfix.rewriting', 'warning', dict(main='\nremote_header_rewrite_domain = domain.invalid\n'), 'domain.invalid'),
    ('postfix.hostname', 'ok', {}, ''),
    ('postfix.hostname', 'problem', dict(main='\nmyhostname = mail\n'), 'full'),
    ('postfix.hostname', 'problem', dict(main='\nmyhostname = nowhere.example.org\n'), 'no address'),
    ('postfix.hostname', 'warning', dict(main='\nmyhostname = alien.example.org\n'), '192.0.2.2'),
    ('postfix.hostname', 'unknown', dict(main='\nmyhostname = shaky.example.org\n'), ''),
    ('postfix.mynetworks', 'ok', {}, ''),
    ('postfix.mynetworks', 'problem', dict(main='\nmynetworks = 0.0.0.0/0\n'), '0.0.0.0/0'),
    ('postfix.mynetworks', 'problem', dict(main='\nmynetworks = [::]/0\n'), '::'),
    ('postfix.mynetworks', 'warning', dict(main='\nmynetworks = 127.0.0.0/8 192.0.0.0/12\n'), '192.0.0.0/12'),
    ('postfix.mynetworks', 'ok', dict(main='\nmynetworks = 127.0.0.0/8 10.0.0.0/8 192.0.2.0/24\n'), ''),
    ('postfix.relayhost', 'ok', {}, ''),
    ('postfix.relayhost', 'info', dict(main='\nrelayhost = [smart.example.org]:587\n'), 'smart.example.org'),
    ('postfix.relayhost', 'problem', dict(main='\nrelayhost = [gone.example.org]\n'), 'gone.example.org'),
    ('postfix.relayhost', 'unknown', dict(main='\nrelayhost = shaky.example.org\n'), ''),
    ('postfix.lifetime', 'ok', {}, '5d'),
    ('postfix.lifetime', 'warning', dict(main='\nmaximal_queue_lifetime = 1h\n'), '1h'),
    ('postfix.hold', 'ok', {}, '0'),
    ('postfix.hold', 'warning', dict(held=['A1', 'B2']), '2'),
    ('resolver.answers', 'ok', dict(dns=resolver()), ''),
    ('resolver.answers', 'problem', dict(dns=resolver(answers=False)), 'not answer'),
    ('resolver.answers', 'problem', dict(dns=resolver(rcode=5)), 'refuses'),
    ('resolver.answers', 'problem', dict(dns=resolver(rcode=2)), 'root'),
    ('resolver.answers', 'skipped', {}, 'file'),
    ('resolver.local', 'ok', dict(dns=resolver()), ''),
    ('resolver.local', 'warning', dict(sets=['dns.resolver=192.0.2.53'], dns=['--resolver', '192.0.2.53']), '192.0.2.53'),
    ('resolver.edns', 'ok', dict(dns=resolver()), ''),
    ('resolver.edns', 'warning', dict(dns=resolver(edns=False)), 'EDNS'),
    ('resolver.edns', 'unknown', dict(dns=resolver(answers=False)), ''),
    ('resolver.tcp', 'ok', dict(dns=resolver()), ''),
    ('resolver.tcp', 'warning', dict(dns=resolver(tcp=False)), 'TCP'),
    ('resolver.validates', 'ok', dict(dns=resolver()), ''),
    ('resolver.validates', 'warning', dict(dns=resolver(ad=False)), 'validate'),
    ('resolver.validates', 'unknown', dict(dns=resolver(answers=False)), ''),
    ('resolver.anchor', 'ok', dict(sets=['check.trust_anchor={dir}/zone']), ''),
    ('resolver.anchor', 'info', dict(sets=['check.trust_anchor={dir}/none']), 'none'),
    ('state.present', 'ok', {}, ''),
    ('state.present', 'warning', dict(state=False), 'not there'),
    ('state.disk', 'ok', dict(sets=['doctor.disk_least=1']), 'MiB'),
    ('state.disk', 'problem', dict(sets=['doctor.disk_least=1000000000MiB']), 'MiB'),
    ('state.disk', 'skipped', dict(state=False), ''),
    ('keys.modes', 'ok', dict(files=[KEY]), ''),
    ('keys.modes', 'problem', dict(files=[('keys/example.org/s1.pem', 'x', 0o640)]), '0640'),
    ('keys.modes', 'problem', dict(files=[KEY, ('keys/example.org/state', 'x', 0o620)]), '0620'),
    ('keys.modes', 'ok', dict(files=[KEY, ('keys/example.org/state', 'x', 0o644)]), ''),
    ('keys.modes', 'problem', dict(files=[('keys/old.pem', 'x', 0o640)]), '0640'),
    ('keys.modes', 'skipped', {}, ''),
    ('metrics.fresh', 'ok', dict(files=[('milter.prom', PROM % 0, 0o644)]), ''),
    ('metrics.fresh', 'problem', dict(files=[('milter.prom', PROM % 0, 0o644)], old=['milter.prom']), '60'),
    ('metrics.fresh', 'skipped', {}, ''),
    ('journal.complete', 'ok', dict(files=[('milter.prom', PROM % 0, 0o644)]), '0'),
    ('journal.complete', 'warning', dict(files=[('milter.prom', PROM % 7, 0o644)]), '7'),
    ('journal.written', 'ok', dict(files=[('milter.prom', PROM % 0, 0o644), ('journal/host-1-1', 'x', 0o640)]), '1'),
    ('journal.written', 'problem', dict(files=[('milter.prom', PROM % 0, 0o644)]), 'no segment'),
    ('journal.clients', 'warning', dict(files=[journal(*came(50, ONE), *came(9, '127.0.0.1'), *came(9, '192.0.2.1', days=8))]),
     'all 50 messages of the last 7 days that came in have 198.51.100.7'),
    ('journal.folded', 'skipped', {}, 'no journal'),
    ('journal.folded', 'ok', dict(files=[('journal/host-1-1', 'x' * 600, 0o640)]), '600 octets wait'),  # where nobody folds: no matter how old
    ('journal.folded', 'ok', dict(sets=['journal.limit=600'], files=[('journal/host-1-1', 'x' * 600, 0o640)]), 'limit: 600'),  # and how large
    ('journal.folded', 'warning', dict(sets=['journal.limit=700'], files=[FOLDED, ('journal/host-1-1', 'x' * 600, 0o640)]), 'limit: 700'),
    ('journal.folded', 'problem', dict(sets=['journal.limit=600'], files=[FOLDED, ('journal/host-1-1', 'x' * 600, 0o640)]), 'limit: 600'),
    ('journal.clients', 'warning', dict(files=[journal(*came(60, '127.0.0.1'))]), '127.0.0.1'),  # behind a filter of this host
    ('journal.clients', 'warning', dict(files=[journal(*came(50, ONE), *came(9, '192.0.2.1', more=[SIGNED]),
                                                       *came(9, '192.0.2.1', more=[SIGNED, UNVERIFIED]))]), '50'),  # own users come from elsewhere
    ('journal.clients', 'ok', dict(files=[journal(*came(49, ONE))]), '49'),  # too few to tell
    ('journal.clients', 'ok', dict(files=[journal(*came(99, ONE), *came(1, '192.0.2.1'))]), '100'),
    ('journal.clients', 'ok', dict(files=[journal(*came(60, '127.0.0.1', authors=['host.test', 'cron.test']))]), '60'),  # a host's own mail
    ('journal.clients', 'ok', dict(files=[journal(*came(60, ONE, more=[SIGNED]))]), '0'),  # the one program that sends here
    ('journal.clients', 'ok', dict(files=[journal(*came(60, ONE, more=[UNVERIFIED]))]), '0'),
    ('journal.clients', 'skipped', {}, 'no journal'),
    ('journal.clients', 'unknown', dict(files=[('journal/host-1-1/no-segment', 'x', 0o640)]), 'cannot be read'),
    ('policy.own_domains', 'unknown', dict(sets=OWN, files=[('journal/host-1-1/no-segment', 'x', 0o640)]), 'cannot be read'),
    ('postfix.lifetime', 'warning', dict(sets=['sign.expire=4d']), 'expire after 345600 s'),
    ('postfix.lifetime', 'ok', dict(sets=['sign.expire=5d']), '5d'),
    ('policy.own_domains', 'ok', dict(sets=OWN, files=[journal(claim('own.test', is_unproven=False), claim('own.test', days=8))]), 'no message'),
    ('policy.own_domains', 'info', dict(sets=OWN, files=[journal(claim('a.OWN.test'), claim('own.test'), claim('notown.test'))]),
     'own.test unproven in the last 7 days: 2; such mail can'),
    ('policy.own_domains', 'ok', dict(sets=OWN + ['policy.refuse_own_domains=yes'], files=[journal(claim('other.test'))]),
     'other.test unproven in the last 7 days: 1; such mail is'),
    ('policy.own_domains', 'skipped', dict(files=[journal(claim('own.test'))]), 'names no domain'),
    ('policy.own_domains', 'skipped', dict(sets=OWN), 'no journal'),
    ('store.answers', 'skipped', dict(), 'no store'),
    ('store.answers', 'problem', dict(sets=['store.url=postgresql://u@127.0.0.1:1/x']), 'refused'),
    ('outbox.selftest', 'skipped', dict(), 'not set'),
    ('failure.reports', 'skipped', dict(), 'none are made'),
    ('failure.reports', 'problem', dict(sets=['failure.send=yes']), 'nobody reports'),
    ('failure.reports', 'warning', dict(sets=['failure.send=yes', 'report.organisation=R', 'report.from=dmarc@r.example', 'report.send=no']), 'stay here'),
    ('failure.reports', 'warning', dict(sets=['failure.send=yes', 'report.organisation=R', 'report.from=dmarc@r.example']), 'wait for the self-test'),
    ('outbox.selftest', 'warning', dict(sets=['report.organisation=R', 'report.from=dmarc@r.example']), 'no test mail'),
    ('tempfail.file', 'ok', dict(files=[('tempfail', 'x', 0o600)]), ''),
    ('tempfail.file', 'warning', dict(files=[('tempfail', 'x', 0o644)]), 'tempfail'),
]
# No set-up of a test has these faults: the kernel's clock, another product. src/doctor/doctor_test.c judges them.
# A store that answers: tests/store/ingest.py. The self-test passes where mail comes back: tests/outbox/run.py asks doctor there.
NOT_HERE = {'clock.synchronised', 'zimbra.present', 'outbox.selftest', 'failure.reports', 'store.answers'}


def run_case(sceau, check, outcome, kind, word):
    kind, fake = dict(kind), None
    if callable(kind.get('dns')):
        fake = kind['dns']()
        kind['dns'] = ['--resolver', '127.0.0.1@%d' % fake.port]
        kind['sets'] = ['dns.resolver=127.0.0.1@%d' % fake.port]
    folder = tempfile.mkdtemp(prefix='sceau-doctor.')
    try:
        setup = Setup(folder, **kind)
        found, status = setup.ask(sceau, check)
        worst = max((f['outcome'] for f in found), key=WORST.index)
        assert worst == outcome, found
        assert status == STATUS[outcome], (status, found)
        assert any(word in f['found'] for f in found if f['outcome'] == outcome), found
        assert all(f['title'] and f['why'] for f in found)
        if outcome in ('warning', 'problem'):
            assert all(f['fix'] for f in found if f['outcome'] == outcome), found
        mend(setup, sceau, check, found)
    finally:
        if fake:
            fake.close()
        shutil.rmtree(folder)


def mend(setup, sceau, check, found):
    """Run the commands that Postfix has for it; then nothing of it may be left."""
    commands = [f['fix'].split('    #')[0] for f in found
                if f['outcome'] in ('info', 'warning', 'problem') and f['fix'].startswith('postconf -c')]
    if not commands or 'mail.example.org' in commands[0] or '[HOST]' in commands[0] or check == 'postfix.present':
        return
    for command in commands:
        assert setup.path('etc') in command, command
        run = subprocess.run(['sh', '-c', command], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, (command, run.stderr)
    again, _ = setup.ask(sceau, check)
    if check in ('milter.socket', 'journal.clients'):
        return  # the milter must move as well; only mail to come shows it
    assert all(f['outcome'] in ('ok', 'skipped') for f in again), (commands, again)


def listed(sceau):
    run = subprocess.run([sceau, 'doctor', '--list', '--config', '/dev/null', '--dns', '/dev/null'], capture_output=True,
                         text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return [line.split()[0] for line in run.stdout.splitlines()]


def every_check_has_both(sceau):
    ids = listed(sceau)
    assert len(ids) > 30 and len(set(ids)) == len(ids)
    for check in ids:
        outcomes = {o for i, o, _, _ in CASES if i == check}
        if check not in NOT_HERE:
            assert 'ok' in outcomes, check + ' has no case without the fault'
            assert outcomes & {'info', 'warning', 'problem'}, check + ' has no case with the fault'
    assert {i for i, _, _, _ in CASES} <= set(ids)


def both_languages_fit(sceau):
    lies = FakeResolver(ad=False)
    for lang in 'en', 'fr':
        with tempfile.TemporaryDirectory(prefix='sceau-doctor.') as folder:
            setup = Setup(folder, drop_main=['smtpd_milters', 'internal_mail_filter_classes'], state=False)
            run = subprocess.run([sceau, 'doctor', '--lang', lang, '--postfix', setup.path('etc'), '--state',
                                  setup.path('state'), '--dns', setup.path('zone'), '--config', '/dev/null'],
                                 capture_output=True, text=True, timeout=60, env=dict(os.environ, NO_COLOR='1'))
            setup.sock.close()
        assert run.returncode == 2, run
        long = [line for line in run.stdout.splitlines() if len(line) > 80 and not re.match(r' +(mend|remède)', line)]
        assert not long, long
        assert ('problem' if lang == 'en' else 'problème') in run.stdout.splitlines()[0], run.stdout
        sums = run.stdout.splitlines()[-1]
        counted = re.findall(r'(\d+) (problems?|warnings?|problèmes?|avertissements?)(?= |$)', sums)
        assert counted and all(word.endswith('s') == (count != '1') for count, word in counted), sums
        forged = 'a forged record is believed' if lang == 'en' else 'un faux enregistrement est cru'
        listed = subprocess.run([sceau, 'doctor', '--lang', lang, '--only', 'resolver.validates', '--resolver', '127.0.0.1@%d' %
                                 lies.port, '--set', 'dns.resolver=127.0.0.1@%d' % lies.port, '--config', '/dev/null'],
                                capture_output=True, text=True, timeout=60).stdout
        assert forged in ' '.join(listed.split()), listed
    lies.close()


def selection(sceau):
    with tempfile.TemporaryDirectory(prefix='sceau-doctor.') as folder:
        setup = Setup(folder)
        base = [sceau, 'doctor', '--json', '--postfix', setup.path('etc'), '--state', setup.path('state'), '--dns',
                setup.path('zone'), '--config', '/dev/null']

        def ids(*more):
            run = subprocess.run(base + list(more), capture_output=True, text=True, timeout=60)
            return [json.loads(line)['id'] for line in run.stdout.splitlines()], run.returncode
        assert set(ids('--only', 'milter.')[0]) == {i for i in listed(sceau) if i.startswith('milter.')}
        assert set(ids('--only', 'milter.,keys.modes', '--skip', 'milter.')[0]) == {'keys.modes'}
        assert ids('--only', 'no.such')[1] == 64
        setup.sock.close()


def main():
    sceau, failed = sys.argv[1], 0
    pwd.getpwnam('postfix')  # the package is among those that tests need
    tests = [('%s: %s %s' % (i, o, list(k) or ''), lambda i=i, o=o, k=k, w=w: run_case(sceau, i, o, k, w))
             for i, o, k, w in CASES]
    tests += [(f.__name__.replace('_', ' '), lambda f=f: f(sceau)) for f in (every_check_has_both, both_languages_fit, selection)]
    print('1..%d' % len(tests))
    pool = concurrent.futures.ThreadPoolExecutor(8)  # they wait more than they work
    results = [pool.submit(run) for _, run in tests]
    for number, (name, result) in enumerate(zip((name for name, _ in tests), results), 1):
        try:
            result.result()
            print('ok %d - %s' % (number, name), flush=True)
        except Exception as e:  # noqa: whatever went wrong is told
            failed += 1
            print('not ok %d - %s\n# %s' % (number, name, str(e).replace('\n', '\n# ') or repr(e)), flush=True)
    return failed > 0


sys.exit(main())
