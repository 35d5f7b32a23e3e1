#!/usr/bin/python3
"""insight.py SCEAU SOURCE_ROOT: what `sceau report ...` says of reports whose story is known.

tools/sample-reports tells six weeks of a story at a fixed time; its senders are counted here from the same script's reports,
by Python's own XML reader. Names and records of its DNS (doc/sample/reports.zone) go into the store as the worker writes
them. Then a store with hostile names. Prints one TAP line a case."""
import csv
import glob
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile

SCEAU, ROOT = sys.argv[1:3]
sys.path.insert(0, os.path.join(ROOT, "tests", "store"))
import served
NOW = 1795996800 + 30000  # 2026-11-30, in the morning
DAY = 86400
cases = []


def case(name):
    def note(function):
        cases.append((name, function))
        return function
    return note


class World:
    def __init__(self, folder):
        self.state = os.path.join(folder, "state")
        self.reports = os.path.join(folder, "reports")

    def run(self, *words, status=None, language="en"):
        done = subprocess.run([SCEAU, "report", *words, "--state", self.state, "--now", str(NOW), "--lang", language,
                               "--set", "store.url=" + served.place(self.state)],
                              capture_output=True, env={"PATH": os.environ["PATH"], "USER": "tester"}, timeout=120)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{words}: exit {done.returncode}, not {status}: {done.stderr.decode()}")
        return done.stdout.decode()

    def json(self, *words, status=None):
        return [json.loads(line) for line in self.run(*words, "--json", status=status).splitlines()]

    def csv(self, *words, status=None):
        text = self.run(*words, "--csv", status=status)
        return list(csv.DictReader(io.StringIO(text, newline="")))


def octets(address):
    if ":" in address:
        head, _, tail = address.partition("::")
        left = [int(x, 16) for x in head.split(":") if x]
        right = [int(x, 16) for x in tail.split(":") if x]
        words = left + [0] * (8 - len(left) - len(right)) + right
        return b"".join(w.to_bytes(2, "big") for w in words)
    return bytes(int(x) for x in address.split("."))


def know_dns(world):
    """Names of addresses and the records of the sample's zone, as the daily look leaves them."""
    db = served.connect(world.state)
    addresses, hosts = {}, {}
    with open(os.path.join(ROOT, "doc", "sample", "reports.zone"), encoding="utf-8") as f:
        for line in f:
            fields = line.split(None, 2)
            if len(fields) == 3 and fields[1] in ("A", "AAAA"):
                hosts.setdefault(fields[0].rstrip("."), []).append((fields[1], fields[2].strip()))
                addresses[fields[2].strip()] = fields[0].rstrip(".")
            if len(fields) == 3 and fields[1] == "TXT":
                name = fields[0].rstrip(".")
                domain = name[len("_dmarc."):] if name.startswith("_dmarc.") else name
                text = fields[2].strip().strip('"')
                db.execute("INSERT INTO dns_record VALUES (?, ?, 'TXT', ?, ?, ?) ON CONFLICT DO NOTHING", (domain, name, text, NOW - 40 * DAY, NOW - DAY))
    for host in ("mx1.example.org", "mx2.example.org"):
        for kind, address in hosts[host]:
            db.execute("INSERT INTO dns_record VALUES ('example.org', ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", (host, kind, address, NOW - 40 * DAY, NOW - DAY))
    for address, name in addresses.items():
        db.execute("INSERT INTO address VALUES (?, ?, ?, 0, '', 'FR', ?, ?, 0) ON CONFLICT (ip) DO NOTHING",
                   (octets(address), name, ".".join(name.split(".")[-2:]), NOW, NOW))
    db.commit()
    db.close()


