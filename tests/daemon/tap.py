"""What tests of daemons share: processes that end with their test, waiting, a TAP line a test."""
import os, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'store'))
import served


STARTED = []  # processes of the test at hand


class Skip(Exception):
    pass


def spawn(*args, **rest):
    STARTED.append(subprocess.Popen(*args, **rest))
    return STARTED[-1]


def wait_for(what, is_true, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = is_true()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError('timed out: ' + what)


def run_tests(tests, names):
    """Each in an empty folder of its own, and nothing it started outlives it; exits. `names` chooses some."""
    chosen = [t for t in tests if not names or t.__name__ in names]
    failed = 0
    print('1..%d' % len(chosen))
    for n, test in enumerate(chosen, 1):
        problem, skip, log = None, '', ''
        with tempfile.TemporaryDirectory(prefix='sceau-daemon.') as tmp:
            os.chmod(tmp, 0o755)
            try:
                test(tmp)
                served.no_file(tmp)
            except Skip as e:
                skip = ' # SKIP ' + str(e)
            except Exception as e:  # noqa: told with the log, then the next
                where = e.__traceback__
                while where.tb_next:
                    where = where.tb_next
                problem = '%s line %d: %s: %s' % (where.tb_frame.f_code.co_filename, where.tb_lineno,
                                                  type(e).__name__, e)
                path = os.path.join(tmp, 'log')
                log = open(path, errors='replace').read()[-3000:] if os.path.exists(path) else ''
            while STARTED:
                p = STARTED.pop()
                if p.poll() is None:
                    p.kill()
                p.wait()
        failed += problem is not None
        print('%s %d - %s%s' % ('not ok' if problem else 'ok', n, test.__name__, skip), flush=True)
        if problem:
            print('# ' + problem.replace('\n', '\n# ') + '\n# ' + log.replace('\n', '\n# '), flush=True)
    sys.exit(1 if failed else 0)
