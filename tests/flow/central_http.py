#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The central's HTTPS from outside, with clients that are not ours: enrolment
as RFC 7030 has it, who is let in, what is served, limits, many at once."""
import base64, concurrent.futures, hashlib, hmac, http.client, os, socket, ssl, sys, tempfile, warnings
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import TOP, Central, check, program, run

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs7
    from cryptography.x509.oid import NameOID
except ImportError:
    from balcao import skip

    skip("python3-cryptography is not installed")

warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.1, which is tried to be refused
folder = tempfile.mkdtemp(prefix="http-", dir=os.environ.get("TMPDIR"))
central = Central(folder).serve()
host, port = central.address.rsplit(":", 1)
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def context(pair=None, ca=None):
    """A TLS client; `pair` is (key, certificate); verifies only when told the CA."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca:
        c.load_verify_locations(cadata=ca.public_bytes(PEM).decode())
    else:
        c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    if pair:
        path = tempfile.mktemp(dir=folder)
        with open(path, "wb") as f:
            f.write(pair[0].private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
            f.write(pair[1].public_bytes(PEM))
        c.load_cert_chain(path)
    return c


def ask(c, method, path, body=None, headers={}, connection=None):
    h = connection or http.client.HTTPSConnection(host, int(port), context=c, timeout=30)
    h.request(method, path, body=body, headers=headers, encode_chunked="Transfer-Encoding" in headers)
    r = h.getresponse()
    data = r.read()
    if not connection:
        h.close()
    return r.status, data, r.headers


def csr(key, who):
    return x509.CertificateSigningRequestBuilder().subject_name(name(who)).sign(key, hashes.SHA256()).public_bytes(DER)


def certificates(body):
    return pkcs7.load_der_pkcs7_certificates(base64.b64decode(body))


def secret(who, store="S1"):
    return bytes.fromhex(central.token(store, who)["token"])


def enrol(c, token, label, who, key, request=None):
    spki = key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    said = b"tls" if label == "tls" else b"signing" + hashlib.sha256(spki).digest()
    password = hmac.new(token, said, hashlib.sha256).hexdigest()
    basic = base64.b64encode(f"{who}:{password}".encode()).decode()
    return ask(c, "POST", f"/.well-known/est/{label}/simpleenroll", base64.encodebytes(request or csr(key, who)),
               {"Authorization": "Basic " + basic, "Content-Type": "application/pkcs10"})


# --- the CA, by its pin ---------------------------------------------------------
for label in ("", "tls/", "signing/"):
    status, body, headers = ask(context(), "GET", f"/.well-known/est/{label}cacerts")
    check(status == 200 and headers["Content-Type"].startswith("application/pkcs7-mime"), "cacerts")
(ca,) = certificates(body)
spki = ca.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
check(hashlib.sha256(spki).hexdigest() == central.token("S1", "T0")["ca_pin"], "the CA is not the one of the pin")
stranger = context(ca=ca)
check(ask(stranger, "GET", "/v1/health")[0] == 200, "a verified connection")
for version, wanted in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
    c = context()
    c.set_ciphers("DEFAULT:@SECLEVEL=0")
    c.minimum_version = c.maximum_version = version
    try:
        check(ask(c, "GET", "/v1/health")[0] == 200 and wanted, f"{version} was taken")
    except ssl.SSLError:
        check(not wanted, f"{version} was not taken")

# --- enrolment ------------------------------------------------------------------------
tls, signing = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
token = secret("T1")
status, body, _ = enrol(stranger, token, "tls", "T1", tls)
check(status == 200, f"enrolment: {status} {body}")
(certificate,) = certificates(body)
subject = {a.oid: a.value for a in certificate.subject}
check(subject == {NameOID.COMMON_NAME: "T1", NameOID.ORGANIZATIONAL_UNIT_NAME: "S1"}, f"subject {subject}")
ca.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
check(enrol(stranger, token, "tls", "T1", tls)[1] == body, "the same key got another certificate")
other = ec.generate_private_key(ec.SECP256R1())
for what, status, reply in (
    ("another key", 403, enrol(stranger, token, "tls", "T1", other)),
    ("the TLS key for signing", 403, enrol(stranger, token, "signing", "T1", tls)),
    ("another terminal's token", 401, enrol(stranger, token, "tls", "T2", other)),
    ("a wrong token", 401, enrol(stranger, bytes(16), "tls", "T1", other)),
    ("another terminal's request", 400, enrol(stranger, secret("T3"), "tls", "T3", other, csr(other, "T1"))),
    ("no request", 400, enrol(stranger, token, "tls", "T1", tls, b"hello")),
    ("P-384", 400, enrol(stranger, secret("T4"), "tls", "T4", ec.generate_private_key(ec.SECP384R1()))),
):
    check(reply[0] == status, f"{what}: {reply[0]} {reply[1]}, wanted {status}")
    check(reply[1].endswith(b"\n") and len(reply[1]) > 10, f"{what}: no sentence")
check(enrol(stranger, token, "signing", "T1", signing)[0] == 200, "the signing key")

# --- who is let in -------------------------------------------------------------------
with open(os.path.join(central.dir, "keys/ca.key"), "rb") as f:
    ca_key = ec.derive_private_key(int.from_bytes(f.read(), "big"), ec.SECP256R1())


def certify(key, who, signer, days_from, days_to):
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return (x509.CertificateBuilder().subject_name(name(who)).issuer_name(ca.subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now + timedelta(days_from))
            .not_valid_after(now + timedelta(days_to)).sign(signer, hashes.SHA256()))


examples = os.path.join(TOP, "sync/central/examples")
with open(os.path.join(folder, "members.csv"), "w") as f:  # by card alone: no slow hashes here
    for line in open(os.path.join(examples, "members.csv"), encoding="utf-8"):
        card, cpf, phone, rest = line.split(",", 3)
        f.write(line if card == "card" else f"{card},,,{rest}")
with open(os.path.join(folder, "programme.yaml"), "w") as f:
    f.write(open(os.path.join(examples, "recarga.yaml"), encoding="utf-8").read())
run(program("balcao-central"), "publish", central.dir, os.path.join(folder, "programme.yaml"), timeout=240)
ours = context((tls, certificate), ca)
for what, c, wanted in (
    ("nobody", context(), 403),
    ("the enrolled terminal", ours, 200),
    ("the same key, its certificate long expired", context((tls, certify(tls, "T1", ca_key, -900, -500))), 200),
    ("a self-signed certificate", context((other, certify(other, "T1", other, -1, 1))), 403),
    ("a key never enrolled, though the CA signed it", context((other, certify(other, "T1", ca_key, -1, 1))), 403),
    ("the signing key over TLS", context((signing, certify(signing, "T1", ca_key, -1, 1))), 403),
):
    check(ask(c, "GET", "/v1/letters/programme")[0] == wanted, f"{what}: not {wanted}")
    status = ask(c, "POST", "/v1/batches", b"nonsense", {"Content-Type": "application/cose"})[0]
    check(status == (400 if wanted == 200 else 403), f"{what}: a batch got {status}")

# --- letters ---------------------------------------------------------------------------
for letter in ("trust", "programme", "directory"):
    status, body, headers = ask(ours, "GET", f"/v1/letters/{letter}")
    check(status == 200 and headers["Content-Type"] == "application/cose" and len(body) > 100, letter)
    status, again, _ = ask(ours, "GET", f"/v1/letters/{letter}", headers={"If-None-Match": headers["ETag"]})
    check((status, again) == (304, b""), f"{letter}: {status} instead of 304")
    check(ask(ours, "GET", f"/v1/letters/{letter}", headers={"If-None-Match": '"1"'})[1] == body, f"{letter} again")
check(ask(ours, "GET", "/v1/letters/standings")[0] == 404, "a letter that was never published")
check(ask(ours, "GET", "/v1/letters/poem")[0] == 404, "a letter of no kind")

# --- limits ----------------------------------------------------------------------------
status, body, _ = ask(ours, "POST", "/v1/batches", bytes(640 * 1024 + 1))
check(status == 413, f"too long a body: {status}")
check(ask(ours, "POST", "/v1/batches", bytes(640 * 1024))[0] == 400, "the longest body")
check(ask(ours, "POST", "/v1/batches", iter([bytes(65536)] * 12), {"Transfer-Encoding": "chunked"})[0] == 413, "too long, in chunks")
check(ask(context(), "POST", "/v1/batches", bytes(600000))[0] == 403, "a stranger's long body is answered, not cut")
try:
    status = ask(ours, "POST", "/v1/batches", iter([bytes(65536)] * 400), {"Transfer-Encoding": "chunked"})[0]
    check(status == 413, f"an endless body: {status}")
except (http.client.HTTPException, OSError):
    pass  # hung up: as good
check(ask(ours, "POST", "/v1/batches", b"")[0] == 400, "an empty body")
raw = socket.create_connection((host, int(port)))
raw.sendall(b"GET / HTTP/1.1\r\n\r\n")  # no TLS: refused, and nobody else suffers
raw.settimeout(20)
while raw.recv(100):
    pass

# --- renewal -----------------------------------------------------------------------------
fresh = ec.generate_private_key(ec.SECP256R1())
path = "/.well-known/est/%s/simplereenroll"
status, body, _ = ask(ours, "POST", path % "tls", base64.encodebytes(csr(fresh, "T1")))
check(status == 200, f"renewal: {status} {body}")
renewed = context((fresh, certificates(body)[0]), ca)
check(ask(renewed, "GET", "/v1/letters/trust")[0] == 200, "the renewed certificate")
check(ask(ours, "POST", path % "tls", base64.encodebytes(csr(other, "T2")))[0] == 400, "renewal for another terminal")
check(ask(ours, "POST", path % "signing", base64.encodebytes(csr(other, "T1")))[0] == 403, "a signing key over TLS")

# --- many at once, over connections kept alive ---------------------------------------
def busy(i):
    h = http.client.HTTPSConnection(host, int(port), context=ours, timeout=60)
    seen = []
    for j in range(6):
        if (i + j) % 2:
            seen.append(ask(None, "POST", "/v1/batches", bytes(20000 + i), connection=h)[0] == 400)
        else:
            status, body, _ = ask(None, "GET", "/v1/letters/directory", connection=h)
            seen.append(status == 200 and len(body) > 100000)
    h.close()
    return all(seen)


with concurrent.futures.ThreadPoolExecutor(24) as pool:
    check(all(pool.map(busy, range(48))), "some of many requests went wrong")
check(central.stop() == 0, "serve ends cleanly after all that")
print("enrolment, peers, letters, limits, renewal and many at once, over TLS 1.2 and 1.3")
