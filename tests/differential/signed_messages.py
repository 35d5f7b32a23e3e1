"""What the differential tests of DKIM and ARC share: keys, a zone, messages with a history,
and the comparison. A peer is another implementation:

    selectors        which of SELECTORS it can use
    sign(octets, selector, domain, identity, canonicalize, names, has_length) -> field
    seal(octets, selector, domain, names, cv) -> fields, top first
    signatures(octets) -> for each DKIM-Signature from the top True, or why it does not pass
    chain(octets) -> "none", "pass" or "fail", and why
    explained(theirs, ours) -> why these two may differ, or None
"""
import base64
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile

NOW = 1700000000

# The published keys of RFC 6376 appendix C and RFC 8463 appendix A, and one of 2048 bits
# made for these tests. They protect nothing.
RSA_1024 = """
MIICXwIBAAKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR
+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQABAoGBALmn+XwWk7akvkUlqb+dOxyLB9i5VBVfje89Teolwc9Y
JT36BGN/l4e0l6QX/1//6DWUTB3KI6wFcm7TWJcxbS0tcKZX7FsJvUz1SbQnkS54DJck1EZO/BLa5ckJgAYIaqlA9C0ZwM6i58lLlPadX/rtHb7pWzeNcZHj
KrjM461ZAkEA+itss2nRlmyOn1/5yDyCluST4dQfO8kAB3toSEVc7DeFeDhnC1mZdjASZNvdHS4gbLIA1hUGEF9m3hKsGUMMPwJBAPW5v/U+AWTADFCS22t7
2NUurgzeAbzb1HWMqO4y4+9Hpjk5wvL/eVYizyuce3/fGke7aRYw/ADKygMJdW8H/OcCQQDz5OQb4j2QDpPZc0Nc4QlbvMsj7p7otWRO5xRa6SzXqqV3+F0V
pqvDmshEBkoCydaYwc2o6WQ5EBmExeV8124XAkEAqZzGsIxVP+sEVRWZmW6KNFSdVUpk3qzK0Tz/WjQMe5z0UunY9Ax9/4PVhp/j61bfeAYXunajbBSOLlx4
D+TunwJBANkPI5S9iylsbLs6NkaMHV6k5ioHBBmgCak95JGXGMot/L2x0IYyMLAz6oLWh2hm7zwtb0CgOrPo1ke44hFYnfc="""
RSA_2048 = """
MIIEpAIBAAKCAQEAmUxS9zAPoM8BPuM/I39e+1cTHeAQNcnJAt7+FYTievOLTkpe8RUYtpN+iD+d9todCR36g+eW2qkofQZQ8AUmdUhB1f1yUUVFEHEd6DxJ
wYryaphZ9DaDHqYzme470vzMEy7VIzCs2w6oyeqpK2n41sbVZly/gJm0yIfA+FO2Jahs+1W4JT+tVECWN0Cr7geFfhZvo5+YswTSgYruNlZycDVEe953g1Yu
FUFYrfOgx7po5OsJXZxneVY61Qxc46LFXJ6A0D20sqsr0YE8pkH4vkpN3kcl4l7qZGmAlc16FWoKOdiZ8Tti0XEKvUPza1X8BIQHZjmr/Talpr4rHdSqXwID
AQABAoIBAA+TMBi6MtRJQ9yiVP9jyQArTB9sbOkyG7ClfFYuXp5UUTJ+nt/Kn2ypVqE8KW3zoiCTgajWJj8IEbuGIUIJm+stkLbPncZBDe/KNloqienWlqOa
4ATOZwr9ot+AU2av1YIbb384Sk+lUSPWqiJljWkw4WyZfsFvnG0FUedJBggUSN/BHbjbQoNfRHPE1qBFJK+N3LoF2yz5LL9cfgGhME7iPTLDuR0rpnVT5w0P
rhBeXbo+rQIlFMdnZSImeAQ4Cp37raGzXHy1K/qv95KipJU9rgbdrW34u7CsTRU5PXYOCKJEVyysgCEL2MvCoJYi8TZGvqSSkHmoxEb7wcH+ZtUCgYEAyWFy
TiVyj+Qn6FnH5a0w6/wdEUxKcOX0Jyp8P92K3EtrSpBNHV270+67gA6PrY15SVjRzZHX/ZetMxwZgtdNa8wQK4IUqQE5avVbb3393GmzBt01ncaPqAKUuXPB
kpHzPjBRqvsHLwFP33XVzT+iR5b/tYDEvQFEzSiUD+Y+RuUCgYEAwuBX0EUBtzO0VsfzDzjBCFLpup5cR59gYYBDb4AZlC4cTrv+Fc+uyCYCV7ERNQckQ9ZJ
NLCthXLZW1Ls4tN8tO7pvJ4I0d21xz9hthDc2kN4zDi7ZhiwayPCN6DVJglRXIxdERoqGS/EhIK3+TJaKtYiEkrpI1crnWjEcWL88/MCgYEAvzmhaUN1/d0R
aDmY8Cf9hJjqoTpolbxGk8psIdkluvqC71MHZxNTAHR556fsF0l4GoYU87fB+jTFavsL3orEIdCsqiPjqnhXJZHHOZ/SKDLWpXX5K9EZKNkKkO+yqJOe/zay
1kF5GNGOHwut8jCy0Hg6aQfVygQiaQ5XSqHAEWECgYB/C0yUTXiJ295UuPO/V6uYZp1TeUwFsWRfDARqm2ORk+IGfk5uH7/9YbIjQx9Jp8c/pmKBRDFLj40e
GVivo1pohlzBB3IOh3CrXamwzRt9+4Cz+sRJEg1pO52xMFvk+Swenq9Jp/oMA3UlQib4AZiA1qrNrCKDVJ/tddCjbvojewKBgQC3cIfnEIvN/j0veOv40y8n
qy1DuJagS8ydeQJQq9VfUK05vznuEDgn7Ap1+LB4hLMV7K+k8z4fA5C9UG/wOH73wAucbtY2UhmO+ReekKvd0rPlg0VvcgO8MOyMf8JOyxfUoibVajs9crhY
Y1IILhQ3jqhtYdCEAKc2CuE3JtwiKQ=="""
ED25519 = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
ED25519_P = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def pem(der):
    return ("-----BEGIN RSA PRIVATE KEY-----\n%s\n-----END RSA PRIVATE KEY-----\n" % der.strip()).encode()