def containers(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*"))):
        name = os.path.basename(path)
        if name.startswith(("again ", "no-report", "failure", "unproven")) or ".json" in name:
            continue
        with open(path, "rb") as f:
            data = f.read()
        if path.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = archive.read(archive.namelist()[0])
        else:
            data = gzip.decompress(data)
        yield data


def counted(folder, domain, since):
    """{(ip, passes): messages} of a policy domain, from what the reports say."""
    sums = {}
    for data in containers(folder):
        try:
            root = ElementTree.fromstring(re.sub(rb'xmlns="[^"]*"', b"", data))
        except ElementTree.ParseError:  # cut short: its whole records
            whole = data[:data.rindex(b"</record>") + len(b"</record>")] + b"</feedback>"
            root = ElementTree.fromstring(re.sub(rb'xmlns="[^"]*"', b"", whole))
        if root.findtext("policy_published/domain") != domain or int(root.findtext("report_metadata/date_range/begin")) < since:
            continue
        for record in root.iter("record"):
            row = record.find("row")
            passes = "pass" in (row.findtext("policy_evaluated/dkim"), row.findtext("policy_evaluated/spf"))
            key = (row.findtext("source_ip"), passes)
            sums[key] = sums.get(key, 0) + int(row.findtext("count"))
    return sums


TRUTH = {  # source of example.org: class
    "mail.example.org": "yours", "mx1.example.org": "yours", "mx2.example.org": "yours", "web1.example.org": "yours",
    "newsletter.example": "to fix", "university.example": ("forwarder or list", "sends well"), "community.example": "forwarder or list",
    "bulk-hosting.example": "not yours", "198.18.201.0/24": "not yours", "198.19.44.0/24": "not yours", "198.19.3.0/24": "not yours",
}


@case("each source of the story has its class")
def classes(world):
    found = {row["source"]: row for row in world.csv("sources", "example.org", status=0)}
    for key, row in found.items():
        wanted = TRUTH.get(key)
        assert wanted is not None, f"an unknown source {key}"
        assert row["class"] in wanted if isinstance(wanted, tuple) else row["class"] == wanted, f"{key}: {row['class']}"
    for key in ("web1.example.org", "newsletter.example", "community.example", "bulk-hosting.example"):
        assert key in found, f"{key} is missing"


@case("messages are those of the reports, no more and no less")
def sums(world):
    for domain in ("example.org", "example.net", "example.com"):
        truth = counted(world.reports, domain, NOW - NOW % DAY - 29 * DAY)
        rows = world.csv("sources", domain, status=0)
        assert sum(int(r["messages"]) for r in rows) == sum(truth.values()), domain
        fails = world.csv("sources", domain, "--result", "fail", status=0)
        assert sum(int(r["messages"]) for r in fails) == sum(n for (_, passes), n in truth.items() if not passes), domain
        one = world.csv("sources", domain, "--ip", "192.0.2.10")
        assert sum(int(r["messages"]) for r in one) == sum(n for (ip, _), n in truth.items() if ip == "192.0.2.10"), domain
        days = world.csv("domain", domain, status=0)
        total = sum(int(d[k]) for d in days for k in ("both", "one", "fails_ours", "fails_others"))
        assert total == sum(truth.values()), f"days of {domain}: {total}"


@case("a filter changes what is shown, not what a source is")
def filters(world):
    whole = {r["source"]: r["class"] for r in world.csv("sources", "example.org")}
    for words in (("--result", "fail"), ("--days", "3"), ("--reporter", "google.com"), ("--cause", "strict"), ("--selector", "s2026")):
        rows = world.csv("sources", "example.org", *words)
        assert rows, words
        for row in rows:
            assert whole.get(row["source"], row["class"]) == row["class"], (words, row["source"], row["class"])
    fix = world.csv("sources", "example.org", "--class", "fix", "--since", "2w", status=0)
    assert [r["source"] for r in fix] == ["newsletter.example"]
    google = world.csv("sources", "example.org", "--reporter", "google.com")
    assert 0 < sum(int(r["messages"]) for r in google) < sum(int(r["messages"]) for r in world.csv("sources", "example.org"))
    assert not world.csv("sources", "example.org", "--reporter", "nobody", status=3)


@case("a row opened: why, addresses, pairs, reporters")
def opened(world):
    lines = world.json("sources", "example.org", "--source", "newsletter.example", status=0)
    kinds = {line["type"] for line in lines}
    assert {"sources", "addresses", "pairs", "heard"} <= kinds, kinds
    assert {l["ip"] for l in lines if l["type"] == "addresses"} == {"198.51.100.20", "198.51.100.21"}
    pairs = [l for l in lines if l["type"] == "pairs"]
    assert pairs[0]["signer"] == "newsletter.example" and pairs[0]["header_from"] == "example.org", pairs[0]
    text = world.run("sources", "example.org", "--source", "newsletter.example")
    assert "signs as itself" in text and "google.com" in text


@case("findings: web1 fails since it sends by itself, and what else the story has")
def findings(world):
    world.run("findings", status=0)
    lines = [l for l in world.json("today", status=2) if l["type"] == "findings"]
    by_rule = {}
    for line in lines:
        by_rule.setdefault(line["rule"], []).append(line)
    web1 = by_rule["ours-fails"][0]
    assert web1["severity"] == "problem" and web1["source"] == "web1.example.org", web1
    assert "web1.example.org" in web1["text"] and "2026-11-21" in web1["text"] and "strict" in web1["text"], web1["text"]
    assert "take aspf=s" in web1["remedy"]
    assert web1["evidence"].startswith("/d/example.org/sources?source=web1.example.org")
    assert "newsletter.example" in by_rule["to-fix"][0]["text"]
    assert any("Yahoo" in l["text"] for l in by_rule["silent-reporter"])
    assert any("orange.example" in l["text"] for l in by_rule["contradiction"])
    assert by_rule["intake"]
    assert len(lines) <= 10
    order = ["problem", "warning", "info"]
    assert [order.index(l["severity"]) for l in lines] == sorted(order.index(l["severity"]) for l in lines)
    expired = [l for l in lines if l["rule"] == "tls"]
    assert len(expired) == 1 and "the certificate of mx2.example.org has expired: 21 of 2,667" in expired[0]["text"], expired
    french = world.run("today", language="fr")
    assert "ont échoué depuis le 2026-11-21" in french, french


@case("made anew, a finding keeps its id and its beginning; a muted one is silent")
def muted(world):
    before = [l for l in world.json("today") if l["type"] == "findings"]
    world.run("findings", status=0)
    after = [l for l in world.json("today") if l["type"] == "findings"]
    assert [(l["id"], l["first"]) for l in before] == [(l["id"], l["first"]) for l in after]
    gone = before[0]["id"]
    world.run("mute", gone, "--days", "30", "--note", "known", status=0)
    assert gone not in {l["id"] for l in world.json("today") if l["type"] == "findings"}
    world.run("mute", gone, "--days", "0", status=0)
    assert gone in {l["id"] for l in world.json("today") if l["type"] == "findings"}
    world.run("mute", gone, "--days", "x", status=64)


@case("readiness: org is not, and why; net lacks the check alone")
def readiness(world):
    lines = {l["line"]: l for l in world.json("readiness", "example.org", status=2) if l["type"] == "readiness"}
    assert [lines[c]["met"] for c in "abcdef"] == ["yes", "no", "no", "no", "no data", "no"], [lines[c]["met"] for c in "abcdef"]
    assert "web1.example.org" in lines["c"]["found"] and "web1.example.org" in lines["d"]["found"]
    losers = [l for l in world.json("readiness", "example.org") if l["type"] == "what_if"]
    assert losers[0]["source"] == "newsletter.example" and losers[0]["class"] == "to fix"
    text = world.run("readiness", "example.org")
    assert '_dmarc.example.org. TXT "v=DMARC1; p=reject; aspf=s; rua=mailto:dmarc@example.org' in text
    french = world.run("readiness", "example.org", language="fr")
    assert "  c. non remplie\u00a0: nouvelles\u00a0: 1 " in french and "  a. remplie\u00a0: jours avec des rapports\u00a0: " in french, french
    net = {l["line"]: l["met"] for l in world.json("readiness", "example.net", status=3) if l["type"] == "readiness"}
    assert net == {"a": "yes", "b": "yes", "c": "yes", "d": "yes", "e": "no data", "f": "yes"}, net
    db = served.connect(world.state)
    db.execute("INSERT INTO meta VALUES ('check/example.net', '0 1 a warning')")
    db.commit()
    db.close()
    assert "Ready for p=reject." in world.run("readiness", "example.net", status=0)
    world.run("readiness", "example.com", status=0)
    world.run("readiness", "nobody.example", status=3)


@case("a mark beats the rules, and is taken away again")
def marks(world):
    key = "newsletter.example"
    world.run("mark", "example.org", key, "not-yours", "--note", "=no idea\x1b[31m", status=0)
    row = next(r for r in world.csv("sources", "example.org") if r["source"] == key)
    assert row["class"] == "not yours" and row["marked"] == "1"
    text = world.run("sources", "example.org", "--source", key)
    assert "somebody marked it so" in text and "\\x1b[31m" in text and "\x1b" not in text
    assert next(r for r in world.csv("sources", "example.net", "--class", "to-fix", "--days", "1") or [{"source": ""}])["source"] != key
    world.run("mark", "example.org", key, "none", status=0)
    assert next(r for r in world.csv("sources", "example.org") if r["source"] == key)["class"] == "to fix"
    world.run("mark", "example.org", key, "friend", status=64)


@case("failures by cause; forgeries last; failure reports without proof stay out")
def failures(world):
    rows = world.csv("failures", "example.org", status=1)
    causes = {}
    for row in rows:
        causes[row["cause"]] = causes.get(row["cause"], 0) + int(row["messages"])
    truth = counted(world.reports, "example.org", NOW - NOW % DAY - 29 * DAY)
    assert sum(causes.values()) == sum(n for (_, passes), n in truth.items() if not passes), causes
    assert causes["strict"] == truth[("192.0.2.80", False)]
    assert causes["other-signer"] == truth[("198.51.100.20", False)] + truth[("198.51.100.21", False)]
    assert rows[-1]["cause"] == "spoof" and rows[0]["cause"] == "other-signer"


@case("keys: the old selector left, the new one is in use")
def keys(world):
    rows = {(r["signer"], r["selector"]): r for r in world.csv("keys", "example.org", status=0)}
    assert rows[("example.org", "s2025")]["last_seen"] == "2026-11-15", rows[("example.org", "s2025")]
    assert rows[("example.org", "s2026")]["last_seen"] == "2026-11-29"
    told = {key: (r["safe_to_remove"], r["safe_from"]) for key, r in rows.items()}
    assert told[("example.org", "s2025")] == ("0", "2026-12-16"), "a grace of 30 days behind the last use"
    assert told[("web1.example.org", "w1")] == ("0", "2026-12-21"), told
    assert told[("example.org", "s2026")] == ("0", ""), "in use"
    assert told[("newsletter.example", "nl1")] == ("0", ""), "of somebody else"
    for grace, wanted in (("14d", ("1", "2026-11-30")), ("15d", ("0", "2026-12-01")), ("0", ("1", "2026-11-23"))):
        rows = world.csv("keys", "example.org", "--set", "keys.grace=" + grace, status=0)
        found = [(r["safe_to_remove"], r["safe_from"]) for r in rows if r["selector"] == "s2025"]
        assert found == [wanted], (grace, found)


@case("reporters: who is silent, who contradicts itself; TLS: what failed")
def reporters(world):
    rows = {r["reporter"]: r for r in world.csv("reporters", status=0)}
    assert rows["Yahoo"]["silent_days"] == "5" and rows["Yahoo"]["usual"] == "1"
    assert int(rows["orange.example"]["contradictions"]) > 0
    assert all(r["contradictions"] == "0" for name, r in rows.items() if name != "orange.example"), rows
    assert rows["google.com"]["duplicates"] == "1"
    tls = world.json("tls", "example.org", status=1)
    failed = [l for l in tls if l["type"] == "tls_failures"]
    assert failed[0]["result_type"] == "certificate-expired" and failed[0]["failed"] == 21 and failed[0]["mx"] == "mx2.example.org"
    text = world.run("tls", "example.org", status=1)
    assert "certificate expired" in text and "certificate-expired" not in text and "MTA-STS" in text, text


@case("reports: what counts nowhere stands apart, a failure report has its reporter")
def listed(world):
    text = world.run("list", status=0)
    counted, rest = text.split("\nNot counted", 1)
    assert "google.com" in counted and "mailhost.example" in counted and "TLS reports" in counted and "Failure reports" in counted
    apart = [r for r in world.csv("list") if r["counted"] == "0" and r["kind"] != "failure"]
    assert apart and all(r["report"] in rest and r["report"] not in counted for r in apart)
    assert all((r["messages"] != "") == (r["kind"] == "aggregate") for r in world.csv("list"))


@case("a report of the list is shown as its file is")
def shown(world):
    row = next(r for r in world.csv("list") if r["reporter"] == "google.com" and int(r["messages"] or 0) > 9)
    def show(*words, language="en"):
        return subprocess.run([SCEAU, "report", "show", *words, "--state", world.state, "--lang", language, "--set",
                               "store.url=" + served.place(world.state)], capture_output=True, text=True, timeout=60)
    text = show(row["report"]).stdout
    assert text.startswith("Aggregate report of google.com on " + row["domain"]) and row["messages"] + " in " in text, text[:600]
    assert len(show(row["report"], "--csv").stdout.splitlines()) > 1
    gone = show("0" * 16, language="fr")
    assert gone.returncode == 65 and "n’a pas ce rapport" in gone.stderr, gone


@case("what came in: why, in the reader's language")
def intake(world):
    for language, wanted, other in (("en", ("no report was found in it", "refused"), "aucun rapport"), ("fr", ("aucun rapport n\u2019y a été trouvé", "refusé"), "no report was")):
        text = world.run("intake", status=1, language=language)
        assert all(w in text for w in wanted) and other not in text, text[:2000]
        assert all(len(line) <= 80 and re.sub('[\u00a0\u202f]', ' ', line).isprintable() for line in text.splitlines()), text[:2000]
    text, lines = world.run("intake"), world.csv("intake")
    assert sum(r["outcome"] == "accepted" for r in lines) > 200 and len(text.splitlines()) < 30 and "Accepted: 57" in text, text[:2000]
    assert "duplicate  google.com!example.org!1794873600!1794959999.xml\n    the same report was there before\n" in text, text[:2000]
    assert all(r["detail"] for r in lines if r["outcome"] != "accepted"), lines[:10]


@case("a table for people fits 80 columns, in both languages")
def columns(world):
    for language in ("en", "fr"):
        for words in (("today",), ("sources", "example.org"), ("domain", "example.org"), ("readiness", "example.org"), ("tls",), ("reporters",),
                      ("failures", "example.org"), ("keys", "example.org"), ("sources", "example.org", "--source", "newsletter.example")):
            for line in world.run(*words, language=language).splitlines():
                assert len(line) <= 80 or line.startswith("_dmarc."), (words, line)


@case("without a store, who makes one is told")
def absent(world):
    if served.place("/none") != "/none/store.db":
        return  # a server's is there
    done = subprocess.run([SCEAU, "report", "today", "--state", "/none"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 65 and "there is no store yet: sceau report ingest makes one" in done.stderr, done


@case("what is asked wrongly is refused in a sentence")
def wrong(world):
    for words in (("sources", "a..b"), ("sources", "--class", "evil"), ("sources", "--days", "0"), ("sources", "--ip", "1.2.3"),
                  ("sources", "--from", "2026-11-31"), ("domain",), ("readiness", "example.org", "--days", "3")):
        world.run(*words, status=64)


HOSTILE = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\x1b[31mred", "\u009b31m", "a\u202eb", "x" * 3000, '"; DROP TABLE report; --']


@case("hostile names are text in every form")
def hostile(world):
    db = served.connect(world.state)
    today = NOW // DAY
    for i, name in enumerate(HOSTILE):
        ip = bytes([203, 0, 113, 100 + i])
        for day in range(today - 20, today):
            count, reports = f"count{day % 7}", f"reports{day % 7}"
            db.execute("INSERT INTO week_ip (policy_domain, week, domain, ip, dkim, spf, disposition, cause, flags, "
                       f"{count}, {reports}) VALUES ('hostile.example', ?, ?, ?, 2, 2, 1, 1, 0, 9, 3) "
                       f"ON CONFLICT (policy_domain, week, domain, ip, dkim, spf, disposition, cause, flags) DO UPDATE SET {count} = 9, {reports} = 3", (day // 7, name, ip))
            db.execute("INSERT INTO day_key VALUES ('hostile.example', ?, ?, ?, ?, 5, 0)", (day, name, name, name))
            db.execute("INSERT INTO day_reporter VALUES ('hostile.example', ?, ?, 9, 9, 1, 60)", (day, name))
        db.execute("INSERT INTO day_total VALUES ('hostile.example', ?, ?, 2, 2, 1, 180) ON CONFLICT DO NOTHING", (name, today - 1))
        db.execute("INSERT INTO address VALUES (?, ?, ?, 0, ?, ?, 1, 1, 0)", (ip, name, name, name, name))
        db.execute("INSERT INTO tls_day VALUES ('hostile.example', ?, ?, ?, ?, ?, 1, 99)", (today - 1, name, name, name, name))
    db.commit()
    db.close()
    world.run("findings", status=0)
    for words in (("sources", "hostile.example"), ("keys", "hostile.example"), ("reporters",), ("failures", "hostile.example"), ("today",),
                  ("tls", "hostile.example"), ("readiness", "hostile.example")):
        text = world.run(*words)
        assert all(c == "\n" or 32 <= ord(c) < 127 for c in text), (words, [c for c in text if not (c == "\n" or 32 <= ord(c) < 127)])
        for line in world.run(*words, "--csv").split("\r\n"):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", line), (words, line)
            assert not re.search(r'(^|,)"[=+@-]', line), (words, line)
        for line in world.run(*words, "--json").splitlines():
            json.loads(line)
            assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line), (words, line)
    names = {r["source"] for r in world.csv("sources", "hostile.example")}
    assert "<script>alert(1)</script>" in names and "'=cmd|' /C calc'!A0" in names, names


def main():
    print("1..%d" % len(cases))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="sceau-insight-") as folder:
        world = World(folder)
        subprocess.run([os.path.join(ROOT, "tools", "sample-reports"), world.reports, "--now", str(NOW)], check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run([SCEAU, "report", "ingest", "--quiet", "--state", world.state, "--now", str(NOW), "--set",
                               "store.url=" + served.place(world.state), world.reports],
                              capture_output=True, timeout=300)
        if done.returncode not in (0, 1, 65):
            sys.exit(done.stderr.decode())
        know_dns(world)
        for number, (name, function) in enumerate(cases, 1):
            try:
                function(world)
                print(f"ok {number} - {name}", flush=True)
            except (AssertionError, KeyError, IndexError, StopIteration, ValueError, TypeError) as error:
                failed += 1
                print(f"not ok {number} - {name}\n# {type(error).__name__}: {str(error)[:1500]}", flush=True)
    return 1 if failed else 0


sys.exit(main())
