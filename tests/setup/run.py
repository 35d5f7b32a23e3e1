#!/usr/bin/python3
"""run.py SCEAU: `sceau setup` on hosts that are folders: what it finds, asks, writes, proves and takes back. One TAP line
a case."""
import concurrent.futures, glob, hashlib, json, os, subprocess, sys, tempfile

SCEAU = os.path.abspath(sys.argv[1])
DOMAIN = 'zw3b.net'
ZONE = '''$ORIGIN zw3b.net.
$TTL 3600
@ SOA ns1 host 2026112801 3600 600 86400 60
@ NS ns1
ns1 A 158.69.126.138
mail A 158.69.126.137
mail AAAA 2607:5300:60:9389:17:4:0:1
'''
MAIN_CF = '''# by hand
compatibility_level = 3.6
myhostname = mail.zw3b.net
queue_directory = %(dir)s/spool
smtpd_milters = inet:127.0.0.1:9999
'''
MASTER_CF = '''smtp inet n - y - - smtpd
submission inet n - y - - smtpd
  -o smtpd_sasl_auth_enable=yes
cleanup unix n - y - 0 cleanup
'''
NAMED_CONF = '''options { directory "%(dir)s/bind"; };
zone "zw3b.net" { type master; file "zw3b.net.hosts"; };
'''


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)


class Host:
    def __init__(self, folder):
        self.dir = folder
        for name, text in (('pf/main.cf', MAIN_CF), ('pf/master.cf', MASTER_CF), ('bind/named.conf', NAMED_CONF),
                           ('bind/zw3b.net.hosts', ZONE)):
            write(self.path(name), text % {'dir': folder} if '%(' in text else text)
        os.mkdir(self.path('spool'))

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def setup(self, *args, status, stdin='', dns='bind/zw3b.net.hosts', domain=DOMAIN):
        command = [SCEAU, 'setup', '--config', self.path('etc/sceau.conf'), '--state', self.path('state'), '--postfix',
                   self.path('pf'), '--zimbra', self.path('zimbra'), '--named-conf', self.path('bind/named.conf'), '--dns',
                   self.path(dns), *args] + ([domain] if domain else [])
        return self.run(command, status, stdin)

    def run(self, command, status, stdin=''):
        environment = dict(os.environ, LC_ALL='C', NO_COLOR='1')
        environment.pop('LANGUAGE', None)
        run = subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, cwd=self.dir, timeout=180)
        assert run.returncode == status, 'status %d, want %d\n%s%s' % (run.returncode, status, run.stdout, run.stderr)
        return run.stdout + run.stderr

    def sceau(self, *args, status=0):
        return self.run([SCEAU, *args, '--config', self.path('etc/sceau.conf'), '--set', 'milter.state=' +
                         self.path('state')], status)

    def read(self, *parts):
        with open(self.path(*parts)) as f:
            return f.read()

    def contents(self):
        """Every file outside the state folder: octets, mode and owner."""
        found = {}
        for path in glob.glob(self.dir + '/**', recursive=True):
            if os.path.isfile(path) and not path.startswith(self.path('state')):
                with open(path, 'rb') as f:
                    info = os.stat(path)
                    found[path] = hashlib.sha256(f.read()).hexdigest(), info.st_mode, info.st_uid, info.st_gid
        return found

    def publish(self):
        """All that `sceau zone show` prints, in the zone; what was there goes."""
        shown = self.sceau('zone', 'show', DOMAIN)
        write(self.path('bind/published'), ''.join(
            line + '\n' for line in (ZONE + shown).splitlines() if not line.startswith('mail ') or '\t' in line or
            '    ' in line))


def has(text, *wanted):
    for w in wanted:
        assert w in text, '%r is not in\n%s' % (w, text)