def tlv(tag, octets):
    """One element of DER."""
    n = len(octets)
    size = bytes([n]) if n < 128 else b"\x82" + n.to_bytes(2, "big") if n > 255 else b"\x81" + bytes([n])
    return bytes([tag]) + size + octets


def bare(der):
    """p= of an RSA private key: PKCS #1's RSAPublicKey, as RFC 6376 section 3.6.1 has it."""
    octets, numbers = base64.b64decode(der), []
    at = 4  # SEQUENCE; version, modulus and public exponent are the first three numbers
    for _ in range(3):
        size = octets[at + 1]
        start = at + 2
        if size > 127:
            start += size - 128
            size = int.from_bytes(octets[at + 2:start], "big")
        numbers.append(octets[at:start + size])
        at = start + size
    return base64.b64encode(tlv(0x30, numbers[1] + numbers[2])).decode()


def key_info(der):
    """The same in a SubjectPublicKeyInfo: what everybody publishes."""
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return base64.b64encode(tlv(0x30, algorithm + tlv(3, b"\0" + base64.b64decode(bare(der))))).decode()


# selector: (key record, private key, algorithm)
SELECTORS = {
    "a1024": ("v=DKIM1; k=rsa; p=" + key_info(RSA_1024), pem(RSA_1024), "rsa-sha256"),
    "b2048": ("p=" + bare(RSA_2048), pem(RSA_2048), "rsa-sha256"),
    "c2048": ("v=DKIM1; h=sha256; s=email; n=note; p=" + key_info(RSA_2048), pem(RSA_2048), "rsa-sha256"),
    "ed.x": ("v=DKIM1; k=ed25519; p=" + ED25519_P, ED25519.encode(), "ed25519-sha256"),
    "test": ("v=DKIM1; t=y; p=" + key_info(RSA_1024), pem(RSA_1024), "rsa-sha256"),
    "wrong": ("v=DKIM1; p=" + key_info(RSA_2048), pem(RSA_1024), "rsa-sha256"),
    "revoked": ("v=DKIM1; p=", pem(RSA_1024), "rsa-sha256"),
    "broken": ("v=DKIM1; p=AAAA", pem(RSA_1024), "rsa-sha256"),
    "other": ("v=DKIM1; k=ed25519; p=" + ED25519_P, pem(RSA_1024), "rsa-sha256"),
    "none": (None, pem(RSA_1024), "rsa-sha256"),
}
DOMAINS = ["example.com", "News.Example.COM", "lists.example.org"]
GOOD = ["a1024", "b2048", "c2048", "ed.x", "test"]


