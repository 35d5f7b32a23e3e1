#!/usr/bin/python3
"""browser.py SCEAU SCEAU-WEB SCEAU-REPORTD [NAME...]: the dashboard in Debian's Chromium over the sample reports and a
hostile one: every page in both languages, on a phone and on a desk, with and without a script; filters, files, marks,
uploads, the way in and out. SHOTS=FOLDER keeps a picture of each page. One TAP line a test."""
import csv, gzip, io, json, os, re, shutil, signal, subprocess, sys, tempfile, time, urllib.parse
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'daemon'))
from tap import run_tests, served, spawn, wait_for
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
SCEAU, WEB, REPORTD = (os.path.abspath(p) for p in sys.argv[1:4])
ZONE = os.path.join(ROOT, 'doc', 'sample', 'reports.zone')
WIDTHS = {'phone': 375, 'desk': 1280, 'wide': 3840}
HOSTILE = '<script>alert(1)</script>'
LONG = 64 * 1024  # octets of a name: read, cut at the reader's limit, and text wherever it is shown
FORMULA = '=HYPERLINK("http://evil.example")'

PAGES = ['/', '/d/example.org', '/d/example.org/sources', '/d/example.org/source?source=newsletter.example',
         '/d/example.org/policy', '/d/example.org/failures', '/d/example.org/keys', '/check/example.org', '/reports',
         '/reporters', '/tls', '/check', '/intake', '/outbox', '/settings', '/search?q=192.0.2', '/d/example.net/policy']

# What a reader needs: contrast of 4.5 for all text that is seen, a name for each control, one h1, one main, ids once,
# no element wider than the page, no inline style or handler.
CHECK = r"""
const problems = [];
function luminance(c) {
  const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
  return .2126 * r + .7152 * g + .0722 * b;
}
function colour(text) {
  const m = text.match(/[\d.]+/g).map(Number);
  if (text.startsWith('color(srgb')) return [m[0] * 255, m[1] * 255, m[2] * 255, m[3] === undefined ? 1 : m[3]];
  return [m[0], m[1], m[2], m[3] === undefined ? 1 : m[3]];
}
function background(e) {
  for (; e; e = e.parentElement) {
    const c = colour(getComputedStyle(e).backgroundColor);
    if (c[3] > .99) return c;
  }
  return [255, 255, 255, 1];
}
const seen = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || seen.has(e)) continue;
  seen.add(e);
  if (e.closest('svg, .unseen, script, title, option, datalist') || !e.getClientRects().length) continue;
  const a = luminance(colour(getComputedStyle(e).color)), b = luminance(background(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) problems.push('contrast ' + ratio.toFixed(2) + ': ' + e.tagName + '.' + e.className + ' ' +
                                 walker.currentNode.data.trim().slice(0, 30));
}
for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href]')) {
  const name = (e.labels && e.labels.length && e.labels[0].textContent.trim()) || e.getAttribute('aria-label') ||
               e.textContent.trim();
  if (!name) problems.push('no name: ' + e.outerHTML.slice(0, 80));
}
for (const e of document.querySelectorAll('svg[role], nav, [role=region], [role=group]'))
  if (!e.getAttribute('aria-label') && !e.querySelector('title')) problems.push('no label: ' + e.outerHTML.slice(0, 60));
for (const e of document.querySelectorAll('table'))
  if (!e.caption || !e.querySelector('th[scope=col]')) problems.push('a table without caption or headings');
const ids = Array.from(document.querySelectorAll('[id]:not(pattern)')).map(e => e.id);
if (new Set(ids).size !== ids.length) problems.push('an id twice');
for (const [what, count] of [['main', 1], ['h1', 1], ['header', 1], ['footer', 1], ['html[lang]', 1]])
  if (document.querySelectorAll(what).length !== count) problems.push(what + ' is not there once');
if (document.querySelector('[style], [onclick], [onload], [onerror], script:not([src])')) problems.push('inline');
if (document.documentElement.scrollWidth > window.innerWidth)
  problems.push('wider than the page: ' + document.documentElement.scrollWidth + ' > ' + window.innerWidth);
return problems;
"""


