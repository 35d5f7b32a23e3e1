"""A store full of observations: what the journals of a day fold to, for `sceau outbox`.

10 million messages in 2 million rows over 100,000 policy domains: the n-th domain has one n-th of the rows of the first
(Zipf), 5 messages a row in the mean. Every domain asks for reports.
"""
import hashlib
import random
import sqlite3
import struct

DAY = 20000
NOW = (DAY + 2) * 86400
# The numbers of src/report/report.h.
NONE, PASS, QUARANTINE, REJECT = 1, 2, 3, 4
ALIGNED, NOT_ALIGNED = 1, 2
RESULT_PASS, RESULT_FAIL, RESULT_SOFTFAIL = 2, 3, 4
NO_REASON, LOCAL_POLICY = 0, 5


def text(s):
    return struct.pack('>H', len(s)) + s


def row_of(r, domain):
    """Octets of src/store/observation.h, the envelope sender and the messages of one row."""
    kind = r.random()
    if kind < .7:
        sender, spf, signer, dkim, passes = domain, RESULT_PASS, domain, RESULT_PASS, True
    elif kind < .85:
        sender, spf, signer, dkim, passes = b'bounce.mailer%d.example' % r.randrange(50), RESULT_PASS, domain, RESULT_PASS, True
    else:
        sender, spf, signer, dkim, passes = b'x%05d.invalid' % r.randrange(100000), RESULT_SOFTFAIL, b'', 0, False
    octets = bytes([1, PASS if passes else REJECT, ALIGNED if signer else NOT_ALIGNED, ALIGNED if sender == domain else NOT_ALIGNED,
                    NO_REASON]) + text(b'') + bytes([spf]) + text(sender)
    if signer:
        octets += bytes([1, dkim]) + text(signer) + text(b's%d' % r.randrange(1, 4))
    else:
        octets += bytes([0])
    return sender, octets, r.choice((1, 1, 2, 3, 18))


def shares(rows, domains):
    """How many rows each domain has."""
    total = sum(1 / n for n in range(1, domains + 1))
    got = [max(1, round(rows / total / n)) for n in range(1, domains + 1)]
    got[0] += rows - sum(got)
    return got


def fill(path, rows, domains):
    """Into a store that is there; the number of messages."""
    db = sqlite3.connect(path)
    db.execute('PRAGMA synchronous = OFF')
    r, messages = random.Random(7), 0
    names = sorted((b'd%06d.example' % n, count) for n, count in enumerate(shares(rows, domains)))
    for domain, count in names:
        record = b'v=DMARC1; p=reject; rua=mailto:dmarc@' + domain
        policy = hashlib.sha256(record).digest()
        db.execute('INSERT INTO policy VALUES (?, ?)', (policy, record.decode()))
        made = []
        for _ in range(count):
            sender, octets, seen = row_of(r, domain)
            ip = struct.pack('>BBBB', 100 + r.randrange(50), r.randrange(256), r.randrange(256), r.randrange(1, 255))
            made.append((domain.decode(), DAY, policy, hashlib.sha256(ip + octets).digest()[:16], ip, domain.decode(), sender.decode(),
                         octets, seen))
            messages += seen
        made.sort(key=lambda row: row[3])
        db.executemany('INSERT OR IGNORE INTO observation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)', made)
    db.commit()
    stored = db.execute('SELECT count(*), sum(count) FROM observation').fetchone()
    db.close()
    return stored
