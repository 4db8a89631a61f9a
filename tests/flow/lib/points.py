# SPDX-License-Identifier: MIT
"""The tests' own calculation of points, from the manager's file and nothing else.

Exact fractions; the rounding and caps as the file's own comments say them."""
from datetime import datetime
from fractions import Fraction

DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


def cents(text):
    return int(Fraction(text.replace(",", ".")) * 100)


def rounded(value, mode):
    whole = abs(value).numerator // abs(value).denominator
    rest = abs(value) - whole
    if mode == "half_even" and (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2)):
        whole += 1
    if mode == "half_up" and rest >= Fraction(1, 2):
        whole += 1
    return whole if value >= 0 else -whole


def in_hours(span, minute):
    begin, end = [int(h[:2]) * 60 + int(h[3:]) for h in span.split("-")]
    if begin == end:
        return True
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def gtin14(code):
    return code.zfill(14) if code.isdigit() and len(code) in (8, 12, 13, 14) else code


def member_points(programme, event, segment, local, business_day):
    """Points of the member for one sale or top-up (a dict of tape.Tape.expected);
    `local` is the wall time at the counter."""
    categories = {gtin14(p["code"]): p.get("category") for p in programme["products"]}
    total = 0
    for rule in programme["rules"]:
        if rule["earner"] != "member" or rule["about"] != event["type"] or not event["member"]:
            continue
        if rule.get("operator", event["operator"]) != event["operator"] or rule.get("segment", segment) != segment or "store" in rule:
            continue
        if "weekdays" in rule and DAYS[(business_day.weekday() + 1) % 7] not in rule["weekdays"]:
            continue
        if "hours" in rule and not in_hours(rule["hours"], local.hour * 60 + local.minute):
            continue
        day = business_day.isoformat()
        if day < rule.get("from", day) or day > rule.get("to", day):
            continue
        base = event["amount_cents"]
        if "product" in rule or "category" in rule:
            base = sum(l["amount_cents"] for l in event["lines"]
                       if rule.get("product") in (None, l["product"]) and rule.get("category") in (None, categories.get(gtin14(l["product"]))))
            if base == 0:
                continue
        if base < cents(rule.get("least", "0")):
            continue
        if "points" in rule:
            earned = rule["points"]
        else:
            earned = rounded(Fraction(base, 100) * Fraction(rule["points_per_real"]) * Fraction(str(rule.get("multiplier", "1")).replace(",", ".")), rule.get("rounding", "floor"))
        total += min(earned, rule["cap"]) if "cap" in rule else earned
    return total
