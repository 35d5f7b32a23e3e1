"""Request Tracker behind a Postfix: its mail gateway by its own Perl API, SQLite, no web part; what it sends is DKIM-signed."""
import os, shutil, subprocess
from hosts import Host, SIGNING, cases, start_opendkim

SITE = '''
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{dir}/rt/db');
Set($rtname, 'tickets.example');
Set($Organization, 'tickets.example');
Set($CorrespondAddress, 'support@tickets.example');
Set($CommentAddress, 'comment@tickets.example');
Set($OwnerEmail, 'root@tickets.example');
Set($WebDomain, 'localhost');
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '{dir}/rt/sendmail');
Set($SetOutgoingMailFrom, 1);
Set($LogToSyslog, undef);
Set($LogToSTDERR, undef);
Set($LogToFile, 'info');
Set($LogToFileNamed, 'rt.log');
Set($LogDir, '{dir}/rt');
1;
'''

# RT calls it with -oi -t -f SENDER: recipients are in the header, and Bcc goes no further. RT's user may not choose another
# Postfix's folder: the mail goes in by SMTP, with CRLF, else as it is.
SENDMAIL = r'''#!/usr/bin/python3
import email, email.utils, re, smtplib, sys
text = sys.stdin.buffer.read()
header, blank, body = text.partition(b'\n\n')
fields = email.message_from_bytes(header)
to = [a for _, a in email.utils.getaddresses([str(v) for n in ('To', 'Cc', 'Bcc') for v in fields.get_all(n, [])]) if '@' in a]
header = re.sub(rb'(?im)^bcc:.*\n(?:[ \t].*\n)*', b'', header + b'\n')[:-1]
with smtplib.SMTP('127.0.0.1', {port}) as smtp:
    smtp.sendmail(sys.argv[sys.argv.index('-f') + 1], to, re.sub(rb'\r?\n', b'\r\n', header + blank + body), ['BODY=8BITMIME'])
'''

PERL = '''use lib '/usr/share/request-tracker5/lib';
use RT;
RT::LoadConfig();
RT::Init();
'''

# What rt-mailgate and the page it posts to do together: `gate QUEUE [TICKET]`, the message on stdin. 75: Postfix tries again.
GATE = PERL + '''
use RT::Interface::Email;
my ($queue, $ticket) = @ARGV;
my $message = do { local $/; <STDIN> };
my ($ok, $why) = RT::Interface::Email::Gateway({ action => 'correspond', queue => $queue, ticket => $ticket, message => $message });
exit 0 if $ok == 1;
print STDERR "$why\\n";
exit 75;
'''

# Queues: bob watches `watch` and `named`, where the template writes the author's own address into From (RT's own templates
# leave From to RT); `front` has RT's answer to who opens a ticket, the others have not; in `desk` bob has opened ticket 1.
QUEUES = PERL + r'''
sub must { my ($ok, $why) = @_; die $why unless $ok; }
my $root = RT->SystemUser;
my $everyone = RT::Group->new($root);
$everyone->LoadSystemInternalGroup('Everyone');
$everyone->PrincipalObj->GrantRight(Right => $_, Object => RT->System) for qw(CreateTicket ReplyToTicket SeeQueue);
my $autoreply = RT::Scrip->new($root);
$autoreply->LoadByCols(Description => 'On Create Autoreply To Requestors');
must($autoreply->RemoveFromObject(0));
for my $name (qw(watch named front desk)) {
    my $queue = RT::Queue->new($root);
    must($queue->Create(Name => $name, CorrespondAddress => "$name\@tickets.example"));
    must($queue->AddWatcher(Type => 'AdminCc', Email => 'bob@receiver.example')) if $name eq 'watch' || $name eq 'named';
    must($autoreply->AddToObject($queue->id)) if $name eq 'front';
    next unless $name eq 'named';
    my $old = RT::Template->new($root);
    $old->LoadGlobalTemplate('Transaction in HTML');
    my $new = RT::Template->new($root);
    must($new->Create(Name => $old->Name, Queue => $queue->id, Type => 'Perl',
                      Content => 'From: {$Transaction->CreatorObj->EmailAddress}' . "\n" . $old->Content));
}
my $ticket = RT::Ticket->new($root);
must($ticket->Create(Queue => 'desk', Requestor => 'bob@receiver.example', Subject => 'The minutes'));
'''


class Tickets(Host):
    """Copies to one who watches a queue, from the queue's address and from the author's own; an answer to the ticket of
    another; the first answer to who opens one."""
    domain = 'tickets.example'
    main_cf = SIGNING + 'relay_domains = tickets.example\ntransport_maps = inline:{ tickets.example=rt: }\n' \
        'recipient_delimiter = +\nrt_destination_recipient_limit = 1\n'
    master_cf = 'rt unix - n n - - pipe user=www-data argv=/usr/bin/env RT_SITE_CONFIG={dir}/rt/site.pm ' \
                'RT_SITE_CONFIG_DIR={dir}/rt/none perl {dir}/rt/gate.pl ${user} ${extension}\n'
    cases = cases('rt-watch', 'watch@tickets.example', 'bank plain, unsigned html, firm attachment') + \
        cases('rt-named', 'named@tickets.example', 'bank plain, unsigned plain, strict latin') + \
        cases('rt-answer', 'desk+1@tickets.example', 'bank plain, simple patch') + \
        cases('rt-autoreply', 'front@tickets.example', 'bank plain')

    def run(self, world, *args):
        done = subprocess.run(['setpriv', '--reuid=www-data', '--regid=www-data', '--clear-groups', 'env',
                               'RT_SITE_CONFIG=' + world.path('rt', 'site.pm'),
                               'RT_SITE_CONFIG_DIR=' + world.path('rt', 'none'), *args], capture_output=True, timeout=120)
        assert done.returncode == 0, (args, done.stdout[-2000:], done.stderr[-2000:])

    def start(self, world):
        start_opendkim(world, self.domain, self.keys, self.selector)
        os.makedirs(world.path('rt', 'none'))
        for name, text in ('site.pm', SITE), ('sendmail', SENDMAIL), ('gate.pl', GATE), ('queues.pl', QUEUES):
            with open(world.path('rt', name), 'w') as f:
                f.write(text.replace('{dir}', world.dir).replace('{port}', str(world.port)))
            os.chmod(world.path('rt', name), 0o755)
        shutil.chown(world.path('rt'), 'www-data', 'www-data')
        self.run(world, 'rt-setup-database-5', '--action', 'init', '--skip-create')
        self.run(world, 'perl', world.path('rt', 'queues.pl'))
