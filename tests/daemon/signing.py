#!/usr/bin/python3
"""signing.py SCEAU SCEAU-MILTER [NAME...]: a sceau-milter that signs, without an MTA: who is signed for and who is not, what
happens to the signer, what becomes of a message that cannot be signed. What was signed is verified with sceau and with
dkimpy. One TAP line a test."""
import json, os, re, signal, subprocess, sys, threading, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dkim
from daemon import SCEAU, Daemon
from keystore import add_state, make_key, set_state, zone_line
from milter import Client
from tap import Skip, run_tests, wait_for

ZONE = '''$ORIGIN test.
$TTL 300
own TXT "v=spf1 -all"
_dmarc.own TXT "v=DMARC1; p=reject"
'''
LOGIN = dict(login='ann@own.test')


class Signing:
    """A milter with keys for own.test (RSA), its zone beside it."""

    def __init__(self, tmp, *args, config='', role='both', keys=(('own.test', 's1', 'rsa'),), **rest):
        self.tmp, self.records = tmp, {}
        self.state = os.path.join(tmp, 'state')
        os.makedirs(self.state, mode=0o700, exist_ok=True)
        for domain, selector, kind in keys:
            self.add(domain, selector, kind)
        self.sock = os.path.join(tmp, 'sign.sock')
        self.write_zone()
        self.d = Daemon(tmp, '--listen', 'unix:%s,role=%s,mode=0666' % (self.sock, role), *args, config=config, listen=False,
                        zone=self.zone, **rest)

    def add(self, domain, selector='s1', kind='rsa', **rest):
        self.records[selector, domain] = make_key(self.state, domain, selector, kind, **rest)

    def write_zone(self):
        self.zone = os.path.join(self.tmp, 'zone')
        with open(self.zone, 'w') as f:
            f.write(ZONE + ''.join(zone_line(d, s, r) for (s, d), r in self.records.items()))

    def send(self, text, queue_id='Q1', ip='198.51.100.7', port=1025, sender='ann@own.test', helo='mail.own.test', **session):
        """Hand over a message; (what happened, the message as it leaves)."""
        client = Client(self.sock)
        try:
            head, body = text.split(b'\r\n\r\n', 1)
            lines = re.split(rb'\r\n(?![ \t])', head)
            fields = [line.replace(b'\r\n', b'\n').split(b':', 1) for line in lines]
            reply = client.hand_over(fields, body, queue_id, sender, ip, helo, port=port, **session)
        finally:
            client.close()
        return reply, leaving(fields, body, reply[2])

    def line(self, queue_id):
        """The log line of a message."""
        found = [l for l in self.d.log().splitlines() if l.startswith(queue_id + ':')]
        assert len(found) == 1, (queue_id, found, self.d.log()[-2000:])
        return found[0]

    def dns(self, name, **_):
        for (selector, domain), record in self.records.items():
            if name.decode().rstrip('.') == '%s._domainkey.%s' % (selector, domain):
                return record.encode()
        return None

    def verifies(self, message, signatures=1):
        """By dkimpy and by sceau: all signatures, as many as that."""
        found = len(re.findall(rb'(?mi)^DKIM-Signature:', message.split(b'\r\n\r\n')[0]))
        assert found == signatures, (found, message[:600])
        for n in range(signatures):
            assert dkim.DKIM(message).verify(idx=n, dnsfunc=self.dns), (n, message[:1200])
        run = subprocess.run([SCEAU, 'verify', '--json', '--dns', self.zone, '--config', '/dev/null', '-'], input=message,
                             capture_output=True)
        assert run.stdout.count(b'"result":"pass"') >= signatures, run.stdout


def leaving(fields, body, changes):
    """The message after an MTA did as it was told."""
    fields = [[name, value if value.startswith((b' ', b'\t', b'\n')) else b' ' + value] for name, value in fields]
    for code, data in changes:
        if code == b'm':
            n, rest = int.from_bytes(data[:4], 'big'), data[4:]
            name, value = rest.split(b'\0')[:2]
            at = [i for i, f in enumerate(fields) if f[0].strip().lower() == name.lower()][n - 1]
            if value:
                fields[at] = [name, b' ' + value]
            else:
                del fields[at]
        elif code == b'i':
            name, value = data[4:].split(b'\0')[:2]
            assert data[:4] == b'\0\0\0\0'
            fields.insert(0, [name, b' ' + value])
    head = b''.join(name + b':' + value.replace(b'\n', b'\r\n') + b'\r\n' for name, value in fields)
    return head + b'\r\n' + body


