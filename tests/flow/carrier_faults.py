#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The carrier against a central that does everything wrong: nothing is lost,
nothing goes to a peer that does not verify, the link file tells the truth, and
what waits is carried once the fault is over. Cases run side by side, since most
of them wait out a back-off."""
import concurrent.futures, datetime, os, shutil, signal, subprocess, sys, tempfile, time, traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_central as fc
from cryptography.hazmat.primitives.asymmetric import ec

B = os.path.abspath(os.environ.get("B", "build/release"))
SYNC = os.path.join(B, "balcao-sync")
ROOT = tempfile.mkdtemp(prefix="carrier-", dir=os.environ.get("TMPDIR"))
CA, OTHER_CA = fc.Authority(), fc.Authority("Another CA")
GOOD = CA.server(ROOT)
processes = []


class Terminal:
    """A state directory as enrolment leaves it, for `fake`."""

    def __init__(self, fake, name="t-041"):
        self.dir = tempfile.mkdtemp(dir=ROOT)
        keys = os.path.join(self.dir, "keys", "carrier")
        os.makedirs(keys, 0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        cert = CA.terminal(name, "loja-1", key.public_key())
        for file, content in (("tls.key", fc.key_pem(key)), ("tls.crt", cert.public_bytes(fc.PEM)), ("ca.pem", CA.cert.public_bytes(fc.PEM)), ("uplink", f"url {fake.url}\nterminal {name}\n".encode())):
            with open(os.path.join(keys, file), "wb", opener=lambda p, f: os.open(p, f, 0o600)) as f:
                f.write(content)
        for folder in ("outbox", "inbox"):
            os.mkdir(os.path.join(self.dir, folder))

    @staticmethod
    def name(n):
        return f"b-0000000001-0123456789abcdef-{n:012d}.batch"

    def put(self, n, content=None):
        content = content or b"batch %d" % n
        temporary = os.path.join(self.dir, "outbox", ".tmp")
        with open(temporary, "wb") as f:
            f.write(content)
        os.rename(temporary, os.path.join(self.dir, "outbox", self.name(n)))
        return content

    def write(self, path, content):
        with open(os.path.join(self.dir, path), "wb") as f:
            f.write(content)

    def answers(self):
        out = {}
        for name in sorted(os.listdir(os.path.join(self.dir, "inbox"))):
            if name.endswith(".answer"):
                with open(os.path.join(self.dir, "inbox", name), "rb") as f:
                    out[name[: -len(".answer")]] = f.read()
        return out

    def outbox(self):
        return sorted(n for n in os.listdir(os.path.join(self.dir, "outbox")) if n.endswith(".batch"))

    def link(self):
        with open(os.path.join(self.dir, "inbox", "link"), encoding="ascii") as f:
            return f.read().split()

    def remove(self, path):
        os.unlink(os.path.join(self.dir, path))

    def command(self, *args):
        return [SYNC, "--state", self.dir, *args]

    def once(self, env=None, seconds=60):
        p = subprocess.run(self.command("once"), capture_output=True, text=True, timeout=seconds, env=dict(os.environ, **(env or {})), stdin=subprocess.DEVNULL)
        return p.returncode, p.stderr

    def start(self):
        p = subprocess.Popen(self.command("run"), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        processes.append(p)
        return p


def central(**settings):
    fake = fc.FakeCentral(CA, settings.pop("pem", GOOD))
    for name, value in settings.items():
        assert hasattr(fake, name), name
        setattr(fake, name, value)
    return fake


def eventually(what, seconds=30):
    """A bound against hanging, far above what is expected."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not come within {seconds} s")


def posts(fake):
    return [s for s in fake.seen if s[0] == "POST"]


# --- what goes right ---------------------------------------------------------


