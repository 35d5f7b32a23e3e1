#!/usr/bin/python3
"""Zone text: src/zone against named-compilezone (Debian's bind9-utils), BIND 9's own reader.

    tests/zone/named.py ZONE-DUMP TESTS-DATA [SEED [ZONES]]

What BIND loads, src/zone must load with the same records: owner, TTL, type and rdata, octet
by octet (of BIND's side from its raw format, so that no text is read twice). What BIND
refuses, src/zone must refuse, by an error or by a fault of the lint that says "BIND refuses
the zone". Where the two differ on purpose, EXPLAINED says why; a row of it that nothing
needs is an error too.

Compared are generated zones, the answers' table of src/zone/published_test.c, the zones of
tests/data/check and the fixtures of tests/data/suites/zones. The fixtures have neither SOA
nor NS and many origins: each is given one zone at the root, and their $FAIL (ours: a name
that answers with an error) is taken out. Exit status 77: named-compilezone is not installed.
"""
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

ORIGIN = "example.test"

# What src/zone/lint.h calls a fault with which BIND refuses a zone.
REFUSING = {"SYNTAX", "CUT", "NO_SOA", "SECOND_SOA", "NO_NS", "NS_ADDRESS", "CNAME", "LONG_SPF", "LONG_KEY",
            "LONG_TEXT"}

# Where we differ, and why: which side loads, a pattern over the reason of the side that
# refuses, the explanation.
EXPLAINED = [
    ("ours", "DS record at top of zone", "a DS belongs to the parent; the lint looks at what mail reads"),
    ("bind", "below 2.31 seconds", "BIND makes it 0 with a warning (RFC 2181 section 8): no one means that"),
    ("bind", ":2 expected: a record type", "an owner in quotes: RFC 1035 has quotes in texts only"),
    ("bind", "a control character", "BIND reads form feeds and vertical tabs as letters: nobody would see what stands there"),
    ("bind", ":5 expected: a record type", "NULL: src/dns knows by name the types that mail and hosts use"),
]


def fault_names(header):
    text = pathlib.Path(header).read_text()
    return re.findall(r"^    ZONE_FAULT_(\w+),", text, re.MULTILINE)


# ---- the two readers ---------------------------------------------------------------------


def read_raw(raw):
    """The records of BIND's raw format, version 0: a header of three numbers, then sets."""
    records, at = set(), 12
    while at < len(raw):
        _, _, kind, _, ttl, count, length = struct.unpack_from("!IHHHIIH", raw, at)
        at += 20
        owner = raw[at:at + length].lower()
        at += length
        for _ in range(count):
            (length,) = struct.unpack_from("!H", raw, at)
            records.add((owner.hex(), ttl, kind, raw[at + 2:at + 2 + length].hex()))
            at += 2 + length
    return records


def read_bind(path, origin):
    """(records, None) or (None, why it is refused). Only reading is asked for: no look at
    what a host name is, at other zones or at sense."""
    switches = "-i none -k ignore -m ignore -M ignore -n ignore -r ignore -S ignore -T ignore -W ignore"
    done = subprocess.run(["named-compilezone", *switches.split(), "-f", "text", "-F", "raw=0", "-o", "-", origin,
                           str(path)], capture_output=True, timeout=30, cwd=path.parent)
    if done.returncode:
        return None, done.stderr.decode(errors="replace").replace(str(path), "zone").strip().replace("\n", " | ")
    return read_raw(done.stdout), None


class Ours:
    def __init__(self, program, header):
        self.program, self.faults = pathlib.Path(program).resolve(), fault_names(header)

    def read(self, path, origin):
        done = subprocess.run([self.program, origin, str(path)], capture_output=True, timeout=30, cwd=path.parent)
        if done.returncode:
            raise RuntimeError(f"zone-dump: status {done.returncode}: {done.stderr.decode()}")
        records, problems = set(), []
        for line in done.stdout.decode(errors="replace").splitlines():
            word, _, rest = line.partition(" ")
            if word == "error":
                problems.append(rest)
            elif word == "fault":
                if self.faults[int(rest)] in REFUSING:
                    problems.append(self.faults[int(rest)])
            else:
                ttl, kind, rdata = rest.split(" ", 2)
                records.add((bytes.fromhex(word).lower().hex(), int(ttl), int(kind), rdata))
        return (None, "; ".join(problems)) if problems else (records, None)


# ---- generated zones -----------------------------------------------------------------------

