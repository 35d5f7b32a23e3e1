#!/usr/bin/python3
"""attacks.py SCEAU SCEAU-MILTER [NAME...]: the server cases of espoofer (Composition Kills, USENIX Security 2020), sent over SMTP
octet for octet, through a real Postfix and sceau. Fifteen stand in tests/data/attacks, four here."""
import json, os, re, socket, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import fields, run

BUILT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data', 'attacks', 'built')
VICTIM, FORGER_IP = 'example.com', '198.51.100.25'
PLAIN_SENDER = '<bounce@example.net>'

# The four that tests/data/attacks has in other forms: sender, first line of the header.
OWN = {
    'a6': ("<any@example.com'@any.example.net>", b'From: <admin@example.com>'),
    'a11': (PLAIN_SENDER, b'From\r\n : <first@example.net>\r\nFrom: <admin@example.com>'),
    'a17': (PLAIN_SENDER, b'From: <admin@example.com>\\,<second@example.net>'),
    'a19': (PLAIN_SENDER, b'From: <any@example.net>admin@example.com'),
}

# What came of each: espoofer's number, case, Postfix's answer (to the command it did not take), DMARC. Postfix as Debian has
# it refuses none of them. For a line that is no field (a9, a11 to a13) it ends the header there: no From is left.
TABLE = [
    ('a1', 'ENV-01', 250, 'fail'),
    ('a2', 'ENV-02', 250, 'fail'),
    ('a3', 'DKM-01', 250, 'fail'),
    ('a4', 'DKM-02', 250, 'fail'),
    ('a5', 'ENV-03', 250, 'fail'),
    ('a6', 'a6', 250, 'fail'),
    ('a7', 'ENV-05', 250, 'fail'),
    ('a8', 'FRM-01a', 250, 'permerror'),
    ('a8', 'FRM-01b', 250, 'permerror'),
    ('a9', 'FRM-02', 250, 'permerror'),
    ('a10', 'FRM-03', 250, 'permerror'),
    ('a11', 'a11', 250, 'permerror'),
    ('a12', 'FRM-05', 250, 'permerror'),
    ('a13', 'FRM-06', 250, 'permerror'),
    ('a14', 'FRM-07a', 250, 'permerror'),
    ('a14', 'FRM-07b', 250, 'permerror'),
    ('a15', 'FRM-08', 250, 'permerror'),
    ('a16', 'FRM-09', 250, 'fail'),
    ('a17', 'a17', 250, 'permerror'),
    ('a18', 'FRM-11', 250, 'permerror'),
    ('a19', 'a19', 250, 'permerror'),
]


def cases():
    """{case: (helo, sender, text, zone)}"""
    found = {}
    with open(os.path.join(BUILT, 'cases.jsonl')) as f:
        for case in map(json.loads, f):
            if case['op'] == 'receive':
                with open(os.path.join(BUILT, case['msg']), 'rb') as message:
                    found[case['id'].split('/')[1]] = (case['in']['helo'], case['in']['mail_from'], message.read(), case['zone'])
    for name, (sender, first) in OWN.items():
        text = first + b'\r\nTo: user@receiver.test\r\nSubject: case %s\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n' \
            b'Message-ID: <%s@example.net>\r\n\r\nTest body.\r\n' % (name.encode(), name.encode())
        found[name] = ('mta.example.net', sender, text, 'zones/base.zone')
    return found


class Smtp:
    """No library between the case and the wire."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), 30)
        self.file = self.socket.makefile('rb')
        self.reply()

    def reply(self):
        while True:
            line = self.file.readline()
            assert line, 'closed'
            if line[3:4] != b'-':
                return int(line[:3]), line.decode('latin-1').strip()

    def say(self, octets):
        self.socket.sendall(octets + b'\r\n')
        return self.reply()


def send(world, helo, sender, text):
    """(code, text) of the answer to the message, or of the first refusal before it."""
    smtp = Smtp(world.port)
    smtp.say(b'EHLO ' + helo.encode())
    assert smtp.say(b'XCLIENT ADDR=%s NAME=%s' % (FORGER_IP.encode(), helo.encode()))[0] == 220
    smtp.say(b'EHLO ' + helo.encode())
    for command in (b'MAIL FROM:' + sender.encode('latin-1'), b'RCPT TO:<bob@receiver.example>', b'DATA'):
        code, said = smtp.say(command)
        if code not in (250, 354):
            return code, said
    return smtp.say(re.sub(rb'(^|\r\n)\.', rb'\1..', text) + b'.')


def each(world, *settings):
    """Every case of the table: (row, code, reply, journal record or None, text as delivered or None)."""
    built, zone = cases(), None
    for row in sorted(TABLE, key=lambda row: built[row[1]][3]):
        helo, sender, text, its_zone = built[row[1]]
        if its_zone != zone:
            if zone:
                world.stop_milter()
            zone = its_zone
            world.start_milter(*settings, dns=['--dns', os.path.join(BUILT, zone)])
        code, said = send(world, helo, sender, text)
        record = world.journal()[-1] if 'queued as' in said or code in (550, 451) and '5.7.1' in said else None
        delivered = None
        if 'queued as' in said:
            delivered = world.delivered(re.search(rb'Message-I[Dd]: <([^@]*)@', text).group(1).decode())
        yield row, code, said, record, delivered


def results_of(text):
    return [v for v in fields(text, 'Authentication-Results') if v.startswith('mx.receiver.example')]


def none_passes(world):
    """Where nothing is refused for DMARC, so that what we write is seen."""
    problems = []
    for (number, case, want, dmarc), code, said, record, text in each(world, '--set', 'policy.mode=monitor'):
        got = (code, record and record['dmarc']['result'])
        print('# %-4s %-8s %d %s' % (number, case, code, got[1]))
        ours = results_of(text) if text is not None else ['dmarc=fail']
        if got != (want, dmarc) or len(ours) != 1 or any('dmarc=pass' in v for v in ours):
            problems.append((number, case, got, said, ours))
    assert problems == [], problems


def none_gets_in(world):
    """Where p=reject and a From that is none are refused: nothing of it all is delivered."""
    let_in = [row for row, code, _, _, _ in each(world, '--set', 'policy.mode=reject', '--set', 'policy.invalid_from=refuse')
              if code != 550]
    assert let_in == [] and world.count_delivered() == 0, let_in


# XCLIENT changes the client's address, not whose headers are completed: to a stranger's mail Postfix adds no From.
STRANGE = {s: lambda: dict(main_cf='local_header_rewrite_clients =\n') for s in (none_passes, none_gets_in)}

run([none_passes, none_gets_in], STRANGE)
