"""Authors whose domains publish p=reject, the mail they write, and the zone that speaks for them and for those who
handle their mail."""
import base64, email.policy, subprocess
from email.message import EmailMessage
import dkim

# name: address, what is signed and how. The domain of a signature is that of the address unless d= says otherwise.
AUTHORS = {
    'bank': dict(address='ann@bank.example'),
    'simple': dict(address='ben@simple.example', canonicalize=(b'simple', b'simple')),
    'oversigned': dict(address='cleo@oversigned.example', include_headers=[
        b'From', b'From', b'To', b'To', b'Cc', b'Subject', b'Subject', b'Date', b'Message-ID', b'Reply-To', b'Sender',
        b'List-Id', b'List-Unsubscribe', b'MIME-Version', b'Content-Type']),
    'length': dict(address='dan@length.example', length=True),
    'unsigned': dict(address='eve@unsigned.example', key=None),
    'firm': dict(address='fay@news.firm.example', d='firm.example'),
    'strict': dict(address='gus@strict.example', record='v=DMARC1; p=reject; adkim=s; aspf=s'),
    'idn': dict(address='jürgen@münchen.example'),
}
AUTHOR_IP = '192.0.2.1'
DKIM_FIELDS = [b'From', b'To', b'Subject', b'Date', b'Message-ID', b'MIME-Version', b'Content-Type']

# Those who handle mail: SPF of the domain and of the HELO name, a DMARC record.
HANDLERS = {
    'lists.example': ('203.0.113.1', True, 'v=DMARC1; p=reject'),
    'mm.example': ('203.0.113.2', True, 'v=DMARC1; p=reject'),
    'forward.example': ('203.0.113.3', True, None),
    'legacy.example': ('203.0.113.4', False, None),  # publishes nothing
    'srs.example': ('203.0.113.5', True, 'v=DMARC1; p=none'),
    'sieve.example': ('203.0.113.6', True, 'v=DMARC1; p=reject'),
    'sympa.example': ('203.0.113.7', True, None),
    'tickets.example': ('203.0.113.8', True, 'v=DMARC1; p=reject'),
    'calendar.example': ('203.0.113.9', True, None),
}


def a_label(domain):
    return domain.encode('idna').decode()


def domain_of(author):
    return AUTHORS[author]['address'].split('@')[1]


def signing_domain(author):
    return a_label(AUTHORS[author].get('d', domain_of(author)))


def new_key():
    """(private as PEM, public as the p= of a key record)"""
    pem = subprocess.run(['openssl', 'genrsa', '-traditional', '1024'], capture_output=True, check=True).stdout
    der = subprocess.run(['openssl', 'rsa', '-pubout', '-outform', 'DER'], input=pem, capture_output=True, check=True).stdout
    return pem, base64.b64encode(der).decode()


def key_records(keys, selector):
    """keys: {domain: p=}"""
    return ''.join('%s._domainkey.%s. TXT "v=DKIM1; k=rsa; p=%s"\n' % (selector, name, p) for name, p in keys.items())


def zone():
    """All but the keys."""
    lines = ['; What tests/honest/make published.', '$ORIGIN example.', '$TTL 300',
             '@ SOA ns.example. hostmaster.example. 1 3600 600 86400 60', '  NS ns', 'ns A 127.0.0.1',
             'receiver MX 10 mx.receiver', 'mx.receiver A 192.0.2.99']
    for author, a in AUTHORS.items():
        own, record = a_label(domain_of(author)), a.get('record', 'v=DMARC1; p=reject')
        lines += ['%s. TXT "v=spf1 ip4:%s -all"' % (own, AUTHOR_IP), '_dmarc.%s. TXT "%s"' % (signing_domain(author), record)]
    for name, (ip, has_spf, record) in HANDLERS.items():
        lines += ['mail.%s. A %s' % (name, ip), '%s. MX 10 mail.%s.' % (name, name)]
        if has_spf:
            lines += ['%s%s. TXT "v=spf1 ip4:%s -all"' % (host, name, ip) for host in ('', 'mail.')]
        if record:
            lines += ['_dmarc.%s. TXT "%s"' % (name, record)]
    return '\n'.join(lines) + '\n'


