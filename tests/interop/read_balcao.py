#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads what terminals and a central exchanged, without any of Balcão's C.

usage: read_balcao.py [--partial] [--events] DIR

DIR/batches/*.batch    batch files of one or more terminals
DIR/receipts/*.cose    answers of the central: receipts, gaps, held
DIR/letters/*.cose     letters: trust, programme, directory, standings, alerts
DIR/keys/              hexadecimal text, or certificates (.der .crt .pem):
    ca*.hex            CA public key (65 bytes, uncompressed), or ca*.crt
    terminal*.hex      signing public key of a terminal, or terminal*.crt, then
                       checked to be signed by the CA
    receipt*.hex       receipt key, where there is no trust letter
    seal*.hex          private sealing key of the test central (32 bytes)

--partial   earlier batches or receipts may be missing (a pruned or cut set)
--events    prints each event, opened, as a line of JSON before the summary

Proves: deterministic encoding; signatures and types; header against body; the
chain, link by link; sealed sessions and persons; receipts against batches and
each other; letters. Prints a line a class with counts; exits 1 naming the first
fault, 2 when there is nothing to read. Needs python3-cbor2, python3-cryptography
and libzstd.
"""

import argparse
import ctypes
import ctypes.util
import hashlib
import json
import pathlib
import re
import struct
import sys
from collections import Counter, defaultdict

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import strict_cbor

HASH = 32
BODY_MAX = 512 * 1024
EVENT_MAX = 16 * 1024
NUMBER_KEYS = (9, 14, 16)
NAME = re.compile(r"[A-Za-z0-9._-]+\Z")
TYPE_WORDS = (
    "sale topup void return enrolment shift_open shift_close clerk_in clerk_out clerk_locked "
    "card_refused reader_lost reader_found programme_adopted epoch_opened chip_sale fiscal "
    "member_update card_conversion consent survey quiz prompt activation reward_reserve "
    "reward_redeem reward_handover reward_cancel alert_ack").split()


class Fault(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Fault(what)


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


class Counts(Counter):
    """What was proved, by class, in the order of the first proof."""


# --- decoding ---------------------------------------------------------------------


def decode(data, what, counts):
    try:
        value = strict_cbor.read(data)
    except strict_cbor.NotDeterministic as error:
        raise Fault(f"{what}: encoding: {error}") from None
    except Exception as error:  # whatever cbor2 thinks of it
        raise Fault(f"{what}: encoding: {error}") from None
    counts["deterministic encoding (messages)"] += 1
    return value


def typed(value, what, *kinds):
    need(isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)),
         f"{what}: wrong type")
    return value


def fixed(value, length, what):
    need(isinstance(value, bytes) and len(value) == length, f"{what}: not {length} bytes")
    return value


def name(value, length_max, what):
    need(isinstance(value, str) and len(value) <= length_max and NAME.match(value),
         f"{what}: not a name")
    return value


def number(value, low, high, what):
    need(isinstance(value, int) and not isinstance(value, bool) and low <= value <= high,
         f"{what}: out of range")
    return value


def take(fields, key, what):
    need(key in fields, f"{what}: key {key} is missing")
    return fields[key]


def only_keys(fields, allowed, what):
    extra = set(typed(fields, what, dict)) - set(allowed)
    need(not extra, f"{what}: unknown key {sorted(extra, key=str)[:1]}")


# --- zstd -------------------------------------------------------------------------

_zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
_zstd.ZSTD_decompress.restype = ctypes.c_size_t
_zstd.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p,
                                  ctypes.c_size_t]
_zstd.ZSTD_isError.argtypes = [ctypes.c_size_t]
_zstd.ZSTD_findFrameCompressedSize.restype = ctypes.c_size_t
_zstd.ZSTD_findFrameCompressedSize.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def unzstd(data, what):
    need(_zstd.ZSTD_findFrameCompressedSize(data, len(data)) == len(data),
         f"{what}: body is not one zstd frame")
    out = ctypes.create_string_buffer(BODY_MAX)
    length = _zstd.ZSTD_decompress(out, BODY_MAX, data, len(data))
    need(not _zstd.ZSTD_isError(length), f"{what}: body does not decompress")
    return out.raw[:length]


# --- keys and signatures ------------------------------------------------------------


def public_of(point):
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def point_of(public):
    return public.public_bytes(serialization.Encoding.X962,
                               serialization.PublicFormat.UncompressedPoint)


def key_id(public):
    spki = public.public_bytes(serialization.Encoding.DER,
                               serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256(spki)[:16]


class Signed:
    """A COSE_Sign1 (RFC 9052 4.2) taken apart; `value` is one that was decoded."""

    def __init__(self, value, what, counts):
        need(isinstance(value, strict_cbor.Tag) and value.number == 18,
             f"{what}: not a tagged COSE_Sign1")
        need(isinstance(value.value, list) and len(value.value) == 4,
             f"{what}: COSE_Sign1 has four items")
        self.what = what
        self.protected, unprotected, self.payload, self.signature = value.value
        need(unprotected == {}, f"{what}: unprotected header is not empty")
        typed(self.payload, what, bytes)
        fixed(self.signature, 64, f"{what}: signature")
        header = decode(typed(self.protected, what, bytes), f"{what}: protected header", counts)
        only_keys(header, (1, 4, 16), what)
        need(header.get(1) == -7, f"{what}: alg is not ES256")
        self.kid = fixed(header.get(4), 16, f"{what}: kid")
        self.type = typed(header.get(16), f"{what}: typ", str)
        prefix = "application/vnd.balcao."
        need(self.type.startswith(prefix), f"{what}: typ {self.type!r} is not ours")
        self.type = self.type[len(prefix):]
        # Sig_structure, RFC 9052 4.4, external_aad empty
        self.structure = cbor2.dumps(["Signature1", self.protected, b"", self.payload])
        self.digest = sha256(self.structure)

    def verify(self, keys, counts):
        need(self.kid in keys, f"{self.what}: signed by an unknown key {self.kid.hex()}")
        r = int.from_bytes(self.signature[:32], "big")
        s = int.from_bytes(self.signature[32:], "big")
        try:
            keys[self.kid].verify(encode_dss_signature(r, s), self.structure,
                                  ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            raise Fault(f"{self.what}: signature does not verify") from None
        counts["signatures"] += 1


# --- sealed sessions ------------------------------------------------------------------


def open_session(data, seal_keys, what, counts):
    """COSE_Encrypt, ECDH-ES+HKDF-256 direct (RFC 9053 6.3); gives id and up key."""
    value = decode(data, what, counts)
    need(isinstance(value, strict_cbor.Tag) and value.number == 96,
         f"{what}: not a tagged COSE_Encrypt")
    protected, unprotected, ciphertext, recipients = value.value
    need(decode(protected, what, counts) == {1: 3}, f"{what}: content alg is not A256GCM")
    only_keys(unprotected, (5,), what)
    need(isinstance(recipients, list) and len(recipients) == 1, f"{what}: one recipient")
    header_bytes, header, nothing = recipients[0]
    agreement = decode(header_bytes, what, counts)
    only_keys(agreement, (1, -22), what)
    need(agreement.get(1) == -25 and nothing == b"", f"{what}: not ECDH-ES+HKDF-256 direct")
    session_id = fixed(agreement.get(-22), 16, f"{what}: session id")
    only_keys(header, (4, -1), what)
    kid, key = header[4], header[-1]
    need(set(key) == {1, -1, -2, -3} and key[1] == 2 and key[-1] == 1,
         f"{what}: ephemeral key is not P-256")
    if not seal_keys:
        return session_id, None
    need(kid in seal_keys, f"{what}: sealed to an unknown key {kid.hex()}")
    try:
        ephemeral = public_of(b"\x04" + fixed(key[-2], 32, what) + fixed(key[-3], 32, what))
    except ValueError:
        raise Fault(f"{what}: ephemeral key is not on the curve") from None
    shared = seal_keys[kid].exchange(ec.ECDH(), ephemeral)
    # COSE_KDF_Context, RFC 9053 5.2
    context = cbor2.dumps([3, [None, session_id, None], [None, None, None],
                           [256, header_bytes]])
    content_key = HKDF(hashes.SHA256(), 32, None, context).derive(shared)
    aad = cbor2.dumps(["Encrypt", protected, b""])  # Enc_structure, RFC 9052 5.3
    try:
        secret = AESGCM(content_key).decrypt(unprotected[5], ciphertext, aad)
    except InvalidTag:
        raise Fault(f"{what}: session does not open") from None
    need(len(secret) == 32, f"{what}: session secret is not 32 bytes")
    counts["sealed sessions opened"] += 1
    return session_id, HKDF(hashes.SHA256(), 32, session_id, b"balcao up 1").derive(secret)


def open_person(event, sessions, used, what, counts):
    """Opens the blob of an event; gives [kind, member, phone] or None."""
    blob = decode(event[27], f"{what}: blob", counts)
    need(isinstance(blob, list) and len(blob) == 3, f"{what}: blob has three items")
    session_id, counter, sealed = blob
    need(session_id in sessions, f"{what}: blob of a session that the batch does not carry")
    number(counter, 1, 2**64 - 1, f"{what}: blob counter")
    mark = (session_id, counter)
    need(used.setdefault(mark, event[27]) == event[27], f"{what}: a nonce is used twice")
    if sessions[session_id] is None:
        return None
    aad = cbor2.dumps(["balcao blob 1", event[1], event[15], event[17], session_id])
    nonce = struct.pack(">IQ", 0, counter)
    try:
        plain = AESGCM(sessions[session_id]).decrypt(nonce, sealed, aad)
    except InvalidTag:
        raise Fault(f"{what}: sealed person does not open") from None
    person = decode(plain, f"{what}: person", counts)
    need(isinstance(person, list) and len(person) == 3, f"{what}: person has three items")
    kind, member, phone = person
    need(kind == event.get(18, 0), f"{what}: person is of another kind than the event says")
    need((kind == 0) == (member == ""), f"{what}: a member without a kind, or the reverse")
    need(re.match({0: r"\Z", 1: r"[0-9]{6,24}\Z", 2: r"[0-9]{11}\Z",
                   3: r"\+[1-9][0-9]{7,14}\Z"}[kind], member), f"{what}: member's form")
    need(re.match(r"(\+[1-9][0-9]{7,14})?\Z", phone), f"{what}: phone's form")
    counts["sealed persons opened"] += 1
    return person


# --- batches ----------------------------------------------------------------------------


def rows_of(body, what, counts):
    """The body as [recipients, events]; columns.h says how columns are made."""
    items = decode(body, f"{what}: body", counts)
    need(isinstance(items, list) and len(items) in (2, 5), f"{what}: body is of no known form")
    if len(items) == 2:
        return items
    recipients, shapes, order, numbers, columns = items
    need(len(numbers) == len(NUMBER_KEYS) and len(columns) == len(shapes),
         f"{what}: body: columns missing")
    at_number = [0] * len(NUMBER_KEYS)
    before = [0] * len(NUMBER_KEYS)
    keys = [[k for k in range(32) if shape >> k & 1] for shape in shapes]
    own = [[k for k in ks if k not in NUMBER_KEYS] for ks in keys]
    at = [[0] * len(ks) for ks in own]
    for ks, group in zip(own, columns):
        need(len(ks) == len(group), f"{what}: body: a shape lacks a column")
    seen = []
    events = []
    for shape in order:
        need(shape < len(shapes), f"{what}: body: an unknown shape")
        if shape not in seen:
            seen.append(shape)
        row = cbor2.dumps({k: 0 for k in keys[shape]})[:1 if len(keys[shape]) < 24 else 2]
        for key in keys[shape]:
            row += cbor2.dumps(key)
            if key in NUMBER_KEYS:
                k = NUMBER_KEYS.index(key)
                step, at_number[k] = strict_cbor.read_first(numbers[k], at_number[k])
                value = (before[k] + step + 2**63) % 2**64 - 2**63
                before[k] = value
                row += cbor2.dumps(value)
            else:
                k = own[shape].index(key)
                start = at[shape][k]
                _, at[shape][k] = strict_cbor.read_first(columns[shape][k], start)
                row += columns[shape][k][start:at[shape][k]]
        events.append(row)
    need(seen == list(range(len(shapes))), f"{what}: body: shapes not in order of first use")
    used = [len(c) for c in numbers] == at_number and all(
        [len(c) for c in group] == ends for group, ends in zip(columns, at))
    need(used, f"{what}: body: columns with more than the events take")
    counts["bodies by columns"] += 1
    return [recipients, events]


class Batch:
    def __init__(self, path, counts):
        self.what = path.name
        outer = decode(path.read_bytes(), self.what, counts)
        need(isinstance(outer, list) and len(outer) == 2, f"{self.what}: not [signed, body]")
        self.signed = Signed(outer[0], self.what, counts)
        need(self.signed.type == "batch", f"{self.what}: typ is {self.signed.type}, not batch")
        self.body = typed(outer[1], self.what, bytes)
        header = decode(self.signed.payload, f"{self.what}: header", counts)
        only_keys(header, range(16), f"{self.what}: header")
        what = f"{self.what}: header"
        need(header.get(0) == 1, f"{what}: version is not 1")
        self.terminal = name(header.get(1), 32, f"{what}: terminal")
        self.epoch = number(header.get(2), 1, 2**32 - 1, f"{what}: epoch")
        self.mark = fixed(header.get(3), 8, f"{what}: mark")
        self.number = number(header.get(4), 1, 2**64 - 1, f"{what}: number")
        self.first = number(header.get(5), 1, 2**64 - 1, f"{what}: first seq")
        self.count = number(header.get(6), 1, 2000, f"{what}: count")
        self.before = fixed(header.get(7), HASH, f"{what}: head before")
        self.after = fixed(header.get(8), HASH, f"{what}: head after")
        self.last_receipt = header.get(9)
        need(self.last_receipt is None or (len(self.last_receipt) == HASH
                                           and any(self.last_receipt)),
             f"{what}: last receipt")
        need(sha256(self.body) == fixed(header.get(10), HASH, what),
             f"{self.what}: body is not the header's")
        for key in (11, 12):
            number(header.get(key, 1), -2**63, 2**63 - 1, what)
        fixed(header.get(13), 16, f"{what}: boot id")
        need(header.get(14, 1) == 1, f"{what}: clock")
        name(header.get(15, "x"), 24, f"{what}: software")
        counts["batch headers"] += 1

    @property
    def last(self):
        return self.first + self.count - 1

    @property
    def chain(self):
        return (self.terminal, self.epoch, self.mark)


def check_lines(event, what):
    lines = event[22]
    need(isinstance(lines, list) and 1 <= len(lines) <= 200, f"{what}: lines")
    total = 0
    for line in lines:
        need(isinstance(line, list) and len(line) in (2, 3), f"{what}: a line's items")
        product = line[0]
        if isinstance(product, str):
            need(1 <= len(product.encode()) <= 24, f"{what}: product")
            need(not re.match(r"[0-9]{14}\Z", product), f"{what}: a GTIN written as text")
        else:
            number(product, 0, 99999999999999, f"{what}: product")
        total += number(line[1], 1, 10**9, f"{what}: line amount")
        if len(line) == 3:
            need(number(line[2], 1, 10**8, f"{what}: quantity") != 1000,
                 f"{what}: a quantity of 1000 written out")
    return -total if event[17] == 4 else total


def check_event(event, batch, seq, what):
    only_keys(event, range(29), what)
    need(event.get(0) == 1, f"{what}: version is not 1")
    need(event.get(1) == batch.terminal, f"{what}: another terminal than the header's")
    need(event.get(2) == batch.epoch and event.get(3) == batch.mark,
         f"{what}: another epoch than the header's")
    need(event.get(14) == seq, f"{what}: seq is {event.get(14)}")
    fixed(event.get(8), 16, f"{what}: boot id")
    fixed(event.get(15), 8, f"{what}: event id")
    wall = number(take(event, 9, what), -2**63, 2**63, what) + number(
        take(event, 16, what), 0, 2**63, what)
    need(0 <= wall <= 253402300799999, f"{what}: wall clock")
    number(event.get(17), 1, len(TYPE_WORDS), f"{what}: type")
    for key in (4, 5):
        need(event.get(key, 1) in (True, 1), f"{what}: key {key}")
    for key in (6, 10, 11, 12, 18, 19, 21):
        need(key not in event or event[key] != 0, f"{what}: key {key} is written and zero")
    for key in (7, 13, 20, 24):
        need(event.get(key, "x") != "", f"{what}: key {key} is written and empty")
    number(event.get(18, 1), 1, 3, f"{what}: member kind")
    need(not (22 in event and 21 in event), f"{what}: an amount beside lines")
    event["amount"] = check_lines(event, what) if 22 in event else event.get(21, 0)
    sign = {1: 1, 2: 1, 3: -1, 4: -1}.get(event[17])
    need(sign is None or event["amount"] * sign > 0, f"{what}: sign of the amount")
    points = event.get(23, [1])
    need(1 <= len(points) <= 3 and points[-1] != 0, f"{what}: points")
    reference = event.get(25)
    need(reference is None or len(reference) == 1 or reference[1] != event[1],
         f"{what}: own terminal named in a reference")
    need(not (27 in event and 28 in event), f"{what}: a blob and its hash")


def form_of(raw, event):
    """The event's bytes with the blob replaced by its hash: pairs are in key
    order and the blob is the last."""
    if 27 not in event:
        return raw
    tail = cbor2.dumps(27) + cbor2.dumps(event[27])
    need(raw.endswith(tail), "the blob is not the last pair")
    return raw[:-len(tail)] + cbor2.dumps(28) + cbor2.dumps(sha256(event[27]))


def read_events(batch, link, state, counts):
    """Walks the events of a batch from `link`; gives the link after the last."""
    what = batch.what
    recipients, rows = rows_of(unzstd(batch.body, what), what, counts)
    need(len(rows) == batch.count, f"{what}: {len(rows)} events, header says {batch.count}")
    sessions = dict(open_session(data, state.seal_keys, f"{what}: session {i}", counts)
                    for i, data in enumerate(recipients))
    for i, raw in enumerate(rows):
        where = f"{what}: seq {batch.first + i}"
        need(len(raw) <= EVENT_MAX, f"{where}: larger than 16 KiB")
        event = decode(raw, where, counts)
        check_event(event, batch, batch.first + i, where)
        mark = (batch.terminal, batch.epoch, event[15])
        need(mark not in state.ids, f"{where}: event id stands twice in one epoch")
        state.ids.add(mark)
        person = None
        if 27 in event:
            person = open_person(event, sessions, state.nonces, where, counts)
        link = sha256(b"balcao link 1", link, sha256(form_of(raw, event)))
        counts["chain links"] += 1
        state.emit(event, person)
    return link


def check_batches(batches, state, partial, counts):
    chains = defaultdict(dict)
    for batch in batches:
        batch.signed.verify(state.terminal_keys, counts)
        known = chains[batch.chain].setdefault(batch.number, batch)
        need(known.signed.digest == batch.signed.digest,
             f"{batch.what}: another batch of number {batch.number} than {known.what}")
    for (terminal, epoch, mark), chain in sorted(chains.items()):
        start = sha256(b"balcao epoch 1", cbor2.dumps([terminal, epoch, mark]))
        before = None
        for _, batch in sorted(chain.items()):
            link = batch.before
            if batch.number == 1:
                need(batch.first == 1 and link == start,
                     f"{batch.what}: does not begin its epoch")
            elif before is None or before.number + 1 != batch.number:
                need(partial, f"{batch.what}: the batch before it is missing")
            else:
                need(batch.first == before.last + 1, f"{batch.what}: first seq does not follow")
                need(link == before.after,
                     f"{batch.what}: head before is not the head of {before.what}")
            need(read_events(batch, link, state, counts) == batch.after,
                 f"{batch.what}: head after is not the link of its last event")
            counts["batch heads"] += 1
            before = batch
    return {key: batch for key, batch in (
        ((c[0], c[1], n), b) for c, chain in chains.items() for n, b in chain.items())}


# --- answers and letters ------------------------------------------------------------------


class Answer:
    KEYS = {"receipt": range(14), "gap": [*range(7), 14], "held": [*range(7), 15]}

    def __init__(self, path, counts):
        self.what = path.name
        self.signed = Signed(decode(path.read_bytes(), self.what, counts), self.what, counts)
        self.kind = self.signed.type
        need(self.kind in self.KEYS, f"{self.what}: typ {self.kind} is no answer")
        fields = decode(self.signed.payload, f"{self.what}: payload", counts)
        only_keys(fields, self.KEYS[self.kind], self.what)
        need(fields.get(0) == 1, f"{self.what}: version is not 1")
        self.terminal = name(fields.get(1), 32, f"{self.what}: terminal")
        self.epoch = number(fields.get(2), 1, 2**32 - 1, f"{self.what}: epoch")
        self.mark = fixed(fields.get(3), 8, f"{self.what}: mark")
        self.batch_number = number(fields.get(4), 1, 2**64 - 1, f"{self.what}: batch number")
        self.batch_hash = fixed(fields.get(5), HASH, f"{self.what}: batch hash")
        self.number = 0
        if self.kind == "receipt":
            self.first, self.last, self.head = fields.get(7), fields.get(8), fields.get(9)
            self.number = number(fields.get(10), 1, 2**64 - 1, f"{self.what}: receipt number")
            self.previous = fields.get(11)
            self.refused = fields.get(12, [])
            need(12 not in fields or self.refused, f"{self.what}: an empty list of refused")
        elif self.kind == "gap":
            number(fields.get(14), 1, 2**64 - 1, f"{self.what}: expected seq")
        else:
            number(fields.get(15), 1, 255, f"{self.what}: reason")


def check_receipt(receipt, batches, partial, counts):
    what = receipt.what
    batch = batches.get((receipt.terminal, receipt.epoch, receipt.batch_number))
    if batch is None:
        need(partial, f"{what}: receipt for a batch that is not there")
        return
    need(receipt.mark == batch.mark, f"{what}: another epoch mark than {batch.what}")
    need(receipt.batch_hash == batch.signed.digest,
         f"{what}: batch hash is not that of {batch.what}")
    need((receipt.first, receipt.last) == (batch.first, batch.last),
         f"{what}: range is not that of {batch.what}")
    need(receipt.head == batch.after, f"{what}: head is not that of {batch.what}")
    offsets = [item[0] for item in receipt.refused]
    need(offsets == sorted(set(offsets)) and all(0 <= o < batch.count for o in offsets),
         f"{what}: refused events outside the batch or out of order")
    need(all(1 <= item[1] <= 255 for item in receipt.refused), f"{what}: refusal code")
    counts["receipts that match their batch"] += 1


def check_answers(answers, batches, state, partial, counts):
    chains = defaultdict(dict)
    digests = {}
    for answer in answers:
        answer.signed.verify(state.receipt_keys, counts)
        if answer.kind != "receipt":
            counts[f"{answer.kind} answers"] += 1
            continue
        check_receipt(answer, batches, partial, counts)
        chain = chains[(answer.terminal, answer.epoch, answer.mark)]
        known = chain.setdefault(answer.number, answer)
        need(known.signed.digest == answer.signed.digest,
             f"{answer.what}: another receipt of number {answer.number} than {known.what}")
        digests[answer.signed.digest] = answer
    for chain in chains.values():
        for receipt_number, receipt in sorted(chain.items()):
            if receipt_number == 1:
                need(receipt.previous is None, f"{receipt.what}: the first has none before it")
            elif receipt_number - 1 in chain:
                need(receipt.previous == chain[receipt_number - 1].signed.digest,
                     f"{receipt.what}: does not chain to the receipt before it")
            else:
                need(partial, f"{receipt.what}: the receipt before it is missing")
            counts["receipts that chain"] += 1
    if not digests:
        return
    for batch in batches.values():
        if batch.last_receipt is None:
            continue
        receipt = digests.get(batch.last_receipt)
        if receipt is None:
            need(partial, f"{batch.what}: last receipt is none that is there")
            continue
        need(receipt.terminal == batch.terminal and (receipt.epoch, receipt.batch_number)
             < (batch.epoch, batch.number), f"{batch.what}: last receipt is not an earlier one")
        counts["last receipts named"] += 1


def read_trust(body, state, what, counts):
    value = decode(body, f"{what}: trust", counts)
    need(isinstance(value, list) and len(value) == 2, f"{what}: trust has two items")
    ca = public_of(fixed(value[0], 65, f"{what}: CA key"))
    need(key_id(ca) in state.ca_keys, f"{what}: another CA key than the pinned one")
    for use, retired, from_ms, kid, point in value[1]:
        public = public_of(fixed(point, 65, f"{what}: key"))
        need(use in (1, 2) and isinstance(retired, bool) and isinstance(from_ms, int),
             f"{what}: a key's fields")
        need(kid == key_id(public), f"{what}: a key id is not that of its key")
        if use == 1:
            state.receipt_keys[kid] = public
        counts["trusted keys"] += 1


def read_directory(body, what, counts):
    value = decode(body, f"{what}: directory", counts)
    only_keys(value, range(1, 5), what)
    fixed(value.get(1), 16, f"{what}: salt")
    records = value[4]
    need(len(records) == value[3] * 108, f"{what}: records are not what count says")
    tags = [records[i:i + 16] for i in range(0, len(records), 108)]
    need(all(a < b for a, b in zip(tags, tags[1:])), f"{what}: records are not sorted")
    counts["directory records"] += len(tags)


def check_letters(paths, state, counts):
    letters = []
    for path in paths:
        signed = Signed(decode(path.read_bytes(), path.name, counts), path.name, counts)
        need(signed.type in ("programme", "directory", "trust", "standings", "alerts"),
             f"{path.name}: typ {signed.type} is no letter")
        fields = decode(signed.payload, f"{path.name}: payload", counts)
        only_keys(fields, range(1, 6), path.name)
        number(fields.get(1), 1, 2**64 - 1, f"{path.name}: version")
        issued = number(fields.get(2), 0, 2**63 - 1, f"{path.name}: issued")
        number(fields.get(3), issued, 2**63 - 1, f"{path.name}: expires before it is issued")
        need(fields.get(4) == "" or name(fields.get(4), 32, f"{path.name}: store") != "", "")
        letters.append((signed, typed(fields.get(5), path.name, bytes)))
    # Trust first: it names the keys of all others, and no other key counts then.
    if any(signed.type == "trust" for signed, _ in letters):
        state.receipt_keys.clear()
    for signed, body in sorted(letters, key=lambda letter: letter[0].type != "trust"):
        signed.verify(state.ca_keys if signed.type == "trust" else state.receipt_keys, counts)
        if signed.type == "trust":
            read_trust(body, state, signed.what, counts)
        elif signed.type == "directory":
            read_directory(body, signed.what, counts)
        elif body:
            decode(body, f"{signed.what}: body", counts)
        counts["letters"] += 1


# --- the set ----------------------------------------------------------------------------------


class State:
    def __init__(self, show_events):
        self.ca_keys, self.terminal_keys = {}, {}
        self.receipt_keys, self.seal_keys = {}, {}
        self.ids, self.nonces = set(), {}
        self.show_events = show_events

    def emit(self, event, person):
        if not self.show_events:
            return
        kinds = {0: None, 1: "card:", 2: "cpf:", 3: "phone:"}
        points = (event.get(23, []) + [0, 0, 0])[:3]
        print(json.dumps({
            "terminal": event[1], "epoch": event[2], "seq": event[14],
            "id": event[15].hex(), "type": TYPE_WORDS[event[17] - 1],
            "clerk": event.get(13), "amount_cents": event["amount"] or None,
            "member": kinds[person[0]] + person[1] if person and person[0] else None,
            "phone": person[2] or None if person else None,
            "points": points, "training": event.get(4, False)}))


def load_public(path, state, counts):
    if path.suffix == ".hex":
        return public_of(bytes.fromhex(path.read_text().strip()))
    data = path.read_bytes()
    load = x509.load_pem_x509_certificate if b"-----BEGIN" in data else (
        x509.load_der_x509_certificate)
    certificate = load(data)
    issuers = list(state.ca_keys.values()) or [certificate.public_key()]
    for issuer in issuers:
        try:
            issuer.verify(certificate.signature, certificate.tbs_certificate_bytes,
                          ec.ECDSA(certificate.signature_hash_algorithm))
            counts["certificates"] += 1
            return certificate.public_key()
        except InvalidSignature:
            continue
    raise Fault(f"{path.name}: certificate is not signed by the CA")


def load_keys(folder, state, counts):
    # "ca" sorts before "terminal": the CA is known when certificates are checked.
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix not in (".hex", ".der", ".crt", ".pem"):
            continue
        if path.name.startswith("seal"):
            private = ec.derive_private_key(int(path.read_text().strip(), 16), ec.SECP256R1())
            state.seal_keys[key_id(private.public_key())] = private
            continue
        for prefix, keys in (("ca", state.ca_keys), ("terminal", state.terminal_keys),
                             ("receipt", state.receipt_keys)):
            if path.name.startswith(prefix):
                public = load_public(path, state, counts)
                keys[key_id(public)] = public


def read_set(folder, partial, show_events):
    counts = Counts()
    state = State(show_events)
    load_keys(folder / "keys", state, counts)
    check_letters(sorted(folder.glob("letters/*.cose")), state, counts)
    batches = [Batch(path, counts) for path in sorted(folder.glob("batches/*.batch"))]
    batches = check_batches(batches, state, partial, counts)
    answers = [Answer(path, counts) for path in sorted(folder.glob("receipts/*.cose"))]
    check_answers(answers, batches, state, partial, counts)
    return counts


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="read_balcao.py [--partial] [--events] DIR")
    parser.add_argument("--partial", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--events", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("dir", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        counts = read_set(options.dir, options.partial, options.events)
    except Fault as fault:
        print(f"fault: {fault}")
        return 1
    except (TypeError, ValueError, KeyError, AttributeError, IndexError,
            strict_cbor.NotDeterministic) as error:
        print(f"fault: a message has not the form it should have: {error!r}")
        return 1
    if not counts["signatures"]:
        print(f"nothing to read in {options.dir}", file=sys.stderr)
        return 2
    for what, count in counts.items():
        print(f"{count:8} {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
