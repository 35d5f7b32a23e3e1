#!/usr/bin/python3
"""signing.py SCEAU SCEAU-MILTER [NAME...]: sceau-milter signs under a real Postfix: submission with a login, sendmail(1), a
relay for an own network, and what it must not sign. What was delivered is verified with dkimpy and sceau. One TAP line a
scenario."""
import os, re, signal, subprocess, sys, time
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(1, os.path.join(os.path.dirname(HERE), 'daemon'))
import dkim
from common import fields, message, results, run
from keystore import make_key, zone_line
from sasl import AuthServer
from scenarios import Traffic, all_delivered
from world import wait_for

MAIN_CF = '''
non_smtpd_milters = unix:{dir}/run/milter.sock
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dir}/run/auth
smtpd_sasl_auth_enable = yes
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
line_length_limit = 4096
myorigin = mx.receiver.example
'''


def postfix():
    return dict(main_cf=MAIN_CF)


class Signer:
    """The world's milter with keys, and what it needs to be verified."""

    def __init__(self, world, *args, keys=(('own.test', 's1', 'rsa'),)):
        self.world, self.records = world, {}
        self.state = world.path('state')
        os.mkdir(self.state, 0o700)
        for domain, selector, kind in keys:
            self.records[selector, domain] = make_key(self.state, domain, selector, kind)
        self.zone = world.path('signing.zone')
        with open(os.path.join(HERE, 'zone')) as old, open(self.zone, 'w') as new:
            new.write(old.read() + ''.join(zone_line(d, s, r) for (s, d), r in self.records.items()))
        self.auth = AuthServer(world.path('run', 'auth'))
        world.start_milter(*args, listen='unix:%s,group=postfix,mode=0660,role=both' % world.path('run', 'milter.sock'),
                           dns=['--dns', self.zone])

    def submit(self, login, text, sender='ann@own.test', ip='203.0.113.9'):
        """Over SMTP with a login; without one when it is None."""
        smtp = self.world.client(ip)
        if login:
            smtp.login(login, 'any')
        smtp.sendmail(sender, ['bob@receiver.example'], text)
        smtp.quit()

    def sendmail(self, text, sender='root@mx.receiver.example'):
        # In the group of postdrop, or it would not read another configuration.
        subprocess.run(['sendmail', '-C', self.world.path('etc'), '-i', '-f', sender, 'bob@receiver.example'],
                       input=text.replace(b'\r\n', b'\n'), check=True, timeout=30, group='postdrop', extra_groups=[],
                       env=dict(os.environ, MAIL_CONFIG=self.world.path('etc')))

    def delivered(self, tag):
        return self.world.delivered(tag, 40).replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')

    def rule(self, tag):
        """The log line's words of the message."""
        text = self.delivered(tag)
        queue_id = re.search(rb'\tid (\w+)|with E?SMTPA? id (\w+)|id ([0-9A-F]{8,})', text.split(b'\r\n\r\n')[0])
        ident = next(g for g in queue_id.groups() if g)
        line = [l for l in self.world.log().splitlines() if l.startswith(ident + b':')]
        assert len(line) == 1, (ident, line)
        return re.search(rb' sign_rule=(\S+)', line[0])[1].decode()

    def dns(self, name, **_):
        for (selector, domain), record in self.records.items():
            if name.decode().rstrip('.') == '%s._domainkey.%s' % (selector, domain):
                return record.encode()
        return None

    def is_signed(self, tag, rule, count=1):
        text = self.delivered(tag)
        assert self.rule(tag) == rule, self.rule(tag)
        assert len(fields(text, 'DKIM-Signature')) == count, text[:1500]
        for n in range(count):
            assert dkim.DKIM(text).verify(idx=n, dnsfunc=self.dns), text[:2500]
        got = subprocess.run([self.world.sceau, 'verify', '--json', '--dns', self.zone, '--config', '/dev/null', '-'], input=text,
                             capture_output=True).stdout
        assert got.count(b'"result":"pass","domain"') >= count, got
        return text

    def is_not_signed(self, tag, rule):
        text = self.delivered(tag)
        assert self.rule(tag) == rule, self.rule(tag)
        assert fields(text, 'DKIM-Signature') == [], text[:1500]
        return text


