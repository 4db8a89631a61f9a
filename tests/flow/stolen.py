#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A stolen terminal tells nothing about members: after a day with known members,
no card number, CPF, phone or first name is in any file of its state directory, not
even inside what is compressed; the keys lie where only their owner reads."""
import csv, os, stat, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import cbor2
from balcao import Central, Terminal, check, program, temp
import world

MODES = {"keys/till": 0o700, "keys/till/signing.key": 0o600, "keys/carrier": 0o700, "journal.db": 0o600}


def members(folder):
    return list(csv.DictReader(open(os.path.join(folder, "members.csv"), encoding="utf-8")))


def events(rows):
    """Each member by every name it has, and a top-up of another's phone."""
    n = 0
    for row in rows:
        for member in (f"card:{row['card']}", row["cpf"] and f"cpf:{row['cpf']}", row["phone"] and f"phone:{row['phone']}"):
            if not member:
                continue
            n += 1
            yield {"type": "sale", "id": f"{n:016x}", "clerk": "c01", "member": member, "lines": [{"product": world.PRODUCT, "quantity_milli": 1000, "amount_cents": 1299}]}
        if row["phone"]:
            n += 1
            yield {"type": "topup", "id": f"{n:016x}", "clerk": "c01", "member": f"card:{row['card']}", "operator": "vivo", "phone": row["phone"], "amount_cents": 2000}


def secrets(rows, folder):
    """Names that the manager's programme shows anyway (its clerks') are no secret."""
    out, public = set(), open(os.path.join(folder, "recarga.yaml"), encoding="utf-8").read()
    for row in rows:
        out |= {row["card"], row["cpf"], row["phone"], row["phone"].lstrip("+"), row["phone"][3:]}
        if len(row["first_name"]) > 4 and row["first_name"] not in public:  # shorter ones are found in any noise
            out.add(row["first_name"])
    return {s.encode() for s in out if s}


def opened(path, data):
    """The bytes of a file, and of what it holds compressed."""
    yield path, data
    if path.endswith(".batch"):
        body = cbor2.loads(data)[1]
        p = subprocess.run(["zstd", "-dc"], input=body, capture_output=True)
        check(p.returncode == 0, f"{path}: its body does not decompress")
        yield path + " (body)", p.stdout


def search(folder, wanted):
    looked = 0
    for base, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(base, name)
            if not stat.S_ISREG(os.stat(path).st_mode):
                continue
            for where, data in opened(path, open(path, "rb").read()):
                looked += 1
                for s in wanted:
                    check(s not in data, f"{where} holds {s.decode()}")
    return looked


def main():
    folder = temp()
    central = Central(folder, world.programme(folder)).serve()
    terminal = Terminal(folder).enrol(central)
    rows = members(folder)
    wanted = secrets(rows, folder)
    answers = terminal.record(events(rows))
    check(all(a["ok"] for a in answers), "a sale was refused")
    stick = os.path.join(folder, "stick")
    os.mkdir(stick)
    terminal.carry_out(stick)
    # The search finds what is there: the manager's own file holds it all.
    held = open(os.path.join(folder, "members.csv"), "rb").read()
    check(all(s in held for s in wanted if not s.isdigit() or len(s) > 11), "the search does not find what is there")
    n = search(terminal.state, wanted) + search(stick, wanted)
    for name, mode in MODES.items():
        got = stat.S_IMODE(os.stat(os.path.join(terminal.state, name)).st_mode)
        check(got == mode, f"{name} has mode {got:o}, wanted {mode:o}")
    terminal.sync()
    told = [e["member"] for e in central.events() if e["member"]]
    check(len(told) == len(answers), "the central could not open every member")
    central.stop()
    print(f"{len(answers)} sales and top-ups of {len(rows)} members: {len(wanted)} secrets in none of {n} files and bodies; the central opened all")


main()
