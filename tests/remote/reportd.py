#!/usr/bin/python3
"""reportd.py SCEAU-REPORTD SOURCE-ROOT with|without: sceau-reportd with a mailbox in a real Dovecot: sample reports go into the store, each once,
whenever it is killed; then their addresses are looked up, and the records of the domains."""
import email.message, os, random, signal, subprocess, sys, time
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), '../daemon')]
import dovecot, tap
from tap import served

REPORTD, ROOT = sys.argv[1:3]
HAS_NETWORKS = sys.argv[3] == 'with'  # libmaxminddb
NOW = 1795910400
SAMPLES = 60


def sample_mails(tmp):
    folder = os.path.join(tmp, 'samples')
    subprocess.run([os.path.join(ROOT, 'tools/sample-reports'), folder, '--now', str(NOW)], check=True, capture_output=True)
    names = sorted(x for x in os.listdir(folder) if x.endswith(('.gz', '.zip')))
    random.Random(1).shuffle(names)
    mails = []
    for name in names[:SAMPLES]:
        m = email.message.EmailMessage()
        m['From'], m['To'], m['Subject'] = 'reports@sender.test', 'reports@example.org', 'Report of ' + name[:60]
        m['Message-ID'] = '<%s@sender.test>' % abs(hash(name))
        m.set_content('A report.')
        with open(os.path.join(folder, name), 'rb') as f:
            m.add_attachment(f.read(), maintype='application', subtype='gzip' if name.endswith('gz') else 'zip', filename=name)
        mails.append(m.as_bytes().replace(b'\r\n', b'\n').replace(b'\n', b'\r\n'))
    return mails


def arguments(tmp, server, *more, host='state'):
    """`host`: its state directory; the store is always the same."""
    password = os.path.join(tmp, 'password')
    with open(password, 'w') as f:
        f.write('secret\n')
    os.chmod(password, 0o600)
    sets = {'intake.imap_url': 'imaps://localhost:%d' % server.tls_port, 'intake.imap_user': 'reports', 'intake.imap_password_file': password,
            'intake.imap_trust_file': os.path.join(server.folder, 'ca.pem'), 'intake.imap_batch': '7', 'intake.unauthenticated': 'count'}
    return ([REPORTD, *(() if '--config' in more else ('--config', '/dev/null')), '--state', os.path.join(tmp, host), *served.words(os.path.join(tmp, 'state')), '--now', str(NOW), '--dns',
             os.path.join(ROOT, 'doc/sample/reports.zone')] + [x for pair in sets.items() for x in ('--set', '%s=%s' % pair)] + list(more))


def once(tmp, server, status=0, *more):
    run = subprocess.run(arguments(tmp, server, '--once', *more), capture_output=True, text=True, timeout=120)
    assert run.returncode == status, (run.returncode, run.stdout, run.stderr)
    return run.stderr


def rows(tmp, question):
    with served.connect(os.path.join(tmp, 'state'), read_only=True) as db:
        return db.execute(question).fetchall()


def into_the_store(tmp):
    server = dovecot.Dovecot(tmp)
    mails = sample_mails(tmp)
    none = b'Subject: spam\r\nFrom: x@y.test\r\n\r\nno report\r\n'
    server.deliver(mails + [none, mails[0]])
    file = os.path.join(ROOT, 'tests/data/enrich/networks.mmdb')
    words = once(tmp, server, 0 if HAS_NETWORKS else 75, '--set', 'check.network_database=' + file, '--set',
                 'check.country_database=' + file)
    assert HAS_NETWORKS or 'built without libmaxminddb' in words, words
    assert rows(tmp, 'SELECT count(*), min(counted) FROM report') == [(SAMPLES, 1)]
    assert server.holds() == [] and server.holds('Refused') == [none]
    assert server.holds('Archive') == sorted(mails + [mails[0]])
    outcomes = dict(rows(tmp, 'SELECT outcome, count(*) FROM intake GROUP BY outcome'))
    assert outcomes['duplicate'] == 1 and outcomes['refused'] == 1, outcomes
    place = rows(tmp, "SELECT name, kind, last_run, last_error, count FROM place WHERE kind = 'imap'")
    assert place == [('imap:reports@localhost:%d/INBOX' % server.tls_port, 'imap', place[0][2], '', SAMPLES + 2)], place
    assert NOW <= place[0][2] < NOW + 100
    # what the zone tells of the addresses, confirmed
    names = dict(rows(tmp, "SELECT ptr, ptr_domain FROM address WHERE ptr <> ''"))
    assert names['mail.example.org'] == 'example.org' and names['mta20.newsletter.example'] == 'newsletter.example', names
    networks = rows(tmp, "SELECT asn, as_name, country FROM address WHERE ptr = 'mail.example.org' AND length(ip) = 4")
    assert networks == [(64500, 'Example Network', 'FR') if HAS_NETWORKS else (0, '', '')], networks
    left = rows(tmp, 'SELECT count(*) FROM seen WHERE ip NOT IN (SELECT ip FROM address)')
    assert left == [(0,)], left
    records = dict(rows(tmp, "SELECT name, text FROM dns_record WHERE text LIKE 'v=DMARC1%'"))
    assert records['_dmarc.example.org'].startswith('v=DMARC1; p=quarantine'), records
    assert rows(tmp, "SELECT count(*) FROM dns_record WHERE name = 's2026._domainkey.example.org' AND text LIKE 'v=DKIM1%'") == [(1,)]