def finds_and_writes(host):
    said = host.setup('--yes', '--sender', 'subdomain-proxy-1=158.69.126.139', status=1)
    has(said, 'Found: Postfix, mail.zw3b.net', 'Found: zone zw3b.net in %s/bind/zw3b.net.hosts' % host.dir,
        'sceau zone apply %s/bind/zw3b.net.hosts' % host.dir, '1  A/AAAA  next', '2  SPF     next', '3  DKIM    next',
        '4  DMARC   next', '5  MX      next')
    has(host.read('etc/sceau.conf'), '[domain "zw3b.net"]\nservers = mail=158.69.126.137,2607:5300:60:9389:17:4:0:1\n'
        'senders = subdomain-proxy-1=158.69.126.139\npolicy = quarantine\nrua = postmaster@zw3b.net\n',
        'listen = unix:%s/spool/sceau/milter.sock,group=postfix,mode=0660,role=both' % host.dir, 'role=sign',
        '[sign "subdomain-proxy-1.zw3b.net"]\nnetworks = 158.69.126.139/32\n', 'trusted_networks = 127.0.0.0/8 ::1/128 '
        '158.69.126.139/32\n')
    values = subprocess.run(['postconf', '-c', host.path('pf'), 'smtpd_milters', 'non_smtpd_milters',
                             'internal_mail_filter_classes'], capture_output=True, text=True).stdout
    has(values, 'smtpd_milters = { unix:sceau/milter.sock, default_action=accept }, inet:127.0.0.1:9999',
        'non_smtpd_milters = { unix:sceau/submission.sock, default_action=tempfail }', 'internal_mail_filter_classes = bounce')
    has(host.read('pf/master.cf'), 'smtpd_milters={unix:sceau/submission.sock,default_action=tempfail}')
    for name in DOMAIN, 'subdomain-proxy-1.zw3b.net':
        assert len(glob.glob(host.path('state/keys', name, '*.pem'))) == 1
        has(host.read('state/keys', name, 'state'), ' next rsa 2048 ')
    has(host.sceau('zone', 'show', DOMAIN), "'relayhost = [mail.zw3b.net]' 'myorigin = subdomain-proxy-1.zw3b.net' "
        "'mydestination =' 'inet_interfaces = loopback-only'", 'mynetworks = $(postconf -h mynetworks) 158.69.126.139/32')
    host.sceau('config', 'check', host.path('etc/sceau.conf'))


def undoes_octet_for_octet(host):
    os.chmod(host.path('pf/main.cf'), 0o640)
    write(host.path('etc/sceau.conf'), '# mine, without an end of line')
    before = host.contents()
    host.setup('--yes', '--sender', 'web', status=1)
    assert host.contents() != before
    host.setup('--yes', status=1)  # twice: the first state counts
    said = host.setup('--undo', status=0, domain=None)
    has(said, 'as it was: %s/pf/main.cf' % host.dir, 'removed: %s/state/keys/zw3b.net/state' % host.dir)
    assert host.contents() == before, (before, host.contents())
    assert not os.path.exists(host.path('state/keys')) and not os.path.exists(host.path('state/setup'))
    has(host.setup('--undo', status=0, domain=None), 'nothing to take back')


def undo_keeps_later_changes(host):
    host.setup('--yes', status=1)
    with open(host.path('pf/main.cf'), 'a') as f:
        f.write('# later\n')
    has(host.setup('--undo', status=0, domain=None), 'main.cf.before-undo')
    assert '# later' in host.read('pf/main.cf.before-undo') and 'unix:sceau' not in host.read('pf/main.cf')


def proves_the_steps(host):
    host.setup('--yes', '--sender', 'web=158.69.126.139', '--policy', 'reject', status=1)
    host.publish()
    before = host.contents()
    said = host.setup(status=0, dns='bind/published')  # described: nothing is asked
    for n, title in enumerate(('A/AAAA', 'SPF', 'DKIM', 'DMARC', 'MX'), 1):
        has(said, '%d  %-7s done' % (n, title))
    assert host.contents() == before, 'what is done is left alone'
    lines = [json.loads(line) for line in host.setup('--json', status=0, dns='bind/published').splitlines()]
    assert [(s['step'], s['state'], s['wanted'] == s['served']) for s in lines] == [(n, 'done', True) for n in range(1, 6)]


def says_what_it_does_not_change(host):
    has(host.setup('--yes', status=1), 'sceau key rotate zw3b.net')
    conf = host.read('etc/sceau.conf')
    has(host.setup('--yes', '--policy', 'none', status=1), 'is described in %s/etc/sceau.conf already' % host.dir)
    assert host.read('etc/sceau.conf') == conf