def case_carries_in_order_over_one_connection():
    fake = central(gaps={b"batch 2"})
    t = Terminal(fake)
    for n in (3, 1, 2):
        t.put(n)
    code, err = t.once()
    assert code == 0, (code, err)
    assert fake.bodies == [b"batch 1", b"batch 2", b"batch 3"], fake.bodies
    assert t.answers() == {t.name(1): b"receipt for batch 1", t.name(2): b"gap for batch 2", t.name(3): b"receipt for batch 3"}
    assert len(t.outbox()) == 3  # the till removes them, not the carrier
    assert fake.connections == 1, fake.connections
    assert {s[2] for s in fake.seen} == {"t-041"}, "our certificate is shown"
    link = t.link()
    assert link[0] == "on" and link[2:4] == ["3", "3"] and int(link[4]) > 0, link
    # what is answered is not sent again
    code, err = t.once()
    assert code == 0 and len(fake.bodies) == 3, (code, err, fake.bodies)


def case_letters_by_version():
    fake = central(letters={"trust": (7, b"trust 7"), "programme": (8, b"programme 8")})
    t = Terminal(fake)
    t.write("outbox/letters", b"trust 7\nprogramme 5\ndirectory 0\n")
    code, err = t.once()
    assert code == 0, err
    assert sorted(n for n in os.listdir(os.path.join(t.dir, "inbox")) if n.startswith("letter")) == ["letter-programme"]
    with open(os.path.join(t.dir, "inbox", "letter-programme"), "rb") as f:
        assert f.read() == b"programme 8"
    assert [s[1] for s in fake.seen] == ["/v1/letters/trust", "/v1/letters/programme", "/v1/letters/directory"], "trust first"


def case_oversized_letter_is_refused_and_batches_go_on():
    fake = central(letters={"trust": (1, b"\0" * (16 * 1024 * 1024 + 1))})
    t = Terminal(fake)
    t.put(1)
    code, err = t.once()
    assert code == 75 and "letter-trust" not in os.listdir(os.path.join(t.dir, "inbox")), (code, err)
    assert list(t.answers()) == [t.name(1)]


def case_largest_letter_passes():
    fake = central(letters={"directory": (1, b"\x5a" * (16 * 1024 * 1024))})
    t = Terminal(fake)
    code, err = t.once()
    assert code == 0 and os.path.getsize(os.path.join(t.dir, "inbox/letter-directory")) == 16 * 1024 * 1024, (code, err)


def case_failing_letters_do_not_stop_batches():
    fake = central(letters_fault="500")
    t = Terminal(fake)
    t.put(1)
    code, err = t.once()
    assert code == 75 and list(t.answers()) == [t.name(1)], (code, err)


# --- each fault, then its end ------------------------------------------------

LINK_OF = {"truncated": "off", "closed": "off"}


def fault_then_well(fault):
    fake = central(batches=fault)
    t = Terminal(fake)
    for n in (1, 2):
        t.put(n)
    code, err = t.once()
    assert code == 75, (fault, code, err)
    assert "Nothing is lost" in err, err
    assert t.answers() == {} and len(t.outbox()) == 2
    assert set(fake.bodies) == {b"batch 1"}, "a line that fails is left in peace"
    assert t.link()[0] == LINK_OF.get(fault, "refused"), (fault, t.link())
    fake.batches = None
    code, err = t.once()
    assert code == 0 and len(t.answers()) == 2, (fault, code, err)
    assert t.link()[0] == "on"
    return len(posts(fake)) - 2


def case_retry_after_is_waited_for():
    fake = central(batches="429", retry_after=3, faulty_requests=1)
    t = Terminal(fake)
    t.put(1)
    started = time.monotonic()
    code, err = t.once()
    assert code == 0 and time.monotonic() - started >= 3, (code, err)


def case_long_retry_after_is_not_waited_for_by_once():
    fake = central(batches="503", retry_after=600)
    t = Terminal(fake)
    t.put(1)
    code, err = t.once()
    assert code == 75 and len(posts(fake)) == 1 and "503" in err, (code, err)


def case_one_refused_file_does_not_block():
    fake = central(refused={b"batch 1": 400, b"batch 3": 413})
    t = Terminal(fake)
    for n in (1, 2, 3, 4):
        t.put(n)
    code, err = t.once()
    assert code == 75 and list(t.answers()) == [t.name(2), t.name(4)], (code, err, t.answers())
    assert fake.bodies == [b"batch 1", b"batch 2", b"batch 3", b"batch 4"]


