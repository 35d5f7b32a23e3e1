#!/usr/bin/python3
"""Failure reports, from a forged mail to the mail that tells of it: a milter that samples, sceau-reportd, a mail server.

    failure.py SCEAU SCEAU-MILTER SCEAU-REPORTD SOURCE [TEST...]
"""
import base64, email, email.policy, json, os, signal, subprocess, sys, time

from world import REPORTD, SCEAU, SEEN, World, run_tests, served, spawn

ZONE_MORE = '''
_dmarc.victim.example. TXT "v=DMARC1; p=none; fo=1; ruf=mailto:dmarc@victim.example,mailto:x@collector.example,mailto:y@stranger.example"
victim.example. TXT "v=spf1 ip4:192.0.2.7 -all"
victim.example._report._dmarc.collector.example. TXT "v=DMARC1"
_dmarc.registry.example. TXT "v=DMARC1; p=none; psd=y; ruf=mailto:dmarc@registry.example"
_dmarc.quiet.example. TXT "v=DMARC1; p=none; rua=mailto:dmarc@quiet.example"
'''
ON = '[failure]\nsend = yes\n'


def mail_of(tmp, domain, path='<ann.private@%s>', more='', body='call bob.private@sample.example\n'):
    name = os.path.join(tmp, 'mail.eml')
    with open(name, 'w') as f:
        f.write('Return-Path: %s\nReceived: from client.example ([203.0.113.9]) by mx.sample.example for <bob.private@sample.example>;'
                ' Tue,  8 Nov 2022 08:00:00 +0000\nFrom: Ann <ann.private@%s>\nTo: "bob.private"@sample.example\nSubject: hello\n'
                'Date: Tue, 8 Nov 2022 08:00:00 +0000\nMessage-ID: <1@client.example>\n%s\n%s'
                % (path % domain if '%s' in path else path, domain, more, body))
    return name


def world(tmp, more=ON):
    w = World(tmp, wants_mail=False)
    w.publish(more=ZONE_MORE)
    w.configure(more)
    w.pass_selftest(now=SEEN - 100)
    w.sink.taken = []
    return w


def see(w, name, now=SEEN):
    w.see_mail(name, conf=w.conf, zone=w.zone, now=now)


def journal(w):
    folder = os.path.join(w.state, 'journal')
    run = subprocess.run([SCEAU, 'journal', 'cat', folder], capture_output=True, text=True, check=True)
    return sorted((json.loads(line) for line in run.stdout.splitlines()), key=lambda r: r['time'])


def parts(octets):
    message = email.message_from_bytes(octets, policy=email.policy.SMTP)
    assert message.get_content_type() == 'multipart/report' and message.get_param('report-type') == 'feedback-report'
    text, fields, original = message.iter_parts()
    return message, email.message_from_string(fields.get_payload()[0].as_string() if fields.is_multipart() else fields.get_payload()), original