def a_zone_that_takes_updates(host):
    write(host.path('bind/named.conf'), 'zone "zw3b.net" { type master; file "x"; allow-update { key k; }; };\n')
    has(host.setup('--yes', status=1), 'sceau zone push zw3b.net')


def a_broken_named_conf(host):
    write(host.path('bind/named.conf'), 'zone "zw3b.net" {\n')
    has(host.setup('--yes', status=1), 'named.conf:2: not understood', 'sceau zone show zw3b.net')


def one_step_missing(host):
    host.setup('--yes', status=1)
    host.publish()
    text = host.read('bind/published')
    # Without an MX reports do not arrive either.
    for word, *steps in (('DMARC1', 4), ('v=spf1', 2), ('MX ', 4, 5)):
        write(host.path('bind/part'), ''.join(line + '\n' for line in text.splitlines() if word not in line))
        lines = [json.loads(line) for line in host.setup('--json', status=1, dns='bind/part').splitlines()]
        assert [s['step'] for s in lines if s['state'] != 'done'] == steps, (word, lines)
        has(lines[steps[-1] - 1]['publish'], word)


def two_records_are_a_problem(host):
    host.setup('--yes', status=1)
    host.publish()
    write(host.path('bind/two'), host.read('bind/published') + '@ TXT "v=spf1 -all"\n')
    lines = [json.loads(line) for line in host.setup('--json', status=1, dns='bind/two').splitlines()]
    assert lines[1]['state'] == 'next' and lines[1]['check'].startswith('spf.'), lines[1]


def asks_at_most_six(host):
    said = host.setup(status=1, stdin='\nweb=158.69.126.139\nreject\ndmarc@zw3b.net\nnone\ny\n')
    assert [n for n in range(1, 8) if '%d/6 ' % n in said] == [1, 2, 3, 4, 5, 6], said
    has(said, '[mail=158.69.126.137,2607:5300:60:9389:17:4:0:1]: ', 'sceau zone show zw3b.net')
    has(host.read('etc/sceau.conf'), 'senders = web=158.69.126.139', 'policy = reject', 'rua = dmarc@zw3b.net')


def flags_answer_questions(host):
    said = host.setup('--server', 'mx=158.69.126.137', '--policy', 'none', '--rua', 'r@zw3b.net', '--zone', 'none',
                      status=1, stdin='-\ny\n')
    assert [n for n in range(1, 7) if '%d/6 ' % n in said] == [2, 6], said
    conf = host.read('etc/sceau.conf')
    assert 'senders' not in conf and '[sign' not in conf and 'role=verify' in conf, conf


def json_alone(host):
    said = host.setup('--yes', '--json', status=1)
    assert len([json.loads(line) for line in said.splitlines()]) == 5, said


def no_answer_changes_nothing(host):
    before = host.contents()
    for answers in '', '\n\n', '\n\n\n\n\nn\n', '\n\n\n\n\n\n':
        has(host.setup(status=64, stdin=answers), 'Nothing was changed.')
    assert host.contents() == before and not os.path.exists(host.path('state'))


def dry_run_changes_nothing(host):
    before = host.contents()
    host.setup('--dry-run', status=1)
    assert host.contents() == before and not os.path.exists(host.path('state'))


def refuses_what_it_cannot_write(host):
    before = host.contents()
    has(host.setup('--yes', '--server', 'mail=not-an-address', status=65), 'servers')
    has(host.setup('--yes', '--rua', 'nobody', status=65), 'rua')
    has(host.setup('--yes', status=64, domain='no domain'), 'example.org')
    assert host.contents() == before, set(host.contents().items()) ^ set(before.items())


def gateways_from_mx(host):
    write(host.path('bind/gateways'), ZONE + '@ MX 10 smtp-1.paris\n@ MX 10 smtp-1.toulouse\nsmtp-1.paris A 158.69.126.140\n'
          'smtp-1.toulouse A 158.69.126.141\n')
    host.setup('--yes', status=1, dns='bind/gateways')
    has(host.read('etc/sceau.conf'), 'gateways = smtp-1.paris=158.69.126.140 smtp-1.toulouse=158.69.126.141')


