#!/usr/bin/python3
"""Reports that we send, from mail to mail: a milter that sees the sample mailbox, sceau-reportd after the midnight that
follows, and a mail server that takes, refuses, postpones or dies.

    run.py SCEAU SCEAU-MILTER SCEAU-REPORTD SOURCE [TEST...]
"""
import email, email.policy, gzip, json, os, random, resource, shutil, signal, ssl, subprocess, sys, time
import xml.etree.ElementTree as ET

from world import LATER, REPORTD, SCEAU, SEEN, SOURCE, ZONE, Sink, World, run_tests, served, spawn
from reading import report_in
from tap import Skip
sys.path.insert(1, os.path.join(SOURCE, 'tests', 'remote'))
import dovecot

NAMES = '{urn:ietf:params:xml:ns:dmarc-2.0}'


def report_of(mail):
    """The parsed XML of a report mail, after all that RFC 9990 section 3.5 asks of the mail."""
    message = email.message_from_bytes(mail, policy=email.policy.SMTP)
    part = next(p for p in message.walk() if p.get_content_type() == 'application/gzip')
    name, subject = part.get_filename(), ' '.join(message['Subject'].split())
    xml = gzip.decompress(part.get_payload(decode=True))
    root = ET.fromstring(xml)
    identity = root.find(NAMES + 'report_metadata/' + NAMES + 'report_id').text
    domain = root.find(NAMES + 'policy_published/' + NAMES + 'domain').text
    begin, end = (root.find('%sreport_metadata/%sdate_range/%s%s' % (NAMES, NAMES, NAMES, k)).text for k in ('begin', 'end'))
    assert name == 'mx.receiver.example!%s!%s!%s!%s.xml.gz' % (domain, begin, end, identity), name
    assert subject == 'Report Domain: %s Submitter: mx.receiver.example Report-ID: %s' % (domain, identity), subject
    assert message['Auto-Submitted'] == 'auto-generated' and message['Precedence'] == 'bulk'
    assert message['From'].addresses[0].addr_spec == 'dmarc@receiver.example'
    assert all(len(line) <= 998 for line in mail.split(b'\r\n')) and max(mail) < 128
    assert message['Message-ID'] == '<%s@receiver.example>' % identity
    return domain, root, xml


def messages(root):
    return sum(int(c.text) for c in root.iter(NAMES + 'count'))


# What becomes of the test mail: (what is done to it, what `sceau outbox list` says then)
SELFTESTS = [
    ('signed', None),
    ('unsigned', 'without a DKIM signature that passes DMARC'),
    ('altered', 'without a DKIM signature that passes DMARC'),
    ('another author', 'another author than report.from'),
    ('no policy', 'publishes no DMARC record'),
    ('no name', 'no name that leads back'),
    ('lost', 'has not come back yet'),
    ('another token', 'has not come back yet'),
    ('refused', '550 5.1.1 no such user'),
]


def test_selftest(tmp):
    """No report leaves before it has passed; what is missing is told, and with what to do."""
    for i, (what, wanted) in enumerate(SELFTESTS):
        folder = os.path.join(tmp, str(i))
        os.mkdir(folder)
        w = World(folder, wants_mail=i == 0)
        if what == 'no policy':
            w.publish(leave='_dmarc')
        if what == 'no name':
            w.publish(leave='200.2.0')
        if what == 'refused':
            w.sink.data_answer = '550 5.1.1 no such user'
        w.reportd()
        assert [m for m in w.sink.taken if b'self-test' not in m[2]] == [], what
        mail = w.test_mail(LATER)
        if what == 'unsigned':
            mail = mail[mail.index(b'From: '):]
        if what == 'altered':
            mail += b'more\r\n'
        if what == 'another author':
            mail = mail.replace(b'\r\nFrom: <dmarc@', b'\r\nFrom: <x@sub.')
        if what == 'another token':
            mail = mail.replace(b'bounce+', b'bounce+0')
        if what not in ('lost', 'refused'):
            w.deliver(mail)
        w.sink.data_answer = '250 taken'
        w.reportd(now=LATER + 60)
        listed = w.sceau('outbox', 'list', now=LATER + 61)
        assert ('No report leaves' in listed) == (wanted is not None), (what, listed)
        # doctor's clock is the machine's
        w.change_selftest(lambda words: words[:4] + [words[4] if words[4] == '0' else str(int(time.time()))] + words[5:])
        run = subprocess.run([SCEAU, 'doctor', '--only', 'outbox.selftest', '--json', '--config', w.conf, '--state', w.state, '--dns', w.zone],
                             capture_output=True, text=True)
        assert run.returncode == (0 if wanted is None else 1), (what, run)
        doctor = json.loads(run.stdout.splitlines()[0])
        assert wanted is None or wanted in doctor['found'] and 'sceau outbox selftest' in doctor['fix'], (what, doctor)
        assert wanted is None or wanted in ' '.join(listed.split()), (what, listed)
        assert len(w.sink.taken) == (2 if i == 0 else 0), (what, len(w.sink.taken))
        if i == 0:  # settings that matter: once more, and reports wait until then
            w.see_mail()
            w.configure('return_path = returns@receiver.example\n')
            w.reportd(now=LATER + 90000)
            assert len(w.sink.taken) == 3 and b'self-test' in w.sink.taken[2][2]