def test_from_mail_to_mail(tmp):
    w = world(tmp)
    see(w, mail_of(tmp, 'victim.example'))
    run = w.reportd(now=SEEN + 60)
    assert run.returncode == 0 and 'failure reports: 1 built' in run.stderr, run.stderr
    to = sorted(to for _, to, _ in w.sink.taken)
    assert to == ['dmarc@victim.example', 'x@collector.example'], to  # the third did not agree
    for sender, to, octets in w.sink.taken:
        assert sender.startswith('bounce+') and sender.endswith('@receiver.example'), sender
        assert b'.private' not in octets and max(octets) < 128, octets
        message, fields, original = parts(octets)
        assert message['From'].addresses[0].addr_spec == 'dmarc@receiver.example' and message['Auto-Submitted'] == 'auto-generated'
        want = {'Feedback-Type': 'auth-failure', 'Version': '1', 'Auth-Failure': 'dmarc', 'Identity-Alignment': 'dkim,spf',
                'Delivery-Result': 'delivered', 'Source-IP': '203.0.113.9', 'Reported-Domain': 'victim.example'}
        assert {k: fields[k] for k in want} == want, fields.items()
        assert 'dmarc=fail header.from=victim.example' in ' '.join(fields['Authentication-Results'].split())
        assert fields['SPF-DNS'].split() == ['txt', ':', 'victim.example', ':', '"v=spf1', 'ip4:192.0.2.7', '-all"'], fields['SPF-DNS']
        assert fields['Original-Mail-From'].endswith('@victim.example>') and fields['Incidents'] is None
        assert original.get_content_type() == 'text/rfc822-headers' and 'Subject: hello' in str(original.get_payload())
        name = os.path.join(tmp, 'report.eml')
        with open(name, 'wb') as f:
            f.write(octets)
        shown = subprocess.run([SCEAU, 'report', 'show', name, '--json', '--config', '/dev/null'], capture_output=True, text=True)
        assert shown.returncode == 1 and '"repairs":0' in shown.stdout, (shown.stdout, shown.stderr)
    w.reportd(now=SEEN + 400)
    assert len(w.sink.taken) == 2
    w.sceau('outbox', 'preview', 'victim.example', '--failures', now=SEEN + 400, status=1)  # none waits any more
    listed = w.listed(now=SEEN + 400)
    assert [(r['kind'], r['state'], r['to']) for r in listed] == [
        ('failure', 'sent', 'dmarc@victim.example'), ('failure', 'sent', 'x@collector.example'),
        ('failure', 'not accepted', 'y@stranger.example')], listed
    assert w.sceau('outbox', 'show', listed[0]['id'], now=SEEN + 400).encode() in w.sink.taken[0][2].replace(b'\r\n', b'\n')
    # within the hour it is counted, after it is told
    with open(mail_of(tmp, 'victim.example')) as f:
        mail = 'From x Tue Nov  8 08:00:00 2022\n' + f.read() + '\n'
    box = os.path.join(tmp, 'box')
    with open(box, 'w') as f:
        f.write(3 * mail)
    see(w, box, now=SEEN + 1000)
    samples = [s for s in journal(w) if s['type'] == 'failure_sample'][-3:]
    assert [s['whole'] for s in samples] == [True, False, False], samples  # the milter counts as well
    assert samples[1]['policy_domain'] == 'victim.example' and samples[0]['header_octets'] > 100
    w.reportd(now=SEEN + 1100)
    assert len(w.sink.taken) == 2
    see(w, mail_of(tmp, 'victim.example'), now=SEEN + 4000)
    w.reportd(now=SEEN + 4100)
    assert [parts(octets)[1]['Incidents'] for _, _, octets in w.sink.taken[2:]] == ['4', '4'], len(w.sink.taken)
    assert len({email.message_from_bytes(o)['Message-ID'] for _, _, o in w.sink.taken}) == 2


def test_gate(tmp):
    """Nothing leaves before the self-test, and nothing is lost by that."""
    w = World(tmp, wants_mail=False)
    w.publish(more=ZONE_MORE)
    w.configure(ON)
    see(w, mail_of(tmp, 'victim.example'))
    w.reportd(now=SEEN + 60)
    assert [to for _, to, octets in w.sink.taken if b'self-test' not in octets] == []
    preview = w.octets('outbox', 'preview', 'VICTIM.example', '--failures')
    assert b'.private' not in preview
    w.deliver(w.test_mail(SEEN + 60))
    w.reportd(now=SEEN + 120)
    w.reportd(now=SEEN + 700)
    assert sorted(to for _, to, _ in w.sink.taken) == ['dmarc@victim.example', 'x@collector.example'], w.sink.taken
    assert preview in [octets for _, _, octets in w.sink.taken]  # it left as it was shown
    (identity,) = {r['id'] for r in w.listed(now=SEEN + 800)}
    assert w.octets('outbox', 'show', identity, '--to', 'x@collector.example') in [octets for _, _, octets in w.sink.taken]


def test_never(tmp):
    """Of nothing that could begin a loop, to nobody who did not ask, and nothing at all while it is off."""
    w = world(tmp)
    see(w, mail_of(tmp, 'registry.example'))
    see(w, mail_of(tmp, 'quiet.example'))
    see(w, mail_of(tmp, 'victim.example', path='<>'))
    see(w, mail_of(tmp, 'victim.example', more='Auto-Submitted: auto-replied\n'))
    see(w, mail_of(tmp, 'victim.example', more='Content-Type: multipart/report; boundary=x\n'))
    see(w, mail_of(tmp, 'victim.example', path='<dmarc+0123@receiver.example>'))
    w.reportd(now=SEEN + 60)
    assert w.sink.taken == []
    w.configure('organisation = \n' + ON + 'canonicalized_body = yes\n')
    half = w.reportd(now=SEEN + 70).stderr
    assert 'failure.send: nothing is told' in half and 'failure.redact = nothing only' in half, half
    w.configure()
    see(w, mail_of(tmp, 'victim.example'))
    written = b''.join(open(os.path.join(w.state, 'journal', n), 'rb').read() for n in os.listdir(os.path.join(w.state, 'journal')))
    assert b'hello' not in written and b'private' not in written  # no sample is written
    w.reportd(now=SEEN + 60)
    assert w.sink.taken == []
    assert not [n for n in os.listdir(os.path.join(w.state, 'outbox')) if n.endswith('.eml')]


