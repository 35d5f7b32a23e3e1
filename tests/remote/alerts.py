#!/usr/bin/python3
"""alerts.py SCEAU-REPORTD SCEAU SOURCE-ROOT: what sceau-reportd tells by mail, webhook and command: the digest of six weeks of sample
reports, once; servers that refuse, hang up, redirect; muted findings; letters in French."""
import email, email.policy, html.parser, json, os, shutil, ssl, subprocess, sys, time
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), '../daemon')]
import dovecot, sinks, tap
from tap import served

REPORTD, SCEAU, ROOT = sys.argv[1:4]
MIDNIGHT = 1795910400  # of 2026-11-29, a Sunday
SEVEN = MIDNIGHT + 7 * 3600
DAY = 86400


class Host:
    """A state with the sample reports in it, made once and copied; a mail sink with TLS and a login, an HTTPS sink."""
    made = None

    def __init__(self, tmp):
        self.tmp = tmp
        dovecot.certificates(tmp)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(tmp + '/crt', tmp + '/key')
        self.mail, self.hook = sinks.Mail(tls, ('alerts', 'secret')), sinks.Hook(tmp + '/crt', tmp + '/key')
        for name in ('password', 'token'):
            with open(os.path.join(tmp, name), 'w') as f:
                f.write('secret\n')
            os.chmod(f.name, 0o600)
        self.told = os.path.join(tmp, 'told')
        if Host.made is None:
            subprocess.run([os.path.join(ROOT, 'tools/sample-reports'), tmp + '/samples', '--now', str(MIDNIGHT)], check=True, capture_output=True)
            os.makedirs(tmp + '/state')
            shutil.copytree(tmp + '/samples', tmp + '/state/incoming')
            self.run({}, MIDNIGHT + 60)
            Host.made = served.keep(tmp + '/state')
        else:
            os.makedirs(tmp + '/state')
            served.put_back(tmp + '/state', Host.made)

    def by_mail(self, **more):
        return dict({'alert.mail_to': 'admin@example.org boss@example.org', 'alert.mail_from': 'sceau@mail.example.org',
                     'alert.smtp': 'smtp://localhost:%d' % self.mail.port, 'web.url': 'https://mail.example.org/sceau/'},
                    **{'alert.' + key: value for key, value in more.items()})

    def by_hook(self, **more):
        return dict({'alert.webhook': self.hook.url, 'alert.webhook_private': 'yes', 'alert.trust_file': self.tmp + '/ca.pem'},
                    **{'alert.' + key: value for key, value in more.items()})

    def by_command(self):
        return {'alert.command': '/bin/sh -c "cat >> %s; echo >> %s"' % (self.told, self.told)}

    def run(self, sets, now, status=0):
        run = subprocess.run([REPORTD, '--once', '--config', '/dev/null', '--state', self.tmp + '/state', *served.words(self.tmp + '/state'), '--now', str(now), '--set',
                              'intake.unauthenticated=count', '--dns', os.path.join(ROOT, 'doc/sample/reports.zone')] +
                             [x for pair in sets.items() for x in ('--set', '%s=%s' % pair)], capture_output=True, text=True, timeout=120)
        assert run.returncode == status, (run.returncode, run.stderr)
        return run.stderr

    def letters(self):
        if not os.path.exists(self.told):
            return []
        with open(self.told) as f:
            return [json.loads(line) for line in f.read().splitlines()]


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ('href', 'src', 'action')]


