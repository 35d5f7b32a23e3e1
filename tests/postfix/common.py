"""What scenarios under Postfix have in common: a message, its fields, and the run of a list of scenarios."""
import os, sys
from world import World, why_not

STRANGER = '198.51.100.7'  # for whom SPF of no sender passes


def message(tag, domain, extra=b'', body=b'Hello.\r\n'):
    head = 'From: Ann <ann@%s>\r\nTo: bob@receiver.example\r\nSubject: %s\r\nMessage-ID: <%s@%s>\r\n' \
           'Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n' % (domain, tag, tag, domain)
    return head.encode() + extra + b'\r\n' + body


def fields(text, name):
    """The unfolded values of a header field."""
    head = text.replace(b'\r\n', b'\n').split(b'\n\n')[0].decode('latin-1').replace('\n\t', ' ').replace('\n ', ' ')
    return [line.split(':', 1)[1].strip() for line in head.split('\n') if line.lower().startswith(name.lower() + ':')]


def results(text):
    """The Authentication-Results of this host: exactly one."""
    found = [v for v in fields(text, 'Authentication-Results') if v.startswith('mx.receiver.example')]
    assert len(found) == 1, found
    return found[0]


def holds(text, *wanted):
    for w in wanted:
        assert w in text, '%r is not in %r' % (w, text)


def send_ok(world, tag, domain, **rest):
    """Send and get (delivered text, journal record)."""
    parts = {k: rest.pop(k) for k in ('extra', 'body') if k in rest}
    sender = rest.pop('sender', 'ann@' + domain)
    code, text, queue_id = world.send(sender, message(tag, domain, **parts), **rest)
    assert code == 250, (code, text)
    return world.delivered(tag), world.record(queue_id)


def run(scenarios, postfix=None):
    """The scenarios named on the command line, or all. postfix: what a scenario's Postfix has beside the rest."""
    sceau, milter, names = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
    if why_not():
        print('1..0 # SKIP ' + why_not())
        sys.exit(77)
    chosen = [s for s in scenarios if not names or s.__name__ in names]
    failed = 0
    print('1..%d' % len(chosen))
    for n, scenario in enumerate(chosen, 1):
        problem, logs = None, ''
        with World(sceau, milter, **(postfix or {}).get(scenario, dict)()) as world:
            try:
                scenario(world)
            except Exception as e:  # noqa: told, with the logs, then the next
                where = e.__traceback__
                while where.tb_next:
                    where = where.tb_next
                problem = '%s line %d: %s: %s' % (os.path.basename(where.tb_frame.f_code.co_filename),
                                                  where.tb_lineno, type(e).__name__, e)
                logs = world.log().decode('latin-1')[-3000:] + '\n' + world.mail_log()[-3000:]
        failed += problem is not None
        print('%s %d - %s' % ('not ok' if problem else 'ok', n, scenario.__name__), flush=True)
        if problem:
            print('# ' + problem[:2000].replace('\n', '\n# '))
            print('# ' + logs.replace('\n', '\n# '), flush=True)
    sys.exit(1 if failed else 0)

