#!/usr/bin/python3
"""Every statement of the sources, as SQLite and as PostgreSQL read it.

    tests/with-postgresql tests/store/sql.py SOURCES SCEAU_REPORTD

The preprocessor joins what macros put together; a statement is a run of literals that begins with a word of SQL.
"""
import os, re, sqlite3, subprocess, sys, tempfile

ROOT, REPORTD = sys.argv[1:3]
URL = os.environ['TEST_POSTGRESQL']
LITERALS = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')
LINE = re.compile(r'^# \d+ "([^"]*)".*$', re.M)
BEGINS = re.compile(r'(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) ')
# Of one engine alone: named in the module of that engine.
OWN = ('src/store/database_sqlite.c', 'src/store/database_postgresql.c', 'src/store/postgresql_connect.c')
# Of a version before: report_pack_test.c runs it on both.
OLD = ('src/store/report_pack_migrate.c',)

# What Citus, YugabyteDB and CockroachDB lack or do badly.
LACKING = [
    (r'\bSERIAL\b|\bAUTOINCREMENT\b|\bnextval\b|CREATE SEQUENCE', 'a sequence: a hot spot'),
    (r'pg_(try_)?advisory', 'advisory locks'),
    (r'\bLISTEN\b|\bNOTIFY\b', 'LISTEN and NOTIFY'),
    (r'CREATE (CONSTRAINT )?TRIGGER', 'triggers'),
    (r'CREATE (TEMP|TEMPORARY) ', 'temporary tables'),
    (r'\bFOREIGN KEY\b|\bREFERENCES\b', 'foreign keys across shards'),
    (r'\bLOCK TABLE\b', 'locks of tables'),
    (r'\bctid\b|\browid\b', "an engine's own row number"),
]


def statements_of(path):
    text = subprocess.run(['gcc', '-E', '-D_GNU_SOURCE', '-DSCEAU_VERSION="0"', '-I' + ROOT + '/src', '-I' + ROOT + '/include',
                           '-I' + ROOT + '/apps/common', '-I' + os.path.dirname(path), '-I/usr/include/postgresql', path],
                          check=True, capture_output=True, text=True).stdout
    ours = []
    name = ''
    for line in text.split('\n'):
        if line.startswith('# '):
            name = LINE.sub(r'\1', line)
        elif name == path:
            ours.append(line)
    for found in LITERALS.findall('\n'.join(ours)):
        sql = ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', found)).replace('\\"', '"').replace('\\n', '\n')
        if BEGINS.match(sql):
            yield sql


def sources():
    for top in ('src', 'apps'):
        for base, _, names in os.walk(os.path.join(ROOT, top)):
            for name in sorted(names):
                path = os.path.join(base, name)
                if name.endswith('.c') and not name.endswith(('_test.c', '_fuzz.c')) and \
                        os.path.relpath(path, ROOT) not in OWN + OLD and 'database_prepare' in open(path).read():
                    yield path


def on_sqlite(statements, state):
    db = sqlite3.connect(state + '/store.db')
    for where, sql in statements:
        try:
            db.execute('EXPLAIN ' + sql, [None] * max([int(n) for n in re.findall(r'\?(\d+)', sql)] or [0]))
        except sqlite3.Error as e:
            yield where, sql, str(e)


def on_postgresql(statements):
    script = '\\set ON_ERROR_STOP off\n'
    for n, (where, sql) in enumerate(statements):
        used = [int(i) for i in re.findall(r'\?(\d+)', sql)]
        types = ', '.join('unknown' if i in used else 'text' for i in range(1, max(used or [0]) + 1))
        script += '\\echo @%d\nPREPARE s%d %s AS %s;\n' % (n, n, '(%s)' % types if types else '',
                                                          re.sub(r'\?(\d+)', r'$\1', sql))
    # Numbers are bound, which are no truth values there.
    script += "SELECT '@' || substr(name, 2) || chr(10) || 'ERROR: a number is no truth value' FROM " \
              "pg_prepared_statements WHERE 'boolean' = ANY (parameter_types::text[]);\n"
    out = subprocess.run(['psql', '-X', '-q', '-A', '-t', URL], input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    at = 0
    for line in out.split('\n'):
        if line.startswith('@'):
            at = int(line[1:])
        elif 'ERROR:' in line:
            yield statements[at][0], statements[at][1], line


def main():
    statements = []
    for path in sources():
        found = [(os.path.relpath(path, ROOT), sql) for sql in statements_of(path)]
        statements += found
    statements = list(dict.fromkeys(statements))
    problems = []
    with tempfile.TemporaryDirectory() as state:
        for url in ('sqlite:store.db', URL):
            subprocess.run([REPORTD, '--once', '--quiet', '--state', state, '--set', 'store.url=' + url], check=True)
        problems += on_sqlite(statements, state)
    problems += on_postgresql(statements)
    scripts = sorted(os.listdir(ROOT + '/src/store/migrations'))
    texts = statements + [(name, open(ROOT + '/src/store/migrations/' + name).read().replace('WITHOUT ROWID', ''))
                          for name in scripts]
    for where, text in texts:
        problems += [(where, text[:200], why) for pattern, why in LACKING if re.search(pattern, text, re.I)]
    print('1..2')
    for where, sql, why in problems:
        print('# %s: %s\n#     %s' % (where, why, sql))
    print('%s 1 - %d statements are understood by both engines, and need nothing that others lack'
          % ('not ok' if problems else 'ok', len(statements)))
    # The reading itself: fewer would mean that some were not found.
    print('%s 2 - statements were found' % ('ok' if len(statements) > 150 else 'not ok'))
    return 1 if problems or len(statements) <= 150 else 0


sys.exit(main())