def test_selftest_by_hand(tmp):
    """The mail came to a person; --confirm takes it, from a file or a pipe; --again; --json."""
    w = World(tmp)
    steps = [json.loads(line) for line in w.sceau('outbox', 'selftest', '--json', status=1).splitlines()]
    assert [s['passed'] for s in steps] == [True, False, True] and steps[1]['remedy'], steps
    path = os.path.join(tmp, 'mail')
    with open(path, 'wb') as f:
        f.write(b'From: x@y.example\nTo: bounce+1@receiver.example\n\n')
    w.sceau('outbox', 'selftest', '--confirm', path, status=1)
    w.sceau('outbox', 'selftest', '--confirm', path + '-', status=65)
    mail = w.test_mail(LATER).replace(b'\r\n', b'\n')
    w.sceau('outbox', 'selftest', '--confirm', '-', input=mail.decode())
    w.sceau('outbox', 'selftest')
    w.sceau('outbox', 'selftest', now=LATER + 400 * 86400)  # nothing could renew it by itself
    run = subprocess.run([SCEAU, 'doctor', '--only', 'outbox.selftest', '--config', w.conf, '--state', w.state, '--dns', w.zone],
                         capture_output=True, text=True)
    assert run.returncode == 1 and '90 days' in run.stdout and '--again' in run.stdout, run
    assert w.sink.taken == []
    w.sceau('outbox', 'selftest', '--again', status=1)
    assert len(w.sink.taken) == 1


def test_selftest_renewed(tmp):
    """What came back proves nothing for ever: another mail goes before a month is over, and reports do not stop for it."""
    w, day = World(tmp, wants_mail=False), 86400
    w.pass_selftest()
    for later, mails, is_missing in ((26, 0, False), (27.1, 1, False), (27.2, 1, False), (29, 2, False), (31, 3, True)):
        now = SEEN + int(later * day)
        w.reportd(now=now)
        tests = [m for m in w.sink.taken if b'Subject: sceau self-test' in m[2]]
        assert len(tests) == mails, (later, len(tests))
        assert ('No report leaves' in w.sceau('outbox', 'list', now=now)) == is_missing, later
    w.sink.taken = w.sink.taken[-1:]  # the others are of no use
    w.deliver(w.test_mail(now))
    w.reportd(now=now + 60)
    w.sceau('outbox', 'selftest', now=now + 61)
    w.sink.taken = []
    with served.connect(w.state) as db:  # as sceau-reportd notes it of keys.public
        db.execute('INSERT INTO meta (name, value) VALUES (?, ?)',
                   ('key/receiver.example/new', 'active ed25519 %d 1 1 %d 0 0' % (now, now + 3600)))
    for at, mails in ((3000, 0), (3700, 1), (3800, 1)):
        w.reportd(now=now + at)
        assert len(w.sink.taken) == mails, (at, len(w.sink.taken))
        w.sceau('outbox', 'selftest', now=now + at)  # what came back before holds meanwhile


DSN = '''From: MAILER-DAEMON@mx.receiver.example
To: %s
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

I am sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.receiver.example

Final-Recipient: rfc822; dmarc@github.com
Action: %s
Status: %s
Diagnostic-Code: smtp; 550 5.1.1 <dmarc@github.com>: no such \x1b[31muser

--b--
'''


def test_bounces(tmp):
    """Mail that comes back, to the intake and by hand: who refuses is left alone, once for each report."""
    w = World(tmp)
    w.pass_selftest()
    w.reportd()
    back = {to: sender for sender, to, _ in w.sink.taken}
    github, facebook = back['dmarc@github.com'], back['a@dmarc.facebookmail.com']
    state = lambda: {r['domain']: r['state'] for r in w.listed()}
    alone = lambda **rest: [json.loads(line) for line in w.sceau('outbox', 'suppress', '--json', **rest).splitlines()]
    w.deliver((DSN % (github[:-30] + '0' + github[-29:], 'failed', '5.1.1')).encode(), 'forged')
    w.deliver((DSN % (github, 'delayed', '4.4.1')).encode(), 'delayed')
    w.reportd(now=LATER + 60)
    assert set(state().values()) == {'sent'} and alone() == []
    for i in range(3):  # and the same again: nothing is lengthened
        w.deliver((DSN % (github, 'failed', '5.1.1')).encode(), 'bounce')
        run = w.reportd(now=LATER + 120 + i * 60)
        assert alone() == [] and w.refusals() == {'dmarc@github.com': 1}, w.refusals()  # one report's
        assert ('back="refused" said="' if i == 0 else 'back="nothing"') in run.stderr and '\x1b' not in run.stderr, run.stderr
        assert state()['github.com'] == 'come back'
    assert alone(now=LATER + 3 * 86400) == []
    path = os.path.join(tmp, 'dsn')
    with open(path, 'w') as f:
        f.write(DSN % (facebook, 'failed', '4.4.7'))
    taken = [json.loads(line)['taken'] for _ in range(2) for line in w.sceau('outbox', 'bounce', path, '--json').splitlines()]
    assert taken == ['expired', 'nothing'], taken
    assert state()['facebookmail.com'] == 'given up' and len(w.refusals()) == 1
    w.sceau('outbox', 'bounce', '-', input=DSN % ('x@receiver.example', 'failed', '5.1.1'), status=1)
    w.sceau('outbox', 'retry', 'dmarc@github.com', now=LATER + 4000)  # a person knows better
    w.reportd(now=LATER + 4060)
    assert state()['github.com'] == 'sent' and w.refusals() == {}


