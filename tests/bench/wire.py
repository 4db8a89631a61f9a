#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bytes of a batch file an event, envelope included, against JSON lines of the
same content compressed by gzip -6: every field of the events, each batch by itself.

    B=build/release tests/bench/wire.py [EVENTS]

Prints `wire BATCH BYTES JSON_GZIP RATIO` for batches of 100, 500 and 2,000."""
import gzip, json, os, pathlib, subprocess, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import read_balcao

B = os.environ.get("B", "build/release")


def as_json(event):
    """An event with the names that `record` and `events` use."""
    out = {"version": event[0], "terminal": event[1], "epoch": event[2], "epoch_mark": event[3].hex(),
           "seq": event[14], "id": event[15].hex(), "type": read_balcao.TYPE_WORDS[event[17] - 1],
           "clerk": event[13], "wall_ms": event[9] + event[16], "mono_ms": event[16],
           "utc_offset_min": event[6], "zone": event[7], "boot_id": event[8].hex(),
           "clock": "sure" if event.get(5) else "unsure", "programme": event[10],
           "directory": event[11], "business_day": event[12]}
    if 20 in event:
        out["operator"] = event[20]
    if 22 in event:
        out["lines"] = [{"product": f"{l[0]:014}", "quantity_milli": l[2] if len(l) > 2 else 1000,
                         "amount_cents": l[1]} for l in event[22]]
    out["amount_cents"] = event.get(21) or sum(l[1] for l in event[22])
    out["points"] = event.get(23, [0])
    return json.dumps(out, separators=(",", ":")) + "\n"


def measure(events, batch):
    counts = read_balcao.Counts()
    ours = theirs = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(B, "tests/bench/wire_set"), folder, str(events), str(batch)], check=True)
        for path in sorted(pathlib.Path(folder, "batches").iterdir()):
            b = read_balcao.Batch(path, counts)
            _, rows = read_balcao.rows_of(read_balcao.unzstd(b.body, b.what), b.what, counts)
            text = "".join(as_json(read_balcao.decode(r, b.what, counts)) for r in rows)
            theirs += len(gzip.compress(text.encode(), 6))
            ours += path.stat().st_size
            events_read = len(rows)
    n = counts["batch headers"] * events_read
    print(f"wire {batch} {ours / n:.2f} {theirs / n:.2f} {ours / theirs:.3f}")


for batch in (100, 500, 2000):
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10000, batch)
