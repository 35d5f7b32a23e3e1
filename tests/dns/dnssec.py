#!/usr/bin/python3
"""dnssec.py SCEAU: dnssec.valid over zones that dnssec-signzone signs here and now, served by nsd, and what trust anchors
may have. One TAP line a case."""
import json, os, re, subprocess, sys, tempfile

import nsd
from zonesigning import sign

ADDRESS = '127.0.0.1'
PARENT = '''$ORIGIN parent.test.
$TTL 300
@ SOA ns host 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
child NS ns
plain NS ns
'''
CHILD = '''$ORIGIN child.parent.test.
$TTL 300
@ SOA ns.parent.test. host 1 3600 600 86400 60
@ NS ns.parent.test.
@ MX 10 mail
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject"
mine._domainkey TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
dkim._domainkey TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_mta-sts TXT "v=STSv1; id=1"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:a@child.parent.test"
mail A 127.0.0.1
mail AAAA ::1
_25._tcp.mail TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
'''
PLAIN = '$ORIGIN plain.parent.test.\n$TTL 300\n@ SOA ns.parent.test. host 1 3600 600 86400 60\n@ NS ns.parent.test.\n@ MX 10 @\n@ A 127.0.0.1\n'


def change(record, old, new):
    """What the zone says is changed after signing, but for its signature."""
    def edit(text):
        lines = text.splitlines(True)
        hits = [i for i, line in enumerate(lines) if re.match(record, line)]
        assert len(hits) == 1, (record, hits)
        assert old in lines[hits[0]], lines[hits[0]]
        lines[hits[0]] = lines[hits[0]].replace(old, new)
        return ''.join(lines)
    return edit


def same(text):
    return text


N = r'child\.parent\.test\.\s+300\s+IN\s+'
GOOD_TIMES = '-s', 'now-3600', '-e', 'now+864000'
BOGUS = 'does not validate (bogus)'
# what it is, times of the child's signatures, what is changed after, outcome, what is told
ZONES = [
    ('everything validates', GOOD_TIMES, same, 'ok', ''),
    ('the MX was changed', GOOD_TIMES, change('^' + N + 'MX', '10', '20'), 'problem', 'child.parent.test MX ' + BOGUS),
    ('the SPF record was changed', GOOD_TIMES, change('^' + N + 'TXT', '-all', '?all'), 'problem', 'child.parent.test TXT ' + BOGUS),
    ('the DMARC record was changed', GOOD_TIMES, change(r'^_dmarc\.' + N + 'TXT', 'reject', 'none'), 'problem', '_dmarc.child.parent.test TXT ' + BOGUS),
    ('the key of a named selector was changed', GOOD_TIMES, change(r'^mine\._domainkey\.' + N + 'TXT', '11qY', '12qY'), 'problem', 'mine._domainkey.child.parent.test TXT ' + BOGUS),
    ('the key of a guessed selector was changed', GOOD_TIMES, change(r'^dkim\._domainkey\.' + N + 'TXT', '11qY', '12qY'), 'problem', 'dkim._domainkey.child.parent.test TXT ' + BOGUS),
    ('the MTA-STS record was changed', GOOD_TIMES, change(r'^_mta-sts\.' + N + 'TXT', 'id=1', 'id=2'), 'problem', '_mta-sts.child.parent.test TXT ' + BOGUS),
    ('the TLS-RPT record was changed', GOOD_TIMES, change(r'^_smtp\._tls\.' + N + 'TXT', ':a@', ':b@'), 'problem', '_smtp._tls.child.parent.test TXT ' + BOGUS),
    ('the IPv4 address of the mail host was changed', GOOD_TIMES, change(r'^mail\.' + N + 'A\\s', '127.0.0.1', '127.0.0.9'), 'problem', 'mail.child.parent.test A ' + BOGUS),
    ('its IPv6 address was changed', GOOD_TIMES, change(r'^mail\.' + N + 'AAAA', '::1', '::2'), 'problem', 'mail.child.parent.test AAAA ' + BOGUS),
    ('its TLSA record was changed', GOOD_TIMES, change(r'^_25\._tcp\.mail\.' + N + 'TLSA', '3 1 1', '3 0 1'), 'problem', '_25._tcp.mail.child.parent.test TLSA ' + BOGUS),
    ('the signatures ended', ('-s', 'now-1728000', '-e', 'now-432060'), same, 'problem', 'child.parent.test SOA ' + BOGUS + ': its signature ended 120 hours ago'),
    ('they have just ended: this validator forgives it', ('-s', 'now-864000', '-e', 'now-7260'), same, 'problem', 'the signatures of child.parent.test ended 2 hours ago'),
    ('the signatures end within 3 days', ('-s', 'now-864000', '-e', 'now+93500'), same, 'problem', 'the signatures of child.parent.test end in 25 hours'),
]