def a_digest_by_all_ways(tmp):
    host = Host(tmp)
    sets = {**host.by_mail(), **host.by_hook(webhook_token_file=tmp + '/token'), **host.by_command()}
    host.run(sets, MIDNIGHT + 5 * 3600)
    early = [x['kind'] for x in host.letters()]
    assert 'daily' not in early, early  # before its hour
    host.run(sets, SEVEN)
    host.run(sets, SEVEN + 60)
    host.run(sets, SEVEN + 8 * 3600)
    assert [x['kind'] for x in host.letters()] == early + ['daily']
    letter = host.letters()[-1]
    assert letter['findings'] and all(x['new'] in (True, False) for x in letter['findings']), letter
    assert {x['domain'] for x in letter['domains']} >= {'example.org', 'example.net', 'example.com'}, letter['domains']
    assert any('web1' in x['text'] or 'web1' in x['domain'] or 'web1' in x['evidence'] for x in letter['findings']), letter
    path, fields, body = host.hook.posts[-1]
    assert path == '/hook' and fields['Authorization'] == 'Bearer secret' and fields['Content-Type'] == 'application/json', fields
    assert json.loads(body)['findings'] == letter['findings']
    assert len(host.hook.posts) == len(early) + 1 and len(host.mail.taken) == len(early) + 1
    mail = email.message_from_bytes(host.mail.taken[-1], policy=email.policy.default)
    assert mail['To'] == 'admin@example.org, boss@example.org' and mail['From'] == 'sceau <sceau@mail.example.org>', mail.items()
    assert mail['Subject'] == letter['subject'] and mail['Auto-Submitted'] == 'auto-generated', mail.items()
    assert host.mail.sessions[-1]['to'] == ['admin@example.org', 'boss@example.org']
    text, page = [part.get_content() for part in mail.iter_parts()]
    assert mail.get_content_type() == 'multipart/alternative' and not mail.defects, mail.defects
    for finding in letter['findings']:
        assert finding['evidence'].startswith('https://mail.example.org/sceau/'), finding
        assert finding['evidence'] in text, finding
    tags = Tags(page)
    assert not tags.tags & {'script', 'img', 'link', 'iframe', 'style', 'form'}, tags.tags
    assert all(x.startswith('https://mail.example.org/sceau/') for x in tags.links) and len(tags.links) > len(letter['findings'])
    assert max(len(line) for line in text.splitlines() if 'https://' not in line) <= 76, text


def with_tls_and_a_login(tmp):
    host = Host(tmp)
    sets = host.by_mail(smtp_security='tls', smtp_user='alerts', smtp_password_file=tmp + '/password', trust_file=tmp + '/ca.pem', at_once='')
    host.run(sets, SEVEN)
    assert len(host.mail.taken) == 1 and host.mail.sessions[-1]['tls'] and host.mail.sessions[-1]['login'] == ['alerts', 'secret']
    # an authority that is not trusted, and a wrong password: nothing is sent, and it is told
    words = host.run(dict(sets, **{'alert.trust_file': ''}), SEVEN + DAY, 75)
    assert 'alert by mail: localhost:' in words and 'certificate' in words, words
    with open(tmp + '/password', 'w') as f:
        f.write('wrong\n')
    words = host.run(sets, SEVEN + DAY + 3600, 75)
    assert 'alert by mail: localhost:' in words and '535 5.7.8 wrong password' in words, words
    assert len(host.mail.taken) == 1


def again_when_it_was_not_taken(tmp):
    host = Host(tmp)
    sets = host.by_mail(at_once='')
    host.mail.fault = 'later'
    words = host.run(sets, SEVEN, 75)
    assert '451 4.3.0 later' in words, words
    host.mail.fault = ''
    host.run(sets, SEVEN + 60)
    assert host.mail.taken == []  # not yet
    host.run(sets, SEVEN + 16 * 60)
    host.run(sets, SEVEN + 32 * 60)
    assert len(host.mail.taken) == 1


def once_though_no_answer_came(tmp):
    host = Host(tmp)
    host.mail.fault = 'silent'
    host.run(host.by_mail(at_once=''), SEVEN)
    host.mail.fault = ''
    for minutes in (1, 20, 300):
        host.run(host.by_mail(at_once=''), SEVEN + minutes * 60)
    assert len(host.mail.taken) == 1