def mail(author='Ann <ann@own.test>', extra=b'', body=b'Hello.\r\n'):
    return b'From: ' + author.encode() + b'\r\nTo: bob@receiver.example\r\nSubject: one\r\n  two\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n' \
           b'Message-ID: <1@own.test>\r\n' + extra + b'\r\n' + body


def signs_for_a_login(tmp):
    for role in 'both', 'sign':
        s = Signing(os.path.join(tmp, role), role=role)
        (code, _, changes), message = s.send(mail(), 'Q' + role, **LOGIN)
        assert code == b'a', code
        s.verifies(message)
        line = s.line('Q' + role)
        assert ' signed=yes sign_rule=login-domain d=own.test s=s1' in line, line
        assert message.startswith(b'DKIM-Signature: '), message[:200]
        assert (b'\nAuthentication-Results: ' in message) == (role == 'both')
        # the same from a stranger is not signed
        (code, _, changes), message = s.send(mail(), 'X' + role)
        assert b'DKIM-Signature' not in message
        assert ' signed=no sign_rule=stranger' in s.line('X' + role), s.line('X' + role)
        assert s.d.stop() == 0



# ---- options: what one changes, (what is sent, what the log says without it, with it) ----

OFFICE = dict(ip='192.0.2.9')
SENDMAIL = dict(ip='127.0.0.1', port=0)
CAROL = dict(login='carol')
LONG = mail(body=b'x' * 1200 + b'\r\n')
FAR = dict(author='ann@far.test')
KEYS = (('own.test', 's1', 'rsa'), ('own.test', 'e1', 'ed25519'))
WANTED = [
    ('sign.owner_check = log', '', dict(login='eve@evil.test'), mail(), 'login-not-owner', 'not-owner'),
    ('sign.owner_check = off', '', dict(login='eve@evil.test'), mail(), 'login-not-owner', 'unchecked'),
    ('sign.networks = 192.0.2.0/24', '[sign]\nnetwork_domains = own.test\n', OFFICE, mail(), 'stranger', 'network'),
    ('sign.network_domains = test', '[sign]\nnetworks = 192.0.2.0/24\n', OFFICE, mail(), 'network-not-owner', 'network'),
    ('sign.local_domains = own.test', '', SENDMAIL, mail(), 'local-not-owner', 'host'),
    ('sign.login_domains = own.test', '', CAROL, mail(), 'login-not-owner', 'login-domain'),
    ('sign.login_map = hash:%(tmp)s/logins', '', CAROL, mail(), 'login-not-owner', 'login-map'),
    ('sign.long_lines = refuse', '', LOGIN, LONG, 'long-lines', 'long-lines refused'),
    ('sign.long_lines = sign', '', LOGIN, LONG, 'long-lines', 'login-domain s=s1,e1'),
    ('sign.on_error = unsigned', '', dict(login='ann@broken.test'), mail('ann@broken.test'), 'broken-key later', 'broken-key'),
    ('sign.algorithms = rsa', '', LOGIN, mail(), 'login-domain s=s1,e1', 'login-domain s=s1'),
    ('sign.algorithms = ed25519', '', LOGIN, mail(), 'login-domain s=s1,e1', 'login-domain s=e1'),
    ('sign "own.test".algorithms = ed25519', '', LOGIN, mail(), 'login-domain s=s1,e1', 'login-domain s=e1'),
    ('sign "own.test".algorithms = both', '[sign]\nalgorithms = rsa\n', LOGIN, mail(), 'login-domain s=s1', 'login-domain s=s1,e1'),
    ('sign "own.test".selectors = e1', '', LOGIN, mail(), 'login-domain s=s1,e1', 'login-domain s=e1'),
    ('sign "own.test".selectors = gone', '', LOGIN, mail(), 'login-domain s=s1,e1', 'no-key'),
    ('sign "own.test".networks = 192.0.2.0/24', '', OFFICE, mail(), 'stranger', 'network'),
    ('sign "own.test".subdomains = yes', '', LOGIN, mail('ann@sub.own.test'), 'login-not-owner', 'login-domain'),
]
# the same for what must stand in the signature with the option and not without
SAYS = [
    ('sign.canonicalization = simple/simple', '', mail(), b'c=simple/simple;'),
    ('sign "own.test".canonicalization = relaxed/simple', '', mail(), b'c=relaxed/simple;'),
    ('sign.headers = From Subject', '', mail(), b'h=From:Subject;'),
    ('sign "own.test".headers = From Date', '', mail(), b'h=From:Date;'),
    ('sign.expire = 7d', '', mail(), b'x='),
    ('sign "own.test".identity = yes', '[sign "own.test"]\nsubdomains = yes\n', mail('ann@sub.own.test'), b'i=@sub.own.test;'),
]


