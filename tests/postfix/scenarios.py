#!/usr/bin/python3
"""scenarios.py SCEAU SCEAU-MILTER [NAME...]: sceau-milter under a real Postfix, one TAP line a scenario. Exit status 77
where Postfix or nsd is not installed or root is not at hand."""
import concurrent.futures, os, signal, sys, threading, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import STRANGER, fields, holds, message, results, run, send_ok
from world import wait_for

FORGED = b'Authentication-Results: mx.receiver.example; dmarc=pass header.from=bank.example\r\n'


def passes(world):
    world.start_milter()
    text, record = send_ok(world, 'pass-1', 'reject.test')
    holds(results(text), 'spf=pass', 'dmarc=pass', 'header.from=reject.test')
    assert fields(text, 'X-Spam-Flag') == []
    assert (record['dmarc']['result'], record['action'], record['client']) == ('pass', 'accept', '192.0.2.1')
    assert record['author_domain'] == 'reject.test' and record['recipients'] == 1
    assert record['queue_id'].encode() + b': action=accept' in world.log()


def passes_with_nsd(world):
    nsd, server = world.start_nsd()
    world.start_milter('--set', 'verify.iprev=no', dns=['--resolver', server])
    text, record = send_ok(world, 'nsd-1', 'reject.test')
    holds(results(text), 'spf=pass', 'dmarc=pass')
    nsd.terminate()
    nsd.wait()


def fails_by_default(world):
    world.start_milter()
    for domain, action, flags in (('none.test', 'accept', []), ('quarantine.test', 'quarantine', ['YES']),
                                  ('reject.test', 'quarantine', ['YES'])):
        text, record = send_ok(world, 'default-' + domain, domain, ip=STRANGER)
        holds(results(text), 'spf=fail', 'dmarc=fail')
        assert fields(text, 'X-Spam-Flag') == flags, domain
        assert (record['dmarc']['result'], record['action']) == ('fail', action), record


def fails_when_refusing(world):
    world.start_milter('--set', 'policy.mode=reject', '--set', 'policy.url=https://receiver.example/why')
    code, text, _ = world.send('ann@reject.test', message('refused', 'reject.test'), ip=STRANGER)
    assert code == 550, (code, text)
    holds(text, '5.7.1', 'reject.test', 'https://receiver.example/why')
    record = world.journal()[-1]
    assert (record['action'], record['dmarc']['record']) == ('reject', 'v=DMARC1; p=reject'), record
    _, record = send_ok(world, 'suspect', 'quarantine.test', ip=STRANGER)
    assert record['action'] == 'quarantine'
    _, record = send_ok(world, 'let-go', 'none.test', ip=STRANGER)
    assert record['action'] == 'accept'


def forged_results_removed(world):
    world.start_milter()
    other = b'Authentication-Results: mx.elsewhere.example; spf=pass\r\n'
    text, _ = send_ok(world, 'forged', 'none.test', extra=FORGED + other + FORGED, ip=STRANGER)
    holds(results(text), 'dmarc=fail')
    assert b'bank.example' not in text
    assert len(fields(text, 'Authentication-Results')) == 2, "another host's stays"


def two_from_fields(world):
    world.start_milter()
    text, record = send_ok(world, 'two-tagged', 'reject.test', extra=b'From: eve@none.test\r\n')
    assert 'dmarc=pass' not in results(text) and record['dmarc']['result'] != 'pass', record
    world.stop_milter()
    world.start_milter('--set', 'policy.invalid_from=refuse')
    code, text, _ = world.send('ann@reject.test', message('two', 'reject.test', b'From: eve@none.test\r\n'))
    assert code == 550, (code, text)


def null_sender(world):
    world.start_milter()
    text, record = send_ok(world, 'null', 'reject.test', sender='', helo='mail.reject.test')
    holds(results(text), 'spf=pass', 'dmarc=pass', 'smtp.helo=mail.reject.test')
    assert record['mail_from_domain'] in (None, 'mail.reject.test'), record


def ten_megabytes(world):
    world.start_milter()
    body = (b'x' * 76 + b'\r\n') * (10 * 1024 * 1024 // 78)
    text, _ = send_ok(world, 'large', 'none.test', body=body)
    assert text.count(b'x' * 76) == body.count(b'\r\n')
    holds(results(text), 'dmarc=pass')


class Traffic:
    """Four clients that send until they are told to stop; every accepted message has its number in its body."""

    def __init__(self, world):
        self.world, self.accepted, self.refused, self.odd = world, [], [], []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(4)]
        for t in self.threads:
            t.start()

    def run(self, client):
        n = 0
        while not self.stopping.is_set():
            tag = 'traffic-%d-%d' % (client, n)
            n += 1
            try:
                code, text, queue_id = self.world.send('ann@none.test', message(tag, 'none.test'))
            except Exception as e:  # noqa: any trouble of a client counts
                self.odd.append(repr(e))
                continue
            if code == 250:
                self.accepted.append((tag, queue_id))
            else:
                self.refused.append((code, text))

    def stop(self):
        self.stopping.set()
        for t in self.threads:
            t.join(90)


