#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Enrolment of a terminal: against the real central what a technician does
right and wrong, against the fake one what a network does. A refusal is a clear
sentence and a sysexits code, leaves no key behind, and does not stop the next
try."""
import concurrent.futures, json, os, re, shutil, signal, subprocess, sys, tempfile, threading, time, traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_central as fc

B = os.path.abspath(os.environ.get("B", "build/release"))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BALCAO, SYNC, CENTRAL = (os.path.join(B, n) for n in ("balcao", "balcao-sync", "balcao-central"))
ROOT = tempfile.mkdtemp(prefix="enrol-", dir=os.environ.get("TMPDIR"))
CA = fc.Authority()


def run(*command, seconds=90):
    p = subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    return p.returncode, p.stdout, p.stderr


class Central:
    """The real one, on a port of its own."""

    def __init__(self, *publish):
        self.dir = tempfile.mkdtemp(dir=ROOT)
        code, _, err = run(CENTRAL, "init", os.path.join(self.dir, "c"))
        assert code == 0, err
        self.serve("127.0.0.1:0")
        for file in publish:
            code, _, err = run(CENTRAL, "publish", os.path.join(self.dir, "c"), file)
            assert code == 0, err

    def serve(self, listen):
        self.process = subprocess.Popen([CENTRAL, "serve", os.path.join(self.dir, "c"), "--listen", listen], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening https://"), line
        self.url = line.split()[1]

    def token(self, terminal="t-041", store="loja-1"):
        code, out, err = run(CENTRAL, "token", os.path.join(self.dir, "c"), "--store", store, "--terminal", terminal, "--json")
        assert code == 0, err
        return json.loads(out)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)
        end = time.monotonic() + 30
        try:  # its intake too, which would still answer
            while time.monotonic() < end:
                os.killpg(self.process.pid, 0)
                time.sleep(0.02)
        except ProcessLookupError:
            pass

    def old_token(self):
        """Given 16 minutes ago, while `serve` was down; then it serves again."""
        port = self.url.rsplit(":", 1)[1]
        self.stop()
        env = dict(os.environ, **fc.at_clock(ROOT, time.time() - 16 * 60))
        p = subprocess.run([CENTRAL, "token", os.path.join(self.dir, "c"), "--store", "loja-1", "--terminal", "t-041", "--json"], capture_output=True, text=True, env=env, timeout=60)
        assert p.returncode == 0, p.stderr
        self.serve("127.0.0.1:" + port)
        return json.loads(p.stdout)


def state():
    return os.path.join(tempfile.mkdtemp(dir=ROOT), "state")


def arguments(t, **change):
    t = dict(t, **change)
    return ["--url", t["url"], "--terminal", t["terminal"], "--token", t["token"], "--ca-pin", t["ca_pin"]]


def enrol(where, args, program=BALCAO):
    return run(program, "enrol", *args, "--state", where)


def files(where):
    """Everything but what says nothing: the lock, and directories."""
    found = set()
    for folder, _, names in os.walk(where):
        found |= {os.path.relpath(os.path.join(folder, n), where) for n in names}
    return found - {"lock"}


KEYS = {"keys/till/signing.key", "keys/till/signing.crt", "keys/till/ca.crt", "keys/carrier/tls.key", "keys/carrier/tls.crt", "keys/carrier/ca.pem", "keys/carrier/uplink"}


def check_enrolled(where):
    there = files(where)
    assert KEYS <= there, KEYS - there
    assert not [n for n in there if "pending" in n or "enrol-" in n or "/.tmp" in n], there
    for name in KEYS:
        assert os.stat(os.path.join(where, name)).st_mode & 0o077 == 0, name
    for folder in ("keys/till", "keys/carrier"):
        assert os.stat(os.path.join(where, folder)).st_mode & 0o777 == 0o700, folder


# --- with the real central ---------------------------------------------------


def case_real_central():
    central = Central(os.path.join(TOP, "sync/central/examples/recarga.yaml"))
    try:
        t = central.token()
        where = state()
        wrong = "0" if t["ca_pin"][-1] != "0" else "1"
        for args, want, words in (
            (arguments(t, ca_pin=t["ca_pin"][:-1] + wrong), 65, "CA pin"),
            (arguments(t, token="0" * 32), 77, "token"),
            (arguments(t, terminal="t-042"), 77, "t-042"),
            (arguments(t, url="https://127.0.0.1:1"), 69, "cannot be reached"),
            (arguments(t, url="http://127.0.0.1:1"), 64, "https"),
            (arguments(t, token="xyz"), 64, "32 hexadecimal"),
            (arguments(t, terminal="a b"), 64, "--terminal"),
            (["--qr", t["qr"][:-70]], 64, "--qr"),
            (["--qr", t["qr"], "--url", t["url"]], 64, "--qr"),
            ([], 64, "--qr"),
        ):
            code, out, err = enrol(where, args)
            assert code == want and words in err and out == "", (args, code, out, err)
            assert files(where) == set(), files(where)
            assert t["token"] not in err
        code, out, err = enrol(where, ["--qr", t["qr"]])
        assert code == 0 and "adopted" in out, (code, out, err)
        check_enrolled(where)
        assert {"programme/trust", "programme/programme", "programme/directory"} <= files(where)
        # the same again: the same keys, the same certificates
        before = {n: open(os.path.join(where, n), "rb").read() for n in KEYS}
        code, out, err = enrol(where, arguments(t))
        assert code == 0, (code, err)
        assert before == {n: open(os.path.join(where, n), "rb").read() for n in KEYS}
        # another machine with the used token
        other = state()
        code, out, err = enrol(other, arguments(t))
        assert code == 77 and "used" in err and files(other) == set(), (code, err, files(other))
        # this directory is t-041's for ever
        t2 = central.token("t-099")
        code, out, err = enrol(where, arguments(t2))
        assert code == 73 and "another terminal" in err, (code, err)
        check_enrolled(where)
        # what was published and recorded goes both ways
        code, out, err = run(BALCAO, "sync", "--once", "--state", where)
        assert code == 0, err
        code, out, err = run(CENTRAL, "events", os.path.join(central.dir, "c"), "--json")
        types = [json.loads(line)["type"] for line in out.splitlines()]
        assert types[:1] == ["epoch_opened"] and "programme_adopted" in types, types
        # tls and signing keys are apart
        assert before["keys/till/signing.key"] not in before["keys/carrier/tls.key"]
        code, out, err = run("openssl", "x509", "-inform", "DER", "-in", os.path.join(where, "keys/till/signing.crt"), "-noout", "-subject")
        assert "CN = t-041" in out and "OU = loja-1" in out, out
    finally:
        central.stop()


def case_no_programme_yet():
    central = Central()
    try:
        where = state()
        code, out, err = enrol(where, ["--qr", central.token()["qr"]])
        assert code == 0 and "no programme yet" in out, (code, out, err)
        check_enrolled(where)
    finally:
        central.stop()


def case_tls_certificate_is_renewed_in_time():
    central = Central()
    carriers = []
    try:
        where = state()
        code, out, err = enrol(where, ["--qr", central.token()["qr"]])
        assert code == 0, err
        path = os.path.join(where, "keys/carrier/tls.crt")

        def read():
            with open(path, "rb") as f:
                return f.read()

        def carrier(days):
            env = dict(os.environ, **fc.at_clock(ROOT, time.time() + days * 86400))
            carriers.append(subprocess.Popen([SYNC, "--state", where, "run"], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

        def link():
            with open(os.path.join(where, "inbox/link"), encoding="ascii") as f:
                return f.read().split()

        first, key = read(), open(os.path.join(where, "keys/carrier/tls.key"), "rb").read()
        # 330 of 400 days: not yet. 345: it is time.
        carrier(330)
        end = time.monotonic() + 60
        while int(link()[1]) / 1000 < time.time() + 300 * 86400:
            assert time.monotonic() < end, "the carrier did not run at its clock"
            time.sleep(0.05)
        time.sleep(0.3)
        assert read() == first
        carriers[0].kill()
        carrier(345)
        while read() == first:
            assert time.monotonic() < end, "not renewed"
            time.sleep(0.05)
        carriers[1].kill()
        code, out, err = run("openssl", "x509", "-in", path, "-noout", "-subject")
        assert "CN = t-041" in out, out
        assert key == open(os.path.join(where, "keys/carrier/tls.key"), "rb").read()
        code, out, err = run(BALCAO, "sync", "--once", "--state", where)
        assert code == 0, err
    finally:
        for p in carriers:
            p.kill()
        central.stop()


def case_expired_token():
    central = Central()
    try:
        where = state()
        t = central.old_token()
        code, out, err = enrol(where, arguments(t))
        assert code == 77 and "expired" in err and files(where) == set(), (code, err, files(where))
        code, out, err = enrol(where, arguments(central.token()))
        assert code == 0, (code, err)
    finally:
        central.stop()


def case_lock_is_held():
    import fcntl, struct

    where = state()
    os.makedirs(where)
    fake = fc.FakeCentral(CA, CA.server(ROOT))
    fd = os.open(os.path.join(where, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    os.write(fd, b"4711 run\n")
    fcntl.fcntl(fd, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
    code, out, err = enrol(where, ["--qr", qr(fake, fc.Token())])
    assert code == 75 and "4711 run" in err and fake.seen == [], (code, err)
    os.close(fd)


def case_half_installed():
    """The program that carries is not there."""
    folder = tempfile.mkdtemp(dir=ROOT)
    shutil.copy(BALCAO, folder)
    where = state()
    p = subprocess.run([os.path.join(folder, "balcao"), "--state", where, "enrol", "--qr", "BALCAO1:https://127.0.0.1:1|t-1|" + "1" * 32 + "|" + "2" * 64], capture_output=True, text=True, env={"PATH": "/nowhere"}, timeout=30)
    assert p.returncode == 69 and "install" in p.stderr and files(where) == set(), p


# --- with the fake one: what a network does ----------------------------------


def qr(fake, token, terminal="t-041"):
    fake.tokens[terminal] = token
    return f"BALCAO1:{fake.url}|{terminal}|{token.secret.hex()}|{CA.pin()}"


def fake_central(**settings):
    fake = fc.FakeCentral(CA, settings.pop("pem", None) or CA.server(ROOT))
    for name, value in settings.items():
        assert hasattr(fake, name), name
        setattr(fake, name, value)
    return fake


def enrolled_in_the_end(fake, where, args, program=BALCAO):
    """The fake has no letters: enrolment itself is what is looked at."""
    code, out, err = enrol(where, args, program)
    assert "is enrolled" in out, (code, out, err)
    check_enrolled(where)


def case_fake_central_agrees():
    fake = fake_central()
    where = state()
    enrolled_in_the_end(fake, where, ["--qr", qr(fake, fc.Token())])
    # cacerts was asked for without our certificate and without a password
    assert fake.seen[0][1].endswith("/cacerts") and fake.seen[0][3] == 0


def case_cut_off_after_the_tls_certificate():
    cut_off("tls")


def case_cut_off_after_the_signing_certificate():
    cut_off("signing")


def cut_off(label):
    """The central has taken the key, its answer is lost: the same token again."""
    fake = fake_central(enrol_cut=label)
    where = state()
    args = ["--qr", qr(fake, fc.Token())]
    code, out, err = enrol(where, args)
    assert code == 75 and "same token" in err and out == "", (code, out, err)
    assert files(where) == {"keys/till/pending.key", "keys/carrier/pending.key"}, files(where)
    # a try while it is down, or with a mistyped pin, must not lose those keys
    fake.enrol_cut = None
    code, out, err = enrol(where, [args[0], re.sub(r"127.0.0.1:\d+", "127.0.0.1:1", args[1])])
    assert code == 69, (code, err)
    enrolled_in_the_end(fake, where, args)


def case_server_of_another_ca():
    """The real CA's certificate, shown by a server that is not the CA's."""
    other = fc.Authority("Another CA")
    fake = fake_central(pem=other.server(ROOT))
    where = state()
    code, out, err = enrol(where, ["--qr", qr(fake, fc.Token())])
    assert code == 65 and "does not prove" in err and files(where) == set(), (code, err)
    assert [s[0] for s in fake.seen] == ["GET"], "the password went nowhere"


def case_server_certificate_expired():
    fake = fake_central(pem=CA.server(ROOT, start=fc.now() - 900 * fc.DAY, end=fc.now() - 500 * fc.DAY))
    where = state()
    code, out, err = enrol(where, ["--qr", qr(fake, fc.Token())])
    assert code == 65 and "expired" in err and files(where) == set(), (code, err)


def bad_cacerts(fault):
    fake = fake_central(cacerts=fault)
    where = state()
    args = ["--qr", qr(fake, fc.Token())]
    code, out, err = enrol(where, args)
    assert code == 69 and err.count("\n") == 1 and files(where) == set(), (fault, code, err, files(where))
    fake.cacerts = None
    enrolled_in_the_end(fake, where, args)


def bad_enrol(label, fault):
    fake = fake_central(enrol_fault={label: fault})
    where = state()
    args = ["--qr", qr(fake, fc.Token())]
    code, out, err = enrol(where, args)
    assert code == 75 and "same token" in err and out == "", (label, fault, code, err)
    fake.enrol_fault = {}
    enrolled_in_the_end(fake, where, args)


def group_is_gone(group):
    """On a busy disk a killed carrier dies only when its flush is done, and holds
    its temporary file until then: a sweep rightly leaves that alone."""
    try:
        for _ in range(40):
            os.killpg(group, 0)
            time.sleep(0.05)
    except ProcessLookupError:
        pass


def case_killed_at_any_moment():
    """kill -9 of `balcao enrol` and what it started, then once more: enrolled."""
    for delay in (0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06):
        fake = fake_central()
        where = state()
        args = ["--qr", qr(fake, fc.Token())]
        p = subprocess.Popen([BALCAO, "enrol", *args, "--state", where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(delay)
        os.killpg(p.pid, signal.SIGKILL)
        p.wait()
        group_is_gone(p.pid)
        enrolled_in_the_end(fake, where, args)


def case_root_works_as_the_owner():
    if os.geteuid() != 0:
        return
    os.chmod(ROOT, 0o711)
    base = tempfile.mkdtemp(dir=ROOT)
    os.chmod(base, 0o711)
    where = os.path.join(base, "state")
    for folder, uid, mode in (("", 23001, 0o750), ("keys", 23001, 0o755), ("keys/till", 23001, 0o700), ("keys/carrier", 23002, 0o700), ("outbox", 23001, 0o2750), ("inbox", 23002, 0o2770)):
        path = os.path.join(where, folder)
        os.mkdir(path)
        os.chown(path, uid, 23000)
        os.chmod(path, mode)
    # The checkout may lie where the owner of the state cannot look.
    for name in ("balcao", "balcao-sync"):
        shutil.copy(os.path.join(B, name), base)
        os.chmod(os.path.join(base, name), 0o755)
    fake = fake_central()
    enrolled_in_the_end(fake, where, ["--qr", qr(fake, fc.Token())], os.path.join(base, "balcao"))
    for name in files(where):
        want = 23002 if name.startswith(("keys/carrier/", "inbox/")) else 23001
        assert os.stat(os.path.join(where, name)).st_uid == want, (name, os.stat(os.path.join(where, name)).st_uid)


def main():
    cases = {n[5:]: f for n, f in globals().items() if n.startswith("case_")}
    for fault in ("500", "404", "html", "oversized", "truncated", "closed", "no-http"):
        cases["cacerts_" + fault] = lambda f=fault: bad_cacerts(f)
    for label in ("tls", "signing"):
        for fault in ("500", "503", "html", "truncated", "closed"):
            cases[f"enrol_{label}_{fault}"] = lambda l=label, f=fault: bad_enrol(l, f)
    wanted = sys.argv[1:]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        running = {pool.submit(f): n for n, f in cases.items() if not wanted or n in wanted}
        for done in concurrent.futures.as_completed(running):
            try:
                done.result()
            except Exception:
                failed += 1
                print(f"FAIL {running[done]}")
                traceback.print_exception(*sys.exc_info(), limit=-4, file=sys.stdout)
    print(f"{len(running) - failed} passed, {failed} failed")
    return 1 if failed else 0


try:
    code = main()
finally:
    shutil.rmtree(ROOT, ignore_errors=True)
sys.exit(code)