def webhooks_that_do_not_take_it(tmp):
    for status, words in ((302, 'answers 302, a redirect, which is not followed'), (404, 'answers 404'), (503, 'answers 503')):
        folder = os.path.join(tmp, str(status))
        os.mkdir(folder)
        host = Host(folder)
        host.hook.status = status
        told = host.run(host.by_hook(at_once=''), SEVEN, 75)
        assert 'alert by webhook: localhost:' in told and words in told, told
        assert len(host.hook.posts) == 1  # the redirect was not followed
        host.hook.status = 200
        host.run(host.by_hook(at_once=''), SEVEN + 16 * 60)
        assert len(host.hook.posts) == 2
    told = host.run(host.by_hook(webhook_private='no', at_once=''), SEVEN + DAY, 75)
    assert 'its address is not public: alert.webhook_private allows that' in told, told
    told = host.run(host.by_hook(webhook='http://localhost:1/', at_once=''), SEVEN + 2 * DAY, 75)
    assert 'alert by webhook' in told, told


def what_is_muted_is_not_told(tmp):
    host = Host(tmp)
    with served.connect(tmp + '/state') as db:
        ids = [row[0] for row in db.execute('SELECT id FROM finding ORDER BY id')]
        assert len(ids) > 2, ids
        db.executemany("INSERT INTO mute (id, until, note, author) VALUES (?, ?, '', 'test')", [(x, SEVEN + 9 * DAY) for x in ids[1:]])
    host.run(dict(host.by_command(), **{'alert.without': ''}), SEVEN)
    told = {f['id'] for letter in host.letters() for f in letter['findings']}
    assert told <= {ids[0]}, (told, ids)


def in_french(tmp):
    host = Host(tmp)
    host.run(host.by_mail(language='fr', at_once=''), SEVEN + DAY)  # a Monday: the week
    mail = email.message_from_bytes(host.mail.taken[0], policy=email.policy.default)
    assert mail['Subject'].startswith('sceau\u00a0: la semaine jusqu’au 2026-11-29'), mail['Subject']
    text, page = [part.get_content() for part in mail.iter_parts()]
    assert '2026-11-23 au 2026-11-29' in text and 'conformes' in text and '<html lang="fr">' in page, text


def when_and_how_long(tmp):
    host = Host(tmp)
    quiet = dict(host.by_command(), **{'alert.at_once': ''})
    host.run(dict(quiet, **{'alert.digest': 'never'}), SEVEN)
    host.run(dict(quiet, **{'alert.digest': 'weekly'}), SEVEN)
    host.run(dict(quiet, **{'alert.digest_hour': '9'}), SEVEN)
    assert host.letters() == []
    host.run(dict(quiet, **{'alert.digest': 'weekly', 'alert.digest_hour': '9'}), SEVEN + DAY + 2 * 3600)
    assert [x['kind'] for x in host.letters()] == ['weekly']
    told = host.run({'alert.command': '/bin/sleep 60', 'alert.command_timeout': '1s', 'alert.at_once': ''}, SEVEN + 8 * DAY, 75)
    assert 'alert by command: /bin/sleep did not end within 1 seconds' in told, told


def digests_on_demand(tmp):
    host = Host(tmp)

    def digest(*more, status=0):
        run = subprocess.run([SCEAU, 'report', 'digest', '--config', '/dev/null', '--state', tmp + '/state', *served.words(tmp + '/state'), '--now', str(SEVEN)] +
                             [x for pair in host.by_mail().items() for x in ('--set', '%s=%s' % pair)] + list(more), capture_output=True, text=True)
        assert run.returncode == status, (run.returncode, run.stderr)
        return run.stdout if status == 0 else run.stderr
    text = digest('--lang', 'en')
    assert 'What was reported, 2026-11-22 to 2026-11-28 (UTC)' in text and 'https://mail.example.org/sceau/d/example.org/' in text, text
    assert 'Ce qui a été rapporté, 2026-11-28 (UTC)' in digest('--daily', '--lang', 'fr')
    assert json.loads(digest('--json'))['kind'] == 'weekly'
    assert digest('--html').startswith('<!doctype html>')
    digest('--to', 'other@example.net')
    assert len(host.mail.taken) == 1 and host.mail.sessions[-1]['to'] == ['other@example.net']
    assert 'is no address' in digest('--to', 'x y', status=64)
    host.mail.fault = 'later'
    assert '451 4.3.0 later' in digest('--to', 'other@example.net', status=75)
    with served.connect(tmp + '/state', read_only=True) as db:
        assert db.execute('SELECT count(*) FROM alert').fetchall() == [(0,)]  # it does not count as sent