def all_delivered(world, traffic):
    wait_for('delivery of all', lambda: world.count_delivered() >= len(traffic.accepted), 60)
    got = world.all_delivered()
    assert sorted(got) == sorted(tag for tag, _ in traffic.accepted)
    return got


def killed_during_traffic(world):
    world.start_milter()
    traffic = Traffic(world)
    for _ in range(4):
        time.sleep(0.7)
        world.stop_milter(signal.SIGKILL)
        time.sleep(0.2)
        world.start_milter()
    time.sleep(0.7)
    traffic.stop()
    # default_action=accept: an outage of the milter neither refuses nor loses mail.
    assert traffic.refused == [] and traffic.odd == [], (traffic.refused[:3], traffic.odd[:3])
    assert len(traffic.accepted) > 20, len(traffic.accepted)
    got = all_delivered(world, traffic)
    # What was answered is in the journal: who has our field has a record, and the other way round is no rule.
    known = {r['queue_id'] for r in world.journal()}
    judged = 0
    for tag, queue_id in traffic.accepted:
        if b'Authentication-Results: mx.receiver.example' in got[tag]:
            judged += 1
            assert queue_id in known, queue_id + ' was answered and is not in the journal'
    assert judged > 10, judged


def term_answers_what_is_at_its_end(world):
    # A slow resolver keeps the message at its end: TERM comes while it is awaited.
    nsd, server = world.start_nsd()
    os.killpg(nsd.pid, signal.SIGSTOP)  # its servers too: they are processes of their own
    world.start_milter('--set', 'verify.iprev=no', dns=['--resolver', server])
    got = []
    client = threading.Thread(target=lambda: got.append(
        world.send('ann@reject.test', message('at-its-end', 'reject.test'))))
    client.start()
    time.sleep(1.5)
    world.milter.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert got == [] and world.milter.poll() is None
    os.killpg(nsd.pid, signal.SIGCONT)
    status = world.milter.wait(30)
    client.join(60)
    assert status == 0 and got[0][0] == 250, (status, got)
    holds(results(world.delivered('at-its-end')), 'dmarc=pass')
    assert world.record(got[0][2])['dmarc']['result'] == 'pass'
    assert not os.path.exists(world.path('run', 'milter.sock'))


def as_the_readme_says(world):
    """Two listeners, smtpd chrooted: the outside is let in while the milter is away, our own users come again."""
    sockets = ['unix:%s,group=postfix%s' % (world.path('spool', 'sceau', name + '.sock'), role)
               for name, role in (('milter', ''), ('submission', ',role=sign'))]
    world.start_milter('--listen', sockets[1], listen=sockets[0])
    text, _ = send_ok(world, 'readme-in', 'reject.test')
    holds(results(text), 'dmarc=pass')
    text, _ = world.send('ann@reject.test', message('readme-out', 'reject.test'), port=world.submission), None
    assert fields(world.delivered('readme-out'), 'Authentication-Results') == [], 'what we send is not judged'
    world.stop_milter()
    code, text, _ = world.send('ann@reject.test', message('readme-away', 'reject.test'))
    assert code == 250, (code, text)
    code, text, _ = world.send('ann@reject.test', message('readme-later', 'reject.test'), port=world.submission)
    assert code == 451, (code, text)


def postfix_lines(name):
    """The lines of that file in README.md, with the ports of the test."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'README.md')) as f:
        lines = f.read().split('# ' + name, 1)[1].split('\n\n')[0].splitlines()[1:]
    return '\n' + ''.join(line[4:] + '\n' for line in lines).replace('submission inet', '127.0.0.1:{submission} inet')


def dns_stops_and_comes_back(world):
    """No policy action because DNS was away: what would be refused is asked to come again, at once when the resolver is
    known to be down; when it is back, it is refused."""
    nsd, server = world.start_nsd()
    world.start_milter('--set', 'verify.iprev=no', '--set', 'policy.mode=reject', dns=['--resolver', server])

    def send(n):
        start = time.monotonic()
        code, text, _ = world.send('ann@n%d.reject.test' % n, message('away-%d' % n, 'n%d.reject.test' % n), ip=STRANGER)
        return code, time.monotonic() - start

    assert send(0)[0] == 550
    os.killpg(nsd.pid, signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            away = list(pool.map(send, range(1, 9)))
        away += [send(n) for n in range(9, 11)]
    finally:
        os.killpg(nsd.pid, signal.SIGCONT)
    assert all(code == 451 for code, _ in away), away
    assert max(t for _, t in away) < 20 and min(t for _, t in away) < 1, away
    back = iter(range(11, 1000))
    wait_for('the resolver is found again', lambda: send(next(back))[0] == 550, 60)


# What a scenario's Postfix has beside the rest.
POSTFIX = {as_the_readme_says: lambda: dict(main_cf=postfix_lines('main.cf'), master_cf=postfix_lines('master.cf'),
                                            chroot='y')}

SCENARIOS = [as_the_readme_says, passes, passes_with_nsd, fails_by_default, fails_when_refusing, forged_results_removed, two_from_fields,
             null_sender, ten_megabytes, killed_during_traffic, term_answers_what_is_at_its_end,
             dns_stops_and_comes_back]

if __name__ == '__main__':
    run(SCENARIOS, POSTFIX)
