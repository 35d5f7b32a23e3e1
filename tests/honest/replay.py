#!/usr/bin/python3
"""replay.py SCEAU-MILTER FOLDER: the corpus of honest indirect mail (tests/data/honest) through a real sceau-milter, in
the default mode and in others. One TAP line a rule."""
import os, re, socket, subprocess, sys, tempfile, time
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'daemon'))
from milter import Client

MILTER, FOLDER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
MODES = {'default': [], 'direct': ['--set', 'policy.mode=reject-direct'], 'hold': ['--set', 'policy.quarantine=hold'],
         'reject': ['--set', 'policy.mode=reject']}
AT_LEAST = 84
# What reject-direct cannot tell from a forgery: never signed, SPF says fail, from a forwarder that publishes nothing and leaves
# no trace but Received.
WITHOUT_EVIDENCE = 'maildrop-unsigned-latin', 'procmail-unsigned-plain'


def corpus():
    with open(os.path.join(FOLDER, 'cases.tsv')) as f:
        columns = f.readline()[2:].rstrip('\n').split('\t')
        return [dict(zip(columns, line.rstrip('\n').split('\t'))) for line in f]


def accepts(path):
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0  # the name is there before the milter listens


def judge(folder, rows, settings):
    """{name: (reply, Authentication-Results, is held)}, reply: accept, reject or tempfail."""
    sock, log = os.path.join(folder, 'm.sock'), os.path.join(folder, 'log')
    with open(log, 'ab') as out:
        p = subprocess.Popen([MILTER, '--listen', 'unix:' + sock, '--state', os.path.join(folder, 'state'), '--dns',
                              os.path.join(FOLDER, 'zone'), '--config', '/dev/null', *settings], stdout=out, stderr=out)
    try:
        for _ in range(200):
            if accepts(sock):
                break
            assert p.poll() is None, open(log).read()
            time.sleep(0.05)
        client, found = Client(sock), {}
        for n, row in enumerate(rows):
            with open(os.path.join(FOLDER, row['name'] + '.eml'), 'rb') as f:
                reply, data, changes = client.send_octets(f.read(), 'Q%d' % n, row['mail_from'], row['client_ip'], row['helo'],
                                                          row['options'])
            added = b''.join(data for code, data in changes if code == b'i' and data[4:].startswith(b'Authentication-R'))
            word = {b'a': 'accept', b'r': 'reject', b'y': 'reject', b't': 'tempfail'}[reply]
            found[row['name']] = (word, added.decode('latin-1'), any(code == b'q' for code, _ in changes))
        client.close()
        return found
    finally:
        p.terminate()
        p.wait(30)


def none_but(found, is_bad, *allowed):
    bad = sorted(name for name, got in found.items() if is_bad(got))
    assert bad == sorted(allowed), bad


def is_refused(got):
    return got[0] != 'accept'


def is_large_enough(rows, _):
    assert len(rows) >= AT_LEAST, len(rows)
    assert len({r['name'] for r in rows}) == len(rows)
    programs = {r['program'].split('-')[0] for r in rows}
    assert len(programs) >= 11 and {'sympa', 'rt'} <= programs, programs


def none_is_refused_or_held_by_default(rows, judged):
    none_but(judged['default'], lambda got: is_refused(got) or got[2])


def verdicts_are_those_of_another_verifier(rows, judged):
    """A signature that dkimpy found whole makes DMARC pass; without one only SPF could, and of the author's domain it
    passes for nobody but the author."""
    for row in rows:
        got = judged['default'][row['name']][1]
        result = re.search(r'dmarc=(\w+)', got).group(1)
        ours = re.search(r'header\.from=([\w.-]*)', got)
        author_is_handler = ours and ours.group(1) in row['helo']
        if row['signature'] == 'survives':
            assert result == 'pass', (row['name'], got)
        elif not author_is_handler:
            assert result == 'fail', (row['name'], got)


def each_kind_is_there(rows, judged):
    """The corpus can fail: part of it passes, part does not, and mode reject refuses that part."""
    results = [re.search(r'dmarc=(\w+)', got[1]).group(1) for got in judged['default'].values()]
    assert results.count('pass') >= 15 and results.count('fail') >= 20, results
    refused = sum(is_refused(got) for got in judged['reject'].values())
    assert refused == results.count('fail'), refused


def reject_direct_refuses_none_with_evidence(rows, judged):
    none_but(judged['direct'], is_refused, *WITHOUT_EVIDENCE)


def lists_are_not_held(rows, judged):
    """With policy.quarantine = hold: two signs of a list, one of them proven, keep it out of the hold queue (L5)."""
    lists = {r['name'] for r in rows if r['program'].startswith(('mlmmj', 'mailman', 'sympa'))}
    assert len(lists) >= 20, len(lists)
    none_but({n: g for n, g in judged['hold'].items() if n in lists}, lambda got: got[2])


def tickets_pass_in_their_own_name(rows, judged):
    """Request Tracker writes as itself, and passes; told to write as the author, it fails."""
    named = {r['name']: r['program'] == 'rt-named' for r in rows if r['program'].startswith('rt-')}
    assert sorted(set(named.values())) == [False, True], named
    for name, is_author in named.items():
        got = judged['default'][name][1]
        assert ('dmarc=fail' if is_author else 'dmarc=pass') in got, (name, got)
        assert ('header.from=tickets.example' in got) != is_author, (name, got)


RULES = [is_large_enough, none_is_refused_or_held_by_default, verdicts_are_those_of_another_verifier, each_kind_is_there,
         reject_direct_refuses_none_with_evidence, lists_are_not_held, tickets_pass_in_their_own_name]


def main():
    rows, judged, failed = corpus(), {}, 0
    for mode, settings in MODES.items():
        with tempfile.TemporaryDirectory() as folder:
            judged[mode] = judge(folder, rows, settings)
    print('1..%d' % len(RULES))
    for n, rule in enumerate(RULES, 1):
        try:
            rule(rows, judged)
            print('ok %d - %s' % (n, rule.__name__))
        except AssertionError as e:
            failed += 1
            print('not ok %d - %s\n# %s' % (n, rule.__name__, str(e).replace('\n', '\n# ')))
    for mode, found in judged.items():
        print('# %s: %d messages, %d refused, %d held' % (mode, len(found), sum(is_refused(g) for g in found.values()),
                                                         sum(g[2] for g in found.values())))
    return 1 if failed else 0


sys.exit(main())
