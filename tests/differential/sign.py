#!/usr/bin/python3
"""`sceau sign` against independent verifiers: what is signed and sealed here passes there, and theirs here.

    tests/differential/sign.py SCEAU [SEED [MESSAGES]]

Each generated message is signed once with RSA-2048 and with Ed25519, in one of the four canonicalizations, and has to
pass in dkimpy (both), Mail::DKIM (RSA) and OpenDKIM's library (opendkim-testmsg, RSA; it asks nsd in a network
namespace). Chains of one to five seals, ours and dkimpy's mixed, have to pass in dkimpy's arc_verify, Mail::DKIM and
`sceau verify`. The seed is printed; a failure prints the message.
"""
import concurrent.futures
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import types

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != here]  # it has a dkim.py of its own
import authres  # noqa: F401 E402: dkimpy seals with it
import dkim  # noqa: E402
import nacl  # noqa: F401 E402: dkimpy verifies Ed25519 by it
sys.path.append(here)
sys.dont_write_bytecode = True
import signed_messages as keys  # noqa: E402

DOMAIN = "example.com"
RSA, ED = "c2048", "ed.x"
FORMS = "relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"
UNREAD = "head_before_colon",  # by dkimpy, which stops at such a message
WORKERS = os.cpu_count() or 2
ED25519_PEM = ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI%s\n-----END PRIVATE KEY-----\n"
               % "J1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g")

dkim.time = types.SimpleNamespace(time=lambda: keys.NOW)  # t= must not come from a clock


def strip_trailing_whitespace(content):
    """A last line without CRLF is a line too (RFC 6376 section 3.4.4); as dkim.py has it."""
    return re.sub(rb"[\t ]+(\r\n|\Z)", rb"\1", content)


dkim.canonicalization.strip_trailing_whitespace = strip_trailing_whitespace


def dns(name, timeout=5):
    record = keys.key_record(name.decode().rstrip("."))
    return record.encode() if record is not None else None


# ---------------------------------------------------------------- messages


