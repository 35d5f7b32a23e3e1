#!/usr/bin/python3
"""networks.py SCEAU with|without: names of networks beside the mail hosts, from a MaxMind DB that is written here, good and
broken; or what a sceau says that was built without libmaxminddb. One TAP line a case."""
import csv, io, ipaddress, json, os, random, subprocess, sys, tempfile

MARK = b'\xab\xcd\xefMaxMind.com'
ZONE = '''example.test. MX 10 mx.example.test.
example.test. MX 20 away.example.test.
mx.example.test. A 192.0.2.7
mx.example.test. AAAA 2001:db8::7
away.example.test. A 198.51.100.1
'''
NETWORKS = {
    '192.0.2.0/24': {'autonomous_system_number': 64500, 'autonomous_system_organization': 'Example Network'},
    '2001:db8::/32': {'organization': 'Six \x1b[31m"Net"'},
}


def encode(value):
    """A value of the data section, as the format's description has it."""
    def head(kind, size):
        if size < 29:
            code, more = size, b''
        else:
            assert size < 29 + 256
            code, more = 29, bytes([size - 29])
        return (bytes([kind << 5 | code]) if kind < 8 else bytes([code, kind - 7])) + more
    if isinstance(value, str):
        return head(2, len(value.encode())) + value.encode()
    if isinstance(value, int):
        return encode((6, value))
    if isinstance(value, tuple):  # 5, 6, 9: a number of 16, 32, 64 bits
        octets = value[1].to_bytes(8, 'big').lstrip(b'\0')
        return head(value[0], len(octets)) + octets
    if isinstance(value, dict):
        return head(7, len(value)) + b''.join(encode(k) + encode(v) for k, v in value.items())
    assert isinstance(value, list)
    return head(11, len(value)) + b''.join(map(encode, value))


def database(networks):
    """A tree of 24-bit records over 128 bits; IPv4 stands at ::/96."""
    nodes, data, leaves = [[None, None]], b'', []
    for network, value in networks.items():
        network = ipaddress.ip_network(network)
        bits = bin(int(network.network_address) | 1 << 128)[3:]
        length = network.prefixlen + (96 if network.version == 4 else 0)
        node = 0
        for bit in map(int, bits[:length - 1]):
            if nodes[node][bit] is None:
                nodes[node][bit] = len(nodes)
                nodes.append([None, None])
            node = nodes[node][bit]
        leaves.append((node, int(bits[length - 1]), len(data)))
        data += encode(value)
    count = len(nodes)
    for node, bit, offset in leaves:
        nodes[node][bit] = count + 16 + offset
    tree = b''.join((count if record is None else record).to_bytes(3, 'big') for node in nodes for record in node)
    meta = {'node_count': count, 'record_size': (5, 24), 'ip_version': (5, 6), 'database_type': 'Test-ASN', 'languages': ['en'],
            'binary_format_major_version': (5, 2), 'binary_format_minor_version': (5, 0), 'build_epoch': (9, 1700000000), 'description': {'en': 'of a test'}}
    return tree + bytes(16) + data + MARK + encode(meta)


def check(sceau, folder, octets, *args):
    """MMDB_open of libmaxminddb 1.7 keeps memory when it refuses metadata: of all leaks this one alone is passed over, by its
    name, which the slow unwinder alone finds in a library without frame pointers."""
    path = folder + '/networks.mmdb'
    with open(folder + '/leaks', 'w') as f:
        f.write('leak:^MMDB_open$\n')
    asan = os.environ.get('ASAN_OPTIONS', '') + ':fast_unwind_on_malloc=0'
    lsan = os.environ.get('LSAN_OPTIONS', '') + ':print_suppressions=0:suppressions=%s/leaks' % folder
    with open(path, 'wb') as f:
        f.write(octets)
    with open(folder + '/zone', 'w') as f:
        f.write(ZONE)
    return subprocess.run([sceau, 'check', '--only', 'mx.exists', '--config', '/dev/null', '--dns', folder + '/zone', '--set',
                           'check.network_database=' + path, 'example.test', *args], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, ASAN_OPTIONS=asan.lstrip(':'), LSAN_OPTIONS=lsan.lstrip(':')))


GOOD = database(NETWORKS)
SIX = r'Six \x1b[31m"Net"'


