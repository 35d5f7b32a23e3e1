#!/usr/bin/python3
"""DKIM and ARC: sceau against Mail::DKIM (Debian's libmail-dkim-perl) over generated messages.

    tests/differential/maildkim.py SCEAU-HARNESS [SEED [MESSAGES]]

As dkim.py does with dkimpy; maildkim.pl is the other end of a pipe. The two differences
are in doc/decisions.d/dkim.md. Exit status 77: libmail-dkim-perl is not installed.
"""
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import signed_messages as messages  # noqa: E402

HELPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "maildkim.pl")


class MailDkim:
    # It knows neither Ed25519 nor keys that are a bare RSAPublicKey.
    selectors = [s for s in messages.SELECTORS if s not in ("ed.x", "b2048", "other")]

    def __init__(self):
        self.pipe = subprocess.Popen(["perl", HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask({"records": {"%s._domainkey.%s" % (s, d.lower()): record for d in messages.DOMAINS
                              for s, (record, _, _) in messages.SELECTORS.items() if record is not None}})

    def ask(self, question):
        self.pipe.stdin.write(json.dumps(question) + "\n")
        self.pipe.stdin.flush()
        return json.loads(self.pipe.stdout.readline())

    @staticmethod
    def key(selector):
        return re.sub("-----.*-----|\\s", "", messages.SELECTORS[selector][1].decode())

    def sign(self, octets, selector, domain, identity, canonicalize, names, has_length):
        if has_length:
            raise messages.Refused("no l=")
        answer = self.ask({"op": "sign", "octets": octets.hex(), "selector": selector, "domain": domain,
                           "identity": identity, "method": "/".join(canonicalize), "now": messages.NOW,
                           "names": ":".join(n.decode() for n in names), "key": self.key(selector)})
        return bytes.fromhex(self.field(answer)).rstrip(b"\r\n") + b"\r\n"

    def seal(self, octets, selector, domain, names, cv):
        answer = self.ask({"op": "seal", "octets": octets.hex(), "selector": selector, "domain": domain, "cv": cv,
                           "now": messages.NOW, "key": self.key(selector)})
        fields = bytes.fromhex(self.field(answer))
        return [f + b"\r\n" for f in re.split(rb"\r\n(?![ \t])", fields.rstrip(b"\r\n"))]

    @staticmethod
    def field(answer):
        if "field" not in answer:
            raise messages.Refused(answer)
        return answer["field"]

    def signatures(self, octets):
        said = self.ask({"op": "signatures", "octets": octets.hex()})
        header = octets.partition(b"\r\n\r\n")[0] + b"\r\n"
        verdicts = []
        for field in re.findall(rb"(?im)^DKIM-Signature:((?:.*\r\n)(?:[ \t].*\r\n)*)", header):
            b = re.search(rb"[;\s]b\s*=([^;]*)", field)
            data = re.sub(rb"\s", b"", b[1]).decode("latin1") if b else ""
            result = said.get(data, "not parsed")
            verdicts.append(True if result == "pass" else result)
        return verdicts

    def chain(self, octets):
        said = self.ask({"op": "chain", "octets": octets.hex()})
        return "fail" if said.get("result") not in ("none", "pass") else said["result"], str(said)

    def explained(self, theirs, ours):
        if theirs == "pass" and (ours["reason"] or "").startswith("a set has no ARC-"):
            return "an incomplete set above the highest seal is overlooked (RFC 8617 section 5.2 step 3A)"
        return None


try:
    subprocess.run(["perl", "-MMail::DKIM", "-MJSON::PP", "-MNet::DNS", "-e", "1"], check=True, capture_output=True)
except (OSError, subprocess.CalledProcessError):
    print("libmail-dkim-perl is not installed")
    sys.exit(77)
sys.exit(messages.compare("Mail::DKIM", MailDkim(), seed="8617", count=1200))