def zone():
    lines = ["$ORIGIN .", "$TTL 300"]
    for domain in DOMAINS:
        for selector, (record, _, _) in SELECTORS.items():
            if record is not None:
                strings = " ".join('"%s"' % record[i:i + 200].replace(";", "\\;") for i in range(0, len(record), 200))
                lines.append("%s._domainkey.%s. TXT %s" % (selector, domain.lower(), strings))
    return "\n".join(lines) + "\n"


def key_record(question):
    """What DNS has at SELECTOR._domainkey.DOMAIN; None when there is nothing."""
    selector, _, domain = question.lower().partition("._domainkey.")
    if domain in [d.lower() for d in DOMAINS] and selector in SELECTORS:
        return SELECTORS[selector][0]
    return None


class Message:
    """A message with a history: made, signed, changed."""

    NAMES = [b"Subject", b"Date", b"To", b"Cc", b"Message-ID", b"X-A", b"Comments-X", b"Reply-To", b"List-Id",
             b"MIME-Version", b"Content-Type", b"x-a", b"SUBJECT"]
    WORDS = [b"a", b"the", b"hello", b"=20", b"\xc3\xa9t\xc3\xa9", b"caf\xe9", b"<x@example.com>", b"12345678901234567890",
             b"\"quoted; text\"", b"b=AAAA", b"x:y", b"(comment)", b"."]

    def __init__(self, seed, peer):
        self.r = random.Random(seed)
        self.peer = peer
        self.fields = [self.field() for _ in range(self.r.randrange(0, 12))]
        self.fields.insert(self.r.randrange(len(self.fields) + 1), b"From: Ann <ann@example.com>\r\n")
        self.body = self.text()
        self.history = []

    def octets(self):
        return b"".join(self.fields) + b"\r\n" + self.body

    def space(self):
        return self.r.choice((b" ", b" ", b" ", b" ", b"  ", b"\t", b" \t "))

    def words(self, count, space):
        return b"".join(self.r.choice(self.WORDS) + space() for _ in range(count))

    def field(self):
        def space():
            return self.space() if self.r.random() < 0.9 else b"\r\n" + self.space()
        value = self.words(self.r.randrange(0, 9), space)
        if not value.strip():
            value = b""
        elif self.r.random() < 0.8:
            value = value.rstrip()
        value = re.sub(rb"\r\n[ \t]+$", b"", value)
        return self.r.choice(self.NAMES) + b":" + self.r.choice((b" ", b" ", b"", b"\t", b"  ")) + value + b"\r\n"

    def line(self):
        kind = self.r.random()
        if kind < 0.2:
            return b""
        if kind < 0.25:
            return self.space()
        line = self.words(self.r.randrange(1, 12), self.space)
        if kind < 0.8:
            line = line.rstrip()
        if kind > 0.97:
            line = line[:3] + b"\r" + line[3:]  # alone it is text
        return line

    def text(self):
        lines = [self.line() for _ in range(self.r.choice((0, 1, 2, 5, 20)))]
        text = b"".join(line + b"\r\n" for line in lines)
        return text if self.r.random() < 0.8 else text[:-2]

    # -------- signing

    def names(self):
        """A list of names for h=: some of the fields, some twice, some absent."""
        r = self.r
        have = [f.split(b":")[0] for f in self.fields]
        # Peers refuse to sign these.
        names = [n for n in have if r.random() < 0.7 and n.lower() not in (b"from", b"dkim-signature")
                 and not n.lower().startswith((b"arc-", b"authentication-"))]
        names += [r.choice(self.NAMES) for _ in range(r.choice((0, 0, 1, 2)))]
        r.shuffle(names)
        names.insert(r.randrange(len(names) + 1), b"From")
        if r.random() < 0.3:
            names.append(b"from")
        return names

    def selector(self):
        """Mostly one whose key fits."""
        return self.r.choice([s for s in GOOD if s in self.peer.selectors] * 6 + self.peer.selectors)

    def sign(self):
        r = self.r
        selector, domain = self.selector(), r.choice(DOMAINS)
        canonicalize = r.choice(("simple", "relaxed")), r.choice(("simple", "relaxed"))
        has_length = r.random() < 0.15
        identity = r.choice((None, None, "@" + domain, "ann=40x@sub." + domain))
        field = self.peer.sign(self.octets(), selector, domain, identity, canonicalize, self.names(), has_length)
        self.fields.insert(0, field)
        self.history.append("signed by %s %s%s" % (selector, "/".join(canonicalize), " with l=" if has_length else ""))

    def seal(self, instance):
        r = self.r
        selector, domain = self.selector(), r.choice(DOMAINS).lower()
        cv = "none" if instance == 1 else r.choice(("pass",) * 12 + ("fail",))
        self.fields.insert(0, b"Authentication-Results: %s; spf=pass smtp.mailfrom=a.example%s\r\n"
                           % (domain.encode(), b"" if cv == "none" else b"; arc=" + cv.encode()))
        self.fields[:0] = self.peer.seal(self.octets(), selector, domain, self.names(), cv)
        self.history.append("sealed by %s cv=%s" % (selector, cv))

    # -------- what happens on the way

    def some(self, want=lambda f: True):
        """The index of a field that is not From; None when there is none."""
        chosen = [i for i, f in enumerate(self.fields) if not f.lower().startswith(b"from:") and want(f)]
        return self.r.choice(chosen) if chosen else None

    def change(self):
        changes = [c for c in dir(self) if c.startswith("change_")]
        name = self.r.choice(changes)
        if getattr(self, name)() is not False:
            self.history.append(name[7:])

    @staticmethod
    def is_signature(field):
        return field.lower().startswith((b"dkim-signature:", b"arc-"))

    def change_case_of_name(self):
        i = self.some()
        if i is None:
            return False
        name, _, value = self.fields[i].partition(b":")
        self.fields[i] = name.swapcase() + b":" + value

    def change_fold(self):
        i = self.some(lambda f: b" " in f.partition(b":")[2].strip())
        if i is None:
            return False
        name, _, value = self.fields[i].partition(b":")
        at = self.r.choice([m.start() for m in re.finditer(rb"(?<=\S) (?=\S)", value)] or [0])
        self.fields[i] = name + b":" + value[:at] + b"\r\n\t" + value[at:]

    def change_space(self):
        i = self.some(lambda f: b" " in f.partition(b":")[2].strip())
        if i is None:
            return False
        name, _, value = self.fields[i].partition(b":")
        self.fields[i] = name + b":" + value.replace(b" ", b"  ", 1)

    def change_value(self):
        i = self.some(lambda f: not self.is_signature(f))
        if i is None:
            return False
        self.fields[i] = self.fields[i].rstrip(b"\r\n") + b"x\r\n"

    def change_remove(self):
        i = self.some()
        if i is None:
            return False
        del self.fields[i]

    def change_add(self):
        self.fields.insert(self.r.choice((0, len(self.fields))), self.field())

    def change_swap(self):
        """Not of ARC fields: some take sets by their place, RFC 8617 by their instance."""
        i, j = (self.some(lambda f: not f.lower().startswith(b"arc-")) for _ in range(2))
        if i is None:
            return False
        self.fields[i], self.fields[j] = self.fields[j], self.fields[i]

    def change_append(self):
        self.body += self.r.choice((b"\r\n", b"\r\n\r\n", b"-- \r\nlist\r\n", b" ", b"x"))

    def change_body_space(self):
        self.body = self.body.replace(b" ", b"\t ", 1)

    def change_line_end(self):
        self.body = self.body.replace(b"\r\n", b" \r\n", 1)

    def change_word(self):
        self.body = self.body.replace(b"e", b"E", 1)

    def change_cut(self):
        self.body = self.body[:self.r.randrange(len(self.body) + 1)]
        if self.body.endswith(b"\r"):
            self.body = self.body[:-1]

    def change_nothing(self):
        pass

    change_nothing_at_all = change_nothing_again = change_nothing

    def change_tag(self):
        """A tag of a signature field: another value, one more, white space, its case."""
        i = self.some(lambda f: f.lower().startswith(b"dkim-signature:"))
        if i is None:
            return False
        pattern, to = self.r.choice((
            (rb"s=[^;]*;", b"s=none;"), (rb"; c=[^;]*;", b";"), (rb"v=1;", b"v=2;"), (rb"v=1;", b" v = 1 ;"),
            (rb"a=rsa-sha256", b"a=rsa-sha1"), (rb"a=rsa-sha256", b"a=rsa-md5"), (rb"; t=\d+;", b"; t=1600000000;"),
            (rb"bh=.", b"bh=A"), (rb"q=dns/txt", b"q=http"), (rb"i=[^;]*;", b"i=@example.net;"), (rb"i=[^;]*;", b""),
            (rb"\bb=", b"b= "), (rb"; bh=", b"; foo=bar; bh="), (rb"; bh=", b"; x=1600000000; bh="),
            (rb"; bh=", b"; d=example.com; bh="), (rb"d=[^;]*;", b"d=example.net;"), (rb"; l=\d+;", b"; l=1;"),
            (rb"\bh=", b"h=x-a :"),
        ))
        self.fields[i] = re.sub(pattern, to, self.fields[i], count=1)


