"""The hosts that handle mail on its way: a Postfix each, and the real programs of Debian behind it. A host is a domain, the
lines that its Postfix has beside the rest, what is started before the first message, and the cases."""
import os, shutil, subprocess, textwrap
import mlmmj
from world import can_connect, free_port, wait_for

BASE = '''
myhostname = mail.{domain}
smtpd_milters =
virtual_mailbox_domains =
relayhost = [127.0.0.1]:{sink}
smtp_dns_support_level = disabled
strict_smtputf8 = yes
mydestination =
mynetworks = 127.0.0.1
'''


class Host:
    domain, main_cf, master_cf = None, '', ''
    cases = []  # (name, author, kind, recipient, program)

    def __init__(self, sink, keys, selector):
        self.sink, self.keys, self.selector = sink, keys, selector

    def lines(self):
        return BASE.replace('{domain}', self.domain).replace('{sink}', str(self.sink.port)) + self.main_cf

    def start(self, world):
        """Before the first message."""

    def direct(self, world, name, original, author):
        """A case that does not go through Postfix's SMTP; False: it does."""
        return False


def cases(program, address, rows):
    """rows: "author kind" by commas; the name of a case tells program, author and kind."""
    made = []
    for row in rows.split(','):
        author, kind = row.split()
        made.append(('%s-%s-%s' % (program, author, kind), author, kind, address, program))
    return made


SIGNING = 'smtpd_milters = inet:127.0.0.1:{submission}\nnon_smtpd_milters = inet:127.0.0.1:{submission}\n'
OPENDKIM_CONF = '''
Mode s
Syslog no
Background no
KeyTable file:{dir}/etc/keys
SigningTable refile:{dir}/etc/signing
InternalHosts 127.0.0.1
Socket inet:{port}@127.0.0.1
Canonicalization relaxed/relaxed
RequireSafeKeys no
'''


def start_opendkim(world, domain, keys, selector):
    """Signs all that this host sends, whoever its author is: lists do."""
    conf, port = world.path('etc', 'opendkim.conf'), world.submission
    files = {'dkim.pem': keys[domain][0].decode(), 'signing': '* k1\n',
             'keys': 'k1 %s:%s:%s\n' % (domain, selector, world.path('etc', 'dkim.pem')),
             'opendkim.conf': OPENDKIM_CONF.replace('{dir}', world.dir).replace('{port}', str(port))}
    for name, text in files.items():
        with open(world.path('etc', name), 'w') as f:
            f.write(text)
    world.spawn(['opendkim', '-f', '-x', conf], world.path('log', 'opendkim'))
    wait_for('opendkim listens', lambda: can_connect(port))


class Lists(Host):
    """mlmmj: one list that changes nothing but the envelope, one with a footer, a subject tag and a Reply-To."""
    domain = 'lists.example'
    main_cf = SIGNING + mlmmj.main_cf('lists.example', 'quiet', 'tagged')
    master_cf = mlmmj.MASTER_CF
    cases = cases('mlmmj-quiet', 'quiet@lists.example',
                  'bank plain, simple html, unsigned plain, strict latin, idn eight_bit, bank invitation') + \
        cases('mlmmj-tagged', 'tagged@lists.example',
              'bank plain, simple plain, oversigned html, length plain, unsigned latin, firm attachment, strict patch')

    def start(self, world):
        start_opendkim(world, self.domain, self.keys, self.selector)
        mlmmj.make_list(world, 'quiet@lists.example', ['bob@receiver.example'],
                        customheaders='List-Id: <quiet.lists.example>\n')
        mlmmj.make_list(world, 'tagged@lists.example', ['bob@receiver.example'], prefix='[tagged]',
                        footer='-- \nTo leave: tagged+unsubscribe@lists.example\n', customheaders=textwrap.dedent('''\
                            List-Id: Tagged <tagged.lists.example>
                            List-Post: <mailto:tagged@lists.example>
                            Reply-To: tagged@lists.example
                            Precedence: list'''))


