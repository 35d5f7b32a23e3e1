#!/usr/bin/python3
"""`sceau zone push` and `sceau zone apply --reload` with real BIND: a primary and a secondary on loopback.

    tests/zone/push.py SCEAU

The primary is at 127.0.0.1, the secondary at 127.0.0.2, both on one port (check.dns_port), in a network namespace of
their own: named listens only on addresses that an interface has. Prints one TAP line a case.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

KEY = 'key "%s" {\n\talgorithm %s;\n\tsecret "%s";\n};\n'
GOOD = KEY % ("push.test", "hmac-sha256", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
LONG = KEY % ("long.test", "hmac-sha512", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")
UNKNOWN = KEY % ("nobody.test", "hmac-sha256", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
OTHER = KEY % ("push.test", "hmac-sha256", "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
WEAK = KEY % ("weak.test", "hmac-sha256", "WWECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
ZONE = """$TTL 60
@ IN SOA ns1 root 2026010101 5 2 604800 60
@ IN NS ns1
@ IN NS ns2
ns1 IN A 127.0.0.1
ns2 IN A 127.0.0.2
@ IN TXT "v=spf1 a -all"
@ IN TXT "token=1"
imap IN A 192.0.2.99
busy IN MX 10 ns1
"""
CONF = """[domain "dyn.test"]
servers = mail=192.0.2.1,2001:db8::1
senders = web
rua = r@dyn.test
primary = 127.0.0.1@{port}
tsig_file = {folder}/key
rndc = rndc -c {folder}/rndc.conf
[domain "static.test"]
servers = mail=192.0.2.1
rndc = rndc -c {folder}/rndc.conf
"""
count = failed = 0


def tell(is_good, name, why=""):
    global count, failed
    count += 1
    failed += not is_good
    print("ok" if is_good else "not ok", count, "-", name, flush=True)
    if not is_good:
        print("# " + str(why).replace("\n", "\n# "), flush=True)


def free_port():
    """Free for UDP and TCP at all the addresses that are used."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
                    with socket.socket(socket.AF_INET, kind) as s:
                        s.bind((address, port))
            return port
        except OSError:
            continue


