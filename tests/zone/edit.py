#!/usr/bin/python3
"""`sceau zone apply` on zones of every layout, judged by BIND's own reader of them.

    tests/zone/edit.py SCEAU TESTS-DATA [SEED [ZONES]]

The zones are those of tests/zone/named.py that named-compilezone loads: generated ones, tests/data/check, the
answers' table of src/zone. Of each edit: BIND reads the wanted records; every other record is what it was; the
diff that was shown turns the old file into the new one, so that a line that is not in it is the old one, octet by
octet; owner, mode and the old file are kept; a second run finds nothing to do. What is refused is left alone.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import named

A, CNAME, SOA, MX, TXT, AAAA, SPF = 1, 5, 6, 15, 16, 28, 99
# What sceau refuses to read and BIND does not: see EXPLAINED there.
UNREAD = re.compile(r"below 2\^31 seconds|a name begins in the first column|a control character has no place|expected: a record type")
CONFIG = """[domain "{0}"]
servers = mail=198.51.100.7,2001:db8::7 www=198.51.100.8
gateways = deep.er.a=198.51.100.9
senders = a sender
aliases = imap pop x--y
rua = r@{0}
"""
REFUSED = re.compile(r"is an alias, and the description|makes this name an alias|delegates this name|included file|"
                     r"\$GENERATE makes it|no SOA|does not say what zone")


def joined(rdata):
    octets, out = bytes.fromhex(rdata), b""
    while octets:
        out, octets = out + octets[1:1 + octets[0]], octets[1 + octets[0]:]
    return out


def same(record):
    """A record without its TTL, of a TXT without its cuts, of names without their letter case."""
    owner, _, kind, rdata = record
    if kind == TXT:
        return owner, kind, joined(rdata)
    if kind in (MX, CNAME):
        return owner, kind, bytes.fromhex(rdata).lower()
    if kind == SOA:
        return owner, kind, rdata[:-40] + rdata[-32:]
    return owner, kind, rdata


def patched(old, diff):
    """The old text with a unified diff applied; an error when its context does not stand there."""
    lines, out, at, last = old.split("\n"), [], 0, None
    for line in diff.split("\n")[:-1]:
        hunk = re.match(r"@@ -(\d+)(?:,(\d+))? \+", line)
        if hunk:
            start = int(hunk[1]) - (hunk[2] != "0")
            out += lines[at:start]
            at = start
        elif line.startswith("\\"):
            if last == "+":
                out[-1] = (out[-1], )
        else:
            if line[0] in " -":
                assert lines[at] == line[1:], "context: %r is not %r" % (lines[at], line[1:])
                at += 1
            if line[0] in " +":
                out.append(line[1:])
            last = line[0]
    out += lines[at:]
    text = "\n".join(l if isinstance(l, str) else l[0] for l in out)
    if at == len(lines) and out and not isinstance(out[-1], tuple) and last == "+":
        text += "\n"  # the old text had no line end at its end, the new one has
    return text


class Bench:
    def __init__(self, sceau, folder):
        self.sceau, self.folder = sceau, folder
        self.path = folder / "zone"
        tools = folder / "tools"
        tools.mkdir()
        # Generated zones have names that no host has: whether BIND loads them is asked below, without these checks.
        (tools / "named-checkzone").write_text("#!/bin/sh\nexit 0\n")
        (tools / "named-checkzone").chmod(0o755)
        self.env = dict(os.environ, PATH=str(tools) + ":" + os.environ["PATH"], LC_ALL="C")

    def run(self, origin, *words):
        return subprocess.run([self.sceau, "zone", *words, "--config", str(self.folder / "conf")], capture_output=True,
                              env=self.env, timeout=60)

    def wanted(self, origin):
        printed = self.run(origin, "show", origin).stdout.decode()
        path = self.folder / "wanted"
        path.write_text("$TTL 60\n%s. SOA ns root 1 2 3 4 5\n%s. NS ns.other.test.\n" % (origin, origin) + printed)
        records, why = named.read_bind(path, origin)
        assert records, why
        return {same(r) for r in records if r[2] not in (SOA, 2)}


def problems_of(bench, name, origin, text, tally):
    octets = text.encode(errors="surrogateescape")
    (bench.folder / "conf").write_text(CONFIG.format(origin))
    bench.path.write_bytes(octets)
    os.chmod(bench.path, 0o640)
    for backup in bench.folder.glob("zone.bak-*"):
        backup.unlink()
    old, _ = named.read_bind(bench.path, origin)
    if old is None:
        return
    done = bench.run(origin, "apply", "--yes", "--json", "--domain", origin, str(bench.path))
    if done.returncode == 65:
        tally["refused"] += 1
        said = done.stderr.decode(errors="replace")
        if not re.search(r"^sceau: [^ ]+:\d+:\d+: ", said, re.M) or not (REFUSED.search(said) or UNREAD.search(said)):
            yield "refused: " + said
        if bench.path.read_bytes() != octets:
            yield "refused, and changed"
        return
    if done.returncode != 0:
        yield "status %d: %s" % (done.returncode, done.stderr.decode(errors="replace"))
        return
    tally["edited"] += 1
    report = json.loads(done.stdout)
    now = bench.path.read_bytes()
    new, why = named.read_bind(bench.path, origin)
    if new is None:
        yield "BIND refuses the new file: " + why
        return
    wanted = bench.wanted(origin)
    before, after = {same(r) for r in old}, {same(r) for r in new}
    yield from ("wanted and not there: %r" % (r,) for r in wanted - after)
    yield from ("came and is not wanted: %r" % (r,) for r in after - before - wanted)
    for record in before - after:
        owner, kind, data = record
        claimed = {(o, k) for o, k, _ in wanted} | {(o, SPF) for o, k, d in wanted if k == TXT and d[:6] == b"v=spf1"}
        hosts = {o for o, k, _ in wanted if k in (A, AAAA, CNAME)}
        is_ours = (owner, kind) in claimed or (owner in hosts and kind in (A, AAAA, CNAME))
        if not is_ours or (kind == TXT and data[:6].lower() != b"v=spf1" and "5f" not in owner):
            yield "gone: %r" % (record,)
    ttls = {same(r): r[1] for r in old}
    sets = {(r[0], r[2]) for r in (before ^ after) for r in [(r[0], 0, r[1])]}
    yield from ("another TTL: %r, was %d" % (r, ttls[same(r)]) for r in new
                if same(r) in ttls and ttls[same(r)] != r[1] and (r[0], r[2]) not in sets)
    if report["diff"] and "\\x" not in report["diff"]:
        made = patched(octets.decode("utf-8", "replace"), report["diff"])
        if made != now.decode("utf-8", "replace"):
            yield "the diff makes another file: %r is not %r" % (made, now)
    serials = {r[3][-40:-32] for r in old if r[2] == SOA}, {r[3][-40:-32] for r in new if r[2] == SOA}
    if report["written"] and (serials[0] == serials[1] or
                              (bench.folder / os.path.basename(report["backup"])).read_bytes() != octets):
        yield "serial or old file: %r" % report
    if bench.path.stat().st_mode & 0o7777 != 0o640:
        yield "mode %o" % bench.path.stat().st_mode
    again = bench.run(origin, "apply", "--yes", "--json", "--domain", origin, str(bench.path))
    if again.returncode != 0 or json.loads(again.stdout)["diff"] or bench.path.read_bytes() != now:
        yield "the second run: %r" % (again, )


def main(sceau, data, seed=20261128, count=60):
    data, failed, tally = pathlib.Path(data), 0, {"edited": 0, "refused": 0}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(os.path.abspath(sceau), pathlib.Path(folder))
        (bench.folder / "part.inc").write_text(named.PART)
        for source in (named.generated(int(seed), int(count)), named.checked(data), named.table(data.parent.parent)):
            for name, origin, text in source:
                for problem in problems_of(bench, name, origin, text, tally):
                    failed += 1
                    print("%s: %s" % (name, problem))
    print("seed %s: %d zones edited, %d refused, %d problems" % (seed, tally["edited"], tally["refused"], failed))
    return 1 if failed or tally["edited"] < 60 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
