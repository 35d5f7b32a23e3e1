#!/usr/bin/python3
"""reports.py SCEAU [--no-limits]: reports in every wrapping, and wrappings that are meant to hurt, through `sceau report show`.

Each case builds a file, says what `--json` has to find (messages of each report, texts of refusals and repairs) and the exit
status. --no-limits leaves out the measures of time and memory: sanitizers have their own. Prints one TAP line a case."""
import base64, gzip, io, json, os, resource, subprocess, sys, tempfile, time, zipfile, zlib

XML = ('<feedback><report_metadata><org_name>%s</org_name><email>e</email><report_id>i</report_id><date_range><begin>100</begin>'
       '<end>200</end></date_range></report_metadata><policy_published><domain>d.test</domain><p>none</p></policy_published>'
       '<record><row><source_ip>192.0.2.1</source_ip><count>%d</count><policy_evaluated><disposition>none</disposition>'
       '<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>d.test</header_from></identifiers>'
       '<auth_results><spf><domain>d.test</domain><result>pass</result></spf></auth_results></record></feedback>')
TLS = json.dumps({'organization-name': 'o', 'report-id': 'i', 'contact-info': 'c', 'date-range': {
    'start-datetime': '2024-01-01T00:00:00Z', 'end-datetime': '2024-01-01T23:59:59Z'}, 'policies': [{'policy': {
        'policy-type': 'sts', 'policy-domain': 'd.test', 'mx-host': 'mx.d.test'}, 'summary': {
            'total-successful-session-count': 5, 'total-failure-session-count': 0}}]}).encode()
MIB = 1024 * 1024


def xml(count=1, name='r'):
    return (XML % (name, count)).encode()


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def part(data, kind='application/octet-stream', encoding='base64', more=''):
    if encoding == 'base64':
        data = base64.encodebytes(data)
    return b'--b\nContent-Type: %s\nContent-Transfer-Encoding: %s\n%s\n%s\n' % (kind.encode(), encoding.encode(), more.encode(), data)


def mail(*parts, subject='s'):
    return (b'From: a@b.test\nSubject: %s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n' % subject.encode() +
            b''.join(parts) + b'--b--\n')


def inside(depth, data):
    """A mail in a mail in a mail, as attachments of type message/rfc822."""
    for _ in range(depth):
        data = b'From: a@b.test\nContent-Type: message/rfc822\n\n' + data
    return data


def encrypted_zip():
    data = bytearray(zipped(('r.xml', xml())))
    data[6] |= 1  # the flag of the local header
    data[data.rindex(b'PK\x01\x02') + 8] |= 1
    return bytes(data)


def cut_gzip():
    record = xml().split(b'<record>')[1].split(b'</feedback>')[0]
    noise = b''.join(b'<record>' + record + b'<!--%s-->' % base64.b64encode(os.urandom(30)) for _ in range(3000))
    return gzip.compress(xml(3).replace(b'</feedback>', noise + b'</feedback>'))[:100000]