def aggregate(name, rows, domain='example.org', ident='hostile-1', now=None, dkim='fail'):
    """A report as text; what it says of itself is `name`. With dkim='pass' it contradicts its own results."""
    now = now or int(time.time()) // 86400 * 86400 - 86400
    from xml.sax.saxutils import escape
    out = ('<?xml version="1.0"?><feedback><report_metadata><org_name>%s</org_name><email>x@%s</email><report_id>%s</report_id>'
           '<date_range><begin>%d</begin><end>%d</end></date_range></report_metadata><policy_published><domain>%s</domain>'
           '<adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>' %
           (escape(name), 'reporter.example', escape(ident), now, now + 86399, domain))
    for ip, count, comment in rows:
        out += ('<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>none</disposition>'
                '<dkim>%s</dkim><spf>fail</spf><reason><type>other</type><comment>%s</comment></reason></policy_evaluated></row>'
                '<identifiers><header_from>%s</header_from></identifiers><auth_results><spf><domain>%s</domain>'
                '<result>fail</result></spf></auth_results></record>' % (ip, count, dkim, escape(comment), domain, domain))
    return (out + '</feedback>').encode()


class World:
    """The store with the samples, made once; a sceau-reportd and a sceau-web over it; browsers."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='sceau-browser.')
        self.state = os.path.join(self.dir, 'state')
        self.one = None
        reports = os.path.join(self.dir, 'reports')
        os.mkdir(reports)
        self.run(os.path.join(ROOT, 'tools', 'sample-reports'), reports)
        with open(os.path.join(reports, 'hostile.xml'), 'wb') as f:
            f.write(aggregate(HOSTILE + FORMULA, [('192.0.2.99', 3, HOSTILE), ('203.0.113.200', 2, FORMULA + '\x85\u202e')]))
        with open(os.path.join(reports, 'long.xml'), 'wb') as f:
            f.write(aggregate('=' + 'L' * LONG + '\u202e', [('192.0.2.98', 1, '<b>' + 'x' * LONG)], ident='<i>' + 'i' * LONG, dkim='pass'))
        self.run(SCEAU, 'report', 'ingest', '--quiet', '--state', self.state, *served.words(self.state), reports, allow=(0, 1, 2, 3, 65))
        self.run(REPORTD, '--once', '--quiet', '--state', self.state, *served.words(self.state), '--dns', ZONE)
        self.run(SCEAU, 'report', 'findings', '--state', self.state, *served.words(self.state))
        self.fill_outbox()
        log = open(os.path.join(self.dir, 'log'), 'ab')
        self.daemons = [subprocess.Popen([REPORTD, '--state', self.state, *served.words(self.state), '--dns', ZONE], stderr=log),
                        subprocess.Popen([WEB, '--state', self.state, *served.words(self.state), '--listen', '127.0.0.1:0', '--set', 'report.organisation=Example',
                                          '--set', 'report.from=dmarc@example.org'], stderr=log)]
        place = os.path.join(self.state, 'web', 'address')
        wait_for('address', lambda: os.path.exists(place))
        with open(place) as f:
            self.base = f.read()
        wait_for('ready', lambda: self.log().count('ready') == 2)

    def fill_outbox(self):
        """Reports that we send: planned, on their way, taken, and what became of the others."""
        now, day = int(time.time()), int(time.time()) // 86400 - 1
        with served.connect(self.state) as db:
            # a policy file as sceau-reportd keeps it, which names one of two mail hosts
            db.execute('INSERT INTO meta (name, value) VALUES (?, ?)',
                       ('mta_sts/example.org', '%d %d\nfine 200 text/plain\nversion: STSv1\nmode: enforce\nmx: mx1.example.org\nmax_age: 3600\n' % (now, now)))
            for n, (domain, state, deliveries) in enumerate((
                    ('planned.example', 0, []), ('waiting.example', 1, [('rua@waiting.example', 0, 1, '451 4.7.1 greylisted')]),
                    ('taken.example', 2, [('rua@taken.example', 2, 1, '250 2.0.0 queued')]),
                    ('refused.example', 2, [('rua@refused.example', 3, 1, '550 5.1.1 no such user'),
                                            ('rua@away.example', 5, 0, 'away.example does not say that it takes these reports')]),
                    ('bounced.example', 2, [(HOSTILE[:20] + '@bounced.example', 8, 1, HOSTILE + FORMULA)]))):
                db.execute('INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, due, records, messages, octets, built, '
                           "finished, lease_host, lease_until) VALUES (?, ?, ?, ?, 0, ?, ?, 3, ?, 900, ?, ?, '', 0)",
                           ('%032x' % n, domain, day, b'', state, now, 12 + n, now if state else 0, now if state == 2 else 0))
                for k, (to, how, tries, reply) in enumerate(deliveries):
                    db.execute('INSERT INTO delivery (report, n, uri, mailbox, state, tries, next_try, changed, reply) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
                               ('%032x' % n, k, 'mailto:' + to, to, how, tries, now + 900, now - 60, reply))
            db.execute('INSERT INTO destination (mailbox, refusals, until, changed, reason) VALUES (?, 2, ?, ?, ?)', ('rua@refused.example', now + 86400 * 4, now, '550 5.1.1 no such user'))
            db.execute('INSERT INTO destination (mailbox, refusals, until, changed, reason) VALUES (?, 1, ?, ?, ?)', ('rua@never.example', 2 ** 63 - 1, now, 'an administrator said so'))

    def run(self, *args, allow=(0,)):
        run = subprocess.run(args, capture_output=True, text=True, timeout=120)
        assert run.returncode in allow, (args, run)
        return run.stdout

    def log(self):
        with open(os.path.join(self.dir, 'log'), errors='replace') as f:
            return f.read()

    def link(self):
        return self.run(SCEAU, 'web', 'login', '--state', self.state).strip()

    def browser(self, script=True):
        """Signed in; the one that there is runs scripts or does not."""
        if self.one is None:
            o = Options()
            o.binary_location = '/usr/bin/chromium'
            for word in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars',
                         '--disable-extensions', '--disable-background-networking', '--disable-component-update', '--no-first-run',
                         '--user-data-dir=' + os.path.join(self.dir, 'profile')):
                o.add_argument(word)
            o.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
            b = webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=o)
            b.set_page_load_timeout(30)
            b.get(self.link())
            self.one = b
        self.one.execute_cdp_cmd('Emulation.setScriptExecutionDisabled', {'value': not script})
        return self.one

    def size(self, b, width, height=900):
        b.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
                          {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': width < 500})

    def fetch(self, path):
        """(status, type, text) with the browser's cookie, outside the browser."""
        import http.client
        cookie = '; '.join('%s=%s' % (c['name'], c['value']) for c in self.browser().get_cookies())
        c = http.client.HTTPConnection(self.base.split('//')[1], timeout=30)
        c.request('GET', path, headers={'Cookie': cookie})
        r = c.getresponse()
        text = r.read()
        c.close()
        return r.status, r.headers['Content-Type'], text.decode('utf-8')

    def close(self):
        if self.one is not None:
            self.one.quit()
        for p in self.daemons:
            p.terminate()
        for p in self.daemons:
            p.wait(20)
        served.no_file(self.state)
        shutil.rmtree(self.dir, ignore_errors=True)


