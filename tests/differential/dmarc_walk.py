#!/usr/bin/python3
"""DMARC discovery against a second implementation, made from the text of RFC 9989 alone.

    dmarc_walk.py HARNESS [--cases N] [--seed S] [--keep DIR]

Random zones of names of up to twelve labels: records with and without p, sp, np, psd, t, rua,
several at a name, other TXT records beside them, names that exist and names that do not. The
functions below say what sections 4.10, 4.10.1 and 4.10.2 say, step by step, without a
shortcut and without sharing a line or an idea of data with src/dmarc. sceau-harness answers
the same cases (op dmarc); every difference is printed.

Where a zone plays DNS trouble, RFC 9989 section 5.3.6 leaves one right answer, temperror,
unless the question did not matter: then the verdict has to be the same whatever the silent
names hold. That is tried: each of them is filled in turn with every kind of record.
"""
import argparse
import collections
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

# ---------------------------------------------------------------- the RFC, transcribed

NXDOMAIN, NODATA, SERVFAIL = "NXDOMAIN", "NODATA", "SERVFAIL"


class Trouble(Exception):
    """A query did not complete (section 5.3.6)."""


class Zone:
    """What DNS holds: name -> list of TXT texts, names that have an address, silent names."""

    def __init__(self, txt, hosts, silent):
        self.txt, self.hosts, self.silent = txt, hosts, silent
        self.names = set()
        for name in list(txt) + list(hosts) + list(silent):
            labels = name.split(".")
            for i in range(len(labels)):
                self.names.add(".".join(labels[i:]))

    def query(self, name):
        if name in self.silent:
            raise Trouble(name)
        return self.txt.get(name, [])

    def exists(self, name):
        """Section 3.2.13: NXDOMAIN means that the name and all below it do not exist."""
        return name in self.names


def tags_of(text):
    """A record as a list of (tag, value); section 4.8 with the white space it allows."""
    tags = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.append((name.strip(" \t").lower(), value.strip(" \t")))
    return tags


def is_dmarc_record(text):
    """Section 4.7, v: the first tag, with the value DMARC1."""
    tags = tags_of(text)
    return bool(tags) and tags[0] == ("v", "DMARC1") and text[:1] in "vV"


def record_at(zone, domain, asked):
    """Steps 1 and 2, and 5 and 6: the one record of a domain as a dict, or None."""
    asked.append("_dmarc." + domain)
    records = [t for t in zone.query("_dmarc." + domain) if is_dmarc_record(t)]
    if len(records) != 1:
        return None
    return dict(tags_of(records[0]))


def psd(record):
    value = record.get("psd", "u").lower()
    return value if value in ("y", "n") else "u"


def tree_walk(zone, start, asked):
    """Section 4.10, steps 1 to 7. The valid records found: [(domain, record)], longest first."""
    found = []
    target = start.split(".")
    record = record_at(zone, start, asked)                       # steps 1 and 2
    if record is not None:
        found.append((start, record))
        if psd(record) in ("n", "y"):
            return found
    x = len(target)                                              # step 3
    target = target[1:] if x < 8 else target[x - 7:]             # step 4
    while target:
        name = ".".join(target)
        record = record_at(zone, name, asked)                    # steps 5 and 6
        if record is not None:
            found.append((name, record))
            if psd(record) in ("n", "y"):
                return found
        target = target[1:]                                      # step 7
    return found


def organizational_domain(zone, start, asked):
    """Section 4.10.2, the selection."""
    found = tree_walk(zone, start, asked)
    for domain, record in found:
        if psd(record) == "n":                                   # 1
            return domain
        if psd(record) == "y" and domain != start:               # 2
            below = start.split(".")
            return ".".join(below[len(below) - len(domain.split(".")) - 1:])
    if found:                                                    # 3
        return min(found, key=lambda f: len(f[0].split(".")))[0]
    return start


POLICIES = ("none", "quarantine", "reject")


def policy_value(record, tag):
    """None when absent, False when it is not valid, else the policy."""
    if tag not in record:
        return None
    value = record[tag].lower()
    return value if value in POLICIES else False


def as_retrieved(record):
    """Section 4.10.1: what a record without a valid p, or with an invalid sp or np, becomes."""
    p, sp, np = (policy_value(record, t) for t in ("p", "sp", "np"))
    if p and sp is not False and np is not False:
        return {"p": p, "sp": sp, "np": np}
    if any("@" in uri and uri.startswith("mailto:") for uri in record.get("rua", "").split(",")):
        return {"p": "none", "sp": None, "np": None}
    return None