def test_levels(tmp):
    """redact, original and the canonicalized forms, as they are set."""
    w = world(tmp, ON + 'original = message\n')
    see(w, mail_of(tmp, 'victim.example'))
    w.reportd(now=SEEN + 60)
    _, fields, original = parts(w.sink.taken[0][2])
    assert original.get_content_type() == 'message/rfc822' and b'call ' in w.sink.taken[0][2] and b'.private' not in w.sink.taken[0][2]
    w.configure(ON + 'redact = most\noriginal = message\n')
    see(w, mail_of(tmp, 'victim.example'), now=SEEN + 4000)
    w.reportd(now=SEEN + 4100)
    octets = w.sink.taken[2][2]
    assert b'hello' not in octets and b'Ann' not in octets and b'sample.example' not in octets.split(b'rfc822-headers')[1], octets
    w.configure(ON + 'redact = nothing\noriginal = message\n')
    see(w, mail_of(tmp, 'victim.example'), now=SEEN + 8000)
    w.reportd(now=SEEN + 8100)
    assert b'From: Ann <ann.private@victim.example>' in w.sink.taken[4][2] and b'call bob.private@' in w.sink.taken[4][2]


def test_organization(tmp):
    """Who forges in many names of one organization, each with a record of its own, fills no journal with them."""
    w = World(tmp, wants_mail=False)
    flood = ''.join('_dmarc.s%d.%s. TXT "v=DMARC1; p=none; ruf=mailto:dmarc@%s"\n' % (i, org, org)
                    for org, count in (('flood.example', 105), ('known.example', 25), ('other.example', 2)) for i in range(count))
    w.publish(more=ZONE_MORE + flood + '_dmarc.known.example. TXT "v=DMARC1; p=none"\npass.example. TXT "v=spf1 +all"\n')
    w.configure(ON)
    box = os.path.join(tmp, 'box')

    def whole(org, count, path, now=SEEN):
        with open(box, 'w') as out:
            for i in range(count):
                out.write('From x Tue Nov  8 08:00:00 2022\n' + open(mail_of(tmp, 's%d.%s' % (i, org), path=path)).read() + '\n')
        before = told()
        see(w, box, now=now)
        after = told()
        assert after[0] - before[0] == count, (before, after)
        return after[1] - before[1]

    def told():
        """Samples so far, and how many of them are whole."""
        is_there = os.path.isdir(os.path.join(w.state, 'journal'))
        samples = [s['whole'] for s in (journal(w) if is_there else []) if s['type'] == 'failure_sample']
        return len(samples), sum(samples)
    # a path that passes makes the check ask for the organization; without one nobody knows it, and the ending stands for it
    assert whole('known.example', 25, '<x@pass.example>') == 20
    assert whole('flood.example', 105, '<x@client.example>') == 100
    assert whole('other.example', 2, '<x@client.example>') == 2
    assert whole('known.example', 25, '<x@pass.example>', SEEN + 3600) == 20  # the next hour begins anew


def test_parts(tmp):
    """Bodies of parts: texts are told, in whatever encoding they came; what is no text is named."""
    w = world(tmp, ON + 'original = message\n')
    html = base64.b64encode('<p>caf\u00e9 <b>bob.pri</b>vate&#64;sample.example'.encode()).decode()
    body = ('--=_x\nContent-Type: multipart/alternative; boundary="y"\n\n--y\nContent-Type: text/plain; charset=utf-8\n\ncaf\u00e9 bob.private@sample.example\n'
            '--y\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n%s\n--y--\n'
            '--=_x\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nSECRET\n--=_x--\n' % html)
    see(w, mail_of(tmp, 'victim.example', more='MIME-Version: 1.0\nSubject: caf\u00e9\nContent-Type: multipart/mixed; boundary="=_x"\n', body=body))
    w.reportd(now=SEEN + 60)
    octets = w.sink.taken[0][2]
    _, _, original = parts(octets)
    assert b'.private' not in octets and b'SECRET' not in octets and max(octets) < 128, octets
    told = original.get_payload()[0]
    assert told.get_all('Subject')[1] == 'caf\u00e9', told.items()
    leaves = [p for p in told.walk() if not p.is_multipart()]
    assert [p.get_content_type() for p in told.walk()] == ['multipart/mixed', 'multipart/alternative'] + 3 * ['text/plain'], octets
    texts = [p.get_payload(decode=True).decode() for p in leaves]
    assert all(t.strip().startswith('caf\u00e9 ') and t.strip().endswith('@sample.example') for t in texts[:2]), texts
    assert texts[2] == '[withheld: application/pdf, 6 octets]\r\n', texts


def doctor(w):
    run = subprocess.run([SCEAU, 'doctor', '--only', 'failure.reports', '--json', '--config', w.conf, '--state', w.state, '--dns', w.zone],
                         capture_output=True, text=True)
    return [(f['outcome'], f['found']) for f in map(json.loads, run.stdout.splitlines()) if 'outcome' in f]


