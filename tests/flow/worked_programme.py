#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The worked programme, end to end: what examples/README.md says can be scanned
and what it earns, the lines that the command line's description prints, and the
manager's questions afterwards (events, why, report)."""
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import TOP, Central, Terminal, check, program, run

EXAMPLE = os.path.join(TOP, "sync/central/examples/recarga.yaml")
CARD, CPF, PHONE = "card:9076555575248227", "cpf:52998224725", "phone:+5511961234567"


def sale(member, *lines, **more):
    return dict({"type": "sale", "clerk": "c01", "member": member, "lines": [
        {"product": p, "quantity_milli": q, "amount_cents": a} for p, q, a in lines]}, **more)


def topup(member, cents, operator="vivo", **more):
    return dict({"type": "topup", "clerk": "c01", "member": member, "operator": operator,
                 "phone": "+5511961234567", "amount_cents": cents}, **more)


# A line in, and the member's points; or the field that is refused.
COFFEE = ("7891000315507", 1000, 1299)
GOOD = [
    (sale(CARD, COFFEE), 6),
    (topup(CARD, 2000), 20),
    (topup(CPF, 2000), 20),
    (topup(PHONE, 5000, id="0011223344556677"), 65),
    (topup(None, 10000, "claro"), 0),
    (sale("card:2985672409536", ("CHIP-VIVO", 1000, 1000)), 5),
    (sale(None, COFFEE), 0),
    (sale(CARD, ("7896006711117", 2000, 5580), ("UNHEARD-OF", 1000, 101), id="00112233445566aa"), 28),
    ({"type": "return", "clerk": "c02", "of": "00112233445566aa", "lines": [
        {"product": "7896006711117", "quantity_milli": 1000, "amount_cents": 2790}]}, -14),
    ({"type": "void", "clerk": "s01", "of": "00112233445566aa"}, -14),
    ({"type": "void", "clerk": "c01", "of": "0011223344556677"}, 0),
]
BAD = [
    (topup(CARD, 2001), "amount_cents"),
    (topup(CARD, 2000, "oi"), "operator"),
    (dict(topup(CARD, 2000), clerk="c99"), "clerk"),
    (topup("card:4111111111111111", 2000), "member"),
    (sale(CARD, ("7891000315507", 1000, -1)), "lines[0].amount_cents"),
]


def record(terminal):
    lines = [line for line, _ in GOOD + BAD]
    answers = terminal.record(lines)
    check(len(answers) == len(lines), "an answer for each line")
    for (line, points), answer in zip(GOOD, answers):
        check(answer["ok"] and answer["points"] == points, f"{line}\n{answer}, wanted {points}")
    for (line, field), answer in zip(BAD, answers[len(GOOD):]):
        check(not answer["ok"] and answer["field"] == field, f"{line}\n{answer}, wanted {field}")
    return [answer["id"] for answer in answers[:len(GOOD)]]


def why(central, event):
    return json.loads(run(program("balcao-central"), "why", central.dir, "T1", event, "--json"))


def ask_why(central, ids):
    """Every event's points are the sum of its lines; one is looked at whole."""
    for event, (line, points) in zip(ids, GOOD):
        answer = why(central, event)
        check(answer["points"]["member"] == points, f"why {answer}")
        if line["type"] in ("sale", "topup"):
            for earner, total in answer["points"].items():
                check(total == sum(w["points"] for w in answer["why"] if w["earner"] == earner),
                      f"lines of {answer}")
        else:
            check(answer["of"] == line["of"], f"undoes {answer}")
    lines = {w["rule"]: (w["earner"], w["base_cents"], w["points"]) for w in why(central, ids[3])["why"]}
    check(lines == {"recarga": ("member", 5000, 50), "recarga-alta": ("member", 5000, 15),
                    "balcao-recarga": ("clerk", 5000, 10), "balcao-recarga-membro": ("clerk", 5000, 2),
                    "loja-recarga": ("store", 5000, 5)}, f"lines {lines}")
    text = run(program("balcao-central"), "why", central.dir, "T1", ids[3])
    check("15  recarga-alta: of 50,00" in text, text)
    run(program("balcao-central"), "why", central.dir, "T1", "ffffffffffffffff", code=65)


def ask_report(central):
    report = json.loads(run(program("balcao-central"), "report", central.dir, "--json"))
    total = report["total"]
    check((total["sales"], total["sales_cents"]) == (4, 1299 + 1000 + 1299 + 5681), str(total))
    check((total["topups"], total["topups_cents"]) == (4, 2000 + 2000 + 5000 + 10000), str(total))
    check((total["voids"], total["returns"]) == (2, 1), str(total))
    check(total["points"]["member"] == sum(points for _, points in GOOD), str(total))
    check([c["clerk"] for c in report["clerks"]] == ["c01", "c02", "s01"], str(report["clerks"]))
    known = {t["terminal"]: t for t in report["terminals"]}
    check(known["T1"]["heard"] and not known["T1"]["silent"], str(known))
    check(not known["T1"]["late"] and not known["T1"]["wrong_clock"], str(known))
    check(set(known) == {"T1", "T2"}, str(known))
    check(report["flagged"] == [], str(report["flagged"]))
    table = run(program("balcao-central"), "report", central.dir)
    check("loja-01 c02" in table and "\nT2 " in table, table)


def main(folder):
    central = Central(folder, EXAMPLE).serve()
    terminal = Terminal(folder).enrol(central)
    Terminal(folder, "T2").enrol(central)
    ids = record(terminal)
    terminal.sync()
    counted = {e["id"]: e for e in central.events()}
    for event, (line, points) in zip(ids, GOOD):
        check(counted[event]["points"] == counted[event]["points_claimed"] == points, str(counted[event]))
        check(counted[event]["member"] == line.get("member"), str(counted[event]))
    ask_why(central, ids)
    ask_report(central)
    central.stop()
    print(f"{len(GOOD)} lines as printed, {len(BAD)} refused by their field, every point made out")


if __name__ == "__main__":
    made = tempfile.mkdtemp(prefix="worked-", dir=os.environ.get("TMPDIR"))
    try:
        main(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
