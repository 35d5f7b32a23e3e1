#!/usr/bin/python3
"""servers.py SCEAU: ns.agree and ns.txt_over_tcp against two real nsd, on 127.0.0.1 and 127.0.0.2; dnssec.valid over
the signed zone of zones/. One TAP line a case."""
import json, os, shutil, socket, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESSES = '127.0.0.1', '127.0.0.2'
ZONE = '''$ORIGIN pair.test.
$TTL 300
@ SOA ns1 host %d 3600 600 86400 60
@ NS ns1
@ NS ns2
@ MX 10 mail
@ TXT "v=spf1 -all"
@ TXT %s
ns1 A 127.0.0.1
ns2 A 127.0.0.2
mail A 127.0.0.1
'''
LONG = ' '.join('"%s"' % ('x' * 250) for _ in range(12))  # no packet of 1232 octets takes it
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
remote-control:
 control-enable: no
zone:
 name: pair.test
 zonefile: pair
zone:
 name: signed.test
 zonefile: signed
'''
# what it is, the second server's serial, name asked, rule, outcome, a word of what was found
CASES = [
    ('two servers of one mind', 1, 'pair.test', 'ns.agree', ('ok',), ''),
    ('a second server with another serial', 2, 'pair.test', 'ns.agree', ('warning', 'problem'), 'ns2.pair.test'),
    ('long texts over TCP', 1, 'pair.test', 'ns.txt_over_tcp', ('ok',), ''),
    ('signatures that hold', 1, 'good.signed.test', 'dnssec.valid', ('ok',), ''),
]


def free_port():
    """Free on both addresses, for UDP and TCP."""
    while True:
        sockets = [socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM) * 2]
        try:
            sockets[0].bind((ADDRESSES[0], 0))
            port = sockets[0].getsockname()[1]
            for s, address in zip(sockets[1:], (ADDRESSES[0],) + (ADDRESSES[1],) * 2):
                s.bind((address, port))
            return port
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()


def await_answer(process, address, port):
    question = b'\x5c\xea\0\0\0\1\0\0\0\0\0\0\4pair\4test\0\0\6\0\1'
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


def start(folder, address, port, serial):
    os.mkdir(folder)
    with open(folder + '/pair', 'w') as f:
        f.write(ZONE % (serial, LONG))
    shutil.copy(HERE + '/zones/signed.test.zone', folder + '/signed')
    with open(folder + '/nsd.conf', 'w') as f:
        f.write(CONF % ((address, port) + (folder,) * 5))
    return subprocess.Popen(['/usr/sbin/nsd', '-d', '-c', folder + '/nsd.conf'], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run_case(sceau, serial, name, rule, outcomes, word):
    port, processes = free_port(), []
    with tempfile.TemporaryDirectory(prefix='sceau-servers.') as folder:
        try:
            for address, own in zip(ADDRESSES, (1, serial)):
                processes.append(start(os.path.join(folder, address), address, port, own))
            for process, address in zip(processes, ADDRESSES):
                await_answer(process, address, port)
            run = subprocess.run([sceau, 'check', '--json', '--passed', '--allow-private', '--only', rule, '--config', '/dev/null',
                                  '--resolver', '%s@%d' % (ADDRESSES[0], port), '--set', 'check.dns_port=%d' % port, '--set',
                                  'check.trust_anchor=' + HERE + '/zones/signed.test.anchor', name],
                                 capture_output=True, text=True, timeout=60)
        finally:
            for process in processes:
                process.terminate()
                process.wait()
    found = [json.loads(line) for line in run.stdout.splitlines()]
    found = [f for f in found if f['id'] == rule]
    assert found, (run.stdout, run.stderr)
    assert all(f['outcome'] in outcomes for f in found), found
    assert any(word in (f['found'] or '') for f in found), found


def main():
    failed = 0
    print('1..%d' % len(CASES))
    for number, (what, *case) in enumerate(CASES, 1):
        try:
            run_case(sys.argv[1], *case)
            print('ok %d - %s' % (number, what), flush=True)
        except Exception as e:  # noqa: whatever went wrong is told
            failed += 1
            print('not ok %d - %s\n# %s' % (number, what, str(e).replace('\n', '\n# ')), flush=True)
    return failed > 0


sys.exit(main())
