# SPDX-License-Identifier: MIT
"""Turns a day of sales into a tape of keys and scans for `balcao run --headless`,
and says what must be recorded for it.

Each product line is scanned once, with its whole amount typed as the price where
the programme has none (keys as the clerk's screen asks for them)."""
import json

import day

OPEN = [{"text": "123456"}, {"key": "Enter"}]
CLOSE = [{"key": "F10"}, {"key": "Enter"}]
OTHER_PHONE = "11961234567"


def scan(data, source="scanner", aim=""):
    return {"scan": {"source": source, "aim": aim, "data": data}}


def typed(text):
    return [{"text": text}, {"key": "Enter"}]


def member_steps(line):
    """How the slice says that the member was named."""
    if not line.get("member"):
        return []
    kind, value = line["member"].split(":")
    if kind == "cpf":
        return typed(value)
    if kind == "phone":
        return typed(value[3:])
    if line["_how"] == "msr":
        return [scan(f";{value}=99120000?", "stripe")]
    if line["_how"] == "qr":
        return [scan("BLC1:" + value, aim="]Q1")]
    return [scan(value, aim="]E0")]


def ambiguous(line):
    """Eleven digits that the till would ask about: left to a test of their own."""
    kind, _, value = (line.get("member") or "").partition(":")
    digits = value[3:] if kind == "phone" else value
    if kind not in ("cpf", "phone"):
        return False
    cpf_like = day.cpf_of(digits[:9]) == digits and len(set(digits)) > 1
    phone_like = digits[2] == "9" and digits[:2] in DDD
    return cpf_like and phone_like


DDD = set("11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 61 62 63 64 65 66 67 68 69 "
          "71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99".split())


def sale_steps(line, prices):
    """One basket; the lines are merged by product, as a till would."""
    steps, amount = member_steps(line), 0
    for item in line["lines"]:
        steps.append(scan(item["product"], aim="]E0"))
        price = prices.get(item["product"])
        if price is None:
            steps += typed(str(item["amount_cents"]))
            price = item["amount_cents"]
        amount += price
    return steps + [{"key": "F5"}, {"key": "Enter"}, {"key": "Enter"}], amount


def topup_steps(line, operators):
    """Operator and value by their numbers in the lists, then the phone."""
    names = [o["id"] for o in operators]
    operator = names.index(line["operator"])
    values = [round(float(v["amount"].replace(",", ".")) * 100) for v in operators[operator]["values"]]
    if line["amount_cents"] not in values or values.index(line["amount_cents"]) > 8:
        return None
    choice = f"{operator + 1}{values.index(line['amount_cents']) + 1}"
    own = (line.get("member") or "").startswith("phone:")
    steps = member_steps(line) + [{"key": "F2"}, {"text": choice}]
    if not line.get("member") or not own:
        steps += [{"text": OTHER_PHONE}, {"text": OTHER_PHONE[-4:]}]
    return steps + [{"key": "Enter"}, {"key": "Enter"}]


class Tape:
    """Collects steps and the events they must lead to."""

    def __init__(self):
        self.steps, self.expected = [], []

    def expect(self, type_, clerk, amount, member=None, operator=None, lines=()):
        self.expected.append({"type": type_, "clerk": clerk, "amount_cents": amount or None, "member": member, "operator": operator, "lines": list(lines)})

    def write(self, path):
        with open(path, "w", encoding="utf-8") as f:
            for i, step in enumerate(self.steps):
                f.write(json.dumps(dict(at_ms=i, **step)) + "\n")


def of_day(lines, programme):
    """The slice's sales and top-ups, and its voids, on one tape from the opening
    of the till to its close."""
    prices = {p["code"]: round(float(p["price"].replace(",", ".")) * 100) for p in programme["products"] if "price" in p}
    t = Tape()
    t.steps += OPEN
    t.expect("shift_open", "c01", 0)
    for line in lines:
        if ambiguous(line):
            continue
        if line["type"] == "sale" and all(len(i["product"]) == 13 for i in line["lines"]) and len({i["product"] for i in line["lines"]}) == len(line["lines"]):
            steps, amount = sale_steps(line, prices)
            t.steps += steps
            t.expect("sale", "c01", amount, line["member"], lines=[dict(i, amount_cents=prices.get(i["product"], i["amount_cents"])) for i in line["lines"]])
        elif line["type"] == "topup":
            steps = topup_steps(line, programme["operators"])
            if steps is None:
                continue
            t.steps += steps
            t.expect("topup", "c01", line["amount_cents"], line["member"], line["operator"])
        elif line["type"] == "void" and t.expected[-1]["type"] == "sale":
            t.steps += [{"key": "F3"}, {"text": "1"}, {"key": "Enter"}, {"key": "Enter"}, {"key": "Enter"}]
            t.expect("void", "c01", -t.expected[-1]["amount_cents"])
    t.steps += CLOSE
    t.expect("shift_close", "c01", 0)
    return t
