"""A store of ROWS reported rows, as the benches ask it: 60 domains over 400 days, a third of all mail that of one of them.
No two rows of a day share an address and a result: the worst case, as a rule several reporters share one. One more domain is
forged from 60,000 addresses in a month."""
import os
import sqlite3
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCEAU = os.environ.get("SCEAU", os.path.join(ROOT, "build", "apps", "sceau", "sceau"))
LARGE, SMALL, FORGED = "domain0.example", "domain7.example", "forged.example"
DAYS, DOMAINS = 400, 60
VERSION = 15  # see begin()

# Of row i: its day, its domain (a third of all to the first), its address (1 of 2000 of that domain) and its fate.
ROWS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :rows),
r AS (SELECT i, :today - 1 - i % :days AS day, i / :days AS k,
             CASE WHEN i / :days % 3 = 0 THEN 0 ELSE 1 + (i / :days / 3) % (:domains - 1) END AS d FROM n)
"""
SERIES = "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 399) "
NAME = "'domain' || d || '.example'"
ADDRESS = "CAST(char(1 + d, 1 + k % 97, 1 + k % 20, 1 + k / 97 % 100) AS BLOB)"


def fill(db, rows, today):
    at = {"rows": rows, "today": today, "days": DAYS, "domains": DOMAINS}
    db.execute("PRAGMA synchronous = OFF")
    db.execute("CREATE TEMP TABLE w AS " + ROWS + f"""SELECT i, {NAME} AS domain, day, {ADDRESS} AS ip, k % 20 AS kind,
        1 + i % 7 AS count, 'Reporter ' || (k % 15) AS reporter FROM r""", at)
    print("  rows", flush=True)
    db.execute("""CREATE TEMP TABLE day_ip AS SELECT domain AS policy_domain, day, domain, ip,
        CASE WHEN kind < 15 THEN 1 ELSE 2 END AS dkim, CASE WHEN kind < 12 THEN 1 ELSE 2 END AS spf, 1 + kind / 17 AS disposition,
        CASE WHEN kind < 15 THEN 0 ELSE 1 + kind % 4 END AS cause, 0 AS flags, sum(count) AS count, count(*) AS reports
        FROM w GROUP BY 1, 2, 4, 5, 6, 7, 8""")
    print("  rows by day", db.execute("SELECT count(*) FROM day_ip").fetchone()[0], flush=True)
    days = ", ".join(f"sum(CASE day % 7 WHEN {n} THEN {column} ELSE 0 END)" for column in ("count", "reports") for n in range(7))
    db.execute(f"""INSERT INTO week_ip SELECT policy_domain, day / 7, domain, ip, dkim, spf, disposition, cause, flags, {days}
        FROM day_ip GROUP BY policy_domain, day / 7, domain, ip, dkim, spf, disposition, cause, flags""")
    print("  rows by week", db.execute("SELECT count(*) FROM week_ip").fetchone()[0], flush=True)
    db.execute("""INSERT INTO day_total SELECT policy_domain, domain, day, dkim, spf, disposition, sum(count) FROM day_ip
        GROUP BY 1, 2, 3, 4, 5, 6""")
    db.execute("INSERT INTO seen (policy_domain, ip, first_day, last_day) SELECT policy_domain, ip, min(day), max(day) FROM day_ip GROUP BY 1, 2")
    db.execute("""INSERT INTO day_reporter SELECT domain, day, reporter, sum(count), 1, 1, 40000 FROM w GROUP BY 1, 2, 3""")
    db.execute("""INSERT INTO day_key SELECT domain, day, domain, 's' || (kind % 4), reporter, sum(count), 1 FROM w
        WHERE kind < 15 GROUP BY 1, 2, 4, 5""")
    db.execute("INSERT INTO selector_seen SELECT policy_domain, selector, max(day) FROM day_key GROUP BY 1, 2")
    db.execute("""INSERT INTO day_policy SELECT policy_domain, day, 2 + day % 2 * 0, 2, 2, 1, 1, '100', 1, 15 FROM day_ip
        GROUP BY 1, 2""")
    db.execute("""INSERT INTO address SELECT DISTINCT ip, 'host.org' || (i % 300) || '.example', 'org' || (i % 300) ||
        '.example', 64500, 'Example', 'FR', 1, 1, 0 FROM w WHERE i % 3 < 2 GROUP BY ip""")
    db.execute("""INSERT INTO day_pair SELECT domain, domain, day, ip, domain, domain, 's' || (kind % 4), sum(count) FROM w
        WHERE i % 4 = 0 GROUP BY 1, 3, 4, 7""")
    print("  roll-ups", flush=True)
    columns = [row[1] for row in db.execute("PRAGMA table_info(report)")]
    values = {"id": "row_number() OVER ()", "key_text": "domain || day || reporter", "format": "0", "policy_domain": "domain",
              "day": "day", "days": "1", "org_name": "reporter", "counted": "1", "received": "(day + 1) * 86400 + 40000",
              "begin_time": "day * 86400", "end_time": "day * 86400 + 86399"}
    text = {row[1] for row in db.execute("PRAGMA table_info(report)") if row[2] == "TEXT"}
    db.execute("CREATE TEMP TABLE k AS SELECT domain, day, reporter FROM w GROUP BY 1, 2, 3")
    db.execute("INSERT INTO report SELECT %s FROM k" % ", ".join(values.get(c, "''" if c in text else "0") for c in columns))
    db.execute("CREATE TEMP TABLE key AS SELECT policy_domain AS domain, day, org_name AS reporter, id FROM report")
    db.execute("CREATE INDEX temp.key_by ON key (domain, day, reporter)")
    db.execute("""INSERT INTO report_row SELECT key.id, row_number() OVER (PARTITION BY key.id ORDER BY i) - 1, w.domain, ip, '',
        count, 1, CASE WHEN kind < 15 THEN 1 ELSE 2 END, CASE WHEN kind < 12 THEN 1 ELSE 2 END, 0, CASE WHEN kind < 15 THEN 0 ELSE 1 + kind % 4 END, w.domain, w.domain, '', '',
        'dkim' || char(9) || w.domain || char(9) || 's1' || char(9) || 'pass'
        FROM w JOIN key ON key.domain = w.domain AND key.day = w.day AND key.reporter = w.reporter""")
    db.execute("""INSERT INTO intake SELECT received * 1000000 + id % 1000000, 0, 'incoming', org_name || '!' || policy_domain ||
        '.xml.gz', CASE WHEN id % 50 = 0 THEN 'repaired' WHEN id % 200 = 1 THEN 'duplicate' ELSE 'accepted' END, 0, '', 0, id, 2000
        FROM report""")
    db.execute(SERIES + """INSERT INTO tls_day SELECT 'domain' || d.n || '.example', :today - 1 - t.n, 'sts', 'Org ' || o.n,
        CASE k.n WHEN 0 THEN '' ELSE 'mx' || k.n || '.domain' || d.n || '.example' END,
        CASE k.n WHEN 0 THEN '' WHEN 1 THEN 'starttls-not-supported' ELSE 'certificate-expired' END,
        CASE k.n WHEN 0 THEN 100 ELSE 0 END, k.n FROM s d, s t, s o, s k
        WHERE d.n < :domains AND t.n < :days AND o.n < 5 AND k.n < 3""", at)
    db.execute(SERIES + """INSERT INTO failure SELECT 1 + d.n * 1000 + t.n, (:today - t.n % 14) * 86400 + t.n, 'domain' || d.n || '.example',
        'domain' || d.n || '.example', x'01020304', 'dmarc', 'domain' || d.n || '.example', 's1', 'reject',
        'From: someone' || char(10) || 'Subject: x' || char(10), 'Reporter 1' FROM s d, s t WHERE d.n < :domains AND t.n < 300""", at)
    db.execute("""INSERT INTO week_ip WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 59999)
        SELECT :forged, (:today - 1) / 7 - n % 4, :forged, CAST(char(1 + n % 97, 1 + n / 97 % 97, 1 + n / 9409, 5) AS BLOB), 2, 2, 3, 7, 0,
        0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 FROM n""", {**at, "forged": FORGED})
    for table, columns in (("seen (policy_domain, ip, first_day, last_day)", "policy_domain, ip, min(week) * 7, max(week) * 7 + 6"),
                           ("day_total", "policy_domain, domain, week * 7 + 1, 2, 2, 3, sum(count1)"),
                           ("day_reporter", "policy_domain, week * 7 + 1, 'Reporter 1', 1000, 1000, 1, 40000")):
        db.execute(f"INSERT INTO {table} SELECT {columns} FROM week_ip WHERE policy_domain = ? GROUP BY 1, {'2' if table.startswith('seen') else 'week'}",
                   (FORGED,))
    db.execute("INSERT INTO week_changed SELECT policy_domain, week, 0 FROM week_ip GROUP BY policy_domain, week")
    print("  report_row", db.execute("SELECT count(*) FROM report_row").fetchone()[0], flush=True)
    db.commit()


def begin(store):
    """An empty store of the last version that had its rows one by one: SQL can fill it."""
    db = sqlite3.connect(store)
    for pragma in "page_size = 8192", "auto_vacuum = INCREMENTAL", "journal_mode = WAL", f"application_id = {0x73636575}":
        db.execute("PRAGMA " + pragma)
    for n in range(1, VERSION + 1):
        with open(os.path.join(ROOT, "src", "store", "migrations", "%03d.sql" % n)) as f:
            db.executescript(f.read())
    db.execute("INSERT INTO meta (name, value) VALUES ('version', ?)", (str(VERSION),))
    db.commit()
    return db


def make(state, rows):
    """Fill a store in the folder `state`; one that is there is used, and brought forward by the program."""
    os.makedirs(state, exist_ok=True)
    store = os.path.join(state, "store.db")
    if not os.path.exists(store) and rows > 0:
        db = begin(store)
        fill(db, rows, int(time.time()) // 86400)
        db.close()
        print("  brought forward", flush=True)
    start = time.monotonic()
    subprocess.run([SCEAU, "report", "ingest", "--quiet", "--state", state, os.devnull], check=False, capture_output=True)
    if not os.path.exists(store):
        sys.exit(f"{SCEAU} makes no store in {state}")
    print(f"  {time.monotonic() - start:.1f} s", flush=True)
    return store