def what_the_store_does_not_take(tmp):
    """Two reports that it refuses for a reason of its own, in two batches of seven: each is moved to Refused, and all others are taken, in one run."""
    server = dovecot.Dovecot(tmp)
    mails = sample_mails(tmp)[:20]
    once(tmp, server)
    with served.connect(os.path.join(tmp, 'state')) as db:
        db.execute("ALTER TABLE report ADD CONSTRAINT poisoned CHECK (report_id NOT LIKE 'poison%')" if served.is_server() else
                   "CREATE TRIGGER poisoned BEFORE INSERT ON report WHEN new.report_id LIKE 'poison%' BEGIN SELECT RAISE(ABORT, 'poisoned'); END")
    bad = []
    for n in range(2):
        m = email.message.EmailMessage()
        m['From'], m['To'], m['Message-ID'] = 'reports@sender.test', 'reports@example.org', '<poison%d@sender.test>' % n
        m.set_content('A report.')
        m.add_attachment(('<feedback><report_metadata><org_name>o</org_name><email>a@o.test</email><report_id>poison%d</report_id><date_range><begin>%d</begin>'
                          '<end>%d</end></date_range></report_metadata><policy_published><domain>example.org</domain><p>none</p></policy_published>'
                          '<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim>'
                          '<spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.org</header_from></identifiers><auth_results><spf>'
                          '<domain>example.org</domain><result>fail</result></spf></auth_results></record></feedback>' % (n, NOW - 86400, NOW - 1)).encode(),
                         maintype='text', subtype='xml', filename='r.xml')
        bad.append(m.as_bytes().replace(b'\r\n', b'\n').replace(b'\n', b'\r\n'))
    server.deliver(mails[:3] + bad[:1] + mails[3:12] + bad[1:] + mails[12:])
    once(tmp, server)
    assert server.holds() == [] and server.holds('Refused') == sorted(bad) and server.holds('Archive') == sorted(mails)
    assert rows(tmp, 'SELECT count(*) FROM report') == [(20,)]
    refused = rows(tmp, "SELECT detail FROM intake WHERE outcome = 'refused'")
    assert len(refused) == 2 and all('the store does not take it' in x[0] for x in refused), refused


def killed_again_and_again(tmp):
    server = dovecot.Dovecot(tmp)
    mails = sample_mails(tmp)
    server.deliver(mails)
    kills = 0
    for n in range(60):
        p = tap.spawn(arguments(tmp, server, '--once'), stderr=subprocess.DEVNULL)
        time.sleep(0.01 * (n + 1) * served.pace())  # each time a little further, however fast the machine is
        if p.poll() is None:
            p.send_signal(signal.SIGKILL)
            kills += 1
        p.wait()
        if server.holds() == []:
            break
    assert kills >= 3, kills
    once(tmp, server)
    assert server.holds() == []
    assert server.holds('Archive') == sorted(mails)
    assert rows(tmp, 'SELECT count(*), count(DISTINCT key_text) FROM report') == [(SAMPLES, SAMPLES)]
    # roll-ups are those of the reports: nothing counted twice
    assert rows(tmp, 'SELECT sum(count) FROM day_total') == rows(tmp, 'SELECT sum(messages) FROM report')