# ---------------------------------------------------------------- both


class Refused(Exception):
    """A peer does not want to sign this."""


def cases(peer, seed, count):
    for n in range(count):
        message = Message("%s/%d" % (seed, n), peer)
        is_chain = n % 3 == 2
        try:
            for instance in range(1, message.r.choice((1, 1, 2, 3)) + 1):
                message.seal(instance) if is_chain else message.sign()
                if is_chain and message.r.random() < 0.3:
                    message.change()
        except Refused:
            continue
        for _ in range(message.r.choice((0, 1, 1, 1, 2))):
            message.change()
        yield {"id": str(n), "op": "arc-verify" if is_chain else "dkim-verify", "in": {"now": NOW}, "message": message}


def ask_sceau(harness, cases):
    with tempfile.TemporaryDirectory() as root:
        with open(os.path.join(root, "zone"), "w") as f:
            f.write(zone())
        lines = []
        for c in cases:
            name = c["id"] + ".eml"
            with open(os.path.join(root, name), "wb") as f:
                f.write(c["message"].octets())
            lines.append(json.dumps({"id": c["id"], "op": c["op"], "in": c["in"], "zone": "zone", "msg": name}))
        done = subprocess.run([harness, "--root", root], input="\n".join(lines) + "\n", capture_output=True, text=True,
                              check=True)
    return {r["id"]: r for r in map(json.loads, done.stdout.splitlines())}


