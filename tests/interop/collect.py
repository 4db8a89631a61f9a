#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lays out what a central holds as read_balcao.py reads it.

usage: collect.py CENTRAL OUT

Copies from the ledger of the central in CENTRAL each batch file and answer as
they lie there, every letter, the CA certificate, the signing certificates that
were issued, and the sealing keys: of a test central only.
"""

import pathlib
import shutil
import sqlite3
import sys

# batch.state and letter.kind are numbers of ledger.h and cose.h; only names of
# files are made of them here.
BATCHES = """SELECT t.name, e.number, hex(e.mark), b.number, b.batch_row, b.file, b.answer
             FROM batch b JOIN epoch e USING (epoch_row) JOIN terminal t USING (terminal_row)"""


def collect(central, out):
    for folder in ("batches", "receipts", "letters", "keys"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    ledger = sqlite3.connect(f"file:{central / 'ledger.db'}?mode=ro", uri=True)
    count = 0
    for terminal, epoch, mark, number, row, file, answer in ledger.execute(BATCHES):
        name = f"{terminal}-{epoch:010}-{mark}-{number:012}-{row}"
        (out / "batches" / f"{name}.batch").write_bytes(file)
        if answer:
            (out / "receipts" / f"{name}.cose").write_bytes(answer)
        count += 1
    for kind, store, version, file in ledger.execute(
            "SELECT kind, store, version, file FROM letter"):
        (out / "letters" / f"{kind}-{store}-{version}.cose").write_bytes(file)
    ledger.close()
    shutil.copy(central / "keys/ca.crt", out / "keys/ca.crt")
    for path in (central / "issued").glob("signing-*.crt"):
        shutil.copy(path, out / "keys" / f"terminal-{path.stem}.crt")
    for path in (central / "keys").glob("sealing*.key"):
        (out / "keys" / f"seal-{path.stem}.hex").write_text(path.read_bytes().hex())
    return count


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(f"{collect(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))} batches")
