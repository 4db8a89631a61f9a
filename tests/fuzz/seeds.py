#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fills build/corpus/NAME with first inputs for the fuzz targets that read what
the test vectors hold.

    tests/fuzz/seeds.py OUT"""
import hashlib, os, re, sys

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors")
wanted = {
    "gs1": lambda kind, v: {"gs1_scan": [v[3:]], "gs1_dl": [v]}.get(kind, []),
    "fiscal": lambda kind, v: [v] if kind in ("access_key", "nfce_qr", "sat_qr") else [],
    "emv": lambda kind, v: [v] if kind in ("emv_qr", "bill", "card") else [],
    "track": lambda kind, v: [v] if kind == "msr" else [],
    # The first byte is the source, as fuzz_classify.c reads it.
    "classify": lambda kind, v: [{b"scan": b"\0", b"msr": b"\1", b"key": b"\3"}[v.split(b"|")[0]] + v.split(b"|", 1)[1]] if kind == "classify" else [b"\0" + v, b"\3" + v],
}


def unescape(text):
    return re.sub(rb"\\x([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), text)


for name in sorted(os.listdir(top)):
    with open(os.path.join(top, name), "rb") as file:
        rows = [line.rstrip(b"\n").split(b"\t") for line in file][1:]
    for row in rows:
        for target, pick in wanted.items():
            for seed in pick(row[0].decode(), unescape(row[1])) if len(row) > 2 else []:
                folder = os.path.join(sys.argv[1], target)
                os.makedirs(folder, exist_ok=True)
                with open(os.path.join(folder, hashlib.sha1(seed).hexdigest()), "wb") as out:
                    out.write(seed)


def save(target, seed):
    folder = os.path.join(sys.argv[1], target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, hashlib.sha1(seed).hexdigest()), "wb") as out:
        out.write(seed)


# Device recordings: a report descriptor with the reports of the same file, as
# fuzz_hid.c reads them.
devices = os.path.join(top, "..", "devices")
for name in sorted(os.listdir(devices)):
    descriptor, reports = b"", []
    with open(os.path.join(devices, name), encoding="utf-8") as file:
        for block in file.read().split("\nblock: ")[1:]:
            body = re.split(r"\n(?:hex|reports):\n", block)
            data = re.sub(r"\s", "", body[1].split("\nend")[0]) if len(body) == 2 else ""
            if block.startswith("report-descriptor"):
                descriptor = bytes.fromhex(data)
            elif block.startswith("input-reports"):
                reports.append((len(body[1].splitlines()[0].split()) % 256, bytes.fromhex(data)))
    for length, report in reports if 0 < len(descriptor) < 256 else []:
        save("hid", bytes([len(descriptor), length]) + descriptor + report)
