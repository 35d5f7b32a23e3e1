#!/usr/bin/python3
"""SPF: sceau against pyspf (Debian's python3-spf) over generated worlds.

    tests/differential/spf.py SCEAU-HARNESS [SEED [WORLDS [DIRECTORY]]]

A world is a handful of domains with records, hosts, reverse names and DNS trouble; some
mails are checked in each, by both, and result, explanation and deciding mechanism must be
the same. Both read one list of records: sceau a zone file of it, pyspf a dictionary.

Where pyspf is known to leave RFC 7208, class Reader puts it right, each with its section;
doc/decisions.d/spf.md has the list. What is left must not differ at all. Exit status 77:
python3-spf is not installed.
"""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.pop(0)  # this file has the name of the module it wants
try:
    import spf
except ImportError:
    print("python3-spf is not installed")
    sys.exit(77)

NOW = 1500000000
DEFAULT = "DEFAULT"
FAILURES = ("SERVFAIL", "TIMEOUT", "REFUSED")

# ---------------------------------------------------------------- pyspf, put right

# macro-expand of section 7.1; a number of parts is not zero, section 7.3.
MACRO = re.compile(r"%(?:[%_-]|\{[slodipvhcrt](?:0*[1-9][0-9]*)?r?[-.+,/_=]*\})", re.I)


class Reader(spf.query):
    """pyspf as RFC 7208 wants it, where it can be told from outside."""

    world = None

    def check_lookups(self):
        """A redirect counts when it is followed, not when it is read (section 4.6.4)."""
        if self.redirects_read > 0:
            self.redirects_read -= 1
        else:
            self.is_void = False
            super().check_lookups()

    def check0(self, record, recursion):
        self.redirects_read = len(re.findall(" redirect=", record or ""))
        self.records.append(recursion)
        try:
            return super().check0(record, recursion)
        finally:
            self.records.pop()

    def check1(self, record, domain, recursion):
        if self.records and self.records[-1] == recursion:  # an include goes one deeper
            self.check_lookups()
        return super().check1(record, domain, recursion)

    def dns(self, name, qtype, cnames=None, ignore_void=False):
        """Section 4.6.4 counts terms with void lookups; pyspf counts queries, and TXT too."""
        if name.endswith("."):  # a second final dot: an empty label
            return []
        result = super().dns(name, qtype, cnames, ignore_void=True)
        is_name = all(0 < len(label) < 64 for label in name.split("."))
        if not result and is_name and not ignore_void and qtype != "TXT" and not self.is_void:
            self.is_void = True
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("void")
        return result

    def dns_mx(self, domain):
        """Hosts are asked in the answer's order, and none after a match."""
        names = self.dns(domain, "MX")
        if len(names) > spf.MAX_MX:
            raise spf.PermError("MX")
        return (ip for _, host in names for ip in self.dns_a(host, self.A))

    def cidrmatch(self, addresses, bits):
        return any(spf.query.cidrmatch(self, [ip], bits) for ip in addresses)

    def validated_ptrs(self):
        """Section 5.5: trouble is no match, or skips a name."""
        try:
            names = self.dns_ptr(self.i)[:spf.MAX_PTR]
        except spf.TempError:
            return []
        return [name for name in names if self.has_client(name)]

    def has_client(self, name):
        try:
            return spf.query.cidrmatch(self, self.dns_a(name, self.A), self.cidrmax)
        except spf.TempError:
            return False

    def getp(self):
        """Section 7.3: <domain> is the current one, so the name is chosen anew each time."""
        self.p = None
        void, self.is_void = self.is_void, True
        try:
            return super().getp()
        finally:
            self.is_void = void

    def note_error(self, message, *more):
        """Section 6: unknown modifiers may stand as often as they like."""
        if message.endswith("MUST appear at most once") and not message.startswith(("exp=", "redirect=")):
            return None
        return super().note_error(message, *more)

    def validate_mechanism(self, mech):
        """A record that includes itself is an error by its lookups, once it gets there."""
        try:
            return super().validate_mechanism(mech)
        except spf.PermError as error:
            if error.msg != "include has trivial recursion":
                raise
            return mech, "include", self.d, self.cidrmax, spf.RESULTS.get(mech[0], "pass")

    def expand(self, s, stripdot=True):
        """Section 7.1: the whole grammar. Section 7.3: as many labels go from the left as
        needed, pyspf drops one."""
        if "%" in MACRO.sub("", s):
            raise spf.PermError("macro")
        result = super().expand(s, stripdot=False)
        if not stripdot:
            return result
        super().expand(s, stripdot=True)  # refuses c, r and t
        result = result[:-1] if result.endswith(".") else result
        while len(result) > 253:
            result = result.partition(".")[2]
        return result


