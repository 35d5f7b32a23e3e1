#!/usr/bin/python3
"""satellite.py SCEAU SCEAU-MILTER: seed 1's case with real parts. A satellite (subdomain-proxy-1) hands its mail to the
relay (mail.zw3b.net), whose sceau-milter signs for the satellite's own name; a third host verifies with live DNS from
BIND. The relay is set up by `sceau setup`, the satellite by the lines that `sceau zone show` prints."""
import json, os, re, subprocess, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hosts

SCEAU, MILTER = (os.path.abspath(p) for p in sys.argv[1:3])
SATELLITE = 'subdomain-proxy-1.zw3b.net'
ZONE = '''$TTL 2
@ IN SOA ns1 hostmaster 2026112801 3600 600 86400 1
@ IN NS ns1
ns1 IN A 158.69.126.2
'''
ZW3B = ZONE + 'mail IN A 158.69.126.137\n'
RECEIVER = ZONE + '@ IN MX 10 mx\nmx IN A 158.69.126.200\n@ IN TXT "v=spf1 mx -all"\n'


def message(tag, sender, extra='', body='Hello.\n'):
    return ('From: Web <%s>\nTo: bob@receiver.test\nSubject: %s\nMessage-ID: <%s@%s>\nDate: Sat, 28 Nov 2026 10:00:00 '
            '+0000\n%s\n%s' % (sender, tag, tag, SATELLITE, extra, body))


def fields(text, name):
    head = text.replace(b'\r\n', b'\n').split(b'\n\n')[0].decode('latin-1').replace('\n\t', ' ').replace('\n ', ' ')
    return [line.split(':', 1)[1].strip() for line in head.split('\n') if line.lower().startswith(name.lower() + ':')]


def results(text):
    found = [v for v in fields(text, 'Authentication-Results') if v.startswith('mx.receiver.test')]
    assert len(found) == 1, found
    return found[0]


def holds(text, *wanted):
    for w in wanted:
        assert w in text, '%r is not in %r' % (w, text)


