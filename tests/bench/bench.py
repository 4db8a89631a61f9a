#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures what Balcão promises, each figure beside its floor or peer in the same
run, so that the ratio says something on any machine.

    B=build/release tests/bench/bench.py [--json] [--rows NAME,...] [--dir DIR]

DIR (a folder on the disk to be measured; the build's by default) takes the
files. Rows: record, backlog, wire, keys, memory, start."""
import argparse, datetime, json, os, platform, shutil, statistics, subprocess, sys, tempfile, time

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "flow", "lib"))
import balcao
from balcao import B, Central, Process, Terminal, program

EXAMPLE = os.path.join(TOP, "sync", "central", "examples", "recarga.yaml")
BACKLOG, SOME, MEMBERS_PERCENT = 100000, 2000, 40
SINGLE = 400  # batches of one event
STARTS, SESSIONS, KEYS = 9, 3, 500


def tool(name):
    return os.path.join(B, "tests", "bench", name)


def output(*args, timeout=300):
    p = subprocess.run([str(a) for a in args], stdout=subprocess.PIPE, text=True, timeout=timeout)
    if p.returncode:
        raise SystemExit(f"bench: {' '.join(map(str, args))}: exit {p.returncode}")
    return p.stdout


class Row:
    """One line of the table. `goal` is what the ratio must reach: a lower bound
    when `more` is better, else an upper one."""

    def __init__(self, what, ours, floor, ratio, goal, more=False):
        self.what, self.ours, self.floor, self.ratio, self.goal, self.more = what, ours, floor, ratio, goal, more

    def met(self):
        return self.ratio >= self.goal if self.more else self.ratio <= self.goal

    def cells(self):
        sign = "≥" if self.more else "≤"
        return [self.what, self.ours, self.floor, f"{self.ratio:.2f}", f"{sign} {self.goal:g}", "yes" if self.met() else "no"]

    def plain(self):
        return {"what": self.what, "ours": self.ours, "floor": self.floor, "ratio": round(self.ratio, 4),
                "goal": ("at least " if self.more else "at most ") + f"{self.goal:g}", "met": self.met()}


class Bench:
    """The terminals and the central that the rows need, made when first asked for."""

    def __init__(self, folder):
        self.folder, self.central, self.waiting = folder, None, None

    def place(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path)
        return path

    def serve(self):
        if self.central is None:
            # The example without its members, whose CPFs are hashed slowly by design.
            path = os.path.join(self.folder, "programme.yaml")
            with open(EXAMPLE, encoding="utf-8") as f, open(path, "w", encoding="utf-8") as out:
                out.writelines(l for l in f if not l.startswith("members:"))
            self.central = Central(self.folder).serve()
            self.central.publish(path)
        return self.central

    def terminal(self, name, events, *batch):
        terminal = Terminal(self.folder, name).enrol(self.serve())
        output(tool("fill"), terminal.state, events, MEMBERS_PERCENT, *batch)
        return terminal

    def backlog(self):
        """One terminal with everything waiting, for all rows that want one."""
        if self.waiting is None:
            self.waiting = self.terminal("cheio", BACKLOG)
        return self.waiting


# --- rows ---------------------------------------------------------------------------

def record(bench):
    got = json.loads(output(tool("record"), bench.place("record"), 30, 100))
    ours, floor = got["ours"], got["floor"]
    ratios = [a / b for a, b in zip(ours["rate"], floor["rate"])]
    rate = [statistics.median(side["rate"]) for side in (ours, floor)]
    return [
        Row("sale recorded, a second", f"{rate[0]:.0f}", f"{rate[1]:.0f} fdatasync", statistics.median(ratios), 0.80, more=True),
        Row("sale recorded, p99", f"{ours['p99_us']:.0f} µs", f"{floor['p99_us']:.0f} µs", ours["p99_us"] / floor["p99_us"], 2),
        Row("flushes a sale", f"{ours['flushes']:.3f}", f"{floor['flushes']:.0f}", ours["flushes"] / floor["flushes"], 1.01),
    ]


def cpu_s(process):
    """Processor time so far of a process and its children."""
    with open(f"/proc/{process}/task/{process}/children") as f:
        own = [process] + [int(c) for c in f.read().split()]
    fields = [open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split() for p in own]
    return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")


def sync(bench, terminal, events):
    """Events a second, and a second of the central's processor time."""
    started, before = time.monotonic(), cpu_s(bench.central.serving.p.pid)
    terminal.sync()
    took, cpu = time.monotonic() - started, cpu_s(bench.central.serving.p.pid) - before
    balcao.check(terminal.status()["waiting"] == 0, "something still waits")
    return events / took, events / max(cpu, 0.01)


def backlog(bench):
    ours, ours_cpu = sync(bench, bench.backlog(), BACKLOG)
    bench.waiting = None
    floor = statistics.median(float(output(tool("floor_pipe"), BACKLOG, 500, bench.place(f"pipe{i}"))) for i in range(3))
    single, _ = sync(bench, bench.terminal("avulso", SINGLE, 1), SINGLE)
    return [
        Row(f"backlog of {BACKLOG:,}, events a second", f"{ours:.0f}", f"{floor:.0f} pipe at 500", ours / floor, 0.40, more=True),
        Row("backlog, against one event a POST", f"{ours:.0f}", f"{single:.0f}", ours / single, 40, more=True),
        Row("central, events a processor second", f"{ours_cpu:.0f}", f"{floor:.0f} pipe at 500", ours_cpu / floor, 0.60, more=True),
    ]


def wire(bench):
    lines = output(os.path.join(TOP, "tests", "bench", "wire.py")).splitlines()
    rows = [l.split() for l in lines if l.startswith("wire 500 ")]
    ours, gzip, ratio = (float(x) for x in rows[0][2:5])
    return [Row("bytes an event, 500 a batch", f"{ours:.2f}", f"{gzip:.2f} JSON, gzip -6", ratio, 0.60)]


def screen(keys, every_ms, *args, typed=""):
    return json.loads(output(tool("screen"), typed, keys, every_ms, *args))


def balcao_run(terminal):
    return program("balcao"), "--state", terminal.state, "run"


def medians(runs, name):
    return statistics.median(r[name] for r in runs)


def keys(bench):
    small = bench.terminal("teclas", 20)
    pairs = [(screen(KEYS, 4, *balcao_run(small)), screen(KEYS, 4, tool("floor_screen"))) for _ in range(SESSIONS)]
    ours, floor = ([p[i] for p in pairs] for i in (0, 1))
    rows = [Row(f"key to screen, {q}", f"{medians(ours, q + '_us'):.0f} µs", f"{medians(floor, q + '_us'):.0f} µs",
                medians(ours, q + "_us") / medians(floor, q + "_us"), 5) for q in ("p50", "p99")]
    full = bench.backlog()
    carrier = Process([program("balcao-sync"), "--state", full.state, "run"])
    busy = screen(1500, 4, *balcao_run(full))
    carrier.stop()
    left = full.status()["waiting"]
    bench.waiting = None
    p99 = medians(floor, "p99_us")
    rows.append(Row(f"key to screen while {BACKLOG - left:,} events go out, p99", f"{busy['p99_us']:.0f} µs", f"{p99:.0f} µs", busy["p99_us"] / p99, 10))
    return rows


def started(terminal):
    pairs = [(screen(0, 0, *balcao_run(terminal)), screen(0, 0, tool("floor_screen"))) for _ in range(STARTS)]
    return [p[0] for p in pairs], [p[1] for p in pairs]


def memory_and_start(bench):
    """Few events, enough to be proved at each start, and a long backlog."""
    few, floor = started(bench.terminal("novo", 20))
    some, _ = started(bench.terminal("pouco", SOME))
    full, _ = started(bench.backlog())
    return few, some, full, floor


def memory(bench):
    few, some, full, floor = bench.measured(memory_and_start)
    rows = []
    for name, what in (("rss_kib", "RSS"), ("pss_kib", "PSS"), ("private_kib", "private")):
        a, b, f = (max(r[name] for r in runs) for runs in (few, full, floor))
        rows.append(Row(f"memory of run, {what}", f"{a} KiB", f"{f} KiB", a / f, 1.75))
        rows.append(Row(f"memory with {BACKLOG:,} waiting, {what}", f"{b} KiB", f"{a} KiB with 20", b / a, 1.15))
    return rows


def start(bench):
    few, some, full, floor = bench.measured(memory_and_start)
    a, s, b, f = (medians(runs, "start_us") / 1000 for runs in (few, some, full, floor))
    return [
        Row("start to the first screen", f"{a:.1f} ms", f"{f:.1f} ms", a / f, 1.5),
        Row(f"start with {BACKLOG:,} waiting", f"{b:.1f} ms", f"{s:.1f} ms with {SOME:,}", b / s, 1.25),
    ]


ROWS = {"record": record, "wire": wire, "memory": memory, "start": start, "keys": keys, "backlog": backlog}


# --- the table ----------------------------------------------------------------------

def machine():
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    system = next((l.split("=")[1].strip().strip('"') for l in open("/etc/os-release") if l.startswith("PRETTY_NAME")), platform.system())
    return f"{os.cpu_count()} cores ({model}), {system}"


def show(rows):
    table = [["what", "ours", "floor or peer", "ratio", "goal", "met"]] + [r.cells() for r in rows]
    width = [max(len(l[i]) for l in table) for i in range(len(table[0]))]
    table.insert(1, ["-" * w for w in width])
    for line in table:
        print("| " + " | ".join(c.ljust(w) for c, w in zip(line, width)) + " |")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--json", action="store_true")
    a.add_argument("--rows", default=",".join(ROWS))
    a.add_argument("--dir", default=B)
    o = a.parse_args()
    wrong = set(o.rows.split(",")) - set(ROWS)
    if wrong:
        a.error("no such row: " + ", ".join(sorted(wrong)))
    folder = tempfile.mkdtemp(prefix="bench-", dir=o.dir)
    rows = []
    about = {"date": datetime.date.today().isoformat(), "machine": machine(), "load_before": round(os.getloadavg()[0], 1)}
    try:
        bench, done = Bench(folder), {}
        bench.measured = lambda fn: done[fn] if fn in done else done.setdefault(fn, fn(bench))
        for name in o.rows.split(","):
            print(f"bench: {name} ...", file=sys.stderr, flush=True)
            rows += ROWS[name](bench)
    finally:
        if bench.central is not None and bench.central.serving is not None:
            bench.central.stop()
        shutil.rmtree(folder, ignore_errors=True)
    about["load_after"] = round(os.getloadavg()[0], 1)
    if o.json:
        print(json.dumps({**about, "rows": [r.plain() for r in rows]}, ensure_ascii=False))
    else:
        print(f"{about['date']}, {about['machine']}; load {about['load_before']} before, {about['load_after']} after")
        show(rows)


main()
