#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A full disk refuses a sale before "registrada"; what was recorded stays and
proves; with room again selling goes on and everything arrives once."""
import atexit, os, shutil, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Terminal, check, run, skip, temp
import world

SMALL, ROOM, SALES = "size=8m", "size=64m", 4200


def sale(number):
    return {"type": "sale", "id": f"{number:016x}", "clerk": "c01", "member": world.MEMBER,
            "lines": [{"product": world.PRODUCT, "quantity_milli": 1000, "amount_cents": 100}] * 30}


def main():
    if os.geteuid() != 0:
        skip("needs root to mount a small tmpfs")
    folder = temp()
    central = Central(folder, world.programme(folder)).serve()
    disk = os.path.join(folder, "small")
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", SMALL, "balcao-test", disk]).returncode:
        skip("a tmpfs cannot be mounted here")
    atexit.register(lambda: subprocess.run(["umount", "-l", disk]))
    terminal = Terminal(disk).enrol(central)

    answers = terminal.record([sale(n) for n in range(1, SALES)])
    check(run.code == 0, "record did not answer every line")
    kept = {a["id"] for a in answers if a["ok"]}
    refused = [a for a in answers if not a["ok"]]
    check(kept and refused, f"{len(kept)} recorded, {len(refused)} refused: the disk did not fill in between")
    check(all("full" in a["error"] for a in refused), f"another refusal: {refused[0]}")
    listed = terminal.balcao("journal", "list", "--json").count('"sale"')
    check(listed == len(kept), f"{listed} sales in the journal, {len(kept)} were acknowledged")
    terminal.balcao("journal", "verify")
    words = terminal.balcao("status")
    check("disk" in words, "status does not speak of the disk:\n" + words)
    print(f"{len(kept)} recorded, {len(refused)} refused, the journal proves")

    subprocess.run(["mount", "-o", "remount," + ROOM, disk], check=True)
    again = terminal.record([sale(n) for n in range(1, SALES)])
    check(all(a["ok"] for a in again), "with room again a sale is still refused")
    check({a["id"] for a in again if a["again"]} == kept, "what was acknowledged is not what is there")
    terminal.sync()
    ledger = [e["id"] for e in central.events() if e["type"] == "sale"]
    check(len(ledger) == len(set(ledger)) == SALES - 1, f"{len(ledger)} sales in the ledger")
    print(f"with room again: {len(ledger)} sales in the ledger, each once; {central.audit().strip().splitlines()[-1]}")
    central.stop()


main()