def discover(zone, author, asked):
    """Section 4.10.1: (domain, record) to be applied, or None."""
    own = record_at(zone, author, asked)
    if own is not None:
        return author, own
    found = dict(tree_walk(zone, author, asked))
    organization = organizational_domain(zone, author, [])
    if organization in found:
        return organization, found[organization]
    for domain, record in found.items():
        if psd(record) == "y":
            return domain, record
    return None


def is_aligned(zone, author, identifier, mode):
    """Section 4.4."""
    if mode == "s" or author == identifier:
        return author == identifier
    return organizational_domain(zone, author, []) == organizational_domain(zone, identifier, [])


def verdict(zone, author, spf, dkim):
    """Section 5.3: everything the harness tells for op dmarc."""
    asked = []
    applied = discover(zone, author, asked)
    queries = list(dict.fromkeys(asked))
    if applied is None:
        return {"result": "none", "policy_domain": None, "queries": queries}
    domain, record = applied
    policies = as_retrieved(record)
    if policies is None:
        return {"result": "permerror", "queries": queries}
    tag = "p"
    if domain != author:
        if policies["np"] and not zone.exists(author):
            tag = "np"
        elif policies["sp"]:
            tag = "sp"
    modes = {m: "s" if record.get(m, "r").lower() == "s" else "r" for m in ("aspf", "adkim")}
    spf_aligned = any(r == "pass" and is_aligned(zone, author, d, modes["aspf"]) for d, r in spf)
    dkim_aligned = any(r == "pass" and is_aligned(zone, author, d, modes["adkim"]) for d, r in dkim)
    result = "pass" if spf_aligned or dkim_aligned else "fail"
    disposition = policies[tag] if result == "fail" else "none"
    if record.get("t", "n").lower() == "y" and disposition != "none":
        disposition = POLICIES[POLICIES.index(disposition) - 1]
    return {"result": result, "policy_domain": domain, "policy": policies[tag], "applied_tag": tag,
            "disposition": disposition, "spf_aligned": spf_aligned, "dkim_aligned": dkim_aligned,
            "organizational_domain": organizational_domain(zone, author, []), "queries": queries}


# ---------------------------------------------------------------- random worlds

LABELS = ("a", "b", "mail")


def random_name(rng, below):
    """A name under one that exists, or next to it; one to twelve labels."""
    base = rng.choice(below).split(".")
    base = base[rng.randrange(len(base)):]
    extra = [rng.choice(LABELS) for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 7, 9)))]
    return ".".join((extra + base)[-12:])


def random_record(rng):
    tags = []
    if rng.random() < 0.9:
        tags.append(("p", rng.choice(POLICIES + POLICIES + POLICIES + ("Reject", "aucun", ""))))
    for tag, chance, values in (("sp", 0.3, POLICIES + ("x",)), ("np", 0.4, POLICIES + ("",)),
                                ("psd", 0.3, ("y", "n", "u", "Y", "z")), ("t", 0.2, ("y", "n", "2")),
                                ("aspf", 0.2, ("s", "r")), ("adkim", 0.2, ("s", "S", "r")), ("pct", 0.1, ("0",)),
                                ("rua", 0.5, ("mailto:r@x.test", "r@x.test", "x,mailto:r@x.test"))):
        if rng.random() < chance:
            tags.append((tag, rng.choice(values)))
    rng.shuffle(tags)
    text = rng.choice(("v=DMARC1", "v = DMARC1", "V=DMARC1"))
    for tag, value in tags:
        text += rng.choice(("; ", ";", " ; ")) + tag + "=" + value
    return text + rng.choice(("", ";"))


def random_texts(rng):
    kind = rng.random()
    if kind < 0.75:
        return [random_record(rng)]
    if kind < 0.85:
        return [random_record(rng), random_record(rng)]
    if kind < 0.95:
        return ["v=spf1 -all", random_record(rng), "v=dmarc1; p=reject"]
    return ["v=spf1 -all"]


def random_zone(rng):
    names = ["test", "x.test", "a.x.test", "b.a.x.test"]
    for _ in range(6):
        names.append(random_name(rng, names))
    names = sorted(set(names))
    txt = {"_dmarc." + n: random_texts(rng) for n in names if rng.random() < 0.35}
    hosts = [n for n in names if rng.random() < 0.4]
    silent = [q for q in ("_dmarc." + n for n in names) if q not in txt]
    silent = rng.sample(silent, min(len(silent), rng.choice((0, 0, 0, 1, 2))))
    return names, Zone(txt, hosts, silent)


