# SPDX-License-Identifier: MIT
"""What the flow tests share: a central and terminals as a technician would run
them, through their command lines only. Everything lives under $TMPDIR, listens
on loopback, and ends with the test."""
import atexit, json, os, re, select, signal, subprocess, sys, tempfile, time

B = os.path.abspath(os.environ.get("B", "build/release"))
TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
STEP_S = 60  # bound of one command; a hang is a failure, slowness is not


def program(name):
    return os.path.join(B, name)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def check(truth, sentence):
    if not truth:
        raise AssertionError(sentence)


def run(*args, code=0, input=None, env=None, timeout=STEP_S):
    """Runs a command to its end; returns stdout; `code` None accepts any."""
    p = subprocess.run([str(a) for a in args], input=input, capture_output=True, text=True, timeout=timeout, env=env)
    if code is not None and p.returncode != code:
        raise AssertionError(f"{' '.join(map(str, args))}: exit {p.returncode}, wanted {code}\n{p.stdout}{p.stderr}")
    run.code, run.err = p.returncode, p.stderr
    return p.stdout


class Process:
    """A program that keeps running; killed with the test."""

    def __init__(self, args, stdin=subprocess.DEVNULL, env=None, stderr=None):
        self.p = subprocess.Popen([str(a) for a in args], stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=env)
        atexit.register(self.kill)

    def line(self, timeout=STEP_S):
        """Next line of stdout, or None at its end."""
        ready, _, _ = select.select([self.p.stdout], [], [], timeout)
        check(ready, f"no line from {self.p.args[0]} in {timeout} s")
        raw = self.p.stdout.readline()
        return raw.decode().rstrip("\n") if raw else None

    def stop(self, sig=signal.SIGTERM, timeout=STEP_S):
        if self.p.poll() is None:
            self.p.send_signal(sig)
        return self.p.wait(timeout)

    def kill(self):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()


class Central:
    def __init__(self, folder, programme=None):
        self.dir = os.path.join(folder, "central")
        run(program("balcao-central"), "init", self.dir)
        self.serving = None
        self.address = "127.0.0.1:0"
        if programme:
            self.publish(programme)

    def serve(self):
        """The port stays the same over restarts, as a shop's central does."""
        self.serving = Process([program("balcao-central"), "serve", self.dir, "--listen", self.address])
        line = self.serving.line()
        m = re.match(r"listening (https://(\S+))$", line or "")
        check(m, f"serve said {line!r}")
        self.url, self.address = m[1], m[2]
        return self

    def stop(self, sig=signal.SIGTERM):
        code = self.serving.stop(sig)
        self.serving = None
        return code

    def publish(self, path):
        return run(program("balcao-central"), "publish", self.dir, path, timeout=240)

    def token(self, store, terminal):
        return json.loads(run(program("balcao-central"), "token", self.dir, "--store", store, "--terminal", terminal, "--json"))

    def events(self):
        out = run(program("balcao-central"), "events", self.dir, "--json", timeout=240)
        return [json.loads(l) for l in out.splitlines()]

    def audit(self, code=0):
        out = run(program("balcao-central"), "audit", self.dir, code=code, timeout=240)
        return out + run.err


class Terminal:
    def __init__(self, folder, name="T1"):
        self.name, self.state = name, os.path.join(folder, name)
        os.makedirs(self.state, exist_ok=True)

    def balcao(self, *args, **kw):
        return run(program("balcao"), "--state", self.state, *args, **kw)

    def enrol(self, central, store="loja-01"):
        t = central.token(store, self.name)
        self.balcao("enrol", "--url", t["url"], "--terminal", t["terminal"], "--token", t["token"], "--ca-pin", t["ca_pin"])
        return self

    def record(self, lines, code=0):
        """Each dict a line in; the answers as dicts."""
        out = self.balcao("record", input="".join(json.dumps(l) + "\n" for l in lines), code=code, timeout=240)
        return [json.loads(l) for l in out.splitlines()]

    def sync(self, code=0):
        return self.balcao("sync", "--once", code=code, timeout=240)

    def status(self):
        return json.loads(self.balcao("status", "--json"))

    def carry_out(self, stick):
        return self.balcao("carry", "out", stick)

    def carry_in(self, stick):
        return self.balcao("carry", "in", stick)


def temp():
    """A folder of the test's own, short enough for a local socket's name."""
    base = os.environ.get("TMPDIR", "/tmp")
    t = tempfile.TemporaryDirectory(prefix="b-", dir=base if len(base) < 60 else "/tmp")
    atexit.register(t.cleanup)
    return t.name
