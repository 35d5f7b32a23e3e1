"""What the world sends to the fleet, and what comes of it: mail that is judged, reports of others about the fleet's own
domain, and the fleet's reports at the sink. Who sends tries until somebody has taken it, as the world does."""
import collections, ctypes, email, email.policy, http.client, imaplib, os, random, re, smtplib, socket, threading, urllib.parse

from world import DAY, DOMAINS, SENDERS, postfix
import made
from reading import plain, report_in

NEW_NETWORK = 0x40000000  # CLONE_NEWNET
libc = ctypes.CDLL(None, use_errno=True)


def in_network(space, make):
    """What `make` makes in another network: a socket stays in the one where it was made."""
    back, there = os.open('/proc/thread-self/ns/net', os.O_RDONLY), os.open(space, os.O_RDONLY)
    try:
        assert libc.setns(there, NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())
        return make()
    finally:
        assert libc.setns(back, NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())
        os.close(back)
        os.close(there)


class Dashboard(http.client.HTTPConnection):
    """A browser on the host itself, which its one-time link has let in."""

    def __init__(self, host):
        super().__init__('127.0.0.1', 8080, timeout=4)
        self.fleet_host, self.cookie = host, ''

    def connect(self):
        self.sock = in_network(self.fleet_host.node.space, lambda: socket.create_connection((self.host, self.port), self.timeout))

    def ask(self, path, method='GET', body=None, **fields):
        self.request(method, path, body, {'Cookie': self.cookie, **{k.replace('_', '-'): v for k, v in fields.items()}})
        answer = self.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def login(self):
        link = urllib.parse.urlsplit(self.fleet_host.command('web', 'login').stdout.strip())
        status, header, _ = self.ask(link.path + '?' + link.query)
        assert status == 303, status
        self.cookie = header['Set-Cookie'].split(';')[0]

    def upload(self, name, octets):
        self.login()
        token = re.search(r'name="token" value="([0-9a-f]{64})"', self.ask('/')[2])[1]
        body = ('--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n%s\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n'
                'Content-Type: application/octet-stream\r\n\r\n' % (token, name)).encode() + octets + b'\r\n--b--\r\n'
        status, _, text = self.ask('/upload', 'POST', body, Content_Type='multipart/form-data; boundary=b')
        assert status == 200, (status, text)


class World:
    """Threads that send until it is `over`."""

    def __init__(self, fleet, seed):
        self.fleet, self.seed, self.lock = fleet, seed, threading.Lock()
        self.accepted = []  # (host, queue id): who said 250 owes a record
        self.reports = []   # that at least one host has taken
        self.tries = self.number = 0

    def start(self):
        self.over = threading.Event()
        self.threads = [threading.Thread(target=work, args=(random.Random('%d %d %d' % (self.seed, n, self.number)),), daemon=True)
                        for n, work in enumerate((self.send_mail, self.send_mail, self.send_mail, self.send_reports, self.send_reports, self.send_reports))]
        for t in self.threads:
            t.start()

    def stop(self):
        self.over.set()
        for t in self.threads:
            t.join()

    def next_number(self):
        with self.lock:
            self.number += 1
            return self.number

    def mail(self, host, sender, text, ip, to):
        """The queue id, or None when this host does not take it now."""
        self.tries += 1
        try:
            code, _, queue_id = host.send(sender, text, ip=ip, helo='mail.' + sender.split('@')[1], to=(to,))
        except (OSError, smtplib.SMTPException, AssertionError):
            return None
        return queue_id if code == 250 else None

    def send_mail(self, rng):
        while not self.over.wait(rng.uniform(0, 0.1)):
            domain = rng.choice(DOMAINS)
            text = MESSAGE % (domain, self.next_number(), domain)
            while True:
                host = rng.choice(self.fleet.hosts)
                queue_id = self.mail(host, 'ann@' + domain, text.encode(), rng.choice(SENDERS), 'bob@receiver.example')
                if queue_id is not None:
                    self.accepted.append((host.name, queue_id))
                if queue_id is not None or self.over.wait(0.1):
                    break

    # -- reports of others --

    def send_reports(self, rng):
        while not self.over.wait(rng.uniform(0.1, 0.5)):
            number = self.next_number()
            report = made.Report(rng, 'fleet-%d' % number, rng.randrange(1, 6), org=rng.choice(('reporter.test', 'other.test')),
                                 domain='receiver.example', begin=(int(self.fleet.now()) // DAY - 1) * DAY)
            ways = rng.choice(([self.by_mail, self.by_imap], [self.by_folder, self.by_upload]))  # the sender of a mail is part of what a report is
            copies, taken = rng.choice((1, 1, 2, 3)), 0
            while taken == 0 or copies > 0:
                copies -= 1
                taken += rng.choice(ways)(rng.choice(self.fleet.hosts), report, number)
                if self.over.is_set() and taken > 0:
                    break
            self.reports.append(report)

    def by_mail(self, host, report, number):
        text = report.mail().replace(b'\n', b'\r\n')
        return self.mail(host, 'dmarc@' + report.org, text, '203.0.113.9', 'dmarc@receiver.example') is not None

    def by_imap(self, host, report, number):
        """In the mailbox of all hosts."""
        try:
            self.fleet.mailbox.deliver([report.mail().replace(b'\n', b'\r\n')])
            return True
        except (OSError, imaplib.IMAP4.error):
            return False  # it was killed, and may have it

    def by_folder(self, host, report, number):
        name = os.path.join(host.state, 'incoming', '%d-%d.xml.gz' % (number, self.next_number()))
        if not os.path.isdir(os.path.dirname(name)):
            return False
        with open(name + '.part', 'wb') as f:
            f.write(report.file('xml.gz'))
        os.rename(name + '.part', name)
        return True

    def by_upload(self, host, report, number):
        browser = Dashboard(host)
        try:
            browser.upload('%d.zip' % number, report.file('zip'))
            return True
        except (OSError, http.client.HTTPException, AssertionError, TypeError, ValueError):
            return False  # perhaps it has been taken all the same: the next one is told that it is there already
        finally:
            browser.close()


MESSAGE = 'From: Ann <ann@%s>\r\nTo: bob@receiver.example\r\nSubject: hello\r\nMessage-ID: <%d@%s>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\nHello.\r\n'


class Arrived:
    """What is at the sink: each report once by its Report-ID, and how often it came."""

    def __init__(self):
        self.seen, self.reports, self.times, self.paths = 0, {}, collections.Counter(), collections.defaultdict(list)

    def look(self, sink):
        while self.seen < len(sink.taken):
            _, _, _, _, text = sink.taken[self.seen]
            self.seen += 1
            xml = report_in(text)
            root, mail = plain(xml), email.message_from_bytes(text, policy=email.policy.SMTP)
            name = next(p for p in mail.walk() if p.get_content_type() == 'application/gzip').get_filename()
            identity = root.find('report_metadata/report_id').text
            one = (root.find('policy_published/domain').text, int(root.find('report_metadata/date_range/begin').text) // DAY,
                   sum(int(c.text) for c in root.iter('count')), name, xml)
            assert self.reports.setdefault(identity, one) == one, 'two reports have the id ' + identity
            self.times[identity] += 1
            # By which of its own queue files the host's Postfix handed it on.
            self.paths[identity].append(re.search(r'\bby (\S+) .*?\bid (\w+)', ' '.join(mail.get_all('Received')[0].split())).groups())

    def sums(self):
        """{(domain, day): messages}"""
        found = collections.Counter()
        for domain, day, count, _, _ in self.reports.values():
            found[domain, day] += count
        return found