def a_server_that_is_down(tmp):
    server = dovecot.Dovecot(tmp)
    server.stop()
    words = once(tmp, server, 75)
    assert 'localhost:%d refuses the connection: is the IMAP server running' % server.tls_port in words, words
    assert 'refuses the connection' in rows(tmp, "SELECT last_error FROM place WHERE kind = 'imap'")[0][0]


def several_mailboxes(tmp):
    """Each [mailbox] by itself: its own login and folders; one that is down or refuses keeps no other back."""
    server = dovecot.Dovecot(tmp)
    mails, none = sample_mails(tmp)[:6], b'Subject: spam\r\nFrom: x@y.test\r\n\r\nno report\r\n'
    server.deliver(mails[:2])
    server.deliver(mails[2:4] + [none], 'Reports')
    server.deliver(mails[4:], 'Plain')
    trust, password = 'trust_file = %s/ca.pem\n' % server.folder, 'password_file = %s/password\n' % tmp
    with open(tmp + '/sceau.conf', 'w') as f:
        f.write('[mailbox "down"]\nurl = imaps://localhost:%d\nuser = reports\ntimeout = 5s\n%s%s'
                '[mailbox "second"]\nurl = imaps://localhost:%d\nuser = reports\nfolder = Reports\ndone_folder = Done\n'
                'refused_folder = No\nbatch = 1\n%s%s'
                '[mailbox "clear"]\nurl = imap://localhost:%d\nuser = reports\nfolder = Plain\nplain = yes\n%s%s'
                '[mailbox "token"]\nurl = imaps://localhost:%d\nuser = other\ntoken_command = /bin/false\n%s' %
                (dovecot.free_port(), trust, password, server.tls_port, trust, password, server.port, trust, password, server.tls_port, trust))
    words = once(tmp, server, 75, '--config', tmp + '/sceau.conf')
    assert 'refuses the connection' in words and '/bin/false' in words, words
    assert rows(tmp, 'SELECT count(*) FROM report') == [(6,)], words
    assert server.holds() == [] and server.holds('Reports') == [] and server.holds('Plain') == []
    assert server.holds('Done') == sorted(mails[2:4]) and server.holds('No') == [none]
    assert server.holds('Archive') == sorted(mails[:2] + mails[4:])
    places = dict(rows(tmp, "SELECT name, last_error FROM place WHERE kind = 'imap'"))
    assert len(places) == 5 and sum(x != '' for x in places.values()) == 2, places


def is_ingested_once(tmp, server, mails):
    """What two hosts left undone, one does; and nothing counts twice."""
    once(tmp, server)
    assert server.holds() == [] and set(server.holds('Archive')) == set(mails)
    assert rows(tmp, 'SELECT count(*), count(DISTINCT key_text), min(counted) FROM report') == [(SAMPLES, SAMPLES, 1)]
    assert rows(tmp, 'SELECT sum(count) FROM day_total') == rows(tmp, 'SELECT sum(messages) FROM report')


def two_hosts_at_once(tmp):
    """Without a lease, as from cron: both fetch the same mails."""
    server = dovecot.Dovecot(tmp)
    mails = sample_mails(tmp)
    once(tmp, server)  # the tables are there, and so are the folders
    server.deliver(mails)
    both = [tap.spawn(arguments(tmp, server, '--once', host=host), stderr=subprocess.DEVNULL) for host in ('a', 'b')]
    assert all(p.wait(120) in (0, 75) for p in both), [p.returncode for p in both]  # 75: the other one was first
    is_ingested_once(tmp, server, mails)


def two_hosts_and_the_mailbox_dies(tmp):
    """Its server is killed while both fetch, and comes back; again and again."""
    server = dovecot.Dovecot(tmp)
    mails = sample_mails(tmp)
    once(tmp, server)
    server.deliver(mails)
    for n in range(1, 5):
        both = [tap.spawn(arguments(tmp, server, '--once', host=host), stderr=subprocess.DEVNULL) for host in ('a', 'b')]
        time.sleep(0.12 * n * served.pace())
        server.kill()
        assert all(p.wait(120) in (0, 75) for p in both), [p.returncode for p in both]
        server.start()
    is_ingested_once(tmp, server, mails)


TESTS = [into_the_store, what_the_store_does_not_take, killed_again_and_again, a_server_that_is_down, several_mailboxes]
if served.is_server():
    TESTS += [two_hosts_at_once, two_hosts_and_the_mailbox_dies]
tap.run_tests(TESTS, sys.argv[4:])
