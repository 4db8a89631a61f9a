#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The clerk's screen as a process: a real `balcao run` on a pseudo terminal.
A payment card leaves no trace in its memory or on the disk (and the search that
says so finds the digits while they are being typed); a kill in mid-sale brings
the sale back; a second one is told who holds the state; other commands are
served beside it; what is no terminal, no tape or no option is said."""
import fcntl, os, pty, re, signal, struct, sys, tempfile, termios, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import world
from balcao import STEP_S, Central, Terminal, check, program, run, temp

PANS = ["4947801938202305", "6062824187255794"]
RUNS = {pan[i : i + 6] for pan in PANS for i in range(len(pan) - 5)}
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


def card_in_memory(pid):
    """Where six digits of a card that follow each other stand, in any width."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            area, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(x, 16) for x in area.split("-"))
            if end - start >= SHADOW_BYTES:
                continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                continue
            for width in ["ascii", "utf-16-le", "utf-32-le"]:
                found += [(r, line.split()[-1]) for r in RUNS if r.encode(width) in data]
    return found


def card_on_disk(folder):
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if os.path.isfile(path):
                data = open(path, "rb").read()
                found += [(r, path) for r in RUNS if r.encode() in data]
    return found


def types(central):
    return [e["type"] for e in central.events()]


def test_card(central, terminal):
    screen = Screen(terminal)
    screen.type("123456\r")
    screen.type(PANS[0])
    screen.until(lambda: card_in_memory(screen.pid), "the digits being typed")
    screen.type("\r")
    screen.type(PANS[1] + "\r")

    def refused():
        terminal.sync()  # served by the screen itself, between two keys
        return types(central).count("card_refused") == 2

    screen.until(refused, "two refused cards at the central")
    check(card_in_memory(screen.pid) == [], f"digits in memory: {card_in_memory(screen.pid)}")
    out = terminal.balcao("run", code=75)
    check("balcao run" in run.err and str(screen.pid) in run.err, f"no holder told: {out}{run.err}")
    check(screen.end(signal.SIGTERM) == 0, "SIGTERM ends it cleanly")
    check(not re.search(r"\d{6}", screen.out.decode(errors="replace").replace("123456", "")), "digits on the screen")
    check(card_on_disk(terminal.state) == [], f"digits on the disk: {card_on_disk(terminal.state)}")


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
    test_card(central, terminal)
    test_kill_in_a_sale(central, terminal)
    test_what_it_needs(terminal)
    print("card wiped from memory, disk and screen; a killed sale came back; faults told")


main()
