"""Private keys in a state directory, as `sceau key` would leave them, and the zone that publishes them."""
import base64, os, subprocess


def make_key(folder, domain, selector='s1', kind='rsa', bits=2048, state='active'):
    """A new key in FOLDER/keys/DOMAIN; returns its DNS record's text."""
    where = os.path.join(folder, 'keys', domain)
    os.makedirs(where, mode=0o700, exist_ok=True)
    os.chmod(os.path.join(folder, 'keys'), 0o700)
    pem = os.path.join(where, selector + '.pem')
    algorithm = ['RSA', '-pkeyopt', 'rsa_keygen_bits:%d' % bits] if kind == 'rsa' else ['ED25519']
    subprocess.run(['openssl', 'genpkey', '-algorithm', *algorithm, '-out', pem], check=True, capture_output=True)
    os.chmod(pem, 0o600)
    der = subprocess.run(['openssl', 'pkey', '-in', pem, '-pubout', '-outform', 'DER'], check=True, capture_output=True).stdout
    public = base64.b64encode(der if kind == 'rsa' else der[-32:]).decode()
    add_state(folder, domain, '%s %s %s %d created=1 active=1 p=%s' % (selector, state, kind, bits if kind == 'rsa' else 256, public))
    own_as_folder(folder)
    return 'v=DKIM1; k=%s; p=%s' % (kind, public)


def add_state(folder, domain, line):
    path = os.path.join(folder, 'keys', domain, 'state')
    old = open(path).read() if os.path.exists(path) else ''
    with open(path + '.new', 'w') as f:
        f.write(old + line + '\n')
    os.chmod(path + '.new', 0o600)
    os.rename(path + '.new', path)


def set_state(folder, domain, selector, state):
    """active, retiring, ..."""
    path = os.path.join(folder, 'keys', domain, 'state')
    lines = open(path).read().splitlines()
    with open(path + '.new', 'w') as f:
        for line in lines:
            words = line.split(' ')
            if words[0] == selector:
                words[1] = state
            f.write(' '.join(words) + '\n')
    os.chmod(path + '.new', 0o600)
    os.rename(path + '.new', path)


def own_as_folder(folder):
    """Whoever has the folder has all below it."""
    st = os.stat(folder)
    if os.geteuid() == 0:
        for root, dirs, files in os.walk(os.path.join(folder, 'keys')):
            for name in [root] + [os.path.join(root, n) for n in dirs + files]:
                os.chown(name, st.st_uid, st.st_gid)


def zone_line(domain, selector, record):
    """A line of a zone file: strings of at most 255 octets."""
    parts = ' '.join('"%s"' % record[i:i + 250] for i in range(0, len(record), 250))
    return '%s._domainkey.%s. 300 TXT ( %s )\n' % (selector, domain, parts)
