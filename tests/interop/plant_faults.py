#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Shows that read_balcao.py fails: plants one fault at a time in a good set.

usage: plant_faults.py DIR

DIR is a set as make_set writes it, with the private test keys beside it, so that
what is spoiled can be signed again and only the fault itself is left to find.
Each fault must be found, in the file and for the reason that was planted.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import read_balcao

READER = pathlib.Path(__file__).with_name("read_balcao.py")


def sign(folder, who, protected, payload):
    """A COSE_Sign1 of these very bytes, by a private test key of the set."""
    scalar = int((folder / f"keys/private-{who}.hex").read_text(), 16)
    private = ec.derive_private_key(scalar, ec.SECP256R1())
    structure = cbor2.dumps(["Signature1", protected, b"", payload])
    r, s = decode_dss_signature(private.sign(structure, ec.ECDSA(hashes.SHA256())))
    return cbor2.CBORTag(18, [protected, {}, payload,
                              r.to_bytes(32, "big") + s.to_bytes(32, "big")])


class File:
    """One message of the set, taken apart, to be spoiled and written back."""

    def __init__(self, folder, name, who):
        self.folder, self.path, self.who = folder, folder / name, who
        value = cbor2.loads(self.path.read_bytes())
        self.body = value[1] if isinstance(value, list) else None
        signed = value[0] if isinstance(value, list) else value
        self.protected, _, self.payload, self.signature = signed.value

    def fields(self):
        return cbor2.loads(self.payload)

    def set_fields(self, fields):
        self.payload = cbor2.dumps(fields, canonical=True)

    def write(self):
        signed = sign(self.folder, self.who, self.protected, self.payload)
        self.path.write_bytes(cbor2.dumps(signed if self.body is None else [signed, self.body]))

    def write_body(self, rows):
        """Rows in place of the body, hashed and signed again."""
        self.body = store(cbor2.dumps(rows))
        fields = self.fields()
        fields[10] = hashlib.sha256(self.body).digest()
        self.set_fields(fields)
        self.write()

    def rows(self):
        recipients, events = read_balcao.rows_of(
            read_balcao.unzstd(self.body, "plant"), "plant", read_balcao.Counts())
        return recipients, list(events)


def store(data):
    """A zstd frame of raw blocks (RFC 8878 3.1.1), so that no compressor is needed."""
    frame = b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little")
    for at in range(0, len(data), 65536):
        block = data[at:at + 65536]
        last = at + len(block) == len(data)
        frame += (len(block) << 3 | last).to_bytes(3, "little") + block
    return frame


def batch(folder, number=2):
    return File(folder, f"batches/1-{number:02}.batch", "terminal-t-041")


def receipt(folder, number=2):
    return File(folder, f"receipts/1-{number:02}-1.cose", "receipt")


def bit_in_a_signature(folder):
    path = folder / "receipts/1-03-1.cose"
    data = bytearray(path.read_bytes())
    data[-5] ^= 4
    path.write_bytes(data)


def bit_in_a_header(folder):
    path = folder / "batches/1-03.batch"
    data = bytearray(path.read_bytes())
    at = data.index(b"t-041")
    data[at + 4] ^= 1
    path.write_bytes(data)


def wrong_head_after(folder):
    file = batch(folder, 4)
    fields = file.fields()
    fields[8] = bytes(32)
    file.set_fields(fields)
    file.write()


def events_swapped(folder):
    file = batch(folder)
    recipients, events = file.rows()
    events[3], events[4] = events[4], events[3]
    file.write_body([recipients, events])


def event_altered(folder):
    """Three points more, everything signed again: only the chain can tell."""
    file = batch(folder)
    recipients, events = file.rows()
    i, event = next((i, cbor2.loads(e)) for i, e in enumerate(events) if 23 in cbor2.loads(e))
    event[23][-1] += 3
    events[i] = cbor2.dumps(event)
    file.write_body([recipients, events])


def event_dropped(folder):
    file = batch(folder)
    recipients, events = file.rows()
    file.write_body([recipients, events[:-1]])


def with_blob(events):
    return next(i for i, e in enumerate(events) if 27 in cbor2.loads(e))


def blob_cut(folder):
    file = batch(folder)
    recipients, events = file.rows()
    i = with_blob(events)
    event = cbor2.loads(events[i])
    blob = cbor2.loads(event[27])
    event[27] = cbor2.dumps([blob[0], blob[1], blob[2][:-1]])
    events[i] = cbor2.dumps(event)
    file.write_body([recipients, events])


def blob_of_another_event(folder):
    file = batch(folder)
    recipients, events = file.rows()
    i = with_blob(events)
    j = i + 1 + with_blob(events[i + 1:])
    event, other = cbor2.loads(events[i]), cbor2.loads(events[j])
    event[27] = other[27]
    events[i] = cbor2.dumps(event)
    file.write_body([recipients, events])


def session_for_another(folder):
    """The recipient of another batch in place of the first."""
    file, other = batch(folder), batch(folder, 3)
    recipients, events = file.rows()
    recipients[0] = other.rows()[0][0]
    file.write_body([recipients, events])


def integer_not_shortest(folder):
    file = batch(folder)
    assert file.payload[1:3] == b"\x00\x01"  # key 0, version 1
    file.payload = file.payload[:2] + b"\x18\x01" + file.payload[3:]
    file.write()


