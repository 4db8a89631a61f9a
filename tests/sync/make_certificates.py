#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes tests/sync/certificates.h: certificates made by an independent library
(python3-cryptography) for the fixed test keys, so that our reader is held
against something that is not itself. Run by hand when a case is added."""
import datetime, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

START = datetime.datetime(2026, 1, 1)


def key(fill):
    return ec.derive_private_key(int.from_bytes(bytes([fill]) * 32, "big"), ec.SECP256R1())


def name(**parts):
    oids = {"cn": NameOID.COMMON_NAME, "ou": NameOID.ORGANIZATIONAL_UNIT_NAME, "o": NameOID.ORGANIZATION_NAME}
    return x509.Name([x509.NameAttribute(oids[k], v) for k, v in parts.items()])


def make(subject, public, issuer, signer, end, hash_=hashes.SHA256()):
    b = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    b = b.serial_number(0x7F00112233445566).not_valid_before(START).not_valid_after(end)
    b = b.add_extension(x509.BasicConstraints(False, None), True)
    return b.sign(signer, hash_).public_bytes(serialization.Encoding.DER)


CA = name(o="Balcão de teste", cn="An authority whose name is longer than a terminal's")
MOCK = name(cn="Another authority")
T = name(ou="loja-1", cn="t-041")
soon = datetime.datetime(2027, 2, 5, 12, 30, 59)
late = datetime.datetime(2051, 1, 1)
ca, other = key(0xCA), key(0x0A)
cases = {
    "ca": make(CA, ca.public_key(), CA, ca, late),
    "other_ca": make(MOCK, other.public_key(), MOCK, other, late),
    "forged_ca": make(CA, ca.public_key(), CA, other, late),
    "terminal": make(T, key(0x11).public_key(), CA, ca, soon),
    "renewed": make(T, key(0x11).public_key(), CA, ca, late),
    "other_key": make(T, key(0x12).public_key(), CA, ca, soon),
    "other_terminal": make(name(ou="loja-1", cn="t-042"), key(0x11).public_key(), CA, ca, soon),
    "no_store": make(name(cn="t-041"), key(0x11).public_key(), CA, ca, soon),
    "by_other_ca": make(T, key(0x11).public_key(), MOCK, other, soon),
    "forged": make(T, key(0x11).public_key(), CA, other, soon),
    "sha384": make(T, key(0x11).public_key(), CA, ca, soon, hashes.SHA384()),
    "p384": make(T, ec.derive_private_key(5, ec.SECP384R1()).public_key(), CA, ca, soon),
}
out = open(sys.argv[1], "w", encoding="utf-8")
out.write("/* SPDX-License-Identifier: MIT */\n/* Made by make_certificates.py. */\n#include <stdint.h>\n\n/* clang-format off */\n")
for title, der in cases.items():
    out.write(f"static const uint8_t cert_{title}[] = {{")
    for i, byte in enumerate(der):
        out.write(("\n\t" if i % 16 == 0 else " ") + f"0x{byte:02x},")
    out.write("\n};\n")
out.close()