def press(b, element):
    """Click, and wait for the page that answers: a form may take its time."""
    old = b.find_element(By.TAG_NAME, 'html')
    element.click()

    def is_gone():
        try:
            old.is_enabled()
            return False
        except WebDriverException:
            return b.execute_script('return document.readyState') == 'complete'
    wait_for('an answer', is_gone)


def keep_shot(world, b, width, name):
    """A picture, and the page as it prints."""
    folder = os.environ.get('SHOTS')
    if folder:
        os.makedirs(folder, exist_ok=True)
        world.size(b, width, min(b.execute_script('return document.documentElement.scrollHeight'), 3000))
        b.save_screenshot(os.path.join(folder, name + '.png'))
        world.size(b, width)
        if name.endswith('desk'):
            b.execute_cdp_cmd('Emulation.setEmulatedMedia', {'media': 'print'})
            world.size(b, 794, min(b.execute_script('return document.documentElement.scrollHeight'), 3000))  # A4
            b.save_screenshot(os.path.join(folder, name + '-print.png'))
            b.execute_cdp_cmd('Emulation.setEmulatedMedia', {'media': ''})
            world.size(b, width)


def shot_name(path, *words):
    return re.sub(r'\W+', '_', path).strip('_') + '-' + '-'.join(words) or 'today'


