# SPDX-License-Identifier: MIT
"""The independent reader over what a real run left at its central."""
import json, os, subprocess, sys

from balcao import TOP, check

READER = os.path.join(TOP, "tests", "interop", "read_balcao.py")
COLLECT = os.path.join(TOP, "tests", "interop", "collect.py")
SAME = ("id", "type", "clerk", "amount_cents", "member")


def tool(*args):
    p = subprocess.run(["/usr/bin/python3", *map(str, args)], capture_output=True, text=True, timeout=240)
    check(p.returncode == 0, f"{os.path.basename(args[0])}: {p.stdout[-2000:]}{p.stderr}")
    return p.stdout


def read(central, folder):
    """Encoding, signatures, chain, persons, receipts and letters, without any of
    our C; then its events against those that the central tells."""
    out = os.path.join(folder, "independent")
    tool(COLLECT, central.dir, out)
    lines = tool(READER, "--events", out).splitlines()
    opened = [json.loads(l) for l in lines if l.startswith("{")]
    told = {(e["terminal"], e["epoch"], e["seq"]): e for e in central.events()}
    check(len(told) == len(opened), f"the central tells {len(told)} events, the reader found {len(opened)}")
    for e in opened:
        same = told[(e["terminal"], e["epoch"], e["seq"])]
        for key in SAME:
            check((e[key] or None) == (same[key] or None), f"the reader found {e}, the central tells {same}")
    print(f"independent reader: {len(opened)} events, the same as the central tells")
    for l in lines:
        if not l.startswith("{"):
            print(l)
