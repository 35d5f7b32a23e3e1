"""An MTA's side of the milter protocol (version 6), small: what a test needs to hand over one message."""
import socket, struct


class Client:
    def __init__(self, where):
        if isinstance(where, tuple):
            self.s = socket.create_connection(where, 20)
        else:
            self.s = socket.socket(socket.AF_UNIX)
            self.s.settimeout(20)
            self.s.connect(where)
        self.file = self.s.makefile('rb')
        # All actions, and no step left out: each command gets a reply.
        _, answer = self.command(b'O', struct.pack('>III', 6, 0x1FF, 0))
        self.actions = struct.unpack('>I', answer[4:8])[0] & ~0x100 if len(answer) >= 12 else None  # less the macros'

    def put(self, code, data=b''):
        self.s.sendall(struct.pack('>I', len(data) + 1) + code + data)

    def get(self):
        """(code, data) of a reply; None when the milter closed."""
        head = self.file.read(4)
        if len(head) < 4:
            return None
        text = self.file.read(struct.unpack('>I', head)[0])
        return text[:1], text[1:]

    def command(self, code, data=b''):
        self.put(code, data)
        return self.get()

    def send(self, queue_id='Q1', sender='ann@reject.test', ip='198.51.100.7', domain='reject.test', fields=()):
        """Hand over one message; (final reply, data, [(code, data) of each change])."""
        self.command(b'C', b'mail.reject.test\0004' + struct.pack('>H', 1025) + ip.encode() + b'\0')
        self.command(b'H', b'mail.reject.test\0')
        self.put(b'D', b'Mi\0' + queue_id.encode() + b'\0j\0mx.receiver.example\0')
        self.command(b'M', b'<' + sender.encode() + b'>\0')
        self.command(b'R', b'<bob@receiver.example>\0')
        for name, value in [('From', 'ann@' + domain), ('Subject', 'x')] + list(fields):
            self.command(b'L', name.encode() + b'\0' + value.encode() + b'\0')
        self.command(b'N')
        self.command(b'B', b'Hello.\r\n')
        self.put(b'E')
        changes = []
        while True:
            reply = self.get()
            assert reply is not None, 'closed'
            if reply[0] in b'acdrty':
                # CONTINUE at the end of a message is ACCEPT.
                return reply[0].replace(b'c', b'a'), reply[1], changes
            changes.append(reply)

    def close(self):
        self.s.close()
        self.file.close()


def added(changes):
    """Names of fields that were added."""
    return [data[4:].split(b'\0')[0].decode() for code, data in changes if code == b'i'] + \
           [data.split(b'\0')[0].decode() for code, data in changes if code == b'h']