def case_file_that_no_batch_can_be_stays():
    fake = central()
    t = Terminal(fake)
    t.put(1, b"x" * (640 * 1024 + 1))
    t.put(2)
    t.write("outbox/notes.txt", b"not ours")
    t.once()
    assert fake.bodies == [b"batch 2"] and len(t.outbox()) == 2


# --- who is there ------------------------------------------------------------


def never_said_anything(pem, word):
    fake = central(pem=pem)
    t = Terminal(fake)
    t.put(1)
    code, err = t.once()
    assert code == 75 and t.answers() == {}, (code, err)
    assert t.link()[0] == "tls", t.link()
    assert word in err, err
    assert fake.seen == [], "nothing is sent to a peer that does not verify"


def case_other_ca():
    never_said_anything(OTHER_CA.server(ROOT), "certificate")


def case_other_host():
    never_said_anything(CA.server(ROOT, hosts=("central.example",)), "127.0.0.1")


def case_expired_certificate():
    start = datetime.datetime(2020, 1, 1)
    never_said_anything(CA.server(ROOT, start=start, end=start + 365 * fc.DAY), "expired")


def case_expired_since_the_last_receipt():
    fake = central(pem=CA.server(ROOT, start=fc.now() - 90 * fc.DAY, end=fc.now() + 5 * fc.DAY))
    t = Terminal(fake)
    t.put(1)
    t.write("outbox/floor", b"%d" % int((time.time() + 10 * 86400) * 1000))
    with_clock = at_clock("2039-06-01")
    code, err = t.once(with_clock)
    assert code == 75 and fake.seen == [] and t.link()[0] == "tls", (code, err)


def case_plain_http_server():
    import http.server, threading

    class Plain(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Plain)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    class At:
        url = f"https://127.0.0.1:{server.server_address[1]}"

    t = Terminal(At)
    t.put(1)
    code, err = t.once()
    assert code == 75 and t.answers() == {} and t.link()[0] == "tls", (code, err, t.link())


def case_nobody_listens():
    class At:
        url = f"https://127.0.0.1:{fc.free_port()}"

    t = Terminal(At)
    t.put(1)
    code, err = t.once()
    assert code == 75 and t.link()[0] == "off" and t.link()[4] == "0", (code, err)


def case_not_enrolled():
    d = tempfile.mkdtemp(dir=ROOT)
    p = subprocess.run([SYNC, "--state", d, "once"], capture_output=True, text=True, timeout=30)
    assert p.returncode == 78 and "balcao enrol" in p.stderr, p


def case_key_that_others_can_read():
    fake = central()
    t = Terminal(fake)
    os.chmod(os.path.join(t.dir, "keys/carrier/tls.key"), 0o644)
    code, err = t.once()
    assert code == 77 and fake.seen == [], (code, err)


# --- wrong clocks ------------------------------------------------------------

def at_clock(day):
    there = datetime.datetime.fromisoformat(day).replace(tzinfo=datetime.timezone.utc).timestamp()
    return fc.at_clock(ROOT, there)


def still_syncs(day):
    fake = central()
    t = Terminal(fake)
    t.put(1)
    code, err = t.once(at_clock(day))
    assert code == 0 and list(t.answers()) == [t.name(1)], (day, code, err)
    year = time.gmtime(int(t.link()[1]) / 1000).tm_year
    assert year == int(day[:4]), "the clock was not where this test put it"


def case_clock_at_2019():
    still_syncs("2019-01-01")


def case_clock_at_2039():
    still_syncs("2039-06-01")


def case_expired_certificate_with_clock_at_2019():
    fake = central(pem=CA.server(ROOT, start=datetime.datetime(2020, 1, 1), end=datetime.datetime(2021, 1, 1)))
    t = Terminal(fake)
    t.put(1)
    code, err = t.once(at_clock("2019-01-01"))
    assert code == 75 and fake.seen == [] and t.link()[0] == "tls", (code, err)


def case_other_ca_with_clock_at_2019():
    fake = central(pem=OTHER_CA.server(ROOT))
    t = Terminal(fake)
    t.put(1)
    code, err = t.once(at_clock("2019-01-01"))
    assert code == 75 and fake.seen == [] and t.link()[0] == "tls", (code, err)


# --- the service -------------------------------------------------------------