def bomb(start, octet, size=512):
    """SIZE MiB of one octet, half a MiB packed."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    return pack.compress(start) + b''.join(pack.compress(octet * MIB) for _ in range(size)) + pack.flush()


def quoted(data):
    return b''.join(b'=%02X' % c if c > 126 or c < 32 or c == 61 else bytes([c]) for c in data).replace(b'<re', b'=\n<re')


ARF = (b'--b\nContent-Type: message/feedback-report\n\nFeedback-Type: auth-failure\nUser-Agent: u\nVersion: 1\nAuth-Failure: dmarc\n'
       b'Authentication-Results: x; dmarc=fail\nIdentity-Alignment: spf\nReported-Domain: d.test\nSource-IP: 192.0.2.9\nIncidents: 7\n')
# name, file, [messages of each report | "tls" | "failure"], texts that have to stand in the output, exit status
CASES = (
    ('plain', xml(3), [3], [], 0),
    ('a byte order mark', b'\xef\xbb\xbf' + xml(3), [3], [], 0),
    ('UTF-16', b'\xff\xfe' + xml(3).decode().encode('utf-16-le'), [3], [], 0),
    ('gzip', gzip.compress(xml(3)), [3], [], 0),
    ('zip', zipped(('r.xml', xml(3))), [3], [], 0),
    ('zip, stored', zipped(('r.xml', xml(3)), method=zipfile.ZIP_STORED), [3], [], 0),
    ('zip with several reports, a folder and what is none', zipped(('d/', b''), ('d/a.xml', xml(1)), ('readme', b'\0\1'), ('b.json', TLS),
                                                                  ('c.xml', xml(2))), [1, 'tls', 2], [], 0),
    ('gzip in zip', zipped(('r.xml.gz', gzip.compress(xml(3)))), [3], [], 0),
    ('zip in gzip', gzip.compress(zipped(('a.xml', xml(3)), ('b.xml', xml(4)))), [3, 4], [], 0),
    ('three archives in each other', zipped(('a', zipped(('b', zipped(('c', xml())))))), [], ['no report was found'], 65),
    ('an empty zip', zipped(), [], ['it is empty'], 65),
    ('an empty file in gzip', gzip.compress(b''), [], ['cannot be unpacked'], 65),
    ('a zip of 64', zipped(*(('%d.xml' % i, xml()) for i in range(64))), [1] * 64, [], 0),
    ('a zip of 65', zipped(*(('%d.xml' % i, xml()) for i in range(65))), [1] * 64, ['more than 64 files'], 65),
    ('an encrypted zip', encrypted_zip(), [], ['archive cannot be unpacked'], 65),
    ('gzip cut off', cut_gzip(), None, ['the archive is damaged', '"is_whole":false', '"org_name":"r"'], 0),
    ('no archive behind the magic', b'\x1f\x8b\x08\0rubbish', [], [''], 65),
    ('octets of nothing', bytes(range(128, 256)) * 9, [], ['no report was found'], 65),
    ('a mail: base64', mail(part(gzip.compress(xml(3)))), [3], [], 0),
    ('a mail: quoted-printable', mail(part(quoted(xml(3)), 'text/xml', 'quoted-printable')), [3], [], 0),
    ('a mail: 7bit text/plain', mail(part(xml(3), 'text/plain', '7bit')), [3], [], 0),
    ('a mail with CRLF', mail(part(zipped(('r.xml', xml(3))))).replace(b'\n', b'\r\n'), [3], [], 0),
    ('a mail with text and HTML about it', mail(part(b'Hello: see below', 'text/plain', '7bit'), part(b'<html><p>x</p></html>', 'text/html', '7bit'),
                                                part(gzip.compress(xml(3)))), [3], [], 0),
    ('two reports in a mail', mail(part(xml(1)), part(gzip.compress(xml(2)))), [1, 2], [], 0),
    ('a TLS report in a mail', mail(part(gzip.compress(TLS), 'application/tlsrpt+gzip')), ['tls'], [], 0),
    ('the mail is the report', b'From: a@b.test\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n' +
     base64.encodebytes(gzip.compress(xml(3))), [3], [], 0),
    ('a mail in a mail', inside(1, mail(part(xml(3)))), [3], [], 0),
    ('a mail as octets in a mail', mail(part(mail(part(xml(3))))), [3], [], 0),
    ('six mails in each other', inside(6, mail(part(xml(3)))), [3], [], 0),
    ('nine mails in each other', inside(9, mail(part(xml(3)))), [], ['deeper than 8'], 65),
    ('65 parts', mail(*(part(b'x', 'text/plain', '7bit') for _ in range(66))), [], ['more than 64 parts'], 65),
    ('a mail without a report', mail(part(b'Hello', 'text/plain', '7bit')), [], ['no report was found'], 65),
    ('a mail of 11 MiB', mail(part(b'x' * 11 * MIB, 'text/plain', '7bit')), [], ['larger than 10 MiB'], 65),
    ('a mail in gzip', gzip.compress(mail(part(xml(3)))), [3], [], 0),
    ('an mbox', b'From x\n' + mail(part(xml(1))) + b'\nFrom y\n' + mail(part(b'>From z\n' + xml(2), 'text/plain', '7bit'), part(xml(2))) +
     b'\n', [1, 2], [], 0),
    ('an mbox with a mail of 11 MiB', b'From x\n' + mail(part(b'x\n' * 6 * MIB, 'text/plain', '7bit')) + b'\nFrom y\n' + mail(part(xml(2))),
     [2], ['larger than 10 MiB'], 65),
    ('a failure report', mail(ARF, part(b'From: x@d.test\nSubject: =?utf-8?q?caf=C3=A9?=\n\nbody', 'message/rfc822', '7bit')), ['failure'],
     ['café', '"incidents":7'], 1),
    ('a report inside the message that a failure report is about', mail(ARF, part(mail(part(xml(9))), 'message/rfc822', '7bit')), ['failure'], [], 1),
    ('JSON that is no report', b'{"a":1}', [], ['no TLS report'], 65),
    ('JSON 3000 deep', b'{"policies":' + b'[' * 3000 + b']' * 3000 + b'}', [], ['no TLS report'], 65),
    ('JSON of 5 MiB', b'{"a":"' + b'x' * 5 * MIB + b'"}', [], ['larger than 4 MiB'], 65),
    ('a TLS report of strange types', b'{"policies":[{"policy":[],"summary":{"total-successful-session-count":-1}},7],"report-id":5}', ['tls'],
     ['no number, or out of range'], 0),
)
HUNGRY = (  # what only the reader's memory limit ends
    ('JSON that wants memory', b'{"policies":[' + b'[],' * (MIB + MIB // 4) + b'[]]}', [], [''], 65),
)
SIZES = (  # costs: name, file, seconds of CPU, MiB
    ('512 MiB of blanks in an element', lambda: bomb(b'<feedback>', b' '), 2.0, 32),
    ('512 MiB of zeros', lambda: bomb(b'', b'\0'), 2.0, 32),
    ('512 MiB of ampersands', lambda: bomb(b'<feedback><report_metadata><org_name>', b'&'), 2.0, 32),
    ('512 MiB of one tag', lambda: bomb(b'<feedback><a b="', b'x'), 2.0, 32),
    ('512 MiB of one comment', lambda: bomb(b'<feedback><!--', b'x'), 2.0, 32),
    ('512 MiB of JSON', lambda: bomb(b'{"policies":[', b'1,'), 2.0, 32),
    ('512 MiB of a mail', lambda: bomb(b'A: b\n\n', b'x\n'), 2.0, 48),
)


def run(sceau, data, folder):
    path = os.path.join(folder, 'file')
    with open(path, 'wb') as f:
        f.write(data)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([sceau, 'report', 'show', '--json', path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return process.returncode, out.decode(), err.decode(), cost


def found(output):
    for line in output.splitlines():
        line = json.loads(line)
        if line['type'] in ('aggregate', 'tls', 'failure'):
            yield line['messages'] if line['type'] == 'aggregate' else line['type']


def problems(case, folder, sceau):
    _, data, reports, texts, status = case
    code, out, err, _ = run(sceau, data, folder)
    if code != status:
        yield 'exit status %d, want %d' % (code, status)
    if reports is not None and list(found(out)) != reports:
        yield 'found %s, want %s' % (list(found(out)), reports)
    if err:
        yield 'standard error: ' + err
    yield from ('no %r' % text for text in texts if text not in out)


def peak(sceau, folder):
    """MiB of the largest process of a run, and the seconds of all: a program of its own, whose children are only these."""
    code = ('import resource,subprocess,sys;subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL);'
            'u=resource.getrusage(resource.RUSAGE_CHILDREN);print(u.ru_maxrss/1024,u.ru_utime+u.ru_stime)')
    run = subprocess.run([sys.executable, '-c', code, sceau, 'report', 'show', '--json', os.path.join(folder, 'file')],
                         stdout=subprocess.PIPE, text=True, check=True)
    return [float(x) for x in run.stdout.split()]


def inflating(path):
    """Seconds that zlib alone takes for what may be inflated of it, 256 MiB."""
    start, pack, total = time.process_time(), zlib.decompressobj(31), 0
    with open(path, 'rb') as f:
        data = f.read()
    while data and total < 256 * MIB:
        total += len(pack.decompress(data, 64 * 1024))
        data = pack.unconsumed_tail
    return time.process_time() - start


def costs(case, folder, sceau):
    _, build, seconds, mib = case
    with open(os.path.join(folder, 'file'), 'wb') as f:
        f.write(build())
    memory, cpu = peak(sceau, folder)
    seconds = max(seconds, 3 * inflating(os.path.join(folder, 'file')))  # a machine that is slow, or busy
    if memory > mib:
        yield '%.1f MiB, want %d' % (memory, mib)
    if cpu > seconds:
        yield '%.2f s, want %.1f' % (cpu, seconds)


def main():
    sceau, with_limits, failed, number = sys.argv[1], '--no-limits' not in sys.argv, False, 0
    todo = [(c, problems) for c in CASES + (HUNGRY if with_limits else ())] + [(c, costs) for c in SIZES if with_limits]
    for number, (case, check) in enumerate(todo, 1):
        with tempfile.TemporaryDirectory() as folder:
            wrong = list(check(case, folder, sceau))
        failed = failed or bool(wrong)
        print('%s %d - %s' % ('not ok' if wrong else 'ok', number, case[0]), flush=True)
        for text in wrong:
            print('# ' + text[:600].replace('\n', '\n# '))
    print('1..%d' % number)
    return 1 if failed else 0


sys.exit(main())