class World:
    def __init__(self, net):
        self.net = net
        net.start_named({'zw3b.net': ZW3B, 'receiver.test': RECEIVER})
        self.relay = net.host('relay', '158.69.126.137', 'myhostname = mail.zw3b.net\n')
        self.satellite = net.host('satellite', '158.69.126.139', 'myhostname = %s\n' % SATELLITE)
        self.receiver = net.host('receiver', '158.69.126.200', 'myhostname = mx.receiver.test\n'
                                 'virtual_mailbox_domains = receiver.test\nsmtpd_milters = unix:{dir}/milter.sock\n')
        self.conf, self.state = self.relay.path('sceau.conf'), self.relay.path('state')

    def sceau(self, *args, status=0):
        done = subprocess.run(['ip', 'netns', 'exec', 'relay', SCEAU, *args, '--config', self.conf], capture_output=True,
                              text=True, timeout=120, env=dict(os.environ, LC_ALL='C', LANGUAGE=''))
        assert done.returncode == status, (args, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def setup(self, *args, status):
        said = self.sceau('setup', '--postfix', self.relay.path('etc'), '--zimbra', '/nonexistent', '--named-conf',
                          self.net.path('bind/named.conf'), '--state', self.state, *args, 'zw3b.net', status=status)
        return said


def steps_before(w):
    """Nothing is published: every step is next."""
    said = w.setup('--yes', '--sender', 'subdomain-proxy-1=158.69.126.139', '--policy', 'reject', status=1)
    for step in '1  A/AAAA  next', '2  SPF     next', '3  DKIM    next', '4  DMARC   next', '5  MX      next':
        holds(said, step)


def publish(w):
    """The records into BIND's file; when they are seen on it the keys sign."""
    w.sceau('zone', 'apply', '--yes', '--set', 'milter.state=' + w.state, w.net.path('bind/zw3b.net.hosts'))
    hosts.run('named-checkzone', 'zw3b.net', w.net.path('bind/zw3b.net.hosts'))
    w.net.reload_named()
    hosts.world.wait_for('the records in BIND', lambda: w.net.has_record('_dmarc.' + SATELLITE, 'TXT', 'p=reject'))
    for _ in range(2):
        w.sceau('key', 'rotate', '--state', w.state)
        time.sleep(2.2)  # an answer without the record may be kept for so long
    for domain in 'zw3b.net', SATELLITE:
        with open(os.path.join(w.state, 'keys', domain, 'state')) as f:
            holds(f.read(), ' active ')


def steps_after(w):
    said = w.setup(status=0)
    for step in '1  A/AAAA  done', '2  SPF     done', '3  DKIM    done', '4  DMARC   done', '5  MX      done':
        holds(said, step)


def start(w):
    """The relay as setup left it, the satellite and the relay's mynetworks by the lines that are printed."""
    shown = w.sceau('zone', 'show', 'zw3b.net', '--set', 'milter.state=' + w.state)
    on_satellite = re.search(r"; Postfix on %s:\n;   (postconf -e 'relayhost.*)" % re.escape(SATELLITE), shown)[1]
    on_relay = re.search(r'; on the relay mail.zw3b.net:\n;   (postconf -e .*)', shown)[1]
    w.satellite.shell(on_satellite)
    w.relay.shell(on_relay)
    w.receiver.start_milter(MILTER, '--listen', 'unix:%s,group=postfix,mode=0660' % w.receiver.path('milter.sock'), '--state',
                            w.receiver.path('state'), '--config', '/dev/null', '--set', 'policy.mode=reject')
    w.relay.start_milter(MILTER, '--state', w.state, '--config', w.conf)
    for host in w.receiver, w.relay, w.satellite:
        host.start_postfix()


def satellite_passes(w):
    """dmarc=pass under p=reject with strict alignment, by DKIM and SPF of the satellite's own name."""
    w.satellite.sendmail('www-data@' + SATELLITE, 'bob@receiver.test', message('first', 'www-data@' + SATELLITE))
    text = w.receiver.delivered('first')
    holds(results(text), 'dmarc=pass', 'header.from=' + SATELLITE, '(p=reject at %s)' % SATELLITE, 'dkim=pass', 'header.d=' + SATELLITE,
          'spf=pass', 'smtp.mailfrom=' + SATELLITE)
    signature = fields(text, 'DKIM-Signature')
    assert len(signature) == 1, signature
    holds(signature[0], 'd=%s;' % SATELLITE, 'a=rsa-sha256')
    holds(w.relay.milter_log(), 'signed=yes sign_rule=network')


def passes_by_dkim_alone(w):
    """A bounce has no sender: SPF speaks of the relay's name, DKIM alone aligns."""
    w.satellite.sendmail('', 'bob@receiver.test', message('bounce', 'www-data@' + SATELLITE))
    holds(results(w.receiver.delivered('bounce')), 'dmarc=pass', 'header.from=' + SATELLITE)


def mail_of_the_domain_itself(w):
    """The relay's own name is no satellite's: a From of zw3b.net from there is not signed, and is refused."""
    w.satellite.sendmail('www-data@' + SATELLITE, 'bob@receiver.test', message('other', 'boss@zw3b.net'))
    hosts.world.wait_for('the refusal', lambda: 'status=bounced' in w.relay.mail_log() and '550' in w.relay.mail_log())
    assert 'boss' not in ''.join(os.listdir(w.receiver.path('mail'))), 'nothing was delivered'


def stranger_is_refused(w):
    """The satellite's address alone proves nothing: mail that goes around the relay fails."""
    w.satellite.run('python3', '-c', '''import smtplib, sys
s = smtplib.SMTP('158.69.126.200', 25, local_hostname='x.zw3b.net', timeout=30)
try:
    s.sendmail('www-data@%s', ['bob@receiver.test'], sys.argv[1])
except smtplib.SMTPResponseException as e:
    sys.exit(0 if e.smtp_code == 550 and b'5.7.1' in e.smtp_error else 2)
sys.exit(1)''' % SATELLITE, message('around', 'www-data@' + SATELLITE))


def long_lines_broken_before(w):
    """A line of 2,000 octets from sendmail(1): the satellite's Postfix breaks it on its way to the relay, which signs what
    will leave."""
    w.satellite.sendmail('www-data@' + SATELLITE, 'bob@receiver.test',
                         message('broken', 'www-data@' + SATELLITE, body='y' * 2000 + '\n'))
    text = w.receiver.delivered('broken')
    assert max(map(len, text.split(b'\n'))) < 1000
    holds(results(text), 'dkim=pass', 'dmarc=pass')


def long_lines_are_unsigned(w):
    """A line of 2,000 octets that comes to the relay whole would be broken behind its signature: it goes unsigned, with
    the reason, and SPF carries it."""
    w.satellite.run('python3', '-c', '''import smtplib, sys
s = smtplib.SMTP('158.69.126.137', 25, local_hostname='%s', timeout=30)
s.sendmail('www-data@%s', ['bob@receiver.test'], sys.argv[1])''' % (SATELLITE, SATELLITE),
                    message('long', 'www-data@' + SATELLITE, body='z' * 2000 + '\n'))
    text = w.receiver.delivered('long')
    assert fields(text, 'DKIM-Signature') == []
    holds(w.relay.milter_log(), 'signed=no sign_rule=long-lines')
    holds(results(text), 'dkim=none', 'spf=pass', 'dmarc=pass')


def long_field_is_refolded(w):
    """A field of 2,000 octets is folded before it is signed, so that no MTA has to."""
    references = 'References: ' + ' '.join('<%d.%s@a.example>' % (i, 'r' * 30) for i in range(45)) + '\n'
    assert len(references) > 1900
    w.satellite.sendmail('www-data@' + SATELLITE, 'bob@receiver.test',
                         message('refolded', 'www-data@' + SATELLITE, extra=references))
    holds(results(w.receiver.delivered('refolded')), 'dkim=pass', 'dmarc=pass')


def status_tells(w):
    said = json.loads(w.sceau('status', '--json', '--state', w.state))
    assert said['milter']['running'] is True and said['keys']['active'] == 2 and said['todo'] == [], said
    assert said['last'] is not None, said


def undo(w):
    said = w.sceau('setup', '--undo', '--state', w.state)
    holds(said, 'main.cf.before-undo')  # mynetworks was set since
    assert 'sceau' not in ''.join(line for line in open(w.relay.path('etc', 'main.cf')) if 'milters' in line)
    assert not os.path.exists(w.conf)


CASES = [steps_before, publish, steps_after, start, satellite_passes, passes_by_dkim_alone, mail_of_the_domain_itself,
         stranger_is_refused, long_lines_broken_before, long_lines_are_unsigned, long_field_is_refolded, status_tells, undo]


def main():
    hosts.enter(os.path.abspath(__file__))
    failed = 0
    print('1..%d' % len(CASES))
    with hosts.Net('158.69.126.2') as net:
        w = World(net)
        for number, case in enumerate(CASES, 1):
            problem = None
            try:
                case(w)
            except Exception as e:  # noqa: whatever went wrong is told
                problem = '%s: %s' % (type(e).__name__, str(e)[:3000])
            failed += problem is not None
            print('%s %d - %s' % ('not ok' if problem else 'ok', number, case.__name__), flush=True)
            if problem:
                logs = ''.join('\n%s\n%s\n%s' % (h.name, h.milter_log()[-1500:] if h.milter else '', h.mail_log()[-1500:])
                               for h in net.hosts.values())
                print('# ' + (problem + logs).replace('\n', '\n# '), flush=True)
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
