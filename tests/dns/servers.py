#!/usr/bin/python3
"""servers.py SCEAU: ns.agree and ns.txt_over_tcp against two real servers, on 127.0.0.1 and 127.0.0.2. One TAP line a case."""
import json, os, socket, subprocess, sys, tempfile, threading

import nsd

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
SHORT = '"x"'


def nsd_of(serial, text=LONG):
    """A second server that is nsd as well."""
    return lambda folder, port: nsd.start(folder, ADDRESSES[1], port, {'pair.test': ZONE % (serial, text)})


class Relay:
    """UDP alone, to the first server and back; connections to its TCP port are refused, or are never answered."""

    def __init__(self, port, is_deaf):
        self.port = port
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((ADDRESSES[1], port))
        self.deaf = socket.socket() if is_deaf else None
        if is_deaf:
            self.deaf.bind((ADDRESSES[1], port))
            self.deaf.listen(16)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            question, client = self.udp.recvfrom(4096)
            if len(question) < 12:
                return
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream:
                upstream.settimeout(5)
                upstream.sendto(question, (ADDRESSES[0], self.port))
                self.udp.sendto(upstream.recv(4096), client)

    def terminate(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b'', (ADDRESSES[1], self.port))

    def wait(self):
        self.udp.close()
        if self.deaf is not None:
            self.deaf.close()


# what it is, the text, the second server, rule, outcome, a word of what was found
T = 'ns.txt_over_tcp'
CASES = [
    ('two servers of one mind', LONG, nsd_of(1), 'ns.agree', ('ok',), ''),
    ('a second server with another serial', LONG, nsd_of(2), 'ns.agree', ('problem',), 'ns2.pair.test'),
    ('a second server with another text', LONG, nsd_of(1, SHORT), 'ns.agree', ('problem',), 'TXT'),
    ('long texts over TCP', LONG, nsd_of(1), T, ('ok',), ''),
    ('a server that refuses TCP', LONG, lambda f, port: Relay(port, False), T, ('problem',), 'ns2.pair.test cuts pair.test TXT short'),
    ('a server whose TCP is silent', LONG, lambda f, port: Relay(port, True), T, ('problem',), 'ns2.pair.test cuts pair.test TXT short'),
    ('the same, and no text is long', SHORT, lambda f, port: Relay(port, False), T, ('ok',), ''),
]


def run_case(sceau, text, second, rule, outcomes, word):
    port, processes = nsd.free_port(*ADDRESSES), []
    with tempfile.TemporaryDirectory(prefix='sceau-servers.') as folder:
        try:
            processes.append(nsd.start(folder + '/1', ADDRESSES[0], port, {'pair.test': ZONE % (1, text)}))
            processes.append(second(folder + '/2', port))
            run = subprocess.run([sceau, 'check', '--json', '--passed', '--allow-private', '--only', rule, '--config', '/dev/null',
                                  '--resolver', '%s@%d' % (ADDRESSES[0], port), '--set', 'check.dns_port=%d' % port, 'pair.test'],
                                 capture_output=True, text=True, timeout=60)
        finally:
            for process in processes:
                nsd.stop(process)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    found = [f for f in found if f['id'] == rule]
    assert found, (run.stdout, run.stderr)
    assert all(f['outcome'] in outcomes for f in found), found
    assert all(word in (f['found'] or '') for f in found), found


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