MAILMAN_CFG = '''
[mailman]
site_owner: owner@mm.example
layout: here
[paths.here]
var_dir: {dir}/mm
bin_dir: /usr/lib/mailman3/bin
[database]
url: sqlite:///{dir}/mm/mailman.db
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_host: 127.0.0.1
smtp_port: {port}
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
[ARC]
enabled: yes
dmarc: no
dkim: no
authserv_id: mm.example
privkey: {dir}/mm/arc.pem
selector: {selector}
domain: mm.example
[dmarc]
org_domain_data_url: file:///usr/share/publicsuffix/public_suffix_list.dat
resolver_timeout: 1s
resolver_lifetime: 1s
''' + ''.join('[runner.%s]\nstart: no\n' % name for name in 'rest archive bounces command digest nntp retry virgin'.split())

MAILMAN_LISTS = '''
import sys
from mailman.core.initialize import initialize
initialize(sys.argv[1])
from mailman.app.lifecycle import create_list
from mailman.config import config
from mailman.interfaces.action import Action
from mailman.interfaces.mailinglist import DMARCMitigateAction, ReplyToMunging
from mailman.interfaces.usermanager import IUserManager
from zope.component import getUtility
from mailman.interfaces.domain import IDomainManager
getUtility(IDomainManager).add('mm.example')
bob = getUtility(IUserManager).create_address('bob@receiver.example', 'Bob')
import datetime
bob.verified_on = datetime.datetime(2026, 11, 1)
for name, wrap, options in (
        ('default', None, {}), ('munged', DMARCMitigateAction.munge_from, {}),
        ('wrapped', DMARCMitigateAction.wrap_message, {}), ('hidden', None, dict(anonymous_list=True)),
        ('answers', None, dict(reply_goes_to_list=ReplyToMunging.point_to_list))):
    m = create_list(name + '@mm.example', ['owner@mm.example'])
    m.default_nonmember_action = Action.accept
    m.require_explicit_destination = False
    m.send_welcome_message = False
    if wrap:
        m.dmarc_mitigate_action, m.dmarc_mitigate_unconditionally = wrap, True
    for option, value in options.items():
        setattr(m, option, value)
    m.subscribe(bob)
config.db.commit()
'''


class Mailman(Host):
    """Mailman 3's core: its LMTP in, its SMTP out, ARC seals of its own; no web part."""
    domain = 'mm.example'
    main_cf = 'relay_domains = mm.example\ntransport_maps = inline:{ mm.example=lmtp:[127.0.0.1]:{submission} }\n'
    master_cf = 'lmtp unix - - n - - lmtp\n'
    cases = cases('mailman-default', 'default@mm.example',
                  'bank plain, simple html, oversigned plain, length plain, unsigned plain, bank invitation') + \
        cases('mailman-munged', 'munged@mm.example', 'bank plain, firm attachment') + \
        cases('mailman-wrapped', 'wrapped@mm.example', 'bank plain, strict html') + \
        cases('mailman-hidden', 'hidden@mm.example', 'bank latin') + \
        cases('mailman-answers', 'answers@mm.example', 'bank patch, unsigned html')

    def as_list(self, world, *args):
        # Mailman refuses root; the user's home is the test's.
        return ['setpriv', '--reuid=list', '--regid=list', '--clear-groups', 'env', '-C', world.path('mm'),
                'HOME=' + world.path('mm'), *args]

    def start(self, world):
        os.mkdir(world.path('mm'))
        cfg = world.path('mm', 'mailman.cfg')
        files = {'mailman.cfg': MAILMAN_CFG.replace('{dir}', world.dir).replace('{port}', str(world.port))
                                           .replace('{lmtp}', str(world.submission)).replace('{selector}', self.selector),
                 'arc.pem': self.keys[self.domain][0].decode(), 'lists.py': MAILMAN_LISTS}
        for name, text in files.items():
            with open(world.path('mm', name), 'w') as f:
                f.write(text)
            shutil.chown(world.path('mm', name), 'list', 'list')
        shutil.chown(world.path('mm'), 'list', 'list')
        done = subprocess.run(self.as_list(world, '/usr/bin/python3', 'lists.py', cfg), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-3000:]
        world.spawn(self.as_list(world, '/usr/lib/mailman3/bin/master', '-C', cfg), world.path('log', 'mailman'))
        wait_for('mailman takes mail', lambda: can_connect(world.submission), 200)


