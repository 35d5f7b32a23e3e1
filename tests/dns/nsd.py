"""Real nsd on loopback, for tests: a folder of zone files, served on one address."""
import os, socket, subprocess, time

CONF = '''server:
 ip-address: %s@%d
 username: ""
 chroot: ""
 pidfile: ""
 database: ""
 zonesdir: "%s"
 xfrdfile: "%s/xfrd"
 zonelistfile: "%s/zones"
 xfrdir: "%s"
 logfile: "%s/log"
 server-count: 1
 rrl-ratelimit: 0
remote-control:
 control-enable: no
'''


def free_port(*addresses):
    """Free on all these addresses, for UDP and TCP."""
    while True:
        kinds = [(address, kind) for address in addresses for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        sockets = [socket.socket(socket.AF_INET, kind) for _, kind in kinds]
        try:
            port = 0
            for s, (address, _) in zip(sockets, kinds):
                s.bind((address, port))
                port = s.getsockname()[1]
            return port
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()


def await_answer(process, address, port, zone):
    question = b'\x5c\xea\0\0\0\1\0\0\0\0\0\0' + b''.join(
        bytes([len(label)]) + label for label in zone.encode().split(b'.')) + b'\0\0\6\0\1'
    while process.poll() is None:  # the test's time-out ends this
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            try:
                s.sendto(question, (address, port))
                reply = s.recv(2048)
                if reply[2] & 4 and not reply[3] & 15:
                    return
            except OSError:
                time.sleep(0.02)
    raise AssertionError('nsd ended')


def start(folder, address, port, zones):
    """Serve {name: text}; `folder` is made. Returns the process, which answers by then."""
    os.mkdir(folder)
    with open(folder + '/nsd.conf', 'w') as conf:
        conf.write(CONF % ((address, port) + (folder,) * 5))
        for name, text in zones.items():
            conf.write('zone:\n name: %s\n zonefile: %s.zone\n' % (name, name))
            with open('%s/%s.zone' % (folder, name), 'w') as f:
                f.write(text)
    process = subprocess.Popen(['/usr/sbin/nsd', '-d', '-c', folder + '/nsd.conf'], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_answer(process, address, port, list(zones)[-1])
    except BaseException:
        stop(process)
        raise
    return process


def stop(process):
    process.terminate()
    process.wait()
