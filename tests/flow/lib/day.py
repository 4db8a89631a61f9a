# SPDX-License-Identifier: MIT
"""A counter day for tests and the demo, from tests/data/store_day.csv (a slice of
the synthetic store days: one busy day of two stores, seven terminals).

What is added here, always the same way: each member of the slice has one CPF and
one mobile made from the digits of its card (check digits computed, so they are
well formed and belong to nobody); a sale that the slice marks `cpf` or `phone` is
made with them, `msr` and `qr` with a stripe number likewise; every 40th sale is
voided by the same clerk a moment later; the slice's clerks become the
programme's c01, c02 ... in order."""
import csv, os

HERE = os.path.dirname(os.path.abspath(__file__))
CLERKS = ["c01", "c02"]
STRIPE_PREFIX = "90765555"


def cpf_of(digits):
    body = [int(c) for c in digits[-9:]]
    if len(set(body)) == 1:
        body[0] = (body[0] + 1) % 10
    for weight in (10, 11):
        total = sum(d * (weight - i) for i, d in enumerate(body))
        body.append(0 if total % 11 < 2 else 11 - total % 11)
    return "".join(map(str, body))


def phone_of(digits):
    return "+55119" + digits[-8:]


def luhn(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return str(-total % 10)


def stripe_of(digits):
    body = STRIPE_PREFIX + digits[-8:-1]
    return body + luhn(body)


def member_of(row):
    how, card = row["member_how"], row["member_id"]
    if not card:
        return None
    return {"cpf": "cpf:" + cpf_of(card), "phone": "phone:" + phone_of(card)}.get(how, "card:" + (stripe_of(card) if how in ("msr", "qr") else card))


def load(path=os.path.join(HERE, "..", "..", "data", "store_day.csv")):
    """The day in order of time: dicts ready for `balcao record`, each with an
    `id` of its own, plus `_terminal`, `_how` and `_ref`."""
    sales = {}
    for row in csv.DictReader(open(path, newline="")):
        sales.setdefault(row["sale_id"], []).append(row)
    day, clerks, number = [], {}, {}
    for sale_id, rows in sorted(sales.items(), key=lambda kv: (kv[1][0]["ts_local"], kv[0])):
        first = rows[0]
        clerk = clerks.setdefault(first["clerk_id"], CLERKS[len(clerks) % len(CLERKS)])
        number[sale_id] = len(number) + 1
        line = {"id": f"{number[sale_id]:016x}", "clerk": clerk, "_terminal": first["terminal_id"], "_how": first["member_how"], "_sale": sale_id}
        lines = [{"product": r["product_id"], "quantity_milli": abs(int(r["quantity_milli"])), "amount_cents": abs(int(r["amount_cents"]))} for r in rows if int(r["amount_cents"])]
        if first["kind"] == "sale" and lines:
            line.update(type="sale", member=member_of(first), lines=lines)
        elif first["kind"] == "topup":
            line.update(type="topup", member=member_of(first), operator=first["operator"], phone=phone_of(first["member_id"] or f"{number[sale_id]:08d}"), amount_cents=int(first["amount_cents"]))
        elif first["kind"] == "return" and lines:
            line.update(type="return", of=f"{number[first['ref_sale_id']]:016x}", lines=lines)
        else:
            continue
        day.append(line)
    return with_voids(day)


def with_voids(day):
    """Every 40th sale that no return touches is voided right after."""
    returned = {l["of"] for l in day if l["type"] == "return"}
    out, seen = [], 0
    for line in day:
        out.append(line)
        if line["type"] != "sale" or line["id"] in returned:
            continue
        seen += 1
        if seen % 40 == 0:
            out.append({"id": f"{(1 << 60) + seen:016x}", "type": "void", "clerk": line["clerk"], "of": line["id"], "_terminal": line["_terminal"], "_how": "none", "_sale": line["_sale"]})
    return out


def clean(line):
    """Without the notes: what goes to `balcao record`."""
    return {k: v for k, v in line.items() if not k.startswith("_")}
