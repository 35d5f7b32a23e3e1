"""What the tests of keys share: `sceau key` over one state directory, its records as zone text, a journal by hand."""
import json, os, struct, subprocess, zlib

T = 1790000000  # when the tests begin, seconds since 1970
DAY = 86400
DKIM_PASS = 1


class Store:
    """A state directory, and the commands over it. `args` are added to each."""

    def __init__(self, sceau, folder, *args):
        self.sceau, self.state, self.args = sceau, folder, list(args)

    def run(self, *words, status=0, now=T, command=()):
        """`sceau WORDS...`, which ends with that status; gives what it printed."""
        timed = [] if words[1] in ('query', 'list', 'show') else ['--now', str(now)]
        run = subprocess.run([*command, self.sceau, *words, '--config', '/dev/null', '--state', self.state, *timed, *self.args],
                             capture_output=True, text=True, timeout=60)
        assert run.returncode == status, (words, run.returncode, run.stdout, run.stderr)
        return run.stdout + run.stderr

    def json(self, *words, status=0, now=T):
        return [json.loads(line) for line in self.run(*words, '--json', status=status, now=now).splitlines() if line[:1] == '{']

    def keys(self, domain='example.org'):
        """{selector: state}"""
        return {k['selector']: k['state'] for k in self.json('key', 'list', domain)}

    def steps(self, now, *words, status=0):
        """What `rotate` does: {selector: (step, server)}"""
        return {k['selector']: (k['step'], k['server']) for k in self.json('key', 'rotate', *words, now=now, status=status)}

    def record(self, selector, domain='example.org', zone=None):
        """Its zone text, as printed."""
        zone = ['--zone', zone] if zone else []
        return [k['zone_text'] for k in self.json('key', 'query', '-s', selector, '-d', domain, *zone)][0]

    def pem(self, selector, domain='example.org'):
        return os.path.join(self.state, 'keys', domain, selector + '.pem')

    def files(self, domain='example.org'):
        return sorted(os.listdir(os.path.join(self.state, 'keys', domain)))


def field(number, octets):
    return struct.pack('>BH', number, len(octets)) + octets


def write_journal(state, records):
    """A segment of (time, domain, selector): messages with a signature that passed; without a domain: any message; with a
    fourth word: a message of that author which this host only signed, d=domain."""
    os.makedirs(os.path.join(state, 'journal'), exist_ok=True)
    with open(os.path.join(state, 'journal', 'host-1-1'), 'wb') as f:
        for when, domain, selector, *author in records:
            payload = b'\1\1' + field(1, struct.pack('>Q', when * 1000000))
            if author:
                payload += field(11, author[0].encode()) + field(32, selector.encode()) + field(39, b'\1')
                payload += field(40, domain.encode()) if author[0] != domain else b''
            elif domain:
                payload += field(17, bytes([DKIM_PASS, 2, len(domain)]) + domain.encode() + selector.encode())
            length = struct.pack('>I', len(payload))
            f.write(b'SJ01' + length + struct.pack('>I', zlib.crc32(length + payload)) + payload)
