#!/usr/bin/python3
"""lists.py SCEAU SCEAU-MILTER [NAME...]: this host's mailing lists (L1 to L3): posts come in through Postfix and sceau, mlmmj
expands them, and what a subscriber gets is looked at."""
import email, email.policy, os, sys
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'honest')]
import senders
import mlmmj
from common import STRANGER, fields, holds, message, results, run
from world import wait_for

DEV, OPS, OPEN = 'dev@lists.example', 'ops@lists.example', 'open@lists.example'
SUBSCRIBER = 'sue@receiver.example'
CONFIG = '''
[milter]
authserv_id = mx.receiver.example
[list "dev@lists.example"]
name = Dev
[list "ops@lists.example"]
refuse_restrictive = yes
'''


def start(world, config=CONFIG, **control):
    """Three lists, of which sceau knows two; a footer and a subject tag break every signature."""
    control = dict(prefix='[dev]', footer='-- \nto leave: dev+unsubscribe@lists.example\n', **control)
    for address in DEV, OPS, OPEN:
        name = address.split('@')[0]
        mlmmj.make_list(world, address, [SUBSCRIBER], **dict(control, customheaders='List-Id: <%s.lists.example>' % name))
    with open(world.path('etc', 'sceau.conf'), 'w') as f:
        f.write(config)
    world.start_milter('--config', world.path('etc', 'sceau.conf'))


def post(world, tag, domain='reject.test', to=(DEV,), author=None, extra=b'', sender=None, **rest):
    text = message(tag, domain, extra).replace(b'To: bob@receiver.example', b'To: ' + to[0].encode())
    if author:
        text = text.replace(b'From: Ann <ann@%s>' % domain.encode(), b'From: ' + author.encode())
    return world.send(sender or 'ann@' + domain, text, to=to, **rest)


def arrived(world, tag, address=SUBSCRIBER):
    """The copy for that address."""
    def find():
        for text in world.copies(tag):
            if fields(text, 'Delivered-To') == [address]:
                return text
        return None
    return wait_for('%s for %s' % (tag, address), find)


def posted(world, tag, *args, **rest):
    code, text, _ = post(world, tag, *args, **rest)
    assert code == 250, (tag, code, text)
    return arrived(world, tag)


def author_of(text):
    """(display name, address) as a reader's mail program shows them: Python's parser stands for it."""
    read = email.message_from_bytes(text.replace(b'\r\n', b'\n'), policy=email.policy.default)
    assert len(read.get_all('From')) == 1 and len(read['From'].addresses) == 1, read.get_all('From')
    one = read['From'].addresses[0]
    return one.display_name, one.addr_spec


def rewrites(world):
    start(world)
    text = posted(world, 'strict')
    assert author_of(text) == ('Ann via Dev', DEV), text
    assert fields(text, 'Reply-To') == ['ann@reject.test'] and fields(text, 'X-Original-From') == ['Ann <ann@reject.test>']
    assert fields(text, 'Subject') == ['[dev] strict'] and b'to leave:' in text, 'the list did its part'
    # Verify, Authentication-Results, rewrite: the field tells of the author, though From does no longer.
    holds(results(text), 'dmarc=pass', 'header.from=reject.test')
    assert b'rewritten_for="dev@lists.example"' in world.log() and b'warning=' not in world.log()

    text = posted(world, 'asked', extra=b'Reply-To: Office <office@reject.test>\r\nX-Original-From: eve@none.test\r\n')
    assert fields(text, 'Reply-To') == ['Office <office@reject.test>']
    assert fields(text, 'X-Original-From') == ['Ann <ann@reject.test>'], 'not what the author says of himself'

    text = posted(world, 'mild', 'none.test')
    assert author_of(text) == ('Ann', 'ann@none.test'), 'p=none asks for nothing'
    assert fields(text, 'X-Original-From') == []
    text = posted(world, 'forged', ip=STRANGER)
    assert author_of(text) == ('Ann via Dev', DEV) and fields(text, 'X-DMARC-Fail-Policy') == ['reject']
    holds(results(text), 'dmarc=fail', 'header.from=reject.test')


