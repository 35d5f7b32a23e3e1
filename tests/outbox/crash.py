#!/usr/bin/python3
"""Reports that we send, and the end of the world: sceau-reportd killed at its steps to the disk and to the network; two
midnights, with nobody there at one of them; and Mail::DMARC as a reader.

    crash.py SCEAU SCEAU-MILTER SCEAU-REPORTD SOURCE [TEST...]
"""
import os, random, shutil, signal, subprocess, sys

from reading import plain, report_in
from world import LATER, REPORTD, SEEN, SOURCE, World, run_tests, served
from tap import Skip

POINTS = int(os.environ.get('SCEAU_KILL_POINTS', '0'))  # of a run that are tried; 0: all
DAY = 86400


def arrived(w):
    """{(domain, begin): (XML, messages)}; the same report always has the same octets."""
    got = {}
    for _, _, mail in w.sink.taken:
        xml = report_in(mail)
        root = plain(xml)
        key = root.find('policy_published/domain').text, int(root.find('report_metadata/date_range/begin').text)
        one = xml, sum(int(c.text) for c in root.iter('count'))
        assert got.setdefault(key, one) == one, key
    return got


def test_killed_at_each_step(tmp):
    """Wherever it dies: every message is in exactly one report, and twice comes only what was being handed over."""
    seed = random.randrange(1 << 30)
    print('# seed %d' % seed, flush=True)
    library, count = os.path.join(tmp, 'kill.so'), os.path.join(tmp, 'count')
    subprocess.run([os.environ.get('CC', 'cc').split()[-1], '-shared', '-fPIC', '-O1', '-o', library,
                    os.path.join(SOURCE, 'tests/outbox/kill.c'), '-ldl'], check=True)
    w = World(tmp)
    w.pass_selftest()
    whole = os.path.join(tmp, 'whole')
    shutil.copytree(w.state, whole)
    kept = served.keep(w.state)

    def run(at):
        shutil.rmtree(w.state)
        shutil.copytree(whole, w.state)
        served.put_back(w.state, kept)
        w.sink.taken = []
        env = dict(os.environ, LD_PRELOAD=library, KILL_AT=str(at), KILL_COUNT=count,
                   ASAN_OPTIONS=os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0')
        return w.reportd(env=env).returncode

    assert run(-1) == 0 and len(w.sink.taken) == 2
    right = arrived(w)
    assert sorted(m for _, m in right.values()) == [2, 2]
    steps = int(open(count).read())
    print("# %d steps" % steps, flush=True)
    assert steps > 40, steps
    points = list(range(1, steps + 1))
    if 0 < POINTS < steps:
        points = sorted(random.Random(seed).sample(points, POINTS))
    killed = 0
    for at in points:
        killed += run(at) == -signal.SIGKILL
        assert w.reportd(now=LATER + 3600).returncode == 0, at
        assert arrived(w) == right, (at, arrived(w).keys())
        assert len(w.sink.taken) <= 3, at
        assert {r['state'] for r in w.listed(now=LATER + 3700)} == {'sent'}, at
    assert killed >= len(points) - 2, (killed, len(points))  # steps that a run has fewer of


def test_two_midnights(tmp):
    """Mail on two days; nobody is there at the second midnight. Each day is told, once, with its own sums."""
    w = World(tmp)
    w.pass_selftest()
    w.see_mail()                         # the same once more, on the first day: 4 and 4 messages
    w.reportd(now=SEEN + 600)            # folds before midnight
    w.reportd(now=LATER)                 # the first midnight is over
    assert sorted(m for _, m in arrived(w).values()) == [4, 4], arrived(w)
    w.see_mail(now=SEEN + DAY)           # the second day
    w.reportd(now=LATER + 3600)
    assert len(w.sink.taken) == 2        # that day is not over
    w.see_mail(now=SEEN + 2 * DAY)       # reportd is down on the third; the milter is not
    w.reportd(now=LATER + 2 * DAY + 3600)
    got = arrived(w)
    begins = {}
    for (domain, begin), (_, messages) in got.items():
        begins.setdefault(begin, []).append(messages)
    first = SEEN // DAY * DAY
    assert {b: sorted(m) for b, m in begins.items()} == {first: [4, 4], first + DAY: [2, 2], first + 2 * DAY: [2, 2]}, begins
    assert len(w.sink.taken) == 6
    w.reportd(now=LATER + 3 * DAY)
    assert len(w.sink.taken) == 6


PERL = '''
use strict; use warnings; use XML::LibXML; use Mail::DMARC::Report::Receive;
local $/;
my $dom = XML::LibXML->load_xml(string => <STDIN>);
my $r = Mail::DMARC::Report::Receive->new;
$r->do_node_report_metadata($_) for $dom->findnodes("/feedback/report_metadata");
$r->do_node_policy_published($_) for $dom->findnodes("/feedback/policy_published");
$r->do_node_record($_) for $dom->findnodes("/feedback/record");
my $a = $r->report->aggregate;
my $n = 0;
$n += $_->row->count for @{ $a->record };
print join(" ", $a->policy_published->domain, $a->metadata->report_id, $n), "\\n";
'''


def test_mail_dmarc_reads_it(tmp):
    """The form of RFC 7489 is read by Debian's Mail::DMARC: domain, id and sums."""
    if subprocess.run(['/usr/bin/perl', '-MMail::DMARC::Report::Receive', '-e', '1'], capture_output=True).returncode != 0:
        raise Skip('libmail-dmarc-perl is not here')
    w = World(tmp)
    w.configure('rfc7489 = github.com facebookmail.com\n')
    w.pass_selftest()
    w.reportd()
    assert len(w.sink.taken) == 2
    for _, _, mail in w.sink.taken:
        xml = report_in(mail)
        root = plain(xml)
        judge = subprocess.run(['/usr/bin/perl', '-e', PERL], input=xml, capture_output=True)
        assert judge.returncode == 0, judge.stderr
        assert judge.stdout.decode().split() == [root.find('policy_published/domain').text,
                                                 root.find('report_metadata/report_id').text, '2'], judge.stdout


TESTS = [test_two_midnights, test_mail_dmarc_reads_it]
if not served.is_server():  # there a claim outlives who was killed by 15 minutes: hosts.py kills, with time that runs fast
    TESTS.insert(0, test_killed_at_each_step)
run_tests(TESTS, sys.argv[5:])