def look(path, lang, width, is_dark, shot):
    """What is wrong with the page at hand, at that width."""
    b = W.browser()
    W.size(b, WIDTHS[width])
    b.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [{'name': 'prefers-color-scheme', 'value': 'dark' if is_dark else 'light'},
                                                                  {'name': 'prefers-reduced-motion', 'value': 'reduce'}]})
    where = '%s %s %s%s' % (path, lang, width, ' dark' if is_dark else '')
    if shot:
        keep_shot(W, b, WIDTHS[width], shot_name(path, lang, width, *(['dark'] if is_dark else [])))
    return ['%s: %s' % (where, p) for p in b.execute_script(CHECK)]


def walk(lang, looks):
    """Each page once, looked at in several ways."""
    b, problems = W.browser(), []
    for n, path in enumerate(PAGES):
        b.get(W.base + path + ('&' if '?' in path else '?') + 'lang=' + lang)
        assert b.find_element(By.TAG_NAME, 'html').get_attribute('lang') == lang, path
        for width, is_dark, most in looks:
            if n < most:
                problems += look(path, lang, width, is_dark, True)
    b.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': []})
    W.size(b, WIDTHS['desk'])
    problems += [e['message'] for e in b.get_log('browser') if 'favicon' not in e['message']]
    assert not problems, '\n'.join(problems[:20])


def english(tmp):
    walk('en', [('desk', False, 99), ('phone', False, 99), ('desk', True, 99), ('wide', False, 4)])


def french(tmp):
    walk('fr', [('desk', False, 99), ('phone', False, 99)])


def without_a_script(tmp):
    """The same pages, forms and links; sorting and copying are not offered."""
    b = W.browser(False)
    for path in PAGES[:10]:
        b.get(W.base + path)
        html = b.page_source
        assert '<h1>' in html and '<main' in html, path
        assert not b.find_elements(By.CSS_SELECTOR, 'th button'), 'made by the script'
    b.get(W.base + '/d/example.org/policy')
    buttons = b.find_elements(By.CLASS_NAME, 'copy')
    assert len(buttons) == 2 and not any(button.is_displayed() for button in buttons), 'a button that does nothing'
    b.get(W.base + '/')
    b.find_element(By.NAME, 'q').send_keys('example.net')
    press(b, b.find_element(By.CSS_SELECTOR, '.search button'))
    assert urllib.parse.urlsplit(b.current_url).path == '/d/example.net', b.current_url


def the_answer_is_on_the_page(tmp):
    """Who sends as example.org, and is reject safe? Said in words on its first page."""
    b = W.browser()
    W.size(b, 1280)
    b.get(W.base + '/d/example.org?lang=en')
    text = b.find_element(By.TAG_NAME, 'main').text
    for word in ('Who sends as example.org?', 'mx2.example.org', 'newsletter.example', 'to fix', 'not yours',
                 'Not ready for p=reject'):
        assert word in text, (word, text[:1500])
    b.get(W.base + '/?lang=en')
    text = b.find_element(By.TAG_NAME, 'main').text
    for word in ('web1.example.org', '192.0.2.80', 'newsletter.example', 'Yahoo'):
        assert word in text, (word, text[:1500])