def integer_not_shortest_in_an_event(folder):
    file = batch(folder)
    recipients, events = file.rows()
    assert events[5][1:3] == b"\x00\x01"
    events[5] = events[5][:2] + b"\x18\x01" + events[5][3:]
    file.write_body([recipients, events])


def duplicate_key(folder):
    file = receipt(folder)
    assert file.payload[1:3] == b"\x00\x01"
    file.payload = bytes([file.payload[0] + 1]) + b"\x00\x01" + file.payload[1:]
    file.write()


def keys_out_of_order(folder):
    file = receipt(folder)
    fields = file.fields()
    file.payload = cbor2.dumps(dict(reversed(fields.items())))
    file.write()


def receipt_for_another_batch(folder):
    file, other = receipt(folder, 2), batch(folder, 3)
    fields = file.fields()
    structure = cbor2.dumps(["Signature1", other.protected, b"", other.payload])
    fields[5] = hashlib.sha256(structure).digest()
    file.set_fields(fields)
    file.write()


def receipt_out_of_chain(folder):
    file = receipt(folder, 4)
    fields = file.fields()
    fields[11] = bytes([1]) * 32
    file.set_fields(fields)
    file.write()


def receipt_by_the_terminal(folder):
    file = receipt(folder, 4)
    file.who = "terminal-t-041"
    file.write()


def wrong_typ(folder):
    """The terminal's own key, a batch that calls itself a receipt."""
    file = batch(folder, 4)
    header = cbor2.loads(file.protected)
    header[16] = "application/vnd.balcao.receipt"
    file.protected = cbor2.dumps(header, canonical=True)
    file.write()


def last_receipt_wrong(folder):
    """In the newest batch, whose own receipt has not come yet."""
    (folder / "receipts/2-04-1.cose").unlink()
    file = File(folder, "batches/2-04.batch", "terminal-t-041")
    fields = file.fields()
    fields[9] = bytes([7]) * 32
    file.set_fields(fields)
    file.write()


def body_hash_wrong(folder):
    file = batch(folder, 4)
    fields = file.fields()
    fields[10] = bytes([7]) * 32
    file.set_fields(fields)
    file.write()


def batch_missing(folder):
    (folder / "batches/1-02.batch").unlink()


def letter_altered(folder):
    file = File(folder, "letters/directory.cose", "receipt")
    fields = file.fields()
    fields[3] += 86400000
    file.set_fields(fields)
    file.path.write_bytes(cbor2.dumps(cbor2.CBORTag(
        18, [file.protected, {}, file.payload, file.signature])))


def letter_by_an_untrusted_key(folder):
    file = File(folder, "letters/trust.cose", "receipt")
    file.write()


def bytes_behind(folder):
    path = folder / "receipts/2-01-1.cose"
    path.write_bytes(path.read_bytes() + b"\x00")


# What is planted, in which file it is found, and what the reader says.
FAULTS = [
    (bit_in_a_signature, "1-03-1.cose", "signature does not verify"),
    (bit_in_a_header, "1-03.batch", "signature does not verify"),
    (wrong_head_after, "1-04.batch", "head after is not the link"),
    (events_swapped, "1-02.batch", "seq is"),
    (event_altered, "1-02.batch", "head after is not the link"),
    (event_dropped, "1-02.batch", "59 events, header says 60"),
    (blob_cut, "1-02.batch", "sealed person does not open"),
    (blob_of_another_event, "1-02.batch", "sealed person does not open"),
    (session_for_another, "1-02.batch", "a session that the batch does not carry"),
    (integer_not_shortest, "1-02.batch", "a head longer than needed"),
    (integer_not_shortest_in_an_event, "1-02.batch", "a head longer than needed"),
    (duplicate_key, "1-02-1.cose", "map keys fall or repeat"),
    (keys_out_of_order, "1-02-1.cose", "map keys fall or repeat"),
    (receipt_for_another_batch, "1-02-1.cose", "batch hash is not that of"),
    (receipt_out_of_chain, "1-04-1.cose", "does not chain"),
    (receipt_by_the_terminal, "1-04-1.cose", "signature does not verify"),
    (wrong_typ, "1-04.batch", "typ is receipt"),
    (last_receipt_wrong, "2-04.batch", "last receipt is none"),
    (body_hash_wrong, "1-04.batch", "body is not the header's"),
    (batch_missing, "1-03.batch", "the batch before it is missing"),
    (letter_altered, "directory.cose", "signature does not verify"),
    (letter_by_an_untrusted_key, "trust.cose", "signature does not verify"),
    (bytes_behind, "2-01-1.cose", "bytes behind the item"),
]


def run_reader(folder):
    return subprocess.run([sys.executable, READER, folder], capture_output=True, text=True,
                          timeout=60, check=False)


def main():
    good = pathlib.Path(sys.argv[1])
    clean = run_reader(good)
    if clean.returncode != 0:
        print(f"the good set is refused: {clean.stdout}{clean.stderr}")
        return 1
    missed = 0
    for plant, where, says in FAULTS:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as temporary:
            folder = pathlib.Path(temporary) / "set"
            shutil.copytree(good, folder)
            plant(folder)
            result = run_reader(folder)
        found = (result.returncode == 1 and f"fault: {where}" in result.stdout
                 and says in result.stdout)
        missed += not found
        print(f"{'found ' if found else 'MISSED'}  {plant.__name__.replace('_', ' ')}: "
              f"{result.stdout.strip() or result.stderr.strip()}")
    print(f"{len(FAULTS) - missed} of {len(FAULTS)} planted faults found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