NAMES = ["a", "b.a", "deep.er.a", "www", "WWW", "Mixed.Case", "_dmarc", "sel._domainkey", "*.wild", "x--y", "1", "10",
         r"a\.b", r"\097bc", r"sp\032ace", r"q\"uote", r"semi\;colon", r"par\(en", r"\064at", r"\@", r"dollar\$",
         "l" * 63, "@", "mail." + ORIGIN + ".", "UPPER." + ORIGIN.upper() + "."]
TARGETS = NAMES + ["mail.other.test.", ".", r"x\.y.other.test."]
TTLS = ["0", "1", "60", "3600", "1h", "1H30M", "1w2d3h4m5s", "2147483647"]
STRINGS = ["word", '"quoted words"', '""', r'"a\"b"', r'"back\\slash"', r"\"bare\"", r'"\065\066"', r"un\;quoted",
           '"semi;colon"', r'"\255\000"', '"é"', '"' + "x" * 255 + '"', r"a\ b", '"(paren)"', "v=spf1", '"v=spf1 -all"', '"tab\there"',
           r'"v=DMARC1\; p=none"', "k@x", '"$"', "a=b", r'"\$"']

UNKNOWN = [r"TYPE65280 \# 0", r"TYPE65280 \# 4 0a000001", r"TYPE731 \# 6 abcd (ef 01) 23 45", r"TYPE1 \# 4 c0000201",
           r"A \# 4 C0000202", r"TYPE16 \# 3 02 61 62", r"TXT \# 1 00", r"type62347 \# 2 AbCd", r"CLASS1 TYPE15 \# 4 000a 01 00"]
UNKNOWN[-1] = r"TYPE15 \# 5 000a 01 61 00"