def filters(tmp):
    """Each link that filters leads to rows that differ, says so in words, and goes away with "clear"."""
    b = W.browser()
    b.get(W.base + '/d/example.org/sources?lang=en')
    all_rows = len(b.find_elements(By.CSS_SELECTOR, 'tbody tr'))
    links = [a.get_attribute('href') for a in b.find_elements(By.CSS_SELECTOR, '.chips a')]
    assert len(links) >= 5 and all_rows >= 8, (links, all_rows)
    for link in links[1:]:
        b.get(link)
        rows = len(b.find_elements(By.CSS_SELECTOR, 'tbody tr'))
        assert 0 < rows < all_rows, (link, rows, all_rows)
        assert b.find_element(By.CSS_SELECTOR, '.chips a[aria-current]').get_attribute('href') != links[0] or 'new' in link
        press(b, b.find_element(By.LINK_TEXT, 'clear'))
        assert len(b.find_elements(By.CSS_SELECTOR, 'tbody tr')) == all_rows, b.current_url
    for days in '7', '90':
        b.get(W.base + '/d/example.org/sources?days=' + days)
        assert ('last %s days' % days) in b.find_element(By.CSS_SELECTOR, '.about').text
    b.get(W.base + '/d/example.org')
    day = b.find_elements(By.CSS_SELECTOR, 'svg.bars a')[10]
    b.get(W.base + day.get_attribute('href').replace(W.base, '') if isinstance(day.get_attribute('href'), str)
          else W.base + '/d/example.org?from=%s&to=%s' % ((day.get_attribute('data-day'),) * 2))
    assert day is not None and len(b.find_elements(By.CSS_SELECTOR, 'svg.bars a')) == 1
    for query in ('class=nonsense', 'from=2026-13-01', 'ip=1.2.3', 'unknown=1', 'days=0'):
        status, _, text = W.fetch('/d/example.org/sources?' + query)
        assert status == 400 and '<h1>' in text, query


def sorting(tmp):
    b = W.browser()
    b.get(W.base + '/d/example.org/sources?lang=en')
    column = [e.text for e in b.find_elements(By.CSS_SELECTOR, 'thead th')].index('Messages')
    numbers = lambda: [int(e.get_attribute('data-value')) for e in  # noqa: E731
                       b.find_elements(By.CSS_SELECTOR, 'tbody tr > :nth-child(%d)' % (column + 1))]
    button = b.find_elements(By.CSS_SELECTOR, 'thead th button')[column]
    button.click()
    assert numbers() == sorted(numbers(), reverse=True)
    button.click()
    assert numbers() == sorted(numbers())


def files(tmp):
    """Each CSV and JSON that a page offers: it can be read, says the same of both, and holds no formula."""
    b = W.browser()
    links = set()
    for path in PAGES:
        b.get(W.base + path)
        links |= {a.get_attribute('href') for a in b.find_elements(By.CSS_SELECTOR, '.files a')}
    assert len(links) >= 30, sorted(links)
    for link in sorted(links):
        path = link[len(W.base):]
        status, kind, text = W.fetch(path)
        assert status == 200, (path, status)
        if '.csv' in path:
            assert kind.startswith('text/csv')
            rows = list(csv.reader(io.StringIO(text)))
            assert rows and all(len(r) == len(rows[0]) for r in rows), path
            assert not any(cell[:1] in '=+@\t\r' and cell for r in rows[1:] for cell in r), path
            assert '\x1b' not in text
            other = json.loads(W.fetch(path.replace('.csv', '.json'))[2])
            assert len(other['rows']) == len(rows) - 1, path
            if other['rows']:
                assert list(other['rows'][0]) == rows[0], path
        else:
            assert kind == 'application/json' and isinstance(json.loads(text)['rows'], list), path
    status, _, text = W.fetch('/api/d/example.org/sources?days=90')
    assert status == 200 and json.loads(text)['table'] == 'sources'


