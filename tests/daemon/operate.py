#!/usr/bin/python3
"""operate.py SCEAU SCEAU-MILTER [NAME...]: what an administrator does with a running sceau-milter: shadow mode, the
cache, metrics, reload. One TAP line a test."""
import json, os, pwd, re, socket, stat, subprocess, sys, time
import yaml
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import SCEAU, Daemon
from milter import Client, added
from nameserver import Nameserver
from tap import Skip, run_tests, spawn, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS = {'reject.test': 'v=spf1 ip4:192.0.2.1 -all', '_dmarc.reject.test': 'v=DMARC1; p=reject'}


def sceau(d, *args):
    """(status, standard output, standard error) of the command line, told of this milter's state directory."""
    run = subprocess.run([SCEAU, *args, '--set', 'milter.state=' + d.state], capture_output=True, encoding='utf-8',
                         timeout=60)
    return run.returncode, run.stdout, run.stderr


def check_exposition(text):
    """Prometheus' text format, strictly: HELP and TYPE once and before their samples, which stand together; no series
    twice; histograms that add up."""
    assert text.endswith('\n')
    family, seen, series, kind = None, set(), {}, None
    for line in text.splitlines():
        m = re.fullmatch(r'# HELP ([a-z_:]+) ([^\\\n]+)', line)
        if m:
            family, kind = m[1], None
            assert family not in seen, 'twice: ' + family
            seen.add(family)
            continue
        m = re.fullmatch(r'# TYPE ([a-z_:]+) (counter|gauge|histogram)', line)
        if m:
            assert m[1] == family and kind is None, line
            kind = m[2]
            assert (kind == 'counter') == family.endswith('_total'), line
            continue
        m = re.fullmatch(r'([a-z_:]+)((?:\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})?) (\d+(?:\.\d+)?)', line)
        assert m and kind, line
        assert m[1] in ([family + x for x in ('_bucket', '_sum', '_count')] if kind == 'histogram' else [family]), line
        assert m[1] + m[2] not in series, 'twice: ' + line
        series[m[1] + m[2]] = float(m[3])
    buckets = [v for k, v in series.items() if k.startswith('sceau_message_seconds_bucket')]
    assert buckets == sorted(buckets) and buckets[-1] == series['sceau_message_seconds_count'], buckets
    return series


def check_rules(series):
    """Each sample alert speaks of figures that there are."""
    with open(os.path.join(HERE, '..', '..', 'doc', 'examples', 'sceau.rules.yml')) as f:
        rules = [r for g in yaml.safe_load(f)['groups'] for r in g['rules']]
    for rule in rules:
        named = set(re.findall(r'\b(?:sceau|process)_[a-z_]+', rule['expr']))
        assert named and named <= {k.split('{')[0] for k in series}, (rule['alert'], named)
        assert rule['annotations']['summary'] and rule['labels']['severity'] in ('page', 'ticket'), rule


