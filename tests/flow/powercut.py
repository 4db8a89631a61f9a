#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Power cuts: in every state that a disk can be left in, what was acknowledged
before the cut is there, and the journal proves.

    powercut.py [--states N] [--seed S]

A terminal lives on an ext4 disk whose writes and flushes are logged. While
`balcao record` and `balcao sync` work, each acknowledgement notes how far the log
was (its mark). Then the disk is rebuilt as a cut at a random moment would leave
it; every sale whose mark lies before the cut must be there. The same with a disk
that only pretends to flush must be caught."""
import argparse, json, os, random, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Terminal, check, program, run, skip, temp
from blocklog import BlockLog, LoggedDisk, MountedState, possible
import shutil, world

SALES = 60


def sale(number):
    return {"type": "sale", "id": f"{number:016x}", "clerk": "c01", "member": world.MEMBER,
            "lines": [{"product": world.PRODUCT, "quantity_milli": 1000, "amount_cents": 100 + number}]}


def record(disk, terminal, numbers, env):
    """One line at a time; returns (number, mark) pairs."""
    acks = []
    p = subprocess.Popen([program("balcao"), "--state", terminal.state, "record"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    for n in numbers:
        p.stdin.write((json.dumps(sale(n)) + "\n").encode())
        p.stdin.flush()
        answer = json.loads(p.stdout.readline())
        check(answer["ok"], f"refused: {answer}")
        acks.append((n, disk.entries()))
    p.stdin.close()
    check(p.wait() == 0, "record did not end well")
    return acks


def work(folder, preload=None):
    """Returns the log of a working day and its acknowledgements."""
    os.mkdir(folder)
    disk = LoggedDisk(folder)
    central = Central(folder, world.programme(folder)).serve()
    terminal = Terminal(disk.mount).enrol(central)
    begin = disk.entries()
    # A sanitizer would insist on being the first library.
    first = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    env = dict(os.environ, LD_PRELOAD=preload, ASAN_OPTIONS=first) if preload else None
    acks = record(disk, terminal, range(1, SALES // 2), env)
    terminal.sync()
    acks += record(disk, terminal, range(SALES // 2, SALES), env)
    terminal.carry_out(folder)
    central.stop()
    disk.close()
    return BlockLog(disk.log), acks, begin


def judge(root, must):
    """What is wrong with this state, or None."""
    state = os.path.join(root, "T1")
    run(program("balcao"), "--state", state, "journal", "verify", code=None)
    if run.code:
        return f"journal verify says {run.code}: {run.err.strip()}"
    out = run(program("balcao"), "--state", state, "journal", "list", "--json", code=None)
    if run.code:
        return f"journal list says {run.code}: {run.err.strip()}"
    ids = [json.loads(l)["id"] for l in out.splitlines()]
    if len(set(ids)) != len(ids):
        return "an event is there twice"
    lost = [n for n in must if f"{n:016x}" not in ids]
    return f"{len(lost)} acknowledged sales are gone, the first {lost[0]}" if lost else None


def states(folder, log, acks, begin, count, chance):
    faults = []
    image, mount = os.path.join(folder, "state.img"), os.path.join(folder, "mounted")
    os.mkdir(mount)
    for i in range(count):
        point = chance.randint(begin, len(log.entry))
        log.image(image, point, chance.getrandbits(32))
        with MountedState(image, mount) as root:
            fault = judge(root, [n for n, mark in acks if mark <= point])
        if fault:
            faults.append(f"cut at {point} of {len(log.entry)}: {fault}")
    return faults


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--states", type=int, default=40)
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    why = possible()
    if why:
        skip(why)
    folder, chance = temp(), random.Random(o.seed)
    day = os.path.join(folder, "d")
    faults = states(day, *work(day), o.states, chance)
    check(not faults, "\n".join(faults))
    print(f"{o.states} power-cut states: every acknowledged sale there, every journal proves")
    lie = os.path.join(folder, "nosync.so")
    run("cc", "-shared", "-fPIC", "-o", lie, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "nosync.c"))
    lying = os.path.join(folder, "l")
    faults = states(lying, *work(lying, lie), o.states, chance)
    check(faults, "a disk that does not flush was not caught")
    print(f"without flushes {len(faults)} of {o.states} states lose something, as they must; the first: {faults[0]}")


main()