# Section 7.3: parts are rejoined with dots, whatever they were split on.
spf.JOINERS = dict.fromkeys("slodipvhcrt", ".")
# Section 7.1: "R" is "r"; a final "%%" is no error (expand checks the grammar).
spf.RE_ARGS = re.compile(spf.RE_ARGS.pattern, re.I)
spf.RE_INVALID_MACRO = re.compile(r"(?!)")


def lookup(name, qtype, strict=True, timeout=20):
    name = name.lower()
    for _ in range(9):
        if (name, qtype) in Reader.world.trouble:
            raise spf.TempError("DNS trouble")
        values = Reader.world.records.get((name, qtype), [])
        target = Reader.world.records.get((name, "CNAME"))
        if values or not target:
            return [((name, qtype), v) for v in values]
        name = target[0].lower()
    raise spf.TempError("CNAME loop")


spf.DNSLookup = lookup


def ask_pyspf(world, mail):
    Reader.world = world
    q = Reader(mail["ip"], mail["mail_from"], mail["helo"], receiver="mx.receiver.test")
    q.t = str(NOW)
    q.is_void, q.redirects_read, q.records = False, 0, []
    q.set_default_explanation(DEFAULT)
    result, _, text = q.check()
    is_error = result in ("none", "temperror", "permerror")
    return result, text if result == "fail" else None, None if is_error else q.mechanism or "default", text


# ---------------------------------------------------------------- worlds

DOMAINS = ["d%d.example" % n for n in range(6)]
HOSTS = ["h%d.example" % n for n in range(6)] + ["mail.d0.example", "mx.d1.example"]
GONE = ["n%d.test" % n for n in range(4)]
IP4 = ["192.0.2.%d" % n for n in (1, 2, 77, 130)] + ["198.51.100.7"]
IP6 = ["2001:db8::1", "2001:db8:0:1::2", "2001:db9::77"]
LOCAL = ["user", "strong-bad", "a.b-c+d", "x--y", "Mixed.Case", "a/b=c_d,e", "~tilde&", "-"]
HELO = ["mta.example.net", "h0.example", "mail.d0.example", "[192.0.2.1]", "LOCALHOST", "a_b.c"]