FAULTS = [
    "bad A 192.0.2", "bad A 192.0.2.1.1", "bad A 192.0.2.256", "bad A 192.0.2.1 192.0.2.2", "bad A", "bad AAAA 2001:db8::g",
    "bad AAAA 1::2::3", "bad AAAA 192.0.2.1", "bad MX mail", "bad MX 70000 mail", "bad MX 10", "bad MX -1 mail", "bad MX 10 mail extra",
    "bad TXT", 'bad TXT "open', 'bad TXT "two" "open', "bad TXT " + "y" * 256, "bad CNAME", "bad CNAME a b", "bad NOTYPE x", "bad 12 x",
    "bad A ( 192.0.2.1", "bad A 192.0.2.1 )", "bad..dots A 192.0.2.1", ".bad A 192.0.2.1", "l" * 64 + " A 192.0.2.1",
    ".".join(["m" * 60] * 5) + " A 192.0.2.1", r"\300x A 192.0.2.1", r"\25 A 192.0.2.1", r"bad TXT \256", r'bad TXT "\29"',
    r"bad TYPE65280 \# 2 ab", r"bad TYPE65280 \# 1 abcd", r"bad TYPE65280 \# 1 xy", r"bad TYPE65280 x", r"bad A \# 3 c00002",
    r"bad TYPE65536 \# 0", "bad CH A 192.0.2.1", "bad HS TXT x", "bad 2147483648 A 192.0.2.1", "bad 99999999999 A 192.0.2.1",
    "bad 1x A 192.0.2.1", "bad 1h1 A 192.0.2.1", "bad 1h1h A 192.0.2.1", "$ORIGIN", "$ORIGIN a b", "$TTL", "$TTL x", "$TTL 1 2", "$NOSUCH x", "$INCLUDE",
    "$INCLUDE nowhere.zone", "$GENERATE 1-3", "$GENERATE 3-1 h$ A 192.0.2.$", "$GENERATE x-3 h$ A 192.0.2.$",
    "$GENERATE 1-3/0 h$ A 192.0.2.$", "$GENERATE 1-3 h${1 A 192.0.2.$", "$GENERATE 1-3 h${0,0,z} A 192.0.2.$",
    "$GENERATE 250-260 h$ A 192.0.2.$", "$GENERATE 1-3 h$ A", "$GENERATE 1-2 h${-5} A 192.0.2.1",
    "a2 CNAME a\na2 A 192.0.2.9", "a2 TXT x\na2 CNAME a", "a2 CNAME a\na2 CNAME b", "@ CNAME a", "@ SOA ns root 2 2 3 4 5",
    "sub SOA ns root 1 2 3 4 5", "@ NS gone", "bad SRV 1 2 x .", "bad SRV 1 2 3", "bad CAA 300 issue ca.test", "bad CAA 0 issue",
    "bad TLSA 3 1 1 abc", "bad TLSA 3 1 1 xy", "bad TLSA 3 1 256 ab", "bad DS 1 8 2 zz", "bad PTR", "bad HINFO one", '"bad" A 192.0.2.1',
    "bad \"60\" A 192.0.2.1", 'bad A "192.0.2.1"', 'bad MX 10 "mail"', 'bad MX "10" mail', 'bad "A" 192.0.2.1', "60 60 60 A 192.0.2.1",
    "bad IN IN A 192.0.2.1", "bad 60 60 A 192.0.2.1", "bad 60 IN 60 A 192.0.2.1", "bad A 1.2.3.04", "bad A 0x1.2.3.4", "bad A 192.0.2.010",
    "bad MX 0x10 mail", "bad MX 010 mail", "bad MX +5 mail", "bad AAAA ::1.2.3.4", "bad AAAA 2001:db8::1%lo", "bad AAAA fe80:0:0:0:0:0:0:0:1", "bad AAAA ::01234",
    "bad MX 10 mail@x", "bad TXT \"a\"b", "bad TXT a\"b\"", "bad TXT \"a\"\"b\"", "bad TXT a(b", "bad TXT (a)b(c)", "bad\tA\t192.0.2.1\r", "bad TXT a\fb", "bad TXT a\vb", "bad TXT \"a\0b\"",
    "bad TXT \"a\rb\"", "bad TXT a\\", "bad TXT (\n\"a\" ; x\n  \"b\" )", "out.of.zone. A 192.0.2.1", "nb IN SPF \"v=spf1 -all\"", "d DNAME a.", "d DNAME a.\nd DNAME b.",
    "d DNAME a.\nx.d A 192.0.2.1", "bad 1W2W A 192.0.2.1", "bad 60S A 192.0.2.1", "bad S A 192.0.2.1", "bad 5m IN A 192.0.2.1", "$TTL 1h\nq A 192.0.2.7", "$ttl 50\nq2 A 192.0.2.8", "$origin q\nq2 A 192.0.2.8",
    " $TTL 5", "bad IN 60 IN A 192.0.2.1", "IN IN A 192.0.2.1", "60 A 192.0.2.1", "TXT TXT x", "IN A 192.0.2.1", "\nA A 192.0.2.1", " A 192.0.2.77", "bad any x", "bad AXFR x", "bad ANY x", "bad TYPE0 \\# 0", "bad TYPE255 \\# 0", "bad OPT \\# 0", "bad TYPE41 \\# 0", "bad TYPE250 \\# 0", "bad NULL \\# 1 aa", "bad TYPE10 \\# 1 aa",
    "$GENERATE 1-3 h$ 60 IN A 192.0.2.$", "$GENERATE 1-3 h$ IN 60 A 192.0.2.$", "$GENERATE 1-3 h$ 60 A 192.0.2.$", "$GENERATE 1-3 h${10} TXT x$", "$GENERATE 1-3 h${0,3} CNAME a${0,4,x}", "$GENERATE 10-17 h${0,3,X} CNAME a${0,0,o}", "$GENERATE 0-16/4 ${0,4,n} CNAME h${0,3,N}", "$GENERATE 1-2 $ TXT \"a $ b\"", "$GENERATE 1-2 h$ MX \"10 m$\"", "$GENERATE 1-2 h$ MX 10 m$", r"$GENERATE 1-2 h\$$ CNAME a$", "$GENERATE 1-2 h$$ CNAME a$", "$GENERATE 1-2 @ NS ns.h$.other.test.", "$GENERATE 1-2 h$ CNAME $.a", "$GENERATE 1-2 h$.x. A 192.0.2.1", "$GENERATE 1-1 h$ CH TXT x", "$GENERATE 1-5/2 h$ A 192.0.2.${100}", "$GENERATE 1-2 h$ TXT x y",
]


def words(rng, parts):
    """The parts of an entry with blanks, parentheses, line ends and comments between."""
    style = rng.randrange(4)
    if style == 0:
        return " ".join(parts)
    if style == 1:
        return "\t \t".join(parts)
    if style == 2:
        return "( " + " ".join(parts) + " )" + rng.choice(["", " ; end", ";end"])
    return "(" + "".join(rng.choice([" ", "\n", " ; ( \"\n\t", "\r\n  "]) + p for p in parts) + "\n)"