def invitation(m, address):
    from icalendar import Calendar, Event, vCalAddress
    from datetime import datetime, timezone
    event, calendar = Event(), Calendar()
    for name, value in (('uid', '1@bank.example'), ('summary', 'Lunch'), ('dtstart', datetime(2026, 12, 1, 12, tzinfo=timezone.utc)),
                        ('dtstamp', datetime(2026, 11, 22, tzinfo=timezone.utc)), ('organizer', vCalAddress('mailto:' + address)),
                        ('attendee', vCalAddress('mailto:bob@receiver.example'))):
        event.add(name, value)
    for name, value in (('prodid', '-//sceau//tests//'), ('version', '2.0'), ('method', 'REQUEST')):
        calendar.add(name, value)
    calendar.add_component(event)
    m.set_content('Lunch on Tuesday?\n')
    m.add_alternative(calendar.to_ical().decode(), subtype='calendar', params={'method': 'REQUEST'})


def plain(m, _):
    m.set_content('Hello Bob,\n\nthe minutes are below.  Two  spaces, and a line that ends in some: \n\nAnn\n')


def html(m, _):
    m.set_content('Hello.\n')
    m.add_alternative('<html><body><p>Hello.</p></body></html>\n', subtype='html')


def latin(m, _):
    m.set_content('Grüße aus München, café und naïve Fragen.\n', charset='iso-8859-1', cte='quoted-printable')


def eight_bit(m, _):
    m.set_content('Grüße aus München; 8bit, kein quoted-printable.\n', cte='8bit')


def attachment(m, _):
    m.set_content('The figures.\n')
    m.add_attachment(b'a;b\n' * 200, maintype='text', subtype='csv', filename='figures.csv')


def patch(m, _):
    m.set_content('From here on it is right.\n\n---\n src/a.c | 2 +-\n\n--- a/src/a.c\n+++ b/src/a.c\n@@ -1 +1 @@\n-int a;\n'
                  '+int  b;\n-- \n2.39.5\n', cte='7bit')


KINDS = {f.__name__: f for f in (plain, html, latin, eight_bit, attachment, patch, invitation)}
SUBJECTS = {'patch': '[PATCH] a: b', 'latin': 'Grüße', 'invitation': 'Invitation: Lunch'}


def write(name, author, kind, to):
    """The message as its author writes it, without a signature."""
    address = AUTHORS[author]['address']
    is_utf8 = not address.isascii()
    m = EmailMessage(policy=email.policy.SMTPUTF8 if is_utf8 else email.policy.SMTP)
    m['From'] = '%s <%s>' % (address.split('@')[0].capitalize(), address)
    m['To'], m['Subject'] = to, SUBJECTS.get(kind, 'The minutes')
    m['Date'], m['Message-ID'] = 'Sun, 22 Nov 2026 10:00:00 +0000', '<%s@%s>' % (name, a_label(domain_of(author)))
    KINDS[kind](m, address)
    return m.as_bytes()


def signed(author, keys, selector, text):
    a = AUTHORS[author]
    if a.get('key', True) is None:
        return text
    fields = dict(include_headers=DKIM_FIELDS, canonicalize=(b'relaxed', b'relaxed'))
    fields.update({k: v for k, v in a.items() if k in ('include_headers', 'canonicalize', 'length')})
    d = signing_domain(author)
    return dkim.sign(text, selector.encode(), d.encode(), keys[d][0], **fields) + text


def survives(author, text, public_keys):
    """Does dkimpy, another's verifier, find a good signature of the author's domain?"""
    def txt(name, timeout=5):
        p = public_keys.get(name.decode().rstrip('.').split('._domainkey.')[1])
        return b'v=DKIM1; k=rsa; p=' + p.encode() if p else None
    verifier = dkim.DKIM(text)
    for n in range(sum(1 for name, _ in verifier.headers if name.lower() == b'dkim-signature')):
        try:
            if verifier.verify(n, dnsfunc=txt) and verifier.domain.decode() == signing_domain(author):
                return True
        except dkim.DKIMException:
            pass
    return False
