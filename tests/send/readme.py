#!/usr/bin/python3
"""readme.py SCEAU SCEAU-MILTER README.md: the chapters "From nothing to DMARC valid", "What is signed" and "The zone by itself",
their commands run as printed, one by one, on a host that has Debian's Postfix (chroots and all) and BIND: /etc, /var/lib and /var/spool are the test's own. Then
mail from that host passes DMARC under p=reject at another one."""
import os, re, shutil, smtplib, subprocess, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hosts
from satellite import holds, results

CHAPTER = 'From nothing to DMARC valid'
COMMANDS_MOST = 10
ADDRESS = '158.69.126.137'
ZONE = '''$TTL 2
@ IN SOA ns1.example.org. hostmaster.example.org. 2026112801 3600 600 86400 1
@ IN NS ns1.example.org.
ns1 IN A 158.69.126.137
mail IN A 158.69.126.137
; the web site
@ IN A 158.69.126.150
'''
RECEIVER = ZONE.split('mail')[0].replace('example.org', 'receiver.test') + \
    '@ IN MX 10 mx\nmx IN A 158.69.126.200\n@ IN TXT "v=spf1 mx -all"\n'
OPTIONS = 'options { directory "/var/cache/bind"; recursion no; dnssec-validation no; listen-on { any; }; };\n'
# systemd is not PID 1 here: what its units do.
SYSTEMCTL = '''#!/bin/sh
[ "$1 $2" = "start sceau-milter" ] || { echo "systemctl $*: not in this test" >&2; exit 1; }
sceau-milter </dev/null >%(dir)s/milter.out 2>%(dir)s/milter.log &
i=0
until grep -qx ready %(dir)s/milter.log; do i=$((i+1)); [ $i -lt 200 ] || exit 1; sleep 0.05; done
'''
MAIN_CF = '''compatibility_level = 3.6
myhostname = mail.example.org
mydestination = localhost
inet_protocols = ipv4
alias_maps =
alias_database =
maillog_file = /var/log/sceau-mail/mail.log
maillog_file_prefixes = /var/log
smtp_tls_security_level = none
smtpd_authorized_xclient_hosts = 127.0.0.1
'''
SUBMISSION = '''submission inet n - y - - smtpd
  -o syslog_name=postfix/submission
'''


def commands(path, chapter=CHAPTER):
    with open(path, encoding='utf-8') as f:
        text = f.read()
    block = re.search(r'\n## %s\n(?:(?!\n## ).)*?\n```sh\n(.*?)```\n' % re.escape(chapter), text, re.S)
    assert block, 'README.md has no chapter "%s" with a block of sh' % chapter
    lines = [line for line in block[1].splitlines() if line.strip() and not line.startswith('#')]
    assert 0 < len(lines) <= COMMANDS_MOST, lines
    return lines


def write(path, text, mode=0o644):
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, mode)