def section_of(option):
    section, line = re.fullmatch(r'(\w+(?: "[^"]+")?)\.(.+)', option).groups()
    return '\n[%s]\n%s\n' % (section, line)


def said(s, reply, queue_id):
    """The rule of a message and what is remarkable beside it."""
    line = s.line(queue_id)
    words = [re.search(r' sign_rule=(\S+)', line)[1] if ' sign_rule=' in line else 'none']
    words += re.findall(r' (s=\S+)', line)
    return ' '.join(words + {b'y': ['refused' if reply[1][:1] == b'5' else 'later'], b't': ['later']}.get(reply[0], []))


def explained(s, text, session):
    """The rule and the selectors as `sceau sign --explain` has them."""
    author = re.search(rb'From: .*?([^ <]+@[^ >\r]+)', text)[1].decode()
    words = ['--from', author, '--host', 'mx.receiver.example', '--state', s.state, '--config', s.d.conf, '--json']
    if session.get('port') == 0:
        words += ['--local']
    else:
        words += ['--ip', session.get('ip', '198.51.100.7')]
    words += ['--login', session['login']] if 'login' in session else []
    run = subprocess.run([SCEAU, 'sign', '--explain'] + words, capture_output=True)
    found = json.loads(run.stdout)
    assert run.returncode == (0 if found['signed'] else 1), (run.returncode, found, run.stderr)
    return ' '.join([found['rule']] + (['s=' + ','.join(k['selector'] for k in found['keys'])] if found['signed'] else []))


def options_decide(tmp):
    with open(os.path.join(tmp, 'logins'), 'w') as f:
        f.write('# who may\nann@own.test  carol\n')
    s = Signing(tmp, keys=KEYS + (('broken.test', 's1', 'ed25519'),))
    os.chmod(os.path.join(s.state, 'keys', 'broken.test', 's1.pem'), 0o644)
    wrong = []
    reads = 0
    for option, rest, session, text, without, with_it in WANTED:
        got = []
        for config in rest, rest + section_of(option % dict(tmp=tmp)):
            s.d.configure(config)
            reads += 1
            s.d.reload_count(reads)
            reply, message = s.send(text, 'Q%d' % reads, **session)
            got.append(said(s, reply, 'Q%d' % reads))
            told = explained(s, text, session)  # beforehand, but for what the message or the key's file is to blame for
            if told != got[-1] and not got[-1].startswith(('long-lines', 'broken-key')):
                wrong.append((option, got[-1], 'explained: ' + told))
            if ' s=' in got[-1]:
                s.verifies(message, got[-1].count(',') + 1)
        wanted = [without, with_it]
        if [g if w.count(' ') else g.split(' ')[0] for g, w in zip(got, wanted)] != wanted:
            wrong.append((option, got))
    assert not wrong, wrong
    assert s.d.stop() == 0


def options_show_in_the_signature(tmp):
    s, reads = Signing(tmp), 0
    for option, rest, text, wanted in SAYS:
        for config in rest, rest + section_of(option):
            s.d.configure(config)
            reads += 1
            s.d.reload_count(reads)
            _, message = s.send(text, 'Q%d' % reads, **LOGIN)
            s.verifies(message)
            signature = re.sub(rb'\s', b'', re.search(rb'DKIM-Signature:(.*?)\r\n(?!\s)', message, re.S)[1]).replace(b'b=', b'\nb=')
            assert (wanted in signature.split(b'\nbh')[0]) == (config != rest), (option, config, signature)
    x = re.search(rb't=(\d+);x=(\d+)', re.sub(rb'\s', b'', s.send(mail(), 'QX', **LOGIN)[1]))
    assert x is None
    s.d.configure('[sign]\nexpire = 7d\n')
    s.d.reload_count(reads + 1)
    t, x = re.search(rb't=(\d+);x=(\d+)', re.sub(rb'\s', b'', s.send(mail(), 'QY', **LOGIN)[1])).groups()
    assert int(x) - int(t) == 7 * 86400 and abs(int(t) - time.time()) < 60
    assert s.d.stop() == 0