def case_run_recovers_and_new_files_leave_at_once():
    port = fc.free_port()

    class At:
        url = f"https://127.0.0.1:{port}"

    t = Terminal(At)
    t.put(1)
    p = t.start()
    eventually(lambda: os.path.exists(os.path.join(t.dir, "inbox/link")) and t.link()[0] == "off")
    fake = fc.FakeCentral(CA, GOOD, port)
    eventually(lambda: len(t.answers()) == 1)
    eventually(lambda: t.link()[0] == "on")
    # The next planned thing is five minutes away: only the notice can do this.
    t.put(2)
    eventually(lambda: len(t.answers()) == 2)
    fake.stop()
    p.kill()


def case_run_follows_a_new_enrolment():
    first, second = central(), central()
    t = Terminal(first)
    t.put(1)
    p = t.start()
    eventually(lambda: len(t.answers()) == 1)
    with open(os.path.join(t.dir, "keys/carrier/new"), "w", encoding="ascii") as f:
        f.write(f"url {second.url}\nterminal t-041\n")
    os.rename(os.path.join(t.dir, "keys/carrier/new"), os.path.join(t.dir, "keys/carrier/uplink"))
    t.put(2)
    eventually(lambda: len(t.answers()) == 2)
    assert first.bodies == [b"batch 1"] and second.bodies == [b"batch 2"], (first.bodies, second.bodies)
    p.kill()


def case_proxy_is_not_for_ourselves():
    fake = central()
    t = Terminal(fake)
    t.put(1)
    code, err = t.once({"https_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"})
    assert code == 0 and len(t.answers()) == 1, (code, err)


def case_unverified_answer_is_fetched_again_after_trust():
    fake = central()
    t = Terminal(fake)
    t.put(1)
    p = t.start()
    eventually(lambda: len(t.answers()) == 1)
    eventually(lambda: len(fake.seen) == 4)  # one batch, three letters
    # The till found that it does not verify, removed it, and the file stays.
    t.remove(f"inbox/{t.name(1)}.answer")
    t.put(2)
    eventually(lambda: len(t.answers()) == 2)
    paths = [s[1] for s in fake.seen[4:]]
    last = len(paths) - 1 - paths[::-1].index("/v1/batches")
    assert fake.bodies.count(b"batch 1") == 2, fake.bodies
    assert "/v1/letters/trust" in paths[:last], paths
    p.kill()


def case_killed_in_the_middle_loses_nothing():
    fake = central()
    t = Terminal(fake)
    for n in range(1, 201):
        t.put(n)
    kills = 0
    deadline = time.monotonic() + 60
    while len(t.answers()) < 200 and time.monotonic() < deadline:
        p = t.start()
        before = len(t.answers())
        eventually(lambda: len(t.answers()) > before + 5 or len(t.answers()) == 200)
        p.send_signal(signal.SIGKILL)
        p.wait()
        kills += 1
    assert kills > 5, kills
    code, err = t.once()
    answers = t.answers()
    assert code == 0 and len(answers) == 200 and len(t.outbox()) == 200, (code, err, len(answers))
    for n in range(1, 201):
        assert answers[t.name(n)] == b"receipt for batch %d" % n
    left = [n for n in os.listdir(os.path.join(t.dir, "inbox")) if n.startswith(".")]
    assert left == [], left


def case_inbox_that_cannot_be_written():
    if os.geteuid() == 0:
        return "root may write everywhere"
    fake = central()
    t = Terminal(fake)
    t.put(1)
    os.chmod(os.path.join(t.dir, "inbox"), 0o500)
    code, err = t.once()
    os.chmod(os.path.join(t.dir, "inbox"), 0o700)
    assert code == 75 and "cannot be written" in err, (code, err)
    return None


def main():
    fc.make_clock(ROOT)
    cases = {n[5:]: f for n, f in globals().items() if n.startswith("case_")}
    for fault in fc.FAULTS:
        cases[f"fault_{fault}"] = lambda f=fault: fault_then_well(f)
    wanted = sys.argv[1:]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
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
    for process in processes:
        if process.poll() is None:
            process.kill()
    shutil.rmtree(ROOT, ignore_errors=True)
sys.exit(code)
