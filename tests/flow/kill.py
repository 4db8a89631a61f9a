#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""kill -9 at random moments: every acknowledged sale is in the ledger exactly once.

    kill.py [--cycles N] [--seed S]

Kills `balcao record` N times, at least half of them between its first and its last
acknowledgement; what was not answered is sent again with its id. Then kills
`balcao-sync` N times on the way of those sales to the central. At the end a
program that answers before it commits must be caught by the same means."""
import argparse, json, os, random, subprocess, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import B, Central, Process, Terminal, check, program, run, temp
import world

LINES_A_CYCLE = 24


def sale(number):
    return {"type": "sale", "id": f"{number:016x}", "clerk": "c01", "member": world.MEMBER if number % 3 else None,
            "lines": [{"product": world.PRODUCT, "quantity_milli": 1000, "amount_cents": 100 + number % 900}]}


class Recorder:
    """Feeds `balcao record` and kills it; remembers what was acknowledged."""

    def __init__(self, terminal, binary, chance):
        self.terminal, self.binary, self.chance = terminal, binary, chance
        self.next, self.retry, self.acked = 1, [], {}
        self.kills = {"before the first answer": 0, "between answers": 0, "after the last answer": 0}
        self.fell = {"before commit": 0, "after commit, before the answer": 0, "after the answer": 0}

    def cycle(self):
        todo = list(self.retry)
        while len(todo) < LINES_A_CYCLE:
            todo.append(self.next)
            self.next += 1
        p = subprocess.Popen([self.binary, "--state", self.terminal.state, "record"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdin.write("".join(json.dumps(sale(n)) + "\n" for n in todo).encode())
        p.stdin.flush()
        # Three kills of four come after a number of answers, at a random moment
        # of the next one; the others anywhere from the start.
        answers = self.chance.randrange(1, LINES_A_CYCLE - 1) if self.chance.random() < 0.75 else 0
        got = []
        for _ in range(answers):
            got.append(json.loads(p.stdout.readline()))
        time.sleep(self.chance.random() * (0.002 if answers else 0.05))
        p.kill()
        rest = p.stdout.read()
        p.stdin.close()
        p.wait()
        got += [json.loads(l) for l in rest.decode().splitlines(keepends=True) if l.endswith("\n")]
        self.count(todo, got)

    def count(self, todo, got):
        for number, answer in zip(todo, got):
            check(answer["ok"], f"refused: {answer}")
            check(answer["id"] == f"{number:016x}", f"answer {answer} to sale {number}")
            if number in self.retry and answer["again"]:
                self.fell["after commit, before the answer"] += 1
            self.acked[number] = answer
        if self.retry and got and not any(a["again"] for n, a in zip(todo, got) if n in self.retry):
            self.fell["before commit"] += 1
        self.kills["before the first answer" if not got else "between answers" if len(got) < len(todo) else "after the last answer"] += 1
        if len(got) == len(todo):
            self.fell["after the answer"] += 1
        self.retry = todo[len(got):]


def kill_record(terminal, binary, cycles, chance):
    r = Recorder(terminal, binary, chance)
    for _ in range(cycles):
        r.cycle()
    # What waits is sent once more, and this time nobody is killed.
    out = run(binary, "--state", terminal.state, "record", input="".join(json.dumps(sale(n)) + "\n" for n in r.retry))
    for number, line in zip(r.retry, out.splitlines()):
        answer = json.loads(line)
        check(answer["ok"], f"refused: {answer}")
        r.acked[number] = answer
    print(f"{cycles} kills of record: " + ", ".join(f"{n} {w}" for w, n in r.kills.items()))
    print("they fell: " + ", ".join(f"{n} {w}" for w, n in r.fell.items()))
    check(r.kills["between answers"] * 2 >= cycles, "fewer than half of the kills came between the first and the last answer")
    return r


def kill_sync(terminal, central, cycles, chance):
    """Each kill leaves a half-carried outbox; a few more sales keep it filled."""
    fell = {"before it ended": 0, "after it ended": 0}
    for i in range(cycles):
        p = subprocess.Popen([program("balcao-sync"), "--state", terminal.state, "once"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.random() * 0.06)
        fell["before it ended" if p.poll() is None else "after it ended"] += 1
        p.kill()
        p.wait()
        if i % 10 == 9:
            terminal.record([dict(sale(1_000_000 + i), id=f"{1_000_000 + i:016x}")])
    terminal.sync()
    print(f"{cycles} kills of balcao-sync: " + ", ".join(f"{n} {w}" for w, n in fell.items()))
    return {1_000_000 + i for i in range(cycles) if i % 10 == 9}


def verdict(central, terminal, acked):
    """Every acknowledged sale in the ledger, exactly once, unchanged."""
    seen = {}
    for e in central.events():
        if e["type"] == "sale":
            check(e["id"] not in seen, f"the ledger has sale {e['id']} twice")
            seen[e["id"]] = e
    lost = [n for n in acked if f"{n:016x}" not in seen]
    if lost:
        return f"{len(lost)} acknowledged sales are not in the ledger, the first {lost[0]:016x}"
    for n in acked:
        e = seen[f"{n:016x}"]
        check(e["amount_cents"] == sum(l["amount_cents"] for l in sale(n)["lines"]), f"sale {n} has another amount in the ledger")
        check(e["refused"] is None, f"sale {n} was refused: {e['refused']}")
    check(len(seen) == len(acked), f"the ledger has {len(seen)} sales, {len(acked)} were acknowledged")
    print(f"{len(acked)} acknowledged sales, each in the ledger exactly once; {central.audit().strip().splitlines()[-1]}")
    return None


def trial(binary, cycles, chance):
    """A whole life with kills; the fault that it showed, or None."""
    folder = temp()
    central = Central(folder, world.programme(folder)).serve()
    terminal = Terminal(folder).enrol(central)
    r = kill_record(terminal, binary, cycles, chance)
    honest = binary == program("balcao")
    extra = kill_sync(terminal, central, cycles, chance) if honest else set()
    terminal.sync()
    try:
        fault = verdict(central, terminal, set(r.acked) | extra)
    except AssertionError as e:
        fault = str(e)
    central.stop()
    return fault


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--cycles", type=int, default=200)
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    chance = random.Random(o.seed)
    fault = trial(program("balcao"), o.cycles, chance)
    check(not fault, fault)
    fault = trial(program("tests/mutants/balcao-early"), 40, chance)
    check(fault, "a program that answers before it commits was not caught")
    print(f"the program that answers before it commits is caught: {fault}")


main()
