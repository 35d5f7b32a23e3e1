#!/usr/bin/python3
"""Each test that opens a store runs on both: it has a twin, NAME-postgresql, or a row in the table of tests/store/README.md that
says why not.

    twins.py BUILD SOURCES
"""
import json, os, re, subprocess, sys

BUILD, ROOT = (os.path.abspath(p) for p in sys.argv[1:3])
PROGRAMS = ('sceau-reportd', 'sceau-web')  # open it whatever they are told
WORDS = re.compile(r"database_open|\bstore\.db\b|\bserved\.[a-z_]+\(|'report', 'ingest'|report ingest")
KINDS = ('.py', '.yaml', '.c', '')


def text_of(path):
    if not os.path.isfile(path) or os.path.splitext(path)[1] not in KINDS or os.path.commonpath((path, BUILD)) == BUILD:
        return ''
    with open(path, errors='replace') as f:
        return f.read()


def opens_a_store(test):
    words = [os.path.abspath(w) for w in test['cmd']]
    unit = os.path.join(ROOT, 'src', test['name'] + '_test.c')
    texts = [text_of(w) for w in words] + [text_of(unit)]
    return any(os.path.basename(w) in PROGRAMS for w in words) or any(WORDS.search(t) for t in texts)


def excused():
    with open(os.path.join(ROOT, 'tests', 'store', 'README.md')) as f:
        rows = re.findall(r'^\| `([^`]+)` \| (.+?) \|$', f.read(), re.M)
    return dict(rows)


def main():
    tests = json.loads(subprocess.run(['meson', 'introspect', '--tests', BUILD], check=True, capture_output=True, text=True).stdout)
    known = {(suite, t['name']) for t in tests for suite in t['suite']}
    excuses, wrong, twins = excused(), [], 0
    for t in tests:
        name = t['name'] if '/' in t['name'] else t['suite'][0].split(':')[-1] + '/' + t['name']
        if t['name'].endswith('-postgresql') or os.path.basename(t['cmd'][0]) in ('with-postgresql', 'twins.py'):
            continue
        has_twin = (t['suite'][0], t['name'] + '-postgresql') in known
        twins += has_twin
        excuse = excuses.pop(name, None)
        if has_twin and excuse:
            wrong.append('%s has a twin, and a row in tests/store/README.md' % name)
        elif not has_twin and not excuse and opens_a_store(t):
            wrong.append('%s opens a store and has no twin: write %s-postgresql, or a row in tests/store/README.md' % (name, name))
        elif excuse and not opens_a_store(t):
            wrong.append('%s opens no store: its row in tests/store/README.md is of no use' % name)
    wrong += ['tests/store/README.md: there is no test ' + name for name in excuses]
    if twins < 20:
        wrong.append('%d twins: some were not found' % twins)
    print('\n'.join(wrong) if wrong else '%d tests have a twin' % twins)
    return 1 if wrong else 0


sys.exit(main())