class World:
    """The parent with the DS of the child, as signed; and what is made of the child."""

    def __init__(self, folder, times=GOOD_TIMES, edit=same, ds=same):
        os.mkdir(folder)
        child, child_ds = sign(folder, 'child.parent.test', CHILD, *times)
        parent, self.anchor = sign(folder, 'parent.test', PARENT + ds(child_ds), *GOOD_TIMES)
        self.zones = {'parent.test': parent, 'child.parent.test': edit(child), 'plain.parent.test': PLAIN}
        self.folder = folder

    def check(self, sceau, name='child.parent.test', anchor=None, anchor_file=None, zones=None, resolver=None):
        port = nsd.free_port(ADDRESS)
        if anchor_file is None:
            anchor_file = self.folder + '/anchor'
            with open(anchor_file, 'w') as f:
                f.write(self.anchor if anchor is None else anchor)
        server = nsd.start(tempfile.mkdtemp(dir=self.folder) + '/nsd', ADDRESS, port, zones or self.zones)
        try:
            done = subprocess.run([sceau, 'check', '--json', '--allow-private', '--only', 'dnssec.valid', '--config', '/dev/null', '--selector',
                                   'mine', '--resolver', resolver or '%s@%d' % (ADDRESS, port), '--set', 'check.trust_anchor=' + anchor_file,
                                   name], capture_output=True, text=True, timeout=60)
        finally:
            nsd.stop(server)
        assert done.stderr == '', done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def expect(findings, outcome, text, fix=''):
    assert [f['outcome'] for f in findings] == [outcome], findings
    assert text in (findings[0]['found'] or ''), findings
    assert fix in (findings[0]['fix'] or ''), findings


def wrong_ds(text):
    """The DS of a key that the child has not."""
    return re.sub(r'([0-9A-F]{8})\s*$', lambda m: '00000000' if m[1] != '00000000' else '11111111', text.rstrip()) + '\n'


def zone_case(folder, sceau, times, edit, outcome, text):
    expect(World(folder, times, edit).check(sceau), outcome, text)


def registrar_case(folder, sceau):
    expect(World(folder, ds=wrong_ds).check(sceau), 'problem', 'child.parent.test SOA ' + BOGUS, 'DS at your registrar')


def unsigned_case(folder, sceau):
    expect(World(folder).check(sceau, name='plain.parent.test'), 'info', 'plain.parent.test is not signed')


def anchor_cases(world):
    return [
        ('no such file', dict(anchor_file='/nonexistent/root.key'), 'unknown', '/nonexistent/root.key cannot be read: No such file', 'dns-root-data'),
        ('a folder', dict(anchor_file=world.folder), 'unknown', world.folder + ' cannot be read: Is a directory', 'dns-root-data'),
        ('an empty file', dict(anchor=''), 'unknown', 'has no trust anchor', 'dns-root-data'),
        ('BIND\'s own form', dict(anchor='trust-anchors {\n. static-ds 20326 8 2 "E0";\n};\n'), 'unknown', 'has no trust anchor', 'dns-root-data'),
        ('one digit is wrong', dict(anchor=wrong_ds(world.anchor)), 'unknown', 'do not validate by the trust anchor ' + world.folder, 'dig DNSKEY parent.test'),
        ('a DS that cannot be read', dict(anchor='parent.test. IN DS 1 13 2 0123zz\n'), 'unknown', 'do not validate by the trust anchor', 'mistyped'),
        ('one without owner', dict(anchor=' IN DS 1 13 2 0123\n'), 'unknown', 'has no trust anchor', ''),
        ('comments and a TTL', dict(anchor='; of today\n' + world.anchor.replace(' IN DS', ' 300 IN DS')), 'ok', '', ''),
        ('the keys are not signed', dict(zones={'parent.test': PARENT, 'child.parent.test': CHILD}), 'skipped', 'the resolver does not pass it on', ''),
        ('nobody answers', dict(resolver='%s@%d' % (ADDRESS, nsd.free_port(ADDRESS))), 'unknown', 'no usable answer about the keys of "parent.test"', '--resolver'),
    ]


def main():
    sceau, failed = sys.argv[1], 0
    with tempfile.TemporaryDirectory(prefix='sceau-dnssec.') as folder:
        cases = [(what, lambda place, rest=rest: zone_case(place, sceau, *rest)) for what, *rest in ZONES]
        cases += [('the DS is that of another key', lambda place: registrar_case(place, sceau)),
                  ('a zone that is proved to be unsigned', lambda place: unsigned_case(place, sceau))]
        world = World(folder + '/anchors')
        cases += [('anchor: ' + what, lambda place, arguments=arguments, want=want: expect(world.check(sceau, **arguments), *want))
                  for what, arguments, *want in anchor_cases(world)]
        print('1..%d' % len(cases))
        for number, (what, case) in enumerate(cases, 1):
            try:
                case('%s/%d' % (folder, number))
                print('ok %d - %s' % (number, what), flush=True)
            except Exception as e:  # noqa: whatever went wrong is told
                failed += 1
                print('not ok %d - %s\n# %s' % (number, what, str(e).replace('\n', '\n# ')), flush=True)
    return failed > 0


sys.exit(main())
