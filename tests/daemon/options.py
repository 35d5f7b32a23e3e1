#!/usr/bin/python3
"""options.py SCEAU SCEAU-MILTER [NAME...]: what an option of sceau.conf changes about a message, through a running
sceau-milter: the same message without the option, then with it. tests/options.tsv names the test of each option. One
TAP line a test."""
import json, os, re, subprocess, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import SCEAU, Daemon
from milter import added
from nameserver import Nameserver
from tap import Skip, run_tests

ZONE = '''$ORIGIN test.
$TTL 300
reject TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.reject TXT "v=DMARC1; p=reject"
none TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.none TXT "v=DMARC1; p=none"
slow TXT "v=spf1 -all"
$FAIL _dmarc.slow TXT TIMEOUT
signed TXT "v=spf1 ip4:198.51.100.7 -all"
excuses TXT "v=spf1 -all exp=why.excuses.test"
why.excuses TXT "%%{r} sees %%{i}"
s1._domainkey.signed TXT "v=DKIM1; k=ed25519; p=%s"
'''
KEY = '''-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
'''
PUBLIC = '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
FAILS = dict(domain='reject.test')  # marked as suspect
SLOW = dict(domain='slow.test', sender='ann@slow.test', fields=[('Message-ID', '<1@slow.test>')])
NONE = dict(domain='none.test', sender='ann@none.test')
FORWARDED = dict(domain='reject.test', sender='ann@signed.test')  # SPF passes for somebody else
EXCUSES = dict(domain='none.test', sender='ann@excuses.test')
LIST = dict(recipient='dev@receiver.example', ip='192.0.2.1', fields=[('Date', 'Sun, 22 Nov 2026 10:00:00 +0000')])


def outcome(reply):
    """What happened to a message: "refused", "later", "held", "marked" or "passed", what an MTA was told, the changes."""
    code, text, changes = reply
    word = {b'y': 'refused' if text[:1] == b'5' else 'later', b't': 'later'}.get(code)
    if word is None:
        word = 'held' if any(c == b'q' for c, _ in changes) else 'marked' if 'X-DMARC-Fail-Policy' in added(changes) else 'passed'
    return word, text.decode('latin-1'), b'\n'.join(c + d.replace(b'\0', b'|') for c, d in changes).decode('latin-1')