# ---- the processes ----

def processes(pid):
    """(guard, signer) of a milter."""
    def children(of):
        with open('/proc/%d/task/%d/children' % (of, of)) as f:
            return [int(n) for n in f.read().split()]
    guard = children(pid)
    signer = children(guard[0]) if guard else []
    return (guard[0], signer[0]) if guard and signer else None


def survives_a_killed_signer(tmp):
    s = Signing(tmp)
    stop, signed, other = threading.Event(), [], []

    def run(client):
        n = 0
        while not stop.is_set():
            n += 1
            (code, _, _), message = s.send(mail(), 'L%d-%d' % (client, n), **LOGIN)
            (signed if code == b'a' and message.startswith(b'DKIM-Signature') else other).append(message)
    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    before = None
    for kill in range(3):
        guard, signer = wait_for('another signer', lambda: (lambda p: p if p and p[1] != before else None)(processes(s.d.p.pid)))
        count = len(signed)
        wait_for('messages', lambda: len(signed) > count + 20)
        os.kill(signer, signal.SIGKILL)
        before = signer
    count = len(signed)
    wait_for('messages', lambda: len(signed) > count + 20)
    stop.set()
    for t in threads:
        t.join()
    assert not other, '%d of %d unsigned' % (len(other), len(signed))
    for message in signed[-3:]:
        s.verifies(message)
    assert s.d.log().count('the signer was killed by signal 9; it is started anew') == 3
    assert s.d.stop() == 0
    assert not os.path.exists('/proc/%d' % guard)


def without_its_guard(tmp):
    """Nothing is signed any more: sent away, verification goes on, and the administrator is told."""
    s = Signing(tmp)
    guard, signer = wait_for('guard and signer', lambda: processes(s.d.p.pid))
    os.kill(guard, signal.SIGKILL)
    wait_for('the signer ends', lambda: not os.path.exists('/proc/%d' % signer) or open('/proc/%d/stat' % signer).read().split()[2] == 'Z')
    (code, text, _), _ = s.send(mail(), 'Q1', **LOGIN)
    assert code == b'y' and text.startswith(b'451 4.7.1'), (code, text)
    assert 'signed=no sign_rule=no-signer' in s.line('Q1') and 'action=tempfail' in s.line('Q1')
    (code, _, changes), _ = s.send(mail(), 'Q2')
    assert code == b'a' and changes
    assert s.d.log().count('the signer and its guard are gone') == 1
    s.d.configure('[sign]\non_error = unsigned\n')
    s.d.reload_count(1)
    (code, _, _), message = s.send(mail(), 'Q3', **LOGIN)
    assert code == b'a' and not message.startswith(b'DKIM')
    assert s.d.stop() == 0
    assert 'sceau_signer_up 0' in open(os.path.join(s.state, 'milter.prom')).read()


def dies_with_the_milter(tmp):
    s = Signing(tmp)
    both = wait_for('guard and signer', lambda: processes(s.d.p.pid))  # the milter may be ready before they are
    s.d.p.kill()
    s.d.p.wait()
    for pid in both:
        wait_for('%d ends' % pid, lambda: not os.path.exists('/proc/%d' % pid) or open('/proc/%d/stat' % pid).read().split()[2] == 'Z')


def keys_are_out_of_reach(tmp):
    """The milter cannot read what its signer can, and the signer has nothing else open."""
    if os.geteuid() != 0:
        raise Skip('needs root: another user reads no process')
    s = Signing(tmp, config='[milter]\nuser = nobody\n')
    s.send(mail(), 'Q1', **LOGIN)
    for pid in processes(s.d.p.pid):
        status = open('/proc/%d/status' % pid).read()
        assert re.search(r'^Uid:\s+65534\s', status, re.M), status
        kinds = [os.readlink('/proc/%d/fd/%s' % (pid, n)) for n in os.listdir('/proc/%d/fd' % pid) if int(n) > 2]
        assert all(k.startswith('socket:') for k in kinds), kinds
        if 'not confined' not in s.d.log():
            assert re.search(r'^Seccomp:\s+2$', status, re.M), status
    assert s.d.stop() == 0