def text(sceau, folder):
    run = check(sceau, folder, GOOD)
    assert run.returncode == 0 and run.stderr == '', run
    lines = run.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if '192.0.2.7' in line)
    column = lines[at].index('192.0.2.7')
    assert lines[at + 1] == ' ' * column + 'AS64500 Example Network', run.stdout
    assert lines[at + 3] == ' ' * column + SIX, run.stdout
    assert '198.51.100.1' in lines[at + 4] and lines[at + 5] == '', run.stdout
    assert max(map(len, lines)) <= 80, run.stdout


def as_json(sceau, folder):
    run = check(sceau, folder, GOOD, '--json')
    hosts = json.loads(run.stdout)['hosts']
    assert hosts == [
        {'preference': 10, 'host': 'mx.example.test', 'address': '192.0.2.7', 'ttl': 300, 'network': 'AS64500 Example Network'},
        {'preference': 10, 'host': 'mx.example.test', 'address': '2001:db8::7', 'ttl': 300, 'network': SIX},
        {'preference': 20, 'host': 'away.example.test', 'address': '198.51.100.1', 'ttl': 300, 'network': None}], hosts


def as_csv(sceau, folder):
    run = check(sceau, folder, GOOD, '--csv')
    row = list(csv.DictReader(io.StringIO(run.stdout)))[0]
    assert row['hosts'] == ('10 mx.example.test 192.0.2.7 300 (AS64500 Example Network); 10 mx.example.test 2001:db8::7 300 (%s); '
                            '20 away.example.test 198.51.100.1 300' % SIX), row


def refused(octets):
    def case(sceau, folder):
        run = check(sceau, folder, octets)
        assert run.returncode == 64 and run.stdout == '', run
        assert 'check.network_database: %s/networks.mmdb: ' % folder in run.stderr and len(run.stderr.splitlines()) == 1, run.stderr
    return case


def absent(sceau, folder):
    run = check(sceau, folder, GOOD, '--set', 'check.network_database=/nonexistent.mmdb')
    assert run.returncode == 64 and 'check.network_database: /nonexistent.mmdb: ' in run.stderr, run


def corrupt_tree(sceau, folder):
    """Each record leads far behind the end of the data."""
    run = check(sceau, folder, b'\xff\xff\xf0' * (GOOD.index(bytes(16)) // 3) + GOOD[GOOD.index(bytes(16)):])
    assert run.returncode == 0 and '(The MaxMind DB file' in run.stdout.replace('\n', ' '), run


def changed(sceau, folder):
    """Whatever one octet, or a piece that is missing, makes of it: an answer or an error, never a crash."""
    chance = random.Random(8)
    for _ in range(60):
        octets = bytearray(GOOD)
        at = chance.randrange(len(octets))
        if chance.random() < 0.3:
            del octets[at:at + chance.randrange(1, 40)]
        else:
            octets[at] ^= 1 << chance.randrange(8)
        run = check(sceau, folder, bytes(octets))
        assert run.returncode in (0, 64), (at, run)
        assert (run.returncode == 64) == ('check.network_database' in run.stderr), (at, run)


def without(sceau, folder):
    run = check(sceau, folder, GOOD)
    assert run.returncode == 64 and 'built without libmaxminddb' in run.stderr, run
    run = check(sceau, folder, GOOD, '--set', 'check.network_database=')
    assert run.returncode == 0 and run.stderr == '', run


CASES = [('text', text), ('JSON', as_json), ('CSV', as_csv), ('no such file', absent), ('an empty file', refused(b'')),
         ('another file', refused(b'x' * 4096)), ('half of it', refused(GOOD[:len(GOOD) // 2])), ('metadata that ends', refused(GOOD[:-30])),
         ('a tree that leads nowhere', corrupt_tree), ('octets changed and lost', changed)]


def main():
    sceau, failed = sys.argv[1], 0
    cases = CASES if sys.argv[2] == 'with' else [('built without libmaxminddb', without)]
    print('1..%d' % len(cases))
    with tempfile.TemporaryDirectory(prefix='sceau-networks.') as folder:
        for number, (what, case) in enumerate(cases, 1):
            try:
                case(sceau, folder)
                print('ok %d - %s' % (number, what), flush=True)
            except Exception as e:  # noqa: whatever went wrong is told
                failed += 1
                print('not ok %d - %s\n# %s' % (number, what, str(e).replace('\n', '\n# ')), flush=True)
    return failed > 0


sys.exit(main())