def random_identifiers(rng, names, author):
    some = []
    for _ in range(rng.choice((0, 1, 1, 2))):
        some.append((author if rng.random() < 0.1 else random_name(rng, names + [author]),
                     rng.choice(("pass", "pass", "pass", "fail"))))
    return some


def zone_file(zone):
    lines = ["$ORIGIN .", "$TTL 300"]
    lines += ['%s. TXT "%s"' % (name, text) for name, texts in zone.txt.items() for text in texts]
    lines += ["%s. A 192.0.2.1" % name for name in zone.hosts]
    lines += ["$FAIL %s. TXT SERVFAIL" % name for name in zone.silent]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- the comparison

FILLINGS = ([], ["v=DMARC1; p=none"], ["v=DMARC1; p=reject; adkim=s; aspf=s"], ["v=DMARC1; p=quarantine; psd=n"],
            ["v=DMARC1; p=none; psd=y; np=reject"])


def possible(zone, author, spf, dkim):
    """The verdicts that silent names leave open."""
    found = set()
    for filling in itertools.product(FILLINGS, repeat=len(zone.silent)):
        txt = dict(zone.txt, **{n: t for n, t in zip(zone.silent, filling) if t})
        # What the zone says of existence does not depend on what a silent name holds.
        full = Zone(txt, zone.hosts, [])
        full.names = zone.names
        v = verdict(full, author, spf, dkim)
        found.add((v["result"], v.get("disposition", "none")))
    return found


def expected(zone, author, spf, dkim):
    try:
        return verdict(zone, author, spf, dkim)
    except Trouble:
        return None


def difference(case, zone, got):
    author, spf, dkim = case["author"], case["spf"], case["dkim"]
    if zone.silent:
        open_verdicts = possible(zone, author, spf, dkim)
        told = (got["result"], got.get("disposition") or "none")
        if got["result"] == "temperror":
            return None if expected(zone, author, spf, dkim) is None else "temperror without need"
        return None if open_verdicts == {told} else "%s, possible are %s" % (told, sorted(open_verdicts))
    want = verdict(zone, author, spf, dkim)
    for key, value in want.items():
        if key == "organizational_domain" and got.get(key) is None:
            continue  # nobody needed it
        if got.get(key) != value:
            return "%s: want %s, got %s" % (key, value, got.get(key))
    return None


def run(harness, lines, root):
    answer = subprocess.run([*harness, "--root", root], input="\n".join(lines) + "\n", text=True,
                            stdout=subprocess.PIPE, check=True)
    return {r["id"]: r for r in map(json.loads, answer.stdout.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("harness")
    parser.add_argument("--cases", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=9989)
    parser.add_argument("--keep", help="write zones and cases here and keep them")
    a = parser.parse_args()
    rng = random.Random(a.seed)
    with tempfile.TemporaryDirectory() as scratch:
        root = a.keep or scratch
        os.makedirs(root, exist_ok=True)
        cases, zones, lines = {}, {}, []
        for i in range(a.cases):
            if i % 10 == 0:
                names, zone = random_zone(rng)
                with open(os.path.join(root, "%d.zone" % i), "w") as f:
                    f.write(zone_file(zone))
                file = "%d.zone" % i
            author = random_name(rng, names)
            case = {"author": author, "spf": random_identifiers(rng, names, author)[:1],
                    "dkim": random_identifiers(rng, names, author)}
            key = "walk/%d" % i
            cases[key], zones[key] = case, zone
            lines.append(json.dumps({
                "id": key, "suite": "walk", "area": "dmarc", "op": "dmarc", "zone": file,
                "in": {"from": author, "spf": [{"domain": d, "result": r} for d, r in case["spf"]],
                       "dkim": [{"domain": d, "result": r} for d, r in case["dkim"]]}}))
        if a.keep:
            with open(os.path.join(root, "cases.jsonl"), "w") as f:
                f.write("\n".join(lines) + "\n")
        answers = run([a.harness], lines, root)
        failures, results = 0, collections.Counter()
        for key, case in cases.items():
            got = answers.get(key)
            why = "no answer" if got is None else difference(case, zones[key], got)
            results[got and got["result"]] += 1
            if why:
                failures += 1
                if failures <= 10:
                    print("%s %s\n  %s" % (key, why, json.dumps(case)))
                    print("  " + zone_file(zones[key]).replace("\n", "\n  "))
        print("%d cases, %d differences: %s" % (len(cases), failures, dict(results)))
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