def a_login_is_signed_for(world):
    s = Signer(world)
    s.submit('ann@own.test', message('login-1', 'own.test'))
    text = s.is_signed('login-1', 'login-domain')
    # The signature covers our own results, which stand below it.
    assert text.index(b'DKIM-Signature:') < text.index(b'Authentication-Results: mx.receiver.example')
    s.submit('eve@evil.test', message('login-2', 'own.test'))
    s.is_not_signed('login-2', 'login-not-owner')
    s.submit(None, message('login-3', 'own.test'))
    s.is_not_signed('login-3', 'stranger')
    forged = b'Authentication-Results: mx.receiver.example; dkim=pass header.d=own.test\r\n'
    s.submit('ann@own.test', message('login-4', 'own.test', extra=forged))
    text = s.is_signed('login-4', 'login-domain')
    results(text)


def sendmail_signs_the_host_only(world):
    s = Signer(world, '--set', 'sign.local_domains=own.test', keys=(('own.test', 's1', 'rsa'), ('mx.receiver.example', 'h1', 'ed25519'),
                                                                   ('other.test', 'o1', 'rsa')))
    s.sendmail(message('cron-1', 'mx.receiver.example'))
    s.is_signed('cron-1', 'host')
    s.sendmail(message('cron-2', 'own.test'))
    s.is_signed('cron-2', 'host')
    s.sendmail(message('cron-3', 'other.test'))
    s.is_not_signed('cron-3', 'local-not-owner')
    # Postfix adds what is missing before the milter sees it.
    s.sendmail(b'Subject: x\r\nMessage-ID: <cron-4@x>\r\n\r\nHello\r\n')
    text = s.is_signed('cron-4', 'host')
    assert fields(text, 'From') and fields(text, 'Date')
    # A client on loopback over SMTP is nobody: a content filter hands mail back from there.
    s.submit(None, message('cron-5', 'own.test'), ip='127.0.0.1')
    s.is_not_signed('cron-5', 'stranger')


def relays_for_an_own_network(world):
    s = Signer(world, '--set', 'sign.networks=192.0.2.0/24', '--set', 'sign.network_domains=own.test',
               '--set', 'sign.other.test.networks=198.51.100.7', keys=(('own.test', 's1', 'rsa'), ('other.test', 'o1', 'rsa')))
    s.submit(None, message('net-1', 'own.test'), ip='192.0.2.9')
    s.is_signed('net-1', 'network')
    s.submit(None, message('net-2', 'other.test'), ip='192.0.2.9')
    s.is_not_signed('net-2', 'network-not-owner')
    s.submit(None, message('net-3', 'other.test'), ip='198.51.100.7')
    s.is_signed('net-3', 'network')
    s.submit(None, message('net-4', 'own.test'), ip='198.51.100.7')
    s.is_not_signed('net-4', 'stranger')