def shadow_changes_nothing(tmp):
    d = Daemon(tmp, config='[milter]\nshadow = yes\nshadow_authserv_id = old.example\n'
                           '[policy]\nmode = reject\nquarantine = both\n[journal]\non_error = tempfail\n'
                           '[list "dev@receiver.example"]\nrefuse_restrictive = yes\n')
    theirs = lambda text: ('Authentication-Results', 'old.example; ' + text)  # noqa: E731
    good = dict(ip='192.0.2.1')
    # A journal that cannot be written stops nobody's mail here.
    os.rename(os.path.join(d.state, 'journal'), os.path.join(tmp, 'kept'))
    assert d.client().send('S0')[0] == b'a'
    os.rename(os.path.join(tmp, 'kept'), os.path.join(d.state, 'journal'))
    c = d.client()
    assert c.actions == 0, 'nothing that a message could be changed by is asked for'
    for ident, fields, more in (
            ('S1', [theirs('spf=fail smtp.mailfrom=reject.test; dkim=none; dmarc=fail')], {}),
            ('S2', [theirs('spf=pass smtp.mailfrom=reject.test; dmarc=pass (p=reject) header.from=reject.test')], {}),
            ('S3', [theirs('dmarc=pass')], good),
            ('S4', [('Authentication-Results', 'mx.receiver.example; dmarc=fail')], good),
            ('S5', [theirs('dmarc=fail'), ('X-DMARC-Fail-Policy', 'reject'), ('X-Spam-Flag', 'YES')], {}),
            ('S6', [('From', 'second@example.org'), theirs('dmarc=permerror')], {})):
        assert c.send(ident, fields=fields, **more) == (b'a', b'', []), ident
    # What cannot even be judged goes on as well: MAIL is missing.
    c.put(b'D', b'Mi\0S7\0')
    c.command(b'R', b'<bob@receiver.example>\0')
    assert c.command(b'E') == (b'c', b'')
    log = d.log().splitlines()
    for line in ('S2: shadow=spf theirs="pass" ours="fail" domain="reject.test"',
                 'S2: shadow=dmarc theirs="pass" ours="fail" domain="reject.test"',
                 'S1: shadow=action theirs="accept" ours="reject" domain="reject.test"',
                 'S5: shadow=action theirs="quarantine" ours="reject" domain="reject.test"'):
        assert line in log, (line, log)
    assert not any(x.startswith(('S3: shadow', 'S4: shadow', 'S1: shadow=spf')) for x in log), log
    assert any(x.startswith('S1: would=reject ') for x in log) and not any(' action=' in x for x in log), log
    records = {r['queue_id']: r['shadow'] for r in d.journal()}
    assert records['S3'] == {'compared': ['dmarc', 'action'], 'differences': [], 'more': 0}, records
    assert records['S4'] == {'compared': [], 'differences': [], 'more': 0}, records
    assert d.stop() == 0

    run = subprocess.run([SCEAU, 'shadow', 'report', '--json', '--set', 'milter.state=' + d.state], capture_output=True,
                         text=True)
    told = json.loads(run.stdout)
    assert run.returncode == 1 and (told['messages'], told['compared'], told['agreed']) == (6, 5, 1), told
    assert told['methods']['spf'] == {'compared': 2, 'same': 1} and told['methods']['arc']['compared'] == 0, told
    assert told['methods']['dkim'] == {'compared': 1, 'same': 1} and told['methods']['dmarc']['same'] == 4, told
    first = told['differences'][0]
    assert (first['method'], first['theirs'], first['ours'], first['count']) == ('action', 'accept', 'reject', 2), told
    assert first['examples'][0] == {'queue_id': 'S1', 'domain': 'reject.test'}, told
    run = subprocess.run([SCEAU, 'shadow', 'report', os.path.join(d.state, 'journal')], capture_output=True, text=True)
    assert re.search(r'^dmarc +5 +4 +80\.00 %$', run.stdout, re.M), run.stdout
    assert re.search(r'^ +1  dmarc   pass        fail        S2 \(reject\.test\)$', run.stdout, re.M), run.stdout
    # In French the columns stand as well: their headings have letters of two octets.
    french = subprocess.run([SCEAU, 'shadow', 'report', os.path.join(d.state, 'journal'), '--lang', 'fr'], capture_output=True,
                            encoding='utf-8').stdout
    assert '\nméthode    comparés identiques\n' in french and \
           '\n    fois  méthode le leur     le nôtre    par exemple\n' in french, french
    assert re.search(r'^dmarc +5 +4 +80\.00 %$', french, re.M), french
    with open(os.path.join(d.state, 'milter.prom')) as f:
        text = f.read()
    assert 'sceau_shadow_differences_total{method="spf"} 1\n' in text and \
           'sceau_shadow_compared_total{method="dmarc"} 5\n' in text and 'sceau_shadow_silent_total 2\n' in text, text
    # And in JSON, after a reload; then no shadow any more.
    d = Daemon(tmp, config='[milter]\nshadow = yes\nshadow_authserv_id = old.example\n[log]\nformat = json\n')
    d.client().send('J1', fields=[theirs('dmarc=pass reason="\\"; x" header.from=x'), theirs('dkim=pass header.d=\xe9.test')])
    d.configure('[policy]\nmode = reject\n')
    d.reload('was read anew')
    assert d.client().send('R1')[0] == b'y'
    events = [json.loads(x) for x in d.log().splitlines() if x.startswith('{') and '"J1"' in x]
    assert [(e['theirs'], e['ours'], e['domain']) for e in events if 'theirs' in e] == \
           [('pass', 'none', 'xn--9ca.test'), ('pass', 'fail', 'reject.test'), ('accept', 'quarantine', 'reject.test')], events
    assert events[-1]['shadow']['compared'] == ['dkim', 'dmarc', 'action'], events
    assert d.stop() == 0