def test_bounces_over_imap(tmp):
    """The return path is a mailbox of a Dovecot: the self-test's mail and what comes back are taken there, and moved."""
    if not os.path.exists(dovecot.DOVECOT):
        raise Skip('dovecot is not installed')
    folder, w = os.path.join(tmp, 'imap'), World(tmp)
    os.mkdir(folder)
    os.chmod(tmp, 0o711)
    server, password = dovecot.Dovecot(folder), os.path.join(tmp, 'password')
    with open(password, 'w') as f:
        f.write('secret\n')
    os.chmod(password, 0o600)
    w.configure('[intake]\nimap_url = imaps://localhost:%d\nimap_user = reports\nimap_password_file = %s\nimap_trust_file = %s\n'
                % (server.tls_port, password, os.path.join(server.folder, 'ca.pem')))
    w.reportd(now=SEEN)
    test = w.test_mail(SEEN)
    server.deliver([test])
    w.reportd(now=SEEN + 1)
    w.sceau('outbox', 'selftest', now=SEEN + 2)
    w.reportd()
    back = {to: sender for sender, to, _ in w.sink.taken}
    dsn = [(DSN % (back[to], action, status)).encode().replace(b'\n', b'\r\n')
           for to, action, status in (('dmarc@github.com', 'delayed', '4.4.1'), ('dmarc@github.com', 'failed', '5.1.1'),
                                      ('a@dmarc.facebookmail.com', 'failed', '4.4.7'))]
    foreign = (DSN % ('bounce+0123456789@receiver.example', 'failed', '5.1.1')).encode().replace(b'\n', b'\r\n')
    server.deliver(dsn + [foreign])
    run = w.reportd(now=LATER + 60)
    assert {r['domain']: r['state'] for r in w.listed()} == {'github.com': 'come back', 'facebookmail.com': 'given up'}, run.stderr
    assert w.refusals() == {'dmarc@github.com': 1} and server.holds() == [], (w.refusals(), server.holds())
    assert server.holds('Archive') == sorted([test] + dsn) and server.holds('Refused') == [foreign], (server.holds('Archive'), run.stderr)
    server.deliver(dsn)  # once more, as a server that lost the move: nothing is counted twice
    w.reportd(now=LATER + 120)
    assert w.refusals() == {'dmarc@github.com': 1} and server.holds() == []


def test_from_mail_to_mail(tmp):
    w = World(tmp)
    w.pass_selftest()
    run = w.reportd()
    assert run.returncode == 0, run.stderr
    got = {}
    for sender, to, mail in w.sink.taken:
        domain, root, xml = report_of(mail)
        got[domain] = (sender, to, root, xml)
    assert sorted(got) == ['facebookmail.com', 'github.com'], sorted(got)  # of those with a policy, two ask for reports
    sender, to, root, xml = got['github.com']
    assert to == 'dmarc@github.com' and sender.startswith('bounce+') and sender.endswith('@receiver.example')
    assert messages(root) == 2 and messages(got['facebookmail.com'][2]) == 2
    rows = {(r.find('.//%ssource_ip' % NAMES).text, r.find('.//%sdisposition' % NAMES).text) for r in root.iter(NAMES + 'record')}
    assert {d for _, d in rows} == {'pass', 'quarantine'}, rows
    reasons = [t.text for t in root.iter(NAMES + 'type')]
    assert reasons == ['local_policy'], reasons  # p=reject, and this host quarantines
    with open(os.path.join(tmp, 'x.xml'), 'wb') as f:
        f.write(xml)
    judge = subprocess.run(['xmllint', '--noout', '--schema', os.path.join(SOURCE, 'tests/data/rfc/dmarc-xml-2.0.xsd'),
                            os.path.join(tmp, 'x.xml')], capture_output=True, text=True)
    assert judge.returncode == 0, judge.stderr
    # nothing twice: not by the next run, not by hand
    w.reportd(now=LATER + 3600)
    w.sceau('outbox', 'send', now=LATER + 7200)
    assert len(w.sink.taken) == 2
    listed = w.listed()
    assert [r['state'] for r in listed] == ['sent', 'sent'], listed
    shown = w.sceau('outbox', 'show', next(r['id'] for r in listed if r['domain'] == 'github.com'))
    assert shown.encode() == xml
    # the whole mail is what left, octet for octet; signed it would be what the mail server makes of it
    for r in listed:
        (left,) = (octets for _, to, octets in w.sink.taken if to == r['to'])
        assert w.octets('outbox', 'show', r['id'], '--mail') == left, r
        assert w.octets('outbox', 'show', r['id'], '--to', r['to'].upper()) == left, r
    w.sceau('outbox', 'show', listed[0]['id'], '--to', 'nobody@github.com', status=1)
    w.sceau('outbox', 'show', '0' * 32, '--mail', status=1)


