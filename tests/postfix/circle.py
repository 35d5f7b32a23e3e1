#!/usr/bin/python3
"""circle.py SCEAU SCEAU-MILTER SCEAU-REPORTD SCEAU-WEB: the whole circle. Host A (mx.receiver.example) receives honest and
forged mail of sender.test, reports it after midnight through its own Postfix and milter, which signs it; host B (sender.test),
with a Postfix of its own, is told of one forged mail (RFC 9991), reads the report from its Maildir, and its dashboard names
what A found. DNS is nsd's, with a _report._dmarc record, since B's reports go to another domain of its own. One TAP line."""
import email, glob, html, http.client, json, os, re, subprocess, sys, time, urllib.parse
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path[1:1] = [os.path.join(os.path.dirname(HERE), 'daemon'), os.path.join(os.path.dirname(HERE), 'store')]
import served
from common import message
from keystore import make_key, zone_line
from world import World, wait_for, why_not

SCEAU, MILTER, REPORTD, WEB = (os.path.abspath(p) for p in sys.argv[1:5])
HONEST, OTHER, FORGERS = '192.0.2.10', '192.0.2.20', ('198.51.100.7', '203.0.113.66', '203.0.113.150')
FORGED = 60
TODAY = int(time.time())
TOMORROW = (TODAY // 86400 + 1) * 86400 + 6 * 3600  # six in the morning

ZONE = '''$ORIGIN .
$TTL 300
@ SOA ns.test. hostmaster.test. 1 3600 600 86400 60
@ NS ns.test.
ns.test. A 127.0.0.1
mx.receiver.example. A 192.0.2.200
200.2.0.192.in-addr.arpa. PTR mx.receiver.example.
receiver.example. MX 10 mx.receiver.example.
_dmarc.receiver.example. TXT "v=DMARC1; p=reject"
sender.test. TXT "v=spf1 ip4:192.0.2.10 -all"
sender.test. MX 10 mail.sender.test.
mail.sender.test. A 192.0.2.10
10.2.0.192.in-addr.arpa. PTR mail.sender.test.
7.100.51.198.in-addr.arpa. PTR host7.dialup.test.
host7.dialup.test. A 198.51.100.7
_dmarc.sender.test. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@watch.test,mailto:gone@nowhere.test; ruf=mailto:ruf@watch.test"
sender.test._report._dmarc.watch.test. TXT "v=DMARC1"
sender.test._report._dmarc.nowhere.test. TXT "v=DMARC1"
watch.test. MX 10 mail.sender.test.
'''
A_CF = '''
transport_maps = inline:{{watch.test=smtp:[127.0.0.1]:%d}, {nowhere.test=error:5.1.1 no such mailbox}}
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
mynetworks = 127.0.0.0/8
'''
B_CF = '''
myhostname = mail.sender.test
virtual_mailbox_domains = watch.test
smtpd_milters =
'''

# What B's dashboard says: (page, words of it)
PAGES = [
    ('/', 'sender.test: strangers forged %d messages in the last 7 days' % FORGED, 'reject'),
    ('/d/sender.test/sources', 'mail.sender.test', 'dialup.test', '203.0.113.0/24'),
    ('/d/sender.test/failures', 'not signed, and SPF does not pass', 'dialup.test'),
    ('/reports', 'Receiver', 'proven'),  # the mail that A's milter signed passes DMARC at B
]


class Host:
    """reportd and the commands of one host: its settings, its store, its DNS."""

    def __init__(self, world, resolver, settings):
        self.world, self.state, self.conf = world, world.path('state'), world.path('sceau.conf')
        self.common = ['--config', self.conf, '--state', self.state, '--resolver', resolver]
        os.makedirs(self.state, mode=0o700, exist_ok=True)
        with open(self.conf, 'w') as f:
            f.write('[store]\nurl = %s\n' % served.place(self.state) + settings)

    def reportd(self, now):
        run = subprocess.run([REPORTD, '--once', *self.common, '--now', str(now)], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, (run.returncode, run.stderr)
        return run.stderr

    def sceau(self, *words, now=TOMORROW, status=0):
        run = subprocess.run([SCEAU, *words, *self.common, *(['--now', str(now)] if now else [])], capture_output=True, text=True, timeout=60,
                             env=dict(os.environ, LC_ALL='C'))
        assert run.returncode == status, (words, run.returncode, run.stdout, run.stderr)
        return run.stdout


def sees_mail(a, key):
    """Five honest messages, one of a host that nobody told DNS of, many forged ones, from three networks."""
    for n in range(5):
        text = subprocess.run([SCEAU, 'sign', '--key', key, '--selector', 's1', '--domain', 'sender.test', '--config', '/dev/null'],
                              input=message('honest-%d' % n, 'sender.test'), capture_output=True, check=True).stdout
        assert a.send('ann@sender.test', text, ip=HONEST, helo='mail.sender.test')[0] == 250
    text = subprocess.run([SCEAU, 'sign', '--key', key, '--selector', 's1', '--domain', 'sender.test', '--config', '/dev/null'],
                          input=message('newsletter', 'sender.test'), capture_output=True, check=True).stdout
    assert a.send('ann@sender.test', text, ip=OTHER, helo='mail.sender.test')[0] == 250
    for n in range(FORGED):
        a.send('ceo@sender.test', message('forged-%d' % n, 'sender.test'), ip=FORGERS[n % 3], helo='host7.dialup.test')


class Dashboard:
    """What a browser sees after its one-time link."""

    def __init__(self, a, owner):
        log = owner.world.path('log', 'web.log')
        a.spawn([WEB, *owner.common, '--listen', '127.0.0.1:0', '--now', str(TOMORROW)], log)
        wait_for('sceau-web', lambda: 'ready\n' in open(log).read())
        link = urllib.parse.urlsplit(owner.sceau('web', 'login', now=None).strip())
        self.host, self.cookie = link.netloc, ''
        status, header, _ = self.ask(link.path + '?' + link.query)
        assert status == 303, status
        self.cookie = header['Set-Cookie'].split(';')[0]

    def ask(self, path):
        connection = http.client.HTTPConnection(self.host, timeout=20)
        connection.request('GET', path, headers={'Cookie': self.cookie} if self.cookie else {})
        answer = connection.getresponse()
        got = answer.status, answer.headers, answer.read().decode()
        connection.close()
        return got


def is_told_of_failures(a, b, reporter):
    """The forged mail was sampled; one failure report of all of it leaves, signed by A's milter, and is B's to read."""
    reporter.reportd(TODAY + 3)
    wait_for('the failure report is at B', b.count_delivered)
    (path,) = glob.glob(b.path('mail', 'in', 'new', '*'))
    with open(path, 'rb') as f:
        octets = f.read()
    mail = email.message_from_bytes(octets)
    assert mail.get_content_type() == 'multipart/report' and 'ruf@watch.test' in mail['To'] and 'd=receiver.example' in mail['DKIM-Signature'], octets
    parts = {p.get_content_type(): p for p in mail.walk()}
    fields = parts['message/feedback-report'].get_payload()[0]
    assert (fields['Auth-Failure'], fields['Reported-Domain'], fields['Source-IP'] in FORGERS) == ('dmarc', 'sender.test', True), octets
    assert parts['message/rfc822'].get_payload()[0]['Subject'] and b'ceo@' not in octets and b'bob@' not in octets, octets
    shown = subprocess.run([SCEAU, 'report', 'show', path, '--json', '--config', '/dev/null'], capture_output=True, text=True, timeout=60).stdout
    assert '"repairs":0' in shown, shown


def circle(a, b):
    keys = a.path('keys'), a.path('state')
    for folder in keys:
        os.mkdir(folder, 0o700)
    zone = ZONE + zone_line('sender.test', 's1', make_key(keys[0], 'sender.test')) \
        + zone_line('receiver.example', 'r1', make_key(keys[1], 'receiver.example', 'r1'))
    with open(a.path('zone'), 'w') as f:
        f.write(zone)
    _, resolver = a.start_nsd(a.path('zone'), '.')
    start_milter = lambda: a.start_milter('--set', 'sign.networks=127.0.0.0/8', '--set', 'sign.network_domains=receiver.example',
                                          '--set', 'failure.send=yes', '--set', 'failure.original=message',
                                          dns=['--resolver', resolver],
                                          listen='unix:%s,group=postfix,mode=0660,role=both' % a.path('run', 'milter.sock'))
    start_milter()
    sees_mail(a, os.path.join(keys[0], 'keys', 'sender.test', 's1.pem'))
    a.stop_milter()  # its journal's segment is whole
    start_milter()

    reporter = Host(a, resolver, '[report]\norganisation = Receiver\nfrom = dmarc@receiver.example\nreturn_path = bounce@receiver.example\n'
                    'domain = receiver.example\nsending_host = mx.receiver.example\nsmtp = smtp://127.0.0.1:%d\n'
                    'pacing = no\n[failure]\nsend = yes\noriginal = message\n[intake]\nfolders = %s\n' % (a.port, a.path('mail', 'in')))
    reporter.reportd(TODAY)  # the self-test's mail goes out, and comes back signed
    wait_for('the self-test is back', lambda: any(b'sceau self-test' in open(p, 'rb').read() for p in glob.glob(a.path('mail', 'in', 'new', '*'))))
    reporter.reportd(TODAY + 1)
    reporter.sceau('outbox', 'selftest', now=TODAY + 2)
    is_told_of_failures(a, b, reporter)
    reporter.reportd(TOMORROW)
    wait_for('the report is at B', lambda: b.count_delivered() == 2)

    owner = Host(b, resolver, '[intake]\nfolders = %s\n' % b.path('mail', 'in'))
    owner.reportd(TOMORROW)
    said = [json.loads(line) for line in owner.sceau('report', 'sources', 'sender.test', '--json').splitlines()]
    seen = [r for r in a.journal() if r.get('type') != 'failure_sample' and 'sender.test' in json.dumps(r)]
    assert sum(s['messages'] for s in said) == FORGED + 6 == len(seen), (said, len(seen))
    found = {s['name']: (s['class'], s['messages'], s['dmarc'], s['quarantined']) for s in said}
    assert found == {'mail.sender.test': ('yours', 5, 100, 0), '192.0.2.0/24': ('forwarder or list', 1, 100, 0),
                     '203.0.113.0/24': ('too little', 40, 0, 40), 'dialup.test': ('too little', 20, 0, 20)}, found

    web = Dashboard(a, owner)
    for path, *wanted in PAGES:
        status, _, page = web.ask(path)
        text = re.sub(r'\s+', ' ', html.unescape(re.sub('<[^>]*>', ' ', page.replace('<wbr>', ''))))
        assert status == 200 and all(w in text for w in wanted), (path, status, text)

    # Postfix sends back what it cannot deliver: the address in the envelope says which report that was.
    wait_for('the bounce is back', lambda: any(b'message/delivery-status' in open(p, 'rb').read() for p in glob.glob(a.path('mail', 'in', 'new', '*'))))

    # Read again, and asked again: nothing twice.
    reporter.reportd(TOMORROW + 3600)
    sent = {r['to']: (r['state'], r['reply']) for r in map(json.loads, reporter.sceau('outbox', 'list', '--all', '--json').splitlines())}
    assert sent['dmarc@watch.test'][0] == 'sent' and sent['gone@nowhere.test'] == ('come back', 'no such mailbox'), sent
    assert reporter.sceau('outbox', 'suppress', '--json', now=TOMORROW + 3700) == ''  # one bounce keeps nobody's reports from it
    owner.reportd(TOMORROW + 3600)
    assert 'dmarc@watch.test' not in a.mail_log().split('to=<dmarc@watch.test>', 1)[1], a.mail_log()
    assert b.count_delivered() == 0 and len(owner.sceau('report', 'list', '--json').splitlines()) == 2, owner.sceau('report', 'list', '--json')  # of the day, and of one message


def main():
    if why_not():
        print('1..0 # SKIP ' + why_not())
        sys.exit(77)
    print('1..1')
    with World(SCEAU, MILTER, main_cf=B_CF) as b, World(SCEAU, MILTER, main_cf=A_CF % b.port) as a:
        a.processes.all.append(b.postfix)  # ends with a's: its end waits for every process
        try:
            circle(a, b)
        except Exception as e:
            print('not ok 1 - circle')
            print('# ' + ('%s: %s' % (type(e).__name__, e)).replace('\n', '\n# '))
            for w in a, b:
                print('# ' + w.mail_log()[-3000:].replace('\n', '\n# '))
            raise
    print('ok 1 - circle')


main()