class Made:
    """One message: header and body each of one kind; kinds are the methods head_* and body_*."""

    WORDS = [b"a", b"the", b"hello", b"=20", b"<x@example.com>", b"1234567890" * 3, b'"quoted; text"', b"b=AAAA",
             b"x:y", b"(comment)", b".", b"=?utf-8?q?caf=C3=A9?="]

    def __init__(self, seed, n, but=()):
        self.r = random.Random("%s/%d" % (seed, n))
        heads = sorted(m for m in dir(self) if m.startswith("head_") and m not in but)
        bodies = sorted(m for m in dir(self) if m.startswith("body_"))
        # every pair of kinds comes up, in every form
        self.form = FORMS[n % 4]
        self.kind = heads[n // 4 % len(heads)], bodies[n // 4 // len(heads) % len(bodies)]
        if n // 4 >= len(heads) * len(bodies):
            self.kind = self.r.choice(heads), self.r.choice(bodies)
        fields = [b"From: Ann <ann@example.com>", b"To: bob@example.org", b"Subject: " + self.text(4),
                  b"Date: Sat, 28 Nov 2026 10:00:00 +0000", b"Message-ID: <%d@example.com>" % n]
        fields = getattr(self, self.kind[0])(fields)
        self.octets = b"".join(f + b"\r\n" for f in fields) + b"\r\n" + getattr(self, self.kind[1])()

    def text(self, words):
        return b" ".join(self.r.choice(self.WORDS) for _ in range(self.r.randrange(1, words + 1)))

    def some(self, choices, most):
        return b"".join(self.r.choice(choices) for _ in range(self.r.randrange(most)))

    # -------- headers

    def head_plain(self, fields):
        self.r.shuffle(fields)
        return fields

    def head_folds(self, fields):
        blanks = b" ", b"\t", b"  ", b"\t \t"

        def fold(words):
            return b"".join(w + self.r.choice((b" ", b"\r\n" + self.r.choice(blanks), b" \r\n\t")) for w in words) + b"end"
        return fields + [b"Comments: " + fold(self.text(30).split(b" ")), b"References:\r\n " + fold([b"<1@a>", b"<2@b>"]),
                         b"Cc: " + fold([b"a@example.org,", b"b@example.org,", b"c@example.org,"])]

    def head_blanks(self, fields):
        """Around the colon, none, several, at the end; empty values."""
        return [fields[0].replace(b": ", b":"), fields[1].replace(b": ", b":\t "), fields[2] + b" \t ",
                fields[3].replace(b" ", b"  "), fields[4].replace(b": ", b":    ")] + [b"Cc:", b"Reply-To: ", b"X-A:\t"]

    def head_before_colon(self, fields):
        """obs-optional (RFC 5322 section 4.5); relaxed drops the blanks (RFC 6376 section 3.4.2)."""
        return fields[:2] + [f.replace(b":", self.r.choice((b" :", b"\t:", b"  :")), 1) for f in fields[2:]]

    def head_duplicates(self, fields):
        more = [b"Subject: second", b"To: second@example.org", b"Date: Sat, 28 Nov 2026 11:00:00 +0000",
                b"Message-ID: <2@example.com>", b"Comments: one", b"Comments: two", b"MIME-Version: 1.0"]
        for f in more:
            fields.insert(self.r.randrange(len(fields) + 1), f)
        return fields

    def head_utf8(self, fields):
        return ["From: Andr\u00e9 \u4e2d\u6587 <ann@example.com>".encode(), "Subject: d\u00e9j\u00e0 vu \U0001f511".encode(),
                "To: \"\u00c9mile\" <bob@example.org>".encode()] + fields[3:]

    def head_8bit(self, fields):
        """No UTF-8 at all."""
        return fields[:2] + [b"Subject: caf\xe9 \xff\xfe " + bytes(self.r.randrange(128, 256) for _ in range(30))] + fields[3:]

    def head_long(self, fields):
        return fields + [b"Comments: " + b"x" * self.r.choice((989, 998, 2000, 4096, 65536)),
                         b"Cc: " + b", ".join(b"person%d@example.org" % i for i in range(400))]

    def head_many(self, fields):
        return [b"Received: from h%d.example by mx.example.org; Sat, 28 Nov 2026 10:00:00 +0000" % i
                for i in range(self.r.choice((50, 200)))] + fields

    def head_case(self, fields):
        return [self.r.choice((bytes.upper, bytes.lower, bytes.swapcase))(n) + b":" + v
                for n, _, v in (f.partition(b":") for f in fields)]

    def head_lists(self, fields):
        return fields + [b"List-Id: <dev.example.com>", b"List-Unsubscribe: <mailto:x@example.com>,\r\n <https://example.com/u>",
                         b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"Sender: list@example.com",
                         b"MIME-Version: 1.0", b"Content-Type: multipart/mixed;\r\n\tboundary=\"=_b\"",
                         b"Content-Transfer-Encoding: 8bit", b"In-Reply-To: <1@example.com>"]

    # -------- bodies

    def body_plain(self):
        return b"".join(self.text(9) + b"\r\n" for _ in range(self.r.randrange(1, 20)))

    def body_none(self):
        return b""

    def body_empty_lines(self):
        return b"\r\n" * self.r.randrange(1, 9)

    def body_only_blanks(self):
        return self.r.choice((b" \r\n", b"\t\r\n \r\n", b"   ", b" \r\n\r\n \t\r\n"))

    def body_ends_empty(self):
        return self.body_plain() + self.some((b"\r\n", b" \r\n", b"\t\r\n"), 9)

    def body_unended(self):
        return self.body_plain()[:-2] + self.r.choice((b"", b" ", b"\t \t"))

    def body_trailing_blanks(self):
        return b"".join(self.text(6) + self.some((b" ", b"\t"), 4) + b"\r\n" for _ in range(12))

    def body_inner_blanks(self):
        return b"".join(self.some((b" ", b"\t", b"a", b"b ", b" \t"), 60) + b"\r\n" for _ in range(12))

    def body_8bit(self):
        return b"".join(bytes(self.r.randrange(128, 256) for _ in range(60)) + b"\r\n" for _ in range(8)) + "d\u00e9j\u00e0\r\n".encode()

    def body_binary(self):
        """Every octet but CR and LF, NUL too."""
        return b"".join(bytes(self.r.choice([*range(10), 11, 12, *range(14, 256)]) for _ in range(90)) + b"\r\n" for _ in range(6))

    def body_long_lines(self):
        return b"".join(b"y" * self.r.choice((997, 998, 999, 2000, 4095, 8192)) + self.r.choice((b"", b" ", b"\t")) + b"\r\n"
                        for _ in range(4))

    def body_borders(self):
        """CRLF and runs of blanks around the sizes at which readers cut: 4 KiB to 64 KiB, with the header in front."""
        size = self.r.choice((4096, 8192, 16384, 65536))
        head = self.r.randrange(150, 1200)
        tail = self.r.choice((b"\r\n", b" \r\n", b"  \r\n\r\n", b"\t\t x\r\n", b"\r\n\r\n\r\n", b"x \r\ny\r\n"))
        line = b"z" * 62 + b"\r\n"
        start = size - head
        return line * (start // 64) + b"w" * (start % 64) + tail * 3 + line * 3

    def body_bare_cr(self):
        """Alone it is text (RFC 6376 leaves it; doc/decisions.d/dkim.md)."""
        return b"one\rtwo\r\n\rthree \r four\r\nfive\r \r\n"

    def body_dots(self):
        return b".\r\n..\r\n.x\r\nFrom here\r\n>From there\r\n--=_b\r\n--=_b--\r\n-- \r\n"

    def body_mime(self):
        """A structure: no canonicalization looks into it."""
        part = b"--=_b\r\nContent-Type: text/plain\r\n\r\n" + self.text(9) + b"\r\n"
        return b"preamble\r\n" + part * self.r.randrange(1, 4) + b"--=_b--\r\n" + self.r.choice((b"", b"\r\n", b"epilogue\r\n"))


# ---------------------------------------------------------------- signing and judging


class Sceau:
    def __init__(self, program, folder):
        self.program, self.folder = os.path.abspath(program), folder
        for selector, text in ((RSA, keys.SELECTORS[RSA][1].decode()), (ED, ED25519_PEM)):
            with os.fdopen(os.open(self.key(selector), os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
                f.write(text)
        with open(os.path.join(folder, "zone"), "w") as f:
            f.write(keys.zone())

    def key(self, selector):
        return os.path.join(self.folder, selector + ".pem")

    def run(self, octets, *args):
        done = subprocess.run([self.program, *args, "--config", "/dev/null"], input=octets, capture_output=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError("sceau %s: %d %s" % (args[0], done.returncode, done.stderr.decode("latin1")))
        return done.stdout

    def sign(self, octets, form, selectors=(RSA, ED), *more):
        pairs = [a for s in selectors for a in ("--key", self.key(s), "--selector", s)]
        return self.run(octets, "sign", *pairs, "--domain", DOMAIN, "--now", str(keys.NOW), "--canonicalization", form, *more)

    def verify(self, messages):
        """The JSON objects of `sceau verify`, in order."""
        folder = tempfile.mkdtemp(dir=self.folder)
        names = [os.path.join(folder, "%06d.eml" % i) for i in range(len(messages))]
        for name, octets in zip(names, messages):
            with open(name, "wb") as f:
                f.write(octets)
        done = subprocess.run([self.program, "verify", "--json", "--config", "/dev/null", "--dns",
                               os.path.join(self.folder, "zone"), "--now", str(keys.NOW), *names],
                              capture_output=True, text=True, timeout=120)
        said = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(said) == len(messages), (len(said), done.stderr)
        return said


class MailDkim:
    """maildkim.pl, one process for each caller."""

    def __init__(self):
        self.pipe = subprocess.Popen(["perl", os.path.join(here, "maildkim.pl")], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
        self.ask({"records": {"%s._domainkey.%s" % (s, d.lower()): r for d in keys.DOMAINS
                              for s, (r, _, _) in keys.SELECTORS.items() if r is not None}})

    def ask(self, question):
        self.pipe.stdin.write(json.dumps(question) + "\n")
        self.pipe.stdin.flush()
        return json.loads(self.pipe.stdout.readline())

    def close(self):
        self.pipe.stdin.close()
        self.pipe.wait()


def dkimpy_verdicts(octets):
    said = []
    for i in range(2):
        try:
            said.append(dkim.DKIM(octets).verify(idx=i, dnsfunc=dns))
        except Exception as e:  # whatever it stumbles over is no pass
            said.append(repr(e))
    return said


def opendkim_verdict(octets):
    """It is a filter's library and expects whole lines."""
    octets = octets if octets.endswith(b"\r\n") else octets + b"\r\n"
    done = subprocess.run(["opendkim-testmsg"], input=octets, capture_output=True, timeout=60)
    return done.returncode == 0 or (done.stdout + done.stderr).decode("latin1").strip()


def judge(job):
    """In a worker process: messages made, signed, and judged by the peers. Gives (count, failures)."""
    program, folder, seed, numbers, has_opendkim = job
    sceau, perl, failures = Sceau.__new__(Sceau), MailDkim(), []
    sceau.program, sceau.folder = program, folder
    for n in numbers:
        made = Made(seed, n)
        signed = sceau.sign(made.octets, made.form)
        if not signed.endswith(made.octets) or not signed.startswith(b"DKIM-Signature: "):
            failures.append((n, "sceau", "the message below the signatures is another", signed))
        said = perl.ask({"op": "signatures", "octets": signed.hex()})
        verdicts = [("dkimpy, " + what, v) for what, v in zip((ED, RSA), dkimpy_verdicts(signed))]
        verdicts.append(("Mail::DKIM", "pass" in said.values() or str(said)))
        if has_opendkim and n % 2:
            # With the RSA signature alone: the top field, Ed25519's, is away.
            verdicts.append(("OpenDKIM", opendkim_verdict(re.sub(rb"(?s)\A.*?\r?\n(?![ \t])", b"", signed))))
        failures += [(n, peer, str(v), signed) for peer, v in verdicts if v is not True and not explained(peer, made, v)]
    perl.close()
    return len(numbers), failures


def explained(peer, made, verdict):
    """Why a peer may refuse what is signed here; doc/decisions.d/dkim.md has each with its section."""
    head, body = made.kind
    if head == "head_before_colon" and peer.startswith("dkimpy") and "MessageFormatError" in verdict:
        return "it reads no blanks before the colon (RFC 5322 section 4.5.8)"
    if head in ("head_before_colon", "head_duplicates") and peer == "OpenDKIM" and "Syntax error" in verdict:
        return "it takes no message outside RFC 5322 section 3.6"
    if body == "body_bare_cr" and peer == "OpenDKIM" and "Bad signature" in verdict:
        return "a lone CR is no text to it"
    return None


def chain(sceau, seed, n, perl):
    """A chain of one to five sets: ours, or dkimpy's when `theirs`. Gives its octets and what went wrong."""
    r = random.Random("%s/chain/%d" % (seed, n))
    made, hops = Made(seed, n, UNREAD), 1 + n % 5
    selector = (RSA, RSA, ED)[n % 3]
    octets = made.octets
    for hop in range(1, hops + 1):
        host = "mx%d.example.org" % hop
        octets = b"Authentication-Results: %s; spf=pass smtp.mailfrom=a.example%s\r\n" % (
            host.encode(), b"" if hop == 1 else b"; arc=pass") + octets
        if selector == RSA and r.random() < 0.4:  # dkimpy seals with RSA only
            _, key, algorithm = keys.SELECTORS[selector]
            octets = b"".join(f.rstrip(b"\r\n") + b"\r\n" for f in dkim.arc_sign(
                octets, selector.encode(), DOMAIN.encode(), key, host.encode(), signature_algorithm=algorithm.encode(),
                include_headers=[b"from", b"to", b"subject"])) + octets
        else:
            octets = sceau.sign(octets, made.form, (selector,), "--arc", "--authserv-id", host, "--dns",
                                os.path.join(sceau.folder, "zone"))
            if not octets.startswith(b"ARC-Seal: "):
                return octets, [(n, "sceau", "hop %d is not sealed" % hop, octets)]
        octets = b"Received: from hop%d by next; Sat, 28 Nov 2026 10:00:00 +0000\r\n" % hop + octets
    if selector == ED:  # which neither peer knows in ARC
        return octets, []
    try:
        cv, _, reason = dkim.arc_verify(octets, dnsfunc=dns)
    except Exception as e:  # whatever it stumbles over is no pass
        cv, reason = b"fail", repr(e)
    failures = [] if cv == b"pass" else [(n, "dkimpy, %d hops" % hops, "%s %s" % (cv, reason), octets)]
    said = perl.ask({"op": "chain", "octets": octets.hex()})
    if said.get("result") != "pass":
        failures.append((n, "Mail::DKIM, %d hops" % hops, str(said), octets))
    return octets, failures


def chains(job):
    program, folder, seed, numbers = job
    sceau, perl, failures, made = Sceau.__new__(Sceau), MailDkim(), [], []
    sceau.program, sceau.folder = program, folder
    for n in numbers:
        octets, wrong = chain(sceau, seed, n, perl)
        made.append(octets)
        failures += wrong
    perl.close()
    for n, octets, said in zip(numbers, made, sceau.verify(made)):
        if said["arc"]["cv"] != "pass" or said["arc"]["instances"] != 1 + n % 5:
            failures.append((n, "sceau verify", str(said["arc"]), octets))
    return len(numbers), failures


def theirs(job):
    """Signed by dkimpy, verified by `sceau verify`."""
    program, folder, seed, numbers = job
    sceau, signed = Sceau.__new__(Sceau), []
    sceau.program, sceau.folder = program, folder
    for n in numbers:
        made, (selector, algorithm) = Made(seed, n, UNREAD), ((RSA, b"rsa-sha256"), (ED, b"ed25519-sha256"))[n // 4 % 2]
        signed.append(dkim.sign(made.octets, selector.encode(), DOMAIN.encode(), keys.SELECTORS[selector][1],
                                canonicalize=tuple(made.form.encode().split(b"/")), signature_algorithm=algorithm) +
                      made.octets)
    return len(numbers), [(n, "sceau verify", str(said["dkim"]), octets)
                          for n, octets, said in zip(numbers, signed, sceau.verify(signed))
                          if [d["result"] for d in said["dkim"]] != ["pass"]]


# ---------------------------------------------------------------- OpenDKIM asks port 53


NSD = """server:
 ip-address: 127.0.0.1
 port: 53
 do-ip6: no
 username: ""
 chroot: ""
 pidfile: ""
 database: ""
 zonesdir: "%(dir)s"
 xfrdfile: "%(dir)s/xfrd"
 zonelistfile: "%(dir)s/zones"
 xfrdir: "%(dir)s"
 logfile: "%(dir)s/nsd.log"
 server-count: 1
remote-control:
 control-enable: no
"""


def start_nsd(folder):
    """In a network namespace of our own: opendkim-testmsg takes its server from /etc/resolv.conf only."""
    with open(os.path.join(folder, "nsd.conf"), "w") as f:
        f.write(NSD % {"dir": folder})
        for i, domain in enumerate(keys.DOMAINS):
            f.write('zone:\n name: "%s"\n zonefile: "%d.zone"\n' % (domain.lower(), i))
            with open(os.path.join(folder, "%d.zone" % i), "w") as z:
                z.write("$TTL 300\n%s. SOA ns host 1 3600 600 86400 60\n%s. NS ns.example.net.\n" % ((domain.lower(),) * 2))
                z.write("".join(line + "\n" for line in keys.zone().splitlines() if "." + domain.lower() + ". " in line))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    nsd = subprocess.Popen(["/usr/sbin/nsd", "-d", "-c", os.path.join(folder, "nsd.conf")], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    resolv = os.path.join(folder, "resolv.conf")
    with open(resolv, "w") as f:
        f.write("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
    return nsd


def batches(numbers):
    size = max(len(numbers) // (4 * WORKERS), 10)
    return [numbers[i:i + size] for i in range(0, len(numbers), size)]


def report(what, results):
    count, failures = sum(r[0] for r in results), [f for r in results for f in r[1]]
    print("%s: %d messages, %d differ" % (what, count, len(failures)), flush=True)
    for n, peer, verdict, octets in failures[:8]:
        print("message %d: %s: %s\n%s" % (n, peer, verdict[:500],
                                          re.sub(r"(?m)^", "  | ", repr(octets.decode("latin1"))[:3000].replace("\\r\\n", "\n"))))
    return bool(failures) or count == 0


def main():
    """The exit status."""
    program = os.path.abspath(sys.argv[1])
    seed = sys.argv[2] if len(sys.argv) > 2 else "6376"
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    is_alone = os.environ.get("SCEAU_NAMESPACE") == "1"
    if not is_alone and os.geteuid() == 0 and shutil.which("opendkim-testmsg"):
        os.environ["SCEAU_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])
    print("seed %s" % seed)
    with tempfile.TemporaryDirectory(prefix="sceau-sign.") as folder:
        sceau = Sceau(program, folder)
        nsd = start_nsd(folder) if is_alone else None
        print("OpenDKIM: %s" % ("asked too" if nsd else "not asked: it needs root and opendkim-tools"))
        try:
            with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
                numbers = list(range(count))
                failed = report("signed here", list(pool.map(judge, [(program, folder, seed, b, nsd is not None)
                                                                     for b in batches(numbers)])))
                few = [(program, folder, seed, b) for b in batches(numbers[:count // 5])]
                failed |= report("sealed here and there", list(pool.map(chains, few)))
                failed |= report("signed by dkimpy", list(pool.map(theirs, few)))
        finally:
            if nsd:
                nsd.terminate()
                nsd.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