# option with its value, what else is configured, the message, what happens (without, with the option)
REJECT = '[policy]\nmode = reject\n'
CHANGES = [
    ('policy.mode = monitor', '', FAILS, 'marked', 'passed'),
    ('policy.mode = reject', '', FAILS, 'marked', 'refused'),
    ('policy.mode = reject-direct', '', FAILS, 'marked', 'refused'),
    ('policy.invalid_from = refuse', '', dict(fields=[('From', 'b@none.test')]), 'marked', 'refused'),
    ('policy.quarantine = hold', '', FAILS, 'marked', 'held'),
    ('policy.on_temperror = accept', '', SLOW, 'later', 'passed'),
    ('policy.temperror_tries = 0', '', SLOW, 'later', 'passed'),
    ('policy.exempt_authenticated = no', REJECT, dict(FAILS, login='ann'), 'passed', 'refused'),
    ('policy.exempt_local_socket = yes', REJECT, dict(FAILS, ip=None), 'refused', 'passed'),
    ('policy.trusted_networks = 198.51.100.0/24', REJECT, FAILS, 'refused', 'passed'),
    ('policy.exempt_networks = 198.51.100.0/24', REJECT, FAILS, 'refused', 'passed'),
    ('policy.exempt_senders = test', REJECT, FAILS, 'refused', 'passed'),
    ('policy.exempt_recipients = bob@receiver.example', REJECT, FAILS, 'refused', 'passed'),
    ('policy.exempt_recipients = eve@receiver.example', REJECT, FAILS, 'refused', 'refused'),
    ('policy.refuse_spf_fail = yes', '', NONE, 'passed', 'refused'),
    ('policy.refuse_own_domains = yes', '[policy]\nown_domains = none.test\n', NONE, 'passed', 'refused'),
    ('policy.own_domains = none.test', '[policy]\nrefuse_own_domains = yes\n', NONE, 'passed', 'refused'),
    ('list "dev@receiver.example".refuse_restrictive = yes', '', LIST, 'passed', 'refused'),
    ('forwarder "signed.test".networks = 198.51.100.0/24', REJECT, FORWARDED, 'refused', 'passed'),
    ('forwarder "signed.test".networks = 203.0.113.0/24', REJECT, FORWARDED, 'refused', 'refused'),
    ('forwarder "signed.test".recipients = receiver.example', REJECT, FORWARDED, 'refused', 'passed'),
    ('forwarder "signed.test".recipients = other.example', REJECT, FORWARDED, 'refused', 'refused'),
    ('forwarder "signed.test".until = 2099-01-01', REJECT, FORWARDED, 'refused', 'passed'),
    ('forwarder "signed.test".until = 2020-01-01', REJECT, FORWARDED, 'refused', 'refused'),
]
# the same for a message that is handed over as it is: signed and sealed by signed.test
SIGNED = [
    ('policy.exempt_dkim = signed.test', REJECT, 'refused', 'passed'),
    ('policy.exempt_dkim = other.test', REJECT, 'refused', 'refused'),
    ('sealer "signed.test".until = 2099-01-01', REJECT, 'refused', 'passed'),
    ('sealer "signed.test".until = 2020-01-01', REJECT, 'refused', 'refused'),
    ('sealer "signed.test".recipients = bob@receiver.example', REJECT, 'refused', 'passed'),
    ('sealer "signed.test".recipients = eve@receiver.example', REJECT, 'refused', 'refused'),
]
# the same for a text in what is said to the MTA: that must be there with the option, and not without
SAYS = [
    ('milter.authserv_id = mail.example', '', FAILS, 'Authentication-Results|mail.example;'),
    ('policy.fail_field = X-Failed', '', FAILS, 'X-Failed|reject'),
    ('policy.suspect_field = X-Suspect', '', FAILS, 'X-Suspect|YES'),
    ('policy.suspect_value = Perhaps', '', FAILS, 'X-Spam-Flag|Perhaps'),
    ('policy.url = https://help.example/', REJECT, FAILS, 'https://help.example/'),
    ('verify.receiver = mx4.example', '[policy]\nrefuse_spf_fail = yes\n', EXCUSES, 'that domain says: mx4.example sees 198.51.100.7'),
    ('policy.private_fields = X-Ours', '', dict(fields=[('X-Ours', 'ok')]), 'X-Ours||'),
    ('list "dev@receiver.example".rewrite_from = always', '', dict(LIST, domain='none.test', sender='ann@none.test'), 'From|'),
    ('list "dev@receiver.example".name = The Workshop', '', LIST, 'The Workshop'),
]


def section_of(option):
    """'policy.mode = reject' as lines of a file."""
    section, line = re.fullmatch(r'(\w+(?: "[^"]+")?)\.(.+)', option).groups()
    return '\n[%s]\n%s\n' % (section, line)


class Changing:
    """One milter that reads another file for each message."""
    def __init__(self, tmp):
        self.d = Daemon(tmp, zone=zone_file(tmp))
        self.reads = 0

    def send(self, config, message):
        self.d.configure(config)
        self.reads += 1
        self.d.reload_count(self.reads)
        client = self.d.client()
        try:
            ident = 'Q%d' % self.reads
            if isinstance(message, bytes):
                return outcome(client.send_octets(message, ident, 'ann@reject.test', '198.51.100.7', 'mail.reject.test'))
            return outcome(client.send(ident, **message))
        finally:
            client.close()


def zone_file(tmp):
    path = os.path.join(tmp, 'zone')
    with open(path, 'w') as f:
        f.write(ZONE % PUBLIC)
    return path