class Forward(Host):
    """Postfix alone: virtual aliases, aliases, .forward, :include: with and without an owner."""
    domain = 'forward.example'
    main_cf = '''
virtual_alias_domains = forward.example
virtual_alias_maps = regexp:{ { /^virtual@forward/ bob@receiver.example } { /^(alias|club|team|home)@forward/ $$1@mail.forward.example } }
mydestination = mail.forward.example
alias_maps = inline:{ { alias = bob@receiver.example } { club = :include:{dir}/etc/members }
  { team = :include:{dir}/etc/members } { owner-team = secretary@forward.example } }
local_recipient_maps =
forward_path =
'''
    master_cf = 'local unix - n n - - local\n'
    cases = cases('postfix-virtual', 'virtual@forward.example',
                  'bank plain, simple plain, unsigned html, idn eight_bit, bank invitation') + \
        cases('postfix-alias', 'alias@forward.example', 'bank html, strict plain') + \
        cases('postfix-include', 'club@forward.example', 'bank plain, unsigned plain, firm latin') + \
        cases('postfix-owner', 'team@forward.example', 'simple attachment, unsigned plain, oversigned patch')

    def start(self, world):
        with open(world.path('etc', 'members'), 'w') as f:
            f.write('bob@receiver.example\n')


class Legacy(Host):
    """A host that publishes nothing: procmail, maildrop, a person who resends with s-nail, and what cannot be delivered."""
    domain = 'legacy.example'
    main_cf = 'relay_domains = legacy.example\ntransport_maps = inline:{ legacy.example=error:no }\n'
    cases = cases('procmail', 'bob@legacy.example', 'bank plain, unsigned plain, length html') + \
        cases('maildrop', 'bob@legacy.example', 'bank plain, unsigned latin, simple patch') + \
        cases('resend', 'bob@legacy.example', 'bank plain, unsigned html')

    def direct(self, world, name, original, author):
        # What a local delivery agent gets from Postfix: a file with LF, the envelope sender told.
        original, sendmail = original.replace(b'\r\n', b'\n'), world.path('etc', 'sendmail')
        with open(sendmail, 'w') as f:
            f.write('#!/bin/sh\nexec /usr/sbin/sendmail -C %s "$@"\n' % world.path('etc'))
        os.chmod(sendmail, 0o755)
        with open(world.path('etc', 'rc'), 'w') as f:
            f.write('SENDMAIL=%s\nSENDMAILFLAGS="-oi -f %s"\n:0\n! bob@receiver.example\n' % (sendmail, author))
        with open(world.path('etc', 'filter'), 'w') as f:
            f.write('SENDMAIL="%s"\nto "! -f %s bob@receiver.example"\n' % (sendmail, author))
        os.chmod(world.path('etc', 'filter'), 0o600)
        with open(world.path('etc', 'mbox'), 'wb') as f:
            f.write(b'From ann Sun Nov 22 10:00:00 2026\n' + original + b'\n')
        args, given = {'procmail': (['procmail', '-m', world.path('etc', 'rc')], original),
                       'maildrop': (['maildrop', world.path('etc', 'filter')], original),
                       'resend': (['s-nail', '-n', '-S', 'v15-compat', '-S', 'mta=' + sendmail, '-S', 'from=cat@legacy.example',
                                   '-S', 'sendwait', '-Rf', world.path('etc', 'mbox')],
                                  b'resend 1 bob@receiver.example\nexit\n')}[name.split('-')[0]]
        done = subprocess.run(args, input=given, capture_output=True, timeout=30,
                              env=dict(os.environ, HOME=world.path('mail'), LOGNAME='root'))
        assert done.returncode == 0, (done.stdout, done.stderr)
        return True


