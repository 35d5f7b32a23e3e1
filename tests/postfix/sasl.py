"""Dovecot's authentication server as far as Postfix asks it: SASL PLAIN, every password is right. Runs in threads."""
import base64, os, socket, threading


class AuthServer:
    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.bind(path)
        os.chmod(path, 0o666)
        self.s.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.s.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        client.sendall(b'VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t%d\nCUID\t1\nCOOKIE\t0123\nDONE\n' % os.getpid())
        for line in client.makefile('rb'):
            words = line.rstrip(b'\n').split(b'\t')
            if words[0] == b'AUTH':
                answer = next(w[5:] for w in words if w.startswith(b'resp='))
                login = base64.b64decode(answer).split(b'\0')[1]
                client.sendall(b'OK\t' + words[1] + b'\tuser=' + login + b'\n')

    def close(self):
        self.s.close()