class World:
    def __init__(self, r):
        self.r = r
        self.records = {}
        self.trouble = {}
        self.clients = r.sample(IP4, 2) + r.sample(IP6, 1)
        if r.random() < 0.1:
            self.clients[0] = "::ffff:" + self.clients[0]
        self.local_parts = r.sample(LOCAL, 2)
        self.helo = r.choice(HELO)
        self.hosts()
        self.reverse()
        for domain in DOMAINS:
            self.publish(domain)
        self.targets()
        for _ in range(r.choice((0, 0, 0, 1, 3))):
            name = r.choice(DOMAINS + HOSTS)
            qtype = r.choice(("TXT", "A", "AAAA", "MX"))
            if (name, qtype) not in self.records:
                self.trouble[name, qtype] = r.choice(FAILURES)

    def add(self, name, qtype, value):
        values = self.records.setdefault((name.lower(), qtype), [])
        if value not in values:
            values.append(value)

    # -------- names that records point at

    def hosts(self):
        r = self.r
        for host in HOSTS + DOMAINS[:3]:
            for _ in range(r.choice((0, 1, 1, 2))):
                self.add(host, "A", r.choice(IP4))
            if r.random() < 0.5:
                self.add(host, "AAAA", r.choice(IP6))
        for domain in DOMAINS:
            for _ in range(r.choice((0, 1, 2, 2, 3))):
                self.add(domain, "MX", (r.randrange(20), r.choice(HOSTS + GONE[:1])))
        if r.random() < 0.1:
            for n in range(r.choice((10, 11))):
                self.add(DOMAINS[5], "MX", (n, "m%d.example" % n))
                self.add("m%d.example" % n, "A", IP4[n % len(IP4)])
        for n in range(r.choice((0, 0, 1, 3, 9))):
            self.add("c%d.example" % n, "CNAME", "c%d.example" % (n + 1))

    def reverse(self):
        r = self.r
        for client in self.clients:
            q = Reader(client, "x@y.test", "z.test")
            name = "%s.%s.arpa" % (spf.reverse_dots(q.i), q.v)
            for _ in range(r.choice((0, 1, 1, 2, 12))):
                host = r.choice(HOSTS + DOMAINS[:2])
                self.add(name, "PTR", host)
                if r.random() < 0.6:
                    self.add(host, q.A, str(q.ipaddr))
            if r.random() < 0.1:
                self.trouble.setdefault((name.lower(), "PTR"), r.choice(FAILURES))
                self.records.pop((name.lower(), "PTR"), None)

    # -------- records

    def macro(self, letters="slodivh"):
        r = self.r
        letter = r.choice(letters)
        if r.random() < 0.25:
            letter = letter.upper()
        digits = r.choice(("", "", "1", "2", "3", "127", "0" * (r.random() < 0.02)))
        delimiters = "".join(r.sample(".-+,/_=", r.choice((0, 0, 1, 2))))
        text = "%{" + letter + digits + r.choice(("", "", "r", "R")) + delimiters + "}"
        if r.random() < 0.02:
            text = r.choice(("%{}", "%{d", "%(d)", "%", "%{dr2}", "%{x}", "%{d@}", "%{c}", "%{d-2}"))
        return text

    def domain_spec(self, names):
        r = self.r
        kind = r.random()
        if kind < 0.6:
            return r.choice(names) + r.choice(("", "", "", "."))
        if kind < 0.75:
            return self.macro() + "." + r.choice(names)
        if kind < 0.85:
            return self.macro() + r.choice((".", "._spf.", "-", "/8.")) + self.macro()
        if kind < 0.9:
            return r.choice(("%{d}", "%{o}", "x.%{d2}", "%{h}", "mail.%{d}"))
        if kind < 0.94:
            return self.macro("lis") * r.choice((6, 12)) + "." + r.choice(names)
        return r.choice(("museum", "a..b.example", "x" * 64 + ".example", "a.123", "foo:bar/baz.example", "",
                         "a.-b", "%%.example", "a%_b.example", "%-x.example", "example.com:80", "a.1-1", "%{d}com"))

    def cidr(self):
        r = self.r
        if r.random() < 0.7:
            return ""
        return r.choice(("/24", "/32", "/0", "/8", "//64", "//128", "/24//64", "//0", "/33", "//129", "/024", "/24/64",
                         "/", "//", "/25//32"))

    def mechanism(self):
        r = self.r
        name = r.choice(("a", "a", "mx", "mx", "ptr", "ip4", "ip4", "ip6", "exists", "include", "include", "all"))
        written = name if r.random() < 0.9 else name.upper()
        if name in ("a", "mx"):
            spec = ":" + self.domain_spec(HOSTS + DOMAINS + GONE + ["c0.example"]) if r.random() < 0.6 else ""
            return written + spec + self.cidr()
        if name == "ptr":
            return written + (":" + self.domain_spec(DOMAINS + ["example"]) if r.random() < 0.5 else "")
        if name == "ip4":
            return written + ":" + r.choice(IP4 + ["192.0.2.0", "192.0.2", "192.0.2.256", "01.2.3.4"]) + r.choice(
                ("", "", "/24", "/25", "/32", "/0", "/33", "//24"))
        if name == "ip6":
            return written + ":" + r.choice(IP6 + ["2001:db8::", "::ffff:192.0.2.1", "1::2::3", "::", "192.0.2.1",
                                                   "1:2:3:4:5:6:7:8", "2001:DB8:0:0::192.0.2.1"]) + r.choice(
                ("", "", "/32", "/64", "/128", "/0", "/129", "//64"))
        if name == "exists":
            return written + ":" + self.domain_spec(HOSTS + DOMAINS + GONE)
        if name == "include":
            return written + ":" + self.domain_spec(DOMAINS)
        return written + r.choice(("", "", "", "", "", ".", ":x", "/8"))

    def term(self):
        r = self.r
        kind = r.random()
        if kind < 0.92:
            return r.choice(("", "", "", "+", "-", "~", "?")) + self.mechanism()
        if kind < 0.97:
            return r.choice(("moo=", "x.y-z_=", "op=", "ip4=")) + r.choice(("", "a", "%{d}", "a:b/c", "%{l1r-}"))
        return r.choice(("moo", "a,", "=x", "1up=x", "ipv4:192.0.2.1", "+moo=x", "redirect:d0.example", "a\x01", "a:b\xe9.example"))

    def publish(self, domain):
        r = self.r
        terms = [self.term() for _ in range(r.choice((0, 1, 2, 3, 4, 5, 12)))]
        if r.random() < 0.93:
            terms = [t for t in terms if is_valid(t)]
        terms = [t for t in terms if t.lower().lstrip("+-~?") not in ("include:" + domain, "include:%{d}")]
        if r.random() < 0.6:
            terms.append(r.choice("-~?+") + "all")
        elif r.random() < 0.5:
            redirect = "redirect=" + self.domain_spec([d for d in DOMAINS if d != domain])
            if is_valid(redirect) or r.random() < 0.1:
                terms.insert(r.randrange(len(terms) + 1), redirect)
        if r.random() < 0.5:
            name = "exp." + domain
            terms.insert(r.randrange(len(terms) + 1), "exp=" + r.choice((name, name, "exp.%{d}", "%{v}." + name)))
            for _ in range(r.choice((0, 1, 1, 1, 1, 1, 2))):
                text = self.explanation()
                self.add(name, "TXT", text)
                self.add("in-addr." + name, "TXT", text)
        text = r.choice(("v=spf1", "v=spf1", "v=spf1", "V=SPF1")) + "".join(" " * r.choice((1, 1, 1, 2)) + t for t in terms)
        text += r.choice(("", "", " "))
        kind = r.random()
        if kind < 0.95:
            self.add(domain, "TXT", self.cut(text))
        if kind > 0.9:
            self.add(domain, "TXT", self.cut(r.choice(("other", "v=spf10 -all", "v=spf1 -all", "v=spf1"))))

    def explanation(self):
        r = self.r
        text = " ".join(r.choice(("no", "see", "50%%", self.macro("slodipvhcrt"), self.macro("slodipvhcrt"), "%_%-"))
                        for _ in range(r.choice((1, 2, 5))))
        return self.cut(text + r.choice(("", "", "", "", "", "\xe9", "%", "%{x}")))

    def cut(self, text):
        octets = text.encode("latin1")
        at = self.r.randrange(1, len(octets)) if len(octets) > 1 and self.r.random() < 0.2 else len(octets)
        parts = [octets[:at], octets[at:]] if at < len(octets) else [octets]
        return tuple(p[i:i + 255] for p in parts for i in range(0, len(p), 255))

    def targets(self):
        """Let some of the names exist that exists: and a: will ask."""
        r = self.r
        for (name, qtype), values in list(self.records.items()):
            for value in values if qtype == "TXT" else ():
                for spec in re.findall(r"(?:a|exists):(\S*%\S*)", b"".join(value).decode("latin1")):
                    mail = r.choice(self.mails())
                    q = Reader(mail["ip"], mail["mail_from"], mail["helo"])
                    q.d = name
                    try:
                        target = q.expand(re.sub(r"//?\d.*", "", spec)).lower()
                    except Exception:  # a spec that pyspf cannot take makes no name
                        continue
                    if all(0 < len(label) < 64 for label in target.split(".")) and len(target) <= 253:
                        self.add(target, "A", r.choice(IP4))
                        if q.A == "AAAA":
                            self.add(target, "AAAA", r.choice(IP6))

    # -------- what is asked

    def mails(self):
        return [{"ip": ip, "mail_from": "%s@%s" % (local, domain), "helo": self.helo}
                for ip in self.clients for local, domain in zip(self.local_parts, (DOMAINS[0], DOMAINS[1]))]

    def queries(self):
        mails = self.mails()
        for domain in DOMAINS[2:]:
            mails.append({"ip": self.r.choice(self.clients), "mail_from": "user@" + domain, "helo": self.helo})
        return mails + [{"ip": self.clients[0], "mail_from": "", "helo": "mail.d0.example"}]

    # -------- as a zone file

    def zone(self):
        lines = ["$ORIGIN .", "$TTL 300"]
        for (name, qtype), values in self.records.items():
            for v in values:
                if qtype == "TXT":
                    data = " ".join('"%s"' % quoted(part) for part in v)
                elif qtype == "MX":
                    data = "%d %s." % (v[0], escaped(v[1]))
                elif qtype in ("PTR", "CNAME"):
                    data = escaped(v) + "."
                else:
                    data = v
                lines.append("%s. %s %s" % (escaped(name), qtype, data))
        for (name, qtype), outcome in self.trouble.items():
            lines.append("$FAIL %s. %s %s" % (escaped(name), qtype, outcome))
        return "\n".join(lines) + "\n"


