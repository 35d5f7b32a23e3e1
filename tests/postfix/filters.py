#!/usr/bin/python3
"""filters.py SCEAU SCEAU-MILTER [NAME...]: the samples of doc/examples/filters, run by Pigeonhole and Postfix on messages
that sceau-milter marked."""
import os, re, shutil, subprocess, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import STRANGER, fields, message, run, send_ok

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'doc', 'examples', 'filters')
CHECKS = os.path.join(SAMPLES, 'postfix-header-checks')
# Who asks for what; is it junk?
SENDERS = [('reject.test', 'reject'), ('quarantine.test', 'quarantine'), ('none.test', None)]
FORGED = b'X-DMARC-Fail-Policy: reject\r\n'


def marked(world, *settings, forged=FORGED):
    """{domain: text} of a message from each, as delivered, and of one that passes."""
    world.start_milter(*settings)
    texts = {domain: send_ok(world, 'mark-' + domain, domain, ip=STRANGER, extra=forged)[0] for domain, _ in SENDERS}
    texts['pass'] = send_ok(world, 'mark-pass', 'reject.test', extra=forged)[0]
    return texts


def sieve_folder(world, script, text):
    """The folder that Pigeonhole chooses. Its binary goes beside the script: a folder that nobody may write to."""
    folder = world.path('sieve')
    os.makedirs(folder, exist_ok=True)
    shutil.chown(folder, 'nobody')
    files = {'rule.sieve': script.encode(), 'mail.eml': text.replace(b'\r\n', b'\n'),
             'dovecot.conf': b'mail_uid = nobody\nmail_gid = nogroup\nmail_home = /nonexistent\nmail_location = maildir:~\n'}
    for name, content in files.items():
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(content)
    done = subprocess.run(['sieve-test', '-C', '-c', 'dovecot.conf', 'rule.sieve', 'mail.eml'], cwd=folder,
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and 'rror' not in done.stderr, done.stderr
    found = re.findall(r'store message in folder: (\S+)', done.stdout)
    assert len(found) == 1, done.stdout
    return found[0]


def each_folder(world, name, texts, rename=lambda script: script):
    with open(os.path.join(SAMPLES, name)) as f:
        script = rename(f.read())
    for domain, asked in SENDERS + [('pass', None)]:
        got = sieve_folder(world, script, texts[domain])
        assert got == ('Junk' if asked else 'INBOX'), (name, domain, got)


def sieve(world):
    texts = marked(world)
    for name in 'suspect.sieve', 'zimbra.sieve':
        each_folder(world, name, texts)
    with open(os.path.join(SAMPLES, 'zimbra.sieve')) as f:
        assert re.findall(r'require (.*);', f.read()) == ['["fileinto"]'], 'what Zimbra is known to have'


def sieve_knows_each_field(world):
    """Either field is enough: with the other's name changed, the sample works all the same."""
    forged = b'X-MDDMARC-Fail-policy: reject\r\n'
    texts = marked(world, '--set', 'policy.fail_field=X-MDDMARC-Fail-policy', '--set', 'policy.suspect_field=', forged=forged)
    assert fields(texts['reject.test'], 'X-MDDMARC-Fail-policy') == ['reject']
    assert fields(texts['pass'], 'X-MDDMARC-Fail-policy') == [], "the forger's copy is gone"
    for name in 'suspect.sieve', 'zimbra.sieve':
        each_folder(world, name, texts, lambda script: script.replace('X-DMARC-Fail-Policy', 'X-MDDMARC-Fail-policy'))
    world.stop_milter()
    world.forget_delivered()
    texts = marked(world, '--set', 'policy.fail_field=X-Other', forged=b'')
    for name in 'suspect.sieve', 'zimbra.sieve':
        each_folder(world, name, texts)


def postmap(text, kind):
    """What the table answers to the header fields of a message, one query a field as cleanup makes them."""
    head = text.replace(b'\r\n', b'\n').split(b'\n\n')[0] + b'\n'
    done = subprocess.run(['postmap', '-hq', '-', kind + ':' + CHECKS], input=head + b'\n', capture_output=True, timeout=20)
    assert done.returncode in (0, 1) and done.stderr == b'', done
    return sorted({line.split(b'\t', 1)[1].decode() for line in done.stdout.splitlines()})


def header_checks_table(world):
    texts = marked(world)
    for domain, asked in SENDERS + [('pass', None)]:
        got = postmap(texts[domain], 'regexp')
        assert got == (['REDIRECT suspect@example.org'] if asked else []), (domain, got)


def redirecting(kind):
    """A copy of the sample that redirects to a mailbox of the test."""
    return '%s = regexp:{dir}/etc/suspect\n' % kind


def put_checks(world):
    with open(CHECKS) as f, open(world.path('etc', 'suspect'), 'w') as out:
        out.write(f.read().replace('suspect@example.org', 'suspect@receiver.example'))


def redirects_marked_mail(world):
    put_checks(world)
    for domain, text in marked(world).items():
        asked = dict(SENDERS).get(domain)
        want = 'suspect@receiver.example' if asked else 'bob@receiver.example'
        assert fields(text, 'Delivered-To') == [want], domain


def redirects_behind(world):
    """A host behind that of the milter: the fields are in the mail when it comes, and header_checks see them."""
    put_checks(world)
    for n, extra in enumerate((b'X-DMARC-Fail-Policy: quarantine\r\n', b'X-Spam-Flag: YES\r\n', b'X-Spam-Flag: NO\r\n')):
        world.send('ann@reject.test', message('behind-%d' % n, 'reject.test', extra=extra))
        want = 'bob@receiver.example' if n == 2 else 'suspect@receiver.example'
        assert fields(world.delivered('behind-%d' % n), 'Delivered-To') == [want], n


POSTFIX = {redirects_marked_mail: lambda: dict(main_cf=redirecting('milter_header_checks')),
           redirects_behind: lambda: dict(main_cf=redirecting('header_checks') + 'smtpd_milters =\n')}

run([sieve, sieve_knows_each_field, header_checks_table, redirects_marked_mail, redirects_behind], POSTFIX)
