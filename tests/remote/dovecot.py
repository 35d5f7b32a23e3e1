"""A Dovecot of one's own: loopback, a certificate of our own authority, users from a file, mail in Maildirs below a
private folder. It runs without privileges: as nobody when the test is root."""
import http.server, os, pwd, shutil, signal, socket, subprocess, threading, time, urllib.parse
import imaplib, ssl
from tap import spawn, wait_for

DOVECOT = '/usr/sbin/dovecot'
CONFIG = '''
base_dir = %(dir)s/run
state_dir = %(dir)s/state
log_path = %(dir)s/dovecot.log
auth_verbose = yes
protocols = imap
listen = %(address)s
ssl = required
ssl_cert = <%(dir)s/crt
ssl_key = <%(dir)s/key
ssl_dh =
disable_plaintext_auth = yes
default_internal_user = %(user)s
default_internal_group = %(group)s
default_login_user = %(user)s
default_vsz_limit = 0
first_valid_uid = 1
mail_location = maildir:%(dir)s/mail/%%u
mailbox_list_index = no
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = %(dir)s/oauth2.conf
}
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = %(dir)s/users
}
userdb {
  driver = static
  args = uid=%(user)s gid=%(group)s home=%(dir)s/home/%%u
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %(port)d
  }
  inet_listener imaps {
    port = %(tls_port)d
  }
}
service stats {
  chroot =
}
%(more)s
'''
OAUTH2 = '''
introspection_url = http://127.0.0.1:%d/token=
introspection_mode = get
username_attribute = email
active_attribute = active
active_value = true
'''


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def openssl(*args):
    subprocess.run(['openssl'] + list(args), check=True, capture_output=True)


def certificates(folder, name='localhost'):
    """ca.pem, and key and crt for `name`."""
    def path(x):
        return os.path.join(folder, x)
    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    openssl('req', '-x509', *key, '-keyout', path('ca.key'), '-out', path('ca.pem'), '-subj', '/CN=Authority', '-days', '9')
    openssl('req', '-new', *key, '-keyout', path('key'), '-out', path('csr'), '-subj', '/CN=' + name)
    with open(path('ext'), 'w') as f:
        f.write('subjectAltName=DNS:%s\n' % name)
    openssl('x509', '-req', '-in', path('csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-out',
            path('crt'), '-days', '9', '-extfile', path('ext'))


class Tokens(http.server.BaseHTTPRequestHandler):
    """Says which tokens are good, as an authorization server does."""
    def do_GET(self):
        good = urllib.parse.unquote(self.path).startswith('/token=good-token&')
        body = b'{"active": true, "email": "reports"}' if good else b'{"active": false}'
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Dovecot:
    def __init__(self, folder, more='', address='127.0.0.1', name='localhost'):
        self.name = name
        self.folder, self.port, self.tls_port = os.path.join(folder, 'dovecot'), free_port(), free_port()
        os.mkdir(self.folder)
        certificates(self.folder, name)
        who = pwd.getpwnam('nobody') if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        tokens = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Tokens)
        threading.Thread(target=tokens.serve_forever, daemon=True).start()
        self.write('users', 'reports:{PLAIN}secret\nother:{PLAIN}secret\n')
        self.write('oauth2.conf', OAUTH2 % tokens.server_address[1])
        import grp
        self.write('dovecot.conf', CONFIG % {'dir': self.folder, 'user': who.pw_name, 'group': grp.getgrgid(who.pw_gid).gr_name,
                                             'address': address, 'port': self.port, 'tls_port': self.tls_port, 'more': more})
        for sub in ('run', 'state', 'mail', 'home'):
            os.mkdir(os.path.join(self.folder, sub))
        self.who = who
        if os.getuid() == 0:
            for root, folders, files in os.walk(folder):
                for name in folders + files + ['']:
                    os.chown(os.path.join(root, name), who.pw_uid, who.pw_gid)
        self.process = None
        self.start()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w') as f:
            f.write(text)

    def start(self):
        rest = {'user': self.who.pw_uid, 'group': self.who.pw_gid, 'extra_groups': []} if os.getuid() == 0 else {}
        for left in range(40, 0, -1):  # one that was killed may keep its port for a moment
            self.process = spawn([DOVECOT, '-F', '-c', os.path.join(self.folder, 'dovecot.conf')], **rest)
            wait_for('dovecot: ' + self.log(), lambda: self.process.poll() is not None or self.answers(), 60)
            if self.process.poll() is None:
                return
            assert left > 1, self.log()
            time.sleep(0.25)

    def answers(self):
        try:
            self.client().logout()
            return True
        except (OSError, imaplib.IMAP4.error):
            return False

    def log(self):
        path = os.path.join(self.folder, 'dovecot.log')
        return open(path, errors='replace').read()[-2000:] if os.path.exists(path) else ''

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def kill(self):
        """With its children, which would keep the port."""
        master, children = self.process.pid, []
        for name in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/stat' % name) as f:
                    if int(f.read().rsplit(')', 1)[1].split()[1]) == master:
                        children.append(int(name))
            except OSError:
                pass  # it has ended
        for pid in [master, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(20)

    def client(self, user='reports'):
        context = ssl.create_default_context(cafile=os.path.join(self.folder, 'ca.pem'))
        client = imaplib.IMAP4_SSL(self.name, self.tls_port, ssl_context=context)
        client.login(user, 'secret')
        return client

    def deliver(self, mails, folder='INBOX'):
        client = self.client()
        if folder != 'INBOX':
            client.create(folder)
        for mail in mails:
            status, text = client.append(folder, None, None, mail)
            assert status == 'OK', text
        client.logout()

    def holds(self, folder='INBOX', with_deleted=True):
        """The mails of a folder, sorted; None when it is not there."""
        client = self.client()
        try:
            if client.select('"%s"' % folder, readonly=True)[0] != 'OK':
                return None
            numbers = client.search(None, 'ALL' if with_deleted else 'UNDELETED')[1][0].split()
            return sorted(client.fetch(n, '(BODY.PEEK[])')[1][0][1] for n in numbers)
        finally:
            client.logout()