def openapi(tmp):
    """The description names the places that there are, and each answers as it says."""
    said = json.loads(W.fetch('/api/openapi.json')[2])
    assert said['openapi'].startswith('3.'), said
    report = json.loads(W.fetch('/api/reports?days=90')[2])['rows'][0]['report']
    for path, methods in said['paths'].items():
        real = path.replace('{domain}', 'example.org').replace('{report}', report)
        if path.endswith('/source'):
            real += '?source=newsletter.example'
        status, kind, text = W.fetch(real)
        answer = methods['get']['responses']['200']['content']
        assert status == 200 and kind.split(';')[0] in answer, (path, status, kind)
        if kind == 'application/json' and 'rows' in text:
            data = json.loads(text)
            assert data['table'] in methods['get']['x-tables'], (path, data['table'])
        for table in methods['get'].get('x-tables', []):
            more = ('&' if '?' in real else '?') + 'table=' + table
            data = json.loads(W.fetch(real + more)[2])
            schema = said['components']['schemas'][table]
            assert data['table'] == table, (path, table)
            for row in data['rows'][:50]:
                assert sorted(row) == sorted(schema['required']) == sorted(schema['properties']), (path, table, row)


def hostile_texts(tmp):
    """What a stranger wrote shows as text, on each page, and as text in each file."""
    b = W.browser()
    for path in ('/reports?days=90&lang=en', '/reporters?lang=en', '/search?q=' + urllib.parse.quote(HOSTILE + FORMULA)):
        b.get(W.base + path)
        assert not b.find_elements(By.CSS_SELECTOR, 'main script'), path
        assert HOSTILE in b.find_element(By.TAG_NAME, 'main').text or 'search' in path, path
    link = [a for a in b.find_elements(By.CSS_SELECTOR, 'main a') if '/reports/' in (a.get_attribute('href') or '')]
    assert link, b.current_url
    press(b, link[0])
    text = b.find_element(By.TAG_NAME, 'main').text
    assert HOSTILE in text and '\\u{202E}' in text and '\u202e' not in text and '\\u{0085}' in text, text[:2000]
    assert not b.find_elements(By.CSS_SELECTOR, 'main script')
    problems = b.execute_script(CHECK)
    assert not problems, problems
    assert '=HYPERLINK' in W.fetch(urllib.parse.urlsplit(b.current_url).path + '.csv')[2]
    assert '\'=LLL' in W.fetch('/reports.csv?days=90')[2], W.fetch('/reports.csv?days=90')[2][:600]
    row = [x for x in json.loads(W.fetch('/api/reports?days=90')[2])['rows'] if (x['reporter'] or '').startswith('=L')][0]
    W.size(b, 375)
    for path in ('/reports?days=90', '/reporters?days=90', '/?lang=en', '/reports/' + row['report']):
        b.get(W.base + path)
        problems = [p for p in b.execute_script(CHECK)]
        assert not problems, (path, problems)
        assert 'LLLLL' in b.find_element(By.TAG_NAME, 'main').text, path
    W.size(b, 1280)


def long_names(tmp):
    """64 KiB of a name in a file, in JSON, on a terminal and in a mail: cut or folded, and nothing else with it."""
    row = [x for x in json.loads(W.fetch('/api/reports?days=90')[2])['rows'] if (x['reporter'] or '').startswith('=L')][0]
    assert len(row['reporter']) == 255, len(row['reporter'])  # what of it is a key
    found = [x for x in json.loads(W.fetch('/api/today?table=findings')[2])['rows'] if x['rule'] == 'contradiction' and '=LLL' in x['text']]
    assert found and len(found[0]['text']) < 1000, found
    for words, most in ((('today',), 80), (('list',), 80), (('reporters',), 80), (('show', os.path.join(W.dir, 'reports', 'long.xml')), 80),
                        (('digest', '--lang', 'en'), 76)):
        text = W.run(SCEAU, 'report', *words, *(() if words[0] == 'show' else ('--state', W.state, *served.words(W.state))), allow=(0, 1, 2))
        lines = [x for x in text.splitlines() if '://' not in x]
        assert 'LLLLL' in text and max(map(len, lines)) <= most, (words, max(lines, key=len))
        assert not re.search('[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202e]', text), words
    page = W.run(SCEAU, 'report', 'digest', '--html', '--state', W.state, *served.words(W.state))
    assert 'LLLLL' in page and '<b>x' not in page and '<i>i' not in page and len(page) < 100000, len(page)