class Named:
    """One server in a folder of its own."""

    def __init__(self, folder, name, address, port, body):
        self.folder = folder / name
        self.folder.mkdir()
        self.address, self.port = address, port
        (self.folder / "named.conf").write_text(
            'options { directory "%s"; listen-on port %d { %s; }; listen-on-v6 { none; }; pid-file none; recursion no; '
            'allow-transfer { any; }; dnssec-validation no; notify yes; session-keyfile none; querylog no; '
            'max-refresh-time 2; max-retry-time 2; min-refresh-time 1; min-retry-time 1; notify-delay 0; };\n'
            % (self.folder, port, address) + GOOD + LONG + WEAK + body)
        self.process = None

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([shutil.which("named") or "/usr/sbin/named", "-g", "-n", "1", "-c",
                                         str(self.folder / "named.conf")], stderr=self.log, stdout=self.log)
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex((self.address, self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
            self.log.close()


class Bench:
    def __init__(self, sceau, folder, port):
        self.sceau, self.folder, self.port = os.path.abspath(sceau), folder, port
        (folder / "conf").write_text(CONF.format(port=port, folder=folder))

    def run(self, *words, key=GOOD, mode=0o600, **options):
        (self.folder / "key").write_text(key)
        os.chmod(self.folder / "key", mode)
        return subprocess.run([self.sceau, "zone", *words, "--config", str(self.folder / "conf"), "--resolver",
                               "127.0.0.1@%d" % self.port, "--set", "check.dns_port=%d" % self.port, "--lang", "en"],
                              capture_output=True, text=True, timeout=120, **options)

    def dig(self, name, kind, address="127.0.0.1"):
        out = subprocess.run([self.sceau, "lookup", kind, name, "--short", "--resolver", "%s@%d" % (address, self.port)],
                             capture_output=True, text=True, timeout=30).stdout
        return sorted(out.splitlines())


def refuser(port, rcode, then):
    """A server of one answer at 127.0.0.3: questions go to the primary, updates get `rcode`."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.3", port))
    listener.listen(8)

    def read(s, n):
        out = b""
        while len(out) < n:
            part = s.recv(n - len(out))
            if not part:
                raise OSError
            out += part
        return out

    def serve():
        while True:
            try:
                s, _ = listener.accept()
            except OSError:
                return
            with s:
                try:
                    message = read(s, int.from_bytes(read(s, 2), "big"))
                    if message[2] >> 3 & 15 == 5:
                        if rcode is None:
                            then()
                            continue
                        reply = message[:2] + bytes([0xa8, rcode]) + b"\0" * 8
                    else:
                        with socket.create_connection(("127.0.0.1", port)) as primary:
                            primary.sendall(len(message).to_bytes(2, "big") + message)
                            reply = read(primary, int.from_bytes(read(primary, 2), "big"))
                    s.sendall(len(reply).to_bytes(2, "big") + reply)
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    return listener


def push_cases(bench, secondary):
    zone = lambda: (bench.dig("dyn.test", "txt"), bench.dig("_dmarc.dyn.test", "txt"), bench.dig("imap.dyn.test", "a"))
    before = zone()
    looked = bench.run("push", "--dry-run", "dyn.test")
    tell(looked.returncode == 0 and '- dyn.test. 60 IN TXT "v=spf1 a -all"' in looked.stdout and "nothing was sent" in
         looked.stdout and zone() == before, "a look without a change", looked)
    for name, status, said, options in (
            ("a key that the server does not know", 2, "does not know the key (BADKEY); nothing was changed", {"key": UNKNOWN}),
            ("a secret that differs", 2, "(BADSIG); nothing was changed: copy the key anew", {"key": OTHER}),
            ("a key without the right", 2, "allow-update or update-policy does not name this key", {"key": WEAK}),
            ("a key that others may read", 65, "chmod 600", {"mode": 0o640}),
            ("a key file that is none", 65, "key:1:1: expected: key", {"key": "what"}),
            ("nobody to ask", 64, "nothing was sent; --yes sends it", {"stdin": subprocess.DEVNULL})):
        words = ["push", "dyn.test"] if status == 64 else ["push", "--yes", "dyn.test"]
        done = bench.run(*words, **options)
        tell(done.returncode == status and said in done.stderr and zone() == before, name, (done, zone()))
    done = bench.run("push", "--yes", "dyn.test")
    tell(done.returncode == 0 and "the primary server took it; serial 2026010102" in done.stdout and
         "ns2.dyn.test (127.0.0.2): has serial 2026010102" in done.stdout, "an update, and both servers have it", done)
    want = ['"token=1"', '"v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all"']
    got = [[l.strip() for l in bench.dig("dyn.test", "txt", a)] for a in ("127.0.0.1", "127.0.0.2")]
    tell(all([w.strip('"') for w in want] == [g.strip('"') for g in gs] for gs in got), "what others put there is still there",
         got)
    tell(any("mail.dyn.test" in l for l in bench.dig("imap.dyn.test", "cname")), "an address became an alias",
         bench.dig("imap.dyn.test", "cname"))
    again = bench.run("push", "--yes", "--json", "dyn.test")
    report = json.loads(again.stdout.splitlines()[0]) if again.stdout else {}
    tell(again.returncode == 0 and report.get("added") == 0 and report.get("sent") is False, "a second one has nothing to do",
         again)
    long = bench.run("push", "--yes", "dyn.test", "--set", "domain.dyn.test.policy=reject", key=LONG)
    tell(long.returncode == 0 and "serial 2026010103" in long.stdout, "hmac-sha512", long)
    alias = bench.run("push", "--yes", "dyn.test", "--set", "domain.dyn.test.aliases=busy", "--set",
                      "domain.dyn.test.policy=reject")
    tell(alias.returncode == 2 and "left 1 changes out" in alias.stderr, "an alias that has no room is told", alias)


def race_case(bench):
    """Somebody changes the policy while the difference is looked at."""
    master, slave = os.openpty()
    process = subprocess.Popen([bench.sceau, "zone", "push", "dyn.test", "--config", str(bench.folder / "conf"), "--set",
                                "check.dns_port=%d" % bench.port, "--resolver", "127.0.0.1@%d" % bench.port, "--lang", "en"],
                               stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    shown = ""
    while "Send this?" not in shown:
        part = process.stdout.read(1)
        if not part:
            break
        shown += part
    other = bench.run("push", "--yes", "dyn.test", "--set", "domain.dyn.test.policy=none")
    os.write(master, b"y\n")
    out, err = process.communicate(timeout=60)
    os.close(master)
    os.close(slave)
    tell(other.returncode == 0 and process.returncode == 2 and "somebody changed the zone meanwhile; nothing was changed" in err
         and any("p=none" in l for l in bench.dig("_dmarc.dyn.test", "txt")), "somebody else's change is not overwritten",
         (shown, out, err, other))


def server_cases(bench, secondary):
    port = bench.port
    for name, rcode, status, said in (("SERVFAIL", 2, 2, "its reply is not signed"), ("no reply", None, 3, "nothing is done twice")):
        listener = refuser(port, rcode, lambda: None)
        done = bench.run("push", "--yes", "dyn.test", "--set", "domain.dyn.test.primary=127.0.0.3@%d" % port)
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        tell(done.returncode == status and said in done.stderr, name, done)
    listener = refuser(port, 2, lambda: None)
    done = bench.run("push", "--yes", "dyn.test", "--set", "domain.dyn.test.primary=127.0.0.3@%d" % port, "--set",
                     "domain.dyn.test.tsig_file=")
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    tell(done.returncode == 75 and "SERVFAIL" in done.stderr and "changed nothing" in done.stderr, "SERVFAIL without a key", done)
    secondary.stop()
    late = bench.run("push", "--yes", "--wait", "1", "dyn.test")
    tell(late.returncode == 1 and "ns2.dyn.test (127.0.0.2): refuses the connection" in late.stderr and
         "ns1.dyn.test (127.0.0.1): has serial" in late.stdout, "a server that does not serve it is named", late)
    secondary.start()


def apply_cases(bench, primary):
    path = primary.folder / "static.zone"
    lost = bench.run("apply", "--yes", str(path))
    tell(lost.returncode == 2 and "give --domain" in lost.stderr and path.read_text() == ZONE, "a file that does not say "
         "what zone it is", lost)
    done = bench.run("apply", "--yes", "--reload", "--wait", "30", "--domain", "static.test", str(path))
    tell(done.returncode == 0 and "ns1.static.test (127.0.0.1): has serial" in done.stdout and
         "ns2.static.test (127.0.0.2): has serial" in done.stdout, "apply, reload, and both servers have it", done)
    served = [bench.dig("_dmarc.static.test", "txt", a) for a in ("127.0.0.1", "127.0.0.2")]
    tell(served[0] and served[0] == served[1], "and serve the records", served)
    again = bench.run("apply", "--yes", "--reload", "--domain", "static.test", str(path))
    tell(again.returncode == 0 and "nothing to do" in again.stdout, "again, and nothing to do", again)


def main(sceau):
    port, control = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="sceau-push-") as tmp:
        folder = pathlib.Path(tmp)
        primary = Named(folder, "primary", "127.0.0.1", port, """
key "rndc" { algorithm hmac-sha256; secret "AAAA"; };
controls { inet 127.0.0.1 port %d allow { any; } keys { "rndc"; }; };
zone "dyn.test" { type primary; file "dyn.zone"; also-notify { 127.0.0.2 port %d; };
    update-policy { grant push.test zonesub ANY; grant long.test zonesub ANY; }; };
zone "static.test" { type primary; file "static.zone"; also-notify { 127.0.0.2 port %d; }; };
""" % (control, port, port))
        secondary = Named(folder, "secondary", "127.0.0.2", port, "controls { };\n" + "".join(
            'zone "%s" { type secondary; file "%s.zone"; primaries { 127.0.0.1 port %d; }; };\n' % (z, z, port)
            for z in ("dyn.test", "static.test")))
        (primary.folder / "dyn.zone").write_text(ZONE)
        (primary.folder / "static.zone").write_text(ZONE)
        (folder / "rndc.conf").write_text(
            'key "rndc" { algorithm hmac-sha256; secret "AAAA"; };\noptions { default-key "rndc"; default-server 127.0.0.1; '
            'default-port %d; };\n' % control)
        bench = Bench(sceau, folder, port)
        try:
            primary.start()
            secondary.start()
            push_cases(bench, secondary)
            race_case(bench)
            server_cases(bench, secondary)
            apply_cases(bench, primary)
        finally:
            primary.stop()
            secondary.stop()
            if failed:
                print("# " + (primary.folder / "log").read_text()[-3000:].replace("\n", "\n# "))
    print("1..%d" % count)
    return 1 if failed else 0


def alone():
    """Run again with a loopback of our own, or go on when that is so."""
    if os.environ.get("PUSH_ALONE"):
        for words in ("link set lo up", "addr add 127.0.0.2/32 dev lo"):
            subprocess.run(["ip", *words.split()], check=True)
        return
    unshare = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    os.execvpe(unshare[0], unshare + [sys.executable, *sys.argv], dict(os.environ, PUSH_ALONE="yes"))


alone()
sys.exit(main(*sys.argv[1:]))