NAMES = [
    # the From as sent, what a reader sees, where answers go
    ('"Doe, Ann \\"AD\\"" <ann@reject.test>', 'Doe, Ann "AD" via Dev', 'ann@reject.test'),
    ('=?iso-8859-1?q?J=FCrgen_M=FCller?= <ann@reject.test>', 'Jürgen Müller via Dev', 'ann@reject.test'),
    ('=?utf-8?b?5bGx55Sw?=\r\n =?utf-8?b?5aSq6YOO?= <ann@reject.test>', '山田太郎 via Dev', 'ann@reject.test'),
    ('=?utf-8?q?Eve_=3Ceve=40bank.test=3E=2C?= <ann@reject.test>', 'Eve <eve@bank.test>, via Dev', 'ann@reject.test'),
    ('=?utf-8?q?Ann=0D=0ABcc=3A_all=40receiver.example?= <ann@reject.test>', 'Ann Bcc: all@receiver.example via Dev',
     'ann@reject.test'),
    ('ann@reject.test', 'ann via Dev', 'ann@reject.test'),
    ('ann@reject.test (Ann in a comment)', None, 'ann@reject.test'),
    ('Ann <ann@xn--bcher-kva.reject.test>', 'Ann via Dev', 'ann@xn--bcher-kva.reject.test'),
    ('A <ann@reject.test>, B <ben@reject.test>', None, 'A <ann@reject.test>, B <ben@reject.test>'),
]


def rewrites_names(world):
    start(world)
    for n, (author, shown, answers) in enumerate(NAMES):
        text = posted(world, 'name-%d' % n, author=author)
        name, address = author_of(text)
        assert address == DEV and (shown is None or name == shown) and name.endswith(' via Dev'), (author, name, address)
        assert fields(text, 'Reply-To') == [answers], (author, fields(text, 'Reply-To'))
        assert fields(text, 'X-Original-From') == [author.replace('\r\n', '')], (author, fields(text, 'X-Original-From'))
        assert fields(text, 'Bcc') == [] and text.split(b'\n\n')[0].isascii()
    long = '"%s" <ann@reject.test>' % ('x' * 900)
    name, address = author_of(posted(world, 'name-long', author=long))
    assert address == DEV and name.endswith('x via Dev') and len(name) < 150, name


def rewrites_utf8(world):
    """A post of SMTPUTF8, with a U-label: A-labels in Reply-To, ASCII in the new From."""
    start(world)
    author = 'Jürgen <jürgen@bücher.reject.test>'
    text = message('utf8', 'reject.test').decode().replace('Ann <ann@reject.test>', author) \
        .replace('bob@receiver.example', DEV).encode()
    code, said, _ = world.send('ann@reject.test', text, to=[DEV], mail_options=['SMTPUTF8', 'BODY=8BITMIME'])
    assert code == 250, said
    text = arrived(world, 'utf8')
    assert author_of(text) == ('Jürgen via Dev', DEV), text
    assert [v.encode('latin-1').decode() for v in fields(text, 'X-Original-From')] == [author]
    assert [v.encode('latin-1').decode() for v in fields(text, 'Reply-To')] == ['jürgen@xn--bcher-kva.reject.test']
    assert world.journal()[0]['author_domain'] == 'xn--bcher-kva.reject.test'


def refuses_at_the_door(world):
    start(world)
    code, text, _ = post(world, 'door', to=[OPS])
    assert code == 550, (code, text)
    holds(text, '5.7.1', 'ops@lists.example takes no posts from reject.test')
    assert posted(world, 'door-mild', 'none.test', to=[OPS])
    assert posted(world, 'door-other', 'reject.test', to=[OPEN]), 'a list that sceau was not told of'
    assert world.copies('door') == [] and b'refused_for="ops@lists.example"' in world.log()


def splits_a_mix(world):
    """To a list and a person in one transaction: the second is refused for now, and its transaction comes by itself."""
    start(world)
    smtp = world.client()
    assert smtp.mail('ann@reject.test')[0] == 250
    answers = [smtp.rcpt(a) for a in (DEV, 'bob@receiver.example', DEV, OPS)]
    assert [code for code, _ in answers] == [250, 452, 250, 452], answers
    assert b'4.5.3' in answers[1][1], answers
    text = message('mix', 'reject.test').replace(b'To: bob@', b'To: dev@lists.example, bob@')
    assert smtp.data(text)[0] == 250
    smtp.quit()
    assert author_of(arrived(world, 'mix')) == ('Ann via Dev', DEV)
    code, said, _ = world.send('ann@reject.test', text.replace(b'<mix@', b'<mix-2@'))
    assert code == 250, said
    text = arrived(world, 'mix-2', 'bob@receiver.example')
    assert author_of(text) == ('Ann', 'ann@reject.test') and fields(text, 'X-Original-From') == []


