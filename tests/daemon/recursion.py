#!/usr/bin/python3
"""recursion.py COMMAND...: run a command in a network of its own where every address from 128.0.0.0 up, and so every root
server, is this process; print what DNS was asked as JSON: [address, recursion desired, name, type] each.

Started by `unshare --net`. Each name has a.root-servers.net as its name server, its address, and a TXT record."""
import fcntl, json, socket, struct, subprocess, sys, threading

IP_PKTINFO, TXT, NS, A = 8, 16, 2, 1
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
ROOT = '198.41.0.4'  # a.root-servers.net


def name_of(labels):
    return b''.join(bytes([len(x)]) + x for x in labels) + b'\0'


def record(name, kind, data):
    return name + struct.pack('>HHIH', kind, 1, 300, len(data)) + data


def configure_loopback():
    """Loopback holds whole networks: 128.0.0.1/1 is all from 128.0.0.0 up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        def address(text):
            return struct.pack('16sHH4s8x', b'lo:1', socket.AF_INET, 0, socket.inet_aton(text))

        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', 1))  # up
        fcntl.ioctl(s, SIOCSIFADDR, address('128.0.0.1'))
        fcntl.ioctl(s, SIOCSIFNETMASK, address('128.0.0.0'))


def answer(packet, where, asked):
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]])
        at += 1 + packet[at]
    question, kind = packet[12:at + 5], struct.unpack('>H', packet[at + 1:at + 3])[0]
    asked.append([where, bool(packet[2] & 1), b'.'.join(labels).decode('latin-1').lower(), kind])
    records, more = [], []
    if kind == NS:
        server = name_of([b'a', b'root-servers', b'net'])
        records, more = [record(b'\xc0\x0c', NS, server)], [record(server, A, socket.inet_aton(ROOT))]
    elif kind == A:
        records = [record(b'\xc0\x0c', A, socket.inet_aton(ROOT))]
    elif kind == TXT:
        records = [record(b'\xc0\x0c', TXT, b'\x08the root')]
    # authoritative
    return packet[:2] + struct.pack('>HHHHH', 0x8400, 1, len(records), 0, len(more)) + question + b''.join(records + more)


def serve(s, asked):
    while True:
        packet, ancillary, _, peer = s.recvmsg(4096, 256)
        destination = next(data[8:12] for level, kind, data in ancillary if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO))
        # The answer comes from the address that was asked.
        info = struct.pack('i4s4x', 0, destination)
        s.sendmsg([answer(packet, socket.inet_ntoa(destination), asked)], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, peer)


def main():
    configure_loopback()
    asked = []
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    s.bind(('0.0.0.0', 53))
    threading.Thread(target=serve, args=(s, asked), daemon=True).start()
    run = subprocess.run(sys.argv[1:], capture_output=True, text=True, timeout=60)
    print(json.dumps({'status': run.returncode, 'stdout': run.stdout, 'stderr': run.stderr, 'asked': asked}))


main()
