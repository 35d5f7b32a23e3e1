#!/usr/bin/python3
"""rotate.py SCEAU: the life of keys against two real name servers, on 127.0.0.1 and 127.0.0.2. One TAP line a case."""
import os, socket, sqlite3, subprocess, sys, tempfile, time, traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'dns'))
import nsd
from store import DAY, T, Store, write_journal

ADDRESSES = '127.0.0.1', '127.0.0.2'
ZONE = '''$ORIGIN example.org.
$TTL 7200
@ SOA ns1 host %d 3600 600 86400 900
@ NS ns1
@ NS ns2
ns1 A 127.0.0.1
ns2 A 127.0.0.2
'''
TTL = 7200
NS1, NS2 = 'ns1.example.org [127.0.0.1]', 'ns2.example.org [127.0.0.2]'


class Servers:
    """Both, with the lines that are in the zone besides; None: that one does not run."""

    def __init__(self, folder):
        self.folder, self.port, self.serial = folder, nsd.free_port(*ADDRESSES), 0
        self.running, self.served = {}, {}

    def serve(self, *lines):
        """For the first, for the second; one that has them already is left running."""
        for address, text in zip(ADDRESSES, lines):
            if address in self.running and self.served[address] == text:
                continue
            if address in self.running:
                nsd.stop(self.running.pop(address))
            if text is not None:
                self.serial += 1
                self.served[address] = text
                self.running[address] = nsd.start('%s/%d' % (self.folder, self.serial), address, self.port,
                                                  {'example.org': ZONE % self.serial + text})

    def stop(self):
        while self.running:
            nsd.stop(self.running.popitem()[1])

    def store(self, sceau, *args):
        return Store(sceau, self.folder + '/state', '--resolver', '127.0.0.1@%d' % self.port, '--set',
                     'check.dns_port=%d' % self.port, *args)


def until_active(servers, store, *selectors, now=T):
    """Publish what there is, and wait for the TTL; gives the time of the last step."""
    lines = ''.join(store.record(s) for s in selectors)
    servers.serve(lines, lines)
    store.steps(now)
    store.steps(now + TTL)
    return now + TTL


def first_key(servers, sceau):
    s = servers.store(sceau)
    s.run('key', 'add', '-d', 'example.org', '-s', 's1')
    servers.serve('', '')
    assert s.steps(T) == {'s1': ('missing', NS1)}, s.steps(T)
    servers.serve(s.record('s1'), '')
    assert s.steps(T) == {'s1': ('missing', NS2)}
    servers.serve(s.record('s1'), s.record('s1').replace('p=MII', 'p=MIJ'))
    assert s.steps(T) == {'s1': ('missing', NS2)}, 'another record on the second'
    servers.serve(s.record('s1'), None)
    assert s.steps(T, status=3) == {'s1': ('unknown', NS2)}, 'the second does not answer'
    servers.serve(s.record('s1'), s.record('s1'))
    assert s.steps(T) == {'s1': ('published', None)}
    assert s.steps(T + TTL - 1) == {'s1': ('waiting', None)}
    assert s.keys() == {'s1': 'next'}
    assert s.steps(T + TTL) == {'s1': ('activated', None)}
    assert s.keys() == {'s1': 'active'}
    assert s.steps(T + TTL) == {'s1': ('none', None)}, 'a step that was done is not due again'


def printed_record_verifies(servers, sceau):
    s = servers.store(sceau)
    for selector, kind in (('r', 'rsa'), ('e', 'ed25519')):
        s.run('key', 'add', '-d', 'example.org', '-s', selector, '--type', kind, '-b' if kind == 'rsa' else '--set',
              '4096' if kind == 'rsa' else 'keys.grace=1d')
    until_active(servers, s, 'r', 'e')
    message = servers.folder + '/m.eml'
    with open(message, 'w') as f:
        f.write('From: ann@example.org\nSubject: hi\n\nHello\n')
    signed = subprocess.run([sceau, 'sign', '--key', s.pem('r'), '--selector', 'r', '--key', s.pem('e'), '--selector', 'e',
                             '--domain', 'example.org', message], capture_output=True, check=True).stdout
    with open(message, 'wb') as f:
        f.write(signed)
    verdict = subprocess.run([sceau, 'verify', '--json', '--config', '/dev/null', '--resolver', '127.0.0.1@%d' % servers.port,
                              message], capture_output=True, text=True).stdout
    assert verdict.count('"result":"pass"') >= 2 and '"bits":4096' in verdict, verdict


