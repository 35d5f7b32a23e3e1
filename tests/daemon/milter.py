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

    def send(self, queue_id='Q1', sender='ann@reject.test', ip='198.51.100.7', domain='reject.test', fields=(), **session):
        """Hand over one message; (final reply, data, [(code, data) of each change])."""
        fields = [(b'From', b'ann@' + domain.encode()), (b'Subject', b'x')] + [(n.encode(), v.encode()) for n, v in fields]
        return self.hand_over(fields, b'Hello.\r\n', queue_id, sender, ip, 'mail.reject.test', **session)

    def send_octets(self, text, queue_id, sender, ip, helo, options=''):
        """The same for a message as it came over SMTP."""
        head, body = text.split(b'\r\n\r\n', 1)
        lines = head.replace(b'\r\n ', b'\n ').replace(b'\r\n\t', b'\n\t').split(b'\r\n')
        return self.hand_over([line.split(b':', 1) for line in lines], body, queue_id, sender, ip, helo, options)

    def hand_over(self, fields, body, queue_id, sender, ip, helo, options='', recipient='bob@receiver.example', login='', port=1025,
                  auth_type=''):
        """`ip` is None: the client came over a Unix socket."""
        address = b'4' + struct.pack('>H', port) + ip.encode() + b'\0' if ip else b'L\0\0/run/mta\0'
        self.command(b'C', helo.encode() + b'\0' + address)
        self.command(b'H', helo.encode() + b'\0')
        self.put(b'D', b'Mi\0' + queue_id.encode() + b'\0j\0mx.receiver.example\0' + (b'{auth_authen}\0' + login.encode() + b'\0' if login else b'') +
                 (b'{auth_type}\0' + auth_type.encode() + b'\0' if auth_type else b''))
        self.command(b'M', b'<' + sender.encode() + b'>\0' + b''.join(o.encode() + b'\0' for o in options.split()))
        self.command(b'R', b'<' + recipient.encode() + b'>\0')
        for name, value in fields:
            # Without SMFIP_HDR_LEADSPC the MTA eats one space behind the colon.
            self.command(b'L', name + b'\0' + value.removeprefix(b' ') + b'\0')
        self.command(b'N')
        for start in range(0, len(body), 65535):
            self.command(b'B', body[start:start + 65535])
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