def metrics(tmp):
    d = Daemon(tmp, config='[policy]\nmode = reject\n')
    path = os.path.join(d.state, 'milter.prom')
    wait_for('a first file', lambda: os.path.exists(path))
    c = d.client()
    c.send('M1')
    c.send('M2', ip='192.0.2.1')
    c.close()
    assert d.stop() == 0
    with open(path) as f:
        text = f.read()
    values = dict(line.rsplit(' ', 1) for line in text.splitlines() if not line.startswith('#'))
    for name, want in (('sceau_messages_total{dmarc="fail"}', 1), ('sceau_messages_total{dmarc="pass"}', 1),
                       ('sceau_actions_total{action="reject"}', 1), ('sceau_actions_total{action="accept"}', 1),
                       ('sceau_message_seconds_count', 2), ('sceau_message_seconds_bucket{le="+Inf"}', 2),
                       ('sceau_connections_total', 1), ('sceau_connections', 0), ('sceau_threads', 0),
                       ('sceau_journal_lost_total', 0), ('sceau_spf_total{result="fail"}', 1),
                       ('sceau_spf_total{result="pass"}', 1), ('sceau_dkim_total{result="none"}', 2),
                       ('sceau_arc_total{result="none"}', 2), ('sceau_held_total', 0)):
        assert float(values[name]) == want, (name, values.get(name))
    assert 4 < int(values['process_open_fds']) < 100 and int(values['process_resident_memory_bytes']) > 1 << 20
    check_exposition(text)
    assert os.listdir(d.state).count('milter.prom.new') == 0


def cache_of_the_running_milter(tmp):
    server = Nameserver(RECORDS)
    d = Daemon(tmp, zone=None, config='[dns]\nresolver = %s\n[verify]\niprev = no\n' % server.where)
    assert sceau(d, 'cache', 'list', '--json') == (0, '', ''), 'nothing was asked yet'
    assert d.client().send('C1', ip='192.0.2.1')[0] == b'a'
    status, out, err = sceau(d, 'cache', 'list', '--json')
    items = {(i['name'], i['type']): i for i in map(json.loads, out.splitlines())}
    record = items['_dmarc.reject.test', 'TXT']
    assert status == 0 and record['status'] == 'NOERROR' and record['records'] == 1 and 200 < record['left'] <= 300, (out, err)
    assert items['mail.reject.test', 'TXT']['status'] == 'NXDOMAIN', items
    status, out, _ = sceau(d, 'cache', 'list', '_DMARC.Reject.Test.')
    assert status == 0 and re.search(r'^ +4m \d\ds  TXT +NOERROR +1 +\d+  _dmarc\.reject\.test$', out, re.M), out
    assert out.endswith('\n1 answers\n'), out
    # Flushed: asked again; the rest is still known.
    asked = len(server.asked)
    assert d.client().send('C2', ip='192.0.2.1')[0] == b'a' and len(server.asked) == asked, 'all from the cache'
    assert sceau(d, 'cache', 'flush', '_dmarc.reject.test', '--json')[1] == '{"forgotten":1}\n'
    server.records = dict(RECORDS, **{'_dmarc.reject.test': 'v=DMARC1; p=none'})
    assert d.client().send('C3', ip='192.0.2.1')[0] == b'a'
    assert server.asked[asked:] == [('_dmarc.reject.test', 16)], server.asked[asked:]
    assert d.journal()[-1]['dmarc']['record'] == 'v=DMARC1; p=none'
    assert sceau(d, 'cache', 'flush')[1] == '%d answers forgotten\n' % len(items)
    assert sceau(d, 'cache', 'list')[1] == '0 answers\n'
    assert sceau(d, 'cache', 'list', '--lang', 'fr')[:2] == (0, 'réponses\u00a0: 0\n')
    assert sceau(d, 'cache', 'flush', '--lang', 'fr')[1] == 'réponses oubliées\u00a0: 0\n'
    # Nonsense on the socket, and silence, stop nobody.
    path = os.path.join(d.state, 'control.sock')
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    silent = socket.socket(socket.AF_UNIX)
    silent.connect(path)
    silent.close()
    for nonsense, says in ((b'drop everything\n', b'error expected a command'), (b'x' * 5000, b''), (b'cache list a b\n', b'error expected a name')):
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        try:
            s.sendall(nonsense)
            got = s.recv(200)
        except ConnectionError:
            got = b''
        assert got.startswith(says), (nonsense, got)
        s.close()
    assert sceau(d, 'cache', 'list')[0] == 0
    assert 'is refused' not in d.log() and d.stop() == 0
    assert not os.path.exists(path)
    status, out, err = sceau(d, 'cache', 'list')
    assert status == 75 and out == '' and err.endswith('no sceau-milter runs with this state directory\n'), (status, err)
    server.close()