def test_doctor(tmp):
    """Failure reports that are on and cannot leave: sceau doctor says what is missing."""
    w = world(tmp)
    w.change_selftest(lambda words: words[:4] + [words[4] if words[4] == '0' else str(int(time.time()))] + words[5:])  # doctor's clock is the machine's
    ((outcome, found),) = doctor(w)
    assert outcome == 'warning' and 'privacy.key' in found, found  # no milter ran here yet
    see(w, mail_of(tmp, 'victim.example'))
    assert doctor(w) == [('ok', 'who asks for them is told')], doctor(w)
    w.sink.answers = {'dmarc@victim.example': '550 5.1.1 no', 'x@collector.example': '550 5.1.1 no'}
    w.reportd(now=SEEN + 60)
    with served.connect(w.state) as db:
        db.execute('UPDATE outgoing SET built = ? WHERE kind = 1', (int(time.time()),))
    assert doctor(w) == [('warning', 'none of the last 7 days was taken, and 3 came to nothing')], doctor(w)
    os.truncate(os.path.join(w.state, 'privacy.key'), 3)
    assert 'is no key' in doctor(w)[0][1], doctor(w)


def test_signature(tmp):
    """A signature that a changed body broke: named, and with the forms that it was checked over where that is asked for."""
    signed = {}
    for name, more in ('plain', ON), ('canonical', ON + 'redact = nothing\ncanonicalized_header = yes\ncanonicalized_body = yes\n'):
        folder = os.path.join(tmp, name)
        os.mkdir(folder)
        w = world(folder, more)
        path = mail_of(folder, 'victim.example')
        head, body = open(path).read().split('\nDate:', 1)
        with open(path + '.unsigned', 'w') as f:
            f.write('From:' + head.split('\nFrom:')[1] + '\nDate:' + body)
        octets = subprocess.run([SCEAU, 'sign', '--key', w.key, '--selector', 's1', '--domain', 'victim.example', '--now', str(SEEN), '--dns', w.zone],
                                stdin=open(path + '.unsigned'), capture_output=True, check=True, text=True).stdout
        with open(path, 'w') as f:
            f.write(head.split('\nFrom:')[0].replace('\r', '') + '\n' + octets.replace('\r', '') + 'changed\n')
        der = subprocess.run(['openssl', 'pkey', '-in', w.key, '-pubout', '-outform', 'DER'], check=True, capture_output=True).stdout
        with open(w.zone, 'a') as f:
            f.write('s1._domainkey.victim.example. TXT "v=DKIM1; k=ed25519; p=%s"\n' % base64.b64encode(der[-32:]).decode())
        see(w, path)
        w.reportd(now=SEEN + 60)
        signed[name] = parts(w.sink.taken[0][2])[1]
        assert [signed[name]['DKIM-' + k] for k in ('Domain', 'Identity', 'Selector')] == ['victim.example', '@victim.example', 's1'], signed[name].items()
    assert signed['plain']['DKIM-Canonicalized-Header'] is None and signed['plain']['DKIM-Canonicalized-Body'] is None
    header, body = (base64.b64decode(''.join(signed['canonical']['DKIM-Canonicalized-' + k].split())) for k in ('Header', 'Body'))
    assert b'from:Ann <ann.private@victim.example>\r\n' in header and header.endswith(b'b='), header
    assert body == b'call bob.private@sample.example\r\nchanged\r\n', body


def documents(w):
    """Built reports: files with a store in a file, rows that any host can send with a server."""
    if not served.is_server():
        return len([n for n in os.listdir(os.path.join(w.state, 'outbox')) if n.endswith('.eml')])
    with served.connect(w.state) as db:
        return db.execute('SELECT count(DISTINCT report) FROM spool').fetchone()[0]


def test_killed(tmp):
    """kill -9 in the middle: the report is there once, and leaves."""
    w = world(tmp)
    see(w, mail_of(tmp, 'victim.example'))
    for patience in (0.01, 0.03, 0.06):
        p = spawn([REPORTD, '--once', '--config', w.conf, '--state', w.state, '--dns', w.zone, '--now', str(SEEN + 60)],
                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(patience)
        p.send_signal(signal.SIGKILL)
        p.wait()
    w.reportd(now=SEEN + 2000)
    w.reportd(now=SEEN + 9000)
    got = {(to, email.message_from_bytes(o)['Message-ID']) for _, to, o in w.sink.taken}
    assert {to for to, _ in got} == {'dmarc@victim.example', 'x@collector.example'} and len({m for _, m in got}) == 1, got
    assert documents(w) == 1


run_tests([test_from_mail_to_mail, test_gate, test_never, test_levels, test_organization, test_parts, test_doctor, test_signature, test_killed], sys.argv[5:])