def upload(tmp):
    """A report, the same again, and something else: the page says what became of each."""
    b = W.browser()
    W.size(b, 1280)
    good, bad = os.path.join(tmp, 'new!report.xml.gz'), os.path.join(tmp, 'no-report.txt')
    with open(good, 'wb') as f:
        f.write(gzip.compress(aggregate('uploader.example', [('192.0.2.10', 5, 'c')], ident='upload-1')))
    with open(bad, 'w') as f:
        f.write('this is no report\n')
    for path, says in ((good, 'was taken'), (good, 'there already'), (bad, 'could not be read')):
        b.get(W.base + '/intake?lang=en')
        b.find_element(By.CSS_SELECTOR, 'input[type=file]').send_keys(path)
        press(b, b.find_element(By.CSS_SELECTOR, 'form[action="/upload"] button'))
        assert says in b.find_element(By.TAG_NAME, 'main').text, (path, b.find_element(By.TAG_NAME, 'main').text)
    b.get(W.base + '/reports?lang=en&days=7')
    assert 'uploader.example' in b.find_element(By.TAG_NAME, 'main').text


def a_pasted_zone(tmp):
    """MXToolbox's lines and the tutorial's faults; $INCLUDE reads nothing; no name, no zone."""
    b = W.browser()
    with open(os.path.join(ROOT, 'tests', 'data', 'check', 'zw3b.zone')) as f:
        zone = f.read()
    b.get(W.base + '/check?lang=en')
    b.execute_script('document.getElementById("zone").value = arguments[0]', zone)
    press(b, b.find_element(By.XPATH, '//button[text()="Check the zone"]'))
    text = b.find_element(By.TAG_NAME, 'main').text
    for word in ('DMARC Record Published', 'DNS Record not found', 'spf.type99', 'dmarc.pct'):
        assert word in text, (word, text[:1500])
    problems = b.execute_script(CHECK)
    assert not problems, problems
    for zone, says in (('$INCLUDE /etc/passwd\n@ A 192.0.2.1\n', 'does not say what it is called'), ('', 'no zone')):
        b.get(W.base + '/check?lang=en')
        b.execute_script('document.getElementById("zone").value = arguments[0]', zone)
        press(b, b.find_element(By.XPATH, '//button[text()="Check the zone"]'))
        text = b.find_element(By.TAG_NAME, 'main').text
        assert says in text and 'root:' not in text, text


def marks_and_mutes(tmp):
    """A mark changes the class of the past, and goes away again; a finding that is hidden is gone from Today."""
    b = W.browser()
    W.size(b, 1280)
    page = W.base + '/d/example.org/source?source=newsletter.example&lang=en'

    def mark(value):
        b.get(page)
        b.find_element(By.CSS_SELECTOR, 'option[value="%s"]' % value).click()
        b.find_element(By.NAME, 'note').clear()
        b.find_element(By.NAME, 'note').send_keys('ours <b>since</b> May')
        press(b, b.find_element(By.XPATH, '//button[text()="Mark"]'))
        want = 'forwarder or list' if value else 'to fix'
        wait_for('the mark: ' + want, lambda: b.get(page) or b.find_element(By.CSS_SELECTOR, '.lead .badge').text == want)
    mark('forwarder')
    assert b.find_element(By.NAME, 'note').get_attribute('value') == 'ours <b>since</b> May'
    mark('')
    b.get(W.base + '/?lang=en')
    before = b.find_elements(By.CSS_SELECTOR, '.finding')
    count, first = len(before), before[0].text.split('\n')[1]
    before[0].find_element(By.TAG_NAME, 'summary').click()
    before[0].find_element(By.NAME, 'note').send_keys('known')
    press(b, before[0].find_element(By.XPATH, './/button[text()="Hide it"]'))
    wait_for('hidden', lambda: b.get(W.base + '/?lang=en') or
             len(b.find_elements(By.CSS_SELECTOR, '.finding')) == count - 1)
    assert first not in b.find_element(By.TAG_NAME, 'main').text