def what_becomes_of_a_message(tmp):
    milter = Changing(tmp)
    wrong = []
    for option, rest, message, without, with_it in CHANGES:
        message = dict(message)
        got = milter.send(rest, message)[0], milter.send(rest + section_of(option), message)[0]
        if got != (without, with_it):
            wrong.append((option, got))
    assert not wrong, wrong
    assert milter.d.stop() == 0


def signed_message(tmp):
    path, key = os.path.join(tmp, 'in.eml'), os.path.join(tmp, 'key.pem')
    with open(path, 'w') as f:
        f.write('Authentication-Results: list.signed.test; dmarc=pass header.from=reject.test\nFrom: ann@reject.test\n'
                'Subject: x\n\nHello.\n')
    with open(os.open(key, os.O_CREAT | os.O_WRONLY, 0o600), 'w') as f:
        f.write(KEY)
    run = subprocess.run([SCEAU, 'sign', '--key', key, '--selector', 's1', '--domain', 'signed.test', '--arc', '--authserv-id',
                          'list.signed.test', path], capture_output=True)
    assert run.returncode == 0 and run.stdout.startswith(b'ARC-Seal:'), run
    return run.stdout.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')


def who_vouches_for_a_message(tmp):
    message, milter, wrong = signed_message(tmp), Changing(tmp), []
    for option, rest, without, with_it in SIGNED:
        got = milter.send(rest, message)[0], milter.send(rest + section_of(option), message)[0]
        if got != (without, with_it):
            wrong.append((option, got))
    assert not wrong, wrong
    assert milter.d.stop() == 0


def selectors_of_the_journal(tmp):
    """A selector is learnt from mail that passed; one that a forger names is not. `sceau check` reads the journal that the
    milter wrote."""
    d = Daemon(tmp, zone=zone_file(tmp))
    message = signed_message(tmp)
    for ident, octets in ('Q1', message), ('Q2', message.replace(b's=s1;', b's=forged;')):
        client = d.client()
        client.send_octets(octets, ident, 'ann@signed.test', '198.51.100.7', 'mail.signed.test')
        client.close()
    results = [[(s['selector'], s['result']) for s in record['dkim']] for record in d.journal()]
    assert results[0] == [('s1', 'pass')] and results[1][0][0] == 'forged' and results[1][0][1] != 'pass', results
    assert d.stop() == 0

    def check(zone, *args):
        with open(os.path.join(tmp, 'published'), 'w') as f:
            f.write(zone)
        run = subprocess.run([SCEAU, 'check', '--json', '--only', 'dkim.published,dkim.owner', '--config', '/dev/null', '--set', 'milter.state=' +
                              d.state, '--dns', os.path.join(tmp, 'published'), 'signed.test', *args], capture_output=True, text=True)
        assert run.stderr == '', run.stderr
        return {(f['id'], f['outcome'], f['found'] or '') for f in map(json.loads, run.stdout.splitlines())}

    key = 'TXT "v=DKIM1; k=ed25519; p=%s"\n' % PUBLIC
    told = check('s1._domainkey.signed.test. ' + key)
    assert {(i, o) for i, o, _ in told} == {('dkim.published', 'ok'), ('dkim.owner', 'ok')}, told
    told = check('s1.signed.test. ' + key)
    missing = 's1._domainkey.signed.test has no key record; the selector is known from: seen in the milter\'s journal'
    assert ('dkim.published', 'problem', missing) in told and len(told) == 2, told
    assert any((i, o) == ('dkim.owner', 'problem') and f.startswith('s1.signed.test. ') for i, o, f in told), told


