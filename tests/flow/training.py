#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Training: marked, sent, earns nothing, counts nowhere; it never undoes what counts,
nor is it undone by it."""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Terminal, check, program, run, temp
from world import MEMBER, PRODUCT, programme

folder = temp()
lines = [{"product": PRODUCT, "quantity_milli": 1000, "amount_cents": 1299}]
sale = {"type": "sale", "clerk": "c01", "member": MEMBER, "lines": lines}
topup = {"type": "topup", "clerk": "c01", "member": MEMBER, "operator": "vivo", "phone": "+5511961234567", "amount_cents": 2000}
central = Central(folder, programme(folder)).serve()
terminal = Terminal(folder).enrol(central)


def training(on):
    with open(os.path.join(terminal.state, "terminal.yaml"), "w") as f:
        f.write(f"training: {'true' if on else 'false'}\n")


def void(id):
    return {"type": "void", "clerk": "c01", "of": id}


def back(id):
    return {"type": "return", "clerk": "c01", "of": id, "lines": lines}


training(True)
check(terminal.status()["training"] and "TRAINING" in terminal.balcao("status"), "status does not tell of the training")
a, b, _ = exercises = terminal.record([sale, sale, topup])
[c] = terminal.record([void(a["id"])])
check(all(e["ok"] and e["points"] == 0 for e in [*exercises, c]), f"{exercises} {c}")
training(False)
[real] = terminal.record([sale])
check(real["points"] == 6, f"{real}")
for answer in terminal.record([void(b["id"]), back(b["id"])]):
    check(not answer["ok"] and answer["field"] == "of", f"a sale of the training was undone: {answer}")
training(True)
for answer in terminal.record([void(real["id"]), back(real["id"])]):
    check(not answer["ok"] and answer["field"] == "of", f"an exercise undid a sale: {answer}")
terminal.sync()
day = json.loads(terminal.balcao("report", "--json"))
total = json.loads(run(program("balcao-central"), "report", central.dir, "--json"))["total"]
check(day["total"] == total and (total["sales"], total["sales_cents"], total["voids"], total["points"]["member"]) == (1, 1299, 0, 6), f"{day} {total}")
check(day["training"] == 4, f"{day}")
check([e["points"] for e in central.events() if e["type"] in ("sale", "topup", "void")] == [0, 0, 0, 0, 6], "points of the training at the central")
training(False)
[gone] = terminal.record([void(real["id"])])
check(gone["ok"] and gone["points"] == -6, f"{gone}")
central.audit()
print("training counts nowhere and undoes nothing that counts")
