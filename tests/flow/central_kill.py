#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The central killed without warning, its intake or both processes, while
terminals send: every recorded sale is in the ledger exactly once, every receipt
that a terminal holds is one the audit proves. Seeded: CENTRAL_KILL_SEED."""
import os, random, signal, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Terminal, check, program, temp
from world import PRODUCT, programme

ROUNDS, SALES = 14, 12
seed = int(os.environ.get("CENTRAL_KILL_SEED", "20"))
chance = random.Random(seed)
folder = temp()
central = Central(folder, programme(folder)).serve()
terminals = [Terminal(folder, f"T{i}").enrol(central) for i in (1, 2)]
recorded = {t.name: [] for t in terminals}
answered = 0

for round_ in range(ROUNDS):
    for t in terminals:
        lines = [{"type": "sale", "clerk": "c01", "member": None, "lines": [{"product": PRODUCT, "quantity_milli": 1000, "amount_cents": 100 + n}]} for n in range(SALES)]
        recorded[t.name] += [a["id"] for a in t.record(lines)]
    senders = [subprocess.Popen([program("balcao"), "--state", t.state, "sync", "--once"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for t in terminals]
    with open(f"/proc/{central.serving.p.pid}/task/{central.serving.p.pid}/children") as f:
        intake = int(f.read().split()[0])
    try:
        senders[0].wait(chance.uniform(0.0, 0.6))
    except subprocess.TimeoutExpired:
        pass
    if round_ % 2:
        os.kill(central.serving.p.pid, signal.SIGKILL)
    os.kill(intake, signal.SIGKILL)
    central.serving.p.wait(60)
    for s in senders:  # with nobody to answer they give up soon; not waited for
        s.kill()
        s.wait()
    central.audit()  # under the lock that the dead one left
    central.serve()  # at the same address

for t in terminals:
    t.sync()
    status = t.status()
    check(status["waiting"] == 0 and status["held"] == 0, f"{t.name}: {status}")
    mine = [e for e in central.events() if e["terminal"] == t.name and e["type"] == "sale"]
    check([e["id"] for e in mine] == recorded[t.name], f"{t.name}: {len(mine)} sales in the ledger, {len(recorded[t.name])} recorded")
    check(all(e["refused"] is None and e["points"] == e["points_claimed"] for e in mine), f"{t.name}: a sale was refused")
    answered += status["receipted"]
text = central.audit()
check(central.stop() == 0, "the central ends cleanly")
print(f"{ROUNDS} kills, {sum(map(len, recorded.values()))} sales, {answered} events receipted; {text.strip()}")