def knows_a_list_by_the_envelope(world):
    """Fields of a list on a message to a person change nothing; a post to a list needs none of them."""
    start(world)
    extra = b'List-Id: <dev.lists.example>\r\nList-Post: <mailto:dev@lists.example>\r\nX-Mailing-List: dev@lists.example\r\n'
    text = message('fields', 'reject.test', extra).replace(b'To: bob@receiver.example', b'To: dev@lists.example')
    assert world.send('ann@reject.test', text)[0] == 250
    text = arrived(world, 'fields', 'bob@receiver.example')
    assert author_of(text) == ('Ann', 'ann@reject.test') and fields(text, 'Reply-To') == []
    text = message('bcc', 'reject.test')
    assert world.send('ann@reject.test', text, to=[DEV])[0] == 250
    assert author_of(arrived(world, 'bcc')) == ('Ann via Dev', DEV)


def warns_of_two_who_rewrite(world):
    """What the list's software sends comes by sceau again; here it has a From of its own making."""
    start(world, delheaders='From:')
    with open(world.path('mlmmj', 'dev', 'control', 'customheaders'), 'a') as f:
        f.write('From: "Ann via Dev via dev" <dev@lists.example>\n')
    text = posted(world, 'munged')
    assert author_of(text) == ('Ann via Dev via dev', DEV)
    wait_for('the warning', lambda: b'warning="the list\'s own software rewrites From too' in world.log())
    assert b'munged_for="dev@lists.example"' in world.log()


def spares_a_list_of_others(world):
    """Somebody's mlmmj, and our Postfix takes what it sends: an author with p=reject, whose signature the list broke."""
    keys = {'bank.example': senders.new_key()}
    with open(world.path('etc', 'zone'), 'w') as f:
        records = senders.key_records({d: p for d, (_, p) in keys.items()}, 's1')
        f.write((senders.zone() + records).replace('203.0.113.1 ', '127.0.0.1 '))
    for address, more in (('quiet@lists.example', {}), ('tagged@lists.example', dict(prefix='[tagged]', footer='bye'))):
        mlmmj.make_list(world, address, [SUBSCRIBER],
                        customheaders='List-Id: <%s>' % address.replace('@', '.'), **more)

    def through(tag, address, *settings):
        before = world.log().count(b': action=') if world.milter else 0
        world.start_milter('--set', 'policy.trusted_networks=', *settings, dns=['--dns', world.path('etc', 'zone')])
        text = senders.signed('bank', keys, 's1', senders.write(tag, 'bank', 'plain', address))
        code, said, _ = world.send('ann@bank.example', text, to=[address], port=world.submission)
        assert code == 250, said
        wait_for('an answer to ' + tag, lambda: world.log().count(b': action=') > before)
        world.stop_milter()
        return world.journal()[-1]

    record = through('quiet', 'quiet@lists.example')
    assert (record['dmarc']['result'], record['action']) == ('pass', 'accept'), 'the signature lives'
    assert arrived(world, 'quiet')
    for mode in [], ['--set', 'policy.quarantine=hold'], ['--set', 'policy.mode=reject-direct']:
        tag = 'tagged-%d' % len(world.journal())
        record = through(tag, 'tagged@lists.example', *mode)
        assert (record['dmarc']['result'], record['action']) == ('fail', 'quarantine'), (mode, record)
        assert fields(arrived(world, tag), 'X-DMARC-Fail-Policy') == ['reject'], mode
    assert through('tagged-away', 'tagged@lists.example', '--set', 'policy.mode=reject')['action'] == 'reject'
    assert world.copies('tagged-away') == [] and world.log().count(b'list=yes') >= 3


OTHERS = dict(main_cf=mlmmj.main_cf('lists.example', 'quiet', 'tagged') + 'mynetworks = 127.0.0.0/8\n',
              master_cf=mlmmj.MASTER_CF + '127.0.0.1:{submission} inet n - n - - smtpd -o smtpd_milters=\n')
MLMMJ = dict(main_cf=mlmmj.main_cf('lists.example', 'dev', 'ops', 'open') + 'mynetworks = 127.0.0.0/8\n',
             master_cf=mlmmj.MASTER_CF)
SCENARIOS = [rewrites, rewrites_names, rewrites_utf8, refuses_at_the_door, splits_a_mix, knows_a_list_by_the_envelope,
             warns_of_two_who_rewrite]

run(SCENARIOS + [spares_a_list_of_others],
    {s: lambda: MLMMJ for s in SCENARIOS} | {spares_a_list_of_others: lambda: OTHERS})