def differences(peer, case, ours):
    """(what, peer, sceau) of one message, and how many verdicts were compared and passed."""
    octets = case["message"].octets()
    if case["op"] == "arc-verify":
        cv, reason = peer.chain(octets)
        said = "%s: %s" % (ours["cv"], ours.get("reason"))
        is_known = cv == ours["cv"] or peer.explained(cv, {"result": ours["cv"], "reason": ours.get("reason")})
        return [] if is_known else [("chain", "%s: %s" % (cv, reason), said)], 1, cv == "pass"
    theirs = peer.signatures(octets)
    if len(theirs) != len(ours["signatures"]):
        return [("signatures", len(theirs), len(ours["signatures"]))], 1, 0
    differs = [("signature %d" % (i + 1), t, o) for i, (t, o) in enumerate(zip(theirs, ours["signatures"]))
               if (t is True) != (o["result"] == "pass") and peer.explained(t, o) is None]
    return differs, len(theirs), sum(t is True for t in theirs)


def compare(name, peer, seed, count):
    """Print what differs; the exit status."""
    harness = sys.argv[1]
    seed = sys.argv[2] if len(sys.argv) > 2 else seed
    count = int(sys.argv[3]) if len(sys.argv) > 3 else count
    made = list(cases(peer, seed, count))
    answers = ask_sceau(harness, made)
    failed = compared = passed = 0
    for case in made:
        differs, n, good = differences(peer, case, answers[case["id"]])
        compared += n
        passed += good
        for what, theirs, ours in differs:
            failed += 1
            if failed <= 10:
                print("message %s: %s: %s %s, sceau %s" % (case["id"], what, name, theirs, ours))
                print("  " + "; ".join(case["message"].history))
                print(re.sub(r"(?m)^", "  | ", case["message"].octets().decode("latin1").replace("\r\n", "\n")))
    digest = hashlib.sha256(b"".join(c["message"].octets() for c in made)).hexdigest()[:16]
    print("%d messages (%s), %d verdicts compared, %d of them pass, %d differ"
          % (len(made), digest, compared, passed, failed))
    return 1 if failed or passed < compared // 5 else 0