def test_preview_sends_nothing(tmp):
    w = World(tmp)
    w.configure('send = no\n')
    w.reportd(now=SEEN + 60)  # folds; the day is not over
    day = time.strftime('%Y-%m-%d', time.gmtime(SEEN))
    xml = w.sceau('outbox', 'preview', 'github.com', '--day', day)
    root = ET.fromstring(xml)
    assert messages(root) == 2
    preview = w.octets('outbox', 'preview', 'github.com', '--day', day, '--mail')
    mail = email.message_from_bytes(preview)
    assert mail['To'] == '<dmarc@github.com>' and mail['Message-ID'] and report_of(preview)[2].decode() == xml
    w.configure('send = no\nrfc7489 = github.com\n')
    old = w.octets('outbox', 'preview', 'github.com', '--day', day, '--mail')
    part = next(p for p in email.message_from_bytes(old).walk() if p.get_content_type() == 'application/gzip')
    assert NAMES[1:-1].encode() not in gzip.decompress(part.get_payload(decode=True))  # as that mailbox gets it
    w.configure('send = no\n')
    more = ',https://github.com/,mailto:dmarc@receiver.example,mailto:b@reports.example,mailto:dmarc@GitHub.com,mailto:c@reports.example!10m'
    with served.connect(w.state) as db:  # a second and a third mailbox; one is ours, one no mailbox, one named before
        db.execute("UPDATE policy SET record = replace(record, 'dmarc@github.com', 'dmarc@github.com%s')" % more)
    w.configure('send = no\nrfc7489 = b@reports.example\n')
    each = [w.octets('outbox', 'preview', 'github.com', '--day', day, '--to', to)
            for to in ('DMARC@github.com', 'b@reports.example', 'c@reports.example')]
    assert w.octets('outbox', 'preview', 'github.com', '--day', day, '--mail') == b''.join(each)
    assert [email.message_from_bytes(m)['To'] for m in each] == ['<dmarc@github.com>', '<b@reports.example>', '<c@reports.example>']
    assert [b'dmarc-2.0' in report_in(m) for m in each] == [True, False, True]  # each as its reader wants it
    w.sceau('outbox', 'preview', 'github.com', '--day', day, '--to', 'd@reports.example', status=65)
    with served.connect(w.state) as db:
        db.execute("UPDATE policy SET record = replace(record, '%s', '')" % more)
    w.configure('send = no\n')
    w.sceau('outbox', 'preview', 'github.com', '--failures', status=1)
    w.sceau('outbox', 'preview', 'nobody.example', '--day', day, status=1)
    w.reportd()
    assert w.sink.taken == []
    assert [r['state'] for r in w.listed()] == ['waiting', 'waiting']
    w.configure()
    w.pass_selftest(now=LATER + 30)
    w.reportd(now=LATER + 60)
    assert len(w.sink.taken) == 2


def test_nothing_without_a_name(tmp):
    w = World(tmp)
    with open(w.conf, 'w') as f:
        f.write(w.store_settings() + '[report]\nsmtp = smtp://127.0.0.1:%d\n' % w.sink.port)
    assert w.reportd().returncode == 0
    assert w.sink.taken == [] and not w.listed()
    run = subprocess.run([SCEAU, 'outbox', 'send', '--config', w.conf, '--state', w.state, '--dns', ZONE], capture_output=True, text=True)
    assert run.returncode == 64 and 'report.organisation' in run.stderr, run


def test_refused_and_postponed(tmp):
    w = World(tmp)
    w.pass_selftest()
    w.sink.answers = {'dmarc@github.com': '550 5.1.1 no such user', 'a@dmarc.facebookmail.com': '451 4.7.1 greylisted'}
    w.reportd()
    states = {r['domain']: r for r in w.listed()}
    assert states['github.com']['state'] == 'refused' and '5.1.1' in states['github.com']['reply'], states
    assert states['facebookmail.com']['state'] == 'waiting', states
    assert w.refusals() == {'dmarc@github.com': 1}
    w.sink.answers = {}
    w.reportd(now=LATER + 3600)
    assert [to for _, to, _ in w.sink.taken] == ['a@dmarc.facebookmail.com']
    w.sceau('outbox', 'retry', now=LATER + 3700, status=64)
    w.sceau('outbox', 'retry', '--all', 'dmarc@github.com', now=LATER + 3700, status=64)
    w.sceau('outbox', 'retry', '--all', now=LATER + 9 * 86400, status=1)  # too old
    w.sceau('outbox', 'retry', '--all', now=LATER + 3700)
    w.reportd(now=LATER + 3800)
    assert [to for _, to, _ in w.sink.taken][1:] == ['dmarc@github.com']
    assert w.refusals() == {}