def no_cache_with_a_zone_file(tmp):
    d = Daemon(tmp)
    status, out, err = sceau(d, 'cache', 'list')
    assert status == 2 and 'there is no cache' in err, (status, err)
    assert sceau(d, 'cache', 'flush', 'a..b')[0] == 64
    assert d.stop() == 0


def control_socket_of_another_user(tmp):
    if os.geteuid() != 0:
        raise Skip('not root')
    d = Daemon(tmp, config='[milter]\nuser = nobody\n')
    path = os.path.join(d.state, 'control.sock')
    info = os.stat(path)
    assert info.st_uid == pwd.getpwnam('nobody').pw_uid and stat.S_IMODE(info.st_mode) == 0o600
    assert sceau(d, 'cache', 'list')[0] == 2, 'root may ask'
    try:
        other = subprocess.run([SCEAU, 'cache', 'list', '--set', 'milter.state=' + d.state], capture_output=True, text=True,
                               user='daemon', group='daemon', extra_groups=[], cwd='/')
    except PermissionError:  # a clone in /root
        d.stop()
        raise Skip('other users do not reach this program')
    assert other.returncode == 75 and 'Permission denied' in other.stderr, other
    assert d.stop() == 0 and not os.path.exists(path)
    assert 'is refused' not in d.log(), d.log()


def held_where_the_administrator_wants(tmp):
    d = Daemon(tmp, config='[policy]\nquarantine = hold\n')
    code, _, changes = d.client().send('H1')
    assert code == b'a' and [c for c, _ in changes].count(b'q') == 1, changes
    assert not {'X-DMARC-Fail-Policy', 'X-Spam-Flag'} & set(added(changes)), 'hold alone marks nothing'
    d.configure('[policy]\nquarantine = both\n')
    d.reload('was read anew')
    _, _, changes = d.client().send('H2')
    assert [c for c, _ in changes].count(b'q') == 1 and 'X-DMARC-Fail-Policy' in added(changes), changes
    assert d.client().send('H3', ip='192.0.2.1')[2][-1][0] != b'q', 'mail that passes is held never'
    # What is exempt is told by its reason's type.
    d.configure('[policy]\nquarantine = both\nexempt_senders = reject.test\n')
    d.p.send_signal(1)
    wait_for('the second reload', lambda: d.log().count('was read anew') == 2)
    _, _, changes = d.client().send('H4')
    assert b'q' not in [c for c, _ in changes], changes
    assert d.stop() == 0
    with open(os.path.join(d.state, 'milter.prom')) as f:
        series = check_exposition(f.read())
    assert series['sceau_held_total'] == 2 and series['sceau_actions_total{action="quarantine"}'] == 2, series
    # p=reject that is treated as quarantine, twice, and the exempt sender
    assert series['sceau_overrides_total{type="local_policy"}'] == 3, series
    assert [(r['queue_id'], r['held']) for r in d.journal()] == [('H1', True), ('H2', True), ('H3', False), ('H4', False)]


