#!/usr/bin/python3
"""The records of described domains against what they should be.

    tests/zone/records.py SCEAU TESTS-DATA

For each description in tests/data/records: `sceau zone show` prints the zone file beside it, octet by octet; put
into a zone with SOA and NS, named-checkzone accepts it and `sceau check --zone` finds no problem and no warning;
the script for nsupdate and the JSON hold the same records. Prints one TAP line a case.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

HEAD = """$TTL 86400
@ IN SOA ns1 hostmaster 2026112801 10800 3600 604800 3600
@ IN NS ns1
@ IN NS ns2
ns1 IN A 192.0.2.53
ns2 IN A 198.51.100.53
"""
# What the description does not say: the tutorial's web hosts, and what a test of this size leaves out on purpose.
ACCEPTED = {"dkim.exists", "dmarc.alignment_strict", "dmarc.authenticates", "dmarc.np", "dmarc.redundant"}
cases = [("tutorial", "zw3b.net"), ("gateways", "domain.example")]
failed = 0


def tell(is_good, name, why=""):
    global failed
    tell.count += 1
    failed += not is_good
    print("ok" if is_good else "not ok", tell.count, "-", name)
    if not is_good:
        print("# " + str(why).replace("\n", "\n# "))


tell.count = 0


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60)


def compiled(path, origin):
    """The records as BIND reads them: (owner, TTL, type, data), SOA and name servers left out."""
    out = run("named-compilezone", "-q", "-i", "none", "-f", "text", "-F", "text", "-s", "full", "-o", "-", origin, path)
    fields = (line.split(None, 4) for line in out.stdout.splitlines())
    return sorted((f[0], f[1], f[3], f[4]) for f in fields if f[3] not in ("SOA", "NS") and not f[0].startswith("ns"))


def main():
    sceau, data = sys.argv[1], pathlib.Path(sys.argv[2]) / "records"
    for name, domain in cases:
        show = [sceau, "zone", "show", domain, "--lang", "en", "--config", str(data / (name + ".conf"))]
        printed = run(*show)
        tell(printed.stdout == (data / (name + ".zone")).read_text(), name + ": the zone as it should be", printed)
        with tempfile.TemporaryDirectory() as tmp:
            zone, script = pathlib.Path(tmp, domain), pathlib.Path(tmp, "script")
            zone.write_text(HEAD + printed.stdout)
            checked = run("named-checkzone", domain, str(zone))
            tell(checked.returncode == 0, name + ": BIND accepts it", checked.stdout)
            found = run(sceau, "check", "--json", "--zone", str(zone), "--dns", "/dev/null", domain)
            findings = [json.loads(line) for line in found.stdout.splitlines()]
            bad = [f for f in findings if f["outcome"] in ("problem", "warning") and f["id"] not in ACCEPTED]
            tell(findings and not bad, name + ": sceau check has nothing to say", bad or found)
            wanted = compiled(str(zone), domain)
            script.write_text(run(*show, "--format", "nsupdate").stdout)
            added = [line.removeprefix("update add ") for line in script.read_text().splitlines()
                     if line.startswith("update add ")]
            zone.write_text(HEAD + "\n".join(added) + "\n")
            got = compiled(str(zone), domain)
            same = [(o, k, d) for o, _, k, d in got] == [(o, k, d) for o, _, k, d in wanted]
            tell(same, name + ": the script adds the same", (got, wanted))
            objects = [json.loads(line) for line in run(*show, "--json").stdout.splitlines()]
            zone.write_text(HEAD + "".join(
                "%s. %s IN %s %s\n" % (o["name"], o["ttl"] if o["ttl"] is not None else 86400, o["type"], o["data"])
                for o in objects if not o["foreign"]))
            tell(compiled(str(zone), domain) == wanted, name + ": the JSON says the same", objects)
    print("1..%d" % tell.count)
    return 1 if failed else 0


sys.exit(main())
