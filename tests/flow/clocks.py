#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A terminal whose clock stands in 2019 or in 2039 still sells and still syncs;
the record says what the clock was worth, and status says what to do."""
import glob, json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Terminal, check, program, run, skip, temp
import world

WHEN = {2019: ("unsure", "timedatectl"), 2039: ("sure", "expired")}


def at(year, lib):
    return dict(os.environ, LD_PRELOAD=lib, FAKETIME=f"@{year}-03-01 10:00:00", FAKETIME_DONT_FAKE_MONOTONIC="1")


def main():
    lib = (glob.glob("/usr/lib/*/faketime/libfaketime.so.1") or [None])[0]
    if lib is None:
        skip("libfaketime is not installed")
    if os.environ.get("VARIANT") == "asan":
        skip("the sanitizer's runtime and libfaketime both want to be first")
    folder = temp()
    central = Central(folder, world.programme(folder)).serve()
    terminal = Terminal(folder).enrol(central)
    for n, (year, (clock, word)) in enumerate(WHEN.items(), 1):
        sale = {"type": "sale", "id": f"{n:016x}", "clerk": "c01", "member": world.MEMBER,
                "lines": [{"product": world.PRODUCT, "quantity_milli": 1000, "amount_cents": 1000}]}
        env = at(year, lib)
        balcao = lambda *a, **kw: run(program("balcao"), "--state", terminal.state, *a, env=env, **kw)
        check(json.loads(balcao("record", input=json.dumps(sale) + "\n"))["ok"], f"{year}: not recorded")
        check(json.loads(balcao("status", "--json"))["clock"] == clock, f"{year}: the clock is not {clock}")
        check(word in balcao("status"), f"{year}: status does not say {word!r}")
        balcao("sync", "--once")
        check(terminal.status()["waiting"] == 0, f"{year}: something still waits")
    sales = [e for e in central.events() if e["type"] == "sale"]
    check([e["id"] for e in sales] == [f"{n:016x}" for n in (1, 2)], f"the ledger has {sales}")
    check("wrong clock" in run(program("balcao-central"), "report", central.dir), "the report does not speak of the clock")
    print(f"2019 and 2039: sold, sent, told; {central.audit().strip().splitlines()[-1]}")
    central.stop()


main()