def settings_that_cannot_be(tmp):
    host = Host(tmp)
    for sets, words in (({'alert.at_once': 'nonsense'}, 'alert.at_once: nonsense is no kind of finding'),
                        ({'web.url': 'ftp://x'}, 'web.url: expected https://HOST'),
                        (dict(host.by_mail(at_once=''), **{'alert.mail_from': 'a b@c\tBcc:x@y'}), 'alert.mail_from or a recipient is no address')):
        told = host.run(sets, SEVEN, 75)
        assert words in told, told


def what_is_near_its_end(tmp):
    """A mail host's certificate of nine days, and a key that may sign for a hundred: told in time, with the day from which it holds."""
    dovecot.certificates(tmp, 'mx.mail.test')
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp + '/crt', tmp + '/key')
    sink, now, state = sinks.Mail(tls, None), int(time.time()), tmp + '/state'
    with open(tmp + '/zone', 'w') as f:
        f.write('$ORIGIN .\n$TTL 60\nmail.test. MX 10 mx.mail.test.\nmx.mail.test. A 127.0.0.1\n')
    os.makedirs(state + '/keys.public/mail.test')
    with open(state + '/keys.public/mail.test/state', 'w') as f:
        f.write('s1 active ed25519 256 created=%d published=%d active=%d p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n' %
                ((now - 80 * DAY,) * 3))

    def findings(day, *sets):
        subprocess.run([REPORTD, '--once', '--config', '/dev/null', '--state', state, *served.words(state), '--now', str(now + day * DAY), '--dns', tmp + '/zone',
                        '--set', 'policy.own_domains=mail.test', '--set', 'check.allow_private=yes', '--set', 'keys.lifetime=100d',
                        '--set', 'check.smtp_port=%d' % sink.port, *sets], check=True, timeout=60)
        run = subprocess.run([SCEAU, 'report', 'today', '--json', '--config', '/dev/null', '--state', state, *served.words(state), '--now', str(now + day * DAY)],
                             capture_output=True, text=True)
        assert run.returncode in (0, 1, 2, 3), run
        return {x['rule']: x for x in map(json.loads, run.stdout.splitlines()) if x.get('rule') in ('certificate-end', 'key-end')}
    assert findings(0) == {}, 'nine days, and twenty'
    got = findings(8)
    assert set(got) == {'certificate-end', 'key-end'}, got
    assert 'mx.mail.test' in got['certificate-end']['text'] and got['certificate-end']['severity'] == 'warning', got
    assert ' s1 ' in got['key-end']['text'] and got['key-end']['severity'] == 'info', got
    assert got['key-end']['since'] == time.strftime('%Y-%m-%d', time.gmtime(now + 6 * DAY)), got['key-end']
    assert set(findings(16, '--set', 'alert.certificates=no')) == {'key-end'}, 'not seen for a week'


tap.run_tests([a_digest_by_all_ways, with_tls_and_a_login, again_when_it_was_not_taken, once_though_no_answer_came,
               webhooks_that_do_not_take_it, what_is_muted_is_not_told, in_french, when_and_how_long, digests_on_demand,
               settings_that_cannot_be, what_is_near_its_end], sys.argv[4:])