def rdata(rng):
    name = lambda: rng.choice(TARGETS)
    octet = lambda: str(rng.choice([0, 1, 255, rng.randrange(256)]))
    number = lambda: str(rng.choice([0, 1, 65535, rng.randrange(65536)]))
    return rng.choice([
        lambda: ["A", "192.0.2.%d" % rng.randrange(256)],
        lambda: ["AAAA", rng.choice(["2001:db8::1", "::", "::ffff:192.0.2.1", "2001:DB8:0:0:1::", "1:2:3:4:5:6:7:8", "fe80::1"])],
        lambda: ["MX", number(), name()],
        lambda: ["TXT"] + [rng.choice(STRINGS) for _ in range(rng.randrange(1, 5))],
        lambda: ["SPF", rng.choice(STRINGS)],
        lambda: ["txt", rng.choice(STRINGS)],
        lambda: ["PTR", name()],
        lambda: ["SRV", number(), number(), number(), name()],
        lambda: ["CAA", octet(), rng.choice(["issue", "iodef", "ISSUEWILD"]), rng.choice(['"ca.test"', '";"', "x", '""', r'"a\"b"'])],
        lambda: ["TLSA", octet(), octet(), "1", "ab" * 16, "CD" * 16],
        lambda: ["DS", number(), "8", "2", "0123456789abcdef" * 4],
        lambda: ["HINFO", rng.choice(STRINGS), rng.choice(STRINGS)],
        lambda: ["RP", name(), name()],
        lambda: ["NAPTR", number(), number(), '"S"', '"SIP+D2U"', '""', name()],
        lambda: ["SSHFP", "1", "1", "ab" * 20],
        lambda: rng.choice(UNKNOWN).split(" "),
    ])()


def entry(rng):
    owner = rng.choice(NAMES + [""] * 8)
    middle = rng.choice([[], [rng.choice(TTLS)], ["IN"], ["in"], ["CLASS1"], [rng.choice(TTLS), "IN"], ["IN", rng.choice(TTLS)]])
    data = rdata(rng)
    return owner + rng.choice([" ", "\t", "   "]) + " ".join(middle + data[:1]) + " " + words(rng, data[1:])


def generate(rng, fault):
    """A zone: its frame, up to 25 entries and directives, and with `fault` that line."""
    ttl_first = rng.random() < 0.7
    lines = ["; seeded"] + (["$TTL " + rng.choice(TTLS)] if ttl_first else [])
    lines += [rng.choice(["@", ORIGIN + ".", "EXAMPLE.test."]) + rng.choice([" ", " 300 ", " IN 1h "]) +
              "SOA ns root." + rng.choice(["", ORIGIN + "."]) + " ( 1 ; serial\n 1h 15M 4w\n 2m )",
              rng.choice(["  NS ns", "\tIN NS ns", "@ NS ns." + ORIGIN + "."]), "ns A 192.0.2.1"]
    body = [entry(rng) for _ in range(rng.randrange(1, 25))]
    if rng.random() < 0.4:
        body.insert(rng.randrange(len(body) + 1), "$TTL " + rng.choice(TTLS))
    if rng.random() < 0.4:
        body.insert(rng.randrange(len(body) + 1), "$ORIGIN " + rng.choice(["sub", "a.b", ORIGIN + ".", "Sub." + ORIGIN + ".", "@"]))
    if rng.random() < 0.3:
        body.insert(rng.randrange(len(body) + 1), "$INCLUDE part.inc" + rng.choice(["", " inc", " inc." + ORIGIN + ". ; there"]))
    if fault is not None:
        body.insert(rng.randrange(len(body) + 1), fault)
    end = rng.choice(["\n", "\n", "\r\n", ""])
    return "\n".join(lines + body) + end


PART = "inc1 A 192.0.2.50\n 30 TXT included\n$ORIGIN moved\ninc2 MX 5 m\n"