class Machine:
    """This namespace as the administrator's mail server."""

    def __init__(self, net, sceau, milter):
        self.net, self.dir = net, net.dir
        self.bin = net.path('bin')
        os.mkdir(self.bin)
        for program in sceau, milter:
            os.symlink(program, os.path.join(self.bin, os.path.basename(program)))
        write(os.path.join(self.bin, 'systemctl'), SYSTEMCTL % {'dir': net.dir}, 0o755)
        self.own_folders()
        self.environment = {k: v for k, v in os.environ.items() if k not in ('LANGUAGE', 'LANG')}
        self.environment.update(PATH=self.bin + ':/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL='C', NO_COLOR='1')

    def own_folders(self):
        """A copy of /etc; the rest begins empty, but for what packages make there."""
        shutil.copytree('/etc', self.net.path('etc'), symlinks=True, ignore_dangling_symlinks=True)
        hosts.run('cp', '-a', '--attributes-only', '--no-clobber', '/etc/.', self.net.path('etc'))
        hosts.run('umount', '/etc/resolv.conf')
        hosts.run('mount', '--bind', self.net.path('etc'), '/etc')
        shutil.copy(self.net.path('resolv.conf'), self.net.path('etc/resolv.conf.new'))
        os.replace('/etc/resolv.conf.new', '/etc/resolv.conf')
        for folder in '/var/lib', '/var/spool', '/var/cache', '/var/log':
            hosts.run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', folder)
        for folder in '/var/lib/postfix', '/var/spool/postfix', '/var/cache/bind', '/var/log/sceau-mail', '/run/named':
            os.makedirs(folder)
        shutil.chown('/var/lib/postfix', 'postfix', 'postfix')
        shutil.rmtree('/etc/sceau', ignore_errors=True)

    def shell(self, line):
        done = subprocess.run(['bash', '-c', line], capture_output=True, text=True, timeout=120, env=self.environment,
                              cwd='/', stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr

    def start(self):
        write('/etc/bind/named.conf.options', OPTIONS)
        write('/etc/bind/named.conf.local', ''.join('zone "%s" { type master; file "/etc/bind/db.%s"; };\n' % (z, z)
                                                    for z in ('example.org', 'receiver.test')))
        write('/etc/bind/db.example.org', ZONE)
        write('/etc/bind/db.receiver.test', RECEIVER)
        if not os.path.exists('/etc/bind/rndc.key'):
            hosts.run('rndc-confgen', '-a')
        self.net.named = self.net.spawn([hosts.NAMED, '-g'], self.net.path('named.log'))
        hosts.world.wait_for('BIND answers', lambda: self.net.has_record('example.org', 'SOA'))
        write('/etc/postfix/main.cf', MAIN_CF)
        shutil.copy('/usr/share/postfix/master.cf.dist', '/etc/postfix/master.cf')
        with open('/etc/postfix/master.cf', 'a') as f:
            f.write(SUBMISSION)
            f.write('postlog unix-dgram n - n - 1 postlogd\n' if 'postlogd' not in open('/etc/postfix/master.cf').read() else '')
        for command in ('postfix set-permissions create-missing', '/usr/lib/postfix/configure-instance.sh -', 'postfix start'):
            status, said = self.shell(command)
            assert status == 0, (command, status, said)

    def mail_log(self):
        return ''.join(open(p, errors='replace').read() for p in ('/var/log/sceau-mail/mail.log',) if os.path.exists(p))


def contents():
    """What setup may touch."""
    found = {}
    for folder in '/etc/postfix', '/etc/sceau', '/var/lib/sceau/keys', '/etc/bind/db.example.org':
        for path in [folder] if os.path.isfile(folder) else [os.path.join(d, n) for d, _, names in os.walk(folder) for n in names]:
            with open(path, 'rb') as f:
                found[path] = f.read()
    return found


def chapter_runs(machine, lines):
    said = {}
    for line in lines:
        status, text = machine.shell(line)
        # The first setup says what is next.
        assert status == 0 or (status == 1 and line.startswith('sceau setup --yes')), '%s: status %d\n%s' % (line, status, text)
        said[line] = text
        time.sleep(2.2)  # a person reads; the TTL passes
    return said


def steps_are_done(said):
    text = [t for line, t in said.items() if line.startswith('sceau setup') and '--yes' not in line][0]
    for step in '1  A/AAAA  done', '2  SPF     done', '3  DKIM    done', '4  DMARC   done', '5  MX      done':
        holds(text, step)
    text = [t for line, t in said.items() if line.startswith('sceau check')][0]
    assert re.findall(r'^Ok\b', text, re.M) == ['Ok'] * 3, text
    text = [t for line, t in said.items() if line.startswith('sceau status')][0]
    holds(text, 'Milter: runs', '1 active, 0 next', 'To do: nothing')


def mail_passes(machine, receiver):
    mail = ('From: Ann <ann@example.org>\nTo: bob@receiver.test\nSubject: x\nMessage-ID: <%s@mail.example.org>\n'
            'Date: Sat, 28 Nov 2026 10:00:00 +0000\n\nHello\n')
    # What a login on the submission service sends is signed; XCLIENT stands for the password.
    with smtplib.SMTP('127.0.0.1', 587, timeout=60) as smtp:
        smtp.ehlo()
        code, text = smtp.docmd('XCLIENT', 'LOGIN=ann@example.org')
        assert code == 220, text
        smtp.sendmail('ann@example.org', ['bob@receiver.test'], mail % 'login')
    holds(results(receiver.delivered('login')), 'dkim=pass', 'header.d=example.org', 'spf=pass', 'dmarc=pass',
          '(p=reject at example.org)')
    # sendmail(1) may be anybody's: not signed as the domain, SPF speaks for it.
    hosts.run('sendmail', '-i', '-f', 'ann@example.org', 'bob@receiver.test', input=mail % 'local', env=machine.environment)
    holds(results(receiver.delivered('local')), 'dkim=none', 'spf=pass', 'dmarc=pass')


def says_who_is_signed(machine, lines):
    """Each comment says what its command says."""
    assert len(lines) == 4
    for line in lines:
        status, text = machine.shell(line)
        is_signed = '# signed' in line
        assert is_signed != ('# not signed' in line) and status == (0 if is_signed else 1), (line, status, text)
        holds(text, 'Signed' if is_signed else 'Not signed', 'rule ' + {
            'a login of the domain': 'login-domain', 'the login does not own it': 'login-not-owner', 'a stranger': 'stranger',
            'a network': 'network'}[line.split(': ')[1]])


def zone_by_itself(machine, lines):
    """The zone has all of it by now; then a record that is missing comes back, and nothing else moves."""
    said = {}
    for line in lines + ['sed -i "/_dmarc/d" /etc/bind/db.example.org'] + lines:
        status, text = machine.shell(line)
        assert status == 0, (line, status, text)
        said[line] = text, said.get(line, (text,))[0]
    show, update, dry, apply = (said[line] for line in lines)
    holds(show[0], '_dmarc', 'v=spf1', '_domainkey')
    holds(update[0], 'update add', 'send')
    holds(dry[1], 'nothing to do')
    holds(apply[1], 'nothing to do')
    holds(dry[0], '+_dmarc', 'Nothing was written')
    holds(apply[0], '+_dmarc', '1 added, 0 changed, 0 removed', 'The old file: ')


def undone(machine, before):
    status, text = machine.shell('sceau setup --undo')
    assert status == 0, text
    now = contents()
    now.pop('/etc/bind/db.example.org'), before.pop('/etc/bind/db.example.org')  # `zone apply` has its own copy
    kept = {p for p in now if p.endswith('.before-undo')}
    assert {p: now[p] for p in now if p not in kept} == before, sorted(set(now) ^ set(before))


def main():
    sceau, milter, readme = (os.path.abspath(p) for p in sys.argv[1:4])
    hosts.enter(os.path.abspath(__file__))
    lines = commands(readme)
    failed, said = 0, {}
    print('1..6')
    with hosts.Net(ADDRESS) as net:
        machine = Machine(net, sceau, milter)
        try:
            machine.start()
            receiver = net.host('receiver', '158.69.126.200', 'myhostname = mx.receiver.test\n'
                                'virtual_mailbox_domains = receiver.test\nsmtpd_milters = unix:{dir}/milter.sock\n')
            receiver.start_milter(milter, '--listen', 'unix:%s,group=postfix,mode=0660' % receiver.path('milter.sock'),
                                  '--state', receiver.path('state'), '--config', '/dev/null', '--set', 'policy.mode=reject')
            receiver.start_postfix()
            before = contents()
            cases = [('the commands, as printed', lambda: said.update(chapter_runs(machine, lines))),
                     ('five steps, three lines, nothing to do', lambda: steps_are_done(said)),
                     ('mail passes DMARC', lambda: mail_passes(machine, receiver)),
                     ('what is signed, as printed', lambda: says_who_is_signed(machine, commands(readme, 'What is signed'))),
                     ('the zone by itself, as printed', lambda: zone_by_itself(machine, commands(readme, 'The zone by itself'))),
                     ('undo', lambda: undone(machine, before))]
            for number, (name, case) in enumerate(cases, 1):
                try:
                    case()
                    print('ok %d - %s' % (number, name), flush=True)
                except Exception as e:  # noqa: whatever went wrong is told
                    failed += 1
                    print('not ok %d - %s\n# %s' % (number, name, ('%s: %s' % (type(e).__name__, e)).replace('\n', '\n# ')))
                    print('# ' + machine.mail_log()[-2000:].replace('\n', '\n# '), flush=True)
        finally:
            machine.shell('postfix stop; kill $(pidof -x sceau-milter)')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
