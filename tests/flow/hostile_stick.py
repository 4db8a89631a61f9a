#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A stick on which more lies than we put there: pipes, links, directories, garbage,
another's answers. What is ours is carried, nothing waits, nothing leaves the stick."""
import os, shutil, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Terminal, check, program, run, temp
from world import MEMBER, PRODUCT, programme

folder = temp()
sale = {"type": "sale", "clerk": "c01", "member": MEMBER, "lines": [{"product": PRODUCT, "quantity_milli": 1000, "amount_cents": 1299}]}
central = Central(folder, programme(folder)).serve()
t1, t2 = (Terminal(folder, n).enrol(central) for n in ("T1", "T2"))
stick, outside = os.path.join(folder, "stick"), os.path.join(folder, "outside")
on = os.path.join(stick, "balcao")
os.mkdir(stick)
for t in (t1, t2):
    t.record([sale])
    t.carry_out(stick)


def litter(place, end):
    """What sorts before and after the true files, under names like theirs."""
    os.mkfifo(os.path.join(place, "a" + end))
    os.symlink("b" + end, os.path.join(place, "b" + end))
    os.symlink("/etc/passwd", os.path.join(place, "c" + end))
    os.mkdir(os.path.join(place, "d" + end))
    for name, data in (("e", b""), ("f", b"x" * 100), ("zz", os.urandom(17 << 20))):
        with open(os.path.join(place, name + end), "wb") as f:
            f.write(data)


out = os.path.join(on, "T1", "out")
litter(out, ".batch")
[true] = [n for n in os.listdir(out) if n.startswith("b-")]
with open(os.path.join(out, true), "rb") as f:
    data = f.read()
with open(os.path.join(out, true[:-7] + "9.batch"), "wb") as f:
    f.write(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
for name in ("out", "in"):
    os.makedirs(os.path.join(outside, name))
shutil.copy(os.path.join(out, true), os.path.join(outside, "out"))
os.symlink(outside, os.path.join(on, "AA"))
open(os.path.join(on, "A1"), "w").close()
os.mkdir(os.path.join(on, "A2"))
os.makedirs(os.path.join(on, "A3"))
os.mkfifo(os.path.join(on, "A3", "out"))
os.makedirs(os.path.join(on, "A4", "out"))
os.symlink(os.path.join(outside, "in"), os.path.join(on, "A4", "in"))
shutil.copy(os.path.join(out, true), os.path.join(on, "A4", "out"))
run(program("balcao-central"), "import", central.dir, stick, code=65)
check("refused" in run.err, f"the changed batch is not told: {run.err}")
check(len([e for e in central.events() if e["type"] == "sale"]) == 2, "a bad folder kept the others' batches out")
check(os.listdir(os.path.join(outside, "in")) == [], "answers left the stick")

back = os.path.join(on, "T1", "in")
litter(back, ".answer")
[other] = [n for n in os.listdir(os.path.join(on, "T2", "in")) if n.endswith(".answer")]
shutil.copy(os.path.join(on, "T2", "in", other), back)
t1.balcao("carry", "in", stick, code=65)
t2.carry_in(stick)
for t in (t1, t2):
    status = t.status()
    check(status["waiting"] == 0 and status["receipted"] == status["recorded"] and status["epoch"] == 1, f"{t.name}: {status}")
    t.balcao("journal", "verify")
run(program("balcao-central"), "import", central.dir, stick, code=65)
check(len([e for e in central.events() if e["type"] == "sale"]) == 2, "read again, counted again")
central.audit()
print("what is ours is carried past pipes, links, directories, garbage and another's answers")