# (what is given, what is suppressed; None: it is refused)
SUPPRESSED = [
    (['Ruf@GitHub.COM'], 'Ruf@github.com'),
    (['GitHub.com'], 'github.com'),
    (['xn--MNCHEN-3ya.example'], 'xn--mnchen-3ya.example'),
    (['mailto:a@b.example'], None),
    (['<a@b.example>'], None),
    (['a b@c.example'], None),
    ([''], None),
    (['a@b.example', '--days', '0'], None),
    (['a@b.example', '--days', '100000'], None),
]


def test_suppress(tmp):
    """What can never match is refused, and nothing is changed."""
    w = World(tmp, wants_mail=False)
    w.reportd()
    for words, wanted in SUPPRESSED:
        w.sceau('outbox', 'suppress', *words, status=0 if wanted else 64)
        listed = [json.loads(line)['address'] for line in w.sceau('outbox', 'suppress', '--json').splitlines()]
        assert listed == ([wanted] if wanted else []), (words, listed)
        if wanted:
            w.sceau('outbox', 'suppress', '--lift', *words)


# What is said at RCPT by a mail server that does not want us: (words, the delivery's state, is the address left alone)
AT_RCPT = [
    ('554 5.7.1 Relay access denied', 'waiting', False),
    ('530 Authentication required', 'waiting', False),
    ('550 5.1.1 no such user', 'refused', True),
]


def test_relay_denied(tmp):
    """No destination is blamed for what our own mail server holds against us."""
    for i, (words, state, is_blamed) in enumerate(AT_RCPT):
        folder = os.path.join(tmp, str(i))
        os.mkdir(folder)
        w = World(folder)
        w.pass_selftest()
        w.sink.answers = {to: words for to in ('dmarc@github.com', 'a@dmarc.facebookmail.com')}
        w.reportd()
        assert [(r['state'], words in r['reply']) for r in w.listed()] == [(state, True)] * 2, w.listed()
        assert ('dmarc@github.com' in w.refusals()) == is_blamed, words
        w.sink.answers = {}
        w.reportd(now=LATER + 3600)
        assert len(w.sink.taken) == (0 if is_blamed else 2), words


def test_server_dead_or_mute(tmp):
    w = World(tmp)
    w.pass_selftest()
    w.sink.is_mute = True  # takes the mail and hangs up
    w.reportd()
    assert {r['state'] for r in w.listed()} == {'waiting'}
    w.sink.is_mute = False
    w.reportd(now=LATER + 7200)
    assert {r['state'] for r in w.listed()} == {'sent'}
    # what came twice is known by its name and id
    assert len(w.sink.taken) == 4 and len({report_of(mail)[2] for _, _, mail in w.sink.taken}) == 2


# A mail server that misbehaves: (how, state of the deliveries, tries of each that was tried, the server rests, words in the list)
MOODS = [
    ('refuses', 'refused', 1, False, '550 5.1.1 no such user'),
    ('postpones', 'waiting', 1, False, '451 4.7.1 greylisted'),
    ('is not there', 'waiting', 0, True, 'The mail server takes nothing'),
    ('hangs', 'waiting', 0, True, 'The mail server takes nothing'),
    ('knows no sender', 'waiting', 0, True, '553 5.7.1 not you'),
    ('closes in DATA', 'waiting', 1, False, 'taken, perhaps'),
    ('is mute', 'waiting', 1, False, 'taken, perhaps'),
]


def test_bad_servers(tmp):
    """Each has its state, its back-off, its line in the log, and the list tells it; then all arrives, once for each report."""
    w = World(tmp)
    w.configure('smtp_patience = 1s\n')
    w.pass_selftest()
    whole = os.path.join(tmp, 'whole')
    shutil.copytree(w.state, whole)
    kept = served.keep(w.state)
    for how, state, tries, rests, words in MOODS:
        shutil.rmtree(w.state)
        shutil.copytree(whole, w.state)
        served.put_back(w.state, kept)
        answers = {'refuses': '550 5.1.1 no such user', 'postpones': '451 4.7.1 greylisted'}
        w.sink.answers = {to: answers[how] for to in ('dmarc@github.com', 'a@dmarc.facebookmail.com') if how in answers}
        w.sink.is_mute, w.sink.mood, w.sink.taken = how == 'is mute', how, []
        if how == 'is not there':
            port = w.sink.port
            w.sink.shutdown(), w.sink.server_close()
        run = w.reportd()
        assert run.returncode == 0, (how, run)
        if how == 'is not there':
            w.sink = Sink(port)
        listed, text = w.listed(), w.sceau('outbox', 'list', '--all')
        assert {r['state'] for r in listed} == {state}, (how, listed)
        assert max(r['tries'] for r in listed) == tries, (how, listed)
        assert words in ' '.join(text.split()), (how, text)
        assert ('takes nothing' in text) == rests, (how, text)
        lines = [line for line in run.stderr.splitlines() if 'state="%s"' % state in line]
        assert len(lines) == (1 if rests else 2) and all('said="' in line for line in lines), (how, run.stderr)
        assert (w.refusals() != {}) == (how == 'refuses'), how
        if state == 'waiting':  # not at once again
            w.sink.taken, w.sink.mood, w.sink.is_mute, w.sink.answers = [], '', False, {}
            w.reportd(now=LATER + 60)
            assert w.sink.taken == [], how
            w.reportd(now=LATER + 7200)
            assert sorted(to for _, to, _ in w.sink.taken) == ['a@dmarc.facebookmail.com', 'dmarc@github.com'], (how, w.listed())


