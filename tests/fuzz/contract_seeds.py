#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fills OUT/NAME with first inputs for the fuzz targets of the contract.

    tests/fuzz/contract_seeds.py OUT

Messages of every kind with made-up keys and signatures: the targets check form,
not signatures."""
import hashlib
import os
import sys

import cbor2

CBOR = lambda value: cbor2.dumps(value, canonical=True)
BYTES = lambda count, fill=7: bytes([fill]) * count
TYPES = "batch receipt gap held programme directory trust standings alerts".split()


def signed(typ, payload):
    header = CBOR({1: -7, 4: BYTES(16), 16: "application/vnd.balcao." + typ})
    return cbor2.CBORTag(18, [header, {}, payload, BYTES(64)])


def event(**more):
    fields = {0: 1, 1: "t-041", 2: 1, 3: BYTES(8), 5: 1, 6: -180, 7: "America/Sao_Paulo",
              8: BYTES(16), 9: 1773500000000, 10: 1773400000000, 11: 1773400000001,
              12: 20260314, 13: "c01", 14: 1, 15: BYTES(8), 16: 3600000}
    fields.update({int(key[1:]): value for key, value in more.items()})
    return CBOR(dict(sorted(fields.items())))


PERSONS = [CBOR([1, "9076543210987654", ""]), CBOR([2, "52998224725", "+5511961234567"]),
           CBOR([3, "+5511961234567", ""]), CBOR([0, "", "+5511961234567"])]
BLOB = CBOR([BYTES(16), 3, PERSONS[1] + BYTES(16)])
EVENTS = [
    event(k17=1, k22=[[7891000315507, 1299], ["banana", 457, 1235]], k23=[17]),
    event(k14=2, k17=2, k20="vivo", k21=2000, k18=1, k23=[0, 40], k27=BLOB),
    event(k14=3, k17=3, k21=-1756, k25=[BYTES(8, 9)], k28=BYTES(32)),
    event(k14=4, k17=4, k22=[["banana", 457]], k25=[BYTES(8, 9), "t-9"], k23=[-4]),
    event(k14=5, k17=15, k2=2, k26=[1, BYTES(8), 4711, BYTES(32), 0, 0]),
    event(k14=6, k17=11, k24="visa", k4=True),
]
RECIPIENT = CBOR(cbor2.CBORTag(96, [
    CBOR({1: 3}), {5: BYTES(12)}, BYTES(48),
    [[CBOR({1: -25, -22: BYTES(16)}),
      {4: BYTES(16), -1: {1: 2, -1: 1, -2: BYTES(32), -3: BYTES(32)}}, b""]]]))
ROWS = CBOR([[RECIPIENT], EVENTS])
SIX = [CBOR(cbor2.loads(e)) for e in EVENTS[:1] * 6]


def columns(events):
    """One shape; the number columns hold first values and steps."""
    maps = [cbor2.loads(e) for e in events]
    keys = sorted(maps[0])
    steps = []
    for key in (9, 14, 16):
        values = [0] + [m[key] for m in maps]
        steps.append(b"".join(CBOR(b - a) for a, b in zip(values, values[1:])))
    own = [b"".join(CBOR(m[k]) for m in maps) for k in keys if k not in (9, 14, 16)]
    return CBOR([[RECIPIENT], [sum(1 << k for k in keys)], bytes(len(maps)), steps, [own]])


ANSWER = {0: 1, 1: "t-041", 2: 1, 3: BYTES(8), 4: 2, 5: BYTES(32), 6: 1773500000000}
HEADER = {0: 1, 1: "t-041", 2: 1, 3: BYTES(8), 4: 2, 5: 1, 6: 6, 7: BYTES(32), 8: BYTES(32),
          9: BYTES(32), 10: hashlib.sha256(b"body").digest(), 11: 1773500000000, 12: 5,
          13: BYTES(16), 14: 1, 15: "0.1.0"}
POINT = b"\x04" + BYTES(64)
TRUST = CBOR([POINT, [[1, False, 1, BYTES(16), POINT], [2, True, 2, BYTES(16), POINT]]])
ENTRY = (CBOR(["Ana", 2, "ouro", 120, 20260314]) + bytes(64))[:64]
DIRECTORY = CBOR({1: BYTES(16), 2: {1: 19456, 2: 2, 3: 1}, 3: 2,
                  4: b"".join(BYTES(16, i) + BYTES(12) + ENTRY + BYTES(16) for i in (1, 2))})
ANSWERS = [
    CBOR(signed("receipt", CBOR({**ANSWER, 7: 1, 8: 6, 9: BYTES(32), 10: 2, 11: BYTES(32),
                                 12: [[0, 5], [3, 6]], 13: [1, 44]}))),
    CBOR(signed("gap", CBOR({**ANSWER, 14: 7}))),
    CBOR(signed("held", CBOR({**ANSWER, 15: 1}))),
]
LETTERS = [CBOR(signed(typ, CBOR({1: 9, 2: 5, 3: 6, 4: store, 5: body})))
           for typ, store, body in (("programme", "loja-7", b"\x80"), ("trust", "", TRUST),
                                    ("directory", "loja-7", DIRECTORY))]

SEEDS = {
    "cbor": [ROWS, TRUST, RECIPIENT, CBOR([True, False, None, -1, 2**63, "é", {"a": [1]}])],
    "event": EVENTS,
    "person": PERSONS + [b"card:9076543210987654", b"cpf:52998224725", b"phone:+5511961234567"],
    "cose": [CBOR(signed(typ, b"payload")) for typ in TYPES],
    "batch": [CBOR([signed("batch", CBOR(HEADER)), b"body"])],
    "body": [ROWS, columns(SIX)],
    "answer": ANSWERS,
    "letter": LETTERS,
    "trust": [TRUST],
    "directory": [DIRECTORY],
    "session": [RECIPIENT, BLOB],
}

for target, seeds in SEEDS.items():
    folder = os.path.join(sys.argv[1], target)
    os.makedirs(folder, exist_ok=True)
    for seed in seeds:
        with open(os.path.join(folder, hashlib.sha1(seed).hexdigest()), "wb") as file:
            file.write(seed)