def two_algorithms_and_ten_megabytes(world):
    s = Signer(world, keys=(('own.test', 's1', 'rsa'), ('own.test', 'e1', 'ed25519')))
    bodies = {'plain': b'Hello.\r\n', 'empty': b'', 'dots': b'.\r\n..\r\n .x\r\n', 'eight': b'\xc3\xa9 \xe9\r\n\r\n\r\n',
              'spaces': b'a  b \t\r\n\r\n c\r\n\r\n', 'limit': b'x' * 998 + b'\r\n', 'large': (b'y' * 76 + b'\r\n') * (10 * 1024 * 1024 // 78)}
    for name, body in bodies.items():
        s.submit('ann@own.test', message('two-' + name, 'own.test', body=body))
        s.is_signed('two-' + name, 'login-domain', 2)


def long_lines(world):
    s = Signer(world)
    names = b', '.join(b'person%d@receiver.example' % n for n in range(120))
    s.submit('ann@own.test', message('long-1', 'own.test', extra=b'Cc: ' + names + b'\r\nX-A: 1\r\nX-A: ' + names + b'\r\n'))
    text = s.is_signed('long-1', 'login-domain')
    assert max(map(len, text.split(b'\r\n'))) <= 998 and text.count(b'person119@') == 2
    s.submit('ann@own.test', message('long-2', 'own.test', body=b'z' * 2000 + b'\r\n'))
    text = s.is_not_signed('long-2', 'long-lines')
    assert b'z' * 2000 in text


def signer_killed_during_traffic(world):
    """Mail of a network that is signed for, four clients, three kill -9: all accepted is delivered and signed."""
    s = Signer(world, '--set', 'sign.networks=192.0.2.0/24', '--set', 'sign.network_domains=none.test', keys=(('none.test', 's1', 'rsa'),))
    traffic = Traffic(world)

    def signer():
        try:
            with open('/proc/%d/task/%d/children' % (2 * (world.milter.pid,))) as f:
                guard = int(f.read().split()[0])
            with open('/proc/%d/task/%d/children' % (guard, guard)) as f:
                return int(f.read().split()[0])
        except (OSError, IndexError):
            return None
    before = None
    for _ in range(3):
        count = len(traffic.accepted)
        wait_for('traffic', lambda: len(traffic.accepted) > count + 20, 40)
        pid = wait_for('another signer', lambda: signer() if signer() != before else None)
        os.kill(pid, signal.SIGKILL)
        before = pid
    count = len(traffic.accepted)
    wait_for('traffic', lambda: len(traffic.accepted) > count + 20, 40)
    traffic.stop()
    assert not traffic.odd and not traffic.refused, (traffic.odd[:2], traffic.refused[:2])
    all_delivered(world, traffic)
    texts = world.all_delivered()
    unsigned = [tag for tag, text in texts.items() if not fields(text, 'DKIM-Signature')]
    assert not unsigned, '%d of %d' % (len(unsigned), len(texts))
    for tag in list(texts)[::max(1, len(texts) // 20)]:
        s.is_signed(tag, 'network')
    assert world.log().count(b'the signer was killed by signal 9') == 3


def without_a_signer_mail_waits(world):
    """Its guard is killed: submission gets 451, sendmail(1) mail stays in the queue and leaves signed after a restart."""
    s = Signer(world, '--set', 'sign.local_domains=own.test')
    with open('/proc/%d/task/%d/children' % (2 * (world.milter.pid,))) as f:
        os.kill(int(f.read().split()[0]), signal.SIGKILL)
    try:
        s.submit('ann@own.test', message('gone-1', 'own.test'))
        raise AssertionError('accepted')
    except Exception as e:  # noqa: smtplib's
        assert '451' in str(e) or getattr(e, 'smtp_code', 0) == 451, e
    s.sendmail(message('gone-2', 'own.test'))
    wait_for('the milter saw it', lambda: world.log().count(b'sign_rule=no-signer') >= 2)
    assert world.count_delivered() == 0
    world.stop_milter()
    world.start_milter('--set', 'sign.local_domains=own.test', dns=['--dns', s.zone],
                       listen='unix:%s,group=postfix,mode=0660,role=both' % world.path('run', 'milter.sock'))
    subprocess.run(['postqueue', '-c', world.path('etc'), '-f'], timeout=30, group='postdrop', extra_groups=[], check=False)
    s.is_signed('gone-2', 'host')


if __name__ == '__main__':
    scenarios = [a_login_is_signed_for, sendmail_signs_the_host_only, relays_for_an_own_network, two_algorithms_and_ten_megabytes,
                 long_lines, signer_killed_during_traffic, without_a_signer_mail_waits]
    run(scenarios, {scenario: postfix for scenario in scenarios})