def quoted(octets):
    return "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else "\\%03d" % c for c in octets)


def escaped(name):
    return re.sub(r"[^A-Za-z0-9._-]", lambda m: "\\%03d" % ord(m[0]), name)


def is_valid(term):
    """Most records should be: one error anywhere hides all the rest."""
    q = Reader("192.0.2.1", "user@d0.example", "h0.example")
    name, equals, value = term.partition("=")
    try:
        if equals and re.fullmatch(r"[a-z][a-z0-9._-]*", name):
            q.expand(value) if name not in ("exp", "redirect") else q.expand_domain(value)
        else:
            q.validate_mechanism(term)
    except (spf.PermError, spf.TempError, KeyError, IndexError):
        return False
    return re.fullmatch(r"[!-~]*", term) is not None


# ---------------------------------------------------------------- the run


def main():
    harness = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7208
    worlds = int(sys.argv[3]) if len(sys.argv) > 3 else 1500
    with tempfile.TemporaryDirectory() as temporary:
        directory = sys.argv[4] if len(sys.argv) > 4 else temporary
        cases = []
        for n in range(worlds):
            world = World(random.Random(seed * 1000003 + n))
            zone = "%d.zone" % n
            with open(os.path.join(directory, zone), "w", encoding="ascii") as f:
                f.write(world.zone())
            for k, mail in enumerate(world.queries()):
                cases.append((world, {"id": "%d/%d" % (n, k), "op": "spf", "zone": zone,
                                      "in": {**mail, "default_explanation": DEFAULT, "receiver": "mx.receiver.test"}}))
        lines = "".join(json.dumps(c) + "\n" for _, c in cases)
        run = subprocess.run([harness, "--root", directory], input=lines, text=True, stdout=subprocess.PIPE, check=True)
        results = {r["id"]: r for r in map(json.loads, run.stdout.splitlines())}
    return judge(cases, results)


def judge(cases, results):
    seen, failed = {}, 0
    for world, case in cases:
        r = results.get(case["id"], {})
        ours = r.get("result"), r.get("explanation"), r.get("mechanism") or None, r.get("reason")
        theirs = ask_pyspf(world, case["in"])
        seen[theirs[0]] = seen.get(theirs[0], 0) + 1
        if ours[:3] != theirs[:3]:
            failed += 1
            print("%s %s: sceau %s, pyspf %s" % (case["id"], json.dumps(case["in"]), ours, theirs))
    print("results of pyspf: " + ", ".join("%s %d" % x for x in sorted(seen.items())))
    print("%d passed, %d failed" % (len(cases) - failed, failed))
    return 1 if failed else 0


sys.exit(main())