def zimbra(host):
    write(host.path('zimbra/conf/localconfig.xml'), '<localconfig>\n <key name="zimbra_server_hostname">\n'
          '  <value>mail.zw3b.net</value>\n </key>\n</localconfig>\n')
    write(host.path('zimbra/common/conf/main.cf'), 'mynetworks = 127.0.0.0/8 [::1]/128\n  158.69.126.137/32\n'
          'smtpd_milters = inet:127.0.0.1:7026\nnon_smtpd_milters =\n')
    write(host.path('zimbra/common/conf/master.cf'), '127.0.0.1:10030 inet n - n - - smtpd\n'
          '  -o smtpd_milters=inet:localhost:8465\n')
    before = host.contents()
    said = host.setup('--yes', '--sender', 'a=158.69.126.139', '--sender', 'b=2607:5300:60:9389::7', status=1)
    has(said, 'Found: Zimbra in %s/zimbra' % host.dir,
        'zmprov ms mail.zw3b.net zimbraMtaSmtpdMilters "inet:127.0.0.1:7026 inet:127.0.0.1:8892"',
        'zmprov ms mail.zw3b.net zimbraMtaNonSmtpdMilters "inet:127.0.0.1:8892"',
        'zmprov ms mail.zw3b.net zimbraMtaMyNetworks "127.0.0.0/8 [::1]/128 158.69.126.137/32 158.69.126.139/32 '
        '[2607:5300:60:9389::7]/128"', 'zmprov gcf zimbraMtaMyNetworks', "Zimbra's OpenDKIM signs too")
    has(host.read('etc/sceau.conf'), 'listen = inet:8892@127.0.0.1', 'tcp_sign_peers = 127.0.0.1')
    assert {p: c for p, c in host.contents().items() if '/etc/' not in p} == before, "Zimbra's files and Postfix's stay"
    # What zmconfigd makes of the commands is the proof.
    write(host.path('zimbra/common/conf/main.cf'), 'mynetworks = 127.0.0.0/8 [::1]/128 158.69.126.137/32 158.69.126.139/32 '
          '[2607:5300:60:9389::7]/128\nsmtpd_milters = inet:127.0.0.1:8892, inet:127.0.0.1:7026\n'
          'non_smtpd_milters = inet:127.0.0.1:8892\n')
    said = host.setup('--yes', status=1)
    has(said, 'done: its Postfix has them')
    assert 'zmprov ms mail' not in said


def in_french(host):
    has(host.setup('--yes', '--lang', 'fr', status=1), 'Trouv\u00e9', '\u00e0 faire')


CASES = [finds_and_writes, undoes_octet_for_octet, undo_keeps_later_changes, proves_the_steps, says_what_it_does_not_change,
         a_zone_that_takes_updates, a_broken_named_conf, one_step_missing,
         two_records_are_a_problem, asks_at_most_six, flags_answer_questions, json_alone, no_answer_changes_nothing,
         dry_run_changes_nothing, refuses_what_it_cannot_write, gateways_from_mx, zimbra, in_french]


def run_case(case):
    """None, or what went wrong."""
    with tempfile.TemporaryDirectory(prefix='sceau-setup.') as folder:
        try:
            return case(Host(os.path.realpath(folder)))
        except Exception as e:  # noqa: whatever went wrong is told
            where = e.__traceback__
            while where.tb_next and where.tb_next.tb_frame.f_code.co_filename == os.path.abspath(__file__):
                where = where.tb_next
            return 'line %d: %s: %s' % (where.tb_lineno, type(e).__name__, str(e)[:3000])


def main():
    failed = 0
    print('1..%d' % len(CASES))
    # postconf waits for a second when it has just edited a file: side by side.
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for number, (case, problem) in enumerate(zip(CASES, pool.map(run_case, CASES)), 1):
            failed += problem is not None
            print('%s %d - %s' % ('not ok' if problem else 'ok', number, case.__name__), flush=True)
            if problem:
                print('# ' + problem.replace('\n', '\n# '), flush=True)
    return failed > 0


sys.exit(main())