def test_bad_stores(tmp):
    """Locked, full, of another version, corrupt: nothing is sent, it says why, and goes on when it can."""
    w = World(tmp)
    w.pass_selftest()
    store, whole = os.path.join(w.state, 'store.db'), os.path.join(tmp, 'whole')
    shutil.copytree(w.state, whole)
    kept = served.keep(w.state)

    def lock():
        db = served.sqlite3.connect(store, isolation_level=None)
        db.execute('BEGIN IMMEDIATE')
        return db

    def version():
        with served.connect(w.state) as db:
            db.execute("UPDATE meta SET value = '9999' WHERE name = 'version'")

    def spoil():
        with open(store, 'r+b') as f:
            f.write(b'x' * 4096)

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def strange():
        served.psql(served.place(w.state), 'DROP TABLE meta')

    of_files = [('locked', lock, None, 'locked'), ('full', None, small, ''), ('corrupt', spoil, None, '')]
    of_servers = [('corrupt', strange, None, 'no store of sceau')]  # a server that is gone: tests/store/away.py
    for how, make, before, words in (of_servers if served.is_server() else of_files) + [('of another version', version, None, '9999')]:
        shutil.rmtree(w.state)
        shutil.copytree(whole, w.state)
        served.put_back(w.state, kept)
        held = make() if make else None
        run = w.reportd(preexec_fn=before)
        assert run.returncode != 0 and run.stderr and words in run.stderr, (how, run)
        assert w.sink.taken == [], how
        if how in ('of another version', 'corrupt'):
            run = subprocess.run([SCEAU, 'outbox', 'list', '--config', w.conf, '--state', w.state], capture_output=True, text=True)
            assert run.returncode in (65, 75) and run.stderr, (how, run)
            continue
        if held:
            held.close()
        assert w.reportd(now=LATER + 60).returncode == 0, how
        assert len(w.sink.taken) == 2 and {r['state'] for r in w.listed()} == {'sent'}, how
        w.sink.taken = []


def test_put_off(tmp):
    """A report that cannot be built is told, and what was done of the others is too."""
    w = World(tmp)
    w.pass_selftest()
    with served.connect(w.state) as db:
        db.execute("UPDATE observation SET count = 9223372036854775807 WHERE policy_domain = 'github.com'")  # the sum wraps
    said = w.sceau('outbox', 'send', '--json', status=75)
    assert json.loads(said)['sent'] == 1 and len(w.sink.taken) == 1, said
    w.sceau('outbox', 'send', now=LATER + 60)


