"""A store for a test, in a file or, under tests/with-postgresql, in a schema of that server; and what a test asks of it
directly, in the words of sqlite3."""
import csv, io, os, re, sqlite3, subprocess, urllib.parse

URL = os.environ.get('TEST_POSTGRESQL')
NUMBERS = ('bigint', 'integer', 'numeric', 'smallint')


def psql(url, script):
    done = subprocess.run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', url], input=script, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError('psql: %s: %s' % (script[:500], done.stderr))
    return done.stdout


def quoted(value):
    if isinstance(value, bytes):
        return r"'\x%s'" % value.hex()
    return "'%s'" % value.replace("'", "''") if isinstance(value, str) else 'NULL' if value is None else str(value)


def value_of(text, kind):
    if text == r'\N':
        return None
    if kind in NUMBERS:
        return int(text)
    if kind == 'boolean':
        return int(text == 't')
    return bytes.fromhex(text[2:]) if kind == 'bytea' else text


class Rows(list):
    rowcount = -1

    def fetchall(self):
        return list(self)

    def fetchone(self):
        return self[0] if self else None


class Served:
    """A connection. What is written goes to the server at the commit, or when something is asked."""

    def __init__(self, url):
        self.url, self.writes = url, []

    def execute(self, sql, values=()):
        for value in values:
            sql = sql.replace('?', quoted(value).replace('?', '\0'), 1)
        sql = sql.replace('\0', '?').strip().rstrip(';')
        if not sql.upper().startswith(('SELECT', 'WITH')):
            self.writes.append(sql + ';\n')
            return Rows()
        self.commit()
        out = psql(self.url, sql + r" \gdesc" + "\n\\echo @@@\nCOPY (%s) TO STDOUT (FORMAT csv, FORCE_QUOTE *, NULL '\\N');\n" % sql)
        columns, rows = out.split('@@@\n', 1)
        kinds = [line.rsplit('|', 1)[1] for line in columns.splitlines()]
        return Rows(tuple(map(value_of, row, kinds)) for row in csv.reader(io.StringIO(rows)))

    def executemany(self, sql, rows):
        for row in rows:
            self.execute(sql, row)

    def executescript(self, script):
        self.commit()
        psql(self.url, script)

    def commit(self):
        if self.writes:
            psql(self.url, 'BEGIN;\n%sCOMMIT;\n' % ''.join(self.writes))
        self.writes = []

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.commit()


def is_server():
    return URL is not None


def schema_of(state, name='store.db'):
    return os.path.join(os.path.abspath(state), name)[-60:]


def pace():
    """A server is reached later than a file is opened: kills are so many times later."""
    return 5 if URL else 1


def place(state, name='store.db', empty=False):
    """The URL of the store of a state directory, as store.url has it. A schema is made when it is first asked for."""
    if not URL:
        return 'sqlite:' + name
    return made(schema_of(state, name), empty)


MADE = set()


def made(schema, empty):
    if schema not in MADE or empty:
        psql(URL, 'SET client_min_messages = error; DROP SCHEMA IF EXISTS "%s" CASCADE; CREATE SCHEMA "%s"' % (schema, schema))
        MADE.add(schema)
    return '%s&options=%s' % (URL, urllib.parse.quote('-csearch_path="%s"' % schema, safe=''))


def connect(state, name='store.db', read_only=False):
    if URL:
        return Served(place(state, name))
    path = os.path.join(state, name)
    return sqlite3.connect('file:%s?mode=ro' % urllib.parse.quote(path), uri=True) if read_only else sqlite3.connect(path)


def words(state):
    """For the command line of a program of ours."""
    return ['--set', 'store.url=' + place(state)]


def keep(state, name='store.db'):
    """What the store holds, for put_back; the same store gives the same."""
    if not URL:
        kept = {}
        for end in ('', '-wal'):
            if os.path.exists(os.path.join(state, name + end)):
                with open(os.path.join(state, name + end), 'rb') as f:
                    kept[end] = f.read()
        return kept
    schema = schema_of(state, name)
    script = subprocess.run(['pg_dump', '--no-owner', '--inserts', '--rows-per-insert=1000', '-n', '"%s"' % schema, URL], check=True,
                            capture_output=True, text=True).stdout
    return schema, re.sub(r'(?m)^\\(un)?restrict .*\n', '', script)  # with a word of chance


def put_back(state, kept, name='store.db'):
    """It need not be the state directory that it was kept of."""
    if not URL:
        forget(state, name)
        for end, octets in kept.items():
            with open(os.path.join(state, name + end), 'wb') as f:
                f.write(octets)
        return
    was, script = kept
    schema = schema_of(state, name)
    psql(URL, 'SET client_min_messages = error; DROP SCHEMA IF EXISTS "%s" CASCADE;' % schema)
    psql(URL, script.replace('"%s"' % was, '"%s"' % schema))
    MADE.add(schema)


def no_file(folder):
    """A test that runs with a server has made no file of SQLite: it would have tested the wrong one."""
    for path, _, names in os.walk(folder):
        for name in names if URL else ():
            if not os.path.isfile(os.path.join(path, name)):  # of a server: sockets, pipes
                continue
            with open(os.path.join(path, name), 'rb') as f:
                is_one = f.read(16) == b'SQLite format 3\0'
            assert not is_one, 'the store is on the server, and here is one: ' + os.path.join(path, name)


def forget(state, name='store.db'):
    """A store that never was."""
    if URL:
        place(state, name, empty=True)
        return
    for end in ('', '-wal', '-shm'):
        if os.path.exists(os.path.join(state, name + end)):
            os.unlink(os.path.join(state, name + end))
