#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A counter day through the whole product: reader, till, journal, outbox, carrier,
intake, ledger. What the ledger tells equals what was put in, once each, with points
equal to this test's own calculation; the audit and the independent reader are
clean. Then the same with the central down for half the day, and by stick only.

    counter_day.py [--sales N]"""
import argparse, csv, json, os, subprocess, sys
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Process, Terminal, check, program, run, temp
import day, independent, points, tape, world
import yaml

SALE = "(SELECT epoch_row || '.' || seq FROM event WHERE type = 1 AND amount > 0 LIMIT 1)"
TAMPER = {
    "an altered row": f"UPDATE event SET amount = amount + 1 WHERE epoch_row || '.' || seq = {SALE}",
    "a removed row": f"DELETE FROM event WHERE epoch_row || '.' || seq = {SALE}",
    "an altered receipt": "UPDATE batch SET answer = zeroblob(length(answer)) WHERE batch_row = (SELECT max(batch_row) FROM batch WHERE receipt IS NOT NULL)",
}
ZONE = timezone(timedelta(hours=-3))  # the terminal's default, without summer time


def play(terminal, steps, folder):
    """One sitting of the clerk; returns what headless said. Rules count hours, so
    each event notes when its tape began and ended: it was made in between."""
    began = datetime.now(ZONE)
    path = os.path.join(folder, "tape.jsonl")
    steps.write(path)
    out = run(program("balcao"), "--state", terminal.state, "run", "--headless", "--reader", "tape:" + path, timeout=240)
    said = [json.loads(l) for l in out.splitlines()]
    refused = [s for s in said if "refused" in s]
    check(not refused, f"the till refused: {refused[:3]}")
    for e in steps.expected:
        e["between"] = (began, datetime.now(ZONE))
    return [s["recorded"] for s in said if "recorded" in s]


def same(recorded, expected):
    """What the till said it recorded, against what the tape asked for."""
    check(len(recorded) == len(expected), f"{len(recorded)} events recorded, {len(expected)} wanted")
    for got, want in zip(recorded, expected):
        for key in ("type", "clerk", "amount_cents"):
            check(got[key] == want[key], f"recorded {got}, wanted {want}")


def own_points(want, segments, programme):
    """This test's own calculation; two answers where an hour turned meanwhile."""
    segment = segments.get(want["member"] or "")
    return {points.member_points(programme, want, segment, local, (local - timedelta(hours=3)).date()) for local in want["between"]}


def judge(central, terminal, recorded, expected, programme, segments):
    """The ledger against the tape, event by event."""
    known = {r["id"]: (r, w) for r, w in zip(recorded, expected)}
    ledger = [e for e in central.events() if e["terminal"] == terminal.name and e["type"] in ("sale", "topup", "void", "shift_open", "shift_close")]
    check(len(ledger) == len({e["id"] for e in ledger}), "an event is in the ledger twice")
    check({e["id"] for e in ledger} == set(known), f"the ledger has {len(ledger)} events, {len(known)} were recorded")
    compared = 0
    for e in ledger:
        got, want = known[e["id"]]
        for key in ("type", "clerk", "amount_cents"):
            check(e[key] == want[key], f"ledger {e}, wanted {want}")
        check(e["member"] == want["member"], f"ledger {e}, wanted {want}")
        check(e["refused"] is None, f"refused: {e}")
        check(e["points"] == e["points_claimed"], f"central and counter differ: {e}")
        check(e["points"] == got["points"][0], f"the till showed {got['points']}, the ledger has {e['points']}")
        if want["type"] in ("sale", "topup"):
            own = own_points(want, segments, programme)
            check(e["points"] in own, f"{want}: {e['points']} points, this test's own calculation gives {own}")
            compared += 1
    check(compared * 2 > len(ledger), "too few points compared")
    return len(ledger), compared


def tampered(central, folder):
    """One altered row, one removed, one altered receipt: each is found."""
    import shutil, sqlite3
    for name, sql in TAMPER.items():
        copy = os.path.join(folder, "tampered")
        shutil.copytree(central.dir, copy, ignore=lambda d, n: [x for x in n if x.endswith(".sock")])
        db = sqlite3.connect(os.path.join(copy, "ledger.db"))
        changed = db.execute(sql).rowcount
        db.commit()
        db.close()
        check(changed == 1, f"{name}: {changed} rows changed")
        run(program("balcao-central"), "audit", copy, code=65)
        print(f"audit finds {name}: {run.err.strip().splitlines()[-1]}")
        shutil.rmtree(copy)


def segments_of(folder):
    out = {}
    for row in csv.DictReader(open(os.path.join(folder, "members.csv"), encoding="utf-8")):
        for key in (f"card:{row['card']}", f"cpf:{row['cpf']}", f"phone:{row['phone']}"):
            out[key] = row["segment"]
    return out


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--sales", type=int, default=240)
    o = a.parse_args()
    folder = temp()
    path = world.programme(folder)
    programme = yaml.safe_load(open(path, encoding="utf-8"))
    segments = segments_of(folder)
    lines = day.load()[: o.sales]
    central = Central(folder, path).serve()

    # On line: the carrier runs beside the till.
    t = Terminal(folder, "dia").enrol(central)
    carrier = Process([program("balcao-sync"), "--state", t.state, "run"])
    steps = tape.of_day(lines, programme)
    recorded = play(t, steps, folder)
    same(recorded, steps.expected)
    carrier.stop()
    t.sync()
    n, m = judge(central, t, recorded, steps.expected, programme, segments)
    print(f"on line: {n} events, {m} of them with points compared")

    # The central is down for half of the day.
    t = Terminal(folder, "meio").enrol(central)
    carrier = Process([program("balcao-sync"), "--state", t.state, "run"])
    halves = [tape.of_day(lines[: len(lines) // 2], programme), tape.of_day(lines[len(lines) // 2:], programme)]
    central.stop()
    recorded = play(t, halves[0], folder)
    check(t.status()["waiting"] >= len(recorded), "nothing waits though the central is down")
    central.serve()
    recorded += play(t, halves[1], folder)
    carrier.stop()
    t.sync()
    check(t.status()["waiting"] == 0, "something still waits")
    expected = halves[0].expected + halves[1].expected
    same(recorded, expected)
    n, m = judge(central, t, recorded, expected, programme, segments)
    print(f"half the day without the central: {n} events, {m} compared")

    # By stick only.
    t = Terminal(folder, "pendrive").enrol(central)
    stick = os.path.join(folder, "stick")
    os.mkdir(stick)
    steps = tape.of_day(lines, programme)
    recorded = play(t, steps, folder)
    t.carry_out(stick)
    run(program("balcao-central"), "import", central.dir, stick)
    t.carry_in(stick)
    check(t.status()["waiting"] == 0, "something still waits after the stick came back")
    n, m = judge(central, t, recorded, steps.expected, programme, segments)
    print(f"by stick: {n} events, {m} compared")
    print(central.audit().strip().splitlines()[-1])
    independent.read(central, folder)
    central.stop()
    tampered(central, folder)


main()