def test_killed(tmp):
    """kill -9 at random: every report arrives, and twice at most what was being handed over."""
    seed = random.randrange(1 << 30)
    print('# seed %d' % seed, flush=True)
    r, w, kills = random.Random(seed), World(tmp), 0
    w.pass_selftest()
    words = [REPORTD, '--once', '--config', w.conf, '--state', w.state, '--dns', w.zone]
    for i in range(12):
        p = spawn(words + ['--now', str(LATER + i * 60)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            p.wait(r.uniform(0.005, 0.12) * served.pace())
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
            p.wait()
            kills += 1
    for i in range(4):
        run = w.reportd(now=LATER + 86400 + i * 30000)
        assert run.returncode == 0, run.stderr
    got = {}
    for _, _, mail in w.sink.taken:
        domain, root, xml = report_of(mail)
        got.setdefault(domain, set()).add(xml)
        assert messages(root) == 2
    assert sorted(got) == ['facebookmail.com', 'github.com'] and all(len(x) == 1 for x in got.values()), got.keys()
    assert len(w.sink.taken) <= 2 + kills


def test_settings(tmp):
    """contact, bulk, hide_reserved, and the seven words of the way there."""
    w = World(tmp)
    mail = os.path.join(tmp, 'inside.eml')
    with open(mail, 'w') as f:
        f.write('Return-Path: <x@github.com>\nReceived: from inside ([10.1.2.3]) by mx.sample.example; Tue,  8 Nov 2022 08:00:00 +0000\n'
                'From: x@github.com\nSubject: x\n\nx\n')
    w.see_mail(mail)
    key, crt = os.path.join(tmp, 'key'), os.path.join(tmp, 'crt')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '9', '-subj',
                    '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', crt], check=True, capture_output=True)
    w.sink.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    w.sink.tls.load_cert_chain(crt, key)
    password = os.path.join(tmp, 'password')
    with open(password, 'w') as f:
        f.write('secret\n')
    os.chmod(password, 0o600)
    way = 'smtp = smtp://localhost:%d\nsmtp_security = tls\nsmtp_user = reporter\nsmtp_password_file = %s\n' % (w.sink.port, password)
    w.configure(way)  # nobody vouches for the certificate
    w.reportd()
    assert w.sink.taken == [] and {r['state'] for r in w.listed()} == {'waiting'}, w.listed()
    w.configure(way + 'trust_file = %s\ncontact = https://receiver.example/dmarc\nbulk = no\n' % crt)
    w.pass_selftest(now=LATER + 40000)
    w.reportd(now=LATER + 40003)
    assert len(w.sink.taken) == 2, w.listed()
    text = {}
    for _, to, octets in w.sink.taken:
        message = email.message_from_bytes(octets, policy=email.policy.SMTP)
        part = next(p for p in message.walk() if p.get_content_type() == 'application/gzip')
        text[to] = gzip.decompress(part.get_payload(decode=True)).decode()
        assert message['Precedence'] is None
        assert b'Contact: https://receiver.example/dmarc' in octets
    assert '<source_ip>0.0.0.0</source_ip>' in text['dmarc@github.com'] and '10.1.2.3' not in text['dmarc@github.com']
    # reports were built by the first run, before contact was set
    w.see_mail(mail)
    w.configure('hide_reserved = no\ncontact = https://receiver.example/dmarc\nbulk = no\n')
    w.sink.tls = None
    w.pass_selftest(now=LATER + 50000)  # another way there: another test
    w.reportd(now=LATER + 50003)
    last = email.message_from_bytes(w.sink.taken[-1][2], policy=email.policy.SMTP)
    xml = gzip.decompress(next(p for p in last.walk() if p.get_content_type() == 'application/gzip').get_payload(decode=True)).decode()
    assert '<source_ip>10.1.2.3</source_ip>' in xml and '<extra_contact_info>https://receiver.example/dmarc<' in xml, xml


def test_root(tmp):
    """What root makes here belongs to whom the state directory does; who only looks makes nothing."""
    if os.geteuid() != 0:
        raise Skip('not root')
    w = World(tmp)
    nobody = 65534
    os.chown(w.state, nobody, nobody)
    for name in ('incoming', 'requests'):
        shutil.rmtree(os.path.join(w.state, name), ignore_errors=True)
    w.reportd()
    for name in ('journal', 'incoming', 'requests', 'reportd.lock', *(() if served.is_server() else ('store.db',))):  # the daemon goes on with them
        assert os.stat(os.path.join(w.state, name)).st_uid == nobody, name
    outbox = os.path.join(w.state, 'outbox')
    made = [outbox] + [os.path.join(outbox, n) for n in os.listdir(outbox)]
    assert len(made) == (1 if served.is_server() else 4) and {os.stat(m).st_uid for m in made} == {nobody}, made
    shutil.rmtree(outbox)
    w.sceau('outbox', 'list', '--all')
    assert not os.path.exists(outbox)
    os.mkdir(outbox)  # by a version before
    w.sceau('outbox', 'suppress', 'a@b.example')
    assert os.stat(outbox).st_uid == nobody


def test_lists(tmp):
    """never, accepting, rfc7489, host_reports: what the administrator says of destinations."""
    w = World(tmp)
    w.configure('never = github.com\nrfc7489 = dmarc.facebookmail.com\npacing = yes\nhost_reports = 1\naccepting = x.example\n')
    w.pass_selftest()
    w.reportd()
    (one,) = w.sink.taken
    message = email.message_from_bytes(one[2], policy=email.policy.SMTP)
    xml = gzip.decompress(next(p for p in message.walk() if p.get_content_type() == 'application/gzip').get_payload(decode=True))
    root = ET.fromstring(xml)
    assert root.tag == 'feedback' and root.find('policy_published/pct').text == '100', xml
    assert [r['domain'] for r in w.listed()] == ['facebookmail.com']  # nothing was planned for the other


