"""Servers that take what is sent, on loopback: mail with STARTTLS and a login, and posts over HTTPS. Each can be told to
misbehave."""
import base64, http.server, socket, ssl, threading


class Mail:
    """`fault`: '' takes it; 'later', 'refused' say 451 and 554 to DATA; 'silent' takes it all and hangs up."""

    def __init__(self, tls=None, login=None):
        self.tls, self.login, self.fault, self.taken, self.sessions = tls, login, '', [], []
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.socket.accept()[0],), daemon=True).start()

    def serve(self, peer):
        session = {'tls': False, 'login': None, 'from': None, 'to': []}
        self.sessions.append(session)
        try:
            self.talk(peer, session)
        except OSError:
            pass
        peer.close()

    def talk(self, peer, session):
        lines = peer.makefile('rb')

        def say(text):
            peer.sendall(text.encode() + b'\r\n')
        say('220 sink ESMTP')
        while line := lines.readline().decode().strip():
            verb = line.split(' ')[0].upper()
            if verb == 'EHLO':
                offers = ['sink'] + (['STARTTLS'] if self.tls and not session['tls'] else []) + (['AUTH PLAIN'] if self.login else [])
                for n, offer in enumerate(offers):
                    say('250%s%s' % ('-' if n + 1 < len(offers) else ' ', offer))
            elif verb == 'STARTTLS':
                say('220 go')
                peer = self.tls.wrap_socket(peer, server_side=True)
                lines = peer.makefile('rb')
                session['tls'] = True
            elif verb == 'AUTH':
                words = line.split(' ')
                if len(words) < 3:
                    say('334 ')
                    words.append(lines.readline().decode().strip())
                session['login'] = base64.b64decode(words[2]).decode().split('\0')[1:]
                say('235 in' if session['login'] == list(self.login) else '535 5.7.8 wrong password')
            elif verb == 'MAIL':
                session['from'] = line
                say('250 ok')
            elif verb == 'RCPT':
                session['to'].append(line.split('<')[1].split('>')[0])
                say('250 ok')
            elif verb == 'DATA':
                say('354 go')
                octets = b''
                while (part := lines.readline()) not in (b'.\r\n', b''):
                    octets += part[1:] if part.startswith(b'..') else part
                if self.fault == 'silent':
                    self.taken.append(octets)
                    return
                if self.fault:
                    say({'later': '451 4.3.0 later', 'refused': '554 5.7.1 never'}[self.fault])
                else:
                    self.taken.append(octets)
                    say('250 taken')
            elif verb == 'QUIT':
                say('221 bye')
                return
            else:
                say('502 what?')


class Hook:
    """`status` is what it answers; posts are kept with their fields."""

    def __init__(self, certificate, key):
        self.status, self.posts = 200, []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                hook.posts.append((self.path, dict(self.headers), body))
                self.send_response(hook.status)
                if 300 <= hook.status < 400:
                    self.send_header('Location', '/elsewhere')
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass  # handshakes that the client refuses

        server = Server(('127.0.0.1', 0), Handler)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        self.url = 'https://localhost:%d/hook' % server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
