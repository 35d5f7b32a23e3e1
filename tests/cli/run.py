#!/usr/bin/python3
"""run.py SCEAU CASES.yaml...: run commands as a person would and hold what comes out against what is written.

A case: name, why, args (a list), stdin (text), env (a mapping), status, and any of
  stdout, stderr   a text that must stand there (a list: each of them)
  not_stdout       a text that must not
  after            {name: the whole text of a file of {tmp} when it is over, null when there is to be none}
  stdout_is        the whole of standard output
  json             for each line of standard output in turn: a mapping of dotted paths to values ("dkim.0.result": pass)
  findings         all that `sceau check --json` found and is neither ok nor skipped: "NAME ID OUTCOME FILE:LINE:COLUMN"
                   ("-" without a place), then the line to paste on lines of its own
Paths are relative to the folder of the cases; {tmp} is an empty folder; files: {name: text} are made in it first, with
the modes: {name: mode} that are named; then before: a list of argument lists, each a run that must end with 0.
Prints one TAP line a case.
"""
import json, os, subprocess, sys, tempfile
import yaml


def at(value, path):
    for step in path.split('.'):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def texts(x):
    return x if isinstance(x, list) else [x]


def findings(output):
    for line in output.splitlines():
        f = json.loads(line)
        if f['outcome'] not in ('ok', 'skipped'):
            place = '%(file)s:%(line)d:%(column)d' % f if f['file'] else '-'
            yield ' '.join((f['name'], f['id'], f['outcome'], place)) + ('\n' + f['zone_line'] if f['zone_line'] else '')


def finding_problems(case, output, tmp):
    try:
        got, wanted = list(findings(output)), [w.rstrip('\n').replace('{tmp}', tmp) for w in case['findings']]
    except (ValueError, KeyError, TypeError) as e:
        yield 'no findings: %r' % e
        return
    yield from ('not found: %r' % w for w in wanted if w not in got)
    yield from ('not wanted: %r' % g for g in got if g not in wanted)
    if len(got) != len(wanted):
        yield '%d findings, want %d' % (len(got), len(wanted))


def problems(case, run):
    if run.returncode != case.get('status', 0):
        yield 'exit status %s, want %d' % (run.returncode, case.get('status', 0))
    for stream, got in (('stdout', run.stdout), ('stderr', run.stderr)):
        for want in texts(case.get(stream, [])):
            if want not in got:
                yield '%s lacks %r' % (stream, want)
    if run.stdout != case.get('stdout_is', run.stdout):
        yield 'stdout is not %r' % case['stdout_is']
    for name, want in case.get('after', {}).items():
        if run.after[name] != want:
            yield '%s is %r afterwards, want %r' % (name, run.after[name], want)
    for unwanted in texts(case.get('not_stdout', [])):
        if unwanted in run.stdout:
            yield 'stdout has %r' % unwanted
    if 'findings' in case:
        yield from finding_problems(case, run.stdout, run.folder)
    if 'json' in case:
        lines = run.stdout.splitlines()
        if len(lines) != len(case['json']):
            yield '%d lines, want %d' % (len(lines), len(case['json']))
        for n, (line, claims) in enumerate(zip(lines, case['json']), 1):
            for path, want in claims.items():
                try:
                    got = at(json.loads(line), path)
                except (ValueError, KeyError, IndexError, TypeError) as e:
                    got = repr(e)
                if got != want:
                    yield 'line %d: %s is %r, want %r' % (n, path, got, want)


def run_case(program, case, folder):
    with tempfile.TemporaryDirectory() as tmp:
        for name, content in case.get('files', {}).items():
            path = os.path.join(tmp, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w', newline='') as f:
                f.write(content)
        for name, mode in case.get('modes', {}).items():
            os.chmod(os.path.join(tmp, name), mode)
        environment = {k: v for k, v in os.environ.items() if k not in ('LANGUAGE', 'LC_MESSAGES', 'LANG')}
        environment.update(NO_COLOR='1', LC_ALL='C', **case.get('env', {}))
        for args in case.get('before', []) + [case['args']]:
            run = subprocess.run([program] + [str(a).replace('{tmp}', tmp) for a in args], input=case.get('stdin', ''),
                                 capture_output=True, cwd=folder, env=environment, encoding='utf-8',
                                 errors='surrogateescape', timeout=60)
            if args is not case['args'] and run.returncode != 0:
                run.stderr = 'before: %s\n%s' % (' '.join(map(str, args)), run.stderr)
                run.returncode = 'of a run before: %d' % run.returncode
                break
        run.folder = tmp
        run.after = {name: open(os.path.join(tmp, name), newline='').read() if os.path.exists(os.path.join(tmp, name))
                     else None for name in case.get('after', {})}
        return run


def main():
    program, files = os.path.abspath(sys.argv[1]), sys.argv[2:]
    cases = [(c, os.path.dirname(os.path.abspath(f))) for f in files for c in yaml.safe_load(open(f))]
    failed = 0
    print('1..%d' % len(cases))
    for n, (case, folder) in enumerate(cases, 1):
        run = run_case(program, case, folder)
        found = list(problems(case, run))
        failed += bool(found)
        print('%s %d - %s' % ('not ok' if found else 'ok', n, case['name']))
        for p in found:
            print('# ' + p)
        if found:
            print('# %s\n# stdout: %s\n# stderr: %s' % (case.get('why', ''), run.stdout[:2000].replace('\n', '\n#   '),
                                                        run.stderr[:1000].replace('\n', '\n#   ')))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