# ---- keys ----

def both_algorithms_in_one_pass(tmp):
    s = Signing(tmp, keys=KEYS)
    for name, text in (('plain', mail()), ('empty', mail(body=b'')), ('eight', mail(body='h\xe9\r\n\r\n\r\n'.encode('latin-1'))),
                       ('spaces', mail(extra=b'X: a   b\r\n\t c\r\n', body=b' a \t b  \r\n\r\n\r\n')),
                       ('list', mail(extra=b'List-Unsubscribe: <https://x.test/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n')),
                       ('large', mail(body=b'0123456789\r\n' * 900000))):
        (code, _, _), message = s.send(text, name, **LOGIN)
        assert code == b'a'
        s.verifies(message, 2)
        algorithms = re.findall(rb'a=([a-z0-9-]+);', message)
        assert sorted(algorithms) == [b'ed25519-sha256', b'rsa-sha256'], algorithms
    # a second From, a second Subject: the signature fails
    for extra in b'From: eve@evil.test\r\n', b'Subject: other\r\n', b'Cc: eve@evil.test\r\n':
        assert not dkim.DKIM(extra + message).verify(idx=0, dnsfunc=s.dns)
    assert dkim.DKIM(b'List-Id: <l.test>\r\nReply-To: l@l.test\r\n' + message).verify(idx=0, dnsfunc=s.dns)
    assert s.d.stop() == 0


def keys_live(tmp):
    """Added, rotated, retired and broken while it runs; one domain's trouble is its own."""
    s = Signing(tmp)
    def rule(queue_id, author='ann@own.test'):
        reply, _ = s.send(mail(author), queue_id, login=author)
        return said(s, reply, queue_id)
    assert rule('A1') == 'login-domain s=s1'
    assert rule('A2', 'bob@new.test') == 'no-key'
    s.add('new.test', 'n1')
    wait_for('the new domain is signed', lambda: rule('B%d' % time.monotonic_ns(), 'bob@new.test') == 'login-domain s=n1')
    set_state(s.state, 'own.test', 's1', 'retiring')
    s.add('own.test', 's2')
    wait_for('the new key signs', lambda: rule('C%d' % time.monotonic_ns()) == 'login-domain s=s2')
    os.chmod(os.path.join(s.state, 'keys', 'new.test', 'n1.pem'), 0o640)
    add_state(s.state, 'new.test', '# touched')
    wait_for('the broken key is seen', lambda: rule('D%d' % time.monotonic_ns(), 'bob@new.test') == 'broken-key later')
    assert rule('E1') == 'login-domain s=s2'
    assert s.d.log().count('n1.pem has mode') == 1
    os.chmod(os.path.join(s.state, 'keys', 'new.test', 'n1.pem'), 0o600)
    wait_for('it is mended', lambda: rule('F%d' % time.monotonic_ns(), 'bob@new.test') == 'login-domain s=n1')
    assert s.d.stop() == 0


# ---- what will leave ----

def long_header_lines_are_folded(tmp):
    s = Signing(tmp)
    long_to = b', '.join(b'person%d@receiver.example' % n for n in range(100))
    text = mail(extra=b'Cc: ' + long_to + b'\r\nX-Other: short\r\n')
    (code, _, changes), message = s.send(text, 'Q1', **LOGIN)
    assert [d[4:7] for c, d in changes if c == b'm'] == [b'Cc\0'], changes
    assert all(len(line) <= 998 for line in message.split(b'\r\n')), max(map(len, message.split(b'\r\n')))
    s.verifies(message)
    assert ' refolded=1' in s.line('Q1')
    # the second of two fields of one name, a removed one before it
    forged = b'Authentication-Results: mx.receiver.example; dmarc=pass\r\n'
    text = mail(extra=forged + b'X-A: short\r\nX-A: ' + long_to + b'\r\n')
    (code, _, changes), message = s.send(text, 'Q2', **LOGIN)
    assert b'X-A: short' in message and all(len(line) <= 998 for line in message.split(b'\r\n'))
    s.verifies(message)
    # what cannot be folded is left alone, and said
    (code, _, changes), message = s.send(mail(extra=b'X-B: ' + b'y' * 1100 + b'\r\n'), 'Q3', **LOGIN)
    assert code == b'a' and b'DKIM-Signature' not in message and b'y' * 1100 in message
    assert 'sign_rule=header' in s.line('Q3')
    assert s.d.stop() == 0


