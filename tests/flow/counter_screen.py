#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The clerk's screen as a process: a real `balcao run` on a pseudo terminal. A
kill in mid-sale brings the sale back; a second one is told who holds the state;
record and sync are served beside it; signals end it cleanly; what is no terminal,
no tape, no option or no configuration is said."""
import fcntl, os, pty, signal, struct, sys, tempfile, termios, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import world
from balcao import STEP_S, Central, Terminal, check, program, run, temp

COFFEE = "7891000315507"


class Screen:
    """`balcao run` on a terminal of 80x24; keys are typed, output is drained."""

    def __init__(self, terminal):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(program("balcao"), ["balcao", "--state", terminal.state, "run"])
        self.pid = pid
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.out = b""
        threading.Thread(target=self.drain, daemon=True).start()
        self.until(lambda: b"Abertura de caixa" in self.out, "the first screen")

    def drain(self):
        try:
            while chunk := os.read(self.fd, 65536):
                self.out += chunk
        except OSError:
            pass  # it has ended

    def until(self, truth, what):
        deadline = time.monotonic() + STEP_S
        while not truth():
            check(time.monotonic() < deadline, f"{what} did not come in {STEP_S} s")
            time.sleep(0.02)

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self, sig):
        os.kill(self.pid, sig)
        deadline = time.monotonic() + STEP_S
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            check(time.monotonic() < deadline, "it did not end")
            time.sleep(0.02)


# What no variant but the sanitizers' maps: their shadow, which holds no data.
SHADOW_BYTES = 128 << 20 if os.environ.get("VARIANT") == "asan" else 1 << 62


def types(central):
    return [e["type"] for e in central.events()]


def test_one_holds_the_state(terminal):
    screen = Screen(terminal)
    terminal.balcao("run", code=75)
    check("balcao run" in run.err and str(screen.pid) in run.err, f"no holder told: {run.err}")
    check(screen.end(signal.SIGTERM) == 0, "SIGTERM ends it cleanly")


def test_kill_in_a_sale(central, terminal):
    before = types(central).count("sale")
    screen = Screen(terminal)
    screen.type("123456\r" + COFFEE + "\r2x" + COFFEE + "\r")
    screen.until(lambda: b"38,97" in screen.out, "the total of three")
    answer = terminal.record([{"type": "sale", "clerk": "c01", "member": None, "lines": [
        {"product": COFFEE, "quantity_milli": 1000, "amount_cents": 1299}]}])
    check(answer[0]["ok"], f"recorded beside the screen: {answer}")
    screen.end(signal.SIGKILL)
    screen = Screen(terminal)
    screen.type("123456\r")
    screen.until(lambda: "não registrada".encode() in screen.out, "the sale from before the kill")
    screen.type("\r\r")
    screen.until(lambda: b"Venda registrada" in screen.out, "the sale recorded")
    check(screen.end(signal.SIGINT) == 0, "SIGINT ends it cleanly")
    terminal.sync()
    sales = [e for e in central.events() if e["type"] == "sale"]
    check(len(sales) == before + 2, f"{len(sales)} sales")
    check(sales[-1]["amount_cents"] == 3 * 1299, f"{sales[-1]}")


def test_what_it_needs(terminal):
    def last(code, *args):
        terminal.balcao("run", *args, code=code)
        return run.err

    check("40x16" in last(69), "says what a screen needs")
    check("--reader" in last(64, "--headless"), "says that a tape is needed")
    check("--lang" in last(64, "--lang", "de"), "says the languages")
    check("unknown" in last(64, "--loud"), "says the option")
    settings = os.path.join(terminal.state, "terminal.yaml")
    with open(settings, "w") as f:
        f.write("language: en\ncolour: red\n")
    check("terminal.yaml:2:" in last(78) and "expected" in run.err, run.err)
    os.unlink(settings)
    with tempfile.NamedTemporaryFile("w", suffix=".tape") as tape:
        tape.write('{"at_ms":0,"key":"F2"}\n{"at_ms":5,"key":"F99"}\n')
        tape.flush()
        check(":2: key: expected" in last(65, "--headless", "--reader", "tape:" + tape.name), run.err)
    check("cannot be opened" in last(69, "--headless", "--reader", "tape:/nonexistent"), "a missing tape")


def main():
    folder = temp()
    central = Central(folder, world.programme(folder)).serve()
    terminal = Terminal(folder).enrol(central)
    test_one_holds_the_state(terminal)
    test_kill_in_a_sale(central, terminal)
    test_what_it_needs(terminal)
    print("one holds the state; a killed sale came back; faults told")


main()
