#!/usr/bin/python3
"""Reports that the writer wrote of everything, judged by others: xmllint with the schema of RFC 9990, and our own strict
reader, which may find nothing to repair in either flavour. Then those of the messages that a fuzzer has as seeds.

    schema.py REPORT-WRITE SCEAU DATA FUZZ-TARGET SEEDS
"""
import json, os, random, subprocess, sys, tempfile

COUNT = 150


def judged_by_schema(data, files):
    """What xmllint says against them."""
    judged = subprocess.run(['xmllint', '--noout', '--schema', os.path.join(data, 'rfc/dmarc-xml-2.0.xsd')] + files,
                            capture_output=True, text=True)
    told = [line for line in judged.stderr.splitlines() if not line.endswith(' validates')]
    return told or (['xmllint: %d' % judged.returncode] if judged.returncode else [])


def judge_seeds(data, target, seeds):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([target, seeds], check=True, env=dict(os.environ, SCEAU_FUZZ_KEEP=folder), stderr=subprocess.DEVNULL)
        files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
        told = judged_by_schema(data, files) if len(files) > 100 else ['only %d of them make a report' % len(files)]
        print('%sok 4 - xmllint: so do reports of %d messages with names that are none' % ('not ' if told else '', len(files)))
        for line in told[:20]:
            print('# ' + line)
        return bool(told)


def main():
    writer, sceau, data, target, seeds = sys.argv[1:]
    seed = random.randrange(1 << 40)
    print('1..4\n# seed %d' % seed)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([writer, folder, str(COUNT), str(seed)], check=True)
        modern = [os.path.join(folder, '%d-9990.xml' % i) for i in range(COUNT)]
        old = [os.path.join(folder, '%d-7489.xml' % i) for i in range(COUNT)]
        told = judged_by_schema(data, modern)
        ok = not told
        print('%sok 1 - xmllint: %d reports of RFC 9990 fit its schema' % ('' if ok else 'not ', COUNT))
        for line in told[:20]:
            print('# ' + line)
        failed = not ok
        for number, (name, files) in enumerate((('9990', modern), ('7489', old)), 2):
            shown = subprocess.run([sceau, 'report', 'show', '--json'] + files, capture_output=True, text=True)
            lines = [json.loads(line) for line in shown.stdout.splitlines()]
            reports = [line for line in lines if line['type'] == 'aggregate']
            wrong = [line for line in lines if line['type'] not in ('aggregate', 'record')]
            ok = len(reports) == COUNT and not wrong and shown.returncode in (0, 1)
            failed = failed or not ok
            print('%sok %d - RFC %s: read back without a repair' % ('' if ok else 'not ', number, name))
            if not ok:
                print('# %d reports, exit %d %s' % (len(reports), shown.returncode, shown.stderr[:300].replace('\n', ' ')))
            for r in wrong[:5]:
                print('# ' + json.dumps(r)[:300])
    failed = judge_seeds(data, target, seeds) or failed
    sys.exit(1 if failed else 0)


main()