def body_lines_at_the_limit(tmp):
    s = Signing(tmp)
    for n, (body, is_signed) in enumerate(((b'x' * 998 + b'\r\n', True), (b'x' * 999 + b'\r\n', False),
                                           (b'a\r\n' + b'x' * 998, True), (b'a\r\n' + b'x' * 1001, False),
                                           (b'x' * 70000 + b'\r\n', False), ((b'x' * 998 + b'\r\n') * 200, True))):
        _, message = s.send(mail(body=body), 'Q%d' % n, **LOGIN)
        assert message.startswith(b'DKIM-Signature') == is_signed, n
        assert (' long_lines=yes' in s.line('Q%d' % n)) != is_signed
    s.d.stop()
    prom = open(os.path.join(s.state, 'milter.prom')).read()
    for line in ('sceau_long_lines_total 3', 'sceau_signing_total{signed="no",rule="long-lines"} 3', 'sceau_signatures_total 3',
                 'sceau_signing_total{signed="yes",rule="login-domain"} 3', 'sceau_signer_up 1'):
        assert line in prom, (line, prom)


def said_in_json_and_journal(tmp):
    s = Signing(tmp, config='[log]\nformat = json\n')
    s.send(mail(), 'Q1', **LOGIN)
    s.send(mail(), 'Q2')
    lines = [json.loads(l) for l in s.d.log().splitlines() if l.startswith('{')]
    assert [(l['signed'], l['sign_rule']) for l in lines] == [(['s1'], 'login-domain'), ([], 'stranger')], lines
    assert [r['signed'] for r in s.d.journal()] == [['s1'], []]
    assert s.d.stop() == 0


def signed_alone_is_remembered(tmp):
    """A listener that does not verify: what it signs is in the journal, for the life of keys, and counts for no verdict."""
    s = Signing(tmp, role='sign', config='[sign "own.test"]\nsubdomains = yes\n')
    s.send(mail(), 'Q1', **LOGIN)
    s.send(mail(), 'Q2')  # a stranger's: nothing is to be remembered
    s.send(mail('ann@sub.own.test'), 'Q3', **LOGIN)
    records = s.d.journal()
    assert [(r['queue_id'], r['verified'], r['signed'], r['author_domain'], r['signing_domain']) for r in records] == [
        ('Q1', False, ['s1'], 'own.test', 'own.test'), ('Q3', False, ['s1'], 'sub.own.test', 'own.test')], records
    for r in records:
        assert (r['spf'], r['dkim'], r['dmarc'], r['arc'], r['action']) == (None, [], None, None, 'accept'), r

    def sceau(*words):
        return subprocess.run([SCEAU, *words, '--config', s.d.conf], capture_output=True, text=True).stdout
    assert 'Q3, author sub.own.test, signed and not verified here' in sceau('status', '--state', s.state)
    assert json.loads(sceau('status', '--state', s.state, '--json'))['last']['dmarc'] is None
    assert json.loads(sceau('shadow', 'report', '--json', os.path.join(s.state, 'journal')))['messages'] == 0
    known = sceau('check', '--json', '--passed', '--only', 'dkim.published', '--dns', s.zone, '--set', 'milter.state=' + s.state, 'own.test')
    assert '"outcome":"ok"' in known, known
    assert s.d.stop() == 0
    with open(os.path.join(s.state, 'milter.prom')) as f:
        figures = f.read()
    assert 'sceau_messages_total{dmarc="none"} 0' in figures and 'sceau_signatures_total 2' in figures, figures


def sealed(changes):
    return [d[4:].split(b'\0')[0].decode() for c, d in changes if c == b'i']