def hostile_values_stay_in_their_line(tmp):
    helo = 'a" action=accept\r\nFORGED: action=accept\x1b[2J\u00e9'
    for form in 'text', 'json':
        d = Daemon(tmp, config='[log]\nformat = %s\n' % form)
        before = len(d.log().splitlines())
        c = d.client()
        c.command(b'C', b'mail.reject.test\0004\x04\x01198.51.100.7\0')
        c.command(b'H', helo.encode() + b'\0')
        c.put(b'D', b'Mi\0Q"\n7\0{auth_authen}\0eve"\r\nX: y\0')
        c.command(b'M', b'<"a\\"b\r\n"@reject.test>\0')
        c.command(b'R', b'<bob@receiver.example>\0')
        c.command(b'L', b'From\0"x\r\n y" <ann@reject.test>, \xff\0')
        c.put(b'E')
        while c.get()[0] not in b'acdrty':
            pass
        lines = d.log().splitlines()[before:]
        lines = [x for x in lines if x not in ('ready', '')]
        assert len(lines) == 1 and all(' ' <= x <= '~' or form == 'json' for x in lines[0]), lines
        if form == 'json':
            event = json.loads(lines[0])
            assert event['queue_id'] == 'Q"\n7' and event['login'] == 'eve"\r\nX: y', event
            assert list(event)[0] == 'queue_id', event
        else:
            assert lines[0].startswith('"Q\\"\\x0a7": action=') and 'login="eve\\"\\x0d\\x0aX: y"' in lines[0], lines
        c.close()
        assert d.stop() == 0


def reload_of_everything(tmp):
    first, second = Nameserver(RECORDS), Nameserver({'reject.test': 'v=spf1 -all'})
    text = '[milter]\nconnections_max = %d\n%s[dns]\nresolver = %s\n[verify]\niprev = no\n'
    d = Daemon(tmp, zone=None, config=text % (1, '', first.where))
    old = d.client()
    assert old.send('A1', ip='192.0.2.1')[0] == b'a' and first.asked
    waiting = socket.socket(socket.AF_UNIX)
    waiting.connect(d.sock)
    waiting.sendall(b'\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\0\0\0')
    waiting.settimeout(0.5)
    try:
        raise AssertionError('served beyond the limit: %r' % waiting.recv(9))
    except socket.timeout:
        pass
    # The same DNS: its cache stays. More room: who waited is served.
    d.configure(text % (4, 'listen = unix:%s/new.sock\nuser = nobody\n' % tmp, first.where))
    asked = len(first.asked)
    d.reload('was read anew')
    waiting.settimeout(20)
    assert waiting.recv(100)[4:5] == b'O'
    assert d.client().send('A2', ip='192.0.2.1')[0] == b'a' and len(first.asked) == asked
    for name in 'listen', 'user':
        assert 'milter.%s has changed: that needs a restart' % name in d.log(), d.log()
    assert 'milter.state' not in d.log()
    # Another resolver, for those who come now; who was there keeps the one it knows.
    d.configure(text % (4, '', second.where))
    d.p.send_signal(1)
    wait_for('the second reload', lambda: d.log().count('was read anew') == 2)
    assert d.client().send('A3', ip='192.0.2.1')[0] == b'a' and ('reject.test', 16) in second.asked
    assert old.send('A4', ip='192.0.2.1')[0] == b'a'
    results = {r['queue_id']: r['dmarc']['result'] for r in d.journal()}
    assert results == {'A1': 'pass', 'A2': 'pass', 'A3': 'none', 'A4': 'pass'}, results
    assert d.stop() == 0
    with open(os.path.join(d.state, 'milter.prom')) as f:
        check_rules(check_exposition(f.read()))


def owner_of_a_socket(tmp):
    if os.geteuid() != 0:
        raise Skip('not root')
    path = os.path.join(tmp, 'o.sock')
    d = Daemon(tmp, '--listen', 'unix:%s,owner=nobody,group=daemon,mode=0620' % path)
    info = os.stat(path)
    assert info.st_uid == pwd.getpwnam('nobody').pw_uid and info.st_gid == pwd.getpwnam('daemon').pw_gid
    assert stat.S_IMODE(info.st_mode) == 0o620
    assert d.stop() == 0
    d = Daemon(tmp, '--listen', 'unix:%s,owner=no-such-user' % path, wait=False)
    assert d.p.wait(20) == 75 and 'there is no user no-such-user' in d.log() and not os.path.exists(path)


TESTS = [reload_of_everything, owner_of_a_socket, held_where_the_administrator_wants, hostile_values_stay_in_their_line, shadow_changes_nothing, metrics, cache_of_the_running_milter, no_cache_with_a_zone_file, control_socket_of_another_user]

run_tests(TESTS, sys.argv[3:])
