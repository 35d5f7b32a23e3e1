"""Zones signed here and now by dnssec-signzone, for tests."""
import subprocess


def run(folder, *args):
    done = subprocess.run(args, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (args, done.stderr)
    return done.stdout


def sign(folder, zone, text, *times):
    """The signed zone, and the DS records of its key."""
    key = run(folder, 'dnssec-keygen', '-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', zone).strip()
    with open('%s/%s' % (folder, zone), 'w') as f:
        f.write(text)
        with open('%s/%s.key' % (folder, key)) as public:
            f.write(public.read())
    # -z: one key does both; -P: expired signatures are wanted; -O full: a record a line
    run(folder, 'dnssec-signzone', '-z', '-P', '-x', '-O', 'full', '-o', zone, *times, '-f', zone + '.signed', zone, key)
    with open('%s/%s.signed' % (folder, zone)) as f:
        signed = f.read()
    with open('%s/dsset-%s.' % (folder, zone)) as f:
        return signed, f.read()