def seals_what_is_forwarded(tmp):
    """ARC sets over our own results: mail from outside to forwarded recipients, then a list's mail on its way out."""
    config = '[milter]\nauthserv_id = mx.receiver.example\n[sign]\narc_domain = own.test\narc_recipients = fwd.test\n'
    s = Signing(tmp, config=config)
    outside = dict(ip='192.0.2.1', sender='ann@own.test')

    def chain_of(message, instances):
        cv, found, reason = dkim.arc_verify(message, dnsfunc=s.dns)
        assert cv == b'pass' and len(found) == instances, (cv, reason, message[:2500])
        run = subprocess.run([SCEAU, 'verify', '--json', '--dns', s.zone, '--config', '/dev/null', '-'], input=message, capture_output=True)
        arc = json.loads(run.stdout)['arc']
        assert (arc['cv'], arc['instances']) == ('pass', instances), arc
    (code, _, changes), once = s.send(mail(), 'Q1', recipient='bob@fwd.test', **outside)
    assert code == b'a' and sealed(changes)[-3:] == ['ARC-Authentication-Results', 'ARC-Message-Signature', 'ARC-Seal'], sealed(changes)
    chain_of(once, 1)
    assert re.search(rb'ARC-Authentication-Results: i=1; mx.receiver.example;\s.*?spf=fail', once, re.S), once[:1200]
    assert ' signed=no sign_rule=stranger' in s.line('Q1') and ' sealed=1' in s.line('Q1'), s.line('Q1')
    # to others it is not
    (_, _, changes), _ = s.send(mail(), 'Q2', **outside)
    assert not any(name.startswith('ARC-') for name in sealed(changes))
    # forged results from outside are no reason
    forged = mail(extra=b'Authentication-Results: mx.receiver.example; dmarc=pass\r\n')
    (_, _, changes), _ = s.send(forged, 'Q3', **outside)
    assert not any(name.startswith('ARC-') for name in sealed(changes))
    # a trusted client brings our results back: the second set, over the first; a login that is signed too
    (code, _, changes), twice = s.send(once, 'Q4', ip='127.0.0.1', port=2525)
    assert code == b'a' and ' sealed=2' in s.line('Q4'), s.line('Q4')
    chain_of(twice, 2)
    (code, _, changes), both = s.send(once, 'Q5', ip='127.0.0.1', port=2525, **LOGIN)
    chain_of(both, 2)
    assert dkim.DKIM(both).verify(dnsfunc=s.dns) and ' signed=yes' in s.line('Q5')
    # a chain that was broken on its way: cv=fail, and nothing above that
    broken = once.replace(b'Hello.', b'Hallo.')
    (_, _, _), failed = s.send(broken, 'Q6', ip='127.0.0.1', port=2525)
    assert re.search(rb'cv=fail', failed) and ' sealed=2' in s.line('Q6')
    (_, _, changes), _ = s.send(failed, 'Q7', ip='127.0.0.1', port=2525)
    assert not any(name.startswith('ARC-') for name in sealed(changes)) and 'unsealed="the newest seal says cv=fail"' in s.line('Q7')
    # without a key: said, and delivered
    s.d.configure(config.replace('arc_domain = own.test', 'arc_domain = nokey.test'))
    s.d.reload_count(1)
    (code, _, changes), _ = s.send(mail(), 'Q8', recipient='bob@fwd.test', **outside)
    assert code == b'a' and 'unsealed="sign.arc_domain has no active key that can be used"' in s.line('Q8')
    assert s.d.stop() == 0
    assert 'sceau_seals_total 4' in open(os.path.join(s.state, 'milter.prom')).read()


def shadow_signs_nothing(tmp):
    s = Signing(tmp, config='[milter]\nshadow = yes\n')
    (code, _, changes), _ = s.send(mail(), 'Q1', **LOGIN)
    assert not changes and 'signed=no sign_rule=shadow' in s.line('Q1')
    assert s.d.stop() == 0


def verifying_alone_has_no_signer(tmp):
    s = Signing(tmp, role='verify')
    assert processes(s.d.p.pid) is None if os.path.exists('/proc/%d/task/%d/children' % (s.d.p.pid, s.d.p.pid)) else True
    s.send(mail(), 'Q1', **LOGIN)
    assert 'sign' not in s.line('Q1'), s.line('Q1')
    assert s.d.stop() == 0
    assert 'sceau_sign' not in open(os.path.join(s.state, 'milter.prom')).read()


run_tests([signs_for_a_login, options_decide, options_show_in_the_signature, survives_a_killed_signer, without_its_guard,
           dies_with_the_milter, keys_are_out_of_reach, both_algorithms_in_one_pass, keys_live, long_header_lines_are_folded,
           body_lines_at_the_limit, said_in_json_and_journal, signed_alone_is_remembered, seals_what_is_forwarded, shadow_signs_nothing, verifying_alone_has_no_signer], sys.argv[3:])