def generated(seed, count):
    rng = random.Random(seed)
    for i in range(count):
        fault = FAULTS[i // 2 % len(FAULTS)] if i % 2 else None
        yield f"generated {seed}/{i}" + (f" with {fault!r}" if fault else ""), ORIGIN, generate(rng, fault)
    frame = "$TTL 60\n@ SOA ns root 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"
    for last in ["$INCLUDE part.inc", "$INCLUDE part.inc inc", "$TTL 5", "$ORIGIN a", "$GENERATE 1-2 h$ A 192.0.2.$", "a A 192.0.2.9", "; comment", "$TTL 5 ; comment"]:
        yield f"last {last!r}", ORIGIN, frame + last
    for fault in FAULTS:
        yield f"only {fault!r}", ORIGIN, frame + fault + "\n"
    for missing in ["", "ns A 192.0.2.1\n", "$TTL 5\n@ NS ns\nns A 192.0.2.1\n", "@ SOA ns root 1 2 3 4 5\nns A 192.0.2.1\n",
                    "@ SOA ns root 1 2 3 4 5\n@ NS ns.other.test.\nx A 192.0.2.1\n", "@ A 192.0.2.1\n@ 5 SOA ns.x. root 1 2 3 4 5\n NS ns.x.\n",
                    " 60 A 192.0.2.1\n@ SOA ns.x. root 1 2 3 4 5\n NS ns.x.\n"]:
        yield f"frame {missing!r}", ORIGIN, missing


# ---- zones of the tree ---------------------------------------------------------------------


def fixtures(data):
    for path in sorted((data / "suites/zones").glob("*.zone")):
        text = "\n".join(l for l in path.read_text(errors="surrogateescape").split("\n") if not l.startswith("$FAIL"))
        yield f"fixture {path.name}", ".", ". 300 SOA ns.test. root.test. 1 2 3 4 5\n. 300 NS ns.test.\nns.test. 300 A 192.0.2.1\n" + text


def checked(data):
    for path in sorted((data / "check").glob("*.zone")):
        text = path.read_text(errors="surrogateescape")
        origin = re.search(r"^\$ORIGIN\s+(\S+)\.", text, re.MULTILINE)
        yield f"check {path.name}", origin.group(1) if origin else path.stem, text


def table(root):
    """The zone of published_test.c, without what it breaks on purpose."""
    source = (root / "src/zone/published_test.c").read_text()
    body = source[source.index("zone_text[] ="):source.index(";\n", source.index("zone_text[] ="))]
    lines = [eval(f'"{s}"') for s in re.findall(r'"((?:[^"\\]|\\.)*)"', body)]  # C's escapes here are Python's
    yield "published_test.c", ORIGIN, "".join(l for l in lines if not l.startswith("broken"))


# ---- comparison ------------------------------------------------------------------------------


def compare(name, bind, ours, used):
    """What differs and is not explained, as lines."""
    (theirs, their_why), (mine, my_why) = bind, ours
    unread = {r[:3] for r in mine or () if r[3] == "unread"}  # types that src/dns knows by name only
    theirs = theirs and {r[:3] + ("unread",) if r[:3] in unread else r for r in theirs}
    if theirs is None and mine is None:
        return []
    if theirs is None or mine is None:
        loads, why = ("ours", their_why) if theirs is None else ("bind", my_why)
        for row, (side, pattern, _) in enumerate(EXPLAINED):
            if side == loads and re.search(pattern, why):
                used.add(row)
                return []
        return [f"{name}: {'only we load it' if theirs is None else 'only BIND loads it'}: {why}"]
    return [f"{name}: only BIND has {r}" for r in sorted(theirs - mine)] + [f"{name}: only we have {r}" for r in sorted(mine - theirs)]


def main(program, data, seed=20261128, count=300):
    if shutil.which("named-compilezone") is None:
        print("named-compilezone is not installed (bind9-utils)")
        return 77
    data = pathlib.Path(data)
    root = data.parent.parent
    ours = Ours(program, root / "src/zone/lint.h")
    problems, used, loaded, refused, records = [], set(), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "zone"
        (path.parent / "part.inc").write_text(PART)
        for source in (generated(int(seed), int(count)), fixtures(data), checked(data), table(root)):
            for name, origin, text in source:
                path.write_bytes(text.encode(errors="surrogateescape"))
                bind = read_bind(path, origin)
                loaded, refused = loaded + (bind[0] is not None), refused + (bind[0] is None)
                records += len(bind[0] or ())
                problems += compare(name, bind, ours.read(path, origin), used)
    problems += [f"EXPLAINED: nothing needs {row}" for i, row in enumerate(EXPLAINED) if i not in used]
    for problem in problems:
        print(problem)
    print(f"seed {seed}: BIND loads {loaded} zones with {records} records and refuses {refused}; {len(used)} differences "
          f"explained, {len(problems)} not")
    return 1 if problems or loaded < 100 or refused < 50 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