def in_the_parents_zone(servers, sceau):
    s = servers.store(sceau)
    s.run('key', 'add', '-d', 'proxy-1.example.org', '-s', 's1', '--type', 'ed25519')
    lines = s.record('s1', 'proxy-1.example.org', zone='example.org')
    servers.serve(lines, lines)
    assert s.steps(T) == {'s1': ('published', None)}
    lines = s.record('s1', 'proxy-1.example.org')
    servers.serve(lines, lines)
    assert s.steps(T, status=1) == {'s1': ('lost', NS1)}, 'pasted as zmdkimkeyutil prints it: nobody finds it'


def behind_an_alias(servers, sceau):
    s = servers.store(sceau)
    s.run('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    lines = s.record('s1').replace('s1._domainkey', 's1.keys') + 's1._domainkey CNAME s1.keys\n'
    servers.serve(lines, lines)
    assert s.steps(T) == {'s1': ('published', None)}
    servers.serve(lines, 's1._domainkey CNAME s1.keys\n')
    assert s.steps(T + TTL, status=1) == {'s1': ('lost', NS2)}


def a_second_key(servers, sceau):
    s = servers.store(sceau)
    s.run('key', 'add', '-d', 'example.org', '-s', 's1')
    now = until_active(servers, s, 's1')
    s.run('key', 'update', '-d', 'example.org', '-s', 's2', now=now)
    assert s.keys() == {'s1': 'active', 's2': 'next'}
    assert s.steps(now)['s2'] == ('missing', NS1)
    now = until_active(servers, s, 's1', 's2', now=now)
    assert s.keys() == {'s1': 'retiring', 's2': 'active'}
    assert s.steps(now)['s1'] == ('grace', None)
    end = now + 30 * DAY
    assert s.steps(end)['s1'] == ('unproven', None), 'without a journal nothing tells that it is not used'
    write_journal(s.state, [(now - DAY, '', ''), (now + 10 * DAY, 'example.org', 'S1')])
    assert s.steps(end)['s1'] == ('used', None)
    assert s.steps(now + 40 * DAY - 1)['s1'] == ('used', None)
    assert os.path.exists(s.pem('s1'))
    assert 'remove its record from the zone' in s.run('key', 'rotate', now=now + 40 * DAY)
    assert s.keys() == {'s1': 'revoked', 's2': 'active'} and not os.path.exists(s.pem('s1'))


def a_young_journal(servers, sceau):
    s = servers.store(sceau)
    s.run('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    now = until_active(servers, s, 's1')
    s.run('key', 'remove', '-d', 'example.org', now=now)
    assert s.keys() == {'s1': 'retiring'} and os.path.exists(s.pem('s1'))
    end = now + 30 * DAY
    write_journal(s.state, [(end - 29 * DAY, '', '')])
    assert s.steps(end)['s1'] == ('unproven', None)
    assert s.steps(end + DAY)['s1'] == ('revoked', None)


def retired_long_ago(s, servers, now=T):
    """s1 has signed and is retired; the time at which its grace is over."""
    s.run('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    now = until_active(servers, s, 's1')
    s.run('key', 'remove', '-d', 'example.org', now=now)
    return now + 30 * DAY


def a_journal_that_cannot_be_read(servers, sceau):
    """What is missing may have been a use: the revocation waits, and it is said why."""
    s = servers.store(sceau)
    end = retired_long_ago(s, servers)
    write_journal(s.state, [(end - 31 * DAY, '', '')])
    segment, bad = s.state + '/journal/host-1-1', s.state + '/journal/host-1-2'
    os.mkdir(bad)
    assert s.steps(end, status=3)['s1'] == ('unreadable', None)
    said = s.run('key', 'rotate', now=end, status=3)
    assert 'Its record stays: not all of the journal can be read (%s: Is a directory)' % bad in said, said
    assert s.keys() == {'s1': 'retiring'}
    os.rmdir(bad)
    with open(segment, 'rb') as f:
        good = f.read()
    with open(segment, 'wb') as f:  # a record that cannot be read, between two that can
        f.write(good + b'x' + good)
    assert s.steps(end, status=3)['s1'] == ('unreadable', None)
    with open(segment, 'wb') as f:  # its writer died at the end
        f.write(good + good[:-1])
    assert s.steps(end)['s1'] == ('revoked', None)


def what_was_only_signed_is_a_use(servers, sceau):
    s = servers.store(sceau)
    end = retired_long_ago(s, servers)
    write_journal(s.state, [(end - 60 * DAY, '', ''), (end - DAY, 'example.org', 's1', 'sub.example.org')])
    assert s.steps(end)['s1'] == ('used', None)
    write_journal(s.state, [(end - 60 * DAY, '', ''), (end - DAY, 'other.example', 's1', 'example.org')])
    assert s.steps(end)['s1'] == ('revoked', None), 'the selector of another domain'


def old_segments_are_not_read(servers, sceau):
    """Whatever stands in one that nobody wrote to since the grace began: it is there, so the journal reaches back."""
    s = servers.store(sceau)
    now = int(time.time())
    end = retired_long_ago(s, servers, now=now - 32 * DAY)
    s.steps(end)
    write_journal(s.state, [(now - DAY, '', '')])
    os.rename(s.state + '/journal/host-1-1', s.state + '/journal/host-1-2')
    assert s.steps(now)['s1'][0] == 'unproven', 'the journal is a day old'
    write_journal(s.state, [(now - DAY, 'example.org', 's1')])  # would be a use, if it were read
    os.utime(s.state + '/journal/host-1-1', (now - 40 * DAY,) * 2)
    assert s.steps(now)['s1'] == ('revoked', None)


def silent_servers_stall_nobody(servers, sceau):
    """Eight domains whose second name server is silent take the time of one, and not of eight."""
    took = []
    for count in 1, 8:
        s = servers.store(sceau, '--set', 'milter.state=x')
        s.state = servers.folder + '/state%d' % count
        domains = ['d%d.example.org' % n for n in range(count)]
        s.run('key', 'add', '-s', 's1', '--type', 'ed25519', *[w for d in domains for w in ('-d', d)])
        servers.serve(''.join(s.record('s1', d, zone='example.org') for d in domains), None)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind((ADDRESSES[1], servers.port))  # takes questions, and says nothing
            start = time.monotonic()
            told = s.run('key', 'rotate', '--json', status=3)
            took.append(time.monotonic() - start)
        assert told.count('"step":"unknown"') == count and told.count(NS2) == count, told
    assert took[1] < 3 * took[0] + 1, took


def settings(servers, sceau):
    s = servers.store(sceau, '--set', 'keys.grace=2d', '--set', 'keys.evidence=no')
    s.run('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    now = until_active(servers, s, 's1')
    s.run('key', 'remove', '-d', 'example.org', now=now)
    assert s.steps(now + 2 * DAY - 1)['s1'] == ('grace', None)
    assert s.steps(now + 2 * DAY)['s1'] == ('revoked', None)


def a_key_grows_old(servers, sceau):
    s = servers.store(sceau, '--set', 'keys.lifetime=90d')
    s.run('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    now = until_active(servers, s, 's1')
    s.steps(now + 90 * DAY - 1)
    assert list(s.keys()) == ['s1']
    assert '_domainkey\tIN\tTXT' in s.run('key', 'rotate', now=now + 90 * DAY), 'the new record is printed'
    assert sorted(s.keys().values()) == ['active', 'next']
    s.steps(now + 91 * DAY)
    assert len(s.keys()) == 2, 'one at a time'


def recheck(servers, sceau):
    s = servers.store(sceau)
    s.run('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    now = until_active(servers, s, 's1')
    servers.serve(s.record('s1'), '')
    assert s.steps(now + DAY - 1) == {'s1': ('none', None)}, 'once a day'
    assert s.steps(now + DAY, status=1) == {'s1': ('alarm', NS2)}
    assert 'there is no record (%s)' % NS2 in s.run('key', 'rotate', '--quiet', now=now + DAY, status=1)
    assert s.keys() == {'s1': 'active'}, 'it goes on: the alarm is for a person'
    servers.serve(s.record('s1'), s.record('s1') + s.record('s1').replace('k=ed25519; ', 'k=ed25519; n=x; '))
    assert s.steps(now + DAY, status=1) == {'s1': ('alarm', NS2)}, 'two records at one name'
    servers.serve(s.record('s1'), None)
    assert s.steps(now + DAY, status=3) == {'s1': ('unknown', NS2)}
    servers.serve(s.record('s1'), s.record('s1'))
    assert s.steps(now + DAY) == {'s1': ('confirmed', None)}
    s.run('key', 'remove', '-d', 'example.org', now=now + DAY)
    servers.serve('', '')
    assert s.steps(now + 2 * DAY, status=1) == {'s1': ('alarm', NS1)}, 'somebody removed the record at once'


def alias_domains(servers, sceau):
    s = servers.store(sceau)
    s.run('key', 'add', '-d', 'example.org', '-d', 'alias.example.org', '-s', 'mail', '--type', 'ed25519')
    lines = s.record('mail') + s.record('mail', 'alias.example.org', zone='example.org')
    assert s.record('mail').split('p=')[1] != s.record('mail', 'alias.example.org').split('p=')[1]
    servers.serve(lines, lines)
    s.run('key', 'rotate')
    s.run('key', 'rotate', now=T + TTL)
    assert s.keys() == s.keys('alias.example.org') == {'mail': 'active'}
    checked = subprocess.run([sceau, 'check', '--json', '--passed', '--only', 'dkim.published', '--config', '/dev/null', '--resolver',
                              '127.0.0.1@%d' % servers.port, '--set', 'milter.state=' + s.state, 'example.org'],
                             capture_output=True, text=True).stdout
    assert '"outcome":"ok"' in checked, checked


def nobody_is_there(servers, sceau):
    s = servers.store(sceau)
    s.run('key', 'add', '-d', 'example.org', '-s', 's1', '--type', 'ed25519')
    assert s.steps(T, status=3) == {'s1': ('unknown', None)}


def what_reporters_see_is_a_use(servers, sceau):
    """A copy of the key may sign elsewhere: no journal here knows, reporters do. What fails is no use: anybody can send it."""
    s = servers.store(sceau)
    end = retired_long_ago(s, servers)
    write_journal(s.state, [(end - 60 * DAY, '', '')])
    s.run('report', 'ingest', '--quiet', '/dev/null', now=end, status=65)
    place = os.path.join(s.state, 'store.db')
    db = sqlite3.connect(place)
    today = end // DAY
    db.execute("INSERT INTO day_total VALUES ('example.org', 'example.org', ?, 1, 2, 1, 7)", (today - 3,))
    db.execute("INSERT INTO day_reporter VALUES ('example.org', ?, 'r.test', 7, 0, 1, 60)", (today - 3,))
    db.execute("INSERT INTO day_key VALUES ('example.org', ?, 'example.org', 'S1', 'r.test', 7, 1)", (today - 3,))
    db.execute("INSERT INTO day_key VALUES ('example.org', ?, 'example.org', 's1', 'r.test', 0, 99)", (today,))
    db.commit()
    assert s.steps(end)['s1'] == ('used', None)
    assert s.steps((today - 2) * DAY + 30 * DAY - 1)['s1'] == ('used', None)
    with open(place, 'rb') as f:
        good = f.read()
    db.close()
    with open(place, 'wb') as f:
        f.write(b'no database at all' * 999)
    assert s.steps((today - 2) * DAY + 31 * DAY, status=3)['s1'] == ('unreadable', None)
    with open(place, 'wb') as f:
        f.write(good)
    for ending in ('-wal', '-shm'):
        if os.path.exists(place + ending):
            os.unlink(place + ending)
    assert s.steps((today - 2) * DAY + 31 * DAY)['s1'] == ('revoked', None)


CASES = [
    ('a first key: on every server, then the TTL, then it signs', first_key),
    ('what is printed, published and signed with verifies, RSA-4096 and Ed25519', printed_record_verifies),
    ("a subdomain's record in its parent's zone", in_the_parents_zone),
    ('a record behind an alias', behind_an_alias),
    ('a second key: grace, evidence of no use, revoked', a_second_key),
    ('a journal that is too young proves nothing', a_young_journal),
    ('a journal that cannot be read postpones', a_journal_that_cannot_be_read),
    ('a signature of a listener that only signs is a use', what_was_only_signed_is_a_use),
    ('what reporters see is a use; a store that cannot be read postpones', what_reporters_see_is_a_use),
    ('segments older than the grace are not read', old_segments_are_not_read),
    ('silent name servers delay their own domains alone', silent_servers_stall_nobody),
    ('keys.grace and keys.evidence', settings),
    ('keys.lifetime', a_key_grows_old),
    ('the record of a key in use is looked at once a day', recheck),
    ('alias domains have pairs of their own, and sceau check knows them', alias_domains),
    ('no name server at all', nobody_is_there),
]


def main():
    failed = 0
    print('1..%d' % len(CASES))
    for number, (what, case) in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory(prefix='sceau-rotate.') as folder:
            servers = Servers(folder)
            try:
                case(servers, os.path.abspath(sys.argv[1]))
                print('ok %d - %s' % (number, what), flush=True)
            except Exception:  # noqa: whatever went wrong is told
                failed += 1
                print('not ok %d - %s\n# %s' % (number, what, traceback.format_exc().replace('\n', '\n# ')), flush=True)
            finally:
                servers.stop()
    return failed > 0


sys.exit(main())