class Srs(Host):
    """Virtual aliases with the sender rewritten by postsrsd."""
    domain = 'srs.example'
    cases = cases('postsrsd', 'virtual@srs.example',
                  'bank plain, unsigned plain, simple html, strict attachment, firm plain, bank invitation')
    main_cf = '''
virtual_alias_domains = srs.example
virtual_alias_maps = regexp:{ { /^virtual@srs/ bob@receiver.example } }
sender_canonical_maps = tcp:127.0.0.1:{submission}
sender_canonical_classes = envelope_sender
'''

    def start(self, world):
        with open(world.path('etc', 'secret'), 'w') as f:
            f.write('a secret of the tests\n')
        world.spawn(['postsrsd', '-f', str(world.submission), '-r', str(free_port()), '-d', 'srs.example', '-s',
                     world.path('etc', 'secret'), '-l', '127.0.0.1'], world.path('log', 'postsrsd'))
        wait_for('postsrsd listens', lambda: can_connect(world.submission))


DOVECOT_CONF = '''
mail_uid = nobody
mail_gid = nogroup
mail_home = {dir}/dovecot
mail_location = maildir:{dir}/dovecot/Maildir
log_path = {dir}/log/dovecot
base_dir = {dir}/dovecot/run
hostname = mail.sieve.example
postmaster_address = postmaster@sieve.example
submission_host = 127.0.0.1:{port}
protocols =
ssl = no
protocol lda {
  mail_plugins = sieve
}
plugin {
  sieve = file:{dir}/dovecot/rule.sieve
  sieve_redirect_envelope_from = sender
  sieve_extensions = +editheader
}
'''

SIEVE = '''require ["envelope", "vacation", "ereject", "copy", "mime", "foreverypart", "editheader"];
if envelope :localpart "to" "away" {
    vacation :days 1 :addresses ["away@sieve.example"] "I am away until Monday.";
} elsif envelope :localpart "to" "tidy" {
    addheader "X-Sorted" "yes";
    redirect "bob@receiver.example";
} else {
    redirect "bob@receiver.example";
}
'''.replace('"ereject", "copy", "mime", "foreverypart", ', '')


class Sieve(Host):
    """Dovecot's delivery agent with Pigeonhole: redirect, redirect of what was edited, an answer while away."""
    domain = 'sieve.example'
    main_cf = 'relay_domains = sieve.example\ntransport_maps = inline:{ sieve.example=dovecot: }\n' \
              'dovecot_destination_recipient_limit = 1\nrelay_recipient_maps =\n'
    master_cf = 'dovecot unix - n n - - pipe flags=DR user=nobody argv=/usr/bin/env ' \
                'HOME={dir}/dovecot /usr/lib/dovecot/dovecot-lda -c {dir}/etc/dovecot.conf -f ${sender} -a ${original_recipient} -e\n'
    cases = cases('sieve-redirect', 'bob@sieve.example',
                  'bank plain, simple patch, unsigned plain, strict invitation, length html') + \
        cases('sieve-tidy', 'tidy@sieve.example', 'bank html, oversigned plain') + \
        cases('sieve-vacation', 'away@sieve.example', 'bank plain')

    def start(self, world):
        os.makedirs(world.path('dovecot', 'run'))
        with open(world.path('dovecot', 'rule.sieve'), 'w') as f:
            f.write(SIEVE)
        with open(world.path('etc', 'dovecot.conf'), 'w') as f:
            f.write(DOVECOT_CONF.replace('{dir}', world.dir).replace('{port}', str(world.port)))
        for path, _, names in os.walk(world.path('dovecot')):
            for name in [path] + [os.path.join(path, n) for n in names]:
                shutil.chown(name, 'nobody')
        shutil.chown(world.path('log'), 'nobody')


class Calendar(Host):
    """A calendar service that sends invitations in its users' names: Sender and envelope are its own."""
    domain = 'calendar.example'
    main_cf = SIGNING
    cases = cases('calendar', 'bob@receiver.example', 'bank invitation, unsigned invitation')

    def direct(self, world, name, original, author):
        import smtplib
        text = b'Sender: calendar <noreply@calendar.example>\r\n' + original[original.index(b'From: '):]
        with smtplib.SMTP('127.0.0.1', world.port) as smtp:
            smtp.sendmail('noreply@calendar.example', 'bob@receiver.example', text)
        return True

    def start(self, world):
        start_opendkim(world, self.domain, self.keys, self.selector)


HOSTS = [Lists, Mailman, Forward, Legacy, Srs, Sieve, Calendar]
