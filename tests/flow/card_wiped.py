#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A payment card leaves nothing: after a refusal no run of six or more of its
digits is in the memory of `balcao run`, under its state directory or in its log;
typed on a real terminal, swiped, and scanned. The search itself is shown to find
a number that is there."""
import fcntl, json, os, pty, re, select, struct, subprocess, sys, termios, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import B, Central, Terminal, check, program, temp
import world

PAN = "4539578763621486"  # passes Luhn; of no issuer's published test set
MEMBER = world.MEMBER.split(":")[1]
RUN = 6
MAP_MAX = 1 << 30
ENCODINGS = {
    "bytes": lambda t: t.encode(),
    "UTF-16": lambda t: t.encode("utf-16-le"),
    "wide characters": lambda t: t.encode("utf-32-le"),
    "wide cells": None,  # ncurses cells: a digit every 28 bytes
}
CELL = 28  # sizeof(cchar_t) on Linux: attributes, five wide characters, colour


def needles():
    """Every run of six digits, in each encoding that a program may keep it in."""
    out = []
    for i in range(len(PAN) - RUN + 1):
        part = PAN[i:i + RUN]
        for name, encode in ENCODINGS.items():
            if encode:
                out.append((name, re.compile(re.escape(encode(part)))))
            else:
                gap = b"[\\s\\S]{%d}" % (CELL - 4)
                out.append((name, re.compile(gap.join(re.escape(c.encode("utf-32-le")) for c in part))))
    return out


NEEDLES = needles()


def found_in(data):
    return next((name for name, needle in NEEDLES if needle.search(data)), None)


# What no variant but the sanitizers' maps: their shadow, which holds no data.
SHADOW_BYTES = 128 << 20 if os.environ.get("VARIANT") == "asan" else 1 << 62


def memory_of(pid):
    """Every writable or private page of a process."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, mode = line.split()[:2]
            if "r" not in mode or "w" not in mode or "[vvar" in line:
                continue
            begin, end = [int(x, 16) for x in span.split("-")]
            if end - begin > MAP_MAX:  # a sanitizer's shadow: no text is in it
                continue
            if end - begin >= SHADOW_BYTES:
                continue
            try:
                mem.seek(begin)
                yield line.strip(), mem.read(end - begin)
            except (OSError, ValueError, OverflowError):
                continue


def search_memory(pid):
    for where, data in memory_of(pid):
        name = found_in(data)
        if name:
            return f"{name} in {where}"
    return None


def search_files(folder):
    for base, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(base, name)
            if os.path.isfile(path) and found_in(open(path, "rb").read()):
                return path
    return None


class Screen:
    """`balcao run` on a pseudo-terminal of 80 by 24."""

    def __init__(self, terminal, log):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
            os.execv(program("balcao"), ["balcao", "--state", terminal.state, "run"])
        self.text = ""

    def until(self, word, seconds=60):
        """Reads until `word` was painted; what was painted is forgotten then."""
        deadline = time.monotonic() + seconds
        while word not in self.text:
            check(time.monotonic() < deadline, f"the screen never said {word!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                self.text += os.read(self.fd, 65536).decode("utf-8", "replace")
        self.text = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        os.kill(self.pid, 15)
        deadline = time.monotonic() + 30
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            check(time.monotonic() < deadline, "run did not end on SIGTERM")
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    os.read(self.fd, 65536)
                except OSError:
                    pass


def typed(terminal, folder):
    screen = Screen(terminal, os.path.join(folder, "log"))
    screen.until("Senha")
    screen.type("123456\r")
    screen.until("Caixa aberto")
    # The search works: what stands in the field now is found.
    screen.type(PAN)
    time.sleep(0.5)
    check(search_memory(screen.pid), "the search does not find a number that is there")
    screen.type("\r")
    screen.until("recusado")
    time.sleep(0.3)
    left = search_memory(screen.pid)
    check(not left, f"typed: {left}")
    screen.end()
    print("typed on a terminal: found while in the field, nothing after the refusal")


def played(terminal, folder, how, scan):
    """From a tape, which is held still after the refusal."""
    path = os.path.join(folder, how + ".tape")
    with open(path, "w") as f:
        for step in [{"text": "123456"}, {"key": "Enter"}, scan]:
            f.write(json.dumps(dict(at_ms=0, **step)) + "\n")
        f.write(json.dumps({"at_ms": 20000, "key": "Esc"}) + "\n")
    p = subprocess.Popen([program("balcao"), "--state", terminal.state, "run", "--headless", "--reader", "tape:" + path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.set_blocking(p.stdout.fileno(), True)
    said = ""
    while "card_refused" not in said:
        line = p.stdout.readline().decode()
        check(line, "headless ended without a refusal: " + said)
        said += line
    time.sleep(0.3)
    left = search_memory(p.pid)
    p.kill()
    said += p.stdout.read().decode() + p.stderr.read().decode()
    os.unlink(path)
    check(not left, f"{how}: {left}")
    check(not found_in(said.encode()), f"{how}: printed")
    print(f"{how}: nothing left")


def main():
    folder = temp()
    central = Central(folder, world.programme(folder)).serve()
    terminal = Terminal(folder).enrol(central)
    typed(terminal, folder)
    played(terminal, folder, "swiped", {"scan": {"source": "stripe", "data": f"%B{PAN}^EXEMPLO/CLIENTE^29122010000000000000?;{PAN}=29122010000000000?"}})
    played(terminal, folder, "misread swipe", {"scan": {"source": "stripe", "data": f";{PAN[:-1]}9=29122010000000000?"}})
    terminal.sync()
    refused = [e for e in central.events() if e["type"] == "card_refused"]
    check(len(refused) >= 2, f"{len(refused)} refusals reached the central")
    central.stop()
    left = search_files(folder)
    check(not left, f"in a file: {left}")
    print("no file under the terminal's or the central's directory holds it")


main()
