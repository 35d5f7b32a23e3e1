#!/usr/bin/python3
"""DKIM and ARC: sceau against dkimpy (Debian's python3-dkim) over generated messages.

    tests/differential/dkim.py SCEAU-HARNESS [SEED [MESSAGES]]

dkimpy signs or seals a message; then something happens to it, or nothing; then both say
of each signature, and of the chain, whether it passes. They have to agree. Where dkimpy
is known to leave the RFC it is put right, or `explained` says so, with the section;
doc/decisions.d/dkim.md has the list. Exit status 77: python3-dkim (or python3-nacl,
python3-authres) is not installed.
"""
import re
import sys
import types

here = sys.path.pop(0)  # this file has the name of the module it wants
try:
    import authres  # noqa: F401: dkimpy seals with it
    import dkim
    import nacl  # noqa: F401: dkimpy signs with Ed25519 by it
except ImportError as e:
    print(e)
    sys.exit(77)
sys.path.append(here)
sys.dont_write_bytecode = True
import signed_messages as messages

dkim.time = types.SimpleNamespace(time=lambda: messages.NOW)  # t= must not come from a clock


def strip_trailing_whitespace(content):
    """A last line without CRLF is a line too (RFC 6376 section 3.4.4)."""
    return re.sub(rb"[\t ]+(\r\n|\Z)", rb"\1", content)


dkim.canonicalization.strip_trailing_whitespace = strip_trailing_whitespace


def dns(name, timeout=5):
    record = messages.key_record(name.decode().rstrip("."))
    return record.encode() if record is not None else None


class Dkimpy:
    selectors = list(messages.SELECTORS)

    def sign(self, octets, selector, domain, identity, canonicalize, names, has_length):
        _, key, algorithm = messages.SELECTORS[selector]
        try:
            return dkim.sign(octets, selector.encode(), domain.encode(), key, identity=identity and identity.encode(),
                             canonicalize=tuple(c.encode() for c in canonicalize), signature_algorithm=algorithm.encode(),
                             include_headers=names, length=has_length)
        except dkim.DKIMException as e:
            raise messages.Refused(e)

    def seal(self, octets, selector, domain, names, cv):
        _, key, algorithm = messages.SELECTORS[selector]
        try:
            fields = dkim.arc_sign(octets, selector.encode(), domain.encode(), key, domain.encode(),
                                   signature_algorithm=algorithm.encode(), include_headers=names)
        except dkim.DKIMException as e:
            raise messages.Refused(e)
        return [f.rstrip(b"\r\n") + b"\r\n" for f in fields]

    def signatures(self, octets):
        verdicts = []
        count = sum(name.lower() == b"dkim-signature" for name, _ in dkim.DKIM(octets).headers)
        for i in range(count):
            try:
                verdicts.append(dkim.DKIM(octets).verify(idx=i, dnsfunc=dns))
            except Exception as e:  # whatever it stumbles over is no pass
                verdicts.append(str(e))
        return verdicts

    def chain(self, octets):
        try:
            cv, _, reason = dkim.arc_verify(octets, dnsfunc=dns)
        except Exception as e:
            return "fail", str(e)
        return (cv.decode() if cv is not None else "fail"), reason  # None: the newest seal says cv=fail

    def explained(self, theirs, ours):
        if theirs is True and ours["result"] == "policy":
            return "l= that leaves octets unsigned does not count here (RFC 6376 section 8.2)"
        return None


sys.exit(messages.compare("dkimpy", Dkimpy(), seed="6376", count=1500))