def organizational_domain(tmp):
    """sub.reject.test: reject.test's policy holds by the tree walk, and under a list that calls test a suffix; under one
    that calls reject.test a suffix nobody's does."""
    def judged(config):
        d = Daemon(tmp, zone=zone_file(tmp), config=config)
        word = outcome(d.client().send(domain='sub.reject.test'))[0]
        assert d.stop() == 0
        return word

    lists = {}
    for suffix in 'test', 'reject.test':
        lists[suffix] = os.path.join(tmp, suffix + '.dat')
        with open(lists[suffix], 'w') as f:
            f.write('// ===BEGIN ICANN DOMAINS===\n%s\n' % suffix)
    assert judged('') == 'marked'
    assert judged('[dmarc]\ndiscovery = psl\npsl_file = %s\n' % lists['test']) == 'marked'
    assert judged('[dmarc]\ndiscovery = psl\npsl_file = %s\n' % lists['reject.test']) == 'passed'
    assert judged('[dmarc]\ndiscovery = treewalk\npsl_file = %s\n' % lists['reject.test']) == 'marked'


def memory_for_answers(tmp):
    kept = {}
    for size in '8MiB', '0':
        server = Nameserver({'reject.test': 'v=spf1 ip4:192.0.2.1 -all', '_dmarc.reject.test': 'v=DMARC1; p=reject'})
        d = Daemon(tmp, zone=None, config='[dns]\nresolver = %s\ncache_size = %s\n' % (server.where, size))
        for n in range(2):
            assert outcome(d.client().send('Q%d' % n))[0] == 'marked'
        run = subprocess.run([SCEAU, 'cache', 'list', '--json', '--set', 'milter.state=' + d.state], capture_output=True)
        assert run.returncode == 0, run.stderr
        kept[size] = len(run.stdout.splitlines())
        assert d.stop() == 0
        server.close()
    assert kept['8MiB'] > 2 and kept['0'] == 0, kept


def what_is_said(tmp):
    milter = Changing(tmp)
    wrong = []
    for option, rest, message, text in SAYS:
        before, after = ['\n'.join(milter.send(c, message)) + '\n' for c in (rest, rest + section_of(option))]
        if text in before or text not in after:
            wrong.append((option, after))
    assert not wrong, wrong
    for value in 'yes', 'no':
        assert ('iprev=' in milter.send(section_of('verify.iprev = ' + value), FAILS)[2]) == (value == 'yes'), value
    assert milter.d.stop() == 0


def in_own_network(*command):
    """What came out where all the servers of DNS are one process of ours, and what that was asked."""
    world = ['unshare', '--net'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    if subprocess.run(world + ['true'], stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip('no network of our own can be made here')
    world += [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'recursion.py'), SCEAU]
    run = subprocess.run(world + list(command) + ['--config', '/dev/null'], capture_output=True, text=True, timeout=90)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def asks_the_root(tmp):
    told = {}
    for setting in 'dns.recursion=yes', 'dns.resolver=198.51.100.53':
        told[setting] = in_own_network('lookup', 'TXT', 'mail.reject.test', '--short', '--set', setting)
        assert told[setting]['stdout'] == '"the root"\n', told
    asked = told['dns.recursion=yes']['asked']
    assert asked and all(not desired for _, desired, _, _ in asked), asked
    assert '198.51.100.53' not in [where for where, _, _, _ in asked], asked
    assert told['dns.resolver=198.51.100.53']['asked'] == [['198.51.100.53', True, 'mail.reject.test', 16]], told


def asks_name_servers_at_their_port(tmp):
    for port, outcome_wanted in ('53', 'ok'), ('54', 'unknown'):
        told = in_own_network('check', '--only', 'ns.txt_over_tcp', '--json', 'reject.test', '--set',
                              'dns.resolver=198.51.100.53', '--set', 'check.dns_port=' + port)
        assert json.loads(told['stdout'])['outcome'] == outcome_wanted, told
        assert ('198.41.0.4' in [where for where, _, _, _ in told['asked']]) == (port == '53'), told


TESTS = [what_becomes_of_a_message, what_is_said, who_vouches_for_a_message, selectors_of_the_journal, organizational_domain, memory_for_answers,
         asks_the_root, asks_name_servers_at_their_port]


run_tests(TESTS, sys.argv[3:])
