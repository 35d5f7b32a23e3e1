"""The receiver's side of SMTP, small: takes what comes and keeps it with its envelope, octet for octet."""
import socketserver, threading


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text + b'\r\n')

    def take_data(self):
        self.say(b'354 go on')
        lines = []
        while True:
            line = self.rfile.readline()
            if line == b'':
                return None  # the client died: nothing was taken
            if line == b'.\r\n':
                return b''.join(lines)
            lines.append(line[1:] if line.startswith(b'.') else line)

    def handle(self):
        self.say(b'220 mx.receiver.example ESMTP')
        helo, sender, options, to = b'', b'', b'', []
        for line in self.rfile:
            verb, _, rest = line.strip().partition(b' ')
            verb = verb.upper()
            if verb in (b'EHLO', b'HELO'):
                helo = rest
                self.wfile.write(b''.join(b'250-' + k + b'\r\n' for k in (b'8BITMIME', b'SMTPUTF8', b'DSN')))
                self.say(b'250 SIZE 0')
            elif verb in (b'MAIL', b'RCPT'):
                path = rest.split(b':', 1)[1].strip()
                path, _, more = path.partition(b'>')
                if verb == b'MAIL':
                    sender, options, to = path.lstrip(b'<'), more.strip(), []
                else:
                    to.append(path.lstrip(b'<'))
                self.say(b'250 ok')
            elif verb == b'DATA':
                text = self.take_data()
                if text is None:
                    return
                self.server.taken.append((helo, sender, options, to, text))
                self.say(b'250 taken')
            elif verb == b'QUIT':
                self.say(b'221 bye')
                return
            else:
                self.say(b'250 ok')


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def __init__(self, address=('127.0.0.1', 0)):
        super().__init__(address, Session)
        self.taken, self.port = [], self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()
