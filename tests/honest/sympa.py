"""Sympa behind a Postfix: its spool, its message and bulk daemons, its own DKIM signatures; SQLite, no web part."""
import os, shutil, subprocess
from hosts import Host, cases
from world import wait_for

SYMPA_CONF = '''
domain sympa.example
listmaster listmaster@sympa.example
db_type SQLite
db_name {dir}/sympa/db
home {dir}/sympa/lists
etc {dir}/sympa/etc
spool {dir}/sympa/spool
queue {dir}/sympa/spool/msg
queuebulk {dir}/sympa/spool/bulk
arc_path {dir}/sympa/arc
bounce_path {dir}/sympa/bounce
sendmail {dir}/sympa/sendmail
syslog LOCAL1
update_db_field_types auto
sleep 1
bulk_sleep 1
dkim_feature on
dkim_add_signature_to list
dkim_signature_apply_on any
dkim_private_key_path {dir}/sympa/dkim.pem
dkim_selector {selector}
dkim_signer_domain sympa.example
'''

LIST = '''
subject A list of the tests

status open

visibility noconceal

send public

subscribe open

owner
email owner@sympa.example
profile privileged

digest

process_archive off

creation
date_epoch 1795000000
'''

PROTECTED = '''
dmarc_protection
mode all
'''

# Sympa's user may not choose another Postfix's folder: the mail goes in by SMTP, as it is.
SENDMAIL = '''#!/usr/bin/python3
import smtplib, sys
text, args = sys.stdin.buffer.read(), sys.argv[1:]
at = args.index('-f')
to = [a for a in args[at + 2:] if a != '--']
if b'Auto-Submitted: auto-generated' in text:
    sys.exit()  # its welcomes and notices are no mail of an author
with smtplib.SMTP('127.0.0.1', {port}) as smtp:
    smtp.sendmail(args[at + 1], to, text, ['BODY=8BITMIME'])
'''

# What Sympa's program `queue` does; that one knows no spool but the machine's.
QUEUE = '''#!/bin/sh
name=$1.$(date +%s).$$
{ echo "X-Sympa-To: $1"; cat; } >{dir}/sympa/spool/msg/T.$name && mv {dir}/sympa/spool/msg/T.$name {dir}/sympa/spool/msg/$name
'''

# The daemons write their process numbers below /run/sympa: each has one of its own.
PRIVATE = 'mkdir -p /run/sympa && mount -t tmpfs -o mode=755 none /run/sympa && chown sympa: /run/sympa && exec "$0" "$@"'


class Sympa(Host):
    """Three lists: as it comes, with a tag, a footer and a Reply-To, and with its protection from DMARC."""
    domain = 'sympa.example'
    main_cf = 'relay_domains = sympa.example\ntransport_maps = inline:{ sympa.example=sympa: }\n' \
              'sympa_destination_recipient_limit = 1\n'
    master_cf = 'sympa unix - n n - - pipe flags=R user=sympa argv={dir}/sympa/queue ${recipient}\n'
    cases = cases('sympa-quiet', 'quiet@sympa.example', 'bank plain, simple html, unsigned plain, bank invitation') + \
        cases('sympa-tagged', 'tagged@sympa.example',
              'bank plain, oversigned html, length plain, unsigned latin, firm attachment, strict patch') + \
        cases('sympa-protected', 'protected@sympa.example', 'bank plain, unsigned html')
    lists = {'quiet': '', 'tagged': '\ncustom_subject tagged\n\nreply_to_header\nvalue list\napply forced\n', 'protected': PROTECTED}

    def run(self, world, *args):
        done = subprocess.run([*self.private(world), '/usr/lib/sympa/bin/sympa.pl', *args],
                              input=b'bob@receiver.example Bob\n', capture_output=True, timeout=120)
        assert done.returncode == 0, (args, done.stdout[-2000:], done.stderr[-2000:])

    @staticmethod
    def private(world):
        return ['env', 'SYMPA_CONFIG=' + world.path('sympa', 'conf'), 'unshare', '-m', 'sh', '-c', PRIVATE]

    @staticmethod
    def give_away(world):
        for path, _, names in os.walk(world.path('sympa')):
            for name in [path] + [os.path.join(path, n) for n in names]:
                shutil.chown(name, 'sympa', 'sympa')

    def files(self):
        yield 'conf', SYMPA_CONF, 0o644
        yield 'dkim.pem', self.keys[self.domain][0].decode(), 0o600
        yield 'sendmail', SENDMAIL, 0o755
        yield 'queue', QUEUE, 0o755
        yield 'lists/tagged/message_footer', '-- \nTo leave: sympa@sympa.example, SIGNOFF tagged\n', 0o644
        for name, more in self.lists.items():
            yield 'lists/%s/config' % name, LIST + more, 0o644

    def start(self, world):
        for name in 'lists', 'etc', 'spool/msg', 'spool/bulk/msg', 'spool/bulk/pct', 'spool/bulk/bad', 'arc', 'bounce':
            os.makedirs(world.path('sympa', name))
        for name, text, mode in self.files():
            path = world.path('sympa', name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w') as f:
                f.write(text.replace('{dir}', world.dir).replace('{port}', str(world.port))
                            .replace('{selector}', self.selector))
            os.chmod(path, mode)
        self.give_away(world)
        self.run(world, 'check')
        self.give_away(world)
        for name in self.lists:
            self.run(world, 'add', name)
        for program in 'sympa_msg', 'bulk':
            world.spawn([*self.private(world), '/usr/lib/sympa/bin/%s.pl' % program, '--foreground'], world.path('log', program))