def test_accepting_and_host_reports(tmp):
    """A destination that says nothing gets reports where an administrator knows better, and no more of an hour than its share."""
    w, names = World(tmp, wants_mail=False), ['one.example', 'two.example']
    w.publish(more=''.join('_dmarc.%s. TXT "v=DMARC1; p=none; rua=mailto:r@elsewhere.example"\n' % name for name in names))
    for name in names:
        mail = os.path.join(tmp, name)
        with open(mail, 'w') as f:
            f.write('Return-Path: <x@%s>\nReceived: from x ([192.0.2.7]) by mx.sample.example; Tue,  8 Nov 2022 08:00:00 +0000\n'
                    'From: x@%s\nSubject: x\n\nx\n' % (name, name))
        w.see_mail(mail, zone=w.zone)
    w.pass_selftest()
    w.reportd()
    assert w.sink.taken == [] and [r['state'] for r in w.listed()] == ['not accepted'] * 2, w.listed()
    w.configure('accepting = elsewhere.example\npacing = yes\nhost_reports = 1\n')
    w.sceau('outbox', 'retry', 'r@elsewhere.example')
    states = []
    for at in (10, 1800, 3700):
        w.reportd(now=LATER + at)
        states.append((len(w.sink.taken), sorted(r['state'] for r in w.listed(now=LATER + at))))
    assert states == [(1, ['sent', 'waiting'])] * 2 + [(2, ['sent'] * 2)], states
    assert {to for _, to, _ in w.sink.taken} == {'r@elsewhere.example'}


def test_two_programs(tmp):
    """sceau-reportd and sceau outbox send at the same time: each report leaves once, whoever sends it."""
    w = World(tmp)
    w.pass_selftest()
    kept = served.keep(w.state)
    for _ in range(4):
        served.put_back(w.state, kept)
        w.sink.taken = []
        sends = [spawn([SCEAU, 'outbox', 'send', '--config', w.conf, '--state', w.state, '--dns', w.zone, '--now', str(LATER)],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
        w.reportd()
        for p in sends:
            assert p.wait(60) in (0, 75), p.returncode  # 75: another one writes; the same command later does the rest
        w.reportd(now=LATER + 4000)
        assert sorted(to for _, to, _ in w.sink.taken) == ['a@dmarc.facebookmail.com', 'dmarc@github.com'], w.sink.taken
        assert {r['state'] for r in w.listed(now=LATER + 4000)} == {'sent'}


def test_dry_run_and_json(tmp):
    """A dry run reads, and does nothing else; every command speaks to scripts."""
    w = World(tmp)
    w.configure('send = no\n')
    w.reportd(now=SEEN + 60)  # folds
    w.configure()

    def told(*words, **rest):
        return [json.loads(line) for line in w.sceau(*words, '--json', **rest).splitlines()]
    before = os.stat(os.path.join(w.state, 'outbox')).st_mtime_ns, served.keep(w.state)
    due = told('outbox', 'send', '--dry-run')
    assert {(r['domain'], r['step']) for r in due} == {('github.com', 'to be built'), ('facebookmail.com', 'to be built')}, due
    assert w.sink.taken == []
    assert before == (os.stat(os.path.join(w.state, 'outbox')).st_mtime_ns, served.keep(w.state))
    day = time.strftime('%Y-%m-%d', time.gmtime(SEEN))
    (preview,) = told('outbox', 'preview', 'github.com', '--day', day)
    assert preview['text'] == w.sceau('outbox', 'preview', 'github.com', '--day', day)
    (sent,) = told('outbox', 'send', '--due', status=1)
    assert sent['built'] == 2 and sent['sent'] == 0 and not sent['tested'], sent
    assert {r['step'] for r in told('outbox', 'send', '--dry-run')} == {'to be sent'}
    identity = next(r['id'] for r in w.listed() if r['domain'] == 'github.com')
    (shown,) = told('outbox', 'show', identity)
    assert shown['id'] == identity and shown['text'] == w.sceau('outbox', 'show', identity)
    (change,) = told('outbox', 'suppress', 'dmarc@github.com')
    assert change['change'] == 'suppressed' and change['of'] == 'dmarc@github.com'
    (change,) = told('outbox', 'retry', 'dmarc@github.com')
    assert change['change'] == 'retried' and change['changed'] == 1, change
    (change,) = told('outbox', 'suppress', 'dmarc@github.com', '--lift')
    assert change['change'] == 'lifted', change


def test_pacing(tmp):
    """Due over the hours after midnight, at the same time for the same domain."""
    w = World(tmp)
    w.configure('pacing = yes\n')
    w.pass_selftest()
    midnight = LATER // 86400 * 86400
    w.reportd(now=midnight + 601)
    due = [r['due'] for r in w.listed()]
    assert len(due) == 2 and len(set(due)) == 2, due
    w.reportd(now=midnight + 4 * 3600)
    assert len(w.sink.taken) == 2


run_tests([test_accepting_and_host_reports, test_two_programs, test_selftest, test_selftest_renewed, test_selftest_by_hand, test_bounces, test_bounces_over_imap, test_settings, test_root, test_lists, test_dry_run_and_json, test_pacing, test_from_mail_to_mail, test_preview_sends_nothing, test_nothing_without_a_name, test_refused_and_postponed, test_suppress, test_relay_denied,
           test_bad_servers, test_bad_stores, test_server_dead_or_mute, test_put_off, test_killed], sys.argv[5:])