def what_we_send(tmp):
    """The page says whether reports leave, what waits, what did not arrive and why; the same as CSV and JSON; of administrators alone."""
    b = W.browser()
    b.get(W.base + '/outbox?lang=en')
    text = b.find_element(By.TAG_NAME, 'main').text
    for word in ('before the self-test has passed', 'No test mail was sent yet', 'for good', 'planned.example', '451 4.7.1 greylisted', '550 5.1.1 no such user', 'not accepted', 'come back', HOSTILE,
                 'rua@never.example'):
        assert word in text, (word, text)
    assert 'taken.example' not in text, 'it has arrived'
    assert [x.text for x in b.find_elements(By.CSS_SELECTOR, '.figures dd')][0].startswith('2'), text
    for name, rows in (('outgoing', 2), ('undelivered', 3), ('suppressed', 2)):
        assert len(json.loads(W.fetch('/outbox.json?table=' + name)[2])['rows']) == rows, name
        lines = list(csv.reader(io.StringIO(W.fetch('/outbox.csv?table=' + name)[2])))
        assert len(lines) == rows + 1 and not any(c[:1] in '=+-@' for line in lines for c in line if c), lines


def a_reporter_ignored(tmp):
    """Its messages leave the figures, its line stays and says so; then it counts again. One of TLS sessions the same way."""
    b = W.browser()
    rows = lambda table: json.loads(W.fetch('/reporters.json?days=90&table=' + table)[2])['rows']  # noqa: E731
    sums = {'reporters': lambda: sum(x['messages'] for x in json.loads(W.fetch('/api/today?days=90')[2])['rows']),
            'tls_reporters': lambda: sum(x['successful'] + x['failed'] for x in json.loads(W.fetch('/api/tls?days=90')[2])['rows'])}
    own = {'reporters': lambda x: x['messages'], 'tls_reporters': lambda x: x['successful'] + x['failed']}
    for table, total in sums.items():
        before, reporter = total(), max(rows(table), key=own[table])
        line = lambda: [r for r in b.find_elements(By.CSS_SELECTOR, 'tbody tr')  # noqa: E731
                        if r.find_element(By.TAG_NAME, 'th').text == reporter['reporter']][0]
        for button, badge, want in (('Ignore', True, before - own[table](reporter)), ('Count it again', False, before)):
            b.get(W.base + '/reporters?days=90&lang=en')
            press(b, line().find_element(By.XPATH, './/button[text()="%s"]' % button))
            wait_for('it to count', lambda: total() == want)
            b.get(W.base + '/reporters?days=90&lang=en')
            assert ('ignored' in line().text) == badge, line().text


def keyboard(tmp):
    """The first Tab shows the way past the navigation; the focus is seen."""
    from selenium.webdriver.common.keys import Keys
    b = W.browser()
    W.size(b, 1280)
    b.get(W.base + '/?lang=en')
    b.find_element(By.TAG_NAME, 'body').send_keys(Keys.TAB)
    e = b.switch_to.active_element
    assert e.text == 'Skip to the content' and e.location['x'] >= 0, e.text
    for _ in range(3):
        b.switch_to.active_element.send_keys(Keys.TAB)
        style = b.execute_script('return getComputedStyle(document.activeElement).outlineStyle')
        assert style != 'none'


def out_and_in(tmp):
    b = W.browser()
    b.get(W.base + '/?lang=en')
    press(b, b.find_element(By.XPATH, '//button[text()="Sign out"]'))
    assert 'sceau web login' in b.find_element(By.TAG_NAME, 'main').text
    b.get(W.base + '/d/example.org')
    assert 'sceau web login' in b.find_element(By.TAG_NAME, 'main').text
    b.get(W.link())
    assert b.find_elements(By.CSS_SELECTOR, 'nav a[aria-current]'), b.current_url


TESTS = [english, french, without_a_script,
         the_answer_is_on_the_page, filters, sorting, files, openapi, hostile_texts, long_names, upload, a_pasted_zone, marks_and_mutes,
         what_we_send, a_reporter_ignored, keyboard, out_and_in]
W = World()
try:
    run_tests(TESTS, sys.argv[4:])
finally:
    W.close()
